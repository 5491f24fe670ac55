-- A file whose name promises nothing (`x.log`) is an artifact only if it holds results. One that holds none is remembered, so that it is
-- read again only when it changes, or when the readers do (`readers` in meta):
--   unrecognised  read, and no artifact; error says why
-- SQLite cannot change a CHECK, so the table is made again with one column more.
CREATE TABLE artifact_2 (
    id         INTEGER PRIMARY KEY,
    path       BLOB NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'landed', 'indexed', 'failed', 'ours', 'unrecognised', 'gone')),
    dev        INTEGER NOT NULL,
    ino        INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    version_id INTEGER,
    error      TEXT,
    failed_in  INTEGER,
    failed_hash BLOB,
    -- The bytes in which the readers saw no results.
    unrecognised_hash BLOB
);
INSERT INTO artifact_2 (id, path, kind, state, dev, ino, size, mtime_ns, ctime_ns, version_id, error, failed_in, failed_hash)
SELECT id, path, kind, state, dev, ino, size, mtime_ns, ctime_ns, version_id, error, failed_in, failed_hash FROM artifact;
DROP TABLE artifact;
ALTER TABLE artifact_2 RENAME TO artifact;
CREATE INDEX artifact_unsettled ON artifact (state) WHERE state IN ('pending', 'landed', 'failed');
