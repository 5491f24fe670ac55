//! Every rule of the check on a small report over a small ledger, right and spoilt.

use jiff::Timestamp;

use super::*;
use crate::domain::artifact::ContentHash;
use crate::domain::fact::Source;
use crate::domain::units::Unit;

fn ledger() -> Ledger {
    let mut ledger = Ledger::new();
    let (ms, percent) = (Unit::new("ms"), Unit::new("percent"));
    let mut cell = |name: &str, value: f64, row: u32| {
        let hash = ContentHash::of(b"x");
        ledger.cell(name, value, ms.clone(), "reports/a1.csv", hash, format!("row {row}, column ttft"))
    };
    let before = cell("level before the change of a1 ttft", 12.34, 1);
    let after = cell("level after the change of a1 ttft", 15.5, 2);
    let effect = 100.0 * (15.5 - 12.34) / 12.34;
    let formula = format!("100 * ({after} - {before}) / |{before}|");
    let effect = ledger.derived("effect on a1 ttft", effect, percent.clone(), formula, &[before, after]);
    let formula = format!("judge_low95({effect})");
    ledger.derived("lower end of the effect on a1 ttft", 20.0, percent, formula, &[effect]);
    ledger.count("runs since the change of a1 ttft", 3);
    ledger.count("runs before the change of a1 ttft", 24);
    let cells = Source::Cells { formula: "p95(cells)".into(), cells: Vec::new(), more: 7 };
    ledger.intern("p95 ttft of a1", 16.25, ms.clone(), cells.clone());
    ledger.intern("p99 ttft of a1", 17.5, ms, cells);
    ledger.count("csv artifacts", 29);
    ledger
}

fn known() -> Known {
    let mut known = Known::default();
    ["landing=7", "num_ctx=4096"].into_iter().for_each(|name| known.name(name));
    known.path("reports/a1");
    known.text("timed out after 30 s");
    known.time("2026-03-04T05:06:07Z".parse::<Timestamp>().unwrap());
    known
}

const REPORT: &str = "\
<!-- chimera-insight:report landing=7 -->
# Benchmark report, 2026-03-04 05:06:07 UTC

**`ttft` of `reports/a1` got worse (+25.6 %).** [F3]

## Regressions

- Before 12.34 ms, after 15.5 ms: +25.6 %, likely above +20 %. [F1–F4]
- Seen in 3 runs against 24 runs before with `num_ctx=4096`. [F5, F6]
- Since 2026-03-04 05:06 UTC: timed out after 30 s

1. Before 12.3 ms, a quarter less. [F1]
2. The tail is known from p95 on. [F7]

### CSV Files (29)

| benchmark | metric | unit | p95 | p99 | facts |
| --- | --- | --- | ---: | ---: | --- |
| `a1` | `ttft` | ms | 16.25 | 17.5 | F7, F8 |

| what | n | change | facts |
| --- | ---: | ---: | --- |
| files | 29 | +25.6 % | F3, F9 |

## Appendix

| fact | value | unit | name | source |
| --- | ---: | --- | --- | --- |
";

fn report() -> String {
    let mut report = REPORT.to_owned();
    for (i, fact) in ledger().facts().iter().enumerate() {
        let source = match &fact.source {
            Source::Cell { path, at, hash } => format!("`{path}` `{at}` ({})", hash.short()),
            Source::Derived { formula, .. } => formula.replace('*', "\\*").replace('|', "&#124;"),
            Source::Cells { .. } if i == 7 => "p95(cells) of F7".to_owned(),
            Source::Cells { .. } => "p95(cells): 7 more cells in the index".to_owned(),
            _ => "counted over the index".to_owned(),
        };
        let value = format!("{:.11e}", fact.value).parse::<f64>().unwrap();
        report.push_str(&format!("| {} | {value} | {} | `{}` | {source} |\n", fact.id, fact.unit, fact.name));
    }
    report
}

fn misses(report: &str) -> Vec<Miss> {
    check(report, &ledger(), &known())
}

#[test]
fn a_report_that_holds_has_no_miss() {
    assert_eq!(misses(&report()), []);
}

