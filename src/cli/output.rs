//! What commands print: lines, one JSON object, or an aligned table.
//!
//! A reader that goes away (`| head`) ends the output quietly: that is how pipes are meant to end.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use anyhow::Result;
use serde::Serialize;

use crate::domain::artifact::ArtifactKind;

/// Writes text to standard output.
///
/// # Errors
/// When it cannot be written for another reason than that the reader has gone.
pub fn text(text: &str) -> Result<()> {
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
fn forgive(written: io::Result<()>) -> Result<()> {
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

/// At most `width` characters of `text`, the end replaced by `…` where it is longer.
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Rows below a header, columns aligned to the left, or to the right where all cells are numbers.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let columns = header.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let is_number = |cell: &String| cell.is_empty() || cell.parse::<f64>().is_ok();
    let right: Vec<bool> = (0..columns)
        .map(|column| !rows.is_empty() && rows.iter().filter_map(|row| row.get(column)).all(is_number))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(widths.iter().zip(&right))
            .map(|(cell, (&width, &right))| {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                if right { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
            })
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut out = line(&mut header.iter().copied());
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_loses_its_end() {
        assert_eq!((shortened("größer", 6), shortened("größer", 5)), ("größer".to_owned(), "größ…".to_owned()));
    }

    #[test]
    fn numbers_align_right_and_text_left() {
        let rows = vec![vec!["a".into(), "1.5".into()], vec!["long".into(), "10".into()]];
        assert_eq!(table(&["name", "value"], &rows), "name  value\na       1.5\nlong     10\n");
    }
}
