//! Sentences and cells as Markdown: our own words as they are, foreign ones escaped, facts as numbers, citations at the end.

use jiff::Timestamp;

use super::{escape, number};
use crate::domain::fact::FactId;
use crate::domain::units::Unit;
use crate::insight::{Cell, Ledger, Prose, Span};

/// A statement with its citations.
pub(super) fn cited(prose: &Prose, ledger: &Ledger) -> String {
    let refs = prose.refs();
    let text = plain(prose, ledger);
    if refs.is_empty() { text } else { format!("{text} [{}]", references(&refs)) }
}

/// A statement without citations.
pub(super) fn plain(prose: &Prose, ledger: &Ledger) -> String {
    prose.0.iter().map(|span| self::span(span, ledger)).collect()
}

fn span(span: &Span, ledger: &Ledger) -> String {
    match span {
        Span::Text(text) => text.clone(),
        Span::Name(name) => escape::name(name),
        Span::Quote(text) => escape::prose(text),
        Span::Value(id) => told(*id, ledger, number::brief),
        Span::Change(id) => told(*id, ledger, number::brief_change),
        Span::Time(at) => time(*at),
        Span::Cite(_) => String::new(),
    }
}

/// A cell of a table.
pub(super) fn cell(cell: &Cell, ledger: &Ledger) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Name(name) => escape::name(name),
        Cell::Quote(text) => escape::prose(text),
        Cell::Number(id) => ledger.get(*id).map(|fact| number::number(fact.value)).unwrap_or_default(),
        Cell::Value(id) => told(*id, ledger, number::quantity),
        Cell::Change(id) => told(*id, ledger, number::change),
        Cell::Time(at) => time(*at),
        Cell::Prose(prose) => plain(prose, ledger),
    }
}

// Units may come from files as they are, so they are escaped with the number.
fn told(id: FactId, ledger: &Ledger, how: fn(f64, &Unit) -> String) -> String {
    ledger.get(id).map(|fact| escape::prose(&how(fact.value, &fact.unit))).unwrap_or_default()
}

/// `2025-10-02 21:08:57 UTC`.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `F1, F3–F7` for ascending ids.
pub(super) fn references(ids: &[FactId]) -> String {
    let mut stretches: Vec<(FactId, FactId)> = Vec::new();
    for &id in ids {
        match stretches.last_mut() {
            Some((_, last)) if last.0 + 1 == id.0 => *last = id,
            _ => stretches.push((id, id)),
        }
    }
    let parts: Vec<String> = stretches
        .into_iter()
        .map(|(first, last)| match last.0 - first.0 {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first}–{last}"),
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_references_are_drawn_together() {
        let ids = |numbers: &[u32]| numbers.iter().map(|n| FactId(*n)).collect::<Vec<_>>();
        assert_eq!(references(&ids(&[1, 3, 4, 5, 8, 9])), "F1, F3–F5, F8, F9");
    }
}
