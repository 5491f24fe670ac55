//! A table that is aligned by blanks, or drawn with bars and lines.
//!
//! The header comes first: several cells without numbers, then perhaps a rule and a row of units, then rows with numbers. Cells are
//! told apart by bars, by tabs, by runs of at least two blanks, else by where they stand below the header. What does not fit
//! that is no table: columns of prose and dumps of settings must not become one.

use std::collections::BTreeSet;

use super::spans::{
    BARS, Span, bars, bracketed, by_bars, by_blanks, by_words, glued, headless, is_header, is_number, is_units,
    split_first, stacked, uncommented, unmarked, widened,
};
use crate::artifact::infer::number::{self, Scan, unit_text};
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::infer::{meta, names, vocabulary};
use crate::artifact::table::{Cell, Column, Layout, Row, RowAt, Table};

/// A table and the index of the line behind it.
pub(super) struct Found {
    pub table: Table,
    pub end: usize,
}

/// Rows without a number, one after the other, after which a table has ended: what is no table must not be read again from every line.
const MOST_IDLE: usize = 8;

/// Longest line of a table. Bytes.
const LONGEST: usize = 4000;

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

type Rows = Vec<(u32, Vec<String>)>;

/// The rows from line `next` on, all of one width, and the index of the line behind them.
fn rows(lines: &[(u32, &str)], mut next: usize, header: &[Span], barred: bool) -> (Rows, usize) {
    let mut found: Rows = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let (mut ruled, mut idle) = (false, 0);
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
        idle = if figures { 0 } else { idle + 1 };
        if idle > MOST_IDLE {
            break;
        }
        if figures {
            found.push((*number, cells));
        } else if !barred && !cells.iter().skip(1).all(|c| number::scan(c, false) == Scan::Empty) {
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
        columns.push(Column { name: number::unmarked(&cell.text), parents, ..Column::default() });
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
