//! Rules: what the configuration says of files whose meaning inference cannot know.
//!
//! A rule holds for the paths that its glob matches. It can force the syntax, name the benchmark, say what columns are, and set units and
//! directions. Several rules may match one file; the later one wins where they contradict each other. A rule that names a column which a
//! file does not have changes nothing.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

use super::Parsed;
use super::infer::directions::Lexicon;
use super::infer::names;
use super::infer::roles::{ColumnRole, Quantity};
use super::schema::{column_is, declare};
use super::table::{Cell, Document};
use crate::domain::artifact::{RelPath, display_bytes};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// What holds for the files of one glob.
#[derive(Debug, Clone)]
pub struct Rule {
    pattern: String,
    matcher: GlobMatcher,
    /// The syntax to read it in (see [`formats`](super::formats)), whatever the content looks like.
    pub format: Option<String>,
    /// The benchmark's name, in place of the one from directory and stem.
    pub benchmark: Option<String>,
    /// Columns that say what was measured.
    pub case: Vec<String>,
    /// Columns that are parameters.
    pub parameters: Vec<String>,
    /// Columns that are metrics.
    pub metrics: Vec<String>,
    /// The column that says when a row was measured.
    pub time: Option<String>,
    /// The column that says which commit was measured.
    pub commit: Option<String>,
    /// The column that says on which host.
    pub host: Option<String>,
    /// Columns, or metrics of a long table, that are nothing of interest.
    pub ignore: Vec<String>,
    /// Units by column or metric.
    pub units: BTreeMap<String, Unit>,
    /// Directions by column or metric.
    pub directions: BTreeMap<String, Direction>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.wording() == other.wording()
    }
}

impl Eq for Rule {}

impl Rule {
    /// A rule that says nothing yet. `pattern` is a path from the tree such as `reports/**/sweep-*.csv`, or a file name anywhere when it
    /// holds no `/`.
    ///
    /// # Errors
    /// Why the pattern is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let anywhere = if pattern.contains('/') { pattern.to_owned() } else { format!("**/{pattern}") };
        let glob = GlobBuilder::new(&anywhere).literal_separator(true).build().map_err(|e| e.kind().to_string())?;
        Ok(Self {
            pattern: pattern.to_owned(),
            matcher: glob.compile_matcher(),
            format: None,
            benchmark: None,
            case: Vec::new(),
            parameters: Vec::new(),
            metrics: Vec::new(),
            time: None,
            commit: None,
            host: None,
            ignore: Vec::new(),
            units: BTreeMap::new(),
            directions: BTreeMap::new(),
        })
    }

    /// The glob as it was written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// All that the rule says: equal for equal rules, in every process.
    pub(in crate::artifact) fn wording(&self) -> String {
        format!("{:?}", (&self.pattern, &self.format, &self.benchmark, &self.case, &self.parameters, &self.metrics))
            + &format!("{:?}", (&self.time, &self.commit, &self.host, &self.ignore, &self.units, &self.directions))
    }

    fn matches(&self, path: &RelPath) -> bool {
        self.matcher.is_match(display_bytes(path.as_bytes()))
    }

    /// What the rule makes of a column, if anything.
    fn role(&self, is: impl Fn(&str) -> bool, name: &str, lexicon: &Lexicon) -> Option<ColumnRole> {
        let listed = |keys: &[String]| keys.iter().any(|key| is(key));
        let named = |key: &Option<String>| key.as_deref().is_some_and(&is);
        if listed(&self.ignore) {
            Some(ColumnRole::Ignore)
        } else if listed(&self.case) {
            Some(ColumnRole::Case)
        } else if listed(&self.parameters) {
            Some(ColumnRole::Param(names::snake(name)))
        } else if listed(&self.metrics) {
            let name = names::parse(name);
            let words: Vec<&str> = name.base.split('_').collect();
            let direction = lexicon.lookup(&words, name.unit.as_ref()).unwrap_or_default();
            Some(ColumnRole::Metric(Quantity { name, direction }))
        } else if named(&self.time) {
            Some(ColumnRole::Time)
        } else if named(&self.commit) {
            Some(ColumnRole::Commit)
        } else if named(&self.host) {
            Some(ColumnRole::Host)
        } else {
            None
        }
    }
}

/// The rules that hold for `path`, in the order of the configuration.
pub(in crate::artifact) fn of<'r>(path: &RelPath, rules: &'r [Rule]) -> Vec<&'r Rule> {
    rules.iter().filter(|rule| rule.matches(path)).collect()
}

/// Lays the rules over what schemas declared and inference would decide.
pub(in crate::artifact) fn apply(document: &mut Document, rules: &[&Rule], lexicon: &Lexicon) {
    let mut subject: Vec<(String, Cell)> = Vec::new();
    for rule in rules {
        for table in &mut document.tables {
            for index in 0..table.columns.len() {
                let Some(column) = table.columns.get(index) else { continue };
                let role = rule.role(|key| column_is(key, column), &column.name, lexicon);
                if let Some(role) = role {
                    declare(table, index, role, &mut subject);
                }
            }
        }
    }
    document.subject.extend(subject);
}

/// Sets units and directions, and drops metrics that only the rows of a long table name.
pub(in crate::artifact) fn finish(parsed: &mut Parsed, rules: &[&Rule]) {
    for rule in rules {
        let is =
            |key: &str, field: &str, metric: &str| key.eq_ignore_ascii_case(field) || key.eq_ignore_ascii_case(metric);
        parsed.readings.retain(|r| !rule.ignore.iter().any(|key| is(key, &r.field, &r.metric)));
        for reading in &mut parsed.readings {
            let of = |key: &String| is(key, &reading.field, &reading.metric);
            let unit = rule.units.iter().find(|(key, _)| of(key)).map(|(_, unit)| unit.clone());
            let direction = rule.directions.iter().find(|(key, _)| of(key)).map(|(_, direction)| *direction);
            reading.unit = unit.unwrap_or_else(|| reading.unit.clone());
            reading.direction = direction.unwrap_or(reading.direction);
        }
    }
}
