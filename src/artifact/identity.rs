//! What a path says: which benchmark, which bundle, and when.
//!
//! Time stamps (`20251002-170837`, `2025-10-02_17-08`, `2025-11-20T10-33-12Z`, epoch seconds and milliseconds) and run counters
//! (`run_12`, `-run3`) are taken out of every component; what remains names the benchmark. Sizes and versions (`270m`, `llama3`,
//! `triton2508`, `c1024`, `v2`) stay. Never fails: a name that was nothing but a stamp leaves the directory alone.

use jiff::Timestamp;
use jiff::civil::{DateTime, date};

use super::infer::time::{of_epoch, utc};
use crate::domain::artifact::{RelPath, display_bytes, stem};

/// Endings that say how something is written wherever they stand: `bench.log.json` is another rendering of `bench.log`.
const FORMATS: &[&str] = &[
    "csv", "tsv", "json", "jsonl", "ndjson", "md", "markdown", "txt", "log", "xml", "jtl", "gz", "zst", "out", "html",
    "yaml", "yml", "sql",
];

/// Directory and stem without time stamps and run counters: `reports/compilation/conv_bench`. Bytes that are not UTF-8 are escaped.
pub fn benchmark(path: &RelPath) -> String {
    let shown = display_bytes(&bundle(path));
    let mut parts: Vec<String> = shown.split('/').map(without_stamps).filter(|part| !part.is_empty()).collect();
    // Criterion keeps the latest run in `new` and what it compares with in `base`: two runs of one benchmark, not two benchmarks.
    if let [.., place, stem] = parts.as_slice()
        && stem == "estimates"
        && matches!(place.as_str(), "new" | "base")
    {
        parts.truncate(parts.len() - 2);
    }
    if parts.is_empty() { shown } else { parts.join("/") }
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
    shown.rsplit('/').find_map(|part| stamps(part).into_iter().find_map(|stamp| stamp.time))
}

/// A part of a name to take out.
struct Stamp {
    start: usize,
    end: usize,
    /// `None` for run counters.
    time: Option<Timestamp>,
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

/// All stamps and counters of one path component, in order.
fn stamps(part: &str) -> Vec<Stamp> {
    let bytes = part.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let fresh = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        let stamp = if fresh {
            date_stamp(bytes, at).or_else(|| epoch_stamp(part, at)).or_else(|| counter(bytes, at))
        } else {
            None
        };
        match stamp {
            Some(stamp) => {
                at = stamp.end.max(at + 1);
                found.push(stamp);
            }
            None => at += 1,
        }
    }
    found
}

