//! `runs list|exclude|include`: the runs that the index knows, and a person's word on those that should not count.

use anyhow::{Context as _, Result, bail, ensure};
use globset::GlobBuilder;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::terminal::Terminal;
use super::{ListRuns, RunsAction, RunsArgs, WhichRuns, asking, output, setup};
use crate::daemon::context::Settings;
use crate::domain::artifact::RelPath;
use crate::domain::run::short_commit;
use crate::domain::zone::Zone;
use crate::store::{Remark, Request, RunLine, Selection, Store};
use crate::watch::locate;

/// Rows of a table for people, unless they ask for others.
const SHOWN: usize = 50;

/// Runs a command about runs.
pub fn runs(args: &RunsArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let json = args.view.json;
    match &args.action {
        None => list(&settings, &ListRuns::default(), json).map(|()| 0),
        Some(RunsAction::List(what)) => list(&settings, what, json).map(|()| 0),
        Some(RunsAction::Exclude { which, why }) => ask(settings, which, true, why, json),
        Some(RunsAction::Include { which, why }) => ask(settings, which, false, why, json),
    }
}

/// Asks for runs to be excluded or included. Which ones is decided here, so that what was meant does not change until it is done.
fn ask(settings: Settings, which: &WhichRuns, excludes: bool, why: &str, json: bool) -> Result<u8> {
    let store = Store::open_read_only(&settings.tree.state)?;
    let mut runs = if which.runs.is_empty() { selected(&store, &settings, which)? } else { which.runs.clone() };
    if let Some(unknown) = store.missing_runs(&runs)?.first() {
        bail!("there is no run {unknown}; `chimera-insight runs list` shows those there are");
    }
    runs.sort_unstable();
    runs.dedup();
    asking::ask(settings, &Request::Runs { runs, excludes, who: asking::who(), why: why.to_owned() }, json)
}

/// The runs that have in common what was asked for.
fn selected(store: &Store, settings: &Settings, which: &WhichRuns) -> Result<Vec<i64>> {
    let file = which.file.as_ref().map(|path| {
        let absolute = std::path::absolute(path).with_context(|| format!("find {}", path.display()))?;
        // What is no path of a root may be one as the index and its reports name it.
        let named = || RelPath::new(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()));
        Ok::<_, anyhow::Error>(locate(&settings.tree.roots, &absolute).map_or_else(named, |(_, rel)| rel))
    });
    let by = Selection {
        file: file.transpose()?,
        commit: which.commit.clone(),
        host: which.host.clone(),
        since: which.since,
        until: which.until,
    };
    let runs = store.select_runs(&by)?;
    ensure!(!runs.is_empty(), "no run is like that; `chimera-insight runs list` shows those there are");
    Ok(runs)
}

/// A time of day in UTC, or the beginning of a day.
pub fn time(text: &str) -> Result<Timestamp, String> {
    let day = |_| text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC)).map(|begin| begin.timestamp());
    text.parse().or_else(day).map_err(|_| "neither a date nor a time like 2026-10-01T06:00:00Z".to_owned())
}

/// A reason with something in it.
pub fn reason(text: &str) -> Result<String, String> {
    let text = output::one_line(text);
    if text.is_empty() { Err("a reason is wanted, for those who read it later".to_owned()) } else { Ok(text) }
}

fn list(settings: &Settings, what: &ListRuns, json: bool) -> Result<()> {
    let store = Store::open_read_only(&settings.tree.state)?;
    let limit = match what.limit {
        Some(0) => usize::MAX,
        Some(limit) => limit,
        None if json => usize::MAX,
        None => SHOWN,
    };
    let glob = what.benchmark.as_ref().map(|glob| GlobBuilder::new(glob).literal_separator(false).build());
    let glob = glob.transpose().context("--benchmark")?.map(|glob| glob.compile_matcher());
    let needle = what.pattern.as_deref().unwrap_or_default().to_lowercase();
    let keep = |run: &RunLine| {
        (!what.excluded || run.excluded().is_some())
            && glob.as_ref().is_none_or(|glob| glob.is_match(&run.benchmark))
            && names(run).any(|name| name.to_lowercase().contains(&needle))
    };
    let (runs, total) = store.runs(keep, limit)?;
    if json {
        return output::json(&json!({ "runs": runs.iter().map(as_json).collect::<Vec<_>>(), "total": total }));
    }
    if runs.is_empty() {
        return output::text("no such runs\n");
    }
    let mut out = for_people(&runs, &settings.insight.zone);
    if total > runs.len() as u64 {
        out += &format!("{} of {total} runs; --limit 0 shows all\n", runs.len());
    }
    output::text(&out)
}

/// What a pattern is looked for in.
fn names(run: &RunLine) -> impl Iterator<Item = &str> {
    let maybe = [&run.host, &run.commit, &run.branch].into_iter().filter_map(|name| name.as_deref());
    [run.benchmark.as_str(), &run.environment, &run.path].into_iter().chain(maybe)
}

fn for_people(runs: &[RunLine], zone: &Zone) -> String {
    let terminal = Terminal::of_stdout();
    let cell =
        |text: &Option<String>, width| text.as_deref().map_or_else(String::new, |text| terminal.shortened(text, width));
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let word = run.excluded().map(|word| format!("by {}: {}", word.who, word.why));
            vec![
                run.id.to_string(),
                zone.show(run.at),
                run.benchmark.clone(),
                cell(&run.host, 24),
                cell(&run.commit.as_deref().map(|name| short_commit(name).to_owned()), 24),
                cell(&run.branch, 24),
                run.series.to_string(),
                run.path.clone(),
                word.unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["run", "time", "benchmark", "host", "commit", "branch", "series", "artifact", "excluded"];
    // What no run has takes no room.
    let told = |column: &usize| rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()));
    let columns: Vec<usize> = (0..header.len()).filter(told).collect();
    let of = |row: &Vec<String>| columns.iter().filter_map(|column| row.get(*column).cloned()).collect();
    let header: Vec<&str> = columns.iter().filter_map(|column| header.get(*column).copied()).collect();
    output::table(&header, &rows.iter().map(of).collect::<Vec<_>>())
}

fn as_json(run: &RunLine) -> Value {
    let word = |word: &Remark| {
        json!({ "word": if word.excludes { "excluded" } else { "included" }, "at": word.at.to_string(), "who": word.who,
                "why": word.why })
    };
    json!({
        "id": run.id, "time": run.at.to_string(), "benchmark": run.benchmark, "host": run.host, "commit": run.commit,
        "branch": run.branch, "environment": run.environment, "artifact": run.path, "series": run.series,
        "excluded": run.excluded().map(word), "remarks": run.remarks.iter().map(word).collect::<Vec<_>>(),
    })
}
