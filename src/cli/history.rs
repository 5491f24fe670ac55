//! `history SERIES`: the runs of one series as a plot and as a table, with its levels, their noise, and where it changed.
//!
//! It fails (exit code 3) where there is no index, and with 2 where no series or more than one is meant; what may have been meant is told.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

mod window;

use window::Window;

use super::terminal::{Ink, Terminal};
use super::{EXIT_USAGE, ViewArgs, meant, moment, output, setup};
use crate::clock::{Clock, SystemClock};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::run::short_commit;
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::insight::History;
use crate::report::plot::{Mark, Plot, Shape, plot};
use crate::report::{columns, finely, told};
use crate::store::{SeriesSummary, Store};

/// Runs that are drawn unless other ones are asked for.
const LAST: usize = 120;
/// Runs whose levels are found, and that are shown at most.
const MOST: usize = 100_000;
/// Rows of the plot, and its columns at most.
const HEIGHT: usize = 12;
const WIDTH: usize = 100;
/// Columns that the scale takes at most.
const SCALE: usize = 22;
/// Runs in the table.
const LISTED: usize = 10;
/// Series that are named where several are meant.
const NAMED: usize = 20;

/// What stands below the options.
pub const HELP: &str = "\
SERIES is a name as it is or as `chimera-insight series` shows it, a part of one that no other has, or words that are all in one name and in
no other; whole words win over parts of words. Levels and changes are those of the whole history, however few runs are shown:

  chimera-insight history ttft gpu=40
  chimera-insight history 'reports/gemma3/tuning [gpu=40] ttft (s)' --since 7d

Exit codes: 0 well, 2 no series is meant, or more than one, 3 failure (no index), 78 bad configuration.";

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
    let mut meant = meant::find(store.series(|_| true)?, &wanted);
    if meant.len() != 1 {
        return Ok(unclear(&wanted, &meant));
    }
    let Some(mut one) = meant.pop() else { return Ok(EXIT_USAGE) };
    settings.kept.overrides.direct(&one.series, &mut one.direction);
    let course = store.course(None, &one.series, MOST)?.unwrap_or_default();
    let since = args.since.map(|since| since.before(SystemClock.now()));
    let tuning = settings.kept.overrides.of(&one.series).tuning(settings.judge.tuning);
    let verdict = store.newest_verdict(&one.series)?;
    let window = Window::of(course, &one, verdict.as_ref(), &tuning, (args.most(), since));
    let alerts = open_alerts(&store, &one.series)?;
    if args.view.json {
        output::json(&as_json(&one, &window, &alerts))?;
    } else {
        let terminal = Terminal::of_stdout();
        let terminal = Terminal { unicode: terminal.unicode && !args.ascii, ..terminal };
        let zone = setup::zone(&args.view.place)?;
        output::painted(&for_people(&one, &window, &alerts, &zone, terminal))?;
    }
    Ok(0)
}

impl HistoryArgs {
    /// Runs to show at most.
    fn most(&self) -> usize {
        let all = if self.since.is_some() { MOST } else { LAST };
        self.last.map_or(all, |last| usize::try_from(last).unwrap_or(MOST).min(MOST))
    }
}

