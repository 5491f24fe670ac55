//! False alarms and misses on series drawn with fixed seeds, replayed append by append (which one replay equals).

use std::f64::consts::TAU;

use jiff::Timestamp;

use crate::analysis::{Point, Settings, replay};

/// xorshift64* with Box-Muller: enough for a simulation, the same everywhere.
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        let mut draw = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            draw.uniform();
        });
        draw
    }

    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }
}

const KINDS: [&str; 6] = ["gauss", "lognormal", "ar1", "student3", "bad host", "bimodal"];

/// Noise of about unit scale.
fn noise(kind: &str, n: usize, draw: &mut Draw) -> Vec<f64> {
    let mut last = draw.normal();
    (0..n)
        .map(|_| match kind {
            "lognormal" => draw.normal().exp(),
            "ar1" => {
                last = 0.5 * last + 0.75f64.sqrt() * draw.normal();
                last
            }
            "student3" => {
                let z = draw.normal();
                let chi: f64 = (0..3).map(|_| draw.normal().powi(2)).sum();
                z / (chi / 3.0).sqrt()
            }
            "bad host" => {
                let z = draw.normal();
                if draw.uniform() < 0.05 { z * 6.0 } else { z }
            }
            "bimodal" => draw.normal() + if draw.uniform() < 0.3 { 10.0 } else { 0.0 },
            _ => draw.normal(),
        })
        .collect()
}

fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
    let run = |(i, value): (i64, f64)| Point {
        at: Timestamp::from_second(1_700_000_000 + 3600 * i).unwrap(),
        value,
        std: None,
        n: 1,
        fresh: false,
    };
    (0i64..).zip(values).map(run).collect()
}

/// Confirmed changes per 1000 points of series without any; `level` in units of the noise.
fn false_alarms(kind: &str, series: u64, n: usize, level: f64, settings: &Settings) -> f64 {
    let alarms: usize = (0..series)
        .map(|seed| {
            let mut draw = Draw::new(seed + 1);
            let history = points(noise(kind, n, &mut draw).into_iter().map(|x| level + x));
            replay(&history, settings).changes.len()
        })
        .sum();
    alarms as f64 * 1000.0 / (series as f64 * n as f64)
}

/// With several times as many draws as here the rates per 1000 runs were:
///
/// | runs a series | level in noise units | smallest effect | gauss | lognormal | AR(1) 0.5 | Student-3 | 5 % bad host | bimodal |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | 200 | 100 | 0 | 0.00 | 0.16 | 0.07 | 0.00 | 0.01 | 0.11 |
/// | 200 | 100 | 2 % | 0.00 | 0.10 | 0.00 | 0.00 | 0.01 | 0.11 |
/// | 200 | 8 | 2 % | 0.00 | 0.11 | 0.11 | 0.00 | 0.00 | 0.06 |
/// | 25 | 100 | 0 | 0.02 | 0.28 | 0.28 | 0.02 | 0.00 | 0.74 |
/// | 25 | 100 | 2 % | 0.00 | 0.06 | 0.00 | 0.02 | 0.00 | 0.74 |
/// | 25 | 8 | 2 % | 0.02 | 0.18 | 0.26 | 0.00 | 0.00 | 0.54 |
#[test]
fn false_alarms_are_rare_on_every_kind_of_noise() {
    // With the smallest effect at zero nothing but the statistics holds the judge back.
    let bare = Settings { min_effect: 0.0, ..Settings::default() };
    let defaults = Settings::default();
    for kind in KINDS {
        for (n, series, level, settings) in [(200, 60, 100.0, &bare), (25, 600, 8.0, &defaults)] {
            let rate = false_alarms(kind, series, n, level, settings);
            let bar = if kind == "bimodal" { 1.0 } else { 0.5 };
            assert!(rate <= bar, "{kind}, {n} runs, level {level}: {rate} false alarms per 1000 runs");
        }
    }
}

#[test]
fn a_step_of_thirty_percent_in_two_percent_noise_is_found_at_its_third_run() {
    let settings = Settings::default();
    for kind in ["gauss", "ar1", "student3", "bad host"] {
        let mut found = 0;
        for seed in 0..200 {
            let before = 8 + seed as usize % 60;
            let mut draw = Draw::new(1000 + seed);
            let factor = if seed % 2 == 0 { 1.3 } else { 0.7 };
            let values = noise(kind, before + 3, &mut draw);
            let level = |i| if i >= before { 100.0 * factor } else { 100.0 };
            let history = points(values.iter().enumerate().map(|(i, x)| level(i) + 2.0 * x));
            let changes = replay(&history, &settings).changes;
            found += usize::from(changes.last().is_some_and(|c| c.index == before && c.confirmed_at == before + 2));
        }
        // Where a run of the step itself falls on a bad host or far into a tail, the next one confirms.
        let least = if kind == "gauss" || kind == "ar1" { 200 } else { 190 };
        assert!(found >= least, "{kind}: {found} of 200");
    }
}

#[test]
fn smaller_steps_are_found_soon_and_once() {
    let settings = Settings { min_effect: 0.0, ..Settings::default() };
    for (size, least, most) in [(4.0, 75, 4), (5.0, 95, 1), (8.0, 100, 0)] {
        let (mut found, mut extra) = (0, 0);
        for seed in 0..100 {
            let mut draw = Draw::new(5000 + seed);
            let step = |i| if i >= 50 { size } else { 0.0 };
            let values = noise("gauss", 100, &mut draw);
            let history = points(values.iter().enumerate().map(|(i, x)| 100.0 + x + step(i)));
            let changes = replay(&history, &settings).changes;
            let right: Vec<_> = changes.iter().filter(|change| (48..=55).contains(&change.index)).collect();
            found += usize::from(right.len() == 1 && right[0].confirmed_at < 60);
            extra += changes.len() - right.len();
        }
        assert!(found >= least && extra <= most, "{size} sd: {found} of 100 found, {extra} others");
    }
}
