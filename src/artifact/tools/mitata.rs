//! mitata (and the `deno bench` and `bun` tables that came of it): JSON, and both layouts of its text.
//!
//! JSON is `{context, benchmarks: [{alias, runs: [{name, args, stats}]}]}` with all times in nanoseconds; `heap` is bytes, `gc`
//! nanoseconds. Older releases had `{benchmarks: [{name, group, stats}]}`.
//!
//! ```text
//! benchmark                 time (avg)             (min … max)       p75       p99      p999
//! encode              282.31 µs/iter   (274.4 µs … 746.9 µs)  279.5 µs  378.7 µs  391.3 µs
//! ```
//!
//! ```text
//! benchmark                   avg (min … max) p75 / p99    (min … top 1%)
//! encode                       162.75 µs/iter 154.46 µs  █
//!                       (113.08 µs … 1.12 ms) 429.87 µs  █▆
//!                     (  7.07 kb …   2.87 mb)  11.79 kb ▁██▄▂▂▂
//! ```
//!
//! Names may hold blanks: a row is told by `/iter`. In the second layout the 75th percentile stands beside the mean and the 99th beside the
//! extremes. Apostrophes separate thousands. Source: <https://github.com/evanwashere/mitata>.

use serde_json::Value;

use super::JsonTool;
use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, error, param};
use crate::artifact::format::{Format, Source, Stop, scalar_cell};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Text;
pub(super) struct Json;

const GROUP: Field = case("group");
const NAME: Field = case("name");
const FAILURE: Field = error("error");
const STATISTICS: &[(&str, &str)] = &[
    ("avg", "mean"),
    ("min", "min"),
    ("max", "max"),
    ("p25", "p25"),
    ("p50", "p50"),
    ("p75", "p75"),
    ("p99", "p99"),
    ("p995", "p99.5"),
    ("p999", "p99.9"),
];

impl JsonTool for Json {
    fn name(&self) -> &'static str {
        "mitata"
    }

    fn recognises(&self, value: &Value) -> bool {
        let first = value.pointer("/benchmarks/0");
        let stats = first.and_then(|b| b.pointer("/runs/0/stats").or_else(|| b.get("stats")));
        stats.is_some_and(|stats| ["avg", "p75", "p99", "p999"].iter().all(|key| stats.get(key).is_some()))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut sheet = Sheet::default();
        for (b, benchmark) in value.get("benchmarks").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let runs = benchmark.get("runs").and_then(Value::as_array);
            let at = |r: usize| {
                format!("$.benchmarks[{b}]{}", if runs.is_some() { format!(".runs[{r}]") } else { String::new() })
            };
            let alone = std::slice::from_ref(benchmark);
            for (r, run) in runs.map_or(alone, Vec::as_slice).iter().enumerate() {
                let record = record(&mut sheet, run);
                sheet.push_at(record, RowAt::Json(at(r)), Some(1));
            }
        }
        let mut document = sheet.finish(self.name());
        let cpu = value.pointer("/context/cpu/name").or_else(|| value.get("cpu")).filter(|cpu| cpu.is_string());
        document.constants.extend(cpu.map(|cpu| (vec!["cpu_name".to_owned()], scalar_cell(cpu))));
        document
    }
}

fn record(sheet: &mut Sheet, run: &Value) -> Record {
    let mut record = Record::default();
    for field in [GROUP, NAME] {
        let text = run.get(field.key).filter(|text| text.is_string());
        sheet.put_json(&mut record, &format!(".{}", field.key), &field, text.map(scalar_cell).unwrap_or_default());
    }
    for (name, value) in run.get("args").and_then(Value::as_object).into_iter().flatten() {
        let role = param("*", "*").role(name);
        sheet.put_json_as(&mut record, &format!(".args.{name}"), name, role, scalar_cell(value));
    }
    if let Some(message) = run.get("error").filter(|error| !error.is_null()) {
        let text = message.get("message").unwrap_or(message).as_str().unwrap_or("failed").to_owned();
        sheet.put_json(&mut record, ".error", &FAILURE, Cell::Text(text));
    }
    for (block, base, unit) in
        [("stats", "time", "ns"), ("stats.heap", "memory", "bytes"), ("stats.gc", "gc_time", "ns")]
    {
        let Some(stats) = run.pointer(&format!("/{}", block.replace('.', "/"))) else { continue };
        for (name, stat) in STATISTICS {
            if let Some(value) = stats.get(*name).filter(|value| value.is_number()) {
                let key = format!("{block}.{name}");
                let role = field::metric(base, stat, unit, Direction::Lower);
                sheet.put_json_as(&mut record, &format!(".{key}"), &key, role, scalar_cell(value));
            }
        }
    }
    let samples = run.pointer("/stats/samples").and_then(Value::as_array).into_iter().flatten().enumerate();
    let samples: Vec<(usize, f64)> = samples.filter_map(|(i, value)| Some((i, value.as_f64()?))).collect();
    if !samples.is_empty() {
        sheet.put_list(&mut record, "stats.samples", field::metric("time", "", "ns", Direction::Lower), samples);
    }
    record
}

