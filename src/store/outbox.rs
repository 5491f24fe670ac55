//! The outbox: mails that are decided but not yet accepted by the mail server. One row a recipient, frozen bytes. What is posted to a
//! webhook goes the same way: a row each, whose channel says so.
//!
//! The order of commits is what keeps the promise: a row is written with the report; `data_started` is committed before the
//! body goes out; `accepted` only after the server's 250. A process that dies between the last two sends the same bytes with the
//! same Message-ID again, which is the one window in which a mail can come twice.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Result, Store, alerts, beyond, damaged, nanos, pacing, time};

/// The rows `o` that wait and no earlier one holds up: of the mails that tell one recipient of one alert none overtakes another, so that
/// nobody hears the end before the beginning. Other recipients, and news of other alerts, pass by.
const IN_TURN: &str = "o.state IN ('queued', 'data_started') AND NOT EXISTS (
    SELECT 1 FROM outbox_alert mine
    JOIN outbox_alert before ON before.alert_id = mine.alert_id AND before.outbox_id < mine.outbox_id
    JOIN outbox e ON e.id = before.outbox_id
    WHERE mine.outbox_id = o.id AND e.recipient = o.recipient AND e.state IN ('queued', 'data_started', 'held'))";

/// No pause between two tries of a mail is as long as this.
const FURTHEST_DUE: Duration = Duration::from_secs(2 * 3600);

/// Where a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailState {
    Queued,
    DataStarted,
    Accepted,
    Dead,
    /// Kept back by quiet hours or by the cap on mails an hour.
    Held,
    /// Went with another row, which carries several that were held.
    Digested,
}

impl MailState {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::DataStarted => "data_started",
            Self::Accepted => "accepted",
            Self::Dead => "dead",
            Self::Held => "held",
            Self::Digested => "digested",
        }
    }

    fn from_word(word: &str) -> rusqlite::Result<Self> {
        [Self::Queued, Self::DataStarted, Self::Accepted, Self::Dead, Self::Held, Self::Digested]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| damaged(format!("mail state {word:?}")))
    }
}

/// By which way a row of the outbox leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// To the mail server, or into the directory of mails: the recipient is a bare address, the bytes are MIME.
    Mail,
    /// To a webhook: the recipient is `webhook:` and its name, the bytes are the JSON body.
    Webhook,
}

impl Channel {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    fn from_word(word: &str) -> rusqlite::Result<Self> {
        [Self::Mail, Self::Webhook]
            .into_iter()
            .find(|channel| channel.as_str() == word)
            .ok_or_else(|| damaged(format!("channel {word:?}")))
    }
}

/// A mail that was just decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    pub channel: Channel,
    pub recipient: String,
    /// Without angle brackets.
    pub message_id: String,
    /// The envelope's sender.
    pub sender: String,
    pub subject: String,
    /// What a digest of held mails repeats of it: the text part. Empty where nothing is ever held.
    pub text: String,
    pub mime: Vec<u8>,
    /// Alerts that it tells of, each once: it opens or continues their threads for the recipient.
    pub opens: Vec<i64>,
}

/// A mail that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMail {
    pub id: i64,
    pub channel: Channel,
    pub recipient: String,
    pub message_id: String,
    pub sender: String,
    pub mime: Vec<u8>,
    /// Failed tries so far.
    pub attempts: u32,
    /// Whether an earlier try ended without an answer, so that it may have been taken.
    pub in_doubt: bool,
}

/// A line of the outbox for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: i64,
    pub landing: i64,
    pub channel: Channel,
    pub recipient: String,
    pub message_id: String,
    pub subject: String,
    pub state: MailState,
    pub attempts: u32,
    pub due: Timestamp,
    pub created: Timestamp,
    /// The server's last word.
    pub response: Option<String>,
}

impl Store {
    /// The due mail that was tried least often, of these the one that has waited longest; `None` when none is due. A mail at which
    /// the server breaks off every conversation so comes behind the others and does not keep them back, but for those that go on with
    /// what it tells the same recipient. A due time further off than
    /// any pause between tries was set by a clock that has been put right since.
    pub fn next_mail(&self, now: Timestamp) -> Result<Option<QueuedMail>> {
        self.read(|tx| {
            tx.prepare_cached(&format!(
                "SELECT id, recipient, message_id, sender, mime, attempts, channel, state = 'data_started' FROM outbox o
                 WHERE {IN_TURN} AND (due_ns <= ?1 OR due_ns > ?2) ORDER BY attempts, due_ns, id LIMIT 1"
            ))?
            .query_row([nanos(now), beyond(now, FURTHEST_DUE)], |row| {
                Ok(QueuedMail {
                    id: row.get(0)?,
                    recipient: row.get(1)?,
                    message_id: row.get(2)?,
                    sender: row.get(3)?,
                    mime: row.get(4)?,
                    attempts: row.get(5)?,
                    channel: Channel::from_word(&row.get::<_, String>(6)?)?,
                    in_doubt: row.get(7)?,
                })
            })
            .optional()
        })
    }

