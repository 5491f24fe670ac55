//! Absence: a benchmark that used to report and has fallen silent.
//!
//! How long a silence is too long is configured, or taken from the benchmark's own rhythm. Rhythms of people have holes: nights,
//! weekends, holidays. So it is not the usual gap alone that counts but the longest one too: three usual gaps must pass, and twice the
//! longest pause (the second longest, once there are many: an odd pause shall not dull it for months). Until a rhythm has been followed
//! for more than a week, nothing is known of its weekends, and four days must pass.
//!
//! A benchmark that was over before anybody listened is history, not news: [`evaluate`] wants its deadline to have passed while it was
//! listened to. Time in which nobody could hear (a step of the clock) does not count. Nothing here can fail: of
//! too few runs there is no rhythm, and nobody is missed.

use jiff::{SignedDuration, Timestamp};

use super::reason::{significant, time};
use super::selection::Selection;

/// Which benchmarks are missed when they fall silent.
#[derive(Debug, Clone, PartialEq)]
pub struct Absence {
    /// Only its benchmarks count.
    pub selection: Selection,
    pub after: After,
}

/// How long a silence is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// What the rhythm of the benchmark says.
    Auto,
    Fixed(SignedDuration),
}

/// Gaps that a rhythm needs.
const LEAST_GAPS: usize = 5;
/// Gaps from which on the longest of them is taken for odd.
const MANY_GAPS: usize = 20;
/// Runs closer together than this part of the longest pause are one session: repetitions tell nothing of a rhythm.
const SESSION: i64 = 20;
/// Usual gaps that must pass.
const USUAL: i32 = 3;
/// Longest pauses that must pass.
const LONGEST: i32 = 2;
/// From this on a history holds a whole week.
const WEEK: SignedDuration = SignedDuration::from_hours(8 * 24);
/// What must pass before that: a weekend, and a holiday beside it.
const WEEKEND: SignedDuration = SignedDuration::from_hours(4 * 24);

/// How a benchmark reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// The median of the gaps between sessions of runs.
    pub usual: SignedDuration,
    /// The longest gap, or the second longest of many.
    pub longest: SignedDuration,
    /// Gaps behind this.
    pub gaps: usize,
    /// A longer silence is too long.
    pub patience: SignedDuration,
}

/// What a silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It is expected until then.
    Expected { until: Timestamp },
    /// It was over before anybody listened.
    Over,
    /// It should have reported until then.
    Missing { due: Timestamp },
}

/// The rhythm of runs that took place at `times` (ascending); `None` when there are too few of them.
pub fn rhythm(times: &[Timestamp]) -> Option<Rhythm> {
    let all: Vec<SignedDuration> = gaps(times).collect();
    let pause = longest(&all)?;
    let apart = pause / SESSION as i32;
    let mut between: Vec<SignedDuration> = all.into_iter().filter(|gap| *gap > apart && gap.is_positive()).collect();
    if between.len() < LEAST_GAPS {
        return None;
    }
    let longest = longest(&between)?;
    between.sort_unstable();
    let usual = *between.get(between.len() / 2)?;
    let patience = usual.saturating_mul(USUAL).max(longest.saturating_mul(LONGEST));
    let span = times.last()?.duration_since(*times.first()?);
    let patience = if span < WEEK { patience.max(WEEKEND) } else { patience };
    Some(Rhythm { usual, longest, gaps: between.len(), patience })
}

fn gaps(times: &[Timestamp]) -> impl Iterator<Item = SignedDuration> {
    times.iter().zip(times.iter().skip(1)).map(|(before, after)| after.duration_since(*before))
}

/// The longest of few gaps, the second longest of many.
fn longest(gaps: &[SignedDuration]) -> Option<SignedDuration> {
    let mut longest = [SignedDuration::ZERO; 2];
    for gap in gaps {
        match longest {
            [first, _] if *gap > first => longest = [*gap, first],
            [first, second] if *gap > second => longest = [first, *gap],
            _ => {}
        }
    }
    let [first, second] = longest;
    (!gaps.is_empty()).then_some(if gaps.len() < MANY_GAPS { first } else { second })
}

/// Whether a benchmark that was last heard of at `heard`, and whose silence may last for `patience`, is missing at `now`.
///
/// `watched` is since when it is listened to at all, and `deaf` when time was last lost (`None`: never). What was heard in the future
/// is waited for.
pub fn evaluate(
    heard: Timestamp,
    patience: SignedDuration,
    watched: Timestamp,
    deaf: Option<Timestamp>,
    now: Timestamp,
) -> Silence {
    let due = |from: Timestamp| from.saturating_add(patience).unwrap_or(Timestamp::MAX);
    if due(heard) < watched {
        return Silence::Over;
    }
    let due = due(deaf.map_or(heard, |deaf| deaf.max(heard)));
    if now <= due { Silence::Expected { until: due } } else { Silence::Missing { due } }
}

/// Why a benchmark is missed, in one sentence.
pub fn reason(heard: Timestamp, patience: SignedDuration, rhythm: Option<&Rhythm>) -> String {
    let used_to = rhythm.map_or_else(String::new, |rhythm| {
        let (usual, longest) = (span(rhythm.usual), span(rhythm.longest));
        format!(" One used to come every {usual}, and the longest pause was {longest}.")
    });
    format!("No result has come since {}, which is longer than {}.{used_to}", time(heard), span(patience))
}

