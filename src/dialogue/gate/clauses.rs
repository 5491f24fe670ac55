//! The clauses of a sentence: what each is for (stating, advising, supposing), the names it speaks of, and the words that it says it with.
//!
//! Marks and conjunctions part them. A mark does not part a number from its name: a clause without a name speaks of the names of the one
//! before it, and a clause without a quantity of its own of the quantities of the one before.

use super::clean::folded;
use super::compare;
use super::parts::{Part, What};
use super::rules::Sentence;
use super::units;
use super::vocabulary::{asks, begins_clause, continues_clause, is_denied, is_neutral, is_wide, says, supposes};
use crate::domain::fact::{Fact, FactId};

/// What a clause is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    States,
    Advises,
    Supposes,
}

/// One clause: parts of the sentence from `from` up to `to`.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub from: usize,
    pub to: usize,
    pub kind: Kind,
    /// Folded words with their places; "time to first token" is one word.
    pub words: Vec<(usize, String)>,
    pub values: Vec<FactId>,
    pub compares: Vec<(FactId, FactId)>,
    pub names: Vec<String>,
    /// The names that it speaks of: its own, else those of the clause before it.
    pub about: Vec<String>,
    /// Whether it goes on with what the clause before it claims: "than …".
    pub goes_on: bool,
}

/// Verbs that make a statement of a clause.
fn is_finite(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "has"
            | "have"
            | "had"
            | "does"
            | "did"
            | "isn't"
            | "aren't"
            | "wasn't"
            | "weren't"
    )
}

impl Clause {
    /// Words that say what is measured or counted: neither neutral, nor ways, nor what belongs to the sentence alone.
    pub(super) fn quantities(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|(_, word)| word.trim_end_matches("'s"));
        let next = |nth: usize| self.words.get(nth + 1).map_or("", |(_, word)| word.as_str());
        // "well above" says nothing that "above" does not.
        let words = words
            .enumerate()
            .filter(move |(nth, word)| !(matches!(*word, "well" | "far") && compare::is_way(next(*nth))));
        words.map(|(_, word)| word).filter(|word| !is_neutral(word) && !compare::is_way(word) && !supposes(word))
    }

    /// Whether a word of it claims a way; "the larger ones" only names them.
    fn claims_way(&self) -> bool {
        let before =
            |nth: usize| nth.checked_sub(1).and_then(|nth| self.words.get(nth)).map_or("", |(_, word)| word.as_str());
        let names = |nth: usize| before(nth) == "the" && self.names.is_empty();
        self.words.iter().enumerate().any(|(nth, (_, word))| compare::is_way(word) && !names(nth))
    }

    pub(super) fn has(&self, is: impl Fn(&str) -> bool) -> bool {
        self.words.iter().any(|(_, word)| is(word))
    }
}

