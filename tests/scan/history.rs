//! `history` and `export`: what is known of a series, for people and for other programs.

use harness::{Bench, Workspace};
use serde_json::Value;

/// A tree whose latency and throughput moved with run 24, in ticks of microseconds so that a unit of its own is told.
fn moved() -> (Workspace, Bench) {
    let workspace = Workspace::new();
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    for n in 24..28 {
        bench.land(&workspace, n, 1.3);
        workspace.scan();
    }
    (workspace, bench)
}

#[test]
fn a_history_is_drawn_told_and_listed() {
    let (workspace, bench) = moved();
    let plain = workspace.run(["history", "latency"]).code(0).stdout;
    assert!(plain.is_ascii() && plain.contains('*') && plain.contains('^'), "{plain}");
    assert!(plain.contains("in ms, lower is better; 28 runs\n"), "{plain}");
    assert!(
        plain.lines().any(|line| line.starts_with("worse ") && line.contains("since 2026-10-02 06:00 UTC: +")),
        "{plain}"
    );
    // When it fired, and when it changed, are two times.
    let alert = plain.lines().find(|line| line.starts_with("alert 1: firing since ")).unwrap();
    assert!(alert.contains("; the level changed 2026-10-02 06:00 UTC: ") && alert.contains("alerts show 1"), "{alert}");
    assert_eq!(alert.matches("2026-10-02").count(), 1, "{alert}");
    let newest = plain.lines().position(|line| line.starts_with("time ")).unwrap();
    let row = plain.lines().nth(newest + 1).unwrap();
    assert!(row.starts_with("2026-10-02 09:00:00 UTC") && row.contains(&bench.path(27)), "{row}");
    let drawn = workspace.command(["history", "latency"]).env("LANG", "de_DE.UTF-8").output().unwrap();
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(drawn.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)) && drawn.contains('▲'), "{drawn}");
    assert!(!drawn.contains('\u{1b}'), "no colours where there is no terminal: {drawn}");
}

#[test]
fn a_history_as_json_has_the_values_as_they_stand() {
    let (workspace, bench) = moved();
    let json = workspace.run(["history", "latency", "--last", "5", "--json"]).code(0).json();
    let runs = json["runs"].as_array().unwrap();
    assert_eq!((runs.len(), json["left_out"].as_u64()), (5, Some(23)));
    for (n, run) in (23..28).zip(runs) {
        let factor = if n < 24 { 1.0 } else { 1.3 };
        assert_eq!(run["value"].as_f64(), Some(bench.values(n, factor).0), "{run}");
        assert_eq!(run["path"], bench.path(n));
    }
    assert_eq!((json["series"]["unit"].as_str(), json["alerts"][0]["state"].as_str()), (Some("ms"), Some("firing")));
    let alert = &json["alerts"][0];
    assert_eq!(alert["bad_since"], "2026-10-02T06:00:00Z");
    assert!(alert["state_since"].as_str().unwrap() > "2026-10-03" && alert.get("since").is_none(), "{alert}");
    let since = workspace.run(["history", "latency", "--since", "2026-10-02T06:00", "--json"]).code(0).json();
    assert_eq!(since["runs"].as_array().map(Vec::len), Some(4));
}

#[test]
fn noise_is_the_judges_wherever_it_is_told() {
    let (workspace, _) = moved();
    let alert = workspace.run(["alerts", "show", "1"]).code(0).stdout;
    let noise = alert.split("noise ").nth(1).unwrap().split(')').next().unwrap();
    let history = workspace.run(["history", "latency"]).code(0).stdout;
    assert_eq!(history.matches(&format!("single runs scatter by about {noise}")).count(), 2, "{noise}: {history}");
    let json = workspace.run(["history", "latency", "--json"]).code(0).json();
    assert_eq!(json["levels"][1]["noise_of"], "judge", "{json}");
    // Where nobody has judged it, it is called what it is.
    let quiet = Workspace::new();
    Bench::new("reports/decode/decode").history(&quiet, 0..24);
    quiet.scan();
    let history = quiet.run(["history", "latency"]).code(0).stdout;
    assert!(!history.contains("scatter") && history.contains("its 24 runs deviate by "), "{history}");
}

