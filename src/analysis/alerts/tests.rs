//! Lives of alerts, told landing by landing.

mod environment;
mod remind;
mod stories;
mod table;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::analysis::{Point, Settings, Subject, Work, fresh_tail, judge_anew};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::{Began, Shift, Verdict, VerdictKind};

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_second(1_763_600_000 + 3600 * hour).unwrap()
}

fn series(case: &str) -> SeriesKey {
    SeriesKey { benchmark: "reports/b".into(), case: case.into(), metric: "ttft".into(), ..Default::default() }
}

/// What the judge says in this story: level 100, noise 1, the bad level as given; lower is better.
fn says(kind: VerdictKind, bad: f64) -> Verdict {
    let moved = !matches!(kind, VerdictKind::New | VerdictKind::InsufficientEvidence | VerdictKind::Steady);
    let shift = Shift {
        before: 100.0,
        after: bad,
        n_before: 24,
        n_after: 3,
        effect: bad / 100.0 - 1.0,
        interval: (bad / 100.0 - 1.01, bad / 100.0 - 0.99),
        noise: 1.0,
        p: None,
        change_index: 24,
        change_at: hour(0),
        run_length: None,
        began: Began { first: 24, last: 24, first_at: hour(0), last_at: hour(0) },
    };
    Verdict { kind, n: 27, shift: moved.then_some(shift), reason: format!("It lies at {bad}.") }
}

/// An alert and its clock.
#[derive(Default)]
struct Life {
    record: Option<AlertRecord>,
    hour: i64,
    transitions: Vec<Transition>,
}

impl Life {
    fn land(&mut self, verdicts: &[(&str, VerdictKind, &[f64])]) -> Vec<News> {
        self.land_as(verdicts, false)
    }

    /// One landing an hour; each verdict with its fresh values, the last of which is the bad level where there is one.
    fn land_as(&mut self, verdicts: &[(&str, VerdictKind, &[f64])], backfill: bool) -> Vec<News> {
        self.hour += 1;
        let signals: Vec<Signal> = verdicts
            .iter()
            .map(|(case, kind, fresh)| {
                let verdict = says(*kind, fresh.last().copied().unwrap_or(100.0));
                Signal::of_verdict(&series(case), Direction::Lower, &verdict, fresh.to_vec())
            })
            .collect();
        let signals: Vec<&Signal> = signals.iter().collect();
        let key = key_of(AlertKind::Regression, &series(""));
        let settings = Settings::default();
        let occasion = Occasion { now: hour(self.hour), backfill, settings: &settings };
        let step = advance(&key, self.record.as_ref(), &signals, &occasion);
        self.take(step)
    }

    fn take(&mut self, step: Option<Advance>) -> Vec<News> {
        let Some(step) = step else { return Vec::new() };
        self.transitions.extend(step.transitions);
        self.record = Some(step.record);
        step.news
    }

    fn command(&mut self, command: Command) -> Result<Vec<News>, CommandError> {
        let record = self.record.as_ref().unwrap();
        let step = apply(record, command, "ada", "known", hour(self.hour), &Settings::default())?;
        Ok(self.take(Some(step)))
    }

    fn announced(&mut self) {
        self.record.as_mut().unwrap().announced = true;
    }

    fn state(&self) -> Option<AlertState> {
        self.record.as_ref().map(|record| record.state)
    }

    /// A life that fires for series `a`, with the mail accepted.
    fn firing() -> Self {
        let mut life = Self::default();
        assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), [News::Fired(vec![series("a")])]);
        life.announced();
        life
    }
}

use AlertState::{Acknowledged, Candidate, Firing, Recovering, Resolved, Silenced};
use VerdictKind::Steady;

const BAD: (&str, VerdictKind, &[f64]) = ("a", Steady, &[130.0]);
const GOOD: (&str, VerdictKind, &[f64]) = ("a", Steady, &[101.0]);

