//! The page that lists all reports.

use std::fmt::Write as _;

use super::{escaped, shell, text};
use crate::domain::zone::Zone;
use crate::report::{IndexRow, REPORT_MARKER};

/// The list of `rows` as a page.
pub(in crate::report) fn index(rows: &[IndexRow], zone: &Zone) -> String {
    let mut rows: Vec<&IndexRow> = rows.iter().collect();
    rows.sort_by(|a, b| (b.at, b.landing).cmp(&(a.at, a.landing)));
    let mut body = String::from("<h1>Benchmark reports</h1>\n<ul>\n");
    for row in rows {
        let to = relative(row.html.as_deref().unwrap_or(&row.markdown));
        let _ = writeln!(
            body,
            "<li><a href=\"{to}\">{}</a> {}</li>",
            escaped(&zone.show(row.at)),
            text::inline(&row.verdict)
        );
    }
    body.push_str("</ul>\n");
    shell("Benchmark reports", &format!("{REPORT_MARKER} index"), &body)
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
