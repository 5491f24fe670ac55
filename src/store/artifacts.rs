//! Artifacts and roots: what is known of each file, so that a scan can tell what is new.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Result, Store, damaged, int, nanos, uint};
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
use jiff::Timestamp;

impl Known {
    /// Whether the file was there when the index last heard of it.
    pub fn is_there(&self) -> bool {
        self.state != KnownState::Gone
    }
}

/// What the index has decided about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownState {
    /// Seen, not complete yet.
    Pending,
    /// Waits in a landing to be read.
    Landed,
    /// Read.
    Indexed,
    /// Read and refused.
    Failed,
    /// A report of this program.
    Ours,
    /// Read, and no artifact: it might have held results, by its name, and holds none that the readers know.
    Unrecognised,
    /// No longer there.
    Gone,
}

impl KnownState {
    fn from_word(word: &str) -> rusqlite::Result<Self> {
        Ok(match word {
            "pending" => Self::Pending,
            "landed" => Self::Landed,
            "indexed" => Self::Indexed,
            "failed" => Self::Failed,
            "ours" => Self::Ours,
            "unrecognised" => Self::Unrecognised,
            "gone" => Self::Gone,
            other => return Err(damaged(format!("artifact state {other:?}"))),
        })
    }

    /// Whether content with an unchanged stamp needs no second look.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Landed | Self::Indexed | Self::Failed | Self::Ours | Self::Unrecognised)
    }
}

/// A file as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The stamp of the content for which the state was decided.
    pub stamp: FileStamp,
    pub state: KnownState,
}

impl Store {
    /// Every file that the index knows.
    pub fn known(&self) -> Result<Vec<(RelPath, Known)>> {
        self.read(|tx| {
            let mut query = tx.prepare(
                "SELECT d.path || f.name, f.state, f.dev, f.ino, f.size, f.mtime_ns, f.ctime_ns
                 FROM directory d JOIN file f ON f.directory_id = d.id WHERE f.state <> 'virtual'",
            )?;
            query
                .query_map([], |row| {
                    let state: String = row.get(1)?;
                    let known = Known { stamp: stamp(row, 2)?, state: KnownState::from_word(&state)? };
                    Ok((RelPath::new(path(row, 0)?), known))
                })?
                .collect()
        })
    }

    /// The files below a directory that were there when the index last heard of them.
    pub fn there_below(&self, dir: &RelPath) -> Result<Vec<RelPath>> {
        // The directory itself, and all that begins with it and its slash: these sort before it with the byte after the slash.
        let [from, to] = [b'/', b'/' + 1].map(|end| [dir.as_bytes(), &[end]].concat());
        self.read(|tx| {
            tx.prepare_cached(
                "SELECT d.path || f.name FROM directory d JOIN file f ON f.directory_id = d.id
                 WHERE d.path >= ?1 AND d.path < ?2 AND f.state <> 'gone'",
            )?
            .query_map([from, to], |row| path(row, 0).map(RelPath::new))?
            .collect()
        })
    }

