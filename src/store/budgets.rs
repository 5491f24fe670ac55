//! What budgets are held against: the newest runs of a series, whatever its history is otherwise.

use rusqlite::params;

use super::exclusions::COUNTS;
use super::measurements::{HistoryRun, RUNS, history_run};
use super::{Result, Store, int};

impl Store {
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
