//! The pieces of a sentence that passed: words, names and references as a [`Statement`] keeps them, with its citations at the end.

use super::clauses::Clause;
use super::compare;
use super::noun;
use super::parts::What;
use super::rules::Sentence;
use super::units;
use super::vocabulary::{is_neutral, says};
use crate::dialogue::statement::printable;
use crate::dialogue::{Piece, Statement};
use crate::domain::fact::{Fact, FactId};

/// Words of a fact's name that say which number of several it is; a sentence that does not say them is told them.
const TELLING: &[&str] = &[
    "p50",
    "median",
    "mean",
    "average",
    "p95",
    "p99",
    "p90",
    "max",
    "maximum",
    "min",
    "minimum",
    "values",
    "noise",
    "lower",
    "upper",
    "end",
    "standard",
    "deviation",
    "share",
    "scatter",
    "step",
    "high",
    "low",
    "interval",
    "confidence",
    "runs",
    "before",
    "after",
    "since",
    "cold",
    "geometric",
    "total",
    "without",
    "range",
];

impl Sentence<'_> {
    /// The sentence as it will be kept: units that the model wrote behind a number are the program's, what a number is stands with it, and
    /// citations stand at the end.
    pub(super) fn statement(&self, clauses: &[Clause]) -> Result<Statement, String> {
        let mut out = Pieces::default();
        let mut skip = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if at < skip {
                continue;
            }
            let rest = self.parts.get(at + 1..).unwrap_or_default();
            match &part.what {
                What::Value(id) => {
                    let fact = printable(*id, self.ledger).ok_or("it refers to a fact whose number cannot be said")?;
                    out.add(Piece::Value(*id));
                    skip = units::behind(rest, self.text).map_or(0, |(_, length)| at + 1 + length);
                    if let Some(name) = self.missing(fact, at, clauses) {
                        let name = name.ok_or("what its number is of cannot be said; say the quantity and the name")?;
                        out.text(" (");
                        name.into_iter().for_each(|piece| out.piece(piece));
                        out.text(")");
                    }
                }
                What::Compare(a, b) => self.comparison(*a, *b, &mut out)?,
                What::Name(name) => out.add(Piece::Name(self.shown.names.get(*name).cloned().unwrap_or_default())),
                What::Cites(ids) => ids.iter().for_each(|id| out.cite(*id)),
                What::Mark('!') => out.text("."),
                _ => out.text(self.cut(part)),
            }
        }
        self.refs.iter().for_each(|id| out.cite(*id));
        Ok(out.finish())
    }

    /// The name that must stand behind a number, since its clause does not say all of what the number is; within, `None` where it cannot
    /// be said.
    fn missing(&self, fact: &Fact, at: usize, clauses: &[Clause]) -> Option<Option<Vec<Piece>>> {
        let place = clauses.iter().position(|clause| clause.from <= at && at < clause.to)?;
        let clause = clauses.get(place)?;
        let reversed = clauses.get(..=place)?.iter().rev();
        let said = reversed.clone().find(|clause| clause.quantities().next().is_some());
        let own: Vec<&str> = clause
            .words
            .iter()
            .chain(said.into_iter().flat_map(|clause| &clause.words))
            .map(|(_, word)| word.as_str())
            .collect();
        let labels = reversed.flat_map(|clause| self.parts.get(clause.from..clause.to).unwrap_or_default());
        let labels: Vec<String> =
            labels.filter(|part| part.what == What::Label).map(|part| self.cut(part).to_lowercase()).collect();
        let head = noun::head(&fact.name).to_lowercase();
        let before = self.word_before(at);
        let implied = |token: &str| match token {
            "before" => before == "from",
            "after" | "since" => before == "to",
            _ => false,
        };
        let says_token = |token: &str| {
            let lone = Fact { name: token.to_owned(), unit: crate::domain::units::Unit::new(""), ..fact.clone() };
            labels.iter().any(|label| label == token) || own.iter().any(|word| says(word, &lone))
        };
        let tokens = || head.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty());
        let telling = tokens().filter(|token| TELLING.contains(token)).all(|token| implied(token) || says_token(token));
        let content = || tokens().filter(|token| !is_neutral(token));
        let is_count = fact.unit.as_str() == "count";
        let sized = noun::is_change(&fact.name) || noun::is_lead(&fact.name);
        let named =
            clause.about.iter().any(|name| !noun::is_quantity(fact, name)) || is_count && !fact.name.contains(" of ");
        let way = sized
            && (before == "by"
                || clause.has(compare::is_way)
                || clause.has(|word| word == "change" || word == "effect"));
        let quantity = own.iter().any(|word| !is_neutral(word) && !compare::is_way(word) && says(word, fact))
            || clause.about.iter().any(|name| noun::is_quantity(fact, name))
            || is_count && (content().next().is_none() || content().all(says_token));
        if telling && named && quantity && (way || !sized) {
            return None;
        }
        let short = named && quantity && !noun::is_lead(&fact.name);
        let name = if short { noun::pieces(noun::head(&fact.name), self.lexer, &self.shown.names) } else { None };
        Some(name.or_else(|| noun::whole(fact, self.lexer, &self.shown.names)))
    }

    /// A comparison as the whole clause that the program makes of it: which fact, how far, and which other.
    fn comparison(&self, a: FactId, b: FactId, out: &mut Pieces) -> Result<(), String> {
        let fact = |id| printable(id, self.ledger).ok_or("it compares a fact whose number cannot be said");
        let (one, other) = (fact(a)?, fact(b)?);
        if one.name == other.name {
            return Err("it compares two facts of the same name, and nobody could tell which is which".to_owned());
        }
        let cannot = || "the facts that it compares have names that cannot be said in a sentence".to_owned();
        let say = |text: &str| noun::pieces(text, self.lexer, &self.shown.names).ok_or_else(cannot);
        let first = noun::whole(one, self.lexer, &self.shown.names).ok_or_else(cannot)?;
        let begins = out.is_empty();
        for (at, piece) in first.into_iter().enumerate() {
            match piece {
                Piece::Text(text) if at == 0 && begins && !text.starts_with("p5") && !text.starts_with("p9") => {
                    out.text(&capital(&text))
                }
                piece => out.piece(piece),
            }
        }
        out.text(" is ");
        out.add(Piece::Compare(a, b));
        match own_part(&one.name, &other.name) {
            Some(own) => {
                out.text(" that of ");
                say(own)?.into_iter().for_each(|piece| out.piece(piece));
            }
            None => {
                out.text(" ");
                let whole = noun::whole(other, self.lexer, &self.shown.names).ok_or_else(cannot)?;
                whole.into_iter().for_each(|piece| out.piece(piece));
            }
        }
        Ok(())
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What the second name has of its own where both say "this of that": its "that", without what both end with.
fn own_part<'n>(one: &str, other: &'n str) -> Option<&'n str> {
    let (head, rest) = one.split_once(" of ")?;
    let (other_head, other_rest) = other.split_once(" of ")?;
    if head != other_head || rest == other_rest {
        return None;
    }
    let common = [" in ", " ["]
        .iter()
        .filter_map(|mark| other_rest.find(mark))
        .min()
        .filter(|at| other_rest.get(*at..).is_some_and(|end| rest.ends_with(end)));
    other_rest.get(..common.unwrap_or(other_rest.len()))
}

