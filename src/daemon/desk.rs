//! The desk: where the daemon attends to what people ask and to what falls due by the clock, within a moment of either.
//!
//! It looks several times a second, because a row that another process writes wakes nobody, and a look costs two searches in indexes
//! that are nearly always empty. What fails is tried again; nothing is struck out before it is committed.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::context::Context;
use super::requests;
use super::worker::Kit;
use crate::analysis::alerts;
use crate::store::{AlertRow, Stage};

/// How often is looked; a person who asks waits about half of it.
const LOOK: Duration = Duration::from_millis(200);
/// After a failure, which is likely to stay for a while.
const LATER: Duration = Duration::from_secs(2);

/// Attends until the daemon stops.
///
/// # Errors
/// When a unit of the index panicked.
pub async fn attend(mut kit: Kit) -> Result<()> {
    while !*kit.stopping.borrow() {
        let context = kit.context.clone();
        let looked = spawn_blocking(move || Ok::<_, anyhow::Error>((answer(&context)?, tick(&context)?)));
        let wait = match looked.await.context("the desk broke")? {
            Ok((asked, moved)) => {
                if asked || moved {
                    kit.bells.of(Stage::Report).notify_one();
                    kit.bells.mail().notify_one();
                }
                LOOK
            }
            Err(failure) => {
                error!("requests and due alerts cannot be attended to: {failure:#}");
                LATER
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// Does what the command line asked for; says whether there was anything.
fn answer(context: &Context) -> Result<bool> {
    let waiting = context.store.requests()?;
    for (id, request) in &waiting {
        for word in requests::answer(context, Some(*id), request)?.words {
            if word.met {
                info!("as asked: {}", word.told);
            } else {
                warn!("a request cannot be met: {}", word.told);
            }
        }
    }
    Ok(!waiting.is_empty())
}

/// Takes the steps of alerts that are due by the clock: silences end, and so does flapping. Says whether there is news to be mailed.
///
/// # Errors
/// When the index cannot be read or written; what was due stays so.
pub fn tick(context: &Context) -> Result<bool> {
    let now = context.clock.now();
    if context.store.due_alerts(now)?.is_empty() {
        return Ok(false);
    }
    let settings = context.settings();
    let _alone = context.moving_alerts();
    let mut rows = Vec::new();
    for alert in context.store.due_alerts(now)? {
        if let Some(step) = alerts::expire(&alert.record, now, &settings.judge) {
            info!("alert {} is {} by the clock", alert.id, step.record.state.as_str());
            rows.push(AlertRow::new(Some(alert.id), step));
        }
    }
    context.store.move_alerts(&rows, None, now).context("record what the clock moved")
}
