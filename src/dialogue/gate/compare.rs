//! Comparisons in words: "faster", "increased", "the highest". What a sentence claims so, the facts that it refers to must bear out: a
//! comparison `{{cmp:A,B}}` of the right direction, two numbers that stand so, a fact that is itself a change, or, for a superlative, the
//! facts of the same kind that were shown. Advice ("use a larger batch to reduce latency") and what may be claims nothing.

use std::cmp::Ordering;

use super::about::has_name;
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;
use crate::insight::Ledger;

/// What stands in a sentence, for reading it from left to right.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// Folded.
    Word(String),
    Name(String),
    Value(FactId),
    Compare(FactId, FactId),
    /// What parts clauses.
    Stop,
}

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    More,
    Less,
    Faster,
    Slower,
    Better,
    Worse,
}

/// What kind of word says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// "faster": claims something behind "is" or before "than".
    Comparative,
    /// "increased": claims something by itself.
    Verb,
    /// "an increase": claims something behind "shows" or "there is".
    Noun,
    /// "fastest".
    Superlative,
}

use Form::{Comparative, Noun, Superlative, Verb};
use Way::{Better, Faster, Less, More, Slower, Worse};

const WORDS: &[(Way, Form, &str)] = &[
    (More, Comparative, "higher more larger greater bigger longer above heavier beyond"),
    (Less, Comparative, "lower less fewer smaller shorter below lighter"),
    (Faster, Comparative, "faster quicker speedier swifter"),
    (Slower, Comparative, "slower"),
    (Better, Comparative, "better superior"),
    (Worse, Comparative, "worse inferior poorer"),
    (
        More,
        Verb,
        "increased increases increasing rose rises risen rising grew grows grown growing exceeds exceeded exceeding surpasses surpassed climbed climbs jumped jumps doubled soared spiked",
    ),
    (
        Less,
        Verb,
        "decreased decreases decreasing dropped drops dropping fell falls fallen falling declined declines declining reduced reduces shrank shrinks plummeted dipped",
    ),
    (Better, Verb, "improved improves outperforms outperformed outperforming beats beat wins won excels"),
    (
        Worse,
        Verb,
        "degraded degrades regressed regresses worsened worsens deteriorated deteriorates underperforms underperformed lags lagged suffers suffered",
    ),
    (Faster, Verb, "accelerated accelerates"),
    (Slower, Verb, "slowed slows decelerated"),
    (More, Noun, "increase increases rise growth"),
    (Less, Noun, "decrease reduction drop decline fall"),
    (Better, Noun, "improvement improvements gain gains advantage advantages"),
    (Worse, Noun, "regression regressions degradation degradations deterioration penalty"),
    (Faster, Noun, "speedup speedups acceleration"),
    (Slower, Noun, "slowdown slowdowns"),
    (More, Superlative, "highest largest greatest biggest longest most maximum maximal"),
    (Less, Superlative, "lowest smallest fewest shortest least minimum minimal"),
    (Faster, Superlative, "fastest quickest"),
    (Slower, Superlative, "slowest"),
    (Better, Superlative, "best top leading optimal winner"),
    (Worse, Superlative, "worst"),
];

/// Words behind which a comparison is wished for, possible or asked, and not claimed.
const HEDGES: &str = "to should could may might would can cannot will must if whether avoid for toward towards enable allow help helps ensure \
without prefer seek target need needs aim potential possible possibly risk undetected unnoticed future any against detect prevent expected likely until \
when before after unless of";

/// Words that claim what stands behind them.
const ASSERTS: &str = "is are was were be been has have had shows showed shown show achieves achieved delivers delivered remains remained became \
becomes provides provided gives gave offers offered runs ran performs performed looks appears exhibits exhibited sees saw takes took reaches reached \
stays stayed responds responded generates generated produces produced yields yielded there reports reported with having \
demonstrate demonstrates demonstrated indicate indicates indicated display displays displayed achieve deliver provide give offer run perform \
exhibit see take reach respond generate produce yield remain become";

/// Words that begin a sentence which asks for something.
const ASKS: &str = "use try run increase reduce lower raise test consider set measure collect add repeat compare keep prefer choose enable disable \
monitor investigate review record report tune avoid ensure check verify profile benchmark include validate document store split limit cap warm \
start stop examine evaluate explore optimize optimise improve decrease select pin fix isolate gather extend expand establish implement define \
automate track log apply adopt switch move rerun analyze analyse determine confirm focus prioritize prioritise maintain schedule introduce capture \
make look find identify assess experiment adjust balance trade allocate assign plan perform conduct standardize standardise separate treat vary";

/// How far a hedge, an assertion or a number stands from the word that it belongs to.
const NEAR: usize = 4;

