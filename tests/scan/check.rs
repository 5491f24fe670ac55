//! The check of finished reports, on the reports of real trees (`$CHIMERA_CORPUS`): none of their numbers misses, and none can be
//! changed without being found. Without the variable these tests say so and pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chimera_insight::insight::{Known, Landing, Ledger, check};
use chimera_insight::store::Store;
use harness::{Workspace, copy_tree, files_below};
use serde_json::json;

/// A published report with the facts and the names that it must agree with.
struct Report {
    markdown: String,
    ledger: Ledger,
    known: Known,
}

impl Report {
    /// Scans a copy of a tree of the corpus; `None` when there is no corpus.
    fn of(tree: &str) -> Option<Self> {
        let Some(corpus) = std::env::var_os("CHIMERA_CORPUS") else {
            println!("skipped: CHIMERA_CORPUS is not set");
            return None;
        };
        let workspace = Workspace::new();
        let corpus = PathBuf::from(corpus).join(tree);
        let own = corpus.join("reports").is_dir();
        copy_tree(&corpus, &if own { workspace.root() } else { workspace.path("reports") });
        let told = |path: &&PathBuf| path.to_string_lossy().ends_with(".expected.json");
        files_below(&workspace.root()).iter().filter(told).for_each(|path| std::fs::remove_file(path).unwrap());
        // What is said of agents that were asked in vain is no fact: `tests/agents` has that.
        let mut scan = workspace.command(["scan"]);
        assert!(scan.env("CHIMERA_INSIGHT_AGENTS_BACKEND", "none").output().unwrap().status.success());
        assert_eq!(workspace.status()["health"], json!([]), "the check of the report complains");
        let markdown = workspace.last_report();
        let store = Store::open_read_only(&workspace.state()).unwrap();
        let (ledger, known) = (store.ledger(1).unwrap().unwrap(), known(&store, &markdown));
        Some(Self { markdown, ledger, known })
    }

    /// The lines in which something misses, besides what concerns the report as a whole.
    fn misses(&self, markdown: &str) -> Vec<(usize, String)> {
        check(markdown, &self.ledger, &self.known)
            .into_iter()
            .map(|miss| (miss.line, format!("{}: {}", miss.text, miss.why)))
            .collect()
    }
}

/// What the analyst was told of landing 1.
fn known(store: &Store, markdown: &str) -> Known {
    let title = markdown.lines().nth(1).unwrap();
    let at = title.trim_start_matches("# Benchmark report, ").replacen(' ', "T", 1).replace(" UTC", "Z");
    let landing = Landing {
        id: 1,
        at: at.parse().unwrap(),
        backfill: true,
        new_artifacts: 0,
        runs: 0,
        series: 0,
        measurements: 0,
        verdicts: BTreeMap::new(),
        own: BTreeMap::new(),
    };
    let mut known = Known::new(&landing);
    known.artifacts(&store.artifact_lines(1).unwrap());
    for benchmark in &store.landing_benchmarks(1).unwrap() {
        known.benchmark(&store.benchmark_rows(1, benchmark).unwrap());
    }
    known.verdicts(&store.landing_verdicts(1).unwrap(), &store.alert_lines(1, "").unwrap());
    known
}

/// A number that a line prints: where it stands, with its sign and without its unit.
#[derive(Debug, Clone, Copy)]
struct Spot {
    start: usize,
    end: usize,
}

