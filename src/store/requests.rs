//! Requests: what the command line asks of a running daemon. A row each, applied by the daemon, so that the index has one writer
//! of consequence.

use jiff::Timestamp;
use rusqlite::params;

use super::{Result, Store, damaged, nanos};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Make waiting mails due and revive refused ones.
    RetryMails,
}

impl Request {
    fn as_str(self) -> &'static str {
        match self {
            Self::RetryMails => "retry_mails",
        }
    }

    fn from_word(word: &str) -> rusqlite::Result<Self> {
        [Self::RetryMails]
            .into_iter()
            .find(|request| request.as_str() == word)
            .ok_or_else(|| damaged(format!("request {word:?}")))
    }
}

impl Store {
    /// Leaves a request.
    pub fn ask(&self, request: Request, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.execute("INSERT INTO request (kind, asked_ns) VALUES (?1, ?2)", params![request.as_str(), nanos(now)])
                .map(drop)
        })
    }

    /// The requests that wait, oldest first, with the ids that [`answered`](Self::answered) takes.
    pub fn requests(&self) -> Result<Vec<(i64, Request)>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT id, kind FROM request ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, Request::from_word(&row.get::<_, String>(1)?)?)))?
                .collect()
        })
    }

    /// Strikes out a request that was applied. Applying one twice, after a kill in between, must do no harm.
    pub fn answered(&self, id: i64) -> Result<()> {
        self.write(|tx| tx.execute("DELETE FROM request WHERE id = ?1", [id]).map(drop))
    }
}
