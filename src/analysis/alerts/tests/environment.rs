//! Environments: when many alerts are one, and what becomes of those for which it speaks.

use std::collections::BTreeMap;

use super::*;

/// A series of `host`.
fn of(benchmark: &str, case: &str, metric: &str) -> SeriesKey {
    SeriesKey {
        benchmark: benchmark.into(),
        case: case.into(),
        metric: metric.into(),
        environment: "host".into(),
        ..Default::default()
    }
}

/// All metrics of all cases of all benchmarks.
fn all(benchmarks: usize, cases: usize, metrics: usize) -> Vec<SeriesKey> {
    let name = |kind: &str, i: usize| format!("{kind}{i}");
    (0..benchmarks)
        .flat_map(|b| (0..cases).flat_map(move |c| (0..metrics).map(move |m| (b, c, m))))
        .map(|(b, c, m)| of(&name("b", b), &name("c", c), &name("m", m)))
        .collect()
}

#[test]
fn nearly_everything_of_several_things_makes_an_environment_alert() {
    // Benchmarks, cases and metrics of what moved; how many of them are only suspected, how many did not move; is it one?
    let table: &[(&str, [usize; 3], usize, usize, bool)] = &[
        ("three benchmarks with two metrics", [3, 1, 2], 0, 0, true),
        ("one of six did not move", [3, 1, 2], 0, 1, true),
        ("eight of ten", [4, 1, 2], 0, 2, true),
        ("eight of eleven", [4, 1, 2], 0, 3, false),
        ("most are confirmed", [3, 1, 2], 2, 0, true),
        ("half are confirmed", [3, 1, 2], 3, 0, false),
        ("nothing is confirmed", [3, 1, 2], 6, 0, false),
        ("too few", [2, 1, 2], 0, 0, false),
        ("a suite of five cases", [1, 5, 1], 0, 0, true),
        ("many metrics of one case are a group", [1, 1, 8], 0, 0, false),
        ("four cases with two metrics are a group", [1, 4, 2], 0, 0, false),
        ("nothing moved", [0, 0, 0], 0, 9, false),
    ];
    for (what, [benchmarks, cases, metrics], suspected, still, expected) in table {
        let moved: Vec<Moved> = all(*benchmarks, *cases, *metrics)
            .into_iter()
            .enumerate()
            .map(|(i, series)| Moved {
                effect: Some(0.1 + i as f64 / 100.0),
                began: hour(i as i64),
                confirmed: i >= *suspected,
                shadow: false,
                series,
            })
            .collect();
        let signal = environment("host", &moved, &vec![None; *still], 0.8);
        assert_eq!(signal.is_some(), *expected, "{what}");
        let Some(Signal { says: Says::Confirmed(Evidence::Environment(sweep)), reason, .. }) = signal else { continue };
        assert_eq!((sweep.moved, sweep.judged, sweep.began), (moved.len(), moved.len() + still, hour(0)), "{what}");
        assert_eq!(sweep.until, hour(moved.len() as i64 - 1), "{what}");
        let effects: Vec<f64> = sweep.series.iter().filter_map(|(_, effect)| *effect).collect();
        assert!(effects.len() == moved.len() && effects.is_sorted_by(|a, b| a >= b), "{what}: {effects:?}");
        assert!(reason.starts_with(&format!("{} of {} series", moved.len(), moved.len() + still)), "{reason}");
    }
}

#[test]
fn series_too_noisy_for_the_common_move_do_not_count_against_it() {
    // Relative noise of those that did not move, where six moved by 12 %; is it one?
    let table: &[(&str, &[Option<f64>], bool)] = &[
        ("too noisy to tell", &[Some(0.05); 6], true),
        ("clear enough, and still", &[Some(0.01); 6], false),
        ("nobody knows", &[None; 6], false),
        ("one of them is clear", &[Some(0.05), Some(0.05), Some(0.01)], true),
        ("most cannot tell", &[Some(0.05); 7], false),
    ];
    for (what, still, expected) in table {
        let moved: Vec<Moved> = all(6, 1, 1)
            .into_iter()
            .map(|series| Moved { series, effect: Some(0.12), began: hour(0), confirmed: true, shadow: false })
            .collect();
        let signal = environment("host", &moved, still, 0.8);
        assert_eq!(signal.is_some(), *expected, "{what}");
        let noisy = still.iter().filter(|noise| **noise == Some(0.05)).count();
        let said = |signal: Signal| signal.reason.contains(&format!(", and {noisy} are too noisy to tell yet:"));
        assert!(signal.is_none_or(said), "{what}");
    }
}

/// All alerts of a host, moved by whole landings.
#[derive(Default)]
struct Host {
    known: BTreeMap<AlertKey, Known>,
    hour: i64,
    /// When the shifts began that the judge finds.
    began: i64,
    /// Relative noise of every series.
    noise: Option<f64>,
}

