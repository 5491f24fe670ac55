//! Runs that people exclude: what counts, what alerts say, and the way back.

use harness::{Bench, Ended, Workspace};
use serde_json::{Value, json};

use crate::tools::{kinds, section, verdict};

fn bench() -> Bench {
    Bench::new("reports/decode/decode")
}

/// A workspace whose index knows these runs, one landing for the first two dozen and one for each of the others.
fn with(factors: &[f64]) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure("[mail]\nto = [\"a@example.org\"]\n");
    bench().history(&workspace, 0..24);
    workspace.scan();
    for (n, factor) in (24..).zip(factors) {
        bench().land(&workspace, n, *factor);
        workspace.scan();
    }
    workspace
}

fn land(workspace: &Workspace, n: usize, factor: f64) -> Value {
    bench().land(workspace, n, factor);
    workspace.scan()
}

fn runs(workspace: &Workspace, args: &[&str]) -> Ended {
    workspace.run(["runs"].iter().chain(args))
}

/// The numbers of the runs that a listing shows, newest first.
fn listed(workspace: &Workspace, args: &[&str]) -> Vec<i64> {
    let listing = runs(workspace, &[&["list", "--json"], args].concat()).code(0).json();
    listing["runs"].as_array().unwrap().iter().map(|run| run["id"].as_i64().unwrap()).collect()
}

/// The number of run `n` of the benchmark.
fn number(workspace: &Workspace, n: usize) -> String {
    let listing = runs(workspace, &["list", "--json"]).code(0).json();
    let run = listing["runs"].as_array().unwrap().iter().find(|run| run["time"] == bench().time(n).to_string());
    run.unwrap_or_else(|| panic!("run {n}"))["id"].to_string()
}

fn exclude(workspace: &Workspace, of: std::ops::Range<usize>) -> Ended {
    let numbers: Vec<String> = of.map(|n| number(workspace, n)).collect();
    let args = ["runs", "exclude", "--why", "the host was busy"];
    workspace.run(args.into_iter().chain(numbers.iter().map(String::as_str))).code(0)
}

fn include(workspace: &Workspace, of: std::ops::Range<usize>) -> Ended {
    let numbers: Vec<String> = of.map(|n| number(workspace, n)).collect();
    workspace.run(["runs", "include"].into_iter().chain(numbers.iter().map(String::as_str))).code(0)
}

#[test]
fn runs_are_listed_newest_first_with_where_they_came_from() {
    let workspace = with(&[]);
    let listing = runs(&workspace, &["list", "--json"]).code(0).json();
    assert_eq!((&listing["total"], listing["runs"].as_array().unwrap().len()), (&json!(24), 24));
    let newest = &listing["runs"][0];
    assert_eq!(newest["time"], bench().time(23).to_string());
    assert_eq!(newest["artifact"], bench().path(23));
    assert_eq!((&newest["benchmark"], &newest["series"]), (&json!("reports/decode/decode"), &json!(2)));
    assert_eq!((&newest["excluded"], &newest["remarks"]), (&Value::Null, &json!([])));
    assert_eq!(listed(&workspace, &["--limit", "3"]).len(), 3);
    assert_eq!(listed(&workspace, &["DECODE"]).len(), 24);
    assert_eq!(listed(&workspace, &["20261001-07"]).len(), 1, "a part of the artifact's name");
    assert_eq!(listed(&workspace, &["--benchmark", "*decode"]).len(), 24);
    assert_eq!(listed(&workspace, &["--benchmark", "decode"]).len(), 0, "a glob means the whole name");
    assert_eq!(listed(&workspace, &["--excluded"]).len(), 0);
    let text = runs(&workspace, &["list", "--limit", "2"]).code(0).stdout;
    assert!(text.starts_with("run") && text.ends_with("2 of 24 runs; --limit 0 shows all\n"), "{text}");
}

