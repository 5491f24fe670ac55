//! Pages: a report as one self-contained file of HTML, and what else is shown in the same look.
//!
//! A page needs nothing from the network, has no scripts, and its policy forbids both. All text of data is escaped here, so that no caller
//! has to be trusted. It cannot fail.

mod list;
mod text;

use super::REPORT_MARKER;
use crate::insight::Analysis;

pub(super) use list::index;
pub use text::fragment;

/// The report as a page.
pub fn html(analysis: &Analysis) -> String {
    page_of("Benchmark report", &super::markdown(analysis))
}

/// Markdown of ours as a page in the look of reports: skeletons and digests.
pub fn page_of(title: &str, markdown: &str) -> String {
    let marker = text::marker_of(markdown).unwrap_or(REPORT_MARKER);
    shell(title, marker, &text::body(markdown))
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#d9dde2;--soft:#f5f6f8;--link:#0b57d0}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--paper:#15181c;--line:#363c44;--soft:#1e2329;--link:#8ab4f8}}\
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:80rem;margin:0 auto;padding:1.5rem}\
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem}\
a{color:var(--link)}code{font:.88em ui-monospace,monospace;background:var(--soft);padding:.1em .25em;border-radius:3px;overflow-wrap:anywhere}\
table{border-collapse:collapse;display:block;overflow-x:auto;font-size:.88rem;font-variant-numeric:tabular-nums}\
th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}th{background:var(--soft)}\
tr:target,span:target{background:#ffe08a;color:#000}";

/// A complete document around `body`.
fn shell(title: &str, marker: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<!-- {} -->\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(marker),
        escaped(title)
    )
}

/// Text as it may stand in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
