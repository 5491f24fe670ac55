//! The catalogue of series: what is known, for people who ask.

use jiff::Timestamp;

use super::measurements::series_key;
use super::{Result, Store, time, uint};
use crate::domain::series::{Direction, SeriesKey};

/// One known series and its newest run.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesSummary {
    pub id: i64,
    pub series: SeriesKey,
    pub direction: Direction,
    pub runs: u64,
    pub latest: f64,
    pub latest_at: Timestamp,
}

impl Store {
    /// All series whose benchmark, case, parameters or metric contain `pattern` (any case; empty: all), in the order of identity.
    pub fn series(&self, pattern: &str) -> Result<Vec<SeriesSummary>> {
        let needle = pattern.to_lowercase();
        self.read(|tx| {
            let mut newest = tx.prepare(
                "SELECT count(*) OVER (), m.value, r.time_ns FROM measurement m JOIN run r ON r.id = m.run_id
                 WHERE m.series_id = ?1 ORDER BY r.time_ns DESC, r.id DESC LIMIT 1",
            )?;
            let mut query = tx.prepare(
                "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, s.id
                 FROM series s JOIN benchmark b ON b.id = s.benchmark_id",
            )?;
            let mut rows = query.query([])?;
            let mut known = Vec::new();
            while let Some(row) = rows.next()? {
                let series = series_key(row, 0)?;
                if !series.to_string().to_lowercase().contains(&needle) {
                    continue;
                }
                let id = row.get(7)?;
                let (runs, latest, at) = newest.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                let direction = Direction::from_word(&row.get::<_, String>(6)?);
                known.push(SeriesSummary { id, series, direction, runs: uint(runs), latest, latest_at: time(at) });
            }
            known.sort_by(|a, b| a.series.cmp(&b.series));
            Ok(known)
        })
    }
}
