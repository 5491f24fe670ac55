//! A history as it comes in: run by run, in batches, with pauses, drifts and samples.

use chimera_insight::analysis::{Opinion, Point, Subject, Track, Tuning, Work, glance, judge, judge_anew};
use chimera_insight::domain::series::Direction;
use chimera_insight::domain::units::Unit;
use chimera_insight::domain::verdict::VerdictKind;
use harness::series::Labelled;
use harness::series::draw::{Draw, Noise};
use harness::series::histories::{DEVIATION, History, LEVEL};
use harness::series::score::Alarm;
use jiff::SignedDuration;

use super::detector::{DEFAULT_EFFECT, ask, history, score};
use super::{BASE, at_least, at_most};

/// How the daemon follows a series: the track goes through the store between landings, and the history is read only from where it asks.
struct Follower {
    state: Vec<u8>,
    work: Work,
    /// How often the history was not needed.
    glances: usize,
}

impl Follower {
    fn new() -> Self {
        Self { state: Track::default().encode().unwrap(), work: Work::default(), glances: 0 }
    }

    /// The opinion on the last `fresh` runs of `history`, confirmed; `None` where a glance was enough.
    fn land(&mut self, history: &[Point], fresh: usize) -> Option<(usize, Opinion)> {
        let mut track = Track::decode(&self.state).unwrap();
        let known = history.len() - fresh;
        let values: Vec<f64> = history[known..].iter().map(|run| run.value).collect();
        let opinion = if glance(&mut track, &values).is_some() {
            self.glances += 1;
            None
        } else {
            let offset = track.wanted();
            let mut runs = history[offset..].to_vec();
            runs.iter_mut().skip(known - offset).for_each(|run| run.fresh = true);
            let opinion = judge(&mut track, &runs, offset, &subject(Direction::Lower), &mut self.work);
            let start = track.segment_start();
            if let Some(finding) = &opinion.pending {
                track.confirm(finding);
            }
            Some((start, opinion))
        };
        self.state = track.encode().unwrap();
        opinion
    }
}

fn subject(direction: Direction) -> Subject<'static> {
    static UNIT: std::sync::LazyLock<Unit> = std::sync::LazyLock::new(|| Unit::new("ms"));
    Subject { direction, unit: &UNIT, tuning: Tuning::default(), backfill: false }
}

/// The alarms of a history that lands run by run.
fn alarms(history: &[Point]) -> (Vec<Alarm>, usize) {
    let mut follower = Follower::new();
    let mut alarms = Vec::new();
    for n in 1..=history.len() {
        if let Some((start, Opinion { pending: Some(finding), .. })) = follower.land(&history[..n], 1) {
            alarms.push(Alarm { at: n - 1, change: start + finding.evidence.index });
        }
    }
    (alarms, follower.glances)
}

#[test]
fn run_by_run_through_the_store_says_what_a_replay_says() {
    let kinds = [
        History::Repaired(6.0),
        History::Spikes { step: true },
        History::Drift(0.03),
        History::Signed { step: true },
        History::Rounded { quantum: 1.0, step: true },
        History::Autocorrelated { rho: 0.8, step: 4.0 },
    ];
    for kind in kinds {
        let mut confirmed = 0;
        for series in kind.set(BASE, 6).series {
            let runs = history(&series.values);
            let (appended, glances) = alarms(&runs);
            assert_eq!(appended, ask(&runs, DEFAULT_EFFECT).alarms, "{kind:?}");
            assert!(glances > runs.len() / 3, "{kind:?}: the history was read for all but {glances} runs");
            confirmed += appended.len();
        }
        assert!(confirmed >= 4, "{kind:?}: {confirmed} alarms compare little");
    }
}

#[test]
fn a_history_judged_anew_ends_where_the_appends_did() {
    for series in History::Repaired(6.0).set(BASE, 6).series {
        let runs = history(&series.values);
        let mut follower = Follower::new();
        for n in 1..=runs.len() {
            follower.land(&runs[..n], 1);
        }
        let (track, _) = judge_anew(&runs, &subject(Direction::Lower), &mut Work::default());
        assert_eq!(Track::decode(&follower.state).unwrap().segment_start(), track.segment_start());
    }
}

#[test]
fn batches_find_what_single_runs_find() {
    let (mut found, mut changes) = (0, 0);
    for series in History::Repaired(6.0).set(BASE, 12).series {
        let runs = history(&series.values);
        let mut follower = Follower::new();
        for n in (5..=runs.len()).step_by(5) {
            let Some((_, opinion)) = follower.land(&runs[..n], 5) else { continue };
            let is_news = matches!(opinion.verdict.kind, VerdictKind::Regression | VerdictKind::Improvement);
            if let Some(shift) = opinion.verdict.shift.filter(|_| is_news) {
                found += usize::from(series.changes.iter().any(|truth| truth.abs_diff(shift.change_index) <= 5));
            }
        }
        changes += series.changes.len();
    }
    assert!(found * 10 >= changes * 9 && found <= changes, "{found} of {changes}");
}

