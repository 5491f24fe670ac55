//! A sparkline as SVG: the course of a history at a glance, its changes marked, without axes.

use super::drawing::{Drawing, n};
use crate::insight::History;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 32.0;

/// The course as an inline `<svg>` of about 160 × 32 CSS pixels, hidden from screen readers, since it only repeats the chart; empty when
/// there is no point.
pub fn spark(history: &History) -> String {
    let values = || history.points.iter().map(|point| point.value);
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if history.points.is_empty() {
        return String::new();
    }
    let mut out = Drawing::default();
    out.add(format_args!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" aria-hidden=\"true\">\
         <polyline class=\"k\" fill=\"none\" points=\""
    ));
    for (i, value) in values().enumerate() {
        let part = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        let x = 2.0 + (WIDTH - 4.0) * i as f64 / history.points.len().saturating_sub(1).max(1) as f64;
        let y = HEIGHT - 2.0 - (HEIGHT - 4.0) * if part.is_finite() { part } else { 0.5 };
        out.add(format_args!("{},{} ", n(x), n(y)));
    }
    out.add(format_args!("\"/></svg>"));
    out.done()
}
