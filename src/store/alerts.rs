//! Alerts: the stored state of each life, and every step that was ever taken.
//!
//! The record of the life cycle is one JSON cell, because it is only ever read and written whole; what is searched for (key, state)
//! has columns of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{NewsKind, Result, Store, damaged, from_json, landings, nanos, requests, time, to_json};
use crate::analysis::alerts::{self, Advance, AlertRecord, Member};
use crate::domain::alert::{AlertKey, AlertKind, AlertState, Transition};
use crate::domain::run::short_commit;
use crate::domain::series::SeriesKey;
use crate::insight::{AlertLine, GroupLine, Moved};

/// The states in which people were told of an alert and it is not over ([`AlertState::is_open`]).
pub(super) const OPEN: &str = "('firing', 'acknowledged', 'silenced', 'recovering')";

/// Reasons that a report tells of one alert.
const REASONS: usize = 5;

/// A step of an alert, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRow {
    /// The stored alert that it belongs to; `None` for a new one.
    pub id: Option<i64>,
    pub record: AlertRecord,
    pub transitions: Vec<Transition>,
    /// What is to be mailed.
    pub news: Vec<(NewsKind, Vec<SeriesKey>)>,
    /// What shadow mode keeps from being mailed.
    pub shadowed: Vec<(NewsKind, Vec<SeriesKey>)>,
}

impl AlertRow {
    /// A step of the alert `stored`, or of a new one.
    pub fn new(stored: Option<i64>, step: Advance) -> Self {
        let id = stored.filter(|_| !step.anew);
        let kinds = |news: Vec<alerts::News>| news.into_iter().map(kind_of).collect();
        Self {
            id,
            record: step.record,
            transitions: step.transitions,
            news: kinds(step.news),
            shadowed: kinds(step.shadowed),
        }
    }

    /// Whether it opens with this step.
    fn opens(&self) -> bool {
        let opens = |step: &Transition| step.to.is_open() && !step.from.is_some_and(AlertState::is_open);
        self.transitions.iter().any(opens)
    }
}

fn kind_of(news: alerts::News) -> (NewsKind, Vec<SeriesKey>) {
    match news {
        alerts::News::Fired(series) => (NewsKind::Fired, series),
        alerts::News::Reopened(series) => (NewsKind::Reopened, series),
        alerts::News::Stayed(series) => (NewsKind::Stayed, series),
        alerts::News::Grew(series) => (NewsKind::Grew, series),
        alerts::News::Flapping(series) => (NewsKind::Flapping, series),
        alerts::News::Flapped(series) => (NewsKind::Flapped, series),
        alerts::News::Reminded(series) => (NewsKind::Reminded, series),
        alerts::News::Resolved => (NewsKind::Resolved, Vec::new()),
    }
}

/// A stored alert.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    pub id: i64,
    pub record: AlertRecord,
    pub updated: Timestamp,
    /// The first of the alerts that were opened with it; its own number when it is that one, `None` before it opens.
    pub group: Option<i64>,
    /// The alert of the environment that speaks for it.
    pub inhibited_by: Option<i64>,
}

