//! Bundles: the renderings of one result.

use harness::{Workspace, files_below};

use crate::admission::{gzip, zstd};
use crate::reading::{lines, size};
use crate::tools::section;

#[test]
fn same_directory_and_same_full_stem() {
    let workspace = Workspace::new();
    let csv = |latency: f64| format!("mean_latency_ms\n{latency}\n");
    workspace.write("reports/decode_20261001.json", "{\"mean_latency_ms\": 10.5}");
    workspace.write("reports/decode_20261001.csv", csv(10.5));
    // Another stem before the stamp is taken out, and another directory.
    workspace.write("reports/decode_20261002.csv", csv(10.75));
    workspace.write("csv_data/decode_20261001.csv", csv(10.5));
    workspace.scan();
    assert_eq!(size(&workspace), (3, 3));
    let expected = ["csv_data/decode | latency = 10.5 ms in 1", "reports/decode | latency = 10.75 ms in 2"];
    assert_eq!(lines(&workspace), expected);
}

#[test]
fn packed_and_rare_renderings_are_of_the_bundle_too() {
    let workspace = Workspace::new();
    workspace.write("reports/decode.json.gz", gzip(b"{\"mean_latency_ms\": 10.5}"));
    workspace.write("reports/decode.csv.zst", zstd(b"mean_latency_ms,ttft_s\n10.5,0.25\n"));
    workspace.write("reports/decode.md", "| mean_latency_ms | ttft_s |\n| ---: | ---: |\n| 10.5 | 0.25 |\n");
    workspace.write("reports/decode.dat", "mean_latency_ms,ttft_s,power_w\n10.5,0.25,71.5\n");
    workspace.scan();
    assert_eq!(size(&workspace), (1, 3), "{:#?}", lines(&workspace));

    // What llama-bench writes with `-o sql` and `-o json`, of one run.
    let of_run = Workspace::new();
    let insert = "INSERT INTO test (build_commit, gpu_info, model_filename, model_type, n_threads, n_prompt, n_gen, test_time, avg_ns, \
                  stddev_ns, avg_ts, stddev_ts) VALUES ('1d2c3b4a', 'Example GPU 24G', 'models/tiny.gguf', 'tiny 3B Q4_K - Medium', '8', \
                  '512', '0', '2026-02-11T09:15:01Z', '101230000', '506150', '5057.8', '33.7');\n";
    let create = "CREATE TABLE IF NOT EXISTS test (\n  build_commit TEXT,\n  gpu_info TEXT,\n  model_filename TEXT,\n  model_type TEXT,\n  \
                  n_threads INTEGER,\n  n_prompt INTEGER,\n  n_gen INTEGER,\n  test_time TEXT,\n  avg_ns INTEGER,\n  stddev_ns INTEGER,\n  \
                  avg_ts REAL,\n  stddev_ts REAL\n);\n\n";
    let json = r#"[{"build_commit": "1d2c3b4a", "gpu_info": "Example GPU 24G", "model_filename": "models/tiny.gguf",
        "model_type": "tiny 3B Q4_K - Medium", "n_threads": 8, "n_prompt": 512, "n_gen": 0, "test_time": "2026-02-11T09:15:01Z",
        "avg_ns": 101230000, "stddev_ns": 506150, "avg_ts": 5057.8, "stddev_ts": 33.7}]"#;
    of_run.write("reports/llama.sql", format!("{create}{insert}"));
    of_run.scan();
    let as_sql = (lines(&of_run), size(&of_run));
    assert!(!as_sql.0.is_empty());
    of_run.write("reports/llama.json", json);
    of_run.scan();
    assert_eq!((lines(&of_run), size(&of_run)), as_sql);
}

const RENDERINGS: [(&str, &str); 3] = [
    ("reports/decode_20261001.json", "{\"mean_latency_ms\": 10.5}"),
    ("reports/decode_20261001.csv", "mean_latency_ms,ttft_s\n20.5,0.25\n"),
    (
        "reports/decode_20261001.md",
        "| mean_latency_ms | ttft_s | tokens_per_second |\n| ---: | ---: | ---: |\n| 30.5 | 0.75 | 71.5 |\n",
    ),
];

/// Every order in which the renderings can come, and all at once.
fn orders() -> Vec<Vec<Vec<usize>>> {
    let mut orders = vec![vec![vec![0, 1, 2]]];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        orders.push(order.iter().map(|&one| vec![one]).collect());
    }
    orders
}

