//! Lines of a text, and which of the numbers on a line has a name.

use std::collections::HashMap;

/// Marks that separate the cells of a line.
const DELIMITERS: [u8; 3] = *b",;\t";

/// Where each line begins and ends, without its line end.
pub(super) fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        spans.push((start, end));
        start += line.len();
    }
    spans
}

/// What stands on `line` for `what`, by words alone: the number before a unit of this name (`302 ns/iter`), or the text behind the name
/// (`Average throughput: 64.8 tok/s`). `None` where the line does not say it.
pub(super) fn named(line: &str, what: &str) -> Option<String> {
    // Of equal length, so that places in one are places in the other.
    let (lower, word) = (line.to_ascii_lowercase(), what.trim().to_ascii_lowercase());
    let at = lower.match_indices(&word).map(|(at, _)| at).find(|at| {
        let joined = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let behind = lower.get(at + word.len()..).and_then(|rest| rest.chars().next());
        !word.is_empty() && !joined(behind) && !joined(lower.get(..*at).and_then(|head| head.chars().next_back()))
    })?;
    let before = line.get(..at)?.trim_end();
    let length = before.chars().rev().take_while(|c| c.is_ascii_digit() || "., _'".contains(*c) && *c != ' ').count();
    if length > 0 && before.ends_with(|c: char| c.is_ascii_digit()) {
        return before.get(before.len() - length..).map(str::to_owned);
    }
    line.get(at + word.len()..).filter(|rest| rest.contains(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

/// The value of a column in a statement of SQL: `INSERT INTO t (a, b) VALUES (1, 2)`.
pub(super) fn inserted(line: &str, column: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    if !lower.trim_start().starts_with("insert into") {
        return None;
    }
    let values = lower.find(") values")?;
    let names = line.get(line.find('(')? + 1..values)?;
    let at = names.split(',').position(|name| name.trim().trim_matches(['"', '`']) == column.trim())?;
    let list = line.get(values..)?.split_once('(')?.1.trim_end().trim_end_matches(';').strip_suffix(')')?;
    let mut reader =
        ::csv::ReaderBuilder::new().quote(b'\'').trim(::csv::Trim::All).has_headers(false).from_reader(list.as_bytes());
    let record = reader.records().next()?.ok()?;
    record.get(at).map(|value| value.trim().trim_matches('\'').to_owned())
}

/// The lines that name columns, by the names in them.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// Lines (from 0, ascending) on which a cell is exactly this, the mark between the cells, and which of them it is.
    named: HashMap<String, Vec<(usize, u8, usize)>>,
}

impl Headers {
    pub fn read(text: &str) -> Self {
        let mut headers = Self::default();
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let mark = DELIMITERS.into_iter().max_by_key(|mark| line.bytes().filter(|byte| byte == mark).count());
            if let Some(mark) = mark.filter(|mark| line.as_bytes().contains(mark)) {
                headers.add(i, mark, cells(line, mark));
                continue;
            }
            // Names above columns that blanks align: as many as there are words on a line soon after, which has numbers.
            let names = words(line);
            let numbers = |line: &&str| words(line).iter().filter(|word| word.parse::<f64>().is_ok()).count() > 1;
            let mut below = lines.iter().skip(i + 1).take(3);
            if names.len() > 2 && below.any(|line| words(line).len() == names.len() && numbers(line)) {
                headers.add(i, b' ', names);
            }
        }
        headers
    }

    /// Notes the names on a line; one that comes again is `name (2)`.
    fn add(&mut self, line: usize, mark: u8, names: Vec<String>) {
        if names.iter().any(|name| name.parse::<f64>().is_ok()) {
            return;
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (column, name) in names.into_iter().enumerate().filter(|(_, name)| name.contains(char::is_alphabetic)) {
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            let name = if *times > 1 { format!("{name} ({times})") } else { name };
            self.named.entry(name).or_default().push((line, mark, column));
        }
    }

    /// The cell of `line`, number `number` from 0, below the nearest line above on which a cell is `what`.
    pub fn cell(&self, number: usize, line: &str, what: &str) -> Option<String> {
        let named = self.named.get(what.trim())?;
        let above = named.partition_point(|(at, _, _)| *at < number);
        let (_, mark, column) = named.get(above.checked_sub(1)?)?;
        let cells = if *mark == b' ' { words(line) } else { cells(line, *mark) };
        cells.into_iter().nth(*column)
    }
}

/// The words of a line, without the mark of a comment before them.
fn words(line: &str) -> Vec<String> {
    line.trim_start().trim_start_matches('#').split_whitespace().map(str::to_owned).collect()
}

/// The cells of one line.
fn cells(line: &str, mark: u8) -> Vec<String> {
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(mark).has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_owned()).collect()
}
