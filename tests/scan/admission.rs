//! Which files are let in: those that may hold results only when they do, packed ones as what is in them, and none at any price.

use std::io::Write as _;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use harness::{Ended, Workspace};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};

const CSV: &str = "model,latency_ms\ntiny,10.5\n";
const JSON: &str = "{\"model\": \"tiny\", \"latency_ms\": 10.5}\n";
const WRK: &str = "Running 30s test @ http://127.0.0.1:8080/
  2 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   635.91us    0.89ms  12.92ms   93.69%
    Req/Sec    56.20k     8.07k   62.00k    86.54%
  22464657 requests in 30.00s, 17.76GB read
Requests/sec: 748868.53
Transfer/sec:    606.33MB
";
/// What a service says while it runs: numbers, commas and all.
const TALK: &str = "2026-11-21 10:00:00,123 INFO  server: listening on 127.0.0.1:8080, 4 workers
2026-11-21 10:00:01,532 DEBUG pool: 3 of 16 connections in use, 2 waiting
2026-11-21 10:00:07,001 WARN  request 4711 took 1532 ms, which is longer than 1000 ms
";

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// The counts of a scan: total, csv, json, markdown, other.
fn counts(scan: &Value) -> [u64; 5] {
    ["total", "csv", "json", "markdown", "other"].map(|kind| scan["artifacts"][kind].as_u64().expect("a count"))
}

/// How many files a scan read in vain.
#[track_caller]
fn read_in_vain(workspace: &Workspace) -> u64 {
    workspace.scan()["unrecognised"].as_u64().expect("a count")
}

#[test]
fn a_file_that_may_hold_results_counts_when_it_does() {
    let workspace = Workspace::new();
    for path in ["reports/web/wrk.log", "reports/web/wrk_200", "reports/web/wrk.txt.gz"] {
        let text = WRK.replace("748868", &format!("7488{}", path.len()));
        let packed = path.ends_with(".gz");
        workspace.write(path, if packed { gzip(text.as_bytes()) } else { text.into_bytes() });
    }
    let scan = workspace.scan();
    assert_eq!(counts(&scan), [3, 0, 0, 0, 3], "{scan:#}");
    assert_eq!(scan["artifacts"]["failed"], json!([]));
    assert_eq!(workspace.status()["artifacts"]["other"], 3);
    assert!(workspace.last_report().contains("reports/web/wrk.log"), "{}", workspace.last_report());
}

