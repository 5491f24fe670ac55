//! The week: the landing of the clock that stands for a digest of it, and what the digest tells.
//!
//! A slot of the calendar is told once. The last one that was stands in the index and is written with the landing that tells it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::alerts::{OPEN, lines};
use super::{Result, Store, landings, nanos, time, uint};
use crate::domain::artifact::display_bytes;
use crate::insight::AlertLine;

/// Key of the row that says which slot was the last one, ns since 1970.
const LAST: &str = "weekly_last";

/// A slot further off than this was noted by a clock that has been put right since.
const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);

/// What a week brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WeekRows {
    pub landings: u64,
    pub artifacts: u64,
    /// Alerts that opened in it.
    pub opened: Vec<AlertLine>,
    /// Alerts that are open now.
    pub open: Vec<AlertLine>,
    /// Alerts that were open and ended in it.
    pub resolved: Vec<AlertLine>,
    /// When reports were written, and where they are.
    pub reports: Vec<(Timestamp, String)>,
}

impl Store {
    /// Opens the landing that tells of the week from `from` to `slot`, unless that slot was told already. The first slot that is seen is
    /// only noted: a digest that is asked for today tells of the weeks to come. Says whether there is one now.
    pub fn open_week(&self, from: Timestamp, slot: Timestamp, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let last: Option<String> =
                tx.query_row("SELECT value FROM meta WHERE key = ?1", [LAST], |row| row.get(0)).optional()?;
            let last = last.and_then(|text| text.parse::<i64>().ok());
            let limit = nanos(now.checked_add(AHEAD).unwrap_or(Timestamp::MAX));
            let known = last.filter(|last| *last <= limit);
            if known.is_some_and(|last| last >= nanos(slot)) {
                return Ok(false);
            }
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![LAST, nanos(slot).to_string()],
            )?;
            if known.is_none() {
                return Ok(false);
            }
            let landing = landings::open_by_clock(tx, now)?;
            tx.execute(
                "INSERT INTO week (landing_id, from_ns, to_ns) VALUES (?1, ?2, ?3)",
                params![landing, nanos(from), nanos(slot)],
            )?;
            Ok(true)
        })
    }

    /// The last slot that was told, or noted.
    pub fn week_told(&self) -> Result<Option<Timestamp>> {
        Ok(self.meta(LAST)?.and_then(|text| text.parse().ok()).map(time))
    }

    /// From when to when the week lasts that a landing tells of; `None` where it tells of none.
    pub fn week_of(&self, landing: i64) -> Result<Option<(Timestamp, Timestamp)>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT from_ns, to_ns FROM week WHERE landing_id = ?1")?
                .query_row([landing], |row| Ok((time(row.get(0)?), time(row.get(1)?))))
                .optional()
        })
    }

    /// What the index knows of a week that `landing` tells of. `place` are the arguments by which a command finds this index.
    pub fn week(&self, landing: i64, (from, to): (Timestamp, Timestamp), place: &str) -> Result<WeekRows> {
        self.read(|tx| {
            let span = params![nanos(from), nanos(to)];
            let (landings, artifacts) = tx.query_row(
                "SELECT count(*), coalesce(sum(artifacts), 0) FROM landing
                 WHERE kind <> 'clock' AND opened_ns >= ?1 AND opened_ns < ?2",
                span,
                |row| Ok((uint(row.get(0)?), uint(row.get(1)?))),
            )?;
            let reports = tx
                .prepare_cached(
                    "SELECT coalesce(judged_ns, opened_ns) AS at, report_path FROM landing
                     WHERE stage = 'done' AND report_path IS NOT NULL AND at >= ?1 AND at < ?2 ORDER BY at DESC, id DESC",
                )?
                .query_map(span, |row| Ok((time(row.get(0)?), display_bytes(&row.get::<_, Vec<u8>>(1)?))))?
                .collect::<rusqlite::Result<_>>()?;
            let opened = format!("to_state IN {OPEN} AND coalesce(from_state, '') NOT IN {OPEN}");
            let ended = format!("to_state = 'resolved' AND from_state IN {OPEN}");
            let all = lines(tx, landing, place, nanos(from))?;
            let of = |ids: Vec<i64>| all.iter().filter(|line| ids.contains(&line.id)).cloned().collect();
            Ok(WeekRows {
                landings,
                artifacts,
                opened: of(moved(tx, &opened, from, to)?),
                open: all.iter().filter(|line| line.state.is_open()).cloned().collect(),
                resolved: of(moved(tx, &ended, from, to)?),
                reports,
            })
        })
    }
}

/// The alerts with a step of this kind within the week.
fn moved(tx: &Transaction<'_>, step: &str, from: Timestamp, to: Timestamp) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached(&format!(
        "SELECT DISTINCT alert_id FROM alert_event WHERE {step} AND at_ns >= ?1 AND at_ns < ?2"
    ))?
    .query_map(params![nanos(from), nanos(to)], |row| row.get(0))?
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::store;

    #[test]
    fn a_slot_is_told_once_and_one_of_a_clock_that_was_ahead_holds_nothing_up() {
        let (_dir, store) = store();
        let week = SignedDuration::from_hours(7 * 24);
        let start: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let open = |slot: Timestamp, now: Timestamp| store.open_week(slot - week, slot, now).unwrap();
        assert!(!open(start, start), "the first one is only noted");
        assert!(open(start + week, start + week));
        assert!(!open(start + week, start + week));
        assert!(!open(start, start + week), "an older one was told before");
        // A year ahead, and back again.
        let ahead = start + week * 50;
        assert!(open(ahead, ahead));
        assert!(!open(start + week * 2, start + week * 2), "noted again");
        assert!(open(start + week * 3, start + week * 3));
        let landing = store.next_landing(crate::store::Stage::Report, start).unwrap().unwrap();
        assert_eq!(store.week_of(landing.id).unwrap(), Some((start, start + week)));
    }
}
