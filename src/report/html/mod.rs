//! Pages: a report as one self-contained file of HTML, and what else is shown in the same look.
//!
//! A page needs nothing from the network, has no scripts, and its policy forbids both. It orders its text as the Markdown does, because
//! both must show the same numbers in the same order; what only a page has (charts, contents, marks) says no number of its own. All text
//! of data is escaped here, so that no caller has to be trusted. It cannot fail.

mod cards;
mod facts;
mod list;
mod page;
mod prose;
mod table;
#[cfg(test)]
mod tests;
mod text;

use super::REPORT_MARKER;
use super::chart;
use crate::insight::Analysis;

pub(super) use list::index;
pub use text::fragment;

const CSS: &str = include_str!("page.css");
/// Nothing may be loaded, sent or run, whatever a name in the data might manage to do.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
/// The mark in the browser's tab: three bars of which the last one stands out.
const ICON: &str = "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2016%2016'%3E\
                    %3Cpath%20fill='%236b7683'%20d='M1%208h4v7H1zM6%206h4v9H6z'/%3E\
                    %3Cpath%20fill='%23c2410c'%20d='M11%201h4v14h-4z'/%3E%3C/svg%3E";

/// The report as a page.
pub fn html(analysis: &Analysis) -> String {
    page::Page::new(analysis).written(analysis)
}

/// Markdown of ours as a page in the look of reports: skeletons and digests.
pub fn page_of(title: &str, markdown: &str) -> String {
    let marker = text::marker_of(markdown).unwrap_or(REPORT_MARKER);
    shell(title, marker, &format!("<main class=\"text\">\n{}</main>\n", text::body(markdown)))
}

/// A complete document around `body`; `title` is plain text.
fn shell(title: &str, marker: &str, body: &str) -> String {
    // The page itself has no use for a slash at the end of empty elements: they are HTML and not XML.
    format!(
        "<!DOCTYPE html>\n<!-- {} -->\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>\n{CSS}{}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(marker),
        escaped(title),
        chart::STYLE,
    )
}

/// Text as it may stand in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
