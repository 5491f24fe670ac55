//! k6: the summary that it prints at the end of a test.
//!
//! ```text
//!      ✓ checks.........................: 100.00% ✓ 300      ✗ 0
//!      http_req_duration..............: avg=117.55ms min=102.1ms med=115.9ms max=220.31ms p(90)=130ms p(95)=140ms
//!        { expected_response:true }...: avg=117.55ms min=102.1ms med=115.9ms max=220.31ms p(90)=130ms p(95)=140ms
//!      http_req_failed................: 0.00%   0 out of 300
//!      http_reqs......................: 300     9.9/s
//!      vus............................: 10      min=10       max=10
//! ```
//!
//! One metric a line, its name filled up with dots; a line in braces is of the metric above it. Figures name their unit. Progress,
//! groups and thresholds are no figures. Metrics are named and judged as in the JSON summary, see `k6`.
//! Source: <https://grafana.com/docs/k6/latest/results-output/end-of-test/>.

use super::blocks::{Block, Tool};
use super::k6::direction;
use crate::artifact::field::{Field, case, count};
use crate::domain::series::Direction;

pub(super) struct K6Text;

const METRIC: Field = case("metric");
const COUNT: Field = count("count", "count");
/// The metric that every summary has once, whatever the script does.
const ONCE: &str = "iteration_duration";
const SEEN: &str = "seen";

impl Tool for K6Text {
    fn name(&self) -> &'static str {
        "k6"
    }

    fn recognises(&self, head: &str) -> bool {
        let metric =
            |name: &str| head.split(name).skip(1).any(|rest| rest.starts_with("..") && rest.contains(": avg="));
        head.contains(": avg=") && (metric(ONCE) || metric("http_req_duration"))
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("execution: local") || line.starts_with("█ TOTAL RESULTS")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim().trim_start_matches(['✓', '✗']).trim_start();
        let Some((name, figures)) = line.split_once(".: ") else { return };
        let name = name.trim_end_matches('.');
        if name.contains(' ') && !name.starts_with('{') {
            return;
        }
        if name == ONCE {
            if block.section == SEEN {
                block.begin();
            }
            block.section = SEEN;
        }
        // A line in braces shares the case of the metric above it.
        let full =
            if name.starts_with('{') { format!("{}{}", block.name, name.replace(' ', "")) } else { name.to_owned() };
        block.row();
        block.put(number, &METRIC, &full);
        if !name.starts_with('{') {
            name.clone_into(&mut block.name);
        }
        let plain = block.name.clone();
        read_figures(block, number, &plain, figures.trim());
    }
}

fn read_figures(block: &mut Block, number: u32, name: &str, figures: &str) {
    if figures.starts_with("avg=") {
        let lower = (Direction::Lower, "time");
        let (good, base) = if ends_in_time(figures) { lower } else { (direction(name), "value") };
        for (key, text) in figures.split_whitespace().filter_map(|word| word.split_once('=')) {
            block.figure(number, key, (base, key, "", good), text);
        }
    } else if name.starts_with("vus") {
        // The load, no result.
    } else if let Some((share, _)) = figures.split_once('%') {
        let good =
            if name.starts_with("checks") && !name.ends_with("failed") { Direction::Higher } else { direction(name) };
        block.figure(number, "rate", ("share", "", "percent", good), share);
    } else {
        counter(block, number, name, figures);
    }
}

/// `300 9.9/s`, `1.2 MB 40 kB/s`: the rate is the result.
fn counter(block: &mut Block, number: u32, name: &str, figures: &str) {
    let Some(rate) =
        figures.split("  ").map(str::trim).find(|text| text.ends_with("/s")).or_else(|| last_rate(figures))
    else {
        return;
    };
    let (good, unit) = match name {
        "http_reqs" | "grpc_reqs" => (Direction::Higher, "req/s"),
        "iterations" => (Direction::Higher, "iterations/s"),
        "data_received" | "data_sent" => (Direction::Higher, ""),
        _ => (direction(name), ""),
    };
    let first = figures.split_whitespace().next().unwrap_or_default();
    if first.bytes().all(|byte| byte.is_ascii_digit()) && !name.starts_with("data_") {
        let good = direction(name);
        if good == Direction::Lower {
            block.figure(number, "count", ("count", "", "count", good), first);
        } else {
            block.put(number, &COUNT, first);
        }
    }
    let text = if unit.is_empty() { rate } else { rate.trim_end_matches("/s") };
    block.figure(number, "rate", ("rate", "", unit, good), text);
}

/// The last figure of a line that ends in a rate: one word, or two when the unit stands apart.
fn last_rate(figures: &str) -> Option<&str> {
    let line = figures.trim_end();
    let apart = line.rsplit_once(' ').filter(|_| line.ends_with("/s"))?;
    if apart.1.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(apart.1);
    }
    let start = apart.0.rfind(' ').map_or(0, |at| at + 1);
    line.get(start..)
}

fn ends_in_time(figures: &str) -> bool {
    let first = figures.split_whitespace().next().unwrap_or_default();
    first.ends_with('s') && !first.ends_with("/s")
}
