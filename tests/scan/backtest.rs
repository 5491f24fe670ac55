//! `backtest` from outside: what the detector would have said of series, files and trees.

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use harness::{Bench, Ended, NOISE, Workspace, files_below};
use serde_json::{Value, json};

/// Runs around `level` that scatter by 1 %; from run `shift` on `factor` times as much.
fn values(runs: usize, level: f64, shift: usize, factor: f64) -> Vec<f64> {
    let value = |run: usize| level * (1.0 + NOISE[run % NOISE.len()]) * if run >= shift { factor } else { 1.0 };
    (0..runs).map(value).collect()
}

fn line(series: &str, values: &[f64], direction: Option<&str>) -> String {
    let mut line = json!({ "series": series, "values": values });
    if let Some(direction) = direction {
        line["direction"] = direction.into();
    }
    format!("{line}\n")
}

/// `backtest --jsonl` and more arguments, with this on its standard input.
fn jsonl(workspace: &Workspace, more: &[&str], input: &str) -> Ended {
    let mut command = workspace.command(["backtest", "--jsonl"].iter().chain(more));
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program can be started");
    // Who refuses the arguments may be gone before it has read anything.
    if let Err(failed) = child.stdin.take().expect("a pipe").write_all(input.as_bytes()) {
        assert_eq!(failed.kind(), std::io::ErrorKind::BrokenPipe, "{failed}");
    }
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
fn answers(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// The keys of an object, in the order in which they were written.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[track_caller]
fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a number of runs: {value}"))
}

/// A tree in which every run of a benchmark is a file, of which those from the 30th on are slower.
fn with_regression(factor: f64) -> (Workspace, Bench) {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/decode/decode"));
    bench.history(&workspace, 0..30);
    (30..45).for_each(|run| drop(bench.land(&workspace, run, factor)));
    (workspace, bench)
}

fn backtest(workspace: &Workspace, more: &[&str]) -> Value {
    workspace.run(["backtest", "--json"].iter().chain(more)).code(0).json()
}

#[test]
fn series_are_answered_a_line_each_in_their_order() {
    let workspace = Workspace::bare();
    let stepped = values(80, 100.0, 40, 1.3);
    let input = [
        line("z", &stepped, None),
        line("lower", &stepped, Some("lower")),
        line("higher", &stepped, Some("higher")),
        line("neutral", &stepped, Some("neutral")),
        line("flat", &values(80, 100.0, 80, 1.0), None),
        line("short", &[1.0], None),
        line("none", &[], None),
    ];
    let ended = jsonl(&workspace, &[], &input.concat()).code(0);
    assert_eq!(ended.stderr, "");
    let answers = answers(&ended);
    let names: Vec<&Value> = answers.iter().map(|answer| &answer["series"]).collect();
    assert_eq!(names, ["z", "lower", "higher", "neutral", "flat", "short", "none"]);
    for (answer, kind) in answers.iter().zip(["change", "regression", "improvement", "change"]) {
        assert_eq!(keys(answer), ["series", "changes", "alarms"]);
        let (change, alarm) = (&answer["changes"][0], &answer["alarms"][0]);
        assert_eq!(keys(change), ["index", "before", "after", "effect", "p"]);
        assert_eq!(keys(alarm), ["index", "change_index", "kind"]);
        assert_eq!((&change["index"], &alarm["change_index"], &alarm["kind"]), (&json!(40), &json!(40), &json!(kind)));
        let effect = change["effect"].as_f64().expect("a number");
        assert!((effect - 0.3).abs() < 0.02, "{change}");
        // One run is a spike until another confirms it; thirty deviations need not many.
        assert!((41..=44).contains(&number(&alarm["index"])), "{alarm}");
        assert_eq!(answer["alarms"].as_array().map(Vec::len), Some(1));
    }
    for answer in &answers[4..] {
        assert_eq!((&answer["changes"], &answer["alarms"]), (&json!([]), &json!([])), "{answer}");
    }
}

#[test]
fn a_replay_knows_nothing_of_what_comes_later() {
    let workspace = Workspace::bare();
    let all = values(80, 100.0, 40, 1.2);
    let alarms = |runs: usize| answers(&jsonl(&workspace, &[], &line("a", &all[..runs], None)))[0]["alarms"].clone();
    let whole = alarms(80);
    let at = usize::try_from(number(&whole[0]["index"])).expect("few runs");
    assert_eq!(alarms(at + 1), whole, "the run that confirms it is enough");
    assert_eq!(alarms(at), json!([]), "and one less is not");
}

#[test]
fn missing_runs_keep_their_places() {
    let workspace = Workspace::bare();
    let mut runs: Vec<Value> = values(80, 100.0, 40, 1.3).into_iter().map(Value::from).collect();
    runs[3] = Value::Null;
    runs[20] = Value::Null;
    let input = format!("{}\n", json!({ "series": "a", "values": runs }));
    let answer = &answers(&jsonl(&workspace, &[], &input).code(0))[0];
    assert_eq!(answer["changes"][0]["index"], 40);
    assert_eq!(answer["alarms"][0]["change_index"], 40);
}

#[test]
fn bad_lines_are_told_and_the_others_answered() {
    let workspace = Workspace::bare();
    let good = |name| line(name, &[1.0, 2.0], None);
    let input = [
        good("a"),
        "{\"series\":\"b\",\"values\":[1,x]}\n".into(),
        "\n".into(),
        "{\"series\":\"c\"}\n".into(),
        good("d"),
    ];
    let ended = jsonl(&workspace, &[], &input.concat()).code(3);
    let names: Vec<Value> = answers(&ended).iter().map(|answer| answer["series"].clone()).collect();
    assert_eq!(names, ["a", "d"]);
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("line 2, column 27: a number is expected here"), "{told:?}");
    assert!(told[1].contains("line 4, column 15: there are no \"values\""), "{told:?}");
}

