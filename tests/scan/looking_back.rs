//! Reports after their day: the page that links them, those that have had their time, those that are made anew, and a digest of several.

use std::fs;
use std::path::PathBuf;

use harness::daemon::{Daemon, try_status, wait_for};
use harness::{Bench, Workspace};
use serde_json::json;

fn bench() -> Bench {
    Bench::new("reports/decode/decode")
}

/// A history, and three landings that confirm a regression: four reports.
fn regressed(configuration: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure(configuration);
    bench().history(&workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench().land(&workspace, n, 1.3);
        workspace.scan();
    }
    workspace
}

fn health(workspace: &Workspace) -> String {
    workspace.status()["health"].to_string()
}

fn page(workspace: &Workspace) -> String {
    workspace.read("insight.html")
}

/// The links of the page, as they stand there.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.contains("insight-")).map(str::to_owned).collect()
}

#[test]
fn times_are_shown_in_the_zone_that_is_asked_for_and_hold_when_they_are_checked() {
    let workspace = regressed("[report]\ntime_zone = \"America/St_Johns\"\n");
    let report = workspace.last_report();
    let title = report.lines().find(|line| line.starts_with("# ")).unwrap();
    let mails = workspace.mails();
    assert!(title.ends_with(" -03:30") || title.ends_with(" -02:30"), "{title}");
    assert!(!report.contains(" UTC") && mails.iter().all(|mail| !mail.text.contains(" UTC")), "{report}");
    assert_eq!((health(&workspace), mails.len()), ("[]".to_owned(), 1));
    let listed = workspace.run(["report", "--all"]).code(0).stdout;
    assert!(listed.contains("-03:30") || listed.contains("-02:30"), "{listed}");
    // `verify` knows a time by the day that it was in UTC.
    let path = workspace.beside("own.md");
    fs::write(&path, &report).unwrap();
    let told = workspace.run(["verify", "--json", path.to_str().unwrap()]).json();
    let dated = |claim: &&serde_json::Value| claim["number"].as_str().is_some_and(|text| text.contains(":30"));
    let bad: Vec<_> =
        told["claims"].as_array().unwrap().iter().filter(dated).filter(|c| c["verdict"] != "supported").collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn a_page_links_all_reports_the_newest_first() {
    let workspace = regressed("");
    let names = |paths: Vec<PathBuf>| -> Vec<String> {
        let name =
            |path: PathBuf| path.with_extension("html").strip_prefix(workspace.root()).unwrap().display().to_string();
        paths.into_iter().rev().map(name).collect()
    };
    let mut linked = links(&page(&workspace));
    linked.dedup();
    let pages: Vec<String> = linked.into_iter().filter(|link| link.ends_with(".html")).collect();
    assert_eq!(pages, names(workspace.reports()));
    assert!(page(&workspace).contains("got worse, most of all"), "{}", page(&workspace));
    let before = page(&workspace);
    workspace.scan();
    assert_eq!((page(&workspace), workspace.status()["landings"].clone()), (before, json!(4)), "it is no artifact");
}

#[test]
fn a_page_of_somebody_else_is_left_alone_and_told_of() {
    let workspace = Workspace::new();
    workspace.write("insight.html", "<h1>mine</h1>");
    workspace.write("reports/a.csv", "model,ttft_ms\na,1\nb,2\n");
    workspace.scan();
    assert_eq!(page(&workspace), "<h1>mine</h1>");
    assert!(health(&workspace).contains("insight.html is not ours and is left alone"), "{}", health(&workspace));
    workspace.remove("insight.html");
    workspace.scan();
    assert_eq!((links(&page(&workspace)).is_empty(), health(&workspace)), (false, "[]".to_owned()));
    workspace.configure("[report]\nindex = false\n");
    workspace.remove("insight.html");
    workspace.write("reports/b.csv", "model,ttft_ms\na,1\nb,2\n");
    workspace.scan();
    assert!(!workspace.path("insight.html").exists());
}

#[test]
fn in_one_directory_of_reports_the_page_is_among_them() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path("all")).unwrap();
    workspace.configure("[report]\ndir = \"all\"\n");
    workspace.write("reports/a.csv", "model,ttft_ms\na,1\nb,2\n");
    workspace.scan();
    assert!(
        links(&workspace.read("all/insight.html"))[0].starts_with("insight-")
            && !workspace.path("insight.html").exists()
    );
}

#[test]
fn reports_that_have_had_their_time_go_and_changed_ones_stay() {
    let workspace = regressed("");
    let reports = workspace.reports();
    let edited = format!("{}\nSeen by me.\n", fs::read_to_string(&reports[0]).unwrap());
    fs::write(&reports[0], &edited).unwrap();
    workspace.configure("[report]\nkeep_count = 2\n");
    workspace.scan();
    let there: Vec<bool> = reports.iter().map(|path| path.exists()).collect();
    assert_eq!(there, [true, false, true, true]);
    let pages: Vec<bool> = reports.iter().map(|path| path.with_extension("html").exists()).collect();
    assert_eq!((pages, fs::read_to_string(&reports[0]).unwrap()), (vec![false, false, true, true], edited));
    let stem = reports[1].file_stem().unwrap().to_str().unwrap();
    assert!(!page(&workspace).contains(&format!("{stem}.")), "{}", page(&workspace));
    // Nothing else is lost, and nothing lands because a file has gone.
    let status = workspace.status();
    assert_eq!((&status["landings"], &status["health"], &status["measurements"]), (&json!(4), &json!([]), &json!(54)));
    workspace.run(["report", "2", "--check"]).code(0);
    let gone = workspace.run(["report", "2"]).code(3);
    assert!(gone.stderr.contains("report 2 --render"), "{}", gone.stderr);
    workspace.run(["report", "2", "--path"]).code(3);
    // All the same when only age counts: what is here is younger.
    workspace.configure("[report]\nkeep_age = \"1h\"\n");
    workspace.scan();
    assert!(reports[2].exists() && reports[3].exists());
}