/// The facts that a sentence may rest on.
pub(super) struct Grounds<'a> {
    pub ledger: &'a Ledger,
    /// Those that it refers to.
    pub own: Vec<&'a Fact>,
    /// All that were shown.
    pub shown: &'a [FactId],
}

/// What the sentence compares without grounds; `None` when all of it holds.
pub(super) fn complaint(items: &[Item], grounds: &Grounds<'_>) -> Option<String> {
    let asks = matches!(items.first(), Some(Item::Word(word)) if is_in(ASKS, word));
    (0..items.len()).find_map(|at| {
        let Some(Item::Word(word)) = items.get(at) else { return None };
        let (way, form) = of(word, items, at)?;
        let sentence = Sentence { items, at, word, way, grounds };
        match form {
            Superlative => sentence.superlative(),
            form => sentence.comparative(form, asks),
        }
    })
}

/// The way and the form of a word that compares; a word that may be a verb or a noun is told by what stands before it.
fn of(word: &str, items: &[Item], at: usize) -> Option<(Way, Form)> {
    let mut all = WORDS.iter().filter(|(.., list)| is_in(list, word)).map(|(way, form, _)| (*way, *form));
    let first = all.next()?;
    let is_noun = matches!(at.checked_sub(1).and_then(|at| items.get(at)), Some(Item::Word(before)) if is_in("a an the no any of", before));
    Some(if is_noun { all.next().unwrap_or(first) } else { first })
}

/// A word that compares, in its sentence.
struct Sentence<'a> {
    items: &'a [Item],
    at: usize,
    word: &'a str,
    way: Way,
    grounds: &'a Grounds<'a>,
}