impl Store {
    /// The newest alert of each key, open or over, in the order of `keys`.
    pub fn alerts_of(&self, keys: &[&AlertKey]) -> Result<Vec<Option<StoredAlert>>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(&select(
                "WHERE kind = ?1 AND benchmark = ?2 AND metric = ?3 AND environment = ?4 ORDER BY id DESC LIMIT 1",
            ))?;
            keys.iter()
                .map(|key| {
                    query
                        .query_row([key.kind.as_str(), &key.benchmark, &key.metric, &key.environment], stored)
                        .optional()
                })
                .collect()
        })
    }

    /// All alerts, open ones first, the newest first among equals.
    pub fn alerts(&self) -> Result<Vec<StoredAlert>> {
        self.read(|tx| {
            tx.prepare_cached(&select("ORDER BY state = 'resolved', id DESC"))?.query_map([], stored)?.collect()
        })
    }

    /// One alert with its whole life.
    pub fn alert(&self, id: i64) -> Result<Option<(StoredAlert, Vec<Transition>)>> {
        self.read(|tx| {
            let alert = tx.prepare_cached(&select("WHERE id = ?1"))?.query_row([id], stored).optional()?;
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

    /// The alerts for which the alert of an environment speaks.
    pub fn inhibited_by(&self, environment: i64) -> Result<Vec<StoredAlert>> {
        self.many("WHERE inhibited_by = ?1 ORDER BY id", environment)
    }

    /// The alerts that are not over.
    pub fn running_alerts(&self) -> Result<Vec<StoredAlert>> {
        self.read(|tx| {
            tx.prepare_cached(&select("WHERE state <> 'resolved' ORDER BY id"))?.query_map([], stored)?.collect()
        })
    }

    /// The alerts of a group that are not over.
    pub fn alert_group(&self, group: i64) -> Result<Vec<StoredAlert>> {
        self.many("WHERE group_id = ?1 AND state <> 'resolved' ORDER BY id", group)
    }

    /// The alerts that the clock moves by now.
    pub fn due_alerts(&self, now: Timestamp) -> Result<Vec<StoredAlert>> {
        self.many("WHERE due_ns <= ?1 ORDER BY id", nanos(now))
    }

    /// The landings before `landing` in which those of these series were last called regressions that `landing` itself does not call so, the
    /// oldest first: what was withheld is told later, and what some know is told to others.
    pub fn last_regressions(&self, landing: i64, series: &[&SeriesKey]) -> Result<Vec<i64>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(
                "SELECT max(v.landing_id) FROM verdict v JOIN series s ON s.id = v.series_id
                 WHERE s.digest = ?1 AND v.landing_id <= ?2 AND v.kind IN ('regression', 'drift')",
            )?;
            let mut landings = BTreeSet::new();
            for series in series {
                landings.extend(
                    query.query_row(params![&series.digest()[..], landing], |row| row.get::<_, Option<i64>>(0))?,
                );
            }
            Ok(landings.into_iter().filter(|found| *found < landing).collect())
        })
    }

    /// Where the newest report is that told of one of these alerts, as bytes of its path; `None` where none did.
    pub fn report_of_alerts(&self, alerts: &BTreeSet<i64>) -> Result<Option<Vec<u8>>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT l.report_path FROM news n JOIN landing l ON l.id = n.landing_id
                 WHERE n.alert_id IN (SELECT value FROM json_each(?1)) AND NOT n.shadow AND l.report_path IS NOT NULL
                 ORDER BY l.id DESC LIMIT 1",
            )?
            .query_row([to_json(alerts)?], |row| row.get(0))
            .optional()
        })
    }

    fn many(&self, which: &str, bound: i64) -> Result<Vec<StoredAlert>> {
        self.read(|tx| tx.prepare_cached(&select(which))?.query_map([bound], stored)?.collect())
    }

    /// Stores steps that no landing brought: of people, whose request is answered with them, and of the clock. Their news gets a landing
    /// of its own, which goes straight to the mails; the answer says whether there is any.
    pub fn move_alerts(&self, rows: &[AlertRow], answered: Option<(i64, &str)>, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let has_news = rows.iter().any(|row| !row.news.is_empty() || !row.shadowed.is_empty());
            let landing = if has_news { Some(landings::open_by_clock(tx, now)?) } else { None };
            write(tx, landing, rows, now)?;
            if let Some((request, answer)) = answered {
                requests::answer(tx, request, answer, now)?;
            }
            Ok(has_news)
        })
    }

    /// The alerts that a report of `landing` tells of: those that were open when it was judged, and those that the landing moved, each in the
    /// state of that time: a report can be written after later landings have been judged. `place` are the arguments by which a command to be
    /// pasted finds this index.
    pub fn alert_lines(&self, landing: i64, place: &str) -> Result<Vec<AlertLine>> {
        self.read(|tx| lines(tx, landing, place, i64::MAX))
    }
}

/// As [`Store::alert_lines`], with those that moved since `since`, too.
pub(super) fn lines(tx: &Transaction<'_>, landing: i64, place: &str, since: i64) -> rusqlite::Result<Vec<AlertLine>> {
    let mut query = tx.prepare_cached(&format!(
        "WITH moment AS (SELECT coalesce(judged_ns, opened_ns) AS ns FROM landing WHERE id = ?1)
         SELECT a.id, a.record, e.to_state,
                EXISTS (SELECT 1 FROM news n WHERE n.landing_id = ?1 AND n.alert_id = a.id
                        AND n.kind = 'fired'),
                a.group_id, a.inhibited_by,
                (SELECT max(o.at_ns) FROM alert_event o WHERE o.alert_id = a.id AND o.ord <= e.ord
                 AND o.to_state IN {OPEN} AND coalesce(o.from_state, '') NOT IN {OPEN}),
                (SELECT count(*) > 1 FROM alert_event o WHERE o.alert_id = a.id AND o.ord <= e.ord
                 AND o.to_state IN {OPEN} AND coalesce(o.from_state, '') NOT IN {OPEN}),
                CASE e.to_state WHEN 'resolved' THEN e.at_ns END
         FROM alert a JOIN alert_event e ON e.alert_id = a.id AND e.ord =
             (SELECT max(s.ord) FROM alert_event s, moment WHERE s.alert_id = a.id
              AND (s.landing_id <= ?1 OR s.at_ns < moment.ns OR (s.landing_id IS NULL AND s.at_ns = moment.ns)))
         WHERE e.to_state <> 'resolved'
            OR a.id IN (SELECT alert_id FROM alert_event WHERE landing_id = ?1 OR at_ns >= ?2)
         ORDER BY a.id"
    ))?;
    let found = query.query_map([landing, since], |row| line(tx, row, landing, place))?;
    let mut lines: Vec<AlertLine> = found.collect::<rusqlite::Result<_>>()?;
    // What spoke for an alert only later is not known here.
    let known: BTreeSet<i64> = lines.iter().map(|line| line.id).collect();
    for line in &mut lines {
        line.inhibited_by = line.inhibited_by.filter(|id| known.contains(id));
    }
    Ok(lines)
}

