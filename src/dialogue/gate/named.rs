//! The names of a sentence: each is one of the data's, a fact of the sentence is about it, and a number beside it is its own.

use super::about::{has_name, is_about};
use super::clean::folded;
use super::english;
use super::parts::{Part, What};
use super::rules::{Sentence, safe};
use crate::domain::fact::Fact;

/// Families of models and the like, which nobody measured unless a fact says so.
const PRODUCTS: &str = "gemma llama qwen mistral mixtral phi gpt claude gemini deepseek falcon codellama starcoder vicuna bert whisper grok \
nvidia amd intel apple geforce radeon ryzen xeon epyc openai anthropic google meta microsoft huggingface vllm ollama tensorrt pytorch tensorflow onnx";

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

    /// In a clause with names, each number must be of one of them.
    pub(super) fn attribution(&self) -> Option<String> {
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
