//! From history to alert and mail: what fires, and above all what does not.

use harness::{Bench, Workspace};
use serde_json::{Value, json};

use crate::tools::{kinds, section, titles, verdict};

/// A workspace with two dozen runs that are indexed.
fn with_history(bench: &Bench) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure("[mail]\nto = [\"a@example.org\", \"Team B <b@example.org>\"]\n");
    bench.history(&workspace, 0..24);
    workspace.scan();
    workspace
}

fn bench() -> Bench {
    Bench::new("reports/decode/decode")
}

/// Scans after each of `factors`, from run 24 on.
fn scans(workspace: &Workspace, factors: &[f64]) -> Vec<Value> {
    let land = |(n, factor): (usize, &f64)| {
        bench().land(workspace, 24 + n, *factor);
        workspace.scan()
    };
    factors.iter().enumerate().map(land).collect()
}

fn alerts(workspace: &Workspace) -> Value {
    workspace.status()["alerts"].clone()
}

#[test]
fn history_makes_one_report_and_no_mail() {
    let workspace = with_history(&bench());
    assert_eq!(workspace.status()["landings"], 1);
    assert_eq!(workspace.reports().len(), 1);
    assert!(workspace.mails().is_empty());
    assert!(workspace.last_report().contains("Baseline taken."));
}

#[test]
fn a_regression_in_the_history_is_judged_but_mails_nobody() {
    let workspace = Workspace::new();
    bench().history(&workspace, 0..24);
    for n in 24..30 {
        bench().land(&workspace, n, 1.3);
    }
    let scan = workspace.run(["scan", "--json", "--fail-on", "regression"]).code(1).json();
    assert_eq!(kinds(&scan), ["regression", "regression"]);
    assert_eq!(scan["mails"], json!([]));
    assert!(workspace.mails().is_empty());
    assert_eq!(workspace.count("SELECT count(*) FROM outbox"), 0);
    // Nor do the next runs: those that are no worse are no news, and whoever was told of no regression is told of no end.
    for (n, factor) in [(30, 1.3), (31, 1.0), (32, 1.0), (33, 1.0), (34, 1.0)] {
        bench().land(&workspace, n, factor);
        assert_eq!(workspace.scan()["mails"], json!([]), "run {n}");
    }
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
}

#[test]
fn three_slower_runs_are_a_candidate_then_an_alert_and_one_mail_each() {
    let workspace = with_history(&bench());
    let scans = scans(&workspace, &[1.3, 1.3, 1.3]);
    for scan in &scans[..2] {
        assert_eq!(kinds(scan), ["candidate", "candidate"]);
        assert_eq!(scan["mails"], json!([]));
    }
    let fired = verdict(&scans[2], "latency").unwrap();
    assert_eq!(fired["verdict"], "regression");
    assert_eq!(fired["change_at"], bench().time(24).to_string());
    assert_eq!(fired["series"]["benchmark"], "reports/decode/decode");
    let number = |key: &str| fired[key].as_f64().unwrap();
    assert!((118.0..122.0).contains(&number("before")) && (150.0..160.0).contains(&number("after")), "{fired}");
    assert!((0.27..0.33).contains(&number("effect")), "{fired}");
    let began = &fired["began"];
    assert_eq!((&began["first"], &began["last"]), (&fired["change_at"], &fired["change_at"]), "{fired}");
    assert_eq!(began["runs"], json!([24, 24]));
    let difference = [fired["difference"][0].as_f64().unwrap(), fired["difference"][1].as_f64().unwrap()];
    assert!(difference[0] > 30.0 && difference[1] < 42.0, "{fired}");
    assert!(fired["run_length"].as_f64().unwrap() > 5000.0, "{fired}");
    let interval = [fired["interval"][0].as_f64().unwrap(), fired["interval"][1].as_f64().unwrap()];
    assert!(interval[0] < number("effect") && number("effect") < interval[1] && interval[0] > 0.2, "{fired}");
    assert_eq!(scans[2]["mails"].as_array().unwrap().len(), 2, "one for each recipient");
    assert_eq!(alerts(&workspace), json!({ "firing": 2 }));
    assert_eq!(workspace.mails().len(), 2);

    let reports = workspace.reports();
    assert_eq!(reports.len(), 4, "one a landing");
    let first = std::fs::read_to_string(&reports[1]).unwrap();
    assert!(section(&first, "Watching, not confirmed").unwrap().contains("`reports/decode/decode`"), "{first}");
    assert!(section(&first, "Regressions").is_none());
    let last = workspace.last_report();
    assert_eq!(titles(&last)[0], "Regressions", "on top");
    assert!(section(&last, "Regressions").unwrap().contains("`latency` of `reports/decode/decode`"));
    // A further slow run is no further news.
    bench().land(&workspace, 27, 1.3);
    assert_eq!(workspace.scan()["mails"], json!([]));
    assert_eq!(workspace.mails().len(), 2);
}

