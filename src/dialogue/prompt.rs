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
use super::statement::{Piece, Statement};
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
    /// Sentences of the collector that had no room.
    pub unread: u64,
}

/// What an answer may refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// `{{m:F12}}`, ascending.
    pub facts: Vec<FactId>,
    /// `{{id:N1}}` is the first: names out of the data in full, though the prompt may have shown the beginning only. Those that it
    /// numbers come first; the others stand in its lines.
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
/// Bytes below which a prompt has no sentences but those that an answer would be nothing without.
const SPOKEN: usize = 600;
/// Observations of the collector that have their place before more facts: else nobody reads what it found.
const FIRST: usize = 2;
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
    let is_small = pack.left < SPOKEN;
    let mut moved = changes(analysis);
    // The gravest first, the others behind what was found.
    let others = moved.split_off(moved.iter().take_while(|change| change.is_gravest).count());
    let mut moved = moved.into_iter();
    if !is_small {
        pack.kept = limit;
        moved.by_ref().take(1).for_each(|change| change.join(&mut pack));
    }
    let mut heard = 0;
    let has_facts = |statement: &&Statement| statement.facts().next().is_some();
    let mut found: Vec<&Statement> = observations.iter().collect();
    // Where there is room for little, what says least is without facts.
    found.sort_by_key(|statement| is_small && !has_facts(statement));
    let (first, rest) = found.split_at(FIRST.min(found.len()));
    for statement in first.iter().filter(|statement| !is_small || has_facts(statement)) {
        heard += u64::from(pack.statement("Found by the collector:", statement));
    }
    if is_small {
        // No room for further sentences: a fact is worth more.
        pack.kept = pack.left;
    }
    moved.for_each(|change| change.join(&mut pack));
    for statement in rest {
        heard += u64::from(pack.statement("Found by the collector:", statement));
    }
    for statement in gaps {
        heard += u64::from(pack.statement("Missing, says the collector:", statement));
    }
    for (title, heading) in [(FINDINGS, "Found by the analysis:"), (ADVICE, "Advised by the analysis:")] {
        for prose in items(analysis, title) {
            // Advice prints little of what it rests on.
            let refs = if title == ADVICE { prose.refs() } else { printed(prose) };
            pack.sentence(heading, lines::sentence(prose), &refs, &named(prose));
        }
    }
    others.into_iter().for_each(|change| change.join(&mut pack));
    pack.kept = 0;
    pack.facts(&interest::order(analysis));
    let unread = (observations.len() as u64).saturating_add(gaps.len() as u64).saturating_sub(heard);
    Prompt { unread, ..pack.finish(Role::Insight, system, size, budget) }
}

/// The system text: as much of the rules as leaves room for something to be said.
fn opening(role: Role, persona: &str, budget: &Budget) -> (String, Size) {
    let fits = |text: &String| text.len() as f64 <= budget.bytes() as f64 * FIXED;
    let sizes = [Size::Full, Size::Short].into_iter().map(|size| (rules::system(role, persona, size), size));
    let brief = || (rules::system(role, persona, Size::Brief), Size::Brief);
    sizes.into_iter().find(|(text, _)| fits(text)).unwrap_or_else(brief)
}

/// A sentence that tells a change.
struct Change {
    heading: &'static str,
    line: String,
    refs: Vec<FactId>,
    names: Vec<String>,
    /// Of the first section on what moved, or the answer in a line.
    is_gravest: bool,
}

impl Change {
    fn join(self, pack: &mut Pack) {
        pack.sentence(self.heading, self.line, &self.refs, &self.names);
    }
}

