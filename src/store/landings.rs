//! Landings: the work queue. A row's stage says which worker has it next; every stage ends in one commit that also begins the
//! next one, so a process that dies anywhere goes on where the last commit stands.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::artifacts::{mark_scanned, path, stamp, upsert};
use super::runs::RunRow;
use super::{Result, Store, beyond, damaged, int, nanos, time, uint};
use crate::domain::artifact::{ArtifactKind, ContentHash, FileStamp, RelPath};

/// No pause between two tries of a landing is as long as this.
pub(super) const FURTHEST_RETRY: Duration = Duration::from_secs(600);

/// The columns of a [`LandingRow`].
pub(super) const COLUMNS: &str = "id, kind, opened_ns, judged_ns, attempts, report_dir, report_name";

/// Whether a landing is news or history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingKind {
    /// Found by the first scan of a root: history, and no mail about it.
    Backfill,
    /// Arrived since.
    Live,
    /// Nothing landed: what the clock or a person moved is to be mailed.
    Clock,
}

/// Which worker has a landing next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    Index,
    Judge,
    Agent,
    Report,
}

impl Stage {
    /// All stages in the order of the way.
    pub const ALL: [Self; 4] = [Self::Index, Self::Judge, Self::Agent, Self::Report];

    /// The word in the database and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Judge => "judge",
            Self::Agent => "agent",
            Self::Report => "report",
        }
    }
}

/// A landing that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingRow {
    pub id: i64,
    pub kind: LandingKind,
    pub opened: Timestamp,
    /// When it was judged: the "now" of its report, the same after a restart.
    pub judged: Option<Timestamp>,
    /// How often its present stage has failed.
    pub attempts: u32,
    /// The report's place and name, once reserved.
    pub reserved: Option<(Vec<u8>, String)>,
}

/// A file of a landing that is still to be read.
#[derive(Debug, Clone)]
pub struct Item {
    pub artifact_id: i64,
    pub path: RelPath,
    pub kind: ArtifactKind,
    pub stamp: FileStamp,
    /// Size in bytes and hash of the content that the index holds now.
    pub previous: Option<(u64, ContentHash)>,
    /// Hash of the content that was refused last, if nothing was read of the file since.
    pub refused: Option<ContentHash>,
    /// Hash of the content in which the present readers saw no results.
    pub unrecognised: Option<ContentHash>,
    /// Whether a report was published at this path: it is ours, whatever has been made of it since.
    pub published: bool,
    /// The run that the file joins as a further rendering, if the index has it; filled in by [`Store::joined`].
    pub joins: Option<RunRow>,
}