#[test]
fn the_daemon_removes_what_a_killed_one_left_half_removed() {
    let workspace = regressed("");
    let reports = workspace.reports();
    // As if it had died between two files, and before the rows went.
    fs::remove_file(&reports[0]).unwrap();
    workspace.configure("[report]\nkeep_count = 1\n");
    let daemon = Daemon::start(&workspace);
    wait_for("three reports to go", || (!reports[2].exists()).then_some(()));
    wait_for("their pages to go", || (!reports[2].with_extension("html").exists()).then_some(()));
    wait_for("the rows to go", || (workspace.count("SELECT count(*) FROM published") == 2).then_some(()));
    assert!(reports[3].exists() && try_status(&workspace).is_some_and(|status| status["health"] == json!([])));
    daemon.end();
}

#[test]
fn an_old_report_is_made_anew_and_replaces_nothing() {
    let workspace = regressed("");
    let old = &workspace.reports()[1];
    let written = fs::read_to_string(old).unwrap();
    let anew = workspace.run(["report", "2", "--render"]).code(0);
    assert_eq!((anew.stdout, anew.stderr), (written.clone(), String::new()));
    let html = workspace.run(["report", "2", "--render", "--html"]).code(0).stdout;
    assert_eq!(html, fs::read_to_string(old.with_extension("html")).unwrap());
    // Where it was, it is not replaced; where it has gone, it is there again.
    let dir = old.parent().unwrap().to_str().unwrap();
    let refused = workspace.run(["report", "2", "--render", "--into", dir]).code(3);
    assert!(refused.stderr.contains("is left as it is"), "{}", refused.stderr);
    fs::remove_file(old).unwrap();
    fs::remove_file(old.with_extension("html")).unwrap();
    let files = workspace.run(["report", "2", "--render", "--into", dir]).code(0).stdout;
    assert_eq!(
        files.lines().collect::<Vec<_>>(),
        [old.to_str().unwrap(), old.with_extension("html").to_str().unwrap()]
    );
    assert_eq!(fs::read_to_string(old).unwrap(), written);
    workspace.scan();
    assert_eq!(workspace.status()["landings"], 4, "what was made anew is ours");
    // An exclusion came later and counts for nothing in it; what is in the tree no more cannot be told of.
    workspace.run(["runs", "exclude", "--file", &bench().path(3), "--why", "bad host"]).code(0);
    workspace.scan();
    assert_eq!(workspace.run(["report", "1", "--render", "--json"]).code(0).json()["facts_changed"], 0);
    workspace.remove(bench().path(3));
    workspace.scan();
    let told = workspace.run(["report", "1", "--render", "--json"]).code(0);
    assert!(
        told.json()["facts_changed"].as_u64().unwrap() > 0 && told.stderr.contains("the facts are not those"),
        "{}",
        told.stderr
    );
    workspace.run(["report", "99", "--render"]).code(3);
}

#[test]
fn a_digest_tells_what_happened_since() {
    let workspace = regressed("");
    for n in 27..33 {
        bench().land(&workspace, n, 1.0);
        workspace.scan();
    }
    let told = workspace.run(["report", "--since", "1h", "--json"]).code(0).json();
    let numbers = |key: &str| told[key].as_array().unwrap().len();
    assert_eq!((&told["landings"], &told["artifacts"], &told["under_way"]), (&json!(10), &json!(33), &json!(0)));
    assert_eq!((numbers("fired"), numbers("resolved"), numbers("open"), numbers("reports")), (2, 2, 0, 10));
    let text = workspace.run(["report", "--since", "1h"]).code(0).stdout;
    assert!(text.contains("**2 alerts fired; 2 ended, and 0 are open.** 10 landings brought 33 artifacts."), "{text}");
    assert!(text.contains("## Got better"), "{text}");
    let page = workspace.beside("week.html");
    workspace.run(["report", "--since", "1h", "--html", "-o", page.to_str().unwrap()]).code(0);
    assert!(fs::read_to_string(&page).unwrap().contains("2 alerts fired"));
    let refused = workspace.run(["report", "--since", "1h", "--html", "-o", page.to_str().unwrap()]).code(3);
    assert!(refused.stderr.contains("is there already"), "{}", refused.stderr);
    workspace.run(["report", "--since", "1h", "-o", page.to_str().unwrap(), "--force"]).code(0);
    let replaced = fs::read_to_string(&page).unwrap();
    assert!(replaced.contains("**2 alerts fired;") && !replaced.contains("<html"), "{replaced}");
    let none = workspace.run(["report", "--since", "2100-01-01"]).code(0).stdout;
    assert!(none.contains("**Nothing fired; 0 ended, and 0 are open.** 0 landings brought 0 artifacts."), "{none}");
    workspace.run(["report", "--since", "yesterday"]).code(2);
    workspace.run(["report", "3", "--since", "1d"]).code(2);
}
