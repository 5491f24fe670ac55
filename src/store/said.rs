//! What the agents said: the landings that wait for them, and the words that are kept with a landing when it goes on to its report.
//!
//! The words are written in the transaction that hands the landing on, so a report either finds them or was never to have any.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::landings::{COLUMNS, FURTHEST_RETRY, LandingRow, landing_row};
use super::{Result, Store, beyond, calls, from_json, nanos, to_json};
use crate::dialogue::{Said, Seconds};

/// Landings that are looked at together; the others wait until these have gone on.
const AT_ONCE: i64 = 1000;

/// A landing that waits for the agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub landing: LandingRow,
    /// Whether somebody gets a mail of it.
    pub has_news: bool,
    /// Whether it is to be tried now: a failure may have put it off.
    pub is_due: bool,
}

impl Store {
    /// The landings that wait for the agents, in the order in which they should be talked about: those of which somebody gets a mail,
    /// then the others, the oldest first.
    pub fn waiting(&self, now: Timestamp) -> Result<Vec<Waiting>> {
        self.read(|tx| {
            tx.prepare_cached(&format!(
                "SELECT {COLUMNS}, EXISTS (SELECT 1 FROM news WHERE landing_id = landing.id AND NOT shadow) AS has_news,
                        retry_ns <= ?1 OR retry_ns > ?2
                 FROM landing WHERE stage <> 'done' AND stage = 'agent' ORDER BY has_news DESC, id LIMIT ?3"
            ))?
            .query_map(params![nanos(now), beyond(now, FURTHEST_RETRY), AT_ONCE], |row| {
                Ok(Waiting { landing: landing_row(row)?, has_news: row.get(7)?, is_due: row.get(8)? })
            })?
            .collect()
        })
    }

    /// Keeps what the agents said of a landing, with what was measured of their calls, and hands it to the reporter, in one transaction.
    /// `seconds` is how long all of that took. Says whether it still waited for them: one that has gone on keeps what it has.
    pub fn keep_said(&self, landing: i64, said: &Said, seconds: f64, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let handed_on = tx.execute(
                "UPDATE landing SET stage = 'report', agent_s = ?2, attempts = 0, retry_ns = 0, last_error = NULL
                 WHERE id = ?1 AND stage = 'agent'",
                params![landing, seconds],
            )?;
            if handed_on > 0 {
                write(tx, landing, said)?;
                calls::keep(tx, landing, said, now)?;
            }
            Ok(handed_on > 0)
        })
    }

    /// What the agents said of a landing; `None` where they have not been asked, or never will be.
    pub fn said(&self, landing: i64) -> Result<Option<Said>> {
        self.read(|tx| {
            let text: Option<String> = tx
                .prepare_cached("SELECT said FROM said WHERE landing_id = ?1")?
                .query_row([landing], |row| row.get(0))
                .optional()?;
            text.map(|text| from_json(&text)).transpose()
        })
    }

    /// The newest landing that the agents are through with, and what they said of it.
    pub fn last_said(&self) -> Result<Option<(i64, Said)>> {
        self.read(|tx| {
            let last: Option<(i64, String)> = tx
                .prepare_cached("SELECT landing_id, said FROM said ORDER BY landing_id DESC LIMIT 1")?
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            last.map(|(landing, text)| Ok((landing, from_json(&text)?))).transpose()
        })
    }

    /// Notes how long the analysis for a report took, s, and gives what is to be printed of all stages: what was noted first, because a
    /// report that is written again after a restart must be the same.
    pub fn report_took(&self, landing: i64, seconds: f64) -> Result<Seconds> {
        self.write(|tx| {
            tx.execute(
                "UPDATE landing SET report_s = coalesce(report_s, ?2) WHERE id = ?1",
                params![landing, seconds],
            )?;
            took(tx, landing)
        })
    }

    /// How long each stage of a landing took.
    pub fn took(&self, landing: i64) -> Result<Seconds> {
        self.read(|tx| took(tx, landing))
    }
}

fn took(tx: &Transaction<'_>, landing: i64) -> rusqlite::Result<Seconds> {
    tx.query_row("SELECT index_s, judge_s, agent_s, report_s FROM landing WHERE id = ?1", [landing], |row| {
        Ok(Seconds { ingest: row.get(0)?, judge: row.get(1)?, agent: row.get(2)?, report: row.get(3)? })
    })
}