#[test]
fn an_improvement_is_called_one_and_so_is_the_regression_after_it() {
    let mut draw = Draw::seeded(BASE, "improved", 0);
    let level = |t| if (40..70).contains(&t) { -6.0 } else { 0.0 };
    let noise = Noise::Gauss.runs(110, &mut draw).into_iter().enumerate();
    let runs = history(&noise.map(|(t, run)| LEVEL + DEVIATION * (run + level(t))).collect::<Vec<_>>());
    for (direction, expected) in [
        (Direction::Lower, [VerdictKind::Improvement, VerdictKind::Regression]),
        (Direction::Higher, [VerdictKind::Regression, VerdictKind::Improvement]),
        (Direction::Neutral, [VerdictKind::Change; 2]),
    ] {
        let mut track = Track::default();
        let mut told = Vec::new();
        for n in 1..=runs.len() {
            let offset = track.wanted();
            let mut known = runs[offset..n].to_vec();
            known.last_mut().unwrap().fresh = true;
            let opinion = judge(&mut track, &known, offset, &subject(direction), &mut Work::default());
            if let Some(finding) = opinion.pending {
                track.confirm(&finding);
                told.push(opinion.verdict.kind);
            }
        }
        assert_eq!(told, expected, "{direction:?}");
    }
}

#[test]
fn a_drift_is_told_once_and_as_a_drift() {
    for a_run in [0.03, 0.1] {
        let score = score(&History::Drift(a_run).set(BASE, 30), DEFAULT_EFFECT);
        at_least(0.9, score.drifts_a_series(), "drifts a series", a_run);
        at_most(1.1, score.drifts_a_series(), "drifts a series", a_run);
        // The slower drift is now and then a step first.
        at_most(1.3, score.alarms_a_series(), "alarms a series", a_run);
    }
}

#[test]
fn a_series_that_comes_back_is_judged_by_its_values_and_not_by_the_pause() {
    let paused = |step: f64| {
        let mut draw = Draw::seeded(BASE, "paused", 3);
        let noise = Noise::Gauss.runs(80, &mut draw).into_iter().enumerate();
        let values: Vec<f64> =
            noise.map(|(t, run)| LEVEL + DEVIATION * (run + if t >= 50 { step } else { 0.0 })).collect();
        let mut runs = history(&values);
        runs.iter_mut().skip(50).for_each(|run| run.at += SignedDuration::from_hours(24 * 300));
        runs
    };
    assert_eq!(alarms(&paused(0.0)).0, []);
    let (back, _) = alarms(&paused(5.0));
    assert!(matches!(back[..], [Alarm { at: 50..=56, change: 48..=52 }]), "{back:?}");
}

#[test]
fn samples_within_runs_are_no_runs() {
    // A thousand samples a run say that each mean is certain, which is no word on how runs differ from one another.
    let mut alarms = 0;
    let set = History::Spikes { step: false }.set(BASE, 30);
    for series in set.series {
        let mut runs = history(&series.values);
        runs.iter_mut().for_each(|run| (run.std, run.n) = (Some(0.5), 1000));
        alarms += ask(&runs, DEFAULT_EFFECT).alarms.len();
    }
    assert!(alarms <= 1, "{alarms} alarms in 6000 runs");
    // Where the samples leave a mean uncertain, runs that happen to agree do not make it certain.
    let stepped: Vec<f64> = (0..60).map(|t| LEVEL + f64::from(t % 2) * 0.1 + if t >= 50 { 4.0 } else { 0.0 }).collect();
    let mut runs = history(&stepped);
    assert_eq!(ask(&runs, DEFAULT_EFFECT).alarms.len(), 1);
    runs.iter_mut().for_each(|run| (run.std, run.n) = (Some(15.0), 9));
    assert_eq!(ask(&runs, DEFAULT_EFFECT).alarms, []);
}

#[test]
fn the_first_five_runs_are_never_called_anything() {
    for series in 0..50 {
        let mut draw = Draw::seeded(BASE, "wild", series);
        let values: Vec<f64> = (0..5).map(|_| (5.0 * draw.normal()).exp()).collect();
        let runs = history(&values);
        let mut follower = Follower::new();
        for n in 1..=5 {
            let (_, opinion) = follower.land(&runs[..n], 1).expect("a look at so few runs");
            let kind = if n == 1 { VerdictKind::New } else { VerdictKind::InsufficientEvidence };
            assert_eq!((opinion.verdict.kind, opinion.pending), (kind, None), "{values:?}");
        }
    }
}

#[test]
fn the_same_runs_give_the_same_answer() {
    let Labelled { values, .. } = History::Long { steps: true }.set(BASE, 1).series.remove(0);
    let runs = history(&values[..1500]);
    assert_eq!(alarms(&runs), alarms(&runs));
    assert_eq!(ask(&runs, DEFAULT_EFFECT), ask(&runs, DEFAULT_EFFECT));
}
