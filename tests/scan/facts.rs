//! Every number of a report is a fact, and every fact can be found again: in the fixtures of all formats, and in the real trees of
//! `$CHIMERA_CORPUS` (which are not part of the repository; without the variable these tests say so and pass).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chimera_insight::artifact::cell::Cells;
use chimera_insight::artifact::{self, Outcome};
use chimera_insight::domain::artifact::RelPath;
use harness::{Workspace, files_below};
use serde_json::{Value, json};

/// Text of a file that is looked at. Bytes.
const LONGEST: u64 = 64 << 20;

/// The files of the fixtures, without what `explain` says of them.
fn fixtures() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    files_below(&dir).into_iter().filter(|file| !file.to_string_lossy().ends_with(".explain.txt")).collect()
}

/// The files of a tree of the corpus; `None` where there is none.
fn corpus(name: &str) -> Option<Vec<PathBuf>> {
    let Some(dir) = std::env::var_os("CHIMERA_CORPUS") else {
        println!("skipped: CHIMERA_CORPUS is not set");
        return None;
    };
    let files = files_below(&Path::new(&dir).join(name));
    Some(files.into_iter().filter(|file| !file.to_string_lossy().ends_with(".expected.json")).collect())
}

/// How many of the numbers that are read from these files stand where their locators say; and the others.
fn found_again(files: &[PathBuf]) -> (usize, BTreeMap<String, String>) {
    let (mut found, mut lost) = (0, BTreeMap::new());
    for file in files {
        let path = RelPath::from_path(&Path::new("reports").join(file.file_name().unwrap()));
        let bytes = fs::read(file).unwrap();
        let outcome = artifact::read(&path, &mut bytes.as_slice(), &artifact::Settings::default()).unwrap();
        let Outcome::Parsed(parsed) = outcome else { continue };
        if parsed.readings.is_empty() {
            continue;
        }
        let cells = Cells::read(&mut File::open(file).unwrap(), LONGEST).unwrap();
        for reading in &parsed.readings {
            let at = reading.at.to_string();
            let told = match cells.at(&at) {
                Ok(there) if there.holds(reading.value, &reading.unit) => {
                    found += 1;
                    continue;
                }
                Ok(there) => format!("{there:?}"),
                Err(why) => why.to_string(),
            };
            lost.insert(format!("{}: {at}", file.display()), format!("{} {}: {told}", reading.value, reading.unit));
        }
    }
    (found, lost)
}

#[track_caller]
fn all_are_found_again(files: &[PathBuf], least: usize) {
    let (found, lost) = found_again(files);
    println!("{found} numbers found again, {} not", lost.len());
    let some: Vec<String> = lost.iter().map(|(at, why)| format!("{at}: {why}")).collect();
    assert!(lost.is_empty(), "{} of {} are not where they should be:\n{}", lost.len(), found, some.join("\n"));
    assert!(found >= least, "only {found}");
}

#[test]
fn every_number_of_the_fixtures_stands_where_its_locator_says() {
    all_are_found_again(&fixtures(), 1000);
}

#[test]
fn every_number_of_the_real_trees_stands_where_its_locator_says() {
    for (name, least) in [("banterhearts", 2000), ("formats", 30_000)] {
        if let Some(files) = corpus(name) {
            all_are_found_again(&files, least);
        }
    }
}

/// A tree with these files below `reports/`, scanned; and what it says of its facts, checked.
fn checked(files: &[PathBuf], base: &Path) -> (Workspace, Value) {
    let workspace = Workspace::new();
    for file in files {
        let rel = file.strip_prefix(base).unwrap();
        let usual = ["reports", "csv_data", "artifacts"].iter().any(|root| rel.starts_with(root));
        workspace.write(if usual { rel.to_owned() } else { Path::new("reports").join(rel) }, fs::read(file).unwrap());
    }
    workspace.scan();
    let facts = workspace.run(["report", "--check", "--json"]).json();
    (workspace, facts)
}

/// The numbers of the facts that a text cites: `[F7, F9–F11]`.
fn cited(markdown: &str) -> BTreeSet<usize> {
    let mut cited = BTreeSet::new();
    for bracket in markdown.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(inner, _)| inner) {
        let numbers = |part: &str| -> Option<(usize, usize)> {
            let one = |text: &str| text.trim().strip_prefix('F')?.parse().ok();
            match part.split_once('–') {
                Some((first, last)) => Some((one(first)?, one(last)?)),
                None => one(part).map(|n| (n, n)),
            }
        };
        let parts: Option<Vec<(usize, usize)>> = bracket.split(',').map(numbers).collect();
        cited.extend(parts.into_iter().flatten().flat_map(|(first, last)| first..=last));
    }
    cited
}

