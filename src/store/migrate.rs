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
    match usize::try_from(found) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(StoreError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() as i64 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_the_first_version_keeps_its_artifacts() {
        let path = Path::new("index");
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let row =
            "INSERT INTO artifact VALUES (7, 'reports/x.csv', 'csv', 'failed', 1, 2, 3, 4, 5, 6, 'why', 8, x'09')";
        connection.execute(row, []).unwrap();
        up(&mut connection, path).unwrap();
        assert_eq!(known(&connection, path).unwrap(), MIGRATIONS.len());
        let kept =
            "SELECT id || path || kind || state || dev || ino || size || mtime_ns || ctime_ns || version_id || error ||
                    failed_in || hex(failed_hash) FROM artifact WHERE unrecognised_hash IS NULL";
        let kept: String = connection.query_row(kept, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "7reports/x.csvcsvfailed123456why809");
        connection.execute("UPDATE artifact SET state = 'unrecognised'", []).unwrap();
        connection.execute("UPDATE artifact SET state = 'something'", []).unwrap_err();
        up(&mut connection, path).unwrap();
    }
}
