//! Tests of the whole way from bytes to measurements.

use std::collections::BTreeSet;

use super::*;
use crate::domain::measurement::Measurement;

fn outcome(path: &str, bytes: &[u8]) -> Outcome {
    parse(&Input { path: &RelPath::new(path.as_bytes()), bytes }, &Settings::default())
}

fn parsed(path: &str, text: &str) -> Parsed {
    match outcome(path, text.as_bytes()) {
        Outcome::Parsed(parsed) => parsed,
        other => panic!("{path}: {other:?}"),
    }
}

fn measured(path: &str, text: &str) -> Vec<Measurement> {
    let benchmark = identity::benchmark(&RelPath::new(path.as_bytes()));
    measurements(&parsed(path, text), &benchmark).into_iter().map(|(_, m)| m).collect()
}

/// `case [params] metric=value unit direction` of every measurement.
fn lines(found: &[Measurement]) -> Vec<String> {
    found
        .iter()
        .map(|m| {
            let label = m.series.label();
            format!("{label} | {}={}{} {}", m.series.metric, m.value, m.series.unit, m.direction.as_str())
                .trim()
                .to_owned()
        })
        .collect()
}

fn keys(found: &[Measurement]) -> BTreeSet<String> {
    found.iter().map(|m| m.series.to_string()).collect()
}

const BASELINE_CSV: &str = "prompt,ttft_s,tokens_s,eval_count,response_chars,error\n\
    Say hello.,0.25,101.5,805,3263,\nSay goodbye.,0.125,102.25,320,1031,\n";

const BASELINE_JSON: &str = r#"{"model": "tiny:270m", "results": [
    {"prompt": "Say hello.", "ttft_s": 0.25, "tokens_s": 101.5, "eval_count": 805, "response_chars": 3263},
    {"prompt": "Say goodbye.", "ttft_s": 0.125, "tokens_s": 102.25, "eval_count": 320, "response_chars": 1031}]}"#;

const COMPILE_JSON: &str = r#"{"generated_at": "2025-10-02T21:21:05.012820+00:00",
    "model": {"name": "net", "device": "cpu", "batch_size": 4}, "settings": {"runs": 10, "backends": ["eager", "jit"]},
    "backends": {
      "eager": {"backend": "eager", "compilation": null, "benchmark": {"backend": "eager", "mean_time_ms": 3.8121399,
        "std_time_ms": 0.931361, "min_time_ms": 2.7248, "max_time_ms": 5.4783, "metadata": {"compile_time_s": 0.0}}},
      "jit": {"backend": "jit", "compilation": {"backend": "script", "success": false, "error": "no compiler"},
        "benchmark": {"backend": "jit", "mean_time_ms": 0.0, "std_time_ms": 0.0, "min_time_ms": 0.0, "max_time_ms": 0.0,
        "metadata": {"error": "no compiler", "workspace_size": 268435456}}}}}"#;

const COMPILE_MD: &str = "# Report - Generated: 2025-10-02T21:21:05.012820+00:00\n- Model: net\n- Device: cpu | Backend | Success | \
    Compile Time (s) | Mean (ms) | Std (ms) | Min (ms) | Max (ms) | Notes |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n\
    | eager | yes | 0.0000 | 3.812 | 0.931 | 2.725 | 5.478 | |\n| jit | no | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | error=no compiler |\n";

const HISTORY_CSV: &str =
    "date,commit,bench,time_ms\n2025-01-01,aaa,x,10\n2025-01-01,aaa,y,20\n2025-01-02,bbb,x,11\n2025-01-02,bbb,y,21\n";

