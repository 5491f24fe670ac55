//! The configuration as a person meets it: what is refused and how, what is in force and why.

use std::process::Command;

use harness::{Bench, Ended, Workspace};
use serde_json::Value;

const SHIPPED: &str = include_str!("../../config/chimera-insight.toml");

/// Runs a command of `config` on `chimera-insight.toml` with this content.
fn check(content: &str) -> Ended {
    let workspace = Workspace::bare();
    workspace.write("chimera-insight.toml", content);
    workspace.run(["config", "check"])
}

/// Runs a command with one variable of the environment.
fn with(workspace: &Workspace, name: &str, value: &str, args: &[&str]) -> Ended {
    let mut command: Command = workspace.command(args);
    let output = command.env(name, value).output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_shipped_file_is_good_and_says_what_is_in_force_anyway() {
    assert!(check(SHIPPED).code(0).stdout.contains("ok"));
    let workspace = Workspace::bare();
    let show = |file: &[&str]| {
        let args: Vec<&str> = ["config", "show", "--json"].iter().chain(file).copied().collect();
        workspace.run(args).code(0).json()
    };
    let embedded = show(&[]);
    // Every documented key, uncommented, still says the same: the comments tell the truth about the defaults. Options of a model have
    // none, and stand there with examples.
    const EXAMPLES: [&str; 8] =
        ["num_gpu", "num_ctx", "temperature", "top_p", "top_k", "repeat_penalty", "num_predict", "seed"];
    let is_example = |key: &str| EXAMPLES.iter().any(|name| key.starts_with(&format!("{name} = ")));
    let uncommented: String = SHIPPED
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key)
                if key.starts_with(|c: char| c.is_ascii_lowercase()) && key.contains(" = ") && !is_example(key) =>
            {
                format!("{key}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert_ne!(uncommented, SHIPPED);
    workspace.write("all.toml", uncommented);
    let values = |shown: &Value| shown["config"].clone();
    assert_eq!(values(&show(&["all.toml"])), values(&embedded));
}

#[test]
fn mistakes_are_refused_with_place_and_suggestion() {
    for (content, told) in [
        ("[watch]\nsetle = \"1s\"\n", [":2:", "setle", "settle"]),
        ("[wach]\nsettle = \"1s\"\n", [":1:", "wach", "watch"]),
        ("[watch]\nsettle = 5\n", [":2:", "settle", "\"5s\""]),
        ("[watch]\nsettle = \"1 fortnight\"\n", [":2:", "settle", "fortnight"]),
        ("[judge]\nmin_effect = 2.5\n", [":2:", "min_effect", "2.5"]),
        ("[judge]\nrecover_runs = 0\n", [":2:", "recover_runs", "1"]),
        ("[mail]\nto = [\"nobody\"]\n", [":2:", "to", "nobody"]),
        ("[mail]\nto = [\n", [":2:", "chimera-insight.toml", ""]),
        ("[mail]\n\n[mail.smtp]\npassword = \"x\"\n", [":4:", "password", "password_file"]),
        ("[watch]\nignore = [\"a[\"]\n", ["ignore", "a[", ""]),
    ] {
        let refused = check(content).code(78);
        for part in told {
            assert!(refused.stderr.contains(part), "{part} in {} for {content}", refused.stderr);
        }
        assert_eq!(refused.stdout, "");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let refused = check("[watch]\nsetle = \"1s\"\nquiet = 3\n[judge]\nrecover_runs = 0\n").code(78);
    for key in ["setle", "quiet", "recover_runs"] {
        assert!(refused.stderr.contains(key), "{key} in {}", refused.stderr);
    }
}

#[test]
fn a_bad_configuration_touches_nothing() {
    let workspace = Workspace::new();
    Bench::new("reports/decode").history(&workspace, 0..2);
    workspace.configure("[mail]\ntransport = \"pigeon\"\n");
    let refused = workspace.run(["scan"]).code(78);
    assert!(refused.stderr.contains("pigeon") && refused.stderr.contains("smtp"), "{}", refused.stderr);
    assert!(!workspace.state().exists() && workspace.reports().is_empty());
}

#[test]
fn the_environment_wins_over_drop_ins_and_these_over_the_file() {
    let workspace = Workspace::bare();
    workspace.write("chimera-insight.toml", "[judge]\nfalse_alarms = 0.9\nrecover_runs = 4\nreopen_hours = 50\n");
    workspace.write("conf.d/10-first.toml", "[judge]\nrecover_runs = 5\nreopen_hours = 51\n");
    workspace.write("conf.d/20-second.toml", "[judge]\nrecover_runs = 6\n");
    let shown = with(&workspace, "CHIMERA_INSIGHT_JUDGE_FALSE_ALARMS", "12", &["config", "show"]).code(0).stdout;
    let line =
        |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key} in {shown}"));
    assert!(line("false_alarms = 12").contains("CHIMERA_INSIGHT_JUDGE_FALSE_ALARMS"), "{shown}");
    assert!(line("recover_runs = 6").contains("20-second.toml"), "{shown}");
    assert!(line("reopen_hours = 51").contains("10-first.toml"), "{shown}");
    assert!(!line("environment_share = 0.8").contains('#'), "a default needs no explanation: {shown}");
    let refused = with(&workspace, "CHIMERA_INSIGHT_JUDGE_FALSE_ALARM", "12", &["config", "check"]).code(78);
    assert!(refused.stderr.contains("CHIMERA_INSIGHT_JUDGE_FALSE_ALARM"), "{}", refused.stderr);
}

#[test]
fn the_file_is_found_by_argument_then_variable_then_in_the_tree() {
    let workspace = Workspace::new();
    Bench::new("reports/decode").history(&workspace, 0..2);
    let state = |name: &str| format!("[watch]\nsettle = \"20ms\"\n[state]\ndir = \".{name}\"\n");
    for name in ["tree", "variable", "argument"] {
        workspace.write(format!("{name}.toml"), state(name));
    }
    workspace.write("chimera-insight.toml", state("tree"));
    workspace.run(["scan"]).code(0);
    with(&workspace, "CHIMERA_INSIGHT_CONFIG", "variable.toml", &["scan"]).code(0);
    with(&workspace, "CHIMERA_INSIGHT_CONFIG", "variable.toml", &["scan", "--config", "argument.toml"]).code(0);
    for name in ["tree", "variable", "argument"] {
        assert!(workspace.path(format!(".{name}/chimera-insight.db")).is_file(), "{name}");
    }
}

#[test]
fn the_schema_knows_every_key_of_the_shipped_file() {
    let workspace = Workspace::bare();
    let schema = workspace.run(["config", "schema"]).code(0).json();
    let properties = |of: &Value| of["properties"].as_object().unwrap_or_else(|| panic!("properties in {of}")).clone();
    let (mut section, mut keys) = (schema.clone(), 0);
    for line in SHIPPED.lines() {
        if let Some(path) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = path.split('.').fold(schema.clone(), |at, name| properties(&at)[name].clone());
        } else if let Some((key, _)) = line.strip_prefix('#').and_then(|line| line.split_once(" = "))
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            assert!(properties(&section).contains_key(key), "{key}");
            keys += 1;
        }
    }
    assert!(keys > 20, "{keys}");
}
