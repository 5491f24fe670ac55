//! Histories as benchmarks have them beyond a step in noise: drifts, seasons, two hosts, rounding, spikes, repairs, long lives.
//!
//! All lie around a level of 100 with a deviation of 2, so that what is drawn as a change is one for the smallest effect that
//! matters by default, too. Sizes are in deviations.

use std::f64::consts::TAU;

use super::draw::{Draw, Noise};
use super::{Labelled, Set};

/// The level before anything happens.
pub const LEVEL: f64 = 100.0;
/// Standard deviation of a run.
pub const DEVIATION: f64 = 2.0;

/// A kind of history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum History {
    /// Two hundred runs, each this much higher than the one before: a drift and no step.
    Drift(f64),
    /// The level itself walks, by steps of this deviation a run.
    Walk(f64),
    /// Daily runs that are this much higher on two days of the week.
    Weekly(f64),
    /// Three runs in ten come from another host, ten deviations away.
    TwoHosts,
    /// Rounded to this many deviations, so that few distinct values are left; one step of four deviations, or none.
    Rounded { quantum: f64, step: bool },
    /// Always the same value; after a step of four deviations another one, or no step.
    Constant { step: bool },
    /// One run in fifty is ten to fifty deviations too high; one step of four deviations, or none.
    Spikes { step: bool },
    /// A step of this size is repaired ten to forty runs later.
    Repaired(f64),
    /// The machine is replaced: three deviations higher, and twice the noise.
    NewHost,
    /// The level stays and the noise trebles.
    Noisier,
    /// AR(1) with this correlation; one step of this size, or none.
    Autocorrelated { rho: f64, step: f64 },
    /// Around zero, so that half of the values are negative; one step of four deviations, or none.
    Signed { step: bool },
    /// Five thousand runs with ten steps of three to six deviations, or none.
    Long { steps: bool },
}

impl History {
    /// The name of the set, as the tables have it.
    pub fn name(self) -> String {
        let with = |name: &str, step: bool| if step { format!("{name}, step") } else { name.to_owned() };
        match self {
            Self::Drift(a_run) => format!("drift of {a_run} sd a run"),
            Self::Walk(a_run) => format!("random walk, {a_run} sd a run"),
            Self::Weekly(size) => format!("weekly, {size} sd"),
            Self::TwoHosts => "two hosts".to_owned(),
            Self::Rounded { quantum, step } => with(&format!("rounded to {quantum} sd"), step),
            Self::Constant { step } => with("constant", step),
            Self::Spikes { step } => with("2 % spikes", step),
            Self::Repaired(size) => format!("repaired, {size} sd"),
            Self::NewHost => "new host".to_owned(),
            Self::Noisier => "noise trebles".to_owned(),
            Self::Autocorrelated { rho, step } if step > 0.0 => format!("AR(1) {rho}, step of {step} sd"),
            Self::Autocorrelated { rho, .. } => format!("AR(1) {rho}"),
            Self::Signed { step } => with("around zero", step),
            Self::Long { steps } => with("5000 runs", steps),
        }
    }

    /// `count` of them.
    pub fn set(self, base: u64, count: usize) -> Set {
        Set::of(&self.name(), base, count, |draw| self.one(draw))
    }

    fn one(self, draw: &mut Draw) -> Labelled {
        let gauss = Noise::Gauss;
        match self {
            Self::Drift(a_run) => shaped(gauss, draw, |t| a_run * t as f64),
            Self::Walk(a_run) => walk(draw, a_run),
            Self::Weekly(size) => weekly(draw, size),
            Self::TwoHosts => {
                let hosts: Vec<bool> = (0..N).map(|_| draw.happens(0.3)).collect();
                shaped(gauss, draw, |t| if hosts[t] { 10.0 } else { 0.0 })
            }
            Self::Rounded { quantum, step } => {
                let unit = quantum * DEVIATION;
                let mut drawn = stepped(gauss, draw, if step { 4.0 } else { 0.0 });
                drawn.values.iter_mut().for_each(|value| *value = (*value / unit).round() * unit);
                drawn
            }
            Self::Constant { step } => {
                let mut drawn = stepped(gauss, draw, 0.0);
                drawn.values.fill(LEVEL);
                if step { with_step(drawn, draw, 4.0) } else { drawn }
            }
            Self::Spikes { step } => {
                let mut drawn = stepped(gauss, draw, if step { 4.0 } else { 0.0 });
                for value in &mut drawn.values {
                    *value += if draw.happens(0.02) { DEVIATION * (10.0 + 40.0 * draw.uniform()) } else { 0.0 };
                }
                drawn
            }
            Self::Repaired(size) => repaired(draw, size),
            Self::NewHost => scaled_from_a_change(draw, 2.0, 3.0),
            Self::Noisier => Labelled { changes: Vec::new(), ..scaled_from_a_change(draw, 3.0, 0.0) },
            Self::Autocorrelated { rho, step } => stepped(Noise::Autocorrelated(rho), draw, step),
            Self::Signed { step } => {
                let mut drawn = stepped(gauss, draw, if step { 4.0 } else { 0.0 });
                drawn.values.iter_mut().for_each(|value| *value -= LEVEL);
                drawn
            }
            Self::Long { steps } => long(draw, steps),
        }
    }
}