#[test]
fn whatever_is_spoilt_is_found_in_its_line() {
    for (line, from, to) in [
        (1, "landing=7", "landing=8"),
        (2, "05:06:07", "05:06:08"),
        (4, "+25.6 %", "+25.7 %"),
        (4, "+25.6 %", "-25.6 %"),
        (4, "[F3]", "[F2]"),
        (4, "[F3]", "[F33]"),
        (8, "12.34 ms", "12.33 ms"),
        (8, "12.34 ms", "12 ms"),
        (8, "12.34 ms", "12.34 s"),
        (8, "12.34 ms", "12.34"),
        (8, "12.34 ms, after 15.5", "15.5 ms, after 12.34"),
        (8, "12.34 ms, after 15.5", "15.5 ms, after 15.5"),
        (8, "12.34 ms", "12,34 ms"),
        (8, "12.34 ms", "١٢ ms"),
        (9, "3 runs against 24", "24 runs against 3"),
        (9, "3 runs", "3x runs"),
        (9, "24 runs", "24 ms runs"),
        (9, "num_ctx=4096", "num_ctx=4097"),
        (10, "05:06 UTC", "05:07 UTC"),
        (10, "after 30 s", "after 31 s"),
        (12, "1. Before", "3. Before"),
        (13, "2. The", "1. The"),
        (13, "p95", "p99"),
        (15, "(29)", "(28)"),
        (19, "16.25", "16.26"),
        (19, "16.25 | 17.5", "17.5 | 16.25"),
        (19, "| ms |", "| s |"),
        (19, "`ttft`", "`tbt`"),
        (19, "F7, F8", "F7–F9"),
        (19, "16.25", "16.25 ms/s"),
        (23, "29 |", "2.9 |"),
        (23, "+25.6 %", "25.6 %"),
    ] {
        let text = report();
        let old = text.lines().nth(line - 1).unwrap();
        assert!(old.contains(from), "line {line} is {old:?}");
        let spoilt = text.replacen(old, &old.replacen(from, to, 1), 1);
        let found = misses(&spoilt);
        assert!(found.iter().any(|miss| miss.line == line), "{from} -> {to} in line {line}: {found:#?}");
        assert!(found.iter().all(|miss| miss.line == line || line == 12), "{from} -> {to}: {found:#?}");
    }
}

#[test]
fn the_list_of_facts_must_be_the_ledger() {
    for (from, to) in [
        ("| F1 | 12.34 |", "| F1 | 12.35 |"),
        ("| F1 | 12.34 | ms |", "| F1 | 12.34 | s |"),
        ("`level before the change of a1 ttft`", "`level before the change of a2 ttft`"),
        ("`row 1, column ttft`", "`row 2, column ttft`"),
        ("7 more cells", "8 more cells"),
        ("p95(cells) of F7", "p95(cells) of F6"),
        ("| F9 | 29 | count", "| F9 | 2.9e1 ms | count"),
    ] {
        let text = report();
        assert!(text.contains(from), "{from}");
        let found = misses(&text.replacen(from, to, 1));
        assert!(found.len() == 1 && found[0].fact.is_some(), "{from} -> {to}: {found:#?}");
    }
    let text = report();
    let ninth = text.lines().last().unwrap().to_owned();
    assert_eq!(misses(&text.replace(&format!("{ninth}\n"), ""))[0].why, "the list of facts leaves it out");
    assert_eq!(misses(&format!("{text}{ninth}\n"))[0].why, "the facts are not in order");
}

#[test]
fn a_derived_fact_is_recomputed_from_its_parents() {
    let mut ledger = ledger();
    let (f1, f2) = (FactId(1), FactId(2));
    ledger.derived("sum", 27.84, Unit::new("ms"), "F1 + F2", &[f1, f2]);
    ledger.derived("wrong", 27.85, Unit::new("ms"), "F1 + F2", &[f1, f2]);
    ledger.derived("unlisted", 27.84, Unit::new("ms"), "F1 + F2", &[f1]);
    ledger.derived("words", 27.84, Unit::new("ms"), "more than F1", &[f1]);
    let wrong: Vec<u32> = ledger
        .facts()
        .iter()
        .filter(|fact| appendix::recompute(fact, &ledger).is_some())
        .map(|fact| fact.id.0)
        .collect();
    assert_eq!(wrong, [11, 12, 13]);
}

