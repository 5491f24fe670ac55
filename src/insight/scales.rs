//! In which unit each fact of an analysis is told: what is read together shares one, and a fact has the same one everywhere.
//!
//! Three things bind facts: a row whose unit has a column of its own, a card about one change, and the rows of a table that begin alike.
//! What is bound is told in one unit; a sentence follows what its facts are bound to. Numbers without a unit beside them are told as they
//! stand, since a title says their unit. Facts themselves never change. It cannot fail, and is linear in the length of the analysis.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::document::{Block, Cell, Prose, Section, Span, Table};
use super::ledger::Ledger;
use crate::domain::fact::FactId;
use crate::domain::units::Unit;

/// The column that states the unit of its row's numbers.
const UNIT: &str = "unit";

/// How many times larger the largest of what is read together may be than the smallest: further apart one unit makes one of them hard
/// to read.
const APART: f64 = 1e5;

/// Decides for all facts that `sections` print, and sets the cells that state units.
pub fn settle(sections: &mut [Section], ledger: &mut Ledger) {
    let mut bonds = Bonds::default();
    for section in sections.iter() {
        cards(section, ledger, &mut bonds);
        for table in tables(section) {
            bonds.table(table, ledger);
        }
    }
    bonds.tell(ledger);
    for section in sections.iter_mut() {
        section.blocks.iter_mut().for_each(|block| {
            if let Block::Table(table) = block {
                state_units(table, ledger);
            }
        });
        section.blocks.iter().for_each(|block| sentences(block, ledger));
    }
}

/// Has the facts of one statement told in one unit each of their units: what is told already leads.
pub fn tell_together(prose: &Prose, ledger: &mut Ledger) {
    let mut sentence: Vec<FactId> = Vec::new();
    for span in &prose.0 {
        match span {
            Span::Value(id) | Span::Change(id) => sentence.push(*id),
            Span::Text(text) if text.contains(". ") => follow(&std::mem::take(&mut sentence), ledger),
            _ => {}
        }
    }
    follow(&sentence, ledger);
}

fn follow(sentence: &[FactId], ledger: &mut Ledger) {
    for (unit, ids) in by_unit(sentence, ledger) {
        let (told, open): (Vec<FactId>, Vec<FactId>) = ids.into_iter().partition(|id| ledger.told(*id).is_some());
        let mut leads = told.iter().filter_map(|id| ledger.told(*id).cloned());
        let first = leads.next();
        if first.is_some() && leads.any(|other| Some(&other) != first.as_ref()) {
            continue;
        }
        let unit = first.unwrap_or_else(|| unit.readable(values(&open, ledger)));
        open.into_iter().for_each(|id| ledger.tell(id, unit.clone()));
    }
}

/// Facts by their unit, in the order of the units; each once. What has no steps need not be told apart.
fn by_unit(ids: &[FactId], ledger: &Ledger) -> BTreeMap<Unit, Vec<FactId>> {
    let mut groups: BTreeMap<Unit, Vec<FactId>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for id in ids.iter().copied().filter(|id| seen.insert(*id)) {
        if let Some(unit) = ledger.get(id).map(|fact| &fact.unit).filter(|unit| unit.steps().next().is_some()) {
            groups.entry(unit.clone()).or_default().push(id);
        }
    }
    groups
}

fn values(ids: &[FactId], ledger: &Ledger) -> Vec<f64> {
    ids.iter().filter_map(|id| ledger.get(*id)).map(|fact| fact.value).collect()
}

/// Each card: from a heading to the next one, if levels are told in it.
fn cards(section: &Section, ledger: &Ledger, bonds: &mut Bonds) {
    for card in section.blocks.split(|block| matches!(block, Block::Heading(_))) {
        if !card.iter().any(|block| matches!(block, Block::Levels(_))) {
            continue;
        }
        let told = card.iter().flat_map(|block| match block {
            Block::Levels(levels) => vec![&levels.told],
            Block::Paragraph(prose) => vec![prose],
            Block::Bullets(items) | Block::Numbered(items) => items.iter().collect(),
            _ => Vec::new(),
        });
        let own: Vec<FactId> = told.flat_map(printed).collect();
        // The rows of the others follow the card as long as that leaves both readable.
        let all: Vec<FactId> = own.iter().copied().chain(card.iter().flat_map(in_cells)).collect();
        for ids in [own, all] {
            by_unit(&ids, ledger).into_values().for_each(|ids| bonds.bind(&ids, ledger));
        }
    }
}

fn printed(prose: &Prose) -> impl Iterator<Item = FactId> {
    prose.0.iter().filter_map(|span| match span {
        Span::Value(id) | Span::Change(id) => Some(*id),
        _ => None,
    })
}

/// The facts that stand in the cells of a table with their units.
fn in_cells(block: &Block) -> Vec<FactId> {
    let Block::Table(table) = block else { return Vec::new() };
    let cells = table.rows.iter().flatten();
    cells.filter_map(|cell| if let Cell::Value(id) | Cell::Change(id) = cell { Some(*id) } else { None }).collect()
}

fn tables(section: &Section) -> impl Iterator<Item = &Table> {
    section.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    })
}

