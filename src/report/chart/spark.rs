//! A sparkline as SVG: the course of a history at a glance, its levels and changes marked, without axes.

use super::course::Course;
use super::drawing::{Drawing, n};
use crate::insight::History;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 36.0;
/// Room for the marks at the edges.
const EDGE: f64 = 4.0;

/// The course as an inline `<svg>` of 160 × 36 CSS pixels, hidden from screen readers, since it only repeats the chart; empty when there is
/// no point. Needs [`STYLE`](super::STYLE).
pub fn spark(history: &History) -> String {
    let Some(course) = Course::of(history) else { return String::new() };
    let last = history.points.len().saturating_sub(1);
    let x = |place: f64| EDGE + (WIDTH - 2.0 * EDGE) * if last > 0 { place / last as f64 } else { 0.5 };
    let y = |value: f64| {
        // Halves, so that the distance of the largest numbers does not overflow.
        let part = (value / 2.0 - course.low / 2.0) / (course.high / 2.0 - course.low / 2.0);
        HEIGHT - EDGE - (HEIGHT - 2.0 * EDGE) * if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.5 }
    };
    let mut out = Drawing::small("spark", WIDTH, HEIGHT);
    let shown = || course.shown.iter().filter_map(|&i| Some((i, history.points.get(i)?.value)));
    out.course("c", shown().map(|(i, value)| (x(i as f64) / WIDTH, y(value))));
    for level in course.levels {
        let (from, to) = (level.from.min(last) as f64 - 0.5, level.to.min(last + 1) as f64 - 0.5);
        let (from, to) = (x(from).max(0.0), x(to).min(WIDTH));
        let y = n(y(level.level));
        out.add(format_args!("<line class=\"v\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", n(from), n(to)));
    }
    for turn in course.changes {
        let (x, class) = (n(x(turn.index as f64 - 0.5)), super::class_of(turn.worse));
        out.add(format_args!("<line class=\"t {class}\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{}\"/>", n(HEIGHT)));
    }
    if let Some((i, value)) = shown().next_back() {
        let class = course.changes.last().map_or("none", |turn| super::class_of(turn.worse));
        out.add(format_args!("<circle class=\"d {class}\" cx=\"{}\" cy=\"{}\" r=\"3\"/>", n(x(i as f64)), n(y(value))));
    }
    out.end()
}
