//! The first page on the team's real tree (`$CHIMERA_CORPUS/banterhearts`): does it answer what a performance engineer asks of that data?
//! What the answers are, these tests work out of the files themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use harness::{Workspace, copy_tree};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let found = std::env::var_os("CHIMERA_CORPUS").map(|dir| PathBuf::from(dir).join("banterhearts"));
    if found.is_none() {
        println!("skipped: CHIMERA_CORPUS is not set");
    }
    found
}

/// The numbered items of a section of the first page.
fn items(report: &str, title: &str) -> Vec<String> {
    let from = report.split(&format!("\n## {title}\n")).nth(1).unwrap_or_else(|| panic!("no section {title}"));
    let text = from.split("\n## ").next().unwrap();
    let is_item = |line: &&str| line.split_once(". ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
    text.lines().filter(is_item).map(str::to_owned).collect()
}

fn the_one_with<'a>(items: &'a [String], words: &[&str]) -> &'a str {
    let found = items.iter().find(|item| words.iter().all(|word| item.contains(word)));
    found.unwrap_or_else(|| panic!("nothing with {words:?} in {items:#?}"))
}

/// A column of a CSV file without quoted commas, by its name.
fn column(path: &Path, name: &str) -> Vec<f64> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let titles: Vec<&str> = lines.next().unwrap().split(',').collect();
    let from_end = titles.len() - titles.iter().position(|title| *title == name).unwrap();
    // Prompts may hold commas; numbers stand behind them.
    let cell = |line: &str| line.rsplit(',').nth(from_end - 1)?.parse().ok();
    lines.filter_map(cell).collect()
}

/// Tokens per second by the name of the configuration.
fn by_setting(path: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(path).unwrap();
    let values = text.lines().skip(1).filter_map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        Some((cells.get(3)?.to_string(), cells.get(5)?.parse().ok()?))
    });
    values.collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// To three significant digits, as text.
fn three(value: f64) -> String {
    let digits = (2 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[test]
fn the_first_page_answers_what_an_engineer_would_ask() {
    let Some(corpus) = corpus() else { return };
    let workspace = Workspace::new();
    copy_tree(&corpus, &workspace.root());
    workspace.scan();
    let report = workspace.last_report();
    let findings = items(&report, "Findings");
    let advice = items(&report, "Recommendations");
    assert!(findings.len() <= 10 && !advice.is_empty(), "{findings:#?}");
    assert!(!report.contains("withheld"), "the check took something out");
    for item in findings.iter().chain(&advice) {
        assert!(item.contains(" [F"), "no facts are cited: {item}");
    }
    fastest(&corpus, &findings);
    back_ends(&corpus, &findings);
    wait(&findings);
    missing(&findings);
    // What to measure next: how often, and what would decide.
    let decisive = advice.iter().filter(|item| item.contains("Run ") || item.contains("run "));
    assert!(decisive.count() >= 2, "{advice:#?}");
}

/// Which model and configuration is fastest, by how much, and how sure.
fn fastest(corpus: &Path, findings: &[String]) {
    let gemma = corpus.join("reports/gemma3");
    let sweeps =
        [("gemma3:270m", "gemma3_270m"), ("gemma3:1b-it-qat", "gemma3_1b-it-qat"), ("gemma3:latest", "gemma3")];
    let measured = sweeps.map(|(model, stem)| (model, by_setting(&gemma.join(format!("{stem}_param_tuning.csv")))));
    // Like with like: the settings under which all of them gave a result.
    let shared = |setting: &String| measured.iter().all(|(_, values)| values.contains_key(setting));
    let mut levels: Vec<(f64, &str)> = measured
        .iter()
        .map(|(model, values)| {
            (median(values.iter().filter(|(setting, _)| shared(setting)).map(|(_, value)| *value).collect()), *model)
        })
        .collect();
    levels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let item = the_one_with(findings, &["fastest", &format!("`{}`", levels[0].1)]);
    let said = [three(levels[0].0), three(levels[0].0 - levels[1].0), levels[1].1.to_owned()];
    assert!(said.iter().all(|said| item.contains(said.as_str())), "{said:?}: {item}");
    assert!(item.contains("confidence"), "how sure: {item}");
    let best = column(&gemma.join("gemma3_270m_param_tuning.csv"), "tokens_s").into_iter().fold(0.0, f64::max);
    assert!(item.contains(&format!("{} tok/s", three(best))), "{best}: {item}");
}

/// Which back end to compile with: the one that wins most often on each device.
fn back_ends(corpus: &Path, findings: &[String]) {
    let mut wins: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for entry in fs::read_dir(corpus.join("reports/compilation")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let device = file["model"]["device"].as_str().unwrap().to_owned();
        // What could not be compiled fell back to something else, whatever time stands there.
        let compiled = |one: &Value| one["compilation"]["success"] != false;
        let mean = |one: &Value| one["benchmark"]["mean_time_ms"].as_f64().filter(|_| compiled(one));
        let times = file["backends"].as_object().unwrap().iter().filter_map(|(name, one)| Some((mean(one)?, name)));
        let (_, winner) = times.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        *wins.entry(device).or_default().entry(winner.clone()).or_default() += 1;
    }
    assert_eq!(wins.len(), 2, "{wins:?}");
    let item = the_one_with(findings, &["`backend`", "`time`"]);
    for (device, winners) in &wins {
        let (winner, n) = winners.iter().max_by_key(|(_, n)| **n).unwrap();
        let all: u32 = winners.values().sum();
        let said = format!("`{winner}` where `device={device}` (best in {n} of {all}");
        assert!(item.contains(&said), "{said}: {item}");
    }
}

/// What the wait is made of, and what cold starts cost.
fn wait(findings: &[String]) {
    let item = the_one_with(findings, &["`ttft`", "`load`", "%"]);
    assert!(item.contains("warm"), "{item}");
    the_one_with(findings, &["cold starts", "`ttft`"]);
}

/// What is missing: tails, repetitions.
fn missing(findings: &[String]) {
    let item = the_one_with(findings, &["missing", "p99"]);
    assert!(item.contains("only once"), "{item}");
}
