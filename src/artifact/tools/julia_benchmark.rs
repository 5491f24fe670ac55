//! BenchmarkTools of Julia, as a trial is shown, before and after version 1.
//!
//! ```text
//! julia> @benchmark sum($v)
//! BenchmarkTools.Trial: 10000 samples with 1 evaluation.
//!  Range (min … max):  233.200 μs …  11.261 ms  ┊ GC (min … max): 0.00% … 76.42%
//!  Time  (median):     324.000 μs               ┊ GC (median):    0.00%
//!  Time  (mean ± σ):   326.702 μs ± 113.217 μs  ┊ GC (mean ± σ):  0.26% ± 0.76%
//!  Memory estimate: 432 bytes, allocs estimate: 9.
//! ```
//!
//! ```text
//! BenchmarkTools.Trial:
//!   memory estimate:  48 bytes
//!   minimum time:     6.005 μs (0.00% GC)
//!   samples:          10000
//! ```
//!
//! Every time names its unit. The case is the expression that was typed above the trial, where it is there. Lines may stand
//! behind comment marks. Source: <https://juliaci.github.io/BenchmarkTools.jl/stable/manual/>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, count, lower, neutral};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) struct JuliaBenchmark;

const EXPRESSION: Field = case("expression");
const SAMPLES: Field = count("samples", "samples");
const STD: Field = neutral("σ", "time", "").stat("std");
/// Labels before a value, in both layouts.
const LABELS: &[(&str, Field)] = &[
    ("minimum time:", lower("minimum time", "time", "").stat("min")),
    ("median time:", lower("median time", "time", "").stat("p50")),
    ("mean time:", lower("mean time", "time", "").stat("mean")),
    ("maximum time:", lower("maximum time", "time", "").stat("max")),
    ("Time  (median):", lower("median time", "time", "").stat("p50")),
    ("Time  (mean ± σ):", lower("mean time", "time", "").stat("mean")),
    ("memory estimate:", lower("memory estimate", "memory", "")),
    ("Memory estimate:", lower("memory estimate", "memory", "")),
    ("allocs estimate:", lower("allocs estimate", "allocations", "count")),
    ("samples:", SAMPLES),
];
const RANGE: [Field; 2] =
    [lower("minimum time", "time", "").stat("min"), lower("maximum time", "time", "").stat("max")];

impl Format for JuliaBenchmark {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["julia-benchmarktools"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| trial(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut expression, mut open) = ("", false);
        for (number, line) in source.lines() {
            if let Some(rest) = trial(line) {
                sheet.push(std::mem::take(&mut record), Some(1));
                open = true;
                sheet.put(&mut record, number, &EXPRESSION, std::mem::take(&mut expression));
                if let Some((samples, _)) = rest.split_once(" sample") {
                    sheet.put(&mut record, number, &SAMPLES, samples.trim());
                }
            } else if let Some((_, typed)) = line.split_once("@benchmark ") {
                expression = typed.trim();
                open = false;
            } else if open {
                figures(&mut sheet, &mut record, number, line);
            }
        }
        sheet.push(record, Some(1));
        Ok(sheet.finish("julia-benchmarktools"))
    }
}

/// What follows the head of a trial on its line.
fn trial(line: &str) -> Option<&str> {
    line.trim_start_matches([' ', '\t', '#']).strip_prefix("BenchmarkTools.Trial:").map(str::trim)
}

fn figures(sheet: &mut Sheet, record: &mut Record, number: u32, line: &str) {
    let text = line.trim_start_matches([' ', '\t', '#']).split('┊').next().unwrap_or_default();
    if let Some(range) = text.strip_prefix("Range (min … max):") {
        for (field, time) in RANGE.iter().zip(range.split('…')) {
            sheet.put(record, number, field, time.trim());
        }
        return;
    }
    for part in text.split(", ") {
        let Some((label, field)) = LABELS.iter().find(|(label, _)| part.starts_with(label)) else { continue };
        let value = part.strip_prefix(label).unwrap_or_default().split('(').next().unwrap_or_default();
        let (value, deviation) = value.split_once('±').unwrap_or((value, ""));
        sheet.put(record, number, field, value.trim().trim_end_matches('.'));
        if !deviation.trim().is_empty() {
            sheet.put(record, number, &STD, deviation.trim());
        }
    }
}
