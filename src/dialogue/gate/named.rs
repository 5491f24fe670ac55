//! The names of a sentence: each is one of the data's, a fact of the sentence is about it, and a number beside it is its own.

use super::about::{has_name, is_about};
use super::clauses::Clause;
use super::clean::folded;
use super::english;
use super::parts::{Part, What};
use super::rules::{Sentence, safe};
use crate::domain::fact::Fact;

/// Families of models and the like, which nobody measured unless a fact says so.
const PRODUCTS: &str = "gemma llama qwen mistral mixtral phi gpt claude gemini deepseek falcon codellama starcoder vicuna bert whisper grok \
nvidia amd intel apple geforce radeon ryzen xeon epyc openai anthropic google meta microsoft huggingface vllm ollama tensorrt pytorch tensorflow onnx";

/// Words that a name may have, at most, to be read as one.
const WORDS: usize = 3;

/// Whether a name, set into a sentence, could be read as a number, a date or a claim: the sentence would say what the data's author wrote.
pub(super) fn reads_as_a_statement(name: &str) -> bool {
    let words: Vec<String> = name.split_whitespace().map(folded).collect();
    let numeric = |word: &String| word.chars().any(char::is_numeric) && !word.chars().any(char::is_alphabetic);
    let claims = |word: &String| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        super::compare::is_way(word)
            || super::vocabulary::is_denied(word)
            || matches!(word, "no" | "not" | "is" | "are" | "was" | "were" | "failed")
    };
    let several = words.len() > 1;
    let is_setting = name.contains('=');
    name.contains('%')
        || words.iter().any(numeric)
        || several && words.iter().any(claims)
        || words.len() == 1 && words.iter().any(claims)
        || words.len() > WORDS && !is_setting
}

impl Sentence<'_> {
    /// Names that no fact of the sentence is about, and names that nobody was shown.
    pub(super) fn names(&self, words: &[String], facts: &[&Fact]) -> Option<String> {
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

    /// Each number is of all the names that its clause speaks of; one of two things says them in its own order.
    pub(super) fn attribution(&self, clauses: &[Clause]) -> Option<String> {
        for clause in clauses {
            for fact in clause.values.iter().filter_map(|id| self.ledger.get(*id)) {
                let of = |name: &String| is_about(fact, name, self.ledger);
                let turned = |first: &String| {
                    let sides = fact.name.split_once(" over ").or_else(|| fact.name.split_once(" against "));
                    sides.is_some_and(|(one, other)| has_name(other, first) && !has_name(one, first))
                };
                if !clause.about.iter().all(of) || clause.about.first().is_some_and(turned) {
                    return Some("a number stands beside a name that it does not belong to".to_owned());
                }
            }
        }
        None
    }

    /// Names that read as statements.
    pub(super) fn odd_names(&self) -> Option<String> {
        let name = |part: &Part| if let What::Name(at) = part.what { self.shown.names.get(at) } else { None };
        let odd = self.parts.iter().filter_map(name).any(|name| reads_as_a_statement(name));
        odd.then(|| "a name out of the data in it reads as a statement of its own; leave it out".to_owned())
    }

    /// Labels of percentiles that no fact of it has.
    pub(super) fn labels(&self, facts: &[&Fact]) -> Option<String> {
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
}
