-- The whole schema as of version 1. Times are nanoseconds since the Unix epoch, paths are bytes relative to the tree.

-- Small facts about the index itself: the instance id, the daemon that is (or was) up.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- A watched directory. What its first completed scan finds is history and mails nobody; first_scan_ns remembers that it is over.
-- The place is relative to the tree where it can be, so that a tree may move; another directory of the same name is a new root.
CREATE TABLE root (
    id            INTEGER PRIMARY KEY,
    name          BLOB NOT NULL UNIQUE,
    place         BLOB NOT NULL,
    first_scan_ns INTEGER
);

-- One file below a root. The stamp is that of the content for which `state` was decided; any difference means: look again.
--   pending   seen, not yet complete (error says why when it was read and found half-written)
--   landed    part of a landing that is not indexed yet
--   indexed   read; version_id is its current content
--   failed    read and refused; error says why
--   ours      a report of this program
--   gone      no longer there; its history stays
CREATE TABLE artifact (
    id         INTEGER PRIMARY KEY,
    path       BLOB NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'landed', 'indexed', 'failed', 'ours', 'gone')),
    dev        INTEGER NOT NULL,
    ino        INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    version_id INTEGER,
    error      TEXT,
    -- The landing in which it failed, and the bytes that did: the same ones again are no news.
    failed_in  INTEGER,
    failed_hash BLOB
);
CREATE INDEX artifact_unsettled ON artifact (state) WHERE state IN ('pending', 'landed', 'failed');

-- The artifacts that arrived together: the unit of analysis, report and mail, and the row that the workers pass on.
-- report_dir and report_name are reserved before the report is written, so that a restart writes the same file again.
CREATE TABLE landing (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('backfill', 'live')),
    stage       TEXT NOT NULL CHECK (stage IN ('index', 'judge', 'report', 'done')),
    opened_ns   INTEGER NOT NULL,
    artifacts   INTEGER NOT NULL,
    judged_ns   INTEGER,
    tallies     TEXT,
    report_dir  BLOB,
    report_name TEXT,
    report_path BLOB,
    finished_ns INTEGER,
    attempts    INTEGER NOT NULL DEFAULT 0,
    retry_ns    INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT
);
CREATE INDEX landing_open ON landing (stage, id) WHERE stage <> 'done';

-- The files of a landing that are still to be read; a row goes when its file is committed.
CREATE TABLE landing_item (
    landing_id  INTEGER NOT NULL,
    artifact_id INTEGER NOT NULL,
    PRIMARY KEY (landing_id, artifact_id)
) WITHOUT ROWID;

-- Renderings of one result: same directory, same full stem, of which the digest is kept. The generation counts its runs.
CREATE TABLE bundle (
    id         INTEGER PRIMARY KEY,
    digest     BLOB NOT NULL UNIQUE,
    generation INTEGER NOT NULL
);

-- One content of one artifact. A copy (same bytes, same file name, another directory) names the version that owns the numbers.
CREATE TABLE version (
    id          INTEGER PRIMARY KEY,
    artifact_id INTEGER NOT NULL,
    landing_id  INTEGER NOT NULL,
    bundle_id   INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    hash_prefix INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    format      TEXT NOT NULL,
    copy_of     INTEGER
);
CREATE INDEX version_landing ON version (landing_id);
CREATE INDEX version_bundle ON version (bundle_id, generation);
CREATE INDEX version_hash ON version (hash_prefix);

-- What a reading of a version could not use, or found contradictory.
CREATE TABLE gap (
    version_id INTEGER NOT NULL,
    ord        INTEGER NOT NULL,
    benchmark_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    count      INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    at         TEXT NOT NULL,
    detail     TEXT NOT NULL,
    PRIMARY KEY (version_id, ord)
) WITHOUT ROWID;
CREATE INDEX gap_benchmark ON gap (benchmark_id);

CREATE TABLE benchmark (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE series (
    id           INTEGER PRIMARY KEY,
    digest       BLOB NOT NULL UNIQUE,
    benchmark_id INTEGER NOT NULL,
    case_name    TEXT NOT NULL,
    params       TEXT NOT NULL,
    metric       TEXT NOT NULL,
    unit         TEXT NOT NULL,
    environment  TEXT NOT NULL,
    direction    TEXT NOT NULL
);
CREATE INDEX series_benchmark ON series (benchmark_id);

-- One execution of a benchmark. time_source: 0 content, 1 file name, 2 mtime; a better one replaces a worse one.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    bundle_id    INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    ord          INTEGER NOT NULL,
    benchmark_id INTEGER NOT NULL,
    landing_id   INTEGER NOT NULL,
    time_ns      INTEGER NOT NULL,
    time_source  INTEGER NOT NULL,
    host         TEXT,
    commit_id    TEXT,
    branch       TEXT,
    environment  TEXT NOT NULL,
    subject      TEXT NOT NULL,
    UNIQUE (bundle_id, generation, ord)
);
CREATE INDEX run_landing ON run (landing_id);
CREATE INDEX run_benchmark ON run (benchmark_id);

