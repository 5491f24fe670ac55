//! What was learned of endpoints and models, kept from one landing to the next and, by whoever owns the client, over a restart.
//!
//! It is never needed: without it the first question is asked more cautiously. What comes back from outside is bounded and checked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::breaker::Breaker;
use crate::dialogue::CAUTIOUS;

/// As many endpoints and models are remembered; the first in order go when there are more.
const MOST: usize = 64;
/// Bytes that a token can have on average, at least and at most: one in a vocabulary of bytes, hardly five in the prose of a large one.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.5..=6.0;
/// Words about a failure have at most so many characters.
const WORDS: usize = 600;
/// What a refusal told is believed for so long: servers are started anew with another context, and newer ones take more fields.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);
/// So much longer than learned can the tokens of a prompt be; beyond it the server has not read all of it. Prose has tokens twice as long
/// as facts have, and a short prompt is mostly prose, so this holds from [`LARGE`] on.
const STRETCH: f64 = 1.6;
/// Bytes of a token on average, at most, in a prompt that is mostly facts. Numbers and ids make shorter tokens than prose; the bound is
/// chosen, not measured: too low, an answer is discarded for nothing, too high, a prompt that was cut goes unnoticed.
const FACTS: f64 = 4.5;
/// What was learned of longer tokens may be a little wrong.
const TOLERANCE: f64 = 1.2;
/// Bytes of a prompt that is mostly facts.
const SIZED: usize = 4000;
/// Tokens of a prompt that is mostly facts, and that a server with an ordinary context may cut.
const LARGE: f64 = 2000.0;

/// A context is not believed to be smaller, tokens.
const LEAST_CONTEXT: u64 = 512;

/// What was learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By address and what the configuration says of it, so that another configuration is tried at once.
    #[serde(default)]
    pub(super) endpoints: BTreeMap<String, Breaker>,
    /// By the same.
    #[serde(default)]
    pub(super) models: BTreeMap<String, Learned>,
}

/// What was learned of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    /// Bytes of a prompt that make a token.
    #[serde(default)]
    bytes_per_token: Option<f64>,
    /// The longest prompt that was read in full, bytes, and its tokens.
    #[serde(default)]
    longest: Option<(usize, u64)>,
    /// The context that a refusal told of, or made likely, tokens, and when.
    #[serde(default)]
    pub context: Option<(u64, Timestamp)>,
    /// Fields of a question that the server does not take, and since when that is known.
    #[serde(default)]
    without: BTreeMap<String, Timestamp>,
}

impl Memory {
    /// The addresses that are left alone for now, in order, each with the time until which it is.
    pub fn resting(&self, now: Timestamp) -> Vec<(&str, Timestamp)> {
        let mut all = BTreeMap::new();
        for (name, breaker) in &self.endpoints {
            let address = name.split(' ').next().unwrap_or_default();
            if let Some(until) = breaker.until().filter(|until| *until > now) {
                let known = all.entry(address).or_insert(until);
                *known = until.max(*known);
            }
        }
        all.into_iter().collect()
    }

    /// Whether the last question to an endpoint failed, by the name of a [`Checkup`](super::Checkup).
    pub fn failed(&self, name: &str) -> bool {
        self.endpoints.contains_key(name)
    }

    /// The same without what is not plausible.
    pub(super) fn checked(mut self) -> Self {
        for learned in self.models.values_mut() {
            learned.bytes_per_token = learned.bytes_per_token.filter(|bytes| PLAUSIBLE.contains(bytes));
            learned.context = learned.context.filter(|&(tokens, _)| tokens > 0);
            learned.longest = learned.longest.filter(|&(bytes, _)| bytes < isize::MAX as usize);
            while learned.without.len() > MOST {
                learned.without.pop_last();
            }
        }
        while self.endpoints.len() > MOST {
            self.endpoints.pop_first();
        }
        while self.models.len() > MOST {
            self.models.pop_first();
        }
        self.endpoints =
            self.endpoints.into_iter().map(|(address, breaker)| (address, breaker.checked(WORDS))).collect();
        self
    }