fn line(tx: &Transaction<'_>, row: &Row<'_>, landing: i64, place: &str) -> rusqlite::Result<AlertLine> {
    let record: AlertRecord = from_json(&row.get::<_, String>(1)?)?;
    let (opened, reopened): (Option<i64>, bool) = (row.get(6)?, row.get(7)?);
    let id: i64 = row.get(0)?;
    let reasons = reasons(tx, &record, landing)?;
    let of = |member: &Member| member.in_all().map(|sentence| (member.series.clone(), sentence));
    let in_all = record.members.iter().filter_map(of).collect();
    Ok(AlertLine {
        id,
        ack: format!("chimera-insight alerts ack {id}{place}"),
        key: record.key.clone(),
        state: state_of(&row.get::<_, String>(2)?)?,
        opened_at: opened.map_or(record.opened_at, |opened| record.opened_at.min(time(opened))),
        moved: moved(&record),
        ended_at: row.get::<_, Option<i64>>(8)?.map(time),
        reopened_at: opened.filter(|_| reopened).map(time),
        fresh: row.get(3)?,
        group: row
            .get::<_, Option<i64>>(4)?
            .map(|id| GroupLine { id, ack: format!("chimera-insight alerts ack {id} --group{place}") }),
        inhibited_by: row.get(5)?,
        reasons,
        in_all,
    })
}

/// How far the worst of its series went from its good level.
fn moved(record: &AlertRecord) -> Option<Moved> {
    let of = |member: &Member| {
        let (before, after) = (member.good?.level, member.evidence.shift()?.after);
        Some(Moved { before, after, unit: member.series.unit.clone() })
    };
    let size = |moved: &Moved| moved.effect().0.abs();
    let all = record.members.iter().filter(|member| member.confirmed).filter_map(of);
    all.max_by(|a, b| size(a).total_cmp(&size(b)))
}

/// What the first few members of an alert rest on, those of a regression with the commits around it.
fn reasons(tx: &Transaction<'_>, record: &AlertRecord, landing: i64) -> rusqlite::Result<Vec<String>> {
    let confirmed = record.members.iter().filter(|member| member.confirmed);
    let told = |member: &Member| {
        let regressed = record.key.kind == AlertKind::Regression;
        let commits = if regressed { commits(tx, &member.series, landing)? } else { (None, None) };
        Ok(match commits {
            (Some(before), Some(after)) if before != after => {
                format!(
                    "{} It began between commits {} and {}.",
                    member.reason,
                    short_commit(&before),
                    short_commit(&after)
                )
            }
            _ => member.reason.clone(),
        })
    };
    confirmed.take(REASONS).map(told).collect()
}

