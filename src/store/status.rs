//! What the index knows, in numbers: the body of `status`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};

use super::artifacts::path;
use super::calls::{self, Own};
use super::{Complaint, Result, Store, time, uint};
use crate::domain::artifact::{ArtifactKind, display_bytes};

/// Totals over the whole index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Artifacts that are read and still there, by kind.
    pub artifacts: BTreeMap<ArtifactKind, u64>,
    pub pending: u64,
    /// Path and reason of each artifact that was refused.
    pub failed: Vec<(String, String)>,
    /// Files that may hold results, by their name, and hold none: no artifacts.
    pub unrecognised: u64,
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
    /// How many of these are of the agents' calls.
    pub own: Own,
    pub landings: u64,
    /// Landings that are not finished.
    pub open_landings: u64,
    pub last_landing: Option<LastLanding>,
    /// Alerts by state.
    pub alerts: BTreeMap<String, u64>,
    /// Mails by state.
    pub mails: BTreeMap<String, u64>,
    /// When the first of those will probably go that are held back.
    pub held_until: Option<Timestamp>,
    pub health: Vec<Complaint>,
}

/// The newest finished landing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLanding {
    pub time: Timestamp,
    pub artifacts: u64,
    /// Where its report is; escaped for people.
    pub report: Option<String>,
}

impl Store {
    /// Counts everything.
    pub fn status(&self) -> Result<Status> {
        let health = self.complaints()?;
        self.read(|tx| {
            let one = |sql: &str| tx.query_row(sql, [], |row| row.get(0).map(uint));
            Ok(Status {
                artifacts: by_kind(tx)?,
                pending: one("SELECT count(*) FROM file WHERE state IN ('pending', 'landed')")?,
                failed: failed(tx)?,
                unrecognised: one("SELECT count(*) FROM file WHERE state = 'unrecognised'")?,
                runs: one("SELECT count(*) FROM run")?,
                series: one("SELECT count(*) FROM series")?,
                measurements: one("SELECT count(*) FROM measurement")?,
                own: calls::own(tx)?,
                landings: one("SELECT count(*) FROM landing WHERE kind <> 'clock'")?,
                open_landings: one("SELECT count(*) FROM landing WHERE stage <> 'done'")?,
                last_landing: last_landing(tx)?,
                alerts: tally(tx, "SELECT state, count(*) FROM alert GROUP BY state")?,
                mails: tally(tx, "SELECT state, count(*) FROM outbox GROUP BY state")?,
                held_until: tx.query_row("SELECT min(due_ns) FROM outbox WHERE state = 'held'", [], |row| {
                    Ok(row.get::<_, Option<i64>>(0)?.map(time))
                })?,
                health,
            })
        })
    }
}

fn by_kind(tx: &Transaction<'_>) -> rusqlite::Result<BTreeMap<ArtifactKind, u64>> {
    // A refused file and one that is being rewritten are artifacts too; `pending` ones that were never read are not yet.
    let words = tally(
        tx,
        "SELECT kind, count(*) FROM file WHERE state IN ('indexed', 'failed') OR (version_id IS NOT NULL AND state IN ('pending', 'landed'))
         GROUP BY kind",
    )?;
    Ok(words.into_iter().map(|(word, count)| (ArtifactKind::from_word(&word), count)).collect())
}

fn failed(tx: &Transaction<'_>) -> rusqlite::Result<Vec<(String, String)>> {
    tx.prepare(
        "SELECT d.path || f.name, coalesce(f.error, '') FROM file f JOIN directory d ON d.id = f.directory_id
         WHERE f.state = 'failed' ORDER BY 1",
    )?
    .query_map([], |row| Ok((display_bytes(&path(row, 0)?), row.get(1)?)))?
    .collect()
}

fn last_landing(tx: &Transaction<'_>) -> rusqlite::Result<Option<LastLanding>> {
    tx.query_row(
        "SELECT opened_ns, artifacts, report_path FROM landing WHERE stage = 'done' AND kind <> 'clock' ORDER BY id DESC LIMIT 1",
        [],
        |row| {
            Ok(LastLanding {
                time: time(row.get(0)?),
                artifacts: uint(row.get(1)?),
                report: row.get::<_, Option<Vec<u8>>>(2)?.map(|path| display_bytes(&path)),
            })
        },
    )
    .optional()
}

fn tally(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    tx.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, uint(row.get(1)?))))?.collect()
}
