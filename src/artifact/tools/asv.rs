//! airspeed velocity: the file of one commit below `results/MACHINE/`.
//!
//! Version 1 maps a benchmark to a number or to `{result, params, stats}`; version 2 to a list whose places `result_columns` names,
//! cut where the rest is empty. `params` lists the values of each parameter, and `result` holds one number for each combination, the
//! last parameter running fastest. The parameters' names and the units stand in another file: the kind of benchmark, told by
//! the beginning of its name, says the unit. `date` is the commit's. A benchmark that failed is `null`, a skipped combination NaN.
//! Source: <https://asv.readthedocs.io/en/latest/dev.html#benchmark-suite-layout-and-file-formats>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{self, Field, case, param, samples};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction::{self, Lower, Neutral};

pub(super) struct Asv;

const BENCHMARK: Field = case("benchmark");
const REPEAT: Field = samples("repeat");

/// Statistics of a combination, under the names of both versions. The mean stands beside the median, which is the result.
const STATISTICS: &[(&str, &str)] = &[
    ("q_25", "p25"),
    ("q_75", "p75"),
    ("min", "min"),
    ("max", "max"),
    ("std", "std"),
    ("mean", "other"),
    ("ci_99_a", "other"),
    ("ci_99_b", "other"),
];

/// Combinations of one benchmark that are read at most; asv itself runs each of them.
const MOST: usize = 100_000;

impl JsonTool for Asv {
    fn name(&self) -> &'static str {
        "asv"
    }

    fn recognises(&self, value: &Value) -> bool {
        let text = |key: &str| value.get(key).is_some_and(Value::is_string);
        let results = value.get("results").is_some_and(Value::is_object);
        results && text("commit_hash") && value.get("date").is_some_and(Value::is_number)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let columns: Option<Vec<&str>> =
            value.get("result_columns").and_then(Value::as_array).map(|c| c.iter().filter_map(Value::as_str).collect());
        let mut sheet = Sheet::default();
        for (name, result) in value.get("results").and_then(Value::as_object).into_iter().flatten() {
            Benchmark::of(name, result, columns.as_deref()).read(&mut sheet);
        }
        let mut document = sheet.finish(self.name());
        for key in ["commit_hash", "date"] {
            document.constants.extend(value.get(key).map(|v| (vec![key.to_owned()], scalar_cell(v))));
        }
        for (key, name) in [("machine", "machine"), ("cpu", "cpu_model")] {
            let said = value.pointer(&format!("/params/{key}"));
            document.constants.extend(said.map(|v| (vec![name.to_owned()], scalar_cell(v))));
        }
        document.subject.extend(value.get("python").map(|v| ("python".to_owned(), scalar_cell(v))));
        for (package, version) in value.get("requirements").and_then(Value::as_object).into_iter().flatten() {
            document.subject.push((package.clone(), scalar_cell(version)));
        }
        document
    }
}

/// What asv keeps beside its results: `machine.json` of each machine, and `benchmarks.json`, which says how each benchmark is run and in
/// which unit. Neither holds a measurement: memory, sample times and repetitions are configuration.
pub(super) struct About;

impl JsonTool for About {
    fn name(&self) -> &'static str {
        "asv"
    }

    fn recognises(&self, value: &Value) -> bool {
        let Some(map) = value.as_object().filter(|map| map.get("version").is_some_and(Value::is_number)) else {
            return false;
        };
        let machine = ["machine", "arch", "cpu", "os", "ram"].iter().all(|key| map.contains_key(*key));
        let mut entries = map.iter().filter(|(key, _)| *key != "version").peekable();
        let described =
            |entry: &Value| ["code", "name", "param_names", "type"].iter().all(|key| entry.get(*key).is_some());
        machine || entries.peek().is_some() && entries.all(|(_, entry)| described(entry))
    }

    fn read(&self, _value: &Value, _source: &Source<'_>) -> Document {
        Sheet::default().finish(self.name())
    }
}

/// One benchmark's entry, whichever version wrote it.
struct Benchmark<'v> {
    name: &'v str,
    /// Its parts by name.
    parts: Vec<(&'v str, String, &'v Value)>,
}

