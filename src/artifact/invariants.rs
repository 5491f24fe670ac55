//! What holds of every file that is read, whatever is in it. The property tests and the fuzz targets (`tests/fuzz`, which include
//! this file) share it.
//!
//! The heart is the trace: every number that is told stands in the file at the place that is told with it. Places are looked up here
//! by other means than the readers': the `csv` crate for rows, the steps of a path through `serde_json`'s values, the lines of the text.
//!
//! Fails by panicking, which is how a test and a fuzzer learn that something does not hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{Input, Locator, Outcome, Parsed, Reading, RelPath, Role, Settings, measurements, parse, read};

/// Reads `bytes` and checks whatever can be checked without knowing what they mean.
pub fn check(path: &RelPath, bytes: &[u8], settings: &Settings) -> Outcome {
    let outcome = parse(&Input { path, bytes }, settings);
    let again = parse(&Input { path, bytes }, settings);
    assert!(same(&outcome, &again), "read twice, not the same: {outcome:?} and {again:?}");
    match &outcome {
        Outcome::Parsed(parsed) => {
            sound(parsed, settings);
            assert!(parsed.readings.is_empty() || !is_blank(bytes), "readings of nothing");
            assert!(parsed.readings.len() <= bytes.len(), "more readings than bytes");
            if let Ok(text) = std::str::from_utf8(bytes) {
                traced(parsed, text.strip_prefix('\u{feff}').unwrap_or(text));
            }
        }
        Outcome::Incomplete { reason } | Outcome::Rejected { reason } | Outcome::Unrecognised { reason } => {
            assert!(!reason.is_empty(), "no reason");
        }
    }
    outcome
}

/// Byte order marks, UTF-16 and line ends change nothing. For text that has none of them yet.
pub fn check_disguises(path: &RelPath, bytes: &[u8], settings: &Settings) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if is_blank(bytes) || text.contains(['\u{feff}', '\0', '\r']) || bytes.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let outcome = parse(&Input { path, bytes }, settings);
    let unchanged = |disguise: &str, bytes: &[u8]| {
        let other = parse(&Input { path, bytes }, settings);
        assert!(same(&outcome, &plain(other.clone())), "as {disguise}, not the same:\n{outcome:?}\n{other:?}");
    };
    unchanged("UTF-8 with a mark", &[b"\xef\xbb\xbf", bytes].concat());
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
    };
    unchanged("UTF-16LE", &wide(u16::to_le_bytes));
    unchanged("UTF-16BE", &wide(u16::to_be_bytes));
    // Within quotes a line end belongs to the text, and what stands there may differ.
    if !text.contains(['"', '\''])
        || matches!(outcome, Outcome::Parsed(_)) && serde_json::from_str::<Value>(text).is_ok()
    {
        unchanged("lines that end in CR LF", text.replace('\n', "\r\n").as_bytes());
    }
}

/// A file that is too long to be held whole, though it is not.
pub fn check_pieces(path: &RelPath, mut bytes: &[u8], settings: &Settings) {
    let (text, settings) = (bytes, Settings { piece: 512, max_bytes: 4096, ..settings.clone() });
    let Ok(Outcome::Parsed(parsed)) = read(path, &mut bytes, &settings) else { return };
    sound(&parsed, &settings);
    if let Ok(text) = std::str::from_utf8(text) {
        traced(&parsed, text.strip_prefix('\u{feff}').unwrap_or(text));
    }
}

/// Whether two outcomes are the same. Values of equal bits are equal.
fn same(a: &Outcome, b: &Outcome) -> bool {
    a == b
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// The outcome without what is said of the encoding.
fn plain(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Parsed(mut parsed) => {
            parsed.warnings.retain(|warning| !warning.starts_with("read as UTF-16"));
            Outcome::Parsed(parsed)
        }
        other => other,
    }
}

