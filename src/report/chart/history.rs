//! A history drawn: value over time, with levels, their noise and the changes between them.

use super::drawing::{Drawing, n};
use super::text::label;
use crate::domain::zone::Zone;
use crate::insight::History;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;

/// The whole chart as an inline `<svg>`; empty when there is no point. `id` must be unique on the page and made of ASCII letters,
/// digits and `-`, since the names of the title and of the description are made of it.
pub fn history(history: &History, zone: &Zone, id: &str) -> String {
    let values = || history.points.iter().map(|point| point.value);
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if history.points.is_empty() {
        return String::new();
    }
    let x = |i: usize| 20.0 + (WIDTH - 40.0) * i as f64 / history.points.len().saturating_sub(1).max(1) as f64;
    let y = |v: f64| {
        let part = (v / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        HEIGHT - 30.0 - (HEIGHT - 60.0) * if part.is_finite() { part } else { 0.5 }
    };
    let mut out = Drawing::default();
    out.add(format_args!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{} runs, {}</desc>",
        label(&history.title, 200),
        history.points.len(),
        history.direction.phrase()
    ));
    for level in &history.levels {
        let (from, to) = (x(level.from), x(level.to.saturating_sub(1)));
        let at = n(y(level.level));
        out.add(format_args!("<line class=\"k\" x1=\"{}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\"/>", n(from), n(to)));
    }
    for turn in &history.changes {
        let at = n(x(turn.index));
        out.add(format_args!("<line class=\"l\" x1=\"{at}\" x2=\"{at}\" y1=\"20\" y2=\"{}\"/>", n(HEIGHT - 20.0)));
    }
    for (i, point) in history.points.iter().enumerate() {
        out.add(format_args!(
            "<circle class=\"p\" cx=\"{}\" cy=\"{}\" r=\"3\"><title>{} {} · {}</title></circle>",
            n(x(i)),
            n(y(point.value)),
            point.value,
            label(history.unit.as_str(), 20),
            zone.show_minute(point.at)
        ));
    }
    out.add(format_args!("</svg>"));
    out.done()
}
