//! Go: what `go test -bench` prints, and other programs in Go's benchmark format.
//!
//! ```text
//! goos: linux
//! pkg: example.org/codec
//! cpu: AMD EPYC 7763 64-Core Processor
//! BenchmarkEncode/size=64-8   714387   1423 ns/op   53.21 MB/s   16 B/op   1 allocs/op
//! ```
//!
//! Each line is one sample: `-count` repeats it. Pairs of value and unit follow the number of iterations; authors add units of their
//! own. `key: value` lines hold for what follows. A `-8` at the end is GOMAXPROCS when all results of the file end in such a number;
//! Go leaves it off when it is 1, and then the number belongs to the name.
//! Source: <https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md>.

use std::collections::BTreeMap;

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct GoBench;

const NAME: Field = case("name");
const PROCS: Field = param("GOMAXPROCS", "gomaxprocs");
/// Configuration lines that say something of what follows; others are the author's remarks.
const CONFIGURATION: &[Field] = &[
    param("goos", "goos"),
    param("goarch", "goarch"),
    param("pkg", "pkg"),
    field::hardware("cpu"),
    field::commit("commit"),
    field::branch("branch"),
    field::time("commit-time"),
];

impl Format for GoBench {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["go-bench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| result(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let results = || source.lines().filter_map(|(_, line)| Some(result(line)?.0));
        let suffixed = results().all(|name| procs(name).is_some());
        let mut sheet = Sheet::default();
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        for (number, line) in source.lines() {
            if let Some((name, figures)) = result(line) {
                let mut record = Record::default();
                configure(&mut sheet, &mut record, number, &known);
                let split = procs(name).filter(|_| suffixed);
                sheet.put(&mut record, number, &NAME, split.map_or(name, |(name, _)| name));
                if let Some((_, procs)) = split {
                    sheet.put(&mut record, number, &PROCS, procs);
                }
                for pair in figures.chunks(2) {
                    put(&mut sheet, &mut record, number, pair);
                }
                sheet.push_at(record, RowAt::Line(number), Some(1));
            } else if let Some((key, value)) = line.split_once(':')
                && let Some(field) = CONFIGURATION.iter().find(|field| field.key == key)
            {
                known.insert(field.key, value.trim());
            }
        }
        Ok(sheet.finish("go-bench"))
    }
}

/// Name and figures of a result: a name that begins with `Benchmark`, iterations, then pairs of value and unit.
fn result(line: &str) -> Option<(&str, Vec<&str>)> {
    let mut words = line.split_whitespace();
    let name = words.next().filter(|name| name.starts_with("Benchmark") && line.starts_with("Benchmark"))?;
    words.next()?.parse::<u64>().ok()?;
    let figures: Vec<&str> = words.take(256).collect();
    let pairs = !figures.is_empty()
        && figures.len().is_multiple_of(2)
        && figures
            .chunks(2)
            .all(|pair| matches!(pair, [value, unit] if value.parse::<f64>().is_ok() && unit.parse::<f64>().is_err()));
    pairs.then_some((name, figures))
}

/// A name without the number of processors at its end, and that number.
fn procs(name: &str) -> Option<(&str, &str)> {
    let (name, procs) = name.rsplit_once('-')?;
    let number = !procs.is_empty() && procs.len() <= 4 && procs.bytes().all(|b| b.is_ascii_digit());
    (number && !name.is_empty()).then_some((name, procs))
}

fn configure(sheet: &mut Sheet, record: &mut Record, line: u32, known: &BTreeMap<&str, &str>) {
    for field in CONFIGURATION {
        if let Some(value) = known.get(field.key) {
            sheet.put(record, line, field, value);
        }
    }
}

fn put(sheet: &mut Sheet, record: &mut Record, line: u32, pair: &[&str]) {
    let [value, unit] = pair else { return };
    // Authors name their quantity in the unit: `p99-latency-ns`, `hits/op`.
    let told = if unit.contains('/') { quantity::by_unit(unit) } else { quantity::named(unit, None) };
    sheet.put_as(record, line, unit, told.role(""), Cell::Text((*value).to_owned()));
}
