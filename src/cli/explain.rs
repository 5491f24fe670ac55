//! `explain FILE`: how a file is read. Stores nothing and needs no index.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{ExplainArgs, output};
use crate::artifact::{self, Outcome, Parsed, Reading, identity};
use crate::domain::artifact::RelPath;

/// The directories that a tree's paths begin with, so that a file explained from anywhere gets the name that the index gives it.
const ROOTS: [&str; 3] = ["reports", "csv_data", "artifacts"];

/// Reads a file and prints what was understood. It is read whatever its name is.
pub fn explain(args: &ExplainArgs) -> Result<u8> {
    let name = args.file.display();
    let unreadable = || format!("cannot read {name}");
    let path = relative(&args.file);
    let mut file = BufReader::new(File::open(&args.file).with_context(unreadable)?);
    let parsed = if is_empty(&mut file).with_context(unreadable)? {
        nothing("the file is empty".into())
    } else {
        match artifact::read(&path, &mut file, &artifact::Settings::default()).with_context(unreadable)? {
            Outcome::Parsed(parsed) => parsed,
            Outcome::Unrecognised { reason } => nothing(format!("no results were recognised: {reason}")),
            Outcome::Incomplete { reason } => bail!("{name} is not complete: {reason}"),
            Outcome::Rejected { reason } => bail!("{name} cannot be read: {reason}"),
        }
    };
    let benchmark = identity::benchmark(&path);
    if args.json {
        output::json(&as_json(&parsed, &benchmark))?;
    } else {
        output::text(&for_people(&parsed, &benchmark))?;
    }
    Ok(0)
}

/// Whether there is nothing in the file but white space. More than a buffer of that is something to complain about.
fn is_empty(file: &mut BufReader<File>) -> io::Result<bool> {
    let capacity = file.capacity();
    let head = file.fill_buf()?;
    Ok(head.len() < capacity && head.iter().all(u8::is_ascii_whitespace))
}

/// A file that holds nothing is read well, and gives nothing.
fn nothing(warning: String) -> Parsed {
    Parsed { format: "none".into(), warnings: vec![warning], ..Parsed::default() }
}

/// The path from the innermost directory with a root's name on, or else parent and name.
fn relative(file: &Path) -> RelPath {
    let absolute = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let parts: Vec<&std::ffi::OsStr> = absolute
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part),
            _ => None,
        })
        .collect();
    let dirs = parts.len().saturating_sub(1);
    let root = parts[..dirs].iter().rposition(|part| ROOTS.iter().any(|root| part == root));
    let start = root.unwrap_or_else(|| dirs.saturating_sub(1));
    let below: std::path::PathBuf = parts[start..].iter().collect();
    RelPath::from_path(&below)
}

fn as_json(parsed: &Parsed, benchmark: &str) -> Value {
    let runs: Vec<Value> = parsed
        .runs
        .iter()
        .map(|run| json!({ "time": run.time.map(|time| time.at.to_string()), "commit": run.commit, "host": run.host }))
        .collect();
    let measurements: Vec<Value> = parsed.readings.iter().map(|reading| reading_json(reading, benchmark)).collect();
    let gaps: Vec<Value> = parsed
        .gaps
        .iter()
        .map(|gap| {
            json!({ "kind": gap.kind.as_str(), "subject": gap.subject, "count": gap.count, "of": gap.of,
                    "at": gap.at.to_string(), "detail": gap.detail })
        })
        .collect();
    json!({
        "format": parsed.format, "benchmark": benchmark, "runs": runs, "subject": parsed.constants,
        "dimensions": parsed.dimensions, "metrics": parsed.metrics, "measurements": measurements, "gaps": gaps,
        "warnings": parsed.warnings,
    })
}

fn reading_json(reading: &Reading, benchmark: &str) -> Value {
    json!({
        "benchmark": benchmark, "case": reading.case, "params": reading.params, "metric": reading.metric,
        "field": reading.field, "value": reading.value, "unit": reading.unit.as_str(),
        "direction": reading.direction.as_str(), "samples": reading.n, "run": reading.run, "at": reading.at.to_string(),
    })
}

fn for_people(parsed: &Parsed, benchmark: &str) -> String {
    let mut out = format!("format      {}\nbenchmark   {benchmark}\n", parsed.format);
    for (name, value) in &parsed.constants {
        out += &format!("subject     {name} = {value}\n");
    }
    for run in &parsed.runs {
        let time = run.time.map_or_else(|| "no time in the file".to_owned(), |time| format!("{:.0}", time.at));
        let commit = run.commit.as_deref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
        let host = run.host.as_deref().map(|host| format!(", host {host}")).unwrap_or_default();
        out += &format!("run         {time}{commit}{host}\n");
    }
    out += &format!("parameters  {}\nmetrics     {}\n", listed(&parsed.dimensions), listed(&parsed.metrics));
    for gap in &parsed.gaps {
        out += &format!(
            "gap         {} in {}: {} of {}, first at {}",
            gap.kind.as_str(),
            gap.subject,
            gap.count,
            gap.of,
            gap.at
        );
        out += &if gap.detail.is_empty() { "\n".to_owned() } else { format!(" ({})\n", gap.detail) };
    }
    for warning in &parsed.warnings {
        out += &format!("warning     {warning}\n");
    }
    let rows: Vec<Vec<String>> = parsed
        .readings
        .iter()
        .map(|reading| {
            let params: Vec<String> = reading.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            vec![
                reading.case.clone(),
                params.join(" "),
                reading.metric.clone(),
                reading.value.to_string(),
                reading.unit.to_string(),
                reading.direction.as_str().to_owned(),
                reading.at.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push('\n');
        out += &output::table(&["case", "parameters", "metric", "value", "unit", "better", "at"], &rows);
    }
    out
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_the_index_names_them() {
        let name = |path: &str| relative(Path::new(path)).display();
        assert_eq!(name("/nowhere/bench/reports/a/x.csv"), "reports/a/x.csv");
        assert_eq!(name("/nowhere/bench/results/x.csv"), "results/x.csv");
        assert_eq!(name("/x.csv"), "x.csv");
    }
}
