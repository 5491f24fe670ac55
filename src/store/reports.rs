//! Reports: what a landing's report is made of, and the commit that ends a landing with its report and its mails.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction, params};

use super::artifacts::{path, upsert};
use super::calls;
use super::exclusions::counted_in;
use super::facts;
use super::index::locator;
use super::landings::content_hash;
use super::measurements::{LandedBenchmark, series_key};
use super::outbox::{self, NewMail};
use super::pacing;
use super::runs::subject_of;
use super::{Result, Store, nanos, time, uint};
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath, display_bytes};
use crate::domain::measurement::{Locator, Spread, SpreadValue};
use crate::domain::series::Direction;
use crate::insight::{ArtifactLine, BenchmarkRows, GapLine, Ledger, Row};

/// The paths of a landing's artifacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LandingFiles {
    /// All that it brought, refused ones included.
    pub all: Vec<RelPath>,
    /// Those that hold the measurements of its regressions.
    pub regressed: Vec<RelPath>,
}

/// What the mails of a landing are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// News of alerts.
    #[default]
    News,
    /// The digest of a week.
    Week,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Week => "week",
        }
    }
}

/// What the reporter has done.
#[derive(Debug, Default)]
pub struct FinishedReport<'a> {
    /// Where the Markdown report is; `None` for what has none.
    pub path: Option<&'a [u8]>,
    /// Published files below a root, which a scan will see: relative path and stamp.
    pub own: &'a [(RelPath, FileStamp)],
    pub mails: &'a [NewMail],
    /// What the mails are for.
    pub purpose: Purpose,
    /// Alerts whose news in this landing waits for its turn in the thread.
    pub later: &'a [i64],
    /// What the report rests on; `None` for what has none.
    pub facts: Option<&'a Ledger>,
}

/// Totals of a landing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LandingTotals {
    pub artifacts: u64,
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
}

