//! hyperfine as it prints, one benchmark or many in a log.
//!
//! ```text
//! Benchmark 1: pack s.bin
//!   Time (mean ± σ):     294.9 ms ±   2.6 ms    [User: 292.0 ms, System: 2.9 ms]
//!   Range (min … max):   291.7 ms … 299.5 ms    10 runs
//! ```
//!
//! Every time names its unit. With a single run there is neither a deviation nor a range (`Time (abs ≡)`). The summary compares what was
//! measured above it. Lines may stand behind comment marks. Source: <https://github.com/sharkdp/hyperfine>.

use std::collections::HashSet;

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, lower, samples};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::Document;

pub(super) struct HyperfineText;

const COMMAND: Field = case("Benchmark");
const MEAN: Field = lower("mean", "time", "").stat("mean");
const STD: Field = lower("σ", "time", "").stat("std");
const USER: Field = lower("User", "user_time", "");
const SYSTEM: Field = lower("System", "system_time", "");
const MIN: Field = lower("min", "time", "").stat("min");
const MAX: Field = lower("max", "time", "").stat("max");
const RUNS: Field = samples("runs");

impl Format for HyperfineText {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["hyperfine"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.lines().any(|line| command(line).is_some())
            && head
                .lines()
                .any(|line| bare(line).starts_with("Time (mean ± σ):") || bare(line).starts_with("Time (abs ≡):"))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut seen, mut part) = (HashSet::new(), 0);
        for (number, line) in source.lines() {
            let text = bare(line);
            if let Some(command) = command(line) {
                sheet.push(std::mem::take(&mut record), Some(part));
                // The same command again is another execution of hyperfine.
                if !seen.insert(command) {
                    seen = HashSet::from([command]);
                    part += 1;
                }
                sheet.put(&mut record, number, &COMMAND, command);
            } else if let Some(rest) = text.strip_prefix("Time (mean ± σ):") {
                let (times, processor) = rest.split_once('[').unwrap_or((rest, ""));
                for (field, time) in [MEAN, STD].iter().zip(times.split('±')) {
                    sheet.put(&mut record, number, field, time.trim());
                }
                used(&mut sheet, &mut record, number, processor);
            } else if let Some(rest) = text.strip_prefix("Time (abs ≡):") {
                let (time, processor) = rest.split_once('[').unwrap_or((rest, ""));
                sheet.put(&mut record, number, &MEAN, time.trim());
                used(&mut sheet, &mut record, number, processor);
            } else if let Some(rest) = text.strip_prefix("Range (min … max):") {
                let (min, rest) = rest.split_once('…').unwrap_or((rest, ""));
                let mut words = rest.split_whitespace();
                let max = [words.next().unwrap_or_default(), words.next().unwrap_or_default()].join(" ");
                sheet.put(&mut record, number, &MIN, min.trim());
                sheet.put(&mut record, number, &MAX, max.trim());
                sheet.put(&mut record, number, &RUNS, words.next().unwrap_or_default());
            }
        }
        sheet.push(record, Some(part));
        Ok(sheet.finish("hyperfine"))
    }
}

/// A line without blanks and comment marks before it.
fn bare(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '#', '/', '*', '!', '>']).trim_end()
}

/// The command that a heading names: `Benchmark 1: pack`, in old releases `Benchmark #1: pack`.
fn command(line: &str) -> Option<&str> {
    let (number, command) = bare(line).strip_prefix("Benchmark ")?.split_once(':')?;
    let number = number.trim_start_matches('#');
    (number.parse::<u32>().is_ok() && !command.trim().is_empty()).then(|| command.trim())
}

/// `User: 292.0 ms, System: 2.9 ms]`
fn used(sheet: &mut Sheet, record: &mut Record, line: u32, processor: &str) {
    for part in processor.trim_end_matches([']', ' ']).split(',') {
        let Some((name, time)) = part.split_once(':') else { continue };
        match name.trim() {
            "User" => sheet.put(record, line, &USER, time.trim()),
            "System" => sheet.put(record, line, &SYSTEM, time.trim()),
            _ => {}
        }
    }
}
