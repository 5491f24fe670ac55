//! What budgets are held against: the newest runs of a series, whatever its history is otherwise.

use rusqlite::params;

use super::exclusions::COUNTS;
use super::measurements::{HistoryRun, RUNS, history_run, series_key};
use super::{Result, Store, int};
use crate::domain::series::SeriesKey;

impl Store {
    /// The least and the greatest value of a series, of the runs that count; `None` while there are none.
    pub fn value_range(&self, series: i64) -> Result<Option<(f64, f64)>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(&format!(
                "SELECT min(m.value), max(m.value) FROM measurement m JOIN run r ON r.id = m.run_id
                 WHERE m.series_id = ?1 AND {COUNTS}"
            ))?;
            query.query_row([series], |row| Ok(row.get::<_, Option<f64>>(0)?.zip(row.get(1)?)))
        })
    }

    /// All series, by number.
    pub fn series_keys(&self) -> Result<Vec<(i64, SeriesKey)>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.id
                 FROM series s JOIN benchmark b ON b.id = s.benchmark_id ORDER BY s.id",
            )?
            .query_map([], |row| Ok((row.get(6)?, series_key(row, 0)?)))?
            .collect()
        })
    }

    /// The number of the newest series; 0 before there is one.
    pub fn newest_series(&self) -> Result<i64> {
        self.read(|tx| tx.prepare_cached("SELECT coalesce(max(id), 0) FROM series")?.query_row([], |row| row.get(0)))
    }

    /// The newest runs of a series that count, as they were with `landing`, oldest first, `most` of them at most. Those of a branch's
    /// default branch are not among them: a limit is not a comparison.
    pub fn newest_runs(&self, series: i64, landing: i64, most: usize) -> Result<Vec<HistoryRun>> {
        self.read(|tx| {
            let mut runs: Vec<HistoryRun> = tx
                .prepare_cached(&format!(
                    "{RUNS} WHERE m.series_id = ?1 AND v.landing_id <= ?2 AND {COUNTS}
                     ORDER BY r.time_ns DESC, r.id DESC LIMIT ?3"
                ))?
                .query_map(params![series, landing, int(most as u64)], history_run)?
                .collect::<rusqlite::Result<_>>()?;
            runs.reverse();
            Ok(runs)
        })
    }
}
