//! Google Benchmark: `--benchmark_format=json` (also `--benchmark_out`).
//!
//! Each element of `benchmarks` is one repetition (`run_type` `iteration`) or an aggregate over the repetitions of a case (`mean`,
//! `median`, `stddev`, `cv`; before version 1.5 told by the end of the name alone). Aggregates are statistics of their case, never
//! cases. Complexity fits (`BigO`, `RMS`) are models of other numbers and no measurements. Everything that is no field of the tool is a
//! counter that the author named; labels are free text beside a name that is unique without them. The text and CSV renderings stand in [`super::google_benchmark_text`].
//! Source: <https://github.com/google/benchmark/blob/main/docs/user_guide.md>.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{JsonTool, quantity};
use crate::artifact::field::{self, Field, case, error, samples};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct GoogleBenchmark;

pub(super) const NAME: Field = case("name");
pub(super) const REPETITIONS: Field = samples("repetitions");
pub(super) const ERROR: Field = error("error_message");

/// Ends of the names of aggregates, and which statistic they are; complexity fits are none.
const AGGREGATES: &[(&str, Option<&str>)] = &[
    ("mean", Some("mean")),
    ("median", Some("p50")),
    ("stddev", Some("std")),
    ("cv", Some("other")),
    ("min", Some("min")),
    ("max", Some("max")),
    ("BigO", None),
    ("RMS", None),
];

/// Fields of the tool that are neither counters nor times.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index", "threads",
    "aggregate_name", "aggregate_unit", "iterations", "real_time", "cpu_time", "time_unit", "label", "error_occurred",
    "error_message", "skipped", "skip_message", "cpu_coefficient", "real_coefficient", "big_o", "rms", "allocs_per_iter",
    "max_bytes_used", "total_allocated_bytes", "net_heap_growth",
];

/// Memory statistics of the tool itself.
const MEMORY: &[Field] = &[
    field::lower("allocs_per_iter", "allocations", "count"),
    field::lower("max_bytes_used", "max_memory", "bytes"),
    field::lower("total_allocated_bytes", "allocated", "bytes"),
    field::lower("net_heap_growth", "heap_growth", "bytes"),
];

impl JsonTool for GoogleBenchmark {
    fn name(&self) -> &'static str {
        "google-benchmark"
    }

    fn recognises(&self, value: &Value) -> bool {
        let first = value.pointer("/benchmarks/0");
        value.get("context").is_some_and(Value::is_object)
            && first.is_some_and(|b| {
                let timed = b.get("real_time").is_some() && b.get("time_unit").is_some();
                b.get("name").is_some() && (timed || b.get("error_occurred").is_some() || b.get("run_type").is_some())
            })
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        let entries: Vec<&Map<String, Value>> = value
            .get("benchmarks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .collect();
        let names: HashSet<&str> = entries.iter().filter_map(|entry| entry.get("name")?.as_str()).collect();
        for (i, entry) in entries.iter().enumerate() {
            if let Some(record) = record(&mut sheet, entry, &names) {
                sheet.push_at(record, RowAt::Json(format!("$.benchmarks[{i}]")), Some(1));
            }
        }
        let mut document = sheet.finish(self.name());
        for (key, value) in value.get("context").and_then(Value::as_object).into_iter().flatten() {
            // Authors add context of their own: `GIT_COMMIT_HASH` is as good as `git_commit`.
            let key = if key.eq_ignore_ascii_case("git_commit_hash") { "git_commit" } else { key };
            document.constants.push((vec![key.to_owned()], scalar_cell(value)));
        }
        document
    }
}

