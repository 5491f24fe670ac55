//! Health: what is wrong right now, a row a cause. Workers raise and clear causes; `status` shows them.

use jiff::Timestamp;
use rusqlite::params;

use super::{Result, Store, nanos, time};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// A stable name: `watch`, `report`, `mail to …`.
    pub cause: String,
    /// What is wrong and what mends it.
    pub message: String,
    /// Since when.
    pub since: Timestamp,
}

impl Store {
    /// Raises a cause; says whether it is new or its message has changed, so that it is logged once and not at every try.
    pub fn complain(&self, cause: &str, message: &str, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let changed = tx.execute(
                "INSERT INTO health (cause, message, since_ns) VALUES (?1, ?2, ?3)
                 ON CONFLICT (cause) DO UPDATE SET message = ?2 WHERE message <> ?2",
                params![cause, message, nanos(now)],
            )?;
            Ok(changed > 0)
        })
    }

    /// Clears a cause; says whether it stood.
    pub fn well_again(&self, cause: &str) -> Result<bool> {
        self.write(|tx| Ok(tx.execute("DELETE FROM health WHERE cause = ?1", [cause])? > 0))
    }

    /// Forgets all causes: a daemon that starts finds out for itself what is wrong now.
    pub fn forget_complaints(&self) -> Result<()> {
        self.write(|tx| tx.execute("DELETE FROM health", []).map(drop))
    }

    /// All that is wrong, by cause.
    pub fn complaints(&self) -> Result<Vec<Complaint>> {
        self.read(|tx| {
            tx.prepare_cached("SELECT cause, message, since_ns FROM health ORDER BY cause")?
                .query_map([], |row| {
                    Ok(Complaint { cause: row.get(0)?, message: row.get(1)?, since: time(row.get(2)?) })
                })?
                .collect()
        })
    }

    /// Notes a fact about the daemon (`daemon_pid`, `daemon_ready`).
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                [key, value],
            )
            .map(drop)
        })
    }

    /// Reads what [`set_meta`](Self::set_meta) noted.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        use rusqlite::OptionalExtension;
        self.read(|tx| tx.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional())
    }
}
