//! Sweeps: benchmarks that vary their settings, read as a performance engineer would. Which configuration is best and whether its lead
//! is more than noise, what each setting does by itself, which configurations nothing else beats, which runs were cold starts,
//! and what the plan lacks.
//!
//! Settings are parameters with numbers or short identifiers for values; parameters that number repetitions (a prompt, a seed) are
//! pooled, and those that say what or how much was to be done (a test, a length, a load) are held equal. A parameter that only repeats the others in one word (`config_name`) is dropped. Each benchmark is analysed
//! when it comes and only the cells that a sentence or a table may cite are kept.

mod advice;
mod brief;
mod cold;
mod effects;
mod grid;
mod holes;
mod pareto;
mod plots;
mod ranking;
mod samples;
mod tables;
mod tell;
mod tell_cold;
#[cfg(test)]
mod tests;
mod traced;
mod works;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::brief::{best, cold_risk};
use self::cold::Cold;
use self::effects::Effects;
use self::grid::{Grid, Pool};
use self::holes::Holes;
use self::pareto::Front;
use self::ranking::Contest;
pub(super) use self::tables::section;
pub(super) use self::tell::drafts;
use super::Settings;
use super::best::{Best, Ranked};
use super::document::Prose;
use super::input::{BenchmarkRows, Row};
use super::words;
use crate::domain::series::Direction;

/// Metrics shown of one sweep.
const METRICS: usize = 5;

/// A benchmark with settings that vary.
#[derive(Debug)]
pub(super) struct Sweep {
    pub benchmark: String,
    /// Its name as a reader needs it: the last part of the path where that is enough.
    pub shown: String,
    /// The model, where it is not the benchmark itself.
    pub subject: Option<String>,
    /// Only prose states it.
    pub prose: bool,
    pub settings: Vec<String>,
    /// Some setting is a number.
    pub numeric: bool,
    /// How many different pieces or amounts of work its configurations did.
    works: u64,
    pub contests: Vec<Contest>,
    metrics_left_out: u64,
    /// What the settings do to the throughput and to the wait, or to the first metric.
    effects: Vec<Effects>,
    cold: Option<Cold>,
    front: Option<Front>,
    holes: Option<Holes>,
    /// Rows of the benchmark that ended in an error.
    failed: u64,
    /// The cells that pairs are made of.
    pool: Pool,
}

impl Ranked for Sweep {
    fn rank(&self, other: &Self) -> Ordering {
        let first = |sweep: &Self| sweep.contests.first().map_or(u8::MAX, |contest| contest.priority);
        let size = |sweep: &Self| sweep.contests.iter().map(|contest| contest.configurations).max();
        let key = |sweep: &Self| {
            (sweep.prose, first(sweep), std::cmp::Reverse(size(sweep)), std::cmp::Reverse(sweep.contests.len()))
        };
        let place = |sweep: &Self| (sweep.benchmark.clone(), sweep.subject.clone(), sweep.settings.clone());
        key(self).cmp(&key(other)).then_with(|| place(self).cmp(&place(other)))
    }
}

impl Sweep {
    /// What was swept: the benchmark, and the model if that is not the same.
    pub(super) fn title(&self) -> Prose {
        let title = Prose::default().name(&self.shown);
        match &self.subject {
            Some(subject) => title.text(" with ").name(subject),
            None => title,
        }
    }

    fn name(&self) -> String {
        let subject = self.subject.as_ref().map(|subject| format!(" with {subject}")).unwrap_or_default();
        format!("{}{subject}", self.benchmark)
    }

    /// The title with the work that configurations are compared by.
    pub(super) fn title_at(&self, work: &str) -> Prose {
        let title = self.title();
        if work.is_empty() { title } else { title.text(" at ").name(&words::short(work)) }
    }

    /// The largest number of configurations that a metric was measured of.
    fn configurations(&self) -> u64 {
        self.contests.iter().map(|contest| contest.configurations).max().unwrap_or(0)
    }
}

/// The sweeps as they grow.
#[derive(Debug)]
pub(super) struct Sweeps {
    settings: Settings,
    kept: Best<Sweep>,
}

