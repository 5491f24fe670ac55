//! Feeding a [`Verifier`]: everything that the index knows, in streams, in one consistent view. Nothing is kept here but the names of the
//! files and patterns that were met last.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use rusqlite::{Row, Transaction};

use super::artifacts::path;
use super::calls;
use super::index::locator;
use super::measurements::series_key;
use super::runs::subject_of;
use super::{Result, Store, from_json, time, uint};
use crate::domain::artifact::{ArtifactKind, RelPath, display_bytes, stem};
use crate::domain::call::BENCHMARK;
use crate::domain::run::TimeSource;
use crate::domain::series::{Params, SeriesKey};
use crate::insight::verify::{self, Heading, Inventory, Value, Verifier, When};

/// Entries kept of each of the caches.
const CACHE: usize = 1 << 14;

/// An artifact that may be read again: what it must still look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAgain {
    pub path: RelPath,
    pub kind: ArtifactKind,
    /// Bytes.
    pub size: u64,
    pub hash: [u8; 32],
}

impl Store {
    /// Tells a verifier everything but the cells of the files.
    pub fn verify(&self, verifier: &mut Verifier) -> Result<()> {
        self.read(|tx| {
            let models = names(tx, verifier)?;
            verifier.resolve(inventory(tx, models)?);
            files(tx, verifier)?;
            times(tx, verifier)?;
            values(tx, verifier)
        })
    }

    /// What a report quotes of the index, each once: of gaps and failures the subjects, places and details; and the commits of runs.
    pub fn quoted_words(&self) -> Result<Vec<String>> {
        self.read(|tx| {
            let sql = "SELECT text FROM text WHERE id IN (SELECT subject_id FROM gap UNION SELECT at_id FROM gap UNION SELECT detail_id FROM gap
                           UNION SELECT commit_id FROM run)
                       ORDER BY text";
            tx.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The artifacts whose cells can be read again, in path order: those that were read and are still there.
    pub fn readable(&self) -> Result<Vec<ReadAgain>> {
        self.read(|tx| {
            let mut query = tx.prepare(
                "SELECT d.path || f.name, f.kind, v.size, v.hash FROM file f JOIN directory d ON d.id = f.directory_id
                 JOIN version v ON v.id = f.version_id WHERE f.state = 'indexed' ORDER BY d.path, f.name",
            )?;
            query
                .query_map([], |row| {
                    Ok(ReadAgain {
                        path: RelPath::new(path(row, 0)?),
                        kind: ArtifactKind::from_word(&row.get::<_, String>(1)?),
                        size: uint(row.get(2)?),
                        hash: row.get(3)?,
                    })
                })?
                .collect()
        })
    }
}

/// Every name that a claim could use. Gives the number of different models.
fn names(tx: &Transaction<'_>, verifier: &mut Verifier) -> rusqlite::Result<u64> {
    let vocabulary = verifier.vocabulary();
    let mut models: HashSet<String> = HashSet::new();
    each_text(tx, "SELECT name FROM benchmark", |name| vocabulary.owner(name.rsplit('/').next().unwrap_or(name)))?;
    each_text(tx, "SELECT DISTINCT metric FROM series", |metric| vocabulary.metric(metric))?;
    each_text(tx, "SELECT DISTINCT field || ' ' || value FROM locator", |field| vocabulary.metric(field))?;
    each_text(tx, "SELECT DISTINCT case_name FROM series", |case| vocabulary.owner(case))?;
    let mut query = tx.prepare("SELECT name FROM file WHERE state NOT IN ('gone', 'ours', 'virtual')")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        vocabulary.owner(&display_bytes(stem(&row.get::<_, Vec<u8>>(0)?)));
    }
    // Which models the agents are is not told by the files.
    let subjects = "SELECT params, own FROM (SELECT DISTINCT params, benchmark_id IS (SELECT id FROM benchmark WHERE name = ?1) AS own
            FROM series)
        UNION ALL SELECT t.text, 0 FROM text t WHERE t.id IN (SELECT subject_id FROM run)";
    let mut query = tx.prepare(subjects)?;
    let mut rows = query.query([BENCHMARK])?;
    while let Some(row) = rows.next()? {
        let params: Params = from_json(&row.get::<_, String>(0)?)?;
        let is_own: bool = row.get(1)?;
        for (name, value) in &params {
            vocabulary.parameter(name, value);
            if !is_own && verify::is_model(name) {
                models.insert(value.to_lowercase());
            }
        }
    }
    Ok(models.len() as u64)
}