#[test]
fn nothing_opens_an_alert_but_a_turn_for_the_worse() {
    for kind in VerdictKind::ALL {
        let mut life = Life::default();
        let news = life.land(&[("a", kind, &[130.0])]);
        let expected = match kind {
            VerdictKind::Candidate => Some(Candidate),
            // A step, or a trend.
            VerdictKind::Regression | VerdictKind::Drift => Some(Firing),
            _ => None,
        };
        assert_eq!((life.state(), news.len()), (expected, usize::from(expected == Some(Firing))), "{kind:?}");
    }
    // A candidate for the better opens none either, nor do runs that came late.
    let mut life = Life::default();
    assert!(life.land(&[("a", VerdictKind::Candidate, &[70.0]), ("b", VerdictKind::Regression, &[])]).is_empty());
    assert_eq!(life.state(), None);
}

#[test]
fn a_candidate_fires_when_confirmed_and_goes_silently_when_not() {
    let mut life = Life::default();
    assert!(life.land(&[("a", VerdictKind::Candidate, &[130.0])]).is_empty());
    assert!(life.land(&[("a", VerdictKind::Candidate, &[130.0])]).is_empty());
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), [News::Fired(vec![series("a")])]);
    assert_eq!(life.state(), Some(Firing));
    let steps: Vec<_> = life.transitions.iter().map(|step| (step.from, step.to, step.why.as_str())).collect();
    assert_eq!(steps, [(None, Candidate, "It lies at 130."), (Some(Candidate), Firing, "It lies at 130.")]);

    let mut spike = Life::default();
    spike.land(&[("a", VerdictKind::Candidate, &[130.0])]);
    assert!(spike.land(&[GOOD]).is_empty());
    assert_eq!(spike.state(), Some(Resolved));
    assert!(spike.land(&[GOOD]).is_empty());
    assert_eq!(spike.transitions.len(), 2);
}

#[test]
fn a_life_runs_from_firing_through_recovering_to_resolved() {
    let resolved: &[News] = &[News::Resolved];
    let table: &[(&str, &[f64], AlertState, &[News])] = &[
        ("bad stays", &[130.0], Firing, &[]),
        ("one good", &[101.0], Recovering, &[]),
        ("bad again, no second mail", &[131.0], Firing, &[]),
        ("half-way back is not good", &[115.0], Firing, &[]),
        ("two good", &[99.0, 100.5], Recovering, &[]),
        ("better than ever is good", &[60.0], Resolved, resolved),
        ("over is over", &[100.0], Resolved, &[]),
    ];
    let mut life = Life::firing();
    for (what, fresh, state, news) in table {
        assert_eq!(life.land(&[("a", Steady, fresh)]), *news, "{what}");
        assert_eq!(life.state(), Some(*state), "{what}");
    }
}

#[test]
fn three_good_runs_of_one_landing_resolve_and_late_ones_do_not() {
    let mut life = Life::firing();
    assert!(life.land(&[("a", Steady, &[])]).is_empty());
    assert_eq!(life.state(), Some(Firing));
    assert_eq!(life.land(&[("a", VerdictKind::Improvement, &[100.0, 100.0, 100.0])]), [News::Resolved]);
}

#[test]
fn a_resolved_note_needs_a_mail_that_was_accepted() {
    let mut life = Life::firing();
    life.record.as_mut().unwrap().announced = false;
    assert!(life.land(&[("a", Steady, &[100.0, 100.0, 100.0])]).is_empty());
    assert_eq!(life.state(), Some(Resolved));
}

#[test]
fn members_join_worsen_and_must_all_recover() {
    let mut life = Life::firing();
    let grown = life.land(&[BAD, ("b", VerdictKind::Regression, &[120.0])]);
    assert_eq!(grown, [News::Grew(vec![series("b")])]);
    assert!(life.land(&[("a", VerdictKind::Regression, &[131.0])]).is_empty(), "the level that was told");
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[180.0])]), [News::Grew(vec![series("a")])], "worse still");
    assert!(life.land(&[("a", Steady, &[100.0, 100.0, 100.0])]).is_empty());
    assert_eq!(life.state(), Some(Firing), "b is still bad");
    assert_eq!(
        life.land(&[("a", VerdictKind::Regression, &[130.0])]),
        [News::Grew(vec![series("a")])],
        "it had recovered"
    );
    let both = life.land(&[("a", Steady, &[100.0, 100.0, 100.0]), ("b", Steady, &[100.0, 100.0, 100.0])]);
    assert_eq!(both, [News::Resolved]);
}

