//! The independent check: reads a finished report and resolves every number in it, sharing no code with the renderer.
//!
//! What a reader sees is taken apart again: headings, statements, rows, code spans, citations and the table of facts. A run of
//! numeric characters of any script is well only as (a) a number that has the value and the unit of a fact which its statement
//! or row cites, (b) such a citation, (c) a part of a name or a quotation that the analyst was told ([`Known`]), or (d) a known
//! time. Beyond value and unit, a fact's name must fit the row's benchmark, metric and percentile, and numbers that by the words
//! around them stand in each other's place are found. Facts that are derived are recomputed by an evaluator of its own.
//!
//! It cannot fail: what it cannot read it reports as a [`Miss`]. Its time is linear in the length of the report.

mod appendix;
mod fitting;
mod formula;
mod inline;
mod known;
mod mail;
mod numbers;
mod pages;
mod statement;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::domain::fact::{Fact, FactId};
use crate::insight::Ledger;
use inline::Inline;
pub use known::Known;
pub(in crate::insight) use known::visible;
pub use mail::check_mail;
pub use pages::{same_numbers, same_words};
use statement::Complaint;
use table::Columns;

/// Something in a report that does not resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// From 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
    pub why: String,
    /// The fact that is wrong in itself, when it is not the statement.
    pub fact: Option<FactId>,
}

/// Reads `markdown`, a report over the facts of `ledger`; gives all that does not resolve, in the order of the lines.
pub fn check(markdown: &str, ledger: &Ledger, known: &Known) -> Vec<Miss> {
    let mut reader = Reader::new(ledger, known);
    for line in markdown.lines() {
        reader.line += 1;
        reader.read(line.trim());
    }
    reader.finish()
}

/// Reads one line of Markdown, a statement over the facts of `ledger`, as a paragraph of a report would be read; gives what does not
/// resolve and why. For trying a statement before it joins a report.
pub fn check_statement(line: &str, ledger: &Ledger, known: &Known) -> Vec<Miss> {
    let mut reader = Reader::new(ledger, known);
    reader.line = 1;
    reader.statement(line);
    reader.misses
}

struct Reader<'a> {
    ledger: &'a Ledger,
    known: &'a Known,
    line: usize,
    misses: Vec<Miss>,
    /// Of the table that is being read.
    columns: Option<Columns>,
    /// Whether the line beneath the titles is still to come.
    awaits_rule: bool,
    /// Number of the last item of the numbered list that is being read.
    item: u64,
    /// Headings with numbers, until the facts of their section are known.
    headings: Vec<(usize, Inline)>,
    /// The facts that the section cites.
    cited: HashSet<FactId>,
    /// The words of each fact's name, once a heading asks for them.
    names: Option<Vec<HashSet<String>>>,
    /// The last fact that the appendix listed; `None` before the appendix.
    listed: Option<u32>,
}

impl<'a> Reader<'a> {
    fn new(ledger: &'a Ledger, known: &'a Known) -> Self {
        Self {
            ledger,
            known,
            line: 0,
            misses: Vec::new(),
            columns: None,
            awaits_rule: false,
            item: 0,
            headings: Vec::new(),
            cited: HashSet::new(),
            names: None,
            listed: None,
        }
    }

