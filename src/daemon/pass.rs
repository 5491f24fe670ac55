//! One pass: what `scan` does. The stages of the daemon, one after the other, over everything that is new, without a watch.

use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context as _, Result};
use tracing::debug;

use super::context::Context;
use super::progress::Progress;
use super::stage::agent::Time;
use super::stage::deliver::{self, Tried};
use super::stage::index::Indexed;
use super::stage::judge::Judged;
use super::stage::{Ended, agent, index, judge, report};
use crate::artifact;
use crate::clock::Stopwatch;
use crate::domain::artifact::{ArtifactKind, FileStamp, RelPath};
use crate::store::{IndexTally, LandingKind, LandingRow, OutboxRow, Stage, Waiting};
use crate::watch::filter::Filter;
use crate::watch::read::look;
use crate::watch::scan::{Found, Walk, walk};

/// What a pass did.
#[derive(Debug, Default)]
pub struct Pass {
    pub tally: IndexTally,
    /// Files that could not be used now: path and reason.
    pub failed: Vec<(RelPath, String)>,
    pub judged: Judged,
    /// Reports with their landings, in the order of these.
    pub reports: Vec<(i64, std::path::PathBuf)>,
    pub mails: Vec<OutboxRow>,
    /// Directories and files that could not be looked at.
    pub problems: Vec<String>,
    /// Tables of the configuration that hold for nothing.
    pub idle: Vec<String>,
    pub seconds: Seconds,
}

/// Where the time went, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    pub index: f64,
    pub judge: f64,
    /// The models' time. What the analysis takes for them counts as the report's, which has it then.
    pub agent: f64,
    pub report: f64,
    pub total: f64,
}

/// Files as the store takes them.
type Rows = Vec<(RelPath, ArtifactKind, FileStamp)>;

/// Indexes, judges, reports and mails all that is new. The caller holds the state directory's lock.
///
/// # Errors
/// When the index cannot be read or written, or a report cannot be written anywhere.
pub async fn run(context: &Context, progress: &dyn Progress) -> Result<Pass> {
    let watch = Stopwatch::start();
    let mut pass = Pass::default();
    super::tidy(&context.settings());
    super::check_mail(context)?;
    super::keep::look(context);
    context.store.readers(&artifact::readers(&context.settings().artifact))?;
    // What an earlier process left under way comes first, and what fell due since.
    super::desk::tick(context)?;
    super::desk::answer(context).context("do what was asked")?;
    finish_landings(context, progress, &mut pass).await?;
    open_landings(context, &mut pass)?;
    finish_landings(context, progress, &mut pass).await?;
    // All that has come has been read: now it can be told what has not come.
    if super::absence::check(context)? {
        finish_landings(context, progress, &mut pass).await?;
    }
    pass.idle = super::idle::tell(context, &context.settings(), context.clock.now())?;
    deliver_all(context).await?;
    // Whoever asked meanwhile found the index in use and waits for this.
    while super::desk::answer(context).context("do what was asked")? {
        finish_landings(context, progress, &mut pass).await?;
        deliver_all(context).await?;
    }
    // They were written in the order of their urgency.
    pass.reports.sort_unstable_by_key(|(landing, _)| *landing);
    pass.seconds.total = watch.seconds();
    Ok(pass)
}

/// Indexes all that is new, or the one file `only`, and goes no further: for whoever asks what the histories are. The landing stays with
/// the judge.
///
/// # Errors
/// When the index cannot be read or written, or `only` cannot be looked at.
pub fn index(context: &Context, only: Option<&RelPath>, progress: &dyn Progress) -> Result<Pass> {
    let watch = Stopwatch::start();
    let mut pass = Pass::default();
    context.store.readers(&artifact::readers(&context.settings().artifact))?;
    match only {
        Some(path) => open_landing_of(context, path)?,
        None => open_landings(context, &mut pass)?,
    }
    while let Some(landing) = context.store.next_landing(Stage::Index, jiff::Timestamp::MAX)? {
        advance(context, Stage::Index, &landing, progress, &mut pass).context("index what is there")?;
    }
    pass.seconds.total = watch.seconds();
    Ok(pass)
}

