//! What the passing of time does to an alert: it ends silences, and the flapping of one that has stayed put for a day.

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
        record.openings.clear();
    }
    Ended { silence, flapping }
}

/// The step that the end of a silence, or of flapping, takes; `None` while there is nothing to end. [`AlertRecord::due`] says when.
pub fn expire(record: &AlertRecord, now: Timestamp, settings: &Settings) -> Option<Advance> {
    let mut next = record.clone();
    let ended = end_of_quiet(&mut next, now);
    let why = match (ended.silence, ended.flapping) {
        (false, false) => return None,
        (true, false) => "the silence is over",
        (_, true) => "it has stayed as it is for a day",
    };
    if record.state == AlertState::Silenced {
        next.state = next.bad_state(now);
    }
    let Told { news, shadowed } = next.release(if ended.flapping { News::Reopened } else { News::Grew }, now, settings);
    let transition =
        Transition { from: Some(record.state), to: next.state, at: now, who: CLOCK.to_owned(), why: why.to_owned() };
    Some(Advance { record: next, anew: false, transitions: vec![transition], news, shadowed })
}
