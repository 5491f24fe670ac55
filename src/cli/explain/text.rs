//! What `explain` prints for people: a head, what was decided for every column, what is missing, the measurements, and a rule to
//! paste when something was unsure.
//!
//! Long lists are cut and long cells shortened unless all is asked for; what was left out is counted.

use std::fmt::Write as _;

use super::json::word_of;
use super::{Explained, output};
use crate::artifact::{Decision, Parsed, Reading, Role};
use crate::cli::terminal::Terminal;
use crate::domain::run::{RunInfo, short_commit};

/// Measurements shown unless all are asked for.
const MEASUREMENTS: usize = 40;
/// Runs shown unless all are asked for.
const RUNS: usize = 5;
/// Columns shown unless all are asked for.
const DECISIONS: usize = 80;
/// Characters of a cell shown unless all are asked for.
const CELL: usize = 60;

/// The whole text; `all` of every list.
pub(super) fn of(explained: &Explained, all: bool) -> String {
    let page = Page { explained, parsed: &explained.parsed, all };
    let parts = [page.head(), page.decisions(), page.missing(), page.measurements(), page.suggestion()];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("\n")
}

struct Page<'e> {
    explained: &'e Explained,
    parsed: &'e Parsed,
    all: bool,
}

impl Page<'_> {
    fn head(&self) -> String {
        let mut lines = vec![("format", self.parsed.format.clone()), ("benchmark", self.explained.benchmark.clone())];
        lines.extend(self.explained.rules.iter().map(|glob| ("rule", glob.clone())));
        lines.extend(self.parsed.constants.iter().map(|(name, value)| ("subject", format!("{name} = {value}"))));
        let runs = &self.parsed.runs;
        let shown = if self.all { runs.len() } else { RUNS };
        lines.extend(runs.iter().take(shown).map(|info| ("run", run(info))));
        if runs.len() > shown {
            lines.push(("", format!("and {} runs more", runs.len() - shown)));
        }
        lines.iter().map(|(what, text)| format!("{what:<12}{text}\n")).collect()
    }

    /// One table for every group of tables that were decided alike.
    fn decisions(&self) -> String {
        let groups = groups(&self.parsed.decisions);
        let (mut out, mut shown, mut hidden) = (Vec::new(), 0, 0);
        for (tables, decisions) in &groups {
            let room = if self.all { usize::MAX } else { DECISIONS.saturating_sub(shown) };
            let rows: Vec<Vec<String>> = decisions.iter().take(room).map(|decision| self.decision(decision)).collect();
            (shown, hidden) = (shown + rows.len(), hidden + decisions.len() - rows.len());
            if rows.is_empty() {
                continue;
            }
            let title = if groups.len() > 1 { format!("{}\n", title(tables)) } else { String::new() };
            out.push(title + &output::table(&["column", "taken as", "name", "unit", "better", "why"], &rows));
        }
        let mut out = out.join("\n");
        if hidden > 0 {
            let _ = writeln!(out, "and {hidden} more: --all shows them");
        }
        out
    }

    fn decision(&self, decision: &Decision) -> Vec<String> {
        let better = decision.direction.map_or("", |direction| direction.as_str());
        vec![
            if decision.field.is_empty() { "(no name)".to_owned() } else { self.cell(&decision.field) },
            format!("{}{}", decision.role, if decision.doubts.is_empty() { "" } else { "?" }),
            self.cell(&decision.name),
            decision.unit.clone(),
            better.to_owned(),
            decision.why.clone(),
        ]
    }

    fn missing(&self) -> String {
        let mut out = String::new();
        for gap in &self.parsed.gaps {
            let what = gap.kind.as_str().replace('_', " ");
            let subject = if gap.subject.is_empty() { String::new() } else { format!(" in {}", gap.subject) };
            let detail = if gap.detail.is_empty() { String::new() } else { format!(" ({})", gap.detail) };
            let _ =
                writeln!(out, "gap         {what}{subject}: {} of {}, first at {}{detail}", gap.count, gap.of, gap.at);
        }
        for warning in &self.parsed.warnings {
            let _ = writeln!(out, "warning     {warning}");
        }
        out
    }

    fn measurements(&self) -> String {
        let readings = &self.parsed.readings;
        let shown = if self.all { readings.len() } else { readings.len().min(MEASUREMENTS) };
        let columns: Vec<Column> = COLUMNS.iter().copied().filter(|(_, _, worth)| worth(self.parsed)).collect();
        let header: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
        let row = |reading: &Reading| columns.iter().map(|(_, cell, _)| self.cell(&cell(reading))).collect();
        let rows: Vec<Vec<String>> = readings.iter().take(shown).map(row).collect();
        if rows.is_empty() {
            return String::new();
        }
        let mut out = output::table(&header, &rows);
        if readings.len() > shown {
            let _ = writeln!(out, "and {} more: --all or --json shows them", readings.len() - shown);
        }
        out
    }

    fn suggestion(&self) -> String {
        let Some(rule) = &self.explained.suggestion else { return String::new() };
        format!(
            "What is marked with ? was not certain. To settle it, mend this rule and paste it into the configuration:\n\n{rule}"
        )
    }

    fn cell(&self, text: &str) -> String {
        if self.all { text.to_owned() } else { Terminal::of_stdout().shortened(text, CELL) }
    }
}

