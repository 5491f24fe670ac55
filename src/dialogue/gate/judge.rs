//! The judge of an answer: takes its items apart, passes each sentence through the rules and the trial, and notes what it drops and why.

use std::collections::HashSet;

use super::answer::{Answer, Item};
use super::clean::{clean, folded};
use super::parts::{Lexer, Part, What, sentences};
use super::rules::Sentence;
use super::{refs, substance, trial};
use crate::dialogue::{Dropped, Piece, Shown, Statement};
use crate::domain::call::{Aim, Role};
use crate::domain::fact::FactId;
use crate::insight::{Known, Ledger};

/// Characters of an item that are read; longer ones are no sentences.
const TEXT: usize = 2000;
/// Characters that are kept of a sentence which was dropped.
const KEPT: usize = 240;
/// Sentences that are noted as dropped, at most; a last one says how many more there were.
const NOTED: usize = 200;
/// Sentences of one recommendation, risk or mitigation.
const TOGETHER: usize = 3;
/// Words and names that a sentence must have, and a cell of a table or one sentence of several.
const SENTENCE: usize = 3;
const CELL: usize = 2;

/// Judges the sentences of one answer.
pub(super) struct Judge<'a> {
    role: Role,
    attempt: u32,
    /// What the prompt showed, with the short forms of its names.
    shown: &'a Shown,
    ledger: &'a Ledger,
    lexer: Lexer<'a>,
    known: Known,
    /// The ledger with what the comparisons on trial added to it, once there is one.
    trial: Option<Ledger>,
    /// What was kept, in folded words.
    said: HashSet<String>,
    dropped: Vec<Dropped>,
    unnoted: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn new(role: Role, attempt: u32, shown: &'a Shown, ledger: &'a Ledger) -> Self {
        let mut known = Known::default();
        shown.names.iter().for_each(|name| known.name(name));
        let lexer = Lexer::new(shown);
        let (said, dropped) = (HashSet::new(), Vec::new());
        Self { role, attempt, shown, ledger, lexer, known, trial: None, said, dropped, unnoted: 0 }
    }

    /// What was dropped, in the order of the answer.
    pub(super) fn finish(mut self) -> Vec<Dropped> {
        if self.unnoted > 0 {
            let reason = "more sentences were dropped than are noted here";
            self.dropped.push(self.note("", reason));
        }
        self.dropped
    }

    /// The sentences of a list of items with a `text`, each by itself.
    pub(super) fn sentences(&mut self, answer: &Answer, list: &str) -> Vec<Statement> {
        let items = self.items(answer, list);
        items.iter().flat_map(|item| self.text(item, "text", SENTENCE)).collect()
    }

    /// As [`sentences`](Self::sentences), of a list that tells what is in the facts.
    pub(super) fn found(&mut self, answer: &Answer, list: &str) -> Vec<Statement> {
        let mut sentences = self.sentences(answer, list);
        sentences.retain(|statement| self.has_substance(statement));
        sentences
    }

    /// As [`found`](Self::found), of a list that is printed as one paragraph.
    pub(super) fn paragraph(&mut self, answer: &Answer, list: &str) -> Vec<Statement> {
        let mut kept: Vec<Statement> = Vec::new();
        for statement in self.found(answer, list) {
            let all: Vec<&Statement> = kept.iter().chain([&statement]).collect();
            match self.on_trial(&all) {
                None => kept.push(statement),
                Some(reason) => {
                    let text = told(&statement);
                    self.drop(&text, &format!("beside the sentences before it, {reason}"));
                }
            }
        }
        kept
    }

    /// The recommendations, at most one for each aim.
    pub(super) fn recommendations(&mut self, answer: &Answer) -> Vec<(Aim, Statement)> {
        let mut kept: Vec<(Aim, Statement)> = Vec::new();
        for item in self.items(answer, "recommendations") {
            let Some(aim) = aim(item.text("aim")) else {
                self.drop(item.text("text"), "its aim is none of throughput, ttft and quality");
                continue;
            };
            if kept.iter().any(|(own, _)| *own == aim) {
                self.drop(item.text("text"), "there is a recommendation with this aim already");
                continue;
            }
            let statement = self.together(&item, "text").filter(|statement| self.has_substance(statement));
            kept.extend(statement.map(|statement| (aim, statement)));
        }
        kept
    }

    /// The risks that have a mitigation.
    pub(super) fn risks(&mut self, answer: &Answer) -> Vec<(Statement, Statement)> {
        let mut kept = Vec::new();
        for item in self.items(answer, "risks") {
            match (self.together(&item, "risk"), self.together(&item, "mitigation")) {
                (Some(risk), Some(mitigation)) => {
                    if !self.has_substance(&risk) || !self.has_substance(&mitigation) {
                        continue;
                    }
                    match self.on_trial(&[&risk, &mitigation]) {
                        _ if signature(&risk) == signature(&mitigation) => {
                            self.drop(item.text("mitigation"), "the mitigation is the risk once more");
                        }
                        None => kept.push((risk, mitigation)),
                        Some(reason) => self.drop(item.text("risk"), &format!("beside its mitigation, {reason}")),
                    }
                }
                (Some(_), None) => self.drop(item.text("risk"), "its mitigation did not pass"),
                (None, Some(_)) => self.drop(item.text("mitigation"), "its risk did not pass"),
                (None, None) => {}
            }
        }
        kept
    }

    /// Whether a statement says something about a fact; notes it when it does not.
    fn has_substance(&mut self, statement: &Statement) -> bool {
        let Some(reason) = substance::complaint(statement) else { return true };
        self.drop(&told(statement), reason);
        false
    }

    fn items(&mut self, answer: &Answer, list: &str) -> Vec<Item> {
        let (items, more) = answer.items(list);
        if more > 0 {
            self.drop("", "the list has more entries than a report has room for");
        }
        items
    }

    /// The sentences of a field that belong into one statement.
    fn together(&mut self, item: &Item, field: &str) -> Option<Statement> {
        let mut all: Option<Statement> = None;
        for statement in self.text(item, field, CELL).into_iter().take(TOGETHER) {
            let joined = match &all {
                None => statement,
                Some(before) => joined(before, statement),
            };
            match self.on_trial(&[&joined]) {
                None => all = Some(joined),
                Some(reason) => self.drop(item.text(field), &reason),
            }
        }
        all
    }

    /// The sentences of a field that pass.
    fn text(&mut self, item: &Item, field: &str, least: usize) -> Vec<Statement> {
        let raw = item.text(field);
        if raw.trim().is_empty() {
            self.drop("", "an entry has no text");
            return Vec::new();
        }
        if raw.chars().take(TEXT + 1).count() > TEXT {
            self.drop(raw, "it is too long: write one or two sentences");
            return Vec::new();
        }
        let text = clean(raw);
        let parts = self.lexer.parts(&text);
        let Some(refs) = self.refs(item, raw, &parts) else { return Vec::new() };
        let mut kept = Vec::new();
        for (from, to) in sentences(&parts, &text) {
            let Some(parts) = parts.get(from..to).filter(|parts| !parts.is_empty()) else { continue };
            let (shown, ledger, lexer) = (self.shown, self.ledger, &self.lexer);
            let sentence = Sentence { text: &text, parts, refs: &refs, least, shown, lexer, ledger };
            let passed = sentence.judge().and_then(|statement| self.last(statement, field));
            match passed {
                Ok(statement) => kept.push(statement),
                Err(reason) => {
                    let (begin, end) =
                        (parts.first().map_or(0, |part| part.from), parts.last().map_or(0, |part| part.to));
                    self.drop(text.get(begin..end).unwrap_or(raw), &reason);
                }
            }
        }
        kept
    }

    /// What only the whole answer and the finished sentence can tell: whether it was said before, and whether it stands the check.
    fn last(&mut self, statement: Statement, field: &str) -> Result<Statement, String> {
        if let Some(reason) = self.on_trial(&[&statement]) {
            return Err(reason);
        }
        // One measure may well be against several risks.
        if field != "mitigation" && !self.said.insert(signature(&statement)) {
            return Err("it was said before".to_owned());
        }
        Ok(statement)
    }

    fn on_trial(&mut self, statements: &[&Statement]) -> Option<String> {
        let ledger = self.trial.get_or_insert_with(|| self.ledger.clone());
        trial::complaint(statements, ledger, &self.known)
    }

    /// The facts that an item refers to. What it names beside them is noted, and left out when other references hold.
    fn refs(&mut self, item: &Item, raw: &str, parts: &[Part]) -> Option<Vec<FactId>> {
        let refs = refs::read(&item.refs(), &self.lexer, self.shown);
        let in_text = |part: &Part| matches!(part.what, What::Value(_) | What::Compare(..) | What::Cites(_));
        if !refs.unknown.is_empty() && refs.facts.is_empty() && !parts.iter().any(in_text) {
            self.drop(raw, "its references name a fact that it was not shown");
            return None;
        }
        for unknown in refs.unknown {
            let note = format!("refs: {unknown}");
            if !self.dropped.iter().any(|dropped| dropped.sentence == note) {
                self.drop(&note, "a reference to what it was not shown was left out");
            }
        }
        Some(refs.facts)
    }

    fn drop(&mut self, sentence: &str, reason: &str) {
        if self.dropped.len() < NOTED {
            let note = self.note(sentence, reason);
            self.dropped.push(note);
        } else {
            self.unnoted += 1;
        }
    }

    fn note(&self, sentence: &str, reason: &str) -> Dropped {
        let mut kept: String = sentence.chars().take(KEPT).collect();
        if kept.len() < sentence.len() {
            kept.push('…');
        }
        Dropped { role: self.role, attempt: self.attempt, sentence: kept, reason: reason.to_owned() }
    }
}