#[test]
fn a_csv_and_a_json_of_one_bundle_give_one_set_of_series() {
    let csv = measured("reports/tiny_270m_baseline.csv", BASELINE_CSV);
    let json = measured("reports/tiny_270m_baseline.json", BASELINE_JSON);
    assert_eq!(keys(&csv), keys(&json));
    insta::assert_snapshot!(lines(&csv).join("\n"), @r"
    Say hello. | ttft=0.25s lower
    Say hello. | tokens_per_second=101.5tok/s higher
    Say goodbye. | ttft=0.125s lower
    Say goodbye. | tokens_per_second=102.25tok/s higher
    ");
}

#[test]
fn json_and_markdown_of_one_bundle_agree_and_failed_rows_are_gaps() {
    let json = measured("r/bench_20251002-172105.json", COMPILE_JSON);
    let markdown = measured("r/bench_20251002-172105.md", COMPILE_MD);
    assert_eq!(keys(&json), keys(&markdown));
    assert_eq!(
        lines(&json),
        [
            "backend=eager device=cpu model=net | time=3.8121399ms lower",
            "backend=eager device=cpu model=net | compile_time=0s lower"
        ]
    );
    let spread = &json[0].spread;
    assert_eq!(spread.std.as_ref().map(|s| s.value), Some(0.931361));
    assert_eq!(
        spread.max.as_ref().map(|s| s.at.to_string()).as_deref(),
        Some("$.backends.eager.benchmark.max_time_ms")
    );
    assert!((markdown.iter().find(|m| m.series.metric == "time").map_or(0.0, |m| m.resolution) - 0.0005).abs() < 1e-9);
    let parsed = parsed("r/bench.json", COMPILE_JSON);
    assert_eq!(
        parsed.gaps.iter().map(|g| (g.kind, g.count, g.of, g.detail.as_str())).collect::<Vec<_>>(),
        [(GapKind::ErrorRows, 1, 1, "no compiler")]
    );
    assert_eq!(parsed.runs[0].time.map(|t| t.at.to_string()).as_deref(), Some("2025-10-02T21:21:05.01282Z"));
}

#[test]
fn a_constant_that_the_name_does_not_tell_keeps_models_apart() {
    let of = |model: &str| keys(&measured("r/results.json", &format!(r#"{{"model": "{model}", "ttft_s": 1.5}}"#)));
    assert_ne!(of("a"), of("b"));
    assert_eq!(of("a"), BTreeSet::from(["r/results [model=a] ttft (s)".to_owned()]));
}

#[test]
fn what_only_one_rendering_says_is_lent_to_the_others() {
    let mut both = [parsed("r/results.json", BASELINE_JSON), parsed("r/results.csv", BASELINE_CSV)];
    let shared = Shared::of(&both);
    both.iter_mut().for_each(|parsed| shared.lend(parsed));
    let series = |p: &Parsed| measurements(p, "r/results").into_iter().map(|(_, m)| m).collect::<Vec<_>>();
    assert_eq!(keys(&series(&both[0])), keys(&series(&both[1])));
    assert!(lines(&series(&both[1]))[0].contains("model=tiny:270m"));
}

#[test]
fn labels_made_of_parameters_and_repeated_rows_fold_together() {
    let text = "num_gpu,num_ctx,config_name,run,ttft_s\n40.00,1024,g40_c1024,1,3\n40,1024,g40_c1024,2,1\n40,1024,g40_c1024,3,2\n60,1024,g60_c1024,1,9\n";
    let found = measured("r/tuning.csv", text);
    assert_eq!(lines(&found), ["num_ctx=1024 num_gpu=40 | ttft=2s lower", "num_ctx=1024 num_gpu=60 | ttft=9s lower"]);
    assert_eq!((found[0].samples.as_slice(), found[0].n), (&[3.0, 1.0, 2.0][..], 3));
}

#[test]
fn recurring_blocks_are_runs_and_single_times_are_not() {
    let history = parsed("r/history.csv", HISTORY_CSV);
    assert_eq!(history.runs.iter().map(|r| r.commit.as_deref()).collect::<Vec<_>>(), [Some("aaa"), Some("bbb")]);
    assert_eq!(history.readings.iter().map(|r| r.run).collect::<Vec<_>>(), [0, 0, 1, 1]);
    let stamped = "timestamp,num_ctx,ttft_s\n2025-09-30T20:11:33,512,1\n2025-09-30T20:14:33,1024,2\n";
    assert_eq!(parsed("r/s.csv", stamped).runs.len(), 1);
    let samples = "timestamp,latency_ms\n2025-09-30T20:11:33,1\n2025-09-30T20:11:36,2\n2025-09-30T20:11:39,3\n";
    assert_eq!(parsed("r/s.csv", samples).runs.len(), 1);
    let nightly = "date,latency_ms\n2025-09-30,1\n2025-10-01,2\n2025-10-02,3\n";
    assert_eq!(parsed("r/n.csv", nightly).runs.len(), 3);
}

#[test]
fn of_a_file_that_grew_only_the_new_rows_count() {
    let before = parsed("r/history.csv", HISTORY_CSV);
    let grown = parsed("r/history.csv", &format!("{HISTORY_CSV}2025-01-03,ccc,x,12\n"));
    let new = appended(&before, grown);
    assert_eq!(new.runs.iter().map(|r| r.commit.as_deref()).collect::<Vec<_>>(), [Some("ccc")]);
    assert_eq!(
        new.readings.iter().map(|r| (r.run, r.value, r.at.to_string())).collect::<Vec<_>>(),
        [(0, 12.0, "row 5, column time_ms".to_owned())]
    );
}

#[test]
fn units_beside_numbers_are_of_their_own_record_and_tell_the_direction() {
    let nested = r#"{"results": {
        "encode": {"latency": {"value": 12.5, "unit": "ms", "stddev": 0.3}, "throughput": {"value": 80, "unit": "req/s"}},
        "decode": {"latency": {"value": 7.5, "unit": "us", "stddev": 0.1}}}}"#;
    let latency =
        ["encode | latency=12.5ms lower", "encode | throughput=80req/s higher", "decode | latency=7.5us lower"];
    assert_eq!(lines(&measured("r/x.json", nested)), latency);
    let flat = "test,value,unit\na,12.5,ms\nb,100,req/s\nc,3,J\n";
    let values = ["a | value=12.5ms lower", "b | value=100req/s higher", "c | value=3J neutral"];
    let found = lines(&measured("r/x.csv", flat));
    assert_eq!(found[..2], values[..2], "{found:?}");
}

#[test]
fn a_header_of_names_announces_the_unit() {
    let table = "Name (time in us)         Min              Mean        StdDev    OPS (Kops/s)\n\
        ---------------------------------------------------------------------\n\
        test_fast          1.1000 (1.0)     1.2000 (1.0)    0.1000      833.3333\n\
        test_slow          1,100.5000 (1000.5)  1,201.3000 (1001.1)  30.2000  0.8324\n";
    let found = lines(&measured("r/x.txt", table));
    let expected = ["test_fast | time=1.2us lower", "test_fast | ops=833.3333Kops/s higher"];
    assert_eq!(found[..2], expected, "{found:?}");
}

#[test]
fn the_day_in_a_heading_is_no_case() {
    let table =
        |heading: &str| format!("## {heading}\n\n| Test | Mean (ms) |\n|---|---|\n| a | 12.5 |\n| b | 13.5 |\n\n");
    let memory = "## Memory\n\n| Test | RSS (MiB) |\n|---|---|\n| a | 12.5 |\n| b | 13.5 |\n\n";
    let of = |day: &str| keys(&measured("r/x.md", &(table(&format!("Results - {day}")) + memory)));
    assert_eq!(of("2026-03-01"), of("2026-03-02 10:11:12"));
    let both = table("Results 2026-03-01") + &table("Results 2026-03-02");
    assert_eq!(keys(&measured("r/x.md", &both)).len(), 4);
}

#[test]
fn what_describes_benchmarks_holds_no_measurement() {
    let machine = r#"{"arch": "x86_64", "cpu": "i7", "machine": "box1", "num_cpu": "8", "os": "Linux", "ram": "16000000", "version": 1}"#;
    let suite = r#"{"s.time_keys": {"code": "def", "name": "s.time_keys", "param_names": [], "params": [], "sample_time": 0.01,
        "type": "time", "unit": "seconds", "timeout": 60.0}, "version": 2}"#;
    for text in [machine, suite] {
        assert_eq!(measured("r/x.json", text), []);
    }
}

