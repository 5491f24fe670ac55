//! Progress of long work, told to whoever shows it: a bar on a terminal, log lines, or nobody.

/// Listens to the progress of one piece of long work.
pub trait Progress: Send + Sync {
    /// Work of `total` files begins.
    fn begin(&self, total: u64);
    /// `count` more files are done.
    fn advance(&self, count: u64);
    /// The work has ended, well or not.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _total: u64) {}
    fn advance(&self, _count: u64) {}
    fn end(&self) {}
}
