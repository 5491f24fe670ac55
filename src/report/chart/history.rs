//! A history drawn: value over time, with levels, their noise and the changes between them.

use super::course::Course;
use super::drawing::{Anchor, Drawing, Paper, gutter, n};
use super::scale::Scale;
use super::text::{commit, escape, exact, label, lines, whole_commit, width};
use super::timeline::Timeline;
use crate::domain::series::Direction;
use crate::domain::zone::Zone;
use crate::insight::{History, Level, Point, Turn};

/// Height of the plot, and of a line of text, in CSS pixels.
const PLOT: f64 = 160.0;
const LINE: f64 = 15.0;
/// Changes that are told beside their mark, the newest.
const TOLD: usize = 3;

/// The whole chart as an inline `<svg>`, as wide as there is room and about 290 CSS pixels high; empty when there is no point. Needs
/// [`STYLE`](super::STYLE). `id` must be unique on the page and made of ASCII letters, digits and `-`: the ids of the title and of the
/// description are made of it.
pub fn history(history: &History, zone: &Zone, id: &str) -> String {
    draw(history, zone, id, Paper::Page).unwrap_or_default()
}

/// The chart on any paper; `None` when there is no point.
pub(super) fn draw(history: &History, zone: &Zone, id: &str, paper: Paper) -> Option<String> {
    let course = Course::of(history)?;
    let plot = Plot::of(history, zone, course, paper.room());
    let title = label(&history.title, 160);
    let ticks = plot.scale.ticks();
    let gutter = gutter(ticks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0));
    let mut out = Drawing::begin(paper, gutter, plot.height(), id, &title, &escape(&plot.told()));
    plot.head(&mut out);
    plot.grid(&mut out, &ticks);
    plot.levels(&mut out);
    plot.points(&mut out);
    plot.changes(&mut out);
    plot.foot(&mut out);
    Some(out.end())
}

/// A chart while it is drawn.
struct Plot<'a> {
    history: &'a History,
    zone: &'a Zone,
    course: Course<'a>,
    time: Timeline,
    scale: Scale,
    /// Lines of text below the plot.
    notes: Vec<String>,
    /// Of the plot, from above.
    top: f64,
    bottom: f64,
}

impl<'a> Plot<'a> {
    fn of(history: &'a History, zone: &'a Zone, course: Course<'a>, room: f64) -> Self {
        let scale = Scale::of(&history.unit, course.low, course.high);
        let top = 26.0 + LINE * course.changes.len().min(TOLD) as f64;
        let time = Timeline::of(&history.points, zone);
        let notes = lines(&time.caption, room).into_iter().chain(left_out(history, &course)).collect();
        Self { history, zone, course, time, scale, notes, top, bottom: top + PLOT }
    }

    /// Of the whole.
    fn height(&self) -> f64 {
        let has_legend = !self.course.levels.is_empty();
        self.line(self.notes.len() - usize::from(!has_legend)) + 0.4 * LINE
    }

    /// The height of a line of text below the plot, counted from zero.
    fn line(&self, index: usize) -> f64 {
        self.bottom + (2.2 + 1.1 * index as f64) * LINE
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - PLOT * self.scale.part(value)
    }

