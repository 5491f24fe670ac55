//! The bulk way into the index: a batch of read files in one transaction.
//!
//! Parsing happens elsewhere, in parallel; one writer calls [`Store::commit_batch`] with what was read. Ids of series, locators
//! and benchmarks are looked up once and kept in an [`IndexCache`] for the length of an indexing pass, so that a measurement
//! costs one insert. A batch is committed whole together with the removal of its files from the landing: after a crash the
//! landing goes on with the files that are left.

use rusqlite::{Transaction, params};

use super::ids::IndexCache;
use super::runs::{self, RunRow};
use super::{Result, Store, int, tracks};
use crate::domain::artifact::{ContentHash, FileStamp};
use crate::domain::measurement::{Locator, Measurement, SpreadValue};
use crate::domain::series::Params;

/// What came of reading one file of a landing.
#[derive(Debug)]
pub struct ReadFile {
    pub artifact_id: i64,
    /// The stamp of the content that was read.
    pub stamp: FileStamp,
    pub result: FileResult,
}

/// The ways in which reading a file ends.
#[derive(Debug)]
pub enum FileResult {
    /// Read; new content (the store finds out whether it is a copy).
    Parsed(Box<ParsedFile>),
    /// The same bytes as before under a new stamp.
    Same,
    /// Refused, with the reason and the line where known, and the hash of what was refused if it could be read.
    Failed { reason: String, hash: Option<ContentHash> },
    /// The same bytes that were refused before, under a new stamp: no news.
    StillFailed { reason: String },
    /// No reader saw results in a file of a name that promises none: no artifact. With the hash if it could be read.
    Unrecognised { reason: String, hash: Option<ContentHash> },
    /// Half-written, or changed while it was read: pending again.
    Pending { reason: Option<String> },
    /// Could not be read for a reason that may pass without a trace at the file: pending too.
    Unreadable { reason: String },
    /// A report of this program.
    Ours,
    /// It has gone.
    Gone,
}

/// The content of one version, ready to be stored.
#[derive(Debug)]
pub struct ParsedFile {
    pub hash: ContentHash,
    /// Bytes.
    pub size: u64,
    /// The last component of the path: copies share it.
    pub file_name: Vec<u8>,
    /// Directory and full stem: renderings of one result share it.
    pub bundle: Vec<u8>,
    pub benchmark: String,
    /// Constants that are parameters of every one of its series.
    pub telling: Params,
    pub format: String,
    /// Which rendering wins where two hold the same measurement: lower is better.
    pub rank: u8,
    /// Its runs; measurements refer to them by position.
    pub runs: Vec<RunRow>,
    pub measurements: Vec<(usize, Measurement)>,
    pub gaps: Vec<GapRow>,
}

/// Something that a version lacks, or contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRow {
    pub kind: String,
    pub subject: String,
    pub count: u64,
    pub total: u64,
    pub at: String,
    pub detail: String,
}

/// What a batch brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexTally {
    pub versions: u64,
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
    pub failed: u64,
    pub pending: u64,
    /// Files that might have held results and held none.
    pub unrecognised: u64,
}

impl IndexTally {
    /// Adds another batch.
    pub fn add(&mut self, other: Self) {
        self.versions += other.versions;
        self.runs += other.runs;
        self.series += other.series;
        self.measurements += other.measurements;
        self.failed += other.failed;
        self.pending += other.pending;
        self.unrecognised += other.unrecognised;
    }
}

impl Store {
    /// Stores a batch of read files of `landing` in one transaction.
    pub fn commit_batch(&self, landing: i64, batch: &[ReadFile], cache: &mut IndexCache) -> Result<IndexTally> {
        cache.bound();
        let done = self.write(|tx| {
            let mut writer = Writer { tx, landing, cache, tally: IndexTally::default() };
            batch.iter().try_for_each(|file| writer.file(file))?;
            Ok(writer.tally)
        });
        if done.is_err() {
            cache.clear();
        }
        done
    }
}

/// One batch being written.
pub(super) struct Writer<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) landing: i64,
    pub(super) cache: &'a mut IndexCache,
    pub(super) tally: IndexTally,
}

