//! A suspicion: the newest run, or the newest few, lie far outside the noise, but not (yet) for long enough to be a change.
//!
//! It must be far in two ways: in standard deviations, and in that hardly a run before was as far on that side. Skewed noise and hosts with
//! two modes have runs in their tails all the time; those are no suspects.

use super::super::Tuning;
use super::super::detect::noise::Noise;
use super::super::detect::scale::Scaled;
use super::super::detect::segment::Work;
use super::super::detect::track::Track;
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
    let values: Vec<f64> = runs.history.iter().skip(segment - runs.offset.min(segment)).map(|run| run.value).collect();
    let mut bench = Bench { track, values: &values, tuning, work };
    let (up, noise, log) = bench.strays(values.len())?;
    let mut first = (values.len() - 1, noise, log);
    // Runs before it that stray the same way from those before them belong to it.
    for end in (values.len().saturating_sub(ROW)..values.len()).rev() {
        match bench.strays(end) {
            Some((side, noise, log)) if side == up => first = (end - 1, noise, log),
            _ => break,
        }
    }
    runs.of_suspicion(segment, segment + first.0, first.1, first.2)
}

struct Bench<'a> {
    track: &'a Track,
    values: &'a [f64],
    tuning: &'a Tuning,
    work: &'a mut Work,
}

impl Bench<'_> {
    /// Whether the last of the first `end` values strays from those before it: upwards?, in what noise, on a logarithmic scale?
    fn strays(&mut self, end: usize) -> Option<(bool, Noise, bool)> {
        let (&value, before) = self.values.get(..end)?.split_last()?;
        let before = before.get(before.len().saturating_sub(WINDOW)..).filter(|runs| runs.len() >= LEAST)?;
        let scaled = Scaled::of(before, 0.0);
        let (level, plain) = (median(&scaled.y)?, median(before)?);
        let noise = self.noise(&scaled);
        let y = Scaled::at(scaled.log, value);
        let off = y.map_or(f64::NEG_INFINITY, |y| y - level);
        let m = before.len() as f64;
        // A level and a noise from few runs are themselves uncertain.
        let unit = noise.sigma * (1.0 + 1.0 / m).sqrt() * (1.0 + 3.0 / m);
        let is_far = off.abs() > FAR * unit && (value - plain).abs() > self.tuning.min_effect * plain.abs();
        let middle = plain + (value - plain) / 2.0;
        let beyond = before.iter().filter(|&&run| if value > plain { run > middle } else { run < middle }).count();
        (is_far && beyond as f64 <= BEFORE * m && off != 0.0).then_some((value > plain, noise, scaled.log))
    }

    /// The noise of these runs; of very few, that of the segment before.
    fn noise(&mut self, scaled: &Scaled) -> Noise {
        let own = Noise::of_differences(&scaled.y, scaled.floor, self.work.spare());
        let (known, log) = self.track.noise();
        if scaled.y.len() < super::LEAST_RUNS && log == scaled.log && known.sigma > own.sigma { known } else { own }
    }
}
