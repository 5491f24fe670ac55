//! Tracks and histories: what is fresh, what a track may rely on, and what empties it.

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::super::tests::{STAMP, content, store};
use super::*;
use crate::domain::artifact::{ArtifactKind, RelPath};
use crate::domain::run::TimeSource;
use crate::store::{FileResult, IndexCache, Judgement, LandingKind, ParsedFile, ReadFile, Remark};

/// What makes a content another one.
type Change = fn(&mut ParsedFile);

/// An index into which runs land one by one.
pub(in crate::store) struct Index {
    _dir: TempDir,
    pub store: Store,
}

pub(in crate::store) fn hour(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(n)
}

impl Index {
    pub fn new() -> Self {
        let (dir, store) = store();
        Self { _dir: dir, store }
    }

    /// Lands a file; its content is made by `with`.
    pub fn land(&self, path: &str, value: f64, with: impl Fn(&mut ParsedFile)) -> i64 {
        let path = RelPath::new(path.as_bytes());
        let files = [(path.clone(), ArtifactKind::Json, STAMP)];
        let landing = self.store.open_landing(LandingKind::Live, &files, &[], Timestamp::UNIX_EPOCH).unwrap();
        let item = self.store.items(landing, 1).unwrap().remove(0);
        let mut parsed = content(&path, value, "4e9482e");
        with(&mut parsed);
        let result = FileResult::Parsed(Box::new(parsed));
        let file = ReadFile { artifact_id: item.artifact_id, stamp: STAMP, result };
        self.store.commit_batch(landing, &[file], &mut IndexCache::default()).unwrap();
        assert!(self.store.finish_index(landing, 0.0).unwrap());
        landing
    }

    /// Lands the run of an hour.
    pub fn run(&self, at: i64, value: f64) -> i64 {
        self.land(&format!("r/{at}.json"), value, |parsed| {
            parsed.runs[0].time = hour(at);
            parsed.runs[0].source = TimeSource::FileName;
        })
    }

    /// The one series that a landing touched.
    fn touched(&self, landing: i64) -> Touched {
        let benchmarks = self.store.landing_benchmarks(landing).unwrap();
        let mut touched = self.store.touched(landing, &benchmarks[0]).unwrap();
        assert_eq!(touched.len(), 1);
        touched.remove(0)
    }

    /// The history with a landing: values, and which are fresh.
    fn history(&self, landing: i64) -> Vec<(f64, bool)> {
        let Touched { fresh, track } = self.touched(landing);
        let known = track.map(|track| track.newest);
        let runs = self.store.history(&fresh, landing, known).unwrap();
        runs.iter().map(|run| (run.value, run.fresh)).collect()
    }

    /// Judges a landing: a track that knows all, with its segment beginning at run `segment`.
    pub fn judge(&self, landing: i64, segment: usize) -> TrackRow {
        let Touched { fresh, .. } = self.touched(landing);
        let runs = self.store.history(&fresh, landing, None).unwrap();
        let track = TrackRow {
            series_id: fresh.series_id,
            landing,
            settings: 7,
            runs: runs.len() as u64,
            newest: runs.last().unwrap().moment,
            segment: runs[segment].moment,
            segment_least: runs[segment..].iter().map(|run| run.moment.run).min().unwrap(),
            state: b"state".to_vec(),
        };
        let judgement = Judgement { tracks: vec![track.clone()], ..Judgement::default() };
        self.store.record_judgement(landing, &judgement, Timestamp::UNIX_EPOCH).unwrap();
        track
    }

    fn state(&self) -> Vec<u8> {
        self.store.read(|tx| tx.query_row("SELECT state FROM track", [], |row| row.get(0))).unwrap()
    }

    pub fn say(&self, run: i64, excludes: bool) {
        let word = Remark { excludes, at: Timestamp::UNIX_EPOCH, who: "ann".into(), why: "busy".into() };
        self.store.say_of_runs(&[run], &word, &[], None).unwrap();
    }
}

