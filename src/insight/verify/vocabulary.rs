//! The vocabulary that a report shares with the index: which of its words are words of metrics, of models, or names of benchmarks, files,
//! cases and parameters. Bounded by the report, however large the index is.

use std::collections::{BTreeSet, HashSet};

use super::names::is_telling;
use super::words;
use crate::insight::claims::Claim;

/// Words and names of the index that the claims use.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// All words near the claims.
    written: HashSet<String>,
    /// The places near the claims, one behind the other, as [`words::line`].
    text: String,
    metrics: HashSet<String>,
    models: HashSet<String>,
    owners: HashSet<String>,
    /// Names and the bits of their values.
    parameters: BTreeSet<(String, u64)>,
}

/// Values of parameters that are kept, at most.
const PARAMETERS: usize = 1 << 14;

impl Vocabulary {
    /// Of these claims, before the index has been asked.
    pub fn of(claims: &[Claim]) -> Self {
        let mut vocabulary = Self::default();
        let mut seen: HashSet<&str> = HashSet::new();
        for claim in claims {
            let about = &claim.about;
            let near = about.label.iter().chain(&about.row).chain(&about.key).chain(&about.noun).map(String::as_str);
            for text in near.chain([about.clause.as_str(), about.sentence.as_str()]) {
                if seen.insert(text) {
                    vocabulary.text.push('|');
                    vocabulary.text.push_str(&words::line(text));
                }
            }
        }
        vocabulary.written =
            vocabulary.text.split([' ', '|']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        vocabulary
    }

    /// A name of a metric or field.
    pub fn metric(&mut self, name: &str) {
        for word in words::words(name) {
            if word.text.chars().any(char::is_alphabetic) && self.written.contains(&word.text) {
                self.metrics.insert(word.text);
            }
        }
    }

    /// A parameter and one of its values: a name that claims may use, the two together an owner, and the value itself a number.
    pub fn parameter(&mut self, name: &str, value: &str) {
        if super::is_model(name) {
            self.model(value);
        }
        self.owner(&format!("{name} {value}"));
        self.owner(value);
        let words = words::words(name);
        let is_used = !words.is_empty() && words.iter().all(|word| self.written.contains(&word.text));
        if let Some(number) = value.parse::<f64>().ok().filter(|number| number.is_finite() && is_used)
            && self.parameters.len() < PARAMETERS
        {
            self.parameters.insert((name.to_owned(), number.to_bits()));
        }
        if is_used {
            self.metric(name);
        }
    }

    /// The numeric values of parameters whose names the claims use.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, f64)> {
        self.parameters.iter().map(|(name, bits)| (name.as_str(), f64::from_bits(*bits)))
    }

    /// A name of a model.
    pub fn model(&mut self, name: &str) {
        for word in words::words(name) {
            if is_telling(&word.text) && self.written.contains(&word.text) {
                self.models.insert(word.text);
            }
        }
    }

    /// A name of a benchmark, file or case, or a parameter with its value: something of several words, or with a digit.
    pub fn owner(&mut self, name: &str) {
        let words = words::words(name);
        let is_name = words.len() > 1 && words.iter().any(|word| word.text.chars().count() > 2);
        if !is_name || !words.iter().all(|word| self.written.contains(&word.text)) {
            return;
        }
        let line = words::line(name);
        let says_more = !words::Gist::of(name).others.is_empty();
        if says_more && self.text.contains(&line) {
            self.owners.insert(line);
        }
    }

    pub(super) fn is_metric(&self, word: &str) -> bool {
        self.metrics.contains(word)
    }

    pub(super) fn models(&self) -> &HashSet<String> {
        &self.models
    }

    pub(super) fn is_model(&self, word: &str) -> bool {
        self.models.contains(word)
    }

    /// Whether a text (as [`words::line`]) is a name that the index has.
    pub(super) fn is_owner(&self, line: &str) -> bool {
        self.owners.contains(line)
    }

    /// The names in a text (as [`words::line`]), without those that are a part of another one there; in a fixed order.
    pub(super) fn owners_in(&self, line: &str) -> Vec<String> {
        let mut found: Vec<&String> = self.owners.iter().filter(|name| line.contains(name.as_str())).collect();
        found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let mut kept: Vec<String> = Vec::new();
        for name in found {
            if !kept.iter().any(|longer| longer.contains(name.as_str())) {
                kept.push(name.clone());
            }
        }
        kept
    }
}
