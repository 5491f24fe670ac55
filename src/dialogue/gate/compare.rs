//! Comparisons in words: "faster", "increased", "the highest". What a sentence claims so, its own numbers must bear out: a comparison
//! `{{cmp:A,B}}` or two printed numbers of the names that it speaks of, or a fact that is itself a change of the quantity that it speaks of;
//! for a superlative, the facts of the same kind that were shown. Advice ("use a larger batch to reduce latency") and what may be claims
//! nothing, unless it says of two names which one it is.

use std::cmp::Ordering;

use super::about::{has_name, is_about};
use super::clauses::{Clause, Kind};
use super::noun::{head, is_change, is_lead, is_quantity};
use super::parts::What;
use super::rules::Sentence;
use super::vocabulary::says;
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;

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
    (More, Comparative, "up higher more larger greater bigger longer above heavier beyond"),
    (Less, Comparative, "down lower less fewer smaller shorter below lighter"),
    (Faster, Comparative, "faster quicker speedier swifter quick"),
    (Slower, Comparative, "slower slow"),
    (Better, Comparative, "better superior ahead"),
    (Worse, Comparative, "worse inferior poorer"),
    (
        More,
        Verb,
        "increased increases increasing rose rises risen rising grew grows grown growing exceeds exceeded exceeding surpasses surpassed climbed climbs jumped jumps doubled soared spiked gained",
    ),
    (
        Less,
        Verb,
        "decreased decreases decreasing dropped drops dropping fell falls fallen falling declined declines declining reduced reduces shrank shrinks plummeted dipped lost",
    ),
    (
        Better,
        Verb,
        "improved improves outperforms outperformed outperforming beats beat wins won excels leads outpaces surpasses",
    ),
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
    (More, Superlative, "highest largest greatest biggest longest most"),
    (Less, Superlative, "lowest smallest fewest shortest least"),
    (Faster, Superlative, "fastest quickest"),
    (Slower, Superlative, "slowest"),
    (Better, Superlative, "best top leading optimal winner champion strongest"),
    (Worse, Superlative, "worst"),
];

/// Whether a word says which way something goes.
pub(super) fn is_way(word: &str) -> bool {
    WORDS.iter().any(|(.., list)| is_in(list, word))
}

/// What the sentence compares without grounds; `None` when all of it holds.
pub(super) fn complaint(sentence: &Sentence<'_>, clauses: &[Clause], facts: &[&Fact]) -> Option<String> {
    clauses.iter().enumerate().find_map(|(place, clause)| {
        clause.words.iter().enumerate().find_map(|(nth, (at, word))| {
            let (way, form) = of(word, clause, nth)?;
            let claim = Claim { sentence, clauses, clause, place, nth, at: *at, word, way, facts };
            if form == Superlative { claim.superlative() } else { claim.comparative(form) }
        })
    })
}

/// The way and the form of a word that compares; a word that may be a verb or a noun is told by what stands before it.
fn of(word: &str, clause: &Clause, nth: usize) -> Option<(Way, Form)> {
    let mut all = WORDS.iter().filter(|(.., list)| is_in(list, word)).map(|(way, form, _)| (*way, *form));
    let first = all.next()?;
    let before = nth.checked_sub(1).and_then(|nth| clause.words.get(nth)).map_or("", |(_, word)| word.as_str());
    Some(if is_in("a an the no any of", before) { all.next().unwrap_or(first) } else { first })
}

/// A word that compares, in its clause.
struct Claim<'a> {
    sentence: &'a Sentence<'a>,
    clauses: &'a [Clause],
    clause: &'a Clause,
    place: usize,
    nth: usize,
    at: usize,
    word: &'a str,
    way: Way,
    facts: &'a [&'a Fact],
}

