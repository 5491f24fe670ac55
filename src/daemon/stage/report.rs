//! The report stage: facts and verdicts into a report, the report onto the disk, the mails into the outbox.
//!
//! Place and name are reserved in the index before anything is written, and everything that is printed comes from rows: a process that
//! dies between the rename and the commit writes the same file again. Where a later landing has changed the facts meanwhile (a file was
//! replaced), it is written from those, and without the words that the agents said of the old ones.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::{debug, warn};

use super::analyse::{self, Told};
use super::check::{self, Publishable, Renderer};
use super::news::{self, Outgoing};
use super::{place, weekly};
use crate::daemon::context::{Context, Settings};
use crate::daemon::keep;
use crate::dialogue::{Said, Seconds, Standing, join, metrics};
use crate::domain::artifact::{FileStamp, RelPath, display_bytes};
use crate::domain::verdict::VerdictKind;
use crate::insight::{Ledger, Miss};
use crate::publish::{Published, free_name, publish, sweep};
use crate::report;
use crate::store::{FinishedReport, Gist, LandingKind, LandingRow, OwnFile, Purpose};
use crate::watch::locate;

/// The cause under which stands that reports cannot be written where they belong.
pub(super) const PLACE: &str = "report place";

/// What the reporter did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The Markdown report; none of what has no landing.
    pub path: Option<PathBuf>,
    /// Mails put into the outbox.
    pub mails: usize,
}

/// A report, ready to be written.
struct Pages {
    markdown: String,
    html: Option<String>,
}

/// Writes the report of a landing, queues its mails, and ends the landing.
///
/// # Errors
/// When the index cannot be read or written, or the report can be written neither beside the artifacts nor in the state directory.
pub fn run(context: &Context, landing: &LandingRow) -> Result<Reported> {
    let settings = context.settings();
    let at = analyse::moment(landing);
    if landing.kind == LandingKind::Clock {
        return by_clock(context, landing, at);
    }
    let told = analyse::last(context, &settings, landing)?;
    let seconds = context.store.report_took(landing.id, told.seconds).context("note how long it took")?;
    let checked = checked(context, landing, told, &seconds, settings.report.html)?;
    check::tell(context, landing.id, &checked)?;
    let pages = Pages { markdown: checked.markdown, html: checked.page };
    let published = write(context, &settings, landing, at, &pages)?;
    let path = published.first().map(|file| file.path.clone()).context("no report was written")?;
    let gist = gist(context, &settings, landing, &pages.markdown)?;
    let files: Vec<OwnFile> = published.iter().map(own_file).collect();
    context.store.record_report(landing.id, &gist, &files).context("note the report's files")?;
    // What waits to be told of an alert, and the mail that its thread began with, stay as they are until this is committed.
    let alone = context.moving_alerts();
    let Outgoing { mails, later } =
        news::mails(context, landing, at, Some(&display_bytes(path.as_os_str().as_bytes())))?;
    let own: Vec<(RelPath, FileStamp)> = published
        .iter()
        .filter_map(|file| locate(&settings.tree.roots, &file.path).map(|(_, rel)| (rel, file.stamp)))
        .collect();
    let facts = Some(&checked.ledger);
    let done = FinishedReport {
        path: Some(path.as_os_str().as_bytes()),
        own: &own,
        mails: &mails,
        purpose: Purpose::News,
        later: &later,
        facts,
    };
    context.store.finish_landing(landing.id, &done, context.clock.now()).context("end the landing")?;
    drop(alone);
    keep::look(context);
    Ok(Reported { path: Some(path), mails: mails.len() })
}

/// A report that was made anew and is written nowhere.
#[derive(Debug)]
pub struct Rendered {
    /// The name of its files without an ending.
    pub name: String,
    pub markdown: String,
    /// None where it would have shown other numbers than the Markdown.
    pub page: Option<String>,
    pub ledger: Ledger,
    /// What did not hold and is left out.
    pub misses: Vec<Miss>,
}

/// Makes the report of a landing anew, from what the index holds of it now, and with the same checks. Writes nothing: not into the index
/// either, which may be open for reading only.
///
/// # Errors
/// When the index cannot be read.
pub fn render(context: &Context, landing: &LandingRow) -> Result<Rendered> {
    let told = analyse::last(context, &context.settings(), landing)?;
    let seconds = context.store.took(landing.id).context("read how long it took")?;
    let Publishable { markdown, page, ledger, misses, .. } = checked(context, landing, told, &seconds, true)?;
    let name = match &landing.reserved {
        Some((_, name)) => name.clone(),
        None => place::stem(analyse::moment(landing)),
    };
    Ok(Rendered { name, markdown, page, ledger, misses })
}

fn own_file(published: &Published) -> OwnFile {
    OwnFile { path: published.path.as_os_str().as_bytes().to_vec(), hash: published.hash, size: published.stamp.size }
}

/// What the report says in a line.
fn gist(context: &Context, settings: &Settings, landing: &LandingRow, markdown: &str) -> Result<Gist> {
    let mut judged = context.store.landing_verdicts(landing.id).context("read the verdicts")?;
    judged.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
    let of = |kind| judged.iter().filter(|one| one.verdict.kind == kind).count() as u64;
    Ok(Gist {
        verdict: report::answer(markdown).unwrap_or("There is a report.").to_owned(),
        worse: check::worse(&judged).len() as u64,
        better: of(VerdictKind::Improvement),
        watched: of(VerdictKind::Candidate),
    })
}

