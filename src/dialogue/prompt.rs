//! A prompt: what one agent is told, and what it may refer to.
//!
//! It is filled until its budget is spent: persona and rules first (in a few words where the context is small), then what the
//! analyst found with the facts behind it, then further facts by interest. A fact is shown whole or not at all, and the prompt says
//! how many had no room. Equal analyses give equal prompts. Nothing can fail; where a context is too small for any of it,
//! [`Prompt::tokens`] is more than [`Budget::prompt`], and the server will refuse it.

use std::collections::{HashMap, HashSet};

use super::budget::Budget;
use super::prompt_lines as lines;
use super::prompt_rules::{self as rules, Size};
use super::said::Dropped;
use super::statement::Statement;
use super::{interest, statement};
use crate::domain::call::Role;
use crate::domain::fact::FactId;
use crate::insight::{ADVICE, Analysis, Block, FINDINGS, Ledger, Prose, Span, without_prose};

/// What an agent is told, with what it takes to read its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub system: String,
    pub user: String,
    /// The JSON Schema of the answer. It fixes the shape, not the truth, and is no part of what the model reads.
    pub schema: serde_json::Value,
    pub shown: Shown,
    /// What system and user text are thought to take, tokens.
    pub tokens: u32,
    /// How long an answer may be, tokens.
    pub room: u32,
}

/// What an answer may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// `{{m:F12}}`, ascending.
    pub facts: Vec<FactId>,
    /// `{{id:N1}}` is the first: names out of the data in full, though the prompt may have shown the beginning only.
    pub names: Vec<String>,
    /// Facts of the ledger that had no room.
    pub left_out: u64,
}

/// Of all bytes, what persona and rules may take; else they are brief.
const FIXED: f64 = 0.55;
/// Of what is left, what sentences may take with the facts behind them, when facts by interest follow.
const SENTENCES: f64 = 0.85;
/// Of all bytes, what is kept for the reasons of a repair; and at least, in bytes.
const REPAIR: f64 = 0.08;
const LEAST_REPAIR: usize = 60;
/// Bytes below which a prompt has facts only.
const SPOKEN: usize = 600;
/// Facts that had no room, one after the other, before no smaller one is looked for.
const TRIES: usize = 32;
/// Bytes of the sentences around the lists.
const FRAME: usize = 40;

/// What the collector is told.
pub fn collector(analysis: &Analysis, persona: &str, budget: &Budget) -> Prompt {
    let (system, size) = opening(Role::Collector, persona, budget);
    let mut pack = Pack::new(analysis, budget, system.len(), Role::Collector, size);
    pack.facts(&interest::order(analysis));
    pack.finish(Role::Collector, system, size, budget)
}

/// What the insight agent is told; `observations` and `gaps` are what of the collector's answer passed the gate, if anything.
pub fn insight(
    analysis: &Analysis,
    observations: &[Statement],
    gaps: &[Statement],
    persona: &str,
    budget: &Budget,
) -> Prompt {
    let (system, size) = opening(Role::Insight, persona, budget);
    let mut pack = Pack::new(analysis, budget, system.len(), Role::Insight, size);
    let limit = (pack.left as f64 * (1.0 - SENTENCES)) as usize;
    pack.kept = limit;
    let mut moved = changes(analysis);
    // The gravest first, the others behind what was found.
    let others = moved.split_off(moved.iter().take_while(|change| change.is_gravest).count());
    if pack.left < SPOKEN {
        // No room for sentences: a fact is worth more.
        pack.kept = pack.left;
    }
    moved.into_iter().for_each(|change| change.join(&mut pack));
    for statement in observations {
        pack.statement("Found by the collector:", statement);
    }
    for statement in gaps {
        pack.statement("Missing, says the collector:", statement);
    }
    for (title, heading) in [(FINDINGS, "Found by the analysis:"), (ADVICE, "Advised by the analysis:")] {
        for prose in items(analysis, title) {
            // Advice prints little of what it rests on.
            let refs = if title == ADVICE { prose.refs() } else { printed(prose) };
            pack.sentence(heading, lines::sentence(prose), &refs);
        }
    }
    others.into_iter().for_each(|change| change.join(&mut pack));
    pack.kept = 0;
    pack.facts(&interest::order(analysis));
    pack.finish(Role::Insight, system, size, budget)
}

