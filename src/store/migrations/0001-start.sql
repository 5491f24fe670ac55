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

-- A directory that holds, or held, artifacts: relative to the tree, with its trailing slash.
CREATE TABLE directory (
    id   INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);

-- One file below a root. The stamp is that of the content for which `state` was decided; any difference means: look again.
--   pending   seen, not yet complete (error says why when it was read and found half-written)
--   landed    part of a landing that is not indexed yet
--   indexed   read; version_id is its current content
--   failed    read and refused; error says why
--   ours      a report of this program
--   unrecognised  a name that promises nothing (`x.log`), read, and no artifact; error says why. Remembered, so that it is read again
--             only when it changes, or when the readers do (`readers` in meta)
--   gone      no longer there; its history stays
--   virtual   no file: what the program itself measured (`calls`). Its whole path stands in the name, which no file's can, and its
--             directory is empty
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    directory_id INTEGER NOT NULL,
    name       BLOB NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'landed', 'indexed', 'failed', 'ours', 'unrecognised', 'gone', 'virtual')),
    dev        INTEGER NOT NULL,
    ino        INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    version_id INTEGER,
    error      TEXT,
    -- The landing in which it failed, and the bytes that did: the same ones again are no news.
    failed_in  INTEGER,
    failed_hash BLOB,
    -- The bytes in which the present readers saw no results.
    unrecognised_hash BLOB,
    UNIQUE (directory_id, name)
);
CREATE INDEX file_unsettled ON file (state) WHERE state IN ('pending', 'landed', 'failed');

-- The files with their whole paths, for whoever looks into the index.
CREATE VIEW artifact AS
    SELECT CAST(d.path || f.name AS BLOB) AS path, f.* FROM file f JOIN directory d ON d.id = f.directory_id;

-- The artifacts that arrived together: the unit of analysis, report and mail, and the row that the workers pass on. One of kind `clock`
-- is of none: what time or a person did to alerts, and is to be mailed.
-- report_dir and report_name are reserved before the report is written, so that a restart writes the same file again.
CREATE TABLE landing (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('backfill', 'live', 'clock')),
    stage       TEXT NOT NULL CHECK (stage IN ('index', 'judge', 'agent', 'report', 'done')),
    opened_ns   INTEGER NOT NULL,
    artifacts   INTEGER NOT NULL,
    judged_ns   INTEGER,
    -- The last word on excluded runs when it was judged (exclusion.id): what counted then is known later.
    exclusion_id INTEGER,
    -- How many series got which verdict: {"files": {word: n}, "own": {word: n}}, the latter of the agents' calls.
    tallies     TEXT,
    -- How long each stage took, s, in the life that ended it: reading, judging, the agents with the wait for them, and analysing for the
    -- report. Written before they are printed.
    index_s     REAL,
    judge_s     REAL,
    agent_s     REAL,
    report_s    REAL,
    report_dir  BLOB,
    report_name TEXT,
    report_path BLOB,
    finished_ns INTEGER,
    attempts    INTEGER NOT NULL DEFAULT 0,
    retry_ns    INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT
);
CREATE INDEX landing_open ON landing (stage, id) WHERE stage <> 'done';

-- What the agents said of a landing (JSON, written and read by store/said.rs alone), from before its report is written.
CREATE TABLE said (
    landing_id INTEGER PRIMARY KEY,
    said       TEXT NOT NULL
);

-- The facts that a landing's report rests on, packed and deflated, and the hash of what they say. Written with the end of the landing.
CREATE TABLE ledger (
    landing_id INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL,
    facts      BLOB NOT NULL
);

-- What a landing's report says in a line (Markdown), and of how many series it says that they got worse or better, or are watched.
-- Written before the landing ends, and not changed when the files go.
CREATE TABLE gist (
    landing_id INTEGER PRIMARY KEY,
    verdict    TEXT NOT NULL,
    worse      INTEGER NOT NULL,
    better     INTEGER NOT NULL,
    watched    INTEGER NOT NULL
);

