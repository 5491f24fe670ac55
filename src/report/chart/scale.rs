//! The scale of values: from what to what it goes, in which unit, and its round ticks.
//!
//! All of a chart is told in one unit; where that leaves very large or small numbers, in a power of ten of it. It cannot fail: a range
//! without a width is given one.

use super::text::{rounded, unit_symbol};
use crate::domain::units::Unit;
use crate::report::number;

/// Ticks are at round steps, at most about so many.
const TICKS: f64 = 5.0;
/// Ranges narrower than this part of their size cannot be told apart in a double's digits.
const NARROWEST: f64 = 1e-9;
/// What is smaller is zero: next to what the power of ten was chosen for it is nothing.
const SMALLEST: f64 = 1e-12;

/// A linear scale.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// Of the values that are placed.
    own: Unit,
    /// That the ticks are in, times ten to this power.
    told: Unit,
    power: i32,
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// A scale with some air around the values from `low` to `high`, both finite and in `unit`; it reaches to zero where that costs
    /// little.
    pub fn of(unit: &Unit, low: f64, high: f64) -> Self {
        let mut scale = Self::bare(unit, low, high);
        let (low, high) = (scale.raw(low), scale.raw(high));
        let size = low.abs().max(high.abs());
        let (low, high) = if high - low > NARROWEST * size {
            let air = (high - low) * 0.07;
            let near_zero = |end: f64, other: f64| end * other > 0.0 && end.abs() < 0.3 * other.abs();
            let low_end = if near_zero(low, high) || low == 0.0 { 0.0 } else { low - air };
            let high_end = if near_zero(high, low) || high == 0.0 { 0.0 } else { high + air };
            // Air alone must not take values of one sign over to the other.
            (if low > 0.0 { low_end.max(0.0) } else { low_end }, if high < 0.0 { high_end.min(0.0) } else { high_end })
        } else {
            let air = if size > 0.0 { size * 0.05 } else { 1.0 };
            (low - air, high + air)
        };
        scale.set(low, high);
        scale
    }

    /// A scale with zero in its middle that reaches just as far to both sides: to the first round number that holds `most`.
    pub fn about_zero(unit: &Unit, most: f64) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let mut scale = Self::bare(unit, -most, most);
        let end = round_up(scale.raw(most));
        scale.set(-end, end);
        scale
    }

    fn bare(unit: &Unit, low: f64, high: f64) -> Self {
        let told = unit.readable([low, high]);
        let mut scale = Self { own: unit.clone(), told, power: 0, low: 0.0, high: 1.0, step: 1.0 };
        let size = scale.convert(low).abs().max(scale.convert(high).abs());
        if size > 0.0 && !(1e-3..1e6).contains(&size) {
            scale.power = ((size.log10() / 3.0).floor() as i32 * 3).clamp(-300, 306);
        }
        scale
    }

    fn set(&mut self, low: f64, high: f64) {
        (self.low, self.high) = (low, high);
        self.step = round_up((high - low) / TICKS);
    }

    /// A value in the unit of the ticks.
    fn raw(&self, value: f64) -> f64 {
        let told = self.convert(value);
        if told.is_finite() && told.abs() >= SMALLEST { told } else { 0.0 }
    }

    /// The same, however small.
    fn convert(&self, value: f64) -> f64 {
        self.own.convert(value, &self.told).unwrap_or(value) / 10f64.powi(self.power)
    }

    /// How far up a value lies: 0 at the low end, 1 at the high end; beyond the ends it stays at them.
    pub fn part(&self, value: f64) -> f64 {
        ((self.raw(value) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Where ticks are and what they say, ascending.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize;
        let first = (self.low / self.step - 1e-6).ceil();
        let places = (0..12).map(|k| (first + f64::from(k)) * self.step);
        places
            .take_while(|at| *at <= self.high + self.step * 1e-6)
            .map(|at| {
                let text = format!("{at:.decimals$}");
                let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
                ((at - self.low) / (self.high - self.low), if zero { "0".to_owned() } else { text })
            })
            .collect()
    }

    /// The unit of the ticks: `ms`, `10⁶ tok/s`; empty where there is none.
    pub fn unit(&self) -> String {
        let symbol = unit_symbol(&self.told);
        match (self.power, symbol.as_str()) {
            (0, _) => symbol,
            (power, "") => format!("10{}", raised(power)),
            (power, symbol) => format!("10{} {symbol}", raised(power)),
        }
    }

    /// A value in the unit of the ticks, to four digits: `1.825 TB`, `1.3 × 10¹⁵ tok/s`; not escaped.
    pub fn tell(&self, value: f64) -> String {
        let told = self.convert(value);
        if !told.is_finite() || (told == 0.0 && value != 0.0) {
            return rounded(value, &self.own);
        }
        let times = if self.power == 0 { "" } else { "× " };
        format!("{} {times}{}", number::number(told), self.unit()).trim_end().to_owned()
    }

    /// Whether the ticks are in the unit of the values.
    pub fn is_own(&self) -> bool {
        self.power == 0 && self.own == self.told
    }

    /// Whether a value lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        let slack = (self.high - self.low) * 1e-9;
        (self.low - slack..=self.high + slack).contains(&self.raw(value))
    }

    /// The high end with its unit: `20 %`; not escaped.
    pub fn end(&self) -> String {
        let decimals = (-self.high.abs().log10().floor()).clamp(0.0, 12.0) as usize;
        let number = format!("{:.decimals$}", self.high);
        match self.power {
            0 => format!("{number} {}", self.unit()).trim_end().to_owned(),
            _ => format!("{number} × {}", self.unit()),
        }
    }
}

