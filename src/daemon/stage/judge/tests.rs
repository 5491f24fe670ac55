//! A slower model is a regression like any other: candidate, regression, mail; and no landing is opened by it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::clock::{Clock as _, ManualClock};
use crate::daemon::context::{MailSettings, ReportSettings, Tree};
use crate::daemon::stage::deliver::file_drop;
use crate::daemon::stage::{analyse, report};
use crate::domain::alert::AlertState;
use crate::domain::artifact::{ArtifactKind, ContentHash, FileStamp, RelPath};
use crate::domain::call::{BENCHMARK, Call, Measured, Role};
use crate::domain::measurement::{Locator, Measurement, Spread};
use crate::domain::run::TimeSource;
use crate::domain::series::Direction;
use crate::mail;
use crate::store::calls_tests::{call, said};
use crate::store::{FileResult, IndexCache, LandingKind, ParsedFile, ReadFile, RunRow, Stage, Store};

const STAMP: FileStamp = FileStamp { dev: 1, ino: 1, size: 1, mtime_ns: 1, ctime_ns: 1 };

/// A tree of one benchmark whose only series stays where it is.
struct Watched {
    _dir: TempDir,
    context: Context,
    clock: ManualClock,
}

fn hour(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(n)
}

/// Noise of some percent around 1.
fn noise(n: i64) -> f64 {
    let step = (n * 7919) % 13;
    1.0 + 0.01 * (step - 6) as f64 / 6.0
}

fn settings(dir: &std::path::Path) -> Settings {
    Settings {
        tree: Tree { base: dir.to_owned(), roots: Vec::new(), state: dir.to_owned(), named: String::new() },
        watch: Default::default(),
        artifact: Default::default(),
        judge: Default::default(),
        kept: Default::default(),
        insight: Default::default(),
        report: ReportSettings::default(),
        mail: MailSettings {
            to: vec!["team@localhost".into()],
            from: "chimera@localhost".into(),
            subject_prefix: String::new(),
            list_id: Some("test".into()),
            domain: "test".into(),
            transport: mail::Transport::Files { dir: dir.join("outbox"), write: file_drop() },
            routes: Default::default(),
            schedule: Default::default(),
        },
        agents: Default::default(),
        webhooks: Vec::new(),
    }
}

impl Watched {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let clock = ManualClock::new(hour(0));
        let context = Context::new(Arc::new(store), Arc::new(clock.clone()), settings(dir.path()));
        Self { _dir: dir, context, clock }
    }

    /// Lands run `n`, judges it, and writes its report; then its agents were answered after so many seconds.
    fn land(&self, n: i64, ttft_s: f64) -> (LandingRow, Vec<(String, VerdictKind)>) {
        self.land_with(n, [Role::Collector, Role::Insight].map(|role| call(role, ttft_s * noise(n))).to_vec())
    }

    /// The same with these calls of the agents.
    fn land_with(&self, n: i64, calls: Vec<Call>) -> (LandingRow, Vec<(String, VerdictKind)>) {
        let store = &self.context.store;
        let path = RelPath::new(format!("r/{n}.json").as_bytes());
        let files = [(path.clone(), ArtifactKind::Json, STAMP)];
        let id = store.open_landing(LandingKind::Live, &files, &[], self.clock.now()).unwrap();
        let item = store.items(id, 1).unwrap().remove(0);
        let result = FileResult::Parsed(Box::new(content(&path, n)));
        let file = ReadFile { artifact_id: item.artifact_id, stamp: STAMP, result };
        store.commit_batch(id, &[file], &mut IndexCache::default()).unwrap();
        assert!(store.finish_index(id, 0.5).unwrap());
        let landing = store.next_landing(Stage::Judge, Timestamp::MAX).unwrap().unwrap();
        let judged = run(&self.context, &landing).unwrap();
        self.clock.advance(SignedDuration::from_mins(1).try_into().unwrap());
        assert!(store.keep_said(id, &said(calls), 60.0, self.clock.now()).unwrap());
        let landing = store.next_landing(Stage::Report, Timestamp::MAX).unwrap().unwrap();
        report::run(&self.context, &landing).unwrap();
        self.clock.advance(SignedDuration::from_hours(1).try_into().unwrap());
        let told = judged.verdicts.iter().map(|one| (one.series.metric.clone(), one.verdict.kind));
        (landing, told.collect())
    }
}

fn content(path: &RelPath, n: i64) -> ParsedFile {
    let measurement = Measurement {
        series: SeriesKey { benchmark: "r/b".into(), metric: "time".into(), ..SeriesKey::default() },
        direction: Direction::Lower,
        value: 100.0 * noise(n + 5),
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
        benchmark: "r/b".into(),
        telling: Default::default(),
        format: "json".into(),
        rank: 0,
        runs: vec![RunRow {
            time: hour(n),
            source: TimeSource::Content,
            host: None,
            commit: None,
            branch: None,
            environment: String::new(),
            subject: Default::default(),
        }],
        measurements: vec![(0, measurement)],
        gaps: Vec::new(),
    }
}

