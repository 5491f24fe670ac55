//! The catalogue of series: what is known, for people who ask.

use jiff::Timestamp;

use super::exclusions::COUNTS;
use super::measurements::series_key;
use super::{Result, Store, time, uint};
use crate::domain::series::{Direction, SeriesKey};

/// One known series and its newest run.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesSummary {
    pub id: i64,
    pub series: SeriesKey,
    pub direction: Direction,
    /// Runs that count, and runs that people have excluded.
    pub runs: u64,
    pub excluded: u64,
    /// Value and time of the newest run that counts.
    pub latest: Option<(f64, Timestamp)>,
}

impl Store {
    /// All series that are `wanted`, in the order of identity.
    pub fn series(&self, wanted: impl Fn(&SeriesKey) -> bool) -> Result<Vec<SeriesSummary>> {
        self.read(|tx| {
            let mut newest = tx.prepare(&format!(
                "WITH known AS (SELECT m.value, r.time_ns, r.id, {COUNTS} AS counts FROM measurement m
                                JOIN run r ON r.id = m.run_id WHERE m.series_id = ?1)
                 SELECT sum(counts) OVER (), sum(NOT counts) OVER (), CASE WHEN counts THEN value END, time_ns FROM known
                 ORDER BY counts DESC, time_ns DESC, id DESC LIMIT 1"
            ))?;
            let mut query = tx.prepare(
                "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, s.id
                 FROM series s JOIN benchmark b ON b.id = s.benchmark_id",
            )?;
            let mut rows = query.query([])?;
            let mut known = Vec::new();
            while let Some(row) = rows.next()? {
                let series = series_key(row, 0)?;
                if !wanted(&series) {
                    continue;
                }
                let id = row.get(7)?;
                let direction = Direction::from_word(&row.get::<_, String>(6)?);
                known.push(newest.query_row([id], |row| {
                    let latest = row.get::<_, Option<f64>>(2)?.zip(row.get(3).map(time).ok());
                    let (runs, excluded) = (uint(row.get(0)?), uint(row.get(1)?));
                    Ok(SeriesSummary { id, series: series.clone(), direction, runs, excluded, latest })
                })?);
            }
            known.sort_by(|a, b| a.series.cmp(&b.series));
            Ok(known)
        })
    }
}
