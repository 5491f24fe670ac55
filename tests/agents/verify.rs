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

/// The number with its first digit that counts as another one.
fn with_another_digit(number: &str) -> String {
    let first = number.find(|c: char| ('1'..='9').contains(&c)).or_else(|| number.find('0')).unwrap();
    let other = if number[first..].starts_with('7') { "8" } else { "7" };
    format!("{}{other}{}", &number[..first], &number[first + 1..])
}

fn of(server: &FakeLlm, backend: &str, more: &str) -> (Workspace, Outcome) {
    let workspace = regressed();
    workspace.configure(&agents(server, backend, more));
    let outcome = Outcome::of(&workspace);
    (workspace, outcome)
}

/// A server whose model has a digest that begins with digits.
fn digits() -> FakeLlm {
    let server = FakeLlm::start(MODEL);
    server.change_model(|model| model.digest = "123456789012".to_owned() + &"5e".repeat(26));
    server
}

/// What the good server's report has of numbers that no file brought, each with what it must not be changed to: the line that holds it,
/// the number as it stands there, and another.
const CHANGED: &[(&str, &str, &str)] = &[
    ("| `DataCollector-9000` | question |", "| 50 |", "| 57 |"),
    ("| `InsightAgent` | question |", "| 6144 |", "| 6134 |"),
    ("num_ctx=6144", "temperature=1.0", "temperature=1.3"),
    ("num_ctx=6144", "seed=3", "seed=4"),
    ("num_ctx=6144", "123456789012", "123456789018"),
    ("Sober and brief", "fewer than 250 words", "fewer than 850 words"),
    ("Write 300 to 400 words", "300 to", "350 to"),
    ("Write 300 to 400 words", "400 words", "900 words"),
    ("- Alert `1`, ", "`1`", "`2`"),
    ("- Alert `1`, ", "`1`", "`7`"),
    ("### JSON Files (27)", "27", "28"),
];

#[test]
fn a_report_with_the_words_of_a_good_model_is_borne_out() {
    for backend in ["ollama", "openai"] {
        let server = digits();
        let (workspace, outcome) = of(&server, backend, OPTIONS);
        assert_eq!(outcome.said["standing"], "used", "{:#}", outcome.said);
        holds(&workspace, backend, &outcome.report);
        // Once more has landed, it still is what it was of its landing.
        bench().land(&workspace, 27, 1.3);
        workspace.scan();
        holds(&workspace, "older", &outcome.report);
        holds(&workspace, "newer", &workspace.last_report());
    }
}

#[test]
fn a_number_of_the_agents_that_somebody_changes_is_found() {
    let server = digits();
    let (workspace, outcome) = of(&server, "ollama", OPTIONS);
    for (mark, from, to) in CHANGED {
        is_found(&workspace, &outcome.report, mark, from, to);
    }
    // What was measured of the program itself, in whatever unit it is told.
    let mark = "Time spent on reading the files: ";
    let line = outcome.report.lines().find(|line| line.contains(mark)).unwrap();
    let spent = line.split_once(mark).unwrap().1.split_once("; on").unwrap().0;
    assert!(spent.split_once(' ').unwrap().0.parse::<f64>().is_ok(), "{line}");
    is_found(&workspace, &outcome.report, mark, &format!("{spent}; on"), &format!("{}; on", with_another_digit(spent)));
    // A sentence of the model, whose number is the program's.
    let line = outcome.report.lines().find(|line| line.starts_with("- The figure of the landing is")).unwrap();
    let number: String = line.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| !c.is_whitespace()).collect();
    is_found(&workspace, &outcome.report, "- The figure of the landing is", &number, "4711");
}

#[test]
fn the_words_of_a_server_that_fails_are_its_own() {
    let key = "{\"error\":{\"message\":\"Incorrect API key provided: sk-12 (error 17, | see *page* 3)\"}}";
    let cases = [
        ("401", "ollama", Reply::status(401, key), "401"),
        ("401", "openai", Reply::status(401, key), "17"),
        ("404", "ollama", Reply::status(404, "{\"error\":\"model 'fable' not found, try 18 others\"}"), "18"),
        ("500", "openai", Reply::status(500, "{\"error\":\"terminated: exit status 2, 14336 MiB\"}"), "14336"),
    ];
    for (name, backend, reply, number) in cases {
        let server = FakeLlm::start(MODEL);
        server.set(reply);
        let (workspace, outcome) = of(&server, backend, OPTIONS);
        assert!(outcome.said["standing"]["unavailable"].is_string(), "{name}: {:#}", outcome.said);
        holds(&workspace, name, &outcome.report);
        is_found(&workspace, &outcome.report, "- `DataCollector-9000`", number, "977");
    }
}

#[test]
fn what_was_dropped_and_asked_again_is_counted() {
    let server = FakeLlm::start(MODEL);
    server.script(|request| {
        let prompt = request.prompt();
        let invented = json!({ "text": "Everything is 42 % snappier.", "refs": ["F1"] });
        let said = if request.agent() == "collector" {
            let mut said = answer::collector(&prompt);
            said["observations"].as_array_mut().unwrap().extend([invented.clone(), invented]);
            said
        } else {
            let mut said = answer::insight(&prompt);
            said["summary"] = json!([invented]);
            said["recommendations"][1]["text"] = "Use 8 threads.".into();
            said
        };
        Reply::content(said.to_string())
    });
    let (workspace, outcome) = of(&server, "ollama", OPTIONS);
    assert_eq!(outcome.said["standing"], "partly_used", "{:#}", outcome.said);
    let attempts: Vec<_> =
        outcome.said["calls"].as_array().unwrap().iter().map(|call| call["attempt"].clone()).collect();
    assert!(attempts.contains(&Value::from(2)), "{attempts:?}");
    holds(&workspace, "partly", &outcome.report);
    let dropped = outcome.report.lines().find(|line| line.contains("it writes a number itself")).expect("the reason");
    let n = dropped.split(" | ").nth(2).unwrap();
    is_found(&workspace, &outcome.report, "it writes a number itself", &format!(" | {n} | "), " | 31 | ");
    is_found(&workspace, &outcome.report, "| `InsightAgent` | repair |", "| 50 |", "| 57 |");
    // A repair is in the report, and of no series.
    let series = workspace.series();
    let ours: Vec<&Value> = series.iter().filter(|one| one["benchmark"] == "chimera-insight/agents").collect();
    assert!(ours.len() >= 6 && ours.iter().all(|one| one["runs"] == 1), "{ours:#?}");
    assert!(ours.iter().all(|one| one["params"]["attempt"].is_null()), "{ours:#?}");
}
