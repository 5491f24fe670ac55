//! A line that says something of a name: `Requests per second: 4176.91 [#/sec] (mean)`, `latency average = 8.3 ms`,
//! `Latencies [mean, 95]   3.6ms, 7.3ms`, `95% in 0.0857 secs`, `1,599  page-faults`.
//!
//! Only the line itself is looked at; what stands around it (sections, runs) is the business of the reader of reports. A line of
//! prose says nothing: a name has few words, and what follows it must be a value.

use crate::artifact::infer::names;
use crate::artifact::infer::number::{self, Scan, unit_text};

/// A name and what the line says of it, as text that a cell can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub key: String,
    pub value: String,
}

impl Pair {
    fn new(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: cell(value) }
    }

    /// Whether the value is a number.
    pub fn numeric(&self) -> bool {
        is_number(&self.value)
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Pairs, of the thing called `name` where the line begins with one.
    Pairs { name: String, pairs: Vec<Pair> },
    /// `Latency distribution:`, with nothing behind it.
    Opening(String),
    /// Something else.
    Other,
}

/// Longest line that is looked at. Bytes.
const LONGEST: usize = 2000;

/// Reads one line.
pub(super) fn line(text: &str) -> Said {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || is_log(text) {
        return Said::Other;
    }
    let text = without_comment(text);
    let text =
        ["- ", "* ", "+ ", "• ", "> ", "# "].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim();
    if let Some(opening) = text.strip_suffix(':')
        && is_key(opening)
    {
        return Said::Opening(number::unmarked(opening));
    }
    let pairs = listed(text)
        .or_else(|| statistics(text))
        .or_else(|| several(text))
        .or_else(|| reversed(text).map(unnamed))
        .or_else(|| single(text).map(with_rate));
    pairs.map_or(Said::Other, |(name, pairs)| Said::Pairs { name, pairs })
}

/// `712    (11.83 per sec.)` and `187284 5388.57/s`: a number and how many of it a second.
fn with_rate(pair: Pair) -> (String, Vec<Pair>) {
    let rate = || {
        let (count, rest) = pair.value.split_once(' ')?;
        let rest = rest.trim().trim_start_matches('(').trim_end_matches([')', '.']);
        let rate = rest
            .strip_suffix("/s")
            .or_else(|| rest.strip_suffix(" per sec"))
            .or_else(|| rest.strip_suffix(" per second"))?;
        (is_number(count) && is_number(rate)).then(|| {
            let second = Pair { key: format!("{} per sec", pair.key), value: rate.to_owned() };
            vec![Pair { key: pair.key.clone(), value: count.to_owned() }, second]
        })
    };
    let pairs = rate();
    (String::new(), pairs.unwrap_or_else(|| vec![pair]))
}

/// `http_req_duration....: avg=47.92ms min=279.99µs p(95)=71.26ms`, `lat (usec): min=802, avg=1279.5`.
fn statistics(text: &str) -> Option<(String, Vec<Pair>)> {
    let (name, rest) = text.split_once(": ").or_else(|| text.split_once(":\t"))?;
    let name = name.trim_end_matches(['.', ' ']).trim();
    if name.is_empty() || name.len() > 80 || !rest.contains('=') {
        return None;
    }
    // A blank may stand behind the mark (`stdev= 4.64`).
    let rest = rest.split_whitespace().collect::<Vec<&str>>().join(" ").replace("= ", "=");
    let pairs: Option<Vec<Pair>> =
        rest.split([' ', ',', ';']).filter(|part| !part.is_empty()).map(tight_pair).collect();
    let pairs = pairs.filter(|pairs| pairs.len() >= 2 && pairs.iter().all(Pair::numeric))?;
    Some((number::unmarked(name), pairs))
}

fn unnamed(pair: Pair) -> (String, Vec<Pair>) {
    (String::new(), vec![pair])
}

/// Whether a number (with its unit) is all that the text holds.
pub(super) fn is_number(text: &str) -> bool {
    matches!(number::scan(text, false), Scan::Number(_) | Scan::NotANumber)
}