/// Queues the mails of what the clock or a person moved, and ends that landing: it has no report.
fn by_clock(context: &Context, landing: &LandingRow, at: Timestamp) -> Result<Reported> {
    let _alone = context.moving_alerts();
    let week = context.store.week_of(landing.id).context("read which week it is about")?;
    let purpose = if week.is_some() { Purpose::Week } else { Purpose::News };
    let Outgoing { mails, later } = match week {
        Some(span) => Outgoing { mails: weekly::mails(context, landing, span)?, later: Vec::new() },
        None => news::mails(context, landing, at, None)?,
    };
    let done = FinishedReport { path: None, own: &[], mails: &mails, purpose, later: &later, facts: None };
    context.store.finish_landing(landing.id, &done, context.clock.now()).context("end what the clock began")?;
    Ok(Reported { path: None, mails: mails.len() })
}

/// The report with the agents' words; where it does not hold with them, without.
fn checked(
    context: &Context,
    landing: &LandingRow,
    told: Told,
    seconds: &Seconds,
    with_page: bool,
) -> Result<Publishable> {
    let said = words(context, landing, &told).context("read what the agents said")?;
    let calls = context.store.calls(landing.id).context("read the agents' calls")?;
    let renderer = Renderer { markdown: &report::markdown, page: if with_page { Some(&report::html) } else { None } };
    let publishable = |said: &Said| {
        let (mut analysis, mut known) = (join::join(told.analysis.clone(), said), told.known.clone());
        join::quoted(said).iter().for_each(|text| known.text(text));
        metrics::known(said, &mut known);
        analysis.sections.extend(metrics::sections(said, calls.as_ref(), seconds, &mut analysis.ledger));
        check::publishable(&analysis, &known, &told.worse, &renderer)
    };
    let with = publishable(&said);
    if with.misses.is_empty() || !said.has_words() {
        return Ok(with);
    }
    let without = publishable(&said.unsaid("the report did not hold when it was checked with them"));
    Ok(check::rather(with, without))
}

/// What the agents said, if it is of the facts that the report has.
fn words(context: &Context, landing: &LandingRow, told: &Told) -> Result<Said> {
    let said = context.store.said(landing.id)?.unwrap_or_else(|| Said::nothing(Standing::Off));
    if !said.has_words() || said.ledger == told.analysis.ledger.hash().to_string() {
        return Ok(said);
    }
    let why = "the landing had to be analysed anew after the models were asked, and its facts are no longer those that they were told";
    warn!(landing = landing.id, "the agents' words are left out of the report: {why}");
    Ok(said.unsaid(why))
}

/// Publishes the report where it belongs; where that cannot be written, in the state directory, and says so.
fn write(
    context: &Context,
    settings: &Settings,
    landing: &LandingRow,
    at: Timestamp,
    pages: &Pages,
) -> Result<Vec<Published>> {
    if let Some((dir, name)) = &landing.reserved {
        let dir = Path::new(std::ffi::OsStr::from_bytes(dir));
        tidy(dir);
        if let Ok(published) = publish_pages(dir, name, pages) {
            return Ok(published);
        }
    }
    let files = context.store.landing_files(landing.id).context("read the landing's files")?;
    let wanted = place::directory(settings, &files);
    match reserve_and_publish(context, landing, &wanted, at, pages) {
        Ok(published) => {
            context.store.well_again(PLACE)?;
            Ok(published)
        }
        Err(failure) => {
            let fallback = settings.tree.state.join("reports");
            let message = format!(
                "no report can be written into {}: {failure:#}; it is in {}",
                wanted.display(),
                fallback.display()
            );
            if context.store.complain(PLACE, &message, context.clock.now())? {
                warn!("{message}");
            }
            std::fs::create_dir_all(&fallback).with_context(|| format!("cannot make {}", fallback.display()))?;
            reserve_and_publish(context, landing, &fallback, at, pages)
        }
    }
}

/// Removes what a process that was killed while publishing left in `dir`.
pub fn tidy(dir: &Path) {
    match sweep(dir) {
        Ok(swept) => swept.iter().for_each(|file| debug!("removed the unfinished {}", file.display())),
        // Nothing was ever published there, or it cannot be read now: then there is nothing to remove either.
        Err(failure) => debug!("{} was not swept: {failure}", dir.display()),
    }
}

fn reserve_and_publish(
    context: &Context,
    landing: &LandingRow,
    dir: &Path,
    at: Timestamp,
    pages: &Pages,
) -> Result<Vec<Published>> {
    let name = free(context, dir, at)?;
    context.store.reserve_report(landing.id, dir.as_os_str().as_bytes(), &name).context("reserve the report's name")?;
    publish_pages(dir, &name, pages)
}

/// A name that neither a file nor another landing has.
fn free(context: &Context, dir: &Path, at: Timestamp) -> Result<String> {
    let stem = place::stem(at);
    let mut wanted = stem.clone();
    for number in 2.. {
        let name = free_name(dir, &wanted, &["md", "html"]).with_context(|| format!("look into {}", dir.display()))?;
        if !context.store.report_name_taken(dir.as_os_str().as_bytes(), &name)? {
            return Ok(name);
        }
        wanted = format!("{stem}-{number}");
    }
    Ok(wanted)
}

/// The Markdown last, so that whoever sees it finds the HTML beside it.
fn publish_pages(dir: &Path, name: &str, pages: &Pages) -> Result<Vec<Published>> {
    let mut published = Vec::new();
    if let Some(html) = &pages.html {
        published.push(publish(dir, &format!("{name}.html"), html.as_bytes(), None)?);
    }
    published.insert(0, publish(dir, &format!("{name}.md"), pages.markdown.as_bytes(), None)?);
    Ok(published)
}
