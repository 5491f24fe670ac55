//! What people do to an alert.

use jiff::Timestamp;
use thiserror::Error;

use super::record::{AlertRecord, Silence, Told, hours_after};
use super::{Advance, News};
use crate::analysis::Settings;
use crate::analysis::reason::time;
use crate::domain::alert::{AlertState, Transition};

/// A person's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// I have it: no reminders; new members and the end are still news.
    Acknowledge,
    /// No news until then; what was not told by then is told when the silence ends and it still holds.
    Silence { until: Timestamp },
    /// End the silence now.
    Unsilence,
    /// Today's level is the new normal: over, and what comes next is a new alert with a thread of its own.
    Accept,
    /// Over; if it fires again soon, it is the same thread.
    Resolve,
}

/// Why a command does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommandError {
    #[error("it is over already; there is nothing left to do")]
    Over,
    #[error(
        "it is a suspicion that no run has confirmed; `alerts accept` or `alerts resolve` ends it, the next runs decide otherwise"
    )]
    OnlySuspected,
    #[error("it is acknowledged already")]
    AlreadyAcknowledged,
    #[error("it is not silenced; `alerts silence ID --for 3d` silences it")]
    NotSilenced,
    #[error("the silence would end at {until}, which is not in the future; give `--for 3d` or a later `--until`")]
    SilenceInThePast { until: Timestamp },
}

/// Carries out a command of `who`, who gives `why` (may be empty), on an alert.
///
/// # Errors
/// When the alert is not in a state for it, or the silence lies in the past; the record stays as it is.
pub fn apply(
    record: &AlertRecord,
    command: Command,
    who: &str,
    why: &str,
    now: Timestamp,
    settings: &Settings,
) -> Result<Advance, CommandError> {
    let is_over = record.state == AlertState::Resolved;
    // A silence outlasts the alert, and may be taken back all the same.
    if is_over && command != Command::Unsilence {
        return Err(CommandError::Over);
    }
    let mut next = record.clone();
    let (what, Told { news, shadowed }) = match command {
        Command::Acknowledge => {
            let is_silenced = next.silence.as_ref().is_some_and(|silence| silence.until > now);
            acknowledge(&mut next)?;
            let what = if is_silenced { "acknowledged, which ends the silence" } else { "acknowledged" };
            (what.to_owned(), told(&mut next, now, settings))
        }
        Command::Silence { until } if until <= now => return Err(CommandError::SilenceInThePast { until }),
        Command::Silence { until } => {
            next.silence = Some(Silence { until, who: who.to_owned(), why: why.to_owned() });
            (format!("silenced until {}", time(until)), told(&mut next, now, settings))
        }
        Command::Unsilence => {
            next.silence.take().ok_or(CommandError::NotSilenced)?;
            ("silence ended".to_owned(), told(&mut next, now, settings))
        }
        Command::Accept => {
            accept(&mut next);
            ("accepted as the new normal".to_owned(), ended(&mut next, now, settings))
        }
        Command::Resolve => {
            next.reopens_until = Some(hours_after(now, settings.reopen_hours));
            ("resolved".to_owned(), ended(&mut next, now, settings))
        }
    };
    let why = if why.is_empty() { what } else { format!("{what}: {why}") };
    let transition = Transition { from: Some(record.state), to: next.state, at: now, who: who.to_owned(), why };
    Ok(Advance { record: next, anew: false, transitions: vec![transition], news, shadowed })
}

/// The state of a life that goes on, and what may be told now.
fn told(record: &mut AlertRecord, now: Timestamp, settings: &Settings) -> Told {
    if matches!(record.state, AlertState::Firing | AlertState::Acknowledged | AlertState::Silenced) {
        record.state = record.bad_state(now);
    }
    record.release(News::Grew, now, settings)
}

/// The end that a person has made: whoever asked for silence hears nothing of it later either.
fn ended(record: &mut AlertRecord, now: Timestamp, settings: &Settings) -> Told {
    let told = record.end(now, settings);
    record.owes_end = false;
    told
}

/// A silenced alert that a person takes is no longer silent: they asked to follow it.
fn acknowledge(record: &mut AlertRecord) -> Result<(), CommandError> {
    match record.state {
        AlertState::Candidate => Err(CommandError::OnlySuspected),
        _ if record.acknowledged => Err(CommandError::AlreadyAcknowledged),
        _ => {
            record.acknowledged = true;
            record.silence = None;
            record.remind_at = None;
            Ok(())
        }
    }
}

/// Remembers what is normal from now on. What continued the thread is over: whatever comes is another matter.
fn accept(record: &mut AlertRecord) {
    record.reopens_until = None;
    for member in &record.members {
        record.accepted.retain(|known| known.series != member.series);
        record.accepted.push(member.accepted());
    }
}
