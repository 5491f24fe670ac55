//! Files as they should not be: never fatal, never silent, and never at the price of the good ones beside them.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use harness::{Ended, Workspace};
use serde_json::{Value, json};

const CSV: &str = "name,latency_ms,throughput_tok_s\nparse,10.5,99.25\nlink,20.25,50.5\n";

/// Address space that the program may have: what a file makes it hold must fit, whatever the file is. KiB.
const ROOM: u32 = 700_000;

/// Metric, case, value and place of all that was measured.
fn told(explained: &Value) -> Vec<String> {
    let measurements = explained["measurements"].as_array().expect("a list");
    measurements.iter().map(|m| format!("{} {} {} {}", m["metric"], m["case"], m["value"], m["at"])).collect()
}

fn warned(explained: &Value, what: &str) -> bool {
    explained["warnings"].as_array().expect("a list").iter().any(|w| w.as_str().is_some_and(|w| w.contains(what)))
}

/// `explain --json` with little memory.
fn explain(path: &Path) -> Ended {
    let program = Workspace::new().command::<&str>([]).get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {ROOM}; exec \"$@\""), "sh"]).arg(program);
    Ended::of(command.args([OsStr::new("explain"), path.as_os_str(), OsStr::new("--json")]).env_clear())
}

/// What is said of a file that cannot be read.
#[track_caller]
fn refused(path: &Path) -> String {
    explain(path).code(3).stderr
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
}

#[test]
fn marks_encodings_and_line_ends_change_nothing() {
    let workspace = Workspace::new();
    let plain = told(&workspace.explain(workspace.write("reports/plain.csv", CSV)));
    assert_eq!(plain.len(), 4);
    let disguises: [(&str, Vec<u8>); 6] = [
        ("bom", [b"\xef\xbb\xbf", CSV.as_bytes()].concat()),
        ("utf16le", wide(CSV, u16::to_le_bytes)),
        ("utf16be", wide(CSV, u16::to_be_bytes)),
        ("crlf", CSV.replace('\n', "\r\n").into_bytes()),
        ("mixed", CSV.replacen('\n', "\r\n", 2).into_bytes()),
        ("cut", CSV.trim_end().as_bytes().to_vec()),
    ];
    for (name, bytes) in disguises {
        let explained = workspace.explain(workspace.write(format!("reports/{name}.csv"), bytes));
        assert_eq!(told(&explained), plain, "{name}");
        assert_eq!(warned(&explained, "read as UTF-16"), name.starts_with("utf16"), "{name}: {explained:#}");
    }
    let latin = CSV.replace("parse", "pars\u{e9}");
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let explained = workspace.explain(workspace.write("reports/latin.csv", latin));
    assert!(told(&explained)[0].contains("pars\u{e9}") && warned(&explained, "Latin-1"), "{explained:#}");
}

#[test]
fn ragged_rows_and_names_that_come_twice_are_read_and_told() {
    let workspace = Workspace::new();
    let ragged = format!("{CSV}run,30.5\ncheck,40.5,25.25,surplus\n");
    let explained = workspace.explain(workspace.write("reports/ragged.csv", ragged));
    assert_eq!(told(&explained).len(), 7, "{explained:#}");
    assert!(warned(&explained, "2 of 4 rows do not have the 3 cells of the header"), "{explained:#}");
    let twice = "name,latency_ms,latency_ms\nparse,10.5,11.5\nlink,20.25,21.25\n";
    let explained = workspace.explain(workspace.write("reports/twice.csv", twice));
    let places: Vec<&Value> = explained["measurements"].as_array().unwrap().iter().map(|m| &m["at"]).collect();
    assert_eq!(
        places,
        [
            "row 1, column latency_ms",
            "row 1, column latency_ms #2",
            "row 2, column latency_ms",
            "row 2, column latency_ms #2"
        ]
    );
    let metrics: std::collections::BTreeSet<String> =
        explained["measurements"].as_array().unwrap().iter().map(|m| m["metric"].to_string()).collect();
    assert_eq!(metrics.len(), 2, "{explained:#}");
}

#[test]
fn ten_thousand_columns_are_read() {
    let workspace = Workspace::new();
    let line = |cell: &dyn Fn(usize) -> String| (0..10_000).map(cell).collect::<Vec<_>>().join(",") + "\n";
    let text = line(&|i| format!("step{i}_ms")) + &line(&|i| format!("{i}.5")) + "1.5\n";
    let explained = explain(&workspace.write("reports/wide.csv", text)).code(0).json();
    assert_eq!(told(&explained).len(), 10_001);
    let too_wide = (0..20_000).map(|i| format!("step{i}_ms")).collect::<Vec<_>>().join(",") + "\n1.5\n";
    assert!(refused(&workspace.write("reports/wider.csv", too_wide)).contains("more than 16384 columns"));
}

