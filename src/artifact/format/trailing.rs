//! A table whose numbers stand flush right below one-word headers, behind names that may hold blanks.
//!
//! ```text
//!                          expr min  lq mean median  uq max neval
//!          sort a short vector 101 102  110    105 111 190   100
//!  sort a long vector in place  81  83   90     88  92 140   100
//! ```
//!
//! So R prints its data frames. Single blanks part the columns as they part the words of a name: only the places tell them apart.
//! Prose is none: each number must end where its header ends.

use super::aligned::{Found, is_rule};
use super::spans::{Span, by_words, is_number, uncommented};
use crate::artifact::infer::number;
use crate::artifact::table::{Cell, Column, Layout, Row, RowAt, Table};

/// Longest line of a table. Bytes.
const LONGEST: usize = 4000;

/// The table whose header is line `at`; `None` when there is none, or none of its names holds a blank.
pub(super) fn at(lines: &[(u32, &str)], at: usize) -> Option<Found> {
    let (_, first) = lines.get(at)?;
    if first.len() > LONGEST {
        return None;
    }
    let header = by_words(&uncommented(first));
    let words = header.len() >= 4 && header.iter().all(|word| word.text.starts_with(char::is_alphabetic));
    if !words || header.iter().any(|word| word.text.ends_with([':', ',', '.', ';'])) {
        return None;
    }
    let mut end = at + 1;
    let mut rows = Vec::new();
    while let Some((number, line)) = lines.get(end) {
        if is_rule(line) && rows.is_empty() {
            end += 1;
            continue;
        }
        let Some(row) = Some(line).filter(|line| line.len() <= LONGEST).and_then(|line| cells(line, &header)) else {
            break;
        };
        rows.push(Row::new(row, RowAt::Line(*number)));
        end += 1;
    }
    let columns =
        header.iter().map(|word| Column { name: number::unmarked(&word.text), ..Column::default() }).collect();
    // Where no name holds a blank, blanks part the columns.
    let named = rows.iter().any(|row| row.cell(0).text().contains(' '));
    named.then(|| Found { table: Table { layout: Layout::Prose, columns, rows, ..Table::default() }, end })
}

/// The name and the numbers of a row; `None` when a number is missing or stands elsewhere than its header.
fn cells(line: &str, header: &[Span]) -> Option<Vec<Cell>> {
    let line = uncommented(line);
    let words = by_words(&line);
    let figures = header.len().checked_sub(1)?;
    let name = words.len().checked_sub(figures).filter(|name| *name > 0)?;
    let (name, figures) = words.split_at(name);
    let below = |(word, column): (&Span, &Span)| is_number(&word.text) && word.end.abs_diff(column.end) <= 1;
    let letters = name.iter().any(|word| word.text.chars().any(char::is_alphabetic));
    if !letters || !figures.iter().zip(header.iter().skip(1)).all(below) {
        return None;
    }
    let name = name.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(std::iter::once(name).chain(figures.iter().map(|word| word.text.clone())).map(Cell::Text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(usize, Vec<String>)> {
        let lines: Vec<(u32, &str)> = (1..).zip(text.lines()).collect();
        let found = at(&lines, 0)?;
        let row = |row: &Row| (0..row.cells.len()).map(|i| row.cell(i).text()).collect::<Vec<_>>().join("|");
        Some((found.end, found.table.rows.iter().map(row).collect()))
    }

    #[test]
    fn names_with_blanks_stand_before_numbers_that_end_below_their_headers() {
        let table = "         expr min  lq mean neval\n sort a list 101 102  110   100\n    sort all  81  83   90   100\n\nprose\n";
        let rows = vec!["sort a list|101|102|110|100".to_owned(), "sort all|81|83|90|100".to_owned()];
        assert_eq!(read(table), Some((3, rows)));
        let knitted = "##   expr min  lq mean\n## f(x, y) 101 102  110\n";
        assert_eq!(read(knitted), Some((2, vec!["f(x, y)|101|102|110".to_owned()])));
    }

    #[test]
    fn prose_with_numbers_is_no_table() {
        assert_eq!(read("In total we counted\nand there were 12 13 14\n"), None);
        assert_eq!(read("name first second third\nnothing but words here\n"), None);
    }
}
