//! Lives that take more than one step to tell: flapping, what silence owes, shadow mode, acceptance, and evidence of other kinds.

use jiff::SignedDuration;

use super::*;

const FINE: &[f64] = &[100.0, 100.0, 100.0];
const WORSE: (&str, VerdictKind, &[f64]) = ("a", VerdictKind::Regression, &[130.0]);
const BETTER: (&str, VerdictKind, &[f64]) = ("a", Steady, FINE);

fn a() -> Vec<SeriesKey> {
    vec![series("a")]
}

#[test]
fn three_openings_in_a_day_are_flapping_and_a_day_of_rest_ends_it() {
    let flapping = || {
        let mut life = Life::firing();
        life.land(&[BETTER]);
        assert_eq!(life.land(&[WORSE]), [News::Reopened(a())]);
        life.land(&[BETTER]);
        assert_eq!(life.land(&[WORSE]), [News::Flapping(a())]);
        life
    };
    // It goes on as before, and nobody hears of it.
    let mut life = flapping();
    for _ in 0..3 {
        assert_eq!(life.land(&[BETTER, ("b", Steady, FINE)]), []);
        assert_eq!(life.land(&[WORSE, ("b", VerdictKind::Regression, &[150.0])]), []);
    }
    let record = life.record.clone().unwrap();
    let settings = Settings::default();
    let digest = record.due().unwrap();
    assert_eq!(digest, hour(life.hour - 6) + SignedDuration::from_hours(24), "a day after it began to flap");
    let told = life.take(expire(&record, digest, &settings));
    assert_eq!(told, [News::Flapped(vec![series("a"), series("b")])]);
    let record = life.record.clone().unwrap();
    let due = record.due().unwrap();
    assert_eq!(due, hour(life.hour) + SignedDuration::from_hours(24), "a day after it last moved");
    assert_eq!(expire(&record, due - SignedDuration::from_secs(1), &settings), None);

    // It stays bad: what joined meanwhile is told. It stays good: the thread is closed.
    let told = life.take(expire(&record, due, &settings));
    assert_eq!(told, [News::Stayed(vec![series("a"), series("b")])]);
    assert_eq!(life.record.as_ref().map(|record| (record.flapping, record.flap_digest)), Some((false, None)));
    let mut life = flapping();
    assert_eq!(life.land(&[BETTER]), []);
    let record = life.record.clone().unwrap();
    assert_eq!(life.take(expire(&record, record.flaps_until(), &settings)), [News::Resolved]);
    // A landing that comes later does the same as the clock.
    let mut life = flapping();
    life.hour += 24;
    assert_eq!(life.land(&[WORSE]), []);
    assert_eq!(life.record.as_ref().map(|record| record.flapping), Some(false));
    assert_eq!(life.land(&[BETTER]), [News::Resolved]);
}

#[test]
fn openings_spread_over_days_are_no_flapping() {
    let mut life = Life::firing();
    for _ in 0..4 {
        life.hour += 12;
        life.land(&[BETTER]);
        assert_eq!(life.land(&[WORSE]), [News::Reopened(a())]);
    }
}

#[test]
fn a_silence_owes_the_end_of_what_people_knew() {
    let silenced = |hours: i64| {
        let mut life = Life::firing();
        let until = hour(life.hour) + SignedDuration::from_hours(hours);
        life.command(Command::Silence { until }).unwrap();
        assert_eq!(life.land(&[BETTER]), []);
        assert_eq!(life.state(), Some(Resolved));
        life
    };
    let settings = Settings::default();
    let mut life = silenced(5);
    let record = life.record.clone().unwrap();
    assert_eq!(life.take(expire(&record, record.due().unwrap(), &settings)), [News::Resolved]);
    assert_eq!(life.record.as_ref().and_then(AlertRecord::due), None, "once");
    let mut life = silenced(5);
    assert_eq!(life.command(Command::Unsilence), Ok(vec![News::Resolved]));
    // It fires again before the silence ends: that is what holds then.
    let mut life = silenced(5);
    assert_eq!(life.land(&[WORSE]), []);
    let record = life.record.clone().unwrap();
    assert_eq!(life.take(expire(&record, record.due().unwrap(), &settings)), [News::Grew(a())]);
    // What a person ends in silence is ended for good.
    let mut life = Life::firing();
    life.command(Command::Silence { until: hour(9) }).unwrap();
    assert_eq!(life.command(Command::Resolve), Ok(vec![]));
    let record = life.record.clone().unwrap();
    assert_eq!(life.take(expire(&record, hour(9), &settings)), []);
}

