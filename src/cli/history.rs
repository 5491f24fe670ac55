//! `history SERIES`: the runs of one series as a plot and as a table, with its levels, their noise, and where it changed.
//!
//! It fails (exit code 3) where there is no index, and with 2 where no series or more than one is meant; what may have been meant is told.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::terminal::{Ink, Terminal};
use super::{EXIT_USAGE, ViewArgs, moment, output, setup};
use crate::clock::{Clock, SystemClock};
use crate::daemon::context::Settings;
use crate::domain::run::short_commit;
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::insight::{Course, CourseRun, History};
use crate::report::plot::{Mark, Plot, Shape, plot};
use crate::report::{columns, told};
use crate::store::{SeriesSummary, Store, StoredAlert};

/// Runs that are drawn unless other ones are asked for.
const LAST: usize = 120;
/// Runs that are looked through where a time is asked for.
const MOST: usize = 100_000;
/// Rows of the plot, and its columns at most.
const HEIGHT: usize = 12;
const WIDTH: usize = 100;
/// Columns that the scale takes at most.
const SCALE: usize = 16;
/// Runs in the table.
const LISTED: usize = 10;
/// Series that are named where several are meant.
const NAMED: usize = 20;

/// What stands below the options.
pub const HELP: &str = "\
SERIES is a name as `chimera-insight series` shows it, a part of one that no
other has, or words that are all in one name and in no other.

Examples:
  chimera-insight history ttft gpu=40
  chimera-insight history 'reports/gemma3/tuning [gpu=40] ttft (s)' --since 7d

Exit codes: 0 well, 2 no series is meant, or more than one, 3 failure (no
index), 78 bad configuration.";

#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The series: its name, a part of it, or words that are in no other
    #[arg(required = true, value_name = "SERIES")]
    pub series: Vec<String>,
    /// At most so many runs, the newest [default: 120, or all with --since]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: Option<u32>,
    /// Only runs from then on: 7d, 2026-12-01, or 2026-12-01T08:00:00+01:00 (without an offset in UTC)
    #[arg(long, value_name = "TIME", value_parser = moment::or_ago)]
    pub since: Option<moment::Since>,
    /// Plot with the characters of ASCII alone, as where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

/// Draws the history of a series.
pub fn history(args: &HistoryArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let wanted = args.series.join(" ");
    let mut meant = find(store.series("")?, &wanted);
    if meant.len() != 1 {
        return Ok(unclear(&wanted, &meant));
    }
    let Some(mut one) = meant.pop() else { return Ok(EXIT_USAGE) };
    settings.kept.overrides.direct(&one.series, &mut one.direction);
    let mut course = store.course(None, &one.series, args.most())?.unwrap_or_default();
    let since = args.since.map(|since| since.before(SystemClock.now())).transpose()?;
    cut(&mut course, since);
    let alerts = open_alerts(&store, &one.series)?;
    let samples: Vec<u64> = course.runs.iter().map(|run| run.n).collect();
    let history = drawn(&settings, &one, course);
    if args.view.json {
        output::json(&as_json(&one, &history, &samples, &alerts))?;
    } else {
        let terminal = Terminal::of_stdout();
        let zone = setup::zone(&args.view.place)?;
        output::painted(&for_people(&one, &history, &alerts, &zone, terminal, args.ascii || !terminal.unicode))?;
    }
    Ok(0)
}

impl HistoryArgs {
    fn most(&self) -> usize {
        let all = if self.since.is_some() { MOST } else { LAST };
        self.last.map_or(all, |last| usize::try_from(last).unwrap_or(MOST).min(MOST))
    }
}

fn drawn(settings: &Settings, one: &SeriesSummary, course: Course) -> History {
    let tuning = settings.kept.overrides.of(&one.series).tuning(settings.judge.tuning);
    course.history(&one.series, one.direction, None, &tuning)
}

/// Leaves out what was before a time.
fn cut(course: &mut Course, since: Option<Timestamp>) {
    let Some(since) = since else { return };
    let before = course.runs.iter().take_while(|run: &&CourseRun| run.point.at < since).count();
    course.runs.drain(..before);
    course.left_out = course.left_out.saturating_add(before);
}

/// The series that somebody means: the one of this name, else those that hold the text, else those that hold all of its words.
fn find(known: Vec<SeriesSummary>, wanted: &str) -> Vec<SeriesSummary> {
    let lower = wanted.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let names: Vec<String> = known.iter().map(|one| one.series.to_string()).collect();
    let exact = |name: &String| name == wanted;
    let same = |name: &String| name.to_lowercase() == lower;
    let part = |name: &String| name.to_lowercase().contains(&lower);
    let all = |name: &String| words.iter().all(|word| name.to_lowercase().contains(word));
    let ways: [&dyn Fn(&String) -> bool; 4] = [&exact, &same, &part, &all];
    let Some(way) = ways.into_iter().find(|way| names.iter().any(way)) else { return Vec::new() };
    known.into_iter().zip(names).filter(|(_, name)| way(name)).map(|(one, _)| one).collect()
}

