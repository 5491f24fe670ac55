//! Bytes of an artifact to runs and readings: the heart of "any tool".
//!
//! A file becomes text (`text`), a syntax recognises it by its content and turns it into *tables* (`format`), and what a known tool says
//! of their columns is declared (`tools`, by a `schema` or cell by cell in a `sheet`). One common path (`infer`) decides of every other
//! column whether it is a metric, a spread, a parameter, the case, a time, a commit or nothing of interest. A `rule` of the
//! configuration overrides both. So a format knows syntax, a tool knows what its fields mean, and the meaning of unknown names is inferred
//! in one place.
//!
//! The way in is [`read`]: it unpacks (`compressed`), bounds what is held in memory, reads long texts in pieces (`stream`, `fold`), and
//! tells which files that merely might have held results hold none.
//!
//! **How it fails.** [`Outcome::Incomplete`] means that somebody is still writing (an empty file, a JSON cut in the middle): look
//! again later. [`Outcome::Rejected`] means that this can never be a result (binary, too large, wrong syntax), with the line
//! where known. A file that is fine but holds no results is `Parsed` with no readings and a warning. Nothing here panics on any
//! input, and memory is bounded by [`Settings`].
//!
//! **Constants.** What a file says once for all its numbers (`"model": "gemma3:270m"` beside the results, `- Device: cpu` above a
//! table) is kept in [`Parsed::constants`]. It joins the parameters of the series in [`measurements`], unless the benchmark's own
//! name already says it (`gemma3_270m_baseline` names `gemma3:270m`): so the CSV of a bundle, which does not repeat the model, and
//! its JSON give one series, and a `results.json` that holds another model every time does not mix them. What only one rendering
//! of a bundle says is lent to the others ([`Shared`]).

mod append;
mod bundle;
pub mod cell;
mod compressed;
mod condense;
mod field;
mod fold;
mod format;
mod front;
pub mod identity;
mod infer;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod properties;
mod rule;
mod schema;
mod sheet;
mod stamps;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tools;

use crate::domain::artifact::{ArtifactKind, RelPath};
use crate::domain::measurement::Locator;
use crate::domain::run::RunInfo;
use crate::domain::series::{Direction, Params};
use crate::domain::units::Unit;

pub use append::appended;
pub use bundle::{Shared, telling};
pub use condense::measurements;
pub use front::{read, readers};
pub use infer::directions::Lexicon;
pub use infer::names::written;
pub use rule::Rule;
pub(crate) use rule::matcher as path_glob;

/// Reports written by this program carry this text (in an HTML comment) within their first [`MARKED_WITHIN`] bytes.
pub const REPORT_MARKER: &str = "chimera-insight:report";

/// Where the marker of a report stands at the latest. Bytes.
pub const MARKED_WITHIN: u64 = 512;

/// What bounds the reading of one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// So much text of one file is held in memory at most; a longer one that cannot be read in pieces is rejected. Bytes, unpacked.
    pub max_bytes: u64,
    /// A packed file that becomes more than so many times its size is rejected, once it is longer than `max_bytes`.
    pub max_ratio: u64,
    /// JSON nested deeper is rejected; never more than 127, so that neither parsing nor dropping can exhaust a stack.
    pub max_depth: usize,
    /// A file with more columns in one table is rejected.
    pub max_columns: usize,
    /// Texts that can be read in pieces are read so many bytes at a time when they are longer.
    pub piece: u64,
    /// So many readings of a file are kept: of more, a random sample of each series. A file with more than twice as many series is rejected.
    pub max_readings: usize,
    /// Which way is good, as the configuration adds to the dictionary.
    pub lexicon: Lexicon,
    /// What the configuration says of certain files.
    pub rules: Vec<Rule>,
    /// Whether to tell why ([`Parsed::decisions`]).
    pub explain: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_bytes: 32 << 20,
            max_ratio: 250,
            max_depth: 100,
            max_columns: 16_384,
            piece: 1 << 20,
            max_readings: 150_000,
            lexicon: Lexicon::default(),
            rules: Vec::new(),
            explain: false,
        }
    }
}

/// One artifact to read.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Relative to the tree; name and extension are hints, the content decides.
    pub path: &'a RelPath,
    pub bytes: &'a [u8],
}

/// What reading an artifact came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Read to the end; there may be no readings in it.
    Parsed(Parsed),
    /// Cut in the middle: look again when more has arrived.
    Incomplete {
        /// Names the line.
        reason: String,
    },
    /// Never a result.
    Rejected {
        /// With line and column where known.
        reason: String,
    },
    /// A file that might have held results, by its name, and holds none that a reader knows: no artifact. See
    /// [`ArtifactKind::is_certain`].
    Unrecognised {
        /// For people who wonder why.
        reason: String,
    },
}

