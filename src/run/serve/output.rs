//! Lines on standard output that outlast it: what could not be written waits, and is written once that works again.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::time::Duration;

use crate::language::{Language, commands};
use crate::reason::Reason;
use crate::run::say;

/// The pause between two tries to write.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Where lines are printed. A line is never broken off: the rest of one that was written in part is written first.
pub(super) struct Output<W> {
    out: W,
    language: Language,
    /// What is still to be written.
    rest: Vec<u8>,
    /// Whether the last try failed, which was told.
    is_broken: bool,
}

impl Output<File> {
    /// Standard output without a buffer of its own, which would not say what of it was written.
    pub(super) fn stdout(language: Language) -> io::Result<Self> {
        Ok(Self::new(File::from(io::stdout().as_fd().try_clone_to_owned()?), language))
    }

    /// Whether nobody can read what is printed: it goes to `/dev/null`, as that of a service does.
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

    /// Writes lines, and blocks until they are written. What fails is told once and tried again for as long as `goes_on`.
    ///
    /// # Errors
    ///
    /// The last failure, once it no longer goes on.
    pub(super) fn print(&mut self, lines: &[u8], goes_on: impl Fn() -> bool) -> io::Result<()> {
        self.rest.extend_from_slice(lines);
        while let Err(error) = self.write_rest() {
            if !goes_on() {
                return Err(error);
            }
            // Somebody else's flag on what we share; whoever reads is slow.
            let is_slow = error.kind() == io::ErrorKind::WouldBlock;
            if !is_slow && !std::mem::replace(&mut self.is_broken, true) {
                self.tell(&error);
            }
            std::thread::sleep(TRY_AGAIN);
        }
        if std::mem::take(&mut self.is_broken) {
            tracing::info!("printing goes on");
            // Nobody is left to tell when stderr is gone.
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

    /// Takes three bytes, and then fails, in turn.
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
