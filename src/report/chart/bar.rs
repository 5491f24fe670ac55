//! One effect as a bar about zero, with the ends of its interval.

use super::drawing::{Anchor, Drawing, n};
use super::scale::Scale;
use super::text::escape;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 40.0;
/// Of the bar, from above.
const TOP: f64 = 4.0;
const BOTTOM: f64 = 20.0;
/// How far beyond the bar an interval may reach before it is cut.
const FAR: f64 = 2.0;
/// How often the reach of the others a bar may have before it is cut: at a tenth of the width they are still seen.
const ODD: f64 = 10.0;

/// How far the bars of effects that stand together reach, for the one scale that they share. A few that reach out of all proportion do not
/// count: they are cut. Zero when there is none.
pub fn reach(effects: impl IntoIterator<Item = (f64, Option<(f64, f64)>)>) -> f64 {
    let mut reaches: Vec<f64> =
        effects.into_iter().filter_map(|(effect, interval)| own_reach(effect, interval)).collect();
    reaches.sort_unstable_by(f64::total_cmp);
    let middle = reaches.get(reaches.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    reaches.into_iter().filter(|reach| middle == 0.0 || reach / ODD <= middle).fold(0.0, f64::max)
}

/// That of a single bar; `None` when the effect is not finite.
fn own_reach(effect: f64, interval: Option<(f64, f64)>) -> Option<f64> {
    let (low, high) = finite(interval).unwrap_or((effect, effect));
    let reach = low.abs().max(high.abs());
    let most = if effect == 0.0 { reach } else { reach.min(effect.abs() * (1.0 + FAR)).max(effect.abs()) };
    effect.is_finite().then_some(most)
}

fn finite(interval: Option<(f64, f64)>) -> Option<(f64, f64)> {
    interval.filter(|(low, high)| low.is_finite() && high.is_finite()).map(|(a, b)| (a.min(b), a.max(b)))
}

/// A bar from zero to `effect` with the ends of its interval, as an inline `<svg>` of 240 × 40 CSS pixels, hidden from screen readers, since
/// the numbers stand in the text beside it. The bar's side, the words at the ends and its colour tell better from worse. `unit` is the
/// effect's, mostly `percent`; the scale goes as far as `most`, in the same unit ([`reach`]), and what goes on beyond it has an arrow.
/// Empty when the effect is not finite. Needs [`STYLE`](super::STYLE).
pub fn effect_bar(effect: f64, interval: Option<(f64, f64)>, unit: &Unit, direction: Direction, most: f64) -> String {
    if !effect.is_finite() {
        return String::new();
    }
    let scale = Scale::about_zero(unit, if most.is_finite() { most } else { effect.abs() });
    let x = |value: f64| 1.0 + (WIDTH - 2.0) * scale.part(value);
    let mut out = Drawing::small("bar", WIDTH, HEIGHT);
    let worse = match direction {
        Direction::Neutral => None,
        _ => Some(direction.is_worse(0.0, effect)).filter(|_| effect != 0.0),
    };
    out.add(format_args!(
        "<line class=\"l\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{y}\" y2=\"{y}\"/>\
         <rect class=\"d {}\" x=\"{}\" y=\"{TOP}\" width=\"{}\" height=\"{}\"/>",
        super::class_of(worse),
        n(x(0.0).min(x(effect))),
        n((x(effect) - x(0.0)).abs().max(1.0)),
        n(BOTTOM - TOP),
        y = n((TOP + BOTTOM) / 2.0),
    ));
    if let Some((low, high)) = finite(interval) {
        whisker(&mut out, (x(low), x(high)), (scale.holds(low), scale.holds(high)));
    } else if !scale.holds(effect) {
        arrow(&mut out, x(effect));
    }
    let zero = n(x(0.0));
    out.add(format_args!("<line class=\"a\" x1=\"{zero}\" x2=\"{zero}\" y1=\"0\" y2=\"{}\"/>", n(BOTTOM + TOP)));
    ends(&mut out, &scale, direction);
    out.end()
}

/// The interval: a line with a foot at each end that is within the scale, and an arrow where it goes on.
fn whisker(out: &mut Drawing, (low, high): (f64, f64), feet: (bool, bool)) {
    let middle = (TOP + BOTTOM) / 2.0;
    let y = n(middle);
    out.add(format_args!("<line class=\"w\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>", n(low), n(high)));
    for (x, has_foot) in [(low, feet.0), (high, feet.1)] {
        if has_foot {
            let (x, top, bottom) = (n(x), n(middle - 5.0), n(middle + 5.0));
            out.add(format_args!("<line class=\"w\" x1=\"{x}\" x2=\"{x}\" y1=\"{top}\" y2=\"{bottom}\"/>"));
        } else {
            arrow(out, x);
        }
    }
}

/// The mark of what goes on beyond the end of the scale.
fn arrow(out: &mut Drawing, x: f64) {
    let middle = (TOP + BOTTOM) / 2.0;
    let back = if x > WIDTH / 2.0 { x - 6.0 } else { x + 6.0 };
    let (tip, back, top, bottom) = (n(x), n(back), n(middle - 6.0), n(middle + 6.0));
    out.add(format_args!(
        "<polyline class=\"w\" fill=\"none\" points=\"{back},{top} {tip},{} {back},{bottom}\"/>",
        n(middle)
    ));
}

/// What stands beneath: how far the scale goes, and which side is which.
fn ends(out: &mut Drawing, scale: &Scale, direction: Direction) {
    let end = scale.end();
    let (left, right) = match direction {
        Direction::Lower => (" better", "worse "),
        Direction::Higher => (" worse", "better "),
        Direction::Neutral => ("", ""),
    };
    let y = HEIGHT - 5.0;
    out.text("m", "0", y, Anchor::Start, &escape(&format!("-{end}{left}")));
    out.text("m", &n(WIDTH), y, Anchor::End, &escape(&format!("{right}+{end}")));
}
