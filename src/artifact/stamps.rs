//! What one component of a path says of when and how often: dates, epochs, run counters, commits.
//!
//! They are where a result differs from the next one of the same benchmark. Nothing here fails: what is no stamp is part of the name.

use jiff::Timestamp;
use jiff::civil::{DateTime, date};

use super::infer::time::{of_epoch, utc};

/// A part of a name to take out.
pub(super) struct Stamp {
    pub start: usize,
    pub end: usize,
    /// `None` for run counters and commits.
    pub time: Option<Timestamp>,
}

/// All stamps and counters of one path component, in order.
pub(super) fn stamps(part: &str) -> Vec<Stamp> {
    let bytes = part.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let fresh = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        let stamp = if fresh {
            date_stamp(bytes, at)
                .or_else(|| spelled_date(part, at))
                .or_else(|| epoch_stamp(part, at))
                .or_else(|| commit(part, at))
                .or_else(|| counter(bytes, at))
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

/// A text without the times in it and what joins them to it.
pub(super) fn undated(text: &str) -> String {
    let (mut kept, mut from) = (String::new(), 0);
    for stamp in stamps(text).into_iter().filter(|stamp| stamp.time.is_some()) {
        kept += text.get(from..stamp.start).unwrap_or_default();
        from = stamp.end;
    }
    if from == 0 {
        return text.to_owned();
    }
    kept += text.get(from..).unwrap_or_default();
    let joining = |c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | '(' | ')' | '[' | ']' | ',' | '@');
    kept.trim_matches(joining).to_owned()
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

/// A day with its month spelled: `03-Mar-2026`, `3_march_2026`.
fn spelled_date(part: &str, start: usize) -> Option<Stamp> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let rest = part.get(start..)?;
    let mut fields = rest.splitn(4, ['-', '_', '.', ' ']);
    let (day, month, year) = (fields.next()?, fields.next()?, fields.next()?);
    let lower = month.to_ascii_lowercase();
    let number = (1..).zip(MONTHS).find(|(_, name)| lower.starts_with(name)).map(|(number, _)| number)?;
    let plain = |text: &str, most: usize| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    if !plain(day, 2) || !plain(year, 4) || year.len() < 4 || !month.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let date = jiff::civil::Date::new(year.parse().ok()?, number, day.parse().ok()?).ok()?;
    let end = start + day.len() + month.len() + year.len() + 2;
    Some(Stamp { start, end, time: utc(date.at(0, 0, 0, 0)) })
}

/// A commit, whole (40 or 64 digits of base 16) or shortened (7 to 12 with letters and figures among them), standing alone. Words of these
/// letters (`deadbeef`) and numbers stay, whole names too: a file called by nothing but its commit is told by its directory.
fn commit(part: &str, start: usize) -> Option<Stamp> {
    let rest = part.get(start..)?;
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let word = rest.get(..length)?;
    let figures = word.bytes().filter(u8::is_ascii_digit).count();
    let hexadecimal = word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mixed = match length {
        40 | 64 => figures > 0 && figures < length,
        7..=12 => figures > 1 && figures < length && part.len() > length && !sized(word),
        _ => false,
    };
    (hexadecimal && mixed).then_some(Stamp { start, end: start + length, time: None })
}

/// Whether a word may be sizes with letters for their names or units: `c1048576`, `1024b64`. Such numbers are short or round, begin with
/// no zero, and have a letter each.
fn sized(word: &str) -> bool {
    let round = |run: &str| run.len() < 3 || run.ends_with('0') || run.parse::<u64>().is_ok_and(u64::is_power_of_two);
    let letter = |b: &u8| b.is_ascii_alphabetic();
    let changes = word.as_bytes().windows(2).filter(|w| matches!(w, [a, b] if letter(a) != letter(b))).count();
    let beside = word.as_bytes().windows(2).any(|w| w.iter().all(letter));
    let mut runs = word.split(|c: char| c.is_ascii_alphabetic()).filter(|run| !run.is_empty());
    changes < 2 || (changes < 3 || !beside) && runs.all(|run| round(run) && !run.starts_with('0'))
}

/// `run_12`, `run-3`, `run12`, `rep2`, `trial 4`, `iter5`, `build-4711`, the `(2)` of a downloaded copy, and a number with leading zeros at the end
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
    // `0001_name`: the numbered results of a store.
    let leading = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let numbering = start == 0 && rest.first() == Some(&b'0') && (3..=6).contains(&leading);
    if numbering && matches!(rest.get(leading), Some(b'_' | b'-')) {
        return Some(Stamp { start, end: leading, time: None });
    }
    let (skip, closing) = if rest.first() == Some(&b'(') {
        (1, true)
    } else {
        let word = ["iteration", "attempt", "repeat", "build", "trial", "iter", "job", "run", "rep"]
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
