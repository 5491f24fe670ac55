//! A figure: what a report draws beside its words. Data only; how it is drawn is the report's affair.
//!
//! A figure adds no statement: what it shows is said in words or tables, with facts, beside it. Its points are cells of files, and each
//! carries where it stands, so that a drawing can name it. It cannot fail; a figure with too few points is not made.

use jiff::Timestamp;

use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// A series over its runs.
    History(History),
    /// What the values of one setting do to a measure.
    Effects(Effects),
}

/// A series over its runs, with what the judge made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The series for people: metric, benchmark, case and environment. Foreign text.
    pub title: String,
    /// The quantity without its unit. Foreign text.
    pub metric: String,
    pub unit: Unit,
    pub direction: Direction,
    /// Oldest first, finite values only.
    pub points: Vec<Point>,
    /// Older runs that are not drawn.
    pub left_out: usize,
    /// The levels that the runs lie at, in order and without overlap.
    pub levels: Vec<Level>,
    /// Where the level changed, ascending.
    pub changes: Vec<Turn>,
}

/// One run of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub at: Timestamp,
    pub value: f64,
    pub commit: Option<String>,
    /// Relative to the tree, escaped for people, and the cell in it: "row 3, column ttft_s".
    pub path: String,
    pub cell: String,
}

/// A stretch of runs at one level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its first point, and the one behind its last.
    pub from: usize,
    pub to: usize,
    /// The median of its runs.
    pub level: f64,
    /// How far a single run usually lies from the level, in the series' unit: the half-width of the band of noise. Not negative.
    pub noise: Option<f64>,
}

/// A change point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    /// The first point after the change.
    pub index: usize,
    /// Whether it went for the worse; `None` where nobody said which way is good.
    pub worse: Option<bool>,
}

/// What the values of one setting do to a measure, each held against a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// The setting that varies. Foreign text.
    pub setting: String,
    /// The value of it that the others are held against. Foreign text.
    pub reference: String,
    /// The measure without its unit. Foreign text.
    pub metric: String,
    /// Of the differences: `percent`, or the measure's own.
    pub unit: Unit,
    pub direction: Direction,
    /// In the order of the table beside it.
    pub bars: Vec<Effect>,
}

/// One value of a setting against the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The value. Foreign text.
    pub to: String,
    pub difference: f64,
    /// The ends of its interval, where there is one.
    pub interval: Option<(f64, f64)>,
    pub certainty: Certainty,
}

/// How sure an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Its interval leaves zero out, also when it is held against all that was compared.
    MoreThanChance,
    /// Too few pairs for an interval, but all of them go the same way, and far enough to matter.
    PairsAgree,
    /// All else.
    MayBeChance,
}

impl Figure {
    /// Whether a report in plain text has a line for it: a history is drawn in characters, effects stand in their table.
    pub fn is_told(&self) -> bool {
        match self {
            Self::History(history) => !history.points.is_empty(),
            Self::Effects(_) => false,
        }
    }
}