#[test]
fn the_mail_says_before_after_effect_interval_since_and_why() {
    let workspace = with_history(&bench());
    let last = scans(&workspace, &[1.3, 1.3, 1.3]).pop().unwrap();
    let fired = verdict(&last, "latency").unwrap();
    let mails = workspace.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.header("To")).collect();
    assert_eq!(to, ["\"Team B\" <b@example.org>", "a@example.org"]);
    let mail = &mails[0];
    assert!(mail.subject().starts_with("[chimera] "), "{}", mail.subject());
    assert!(mail.subject().contains("2 regressions") && mail.subject().contains("latency +"), "{}", mail.subject());
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    // Sentences round to three significant digits.
    let rounded = |key: &str| format!("{:.0} ms", fired[key].as_f64().unwrap());
    let since = bench().time(24).strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let why = "Seen in 3 runs against 24 runs before";
    let percent = format!("+{:.1} %", fired["effect"].as_f64().unwrap() * 100.0);
    let low = format!("{:.1} %", fired["interval"][0].as_f64().unwrap() * 100.0);
    let report = workspace.reports().pop().unwrap().display().to_string();
    for part in [&mail.text, &mail.html] {
        for told in [&rounded("before"), &rounded("after"), &percent, &low, &since, why, &report] {
            assert!(part.contains(told), "{told} in {part}");
        }
    }
    assert!(mail.html.contains("<h2 ") && !mail.html.contains("###"), "{}", mail.html);
    assert!(mail.text.contains("### `latency`"), "{}", mail.text);
    assert_ne!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}

#[test]
fn the_commands_that_the_mail_tells_take_silence_and_accept_the_alert() {
    let workspace = with_history(&bench());
    scans(&workspace, &[1.3, 1.3, 1.3]);
    let text = workspace.mails().remove(0).text;
    let told: Vec<&str> = text.split('`').filter(|quoted| quoted.starts_with("chimera-insight ")).collect();
    let [group, first, second] = told.as_slice() else { panic!("one for both, and one for each: {text}") };
    let run = |command: &str| workspace.run(command.split(' ').skip(1));
    // What the mail says to write in place of the verb.
    let instead = |command: &str, verb: &str| {
        let own = text.split('`').find(|quoted| quoted.starts_with("ack ") && command.contains(quoted)).unwrap();
        let other = format!("{verb}{}", own.trim_start_matches("ack"));
        let written =
            text.split('`').find(|quoted| *quoted == other || quoted.starts_with(&format!("{other} "))).unwrap();
        run(&command.replacen(own, written, 1))
    };
    run(first).code(0);
    assert_eq!(alerts(&workspace), json!({ "acknowledged": 1, "firing": 1 }));
    instead(second, "silence").code(0);
    assert_eq!(alerts(&workspace), json!({ "acknowledged": 1, "silenced": 1 }));
    run(group).code(0);
    assert_eq!(alerts(&workspace), json!({ "acknowledged": 2 }));
    let refused = run(second).code(3);
    assert!(refused.stderr.contains("acknowledged already"), "{}", refused.stderr);
    instead(first, "accept").code(0);
    assert_eq!(alerts(&workspace), json!({ "acknowledged": 1, "resolved": 1 }));
    let refused = workspace.run(["alerts", "ack", "77"]).code(3);
    assert!(refused.stderr.contains("there is no alert 77"), "{}", refused.stderr);
}

