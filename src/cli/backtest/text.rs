//! What `backtest` prints for people: benchmarks, worst first; of each series a sparkline and what would have been said of it; totals.

use std::fmt::Write as _;

use super::outcome::{Event, Outcome, Totals};
use super::past::{Gathered, Past};
use crate::analysis::significant;
use crate::cli::output;
use crate::cli::terminal::{Ink, Terminal};
use crate::domain::run::short_commit;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::report::sparkline;

/// Series shown unless all are asked for.
const SHOWN: usize = 60;
/// Columns of a sparkline, at least and at most.
const SPARK: (usize, usize) = (12, 80);
/// Problems that are listed.
const PROBLEMS: usize = 10;
/// What stands above the events.
const HEADER: [&str; 8] = ["said", "since run", "at", "commit", "before → after", "effect", "told at", "delay"];

/// What the totals are about.
pub(super) struct Page<'a> {
    pub gathered: &'a Gathered,
    pub totals: &'a Totals,
    /// What was replayed with, in words.
    pub settings: String,
    /// Fewest runs of which anything is said.
    pub least: usize,
    pub all: bool,
    pub terminal: Terminal,
    pub zone: Zone,
}

impl Page<'_> {
    /// The whole text.
    pub fn text(&self, groups: &[Vec<Outcome<'_>>]) -> String {
        let mut room = if self.all { usize::MAX } else { SHOWN };
        let shown: Vec<Vec<&Outcome<'_>>> = groups
            .iter()
            .map(|group| {
                let worth = group.iter().filter(|outcome| self.all || !outcome.events.is_empty()).take(room);
                let taken: Vec<&Outcome<'_>> = worth.collect();
                room -= taken.len().min(room);
                taken
            })
            .filter(|group| !group.is_empty())
            .collect();
        let told = groups.iter().flatten().filter(|outcome| !outcome.events.is_empty()).count();
        let mut out = self.series(&shown);
        if !self.all && told > SHOWN {
            let _ =
                writeln!(out, "and {} more series: --all or --json shows them, --only TEXT chooses\n", told - SHOWN);
        }
        out + &self.totals()
    }

    /// The benchmarks with their series.
    fn series(&self, groups: &[Vec<&Outcome<'_>>]) -> String {
        let outcomes = || groups.iter().flatten().copied();
        let rows: Vec<[String; 8]> = outcomes()
            .flat_map(|outcome| {
                outcome.events.iter().map(|event| cells(outcome.past, event, &self.zone, self.terminal))
            })
            .collect();
        let columns = self.columns(&rows);
        let widest = |cell: fn(&Past) -> String| outcomes().map(|o| cell(o.past).chars().count()).max().unwrap_or(0);
        let widths = (widest(name).min(self.terminal.width * 2 / 5), widest(unit), widest(runs));
        let left = self.terminal.width.saturating_sub(widths.0 + widths.1 + widths.2 + 8);
        let spark = left.clamp(SPARK.0, SPARK.1);
        let mut out = String::new();
        if !rows.is_empty() {
            let line = event_line(&HEADER.map(str::to_owned), &columns);
            let _ = writeln!(out, "{}\n", self.terminal.paint(Ink::Faint, &line));
        }
        let mut rows = rows.iter();
        for group in groups {
            let Some(first) = group.first() else { continue };
            let _ = writeln!(out, "{}", self.terminal.paint(Ink::Heading, &clean(&first.past.series.benchmark)));
            for outcome in group {
                out += &self.head(outcome, widths, spark);
                for (event, row) in outcome.events.iter().zip(rows.by_ref()) {
                    let _ = writeln!(out, "{}", self.terminal.paint(ink(event), &event_line(row, &columns)));
                }
            }
            out.push('\n');
        }
        out
    }

    /// A series' name, unit, runs and sparkline.
    fn head(&self, outcome: &Outcome<'_>, widths: (usize, usize, usize), width: usize) -> String {
        let past = outcome.past;
        let values: Vec<f64> = past.points.iter().map(|point| point.value).collect();
        let mut cuts: Vec<usize> = outcome.events.iter().map(|event| event.change().index).collect();
        cuts.dedup();
        let segments = sparkline(&values, &cuts, width);
        // Each segment is in the colour of what began it.
        let inks = [Ink::Plain].into_iter().chain(outcome.events.iter().map(ink));
        let drawn: Vec<String> = segments
            .iter()
            .zip(inks.chain(std::iter::repeat(Ink::Plain)))
            .map(|(s, i)| self.terminal.paint(i, s))
            .collect();
        let name = pad(&self.terminal.shortened(&name(past), widths.0), widths.0);
        let runs = runs(past);
        let line = format!("  {name}  {}  {runs:>2$}  {}", pad(&unit(past), widths.1), drawn.join("│"), widths.2);
        format!("{}\n", line.trim_end())
    }

    /// Widths of the events' columns; 0 for those that are left out. Where the line is too short the time of day goes first, then the
    /// commit, then the date; what is empty everywhere goes always.
    fn columns(&self, rows: &[[String; 8]]) -> [usize; 8] {
        let mut widths: [usize; 8] = std::array::from_fn(|column| {
            let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            if widest == 0 { 0 } else { widest.max(HEADER[column].chars().count()) }
        });
        let total =
            |widths: &[usize; 8]| 2 + widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>();
        for (column, least) in [(2, "2026-01-01".len()), (3, 0), (2, 0)] {
            if total(&widths) > self.terminal.width && widths[column] > least {
                widths[column] = least;
            }
        }
        widths
    }

    fn totals(&self) -> String {
        let totals = self.totals;
        let mut lines = vec![("read", self.read())];
        // Noughts about histories of which nothing can be said would look like good news.
        if totals.series > totals.too_short {
            lines.push(("alarms", alarms(totals)));
            lines.extend(totals.median_delay.map(|delay| ("delay", delay_line(delay))));
            lines.push((
                "candidates",
                format!("{} that no further run confirmed: in reports, in no mail", totals.candidates),
            ));
            lines
                .push(("hindsight", format!("{} that only the whole history shows", counted(totals.missed, "change"))));
            lines.extend(
                totals.landings.zip(totals.mails).map(|(landings, mails)| ("mails", mail_line(mails, landings))),
            );
        }
        lines.push(("settings", self.settings.clone()));
        lines.extend(self.gathered.problems.iter().take(PROBLEMS).map(|problem| ("not used", clean(problem))));
        if self.gathered.problems.len() > PROBLEMS {
            lines.push(("not used", format!("and {} more", self.gathered.problems.len() - PROBLEMS)));
        }
        let mut out = String::new();
        for (what, text) in lines {
            let _ = writeln!(out, "{}{text}", self.terminal.paint(Ink::Faint, &pad(what, 12)));
        }
        if let Some(honest) = self.too_short() {
            let _ = writeln!(out, "\n{}", self.terminal.paint(Ink::Doubtful, &honest));
        }
        out
    }

    fn read(&self) -> String {
        let (totals, gathered) = (self.totals, self.gathered);
        let chosen = gathered.before_choice.map(|all| format!(" (of {all})"));
        let files =
            gathered.files.map(|files| format!(" ({})", counted(usize::try_from(files).unwrap_or(usize::MAX), "file")));
        let span = totals
            .first
            .zip(totals.last)
            .map(|(first, last)| format!(", {} to {}", self.zone.day(first), self.zone.day(last)));
        format!(
            "{}{} with {} in {}{}{}",
            counted_plural(totals.series, "series", "series"),
            chosen.unwrap_or_default(),
            counted(totals.runs, "run"),
            clean(&gathered.source),
            files.unwrap_or_default(),
            span.unwrap_or_default(),
        )
    }

    /// What must be said when the histories allow no conclusion.
    fn too_short(&self) -> Option<String> {
        let (totals, least) = (self.totals, self.least);
        if totals.series == 0 {
            return Some("There is no history: nothing can be said.".to_owned());
        }
        if totals.too_short == totals.series {
            return Some(format!(
                "Every series has fewer than {least} runs: nothing can be said of this history, neither good nor bad."
            ));
        }
        (totals.too_short > 0).then(|| {
            format!(
                "{} of {} series have fewer than {least} runs: nothing can be said of those.",
                totals.too_short, totals.series
            )
        })
    }
}

fn ink(event: &Event<'_>) -> Ink {
    match event {
        Event::Told(VerdictKind::Regression, _) => Ink::Bad,
        Event::Told(VerdictKind::Improvement, _) => Ink::Good,
        Event::Told(..) => Ink::Plain,
        Event::Missed(_) => Ink::Doubtful,
    }
}

/// The cells of an event, in the order of the header.
fn cells(past: &Past, event: &Event<'_>, zone: &Zone, terminal: Terminal) -> [String; 8] {
    let change = event.change();
    let (said, told, delay) = match event {
        Event::Told(kind, alarm) => {
            let run = format!("run {}", past.run(alarm.index) + 1);
            let time = past.seconds(change.index, alarm.index).map(|seconds| format!(", {}", duration(seconds)));
            (kind.as_str(), run, format!("{}{}", counted(alarm.delay(), "run"), time.unwrap_or_default()))
        }
        Event::Missed(_) => ("hindsight", "never".to_owned(), String::new()),
    };
    let at = past.at(change.index).map(|at| zone.show_minute(at));
    [
        said.to_owned(),
        format!("run {}", past.run(change.index) + 1),
        at.unwrap_or_default(),
        past.commit(change.index)
            .map(|commit| terminal.shortened(short_commit(&clean(commit)), 12))
            .unwrap_or_default(),
        levels(&past.series.unit, change.before, change.after),
        effect(change.before, change.effect),
        told,
        delay,
    ]
}

/// The levels in the unit of the series, which stands in its line, or in a step of it that is short to read, which is said.
fn levels(own: &Unit, before: f64, after: f64) -> String {
    let unit = own.readable([before, after]);
    match own.convert(before, &unit).zip(own.convert(after, &unit)) {
        Some((before, after)) if unit != *own => {
            format!("{} → {} {}", significant(before), significant(after), unit.symbol())
        }
        _ => format!("{} → {}", significant(before), significant(after)),
    }
}

/// In percent; where the level was 0 there is no percentage, and the levels say it all.
fn effect(before: f64, effect: f64) -> String {
    if before == 0.0 { String::new() } else { format!("{:+.1} %", effect * 100.0) }
}

fn event_line(cells: &[String; 8], widths: &[usize; 8]) -> String {
    let shown = cells.iter().zip(widths).filter(|(_, width)| **width > 0);
    // A time that is too long for its column loses the hours, and nothing else is ever too long but its own header.
    let padded: Vec<String> =
        shown.map(|(cell, &width)| pad(&cell.chars().take(width).collect::<String>(), width)).collect();
    format!("    {}", padded.join("  ").trim_end())
}

fn name(past: &Past) -> String {
    let (series, label) = (&past.series, past.series.label());
    let mut name = series.metric.clone();
    if !label.is_empty() {
        name = format!("{name} [{label}]");
    }
    if !series.environment.is_empty() {
        let _ = write!(name, " @{}", series.environment);
    }
    clean(&name)
}

fn unit(past: &Past) -> String {
    clean(past.series.unit.as_str())
}

fn runs(past: &Past) -> String {
    counted(past.own(), "run")
}

fn alarms(totals: &Totals) -> String {
    let rate = totals.per_thousand().map_or_else(String::new, |rate| format!("; {rate:.2} in 1000 runs"));
    format!(
        "{}, {}, {} without a better direction, {}{rate}",
        counted(totals.regressions, "regression"),
        counted(totals.improvements, "improvement"),
        counted(totals.changes, "change"),
        counted(totals.drifts, "drift"),
    )
}

fn delay_line(delay: usize) -> String {
    format!("{} from the change to the alarm (median; the first changed run is 1)", counted(delay, "run"))
}

fn mail_line(mails: usize, landings: usize) -> String {
    format!("{mails} about regressions in {}, each run taken to land at its time", counted(landings, "landing"))
}

fn counted(count: usize, noun: &str) -> String {
    counted_plural(count, noun, &format!("{noun}s"))
}

fn counted_plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Seconds in the largest unit that leaves two digits or more: `45 s`, `90 min`, `26 h`, `12 d`.
fn duration(seconds: f64) -> String {
    let scale = [(86_400.0, "d", 3.0), (3_600.0, "h", 2.0), (60.0, "min", 2.0)];
    let fits = scale.into_iter().find(|(size, _, least)| seconds >= size * least);
    fits.map_or_else(|| format!("{seconds:.0} s"), |(size, unit, _)| format!("{:.0} {unit}", seconds / size))
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

/// Text from files, which must not move the cursor or change colours.
fn clean(text: &str) -> String {
    output::plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_a_unit_that_suits_them() {
        let told: Vec<String> = [0.0, 59.4, 90.0, 7_100.0, 172_800.0, 864_000.0].into_iter().map(duration).collect();
        assert_eq!(told, ["0 s", "59 s", "90 s", "118 min", "48 h", "10 d"]);
    }

    #[test]
    fn levels_are_told_in_a_unit_that_is_short_to_read() {
        let told = |before, after| levels(&Unit::new("bytes"), before, after);
        assert_eq!(told(8_403_900_312.0, 9_077_305_268.0), "8.404 → 9.077 GB");
        assert_eq!(told(100.0, 130.25), "100 → 130.2");
    }

    #[test]
    fn there_is_no_percentage_of_nothing() {
        assert_eq!((effect(0.0, 3.0), effect(2.0, -0.25)), (String::new(), "-25.0 %".to_owned()));
    }

    #[test]
    fn names_from_files_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
    }
}
