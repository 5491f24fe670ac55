//! A line of figures: a name, then numbers whose units say what they are.
//!
//! ```text
//! fib(10) x 1,431,759 ops/sec ±0.74% (93 runs sampled)
//! fillrandom   :     990.074 micros/op 1010 ops/sec;    4.0 MB/s
//! BenchmarkParse-8      6855655        174.0 ns/op       907.83 MB/s        0 B/op
//! test sort ... bench:       3,161 ns/iter (+/- 975)
//! ```
//!
//! At least one unit must be a rate or per something, and the line must hold nothing else: a sentence that mentions a figure is
//! none.

use crate::artifact::infer::directions;
use crate::artifact::infer::names;
use crate::artifact::infer::number::{self, Scan, unit_text};
use crate::domain::units::Unit;

/// A number of such a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// The unit as written: the name of the figure.
    pub name: String,
    /// The number as a cell.
    pub value: String,
    pub unit: Option<Unit>,
}

impl Figure {
    fn is_rate(&self) -> bool {
        self.name.split_once('/').is_none_or(|(_, event)| is_second(event))
    }
}

/// What is measured, and the figures; `None` when the line is something else.
pub(super) fn line(text: &str) -> Option<(String, Vec<Figure>)> {
    let text = super::keyed::without_comment(text.trim());
    if text.len() > 600 || super::keyed::is_log(text) {
        return None;
    }
    let words: Vec<(usize, &str)> = words(text);
    let first = (1..words.len()).find(|&i| begins(&words, i))?;
    let start = words.get(first)?.0;
    let before = text.get(..start)?;
    let name = subject(before)?;
    let figures = figures(words.get(first..)?)?;
    // `send: 6388.69 MB/s` names its figure itself.
    // `Latency: 0.0756 ns/op` too, where the name is a quantity.
    let quantity = |text: &str| {
        let name = names::parse(text.trim_end().trim_end_matches([':', '=']));
        directions::lookup(&name.base.split('_').collect::<Vec<_>>(), None).is_some()
    };
    let named = before.trim_end().ends_with([':', '='])
        && matches!(figures.as_slice(), [only] if only.is_rate() || quantity(before));
    (!named).then_some((name, figures))
}

/// Words with the place where each begins.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (true, Some(from)) => {
                found.extend(text.get(from..at).map(|word| (from, word)));
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    found
}

/// Whether a number with a unit per something begins at word `i`, perhaps behind a number of iterations.
fn begins(words: &[(usize, &str)], i: usize) -> bool {
    let word = |at: usize| words.get(at).map_or("", |(_, w)| *w);
    let figure = |at: usize| plain_number(word(at)) && per(trim(word(at + 1))).is_some();
    figure(i) || plain_number(word(i)) && word(i).bytes().all(|b| b.is_ascii_digit()) && figure(i + 1)
}

fn plain_number(word: &str) -> bool {
    matches!(number::scan(word, false), Scan::Number(n) if n.unit.is_none())
        && word.starts_with(|c: char| c.is_ascii_digit())
}

fn trim(word: &str) -> &str {
    word.trim_end_matches([',', ';'])
}

/// A unit that is a rate or per event (`MB/s`, `ns/op`).
fn per(word: &str) -> Option<Unit> {
    let (what, event) = word.split_once('/')?;
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || matches!(c, 'µ' | 'μ'));
    (plain(what) && plain(event)).then(|| unit_of(what, event, word)).flatten()
}

fn is_second(event: &str) -> bool {
    matches!(event.to_ascii_lowercase().as_str(), "s" | "sec" | "secs" | "second" | "min" | "minute" | "h")
}

/// The unit of `what` per `event`: a time or size for each event is one of that unit.
fn unit_of(what: &str, event: &str, whole: &str) -> Option<Unit> {
    if is_second(event) {
        return unit_text(whole);
    }
    Some(unit_text(what).unwrap_or_default())
}