/// Says which series may have been meant, on standard error, and what to do.
fn unclear(wanted: &str, meant: &[SeriesSummary]) -> u8 {
    let wanted = output::plain(&output::shortened(wanted, 80));
    if meant.is_empty() {
        eprintln!("chimera-insight: no series is called “{wanted}”; `chimera-insight series` lists those there are");
        return EXIT_USAGE;
    }
    eprintln!("chimera-insight: {} series are called so; say more of the one that is meant:", meant.len());
    for one in meant.iter().take(NAMED) {
        eprintln!("  {}", output::plain(&one.series.to_string()));
    }
    if meant.len() > NAMED {
        eprintln!("and {} more: `chimera-insight series '{wanted}'` lists them", meant.len() - NAMED);
    }
    EXIT_USAGE
}

fn open_alerts(store: &Store, series: &SeriesKey) -> Result<Vec<StoredAlert>> {
    let about = |alert: &StoredAlert| {
        alert.record.state.is_open() && alert.record.members.iter().any(|member| member.series == *series)
    };
    Ok(store.alerts()?.into_iter().filter(about).collect())
}

fn for_people(
    one: &SeriesSummary,
    history: &History,
    alerts: &[StoredAlert],
    zone: &Zone,
    terminal: Terminal,
    ascii: bool,
) -> String {
    let mut out = format!("{}\n", terminal.paint(Ink::Heading, &output::plain(&one.series.to_string())));
    let width = terminal.width.saturating_sub(SCALE).clamp(20, WIDTH);
    let plotted = plot(history, Shape { width, height: HEIGHT, ascii });
    out += &format!("{}\n", terminal.paint(Ink::Faint, &subtitle(one, history, &plotted.unit)));
    if history.points.is_empty() {
        return out + "no run of it counts in this time; without --since all are shown\n";
    }
    out.push('\n');
    out += &picture(&plotted, terminal);
    out += &span(history, zone);
    out.push('\n');
    out += &levels(history, &plotted.unit, zone, terminal);
    for alert in alerts {
        let told = format!(
            "alert {} is {} since {}: `chimera-insight alerts show {}`",
            alert.id,
            alert.record.state.as_str(),
            zone.show_minute(alert.record.since),
            alert.id
        );
        out += &format!("{}\n", terminal.paint(Ink::Bad, &told));
    }
    out.push('\n');
    out += &newest(history, &plotted.unit, zone);
    out
}

fn subtitle(one: &SeriesSummary, history: &History, unit: &Unit) -> String {
    let unit =
        if unit.is_none() { "no unit known".to_owned() } else { output::plain(&format!("in {}", unit.symbol())) };
    let counted = |n: u64, what: &str| if n == 0 { String::new() } else { format!("; {n} {what}") };
    let older = counted(history.left_out as u64, "older not shown");
    let excluded = counted(one.excluded, "excluded");
    let runs = history.points.len();
    let runs = format!("{runs} {}", if runs == 1 { "run" } else { "runs" });
    format!("{unit}, {}; {runs}{older}{excluded}", one.direction.phrase())
}

fn picture(plotted: &Plot, terminal: Terminal) -> String {
    let ink = |mark: Mark| match mark {
        Mark::Frame | Mark::Noise => Ink::Faint,
        Mark::Run => Ink::Plain,
        Mark::Level => Ink::Heading,
        Mark::Worse => Ink::Bad,
        Mark::Better => Ink::Good,
        Mark::Turn => Ink::Doubtful,
    };
    let mut out = String::new();
    for line in &plotted.lines {
        let mut pieces = line.as_slice();
        // Blanks at the end of a line are of no use to anybody.
        while let Some(((Mark::Frame, text), rest)) =
            pieces.split_last().filter(|((_, text), _)| text.trim().is_empty())
        {
            debug_assert!(text.trim().is_empty());
            pieces = rest;
        }
        pieces.iter().for_each(|(mark, text)| out += &terminal.paint(ink(*mark), text));
        out.push('\n');
    }
    out
}

/// From when to when.
fn span(history: &History, zone: &Zone) -> String {
    match (history.points.first(), history.points.last()) {
        (Some(first), Some(last)) if first.at != last.at => {
            format!("from {} to {}, run by run\n", zone.show_minute(first.at), zone.show_minute(last.at))
        }
        (Some(first), _) => format!("at {}\n", zone.show_minute(first.at)),
        _ => String::new(),
    }
}

