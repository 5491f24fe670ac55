//! Measures `verify` on recorded answers of language models whose claims a reader has labelled, and prints the table of `docs/verify.md`.
//!
//! ```sh
//! CHIMERA_CORPUS=/path/to/corpus cargo run --example verify_table                          # the figures
//! CHIMERA_CORPUS=/path/to/corpus cargo run --example verify_table -- --list odd            # what differs, of the odd records
//! CHIMERA_CORPUS=/path/to/corpus cargo run --example verify_table -- --into docs/verify.md # written where they belong
//! ```
//!
//! `--labels FILE --calls FILE` measure another set of the same form.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use harness::{Ended, Workspace, copy_tree};
use serde_json::Value;

/// What stands before and after the table in the document.
const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- end of figures -->\n";

/// Labels that hold for the prompt and not for the index, because the two differ: the record (empty: any), the number and why. Counted
/// apart.
const APART: &[(&str, &str, &str)] = &[
    ("", "441517", BYTES),
    ("", "441,517", BYTES),
    ("", "425", "the files have 391 lines that begin as headings, 345 of them outside of code"),
    (
        "f5d2320672f2",
        "15.502165",
        "the index has a mean of 15.502165 ms, `run_results[0].mean_ms`, which the prompt did not show",
    ),
    (
        "f5d2320672f2",
        "15.5",
        "the index has a mean of 15.511 ms, `timing_stats.overall_mean_ms`, which the prompt did not show",
    ),
];

const BYTES: &str = "the prompt's files had other line ends: the index has 429472 bytes";

struct Arguments {
    labels: PathBuf,
    calls: PathBuf,
    list: Option<String>,
    into: Option<String>,
}

fn arguments(corpus: &std::path::Path) -> Arguments {
    let replay = corpus.join("llm-replay");
    let mut found =
        Arguments { labels: replay.join("claims.json"), calls: replay.join("calls.jsonl"), list: None, into: None };
    let mut all = std::env::args().skip(1);
    while let Some(name) = all.next() {
        let value = all.next().expect("each argument has a value");
        match name.as_str() {
            "--labels" => found.labels = value.into(),
            "--calls" => found.calls = value.into(),
            "--list" => found.list = Some(value),
            "--into" => found.into = Some(value),
            _ => panic!("usage: verify_table [--labels FILE] [--calls FILE] [--list odd|even|all] [--into FILE]"),
        }
    }
    found
}

fn main() {
    let corpus = PathBuf::from(std::env::var_os("CHIMERA_CORPUS").expect("CHIMERA_CORPUS names the corpus"));
    let arguments = arguments(&corpus);
    let full = Workspace::new();
    for dir in ["reports", "csv_data"] {
        copy_tree(&corpus.join("banterhearts").join(dir), &full.path(dir));
    }
    let empty = Workspace::new();
    for workspace in [&full, &empty] {
        let scanned = program(workspace, &["scan", "--json"]);
        assert_eq!(scanned.code, Some(0), "{scanned:?}");
    }
    let labels: Value = serde_json::from_str(&fs::read_to_string(&arguments.labels).expect("labels")).expect("JSON");
    let calls = fs::read_to_string(&arguments.calls).expect("calls");
    let answers: BTreeMap<String, String> = calls.lines().map(answer).collect();
    let mut scores = Scores::default();
    for (position, record) in labels["records"].as_array().expect("records").iter().enumerate() {
        let id = record["id"].as_str().expect("an id");
        let is_full = record["files_truth"]["total"] == 101;
        let workspace = if is_full { &full } else { &empty };
        let text = &answers[id];
        let claims = verified(workspace, text);
        let half = if position % 2 == 0 { "odd" } else { "even" };
        for label in placed(text, record["claims"].as_array().expect("claims")) {
            let list = arguments.list.as_deref().is_some_and(|which| which == half || which == "all");
            scores.take(half, is_full, id, &label, &claims, list);
        }
    }
    match arguments.into {
        None => print!("{}", scores.table()),
        Some(file) => {
            let old = fs::read_to_string(&file).expect("a document");
            let (before, rest) = old.split_once(BEGIN).expect("a place where the figures begin");
            let (_, after) = rest.split_once(END).expect("a place where they end");
            fs::write(&file, format!("{before}{BEGIN}\n{}\n{END}{after}", scores.table()))
                .expect("a document to write to");
        }
    }
}

fn answer(line: &str) -> (String, String) {
    let call: Value = serde_json::from_str(line).expect("a call a line");
    let text = |name: &str| call[name].as_str().expect("text").to_owned();
    (text("id"), text("response"))
}

/// Runs the program that was built beside this example.
fn program(workspace: &Workspace, arguments: &[&str]) -> Ended {
    let here = std::env::current_exe().expect("an example has a file");
    let built = here.ancestors().nth(2).expect("it lies below the build").join("chimera-insight");
    Ended::of(Command::new(built).args(arguments).current_dir(workspace.root()))
}