    /// Notes files that were seen and may not be complete, so that `status` can tell. What is decided for this very stamp stays.
    pub fn note_pending(&self, files: &[(RelPath, ArtifactKind, FileStamp)]) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for (path, kind, stamp) in files {
                if needs_reading(tx, path, stamp)? {
                    let _ = upsert(tx, path, *kind, stamp, "pending")?;
                }
            }
            Ok(())
        })
    }

    /// Those of `files` that the index has not decided about in their present state.
    pub fn undecided(
        &self,
        files: &[(RelPath, ArtifactKind, FileStamp)],
    ) -> Result<Vec<(RelPath, ArtifactKind, FileStamp)>> {
        self.read(|tx| {
            let mut undecided = Vec::with_capacity(files.len());
            for file in files {
                if needs_reading(tx, &file.0, &file.2)? {
                    undecided.push(file.clone());
                }
            }
            Ok(undecided)
        })
    }

    /// Records a file that never became complete as failed; says whether that is news. One that might have held results, and never
    /// did, is no artifact then.
    pub fn give_up(&self, path: &RelPath, reason: &str) -> Result<bool> {
        self.write(|tx| {
            let (dir, name) = split(path);
            let failed = tx
                .prepare_cached(
                    "UPDATE file SET error = ?3,
                         state = CASE WHEN kind = 'other' AND version_id IS NULL THEN 'unrecognised' ELSE 'failed' END
                     WHERE directory_id = (SELECT id FROM directory WHERE path = ?1) AND name = ?2 AND state = 'pending'
                     RETURNING state = 'failed'",
                )?
                .query_row(params![dir, name, reason], |row| row.get(0))
                .optional()?;
            Ok(failed.unwrap_or(false))
        })
    }

    /// Notes that files have gone. Their history stays; what was pending or failed is no longer either, and what never was an artifact
    /// is forgotten.
    pub fn mark_gone(&self, paths: &[RelPath]) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let mut forget = tx.prepare_cached(
                "DELETE FROM file WHERE directory_id = (SELECT id FROM directory WHERE path = ?1) AND name = ?2
                     AND kind = 'other' AND version_id IS NULL
                     AND NOT EXISTS (SELECT 1 FROM landing_item WHERE artifact_id = file.id)",
            )?;
            let mut update = tx.prepare_cached(
                "UPDATE file SET state = 'gone', error = NULL
                 WHERE directory_id = (SELECT id FROM directory WHERE path = ?1) AND name = ?2",
            )?;
            paths.iter().map(split).try_for_each(|(dir, name)| {
                forget.execute([dir, name])?;
                update.execute([dir, name]).map(drop)
            })
        })
    }

    /// Says which readers are at work from now on. When they are others than before, the files in which those saw no results are to be
    /// read again; the answer is how many.
    pub fn readers(&self, readers: &str) -> Result<u64> {
        self.write(|tx| {
            let before: Option<String> = tx
                .prepare_cached("SELECT value FROM meta WHERE key = 'readers'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            if before.as_deref() == Some(readers) {
                return Ok(0);
            }
            tx.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('readers', ?1)", [readers])?;
            tx.execute("UPDATE file SET unrecognised_hash = NULL WHERE unrecognised_hash IS NOT NULL", [])?;
            let again =
                tx.execute("UPDATE file SET state = 'pending', error = NULL WHERE state = 'unrecognised'", [])?;
            Ok(again as u64)
        })
    }

    /// Names of those roots, given by name and place, whose first scan is not over yet.
    pub fn unscanned_roots(&self, roots: &[(Vec<u8>, Vec<u8>)]) -> Result<Vec<Vec<u8>>> {
        self.write(|tx| {
            let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO root (name, place) VALUES (?1, ?2)")?;
            let mut moved =
                tx.prepare_cached("UPDATE root SET place = ?2, first_scan_ns = NULL WHERE name = ?1 AND place <> ?2")?;
            let mut query = tx.prepare_cached("SELECT first_scan_ns IS NULL FROM root WHERE name = ?1")?;
            let mut unscanned = Vec::new();
            for (name, place) in roots {
                insert.execute([name, place])?;
                moved.execute([name, place])?;
                if query.query_row([name], |row| row.get::<_, bool>(0))? {
                    unscanned.push(name.clone());
                }
            }
            Ok(unscanned)
        })
    }

    /// Remembers that the first scan of these roots is over and found nothing to land.
    pub fn roots_scanned(&self, names: &[Vec<u8>], now: Timestamp) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        self.write(|tx| mark_scanned(tx, names, now))
    }
}

/// Whether the index has yet to decide about the file in this state.
fn needs_reading(tx: &Transaction<'_>, path: &RelPath, now: &FileStamp) -> rusqlite::Result<bool> {
    let (dir, name) = split(path);
    let known: Option<(FileStamp, String)> = tx
        .prepare_cached(
            "SELECT dev, ino, size, mtime_ns, ctime_ns, state FROM file
             WHERE directory_id = (SELECT id FROM directory WHERE path = ?1) AND name = ?2",
        )?
        .query_row([dir, name], |row| Ok((stamp(row, 0)?, row.get(5)?)))
        .optional()?;
    Ok(match known {
        Some((stamp, state)) => stamp != *now || !KnownState::from_word(&state)?.is_decided(),
        None => true,
    })
}

/// Marks roots whose first scan is over; the first time stays.
pub(super) fn mark_scanned(tx: &Transaction<'_>, names: &[Vec<u8>], now: Timestamp) -> rusqlite::Result<()> {
    let mut update =
        tx.prepare_cached("UPDATE root SET first_scan_ns = ?2 WHERE name = ?1 AND first_scan_ns IS NULL")?;
    names.iter().try_for_each(|name| update.execute(params![name, nanos(now)]).map(drop))
}

