//! Reading what the program wrote: verdicts, sections and facts of a report.

use serde_json::Value;

/// The verdict on a metric, if anything was said of it.
pub fn verdict<'a>(scan: &'a Value, metric: &str) -> Option<&'a Value> {
    let verdicts = scan["verdicts"].as_array().expect("verdicts");
    verdicts.iter().find(|verdict| verdict["series"]["metric"] == metric)
}

/// The kinds of all verdicts.
pub fn kinds(scan: &Value) -> Vec<&str> {
    let verdicts = scan["verdicts"].as_array().expect("verdicts");
    verdicts.iter().map(|verdict| verdict["verdict"].as_str().expect("a kind")).collect()
}

/// The section with this title, without its heading; `None` when the report has none.
pub fn section<'a>(report: &'a str, title: &str) -> Option<&'a str> {
    let begin = report.find(&format!("\n## {title}"))? + 1;
    let body = &report[begin..].split_once('\n')?.1;
    Some(body.find("\n## ").map_or(body, |end| &body[..end]))
}

/// Titles of the sections, in order.
pub fn titles(report: &str) -> Vec<&str> {
    report.lines().filter_map(|line| line.strip_prefix("## ")).collect()
}

/// The text with every time of today, which is when the files and the report were written, made the same.
pub fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" UTC") {
        let digits = rest[..at].len() - "2026-11-21 23:28:18".len();
        let is_time = rest[digits..at].chars().all(|c| c.is_ascii_digit() || "- :".contains(c));
        let time = &rest[digits..at];
        // Times of the made-up runs stay.
        let keep = !is_time || time.starts_with("2026-10-0");
        out += if keep { &rest[..at + 4] } else { &rest[..digits] };
        rest = &rest[at + 4..];
    }
    let all = out + rest;
    // What the machine took to write it is nobody's input.
    let is_measured = |line: &&str| line.contains("Time spent on") || line.contains("seconds spent on");
    all.lines().filter(|line| !is_measured(line)).map(|line| format!("{line}\n")).collect()
}
