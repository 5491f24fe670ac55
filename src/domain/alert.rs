//! An alert: the life of something that is wrong, from suspicion to resolution.
//!
//! One alert stands for one (kind, benchmark, metric, environment); the series that it is about are its members. Who moves it: what
//! a landing or the clock has to say (in `analysis::alerts`) and people (through the command line).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// Nearly everything in an environment moved together: its benchmark and metric are empty.
    Environment,
    /// A change for the worse, against the series' own history.
    #[default]
    Regression,
    /// A value beyond a limit that people have set.
    Budget,
    /// Results that used to come and do not.
    Absence,
}

impl AlertKind {
    /// All kinds, the widest first.
    pub const ALL: [Self; 4] = [Self::Environment, Self::Regression, Self::Budget, Self::Absence];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Regression => "regression",
            Self::Budget => "budget",
            Self::Absence => "absence",
        }
    }

    /// The kind that [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertKey {
    pub kind: AlertKind,
    pub benchmark: String,
    pub metric: String,
    pub environment: String,
}

/// Where an alert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlertState {
    /// One run far outside the noise: in the report, not in the mail.
    Candidate,
    /// Confirmed; the team was (or is being) told.
    Firing,
    /// A person has taken it.
    Acknowledged,
    /// A person wants no mail about it for a while.
    Silenced,
    /// Good runs have come, not yet enough of them.
    Recovering,
    /// Over.
    Resolved,
}

impl AlertState {
    /// All states, in the order of a life.
    pub const ALL: [Self; 6] =
        [Self::Candidate, Self::Firing, Self::Acknowledged, Self::Silenced, Self::Recovering, Self::Resolved];

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Silenced => "silenced",
            Self::Recovering => "recovering",
            Self::Resolved => "resolved",
        }
    }

    /// The state that [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether people were told of it and it is not over.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Firing | Self::Acknowledged | Self::Silenced | Self::Recovering)
    }
}

/// A step in an alert's life: kept for ever, with who, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// `None` when the alert begins.
    pub from: Option<AlertState>,
    pub to: AlertState,
    pub at: Timestamp,
    /// `judge` or a person's name.
    pub who: String,
    pub why: String,
}