/// Opens a landing of one file, whatever its name.
fn open_landing_of(context: &Context, path: &RelPath) -> Result<()> {
    let settings = context.settings();
    let root = settings.tree.roots.iter().find(|root| root.absolute(path).is_some());
    let stamp = root.map(|root| look(root, path)).transpose()?.flatten();
    let stamp = stamp.with_context(|| format!("{} is no file", path.display()))?;
    let kind = ArtifactKind::of_name(path.file_name()).unwrap_or(ArtifactKind::Other);
    context.store.open_landing(LandingKind::Backfill, &[(path.clone(), kind, stamp)], &[], context.clock.now())?;
    Ok(())
}

/// Walks the tree and opens a landing of what is new, history and news apart.
fn open_landings(context: &Context, pass: &mut Pass) -> Result<()> {
    let settings = context.settings();
    let (roots, store) = (&settings.tree.roots, &context.store);
    let filter = Filter::new(&settings.watch.ignore).context("ignore patterns")?;
    let unscanned = store.unscanned_roots(&settings.tree.places())?;
    let walked = walk(roots, &filter);
    pass.problems = walked.problems.iter().map(|p| format!("{}: {}", p.path.display(), p.reason)).collect();
    let absent = |name: &Vec<u8>| walked.absent.iter().any(|&root| roots.get(root).is_some_and(|r| r.name == *name));
    let scanned: Vec<Vec<u8>> = unscanned.into_iter().filter(|name| !absent(name)).collect();
    mark_gone(context, &walked)?;
    let all: Rows = walked.found.into_iter().map(|Found { path, kind, stamp }| (path, kind, stamp)).collect();
    let news = settled(context, store.undecided(&all)?, pass)?;
    let is_history =
        |path: &RelPath| roots.iter().any(|root| scanned.contains(&root.name) && root.absolute(path).is_some());
    let (history, live): (Rows, Rows) = news.into_iter().partition(|(path, ..)| is_history(path));
    let now = context.clock.now();
    if history.is_empty() {
        store.roots_scanned(&scanned, now)?;
    } else {
        store.open_landing(LandingKind::Backfill, &history, &scanned, now)?;
    }
    if !live.is_empty() {
        store.open_landing(LandingKind::Live, &live, &[], now)?;
    }
    Ok(())
}

fn mark_gone(context: &Context, walked: &Walk) -> Result<()> {
    let settings = context.settings();
    let found: std::collections::HashSet<&RelPath> = walked.found.iter().map(|found| &found.path).collect();
    let roots = &settings.tree.roots;
    let gone: Vec<RelPath> = context
        .store
        .known()?
        .into_iter()
        .filter(|(path, known)| known.is_there() && !found.contains(path) && walked.covers(roots, path))
        .filter(|(path, _)| {
            let root = roots.iter().find(|root| root.absolute(path).is_some());
            root.is_none_or(|root| matches!(look(root, path), Ok(None)))
        })
        .map(|(path, _)| path)
        .collect();
    context.store.mark_gone(&gone).context("note deletions")
}

/// Two looks a settle time apart: what is still being written waits for the next pass.
fn settled(context: &Context, news: Rows, pass: &mut Pass) -> Result<Rows> {
    let settings = context.settings();
    let recent = context.clock.now().as_nanosecond() - settings.watch.settle.as_nanos() as i128;
    let is_recent = |stamp: &FileStamp| i128::from(stamp.ctime_ns) >= recent;
    if !news.iter().any(|(_, _, stamp)| is_recent(stamp)) {
        return Ok(news);
    }
    thread::sleep(settings.watch.settle);
    let mut settled = Vec::with_capacity(news.len());
    let mut moving = Vec::new();
    for (path, kind, stamp) in news {
        let root = settings.tree.roots.iter().find(|root| root.absolute(&path).is_some());
        match root.map(|root| look(root, &path)) {
            Some(Ok(Some(now))) if now == stamp => settled.push((path, kind, stamp)),
            Some(Ok(Some(now))) => {
                // Nobody misses a file that may well be no artifact.
                if kind.is_certain() {
                    pass.failed.push((path.clone(), "is still being written; the next scan takes it".into()));
                }
                moving.push((path, kind, now));
            }
            Some(Ok(None)) | None => {}
            Some(Err(failure)) => pass.failed.push((path, failure.to_string())),
        }
    }
    context.store.note_pending(&moving)?;
    Ok(settled)
}

