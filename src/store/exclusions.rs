//! Exclusions: runs that people want left out of their series' histories, because a host was busy or a build was broken.
//!
//! Nothing is deleted: an excluded run stays in the index with its numbers and its files, and every word on it is kept, with who said
//! it, when and why. The last word holds. It fails as any unit of the store does; a run that is not there is a finding of
//! [`Store::missing_runs`], not an error.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};

use super::alerts::{self, AlertRow};
use super::artifacts::path;
use super::measurements::{HistoryRun, history_run};
use super::requests;
use super::tracks::spoil_all;
use super::{Result, Store, nanos, time, uint};
use crate::domain::artifact::{RelPath, display_bytes};
use crate::domain::series::SeriesKey;

/// What a person said of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Whether the run is to be left out; otherwise it is to count again.
    pub excludes: bool,
    pub at: Timestamp,
    pub who: String,
    pub why: String,
}

/// A run, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    pub id: i64,
    pub at: Timestamp,
    pub benchmark: String,
    pub host: Option<String>,
    pub commit: Option<String>,
    pub branch: Option<String>,
    pub environment: String,
    /// The artifact that it was first read of; escaped for people.
    pub path: String,
    /// Series that have a value in it.
    pub series: u64,
    /// All that was said of it, oldest first.
    pub remarks: Vec<Remark>,
}

impl RunLine {
    /// The exclusion in force.
    pub fn excluded(&self) -> Option<&Remark> {
        self.remarks.last().filter(|word| word.excludes)
    }
}

/// Runs with something in common; what is `None` is not asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The artifact that holds them, as the index names it.
    pub file: Option<RelPath>,
    /// The commit, or its beginning.
    pub commit: Option<String>,
    pub host: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// A series' history after a word on some of its runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rewording {
    /// What counts then, oldest first; nothing in it is fresh.
    pub history: Vec<HistoryRun>,
    /// Times of the runs that the word is on.
    pub meant: Vec<Timestamp>,
    /// Times of all runs that are excluded then.
    pub excluded: Vec<Timestamp>,
}

/// Which measurements `m` have a part in a history: finite values of runs that are not excluded.
pub(super) const COUNTS: &str = "m.value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND NOT coalesce(
    (SELECT x.excludes FROM exclusion x WHERE x.run_id = m.run_id ORDER BY x.id DESC LIMIT 1), 0)";

/// The same, by what was said before `landing` was judged (an SQL expression).
pub(super) fn counted_in(landing: &str) -> String {
    let then = format!("AND x.id <= (SELECT exclusion_id FROM landing WHERE id = {landing}) ORDER BY");
    COUNTS.replace("ORDER BY", &then)
}

impl Store {
    /// The runs that `keep` says yes to, the newest first, at most `limit` of them; and how many there are.
    pub fn runs(&self, keep: impl Fn(&RunLine) -> bool, limit: usize) -> Result<(Vec<RunLine>, u64)> {
        self.read(|tx| {
            let mut query = tx.prepare(
                "SELECT r.id, r.time_ns, b.name, (SELECT text FROM text WHERE id = r.host_id),
                        (SELECT text FROM text WHERE id = r.commit_id), (SELECT text FROM text WHERE id = r.branch_id),
                        (SELECT text FROM text WHERE id = r.environment_id), d.path || f.name
                 FROM run r JOIN benchmark b ON b.id = r.benchmark_id JOIN file f ON f.id = r.bundle_id
                 JOIN directory d ON d.id = f.directory_id ORDER BY r.time_ns DESC, r.id DESC",
            )?;
            let (mut kept, mut total) = (Vec::new(), 0);
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let mut line = run_line(row)?;
                line.remarks = remarks(tx, line.id)?;
                if keep(&line) {
                    total += 1;
                    if kept.len() < limit {
                        line.series = series_in(tx, line.id)?;
                        kept.push(line);
                    }
                }
            }
            Ok((kept, total))
        })
    }

    /// The numbers of the runs that a selection means, in ascending order.
    pub fn select_runs(&self, by: &Selection) -> Result<Vec<i64>> {
        let file = by.file.as_ref().map(RelPath::as_bytes);
        let [since, until] = [by.since, by.until].map(|bound| bound.map(nanos));
        let sql = "SELECT r.id FROM run r
                   WHERE (?1 IS NULL OR ?1 = (SELECT text FROM text WHERE id = r.host_id))
                     AND (?2 IS NULL OR ?2 = (SELECT substr(text, 1, length(?2)) FROM text WHERE id = r.commit_id))
                     AND (?3 IS NULL OR r.time_ns >= ?3) AND (?4 IS NULL OR r.time_ns < ?4)
                     AND (?5 IS NULL OR (r.bundle_id, r.generation) IN
                         (SELECT o.bundle_id, o.generation FROM file f JOIN directory d ON d.id = f.directory_id
                          JOIN version v ON v.artifact_id = f.id JOIN version o ON o.id = coalesce(v.copy_of, v.id)
                          WHERE CAST(d.path || f.name AS BLOB) = ?5))
                   ORDER BY r.id";
        let bounds: [&dyn ToSql; 5] = [&by.host, &by.commit, &since, &until, &file];
        self.read(|tx| tx.prepare(sql)?.query_map(bounds, |row| row.get(0))?.collect())
    }

    /// Those of `runs` that the index does not know.
    pub fn missing_runs(&self, runs: &[i64]) -> Result<Vec<i64>> {
        self.read(|tx| {
            let mut there = tx.prepare("SELECT EXISTS (SELECT 1 FROM run WHERE id = ?1)")?;
            let mut missing = Vec::new();
            for run in runs {
                if !there.query_row([run], |row| row.get::<_, bool>(0))? {
                    missing.push(*run);
                }
            }
            Ok(missing)
        })
    }

    /// Those of `runs` of which the last word is not what is to be said now.
    pub fn otherwise(&self, runs: &[i64], excludes: bool) -> Result<Vec<i64>> {
        self.read(|tx| {
            let mut found = Vec::new();
            for run in runs {
                if remarks(tx, *run)?.last().is_some_and(|word| word.excludes) != excludes {
                    found.push(*run);
                }
            }
            Ok(found)
        })
    }

    /// The history of a series as it would be, were `runs` (in ascending order) excluded or included: `None` when none of them has a
    /// part in it. For a series of a branch these are its own runs.
    pub fn reworded(&self, series: &SeriesKey, runs: &[i64], excludes: bool) -> Result<Option<Rewording>> {
        self.read(|tx| {
            let Some(id) = id_of(tx, series)? else { return Ok(None) };
            if !has_a_part(tx, id, runs)? {
                return Ok(None);
            }
            let mut reworded = Rewording::default();
            for (run, is_excluded) in with_excluded(tx, id)? {
                let is_meant = runs.binary_search(&run.moment.run).is_ok();
                if is_meant {
                    reworded.meant.push(run.moment.at);
                }
                if if is_meant { excludes } else { is_excluded } {
                    reworded.excluded.push(run.moment.at);
                } else if run.value.is_finite() {
                    reworded.history.push(run);
                }
            }
            Ok((!reworded.meant.is_empty()).then_some(reworded))
        })
    }

    /// Stores a person's word on `runs`, what it does to alerts, and the answer to whoever asked for it; the tracks of their series are to
    /// be had anew.
    pub fn say_of_runs(
        &self,
        runs: &[i64],
        word: &Remark,
        alerts: &[AlertRow],
        answered: Option<(i64, &str)>,
    ) -> Result<()> {
        self.write(|tx| {
            for run in runs {
                tx.prepare_cached(
                    "INSERT INTO exclusion (run_id, excludes, at_ns, who, why) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![run, word.excludes, nanos(word.at), word.who, word.why])?;
                spoil_all(tx, *run)?;
            }
            alerts::write(tx, None, alerts, word.at)?;
            answered.map_or(Ok(()), |(request, answer)| requests::answer(tx, request, answer, word.at))
        })
    }
}

