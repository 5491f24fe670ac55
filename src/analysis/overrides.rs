//! Overrides: what holds for certain series in place of the general settings and of what their files say, by globs.
//!
//! Settings are looked up when a series is judged, reported or listed, never when it is stored: a change of the configuration holds at
//! once, for series that are in the index already too, and rewrites no history. Looking up cannot fail.

use super::Tuning;
use super::selection::Selection;
use crate::domain::call::BENCHMARK;
use crate::domain::series::{Direction, SeriesKey};

/// What one table says of the series that it selects; `None` leaves a setting as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    pub selection: Selection,
    pub tuned: Tuned,
}

/// Settings of one series that differ from the general ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tuned {
    /// Smallest relative effect that matters: 0.02 is 2 %.
    pub min_effect: Option<f64>,
    /// Bearable false alarms in 1000 runs.
    pub false_alarms: Option<f64>,
    /// Which way is good.
    pub direction: Option<Direction>,
    /// Judge and report, and mail nobody.
    pub shadow: Option<bool>,
    /// Whether it is judged at all.
    pub judge: Option<bool>,
}

/// All overrides, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides(Vec<Override>);

impl Overrides {
    /// Of several for one series the later wins, setting by setting.
    pub fn new(overrides: Vec<Override>) -> Self {
        Self(overrides)
    }

    /// For which series each one is.
    pub fn selections(&self) -> impl Iterator<Item = &Selection> {
        self.0.iter().map(|one| &one.selection)
    }

    /// What holds for a series: what is [built in](built_in), and over that what the configuration says.
    pub fn of(&self, series: &SeriesKey) -> Tuned {
        let holding = self.0.iter().filter(|one| one.selection.of(series).is_some());
        holding.fold(built_in(series), |before, one| one.tuned.over(before))
    }

    /// Puts the direction that holds for a series in place of the one that was stored with it.
    pub fn direct(&self, series: &SeriesKey, direction: &mut Direction) {
        if let Some(other) = self.of(series).direction {
            *direction = other;
        }
    }
}

/// What holds where the configuration says nothing of a series.
///
/// The time to the first token of the agents' calls is compared among prompts that differ in length by up to a factor of two, and reading
/// a prompt takes at most proportionally longer: only more than a doubling is certainly the server's.
pub fn built_in(series: &SeriesKey) -> Tuned {
    let of_calls = series.benchmark == BENCHMARK && series.metric == "ttft";
    Tuned { min_effect: of_calls.then_some(1.0), ..Tuned::default() }
}

impl Tuned {
    /// These settings, and those of `before` where these say nothing.
    fn over(self, before: Self) -> Self {
        Self {
            min_effect: self.min_effect.or(before.min_effect),
            false_alarms: self.false_alarms.or(before.false_alarms),
            direction: self.direction.or(before.direction),
            shadow: self.shadow.or(before.shadow),
            judge: self.judge.or(before.judge),
        }
    }

    /// What the series is judged by, where `general` is what others are.
    pub fn tuning(&self, general: Tuning) -> Tuning {
        Tuning {
            min_effect: self.min_effect.unwrap_or(general.min_effect),
            false_alarms: self.false_alarms.unwrap_or(general.false_alarms),
        }
    }

    /// Whether the series is judged.
    pub fn is_judged(&self) -> bool {
        self.judge.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(benchmark: &str, metric: &str, tuned: Tuned) -> Override {
        Override { selection: Selection::new(&[benchmark], &["*"], &[metric]).unwrap(), tuned }
    }

    #[test]
    fn the_later_wins_setting_by_setting() {
        let overrides = Overrides::new(vec![
            of("**", "*", Tuned { min_effect: Some(0.1), shadow: Some(true), ..Tuned::default() }),
            of("codec", "*", Tuned { min_effect: Some(0.05), direction: Some(Direction::Higher), ..Tuned::default() }),
            of("codec", "time*", Tuned { shadow: Some(false), judge: Some(false), ..Tuned::default() }),
        ]);
        let series = |benchmark: &str, metric: &str| SeriesKey {
            benchmark: benchmark.into(),
            metric: metric.into(),
            ..SeriesKey::default()
        };
        let time = overrides.of(&series("reports/codec", "time_p50"));
        assert_eq!((time.min_effect, time.shadow, time.is_judged()), (Some(0.05), Some(false), false));
        let directed = |benchmark: &str, metric: &str| {
            let mut direction = Direction::Lower;
            overrides.direct(&series(benchmark, metric), &mut direction);
            direction
        };
        assert_eq!(directed("reports/codec", "x"), Direction::Higher);
        assert_eq!(time.tuning(Tuning::default()), Tuning { min_effect: 0.05, ..Tuning::default() });
        let other = overrides.of(&series("reports/other", "time"));
        assert_eq!((other.min_effect, other.shadow, other.is_judged()), (Some(0.1), Some(true), true));
        assert_eq!(directed("reports/other", "time"), Direction::Lower);
        assert_eq!(Overrides::default().of(&series("a", "b")), Tuned::default());
        // Of what is built in the configuration has the last word.
        assert_eq!(Overrides::default().of(&series(BENCHMARK, "ttft")).min_effect, Some(1.0));
        assert_eq!(Overrides::default().of(&series(BENCHMARK, "throughput")), Tuned::default());
        assert_eq!(overrides.of(&series(BENCHMARK, "ttft")).min_effect, Some(0.1));
    }
}