/// Takes every open landing through its stages. From the agents on it is one landing at a time, because a report and its mail do not
/// wait for the conversation about another landing.
async fn finish_landings(context: &Context, progress: &dyn Progress, pass: &mut Pass) -> Result<()> {
    all_at(Stage::Index, context, progress, pass)?;
    all_at(Stage::Judge, context, progress, pass)?;
    loop {
        all_at(Stage::Report, context, progress, pass)?;
        let waiting = context.store.waiting(jiff::Timestamp::MAX)?;
        let Some(next) = waiting.first() else { return Ok(()) };
        deliver_all(context).await?;
        talk(context, next, pass).await.with_context(|| format!("agent landing {}", next.landing.id))?;
    }
}

/// Takes every landing at `stage` to the next one, in order.
fn all_at(stage: Stage, context: &Context, progress: &dyn Progress, pass: &mut Pass) -> Result<()> {
    // A pass does not wait for a retry that a daemon put off.
    while let Some(landing) = context.store.next_landing(stage, jiff::Timestamp::MAX)? {
        advance(context, stage, &landing, progress, pass)
            .with_context(|| format!("{} landing {}", stage.as_str(), landing.id))?;
    }
    Ok(())
}

/// Talks about a landing, in what is left of its time.
async fn talk(context: &Context, next: &Waiting, pass: &mut Pass) -> Result<()> {
    let watch = Stopwatch::start();
    let time = Time::of(next, &context.settings().agents, context.clock.now());
    let said = if time.left().is_zero() {
        agent::pass_on(context, &next.landing, time).await?
    } else {
        agent::run(context, &next.landing, time).await?
    };
    pass.seconds.agent += said.seconds;
    pass.seconds.report += (watch.seconds() - said.seconds).max(0.0);
    Ok(())
}

fn advance(
    context: &Context,
    stage: Stage,
    landing: &LandingRow,
    progress: &dyn Progress,
    pass: &mut Pass,
) -> Result<()> {
    let watch = Stopwatch::start();
    match stage {
        Stage::Index => {
            if let Ended::Done(Indexed { tally, unfinished, failed, .. }) = index::run(context, landing, progress)? {
                pass.tally.add(tally);
                pass.failed.extend(failed);
                let missed = unfinished.into_iter().filter(|file| file.kind.is_certain() || file.is_out_of_reach());
                pass.failed.extend(missed.map(|file| (file.path, file.why.to_string())));
            }
            pass.seconds.index += watch.seconds();
        }
        Stage::Judge => {
            pass.judged.add(judge::run(context, landing)?);
            pass.seconds.judge += watch.seconds();
        }
        // A conversation holds no thread: see `talk`.
        Stage::Agent => {}
        Stage::Report => {
            pass.reports.extend(report::run(context, landing)?.path.map(|path| (landing.id, path)));
            pass.mails.extend(context.store.landing_mails(landing.id)?);
            pass.seconds.report += watch.seconds();
        }
    }
    Ok(())
}

/// One try for every mail that is due.
async fn deliver_all(context: &Context) -> Result<()> {
    loop {
        let tried = deliver::next(context, &AtomicBool::new(false)).await?;
        deliver::tell_health(context, &tried).await.context("note what became of a mail")?;
        match tried {
            Tried::Nothing => return Ok(()),
            Tried::Accepted { recipient, message_id } => {
                debug!("{}: {message_id} was accepted", deliver::named(&recipient))
            }
            Tried::Deferred { recipient, reason, .. } | Tried::Dead { recipient, reason } => {
                tracing::warn!("{}: {reason}", deliver::named(&recipient));
            }
        }
    }
}
