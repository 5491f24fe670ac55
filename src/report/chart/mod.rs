//! A chart: a figure of a report as inline SVG for the page, and as a PNG for mails.
//!
//! A chart draws values of the index and nothing else: points name file and cell in their hover titles, axes are scales. It cannot fail
//! and cannot be broken by what it draws: foreign text is cleaned, cut and escaped, ranges without a width are given one, and thousands
//! of points are thinned to what the eye can tell apart. Only the PNG may be missing, when the rasteriser refuses.
//!
//! The SVG is our own. What was looked at: `plotters` and `poloto` set colours and texts in place, so that a page cannot give them its
//! light and dark theme; `charming` and `plotly` need scripts. None of them has hover titles, descriptions for screen readers or a width
//! that follows the page while its text keeps its size.

mod drawing;
mod effects;
mod history;
mod png;
mod spark;
mod text;

pub use effects::{effect_bar, effects};
pub use history::history;
pub use png::png;
pub use spark::spark;

/// The rules that a page with charts must have, once. Colours are the page's variables: `--ink`, `--paper`, `--muted`, `--line`,
/// `--band`, `--good`, `--bad`.
pub const STYLE: &str = "\
.chart{display:block;width:100%;height:auto;overflow:visible;font:12px system-ui,sans-serif;fill:var(--ink)}\
.chart .m{fill:var(--muted)}.chart .l{stroke:var(--line)}.chart .b{fill:var(--band)}.chart .k{stroke:var(--ink)}\
.chart .p{fill:var(--ink)}.chart .good{fill:var(--good);stroke:var(--good)}.chart .bad{fill:var(--bad);stroke:var(--bad)}";
