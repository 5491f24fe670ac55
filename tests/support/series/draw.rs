//! Random numbers that are the same on every machine, as far as its logarithm and cosine are: splitmix64 (Steele, Lea, Flood 2014)
//! for the bits, the Box-Muller transform for the normal distribution.

use std::f64::consts::TAU;

/// What splitmix64 adds to its state for each number.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
/// 2^53: the distinct doubles that a uniform number is taken from.
const DOUBLES: f64 = 9_007_199_254_740_992.0;

/// A source of random numbers.
#[derive(Debug, Clone)]
pub struct Draw {
    state: u64,
    /// Box-Muller makes two normal numbers at a time; the second waits here.
    spare: Option<f64>,
}

impl Draw {
    /// The source of series `index` of the set `kind`.
    ///
    /// The start is hashed because splitmix64 walks its state by a constant: starts that lie a multiple of it apart would give the
    /// same numbers, shifted.
    pub fn seeded(base: u64, kind: &str, index: usize) -> Self {
        let of_kind = kind.bytes().fold(base, |h, byte| scramble((h ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)));
        let number = u64::try_from(index).expect("64 bits are enough").wrapping_add(1);
        let state = scramble(of_kind ^ scramble(number.wrapping_mul(0xD134_2543_DE82_EF95)));
        Self { state, spare: None }
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        scramble(self.state)
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / DOUBLES
    }

    /// A whole number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// 1 or -1.
    pub fn sign(&mut self) -> f64 {
        if self.happens(0.5) { 1.0 } else { -1.0 }
    }

    /// Normal with mean 0 and deviation 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let angle = TAU * self.uniform();
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }
}

/// The output function of splitmix64.
fn scramble(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Kinds of noise, of unit scale: deviation 1 except where said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Noise {
    Gauss,
    /// The exponential of a normal number: skewed, with a heavy tail above (deviation 2.2).
    Lognormal,
    /// AR(1) with this correlation of neighbours, stationary from the first run on.
    Autocorrelated(f64),
    /// Student's t with three degrees of freedom: heavy tails on both sides (deviation 1.7).
    Student3,
    /// Normal, but one run in twenty lands on a host with six times the deviation.
    BadHost,
}

impl Noise {
    /// Its name in the names of sets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauss => "gauss",
            Self::Lognormal => "lognorm",
            Self::Autocorrelated(_) => "ar1",
            Self::Student3 => "student3",
            Self::BadHost => "hetero",
        }
    }

    /// `n` runs of it.
    pub fn runs(self, n: usize, draw: &mut Draw) -> Vec<f64> {
        match self {
            Self::Autocorrelated(rho) => {
                let (mut run, innovation) = (draw.normal(), (1.0 - rho * rho).sqrt());
                let next = |_| {
                    let this = run;
                    run = rho * this + innovation * draw.normal();
                    this
                };
                (0..n).map(next).collect()
            }
            _ => (0..n).map(|_| self.independent(draw)).collect(),
        }
    }

    /// One run, where runs do not depend on those before.
    fn independent(self, draw: &mut Draw) -> f64 {
        let z = draw.normal();
        match self {
            Self::Gauss | Self::Autocorrelated(_) => z,
            Self::Lognormal => z.exp(),
            Self::Student3 => {
                let squares: f64 = (0..3).map(|_| draw.normal().powi(2)).sum();
                z / (squares / 3.0).sqrt()
            }
            Self::BadHost if draw.happens(0.05) => z * 6.0,
            Self::BadHost => z,
        }
    }
}
