//! Requests of people: retried mails, and alerts taken, accepted or ended. The daemon applies them; a command does the same when there
//! is no daemon.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use crate::analysis::Settings;
use crate::analysis::alerts::{Command, apply};
use crate::store::{AlertCommand, AlertRow, Request, Store};

/// Does what was asked for and says what came of it.
///
/// # Errors
/// When the index cannot be written, or the alert is not in a state for the command; nothing is changed then.
pub fn answer(store: &Store, request: &Request, settings: &Settings, now: Timestamp) -> Result<String> {
    match request {
        Request::RetryMails => Ok(format!("{} mails are due now", store.retry_mails(now)?)),
        Request::Alert { id, command, who, why } => move_alert(store, (*id, *command), (who, why), settings, now),
    }
}

fn move_alert(
    store: &Store,
    (id, command): (i64, AlertCommand),
    (who, why): (&str, &str),
    settings: &Settings,
    now: Timestamp,
) -> Result<String> {
    let Some((alert, _)) = store.alert(id).context("read the alert")? else {
        bail!("there is no alert {id}; `chimera-insight alerts list` shows those there are");
    };
    let command = match command {
        AlertCommand::Acknowledge => Command::Acknowledge,
        AlertCommand::Accept => Command::Accept,
        AlertCommand::Resolve => Command::Resolve,
    };
    let step = apply(&alert.record, command, who, why, now, settings).with_context(|| format!("alert {id}"))?;
    let told = format!("alert {id} is {} now", step.record.state.as_str());
    // A person who ends an alert needs no mail about it, and what was never told stays to be told.
    let row = AlertRow { news: Vec::new(), ..AlertRow::new(Some(id), step) };
    store.move_alert(&row, now).context("store the alert")?;
    Ok(told)
}
