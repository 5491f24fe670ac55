//! A small ledger with what was shown of it, and the way of a statement into a report that is checked.

use jiff::Timestamp;

use crate::dialogue::gate::{Advice, Observations};
use crate::dialogue::{Shown, Statement};
use crate::domain::artifact::ContentHash;
use crate::domain::fact::FactId;
use crate::domain::units::Unit;
use crate::insight::{Analysis, Block, Cell, Header, Known, Ledger, Prose, Section, Table, check};
use crate::report;

pub(super) fn ledger() -> Ledger {
    let mut ledger = Ledger::new();
    let hash = ContentHash::of(b"x");
    let mut cell = |name: &str, value: f64, unit: &str, row: u32| {
        ledger.cell(name, value, Unit::new(unit), "reports/a1.csv", hash, format!("row {row}, column x"))
    };
    let one = cell("median latency of reports/a1 [model=gemma3:latest]", 15.5, "ms", 1);
    let other = cell("median latency of reports/a1 [model=llama3.1:8b]", 12.34, "ms", 2);
    cell("p95 latency of reports/a1 [model=gemma3:latest]", 20.25, "ms", 3);
    cell("throughput of reports/a1 [model=gemma3:latest]", 46.5, "tok/s", 4);
    cell("throughput of reports/a1 [model=llama3.1:8b]", 76.59, "tok/s", 5);
    ledger.count("csv artifacts", 29);
    let value = 100.0 * (15.5 - 12.34) / 12.34;
    let formula = format!("100 * ({one} - {other}) / |{other}|");
    let name = "effect on latency of reports/a1 [model=gemma3:latest]";
    ledger.derived(name, value, Unit::new("percent"), formula, &[one, other]);
    ledger.count("series with the verdict regression", 1);
    ledger
}

pub(super) fn shown() -> Shown {
    let names = ["gemma3:latest", "llama3.1:8b", "reports/a1", "latency"];
    Shown { facts: (1..=8).map(FactId).collect(), names: names.map(str::to_owned).to_vec(), left_out: 0 }
}

/// All statements of the insight agent.
pub(super) fn found(advice: &Advice) {
    let recommended = advice.recommendations.iter().map(|(_, statement)| statement);
    let risks = advice.risks.iter().flat_map(|(risk, mitigation)| [risk, mitigation]);
    stands(advice.summary.iter().chain(recommended).chain(risks), &ledger(), &shown());
}

pub(super) fn all(observations: &Observations) -> impl Iterator<Item = &Statement> {
    observations.observations.iter().chain(&observations.gaps)
}

/// A report of statements alone, checked; gives its Markdown.
pub(super) fn stands<'a>(statements: impl Iterator<Item = &'a Statement>, ledger: &Ledger, shown: &Shown) -> String {
    let mut ledger = ledger.clone();
    let told: Vec<Prose> = statements
        .map(|statement| statement.prose(&mut ledger).expect("a statement that passed can be rendered"))
        .collect();
    let at: Timestamp = "2026-03-04T05:06:07Z".parse().expect("a time");
    let mut known = Known::default();
    known.time(at);
    known.name("landing=7");
    shown.names.iter().for_each(|name| known.name(name));
    let mut analysis = Analysis {
        header: Header { landing: 7, at, backfill: false },
        verdict: Prose::new("Nothing regressed."),
        arrived: Prose::new("Nothing arrived."),
        briefing: Default::default(),
        sections: Vec::new(),
        front: 0,
        ledger,
    };
    let misses = |analysis: &Analysis| -> Vec<(String, String)> {
        let misses = check(&report::markdown(analysis), &analysis.ledger, &known);
        misses.into_iter().map(|miss| (miss.text, miss.why)).collect()
    };
    // A random ledger may hold what no report can print; only what the statements add is theirs.
    let without = misses(&analysis);
    let paragraphs = told.iter().cloned().map(Block::Paragraph);
    let mut table = Table::new(&["risk", "mitigation"]);
    table.rows = told.chunks(2).map(|row| row.iter().cloned().map(Cell::Prose).collect()).collect();
    table.rows.retain(|row| row.len() == 2);
    let blocks = [Block::Bullets(told.clone()), Block::Numbered(told.clone()), Block::Table(table)];
    let blocks = blocks.into_iter().chain(paragraphs).collect();
    analysis.sections.push(Section::new("What the models say", blocks));
    let markdown = report::markdown(&analysis);
    assert_eq!(misses(&analysis), without, "{markdown}");
    markdown
}