/// A line for each level, the oldest first: its value, its noise, since when and after which commit.
fn levels(history: &History, unit: &Unit, zone: &Zone, terminal: Terminal) -> String {
    let mut out = String::new();
    let mut before: Option<f64> = None;
    for level in &history.levels {
        let turn = history.changes.iter().find(|turn| turn.index == level.from);
        let mut text = told(level.level, &history.unit, unit);
        let noise = level.noise.filter(|noise| *noise > 0.0);
        if let Some(noise) = noise {
            text += &format!(", single runs scatter by about {}", told(noise, &history.unit, unit));
        }
        if let (Some(point), Some(_)) = (history.points.get(level.from), turn) {
            text += &format!(", since {}", zone.show_minute(point.at));
            text.extend(point.commit.as_ref().map(|commit| format!(" at {}", short_commit(commit))));
        }
        let change = before.filter(|before| *before != 0.0).map(|before| (level.level - before) / before.abs() * 100.0);
        if let (Some(change), Some(_)) = (change, turn) {
            text += &format!(": {change:+.1} %");
        }
        let (word, ink) = match turn.map(|turn| turn.worse) {
            Some(Some(true)) => ("worse ", Ink::Bad),
            Some(Some(false)) => ("better", Ink::Good),
            Some(None) => ("change", Ink::Doubtful),
            None => ("level ", Ink::Plain),
        };
        out += &format!("{}\n", terminal.paint(ink, &format!("{word}  {}", output::plain(&text))));
        before = Some(level.level);
    }
    out
}

/// The newest runs, the newest first.
fn newest(history: &History, unit: &Unit, zone: &Zone) -> String {
    let points: Vec<_> = history.points.iter().rev().take(LISTED).collect();
    let values: Vec<f64> =
        points.iter().map(|point| history.unit.convert(point.value, unit).unwrap_or(point.value)).collect();
    let rows: Vec<Vec<String>> = points
        .iter()
        .zip(columns(&values))
        .map(|(point, value)| {
            let commit =
                point.commit.as_deref().map_or_else(String::new, |commit| output::shortened(short_commit(commit), 24));
            vec![zone.show(point.at), value, commit, format!("{} {}", point.path, point.cell)]
        })
        .collect();
    let title = if unit.is_none() { "value".to_owned() } else { unit.symbol().to_owned() };
    output::table(&["time", &title, "commit", "artifact"], &rows)
}

fn as_json(one: &SeriesSummary, history: &History, samples: &[u64], alerts: &[StoredAlert]) -> Value {
    let SeriesKey { benchmark, case, params, metric, unit, environment } = &one.series;
    let direction: Direction = one.direction;
    json!({
        "series": { "benchmark": benchmark, "case": case, "params": params, "metric": metric, "unit": unit.as_str(),
                    "environment": environment, "direction": direction.as_str() },
        "runs": history.points.iter().zip(samples).map(|(point, n)| json!({
            "time": point.at.to_string(), "value": point.value, "n": n, "commit": point.commit, "path": point.path,
            "cell": point.cell,
        })).collect::<Vec<_>>(),
        "left_out": history.left_out, "excluded": one.excluded,
        "levels": history.levels.iter().map(|level| json!({
            "from": level.from, "to": level.to, "level": level.level, "noise": level.noise,
        })).collect::<Vec<_>>(),
        "changes": history.changes.iter().map(|turn| json!({
            "index": turn.index, "worse": turn.worse,
            "at": history.points.get(turn.index).map(|point| point.at.to_string()),
        })).collect::<Vec<_>>(),
        "alerts": alerts.iter().map(|alert| json!({
            "id": alert.id, "kind": alert.record.key.kind.as_str(), "state": alert.record.state.as_str(),
            "since": alert.record.since.to_string(),
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[(&str, &str)]) -> Vec<SeriesSummary> {
        let one = |(benchmark, metric): &(&str, &str)| SeriesSummary {
            id: 1,
            series: SeriesKey { benchmark: (*benchmark).into(), metric: (*metric).into(), ..Default::default() },
            direction: Direction::Lower,
            runs: 1,
            excluded: 0,
            latest: None,
        };
        names.iter().map(one).collect()
    }

    #[test]
    fn a_name_means_itself_and_a_part_of_it_whatever_holds_it() {
        let meant = |wanted: &str| -> Vec<String> {
            let all = known(&[("reports/a", "ttft"), ("reports/a", "ttft_p95"), ("reports/b", "load"), ("csv/A", "x")]);
            find(all, wanted).into_iter().map(|one| one.series.to_string()).collect()
        };
        assert_eq!(meant("reports/a ttft"), ["reports/a ttft"]);
        assert_eq!(meant("csv/a X"), ["csv/A x"]);
        assert_eq!(meant("load"), ["reports/b load"]);
        assert_eq!(meant("p95 reports"), ["reports/a ttft_p95"]);
        assert_eq!(meant("ttft").len(), 2);
        assert!(meant("nothing").is_empty());
    }
}
