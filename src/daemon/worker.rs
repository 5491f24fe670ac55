//! Workers: one task a stage. Each claims the next row of its stage, calls the stage's function on a blocking thread, and wakes
//! the next worker; that of the agents is in `talks`.
//!
//! A failing landing never ends a worker: the error and the time of the next try stand on its row, and the other landings go on. A
//! worker that panics ends the process with its name, because what it left in memory cannot be trusted; the rows can.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use super::context::Context;
use super::progress::Progress;
use super::stage::deliver::{self, Tried, later};
use super::stage::index::{self, Indexed, Unfinished};
use super::stage::{Ended, agent, judge, report};
use super::talks;
use crate::domain::artifact::display_bytes;
use crate::store::{LandingRow, Stage};

/// A worker that nobody wakes looks for work this often: a wake-up lost is a delay, not a loss.
pub(super) const POLL: Duration = Duration::from_secs(5);
/// First wait after a failed try; doubles up to [`LONGEST_WAIT`].
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest wait between tries of a failing landing.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A mail server that has a mail's content when the daemon stops gets this long to say that it takes it. Less than the daemon's grace.
const LAST_WORD: Duration = Duration::from_secs(6);

/// Wakes the workers, one bell a stage.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    index: Arc<Notify>,
    judge: Arc<Notify>,
    agent: Arc<Notify>,
    report: Arc<Notify>,
    mail: Arc<Notify>,
}

impl Bells {
    /// The bell of a stage.
    pub fn of(&self, stage: Stage) -> &Arc<Notify> {
        match stage {
            Stage::Index => &self.index,
            Stage::Judge => &self.judge,
            Stage::Agent => &self.agent,
            Stage::Report => &self.report,
        }
    }

    /// The bell of the mailer.
    pub fn mail(&self) -> &Arc<Notify> {
        &self.mail
    }
}

/// What a worker needs besides its stage.
#[derive(Clone)]
pub struct Kit {
    pub context: Context,
    pub bells: Bells,
    pub progress: Arc<dyn Progress>,
    /// Files that the index stage found incomplete go back to the intake.
    pub unfinished: mpsc::UnboundedSender<Vec<Unfinished>>,
    /// Turns true when the daemon stops.
    pub stopping: watch::Receiver<bool>,
}