    /// When the next mail is due, now or later; `None` when none waits.
    pub fn next_mail_due(&self) -> Result<Option<Timestamp>> {
        self.read(|tx| {
            tx.query_row(&format!("SELECT min(due_ns) FROM outbox o WHERE {IN_TURN}"), [], |row| {
                Ok(row.get::<_, Option<i64>>(0)?.map(time))
            })
        })
    }

    /// Notes that the body is about to go out.
    pub fn mail_data_started(&self, id: i64) -> Result<()> {
        self.write(|tx| tx.execute("UPDATE outbox SET state = 'data_started' WHERE id = ?1", [id]).map(drop))
    }

    /// Notes that the server accepted the mail, and that the alerts whose thread it opened are known to people.
    pub fn mail_accepted(&self, mail: &QueuedMail, response: &str, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET state = 'accepted', response = ?2, finished_ns = ?3 WHERE id = ?1",
                params![mail.id, response, nanos(now)],
            )?;
            alerts::announce(tx, &mail.message_id)
        })
    }

    /// Notes that a try failed; the mail is due again at `due`. `in_doubt`: it may have been taken all the same, so that it must go out
    /// again as it is.
    pub fn mail_deferred(&self, id: i64, reason: &str, in_doubt: bool, due: Timestamp) -> Result<()> {
        let state = if in_doubt { MailState::DataStarted } else { MailState::Queued };
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET state = ?2, attempts = attempts + 1, response = ?3, due_ns = ?4 WHERE id = ?1",
                params![id, state.as_str(), reason, nanos(due)],
            )
            .map(drop)
        })
    }

    /// Puts off until `due` whatever waits to go the same way as `mail`: its mail server, or its webhook, cannot be used now, so that
    /// trying the others would only wait in vain.
    pub fn mails_put_off(&self, mail: &QueuedMail, due: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET due_ns = max(due_ns, ?1) WHERE state IN ('queued', 'data_started')
                 AND channel = ?2 AND (channel = 'mail' OR recipient = ?3)",
                params![nanos(due), mail.channel.as_str(), mail.recipient],
            )
            .map(drop)
        })
    }

    /// Notes that the server refused the mail for good. What waits to tell the same recipient no more than the end of what they so
    /// never hear of is not sent either; another try of both brings them in order.
    pub fn mail_dead(&self, id: i64, reason: &str, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET state = 'dead', attempts = attempts + 1, response = ?2, finished_ns = ?3 WHERE id = ?1",
                params![id, reason, nanos(now)],
            )?;
            tx.execute(
                "UPDATE outbox SET state = 'dead', finished_ns = ?2,
                     response = 'it tells the end of what mail ' || ?1 || ' would have told, which was refused for good'
                 WHERE state IN ('queued', 'held') AND purpose = 'news' AND id > ?1
                   AND recipient = (SELECT recipient FROM outbox WHERE id = ?1)
                   AND id IN (SELECT outbox_id FROM outbox_alert
                              WHERE alert_id IN (SELECT alert_id FROM outbox_alert WHERE outbox_id = ?1))
                   AND NOT EXISTS (
                       SELECT 1 FROM outbox_alert a WHERE a.outbox_id = outbox.id AND (NOT a.is_end OR EXISTS (
                           SELECT 1 FROM thread t JOIN outbox f ON f.message_id = t.message_id
                           WHERE t.alert_id = a.alert_id AND t.recipient = outbox.recipient AND f.state <> 'dead')))",
                params![id, nanos(now)],
            )
            .map(drop)
        })
    }

    /// Makes every waiting mail due now and revives the dead ones; says how many there are. What is held back stays so.
    pub fn retry_mails(&self, now: Timestamp) -> Result<u64> {
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET state = CASE state WHEN 'dead' THEN 'queued' ELSE state END, due_ns = ?1, finished_ns = NULL
                 WHERE state NOT IN ('accepted', 'held', 'digested')",
                [nanos(now)],
            )
            .map(|changed| changed as u64)
        })
    }

    /// Makes one waiting mail due now, or revives it; where it is, if it has nothing to wait for, or `None` when there is no such row.
    pub fn retry_mail(&self, id: i64, now: Timestamp) -> Result<Option<MailState>> {
        self.write(|tx| {
            let state: Option<String> =
                tx.query_row("SELECT state FROM outbox WHERE id = ?1", [id], |row| row.get(0)).optional()?;
            let Some(state) = state.as_deref().map(MailState::from_word).transpose()? else { return Ok(None) };
            if matches!(state, MailState::Queued | MailState::DataStarted | MailState::Dead) {
                tx.execute(
                    "UPDATE outbox SET state = CASE state WHEN 'dead' THEN 'queued' ELSE state END, due_ns = ?2, finished_ns = NULL
                     WHERE id = ?1",
                    [id, nanos(now)],
                )?;
            }
            Ok(Some(state))
        })
    }

    /// What is wrong with the way to a recipient by its rows: what was refused for good and what was refused for now, the newest of them, those
    /// for good first; `None` when there is nothing.
    pub fn undelivered(&self, recipient: &str) -> Result<Option<(MailState, String)>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT state, coalesce(response, '') FROM outbox
                 WHERE recipient = ?1 AND (state = 'dead' OR (state IN ('queued', 'data_started') AND attempts > 0))
                 ORDER BY state = 'dead' DESC, id DESC LIMIT 1",
            )?
            .query_row([recipient], |row| Ok((MailState::from_word(&row.get::<_, String>(0)?)?, row.get(1)?)))
            .optional()
        })
    }

    /// The outbox for people, newest first.
    pub fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT id, landing_id, recipient, message_id, subject, state, attempts, due_ns, created_ns, response, channel FROM outbox
                 ORDER BY id DESC LIMIT ?1",
            )?
            .query_map([limit], outbox_row)?
            .collect()
        })
    }

    /// The mails that a landing decided, in recipient order.
    pub fn landing_mails(&self, landing: i64) -> Result<Vec<OutboxRow>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT id, landing_id, recipient, message_id, subject, state, attempts, due_ns, created_ns, response, channel FROM outbox
                 WHERE landing_id = ?1 ORDER BY recipient",
            )?
            .query_map([landing], outbox_row)?
            .collect()
        })
    }

    /// Who was told of an alert, or will be: recipients as their rows have them, in alphabetical order, each with whether the mail was
    /// refused for good, so that they know nothing.
    pub fn thread_recipients(&self, alert: i64) -> Result<Vec<(String, bool)>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT t.recipient, coalesce(o.state = 'dead', 0) FROM thread t LEFT JOIN outbox o ON o.message_id = t.message_id
                 WHERE t.alert_id = ?1 ORDER BY t.recipient",
            )?
            .query_map([alert], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }

    /// The Message-ID of the mail that opened each alert's thread for a recipient, oldest first; none of one that was refused for good.
    pub fn thread(&self, alerts: &[i64], recipient: &str) -> Result<Vec<String>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(
                "SELECT message_id FROM thread t WHERE alert_id = ?1 AND recipient = ?2
                     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = t.message_id AND o.state = 'dead')",
            )?;
            let mut ids = Vec::new();
            for alert in alerts {
                let found: Option<String> = query.query_row(params![alert, recipient], |row| row.get(0)).optional()?;
                ids.extend(found.filter(|id| !ids.contains(id)));
            }
            Ok(ids)
        })
    }
}

