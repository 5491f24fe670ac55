//! JSON text to values: one value, several one after the other, or JSON Lines.
//!
//! `NaN`, `Infinity` and numbers that no double holds are tolerated (Python writes them) and kept apart as [`NOT_A_NUMBER`]. Nesting
//! is checked before parsing, so that neither parsing nor dropping can exhaust the stack.

use serde_json::Value;

use super::Stop;

/// Stands as text for a number that is none; no file can write this character unescaped.
pub(in crate::artifact) const NOT_A_NUMBER: &str = "\u{1}NaN";

/// Values of a document at most: some 150 bytes of memory each, from text to readings.
const MOST_VALUES: usize = 1_250_000;

/// Bytes of the names above all values together, at most: each value may be told with its whole path.
const MOST_NAMES: usize = 128 << 20;

/// What a document will take when it is held, counted while its text is looked through.
#[derive(Debug, Default)]
struct Load {
    values: usize,
    /// See [`MOST_NAMES`].
    names: usize,
    /// Bytes of the names down to each open object or array.
    open: Vec<usize>,
    /// Of the last string, and of the name that the value to come has.
    string: usize,
    name: usize,
}

impl Load {
    /// Takes a character outside of strings.
    fn take(&mut self, byte: u8) {
        let path = self.open.last().copied().unwrap_or(0);
        match byte {
            b':' => self.name = self.string,
            b'{' | b'[' => {
                self.open.push(path + self.name + 4);
                (self.values, self.name) = (self.values + 1, 0);
            }
            b',' => (self.values, self.names) = (self.values + 1, self.names.saturating_add(path + self.name)),
            b'}' | b']' => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Why it is too much.
    fn refusal(&self) -> Option<String> {
        let reason = "a document is held in memory whole; JSON Lines and CSV are read piece by piece";
        if self.values > MOST_VALUES {
            return Some(format!("more than {MOST_VALUES} values: {reason}"));
        }
        (self.names > MOST_NAMES)
            .then(|| format!("the paths of its values have more than {MOST_NAMES} bytes: {reason}"))
    }
}

/// The values of a text, each with the line on which it begins.
///
/// # Errors
/// The outcome to report: incomplete when the text ends inside a value, rejected for wrong syntax or deep nesting.
pub(in crate::artifact) fn values(text: &str, max_depth: usize) -> Result<Vec<(u32, Value)>, Stop> {
    if text.trim().is_empty() {
        return Err(Stop::Incomplete("empty".to_owned()));
    }
    let cleaned = prepare(text, max_depth)?;
    let text = cleaned.as_deref().unwrap_or(text);
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut values = Vec::new();
    let (mut line, mut counted) = (1u32, 0usize);
    loop {
        let start = stream.byte_offset();
        let skipped = text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let at = start + skipped;
        line = line.saturating_add(newlines(text.get(counted..at).unwrap_or_default()));
        counted = at;
        match stream.next() {
            None => return Ok(values),
            Some(Ok(value)) => values.push((line, value)),
            Some(Err(error)) => return Err(failure(&error, text, line)),
        }
    }
}

fn newlines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|&b| b == b'\n').count()).unwrap_or(u32::MAX)
}

