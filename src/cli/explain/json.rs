//! What `explain --json` prints: one object, whose keys scripts rely on.

use serde_json::{Value, json};

use super::Explained;
use crate::artifact::{Decision, Gap, Reading, Role, SpreadKind};

/// The whole object.
pub(super) fn of(explained: &Explained) -> Value {
    let (parsed, benchmark) = (&explained.parsed, &explained.benchmark);
    let run = |run: &crate::domain::run::RunInfo| json!({ "time": run.time.map(|time| time.at.to_string()), "commit": run.commit, "host": run.host });
    json!({
        "format": parsed.format,
        "benchmark": benchmark,
        "runs": parsed.runs.iter().map(run).collect::<Vec<_>>(),
        "subject": parsed.constants,
        "dimensions": parsed.dimensions,
        "metrics": parsed.metrics,
        "measurements": parsed.readings.iter().map(|reading| measurement(reading, benchmark)).collect::<Vec<_>>(),
        "gaps": parsed.gaps.iter().map(gap).collect::<Vec<_>>(),
        "warnings": parsed.warnings,
        "decisions": parsed.decisions.iter().map(decision).collect::<Vec<_>>(),
        "rules": explained.rules,
        "rule": explained.suggestion,
    })
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