-- The files that a landing's report was written to, by their whole paths, with what was written: a file with other content has been taken
-- over by somebody, and is never removed. A row goes with its file.
CREATE TABLE published (
    path       BLOB PRIMARY KEY,
    landing_id INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    size       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX published_landing ON published (landing_id);

-- The files of a landing that are still to be read, counted in the order of their paths; a row goes when its file is committed.
CREATE TABLE landing_item (
    landing_id  INTEGER NOT NULL,
    artifact_id INTEGER NOT NULL,
    ord         INTEGER NOT NULL,
    PRIMARY KEY (landing_id, artifact_id)
) WITHOUT ROWID;
CREATE INDEX landing_item_order ON landing_item (landing_id, ord);

-- Words that many rows share, such as hosts, commits and warnings. The hash finds them without storing them twice.
CREATE TABLE text (
    id   INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX text_hash ON text (hash);

-- Renderings of one result: same directory, same full stem, of which the digest is kept. Its number is that of the first artifact
-- in it, which can be in no other. The generation counts its runs.
CREATE TABLE bundle (
    digest     BLOB PRIMARY KEY,
    id         INTEGER NOT NULL,
    generation INTEGER NOT NULL
) WITHOUT ROWID;

-- One content of one artifact. A copy (same bytes, same file name, another directory) names the version that owns the numbers;
-- copy_key stands for bytes and name, and finds owners. rank: the better of two renderings is the lower. format_id is a text.
-- landing_id is the landing with which it is judged: the one that brought it; for calls a later one, and NULL until that comes.
CREATE TABLE version (
    id          INTEGER PRIMARY KEY,
    artifact_id INTEGER NOT NULL,
    landing_id  INTEGER,
    bundle_id   INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    copy_key    INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    rank        INTEGER NOT NULL,
    format_id   INTEGER NOT NULL,
    copy_of     INTEGER
);
CREATE INDEX version_landing ON version (landing_id);
CREATE INDEX version_owner ON version (copy_key) WHERE copy_of IS NULL;

-- The calls of language models that a landing's agents made: a JSON document with what each of them measured. It is a version of the
-- one virtual artifact, and its generation the landing's number; the landing with which its measurements are judged is the version's.
CREATE TABLE calls (
    version_id INTEGER PRIMARY KEY,
    landing_id INTEGER NOT NULL UNIQUE,
    document   TEXT NOT NULL
);

-- What a reading of a version could not use, or found contradictory. Its words are texts.
CREATE TABLE gap (
    version_id INTEGER NOT NULL,
    ord        INTEGER NOT NULL,
    benchmark_id INTEGER NOT NULL,
    kind_id    INTEGER NOT NULL,
    subject_id INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    at_id      INTEGER NOT NULL,
    detail_id  INTEGER NOT NULL,
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

-- One execution of a benchmark. time_source: 0 content, 1 file name, 2 mtime; a better one replaces a worse one. Host, commit, branch,
-- environment and subject (a JSON object) are texts; NULL: not known, the default environment, nothing said.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    bundle_id    INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    ord          INTEGER NOT NULL,
    benchmark_id INTEGER NOT NULL,
    landing_id   INTEGER NOT NULL,
    time_ns      INTEGER NOT NULL,
    time_source  INTEGER NOT NULL,
    host_id      INTEGER,
    commit_id    INTEGER,
    branch_id    INTEGER,
    environment_id INTEGER,
    subject_id   INTEGER,
    UNIQUE (bundle_id, generation, ord)
);

CREATE INDEX run_benchmark ON run (benchmark_id, time_ns);

-- Benchmarks whose silence is listened for, in an environment (empty: the default one), and since when. What fell silent before that is
-- history; a row goes when nobody wants to know any more.
CREATE TABLE listening (
    benchmark_id INTEGER NOT NULL,
    environment  TEXT NOT NULL,
    since_ns     INTEGER NOT NULL,
    PRIMARY KEY (benchmark_id, environment)
) WITHOUT ROWID;

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

-- What people said of runs: that one is to be left out of its series' histories, or no longer. Kept for ever; the last word holds.
CREATE TABLE exclusion (
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER NOT NULL,
    excludes INTEGER NOT NULL CHECK (excludes IN (0, 1)),
    at_ns    INTEGER NOT NULL,
    who      TEXT NOT NULL,
    why      TEXT NOT NULL
);
CREATE INDEX exclusion_run ON exclusion (run_id, id);

-- Where the detector stands with a series: a cache, written with the verdicts, that can be had again from the history. An empty state
-- means just that: the history has changed under it. It took in `runs` runs, of which the newest is (newest_ns, newest_run), when
-- `landing_id` was judged by settings of which `settings` is a hash. Its present segment begins with (segment_ns, segment_run), and no
-- run of that has a lower number than `segment_least`.
CREATE TABLE track (
    series_id  INTEGER PRIMARY KEY,
    landing_id INTEGER NOT NULL,
    settings   INTEGER NOT NULL,
    runs       INTEGER NOT NULL,
    newest_ns  INTEGER NOT NULL,
    newest_run INTEGER NOT NULL,
    segment_ns INTEGER NOT NULL,
    segment_run INTEGER NOT NULL,
    segment_least INTEGER NOT NULL,
    state      BLOB NOT NULL
);

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
    run_length REAL,
    began_first INTEGER,
    began_last INTEGER,
    began_first_ns INTEGER,
    began_last_ns INTEGER,
    commit_before TEXT,
    commit_after  TEXT,
    reason     TEXT NOT NULL,
    PRIMARY KEY (landing_id, series_id)
) WITHOUT ROWID;

CREATE INDEX verdict_series ON verdict (series_id, landing_id);

-- The life of something that is wrong. `record` is what the life cycle needs to go on (JSON, written and read by store/alerts.rs alone).
-- The columns beside it are what is searched for, or is not the life cycle's to write:
--   announced     the mail server accepted a mail that it fires; set by the outbox. While such a mail is on its way, the end is
--                   news as well
--   group_id      the first of the alerts that one landing opened for one benchmark: one group for one cause
--   inhibited_by  the alert of the environment that speaks for it
--   due_ns        when the clock moves it next: the end of a silence or of flapping, a reminder, a digest
CREATE TABLE alert (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    benchmark   TEXT NOT NULL,
    metric      TEXT NOT NULL,
    environment TEXT NOT NULL,
    state       TEXT NOT NULL,
    opened_ns   INTEGER NOT NULL,
    updated_ns  INTEGER NOT NULL,
    announced   INTEGER NOT NULL DEFAULT 0,
    group_id    INTEGER,
    inhibited_by INTEGER,
    due_ns      INTEGER,
    record      TEXT NOT NULL
);
CREATE INDEX alert_key ON alert (kind, benchmark, metric, environment);
CREATE INDEX alert_state ON alert (state) WHERE state <> 'resolved';
CREATE INDEX alert_group ON alert (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX alert_inhibited ON alert (inhibited_by) WHERE inhibited_by IS NOT NULL;
CREATE INDEX alert_due ON alert (due_ns) WHERE due_ns IS NOT NULL;

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
    -- Recorded in shadow mode: nobody is mailed. The columns of a key come first: SQLite 3.40 checks the integrity of others wrongly.
    shadow     INTEGER NOT NULL DEFAULT 0,
    series     TEXT NOT NULL,
    -- Which landing tells it: NULL its own, 0 none yet (it waits for its turn in the thread), else that one.
    told_in    INTEGER,
    PRIMARY KEY (landing_id, alert_id, kind, shadow)
) WITHOUT ROWID;
CREATE INDEX news_waiting ON news (alert_id) WHERE told_in = 0;

-- Landings of the clock that stand for a digest of a week.
CREATE TABLE week (
    landing_id INTEGER PRIMARY KEY,
    from_ns    INTEGER NOT NULL,
    to_ns      INTEGER NOT NULL
);

-- Mails that are decided, and what is to be posted to webhooks. The bytes are frozen; a row is done only when the server said 250 (a
-- webhook: 2xx). text is what a digest of held mails repeats.
--   queued        to be sent at due_ns
--   data_started  the body was (perhaps) handed over: the same bytes go out again after a restart
--   accepted      done
--   dead          refused for good; `mail retry` revives it
--   held          kept back by quiet hours or by the cap; due_ns is when it will probably be let go, response says why
--   digested      went with the row digest_id, which carries several that were held
-- purpose: news of a landing, a digest of held mails (of the newest landing of these), or the digest of a week.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    landing_id  INTEGER NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    recipient   TEXT NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    sender      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    mime        BLOB NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'data_started', 'accepted', 'dead', 'held', 'digested')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_ns      INTEGER NOT NULL,
    created_ns  INTEGER NOT NULL,
    finished_ns INTEGER,
    response    TEXT,
    purpose     TEXT NOT NULL DEFAULT 'news' CHECK (purpose IN ('news', 'digest', 'week')),
    digest_id   INTEGER
);
-- A landing that is told again after a restart is told once. A digest has the number of the newest landing that it carries.
CREATE UNIQUE INDEX outbox_once ON outbox (landing_id, recipient, purpose) WHERE purpose <> 'digest';
CREATE INDEX outbox_due ON outbox (due_ns) WHERE state IN ('queued', 'data_started');
CREATE INDEX outbox_undelivered ON outbox (recipient) WHERE state IN ('queued', 'data_started', 'dead');
CREATE INDEX outbox_waiting ON outbox (recipient) WHERE state IN ('queued', 'held');

