//! A budget: a limit that certain series must keep, whatever their history was.
//!
//! It has a hysteresis of its own, beside the detection of changes: `runs` in a row beyond the limit break it (fewer are a suspicion:
//! one bad run mails nobody here either), `recover` within the limit by the margin mend it, none beyond it between them; a run that is
//! within the limit but not by the margin neither counts towards that nor sets it back.
//! Two runs are the default, since a single run can always be spoilt from outside, and a limit needs no proof against noise beyond
//! that: the number itself is what was promised. A budget for one run must be asked for. Values are compared in the unit of the limit:
//! a series in a unit that measures something else is none of its business. A limit in percent holds for ratios too, and so it does for a
//! series of which nobody knows the unit, as long as all its values lie within 0 and 1: the reason says that this was taken so. Nothing here can fail on numbers; a limit that is no limit
//! is refused when it is read.

use std::fmt;
use std::str::FromStr;

use super::reason::apart;
use super::selection::Selection;
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::units::Unit;

mod standing;

pub use standing::{MEMORY, signals};

/// A limit as it is written: `<= 200ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    comparison: Comparison,
    /// Finite, in `unit`.
    value: f64,
    /// `None`: that of the metric's name, or else of the series.
    unit: Option<Unit>,
    /// As it was written, without spaces around it.
    text: String,
    /// The same without the comparison.
    amount: String,
}

/// What a value within the limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtMost,
    Below,
    AtLeast,
    Above,
}

/// The spellings of comparisons; longer ones first, since one can begin with another.
const COMPARISONS: &[(&str, Comparison)] = &[
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("≤", Comparison::AtMost),
    ("≥", Comparison::AtLeast),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

/// Why a text is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    #[error("it begins with none of <=, >=, < and >")]
    NoComparison {
        /// The same with the likely comparison.
        meant: Option<String>,
    },
    #[error("\"{0}\" is no number")]
    NoNumber(String),
    #[error(
        "no unit is spelt \"{unit}\"; without one the limit is in the unit of the series, and these are known: {}",
        Unit::spellings().join(", ")
    )]
    UnknownUnit { unit: String },
}

impl LimitError {
    /// What was likely meant.
    pub fn meant(&self) -> Option<&str> {
        match self {
            Self::NoComparison { meant } => meant.as_deref(),
            Self::NoNumber(_) | Self::UnknownUnit { .. } => None,
        }
    }
}

impl Limit {
    /// The unit that was written, where it can be compared with none of the other.
    pub fn contradicts(&self, other: &Unit) -> Option<&Unit> {
        self.unit.as_ref().filter(|unit| unit.compare(1.0, other).is_none())
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let text = text.trim();
        let found = COMPARISONS.iter().find_map(|(word, comparison)| Some((*comparison, text.strip_prefix(word)?)));
        let Some((comparison, rest)) = found else {
            let meant = Some(format!("<= {text}")).filter(|meant| meant.parse::<Self>().is_ok());
            return Err(LimitError::NoComparison { meant });
        };
        let (number, unit) = split(rest.trim());
        let value: f64 = number.parse().map_err(|_| LimitError::NoNumber(rest.trim().to_owned()))?;
        if !value.is_finite() {
            return Err(LimitError::NoNumber(number.to_owned()));
        }
        let unit = if unit.is_empty() { None } else { Some(known(unit)?) };
        Ok(Self { comparison, value, unit, text: text.to_owned(), amount: rest.trim().to_owned() })
    }
}

/// A number and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let is_exponent = |at: usize| {
        let rest = text.get(at + 1..).unwrap_or_default();
        rest.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit())
    };
    let mut end = text.len();
    let mut after_exponent = false;
    for (at, c) in text.char_indices() {
        match c {
            '0'..='9' | '.' => after_exponent = false,
            '+' | '-' if at == 0 || after_exponent => after_exponent = false,
            'e' | 'E' if at > 0 && is_exponent(at) => after_exponent = true,
            _ => {
                end = at;
                break;
            }
        }
    }
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// A unit that is known to be one: a misspelt one would compare with nothing, for ever.
fn known(text: &str) -> Result<Unit, LimitError> {
    let unit = Unit::new(text);
    if Unit::known(text).is_some() || unit.dimension() != unit.as_str() {
        return Ok(unit);
    }
    Err(LimitError::UnknownUnit { unit: text.to_owned() })
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Comparison {
    /// Whether `value` keeps the limit.
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
        }
    }

    /// Where a value lies that does not keep the limit: goes on with the limit.
    fn beyond(self) -> &'static str {
        match self {
            Self::AtMost => "above the limit of",
            Self::Below => "not below",
            Self::AtLeast => "below the limit of",
            Self::Above => "not above",
        }
    }

    /// The limit, tightened by a fraction of its size.
    fn tightened(self, limit: f64, margin: f64) -> f64 {
        match self {
            Self::AtMost | Self::Below => limit - margin * limit.abs(),
            Self::AtLeast | Self::Above => limit + margin * limit.abs(),
        }
    }
}

