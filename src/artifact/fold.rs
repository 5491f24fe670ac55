//! A fold: readings in bounded memory, however many a file holds.
//!
//! A load test of hours logs millions of samples of a few series. Readings of one series in one run are kept one by one up to a limit;
//! beyond it a uniform random sample of them stays (bottom-k sampling: every reading draws a number from a hash of its place, the
//! lowest stay), so that the same file always gives the same sample, and the number of all readings is kept. What stays are cells of the
//! file with their places; nothing is averaged.
//!
//! Fails when a file holds more series than fit: then no sampling helps.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Parsed, Reading, Role};

/// Readings that stay of one series in one run, at most.
const MOST_EACH: usize = 4096;

/// And at least, however many series there are.
const LEAST_EACH: usize = 8;

/// Readings of one series and run, from cells of one column.
#[derive(Debug)]
struct Group {
    /// What they have in common, and the place's pattern.
    model: Reading,
    /// How many samples all of them stand for.
    n: u64,
    /// How many there were.
    seen: u64,
    /// Those that stay, the highest draw on top.
    kept: BinaryHeap<Kept>,
}

/// A reading that stays, for now.
#[derive(Debug)]
struct Kept {
    drawn: u64,
    /// Its place in the pattern that all of a group share.
    index: u32,
    value: f64,
    resolution: f64,
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.drawn, self.index).cmp(&(other.drawn, other.index))
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Kept {}

/// Readings by series and run.
#[derive(Debug)]
pub(in crate::artifact) struct Fold {
    groups: Vec<Group>,
    known: HashMap<(u64, u64), usize>,
    /// Readings that may stay in all.
    room: usize,
    kept: usize,
    each: usize,
}

impl Fold {
    /// A fold that keeps about `room` readings.
    pub fn new(room: usize) -> Self {
        Self { groups: Vec::new(), known: HashMap::new(), room, kept: 0, each: MOST_EACH }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Takes readings in.
    ///
    /// # Errors
    /// A reason when there are more series than fit.
    pub fn take(&mut self, readings: &mut Vec<Reading>) -> Result<(), String> {
        for reading in readings.drain(..) {
            let key = key(&reading);
            let at = *self.known.entry(key).or_insert(self.groups.len());
            if let Some(group) = self.groups.get_mut(at) {
                self.kept += group.add(&reading, self.each);
            } else {
                let mut group = Group { model: reading.clone(), n: 0, seen: 0, kept: BinaryHeap::new() };
                self.kept += group.add(&reading, self.each);
                self.groups.push(group);
            }
            while self.kept > self.room && self.each > LEAST_EACH {
                self.each = (self.each / 2).max(LEAST_EACH);
                self.kept = self.groups.iter_mut().map(|group| group.shrink(self.each)).sum();
            }
            if self.kept > self.room.saturating_mul(2) {
                return Err(format!("more than {} series: too many to keep", self.groups.len()));
            }
        }
        Ok(())
    }

    /// Gives the readings that stayed to `parsed`, in the order in which their series first occurred.
    pub fn finish(self, parsed: &mut Parsed) {
        let sampled = self.groups.iter().filter(|g| g.seen > g.kept.len() as u64).count();
        if sampled > 0 {
            let most = self.groups.iter().map(|g| g.seen).max().unwrap_or(0);
            parsed.warnings.push(format!(
                "of up to {most} values each, a random sample of at most {} stands for {sampled} measurements",
                self.each
            ));
        }
        parsed.readings.extend(self.groups.into_iter().flat_map(Group::readings));
    }
}

impl Group {
    /// Adds a reading; how many more are kept now.
    fn add(&mut self, reading: &Reading, each: usize) -> usize {
        self.seen += 1;
        self.n = self.n.saturating_add(reading.n);
        let drawn = draw(u64::from(reading.at.index));
        let before = self.kept.len();
        if before >= each {
            if self.kept.peek().is_some_and(|highest| highest.drawn <= drawn) {
                return 0;
            }
            self.kept.pop();
        }
        let (index, value, resolution) = (reading.at.index, reading.value, reading.resolution);
        self.kept.push(Kept { drawn, index, value, resolution });
        self.kept.len() - before.min(self.kept.len())
    }

    /// Keeps only the `each` lowest draws; how many are left.
    fn shrink(&mut self, each: usize) -> usize {
        while self.kept.len() > each {
            self.kept.pop();
        }
        self.kept.shrink_to_fit();
        self.kept.len()
    }