    /// Forgets the first in order when a new name would be one too many.
    pub(super) fn learned(&mut self, key: &str) -> &mut Learned {
        while self.models.len() >= MOST && !self.models.contains_key(key) {
            self.models.pop_first();
        }
        self.models.entry(key.to_owned()).or_default()
    }

    /// As [`Memory::learned`], of an endpoint.
    pub(super) fn breaker(&mut self, address: &str) -> &mut Breaker {
        while self.endpoints.len() >= MOST && !self.endpoints.contains_key(address) {
            self.endpoints.pop_first();
        }
        self.endpoints.entry(address.to_owned()).or_default()
    }
}

impl Learned {
    /// Bytes of a prompt that make a token.
    pub fn bytes_per_token(&self) -> f64 {
        self.bytes_per_token.map_or(CAUTIOUS, |bytes| bytes.max(1.0))
    }

    /// The context that a refusal told of not long ago, tokens.
    pub fn context(&self, now: Timestamp) -> Option<u64> {
        let (tokens, at) = self.context?;
        is_believed(at, now).then_some(tokens)
    }

    /// The fields that a refusal named not long ago: the question is put without them.
    pub fn without(&self, now: Timestamp) -> BTreeSet<String> {
        let believed = self.without.iter().filter(|(_, at)| is_believed(**at, now));
        believed.map(|(field, _)| field.clone()).collect()
    }

    /// Learns that the server answers without these fields; of those that are known it learns nothing new.
    pub fn learn_without(&mut self, fields: BTreeSet<String>, now: Timestamp) {
        self.without.retain(|_, at| is_believed(*at, now));
        for field in fields {
            self.without.entry(field).or_insert(now);
        }
    }

    /// Learns from a prompt that was read in full: half of what was known, half of what is new.
    pub fn learn(&mut self, bytes: usize, tokens: u64) {
        let measured = ratio(bytes, tokens);
        if self.longest.is_none_or(|(known, _)| bytes > known) {
            self.longest = Some((bytes, tokens));
        }
        if PLAUSIBLE.contains(&measured) {
            self.bytes_per_token = Some(self.bytes_per_token.map_or(measured, |known| (known + measured) / 2.0));
        }
    }

    /// Whether so few tokens cannot be all of the prompt. A template only adds to it.
    pub fn was_cut(&self, bytes: usize, tokens: u64) -> bool {
        let found = ratio(bytes, tokens);
        let longer = |known: f64| bytes as f64 / known >= LARGE && found > known * STRETCH;
        let facts = self.bytes_per_token.map_or(FACTS, |known| FACTS.max(known * TOLERANCE));
        found > *PLAUSIBLE.end()
            || (bytes >= SIZED && found > facts)
            || self.bytes_per_token.is_some_and(longer)
            || self.is_as_before(bytes, tokens)
    }

    /// Whether a prompt that is longer than any before has the very number of tokens that the longest of those had, or fewer: then
    /// that one was cut too.
    fn is_as_before(&self, bytes: usize, tokens: u64) -> bool {
        // A tenth more is more in any vocabulary.
        self.longest.is_some_and(|(known, counted)| known >= SIZED && bytes > known + known / 10 && tokens <= counted)
    }

    /// A prompt was cut after so many tokens: hardly more fits. What was learned of prompts that were cut there too is forgotten.
    pub fn cut(&mut self, bytes: usize, tokens: u64, now: Timestamp) {
        if self.is_as_before(bytes, tokens) {
            (self.bytes_per_token, self.longest) = (None, None);
        }
        self.context = Some((tokens.max(LEAST_CONTEXT), now));
    }

    /// A prompt did not fit a context of which `believed` was thought: half of that is tried next.
    pub fn too_long(&mut self, believed: u64, now: Timestamp) {
        self.context = Some(((believed / 2).max(LEAST_CONTEXT), now));
    }
}

fn is_believed(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at).abs() < BELIEVED
}

