//! `backtest`: the detector replayed over history, so that a team can see what it would have said before it trusts it.
//!
//! Nothing is kept: the tree's own index and alerts are neither read nor written, and nobody is mailed.

mod gather;
mod json;
mod jsonl;
mod landings;
mod line;
mod outcome;
mod past;
mod text;

use std::fs::File;
use std::io::{self, stdin, stdout};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use super::terminal::Terminal;
use super::{Place, logging, output, setup};
use crate::analysis::backtest::{Bench, Landed, as_it_landed};
use crate::analysis::{LEAST_RUNS, Tuning, significant};
use crate::domain::zone::Zone;
use landings::Landings;
use outcome::{Outcome, Replayed, Totals, worst_first};
use past::{Gathered, Past};

/// What to replay, and how.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// A tree, a file of results, or a file of series [default: the current directory; with --jsonl: standard input]
    #[arg(value_name = "DIR|FILE")]
    pub path: Option<PathBuf>,
    /// Configuration file [default: $CHIMERA_INSIGHT_CONFIG, else chimera-insight.toml in the tree, else built-in defaults]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read series and write answers, a line of JSON each
    #[arg(long, conflicts_with_all = ["json", "all", "only", "config"])]
    pub jsonl: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Show quiet series too, and all of them
    #[arg(long)]
    pub all: bool,
    /// Only series whose name contains this, in any case
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Smallest relative change that matters, as 0.02 or 2% [default: that of the configuration; with --jsonl: 0]
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub min_effect: Option<f64>,
    /// False alarms in 1000 runs of an unchanged series that are put up with [default: that of the configuration; with --jsonl: 0.2]
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    pub false_alarms: Option<f64>,
}

/// What `backtest --help` says beside the arguments.
pub(super) const HELP: &str = "\
Replays histories run by run, as they came, and says what would have been
alerted, when, and how late. Nothing is stored and nobody is mailed; the
tree's own index and alerts are not touched.

