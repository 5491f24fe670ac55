//! What the passing of time does to an alert: it ends silences, and the flapping of one that has stayed put for a day; it reminds of
//! what nobody takes, and tells once a day of what flaps.

use jiff::Timestamp;

use super::record::{AlertRecord, Told};
use super::{Advance, CLOCK, News};
use crate::analysis::Settings;
use crate::domain::alert::{AlertState, Transition};

/// What withheld news until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub silence: bool,
    pub flapping: bool,
}

/// Ends what has lasted its time.
pub(super) fn end_of_quiet(record: &mut AlertRecord, now: Timestamp) -> Ended {
    let silence = record.silence.as_ref().is_some_and(|silence| silence.until <= now);
    if silence {
        record.silence = None;
    }
    let flapping = record.flapping && record.flaps_until() <= now;
    if flapping {
        record.flapping = false;
        record.flap_digest = None;
        record.openings.clear();
    }
    Ended { silence, flapping }
}

/// The step that the clock takes: the end of a silence or of flapping, a reminder, a digest; `None` while nothing is due.
/// [`AlertRecord::due`] says when.
pub fn expire(record: &AlertRecord, now: Timestamp, settings: &Settings) -> Option<Advance> {
    let mut next = record.clone();
    let ended = end_of_quiet(&mut next, now);
    let ending = match (ended.silence, ended.flapping) {
        (false, false) => None,
        (true, false) => Some("the silence is over"),
        (_, true) => Some("it has stayed as it is for a day"),
    };
    if ending.is_some() && record.state == AlertState::Silenced {
        next.state = next.bad_state(now);
    }
    let how = if ended.flapping { News::Stayed } else { News::Grew };
    let Told { mut news, shadowed } = if ending.is_some() { next.release(how, now, settings) } else { Told::default() };
    let digest = next.flapped(now, settings);
    // What is told anyway needs no reminder.
    let reminder = if news.is_empty() { next.remind(now, settings) } else { None };
    let flaps = digest.as_ref().map(|_| "it went on flapping: told again");
    let again = flaps.or(reminder.as_ref().map(|_| "nobody has taken it: told again"));
    news.extend(digest);
    news.extend(reminder);
    let transition = |why: &str| Transition {
        from: Some(record.state),
        to: next.state,
        at: now,
        who: CLOCK.to_owned(),
        why: why.to_owned(),
    };
    let transitions: Vec<Transition> = ending.or(again).map(transition).into_iter().collect();
    let idle = transitions.is_empty() && next == *record;
    (!idle).then_some(Advance { record: next, anew: false, transitions, news, shadowed })
}