#[test]
fn the_smallest_effect_is_nothing_unless_asked_for() {
    let workspace = Workspace::bare();
    let small: Vec<f64> = values(80, 0.0, 0, 1.0)
        .iter()
        .enumerate()
        .map(|(run, _)| 1000.0 * (1.0 + NOISE[run % NOISE.len()] / 100.0) + if run >= 40 { 10.0 } else { 0.0 })
        .collect();
    let input = line("a", &small, None);
    let changes = |more: &[&str]| answers(&jsonl(&workspace, more, &input).code(0))[0]["alarms"].clone();
    assert_eq!(changes(&[])[0]["change_index"], 40, "one percent, far outside the noise");
    assert_eq!(changes(&["--min-effect", "5%"]), json!([]));
    assert_eq!(changes(&["--min-effect", "0.05"]), json!([]));
    let refused = jsonl(&workspace, &["--min-effect", "5"], &input).code(2);
    assert!(refused.stderr.contains("must lie between 0 and 1"), "{}", refused.stderr);
}

#[test]
fn a_planted_regression_is_found_at_its_run_and_nothing_is_left_behind() {
    let (workspace, bench) = with_regression(1.3);
    let before = files_below(&workspace.root());
    let told = backtest(&workspace, &[]);
    assert_eq!(files_below(&workspace.root()), before);
    assert_eq!(keys(&told), ["source", "settings", "series", "totals", "problems"]);
    let series = told["series"].as_array().expect("a list");
    assert_eq!(series.len(), 2, "latency and throughput: {series:?}");
    for one in series {
        assert_eq!(
            keys(one),
            ["series", "runs", "first_at", "last_at", "changes", "alarms", "candidates"],
            "as the documentation has it"
        );
        assert_eq!((&one["runs"], &one["first_at"]), (&json!(45), &json!(bench.time(0).to_string())));
        let alarm = &one["alarms"][0];
        assert_eq!((&alarm["kind"], &alarm["change_index"]), (&json!("regression"), &json!(30)));
        assert_eq!(alarm["change_at"], bench.time(30).to_string());
        let delay = number(&alarm["delay_runs"]);
        assert!((2..=5).contains(&delay), "{alarm}");
        assert_eq!(number(&alarm["index"]), 30 + delay - 1, "the first changed run counts as 1");
        assert_eq!(alarm["delay_seconds"].as_f64(), Some((delay - 1) as f64 * 3600.0));
    }
    let totals = &told["totals"];
    assert_eq!((&totals["series"], &totals["runs"], &totals["regressions"]), (&json!(2), &json!(90), &json!(2)));
    assert_eq!((&totals["landings"], &totals["improvements"]), (&json!(45), &json!(0)));
    assert!((1..=2).contains(&number(&totals["mails"])), "one for both, unless one needed a run more: {totals}");
}