/// Words for an aim, in lower case.
const AIMS: &[(Aim, &[&str])] = &[
    (Aim::Throughput, &["throughput", "tokens per second", "tok/s", "speed"]),
    (Aim::Ttft, &["ttft", "first token", "latency", "response time", "responsiveness"]),
    (Aim::Quality, &["quality", "accuracy", "reliability"]),
];

/// The one aim that a word, or a few of them, name.
fn aim(words: &str) -> Option<Aim> {
    let plain: String = words.chars().take(KEPT).map(|c| if c.is_alphabetic() || c == '/' { c } else { ' ' }).collect();
    let plain = plain.to_lowercase();
    let mut named = AIMS.iter().filter(|(_, words)| words.iter().any(|word| plain.contains(word)));
    let (aim, _) = named.next()?;
    named.next().is_none().then_some(*aim)
}

/// Two statements as one, with all citations at its end.
fn joined(one: &Statement, other: Statement) -> Statement {
    let is_cite = |piece: &Piece| matches!(piece, Piece::Cite(_));
    let mut pieces: Vec<Piece> = one.0.iter().filter(|piece| !is_cite(piece)).cloned().collect();
    pieces.push(Piece::Text(" ".to_owned()));
    let (cites, words): (Vec<Piece>, Vec<Piece>) = other.0.into_iter().partition(is_cite);
    pieces.extend(words);
    let mut seen = HashSet::new();
    let cites = one.0.iter().filter(|piece| is_cite(piece)).cloned().chain(cites);
    let cites: Vec<Piece> =
        cites.filter(|piece| if let Piece::Cite(id) = piece { seen.insert(*id) } else { false }).collect();
    pieces.extend(cites);
    Statement(pieces)
}

/// A statement as the model writes one.
fn told(statement: &Statement) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Name(text) => text.clone(),
        Piece::Value(id) => format!("{{{{m:{id}}}}}"),
        Piece::Compare(a, b) => format!("{{{{cmp:{a},{b}}}}}"),
        Piece::Cite(_) => String::new(),
    };
    statement.0.iter().map(piece).collect()
}

/// What a statement says, so that the same said again is seen.
fn signature(statement: &Statement) -> String {
    let mut out = String::new();
    for piece in &statement.0 {
        match piece {
            Piece::Text(text) => out.extend(folded(text).chars().filter(|c| c.is_alphabetic())),
            Piece::Name(name) => out.push_str(name),
            Piece::Value(id) => out.push_str(&id.to_string()),
            Piece::Compare(a, b) => out.push_str(&format!("{a},{b}")),
            Piece::Cite(_) => {}
        }
    }
    out
}