/// A line of a log: it begins with a time, a date or a level.
pub(super) fn is_log(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(', '<']);
    let first = text.split([' ', ']', ')', 'T', '|', '>']).next().unwrap_or_default();
    let digits = first.bytes().filter(u8::is_ascii_digit).count();
    let dated = digits >= 6
        && first.matches(['-', '/', ':']).count() == 2
        && first.bytes().all(|b| b.is_ascii_digit() || b"-/:.,Z".contains(&b));
    let level = matches!(
        first.trim_end_matches(':').to_ascii_uppercase().as_str(),
        "INFO" | "DEBUG" | "WARN" | "WARNING" | "ERROR" | "TRACE" | "FATAL" | "NOTICE" | "CRITICAL" | "NOTE"
    );
    dated || level
}

/// The text before a comment set off by blanks (`542.98  task-clock  #  0.999 CPUs utilized`).
pub(super) fn without_comment(text: &str) -> &str {
    match text.find(" # ") {
        Some(at) if at > 0 && text.starts_with(|c: char| c.is_ascii_digit() || c == '<') => text[..at].trim_end(),
        _ => text,
    }
}

/// Whether a text may name something: few words, no sentence.
pub(super) fn is_key(text: &str) -> bool {
    let text = text.trim();
    let words = text.split_whitespace().count();
    let letters = text.chars().any(char::is_alphabetic) || is_rank(text);
    let sentence = text.contains(". ") || text.contains(", ") || text.ends_with(['.', '!', '?', ';']);
    let code = text.contains(['{', '}', ';', '"', '$', '<']) || text.contains("//") || text.contains("==");
    let whole = !text.starts_with(['#', '=', '*', '~', '<', '>', ']', ')', ','])
        && text.matches(['[', '(']).count() == text.matches([']', ')']).count();
    letters && whole && !sentence && !code && (1..=8).contains(&words) && text.len() <= 80
}

/// `50%`, `99.9 %`, `100.00`: the rank of a percentile.
fn is_rank(text: &str) -> bool {
    let digits = text.trim_end_matches('%').trim_end();
    digits.len() < text.len() && digits.parse::<f64>().is_ok_and(|rank| (0.0..=100.0).contains(&rank))
}

/// A value as a cell that [`number::scan`] reads: a unit in brackets stands bare, a spread in parentheses too.
fn cell(value: &str) -> String {
    let value = value.trim().trim_end_matches([',', ';']).trim_end();
    let value = &value.replace(" +- ", " ± ");
    let value = value.strip_suffix('.').filter(|v| is_number(v)).unwrap_or(value.as_str());
    if let Some((before, rest)) = value.split_once(" [")
        && let Some((unit, _)) = rest.split_once(']')
        && is_number(before)
    {
        let unit = unit.trim_start_matches('#');
        let bare = format!("{before} {unit}");
        return if is_number(&bare) { bare } else { before.to_owned() };
    }
    for open in ["(±", "(+/-"] {
        if let Some((before, rest)) = value.split_once(open)
            && let Some((spread, _)) = rest.split_once(')')
        {
            let spread = spread.trim();
            // A relative spread is not one of the value's own unit.
            return if spread.ends_with('%') {
                before.trim().to_owned()
            } else {
                format!("{} ± {spread}", before.trim())
            };
        }
    }
    value.to_owned()
}

/// `name: value`, `name = value`, `name .... value`, `name   value`.
fn single(text: &str) -> Option<Pair> {
    let (key, value) = split_pair(text)?;
    is_key(key)
        .then(|| Pair::new(&number::unmarked(key), value))
        .filter(|pair| !pair.value.is_empty() && pair.value.len() <= 300)
}

/// Name and value around the first mark that separates them.
fn split_pair(text: &str) -> Option<(&str, &str)> {
    let colon = text.find(": ").or_else(|| text.find(":\t")).map(|at| (at, at + 1));
    let equals = text.find('=').filter(|&at| {
        let after = text[at + 1..].chars().next();
        !text[..at].ends_with(['=', '!', '<', '>', '-', '+', ':']) && !matches!(after, Some('=' | '>') | None)
    });
    let equals = equals.map(|at| (at, at + 1));
    let tight =
        text.find(':').filter(|&at| text[at + 1..].starts_with(|c: char| c.is_ascii_digit())).map(|at| (at, at + 1));
    let marked = [colon, equals].into_iter().flatten().min().or(tight.filter(|_| !text.contains("://")));
    let (end, start) = match marked {
        Some(found) => found,
        None => dotted(text).or_else(|| spaced(text))?,
    };
    Some((
        text[..end].trim_end_matches(['.', ' ', '\t']).trim(),
        text[start..].trim_start_matches([':', '=', ' ', '\t']),
    ))
}

/// `name ........ value`.
fn dotted(text: &str) -> Option<(usize, usize)> {
    let at = text.find("...")?;
    let length = text[at..].bytes().take_while(|&b| b == b'.').count();
    let value = text[at + length..].trim();
    (at > 0 && is_number(&cell(value))).then_some((at, at + length))
}

/// `name   value` where the value is clearly a number, behind a tab or several blanks.
fn spaced(text: &str) -> Option<(usize, usize)> {
    let at = text.find('\t').or_else(|| text.find("  "))?;
    let value = text[at..].trim();
    let name = text[..at].trim();
    let whole = !value.contains("  ") && !value.contains('\t') && is_number(&cell(value));
    (whole && !is_number(name)).then_some((at, at + 1)).or_else(|| (whole && is_rank(name)).then_some((at, at + 1)))
}

/// `10% in 0.0543 secs`, `4   Threads`, `63.77 msec task-clock`, `0.54 seconds time elapsed`.
fn reversed(text: &str) -> Option<Pair> {
    let end = text.find(char::is_whitespace)?;
    let (number, rest) = text.split_at(end);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let set_off = rest.starts_with("  ") || rest.starts_with('\t');
    let rest = rest.trim_start();
    let percent = number.ends_with('%') || rest.starts_with("% ");
    if percent {
        let rank = format!("{}%", number.trim_end_matches('%'));
        let value = rest.trim_start_matches('%').trim_start();
        let value = value.strip_prefix("in ").or_else(|| set_off.then_some(value))?;
        return (is_rank(&rank) && is_number(&cell(value))).then(|| Pair::new(&rank, value));
    }
    if !is_number(number) {
        return None;
    }
    let name_like = |name: &str| {
        is_key(name)
            && name.split_whitespace().count() <= 5
            && name.starts_with(char::is_alphabetic)
            && !name.contains([':', '=', '|'])
    };
    let (first, name) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let unit = unit_text(first).filter(names::is_time);
    if unit.is_some() && name_like(name.trim()) && name.split_whitespace().count() <= 3 {
        return Some(Pair::new(name.trim(), &format!("{number} {first}")));
    }
    (set_off && name_like(rest) && !rest.contains("  ")).then(|| Pair::new(rest, number))
}

/// `Latencies [mean, 50, 95]  3.6ms, 3.3ms, 7.3ms` and `rtt min/avg/max = 1/2/3 ms`: names and values in one order.
fn listed(text: &str) -> Option<(String, Vec<Pair>)> {
    let (stem, inner, values, mark) = bracketed(text).or_else(|| slashed(text))?;
    let names: Vec<&str> = inner.split(mark).map(str::trim).collect();
    let (values, unit) = match values.trim().rsplit_once(' ') {
        Some((values, unit)) if mark == '/' && unit_text(unit).is_some() => (values, unit),
        _ => (values.trim(), ""),
    };
    let values: Vec<&str> = values.split(mark).map(str::trim).collect();
    let fits =
        names.len() == values.len() && names.iter().all(|n| !n.is_empty()) && values.iter().all(|v| is_number(v));
    if !fits || !(1..=16).contains(&names.len()) || !is_key(stem) && !stem.is_empty() {
        return None;
    }
    let pair = |(name, value): (&&str, &&str)| {
        // `1.5 ms / 2 ms`: each with its own unit.
        let bare = matches!(number::scan(value, false), Scan::Number(n) if n.unit.is_none());
        let value = if bare { format!("{value} {unit}") } else { (*value).to_owned() };
        Pair::new(format!("{stem} {name}").trim(), value.trim())
    };
    Some((String::new(), names.iter().zip(&values).map(pair).collect()))
}

type List<'t> = (&'t str, &'t str, &'t str, char);

