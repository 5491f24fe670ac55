//! The measurements of series as rows, for other programs: in the order of the series, each oldest first, one at a time.
//!
//! Everything that is stored goes out: runs that were excluded too, with a word that they are. It fails as any unit of the store does, and
//! with what the taker of the rows fails with; memory is that of the list of series and of one row.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::artifacts::path;
use super::exclusions::COUNTS;
use super::index::locator;
use super::measurements::series_key;
use super::{Result, Store, nanos, time, uint};
use crate::domain::artifact::display_bytes;
use crate::domain::series::{Direction, SeriesKey};

/// One value of a series, and where it is from.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRow {
    pub at: Timestamp,
    /// In the unit of the series; may be infinite where the file says so.
    pub value: f64,
    /// Samples behind it.
    pub n: u64,
    pub commit: Option<String>,
    pub host: Option<String>,
    /// The artifact, escaped for people, and the place in it.
    pub path: String,
    pub cell: String,
    /// Whether it has no part in histories: its run was excluded, or it is no finite number.
    pub excluded: bool,
}

impl Store {
    /// Hands every value of the series that are `wanted`, from `since` on, to `take`, until that says that it has enough. Gives the number of values.
    pub fn export(
        &self,
        wanted: impl Fn(&SeriesKey) -> bool,
        since: Option<Timestamp>,
        mut take: impl FnMut(&SeriesKey, Direction, &ExportRow) -> bool,
    ) -> Result<u64> {
        self.read(|tx| {
            let mut known: Vec<(SeriesKey, Direction, i64)> = Vec::new();
            let mut query = tx.prepare(
                "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, s.id
                 FROM series s JOIN benchmark b ON b.id = s.benchmark_id",
            )?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let series = series_key(row, 0)?;
                if wanted(&series) {
                    known.push((series, Direction::from_word(&row.get::<_, String>(6)?), row.get(7)?));
                }
            }
            known.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            let mut values = tx.prepare(&format!(
                "SELECT r.time_ns, m.value, m.n, (SELECT text FROM text WHERE id = r.commit_id),
                        (SELECT text FROM text WHERE id = r.host_id), d.path || f.name, l.value, m.slot, {COUNTS}
                 FROM measurement m JOIN run r ON r.id = m.run_id JOIN version v ON v.id = m.version_id
                 JOIN file f ON f.id = v.artifact_id JOIN directory d ON d.id = f.directory_id
                 JOIN locator l ON l.id = m.locator_id
                 WHERE m.series_id = ?1 AND r.time_ns >= ?2 ORDER BY r.time_ns, r.id"
            ))?;
            let since = since.map_or(i64::MIN, nanos);
            let mut total = 0;
            for (series, direction, id) in &known {
                let mut rows = values.query(params![id, since])?;
                while let Some(row) = rows.next()? {
                    total += 1;
                    if !take(series, *direction, &exported(row)?) {
                        return Ok(total);
                    }
                }
            }
            Ok(total)
        })
    }
}

fn exported(row: &Row<'_>) -> rusqlite::Result<ExportRow> {
    Ok(ExportRow {
        at: time(row.get(0)?),
        value: row.get(1)?,
        n: uint(row.get(2)?),
        commit: row.get(3)?,
        host: row.get(4)?,
        path: display_bytes(&path(row, 5)?),
        cell: locator(row.get(6)?, row.get(7)?).to_string(),
        excluded: !row.get::<_, bool>(8)?,
    })
}