impl Store {
    /// Opens a landing of files that have settled, and marks the roots whose first scan it completes.
    pub fn open_landing(
        &self,
        kind: LandingKind,
        files: &[(RelPath, ArtifactKind, FileStamp)],
        scanned: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<i64> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO landing (kind, stage, opened_ns, artifacts) VALUES (?1, 'index', ?2, ?3)",
                params![kind_word(kind), nanos(now), int(files.len() as u64)],
            )?;
            let landing = tx.last_insert_rowid();
            let mut item =
                tx.prepare_cached("INSERT INTO landing_item (landing_id, artifact_id, ord) VALUES (?1, ?2, ?3)")?;
            let mut ordered: Vec<_> = files.iter().collect();
            ordered.sort_unstable_by_key(|(path, ..)| path);
            for (ord, (path, kind, stamp)) in ordered.into_iter().enumerate() {
                let artifact = upsert(tx, path, *kind, stamp, "landed")?;
                item.execute(params![landing, artifact, ord as i64])?;
            }
            mark_scanned(tx, scanned, now)?;
            Ok(landing)
        })
    }

    /// One landing.
    pub fn landing(&self, id: i64) -> Result<Option<LandingRow>> {
        self.read(|tx| {
            tx.prepare_cached(&format!("SELECT {COLUMNS} FROM landing WHERE id = ?1"))?
                .query_row([id], landing_row)
                .optional()
        })
    }

    /// The oldest landing at `stage` that is due; `None` when that worker has nothing to do. A retry further off than any pause was
    /// set by a clock that has been put right since. Reports are written in the order of [`next_report`](Self::next_report).
    pub fn next_landing(&self, stage: Stage, now: Timestamp) -> Result<Option<LandingRow>> {
        if stage == Stage::Report {
            return self.next_report(now);
        }
        self.read(|tx| {
            tx.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM landing
                 WHERE stage <> 'done' AND stage = ?1 AND (retry_ns <= ?2 OR retry_ns > ?3) ORDER BY id LIMIT 1"
            ))?
            .query_row(params![stage.as_str(), nanos(now), beyond(now, FURTHEST_RETRY)], landing_row)
            .optional()
        })
    }

    /// The landing whose report is to be written next: one of which somebody gets a mail, then any other, the oldest first.
    ///
    /// One whose mail tells of an alert waits while an older one with news of the same alert is with the agents, so that the mails of a
    /// thread keep their order. That one was judged before, so its time is up before this one's would be.
    pub fn next_report(&self, now: Timestamp) -> Result<Option<LandingRow>> {
        self.read(|tx| {
            tx.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM landing
                 WHERE stage <> 'done' AND stage = 'report' AND (retry_ns <= ?1 OR retry_ns > ?2) AND NOT EXISTS (
                     SELECT 1 FROM landing older JOIN news told ON told.landing_id = older.id AND NOT told.shadow
                     JOIN news own ON own.alert_id = told.alert_id AND NOT own.shadow
                     WHERE older.stage <> 'done' AND older.stage = 'agent' AND older.id < landing.id AND own.landing_id = landing.id)
                 ORDER BY EXISTS (SELECT 1 FROM news WHERE landing_id = landing.id AND NOT shadow) DESC, id LIMIT 1"
            ))?
            .query_row(params![nanos(now), beyond(now, FURTHEST_RETRY)], landing_row)
            .optional()
        })
    }

    /// Puts a landing off after a failure. It is never given up: what stops it (a full disk, a locked file) passes, and its row
    /// says meanwhile what it was.
    pub fn landing_failed(&self, id: i64, error: &str, retry: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE landing SET attempts = attempts + 1, last_error = ?2, retry_ns = ?3 WHERE id = ?1",
                params![id, error, nanos(retry)],
            )
            .map(drop)
        })
    }

    /// The files of a landing that are still to be read, in path order, so that the first path owns a copied content.
    pub fn items(&self, landing: i64, limit: usize) -> Result<Vec<Item>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT f.id, d.path || f.name, f.kind, f.dev, f.ino, f.size, f.mtime_ns, f.ctime_ns, v.size, v.hash,
                        f.failed_hash, f.unrecognised_hash,
                        f.name LIKE 'insight-%' AND EXISTS (SELECT 1 FROM landing
                            WHERE substr(report_path, -length(CAST(d.path || f.name AS BLOB))) = CAST(d.path || f.name AS BLOB))
                 FROM landing_item i CROSS JOIN file f ON f.id = i.artifact_id JOIN directory d ON d.id = f.directory_id
                 LEFT JOIN version v ON v.id = f.version_id
                 WHERE i.landing_id = ?1 ORDER BY i.ord LIMIT ?2",
            )?
            .query_map(params![landing, int(limit as u64)], |row| {
                let previous = match (row.get::<_, Option<i64>>(8)?, row.get::<_, Option<Vec<u8>>>(9)?) {
                    (Some(size), Some(hash)) => Some((uint(size), content_hash(hash)?)),
                    _ => None,
                };
                Ok(Item {
                    artifact_id: row.get(0)?,
                    path: RelPath::new(path(row, 1)?),
                    kind: ArtifactKind::from_word(&row.get::<_, String>(2)?),
                    stamp: stamp(row, 3)?,
                    previous,
                    refused: row.get::<_, Option<Vec<u8>>>(10)?.map(content_hash).transpose()?,
                    unrecognised: row.get::<_, Option<Vec<u8>>>(11)?.map(content_hash).transpose()?,
                    published: row.get(12)?,
                    joins: None,
                })
            })?
            .collect()
        })
    }

    /// How many files of a landing are still to be read.
    pub fn items_left(&self, landing: i64) -> Result<u64> {
        self.read(|tx| {
            tx.query_row("SELECT count(*) FROM landing_item WHERE landing_id = ?1", [landing], |row| {
                row.get(0).map(uint)
            })
        })
    }

    /// Ends the reading of a landing and hands it to the judge. A landing that brought nothing new leaves no trace; the answer
    /// says whether anything is left to judge. `seconds` is how long the reading took.
    pub fn finish_index(&self, landing: i64, seconds: f64) -> Result<bool> {
        self.write(|tx| {
            let news: i64 = tx.query_row(
                "SELECT (SELECT count(*) FROM version WHERE landing_id = ?1)
                      + (SELECT count(*) FROM file
                         WHERE state IN ('pending', 'landed', 'failed') AND state = 'failed' AND failed_in = ?1)",
                [landing],
                |row| row.get(0),
            )?;
            if news == 0 {
                tx.execute("DELETE FROM landing WHERE id = ?1", [landing])?;
                return Ok(false);
            }
            tx.execute(
                "UPDATE landing SET stage = 'judge', artifacts = ?2, index_s = ?3, attempts = 0, retry_ns = 0, last_error = NULL
                 WHERE id = ?1",
                params![landing, news, seconds],
            )?;
            Ok(true)
        })
    }
}

/// A row of [`COLUMNS`].
pub(super) fn landing_row(row: &Row<'_>) -> rusqlite::Result<LandingRow> {
    Ok(LandingRow {
        id: row.get(0)?,
        kind: kind_of(&row.get::<_, String>(1)?)?,
        opened: time(row.get(2)?),
        judged: row.get::<_, Option<i64>>(3)?.map(time),
        attempts: row.get(4)?,
        reserved: row.get::<_, Option<Vec<u8>>>(5)?.zip(row.get(6)?),
    })
}

/// Opens a landing of nothing, whose news is written in the same transaction, and hands it to the reporter.
pub(super) fn open_by_clock(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<i64> {
    tx.execute(
        "INSERT INTO landing (kind, stage, opened_ns, artifacts, judged_ns) VALUES ('clock', 'report', ?1, 0, ?1)",
        [nanos(now)],
    )?;
    Ok(tx.last_insert_rowid())
}

/// The hash that a cell holds.
pub(super) fn content_hash(bytes: Vec<u8>) -> rusqlite::Result<ContentHash> {
    bytes.try_into().map(ContentHash).map_err(|_| damaged("a content hash of the wrong length"))
}

fn kind_word(kind: LandingKind) -> &'static str {
    match kind {
        LandingKind::Backfill => "backfill",
        LandingKind::Live => "live",
        LandingKind::Clock => "clock",
    }
}

fn kind_of(word: &str) -> rusqlite::Result<LandingKind> {
    match word {
        "backfill" => Ok(LandingKind::Backfill),
        "live" => Ok(LandingKind::Live),
        "clock" => Ok(LandingKind::Clock),
        other => Err(damaged(format!("landing kind {other:?}"))),
    }
}