/// Writes what was seen of a file; gives its number.
pub(super) fn upsert(
    tx: &Transaction<'_>,
    path: &RelPath,
    kind: ArtifactKind,
    stamp: &FileStamp,
    state: &str,
) -> rusqlite::Result<i64> {
    let (dir, name) = split(path);
    tx.prepare_cached("INSERT OR IGNORE INTO directory (path) VALUES (?1)")?.execute([dir])?;
    tx.prepare_cached(
        "INSERT INTO file (directory_id, name, kind, state, dev, ino, size, mtime_ns, ctime_ns)
         VALUES ((SELECT id FROM directory WHERE path = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (directory_id, name) DO UPDATE SET kind = ?3, state = ?4, dev = ?5, ino = ?6, size = ?7, mtime_ns = ?8,
             ctime_ns = ?9, error = NULL, failed_in = NULL
         RETURNING id",
    )?
    .query_row(
        params![
            dir,
            name,
            kind.as_str(),
            state,
            stamp.dev as i64,
            stamp.ino as i64,
            int(stamp.size),
            stamp.mtime_ns,
            stamp.ctime_ns
        ],
        |row| row.get(0),
    )
}

/// A path as the tables keep it: the directory with its slash, and the name.
fn split(path: &RelPath) -> (&[u8], &[u8]) {
    let bytes = path.as_bytes();
    bytes.split_at(bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1))
}

/// Reads a path that a query has put together. SQLite takes that for text, whatever the bytes are.
pub(super) fn path(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(row.get_ref(column)?.as_bytes().map_err(|error| damaged(format!("a path: {error}")))?.to_vec())
}

/// Reads a stamp from five columns beginning at `first`. Device and inode use all 64 bits, so they are stored as bit patterns.
pub(super) fn stamp(row: &Row<'_>, first: usize) -> rusqlite::Result<FileStamp> {
    Ok(FileStamp {
        dev: row.get::<_, i64>(first)? as u64,
        ino: row.get::<_, i64>(first + 1)? as u64,
        size: uint(row.get(first + 2)?),
        mtime_ns: row.get(first + 3)?,
        ctime_ns: row.get(first + 4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::ContentHash;
    use crate::store::{FileResult, IndexCache, LandingKind, ReadFile};

    const LOG: &str = "reports/x.log";
    const TABLE: &str = "reports/x.csv";

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn file(path: &str, size: u64) -> (RelPath, ArtifactKind, FileStamp) {
        let path = RelPath::new(path);
        let kind = ArtifactKind::of_name(path.file_name()).unwrap();
        (path, kind, FileStamp { size, ..FileStamp::default() })
    }

    /// Lands one file, which is read with this result; says what the index knew of its content before.
    fn land(store: &Store, path: &str, size: u64, result: FileResult) -> (Option<ContentHash>, bool) {
        let landing = store.open_landing(LandingKind::Live, &[file(path, size)], &[], Timestamp::UNIX_EPOCH).unwrap();
        let item = store.items(landing, 1).unwrap().remove(0);
        let read = ReadFile { artifact_id: item.artifact_id, stamp: item.stamp, result };
        store.commit_batch(landing, &[read], &mut IndexCache::default()).unwrap();
        (item.unrecognised, store.finish_index(landing).unwrap())
    }

    fn unrecognised(text: &str) -> FileResult {
        FileResult::Unrecognised { reason: "nothing in it".into(), hash: Some(ContentHash::of(text.as_bytes())) }
    }

    fn state(store: &Store, path: &str) -> Option<KnownState> {
        let known = store.known().unwrap();
        known.into_iter().find(|(known, _)| known.as_bytes() == path.as_bytes()).map(|(_, known)| known.state)
    }

    #[test]
    fn what_was_not_recognised_is_decided_for_its_stamp_and_known_by_its_bytes() {
        let (_dir, store) = store();
        assert_eq!(land(&store, LOG, 3, unrecognised("abc")), (None, false));
        assert_eq!(store.undecided(&[file(LOG, 3)]).unwrap(), []);
        assert_eq!(store.undecided(&[file(LOG, 4)]).unwrap(), [file(LOG, 4)]);
        let (known, has_news) = land(&store, LOG, 4, FileResult::Pending { reason: None });
        assert_eq!((known, has_news), (Some(ContentHash::of(b"abc")), false));
        let status = store.status().unwrap();
        assert_eq!((status.landings, status.artifacts.len(), status.failed.len()), (0, 0, 0));
    }

    #[test]
    fn other_readers_make_it_undecided_and_the_same_ones_do_not() {
        let (_dir, store) = store();
        assert_eq!(store.readers("one").unwrap(), 0);
        land(&store, LOG, 3, unrecognised("abc"));
        assert_eq!((store.readers("one").unwrap(), state(&store, LOG)), (0, Some(KnownState::Unrecognised)));
        assert_eq!((store.readers("two").unwrap(), state(&store, LOG)), (1, Some(KnownState::Pending)));
        assert_eq!(land(&store, LOG, 3, unrecognised("abc")), (None, false), "its bytes are news to these");
    }

    #[test]
    fn giving_up_is_a_failure_only_of_what_is_an_artifact_for_certain() {
        let (_dir, store) = store();
        store.note_pending(&[file(LOG, 3), file(TABLE, 3)]).unwrap();
        assert!(!store.give_up(&RelPath::new(LOG), "ends in the middle").unwrap());
        assert!(store.give_up(&RelPath::new(TABLE), "ends in the middle").unwrap());
        assert!(!store.give_up(&RelPath::new(TABLE), "ends in the middle").unwrap(), "no news");
        assert_eq!(state(&store, LOG), Some(KnownState::Unrecognised));
        assert_eq!(state(&store, TABLE), Some(KnownState::Failed));
    }

    #[test]
    fn what_never_was_an_artifact_is_forgotten_when_it_goes_unless_it_is_being_read() {
        let (_dir, store) = store();
        land(&store, LOG, 3, unrecognised("abc"));
        store.note_pending(&[file(TABLE, 3)]).unwrap();
        let under_way = file("reports/y.log", 5);
        store.open_landing(LandingKind::Live, std::slice::from_ref(&under_way), &[], Timestamp::UNIX_EPOCH).unwrap();
        store.mark_gone(&[RelPath::new(LOG), RelPath::new(TABLE), under_way.0]).unwrap();
        let states = [LOG, TABLE, "reports/y.log"].map(|path| state(&store, path));
        assert_eq!(states, [None, Some(KnownState::Gone), Some(KnownState::Gone)]);
    }
}
