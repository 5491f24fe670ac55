//! From a directory or a file to the pasts that are replayed.
//!
//! Files are read by the index stage of the daemon itself, with the same configuration, into an index in a temporary directory: series,
//! runs and times are exactly those that the daemon would know. That index is gone afterwards, and the tree's own state is not touched.
//! A file of series (a line each, as `--jsonl` takes them) needs no index.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};

use super::super::{Place, explain, progress::Shown, setup};
use super::jsonl::LONGEST;
use super::line::{self, Runs};
use super::past::{Gathered, Past};
use crate::analysis::overrides::Tuned;
use crate::analysis::{Point, Tuning};
use crate::daemon::context::{Context, Settings};
use crate::daemon::pass;
use crate::domain::artifact::RelPath;
use crate::domain::series::{Direction, SeriesKey};
use crate::store::{History, HistoryRun, Stage};
use crate::watch::Root;

/// The histories of a tree.
pub(super) fn tree(settings: Settings) -> Result<Gathered> {
    let source = settings.tree.base.display().to_string();
    index(settings, None, source)
}

/// The histories in one file: of series, a line each, or of an artifact. `config` is that of the tree.
pub(super) fn file(path: &Path, place: &Place) -> Result<Gathered> {
    if is_series(path)? {
        return series(path);
    }
    let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    let name = explain::in_tree(&path, &setup::reading(place)?);
    let mut settings = setup::look(place)?;
    let parts = name.as_bytes().split(|&byte| byte == b'/').count();
    let top = path.ancestors().nth(parts.saturating_sub(1)).context("a file below a directory")?;
    let first = name.as_bytes().split(|&byte| byte == b'/').next().unwrap_or_default();
    settings.tree.roots = vec![Root { name: first.to_vec(), path: top.to_owned() }];
    let source = path.display().to_string();
    let gathered = index(settings, Some(&name), source)?;
    if gathered.pasts.is_empty() {
        let why = gathered.problems.first().map_or("no results were recognised in it", String::as_str);
        bail!("{}: {why}; `chimera-insight explain` shows how it is read", path.display());
    }
    Ok(gathered)
}

/// Indexes `settings`' roots, or one file of them, into a directory of its own.
fn index(mut settings: Settings, only: Option<&RelPath>, source: String) -> Result<Gathered> {
    let dir = tempfile::Builder::new().prefix("chimera-insight-backtest-").tempdir()?;
    settings.tree.state = dir.path().to_owned();
    let context = setup::context(settings)?;
    let pass = pass::index(&context, only, &Shown::default())?;
    let failed = pass.failed.iter().map(|(path, why)| format!("{}: {why}", path.display()));
    let problems = pass.problems.iter().map(|problem| format!("cannot look at {problem}")).chain(failed).collect();
    let files = Some(pass.tally.versions);
    Ok(Gathered { pasts: pasts(&context)?, source, files, problems, before_choice: None })
}

/// All histories of an index that was filled by one landing.
fn pasts(context: &Context) -> Result<Vec<Past>> {
    let mut pasts = Vec::new();
    // Nothing to judge: nothing was found.
    let Some(landing) = context.store.next_landing(Stage::Judge, Timestamp::MAX)? else { return Ok(pasts) };
    let mut commits = Commits::default();
    let settings = context.settings();
    for benchmark in &context.store.landing_benchmarks(landing.id)? {
        for touched in context.store.touched(landing.id, benchmark)? {
            let tuned = settings.kept.overrides.of(&touched.fresh.series);
            if !tuned.is_judged() {
                continue;
            }
            let direction = tuned.direction.unwrap_or(touched.fresh.direction);
            let runs = context.store.history(&touched.fresh, landing.id, None)?;
            let own = touched.fresh.runs.len();
            let past = commits.past(History { runs, direction, ..touched.fresh }, own);
            pasts.push(Past { tuned, ..past });
        }
    }
    Ok(pasts)
}

/// The names of commits, each kept once.
#[derive(Default)]
struct Commits(HashSet<Rc<str>>);

