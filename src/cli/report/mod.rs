//! `report`: a landing's report as it was written or made anew, the facts that it rests on and whether they still hold, and a digest of
//! several landings.
//!
//! Reads the index and the files only, so it works beside a daemon, and replaces no file. It fails (exit code 3) where there is no index, no
//! such landing, or the report's file is gone; the facts are kept in the index and need no file.

mod check;
mod facts;
mod render;
mod since;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use super::{Place, ViewArgs, moment, output, setup};
use crate::domain::artifact::{ContentHash, display_bytes};
use crate::insight::Ledger;
use crate::store::{ReportRow, Store};
use check::Checked;

/// Rows of `--all` for people.
const SHOWN: usize = 50;

/// Text of one artifact that is read again at most, in bytes: tables are read in pieces when they land, and whole here.
const LONGEST: u64 = 256 << 20;

/// What stands below the options.
pub const HELP: &str = "\
Every number of a report is a fact with a number of its own: [F12] in the text is F12 here. A fact is a cell of a file (path, row and
column or JSON path, content hash), a figure over cells, computed from other facts, counted over the index, or a setting.

  chimera-insight report                          the newest report
  chimera-insight report 12 --path                where the report of landing 12 is
  chimera-insight report 12 --facts               what it rests on
  chimera-insight report --check                  whether it all still holds against the files
  chimera-insight report --all                    the landings and where their reports are
  chimera-insight report --since 7d               what happened in the last week
  chimera-insight report --since 7d --html -o week.html
  chimera-insight report 12 --render --into /tmp  the report of landing 12 made anew, beside nothing that is there

Exit codes: 0 well, 1 a fact does not hold (--check), 2 usage, 3 failure (no index, no such landing, the file is gone), 78 bad configuration.";

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The landing's number, as in the report's first lines and in `report --all` [default: the newest one that has a report]
    #[arg(value_name = "LANDING", conflicts_with_all = ["all", "latest", "since"])]
    pub landing: Option<i64>,
    /// The newest report (the default)
    #[arg(long, conflicts_with_all = ["all", "since"])]
    pub latest: bool,
    /// List the landings and where their reports are
    #[arg(long, conflicts_with_all = ["since", "form", "output"])]
    pub all: bool,
    /// A digest of what landed, fired, ended and got better since: 7d, 12h, 2026-12-01 (in UTC) or 2026-12-01T08:00:00+01:00
    #[arg(long, value_name = "WHEN", value_parser = moment::or_ago)]
    pub since: Option<moment::Since>,
    /// Make the report anew, from what the index holds of the landing now; says on standard error when the facts have changed since
    #[arg(long, conflicts_with_all = ["all", "since"])]
    pub render: bool,
    /// Write the report that was made anew into this directory, as Markdown and as a page, unless files of these names are there;
    /// `-`: print it (the default)
    #[arg(long, value_name = "DIR", requires = "render", conflicts_with_all = ["form", "output"])]
    pub into: Option<PathBuf>,
    #[command(flatten)]
    pub form: Form,
    /// Write to this file, whole or not at all, rather than to standard output; one that is there already is left as it is
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file of --output where it is there
    #[arg(long, requires = "output")]
    pub force: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

impl ReportArgs {
    /// The file to write to, and whether it may be replaced.
    fn to(&self) -> Option<(&Path, bool)> {
        self.output.as_deref().map(|path| (path, self.force))
    }
}

/// What is printed of a report.
#[derive(Debug, Args)]
#[group(id = "form", multiple = false)]
pub struct Form {
    /// Print the Markdown (the default)
    #[arg(long)]
    pub text: bool,
    /// Print the HTML page
    #[arg(long)]
    pub html: bool,
    /// Print where the report is
    #[arg(long, conflicts_with_all = ["since", "render", "output"])]
    pub path: bool,
    /// Print the facts of the report: number, value, unit, name, and the cell or formula that each comes from
    #[arg(long, conflicts_with_all = ["since", "render", "output"])]
    pub facts: bool,
    /// Read the artifacts again and compute every fact anew; exit with 1 if one does not hold
    #[arg(long, conflicts_with_all = ["since", "render", "output"])]
    pub check: bool,
}

