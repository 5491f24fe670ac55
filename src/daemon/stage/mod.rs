//! The stages of a landing's way, each a plain function: claim a row, do the work, commit the result together with the next
//! stage's row. The daemon's workers and the one-shot scan call the same functions.

pub mod agent;
pub mod alerting;
pub mod analyse;
pub mod audience;
pub mod budgets;
pub(super) mod check;
pub mod contents;
pub mod deliver;
pub mod index;
pub mod judge;
pub(super) mod news;
mod opinion;
mod place;
pub mod read;
pub mod report;
pub(super) mod seal;
pub(super) mod weekly;

pub use news::tree_name;

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended<T> {
    /// Committed; the next stage has its row.
    Done(T),
    /// Asked to stop; what is committed stays, the rest goes on at the next start.
    Stopped,
}
