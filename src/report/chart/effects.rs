//! What the values of a setting do, each as a dot with its interval, around the reference at zero.

use super::drawing::{Anchor, Drawing, Paper, gutter, n};
use super::scale::Scale;
use super::text::{cut, escape, label, rounded};
use crate::domain::series::Direction;
use crate::insight::{Effect, Effects};

/// Height of a row in CSS pixels.
const ROW: f64 = 22.0;
const TOP: f64 = 40.0;
const LINE: f64 = 15.0;
/// Rows that are drawn; the table beside it has them all.
const MOST: usize = 40;
/// Characters of a value beside its row.
const NAME: usize = 20;

/// What each value of a setting does, as an inline `<svg>` as wide as there is room: dots with intervals around the reference at zero;
/// empty when there is no value. Filled dots are more than chance. `id` as for [`history`](super::history()). Needs
/// [`STYLE`](super::STYLE).
pub fn effects(effects: &Effects, id: &str) -> String {
    let rows: Vec<&Effect> = effects.bars.iter().filter(|bar| bar.difference.is_finite()).take(MOST).collect();
    if rows.is_empty() {
        return String::new();
    }
    let plot = Plot { effects, scale: scale(effects, &rows), bottom: TOP + ROW * rows.len() as f64 };
    let title = format!("{} by {}", cut(&effects.metric, 60), cut(&effects.setting, 60));
    let names: Vec<String> = rows.iter().map(|row| cut(&row.to, NAME)).collect();
    let gutter = gutter(names.iter().map(|name| name.chars().count()).max().unwrap_or(0));
    let (height, desc) = (plot.bottom + 3.6 * LINE, escape(&plot.told(&rows)));
    let mut out = Drawing::begin(Paper::Page, gutter, height, id, &escape(&title), &desc);
    plot.head(&mut out);
    plot.grid(&mut out);
    for (i, (row, name)) in rows.iter().zip(&names).enumerate() {
        plot.row(&mut out, TOP + ROW * (i as f64 + 0.5), row, name);
    }
    plot.foot(&mut out, effects.bars.len().saturating_sub(rows.len()));
    out.end()
}

/// From what to what the differences go, zero included; intervals much wider than that are cut at the edge.
fn scale(effects: &Effects, rows: &[&Effect]) -> Scale {
    let (low, high) = rows.iter().fold((0.0f64, 0.0f64), |(l, h), row| (l.min(row.difference), h.max(row.difference)));
    let span = high / 2.0 - low / 2.0;
    let within = |end: f64| end.is_finite() && (span <= 0.0 || (low - span..=high + span).contains(&end));
    let ends = rows.iter().filter_map(|row| row.interval).flat_map(|(low, high)| [low, high]);
    let (low, high) = ends.filter(|end| within(*end)).fold((low, high), |(l, h), end| (l.min(end), h.max(end)));
    Scale::of(&effects.unit, low, high)
}

/// A chart while it is drawn.
struct Plot<'a> {
    effects: &'a Effects,
    scale: Scale,
    bottom: f64,
}

impl Plot<'_> {
    fn told(&self, rows: &[&Effect]) -> String {
        let reference = cut(&self.effects.reference, 60);
        let told: Vec<String> = rows.iter().map(|row| self.row_told(row)).collect();
        format!("Against {reference}; {}. {}.", self.effects.direction.phrase(), told.join(". "))
    }

    /// `8: +12.4 %, 8.1 % to 16 %, more than chance`.
    fn row_told(&self, row: &Effect) -> String {
        let unit = &self.effects.unit;
        let sign = if row.difference > 0.0 { "+" } else { "" };
        let interval = row.interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        let interval = interval.map(|(low, high)| format!(", {} to {}", rounded(low, unit), rounded(high, unit)));
        let chance = if row.moves { "more than chance" } else { "may be chance" };
        let difference = rounded(row.difference, unit);
        format!("{}: {sign}{difference}{}, {chance}", cut(&row.to, 60), interval.unwrap_or_default())
    }

    fn head(&self, out: &mut Drawing) {
        let metric = label(&self.effects.metric, 22);
        let setting = label(&self.effects.setting, 18);
        out.text(
            "h",
            &out.left(0.0),
            12.0,
            Anchor::Start,
            &format!("<tspan class=\"s\">{metric}</tspan> by {setting}"),
        );
        let told = match self.effects.direction {
            Direction::Lower => "← better",
            Direction::Higher => "better →",
            Direction::Neutral => "",
        };
        let end = out.x(1.0);
        out.text("m", &end, 12.0, Anchor::End, told);
    }

    fn grid(&self, out: &mut Drawing) {
        for (place, text) in self.scale.ticks() {
            let (x, bottom) = (out.x(place), n(self.bottom));
            out.add(format_args!("<line class=\"l\" x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"));
            out.text("m", &x, self.bottom + LINE, Anchor::of_tick(place), &text);
        }
        let zero = self.scale.part(0.0);
        let x = out.x(zero);
        out.add(format_args!(
            "<line class=\"a\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
            n(TOP - 6.0),
            n(self.bottom)
        ));
        let anchor = match zero {
            ..0.35 => Anchor::Start,
            0.65.. => Anchor::End,
            _ => Anchor::Middle,
        };
        out.text("m", &x, TOP - 10.0, anchor, &label(&self.effects.reference, 24));
    }

    fn row(&self, out: &mut Drawing, y: f64, row: &Effect, name: &str) {
        out.text("", "-8", y + 4.0, Anchor::End, &escape(name));
        let worse = match self.effects.direction {
            Direction::Neutral => None,
            _ if !row.moves || row.difference == 0.0 => None,
            direction => Some(direction.is_worse(0.0, row.difference)),
        };
        let title = escape(&self.row_told(row));
        let y = n(y);
        if let Some((low, high)) = row.interval.filter(|(low, high)| low.is_finite() && high.is_finite()) {
            let (from, to) = (out.x(self.scale.part(low.min(high))), out.x(self.scale.part(high.max(low))));
            out.add(format_args!("<line class=\"w\" x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>"));
        }
        let class = if row.moves { format!("d {}", super::class_of(worse)) } else { "o".to_owned() };
        out.add(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{y}\" r=\"5\"><title>{title}</title></circle>",
            out.x(self.scale.part(row.difference))
        ));
    }

    fn foot(&self, out: &mut Drawing, left_out: usize) {
        let unit = self.scale.unit();
        let unit = if unit.is_empty() { unit } else { format!(" in {unit}") };
        let (axis, legend) = (self.bottom + 2.2 * LINE, self.bottom + 3.3 * LINE);
        let text = format!("difference from {}{unit}", cut(&self.effects.reference, 20));
        out.text("m", &out.left(0.0), axis, Anchor::Start, &escape(&text));
        let y = n(legend - 4.0);
        out.add(format_args!("<circle class=\"d none\" cx=\"{}\" cy=\"{y}\" r=\"4\"/>", out.left(6.0)));
        out.text("m", &out.left(15.0), legend, Anchor::Start, "more than chance");
        out.add(format_args!("<circle class=\"o\" cx=\"{}\" cy=\"{y}\" r=\"4\"/>", out.left(131.0)));
        out.text("m", &out.left(140.0), legend, Anchor::Start, "may be chance");
        if left_out > 0 {
            let end = out.x(1.0);
            out.text("m", &end, axis, Anchor::End, &format!("{left_out} more in the table"));
        }
    }
}
