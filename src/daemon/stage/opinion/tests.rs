//! Judging by tracks gives what judging by histories gives, in whatever order runs land, and reads little for it.

use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::analysis::follow::{History, replay};
use crate::analysis::settle;
use crate::domain::artifact::{ArtifactKind, ContentHash, FileStamp, RelPath};
use crate::domain::measurement::{Locator, Measurement, Spread};
use crate::domain::run::TimeSource;
use crate::domain::verdict::VerdictKind;
use crate::store::{FileResult, FinishedReport, IndexCache, Judgement, ParsedFile, ReadFile, Remark, RunRow, Stage};

const STAMP: FileStamp = FileStamp { dev: 1, ino: 1, size: 1, mtime_ns: 1, ctime_ns: 1 };

/// An index of one benchmark with some series.
struct Index {
    _dir: TempDir,
    store: Store,
    series: usize,
}

fn hour(n: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(n as i64)
}

/// Pseudo-random numbers from 0 to 1 (SplitMix64).
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The value of a series in run `n`: noise around a level that moves every 40 runs.
fn value(series: usize, n: usize) -> f64 {
    let mut state = (series * 100_003 + n) as u64;
    let noise: f64 = (0..12).map(|_| random(&mut state)).sum::<f64>() - 6.0;
    let level = if (n / 40).is_multiple_of(2) { 100.0 } else { 120.0 };
    level + noise
}

impl Index {
    fn new(series: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        Self { _dir: dir, store, series }
    }

    /// Lands run `n` and indexes it.
    fn land(&self, n: usize) -> LandingRow {
        let path = RelPath::new(format!("r/{n}.json").as_bytes());
        let files = [(path.clone(), ArtifactKind::Json, STAMP)];
        let landing = self.store.open_landing(LandingKind::Live, &files, &[], Timestamp::UNIX_EPOCH).unwrap();
        let item = self.store.items(landing, 1).unwrap().remove(0);
        let result = FileResult::Parsed(Box::new(self.content(&path, n)));
        let file = ReadFile { artifact_id: item.artifact_id, stamp: STAMP, result };
        self.store.commit_batch(landing, &[file], &mut IndexCache::default()).unwrap();
        assert!(self.store.finish_index(landing, 0.0).unwrap());
        self.store.next_landing(Stage::Judge, Timestamp::MAX).unwrap().unwrap()
    }

    fn content(&self, path: &RelPath, n: usize) -> ParsedFile {
        let measurement = |series: usize| Measurement {
            series: SeriesKey { benchmark: "b".into(), metric: format!("m{series}"), ..SeriesKey::default() },
            direction: Direction::Lower,
            value: value(series, n),
            samples: Vec::new(),
            n: 1,
            spread: Spread::default(),
            resolution: 0.0,
            at: Locator::json("$.m"),
            field: "m".into(),
        };
        ParsedFile {
            hash: ContentHash::of(&n.to_le_bytes()),
            size: 1,
            file_name: path.file_name().to_vec(),
            bundle: path.as_bytes().to_vec(),
            benchmark: "b".into(),
            telling: Default::default(),
            format: "json".into(),
            rank: 0,
            runs: vec![RunRow {
                time: hour(n),
                source: TimeSource::Content,
                host: None,
                commit: Some(format!("c{n}")),
                branch: None,
                environment: String::new(),
                subject: Default::default(),
            }],
            measurements: (0..self.series).map(|series| (0, measurement(series))).collect(),
            gaps: Vec::new(),
        }
    }

    /// Judges a landing and stores the tracks; the opinions, and how they came about.
    fn judge(&self, landing: &LandingRow, tuning: Tuning) -> (Vec<Opinion>, Ways) {
        let mut judge = Judge::new(&self.store, landing).unwrap();
        let (mut opinions, mut tracks) = (Vec::new(), Vec::new());
        for benchmark in &self.store.landing_benchmarks(landing.id).unwrap() {
            for touched in self.store.touched(landing.id, benchmark).unwrap() {
                let mut case = judge.series(touched, tuning).unwrap();
                settle(&mut [&mut case.opinion], 1);
                tracks.push(match case.standing {
                    Standing::Settled(row) => row,
                    Standing::Waiting(waiting) => waiting.settled(case.opinion.pending.as_ref()).unwrap(),
                });
                opinions.push(case.opinion);
            }
        }
        self.conclude(landing, tracks);
        (opinions, judge.ways)
    }

    /// Ends a landing with these tracks.
    fn conclude(&self, landing: &LandingRow, tracks: Vec<TrackRow>) {
        let judgement = Judgement { tracks, ..Judgement::default() };
        self.store.record_judgement(landing.id, &judgement, Timestamp::UNIX_EPOCH).unwrap();
        let done = FinishedReport::default();
        self.store.finish_landing(landing.id, &done, Timestamp::UNIX_EPOCH).unwrap();
    }

    fn say(&self, run: i64, excludes: bool) {
        let word = Remark { excludes, at: Timestamp::UNIX_EPOCH, who: "ann".into(), why: "busy".into() };
        self.store.say_of_runs(&[run], &word, &[], None).unwrap();
    }

    /// The track that was stored with the series that a landing touched first.
    fn state(&self, landing: &LandingRow) -> Vec<u8> {
        let benchmarks = self.store.landing_benchmarks(landing.id).unwrap();
        self.store.touched(landing.id, &benchmarks[0]).unwrap().remove(0).track.unwrap().state
    }
}