/// The record of an entry; `None` for a complexity fit.
fn record(sheet: &mut Sheet, entry: &Map<String, Value>, names: &HashSet<&str>) -> Option<Record> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    let (case, stat) = match text("aggregate_name") {
        Some(aggregate) => (text("run_name").unwrap_or(name), statistic(aggregate)?),
        None => by_name(name, names)?,
    };
    let mut record = Record::default();
    sheet.put_json(&mut record, ".name", &NAME, Cell::Text(case.to_owned()));
    if entry.get("error_occurred").and_then(Value::as_bool) == Some(true) {
        let message = text("error_message").filter(|message| !message.is_empty()).unwrap_or("error occurred");
        sheet.put_json(&mut record, ".error_message", &ERROR, Cell::Text(message.to_owned()));
        return Some(record);
    }
    if !stat.is_empty() {
        let repetitions = entry.get("repetitions").or_else(|| entry.get("iterations"));
        sheet.put_json(&mut record, ".repetitions", &REPETITIONS, repetitions.map(scalar_cell).unwrap_or_default());
    }
    // A coefficient of variation is a ratio, whatever unit its entry names; other percentages say so themselves.
    let share = text("aggregate_unit") == Some("percentage") || stat == "other";
    let unit = if share { "ratio" } else { text("time_unit").unwrap_or("ns") };
    for (key, value) in entry {
        if let Some(role) = role(key, stat, unit, share).filter(|_| value.is_number() || value.is_string()) {
            sheet.put_json_as(&mut record, &format!(".{key}"), key, role, scalar_cell(value));
        }
    }
    Some(record)
}

/// What a number under `key` is; `share`: in relation to the mean.
fn role(key: &str, stat: &str, unit: &str, share: bool) -> Option<ColumnRole> {
    if matches!(key, "real_time" | "cpu_time") {
        return Some(time(key, stat, unit));
    }
    if let Some(memory) = MEMORY.iter().find(|field| field.key == key) {
        return Some(memory.role(key));
    }
    (!OTHERS.contains(&key)).then(|| {
        let mut told = counter(key);
        if share {
            "ratio".clone_into(&mut told.unit);
        }
        told.role(stat)
    })
}

/// The role of `real_time` or `cpu_time`.
pub(super) fn time(base: &str, stat: &str, unit: &str) -> ColumnRole {
    let direction = if matches!(stat, "std" | "other") { Direction::Neutral } else { Direction::Lower };
    field::metric(base, stat, unit, direction)
}

/// The quantity of a user counter; rates say so in their names.
pub(super) fn counter(name: &str) -> quantity::Told {
    match name {
        "bytes_per_second" => quantity::by_unit("bytes/s"),
        "items_per_second" => quantity::by_unit("items/s"),
        _ => quantity::named(name, None),
    }
}

/// The statistic of an aggregate's name, empty for a value of its own; `None` for a fit.
pub(super) fn statistic(aggregate: &str) -> Option<&'static str> {
    AGGREGATES.iter().find(|(name, _)| *name == aggregate).map_or(Some("other"), |(_, stat)| *stat)
}

/// Case and statistic by the end of a name, where other aggregates of the same case, or the case itself, stand in the file.
pub(super) fn by_name<'n>(name: &'n str, names: &HashSet<&str>) -> Option<(&'n str, &'static str)> {
    let own = Some((name, ""));
    let Some((case, end)) = name.rsplit_once('_') else { return own };
    let Some((_, stat)) = AGGREGATES.iter().find(|(aggregate, _)| *aggregate == end) else { return own };
    let sibling =
        |(other, _): &(&str, Option<&str>)| *other != end && names.contains(format!("{case}_{other}").as_str());
    if names.contains(case) || AGGREGATES.iter().any(sibling) {
        return stat.map(|stat| (case, stat));
    }
    own
}

#[cfg(test)]
mod tests {
    use crate::artifact::{Input, Outcome, Settings, measurements, parse};
    use crate::domain::artifact::RelPath;

    #[test]
    fn a_mean_stands_for_the_repetitions_beside_it() {
        let bytes = include_bytes!("../../../tests/fixtures/formats/google-benchmark/repetitions.json");
        let path = RelPath::new(b"repetitions.json");
        let Outcome::Parsed(parsed) = parse(&Input { path: &path, bytes }, &Settings::default()) else {
            panic!("not read")
        };
        let found = measurements(&parsed, "b");
        let times: Vec<_> = found.iter().map(|(_, m)| m).filter(|m| m.series.metric == "real_time").collect();
        let [time] = times.as_slice() else { panic!("{} series", times.len()) };
        assert_eq!((time.value.to_bits(), time.n), (7720.5f64.to_bits(), 2));
        assert_eq!(time.samples, [7710.5, 7730.5]);
        assert_eq!(time.spread.std.as_ref().map(|std| std.value.to_bits()), Some(14.142f64.to_bits()));
    }
}
