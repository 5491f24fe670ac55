//! What may be claimed: sentences that say what no fact says are dropped, and honest ones pass, with what their numbers are.

use serde_json::json;

use super::fixture::stands;
use crate::dialogue::Shown;
use crate::dialogue::gate::{Advice, collector};
use crate::domain::artifact::ContentHash;
use crate::domain::fact::FactId;
use crate::domain::units::Unit;
use crate::insight::{Ledger, Span};

const NAMES: &[&str] = &[
    "reports/serve/bench",
    "model=alpha-7b",
    "latency_p95",
    "ttft",
    "throughput",
    "alpha-7b",
    "beta-13b",
    "accuracy",
    "gamma",
    "onnx",
    "42 % faster",
    "no regressions were found",
    "1000 tok/s",
    "2025-01-01",
    "3 of 3 runs failed",
];

/// A benchmark in which one model got slower, as the analyst names its facts.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new();
    let mut row = 0;
    let mut cell = |ledger: &mut Ledger, name: &str, value: f64, unit: &str| {
        row += 1;
        ledger.cell(
            name,
            value,
            Unit::new(unit),
            "reports/serve/bench.csv",
            ContentHash::of(b"x"),
            format!("row {row}"),
        )
    };
    ledger.count("series that regressed", 3);
    let of = |metric: &str| format!("the change of reports/serve/bench [model=alpha-7b] {metric}");
    for (metric, before, after) in
        [("latency_p95 (ms)", 200.0, 260.0), ("ttft (ms)", 50.0, 64.0), ("throughput (tok/s)", 100.0, 77.0)]
    {
        let unit = if metric.contains("tok") { "tok/s" } else { "ms" };
        let old = cell(&mut ledger, &format!("level before {}", of(metric)), before, unit);
        let new = cell(&mut ledger, &format!("level after {}", of(metric)), after, unit);
        let name = format!("effect on reports/serve/bench [model=alpha-7b] {metric}");
        let formula = format!("100 * ({new} - {old}) / |{old}|");
        ledger.derived(name, 100.0 * (after - before) / before, Unit::new("percent"), formula, &[new, old]);
    }
    for (metric, unit, values) in [
        ("throughput", "tok/s", [76.5, 50.1, 30.5]),
        ("ttft", "ms", [64.6, 100.5, 150.5]),
        ("accuracy", "", [0.8, 0.85, 0.7]),
    ] {
        for (model, value) in ["alpha-7b", "beta-13b", "gamma"].iter().zip(values) {
            cell(&mut ledger, &format!("p50 {metric} of {model} in reports/serve/bench"), value, unit);
        }
    }
    let name = "throughput of alpha-7b in reports/serve/bench over throughput of beta-13b in reports/serve/bench";
    let (a, b) = (FactId(11), FactId(12));
    ledger.derived(format!("lead in {name}"), 76.5 - 50.1, Unit::new("tok/s"), format!("{a} - {b}"), &[a, b]);
    let formula = format!("100 * ({a} - {b}) / |{b}|");
    ledger.derived(
        format!("relative lead in {name}"),
        100.0 * (76.5 - 50.1) / 50.1,
        Unit::new("percent"),
        formula,
        &[a, b],
    );
    ledger.count("values of throughput of alpha-7b in reports/serve/bench", 3);
    ledger.count("artifacts of this landing", 24);
    ledger.count("series with the verdict steady", 5);
    ledger.count("models and benchmarks without a p99", 2);
    ledger.setting("confidence", 95.0, Unit::new("percent"));
    cell(&mut ledger, "p95 throughput of alpha-7b in reports/serve/bench", 101.0, "tok/s");
    ledger.count("measurements that ended in an error", 4);
    cell(&mut ledger, "noise of reports/serve/bench [model=alpha-7b] throughput (tok/s)", 0.6, "tok/s");
    ledger.count("series of this landing", 8);
    ledger
}

fn shown() -> Shown {
    let facts = ledger().facts().iter().map(|fact| fact.id).collect();
    Shown { facts, names: NAMES.iter().map(|name| (*name).to_owned()).collect(), left_out: 0 }
}

