//! Made-up series whose changes are known, and how well a detector found them.
//!
//! [`synth`] draws the sets by which detectors are compared: noise without any change, one shift, short series, a mixed load.
//! [`histories`] draws what benchmarks show besides: drifts, two hosts, rounding, spikes, repairs. [`score`] counts what was found.
//! Everything comes from a base number, the name of the set and the number of the series, so that it is the same everywhere, and
//! another base gives other draws of the same sets.

pub mod calibrate;
pub mod draw;
pub mod histories;
pub mod score;
pub mod synth;

/// The base of the published figures. Nothing may be tuned on it.
pub const SCORED: u64 = 20_261_121;

/// A series and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// One value a run, by time.
    pub values: Vec<f64>,
    /// Index of the first run after each lasting change of the level, ascending.
    pub changes: Vec<usize>,
}

/// Series of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// What is drawn, like `shift_gauss_2sd`.
    pub name: String,
    /// At least one.
    pub series: Vec<Labelled>,
}

impl Set {
    /// `count` series, each drawn by `one` from a source of its own.
    pub fn of(name: &str, base: u64, count: usize, one: impl Fn(&mut draw::Draw) -> Labelled) -> Self {
        let series = (0..count).map(|index| one(&mut draw::Draw::seeded(base, name, index))).collect();
        Self { name: name.to_owned(), series }
    }
}
