//! Rules and words of the configuration: each changes what the index holds and what `explain` says, and `explain` offers the rule that
//! settles what it was unsure of.

use harness::{Ended, Workspace};
use serde_json::{Value, json};

/// A result whose columns say little: numbers without units, a nested record, facts said once for the file.
const ODD: &str = r#"{
  "flavour": "debug", "rig": "bench-3", "done_on": "2026-03-01T10:00:00Z", "change": "0123abc",
  "results": [
    {"kernel": "gemm", "level": 1, "score": 3.5, "frobs": 17.5, "code2": 12, "latency": {"p99": 8.25}, "note": "a"},
    {"kernel": "conv", "level": 2, "score": 4.5, "frobs": 19.5, "code2": 15, "latency": {"p99": 9.25}, "note": "b"}
  ]
}"#;

const PATH: &str = "reports/odd_20260301-100000.json";

/// The file of [`ODD`], scanned with this rule; `rule` lacks header and `files`.
fn ruled(rule: &str) -> Workspace {
    configured(&format!("[[rule]]\nfiles = \"odd_*.json\"\n{rule}\n"))
}

fn configured(configuration: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure(configuration);
    workspace.write(PATH, ODD);
    workspace.scan();
    workspace
}

/// The series of this metric and case.
#[track_caller]
fn series(workspace: &Workspace, metric: &str, case: &str) -> Value {
    let all = workspace.series();
    let found = all.iter().find(|series| series["metric"] == metric && series["case"] == case);
    found.unwrap_or_else(|| panic!("{metric} of {case} in {all:#?}")).clone()
}

/// Metrics of the index, each once.
fn metrics(workspace: &Workspace) -> Vec<String> {
    let metrics = workspace.series().iter().map(|s| s["metric"].as_str().unwrap().to_owned()).collect();
    let metrics: std::collections::BTreeSet<String> = metrics;
    metrics.into_iter().collect()
}

/// What `explain` decided about a column.
#[track_caller]
fn decision(workspace: &Workspace, field: &str) -> Value {
    let explained = workspace.explain(PATH);
    let found = explained["decisions"].as_array().unwrap().iter().find(|decision| decision["field"] == field);
    found.unwrap_or_else(|| panic!("{field} in {explained:#}")).clone()
}

#[test]
fn without_a_rule_the_file_is_read_by_inference() {
    let workspace = configured("");
    assert_eq!(metrics(&workspace), ["frobs", "latency_p99", "score"]);
    let frobs = series(&workspace, "frobs", "gemm");
    assert_eq!(
        (&frobs["benchmark"], &frobs["unit"], &frobs["direction"]),
        (&json!("reports/odd"), &json!(""), &json!("neutral"))
    );
    assert_eq!(decision(&workspace, "code2")["sure"], false);
}

#[test]
fn a_rule_names_the_benchmark() {
    let workspace = ruled("benchmark = \"kernels\"");
    assert!(workspace.series().iter().all(|series| series["benchmark"] == "kernels"));
    let explained = workspace.explain(PATH);
    assert_eq!(explained["benchmark"], "kernels");
    assert!(explained["measurements"].as_array().unwrap().iter().all(|m| m["benchmark"] == "kernels"));
    assert_eq!(explained["rules"], json!(["odd_*.json"]));
}

#[test]
fn a_rule_names_cases_parameters_and_metrics() {
    let workspace = ruled("case = \"note\"\nparameters = [\"kernel\", \"FROBS\"]\nmetrics = \"code2\"");
    assert_eq!(metrics(&workspace), ["code2", "latency_p99", "score"]);
    let score = series(&workspace, "score", "a");
    assert_eq!((&score["params"]["kernel"], &score["params"]["frobs"]), (&json!("gemm"), &json!("17.5")));
    assert_eq!(series(&workspace, "code2", "b")["latest"], 15.0);
    for (field, role) in [("note", "case"), ("kernel", "parameter"), ("frobs", "parameter"), ("code2", "metric")] {
        let decision = decision(&workspace, field);
        assert_eq!(decision["role"], role, "{field}");
        assert!(decision["why"].as_str().unwrap().starts_with("a rule"), "{decision}");
    }
}

#[test]
fn a_rule_reaches_into_records() {
    let workspace = ruled("units = { \"latency.p99\" = \"us\" }\ndirections = { \"latency.p99\" = \"higher\" }");
    let p99 = series(&workspace, "latency_p99", "gemm");
    assert_eq!((&p99["unit"], &p99["direction"], &p99["latest"]), (&json!("us"), &json!("higher"), &json!(8.25)));
    let decision = decision(&workspace, "latency.p99");
    assert_eq!((&decision["unit"], &decision["sure"]), (&json!("us"), &json!(true)), "{decision}");
    let ignored = ruled("ignore = \"latency.*\"");
    assert_eq!(metrics(&ignored), ["frobs", "score"]);
}