#[test]
fn shadow_mode_records_its_news_and_never_tells_it() {
    let mut life = Life::default();
    let signal = |shadow: bool, says: VerdictKind, fresh: &[f64]| {
        let verdict = super::says(says, fresh.last().copied().unwrap());
        Signal { shadow, ..Signal::of_verdict(&series("a"), Direction::Lower, &verdict, fresh.to_vec()) }
    };
    let key = key_of(AlertKind::Regression, &series("a"));
    let mut step = |signal: Signal, settings: &Settings| {
        life.hour += 1;
        let occasion = Occasion { now: hour(life.hour), backfill: false, settings };
        let step = advance(&key, life.record.as_ref(), &[&signal], &occasion);
        let told = step.as_ref().map(|step| (step.news.clone(), step.shadowed.clone())).unwrap_or_default();
        if let Some(step) = step {
            life.record = Some(step.record);
        }
        (life.record.as_ref().unwrap().state, told)
    };
    let (loud, quiet) = (Settings::default(), Settings { shadow: true, ..Settings::default() });
    let bad: &[f64] = &[130.0];
    let fired = (vec![], vec![News::Fired(a())]);
    // The series is in shadow mode, or everything is; when that ends, what was is not told.
    assert_eq!(step(signal(true, VerdictKind::Regression, bad), &loud), (Firing, fired));
    assert_eq!(step(signal(false, Steady, bad), &loud), (Firing, Default::default()));
    assert_eq!(step(signal(false, Steady, FINE), &loud), (Resolved, Default::default()));
    let reopened = (vec![], vec![News::Fired(a())]);
    assert_eq!(step(signal(false, VerdictKind::Regression, bad), &quiet), (Firing, reopened));
    assert_eq!(step(signal(false, Steady, FINE), &loud), (Resolved, Default::default()));
    // What comes after it is the first that anybody hears.
    life.hour += 24;
    assert_eq!(life.land(&[WORSE]), [News::Fired(a())]);
}

#[test]
fn what_was_accepted_opens_nothing_and_what_is_worse_is_another_alert() {
    let mut life = Life::firing();
    life.command(Command::Accept).unwrap();
    // The old change again, from whatever a replay makes of it; and a step of noise.
    assert_eq!(life.land(&[("a", VerdictKind::Candidate, &[130.0])]), []);
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[131.0])]), []);
    assert_eq!(life.state(), Some(Resolved));
    // Another series of the same alert was not accepted.
    let other = life.land(&[WORSE, ("b", VerdictKind::Regression, &[130.0])]);
    assert_eq!(other, [News::Fired(vec![series("b")])]);
    let record = life.record.clone().unwrap();
    assert_eq!((record.members.len(), record.announced, record.reopened), (1, false, 0), "a life of its own");
    // And what was accepted stays so beyond that life.
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[129.0])]), []);
    assert_eq!(life.land(&[("a", VerdictKind::Regression, &[180.0])]), [News::Grew(a())]);
}

#[test]
fn what_was_accepted_is_told_by_the_runs_known_then() {
    let accepted = |newest: Option<Timestamp>| {
        let mut life = Life::default();
        life.say(Says::Confirmed(shift(hour(0), 130.0)), &[130.0], newest);
        life.command(Command::Accept).unwrap();
        life
    };
    // The clock of the host stands at hour 1 in each; the runs are of times before or after that.
    let cases: [(Option<i64>, i64, bool); 4] =
        [(Some(2), 0, true), (Some(500), 499, true), (Some(-900), -800, false), (None, 1, false)];
    for (newest, began, is_accepted) in cases {
        let mut life = accepted(newest.map(hour));
        let news = life.say(Says::Confirmed(shift(hour(began), 130.0)), &[130.0], None);
        assert_eq!(news.is_empty(), is_accepted, "known to {newest:?}, began {began}");
    }
}

#[test]
fn an_effect_near_the_noise_needs_more_good_runs_or_the_detector() {
    // Good 100, bad 105 (noise 3), never mended: some runs in a row lie nearer the good level.
    let noisy = |after: f64| match shift(hour(0), after) {
        Evidence::Shift(shift) => Evidence::Shift(Shift { noise: 3.0, interval: (0.03, 0.07), ..shift }),
        other => other,
    };
    let firing = || {
        let mut life = Life::default();
        assert_eq!(life.say(Says::Confirmed(noisy(105.0)), &[105.0], None), [News::Fired(a())]);
        life.announced();
        life
    };
    let mut life = firing();
    for fresh in [106.0, 101.5, 102.0, 101.0, 107.0, 102.4, 101.8, 102.0] {
        assert_eq!(life.say(Says::Good, &[fresh], None), []);
    }
    assert_eq!(life.state(), Some(Recovering), "many in a row, and not certain yet");
    let runs: usize = (1..60)
        .find(|n| life.say(Says::Good, &[100.0 + f64::from(n % 3 - 1)], None) == [News::Resolved])
        .map(|n| n as usize)
        .unwrap();
    assert!((5..40).contains(&runs), "{runs}");
    // The detector finds the way back, and another level that is no better than half of it is none.
    let Evidence::Shift(back) = noisy(105.0) else { panic!() };
    let mut life = firing();
    let half = Shift { before: 105.0, after: 103.5, ..back.clone() };
    assert_eq!(life.say(Says::Better(half), &[103.5], None), []);
    assert_eq!(life.state(), Some(Firing));
    assert_eq!(life.say(Says::Better(Shift { before: 105.0, after: 100.4, ..back }), &[101.0], None), [News::Resolved]);
}

