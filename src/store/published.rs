//! Published reports: what each says in a line, the files that it stands in, and which of them have had their time.
//!
//! The rows about files are written before a landing ends and go after their files have gone, so that a process that dies in between knows
//! of a file too many rather than of one too few. That a file is still ours is for whoever touches it to find out.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::landings::content_hash;
use super::{Result, Store, int, nanos, time, uint};
use crate::domain::artifact::ContentHash;

/// A file of ours, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFile {
    /// Absolute.
    pub path: Vec<u8>,
    pub hash: ContentHash,
    /// Bytes.
    pub size: u64,
}

/// What a report says in a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gist {
    /// The first sentence, in Markdown.
    pub verdict: String,
    /// Series that got worse.
    pub worse: u64,
    /// Series that got better.
    pub better: u64,
    /// Series that are watched.
    pub watched: u64,
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub landing: i64,
    /// The time of the report.
    pub at: Timestamp,
    /// New artifacts.
    pub artifacts: u64,
    /// Where the Markdown was written, absolute. It need not be there any more.
    pub path: Vec<u8>,
    pub gist: Gist,
}

/// How long reports are kept; what no bound is set for stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many of the newest.
    pub count: Option<u64>,
    /// Those from then on.
    pub since: Option<Timestamp>,
}

impl Store {
    /// Notes what the report of a landing says, and the files that it was written to. Those of an earlier try that was cut off are known
    /// from then.
    pub fn record_report(&self, landing: i64, gist: &Gist, files: &[OwnFile]) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO gist (landing_id, verdict, worse, better, watched) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![landing, gist.verdict, int(gist.worse), int(gist.better), int(gist.watched)],
            )?;
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO published (path, landing_id, hash, size) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for file in files {
                insert.execute(params![file.path, landing, file.hash.0, int(file.size)])?;
            }
            Ok(())
        })
    }

    /// All reports that were written, the newest first.
    pub fn listed_reports(&self) -> Result<Vec<Listed>> {
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT l.id, coalesce(l.judged_ns, l.opened_ns), l.artifacts, l.report_path, g.verdict, g.worse, g.better, g.watched
                 FROM landing l JOIN gist g ON g.landing_id = l.id WHERE l.kind <> 'clock' AND l.report_path IS NOT NULL
                 ORDER BY l.id DESC",
            )?
            .query_map([], |row| {
                Ok(Listed {
                    landing: row.get(0)?,
                    at: time(row.get(1)?),
                    artifacts: uint(row.get(2)?),
                    path: row.get(3)?,
                    gist: Gist {
                        verdict: row.get(4)?,
                        worse: uint(row.get(5)?),
                        better: uint(row.get(6)?),
                        watched: uint(row.get(7)?),
                    },
                })
            })?
            .collect()
        })
    }

    /// The files of reports that are beyond any of these bounds, the oldest first. A landing that is not finished keeps its own.
    pub fn outlived(&self, keep: Keep) -> Result<Vec<OwnFile>> {
        self.read(|tx| {
            let oldest = keep.count.map(|count| oldest_kept(tx, count)).transpose()?.flatten();
            tx.prepare_cached(
                "SELECT p.path, p.hash, p.size FROM published p JOIN landing l ON l.id = p.landing_id
                 WHERE l.stage = 'done' AND (p.landing_id < ?1 OR coalesce(l.judged_ns, l.opened_ns) < ?2)
                 ORDER BY p.landing_id, p.path",
            )?
            .query_map(params![oldest, keep.since.map(nanos)], |row| {
                Ok(OwnFile { path: row.get(0)?, hash: content_hash(row.get(1)?)?, size: uint(row.get(2)?) })
            })?
            .collect()
        })
    }

    /// Forgets files that are gone, or no longer ours.
    pub fn forget_published(&self, paths: &[Vec<u8>]) -> Result<()> {
        self.write(|tx| {
            let mut delete = tx.prepare_cached("DELETE FROM published WHERE path = ?1")?;
            paths.iter().try_for_each(|path| delete.execute([path]).map(drop))
        })
    }
}