fn failure(error: &serde_json::Error, text: &str, line: u32) -> Stop {
    // A stream counts lines from its own start, so an error's line is the text's line.
    if error.is_eof() {
        return Stop::Incomplete(format!(
            "the JSON value that begins on line {line} ends in the middle (line {})",
            error.line()
        ));
    }
    // In JSON Lines the last line may be cut inside a literal or number that then looks wrong rather than short.
    let last = newlines(text.trim_end()).saturating_add(1);
    let at_end = u32::try_from(error.line()).is_ok_and(|l| l >= last) && !text.ends_with('\n');
    let tail = text.trim_end().chars().next_back();
    if at_end && tail.is_some_and(|c| !matches!(c, '}' | ']')) {
        return Stop::Incomplete(format!("line {} is cut in the middle", error.line()));
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Stop::Rejected(format!("line {}, column {}: {message}", error.line(), error.column()))
}

/// Checks nesting and replaces what is not JSON but customary; `None` when nothing had to be replaced.
fn prepare(text: &str, max_depth: usize) -> Result<Option<String>, Stop> {
    let bytes = text.as_bytes();
    let (mut line, mut at, mut load) = (1usize, 0usize, Load::default());
    let mut replaced: Option<String> = None;
    let mut copied = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                line += bytes.get(at..end).unwrap_or_default().iter().filter(|&&b| b == b'\n').count();
                load.string = end - at;
                at = end;
                continue;
            }
            b'\n' => line += 1,
            b',' | b':' | b'{' | b'[' | b'}' | b']' => {
                load.take(byte);
                if load.open.len() > max_depth.min(127) {
                    return Err(Stop::Rejected(format!("line {line}: nested deeper than {max_depth}")));
                }
                if let Some(reason) = load.refusal() {
                    return Err(Stop::Rejected(format!("line {line}: {reason}")));
                }
            }
            b'N' | b'I' | b'i' | b'n' | b'-' | b'+' | b'0'..=b'9' => {
                let end = at
                    + bytes
                        .get(at..)
                        .unwrap_or_default()
                        .iter()
                        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
                        .count();
                let end = end.max(at + 1);
                if bytes.get(at..end).is_some_and(is_no_number) {
                    let out = replaced.get_or_insert_with(String::new);
                    out.push_str(text.get(copied..at).unwrap_or_default());
                    out.push_str("\"\\u0001NaN\"");
                    copied = end;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if let Some(out) = &mut replaced {
        out.push_str(text.get(copied..).unwrap_or_default());
    }
    Ok(replaced)
}

/// One past the closing quote, or the end of the text.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_no_number(token: &[u8]) -> bool {
    match token {
        b"NaN" | b"nan" | b"-nan" | b"-NaN" | b"Infinity" | b"-Infinity" | b"+Infinity" | b"inf" | b"-inf" | b"Inf"
        | b"-Inf" => true,
        [b'0'..=b'9' | b'-', ..] if token.len() > 3 => {
            std::str::from_utf8(token).ok().and_then(|t| t.parse::<f64>().ok()).is_some_and(f64::is_infinite)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        match values(text, 100) {
            Ok(values) => format!("{} values", values.len()),
            Err(Stop::Incomplete(reason)) => format!("incomplete: {reason}"),
            Err(Stop::Rejected(reason)) => format!("rejected: {reason}"),
        }
    }

    #[test]
    fn a_cut_is_incomplete_and_wrong_syntax_is_rejected_with_its_place() {
        assert_eq!(
            reason("{\"a\": 1,\n\"b\": [1, 2"),
            "incomplete: the JSON value that begins on line 1 ends in the middle (line 2)"
        );
        assert_eq!(
            reason("{\"a\":1}\n{\"a\":2}\n{\"a\":"),
            "incomplete: the JSON value that begins on line 3 ends in the middle (line 3)"
        );
        assert_eq!(reason("{\"a\": 1,\n 'b': 2}"), "rejected: line 2, column 2: key must be a string");
        assert_eq!(reason("{\"a\":1}\n{\"a\":2}\n"), "2 values");
        assert_eq!(reason(""), "incomplete: empty");
    }

    #[test]
    fn nesting_is_bounded_and_odd_numbers_are_set_apart() {
        assert_eq!(reason(&"[".repeat(1_000_000)), "rejected: line 1: nested deeper than 100");
        let odd = values("[NaN, -Infinity, 1e400, \"NaN\", 1.5]", 100).ok().and_then(|mut v| v.pop()).map(|(_, v)| v);
        assert_eq!(odd, Some(serde_json::json!([NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER, "NaN", 1.5])));
    }
}
