//! Mails that are held back: by quiet hours, or by the cap on what one recipient gets in an hour. They are rows of the outbox like
//! others, in the state `held`, until they are let go as they are or carried by a digest; then they are `digested` and name the row that
//! carries them. Each step is one transaction, so that a process that dies anywhere has neither lost nor doubled one.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::{NewMail, Result, Store, nanos, outbox, time, uint};

/// What waits for one recipient of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub recipient: String,
    /// Mails that would go as soon as they are due.
    pub queued: u64,
    /// Mails that are held back.
    pub held: u64,
}

/// A mail that is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    pub id: i64,
    pub landing: i64,
    pub subject: String,
    pub text: String,
    /// Its bytes, as they would have gone.
    pub mime: Vec<u8>,
    /// When it was decided.
    pub created: Timestamp,
    /// Why it is held back, as [`Store::hold_mails`] was told.
    pub why: Option<String>,
}

impl Store {
    /// The recipients for whom mails wait that nobody has begun to hand over.
    pub fn mails_waiting(&self) -> Result<Vec<Waiting>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT recipient, sum(state = 'queued'), sum(state = 'held') FROM outbox
                 WHERE channel = 'mail' AND state IN ('queued', 'held') GROUP BY recipient ORDER BY recipient",
            )?
            .query_map([], |row| {
                Ok(Waiting { recipient: row.get(0)?, queued: uint(row.get(1)?), held: uint(row.get(2)?) })
            })?
            .collect()
        })
    }

    /// When the mails were sent that a recipient got since `since`, the oldest first, those included that are on their way. What was
    /// sent later than `now` was sent by a clock that has been put right, and does not count.
    pub fn mails_sent(&self, recipient: &str, since: Timestamp, now: Timestamp) -> Result<Vec<Timestamp>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT CASE state WHEN 'accepted' THEN finished_ns ELSE ?3 END AS sent FROM outbox
                 WHERE channel = 'mail' AND recipient = ?1
                   AND ((state = 'accepted' AND finished_ns > ?2 AND finished_ns <= ?3) OR state = 'data_started') ORDER BY sent",
            )?
            .query_map(params![recipient, nanos(since), nanos(now)], |row| row.get(0).map(time))?
            .collect()
        })
    }

    /// Holds back what is queued for a recipient and nobody has begun to hand over. `until` is when it will probably be let go, for
    /// people: what decides is the clock of that time.
    pub fn hold_mails(&self, recipient: &str, why: &str, until: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE outbox SET state = 'held', response = ?2, due_ns = ?3
                 WHERE channel = 'mail' AND state = 'queued' AND recipient = ?1",
            )?
            .execute(params![recipient, why, nanos(until)])
            .map(drop)
        })
    }

    /// Holds back the news that is queued for a recipient, for it to go with what is held already: what was refused for now goes no later
    /// than what came after it.
    pub fn gather_mails(&self, recipient: &str) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE outbox SET state = 'held', response = NULL
                 WHERE channel = 'mail' AND state = 'queued' AND purpose = 'news' AND recipient = ?1",
            )?
            .execute([recipient])
            .map(drop)
        })
    }

    /// What is held back for a recipient, the oldest first, no more than `most`.
    pub fn held_mails(&self, recipient: &str, most: usize) -> Result<Vec<HeldRow>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT id, landing_id, subject, text, created_ns, response, mime FROM outbox
                 WHERE channel = 'mail' AND state = 'held' AND recipient = ?1 ORDER BY id LIMIT ?2",
            )?
            .query_map(params![recipient, i64::try_from(most).unwrap_or(i64::MAX)], |row| {
                Ok(HeldRow {
                    id: row.get(0)?,
                    landing: row.get(1)?,
                    subject: row.get(2)?,
                    text: row.get(3)?,
                    created: time(row.get(4)?),
                    why: row.get(5)?,
                    mime: row.get(6)?,
                })
            })?
            .collect()
        })
    }

    /// Lets a mail go that was held back.
    pub fn release_mail(&self, id: i64, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE outbox SET state = 'queued', response = NULL, due_ns = ?2 WHERE id = ?1 AND state = 'held'",
            )?
            .execute(params![id, nanos(now)])
            .map(drop)
        })
    }

    /// Lets all mails of a recipient go that were held back.
    pub fn release_mails(&self, recipient: &str, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE outbox SET state = 'queued', response = NULL, due_ns = ?2
                 WHERE channel = 'mail' AND state = 'held' AND recipient = ?1",
            )?
            .execute(params![recipient, nanos(now)])
            .map(drop)
        })
    }

    /// Puts a digest of held mails, `(id, landing)`, into the outbox in their place. Threads that they opened are opened by the digest. Says
    /// whether it was done: not where one of them is held no more, for then the digest says too much.
    pub fn digest_mails(&self, digest: &NewMail, held: &[(i64, i64)], now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let Some(landing) = held.iter().map(|(_, landing)| *landing).max() else { return Ok(false) };
            if !all_held(tx, held)? {
                return Ok(false);
            }
            let Some(row) = outbox::insert(tx, (landing, "digest"), digest, now)? else { return Ok(false) };
            let mut carry = tx.prepare_cached(
                "UPDATE outbox SET state = 'digested', digest_id = ?2, finished_ns = ?3 WHERE id = ?1",
            )?;
            let mut about = tx.prepare_cached(
                "INSERT INTO outbox_alert (alert_id, outbox_id, is_end)
                 SELECT alert_id, ?2, is_end FROM outbox_alert WHERE outbox_id = ?1
                 ON CONFLICT DO UPDATE SET is_end = min(is_end, excluded.is_end)",
            )?;
            let mut thread = tx.prepare_cached(
                "UPDATE thread SET message_id = ?2
                 WHERE recipient = ?3 AND message_id = (SELECT message_id FROM outbox WHERE id = ?1)",
            )?;
            for (id, _) in held {
                thread.execute(params![id, digest.message_id, digest.recipient])?;
                about.execute([*id, row])?;
                carry.execute(params![id, row, nanos(now)])?;
            }
            Ok(true)
        })
    }
}

fn all_held(tx: &Transaction<'_>, held: &[(i64, i64)]) -> rusqlite::Result<bool> {
    let mut query = tx.prepare_cached("SELECT count(*) FROM outbox WHERE id = ?1 AND state = 'held'")?;
    for (id, _) in held {
        if query.query_row([id], |row| row.get::<_, i64>(0))? != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}
