//! A plot of a history for a terminal: runs as dots of braille (eight a character), levels, noise, and where the level changed.
//!
//! Runs stand side by side in their order, since they are rarely spread evenly in time; the time of the first and the last one stand beneath.
//! Where braille cannot be shown, ASCII has one mark a character. It draws values of the index and round marks of its scale, nothing else.
//! It cannot fail: of no runs comes no plot, and values that are not finite are left out. Time and memory are those of the runs and the
//! characters.

use super::number::Style;
use crate::domain::units::Unit;
use crate::insight::History;

/// Dots of a character of braille, across and down, and the bit of each (Unicode Standard, block U+2800).
const DOTS: (usize, usize) = (2, 4);
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Marks on the scale, at least; how many there are at most, since steps grow by no more than 2.5.
const TICKS: f64 = 3.0;
const MOST_TICKS: usize = 10;
/// What division may be off by.
const EXACT: f64 = 1e-9;

/// How large a plot is, in characters, its scale not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub width: usize,
    pub height: usize,
    /// Without braille and lines.
    pub ascii: bool,
}

/// What a piece of a plot is, for whoever has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Scale, frame and blanks.
    Frame,
    Run,
    Level,
    Noise,
    Worse,
    Better,
    /// A change of which nobody said whether it is good.
    Turn,
}

/// A history drawn: lines of pieces, top to bottom, and the unit of the scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    pub lines: Vec<Vec<(Mark, String)>>,
    pub unit: Unit,
}

/// Draws a history; no lines when it has no run.
pub fn plot(history: &History, shape: Shape) -> Plot {
    let unit = history.unit.readable(history.points.iter().map(|point| point.value));
    let scaled = |value: f64| history.unit.convert(value, &unit).unwrap_or(value);
    let values: Vec<f64> = history.points.iter().map(|point| scaled(point.value)).collect();
    let levels = history.levels.iter().map(|level| scaled(level.level));
    let Some(scale) = Scale::of(values.iter().copied().chain(levels), shape.height) else {
        return Plot { lines: Vec::new(), unit };
    };
    let mut canvas = Canvas::new(shape, values.len());
    for level in &history.levels {
        let noise = level.noise.map(scaled).filter(|noise| *noise > 0.0);
        if let Some(noise) = noise {
            let middle = scaled(level.level);
            canvas.band((level.from, level.to), scale.row(middle + noise), scale.row(middle - noise));
        }
    }
    for level in &history.levels {
        canvas.level((level.from, level.to), scale.row(scaled(level.level)));
    }
    for turn in &history.changes {
        canvas.turn(turn.index, turn.worse);
    }
    for (run, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        canvas.run(run, scale.dot(*value));
    }
    Plot { lines: canvas.lines(&scale), unit }
}

/// Values to rows, from the top.
struct Scale {
    low: f64,
    high: f64,
    rows: usize,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>, rows: usize) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            return None;
        }
        if low == high {
            // A level line stands in the middle of something, and nothing but zeros on the floor.
            let room = low.abs() * 0.05;
            (low, high) = if room > 0.0 { (low - room, high + room) } else { (low, low + 1.0) };
        }
        Some(Self { low: low.max(f64::MIN), high: high.min(f64::MAX), rows: rows.max(1) })
    }

    /// How far up a value is, from 0 to 1. Halves, so that the distance of the largest numbers does not overflow.
    fn part(&self, value: f64) -> f64 {
        let part = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        if part.is_nan() { 0.5 } else { part.clamp(0.0, 1.0) }
    }

    fn dot(&self, value: f64) -> usize {
        let last = self.rows * DOTS.1 - 1;
        last - ((self.part(value) * last as f64).round() as usize).min(last)
    }

    fn row(&self, value: f64) -> usize {
        self.dot(value) / DOTS.1
    }

    /// The largest round step with so many marks.
    fn step(&self) -> Option<f64> {
        let power = 10f64.powi((self.high / 2.0 - self.low / 2.0).log10().floor() as i32);
        let steps = [20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].into_iter().map(|n| n * power);
        let marks = |step: &f64| (self.high / step + EXACT).floor() - (self.low / step - EXACT).ceil() + 1.0;
        steps.filter(|step| step.is_finite() && *step > 0.0).find(|step| marks(step) >= TICKS)
    }

    /// Round values and their rows, one a row at most, with the digits in which they differ.
    fn ticks(&self) -> Vec<(usize, String)> {
        let Some(step) = self.step() else { return Vec::new() };
        let style = Style::fit(self.low.abs().max(self.high.abs()), (step.log10() + EXACT).floor() as i32);
        let first = (self.low / step - EXACT).ceil();
        let mut ticks: Vec<(usize, String)> = Vec::new();
        for i in 0..MOST_TICKS {
            let value = (first + i as f64) * step;
            if !value.is_finite() || value > self.high + step * EXACT {
                break;
            }
            let value = if value == 0.0 { 0.0 } else { value };
            let row = self.row(value);
            if ticks.iter().all(|(other, _)| *other != row) {
                ticks.push((row, style.write(value)));
            }
        }
        ticks
    }
}