#[test]
fn quiet_series_are_counted_and_shown_when_asked_for() {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/decode/decode"));
    bench.history(&workspace, 0..30);
    let told = backtest(&workspace, &[]);
    assert_eq!((&told["series"], &told["totals"]["series"]), (&json!([]), &json!(2)));
    let all = backtest(&workspace, &["--all"]);
    assert_eq!(all["series"].as_array().map(Vec::len), Some(2));
    let one = backtest(&workspace, &["--all", "--only", "LATENCY"]);
    assert_eq!(one["series"][0]["series"]["metric"], "latency");
    assert_eq!((&one["totals"]["series"], &one["totals"]["runs"]), (&json!(1), &json!(30)));
}

#[test]
fn the_configuration_of_the_tree_holds_and_the_command_line_goes_before_it() {
    let (workspace, _) = with_regression(1.3);
    workspace.configure("[judge]\nmin_effect = \"50%\"\n");
    assert_eq!(backtest(&workspace, &[])["totals"]["alarms"], 0);
    assert_eq!(backtest(&workspace, &["--min-effect", "2%"])["totals"]["regressions"], 2);
    workspace.configure("[[series]]\nmetric = \"latency\"\nmin_effect = \"50%\"\n");
    assert_eq!(backtest(&workspace, &[])["totals"]["regressions"], 1, "throughput alone");
    assert_eq!(backtest(&workspace, &["--min-effect", "2%"])["totals"]["regressions"], 2);
    workspace.configure("[judge]\nmin_effect = 50\n");
    workspace.run(["backtest"]).code(78);
}

#[test]
fn the_state_of_the_tree_is_not_touched() {
    let (workspace, _) = with_regression(1.3);
    workspace.scan();
    // What SQLite keeps beside a database for its readers comes and goes with them.
    let is_lasting =
        |path: &PathBuf| !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal");
    let lasting = || files_below(&workspace.state()).into_iter().filter(is_lasting);
    let state = || lasting().map(|path| (std::fs::read(&path).ok(), path));
    let before: Vec<_> = state().collect();
    assert_eq!(backtest(&workspace, &[])["totals"]["regressions"], 2);
    assert!(state().eq(before), "the index of the tree is as it was");
}

#[test]
fn a_branch_is_not_told_of_what_its_default_branch_went_through() {
    let (workspace, bench) = with_regression(1.3);
    for run in 45..50 {
        let content = bench.content(run, 1.3).replacen('{', "{\"branch\": \"harmless\", ", 1);
        workspace.write(bench.path(run), content);
    }
    let told = backtest(&workspace, &["--all"]);
    let of = |environment: &str| {
        let series = told["series"].as_array().expect("a list").iter();
        let found = series.filter(|one| one["series"]["environment"] == environment);
        found.map(|one| (number(&one["runs"]), one["alarms"].as_array().map_or(0, Vec::len))).collect::<Vec<_>>()
    };
    assert_eq!(of(""), [(45, 1), (45, 1)]);
    assert_eq!(of("branch harmless"), [(5, 0), (5, 0)]);
    assert_eq!((&told["totals"]["runs"], &told["totals"]["regressions"]), (&json!(100), &json!(2)));
}

