//! Alerts: the stored state of each life, and every step that was ever taken.
//!
//! The record of the life cycle is one JSON cell, because it is only ever read and written whole; what is searched for (key, state)
//! has columns of its own.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{NewsKind, Result, Store, damaged, from_json, nanos, time, to_json};
use crate::analysis::alerts::AlertRecord;
use crate::domain::alert::{AlertKey, AlertState, Transition};
use crate::domain::series::SeriesKey;
use crate::insight::AlertLine;

/// A step of an alert, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    /// The stored alert that it belongs to; `None` for a new one.
    pub id: Option<i64>,
    pub record: AlertRecord,
    pub transitions: Vec<Transition>,
    pub news: Vec<(NewsKind, Vec<SeriesKey>)>,
}

/// A stored alert.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    pub id: i64,
    pub record: AlertRecord,
    pub updated: Timestamp,
}

impl Store {
    /// The newest alert with this key, open or over.
    pub fn alert_of(&self, key: &AlertKey) -> Result<Option<StoredAlert>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT id, record, updated_ns FROM alert WHERE benchmark = ?1 AND metric = ?2 AND environment = ?3
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([&key.benchmark, &key.metric, &key.environment], stored)
            .optional()
        })
    }

    /// All alerts, open ones first, the newest first among equals.
    pub fn alerts(&self) -> Result<Vec<StoredAlert>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT id, record, updated_ns FROM alert ORDER BY state = 'resolved', id DESC")?
                .query_map([], stored)?
                .collect()
        })
    }

    /// One alert with its whole life.
    pub fn alert(&self, id: i64) -> Result<Option<(StoredAlert, Vec<Transition>)>> {
        self.read(|tx| {
            let alert = tx
                .prepare_cached("SELECT id, record, updated_ns FROM alert WHERE id = ?1")?
                .query_row([id], stored)
                .optional()?;
            let Some(alert) = alert else { return Ok(None) };
            let life = tx
                .prepare_cached(
                    "SELECT from_state, to_state, at_ns, who, why FROM alert_event WHERE alert_id = ?1 ORDER BY ord",
                )?
                .query_map([id], step)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Some((alert, life)))
        })
    }

    /// Stores a step that a person took.
    pub fn move_alert(&self, row: &AlertRow, now: Timestamp) -> Result<()> {
        self.write(|tx| write(tx, None, row, now).map(drop))
    }

    /// The alerts that a report of `landing` tells of: those that are open, and those that the landing moved. `place` are the
    /// arguments by which a command to be pasted finds this index.
    pub fn alert_lines(&self, landing: i64, place: &str) -> Result<Vec<AlertLine>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT a.id, a.record, a.state,
                        EXISTS (SELECT 1 FROM news n WHERE n.landing_id = ?1 AND n.alert_id = a.id
                                AND n.kind = 'fired')
                 FROM alert a
                 WHERE a.state <> 'resolved'
                    OR a.id IN (SELECT alert_id FROM alert_event WHERE landing_id = ?1)
                 ORDER BY a.id",
            )?
            .query_map([landing], |row| {
                let record: AlertRecord = from_json(&row.get::<_, String>(1)?)?;
                let id: i64 = row.get(0)?;
                Ok(AlertLine {
                    id,
                    ack: format!("chimera-insight alerts ack {id}{place}"),
                    key: record.key,
                    state: state_of(&row.get::<_, String>(2)?)?,
                    opened_at: record.opened_at,
                    fresh: row.get(3)?,
                })
            })?
            .collect()
        })
    }
}

/// Writes a step of an alert; part of the transaction of whatever caused it. Gives the alert's id.
pub(super) fn write(
    tx: &Transaction<'_>,
    landing: Option<i64>,
    row: &AlertRow,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let record = &row.record;
    let id = match row.id {
        Some(id) => {
            tx.prepare_cached(
                "UPDATE alert SET state = ?2, opened_ns = ?3, updated_ns = ?4, record = ?5 WHERE id = ?1",
            )?
            .execute(params![
                id,
                record.state.as_str(),
                nanos(record.opened_at),
                nanos(now),
                to_json(record)?
            ])?;
            id
        }
        None => {
            tx.prepare_cached(
                "INSERT INTO alert (benchmark, metric, environment, state, opened_ns, updated_ns, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                record.key.benchmark,
                record.key.metric,
                record.key.environment,
                record.state.as_str(),
                nanos(record.opened_at),
                nanos(now),
                to_json(record)?
            ])?;
            tx.last_insert_rowid()
        }
    };
    let mut insert = tx.prepare_cached(
        "INSERT INTO alert_event (alert_id, ord, landing_id, from_state, to_state, at_ns, who, why)
         VALUES (?1, (SELECT coalesce(max(ord), 0) + 1 FROM alert_event WHERE alert_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for step in &row.transitions {
        let from = step.from.map(AlertState::as_str);
        insert.execute(params![id, landing, from, step.to.as_str(), nanos(step.at), step.who, step.why])?;
    }
    Ok(id)
}

/// Notes that the server accepted the mail that opened these alerts' threads: from now on their end is news.
pub(super) fn announce(tx: &Transaction<'_>, message_id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE alert SET record = json_set(record, '$.announced', json('true'))
         WHERE id IN (SELECT alert_id FROM thread WHERE message_id = ?1)",
    )?
    .execute([message_id])
    .map(drop)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAlert> {
    Ok(StoredAlert { id: row.get(0)?, record: from_json(&row.get::<_, String>(1)?)?, updated: time(row.get(2)?) })
}

fn step(row: &Row<'_>) -> rusqlite::Result<Transition> {
    let from = row.get::<_, Option<String>>(0)?.map(|word| state_of(&word)).transpose()?;
    Ok(Transition {
        from,
        to: state_of(&row.get::<_, String>(1)?)?,
        at: time(row.get(2)?),
        who: row.get(3)?,
        why: row.get(4)?,
    })
}

fn state_of(word: &str) -> rusqlite::Result<AlertState> {
    AlertState::from_word(word).ok_or_else(|| damaged(format!("alert state {word:?}")))
}
