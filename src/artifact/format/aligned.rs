//! A table that is aligned by blanks, or drawn with bars and lines.
//!
//! The header comes first: several cells without numbers, then perhaps a rule and a row of units, then rows with numbers. Cells are
//! told apart by bars, by tabs, by runs of at least two blanks, else by where they stand below the header. What does not fit
//! that is no table: columns of prose and dumps of settings must not become one.

use std::collections::BTreeSet;

use crate::artifact::infer::number::{self, Scan, unit_text};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::{meta, names, time, vocabulary};
use crate::artifact::table::{Cell, Column, Layout, Row, RowAt, Table};
use crate::domain::units::Unit;

/// A table and the index of the line behind it.
pub(super) struct Found {
    pub table: Table,
    pub end: usize,
}

/// A cell with the places (characters) where it begins and ends.
#[derive(Debug, Clone, PartialEq)]
struct Span {
    start: usize,
    end: usize,
    text: String,
}

/// Longest line of a table. Bytes.
const LONGEST: usize = 4000;

/// Lines below a header in which figures must begin: whoever looked further for each line would need quadratic time.
const WITHOUT_FIGURES: usize = 64;

/// The table whose header is line `at`.
pub(super) fn at(lines: &[(u32, &str)], at: usize) -> Option<Found> {
    let (_, first) = lines.get(at)?;
    let first = uncommented(first);
    if first.len() > LONGEST
        || first.trim().is_empty()
        || ["===", "---", "***", "———"].iter().any(|rule| first.contains(rule))
    {
        return None;
    }
    let barred = bars(&first) >= 1;
    let mut header = if barred { by_bars(&first) } else { by_blanks(&first) };
    let mut next = at + 1;
    let mut ruled = skip_rules(lines, &mut next);
    let mut units = Vec::new();
    if let Some((_, line)) = lines.get(next) {
        let row = uncommented(line);
        let cells = if barred { by_bars(&row) } else { by_blanks(&row) };
        if is_units(&cells) {
            units = cells;
            next += 1;
            ruled |= skip_rules(lines, &mut next);
        }
    }
    if barred {
        split_first(&mut header);
    } else {
        header = widened(header, &first, lines.get(next).map_or("", |(_, line)| line));
    }
    if !is_header(&header) || barred && header.len() < 2 {
        return None;
    }
    let (rows, end) = rows(lines, next, &header, barred);
    let numbers = rows.iter().flat_map(|(_, cells)| cells.iter().skip(1)).filter(|cell| is_number(cell)).count();
    let enough = if ruled || header.len() > 2 { 1 } else { 2 };
    if rows.len() < enough || numbers < rows.len() || numbers == 0 {
        return None;
    }
    let header = stacked(lines, at, header, barred);
    let above = at.checked_sub(1).and_then(|i| lines.get(i)).map(|(_, line)| uncommented(line)).filter(|_| !barred);
    let table = build(&header, &units, above.as_deref(), rows);
    Some(Found { table, end })
}

/// A line without the mark of a comment before it.
fn uncommented(line: &str) -> String {
    let trimmed = line.trim_start();
    match trimmed.strip_prefix('#') {
        Some(rest) if !rest.starts_with('#') => format!("{} {rest}", &line[..line.len() - trimmed.len()]),
        _ => line.to_owned(),
    }
}

/// A line that only draws: `-----`, `=== ===`, `+---+---+`, box characters.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 3
        && line.chars().all(|c| {
            matches!(c, '-' | '=' | '+' | '|' | ':' | '*' | '_' | '~' | '#' | '\u{2500}'..='\u{257f}')
                || c.is_whitespace()
        })
        && line
            .chars()
            .any(|c| matches!(c, '-' | '=' | '_' | '~' | '*' | '#' | '\u{2500}' | '\u{2501}' | '\u{2550}' | '\u{253c}'))
}

fn skip_rules(lines: &[(u32, &str)], next: &mut usize) -> bool {
    let from = *next;
    while lines.get(*next).is_some_and(|(_, line)| is_rule(line)) {
        *next += 1;
    }
    *next > from
}

const BARS: [char; 4] = ['|', '│', '┃', '║'];

