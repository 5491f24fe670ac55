//! The tables of a Markdown text, in the order in which they end: those drawn with bars, and those written in HTML.

use crate::artifact::infer::number::unmarked;

/// A table with its rows below the header.
#[derive(Debug, Default)]
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The cells of a row, counted from 1, in the columns of this name.
    pub fn cells(&self, row: usize, column: &str) -> Vec<String> {
        let Some(row) = row.checked_sub(1).and_then(|row| self.rows.get(row)) else { return Vec::new() };
        let column = column.trim();
        self.header.iter().zip(row).filter(|(name, _)| name.as_str() == column).map(|(_, cell)| cell.clone()).collect()
    }
}

/// All tables of a text.
pub(super) fn read(text: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut open: Option<Table> = None;
    let mut html: Option<String> = None;
    let (mut above, mut fenced) = (String::new(), false);
    for line in text.lines().flat_map(pieces) {
        let line = line.trim();
        if let Some(page) = &mut html {
            page.push_str(line);
            page.push('\n');
            if line.to_ascii_lowercase().contains("</table") {
                tables.extend(html.take().and_then(|page| of_html(&page)));
            }
            continue;
        }
        let fence = line.starts_with("```") || line.starts_with("~~~");
        let is_html = !fenced && !fence && line.to_ascii_lowercase().contains("<table");
        if fence || is_html || line.starts_with('#') && !fenced {
            tables.extend(open.take());
            fenced ^= fence;
            above.clear();
            if is_html {
                let whole = line.to_ascii_lowercase().contains("</table");
                if whole { tables.extend(of_html(line)) } else { html = Some(format!("{line}\n")) }
            }
            continue;
        }
        if let Some(table) = &mut open {
            if line.contains('|') {
                table.rows.push(cells(line));
                continue;
            }
            tables.extend(open.take());
            above.clear();
        } else if let Some(columns) = ruled(line) {
            let names = cells(&above);
            let names = names.get(names.len().saturating_sub(columns)..).unwrap_or_default();
            if names.len() == columns {
                let header = names.iter().map(|name| unmarked(&unlinked(name))).collect();
                open = Some(Table { header, rows: Vec::new() });
            }
            continue;
        }
        line.clone_into(&mut above);
    }
    tables.extend(open);
    tables
}

/// A line, cut before the headings that are glued behind other text.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in line.match_indices(" ##") {
        let behind = line.get(at + 1..).unwrap_or_default().trim_start_matches('#');
        let coded = line.get(..at).unwrap_or_default().matches('`').count() % 2 == 1;
        if behind.starts_with(' ') && !coded {
            pieces.extend(line.get(start..=at));
            start = at + 1;
        }
    }
    pieces.extend(line.get(start..));
    pieces
}

/// How many columns a row of dashes rules off; `None` for other lines.
fn ruled(line: &str) -> Option<usize> {
    let is_rule = |cell: &String| {
        let dashes = cell.trim_start_matches(':').trim_end_matches(':');
        !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
    };
    let cells = cells(line);
    (line.contains('|') && !cells.is_empty() && cells.iter().all(is_rule)).then_some(cells.len())
}

/// The cells between the bars of a line.
fn cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').unwrap_or(line);
    let line =
        if line.ends_with('|') && !line.ends_with("\\|") { line.get(..line.len() - 1).unwrap_or("") } else { line };
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        match (c, escaped) {
            ('|', false) => cells.push(String::new()),
            _ => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
        escaped = c == '\\' && !escaped;
    }
    cells.iter().map(|cell| cell.replace("\\|", "|").trim().to_owned()).collect()
}

/// A text with the words of its links in their place.
fn unlinked(text: &str) -> String {
    let (mut rest, mut found) = (text, String::new());
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(words, tail)| Some((words, tail.split_once(')')?.1)));
        found.push_str(if link.is_some() { before.strip_suffix('!').unwrap_or(before) } else { before });
        match link {
            Some((words, tail)) => {
                found.push_str(words);
                rest = tail;
            }
            None => {
                found.push('[');
                rest = after;
            }
        }
    }
    found.push_str(rest);
    found
}

/// The rows of a table in HTML; the first one heads it.
fn of_html(page: &str) -> Option<Table> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut open = false;
    for piece in page.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.split([' ', '\n', '\t']).next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "tr" => rows.push(Vec::new()),
            "td" | "th" => {
                open = true;
                rows.last_mut()?.push(String::new());
            }
            "/td" | "/th" | "/tr" => open = false,
            _ => {}
        }
        if open && let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
            cell.push_str(text);
        }
    }
    let mut rows = rows.into_iter().filter(|row| !row.is_empty()).map(|row| {
        row.iter().map(|cell| unmarked(&cell.split_whitespace().collect::<Vec<_>>().join(" "))).collect::<Vec<String>>()
    });
    let header = rows.next()?;
    let rows: Vec<Vec<String>> = rows.collect();
    (!rows.is_empty()).then_some(Table { header, rows })
}