impl Writer<'_> {
    fn file(&mut self, file: &ReadFile) -> rusqlite::Result<()> {
        match &file.result {
            FileResult::Parsed(parsed) => {
                let version = self.version(file.artifact_id, parsed)?;
                self.settle(file, "indexed", None)?;
                self.tx
                    .prepare_cached("UPDATE file SET version_id = ?2, failed_hash = NULL WHERE id = ?1")?
                    .execute([file.artifact_id, version])?;
            }
            FileResult::Same => self.settle(file, "indexed", None)?,
            FileResult::Failed { reason, hash } => {
                self.tally.failed += 1;
                self.settle(file, "failed", Some(reason))?;
                self.tx
                    .prepare_cached("UPDATE file SET failed_in = ?2, failed_hash = ?3 WHERE id = ?1")?
                    .execute(params![file.artifact_id, self.landing, hash.map(|hash| hash.0)])?;
            }
            FileResult::StillFailed { reason } => self.settle(file, "failed", Some(reason))?,
            FileResult::Unrecognised { reason, hash } => {
                self.tally.unrecognised += 1;
                self.settle(file, "unrecognised", Some(reason))?;
                self.tx
                    .prepare_cached("UPDATE file SET unrecognised_hash = ?2 WHERE id = ?1")?
                    .execute(params![file.artifact_id, hash.map(|hash| hash.0)])?;
            }
            FileResult::Pending { reason } => {
                self.tally.pending += 1;
                self.settle(file, "pending", reason.as_deref())?;
            }
            FileResult::Unreadable { reason } => {
                self.tally.pending += 1;
                self.settle(file, "pending", Some(reason))?;
            }
            FileResult::Ours => self.settle(file, "ours", None)?,
            FileResult::Gone => self.settle(file, "gone", None)?,
        }
        self.tx
            .prepare_cached("DELETE FROM landing_item WHERE landing_id = ?1 AND artifact_id = ?2")?
            .execute([self.landing, file.artifact_id])?;
        Ok(())
    }

    /// Writes what was decided about the file, for the content with this stamp.
    fn settle(&self, file: &ReadFile, state: &str, error: Option<&str>) -> rusqlite::Result<()> {
        let stamp = &file.stamp;
        self.tx
            .prepare_cached(
                "UPDATE file SET state = ?2, error = ?3, dev = ?4, ino = ?5, size = ?6, mtime_ns = ?7, ctime_ns = ?8
                 WHERE id = ?1",
            )?
            .execute(params![
                file.artifact_id,
                state,
                error,
                stamp.dev as i64,
                stamp.ino as i64,
                int(stamp.size),
                stamp.mtime_ns,
                stamp.ctime_ns
            ])?;
        Ok(())
    }

    /// Stores a version with its runs, measurements and gaps; a copy is stored as a name for the version that it copies.
    fn version(&mut self, artifact: i64, parsed: &ParsedFile) -> rusqlite::Result<i64> {
        self.tally.versions += 1;
        let original = runs::original(self.tx, artifact, parsed)?;
        let (bundle, generation) = runs::generation(self.tx, artifact, &parsed.bundle)?;
        let format = self.text(&parsed.format)?;
        let version = self
            .tx
            .prepare_cached(
                "INSERT INTO version
                 (artifact_id, landing_id, bundle_id, generation, hash, copy_key, size, rank, format_id, copy_of)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .insert(params![
                artifact,
                self.landing,
                bundle,
                generation,
                &parsed.hash.0[..],
                runs::copy_key(&parsed.hash, &parsed.file_name),
                int(parsed.size),
                parsed.rank,
                format,
                original
            ])?;
        if original.is_some() {
            return Ok(version);
        }
        let benchmark = self.benchmark(&parsed.benchmark)?;
        let mut run_ids = Vec::with_capacity(parsed.runs.len());
        for (ord, run) in parsed.runs.iter().enumerate() {
            let (id, new) = self.run((bundle, generation, ord), benchmark, run)?;
            self.tally.runs += u64::from(new);
            run_ids.push(id);
            if !new && parsed.runs.len() == 1 {
                self.lend(benchmark, id, &run.environment, &parsed.telling)?;
            }
        }
        let mut gaps = parsed.gaps.clone();
        for (run, measurement) in &parsed.measurements {
            if let Some(&run) = run_ids.get(*run) {
                let source = Source { benchmark, run, version, rank: parsed.rank };
                gaps.extend(self.measurement(&source, measurement)?);
            }
        }
        self.gaps(version, benchmark, &gaps)?;
        Ok(version)
    }

    /// Stores one measurement. Where another rendering of the same result already holds it, the better rendering wins; the answer
    /// is the contradiction between the two, if there is one.
    pub(super) fn measurement(&mut self, source: &Source, m: &Measurement) -> rusqlite::Result<Option<GapRow>> {
        let (series, unit) = self.series(source.benchmark, &m.series, m.direction.as_str())?;
        let converted = if unit == m.series.unit { None } else { m.in_unit(&unit) };
        let m = converted.as_ref().unwrap_or(m);
        let locator = self.locator(m)?;
        let inserted = self.insert("INSERT OR IGNORE", series, locator, source, m)?;
        if inserted {
            self.tally.measurements += 1;
            return self.samples(series, source.run, m).map(|()| None);
        }
        let (value, decimals, rank, version): (f64, Option<i32>, u8, i64) = self
            .tx
            .prepare_cached(
                "SELECT m.value, m.decimals, v.rank, v.id FROM measurement m JOIN version v ON v.id = m.version_id
                 WHERE m.series_id = ?1 AND m.run_id = ?2",
            )?
            .query_row([series, source.run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        if source.rank < rank {
            self.insert("INSERT OR REPLACE", series, locator, source, m)?;
            self.samples(series, source.run, m)?;
            tracks::spoil(self.tx, series, source.run)?;
        }
        let tolerance = half_step(decimals) + m.resolution + 1e-9 * value.abs().max(m.value.abs());
        Ok((source.version != version && (value - m.value).abs() > tolerance).then(|| GapRow {
            kind: "disagreement".into(),
            subject: m.series.to_string(),
            count: 1,
            total: 1,
            at: m.at.to_string(),
            detail: format!("this rendering says {}, another rendering of the same result says {value}", m.value),
        }))
    }

    fn insert(
        &self,
        verb: &str,
        series: i64,
        locator: i64,
        source: &Source,
        m: &Measurement,
    ) -> rusqlite::Result<bool> {
        let number = |spread: &Option<SpreadValue>| spread.as_ref().map(|s| s.value);
        let changed = self
            .tx
            .prepare_cached(&format!(
                "{verb} INTO measurement
                 (series_id, run_id, value, n, std, min, max, decimals, version_id, locator_id, slot)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
            ))?
            .execute(params![
                series,
                source.run,
                m.value,
                int(m.n),
                number(&m.spread.std),
                number(&m.spread.min),
                number(&m.spread.max),
                decimals(m.resolution),
                source.version,
                locator,
                m.at.index
            ])?;
        Ok(changed > 0)
    }

    fn samples(&self, series: i64, run: i64, m: &Measurement) -> rusqlite::Result<()> {
        if m.samples.len() < 2 {
            return Ok(());
        }
        let data: Vec<u8> = m.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO samples (series_id, run_id, data) VALUES (?1, ?2, ?3)")?
            .execute(params![series, run, data])?;
        Ok(())
    }

    fn gaps(&mut self, version: i64, benchmark: i64, gaps: &[GapRow]) -> rusqlite::Result<()> {
        for (ord, gap) in gaps.iter().enumerate() {
            let (kind, subject) = (self.text(&gap.kind)?, self.text(&gap.subject)?);
            let (at, detail) = (self.text(&gap.at)?, self.text(&gap.detail)?);
            let (count, total) = (int(gap.count), int(gap.total));
            self.tx
                .prepare_cached(
                    "INSERT INTO gap (version_id, ord, benchmark_id, kind_id, subject_id, count, total, at_id, detail_id)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![version, ord as i64, benchmark, kind, subject, count, total, at, detail])?;
        }
        Ok(())
    }
}

/// The decimal places that a half step of the last place speaks of; `None` for a number given in full.
fn decimals(half_step: f64) -> Option<i32> {
    (half_step > 0.0).then(|| (-(2.0 * half_step).log10()).round() as i32)
}

/// The half step that [`decimals`] counted.
fn half_step(decimals: Option<i32>) -> f64 {
    decimals.map_or(0.0, |places| 0.5 * 10f64.powi(-places))
}

/// Where a measurement comes from.
pub(super) struct Source {
    pub(super) benchmark: i64,
    pub(super) run: i64,
    pub(super) version: i64,
    pub(super) rank: u8,
}

/// A locator from its stored pattern and slot.
pub(super) fn locator(pattern: String, slot: u32) -> Locator {
    Locator { pattern, index: slot }
}
