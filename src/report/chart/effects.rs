//! What the values of a setting do, each as a dot with its interval, around the reference at zero.

use super::drawing::{Anchor, Drawing, Paper, gutter, n};
use super::scale::Scale;
use super::text::{cut, escape, label, lines};
use crate::domain::series::Direction;
use crate::insight::{Certainty, Effect, Effects};

/// Height of a row in CSS pixels.
const ROW: f64 = 22.0;
const TOP: f64 = 40.0;
const LINE: f64 = 15.0;
/// Rows that are drawn; the table beside it has them all.
const MOST: usize = 40;
/// Characters of a value beside its row.
const NAME: usize = 20;
/// How often the usual interval, or what the differences span, an interval may reach out before it is cut.
const FAR: f64 = 4.0;

/// What each value of a setting does, as an inline `<svg>` as wide as there is room: dots with intervals around the reference at zero;
/// empty when there is no value. Filled dots are more than chance, dots in a ring agree in all pairs. `id` as for [`history`](super::history()). Needs
/// [`STYLE`](super::STYLE).
pub fn effects(effects: &Effects, id: &str) -> String {
    let rows: Vec<&Effect> = effects.bars.iter().filter(|bar| bar.difference.is_finite()).take(MOST).collect();
    if rows.is_empty() {
        return String::new();
    }
    let scale = scale(effects, &rows);
    let notes = notes(effects, &rows, &scale);
    let agrees = rows.iter().any(|row| row.certainty == Certainty::PairsAgree);
    let plot = Plot { effects, scale, notes, agrees, bottom: TOP + ROW * rows.len() as f64 };
    let title = format!("{} by {}", cut(&effects.metric, 60), cut(&effects.setting, 60));
    let names: Vec<String> = rows.iter().map(|row| cut(&row.to, NAME)).collect();
    let gutter = gutter(names.iter().map(|name| name.chars().count()).max().unwrap_or(0));
    let (height, desc) = (plot.height(), escape(&plot.told(&rows)));
    let mut out = Drawing::begin(Paper::Page, gutter, height, id, &escape(&title), &desc);
    plot.head(&mut out);
    plot.grid(&mut out);
    for (i, (row, name)) in rows.iter().zip(&names).enumerate() {
        plot.row(&mut out, TOP + ROW * (i as f64 + 0.5), row, name);
    }
    plot.foot(&mut out);
    out.end()
}

/// The low and the high end of a value's interval, where there is one that has a place on a scale.
fn interval(row: &Effect) -> Option<(f64, f64)> {
    let interval = row.interval.filter(|(low, high)| low.is_finite() && high.is_finite());
    interval.map(|(a, b)| (a.min(b), a.max(b)))
}

