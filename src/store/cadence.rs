//! When benchmarks were heard of, for whoever misses them.
//!
//! What arrives while somebody watches counts from its arrival, whatever time it says of itself; what a first scan found, from the time
//! of its run, and never from the future. Excluded runs were heard as well as others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};

use super::{Result, Store, int, nanos, time, uint};
use crate::domain::series::SeriesKey;

/// A benchmark in an environment, and when it was last heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub benchmark_id: i64,
    pub benchmark: String,
    /// Empty: the default one.
    pub environment: String,
    pub at: Timestamp,
    /// Runs so far.
    pub runs: u64,
}

impl Heard {
    /// Whether it is of a branch other than the default one: those end, and nobody misses them.
    pub fn is_branch(&self) -> bool {
        let key = SeriesKey { environment: self.environment.clone(), ..SeriesKey::default() };
        key.on_default_branch().is_some()
    }

    /// What tells it from others.
    pub fn key(&self) -> (i64, String) {
        (self.benchmark_id, self.environment.clone())
    }
}

impl Store {
    /// Every benchmark that has runs, in the order of names.
    pub fn heard(&self) -> Result<Vec<Heard>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT b.id, b.name, coalesce(t.text, ''), h.at, h.runs FROM (
                     SELECT r.benchmark_id, r.environment_id, count(*) AS runs,
                            max(CASE WHEN l.kind = 'live' THEN l.opened_ns ELSE min(r.time_ns, l.opened_ns) END) AS at
                     FROM run r JOIN landing l ON l.id = r.landing_id GROUP BY r.benchmark_id, r.environment_id) h
                 JOIN benchmark b ON b.id = h.benchmark_id LEFT JOIN text t ON t.id = h.environment_id
                 ORDER BY b.name, 3",
            )?
            .query_map([], heard)?
            .collect()
        })
    }

    /// The times of the runs of a benchmark in an environment, ascending: those within `window` before the newest, and `least` of them
    /// at least; but no more than `most`, and none after `now`.
    pub fn run_times(
        &self,
        of: &Heard,
        window: SignedDuration,
        (least, most): (usize, usize),
        now: Timestamp,
    ) -> Result<Vec<Timestamp>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(
                "SELECT r.time_ns FROM run r LEFT JOIN text t ON t.id = r.environment_id
                 WHERE r.benchmark_id = ?1 AND coalesce(t.text, '') = ?2 AND r.time_ns <= ?3
                 ORDER BY r.time_ns DESC LIMIT ?4",
            )?;
            let mut rows = query.query(params![of.benchmark_id, of.environment, nanos(now), int(most as u64)])?;
            let mut times: Vec<Timestamp> = Vec::new();
            while let Some(row) = rows.next()? {
                let at = time(row.get(0)?);
                let is_old = times.first().is_some_and(|newest| newest.duration_since(at) > window);
                if is_old && times.len() >= least {
                    break;
                }
                times.push(at);
            }
            times.reverse();
            Ok(times)
        })
    }

    /// Listens for the silence of these benchmarks from `now` on, unless it does already, and of no others. Gives since when, by
    /// benchmark and environment.
    pub fn listen(&self, to: &[Heard], now: Timestamp) -> Result<BTreeMap<(i64, String), Timestamp>> {
        let known = self.listening()?;
        let wanted: BTreeSet<(i64, String)> = to.iter().map(Heard::key).collect();
        if wanted.iter().eq(known.keys()) {
            return Ok(known);
        }
        self.write(|tx| {
            for (benchmark, environment) in known.keys().filter(|key| !wanted.contains(*key)) {
                tx.prepare_cached("DELETE FROM listening WHERE benchmark_id = ?1 AND environment = ?2")?
                    .execute(params![benchmark, environment])?;
            }
            for (benchmark, environment) in &wanted {
                tx.prepare_cached(
                    "INSERT OR IGNORE INTO listening (benchmark_id, environment, since_ns) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![benchmark, environment, nanos(now)])?;
            }
            Ok(())
        })?;
        self.listening()
    }

    fn listening(&self) -> Result<BTreeMap<(i64, String), Timestamp>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT benchmark_id, environment, since_ns FROM listening")?
                .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), time(row.get(2)?))))?
                .collect()
        })
    }

    /// The number of the newest run; 0 before there is one.
    pub fn newest_run(&self) -> Result<i64> {
        self.read(|tx| tx.prepare_cached("SELECT coalesce(max(id), 0) FROM run")?.query_row([], |row| row.get(0)))
    }

    /// Whether files that have arrived are yet to be read: what they hold has not been heard.
    pub fn has_unread(&self) -> Result<bool> {
        self.read(|tx| {
            tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM landing WHERE stage = 'index')")?
                .query_row([], |row| row.get(0))
        })
    }
}

fn heard(row: &Row<'_>) -> rusqlite::Result<Heard> {
    Ok(Heard {
        benchmark_id: row.get(0)?,
        benchmark: row.get(1)?,
        environment: row.get(2)?,
        at: time(row.get(3)?),
        runs: uint(row.get(4)?),
    })
}