#[test]
fn names_within_names_tell_results_apart_whatever_their_sizes() {
    let suites = r#"{"suites": [
        {"name": "io", "benchmarks": [{"name": "read", "size": 64, "mean_us": 1.5}, {"name": "write", "size": 64, "mean_us": 2.5}]},
        {"name": "net", "benchmarks": [{"name": "read", "size": 128, "mean_us": 9.5}]}]}"#;
    let found = lines(&measured("r/x.json", suites));
    let expected = [
        "io/read size=64 | time=1.5us lower",
        "io/write size=64 | time=2.5us lower",
        "net/read size=128 | time=9.5us lower",
    ];
    assert_eq!(found, expected);
    let sized = r#"{"results": [{"name": "sort", "size": 100, "ms": 1.5}, {"name": "hash", "size": 200, "ms": 2.5}]}"#;
    let found = lines(&measured("r/x.json", sized));
    assert_eq!(found, ["sort size=100 | time=1.5ms lower", "hash size=200 | time=2.5ms lower"]);
}

#[test]
fn names_that_are_keys_become_cases_and_percentiles_take_their_neighbours_unit() {
    let kernels = r#"{"attention": {"torch": {"mean_time_ms": 2.5}}, "fusion": {"off": {"mean_time_ms": 3.5}, "on": {"mean_time_ms": 1.5}}}"#;
    assert_eq!(
        lines(&measured("r/k.json", kernels)),
        ["attention/torch | time=2.5ms lower", "fusion/off | time=3.5ms lower", "fusion/on | time=1.5ms lower"]
    );
    let stats = r#"{"timing_stats": {"overall_mean_ms": 15.5, "latency_percentiles": {"p50": 15.4, "p99": 15.9}}, "environment": {"gpu_count": 1, "cpu_mhz": 3.2}}"#;
    assert_eq!(
        lines(&measured("r/s.json", stats)),
        ["| overall_time=15.5ms lower", "| latency_p50=15.4ms lower", "| latency_p99=15.9ms lower"]
    );
}