fn bracketed(text: &str) -> Option<List<'_>> {
    let (stem, rest) = text.split_once(['[', '('])?;
    let (inner, values) = rest.split_once([']', ')'])?;
    let mark = if inner.contains('/') { '/' } else { ',' };
    let set_off = values.starts_with([':', '=', '\t']) || values.starts_with("  ") || values.starts_with(" =");
    let unit = unit_text(inner).is_some() && (!inner.contains('/') || inner.ends_with("/s") || inner.ends_with("/sec"));
    let worded = inner.starts_with(char::is_alphabetic) && !unit;
    (set_off && worded).then(|| (stem.trim(), inner, values.trim_start_matches([':', '=', ' ', '\t']), mark))
}

fn slashed(text: &str) -> Option<List<'_>> {
    let (names, values) = text.split_once(" = ").or_else(|| text.split_once(": "))?;
    let (stem, inner) = names.trim().rsplit_once(' ').unwrap_or(("", names.trim()));
    let several = inner.matches('/').count() >= 2 && inner.matches('/').count() == values.matches('/').count();
    several.then_some((stem, inner, values, '/'))
}

/// Several pairs on one line, with or without a name before them: `What is AI? | Time: 1.5s | Words: 88`, `a=1, b=2`.
fn several(text: &str) -> Option<(String, Vec<Pair>)> {
    for mark in [" | ", "\t", "; ", ", ", "  ", " "] {
        let parts: Vec<&str> = text.split(mark).map(str::trim).filter(|part| !part.is_empty()).collect();
        if !(2..=64).contains(&parts.len()) {
            continue;
        }
        let pairs: Vec<Option<Pair>> = parts.iter().map(|part| tight_pair(part)).collect();
        let (name, pairs) = match pairs.split_first() {
            // A name stands before the pairs only where bars or tabs set it off; `a: b, c: 1` has no name.
            Some((None, rest))
                if matches!(mark, " | " | "\t" | "  ") && rest.len() >= 2 && is_label(parts.first()?) =>
            {
                (parts.first().copied()?, rest)
            }
            _ => ("", pairs.as_slice()),
        };
        let pairs: Option<Vec<Pair>> = pairs.iter().cloned().collect();
        if let Some(pairs) = pairs.filter(|pairs| pairs.len() >= 2 && pairs.iter().any(Pair::numeric)) {
            return Some((number::unmarked(name.trim_end_matches(':')), pairs));
        }
    }
    percentiles(text)
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.len() <= 120 && !is_number(text)
}