impl<'v> Benchmark<'v> {
    fn of(name: &'v str, entry: &'v Value, columns: Option<&[&'v str]>) -> Self {
        let parts = match (entry, columns) {
            (Value::Array(places), Some(columns)) => {
                let named = columns.iter().zip(places).enumerate();
                named.map(|(i, (column, place))| (*column, format!("[{i}]"), place)).collect()
            }
            (Value::Object(map), _) => map.iter().map(|(key, v)| (key.as_str(), format!(".{key}"), v)).collect(),
            (only, _) => vec![("result", String::new(), only)],
        };
        Self { name, parts }
    }

    fn part(&self, name: &str) -> Option<(&str, &'v Value)> {
        self.parts.iter().find(|(key, _, _)| *key == name).map(|(_, path, value)| (path.as_str(), *value))
    }

    fn read(&self, sheet: &mut Sheet) {
        let lists =
            self.part("params").and_then(|(_, params)| params.as_array()).map(Vec::as_slice).unwrap_or_default();
        let lists: Vec<&[Value]> = lists.iter().filter_map(|list| Some(list.as_array()?.as_slice())).collect();
        let Some((path, result)) = self.part("result") else { return };
        let count = result.as_array().map_or(1, Vec::len).min(MOST);
        for index in 0..count {
            let subject = combination(&lists, index);
            let (number, step) = match result {
                Value::Array(list) => (list.get(index).unwrap_or(&Value::Null), format!("{path}[{index}]")),
                only => (only, path.to_owned()),
            };
            let repeat = self.statistic("repeat", index).map(|(value, _)| value);
            self.push(sheet, &subject, ("result", "", number, &step), repeat);
            for (name, stat) in STATISTICS {
                if let Some((value, step)) = self.statistic(name, index) {
                    self.push(sheet, &subject, (name, stat, value, &step), None);
                }
            }
        }
    }

    /// Each number is a record of its own, since each stands in a place of its own: name, statistic, value, and where it stands.
    fn push(
        &self,
        sheet: &mut Sheet,
        subject: &[(String, String)],
        (name, stat, value, step): (&str, &str, &Value, &str),
        repeat: Option<&Value>,
    ) {
        let mut record = Record::default();
        sheet.put_json(&mut record, "", &BENCHMARK, Cell::Text(self.name.to_owned()));
        for (name, value) in subject {
            let role = param("*", "*").role(name);
            sheet.put_json_as(&mut record, "", name, role, Cell::Text(value.clone()));
        }
        if let Some(repeat) = repeat {
            sheet.put_json(&mut record, "", &REPEAT, scalar_cell(repeat));
        }
        let (base, unit, direction) = kind(self.name);
        let direction = if matches!(stat, "std" | "other") { Neutral } else { direction };
        sheet.put_json_as(&mut record, "", name, field::metric(base, stat, unit, direction), scalar_cell(value));
        let at = format!("$.results[{}]{step}", Value::String(self.name.to_owned()));
        sheet.push_at(record, RowAt::Json(at), Some(1));
    }

    /// A statistic of the combination `index`, and where it stands in the entry.
    fn statistic(&self, name: &str, index: usize) -> Option<(&'v Value, String)> {
        let number = |(value, step): (&'v Value, String)| value.is_number().then_some((value, step));
        if let Some((path, list)) = self.part(&format!("stats_{name}")) {
            return number((list.as_array()?.get(index)?, format!("{path}[{index}]")));
        }
        let (path, stats) = self.part("stats")?;
        let stats = stats.as_array()?.get(index)?;
        let value = match name.strip_prefix("ci_99_") {
            Some(bound) => {
                let bound = usize::from(bound == "b");
                (stats.get("ci_99")?.get(bound)?, format!("{path}[{index}].ci_99[{bound}]"))
            }
            None => (stats.get(name)?, format!("{path}[{index}].{name}")),
        };
        number(value)
    }
}

/// Quantity, unit and direction that the kind of a benchmark tells.
fn kind(name: &str) -> (&'static str, &'static str, Direction) {
    let method = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    match method.split('_').next().unwrap_or_default() {
        "time" | "timeraw" => ("time", "s", Lower),
        "mem" => ("memory", "bytes", Lower),
        "peakmem" => ("peak_memory", "bytes", Lower),
        _ => ("value", "-", Neutral),
    }
}

/// The values of the parameters in combination `index`.
fn combination(lists: &[&[Value]], index: usize) -> Vec<(String, String)> {
    let mut rest = index;
    let mut values = Vec::with_capacity(lists.len());
    for (place, list) in lists.iter().enumerate().rev() {
        let length = list.len().max(1);
        if let Some(value) = list.get(rest % length) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // Texts are written as Python's `repr` has them.
            values.push((format!("param{}", place + 1), text.trim_matches(['\'', '"']).to_owned()));
        }
        rest /= length;
    }
    values.reverse();
    values
}
