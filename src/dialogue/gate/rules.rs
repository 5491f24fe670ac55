//! The rules of a single sentence, in the order in which a reason is of most use to whoever repairs it.
//!
//! Each looks at the parts of the sentence and gives a reason without numeric characters, or nothing. What passes all of them becomes the
//! pieces of a [`Statement`].

use super::about::{has_name, is_about};
use super::clean::{folded, is_latin};
use super::compare::{self, Grounds, Item};
use super::parts::{Part, What};
use super::{english, numerals, units};
use crate::dialogue::{Shown, Statement};
use crate::domain::fact::{Fact, FactId};
use crate::insight::Ledger;
use crate::insight::claims::names_month;

/// Characters of a sentence at most.
const LONGEST: usize = 500;
/// Marks that prose has.
const MARKS: &str = ".,;:()'-–—/…&%!";
/// Families of models and the like, which nobody measured unless a fact says so.
const PRODUCTS: &str = "gemma llama qwen mistral mixtral phi gpt claude gemini deepseek falcon codellama starcoder vicuna bert whisper grok \
nvidia amd intel apple geforce radeon ryzen xeon epyc openai anthropic google meta microsoft huggingface vllm ollama tensorrt pytorch tensorflow onnx";

/// Words right before a number that make a bound of it.
const BOUNDS: &[&[&str]] = &[
    &["at", "least"],
    &["at", "most"],
    &["up", "to"],
    &["over"],
    &["under"],
    &["beyond"],
    &["exceeds"],
    &["exceeding"],
    &["exceed"],
    &["minus"],
    &["negative"],
    &["plus"],
    &["times"],
    &["nearly"],
    &["almost"],
];

/// A sentence and all that it may rest on.
pub(super) struct Sentence<'a> {
    pub text: &'a str,
    pub parts: &'a [Part],
    /// The facts that its item refers to; of those that were shown.
    pub refs: &'a [FactId],
    /// Words and names that it must have.
    pub least: usize,
    pub shown: &'a Shown,
    pub ledger: &'a Ledger,
}

impl<'a> Sentence<'a> {
    /// The pieces of the sentence, or why it does not pass.
    pub(super) fn judge(&self) -> Result<Statement, String> {
        let words = self.words();
        let facts = self.facts();
        let reason = self
            .bad()
            .or_else(|| self.marks())
            .or_else(|| self.numerals(&words))
            .or_else(|| self.neighbours())
            .or_else(|| {
                english::complaint(
                    &self.free_words(&words),
                    self.parts.iter().filter(|part| is_reference(part)).count(),
                    self.least,
                )
            })
            .or_else(|| self.units(&words, &facts))
            .or_else(|| self.names(&words, &facts))
            .or_else(|| self.attribution())
            .or_else(|| self.labels(&facts))
            .or_else(|| {
                let grounds = Grounds { ledger: self.ledger, own: facts.clone(), shown: &self.shown.facts };
                compare::complaint(&self.items(), &grounds)
            });
        match reason {
            Some(reason) => Err(reason),
            None => self.statement(),
        }
    }

    /// The words of a sentence, folded, without what stands for something.
    fn words(&self) -> Vec<String> {
        let words = self.parts.iter().enumerate().filter(|(at, _)| self.is_word(*at));
        words.map(|(_, part)| folded(self.cut(part))).collect()
    }

    /// Whether a part is a word of its own, and not what makes a genitive of a name.
    fn is_word(&self, at: usize) -> bool {
        let is = |at: Option<usize>, what: &What| {
            at.and_then(|at| self.parts.get(at)).is_some_and(|part| part.what == *what)
        };
        let genitive =
            is(at.checked_sub(1), &What::Mark('\'')) && self.parts.get(at).is_some_and(|part| self.cut(part) == "s");
        is(Some(at), &What::Word) && !genitive
    }