/// The first of 1, 2 and 5 times a power of ten that is no less than `value`, which is positive.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let part = value / power;
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| part <= digit * (1.0 + 1e-9)).unwrap_or(10.0);
    digit * power
}

fn raised(power: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => c.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(c),
    };
    power.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: f64, high: f64) -> String {
        let scale = Scale::of(&Unit::new("s"), low, high);
        let texts: Vec<String> = scale.ticks().into_iter().map(|(_, text)| text).collect();
        format!("{} [{}]", texts.join(" "), scale.unit())
    }

    #[test]
    fn ticks_are_round_and_in_one_unit() {
        for (low, high, expected) in [
            (0.241, 0.312, "0.24 0.26 0.28 0.30 [s]"),
            (0.0, 9.0, "0 2 4 6 8 [s]"),
            (1.0, 9.0, "0 2 4 6 8 [s]"),
            (-3.0, 4.0, "-2 0 2 4 [s]"),
            (0.25, 0.25, "0.240 0.245 0.250 0.255 0.260 [s]"),
            (0.0, 0.0, "-1.0 -0.5 0 0.5 1.0 [s]"),
            (-1e300, 1e300, "-1.0 -0.5 0 0.5 1.0 [10³⁰⁰ s]"),
            (f64::MIN, f64::MAX, "-200 -100 0 100 200 [10³⁰⁶ s]"),
            (-5e-324, 5e-324, "-1.0 -0.5 0 0.5 1.0 [10⁻³⁰⁰ ns]"),
        ] {
            assert_eq!(ticks(low, high), expected, "{low} {high}");
        }
    }

    #[test]
    fn values_lie_between_the_ends_whatever_they_are() {
        for (low, high) in [(0.0, 0.0), (1e300, 1e300), (f64::MIN, f64::MAX), (-5e-324, 5e-324), (-2.0, -1.0)] {
            let scale = Scale::of(&Unit::none(), low, high);
            let parts = [scale.part(low), scale.part(high)];
            assert!(
                parts.iter().all(|part| (0.0..=1.0).contains(part)) && parts[0] <= parts[1],
                "{low} {high} {parts:?}"
            );
        }
    }

    #[test]
    fn a_scale_about_zero_ends_at_a_round_number() {
        let scale = Scale::about_zero(&Unit::new("percent"), 12.4);
        assert_eq!((scale.end(), scale.part(0.0), scale.part(20.0)), ("20 %".into(), 0.5, 1.0));
        assert_eq!(Scale::about_zero(&Unit::none(), 0.0).end(), "1");
    }
}
