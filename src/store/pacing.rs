//! The pace of a thread: news of an alert that was told of a short while ago waits, and comes together with what is new meanwhile.
//!
//! News that waits stands with the landing that brought it, with `told_in` 0, until a landing tells it: one of the clock that is opened
//! for it when its time has come, or one whose own news of the alert cannot wait. Then `told_in` names that one. It is done in the
//! transaction that ends or opens the landing, so news is told once, whenever the process dies.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

use super::verdicts::read_news;
use super::{News, NewsKind, Result, Store, from_json, landings, nanos, time, to_json};

/// An alert with news that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paced {
    pub alert: i64,
    /// When a mail about it was decided last; `None` where nobody has been told yet.
    pub told: Option<Timestamp>,
}

impl Paced {
    /// When what is new may be told: a gap after the last time. At once where nobody was told, or where that was later than `now`, by a clock
    /// that has been put right since.
    pub fn due(&self, now: Timestamp, gap: SignedDuration) -> Timestamp {
        match self.told {
            Some(told) if told <= now => told.checked_add(gap).unwrap_or(Timestamp::MAX),
            Some(_) | None => now,
        }
    }
}

impl Store {
    /// When people were last told of an alert.
    pub fn paced(&self, alert: i64) -> Result<Paced> {
        self.read(|tx| {
            tx.prepare_cached("SELECT max(last_ns) FROM thread WHERE alert_id = ?1")?
                .query_row([alert], |row| Ok(Paced { alert, told: row.get::<_, Option<i64>>(0)?.map(time) }))
        })
    }

    /// The alerts with news that waits.
    pub fn waiting_news(&self) -> Result<Vec<Paced>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT DISTINCT alert_id, (SELECT max(last_ns) FROM thread t WHERE t.alert_id = n.alert_id) FROM news n
                 WHERE told_in = 0 ORDER BY alert_id",
            )?
            .query_map([], |row| Ok(Paced { alert: row.get(0)?, told: row.get::<_, Option<i64>>(1)?.map(time) }))?
            .collect()
        })
    }

    /// What waits to be told of an alert, that of several landings together.
    pub fn news_waiting_of(&self, alert: i64) -> Result<Vec<News>> {
        self.read(|tx| {
            read_news(
                tx,
                "SELECT alert_id, kind, json_group_array(j.value) FROM (
                     SELECT DISTINCT alert_id, kind, j.value FROM news n LEFT JOIN json_each(n.series) j
                     WHERE told_in = 0 AND alert_id = ?1 ORDER BY kind, j.value) j GROUP BY alert_id, kind ORDER BY alert_id, kind",
                alert,
            )
        })
    }

    /// Opens a landing of the clock that tells what waits of these alerts; the answer says whether there was anything.
    pub fn tell_waiting(&self, alerts: &[i64], now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let mut all: BTreeMap<(i64, String), Vec<String>> = BTreeMap::new();
            for alert in alerts {
                gather(tx, *alert, &mut all)?;
            }
            if all.is_empty() {
                return Ok(false);
            }
            let landing = landings::open_by_clock(tx, now)?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO news (landing_id, alert_id, kind, series, shadow) VALUES (?1, ?2, ?3, ?4, 0)",
            )?;
            for ((alert, kind), mut series) in all {
                series.sort_unstable();
                series.dedup();
                insert.execute(params![landing, alert, kind, to_json(&series)?])?;
            }
            alerts.iter().try_for_each(|alert| told_in(tx, *alert, landing))?;
            Ok(true)
        })
    }
}

/// The kinds and series of what waits of an alert.
fn gather(tx: &Transaction<'_>, alert: i64, all: &mut BTreeMap<(i64, String), Vec<String>>) -> rusqlite::Result<()> {
    let mut query = tx.prepare_cached("SELECT kind, series FROM news WHERE told_in = 0 AND alert_id = ?1")?;
    let mut rows = query.query([alert])?;
    while let Some(row) = rows.next()? {
        let series: Vec<String> = from_json(&row.get::<_, String>(1)?)?;
        all.entry((alert, row.get(0)?)).or_default().extend(series);
    }
    Ok(())
}

/// Notes of a landing that ends which of its news waits, by alert, and that it has told what waited of the others.
pub(super) fn paced(tx: &Transaction<'_>, landing: i64, later: &[i64]) -> rusqlite::Result<()> {
    let mut wait = tx.prepare_cached(
        "UPDATE news SET told_in = 0 WHERE landing_id = ?1 AND alert_id = ?2 AND NOT shadow AND told_in IS NULL",
    )?;
    for alert in later {
        wait.execute([landing, *alert])?;
    }
    let told: Vec<i64> = tx
        .prepare_cached("SELECT DISTINCT alert_id FROM news WHERE landing_id = ?1 AND NOT shadow AND told_in IS NULL")?
        .query_map([landing], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    told.into_iter().try_for_each(|alert| told_in(tx, alert, landing))
}

fn told_in(tx: &Transaction<'_>, alert: i64, landing: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE news SET told_in = ?2 WHERE told_in = 0 AND alert_id = ?1")?
        .execute([alert, landing])
        .map(drop)
}

/// Whether this can wait for its turn in the thread: all but the end.
pub fn can_wait(kind: NewsKind) -> bool {
    kind != NewsKind::Resolved
}

/// Notes that people are told of an alert now. Where the mail that opened their thread was refused for good, this one opens it.
pub(super) fn told(
    tx: &Transaction<'_>,
    alert: i64,
    (recipient, message_id): (&str, &str),
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO thread (alert_id, recipient, message_id, last_ns) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (alert_id, recipient) DO UPDATE SET last_ns = excluded.last_ns,
             message_id = CASE WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = thread.message_id AND o.state = 'dead')
                          THEN excluded.message_id ELSE thread.message_id END",
    )?
    .execute(params![alert, recipient, message_id, nanos(now)])
    .map(drop)
}