-- Where numbers stand: patterns with one slot for the row or index, shared by all measurements of the same shape.
CREATE TABLE locator (
    id    INTEGER PRIMARY KEY,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    std   TEXT NOT NULL,
    min   TEXT NOT NULL,
    max   TEXT NOT NULL,
    UNIQUE (field, value, std, min, max)
);

-- The value of a series in a run. Laid out for tens of millions of rows: clustered by series and run, because the judge reads one
-- series at a time, and nothing but integers and reals in a row. `decimals` are the places that the file wrote (NULL: in full).
CREATE TABLE measurement (
    series_id  INTEGER NOT NULL,
    run_id     INTEGER NOT NULL,
    value      REAL NOT NULL,
    n          INTEGER NOT NULL,
    std        REAL,
    min        REAL,
    max        REAL,
    decimals   INTEGER,
    rank       INTEGER NOT NULL,
    version_id INTEGER NOT NULL,
    locator_id INTEGER NOT NULL,
    slot       INTEGER NOT NULL,
    PRIMARY KEY (series_id, run_id)
) WITHOUT ROWID;

-- The samples behind a measurement, as little-endian 64-bit floats, for the few that have any.
CREATE TABLE samples (
    series_id INTEGER NOT NULL,
    run_id    INTEGER NOT NULL,
    data      BLOB NOT NULL,
    PRIMARY KEY (series_id, run_id)
) WITHOUT ROWID;

-- What the judge said in a landing, of every series that is neither steady nor too short to judge.
CREATE TABLE verdict (
    landing_id INTEGER NOT NULL,
    series_id  INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    n          INTEGER NOT NULL,
    before     REAL,
    after      REAL,
    n_before   INTEGER,
    n_after    INTEGER,
    effect     REAL,
    low        REAL,
    high       REAL,
    noise      REAL,
    p          REAL,
    change_index INTEGER,
    change_ns  INTEGER,
    commit_before TEXT,
    commit_after  TEXT,
    reason     TEXT NOT NULL,
    PRIMARY KEY (landing_id, series_id)
) WITHOUT ROWID;

-- The life of a regression. `record` is what the life cycle needs to go on (JSON, written and read by store/alerts.rs alone).
CREATE TABLE alert (
    id          INTEGER PRIMARY KEY,
    benchmark   TEXT NOT NULL,
    metric      TEXT NOT NULL,
    environment TEXT NOT NULL,
    state       TEXT NOT NULL,
    opened_ns   INTEGER NOT NULL,
    updated_ns  INTEGER NOT NULL,
    record      TEXT NOT NULL
);
CREATE INDEX alert_key ON alert (benchmark, metric, environment);
CREATE INDEX alert_state ON alert (state) WHERE state <> 'resolved';

CREATE TABLE alert_event (
    alert_id   INTEGER NOT NULL,
    ord        INTEGER NOT NULL,
    landing_id INTEGER,
    from_state TEXT,
    to_state   TEXT NOT NULL,
    at_ns      INTEGER NOT NULL,
    who        TEXT NOT NULL,
    why        TEXT NOT NULL,
    PRIMARY KEY (alert_id, ord)
) WITHOUT ROWID;

-- What a landing has to say in its mail, decided with its verdicts and composed with its report.
CREATE TABLE news (
    landing_id INTEGER NOT NULL,
    alert_id   INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    series     TEXT NOT NULL,
    PRIMARY KEY (landing_id, alert_id, kind)
) WITHOUT ROWID;

-- Mails that are decided. The bytes are frozen; a row is done only when the server said 250.
--   queued        to be sent at due_ns
--   data_started  the body was (perhaps) handed over: the same bytes go out again after a restart
--   accepted      done
--   dead          refused for good; `mail retry` revives it
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    landing_id  INTEGER NOT NULL,
    recipient   TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    sender      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    mime        BLOB NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'data_started', 'accepted', 'dead')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_ns      INTEGER NOT NULL,
    created_ns  INTEGER NOT NULL,
    finished_ns INTEGER,
    response    TEXT,
    UNIQUE (landing_id, recipient)
);
CREATE INDEX outbox_due ON outbox (due_ns) WHERE state IN ('queued', 'data_started');

-- The mail that opened an alert's thread, for each recipient.
CREATE TABLE thread (
    alert_id   INTEGER NOT NULL,
    recipient  TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (alert_id, recipient)
) WITHOUT ROWID;

-- What is wrong right now, a row a cause; a row goes when its cause has gone.
CREATE TABLE health (
    cause    TEXT PRIMARY KEY,
    message  TEXT NOT NULL,
    since_ns INTEGER NOT NULL
) WITHOUT ROWID;

-- What the command line asks of a running daemon.
CREATE TABLE request (
    id       INTEGER PRIMARY KEY,
    request  TEXT NOT NULL,
    asked_ns INTEGER NOT NULL
);