impl Store {
    /// Every artifact that is there, directory by directory, with those of `landing` marked.
    pub fn artifact_lines(&self, landing: i64) -> Result<Vec<ArtifactLine>> {
        self.read(|tx| {
            tx.prepare_cached(
                "WITH excluded AS (
                     SELECT r.bundle_id, count(*) AS runs FROM exclusion x JOIN run r ON r.id = x.run_id
                     WHERE x.excludes AND x.id = (SELECT max(id) FROM exclusion
                         WHERE run_id = x.run_id AND id <= (SELECT exclusion_id FROM landing WHERE id = ?1))
                     GROUP BY r.bundle_id)
                 SELECT d.path || f.name, f.kind, f.size, f.mtime_ns, v.hash, f.error,
                        (SELECT od.path || o.name FROM version c JOIN file o ON o.id = c.artifact_id
                         JOIN directory od ON od.id = o.directory_id WHERE c.id = v.copy_of),
                        coalesce(v.landing_id = ?1, 0) OR coalesce(f.failed_in = ?1, 0), coalesce(e.runs, 0)
                 FROM directory d CROSS JOIN file f ON f.directory_id = d.id LEFT JOIN version v ON v.id = f.version_id
                 LEFT JOIN excluded e ON e.bundle_id = v.bundle_id
                 WHERE (f.state IN ('indexed', 'failed') OR (f.version_id IS NOT NULL AND f.state IN ('pending', 'landed')))
                     AND (v.landing_id <= ?1 OR f.failed_in <= ?1 OR (v.id IS NULL AND f.failed_in IS NULL)
                          OR f.id IN (SELECT artifact_id FROM version WHERE landing_id <= ?1
                                      AND EXISTS (SELECT 1 FROM version WHERE landing_id > ?1)))
                 ORDER BY d.path, f.name",
            )?
            .query_map([landing], |row| {
                let copied: Option<Vec<u8>> = match row.get_ref(6)? {
                    ValueRef::Null => None,
                    _ => Some(path(row, 6)?),
                };
                Ok(ArtifactLine {
                    path: display_bytes(&path(row, 0)?),
                    kind: ArtifactKind::from_word(&row.get::<_, String>(1)?),
                    size: uint(row.get(2)?),
                    mtime_ns: row.get(3)?,
                    hash: row.get::<_, Option<Vec<u8>>>(4)?.map(content_hash).transpose()?,
                    error: row.get(5)?,
                    copy_of: copied.map(|path| display_bytes(&path)),
                    in_landing: row.get(7)?,
                    excluded: uint(row.get(8)?),
                })
            })?
            .collect()
        })
    }

    /// The measurements and gaps that a landing brought of one benchmark.
    pub fn benchmark_rows(&self, landing: i64, benchmark: &LandedBenchmark) -> Result<BenchmarkRows> {
        self.read(|tx| {
            let mut rows = Vec::new();
            if benchmark.are_many() {
                // Along the series: what there is of the benchmark is read once.
                let from = "FROM series s CROSS JOIN measurement m ON m.series_id = s.id
                            CROSS JOIN version v ON v.id = m.version_id AND v.landing_id = ?1
                            JOIN run r ON r.id = m.run_id WHERE s.benchmark_id = ?2";
                rows = self::rows(tx, from, [landing, benchmark.id])?;
            } else {
                let from = "FROM run r CROSS JOIN series s ON s.benchmark_id = r.benchmark_id
                            CROSS JOIN measurement m ON m.series_id = s.id AND m.run_id = r.id
                            JOIN version v ON v.id = m.version_id AND v.landing_id = ?1 WHERE r.id = ?2";
                for run in &benchmark.runs {
                    rows.extend(self::rows(tx, from, [landing, *run])?);
                }
            }
            let gaps = gaps(tx, landing, benchmark.id)?;
            Ok(BenchmarkRows { benchmark: benchmark.name.clone(), rows, gaps })
        })
    }

    /// The totals of a landing, without the calls that were judged with it.
    pub fn landing_totals(&self, landing: i64) -> Result<LandingTotals> {
        self.read(|tx| {
            let one = |sql: &str| tx.query_row(sql, [landing], |row| row.get(0).map(uint));
            let own = calls::own_in(tx, landing)?;
            Ok(LandingTotals {
                artifacts: one("SELECT artifacts FROM landing WHERE id = ?1")?,
                // A run that a landing made is the run of one of its versions.
                runs: one("SELECT count(DISTINCT r.id) FROM version v
                     CROSS JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
                     WHERE v.landing_id = ?1 AND r.landing_id = ?1")?,
                series: one("SELECT coalesce(sum(value), 0) FROM landing, json_each(landing.tallies, '$.files')
                     WHERE landing.id = ?1")?,
                measurements: measurements(tx, landing)?.saturating_sub(own.measurements),
            })
        })
    }

    /// The paths of a landing's artifacts, in path order.
    pub fn landing_files(&self, landing: i64) -> Result<LandingFiles> {
        self.read(|tx| {
            let paths = |sql: &str| -> rusqlite::Result<Vec<RelPath>> {
                tx.prepare_cached(sql)?.query_map([landing], |row| path(row, 0).map(RelPath::new))?.collect()
            };
            Ok(LandingFiles {
                all: paths(
                    "SELECT d.path || f.name FROM version v JOIN file f ON f.id = v.artifact_id
                     JOIN directory d ON d.id = f.directory_id WHERE v.landing_id = ?1 AND f.state <> 'virtual'
                     UNION SELECT d.path || f.name FROM file f JOIN directory d ON d.id = f.directory_id
                     WHERE f.state IN ('pending', 'landed', 'failed') AND f.state = 'failed' AND f.failed_in = ?1
                     ORDER BY 1",
                )?,
                regressed: paths(
                    "SELECT DISTINCT d.path || f.name FROM verdict j JOIN measurement m ON m.series_id = j.series_id
                     JOIN version v ON v.id = m.version_id JOIN file f ON f.id = v.artifact_id
                     JOIN directory d ON d.id = f.directory_id
                     WHERE j.landing_id = ?1 AND j.kind = 'regression' AND v.landing_id = ?1 AND f.state <> 'virtual'
                     ORDER BY 1",
                )?,
            })
        })
    }

    /// Reserves the place and name of a landing's report, so that a restart writes the same file and not a second one.
    pub fn reserve_report(&self, landing: i64, dir: &[u8], name: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE landing SET report_dir = ?2, report_name = ?3 WHERE id = ?1",
                params![landing, dir, name],
            )
            .map(drop)
        })
    }

    /// Whether a report of this name in this directory is reserved by a landing or was written by one.
    pub fn report_name_taken(&self, dir: &[u8], name: &str) -> Result<bool> {
        self.read(|tx| {
            tx.prepare_cached("SELECT 1 FROM landing WHERE report_dir = ?1 AND report_name = ?2")?
                .query_row(params![dir, name], |_| Ok(()))
                .optional()
                .map(|found| found.is_some())
        })
    }

    /// Ends a landing: its report is published, our own files are known as such, its mails are in the outbox.
    pub fn finish_landing(&self, landing: i64, done: &FinishedReport<'_>, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            for (path, stamp) in done.own {
                if let Some(kind) = ArtifactKind::of_name(path.file_name()) {
                    let _ = upsert(tx, path, kind, stamp, "ours")?;
                }
            }
            outbox::queue(tx, (landing, done.purpose.as_str()), done.mails, now)?;
            pacing::paced(tx, landing, done.later)?;
            done.facts.map_or(Ok(()), |ledger| facts::write(tx, landing, ledger))?;
            tx.execute(
                "UPDATE landing SET stage = 'done', report_path = ?2, finished_ns = ?3, attempts = 0, last_error = NULL
                 WHERE id = ?1",
                params![landing, done.path, nanos(now)],
            )
            .map(drop)
        })
    }
}

