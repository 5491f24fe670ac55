//! Measurements as histories: what the judge reads.
//!
//! A history holds the runs that count ([`COUNTS`]), by time and then by the run's number; a run's place in it is its index. Whoever
//! asks about a landing is shown what came with that one and with those before it, whatever has been indexed since.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::exclusions::COUNTS;
use super::tracks::TrackRow;
use super::{Result, Store, from_json, nanos, time, uint};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;

/// The place of a run in a history: by time, and by number among equals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub at: Timestamp,
    /// The run's number.
    pub run: i64,
}

/// One series with all its runs, oldest first; before those of a branch stand the older ones of the default branch, with which they are
/// compared.
#[derive(Debug, Clone)]
pub struct History {
    pub series_id: i64,
    pub series: SeriesKey,
    pub direction: Direction,
    pub runs: Vec<HistoryRun>,
}

/// A series' value in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRun {
    pub moment: Moment,
    pub value: f64,
    pub n: u64,
    pub std: Option<f64>,
    pub commit: Option<String>,
    /// Whether the value came with the landing that is asked about.
    pub fresh: bool,
}

/// A benchmark of which a landing brought something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedBenchmark {
    pub id: i64,
    pub name: String,
    /// Ids of its runs in the landing; none when its files held nothing but gaps.
    pub runs: Vec<i64>,
}

impl LandedBenchmark {
    /// Whether there are so many runs that reading the series from end to end is cheaper than looking each run up in each.
    pub(super) fn are_many(&self) -> bool {
        self.runs.len() > 64
    }
}

impl Store {
    /// The benchmarks that a landing's files brought something of, in name order, each with its runs.
    pub fn landing_benchmarks(&self, landing: i64) -> Result<Vec<LandedBenchmark>> {
        self.benchmarks(landing, "AND NOT EXISTS (SELECT 1 FROM calls WHERE version_id = v.id)")
    }

    /// The same with the calls that are judged with the landing.
    pub fn judged_benchmarks(&self, landing: i64) -> Result<Vec<LandedBenchmark>> {
        self.benchmarks(landing, "")
    }

    fn benchmarks(&self, landing: i64, which: &str) -> Result<Vec<LandedBenchmark>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(&format!(
                "SELECT b.name, b.id, r.id FROM version v
                 CROSS JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
                 JOIN benchmark b ON b.id = r.benchmark_id
                 WHERE v.landing_id = ?1 AND v.copy_of IS NULL {which}
                 UNION SELECT b.name, b.id, NULL FROM version v CROSS JOIN gap g ON g.version_id = v.id
                 JOIN benchmark b ON b.id = g.benchmark_id
                 WHERE v.landing_id = ?1
                 ORDER BY 1, 3"
            ))?;
            let mut rows = query.query([landing])?;
            let mut found: Vec<LandedBenchmark> = Vec::new();
            while let Some(row) = rows.next()? {
                let id = row.get(1)?;
                if found.last().is_none_or(|last| last.id != id) {
                    found.push(LandedBenchmark { id, name: row.get(0)?, runs: Vec::new() });
                }
                if let (Some(last), Some(run)) = (found.last_mut(), row.get(2)?) {
                    last.runs.push(run);
                }
            }
            Ok(found)
        })
    }

    /// The history of a series as it was with `landing`, oldest first; before a branch's own runs stand those of the default branch.
    /// A run of the landing is fresh when it is newer than `known`, the newest one that was judged before.
    pub fn history(&self, series: &History, landing: i64, known: Option<Moment>) -> Result<Vec<HistoryRun>> {
        self.read(|tx| {
            let own = runs_of(tx, series.series_id, landing)?;
            let mut runs = runs_before_branch(tx, &series.series, &own, landing)?;
            runs.extend(own);
            for run in &mut runs {
                run.fresh &= known.is_none_or(|known| run.moment > known);
            }
            Ok(runs)
        })
    }

    /// The end of that history: the present segment of `track` and what the landing brought, of which the runs are given.
    pub fn segment(&self, track: &TrackRow, fresh: &[HistoryRun], landing: i64) -> Result<Vec<HistoryRun>> {
        let least = fresh.iter().map(|run| run.moment.run).fold(track.segment_least, i64::min);
        let from = track.segment;
        self.read(|tx| {
            tx.prepare_cached(&format!(
                "{RUNS} WHERE m.series_id = ?1 AND m.run_id >= ?3 AND v.landing_id <= ?2
                     AND (r.time_ns, r.id) >= (?4, ?5) AND {COUNTS} ORDER BY r.time_ns, r.id"
            ))?
            .query_map(params![track.series_id, landing, least, nanos(from.at), from.run], history_run)?
            .collect()
        })
    }
}

