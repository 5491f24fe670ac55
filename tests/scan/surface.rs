//! What scripts rely on: exit codes, the shapes of `--json`, the lock, closed pipes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use harness::{Bench, Ended, Workspace};
use serde_json::{Value, json};

/// The keys of an object, in their order.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap_or_else(|| panic!("an object: {object}")).keys().map(String::as_str).collect()
}

/// Checks that the object has these keys, each with a value of the type of its example (`null` stands for any).
#[track_caller]
fn has_shape(object: &Value, example: &Value) {
    for (key, example) in example.as_object().expect("an example") {
        let value = object.get(key).unwrap_or_else(|| panic!("{key} in {object:#}"));
        let kind = |value: &Value| match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(example.is_null() || kind(value) == kind(example), "{key} is {value}, not like {example}");
        if example.is_object() {
            has_shape(value, example);
        }
        if let (Some(first), Some(example)) = (value.as_array().and_then(|list| list.first()), example.get(0)) {
            match example {
                Value::Object(_) => has_shape(first, example),
                _ => assert_eq!(kind(first), kind(example), "{key}"),
            }
        }
    }
}

fn regressed() -> (Workspace, Value) {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench.land(&workspace, n, 1.3);
    }
    workspace.write("csv_data/broken.json", [0_u8, 1, 2]);
    let scan = workspace.scan();
    (workspace, scan)
}

#[test]
fn scan_prints_what_the_design_promises() {
    let (_workspace, scan) = regressed();
    let number = json!(0);
    let example = json!({
        "artifacts": {
            "total": 0, "csv": 0, "json": 0, "markdown": 0, "other": 0, "failed": [{ "path": "", "error": "" }],
        },
        "runs": 0, "series": 0, "measurements": 0, "new_artifacts": 0,
        "verdicts": [{
            "series": { "benchmark": "", "case": "", "params": {}, "metric": "", "unit": "", "direction": "" },
            "verdict": "", "change_at": "", "before": number, "after": number, "effect": number,
            "interval": [number], "p": number, "reason": "",
        }],
        "reports": [""],
        "mails": [{ "message_id": "", "subject": "", "recipients": [""] }],
        "seconds": { "index": 0.0, "judge": 0.0, "agent": 0.0, "report": 0.0, "total": 0.0 },
    });
    has_shape(&scan, &example);
    for verdict in scan["verdicts"].as_array().unwrap() {
        assert!(["lower", "higher", "neutral"].contains(&verdict["series"]["direction"].as_str().unwrap()));
        assert_eq!(verdict["interval"].as_array().unwrap().len(), 2);
        verdict["change_at"].as_str().unwrap().parse::<jiff::Timestamp>().expect("RFC 3339");
        assert!(verdict["change_at"].as_str().unwrap().ends_with('Z'), "in UTC");
        assert!(!["steady", "new"].contains(&verdict["verdict"].as_str().unwrap()));
    }
}

#[test]
fn explain_prints_what_the_design_promises() {
    let workspace = Workspace::new();
    let path = Bench::new("reports/decode/decode").land(&workspace, 3, 1.0);
    let explained = workspace.explain(&path);
    let example = json!({
        "format": "", "runs": [{ "time": "", "commit": null, "host": null }], "dimensions": [""], "metrics": [""],
        "measurements": [{
            "benchmark": "", "case": "", "params": {}, "metric": "", "field": "", "value": 0.0, "unit": "",
            "direction": "", "samples": 0, "run": 0, "at": "",
        }],
        "warnings": [],
    });
    has_shape(&explained, &example);
    let latency = &explained["measurements"][0];
    let expected = Bench::new("").values(3, 1.0).0;
    assert_eq!(latency["value"], expected);
    assert_eq!((&latency["unit"], &latency["direction"]), (&json!("ms"), &json!("lower")));
    assert_eq!((&latency["field"], &latency["at"]), (&json!("mean_latency_ms"), &json!("$.results.mean_latency_ms")));
    assert_eq!(explained["runs"][0]["time"], "2026-10-01T09:00:00Z");
}