fn sentences(block: &Block, ledger: &mut Ledger) {
    match block {
        Block::Heading(prose) | Block::Paragraph(prose) => tell_together(prose, ledger),
        Block::Bullets(items) | Block::Numbered(items) => items.iter().for_each(|item| tell_together(item, ledger)),
        Block::Levels(levels) => tell_together(&levels.told, ledger),
        Block::Table(table) => {
            for cell in table.rows.iter().flatten() {
                if let Cell::Prose(prose) = cell {
                    tell_together(prose, ledger);
                }
            }
            table.left_out.iter().for_each(|prose| tell_together(prose, ledger));
        }
        Block::Figure(_) => {}
    }
}

/// The numbers of a row that the column of units speaks of: of one unit with steps, all of them.
fn of_unit(row: &[Cell], ledger: &Ledger) -> Option<(Unit, Vec<FactId>)> {
    let ids = row.iter().filter_map(|cell| match cell {
        Cell::Number(id) => Some(*id),
        _ => None,
    });
    let mut measured = ids.filter_map(|id| ledger.get(id)).filter(|fact| fact.unit.as_str() != "count");
    let first = measured.next()?;
    let mut all = vec![first.id];
    for fact in measured {
        if fact.unit != first.unit {
            return None;
        }
        all.push(fact.id);
    }
    Some((first.unit.clone(), all))
}

fn state_units(table: &mut Table, ledger: &Ledger) {
    let Some(at) = table.columns.iter().position(|column| column.title == UNIT) else { return };
    for row in &mut table.rows {
        let told = of_unit(row, ledger).and_then(|(_, ids)| ledger.told(*ids.first()?).cloned());
        if let (Some(cell), Some(unit)) = (row.get_mut(at), told) {
            *cell = if unit.is_none() { Cell::Empty } else { Cell::Quote(unit.symbol().to_owned()) };
        }
    }
}

/// Facts that must be told alike: a forest in which each points towards the first of its tree.
#[derive(Debug, Default)]
struct Bonds {
    towards: HashMap<FactId, FactId>,
    /// Told in their own unit, whatever their values.
    pinned: HashSet<FactId>,
    /// In the order in which they were met.
    all: Vec<FactId>,
}

impl Bonds {
    fn table(&mut self, table: &Table, ledger: &Ledger) {
        let states = table.columns.iter().any(|column| column.title == UNIT);
        let mut alike: BTreeMap<(String, Unit), Vec<FactId>> = BTreeMap::new();
        for row in &table.rows {
            let stated = if states { of_unit(row, ledger).map(|(_, ids)| ids).unwrap_or_default() } else { Vec::new() };
            self.join(&stated);
            let numbers = row.iter().filter_map(|cell| match cell {
                Cell::Number(id) if !stated.contains(id) => Some(*id),
                _ => None,
            });
            numbers.for_each(|id| self.pin(id));
            let first = match row.first() {
                Some(Cell::Name(name) | Cell::Text(name) | Cell::Quote(name)) => name.clone(),
                _ => String::new(),
            };
            let valued: Vec<FactId> = row
                .iter()
                .filter_map(|cell| match cell {
                    Cell::Value(id) | Cell::Change(id) => Some(*id),
                    _ => None,
                })
                .collect();
            for (unit, ids) in by_unit(&valued, ledger) {
                alike.entry((first.clone(), unit)).or_default().extend(ids);
            }
        }
        alike.into_values().for_each(|ids| self.bind(&ids, ledger));
    }

    /// Joins facts of one unit unless they are too far apart.
    fn bind(&mut self, ids: &[FactId], ledger: &Ledger) {
        let sizes = || values(ids, ledger).into_iter().map(f64::abs).filter(|size| *size > 0.0);
        let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        if high <= low * APART {
            self.join(ids);
        }
    }

    fn join(&mut self, ids: &[FactId]) {
        let Some(&first) = ids.first() else { return };
        let mut root = self.root(first);
        for &id in ids {
            let other = self.root(id);
            // The earlier fact leads, so that the outcome does not depend on the order of the bonds.
            let (lead, follow) = (root.min(other), root.max(other));
            self.towards.insert(follow, lead);
            root = lead;
        }
    }

    fn pin(&mut self, id: FactId) {
        self.root(id);
        self.pinned.insert(id);
    }

    fn root(&mut self, id: FactId) -> FactId {
        let mut root = id;
        loop {
            let next = *self.towards.entry(root).or_insert_with(|| {
                self.all.push(root);
                root
            });
            if next == root {
                break;
            }
            root = next;
        }
        let mut at = id;
        while at != root {
            at = self.towards.insert(at, root).unwrap_or(root);
        }
        root
    }

    fn tell(mut self, ledger: &mut Ledger) {
        let mut trees: BTreeMap<FactId, (Vec<FactId>, bool)> = BTreeMap::new();
        for id in std::mem::take(&mut self.all) {
            let root = self.root(id);
            let tree = trees.entry(root).or_default();
            tree.0.push(id);
            tree.1 |= self.pinned.contains(&id);
        }
        for (root, (ids, pinned)) in trees {
            let Some(own) = ledger.get(root).map(|fact| fact.unit.clone()) else { continue };
            let unit = if pinned { own } else { own.readable(values(&ids, ledger)) };
            ids.into_iter().for_each(|id| ledger.tell(id, unit.clone()));
        }
    }
}