#[test]
fn levels_are_those_of_the_whole_history_however_few_runs_are_shown() {
    let (workspace, _) = moved();
    let whole = workspace.run(["history", "latency", "--json"]).code(0).json();
    let last = workspace.run(["history", "latency", "--last", "2", "--json"]).code(0).json();
    assert_eq!((last["runs"].as_array().unwrap().len(), last["levels"].as_array().unwrap().len()), (2, 1));
    for key in ["level", "noise", "since", "worse", "effect", "runs"] {
        assert_eq!(last["levels"][0][key], whole["levels"][1][key], "{key}");
    }
    assert_eq!((&last["levels"][0]["from"], &last["levels"][0]["to"]), (&Value::from(0), &Value::from(2)));
    let told = workspace.run(["history", "latency", "--last", "2"]).code(0).stdout;
    assert!(told.contains("levels and changes are those of all 28 runs\n"), "{told}");
    assert!(
        told.lines().any(|line| line.starts_with("worse ") && line.contains("since 2026-10-02 06:00 UTC: +")),
        "{told}"
    );
}

#[test]
fn names_are_taken_as_they_are_shown() {
    let workspace = Workspace::new();
    workspace.write("reports/a.csv", "model,mean_latency_ms\n\u{1b}[31mred,5.5\n\u{202e}gnp.elif,5.6\nplain,5.7\n");
    workspace.scan();
    for shown in [r"\u{1b}[31mred", r"\u{202e}gnp.elif"] {
        assert!(workspace.run(["series"]).code(0).stdout.contains(shown));
        assert!(workspace.run(["series", shown]).code(0).stdout.contains(shown));
        assert!(workspace.run(["history", shown]).code(0).stdout.contains(shown));
        let values = workspace.run(["export", shown]).code(0);
        assert_eq!((values.stdout.lines().count(), values.stderr.as_str()), (2, ""));
    }
}

#[test]
fn a_table_is_cut_to_the_columns_that_there_are_and_whole_in_a_pipe() {
    let workspace = Workspace::new();
    let names: Vec<String> = (0..9).map(|n| format!("setting_number_{n}")).collect();
    let text = format!("{},mean_latency_ms\n{}1.5e297\n{}2\n", names.join(","), "12,".repeat(9), "13,".repeat(9));
    workspace.write("reports/a.csv", text);
    workspace.scan();
    let whole = workspace.run(["series"]).code(0).stdout;
    assert!(whole.contains("setting_number_8") && whole.contains("1.5e2") && !whole.contains("0000000"), "{whole}");
    let cut = workspace.command(["series"]).env("COLUMNS", "80").env("LC_ALL", "C.UTF-8").output().unwrap();
    let cut = String::from_utf8(cut.stdout).unwrap();
    assert!(cut.lines().all(|line| line.chars().count() <= 80) && cut.contains('…'), "{cut}");
    let ascii = workspace.command(["series"]).env("COLUMNS", "80").env("LC_ALL", "C").output().unwrap();
    assert!(ascii.stdout.is_ascii() && ascii.stdout.windows(3).any(|dots| dots == b"..."));
}