#[test]
fn a_rule_says_when_where_and_of_which_commit_a_file_is() {
    let rule = "time = \"done_on\"\nhost = \"rig\"\ncommit = \"change\"";
    let workspace = ruled(rule);
    let run = &workspace.explain(PATH)["runs"][0];
    assert_eq!(run, &json!({ "time": "2026-03-01T10:00:00Z", "commit": "0123abc", "host": "bench-3" }));
    assert!(workspace.series().iter().all(|series| series["environment"] == "bench-3"));
    let rows = Workspace::new();
    rows.configure("[[rule]]\nfiles = \"*.csv\"\ntime = \"at\"\ncommit = \"built\"\nhost = \"rig\"\n");
    let path = rows.write(
        "csv_data/rows.csv",
        "at,built,rig,run_ms\n2026-03-01T10:00:00Z,aaa1,r1,5.5\n2026-03-02T10:00:00Z,aaa2,r1,6.5\n",
    );
    rows.scan();
    let runs = rows.explain(path)["runs"].clone();
    let run =
        |day: u8, commit: &str| json!({ "time": format!("2026-03-0{day}T10:00:00Z"), "commit": commit, "host": "r1" });
    assert_eq!(runs, json!([run(1, "aaa1"), run(2, "aaa2")]));
    assert_eq!(rows.series()[0]["runs"], 2);
}

