//! A tree as a performance team has it after many nights: the same benchmarks again and again under names with time stamps, so that
//! series have histories, written by the kinds of tools and scripts that such teams have.
//!
//! The same number of artifacts is the same tree on every machine, byte for byte. Nothing is padded: what a file holds is what
//! such a file holds. The tests' corpus of real benchmark output has 278 files with a median of 3,065 bytes; the 159 of them
//! that are small (up to 4 KiB) have a median of 1,332 bytes and a mean of 1,524. The files here stay below that, with a
//! median of about 860 and a mean of about 890 bytes, so that what the bench says of the database beside its tree is on the safe side.

use std::fs;
use std::io;
use std::path::Path;

use jiff::{Timestamp, ToSpan as _};

use crate::shapes;

/// Artifacts of one night; the last night may be cut short.
const NIGHTS_SHARE: u64 = 172;
/// The first night: 2024-01-01, 02:00 UTC.
const FIRST_NIGHT: i64 = 1_704_074_400;
/// All nights lie within these many hours, two years, so that no tree reaches into the future.
const HOURS: u64 = 2 * 365 * 24;

/// A file of a night: path below the tree and content.
pub type Artifact = (String, String);

/// What was written.
pub struct Tree {
    pub artifacts: u64,
    pub nights: u64,
    /// Bytes of content, without what a file system adds.
    pub bytes: u64,
    /// Bytes of the artifact in the middle.
    pub median: u64,
}

/// One night on which every benchmark ran once.
pub struct Night {
    pub time: Timestamp,
    pub commit: String,
    /// How much of the history is over: 0 for the first night, 1 for the last.
    pub progress: f64,
    pub noise: Noise,
}

impl Night {
    fn new(number: u64, nights: u64) -> Self {
        let hours = number * (HOURS / nights.max(1)).clamp(1, 24);
        let begun = Timestamp::from_second(FIRST_NIGHT).expect("a time");
        let time = begun.checked_add((hours as i64).hours()).expect("a time within two years or a little more");
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ (number + 1).wrapping_mul(0xff51_afd7_ed55_8ccd));
        let commit = format!("{:016x}{:016x}{:08x}", noise.bits(), noise.bits(), noise.bits() >> 32);
        Self { time, commit, progress: number as f64 / nights.saturating_sub(1).max(1) as f64, noise }
    }

    /// The time as names carry it, some minutes into the night: `20240101-021500`.
    pub fn stamp(&self, minutes: usize) -> String {
        self.later(minutes).strftime("%Y%m%d-%H%M%S").to_string()
    }

    /// The time some minutes into the night.
    pub fn later(&self, minutes: usize) -> Timestamp {
        self.time.checked_add((minutes as i64).minutes()).expect("a time")
    }

    /// A measured value: the level of `subject`, its noise, and for some subjects the step that their history has.
    pub fn value(&mut self, subject: usize, level: f64, noise: f64) -> f64 {
        let steps = subject % 11 == 4 && self.progress > 0.3 + 0.05 * (subject % 9) as f64;
        let level = if steps { level * 1.08 } else { level };
        level * (1.0 + noise * self.noise.bell())
    }

    /// The value again, as often as a benchmark repeats itself within a run.
    pub fn samples(&mut self, subject: usize, level: f64, noise: f64, count: usize) -> Samples {
        let centre = self.value(subject, level, noise / 3.0);
        Samples((0..count).map(|_| centre * (1.0 + noise * self.noise.bell())).collect())
    }
}

/// Repetitions within a run.
pub struct Samples(pub Vec<f64>);

impl Samples {
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    pub fn std(&self) -> f64 {
        let mean = self.mean();
        (self.0.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (self.0.len() - 1) as f64).sqrt()
    }

    /// The sample at this share of the sorted ones: 0 the smallest, 1 the largest.
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * share).round() as usize]
    }
}

/// Marsaglia's xorshift64: the same numbers everywhere.
pub struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Uniform in 0..1.
    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal, mean 0, standard deviation 1.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Writes a tree of this many artifacts.
pub fn make(root: &Path, artifacts: u64) -> io::Result<Tree> {
    let nights = artifacts.div_ceil(NIGHTS_SHARE);
    let mut sizes = Vec::new();
    for number in 0..nights {
        let mut files = shapes::night(&mut Night::new(number, nights));
        assert_eq!(files.len() as u64, NIGHTS_SHARE, "a night's artifacts");
        files.truncate((artifacts - sizes.len() as u64).min(NIGHTS_SHARE) as usize);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, &text)?;
            sizes.push(text.len() as u64);
        }
    }
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    Ok(Tree { artifacts: sizes.len() as u64, nights, bytes: sizes.iter().sum(), median })
}
