//! Lines for standard output that survive its failures: what could not be written waits, and is written when
//! that works again.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::time::Duration;

use crate::language::{Language, commands};
use crate::reason::Reason;
use crate::run::say;

/// The pause between two attempts to write.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A destination for lines. Lines stay whole: the rest of one that was partly written comes first.
pub(super) struct Output<W> {
    out: W,
    language: Language,
    /// Bytes that are still to be written.
    rest: Vec<u8>,
    /// Whether the last attempt failed, which was reported.
    is_broken: bool,
}

impl Output<File> {
    /// Returns standard output without a buffer, which would hide how much was written.
    pub(super) fn stdout(language: Language) -> io::Result<Self> {
        Ok(Self::new(File::from(io::stdout().as_fd().try_clone_to_owned()?), language))
    }

    /// Returns whether the output goes to `/dev/null`, like that of a service.
    pub(super) fn is_nowhere(&self) -> bool {
        let device =
            |of: io::Result<Metadata>| of.ok().filter(|of| of.file_type().is_char_device()).map(|of| of.rdev());
        let out = device(self.out.metadata());
        out.is_some() && out == device(fs::metadata("/dev/null"))
    }
}

impl<W: Write> Output<W> {
    const fn new(out: W, language: Language) -> Self {
        Self { out, language, rest: Vec::new(), is_broken: false }
    }

    /// Writes lines, and blocks until they are written. A failure is reported once, and retried while
    /// `goes_on` returns true.
    ///
    /// # Errors
    ///
    /// The last failure, once `goes_on` returns false.
    pub(super) fn print(&mut self, lines: &[u8], goes_on: impl Fn() -> bool) -> io::Result<()> {
        self.rest.extend_from_slice(lines);
        while let Err(error) = self.write_rest() {
            if !goes_on() {
                return Err(error);
            }
            // Another process set this flag on the shared pipe; the reader is slow.
            let is_slow = error.kind() == io::ErrorKind::WouldBlock;
            if !is_slow && !std::mem::replace(&mut self.is_broken, true) {
                self.tell(&error);
            }
            std::thread::sleep(TRY_AGAIN);
        }
        if std::mem::take(&mut self.is_broken) {
            tracing::info!("printing goes on");
            // A closed stderr is ignored.
            drop(say(commands::PRINTING_GOES_ON.of(self.language)));
        }
        Ok(())
    }

    fn write_rest(&mut self) -> io::Result<()> {
        while !self.rest.is_empty() {
            match self.out.write(&self.rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => drop(self.rest.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.out.flush()
    }

    fn tell(&self, error: &io::Error) {
        tracing::error!(%error, "cannot print; messages are received and kept");
        let reason = Reason::from(error).of(self.language);
        let mut told = commands::CANNOT_PRINT.with(self.language, &[&reason]);
        if error.kind() == io::ErrorKind::BrokenPipe {
            told = format!("{told}\n{}", commands::CANNOT_PRINT_HINT.of(self.language));
        }
        drop(say(&told));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes and fails, alternately.
    #[derive(Default)]
    struct Flaky {
        taken: Vec<u8>,
        fails: bool,
    }

    impl Write for Flaky {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.fails = !self.fails;
            if !self.fails {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let some = bytes.get(..3).unwrap_or(bytes);
            self.taken.extend_from_slice(some);
            Ok(some.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_was_written_in_part_is_gone_on_with() {
        let mut output = Output::new(Flaky::default(), Language::English);
        assert!(output.print(b"one\n", || false).is_err());
        output.print(b"two\n", || true).unwrap();
        assert_eq!(String::from_utf8(output.out.taken).unwrap(), "one\ntwo\n");
    }
}