#[test]
fn an_export_into_a_closed_pipe_ends_well() {
    let (workspace, _) = moved();
    for format in ["csv", "jsonl"] {
        let mut child = workspace
            .command(["export", "--format", format])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}

#[test]
fn an_export_says_what_it_does_not_do() {
    let (workspace, _) = moved();
    let none = workspace.run(["export", "nosuch"]).code(0);
    assert!(none.stderr.contains("no series has “nosuch” in its name") && none.stdout.lines().count() == 1, "{none:?}");
    let late = workspace.run(["export", "--since", "2100-01-01"]).code(0);
    assert!(late.stderr.contains("no value of these series"), "{late:?}");
    for arguments in [["--format", "jsonl"].as_slice(), &["--json"]] {
        let refused = workspace.run([&["export", "--spreadsheet"], arguments].concat()).code(2);
        assert!(refused.stderr.contains("--spreadsheet") && refused.stdout.is_empty(), "{refused:?}");
    }
}

#[test]
fn an_unclear_name_is_answered_with_what_may_be_meant() {
    let (workspace, _) = moved();
    let unclear = workspace.run(["history", "decode"]).code(2);
    assert!(
        unclear.stderr.contains("2 series are called so") && unclear.stderr.contains("tokens_per_second"),
        "{unclear:?}"
    );
    let unknown = workspace.run(["history", "\u{1b}[31mnothing"]).code(2);
    assert!(unknown.stderr.contains("`chimera-insight series` lists"), "{unknown:?}");
    assert!(!unknown.stderr.contains('\u{1b}') && unknown.stdout.is_empty(), "{unknown:?}");
    assert!(workspace.run(["history", "latency", "--since", "yesterday"]).code(2).stderr.contains("7d"));
}

#[test]
fn an_export_reads_back_to_the_same_values() {
    let (workspace, bench) = moved();
    let csv = workspace.run(["export", "latency"]).code(0).stdout;
    assert!(csv.contains("\r\n"), "RFC 4180 ends lines with CRLF");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 28);
    for (n, row) in rows.iter().enumerate() {
        let factor = if n < 24 { 1.0 } else { 1.3 };
        assert_eq!(row[at("value")].parse::<f64>().unwrap(), bench.values(n, factor).0);
        assert_eq!((&row[at("time")], &row[at("path")]), (bench.time(n).to_string().as_str(), bench.path(n).as_str()));
        assert_eq!((&row[at("unit")], &row[at("direction")], &row[at("excluded")]), ("ms", "lower", "false"));
        assert!(serde_json::from_str::<Value>(&row[at("params")]).unwrap().is_object());
    }
    let lines = workspace.run(["export", "--format", "jsonl", "--since", "2026-10-02T09:00:00Z"]).code(0).stdout;
    let metrics: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(metrics.len(), 2, "{lines}");
    assert!(metrics.iter().any(|row| row["value"].as_f64() == Some(bench.values(27, 1.3).1)), "{lines}");
}

#[test]
fn an_export_to_a_file_is_whole_and_never_among_the_results() {
    let (workspace, _) = moved();
    let file = workspace.beside("values.csv");
    let path = file.to_str().unwrap();
    let ended = workspace.run(["export", "-o", path]).code(0);
    assert!(ended.stdout.is_empty() && ended.stderr.starts_with("56 values in "), "{ended:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 57);
    let refused = workspace.run(["export", "latency", "-o", path]).code(3);
    assert!(refused.stderr.contains("is there already") && refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 57);
    workspace.run(["export", "latency", "-o", path, "--force"]).code(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 29);
    assert_eq!(workspace.run(["export", "-o", "-"]).code(0).stdout.lines().count(), 57);
    let watched = workspace.path("reports/values.csv");
    let refused = workspace.run(["export", "-o", watched.to_str().unwrap()]).code(3);
    assert!(refused.stderr.contains("watched directory") && !watched.exists(), "{refused:?}");
}

#[test]
fn text_that_would_be_a_formula_is_unarmed_when_asked_for() {
    let workspace = Workspace::new();
    workspace.write("reports/a.csv", "model,mean_latency_ms\n=1+1,5.5\n=1+1,5.6\n");
    workspace.scan();
    let as_it_is = workspace.run(["export"]).code(0).stdout;
    let unarmed = workspace.run(["export", "--spreadsheet"]).code(0).stdout;
    assert!(as_it_is.lines().count() > 1, "{as_it_is}");
    for line in unarmed.lines().skip(1) {
        let starts = |cell: &str| cell.trim_start_matches('"').starts_with(['=', '@', '+', '-']);
        assert!(!line.split(',').any(starts), "{line}");
    }
}