/// A column of the table of measurements: its head, its cell, and whether the file has anything to put there.
type Column = (&'static str, fn(&Reading) -> String, fn(&Parsed) -> bool);

const COLUMNS: &[Column] = &[
    ("run", |reading| reading.run.saturating_add(1).to_string(), |parsed| parsed.runs.len() > 1),
    ("case", |reading| reading.case.clone(), |parsed| parsed.readings.iter().any(|reading| !reading.case.is_empty())),
    ("parameters", parameters, |parsed| parsed.readings.iter().any(|reading| !reading.params.is_empty())),
    ("metric", |reading| reading.metric.clone(), |_| true),
    (
        "is",
        |reading| word_of(&reading.role).to_owned(),
        |parsed| parsed.readings.iter().any(|reading| reading.role != Role::Metric),
    ),
    ("value", |reading| reading.value.to_string(), |_| true),
    ("unit", |reading| reading.unit.to_string(), |_| true),
    ("better", |reading| reading.direction.as_str().to_owned(), |_| true),
    (
        "on",
        |reading| reading.environment.clone(),
        |parsed| parsed.readings.iter().any(|reading| !reading.environment.is_empty()),
    ),
    ("at", |reading| reading.at.to_string(), |_| true),
];

fn parameters(reading: &Reading) -> String {
    reading.params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn run(info: &RunInfo) -> String {
    let time = info.time.map_or_else(|| "no time in the file".to_owned(), |time| format!("{:.0}", time.at));
    let commit = info.commit.as_deref().map(short_commit);
    let said = [("commit", commit), ("branch", info.branch.as_deref()), ("host", info.host.as_deref())];
    let said = said.iter().filter_map(|(what, value)| value.map(|value| format!(", {what} {value}")));
    time + &said.collect::<String>()
}

/// Tables that were decided alike, with their decisions.
fn groups(decisions: &[Decision]) -> Vec<(Vec<&Decision>, Vec<&Decision>)> {
    let alike = |a: &[&Decision], b: &[Decision]| {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                (&a.field, a.role, &a.name, &a.unit, a.direction, &a.why, &a.doubts)
                    == (&b.field, b.role, &b.name, &b.unit, b.direction, &b.why, &b.doubts)
            })
    };
    let mut groups: Vec<(Vec<&Decision>, Vec<&Decision>)> = Vec::new();
    for table in decisions.chunk_by(|a, b| a.table == b.table) {
        let Some(first) = table.first() else { continue };
        match groups.iter_mut().find(|(_, known)| alike(known, table)) {
            Some((tables, _)) => tables.push(first),
            None => groups.push((vec![first], table.iter().collect())),
        }
    }
    groups
}

/// Names a group of tables by the first of each.
fn title(tables: &[&Decision]) -> String {
    let first = tables.first().map_or_else(String::new, |first| match first.place.as_str() {
        "" => format!("table {}", first.table),
        place => format!("table {}, {place}", first.table),
    });
    match tables.len() {
        0 | 1 => first,
        2 => format!("{first}, and another like it"),
        n => format!("{first}, and {} others like it", n - 1),
    }
}
