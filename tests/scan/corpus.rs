//! The real tree of the team that this program is for: `$CHIMERA_CORPUS/banterhearts`. It is not part of the repository; without
//! the variable these tests say so and pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use harness::{Workspace, copy_tree, files_below};
use serde_json::{Value, json};

use crate::tools::{section, without_times};

/// Where the tree is, if it is anywhere.
fn corpus() -> Option<PathBuf> {
    let found = std::env::var_os("CHIMERA_CORPUS").map(|dir| PathBuf::from(dir).join("banterhearts"));
    if found.is_none() {
        println!("skipped: CHIMERA_CORPUS is not set");
    }
    found
}

/// A copy of the tree, scanned.
fn scanned(corpus: &Path) -> (Workspace, Value) {
    let workspace = Workspace::new();
    copy_tree(corpus, &workspace.root());
    let scan = workspace.scan();
    (workspace, scan)
}

/// One known value: benchmark, case, parameters, metric; value and unit.
type Known<'a> = (&'a str, &'a str, Value, &'a str, f64, &'a str);

#[track_caller]
fn holds(series: &[Value], known: &Known) {
    let (benchmark, case, params, metric, value, unit) = known;
    let is = |s: &&Value| {
        s["benchmark"] == *benchmark && s["case"] == *case && s["params"] == *params && s["metric"] == *metric
    };
    let found: Vec<&Value> = series.iter().filter(is).collect();
    assert_eq!(found.len(), 1, "{known:?}: {found:#?}");
    assert_eq!((&found[0]["latest"], &found[0]["unit"]), (&json!(value), &json!(unit)), "{known:?}");
}

#[test]
fn all_of_it_is_counted_and_none_of_it_fails() {
    let Some(corpus) = corpus() else { return };
    let (workspace, scan) = scanned(&corpus);
    let artifacts = &scan["artifacts"];
    assert_eq!((&artifacts["csv"], &artifacts["json"], &artifacts["markdown"]), (&json!(29), &json!(44), &json!(31)));
    assert_eq!((&artifacts["total"], &artifacts["failed"]), (&json!(104), &json!([])));
    let outside = "SELECT count(*) FROM artifact WHERE path GLOB 'artifacts/*' AND kind = ";
    assert_eq!(workspace.count(&format!("{outside}'csv'")), 1);
    assert_eq!(workspace.count(&format!("{outside}'markdown'")), 2);
    assert_eq!(workspace.status()["pending"], 0);
    assert_eq!(scan["mails"], json!([]));
    let again = workspace.scan();
    assert_eq!((&again["new_artifacts"], &again["reports"]), (&json!(0), &json!([])));
    assert_eq!(again["measurements"], scan["measurements"]);
}

#[test]
fn the_numbers_of_models_backends_and_baselines_are_there() {
    let Some(corpus) = corpus() else { return };
    let (workspace, _) = scanned(&corpus);
    let series = workspace.series();
    let quote = "Give a battle quote for a co-op shooter win.";
    let gemma = "reports/gemma3/gemma3_1b-it-qat_baseline";
    let tuning = "reports/gemma3/gemma3_1b-it-qat_param_tuning";
    let setting = json!({ "num_ctx": "1024", "num_gpu": "999", "temperature": "0.4" });
    let quantized = json!({ "model": "llama3.1:8b-instruct-q4_0", "tag": "q4_0" });
    let small = "reports/gemma3/gemma3_270m_baseline";
    let baseline = "csv_data/baselines/test_baseline";
    let known: &[Known] = &[
        (gemma, quote, json!({}), "tokens_per_second", 182.637_818_354_404_6, "tok/s"),
        (gemma, quote, json!({}), "ttft", 0.125_888_9, "s"),
        (gemma, quote, json!({}), "load", 0.102_062_3, "s"),
        (gemma, quote, json!({}), "prompt_eval", 0.023_826_6, "s"),
        (gemma, quote, json!({}), "eval", 2.441_991_5, "s"),
        (tuning, "", setting.clone(), "tokens_per_second", 181.298_012_823_255_28, "tok/s"),
        (tuning, "", setting.clone(), "ttft", 0.074_209_4, "s"),
        (tuning, "", setting, "load", 0.059_306, "s"),
        (small, quote, json!({}), "tokens_per_second", 289.366_873_790_935_8, "tok/s"),
        (small, quote, json!({}), "eval", 0.117_497_9, "s"),
        ("csv_data/ollama_quant_bench", quote, quantized.clone(), "tokens_per_second", 76.96, "tok/s"),
        ("csv_data/ollama_quant_bench", quote, quantized, "ttft", 0.0987, "s"),
        (baseline, "", json!({}), "latency_p50", 5.508_920_000_283_979, "ms"),
        (baseline, "", json!({}), "latency_p95", 5.610_939_999_314_723_5, "ms"),
        (baseline, "", json!({}), "latency_p99", 5.610_939_999_314_723_5, "ms"),
    ];
    for known in known {
        holds(&series, known);
    }
}