/// How many measurements a landing brought: looked up run by run, or counted along the table when there are very many runs.
fn measurements(tx: &Transaction<'_>, landing: i64) -> rusqlite::Result<u64> {
    let versions: i64 =
        tx.query_row("SELECT count(*) FROM version WHERE landing_id = ?1", [landing], |row| row.get(0))?;
    let sql = if versions > 1000 {
        "SELECT count(*) FROM measurement m CROSS JOIN version v ON v.id = m.version_id WHERE v.landing_id = ?1"
    } else {
        "SELECT count(*) FROM version v
         CROSS JOIN run r ON r.bundle_id = v.bundle_id AND r.generation = v.generation
         CROSS JOIN series s ON s.benchmark_id = r.benchmark_id
         CROSS JOIN measurement m ON m.series_id = s.id AND m.run_id = r.id AND m.version_id = v.id
         WHERE v.landing_id = ?1"
    };
    tx.query_row(sql, [landing], |row| row.get(0).map(uint))
}

/// Measurements that counted when the landing was judged, with their series, places and versions, of whatever `from` selects.
fn rows(tx: &Transaction<'_>, from: &str, bounds: [i64; 2]) -> rusqlite::Result<Vec<Row>> {
    let (tables, condition) = from.split_once("WHERE").unwrap_or((from, "1"));
    tx.prepare_cached(&format!(
        "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, r.time_ns,
                (SELECT text FROM text WHERE id = r.subject_id), m.value, m.n, m.std, m.min, m.max, m.slot, l.field, l.value, l.std, l.min, l.max,
                d.path || f.name, v.hash,
                (SELECT data FROM samples x WHERE x.series_id = m.series_id AND x.run_id = m.run_id AND m.n > 1)
         {tables} JOIN file f ON f.id = v.artifact_id JOIN directory d ON d.id = f.directory_id JOIN locator l ON l.id = m.locator_id
         JOIN benchmark b ON b.id = s.benchmark_id WHERE {condition} AND {}",
        counted_in("?1")
    ))?
    .query_map(bounds, measured)?
    .collect()
}

fn measured(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let slot: u32 = row.get(14)?;
    let spread = |value: usize, place: usize| -> rusqlite::Result<Option<SpreadValue>> {
        let Some(value) = row.get::<_, Option<f64>>(value)? else { return Ok(None) };
        Ok(Some(SpreadValue { value, at: locator(row.get(place)?, slot) }))
    };
    let at: Locator = locator(row.get(16)?, slot);
    Ok(Row {
        series: series_key(row, 0)?,
        direction: Direction::from_word(&row.get::<_, String>(6)?),
        run_time: time(row.get(7)?),
        subject: subject_of(row.get(8)?)?,
        value: row.get(9)?,
        n: uint(row.get(10)?),
        samples: samples(row.get(22)?),
        spread: Spread { std: spread(11, 17)?, min: spread(12, 18)?, max: spread(13, 19)? },
        field: row.get(15)?,
        at,
        path: display_bytes(&path(row, 20)?),
        hash: content_hash(row.get(21)?)?,
    })
}

/// The samples as they were written; none where there are none.
fn samples(data: Option<Vec<u8>>) -> Vec<f64> {
    let data = data.unwrap_or_default();
    data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

fn gaps(tx: &Transaction<'_>, landing: i64, benchmark: i64) -> rusqlite::Result<Vec<GapLine>> {
    tx.prepare_cached(
        "SELECT d.path || f.name, v.hash, k.text, s.text, g.count, g.total, p.text, t.text
         FROM gap g CROSS JOIN version v ON v.id = g.version_id JOIN file f ON f.id = v.artifact_id
         JOIN directory d ON d.id = f.directory_id JOIN text k ON k.id = g.kind_id JOIN text s ON s.id = g.subject_id
         JOIN text p ON p.id = g.at_id JOIN text t ON t.id = g.detail_id
         WHERE v.landing_id = ?1 AND g.benchmark_id = ?2 ORDER BY 1, g.ord",
    )?
    .query_map([landing, benchmark], |row| {
        Ok(GapLine {
            path: display_bytes(&path(row, 0)?),
            hash: content_hash(row.get(1)?)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            count: uint(row.get(4)?),
            of: uint(row.get(5)?),
            at: row.get(6)?,
            detail: row.get(7)?,
        })
    })?
    .collect()
}