/// What `verify` says to a text.
fn verified(workspace: &Workspace, text: &str) -> Vec<Value> {
    let file = workspace.beside("answer.md");
    fs::write(&file, text).expect("a file can be written");
    let ended = program(workspace, &["verify", file.to_str().expect("a plain name"), "--json"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    ended.json()["claims"].as_array().expect("claims").clone()
}

/// A label, and where its number stands in the text, in Unicode scalar values.
struct Label<'a> {
    label: &'a Value,
    at: Option<usize>,
}

/// Letters, digits and signs of a text without Markdown's marks and blanks, each with its place.
fn bare(text: &str) -> Vec<(char, usize)> {
    let counts = |c: char| !c.is_whitespace() && !matches!(c, '*' | '_' | '`' | '#');
    text.chars().enumerate().filter(|(_, c)| counts(*c)).map(|(at, c)| (c, at)).collect()
}

/// Finds the number of each label within its quote; labels come in the order of the text.
fn placed<'a>(text: &str, labels: &'a [Value]) -> Vec<Label<'a>> {
    let whole = bare(text);
    let find = |needle: &[char], from: usize, to: usize| -> Vec<usize> {
        let part = whole.get(from..to.min(whole.len())).unwrap_or(&[]);
        part.windows(needle.len().max(1))
            .enumerate()
            .filter(|(_, window)| window.iter().map(|(c, _)| c).eq(needle))
            .map(|(at, _)| from + at)
            .collect()
    };
    let chars = |text: &str| bare(text).into_iter().map(|(c, _)| c).collect::<Vec<_>>();
    let mut last = 0;
    let mut found = Vec::new();
    for label in labels {
        let quote = chars(label["quote"].as_str().expect("a quote"));
        let number = chars(label["date_text"].as_str().or(label["number"].as_str()).expect("a number"));
        let in_quote = |at: &usize| find(&number, *at, at + quote.len());
        let is_alone = |at: &usize| {
            let digit = |at: Option<usize>| at.and_then(|at| whole.get(at)).is_some_and(|(c, _)| c.is_ascii_digit());
            !digit(at.checked_sub(1)) && !digit(Some(at + number.len()))
        };
        let mut places: Vec<usize> = find(&quote, 0, whole.len()).iter().flat_map(in_quote).filter(is_alone).collect();
        places.sort_unstable();
        let place = places.iter().find(|at| **at > last).or(places.first()).copied();
        last = place.unwrap_or(last);
        found.push(Label { label, at: place.and_then(|at| whole.get(at)).map(|(_, at)| *at) });
    }
    found
}

/// How many labels of a sort there are, and how many of them `verify` flagged.
#[derive(Default, Clone, Copy)]
struct Tally {
    labels: usize,
    flagged: usize,
    unread: usize,
}

#[derive(Default)]
struct Scores {
    /// By half and sort of claim, then whether the label is a bad one.
    tallies: BTreeMap<(String, bool), Tally>,
    apart: Vec<String>,
}

impl Scores {
    fn take(&mut self, half: &str, is_full: bool, id: &str, label: &Label<'_>, claims: &[Value], list: bool) {
        let text = |name: &str| label.label[name].as_str().unwrap_or("");
        let is_bad = matches!(text("verdict"), "UNSUPPORTED" | "CONTRADICTED");
        let covers = |claim: &&Value, at: usize| {
            let offset = |name: &str| claim[name].as_u64().unwrap_or(0) as usize;
            (offset("start")..offset("end")).contains(&at)
        };
        let claim = label.at.and_then(|at| claims.iter().find(|claim| covers(claim, at)));
        let verdict = claim.map_or("not read", |claim| claim["verdict"].as_str().expect("a verdict"));
        let flagged = matches!(verdict, "contradicted" | "unsupported");
        let said = format!("{id} {} `{}`: {verdict}: {}", text("verdict"), text("number"), text("quote"));
        let reason = claim.and_then(|claim| claim["reason"].as_str()).unwrap_or("");
        if let Some((_, why)) = APART
            .iter()
            .find(|(record, number, _)| {
                id.starts_with(record)
                    && text("number") == *number
                    && is_full
                    && !text("quote").contains("Markdown (425)")
            })
            .map(|(_, number, why)| (number, why))
        {
            self.apart.push(format!("{id} `{}` in \"{}\": {why}", text("number"), text("quote")));
            return;
        }
        let sort = match (is_full, label.label["laundered"] == true, text("kind")) {
            (_, true, _) => "laundered",
            (_, _, "report_date_or_date") => "dates",
            (false, ..) => "of no files",
            (true, ..) => "of 101 files",
        };
        if list && flagged != is_bad && (sort == "of 101 files" || sort == "of no files") {
            println!(
                "{sort}: {said}\n    {reason}\n    {}",
                claim.map_or(String::new(), |claim| claim["fact"].to_string())
            );
        }
        let tally = self.tallies.entry((format!("{sort}, {half} records"), is_bad)).or_default();
        tally.labels += 1;
        tally.flagged += usize::from(flagged);
        tally.unread += usize::from(claim.is_none());
    }

    fn table(&self) -> String {
        let mut out = String::from(
            "| claims | unsupported or contradicted | found | supported or derived | flagged | not read as claims |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
        );
        let mut sorts: Vec<&String> = self.tallies.keys().map(|(sort, _)| sort).collect();
        sorts.dedup();
        for sort in sorts {
            let of = |is_bad| self.tallies.get(&(sort.clone(), is_bad)).copied().unwrap_or_default();
            let (bad, good) = (of(true), of(false));
            out.push_str(&format!(
                "| {sort} | {} | {} | {} | {} | {} |\n",
                bad.labels,
                part(bad),
                good.labels,
                part(good),
                bad.unread + good.unread
            ));
        }
        if !self.apart.is_empty() {
            out.push_str("\nCounted apart, because the index says something else than the prompt did:\n\n");
            self.apart.iter().for_each(|line| out.push_str(&format!("- {line}\n")));
        }
        out
    }
}

fn part(tally: Tally) -> String {
    if tally.labels == 0 {
        return "0".into();
    }
    format!("{} ({:.1} %)", tally.flagged, 100.0 * tally.flagged as f64 / tally.labels as f64)
}
