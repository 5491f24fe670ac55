//! The appendix: every fact with its value and where it stands, and the way back to where it is cited first.

use std::collections::HashMap;

use super::escaped;
use super::page::Page;
use super::prose::breakable;
use crate::domain::fact::{Fact, FactId, Source};
use crate::insight::Ledger;
use crate::report::escape;
use crate::report::tables::{self, FACT_TITLES, Origins, Piece};

impl Page<'_> {
    /// The section with all facts, folded away: links into it open it.
    pub(super) fn facts(&mut self, id: &str, title: &str) {
        self.out.push_str(&format!(
            "<section class=\"plain\" aria-labelledby=\"{id}\">\n<details class=\"facts\">\n<summary><h2 id=\"{id}\">{}</h2></summary>\n\
             <div class=\"scroll\">\n<table class=\"facts\" aria-labelledby=\"{id}\">\n<thead>\n<tr>",
            escaped(title)
        ));
        for title in FACT_TITLES {
            let class = if title == "value" { " class=\"num\"" } else { "" };
            self.out.push_str(&format!("<th scope=\"col\"{class}>{title}</th>"));
        }
        self.out.push_str("</tr>\n</thead>\n<tbody>\n");
        let ledger = self.look.ledger;
        let uses = first_uses(ledger);
        let mut origins = Origins::default();
        for fact in tables::told(ledger) {
            let back = self.cited.get(&fact.id).map(|place| format!("r{place}"));
            let back = back.or_else(|| uses.get(&fact.id).map(FactId::to_string));
            let pieces = origins.of(fact);
            self.row_of(fact, back.as_deref(), &pieces);
        }
        self.out.push_str("</tbody>\n</table>\n</div>\n</details>\n</section>\n");
    }

    fn row_of(&mut self, fact: &Fact, back: Option<&str>, origin: &[Piece]) {
        let id = fact.id;
        self.out.push_str(&format!("<tr id=\"{id}\"><th scope=\"row\">{id}"));
        if let Some(back) = back {
            let told = "Back to where it is cited";
            self.out.push_str(&format!(
                " <a class=\"back\" href=\"#{back}\" title=\"{told}\" aria-label=\"{told}: {id}\">↩</a>"
            ));
        }
        let unit = escaped(&escape::quoted(fact.unit.as_str()));
        self.out.push_str(&format!("</th><td class=\"num\">{}</td><td>{unit}</td><td>", tables::value(fact)));
        breakable(&fact.name, &mut self.out);
        self.out.push_str("</td><td>");
        origin.iter().for_each(|piece| self.piece(piece));
        self.out.push_str("</td></tr>\n");
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Own(text) => self.out.push_str(&escaped(text)),
            Piece::Name(text) => breakable(text, &mut self.out),
            Piece::Formula(text) => self.out.push_str(&escaped(&escape::visible(text))),
            Piece::Fact(id) => self.fact(*id),
            Piece::Parents(ids) => {
                self.out.push('[');
                self.references(ids);
                self.out.push(']');
            }
        }
    }
}

/// Of each fact that others are made of, the first of those.
fn first_uses(ledger: &Ledger) -> HashMap<FactId, FactId> {
    let mut uses = HashMap::new();
    for fact in tables::told(ledger) {
        if let Source::Derived { parents, .. } = &fact.source {
            parents.iter().for_each(|parent| {
                uses.entry(*parent).or_insert(fact.id);
            });
        }
    }
    uses
}