    /// In the order of the file. A sample stands for all that were seen: what each of its readings says of `n` adds up to the whole.
    fn readings(self) -> Vec<Reading> {
        let mut kept = self.kept.into_vec();
        kept.sort_unstable_by_key(|kept| kept.index);
        let thinned = self.seen > kept.len() as u64;
        let (share, mut rest) = match kept.len() as u64 {
            0 => (1, 0),
            kept => (self.n / kept, self.n % kept),
        };
        let role = match &self.model.role {
            Role::Sample if thinned => Role::Metric,
            role => role.clone(),
        };
        let model = self.model;
        let of = |Kept { value, resolution, index, .. }| {
            let extra = u64::from(rest > 0);
            rest -= extra;
            let mut reading = Reading { value, resolution, role: role.clone(), ..model.clone() };
            reading.at.index = index;
            reading.n = if thinned { share + extra } else { model.n };
            reading
        };
        kept.into_iter().map(of).collect()
    }
}

/// Tells series, runs and columns apart: 128 bits of two hashes that are the same in every process.
fn key(reading: &Reading) -> (u64, u64) {
    let mut hasher = DefaultHasher::new();
    let n = if matches!(reading.role, Role::Metric | Role::Sample) { 0 } else { reading.n };
    (reading.run, &reading.case, &reading.params, &reading.metric, &reading.field, &reading.unit).hash(&mut hasher);
    (&reading.environment, n, &reading.at.pattern).hash(&mut hasher);
    format!("{:?}{:?}", reading.direction, reading.role).hash(&mut hasher);
    let first = hasher.finish();
    1u8.hash(&mut hasher);
    (&reading.params, &reading.case, &reading.at.pattern, reading.run).hash(&mut hasher);
    (first, hasher.finish())
}

/// A number that looks random and depends on the place alone (SplitMix64, Steele et al. 2014).
fn draw(place: u64) -> u64 {
    let mut z = place.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Locator;

    fn reading(case: &str, row: u32, value: f64) -> Reading {
        Reading {
            run: 0,
            case: case.to_owned(),
            params: crate::domain::series::Params::new(),
            metric: "latency".to_owned(),
            field: "latency_ms".to_owned(),
            value,
            unit: crate::domain::units::Unit::new("ms"),
            direction: crate::domain::series::Direction::Lower,
            role: Role::Metric,
            n: 1,
            resolution: 0.0,
            at: Locator::row(row, "latency_ms"),
            environment: String::new(),
        }
    }

    fn folded(readings: impl Iterator<Item = Reading>, room: usize) -> Result<Parsed, String> {
        let mut fold = Fold::new(room);
        let mut all: Vec<Reading> = readings.collect();
        while !all.is_empty() {
            let rest = all.split_off(all.len().min(1000));
            fold.take(&mut all)?;
            all = rest;
        }
        let mut parsed = Parsed::default();
        fold.finish(&mut parsed);
        Ok(parsed)
    }

    #[test]
    fn few_readings_stay_as_they_are() {
        let given: Vec<Reading> = (1..=50).map(|row| reading("a", row, f64::from(row))).collect();
        let parsed = folded(given.clone().into_iter(), 1000).unwrap();
        assert_eq!(parsed.readings, given);
        assert!(parsed.warnings.is_empty());
    }

    #[test]
    fn of_many_a_fair_sample_stays_and_their_number_is_known() {
        let parsed = folded((1..=200_000).map(|row| reading("a", row, f64::from(row))), 10_000).unwrap();
        let kept = parsed.readings.len();
        assert!((2048..=4096).contains(&kept), "{kept}");
        assert_eq!(parsed.readings.iter().map(|r| r.n).sum::<u64>(), 200_000);
        let mut values: Vec<f64> = parsed.readings.iter().map(|r| r.value).collect();
        values.sort_by(f64::total_cmp);
        let median = values[kept / 2];
        assert!((90_000.0..110_000.0).contains(&median), "{median}");
        assert!(parsed.readings.iter().all(|r| (r.value - f64::from(r.at.index)).abs() < 0.5), "a cell and its place");
        assert!(parsed.warnings[0].contains("random sample"), "{:?}", parsed.warnings);
    }

    #[test]
    fn too_many_series_are_refused() {
        let error = folded((1..=50_000).map(|row| reading(&format!("case {row}"), row, 1.0)), 1000).unwrap_err();
        assert!(error.contains("series"), "{error}");
    }
}
