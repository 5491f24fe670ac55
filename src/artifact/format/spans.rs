//! The cells of a line and the places where they stand, and what makes a line the header of a table.
//!
//! Nothing here fails: a line always has cells, and what can head no table is told by [`is_header`].

use crate::artifact::infer::number::{self, Scan, unit_text};
use crate::artifact::infer::{names, time};
use crate::domain::units::Unit;

/// A cell with the places (characters) where it begins and ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// A line without the mark of a comment before it.
pub(super) fn uncommented(line: &str) -> String {
    let trimmed = line.trim_start();
    // R's knitr marks what was printed with `##` or `#>`.
    let printed = trimmed.strip_prefix("## ").or_else(|| trimmed.strip_prefix("#> "));
    match printed.or_else(|| trimmed.strip_prefix('#')) {
        Some(rest) if printed.is_some() => format!("{}   {rest}", &line[..line.len() - trimmed.len()]),
        Some(rest) if !rest.starts_with('#') => format!("{} {rest}", &line[..line.len() - trimmed.len()]),
        _ => line.to_owned(),
    }
}

/// What parts the cells of drawn tables.
pub(super) const BARS: [char; 4] = ['|', '│', '┃', '║'];

/// How many bars a line holds.
pub(super) fn bars(line: &str) -> usize {
    line.chars().filter(|c| BARS.contains(c)).count()
}

/// The cells between bars; where they stand is of no interest.
pub(super) fn by_bars(line: &str) -> Vec<Span> {
    let trimmed = line.trim();
    let inner = trimmed.strip_prefix(BARS).unwrap_or(trimmed);
    let inner = inner.strip_suffix(BARS).unwrap_or(inner);
    inner.split(BARS).map(|text| Span { start: 0, end: 0, text: text.trim().to_owned() }).collect()
}

/// Cells parted by tabs or at least two blanks.
pub(super) fn by_blanks(line: &str) -> Vec<Span> {
    let tabs = line.trim().contains('\t');
    split(line, |blanks| if tabs { blanks.contains('\t') || blanks.len() > 1 } else { blanks.len() > 1 })
}

/// Cells parted by any blank.
pub(super) fn by_words(line: &str) -> Vec<Span> {
    split(line, |_| true)
}

fn split(line: &str, parts: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut cells: Vec<Span> = Vec::new();
    let mut blanks = String::new();
    for (place, c) in line.chars().enumerate() {
        if c.is_whitespace() {
            blanks.push(c);
            continue;
        }
        match cells.last_mut() {
            Some(cell) if blanks.is_empty() || !parts(&blanks) => {
                cell.text.push_str(&blanks);
                cell.text.push(c);
                cell.end = place + 1;
            }
            _ => cells.push(Span { start: place, end: place + 1, text: c.to_string() }),
        }
        blanks.clear();
    }
    cells
}

/// A header whose columns stand only one blank apart is split at every blank when the first row has as many cells then.
pub(super) fn widened(header: Vec<Span>, line: &str, first_row: &str) -> Vec<Span> {
    let row = by_blanks(first_row);
    if row.len() == header.len() || row.len() == header.len() + 1 && headless(&header, &row) {
        return header;
    }
    let row: Vec<Span> = row.into_iter().map(unmarked).collect();
    let words = spread_apart(by_words(line));
    let fits = |cells: &[Span]| cells.len() == words.len() || cells.len() == words.len() + 1 && headless(&words, cells);
    if words.len() <= header.len() || words.len() < 2 {
        return header;
    }
    // Words of a title are no columns: they stand above the cells.
    let above = |cells: &[Span]| {
        let lead = cells.len().saturating_sub(words.len());
        words
            .iter()
            .zip(cells.iter().skip(lead))
            .skip(1)
            .all(|(word, cell)| word.start < cell.end && cell.start < word.end)
    };
    let named = row.first().is_some_and(|cell| cell.text.ends_with(':'));
    if header.len() < 2 {
        return if fits(&row) && above(&row) && !named { words } else { header };
    }
    if fits(&row) {
        return words;
    }
    let joined = if row.len() > header.len() { below(&words, &row) } else { None };
    let single = joined.is_none() && fits(&glued(by_words(first_row)));
    if single { words } else { joined.unwrap_or(header) }
}

/// The words of a header joined above the cells below which they stand; `None` when a cell but the first has none.
fn below(words: &[Span], row: &[Span]) -> Option<Vec<Span>> {
    let mut columns: Vec<Option<Span>> = vec![None; row.len()];
    for word in words {
        let distance = |cell: &Span| {
            let apart = cell.start.saturating_sub(word.end).max(word.start.saturating_sub(cell.end));
            (apart, cell.end.abs_diff(word.end))
        };
        let at = row.iter().enumerate().min_by_key(|(_, cell)| distance(cell)).map(|(at, _)| at)?;
        match columns.get_mut(at)? {
            Some(column) => {
                column.text = format!("{} {}", column.text, word.text);
                column.end = word.end;
            }
            empty => *empty = Some(word.clone()),
        }
    }
    let named = columns.iter().skip(1).all(Option::is_some);
    let ordered: Vec<Span> = columns.into_iter().flatten().collect();
    named.then_some(ordered)
}