/// The name without the marks that lead over to the figures; `None` when it is a sentence.
fn subject(text: &str) -> Option<String> {
    let trimmed = text.trim_end();
    let blanks = text.get(trimmed.len()..).unwrap_or_default();
    let set_off = blanks.len() > 1 || blanks.contains('\t');
    let marked = [" x", ":", " -", " =", "..."].iter().find_map(|mark| trimmed.strip_suffix(mark));
    let name = marked.unwrap_or(trimmed).trim();
    let name = name.strip_suffix("bench").map_or(name, |n| n.trim_end().trim_end_matches('.').trim_end());
    let name = name.strip_prefix("test ").filter(|_| marked.is_some()).unwrap_or(name);
    let prose =
        name.contains(". ") || name.ends_with([',', ';', '.']) || name.contains(',') && !name.contains(['(', '[']);
    let worded = name.chars().any(char::is_alphabetic)
        && !matches!(number::scan(name.split(' ').next().unwrap_or(name), false), Scan::Number(_));
    ((marked.is_some() || set_off) && worded && !prose && !name.is_empty() && name.split_whitespace().count() <= 8)
        .then(|| name.trim_end_matches(':').trim().to_owned())
}

/// The figures of the words; `None` when anything else stands among them.
fn figures(words: &[(usize, &str)]) -> Option<Vec<Figure>> {
    let mut found: Vec<Figure> = Vec::new();
    let mut at = 0;
    // A bare whole number before the first figure counts iterations.
    if words.get(1).is_some_and(|(_, word)| plain_number(word)) {
        at = 1;
    }
    while let Some((_, word)) = words.get(at) {
        let next = words.get(at + 1).map_or("", |(_, w)| trim(w));
        if word.starts_with(['±', '(', '[']) || *word == "+/-" {
            if let (Some(last), Some(spread)) = (found.last_mut(), spread(words.get(at..)?)) {
                last.value = format!("{} ± {spread}", last.value);
            }
            // `(+/- 5) = 435 MB/s`
            match words.iter().skip(at).position(|(_, word)| *word == "=") {
                Some(equals) => {
                    at += equals + 1;
                    continue;
                }
                None => break,
            }
        }
        if !plain_number(word) {
            return None;
        }
        let unit = per(next).or_else(|| unit_text(next));
        match unit {
            Some(unit) => found.push(Figure {
                name: next.to_owned(),
                value: (*word).to_owned(),
                unit: Some(unit).filter(|u| !u.is_none()),
            }),
            None if next.chars().all(char::is_alphabetic) && !next.is_empty() => {
                found.push(Figure { name: next.to_owned(), value: (*word).to_owned(), unit: None });
            }
            None => return None,
        }
        at += 2;
    }
    (!found.is_empty()).then_some(found)
}

/// The absolute spread of `(+/- 975)` and `± 12`; a relative one is not in the value's unit.
fn spread(words: &[(usize, &str)]) -> Option<String> {
    let text: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
    let text = text.join(" ");
    let text = text.trim_start_matches('(');
    let rest = text.strip_prefix("+/-").or_else(|| text.strip_prefix('±'))?;
    let number = rest.split([')', '=']).next().unwrap_or(rest).trim();
    matches!(number::scan(number, false), Scan::Number(n) if n.unit.is_none()).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        line(text).map_or("-".to_owned(), |(name, figures)| {
            let figures: Vec<String> = figures
                .iter()
                .map(|f| format!("{}={} [{}]", f.name, f.value, f.unit.as_ref().map_or("", Unit::as_str)))
                .collect();
            format!("{name}: {}", figures.join(", "))
        })
    }

    #[test]
    fn units_name_the_figures() {
        for (text, expected) in [
            ("fib(10) x 1,431,759 ops/sec ±0.74% (93 runs sampled)", "fib(10): ops/sec=1,431,759 [ops/s]"),
            (
                "fillrandom   :     990.074 micros/op 1010 ops/sec;    4.0 MB/s",
                "fillrandom: micros/op=990.074 [us], ops/sec=1010 [ops/s], MB/s=4.0 [MB/s]",
            ),
            (
                "BenchmarkParse-8      6855655        174.0 ns/op       0 B/op    3 allocs/op",
                "BenchmarkParse-8: ns/op=174.0 [ns], B/op=0 [bytes], allocs/op=3 []",
            ),
            ("test tests::sort ... bench:       3,161 ns/iter (+/- 975)", "tests::sort: ns/iter=3,161 ± 975 [ns]"),
            ("test find ... bench: 50 ns/iter (+/- 3) = 435 MB/s", "find: ns/iter=50 ± 3 [ns], MB/s=435 [MB/s]"),
            ("A/n=1 \t 300\t 43.5 ns/op", "A/n=1: ns/op=43.5 [ns]"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn sentences_are_no_figures() {
        for text in [
            "We reached 1200 req/s with four workers",
            "this x line should be ignored",
            "It handles 5 MB/s.",
            "12 ms/op",
        ] {
            assert_eq!(said(text), "-", "{text}");
        }
    }
}
