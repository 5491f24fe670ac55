//! One line of `backtest --jsonl`: a series as a JSON object (RFC 8259), read by a scanner of its own.
//!
//! The command is held to ten thousand series a second, and a general reader spends as long on three hundred numbers as the detector
//! does. Numbers are found by JSON's grammar and converted by the standard library, which is exact. What has no value is missing and
//! keeps its place: `null`, and the `NaN` and `Infinity` that Python writes, though they are no JSON. Keys that are not known are
//! passed over. A line that is anything else fails with the column at which it does.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;

use crate::domain::series::Direction;
use crate::domain::stats;

/// What a line says besides its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head<'a> {
    pub series: Cow<'a, str>,
    /// `None` where the line names none.
    pub direction: Option<Direction>,
}

/// The runs of a line; kept from line to line, so that its memory is.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// A value a run; not a number where it is missing.
    pub values: Vec<f64>,
    /// Of each run the deviation of its samples (`None` below two) and their number; empty when the line has no samples.
    pub samples: Vec<(Option<f64>, u64)>,
    scratch: Vec<f64>,
}

/// Why a line is no series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    /// From 1, in characters.
    pub column: usize,
    pub what: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.what)
    }
}

/// Reads one line into `runs`.
///
/// # Errors
/// When it is no object with `series` and `values`, or these are not what they must be.
pub(super) fn read<'a>(line: &'a str, runs: &mut Runs) -> Result<Head<'a>, Malformed> {
    let line = line.trim_ascii_end();
    let mut scanner = Scanner { line, at: 0 };
    scanner.object(runs).map_err(|what| {
        let before = line.get(..scanner.at).unwrap_or(line);
        Malformed { column: before.chars().count() + 1, what }
    })
}

type Scanned<T> = Result<T, String>;