impl Host {
    /// Lands a run of each series; gives the kinds of the alerts that have news, with the news.
    fn land(&mut self, runs: &[(&SeriesKey, VerdictKind, &[f64])]) -> Vec<(AlertKind, String, News)> {
        self.hour += 1;
        let signals: Vec<Signal> = runs
            .iter()
            .map(|(series, kind, fresh)| {
                let mut verdict = says(*kind, fresh.last().copied().unwrap_or(100.0));
                if let Some(shift) = &mut verdict.shift {
                    let at = hour(self.began);
                    shift.change_at = at;
                    shift.began = Began { first_at: at, last_at: at, ..shift.began.clone() };
                }
                let signal = Signal::of_verdict(series, Direction::Lower, &verdict, fresh.to_vec());
                Signal { noise: self.noise, ..signal }
            })
            .collect();
        let settings = Settings::default();
        let occasion = Occasion { now: hour(self.hour), backfill: false, settings: &settings };
        let steps = landing(&signals.iter().collect::<Vec<_>>(), &self.known, &occasion);
        let mut told = Vec::new();
        for Step { id, advance } in steps {
            let key = advance.record.key.clone();
            let id = id.unwrap_or(self.known.len() as i64 + 1);
            told.extend(advance.news.into_iter().map(|news| (key.kind, key.benchmark.clone(), news)));
            self.known.insert(key, Known { id, record: advance.record });
        }
        told
    }

    fn all(&mut self, series: &[SeriesKey], kind: VerdictKind, fresh: &[f64]) -> Vec<(AlertKind, String, News)> {
        let runs: Vec<_> = series.iter().map(|series| (series, kind, fresh)).collect();
        self.land(&runs)
    }

    fn environment(&self) -> Option<&AlertRecord> {
        self.known.get(&environment_key("host")).map(|known| &known.record)
    }

    fn of(&self, series: &SeriesKey) -> &AlertRecord {
        &self.known[&key_of(AlertKind::Regression, series)].record
    }
}

const BAD: &[f64] = &[130.0];
const BACK: &[f64] = &[100.0];

#[test]
fn an_environment_speaks_for_its_members_until_most_of_them_have_come_back() {
    let series = all(6, 1, 1);
    let mut host = Host::default();
    assert_eq!(host.all(&series, VerdictKind::Candidate, BAD), []);
    let told = host.all(&series, VerdictKind::Regression, BAD);
    let names = vec![SeriesKey { environment: "host".into(), ..Default::default() }];
    assert_eq!(told, [(AlertKind::Environment, String::new(), News::Fired(names))], "one for all");
    assert!(series.iter().all(|one| host.of(one).inhibited && host.of(one).state == Firing));
    host.known.get_mut(&environment_key("host")).unwrap().record.announced = true;

    // Four of six come back, one benchmark at a time.
    for _ in 0..2 {
        for one in &series[..4] {
            assert_eq!(host.land(&[(one, Steady, BACK)]), []);
        }
    }
    assert_eq!(host.environment().unwrap().state, Recovering);
    let mut told = Vec::new();
    for one in &series[..4] {
        told.extend(host.land(&[(one, Steady, BACK)]));
    }
    let fired = |i: usize| (AlertKind::Regression, format!("b{i}"), News::Fired(vec![series[i].clone()]));
    let over = (AlertKind::Environment, String::new(), News::Resolved);
    assert_eq!(told, [over, fired(4), fired(5)], "what is still bad speaks for itself");
    assert!(series.iter().all(|one| !host.of(one).inhibited));
    assert_eq!(host.of(&series[0]).state, Resolved);
}

#[test]
fn what_was_told_before_is_not_taken_back_and_what_comes_soon_after_is_taken_in() {
    let series = all(6, 1, 1);
    let late = of("late", "", "m0");
    let mut host = Host::default();
    let first = host.land(&[(&series[0], VerdictKind::Regression, BAD)]);
    assert_eq!(first.len(), 1);
    let told = host.all(&series[1..], VerdictKind::Regression, BAD);
    assert_eq!(told.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [AlertKind::Environment]);
    assert!(!host.of(&series[0]).inhibited, "people know it already");
    assert_eq!(host.land(&[(&late, VerdictKind::Regression, BAD)]), []);
    assert!(host.of(&late).inhibited);
    host.hour += 24;
    let other = of("other", "", "m0");
    assert_eq!(host.land(&[(&other, VerdictKind::Regression, BAD)]).len(), 1, "a day later it is another matter");
}