#[test]
fn a_struck_fact_is_neither_listed_nor_cited() {
    let mut ledger = ledger();
    ledger.strike(FactId(9));
    let text = report();
    let ninth = format!("{}\n", text.lines().last().unwrap());
    let found = check(&text.replace(&ninth, ""), &ledger, &known());
    assert_eq!(found.iter().map(|miss| miss.line).collect::<Vec<_>>(), [15, 23, 23], "{found:#?}");
}

#[test]
fn a_change_of_what_is_measured_in_percent_has_its_own_sign_of_percent() {
    let percent = Unit::new("percent");
    let mut ledger = Ledger::new();
    let mut cell = |value: f64, row: u32| {
        let place = format!("row {row}, column errors");
        ledger.cell("errors of a1", value, percent.clone(), "a1.json", ContentHash::of(b"x"), place)
    };
    let (before, after) = (cell(2.0, 1), cell(2.5, 2));
    let formula = format!("100 * ({after} - {before}) / |{before}|");
    let step = ledger.derived("step of errors of a1", 25.0, percent, formula, &[before, after]);
    let facts: Vec<&Fact> = ledger.facts().iter().collect();
    let columns = table::Columns::read("| metric | unit | before | now | step | facts |");
    let wrong = |row: &str| {
        let mut known = Known::default();
        known.name("errors");
        known.text("percent");
        table::check(&columns, &table::cells(row), &facts, &known).len()
    };
    assert_eq!(step, FactId(3));
    assert_eq!(wrong("| `errors` | percent | 2 | 2.5 | +25 % | F1–F3 |"), 0);
    for row in [
        "| `errors` | percent | 2 % | 2.5 | +25 % | F1–F3 |",
        "| `errors` | percent | 2 | 2.5 % | +25 % | F1–F3 |",
        "| `errors` | percent | 2 | 2.5 | -25 % | F1–F3 |",
        "| `errors` | percent | 2 | 2.5 | +26 % | F1–F3 |",
        "| `errors` | percent | 2 | 2.5 | +2.5 % | F1–F3 |",
        "| `errors` | percent | 2.5 | 2 | +25 % | F1–F3 |",
        "| `errors` | percent | 2 | 2.5 | +25 ms | F1–F3 |",
    ] {
        assert!(wrong(row) > 0, "{row}");
    }
}

#[test]
fn a_computed_whole_number_is_listed_to_its_last_digit() {
    let cells = Source::Cells { formula: "median(cells)".into(), cells: Vec::new(), more: 7 };
    let mut ledger = Ledger::new();
    ledger.intern("free memory", 1_825_197_161_598.0, Unit::new("bytes"), cells);
    let columns = table::Columns::read("| fact | value | unit | name | source |");
    let wrong = |value: &str| {
        let row = format!("| F1 | {value} | bytes | `free memory` | median(cells): 7 more cells in the index |");
        appendix::check(&columns, &table::cells(&row), &ledger.facts()[0], &ledger).len()
    };
    assert_eq!((wrong("1825197161598"), wrong("1825197161600")), (0, 1));
}

#[test]
fn rows_of_names_that_turn_the_reading_order_are_about_them() {
    let mut ledger = Ledger::new();
    let hash = ContentHash::of(b"x");
    let path = "reports/\u{202e}gpj.exe\u{3164}";
    let mut known = Known::default();
    known.path(path);
    ledger.cell(format!("latency of {path} [x]"), 2.5, Unit::new("ms"), path, hash, "row 1, column latency".to_owned());
    let report = |benchmark: &str| {
        format!(
            "# x\n\n| benchmark | metric | unit | value | facts |\n| --- | --- | --- | ---: | --- |\n\
             | `{benchmark}` | `latency` | ms | 2.5 | F1 |\n"
        )
    };
    let found = |benchmark: &str| {
        let misses = check(&report(benchmark), &ledger, &known).into_iter();
        misses.map(|miss| miss.why).filter(|why| !why.contains("the list of facts")).collect::<Vec<_>>()
    };
    assert_eq!(found("reports/\\u{202e}gpj.exe\\u{3164}"), Vec::<String>::new());
    assert_ne!(found("reports/\\u{202e}gif.exe"), Vec::<String>::new());
}
