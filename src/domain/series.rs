//! A series: the history of one quantity.
//!
//! Its identity is benchmark + case + parameters + metric + unit + environment. The direction belongs to the series but does
//! not identify it: a user may correct it without losing the history.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::units::Unit;

/// Parameters of a case in name order; values keep the spelling of the file, numbers in their shortest form.
pub type Params = BTreeMap<String, String>;

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Direction {
    Lower,
    Higher,
    /// Neither is known to be good: never alerts unless a rule says so.
    #[default]
    Neutral,
}

impl Direction {
    /// The words of [`as_str`](Self::as_str).
    pub const WORDS: &'static [&'static str] = &["lower", "higher", "neutral"];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::Neutral => "neutral",
        }
    }

    /// The direction that [`as_str`](Self::as_str) wrote; anything else is neutral.
    pub fn from_word(word: &str) -> Self {
        match word {
            "lower" => Self::Lower,
            "higher" => Self::Higher,
            _ => Self::Neutral,
        }
    }

    /// Whether a move from `before` to `after` is a turn for the worse.
    pub fn is_worse(self, before: f64, after: f64) -> bool {
        match self {
            Self::Lower => after > before,
            Self::Higher => after < before,
            Self::Neutral => false,
        }
    }

    /// For people: "lower is better".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Lower => "lower is better",
            Self::Higher => "higher is better",
            Self::Neutral => "no better direction known",
        }
    }
}

/// What makes two measurements points of the same series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Directory below the tree (root's name included, time-stamped components removed) and stem without time stamps and run
    /// counters: `reports/gemma3/gemma3_param_tuning`.
    pub benchmark: String,
    /// What was measured within the benchmark: a backend, a prompt, a test name; may be empty.
    pub case: String,
    pub params: Params,
    /// The quantity without its unit: `ttft`, `tokens_per_second`, `latency_p95`.
    pub metric: String,
    pub unit: Unit,
    /// Host, hardware or branch where the content names them; empty for the default environment.
    pub environment: String,
}

/// What stands before the name of a branch in an environment.
const BRANCH: &str = "branch ";

/// An environment: where it ran, and the branch if that is not the default one.
pub fn environment(place: &str, branch: Option<&str>) -> String {
    match branch {
        None => place.to_owned(),
        Some(branch) if place.is_empty() => format!("{BRANCH}{branch}"),
        Some(branch) => format!("{place}, {BRANCH}{branch}"),
    }
}

impl SeriesKey {
    /// The same quantity at the same place on the default branch; `None` for a series that is of that branch itself.
    pub fn on_default_branch(&self) -> Option<Self> {
        let place = match self.environment.split_once(&format!(", {BRANCH}")) {
            Some((place, _)) => place,
            None => self.environment.strip_prefix(BRANCH).map(|_| "")?,
        };
        Some(Self { environment: place.to_owned(), ..self.clone() })
    }

    /// A stable 128-bit digest of the identity, for look-ups by index. Units of one dimension are one identity: tools write `980us` in one
    /// run and `1.02ms` in the next.
    pub fn digest(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        let mut field = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        field(&self.benchmark);
        field(&self.case);
        for (name, value) in &self.params {
            field(name);
            field(value);
        }
        field("");
        field(&self.metric);
        field(self.unit.dimension());
        field(&self.environment);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        digest
    }

    /// Case and parameters as one label: `eager num_ctx=1024 num_gpu=40`; empty when there are neither.
    pub fn label(&self) -> String {
        let mut label = self.case.clone();
        for (name, value) in &self.params {
            if !label.is_empty() {
                label.push(' ');
            }
            label.push_str(&format!("{name}={value}"));
        }
        label
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.benchmark)?;
        let label = self.label();
        if !label.is_empty() {
            write!(f, " [{label}]")?;
        }
        write!(f, " {}", self.metric)?;
        if !self.unit.is_none() {
            write!(f, " ({})", self.unit)?;
        }
        if !self.environment.is_empty() {
            write!(f, " @{}", self.environment)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_tell_fields_apart() {
        let a = SeriesKey { benchmark: "ab".into(), case: "c".into(), ..Default::default() };
        let b = SeriesKey { benchmark: "a".into(), case: "bc".into(), ..Default::default() };
        assert_ne!(a.digest(), b.digest());
    }

    #[test]
    fn a_branch_knows_its_default() {
        let of = |place: &str, branch| SeriesKey { environment: environment(place, branch), ..Default::default() };
        for place in ["", "bench-01"] {
            assert_eq!(of(place, Some("faster")).on_default_branch(), Some(of(place, None)));
            assert_ne!(of(place, Some("faster")), of(place, None));
            assert_eq!(of(place, None).on_default_branch(), None);
        }
    }

    #[test]
    fn worse_follows_the_direction() {
        assert!(Direction::Lower.is_worse(1.0, 1.3));
        assert!(Direction::Higher.is_worse(1.3, 1.0));
        assert!(!Direction::Neutral.is_worse(1.0, 9.0));
    }
}