#[test]
fn the_spread_of_every_backend_is_that_of_the_file() {
    let Some(corpus) = corpus() else { return };
    let (workspace, _) = scanned(&corpus);
    let path = "reports/compilation/conv_bench_20251002-170837.json";
    let file: Value = serde_json::from_slice(&fs::read(workspace.path(path)).unwrap()).unwrap();
    let mut backends = 0;
    for (name, backend) in file["backends"].as_object().unwrap() {
        let bench = &backend["benchmark"];
        let expected =
            ["mean_time_ms", "std_time_ms", "min_time_ms", "max_time_ms"].map(|key| bench[key].as_f64().unwrap());
        let of_backend = format!("%\"backend\":\"{name}\"%");
        let found: [f64; 4] = workspace
            .index()
            .query_row(
                "SELECT value, std, min, max FROM measurement JOIN series ON series.id = series_id
                 JOIN benchmark ON benchmark.id = benchmark_id
                 WHERE benchmark.name = 'reports/compilation/conv_bench' AND metric = 'time' AND params LIKE ?1",
                [&of_backend],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]),
            )
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found, expected, "{name}");
        backends += 1;
    }
    assert!(backends >= 4);
}

#[test]
fn no_series_is_a_count_an_identifier_or_a_setting() {
    let Some(corpus) = corpus() else { return };
    let (workspace, _) = scanned(&corpus);
    let mut wrong = BTreeMap::new();
    let suspicious = [
        "count",
        "id",
        "index",
        "chars",
        "num",
        "ctx",
        "seed",
        "port",
        "version",
        "runs",
        "samples",
        "tokens",
        "batch",
        "temperature_setting",
    ];
    for series in workspace.series() {
        let metric = series["metric"].as_str().unwrap();
        if metric.split('_').next_back().is_some_and(|last| suspicious.contains(&last)) {
            wrong.entry(metric.to_owned()).or_insert_with(|| series["benchmark"].clone());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_report_says_what_the_earlier_system_said_and_more() {
    let Some(corpus) = corpus() else { return };
    let (workspace, _) = scanned(&corpus);
    let report = workspace.last_report();
    assert_eq!(workspace.reports()[0].parent().unwrap(), workspace.root());
    let inventory = section(&report, "Data inventory").unwrap();
    for told in ["104", "### CSV Files (29)", "### JSON Files (44)", "### Markdown Files (31)", "`reports/gemma3`"] {
        assert!(inventory.contains(told), "{told} in {inventory}");
    }
    let sweeps = section(&report, "Sweeps").unwrap();
    assert!(sweeps.contains("gemma3_1b-it-qat_param_tuning"), "{sweeps}");
    assert!(section(&report, "Contradictions and errors").unwrap().contains("Errors by reason"));
    let (_, again) = (0, scanned(&corpus).0.last_report());
    assert_eq!(without_times(&again), without_times(&report), "same input, same report");
}

#[test]
fn it_makes_no_difference_in_how_many_parts_it_arrives() {
    let Some(corpus) = corpus() else { return };
    let (whole, _) = scanned(&corpus);
    let parts = Workspace::new();
    // Every third file, so that renderings of a result arrive in different landings.
    let files = files_below(&corpus);
    for part in (0..3).rev() {
        for file in files.iter().skip(part).step_by(3) {
            parts.write(file.strip_prefix(&corpus).unwrap(), fs::read(file).unwrap());
        }
        parts.scan();
    }
    let known = |workspace: &Workspace| -> Vec<String> {
        let about = |s: &Value| {
            format!(
                "{} {} {} {} {} {} {}",
                s["benchmark"], s["case"], s["params"], s["metric"], s["environment"], s["unit"], s["runs"]
            )
        };
        workspace.series().iter().map(about).collect()
    };
    let (known_whole, known_parts) = (known(&whole), known(&parts));
    let only =
        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).take(10).cloned().collect::<Vec<_>>();
    assert_eq!(only(&known_parts, &known_whole), Vec::<String>::new(), "only in parts");
    assert_eq!(only(&known_whole, &known_parts), Vec::<String>::new(), "only at once");
    assert_eq!(parts.count("SELECT count(*) FROM measurement"), whole.count("SELECT count(*) FROM measurement"));
}