#[test]
fn counts_identifiers_and_configuration_are_no_metrics() {
    let text = "id,seed,port,eval_count,total_tokens,response_chars,batch_size,version,status,throughput_tok_s\n\
        1,42,8080,12,99,1000,8,1.2,ok,55.5\n2,42,8081,13,98,1001,16,1.2,ok,56.5\n";
    assert_eq!(
        lines(&measured("r/c.csv", text)),
        ["batch_size=8 | throughput=55.5tok/s higher", "batch_size=16 | throughput=56.5tok/s higher"]
    );
}

#[test]
fn a_count_that_differs_from_run_to_run_does_not_part_them() {
    let run = |tokens: u32| {
        keys(&measured(
            "reports/x.csv",
            &format!("run_id,model,tokens_generated,ttft_s\n1,tiny,{tokens},0.1\n2,small,{tokens},0.2\n"),
        ))
    };
    assert_eq!(run(250), run(251));
}

#[test]
fn empty_cells_and_numbers_that_are_none_are_gaps() {
    let parsed = parsed("r/g.csv", "case,latency_ms\na,1.5\nb,\nc,NaN\n");
    let gaps: Vec<_> =
        parsed.gaps.iter().map(|g| (g.kind, g.subject.as_str(), g.count, g.of, g.at.to_string())).collect();
    assert_eq!(
        gaps,
        [
            (GapKind::EmptyCells, "latency_ms", 1, 3, "row 2, column latency_ms".to_owned()),
            (GapKind::NotANumber, "latency_ms", 1, 3, "row 3, column latency_ms".to_owned()),
        ]
    );
    assert_eq!(parsed.readings.len(), 1);
}