    /// What is drawn, for those who cannot see it.
    fn told(&self) -> String {
        let points = &self.history.points;
        let mut told = runs(points.len());
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            told += &format!(", {} to {}", self.zone.show_minute(first.at), self.zone.show_minute(last.at));
        }
        told += &format!("; {}.", self.history.direction.phrase());
        for level in self.course.levels {
            told += &format!(" {}.", self.level_told(level));
        }
        for turn in self.course.changes {
            told += &format!(" {}.", self.turn_told(turn));
        }
        told
    }

    fn level_told(&self, level: &Level) -> String {
        let noise = level.noise.map(|noise| format!(" ± {}", self.scale.tell(noise))).unwrap_or_default();
        let count = runs(level.to.saturating_sub(level.from));
        format!("Level {}{noise} over {count}", self.scale.tell(level.level))
    }

    fn turn_told(&self, turn: &Turn) -> String {
        let what = match turn.worse {
            Some(true) => "Worse",
            Some(false) => "Better",
            None => "Changed",
        };
        format!("{what} {}", self.since(turn))
    }

    /// `since 2026-03-01, def5678`.
    fn since(&self, turn: &Turn) -> String {
        let Some(point) = self.history.points.get(turn.index) else { return "at the end".to_owned() };
        let commit = point.commit.as_deref().map(commit).filter(|name| !name.is_empty());
        format!("since {}{}", self.zone.day(point.at), commit.map(|name| format!(", {name}")).unwrap_or_default())
    }

    /// Above the plot: the quantity with its unit, and which way is good.
    fn head(&self, out: &mut Drawing) {
        let unit = self.scale.unit();
        let metric = label(&self.history.metric, if unit.is_empty() { 26 } else { 18 });
        let unit = if unit.is_empty() { unit } else { format!(" in {}", escape(&unit)) };
        out.text("h", &out.left(0.0), 12.0, Anchor::Start, &format!("<tspan class=\"s\">{metric}</tspan>{unit}"));
        let (arrow, phrase) = match self.history.direction {
            Direction::Lower => ("↓ ", self.history.direction.phrase()),
            Direction::Higher => ("↑ ", self.history.direction.phrase()),
            Direction::Neutral => ("", "direction unknown"),
        };
        let end = out.x(1.0);
        out.text("m", &end, 12.0, Anchor::End, &format!("{arrow}{phrase}"));
    }

    fn grid(&self, out: &mut Drawing, ticks: &[(f64, String)]) {
        for (part, text) in ticks {
            let y = self.bottom - PLOT * part;
            out.add(format_args!("<line class=\"l\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", out.x(1.0), n(y), n(y)));
            out.text("m", "-6", y + 4.0, Anchor::End, text);
        }
        let bottom = n(self.bottom);
        out.add(format_args!("<line class=\"a\" x2=\"{}\" y1=\"{bottom}\" y2=\"{bottom}\"/>", out.x(1.0)));
        let fits = out.fitting(&self.time.ticks);
        for ((place, text), fits) in self.time.ticks.iter().zip(fits) {
            let x = out.x(*place);
            out.add(format_args!(
                "<line class=\"a\" x1=\"{x}\" x2=\"{x}\" y1=\"{bottom}\" y2=\"{}\"/>",
                n(self.bottom + 4.0)
            ));
            // What does not fit on a phone is not shown there.
            let class = if fits { "m" } else { "m k" };
            out.text(class, &x, self.bottom + LINE + 1.0, Anchor::of_tick(*place), &escape(text));
        }
    }

    fn levels(&self, out: &mut Drawing) {
        let last = self.history.points.len().saturating_sub(1);
        let ends = |level: &Level| {
            (self.time.before(level.from.min(last)), self.time.behind(level.to.saturating_sub(1).min(last)))
        };
        for level in self.course.levels {
            let (from, to) = ends(level);
            let Some(noise) = level.noise.filter(|noise| *noise > 0.0) else { continue };
            let (high, low) = (self.y(level.level + noise), self.y(level.level - noise));
            out.add(format_args!(
                "<rect class=\"b\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                out.x(from),
                n(high),
                out.x((to - from).max(0.0)),
                n((low - high).max(1.0))
            ));
        }
        for level in self.course.levels {
            let (from, to) = ends(level);
            let y = n(self.y(level.level));
            out.add(format_args!(
                "<line class=\"v\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"><title>{}</title></line>",
                out.x(from),
                out.x(to),
                escape(&self.level_told(level))
            ));
        }
    }

    fn points(&self, out: &mut Drawing) {
        let shown = || self.course.shown.iter().filter_map(|&i| Some((i, self.history.points.get(i)?)));
        out.course("c", shown().map(|(i, point)| (self.time.place(i), self.y(point.value))));
        let radius = if self.course.shown.len() > 80 { 2.2 } else { 3.0 };
        for (i, point) in shown() {
            let (x, title) = (self.time.place(i), self.point_told(point));
            if (self.course.low..=self.course.high).contains(&point.value) {
                out.add(format_args!(
                    "<circle class=\"p\" cx=\"{}\" cy=\"{}\" r=\"{radius}\"><title>{title}</title></circle>",
                    out.x(x),
                    n(self.y(point.value))
                ));
            } else {
                let mark = if point.value > self.course.high { "▲" } else { "▼" };
                let y = if point.value > self.course.high { self.top + 8.0 } else { self.bottom - 2.0 };
                out.text("p", &out.x(x), y, Anchor::Middle, &format!("{mark}<title>{title}</title>"));
            }
        }
    }

    /// The value as it stands in the file and in the unit of the axis, when, at which commit, and where it stands.
    fn point_told(&self, point: &Point) -> String {
        let mut told = exact(point.value, &self.history.unit);
        if !self.scale.is_own() {
            told += &format!(" ({})", self.scale.tell(point.value));
        }
        told += &format!(" · {}", self.zone.show_minute(point.at));
        if let Some(commit) = point.commit.as_deref().map(whole_commit).filter(|name| !name.is_empty()) {
            told += &format!(" · {commit}");
        }
        let place = format!(" · {} {}", label(&point.path, 160), label(&point.cell, 80));
        escape(&told) + place.trim_end()
    }

    fn changes(&self, out: &mut Drawing) {
        let first_told = self.course.changes.len().saturating_sub(TOLD);
        for (i, turn) in self.course.changes.iter().enumerate() {
            let place = self.time.before(turn.index);
            let class = super::class_of(turn.worse);
            let row = i.checked_sub(first_told);
            let top = row.map_or(self.top, |row| 26.0 + LINE * row as f64 - 9.0);
            let x = out.x(place);
            let told = format!("{} {}", self.arrow(turn), self.since(turn));
            let (anchor, shift) = out.beside(place, width(&told));
            // A text in the middle hangs over its line.
            let begin = if row.is_some() && anchor == Anchor::Middle { top + 13.0 } else { top };
            out.add(format_args!(
                "<line class=\"t {class}\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"><title>{}</title></line>",
                n(begin),
                n(self.bottom),
                escape(&self.turn_told(turn))
            ));
            if row.is_some() {
                let told = format!("<tspan dx=\"{}\">{}</tspan>", n(shift), escape(&told));
                out.text(&format!("h {class}"), &x, top + 10.0, anchor, &told);
            }
        }
    }

    /// Up or down.
    fn arrow(&self, turn: &Turn) -> char {
        let level = |at: usize| self.history.levels.iter().find(|level| (level.from..level.to).contains(&at));
        let moved = turn.index.checked_sub(1).and_then(|before| Some(level(turn.index)?.level - level(before)?.level));
        match (moved, self.history.direction, turn.worse) {
            (Some(moved), ..) if moved > 0.0 => '▲',
            (Some(moved), ..) if moved < 0.0 => '▼',
            (_, Direction::Lower, Some(true)) | (_, Direction::Higher, Some(false)) => '▲',
            (_, Direction::Lower, Some(false)) | (_, Direction::Higher, Some(true)) => '▼',
            _ => '◆',
        }
    }

    /// Below the plot: what the axis shows, what is not drawn, and what the marks are.
    fn foot(&self, out: &mut Drawing) {
        for (i, note) in self.notes.iter().enumerate() {
            out.text("m", &out.left(0.0), self.line(i), Anchor::Start, &escape(note));
        }
        let legend = self.line(self.notes.len());
        if !self.course.levels.is_empty() {
            let (from, to, y) = (out.left(0.0), out.left(16.0), n(legend - 4.0));
            out.add(format_args!("<line class=\"v\" x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>"));
            out.text("m", &out.left(21.0), legend, Anchor::Start, "level");
        }
        if self.course.levels.iter().any(|level| level.noise.is_some_and(|noise| noise > 0.0)) {
            let (x, y) = (out.left(58.0), n(legend - 8.0));
            out.add(format_args!("<rect class=\"b\" x=\"{x}\" y=\"{y}\" width=\"16\" height=\"9\"/>"));
            out.text("m", &out.left(79.0), legend, Anchor::Start, "usual noise");
        }
    }
}

/// What is not drawn, or not at its place.
fn left_out(history: &History, course: &Course<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if course.beyond > 0 {
        notes.push(format!("{} beyond the axis, set at its edge", runs(course.beyond)));
    }
    let (drawn, known) = (course.shown.len(), history.points.len());
    if drawn < known {
        notes.push(format!("{drawn} of {} drawn", runs(known.saturating_add(history.left_out))));
    } else if history.left_out > 0 {
        notes.push(format!("{} not drawn", runs(history.left_out).replace("run", "older run")));
    }
    notes
}

fn runs(count: usize) -> String {
    format!("{count} run{}", if count == 1 { "" } else { "s" })
}