impl<'a> Claim<'a> {
    fn comparative(&self, form: Form) -> Option<String> {
        let than = self.other();
        let names = |clause: &Clause| !clause.about.is_empty();
        let numbered = self.directly_before_number();
        let of_two = than.is_some_and(|clause| !clause.names.is_empty()) && names(self.clause)
            || than.is_some_and(|clause| !clause.values.is_empty());
        if self.clause.kind != Kind::States && !of_two && !numbered {
            return None;
        }
        let attribute =
            self.word_back(1) == "the" && self.clause.names.is_empty() && than.is_none() && form == Comparative;
        if attribute && self.clause.values.is_empty() {
            return None;
        }
        if self.denied() {
            return (!self.counted(true)).then(|| format!("“{}” is denied, and no fact counts none of it", self.word));
        }
        if self.counted(false) {
            return None;
        }
        let leads = form == Verb && !is_in("leads beats beat outperforms outperformed outpaces wins", self.word);
        if leads && self.printed().any(|fact| is_lead(&fact.name)) {
            return self.contradicts();
        }
        let changes: Vec<&Fact> = self.printed().filter(|fact| is_change(&fact.name)).collect();
        if !changes.is_empty() {
            return if changes.iter().all(|fact| self.is_this_way(fact)) { None } else { self.contradicts() };
        }
        if let Some((new, base)) = self.course().or_else(|| self.printed_pair()).or_else(|| self.compared()) {
            return self.against(new, base);
        }
        let grounded = self.facts.iter().any(|fact| self.is_borne_out_by(fact, form));
        (!grounded).then(|| {
            format!(
                "“{}” compares, and no comparison of two facts in the sentence bears it out: write one in braces, or do not compare",
                self.word
            )
        })
    }

    fn contradicts(&self) -> Option<String> {
        Some(format!("“{}” contradicts the facts that it compares", self.word))
    }