#[test]
fn prose_tables_lists_and_long_tables_are_read_and_prose_is_not() {
    let text = "# Sweep ## FAST\n- Accuracy: 0.7500\n- Binary Size Bytes: 2781 ## SLOW\n- Accuracy: 0.8000\n- Binary Size Bytes: 3000\n\nIt ran 38 times at 12.5 ms.\n- Runs: 38\n";
    assert_eq!(
        lines(&measured("r/q.md", text)),
        [
            "fast | accuracy=0.75 higher",
            "fast | binary_size=2781bytes lower",
            "slow | accuracy=0.8 higher",
            "slow | binary_size=3000bytes lower"
        ]
    );
    let long = "| Metric | A | B | Delta |\n|---|---|---|---|\n| **Throughput** | 99.3 tok/s | 98.5 tok/s | -0.8% |\n| TTFT | 354 ms | ~2 s | -3% |\n| Date | 2025-10-01 | x | |\n";
    assert_eq!(
        lines(&measured("r/l.md", long)),
        ["A | throughput=99.3tok/s higher", "B | throughput=98.5tok/s higher", "A | ttft=354ms lower"]
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    let reason = |path: &str, bytes: &[u8]| match outcome(path, bytes) {
        Outcome::Parsed(p) => format!("parsed, {} readings, {:?}", p.readings.len(), p.warnings),
        Outcome::Incomplete { reason } => format!("incomplete: {reason}"),
        Outcome::Rejected { reason } => format!("rejected: {reason}"),
        Outcome::Unrecognised { reason } => format!("unrecognised: {reason}"),
    };
    assert_eq!(reason("a.csv", b""), "incomplete: empty");
    assert_eq!(reason("a.csv", b"a,b\n1,\"x"), "incomplete: the quote opened on line 2 is not closed");
    assert_eq!(
        reason("a.json", b"{\"a\": [1,\n2"),
        "incomplete: the JSON value that begins on line 1 ends in the middle (line 2)"
    );
    assert_eq!(reason("a.json", b"{\"a\": 1,\n\"b\" 2}"), "rejected: line 2, column 5: expected `:`");
    assert_eq!(reason("a.csv", b"\x7fELF\x02\x01\x01\0\0\0\0"), "rejected: binary, not text");
    assert_eq!(
        reason("a.csv", b"\xff\xfeE\0r\0r\0"),
        "parsed, 0 readings, [\"read as UTF-16LE\", \"no results found\"]"
    );
    let small = Settings { max_bytes: 3, ..Settings::default() };
    let path = RelPath::new(&b"a.csv"[..]);
    assert_eq!(
        parse(&Input { path: &path, bytes: b"a,b\n1,2" }, &small),
        Outcome::Rejected { reason: "7 bytes, more than the 3 allowed".to_owned() }
    );
}

#[test]
fn our_own_reports_are_known_by_their_marker() {
    assert!(is_ours(format!("<!-- {REPORT_MARKER} v1 -->\n# x").as_bytes()));
    assert!(!is_ours(format!("{}{REPORT_MARKER}", " ".repeat(600)).as_bytes()));
}

/// Damages every fixture in many ways: whatever comes out, nothing panics and every value is finite.
#[test]
fn no_damage_makes_it_panic() {
    let fixtures = [
        ("a.csv", BASELINE_CSV),
        ("a.csv", HISTORY_CSV),
        ("a.json", BASELINE_JSON),
        ("a.json", COMPILE_JSON),
        ("a.md", COMPILE_MD),
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap_or(0)
    };
    let check = |path: &str, bytes: &[u8]| {
        if let Outcome::Parsed(parsed) = outcome(path, bytes) {
            assert!(measurements(&parsed, "b").iter().all(|(run, m)| m.value.is_finite() && *run < parsed.runs.len()));
        }
    };
    for (path, text) in fixtures {
        let bytes = text.as_bytes();
        for cut in (0..bytes.len()).step_by(7) {
            check(path, &bytes[..cut]);
        }
        for _ in 0..150 {
            let mut damaged = bytes.to_vec();
            for _ in 0..1 + random() % 4 {
                let at = random() % damaged.len();
                damaged[at] = b"\0\xff\"{}[]|,\n-9e"[random() % 13];
            }
            for name in [path, "a.json", "a.csv", "a.md"] {
                check(name, &damaged);
            }
        }
    }
}

/// The real tree that the project must read whole. Skipped, with a message, where it is not at hand.
#[test]
fn the_example_tree_is_read_whole() {
    let Ok(corpus) = std::env::var("CHIMERA_CORPUS") else {
        eprintln!("skipped: CHIMERA_CORPUS is not set");
        return;
    };
    let root = std::path::Path::new(&corpus).join("banterhearts");
    let (mut files, mut bundles) =
        (0, std::collections::BTreeMap::<Vec<u8>, Vec<(ArtifactKind, BTreeSet<String>)>>::new());
    for entry in walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
    {
        let path = RelPath::from_path(entry.path().strip_prefix(&root).unwrap_or(entry.path()));
        let Some(kind) = ArtifactKind::of_name(path.file_name()) else { continue };
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let Outcome::Parsed(parsed) = parse(&Input { path: &path, bytes: &bytes }, &Settings::default()) else {
            panic!("{path:?} is not read")
        };
        for reading in parsed.readings.iter().filter(|r| matches!(r.role, Role::Metric | Role::Sample)) {
            let words: Vec<&str> = reading.metric.split('_').collect();
            let nonsense = ["count", "chars", "id", "index", "seed", "port", "pid", "version", "batch", "num"];
            assert!(!words.iter().any(|w| nonsense.contains(w)), "{path:?}: {} is a metric", reading.field);
        }
        let found = measurements(&parsed, &identity::benchmark(&path));
        bundles
            .entry(identity::bundle(&path))
            .or_default()
            .push((kind, found.iter().map(|(_, m)| m.series.to_string()).collect()));
        files += 1;
    }
    assert_eq!(files, 104);
    for (bundle, renderings) in bundles.iter().filter(|(_, r)| r.len() > 1) {
        let (_, first) = &renderings[0];
        let same = renderings.iter().all(|(_, keys)| keys == first)
            || String::from_utf8_lossy(bundle).starts_with("artifacts/");
        assert!(same, "{} gives different series", String::from_utf8_lossy(bundle));
    }
}
