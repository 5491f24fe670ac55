//! What a report says, and that each number in it can be traced.

use std::collections::{BTreeMap, BTreeSet};

use harness::{Bench, Format, Workspace, copy_tree};

use crate::tools::{section, titles, without_times};

const SWEEP: &str = "model,num_ctx,num_gpu,ttft_s,load_s,tokens_per_second,error\n\
    tiny,1024,60,0.120,0.5,80.5,\ntiny,2048,60,0.140,0.5,78.5,\ntiny,4096,60,0.310,,55.25,\ntiny,1024,80,,,,timeout\n";

/// A tree with a sweep, a growing history, a latency without a tail, and a report that a person wrote.
fn lay_out(workspace: &Workspace) {
    workspace.write("csv_data/sweep_20261001-060000.csv", SWEEP);
    Bench::new("reports/decode/decode").history(workspace, 0..12);
    Bench::new("reports/decode/decode").written_as(Format::Markdown).history(workspace, 0..2);
    workspace.write("artifacts/notes.md", "# Notes\n\nAll is well.\n");
    workspace.write("reports/broken.json", [0_u8, 1, 2]);
}

fn report() -> String {
    let workspace = Workspace::new();
    lay_out(&workspace);
    workspace.scan();
    workspace.last_report()
}

/// Facts of the appendix: what is said of each.
fn appendix(report: &str) -> BTreeMap<u32, Vec<String>> {
    let table = section(report, "Appendix").expect("an appendix");
    let row = |line: &str| {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let id = cells.first()?.strip_prefix('F')?.parse().ok()?;
        Some((id, cells))
    };
    let facts: BTreeMap<u32, Vec<String>> = table.lines().filter_map(row).collect();
    assert!(!facts.is_empty(), "{table}");
    facts
}

/// Every fact that is cited: `[F1, F3–F5]` in prose, `F1, F3–F5` in the last column of a table.
fn cited(report: &str) -> BTreeSet<u32> {
    let text = report.split("\n## Appendix").next().unwrap();
    let mut cited = BTreeSet::new();
    for line in text.lines() {
        let bracketed = line.rfind(" [F").map(|at| line[at + 2..].split(']').next().unwrap());
        let last_cell = line.strip_suffix(" |").and_then(|row| row.rsplit(" | ").next());
        for list in [bracketed, last_cell].into_iter().flatten().filter(|list| list.starts_with('F')) {
            for range in list.split(", ") {
                let id = |text: &str| text.trim_start_matches('F').parse::<u32>().ok();
                let (first, last) = range.split_once('–').unwrap_or((range, range));
                if let (Some(first), Some(last)) = (id(first), id(last)) {
                    cited.extend(first..=last);
                }
            }
        }
    }
    assert!(cited.len() > 20, "{cited:?}");
    cited
}

#[test]
fn every_citation_leads_to_a_fact_and_every_fact_is_cited() {
    let report = report();
    let (facts, cited) = (appendix(&report), cited(&report));
    let known: BTreeSet<u32> = facts.keys().copied().collect();
    assert_eq!(cited.difference(&known).collect::<Vec<_>>(), Vec::<&u32>::new(), "cited, and not there");
    for (id, cells) in &facts {
        let [_, value, _, name, source] = cells.as_slice() else { panic!("{cells:?}") };
        assert!(value.parse::<f64>().is_ok() && !name.is_empty() && !source.is_empty(), "F{id}: {cells:?}");
    }
}

#[test]
fn findings_and_recommendations_each_cite_a_fact() {
    let report = report();
    for title in ["Findings", "Recommendations"] {
        let statements: Vec<&str> =
            section(&report, title).expect(title).lines().filter(|line| line.contains(". ")).collect();
        assert!(!statements.is_empty(), "{title}");
        for statement in statements {
            assert!(statement.contains(" [F") && statement.ends_with(']'), "{statement}");
        }
    }
}

#[test]
fn a_fact_of_a_cell_is_the_number_in_that_cell() {
    let report = report();
    let fact = appendix(&report)
        .into_values()
        .find(|cells| cells[3].starts_with("`ttft of") && cells[3].contains("num_ctx=4096"))
        .expect("a fact about the largest context");
    assert_eq!((fact[1].as_str(), fact[2].as_str()), ("0.31", "s"));
    assert!(fact[4].contains("`csv_data/sweep_20261001-060000.csv` `row 3, column ttft_s`"), "{fact:?}");
}

