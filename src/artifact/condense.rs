//! Readings to measurements: one value for each series and run.
//!
//! Rows with equal parameters in one run are samples of one measurement, and its value is their median. Standard
//! deviation, minimum and maximum attach to their metric; with several rows they belong to single samples, and the samples themselves
//! tell more.

use std::collections::HashMap;

use super::bundle::telling;
use super::{Parsed, Reading, Role, SpreadKind};
use crate::domain::measurement::{Locator, Measurement, Spread, SpreadValue};
use crate::domain::series::{Params, SeriesKey};
use crate::domain::stats;
use crate::domain::units::Unit;

/// The measurements of an artifact, each with the index of its run, in the order in which they first occur.
pub fn measurements(parsed: &Parsed, benchmark: &str) -> Vec<(usize, Measurement)> {
    let constants = telling(&parsed.constants, benchmark);
    let mut order: Vec<(usize, SeriesKey, Vec<&Reading>, Vec<&Reading>)> = Vec::new();
    let mut known: HashMap<(usize, SeriesKey), usize> = HashMap::new();
    for reading in parsed.readings.iter().filter(|r| matches!(r.role, Role::Metric | Role::Sample)) {
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
        // Until it is known which unit comes first, the dimension stands for it.
        benchmark: benchmark.to_owned(),
        case: reading.case.clone(),
        params,
        metric: metric.to_owned(),
        unit: Unit::new(reading.unit.dimension()),
        environment: reading.environment.clone(),
    }
}

/// The reading's value in the unit of its series. A spread without a unit is in its metric's.
fn in_unit(reading: &Reading, unit: &Unit) -> Option<f64> {
    if reading.unit.is_none() { Some(reading.value) } else { reading.unit.convert(reading.value, unit) }
}

/// A value that says it stands for as many samples as there are values beside it (the mean of repetitions that are listed too), and
/// those.
fn summary<'r>(values: &[&'r Reading]) -> Option<(&'r Reading, Vec<&'r Reading>)> {
    let others = u64::try_from(values.len().checked_sub(1)?).ok()?;
    let mut of_all = values.iter().filter(|reading| others > 1 && reading.n == others);
    let only = of_all.next().filter(|_| of_all.next().is_none())?;
    let rest: Vec<&Reading> = values.iter().filter(|reading| reading.n == 1).copied().collect();
    (rest.len() + 1 == values.len()).then_some((*only, rest))
}

fn condense(
    mut series: SeriesKey,
    values: &[&Reading],
    samples: &[&Reading],
    spreads: &[&Reading],
) -> Option<Measurement> {
    if let Some((only, rest)) = summary(values).filter(|_| samples.is_empty()) {
        return condense(series, &[only], &rest, spreads);
    }
    let behind: &[&Reading] = if samples.is_empty() && values.len() > 1 { values } else { samples };
    let first = *values.first().or(behind.first())?;
    series.unit = first.unit.clone();
    let raw: Vec<f64> = behind.iter().filter_map(|reading| in_unit(reading, &series.unit)).collect();
    let (value, at) = match values {
        [only] => (only.value, only.at.clone()),
        _ => (stats::median(&raw)?, Locator::several(behind.iter().map(|reading| &reading.at))?),
    };
    let mut spread = Spread::default();
    for reading in spreads.iter().filter(|_| values.len() <= 1) {
        let value = in_unit(reading, &series.unit).map(|value| SpreadValue { value, at: reading.at.clone() });
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
        samples: raw,
        n: told.max(counted).max(1),
        spread,
        resolution: first.resolution,
        at,
        field: first.field.clone(),
    })
}