/// Prints a report, its facts, a digest, or what there is.
pub fn report(args: &ReportArgs) -> Result<u8> {
    let place = &args.view.place;
    if args.render {
        return render::render(args).map(|()| 0);
    }
    let store = Store::open_read_only(&setup::state(place)?)?;
    if args.all {
        return list(&store, place, args.view.json).map(|()| 0);
    }
    if let Some(since) = args.since {
        return since::digest(&store, since, args).map(|()| 0);
    }
    let landing = wanted(&store, args.landing)?;
    if args.form.path {
        return stored::place(&landing, args.view.json).map(|()| 0);
    }
    if args.form.html || args.output.is_some() || !(args.form.facts || args.form.check || args.view.json) {
        let text = if args.form.html { stored::page(&landing)? } else { stored::markdown(&landing)? };
        return stored::print(&text, args.to(), args.form.html).map(|()| 0);
    }
    facts(&store, &landing, args)
}

/// Prints the facts of a report, or what came of checking them.
fn facts(store: &Store, landing: &ReportRow, args: &ReportArgs) -> Result<u8> {
    let place = &args.view.place;
    let ledger = ledger(store, landing)?;
    let checked = args.form.check.then(|| check(store, &ledger, place)).transpose()?;
    if args.view.json {
        output::json(&facts::as_json(landing, &ledger, checked.as_ref()))?;
    } else if let Some(checked) = &checked {
        output::text(&format!("{}{}", facts::title(landing, &ledger, &setup::zone(place)?), checked.for_people()))?;
    } else {
        output::painted(&facts::for_people(landing, &ledger, &setup::zone(place)?))?;
    }
    Ok(u8::from(checked.is_some_and(|checked| !checked.holds())))
}

fn check(store: &Store, ledger: &Ledger, place: &Place) -> Result<Checked> {
    let reading = setup::reading(place)?;
    let kept = |hash: &ContentHash| Ok(store.calls_with(hash)?);
    check::check(ledger, &reading.tree.roots, reading.artifact.max_bytes.max(LONGEST), kept)
}

/// The landing that was asked for.
fn wanted(store: &Store, landing: Option<i64>) -> Result<ReportRow> {
    match landing {
        Some(id) => store
            .report(id)?
            .with_context(|| format!("there is no landing {id}; `chimera-insight report --all` lists those there are")),
        None => {
            store.newest_report()?.context("there is no report yet: nothing has landed, or it is still being judged")
        }
    }
}

fn ledger(store: &Store, landing: &ReportRow) -> Result<Ledger> {
    let id = landing.landing;
    store.ledger(id)?.with_context(|| format!("landing {id} has no facts yet: its report is still to be written"))
}

fn list(store: &Store, place: &Place, as_json: bool) -> Result<()> {
    if as_json {
        let reports: Vec<_> = store
            .reports(usize::MAX)?
            .iter()
            .map(|row| {
                let (landing, at) = (row.landing, row.at.to_string());
                json!({ "landing": landing, "at": at, "artifacts": row.artifacts, "report": path_of(row) })
            })
            .collect();
        return output::json(&json!({ "reports": reports }));
    }
    let (zone, reports) = (setup::zone(place)?, store.reports(SHOWN)?);
    if reports.is_empty() {
        return output::text("nothing has landed yet\n");
    }
    let rows: Vec<Vec<String>> = reports
        .iter()
        .map(|row| {
            let path = path_of(row).unwrap_or_else(|| "still to be written".to_owned());
            vec![row.landing.to_string(), zone.show(row.at), row.artifacts.to_string(), path]
        })
        .collect();
    output::text(&output::table(&["landing", "time", "artifacts", "report"], &rows))?;
    if reports.len() == SHOWN {
        output::text(&format!("the newest {SHOWN}; --json lists them all\n"))?;
    }
    Ok(())
}

fn path_of(row: &ReportRow) -> Option<String> {
    row.path.as_deref().map(display_bytes)
}