impl Sentence<'_> {
    pub(super) fn clauses(&self) -> Vec<Clause> {
        let mut cuts = vec![0];
        for (at, part) in self.parts.iter().enumerate() {
            match part.what {
                What::Mark(',' | ';' | ':' | '(' | ')' | '—' | '–') => cuts.push(at + 1),
                What::Word if begins_clause(&folded(self.cut(part))) => cuts.push(at),
                _ => {}
            }
        }
        cuts.push(self.parts.len());
        cuts.dedup();
        let mut all: Vec<Clause> = Vec::new();
        for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
            let before = all.last().cloned();
            all.push(self.clause(*from, *to, before.as_ref()));
        }
        // A number before all names speaks of the first ones that come.
        let first = all.iter().find(|clause| !clause.names.is_empty()).map(|clause| clause.names.clone());
        all.iter_mut()
            .filter(|clause| clause.about.is_empty())
            .for_each(|clause| clause.about = first.clone().unwrap_or_default());
        all
    }

    fn clause(&self, from: usize, to: usize, before: Option<&Clause>) -> Clause {
        let parts = self.parts.get(from..to).unwrap_or_default();
        let (mut values, mut compares, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match &part.what {
                What::Value(id) => values.push(*id),
                What::Compare(a, b) => compares.push((*a, *b)),
                What::Name(at) => names.extend(self.shown.names.get(*at).cloned()),
                _ => {}
            }
        }
        let words = self.words_of(from, parts);
        let about = if names.is_empty() {
            before.map(|clause| clause.about.clone()).unwrap_or_default()
        } else {
            names.clone()
        };
        let goes_on = words.first().is_some_and(|(_, word)| continues_clause(word));
        let kind = kind(&words, before.map(|clause| clause.kind));
        Clause { from, to, kind, words, values, compares, names, about, goes_on }
    }

    fn words_of(&self, from: usize, parts: &[Part]) -> Vec<(usize, String)> {
        let mut unit = 0;
        let mut word = |(at, part): (usize, &Part)| {
            if matches!(part.what, What::Value(_)) {
                unit = units::behind(parts.get(at + 1..).unwrap_or_default(), self.text)
                    .map_or(0, |(_, length)| at + 1 + length);
            }
            (at >= unit && self.is_word(from + at)).then(|| (from + at, folded(self.cut(part))))
        };
        let mut words: Vec<(usize, String)> = Vec::new();
        for (at, word) in parts.iter().enumerate().filter_map(&mut word) {
            words.push((at, word));
            for phrase in
                [&["time", "to", "first", "token"][..], &["time", "to", "the", "first", "token"], &["first", "token"]]
            {
                let begin = words.len().saturating_sub(phrase.len());
                let ends = words
                    .get(begin..)
                    .is_some_and(|last| last.iter().map(|(_, word)| word.as_str()).eq(phrase.iter().copied()));
                if ends {
                    words.truncate(begin);
                    words.push((at, "ttft".to_owned()));
                }
            }
        }
        words
    }

    /// What a clause states that no fact says, in words.
    pub(super) fn statements(&self, clauses: &[Clause], facts: &[&Fact]) -> Option<String> {
        let mut strict = false;
        let mut quantities: Vec<String> = Vec::new();
        for clause in clauses {
            if let Some((_, word)) = clause.words.iter().find(|(_, word)| is_denied(word)) {
                return Some(format!("“{word}” is a verdict that no fact gives; say what the facts show"));
            }
            let own: Vec<String> = clause.quantities().map(str::to_owned).collect();
            let example =
                matches!(clause.words.as_slice(), [(_, one), (_, other), ..] if one == "for" && other == "example");
            if !own.is_empty() || example {
                quantities = own;
            }
            let printed: Vec<&Fact> = clause.values.iter().filter_map(|id| self.ledger.get(*id)).collect();
            if let Some(reason) = printed.iter().find_map(|fact| unsaid(&quantities, fact, clause)) {
                return Some(reason);
            }
            if clause.kind != Kind::States {
                strict = false;
                continue;
            }
            strict = !printed.is_empty() || clause.claims_way() || strict && clause.goes_on;
            if let Some(reason) = self.stated(clause, strict, &printed, facts) {
                return Some(reason);
            }
        }
        None
    }

    fn stated(&self, clause: &Clause, strict: bool, printed: &[&Fact], facts: &[&Fact]) -> Option<String> {
        let told =
            |word: &str| facts.iter().any(|fact| says(word, fact)) || self.shown.names.iter().any(|name| name == word);
        for word in clause.quantities() {
            let known = if printed.is_empty() {
                told(word) || strict && is_bystander(word)
            } else {
                printed.iter().all(|fact| says(word, fact))
            };
            if known && (!is_incident(word) || self.is_counted(word, clause, facts)) || !strict && is_wide(word) {
                continue;
            }
            return Some(format!(
                "“{word}” says what none of its facts says: leave it out, or refer to a fact about it"
            ));
        }
        let blames = clause.has(|word| {
            matches!(word, "cause" | "causes" | "reason" | "reasons" | "explains" | "explain" | "explained")
        });
        let open = clause.has(|word| {
            matches!(word, "not" | "no" | "without" | "unknown" | "unclear" | "uncertain" | "nor" | "missing")
        });
        (blames && !open)
            .then(|| "it names a cause, and facts have none; say that it may be one, or leave it out".to_owned())
    }

    /// Whether facts count incidents of this kind, and the clause does not deny what they count or say what they do not.
    fn is_counted(&self, word: &str, clause: &Clause, facts: &[&Fact]) -> bool {
        let denies = clause.has(|word| matches!(word, "no" | "not" | "none" | "never" | "without" | "nor" | "neither"));
        let all = clause.has(|word| matches!(word, "all" | "every" | "each" | "any" | "most" | "many" | "several"));
        let says = |fact: &&&Fact| says(word, fact);
        !all && facts.iter().filter(says).all(|fact| denies == (fact.value == 0.0))
            && (denies || !clause.values.is_empty())
    }
}

