//! The direction that words give a difference: higher or lower, faster or slower, and which of two is measured by the other.
//!
//! Words of another language say nothing here, and then only the size of a difference is compared.

use super::words;
use crate::domain::units::Unit;
use crate::insight::claims::Claim;

/// Which way a number differs from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Higher,
    Lower,
    /// Higher of a rate, lower of a time.
    Faster,
    Slower,
}

const WAYS: &[(Way, &str)] = &[
    (
        Way::Higher,
        "higher more larger greater bigger longer increase increased gain gained rise rose grew above up höher mehr größer länger plus supérieur",
    ),
    (
        Way::Lower,
        "lower less fewer smaller shorter decrease decreased reduction reduced drop dropped fell loss lost saving save saved below down niedriger weniger kleiner kürzer moin inférieur",
    ),
    (Way::Faster, "faster quicker speedup schneller rapide"),
    (Way::Slower, "slower slowdown langsamer lent"),
];

/// So many words behind the number, and before it, may say its direction.
const BEHIND: usize = 4;
const BEFORE: usize = 4;

impl Way {
    fn of(word: &str) -> Option<Self> {
        WAYS.iter().find(|(_, all)| all.split(' ').any(|one| one == word)).map(|(way, _)| *way)
    }

    /// The direction in which a claim's own words say that it differs: the nearest behind the number, else before it.
    pub(super) fn of_claim(claim: &Claim) -> Option<Self> {
        let (before, behind) = around(claim)?;
        let behind = words::words(behind);
        let before = words::words(before);
        let found = behind.iter().take(BEHIND).find_map(|word| Self::of(&word.text));
        found.or_else(|| before.iter().rev().take(BEFORE).find_map(|word| Self::of(&word.text)))
    }

    /// Whether it means more of a quantity in this unit; `None` where faster and slower say nothing of it.
    pub(super) fn is_more(self, unit: &Unit) -> Option<bool> {
        let is_rate = unit.as_str().ends_with("/s");
        let is_time = unit.dimension() == "time";
        match self {
            Self::Higher => Some(true),
            Self::Lower => Some(false),
            Self::Faster => (is_rate || is_time).then_some(is_rate),
            Self::Slower => (is_rate || is_time).then_some(is_time),
        }
    }
}

/// Whether the words behind the number compare it: "64 % slower than …".
pub(super) fn is_compared(claim: &Claim) -> bool {
    around(claim).is_some_and(|(_, behind)| words::words(behind).iter().take(BEHIND).any(|word| word.text == "than"))
}

/// Whether the words before the number say that it is a distance between others: "a spread of 1.49".
pub(super) fn is_spread(claim: &Claim) -> bool {
    let is = |word: &words::Word| {
        matches!(word.text.as_str(), "spread" | "gap" | "difference" | "delta" | "differenz" | "écart" | "spannweite")
    };
    around(claim).is_some_and(|(before, _)| words::words(before).iter().rev().take(2).any(is))
}

/// The sentence before and behind the number.
fn around(claim: &Claim) -> Option<(&str, &str)> {
    let text = claim.about.sentence.as_str();
    text.split_once(claim.number.as_str())
}

/// How the size of a difference fits what is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Match {
    /// The value that was meant.
    Yes(f64),
    /// The size is right and the direction is the other one.
    Reversed(f64),
    No,
}

/// What a claim says of `subject` measured by `reference`, two values in `unit`.
pub(super) struct Difference<'a> {
    pub subject: f64,
    pub reference: f64,
    pub unit: &'a Unit,
    pub way: Option<Way>,
}

impl Difference<'_> {
    /// As a percentage of the one or of the other: both are usual.
    pub(super) fn percent(&self, agrees: impl Fn(f64) -> bool) -> Match {
        let difference = 100.0 * (self.subject - self.reference);
        let all = [difference / self.reference.abs(), difference / self.subject.abs()];
        self.directed(all.into_iter().find(|value| value.is_finite() && agrees(value.abs())))
    }

    /// As a difference in a unit.
    pub(super) fn difference(&self, agrees: impl Fn(f64) -> bool) -> Match {
        let value = self.subject - self.reference;
        self.directed(Some(value).filter(|value| value.is_finite() && agrees(value.abs())))
    }

    /// As a multiple: "1.6x as many", "15x less".
    pub(super) fn ratio(&self, agrees: impl Fn(f64) -> bool) -> Match {
        let is_more = self.way.and_then(|way| way.is_more(self.unit)).unwrap_or(true);
        let factor = self.subject / self.reference;
        let (meant, other) = if is_more { (factor, 1.0 / factor) } else { (1.0 / factor, factor) };
        let fits = |value: f64| value.is_finite() && agrees(value);
        if fits(meant) {
            Match::Yes(meant)
        } else if fits(other) {
            Match::Reversed(meant)
        } else {
            Match::No
        }
    }

    fn directed(&self, value: Option<f64>) -> Match {
        let Some(value) = value else { return Match::No };
        match self.way.and_then(|way| way.is_more(self.unit)) {
            Some(is_more) if is_more != (value > 0.0) && value != 0.0 => Match::Reversed(value),
            _ => Match::Yes(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subject: f64, reference: f64, unit: &str, way: Way) -> Match {
        let unit = Unit::new(unit);
        let difference = Difference { subject, reference, unit: &unit, way: Some(way) };
        difference.percent(|value| (value - 64.0).abs() < 0.6)
    }

    #[test]
    fn faster_is_more_of_a_rate_and_less_of_a_time() {
        assert!(matches!(of(76.59, 46.57, "tok/s", Way::Faster), Match::Yes(_)));
        assert!(matches!(of(76.59, 46.57, "tok/s", Way::Slower), Match::Reversed(_)));
        assert!(matches!(of(76.59, 46.57, "ms", Way::Slower), Match::Yes(_)));
        assert!(matches!(of(46.57, 76.59, "ms", Way::Faster), Match::Yes(_)), "a percentage of the faster one");
        assert_eq!(of(76.59, 70.0, "ms", Way::Faster), Match::No);
    }
}
