//! The last two runs of series that are too young to be judged: what the report says of them is the plain step between these.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::artifacts::path;
use super::exclusions::counted_in;
use super::index::locator;
use super::landings::content_hash;
use super::{Result, Store, time};
use crate::domain::artifact::display_bytes;
use crate::domain::series::{Direction, SeriesKey};
use crate::insight::{Place, Step, StepEnd};

impl Store {
    /// The steps to the newest run, as it was with the landing, of those among these series that have fewer than `few` runs and more
    /// than one.
    pub fn landing_steps(&self, landing: i64, series: &[(SeriesKey, Direction)], few: usize) -> Result<Vec<Step>> {
        self.read(|tx| {
            let mut steps = Vec::new();
            for (key, direction) in series {
                let id: Option<i64> = tx
                    .prepare_cached("SELECT id FROM series WHERE digest = ?1")?
                    .query_row([&key.digest()[..]], |row| row.get(0))
                    .optional()?;
                let Some(id) = id else { continue };
                let runs = newest(tx, id, landing, few)?;
                if runs.len() >= few {
                    continue;
                }
                let mut ends = runs.into_iter();
                if let (Some(after), Some(before)) = (ends.next(), ends.next()) {
                    steps.push(Step { series: key.clone(), direction: *direction, before, after });
                }
            }
            Ok(steps)
        })
    }
}

/// The newest run first.
fn newest(tx: &Transaction<'_>, series: i64, landing: i64, most: usize) -> rusqlite::Result<Vec<StepEnd>> {
    let counts = counted_in("?2");
    tx.prepare_cached(&format!(
        "SELECT m.value, r.time_ns, (SELECT text FROM text WHERE id = r.commit_id), d.path || f.name, v.hash, l.value, m.slot
         FROM measurement m JOIN run r ON r.id = m.run_id JOIN version v ON v.id = m.version_id
         JOIN file f ON f.id = v.artifact_id JOIN directory d ON d.id = f.directory_id
         JOIN locator l ON l.id = m.locator_id
         WHERE m.series_id = ?1 AND v.landing_id <= ?2 AND {counts} ORDER BY r.time_ns DESC, r.id DESC LIMIT ?3"
    ))?
    .query_map(params![series, landing, most as i64], end)?
    .collect()
}

fn end(row: &Row<'_>) -> rusqlite::Result<StepEnd> {
    let place = Place {
        path: display_bytes(&path(row, 3)?),
        hash: content_hash(row.get(4)?)?,
        at: locator(row.get(5)?, row.get(6)?),
    };
    Ok(StepEnd { value: row.get(0)?, at: time(row.get(1)?), commit: row.get(2)?, place })
}
