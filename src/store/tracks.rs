//! Tracks: where the detector stands with each series, so that a landing need not read the histories again.
//!
//! A track is a cache: it is written in the transaction of the verdicts, and whatever changes a history under it (a better
//! rendering, a better time, a moved value, an excluded run) empties its state in the transaction of that change. Who finds it
//! empty, damaged, of other settings, or no older than the landing at hand replays the history; nothing but time is lost.
//! What is kept even of an emptied track is the newest run that was judged: no run up to it is news again.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::exclusions::COUNTS;
use super::measurements::{History, HistoryRun, LandedBenchmark, Moment, history_run, series_of};
use super::{Result, Store, int, nanos, time, uint};

/// A stored track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackRow {
    pub series_id: i64,
    /// The landing with which it was last written.
    pub landing: i64,
    /// Hash of the settings that its state goes by.
    pub settings: i64,
    /// Runs that it took in.
    pub runs: u64,
    /// The newest of them.
    pub newest: Moment,
    /// The first run that the detector may ask for again: that of its segment, or of the one before while that is young.
    pub segment: Moment,
    /// No run from there on has a lower number, so that they are found without a look at all runs.
    pub segment_least: i64,
    /// What the detector encoded; empty when it is to be had from the history.
    pub state: Vec<u8>,
}

/// A series that a landing brought values of.
#[derive(Debug, Clone)]
pub struct Touched {
    /// With the runs of the landing alone.
    pub fresh: History,
    pub track: Option<TrackRow>,
}

impl Store {
    /// The series of a benchmark that have a value in `landing` which counts, with these values and their tracks, in the order of
    /// their identity. No history is read.
    pub fn touched(&self, landing: i64, benchmark: &LandedBenchmark) -> Result<Vec<Touched>> {
        self.read(|tx| {
            let mut touched = Vec::new();
            for mut fresh in series_of(tx, benchmark.id)? {
                if benchmark.are_many() {
                    fresh.runs = fresh_runs(tx, fresh.series_id, landing, None)?;
                } else {
                    for run in &benchmark.runs {
                        fresh.runs.extend(fresh_runs(tx, fresh.series_id, landing, Some(*run))?);
                    }
                    fresh.runs.sort_by_key(|run| run.moment);
                }
                if !fresh.runs.is_empty() {
                    let track = track(tx, fresh.series_id)?;
                    touched.push(Touched { fresh, track });
                }
            }
            Ok(touched)
        })
    }

    /// Whether a landing before this one has yet to be judged: then tracks do not know all that stands in the histories.
    pub fn is_overtaking(&self, landing: i64) -> Result<bool> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM landing WHERE stage <> 'done' AND id < ?1 AND judged_ns IS NULL)",
            )?
            .query_row([landing], |row| row.get(0))
        })
    }

    /// Writes tracks ahead of the verdicts of their landing, so that they need not all be held. A landing that is judged again knows
    /// those of its own as such.
    pub fn keep_tracks(&self, tracks: &[TrackRow]) -> Result<()> {
        self.write(|tx| write(tx, tracks))
    }
}

/// What a landing brought of a series, or of one of its runs.
fn fresh_runs(tx: &Transaction<'_>, series: i64, landing: i64, run: Option<i64>) -> rusqlite::Result<Vec<HistoryRun>> {
    let one = if run.is_some() { "AND m.run_id = ?3" } else { "AND ?3 IS NULL" };
    tx.prepare_cached(&format!(
        "SELECT r.time_ns, r.id, m.value, m.n, m.std, (SELECT text FROM text WHERE id = r.commit_id), 1
         FROM measurement m JOIN version v ON v.id = m.version_id JOIN run r ON r.id = m.run_id
         WHERE m.series_id = ?1 AND v.landing_id = ?2 {one} AND {COUNTS} ORDER BY r.time_ns, r.id"
    ))?
    .query_map(params![series, landing, run], history_run)?
    .collect()
}

/// The track of a series.
pub(super) fn track(tx: &Transaction<'_>, series: i64) -> rusqlite::Result<Option<TrackRow>> {
    tx.prepare_cached(
        "SELECT series_id, landing_id, settings, runs, newest_ns, newest_run, segment_ns, segment_run, segment_least, state
         FROM track WHERE series_id = ?1",
    )?
    .query_row([series], row)
    .optional()
}

fn row(row: &Row<'_>) -> rusqlite::Result<TrackRow> {
    Ok(TrackRow {
        series_id: row.get(0)?,
        landing: row.get(1)?,
        settings: row.get(2)?,
        runs: uint(row.get(3)?),
        newest: Moment { at: time(row.get(4)?), run: row.get(5)? },
        segment: Moment { at: time(row.get(6)?), run: row.get(7)? },
        segment_least: row.get(8)?,
        state: row.get(9)?,
    })
}

/// Writes tracks; part of the transaction of the verdicts.
pub(super) fn write(tx: &Transaction<'_>, tracks: &[TrackRow]) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT OR REPLACE INTO track (series_id, landing_id, settings, runs, newest_ns, newest_run, segment_ns, segment_run,
             segment_least, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for track in tracks {
        insert.execute(params![
            track.series_id,
            track.landing,
            track.settings,
            int(track.runs),
            nanos(track.newest.at),
            track.newest.run,
            nanos(track.segment.at),
            track.segment.run,
            track.segment_least,
            track.state
        ])?;
    }
    Ok(())
}

/// The value of `run` is another one now: the track of the series, if it took that run in, is to be had anew.
pub(super) fn spoil(tx: &Transaction<'_>, series: i64, run: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE track SET state = x'' WHERE series_id = ?1 AND (newest_ns, newest_run) >= (SELECT time_ns, id FROM run WHERE id = ?2)",
    )?
    .execute([series, run])
    .map(drop)
}

/// A value was put into a history, or taken out of it, at whatever place.
pub(super) fn spoil_series(tx: &Transaction<'_>, series: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE track SET state = x'' WHERE series_id = ?1")?.execute([series]).map(drop)
}

/// The series have lost or regained a run, or it has another time: all tracks that know it are to be had anew.
pub(super) fn spoil_all(tx: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE track SET state = x'',
                newest_ns = CASE WHEN newest_run = ?1 THEN (SELECT time_ns FROM run WHERE id = ?1) ELSE newest_ns END
         WHERE series_id IN (SELECT m.series_id FROM run r CROSS JOIN series s ON s.benchmark_id = r.benchmark_id
                             CROSS JOIN measurement m ON m.series_id = s.id AND m.run_id = r.id WHERE r.id = ?1)",
    )?
    .execute([run])
    .map(drop)
}

#[cfg(test)]
pub(super) mod tests;
