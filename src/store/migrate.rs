//! Migrations: an append-only list, checked by SQLite's `user_version`. A migration that was released never changes.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, StoreError};

/// The n-th entry brings a database of version n to version n + 1.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001-start.sql")];

/// Brings the schema up to date, one transaction a step.
pub fn up(connection: &mut Connection, path: &Path) -> Result<()> {
    let failed = |cause| StoreError::Sqlite { path: path.to_owned(), cause };
    let found = known(connection, path)?;
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(failed)?;
        transaction.execute_batch(sql).map_err(failed)?;
        transaction.pragma_update(None, "user_version", step as i64 + 1).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// The version of the schema, if this program knows it.
pub fn known(connection: &Connection, path: &Path) -> Result<usize> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|cause| StoreError::Sqlite { path: path.to_owned(), cause })?;
    if found > 0 && !has_start(connection).map_err(|cause| StoreError::Sqlite { path: path.to_owned(), cause })? {
        return Err(StoreError::Unreleased { path: path.to_owned() });
    }
    match usize::try_from(found) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(StoreError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() as i64 }),
    }
}

/// Whether the first migration is the one of this list: versions before the first release had another.
fn has_start(connection: &Connection) -> rusqlite::Result<bool> {
    let query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('directory', 'file')";
    Ok(connection.query_row(query, [], |row| row.get::<_, i64>(0))? == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_from_before_the_first_release_is_refused_and_left_alone() {
        let path = Path::new("index");
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE artifact (path BLOB); PRAGMA user_version = 1").unwrap();
        assert!(matches!(up(&mut connection, path), Err(StoreError::Unreleased { .. })));
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn an_index_is_brought_up_to_date_once() {
        let path = Path::new("index");
        let mut connection = Connection::open_in_memory().unwrap();
        up(&mut connection, path).unwrap();
        assert_eq!(known(&connection, path).unwrap(), MIGRATIONS.len());
        up(&mut connection, path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(known(&connection, path), Err(StoreError::Newer { .. })));
    }
}