/// What moved: the sentences that tell a change, each with what it is about.
fn changes(analysis: &Analysis) -> Vec<Change> {
    let (line, refs) = (lines::sentence(&analysis.verdict), printed(&analysis.verdict));
    let names = named(&analysis.verdict);
    let mut told = vec![Change { heading: "The answer in a line:", line, refs, names, is_gravest: true }];
    let front = analysis.sections.iter().take(analysis.front);
    for (i, section) in front.filter(|section| interest::is_of_changes(section)).enumerate() {
        let heading = if i == 0 { "What changed:" } else { "What changed besides:" };
        let (mut about, mut title) = (String::new(), Vec::new());
        for block in &section.blocks {
            let items = match block {
                Block::Heading(prose) => {
                    (about, title) = (format!("{}: ", lines::sentence(prose)), named(prose));
                    continue;
                }
                Block::Levels(levels) => std::slice::from_ref(&levels.told),
                Block::Bullets(items) => items.as_slice(),
                _ => continue,
            };
            let tells = |item: &&Prose| item.0.iter().any(|span| matches!(span, Span::Change(_)));
            told.extend(items.iter().filter(tells).map(|item| {
                let line = format!("{about}{}", lines::sentence(item));
                let names = [title.clone(), named(item)].concat();
                Change { heading, line, refs: printed(item), names, is_gravest: i == 0 }
            }));
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

/// The names that a sentence quotes.
fn named(prose: &Prose) -> Vec<String> {
    let quoted = prose.0.iter().filter_map(|span| if let Span::Name(name) = span { Some(name.clone()) } else { None });
    quoted.collect()
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
    /// Names that stand in lines without a number, in the order of the lines.
    unnumbered: Vec<String>,
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
            unnumbered: Vec::new(),
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
    fn sentence(&mut self, heading: &'static str, text: String, refs: &[FactId], names: &[String]) -> bool {
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
        self.unnumbered.extend(names.iter().cloned());
        for name in more {
            self.numbers.insert(name.clone(), self.names.len());
            self.names.push(name);
        }
        for (id, line) in taken {
            self.name(id);
            self.shown.insert(id);
            self.facts.push(line);
        }
        if !text.is_empty() {
            self.sentences.push((heading, text));
        }
        true
    }

    /// Notes the names that the line of a fact has without numbering them: where no name has a number, all, and the values in settings.
    fn name(&mut self, id: FactId) {
        let Some(fact) = self.ledger.get(id) else { return };
        let (name, _) = without_prose(&fact.name);
        if !self.numbered {
            self.unnumbered.extend(lines::names_in(name, &self.known).into_iter().map(str::to_owned));
        }
        self.unnumbered.extend(lines::values(name).map(str::to_owned));
    }

    fn statement(&mut self, heading: &'static str, statement: &Statement) -> bool {
        let refs: Vec<FactId> = statement.facts().collect();
        let name = |piece: &Piece| if let Piece::Name(name) = piece { Some(name.clone()) } else { None };
        let names: Vec<String> = statement.0.iter().filter_map(name).collect();
        self.sentence(heading, lines::statement(statement), &refs, &names)
    }

    /// Takes facts as long as there is room.
    fn facts(&mut self, ids: &[FactId]) {
        let mut missed = 0;
        for id in ids.iter().filter(|id| !self.shown.contains(*id)).copied().collect::<Vec<_>>() {
            if self.sentence("", String::new(), &[id], &[]) {
                missed = 0;
            } else {
                missed += 1;
                if missed >= TRIES {
                    break;
                }
            }
        }
    }

    /// The sentences, those of one heading together, in the order in which the headings came.
    fn told(&mut self) -> Vec<(&'static str, String)> {
        let mut headings: Vec<&str> = Vec::new();
        for (own, _) in &self.sentences {
            if !headings.contains(own) {
                headings.push(own);
            }
        }
        let mut sentences = std::mem::take(&mut self.sentences);
        sentences.sort_by_key(|(own, _)| headings.iter().position(|heading| heading == own));
        sentences
    }

    fn finish(mut self, role: Role, system: String, size: Size, budget: &Budget) -> Prompt {
        let left_out = self.all - self.shown.len() as u64;
        let mut user = intro(self.shown.len() as u64, left_out, size);
        self.facts.iter().for_each(|line| user.push_str(line));
        if !self.names.is_empty() {
            user.push_str("Names:\n");
            self.names.iter().enumerate().for_each(|(i, name)| user.push_str(&name_line(i, name)));
        }
        let mut heading = "";
        for (own, text) in self.told() {
            if heading != own {
                user.push_str(&format!("{own}\n"));
                heading = own;
            }
            user.push_str(&format!("- {text}\n"));
        }
        user.push_str(rules::task(role, size));
        let tokens = budget.framed(system.len() + user.len());
        let mut facts: Vec<FactId> = self.shown.into_iter().collect();
        facts.sort_unstable();
        let mut names = self.names;
        let mut known: HashSet<String> = names.iter().cloned().collect();
        names.extend(self.unnumbered.into_iter().filter(|name| known.insert(name.clone())));
        let shown = Shown { facts, names, left_out };
        Prompt { system, user, schema: rules::schema(role), shown, tokens, room: budget.room(), unread: 0 }
    }
}

fn name_line(at: usize, name: &str) -> String {
    format!("N{} = {}\n", at + 1, lines::quoted(name))
}

/// What stands above the facts: how many there are and how many had no room.
fn intro(shown: u64, left_out: u64, size: Size) -> String {
    match (size, left_out) {
        (_, 0) => format!("All {shown} facts:\n"),
        (Size::Brief | Size::Short, _) => format!("{shown} facts; {left_out} more had no room:\n"),
        (Size::Full, _) => format!("The {shown} most telling facts; {left_out} more had no room and cannot be used:\n"),
    }
}

#[cfg(test)]
#[path = "prompt_tests.rs"]
mod tests;