/// The commits around the last regression of a series that a landing up to this one found.
fn commits(
    tx: &Transaction<'_>,
    series: &SeriesKey,
    landing: i64,
) -> rusqlite::Result<(Option<String>, Option<String>)> {
    let found = tx
        .prepare_cached(
            "SELECT v.commit_before, v.commit_after FROM verdict v JOIN series s ON s.id = v.series_id
             WHERE s.digest = ?1 AND v.landing_id <= ?2 AND v.kind IN ('regression', 'drift')
             ORDER BY v.landing_id DESC LIMIT 1",
        )?
        .query_row(params![&series.digest()[..], landing], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Writes steps of alerts; part of the transaction of whatever caused them. Those that open share a group with those that the same
/// landing opens for the same benchmark.
pub(super) fn write(
    tx: &Transaction<'_>,
    landing: Option<i64>,
    rows: &[AlertRow],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut opened: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let id = put(tx, row, now)?;
        inhibit(tx, id, &row.record)?;
        live(tx, landing, id, &row.transitions)?;
        if let Some(landing) = landing {
            tell(tx, landing, id, row)?;
        }
        if row.opens() && row.record.key.kind != AlertKind::Environment {
            opened.entry(&row.record.key.benchmark).or_default().push(id);
        }
    }
    let mut join = tx.prepare_cached("UPDATE alert SET group_id = ?2 WHERE id = ?1")?;
    for ids in opened.values() {
        let first = ids.iter().min();
        ids.iter().try_for_each(|id| join.execute(params![id, first]).map(drop))?;
    }
    Ok(())
}

/// The alert itself. Gives its id.
fn put(tx: &Transaction<'_>, row: &AlertRow, now: Timestamp) -> rusqlite::Result<i64> {
    let record = &row.record;
    let (state, opened, due) = (record.state.as_str(), nanos(record.opened_at), record.due().map(nanos));
    if let Some(id) = row.id {
        tx.prepare_cached(
            "UPDATE alert SET state = ?2, opened_ns = ?3, updated_ns = ?4, due_ns = ?5, record = ?6 WHERE id = ?1",
        )?
        .execute(params![id, state, opened, nanos(now), due, to_json(record)?])?;
        return Ok(id);
    }
    let key = &record.key;
    tx.prepare_cached(
        "INSERT INTO alert (kind, benchmark, metric, environment, state, opened_ns, updated_ns, due_ns, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        key.kind.as_str(),
        key.benchmark,
        key.metric,
        key.environment,
        state,
        opened,
        nanos(now),
        due,
        to_json(record)?
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Which alert speaks for it: the newest of its environment. Those are written first.
fn inhibit(tx: &Transaction<'_>, id: i64, record: &AlertRecord) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE alert SET inhibited_by = CASE WHEN ?2 THEN (SELECT max(e.id) FROM alert e
             WHERE e.kind = 'environment' AND e.benchmark = '' AND e.metric = '' AND e.environment = ?3) END
         WHERE id = ?1 AND (?2 OR inhibited_by IS NOT NULL)",
    )?
    .execute(params![id, record.inhibited, record.key.environment])
    .map(drop)
}

/// Its steps.
fn live(tx: &Transaction<'_>, landing: Option<i64>, id: i64, steps: &[Transition]) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO alert_event (alert_id, ord, landing_id, from_state, to_state, at_ns, who, why)
         VALUES (?1, (SELECT coalesce(max(ord), 0) + 1 FROM alert_event WHERE alert_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for step in steps {
        let from = step.from.map(AlertState::as_str);
        insert.execute(params![id, landing, from, step.to.as_str(), nanos(step.at), step.who, step.why])?;
    }
    Ok(())
}

/// Its news.
fn tell(tx: &Transaction<'_>, landing: i64, id: i64, row: &AlertRow) -> rusqlite::Result<()> {
    let mut news = tx.prepare_cached(
        "INSERT OR REPLACE INTO news (landing_id, alert_id, kind, series, shadow) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let all = row.news.iter().map(|news| (news, false)).chain(row.shadowed.iter().map(|news| (news, true)));
    for ((kind, series), shadow) in all {
        let digests: Vec<String> = series.iter().map(digest_text).collect();
        news.execute(params![landing, id, kind.as_str(), to_json(&digests)?, shadow])?;
    }
    Ok(())
}

fn digest_text(series: &SeriesKey) -> String {
    series.digest().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Notes that the server accepted the mail that opened these alerts' threads: from now on their end is news.
pub(super) fn announce(tx: &Transaction<'_>, message_id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE alert SET announced = 1 WHERE id IN (SELECT alert_id FROM thread WHERE message_id = ?1)")?
        .execute([message_id])
        .map(drop)
}

/// A query that [`stored`] reads. What is on its way to people counts as announced: its end follows it, in order.
pub(super) fn select(which: &str) -> String {
    format!(
        "SELECT id, record, updated_ns, announced OR EXISTS (
             SELECT 1 FROM thread t JOIN outbox o ON o.message_id = t.message_id
             WHERE t.alert_id = alert.id AND o.state IN ('queued', 'data_started', 'held')), group_id, inhibited_by
         FROM alert {which}"
    )
}

pub(super) fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAlert> {
    let mut record: AlertRecord = from_json(&row.get::<_, String>(1)?)?;
    record.announced = row.get(3)?;
    Ok(StoredAlert {
        id: row.get(0)?,
        record,
        updated: time(row.get(2)?),
        group: row.get(4)?,
        inhibited_by: row.get(5)?,
    })
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
