//! Lending: a rendering that comes late can know more of its run than those that came before (the host, the model). Then the values
//! that are there move to the series that they belong to.

use rusqlite::params;

use super::index::Writer;
use super::measurements::series_key;
use super::tracks;
use crate::domain::series::{Params, SeriesKey};

impl Writer<'_> {
    /// Moves the values of `run` whose series do not name the environment or a constant to those that do.
    pub(super) fn lend(
        &mut self,
        benchmark: i64,
        run: i64,
        environment: &str,
        constants: &Params,
    ) -> rusqlite::Result<()> {
        for (series, key, direction) in self.held(benchmark, run)? {
            let known = completed(&key, environment, constants);
            if known != key {
                let (target, unit) = self.series(benchmark, &known, &direction)?;
                // Values are stored in their series' unit; those of a series in another unit stay where they are.
                if unit == key.unit {
                    self.shift((series, &key), target, run)?;
                }
            }
        }
        Ok(())
    }

    /// The series that have a value in `run`, with their directions.
    fn held(&self, benchmark: i64, run: i64) -> rusqlite::Result<Vec<(i64, SeriesKey, String)>> {
        self.tx
            .prepare_cached(
                "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, s.id
                 FROM series s JOIN benchmark b ON b.id = s.benchmark_id
                 JOIN measurement m ON m.series_id = s.id AND m.run_id = ?2
                 WHERE s.benchmark_id = ?1",
            )?
            .query_map([benchmark, run], |row| Ok((row.get(7)?, series_key(row, 0)?, row.get(6)?)))?
            .collect()
    }

    /// Moves one value; a series that holds nothing any more goes.
    fn shift(&mut self, (from, key): (i64, &SeriesKey), to: i64, run: i64) -> rusqlite::Result<()> {
        for table in ["measurement", "samples"] {
            // Where the other series has a value already, that one stays.
            let sql = format!("UPDATE OR IGNORE {table} SET series_id = ?2 WHERE series_id = ?1 AND run_id = ?3");
            self.tx.prepare_cached(&sql)?.execute([from, to, run])?;
            let sql = format!("DELETE FROM {table} WHERE series_id = ?1 AND run_id = ?2");
            self.tx.prepare_cached(&sql)?.execute([from, run])?;
        }
        tracks::spoil_series(self.tx, from)?;
        tracks::spoil_series(self.tx, to)?;
        let emptied = self
            .tx
            .prepare_cached(
                "DELETE FROM series WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM measurement WHERE series_id = ?1)",
            )?
            .execute(params![from])?;
        if emptied > 0 {
            self.tx.prepare_cached("DELETE FROM track WHERE series_id = ?1")?.execute([from])?;
            self.cache.series.remove(&key.digest());
        }
        Ok(())
    }
}

/// The identity with what is known now.
fn completed(key: &SeriesKey, environment: &str, constants: &Params) -> SeriesKey {
    let mut known = key.clone();
    if known.environment.is_empty() {
        environment.clone_into(&mut known.environment);
    }
    for (name, value) in constants {
        known.params.entry(name.clone()).or_insert_with(|| value.clone());
    }
    known
}