fn ratio(bytes: usize, tokens: u64) -> f64 {
    bytes as f64 / tokens.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_token_are_learned_and_a_cut_prompt_is_seen() {
        let mut learned = Learned::default();
        assert_eq!(learned.bytes_per_token(), CAUTIOUS);
        assert!(!learned.was_cut(4000, 1000));
        assert!(learned.was_cut(9000, 1000), "no vocabulary has tokens of nine bytes on average");
        assert!(learned.was_cut(8900, 1500), "facts have no tokens of six bytes on average");
        assert!(!learned.was_cut(8900, 2000) && !learned.was_cut(900, 180));
        learned.learn(3000, 1000);
        assert_eq!(learned.bytes_per_token(), 3.0);
        assert!(!learned.was_cut(12_000, 3000));
        assert!(learned.was_cut(12_000, 2000 + 400), "almost half of the prompt is missing");
        assert!(!learned.was_cut(2500, 500), "a short prompt is mostly prose");
        learned.learn(2000, 1000);
        assert_eq!(learned.bytes_per_token(), 2.5);
        learned.learn(1_000_000, 0);
        assert_eq!(learned.bytes_per_token(), 2.5);
    }

    #[test]
    fn a_field_that_was_refused_is_tried_again_after_a_day() {
        let at = |hour: i64| Timestamp::from_second(1_700_000_000 + hour * 3600).expect("a time");
        let mut learned = Learned::default();
        let fields = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        learned.learn_without(fields(&["top_k"]), at(0));
        learned.learn_without(fields(&["seed", "top_k"]), at(20));
        assert_eq!(learned.without(at(23)), fields(&["seed", "top_k"]));
        assert_eq!(learned.without(at(25)), fields(&["seed"]));
        learned.learn_without(fields(&["top_k"]), at(45));
        assert_eq!(learned.without(at(46)), fields(&["top_k"]));
        assert_eq!(learned.without(at(-100)), fields(&[]), "a clock that stepped back");
    }

    #[test]
    fn a_longer_prompt_of_as_many_tokens_as_the_one_before_was_cut() {
        let mut learned = Learned::default();
        learned.learn(5500, 1500);
        assert!(!learned.was_cut(5600, 1500) && !learned.was_cut(6600, 1800));
        assert!(learned.was_cut(6600, 1500), "{learned:?}");
        learned.cut(6600, 1500, Timestamp::UNIX_EPOCH);
        assert_eq!(learned.bytes_per_token(), CAUTIOUS, "the one before was cut too");
        assert_eq!(learned.context(Timestamp::UNIX_EPOCH), Some(1500));
        learned.too_long(1500, Timestamp::UNIX_EPOCH);
        learned.too_long(750, Timestamp::UNIX_EPOCH);
        assert_eq!(learned.context(Timestamp::UNIX_EPOCH), Some(LEAST_CONTEXT));
    }

    #[test]
    fn a_memory_from_outside_is_checked() {
        let text = r#"{"models":{"a b":{"bytes_per_token":1e300,"context":[0,"2026-01-01T00:00:00Z"]},"c d":{"bytes_per_token":3.5}},"more":1}"#;
        let memory: Memory = serde_json::from_str::<Memory>(text).expect("a memory").checked();
        assert_eq!(memory.models["a b"], Learned::default());
        assert_eq!(memory.models["c d"].bytes_per_token(), 3.5);
        let mut memory = Memory::default();
        for i in 0..10_000 {
            memory.learned(&format!("{i}")).learn(3, 1);
            memory.breaker(&format!("{i}")).failed(
                jiff::Timestamp::UNIX_EPOCH,
                1,
                std::time::Duration::ZERO,
                String::new(),
            );
        }
        assert_eq!((memory.models.len(), memory.endpoints.len()), (MOST, MOST));
        let kept = serde_json::to_string(&memory).expect("JSON");
        assert_eq!(serde_json::from_str::<Memory>(&kept).expect("a memory"), memory);
    }
}
