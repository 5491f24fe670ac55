//! The calls of language models, as measurements: kept with the landing that caused them, judged with the next one.
//!
//! Their document ([`CallsDoc`]) is a version of one virtual artifact, so that its numbers have a place like those of any file. The version
//! is of no landing until the next live one is judged, which takes all that wait ([`Store::take_calls`]): each is judged once, in the order in
//! which they were kept. A backfill takes none, because nobody is told of what that finds. What asks for a landing's files leaves them out;
//! what asks for series, runs and measurements has them, and [`Own`] says how many they are. It fails as any unit of the store does.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::ids::IndexCache;
use super::index::{IndexTally, Source, Writer};
use super::runs::{RunRow, copy_key};
use super::{Result, Store, damaged, int, nanos, time, uint};
use crate::dialogue::{CallsDoc, Said};
use crate::domain::artifact::{ArtifactKind, ContentHash};
use crate::domain::call::BENCHMARK;
use crate::domain::run::TimeSource;
use crate::domain::series::Params;

/// How the document is read.
const FORMAT: &str = "chimera-insight calls";

/// Calls that were over so shortly before others were kept are put behind them: two conversations end at once, and are kept in turn.
const TURN: SignedDuration = SignedDuration::from_mins(1);

/// How much of the index is of the calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Own {
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
}

impl Store {
    /// Takes the calls that wait into a live landing that is about to be judged; those that it has taken before stay with it. One before
    /// which a later landing was judged takes none.
    pub fn take_calls(&self, landing: i64) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE version SET landing_id = ?1 WHERE landing_id IS NULL
                 AND EXISTS (SELECT 1 FROM landing WHERE id = ?1 AND kind = 'live')
                 AND NOT EXISTS (SELECT 1 FROM landing WHERE id > ?1 AND kind <> 'clock' AND judged_ns IS NOT NULL)",
            )?
            .execute([landing])
            .map(drop)
        })
    }

    /// The document of the calls that a landing caused; `None` when there were none.
    pub fn calls(&self, landing: i64) -> Result<Option<CallsDoc>> {
        self.read(|tx| {
            let text = tx
                .prepare_cached("SELECT document FROM calls WHERE landing_id = ?1")?
                .query_row([landing], |row| row.get(0))
                .optional()?;
            text.map(read).transpose()
        })
    }

    /// The newest documents of calls, as texts, at most `limit` of them; the oldest of these first.
    pub fn newest_calls(&self, limit: usize) -> Result<Vec<String>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached("SELECT document FROM calls ORDER BY version_id DESC LIMIT ?1")?;
            let mut texts: Vec<String> =
                query.query_map([int(limit as u64)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            texts.reverse();
            Ok(texts)
        })
    }

    /// The document of calls with this hash, as text.
    pub fn calls_with(&self, hash: &ContentHash) -> Result<Option<String>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT c.document FROM version v JOIN calls c ON c.version_id = v.id
                 WHERE v.copy_key = ?1 AND v.copy_of IS NULL AND v.hash = ?2",
            )?
            .query_row(params![copy_key(hash, BENCHMARK.as_bytes()), &hash.0[..]], |row| row.get(0))
            .optional()
        })
    }
}

/// Keeps the calls of a landing, as part of the transaction that keeps what the agents said. Calls that are kept already stay as they are.
pub(super) fn keep(tx: &Transaction<'_>, landing: i64, said: &Said, now: Timestamp) -> rusqlite::Result<()> {
    let is_kept: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM calls WHERE landing_id = ?1)")?
        .query_row([landing], |row| row.get(0))?;
    let at = in_turn(tx, now)?;
    let Some(document) = CallsDoc::new(landing, at, &said.calls).filter(|_| !is_kept) else { return Ok(()) };
    let mut cache = IndexCache::default();
    let mut writer = Writer { tx, landing, cache: &mut cache, tally: IndexTally::default() };
    let artifact = artifact(tx, &document)?;
    let version = version(&mut writer, artifact, &document)?;
    tx.prepare_cached("UPDATE file SET version_id = ?2 WHERE id = ?1")?.execute([artifact, version])?;
    tx.prepare_cached("INSERT INTO calls (version_id, landing_id, document) VALUES (?1, ?2, ?3)")?.execute(params![
        version,
        landing,
        document.text()
    ])?;
    let measurements = document.measurements();
    if measurements.is_empty() {
        return Ok(());
    }
    let benchmark = writer.benchmark(BENCHMARK)?;
    for (ord, measurement) in &measurements {
        let (run, _) = writer.run((artifact, landing, *ord), benchmark, &run(at))?;
        let source = Source { benchmark, run, version, rank: 0 };
        let _ = writer.measurement(&source, measurement)?;
    }
    Ok(())
}

