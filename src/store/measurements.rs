//! Measurements as histories: what the judge reads.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{Result, Store, from_json, time, uint};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;

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
    pub at: Timestamp,
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
    /// The benchmarks that a landing brought something of, in name order, each with its runs.
    pub fn landing_benchmarks(&self, landing: i64) -> Result<Vec<LandedBenchmark>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(
                "SELECT b.name, b.id, r.id FROM version v
                 CROSS JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
                 JOIN benchmark b ON b.id = r.benchmark_id
                 WHERE v.landing_id = ?1 AND v.copy_of IS NULL
                 UNION SELECT b.name, b.id, NULL FROM version v CROSS JOIN gap g ON g.version_id = v.id
                 JOIN benchmark b ON b.id = g.benchmark_id
                 WHERE v.landing_id = ?1
                 ORDER BY 1, 3",
            )?;
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

    /// The histories of those series of a benchmark that have a fresh value in `landing`, in the order of their identity.
    pub fn fresh_histories(&self, landing: i64, benchmark: &LandedBenchmark) -> Result<Vec<History>> {
        self.read(|tx| {
            let mut histories = series_of(tx, benchmark.id)?;
            let mut holds =
                tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM measurement WHERE series_id = ?1 AND run_id = ?2)")?;
            let mut touched = Vec::with_capacity(histories.len());
            for history in histories.drain(..) {
                // Series that got nothing are not read: a benchmark can have very many of them.
                let mut is_touched = benchmark.are_many();
                for run in benchmark.runs.iter().filter(|_| !benchmark.are_many()) {
                    is_touched |= holds.query_row([history.series_id, *run], |row| row.get::<_, bool>(0))?;
                }
                if is_touched {
                    touched.push(history);
                }
            }
            for history in &mut touched {
                let own = runs_of(tx, history.series_id, landing)?;
                history.runs = runs_before_branch(tx, &history.series, &own)?;
                history.runs.extend(own);
            }
            touched.retain(|history| history.runs.iter().any(|run| run.fresh));
            Ok(touched)
        })
    }
}

/// What the runs of a branch are compared with: those of the default branch that are older than all of them. None for a series of the
/// default branch.
fn runs_before_branch(
    tx: &Transaction<'_>,
    series: &SeriesKey,
    own: &[HistoryRun],
) -> rusqlite::Result<Vec<HistoryRun>> {
    let Some(((default, unit), first)) = default_of(tx, series)?.zip(own.first()) else { return Ok(Vec::new()) };
    let older = runs_of(tx, default, 0)?.into_iter().filter(|run| run.at < first.at);
    let in_own_unit = |run: HistoryRun| {
        let std = run.std.and_then(|std| unit.convert(std, &series.unit));
        Some(HistoryRun { value: unit.convert(run.value, &series.unit)?, std, ..run })
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

/// All runs of a series, oldest first.
fn runs_of(tx: &Transaction<'_>, series: i64, landing: i64) -> rusqlite::Result<Vec<HistoryRun>> {
    tx.prepare_cached(
        "SELECT r.time_ns, m.value, m.n, m.std, (SELECT text FROM text WHERE id = r.commit_id), v.landing_id = ?2
         FROM measurement m JOIN run r ON r.id = m.run_id JOIN version v ON v.id = m.version_id
         WHERE m.series_id = ?1 ORDER BY r.time_ns, r.id",
    )?
    .query_map([series, landing], |row| {
        Ok(HistoryRun {
            at: time(row.get(0)?),
            value: row.get(1)?,
            n: uint(row.get(2)?),
            std: row.get(3)?,
            commit: row.get(4)?,
            fresh: row.get(5)?,
        })
    })?
    .collect()
}

/// The series of a benchmark, without their runs.
fn series_of(tx: &Transaction<'_>, benchmark: i64) -> rusqlite::Result<Vec<History>> {
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
