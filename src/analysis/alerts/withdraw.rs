//! What it does to an alert that people exclude runs from history, or take them back: a member whose regression is gone with the runs is
//! withdrawn, and put back as it was when they count again. People are told by whoever did it; nothing of it is news, and what was
//! told once is not told again.

use jiff::Timestamp;

use super::Advance;
use super::member::Member;
use super::record::{AlertRecord, hours_after};
use crate::analysis::{Point, Settings};
use crate::domain::alert::{AlertState, Transition};
use crate::domain::stats::median;

/// A member's series after a word on some of its runs.
#[derive(Debug, Clone, Copy)]
pub struct Reworded<'a> {
    /// What counts now, by time; finite values.
    pub history: &'a [Point],
    /// First run of the present segment.
    pub segment_start: usize,
    /// Times of the runs that the word is on.
    pub meant: &'a [Timestamp],
    /// Times of the runs that are excluded now.
    pub excluded: &'a [Timestamp],
}

/// What has become of a member's cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The word does not concern it.
    Untouched,
    Stands,
    Gone,
}

impl Member {
    /// Whether the member's regression stands in its series as that is now.
    ///
    /// It goes with an excluded run only if that is one of those after the change, and the present level is good without it. It is back
    /// when the level is bad again, or when nothing is excluded any more of what made it one.
    pub fn cause(&self, now: &Reworded<'_>, settings: &Settings) -> Cause {
        let Some(good) = &self.good else { return Cause::Untouched };
        let began = self.evidence.began();
        if !now.meant.iter().any(|at| *at >= began) {
            return Cause::Untouched;
        }
        let is_bad = |level: f64| !self.is_good(good, level, settings);
        let since: Vec<f64> = now.history.iter().filter(|run| run.at >= began).map(|run| run.value).collect();
        let segment: Vec<f64> = now.history.iter().skip(now.segment_start).map(|run| run.value).collect();
        let stands = if !self.confirmed {
            since.into_iter().any(is_bad)
        } else if now.excluded.iter().any(|at| *at >= began) {
            median(&segment).is_some_and(is_bad)
        } else {
            median(&since).is_some_and(is_bad)
        };
        if stands { Cause::Stands } else { Cause::Gone }
    }
}

