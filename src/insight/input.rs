//! What the analyst is told: plain data that the index hands over, benchmark by benchmark.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::artifact::{ArtifactKind, ContentHash};
use crate::domain::measurement::{Locator, Spread};
use crate::domain::series::{Direction, Params, SeriesKey};
use crate::domain::units::Unit;
use crate::domain::verdict::{Verdict, VerdictKind};

/// The landing that is reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Landing {
    pub id: i64,
    /// The time of the report: the only "now" there is.
    pub at: Timestamp,
    /// Whether this is what the first scan of the tree found.
    pub backfill: bool,
    pub new_artifacts: u64,
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
    /// How many of the series that the files brought got which verdict, all of them.
    pub verdicts: BTreeMap<VerdictKind, u64>,
    /// The same of the series of the agents' calls, which are judged with the landing and are no part of what arrived.
    pub own: BTreeMap<VerdictKind, u64>,
}

/// One artifact of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtifactLine {
    /// Relative to the tree, escaped for people.
    pub path: String,
    pub kind: ArtifactKind,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
    pub hash: Option<ContentHash>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// The path that owns the same content under the same name.
    pub copy_of: Option<String>,
    pub in_landing: bool,
    /// How many of its runs people have excluded: they count for nothing.
    pub excluded: u64,
}

/// The measurements of one benchmark in this landing, in any order, and what is missing from its files.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkRows {
    pub benchmark: String,
    pub rows: Vec<Row>,
    pub gaps: Vec<GapLine>,
}

/// One measurement with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub series: SeriesKey,
    pub direction: Direction,
    pub run_time: Timestamp,
    /// What is constant over the run: the model, the device.
    pub subject: Params,
    /// Finite, in the unit of the series.
    pub value: f64,
    /// Samples behind the value.
    pub n: u64,
    /// The samples themselves in file order where the file has several rows for the value; else empty.
    pub samples: Vec<f64>,
    pub spread: Spread,
    /// Relative to the tree, escaped for people.
    pub path: String,
    pub hash: ContentHash,
    pub at: Locator,
    /// The name of the field as in the file.
    pub field: String,
}

/// Something that a file should hold and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapLine {
    pub path: String,
    pub hash: ContentHash,
    /// `empty_cells`, `error_rows`, `disagreement`, or another word of the reader's.
    pub kind: String,
    /// The column, metric or model that it is about.
    pub subject: String,
    pub count: u64,
    /// Out of how many; 0 when that is not known.
    pub of: u64,
    /// Row, column or JSON path of the first one.
    pub at: String,
    pub detail: String,
}

/// A verdict with what is known of the commits around the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub series: SeriesKey,
    pub direction: Direction,
    pub verdict: Verdict,
    pub commit_before: Option<String>,
    pub commit_after: Option<String>,
    pub evidence: Evidence,
}

/// The step of a series that is too young to be judged: its newest run and the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub series: SeriesKey,
    pub direction: Direction,
    pub before: StepEnd,
    pub after: StepEnd,
}

/// One run of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEnd {
    /// In the unit of the series.
    pub value: f64,
    pub at: Timestamp,
    pub commit: Option<String>,
    pub place: Place,
}

/// Where the runs stand that a verdict compared: the newest of them when there are very many.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    pub before: Vec<Place>,
    pub after: Vec<Place>,
}

/// Where one number stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Relative to the tree, escaped for people.
    pub path: String,
    pub hash: ContentHash,
    pub at: Locator,
}

/// An alert that this landing touched or that is still open.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertLine {
    pub id: i64,
    pub key: AlertKey,
    pub state: AlertState,
    pub opened_at: Timestamp,
    /// When it opened last, where that was not the first time.
    pub reopened_at: Option<Timestamp>,
    /// When it ended, where it is over.
    pub ended_at: Option<Timestamp>,
    /// How far the worst of its series went; `None` where none has levels.
    pub moved: Option<Moved>,
    /// The command that takes it, to be pasted.
    pub ack: String,
    /// Fired for the first time in this landing; one that grew or fired again is not new.
    pub fresh: bool,
    /// The group of those that were opened with it, once it is open.
    pub group: Option<GroupLine>,
    /// The alert of the environment that speaks for it.
    pub inhibited_by: Option<i64>,
    /// What its first few members rest on, with the commits around it where they are known: a sentence or two each, foreign text.
    pub reasons: Vec<String>,
    /// Of the series that moved in several steps how far they went in all: a sentence each, foreign text.
    pub in_all: Vec<(SeriesKey, String)>,
}

/// From where to where the worst series of an alert went, by the alert's record.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// In `unit`.
    pub before: f64,
    pub after: f64,
    pub unit: Unit,
}

impl Moved {
    /// The change in percent of the level before, or in the unit where that is zero.
    pub fn effect(&self) -> (f64, Unit) {
        let change = self.after - self.before;
        if self.before == 0.0 {
            (change, self.unit.clone())
        } else {
            (change / self.before.abs() * 100.0, Unit::new("percent"))
        }
    }
}

/// The alerts that one landing opened for one benchmark: they may well have one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLine {
    /// The number of the first of them.
    pub id: i64,
    /// The command that takes them all, to be pasted.
    pub ack: String,
}

impl AlertLine {
    /// How long it was open until it ended, in whole days, hours or minutes.
    pub fn lasted(&self) -> Option<(i64, &'static str)> {
        let span = self.ended_at?.duration_since(self.reopened_at.unwrap_or(self.opened_at));
        let units = [(span.as_hours() / 24, "days"), (span.as_hours(), "hours"), (span.as_mins(), "minutes")];
        units.into_iter().find(|(n, _)| *n >= 2)
    }

    /// The command that silences it for a working day, to be pasted.
    pub fn silence(&self) -> String {
        self.command(&self.silence_verb())
    }

    /// The command that makes today's level the normal one, to be pasted.
    pub fn accept(&self) -> String {
        self.command(&self.verb("accept", ""))
    }

    /// What of [`silence`](Self::silence) says what to do: `silence 3 --for 8h`.
    pub fn silence_verb(&self) -> String {
        self.verb("silence", " --for 8h")
    }

    /// What of a command says what to do: `accept 3`.
    pub fn verb(&self, verb: &str, more: &str) -> String {
        format!("{verb} {}{more}", self.id)
    }

    /// Another command of the same tree: that which takes it with another verb, and what stands behind its number.
    fn command(&self, verb: &str) -> String {
        self.ack.replacen(&self.verb("ack", ""), verb, 1)
    }

    /// Whether the alert is about a regression of this series.
    pub fn covers(&self, series: &SeriesKey) -> bool {
        self.key.kind == AlertKind::Regression
            && self.key.benchmark == series.benchmark
            && self.key.metric == series.metric
            && self.key.environment == series.environment
    }
}
