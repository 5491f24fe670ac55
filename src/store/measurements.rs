//! Measurements as histories: what the judge reads.

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::{Result, Store, from_json, time, uint};
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;

/// One series with all its runs, oldest first.
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

impl Store {
    /// The benchmarks that a landing brought measurements of, in name order.
    pub fn landing_benchmarks(&self, landing: i64) -> Result<Vec<(i64, String)>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT DISTINCT b.id, b.name FROM version v
                 JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
                 JOIN benchmark b ON b.id = r.benchmark_id
                 WHERE v.landing_id = ?1 AND v.copy_of IS NULL ORDER BY b.name",
            )?
            .query_map([landing], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }

    /// The histories of those series of a benchmark that have a fresh value in `landing`, in the order of their identity.
    pub fn fresh_histories(&self, landing: i64, benchmark: i64) -> Result<Vec<History>> {
        self.read(|tx| {
            let mut histories = series_of(tx, benchmark)?;
            let mut runs = tx.prepare_cached(
                "SELECT r.time_ns, m.value, m.n, m.std, r.commit_id, v.landing_id = ?2 FROM measurement m
                 JOIN run r ON r.id = m.run_id JOIN version v ON v.id = m.version_id
                 WHERE m.series_id = ?1 ORDER BY r.time_ns, r.id",
            )?;
            for history in &mut histories {
                let rows = runs.query_map([history.series_id, landing], |row| {
                    Ok(HistoryRun {
                        at: time(row.get(0)?),
                        value: row.get(1)?,
                        n: uint(row.get(2)?),
                        std: row.get(3)?,
                        commit: row.get(4)?,
                        fresh: row.get(5)?,
                    })
                })?;
                history.runs = rows.collect::<rusqlite::Result<_>>()?;
            }
            histories.retain(|history| history.runs.iter().any(|run| run.fresh));
            Ok(histories)
        })
    }
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