#[cfg(test)]
mod tests;

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: row.get(0)?,
        landing: row.get(1)?,
        recipient: row.get(2)?,
        message_id: row.get(3)?,
        subject: row.get(4)?,
        state: MailState::from_word(&row.get::<_, String>(5)?)?,
        attempts: row.get(6)?,
        due: time(row.get(7)?),
        created: time(row.get(8)?),
        response: row.get(9)?,
        channel: Channel::from_word(&row.get::<_, String>(10)?)?,
    })
}

/// Puts decided mails into the outbox; part of the transaction that ends a landing. A mail that stands there already stays.
pub(super) fn queue(
    tx: &Transaction<'_>,
    (landing, purpose): (i64, &str),
    mails: &[NewMail],
    now: Timestamp,
) -> rusqlite::Result<()> {
    for mail in mails {
        let row = insert(tx, (landing, purpose), mail, now)?;
        if let Some(row) = row {
            about(tx, row, landing, &mail.opens)?;
        }
        for alert in &mail.opens {
            pacing::told(tx, *alert, (&mail.recipient, &mail.message_id), now)?;
        }
    }
    Ok(())
}

/// Notes which alerts a row tells of.
fn about(tx: &Transaction<'_>, row: i64, landing: i64, alerts: &[i64]) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO outbox_alert (alert_id, outbox_id, is_end)
         SELECT ?1, ?2, coalesce(min(kind = 'resolved'), 0) FROM news
         WHERE alert_id = ?1 AND NOT shadow AND (landing_id = ?3 OR told_in = 0)",
    )?;
    alerts.iter().try_for_each(|alert| insert.execute([*alert, row, landing]).map(drop))
}

/// Puts one row into the outbox and gives its number; `None` where it stands there already.
pub(super) fn insert(
    tx: &Transaction<'_>,
    (landing, purpose): (i64, &str),
    mail: &NewMail,
    now: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let inserted = tx
        .prepare_cached(
        "INSERT OR IGNORE INTO outbox
             (landing_id, channel, recipient, message_id, sender, subject, text, mime, state, due_ns, created_ns, purpose)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', ?9, ?9, ?10)",
    )?
    .execute(params![
        landing,
        mail.channel.as_str(),
        mail.recipient,
        mail.message_id,
        mail.sender,
        mail.subject,
        mail.text,
        mail.mime,
        nanos(now),
        purpose
    ])?;
    Ok((inserted > 0).then(|| tx.last_insert_rowid()))
}