fn each_text(tx: &Transaction<'_>, sql: &str, mut each: impl FnMut(&str)) -> rusqlite::Result<()> {
    let mut query = tx.prepare(sql)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get_ref(0)?.as_str()?);
    }
    Ok(())
}

fn inventory(tx: &Transaction<'_>, models: u64) -> rusqlite::Result<Inventory> {
    let one = |sql: &str| tx.query_row(sql, [], |row| row.get(0).map(uint));
    let own = calls::own(tx)?;
    let mut inventory = Inventory::default();
    inventory.runs = one("SELECT count(*) FROM run")?.saturating_sub(own.runs);
    inventory.series = one("SELECT count(*) FROM series")?.saturating_sub(own.series);
    inventory.measurements = one("SELECT count(*) FROM measurement")?.saturating_sub(own.measurements);
    inventory.own = verify::Own { runs: own.runs, series: own.series, measurements: own.measurements };
    inventory.landings = one("SELECT count(*) FROM landing WHERE kind <> 'clock'")?;
    inventory.benchmarks = one("SELECT count(*) FROM benchmark")?.saturating_sub(u64::from(own.runs > 0));
    inventory.models = models;
    Ok(inventory)
}

/// The artifacts that are there, refused ones included, and when they were changed.
fn files(tx: &Transaction<'_>, verifier: &mut Verifier) -> rusqlite::Result<()> {
    let mut query = tx.prepare(
        "SELECT d.path || f.name, f.kind, f.size, f.state = 'failed', f.mtime_ns FROM file f JOIN directory d ON d.id = f.directory_id
         WHERE f.state IN ('indexed', 'failed') OR (f.version_id IS NOT NULL AND f.state IN ('pending', 'landed'))
         ORDER BY d.path, f.name",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let path = display_bytes(&path(row, 0)?);
        let kind = ArtifactKind::from_word(&row.get::<_, String>(1)?);
        verifier.file(&path, kind, uint(row.get(2)?), row.get(3)?);
        verifier.time(When::Changed, time(row.get(4)?), Some(&path));
    }
    Ok(())
}

/// When runs were (not those whose time is but their file's) and when landings came.
fn times(tx: &Transaction<'_>, verifier: &mut Verifier) -> rusqlite::Result<()> {
    let mut query = tx.prepare("SELECT time_ns FROM run WHERE time_source < ?1 ORDER BY time_ns")?;
    let mut rows = query.query([TimeSource::Mtime.rank()])?;
    while let Some(row) = rows.next()? {
        verifier.time(When::Run, time(row.get(0)?), None);
    }
    let mut query = tx.prepare("SELECT opened_ns, coalesce(finished_ns, opened_ns) FROM landing")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        verifier.time(When::Landed, time(row.get(0)?), None);
        verifier.time(When::Landed, time(row.get(1)?), None);
    }
    Ok(())
}

/// Every measurement, series by series, those of one metric of one benchmark together.
fn values(tx: &Transaction<'_>, verifier: &mut Verifier) -> rusqlite::Result<()> {
    let mut caches = Caches::default();
    let mut query = tx.prepare(
        "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.id FROM series s JOIN benchmark b ON b.id = s.benchmark_id
         ORDER BY s.benchmark_id, s.metric, s.unit, s.id",
    )?;
    let mut rows = query.query([])?;
    let mut before: Option<SeriesKey> = None;
    while let Some(row) = rows.next()? {
        let key = series_key(row, 0)?;
        let same = |b: &SeriesKey| b.benchmark == key.benchmark && b.metric == key.metric && b.unit == key.unit;
        if !before.as_ref().is_some_and(same) {
            verifier.end_group();
        }
        series(tx, row.get(6)?, &key, verifier, &mut caches)?;
        before = Some(key);
    }
    verifier.end_group();
    Ok(())
}

