//! The unit of a measured value: a short canonical spelling that scripts can rely on.
//!
//! A unit is text rather than an enum because tools invent their own (`J`, `KiB/s`): those are kept as the file has them.
//! The empty unit means that neither the name nor the cell nor a sibling told one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A unit in its canonical spelling: one of `s ms us ns tok/s req/s ops/s bytes MB GB/s percent ratio count`, or else as the
/// file wrote it; empty when unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unit(String);

/// Spellings met in real files, lower-cased, and the canonical unit that each one means.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("s", &["s", "sec", "secs", "second", "seconds"]),
    ("ms", &["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"]),
    ("us", &["us", "µs", "μs", "usec", "usecs", "micros", "microsecond", "microseconds"]),
    ("ns", &["ns", "nsec", "nsecs", "nanos", "nanosecond", "nanoseconds"]),
    ("tok/s", &["tok/s", "toks/s", "tokens/s", "token/s", "t/s", "tokens/sec", "tok/sec", "tokens per second", "tps"]),
    ("req/s", &["req/s", "requests/s", "requests/sec", "req/sec", "rps", "requests per second"]),
    ("ops/s", &["ops/s", "op/s", "ops/sec", "iter/s", "iterations/s", "it/s"]),
    ("bytes", &["bytes", "byte", "b"]),
    ("MB", &["mb"]),
    ("GB/s", &["gb/s"]),
    ("percent", &["percent", "%", "pct"]),
    ("ratio", &["ratio", "x", "×"]),
    ("count", &["count"]),
];

impl Unit {
    /// The unit that `text` spells: canonical when the spelling is known, the trimmed text itself otherwise.
    pub fn new(text: &str) -> Self {
        let trimmed = text.trim();
        Self::known(trimmed).unwrap_or_else(|| Self(trimmed.to_owned()))
    }

    /// The canonical unit of a known spelling; `None` for anything else.
    pub fn known(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        SPELLINGS
            .iter()
            .find(|(_, spellings)| spellings.contains(&lower.as_str()))
            .map(|(canonical, _)| Self((*canonical).to_owned()))
    }

    /// The unknown unit.
    pub fn none() -> Self {
        Self::default()
    }

    /// The spelling to print and to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no unit is known.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_spellings_become_canonical_and_others_stay() {
        assert_eq!(Unit::new("Milliseconds").as_str(), "ms");
        assert_eq!(Unit::new("µs").as_str(), "us");
        assert_eq!(Unit::new("tokens/s").as_str(), "tok/s");
        assert_eq!(Unit::new(" KiB/s ").as_str(), "KiB/s");
        assert!(Unit::new("").is_none());
    }
}