/// A pair among others: its value is a number or a single word.
fn tight_pair(part: &str) -> Option<Pair> {
    let (key, value) = split_pair(part)?;
    let pair = Pair::new(&number::unmarked(key), value);
    let short = pair.numeric() || pair.value.split_whitespace().count() == 1 && pair.value.len() <= 60;
    (is_key(key) && key.split_whitespace().count() <= 4 && short && !pair.value.contains("://")).then_some(pair)
}

/// `Percentiles: P50: 721.23 P75: 2313.12 P99: 161971.90`.
fn percentiles(text: &str) -> Option<(String, Vec<Pair>)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let words = words.strip_prefix(&["Percentiles:"]).unwrap_or(&words);
    let mut pairs = Vec::new();
    for two in words.chunks(2) {
        let [key, value] = two else { return None };
        let key = key.strip_suffix(':')?;
        let known = is_rank(key) || names::percentile(&names::snake(key)).is_some() || names::parse(key).bare;
        if !known || !is_number(value) {
            return None;
        }
        pairs.push(Pair::new(key, value));
    }
    (pairs.len() >= 2).then_some((String::new(), pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match line(text) {
            Said::Pairs { name, pairs } => {
                let pairs: Vec<String> = pairs.iter().map(|p| format!("{}={}", p.key, p.value)).collect();
                if name.is_empty() { pairs.join("; ") } else { format!("{name}> {}", pairs.join("; ")) }
            }
            Said::Opening(text) => format!("[{text}]"),
            Said::Other => "-".to_owned(),
        }
    }

    #[test]
    fn names_and_values_are_found_however_they_are_written() {
        for (text, expected) in [
            ("Requests per second:    4176.91 [#/sec] (mean)", "Requests per second=4176.91"),
            ("Transfer rate:          660.80 [Kbytes/sec] received", "Transfer rate=660.80 Kbytes/sec"),
            ("  latency average = 91.306 ms", "latency average=91.306 ms"),
            ("throughput .......... 12.5 MB/s", "throughput=12.5 MB/s"),
            ("real\t0m1.5s", "real=0m1.5s"),
            ("quicksort: 12.3 ms (± 0.4)", "quicksort=12.3 ms ± 0.4"),
            ("  10% in 0.0543 secs", "10%=0.0543 secs"),
            ("  50 % in 10.51 ms", "50%=10.51 ms"),
            ("  50%    238", "50%=238"),
            ("   1,599      page-faults         #    0.003 M/sec", "page-faults=1,599"),
            ("   63.77 msec task-clock          #    0.009 CPUs utilized", "task-clock=63.77 msec"),
            ("   0.543290826 seconds time elapsed", "time elapsed=0.543290826 seconds"),
            ("Latencies [mean, 95]   3.6ms, 7.3ms", "Latencies mean=3.6ms; Latencies 95=7.3ms"),
            (
                "rtt min/avg/max/mdev = 1.0/2.5/4.0/0.1 ms",
                "rtt min=1.0 ms; rtt avg=2.5 ms; rtt max=4.0 ms; rtt mdev=0.1 ms",
            ),
            ("Resident set size (kbytes): 64144", "Resident set size (kbytes)=64144"),
            ("events (avg/stddev):   712.0/0.5", "events avg=712.0; events stddev=0.5"),
            ("Avg time: 1.58s, Avg throughput: 65.0 tok/s", "Avg time=1.58s; Avg throughput=65.0 tok/s"),
            ("What is AI?    | Time:  1.56s | Words:  88 (medium)", "What is AI?> Time=1.56s; Words=88 (medium)"),
            ("step=3 loss=0.5 time=1.2s", "step=3; loss=0.5; time=1.2s"),
            ("Percentiles: P50: 721.23 P99.9: 161971.90", "P50=721.23; P99.9=161971.90"),
            ("http_req_duration....: avg=47.92ms p(95)=71.26ms", "http_req_duration> avg=47.92ms; p(95)=71.26ms"),
            ("lat (usec): min=802, stdev= 4.64", "lat (usec)> min=802; stdev=4.64"),
            ("transactions:     712    (11.83 per sec.)", "transactions=712; transactions per sec=11.83"),
            ("Latency distribution:", "[Latency distribution]"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn prose_logs_and_code_say_nothing() {
        for text in [
            "We measured 15% more requests than last time.",
            "2025-07-02 14:52:02,854 - INFO - latency: 5 ms",
            "[12:00:01] latency: 5 ms",
            "INFO: 12 requests",
            "if (x == 5) { return 7; }",
            "numpy==1.26.4",
            "https://example.org/a:8080",
            "12 workers were started",
        ] {
            assert_eq!(said(text), "-", "{text}");
        }
    }
}
