//! The past in short: what landed, fired, ended and got better since a time. One consistent view, and nothing but counts and names.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::alerts::{OPEN, select as alerts_where, stored};
use super::{Result, Store, StoredAlert, nanos, uint};
use crate::report::Improved;

/// What happened since a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// Landings that are finished, and those that are not.
    pub landings: (u64, u64),
    /// New artifacts of all of these.
    pub artifacts: u64,
    /// Alerts that fired since, as they are now.
    pub fired: Vec<StoredAlert>,
    /// Alerts that ended since.
    pub resolved: Vec<StoredAlert>,
    /// Alerts that are open now.
    pub open: Vec<StoredAlert>,
    /// What got better since, by benchmark and metric; what the first look at a tree finds in its history is not of now.
    pub improved: Vec<Improved>,
}

impl Store {
    /// What happened from `since` on. The time of a landing is that of its report.
    pub fn past(&self, since: Timestamp) -> Result<Past> {
        self.read(|tx| {
            let landed = |which: &str| {
                let sql = format!(
                    "SELECT count(*), coalesce(sum(artifacts), 0) FROM landing
                     WHERE kind <> 'clock' AND coalesce(judged_ns, opened_ns) >= ?1 AND stage {which} 'done'"
                );
                tx.query_row(&sql, [nanos(since)], |row| Ok((uint(row.get(0)?), uint(row.get(1)?))))
            };
            let (done, open) = (landed("=")?, landed("<>")?);
            let stepped = |condition: &str| {
                let sql = alerts_where(&format!(
                    "WHERE id IN (SELECT alert_id FROM alert_event WHERE at_ns >= ?1 AND {condition}) ORDER BY id DESC"
                ));
                tx.prepare(&sql)?.query_map([nanos(since)], stored)?.collect::<rusqlite::Result<Vec<_>>>()
            };
            Ok(Past {
                landings: (done.0, open.0),
                artifacts: done.1.saturating_add(open.1),
                fired: stepped(&format!("to_state = 'firing' AND coalesce(from_state, '') NOT IN {OPEN}"))?,
                resolved: stepped(&format!("to_state = 'resolved' AND from_state IN {OPEN}"))?,
                open: tx
                    .prepare(&alerts_where(&format!("WHERE state IN {OPEN} ORDER BY id DESC")))?
                    .query_map([], stored)?
                    .collect::<rusqlite::Result<_>>()?,
                improved: improved(tx, since)?,
            })
        })
    }
}

fn improved(tx: &Transaction<'_>, since: Timestamp) -> rusqlite::Result<Vec<Improved>> {
    tx.prepare(
        "SELECT b.name, s.metric, count(DISTINCT s.id) FROM landing l CROSS JOIN verdict v ON v.landing_id = l.id
         JOIN series s ON s.id = v.series_id JOIN benchmark b ON b.id = s.benchmark_id
         WHERE l.kind = 'live' AND coalesce(l.judged_ns, l.opened_ns) >= ?1 AND v.kind = 'improvement'
         GROUP BY b.name, s.metric ORDER BY b.name, s.metric",
    )?
    .query_map(params![nanos(since)], |row| {
        Ok(Improved { benchmark: row.get(0)?, metric: row.get(1)?, series: uint(row.get(2)?) })
    })?
    .collect()
}