fn read(text: String) -> rusqlite::Result<CallsDoc> {
    CallsDoc::read(text).map_err(|error| damaged(format!("calls: {error}")))
}

/// The time of calls that are kept now: behind those that were kept just before.
fn in_turn(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Timestamp> {
    let newest: Option<i64> = tx
        .prepare_cached("SELECT max(time_ns) FROM run WHERE benchmark_id = (SELECT id FROM benchmark WHERE name = ?1)")?
        .query_row([BENCHMARK], |row| row.get(0))?;
    let behind = newest.map(|newest| time(newest.saturating_add(1)));
    Ok(behind.filter(|behind| *behind > now && behind.duration_since(now) < TURN).unwrap_or(now))
}

/// The virtual artifact, with the size and time of its newest document.
fn artifact(tx: &Transaction<'_>, document: &CallsDoc) -> rusqlite::Result<i64> {
    tx.prepare_cached("INSERT OR IGNORE INTO directory (path) VALUES (x'')")?.execute([])?;
    tx.prepare_cached(
        "INSERT INTO file (directory_id, name, kind, state, dev, ino, size, mtime_ns, ctime_ns)
         VALUES ((SELECT id FROM directory WHERE path = x''), ?1, ?2, 'virtual', 0, 0, ?3, ?4, ?4)
         ON CONFLICT (directory_id, name) DO UPDATE SET size = ?3, mtime_ns = ?4, ctime_ns = ?4
         RETURNING id",
    )?
    .query_row(
        params![
            BENCHMARK.as_bytes(),
            ArtifactKind::Json.as_str(),
            int(document.text().len() as u64),
            nanos(document.at())
        ],
        |row| row.get(0),
    )
}

fn version(writer: &mut Writer<'_>, artifact: i64, document: &CallsDoc) -> rusqlite::Result<i64> {
    let (format, hash) = (writer.text(FORMAT)?, document.hash());
    writer
        .tx
        .prepare_cached(
            "INSERT INTO version (artifact_id, landing_id, bundle_id, generation, hash, copy_key, size, rank, format_id)
             VALUES (?1, NULL, ?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?
        .insert(params![
            artifact,
            writer.landing,
            &hash.0[..],
            copy_key(&hash, BENCHMARK.as_bytes()),
            int(document.text().len() as u64),
            format
        ])
}

fn run(at: Timestamp) -> RunRow {
    RunRow {
        time: at,
        source: TimeSource::Content,
        host: None,
        commit: None,
        branch: None,
        environment: String::new(),
        subject: Params::new(),
    }
}

/// How much of the index is of the calls.
pub(super) fn own(tx: &Transaction<'_>) -> rusqlite::Result<Own> {
    of(tx, "1")
}

/// How much of a landing's judgement is of the calls.
pub(super) fn own_in(tx: &Transaction<'_>, landing: i64) -> rusqlite::Result<Own> {
    of(tx, &format!("v.landing_id = {landing}"))
}

fn of(tx: &Transaction<'_>, which: &str) -> rusqlite::Result<Own> {
    tx.prepare_cached(&format!(
        "SELECT count(DISTINCT r.id), count(DISTINCT s.id), count(*) FROM calls c JOIN version v ON v.id = c.version_id
         CROSS JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
         CROSS JOIN series s ON s.benchmark_id = r.benchmark_id
         CROSS JOIN measurement m ON m.series_id = s.id AND m.run_id = r.id WHERE {which}"
    ))?
    .query_row([], |row| {
        Ok(Own { runs: uint(row.get(0)?), series: uint(row.get(1)?), measurements: uint(row.get(2)?) })
    })
}

#[cfg(test)]
pub(crate) mod tests;