/// What the runs of a branch are compared with: those of the default branch that are older than all of them. None for a series of the
/// default branch.
fn runs_before_branch(
    tx: &Transaction<'_>,
    series: &SeriesKey,
    own: &[HistoryRun],
    landing: i64,
) -> rusqlite::Result<Vec<HistoryRun>> {
    let Some(((default, unit), first)) = default_of(tx, series)?.zip(own.first()) else { return Ok(Vec::new()) };
    let older = runs_of(tx, default, landing)?.into_iter().filter(|run| run.moment.at < first.moment.at);
    let in_own_unit = |run: HistoryRun| {
        let std = run.std.and_then(|std| unit.convert(std, &series.unit));
        Some(HistoryRun { value: unit.convert(run.value, &series.unit)?, std, fresh: false, ..run })
    };
    Ok(older.filter_map(in_own_unit).collect())
}

/// The series of the default branch that a branch's series is compared with, and its unit.
pub(super) fn default_of(tx: &Transaction<'_>, series: &SeriesKey) -> rusqlite::Result<Option<(i64, Unit)>> {
    let Some(default) = series.on_default_branch() else { return Ok(None) };
    tx.prepare_cached("SELECT id, unit FROM series WHERE digest = ?1")?
        .query_row([&default.digest()[..]], |row| Ok((row.get(0)?, Unit::new(&row.get::<_, String>(1)?))))
        .optional()
}

/// Runs with their values in a series: what [`history_run`] reads.
pub(super) const RUNS: &str =
    "SELECT r.time_ns, r.id, m.value, m.n, m.std, (SELECT text FROM text WHERE id = r.commit_id), v.landing_id = ?2
     FROM measurement m JOIN run r ON r.id = m.run_id JOIN version v ON v.id = m.version_id";

/// All runs of a series that count, as they were with a landing, oldest first.
fn runs_of(tx: &Transaction<'_>, series: i64, landing: i64) -> rusqlite::Result<Vec<HistoryRun>> {
    tx.prepare_cached(&format!(
        "{RUNS} WHERE m.series_id = ?1 AND v.landing_id <= ?2 AND {COUNTS} ORDER BY r.time_ns, r.id"
    ))?
    .query_map([series, landing], history_run)?
    .collect()
}

pub(super) fn history_run(row: &Row<'_>) -> rusqlite::Result<HistoryRun> {
    Ok(HistoryRun {
        moment: Moment { at: time(row.get(0)?), run: row.get(1)? },
        value: row.get(2)?,
        n: uint(row.get(3)?),
        std: row.get(4)?,
        commit: row.get(5)?,
        fresh: row.get(6)?,
    })
}

/// The series of a benchmark, without their runs.
pub(super) fn series_of(tx: &Transaction<'_>, benchmark: i64) -> rusqlite::Result<Vec<History>> {
    let mut query = tx.prepare_cached(
        "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, s.id
         FROM series s JOIN benchmark b ON b.id = s.benchmark_id WHERE s.benchmark_id = ?1",
    )?;
    let mut series: Vec<History> = query
        .query_map([benchmark], |row| {
            Ok(History {
                series: series_key(row, 0)?,
                direction: Direction::from_word(&row.get::<_, String>(6)?),
                series_id: row.get(7)?,
                runs: Vec::new(),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    series.sort_by(|a, b| a.series.cmp(&b.series));
    Ok(series)
}

/// Reads a series' identity from six columns beginning at `first`.
pub(super) fn series_key(row: &Row<'_>, first: usize) -> rusqlite::Result<SeriesKey> {
    Ok(SeriesKey {
        benchmark: row.get(first)?,
        case: row.get(first + 1)?,
        params: from_json(&row.get::<_, String>(first + 2)?)?,
        metric: row.get(first + 3)?,
        unit: Unit::new(&row.get::<_, String>(first + 4)?),
        environment: row.get(first + 5)?,
    })
}