/// The same question again, with what was wrong with the answer: what the gate dropped, or one entry without a sentence for an answer
/// that could not be read at all. It asks for the whole answer anew.
pub fn repair(prompt: &Prompt, dropped: &[Dropped], budget: &Budget) -> Prompt {
    let taken = prompt.system.len() + prompt.user.len();
    let mut left = budget.bytes().saturating_sub(taken);
    let mut note = String::new();
    let mut add = |line: &str| {
        let fits = line.len() <= left;
        if fits {
            left -= line.len();
            note.push_str(line);
        }
        fits
    };
    add("\nYour last answer broke the rules. Write all of it anew.");
    let mut told = HashSet::new();
    for Dropped { sentence, reason, .. } in dropped {
        let begin: String = sentence.chars().take(60).collect();
        let about = if begin.is_empty() { String::new() } else { format!(" {}:", lines::quoted(&begin)) };
        // The reason matters most; the sentence is told where there is room for it.
        if told.insert(reason) && !add(&format!("\n-{about} {reason}")) && !add(&format!("\n- {reason}")) {
            break;
        }
    }
    let user = format!("{}{note}", prompt.user);
    let tokens = budget.framed(taken + note.len());
    Prompt { user, tokens, ..prompt.clone() }
}

/// The system text, in full where it leaves room for something to be said.
fn opening(role: Role, persona: &str, budget: &Budget) -> (String, Size) {
    let full = rules::system(role, persona, Size::Full);
    if full.len() as f64 <= budget.bytes() as f64 * FIXED {
        (full, Size::Full)
    } else {
        (rules::system(role, persona, Size::Brief), Size::Brief)
    }
}

/// A sentence that tells a change.
struct Change {
    heading: &'static str,
    line: String,
    refs: Vec<FactId>,
    /// Of the first section on what moved, or the answer in a line.
    is_gravest: bool,
}

impl Change {
    fn join(self, pack: &mut Pack) {
        pack.sentence(self.heading, self.line, &self.refs);
    }
}

/// What moved: the sentences that tell a change, each with what it is about.
fn changes(analysis: &Analysis) -> Vec<Change> {
    let (line, refs) = (lines::sentence(&analysis.verdict), printed(&analysis.verdict));
    let mut told = vec![Change { heading: "The answer in a line:", line, refs, is_gravest: true }];
    let front = analysis.sections.iter().take(analysis.front);
    for (i, section) in front.filter(|section| interest::is_of_changes(section)).enumerate() {
        let heading = if i == 0 { "What changed:" } else { "What changed besides:" };
        let mut about = String::new();
        for block in &section.blocks {
            match block {
                Block::Heading(prose) => about = format!("{}: ", lines::sentence(prose)),
                Block::Bullets(items) => {
                    let tells = |item: &&Prose| item.0.iter().any(|span| matches!(span, Span::Change(_)));
                    told.extend(items.iter().filter(tells).map(|item| {
                        let line = format!("{about}{}", lines::sentence(item));
                        Change { heading, line, refs: printed(item), is_gravest: i == 0 }
                    }));
                }
                _ => {}
            }
        }
    }
    told
}

/// The facts whose numbers a sentence prints.
fn printed(prose: &Prose) -> Vec<FactId> {
    let shown = prose.0.iter().filter_map(|span| match span {
        Span::Value(id) | Span::Change(id) => Some(*id),
        _ => None,
    });
    let mut ids: Vec<FactId> = shown.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The numbered items of a section.
fn items<'a>(analysis: &'a Analysis, title: &str) -> impl Iterator<Item = &'a Prose> {
    let sections = analysis.sections.iter().filter(move |section| section.title == title);
    let blocks: Vec<&Block> = sections.flat_map(|section| &section.blocks).collect();
    blocks.into_iter().flat_map(|block| match block {
        Block::Numbered(items) => items.as_slice(),
        _ => &[],
    })
}

/// What has been taken into a prompt so far.
struct Pack<'a> {
    ledger: &'a Ledger,
    /// Names out of the data that facts are searched for.
    known: HashSet<&'a str>,
    /// Whether names get numbers of their own.
    numbered: bool,
    /// Bytes that are free, and those of them that sentences may not take.
    left: usize,
    kept: usize,
    facts: Vec<String>,
    shown: HashSet<FactId>,
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    sentences: Vec<(&'static str, String)>,
    /// Facts that could be shown.
    all: u64,
}

impl<'a> Pack<'a> {
    fn new(analysis: &'a Analysis, budget: &Budget, system: usize, role: Role, size: Size) -> Self {
        let ledger = &analysis.ledger;
        let reserve = ((budget.bytes() as f64 * REPAIR) as usize).max(LEAST_REPAIR);
        let all = ledger.facts().iter().filter(|fact| statement::printable(fact.id, ledger).is_some()).count() as u64;
        let frame = rules::task(role, size).len() + intro(all, all, size).len() + FRAME;
        Self {
            ledger,
            known: interest::names(analysis),
            numbered: size == Size::Full,
            left: budget.bytes().saturating_sub(system + reserve + frame),
            kept: 0,
            facts: Vec::new(),
            shown: HashSet::new(),
            names: Vec::new(),
            numbers: HashMap::new(),
            sentences: Vec::new(),
            all,
        }
    }