/// Every kind with its usual sizes, and how many series the tables rest on.
pub const ALL: [(History, usize); 25] = [
    (History::Drift(0.01), 200),
    (History::Drift(0.03), 200),
    (History::Drift(0.1), 200),
    (History::Walk(0.1), 200),
    (History::Weekly(3.0), 200),
    (History::TwoHosts, 200),
    (History::Rounded { quantum: 1.0, step: false }, 200),
    (History::Rounded { quantum: 1.0, step: true }, 200),
    (History::Rounded { quantum: 4.0, step: false }, 200),
    (History::Constant { step: false }, 20),
    (History::Constant { step: true }, 200),
    (History::Spikes { step: false }, 200),
    (History::Spikes { step: true }, 200),
    (History::Repaired(3.0), 200),
    (History::Repaired(6.0), 200),
    (History::NewHost, 200),
    (History::Noisier, 200),
    (History::Autocorrelated { rho: 0.3, step: 0.0 }, 200),
    (History::Autocorrelated { rho: 0.3, step: 3.0 }, 200),
    (History::Autocorrelated { rho: 0.8, step: 0.0 }, 200),
    (History::Autocorrelated { rho: 0.8, step: 4.0 }, 200),
    (History::Signed { step: false }, 200),
    (History::Signed { step: true }, 200),
    (History::Long { steps: false }, 10),
    (History::Long { steps: true }, 10),
];

/// Runs of a history that is not a long one.
const N: usize = 200;

/// Noise around a level that is `shape` deviations off at run t.
fn shaped(noise: Noise, draw: &mut Draw, shape: impl Fn(usize) -> f64) -> Labelled {
    let runs = noise.runs(N, draw).into_iter().enumerate();
    Labelled { values: runs.map(|(t, run)| LEVEL + DEVIATION * (run + shape(t))).collect(), changes: Vec::new() }
}

/// Noise with one step of `size` up or down, thirty runs from either end at least; without when the size is 0.
fn stepped(noise: Noise, draw: &mut Draw, size: f64) -> Labelled {
    let drawn = shaped(noise, draw, |_| 0.0);
    if size == 0.0 { drawn } else { with_step(drawn, draw, size) }
}

fn with_step(mut drawn: Labelled, draw: &mut Draw, size: f64) -> Labelled {
    let change = a_place(draw);
    let step = draw.sign() * size * DEVIATION;
    drawn.values.iter_mut().skip(change).for_each(|value| *value += step);
    Labelled { changes: vec![change], ..drawn }
}

fn a_place(draw: &mut Draw) -> usize {
    30 + draw.below(N - 60)
}

fn walk(draw: &mut Draw, a_run: f64) -> Labelled {
    let mut level = 0.0;
    let levels: Vec<f64> = (0..N)
        .map(|_| {
            level += a_run * draw.normal();
            level
        })
        .collect();
    shaped(Noise::Gauss, draw, |t| levels[t])
}

/// A smooth working week would be a wave; weekends are a block of two days, which looks more like a change.
fn weekly(draw: &mut Draw, size: f64) -> Labelled {
    let first = draw.below(7);
    let slow = draw.uniform() * TAU;
    // The weekend itself is not always alike.
    shaped(Noise::Gauss, draw, |t| {
        if (t + first) % 7 < 2 { size * (1.0 + 0.1 * (t as f64 / 20.0 + slow).sin()) } else { 0.0 }
    })
}

fn repaired(draw: &mut Draw, size: f64) -> Labelled {
    let broken = 30 + draw.below(N - 100);
    let mended = broken + 10 + draw.below(31);
    let step = draw.sign() * size;
    let drawn = shaped(Noise::Gauss, draw, |t| if (broken..mended).contains(&t) { step } else { 0.0 });
    Labelled { changes: vec![broken, mended], ..drawn }
}

/// From some run on the noise is `wider` times as large and the level `step` deviations higher.
fn scaled_from_a_change(draw: &mut Draw, wider: f64, step: f64) -> Labelled {
    let change = a_place(draw);
    let runs = Noise::Gauss.runs(N, draw).into_iter().enumerate();
    let off = |(t, run)| if t < change { run } else { run * wider + step };
    Labelled { values: runs.map(|run| LEVEL + DEVIATION * off(run)).collect(), changes: vec![change] }
}

/// Ten levels of which each begins in its own tenth of the history, fifty runs from its ends at least.
fn long(draw: &mut Draw, steps: bool) -> Labelled {
    let (n, tenth) = (5000, 500);
    let changes: Vec<usize> =
        if steps { (0..10).map(|part| part * tenth + 50 + draw.below(tenth - 100)).collect() } else { Vec::new() };
    let mut level = 0.0;
    let run = |t| {
        if changes.binary_search(&t).is_ok() {
            // Up and down in turn, or the level would wander to where a deviation is less than the smallest effect.
            let size = 3.0 + 3.0 * draw.uniform();
            level = if level > 0.0 { level - size } else { level + size };
        }
        LEVEL + DEVIATION * (level + draw.normal())
    };
    Labelled { values: (0..n).map(run).collect(), changes }
}
