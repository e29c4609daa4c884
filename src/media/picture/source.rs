//! The bytes of a file, readable while the budget lasts. This stops decoders that know nothing of a budget.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::media::budget::Budget;

/// Number of bytes that are read before the budget is asked again. A few of them can be a scan over all of a
/// picture.
const STRIDE: usize = 4 * 1024;

/// Bytes, and the furthest offset that was read.
pub(super) struct BudgetedSource<'a> {
    bytes: io::Cursor<Cow<'a, [u8]>>,
    /// Number of bytes that may be read before the budget is asked again.
    left: usize,
    furthest: Rc<Cell<usize>>,
    budget: &'a dyn Fn() -> Budget,
}

impl<'a> BudgetedSource<'a> {
    pub(super) fn new(bytes: impl Into<Cow<'a, [u8]>>, budget: &'a dyn Fn() -> Budget) -> Self {
        Self { bytes: io::Cursor::new(bytes.into()), left: 0, furthest: Rc::default(), budget }
    }

    /// Returns the furthest offset that was read, which stays current while a decoder owns the source.
    pub(super) fn furthest(&self) -> Rc<Cell<usize>> {
        Rc::clone(&self.furthest)
    }

    /// Wraps the source for decoders that want a buffered reader.
    pub(super) fn buffered(self) -> io::BufReader<Self> {
        io::BufReader::with_capacity(STRIDE, self)
    }
}

impl Read for BudgetedSource<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            if (self.budget)() != Budget::Left {
                return Err(io::Error::other("decoding was stopped"));
            }
            self.left = STRIDE;
        }
        let room = into.len().min(self.left);
        let n_read = self.bytes.read(into.get_mut(..room).unwrap_or_default())?;
        self.left -= n_read;
        let at = usize::try_from(self.bytes.position()).unwrap_or(usize::MAX);
        self.furthest.set(self.furthest.get().max(at));
        Ok(n_read)
    }
}

impl Seek for BudgetedSource<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}