/// An artifact that was understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The syntax (`csv`, `jsonl`, `text`), or the tool and the syntax in parentheses (`hyperfine (json)`).
    pub format: String,
    /// At least one when there are readings; in file order.
    pub runs: Vec<RunInfo>,
    /// In file order.
    pub readings: Vec<Reading>,
    /// What the file says once for all its readings, under normalised names (`model`, `device`).
    pub constants: Params,
    /// Names, as in the file, of the columns and keys taken for parameters or the case.
    pub dimensions: Vec<String>,
    /// Names, as in the file, of the columns and keys taken for metrics.
    pub metrics: Vec<String>,
    pub gaps: Vec<Gap>,
    pub warnings: Vec<String>,
    /// What every column was taken for, in file order; empty unless the settings ask for it.
    pub decisions: Vec<Decision>,
}

/// What a column was taken for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// Of which table, from 1.
    pub table: usize,
    /// Where that table stands: its heading, the JSON path of its records, its first line; empty when there is no more to say.
    pub place: String,
    /// The name as in the file; keys within a record joined by points.
    pub field: String,
    /// `metric`, `spread`, `parameter`, `case`, `time`, `ignored` and the like.
    pub role: &'static str,
    /// The metric's or parameter's name in the series; empty for other roles.
    pub name: String,
    pub unit: String,
    /// Of metrics, their spreads and counts only.
    pub direction: Option<Direction>,
    pub why: String,
    /// What a rule of the configuration would say better than the file does; empty when nothing.
    pub doubts: Vec<Doubt>,
}

/// What is uncertain about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Whether it is a metric at all.
    Role,
    Unit,
    Direction,
}

/// One number that was understood, where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Index into [`Parsed::runs`].
    pub run: usize,
    pub case: String,
    pub params: Params,
    /// The quantity without unit, aggregate words removed: `ttft`, `latency_p95`, `tokens_per_second`.
    pub metric: String,
    /// The name as in the file.
    pub field: String,
    /// As in the file, in `unit`; finite.
    pub value: f64,
    pub unit: Unit,
    pub direction: Direction,
    pub role: Role,
    /// How many samples the file says are behind the value.
    pub n: u64,
    /// Half a step of the last decimal place written; zero when the number is given in full.
    pub resolution: f64,
    pub at: Locator,
    /// Host, hardware or branch that the content names; empty for the default environment.
    pub environment: String,
}

/// What a reading is to its metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The value itself.
    Metric,
    /// One of several raw values that stand in a list.
    Sample,
    /// How many things the run did or made (tokens, requests, rounds): tells what a result stands on, is listed, and is no series.
    Count,
    /// Says how the values of a metric scatter; an extreme has its metric's direction, everything else is neutral.
    Spread {
        kind: SpreadKind,
        /// The metric it belongs to; empty when the file does not tell.
        of: String,
    },
}

/// What kind of scatter a number tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpreadKind {
    Std,
    Min,
    Max,
    /// Coefficient of variation, interval bounds, standard error and the like: shown, not stored.
    Other,
}

/// Something that a result file should hold and does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub kind: GapKind,
    /// The column, or for rows with errors the model or configuration that they concern.
    pub subject: String,
    pub count: u32,
    /// Out of how many.
    pub of: u32,
    /// The first one.
    pub at: Locator,
    /// First error text, one line, at most 120 characters.
    pub detail: String,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GapKind {
    /// Cells of a metric without a value.
    EmptyCells,
    /// Rows that report a failure; their numbers are placeholders and are not read.
    ErrorRows,
    /// NaN, infinities and numbers too large to hold.
    NotANumber,
}

impl GapKind {
    /// The word in the index and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmptyCells => "empty_cells",
            Self::ErrorRows => "error_rows",
            Self::NotANumber => "not_a_number",
        }
    }
}

/// The benchmark that the file at `path` belongs to: as a rule names it, else by directory and stem.
pub fn benchmark(path: &RelPath, settings: &Settings) -> String {
    let named = rule::of(path, &settings.rules).into_iter().rev().find_map(|rule| rule.benchmark.clone());
    named.unwrap_or_else(|| identity::benchmark(path))
}

/// The rules that hold for the file at `path`, in the order of the configuration.
pub fn rules<'s>(path: &RelPath, settings: &'s Settings) -> Vec<&'s Rule> {
    rule::of(path, &settings.rules)
}

/// The names of the syntaxes that a rule can force.
pub fn formats() -> Vec<&'static str> {
    format::names()
}

/// The names of the tools whose output is known, as [`Parsed::format`] begins with them; sorted.
pub fn tools() -> Vec<&'static str> {
    tools::names()
}

/// Reads one artifact from its unpacked bytes; [`read`] is the way in for files.
pub fn parse(input: &Input<'_>, settings: &Settings) -> Outcome {
    format::parse(input, settings)
}

/// Whether a file that begins with these bytes is a report that this program wrote.
pub fn is_ours(bytes: &[u8]) -> bool {
    let head = usize::try_from(MARKED_WITHIN).ok().and_then(|end| bytes.get(..end)).unwrap_or(bytes);
    head.windows(REPORT_MARKER.len()).any(|window| window == REPORT_MARKER.as_bytes())
}

/// Which rendering of a bundle is preferred for a measurement that several hold: the lowest.
pub fn rendering_rank(kind: ArtifactKind) -> u8 {
    match kind {
        ArtifactKind::Json => 0,
        ArtifactKind::Csv => 1,
        ArtifactKind::Markdown => 2,
        ArtifactKind::Other => 3,
    }
}
