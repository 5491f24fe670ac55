//! L3: the daemon. The wiring, straight down: an intake that opens landings, a worker for each stage of a landing's way, a mailer,
//! and the signals that stop, reload and rescan.
//!
//! Everything that must survive is a row; what is in memory can be thrown away at any moment. It fails when the state directory is
//! taken, the index cannot be opened, or a worker panics; the process then ends with the reason and systemd starts it again.

mod absence;
pub mod context;
pub mod desk;
pub mod exclusions;
pub mod hold;
mod idle;
pub mod intake;
pub mod keep;
pub mod lock;
pub mod notify;
mod orphans;
pub mod pass;
pub mod progress;
pub mod requests;
pub mod stage;
mod talks;
pub mod worker;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use futures_util::StreamExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook_tokio::Signals;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::domain::artifact::display_bytes;
use crate::mail::Transport;
use crate::store::Stage;
use crate::watch::filter::Filter;
use context::{Context, Settings};
use intake::{Intake, Mailbox, Message};
use progress::Progress;
use worker::{Bells, Kit};

/// Work under way gets this long to reach its next commit after SIGTERM. systemd and people expect an end within ten seconds.
const GRACE: Duration = Duration::from_secs(8);

/// Key of the row that says which process is ready.
pub const READY: &str = "daemon_ready";

/// Key of the row that names this index among all others, for Message-IDs.
pub const INSTANCE: &str = "instance";

/// Reads the configuration again; the error says what is wrong with it.
pub type Reload = Arc<dyn Fn() -> Result<Settings> + Send + Sync>;

/// Watches, indexes, judges, reports and mails until SIGTERM or SIGINT. The caller holds the state directory's lock.
///
/// # Errors
/// When the watch cannot begin, or a worker broke; the message names it.
pub async fn run(context: Context, reload: Reload, progress: Arc<dyn Progress>) -> Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGUSR1]).context("catch signals")?;
    tidy(&context.settings());
    context.store.forget_complaints().context("begin with a clean bill of health")?;
    check_mail(&context).context("begin with a clean bill of health")?;
    let (mailbox, inbox) = Mailbox::new();
    let bells = Bells::default();
    let (stop, stopping) = watch::channel(false);
    let (unfinished, returned) = mpsc::unbounded_channel();
    let kit = Kit { context: context.clone(), bells: bells.clone(), progress, unfinished, stopping };

    let mut tasks = JoinSet::new();
    let intake = Intake::new(context.clone(), mailbox.clone(), bells)?;
    tasks.spawn(take_in(intake, inbox, context.clone()));
    tasks.spawn(bring_back(returned, mailbox.clone()));
    for stage in Stage::ALL {
        tasks.spawn(worker::landings(stage, kit.clone()));
    }
    tasks.spawn(desk::attend(kit.clone()));
    tasks.spawn(absence::listen(kit.clone()));
    tasks.spawn(keep::attend(kit.clone()));
    tasks.spawn(worker::mails(kit));

    let ended = attend(&mut signals, &mut tasks, &context, &mailbox, &reload).await;
    notify::stopping();
    context.stop();
    let _ = stop.send(true);
    mailbox.tell(Message::Stop);
    let wound_up = wind_up(tasks).await;
    ended.and(wound_up)
}

/// Raises or clears what is wrong with the way mail is to go, before there is any mail.
fn check_mail(context: &Context) -> crate::store::Result<()> {
    stage::deliver::forget_strangers(context)?;
    match &context.settings().mail.transport {
        Transport::Unavailable { reason } => {
            let message = format!("mail waits: {reason}; everything else goes on");
            if context.store.complain("mail", &message, context.clock.now())? {
                warn!("{message}");
            }
            Ok(())
        }
        Transport::Smtp(_) | Transport::Files { .. } => context.store.well_again("mail").map(drop),
    }
}

/// Removes the unfinished files of a process that was killed while it wrote a mail or a fallback report.
fn tidy(settings: &Settings) {
    if let Transport::Files { dir, .. } = &settings.mail.transport {
        stage::report::tidy(dir);
    }
    stage::report::tidy(&settings.tree.state.join("reports"));
}

