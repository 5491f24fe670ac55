//! What the signals of a landing do to an alert.

use super::clock::end_of_quiet;
use super::member::Member;
use super::record::{AlertRecord, Told, hours_after};
use super::signal::Signal;
use super::{Advance, JUDGE, News, Occasion};
use crate::analysis::Settings;
use crate::domain::alert::{AlertKey, AlertKind, AlertState, Transition};

/// The step that the signals of one landing take: `signals` holds those of one key. `None` when nothing moves.
pub fn advance(
    key: &AlertKey,
    current: Option<&AlertRecord>,
    signals: &[&Signal],
    occasion: &Occasion<'_>,
) -> Option<Advance> {
    Heard::new(key, current, signals, occasion)?.conclude(current, occasion)
}

/// An alert that has taken in the signals of a landing, before its state and its news are drawn from its members.
pub(super) struct Heard {
    pub record: AlertRecord,
    anew: bool,
    from: Option<AlertState>,
    /// The reasons of what is new.
    notes: Vec<String>,
}

impl Heard {
    /// `None` where there is no alert and nothing that would begin one.
    pub fn new(
        key: &AlertKey,
        current: Option<&AlertRecord>,
        signals: &[&Signal],
        occasion: &Occasion<'_>,
    ) -> Option<Self> {
        let Occasion { now, settings, .. } = *occasion;
        let running = current.filter(|record| record.state != AlertState::Resolved);
        let accepted = |signal: &Signal| current.is_some_and(|last| last.has_accepted(signal, settings));
        let speaks = |signal: &Signal| signal.is_bad() && !accepted(signal);
        let reopens = current.filter(|last| last.reopens_until.is_some_and(|until| now < until));
        let (mut record, anew) = match (running, reopens) {
            (Some(record), _) => (record.clone(), false),
            (None, _) if !signals.iter().any(|signal| speaks(signal)) => return None,
            (None, Some(last)) => (AlertRecord { members: Vec::new(), acknowledged: false, ..last.clone() }, false),
            // A suspicion that came to nothing left no thread, and the next one may have its place.
            (None, None) => (AlertRecord::new(key, current, now), current.is_none_or(AlertRecord::left_something)),
        };
        let heard = signals.iter().copied().filter(|signal| !signal.is_bad() || speaks(signal));
        let notes = take_in(&mut record, heard, settings);
        let from = current.filter(|_| !anew).map(|record| record.state);
        Some(Self { record, anew, from, notes })
    }

    /// The alert of an environment of whose series more than half have so many good runs in a row.
    pub fn followed(current: &AlertRecord, good_runs: u32) -> Self {
        let mut record = current.clone();
        record.members.iter_mut().for_each(|member| member.good_runs = good_runs);
        Self { record, anew: false, from: Some(current.state), notes: Vec::new() }
    }

    /// The step, with `current` to tell whether there is one at all.
    pub fn conclude(self, current: Option<&AlertRecord>, occasion: &Occasion<'_>) -> Option<Advance> {
        let Self { mut record, anew, from, notes } = self;
        let Occasion { now, backfill, settings } = *occasion;
        if let Some(since) = record.members.iter().map(|member| member.since).min() {
            record.since = since;
        }
        let ended = end_of_quiet(&mut record, now);
        record.state = record.state_of_members(now, settings);
        if from != Some(record.state) {
            record.moved_at = now;
        }
        let Told { news, shadowed } = news_of(&mut record, from, ended.flapping, occasion);
        let grew = news.iter().chain(&shadowed).any(|news| *news != News::Resolved);
        let transitions = if from != Some(record.state) || grew {
            let why = why(from, &record, notes, backfill);
            vec![Transition { from, to: record.state, at: now, who: JUDGE.to_owned(), why }]
        } else {
            Vec::new()
        };
        let idle = current == Some(&record) && transitions.is_empty();
        (!idle).then_some(Advance { record, anew, transitions, news, shadowed })
    }
}

/// Brings the signals into the members; gives the reasons of what is new.
fn take_in<'a>(
    record: &mut AlertRecord,
    signals: impl Iterator<Item = &'a Signal>,
    settings: &Settings,
) -> Vec<String> {
    let mut notes = Vec::new();
    for signal in signals {
        let place = record.members.iter().position(|member| member.series == signal.series);
        let member = place.map(|place| record.members.remove(place));
        let was = member.as_ref().map(|member| (member.confirmed, member.evidence.clone()));
        if let Some(next) = Member::after(member, signal, settings) {
            if was != Some((next.confirmed, next.evidence.clone())) {
                notes.push(signal.reason.clone());
            }
            record.members.push(next);
        }
    }
    record.members.sort_by(|a, b| a.series.cmp(&b.series));
    notes
}

/// What the new state makes of the thread.
fn news_of(record: &mut AlertRecord, from: Option<AlertState>, flapped: bool, occasion: &Occasion<'_>) -> Told {
    let Occasion { now, backfill, settings } = *occasion;
    let was_open = from.is_some_and(AlertState::is_open);
    if record.state == AlertState::Resolved {
        if !was_open {
            return Told::default();
        }
        record.reopens_until = Some(hours_after(now, settings.reopen_hours));
        let ended = record.end(now, settings);
        return if backfill { Told::default() } else { ended };
    }
    let opens = record.state.is_open() && !was_open;
    let reopening = opens && record.reopens_until.is_some_and(|until| now < until);
    if reopening {
        record.reopened = record.reopened.saturating_add(1);
    }
    if opens {
        record.reopens_until = None;
    }
    if backfill {
        record.mark_told(|_| true);
        return Told::default();
    }
    if opens && record.note_opening(now) {
        return record.tell_flapping(now, settings);
    }
    let how = match (reopening, flapped) {
        (true, _) => News::Reopened,
        (false, true) => News::Stayed,
        (false, false) => News::Grew,
    };
    record.tell(how, now, settings)
}

/// The cause of a transition, in words.
fn why(from: Option<AlertState>, record: &AlertRecord, notes: Vec<String>, backfill: bool) -> String {
    let is_environment = record.key.kind == AlertKind::Environment;
    let mut notes = notes.into_iter();
    let mut text = match (record.state, notes.next()) {
        (AlertState::Recovering, _) if is_environment => "most of what moved is good again".to_owned(),
        (AlertState::Resolved, _) if is_environment => "most of what moved has come back".to_owned(),
        (AlertState::Recovering, _) => "every member's newest run is good again".to_owned(),
        (AlertState::Resolved, _) if record.members.is_empty() => "the next runs did not confirm it".to_owned(),
        (AlertState::Resolved, _) => "enough good runs in a row of every member".to_owned(),
        (_, Some(note)) => note,
        (_, None) if from == Some(AlertState::Silenced) => "the silence is over".to_owned(),
        (_, None) => "the newest runs are bad again".to_owned(),
    };
    let more = notes.len();
    if more > 0 {
        text.push_str(&format!(" And {more} more series."));
    }
    if backfill {
        text.push_str(" Found in the first index: nobody is told.");
    }
    text
}
