//! What commands print: lines, one JSON object, or an aligned table.
//!
//! Names come from files, and reasons from people: what of them would move the cursor, change colours or end a line is shown by its
//! number instead. A reader that goes away (`| head`) ends the output quietly: that is how pipes are meant to end.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use anyhow::Result;
use serde::Serialize;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::terminal::Terminal;
use crate::config::ConfigErrors;
use crate::domain::artifact::ArtifactKind;

/// Writes lines to standard output. Control characters in them, but for line ends, are shown by their numbers; what must not end a line
/// either has been through [`plain`].
///
/// # Errors
/// When it cannot be written for another reason than that the reader has gone.
pub fn text(text: &str) -> Result<()> {
    painted(&lines(text))
}

/// Writes text with colours, whose words have been through [`plain`].
///
/// # Errors
/// As [`text`].
pub fn painted(text: &str) -> Result<()> {
    forgive(io::stdout().lock().write_all(text.as_bytes()))
}

/// Writes one JSON object and a line end, piece by piece.
///
/// # Errors
/// As [`text`].
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = serde_json::to_writer(&mut out, value).map_err(io::Error::from);
    forgive(written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

/// A reader that has gone wants no more, and that is no error.
pub(super) fn forgive(written: io::Result<()>) -> Result<()> {
    match written.and_then(|()| io::stdout().flush()) {
        Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// How many artifacts there are of each kind, in brackets: ` (28 csv, 44 json)`; nothing when there are none.
pub fn kinds(artifacts: &BTreeMap<ArtifactKind, u64>) -> String {
    let kinds: Vec<String> = artifacts.iter().map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
    if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) }
}

/// Text that stays on its line: control characters, and those that turn the direction of what follows, are escaped (`\u{1b}`, `\n`).
pub fn plain(text: &str) -> String {
    escaped(text, steers)
}

/// As [`plain`], but lines may end.
pub fn lines(text: &str) -> String {
    escaped(text, |c| steers(c) && c != '\n')
}

fn escaped(text: &str, is_meant: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_meant(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Whether a terminal takes a character for a command, or nobody sees it: controls (C0, DEL, C1), line and paragraph separators, what
/// overrides the direction of text (Unicode Standard Annex #9), and what has no width and no look of its own.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// What is wrong with a configuration, an error a line: their texts and the names of their files are not ours.
pub fn errors(errors: &ConfigErrors) -> String {
    errors.0.iter().map(|error| plain(&error.to_string())).collect::<Vec<_>>().join("\n")
}

/// "1 run", "24 runs".
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What somebody typed, on one line: each stretch of control characters and blanks is one blank.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| steers(c) || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// At most `width` columns of `text`, the end replaced by `mark` where it is longer.
pub fn shortened(text: &str, width: usize, mark: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(mark.width());
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    text.chars().take_while(fits).chain(mark.chars()).collect()
}

/// As [`table`], the cells of one column cut where the lines would not fit the terminal; that column keeps some width whatever the others
/// take. Whole where nothing has to be fitted.
pub fn table_within(header: &[&str], rows: &[Vec<String>], column: usize, terminal: Terminal) -> String {
    const LEAST: usize = 12;
    let Some(fits) = terminal.fits else { return table(header, rows) };
    let mut rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let width = |(at, title): (usize, &&str)| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width());
        cells.chain([title.width()]).max().unwrap_or(0)
    };
    let others: usize = header.iter().enumerate().filter(|(at, _)| *at != column).map(|one| width(one) + 2).sum();
    let room = fits.saturating_sub(others).max(LEAST);
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
        *cell = terminal.shortened(cell, room);
    }
    table(header, &rows)
}

/// Rows below a header, each on its line ([`plain`]), columns aligned as a terminal shows them: to the left, or to the right where all cells
/// are numbers or percentages.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = header.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        cells.chain([header[column].width()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let is_number = |cell: &String| cell.is_empty() || cell.trim_end_matches(" %").parse::<f64>().is_ok();
    let right: Vec<bool> = (0..columns)
        .map(|column| !rows.is_empty() && rows.iter().filter_map(|row| row.get(column)).all(is_number))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(widths.iter().zip(&right))
            .map(|(cell, (&width, &right))| {
                let pad = " ".repeat(width.saturating_sub(cell.width()));
                if right { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
            })
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut out = line(&mut header.iter().copied());
    for row in &rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_loses_its_end() {
        assert_eq!(
            (shortened("日本語", 5, "…"), shortened("日本語", 6, "…")),
            ("日本…".to_owned(), "日本語".to_owned())
        );
        assert_eq!(
            (shortened("größer", 6, "…"), shortened("größer", 5, "…")),
            ("größer".to_owned(), "größ…".to_owned())
        );
    }

    #[test]
    fn what_would_steer_a_terminal_is_shown() {
        let told = "a\u{1b}[31mb\n2026\u{9b}1m\u{202e}c größer\u{7f}";
        assert_eq!(plain(told), "a\\u{1b}[31mb\\n2026\\u{9b}1m\\u{202e}c größer\\u{7f}");
        assert_eq!(lines("a\r\nb\n"), "a\\r\nb\n");
        assert_eq!(plain("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
        assert_eq!(one_line(" a\nb \u{1b}[31m c\t"), "a b [31m c");
        assert_eq!(table(&["x"], &[vec!["a\nb".into()]]), "x\na\\nb\n");
    }

    #[test]
    fn one_column_is_cut_to_what_the_terminal_has() {
        let rows = vec![vec!["b".into(), "x=1 ".repeat(90), "1.5".into()], vec!["b".into(), "y".into(), "2".into()]];
        let cut = |fits| table_within(&["name", "case", "value"], &rows, 1, Terminal { fits, ..Terminal::plain(40) });
        assert!(
            cut(Some(40)).lines().all(|line| line.width() <= 40) && cut(Some(40)).contains('…'),
            "{}",
            cut(Some(40))
        );
        assert!(cut(None).lines().any(|line| line.width() > 300) && !cut(None).contains('…'));
        assert!(cut(Some(1)).contains("x=1 x=1 x=1…"), "{}", cut(Some(1)));
    }

    #[test]
    fn numbers_align_right_and_text_left() {
        let rows = vec![vec!["a".into(), "1.5".into()], vec!["long".into(), "10".into()]];
        assert_eq!(table(&["name", "value"], &rows), "name  value\na       1.5\nlong     10\n");
        let rows = vec![vec!["日本".into(), "+1.5 %".into()], vec!["long".into(), String::new()]];
        assert_eq!(table(&["x", "worst"], &rows), "x      worst\n日本  +1.5 %\nlong\n");
    }
}
