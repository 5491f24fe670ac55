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

/// Units of one dimension: their spelling (lower-cased) and the factor to the smallest of them, as mantissa and power of ten, so that
/// conversions between decimal steps are exact.
type Scale = &'static [(&'static str, f64, i32)];

const DIMENSIONS: &[(&str, Scale)] = &[
    ("time", &[("ns", 1.0, 0), ("us", 1.0, 3), ("ms", 1.0, 6), ("s", 1.0, 9), ("min", 6.0, 10), ("h", 3.6, 12)]),
    (
        "data",
        &[
            ("bytes", 1.0, 0),
            ("kb", 1.0, 3),
            ("mb", 1.0, 6),
            ("gb", 1.0, 9),
            ("tb", 1.0, 12),
            ("kib", 1024.0, 0),
            ("mib", 1_048_576.0, 0),
            ("gib", 1_073_741_824.0, 0),
            ("tib", 1_099_511_627_776.0, 0),
        ],
    ),
    (
        "data rate",
        &[
            ("bytes/s", 1.0, 0),
            ("b/s", 1.0, 0),
            ("kb/s", 1.0, 3),
            ("mb/s", 1.0, 6),
            ("gb/s", 1.0, 9),
            ("tb/s", 1.0, 12),
            ("kib/s", 1024.0, 0),
            ("mib/s", 1_048_576.0, 0),
            ("gib/s", 1_073_741_824.0, 0),
            ("tib/s", 1_099_511_627_776.0, 0),
        ],
    ),
    ("bit rate", &[("bit/s", 1.0, 0), ("kbit/s", 1.0, 3), ("mbit/s", 1.0, 6), ("gbit/s", 1.0, 9)]),
    (
        "operations",
        &[
            ("ops/s", 1.0, 0),
            ("ops/ms", 1.0, 3),
            ("ops/us", 1.0, 6),
            ("mops/s", 1.0, 6),
            ("ops/ns", 1.0, 9),
            ("gops/s", 1.0, 9),
        ],
    ),
    ("time each", &[("ns/op", 1.0, 0), ("us/op", 1.0, 3), ("ms/op", 1.0, 6), ("s/op", 1.0, 9)]),
    ("energy", &[("mj", 1.0, -3), ("j", 1.0, 0), ("kj", 1.0, 3)]),
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

    /// What is measured, whatever the prefix: equal for `us` and `ms`, which tools change from run to run; the unit itself where no other
    /// unit measures the same.
    pub fn dimension(&self) -> &str {
        self.scale().map_or(&self.0, |(dimension, _, _)| dimension)
    }

    /// `value`, given in this unit, in the unit `to`; `None` when they do not measure the same. Decimal steps are exact: `1.02` ms is `1020` us.
    pub fn convert(&self, value: f64, to: &Self) -> Option<f64> {
        if self == to {
            return Some(value);
        }
        let ((from_dimension, factor, power), (to_dimension, to_factor, to_power)) = (self.scale()?, to.scale()?);
        if from_dimension != to_dimension {
            return None;
        }
        let steps = power - to_power;
        #[allow(clippy::float_cmp, reason = "the factors are constants of one table")]
        if factor == to_factor {
            return stepped(value, steps);
        }
        Some(value * (factor / to_factor) * 10f64.powi(steps)).filter(|v| v.is_finite())
    }

    /// As [`convert`](Self::convert), and between percent and ratio too: for comparing with what a person wrote. Those two stay apart as
    /// series, since nobody knows whether a ratio (a speed-up) is a part of a whole.
    pub fn compare(&self, value: f64, to: &Self) -> Option<f64> {
        match (self.as_str(), to.as_str()) {
            ("percent", "ratio") => stepped(value, -2),
            ("ratio", "percent") => stepped(value, 2),
            _ => self.convert(value, to),
        }
    }

    /// Spellings of the units that are known, for people.
    pub fn spellings() -> Vec<&'static str> {
        let mut all: Vec<&str> = SPELLINGS.iter().map(|(canonical, _)| *canonical).collect();
        for (unit, ..) in DIMENSIONS.iter().flat_map(|(_, units)| units.iter()) {
            let known = |other: &&str| other.eq_ignore_ascii_case(unit);
            if !all.iter().any(known) {
                all.push(unit);
            }
        }
        all
    }

    fn scale(&self) -> Option<(&'static str, f64, i32)> {
        let lower = self.0.to_lowercase();
        let lower = match lower.as_str() {
            "mins" | "minute" | "minutes" => "min",
            "hour" | "hours" => "h",
            other => other,
        };
        DIMENSIONS.iter().find_map(|(dimension, units)| {
            units.iter().find(|(unit, _, _)| *unit == lower).map(|(_, factor, power)| (*dimension, *factor, *power))
        })
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

/// `value` times a power of ten, exactly as decimals go.
fn stepped(value: f64, steps: i32) -> Option<f64> {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent = exponent.parse::<i32>().ok()?.checked_add(steps)?;
    format!("{mantissa}e{exponent}").parse().ok().filter(|v: &f64| v.is_finite())
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

    #[test]
    fn units_of_one_dimension_convert_exactly() {
        let convert = |value: f64, from: &str, to: &str| Unit::new(from).convert(value, &Unit::new(to));
        assert_eq!(convert(1.02, "ms", "us"), Some(1020.0));
        assert_eq!(convert(412.07, "µs", "ms"), Some(0.41207));
        assert_eq!(convert(0.1, "s", "ns"), Some(1e8));
        assert_eq!(convert(2.0, "MiB", "KiB"), Some(2048.0));
        assert_eq!(convert(90.0, "s", "min"), Some(1.5));
        assert_eq!(convert(1.0, "ms", "MB"), None);
        assert_eq!(convert(1.0, "frobs", "ms"), None);
        let compare = |value: f64, from: &str, to: &str| Unit::new(from).compare(value, &Unit::new(to));
        assert_eq!((compare(29.0, "%", "ratio"), compare(0.29, "ratio", "%")), (Some(0.29), Some(29.0)));
        assert_eq!(
            (compare(2.0, "s", "ms"), compare(2.0, "%", "ms"), convert(1.0, "%", "ratio")),
            (Some(2000.0), None, None)
        );
        assert_eq!(Unit::new("us").dimension(), Unit::new("seconds").dimension());
        assert_ne!(Unit::new("MB").dimension(), Unit::new("MB/s").dimension());
        assert_eq!(Unit::new("frobs").dimension(), "frobs");
    }
}