/// A budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    pub selection: Selection,
    pub limit: Limit,
    /// Runs in a row beyond the limit that break it; at least one.
    pub runs: usize,
    /// Runs in a row within the limit by the margin that mend it; at least one.
    pub recover: usize,
    /// How far within the limit a run must lie to count as mending: a fraction of the limit.
    pub margin: f64,
}

/// A budget that holds for a series, in the unit of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound<'a> {
    pub budget: &'a Budget,
    /// In the unit of the series.
    pub limit: f64,
    /// The series has no unit, and its values were taken for ratios.
    pub as_ratio: bool,
    /// The unit of the limit where the metric's name told it.
    named: Option<Unit>,
}

/// How a budget meets a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Meeting<'a> {
    /// The series is none of those selected.
    Elsewhere,
    /// It is selected, and its unit cannot be compared with that of the limit.
    Uncomparable,
    Bound(Bound<'a>),
}

/// Where a run lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Beyond,
    /// Within the limit, not by the margin.
    Between,
    Within,
}

impl Budget {
    /// What the budget is to the series. `range` gives the least and the greatest of all known values, and is asked only where a limit in
    /// percent meets a series without a unit.
    ///
    /// # Errors
    /// Those of `range`.
    pub fn meets<E>(
        &self,
        series: &SeriesKey,
        range: impl FnOnce() -> Result<Option<(f64, f64)>, E>,
    ) -> Result<Meeting<'_>, E> {
        let selected = self.selection.of(series).filter(|_| self.selection.means_benchmark(&series.benchmark));
        let Some(selected) = selected else { return Ok(Meeting::Elsewhere) };
        let unit = self.limit.unit.as_ref().or(selected.unit.as_ref()).unwrap_or(&series.unit);
        let limit = unit.compare(self.limit.value, &series.unit);
        let bound = |limit: Option<f64>, as_ratio: bool| {
            let named = selected.unit.clone().filter(|_| self.limit.unit.is_none());
            limit.map_or(Meeting::Uncomparable, |limit| Meeting::Bound(Bound { budget: self, limit, as_ratio, named }))
        };
        if limit.is_some() || !series.unit.is_none() || unit.as_str() != "percent" {
            return Ok(bound(limit, false));
        }
        let is_share = range()?.is_some_and(|(least, greatest)| least >= 0.0 && greatest <= 1.0);
        Ok(bound(unit.compare(self.limit.value, &Unit::new("ratio")).filter(|_| is_share), true))
    }

    /// Whether it may hold for the series, whatever its values are.
    pub fn may_hold(&self, series: &SeriesKey) -> bool {
        let any = || Ok::<_, std::convert::Infallible>(Some((0.0, 1.0)));
        matches!(self.meets(series, any), Ok(Meeting::Bound(_)))
    }
}

impl Bound<'_> {
    fn side(&self, value: f64) -> Side {
        let (comparison, margin) = (self.budget.limit.comparison, self.budget.margin);
        if !comparison.holds(value, self.limit) {
            Side::Beyond
        } else if comparison.holds(value, comparison.tightened(self.limit, margin)) {
            Side::Within
        } else {
            Side::Between
        }
    }

    /// Whether a value is within the limit.
    pub fn keeps(&self, value: f64) -> bool {
        self.side(value) != Side::Beyond
    }

    /// A value beyond the limit, and where it lies, in words: "above the limit of 200 ms"; with what was written where that is another
    /// number.
    fn beyond(&self, value: f64, unit: &Unit) -> (String, String) {
        let limit = &self.budget.limit;
        let same = limit.value.to_bits() == self.limit.to_bits();
        let taken = if self.as_ratio { ", taken for a ratio since all known values lie within 0 and 1" } else { "" };
        let unit_of_name = self.named.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let (value, bound) = apart(value, self.limit, unit);
        let amount = format!("{}{unit_of_name}{taken}", limit.amount);
        let written = if same || amount == bound { String::new() } else { format!(" ({amount})") };
        (value, format!("{} {bound}{written}", limit.comparison.beyond()))
    }

    fn is_worse(&self, value: f64, than: f64) -> bool {
        self.direction().is_worse(than, value)
    }

    /// The way that the limit calls good, whatever the metric says.
    fn direction(&self) -> Direction {
        match self.budget.limit.comparison {
            Comparison::AtMost | Comparison::Below => Direction::Lower,
            Comparison::AtLeast | Comparison::Above => Direction::Higher,
        }
    }
}

#[cfg(test)]
#[path = "budget/tests.rs"]
mod tests;
