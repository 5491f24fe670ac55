//! Workspaces whose agents ask a fake server, and what must hold of every report, whatever the server did.

use std::fs;

use harness::llm::FakeLlm;
use harness::{Bench, Workspace};
use serde_json::Value;

/// The model that the agents ask.
pub const MODEL: &str = "fable:3b";

/// Runs of history that each workspace begins with.
pub const HISTORY: usize = 24;

/// The benchmark of these tests.
pub fn bench() -> Bench {
    Bench::new("reports/codec")
}

/// The section `[agents]` of a configuration: they ask `server`. What is `more` may have further keys, then sections of its own.
pub fn agents(server: &FakeLlm, backend: &str, more: &str) -> String {
    at(&server.url(), backend, more)
}

/// The same with any address.
pub fn at(url: &str, backend: &str, more: &str) -> String {
    format!("[agents]\nbackend = \"{backend}\"\nurl = \"{url}\"\nmodel = \"{MODEL}\"\n{more}")
}

/// A workspace with a history that was reported without a model.
pub fn with_history() -> Workspace {
    let workspace = Workspace::new();
    workspace.configure("[agents]\nbackend = \"none\"\n");
    bench().history(&workspace, 0..HISTORY);
    workspace.scan();
    workspace
}

/// The same with three slower runs that nobody has scanned yet.
pub fn regressed() -> Workspace {
    let workspace = with_history();
    (HISTORY..HISTORY + 3).for_each(|n| drop(bench().land(&workspace, n, 1.3)));
    workspace
}

/// What a scan of the regression left behind.
pub struct Outcome {
    pub scan: Value,
    pub report: String,
    /// What is kept with the landing.
    pub said: Value,
}

impl Outcome {
    /// Scans, and holds to it what no server may spoil: a report whose numbers hold, and the mail of the regression.
    #[track_caller]
    pub fn of(workspace: &Workspace) -> Self {
        let scan = workspace.scan();
        assert_eq!(scan["reports"].as_array().map(Vec::len), Some(1), "{scan:#}");
        let mails = workspace.mails();
        assert_eq!(mails.len(), 1, "the mail of the regression");
        assert!(mails[0].subject().contains("2 regressions in codec"), "{}", mails[0].subject());
        workspace.run(["report", "--check"]).code(0);
        Self { scan, report: workspace.last_report(), said: last_said(workspace) }
    }

    /// How each call ended, in their order: `answered`, or the failure.
    pub fn ends(&self) -> Vec<String> {
        ends(&self.said)
    }
}

/// What is kept with the newest landing that the agents are through with.
#[track_caller]
pub fn last_said(workspace: &Workspace) -> Value {
    let index = workspace.index();
    let text: String = index
        .query_row("SELECT said FROM said ORDER BY landing_id DESC LIMIT 1", [], |row| row.get(0))
        .expect("words are kept, if only to say that there are none");
    serde_json::from_str(&text).expect("they are JSON")
}

/// How each call ended, in their order: `answered`, or the failure.
pub fn ends(said: &Value) -> Vec<String> {
    let calls = said["calls"].as_array().cloned().unwrap_or_default();
    let end = |call: &Value| match &call["ended"] {
        Value::String(word) => word.clone(),
        failed => failed["failed"]["failure"].as_str().unwrap_or("?").to_owned(),
    };
    calls.iter().map(end).collect()
}

/// The first page of a report, up to the links into the rest, without the numbers of its facts and the times at which it was made.
pub fn first_page(report: &str) -> Vec<String> {
    let page = report.split("\nIn detail: ").next().unwrap_or(report);
    let lines = page.lines().filter(|line| !line.starts_with("# ") && !line.starts_with("<!--"));
    let lines = lines.map(|line| line.split(", open since ").next().unwrap_or(line));
    lines.map(without_facts).filter(|line| !line.trim().is_empty()).collect()
}

/// A line without `[F1, F4]`.
fn without_facts(line: &str) -> String {
    let mut rest = line;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once(" [F") {
        plain.push_str(before);
        rest = after.split_once(']').map_or("", |(_, after)| after);
    }
    plain + rest
}

/// A section of a report by its heading, without it; empty when there is none.
pub fn section<'a>(report: &'a str, heading: &str) -> &'a str {
    let Some((_, rest)) = report.split_once(&format!("\n## {heading}\n")) else { return "" };
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The page beside the newest report.
pub fn html(workspace: &Workspace) -> String {
    let path = workspace.reports().pop().expect("a report").with_extension("html");
    fs::read_to_string(path).expect("the page beside the report")
}