    /// The line of a fact, and the names that it would add; `None` when it is known or has no line.
    fn line(&self, id: FactId, more: &mut Vec<String>) -> Option<String> {
        let fact = statement::printable(id, self.ledger).filter(|_| !self.shown.contains(&id))?;
        let mut line = lines::fact(fact);
        if self.numbered {
            let mut ids = String::new();
            for name in lines::names_in(without_prose(&fact.name).0, &self.known) {
                let at = self.numbers.get(name).copied().unwrap_or_else(|| {
                    let new = more.iter().position(|known| known == name).unwrap_or_else(|| {
                        more.push(name.to_owned());
                        more.len() - 1
                    });
                    self.names.len() + new
                });
                ids.push_str(&format!(" N{}", at + 1));
            }
            if !ids.is_empty() {
                line.push_str(&format!(" |{ids}"));
            }
        }
        line.push('\n');
        Some(line)
    }

    /// Takes a sentence with all facts that it rests on, or nothing of it.
    fn sentence(&mut self, heading: &'static str, text: String, refs: &[FactId]) -> bool {
        let mut more = Vec::new();
        let mut taken = Vec::new();
        for id in refs {
            if statement::printable(*id, self.ledger).is_none() {
                return false;
            }
            taken.extend(self.line(*id, &mut more).map(|line| (*id, line)));
        }
        let new = |(i, name): (usize, &String)| name_line(self.names.len() + i, name).len();
        let title = if text.is_empty() || self.sentences.iter().any(|(known, _)| *known == heading) {
            0
        } else {
            heading.len() + 1
        };
        let said = if text.is_empty() { 0 } else { text.len() + 3 };
        let cost = said
            + title
            + taken.iter().map(|(_, line)| line.len()).sum::<usize>()
            + more.iter().enumerate().map(new).sum::<usize>();
        if cost > self.left.saturating_sub(self.kept) {
            return false;
        }
        self.left -= cost;
        for name in more {
            self.numbers.insert(name.clone(), self.names.len());
            self.names.push(name);
        }
        for (id, line) in taken {
            self.shown.insert(id);
            self.facts.push(line);
        }
        if !text.is_empty() {
            self.sentences.push((heading, text));
        }
        true
    }

    fn statement(&mut self, heading: &'static str, statement: &Statement) {
        let refs: Vec<FactId> = statement.facts().collect();
        self.sentence(heading, lines::statement(statement), &refs);
    }

    /// Takes facts as long as there is room.
    fn facts(&mut self, ids: &[FactId]) {
        let mut missed = 0;
        for id in ids.iter().filter(|id| !self.shown.contains(*id)).copied().collect::<Vec<_>>() {
            if self.sentence("", String::new(), &[id]) {
                missed = 0;
            } else {
                missed += 1;
                if missed >= TRIES {
                    break;
                }
            }
        }
    }

    fn finish(self, role: Role, system: String, size: Size, budget: &Budget) -> Prompt {
        let left_out = self.all - self.shown.len() as u64;
        let mut user = intro(self.shown.len() as u64, left_out, size);
        self.facts.iter().for_each(|line| user.push_str(line));
        if !self.names.is_empty() {
            user.push_str("Names:\n");
            self.names.iter().enumerate().for_each(|(i, name)| user.push_str(&name_line(i, name)));
        }
        let mut heading = "";
        for (own, text) in &self.sentences {
            if heading != *own {
                user.push_str(&format!("{own}\n"));
                heading = own;
            }
            user.push_str(&format!("- {text}\n"));
        }
        user.push_str(rules::task(role, size));
        let tokens = budget.framed(system.len() + user.len());
        let mut facts: Vec<FactId> = self.shown.into_iter().collect();
        facts.sort_unstable();
        let shown = Shown { facts, names: self.names, left_out };
        Prompt { system, user, schema: rules::schema(role), shown, tokens, room: budget.room() }
    }
}

fn name_line(at: usize, name: &str) -> String {
    format!("N{} = {}\n", at + 1, lines::quoted(name))
}

/// What stands above the facts: how many there are and how many had no room.
fn intro(shown: u64, left_out: u64, size: Size) -> String {
    match (size, left_out) {
        (_, 0) => format!("All {shown} facts:\n"),
        (Size::Brief, _) => format!("{shown} facts; {left_out} more had no room:\n"),
        (Size::Full, _) => format!("The {shown} most telling facts; {left_out} more had no room and cannot be used:\n"),
    }
}

#[cfg(test)]
#[path = "prompt_tests.rs"]
mod tests;
