//! Ids of benchmarks, series, locators and shared texts: looked up once, made where they are new, and remembered for the length of an indexing
//! pass, so that a measurement costs one insert.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::index::Writer;
use super::{int, to_json};
use crate::domain::artifact::ContentHash;
use crate::domain::measurement::{Measurement, SpreadValue};
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// Ids that were looked up already. Emptied when it grows beyond its bound or a batch is rolled back.
#[derive(Debug, Default)]
pub struct IndexCache {
    pub(super) series: HashMap<[u8; 16], (i64, Unit)>,
    pub(super) locators: HashMap<[u8; 16], i64>,
    pub(super) texts: HashMap<[u8; 16], i64>,
    pub(super) benchmarks: HashMap<String, i64>,
}

/// Entries kept of each kind: about 40 bytes each, names of benchmarks more.
const CACHE_BOUND: usize = 1 << 18;

impl IndexCache {
    pub(super) fn clear(&mut self) {
        self.series.clear();
        self.locators.clear();
        self.texts.clear();
        self.benchmarks.clear();
    }

    pub(super) fn bound(&mut self) {
        let sizes = [self.series.len(), self.locators.len(), self.texts.len(), self.benchmarks.len()];
        if sizes.into_iter().any(|size| size > CACHE_BOUND) {
            self.clear();
        }
    }
}

impl Writer<'_> {
    pub(super) fn benchmark(&mut self, name: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.cache.benchmarks.get(name) {
            return Ok(id);
        }
        self.tx.prepare_cached("INSERT OR IGNORE INTO benchmark (name) VALUES (?1)")?.execute([name])?;
        let id =
            self.tx.prepare_cached("SELECT id FROM benchmark WHERE name = ?1")?.query_row([name], |row| row.get(0))?;
        self.cache.benchmarks.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The series of `key`, made when there is none, and its unit: that of its first measurement, which later ones in other units of the
    /// same dimension are converted to.
    pub(super) fn series(&mut self, benchmark: i64, key: &SeriesKey, direction: &str) -> rusqlite::Result<(i64, Unit)> {
        let digest = key.digest();
        if let Some(known) = self.cache.series.get(&digest) {
            return Ok(known.clone());
        }
        let found: Option<(i64, String)> = self
            .tx
            .prepare_cached("SELECT id, unit FROM series WHERE digest = ?1")?
            .query_row([&digest[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let known = match found {
            Some((id, unit)) => (id, Unit::new(&unit)),
            None => (self.new_series(&digest, benchmark, key, direction)?, key.unit.clone()),
        };
        self.cache.series.insert(digest, known.clone());
        Ok(known)
    }

    fn new_series(&mut self, digest: &[u8], benchmark: i64, key: &SeriesKey, direction: &str) -> rusqlite::Result<i64> {
        self.tally.series += 1;
        self.tx
            .prepare_cached(
                "INSERT INTO series (digest, benchmark_id, case_name, params, metric, unit, environment, direction)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                digest,
                benchmark,
                key.case,
                to_json(&key.params)?,
                key.metric,
                key.unit.as_str(),
                key.environment,
                direction
            ])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// The id of a text that many rows may share.
    pub(super) fn text(&mut self, text: &str) -> rusqlite::Result<i64> {
        let digest = ContentHash::of(text.as_bytes());
        let key = first(&digest);
        if let Some(&id) = self.cache.texts.get(&key) {
            return Ok(id);
        }
        let hash = i32::from_le_bytes(first(&digest));
        let found: Option<i64> = self
            .tx
            .prepare_cached("SELECT id FROM text WHERE hash = ?1 AND text = ?2")?
            .query_row(params![hash, text], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => {
                let mut insert = self.tx.prepare_cached("INSERT INTO text (hash, text) VALUES (?1, ?2)")?;
                insert.insert(params![hash, text])?
            }
        };
        self.cache.texts.insert(key, id);
        Ok(id)
    }

    /// The id of a text, where there is one.
    pub(super) fn maybe_text(&mut self, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        text.map(|text| self.text(text)).transpose()
    }

    /// The id of the shape of a measurement's places. Spreads usually stand beside the value and share its slot; one that does not
    /// is stored with its own index written out.
    pub(super) fn locator(&mut self, m: &Measurement) -> rusqlite::Result<i64> {
        let place = |spread: &Option<SpreadValue>| match spread {
            None => String::new(),
            Some(s) if s.at.index == m.at.index => s.at.pattern.clone(),
            Some(s) => s.at.to_string(),
        };
        let (std, min, max) = (place(&m.spread.std), place(&m.spread.min), place(&m.spread.max));
        let fields = [m.field.as_str(), &m.at.pattern, &std, &min, &max];
        let mut hasher = blake3::Hasher::new();
        for field in fields {
            hasher.update(&int(field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        let key = first(&ContentHash(*hasher.finalize().as_bytes()));
        if let Some(&id) = self.cache.locators.get(&key) {
            return Ok(id);
        }
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO locator (field, value, std, min, max) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(fields)?;
        let id = self
            .tx
            .prepare_cached(
                "SELECT id FROM locator WHERE field = ?1 AND value = ?2 AND std = ?3 AND min = ?4 AND max = ?5",
            )?
            .query_row(fields, |row| row.get(0))?;
        self.cache.locators.insert(key, id);
        Ok(id)
    }
}

/// The first bytes of a hash.
pub(super) fn first<const N: usize>(hash: &ContentHash) -> [u8; N] {
    std::array::from_fn(|at| hash.0.get(at).copied().unwrap_or(0))
}
