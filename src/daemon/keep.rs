//! Keeping reports: those that have had their time are removed, and the page that links the others is written anew.
//!
//! Both follow each report, a start, and the hour, since age alone brings the end of a report. Only files that still are what this program
//! wrote are touched. The index loses nothing, and a report that was removed can be had again from it. Nothing here stops a landing: what
//! cannot be done stands in health and is tried the next time. A process that dies in the midst has removed some files and knows of all.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

use super::context::{Context, Settings};
use super::stage::contents;
use super::worker::Kit;
use crate::publish::{Withdrawn, withdraw};
use crate::store::Keep;

/// How often is looked without a report that is written.
const LOOK: Duration = Duration::from_secs(3600);
/// The cause under which stands what cannot be removed.
const CAUSE: &str = "old reports";

/// One at a time: of two that write the page the later one must have seen the more.
static TURN: Mutex<()> = Mutex::new(());

/// Looks until the daemon stops.
///
/// # Errors
/// When a unit of the index panicked.
pub async fn attend(mut kit: Kit) -> Result<()> {
    while !*kit.stopping.borrow() {
        let context = kit.context.clone();
        spawn_blocking(move || look(&context)).await.context("the keeper of reports broke")?;
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// Removes the reports that have had their time, and has the page link those that are there. What fails is told.
pub fn look(context: &Context) {
    let _alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let settings = context.settings();
    let done = remove(context, &settings).and_then(|()| contents::write(context, &settings));
    if let Err(failure) = done {
        warn!("the reports cannot be looked after: {failure:#}");
    }
}

/// Removes the files of reports beyond the bounds of the configuration.
fn remove(context: &Context, settings: &Settings) -> Result<()> {
    let keep = Keep { count: settings.report.keep_count, since: since(context, settings) };
    if keep == Keep::default() {
        return Ok(context.store.well_again(CAUSE).map(drop)?);
    }
    let (mut gone, mut removed, mut trouble) = (Vec::new(), 0, None);
    for file in context.store.outlived(keep).context("find reports that have had their time")? {
        let path = Path::new(OsStr::from_bytes(&file.path));
        match withdraw(path, &file.hash, file.size) {
            Ok(became) => {
                removed += usize::from(became == Withdrawn::Removed);
                if became == Withdrawn::Changed {
                    info!("{} was changed by somebody, so it stays", path.display());
                }
                gone.push(file.path);
            }
            Err(failure) => trouble = Some(format!("{} cannot be removed: {failure}", path.display())),
        }
    }
    context.store.forget_published(&gone).context("forget reports that were removed")?;
    if removed > 0 {
        info!("removed {removed} files of reports that have had their time");
    }
    match trouble {
        None => context.store.well_again(CAUSE).map(drop)?,
        Some(told) => {
            if context.store.complain(CAUSE, &told, context.clock.now())? {
                warn!("{told}");
            }
        }
    }
    Ok(())
}

/// The time before which reports are too old. An age beyond all time is for ever.
fn since(context: &Context, settings: &Settings) -> Option<jiff::Timestamp> {
    let age = SignedDuration::try_from(settings.report.keep_age?).ok()?;
    context.clock.now().checked_sub(age).ok()
}