/// Says which series may have been meant, on standard error, and what to do.
fn unclear(wanted: &str, meant: &[SeriesSummary]) -> u8 {
    let wanted = output::plain(&output::shortened(wanted, 80, "..."));
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

/// An alert that is not over and has the series among its members.
struct OpenAlert {
    id: i64,
    kind: AlertKind,
    state: AlertState,
    /// Since when it is in this state.
    state_since: Timestamp,
    /// Since when the series is off its good level: when it changed, and not when that was found.
    bad_since: Timestamp,
}

impl OpenAlert {
    fn told(&self, zone: &Zone) -> String {
        let bad = match self.kind {
            AlertKind::Regression => "the level changed",
            AlertKind::Budget => "its limit is broken since",
            AlertKind::Absence => "nothing has come since",
            AlertKind::Environment => "what moved changed",
        };
        let (state, bad_since) = (zone.show_minute(self.state_since), zone.show_minute(self.bad_since));
        let Self { id, .. } = self;
        format!(
            "alert {id}: {} since {state}; {bad} {bad_since}: `chimera-insight alerts show {id}`",
            self.state.as_str()
        )
    }
}

fn open_alerts(store: &Store, series: &SeriesKey) -> Result<Vec<OpenAlert>> {
    let mut open = Vec::new();
    for alert in store.alerts()?.into_iter().filter(|alert| alert.record.state.is_open()) {
        let Some(member) = alert.record.members.iter().find(|member| member.series == *series) else { continue };
        let (id, kind, state) = (alert.id, alert.record.key.kind, alert.record.state);
        let life = store.alert(id)?.map(|(_, life)| life).unwrap_or_default();
        let entered = life.iter().rev().find(|step| step.to == state && step.from != Some(state));
        let state_since = entered.map_or(alert.record.opened_at, |step| step.at);
        open.push(OpenAlert { id, kind, state, state_since, bad_since: member.since });
    }
    Ok(open)
}

fn for_people(one: &SeriesSummary, window: &Window, alerts: &[OpenAlert], zone: &Zone, terminal: Terminal) -> String {
    let history = &window.history;
    let mut out = format!("{}\n", terminal.paint(Ink::Heading, &output::plain(&one.series.to_string())));
    let width = terminal.width.saturating_sub(SCALE).clamp(20, WIDTH);
    let plotted = plot(history, Shape { width, height: HEIGHT, ascii: !terminal.unicode });
    out += &format!("{}\n", terminal.paint(Ink::Faint, &terminal.spelt(&subtitle(one, history, &plotted.unit))));
    if history.points.is_empty() {
        return out + "no run of it counts in this time; without --since all are shown\n";
    }
    out.push('\n');
    out += &picture(&plotted, terminal);
    out += &span(history, zone);
    out.push('\n');
    if history.left_out > 0 {
        out += &format!("levels and changes are those of all {} runs\n", history.left_out + history.points.len());
    }
    out += &levels(window, &plotted.unit, zone, terminal);
    for alert in alerts {
        out += &format!("{}\n", terminal.paint(Ink::Bad, &alert.told(zone)));
    }
    out.push('\n');
    out += &newest(history, &plotted.unit, zone, terminal);
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
fn levels(window: &Window, unit: &Unit, zone: &Zone, terminal: Terminal) -> String {
    let history = &window.history;
    let spread = spread(history);
    let mut out = String::new();
    for stretch in &window.stretches {
        let mut text = finely(stretch.level.level, spread, &history.unit, unit);
        if let Some(noise) = stretch.level.noise.filter(|noise| *noise > 0.0) {
            let noise = told(noise, &history.unit, unit);
            // Of the same quantity reports and alerts have the same number; what is only told of these runs says so.
            text += &match stretch.judged {
                true => format!(", single runs scatter by about {noise}"),
                false => format!(", its {} runs deviate by {noise} (1.4826 times the median deviation)", stretch.runs),
            };
        }
        if stretch.change.is_some() {
            text += &format!(", since {}", zone.show_minute(stretch.began));
            text.extend(stretch.commit.as_ref().map(|commit| format!(" at {}", short_commit(commit))));
        }
        if let Some((_, Some(moved))) = stretch.change {
            text += &format!(": {:+.1} %", moved * 100.0);
        }
        let (word, ink) = match stretch.change {
            Some((Some(true), _)) => ("worse ", Ink::Bad),
            Some((Some(false), _)) => ("better", Ink::Good),
            Some((None, _)) => ("change", Ink::Doubtful),
            None => ("level ", Ink::Plain),
        };
        out += &format!("{}\n", terminal.paint(ink, &format!("{word}  {}", terminal.spelt(&output::plain(&text)))));
    }
    out
}

/// How far apart the runs that are shown lie, in the unit of the series.
fn spread(history: &History) -> f64 {
    let values = || history.points.iter().map(|point| point.value);
    values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
}

/// The newest runs, the newest first.
fn newest(history: &History, unit: &Unit, zone: &Zone, terminal: Terminal) -> String {
    let points: Vec<_> = history.points.iter().rev().take(LISTED).collect();
    let values: Vec<f64> =
        points.iter().map(|point| history.unit.convert(point.value, unit).unwrap_or(point.value)).collect();
    let rows: Vec<Vec<String>> = points
        .iter()
        .zip(columns(&values))
        .map(|(point, value)| {
            let commit =
                point.commit.as_deref().map_or_else(String::new, |commit| terminal.shortened(short_commit(commit), 24));
            vec![zone.show(point.at), value, commit, format!("{} {}", point.path, point.cell)]
        })
        .collect();
    let title = if unit.is_none() { "value".to_owned() } else { terminal.spelt(unit.symbol()) };
    output::table(&["time", &title, "commit", "artifact"], &rows)
}

fn as_json(one: &SeriesSummary, window: &Window, alerts: &[OpenAlert]) -> Value {
    let SeriesKey { benchmark, case, params, metric, unit, environment } = &one.series;
    let Window { history, samples, stretches } = window;
    let direction: Direction = one.direction;
    json!({
        "series": { "benchmark": benchmark, "case": case, "params": params, "metric": metric, "unit": unit.as_str(),
                    "environment": environment, "direction": direction.as_str() },
        "runs": history.points.iter().zip(samples).map(|(point, n)| json!({
            "time": point.at.to_string(), "value": point.value, "n": n, "commit": point.commit, "path": point.path,
            "cell": point.cell,
        })).collect::<Vec<_>>(),
        "left_out": history.left_out, "excluded": one.excluded,
        // Of the whole history; `from`, `to` and `index` are places in `runs`.
        "levels": stretches.iter().map(|stretch| json!({
            "from": stretch.level.from, "to": stretch.level.to, "level": stretch.level.level,
            "noise": stretch.level.noise, "noise_of": stretch.noise_of(), "runs": stretch.runs,
            "since": stretch.began.to_string(), "commit": stretch.commit, "worse": stretch.change.and_then(|(worse, _)| worse),
            "effect": stretch.change.and_then(|(_, effect)| effect),
        })).collect::<Vec<_>>(),
        "changes": history.changes.iter().map(|turn| json!({
            "index": turn.index, "worse": turn.worse,
            "at": history.points.get(turn.index).map(|point| point.at.to_string()),
        })).collect::<Vec<_>>(),
        "alerts": alerts.iter().map(|alert| json!({
            "id": alert.id, "kind": alert.kind.as_str(), "state": alert.state.as_str(),
            "state_since": alert.state_since.to_string(), "bad_since": alert.bad_since.to_string(),
        })).collect::<Vec<_>>(),
    })
}