/// A sentence with ids for the facts that it calls by short names, and what it refers to.
fn filled(text: &str) -> (String, Vec<String>) {
    let (text, refs) = text.split_once(" | ").unwrap_or((text, ""));
    let ids = [
        ("REG", 1),
        ("LB", 2),
        ("LA", 3),
        ("LE", 4),
        ("TB", 5),
        ("TA", 6),
        ("TE", 7),
        ("VB", 8),
        ("VA", 9),
        ("VE", 10),
        ("PA", 11),
        ("PB", 12),
        ("PG", 13),
        ("QA", 14),
        ("QB", 15),
        ("QG", 16),
        ("CA", 17),
        ("CB", 18),
        ("CG", 19),
        ("LEAD", 20),
        ("REL", 21),
        ("NV", 22),
        ("ART", 23),
        ("STEADY", 24),
        ("NOP", 25),
        ("CONF", 26),
        ("P95", 27),
        ("ERR", 28),
        ("NOISE", 29),
        ("ALL", 30),
    ];
    let id = |name: &str| ids.iter().find(|(own, _)| *own == name).map(|(_, id)| format!("F{id}")).expect(name);
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('<') {
        let (inside, behind) = inside.split_once('>').expect("a closing bracket");
        out.push_str(before);
        match inside.split_once(',') {
            Some((a, b)) => out.push_str(&format!("{{{{cmp:{},{}}}}}", id(a), id(b))),
            None => out.push_str(&format!("{{{{m:{}}}}}", id(inside))),
        }
        rest = behind;
    }
    out.push_str(rest);
    // What names no fact of its own may lean on one.
    let refs = if refs.trim().is_empty() && !text.contains('<') { "ALL" } else { refs };
    (out, refs.split_whitespace().map(id).collect())
}

/// What is printed of a sentence, or why it is dropped.
fn told(text: &str) -> Result<String, String> {
    let (text, refs) = filled(text);
    let answer = json!({"observations": [{"text": text, "refs": refs}], "gaps": []}).to_string();
    let gated = collector(&answer, 1, &shown(), &ledger()).expect("an answer");
    let Some(statement) = gated.kept.observations.first() else {
        return Err(gated.dropped.first().map(|dropped| dropped.reason.clone()).unwrap_or_default());
    };
    stands(&gated.kept, &Advice::default(), &ledger(), &shown());
    let mut ledger = ledger();
    let prose = statement.prose(&mut ledger).expect("prose");
    let span = |span: &Span| match span {
        Span::Text(text) => text.clone(),
        Span::Name(name) => format!("`{name}`"),
        Span::Value(id) => ledger.get(*id).map(|fact| format!("{:.1} {}", fact.value, fact.unit)).unwrap_or_default(),
        _ => String::new(),
    };
    Ok(prose.0.iter().map(span).collect())
}

const FALSE: &str = include_str!("false.txt");
const GOOD: &str = include_str!("good.txt");

#[test]
fn what_no_fact_says_is_not_printed() {
    let passed: Vec<String> =
        FALSE.lines().filter_map(|line| told(line).ok().map(|told| format!("{line} => {told}"))).collect();
    assert!(FALSE.lines().count() >= 60);
    assert!(passed.is_empty(), "{}\n{}", passed.len(), passed.join("\n"));
}

#[test]
fn honest_sentences_pass() {
    let all = GOOD.lines().count();
    let dropped: Vec<String> =
        GOOD.lines().filter_map(|line| told(line).err().map(|why| format!("{line} => {why}"))).collect();
    assert!(all >= 40);
    assert!(dropped.len() * 10 <= all, "{} of {all}\n{}", dropped.len(), dropped.join("\n"));
}

#[test]
fn a_number_stands_with_what_it_is() {
    let mut wrong = String::new();
    for (text, wanted) in [
        ("The throughput of \"alpha-7b\" is <PA>.", "The throughput of `alpha-7b` is 76.5 tok/s (p50 `throughput`)."),
        ("The p50 throughput of \"alpha-7b\" is <PA>.", "The p50 throughput of `alpha-7b` is 76.5 tok/s."),
        (
            "The throughput of \"alpha-7b\" decreased by <VE>.",
            "The throughput of `alpha-7b` decreased by 23.0 percent.",
        ),
        (
            "<PA,PB>.",
            "p50 `throughput` of `alpha-7b` in `reports/serve/bench` is 52.7 percent above that of `beta-13b`.",
        ),
        (
            "The throughput of \"alpha-7b\" fell from <VB> to <VA>.",
            "The throughput of `alpha-7b` fell from 100.0 tok/s to 77.0 tok/s.",
        ),
    ] {
        let told = told(text);
        if told.as_deref() != Ok(wanted) {
            wrong.push_str(&format!("\n{text}: {told:?}"));
        }
    }
    assert_eq!(wrong, "");
}