#[test]
fn names_out_of_the_data_cannot_write_html_into_the_mail() {
    let bench = Bench::new("reports/<script>alert(1)<\u{2215}script><b>x/x");
    let workspace = Workspace::new();
    bench.history(&workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench.land(&workspace, n, 1.3);
        workspace.scan();
    }
    let mails = workspace.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].html.contains("&lt;script&gt;"), "{}", mails[0].html);
    for tag in ["<script", "<b>"] {
        assert!(!mails[0].html.contains(tag), "{tag} in {}", mails[0].html);
    }
}

#[test]
fn a_single_spike_mails_nobody() {
    let workspace = with_history(&bench());
    let scans = scans(&workspace, &[1.3, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(kinds(&scans[0]), ["candidate", "candidate"]);
    assert_eq!(kinds(&scans[4]), Vec::<&str>::new());
    assert!(workspace.mails().is_empty());
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }), "the candidates have gone");
}

#[test]
fn spikes_that_alternate_with_good_runs_mail_nobody() {
    let workspace = with_history(&bench());
    scans(&workspace, &[1.4, 1.0, 1.4, 1.0, 1.4, 1.0]);
    assert!(workspace.mails().is_empty());
}

#[test]
fn runs_within_the_noise_give_nothing() {
    let workspace = with_history(&bench());
    for scan in scans(&workspace, &[1.0, 1.005, 0.995, 1.01, 0.99, 1.0]) {
        assert_eq!(kinds(&scan), Vec::<&str>::new(), "{scan:#}");
    }
    assert!(workspace.mails().is_empty());
}

#[test]
fn three_better_runs_are_an_improvement_and_mail_nobody() {
    let workspace = with_history(&bench());
    let scans = scans(&workspace, &[0.7, 0.7, 0.7]);
    assert_eq!(kinds(&scans[2]), ["improvement", "improvement"]);
    assert!(workspace.mails().is_empty());
    assert_eq!(alerts(&workspace), json!({}));
    let report = workspace.last_report();
    assert!(section(&report, "Improvements").is_some(), "{:?}", titles(&report));
    assert!(section(&report, "Regressions").is_none());
}

#[test]
fn a_change_in_one_metric_is_told_of_that_metric_alone() {
    let workspace = with_history(&bench());
    for n in 24..27 {
        let (latency, throughput) = bench().values(n, 1.0);
        let slower = bench().content(n, 1.0).replace(&latency.to_string(), &(latency * 1.3).to_string());
        assert!(slower.contains(&throughput.to_string()));
        workspace.write(bench().path(n), slower);
        let scan = workspace.scan();
        assert!(verdict(&scan, "latency").is_some());
        assert!(verdict(&scan, "tokens_per_second").is_none());
    }
    let mails = workspace.mails();
    assert!(mails[0].subject().contains("Regression in decode: latency +29.9 %"), "{}", mails[0].subject());
    assert!(!mails[0].text.contains("tokens_per_second"));
}

#[test]
fn three_slower_runs_that_land_at_once_fire() {
    let workspace = with_history(&bench());
    for n in 24..27 {
        bench().land(&workspace, n, 1.3);
    }
    let scan = workspace.scan();
    assert_eq!(kinds(&scan), ["regression", "regression"]);
    assert_eq!(workspace.mails().len(), 2);
}

#[test]
fn fewer_than_six_runs_are_insufficient_evidence() {
    let workspace = Workspace::new();
    bench().history(&workspace, 0..4);
    workspace.scan();
    bench().land(&workspace, 4, 2.0);
    let scan = workspace.scan();
    assert_eq!(kinds(&scan), ["insufficient_evidence"; 2], "{scan:#}");
    assert!(workspace.mails().is_empty());
    assert!(section(&workspace.last_report(), "Regressions").is_none());
}

#[test]
fn a_regression_that_goes_away_is_closed_in_the_same_thread() {
    let workspace = with_history(&bench());
    scans(&workspace, &[1.3, 1.3, 1.3, 1.0, 1.0, 1.0]);
    assert_eq!(alerts(&workspace), json!({ "resolved": 2 }));
    let mails = workspace.mails();
    assert_eq!(mails.len(), 4, "two told of it, two close it");
    let (opened, closed): (Vec<_>, Vec<_>) = mails.iter().partition(|mail| !mail.subject().contains("Resolved"));
    assert_eq!((opened.len(), closed.len()), (2, 2));
    for note in closed {
        let first = opened.iter().find(|mail| mail.header("To") == note.header("To")).unwrap();
        assert_eq!(note.header("In-Reply-To"), first.header("Message-ID"));
        assert!(note.header("References").contains(first.header("Message-ID")));
    }
}

