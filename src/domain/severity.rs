//! Severity: how bad what an alert tells is, so that people can be told by it.
//!
//! It follows from the size of the effect, by two thresholds that the configuration has. What has no effect of its own is placed by
//! its kind (in `analysis::route`). It cannot fail.

/// How bad it is, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Minor,
    Major,
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Minor, Self::Major, Self::Critical];

    /// The words of the configuration and of mail headers, in the order of [`ALL`](Self::ALL).
    pub const WORDS: [&'static str; 3] = ["minor", "major", "critical"];

    /// The word of the configuration and of mail headers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The severity that [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }
}

/// From which effects on something is worse than minor: fractions of the level, `major` no larger than `critical`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    pub major: f64,
    pub critical: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { major: 0.10, critical: 0.25 }
    }
}

impl Thresholds {
    /// The severity of an effect of this size, whichever way it goes. What is no number is as bad as can be.
    pub fn of(&self, effect: f64) -> Severity {
        let size = effect.abs();
        if size < self.major.min(self.critical) {
            Severity::Minor
        } else if size < self.critical {
            Severity::Major
        } else {
            Severity::Critical
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_the_effect_decides_whichever_way_it_goes() {
        let of = |effect| Thresholds::default().of(effect);
        for (effect, expected) in [
            (0.0, Severity::Minor),
            (0.0999, Severity::Minor),
            (0.10, Severity::Major),
            (-0.2, Severity::Major),
            (0.25, Severity::Critical),
            (-0.5, Severity::Critical),
            (f64::INFINITY, Severity::Critical),
            (f64::NAN, Severity::Critical),
        ] {
            assert_eq!(of(effect), expected, "{effect}");
        }
        assert_eq!(Severity::ALL.map(Severity::as_str), Severity::WORDS);
        assert!(Severity::ALL.into_iter().all(|one| Severity::from_word(one.as_str()) == Some(one)));
    }
}