/// `mean[+/-sd]` names two columns.
fn spread_apart(words: Vec<Span>) -> Vec<Span> {
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        let spread = word.text.split_once("[+/-").or_else(|| word.text.split_once("[±"));
        match spread.and_then(|(mean, rest)| Some((mean.to_owned(), rest.strip_suffix(']')?.to_owned()))) {
            Some((mean, spread)) if !mean.is_empty() && !spread.is_empty() => {
                let middle = word.start + mean.chars().count();
                found.push(Span { start: word.start, end: middle, text: mean });
                found.push(Span { start: middle, end: word.end, text: spread });
            }
            _ => found.push(word),
        }
    }
    found
}

/// Words with numbers and their units put together again: `416.96 μs`.
pub(super) fn glued(words: Vec<Span>) -> Vec<Span> {
    let mut cells: Vec<Span> = Vec::new();
    for word in words {
        match cells.last_mut() {
            Some(last) if is_number(&last.text) && unit_text(&word.text).is_some() && word.start == last.end + 1 => {
                last.text = format!("{} {}", last.text, word.text);
                last.end = word.end;
            }
            _ => cells.push(word),
        }
    }
    cells
}

/// Whether a row begins with a cell above which the header has none.
pub(super) fn headless(header: &[Span], row: &[Span]) -> bool {
    match (header.first(), row.first()) {
        (Some(column), Some(cell)) => cell.start < column.start && !is_number(&cell.text),
        _ => false,
    }
}

/// In a drawn table the first cell may hold the name and the first figure (`sort   1.2 ms │ 1.5 ms`).
pub(super) fn split_first(header: &mut Vec<Span>) {
    let Some(first) = header.first() else { return };
    if let [name, figure] = by_blanks(&first.text).as_slice() {
        let two = [name.clone(), figure.clone()];
        header.splice(0..1, two);
    }
}

/// Whether cells can head columns: words, no numbers, no `key:`.
pub(super) fn is_header(cells: &[Span]) -> bool {
    let named = cells.iter().filter(|cell| cell.text.chars().any(char::is_alphabetic)).count();
    (2..=512).contains(&cells.len())
        && named * 2 > cells.len()
        && cells.iter().all(|cell| {
            let text = cell.text.as_str();
            let rank = text.ends_with('%') || names::percentile(&names::snake(text)).is_some();
            (rank || !is_number(text))
                && !text.ends_with([':', ','])
                && text.chars().count() <= 60
                && !text.contains(" = ")
                && !text.contains(": ")
        })
        && !cells.iter().any(|cell| time::of_text(&cell.text).is_some())
}

/// A row below the header that only holds units: all in brackets, or most of them known and none a number.
pub(super) fn is_units(cells: &[Span]) -> bool {
    let unit = |cell: &&Span| bracketed(&cell.text).is_some() || unit_text(&cell.text).is_some();
    let known = cells.iter().filter(unit).count();
    let most = known * 2 > cells.len() && cells.iter().all(|c| !is_number(&c.text) && !c.text.contains(' '));
    let brackets = |cell: &Span| cell.text.starts_with(['(', '[']) && cell.text.ends_with([')', ']']);
    !cells.is_empty() && (most || cells.iter().all(brackets))
}

/// The unit that is all of a text in brackets: `(ms)`, `[MB/s]`.
pub(super) fn bracketed(text: &str) -> Option<Unit> {
    let inner = text.strip_prefix(['(', '['])?.strip_suffix([')', ']'])?;
    unit_text(inner)
}

/// Whether a cell is a number, or would be one (`NaN`).
pub(super) fn is_number(text: &str) -> bool {
    matches!(number::scan(text, false), Scan::Number(_) | Scan::NotANumber)
}

/// A header of several lines, where its last one repeats names (`Size Size Time` below `Recv Send Elapsed`): each name with the
/// words that stand above it.
pub(super) fn stacked(lines: &[(u32, &str)], at: usize, mut header: Vec<Span>, barred: bool) -> Vec<Span> {
    for up in 1..=3 {
        let repeats =
            header.iter().enumerate().any(|(i, cell)| header.iter().take(i).any(|other| other.text == cell.text));
        let Some((_, line)) = at.checked_sub(up).and_then(|i| lines.get(i)).filter(|_| !barred && repeats) else {
            break;
        };
        let words = by_words(&uncommented(line));
        let below = |word: &Span| header.iter().position(|cell| cell.start == word.start);
        let places: Option<Vec<usize>> = words.iter().map(below).collect();
        let Some(places) = places.filter(|places| places.len() > 1 && !words.iter().any(|w| is_number(&w.text))) else {
            break;
        };
        for (word, place) in words.iter().zip(places) {
            if let Some(cell) = header.get_mut(place) {
                cell.text = format!("{} {}", word.text, cell.text);
            }
        }
    }
    header
}

/// A number without the star that marks it.
pub(super) fn unmarked(mut cell: Span) -> Span {
    if let Some(number) = cell.text.strip_suffix('*').map(str::trim_end).filter(|text| is_number(text)) {
        cell.text = number.to_owned();
    }
    cell
}
