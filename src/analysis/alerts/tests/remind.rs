//! What is told again: reminders, and the day's digest of what flaps.

use super::*;

/// The times of what a life that nobody touches tells by the clock within so many hours, with what is told.
fn told_by_the_clock(life: &mut Life, hours: i64) -> Vec<(i64, &'static str)> {
    let mut told = Vec::new();
    for at in life.hour + 1..=life.hour + hours {
        let Some(record) = &life.record else { break };
        let step = expire(record, hour(at), &Settings::default());
        let is_due = record.due().is_some_and(|due| due <= hour(at));
        assert_eq!(step.is_some(), is_due, "hour {at}");
        for news in life.take(step) {
            told.push((
                at,
                match news {
                    News::Reminded(_) => "reminded",
                    News::Flapped(_) => "flapped",
                    News::Resolved => "resolved",
                    _ => "other",
                },
            ));
        }
        life.announced();
    }
    life.hour += hours;
    told
}

#[test]
fn what_nobody_takes_is_told_again_after_a_day_and_then_every_week() {
    let mut life = Life::firing();
    let week = 7 * 24;
    assert_eq!(told_by_the_clock(&mut life, 24), [(25, "reminded")]);
    assert_eq!(told_by_the_clock(&mut life, 2 * week), [(25 + week, "reminded"), (25 + 2 * week, "reminded")]);
    life.command(Command::Acknowledge).unwrap();
    assert_eq!(life.record.as_ref().map(AlertRecord::due), Some(None));
    assert_eq!(told_by_the_clock(&mut life, 2 * week), []);
}

#[test]
fn news_begins_the_day_anew_and_the_end_ends_it() {
    let mut life = Life::firing();
    assert_eq!(told_by_the_clock(&mut life, 20), []);
    assert!(matches!(life.land(&[("b", VerdictKind::Regression, &[150.0])])[..], [News::Grew(_)]));
    assert_eq!(told_by_the_clock(&mut life, 25), [(22 + 24, "reminded")]);
    for _ in 0..3 {
        life.land(&[GOOD, ("b", Steady, &[100.0])]);
    }
    assert_eq!(life.state(), Some(Resolved));
    assert_eq!(told_by_the_clock(&mut life, 30 * 24), []);
}

#[test]
fn silence_puts_a_reminder_off_and_recovery_does_too() {
    let mut life = Life::firing();
    let until = hour(life.hour + 40);
    life.command(Command::Silence { until }).unwrap();
    assert_eq!(told_by_the_clock(&mut life, 39), []);
    assert_eq!(told_by_the_clock(&mut life, 2), [(41, "reminded")], "once, with the end of the silence");

    let mut life = Life::firing();
    assert!(life.land(&[GOOD]).is_empty());
    assert_eq!(told_by_the_clock(&mut life, 40), []);
    assert!(life.land(&[BAD]).is_empty());
    assert_eq!(told_by_the_clock(&mut life, 1).len(), 1, "it fires as before");
}

#[test]
fn nobody_is_reminded_of_what_nobody_was_told() {
    let mut life = Life::firing();
    life.record.as_mut().unwrap().announced = false;
    let step = expire(life.record.as_ref().unwrap(), hour(26), &Settings::default()).unwrap();
    assert!(step.news.is_empty() && step.transitions.is_empty(), "{step:?}");
    assert_eq!(step.record.remind_at, Some(hour(26 + 24)));

    let quiet = Settings { remind: Vec::new(), ..Settings::default() };
    let step = expire(life.record.as_ref().unwrap(), hour(26), &quiet).unwrap();
    assert_eq!((step.news, step.record.remind_at), (Vec::new(), None));
}

#[test]
fn a_clock_that_steps_back_reminds_nobody_twice() {
    let mut life = Life::firing();
    assert_eq!(told_by_the_clock(&mut life, 24), [(25, "reminded")]);
    let record = life.record.as_ref().unwrap();
    for at in [2, 10, 24, 25, 26] {
        assert_eq!(expire(record, hour(at), &Settings::default()), None, "hour {at}");
    }
}

#[test]
fn what_flaps_is_told_once_a_day_until_it_stays_put() {
    let mut life = Life::firing();
    let mut flapped = Vec::new();
    // It opens and ends every few hours, for three days.
    for _ in 0..12 {
        for _ in 0..3 {
            life.land(&[GOOD]);
            life.announced();
        }
        flapped.extend(told_by_the_clock(&mut life, 1));
        life.land(&[("a", VerdictKind::Regression, &[130.0])]);
        life.announced();
        flapped.extend(told_by_the_clock(&mut life, 1));
    }
    assert!(life.record.as_ref().is_some_and(|record| record.flapping));
    let times: Vec<i64> = flapped.iter().map(|(at, _)| *at).collect();
    assert!(flapped.iter().all(|(_, what)| *what == "flapped"), "{flapped:?}");
    assert_eq!(times.len(), 2, "{flapped:?}");
    assert!(times[1] - times[0] >= 24, "{flapped:?}");
    // It stays bad: one more digest falls due at the most before the day of rest is over, and then reminders come.
    let after = told_by_the_clock(&mut life, 60);
    assert!(after.iter().filter(|(_, what)| *what == "flapped").count() <= 1, "{after:?}");
    assert!(life.record.as_ref().is_some_and(|record| !record.flapping && record.flap_digest.is_none()));
}