#[test]
fn fail_on_says_what_the_newest_runs_hold() {
    let workspace = with_history(&bench());
    let scan = |what: &str| workspace.run(["scan", "--fail-on", what]);
    scan("candidate").code(0);
    bench().land(&workspace, 24, 0.7);
    scan("candidate").code(0);
    bench().land(&workspace, 25, 1.0);
    scan("candidate").code(0);
    bench().land(&workspace, 26, 1.3);
    scan("candidate").code(1);
    bench().land(&workspace, 27, 1.3);
    scan("regression").code(0);
    bench().land(&workspace, 28, 1.3);
    scan("regression").code(1);
    let refused = scan("nothing").code(2);
    assert!(refused.stderr.contains("--fail-on"), "{}", refused.stderr);
}

#[test]
fn where_nothing_can_be_judged_the_report_says_so() {
    let workspace = Workspace::new();
    bench().history(&workspace, 0..4);
    workspace.scan();
    assert!(workspace.last_report().contains("The history is still too short to judge any series."));
    bench().land(&workspace, 4, 2.0);
    workspace.scan();
    let report = workspace.last_report();
    assert!(report.contains("Too little history to judge what arrived."), "{report}");
    assert!(report.contains("Verdicts: insufficient evidence 2"), "{report}");
}

#[test]
fn an_alert_that_grew_is_not_called_new_again() {
    let workspace = Workspace::new();
    // News of a thread would wait for some minutes.
    workspace.configure("[mail]\nupdate_gap = \"0s\"\n");
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3)));
    workspace.scan();
    (27..31).for_each(|n| drop(bench.land(&workspace, n, 1.8)));
    workspace.scan();
    let mut mails = workspace.mails();
    mails.sort_by_key(|mail| !mail.header("In-Reply-To").is_empty());
    let told: Vec<bool> = mails.iter().map(|mail| mail.text.contains(", new, open since ")).collect();
    assert_eq!(told, [true, false], "{mails:#?}");
}

#[test]
fn who_joins_when_an_alert_grows_is_told_of_it_as_new_and_of_no_other_in_its_group() {
    let workspace = Workspace::new();
    workspace.configure("[mail]\nto = [\"a@example.org\"]\nupdate_gap = \"0s\"\n");
    let bench = Bench::new("reports/decode/decode");
    bench.history(&workspace, 0..24);
    workspace.scan();
    (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3)));
    workspace.scan();
    let first = workspace.mails().remove(0);
    assert!(first.text.contains("Take them all with `chimera-insight alerts ack 1 2"), "{}", first.text);
    workspace.configure("[mail]\nto = [\"a@example.org\", \"b@example.org\"]\nupdate_gap = \"0s\"\n");
    (27..31).for_each(|n| drop(bench.land(&workspace, n, 1.8)));
    workspace.scan();
    let mails = workspace.mails();
    let to = |who: &str| mails.iter().filter(|mail| mail.header("To").contains(who)).collect::<Vec<_>>();
    let ([_, _], [joined]) = (&to("a@")[..], &to("b@")[..]) else { panic!("{mails:#?}") };
    assert!(joined.text.contains(", open since ") && !joined.text.contains("further news"), "{}", joined.text);
    assert_eq!(joined.header("In-Reply-To"), "", "there is no thread for it yet");
    assert_eq!(joined.header("X-Chimera-State"), first.header("X-Chimera-State"));
    assert!(mails.iter().all(|mail| !mail.text.contains("--group")), "a group may hold what a reader knows nothing of");
}

#[test]
fn another_directory_of_a_known_name_is_history_too() {
    let workspace = Workspace::new();
    for (place, level) in [("first/reports/decode/decode", 1.0), ("second/reports/decode/decode", 2.0)] {
        let bench = Bench::new(place);
        (0..24).for_each(|n| drop(bench.land(&workspace, n, level)));
        (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3 * level)));
    }
    for place in ["first", "second"] {
        workspace.configure(&format!("roots = [\"{}\"]\n", workspace.path(place).join("reports").display()));
        let scan = workspace.scan();
        assert_eq!((&scan["new_artifacts"], &scan["mails"]), (&json!(27), &json!([])), "{place}");
    }
}