/// The track of a replay of series 0 over these runs, in the order of time.
fn replayed(mut runs: Vec<usize>) -> Vec<u8> {
    runs.sort_unstable();
    let values: Vec<f64> = runs.iter().map(|n| value(0, *n)).collect();
    let (track, _) = replay(&History::of(&values, &vec![0.0; values.len()]), &Tuning::default(), &mut Work::default());
    track.encode().unwrap()
}

#[test]
fn in_whatever_order_runs_land_and_are_excluded_the_track_is_that_of_a_replay() {
    for seed in 0..4 {
        let index = Index::new(1);
        let mut state = seed;
        let (mut landed, mut excluded) = (Vec::new(), Vec::new());
        let mut waiting: Vec<usize> = Vec::new();
        let mut ways = Ways::default();
        for n in 0..130 {
            // One run in ten comes late, up to a dozen runs later.
            if random(&mut state) < 0.1 {
                waiting.push(n);
                continue;
            }
            let mut batch = vec![n];
            if random(&mut state) < 0.1 {
                batch.append(&mut waiting);
            }
            for n in batch {
                let landing = index.land(n);
                landed.push(n);
                let (_, by) = index.judge(&landing, Tuning::default());
                ways.at_a_glance += by.at_a_glance;
                ways.by_segment += by.by_segment;
                ways.by_history += by.by_history;
                let counting = landed.iter().enumerate().filter(|(at, _)| !excluded.contains(at));
                assert_eq!(
                    index.state(&landing),
                    replayed(counting.map(|(_, n)| *n).collect()),
                    "run {n}, seed {seed}"
                );
            }
            // Now and then a person leaves a run out, or takes one back.
            if random(&mut state) < 0.05 {
                let at = (random(&mut state) * landed.len() as f64) as usize;
                let back = excluded.iter().position(|known| *known == at);
                index.say(at as i64 + 1, back.is_none());
                match back {
                    Some(place) => drop(excluded.remove(place)),
                    None => excluded.push(at),
                }
            }
        }
        assert!(ways.at_a_glance > 30 && ways.by_segment > 5 && ways.by_history > 10, "{ways:?}");
    }
}

#[test]
fn a_landing_of_many_quiet_series_reads_few_histories() {
    let index = Index::new(300);
    for n in 0..38 {
        index.judge(&index.land(n), Tuning::default());
    }
    let (opinions, ways) = index.judge(&index.land(38), Tuning::default());
    assert_eq!(opinions.len(), 300);
    assert!(ways.at_a_glance > 200 && ways.by_history == 0, "{ways:?}");
}

#[test]
fn other_settings_and_a_landing_that_was_judged_before_make_the_track_anew() {
    let index = Index::new(1);
    for n in 0..30 {
        index.judge(&index.land(n), Tuning::default());
    }
    let other = Tuning { min_effect: 0.5, ..Tuning::default() };
    let landing = index.land(30);
    let (first, ways) = index.judge(&landing, other);
    assert_eq!(ways, Ways { by_history: 1, ..Ways::default() });
    // As after a kill between the tracks that were written ahead and the verdicts.
    let (again, ways) = index.judge(&landing, other);
    assert_eq!((again, ways.by_history), (first, 1));
    let (_, ways) = index.judge(&index.land(31), other);
    assert_eq!(ways.by_history, 0);
}

#[test]
fn a_landing_that_was_overtaken_is_judged_as_if_it_had_not_been() {
    let index = Index::new(1);
    for n in 0..30 {
        index.judge(&index.land(n), Tuning::default());
    }
    let first = index.land(50);
    let second = {
        index.land(51);
        LandingRow { id: first.id + 1, ..first.clone() }
    };
    let (_, ways) = index.judge(&second, Tuning::default());
    assert_eq!(ways.by_history, 1, "no track knows the run of the first");
    let (late, _) = index.judge(&first, Tuning::default());
    assert_eq!(late[0].verdict.n, 31, "without the run of the second");
    assert_ne!(late[0].verdict.kind, VerdictKind::Steady, "120 after 100 stands out");
    assert_eq!(index.state(&second), b"", "and the next landing begins anew");
    let (_, ways) = index.judge(&index.land(52), Tuning::default());
    assert_eq!(ways.by_history, 1);
    assert_eq!(index.state(&second), replayed((0..30).chain([50, 51, 52]).collect()));
}

#[test]
fn a_series_that_was_not_judged_for_a_while_is_judged_by_all_its_runs() {
    let index = Index::new(1);
    for n in 0..30 {
        index.judge(&index.land(n), Tuning::default());
    }
    let landing = index.land(30);
    let benchmarks = index.store.landing_benchmarks(landing.id).unwrap();
    let touched = index.store.touched(landing.id, &benchmarks[0]).unwrap();
    index.conclude(&landing, touched.iter().filter_map(|touched| passed_over(touched, landing.id)).collect());
    assert_eq!(index.state(&landing), b"");
    let landing = index.land(31);
    let (_, ways) = index.judge(&landing, Tuning::default());
    assert_eq!(ways.by_history, 1);
    assert_eq!(index.state(&landing), replayed((0..32).collect()));
}
