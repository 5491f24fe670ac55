//! What verdicts and the passing of time do to an alert.

use jiff::{SignedDuration, Timestamp};

use super::{Advance, AlertRecord, JUDGE, Judged, Member, News};
use crate::analysis::Settings;
use crate::domain::alert::{AlertKey, AlertState, Transition};
use crate::domain::verdict::{Shift, VerdictKind};

/// The step that the fresh verdicts of one landing take: `judged` holds those of one key. `None` when nothing moves.
///
/// On `backfill` states are kept as ever and nobody is told of the past, then or later.
pub fn advance(
    key: &AlertKey,
    current: Option<&AlertRecord>,
    judged: &[Judged<'_>],
    backfill: bool,
    now: Timestamp,
    settings: &Settings,
) -> Option<Advance> {
    let running = current.filter(|record| record.state != AlertState::Resolved);
    let mut record = match running {
        Some(record) => record.clone(),
        None => begin(key, current, judged, now)?,
    };
    let notes = take_in(&mut record, judged, settings);
    if let Some(since) = record.members.iter().map(|member| member.shift.change_at).min() {
        record.since = since;
    }
    record.silenced_until = record.silenced_until.filter(|until| now < *until);
    record.state = record.state_of_members(now, settings);
    let news = news_of(&mut record, current, backfill, now, settings);
    let from = current.map(|record| record.state);
    let moved = from != Some(record.state) || matches!(news, Some(News::Grew(_)));
    let transitions = if moved {
        vec![Transition {
            from,
            to: record.state,
            at: now,
            who: JUDGE.to_owned(),
            why: why(from, &record, notes, backfill),
        }]
    } else {
        Vec::new()
    };
    let news: Vec<News> = news.into_iter().collect();
    let idle = current == Some(&record) && transitions.is_empty() && news.is_empty();
    (!idle).then_some(Advance { record, transitions, news })
}

/// The step that the end of a silence takes; `None` while there is nothing to end.
pub fn expire(record: &AlertRecord, now: Timestamp) -> Option<Advance> {
    record.silenced_until.filter(|until| *until <= now)?;
    let mut next = AlertRecord { silenced_until: None, ..record.clone() };
    let mut transitions = Vec::new();
    if record.state == AlertState::Silenced {
        next.state = next.bad_state(now);
        let why = "the silence is over".to_owned();
        transitions.push(Transition { from: Some(record.state), to: next.state, at: now, who: JUDGE.to_owned(), why });
    }
    let news = next.tell(false).into_iter().collect();
    Some(Advance { record: next, transitions, news })
}

/// A new life, if there is anything for the worse: the thread of the last one goes on when it ended a short while ago.
fn begin(key: &AlertKey, last: Option<&AlertRecord>, judged: &[Judged<'_>], now: Timestamp) -> Option<AlertRecord> {
    judged.iter().find(|one| worse(one, &[VerdictKind::Candidate, VerdictKind::Regression]).is_some())?;
    let reopens = |record: &&AlertRecord| record.reopens_until.is_some_and(|until| now < until);
    let fresh = AlertRecord {
        key: key.clone(),
        state: AlertState::Candidate,
        since: now,
        opened_at: now,
        members: Vec::new(),
        reopened: 0,
        acknowledged: false,
        silenced_until: last.and_then(|record| record.silenced_until),
        reopens_until: None,
        fired: false,
        announced: false,
    };
    Some(match last.filter(reopens) {
        Some(record) => AlertRecord { members: Vec::new(), acknowledged: false, ..record.clone() },
        None => fresh,
    })
}

/// The shift of a verdict of one of `kinds`, when it is for the worse and its runs are the newest.
fn worse<'a>(judged: &Judged<'a>, kinds: &[VerdictKind]) -> Option<&'a Shift> {
    let shift = judged.verdict.shift.as_ref()?;
    let speaks = !judged.fresh.is_empty() && kinds.contains(&judged.verdict.kind);
    (speaks && judged.direction.is_worse(shift.before, shift.after)).then_some(shift)
}

/// Brings the verdicts into the members; gives the reasons of what is new.
fn take_in(record: &mut AlertRecord, judged: &[Judged<'_>], settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    for one in judged.iter().filter(|one| !one.fresh.is_empty()) {
        let place = record.members.iter().position(|member| member.series == *one.series);
        let member = place.map(|place| record.members.remove(place));
        let was = member.as_ref().map(|member| (member.confirmed, member.shift.clone()));
        let next = next_member(member, one, settings);
        if let Some(next) = next {
            if was != Some((next.confirmed, next.shift.clone())) {
                notes.push(one.verdict.reason.clone());
            }
            record.members.push(next);
        }
    }
    record.members.sort_by(|a, b| a.series.cmp(&b.series));
    notes
}

/// What a series is to the alert after its verdict: `None` when it is no (longer a) member.
fn next_member(member: Option<Member>, judged: &Judged<'_>, settings: &Settings) -> Option<Member> {
    let candidate = worse(judged, &[VerdictKind::Candidate]);
    // A late run may have confirmed the suspicion: then the next verdict is steady, and carries the shift.
    let late =
        || worse(judged, &[VerdictKind::Steady]).filter(|shift| member.as_ref().is_some_and(|m| m.suspected(shift)));
    let confirmed = worse(judged, &[VerdictKind::Regression]).or_else(late);
    let Some(mut member) = member.filter(|member| member.confirmed) else {
        // A member only suspected ends here unless it is suspected again.
        let (shift, confirmed) = confirmed.map(|shift| (shift, true)).or(candidate.map(|shift| (shift, false)))?;
        return Some(Member::new(judged, shift, confirmed));
    };
    member.count(judged.fresh, settings);
    if let Some(shift) = worse(judged, &[VerdictKind::Regression]) {
        if member.recovered {
            return Some(Member::new(judged, shift, true));
        }
        // Back to a level that was told already is no news; markedly worse than that is.
        let further = settings.min_effect * member.shift.after.abs();
        let is_further = member.direction.is_worse(member.shift.after, shift.after)
            && (shift.after - member.shift.after).abs() > further;
        if is_further {
            member.shift = shift.clone();
            member.told = false;
        }
    }
    Some(member)
}

/// What the new state makes of the thread.
fn news_of(
    record: &mut AlertRecord,
    current: Option<&AlertRecord>,
    backfill: bool,
    now: Timestamp,
    settings: &Settings,
) -> Option<News> {
    let was_open = current.is_some_and(|record| record.state.is_open());
    if record.state == AlertState::Resolved {
        if was_open {
            let hours = SignedDuration::from_hours(settings.reopen_hours);
            record.reopens_until = now.checked_add(hours).ok();
            return record.end(now).filter(|_| !backfill);
        }
        return None;
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
        record.mark_told();
        return None;
    }
    record.tell(reopening)
}

/// The cause of a transition, in words.
fn why(from: Option<AlertState>, record: &AlertRecord, notes: Vec<String>, backfill: bool) -> String {
    let mut notes = notes.into_iter();
    let mut text = match (record.state, notes.next()) {
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