#[test]
fn a_run_is_fresh_once_and_only_where_it_is_newer_than_what_was_judged() {
    let index = Index::new();
    let first = index.run(1, 1.0);
    assert_eq!(index.history(first), [(1.0, true)]);
    index.judge(first, 0);
    let second = index.run(3, 3.0);
    assert_eq!(index.history(second), [(1.0, false), (3.0, true)]);
    index.judge(second, 0);
    let late = index.run(2, 2.0);
    assert_eq!(index.history(late), [(1.0, false), (2.0, false), (3.0, false)], "put in by time");
    assert_eq!(index.state(), b"state", "the landing itself knows that it is late");
}

#[test]
fn a_landing_is_judged_without_what_came_after_it() {
    let index = Index::new();
    let (first, second) = (index.run(1, 1.0), index.run(2, 2.0));
    assert_eq!(index.history(first), [(1.0, true)]);
    assert!(index.store.is_overtaking(second).unwrap() && !index.store.is_overtaking(first).unwrap());
    index.judge(first, 0);
    assert!(!index.store.is_overtaking(second).unwrap());
    assert_eq!(index.history(second), [(1.0, false), (2.0, true)]);
}

#[test]
fn a_segment_is_the_end_of_the_history_and_the_fresh_runs() {
    let index = Index::new();
    // The run of hour 9 gets the lowest number of the segment's.
    let mut landing = 0;
    for (at, value) in [(1, 1.0), (9, 9.0), (2, 2.0), (3, 3.0), (4, 4.0), (10, 10.0)] {
        landing = index.run(at, value);
        index.judge(landing, 0);
    }
    for from in 0..6 {
        let track = index.judge(landing, from);
        let next = index.run(20 + from as i64, 0.5);
        let Touched { fresh, .. } = index.touched(next);
        let whole = index.store.history(&fresh, next, Some(track.newest)).unwrap();
        assert_eq!(index.store.segment(&track, &fresh.runs, next).unwrap(), whole[from..], "from run {from}");
        index.say(fresh.runs[0].moment.run, true);
    }
}

#[test]
fn whatever_changes_a_history_empties_its_track() {
    let better = |parsed: &mut ParsedFile| {
        parsed.runs[0].time = hour(1);
        parsed.runs[0].source = TimeSource::FileName;
        parsed.rank = 0;
    };
    let timed = |parsed: &mut ParsedFile| {
        parsed.runs[0].time = hour(5);
        parsed.runs[0].source = TimeSource::Content;
        parsed.measurements.clear();
        parsed.rank = 9;
    };
    let poorer = |parsed: &mut ParsedFile| {
        parsed.runs[0].time = hour(1);
        parsed.runs[0].source = TimeSource::FileName;
        parsed.rank = 9;
    };
    // A further rendering of a run that was judged, which has its bundle, and the track after it.
    let cases: [(&str, Change, &[u8]); 3] =
        [("a better rendering", better, b""), ("a better time", timed, b""), ("a poorer one", poorer, b"state")];
    for (what, with, state) in cases {
        let index = Index::new();
        let landing = index.land("r/1.json", 1.0, |parsed| {
            poorer(parsed);
            parsed.rank = 5;
        });
        index.judge(landing, 0);
        index.land("r/1.csv", 1.5, |parsed| {
            with(parsed);
            parsed.bundle = b"r/1".to_vec();
        });
        assert_eq!(index.state(), state, "{what}");
    }
}

#[test]
fn an_excluded_run_counts_no_more_and_empties_the_tracks_that_know_it() {
    let index = Index::new();
    for at in 1..4 {
        let landing = index.run(at, at as f64);
        index.judge(landing, 0);
    }
    for (excludes, history) in [
        (true, vec![(1.0, false), (3.0, false), (4.0, true)]),
        (false, vec![(1.0, false), (2.0, false), (3.0, false), (4.0, true)]),
    ] {
        index.say(2, excludes);
        assert_eq!(index.state(), b"");
        let landing = index.run(4, 4.0);
        assert_eq!(index.history(landing), history);
        index.say(index.touched(landing).fresh.runs[0].moment.run, true);
    }
}
