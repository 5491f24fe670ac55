//! `backtest --json`: one object, its series written one by one.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::outcome::{Event, Outcome, Totals};
use super::past::{Gathered, Past};
use crate::analysis::backtest::ChangePoint;

/// What is printed.
#[derive(Serialize)]
pub(super) struct Printed<'a> {
    source: &'a str,
    settings: Value,
    series: Series<'a>,
    totals: Value,
    problems: &'a [String],
}

/// The outcomes to be printed, worst first.
struct Series<'a>(&'a [Vec<Outcome<'a>>], bool);

impl Serialize for Series<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.0.iter().flatten().filter(|outcome| self.1 || !outcome.events.is_empty());
        serializer.collect_seq(shown.map(outcome_json))
    }
}

/// The object; `all`: quiet series too.
pub(super) fn of<'a>(
    gathered: &'a Gathered,
    groups: &'a [Vec<Outcome<'a>>],
    totals: &Totals,
    settings: Value,
    all: bool,
) -> Printed<'a> {
    Printed {
        source: &gathered.source,
        settings,
        series: Series(groups, all),
        totals: totals_json(totals),
        problems: &gathered.problems,
    }
}

fn outcome_json(outcome: &Outcome<'_>) -> Value {
    let (past, replayed) = (outcome.past, outcome.replayed);
    let last = past.points.len().checked_sub(1);
    let at = |run: Option<usize>| run.and_then(|run| past.at(run)).map(|at| at.to_string());
    let alarms: Vec<Value> = outcome.events.iter().filter_map(|event| alarm_json(past, event)).collect();
    let own = |change: &&ChangePoint| change.index >= past.borrowed;
    json!({
        "series": {
            "benchmark": past.series.benchmark, "case": past.series.case, "params": past.series.params,
            "metric": past.series.metric, "unit": past.series.unit.as_str(), "direction": past.direction.as_str(),
            "environment": past.series.environment,
        },
        "runs": past.own(),
        "first_at": at(Some(past.borrowed)), "last_at": at(last),
        "changes": replayed.changes.iter().filter(own).map(|change| change_json(past, change)).collect::<Vec<_>>(),
        "alarms": alarms,
        "candidates": outcome.candidates(),
    })
}

fn change_json(past: &Past, change: &ChangePoint) -> Value {
    json!({
        "index": past.run(change.index), "at": past.at(change.index).map(|at| at.to_string()),
        "commit": past.commit(change.index),
        "before": change.before, "after": change.after, "effect": change.effect, "p": change.p,
    })
}

fn alarm_json(past: &Past, event: &Event<'_>) -> Option<Value> {
    let Event::Told(kind, alarm) = event else { return None };
    let change = &alarm.change;
    Some(json!({
        "kind": kind.as_str(),
        "index": past.run(alarm.index), "at": past.at(alarm.index).map(|at| at.to_string()),
        "change_index": past.run(change.index), "change_at": past.at(change.index).map(|at| at.to_string()),
        "commit": past.commit(change.index),
        "before": change.before, "after": change.after, "effect": change.effect, "p": change.p,
        "delay_runs": alarm.delay(), "delay_seconds": past.seconds(change.index, alarm.index),
    }))
}

fn totals_json(totals: &Totals) -> Value {
    json!({
        "series": totals.series, "runs": totals.runs, "too_short": totals.too_short,
        "first_at": totals.first.map(|at| at.to_string()), "last_at": totals.last.map(|at| at.to_string()),
        "regressions": totals.regressions, "improvements": totals.improvements, "changes": totals.changes,
        "drifts": totals.drifts, "alarms": totals.alarms(), "alarms_per_1000_runs": totals.per_thousand(),
        "median_delay_runs": totals.median_delay, "candidates": totals.candidates, "hindsight": totals.missed,
        "landings": totals.landings, "mails": totals.mails,
    })
}
