//! Readings to measurements: one value for each series and run.
//!
//! Rows with equal parameters in one run are samples of one measurement, and its value is their median. Standard
//! deviation, minimum and maximum attach to their metric; with several rows they belong to single samples, and the samples themselves
//! tell more.

use std::collections::HashMap;

use super::meta::param_name;
use super::{Parsed, Reading, Role, SpreadKind};
use crate::domain::measurement::{Locator, Measurement, Spread, SpreadValue};
use crate::domain::series::{Params, SeriesKey};
use crate::domain::stats;

/// The measurements of an artifact, each with the index of its run, in the order in which they first occur.
pub fn measurements(parsed: &Parsed, benchmark: &str) -> Vec<(usize, Measurement)> {
    let constants: Params = parsed
        .constants
        .iter()
        .filter(|(_, value)| !named(benchmark, value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut order: Vec<(usize, SeriesKey, Vec<&Reading>, Vec<&Reading>)> = Vec::new();
    let mut known: HashMap<(usize, SeriesKey), usize> = HashMap::new();
    for reading in parsed.readings.iter().filter(|r| !matches!(r.role, Role::Spread { .. })) {
        let key = (reading.run, key_of(reading, &reading.metric, benchmark, &constants));
        let at = *known.entry(key).or_insert_with_key(|(run, series)| {
            order.push((*run, series.clone(), Vec::new(), Vec::new()));
            order.len() - 1
        });
        if let Some((_, _, values, samples)) = order.get_mut(at) {
            if reading.role == Role::Metric { values.push(reading) } else { samples.push(reading) }
        }
    }
    let mut spreads: HashMap<(usize, SeriesKey), Vec<&Reading>> = HashMap::new();
    for reading in &parsed.readings {
        if let Role::Spread { of, .. } = &reading.role {
            spreads.entry((reading.run, key_of(reading, of, benchmark, &constants))).or_default().push(reading);
        }
    }
    order
        .into_iter()
        .filter_map(|(run, series, values, samples)| {
            let found = spreads.remove(&(run, series.clone())).unwrap_or_default();
            condense(series, &values, &samples, &found).map(|m| (run, m))
        })
        .collect()
}

fn key_of(reading: &Reading, metric: &str, benchmark: &str, constants: &Params) -> SeriesKey {
    let mut params = constants.clone();
    params.extend(reading.params.iter().map(|(k, v)| (k.clone(), v.clone())));
    SeriesKey {
        benchmark: benchmark.to_owned(),
        case: reading.case.clone(),
        params,
        metric: metric.to_owned(),
        unit: reading.unit.clone(),
        environment: reading.environment.clone(),
    }
}

fn condense(series: SeriesKey, values: &[&Reading], samples: &[&Reading], spreads: &[&Reading]) -> Option<Measurement> {
    let behind: &[&Reading] = if samples.is_empty() && values.len() > 1 { values } else { samples };
    let first = *values.first().or(behind.first())?;
    let raw: Vec<f64> = behind.iter().map(|reading| reading.value).collect();
    let (value, at) = match values {
        [only] => (only.value, only.at.clone()),
        _ => (stats::median(&raw)?, Locator::several(behind.iter().map(|reading| &reading.at))?),
    };
    let mut spread = Spread::default();
    for reading in spreads.iter().filter(|_| values.len() <= 1) {
        let value = Some(SpreadValue { value: reading.value, at: reading.at.clone() });
        let Role::Spread { kind, .. } = &reading.role else { continue };
        match kind {
            SpreadKind::Std if spread.std.is_none() => spread.std = value,
            SpreadKind::Min if spread.min.is_none() => spread.min = value,
            SpreadKind::Max if spread.max.is_none() => spread.max = value,
            _ => {}
        }
    }
    let counted = u64::try_from(behind.len()).unwrap_or(u64::MAX);
    let told = values.iter().map(|r| r.n).fold(0u64, u64::saturating_add);
    Some(Measurement {
        series,
        direction: first.direction,
        value,
        samples: behind.iter().map(|r| r.value).collect(),
        n: told.max(counted).max(1),
        spread,
        resolution: first.resolution,
        at,
        field: first.field.clone(),
    })
}

/// Whether the benchmark's name already says `value`: every word of it stands there (`gemma3:270m` in `gemma3_270m_baseline`).
fn named(benchmark: &str, value: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty() && *w != "latest")
            .map(str::to_lowercase)
            .collect()
    };
    let (of_value, of_benchmark) = (words(value), words(benchmark));
    !of_value.is_empty() && of_value.iter().all(|w| of_benchmark.contains(w))
}

/// Lends what only some renderings of a bundle say (constants; a single run's time, host, commit and branch; the environment) to
/// the others, so that all of them give the same series. The better renderings first.
pub fn unite(renderings: &mut [Parsed]) {
    let mut constants = Params::new();
    for (name, value) in renderings.iter().flat_map(|p| &p.constants) {
        constants.entry(param_name(name)).or_insert_with(|| value.clone());
    }
    let run = |pick: fn(&crate::domain::run::RunInfo) -> Option<String>| {
        renderings.iter().filter(|p| p.runs.len() == 1).flat_map(|p| &p.runs).find_map(pick)
    };
    let (host, commit, branch) = (run(|r| r.host.clone()), run(|r| r.commit.clone()), run(|r| r.branch.clone()));
    let time = renderings.iter().filter(|p| p.runs.len() == 1).flat_map(|p| &p.runs).find_map(|r| r.time);
    let environment =
        renderings.iter().flat_map(|p| &p.readings).map(|r| r.environment.clone()).find(|e| !e.is_empty());
    for parsed in renderings.iter_mut() {
        let dimensions = |name: &str| parsed.readings.iter().any(|r| r.params.contains_key(name));
        let lent: Params =
            constants.iter().filter(|(name, _)| !dimensions(name)).map(|(k, v)| (k.clone(), v.clone())).collect();
        parsed.constants = lent;
        if let [only] = parsed.runs.as_mut_slice() {
            only.time = time.or(only.time);
            only.host = only.host.take().or_else(|| host.clone());
            only.commit = only.commit.take().or_else(|| commit.clone());
            only.branch = only.branch.take().or_else(|| branch.clone());
        }
        for reading in parsed.readings.iter_mut().filter(|r| r.environment.is_empty()) {
            reading.environment.clone_from(environment.as_ref().unwrap_or(&String::new()));
        }
    }
}