#[test]
fn it_reopens_within_a_day_and_begins_anew_after_it() {
    let resolve: &[f64] = &[100.0, 100.0, 100.0];
    let mut life = Life::firing();
    life.land(&[("a", Steady, resolve)]);
    life.land(&[("a", VerdictKind::Candidate, &[130.0])]);
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), [News::Reopened(vec![series("a")])]);
    assert_eq!(life.record.as_ref().map(|record| (record.reopened, record.opened_at)), Some((1, hour(1))));
    assert_eq!(life.land(&[("a", Steady, resolve)]), [News::Resolved]);
    life.hour += 24;
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), [News::Fired(vec![series("a")])]);
    let record = life.record.unwrap();
    assert_eq!((record.reopened, record.announced, record.fired, record.opened_at), (0, false, true, hour(life.hour)));
}

#[test]
fn a_backfill_keeps_states_and_tells_nobody() {
    let mut life = Life::default();
    assert!(life.land_as(&[("a", VerdictKind::Regression, &[130.0])], true).is_empty());
    assert_eq!(life.state(), Some(Firing));
    assert!(life.transitions[0].why.ends_with("Found in the first index: nobody is told."));
    assert!(life.land(&[BAD]).is_empty());
    let joined = life.land(&[("b", VerdictKind::Regression, &[130.0])]);
    assert_eq!(joined, [News::Fired(vec![series("b")])], "the first that anybody hears of it");
}

#[test]
fn acknowledged_is_quiet_save_for_new_members_and_the_end() {
    let mut life = Life::firing();
    assert_eq!(life.command(Command::Acknowledge), Ok(vec![]));
    assert_eq!(life.command(Command::Acknowledge), Err(CommandError::AlreadyAcknowledged));
    assert!(life.land(&[BAD]).is_empty());
    assert_eq!(life.land(&[("b", VerdictKind::Regression, &[130.0])]), [News::Grew(vec![series("b")])]);
    assert_eq!(life.state(), Some(Acknowledged));
    let good: &[f64] = &[100.0];
    life.land(&[("a", Steady, good), ("b", Steady, good)]);
    assert_eq!(life.state(), Some(Recovering));
    life.land(&[BAD]);
    assert_eq!(life.state(), Some(Acknowledged), "bad again, still taken");
    let good: &[f64] = &[100.0, 100.0, 100.0];
    assert_eq!(life.land(&[("a", Steady, good), ("b", Steady, good)]), [News::Resolved]);
    let step = &life.transitions[1];
    assert_eq!((step.who.as_str(), step.why.as_str()), ("ada", "acknowledged: known"));
}

#[test]
fn a_silence_holds_back_what_is_told_when_it_ends() {
    let mut life = Life::firing();
    let past = Command::Silence { until: hour(life.hour) };
    assert!(matches!(life.command(past), Err(CommandError::SilenceInThePast { .. })));
    let until = hour(life.hour) + SignedDuration::from_hours(10);
    assert_eq!(life.command(Command::Silence { until }), Ok(vec![]));
    assert!(life.land(&[("b", VerdictKind::Regression, &[130.0])]).is_empty());
    assert_eq!(life.state(), Some(Silenced));
    let record = life.record.clone().unwrap();
    let settings = Settings::default();
    assert_eq!(expire(&record, until - SignedDuration::from_secs(1), &settings), None);
    assert_eq!(life.take(expire(&record, until, &settings)), [News::Grew(vec![series("b")])]);
    assert_eq!(life.state(), Some(Firing));

    // A landing after the end does the same, and an end in silence is silent.
    let mut life = Life { record: Some(record.clone()), hour: 20, ..Life::default() };
    assert_eq!(life.land(&[BAD]), [News::Grew(vec![series("b")])]);
    assert_eq!(life.transitions[0].why, "the silence is over");
    let mut life = Life { record: Some(record), hour: 3, ..Life::default() };
    let good: &[f64] = &[100.0, 100.0, 100.0];
    assert!(life.land(&[("a", Steady, good), ("b", Steady, good)]).is_empty());
    assert_eq!(life.state(), Some(Resolved));
}

