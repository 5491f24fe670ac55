//! Calls come into the index with what the agents said, and are judged once, in order, whatever lands meanwhile.

use rusqlite::types::FromSql;

use super::*;
use crate::dialogue::Standing;
use crate::domain::artifact::{FileStamp, RelPath};
use crate::domain::call::{Call, Ended, Failure, Measured, Role};
use crate::domain::series::Direction;
use crate::store::{
    FileResult, FinishedReport, IndexCache, Judgement, LandingKind, ParsedFile, ReadFile, Selection, Stage,
};

/// A call that was answered after so many seconds to the first token.
pub fn call(role: Role, ttft_s: f64) -> Call {
    Call {
        role,
        label: if role == Role::Collector { "DataCollector-9000" } else { "InsightAgent" }.to_owned(),
        attempt: 1,
        backend: "ollama".to_owned(),
        url: "http://127.0.0.1:11434".to_owned(),
        model: "gemma3:latest".to_owned(),
        digest: None,
        options: Vec::new(),
        ended: Ended::Answered,
        measured: Measured {
            total_s: 4.0 + ttft_s,
            ttft_s: Some(ttft_s),
            throughput: Some(50.0 / ttft_s),
            tokens: Some(200),
            prompt_tokens: Some(1000),
            ..Measured::default()
        },
    }
}

/// What agents said that made these calls.
pub fn said(calls: Vec<Call>) -> Said {
    Said { calls, ..Said::nothing(Standing::Used) }
}

impl Store {
    fn keep_calls(&self, landing: i64, calls: Vec<Call>, now: Timestamp) {
        self.write(|tx| keep(tx, landing, &said(calls), now)).unwrap();
    }

