//! Health: what is wrong right now, a row a cause. Workers raise and clear causes; `status` shows them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

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
    /// Raises a cause; says whether it is new or its message says something else, so that it is logged once and not at every try. How long
    /// something took, how often it was tried or until when it waits differs each time: the newest stands there and is no news.
    pub fn complain(&self, cause: &str, message: &str, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            let before: Option<String> =
                tx.query_row("SELECT message FROM health WHERE cause = ?1", [cause], |row| row.get(0)).optional()?;
            tx.execute(
                "INSERT INTO health (cause, message, since_ns) VALUES (?1, ?2, ?3)
                 ON CONFLICT (cause) DO UPDATE SET message = ?2 WHERE message <> ?2",
                params![cause, message, nanos(now)],
            )?;
            Ok(before.is_none_or(|before| without_amounts(&before) != without_amounts(message)))
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
        self.read(|tx| tx.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional())
    }
}

/// Words behind a number that make it an amount of time or of tries.
const AMOUNTS: &[&str] = &["ns", "us", "µs", "ms", "s", "min", "h", "d", "second", "minute", "hour", "time", "try"];

/// The words of a message without amounts of time and tries, and without times of day. Other numbers, such as a status or a port, stay.
fn without_amounts(message: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in message.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_amount =
            AMOUNTS.contains(&bare.trim_end_matches("ies")) || AMOUNTS.contains(&bare.trim_end_matches('s'));
        if is_amount && words.last().is_some_and(|last| is_number(last)) {
            words.pop();
        } else if !is_amount_in_one(bare) {
            words.push(word);
        }
    }
    words
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit() || c == '.') && word.chars().any(|c| c.is_ascii_digit())
}

/// `1.5s`, `12:30:05`, `2026-11-22T12:30:05Z`.
fn is_amount_in_one(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_time =
        word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '-' | 'T' | 'Z'));
    rest.len() < word.len() && (AMOUNTS.contains(&rest) || is_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_seconds_alone_is_no_news_and_stands_there_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let said = |message: &str| store.complain("agents", message, Timestamp::UNIX_EPOCH).unwrap();
        assert!(said("m at http://127.0.0.1:1 was silent for 1.5 s, tried 2 times until 12:30:05."));
        let latest = "m at http://127.0.0.1:1 was silent for 61 s, tried 3 times until 2026-11-22T12:31:06Z.";
        assert!(!said(latest) && !said(latest));
        assert_eq!(store.complaints().unwrap()[0].message, latest);
        assert!(said("m at http://127.0.0.1:2 was silent for 61 s, tried 3 times until 12:31:06."));
        assert!(said("it answered 503") && said("it answered 500") && !said("it answered 500"));
    }
}
