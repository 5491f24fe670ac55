//! Tables: they scroll inside themselves, numbers stand to the right, and columns are as wide as what they hold.

use super::escaped;
use super::page::Page;
use crate::insight::{Cell, Column, Table};
use crate::report::prose::{Shown, words};
use crate::report::tables;

/// Characters of the longest cell up to which a column is not broken, and up to which it is of middling width.
const SHORT: usize = 14;
const MIDDLING: usize = 40;
/// Columns of prose that are set one below the other where the screen is narrow.
const STACKED: usize = 3;

impl<'a> Page<'a> {
    /// A table under the heading `label`.
    pub(super) fn table(&mut self, table: &'a Table, label: &str) {
        let shown = tables::columns(table);
        let cites = table.rows.iter().any(|row| !Table::refs(row).is_empty());
        let columns: Vec<(usize, &Column, &str)> = shown
            .into_iter()
            .filter_map(|i| table.columns.get(i).map(|column| (i, column)))
            .map(|(i, column)| (i, column, self.width(table, i, column)))
            .collect();
        if columns.is_empty() {
            return;
        }
        let is_prose = columns.len() <= STACKED && columns.iter().all(|(_, _, class)| matches!(*class, "wide" | "mid"));
        let class = if is_prose && columns.len() > 1 { " class=\"stacked\"" } else { "" };
        // What holds links can be reached, and so scrolled, by keyboard; what holds none has to be made so.
        let tab = if cites { "" } else { " tabindex=\"0\"" };
        self.out.push_str(&format!(
            "<div class=\"scroll\"{tab}>\n<table{class} aria-labelledby=\"{label}\">\n<thead>\n<tr>"
        ));
        for (_, column, class) in &columns {
            self.out.push_str(&format!("<th scope=\"col\" class=\"{class}\">{}</th>", escaped(&column.title)));
        }
        if cites {
            self.out.push_str("<th scope=\"col\" class=\"cite\">facts</th>");
        }
        self.out.push_str("</tr>\n</thead>\n<tbody>\n");
        table.rows.iter().for_each(|row| self.row(row, &columns, cites));
        self.out.push_str("</tbody>\n</table>\n</div>\n");
        if let Some(left_out) = &table.left_out {
            self.paragraph("note", left_out);
        }
    }

    fn row(&mut self, row: &'a [Cell], columns: &[(usize, &Column, &str)], cites: bool) {
        self.out.push_str("<tr>");
        for (at, (i, column, class)) in columns.iter().enumerate() {
            let cell = row.get(*i).unwrap_or(&Cell::Empty);
            // The first cell names its row, unless it is a number or missing.
            let heads = at == 0 && !column.numeric && !matches!(cell, Cell::Empty | Cell::Prose(_));
            let open = if heads { "th scope=\"row\"" } else { "td" };
            self.out.push_str(&format!("<{open} class=\"{class}\" data-title=\"{}\">", escaped(&column.title)));
            self.cell(cell);
            self.out.push_str(if heads { "</th>" } else { "</td>" });
        }
        if cites {
            self.row_citation(row);
        }
        self.out.push_str("</tr>\n");
    }

    /// How wide a column is, as its class.
    fn width(&self, table: &Table, i: usize, column: &Column) -> &'static str {
        let longest = table.rows.iter().filter_map(|row| row.get(i)).map(|cell| self.length(cell)).max().unwrap_or(0);
        match longest {
            _ if column.numeric && longest <= MIDDLING => "num",
            0..=SHORT => "short",
            n if n <= MIDDLING => "mid",
            _ => "wide",
        }
    }

    fn length(&self, cell: &Cell) -> usize {
        match Shown::cell(cell, self.look) {
            Shown::Nothing => 0,
            Shown::Own(text) | Shown::Name(text) | Shown::Quote(text) => text.chars().count(),
            Shown::Number(text) => text.chars().count(),
            // Never broken: a time is read as one.
            Shown::Time(_) => SHORT,
            Shown::Prose(prose) => words(prose, self.look).chars().count(),
        }
    }
}
