//! Units for people: a quantity told in the step of its unit in which it is short to read, `12.3 ms` for 12,345,678 ns.
//!
//! Steps are those of the SI (NIST SP 811, section 7.9: numerical values between 0.1 and 1000 where the context allows it) and, for what a
//! file counts in powers of two, those of IEC 80000-13. A unit is only scaled when it is spelt exactly like a step, since `Mb` is not `MB`;
//! seconds are the largest step of time, since minutes and hours are no powers of ten. It cannot fail: what has no steps stays as it is.

use super::units::Unit;

/// Units that differ by their prefix alone, ascending.
const LADDERS: &[&[&str]] = &[
    &["ns", "us", "ms", "s"],
    &["ns/op", "us/op", "ms/op", "s/op"],
    &["bytes", "kB", "MB", "GB", "TB"],
    &["KiB", "MiB", "GiB", "TiB"],
    &["bytes/s", "kB/s", "MB/s", "GB/s", "TB/s"],
    &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"],
    &["KiB/s", "MiB/s", "GiB/s", "TiB/s"],
    &["bit/s", "kbit/s", "Mbit/s", "Gbit/s"],
    &["ops/s", "Mops/s", "Gops/s"],
    &["mJ", "J", "kJ"],
];

/// Sizes that are read without effort in any unit; only what lies outside changes its unit.
const ORDINARY: std::ops::Range<f64> = 0.01..10_000.0;

impl Unit {
    /// The units that a quantity in this one may be told in, ascending; none where it has no steps.
    pub fn steps(&self) -> impl Iterator<Item = Self> + use<> {
        let own = self.as_str();
        let ladder = LADDERS.iter().find(|ladder| ladder.contains(&own)).copied().unwrap_or_default();
        ladder.iter().map(|step| Self::new(step))
    }

    /// As people write it: `µs` for `us`.
    pub fn symbol(&self) -> &str {
        match self.as_str() {
            "us" => "µs",
            "us/op" => "µs/op",
            "ops/us" => "ops/µs",
            other => other,
        }
    }

    /// The one unit in which all of `values`, given in this unit, are told: this one while the middle one of them is of an ordinary size,
    /// else the largest step in which that one is no less than 1. Zeros and what is not finite have no say.
    pub fn readable(&self, values: impl IntoIterator<Item = f64>) -> Self {
        let mut sizes: Vec<f64> = values.into_iter().map(f64::abs).filter(|v| v.is_finite() && *v > 0.0).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let Some(&middle) = sizes.get(sizes.len() / 2).filter(|size| !ORDINARY.contains(*size)) else {
            return self.clone();
        };
        let mut steps: Vec<Self> = self.steps().collect();
        let smallest = steps.first().cloned();
        steps.reverse();
        let fits = |step: &Self| self.convert(middle, step).is_some_and(|size| size >= 1.0);
        steps.into_iter().find(fits).or(smallest).unwrap_or_else(|| self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_hard_to_read_changes_its_unit() {
        for (value, unit, told) in [
            (0.000_012_3, "s", "us"),
            (1_500_000.0, "bytes", "MB"),
            (12_345_678.0, "ns", "ms"),
            (-12_345_678.0, "ns", "ms"),
            (0.26, "s", "s"),
            (9999.0, "ms", "ms"),
            (1e-14, "s", "ns"),
            (86_400.0, "s", "s"),
            (0.0, "s", "s"),
            (f64::NAN, "s", "s"),
            (2_000_000.0, "KiB", "GiB"),
            (12_345.0, "ops/s", "ops/s"),
            (12_345_678.0, "ops/s", "Mops/s"),
            (50_000_000.0, "Gb", "Gb"),
            (50_000_000.0, "tok/s", "tok/s"),
            (20_000.0, "percent", "percent"),
        ] {
            assert_eq!(Unit::new(unit).readable([value]).as_str(), told, "{value} {unit}");
        }
    }

    #[test]
    fn neighbours_share_the_unit_of_the_middle_one() {
        let seconds = Unit::new("s");
        assert_eq!(seconds.readable([0.2, 0.26, 0.004]), seconds);
        assert_eq!(seconds.readable([0.000_2, 0.000_26, 0.000_004]).as_str(), "us");
        assert_eq!(seconds.readable([]), seconds);
    }

    #[test]
    fn every_step_converts_to_every_other() {
        for ladder in LADDERS {
            for (from, to) in ladder.iter().flat_map(|from| ladder.iter().map(move |to| (from, to))) {
                let (from, to) = (Unit::new(from), Unit::new(to));
                let there = from.convert(3.0, &to);
                let back = there.and_then(|there| to.convert(there, &from));
                assert!(back.is_some_and(|back| (back - 3.0).abs() < 1e-12), "{from} {to} {there:?} {back:?}");
            }
        }
    }
}