/// A place in a line. An error leaves it where the trouble is.
struct Scanner<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn object(&mut self, runs: &mut Runs) -> Scanned<Head<'a>> {
        let (mut series, mut direction, mut has_values) = (None, None, false);
        runs.samples.clear();
        self.expect(b'{', "an object with \"series\" and \"values\"")?;
        let mut more = !self.take(b'}');
        while more {
            let key = self.string("a key")?;
            self.expect(b':', "`:` after a key")?;
            match key.as_ref() {
                "series" => series = Some(self.string("the name of the series")?),
                "direction" => direction = self.direction()?,
                "values" => {
                    self.values(&mut runs.values)?;
                    has_values = true;
                }
                "samples" => self.samples(runs)?,
                _ => self.pass_over()?,
            }
            more = self.goes_on(b'}', "`,` or `}` after a value")?;
        }
        self.blank();
        if self.peek().is_some() {
            return Err("more on the line than one object".into());
        }
        let series = series.ok_or("there is no \"series\"")?;
        if !has_values {
            return Err("there are no \"values\"".into());
        }
        if !runs.samples.is_empty() && runs.samples.len() != runs.values.len() {
            return Err(format!("{} values, but samples of {} runs", runs.values.len(), runs.samples.len()));
        }
        Ok(Head { series, direction })
    }

    fn direction(&mut self) -> Scanned<Option<Direction>> {
        let start = self.at;
        if self.word("null") {
            return Ok(None);
        }
        match self.string("a direction")?.as_ref() {
            "lower" => Ok(Some(Direction::Lower)),
            "higher" => Ok(Some(Direction::Higher)),
            "neutral" => Ok(Some(Direction::Neutral)),
            other => {
                let what = format!("the direction must be lower, higher or neutral, not {other:?}");
                self.at = start;
                Err(what)
            }
        }
    }

    /// A list of numbers, with what is missing in its place.
    fn values(&mut self, into: &mut Vec<f64>) -> Scanned<()> {
        into.clear();
        self.expect(b'[', "a list of numbers")?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            into.push(self.number()?);
            // What nearly always follows, without a look for blanks.
            if self.peek() == Some(b',') {
                self.at += 1;
            } else if !self.goes_on(b']', "`,` or `]` after a number")? {
                return Ok(());
            }
        }
    }

    fn samples(&mut self, runs: &mut Runs) -> Scanned<()> {
        runs.samples.clear();
        if self.word("null") {
            return Ok(());
        }
        self.expect(b'[', "a list of samples a run")?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            if self.word("null") {
                runs.samples.push((None, 1));
            } else {
                self.values(&mut runs.scratch)?;
                runs.scratch.retain(|sample| sample.is_finite());
                runs.samples.push((stats::std_dev(&runs.scratch), runs.scratch.len().max(1) as u64));
            }
            if !self.goes_on(b']', "`,` or `]` after the samples of a run")? {
                return Ok(());
            }
        }
    }

    /// A number, or not a number where it is missing.
    fn number(&mut self) -> Scanned<f64> {
        self.blank();
        let rest = self.line.as_bytes().get(self.at..).unwrap_or_default();
        if let Some((value, length)) = plain_number(rest) {
            self.at += length;
            return Ok(value);
        }
        let length = number_length(rest);
        if length == 0 {
            let missing = ["null", "NaN", "Infinity", "-Infinity"].into_iter().any(|word| self.word(word));
            return if missing { Ok(f64::NAN) } else { Err("a number is expected here".into()) };
        }
        let text = self.line.get(self.at..self.at + length).unwrap_or_default();
        let value: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
        if !value.is_finite() {
            return Err(format!("{text} is too large for a number"));
        }
        self.at += length;
        Ok(value)
    }

    /// A string. One without escapes, as nearly all are, is borrowed.
    fn string(&mut self, what: &str) -> Scanned<Cow<'a, str>> {
        self.expect(b'"', what)?;
        let rest = self.line.get(self.at..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ');
        if let Some(end) = end
            && rest.as_bytes().get(end) == Some(&b'"')
        {
            self.at += end + 1;
            return Ok(Cow::Borrowed(rest.get(..end).unwrap_or_default()));
        }
        self.at -= 1;
        self.general::<String>(what).map(Cow::Owned)
    }

    /// Any value, checked and dropped.
    fn pass_over(&mut self) -> Scanned<()> {
        self.general::<IgnoredAny>("a value").map(drop)
    }

    /// Whatever the fast ways do not know, by the general reader (which refuses deep nesting).
    fn general<T: serde::Deserialize<'a>>(&mut self, what: &str) -> Scanned<T> {
        self.blank();
        let rest = self.line.get(self.at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                // Its columns are bytes from 1, and it points behind what it has read.
                let offset = error.column().saturating_sub(1);
                self.at += (0..=offset).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
                Err(format!("{what} is expected here"))
            }
            None => Err(format!("{what} is expected here")),
        }
    }

    /// Whether a list or an object goes on: a comma says so, `end` ends it.
    fn goes_on(&mut self, end: u8, what: &str) -> Scanned<bool> {
        if self.take(b',') {
            return Ok(true);
        }
        self.expect(end, what).map(|()| false)
    }

    fn expect(&mut self, byte: u8, what: &str) -> Scanned<()> {
        if self.take(byte) { Ok(()) } else { Err(format!("{what} is expected here")) }
    }

    /// Takes `byte` if it is next, blanks before it aside.
    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes `word` if it is next.
    fn word(&mut self, word: &str) -> bool {
        self.blank();
        let is_next = self.line.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }
}

/// A number and its length, where it is written as numbers nearly always are. The grammar of what is read here is JSON's but for what follows
/// the number, which is looked at next.
#[inline]
fn plain_number(bytes: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    let is_padded = whole > sign + 1 && bytes.get(sign) == Some(&b'0');
    let is_cut = bytes.get(whole) == Some(&b'.') && !bytes.get(whole + 1).is_some_and(u8::is_ascii_digit);
    if whole == sign || is_padded || is_cut {
        return None;
    }
    fast_float2::parse_partial::<f64, _>(bytes).ok().filter(|(value, _)| value.is_finite())
}

/// How many bytes at the start of `bytes` are a number as JSON writes it: no leading zeros or `+`, digits around the point. 0: none.
#[inline]
fn number_length(bytes: &[u8]) -> usize {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    if whole == sign || (whole > sign + 1 && bytes.get(sign) == Some(&b'0')) {
        return 0;
    }
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(bytes, end + 1);
        if fraction == end + 1 {
            return 0;
        }
        end = fraction;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let from = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes, from);
        if exponent == from {
            return 0;
        }
        end = exponent;
    }
    end
}