    /// The clause with the other side: "than …", "ahead of …".
    fn other(&self) -> Option<&'a Clause> {
        self.clauses
            .get(self.place + 1..)?
            .iter()
            .find(|clause| !clause.words.is_empty())
            .filter(|clause| clause.goes_on)
    }

    fn directly_before_number(&self) -> bool {
        let mut behind =
            self.sentence.parts.get(self.at + 1..).unwrap_or_default().iter().filter(|part| part.what != What::Blank);
        matches!(behind.next(), Some(part) if matches!(part.what, What::Value(_)))
    }

    /// A word before it, folded.
    fn word_back(&self, back: usize) -> &str {
        self.nth.checked_sub(back).and_then(|nth| self.clause.words.get(nth)).map_or("", |(_, word)| word.as_str())
    }

    fn denied(&self) -> bool {
        let before = self.clause.words.get(..self.nth).unwrap_or_default().iter().rev().take(2);
        before
            .map(|(_, word)| word.as_str())
            .any(|word| is_in("no not none never neither nor nothing without isn't didn't doesn't", word))
    }

    fn fact(&self, id: FactId) -> Option<&'a Fact> {
        self.sentence.ledger.get(id)
    }

    /// The facts that its clause prints, and what hangs on to it in brackets.
    fn printed(&self) -> impl Iterator<Item = &'a Fact> {
        let next = self.clauses.get(self.place + 1).filter(|next| next.words.is_empty());
        let ids = self.clause.values.iter().chain(next.into_iter().flat_map(|next| &next.values));
        ids.filter_map(|id| self.fact(*id))
    }

    /// Values of the sentence with their places and the word right before them.
    fn values(&self) -> Vec<(usize, &'a Fact, String)> {
        let value = |(at, part): (usize, &super::parts::Part)| {
            let What::Value(id) = part.what else { return None };
            Some((at, self.fact(id)?, self.sentence.word_before(at)))
        };
        self.sentence.parts.iter().enumerate().filter_map(value).collect()
    }

    /// "from the one to the other", "is the one, down from the other": the new number and the old one.
    fn course(&self) -> Option<(&'a Fact, &'a Fact)> {
        let values = self.values();
        let from = values.iter().find(|(at, _, word)| *at > self.at && word == "from")?;
        let to = values.iter().find(|(at, _, word)| *at > self.at && word == "to");
        let before = values.iter().rev().find(|(at, ..)| *at < self.at);
        let new = to.or(before)?;
        (new.1.unit == from.1.unit).then_some((new.1, from.1))
    }

    /// The numbers on both sides: before and behind the word, or before and behind "than".
    fn printed_pair(&self) -> Option<(&'a Fact, &'a Fact)> {
        let values = self.values();
        let behind: Vec<&Fact> = values.iter().filter(|(at, ..)| *at > self.at).map(|(_, fact, _)| *fact).collect();
        let split = self.clauses.get(self.place + 1..)?.iter().find(|clause| clause.goes_on).map(|clause| clause.from);
        let pair = match split {
            Some(split) => {
                let this = values.iter().rev().find(|(at, ..)| *at < split)?.1;
                let other = values.iter().find(|(at, ..)| *at > split)?.1;
                (this, other)
            }
            None => (values.iter().rev().find(|(at, ..)| *at < self.at)?.1, *behind.first()?),
        };
        let of = |word: &str| says(word, pair.0) || says(word, pair.1) || super::clauses::is_bystander(word);
        (pair.0.unit == pair.1.unit && pair.0.id != pair.1.id && self.clause.quantities().all(of)).then_some(pair)
    }

    /// The two facts of a comparison of the program, in the order in which the clause speaks of them.
    fn compared(&self) -> Option<(&'a Fact, &'a Fact)> {
        let (this, other) = (&self.clause.about, self.other().map(|clause| &clause.about));
        let fits = |a: &Fact, b: &Fact| {
            let own = this.iter().filter(|name| other.is_none_or(|other| !other.contains(name) || this == other));
            let tells = own.clone().any(|name| !self.about(b, name)) || this.is_empty();
            own.clone().all(|name| self.about(a, name))
                && tells
                && other.is_none_or(|other| other.iter().all(|name| self.about(b, name)))
        };
        self.clauses.iter().flat_map(|clause| &clause.compares).find_map(|(a, b)| {
            let (a, b) = (self.fact(*a)?, self.fact(*b)?);
            let pair = if fits(a, b) { Some((a, b)) } else { fits(b, a).then_some((b, a)) };
            pair.filter(|(a, _)| self.is_of(a))
        })
    }

    fn about(&self, fact: &Fact, name: &str) -> bool {
        is_about(fact, name, self.sentence.ledger)
    }

    /// Whether the fact is about the names and the quantities of the clause.
    fn is_of(&self, fact: &Fact) -> bool {
        self.clause.quantities().all(|word| says(word, fact) || super::clauses::is_bystander(word))
    }

    fn is_about_all(&self, fact: &Fact) -> bool {
        self.clause.about.iter().all(|name| self.about(fact, name))
    }

    /// Whether the first fact really is on that side of the second.
    fn against(&self, a: &Fact, b: &Fact) -> Option<String> {
        let Some(more) = is_more(self.way, a, self.unit_of(a)) else {
            return Some(format!(
                "“{}” says which of two is the good one, and the unit of the facts does not tell",
                self.word
            ));
        };
        let wanted = if more { Ordering::Greater } else { Ordering::Less };
        if a.value.partial_cmp(&b.value) == Some(wanted) { None } else { self.contradicts() }
    }

    /// A printed or cited count of just such changes, or of none.
    fn counted(&self, none: bool) -> bool {
        let stem: String = self.word.chars().take(6).collect();
        let all = self.clause.has(|word| is_in("all every each any most many several nothing", word));
        let fits = |fact: &&&Fact| {
            fact.unit.as_str() == "count" && fact.name.to_lowercase().contains(&stem) && (fact.value == 0.0) == none
        };
        let printed: Vec<&Fact> = self.printed().collect();
        let any = if printed.is_empty() {
            self.facts.iter().any(|fact| fits(&fact))
        } else {
            printed.iter().any(|fact| fits(&fact))
        };
        !all && self.clause.names.is_empty() && any
    }

    /// The unit of what a change or a lead is of.
    fn unit_of<'f>(&'f self, fact: &'f Fact) -> &'f Unit {
        let parent = match &fact.source {
            Source::Derived { parents, .. } => parents.first().and_then(|id| self.fact(*id)),
            _ => None,
        };
        parent.map_or(&fact.unit, |parent| &parent.unit)
    }

    fn is_this_way(&self, fact: &Fact) -> bool {
        let more = is_more(self.way, fact, self.unit_of(fact));
        self.is_of(fact) && more.is_some_and(|more| if more { fact.value > 0.0 } else { fact.value < 0.0 })
    }

    /// Whether a fact that the sentence refers to says it: a change of this sign, or a lead of the one over the other.
    fn is_borne_out_by(&self, fact: &Fact, form: Form) -> bool {
        let other = self.other();
        if is_lead(&fact.name) {
            let Some((leader, follower)) = fact.name.split_once(" over ") else { return false };
            let good = is_more(Better, fact, self.unit_of(fact));
            let sides =
                self.clause.about.first().is_some_and(|name| has_name(leader, name) && !has_name(follower, name))
                    && other.is_none_or(|other| other.names.iter().all(|name| has_name(follower, name)));
            return sides && self.is_of(fact) && good.is_some() && is_more(self.way, fact, self.unit_of(fact)) == good;
        }
        let two = other.is_some_and(|other| !other.names.is_empty());
        is_change(&fact.name) && !two && form != Superlative && self.is_about_all(fact) && self.is_this_way(fact)
    }

    /// What is wrong with a superlative.
    fn superlative(&self) -> Option<String> {
        let printed: Vec<&Fact> = self.printed().collect();
        let idle = self.clause.names.is_empty() && printed.is_empty();
        if self.clause.kind != Kind::States && idle {
            return None;
        }
        let holds = |fact: &&Fact| {
            self.is_about_all(fact) && self.is_of(fact) && (self.names_extreme(fact) || self.is_extreme(fact))
        };
        let grounded = if printed.is_empty() { self.facts.iter().any(&holds) } else { printed.iter().any(holds) };
        (self.denied() || !grounded).then(|| format!("“{}” is not borne out by the facts of the same kind", self.word))
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

    /// Whether no shown fact of the same quantity that is not about the same thing lies further out, and there is one.
    fn is_extreme(&self, fact: &Fact) -> bool {
        let Some(more) = is_more(self.way, fact, self.unit_of(fact)) else { return false };
        let things: Vec<&String> = self.clause.about.iter().filter(|name| !is_quantity(fact, name)).collect();
        if things.is_empty() {
            return false;
        }
        let like = |id: &FactId| {
            let other = self.fact(*id).filter(|other| other.id != fact.id && other.unit == fact.unit)?;
            let same = head(&other.name) == head(&fact.name) && !things.iter().all(|name| self.about(other, name));
            same.then_some(other.value)
        };
        let mut peers = self.sentence.shown.facts.iter().filter_map(like).peekable();
        peers.peek().is_some() && peers.all(|value| if more { value <= fact.value } else { value >= fact.value })
    }
}

/// Whether this way means more of a quantity; `None` where neither its unit nor its name tells.
fn is_more(way: Way, fact: &Fact, unit: &Unit) -> Option<bool> {
    let name = fact.name.to_lowercase();
    let is_score = ["accuracy", "score", "quality"].iter().any(|word| name.contains(word));
    let is_rate = unit.as_str().ends_with("/s");
    let is_time = matches!(unit.dimension(), "time" | "time each");
    match way {
        More => Some(true),
        Less => Some(false),
        Better if is_score => Some(true),
        Worse if is_score => Some(false),
        Faster | Better => (is_rate || is_time).then_some(is_rate),
        Slower | Worse => (is_rate || is_time).then_some(is_time),
    }
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