#[test]
fn status_prints_what_the_design_promises() {
    let (workspace, _) = regressed();
    let status = workspace.status();
    let example = json!({
        "daemon": null, "artifacts": { "total": 0 }, "pending": 0, "failed": 0, "series": 0, "measurements": 0,
        "landings": 0, "last_landing": { "time": "", "artifacts": 0, "report": "" }, "alerts": {}, "mails": {}, "health": [],
    });
    has_shape(&status, &example);
    assert_eq!(status["daemon"], Value::Null);
    assert_eq!((&status["alerts"], &status["mails"]), (&json!({ "firing": 2 }), &json!({ "accepted": 1 })));
    assert_eq!(status["last_landing"]["report"], workspace.reports().pop().unwrap().display().to_string());
    for words in ["not running", "28 ", "firing", "broken.json"] {
        let text = workspace.run(["status"]).code(0).stdout;
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn people_read_times_in_the_configured_zone_and_programs_in_utc() {
    let workspace = Workspace::new();
    workspace.configure("[report]\ntime_zone = \"Asia/Kolkata\"\n\n[mail]\nto = [\"team@localhost\"]\n");
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3)));
    let for_people = [
        &["scan"][..],
        &["alerts", "list"],
        &["alerts", "show", "1"],
        &["status"],
        &["runs", "list"],
        &["mail", "outbox"],
    ];
    for command in for_people {
        let text = workspace.run(command).code(0).stdout;
        assert!(text.contains(" +05:30"), "{command:?}: {text}");
        let is_utc = |word: &str| word.trim_end_matches(',').parse::<jiff::Timestamp>().is_ok();
        assert!(!text.contains("UTC") && !text.split_whitespace().any(is_utc), "{command:?}: {text}");
    }
    let shown = workspace.run(["alerts", "show", "1", "--json"]).code(0).json();
    assert!(shown["since"].as_str().unwrap().ends_with('Z') && !shown.to_string().contains("+05:30"), "{shown}");
}

#[test]
fn an_empty_tree_has_empty_lists_and_no_report() {
    let workspace = Workspace::new();
    let scan = workspace.scan();
    assert_eq!(scan["artifacts"]["total"], 0);
    for list in ["verdicts", "reports", "mails"] {
        assert_eq!(scan[list], json!([]), "{list}");
    }
    assert!(workspace.reports().is_empty());
    assert_eq!(workspace.status()["last_landing"], Value::Null);
}

#[test]
fn exit_codes_are_as_documented() {
    let workspace = Workspace::new();
    let says = |ended: Ended, what: &str| assert!(ended.stderr.contains(what), "{what} in {}", ended.stderr);
    workspace.run(["scan"]).code(0);
    says(workspace.run(["scan", "--nonsense"]).code(2), "--nonsense");
    says(workspace.run(["nonsense"]).code(2), "nonsense");
    workspace.run::<&str>([]).code(2);
    says(workspace.run(["scan", "not/there"]).code(3), "not/there");
    workspace.write("file.csv", "a,b\n");
    says(workspace.run(["scan", "file.csv"]).code(3), "no directory");
    says(workspace.run(["explain", "not/there.csv"]).code(3), "not/there.csv");
    workspace.configure("[judge]\nrecover_runs = 0\n");
    says(workspace.run(["scan"]).code(78), "recover_runs");
    says(workspace.run(["status"]).code(0), "`judge.recover_runs`");
    says(workspace.run(["scan", "--config", "not-there.toml"]).code(78), "not-there.toml");
}

