//! The store by itself: what must hold below every unit that the other tests see from outside.

use jiff::Timestamp;
use rusqlite::params;
use tempfile::TempDir;

use super::*;
use crate::domain::artifact::{ArtifactKind, ContentHash, FileStamp, RelPath};
use crate::domain::measurement::{Locator, Measurement, Spread};
use crate::domain::run::TimeSource;
use crate::domain::series::{Direction, SeriesKey};

pub(super) const STAMP: FileStamp = FileStamp { dev: u64::MAX, ino: 7, size: 10, mtime_ns: -1, ctime_ns: 2 };

pub(super) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

/// Lands files in the order given; gives the landing.
fn land(store: &Store, paths: &[&[u8]]) -> i64 {
    let files: Vec<_> = paths.iter().map(|path| (RelPath::new(*path), ArtifactKind::Json, STAMP)).collect();
    store.open_landing(LandingKind::Live, &files, &[], Timestamp::UNIX_EPOCH).unwrap()
}

/// Content of a file with one run and one number, which stands for the whole content.
pub(super) fn content(path: &RelPath, value: f64, commit: &str) -> ParsedFile {
    let bundle = path.as_bytes().strip_suffix(b".json").unwrap_or(path.as_bytes()).to_vec();
    let measurement = Measurement {
        series: SeriesKey { benchmark: "b".into(), metric: "time".into(), ..SeriesKey::default() },
        direction: Direction::Lower,
        value,
        samples: vec![value - 1.0, value, value + 1.0],
        n: 3,
        spread: Spread::default(),
        resolution: 0.005,
        at: Locator::json("$.results[3].time"),
        field: "time".into(),
    };
    ParsedFile {
        hash: ContentHash::of(&value.to_le_bytes()),
        size: 10,
        file_name: path.file_name().to_vec(),
        bundle,
        benchmark: "b".into(),
        telling: Default::default(),
        format: "json".into(),
        rank: 0,
        runs: vec![RunRow {
            time: Timestamp::UNIX_EPOCH,
            source: TimeSource::Mtime,
            host: Some("bench-01".into()),
            commit: Some(commit.into()),
            branch: None,
            environment: String::new(),
            subject: Default::default(),
        }],
        measurements: vec![(0, measurement)],
        gaps: Vec::new(),
    }
}

/// Indexes a landing whose files hold these numbers, in the order of their paths.
fn index(store: &Store, landing: i64, values: &[f64], cache: &mut IndexCache) -> IndexTally {
    let items = store.items(landing, values.len()).unwrap();
    let files: Vec<ReadFile> = items
        .iter()
        .zip(values)
        .map(|(item, value)| ReadFile {
            artifact_id: item.artifact_id,
            stamp: item.stamp,
            result: FileResult::Parsed(Box::new(content(&item.path, *value, "4e9482e"))),
        })
        .collect();
    store.commit_batch(landing, &files, cache).unwrap()
}

fn number(store: &Store, sql: &str) -> i64 {
    store.read(|tx| tx.query_row(sql, [], |row| row.get(0))).unwrap()
}

#[test]
fn a_path_comes_back_as_it_is_whatever_its_bytes() {
    let (_dir, store) = store();
    let paths: [&[u8]; 5] = [b"alone.json", b"r/\xff\xfe/\x80.json", b"r/a.json", b"r/a/b.json", b"r/a/b/\xc3.json"];
    land(&store, &paths);
    let mut known: Vec<RelPath> = store.known().unwrap().into_iter().map(|(path, _)| path).collect();
    known.sort();
    assert_eq!(known, {
        let mut all = paths.map(RelPath::new);
        all.sort();
        all
    });
    assert!(store.known().unwrap().iter().all(|(_, known)| known.stamp == STAMP));
    let again: Vec<_> = known.into_iter().map(|path| (path, ArtifactKind::Json, STAMP)).collect();
    assert!(store.undecided(&again).unwrap().is_empty(), "all have landed");
}

#[test]
fn below_a_directory_is_neither_its_neighbour_nor_what_has_gone() {
    let (_dir, store) = store();
    land(&store, &[b"r/a.json", b"r/a/1.json", b"r/a/b/2.json", b"r/a/gone.json", b"r/ab/3.json", b"r/a-/4.json"]);
    store.mark_gone(&[RelPath::new(&b"r/a/gone.json"[..])]).unwrap();
    let mut below = store.there_below(&RelPath::new(&b"r/a"[..])).unwrap();
    below.sort();
    assert_eq!(below, [&b"r/a/1.json"[..], b"r/a/b/2.json"].map(RelPath::new));
}

#[test]
fn files_are_read_in_the_order_of_their_paths() {
    let (_dir, store) = store();
    land(&store, &[b"r/z.json"]);
    let landing = land(&store, &[b"r/z.json", b"r/b/1.json", b"r/a.json", b"r/b.json"]);
    let order =
        |limit| -> Vec<RelPath> { store.items(landing, limit).unwrap().into_iter().map(|item| item.path).collect() };
    // A directory's files do not come before its neighbours' only because they stand in one place.
    let expected = [&b"r/a.json"[..], b"r/b.json", b"r/b/1.json", b"r/z.json"].map(RelPath::new);
    assert_eq!(order(9), expected);
    index(&store, landing, &[1.0, 2.0], &mut IndexCache::default());
    assert_eq!(order(1), expected[2..3], "what is committed is not read again");
}