#[test]
fn one_without_results_leaves_nothing_and_is_not_read_again() {
    let workspace = Workspace::new();
    let nothing: &[(&str, &[u8])] = &[
        ("reports/server.log", TALK.as_bytes()),
        ("reports/LICENSE", b"Permission is hereby granted, free of charge, to any person.\n"),
        ("reports/empty.out", b""),
        ("reports/program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
        ("csv_data/suite.xml", b"<project><version>1.2.3</version></project>\n"),
        ("artifacts/app.js", b"export const port = 8080;\n"),
        ("artifacts/broken.txt", b"{ nonsense }\n"),
        ("artifacts/damaged.log.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff"),
    ];
    for (path, bytes) in nothing {
        workspace.write(path, bytes);
    }
    assert_eq!(read_in_vain(&workspace), nothing.len() as u64);
    assert_eq!(read_in_vain(&workspace), 0);
    let scan = workspace.scan();
    assert_eq!((counts(&scan), &scan["artifacts"]["failed"]), ([0; 5], &json!([])));
    let status = workspace.status();
    assert_eq!(status["unrecognised"], nothing.len());
    assert_eq!((&status["pending"], &status["failed"], &status["landings"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(workspace.reports(), Vec::<std::path::PathBuf>::new());
    assert_eq!(workspace.mails().len(), 0);

    // The same bytes under a new stamp are looked at, one file and not all; and what is gone is forgotten.
    workspace.remove("reports/server.log");
    workspace.write("reports/server.log", TALK);
    assert_eq!(read_in_vain(&workspace), 1);
    workspace.remove("reports/server.log");
    workspace.scan();
    assert_eq!(workspace.count("SELECT count(*) FROM artifact"), nothing.len() as i64 - 1);
}

#[test]
fn other_readers_read_again_what_the_old_ones_did_not_recognise() {
    let workspace = Workspace::new();
    workspace.write("reports/server.log", TALK);
    assert_eq!((read_in_vain(&workspace), read_in_vain(&workspace)), (1, 0));
    let index = rusqlite::Connection::open(workspace.state().join("chimera-insight.db")).unwrap();
    assert_eq!(index.execute("UPDATE meta SET value = 'of old' WHERE key = 'readers'", []).unwrap(), 1);
    drop(index);
    assert_eq!((read_in_vain(&workspace), read_in_vain(&workspace)), (1, 0));
}

#[test]
fn a_file_is_picked_up_when_results_come_into_it() {
    let workspace = Workspace::new();
    workspace.write("reports/wrk.log", "Warming up.\n");
    assert_eq!(counts(&workspace.scan()), [0; 5]);
    workspace.write("reports/wrk.log", format!("Warming up.\n{WRK}"));
    let scan = workspace.scan();
    assert_eq!((counts(&scan), &scan["new_artifacts"]), ([1, 0, 0, 0, 1], &json!(1)));
    let series = workspace.series();
    assert!(series.iter().any(|series| series["latest"] == 748_868.53), "{series:#?}");
    // A new run of the tool begins by emptying the file. What was measured stays.
    workspace.write("reports/wrk.log", "Warming up.\n");
    let scan = workspace.scan();
    assert_eq!((&scan["artifacts"]["failed"], &scan["reports"]), (&json!([]), &json!([])));
    assert_eq!(workspace.series(), series);
}

#[test]
fn a_landing_names_only_what_is_an_artifact() {
    let workspace = Workspace::new();
    workspace.write("reports/web/x.csv", CSV);
    workspace.write("reports/web/server.log", TALK);
    workspace.write("reports/README", "What this is.\n");
    let scan = workspace.scan();
    assert_eq!(counts(&scan), [1, 1, 0, 0, 0]);
    let report = workspace.last_report();
    assert!(report.contains("x.csv") && !report.contains("server.log") && !report.contains("README"), "{report}");
    // Where the report stands is decided by the artifacts alone.
    assert_eq!(workspace.reports()[0].parent(), Some(workspace.path("reports/web").as_path()));
    assert_eq!(workspace.status()["last_landing"]["artifacts"], 1);
}

#[test]
fn what_is_packed_is_read_through() {
    let workspace = Workspace::new();
    workspace.write("csv_data/a.csv.gz", gzip(CSV.as_bytes()));
    workspace.write("reports/b.json.zst", zstd(JSON.as_bytes()));
    let table = "| model | latency_ms |\n| --- | --- |\n| tiny | 10.5 |\n";
    workspace.write("reports/c.md.gz", [gzip(table.as_bytes()), gzip(b"\nMore of it.\n")].concat());
    // Packed without saying so.
    workspace.write("reports/d.csv", zstd(CSV.as_bytes()));
    let scan = workspace.scan();
    assert_eq!((counts(&scan), &scan["artifacts"]["failed"]), ([4, 2, 1, 1, 0], &json!([])));
    let series = workspace.series();
    let names: Vec<&str> = series.iter().map(|series| series["benchmark"].as_str().unwrap()).collect();
    assert_eq!(names, ["csv_data/a", "reports/b", "reports/c", "reports/d"]);
    assert!(series.iter().all(|series| series["latest"] == 10.5), "{series:#?}");
    assert_eq!(workspace.explain("reports/b.json.zst")["format"], "json");
}

#[test]
fn a_packed_file_that_ends_in_the_middle_waits_for_its_end() {
    let workspace = Workspace::new();
    let whole = gzip(CSV.as_bytes());
    workspace.write("reports/x.csv.gz", &whole[..whole.len() / 2]);
    let scan = workspace.scan();
    let error = scan["artifacts"]["failed"][0]["error"].as_str().unwrap();
    assert_eq!(error, "the gzip stream ends in the middle");
    assert_eq!((&workspace.status()["pending"], &workspace.status()["failed"]), (&json!(1), &json!(0)));
    workspace.write("reports/x.csv.gz", &whole);
    let scan = workspace.scan();
    assert_eq!((&scan["measurements"], &scan["artifacts"]["failed"]), (&json!(1), &json!([])));
}

#[test]
fn a_packed_file_that_is_damaged_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    let mut damaged = gzip(CSV.as_bytes());
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    workspace.write("reports/x.csv.gz", damaged);
    workspace.write("reports/good.csv", CSV);
    let scan = workspace.scan();
    let failed = &scan["artifacts"]["failed"];
    assert_eq!(failed[0]["path"], "reports/x.csv.gz");
    let error = failed[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the gzip stream is damaged") && error.contains("checksum"), "{error}");
    assert_eq!((workspace.status()["failed"].as_u64(), scan["measurements"].as_u64()), (Some(1), Some(1)));
    assert!(workspace.last_report().contains("damaged"), "{}", workspace.last_report());
}

#[test]
fn of_a_packed_file_that_grows_only_the_new_rows_are_runs() {
    let workspace = Workspace::new();
    let rows = |from: i32, to: i32| -> String {
        (from..to).map(|n| format!("2026-10-0{}T06:00:00Z,{}.25\n", n + 1, 10 + n)).collect()
    };
    let first = gzip(format!("timestamp,latency_ms\n{}", rows(0, 3)).as_bytes());
    workspace.write("csv_data/log.csv.gz", &first);
    assert_eq!(workspace.scan()["runs"], 3);
    workspace.write("csv_data/log.csv.gz", [first, gzip(rows(3, 5).as_bytes())].concat());
    let scan = workspace.scan();
    assert_eq!((&scan["runs"], &scan["measurements"]), (&json!(5), &json!(5)));
}

#[test]
fn what_is_left_alone_is_not_read_whatever_its_name_is() {
    let workspace = Workspace::new();
    workspace.configure("ignore = [\"server*.log\", \"scratch/\"]\n");
    for path in [
        "reports/server-1.log",
        "reports/scratch/wrk.log",
        "reports/.wrk.log.swp",
        "reports/.git/HEAD",
        "reports/wrk.log~",
        "reports/web/node_modules/tool/wrk.log",
        "reports/web/node_modules/tool/package.json",
        "reports/bench.py",
        "reports/bench.sh",
        "reports/Cargo.lock",
        "reports/results.tar.gz",
    ] {
        workspace.write(path, WRK);
    }
    let scan = workspace.scan();
    assert_eq!((counts(&scan), &scan["unrecognised"]), ([0; 5], &json!(0)));
    workspace.write("reports/wrk-server.log", WRK);
    assert_eq!(counts(&workspace.scan()), [1, 0, 0, 0, 1]);
}

/// `scan --json` in a process that gets no more than so much memory of its own.
fn scan_within(workspace: &Workspace, mebibytes: u32) -> Ended {
    let scan = workspace.command(["scan", "--json"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -d \"$0\" && exec \"$@\"", &(mebibytes * 1024).to_string()]);
    command.arg(scan.get_program()).args(scan.get_args()).current_dir(workspace.root()).env_clear();
    command.envs(scan.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    Ended::of(&mut command)
}

#[test]
fn a_bomb_is_refused_in_little_memory() {
    let workspace = Workspace::new();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b'0'; 1 << 20];
    (0..1024).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap();
    // One of a kind that is an artifact in any case, and one that would be one if it held results.
    workspace.write("reports/bomb.json.gz", &bomb);
    workspace.write("reports/bomb.log.gz", &bomb);
    // A Zstandard frame of blocks of one repeated byte: 128 KiB in four bytes, a gibibyte in all.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    for block in 0..8192_u32 {
        let header = u32::from(block == 8191) | 1 << 1 | (128 << 10) << 3;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(b'0');
    }
    workspace.write("reports/bomb.csv", frame);
    workspace.write("reports/good.csv", CSV);
    let scan = scan_within(&workspace, 250).code(0).json();
    let failed = scan["artifacts"]["failed"].as_array().unwrap();
    let reasons: Vec<(&str, &str)> =
        failed.iter().map(|file| (file["path"].as_str().unwrap(), file["error"].as_str().unwrap())).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons.iter().all(|(_, reason)| reason.contains("packed bytes become more than")), "{reasons:?}");
    assert_eq!((reasons[0].0, reasons[1].0), ("reports/bomb.csv", "reports/bomb.json.gz"));
    assert_eq!(scan["measurements"], 1);
}

#[test]
fn a_file_of_any_size_is_refused_in_little_memory() {
    let workspace = Workspace::new();
    workspace.configure("max_file_size = \"4GiB\"\n");
    let sparse = |path: &str| std::fs::File::create(workspace.path(path)).unwrap().set_len(2 << 30).unwrap();
    sparse("reports/x.csv");
    sparse("reports/core");
    let scan = scan_within(&workspace, 250).code(0).json();
    let failed = scan["artifacts"]["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["path"]), (1, &json!("reports/x.csv")));
    assert_eq!(failed[0]["error"], format!("more than {} bytes of text (`watch.max_text_size`)", 32 << 20));
}

#[test]
fn explain_reads_whatever_it_is_given() {
    let workspace = Workspace::new();
    workspace.write("elsewhere/notes.conf", TALK);
    workspace.write("elsewhere/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\0IHDR");
    for path in ["elsewhere/notes.conf", "elsewhere/picture.png"] {
        let explained = workspace.explain(path);
        assert_eq!(explained["measurements"], json!([]), "{explained:#}");
        let warning = explained["warnings"][0].as_str().unwrap();
        assert!(warning.starts_with("no results were recognised: "), "{warning}");
    }
    workspace.write("elsewhere/wrk.conf.gz", gzip(WRK.as_bytes()));
    assert_ne!(workspace.explain("elsewhere/wrk.conf.gz")["measurements"], json!([]));
    let whole = gzip(CSV.as_bytes());
    workspace.write("elsewhere/half.csv.gz", &whole[..whole.len() / 2]);
    let half = workspace.run(["explain", "elsewhere/half.csv.gz"]).code(3);
    assert!(half.stderr.contains("ends in the middle"), "{half:?}");
}
