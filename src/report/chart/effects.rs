//! Effects drawn about zero: one as a bar, those of a setting as dots with their intervals.

use super::drawing::{Drawing, n};
use super::text::label;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::insight::Effects;

/// A bar from zero to `effect` with the ends of its interval, as an inline `<svg>`, hidden from screen readers, since the numbers
/// stand in the text beside it. `unit` is the effect's (mostly `percent`); `direction` tells which side is good.
pub fn effect_bar(effect: f64, interval: Option<(f64, f64)>, unit: &Unit, direction: Direction) -> String {
    let (low, high) = interval.unwrap_or((effect, effect));
    let most = effect.abs().max(low.abs()).max(high.abs());
    let x = |v: f64| 120.0 + 110.0 * if most > 0.0 { v / most } else { 0.0 };
    let class = if direction.is_worse(0.0, effect) { "bad" } else { "good" };
    let mut out = Drawing::default();
    out.add(format_args!(
        "<svg class=\"chart\" viewBox=\"0 0 240 28\" aria-hidden=\"true\"><title>{}</title>\
         <rect class=\"{class}\" x=\"{}\" y=\"8\" width=\"{}\" height=\"12\"/>\
         <line class=\"k\" x1=\"{}\" x2=\"{}\" y1=\"14\" y2=\"14\"/></svg>",
        label(unit.as_str(), 20),
        n(x(0.0).min(x(effect))),
        n((x(effect) - x(0.0)).abs()),
        n(x(low)),
        n(x(high))
    ));
    out.done()
}

/// What each value of a setting does, as an inline `<svg>`: dots with intervals around the reference at zero; empty when there is no
/// value. `id` as for [`history`](super::history()).
pub fn effects(effects: &Effects, id: &str) -> String {
    if effects.bars.is_empty() {
        return String::new();
    }
    let ends = effects.bars.iter().flat_map(|bar| {
        let (low, high) = bar.interval.unwrap_or((bar.difference, bar.difference));
        [low.abs(), high.abs(), bar.difference.abs()]
    });
    let most = ends.fold(0.0, f64::max);
    let x = |v: f64| 400.0 + 220.0 * if most > 0.0 { v / most } else { 0.0 };
    let height = 24 * effects.bars.len() + 30;
    let mut out = Drawing::default();
    out.add(format_args!(
        "<svg class=\"chart\" viewBox=\"0 0 640 {height}\" role=\"img\" aria-labelledby=\"{id}-t\">\
         <title id=\"{id}-t\">{} by {} against {}</title>",
        label(&effects.metric, 60),
        label(&effects.setting, 60),
        label(&effects.reference, 60)
    ));
    for (i, bar) in effects.bars.iter().enumerate() {
        let y = n(24.0 * i as f64 + 20.0);
        out.add(format_args!(
            "<text x=\"10\" y=\"{y}\">{}</text><circle class=\"p\" cx=\"{}\" cy=\"{y}\" r=\"4\"/>",
            label(&bar.to, 24),
            n(x(bar.difference))
        ));
    }
    out.add(format_args!("</svg>"));
    out.done()
}
