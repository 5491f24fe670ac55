//! What the calls measured is a benchmark too: its series stand beside the others, open no landing, and a slower model is a regression.

use std::time::Duration;

use harness::NOISE;
use harness::Workspace;
use harness::llm::{FakeLlm, Reply, Speed};
use serde_json::Value;

use crate::talk::{HISTORY, MODEL, agents, bench, with_history};

/// The benchmark under which they stand.
const OURS: &str = "chimera-insight/agents";

fn ours(workspace: &Workspace) -> Vec<Value> {
    workspace.series().into_iter().filter(|series| series["benchmark"] == OURS).collect()
}

fn numbers(workspace: &Workspace) -> (Value, Value) {
    let status = workspace.status();
    (status["artifacts"]["total"].clone(), status["landings"].clone())
}

#[test]
fn the_measurements_of_calls_are_series_and_open_no_landing() {
    let server = FakeLlm::start(MODEL);
    // It answers at once, so it cannot have loaded anything before.
    server.set(Reply { speed: Speed { load: Duration::ZERO, ..Reply::good().speed }, ..Reply::good() });
    let workspace = with_history();
    workspace.configure(&agents(&server, "ollama", ""));
    bench().land(&workspace, HISTORY, 1.0);
    workspace.scan();
    let series = ours(&workspace);
    let text = |series: &Value, key: &str| series[key].as_str().unwrap_or_default().to_owned();
    for (metric, unit, direction) in
        [("throughput", "tok/s", "higher"), ("ttft", "s", "lower"), ("total", "s", "neutral")]
    {
        for label in ["DataCollector-9000", "InsightAgent"] {
            let found = series.iter().find(|one| one["metric"] == metric && one["case"] == label);
            let found = found.unwrap_or_else(|| panic!("no {metric} of {label}: {series:#?}"));
            assert_eq!((text(found, "unit"), text(found, "direction")), (unit.to_owned(), direction.to_owned()));
            assert_eq!(found["params"]["model"], MODEL, "{found:#}");
            let class = found["params"]["prompt_tokens"].as_str();
            assert_eq!(class.is_some_and(|class| class.starts_with("<=")), metric == "ttft", "{found:#}");
        }
    }
    // Its own measurements are nothing that landed.
    let before = numbers(&workspace);
    assert_eq!(before, (25.into(), 2.into()));
    let scan = workspace.scan();
    assert_eq!((&scan["new_artifacts"], scan["reports"].as_array().map(Vec::len)), (&0.into(), Some(0)), "{scan:#}");
    assert_eq!((numbers(&workspace), server.questions().len()), (before, 2));

    // They survive a scan, and the deletion of the artifacts that caused them.
    workspace.remove(bench().path(HISTORY));
    workspace.scan();
    assert_eq!(ours(&workspace).len(), series.len());
}

#[test]
fn a_slower_model_is_a_regression_like_any_other() {
    let server = FakeLlm::start(MODEL);
    let workspace = with_history();
    workspace.configure(&agents(&server, "ollama", ""));
    let mut verdicts = Vec::new();
    let mut landings = 0;
    for run in 0..36 {
        let slower = if run < 24 { 1.0 } else { 1.5 };
        let tokens_per_second = 50.0 / (slower * (1.0 + NOISE[run % NOISE.len()]));
        server.set(Reply { speed: Speed { tokens_per_second, ..Reply::good().speed }, ..Reply::good() });
        bench().land(&workspace, HISTORY + run, 1.0);
        // The speed of a model fails nobody's build.
        let scan = workspace.run(["scan", "--json", "--fail-on", "candidate"]).code(0).json();
        landings += scan["reports"].as_array().unwrap().len();
        let told = scan["verdicts"].as_array().unwrap().clone();
        let about = |one: &Value| one["series"]["benchmark"] == OURS && one["series"]["metric"] == "throughput";
        verdicts.extend(told.into_iter().filter(about).map(|one| (run, one)));
    }
    assert_eq!(landings, 36, "a report for each landing, and none for our own measurements");
    let regressions: Vec<_> = verdicts.iter().filter(|(_, one)| one["verdict"] == "regression").collect();
    let Some((run, first)) = regressions.first() else { panic!("no regression in {verdicts:#?}") };
    // Three slower landings make it firm, and the one after them tells.
    assert!((26..30).contains(run), "told at landing {run}: {first:#}");
    assert!((first["effect"].as_f64().unwrap() + 1.0 / 3.0).abs() < 0.05, "{first:#}");
    let subjects: Vec<String> = workspace.mails().iter().map(|mail| mail.subject().to_owned()).collect();
    assert!(
        subjects.iter().any(|subject| subject.contains("agents") && subject.contains("throughput")),
        "{subjects:?}"
    );
    workspace.run(["report", "--check"]).code(0);
    assert!(workspace.status()["alerts"]["firing"].as_u64() >= Some(1), "{:#}", workspace.status());
    workspace.run(["scan", "--fail-on", "regression"]).code(0);
    bench().land(&workspace, HISTORY + 36, 1.5);
    workspace.run(["scan", "--fail-on", "candidate"]).code(1);
}