#[test]
fn people_accept_and_resolve() {
    let mut life = Life::firing();
    assert_eq!(life.command(Command::Accept), Ok(vec![News::Resolved]));
    assert_eq!(life.command(Command::Resolve), Err(CommandError::Over));
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[170.0])]), [News::Fired(vec![series("a")])]);

    let mut life = Life::firing();
    assert_eq!(life.command(Command::Unsilence), Err(CommandError::NotSilenced));
    assert_eq!(life.command(Command::Resolve), Ok(vec![News::Resolved]));
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[170.0])]), [News::Reopened(vec![series("a")])]);

    let mut life = Life::default();
    life.land(&[("a", VerdictKind::Candidate, &[130.0])]);
    assert_eq!(life.command(Command::Acknowledge), Err(CommandError::OnlySuspected));
    assert_eq!(life.command(Command::Resolve), Ok(vec![]));
}

#[test]
fn groups_are_by_kind_benchmark_metric_and_environment() {
    let other = SeriesKey { environment: "arm".into(), ..series("a") };
    let signal = |series: &SeriesKey, kind| {
        let signal = Signal::of_verdict(series, Direction::Lower, &says(Steady, 100.0), vec![100.0]);
        Signal { kind, ..signal }
    };
    let (a, b) = (series("a"), series("b"));
    let signals = [
        signal(&b, AlertKind::Regression),
        signal(&other, AlertKind::Regression),
        signal(&a, AlertKind::Regression),
        signal(&a, AlertKind::Budget),
    ];
    let groups = group(&signals);
    let cases: Vec<(AlertKind, Vec<&str>)> =
        groups.iter().map(|(key, g)| (key.kind, g.iter().map(|one| one.series.case.as_str()).collect())).collect();
    let (regression, budget) = (AlertKind::Regression, AlertKind::Budget);
    assert_eq!(cases, [(regression, vec!["a", "b"]), (regression, vec!["a"]), (budget, vec!["a"])]);
}

/// Judge and alerts together: a history that is landed run by run, one of them late.
#[test]
fn a_regression_that_a_late_run_confirms_is_not_lost() {
    let settings = Settings::default();
    let (key, a) = (key_of(AlertKind::Regression, &series("a")), series("a"));
    let mut history: Vec<Point> =
        (0..24).map(|i| (i, 100.0 + (i % 5) as f64 * 0.5)).map(|(i, v)| point(i, v)).collect();
    let mut record: Option<AlertRecord> = None;
    let mut states = Vec::new();
    let mut told = Vec::new();
    for (at, value) in [(24, 130.0), (26, 131.0), (25, 130.0), (27, 130.5), (28, 129.5)] {
        history.iter_mut().for_each(|run| run.fresh = false);
        history.push(Point { fresh: true, ..point(at, value) });
        history.sort_by_key(|run| run.at);
        let unit = Unit::none();
        let subject = Subject { direction: Direction::Lower, unit: &unit, tuning: settings.tuning, backfill: false };
        let verdict = judge_anew(&history, &subject, &mut Work::default()).1.verdict;
        let fresh = fresh_tail(&history);
        let signal = Signal::of_verdict(&a, Direction::Lower, &verdict, fresh);
        let occasion = Occasion { now: hour(at), backfill: false, settings: &settings };
        if let Some(step) = advance(&key, record.as_ref(), &[&signal], &occasion) {
            told.extend(step.news);
            record = Some(step.record);
        }
        states.push(record.as_ref().map(|record| record.state));
    }
    assert_eq!(states, [Some(Candidate), Some(Candidate), Some(Candidate), Some(Firing), Some(Firing)]);
    assert_eq!(told, [News::Fired(vec![series("a")])]);
}

fn point(at: i64, value: f64) -> Point {
    Point { at: hour(at), value, std: None, n: 1, fresh: false }
}
