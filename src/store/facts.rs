//! The ledgers of facts: what each landing's report rests on, kept with the commit that ends the landing.
//!
//! A ledger is one row, packed and deflated, with its hash beside it: one that does not hash to that is reported as damaged rather
//! than shown.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::landings::content_hash;
use super::{Result, Store, damaged, time, uint};
use crate::insight::Ledger;

/// No ledger is longer than this when it is unpacked, in bytes: one of 100,000 facts has some 20 MB.
const LONGEST: u64 = 256 << 20;

/// A landing as its report tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    pub landing: i64,
    /// The time of the report.
    pub at: Timestamp,
    /// New artifacts.
    pub artifacts: u64,
    /// Where the Markdown was written; `None` before that.
    pub path: Option<Vec<u8>>,
}

impl Store {
    /// The facts that a landing's report rests on; `None` where there is none yet.
    pub fn ledger(&self, landing: i64) -> Result<Option<Ledger>> {
        self.read(|tx| {
            let found = tx
                .prepare_cached("SELECT hash, facts FROM ledger WHERE landing_id = ?1")?
                .query_row([landing], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))
                .optional()?;
            let Some((hash, packed)) = found else { return Ok(None) };
            let ledger = unpacked(&packed)?;
            if ledger.hash() == content_hash(hash)? {
                Ok(Some(ledger))
            } else {
                Err(damaged(format!("the facts of landing {landing} are not those that were written")))
            }
        })
    }

    /// The landings that have, or will have, a report, the newest first; at most `limit` of them.
    pub fn reports(&self, limit: usize) -> Result<Vec<ReportRow>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|tx| select(tx, "ORDER BY id DESC LIMIT ?1", limit))
    }

    /// The newest landing that has its report.
    pub fn newest_report(&self) -> Result<Option<ReportRow>> {
        let newest = "AND report_path IS NOT NULL ORDER BY id DESC LIMIT ?1";
        self.read(|tx| select(tx, newest, 1).map(|rows| rows.into_iter().next()))
    }

    /// One landing that has, or will have, a report.
    pub fn report(&self, landing: i64) -> Result<Option<ReportRow>> {
        self.read(|tx| select(tx, "AND id = ?1", landing).map(|rows| rows.into_iter().next()))
    }
}

fn select(tx: &Transaction<'_>, which: &str, bound: i64) -> rusqlite::Result<Vec<ReportRow>> {
    let sql = "SELECT id, coalesce(judged_ns, opened_ns), artifacts, report_path FROM landing WHERE kind <> 'clock'";
    tx.prepare_cached(&format!("{sql} {which}"))?
        .query_map([bound], |row| {
            Ok(ReportRow {
                landing: row.get(0)?,
                at: time(row.get(1)?),
                artifacts: uint(row.get(2)?),
                path: row.get(3)?,
            })
        })?
        .collect()
}

/// Writes a landing's ledger. Written twice, the later one stays: they are equal unless the landing was analysed anew.
pub(super) fn write(tx: &Transaction<'_>, landing: i64, ledger: &Ledger) -> rusqlite::Result<()> {
    let packed = packed(ledger)?;
    tx.prepare_cached("INSERT OR REPLACE INTO ledger (landing_id, hash, facts) VALUES (?1, ?2, ?3)")?
        .execute(params![landing, ledger.hash().0, packed])
        .map(drop)
}

fn packed(ledger: &Ledger) -> rusqlite::Result<Vec<u8>> {
    let bytes = ledger.pack().map_err(|error| damaged(error.to_string()))?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let done = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    done.map_err(|error| damaged(error.to_string()))
}

fn unpacked(packed: &[u8]) -> rusqlite::Result<Ledger> {
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(packed).take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|error| damaged(format!("unreadable ledger of facts: {error}")))?;
    Ledger::unpack(&bytes).map_err(|error| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
    use crate::insight::tests::analysis;
    use crate::store::{FinishedReport, LandingKind, Store, StoreError};
    use jiff::Timestamp;

    #[test]
    fn the_ledger_is_kept_with_the_end_of_the_landing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let file = (RelPath::new("reports/a.csv"), ArtifactKind::Csv, FileStamp { size: 1, ..FileStamp::default() });
        let now = Timestamp::UNIX_EPOCH;
        let landing = store.open_landing(LandingKind::Live, &[file], &[], now).unwrap();
        assert_eq!((store.ledger(landing).unwrap(), store.newest_report().unwrap()), (None, None));
        let facts = analysis(false).ledger;
        let done = FinishedReport { path: Some(b"r.md"), facts: Some(&facts), ..FinishedReport::default() };
        store.finish_landing(landing, &done, now).unwrap();
        assert_eq!(store.ledger(landing).unwrap(), Some(facts));
        assert_eq!(store.newest_report().unwrap().unwrap().path, Some(b"r.md".to_vec()));
        assert_eq!(store.newest_report().unwrap(), store.report(landing).unwrap());
        store.lock().execute("UPDATE ledger SET hash = zeroblob(32)", []).unwrap();
        assert!(matches!(store.ledger(landing), Err(StoreError::Damaged { .. })));
    }
}
