//! Rules: what the configuration says of files whose meaning inference cannot know.
//!
//! A rule holds for the paths that its globs match. It can force the syntax, name the benchmark, say what columns are, and set units and
//! directions. Several rules may match one file; the later one wins where they contradict each other. A name means the columns that are
//! called so (keys within a record joined by points, letter case aside); where a file has no such column, it means the metrics that the
//! rows of a long table name. A rule that names what a file does not have changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use globset::{GlobBuilder, GlobMatcher};

use super::infer::meta::param_name;
use super::infer::names;
use super::infer::roles::ColumnRole;
use super::schema::{column_is, declare};
use super::table::{Cell, Document, Origin, Table};
use super::{Parsed, Reading, Role, SpreadKind};
use crate::domain::artifact::{RelPath, display_bytes};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// What holds for the files of some globs.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    files: Vec<String>,
    matchers: Vec<GlobMatcher>,
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
    /// Columns that say when it was measured.
    pub time: Vec<String>,
    /// Columns that say which commit was measured.
    pub commit: Vec<String>,
    /// Columns that say on which host.
    pub host: Vec<String>,
    /// Columns, or metrics of a long table, that are nothing of interest.
    pub ignore: Vec<String>,
    /// Units by column or metric; the empty unit is none.
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
    /// A rule that says nothing yet about the files of any of these globs: paths from the tree or from a root such as `reports/**/sweep-*.csv`, all that
    /// is below a directory (`reports/old/`), or a file name anywhere when there is no `/` in it.
    ///
    /// # Errors
    /// Why a glob is none.
    pub fn new(files: &[impl AsRef<str>]) -> Result<Self, String> {
        let files: Vec<String> = files.iter().map(|glob| glob.as_ref().to_owned()).collect();
        let matchers = files.iter().map(|glob| matcher(glob)).collect::<Result<_, _>>()?;
        Ok(Self { files, matchers, ..Self::default() })
    }

    /// The globs as they were written.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// All that the rule says: equal for equal rules, in every process.
    pub(in crate::artifact) fn wording(&self) -> String {
        format!("{:?}", (&self.files, &self.format, &self.benchmark, &self.case, &self.parameters, &self.metrics))
            + &format!("{:?}", (&self.time, &self.commit, &self.host, &self.ignore, &self.units, &self.directions))
    }

    fn matches(&self, path: &RelPath) -> bool {
        let path = display_bytes(path.as_bytes());
        let in_root = path.split_once('/').map(|(_, rest)| rest);
        self.matchers
            .iter()
            .any(|matcher| matcher.is_match(&path) || in_root.is_some_and(|path| matcher.is_match(path)))
    }

    /// What the rule makes of what `is` a name, if anything.
    fn role(&self, is: impl Fn(&str) -> bool) -> Option<Named> {
        let lists = [
            (Named::Ignore, &self.ignore),
            (Named::Case, &self.case),
            (Named::Parameter, &self.parameters),
            (Named::Metric, &self.metrics),
            (Named::Time, &self.time),
            (Named::Commit, &self.commit),
            (Named::Host, &self.host),
        ];
        lists.into_iter().find(|(_, names)| names.iter().any(|name| is(name))).map(|(named, _)| named)
    }

    /// The unit and direction that the rule sets for what `is` a name.
    fn quantity(&self, is: impl Fn(&str) -> bool) -> (Option<&Unit>, Option<Direction>) {
        let unit = self.units.iter().find(|(name, _)| is(name)).map(|(_, unit)| unit);
        let direction = self.directions.iter().find(|(name, _)| is(name)).map(|(_, direction)| *direction);
        (unit, direction)
    }

    /// All names that the rule uses.
    fn names(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.ignore, &self.case, &self.parameters, &self.metrics, &self.time, &self.commit, &self.host];
        lists.into_iter().flatten().chain(self.units.keys()).chain(self.directions.keys())
    }
}

/// The list of a rule in which a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Ignore,
    Case,
    Parameter,
    Metric,
    Time,
    Commit,
    Host,
}

/// A glob over paths: one without a slash matches in every directory, one that ends in a slash all below.
///
/// # Errors
/// With what is wrong about the glob.
pub(crate) fn matcher(glob: &str) -> Result<GlobMatcher, String> {
    let path = glob.strip_prefix("./").unwrap_or(glob);
    let mut pattern = if path.contains('/') { path.to_owned() } else { format!("**/{path}") };
    if pattern.ends_with('/') {
        pattern += "**";
    }
    let built = GlobBuilder::new(&pattern).literal_separator(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// The rules that hold for `path`, in the order of the configuration.
pub(in crate::artifact) fn of<'r>(path: &RelPath, rules: &'r [Rule]) -> Vec<&'r Rule> {
    rules.iter().filter(|rule| rule.matches(path)).collect()
}

/// Lays the rules over what schemas declared and inference would decide.
pub(in crate::artifact) fn apply(document: &mut Document, rules: &[&Rule]) {
    let mut subject: Vec<(String, Cell)> = Vec::new();
    for rule in rules {
        for table in &mut document.tables {
            for index in 0..table.columns.len() {
                rule_column(rule, table, index, &mut subject);
            }
            let is_column = |name: &&String| table.columns.iter().any(|column| column_is(name, column));
            document.placed.extend(rule.names().filter(is_column).cloned());
        }
        rule_constants(rule, &mut document.constants);
    }
    document.subject.extend(subject);
}