#[test]
fn a_measurement_holds_no_text_and_what_repeats_is_stored_once() {
    let (_dir, store) = store();
    let mut cache = IndexCache::default();
    let landing = land(&store, &[b"r/1.json", b"r/2.json", b"r/3.json"]);
    let tally = index(&store, landing, &[1.0, 2.5], &mut cache);
    assert_eq!((tally.measurements, tally.runs, tally.series), (2, 2, 1));
    // Another process finds what this one wrote.
    index(&store, landing, &[3.0], &mut IndexCache::default());
    assert_eq!(number(&store, "SELECT count(*) FROM measurement"), 3);
    assert_eq!(number(&store, "SELECT count(*) FROM locator"), 1);
    assert_eq!(number(&store, "SELECT count(*) FROM text WHERE text IN ('4e9482e', 'bench-01', 'json')"), 3);
    assert_eq!(number(&store, "SELECT count(*) FROM text"), 3);
    let columns = "SELECT count(*) FROM pragma_table_info('measurement') WHERE type NOT IN ('INTEGER', 'REAL')";
    assert_eq!(number(&store, columns), 0);
    let [benchmark] = &store.landing_benchmarks(landing).unwrap()[..] else { panic!("one benchmark") };
    let touched = store.touched(landing, benchmark).unwrap();
    assert!(touched[0].fresh.runs.iter().all(|run| run.commit.as_deref() == Some("4e9482e")));
    let rows = store.benchmark_rows(landing, benchmark).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.at.to_string()).collect::<Vec<_>>(), ["$.results[3].time"; 3]);
    assert_eq!(rows.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["r/1.json", "r/2.json", "r/3.json"]);
    assert!(rows.iter().all(|row| row.samples == [row.value - 1.0, row.value, row.value + 1.0]), "{rows:?}");
}

#[test]
fn texts_of_one_hash_are_told_apart() {
    let (_dir, store) = store();
    let landing = land(&store, &[b"r/1.json", b"r/2.json"]);
    index(&store, landing, &[1.0], &mut IndexCache::default());
    store.write(|tx| tx.execute("UPDATE text SET text = 'other' WHERE text = '4e9482e'", [])).unwrap();
    index(&store, landing, &[2.0], &mut IndexCache::default());
    let commits = "SELECT count(DISTINCT t.text) FROM run r JOIN text t ON t.id = r.commit_id";
    assert_eq!(number(&store, commits), 2);
    assert_eq!(number(&store, "SELECT count(DISTINCT hash) FROM text WHERE text IN ('other', '4e9482e')"), 1);
}

#[test]
fn a_copy_is_known_by_its_bytes_and_its_name_and_not_by_its_key() {
    let (_dir, store) = store();
    let mut cache = IndexCache::default();
    let landing = land(&store, &[b"r/a/x.json", b"r/b/x.json", b"r/b/y.json", b"r/c/x.json"]);
    // The last one has other bytes; its key is made to be that of the first.
    let key = {
        let copied = content(&RelPath::new(&b"r/c/x.json"[..]), 2.0, "");
        runs::copy_key(&copied.hash, &copied.file_name)
    };
    index(&store, landing, &[1.0, 1.0, 1.0], &mut cache);
    let same = "UPDATE version SET copy_key = ?1";
    store.write(|tx| tx.execute(same, params![key])).unwrap();
    index(&store, landing, &[2.0], &mut cache);
    let owners = "SELECT count(*) FROM version v JOIN artifact a ON a.id = v.artifact_id
                  WHERE v.copy_of IS NULL AND a.path IN (CAST('r/a/x.json' AS BLOB), CAST('r/b/y.json' AS BLOB),
                                                         CAST('r/c/x.json' AS BLOB))";
    assert_eq!(number(&store, owners), 3);
    assert_eq!(number(&store, "SELECT count(*) FROM version WHERE copy_of = 1 AND id = 2"), 1);
    assert_eq!(number(&store, "SELECT count(*) FROM measurement"), 3, "a copy brings no numbers");
}

#[test]
fn a_bundle_has_a_number_of_its_own() {
    let (_dir, store) = store();
    let mut cache = IndexCache::default();
    let landing = land(&store, &[b"r/1.json", b"r/2.json"]);
    index(&store, landing, &[1.0, 2.0], &mut cache);
    let again = land(&store, &[b"r/1.json", b"r/2.json"]);
    let tally = index(&store, again, &[3.0, 4.0], &mut cache);
    assert_eq!(tally.runs, 2, "new bytes in an old path are a new run");
    assert_eq!(number(&store, "SELECT count(DISTINCT id) FROM bundle"), 2);
    assert_eq!(number(&store, "SELECT count(*) FROM bundle WHERE generation = 2"), 2);
    assert_eq!(store.landing_totals(again).unwrap().runs, 2);
}