/// What many measurements share, as it was met last.
#[derive(Default)]
struct Caches {
    /// Field and pattern of the place.
    locators: HashMap<i64, (String, String)>,
    versions: HashMap<i64, (String, ArtifactKind)>,
    subjects: HashMap<i64, Params>,
}

impl Caches {
    fn fill(&mut self, tx: &Transaction<'_>, locator: i64, version: i64, subject: Option<i64>) -> rusqlite::Result<()> {
        if self.locators.len() > CACHE || self.versions.len() > CACHE || self.subjects.len() > CACHE {
            *self = Self::default();
        }
        if let Entry::Vacant(place) = self.locators.entry(locator) {
            let found = tx
                .prepare_cached("SELECT field, value FROM locator WHERE id = ?1")?
                .query_row([locator], |row| Ok((row.get(0)?, row.get(1)?)))?;
            place.insert(found);
        }
        if let Entry::Vacant(place) = self.versions.entry(version) {
            let found = tx
                .prepare_cached(
                    "SELECT d.path || f.name, f.kind FROM version v JOIN file f ON f.id = v.artifact_id
                     JOIN directory d ON d.id = f.directory_id WHERE v.id = ?1",
                )?
                .query_row([version], |row| {
                    Ok((display_bytes(&path(row, 0)?), ArtifactKind::from_word(&row.get::<_, String>(1)?)))
                })?;
            place.insert(found);
        }
        if let Some(subject) = subject.filter(|id| !self.subjects.contains_key(id)) {
            let text =
                tx.prepare_cached("SELECT text FROM text WHERE id = ?1")?.query_row([subject], |row| row.get(0))?;
            self.subjects.insert(subject, subject_of(Some(text))?);
        }
        Ok(())
    }
}

fn series(
    tx: &Transaction<'_>,
    id: i64,
    key: &SeriesKey,
    verifier: &mut Verifier,
    caches: &mut Caches,
) -> rusqlite::Result<()> {
    let mut query = tx.prepare_cached(
        "SELECT m.value, m.n, m.std, m.min, m.max, m.slot, m.locator_id, m.version_id, r.subject_id
         FROM measurement m JOIN run r ON r.id = m.run_id WHERE m.series_id = ?1 ORDER BY m.run_id",
    )?;
    let mut rows = query.query([id])?;
    let mut headed = None;
    let nobody = Params::new();
    while let Some(row) = rows.next()? {
        let (place, version, subject): (i64, i64, Option<i64>) = (row.get(6)?, row.get(7)?, row.get(8)?);
        caches.fill(tx, place, version, subject)?;
        let (Some((field, pattern)), Some((path, kind))) = (caches.locators.get(&place), caches.versions.get(&version))
        else {
            continue;
        };
        let subject_of = subject.and_then(|id| caches.subjects.get(&id)).unwrap_or(&nobody);
        if headed != Some((place, subject, *kind)) {
            headed = Some((place, subject, *kind));
            verifier.heading(&Heading { series: key, field, place: pattern, subject: subject_of, kind: *kind });
        }
        pass(row, path, pattern, verifier)?;
    }
    Ok(())
}

fn pass(row: &Row<'_>, path: &str, pattern: &str, verifier: &mut Verifier) -> rusqlite::Result<()> {
    let slot: u32 = row.get(5)?;
    let at = || locator(pattern.to_owned(), slot).to_string();
    verifier.value(&Value {
        value: row.get(0)?,
        n: uint(row.get(1)?),
        std: row.get(2)?,
        min: row.get(3)?,
        max: row.get(4)?,
        path,
        at: &at,
    });
    Ok(())
}