fn id_of(tx: &Transaction<'_>, series: &SeriesKey) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("SELECT id FROM series WHERE digest = ?1")?
        .query_row([&series.digest()[..]], |row| row.get(0))
        .optional()
}

/// Whether the series has a value in one of the runs. Of very many it is taken to have: its history tells.
fn has_a_part(tx: &Transaction<'_>, series: i64, runs: &[i64]) -> rusqlite::Result<bool> {
    const FEW: usize = 256;
    if runs.len() > FEW {
        return Ok(true);
    }
    let mut holds =
        tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM measurement WHERE series_id = ?1 AND run_id = ?2)")?;
    for run in runs {
        if holds.query_row([series, *run], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All runs of a series, oldest first, each with whether it is excluded.
fn with_excluded(tx: &Transaction<'_>, series: i64) -> rusqlite::Result<Vec<(HistoryRun, bool)>> {
    tx.prepare_cached(
        "SELECT r.time_ns, r.id, m.value, m.n, m.std, (SELECT text FROM text WHERE id = r.commit_id), 0,
                coalesce((SELECT x.excludes FROM exclusion x WHERE x.run_id = r.id ORDER BY x.id DESC LIMIT 1), 0)
         FROM measurement m JOIN run r ON r.id = m.run_id WHERE m.series_id = ?1 ORDER BY r.time_ns, r.id",
    )?
    .query_map([series], |row| Ok((history_run(row)?, row.get(7)?)))?
    .collect()
}

fn run_line(row: &Row<'_>) -> rusqlite::Result<RunLine> {
    Ok(RunLine {
        id: row.get(0)?,
        at: time(row.get(1)?),
        benchmark: row.get(2)?,
        host: row.get(3)?,
        commit: row.get(4)?,
        branch: row.get(5)?,
        environment: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        path: display_bytes(&path(row, 7)?),
        series: 0,
        remarks: Vec::new(),
    })
}

fn remarks(tx: &Transaction<'_>, run: i64) -> rusqlite::Result<Vec<Remark>> {
    tx.prepare_cached("SELECT excludes, at_ns, who, why FROM exclusion WHERE run_id = ?1 ORDER BY id")?
        .query_map([run], |row| {
            Ok(Remark { excludes: row.get(0)?, at: time(row.get(1)?), who: row.get(2)?, why: row.get(3)? })
        })?
        .collect()
}

fn series_in(tx: &Transaction<'_>, run: i64) -> rusqlite::Result<u64> {
    tx.prepare_cached(
        "SELECT count(*) FROM run r CROSS JOIN series s ON s.benchmark_id = r.benchmark_id
         CROSS JOIN measurement m ON m.series_id = s.id AND m.run_id = r.id WHERE r.id = ?1",
    )?
    .query_row([run], |row| row.get(0).map(uint))
}
