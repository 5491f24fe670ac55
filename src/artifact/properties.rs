//! Properties of the readers, tried on generated files: what is written can be read, every number is told with the place where it stands,
//! and what a file looks like on the outside changes nothing.
//!
//! The files are the same in every run, so that a failure is one for everybody; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` (a quarter of
//! so many) try others.

use std::io::Write;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use super::infer::number::{Scan, scan};
use super::{Input, Outcome, Parsed, RelPath, Role, Settings, appended, invariants, parse, read};

fn config() -> Config {
    let config = Config::default();
    let config = Config { failure_persistence: None, cases: config.cases.div_ceil(4), ..config };
    match config.rng_seed {
        RngSeed::Random => Config { rng_seed: RngSeed::Fixed(3), ..config },
        RngSeed::Fixed(_) => config,
    }
}

const NAMES: [&str; 10] = ["a", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.md", "a.txt", "a.log", "a.xml", "a.jtl"];

fn path(name: &str) -> RelPath {
    RelPath::new(format!("reports/{name}"))
}

fn parsed(name: &str, bytes: &[u8]) -> Parsed {
    match parse(&Input { path: &path(name), bytes }, &Settings::default()) {
        Outcome::Parsed(parsed) => parsed,
        other => panic!("{other:?}: {}", String::from_utf8_lossy(bytes)),
    }
}

fn check(name: &str, bytes: &[u8]) {
    let settings = Settings { max_columns: 512, max_readings: 100_000, ..Settings::default() };
    invariants::check(&path(name), bytes, &settings);
    invariants::check_disguises(&path(name), bytes, &settings);
    invariants::check_pieces(&path(name), bytes, &settings);
}

/// A number as programs write it: text and value.
fn number() -> impl Strategy<Value = (String, f64)> {
    let decimals = (0u32..10_000_000, 1usize..6).prop_map(|(n, places)| format!("{:.places$}", f64::from(n) / 1e4));
    let exponent = (1u32..10_000, -9i32..9).prop_map(|(n, e)| format!("{n}.5e{e}"));
    prop_oneof![4 => decimals, 1 => exponent].prop_map(|text| {
        let value = text.parse().unwrap();
        (text, value)
    })
}

/// Columns of a table, and for each row its case and cells.
type Cells = (Vec<&'static str>, Vec<(String, Vec<(String, f64)>)>);

const QUANTITIES: [&str; 7] =
    ["latency_ms", "throughput_tok_s", "ttft_s", "p99_us", "memory_mb", "Mean Time (ns)", "accuracy"];

fn cells() -> impl Strategy<Value = Cells> {
    let quantities = proptest::sample::subsequence(QUANTITIES.to_vec(), 1..=QUANTITIES.len());
    quantities.prop_flat_map(|quantities| {
        let row = ("[a-z]{1,8}[ _-][a-z]{1,4}", proptest::collection::vec(number(), quantities.len()));
        (Just(quantities), proptest::collection::vec(row, 2..12))
    })
}

fn delimited((quantities, rows): &Cells, delimiter: char) -> String {
    let line = |cells: Vec<&str>| cells.join(&delimiter.to_string()) + "\n";
    let mut text = line(["case"].into_iter().chain(quantities.iter().copied()).collect());
    for (case, cells) in rows {
        text += &line([case.as_str()].into_iter().chain(cells.iter().map(|(text, _)| text.as_str())).collect());
    }
    text
}

/// The values of one column after the other.
fn told(parsed: &Parsed, quantities: &[&str]) -> Vec<Vec<f64>> {
    let of = |quantity: &&str| {
        let readings = parsed.readings.iter().filter(|r| r.field == **quantity);
        readings.filter(|r| matches!(r.role, Role::Metric)).map(|r| r.value).collect()
    };
    quantities.iter().map(of).collect()
}

fn written((quantities, rows): &Cells) -> Vec<Vec<f64>> {
    (0..quantities.len()).map(|column| rows.iter().map(|(_, cells)| cells[column].1).collect()).collect()
}

/// The cells as an array of records.
fn records((quantities, rows): &Cells) -> Vec<Value> {
    let record = |(case, cells): &(String, Vec<(String, f64)>)| {
        let numbers = quantities.iter().zip(cells).map(|(name, (_, value))| ((*name).to_owned(), json!(value)));
        Value::Object([("case".to_owned(), json!(case))].into_iter().chain(numbers).collect())
    };
    rows.iter().map(record).collect()
}

fn markdown((quantities, rows): &Cells) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(["case"].into_iter().chain(quantities.iter().copied()).collect());
    text += &line(vec!["---"; quantities.len() + 1]);
    for (case, cells) in rows {
        text += &line([case.as_str()].into_iter().chain(cells.iter().map(|(text, _)| text.as_str())).collect());
    }
    text
}

/// JSON with keys and numbers as benchmarks have them, and some that they have not.
fn json_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        proptest::sample::select(QUANTITIES.to_vec()).prop_map(str::to_owned),
        proptest::sample::select(vec![
            "name",
            "model",
            "results",
            "timestamp",
            "commit",
            "stats",
            "mean",
            "p(95)",
            "a[03]"
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z_.\\[\\]\" é\u{1}]{0,6}",
    ];
    let leaf = prop_oneof![
        4 => number().prop_map(|(_, value)| json!(value)),
        1 => any::<i64>().prop_map(|n| json!(n)),
        1 => "[a-z0-9 .:-]{0,12}".prop_map(|text| json!(text)),
        1 => Just(json!("2026-10-02T06:00:00Z")),
        1 => number().prop_map(|(text, _)| json!(format!("{text} ms"))),
        1 => any::<bool>().prop_map(|b| json!(b)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 96, 8, move |inner| {
        let entries = proptest::collection::vec((key.clone(), inner.clone()), 0..8);
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..8).prop_map(Value::Array),
            3 => entries.prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Text of pieces that mean something to one reader or another.
fn patchwork() -> impl Strategy<Value = String> {
    let pieces = vec![
        "latency_ms",
        "throughput",
        "tok/s",
        " ",
        "  ",
        "   ",
        "\n",
        "\n\n",
        ",",
        ";",
        "\t",
        "|",
        "| --- | --- |\n",
        "- ",
        "# ",
        "## Results\n",
        ":",
        ": ",
        "=",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "±",
        "%",
        "NaN",
        "inf",
        "1e400",
        "-",
        "--",
        "…",
        "1",
        "12.5",
        "1,234.5",
        "347.80us",
        "4m8.5s",
        "99",
        "p99",
        "mean",
        "std",
        "model",
        "case",
        "name",
        "metric",
        "value",
        "unit",
        "error",
        "timestamp",
        "2026-10-02T06:00:00Z",
        "commit",
        "Benchmark",
        "BenchmarkSort-8",
        "ns/op",
        "test result:",
        "bench:",
        "```",
        "<table>",
        "<tr><td>",
        "</td></tr>",
        "<a b=\"1.5\">",
        "</a>",
        "│",
        "─",
        "├─",
        "+-----+",
        "=====",
        "-----",
        "é",
        "\u{feff}",
        "\u{1b}[1m",
        "\r",
        "null",
        "true",
        "0",
        "00",
        "0.1",
        "ms",
        "(ms)",
        "[us]",
        "x",
        "k",
        "**",
        "`",
        "~~",
        "<!--",
        "-->",
        "&lt;",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..120).prop_map(|pieces| pieces.concat())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_have_an_outcome(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        NAMES.iter().for_each(|name| check(name, &bytes));
    }

    #[test]
    fn any_text_has_an_outcome_and_its_numbers_a_place(text in patchwork()) {
        NAMES.iter().for_each(|name| check(name, text.as_bytes()));
    }

    #[test]
    fn any_json_is_read_and_every_number_stands_at_its_path(value in json_value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        check("a.json", text.as_bytes());
        check("a.jsonl", format!("{text}\n{text}\n").as_bytes());
    }

    #[test]
    fn every_cell_of_a_table_is_read_whatever_syntax_it_comes_in(cells in cells()) {
        let expected = written(&cells);
        for delimiter in [',', ';', '\t', '|'] {
            let text = delimited(&cells, delimiter);
            check("a.csv", text.as_bytes());
            prop_assert_eq!(&told(&parsed("a.csv", text.as_bytes()), &cells.0), &expected, "{}", text);
        }
        let markdown = markdown(&cells);
        check("a.md", markdown.as_bytes());
        prop_assert_eq!(&told(&parsed("a.md", markdown.as_bytes()), &cells.0), &expected, "{}", markdown);
        let records = records(&cells);
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        check("a.jsonl", lines.as_bytes());
        prop_assert_eq!(&told(&parsed("a.jsonl", lines.as_bytes()), &cells.0), &expected, "{}", lines);
        let array = json!({ "results": records }).to_string();
        check("a.json", array.as_bytes());
        prop_assert_eq!(&told(&parsed("a.json", array.as_bytes()), &cells.0), &expected, "{}", array);
    }

    #[test]
    fn of_a_file_that_grew_the_old_and_the_new_make_the_whole(cells in cells(), rows in 1usize..11) {
        let rows = rows.min(cells.1.len() - 1);
        let lines: String = records(&cells).iter().map(|record| format!("{record}\n")).collect();
        for (name, text, above) in [("a.csv", delimited(&cells, ','), 1), ("a.jsonl", lines, 0)] {
            let end = text.match_indices('\n').nth(rows + above - 1).unwrap().0 + 1;
            // One line of JSON is a JSON file; two tell that it is one of lines.
            if name == "a.jsonl" && rows < 2 {
                continue;
            }
            let (before, whole) = (parsed(name, &text.as_bytes()[..end]), parsed(name, text.as_bytes()));
            let new = appended(&before, whole.clone());
            let told = |parsed: &Parsed| {
                let readings = parsed.readings.iter();
                let mut told: Vec<String> = readings.map(|r| format!("{} {} {} {}", r.at, r.field, r.value, r.case)).collect();
                told.sort();
                told
            };
            prop_assert!(!new.readings.is_empty());
            let mut both = told(&before);
            both.extend(told(&new));
            both.sort();
            prop_assert_eq!(both, told(&whole));
        }
    }

    #[test]
    fn a_file_cut_in_the_middle_is_not_taken_for_one_that_is_wrong(value in json_value(), at in any::<proptest::sample::Index>()) {
        prop_assume!(value.is_object() || value.is_array());
        let text = value.to_string();
        let cut = (0..at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let outcome = parse(&Input { path: &path("a.json"), bytes: &text.as_bytes()[..cut] }, &Settings::default());
        prop_assert!(matches!(outcome, Outcome::Incomplete { .. }), "{:?}: {}", outcome, &text[..cut]);
    }

    #[test]
    fn a_packed_file_says_what_its_text_says(cells in cells(), at in any::<proptest::sample::Index>()) {
        let text = delimited(&cells, ',');
        let read = |mut bytes: &[u8]| read(&path("a.csv.gz"), &mut bytes, &Settings::default()).unwrap();
        let whole = Outcome::Parsed(parsed("a.csv.gz", text.as_bytes()));
        let packed = gzip(text.as_bytes());
        prop_assert_eq!(read(&packed), whole.clone());
        let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        prop_assert_eq!(read(&zstd), whole);
        let cut = 4 + at.index(packed.len() - 4);
        prop_assert!(matches!(read(&packed[..cut]), Outcome::Incomplete { .. }), "{:?}", read(&packed[..cut]));
    }

    #[test]
    fn numbers_are_read_as_they_are_written((text, value) in number(), whole in 1000u32..1_000_000_000) {
        let of = |text: &str, comma: bool| match scan(text, comma) {
            Scan::Number(number) => number.value,
            other => panic!("{text}: {other:?}"),
        };
        prop_assert_eq!(of(&text, false), value);
        prop_assert_eq!(of(&format!("-{text}"), false), -value);
        for around in [format!("{text} ms"), format!("**{text}**"), format!("{text}ms"), format!("{text} ± 0.5 ms"), format!("{text}%")] {
            prop_assert_eq!(of(&around, false), value, "{}", around);
        }
        prop_assert_eq!(of(&text.replace('.', ","), true), value);
        let digits = whole.to_string();
        let grouped = |mark: &str| {
            let head = digits.len() % 3;
            let groups = digits.as_bytes()[head..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
            let head = Some(digits[..head].to_owned()).filter(|head| !head.is_empty());
            head.into_iter().chain(groups).collect::<Vec<String>>().join(mark)
        };
        for (mark, point) in [(",", "."), (".", ","), ("_", "."), ("'", ".")] {
            let text = format!("{}{point}25", grouped(mark));
            prop_assert_eq!(of(&text, point == ","), f64::from(whole) + 0.25, "{}", text);
        }
    }
}