#[test]
fn an_excluded_run_is_kept_marked_and_counts_no_more() {
    let workspace = with(&[1.0, 5.0]);
    let latest = |workspace: &Workspace| workspace.series()[0]["latest"].as_f64().unwrap();
    assert_eq!(latest(&workspace), bench().values(25, 5.0).0);
    let told = exclude(&workspace, 25..26).stdout;
    assert!(told.starts_with("run 26 is excluded"), "{told}");
    assert_eq!(latest(&workspace), bench().values(24, 1.0).0);
    assert_eq!((&workspace.series()[0]["runs"], &workspace.series()[0]["excluded"]), (&json!(25), &json!(1)));
    assert_eq!(workspace.status()["runs"], 26, "nothing is deleted");

    let listing = runs(&workspace, &["list", "--excluded", "--json"]).code(0).json();
    assert_eq!(listing["total"], 1);
    let word = &listing["runs"][0]["excluded"];
    assert_eq!((&word["why"], word["who"].is_string()), (&json!("the host was busy"), true));
    assert!(word["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{word}");
    assert!(runs(&workspace, &["list"]).code(0).stdout.contains("the host was busy"));

    // The next report names it, and judges without it.
    let scan = land(&workspace, 26, 1.0);
    assert_eq!(kinds(&scan), [""; 0], "{scan}");
    let inventory = section(&workspace.last_report(), "Data inventory").unwrap().to_owned();
    assert!(inventory.contains("Excluded") && inventory.contains(&bench().path(25)), "{inventory}");

    assert!(include(&workspace, 25..26).stdout.starts_with("run 26 is included again"));
    assert_eq!(workspace.series()[0]["excluded"], 0);
    let words = runs(&workspace, &["list", "--limit", "2", "--json"]).code(0).json()["runs"][1]["remarks"].clone();
    let said: Vec<&str> = words.as_array().unwrap().iter().map(|word| word["word"].as_str().unwrap()).collect();
    assert_eq!(said, ["excluded", "included"], "kept for ever");
}

#[test]
fn levels_and_evidence_are_of_the_runs_that_count() {
    // A regression whose numbers must be those of the runs that are left.
    let workspace = with(&[1.0; 2]);
    exclude(&workspace, 3..9);
    let mut last = Value::Null;
    for n in 26..29 {
        last = land(&workspace, n, 1.3);
    }
    let fired = verdict(&last, "latency").unwrap();
    assert_eq!((&fired["verdict"], &fired["n"]), (&json!("regression"), &json!(23)), "{fired}");
    // The evidence names the runs that were compared, and no excluded one.
    let report = workspace.last_report();
    let levels: Vec<&str> = report.lines().filter(|line| line.starts_with("| F") && line.contains("`level ")).collect();
    assert_eq!(levels.len(), 4, "{report}");
    // Before the change and after it; a long list of cells is cut.
    let named: [&[usize]; 2] = [&[0, 1, 2, 9, 10], &[26, 27, 28]];
    for (level, runs) in levels.iter().zip(named.iter().cycle()) {
        assert!(runs.iter().all(|n| level.contains(&bench().path(*n))), "{level}");
        assert!((3..9).all(|n| !level.contains(&bench().path(n))), "{level}");
    }
}

#[test]
fn a_run_is_named_by_number_file_commit_or_host() {
    let workspace = Workspace::new();
    for n in 0..10 {
        let (host, commit) = (["good", "bad"][n / 5], format!("{n}5e1ab{n}"));
        let text = bench().content(n, 1.0);
        let text = text.replacen('{', &format!("{{\"host\": \"{host}\", \"git_commit\": \"{commit}\", "), 1);
        workspace.write(bench().path(n), text);
    }
    workspace.scan();
    let cases: [(&[&str], &[i64]); 6] = [
        (&["2", "1", "2"], &[2, 1]),
        (&["--file", &bench().path(3)], &[4]),
        (&["--commit", "45e1a"], &[5]),
        (&["--host", "bad"], &[10, 9, 8, 7, 6]),
        (&["--host", "good", "--since", "2026-10-01T09:00:00Z"], &[5, 4]),
        (&["--host", "bad", "--since", "2026-10-01", "--until", "2026-10-01T13:00:00Z"], &[7, 6]),
    ];
    for (which, expected) in cases {
        let args = [&["exclude", "--why", "a bad day"], which].concat();
        runs(&workspace, &args).code(0);
        assert_eq!(listed(&workspace, &["--excluded"]), expected, "{which:?}");
        runs(&workspace, &[&["include"], which].concat()).code(0);
        assert_eq!(listed(&workspace, &["--excluded"]), [0_i64; 0], "{which:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let workspace = with(&[]);
    let refused: [(&[&str], i32, &str); 9] = [
        (&["exclude", "77", "--why", "x"], 3, "there is no run 77"),
        (&["exclude", "1", "77", "--why", "x"], 3, "there is no run 77"),
        (&["include", "77"], 3, "there is no run 77"),
        (&["exclude", "1"], 2, "--why"),
        (&["exclude", "1", "--why", "  "], 2, "a reason is wanted"),
        (&["exclude", "--why", "x"], 2, "RUN"),
        (&["exclude", "--why", "x", "--since", "2026-10-01"], 2, "--host"),
        (&["exclude", "--why", "x", "--host", "bench", "--since", "yesterday"], 2, "neither a date nor a time"),
        (&["exclude", "--why", "x", "--file", "reports/none.json"], 3, "no run is like that"),
    ];
    for (args, code, why) in refused {
        let ended = runs(&workspace, args).code(code);
        assert!(ended.stderr.contains(why), "{args:?}: {}", ended.stderr);
    }
    assert_eq!(workspace.count("SELECT count(*) FROM exclusion"), 0);
    // Saying it twice is saying it once.
    exclude(&workspace, 0..1);
    assert!(exclude(&workspace, 0..1).stdout.contains("excluded already"));
    assert_eq!(workspace.count("SELECT count(*) FROM exclusion"), 1);
    let empty = Workspace::new();
    let ended = runs(&empty, &["exclude", "1", "--why", "x"]).code(3);
    assert!(ended.stderr.contains("no index"), "{}", ended.stderr);
}

fn alerts(workspace: &Workspace) -> Value {
    workspace.status()["alerts"].clone()
}

/// The life of an alert: states, who, and why.
fn life(workspace: &Workspace, id: i64) -> Vec<(String, String, String)> {
    let shown = workspace.run(["alerts", "show", &id.to_string(), "--json"]).code(0).json();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap().to_owned();
    shown["life"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (text(step, "to"), text(step, "who"), text(step, "why")))
        .collect()
}

#[test]
fn an_alert_ends_with_the_runs_that_made_it_and_comes_back_with_them_untold() {
    let workspace = with(&[1.3, 1.3, 1.3]);
    assert_eq!((alerts(&workspace), workspace.mails().len()), (json!({ "firing": 2 }), 1));
    let told = exclude(&workspace, 24..27).stdout;
    assert_eq!(told.matches("is resolved now").count(), 2, "{told}");
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
    let (state, who, why) = life(&workspace, 1).pop().unwrap();
    assert_eq!(state, "resolved");
    assert_ne!(who, "judge");
    assert_eq!(why, format!("runs 25, 26 and 27 were excluded by {who}: the host was busy"));

    // What lands now is judged by the good runs, and is no news of an end that people made.
    let scan = land(&workspace, 27, 1.0);
    assert_eq!((kinds(&scan), &scan["mails"]), (vec![], &json!([])));

    let told = include(&workspace, 24..27).stdout;
    assert_eq!(told.matches("is firing now").count(), 2, "{told}");
    assert_eq!(alerts(&workspace), json!({ "firing": 2 }));
    assert!(life(&workspace, 1).pop().unwrap().2.contains("included again by"));
    // Told once is told: further bad runs are no news, and good ones end it as ever.
    assert_eq!(land(&workspace, 28, 1.3)["mails"], json!([]));
    let ends: Vec<Value> = (29..34).map(|n| land(&workspace, n, 1.0)).collect();
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
    let subjects: Vec<&str> = ends
        .iter()
        .flat_map(|scan| scan["mails"].as_array().unwrap())
        .map(|mail| mail["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects.len(), 1, "the end, once: {subjects:?}");
    assert_eq!(workspace.mails().len(), 2);
}

#[test]
fn an_alert_stays_when_other_runs_are_excluded_and_goes_when_too_few_are_left() {
    let workspace = with(&[1.3, 1.3, 1.3, 1.3]);
    exclude(&workspace, 2..4);
    assert_eq!(alerts(&workspace), json!({ "firing": 2 }), "runs from before the change");
    exclude(&workspace, 24..25);
    assert_eq!(alerts(&workspace), json!({ "firing": 2 }), "three bad runs are left");
    exclude(&workspace, 25..26);
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }), "two confirm nothing");
    include(&workspace, 25..26);
    assert_eq!(alerts(&workspace), json!({ "firing": 2 }));
    exclude(&workspace, 25..28);
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
    // Nothing is left to be found by the next runs, and the mails stay one.
    land(&workspace, 28, 1.0);
    assert_eq!((alerts(&workspace), workspace.mails().len()), (json!({ "resolved": 2 }), 1));
}

#[test]
fn a_suspicion_goes_with_the_spike_that_made_it() {
    let workspace = with(&[1.0, 3.0]);
    assert_eq!(alerts(&workspace), json!({ "candidate": 2 }));
    exclude(&workspace, 25..26);
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
    include(&workspace, 25..26);
    assert_eq!(alerts(&workspace), json!({ "candidate": 2 }));
    exclude(&workspace, 25..26);
    // The spike is not the first of three.
    for n in 26..28 {
        land(&workspace, n, 1.3);
    }
    assert_eq!(alerts(&workspace).get("firing"), None, "{}", alerts(&workspace));
    assert!(workspace.mails().is_empty());
}

#[test]
fn the_commits_of_a_shift_are_of_runs_that_count() {
    let workspace = Workspace::new();
    let write = |n: usize, factor: f64| {
        let text = bench().content(n, factor).replacen('{', &format!("{{\"git_commit\": \"c0ffee{n:02}\", "), 1);
        workspace.write(bench().path(n), text);
    };
    (0..24).for_each(|n| write(n, 1.0));
    workspace.scan();
    exclude(&workspace, 23..24);
    let mut last = Value::Null;
    for n in 24..27 {
        write(n, 1.3);
        last = workspace.scan();
    }
    let fired = verdict(&last, "latency").unwrap();
    assert_eq!(fired["began"]["commits"], json!(["c0ffee22", "c0ffee24"]), "{fired}");
    assert_eq!(fired["n"], 26);
}