/// From what to what the intervals go, zero included; those that reach out of all proportion are cut.
fn scale(effects: &Effects, rows: &[&Effect]) -> Scale {
    let (low, high) = rows.iter().fold((0.0f64, 0.0f64), |(l, h), row| (l.min(row.difference), h.max(row.difference)));
    // Halves, so that the distance of the largest numbers does not overflow.
    let mut widths: Vec<f64> =
        rows.iter().filter_map(|row| interval(row)).map(|(low, high)| high / 2.0 - low / 2.0).collect();
    widths.sort_unstable_by(f64::total_cmp);
    let usual = widths.get(widths.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    let room = FAR * usual.max(high / 2.0 - low / 2.0) * 2.0;
    let ends = rows.iter().filter_map(|row| interval(row)).flat_map(|(low, high)| [low, high]);
    let ends = ends.filter(|end| (low - room..=high + room).contains(end));
    let (low, high) = ends.fold((low, high), |(l, h), end| (l.min(end), h.max(end)));
    Scale::of(&effects.unit, low, high)
}

/// Whether the low and the high end of an interval lie beyond the scale.
fn cuts(row: &Effect, scale: &Scale) -> (bool, bool) {
    interval(row).map_or((false, false), |(low, high)| (!scale.holds(low), !scale.holds(high)))
}

/// What the axis shows, what is cut, and what is not drawn.
fn notes(effects: &Effects, rows: &[&Effect], scale: &Scale) -> Vec<String> {
    let unit = scale.unit();
    let unit = if unit.is_empty() { unit } else { format!(" in {unit}") };
    let axis = format!("difference from {}{unit}", cut(&effects.reference, 20));
    let mut notes = lines(&axis, Paper::Page.room());
    if rows.iter().any(|row| cuts(row, scale) != (false, false)) {
        notes.push("◀ ▶ the interval goes on beyond the axis".to_owned());
    }
    let left_out = effects.bars.len().saturating_sub(rows.len());
    if left_out > 0 {
        notes.push(format!("{left_out} more in the table"));
    }
    notes
}

/// A dot of what is known, told by its shape: filled, in a ring, or a ring alone. `title` is escaped.
fn dot(out: &mut Drawing, x: &str, y: f64, r: f64, (certainty, way): (Certainty, &str), title: &str) {
    let title = if title.is_empty() { String::new() } else { format!("<title>{title}</title>") };
    let (y, small) = (n(y), n(r / 2.0));
    match certainty {
        Certainty::MoreThanChance => {
            out.add(format_args!("<circle class=\"d {way}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\">{title}</circle>"));
        }
        Certainty::PairsAgree => out.add(format_args!(
            "<g>{title}<circle class=\"o\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>\
             <circle class=\"d {way}\" cx=\"{x}\" cy=\"{y}\" r=\"{small}\"/></g>"
        )),
        Certainty::MayBeChance => {
            out.add(format_args!("<circle class=\"o\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\">{title}</circle>"));
        }
    }
}

/// What the dots say.
const MORE: &str = "more than chance";
const AGREE: &str = "all pairs agree, too few for an interval";
const MAYBE: &str = "may be chance";

/// A chart while it is drawn.
struct Plot<'a> {
    effects: &'a Effects,
    scale: Scale,
    /// Lines of text below the plot.
    notes: Vec<String>,
    /// Whether a value is known by the agreement of its pairs alone.
    agrees: bool,
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
        let tell = |value| self.scale.tell(value);
        let sign = if row.difference > 0.0 { "+" } else { "" };
        let interval = interval(row).map(|(low, high)| format!(", {} to {}", tell(low), tell(high)));
        let chance = match row.certainty {
            Certainty::MoreThanChance => MORE,
            Certainty::PairsAgree => AGREE,
            Certainty::MayBeChance => MAYBE,
        };
        let difference = tell(row.difference);
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
            _ if row.certainty == Certainty::MayBeChance || row.difference == 0.0 => None,
            direction => Some(direction.is_worse(0.0, row.difference)),
        };
        let title = escape(&self.row_told(row));
        if let Some((low, high)) = interval(row) {
            let (from, to, y) = (out.x(self.scale.part(low)), out.x(self.scale.part(high)), n(y));
            out.add(format_args!("<line class=\"w\" x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>"));
        }
        let (is_cut_low, is_cut_high) = cuts(row, &self.scale);
        for (place, anchor, arrow) in [(0.0, Anchor::Start, '◀'), (1.0, Anchor::End, '▶')] {
            if if anchor == Anchor::Start { is_cut_low } else { is_cut_high } {
                let x = out.x(place);
                out.text("", &x, y + 4.0, anchor, &arrow.to_string());
            }
        }
        let x = out.x(self.scale.part(row.difference));
        dot(out, &x, y, 5.0, (row.certainty, super::class_of(worse)), &title);
    }

    /// Of the whole.
    fn height(&self) -> f64 {
        self.line(self.notes.len() + usize::from(self.agrees)) + 0.3 * LINE
    }

    /// The height of a line of text below the plot, counted from zero.
    fn line(&self, index: usize) -> f64 {
        self.bottom + (2.2 + 1.1 * index as f64) * LINE
    }

    fn foot(&self, out: &mut Drawing) {
        for (i, note) in self.notes.iter().enumerate() {
            out.text("m", &out.left(0.0), self.line(i), Anchor::Start, &escape(note));
        }
        let legend = self.line(self.notes.len());
        let mut entry = |right: f64, y: f64, certainty, text| {
            let x = out.left(right + 6.0);
            dot(out, &x, y - 4.0, 4.0, (certainty, "none"), "");
            out.text("m", &out.left(right + 15.0), y, Anchor::Start, text);
        };
        entry(0.0, legend, Certainty::MoreThanChance, MORE);
        entry(125.0, legend, Certainty::MayBeChance, MAYBE);
        if self.agrees {
            entry(0.0, self.line(self.notes.len() + 1), Certainty::PairsAgree, AGREE);
        }
    }
}