/// A character of the plot.
#[derive(Debug, Clone, Copy, Default)]
struct Spot {
    dots: u8,
    level: bool,
    noise: bool,
    turn: Option<Mark>,
}

struct Canvas {
    shape: Shape,
    runs: usize,
    columns: usize,
    spots: Vec<Spot>,
}

impl Canvas {
    fn new(shape: Shape, runs: usize) -> Self {
        let across = if shape.ascii { 1 } else { DOTS.0 };
        // Few runs stand apart, up to four dots each, and the plot is no wider than they need.
        let columns = (runs.saturating_mul(4) / across).clamp(1, shape.width.max(1));
        let spots = vec![Spot::default(); columns * shape.height.max(1)];
        Self { shape, runs, columns, spots }
    }

    fn spot(&mut self, column: usize, row: usize) -> Option<&mut Spot> {
        if column >= self.columns {
            return None;
        }
        self.spots.get_mut(row * self.columns + column)
    }

    /// The place of a run among so many.
    fn place(&self, run: usize, places: usize) -> usize {
        let all = self.runs.saturating_sub(1).max(1);
        if self.runs <= 1 { places / 2 } else { (run.min(all) as u128 * (places as u128 - 1) / all as u128) as usize }
    }

    fn columns_of(&self, (from, to): (usize, usize)) -> std::ops::RangeInclusive<usize> {
        let last = to.saturating_sub(1).max(from);
        self.place(from, self.columns)..=self.place(last, self.columns)
    }

    fn band(&mut self, runs: (usize, usize), top: usize, bottom: usize) {
        for column in self.columns_of(runs) {
            for row in top..=bottom {
                if let Some(spot) = self.spot(column, row) {
                    spot.noise = true;
                }
            }
        }
    }

    fn level(&mut self, runs: (usize, usize), row: usize) {
        for column in self.columns_of(runs) {
            if let Some(spot) = self.spot(column, row) {
                spot.level = true;
            }
        }
    }

    fn turn(&mut self, run: usize, worse: Option<bool>) {
        let mark = match worse {
            Some(true) => Mark::Worse,
            Some(false) => Mark::Better,
            None => Mark::Turn,
        };
        let column = self.place(run, self.columns);
        for row in 0..self.shape.height.max(1) {
            if let Some(spot) = self.spot(column, row) {
                spot.turn = Some(mark);
            }
        }
    }

    fn run(&mut self, run: usize, dot: usize) {
        let x = self.place(run, self.columns * DOTS.0);
        let bit = BITS.get(dot % DOTS.1).and_then(|bits| bits.get(x % DOTS.0)).copied().unwrap_or(0);
        if let Some(spot) = self.spot(x / DOTS.0, dot / DOTS.1) {
            spot.dots |= bit;
        }
    }

    fn drawn(&self, spot: &Spot) -> (Mark, char) {
        let ascii = self.shape.ascii;
        let pick = |unicode: char, plain: char| if ascii { plain } else { unicode };
        match spot {
            Spot { dots: 1.., .. } => {
                (Mark::Run, pick(char::from_u32(0x2800 + u32::from(spot.dots)).unwrap_or('•'), '*'))
            }
            Spot { turn: Some(mark), .. } => (*mark, pick('│', '|')),
            Spot { level: true, .. } => (Mark::Level, pick('─', '-')),
            Spot { noise: true, .. } => (Mark::Noise, pick('░', '.')),
            _ => (Mark::Frame, ' '),
        }
    }

    /// With the scale to the left and the frame beneath, in which changes are marked too: runs may hide their line.
    fn lines(&self, scale: &Scale) -> Vec<Vec<(Mark, String)>> {
        let ticks = scale.ticks();
        let wide = ticks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
        let (side, corner, floor, foot) =
            if self.shape.ascii { ('|', '+', '-', '^') } else { ('┤', '└', '─', '▲') };
        let plain = if self.shape.ascii { '|' } else { '│' };
        let mut lines = Vec::new();
        for (row, spots) in self.spots.chunks(self.columns).enumerate() {
            let tick = ticks.iter().find(|(at, _)| *at == row).map(|(_, text)| text.as_str());
            let edge = if tick.is_some() { side } else { plain };
            let mut line = vec![(Mark::Frame, format!("{:>wide$} {edge}", tick.unwrap_or("")))];
            spots.iter().for_each(|spot| push(&mut line, self.drawn(spot)));
            lines.push(line);
        }
        let mut bottom = vec![(Mark::Frame, format!("{:>wide$} {corner}", ""))];
        for spot in self.spots.iter().take(self.columns) {
            push(&mut bottom, spot.turn.map_or((Mark::Frame, floor), |mark| (mark, foot)));
        }
        lines.push(bottom);
        lines
    }
}

/// Adds a character to a line, to the last piece where it is of the same kind.
fn push(line: &mut Vec<(Mark, String)>, (mark, c): (Mark, char)) {
    match line.last_mut() {
        Some((last, text)) if *last == mark => text.push(c),
        _ => line.push((mark, c.to_string())),
    }
}

#[cfg(test)]
mod tests;
