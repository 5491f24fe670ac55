//! Requests: what the command line asks of a running daemon. A row each, applied by the daemon, so that the index has one writer
//! of consequence.

use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Result, Store, from_json, nanos, to_json};

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Make waiting mails due and revive refused ones.
    RetryMails,
    /// Move an alert.
    Alert { id: i64, command: AlertCommand, who: String, why: String },
}

/// What a person may do to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCommand {
    Acknowledge,
    Accept,
    Resolve,
}

impl Store {
    /// Leaves a request.
    pub fn ask(&self, request: &Request, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            let row = params![to_json(request)?, nanos(now)];
            tx.execute("INSERT INTO request (request, asked_ns) VALUES (?1, ?2)", row).map(drop)
        })
    }

    /// The requests that wait, oldest first, with the ids that [`answered`](Self::answered) takes.
    pub fn requests(&self) -> Result<Vec<(i64, Request)>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT id, request FROM request ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, from_json(&row.get::<_, String>(1)?)?)))?
                .collect()
        })
    }

    /// Strikes out a request that was applied. Applying one twice, after a kill in between, must do no harm.
    pub fn answered(&self, id: i64) -> Result<()> {
        self.write(|tx| tx.execute("DELETE FROM request WHERE id = ?1", [id]).map(drop))
    }
}