#[track_caller]
fn every_number_resolves(files: &[PathBuf], base: &Path) {
    let (workspace, told) = checked(files, base);
    let facts = told["facts"].as_array().unwrap();
    let check = &told["check"];
    println!("{} facts: {check:#}", facts.len());
    assert_eq!((&check["holds"], &check["failed"], &check["changed"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!((&check["unread"], &check["beyond"]), (&json!(0), &json!(0)));
    let markdown = workspace.last_report();
    let (body, appendix) = markdown.split_once("\n| F1 |").unwrap();
    let cited = cited(body);
    assert!(cited.len() > 50 && cited.last().is_some_and(|last| *last <= facts.len()), "{cited:?}");
    let number = |line: &str| line.strip_prefix("| F")?.split_once(" |")?.0.parse::<usize>().ok();
    let listed: BTreeSet<usize> = appendix.lines().filter_map(number).chain([1]).collect();
    let unlisted: Vec<&usize> = cited.difference(&listed).collect();
    assert!(unlisted.is_empty(), "cited, and not in the last table: {unlisted:?}");
    for (i, fact) in facts.iter().enumerate() {
        assert_eq!(fact["id"], format!("F{}", i + 1));
    }
}

#[test]
fn every_number_in_the_report_on_the_fixtures_resolves() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    every_number_resolves(&fixtures(), &base);
}

#[test]
fn every_number_in_the_reports_on_the_real_trees_resolves() {
    for name in ["banterhearts", "formats"] {
        let Some(files) = corpus(name) else { return };
        every_number_resolves(&files, &PathBuf::from(std::env::var_os("CHIMERA_CORPUS").unwrap()).join(name));
    }
}

const CSV: &str = "model,tokens_per_second,ttft_s\na,10,0.5\nb,20,0.25\nc,30,0.125\n";

#[test]
fn a_report_is_printed_listed_and_told_by_its_facts() {
    let workspace = Workspace::new();
    workspace.run(["report"]).code(3);
    workspace.write("reports/bench.csv", CSV);
    workspace.scan();
    assert_eq!(workspace.run(["report"]).code(0).stdout, workspace.last_report());
    assert_eq!(workspace.run(["report", "1"]).code(0).stdout, workspace.last_report());
    let facts = workspace.run(["report", "--json"]).code(0).json();
    let cell = facts["facts"].as_array().unwrap().iter().find(|fact| fact["source"]["kind"] == "cell").unwrap();
    assert_eq!((&cell["source"]["path"], &facts["landing"]), (&json!("reports/bench.csv"), &json!(1)));
    let text = workspace.run(["report", "1", "--facts"]).code(0).stdout;
    assert!(text.contains(facts["hash"].as_str().unwrap()) && text.contains("reports/bench.csv, row "), "{text}");
    assert!(!text.contains('\u{1b}'));
    let all = workspace.run(["report", "--all", "--json"]).code(0).json();
    assert_eq!(all["reports"][0]["report"], workspace.reports()[0].display().to_string());
    assert_eq!(all["reports"][0]["artifacts"], 1);
    assert!(workspace.run(["report", "9"]).code(3).stderr.contains("no landing 9"));
    workspace.run(["report", "--all", "--facts"]).code(2);
}

#[test]
fn equal_trees_have_equal_facts_and_the_facts_outlive_the_files() {
    let scanned = || {
        let workspace = Workspace::new();
        workspace.write("reports/bench.csv", CSV);
        workspace.scan();
        workspace
    };
    let (one, other) = (scanned(), scanned());
    let facts = |workspace: &Workspace| {
        let all = workspace.run(["report", "--json"]).code(0).json()["facts"].clone();
        let is_measured = |fact: &&Value| fact["name"].as_str().unwrap().starts_with("seconds spent on");
        let facts: Vec<Value> = all.as_array().unwrap().iter().filter(|fact| !is_measured(fact)).cloned().collect();
        facts
    };
    assert_eq!(facts(&one), facts(&other));
    assert!(one.run(["report", "--check"]).code(0).stdout.contains("are cells that hold the number"));
    one.write("reports/bench.csv", CSV.replace("30", "31"));
    fs::remove_file(&one.reports()[0]).unwrap();
    let check = one.run(["report", "--check", "--json"]).code(0).json()["check"].clone();
    assert_eq!(check["changed"], json!([{ "path": "reports/bench.csv", "why": "has changed since" }]));
    assert!(check["unread"].as_u64().unwrap() > 0);
    assert!(one.run(["report"]).code(3).stderr.contains("report 1 --facts"));
    assert_eq!(facts(&one), facts(&other));
}
