//! The design's decisions on series identity, runs and history, from outside: what makes a series, a bundle, a run, a copy, and what does
//! not. Each test is named after its sentence; where another file pins a sentence already, the table points there.
//!
//! **Series identity**
//!
//! | sentence | test |
//! | --- | --- |
//! | 1 the directory below the root, root's name included | [`the_directory_below_the_root_with_the_roots_name`] |
//! | 2 time-stamped components removed | [`time_stamped_directories_are_removed`] |
//! | 3 the stem without time stamps and run counters | [`the_stem_without_time_stamps_and_run_counters`]; `artifact::identity` |
//! | 4 the case, 5 the parameters, 6 the metric | [`the_case_the_parameters_and_the_metric`] |
//! | 7 the environment (host, hardware, branch when the content names them) | [`the_environment_as_the_content_names_it`]; `reading::hosts_are_compared_with_themselves` |
//! | 8 the unit: tools change its prefix from run to run | [`a_unit_that_changes_from_run_to_run_is_one_series`] |
//! | 9 a bundle is same directory and same full stem | [`bundles::same_directory_and_same_full_stem`], [`bundles::packed_and_rare_renderings_are_of_the_bundle_too`] |
//! | 10 whenever its files arrive | [`bundles::preference_is_per_measurement_in_any_order_of_arrival`]; `reading::a_rendering_that_comes_later_joins_its_run`, `reading::the_order_of_arrival_makes_no_difference` |
//! | 11 preference is per measurement (JSON, then CSV, then Markdown) | [`bundles::preference_is_per_measurement_in_any_order_of_arrival`]; `reading::renderings_of_one_result_give_one_series_and_one_run` |
//! | 12 what only a poorer rendering holds is kept | the same |
//! | 13 host, commit and time belong to the whole bundle | [`bundles::host_commit_and_time_belong_to_the_whole_bundle`]; `reading::what_one_rendering_says_of_the_host_holds_for_the_bundle`, `reading::what_one_rendering_says_of_the_host_holds_for_those_that_come_later` |
//! | 14 renderings are cross-checked, and a disagreement is a finding | [`bundles::a_disagreement_is_a_finding_whichever_comes_first`]; `reading::renderings_that_disagree_are_a_finding` |
//! | 15 rows with equal parameters in one run are samples of one measurement | [`runs::rows_with_equal_parameters_are_samples`] |
//! | 16 a time in each row makes runs only when the same cases recur in blocks | [`runs::times_in_rows_make_runs_of_recurring_blocks_only`] |
//! | 17 other branches are compared with the default's history | [`branches_are_compared_with_the_default`] |
//! | 18 and never added to it | [`branches_are_never_added_to_the_default`] |
//!
//! **Runs and time**
//!
//! | sentence | test |
//! | --- | --- |
//! | 19 time from the content, then the file name, then mtime | [`runs::time_from_the_content_then_the_name_then_mtime`] |
//! | 20 the same path with new bytes is a new run | `reading::new_bytes_in_an_old_path_are_a_new_run` |
//! | 21 for an append-only file, its new rows | `reading::of_a_file_that_grows_only_the_new_rows_are_runs`, `admission::of_a_packed_file_that_grows_only_the_new_rows_are_runs`; [`runs::an_output_that_is_appended_is_one_more_run`] |
//! | 22 the same bytes again are nothing | `inventory::new_times_on_old_bytes_are_nothing_new`, `inventory::a_second_scan_adds_nothing_and_writes_no_report` |
//! | 23 a copy is equal content *and* equal file name | `reading::equal_copies_count_once_and_the_first_path_owns_them`; [`runs::equal_content_or_equal_name_alone_is_no_copy`] |
//! | 24 the first path in lexical order owns it | `reading::equal_copies_count_once_and_the_first_path_owns_them`; [`runs::a_copy_that_lands_later_takes_no_history_away`] |
//! | 25 an older run is put in by its time | `reading::a_run_older_than_the_newest_is_put_in_by_its_time` |
//! | 26 the series is segmented again, without an alert | [`runs::late_runs_are_segmented_again_without_an_alert`] |
//! | 27 a deleted artifact keeps its history | `reading::a_deleted_artifact_keeps_its_history`; tests/daemon `arrival::a_file_that_comes_back_unchanged_is_the_same_file` |
//! | 28 counts are listed and no series | [`runs::counts_are_listed_and_no_series`] |
//!
//! **Our own files never feed us**
//!
//! | sentence | test |
//! | --- | --- |
//! | 29 reports carry a marker, which is checked | `inventory::our_own_reports_are_never_read_back`; tests/daemon `landing::the_daemon_never_reacts_to_its_own_files` |
//! | 30 reports are in a ledger, which is checked | [`runs::a_report_that_lost_its_marker_is_still_ours`] |
//! | 31 a report stands in the deepest directory shared by what regressed, else by all, never above the tree | `report::a_report_stands_in_the_deepest_directory_of_what_it_is_about` |
//! | 32 `[report] dir` puts all in one place | `report::all_reports_can_have_one_place` |
//! | 33 where that cannot be written there is a fallback | `report::where_a_report_cannot_be_written_it_goes_to_the_state_directory` |
//! | 34 its name, `-2` when taken, HTML beside it | `publish` (unit), `report::the_html_says_the_same_and_holds_no_foreign_markup` |
//!
//! **Backfill is quiet**
//!
//! | sentence | test |
//! | --- | --- |
//! | 35 what the first completed scan of a root finds is history; each root remembers it | tests/daemon `roots::what_the_first_scan_of_a_root_finds_is_history_whatever_lands_meanwhile`, `kills::killed_in_the_first_index`; `judging::another_directory_of_a_known_name_is_history_too` |
//! | 36 one baseline report, no mail about the past | `judging::history_makes_one_report_and_no_mail` |
//! | 37 the newest run is judged all the same and counts for `--fail-on` | `judging::a_regression_in_the_history_is_judged_but_mails_nobody` |
//!
//! **Settle, then land** (reading)
//!
//! | sentence | test |
//! | --- | --- |
//! | 38 a file is read when two looks are equal | tests/daemon `arrival::a_file_that_is_written_slowly_is_indexed_once_when_it_is_complete`, `arrival::a_file_that_never_stops_growing_holds_nobody_up` |
//! | 39 a half-written JSON is pending, not an error | `inventory::a_half_written_file_waits_and_is_taken_when_it_is_whole`; tests/daemon `arrival::a_half_written_json_survives_a_restart_and_its_deletion_is_no_error` |
//! | 40 and is looked at again even if no event comes | tests/daemon `arrival::a_half_written_json_is_pending_and_is_indexed_when_it_is_completed_without_an_event` |

