//! Files of any size, line by line: delimited text and JSON Lines in pieces of bounded size.
//!
//! The first piece decides everything that inference has to decide (format, header, what every column is); later pieces are read the same
//! way, with the header put before them, so that a column means the same on the first line and on the last. Readings are folded
//! ([`fold`](super::fold)), so memory depends on how many series there are and not on how many lines.
//!
//! Fails, as an outcome, when a line is longer than a piece, when the end is cut, and when a format has to be seen whole to be read.

use std::io::{self, Read};

use super::format::{self, Source, Stop, Syntax};
use super::infer::Inference;
use super::table::Document;
use super::{Outcome, Settings, rule, text};
use crate::domain::artifact::RelPath;

/// What stands on the header's line is looked for so far into the file. Bytes.
const HEADER_WITHIN: usize = 64 << 10;

/// Reads on from `begun`, the first piece of a text that is longer. `None` when the file is in no format that can be read in pieces.
///
/// # Errors
/// Those of `source`.
pub(in crate::artifact) fn read(
    path: &RelPath,
    begun: &[u8],
    source: &mut dyn Read,
    settings: &Settings,
) -> io::Result<Option<Outcome>> {
    // A line end of two bytes cannot be cut like one of a single byte.
    if begun.starts_with(b"\xff\xfe") || begun.starts_with(b"\xfe\xff") {
        return Ok(None);
    }
    let Some(head) = Cut::first(begun) else { return Ok(None) };
    let Some(decoded) = text::decode(head.lines(begun)) else { return Ok(None) };
    let Some(syntax) = format::in_pieces(&Source::of(&decoded.text, path), settings) else { return Ok(None) };
    let mut stream = Stream {
        path,
        settings,
        syntax,
        header: String::new(),
        rows: 0,
        lines: 0,
        parts: 0,
        inference: Inference::in_pieces(settings),
    };
    let mut rest = begun.to_vec();
    Ok(Some(match stream.all(&mut rest, source)? {
        Ok(()) => finished(stream),
        Err(stop) => stop.into(),
    }))
}

fn finished(stream: Stream<'_>) -> Outcome {
    let rules = rule::of(stream.path, &stream.settings.rules);
    match stream.inference.finish(&rules) {
        Ok(parsed) => Outcome::Parsed(parsed),
        Err(reason) => Outcome::Rejected { reason },
    }
}

struct Stream<'s> {
    path: &'s RelPath,
    settings: &'s Settings,
    syntax: Syntax,
    /// The lines down to the header, put before every piece but the first.
    header: String,
    /// Rows, lines and executions in the pieces before this one.
    rows: u32,
    lines: u32,
    parts: u32,
    inference: Inference<'s>,
}

impl Stream<'_> {
    /// Reads to the end. `rest` holds what was fetched and not understood yet.
    fn all(&mut self, rest: &mut Vec<u8>, source: &mut dyn Read) -> io::Result<Result<(), Stop>> {
        loop {
            let ended = self.fill(rest, source)?;
            let cut = if ended { rest.len() } else { Cut::of(rest, self.syntax).map_or(0, |cut| cut.0) };
            if cut == 0 && !ended {
                let line = self.lines.saturating_add(1);
                let reason = format!(
                    "line {line} is longer than {} bytes, too long to be a row of results",
                    self.settings.piece
                );
                return Ok(Err(Stop::Rejected(reason)));
            }
            let piece: Vec<u8> = rest.drain(..cut).collect();
            if let Err(stop) = self.piece(&piece) {
                return Ok(Err(stop));
            }
            if ended {
                return Ok(Ok(()));
            }
        }
    }

    /// Fetches until there is a piece; whether the source has ended.
    fn fill(&self, rest: &mut Vec<u8>, source: &mut dyn Read) -> io::Result<bool> {
        let missing = self.settings.piece.saturating_sub(rest.len() as u64);
        let fetched = source.take(missing).read_to_end(rest)?;
        Ok((fetched as u64) < missing)
    }

    fn piece(&mut self, piece: &[u8]) -> Result<(), Stop> {
        if piece.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let Some(decoded) = text::decode(piece) else {
            let line = self.lines.saturating_add(1);
            return Err(Stop::Rejected(format!("no text any more from line {line} on")));
        };
        let first = self.lines == 0;
        let whole = if first { decoded.text } else { format!("{}{}", self.header, decoded.text) };
        let source = Source::of(&whole, self.path);
        let mut document = format::document(&source, self.syntax, self.settings).map_err(|stop| self.located(stop))?;
        if first && self.syntax == Syntax::Delimited {
            self.header = header(&whole, &document).unwrap_or_default();
        }
        self.place(&mut document);
        self.inference.document(&document).map_err(Stop::Rejected)?;
        let lines = piece.iter().filter(|byte| **byte == b'\n').count();
        self.lines = self.lines.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Counts rows, lines and executions on from the pieces before.
    fn place(&mut self, document: &mut Document) {
        let (mut rows, mut parts) = (0, 0);
        for row in document.tables.iter_mut().flat_map(|table| &mut table.rows) {
            rows = rows.max(row.at.shift(self.rows, self.lines));
            if let Some(part) = row.part.as_mut().filter(|_| document.each_row_runs) {
                *part = part.saturating_add(self.parts);
                parts = parts.max(*part);
            }
        }
        (self.rows, self.parts) = (self.rows.max(rows), self.parts.max(parts));
    }

    /// An error of a piece counts lines from the piece's beginning.
    fn located(&self, stop: Stop) -> Stop {
        let behind = |reason: String| {
            if self.lines == 0 {
                reason
            } else {
                format!("in the piece that begins behind line {}: {reason}", self.lines)
            }
        };
        match stop {
            Stop::Incomplete(reason) => Stop::Incomplete(behind(reason)),
            Stop::Rejected(reason) => Stop::Rejected(behind(reason)),
        }
    }
}

