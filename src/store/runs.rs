//! Runs and bundles: which execution of a benchmark a version speaks of.
//!
//! A bundle is same directory and same full stem. Its *generation* counts the runs: an artifact that already has a version in the
//! present generation begins the next one (the same path with new bytes is a new run); any other rendering joins it, whenever it
//! arrives.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::index::ParsedFile;
use super::{nanos, to_json};
use crate::domain::artifact::ContentHash;
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
    /// What the whole run was about, such as its model; not part of any series' identity.
    pub subject: Params,
}

/// The first 64 bits of a hash, for the index over versions.
pub(super) fn hash_prefix(hash: &ContentHash) -> i64 {
    let mut prefix = [0; 8];
    prefix.copy_from_slice(&hash.0[..8]);
    i64::from_le_bytes(prefix)
}

/// The version that this content copies: equal bytes and equal file name at another path.
pub(super) fn original(tx: &Transaction<'_>, artifact: i64, parsed: &ParsedFile) -> rusqlite::Result<Option<i64>> {
    let mut query = tx.prepare_cached(
        "SELECT v.id, a.path FROM version v JOIN artifact a ON a.id = v.artifact_id
         WHERE v.hash_prefix = ?1 AND v.hash = ?2 AND v.copy_of IS NULL AND v.artifact_id <> ?3 ORDER BY v.id",
    )?;
    let mut rows = query.query(params![hash_prefix(&parsed.hash), &parsed.hash.0[..], artifact])?;
    while let Some(row) = rows.next()? {
        let path: Vec<u8> = row.get(1)?;
        if path.rsplit(|&byte| byte == b'/').next() == Some(parsed.file_name.as_slice()) {
            return row.get(0).map(Some);
        }
    }
    Ok(None)
}

/// The bundle and the generation that a new version of `artifact` belongs to.
pub(super) fn generation(tx: &Transaction<'_>, artifact: i64, key: &[u8]) -> rusqlite::Result<(i64, i64)> {
    let digest = &ContentHash::of(key).0[..16];
    tx.prepare_cached("INSERT OR IGNORE INTO bundle (digest, generation) VALUES (?1, 1)")?.execute([digest])?;
    let (bundle, generation): (i64, i64) = tx
        .prepare_cached("SELECT id, generation FROM bundle WHERE digest = ?1")?
        .query_row([digest], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let latest: Option<i64> = tx
        .prepare_cached(
            "SELECT v.generation FROM artifact a JOIN version v ON v.id = a.version_id WHERE a.id = ?1 AND v.bundle_id = ?2",
        )?
        .query_row([artifact, bundle], |row| row.get(0))
        .optional()?;
    if latest != Some(generation) {
        return Ok((bundle, generation));
    }
    tx.prepare_cached("UPDATE bundle SET generation = ?2 WHERE id = ?1")?.execute([bundle, generation + 1])?;
    Ok((bundle, generation + 1))
}

/// Finds or makes a run; says whether it is new. Renderings of one bundle complete each other: a better-founded time replaces a
/// worse one, and host, commit and branch come from whichever rendering has them.
pub(super) fn upsert(
    tx: &Transaction<'_>,
    (bundle, generation, ord): (i64, i64, usize),
    benchmark: i64,
    landing: i64,
    run: &RunRow,
) -> rusqlite::Result<(i64, bool)> {
    let ord = ord as i64;
    let found: Option<(i64, u8)> = tx
        .prepare_cached("SELECT id, time_source FROM run WHERE bundle_id = ?1 AND generation = ?2 AND ord = ?3")?
        .query_row([bundle, generation, ord], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, source)) = found {
        tx.prepare_cached(
            "UPDATE run SET host = coalesce(host, ?2), commit_id = coalesce(commit_id, ?3), branch = coalesce(branch, ?4),
                 subject = CASE subject WHEN '{}' THEN ?5 ELSE subject END WHERE id = ?1",
        )?
        .execute(params![id, run.host, run.commit, run.branch, to_json(&run.subject)?])?;
        if run.source.rank() < source {
            tx.prepare_cached("UPDATE run SET time_ns = ?2, time_source = ?3 WHERE id = ?1")?.execute(params![
                id,
                nanos(run.time),
                run.source.rank()
            ])?;
        }
        return Ok((id, false));
    }
    tx.prepare_cached(
        "INSERT INTO run (bundle_id, generation, ord, benchmark_id, landing_id, time_ns, time_source, host, commit_id, branch, subject)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        bundle,
        generation,
        ord,
        benchmark,
        landing,
        nanos(run.time),
        run.source.rank(),
        run.host,
        run.commit,
        run.branch,
        to_json(&run.subject)?
    ])?;
    Ok((tx.last_insert_rowid(), true))
}
