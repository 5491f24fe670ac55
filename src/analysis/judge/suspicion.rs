//! A suspicion: the newest run, or the newest few, lie far outside the noise, but not (yet) for long enough to be a change.
//!
//! It must be far in two ways: in standard deviations, and in that hardly a run before was as far on that side. Skewed noise and hosts with
//! two modes have runs in their tails all the time; those are no suspects.

use super::super::Tuning;
use super::super::detect::noise::Noise;
use super::super::detect::scale::Scaled;
use super::super::detect::segment::Work;
use super::super::detect::track::Track;
use super::super::follow::History;
use super::super::shift::Runs;
use crate::domain::stats::median;
use crate::domain::verdict::Shift;

/// Standard deviations beyond which a run is suspicious, among many runs.
const FAR: f64 = 4.5;

/// Share of the runs before that may lie beyond the middle between their level and the run.
const BEFORE: f64 = 0.05;

/// Runs that the level is taken from, at most and at least.
const WINDOW: usize = 60;
const LEAST: usize = 3;

/// Suspicious runs in a row that are looked back at.
const ROW: usize = 8;

/// The shift that the newest runs suggest.
pub(super) fn suspicion(track: &Track, runs: Runs<'_>, tuning: &Tuning, work: &mut Work) -> Option<Shift> {
    let segment = track.segment_start();
    let history = History::of_points(runs.history.get(segment.saturating_sub(runs.offset)..)?);
    let values = history.values();
    let mut bench = Bench { track, history: &history, tuning, work };
    // The longest row of runs that all stray the same way from what was before the row.
    let longest = ROW.min(values.len().saturating_sub(LEAST));
    let (first, noise, log) = (1..=longest).rev().find_map(|row| bench.row(values.len() - row))?;
    runs.of_suspicion(segment, segment + first, noise, log)
}

struct Bench<'a> {
    track: &'a Track,
    history: &'a History,
    tuning: &'a Tuning,
    work: &'a mut Work,
}

impl Bench<'_> {
    /// Whether the values from `first` on all stray the same way from those before: (first, their noise, on a logarithmic scale?).
    fn row(&mut self, first: usize) -> Option<(usize, Noise, bool)> {
        let (before, row) = self.history.values().split_at_checked(first)?;
        let before = before.get(before.len().saturating_sub(WINDOW)..).filter(|runs| runs.len() >= LEAST)?;
        let scaled = Scaled::of(before, 0.0);
        let (level, plain) = (median(&scaled.y)?, median(before)?);
        let noise = self.noise(&scaled);
        // What rounding and the samples of a run leave uncertain holds for the newest runs too.
        let (floor, log) = self.history.floor(0, self.history.values().len());
        let sigma = if scaled.log == log { noise.sigma.max(floor) } else { noise.sigma };
        let noise = Noise { sigma, ..noise };
        let m = before.len() as f64;
        // A level and a noise from few runs are themselves uncertain.
        let unit = noise.sigma * (1.0 + 1.0 / m).sqrt() * (1.0 + 3.0 / m);
        let up = row.first().is_some_and(|&value| value > plain);
        let strays = |value: f64| {
            let off = Scaled::at(scaled.log, value).map_or(f64::NEG_INFINITY, |y| y - level);
            let is_far = off.abs() > FAR * unit && (value - plain).abs() > self.tuning.min_effect * plain.abs();
            let middle = plain + (value - plain) / 2.0;
            let beyond = before.iter().filter(|&&run| if up { run > middle } else { run < middle }).count();
            is_far && off != 0.0 && (value > plain) == up && beyond as f64 <= BEFORE * m
        };
        row.iter().all(|&value| strays(value)).then_some((first, noise, scaled.log))
    }

    /// The noise of these runs; of very few, that of the segment before.
    fn noise(&mut self, scaled: &Scaled) -> Noise {
        let own = Noise::of_differences(&scaled.y, scaled.floor, self.work.spare());
        let (known, log) = self.track.noise();
        if scaled.y.len() < super::LEAST_RUNS && log == scaled.log && known.sigma > own.sigma { known } else { own }
    }
}
