//! Requests: what the command line asks of a running daemon. A row each, applied by the daemon, so that the index has one writer
//! of consequence; the row carries the answer back.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{Result, Store, from_json, nanos, to_json};

/// An answer is kept so long for whoever asked: longer than anybody waits.
const KEPT: Duration = Duration::from_secs(3600);

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Make waiting mails due and revive refused ones: these rows of the outbox, or all when there are none.
    RetryMails { ids: Vec<i64> },
    /// Move alerts; with `group`, those that were opened with them too.
    Alerts { ids: Vec<i64>, group: bool, command: AlertCommand, who: String, why: String },
    /// Ask models again that answered a person: they need not rest any longer. `names` are those of the memory; `all` says that every agent
    /// that is to be asked has answered.
    AgentsAnswer { names: Vec<String>, all: bool },
    /// Leave runs out of their histories, or have them count again.
    Runs { runs: Vec<i64>, excludes: bool, who: String, why: String },
}

/// What a person may do to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCommand {
    Acknowledge,
    Silence { until: Timestamp },
    Unsilence,
    Accept,
    Resolve,
}

/// What came of a request: a word for each thing that it was about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    pub words: Vec<Word>,
}

/// What came of one thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Whether it was done.
    pub met: bool,
    /// For people; where it was not done, with what to do instead.
    pub told: String,
    /// The alert that it is about, and its state now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl Store {
    /// Leaves a request; its number is what [`answer_to`](Self::answer_to) takes.
    pub fn ask(&self, request: &Request, now: Timestamp) -> Result<i64> {
        self.write(|tx| {
            let row = params![to_json(request)?, nanos(now)];
            tx.execute("INSERT INTO request (request, asked_ns) VALUES (?1, ?2)", row)?;
            Ok(tx.last_insert_rowid())
        })
    }

    /// The requests that wait, oldest first, with their numbers; `None` for one that another version of the program has left.
    pub fn requests(&self) -> Result<Vec<(i64, Option<Request>)>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT id, request FROM request WHERE answer IS NULL ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, from_json(&row.get::<_, String>(1)?).ok())))?
                .collect()
        })
    }

    /// Answers a request that was not answered together with what it changed. Applying one twice, after a kill in between, must do no
    /// harm.
    pub fn answered(&self, id: i64, answer: &Answer, now: Timestamp) -> Result<()> {
        self.write(|tx| self::answer(tx, id, &to_json(answer)?, now))
    }

    /// The answer to a request; `None` while there is none.
    pub fn answer_to(&self, id: i64) -> Result<Option<Answer>> {
        self.read(|tx| {
            let text: Option<Option<String>> = tx
                .prepare_cached("SELECT answer FROM request WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            text.flatten().map(|text| from_json(&text)).transpose()
        })
    }
}

impl Answer {
    /// As the row of the request keeps it.
    ///
    /// # Errors
    /// Never, for an answer that this program made.
    pub fn encode(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Of one thing that was done, or not.
    pub fn one(met: bool, told: String) -> Self {
        Self { words: vec![Word { met, told, alert: None, state: None }] }
    }
}

/// Answers a request; part of the transaction of what it changed. Old answers go.
pub(super) fn answer(tx: &Transaction<'_>, id: i64, answer: &str, now: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE request SET answer = ?2, answered_ns = ?3 WHERE id = ?1")?.execute(params![
        id,
        answer,
        nanos(now)
    ])?;
    let kept = SignedDuration::try_from(KEPT).unwrap_or(SignedDuration::ZERO);
    let old = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
    tx.prepare_cached("DELETE FROM request WHERE answered_ns < ?1")?.execute([nanos(old)]).map(drop)
}
