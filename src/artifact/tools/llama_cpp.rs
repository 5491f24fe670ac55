//! llama.cpp's own timings, which `llama-cli`, `llama-server`, `llama-perplexity` and everything built on the library print.
//!
//! ```text
//! llama_perf_context_print:        load time =      51.05 ms
//! llama_perf_context_print: prompt eval time =       7.17 ms /     9 tokens (    0.80 ms per token,  1255.06 tokens per second)
//! llama_perf_context_print:        eval time =     420.00 ms /    30 runs   (   14.00 ms per token,    71.43 tokens per second)
//! llama_perf_context_print:       total time =     432.10 ms /    39 tokens
//! Final estimate: PPL = 6.1234 +/- 0.0345
//! ```
//!
//! Each program that ran is an execution; the requests that a server timed are samples of one. Nothing is known of a
//! phase whose rate is written `inf` or `-nan`: it did nothing. Source: <https://github.com/ggml-org/llama.cpp/blob/master/src/llama-context.cpp> (`llama_perf_context_print`).

use crate::artifact::Settings;
use crate::artifact::field::{Field, counted, lower, metric, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::series::Direction;

pub(super) struct LlamaCpp;

/// What stands before the timings of a program that ends.
const PROGRAM: &[&str] =
    &["llama_perf_context_print:", "llama_perf_sampler_print:", "llama_print_timings:", "common_perf_print:"];
/// What stands before the first of the timings of a request.
const REQUEST: &str = "print_timing";

const MODEL: Field = param("general.name", "model");
const PERPLEXITY: Field = lower("PPL", "perplexity", "-");

/// Name in the file, base of the metric.
const TIMES: &[(&str, &str)] = &[
    ("load time", "load_time"),
    ("prompt eval time", "prompt_eval_time"),
    ("eval time", "eval_time"),
    ("sampling time", "sampling_time"),
    ("sample time", "sampling_time"),
    ("total time", "total_time"),
];

impl Format for LlamaCpp {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["llama.cpp"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| {
            let timing = PROGRAM.iter().any(|prefix| line.contains(prefix)) && line.contains(" time = ");
            let request = line.contains(REQUEST) && line.contains(" task ");
            timing || request || line.starts_with("Final estimate: PPL = ")
        })
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut reader = Reader::default();
        for (number, line) in source.lines() {
            reader.line(number, line);
        }
        reader.end();
        Ok(reader.sheet.finish("llama.cpp"))
    }
}

#[derive(Default)]
struct Reader {
    sheet: Sheet,
    record: Record,
    model: Option<(u32, String)>,
    part: u32,
    /// The last of a block was read: whatever comes next begins another.
    full: bool,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) {
        if let Some((_, name)) = line.split_once("general.name ").filter(|_| line.contains("llama_model_loader:")) {
            let name = name.rsplit_once("= ").map_or(name, |(_, name)| name).trim();
            self.model = Some((number, name.to_owned()));
        } else if let Some(estimate) = line.strip_prefix("Final estimate: PPL = ") {
            let text = estimate.replace("+/-", "±");
            self.begin_if_full();
            self.sheet.put(&mut self.record, number, &PERPLEXITY, text.trim());
        } else if let Some((before, figures)) = line.split_once(" time = ") {
            let name = format!("{} time", before.rsplit([':', '|']).next().unwrap_or(before).trim());
            let Some((key, base)) = TIMES.iter().find(|(key, _)| *key == name) else { return };
            let request = !PROGRAM.iter().any(|prefix| before.contains(prefix));
            if request && !before.trim().is_empty() && !before.contains('|') && !name.starts_with(before.trim()) {
                return;
            }
            self.begin_if_full();
            self.timing(number, key, base, figures);
            self.full = *key == "total time";
            if self.full && request {
                self.push();
            }
        }
    }

    fn timing(&mut self, number: u32, key: &str, base: &str, figures: &str) {
        // A rate that is none tells that nothing was done: then the time is none either.
        if ["inf tokens", "nan tokens"].into_iter().any(|none| figures.contains(none)) {
            return;
        }
        let (time, rest) = figures.split_once(" ms").unwrap_or((figures, ""));
        self.put(number, key, metric(base, "", "ms", Direction::Lower), &format!("{} ms", time.trim()));
        let things = rest.trim().strip_prefix('/').map(str::trim_start).unwrap_or_default();
        let (things, rates) = things.split_once('(').unwrap_or((things, ""));
        if let Some((n, what)) =
            things.trim().split_once(' ').filter(|(_, what)| matches!(what.trim(), "tokens" | "runs"))
        {
            let name = base.strip_suffix("_time").unwrap_or(base);
            let role = counted(&format!("{name}_{}", what.trim()));
            self.put(number, &format!("{key} {}", what.trim()), role, n);
        }
        for rate in rates.trim_end_matches(')').split(',') {
            let Some((value, what)) = rate.trim().split_once(' ') else { continue };
            let role = match what.trim() {
                "ms per token" => metric(&format!("{base}_per_token"), "", "ms", Direction::Lower),
                "tokens per second" => {
                    let name = base.strip_suffix("_time").unwrap_or(base);
                    metric(&format!("{name}_tokens_per_second"), "", "tok/s", Direction::Higher)
                }
                _ => continue,
            };
            self.put(number, &format!("{key} {}", what.trim()), role, value);
        }
    }

    fn put(&mut self, number: u32, key: &str, role: ColumnRole, text: &str) {
        self.sheet.put_as(&mut self.record, number, key, role, Cell::Text(text.to_owned()));
    }

    fn begin_if_full(&mut self) {
        if std::mem::take(&mut self.full) {
            self.end();
        }
    }

    /// Ends the block of a program.
    fn end(&mut self) {
        self.push();
        self.part += 1;
    }

    fn push(&mut self) {
        let mut record = std::mem::take(&mut self.record);
        if record.is_empty() {
            return;
        }
        if let Some((number, model)) = &self.model {
            self.sheet.put(&mut record, *number, &MODEL, model);
        }
        self.sheet.push(record, Some(self.part));
        self.full = false;
    }
}