/// The oldest of the newest `count` landings whose reports still stand; every one before it has had its time. All when none is kept.
fn oldest_kept(tx: &Transaction<'_>, count: u64) -> rusqlite::Result<Option<i64>> {
    if count == 0 {
        return Ok(Some(i64::MAX));
    }
    tx.query_row(
        "SELECT min(landing_id) FROM (SELECT DISTINCT landing_id FROM published ORDER BY landing_id DESC LIMIT ?1)",
        [int(count)],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
    use crate::store::tests::store;
    use crate::store::{FinishedReport, LandingKind};
    use jiff::SignedDuration;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn file(name: &str) -> OwnFile {
        OwnFile { path: name.into(), hash: ContentHash::of(name.as_bytes()), size: 7 }
    }

    /// A landing whose report is two files; the older ones of them are finished.
    fn reported(store: &Store, hours: i64, finished: bool) -> i64 {
        let at = NOW + SignedDuration::from_hours(hours);
        let csv = (RelPath::new(format!("reports/{hours}.csv")), ArtifactKind::Csv, FileStamp::default());
        let landing = store.open_landing(LandingKind::Live, &[csv], &[], at).unwrap();
        let name = format!("/r/{hours}.md");
        let gist = Gist { verdict: format!("of hour {hours}"), worse: 1, better: 2, watched: 3 };
        let files = [file(&name), file(&format!("/r/{hours}.html"))];
        store.record_report(landing, &gist, &files).unwrap();
        // A try after a cut-off one.
        store.record_report(landing, &gist, &files).unwrap();
        if finished {
            let done = FinishedReport { path: Some(name.as_bytes()), ..FinishedReport::default() };
            store.finish_landing(landing, &done, at).unwrap();
        }
        landing
    }

    fn names(files: &[OwnFile]) -> Vec<String> {
        files.iter().map(|file| String::from_utf8(file.path.clone()).unwrap()).collect()
    }

    #[test]
    fn reports_outlive_their_bounds_and_unfinished_ones_do_not() {
        let (_dir, store) = store();
        for hour in 1..=3 {
            reported(&store, hour, true);
        }
        reported(&store, 4, false);
        let outlived = |count, hours: Option<i64>| {
            let since = hours.map(|hours| NOW + SignedDuration::from_hours(hours));
            names(&store.outlived(Keep { count, since }).unwrap())
        };
        assert!(outlived(None, None).is_empty() && outlived(Some(9), Some(1)).is_empty());
        assert_eq!(outlived(Some(3), None), ["/r/1.html", "/r/1.md"]);
        assert_eq!(outlived(None, Some(2)), ["/r/1.html", "/r/1.md"]);
        assert_eq!(outlived(Some(3), Some(3)), ["/r/1.html", "/r/1.md", "/r/2.html", "/r/2.md"]);
        assert_eq!(outlived(Some(1), Some(9)).len(), 6, "the landing that is not finished keeps its report");
        store.forget_published(&[b"/r/1.html".to_vec(), b"/r/1.md".to_vec(), b"/r/none".to_vec()]).unwrap();
        assert!(outlived(Some(3), Some(2)).is_empty());
    }

    #[test]
    fn what_a_report_says_stays_when_its_files_go() {
        let (_dir, store) = store();
        let (first, second) = (reported(&store, 1, true), reported(&store, 2, true));
        reported(&store, 3, false);
        store.forget_published(&[b"/r/1.md".to_vec()]).unwrap();
        let listed = store.listed_reports().unwrap();
        assert_eq!(listed.iter().map(|row| row.landing).collect::<Vec<_>>(), [second, first]);
        let row = &listed[1];
        assert_eq!((row.path.as_slice(), row.gist.verdict.as_str()), (&b"/r/1.md"[..], "of hour 1"));
        assert_eq!((row.gist.worse, row.gist.better, row.gist.watched, row.artifacts), (1, 2, 3, 1));
    }
}