#[test]
fn the_inventory_counts_types_and_directories() {
    let report = report();
    let inventory = section(&report, "Data inventory").unwrap();
    assert!(inventory.contains("Total files analyzed: 17"), "{inventory}");
    for heading in ["### CSV Files (1)", "### JSON Files (13)", "### Markdown Files (3)"] {
        assert!(inventory.contains(heading), "{heading} in {inventory}");
    }
    assert!(inventory.contains("- `csv_data/sweep_20261001-060000.csv`"), "{inventory}");
    assert!(inventory.contains("... and 8 more"), "{inventory}");
    assert!(inventory.contains("latest modified"), "{inventory}");
    let row =
        |name: &str| inventory.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_default();
    assert!(row("reports/decode").starts_with("| `reports/decode` |  | 12 | 2 | 14 |"), "{}", row("reports/decode"));
    assert!(row("csv_data").starts_with("| `csv_data` | 1 |  |  | 1 |"), "{}", row("csv_data"));
}

#[test]
fn the_numbers_are_told_by_model_and_configuration() {
    let report = report();
    let numbers = section(&report, "The numbers by model and configuration").unwrap();
    let sweep = numbers.split("### `tiny`").nth(1).expect("the model of the sweep");
    let row = sweep.lines().find(|line| line.contains("num_ctx=4096") && line.contains("`ttft`")).unwrap();
    assert!(row.contains("| s |") && row.contains("| 0.31 |"), "{row}");
    assert!(numbers.contains("### `tiny-1b`"), "{numbers}");
}

#[test]
fn the_best_and_the_worst_of_a_sweep_are_told_with_their_difference() {
    let report = report();
    let sweep = section(&report, "Sweeps").expect("a sweep");
    assert!(sweep.contains("### `sweep`"), "{sweep}");
    let row =
        |metric: &str| sweep.lines().find(|line| line.starts_with(&format!("| `{metric}` |"))).unwrap().to_owned();
    let throughput = row("tokens_per_second");
    for told in ["num_ctx=1024", "80.5 tok/s", "num_ctx=4096", "55.25 tok/s", "+25.25 tok/s", "+45.7 %"] {
        assert!(throughput.contains(told), "{told} in {throughput}");
    }
    let ttft = row("ttft");
    assert!(ttft.contains("lower") && ttft.contains("| 0.12 s |") && ttft.contains("| 0.31 s |"), "{ttft}");
    assert!(ttft.contains("-0.19 s") && ttft.contains("-61.3 %"), "{ttft}");
}

#[test]
fn what_is_missing_is_told() {
    let report = report();
    let missing = section(&report, "Missing telemetry").unwrap();
    assert!(missing.contains("tail") && missing.contains("`tiny`"), "{missing}");
    let line = |what: &str| missing.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap_or_default();
    let errors = section(&report, "Contradictions and errors").unwrap();
    let timeout = errors.lines().find(|line| line.starts_with("| timeout |")).unwrap_or_default();
    assert!(timeout.contains("`csv_data/sweep_20261001-060000.csv`"), "{errors}");
    assert!(line("empty cells").contains("load_s"), "{missing}");
    assert!(report.contains("reports/broken.json"), "files that cannot be read are named");
}

#[test]
fn two_copies_of_a_tree_give_byte_identical_reports() {
    let (first, second) = (Workspace::new(), Workspace::new());
    lay_out(&first);
    copy_tree(&first.root(), &second.root());
    first.scan();
    second.scan();
    for ending in ["md", "html"] {
        let text = |workspace: &Workspace| {
            let report = workspace.reports().pop().unwrap().with_extension(ending);
            without_times(&std::fs::read_to_string(report).unwrap())
        };
        assert_eq!(text(&first), text(&second));
    }
}