mod bundles;
mod runs;

use harness::{Bench, Workspace};

use crate::reading::{lines, size};
use crate::tools::{kinds, verdict};

/// One value of every series: benchmark, environment and runs.
fn known(workspace: &Workspace) -> Vec<String> {
    let text = |s: &serde_json::Value| {
        format!("{} @{} in {}", s["benchmark"].as_str().unwrap(), s["environment"].as_str().unwrap(), s["runs"])
    };
    workspace.series().iter().map(text).collect()
}

fn latency(n: usize) -> String {
    format!("{{\"mean_latency_ms\": {n}.25}}")
}

#[test]
fn the_directory_below_the_root_with_the_roots_name() {
    let workspace = Workspace::new();
    workspace.configure("roots = [\"reports\", \"csv_data\", \"elsewhere/results\"]\n");
    for (n, place) in ["reports", "reports/gpu", "csv_data/gpu", "elsewhere/results/gpu"].iter().enumerate() {
        workspace.write(format!("{place}/decode.json"), latency(n));
    }
    workspace.scan();
    let expected = [
        "csv_data/gpu/decode @ in 1",
        "reports/decode @ in 1",
        "reports/gpu/decode @ in 1",
        "results/gpu/decode @ in 1",
    ];
    assert_eq!(known(&workspace), expected);
}

#[test]
fn time_stamped_directories_are_removed() {
    let workspace = Workspace::new();
    let dirs = ["20251002-151204/gpu", "2025-10-03T08-00-00Z/gpu", "gpu/1759181417", "gpu/run_7"];
    for (n, dir) in dirs.iter().enumerate() {
        workspace.write(format!("reports/{dir}/decode.json"), latency(n));
    }
    workspace.write("reports/20251002/gpu2025/decode.json", latency(9));
    workspace.scan();
    assert_eq!(known(&workspace), ["reports/gpu/decode @ in 4", "reports/gpu2025/decode @ in 1"]);
}

#[test]
fn the_stem_without_time_stamps_and_run_counters() {
    let workspace = Workspace::new();
    let stems = [
        "decode",
        "decode_20251002-170837",
        "decode-run3",
        "decode_2025-11-20T10-33-12Z_run_2",
        "decode (2)",
        "decode_007",
    ];
    for (n, stem) in stems.iter().enumerate() {
        workspace.write(format!("reports/{stem}.json"), latency(n));
    }
    for (n, stem) in ["decode_270m", "decode_v2", "decode_c1024"].iter().enumerate() {
        workspace.write(format!("reports/{stem}.json"), latency(10 + n));
    }
    workspace.scan();
    let others = ["reports/decode_270m @ in 1", "reports/decode_c1024 @ in 1", "reports/decode_v2 @ in 1"];
    assert_eq!(known(&workspace), [&["reports/decode @ in 6"][..], &others].concat());
}

