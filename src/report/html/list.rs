//! The page that lists all reports.

use std::fmt::Write as _;

use super::page::class;
use super::{escaped, shell, text};
use crate::domain::zone::Zone;
use crate::insight::Tone;
use crate::report::{IndexRow, REPORT_MARKER};

/// What is counted of a report.
const COUNTS: [&str; 4] = ["worse", "watched", "better", "artifacts"];

/// The list of `rows` as a page.
pub(in crate::report) fn index(rows: &[IndexRow], zone: &Zone) -> String {
    let mut rows: Vec<&IndexRow> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.landing)));
    let mut body = String::from("<main class=\"list\">\n<h1>Benchmark reports</h1>\n");
    if rows.is_empty() {
        body.push_str("<p>There is no report yet.</p>\n");
    } else {
        table(&rows, zone, &mut body);
    }
    body.push_str("</main>\n");
    shell("Benchmark reports", &format!("{REPORT_MARKER} index"), &body)
}

fn table(rows: &[&IndexRow], zone: &Zone, out: &mut String) {
    out.push_str("<div class=\"scroll\">\n<table class=\"stacked\">\n<thead>\n<tr><th scope=\"col\">report</th><th scope=\"col\">verdict</th>");
    for title in COUNTS {
        let _ = write!(out, "<th scope=\"col\" class=\"num\">{title}</th>");
    }
    out.push_str("<th scope=\"col\">plain text</th></tr>\n</thead>\n<tbody>\n");
    for row in rows {
        self::row(row, zone, out);
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn row(row: &IndexRow, zone: &Zone, out: &mut String) {
    let tone = match (row.worse, row.watched, row.better) {
        (1.., _, _) => Tone::Worse,
        (0, 1.., _) => Tone::Watched,
        (0, 0, 1..) => Tone::Better,
        (0, 0, 0) => Tone::Plain,
    };
    let markdown = relative(&row.markdown);
    let to = row.html.as_deref().map_or_else(|| markdown.clone(), relative);
    let at = escaped(&zone.show(row.at));
    let _ = write!(
        out,
        "<tr class=\"{}\"><th scope=\"row\" class=\"short\"><a href=\"{to}\">{at}</a> <span class=\"landing\">landing {}</span></th>",
        class(tone),
        row.landing
    );
    let _ = write!(out, "<td class=\"wide\">{}</td>", text::inline(&row.verdict));
    let counts = [(row.worse, "worse"), (row.watched, "watched"), (row.better, "better"), (row.artifacts, "plain")];
    for ((n, tone), title) in counts.into_iter().zip(COUNTS) {
        let class = if n == 0 { "num none" } else { "num" };
        let _ = write!(out, "<td class=\"{class} {tone}\" data-title=\"{title}\">{n}</td>");
    }
    let _ = writeln!(out, "<td class=\"short\"><a href=\"{markdown}\">Markdown</a></td></tr>");
}

/// A path as a relative link.
fn relative(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