#[test]
fn the_html_says_the_same_and_holds_no_foreign_markup() {
    let workspace = Workspace::new();
    workspace.write("reports/<img src=x onerror=alert(1)>.csv", "model,latency_ms\n<script>alert(2)</script>,10.5\n");
    workspace.write(
        "reports/odd.csv",
        "model,latency_ms,error\n[click](javascript:alert(3)),1.5,\nb|c`d\n*e*,2.5,<b>no</b>\n",
    );
    workspace.scan();
    let html = std::fs::read_to_string(workspace.reports().pop().unwrap().with_extension("html")).unwrap();
    for tag in ["<img", "<script", "<b>", "href=\"javascript:"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
    assert!(html.contains("10.5") && html.contains("Data inventory"), "{html}");
}

#[test]
fn a_report_stands_in_the_deepest_directory_of_what_it_is_about() {
    let workspace = Workspace::new();
    let (decode, encode) = (Bench::new("reports/a/decode/decode"), Bench::new("reports/a/encode/encode"));
    decode.history(&workspace, 0..24);
    encode.history(&workspace, 0..24);
    workspace.scan();
    let standing = |workspace: &Workspace| workspace.reports().pop().unwrap().parent().unwrap().to_owned();
    assert_eq!(standing(&workspace), workspace.path("reports/a"));
    decode.land(&workspace, 24, 1.0);
    workspace.scan();
    assert_eq!(standing(&workspace), workspace.path("reports/a/decode"));
    workspace.write("csv_data/one.csv", SWEEP);
    encode.land(&workspace, 24, 1.0);
    workspace.scan();
    assert_eq!(standing(&workspace), workspace.root());
    // What regressed decides, not what else arrived.
    for n in 25..28 {
        decode.land(&workspace, n, 1.0);
        encode.land(&workspace, n, 1.3);
        workspace.scan();
    }
    assert_eq!(standing(&workspace), workspace.path("reports/a/encode"));
}

#[test]
fn all_reports_can_have_one_place() {
    let workspace = Workspace::new();
    workspace.configure("[report]\ndir = \"insights\"\nhtml = false\n");
    std::fs::create_dir(workspace.path("insights")).unwrap();
    Bench::new("reports/decode/decode").land(&workspace, 0, 1.0);
    let scan = workspace.scan();
    let report = workspace.reports().remove(0);
    assert_eq!(report.parent().unwrap(), workspace.path("insights"));
    assert_eq!(scan["reports"][0], report.display().to_string());
    assert!(!report.with_extension("html").exists());
}

#[test]
fn where_a_report_cannot_be_written_it_goes_to_the_state_directory() {
    let workspace = Workspace::new();
    workspace.configure("[report]\ndir = \"occupied/reports\"\n");
    workspace.write("occupied", "a file where a directory should be");
    Bench::new("reports/decode/decode").land(&workspace, 0, 1.0);
    let scan = workspace.scan();
    let report = workspace.reports().remove(0);
    assert!(report.starts_with(workspace.state()), "{}", report.display());
    assert_eq!(scan["reports"][0], report.display().to_string());
    let health = workspace.status()["health"].to_string();
    assert!(health.contains("occupied"), "{health}");
    // It mends itself when the place does.
    workspace.remove("occupied");
    std::fs::create_dir_all(workspace.path("occupied/reports")).unwrap();
    Bench::new("reports/decode/decode").land(&workspace, 1, 1.0);
    workspace.scan();
    assert!(workspace.reports()[1].starts_with(workspace.path("occupied/reports")));
    assert_eq!(workspace.status()["health"], serde_json::json!([]));
}

#[test]
fn the_sections_stand_in_their_order() {
    let report = report();
    let expected = [
        "Findings",
        "Recommendations",
        "Data inventory",
        "The numbers by model and configuration",
        "Sweeps",
        "Missing telemetry",
        "Appendix",
    ];
    let places: Vec<Option<usize>> =
        expected.iter().map(|title| titles(&report).iter().position(|known| known.starts_with(title))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} of {:?}", titles(&report));
}

#[test]
fn a_median_of_samples_names_all_its_cells() {
    let workspace = Workspace::new();
    workspace.write("reports/loops.json", "{\"bench\": \"x\", \"times_ms\": [1.0, 8.0, 4.0, 16.0]}");
    workspace.write("csv_data/rows.csv", "model,ttft_ms\ntiny,10\ntiny,30\nlarge,70\ntiny,25\n");
    workspace.scan();
    let report = workspace.last_report();
    let facts = appendix(&report);
    let stands = |value: &str, source: &str| {
        let found = facts.values().any(|fact| fact[1] == value && fact[4].contains(source));
        assert!(found, "{value} from {source} in {facts:#?}");
    };
    stands("4", "count(cells): `reports/loops.json` `$.times_ms[0–3]`");
    stands("6", "p50(cells) of F");
    stands("25", "p50(cells): `csv_data/rows.csv` `row 1–2, 4, column ttft_ms`");
    stands("70", "`csv_data/rows.csv` `row 3, column ttft_ms`");
    assert!(
        !facts.values().any(|fact| fact[1] == "25" && fact[4].starts_with("`csv_data")),
        "25 stands in no cell alone"
    );
}

#[test]
fn a_cell_that_is_no_number_is_told_apart_from_an_empty_one() {
    let workspace = Workspace::new();
    workspace.write("csv_data/rows.csv", "model,ttft_ms,load_ms\na,10,NaN\nb,,5\nc,30,inf\n");
    workspace.scan();
    let report = workspace.last_report();
    for sentence in ["hold 1 empty cell in 1 place.", "hold 2 cells without a number in 1 place."] {
        assert!(section(&report, "Findings").unwrap().contains(sentence), "{sentence} in {report}");
    }
    let advice = section(&report, "Recommendations").unwrap();
    assert!(advice.contains("Fill what is empty") && advice.contains("neither a number nor empty"), "{advice}");
    assert_eq!(advice.matches("Fill what is empty").count(), 1, "{advice}");
}
