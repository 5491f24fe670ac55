//! TensorRT's `trtexec`: the performance summary in its log, one a run.
//!
//! ```text
//! &&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --onnx=tiny.onnx --fp16
//! [02/11/2026-09:15:44] [I] Throughput: 801.55 qps
//! [02/11/2026-09:15:44] [I] Latency: min = 1.30103 ms, max = 1.61011 ms, mean = 1.32511 ms, median = 1.32202 ms, percentile(99%) = 1.40208 ms
//! ```
//!
//! The command line is what was measured. Averages that it prints on the way are parts of the summary, no results of their own; how long
//! it ran was asked for.
//! Source: <https://docs.nvidia.com/deeplearning/tensorrt/latest/performance/best-practices.html>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, hardware, higher, metric, neutral};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::series::Direction;

pub(super) struct Trtexec;

const RUNNING: &str = "&&&& RUNNING TensorRT.trtexec";
const COMMAND: Field = case("command");
const DEVICE: Field = hardware("Selected Device");
const THROUGHPUT: Field = higher("Throughput", "throughput", "req/s");
const TOTALS: &[Field] = &[
    neutral("Total Host Walltime", "host_walltime", ""),
    neutral("Total GPU Compute Time", "total_gpu_compute_time", ""),
];
const LATENCIES: &[&str] = &[
    "Latency",
    "Enqueue Time",
    "H2D Latency",
    "GPU Compute Time",
    "D2H Latency",
    "End-to-End Host Latency",
    "Host Latency",
];

impl Format for Trtexec {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["trtexec"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.contains(RUNNING)
            || head.contains("=== Performance summary ===") && head.lines().any(|line| line.contains("] Throughput: "))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let (mut record, mut part) = (Record::default(), 0);
        for (number, line) in source.lines() {
            if let Some(rest) = line.trim().strip_prefix(RUNNING) {
                sheet.push(std::mem::take(&mut record), Some(part));
                part += 1;
                if let Some((_, command)) = rest.split_once("# ") {
                    sheet.put(&mut record, number, &COMMAND, command);
                }
            } else if let Some((_, text)) = line.rsplit_once("] ") {
                put(&mut sheet, &mut record, number, text.trim());
            }
        }
        sheet.push(record, Some(part));
        Ok(sheet.finish("trtexec"))
    }
}

fn put(sheet: &mut Sheet, record: &mut Record, number: u32, line: &str) {
    let Some((name, text)) = line.split_once(": ") else { return };
    let text = text.trim();
    if name == DEVICE.key {
        sheet.put(record, number, &DEVICE, text);
    } else if name == THROUGHPUT.key {
        sheet.put(record, number, &THROUGHPUT, text.trim_end_matches(" qps"));
    } else if let Some(field) = TOTALS.iter().find(|field| field.key == name) {
        sheet.put(record, number, field, text);
    } else if LATENCIES.contains(&name) {
        let base = name.to_ascii_lowercase().replace([' ', '-'], "_");
        for part in text.split(", ") {
            let Some((stat, value)) = part.split_once(" = ") else { continue };
            let rank = stat.strip_prefix("percentile(").and_then(|rank| rank.strip_suffix("%)"));
            let kind = match (rank, stat) {
                (Some(rank), _) => rank,
                (None, "median") => "p50",
                (None, "min" | "max" | "mean") => stat,
                _ => continue,
            };
            let role = metric(&base, kind, "ms", Direction::Lower);
            sheet.put_as(record, number, &format!("{name} {stat}"), role, Cell::Text(value.to_owned()));
        }
    }
}
