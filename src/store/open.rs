//! Opening the database: pragmas, each with its reason, and the migrations.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{DATABASE, Result, Store, StoreError, migrate};

/// How long a unit waits for another process's lock before it fails and its row is tried again.
const BUSY: Duration = Duration::from_secs(90);

/// WAL: readers never wait for the writer. FULL: a commit survives power loss, which "never loses a landing" needs (NORMAL may
/// lose the last transactions). No mmap: a truncated file would kill the process with SIGBUS. The cache is bounded in KiB.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -32768;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA foreign_keys = OFF;
";

/// "CHIM", so that `file` and other tools can tell whose database this is.
const APPLICATION_ID: i64 = 0x4348_494d;

impl Store {
    /// Opens the index in `state`, creating or migrating it. The caller holds the state directory's lock.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or a newer program has written it.
    pub fn open(state: &Path) -> Result<Self> {
        let path = state.join(DATABASE);
        let failed = |cause| StoreError::Sqlite { path: path.clone(), cause };
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        connection.execute_batch(PRAGMAS).map_err(failed)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(128);
        migrate::up(&mut connection, &path)?;
        Ok(Self { path, connection: Mutex::new(connection) })
    }

    /// Opens an existing index beside the daemon that owns it, to leave a request there. Migrates nothing.
    ///
    /// # Errors
    /// [`StoreError::Absent`] when there is none.
    pub fn open_beside(state: &Path) -> Result<Self> {
        Self::open_existing(state, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens an existing index for reading, beside a daemon that may be writing it.
    ///
    /// # Errors
    /// [`StoreError::Absent`] when there is none.
    pub fn open_read_only(state: &Path) -> Result<Self> {
        Self::open_existing(state, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open_existing(state: &Path, mode: OpenFlags) -> Result<Self> {
        let path = state.join(DATABASE);
        if !path.exists() {
            return Err(StoreError::Absent { path });
        }
        let failed = |cause| StoreError::Sqlite { path: path.clone(), cause };
        let connection = Connection::open_with_flags(&path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        migrate::known(&connection, &path)?;
        Ok(Self { path, connection: Mutex::new(connection) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_twice_and_refuses_a_newer_schema() {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(dir.path()).unwrap());
        let store = Store::open(dir.path()).unwrap();
        store.lock().pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
        assert!(matches!(Store::open_read_only(dir.path()), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn a_reader_needs_an_index() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Store::open_read_only(dir.path()), Err(StoreError::Absent { .. })));
    }
}