/// The step that a word on runs takes: `cause` says what became of a member. `None` when nothing moves.
pub fn reconsider(
    record: &AlertRecord,
    cause: impl Fn(&Member) -> Cause,
    (who, why): (&str, &str),
    now: Timestamp,
    settings: &Settings,
) -> Option<Advance> {
    let is_over = record.state == AlertState::Resolved;
    let mut next = record.clone();
    // What recovered by itself is over, whatever becomes of its runs.
    let mut gone: Vec<Member> = Vec::new();
    if is_over {
        next.members.clear();
    } else {
        gone.extend(next.members.extract_if(.., |member| cause(member) == Cause::Gone));
    }
    let members = &next.members;
    let is_back =
        |member: &Member| cause(member) == Cause::Stands && members.iter().all(|known| known.series != member.series);
    let back: Vec<Member> = next.withdrawn.extract_if(.., |member| is_back(member)).collect();
    if gone.is_empty() && back.is_empty() {
        return None;
    }
    next.members.extend(back);
    next.members.sort_by(|a, b| a.series.cmp(&b.series));
    next.withdrawn.retain(|old| gone.iter().all(|member| member.series != old.series));
    next.withdrawn.extend(gone);
    if let Some(since) = next.members.iter().map(|member| member.since).min() {
        next.since = since;
    }
    next.state = next.state_of_members(now, settings);
    next.reopens_until = (next.state == AlertState::Resolved).then(|| hours_after(now, settings.reopen_hours));
    if next.state != record.state {
        next.moved_at = now;
    }
    let transition =
        Transition { from: Some(record.state), to: next.state, at: now, who: who.to_owned(), why: why.to_owned() };
    Some(Advance { record: next, anew: false, transitions: vec![transition], news: Vec::new(), shadowed: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::super::{Occasion, Signal, advance};
    use super::*;
    use crate::domain::series::{Direction, SeriesKey};
    use crate::domain::verdict::{Began, Shift, Verdict, VerdictKind};

    fn hour(n: usize) -> Timestamp {
        Timestamp::from_second(1_763_600_000 + 3600 * n as i64).unwrap()
    }

    /// An alert about these cases, all of which went from 100 to 130 with run 20, when the verdicts are of this kind.
    fn alert(cases: &[&str], kind: VerdictKind) -> AlertRecord {
        let shift = Shift {
            before: 100.0,
            after: 130.0,
            n_before: 20,
            n_after: 3,
            effect: 0.3,
            interval: (0.29, 0.31),
            noise: 1.0,
            p: None,
            change_index: 20,
            change_at: hour(20),
            run_length: None,
            began: Began { first: 20, last: 20, first_at: hour(20), last_at: hour(20) },
        };
        let verdict = Verdict { kind, n: 23, shift: Some(shift), reason: "It lies at 130.".into() };
        let signal = |case: &&str| {
            let series = SeriesKey { case: (*case).to_owned(), ..SeriesKey::default() };
            Signal::of_verdict(&series, Direction::Lower, &verdict, vec![130.0])
        };
        let signals: Vec<Signal> = cases.iter().map(signal).collect();
        let all: Vec<&Signal> = signals.iter().collect();
        let settings = Settings::default();
        let occasion = Occasion { now: hour(23), backfill: false, settings: &settings };
        advance(&signals[0].key(), None, &all, &occasion).unwrap().record
    }

    /// The cause of a member after a word on runs `meant`, when runs `excluded` are, of 23 of which the last three are bad.
    fn cause(member: &Member, meant: &[usize], excluded: &[usize], segment_start: usize) -> Cause {
        let value = |n: usize| if n < 20 { 100.0 + (n % 3) as f64 } else { 130.0 };
        let history: Vec<Point> = (0..23)
            .filter(|n| !excluded.contains(n))
            .map(|n| Point { at: hour(n), value: value(n), std: None, n: 1, fresh: false })
            .collect();
        let times = |runs: &[usize]| runs.iter().map(|n| hour(*n)).collect::<Vec<_>>();
        let (meant, excluded) = (times(meant), times(excluded));
        let now = Reworded { history: &history, segment_start, meant: &meant, excluded: &excluded };
        member.cause(&now, &Settings::default())
    }

    #[test]
    fn a_regression_goes_with_its_runs_and_with_no_others() {
        let firing = &alert(&["a"], VerdictKind::Regression).members[0];
        // The runs meant, those excluded then, where the segment begins then.
        let cases: [(&[usize], &[usize], usize, Cause); 6] = [
            (&[3], &[3], 19, Cause::Untouched),
            (&[20, 21, 22], &[20, 21, 22], 0, Cause::Gone),
            (&[20, 21], &[20, 21], 0, Cause::Gone),
            (&[20], &[20], 20, Cause::Stands),
            (&[21], &[20], 20, Cause::Stands),
            // Everything counts again, whatever the replay makes of it.
            (&[20, 21, 22], &[], 0, Cause::Stands),
        ];
        for (meant, excluded, segment, expected) in cases {
            assert_eq!(cause(firing, meant, excluded, segment), expected, "{meant:?} of {excluded:?}");
        }
        let suspected = &alert(&["a"], VerdictKind::Candidate).members[0];
        assert_eq!(cause(suspected, &[20], &[20], 0), Cause::Stands, "another run is suspicious too");
        assert_eq!(cause(suspected, &[22], &[20, 21, 22], 0), Cause::Gone);
    }

    #[test]
    fn what_is_withdrawn_comes_back_as_it_was() {
        let settings = Settings::default();
        let ask = |record: &AlertRecord, of: &str, cause: Cause| {
            let known = |member: &Member| if of.contains(&member.series.case) { cause } else { Cause::Untouched };
            reconsider(record, known, ("ann", "busy"), hour(30), &settings)
        };
        let mut firing = alert(&["a", "b"], VerdictKind::Regression);
        firing.acknowledged = true;
        firing.state = AlertState::Acknowledged;
        assert_eq!(ask(&firing, "ab", Cause::Stands), None);
        assert_eq!(ask(&firing, "", Cause::Gone), None);

        let one = ask(&firing, "a", Cause::Gone).unwrap();
        assert_eq!((one.record.state, one.record.members.len()), (AlertState::Acknowledged, 1));
        assert!(one.news.is_empty() && one.transitions.len() == 1);
        let none = ask(&one.record, "b", Cause::Gone).unwrap();
        assert_eq!((none.record.state, none.record.withdrawn.len()), (AlertState::Resolved, 2));
        assert_eq!((none.transitions[0].who.as_str(), none.transitions[0].why.as_str()), ("ann", "busy"));
        assert!(none.record.reopens_until.is_some());

        let back = ask(&none.record, "ab", Cause::Stands).unwrap();
        assert!(back.news.is_empty(), "what was told once is not told again");
        assert_eq!(back.record.state, firing.state);
        assert_eq!((&back.record.members, back.record.withdrawn.len()), (&firing.members, 0));
        assert!(back.record.members.iter().all(|member| member.told));
    }

    #[test]
    fn what_recovered_by_itself_stays_over() {
        let settings = Settings::default();
        let mut over = alert(&["a", "b"], VerdictKind::Regression);
        over.state = AlertState::Resolved;
        let gone = |_: &Member| Cause::Gone;
        assert_eq!(reconsider(&over, gone, ("ann", "busy"), hour(30), &settings), None);
        over.withdrawn = vec![over.members.remove(0)];
        let back = reconsider(&over, |_| Cause::Stands, ("ann", ""), hour(30), &settings).unwrap();
        let cases: Vec<&str> = back.record.members.iter().map(|member| member.series.case.as_str()).collect();
        assert_eq!(cases, ["a"], "b was good again");
    }
}
