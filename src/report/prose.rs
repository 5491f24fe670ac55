//! Sentences and cells as Markdown: our own words as they are, foreign ones escaped, facts as numbers, citations at the end.

use jiff::Timestamp;

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
    prose.0.iter().map(|span| Shown::span(span, look).markdown(look)).collect()
}

/// A statement as bare text, without citations and marks.
pub(super) fn words(prose: &Prose, look: Look<'_>) -> String {
    prose.0.iter().map(|span| Shown::span(span, look).words(look)).collect()
}

/// What a piece of a sentence or a cell shows, before a format escapes it.
pub(super) enum Shown<'a> {
    Nothing,
    /// Our own words; two stars around what is strong.
    Own(&'a str),
    /// A name out of the data.
    Name(&'a str),
    /// Foreign prose.
    Quote(&'a str),
    /// A number with its unit, which may be foreign.
    Number(String),
    Time(Timestamp),
    /// Sentences.
    Prose(&'a Prose),
}

impl<'a> Shown<'a> {
    pub(super) fn span(span: &'a Span, look: Look<'_>) -> Self {
        match span {
            Span::Text(text) => Self::Own(text),
            Span::Name(name) => Self::Name(name),
            Span::Quote(text) => Self::Quote(text),
            Span::Value(id) => told(*id, look, number::brief),
            Span::Change(id) => told(*id, look, number::brief_change),
            Span::Time(at) => Self::Time(*at),
            Span::Cite(_) => Self::Nothing,
        }
    }

    pub(super) fn cell(cell: &'a Cell, look: Look<'_>) -> Self {
        match cell {
            Cell::Empty => Self::Nothing,
            Cell::Text(text) => Self::Own(text),
            Cell::Name(name) => Self::Name(name),
            Cell::Quote(text) => Self::Quote(text),
            Cell::Number(id) => bare(*id, look),
            Cell::Value(id) => told(*id, look, number::quantity),
            Cell::Change(id) => told(*id, look, number::change),
            Cell::Time(at) => Self::Time(*at),
            Cell::Prose(prose) => Self::Prose(prose),
        }
    }

    fn words(&self, look: Look<'_>) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Own(text) => text.replace("**", ""),
            Self::Name(name) => escape::visible(name),
            Self::Quote(text) => escape::quoted(text),
            Self::Number(text) => escape::quoted(text),
            Self::Time(at) => look.zone.show(*at),
            Self::Prose(prose) => words(prose, look),
        }
    }

    fn markdown(&self, look: Look<'_>) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Own(text) => (*text).to_owned(),
            Self::Name(name) => escape::name(name),
            Self::Quote(text) => escape::prose(text),
            // Units may come from files as they are, so they are escaped with the number.
            Self::Number(text) => escape::prose(text),
            Self::Time(at) => look.zone.show(*at),
            Self::Prose(prose) => plain(prose, look),
        }
    }
}

/// A cell of a table.
pub(super) fn cell(cell: &Cell, look: Look<'_>) -> String {
    Shown::cell(cell, look).markdown(look)
}

fn told<'a>(id: FactId, look: Look<'_>, how: fn(f64, &Unit) -> String) -> Shown<'a> {
    look.ledger.shown(id).map_or(Shown::Nothing, |(value, unit)| Shown::Number(how(value, &unit)))
}

/// A number whose unit stands elsewhere: in the unit that was settled for its row, else as it is.
fn bare<'a>(id: FactId, look: Look<'_>) -> Shown<'a> {
    let shown = look.ledger.told(id).and_then(|_| look.ledger.shown(id)).map(|(value, _)| value);
    let value = shown.or_else(|| look.ledger.get(id).map(|fact| fact.value));
    value.map_or(Shown::Nothing, |value| Shown::Number(number::number(value)))
}

/// `F1, F3–F7` for ascending ids.
pub(super) fn references(ids: &[FactId]) -> String {
    let parts = stretches(ids).into_iter().map(|(first, last)| match last.0 - first.0 {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Ascending ids as stretches without a gap, by their first and last.
pub(super) fn stretches(ids: &[FactId]) -> Vec<(FactId, FactId)> {
    let mut stretches: Vec<(FactId, FactId)> = Vec::new();
    for &id in ids {
        match stretches.last_mut() {
            Some((_, last)) if last.0 + 1 == id.0 => *last = id,
            _ => stretches.push((id, id)),
        }
    }
    stretches
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
