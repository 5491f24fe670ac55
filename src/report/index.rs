//! The index: one small page at the root of the tree that links all reports, newest first.
//!
//! Pure text work that cannot fail: verdicts and paths hold names of other people's files and are escaped here.

use jiff::Timestamp;

use super::html;
use crate::domain::zone::Zone;

/// A report in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRow {
    pub landing: i64,
    /// When the landing was complete.
    pub at: Timestamp,
    /// The answer of the report in a line, as it stands in the Markdown (without the emphasis around it).
    pub verdict: String,
    /// Series that got worse, got better, and are watched.
    pub worse: u64,
    pub better: u64,
    pub watched: u64,
    /// Artifacts that the landing brought.
    pub artifacts: u64,
    /// The Markdown report, relative to the index, as it is called: it is percent-encoded here.
    pub markdown: String,
    /// The page, where there is one; as above.
    pub html: Option<String>,
}

/// The page that links all reports, newest first whatever the order of `rows`.
pub fn index(rows: &[IndexRow], zone: &Zone) -> String {
    html::index(rows, zone)
}
