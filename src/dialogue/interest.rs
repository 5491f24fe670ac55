//! Which facts a model should see first when not all of them fit: what changed with its before and after, then the rest of the first
//! page, then what was measured, then what was merely counted, and settings last.

use std::collections::HashSet;

use super::statement::printable;
use crate::domain::fact::{FactId, Source};
use crate::insight::{ADVICE, Analysis, Block, Cell, FINDINGS, Ledger, Prose, RISKS, SUMMARY, Section, Span, Table};

/// All facts that a statement could print, the most telling first.
pub(super) fn order(analysis: &Analysis) -> Vec<FactId> {
    let mut order = Order { ledger: &analysis.ledger, seen: HashSet::new(), ids: Vec::new() };
    order.take(&analysis.verdict.refs());
    let front = || analysis.sections.iter().take(analysis.front);
    let answer = order.ids.len();
    front().filter(|section| is_of_changes(section)).for_each(|section| order.section(section));
    // Levels and effects of everything that moved come before the numbers of runs behind any of it.
    if let Some(moved) = order.ids.get_mut(answer..) {
        moved.sort_by_key(|id| kind(*id, &analysis.ledger));
    }
    front().filter(|section| !is_of_changes(section)).for_each(|section| order.section(section));
    order.take(&analysis.arrived.refs());
    let page = order.ids.len();
    analysis.sections.iter().skip(analysis.front).for_each(|section| order.section(section));
    let all: Vec<FactId> = analysis.ledger.facts().iter().map(|fact| fact.id).collect();
    order.take(&all);
    if let Some(rest) = order.ids.get_mut(page..) {
        rest.sort_by_key(|id| kind(*id, &analysis.ledger));
    }
    order.ids
}

/// Whether a section of the first page tells what moved: all but those that the agents and the findings have.
pub(super) fn is_of_changes(section: &Section) -> bool {
    ![SUMMARY, FINDINGS, ADVICE, RISKS].contains(&section.title.as_str())
}

/// Measured facts come before counted ones, settings last.
fn kind(id: FactId, ledger: &Ledger) -> u8 {
    match ledger.get(id).map(|fact| &fact.source) {
        Some(Source::Cell { .. } | Source::Cells { .. } | Source::Derived { .. }) => 0,
        Some(Source::Count { .. }) => 1,
        Some(Source::Setting { .. }) | None => 2,
    }
}

struct Order<'a> {
    ledger: &'a Ledger,
    seen: HashSet<FactId>,
    ids: Vec<FactId>,
}

impl Order<'_> {
    fn take(&mut self, ids: &[FactId]) {
        for id in ids {
            if printable(*id, self.ledger).is_some() && self.seen.insert(*id) {
                self.ids.push(*id);
            }
        }
    }

    fn section(&mut self, section: &Section) {
        for block in &section.blocks {
            match block {
                Block::Heading(prose) | Block::Paragraph(prose) => self.take(&prose.refs()),
                Block::Bullets(items) | Block::Numbered(items) => items.iter().for_each(|item| self.take(&item.refs())),
                Block::Table(table) => table.rows.iter().for_each(|row| self.take(&Table::refs(row))),
                Block::Levels(levels) => self.take(&levels.told.refs()),
                Block::Figure(_) => {}
            }
        }
    }
}

/// All names out of the data that the analysis has.
pub(super) fn names(analysis: &Analysis) -> HashSet<&str> {
    let mut names: HashSet<&str> = of_prose(&analysis.verdict).chain(of_prose(&analysis.arrived)).collect();
    for block in analysis.sections.iter().flat_map(|section| &section.blocks) {
        match block {
            Block::Heading(prose) | Block::Paragraph(prose) => names.extend(of_prose(prose)),
            Block::Bullets(items) | Block::Numbered(items) => names.extend(items.iter().flat_map(of_prose)),
            Block::Table(table) => names.extend(table.rows.iter().flatten().filter_map(|cell| match cell {
                Cell::Name(name) => Some(name.as_str()),
                _ => None,
            })),
            Block::Levels(levels) => names.extend(of_prose(&levels.told)),
            Block::Figure(_) => {}
        }
    }
    names
}

fn of_prose(prose: &Prose) -> impl Iterator<Item = &str> {
    prose.0.iter().filter_map(|span| if let Span::Name(name) = span { Some(name.as_str()) } else { None })
}