#[test]
fn a_slower_model_becomes_a_candidate_then_a_regression_and_a_mail() {
    let tree = Watched::new();
    let store = Arc::clone(&tree.context.store);
    let mut kinds: Vec<Vec<(String, VerdictKind)>> = Vec::new();
    let (mut mailed, mut landings) = (Vec::new(), Vec::new());
    for n in 1..=22 {
        let (landing, told) = tree.land(n, if n <= 14 { 1.0 } else { 2.6 });
        let mails = store.landing_mails(landing.id).unwrap();
        mailed.extend(mails.into_iter().map(|mail| (n, mail.subject, store.newest_report().unwrap().unwrap())));
        kinds.push(told);
        landings.push(landing.id);
    }
    let first = |kind| kinds.iter().position(|told| told.contains(&("ttft".to_owned(), kind)));
    let (candidate, regression) = (first(VerdictKind::Candidate).unwrap(), first(VerdictKind::Regression).unwrap());
    // The slow call of landing 15, which is at 14, is judged with the next one.
    assert_eq!(candidate, 15, "{kinds:?}");
    assert!(candidate < regression, "{kinds:?}");
    assert!(
        kinds.iter().flatten().all(|(metric, kind)| metric != "time" || *kind == VerdictKind::InsufficientEvidence)
    );
    let [(n, subject, report)] = &mailed[..] else { panic!("one mail: {mailed:?}") };
    assert!(*n as usize == regression + 1 && subject.contains(BENCHMARK), "{mailed:?} {kinds:?}");
    let status = store.status().unwrap();
    assert_eq!((status.landings, status.open_landings), (22, 0));
    assert_eq!(status.artifacts.values().sum::<u64>(), 22);
    assert_eq!(status.health, [], "every number of every report resolved");
    let markdown = std::fs::read_to_string(std::str::from_utf8(report.path.as_ref().unwrap()).unwrap()).unwrap();
    assert!(markdown.contains(&format!("ttft` of `{BENCHMARK}`")), "{markdown}");
    assert!(markdown.contains("$.calls[0].ttft_without_load_s"), "{markdown}");
    // What the files brought is told apart from what was measured of the calls.
    for said in [
        "Arrived: 1 artifact with 1 run, 1 measurement of 1 series.",
        "series of the agents' calls got worse, most of all `ttft`",
        "The only series has enough history for a verdict, and it did not regress.",
        "- Verdicts: steady 1.",
        "- Verdicts on the agents' own calls: ",
    ] {
        assert!(markdown.contains(said), "{said}\n{markdown}");
    }

    // Whatever came later, each landing has the alerts of its time, in the state that they had.
    let states = |at: usize| -> BTreeSet<&str> {
        store.alert_lines(landings[at], "").unwrap().iter().map(|line| line.state.as_str()).collect()
    };
    assert_eq!(states(candidate - 1), BTreeSet::new());
    assert_eq!(states(candidate), BTreeSet::from([AlertState::Candidate.as_str()]));
    assert_eq!(states(regression), BTreeSet::from([AlertState::Firing.as_str()]));
    let inventory = |at: usize| store.artifact_lines(landings[at]).unwrap().len();
    assert_eq!((inventory(0), inventory(candidate), inventory(21)), (1, candidate + 1, 22));
}

/// A call of constant speed: so many tokens of prompt, read a thousand a second.
fn of_prompt(role: Role, n: i64, prompt_tokens: u64) -> Call {
    let ttft_s = (0.1 + prompt_tokens as f64 / 1000.0) * noise(n);
    let mut call = call(role, 1.0);
    call.measured = Measured {
        ttft_s: Some(ttft_s),
        total_s: 4.0 + ttft_s,
        throughput: Some(50.0 * noise(n)),
        prompt_tokens: Some(prompt_tokens),
        prompt_eval_s: Some(ttft_s),
        ..call.measured
    };
    call
}

#[test]
fn landings_that_grow_make_no_regression_of_a_server_of_constant_speed() {
    let tree = Watched::new();
    for n in 1..=30 {
        // Within a class, then beyond it.
        let prompt_tokens = if n <= 10 {
            1_050
        } else if n <= 20 {
            2_040
        } else {
            30_000
        };
        let calls = [Role::Collector, Role::Insight].map(|role| of_prompt(role, n, prompt_tokens)).to_vec();
        let (landing, told) = tree.land_with(n, calls);
        let quiet = |kind: &VerdictKind| matches!(kind, VerdictKind::InsufficientEvidence);
        let neutral = |metric: &str| ["total", "prompt_eval"].contains(&metric);
        assert!(told.iter().all(|(metric, kind)| quiet(kind) || neutral(metric)), "{n}: {told:?}");
        assert_eq!(tree.context.store.landing_mails(landing.id).unwrap().len(), 0);
        assert_eq!(tree.context.store.alert_lines(landing.id, "").unwrap(), []);
    }
}

#[test]
fn settings_that_come_between_the_agents_and_the_report_change_none_of_its_facts() {
    let tree = Watched::new();
    let context = &tree.context;
    let (landing, _) = tree.land(1, 1.0);
    let settings = context.settings();
    let told = analyse::first(context, &settings, &landing).unwrap();
    let mut other = Settings::clone(&settings);
    other.insight.judged_by.min_effect = 0.5;
    context.replace_settings(other);
    let ledger = told.analysis.ledger.hash();
    drop(told);
    let last = analyse::last(context, &context.settings(), &landing).unwrap();
    assert_eq!(last.analysis.ledger.hash(), ledger);
    let anew = analyse::last(context, &context.settings(), &landing).unwrap();
    assert_ne!(anew.analysis.ledger.hash(), ledger, "by the other settings");
}
