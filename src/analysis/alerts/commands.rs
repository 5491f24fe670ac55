//! What people do to an alert.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::{Advance, AlertRecord};
use crate::analysis::Settings;
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
    #[error("the alert is over")]
    Over,
    #[error("the alert is a suspicion that no run has confirmed; there is nothing to acknowledge")]
    OnlySuspected,
    #[error("the alert is already acknowledged")]
    AlreadyAcknowledged,
    #[error("the alert is not silenced")]
    NotSilenced,
    #[error("the silence would end at {until}, which is not in the future")]
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
    if record.state == AlertState::Resolved {
        return Err(CommandError::Over);
    }
    let mut next = record.clone();
    let (what, ended) = match command {
        Command::Acknowledge => {
            acknowledge(&mut next)?;
            ("acknowledged".to_owned(), None)
        }
        Command::Silence { until } if until <= now => return Err(CommandError::SilenceInThePast { until }),
        Command::Silence { until } => {
            next.silenced_until = Some(until);
            (format!("silenced until {until}"), None)
        }
        Command::Unsilence => {
            next.silenced_until.take().ok_or(CommandError::NotSilenced)?;
            ("silence ended".to_owned(), None)
        }
        Command::Accept => {
            next.reopens_until = None;
            ("accepted as the new normal".to_owned(), Some(next.end(now)))
        }
        Command::Resolve => {
            next.reopens_until = now.checked_add(SignedDuration::from_hours(settings.reopen_hours)).ok();
            ("resolved".to_owned(), Some(next.end(now)))
        }
    };
    let news = match ended {
        Some(news) => news,
        None => {
            if matches!(record.state, AlertState::Firing | AlertState::Acknowledged | AlertState::Silenced) {
                next.state = next.bad_state(now);
            }
            next.tell(false)
        }
    };
    let why = if why.is_empty() { what } else { format!("{what}: {why}") };
    let transition = Transition { from: Some(record.state), to: next.state, at: now, who: who.to_owned(), why };
    Ok(Advance { record: next, transitions: vec![transition], news: news.into_iter().collect() })
}

/// A silenced alert that a person takes is no longer silent: they asked to follow it.
fn acknowledge(record: &mut AlertRecord) -> Result<(), CommandError> {
    match record.state {
        AlertState::Candidate => Err(CommandError::OnlySuspected),
        _ if record.acknowledged => Err(CommandError::AlreadyAcknowledged),
        _ => {
            record.acknowledged = true;
            record.silenced_until = None;
            Ok(())
        }
    }
}