/// What holds of everything that was read, by itself.
pub fn sound(parsed: &Parsed, settings: &Settings) {
    assert!(parsed.readings.len() <= settings.max_readings.saturating_add(settings.max_columns), "too many readings");
    for reading in &parsed.readings {
        assert!(reading.value.is_finite(), "{reading:?}");
        assert!(reading.resolution.is_finite() && reading.resolution >= 0.0, "{reading:?}");
        assert!(reading.run < parsed.runs.len(), "{reading:?} of {} runs", parsed.runs.len());
        assert!(!reading.at.pattern.is_empty(), "{reading:?}");
        assert!(!reading.metric.is_empty() || reading.role == Role::Count, "{reading:?}");
    }
    for gap in &parsed.gaps {
        assert!(gap.count <= gap.of && gap.count > 0, "{gap:?}");
    }
    for (run, measurement) in measurements(parsed, "benchmark") {
        assert!(run < parsed.runs.len(), "{measurement:?}");
        let spread = [&measurement.spread.std, &measurement.spread.min, &measurement.spread.max];
        let numbers = spread.into_iter().flatten().map(|spread| spread.value);
        let mut numbers = numbers.chain([measurement.value]).chain(measurement.samples.iter().copied());
        assert!(numbers.all(f64::is_finite), "{measurement:?}");
        assert!(measurement.n >= 1, "{measurement:?}");
    }
}

/// Every reading stands in `text` where it says.
pub fn traced(parsed: &Parsed, text: &str) {
    let place = |reading: &Reading| Place::of(&reading.at);
    let rows: Vec<(&Reading, u32, String)> = parsed
        .readings
        .iter()
        .filter_map(|reading| match place(reading) {
            Place::Row(row, column) => Some((reading, row, column)),
            _ => None,
        })
        .collect();
    assert!(rows.is_empty() || in_rows(&rows, text), "no such cells: {rows:#?}");
    let lines: Vec<&str> = text.lines().collect();
    let json: Option<Value> = serde_json::from_str(text).ok();
    for reading in &parsed.readings {
        match place(reading) {
            Place::Row(..) => {}
            Place::Path(path) => {
                let Some(root) = &json else { continue };
                assert!(at_path(root, &path).is_some_and(|value| says_json(value, reading.value)), "{reading:?}");
            }
            Place::Line(line, what) => {
                let line = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
                let line = line.and_then(|line| lines.get(line..)).unwrap_or_default();
                assert!(on_line(line, &what, reading.value), "{reading:?}");
            }
            Place::Elsewhere => assert!(says(text, reading.value), "{reading:?}"),
        }
    }
}

/// A place as a locator tells it.
enum Place {
    /// Data row and column of a delimited file.
    Row(u32, String),
    /// Line of a text, and what stands there.
    Line(u32, String),
    /// JSON path.
    Path(String),
    Elsewhere,
}

impl Place {
    fn of(at: &Locator) -> Self {
        if let Some(column) = at.pattern.strip_prefix("row \u{1}, column ") {
            Self::Row(at.index, column.to_owned())
        } else if let Some(what) = at.pattern.strip_prefix("line \u{1}, ") {
            Self::Line(at.index, what.to_owned())
        } else if at.pattern.starts_with('$') {
            Self::Path(at.to_string())
        } else {
            Self::Elsewhere
        }
    }
}

/// Whether the cells stand in a delimited file: with some delimiter, all of them, in rows of the order that their numbers have. Headers,
/// titles and comments are no rows.
fn in_rows(cells: &[(&Reading, u32, String)], text: &str) -> bool {
    let mut numbered: BTreeMap<u32, Vec<(&str, f64)>> = BTreeMap::new();
    for (reading, row, column) in cells {
        numbered.entry(*row).or_default().push((column, reading.value));
    }
    b",;\t|".iter().any(|&delimiter| {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(delimiter).has_headers(false).flexible(true).comment(Some(b'#'));
        let rows: Vec<csv::StringRecord> = reader.from_reader(text.as_bytes()).records().flatten().collect();
        let mut places: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for row in &rows {
            for (place, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
                places.entry(clean(cell.trim())).or_default().insert(place);
            }
        }
        let mut next = 0;
        numbered.iter().all(|(number, cells)| {
            let from = next.max(usize::try_from(*number).unwrap_or(usize::MAX).saturating_sub(1));
            let holds = |row: &csv::StringRecord| cells.iter().all(|cell| in_row(*cell, row, &places));
            let found = rows.iter().enumerate().skip(from).find(|(_, row)| holds(row)).map(|(at, _)| at);
            next = found.map_or(next, |at| at + 1);
            found.is_some()
        })
    })
}