#[test]
fn the_case_the_parameters_and_the_metric() {
    let workspace = Workspace::new();
    workspace.write(
        "csv_data/codec_20261001.csv",
        "name,num_ctx,threads,latency_ms,ttft_s\nencode,1024,4,10.5,0.5\nencode,2048,4,20.5,0.6\ndecode,1024,4,5.5,0.7\n\
         decode,1024,8,4.5,0.8\n",
    );
    // The next run writes its columns and rows in another order.
    workspace.write(
        "csv_data/codec_20261002.csv",
        "threads,ttft_s,name,latency_ms,num_ctx\n8,0.81,decode,4.51,1024\n4,0.51,encode,10.51,1024\n4,0.61,encode,20.51,2048\n\
         4,0.71,decode,5.51,1024\n",
    );
    workspace.scan();
    let about = |case: &str, params: &str, ms: f64, s: f64| {
        [
            format!("csv_data/codec | {case} | {params} | latency = {ms} ms in 2"),
            format!("csv_data/codec | {case} | {params} | ttft = {s} s in 2"),
        ]
    };
    let expected = [
        about("decode", "num_ctx=1024 threads=4", 5.51, 0.71),
        about("decode", "num_ctx=1024 threads=8", 4.51, 0.81),
        about("encode", "num_ctx=1024 threads=4", 10.51, 0.51),
        about("encode", "num_ctx=2048 threads=4", 20.51, 0.61),
    ]
    .concat();
    assert_eq!(lines(&workspace), expected);
}

#[test]
fn the_environment_as_the_content_names_it() {
    let workspace = Workspace::new();
    let environments = [
        ("", ""),
        ("\"host\": \"bench-01\", ", "bench-01"),
        ("\"gpu_name\": \"RTX 4080\", ", "RTX 4080"),
        ("\"host\": \"bench-02\", \"gpu_name\": \"RTX 4080\", ", "bench-02"),
        ("\"branch\": \"faster\", ", "branch faster"),
        ("\"host\": \"bench-01\", \"branch\": \"faster\", ", "bench-01, branch faster"),
        ("\"host\": \"bench-03\", \"branch\": \"main\", ", "bench-03"),
    ];
    for (n, (said, _)) in environments.iter().enumerate() {
        workspace
            .write(format!("reports/decode_2026100{}.json", n + 1), latency(n).replacen('{', &format!("{{{said}"), 1));
    }
    workspace.scan();
    let mut expected: Vec<String> = environments.iter().map(|(_, e)| format!("reports/decode @{e} in 1")).collect();
    expected.sort();
    let mut found = known(&workspace);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_unit_that_changes_from_run_to_run_is_one_series() {
    let workspace = Workspace::new();
    for (n, cell) in ["412us", "1.02ms", "998.5us"].iter().enumerate() {
        workspace.write(format!("csv_data/parse_2026100{}.csv", n + 1), format!("name,latency\nsmall,{cell}\n"));
        workspace.scan();
        let latest = ["412.0", "1020.0", "998.5"][n];
        let expected = format!("csv_data/parse | small | latency = {latest} us in {}", n + 1);
        assert_eq!(lines(&workspace), [expected]);
    }
}

/// The content of run `n` on a branch.
fn on_branch(bench: &Bench, n: usize, factor: f64, branch: &str) -> String {
    bench.content(n, factor).replacen('{', &format!("{{\"branch\": \"{branch}\", "), 1)
}

/// Two dozen runs of the default branch, some of which name it.
fn with_default(bench: &Bench) -> Workspace {
    let workspace = Workspace::new();
    for n in 0..24 {
        let content = if n % 2 == 0 { bench.content(n, 1.0) } else { on_branch(bench, n, 1.0, "main") };
        workspace.write(bench.path(n), content);
    }
    workspace.scan();
    workspace
}

#[test]
fn branches_are_compared_with_the_default() {
    let bench = Bench::new("reports/decode/decode");
    let workspace = with_default(&bench);
    let mut said = Vec::new();
    for n in 24..27 {
        workspace.write(bench.path(n), on_branch(&bench, n, 1.3, "slower"));
        said.push(workspace.scan());
    }
    assert_eq!(kinds(&said[0]), ["candidate", "candidate"]);
    assert_eq!(kinds(&said[2]), ["regression", "regression"]);
    let told = verdict(&said[2], "latency").unwrap();
    assert_eq!(told["series"]["environment"], "branch slower");
    assert_eq!(told["change_at"], bench.time(24).to_string());
    let before = told["before"].as_f64().unwrap();
    assert!((118.0..122.0).contains(&before), "the level of the default branch: {told}");
    // A branch that is as fast as the default is nothing to tell.
    for n in 27..30 {
        workspace.write(bench.path(n), on_branch(&bench, n, 1.0, "harmless"));
        assert_eq!(kinds(&workspace.scan()), [] as [&str; 0], "run {n}");
    }
}

#[test]
fn branches_are_never_added_to_the_default() {
    let bench = Bench::new("reports/decode/decode");
    let workspace = with_default(&bench);
    // So many runs of a slower branch would be the new level.
    for n in 24..36 {
        workspace.write(bench.path(n), on_branch(&bench, n, 1.3, "slower"));
    }
    workspace.scan();
    bench.land(&workspace, 36, 1.0);
    assert_eq!(kinds(&workspace.scan()), [] as [&str; 0]);
    let runs = ["reports/decode/decode @ in 25", "reports/decode/decode @branch slower in 12"];
    let mut found = known(&workspace);
    found.sort();
    found.dedup();
    assert_eq!(found, runs);
    assert_eq!(size(&workspace), (37, 74));
}