What is read:
  a directory       every file in it, as `scan` reads it
  a file            as `explain` reads it, such as a CSV that grows
  a file of series  JSON Lines, each {\"series\":\"name\",\"values\":[1.5,null,2]}

What is shown, worst first, for each series of which anything would have been
said: a sparkline cut where the level changed, and a line for each change.
  since run, at, commit   the first run of the new level
  before → after, effect  the levels, as far as they were known when it was
                          told
  told at, delay          the run that would have confirmed it; the first
                          changed run is 1
  hindsight               only the whole history shows this one: nobody would
                          have been told

Programs ask with --jsonl, a line for each series:
  in   {\"series\":\"name\",\"values\":[1.5,null,2],\"direction\":\"lower\",
        \"samples\":[[1,2],[],[2]]}
       direction (lower, higher, neutral) and samples (of each run) may be
       left out; null is a missing run
  out  {\"series\":…,\"changes\":[{\"index\",\"before\",\"after\",\"effect\",\"p\"}],
        \"alarms\":[{\"index\",\"change_index\",\"kind\"}]}
       changes: the segmentation of the whole series; alarms: what a replay,
       append by append, would have confirmed; runs count from 0; kind is
       regression, improvement, or change where there is no direction
A line that is no series is told of on standard error, the others are
answered, and the exit code is 3.";

/// Replays what there is and says what would have been said.
pub fn backtest(args: &BacktestArgs) -> Result<u8> {
    if args.jsonl { lines(args) } else { histories(args) }
}

/// `--jsonl`: series in, answers out, a line each.
fn lines(args: &BacktestArgs) -> Result<u8> {
    let tuning = tuned(args, Tuning { min_effect: 0.0, ..Tuning::default() });
    let answered = match args.path.as_deref() {
        Some(path) if path.as_os_str() != "-" => {
            let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            jsonl::run(file, stdout().lock(), &tuning)
        }
        _ => jsonl::run(stdin().lock(), stdout().lock(), &tuning),
    };
    match answered {
        Ok(bad) => Ok(if bad > 0 { super::EXIT_FAILURE } else { 0 }),
        // A reader that has gone wants no more.
        Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        Err(failure) => Err(failure).context("cannot answer"),
    }
}

/// A tree or a file.
fn histories(args: &BacktestArgs) -> Result<u8> {
    logging::start("warn,chimera_insight::cli::progress=info");
    let is_file = args.path.as_deref().map_or(Ok(false), |path| gather::is_dir(path).map(|is_dir| !is_dir))?;
    let root = if is_file { None } else { args.path.clone() };
    let place = Place { config: args.config.clone(), root };
    let tree = setup::look(&place)?;
    let tuning = tuned(args, tree.judge.tuning);
    let (quiet, max_age, zone) = (tree.watch.quiet, tree.watch.max_age, tree.insight.zone.clone());
    let mut gathered = match args.path.as_deref().filter(|_| is_file) {
        Some(path) => gather::file(path, &place)?,
        None => gather::tree(tree)?,
    };
    if let Some(only) = &args.only {
        let needle = only.to_lowercase();
        gathered.before_choice = Some(gathered.pasts.len());
        gathered.pasts.retain(|past| past.series.to_string().to_lowercase().contains(&needle));
    }
    gathered.pasts.iter_mut().for_each(|past| past.tuning = tuned(args, past.tuned.tuning(tuning)));
    let landings = Landings::among(&gathered.pasts, quiet, max_age);
    show(args, &gathered, &replay(&gathered.pasts, &landings), &tuning, &landings, zone)
}

/// What would have been said of each past, and what hindsight shows.
fn replay(pasts: &[Past], landings: &Landings) -> Vec<Replayed> {
    let landed: Vec<Landed<'_>> = pasts.iter().map(Past::landed).collect();
    let said = as_it_landed(&landed, landings.numbers(pasts));
    let mut bench = Bench::default();
    let changes = pasts.iter().map(|past| {
        bench.load_points(&past.points);
        bench.in_hindsight(&past.tuning)
    });
    changes.zip(said).map(|(changes, said)| Replayed { changes, said }).collect()
}

fn show(
    args: &BacktestArgs,
    gathered: &Gathered,
    replayed: &[Replayed],
    tuning: &Tuning,
    landings: &Landings,
    zone: Zone,
) -> Result<u8> {
    let outcomes: Vec<Outcome<'_>> =
        gathered.pasts.iter().zip(replayed).map(|(past, replayed)| Outcome::of(past, replayed)).collect();
    let totals = Totals::of(&outcomes, LEAST_RUNS, landings);
    let groups = worst_first(outcomes);
    if args.json {
        let settings =
            json!({ "min_effect": tuning.min_effect, "false_alarms": tuning.false_alarms, "min_runs": LEAST_RUNS });
        output::json(&json::of(gathered, &groups, &totals, settings, args.all))?;
    } else {
        let (smallest, rate) = (significant(tuning.min_effect * 100.0), significant(tuning.false_alarms));
        let page = text::Page {
            gathered,
            totals: &totals,
            settings: format!("smallest effect {smallest} %, at most {rate} false alarms in 1000 runs of a series"),
            least: LEAST_RUNS,
            all: args.all,
            terminal: Terminal::of_stdout(),
            zone,
        };
        output::painted(&page.text(&groups))?;
    }
    Ok(0)
}

/// What the command line says of the detector goes before the configuration.
fn tuned(args: &BacktestArgs, configured: Tuning) -> Tuning {
    Tuning {
        min_effect: args.min_effect.unwrap_or(configured.min_effect),
        false_alarms: args.false_alarms.unwrap_or(configured.false_alarms),
    }
}

/// A share of a level: `0.02` or `2%`, from 0 to below 1.
fn fraction(text: &str) -> Result<f64, String> {
    let (number, scale) = text.trim().strip_suffix('%').map_or((text, 1.0), |percent| (percent, 100.0));
    let value = number.trim().parse::<f64>().map_err(|_| "must be a fraction such as 0.02 or 2%".to_owned())? / scale;
    if (0.0..1.0).contains(&value) {
        Ok(value)
    } else {
        Err("must lie between 0 and 1; write 2% or 0.02 for two percent".into())
    }
}

/// False alarms in a thousand runs, within what the configuration allows.
fn rate(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().map_err(|_| "must be a number such as 0.2".to_owned())?;
    if (0.001..=100.0).contains(&value) { Ok(value) } else { Err("must lie between 0.001 and 100".into()) }
}