    pub(super) fn cut(&self, part: &Part) -> &'a str {
        self.text.get(part.from..part.to).unwrap_or("")
    }

    /// The facts that it refers to, in any way.
    fn facts(&self) -> Vec<&'a Fact> {
        let of = |part: &Part| match &part.what {
            What::Value(id) => vec![*id],
            What::Compare(a, b) => vec![*a, *b],
            What::Cites(ids) => ids.clone(),
            _ => Vec::new(),
        };
        let mut ids: Vec<FactId> = self.parts.iter().flat_map(of).chain(self.refs.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().filter_map(|id| self.ledger.get(id)).collect()
    }

    fn bad(&self) -> Option<String> {
        let length: usize = self.parts.last()?.to.saturating_sub(self.parts.first()?.from);
        if length > LONGEST * 4 || self.text.get(self.parts.first()?.from..)?.chars().take(length).count() > LONGEST {
            return Some("it is too long for a sentence".to_owned());
        }
        self.parts.iter().find_map(|part| match &part.what {
            What::Bad(why) => Some((*why).to_owned()),
            What::Cites(ids) if ids.iter().any(|id| self.shown.facts.binary_search(id).is_err()) => {
                Some("it refers to a fact that it was not shown".to_owned())
            }
            _ => None,
        })
    }

    /// Numbers, signs and letters that have no place in prose.
    fn marks(&self) -> Option<String> {
        let number = |part: &Part| {
            matches!(part.what, What::Mark(c) if c.is_numeric())
                || part.what == What::Word && numerals::looks_like_digits(self.cut(part))
        };
        if self.parts.iter().any(number) {
            return Some(
                "it writes a number itself: write a reference in braces in its place, or leave it out".to_owned(),
            );
        }
        let mut depth = 0i32;
        for (at, part) in self.parts.iter().enumerate() {
            match part.what {
                What::Mark('(') => depth += 1,
                What::Mark(')') => depth -= 1,
                What::Mark('?') => return Some("a report asks no questions".to_owned()),
                What::Mark(c) if !MARKS.contains(c) => return Some(self.strange(c)),
                What::Mark(c) if self.is_misplaced(c, at) => return Some(joined(c)),
                What::Word if !self.cut(part).chars().all(|c| is_latin(c) || c == '\'') => {
                    return Some("it is written in another script than English".to_owned());
                }
                _ => {}
            }
            if !(0..=1).contains(&depth) {
                return Some("its brackets do not match".to_owned());
            }
        }
        let title = self.parts.iter().rev().find(|part| part.what != What::Blank)?.what == What::Mark(':');
        let field =
            matches!(self.parts, [first, colon, ..] if colon.what == What::Mark(':') && is_field(self.cut(first)));
        if title || field {
            Some("it is a title and no sentence".to_owned())
        } else {
            (depth != 0).then(|| "its brackets do not match".to_owned())
        }
    }

    fn strange(&self, c: char) -> String {
        if c.is_alphabetic() {
            return "it is written in another script than English".to_owned();
        }
        "it holds markup or a sign that prose does not have".to_owned()
    }

    /// Whether a mark makes a name, an address, a formula or an entity of the words around it.
    fn is_misplaced(&self, c: char, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.parts.get(at)).map(|part| &part.what);
        let behind = self.parts.get(at + 1).map(|part| &part.what);
        let open = |what: Option<&What>| what.is_none_or(|what| matches!(what, What::Blank | What::Mark(_)));
        match c {
            '.' | ',' | ';' | ':' | '!' | '…' => !open(behind),
            '/' => before != Some(&What::Word) || behind != Some(&What::Word),
            '&' => before != Some(&What::Blank) || behind != Some(&What::Blank),
            '%' => !self.is_unit_sign(at),
            '-' | '–' | '—' => {
                let leads = [behind, self.parts.get(at + 2).map(|part| &part.what)];
                let joins = |what: Option<&What>| what.is_some_and(|what| matches!(what, What::Mark('-' | '/' | '.')));
                leads.into_iter().flatten().any(|what| matches!(what, What::Value(_))) || joins(behind)
            }
            '\'' => !open(behind) && !open(before) && !matches!(before, Some(What::Name(_))),
            _ => false,
        }
    }

    /// A percent sign right behind a number; whether it is the number's own is another rule's.
    fn is_unit_sign(&self, at: usize) -> bool {
        let before = self.parts.get(at.saturating_sub(2)..at).unwrap_or_default().iter().rev();
        before
            .map(|part| &part.what)
            .find(|what| **what != What::Blank)
            .is_some_and(|what| matches!(what, What::Value(_) | What::Compare(..)))
    }

    /// Numbers and dates in words.
    fn numerals(&self, words: &[String]) -> Option<String> {
        if let Some(at) = numerals::find(words) {
            let word = words.get(at).map_or("", String::as_str);
            return Some(format!("“{word}” is a number in words; only facts have numbers"));
        }
        let names = self.shown.names.len();
        if words.iter().any(|word| word == "both") && self.facts().len() < 2 && names < 2 {
            return Some("“both” counts, and it refers to fewer facts".to_owned());
        }
        let month = |part: &&Part| part.what == What::Word && part.from > 0 && names_month(self.cut(part));
        let month = self.parts.iter().skip(1).find(month)?;
        Some(format!("“{}” is a date, and dates are the program's", self.cut(month)))
    }

    /// What stands right beside a number or a comparison.
    fn neighbours(&self) -> Option<String> {
        let what = |at: usize| self.parts.get(at).map(|part| &part.what);
        for at in 0..self.parts.len() {
            let is_value = matches!(what(at), Some(What::Value(_)));
            if !is_value && !matches!(what(at), Some(What::Compare(..) | What::Name(_))) {
                continue;
            }
            let before = at.checked_sub(1).and_then(what);
            let open = before.is_none_or(|what| matches!(what, What::Blank | What::Mark('(')));
            let hyphen_or_slash = matches!(before, Some(What::Mark('-' | '/' | '–' | '—')));
            if !open || (is_value && hyphen_or_slash) {
                return Some("a reference is glued to what stands before it".to_owned());
            }
            let closes =
                |what: &What| matches!(what, What::Blank | What::Mark('.' | ',' | ';' | ':' | ')' | '!' | '%'));
            let possessive = matches!((what(at), what(at + 1)), (Some(What::Name(_)), Some(What::Mark('\'' | '-'))));
            if what(at + 1).is_some_and(|what| !closes(what) && !possessive) {
                return Some("a reference is glued to what stands behind it".to_owned());
            }
            let next = if what(at + 1) == Some(&What::Blank) { what(at + 2) } else { what(at + 1) };
            if is_value && matches!(next, Some(What::Value(_))) {
                return Some("numbers of facts stand side by side without a word between them".to_owned());
            }
            if is_value && let Some(bound) = self.bound(at) {
                return Some(format!("“{bound}” makes something else of a fact's number; say what the number is"));
            }
        }
        None
    }

    /// The words right before a number that make a bound of it.
    fn bound(&self, at: usize) -> Option<String> {
        let before = self.parts.get(..at)?.iter().rev().filter(|part| part.what != What::Blank);
        let words: Vec<String> =
            before.take_while(|part| part.what == What::Word).take(2).map(|part| folded(self.cut(part))).collect();
        let ends = |bound: &&&[&str]| {
            bound.len() <= words.len() && bound.iter().rev().zip(&words).all(|(bound, word)| *bound == word.as_str())
        };
        BOUNDS.iter().find(ends).map(|bound| bound.join(" "))
    }

    /// Units behind numbers, and alone.
    fn units(&self, words: &[String], facts: &[&'a Fact]) -> Option<String> {
        for (at, part) in self.parts.iter().enumerate() {
            let rest = self.parts.get(at + 1..).unwrap_or_default();
            let (id, is_compare) = match part.what {
                What::Value(id) => (id, false),
                What::Compare(id, _) => (id, true),
                _ => continue,
            };
            let unit = &self.ledger.get(id)?.unit;
            if let Some((spelt, _)) = units::behind(rest, self.text) {
                let same = if is_compare { spelt.as_str() == "percent" } else { spelt == *unit };
                if !same {
                    return Some(format!("the unit “{}” is not the one of the fact before it", safe(spelt.as_str())));
                }
            }
            let next = rest.iter().find(|part| part.what != What::Blank).filter(|part| part.what == What::Word);
            let next = next.map(|part| folded(self.cut(part))).unwrap_or_default();
            let counted = unit.as_str() == "count" && next == "times";
            if units::is_scale(&next) && !counted {
                return Some(format!("“{next}” makes another number of the fact before it"));
            }
        }
        let shown: Vec<&Fact>;
        let facts = if facts.is_empty() {
            shown = self.shown.facts.iter().filter_map(|id| self.ledger.get(*id)).collect();
            &shown
        } else {
            facts
        };
        units::alone(&self.free_words(words), facts)
    }

    /// The words without the units that stand behind numbers.
    fn free_words(&self, words: &[String]) -> Vec<String> {
        let mut taken = vec![false; words.len()];
        let mut word = 0;
        let mut until = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if matches!(part.what, What::Value(_) | What::Compare(..)) {
                let rest = self.parts.get(at + 1..).unwrap_or_default();
                until = until.max(units::behind(rest, self.text).map_or(0, |(_, length)| at + 1 + length));
            }
            if self.is_word(at) {
                if at < until
                    && let Some(slot) = taken.get_mut(word)
                {
                    *slot = true;
                }
                word += 1;
            }
        }
        words.iter().zip(taken).filter(|(_, taken)| !taken).map(|(word, _)| word.clone()).collect()
    }

    /// Names that no fact of the sentence is about, and names that nobody was shown.
    fn names(&self, words: &[String], facts: &[&'a Fact]) -> Option<String> {
        let name = |part: &Part| if let What::Name(at) = part.what { self.shown.names.get(at) } else { None };
        for name in self.parts.iter().filter_map(name) {
            if !facts.iter().any(|fact| is_about(fact, name, self.ledger)) {
                return Some(format!("it names {} and refers to no fact about it", safe(name)));
            }
        }
        let known = |word: &str| {
            let in_name = |name: &str| name.to_lowercase().contains(word);
            facts.iter().any(|fact| in_name(&fact.name))
                || self.shown.names.iter().any(|name| has_name(&name.to_lowercase(), word))
        };
        let product = words.iter().find(|word| PRODUCTS.split_whitespace().any(|p| p == word.as_str()) && !known(word));
        if let Some(word) = product {
            return Some(format!("“{word}” is a name that its facts do not have"));
        }
        let unknown = (0..self.parts.len()).find(|at| self.is_proper(*at) && !known(&self.folded_at(*at)));
        let unknown = unknown.and_then(|at| self.parts.get(at)).map(|part| self.cut(part))?;
        Some(format!("“{unknown}” is a name that its facts do not have"))
    }

    fn folded_at(&self, at: usize) -> String {
        self.parts.get(at).map(|part| folded(self.cut(part).trim_end_matches("'s"))).unwrap_or_default()
    }

    /// Whether a word is written like a name: with capitals inside, or with one that begins no sentence.
    fn is_proper(&self, at: usize) -> bool {
        let Some(part) = self.parts.get(at).filter(|part| part.what == What::Word) else { return false };
        let word = self.cut(part).trim_end_matches("'s");
        let word = word.strip_suffix('s').filter(|word| word.chars().all(char::is_uppercase)).unwrap_or(word);
        let lower = word.chars().any(char::is_lowercase);
        let inner = word.chars().skip(1).any(char::is_uppercase);
        let before = self.parts.get(..at).unwrap_or_default().iter().rev().find(|part| part.what != What::Blank);
        let begins = before.is_none_or(|part| matches!(part.what, What::Mark(':')));
        let capital = word.starts_with(char::is_uppercase) && !begins && !english::is_ordinary(&folded(word));
        lower && (inner || capital)
    }

    /// In a clause with names, each number must be of one of them.
    fn attribution(&self) -> Option<String> {
        let parts_clauses = |part: &Part| {
            matches!(part.what, What::Mark(',' | ';'))
                || part.what == What::Word
                    && matches!(self.cut(part), "and" | "while" | "whereas" | "but" | "versus" | "against")
        };
        for clause in self.parts.split(parts_clauses) {
            let names: Vec<&String> = clause
                .iter()
                .filter_map(|part| if let What::Name(at) = part.what { self.shown.names.get(at) } else { None })
                .collect();
            if names.is_empty() {
                continue;
            }
            for part in clause {
                let What::Value(id) = part.what else { continue };
                let fact = self.ledger.get(id)?;
                if !names.iter().any(|name| is_about(fact, name, self.ledger)) {
                    return Some("a number stands beside a name that it does not belong to".to_owned());
                }
            }
        }
        None
    }

    /// Labels of percentiles that no fact of it has.
    fn labels(&self, facts: &[&'a Fact]) -> Option<String> {
        let label = |part: &&Part| part.what == What::Label;
        let has = |fact: &&Fact, label: &str| {
            fact.name.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part == label)
        };
        let of_none = |part: &Part| !facts.iter().any(|fact| has(fact, &self.cut(part).to_lowercase()));
        self.parts
            .iter()
            .filter(label)
            .any(of_none)
            .then(|| "it names a percentile that none of its facts is".to_owned())
    }

    fn items(&self) -> Vec<Item> {
        let item = |part: &Part| match &part.what {
            What::Word => Some(Item::Word(folded(self.cut(part)))),
            What::Name(at) => self.shown.names.get(*at).cloned().map(Item::Name),
            What::Value(id) => Some(Item::Value(*id)),
            What::Compare(a, b) => Some(Item::Compare(*a, *b)),
            What::Mark(',' | ';' | ':' | '(' | ')' | '—' | '–') => Some(Item::Stop),
            _ => None,
        };
        self.parts.iter().filter_map(item).collect()
    }
}

/// The fields of a document that models make up around their sentences.
fn is_field(word: &str) -> bool {
    matches!(
        folded(word).as_str(),
        "content" | "description" | "title" | "summary" | "text" | "note" | "section" | "author" | "name"
    )
}

fn is_reference(part: &Part) -> bool {
    matches!(part.what, What::Value(_) | What::Compare(..) | What::Name(_))
}

fn joined(c: char) -> String {
    if c == '%' {
        return "a percent sign stands without the number of a fact".to_owned();
    }
    "it holds a name, an address or a formula that the data does not have".to_owned()
}

/// A text for a reason: without numeric characters, and not long.
fn safe(text: &str) -> String {
    if text.is_empty() || text.chars().any(char::is_numeric) || text.chars().count() > 40 {
        return "something".to_owned();
    }
    format!("“{text}”").replace("““", "“").replace("””", "”")
}