fn write(tx: &Transaction<'_>, landing: i64, said: &Said) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO said (landing_id, said) VALUES (?1, ?2)")?
        .execute(params![landing, to_json(said)?])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use crate::dialogue::{Said, Standing};
    use crate::store::tests::store;
    use crate::store::{Judgement, LandingKind, Stage, Store};
    use jiff::{SignedDuration, Timestamp};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    /// A landing that waits for the agents, with news of these alerts.
    fn judged(store: &Store, alerts: &[i64]) -> i64 {
        let landing = store.open_landing(LandingKind::Live, &[], &[], NOW).unwrap();
        store.record_judgement(landing, &Judgement { seconds: 0.5, ..Judgement::default() }, NOW).unwrap();
        news(store, landing, alerts, false);
        landing
    }

    fn news(store: &Store, landing: i64, alerts: &[i64], shadow: bool) {
        for alert in alerts {
            let sql = format!(
                "INSERT INTO news (landing_id, alert_id, kind, shadow, series) VALUES ({landing}, {alert}, 'fired', {shadow}, '[]')"
            );
            store.write(|tx| tx.execute(&sql, []).map(drop)).unwrap();
        }
    }

    fn nothing_said(store: &Store, landing: i64) {
        assert!(store.keep_said(landing, &Said::nothing(Standing::Off), 1.5, NOW).unwrap());
    }

    fn queue(store: &Store) -> Vec<(i64, bool)> {
        store.waiting(NOW).unwrap().into_iter().map(|one| (one.landing.id, one.has_news)).collect()
    }

    fn next_report(store: &Store) -> Option<i64> {
        store.next_landing(Stage::Report, NOW).unwrap().map(|landing| landing.id)
    }

    #[test]
    fn news_comes_first_and_then_the_oldest() {
        let (_dir, store) = store();
        let (a, b, c, d) = (judged(&store, &[]), judged(&store, &[7]), judged(&store, &[]), judged(&store, &[8]));
        news(&store, c, &[9], true);
        assert_eq!(queue(&store), [(b, true), (d, true), (a, false), (c, false)]);
        [a, c, d].iter().for_each(|landing| nothing_said(&store, *landing));
        assert_eq!(queue(&store), [(b, true)]);
        assert_eq!(
            next_report(&store),
            Some(d),
            "another alert's mail does not wait, and comes before what is not urgent"
        );
    }

    #[test]
    fn a_mail_waits_for_the_mail_before_it_in_its_thread() {
        let (_dir, store) = store();
        let (first, second, other) = (judged(&store, &[7, 8]), judged(&store, &[8]), judged(&store, &[9]));
        nothing_said(&store, second);
        assert_eq!(next_report(&store), None);
        nothing_said(&store, other);
        assert_eq!(next_report(&store), Some(other));
        nothing_said(&store, first);
        assert_eq!(next_report(&store), Some(first));
        // One that fails holds up nobody.
        store.landing_failed(first, "no room", NOW + SignedDuration::from_secs(60)).unwrap();
        assert_eq!(next_report(&store), Some(second));
    }

    #[test]
    fn what_was_said_first_stays_and_so_do_the_seconds() {
        let (_dir, store) = store();
        let landing = judged(&store, &[]);
        assert_eq!((store.said(landing).unwrap(), store.last_said().unwrap()), (None, None));
        nothing_said(&store, landing);
        let late = Said { seconds: 7.0, ..Said::nothing(Standing::Used) };
        assert!(!store.keep_said(landing, &late, 2.5, NOW).unwrap());
        assert_eq!(store.said(landing).unwrap().map(|said| said.standing), Some(Standing::Off));
        assert_eq!(store.last_said().unwrap().map(|(of, _)| of), Some(landing));
        let took = store.report_took(landing, 0.25).unwrap();
        assert_eq!((took.ingest, took.judge, took.agent, took.report), (None, Some(0.5), Some(1.5), Some(0.25)));
        assert_eq!(store.took(landing).unwrap(), took);
        assert_eq!(store.report_took(landing, 0.75).unwrap(), took, "a report that is written again is the same");
    }

    #[test]
    fn a_landing_that_was_put_off_is_seen_and_not_due() {
        let (_dir, store) = store();
        let landing = judged(&store, &[]);
        store.landing_failed(landing, "locked", NOW + SignedDuration::from_secs(60)).unwrap();
        let waiting = store.waiting(NOW).unwrap();
        assert_eq!((waiting[0].landing.attempts, waiting[0].is_due), (1, false));
        // Put off for ever by a clock that has been put right since.
        store.landing_failed(landing, "locked", Timestamp::MAX).unwrap();
        assert!(store.waiting(NOW).unwrap()[0].is_due);
    }
}
