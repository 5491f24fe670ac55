//! How the alarm's limits are simulated: shared by the program that makes the table and the test that holds the table to it. Not a part of
//! the harness, which does not know the detector.

use chimera_insight::analysis::detect::look::{DRIFT_EXCESS, Kind, Runs};
use chimera_insight::analysis::detect::scale::Scaled;
use chimera_insight::analysis::detect::segment::Work;
use chimera_insight::analysis::detect::thresholds::{RHO, RUNS};
use chimera_insight::analysis::detect::track::Track;
use harness::series::calibrate::Look;

/// By how much the limit is higher for each unit of estimated correlation.
const RISE: f64 = 1.0;

/// Runs below which more false alarms are allowed than later: with fewer nothing could ever be told.
const YOUNG: f64 = 25.0;

/// Share of the promised rate that is given to the noise of the simulation; the rest is for noise that it does not know.
const KNOWN: f64 = 0.5;

/// False alarms a run that the walks may make: of every look some pass.
const LENIENT: f64 = 0.1;

/// The first run counts of the rows, which lie half way (in logarithms) between the places of the table, and the end of the last.
pub fn rows(count: usize) -> Vec<usize> {
    let between = RUNS.windows(2).map(|pair| (pair[0] * pair[1]).sqrt().round() as usize);
    let first = RUNS[0] as usize;
    let end = RUNS[RUNS.len() - 1] as usize + 1;
    std::iter::once(first).chain(between).chain([end]).take(count + 1).collect()
}

/// False alarms that are allowed in run number `runs` of a segment: `rate`, and more the younger it is.
pub fn budget(runs: usize, rate: f64) -> f64 {
    KNOWN * rate * (YOUNG / runs as f64).powi(2).max(1.0)
}

/// By how much the limit at a correlation is above that of the first column.
pub fn rise(rho: f64) -> f64 {
    RISE * (rho - RHO[0]).max(0.0)
}

/// Every look of the detector at a series, with what the deviate exceeds the rise of the limit by.
pub fn walk(values: &[f64]) -> Vec<Look> {
    let (mut track, mut work) = (Track::default(), Work::default());
    let mut looks = Vec::new();
    for runs in 1..=values.len() {
        if !track.push(values[runs - 1]) {
            continue;
        }
        let scaled = Scaled::of(&values[..runs], 0.0);
        let segment = Runs { y: &scaled.y, floor: scaled.floor };
        if let Some(found) = track.look(segment, scaled.log, LENIENT, &mut work) {
            let evidence = found.evidence;
            let excess = if evidence.kind == Kind::Drift { DRIFT_EXCESS } else { 0.0 };
            looks.push(Look { runs, strength: evidence.z - excess - rise(evidence.noise.rho) });
        }
    }
    looks
}