    fn read(&mut self, line: &str) {
        let was_numbered = std::mem::take(&mut self.item);
        if line.starts_with('|') {
            return self.table(line);
        }
        self.columns = None;
        if let Some(comment) = line.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) {
            if !self.known.covers(comment) {
                self.miss(comment.trim(), "the comment names what is not known");
            }
        } else if line.starts_with('#') {
            if line.starts_with("## ") {
                self.end_section();
            }
            let inline = Inline::read(line.trim_start_matches('#').trim_start());
            self.heading(inline);
        } else if let Some((number, text)) = numbered(line) {
            self.item = number;
            if number != was_numbered + 1 {
                self.miss(&number.to_string(), "the list is numbered otherwise");
            }
            self.statement(text);
        } else {
            self.statement(line.strip_prefix("- ").unwrap_or(line));
        }
    }

    fn miss(&mut self, text: &str, why: &str) {
        self.misses.push(Miss { line: self.line, text: text.to_owned(), why: why.to_owned(), fact: None });
    }

    fn complain(&mut self, complaints: Vec<Complaint>) {
        complaints.into_iter().for_each(|(text, why)| self.miss(&text, &why));
    }

    fn statement(&mut self, text: &str) {
        let inline = Inline::read(text);
        let facts = self.facts(&inline.cited);
        let complaints = statement::check(&inline, &facts, self.known);
        self.complain(complaints);
    }

    /// The facts with these ids; it is a miss when there is none.
    fn facts(&mut self, ids: &[FactId]) -> Vec<&'a Fact> {
        let mut facts = Vec::with_capacity(ids.len());
        for &id in ids {
            match self.ledger.get(id).filter(|_| !self.ledger.is_struck(id)) {
                Some(fact) => facts.push(fact),
                None => self.miss(&id.to_string(), "no such fact is in the ledger"),
            }
        }
        self.cited.extend(ids);
        facts
    }

    fn table(&mut self, line: &str) {
        let Some(columns) = self.columns.take() else {
            let columns = Columns::read(line);
            let complaints = columns.complaints(self.known);
            self.complain(complaints);
            (self.columns, self.awaits_rule) = (Some(columns), true);
            return;
        };
        if std::mem::take(&mut self.awaits_rule) {
            let is_rule = line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
            if !is_rule {
                self.miss(line, "a table without a line beneath its titles");
            }
        } else if columns.at("fact") == Some(0) {
            self.listed(&columns, line);
        } else if columns.is_prose() {
            self.statement(&table::prose(line));
        } else {
            let row = table::cells(line);
            let facts = self.facts(&table::cited(&columns, &row));
            let complaints = table::check(&columns, &row, &facts, self.known);
            self.complain(complaints);
        }
        self.columns = Some(columns);
    }

    /// A row of the appendix: the facts stand there in order, each once.
    fn listed(&mut self, columns: &Columns, line: &str) {
        let row = table::cells(line);
        let id = row.first().and_then(|cell| inline::fact_id(cell));
        let Some(fact) = id.and_then(|id| self.ledger.get(id)) else {
            return self.miss(row.first().unwrap_or(&""), "the ledger has no such fact");
        };
        self.skipped(fact.id.0);
        let mut wrong = appendix::check(columns, &row, fact, self.ledger);
        wrong.extend(appendix::recompute(fact, self.ledger));
        let line = self.line;
        self.misses.extend(wrong.into_iter().map(|why| Miss {
            line,
            text: fact.id.to_string(),
            why,
            fact: Some(fact.id),
        }));
    }

    /// Facts that should have been listed before `next`.
    fn skipped(&mut self, next: u32) {
        let last = self.listed.replace(next).unwrap_or(0);
        if next <= last {
            self.miss(&FactId(next).to_string(), "the facts are not in order");
        }
        let missing = (last.saturating_add(1)..next).map(FactId).find(|id| !self.ledger.is_struck(*id));
        if let Some(id) = missing {
            self.miss(&id.to_string(), "the list of facts leaves it out");
        }
    }

    fn heading(&mut self, inline: Inline) {
        if inline.text.iter().any(|c| c.is_numeric()) {
            self.headings.push((self.line, inline));
        } else {
            let complaints = statement::codes(&inline, self.known);
            self.complain(complaints);
        }
    }

    /// Headings cite nothing: their numbers are those facts that are named most like them, of their section or of the whole ledger.
    fn end_section(&mut self) {
        let here = self.line;
        let cited = std::mem::take(&mut self.cited);
        let ledger = self.ledger;
        for (line, inline) in std::mem::take(&mut self.headings) {
            self.line = line;
            let named = self
                .names
                .get_or_insert_with(|| ledger.facts().iter().map(|fact| fitting::words(&fact.name)).collect());
            let near = likest(ledger, named, &fitting::words(&inline.whole()), |id| cited.contains(&id));
            let far = likest(ledger, named, &fitting::words(&inline.whole()), |_| true);
            let complaints = statement::check(&inline, &near, self.known);
            let complaints =
                if complaints.is_empty() { complaints } else { statement::check(&inline, &far, self.known) };
            self.complain(complaints);
        }
        self.line = here;
    }

    fn finish(mut self) -> Vec<Miss> {
        self.end_section();
        self.skipped(u32::try_from(self.ledger.facts().len()).unwrap_or(u32::MAX).saturating_add(1));
        self.misses.sort_by_key(|miss| miss.line);
        self.misses
    }
}

/// The facts whose names are most like these words, of those that `may` be meant.
fn likest<'a>(
    ledger: &'a Ledger,
    named: &[HashSet<String>],
    words: &HashSet<String>,
    may: impl Fn(FactId) -> bool,
) -> Vec<&'a Fact> {
    let may = |(fact, _): &(&'a Fact, _)| may(fact.id) && !ledger.is_struck(fact.id);
    let like = |(fact, own): (&'a Fact, &HashSet<String>)| (likeness(words, own), fact);
    let facts: Vec<(f64, &Fact)> = ledger.facts().iter().zip(named).filter(may).map(like).collect();
    let most = facts.iter().map(|(like, _)| *like).fold(0.0, f64::max);
    facts.into_iter().filter(|(like, _)| *like > 0.0 && *like >= most).map(|(_, fact)| fact).collect()
}

/// Which part of the words of both is shared.
fn likeness(one: &HashSet<String>, other: &HashSet<String>) -> f64 {
    let shared = one.intersection(other).count() as f64;
    let all = (one.len() + other.len()) as f64 - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}

/// The number and the text of a numbered list item.
fn numbered(line: &str) -> Option<(u64, &str)> {
    let (number, text) = line.split_once(". ")?;
    let plain = (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if plain { Some((number.parse().ok()?, text)) } else { None }
}
