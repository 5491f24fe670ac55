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