/// Words for what went wrong: they are counted, not told.
fn is_incident(word: &str) -> bool {
    ["error", "fail", "outlier", "problem", "timeout"].iter().any(|stem| word.starts_with(stem)) || word == "steady"
}

/// Whether a word says whom a claim concerns, and not what it is of.
pub(super) fn is_bystander(word: &str) -> bool {
    matches!(
        word,
        "users"
            | "user"
            | "history"
            | "performance"
            | "cause"
            | "causes"
            | "reason"
            | "recorded"
            | "known"
            | "unknown"
            | "unclear"
            | "without"
            | "well"
            | "far"
    )
}

/// Quantities that advice too may only name beside their own numbers.
const MEASURED: &[&str] = &[
    "throughput",
    "latency",
    "ttft",
    "accuracy",
    "quality",
    "memory",
    "power",
    "energy",
    "cost",
    "error",
    "errors",
    "failure",
    "failures",
    "rate",
    "utilization",
    "load",
    "tokens",
    "speed",
];

/// A quantity that stands with a number which is another one.
fn unsaid(quantities: &[String], fact: &Fact, clause: &Clause) -> Option<String> {
    let loose = |word: &str| clause.kind != Kind::States && !MEASURED.contains(&word);
    let other = quantities.iter().find(|word| !loose(word) && !says(word, fact))?;
    Some(format!("“{other}” is not what the number beside it is of"))
}

fn kind(words: &[(usize, String)], before: Option<Kind>) -> Kind {
    let has = |is: fn(&str) -> bool| words.iter().any(|(_, word)| is(word));
    let first = words.first().map_or("", |(_, word)| word.as_str());
    let asks_first = before.is_some_and(|kind| kind != Kind::States) || asks(first);
    let failed = words.windows(2).any(|two| matches!(two, [(_, one), (_, other)] if one == "could" && other == "not"));
    if failed {
        return Kind::States;
    }
    if has(supposes_truly) || asks_first && has(|word| matches!(word, "what" | "how")) {
        return Kind::Supposes;
    }
    let purpose = first == "so" && words.get(1).is_some_and(|(_, word)| word == "that");
    if purpose && before.is_some_and(|kind| kind != Kind::States) {
        return Kind::Supposes;
    }
    let opens = matches!(first, "when" | "where" | "before" | "after");
    match before {
        None if asks(first) || first == "do" || first == "not" => {
            if is_stated(words) {
                Kind::States
            } else {
                Kind::Advises
            }
        }
        None => Kind::States,
        Some(before) if has(is_finite) || matches!(first, "because" | "since" | "which" | "who") => {
            if opens && before != Kind::States { Kind::Supposes } else { Kind::States }
        }
        Some(before) => before,
    }
}

/// Whether a clause that asks for something also states something: its verb does not stand behind a word of time or condition, as in
/// "repeat the runs before the batch size is changed".
fn is_stated(words: &[(usize, String)]) -> bool {
    let mut words = words.iter().map(|(_, word)| word.as_str());
    let waits =
        |word: &str| matches!(word, "before" | "until" | "after" | "when" | "while" | "once" | "whether" | "if");
    words.find(|word| waits(word) || is_finite(word)).is_some_and(is_finite)
}

/// "to" makes a wish only of what follows an advice, so it does not count here.
fn supposes_truly(word: &str) -> bool {
    !matches!(word, "to" | "what" | "how") && supposes(word)
}