#[test]
fn what_is_ignored_is_no_part_of_a_series() {
    let before = configured("");
    let workspace = ruled("ignore = [\"level\", \"frobs\"]");
    assert_eq!(series(&before, "score", "gemm")["params"]["level"], "1");
    assert_eq!(series(&workspace, "score", "gemm")["params"], json!({}));
    assert_eq!(metrics(&workspace), ["latency_p99", "score"]);
    let once = Workspace::new();
    once.write("reports/once.json", r#"{"model": "x:1b", "results": [{"ttft_ms": 1.5}]}"#);
    once.configure("[[rule]]\nfiles = \"reports/\"\nignore = \"model\"\n");
    once.scan();
    assert_eq!(once.series()[0]["params"], json!({}), "also what the file says once");
}

#[test]
fn a_rule_sets_units_and_directions_by_column_or_metric() {
    let workspace = ruled("units = { frobs = \"jobs\" }\n[rule.directions]\nscore = \"lower\"\nfrobs = \"higher\"\n");
    let frobs = series(&workspace, "frobs", "conv");
    assert_eq!((&frobs["unit"], &frobs["direction"]), (&json!("jobs"), &json!("higher")));
    assert_eq!(series(&workspace, "score", "gemm")["direction"], "lower");
    let long = Workspace::new();
    long.write("reports/long.csv", "metric,value\nframes_dropped,4.5\nglow,7.5\n");
    long.configure("[[rule]]\nfiles = \"*.csv\"\nignore = \"glow\"\nunits = { frames_dropped = \"frames\" }\ndirections = { frames_dropped = \"lower\" }\n");
    long.scan();
    assert_eq!(metrics(&long), ["frames_dropped"]);
    let dropped = series(&long, "frames_dropped", "");
    assert_eq!((&dropped["unit"], &dropped["direction"]), (&json!("frames"), &json!("lower")));
    assert_eq!(long.explain("reports/long.csv")["rule"], Value::Null);
}

#[test]
fn a_rule_forces_a_format() {
    let workspace = Workspace::new();
    // Looks like one JSON value, and is a table of one column.
    let path = workspace.write("reports/plain.json", "run_ms\n5.5\n6.5\n");
    let refused = workspace.run(["explain", path.to_str().unwrap(), "--json"]);
    let before = if refused.code == Some(0) { refused.json()["format"].clone() } else { Value::Null };
    assert_ne!(before, "csv", "or the rule proves nothing");
    workspace.configure("[[rule]]\nfiles = \"reports/plain.*\"\nformat = \"csv\"\n");
    let explained = workspace.explain(&path);
    assert_eq!((&explained["format"], &explained["metrics"]), (&json!("csv"), &json!(["run_ms"])));
    workspace.scan();
    assert_eq!(series(&workspace, "run", "")["unit"], "ms");
}

#[test]
fn of_several_rules_the_later_wins_and_drop_ins_come_last() {
    let workspace = configured(
        "[[rule]]\nfiles = \"odd_*\"\nbenchmark = \"first\"\nignore = [\"frobs\"]\n[[rule]]\nfiles = \"other*\"\nbenchmark = \"x\"\n",
    );
    assert_eq!(metrics(&workspace), ["latency_p99", "score"]);
    workspace
        .write("conf.d/late.toml", "[[rule]]\nfiles = \"reports/odd*\"\nbenchmark = \"last\"\nmetrics = \"frobs\"\n");
    let explained = workspace.explain(PATH);
    assert_eq!(explained["benchmark"], "last");
    assert_eq!(explained["rules"], json!(["odd_*", "reports/odd*"]));
    assert_eq!(decision(&workspace, "frobs")["role"], "metric");
}

#[test]
fn words_of_the_configuration_give_directions() {
    let workspace = configured("[read]\nhigher = [\"frobs\"]\nlower = [\"code2\"]\nneutral = [\"score\"]\n");
    assert_eq!(series(&workspace, "frobs", "gemm")["direction"], "higher");
    assert_eq!(series(&workspace, "score", "gemm")["direction"], "neutral", "it wins over what is built in");
    assert_eq!(series(&workspace, "code2", "gemm")["direction"], "lower", "a word that has a direction is a quantity");
    let why = decision(&workspace, "frobs")["why"].as_str().unwrap().to_owned();
    assert!(why.contains("a word of the configuration"), "{why}");
}

#[test]
fn files_in_the_index_keep_their_reading_until_they_change() {
    let workspace = configured("");
    workspace.configure("[[rule]]\nfiles = \"odd_*\"\nunits = { frobs = \"jobs\" }\n");
    workspace.scan();
    assert_eq!(series(&workspace, "frobs", "gemm")["unit"], "");
    workspace.write("reports/odd_20260302-100000.json", ODD.replace("17.5", "18.5"));
    workspace.scan();
    let units: Vec<Value> = workspace
        .series()
        .iter()
        .filter(|s| s["metric"] == "frobs" && s["case"] == "gemm")
        .map(|s| s["unit"].clone())
        .collect();
    assert_eq!(units, ["", "jobs"]);
}

/// What `explain` prints for people.
fn said(workspace: &Workspace, args: &[&str]) -> Ended {
    workspace.run([&["explain", PATH], args].concat()).code(0)
}

#[test]
fn the_rule_that_is_suggested_settles_what_was_unsure() {
    let workspace = configured("");
    let explained = workspace.explain(PATH);
    let rule = explained["rule"].as_str().expect("something is unsure").to_owned();
    assert!(said(&workspace, &[]).stdout.ends_with(&rule), "{rule}");
    assert!(rule.contains("files = \"reports/odd_*.json\"") && !rule.contains("kernel"), "{rule}");
    let unsure = |explained: &Value| -> Vec<String> {
        let decisions = explained["decisions"].as_array().unwrap().iter();
        decisions.filter(|d| d["sure"] == false).map(|d| d["field"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(unsure(&explained), ["score", "frobs", "code2", "latency.p99"]);
    // As it stands, before any answer is mended, it loads and takes what was passed over for a metric.
    workspace.configure(&rule);
    let after = workspace.explain(PATH);
    assert_eq!((unsure(&after), &after["rule"]), (vec![], &Value::Null), "{after:#}");
    assert_eq!(decision(&workspace, "code2")["role"], "metric");
    assert_eq!(
        after["measurements"].as_array().unwrap().len(),
        explained["measurements"].as_array().unwrap().len() + 2
    );
    // Mended, it says what the person said.
    workspace
        .configure(&rule.replace("frobs = \"neutral\"", "frobs = \"lower\"").replace("frobs = \"\"", "frobs = \"ms\""));
    workspace.write("reports/odd_20260302-100000.json", ODD.replace("17.5", "18.5"));
    workspace.scan();
    let found = workspace.series().into_iter().find(|s| s["metric"] == "frobs" && s["unit"] == "ms").expect("in ms");
    assert_eq!(found["direction"], "lower");
}

#[test]
fn explain_reads_with_the_configuration_that_it_is_told() {
    let workspace = configured("");
    workspace.write("other.toml", "[[rule]]\nfiles = \"odd_*\"\nbenchmark = \"told\"\n");
    let path = workspace.path(PATH);
    let from = |args: &[&str]| {
        let mut command = workspace.command([&["explain", path.to_str().unwrap()], args].concat());
        let output = command.current_dir(workspace.beside("")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let config = workspace.path("other.toml");
    let (code, out, _) = from(&["--config", config.to_str().unwrap()]);
    assert!(code == Some(0) && out.contains("benchmark   told\n"), "{out}");
    let root = workspace.root();
    workspace.configure("[[rule]]\nfiles = \"reports/odd_*\"\nbenchmark = \"of the tree\"\n");
    let (code, out, _) = from(&["--root", root.to_str().unwrap()]);
    assert!(code == Some(0) && out.contains("benchmark   of the tree\n"), "{out}");
    let (_, out, _) = from(&[]);
    assert!(out.contains("benchmark   reports/odd\n"), "another directory has another configuration: {out}");
    workspace.configure("[[rule]]\nfiles = \"odd_*\"\nbenchmark = \"x\"\n[[rule]]\nfile = \"odd_*\"\n");
    let (code, out, err) = from(&["--root", root.to_str().unwrap()]);
    assert!(code == Some(0) && out.contains("benchmark   x\n"), "what is good of it holds: {out}");
    assert!(err.contains("unknown key `rule.file`; did you mean `files`?"), "{err}");
    from(&["--root", "not/there"]).0.filter(|code| *code == 3).expect("a tree that is not there is a failure");
}

#[test]
fn files_outside_of_usual_roots_have_the_name_of_the_index() {
    let workspace = Workspace::bare();
    workspace.configure("roots = [\"out/nightly\"]\n[[rule]]\nfiles = \"nightly/*.json\"\nbenchmark = \"nights\"\n");
    workspace.write("out/nightly/odd.json", ODD);
    workspace.scan();
    assert!(workspace.series().iter().all(|series| series["benchmark"] == "nights"));
    assert_eq!(workspace.explain("out/nightly/odd.json")["benchmark"], "nights");
}

#[test]
fn long_results_are_cut_and_counted_unless_all_is_asked_for() {
    let workspace = Workspace::new();
    let long = "x".repeat(90);
    let rows: String = (0..60).map(|n| format!("{long},{n},{}.5\n", n + 10)).collect();
    workspace.write("reports/long.csv", format!("model,num_ctx,latency_ms\n{rows}"));
    let text = |all: &[&str]| workspace.run([&["explain", "reports/long.csv"], all].concat()).code(0).stdout;
    let (short, whole) = (text(&[]), text(&["--all"]));
    assert!(short.contains("and 20 more: --all or --json shows them") && !short.contains(&long), "{short}");
    assert_eq!(short.matches(", column latency_ms").count(), 40);
    assert!(whole.contains(&long) && !whole.contains('…'), "{whole}");
    assert_eq!(whole.matches(", column latency_ms").count(), 60);
}

#[test]
fn what_a_number_is_stands_beside_it() {
    let workspace = Workspace::new();
    let path = workspace.write(
        "reports/roles.json",
        r#"{"host": "h1", "output_tokens": 500, "latency": {"mean_ms": 2.5, "std_ms": 0.5, "min_ms": 1.5, "max_ms": 4.5}}"#,
    );
    let explained = workspace.explain(path);
    let role = |field: &str| {
        let all = explained["measurements"].as_array().unwrap();
        all.iter().find(|m| m["field"] == field).unwrap_or_else(|| panic!("{field} in {explained:#}"))["role"].clone()
    };
    assert_eq!(
        ["mean_ms", "std_ms", "min_ms", "max_ms", "output_tokens"].map(role),
        ["metric", "std", "min", "max", "count"]
    );
    assert!(
        explained["measurements"].as_array().unwrap().iter().all(|m| m["role"] == "count" || m["environment"] == "h1")
    );
    let count = explained["measurements"].as_array().unwrap().iter().find(|m| m["role"] == "count").unwrap();
    assert_eq!((&count["direction"], &count["unit"]), (&json!("neutral"), &json!("count")));
}

#[test]
fn rules_hold_for_files_that_are_read_in_pieces() {
    let workspace = Workspace::new();
    let long = "x".repeat(180);
    let rows: String = (0..8_000).map(|n| format!("{long},{},{n}.5,{}.25\n", n % 4, n % 90)).collect();
    let path = workspace.write("reports/big.csv", format!("note,lane,frobs,glow\n{rows}"));
    workspace.configure("max_text_size = \"1MiB\"\n[[rule]]\nfiles = \"big.*\"\nparameters = \"lane\"\nignore = [\"note\", \"glow\"]\nunits = { frobs = \"jobs\" }\n");
    let explained = workspace.explain(path);
    let decision = |field: &str| {
        let all = explained["decisions"].as_array().unwrap();
        let found =
            all.iter().find(|decision| decision["field"] == field).unwrap_or_else(|| panic!("{field} in {all:#?}"));
        format!("{} {}", found["role"].as_str().unwrap(), found["unit"].as_str().unwrap())
    };
    assert_eq!(["note", "lane", "frobs", "glow"].map(decision), ["ignored ", "parameter ", "metric jobs", "ignored "]);
    workspace.scan();
    let series = workspace.series();
    assert_eq!(series.len(), 4, "one a lane: {series:#?}");
    assert!(series.iter().all(|series| series["metric"] == "frobs" && series["unit"] == "jobs"));
}
