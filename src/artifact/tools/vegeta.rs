//! vegeta: the text of `vegeta report`. Its JSON is read by `paths`.
//!
//! ```text
//! Requests      [total, rate, throughput]         1000, 100.10, 99.80
//! Duration      [total, attack, wait]             10.01s, 9.99s, 20.4ms
//! Latencies     [min, mean, 50, 90, 95, 99, max]  1.2ms, 3.4ms, 3.1ms, 5.0ms, 6.1ms, 9.9ms, 1m2.4s
//! Success       [ratio]                           99.80%
//! Status Codes  [code:count]                      200:998  502:2
//! ```
//!
//! Every line names its figures in brackets. Rate is what was sent, throughput what succeeded in a second.
//! Source: <https://github.com/tsenart/vegeta#report-command>.

use super::blocks::{Block, Tool};
use crate::domain::series::Direction::{self, Higher, Lower, Neutral};

pub(super) struct Vegeta;

/// Label, name in the brackets, quantity, statistic, unit, which way is good.
type Known = (&'static str, &'static str, &'static str, &'static str, &'static str, Direction);

const FIGURES: &[Known] = &[
    ("Requests", "total", "requests", "", "count", Neutral),
    ("Requests", "rate", "rate", "", "req/s", Neutral),
    ("Requests", "throughput", "throughput", "", "req/s", Higher),
    ("Duration", "total", "duration", "", "", Neutral),
    ("Duration", "attack", "attack", "", "", Neutral),
    ("Duration", "wait", "wait", "", "", Neutral),
    ("Latencies", "min", "latency", "min", "", Lower),
    ("Latencies", "mean", "latency", "mean", "", Lower),
    ("Latencies", "max", "latency", "max", "", Lower),
    ("Bytes In", "mean", "bytes_in", "", "bytes", Neutral),
    ("Bytes Out", "mean", "bytes_out", "", "bytes", Neutral),
    ("Success", "ratio", "success", "", "", Higher),
];

impl Tool for Vegeta {
    fn name(&self) -> &'static str {
        "vegeta"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("Latencies ") && head.contains("[code:count]") && head.contains("[ratio]")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Requests ") && line.contains("[total")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let Some((label, rest)) = line.trim().split_once('[') else { return };
        let Some((names, texts)) = rest.split_once(']') else { return };
        let label = label.trim();
        if label == "Status Codes" {
            codes(block, number, texts);
            return;
        }
        for (name, text) in names.split(',').map(str::trim).zip(texts.split(',')) {
            let key = format!("{label} {name}");
            let known = FIGURES.iter().find(|(of, called, ..)| *of == label && *called == name);
            if let Some((_, _, base, stat, unit, good)) = known {
                block.figure(number, &key, (base, stat, unit, *good), text);
            } else if label == "Latencies" {
                block.figure(number, &key, ("latency", name, "", Lower), text);
            }
        }
    }
}

/// `200:998  502:2`: code 0 stands for requests without an answer.
fn codes(block: &mut Block, number: u32, texts: &str) {
    for (code, text) in texts.split_whitespace().filter_map(|pair| pair.split_once(':')) {
        let good = if code.starts_with(['1', '2', '3']) { Neutral } else { Lower };
        let base = format!("responses_{code}");
        block.figure(number, &format!("Status Codes {code}"), (&base, "", "count", good), text);
    }
}
