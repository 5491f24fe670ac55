//! Runs and bundles: which execution of a benchmark a version speaks of.
//!
//! A bundle is same directory and same full stem. Its *generation* counts the runs: an artifact that already has a version in the
//! present generation begins the next one (the same path with new bytes is a new run); any other rendering joins it, whenever it
//! arrives.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::ids::first;
use super::index::{ParsedFile, Writer};
use super::landings::Item;
use super::tracks::spoil_all;
use super::{Result, Store, from_json, nanos, time, to_json};
use crate::domain::artifact::{ContentHash, RelPath};
use crate::domain::run::TimeSource;
use crate::domain::series::Params;

/// A run as a version describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    pub time: Timestamp,
    pub source: TimeSource,
    pub host: Option<String>,
    pub commit: Option<String>,
    pub branch: Option<String>,
    /// Empty for the default one.
    pub environment: String,
    /// What the whole run was about, such as its model; part of a series' identity where the benchmark's name does not say it.
    pub subject: Params,
}

/// Stands for the bytes and the file name of a version, by which a copy finds what it copies. Equal keys prove nothing.
pub(super) fn copy_key(hash: &ContentHash, file_name: &[u8]) -> i32 {
    let both = [&hash.0[..], file_name].concat();
    i32::from_le_bytes(first(&ContentHash::of(&both)))
}

/// The version that this content copies: equal bytes and equal file name at another path.
pub(super) fn original(tx: &Transaction<'_>, artifact: i64, parsed: &ParsedFile) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached(
        "SELECT v.id FROM version v JOIN file f ON f.id = v.artifact_id
         WHERE v.copy_key = ?1 AND v.copy_of IS NULL AND v.hash = ?2 AND v.artifact_id <> ?3 AND f.name = ?4
         ORDER BY v.id LIMIT 1",
    )?
    .query_row(
        params![copy_key(&parsed.hash, &parsed.file_name), &parsed.hash.0[..], artifact, parsed.file_name],
        |row| row.get(0),
    )
    .optional()
}