/// The numbers of a line, in our own words and cells: not those in code spans, citations and the column of facts.
fn spots(line: &str, is_row: bool) -> Vec<Spot> {
    let end = if is_row { line.trim_end_matches(" |").rfind(" | ").unwrap_or(0) } else { line.len() };
    let bytes = line.as_bytes();
    let mut spots = Vec::new();
    let (mut at, mut in_code) = (0, false);
    while at < end {
        match bytes[at] {
            b'`' => in_code = !in_code,
            b'[' if !in_code && line[at..].starts_with("[F") => {
                at += line[at..].find(']').unwrap_or(0);
                continue;
            }
            b'0'..=b'9' if !in_code => {
                let word =
                    line[..at].rfind(|c: char| c.is_whitespace() || c == '(' || c == '*').map_or(0, |space| space + 1);
                let length = line[at..].find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(line.len() - at);
                let number = line[at..at + length].trim_end_matches('.');
                let behind = line[at + number.len()..].chars().next().unwrap_or(' ');
                let before = &line[word..at];
                let stop = at + number.len();
                if matches!(before, "" | "+" | "-")
                    && !behind.is_alphanumeric()
                    && !matches!(behind, '-' | ':' | '_' | '/')
                {
                    spots.push(Spot { start: word.max(at - before.len()), end: stop });
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    spots
}

/// One way to spoil a number; `turn` chooses among several.
type Spoil = fn(&str, &str, usize) -> Option<String>;

/// Another digit in the place of one.
fn digit(number: &str, _: &str, turn: usize) -> Option<String> {
    let places: Vec<usize> = number.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = places[turn % places.len()];
    let other = (number.as_bytes()[at] - b'0' + 1 + (turn / places.len() % 9) as u8) % 10;
    Some(format!("{}{other}{}", &number[..at], &number[at + 1..]))
}

/// One digit less.
fn shorter(number: &str, _: &str, turn: usize) -> Option<String> {
    let places: Vec<usize> = number.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = places[turn % places.len()];
    (places.len() > 1).then(|| format!("{}{}", &number[..at], &number[at + 1..]))
}

/// The decimal point elsewhere.
fn point(number: &str, _: &str, turn: usize) -> Option<String> {
    let digits: String = number.chars().filter(|c| *c != '.').collect();
    let sign = digits.len() - digits.trim_start_matches(['+', '-']).len();
    let own = number.find('.').unwrap_or(digits.len());
    let places: Vec<usize> = (sign + 1..digits.len()).filter(|at| *at != own).collect();
    let at = *places.get(turn % places.len().max(1))?;
    Some(format!("{}.{}", &digits[..at], &digits[at..]))
}

/// The other sign.
fn sign(number: &str, _: &str, _: usize) -> Option<String> {
    Some(match number.strip_prefix('-') {
        Some(size) => size.to_owned(),
        None => format!("-{}", number.trim_start_matches('+')),
    })
}

/// The number with whatever stands behind it, in another unit.
fn unit(number: &str, behind: &str, turn: usize) -> Option<String> {
    let units = ["ms", "tok/s", "%", "s", "GB"];
    let own = behind.split([' ', ',', ';', '|', ')', ':', '.']).find(|word| !word.is_empty()).unwrap_or("");
    let other = units.iter().cycle().skip(turn).find(|unit| **unit != own)?;
    Some(format!("{number} {other}"))
}

/// The report with one number of each of its lines spoilt, and the lines where one was.
fn spoilt(report: &str, spoil: Spoil, turn: usize) -> (String, BTreeMap<usize, String>) {
    let mut out = String::new();
    let mut done = BTreeMap::new();
    let mut title = "";
    for (i, line) in report.lines().enumerate() {
        if line.starts_with("## Appendix") {
            break;
        }
        let (is_row, was_row) = (line.starts_with('|'), title.starts_with('|'));
        let is_title = is_row && !was_row;
        title = if is_row { line } else { "" };
        let marker = line.split_once(". ").filter(|(n, _)| n.parse::<u32>().is_ok()).map_or(0, |(n, _)| n.len() + 2);
        let found: Vec<Spot> = spots(line, is_row)
            .into_iter()
            .filter(|spot| spot.start >= marker && !is_title && !line.starts_with("<!--"))
            .collect();
        let spot = (!found.is_empty()).then(|| found[(turn + i) % found.len()]);
        let new = spot.and_then(|spot| {
            let (number, behind) = (&line[spot.start..spot.end], &line[spot.end..]);
            let new = spoil(number, behind, turn + i)?;
            // A unit takes the place of the one that stands there.
            let own = behind
                .strip_prefix(' ')
                .map_or(0, |rest| rest.find([' ', ',', ';', '|', ')', ':']).unwrap_or(rest.len()) + 1);
            let cut = if new.contains(' ') && !behind.starts_with(" |") { own } else { 0 };
            Some(format!("{}{new}{}", &line[..spot.start], &behind[cut..]))
        });
        if let Some(new) = new.filter(|new| new != line) {
            done.insert(i + 1, format!("{line} -> {new}"));
            out.push_str(&new);
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    (out, done)
}

/// Two neighbouring numbers of a line in each other's place.
fn swapped(report: &str, turn: usize) -> (String, BTreeMap<usize, String>) {
    let mut out = String::new();
    let mut done = BTreeMap::new();
    let body = report.split("## Appendix").next().unwrap();
    for (i, line) in body.lines().enumerate() {
        let marker = line.split_once(". ").filter(|(n, _)| n.parse::<u32>().is_ok()).map_or(0, |(n, _)| n.len() + 2);
        let found: Vec<Spot> =
            spots(line, line.starts_with('|')).into_iter().filter(|spot| spot.start >= marker).collect();
        let pairs: Vec<(Spot, Spot)> = found.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let pair = (!pairs.is_empty()).then(|| pairs[(turn + i) % pairs.len()]);
        match pair.filter(|(a, b)| line[a.start..a.end] != line[b.start..b.end]) {
            Some((a, b)) => {
                let new = format!(
                    "{}{}{}{}{}",
                    &line[..a.start],
                    &line[b.start..b.end],
                    &line[a.end..b.start],
                    &line[a.start..a.end],
                    &line[b.end..]
                );
                done.insert(i + 1, format!("{line} -> {new}"));
                out.push_str(&new);
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    (out, done)
}

/// How many of the spoilt lines were found, and those that were not.
fn found(report: &Report, (spoilt, done): (String, BTreeMap<usize, String>)) -> (usize, Vec<String>) {
    let misses: BTreeMap<usize, String> = report.misses(&spoilt).into_iter().collect();
    let (caught, lost): (Vec<_>, Vec<_>) = done.into_iter().partition(|(line, _)| misses.contains_key(line));
    (caught.len(), lost.into_iter().map(|(line, what)| format!("line {line}: {what}")).collect())
}

const TURNS: usize = 8;

/// All mutations of a report's numbers are found; of exchanges those that names or an order give away.
fn withstands(tree: &str, least: usize, exchanges: f64) {
    let Some(report) = Report::of(tree) else { return };
    assert_eq!(report.misses(&report.markdown), []);
    let kinds: [(&str, Spoil); 5] =
        [("digit", digit), ("shorter", shorter), ("point", point), ("sign", sign), ("unit", unit)];
    let mut all = 0;
    for (kind, spoil) in kinds {
        let mut caught = 0;
        for turn in 0..TURNS {
            let (here, lost) = found(&report, spoilt(&report.markdown, spoil, turn));
            assert_eq!(lost, Vec::<String>::new(), "{kind} in {tree}");
            caught += here;
        }
        println!("{tree}: {kind}: all of {caught} found");
        all += caught;
    }
    assert!(all >= least, "{all} mutations are too few");
    let (mut caught, mut lost) = (0, Vec::new());
    for turn in 0..TURNS {
        let (here, missed) = found(&report, swapped(&report.markdown, turn));
        caught += here;
        lost.extend(missed);
    }
    let share = caught as f64 / (caught + lost.len()).max(1) as f64;
    println!("{tree}: exchanges: {caught} of {} found", caught + lost.len());
    assert!(share >= exchanges, "{share}: {:#?}", &lost[..lost.len().min(20)]);
}

#[test]
fn no_number_of_the_teams_report_can_be_changed() {
    withstands("banterhearts", 3000, 0.9);
}

#[test]
fn no_number_of_a_report_on_many_formats_can_be_changed() {
    withstands("formats", 3000, 0.9);
}

/// Only for its own numbers is a report well: not for those of another landing.
#[test]
fn a_report_does_not_agree_with_other_facts() {
    let Some(report) = Report::of("banterhearts") else { return };
    let body = report.markdown.split("## Appendix").next().unwrap();
    let found = check(body, &Ledger::new(), &report.known);
    assert!(found.len() > 500, "{}", found.len());
}

/// Names and messages that look like numbers, citations, tables and markup are only names and messages.
#[test]
fn foreign_text_of_any_kind_is_no_miss() {
    let workspace = Workspace::new();
    let names = [
        "a|b`c 12",
        "x [F1] 3",
        "<b>4</b>",
        "٣٤ مدل",
        "v1.2_3*7*",
        "\"\"quoted 7\"\"",
        "back\\slash 8",
        "&amp;9 &#57;",
        "(10)",
        "µ 12 %",
        "13. item",
        "- 14",
        "| 15 |",
        "# 16",
        "`17`",
        "``18",
        "\u{202e}20",
        "--21",
        "22 ms",
        "5e3",
        "−7",
    ];
    let mut csv = "model,num_ctx,case 3|x,latency (m³),ttft_s,tokens_per_second,p95_latency_ms,error\n".to_owned();
    for (i, name) in names.iter().enumerate() {
        for ctx in [1024, 2048, 4096] {
            let error = format!("\"failed: 127.0.0.1:80{i:02} \"\"after\"\" {i} tries [F{i}] | `x`\"");
            let error = if (i + ctx) % 5 == 0 { error } else { String::new() };
            let (ttft, speed) = (0.1 + i as f64 / 7.0, 80.5 - i as f64 / 3.0);
            csv.push_str(&format!("\"{name}\",{ctx},q{i}|`{ctx}`,{i}.25,{ttft},{speed},{},{error}\n", 3 * i));
        }
    }
    workspace.write("csv_data/hostile_20250101-000000.csv", csv);
    let odd = r#"{"results":[{"name":"n|1","ttft_ms":12.5,"tps":7},{"name":"n`2","ttft_ms":1e-9,"tps":1e17}]}"#;
    workspace.write("reports/dir 2|3/x`9`.json", odd);
    workspace.write("reports/broken 7.json", [0_u8, 1, 2]);
    workspace.scan();
    assert_eq!(workspace.status()["health"], json!([]));
    let report = workspace.last_report();
    assert!(!report.contains("withheld") && report.contains("2&#124;3"), "{report}");
}
