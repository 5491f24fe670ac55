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

pub(super) fn all(observations: &Observations) -> impl Iterator<Item = &Statement> {
    observations.observations.iter().chain(&observations.gaps)
}

/// A report of what passed, checked: each statement by itself, the summary as a paragraph, the risks as rows.
pub(super) fn stands(found: &Observations, advice: &Advice, ledger: &Ledger, shown: &Shown) {
    let mut ledger = ledger.clone();
    let at: Timestamp = "2026-03-04T05:06:07Z".parse().expect("a time");
    let mut known = Known::default();
    known.time(at);
    known.name("landing=7");
    shown.names.iter().for_each(|name| known.name(name));
    let blocks = blocks(found, advice, &mut ledger);
    let mut analysis = Analysis {
        header: Header { landing: 7, at, backfill: false, zone: Default::default() },
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
    analysis.sections.push(Section::new("What the models say", blocks));
    assert_eq!(misses(&analysis), without, "{}", report::markdown(&analysis));
}

fn blocks(found: &Observations, advice: &Advice, ledger: &mut Ledger) -> Vec<Block> {
    let mut prose = |statement: &Statement| statement.prose(ledger).expect("what passed can be rendered");
    let recommended = advice.recommendations.iter().map(|(_, statement)| statement);
    let told: Vec<Prose> = all(found).chain(&advice.summary).chain(recommended).map(&mut prose).collect();
    let summary = advice.summary.iter().map(&mut prose);
    let summary = summary.reduce(|before, next| before.then(Prose::new(" ")).then(next)).unwrap_or_default();
    let mut table = Table::new(&["risk", "mitigation"]);
    let row =
        |(risk, mitigation): &(Statement, Statement)| vec![Cell::Prose(prose(risk)), Cell::Prose(prose(mitigation))];
    table.rows = advice.risks.iter().map(row).collect();
    let mut blocks: Vec<Block> = told.iter().cloned().map(Block::Paragraph).collect();
    blocks.extend([Block::Bullets(told.clone()), Block::Numbered(told), Block::Paragraph(summary)]);
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
    }
    blocks
}