/// A duration in the largest unit of which it holds two: `36 h`, `3 d`.
fn span(duration: SignedDuration) -> String {
    const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let seconds = duration.as_secs();
    let (unit, size) = UNITS.into_iter().find(|(_, size)| seconds >= 2 * size).unwrap_or(("s", 1));
    #[allow(clippy::cast_precision_loss, reason = "no duration that is told comes near 2^53 seconds")]
    let count = duration.as_secs_f64() / size as f64;
    format!("{} {unit}", significant((count * 10.0).round() / 10.0))
}

/// Whether the wall clock was stepped (or the machine slept) between two looks: the wall says `wall` has passed, a steady clock says
/// `steady`.
pub fn is_step(wall: SignedDuration, steady: SignedDuration) -> bool {
    let off = wall.saturating_sub(steady).abs();
    off > STEP && off > steady.abs() / 100
}

/// Clocks may differ by this much, or by a hundredth of what they measured, without a step: the kernel slews that fast at most.
const STEP: SignedDuration = SignedDuration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    /// Days after the first Monday on which people work, in order, `weeks` weeks long.
    fn workdays(weeks: i64) -> impl Iterator<Item = i64> {
        (0..weeks * 7).filter(|day| day % 7 < 5)
    }

    fn patience(times: impl IntoIterator<Item = i64>) -> Option<i64> {
        let times: Vec<Timestamp> = times.into_iter().map(at).collect();
        rhythm(&times).map(|rhythm| rhythm.patience.as_hours())
    }

    #[test]
    fn a_rhythm_knows_its_holes() {
        assert_eq!(patience((0..30).map(|n| n * DAY)), Some(3 * DAY), "every night");
        assert_eq!(patience(workdays(6).map(|day| day * DAY)), Some(6 * DAY), "every workday: twice a weekend");
        let office = workdays(6).flat_map(|day| (9..17).map(move |hour| day * DAY + hour));
        assert_eq!(patience(office), Some(2 * 65), "every hour in which people work: from Friday 16:00 to Monday 9:00");
        let bursts = (0..12).flat_map(|week| (0..40).map(move |n| week * 7 * DAY + n / 20));
        assert_eq!(patience(bursts), Some(3 * (7 * DAY - 1)), "forty runs every Monday");
        let mut odd: Vec<i64> = (0..30).map(|n| n * DAY).collect();
        odd.extend((60..90).map(|n| n * DAY));
        assert_eq!(patience(odd), Some(3 * DAY), "a month off is not the rule");
    }

    #[test]
    fn of_a_short_history_no_rhythm_is_known() {
        assert_eq!(patience([]), None);
        assert_eq!(patience([1, 2, 3, 4, 5]), None);
        assert_eq!(patience([5; 50]), None, "all at once");
        assert_eq!(patience(0..10), Some(4 * DAY), "ten hours say nothing of the weekend");
        assert_eq!(patience(0..10 * DAY), Some(3), "ten days do");
    }

    #[test]
    fn only_what_falls_silent_while_listened_to_is_missing() {
        let day = hours(DAY);
        let of = |heard, watched, deaf: Option<i64>, now| evaluate(at(heard), day, at(watched), deaf.map(at), at(now));
        assert_eq!(of(100, 90, None, 110), Silence::Expected { until: at(124) });
        assert_eq!(of(100, 90, None, 124), Silence::Expected { until: at(124) });
        assert_eq!(of(100, 90, None, 125), Silence::Missing { due: at(124) });
        assert_eq!(
            of(100, 120, None, 125),
            Silence::Missing { due: at(124) },
            "found in the first index, within its rhythm"
        );
        assert_eq!(of(100, 125, None, 126), Silence::Over, "over before anybody listened");
        assert_eq!(of(100, 90, Some(200), 201), Silence::Expected { until: at(224) }, "the clock jumped to 200");
        assert_eq!(of(100, 90, Some(200), 225), Silence::Missing { due: at(224) });
        assert_eq!(of(300, 90, None, 200), Silence::Expected { until: at(324) }, "a run of tomorrow");
    }

    #[test]
    fn the_reason_says_since_when_and_what_was_usual() {
        let times: Vec<Timestamp> = workdays(6).map(|day| at(day * DAY)).collect();
        assert_eq!(
            reason(at(0), hours(36), rhythm(&times).as_ref()),
            "No result has come since 1970-01-01 00:00 UTC, which is longer than 36 h. One used to come every 24 h, and the longest \
             pause was 3 d."
        );
        assert_eq!(
            reason(at(0), SignedDuration::from_secs(90), None),
            "No result has come since 1970-01-01 00:00 UTC, which is longer than 90 s."
        );
    }

    #[test]
    fn a_step_is_told_from_slewing() {
        let s = SignedDuration::from_secs;
        for (wall, steady, step) in [
            (60, 60, false),
            (61, 60, false),
            (66, 60, true),
            (-3600, 60, true),
            (86_400, 60, true),
            (3610, 3600, false),
        ] {
            assert_eq!(is_step(s(wall), s(steady)), step, "{wall} {steady}");
        }
    }

    #[test]
    fn extreme_times_are_borne() {
        let times = [Timestamp::MIN, at(0), at(1), at(2), at(3), at(4), Timestamp::MAX];
        let rhythm = rhythm(&times);
        assert!(rhythm.is_none_or(|rhythm| rhythm.patience.is_positive()));
        let silence = evaluate(Timestamp::MAX, SignedDuration::MAX, Timestamp::MIN, None, at(0));
        assert_eq!(silence, Silence::Expected { until: Timestamp::MAX });
    }
}