/// Pieces as they are put together.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    text: String,
    cited: Vec<FactId>,
}

/// Facts that a statement cites without printing them, at most.
const CITED: usize = 8;

impl Pieces {
    fn text(&mut self, text: &str) {
        // Behind a citation that was taken out, a blank or a point would stand twice.
        let closes = text.starts_with(['.', ',', ';', ')']);
        if closes {
            self.text.truncate(self.text.trim_end().len());
        }
        let doubled = text == " " && (self.text.ends_with(' ') || self.text.is_empty() && self.pieces.is_empty());
        if !doubled {
            self.text.push_str(text);
        }
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.text.push_str(&text),
            piece => self.add(piece),
        }
    }

    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.text.trim().is_empty()
    }

    fn add(&mut self, piece: Piece) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        self.pieces.push(piece);
    }

    fn cite(&mut self, id: FactId) {
        if !self.cited.contains(&id) && self.cited.len() < CITED {
            self.cited.push(id);
        }
    }

    fn finish(mut self) -> Statement {
        self.text.truncate(self.text.trim_end_matches([' ', ',', ';', '-']).len());
        if !self.text.ends_with(['.', '…']) {
            self.text.push('.');
        }
        self.pieces.push(Piece::Text(self.text));
        let printed: Vec<FactId> = Statement(self.pieces.clone()).facts().collect();
        self.pieces.extend(self.cited.into_iter().filter(|id| !printed.contains(id)).map(Piece::Cite));
        Statement(self.pieces)
    }
}