/// Works on the landings of one stage until the daemon stops.
///
/// # Errors
/// When the stage's function panicked.
pub async fn landings(stage: Stage, mut kit: Kit) -> Result<()> {
    if stage == Stage::Agent {
        // A conversation holds no thread, and several are held at a time.
        return talks::attend(kit).await;
    }
    while !*kit.stopping.borrow() {
        // Register for the wake-up before the query, so that a row written in between is not slept over.
        let bell = Arc::clone(kit.bells.of(stage));
        let rung = bell.notified();
        if step(stage, &kit).await? {
            continue;
        }
        tokio::select! {
            () = rung => {}
            () = sleep(POLL) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// Works on one landing; says whether there was one.
async fn step(stage: Stage, kit: &Kit) -> Result<bool> {
    let inner = kit.clone();
    let done = spawn_blocking(move || {
        let landing = match inner.context.store.next_landing(stage, inner.context.clock.now()) {
            Ok(Some(landing)) => landing,
            Ok(None) => return false,
            Err(failure) => {
                error!(stage = stage.as_str(), "cannot look for work: {failure}");
                return false;
            }
        };
        if let Err(failure) = work(stage, &inner, &landing) {
            put_off(stage, &inner, &landing, &failure);
        }
        true
    });
    done.await.map_err(|broken| anyhow!("the {} worker broke: {broken}", stage.as_str()))
}

fn work(stage: Stage, kit: &Kit, landing: &LandingRow) -> Result<()> {
    match stage {
        Stage::Index => {
            if let Ended::Done(indexed) = index::run(&kit.context, landing, kit.progress.as_ref())? {
                tell_indexed(landing, &indexed);
                // The intake has gone only when the daemon stops; the scan of the next start finds these files again.
                let _ = kit.unfinished.send(indexed.unfinished);
                kit.bells.of(Stage::Judge).notify_one();
            }
        }
        Stage::Judge => {
            let judged = judge::run(&kit.context, landing)?;
            info!(landing = landing.id, "judged {} series", judged.series);
            kit.bells.of(Stage::Agent).notify_one();
        }
        // Its worker is in `talks`.
        Stage::Agent => return Ok(()),
        Stage::Report => {
            let reported = report::run(&kit.context, landing)?;
            match reported.path {
                Some(path) => {
                    info!(landing = landing.id, report = %path.display(), mails = reported.mails, "report written");
                }
                None => info!(landing = landing.id, mails = reported.mails, "alerts moved without a landing"),
            }
            kit.bells.mail().notify_one();
        }
    }
    let _ = kit.context.store.well_again(cause(stage))?;
    Ok(())
}

fn tell_indexed(landing: &LandingRow, indexed: &Indexed) {
    let tally = &indexed.tally;
    if indexed.has_news {
        info!(
            landing = landing.id,
            "indexed {} artifacts: {} runs, {} new series, {} measurements, {} refused",
            tally.versions,
            tally.runs,
            tally.series,
            tally.measurements,
            tally.failed
        );
    }
    for (path, reason) in &indexed.failed {
        warn!("{}: {reason}", display_bytes(path.as_bytes()));
    }
}

fn cause(stage: Stage) -> &'static str {
    match stage {
        Stage::Index => "index",
        Stage::Judge => "judge",
        Stage::Agent => agent::BROKEN,
        Stage::Report => "report",
    }
}

/// Writes down why a landing could not go on and when it is tried again.
pub(super) fn put_off(stage: Stage, kit: &Kit, landing: &LandingRow, failure: &anyhow::Error) {
    let (context, now) = (&kit.context, kit.context.clock.now());
    let wait = FIRST_WAIT.saturating_mul(1 << landing.attempts.min(9)).min(LONGEST_WAIT);
    let reason = format!("{failure:#}");
    let message = format!("landing {} cannot be finished ({}): {reason}", landing.id, stage.as_str());
    let noted = context
        .store
        .landing_failed(landing.id, &reason, later(now, wait))
        .and_then(|()| context.store.complain(cause(stage), &message, now));
    match noted {
        Ok(true) => error!(landing = landing.id, "{message}; tried again in {} s and later", wait.as_secs()),
        Ok(false) => {}
        Err(broken) => {
            error!(landing = landing.id, "{message}; and the index cannot be written: {broken}");
            // Nothing stands on the row, so the next try would come at once.
            std::thread::sleep(FIRST_WAIT);
        }
    }
}

/// Delivers mails until the daemon stops.
///
/// # Errors
/// When a unit of the index panicked.
pub async fn mails(mut kit: Kit) -> Result<()> {
    while !*kit.stopping.borrow() {
        let bell = Arc::clone(kit.bells.mail());
        let rung = bell.notified();
        let wait = match deliver(&mut kit).await {
            None => continue,
            Some(Ok(Tried::Nothing)) => until_due(&kit).await,
            Some(Ok(tried)) => {
                tell_mail(&kit, &tried).await;
                continue;
            }
            Some(Err(failure)) => {
                error!("the outbox cannot be worked on: {failure:#}");
                FIRST_WAIT
            }
        };
        tokio::select! {
            () = rung => {}
            () = sleep(wait) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// One try; `None` when it was given up because the daemon stops. What is cut off leaves its row, and the same bytes go out at the
/// next start; a server that has the content by then is heard out for a while, so that it need not get the mail twice.
async fn deliver(kit: &mut Kit) -> Option<Result<Tried>> {
    let in_doubt = AtomicBool::new(false);
    let mut trying = pin!(deliver::next(&kit.context, &in_doubt));
    tokio::select! {
        tried = &mut trying => return Some(tried),
        _ = kit.stopping.changed() => {}
    }
    if in_doubt.load(Ordering::SeqCst) { timeout(LAST_WORD, trying).await.ok() } else { None }
}

async fn until_due(kit: &Kit) -> Duration {
    let (store, now) = (Arc::clone(&kit.context.store), kit.context.clock.now());
    match spawn_blocking(move || store.next_mail_due()).await {
        Ok(Ok(Some(due))) => Duration::try_from(due.duration_since(now)).unwrap_or(Duration::ZERO).min(POLL),
        _ => POLL,
    }
}

/// Says what became of a mail, in the log and in health.
async fn tell_mail(kit: &Kit, tried: &Tried) {
    if let Tried::Accepted { recipient, message_id } = tried {
        info!("{}: {message_id} was accepted", deliver::named(recipient));
    }
    match deliver::tell_health(&kit.context, tried).await {
        Ok(Some(message)) => warn!("{message}"),
        Ok(None) => {}
        Err(failure) => error!("health cannot be written: {failure:#}"),
    }
}