/// Runs the intake on a thread of its own and says when the daemon is ready.
async fn take_in(mut intake: Intake, inbox: intake::Inbox, context: Context) -> Result<()> {
    let worked = spawn_blocking(move || {
        // In a container the last process may have had the same number.
        context.store.set_meta(READY, "")?;
        intake.start()?;
        context.store.set_meta(READY, &std::process::id().to_string())?;
        let settings = context.settings();
        let names: Vec<String> = settings.tree.roots.iter().map(|root| display_bytes(&root.name)).collect();
        let status = format!("watching {}", names.join(", "));
        info!("ready: {status} below {}", settings.tree.base.display());
        notify::ready(&status);
        intake.run(&inbox)
    });
    worked.await.map_err(|broken| anyhow!("the intake broke: {broken}"))?
}

/// Carries what the index stage found incomplete back to the intake.
async fn bring_back(
    mut returned: mpsc::UnboundedReceiver<Vec<stage::index::Unfinished>>,
    mailbox: Mailbox,
) -> Result<()> {
    while let Some(files) = returned.recv().await {
        if !files.is_empty() {
            mailbox.tell(Message::Unfinished(files));
        }
    }
    Ok(())
}

/// Attends to signals until one asks to end or a task ends by itself.
async fn attend(
    signals: &mut Signals,
    tasks: &mut JoinSet<Result<()>>,
    context: &Context,
    mailbox: &Mailbox,
    reload: &Reload,
) -> Result<()> {
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Some(SIGHUP) => reload_now(context, mailbox, reload).await,
                Some(SIGUSR1) => mailbox.tell(Message::Scan("asked for by SIGUSR1")),
                Some(SIGTERM) => { info!("stopping: SIGTERM"); return Ok(()) }
                Some(_) => { info!("stopping: interrupted"); return Ok(()) }
                None => return Err(anyhow!("signals are no longer delivered")),
            },
            Some(ended) = tasks.join_next() => {
                return match ended {
                    Ok(Ok(())) => Err(anyhow!("a worker ended by itself")),
                    Ok(Err(failure)) => Err(failure),
                    Err(broken) => Err(anyhow!("a worker broke: {broken}")),
                };
            }
        }
    }
}

/// Puts a new configuration in force; a bad one is refused and the old one stays.
async fn reload_now(context: &Context, mailbox: &Mailbox, reload: &Reload) {
    notify::reloading();
    let read = Arc::clone(reload);
    let settings =
        spawn_blocking(move || read()).await.unwrap_or_else(|broken| Err(anyhow!("reading it broke: {broken}")));
    let (store, now) = (Arc::clone(&context.store), context.clock.now());
    let outcome = match settings {
        Ok(settings) if settings.tree.state != context.settings().tree.state => {
            Err(anyhow!("another state directory needs a restart"))
        }
        Ok(settings) => Filter::new(&settings.watch.ignore).map(|_| settings).map_err(Into::into),
        refused => refused,
    };
    let noted = match outcome {
        Ok(settings) => {
            context.replace_settings(settings);
            mailbox.tell(Message::Reload);
            info!("configuration reloaded");
            let context = context.clone();
            spawn_blocking(move || {
                store.well_again("configuration")?;
                check_mail(&context)
            })
            .await
        }
        Err(failure) => {
            let message = format!("the configuration was not reloaded, the old one stays: {failure:#}");
            error!("{message}");
            spawn_blocking(move || store.complain("configuration", &message, now).map(drop)).await
        }
    };
    if !matches!(noted, Ok(Ok(()))) {
        warn!("health could not be written");
    }
    notify::ready("watching");
}

/// Waits for the tasks to reach their next commit, but not for ever.
async fn wind_up(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    let all = async {
        let mut first = Ok(());
        while let Some(ended) = tasks.join_next().await {
            let ended = ended.unwrap_or_else(|broken| Err(anyhow!("a worker broke: {broken}")));
            first = first.and(ended);
        }
        first
    };
    match timeout(GRACE, all).await {
        Ok(ended) => ended,
        Err(_) => {
            warn!("work under way did not reach a commit in {} s; it goes on at the next start", GRACE.as_secs());
            Ok(())
        }
    }
}