#[test]
fn a_file_is_replayed_like_the_tree_around_it() {
    let workspace = Workspace::new();
    let rows = values(60, 12.5, 40, 1.2);
    let time = |run: usize| Bench::new("").time(run);
    let rows = rows.iter().enumerate().map(|(run, value)| format!("{},c{run:07},gemm,{value:.4}\n", time(run)));
    let csv = format!("timestamp,commit,kernel,time_ms\n{}", rows.collect::<String>());
    let file = workspace.write("csv_data/kernels.csv", csv);
    let of_file = backtest(&workspace, &[file.to_str().expect("a plain path")]);
    let of_tree = backtest(&workspace, &[]);
    assert_eq!(of_file["series"], of_tree["series"]);
    let alarm = &of_file["series"][0]["alarms"][0];
    assert_eq!((&alarm["change_index"], &alarm["commit"]), (&json!(40), &json!("c0000040")));
}

#[test]
fn a_file_of_series_is_replayed_as_it_is() {
    let workspace = Workspace::new();
    let stepped = values(80, 100.0, 40, 1.3);
    let text = line("one", &stepped, Some("lower")) + &line("two", &stepped, Some("higher"));
    workspace.write("histories.jsonl", &text);
    let told = backtest(&workspace, &["histories.jsonl"]);
    let kinds: Vec<&Value> =
        told["series"].as_array().expect("a list").iter().map(|s| &s["alarms"][0]["kind"]).collect();
    assert_eq!(kinds, ["regression", "improvement"], "worst first");
    assert_eq!((&told["series"][0]["first_at"], &told["totals"]["landings"]), (&Value::Null, &Value::Null));
    workspace.write("broken.jsonl", text + "{\"series\":1}\n");
    let refused = workspace.run(["backtest", "broken.jsonl"]).code(3);
    assert!(refused.stderr.contains("line 3, column 11"), "{}", refused.stderr);
}

#[test]
fn what_holds_no_history_says_so() {
    let workspace = Workspace::new();
    let empty = workspace.run(["backtest"]).code(0);
    assert!(empty.stdout.contains("There is no history: nothing can be said."), "{}", empty.stdout);
    Bench::new("reports/decode/decode").history(&workspace, 0..2);
    let short = workspace.run(["backtest"]).code(0);
    assert!(short.stdout.contains("nothing can be said of this history, neither good nor bad"), "{}", short.stdout);
    assert!(!short.stdout.contains("hindsight"), "noughts would look like good news: {}", short.stdout);
    workspace.write("notes.md", "Nothing here.\n");
    let none = workspace.run(["backtest", "notes.md"]).code(3);
    assert!(none.stderr.contains("no results"), "{}", none.stderr);
    let absent = workspace.run(["backtest", "absent"]).code(3);
    assert!(absent.stderr.contains("cannot read absent"), "{}", absent.stderr);
}

#[test]
fn people_get_a_table_without_colours_where_there_is_no_terminal() {
    let (workspace, bench) = with_regression(1.3);
    let page = workspace.run(["backtest"]).code(0).stdout;
    assert!(!page.contains('\u{1b}'), "{page:?}");
    let line = |word: &str| page.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{word} in {page}"));
    assert!(line("latency").contains("│"), "the sparkline is cut at the change: {page}");
    let regression = line("  regression");
    let at = bench.time(30).strftime("%Y-%m-%d %H:%M").to_string();
    for part in ["run 31", at.as_str(), "→", "%", " h"] {
        assert!(regression.contains(part), "{part} in {regression}");
    }
    assert!(line("alarms ").contains("2 regressions"), "{page}");
    let mut narrow = workspace.command(["backtest"]);
    let narrow = Ended::of(narrow.env("COLUMNS", "72")).code(0).stdout;
    assert!(narrow.lines().filter(|line| line.starts_with("  ")).all(|line| line.chars().count() <= 72), "{narrow}");
}