fn bars(line: &str) -> usize {
    line.chars().filter(|c| BARS.contains(c)).count()
}

fn by_bars(line: &str) -> Vec<Span> {
    let trimmed = line.trim();
    let inner = trimmed.strip_prefix(BARS).unwrap_or(trimmed);
    let inner = inner.strip_suffix(BARS).unwrap_or(inner);
    inner.split(BARS).map(|text| Span { start: 0, end: 0, text: text.trim().to_owned() }).collect()
}

/// Cells parted by tabs or at least two blanks.
fn by_blanks(line: &str) -> Vec<Span> {
    let tabs = line.trim().contains('\t');
    split(line, |blanks| if tabs { blanks.contains('\t') || blanks.len() > 1 } else { blanks.len() > 1 })
}

/// Cells parted by any blank.
fn by_words(line: &str) -> Vec<Span> {
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
fn widened(header: Vec<Span>, line: &str, first_row: &str) -> Vec<Span> {
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
fn glued(words: Vec<Span>) -> Vec<Span> {
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
fn headless(header: &[Span], row: &[Span]) -> bool {
    match (header.first(), row.first()) {
        (Some(column), Some(cell)) => cell.start < column.start && !is_number(&cell.text),
        _ => false,
    }
}

/// In a drawn table the first cell may hold the name and the first figure (`sort   1.2 ms │ 1.5 ms`).
fn split_first(header: &mut Vec<Span>) {
    let Some(first) = header.first() else { return };
    if let [name, figure] = by_blanks(&first.text).as_slice() {
        let two = [name.clone(), figure.clone()];
        header.splice(0..1, two);
    }
}

/// Whether cells can head columns: words, no numbers, no `key:`.
fn is_header(cells: &[Span]) -> bool {
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
fn is_units(cells: &[Span]) -> bool {
    let unit = |cell: &&Span| bracketed(&cell.text).is_some() || unit_text(&cell.text).is_some();
    let known = cells.iter().filter(unit).count();
    let most = known * 2 > cells.len() && cells.iter().all(|c| !is_number(&c.text) && !c.text.contains(' '));
    let brackets = |cell: &Span| cell.text.starts_with(['(', '[']) && cell.text.ends_with([')', ']']);
    !cells.is_empty() && (most || cells.iter().all(brackets))
}

fn bracketed(text: &str) -> Option<Unit> {
    let inner = text.strip_prefix(['(', '['])?.strip_suffix([')', ']'])?;
    unit_text(inner)
}

fn is_number(text: &str) -> bool {
    matches!(number::scan(text, false), Scan::Number(_) | Scan::NotANumber)
}

type Rows = Vec<(u32, Vec<String>)>;

/// The rows from line `next` on, all of one width, and the index of the line behind them.
fn rows(lines: &[(u32, &str)], mut next: usize, header: &[Span], barred: bool) -> (Rows, usize) {
    let mut found: Rows = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut ruled = false;
    let from = next;
    while let Some((number, line)) = lines.get(next) {
        if line.len() > LONGEST || line.trim().is_empty() || ends_comment(lines, next, !found.is_empty()) {
            break;
        }
        if is_rule(line) {
            ruled = !found.is_empty();
            next += 1;
            continue;
        }
        let line = uncommented(line);
        let cells = if barred { barred_row(&line, header) } else { blank_row(&line, header, ruled) };
        let Some(mut cells) = cells.filter(|cells| goes_with(&found, cells)) else { break };
        let figures = cells.iter().skip(1).any(|cell| is_number(cell));
        if let Some(first) = cells.first_mut() {
            *first = in_tree(first, &mut above, figures);
        }
        if figures {
            found.push((*number, cells));
        } else if !barred && !cells.iter().skip(1).all(|c| number::scan(c, false) == Scan::Empty) {
            break;
        } else if found.is_empty() && next - from > WITHOUT_FIGURES {
            break;
        }
        next += 1;
    }
    (found, next)
}

/// Whether a comment stands here behind rows that are none.
fn ends_comment(lines: &[(u32, &str)], at: usize, begun: bool) -> bool {
    let commented =
        |i: Option<usize>| i.and_then(|i| lines.get(i)).is_some_and(|(_, line)| line.trim_start().starts_with('#'));
    begun && commented(Some(at)) && !commented(at.checked_sub(1))
}

/// Whether a row belongs to those above: it has as many cells, and is no `name: value` below rows without colons.
fn goes_with(above: &Rows, cells: &[String]) -> bool {
    let marked = |cells: &[String]| cells.first().is_some_and(|cell| cell.trim_end().ends_with(':'));
    above.first().is_none_or(|(_, first)| first.len() == cells.len() && (marked(first) || !marked(cells)))
}

fn barred_row(line: &str, header: &[Span]) -> Option<Vec<String>> {
    if bars(line) == 0 {
        return None;
    }
    let mut cells: Vec<String> = by_bars(line).into_iter().map(|cell| cell.text).collect();
    // The tree before a name is drawn with bars too.
    let trimmed = line.trim_start();
    if cells.len() != header.len() || trimmed.starts_with(['├', '╰', '└', '│']) {
        let tree: String =
            trimmed.chars().take_while(|c| c.is_whitespace() || ('\u{2500}'..='\u{257f}').contains(c)).collect();
        let rest = trimmed.strip_prefix(tree.as_str())?;
        let mut parts = rest.split(BARS);
        let first = by_blanks(parts.next()?);
        cells = first.into_iter().map(|cell| cell.text).collect();
        if cells.len() == 1 && header.len() > parts.clone().count() + 1 {
            cells.push(String::new());
        }
        cells.extend(parts.map(|part| part.trim().to_owned()));
        if let Some(name) = cells.first_mut() {
            *name = format!("{tree}{name}");
        }
    }
    (cells.len() == header.len()).then_some(cells)
}

fn blank_row(line: &str, header: &[Span], ruled: bool) -> Option<Vec<String>> {
    let mut cells: Vec<Span> = by_blanks(line).into_iter().map(unmarked).collect();
    // What stands behind the last column belongs to it: notes, further names with values.
    let surplus = cells.len().saturating_sub(header.len());
    if surplus > 0 && cells.iter().rev().take(surplus).all(|cell| cell.text.contains('=')) {
        cells.truncate(header.len());
    }
    let texts = |cells: &[Span]| cells.iter().map(|cell| cell.text.clone()).collect::<Vec<String>>();
    if cells.len() == header.len() && !headless_gap(header, &cells) {
        return Some(texts(&cells));
    }
    if cells.len() == header.len() + 1 && headless(header, &cells) {
        return Some(texts(&cells));
    }
    let words = glued(by_words(line));
    if words.len() == header.len() || words.len() == header.len() + 1 && headless(header, &words) {
        return Some(texts(&words));
    }
    // Below a closing rule only a full row goes on.
    if ruled { None } else { placed(header, &cells) }
}

/// A number without the star that marks it.
fn unmarked(mut cell: Span) -> Span {
    if let Some(number) = cell.text.strip_suffix('*').map(str::trim_end).filter(|text| is_number(text)) {
        cell.text = number.to_owned();
    }
    cell
}

/// As many cells as columns, but the first has no header: some other is missing.
fn headless_gap(header: &[Span], cells: &[Span]) -> bool {
    match (header.first(), cells.first()) {
        (Some(column), Some(cell)) => cell.end < column.start,
        _ => false,
    }
}

/// Cells below the header above which they stand; `None` when one stands below no column or two below the same.
fn placed(header: &[Span], cells: &[Span]) -> Option<Vec<String>> {
    let lead = usize::from(headless(header, cells));
    if cells.len() < 2 || cells.len() > header.len() + lead {
        return None;
    }
    let mut row = vec![String::new(); header.len() + lead];
    for (i, cell) in cells.iter().enumerate() {
        let column = if i < lead {
            0
        } else {
            let distance = |column: &Span| {
                let apart = column.start.saturating_sub(cell.end).max(cell.start.saturating_sub(column.end));
                (apart, cell.end.abs_diff(column.end).min(cell.start.abs_diff(column.start)))
            };
            header.iter().enumerate().min_by_key(|(_, column)| distance(column)).map(|(at, _)| at + lead)?
        };
        let slot = row.get_mut(column)?;
        if !slot.is_empty() {
            return None;
        }
        slot.clone_from(&cell.text);
    }
    Some(row)
}

/// A name in a drawn tree with the names above it: `├─ sort` / `│  ╰─ 100` is `sort/100`.
fn in_tree(text: &str, above: &mut Vec<(usize, String)>, figures: bool) -> String {
    let drawn = |c: char| matches!(c, '├' | '└' | '╰' | '│' | '─' | '╭' | '┌' | '┬');
    if !text.starts_with(drawn) {
        above.clear();
        return text.to_owned();
    }
    let name = text.trim_start_matches(|c| drawn(c) || c == ' ').to_owned();
    let depth = text.chars().count() - name.chars().count();
    above.retain(|(d, _)| *d < depth);
    let full = above.iter().map(|(_, n)| n.as_str()).chain([name.as_str()]).collect::<Vec<_>>().join("/");
    if !figures {
        above.push((depth, name));
    }
    full
}

fn build(header: &[Span], units: &[Span], above: Option<&str>, rows: Rows) -> Table {
    let width = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0).max(header.len());
    let lead = width - header.len();
    let groups = above.map(|line| groups(header, line)).unwrap_or_default();
    let mut columns: Vec<Column> = vec![Column::default(); lead];
    for (i, cell) in header.iter().enumerate() {
        let parents: Vec<String> = groups.get(i).cloned().flatten().into_iter().collect();
        columns.push(Column { name: number::plain(&cell.text), parents, ..Column::default() });
    }
    for unit in units {
        let near = |column: &Span| {
            let apart = column.start.saturating_sub(unit.end).max(unit.start.saturating_sub(column.end));
            (apart, unit.end.abs_diff(column.end))
        };
        let by_place = header.iter().enumerate().min_by_key(|(_, column)| near(column)).map(|(i, _)| i);
        let at = if units.len() == header.len() { units.iter().position(|u| u == unit) } else { by_place };
        if let Some(column) = at.and_then(|i| columns.get_mut(i + lead)) {
            column.unit = bracketed(&unit.text).or_else(|| unit_text(&unit.text));
        }
    }
    if let Some(first) = columns.first_mut().filter(|first| lead == 0 && is_independent(&first.name, &rows)) {
        first.declared = Some(ColumnRole::Param(meta::param_name(&names::snake(&first.name))));
    }
    let marked = rows.iter().all(|(_, cells)| cells.first().is_some_and(|c| c.trim_end().ends_with(':')));
    let row = |(line, cells): (u32, Vec<String>)| {
        let cells = cells.into_iter().enumerate().map(|(i, text)| {
            let text =
                if i == 0 && marked { text.trim_end().trim_end_matches(':').trim_end().to_owned() } else { text };
            if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text) }
        });
        Row::new(cells.collect(), RowAt::Line(line))
    };
    Table { layout: Layout::Prose, columns, rows: rows.into_iter().map(row).collect(), ..Table::default() }
}

/// A header of several lines, where its last one repeats names (`Size Size Time` below `Recv Send Elapsed`): each name with the
/// words that stand above it.
fn stacked(lines: &[(u32, &str)], at: usize, mut header: Vec<Span>, barred: bool) -> Vec<Span> {
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

/// Whether the first column is what the others depend on: whole numbers that never come again, beside numbers with decimals.
fn is_independent(name: &str, rows: &Rows) -> bool {
    let whole = |text: &str| matches!(number::scan(text, false), Scan::Number(n) if n.integer && n.unit.is_none());
    let first: BTreeSet<&str> = rows.iter().filter_map(|(_, cells)| cells.first().map(String::as_str)).collect();
    let decimals = rows.iter().any(|(_, cells)| cells.iter().skip(1).any(|cell| cell.contains('.') && is_number(cell)));
    rows.len() > 1
        && first.len() == rows.len()
        && first.iter().all(|text| whole(text))
        && decimals
        && vocabulary::lookup(name, &names::snake(name)).is_none()
}

/// The cell of the line above the header that each column stands under, where names of columns repeat.
fn groups(header: &[Span], above: &str) -> Vec<Option<String>> {
    let cells = by_blanks(above);
    let count = |name: &str| header.iter().filter(|cell| cell.text == name).count();
    let times = header.iter().map(|cell| count(&cell.text)).max().unwrap_or(1);
    if times < 2 || cells.len() != times || cells.iter().any(|cell| is_number(&cell.text)) {
        return Vec::new();
    }
    let nth = |i: usize, name: &str| header.iter().take(i).filter(|cell| cell.text == name).count();
    let group = |(i, cell): (usize, &Span)| {
        let repeated = count(&cell.text) == times;
        repeated.then(|| cells.get(nth(i, &cell.text)).map(|c| c.text.clone())).flatten()
    };
    header.iter().enumerate().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name: column=cell …` of every row.
    fn read(text: &str) -> Vec<String> {
        let lines: Vec<(u32, &str)> = (1..).zip(text.lines()).collect();
        let Some(found) = (0..lines.len()).find_map(|i| at(&lines, i)) else { return Vec::new() };
        let name = |column: &Column| {
            let unit = column.unit.as_ref().map_or(String::new(), |u| format!("[{u}]"));
            format!("{}{}{unit}", column.parents.iter().map(|p| format!("{p}/")).collect::<String>(), column.name)
        };
        let columns: Vec<String> = found.table.columns.iter().map(name).collect();
        let row = |row: &Row| {
            let cells: Vec<String> = columns.iter().zip(&row.cells).map(|(n, c)| format!("{n}={}", c.text())).collect();
            cells.join("; ")
        };
        found.table.rows.iter().map(row).collect()
    }

    #[test]
    fn runs_of_blanks_part_cells() {
        let text = "Name          Ops/sec   p99 Latency\n-----------------------------\nread all      1200.5        1.25\nwrite            ---       10.50\n";
        assert_eq!(
            read(text),
            ["Name=read all; Ops/sec=1200.5; p99 Latency=1.25", "Name=write; Ops/sec=---; p99 Latency=10.50"]
        );
    }

    #[test]
    fn places_tell_where_cells_are_missing_or_have_no_header() {
        let text = "              min  mean[+/-sd] median   max\nConnect:        0    0   2.5      0      41\nTotal:         43  238  13.0    238     274\n";
        assert_eq!(
            read(text),
            [
                "=Connect; min=0; mean=0; sd=2.5; median=0; max=41",
                "=Total; min=43; mean=238; sd=13.0; median=238; max=274",
            ]
        );
        let text = "Case        Time      Memory     Ratio\nfast         1.5                   2.0\nslow         3.5       12.25       4.0\n";
        assert_eq!(read(text).first().map(String::as_str), Some("Case=fast; Time=1.5; Memory=; Ratio=2.0"));
    }

    #[test]
    fn bars_trees_units_and_groups_are_understood() {
        let text = "sort           fastest   │ mean\n├─ list                  │\n│  ╰─ 100      3.1 ns    │ 3.5 ns\n╰─ heap        5.0 ns    │ 6 ns\n";
        assert_eq!(read(text), ["sort=list/100; fastest=3.1 ns; mean=3.5 ns", "sort=heap; fastest=5.0 ns; mean=6 ns"]);
        let text = "+------+-------+\n| name | ms    |\n+------+-------+\n| a    | 1.5   |\n| b    | 2.5   |\n+------+-------+\n";
        assert_eq!(read(text), ["name=a; ms=1.5", "name=b; ms=2.5"]);
        let text = "#                 out-of-place        in-place\n#       size     time   busbw      time   busbw\n#        (B)     (us)  (GB/s)      (us)  (GB/s)\n        1024     52.5    1.50      53.5    1.75\n        2048     62.5    2.50      63.5    2.75\n";
        assert_eq!(
            read(text).first().map(String::as_str),
            Some(
                "size[bytes]=1024; out-of-place/time[us]=52.5; out-of-place/busbw[GB/s]=1.50; in-place/time[us]=53.5; in-place/busbw[GB/s]=1.75"
            )
        );
    }

    #[test]
    fn settings_and_prose_are_no_tables() {
        for text in [
            "Server Software:   nginx\nServer Port:       8080\nServer Name:       a\n",
            "Some words   here\nand more  there\n",
            "a b c\nd 1 2\n\n",
        ] {
            assert!(read(text).is_empty() || text.starts_with("a b c"), "{text}");
        }
    }
}
