//! L2: the index, and every line of SQL of the program.
//!
//! A [`Store`] is one SQLite database, `chimera-insight.db`, in WAL mode behind one connection. Each public method is one whole
//! unit of the domain in one transaction: callers run it on a blocking thread, and a caller that stops waiting loses nothing,
//! because the unit still commits. Readers such as the command line open a connection of their own
//! ([`Store::open_read_only`]) and never wait for the writer.
//!
//! How it can fail: the database is locked by somebody else for longer than the busy time-out, the disk is full, the file is
//! damaged, or a newer program has written it. All are a [`StoreError`]; none leaves half a unit behind.

mod alerts;
mod artifacts;
mod budgets;
mod cadence;
mod calls;
mod catalog;
mod courses;
mod exclusions;
mod export;
mod facts;
mod health;
mod holding;
mod ids;
mod index;
mod landings;
mod lend;
mod measurements;
mod migrate;
mod open;
mod outbox;
mod pacing;
mod past;
mod published;
mod reports;
mod requests;
mod runs;
mod said;
mod status;
mod steps;
#[cfg(test)]
pub(super) mod tests;
mod tracks;
mod verdicts;
mod verify;
mod week;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use alerts::{AlertRow, StoredAlert};
pub use artifacts::{Known, KnownState};
pub use cadence::Heard;
pub use calls::Own;
#[cfg(test)]
pub(crate) use calls::tests as calls_tests;
pub use catalog::SeriesSummary;
pub use exclusions::{Remark, Rewording, RunLine, Selection};
pub use export::ExportRow;
pub use facts::ReportRow;
pub use health::Complaint;
pub use holding::{HeldRow, Waiting as WaitingMails};
pub use ids::IndexCache;
pub use index::{FileResult, GapRow, IndexTally, ParsedFile, ReadFile};
pub use landings::{Item, LandingKind, LandingRow, Stage};
pub use measurements::{History, HistoryRun, LandedBenchmark, Moment};
pub use outbox::{Channel, MailState, NewMail, OutboxRow, QueuedMail};
pub use pacing::{Paced, can_wait};
pub use past::Past;
pub use published::{Gist, Keep, Listed, OwnFile};
pub use reports::{FinishedReport, LandingFiles, LandingTotals, Purpose};
pub use requests::{AlertCommand, Answer, Request, Word};
pub use runs::RunRow;
pub use said::Waiting;
pub use status::Status;
pub use tracks::{Touched, TrackRow};
pub use verdicts::{JudgedSeries, Judgement, News, NewsKind, Tallies};
pub use verify::ReadAgain;
pub use week::WeekRows;

/// The database's file name within the state directory.
pub const DATABASE: &str = "chimera-insight.db";

/// Why the index could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own word.
    #[error("index {}: {cause}", path.display())]
    Sqlite { path: PathBuf, cause: rusqlite::Error },
    /// The state directory holds no index.
    #[error("no index at {}", path.display())]
    Absent { path: PathBuf },
    /// A later version of the program has changed the schema.
    #[error(
        "index {} has schema {found}, this program knows up to {known}: install the newer version again, or move the file away to build a new index",
        path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// The index was written before the first release; its schema was never promised.
    #[error("index {} was made by a version from before the first release: move the file away to build a new index", path.display())]
    Unreleased { path: PathBuf },
    /// A row holds something that this program never writes.
    #[error("index {}: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
}

impl StoreError {
    /// Whether the file is no database of SQLite, or not a whole one any more.
    pub fn is_no_index(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let code = |cause: &rusqlite::Error| cause.sqlite_error_code();
        matches!(self, Self::Sqlite { cause, .. } if matches!(code(cause), Some(NotADatabase | DatabaseCorrupt)))
    }
}

/// Result of a unit of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The index. Shared between workers; one unit at a time.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a unit has rolled its transaction back, so the connection behind a poisoned lock is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `unit` in one transaction that takes the write lock at once, so that it cannot fail half-way for want of it.
    fn write<T>(&self, unit: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let done = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = unit(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        done.map_err(|cause| self.error(cause))
    }

    /// Runs `unit` on one consistent view of the index.
    fn read<T>(&self, unit: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let done = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            unit(&transaction)
        })();
        done.map_err(|cause| self.error(cause))
    }

    fn error(&self, cause: rusqlite::Error) -> StoreError {
        match cause {
            rusqlite::Error::FromSqlConversionFailure(_, _, why) => {
                StoreError::Damaged { path: self.path.clone(), what: why.to_string() }
            }
            cause => StoreError::Sqlite { path: self.path.clone(), cause },
        }
    }
}

/// A time as the database keeps it. Times outside the years 1678 to 2261 are held at the edge.
fn nanos(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(if time.as_second() < 0 { i64::MIN } else { i64::MAX })
}

/// `now` and a while, as the database keeps it.
fn beyond(now: Timestamp, pause: Duration) -> i64 {
    nanos(now).saturating_add(i64::try_from(pause.as_nanos()).unwrap_or(i64::MAX))
}

/// The time that [`nanos`] wrote.
fn time(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The error for a cell that this program never wrote.
fn damaged(what: impl Into<String>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, what.into().into())
}

/// Reads a JSON cell.
fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(format!("unreadable JSON in a cell: {error}")))
}

/// Writes a JSON cell.
fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| damaged(format!("cannot write JSON: {error}")))
}

/// Counts and sizes fit SQLite's signed integers; what does not is held at the edge.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The count that [`int`] wrote.
fn uint(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
