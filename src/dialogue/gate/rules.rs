//! The rules of a single sentence, in the order in which a reason is of most use to whoever repairs it.
//!
//! Each looks at the parts of the sentence and gives a reason without numeric characters, or nothing; those about marks, about names and
//! about what stands beside a number have a file each. What passes all of them becomes the pieces of a [`Statement`].

use super::clean::folded;
use super::compare;
use super::parts::{Lexer, Part, What};
use super::{english, numerals};
use crate::dialogue::{Shown, Statement};
use crate::domain::fact::{Fact, FactId};
use crate::insight::Ledger;
use crate::insight::claims::names_month;

/// Characters of a sentence at most.
const LONGEST: usize = 500;

/// A sentence and all that it may rest on.
pub(super) struct Sentence<'a> {
    pub text: &'a str,
    pub parts: &'a [Part],
    /// The facts that its item refers to; of those that were shown.
    pub refs: &'a [FactId],
    /// Words and names that it must have.
    pub least: usize,
    pub shown: &'a Shown,
    pub lexer: &'a Lexer<'a>,
    pub ledger: &'a Ledger,
}

impl<'a> Sentence<'a> {
    /// The pieces of the sentence, or why it does not pass.
    pub(super) fn judge(&self) -> Result<Statement, String> {
        let words = self.words();
        let facts = self.facts();
        let clauses = self.clauses();
        let reason = self
            .bad()
            .or_else(|| self.marks())
            .or_else(|| self.numerals(&words))
            .or_else(|| self.neighbours())
            .or_else(|| {
                let stand: usize = self.parts.iter().map(stands_for).sum();
                // A comparison is a sentence by itself.
                let free = self.free_words(&words);
                if free.is_empty() && stand >= WHOLE { None } else { english::complaint(&free, stand, self.least) }
            })
            .or_else(|| self.units(&words, &facts))
            .or_else(|| self.names(&words, &facts))
            .or_else(|| self.odd_names())
            .or_else(|| self.attribution(&clauses))
            .or_else(|| self.labels(&facts))
            .or_else(|| compare::complaint(self, &clauses, &facts))
            .or_else(|| self.moments(&clauses))
            .or_else(|| self.statements(&clauses, &facts));
        match reason {
            Some(reason) => Err(reason),
            None => self.statement(&clauses),
        }
    }

    /// The words of a sentence, folded, without what stands for something.
    fn words(&self) -> Vec<String> {
        let words = self.parts.iter().enumerate().filter(|(at, _)| self.is_word(*at));
        words.map(|(_, part)| folded(self.cut(part))).collect()
    }

    /// Whether a part is a word of its own, and not what makes a genitive of a name.
    pub(super) fn is_word(&self, at: usize) -> bool {
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
    pub(super) fn facts(&self) -> Vec<&'a Fact> {
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

    /// Numbers and dates in words.
    fn numerals(&self, words: &[String]) -> Option<String> {
        let facts = self.facts();
        let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
        if let Some(word) = numerals::find(words, &names) {
            return Some(format!("“{word}” says how many in words; only facts have numbers"));
        }
        let names = self.shown.names.len();
        if words.iter().any(|word| word == "both") && self.facts().len() < 2 && names < 2 {
            return Some("“both” counts, and it refers to fewer facts".to_owned());
        }
        let month = |part: &&Part| part.what == What::Word && part.from > 0 && names_month(self.cut(part));
        let month = self.parts.iter().skip(1).find(month)?;
        Some(format!("“{}” is a date, and dates are the program's", self.cut(month)))
    }
}

/// Words that a whole clause of the program stands for.
const WHOLE: usize = 4;

/// For how many words a part stands when it is asked whether a sentence says anything.
fn stands_for(part: &Part) -> usize {
    match part.what {
        What::Compare(..) => WHOLE,
        What::Value(_) => 2,
        What::Name(_) => 1,
        _ => 0,
    }
}

/// A text for a reason: without numeric characters, and not long.
pub(super) fn safe(text: &str) -> String {
    if text.is_empty() || text.chars().any(char::is_numeric) || text.chars().count() > 40 {
        return "something".to_owned();
    }
    format!("“{text}”").replace("““", "“").replace("””", "”")
}