impl Sentence<'_> {
    fn comparative(&self, form: Form, asks: bool) -> Option<String> {
        let near = self.compare(NEAR);
        if near.is_none() && !self.is_claim(form, asks) {
            return None;
        }
        if let Some((a, b)) = near.or_else(|| self.compare(usize::MAX)) {
            return self.against(self.turned(a, b)?);
        }
        if let Some((a, b)) = self.numbers() {
            return self.against((a, b));
        }
        let grounded = self.grounds.own.iter().any(|fact| self.is_borne_out_by(fact, form));
        (!grounded).then(|| {
            format!(
                "“{}” compares, and no comparison of two facts bears it out: write one in braces, or do not compare",
                self.word
            )
        })
    }

    /// Whether the word claims that something is so.
    fn is_claim(&self, form: Form, asks: bool) -> bool {
        let before = self.words_before();
        let has = |list: &str| before.iter().any(|word| is_in(list, word));
        let than = self.words_behind(3).contains(&"than");
        let bound =
            form == Comparative && matches!(self.items.get(self.at + 1 + usize::from(than)), Some(Item::Value(_)));
        if bound {
            return true;
        }
        if has(HEDGES) || (asks && !than) {
            return false;
        }
        match form {
            Verb => true,
            Comparative => than || has(ASSERTS) || before.is_empty() && self.at > 0,
            Noun | Superlative => has(ASSERTS),
        }
    }

    /// The words before it in its clause, at most [`NEAR`].
    fn words_before(&self) -> Vec<&str> {
        let before = self.items.get(..self.at).unwrap_or_default().iter().rev();
        before.take_while(|item| **item != Item::Stop).take(NEAR).filter_map(word).collect()
    }

    fn words_behind(&self, most: usize) -> Vec<&str> {
        let behind = self.items.get(self.at + 1..).unwrap_or_default().iter();
        behind.take_while(|item| **item != Item::Stop).take(most).filter_map(word).collect()
    }

    /// The nearest comparison that is not farther away than so many items.
    fn compare(&self, most: usize) -> Option<(&Fact, &Fact)> {
        let places = self.items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Compare(a, b) => Some((at.abs_diff(self.at), (*a, *b))),
            _ => None,
        });
        let (_, (a, b)) = places.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance)?;
        Some((self.grounds.ledger.get(a)?, self.grounds.ledger.get(b)?))
    }

    /// The two facts in the order in which the sentence speaks of them: "the second is slower than the first by {{cmp:first,second}}".
    fn turned<'f>(&self, a: &'f Fact, b: &'f Fact) -> Option<(&'f Fact, &'f Fact)> {
        let of = |fact: &Fact, name: &String| super::about::is_about(fact, name, self.grounds.ledger);
        let subject = self.items.iter().find_map(|item| if let Item::Name(name) = item { Some(name) } else { None });
        Some(match subject {
            Some(name) if of(b, name) && !of(a, name) => (b, a),
            _ => (a, b),
        })
    }

    /// The numbers before and behind the word that have the same unit.
    fn numbers(&self) -> Option<(&Fact, &Fact)> {
        let value = |item: &Item| if let Item::Value(id) = item { self.grounds.ledger.get(*id) } else { None };
        let behind = self.items.get(self.at + 1..)?.iter().take(8).find_map(value)?;
        let before = self.items.get(..self.at)?.iter().rev().find_map(value)?;
        (before.unit == behind.unit).then_some((before, behind))
    }

    /// Whether the first fact really is on that side of the second.
    fn against(&self, (a, b): (&Fact, &Fact)) -> Option<String> {
        let Some(more) = is_more(self.way, &a.unit) else {
            return Some(format!(
                "“{}” says which of two is the good one, and the unit of the facts does not tell",
                self.word
            ));
        };
        let wanted = if more { Ordering::Greater } else { Ordering::Less };
        (a.value.partial_cmp(&b.value) != Some(wanted))
            .then(|| format!("“{}” contradicts the facts that it compares", self.word))
    }

    /// Whether a fact that the sentence refers to says it: a change of this sign, or a count of just such changes.
    fn is_borne_out_by(&self, fact: &Fact, form: Form) -> bool {
        let stem: String = self.word.chars().take(6).collect();
        let name = fact.name.to_lowercase();
        if matches!(form, Noun | Verb) && fact.unit.as_str() == "count" && name.contains(&stem) {
            let negated = self.words_before().iter().any(|word| matches!(*word, "no" | "not" | "none" | "without"));
            return negated == (fact.value == 0.0);
        }
        let is_change = ["change", "effect", "difference"].iter().any(|word| name.starts_with(word));
        let of = match &fact.source {
            Source::Derived { parents, .. } => parents.first().and_then(|id| self.grounds.ledger.get(*id)),
            _ => None,
        };
        let unit = of.map_or(&fact.unit, |parent| &parent.unit);
        is_change && is_more(self.way, unit).is_some_and(|more| if more { fact.value > 0.0 } else { fact.value < 0.0 })
    }

    /// What is wrong with a superlative that is said of a name or beside a number.
    fn superlative(&self) -> Option<String> {
        let names: Vec<&String> =
            self.items.iter().filter_map(|item| if let Item::Name(name) = item { Some(name) } else { None }).collect();
        let values = self.items.iter().any(|item| matches!(item, Item::Value(_) | Item::Compare(..)));
        let says = |fact: &&Fact| self.names_extreme(fact);
        if (names.is_empty() && !values) || self.grounds.own.iter().any(says) {
            return None;
        }
        let is_extreme = |fact: &&Fact| names.iter().any(|name| self.is_extreme(fact, name));
        let grounded = self.grounds.own.iter().any(is_extreme);
        (!grounded).then(|| format!("“{}” is not borne out by the facts of the same kind", self.word))
    }

    /// Whether the fact's own name says that it is this extreme.
    fn names_extreme(&self, fact: &Fact) -> bool {
        let name = fact.name.to_lowercase();
        let has = |words: &str| words.split(' ').any(|word| has_name(&name, word));
        match self.way {
            More => has("max maximum highest largest longest"),
            Less => has("min minimum lowest smallest shortest"),
            Faster | Better => has("best fastest"),
            Slower | Worse => has("worst slowest"),
        }
    }

    /// Whether no shown fact that differs from this one in `name` alone lies further out, and there is one.
    fn is_extreme(&self, fact: &Fact, name: &str) -> bool {
        let Some((begin, end)) = fact.name.split_once(name).filter(|(begin, end)| begin.len() + end.len() > 2) else {
            return false;
        };
        let Some(more) = is_more(self.way, &fact.unit) else { return false };
        let like = |id: &FactId| {
            let other = self.grounds.ledger.get(*id).filter(|other| other.id != fact.id && other.unit == fact.unit)?;
            let long = other.name.len() > begin.len() + end.len();
            (long && other.name.starts_with(begin) && other.name.ends_with(end)).then_some(other.value)
        };
        let mut peers = self.grounds.shown.iter().filter_map(like).peekable();
        peers.peek().is_some() && peers.all(|value| if more { value <= fact.value } else { value >= fact.value })
    }
}

/// Whether this way means more of a quantity in this unit; `None` where a unit does not tell.
fn is_more(way: Way, unit: &Unit) -> Option<bool> {
    let text = unit.as_str();
    let is_rate = text.ends_with("/s");
    let is_time = matches!(unit.dimension(), "time" | "time each");
    match way {
        More => Some(true),
        Less => Some(false),
        Faster | Better => (is_rate || is_time).then_some(is_rate),
        Slower | Worse => (is_rate || is_time).then_some(is_time),
    }
}

fn word(item: &Item) -> Option<&str> {
    if let Item::Word(word) = item { Some(word) } else { None }
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_a_comparison_leaves_its_way_to_is_known_here() {
        for word in crate::dialogue::statement::SAYS_WAY {
            assert!(WORDS.iter().any(|(.., list)| is_in(list, word)), "{word}");
        }
    }
}
