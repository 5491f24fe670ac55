//! The sets by which detectors are compared: everything around a level of 100, in units of the noise's deviation.
//!
//! Number for number those of the generator behind the published figures of other detectors, for the same base.

use super::draw::Noise;
use super::{Labelled, Set};

const LEVEL: f64 = 100.0;

/// The five kinds of noise.
pub const NOISES: [Noise; 5] =
    [Noise::Gauss, Noise::Lognormal, Noise::Autocorrelated(0.5), Noise::Student3, Noise::BadHost];

/// Lengths of the short series.
pub const SHORT: [usize; 5] = [4, 6, 10, 20, 30];

/// `count` series of 200 runs in which nothing changes.
pub fn noise(base: u64, noise: Noise, count: usize) -> Set {
    let set = Set::of(&format!("noise-{}", noise.name()), base, count, |draw| {
        let values = noise.runs(200, draw).into_iter().map(|run| LEVEL + run).collect();
        Labelled { values, changes: Vec::new() }
    });
    Set { name: format!("noise_{}", noise.name()), ..set }
}

/// `count` series of 200 runs with one step of `size` up or down, thirty runs from either end at least.
pub fn shift(base: u64, noise: Noise, size: f64, count: usize) -> Set {
    let n = 200;
    let set = Set::of(&format!("shift-{}-{size}", noise.name()), base, count, |draw| {
        let change = 30 + draw.below(n - 60);
        let step = draw.sign() * size;
        let runs = noise.runs(n, draw).into_iter().enumerate();
        let values = runs.map(|(t, run)| LEVEL + run + if t >= change { step } else { 0.0 }).collect();
        Labelled { values, changes: vec![change] }
    });
    Set { name: format!("shift_{}_{size}sd", noise.name()), ..set }
}

/// `count` series of `n` runs, the later half of them `size` higher (0: nothing changes).
pub fn short(base: u64, n: usize, size: f64, count: usize) -> Set {
    let change = n - n / 2;
    let set = Set::of(&format!("short-{n}-{size}"), base, count, |draw| {
        let values = (0..n).map(|t| LEVEL + draw.normal() + if t >= change { size } else { 0.0 }).collect();
        Labelled { values, changes: if size == 0.0 { Vec::new() } else { vec![change] } }
    });
    Set { name: format!("short_{n}_{size}sd"), ..set }
}

/// `count` series of `n` runs with none to four steps of one to five deviations.
pub fn load(base: u64, n: usize, count: usize) -> Set {
    let set = Set::of("load", base, count, |draw| {
        let steps = draw.below(5);
        let mut changes: Vec<usize> = (0..steps).map(|_| 15 + draw.below(n - 30)).collect();
        changes.sort_unstable();
        changes.dedup();
        let mut level = LEVEL;
        let run = |t| {
            if changes.binary_search(&t).is_ok() {
                level += (1.0 + 4.0 * draw.uniform()) * draw.sign();
            }
            level + draw.normal()
        };
        let values = (0..n).map(run).collect();
        Labelled { values, changes }
    });
    Set { name: format!("load_{count}x{n}"), ..set }
}

/// All of them, one after the other, as many series each as the published figures rest on.
pub fn sets(base: u64) -> impl Iterator<Item = Set> {
    let quiet = NOISES.into_iter().map(move |kind| noise(base, kind, 500));
    let sizes = [0.5, 1.0, 2.0, 3.0, 5.0, 12.0].into_iter().map(move |size| shift(base, Noise::Gauss, size, 200));
    let kinds = [2.0, 3.0]
        .into_iter()
        .flat_map(move |size| [Noise::Autocorrelated(0.5), Noise::Student3].map(|kind| shift(base, kind, size, 200)));
    let few = SHORT.into_iter().flat_map(move |n| [0.0, 3.0, 6.0].map(|size| short(base, n, size, 500)));
    quiet.chain(sizes).chain(kinds).chain(few).chain(std::iter::once_with(move || load(base, 300, 1000)))
}
