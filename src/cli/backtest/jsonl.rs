//! `backtest --jsonl`: series in, a line each; what the detector says of them out, a line each in the order of the input.
//!
//! A line that is no series is told of on standard error with its number and column, leaves no line in the output, and does not stop
//! the rest; the exit code says at the end that there was one. Answers are written before more input is waited for, so that a program
//! at the other end of two pipes may ask one series at a time.

use std::io::{self, BufRead, BufReader, Read, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::line::{self, Runs};
use crate::analysis::backtest::{self, Alarm, ChangePoint, kind_of};
use crate::analysis::{Point, Tuning};
use crate::domain::series::Direction;

/// The longest line that is read, in bytes: some million runs. More is no benchmark's history.
pub(super) const LONGEST: u64 = 64 << 20;
/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

/// What is written for a series.
#[derive(Serialize)]
struct Answer<'a> {
    series: &'a str,
    changes: Vec<ChangeOut>,
    alarms: Vec<AlarmOut>,
}

#[derive(Serialize)]
struct ChangeOut {
    index: usize,
    before: f64,
    after: f64,
    effect: f64,
    p: Option<f64>,
}

#[derive(Serialize)]
struct AlarmOut {
    index: usize,
    change_index: usize,
    kind: &'static str,
}

/// Answers every line of `input`; says how many lines were no series.
///
/// # Errors
/// When the input cannot be read or the answers cannot be written.
pub(super) fn run(input: impl Read, output: impl Write, tuning: &Tuning) -> io::Result<u64> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut output = io::BufWriter::with_capacity(BUFFER, output);
    let (mut bytes, mut runs, mut bench) = (Vec::new(), Runs::default(), Bench::default());
    let (mut number, mut bad) = (0_u64, 0_u64);
    loop {
        if input.buffer().is_empty() {
            output.flush()?;
        }
        bytes.clear();
        if (&mut input).take(LONGEST).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        number += 1;
        if let Err(why) = answer(&bytes, &mut runs, &mut bench, &mut output, tuning)? {
            bad += 1;
            writeln!(io::stderr(), "chimera-insight: line {number}, {why}")?;
        }
        if bytes.len() as u64 == LONGEST && bytes.last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
        }
    }
    output.flush()?;
    Ok(bad)
}

/// Answers one line; the inner error says what is wrong with it. A blank line is nothing.
fn answer(
    bytes: &[u8],
    runs: &mut Runs,
    bench: &mut Bench,
    output: &mut impl Write,
    tuning: &Tuning,
) -> io::Result<Result<(), String>> {
    if bytes.len() as u64 == LONGEST && bytes.last() != Some(&b'\n') {
        return Ok(Err(format!("column 1: longer than {} MiB", LONGEST >> 20)));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Ok(Err(format!("column {}: not UTF-8", error.valid_up_to() + 1))),
    };
    if text.trim_ascii().is_empty() {
        return Ok(Ok(()));
    }
    let head = match line::read(text, runs) {
        Ok(head) => head,
        Err(malformed) => return Ok(Err(malformed.to_string())),
    };
    bench.lay_out(runs);
    let direction = head.direction.unwrap_or_default();
    let changes = bench.detector.in_hindsight(tuning);
    let changes = changes.iter().map(|change| bench.change(change)).collect();
    let alarms = bench.detector.as_it_went(tuning);
    let alarms = alarms.iter().map(|alarm| bench.alarm(alarm, direction)).collect();
    serde_json::to_writer(&mut *output, &Answer { series: &head.series, changes, alarms })?;
    output.write_all(b"\n")?;
    Ok(Ok(()))
}

/// The runs of a line as the detector takes them: without those that are missing. Kept from line to line, so that its memory is.
#[derive(Default)]
struct Bench {
    detector: backtest::Bench,
    values: Vec<f64>,
    /// The standard error that its samples leave of each value; empty when the line has no samples.
    errors: Vec<f64>,
    /// Where each value stands in the line; empty when all runs are there.
    places: Vec<usize>,
}

impl Bench {
    fn lay_out(&mut self, runs: &Runs) {
        self.values.clear();
        self.errors.clear();
        self.places.clear();
        let is_whole = runs.values.iter().all(|value| value.is_finite());
        for (place, &value) in runs.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            self.values.push(value);
            if let Some(&(std, n)) = runs.samples.get(place) {
                self.errors.push(Point { at: Timestamp::UNIX_EPOCH, value, std, n, fresh: true }.error());
            }
            if !is_whole {
                self.places.push(place);
            }
        }
        self.detector.load(&self.values, &self.errors);
    }

    fn place(&self, index: usize) -> usize {
        self.places.get(index).copied().unwrap_or(index)
    }

    fn change(&self, change: &ChangePoint) -> ChangeOut {
        let ChangePoint { index, before, after, effect, p } = *change;
        ChangeOut { index: self.place(index), before, after, effect, p }
    }

    fn alarm(&self, alarm: &Alarm, direction: Direction) -> AlarmOut {
        AlarmOut {
            index: self.place(alarm.index),
            change_index: self.place(alarm.change.index),
            kind: kind_of(direction, &alarm.change).as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> (Vec<serde_json::Value>, u64) {
        let mut output = Vec::new();
        let tuning = Tuning { min_effect: 0.0, ..Tuning::default() };
        let bad = run(input.as_bytes(), &mut output, &tuning).unwrap();
        let lines = std::str::from_utf8(&output).unwrap().lines();
        (lines.map(|line| serde_json::from_str(line).unwrap()).collect(), bad)
    }

    /// A step of thirty deviations before the twentieth run, with a run missing before it.
    fn stepped() -> String {
        let value = |run: usize| match run {
            7 => "null".to_owned(),
            20.. => format!("{}", 130.0 + (run * 7 % 5) as f64 / 5.0),
            _ => format!("{}", 100.0 + (run * 7 % 5) as f64 / 5.0),
        };
        let values: Vec<String> = (0..40).map(value).collect();
        format!("[{}]", values.join(","))
    }

    #[test]
    fn places_count_the_runs_that_are_missing() {
        let (answers, bad) = answers(&format!("{{\"series\":\"s\",\"values\":{}}}\n", stepped()));
        assert_eq!((answers.len(), bad), (1, 0));
        assert_eq!(answers[0]["changes"][0]["index"], 20);
        assert_eq!(answers[0]["alarms"][0]["change_index"], 20);
        assert_eq!(answers[0]["alarms"][0]["kind"], "change");
    }

    #[test]
    fn bad_lines_are_counted_and_the_others_answered() {
        let (answers, bad) =
            answers("{\"series\":\"a\",\"values\":[]}\n\n  \nnonsense\n{\"series\":\"b\",\"values\":[1]}");
        assert_eq!((answers.len(), bad), (2, 1));
        assert_eq!(answers[1], serde_json::json!({ "series": "b", "changes": [], "alarms": [] }));
    }
}