/// The bundle and the generation that a new version of `artifact` belongs to.
pub(super) fn generation(tx: &Transaction<'_>, artifact: i64, key: &[u8]) -> rusqlite::Result<(i64, i64)> {
    let digest = &ContentHash::of(key).0[..16];
    tx.prepare_cached("INSERT OR IGNORE INTO bundle (digest, id, generation) VALUES (?1, ?2, 1)")?
        .execute(params![digest, artifact])?;
    let (bundle, generation): (i64, i64) = tx
        .prepare_cached("SELECT id, generation FROM bundle WHERE digest = ?1")?
        .query_row([digest], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let latest: Option<i64> = tx
        .prepare_cached(
            "SELECT v.generation FROM file f JOIN version v ON v.id = f.version_id WHERE f.id = ?1 AND v.bundle_id = ?2",
        )?
        .query_row([artifact, bundle], |row| row.get(0))
        .optional()?;
    if latest != Some(generation) {
        return Ok((bundle, generation));
    }
    tx.prepare_cached("UPDATE bundle SET generation = ?2 WHERE digest = ?1")?
        .execute(params![digest, generation + 1])?;
    Ok((bundle, generation + 1))
}

impl Writer<'_> {
    /// Finds or makes a run; says whether it is new. Renderings of one bundle complete each other: a better-founded time replaces a
    /// worse one, and host, commit and branch come from whichever rendering has them.
    pub(super) fn run(
        &mut self,
        (bundle, generation, ord): (i64, i64, usize),
        benchmark: i64,
        run: &RunRow,
    ) -> rusqlite::Result<(i64, bool)> {
        let ord = ord as i64;
        let found: Option<(i64, u8, Option<String>, i64)> = self
            .tx
            .prepare_cached(
                "SELECT id, time_source, (SELECT text FROM text WHERE id = subject_id), landing_id FROM run
                 WHERE bundle_id = ?1 AND generation = ?2 AND ord = ?3",
            )?
            .query_row([bundle, generation, ord], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        if let Some((id, source, subject, landing)) = found {
            self.complete(id, subject_of(subject)?, run)?;
            if run.source.rank() < source {
                self.tx
                    .prepare_cached("UPDATE run SET time_ns = ?2, time_source = ?3 WHERE id = ?1")?
                    .execute(params![id, nanos(run.time), run.source.rank()])?;
                // A run of this landing is in no track yet.
                if landing != self.landing {
                    spoil_all(self.tx, id)?;
                }
            }
            return Ok((id, false));
        }
        Ok((self.new_run((bundle, generation, ord), benchmark, run)?, true))
    }

    fn new_run(&mut self, place: (i64, i64, i64), benchmark: i64, run: &RunRow) -> rusqlite::Result<i64> {
        let [host, commit, branch, environment] = self.told(run)?;
        let subject = self.subject(&run.subject)?;
        self.tx
            .prepare_cached(
                "INSERT INTO run (bundle_id, generation, ord, benchmark_id, landing_id, time_ns, time_source, host_id, commit_id,
                     branch_id, environment_id, subject_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .insert(params![
                place.0,
                place.1,
                place.2,
                benchmark,
                self.landing,
                nanos(run.time),
                run.source.rank(),
                host,
                commit,
                branch,
                environment,
                subject
            ])
    }

    /// Adds to a run what only this rendering says of it.
    fn complete(&mut self, id: i64, mut subject: Params, run: &RunRow) -> rusqlite::Result<()> {
        for (name, value) in &run.subject {
            subject.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let [host, commit, branch, environment] = self.told(run)?;
        let subject = self.subject(&subject)?;
        self.tx
            .prepare_cached(
                "UPDATE run SET host_id = coalesce(host_id, ?2), commit_id = coalesce(commit_id, ?3),
                     branch_id = coalesce(branch_id, ?4), environment_id = coalesce(environment_id, ?5), subject_id = ?6
                 WHERE id = ?1",
            )?
            .execute(params![id, host, commit, branch, environment, subject])
            .map(drop)
    }

    /// Host, commit, branch and environment of a run as texts, where they are told.
    fn told(&mut self, run: &RunRow) -> rusqlite::Result<[Option<i64>; 4]> {
        let environment = Some(run.environment.as_str()).filter(|environment| !environment.is_empty());
        Ok([
            self.maybe_text(run.host.as_deref())?,
            self.maybe_text(run.commit.as_deref())?,
            self.maybe_text(run.branch.as_deref())?,
            self.maybe_text(environment)?,
        ])
    }

    fn subject(&mut self, subject: &Params) -> rusqlite::Result<Option<i64>> {
        let json = if subject.is_empty() { None } else { Some(to_json(subject)?) };
        self.maybe_text(json.as_deref())
    }
}

/// What a run was about, from its cell.
pub(super) fn subject_of(cell: Option<String>) -> rusqlite::Result<Params> {
    cell.map_or_else(|| Ok(Params::new()), |json| from_json(&json))
}

impl Store {
    /// Fills in which run each file joins: that of its bundle's present generation, when another rendering made it and it is a single
    /// one. `bundle_of` names a file's bundle.
    pub fn joined(&self, items: &mut [Item], bundle_of: impl Fn(&RelPath) -> Vec<u8>) -> Result<()> {
        self.read(|tx| {
            items.iter_mut().try_for_each(|item| {
                item.joins = present_run(tx, item.artifact_id, &bundle_of(&item.path))?;
                Ok(())
            })
        })
    }
}

fn present_run(tx: &Transaction<'_>, artifact: i64, bundle: &[u8]) -> rusqlite::Result<Option<RunRow>> {
    tx.prepare_cached(
        "SELECT r.time_ns, r.time_source,
                (SELECT text FROM text WHERE id = r.host_id), (SELECT text FROM text WHERE id = r.commit_id),
                (SELECT text FROM text WHERE id = r.branch_id), (SELECT text FROM text WHERE id = r.environment_id),
                (SELECT text FROM text WHERE id = r.subject_id)
         FROM bundle b JOIN run r ON r.bundle_id = b.id AND r.generation = b.generation
         WHERE b.digest = ?1 AND r.ord = 0
           AND NOT EXISTS (SELECT 1 FROM run o WHERE o.bundle_id = b.id AND o.generation = b.generation AND o.ord > 0)
           AND NOT EXISTS (SELECT 1 FROM file f JOIN version v ON v.id = f.version_id
                           WHERE f.id = ?2 AND v.bundle_id = b.id AND v.generation = b.generation)",
    )?
    .query_row(params![&ContentHash::of(bundle).0[..16], artifact], |row| {
        Ok(RunRow {
            time: time(row.get(0)?),
            source: TimeSource::from_rank(row.get(1)?),
            host: row.get(2)?,
            commit: row.get(3)?,
            branch: row.get(4)?,
            environment: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            subject: subject_of(row.get(6)?)?,
        })
    })
    .optional()
}