    fn cell<T: FromSql>(&self, sql: &str) -> T {
        self.read(|tx| tx.query_row(sql, [], |row| row.get(0))).unwrap()
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn second(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(n)
}

/// A landing of a file without measurements, read.
fn land(store: &Store, kind: LandingKind, n: i64) -> i64 {
    let path = RelPath::new(format!("reports/{n}.json").as_bytes());
    let stamp = FileStamp { size: 1, ..FileStamp::default() };
    let landing = store.open_landing(kind, &[(path.clone(), ArtifactKind::Json, stamp)], &[], second(n)).unwrap();
    let item = store.items(landing, 1).unwrap().remove(0);
    let parsed = ParsedFile {
        hash: ContentHash::of(&n.to_le_bytes()),
        size: 1,
        file_name: path.file_name().to_vec(),
        bundle: path.as_bytes().to_vec(),
        benchmark: format!("reports/{n}"),
        telling: Params::new(),
        format: "json".to_owned(),
        rank: 0,
        runs: Vec::new(),
        measurements: Vec::new(),
        gaps: Vec::new(),
    };
    let result = FileResult::Parsed(Box::new(parsed));
    let file = ReadFile { artifact_id: item.artifact_id, stamp, result };
    store.commit_batch(landing, &[file], &mut IndexCache::default()).unwrap();
    assert!(store.finish_index(landing, 0.5).unwrap());
    landing
}

/// Judges a landing as far as calls are concerned; gives the times to the first token that it judges, in order.
fn judge(store: &Store, landing: i64) -> Vec<f64> {
    store.take_calls(landing).unwrap();
    let mut judged = Vec::new();
    for benchmark in store.judged_benchmarks(landing).unwrap() {
        for touched in store.touched(landing, &benchmark).unwrap() {
            if touched.fresh.series.metric == "ttft" {
                judged.extend(touched.fresh.runs.iter().map(|run| run.value));
            }
        }
    }
    store.record_judgement(landing, &Judgement::default(), second(1000 + landing)).unwrap();
    judged
}

const NONE: [f64; 0] = [];

fn one(ttft_s: f64) -> Vec<Call> {
    vec![call(Role::Insight, ttft_s)]
}

#[test]
fn calls_are_judged_once_and_in_order_whatever_lands_meanwhile() {
    let (_dir, store) = store();
    let first = land(&store, LandingKind::Backfill, 1);
    assert_eq!(judge(&store, first), NONE);
    store.keep_calls(first, one(1.0), second(1));
    // Judged while the agents talk about the one before.
    let second_one = land(&store, LandingKind::Live, 2);
    assert_eq!(judge(&store, second_one), [1.0]);
    assert_eq!(judge(&store, second_one), [1.0], "again, as after a crash");
    let third = land(&store, LandingKind::Live, 3);
    assert_eq!(judge(&store, third), NONE, "none are waiting");
    store.keep_calls(second_one, one(2.0), second(3));
    store.keep_calls(third, one(3.0), second(2));
    let history = land(&store, LandingKind::Backfill, 4);
    assert_eq!(judge(&store, history), NONE, "of what a first scan finds nobody is told");
    store.keep_calls(history, one(4.0), second(9));
    let [overtaken, next] = [5, 6].map(|n| land(&store, LandingKind::Live, n));
    assert_eq!(judge(&store, next), [2.0, 3.0, 4.0]);
    store.keep_calls(next, one(5.0), second(10));
    assert_eq!(judge(&store, overtaken), NONE, "a later landing has been judged");
    let last = land(&store, LandingKind::Live, 7);
    assert_eq!(judge(&store, last), [5.0]);
    let judged: i64 = store
        .cell("SELECT count(*) FROM version v JOIN calls c ON c.version_id = v.id WHERE v.landing_id > c.landing_id");
    assert_eq!(judged, 5);
}

#[test]
fn a_call_that_failed_is_told_of_and_measures_nothing() {
    let (_dir, store) = store();
    let landing = land(&store, LandingKind::Live, 1);
    let failed = Ended::Failed { failure: Failure::Silent, words: "nothing came within 60 s".to_owned() };
    store.keep_calls(landing, vec![Call { ended: failed, ..call(Role::Collector, 1.0) }], second(1));
    assert_eq!(store.status().unwrap().own, Own::default());
    let document = store.calls(landing).unwrap().unwrap();
    assert_eq!((document.calls(), document.measurements().len()), (1, 0));
    assert!(document.text().contains("nothing came within 60 s"));
    assert_eq!(store.calls_with(&document.hash()).unwrap().as_deref(), Some(document.text()));
    let next = land(&store, LandingKind::Live, 2);
    assert_eq!(judge(&store, next), NONE);
    store.keep_calls(next, Vec::new(), second(2));
    assert_eq!(store.calls(next).unwrap(), None);
}

#[test]
fn each_quantity_is_a_series_of_the_agent_with_unit_and_direction() {
    let (_dir, store) = store();
    let landing = land(&store, LandingKind::Live, 1);
    let repair = Call { attempt: 2, ..call(Role::Insight, 2.0) };
    let twice = call(Role::Insight, 1.5);
    let calls = vec![call(Role::Collector, 1.0), twice.clone(), repair, twice];
    store.keep_calls(landing, calls.clone(), second(1));
    store.keep_calls(landing, calls, second(2));
    let known = store.series(|_| true).unwrap();
    let shown: Vec<String> = known
        .iter()
        .filter(|one| one.series.case == "InsightAgent")
        .map(|one| {
            format!(
                "{} {} {} {} {}",
                one.series,
                one.series.unit,
                one.direction.as_str(),
                one.runs,
                one.latest.unwrap().0
            )
        })
        .collect();
    assert_eq!(known.len(), 6, "throughput, ttft and total of both agents; a repair is no sample of either");
    assert!(shown.iter().any(|line| line.contains("throughput") && line.contains("tok/s higher 2 33.3")), "{shown:#?}");
    let ttft = shown.iter().find(|line| line.contains("ttft")).unwrap();
    assert!(ttft.contains("prompt_tokens=<=1024") && ttft.ends_with("s lower 2 1.5"), "{ttft}");
    assert!(shown.iter().any(|line| line.contains("total") && line.ends_with("s neutral 2 5.5")), "{shown:#?}");
    assert!(store.calls(landing).unwrap().unwrap().text().contains("\"attempt\":2"), "it is in the document");
    assert!(known.iter().all(|one| one.series.benchmark == BENCHMARK));
    assert_eq!(store.status().unwrap().own, Own { runs: 2, series: 6, measurements: 9 });
    assert_eq!(store.newest_calls(9).unwrap(), [store.calls(landing).unwrap().unwrap().text()]);
}

#[test]
fn the_time_to_the_first_token_is_compared_among_prompts_of_a_class_and_without_the_loading() {
    let with = |prompt_tokens, ttft_s, load_s| {
        let mut call = call(Role::Insight, 1.0);
        call.measured = Measured { prompt_tokens, ttft_s: Some(ttft_s), load_s, ..call.measured };
        call
    };
    let calls = [
        with(Some(1024), 1.0, None),
        with(Some(1025), 3.0, Some(2.5)),
        with(None, 1.0, None),
        with(Some(7), 1.0, Some(1.5)),
        with(Some(u64::MAX), 1.0, Some(0.0)),
    ];
    let document = CallsDoc::new(1, second(1), &calls).unwrap();
    let told: Vec<_> = document
        .measurements()
        .into_iter()
        .filter(|(_, one)| one.series.metric == "ttft")
        .map(|(_, one)| (one.series.params.get("prompt_tokens").cloned(), one.direction, one.value))
        .collect();
    let class = |name: &str| Some(name.to_owned());
    assert_eq!(
        told,
        [
            (class("<=1024"), Direction::Lower, 1.0),
            (class("<=2048"), Direction::Lower, 0.5),
            (None, Direction::Neutral, 1.0),
            // That of the fourth is less than the loading.
            (None, Direction::Neutral, 1.0),
        ]
    );
    assert!(document.text().contains("\"ttft_without_load_s\":0.5"), "it stands in a cell");
}

#[test]
fn calls_are_no_files() {
    let (_dir, store) = store();
    let landing = land(&store, LandingKind::Live, 1);
    store.keep_calls(landing, one(1.0), second(1));
    let next = land(&store, LandingKind::Live, 2);
    assert_eq!(judge(&store, next), [1.0]);
    let status = store.status().unwrap();
    assert_eq!((status.artifacts.values().sum::<u64>(), status.pending, status.failed.len()), (2, 0, 0));
    assert_eq!((status.runs, status.series, status.measurements, status.landings), (1, 3, 3, 2));
    assert!(store.known().unwrap().iter().all(|(path, _)| path.as_bytes().starts_with(b"reports/")));
    assert!(store.artifact_lines(next).unwrap().iter().all(|line| line.path.starts_with("reports/")));
    assert_eq!(store.readable().unwrap().len(), 2);
    let files = store.landing_files(next).unwrap();
    assert_eq!((files.all.len(), files.regressed.len()), (1, 0));
    assert_eq!(store.landing_benchmarks(next).unwrap(), []);
    let totals = store.landing_totals(next).unwrap();
    assert_eq!((totals.artifacts, totals.runs, totals.series, totals.measurements), (1, 0, 0, 0));
    store.mark_gone(&[RelPath::new(BENCHMARK)]).unwrap();
    assert_eq!(store.cell::<String>("SELECT state FROM file WHERE state NOT IN ('indexed')"), "virtual");
    // They can be looked at and excluded like any other.
    let (runs, _) = store.runs(|_| true, 10).unwrap();
    assert_eq!((runs.len(), runs[0].path.as_str(), runs[0].series), (1, BENCHMARK, 3));
    let of_calls = Selection { file: Some(RelPath::new(BENCHMARK)), ..Selection::default() };
    assert_eq!(store.select_runs(&of_calls).unwrap(), [runs[0].id]);
    assert_eq!(store.heard().unwrap().len(), 1);
}

#[test]
fn a_landing_is_never_opened_by_calls() {
    let (_dir, store) = store();
    let landing = land(&store, LandingKind::Live, 1);
    judge(&store, landing);
    store.keep_calls(landing, one(1.0), second(1));
    let done = FinishedReport::default();
    store.finish_landing(landing, &done, second(2)).unwrap();
    assert_eq!(store.status().unwrap().open_landings, 0);
    assert!(Stage::ALL.iter().all(|stage| store.next_landing(*stage, Timestamp::MAX).unwrap().is_none()));
    assert!(!store.has_unread().unwrap());
}