/// The text down to the line that holds all column names.
fn header(text: &str, document: &Document) -> Option<String> {
    let widest = document.tables.iter().max_by_key(|table| table.rows.len())?;
    let names: Vec<&str> = widest.columns.iter().map(|c| c.name.as_str()).filter(|n| !n.contains('#')).collect();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if names.iter().all(|name| line.contains(name)) {
            return text.get(..end).map(str::to_owned);
        }
        if end > HEADER_WITHIN {
            break;
        }
    }
    None
}

/// Where a text can be cut: behind its last whole line.
struct Cut(usize);

impl Cut {
    /// Of the first piece, whose syntax is not known yet.
    fn first(bytes: &[u8]) -> Option<Self> {
        bytes.iter().rposition(|&byte| byte == b'\n').map(|at| Self(at + 1))
    }

    fn of(bytes: &[u8], syntax: Syntax) -> Option<Self> {
        if syntax == Syntax::JsonLines {
            return Self::first(bytes);
        }
        // A line end inside quotes belongs to a cell. Only the quote that a cell begins with opens it: 5" is five inches.
        let (mut quoted, mut closing, mut begins, mut last) = (false, false, true, None);
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'"' {
                let closes = quoted;
                quoted = !quoted && (begins || closing);
                closing = closes;
            } else {
                closing = false;
                if byte == b'\n' && !quoted {
                    last = Some(Self(at + 1));
                }
            }
            begins = matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r');
        }
        last
    }

    fn lines<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(..self.0).unwrap_or(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Cut, Syntax};
    use crate::artifact::{Outcome, Parsed, Settings, read};
    use crate::domain::artifact::RelPath;

    /// Pieces of a size that small texts have several of.
    fn settings() -> Settings {
        Settings { piece: 16 << 10, max_bytes: 64 << 10, max_readings: 1000, ..Settings::default() }
    }

    fn parsed(path: &str, text: &str) -> Parsed {
        assert!(text.len() as u64 > 3 * settings().piece, "several pieces");
        match read(&RelPath::new(path), &mut text.as_bytes(), &settings()).unwrap() {
            Outcome::Parsed(parsed) => parsed,
            other => panic!("{other:?}"),
        }
    }

    fn reason(path: &str, text: &str) -> String {
        match read(&RelPath::new(path), &mut text.as_bytes(), &settings()).unwrap() {
            Outcome::Incomplete { reason } => format!("incomplete: {reason}"),
            Outcome::Rejected { reason } => format!("rejected: {reason}"),
            other => panic!("{other:?}"),
        }
    }

    /// A load test's log: a comment, a header, and rows of which the note holds a line end in quotes.
    fn log(rows: u32) -> String {
        let mut text = "# host: lab-3\nlabel,elapsed_ms,note\n".to_owned();
        for row in 1..=rows {
            let label = if row % 2 == 0 { "even" } else { "odd" };
            let _ = writeln!(text, "{label},{row}.5,\"a note,\nof two lines\"");
        }
        text
    }

    #[test]
    fn rows_are_counted_from_the_beginning_of_the_file() {
        let rows = 3_000;
        let parsed = parsed("reports/load.csv", &log(rows));
        assert_eq!(parsed.runs.len(), 1);
        assert_eq!(parsed.runs[0].host.as_deref(), Some("lab-3"));
        assert!(!parsed.readings.is_empty());
        for reading in &parsed.readings {
            let row = reading.at.index;
            assert!((reading.value - f64::from(row) - 0.5).abs() < 1e-9, "{} at {}", reading.value, reading.at);
            assert_eq!(
                reading.case.as_str().to_owned() + &reading.params.values().cloned().collect::<String>(),
                if row % 2 == 0 { "even" } else { "odd" }
            );
        }
        assert_eq!(parsed.readings.iter().map(|r| r.n).sum::<u64>(), u64::from(rows));
        assert!(parsed.readings.iter().any(|r| r.at.index > rows - 1000), "the end was read too");
    }

    #[test]
    fn a_column_stays_what_it_was_on_the_first_lines() {
        // Whole numbers at first, and nothing to tell them from a parameter later.
        let mut text = "size,time_ms\n".to_owned();
        for row in 0..12_000 {
            let _ = writeln!(text, "{},{}", if row < 6_000 { row % 3 } else { 7 }, row % 100);
        }
        let parsed = parsed("reports/sweep.csv", &text);
        assert_eq!((parsed.dimensions, parsed.metrics), (vec!["size".to_owned()], vec!["time_ms".to_owned()]));
        assert!(parsed.readings.iter().all(|r| r.params.contains_key("size")));
    }

    #[test]
    fn lines_of_json_are_read_in_pieces_too() {
        let mut text = String::new();
        for line in 1..=2_000 {
            let _ = writeln!(
                text,
                r#"{{"endpoint": "/api/{}", "latency_ms": {line}.25, "request_id": "r-{line}"}}"#,
                line % 2
            );
        }
        let parsed = parsed("reports/requests.jsonl", &text);
        assert_eq!(parsed.format, "jsonl");
        for reading in &parsed.readings {
            assert!(
                (reading.value - f64::from(reading.at.index) - 0.25).abs() < 1e-9,
                "{} at {}",
                reading.value,
                reading.at
            );
        }
    }

    #[test]
    fn what_a_tool_appends_is_a_run_each_in_every_piece() {
        let filler = "x".repeat(2000);
        let mut text = String::new();
        for run in 0..40 {
            let _ = writeln!(
                text,
                r#"{{"backend": "sglang", "dataset_name": "random", "request_rate": 4, "max_concurrency": 8, "random_input_len": 64, "random_output_len": 64, "duration": 10.5, "completed": 40, "total_input_tokens": 1, "total_output_tokens": 2, "request_throughput": 3.8, "output_throughput": {run}.5, "mean_e2e_latency_ms": 90.5, "mean_ttft_ms": 10.5, "generated_texts": ["{filler}"]}}"#
            );
        }
        let parsed = parsed("reports/serving.jsonl", &text);
        assert_eq!(parsed.runs.len(), 40, "{:?}", parsed.format);
    }

    #[test]
    fn a_cut_end_is_incomplete_and_an_endless_line_no_result() {
        let text = log(3_000);
        let cut = text.get(..text.len() - 8).unwrap();
        assert!(reason("reports/load.csv", cut).starts_with("incomplete: in the piece that begins behind line"));
        let endless = format!("a,b_ms\n1,2\n{}", "9".repeat(48 << 10));
        let said = reason("reports/load.csv", &endless);
        assert!(said.starts_with("rejected: line ") && said.contains("too long"), "{said}");
    }

    #[test]
    fn a_document_that_has_to_be_seen_whole_has_its_limit() {
        let numbers = vec!["1"; 40 << 10].join(",");
        let said = reason("reports/all.json", &format!("{{\"latency_ms\": [{numbers}]}}"));
        assert!(said.contains("max_text_size") || said.contains("values"), "{said}");
    }

    fn cut(text: &str) -> Option<usize> {
        Cut::of(text.as_bytes(), Syntax::Delimited).map(|cut| cut.0)
    }

    #[test]
    fn a_line_ends_where_no_quotes_are_open() {
        assert_eq!(cut("a,b\n1,2\n3,"), Some(8));
        assert_eq!(cut("a,b\n\"x\ny\",2\n3,"), Some(12));
        assert_eq!(cut("a,b\n\"x\ny"), Some(4));
        assert_eq!(cut("a,b\n\"x \"\"y\"\"\nz\",2\n"), Some(18));
        assert_eq!(cut("a,b\n5\" disk,2\n3,4\n"), Some(18));
        assert_eq!(cut("abc"), None);
    }
}
