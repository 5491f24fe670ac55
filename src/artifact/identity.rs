//! What a path says: which benchmark, which bundle, and when.
//!
//! Time stamps (`20251002-170837`, `2025-10-02_17-08`, `2025-11-20T10-33-12Z`, epoch seconds and milliseconds), run counters
//! (`run_12`, `-run3`) and commits (`05d283b9`) are taken out of every component; what remains names the benchmark. Sizes and versions
//! (`270m`, `llama3`, `triton2508`, `c1024`, `v2`) stay. Never fails: a name that was nothing but a stamp leaves the directory alone.

use jiff::Timestamp;
use jiff::civil::Date;

use super::infer::time::utc;
use super::stamps::stamps;
use crate::domain::artifact::{RelPath, display_bytes, stem};

/// Endings that say how something is written wherever they stand: `bench.log.json` is another rendering of `bench.log`.
const FORMATS: &[&str] = &[
    "csv", "tsv", "json", "jsonl", "ndjson", "md", "markdown", "txt", "log", "xml", "jtl", "gz", "zst", "out", "html",
    "yaml", "yml", "sql",
];

/// Directory and stem without time stamps and run counters: `reports/compilation/conv_bench`. Bytes that are not UTF-8 are escaped.
pub fn benchmark(path: &RelPath) -> String {
    let shown = display_bytes(&bundle(path));
    let mut parts: Vec<String> =
        undated(&shown).into_iter().map(without_stamps).filter(|part| !part.is_empty()).collect();
    // Criterion keeps the latest run in `new` and what it compares with in `base`: two runs of one benchmark, not two benchmarks.
    if let [.., place, stem] = parts.as_slice()
        && stem == "estimates"
        && matches!(place.as_str(), "new" | "base")
    {
        parts.truncate(parts.len() - 2);
    }
    if parts.is_empty() { shown } else { parts.join("/") }
}

/// The components of a path without directories of a calendar: `2026/03/15` is a date, like `2026-03-15`.
fn undated(path: &str) -> Vec<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    let mut kept = Vec::with_capacity(parts.len());
    let mut from = 0;
    while let Some(part) = parts.get(from) {
        if calendar_day(&parts, from).is_some() {
            from += 3;
        } else {
            kept.push(*part);
            from += 1;
        }
    }
    kept
}

