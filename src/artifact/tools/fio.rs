//! fio: what its text and its JSON have in common, and the JSON.
//!
//! Bandwidth in JSON is KiB/s (`bw`) and bytes/s (`bw_bytes`); times are nanoseconds in keys that end in `_ns` (from fio 3 on) and
//! microseconds in others. Reads, writes and trims are quantities of one job; a direction without a single request has only zeros,
//! which are no results. Distributions of depth and latency are shares of buckets and no metrics either. fio prints errors and notices
//! before the JSON when it writes to the standard output, and several documents stand one after the other in a log.
//! Source: <https://fio.readthedocs.io/en/latest/fio_doc.html#json-output>.

use serde_json::Value;

use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, count, neutral, param, time};
use crate::artifact::format::json_text;
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

/// Job and global options that tell results apart; where files lie and how long it ran do not.
const OPTIONS: &[Field] = &[
    param("rw", "rw"),
    param("readwrite", "rw"),
    param("bs", "bs"),
    param("blocksize", "bs"),
    param("ioengine", "ioengine"),
    param("iodepth", "iodepth"),
    param("numjobs", "numjobs"),
    param("direct", "direct"),
    param("size", "size"),
    param("rwmixread", "rwmixread"),
    param("rwmixwrite", "rwmixwrite"),
    param("fsync", "fsync"),
    param("sync", "sync"),
    param("rate_iops", "rate_iops"),
];
const JOB: Field = case("jobname");
const TIME: Field = time("timestamp");
const PROCESSOR: &[Field] = &[
    neutral("usr_cpu", "usr_cpu", "percent"),
    neutral("sys_cpu", "sys_cpu", "percent"),
    count("ctx", "context_switches"),
    count("majf", "major_faults"),
    count("minf", "minor_faults"),
];

/// `--output-format=json` and `json+`.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["fio"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        // The version is the first key of a document that begins a line: anything else only contains fio's output.
        let head = source.head();
        head.split_once("\"fio version\"")
            .and_then(|(before, _)| before.trim_end().strip_suffix('{'))
            .is_some_and(|before| before.is_empty() || before.ends_with('\n'))
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let text = documents(source.text);
        let values = json_text::values(&text, settings.max_depth)?;
        let mut sheet = Sheet::default();
        for ((line, value), part) in values.iter().zip(1..) {
            let root = |path: &str| match values.len() {
                1 => RowAt::Json(format!("$.{path}")),
                _ => RowAt::JsonLine(*line, format!("$.{path}")),
            };
            for (j, job) in value.get("jobs").and_then(Value::as_array).into_iter().flatten().enumerate() {
                let record = read_job(&mut sheet, value, job);
                sheet.push_at(record, root(&format!("jobs[{j}]")), Some(part));
            }
        }
        Ok(sheet.finish("fio"))
    }
}

/// The text with every line outside a document blanked, so that lines keep their numbers. A document begins with `{` and ends with `}` at
/// the beginning of a line.
fn documents(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        inside |= line.starts_with('{');
        if inside {
            kept.push_str(line);
        }
        inside &= !(line.starts_with('}') || line.starts_with('{') && line.ends_with('}'));
        kept.push('\n');
    }
    kept
}

fn read_job(sheet: &mut Sheet, root: &Value, job: &Value) -> Record {
    let mut record = Record::default();
    if let Some(name) = job.get("jobname").and_then(Value::as_str) {
        sheet.put_json(&mut record, ".jobname", &JOB, Cell::Text(name.to_owned()));
    }
    if let Some(at) = root.get("timestamp").and_then(Value::as_f64) {
        sheet.put_json(&mut record, ".timestamp", &TIME, Cell::Number(at));
    }
    for field in OPTIONS {
        let options = [job.get("job options"), root.get("global options")];
        if let Some(text) = options.iter().flatten().find_map(|options| options.get(field.key)?.as_str()) {
            sheet.put_json(
                &mut record,
                &format!("[\"job options\"].{}", field.key),
                field,
                Cell::Text(text.to_owned()),
            );
        }
    }
    for name in ["read", "write", "trim", "mixed", "sync"] {
        if let Some(direction) = job.get(name)
            && direction.get("total_ios").or(direction.get("io_bytes")).and_then(Value::as_f64).is_none_or(|n| n > 0.0)
        {
            read_direction(sheet, &mut record, name, direction);
        }
    }
    for field in PROCESSOR {
        if let Some(number) = job.get(field.key).and_then(Value::as_f64) {
            sheet.put_json(&mut record, &format!(".{}", field.key), field, Cell::Number(number));
        }
    }
    record
}

/// Rates: key, quantity, statistic, unit.
const RATES: &[(&str, &str, &str, &str)] = &[
    ("iops", "iops", "", "ops/s"),
    ("bw", "bw", "", "KiB/s"),
    ("bw_bytes", "bw_bytes", "", "bytes/s"),
    ("bw_mean", "sampled_bw", "mean", "KiB/s"),
    ("bw_min", "sampled_bw", "min", "KiB/s"),
    ("bw_max", "sampled_bw", "max", "KiB/s"),
    ("bw_dev", "sampled_bw", "std", "KiB/s"),
    ("iops_mean", "sampled_iops", "mean", "ops/s"),
    ("iops_min", "sampled_iops", "min", "ops/s"),
    ("iops_max", "sampled_iops", "max", "ops/s"),
    ("iops_stddev", "sampled_iops", "std", "ops/s"),
];
const LATENCIES: &[(&str, &str)] =
    &[("slat_ns", "ns"), ("clat_ns", "ns"), ("lat_ns", "ns"), ("slat", "us"), ("clat", "us"), ("lat", "us")];

fn read_direction(sheet: &mut Sheet, record: &mut Record, name: &str, direction: &Value) {
    for (key, base, stat, unit) in RATES {
        if let Some(number) = direction.get(*key).and_then(Value::as_f64) {
            let role = field::metric(&format!("{name}_{base}"), stat, unit, Direction::Higher);
            sheet.put_json_as(record, &format!(".{name}.{key}"), &format!("{name}.{key}"), role, Cell::Number(number));
        }
    }
    for (key, unit) in LATENCIES {
        let Some(latency) = direction.get(*key) else { continue };
        let base = format!("{name}_{}", key.trim_end_matches("_ns"));
        for (stat, of) in [("mean", "mean"), ("min", "min"), ("max", "max"), ("stddev", "std")] {
            if let Some(number) = latency.get(stat).and_then(Value::as_f64) {
                let path = format!("{name}.{key}.{stat}");
                let role = field::metric(&base, of, unit, Direction::Lower);
                sheet.put_json_as(record, &format!(".{path}"), &path, role, Cell::Number(number));
            }
        }
        for (rank, number) in latency.get("percentile").and_then(Value::as_object).into_iter().flatten() {
            let (Some(number), Some(short)) = (number.as_f64(), super::blocks::rank(rank)) else { continue };
            let role = field::metric(&base, &short, unit, Direction::Lower);
            let path = format!(".{name}.{key}.percentile[\"{rank}\"]");
            let key = format!("{name}.{key}.percentile.{rank}");
            sheet.put_json_as(record, &path, &key, role, Cell::Number(number));
        }
    }
}