-- The alerts that a row tells of; is_end: of this one it tells that it is over, and nothing else.
CREATE TABLE outbox_alert (
    alert_id  INTEGER NOT NULL,
    outbox_id INTEGER NOT NULL,
    is_end    INTEGER NOT NULL,
    PRIMARY KEY (alert_id, outbox_id)
) WITHOUT ROWID;
CREATE INDEX outbox_alert_row ON outbox_alert (outbox_id);

CREATE INDEX outbox_sent ON outbox (recipient, finished_ns) WHERE state = 'accepted';

-- The mail that opened an alert's thread, for each recipient; last_ns is when one about it was decided last.
CREATE TABLE thread (
    alert_id   INTEGER NOT NULL,
    recipient  TEXT NOT NULL,
    message_id TEXT NOT NULL,
    last_ns    INTEGER NOT NULL,
    PRIMARY KEY (alert_id, recipient)
) WITHOUT ROWID;

-- What is wrong right now, a row a cause; a row goes when its cause has gone.
CREATE TABLE health (
    cause    TEXT PRIMARY KEY,
    message  TEXT NOT NULL,
    since_ns INTEGER NOT NULL
) WITHOUT ROWID;

-- What the command line asks of a running daemon, and what came of it. An answer stays for a while, for whoever asked.
CREATE TABLE request (
    id       INTEGER PRIMARY KEY,
    request  TEXT NOT NULL,
    asked_ns INTEGER NOT NULL,
    answer   TEXT,
    answered_ns INTEGER
);
CREATE INDEX request_waiting ON request (id) WHERE answer IS NULL;