/// Where the digits that begin at `from` end.
#[inline]
fn digits(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &str) -> Result<Vec<f64>, String> {
        let mut runs = Runs::default();
        read(line, &mut runs).map(|_| runs.values).map_err(|malformed| malformed.to_string())
    }

    #[test]
    fn a_line_is_read_with_its_direction_and_samples() {
        let line = r#" { "note": {"a": [1, "]"]}, "series":"a\"b", "values":[1,-2.5e-1, 3E2], "direction":"higher",
            "samples": [[1,3],[],null] }"#;
        let mut runs = Runs::default();
        let head = read(line, &mut runs).unwrap();
        assert_eq!(head, Head { series: "a\"b".into(), direction: Some(Direction::Higher) });
        assert_eq!(runs.values, [1.0, -0.25, 300.0]);
        assert_eq!(runs.samples, [(Some(std::f64::consts::SQRT_2), 2), (None, 1), (None, 1)]);
        read(r#"{"series":"ü","values":[]}"#, &mut runs).unwrap();
        assert!(runs.values.is_empty() && runs.samples.is_empty(), "nothing is left of the line before");
    }

    #[test]
    fn what_is_missing_keeps_its_place() {
        let read = values(r#"{"series":"a","values":[1,null,NaN,-Infinity,2]}"#).unwrap();
        assert_eq!(read.iter().map(|value| value.is_nan()).collect::<Vec<_>>(), [false, true, true, true, false]);
    }

    #[test]
    fn numbers_are_exact_and_as_json_has_them() {
        for text in ["0", "-0.0", "0.1", "100.83647183451", "5e-324", "1.7976931348623157e308", "123456789012345678"] {
            let line = format!(r#"{{"series":"a","values":[{text}]}}"#);
            assert_eq!(values(&line).unwrap()[0].to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        for text in ["01", "+1", ".5", "1.", "1e", "1e+", "0x1", "-", "1e999", "inf", "nan", "\"1\"", "true", "1 2"] {
            assert!(values(&format!(r#"{{"series":"a","values":[{text}]}}"#)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bad_line_says_where() {
        for (line, told) in [
            (r#"{"series":"a","values":[1,x]}"#, "column 27: a number is expected here"),
            (r#"{"series":"ä","values":[1,1e400]}"#, "column 27: 1e400 is too large for a number"),
            (r#"{"series":"a"}"#, "column 15: there are no \"values\""),
            (r#"{"values":[]}"#, "column 14: there is no \"series\""),
            (r#"{"series":3,"values":[]}"#, "column 11: the name of the series is expected here"),
            (r#"{"series":"a","values":[1]} {}"#, "column 29: more on the line than one object"),
            (r#"{"series":"a","values":[1] "x":1}"#, "column 28: `,` or `}` after a value is expected here"),
            (
                r#"{"series":"a","direction":"up","values":[1]}"#,
                "column 27: the direction must be lower, higher or neutral, not \"up\"",
            ),
            (r#"{"series":"a","values":[1],"samples":[]}"#, ""),
            (r#"{"series":"a","values":[1],"samples":[[1],[2]]}"#, "column 48: 1 values, but samples of 2 runs"),
            ("[1,2]", "column 1: an object with \"series\" and \"values\" is expected here"),
            ("", "column 1: an object with \"series\" and \"values\" is expected here"),
        ] {
            assert_eq!(values(line).err().unwrap_or_default(), told, "{line}");
        }
    }

    #[test]
    fn hostile_lines_are_refused_without_recursion() {
        let deep = "[".repeat(1_000_000);
        assert!(values(&format!(r#"{{"series":"a","values":[1],"x":{deep}"#)).is_err());
        assert!(values(&format!(r#"{{"series":"a","values":{deep}"#)).is_err());
        assert!(values("{\"series\":\"a\u{1}\",\"values\":[1]}").is_err(), "a control character in a string");
        assert!(values(r#"{"series":"a\ud800","values":[1]}"#).is_err(), "half a surrogate pair");
    }
}