#[test]
fn what_can_never_be_read_says_why_and_where() {
    let workspace = Workspace::new();
    let said = |name: &str, bytes: &[u8]| refused(&workspace.write(format!("reports/{name}"), bytes));
    for (name, bytes, reason) in [
        (
            "cut.json",
            b"{\"latency_ms\": [1.5,\n2.5".as_slice(),
            "is not complete: the JSON value that begins on line 1 ends in the middle (line 2)",
        ),
        ("cut.csv", b"name,latency_ms\n\"parse,1.5\n", "is not complete: the quote opened on line 2 is not closed"),
        ("wrong.json", b"{\"latency_ms\": 1.5,\n \"name\" 2}", "cannot be read: line 2, column 9: expected `:`"),
        ("binary.csv", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", "cannot be read: binary, not text"),
        ("deep.json", &b"[".repeat(1_000_000), "cannot be read: line 1: nested deeper than 100"),
        ("deep.jsonl", &b"{\"a\":".repeat(1_000_000), "cannot be read: line 1: nested deeper than 100"),
        ("cut.csv.gz", &gzip(CSV.as_bytes())[..30], "is not complete: the gzip stream ends in the middle"),
    ] {
        let told = said(name, bytes);
        assert!(told.contains(reason), "{name}: {told}");
    }
}

#[test]
fn a_number_that_no_double_holds_is_a_gap_with_its_place() {
    let workspace = Workspace::new();
    let csv = "name,latency_ms\nparse,1e400\nlink,NaN\nrun,2.5\n";
    let json = "[{\"name\": \"parse\", \"latency_ms\": 1e400}, {\"name\": \"link\", \"latency_ms\": NaN}, {\"name\": \"run\", \"latency_ms\": 2.5}]";
    for (path, text, first) in
        [("reports/a.csv", csv, "row 1, column latency_ms"), ("reports/a.json", json, "$[0].latency_ms")]
    {
        let explained = workspace.explain(workspace.write(path, text));
        assert_eq!(told(&explained).len(), 1, "{explained:#}");
        let gap = &explained["gaps"][0];
        assert_eq!(
            (&gap["kind"], &gap["count"], &gap["of"], &gap["at"]),
            (&json!("not_a_number"), &json!(2), &json!(3), &json!(first)),
            "{explained:#}"
        );
    }
}

/// The program gets so little memory that it cannot hold such a file whole.
#[test]
fn a_line_without_end_and_a_bomb_are_refused_in_little_memory() {
    let workspace = Workspace::new();
    let long = vec![b'x'; 80 << 20];
    for (name, head) in [
        ("line.json", "{\"name\": \""),
        ("line.csv", "name,latency_ms\nparse,"),
        ("line.md", "| a |"),
        ("line.txt", ""),
    ] {
        let path = workspace.write(format!("reports/{name}"), [head.as_bytes(), &long].concat());
        let ended = explain(&path);
        assert_ne!(ended.code, None, "{name}: {ended:?}");
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert!(told.contains("more than") || told.contains("longer than"), "{name}: {ended:?}");
        workspace.remove(format!("reports/{name}"));
    }
    // A gigabyte in a megabyte.
    let bomb = gzip(&vec![b'0'; 1 << 20]).repeat(1024);
    let told = refused(&workspace.write("reports/bomb.csv.gz", bomb));
    assert!(told.contains("is no text that a benchmark writes"), "{told}");
}

#[test]
fn an_empty_file_says_so_and_holds_nobody_up() {
    let workspace = Workspace::new();
    for (name, bytes) in [("empty.csv", ""), ("blank.json", " \n\n"), ("header.csv", "name,latency_ms\n")] {
        let explained = workspace.explain(workspace.write(format!("reports/{name}"), bytes));
        assert_eq!(
            (&explained["measurements"], explained["warnings"].as_array().unwrap().is_empty()),
            (&json!([]), false)
        );
    }
}

#[test]
fn bad_files_are_recorded_and_the_good_one_beside_them_is_indexed() {
    let workspace = Workspace::new();
    workspace.write("reports/good.csv", CSV);
    workspace.write("reports/cut.json", "{\"latency_ms\": [1.5,");
    workspace.write("reports/empty.csv", "");
    let bad: [(&str, &[u8], &str); 4] = [
        ("reports/binary.csv", b"\x7fELF\0\0\0\0\0\0", "binary, not text"),
        ("reports/bomb.csv.gz", &gzip(&vec![b'0'; 1 << 20]).repeat(64), "is no text that a benchmark writes"),
        ("reports/deep.json", &b"[".repeat(100_000), "line 1: nested deeper than 100"),
        ("reports/wrong.json", b"{\"a\" 1}\n", "line 1, column 6: expected `:`"),
    ];
    for (path, bytes, _) in &bad {
        workspace.write(path, bytes);
    }
    let scan = workspace.scan();
    let failed = scan["artifacts"]["failed"].as_array().expect("a list");
    let said: Vec<(&str, bool)> = failed
        .iter()
        .zip(&bad)
        .map(|(said, (_, _, reason))| {
            (said["path"].as_str().unwrap(), said["error"].as_str().unwrap().contains(reason))
        })
        .collect();
    let expected: Vec<(&str, bool)> = bad.iter().map(|(path, _, _)| (*path, true)).collect();
    assert_eq!(said, expected, "{scan:#}");
    assert_eq!(workspace.series().len(), 4, "two cases, two metrics");
    // What somebody may still be writing is waited for.
    assert_eq!(workspace.status()["pending"], 2);
    workspace.write("reports/cut.json", "{\"latency_ms\": [1.5, 2.5]}");
    workspace.scan();
    assert_eq!((workspace.status()["pending"].clone(), workspace.series().len()), (json!(1), 5));
}
