//! What `explain --json` prints: one object, whose keys scripts rely on.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Explained;
use crate::artifact::{Decision, Gap, Reading, Role, SpreadKind};
use crate::domain::run::RunInfo;
use crate::domain::series::Params;

/// The whole object. Its lists may be long: each of their items becomes JSON only when it is written.
#[derive(Serialize)]
pub(super) struct Told<'e> {
    format: &'e str,
    benchmark: &'e str,
    runs: Vec<Value>,
    subject: &'e Params,
    dimensions: &'e [String],
    metrics: &'e [String],
    measurements: Each<'e, Reading>,
    gaps: Each<'e, Gap>,
    warnings: &'e [String],
    decisions: Each<'e, Decision>,
    rules: &'e [String],
    rule: &'e Option<String>,
}

/// The whole object.
pub(super) fn of(explained: &Explained) -> Told<'_> {
    let (parsed, benchmark) = (&explained.parsed, explained.benchmark.as_str());
    let run = |run: &RunInfo| json!({ "time": run.time.map(|time| time.at.to_string()), "commit": run.commit, "host": run.host });
    Told {
        format: &parsed.format,
        benchmark,
        runs: parsed.runs.iter().map(run).collect(),
        subject: &parsed.constants,
        dimensions: &parsed.dimensions,
        metrics: &parsed.metrics,
        measurements: Each { items: &parsed.readings, benchmark, told: measurement },
        gaps: Each { items: &parsed.gaps, benchmark, told: |item, _| gap(item) },
        warnings: &parsed.warnings,
        decisions: Each { items: &parsed.decisions, benchmark, told: |item, _| decision(item) },
        rules: &explained.rules,
        rule: &explained.suggestion,
    }
}

/// A list whose items are told one by one.
struct Each<'e, T> {
    items: &'e [T],
    benchmark: &'e str,
    told: fn(&T, &str) -> Value,
}

impl<T> Serialize for Each<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(|item| (self.told)(item, self.benchmark)))
    }
}

fn measurement(reading: &Reading, benchmark: &str) -> Value {
    json!({
        "benchmark": benchmark, "case": reading.case, "params": reading.params, "metric": reading.metric,
        "field": reading.field, "value": reading.value, "unit": reading.unit.as_str(),
        "direction": reading.direction.as_str(), "samples": reading.n, "run": reading.run, "at": reading.at.to_string(),
        "role": word_of(&reading.role), "environment": reading.environment,
    })
}

/// The word for what a reading is to its metric.
pub(super) fn word_of(role: &Role) -> &'static str {
    match role {
        Role::Metric => "metric",
        Role::Sample => "sample",
        Role::Count => "count",
        Role::Spread { kind: SpreadKind::Std, .. } => "std",
        Role::Spread { kind: SpreadKind::Min, .. } => "min",
        Role::Spread { kind: SpreadKind::Max, .. } => "max",
        Role::Spread { kind: SpreadKind::Other, .. } => "spread",
    }
}

fn gap(gap: &Gap) -> Value {
    json!({ "kind": gap.kind.as_str(), "subject": gap.subject, "count": gap.count, "of": gap.of,
            "at": gap.at.to_string(), "detail": gap.detail })
}

fn decision(decision: &Decision) -> Value {
    json!({
        "table": decision.table, "place": decision.place, "field": decision.field, "role": decision.role, "name": decision.name,
        "unit": decision.unit, "direction": decision.direction.map(|direction| direction.as_str()),
        "why": decision.why, "sure": decision.doubts.is_empty(),
    })
}
