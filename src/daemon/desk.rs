//! The desk: where whoever holds the index attends to what people ask and to what falls due by the clock.
//!
//! The daemon does so within a moment of either, a pass at its beginning and its end, and a command before its own matter: what is asked
//! of one holder is answered by the next one if need be. The daemon looks several times a second, because a row that another process writes wakes nobody, and a look costs two searches in indexes
//! that are nearly always empty. What fails is tried again; nothing is struck out before it is committed.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::context::Context;
use super::requests;
use super::stage::weekly;
use super::worker::Kit;
use crate::analysis::alerts;
use crate::store::{AlertRow, Answer, Stage};

/// How often is looked; a person who asks waits about half of it.
const LOOK: Duration = Duration::from_millis(200);
/// After a failure, which is likely to stay for a while.
const LATER: Duration = Duration::from_secs(2);

/// Attends until the daemon stops.
///
/// # Errors
/// When a unit of the index panicked.
pub async fn attend(mut kit: Kit) -> Result<()> {
    let mut trouble = None;
    while !*kit.stopping.borrow() {
        let context = kit.context.clone();
        // What is due does not wait for a request that cannot be met.
        let looked = spawn_blocking(move || (tick(&context), answer(&context))).await.context("the desk broke")?;
        let wait = match (looked.0.as_ref().err()).or(looked.1.as_ref().err()) {
            None => {
                trouble = None;
                LOOK
            }
            Some(failure) => {
                let told = format!("requests and due alerts cannot be attended to: {failure:#}");
                // Said once, not every time that it is tried.
                if trouble.as_ref() != Some(&told) {
                    error!("{told}");
                }
                trouble = Some(told);
                LATER
            }
        };
        if looked.0.unwrap_or(false) || looked.1.unwrap_or(false) {
            kit.bells.of(Stage::Report).notify_one();
            kit.bells.mail().notify_one();
        }
        tokio::select! {
            () = sleep(wait) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// Does what the command line asked for and nobody has answered yet; says whether there was anything. The caller holds the state
/// directory's lock.
///
/// # Errors
/// When the index cannot be read or written; what is not answered then waits on.
pub fn answer(context: &Context) -> Result<bool> {
    let waiting = context.store.requests()?;
    for (id, request) in &waiting {
        let answer = match request {
            Some(request) => requests::answer(context, Some(*id), request)?,
            None => unknown(context, *id)?,
        };
        for word in answer.words {
            if word.met {
                info!("as asked: {}", word.told);
            } else {
                warn!("a request cannot be met: {}", word.told);
            }
        }
    }
    Ok(!waiting.is_empty())
}

/// The command is of another version than the daemon.
fn unknown(context: &Context, id: i64) -> Result<Answer> {
    let told =
        "what is asked is not known to the process that holds the index: it is of another version than this command";
    let answer = Answer::one(false, told.to_owned());
    context.store.answered(id, &answer, context.clock.now())?;
    Ok(answer)
}

/// Does what is due by the clock: alerts that it moves, news that waited for its turn, the digest of the week. Says whether there is
/// news to be mailed.
///
/// # Errors
/// When the index cannot be read or written; what was due stays so.
pub fn tick(context: &Context) -> Result<bool> {
    let moved = move_alerts(context)?;
    let told = tell_waiting(context).context("tell what waited")?;
    let week = weekly::due(context)?;
    Ok(moved || told || week)
}

/// Takes the steps of alerts that are due: silences end, and so does flapping; what nobody takes is told again.
fn move_alerts(context: &Context) -> Result<bool> {
    let now = context.clock.now();
    if context.store.due_alerts(now)?.is_empty() {
        return Ok(false);
    }
    let settings = context.settings();
    let _alone = context.moving_alerts();
    let mut rows = Vec::new();
    for alert in context.store.due_alerts(now)? {
        if let Some(step) = alerts::expire(&alert.record, now, &settings.judge) {
            if let Some(last) = step.transitions.last() {
                info!("alert {} is {} by the clock: {}", alert.id, step.record.state.as_str(), last.why);
            }
            rows.push(AlertRow::new(Some(alert.id), step));
        }
    }
    context.store.move_alerts(&rows, None, now).context("record what the clock moved")
}

/// Opens a landing for news that has waited for its turn in a thread, when that has come.
fn tell_waiting(context: &Context) -> Result<bool> {
    if context.store.waiting_news()?.is_empty() {
        return Ok(false);
    }
    // A report that is being written may tell it, too.
    let _alone = context.moving_alerts();
    let (now, gap) = (context.clock.now(), context.settings().mail.schedule.update_gap);
    let waiting = context.store.waiting_news()?;
    let due: Vec<i64> = waiting.iter().filter(|one| one.due(now, gap) <= now).map(|one| one.alert).collect();
    if due.is_empty() { Ok(false) } else { Ok(context.store.tell_waiting(&due, now)?) }
}

#[cfg(test)]
mod tests;