impl Sweeps {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), kept: Best::new(settings.sweeps.saturating_mul(2)) }
    }

    /// Takes one benchmark. Only rows with the same model and the same settings are compared: tables of one file may have been made
    /// with different ones.
    pub(super) fn add(&mut self, benchmark: &BenchmarkRows) {
        let mut alike: BTreeMap<(&str, Vec<&str>), Vec<&Row>> = BTreeMap::new();
        let rows = benchmark.rows.iter().filter(|row| row.direction != Direction::Neutral);
        let rows: Vec<Cow<'_, Row>> = rows.flat_map(samples::apart).collect();
        for row in rows.iter().map(AsRef::as_ref) {
            let names = row.series.params.iter().filter(|(name, value)| grid::is_varied(name, value));
            let names = names.map(|(name, _)| name.as_str()).collect();
            alike.entry((words::subject(&row.series, &row.subject), names)).or_default().push(row);
        }
        let errors = benchmark.gaps.iter().filter(|gap| gap.kind.contains("error"));
        let failed = errors.map(|gap| gap.count).sum();
        for ((subject, _), rows) in alike {
            if let Some(sweep) = self.sweep(&benchmark.benchmark, subject, &rows, failed) {
                self.kept.push(sweep);
            }
        }
    }

    fn sweep(&self, benchmark: &str, subject: &str, rows: &[&Row], failed: u64) -> Option<Sweep> {
        let grid = Grid::of(rows)?;
        let mut pool = Pool::default();
        let cold = cold::find(&grid, &mut pool, &self.settings);
        let least = self.settings.judged_by.min_effect;
        let mut effects = Vec::new();
        let mut contests = Vec::new();
        for measure in 0..grid.measures.len() {
            let found = effects::find(&grid, &mut pool, measure, cold.as_ref(), least);
            let works = works::compared(&grid, measure, |_| true);
            let ranked = works
                .iter()
                .map(|work| ranking::rank(&grid, (measure, work), cold.as_ref(), found.as_ref(), &self.settings));
            contests.extend(ranked.flatten());
            // Throughput and the wait; for want of them whatever comes first.
            if measure == 0 || grid.measures.get(measure).is_some_and(|measure| measure.priority <= 1) {
                effects.extend(found.filter(|_| effects.len() < 2));
            }
        }
        let metrics =
            |contests: &[Contest]| contests.iter().map(|one| one.metric.clone()).collect::<BTreeSet<_>>().len();
        let all = metrics(&contests);
        contests.truncate(METRICS);
        let metrics_left_out = all.saturating_sub(metrics(&contests)) as u64;
        let sweep = Sweep {
            benchmark: benchmark.to_owned(),
            shown: benchmark.to_owned(),
            subject: (subject != words::stem(benchmark)).then(|| subject.to_owned()),
            prose: rows.iter().all(|row| words::is_prose(&row.path)),
            settings: grid.settings.iter().map(|setting| setting.name.clone()).collect(),
            numeric: grid.settings.iter().any(|setting| setting.numeric),
            works: grid.works as u64,
            metrics_left_out,
            effects,
            front: pareto::find(&grid, cold.as_ref(), &self.settings),
            holes: holes::find(&grid),
            cold,
            failed,
            contests,
            pool: pool.frozen(),
        };
        (!sweep.contests.is_empty()).then_some(sweep)
    }

    /// The most telling sweeps, and how many were left out. A sweep whose every level another one has already told (a summary
    /// of it, a copy) is among those.
    pub(super) fn finish(self) -> (Vec<Sweep>, u64) {
        let (mut kept, mut left_out) = self.kept.finish();
        let mut told: BTreeSet<(u64, u64)> = BTreeSet::new();
        let found = kept.len();
        kept.retain(|sweep| {
            let news: Vec<bool> = sweep.contests.iter().map(|contest| told.insert(contest.raw)).collect();
            news.contains(&true)
        });
        kept.truncate(self.settings.sweeps);
        left_out += (found - kept.len()) as u64;
        (kept, left_out)
    }
}
