//! Sentences and cells as Markdown: our own words as they are, foreign ones escaped, facts as numbers, citations at the end.

use super::{escape, number};
use crate::domain::fact::FactId;
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::insight::{Cell, Ledger, Prose, Span};

/// What statements are shown with: the facts that they refer to, and the zone of their times.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub ledger: &'a Ledger,
    pub zone: &'a Zone,
}

/// A statement with its citations.
pub(super) fn cited(prose: &Prose, look: Look<'_>) -> String {
    let refs = prose.refs();
    let text = plain(prose, look);
    if refs.is_empty() { text } else { format!("{text} [{}]", references(&refs)) }
}

/// A statement without citations.
pub(super) fn plain(prose: &Prose, look: Look<'_>) -> String {
    prose.0.iter().map(|span| self::span(span, look)).collect()
}

fn span(span: &Span, look: Look<'_>) -> String {
    match span {
        Span::Text(text) => text.clone(),
        Span::Name(name) => escape::name(name),
        Span::Quote(text) => escape::prose(text),
        Span::Value(id) => told(*id, look, number::brief),
        Span::Change(id) => told(*id, look, number::brief_change),
        Span::Time(at) => look.zone.show(*at),
        Span::Cite(_) => String::new(),
    }
}

/// A cell of a table.
pub(super) fn cell(cell: &Cell, look: Look<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Name(name) => escape::name(name),
        Cell::Quote(text) => escape::prose(text),
        Cell::Number(id) => bare(*id, look).map(number::number).unwrap_or_default(),
        Cell::Value(id) => told(*id, look, number::quantity),
        Cell::Change(id) => told(*id, look, number::change),
        Cell::Time(at) => look.zone.show(*at),
        Cell::Prose(prose) => plain(prose, look),
    }
}

// Units may come from files as they are, so they are escaped with the number.
fn told(id: FactId, look: Look<'_>, how: fn(f64, &Unit) -> String) -> String {
    look.ledger.shown(id).map(|(value, unit)| escape::prose(&how(value, &unit))).unwrap_or_default()
}

/// A number whose unit stands elsewhere: in the unit that was settled for its row, else as it is.
fn bare(id: FactId, look: Look<'_>) -> Option<f64> {
    let shown = look.ledger.told(id).and_then(|_| look.ledger.shown(id)).map(|(value, _)| value);
    shown.or_else(|| look.ledger.get(id).map(|fact| fact.value))
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
