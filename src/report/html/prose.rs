//! Sentences and cells as HTML, with citations that lead to the facts.

use jiff::Timestamp;

use super::escaped;
use super::page::Page;
use crate::domain::fact::FactId;
use crate::insight::{Cell, Prose, Table};
use crate::report::escape;
use crate::report::prose::{Shown, stretches};

/// How commands of ours begin: they are set so that a click selects the whole of them.
const PROGRAM: &str = "chimera-insight ";
/// Characters of a name in a narrow place that are kept together.
const LONGEST: usize = 24;
/// Characters of a number with its unit that may stay on one line.
const TOGETHER: usize = 24;

impl<'a> Page<'a> {
    /// A statement with its citations.
    pub(super) fn cited(&mut self, prose: &'a Prose) {
        self.plain(prose);
        let refs = prose.refs();
        if !refs.is_empty() {
            self.out.push(' ');
            self.citation("span", &refs);
        }
    }

    /// A statement without citations.
    pub(super) fn plain(&mut self, prose: &'a Prose) {
        let look = self.look;
        let mut is_behind = false;
        for span in &prose.0 {
            let shown = match (Shown::span(span, look), is_behind && self.in_card) {
                // Behind a line of its own no comma is wanted.
                (Shown::Own(text), true) => Shown::Own(text.trim_start_matches([',', '.', ';'])),
                (shown, _) => shown,
            };
            is_behind = matches!(shown, Shown::Name(name) if name.starts_with(PROGRAM));
            self.shown(&shown);
        }
    }

    /// What stands in a cell of a table.
    pub(super) fn cell(&mut self, cell: &'a Cell) {
        match Shown::cell(cell, self.look) {
            Shown::Name(name) => breakable(name, &mut self.out),
            shown => self.shown(&shown),
        }
    }

    pub(super) fn shown(&mut self, shown: &Shown<'a>) {
        match shown {
            Shown::Nothing => {}
            Shown::Own(text) => own(text, &mut self.out),
            Shown::Name(text) => name(text, &mut self.out),
            Shown::Quote(text) => self.out.push_str(&escaped(&escape::quoted(text))),
            Shown::Number(text) => number(text, &mut self.out),
            Shown::Time(at) => self.time(*at),
            Shown::Prose(prose) => self.plain(prose),
        }
    }

    pub(super) fn time(&mut self, at: Timestamp) {
        let shown = self.look.zone.show(at);
        // Years beyond these four digits have no form that browsers know.
        let machine = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        if machine.len() == "2026-01-01T00:00:00Z".len() {
            self.out.push_str(&format!("<time datetime=\"{machine}\">{shown}</time>"));
        } else {
            self.out.push_str(&shown);
        }
    }

    /// The facts that a row rests on.
    pub(super) fn row_citation(&mut self, row: &[Cell]) {
        let refs = Table::refs(row);
        if refs.is_empty() {
            self.out.push_str("<td></td>");
        } else {
            self.citation("td", &refs);
        }
    }

    /// `[F1–F3]`, each a link, in an element that the facts lead back to.
    pub(super) fn citation(&mut self, element: &str, refs: &[FactId]) {
        self.places += 1;
        let place = self.places;
        let mut first = false;
        for id in refs {
            first |= self.cited.insert_first(*id, place);
        }
        // Only a place that a fact leads back to needs a name.
        let id = if first { format!(" id=\"r{place}\"") } else { String::new() };
        self.out.push_str(&format!("<{element} class=\"cite\"{id}>"));
        let is_row = element == "td";
        self.out.push_str(if is_row { "" } else { "[" });
        self.references(refs);
        self.out.push_str(if is_row { "" } else { "]" });
        self.out.push_str(&format!("</{element}>"));
    }

    /// `F1, F3–F7`, the facts as links where they have a row.
    pub(super) fn references(&mut self, refs: &[FactId]) {
        for (i, (first, last)) in stretches(refs).into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.fact(first);
            if first != last {
                self.out.push_str(if last.0 - first.0 == 1 { ", " } else { "–" });
                self.fact(last);
            }
        }
    }

    /// The name of a fact, as a link where it has a row.
    pub(super) fn fact(&mut self, id: FactId) {
        if self.look.ledger.get(id).is_some() && !self.look.ledger.is_struck(id) {
            self.out.push_str(&format!("<a href=\"#{id}\">{id}</a>"));
        } else {
            self.out.push_str(&id.to_string());
        }
    }
}

trait First {
    /// Notes where a fact is cited first; whether it is here.
    fn insert_first(&mut self, id: FactId, place: usize) -> bool;
}

impl First for std::collections::HashMap<FactId, usize> {
    fn insert_first(&mut self, id: FactId, place: usize) -> bool {
        *self.entry(id).or_insert(place) == place
    }
}

/// Our own words: what stands between two pairs of stars is strong.
fn own(text: &str, out: &mut String) {
    let parts: Vec<&str> = text.split("**").collect();
    if parts.len().is_multiple_of(2) {
        out.push_str(&escaped(text));
        return;
    }
    for (i, part) in parts.iter().enumerate() {
        let part = escaped(part);
        match i % 2 {
            0 => out.push_str(&part),
            _ => out.push_str(&format!("<strong>{part}</strong>")),
        }
    }
}

/// A name out of the data.
fn name(text: &str, out: &mut String) {
    let class = if text.starts_with(PROGRAM) { " class=\"command\"" } else { "" };
    coded(text, class, escaped, out);
}

/// A name in a narrow place, with marks where it may go on in the next line: behind separators, and now and then without any.
pub(super) fn breakable(text: &str, out: &mut String) {
    coded(text, "", broken, out);
}

fn coded(text: &str, class: &str, inside: fn(&str) -> String, out: &mut String) {
    let visible = escape::visible(text);
    if visible.trim().is_empty() {
        out.push_str(escape::NAMELESS);
    } else {
        out.push_str(&format!("<code{class}>{}</code>", inside(&visible)));
    }
}

fn broken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut unbroken = 0;
    let mut from = 0;
    for (at, c) in text.char_indices() {
        unbroken = if c == ' ' { 0 } else { unbroken + 1 };
        let next = at + c.len_utf8();
        if (unbroken > 2 && matches!(c, '_' | '/' | ':')) || unbroken == LONGEST {
            out.push_str(&escaped(text.get(from..next).unwrap_or_default()));
            out.push_str(if next < text.len() { "<wbr>" } else { "" });
            (from, unbroken) = (next, 0);
        }
    }
    out + &escaped(text.get(from..).unwrap_or_default())
}

fn number(text: &str, out: &mut String) {
    let text = escape::quoted(text);
    if text.contains(' ') && text.chars().count() <= TOGETHER {
        out.push_str(&format!("<span class=\"v\">{}</span>", escaped(&text)));
    } else {
        out.push_str(&escaped(&text));
    }
}