#[test]
fn ended_by_a_person_it_lets_its_members_speak_or_takes_them_along() {
    let series = all(6, 1, 1);
    let mut host = Host::default();
    host.all(&series, VerdictKind::Regression, BAD);
    let (settings, record) = (Settings::default(), host.of(&series[2]).clone());
    let spoken = release(&record, None, hour(9), &settings).unwrap();
    assert_eq!((spoken.record.state, spoken.news), (Firing, vec![News::Fired(vec![series[2].clone()])]));
    let accepted = release(&record, Some(("ada", "new kernel")), hour(9), &settings).unwrap();
    assert_eq!((accepted.record.state, accepted.news), (Resolved, vec![]));
    assert_eq!(accepted.transitions[0].why, "accepted as the new normal: new kernel");
    assert!(!accepted.record.inhibited);
}

/// The series that the news is about.
fn about(told: &[(AlertKind, String, News)]) -> Vec<(AlertKind, Vec<&str>)> {
    let mut about = Vec::new();
    for (kind, _, news) in told {
        about.push(match news {
            News::Fired(all)
            | News::Reopened(all)
            | News::Stayed(all)
            | News::Grew(all)
            | News::Flapping(all)
            | News::Flapped(all)
            | News::Reminded(all) => (*kind, names(all)),
            News::Resolved => (*kind, Vec::new()),
        });
    }
    about
}

fn names(series: &[SeriesKey]) -> Vec<&str> {
    series.iter().map(|one| one.case.as_str()).collect()
}

#[test]
fn series_are_counted_and_not_alerts_and_only_what_is_still_bad_is_told_at_the_end() {
    let series = all(3, 6, 1);
    let mut host = Host::default();
    host.all(&series, VerdictKind::Regression, BAD);
    assert_eq!(host.environment().unwrap().state, Firing);
    // The first case of each benchmark stays bad: every alert fires, and 15 of 18 series have come back.
    let runs: Vec<_> = series.iter().map(|one| (one, Steady, if one.case == "c0" { BAD } else { BACK })).collect();
    let mut told = Vec::new();
    for _ in 0..3 {
        assert_eq!(about(&told), []);
        told = host.land(&runs);
    }
    assert_eq!(host.environment().unwrap().state, Resolved);
    assert_eq!(about(&told), vec![(AlertKind::Regression, vec!["c0"]); 3]);
    assert_eq!(host.land(&runs), []);
    // What turns bad after that is another matter.
    host.began = 40;
    let told = host.land(&[(&series[3], VerdictKind::Regression, &[150.0])]);
    assert_eq!(about(&told), [(AlertKind::Regression, vec!["c3"])]);
}

#[test]
fn what_began_later_speaks_at_once_though_the_environment_is_still_bad() {
    let series = all(3, 3, 1);
    let mut host = Host::default();
    assert_eq!(about(&host.all(&series, VerdictKind::Regression, BAD)).len(), 1);
    host.began = 4;
    let worse = host.land(&[(&series[1], VerdictKind::Regression, &[190.0])]);
    assert_eq!(about(&worse), [(AlertKind::Regression, vec!["c1"])], "its shift is another one");
    assert!(host.of(&series[1]).inhibited && host.environment().unwrap().state == Firing, "the others as before");
    let new = of("b0", "new", "m0");
    assert_eq!(about(&host.land(&[(&new, VerdictKind::Regression, BAD)])), [(AlertKind::Regression, vec!["new"])]);
    let other = of("nightly", "", "m0");
    assert_eq!(host.land(&[(&other, VerdictKind::Regression, BAD)]), [], "measured later the same day");
    host.began = 30;
    let other = of("weekly", "", "m0");
    assert_eq!(host.land(&[(&other, VerdictKind::Regression, BAD)]).len(), 1);
}

#[test]
fn alerts_that_were_told_are_taken_over_when_more_of_the_same_is_confirmed() {
    let series = all(2, 6, 1);
    let mut host = Host::default();
    // The clear ones confirm first, too few of all; then more of them, then the rest.
    let landing = |confirmed: usize| -> Vec<(&SeriesKey, VerdictKind, &[f64])> {
        let kind = |i: usize| if i % 6 < confirmed { VerdictKind::Regression } else { Steady };
        series.iter().enumerate().map(|(i, one)| (one, kind(i), BAD)).collect()
    };
    assert_eq!(about(&host.land(&landing(2))), vec![(AlertKind::Regression, vec!["c0", "c1"]); 2]);
    assert_eq!(about(&host.land(&landing(5))), [(AlertKind::Environment, vec![""])]);
    assert!(host.of(&series[0]).inhibited, "what confirms later does not mail again");
    assert_eq!(host.land(&landing(6)), []);
    assert!(series.iter().all(|one| host.of(one).members.iter().all(|member| member.told != member.swept)));
}
