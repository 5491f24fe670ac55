//! `verify` of our own reports: all that the program printed of the agents holds, and a number of it that somebody changes does not.

use std::ffi::OsStr;

use harness::Workspace;
use harness::llm::{FakeLlm, Reply, answer};
use serde_json::{Value, json};

use crate::talk::{MODEL, Outcome, agents, bench, regressed};

/// Settings with numbers in them, and a persona with some more.
const OPTIONS: &str = "num_ctx = 6144\ntemperature = 1.0\nseed = 3\n";

/// The claims of a text that do not hold, each with why.
#[track_caller]
fn bad(workspace: &Workspace, text: &str) -> Vec<String> {
    let file = workspace.beside("report.md");
    std::fs::write(&file, text).unwrap();
    let ended = workspace.run([OsStr::new("verify"), file.as_os_str(), OsStr::new("--json")]);
    let code = ended.code;
    let json = ended.json();
    let bad: Vec<String> = json["claims"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|claim| matches!(claim["verdict"].as_str(), Some("contradicted" | "unsupported")))
        .map(|claim| format!("{} {}: {} ({})", claim["verdict"], claim["number"], claim["text"], claim["reason"]))
        .collect();
    assert_eq!(code, Some(i32::from(!bad.is_empty())), "{json:#}");
    bad
}

/// Holds a report to be borne out as it is.
#[track_caller]
fn holds(workspace: &Workspace, name: &str, report: &str) {
    assert_eq!(bad(workspace, report), Vec::<String>::new(), "{name}:\n{report}");
    workspace.run(["report", "--check"]).code(0);
}

/// Holds it to be seen that the first line with `mark` has `to` where `from` stood.
#[track_caller]
fn is_found(workspace: &Workspace, report: &str, mark: &str, from: &str, to: &str) {
    let line = report.lines().find(|line| line.contains(mark) && line.contains(from));
    let line = line.unwrap_or_else(|| panic!("no line with {mark:?} and {from:?} in\n{report}"));
    let changed = report.replacen(line, &line.replacen(from, to, 1), 1);
    assert_ne!(changed, *report);
    let number: String = to.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let found = bad(workspace, &changed);
    assert!(found.iter().any(|claim| claim.contains(&number)), "{from:?} as {to:?} in {line:?} passes: {found:?}");
}

fn of(server: &FakeLlm, backend: &str, more: &str) -> (Workspace, Outcome) {
    let workspace = regressed();
    workspace.configure(&agents(server, backend, more));
    let outcome = Outcome::of(&workspace);
    (workspace, outcome)
}

#[test]
fn a_report_with_the_words_of_a_good_model_is_borne_out() {
    for backend in ["ollama", "openai"] {
        let server = FakeLlm::start(MODEL);
        let (workspace, outcome) = of(&server, backend, OPTIONS);
        assert_eq!(outcome.said["standing"], "used", "{:#}", outcome.said);
        holds(&workspace, backend, &outcome.report);
    }
}