#[test]
fn status_without_a_state_is_a_failure() {
    let workspace = Workspace::new();
    for command in [["status"].as_slice(), &["status", "--json"], &["series"], &["alerts", "list"], &["mail", "outbox"]]
    {
        let ended = workspace.run(command).code(3);
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{ended:#?}");
    }
    assert!(!workspace.state().exists(), "looking makes nothing");
}

#[test]
fn explain_of_a_file_without_results_is_a_warning() {
    let workspace = Workspace::new();
    let path = workspace.write("reports/notes.md", "# Notes\n\nNothing was measured.\n");
    let explained = workspace.explain(&path);
    assert_eq!(explained["measurements"], json!([]));
    assert_eq!(explained["warnings"].as_array().unwrap().len(), 1, "{explained:#}");
    let text = workspace.run(["explain", "reports/notes.md"]).code(0).stdout;
    assert!(text.contains("warning"), "{text}");
    assert!(!workspace.state().exists(), "explain stores nothing");
}

/// A process that holds the state directory's lock until it is dropped.
struct Holder(std::process::Child);

impl Holder {
    fn of(workspace: &Workspace) -> Self {
        std::fs::create_dir_all(workspace.state()).unwrap();
        let child = Command::new("flock")
            .arg("--exclusive")
            .arg(workspace.state().join("lock"))
            // Writes its number, as every holder does, says that it holds the lock, and waits for its end.
            .args(["sh", "-c", "echo $$ > \"$0\"; echo held; read end"])
            .arg(workspace.state().join("lock"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("flock, of util-linux");
        let mut holder = Self(child);
        let mut line = String::new();
        BufReader::new(holder.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn a_scan_beside_a_daemon_is_refused_and_names_it() {
    let workspace = Workspace::new();
    Bench::new("reports/decode").history(&workspace, 0..2);
    workspace.scan();
    let holder = Holder::of(&workspace);
    let pid = workspace.read(".chimera-insight/lock").trim().to_owned();
    let refused = workspace.run(["scan", "--json"]).code(3);
    assert!(refused.stderr.contains(&format!("process {pid}")), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
    let status = workspace.status();
    assert_eq!(status["daemon"]["pid"].to_string(), pid);
    assert_eq!(status["daemon"]["ready"], false, "it holds the lock and never said that it was ready");
    drop(holder);
    assert_eq!(workspace.status()["daemon"], Value::Null);
    workspace.scan();
}

#[test]
fn a_reader_that_goes_away_ends_the_output_quietly() {
    let workspace = Workspace::new();
    // More lines than a pipe holds.
    let rows: String = (0..4000).map(|n| format!("tiny,{n},{}.5\n", n % 90 + 10)).collect();
    let path = workspace.write("reports/long.csv", format!("model,num_ctx,latency_ms\n{rows}"));
    workspace.scan();
    let path = path.to_str().unwrap();
    for args in [["explain", path].as_slice(), &["explain", path, "--json"], &["series"], &["series", "--json"]] {
        let mut child = workspace.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        // Standard output is closed here, long before its end.
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(said, "", "{args:?}");
        assert_eq!(ended.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn without_a_terminal_nothing_is_coloured() {
    let workspace = Workspace::new();
    workspace.write("reports/broken.json", [0_u8, 1]);
    Bench::new("reports/decode").history(&workspace, 0..2);
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "xterm-256color")] {
        for args in
            [["scan"].as_slice(), &["status"], &["series"], &["scan", "not-there"], &["config", "show"], &["help"]]
        {
            let ended = workspace.command(args).env(name, value).output().unwrap();
            let all = [ended.stdout, ended.stderr].concat();
            assert!(!all.is_empty() && !all.contains(&0x1b), "{args:?}: {}", String::from_utf8_lossy(&all));
        }
    }
}

#[test]
fn every_command_explains_itself() {
    let workspace = Workspace::new();
    let help = workspace.run(["--help"]).code(0).stdout;
    for command in ["run", "scan", "explain", "status", "series", "alerts", "mail", "config", "demo"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command} in {help}");
        assert!(workspace.run([command, "--help"]).code(0).stdout.contains("Usage:"), "{command}");
    }
    assert!(workspace.run(["--version"]).code(0).stdout.starts_with("chimera-insight "));
}

#[test]
fn keys_stand_in_the_order_of_the_design() {
    let workspace = Workspace::new();
    let scan = workspace.scan();
    let order =
        ["artifacts", "runs", "series", "measurements", "new_artifacts", "verdicts", "reports", "mails", "seconds"];
    assert_eq!(keys(&scan)[..order.len()], order);
}