/// The day that three directories from `from` on are of; the last component is a file.
fn calendar_day(parts: &[&str], from: usize) -> Option<Date> {
    let number = |at: usize, digits: usize| {
        let part = parts.get(at).filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<i16>().ok()
    };
    let year = number(from, 4).filter(|year| (1990..2100).contains(year) && from + 3 < parts.len())?;
    let (month, day) = (number(from + 1, 2)?, number(from + 2, 2)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A glob for the files at this path and its likes: time stamps and run counters replaced by `*`, what is special in globs escaped.
pub fn glob(path: &RelPath) -> String {
    let shown = display_bytes(path.as_bytes());
    let parts: Vec<String> = shown
        .split('/')
        .map(|part| {
            let (mut pattern, mut from) = (String::new(), 0);
            for stamp in stamps(part) {
                pattern += &escaped(part.get(from..stamp.start).unwrap_or_default());
                pattern += if pattern.ends_with('*') { "" } else { "*" };
                from = stamp.end;
            }
            pattern + &escaped(part.get(from..).unwrap_or_default())
        })
        .collect();
    let glob = parts.join("/");
    // At the beginning it would be a negation.
    glob.strip_prefix('!').map_or_else(|| glob.clone(), |rest| format!("?{rest}"))
}

fn escaped(text: &str) -> String {
    let special = |c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
    text.chars().map(|c| if special(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

/// Directory and full stem, endings off: equal for all renderings of one result, packed or not.
pub fn bundle(path: &RelPath) -> Vec<u8> {
    let name_start = path.as_bytes().len() - path.file_name().len();
    let written = name_start + stem(path.file_name()).len();
    let mut bytes = path.as_bytes().get(..written).unwrap_or_default();
    while let Some(dot) = bytes.iter().rposition(|&b| b == b'.') {
        let extension = bytes.get(dot + 1..).unwrap_or_default();
        let known = FORMATS.iter().any(|e| extension.eq_ignore_ascii_case(e.as_bytes()));
        if !known || dot <= name_start {
            break;
        }
        bytes = bytes.get(..dot).unwrap_or_default();
    }
    bytes.to_vec()
}

/// The time in the file name, else in the deepest time-stamped directory.
pub fn time_in_name(path: &RelPath) -> Option<Timestamp> {
    let shown = display_bytes(&bundle(path));
    let parts: Vec<&str> = shown.split('/').collect();
    let named = |part: &&str| stamps(part).into_iter().find_map(|stamp| stamp.time);
    let of_day = |from| utc(calendar_day(&parts, from)?.at(0, 0, 0, 0));
    parts.iter().rev().find_map(named).or_else(|| (0..parts.len()).rev().find_map(of_day))
}

fn without_stamps(part: &str) -> String {
    let found = stamps(part);
    if found.is_empty() {
        return part.to_owned();
    }
    let mut kept = String::new();
    let mut from = 0;
    for stamp in &found {
        let piece = part.get(from..stamp.start).unwrap_or_default().trim_matches(SEPARATORS);
        join(&mut kept, piece);
        from = stamp.end;
    }
    join(&mut kept, part.get(from..).unwrap_or_default().trim_matches(SEPARATORS));
    kept
}

const SEPARATORS: &[char] = &['_', '-', '.', ' ', '(', ')', '[', ']', '@'];

fn join(kept: &mut String, piece: &str) {
    if !kept.is_empty() && !piece.is_empty() {
        kept.push('_');
    }
    kept.push_str(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> String {
        benchmark(&RelPath::new(path.as_bytes()))
    }

    #[test]
    fn a_glob_fits_the_file_and_its_likes() {
        for (path, glob, like) in [
            ("reports/conv_20251002-170837.json", "reports/conv_*.json", "reports/conv_20260101-000000.json"),
            ("reports/2026-01-02/a [x] run_12.csv", "reports/*/a [[]x[]] *.csv", "reports/2026-01-03/a [x] run_9.csv"),
            ("csv_data/model_270m.csv", "csv_data/model_270m.csv", "csv_data/model_270m.csv"),
            ("!s/!{a,b}?*.md", "?s/![{]a,b[}][?][*].md", "!s/!{a,b}?*.md"),
            ("reports/\\a.md", "reports/[\\]a.md", "reports/\\a.md"),
        ] {
            let pattern = super::glob(&RelPath::new(path.as_bytes()));
            assert_eq!(pattern, glob);
            let rule = crate::artifact::Rule::new(&[&pattern]).unwrap();
            for path in [path, like] {
                let settings = crate::artifact::Settings { rules: vec![rule.clone()], ..Default::default() };
                assert_eq!(
                    crate::artifact::rules(&RelPath::new(path.as_bytes()), &settings).len(),
                    1,
                    "{pattern}: {path}"
                );
            }
        }
    }

    #[test]
    fn stamps_and_counters_go_and_sizes_stay() {
        for (path, expected) in [
            ("reports/compilation/conv_bench_20251002-170837.json", "reports/compilation/conv_bench"),
            ("csv_data/demo_inference_1759181417.json", "csv_data/demo_inference"),
            ("reports/ollama/20251002-151204/prompt_suite_runs.csv", "reports/ollama/prompt_suite_runs"),
            ("a/x_2025-11-20T10-33-12Z.csv", "a/x"),
            ("a/x-run3.csv", "a/x"),
            ("a/run_12/metrics.json", "a/metrics"),
            ("a/x_2025-10-02_17-08.md", "a/x"),
            ("a/20251002.md", "a"),
            ("a/x_1759181417123_y.json", "a/x_y"),
            ("r/gemma3_270m_baseline.csv", "r/gemma3_270m_baseline"),
            ("r/transformer_cuda_triton2508.json", "r/transformer_cuda_triton2508"),
            ("r/g_c1024_p99_v2.csv", "r/g_c1024_p99_v2"),
            ("r/llama3.1.csv", "r/llama3.1"),
            ("r/x.csv.gz", "r/x"),
            ("r/x (2).csv", "r/x"),
            ("r/bench_001.json", "r/bench"),
            ("r/bench-0042.json", "r/bench"),
            ("r/bench_7.json", "r/bench"),
            ("r/http-results-12.csv", "r/http-results"),
            ("r/bench_5_gpu.json", "r/bench_gpu"),
            ("r/batch_128.json", "r/batch_128"),
            ("r/bench_v2.json", "r/bench_v2"),
            ("r/microbench_7.json", "r/microbench_7"),
            ("r/rate_0.05.json", "r/rate_0.05"),
            ("r/criterion/encode/64/new/estimates.json", "r/criterion/encode/64"),
            ("r/criterion/encode/64/base/estimates.json", "r/criterion/encode/64"),
            ("1759181417.json", "1759181417"),
            ("asv/box/05d283b9-py2.7.json", "asv/box/py2.7"),
            ("asv/box/1759e181-py2.7.json", "asv/box/py2.7"),
            (".benchmarks/x/0001_356a192b7913b04c54574d18c28d46e6395428ab_20260303_101112.json", ".benchmarks/x"),
            ("r/2026-03-03_10-11-main-356a192b7913.json", "r/main"),
            ("r/out_356A192.json", "r/out_356A192"),
            ("r/deadbeef_decade.json", "r/deadbeef_decade"),
            ("r/size_1048576.json", "r/size_1048576"),
            ("r/x_c128b64.json", "r/x_c128b64"),
            ("r/x_1024b64.json", "r/x_1024b64"),
            ("r/sign_ed25519.json", "r/sign_ed25519"),
            ("r/go-b6589fc6ab.txt", "r/go"),
            ("r/go-356a192.txt", "r/go"),
            ("r/n_1000000b.json", "r/n_1000000b"),
            ("r/2026/03/15/out.json", "r/out"),
            ("r/2026/33/15/out.json", "r/2026/33/15/out"),
            ("r/build-4711/out.json", "r/out"),
            ("r/cpu_03-Mar-2026.log", "r/cpu"),
            ("r/3-way-2026.log", "r/3-way-2026"),
        ] {
            assert_eq!(of(path), expected, "{path}");
        }
        assert_eq!(benchmark(&RelPath::new(&b"r/\xff.csv"[..])), "r/\\xff");
    }

    #[test]
    fn times_come_from_the_name_then_the_deepest_directory() {
        let time = |path: &str| time_in_name(&RelPath::new(path.as_bytes())).map(|t| t.to_string());
        assert_eq!(time("a/20240101/x_20251002-170837.json").as_deref(), Some("2025-10-02T17:08:37Z"));
        assert_eq!(time("a/20240101/20251002-151204/x.json").as_deref(), Some("2025-10-02T15:12:04Z"));
        assert_eq!(time("a/x_1759181417.json").as_deref(), Some("2025-09-29T21:30:17Z"));
        assert_eq!(time("a/2026/03/15/x.json").as_deref(), Some("2026-03-15T00:00:00Z"));
        assert_eq!(time("a/cpu_03-Mar-2026.log").as_deref(), Some("2026-03-03T00:00:00Z"));
        assert_eq!(time("a/gemma3_270m.json"), None);
    }

    #[test]
    fn renderings_share_a_bundle() {
        let bundle_of = |path: &str| bundle(&RelPath::new(path.as_bytes()));
        assert_eq!(bundle_of("r/x_20251002.md"), bundle_of("r/x_20251002.json"));
        assert_eq!(bundle_of("r/.json"), b"r/.json");
        for name in
            ["x.json", "x.csv.gz", "x.jsonl.zst", "x.sql", "x.res", "x.dat", "x.stats", "x.stdout", "x.log.json"]
        {
            assert_eq!(bundle_of(&format!("r/{name}")), b"r/x", "{name}");
        }
        // What is no ending stays: a version, a second word, what no artifact is called.
        for name in ["llama3.1", "x.summary.md", "x_stats.csv", "x.tar.gz"] {
            assert_ne!(bundle_of(&format!("r/{name}")), b"r/x", "{name}");
        }
        assert_eq!(bundle_of("r/x.summary.md"), b"r/x.summary");
        assert_eq!(bundle_of("r/iperf-3.16"), b"r/iperf-3.16");
    }
}