/// Columns of the first layout behind the mean and the extremes; of the second, whose lines have one each.
#[derive(Clone)]
enum Layout {
    OneLine(Vec<String>),
    Three,
}

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["mitata"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut layout, mut group) = (None, "");
        for (number, line) in source.lines() {
            if let Some(found) = header(line) {
                layout = Some(found);
                group = "";
            } else if let Some(name) = line.trim().strip_prefix("• ") {
                group = name.trim();
            } else if let Some((name, mean, rest)) = row(line).filter(|_| layout.is_some()) {
                sheet.push(std::mem::take(&mut record), Some(1));
                sheet.put(&mut record, number, &GROUP, group);
                sheet.put(&mut record, number, &NAME, name);
                let key = if matches!(layout, Some(Layout::OneLine(_))) { "time (avg)" } else { "avg" };
                put(&mut sheet, &mut record, number, key, "mean", mean);
                match &layout {
                    Some(Layout::OneLine(ranks)) => one_line(&mut sheet, &mut record, number, rest, ranks),
                    _ => put(&mut sheet, &mut record, number, "p75", "p75", pair(rest).unwrap_or_default()),
                }
            } else if let (Some(Layout::Three), Some((min, max, rest))) = (&layout, range(line)) {
                let memory = matches!(min.1.to_ascii_lowercase().as_str(), "b" | "kb" | "mb" | "gb");
                // The third line is the heap: its mean stands behind the extremes.
                let behind = if memory { ("heap avg", "mean") } else { ("p99", "p99") };
                let keys = if memory { ["heap min", "heap max"] } else { ["min", "max"] };
                put(&mut sheet, &mut record, number, keys[0], "min", min);
                put(&mut sheet, &mut record, number, keys[1], "max", max);
                put(&mut sheet, &mut record, number, behind.0, behind.1, pair(rest).unwrap_or_default());
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("mitata"))
    }
}

fn header(line: &str) -> Option<Layout> {
    if line.contains("avg (min … max) p75 / p99") {
        return Some(Layout::Three);
    }
    let (_, rest) = line.split_once("time (avg)").or_else(|| line.split_once("time/iter (avg)"))?;
    let (_, ranks) = rest.split_once("(min … max)")?;
    let ranks: Vec<String> = ranks.split_whitespace().map(str::to_owned).collect();
    ranks.iter().all(|rank| rank.starts_with('p')).then_some(Layout::OneLine(ranks))
}

/// Number and unit at the start of `text`.
fn pair(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_whitespace();
    let (value, unit) = (words.next()?, words.next()?);
    plain(value).parse::<f64>().is_ok().then_some((value, unit))
}

fn plain(number: &str) -> String {
    number.trim_start_matches('~').replace(['\'', ','], "")
}

/// A row of either layout: its name, the mean, and what follows.
fn row(line: &str) -> Option<(&str, (&str, &str), &str)> {
    let (before, rest) = line.split_once("/iter")?;
    let (before, unit) = before.trim_end().rsplit_once(' ')?;
    let (name, value) = before.trim_end().rsplit_once(' ')?;
    plain(value).parse::<f64>().ok()?;
    let name = name.trim();
    (!name.is_empty()).then_some((name, (value, unit), rest))
}

/// A number and its unit.
type Amount<'l> = (&'l str, &'l str);

/// The extremes in parentheses, and what follows them.
fn range(line: &str) -> Option<(Amount<'_>, Amount<'_>, &str)> {
    let (inner, rest) = line.trim_start().strip_prefix('(')?.split_once(')')?;
    let (min, max) = inner.split_once('…')?;
    Some((pair(min)?, pair(max)?, rest))
}

fn one_line(sheet: &mut Sheet, record: &mut Record, line: u32, rest: &str, ranks: &[String]) {
    let Some(start) = rest.find('(') else { return };
    let Some((min, max, rest)) = range(rest.get(start..).unwrap_or_default()) else { return };
    put(sheet, record, line, "min", "min", min);
    put(sheet, record, line, "max", "max", max);
    let words: Vec<&str> = rest.split_whitespace().collect();
    for (rank, pair) in ranks.iter().zip(words.chunks(2)) {
        let stat = STATISTICS.iter().find(|(name, _)| name == rank).map_or(rank.as_str(), |(_, stat)| *stat);
        if let [value, unit] = pair {
            put(sheet, record, line, rank, stat, (value, unit));
        }
    }
}

fn put(sheet: &mut Sheet, record: &mut Record, line: u32, key: &str, stat: &str, (value, unit): (&str, &str)) {
    if !value.is_empty() {
        let role = quantity::by_unit(unit).role(stat);
        sheet.put_as(record, line, key, role, Cell::Text(plain(value)));
    }
}
