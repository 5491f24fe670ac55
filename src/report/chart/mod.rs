//! A chart: a figure of a report as inline SVG for the page, and as a PNG for mails.
//!
//! A chart draws values of the index and nothing else: points name file and cell in their hover titles, axes are scales. It cannot fail
//! and cannot be broken by what it draws: foreign text is cleaned, cut and escaped, ranges without a width are given one, and thousands
//! of points are thinned to what the eye can tell apart. Only the PNG may be missing, when the rasteriser refuses.
//!
//! The SVG is our own. What was looked at: `plotters` and `poloto` set colours and texts in place, so that a page cannot give them its
//! light and dark theme; `charming` and `plotly` need scripts. None of them has hover titles, descriptions for screen readers or a width
//! that follows the page while its text keeps its size.

mod bar;
mod course;
mod drawing;
mod effects;
mod history;
mod png;
mod scale;
mod spark;
#[cfg(test)]
mod tests;
mod text;
mod timeline;

pub use bar::{effect_bar, reach};
pub use effects::effects;
pub use history::history;
pub use png::png;
pub use spark::spark;

/// The rules that a page with charts must have, once. Colours are the page's variables: `--ink`, `--paper` (what the charts stand on),
/// `--muted`, `--line`, `--band`, `--good`, `--bad`.
pub const STYLE: &str = "\
.chart{display:block;width:100%;box-sizing:border-box;overflow:visible;padding:0 8px 0 0}\
.spark,.bar{display:block;max-width:100%;overflow:visible}\
.chart,.bar{font-size:11px;font-family:system-ui,sans-serif;fill:var(--ink)}\
.chart.g36{padding-left:36px}.chart.g48{padding-left:48px}.chart.g64{padding-left:64px}.chart.g88{padding-left:88px}.chart.g120{padding-left:120px}.chart.g152{padding-left:152px}\
svg .s{font-weight:bold}svg .m{fill:var(--muted)}svg .l{stroke:var(--line)}svg .a{stroke:var(--muted)}svg .b{fill:var(--band)}\
svg .h{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}\
svg .c{fill:none;stroke:var(--muted);stroke-opacity:.45;vector-effect:non-scaling-stroke}\
svg .v{stroke:var(--ink);stroke-width:2px}svg .w{stroke:var(--ink);stroke-width:1.5px}\
svg .p{fill:var(--ink);fill-opacity:.75;stroke:transparent;stroke-width:9px}svg .p:hover{fill:var(--bad);fill-opacity:1}\
svg .o{fill:var(--paper);stroke:var(--muted);stroke-width:1.5px}\
svg .t{stroke-width:1.5px;stroke-dasharray:4 3}svg line.good{stroke:var(--good)}svg line.bad{stroke:var(--bad)}svg line.none{stroke:var(--muted)}\
svg .d.good,svg text.good{fill:var(--good)}svg .d.bad,svg text.bad{fill:var(--bad)}svg .d.none,svg text.none{fill:var(--muted)}";

/// The class of what went for the worse, for the better, or neither.
fn class_of(worse: Option<bool>) -> &'static str {
    match worse {
        Some(true) => "bad",
        Some(false) => "good",
        None => "none",
    }
}