#[test]
fn several_shifts_in_a_row_are_one_departure_from_the_good_level() {
    let mut life = Life::default();
    life.say(Says::Confirmed(shift(hour(0), 130.0)), &[130.0], None);
    let of = |life: &Life| life.record.as_ref().unwrap().members[0].clone();
    assert_eq!((of(&life).total(), of(&life).in_all()), (Some(0.3), None));
    let Evidence::Shift(further) = shift(hour(5), 180.0) else { panic!() };
    let further = Evidence::Shift(Shift { before: 130.0, effect: 180.0 / 130.0 - 1.0, ..further });
    assert_eq!(life.say(Says::Confirmed(further), &[180.0], None), [News::Grew(a())]);
    assert_eq!(
        (of(&life).total(), of(&life).since, life.record.as_ref().unwrap().since),
        (Some(0.8), hour(0), hour(0))
    );
    let sentence = of(&life).in_all().unwrap();
    assert!(sentence.starts_with("In all it is +80.0 % from the good level of 100"), "{sentence}");
}

fn shift(at: Timestamp, bad: f64) -> Evidence {
    let shift = super::says(VerdictKind::Regression, bad).shift.unwrap();
    Evidence::Shift(Shift { change_at: at, began: Began { first_at: at, last_at: at, ..shift.began }, ..shift })
}

impl Life {
    /// A landing of series `a`.
    fn say(&mut self, says: Says, fresh: &[f64], newest: Option<Timestamp>) -> Vec<News> {
        self.hour += 1;
        let signal = Signal::of_verdict(&series("a"), Direction::Lower, &super::says(Steady, 100.0), fresh.to_vec());
        let signal = Signal { says, newest, ..signal };
        let settings = Settings::default();
        let occasion = Occasion { now: hour(self.hour), backfill: false, settings: &settings };
        let step = advance(&signal.key(), self.record.as_ref(), &[&signal], &occasion);
        self.take(step)
    }
}

#[test]
fn budgets_and_absences_live_the_same_life() {
    let breach = |value: f64| {
        Evidence::Budget(Breach { limit: 200.0, value, began: hour(0), at: hour(1), run: Some(7), recover: 2 })
    };
    let gap = Evidence::Absence(Gap { last_run: hour(0), cadence: 3600.0, missing_since: hour(2) });
    let mut life = Life::default();
    let say = |life: &mut Life, kind: AlertKind, says: Says| {
        life.hour += 1;
        let signal = Signal {
            kind,
            series: series("a"),
            direction: Direction::Lower,
            says,
            fresh: Vec::new(),
            newest: None,
            reason: "as said".into(),
            shadow: false,
            noise: None,
        };
        let settings = Settings::default();
        let occasion = Occasion { now: hour(life.hour), backfill: false, settings: &settings };
        let step = advance(&signal.key(), life.record.as_ref(), &[&signal], &occasion);
        life.take(step)
    };
    let budget = AlertKind::Budget;
    assert_eq!(say(&mut life, budget, Says::Suspected(breach(210.0))), []);
    assert_eq!(say(&mut life, budget, Says::Confirmed(breach(210.0))), [News::Fired(a())]);
    life.announced();
    assert_eq!(say(&mut life, budget, Says::Confirmed(breach(215.0))), [], "single values scatter");
    assert_eq!(say(&mut life, budget, Says::Confirmed(breach(240.0))), [News::Grew(a())]);
    assert_eq!(say(&mut life, budget, Says::Unclear), []);
    assert_eq!(life.state(), Some(Firing), "between the limit and the way back");
    assert_eq!(say(&mut life, budget, Says::Good), []);
    assert_eq!(say(&mut life, budget, Says::Good), [News::Resolved], "its own number of good runs");

    let mut life = Life::default();
    let absence = AlertKind::Absence;
    assert_eq!(say(&mut life, absence, Says::Confirmed(gap.clone())), [News::Fired(a())]);
    life.announced();
    assert_eq!(say(&mut life, absence, Says::Confirmed(gap.clone())), [], "it is still missing");
    assert_eq!(say(&mut life, absence, Says::Good), [News::Resolved], "one result ends it");
    assert_eq!(say(&mut life, absence, Says::Confirmed(gap.clone())), [News::Reopened(a())]);
    // Nobody wants it back: the same absence is none any more.
    life.command(Command::Accept).unwrap();
    assert_eq!(say(&mut life, absence, Says::Confirmed(gap)), []);
}