/// Whether a row has the value below a header of this name. A name that occurs again is numbered, and one that is missing counts columns.
fn in_row((column, value): (&str, f64), row: &csv::StringRecord, places: &HashMap<String, BTreeSet<usize>>) -> bool {
    let base = column.rsplit_once(" #").map_or(column, |(base, _)| base);
    let counted = column.strip_prefix("column ").and_then(|number| number.parse::<usize>().ok());
    let says = |place: usize| row.get(place).is_some_and(|cell| says(cell, value));
    let named = [column, base].into_iter().filter_map(|name| places.get(name)).flatten();
    let mut named = named.copied().chain(counted.and_then(|number| number.checked_sub(1))).peekable();
    // A name that is put together of several cells.
    let unknown = named.peek().is_none();
    named.any(says) || unknown && (0..row.len()).any(says)
}

/// Locators keep no control characters.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether the first of `lines` says `value`: as text, or in a JSON value that begins there, at the path.
fn on_line(lines: &[&str], what: &str, value: f64) -> bool {
    if !what.starts_with('$') {
        return says(&element(lines), value);
    }
    let rest = lines.join("\n");
    let values = serde_json::Deserializer::from_str(&rest).into_iter::<Value>();
    let mut values = values.map_while(Result::ok).take(64).peekable();
    // Numbers that JSON does not know: the text has to do.
    values.peek().is_none() && says(&rest, value)
        || values.any(|json| at_path(&json, what).is_some_and(|found| says_json(found, value)))
        || rest.contains("NaN")
        || rest.contains("nan")
        || rest.contains("nf")
}

/// The first line and those over which an element or a quoted cell goes that begins on it and does not end there.
fn element(lines: &[&str]) -> String {
    let quotes = |line: &str| line.matches('"').count() % 2 == 1;
    let Some((first, rest)) = lines.split_first() else { return String::new() };
    let open = if first.rfind('<') > first.rfind('>') {
        rest.iter().take_while(|line| !line.contains('>')).count() + 1
    } else if quotes(first) {
        rest.iter().take_while(|line| !quotes(line)).count() + 1
    } else {
        0
    };
    lines.get(..(open + 1).min(lines.len())).unwrap_or_default().join("\n")
}

/// The value at a path such as `$.results[3]["p(95)"]`.
fn at_path<'v>(root: &'v Value, path: &str) -> Option<&'v Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut open = root;
    while !rest.is_empty() {
        if let Some(key) = rest.strip_prefix('.') {
            let end = key.find(['.', '[']).unwrap_or(key.len());
            open = open.get(key.get(..end)?)?;
            rest = key.get(end..)?;
        } else if rest.starts_with("[\"") {
            let inner = rest.strip_prefix('[')?;
            let mut stream = serde_json::Deserializer::from_str(inner).into_iter::<String>();
            let key = stream.next()?.ok()?;
            let behind = inner.get(stream.byte_offset()..)?.strip_prefix(']')?;
            open = open.as_object()?.iter().find(|(name, _)| **name == key || clean(name) == key)?.1;
            rest = behind;
        } else {
            let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
            open = open.get(index.parse::<usize>().ok()?)?;
            rest = behind;
        }
    }
    Some(open)
}

fn says_json(found: &Value, value: f64) -> bool {
    match found {
        #[allow(clippy::float_cmp, reason = "the same number, not one near it")]
        Value::Number(number) => number.as_f64() == Some(value),
        Value::String(text) => says(text, value),
        _ => false,
    }
}

/// Whether `text` holds the digits of `value`, separators aside. Where it has more digits than a double holds, or writes a duration
/// in several units (`4m8s`), that cannot be told from the digits.
fn says(text: &str, value: f64) -> bool {
    let written = format!("{value:e}");
    let mantissa = written.split('e').next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_matches('0');
    let found: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut run = 0;
    let long = text.bytes().any(|byte| {
        run = match byte {
            b'0'..=b'9' => run + 1,
            b'.' | b',' | b'_' | b'\'' => run,
            _ => 0,
        };
        run > 15
    });
    let compound = |pair: &[u8]| matches!(pair, [b'h' | b'm' | b's', b'0'..=b'9' | b' ']);
    if value == 0.0 {
        found.contains('0')
    } else {
        found.contains(digits) || long || text.as_bytes().windows(2).any(compound)
    }
}