impl Commits {
    /// The past of a history of which the last `own` runs are its own.
    fn past(&mut self, history: History, own: usize) -> Past {
        let runs = history.runs;
        let told = runs.iter().any(|run| run.commit.is_some());
        let commits =
            runs.iter().filter(|_| told).map(|run| run.commit.as_deref().map(|name| self.name(name))).collect();
        let point =
            |run: &HistoryRun| Point { at: run.moment.at, value: run.value, std: run.std, n: run.n, fresh: true };
        let points: Vec<Point> = runs.iter().map(point).collect();
        let borrowed = points.len().saturating_sub(own);
        Past {
            series: history.series,
            direction: history.direction,
            tuned: Tuned::default(),
            points,
            borrowed,
            tuning: Tuning::default(),
            commits,
            places: Vec::new(),
            is_timed: true,
        }
    }

    fn name(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.0.get(name) {
            return Rc::clone(known);
        }
        let new: Rc<str> = name.into();
        self.0.insert(Rc::clone(&new));
        new
    }
}

/// Whether a file holds series, a line each: its first line that is not blank is one.
fn is_series(path: &Path) -> Result<bool> {
    let endings = ["jsonl", "ndjson", "json"];
    if !path.extension().and_then(OsStr::to_str).is_some_and(|ending| endings.contains(&ending)) {
        return Ok(false);
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = Lines::new(file);
    // What is no text, or one long line, is for the readers of artifacts.
    while let Ok(Some(text)) = lines.next() {
        if !text.trim_ascii().is_empty() {
            return Ok(line::read(text, &mut Runs::default()).is_ok());
        }
    }
    Ok(false)
}

/// The series of a file, a line each. A line that is none is an error: half a file is no answer.
fn series(path: &Path) -> Result<Gathered> {
    let unreadable = || format!("cannot read {}", path.display());
    let benchmark = path.file_stem().map(|stem| String::from_utf8_lossy(stem.as_bytes()).into_owned());
    let mut gathered = Gathered { source: path.display().to_string(), ..Gathered::default() };
    let (mut lines, mut runs) = (Lines::new(File::open(path).with_context(unreadable)?), Runs::default());
    while let Some(text) = lines.next().with_context(unreadable)? {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let head = match line::read(text, &mut runs) {
            Ok(head) => head,
            Err(why) => bail!("{}, line {}, {why}", path.display(), lines.number),
        };
        let series = SeriesKey {
            benchmark: benchmark.clone().unwrap_or_default(),
            metric: head.series.into_owned(),
            ..SeriesKey::default()
        };
        gathered.pasts.push(of_runs(series, head.direction.unwrap_or_default(), &runs)?);
    }
    Ok(gathered)
}

/// A past without times: run by run, a second apart.
fn of_runs(series: SeriesKey, direction: Direction, runs: &Runs) -> Result<Past> {
    let mut points = Vec::with_capacity(runs.values.len());
    for (run, &value) in runs.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let at = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(i64::try_from(run)?))?;
        let (std, n) = runs.samples.get(run).copied().unwrap_or((None, 1));
        points.push(Point { at, value, std, n, fresh: true });
    }
    let places = runs.values.iter().enumerate().filter(|(_, value)| value.is_finite()).map(|(run, _)| run);
    let places = if points.len() == runs.values.len() { Vec::new() } else { places.collect() };
    Ok(Past {
        series,
        direction,
        tuned: Tuned::default(),
        points,
        borrowed: 0,
        tuning: Tuning::default(),
        commits: Vec::new(),
        places,
        is_timed: false,
    })
}

/// Lines of bounded length.
struct Lines {
    input: BufReader<File>,
    text: String,
    /// Of the line that was read last, from 1.
    number: u64,
}

impl Lines {
    fn new(file: File) -> Self {
        Self { input: BufReader::new(file), text: String::new(), number: 0 }
    }

    fn next(&mut self) -> Result<Option<&str>> {
        self.text.clear();
        let read = (&mut self.input).take(LONGEST).read_line(&mut self.text)?;
        self.number += 1;
        ensure!(read as u64 != LONGEST, "line {} is longer than {} MiB", self.number, LONGEST >> 20);
        Ok((read > 0).then_some(self.text.as_str()))
    }
}

/// Whether there is a directory at `path`.
///
/// # Errors
/// When there is nothing.
pub(super) fn is_dir(path: &Path) -> Result<bool> {
    Ok(fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.is_dir())
}