fn rule_column(rule: &Rule, table: &mut Table, index: usize, subject: &mut Vec<(String, Cell)>) {
    let Some(column) = table.columns.get_mut(index) else { return };
    let (unit, direction) = rule.quantity(|name| column_is(name, column));
    let (unit, named) = (unit.cloned(), rule.role(|name| column_is(name, column)));
    column.ruled.unit = unit.or(column.ruled.unit.take());
    column.ruled.direction = direction.or(column.ruled.direction);
    let role = match named {
        None => return,
        // What a record further out holds is measured there.
        Some(Named::Metric) if column.origin != Origin::Own => return,
        Some(Named::Metric) => {
            column.ruled.role = true;
            column.declared = column.declared.take().filter(|role| matches!(role, ColumnRole::Metric(_)));
            return;
        }
        Some(Named::Ignore) => ColumnRole::Ignore,
        Some(Named::Case) => ColumnRole::Case,
        Some(Named::Parameter) => ColumnRole::Param(param_name(&names::snake(&column.name))),
        Some(Named::Time) => ColumnRole::Time,
        Some(Named::Commit) => ColumnRole::Commit,
        Some(Named::Host) => ColumnRole::Host,
    };
    column.ruled.role = true;
    declare(table, index, role, subject);
}

/// What the file says once: forgotten, or put first under the name that the reading of such constants knows.
fn rule_constants(rule: &Rule, constants: &mut Vec<(Vec<String>, Cell)>) {
    let mut first = Vec::new();
    constants.retain(|(path, cell)| {
        let known = match rule.role(|name| name.eq_ignore_ascii_case(&path.join("."))) {
            None | Some(Named::Parameter | Named::Case) => return true,
            Some(Named::Ignore | Named::Metric) => return false,
            Some(Named::Time) => "timestamp",
            Some(Named::Commit) => "commit",
            Some(Named::Host) => "host",
        };
        first.push((vec![known.to_owned()], cell.clone()));
        false
    });
    constants.splice(0..0, first);
}

/// What the rules make of a metric that only the rows of a long table name, or that is called otherwise than its column.
#[derive(Debug, Clone, Default)]
struct Verdict {
    ignored: bool,
    unit: Option<Unit>,
    direction: Option<Direction>,
}

/// Sets units and directions by the names of metrics, and drops metrics that only the rows of a long table name.
/// `placed` are the names that are columns, and mean nothing else.
pub(in crate::artifact) fn finish(parsed: &mut Parsed, placed: &BTreeSet<String>, rules: &[&Rule]) {
    let free = |name: &&String| !placed.contains(*name);
    let names: Vec<&String> = rules.iter().flat_map(|rule| rule.names()).filter(free).collect();
    if names.is_empty() {
        return;
    }
    let mut known: HashMap<(String, String), Verdict> = HashMap::new();
    let mut verdict = |field: &str, metric: &str| -> Verdict {
        let key = (field.to_owned(), metric.to_owned());
        known.entry(key).or_insert_with(|| judge(rules, &names, field, metric)).clone()
    };
    parsed.readings.retain_mut(|reading| {
        let said = verdict(&reading.field, &reading.metric);
        reading.rule(said.unit.as_ref(), said.direction);
        !said.ignored
    });
    if parsed.readings.is_empty() && !parsed.runs.is_empty() {
        parsed.runs.clear();
        parsed.warnings.push("no results are left by the rules".to_owned());
    }
    parsed.decisions.retain_mut(|decision| {
        let said = verdict(&decision.field, &decision.name);
        decision.rule(said.unit.as_ref(), said.direction);
        !said.ignored
    });
}

fn judge(rules: &[&Rule], names: &[&String], field: &str, metric: &str) -> Verdict {
    let is = |name: &str| {
        let called = name.eq_ignore_ascii_case(field) || !metric.is_empty() && name.eq_ignore_ascii_case(metric);
        called && names.iter().any(|free| *free == name)
    };
    let mut verdict = Verdict::default();
    for rule in rules {
        match rule.role(is) {
            Some(Named::Ignore) => verdict.ignored = true,
            Some(_) => verdict.ignored = false,
            None => {}
        }
        let (unit, direction) = rule.quantity(is);
        verdict.unit = unit.cloned().or(verdict.unit);
        verdict.direction = direction.or(verdict.direction);
    }
    verdict
}

impl Reading {
    /// Sets what a rule sets. What only says how a metric scatters stays neutral.
    pub(in crate::artifact) fn rule(&mut self, unit: Option<&Unit>, direction: Option<Direction>) {
        let scatter = matches!(&self.role, Role::Spread { kind: SpreadKind::Std | SpreadKind::Other, .. });
        self.unit = unit.unwrap_or(&self.unit).clone();
        self.direction = direction.filter(|_| !scatter).unwrap_or(self.direction);
    }
}