/// `n` digits at `at` as a number.
fn digits(bytes: &[u8], at: usize, n: usize) -> Option<i16> {
    let text = bytes.get(at..at + n)?;
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn ends(bytes: &[u8], at: usize) -> bool {
    !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// A date with an optional time of day and zone.
fn date_stamp(bytes: &[u8], start: usize) -> Option<Stamp> {
    let year = digits(bytes, start, 4).filter(|y| (1990..2100).contains(y))?;
    let dashed = matches!(bytes.get(start + 4), Some(b'-' | b'_' | b'.'));
    let step = usize::from(dashed);
    let month = digits(bytes, start + 4 + step, 2)?;
    if dashed && bytes.get(start + 4) != bytes.get(start + 7) {
        return None;
    }
    let day = digits(bytes, start + 6 + 2 * step, 2)?;
    let day_end = start + 8 + 2 * step;
    let day_of = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    if let Some((end, clock)) = time_of_day(bytes, day_end) {
        let time = DateTime::from_parts(day_of, clock);
        return Some(Stamp { start, end, time: utc(time) });
    }
    let midnight = date(day_of.year(), day_of.month(), day_of.day()).at(0, 0, 0, 0);
    ends(bytes, day_end).then(|| Stamp { start, end: day_end, time: utc(midnight) })
}

/// `T10-33-12Z`, `-170837`, `_17-08`, `-17:08:37.123`.
fn time_of_day(bytes: &[u8], at: usize) -> Option<(usize, jiff::civil::Time)> {
    if !matches!(bytes.get(at), Some(b'T' | b't' | b'-' | b'_' | b' ' | b'.')) {
        return None;
    }
    let mut at = at + 1;
    let mut fields = [0i8; 3];
    let mut count = 0;
    for field in &mut fields {
        let from = if count > 0 && matches!(bytes.get(at), Some(b':' | b'-' | b'_' | b'.' | b'h' | b'm')) {
            at + 1
        } else {
            at
        };
        let Some(value) = digits(bytes, from, 2) else { break };
        *field = i8::try_from(value).ok()?;
        at = from + 2;
        count += 1;
    }
    if count < 2 {
        return None;
    }
    let fraction_start = if matches!(bytes.get(at), Some(b'.' | b'_' | b'-')) { at + 1 } else { at };
    let fraction = bytes.get(fraction_start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 3 && matches!(fraction, 3 | 6 | 9) {
        at = fraction_start + fraction;
    }
    if matches!(bytes.get(at), Some(b'Z' | b'z')) {
        at += 1;
    }
    let [hour, minute, second] = fields;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    ends(bytes, at).then_some((at, time))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, standing alone.
fn epoch_stamp(part: &str, start: usize) -> Option<Stamp> {
    let rest = part.get(start..)?;
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !matches!(length, 10 | 13 | 16 | 19) || !ends(part.as_bytes(), start + length) {
        return None;
    }
    let time = of_epoch(rest.get(..length)?.parse().ok()?)?;
    Some(Stamp { start, end: start + length, time: Some(time) })
}

/// `run_12`, `run-3`, `run12`, `rep2`, `trial 4`, `iter5`, the `(2)` of a downloaded copy, and a number with leading zeros at the end
/// (`bench_001`), which nobody writes of a size or a version.
fn counter(bytes: &[u8], start: usize) -> Option<Stamp> {
    let rest = bytes.get(start..)?;
    let before = start.checked_sub(1).and_then(|before| bytes.get(before));
    let set_off = matches!(before, Some(b'_' | b'-' | b' '));
    if set_off && let Some(end) = numbered(bytes, start) {
        return Some(Stamp { start, end, time: None });
    }
    let padded = set_off && (2..=6).contains(&rest.len()) && rest.first() == Some(&b'0');
    if padded && rest.iter().all(u8::is_ascii_digit) {
        return Some(Stamp { start, end: bytes.len(), time: None });
    }
    let (skip, closing) = if rest.first() == Some(&b'(') {
        (1, true)
    } else {
        let word = ["iteration", "attempt", "repeat", "trial", "iter", "run", "rep"]
            .into_iter()
            .find(|word| rest.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes())))?;
        let separator = usize::from(matches!(rest.get(word.len()), Some(b'_' | b'-' | b' ' | b'.' | b'#')));
        (word.len() + separator, false)
    };
    let count = rest.get(skip..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let end = start + skip + count + usize::from(closing);
    let whole = (1..=6).contains(&count) && (!closing || bytes.get(end - 1) == Some(&b')')) && ends(bytes, end);
    whole.then_some(Stamp { start, end, time: None })
}

/// Words for a result as such. A number behind one of them counts results (`bench_7`); behind any other word it may well be a
/// parameter (`batch_128`, `ctx-4096`) or part of a name (`gpt_2`).
const RESULTS: &[&str] = &[
    "bench",
    "benchmark",
    "benchmarks",
    "data",
    "job",
    "log",
    "measurement",
    "measurements",
    "metrics",
    "out",
    "output",
    "perf",
    "report",
    "result",
    "results",
    "round",
    "sample",
    "test",
];

/// The end of a plain number at `start` that counts results.
fn numbered(bytes: &[u8], start: usize) -> Option<usize> {
    let end = start + bytes.get(start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let before = bytes.get(..start.checked_sub(1)?)?;
    let word = before.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let word = before.get(before.len() - word..)?.to_ascii_lowercase();
    let is_result = RESULTS.iter().any(|result| result.as_bytes() == word);
    (is_result && (1..=4).contains(&(end - start)) && ends(bytes, end)).then_some(end)
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