/// A workspace for each order, with the renderings in it.
fn landed(renderings: &[(&str, &str); 3]) -> Vec<(Vec<Vec<usize>>, Workspace)> {
    let land = |order: Vec<Vec<usize>>| {
        let workspace = Workspace::new();
        for together in &order {
            together.iter().for_each(|&one| drop(workspace.write(renderings[one].0, renderings[one].1)));
            workspace.scan();
        }
        (order, workspace)
    };
    orders().into_iter().map(land).collect()
}

#[test]
fn preference_is_per_measurement_in_any_order_of_arrival() {
    for (order, workspace) in landed(&RENDERINGS) {
        let expected = [
            "reports/decode | latency = 10.5 ms in 1",
            "reports/decode | tokens_per_second = 71.5 tok/s in 1",
            "reports/decode | ttft = 0.25 s in 1",
        ];
        assert_eq!(lines(&workspace), expected, "{order:?}");
        assert_eq!(size(&workspace), (1, 3), "{order:?}");
    }
}

#[test]
fn host_commit_and_time_belong_to_the_whole_bundle() {
    let renderings = [
        (
            "reports/decode.json",
            "{\"timestamp\": \"2026-10-01T06:00:00Z\", \"host\": \"bench-01\", \"mean_latency_ms\": 10.5}",
        ),
        ("reports/decode.csv", "commit,ttft_s\n1d2c3b4a,0.25\n"),
        ("reports/decode.md", "| model | tokens_per_second |\n| --- | ---: |\n| tiny | 71.5 |\n"),
    ];
    for (order, workspace) in landed(&renderings) {
        assert_eq!(size(&workspace), (1, 3), "{order:?}: {:#?}", lines(&workspace));
        for series in workspace.series() {
            assert_eq!(series["environment"], "bench-01", "{order:?}: {series}");
            assert_eq!(series["latest_at"], "2026-10-01T06:00:00Z", "{order:?}: {series}");
        }
        let commits = "SELECT count(*) FROM run JOIN text c ON c.id = commit_id JOIN text h ON h.id = host_id WHERE c.text = '1d2c3b4a' AND h.text = 'bench-01'";
        assert_eq!(workspace.count(commits), 1, "{order:?}");
    }
}

/// The findings of all reports together.
fn findings(workspace: &Workspace) -> String {
    let of_report = |path| section(&std::fs::read_to_string(path).unwrap(), "Findings").unwrap_or_default().to_owned();
    workspace.reports().into_iter().map(of_report).collect()
}

#[test]
fn a_disagreement_is_a_finding_whichever_comes_first() {
    let two = |first: usize, second: usize| {
        let workspace = Workspace::new();
        for one in [first, second] {
            workspace.write(RENDERINGS[one].0, RENDERINGS[one].1);
            workspace.scan();
        }
        findings(&workspace)
    };
    for (first, second) in [(0, 1), (1, 0), (0, 2), (2, 1)] {
        assert!(two(first, second).contains("disagree"), "{first}, then {second}: {}", two(first, second));
    }
    // Equal within the places that they write, or in another unit, is no disagreement.
    let agreeing = Workspace::new();
    agreeing.write("reports/decode.json", "{\"mean_latency_ms\": 10.5012}");
    agreeing.write("reports/decode.csv", "mean_latency_ms\n10.50\n");
    agreeing.write("reports/decode.md", "| mean_latency_us | ttft_s |\n| ---: | ---: |\n| 10501 | 0.25 |\n");
    agreeing.scan();
    assert_eq!(size(&agreeing), (1, 2), "{:#?}", lines(&agreeing));
    assert!(!findings(&agreeing).contains("disagree"), "{}", findings(&agreeing));
    // Two texts, of which none is better than the other, are checked too.
    let texts = Workspace::new();
    texts.write("reports/decode.dat", "mean_latency_ms,ttft_s\n10.5,0.25\n");
    texts.write("reports/decode.txt", "mean_latency_ms,ttft_s\n20.5,0.25\n");
    texts.scan();
    assert_eq!(size(&texts), (1, 2), "{:#?} of {:?}", lines(&texts), files_below(&texts.path("reports")));
    assert!(findings(&texts).contains("disagree"), "{}", findings(&texts));
}
