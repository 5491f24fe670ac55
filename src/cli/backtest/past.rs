//! A past: one series with all its runs, as the backtest replays it, from wherever it was read.

use std::rc::Rc;

use jiff::Timestamp;

use crate::analysis::backtest::Landed;
use crate::analysis::overrides::Tuned;
use crate::analysis::{Point, Subject, Tuning};
use crate::domain::series::{Direction, SeriesKey};

/// A series and its runs, oldest first.
#[derive(Debug)]
pub(super) struct Past {
    pub series: SeriesKey,
    pub direction: Direction,
    /// What `[[series]]` says of it.
    pub tuned: Tuned,
    /// Finite.
    pub points: Vec<Point>,
    /// How many of them, the first ones, are runs of the default branch that a branch is compared with: what is said of those is told of the
    /// default branch already.
    pub borrowed: usize,
    /// What it is judged by.
    pub tuning: Tuning,
    /// A commit a run where a file names any; empty when none does.
    pub commits: Vec<Option<Rc<str>>>,
    /// Which run each point is, from 0, where runs are missing between them; empty when none is.
    pub places: Vec<usize>,
    /// Whether the runs have times, or are counted only.
    pub is_timed: bool,
}

/// Where the pasts came from, and what could not be used.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub pasts: Vec<Past>,
    /// What was read, in words.
    pub source: String,
    /// Files that hold results.
    pub files: Option<u64>,
    /// How many series there were before some were chosen by name.
    pub before_choice: Option<usize>,
    /// What could not be used, a line each.
    pub problems: Vec<String>,
}

impl Past {
    /// The series as the detector takes it.
    pub fn landed(&self) -> Landed<'_> {
        let unit = &self.series.unit;
        let subject = Subject { direction: self.direction, unit, tuning: self.tuning, backfill: false };
        Landed { history: &self.points, subject }
    }

    /// Which run a point is, from 0, those counted that have no value.
    pub fn run(&self, point: usize) -> usize {
        self.places.get(point).copied().unwrap_or(point)
    }

    /// Its own runs.
    pub fn own(&self) -> usize {
        self.points.len().saturating_sub(self.borrowed)
    }

    /// The time of a run, where runs have times.
    pub fn at(&self, run: usize) -> Option<Timestamp> {
        self.points.get(run).map(|point| point.at).filter(|_| self.is_timed)
    }

    /// The commit of a run, if a file names it.
    pub fn commit(&self, run: usize) -> Option<&str> {
        self.commits.get(run)?.as_deref()
    }

    /// Seconds from one run to a later one, where runs have times.
    pub fn seconds(&self, from: usize, to: usize) -> Option<f64> {
        Some(self.at(to)?.duration_since(self.at(from)?).as_secs_f64())
    }
}
