//! A field of a known tool's output: what its documentation says the number under this name is.
//!
//! A declared field replaces inference for its column. Fields are constants, so that a tool is a table one can read:
//!
//! ```text
//! const FIELDS: &[Field] = &[case("command"), lower("mean", "time", "s"), lower("stddev", "time", "s").stat("std")];
//! ```
//!
//! Nothing here can fail: a field that a file does not have is simply absent.

use super::infer::meta;
use super::infer::names::{Name, Stat, percentile, snake};
use super::infer::roles::{ColumnRole, Quantity};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// One field by its key: the column's name, or the dotted path within a JSON record (`stats.mean`). A last step `*` stands for
/// any key there, and `parameter_*` for any column whose name begins so.
#[derive(Debug, Clone, Copy)]
pub(in crate::artifact) struct Field {
    pub key: &'static str,
    means: Means,
}

#[derive(Debug, Clone, Copy)]
enum Means {
    Case,
    Param(&'static str),
    Number { base: &'static str, stat: &'static str, unit: &'static str, direction: Direction, count: bool },
    Time,
    Commit,
    Branch,
    Host,
    Hardware,
    Error,
    Completed,
    SampleCount,
    Ignore,
}

/// What was measured; several make up one case in the order of the columns.
pub(in crate::artifact) const fn case(key: &'static str) -> Field {
    Field { key, means: Means::Case }
}

/// A setting that tells results apart, under the name `name`; `*` names it by what stands for the `*` in the key.
pub(in crate::artifact) const fn param(key: &'static str, name: &'static str) -> Field {
    Field { key, means: Means::Param(name) }
}

/// A metric of which less is better. `unit` as in [`Unit::new`]; empty: the cell or the row's unit column says it; `-`: it has none.
pub(in crate::artifact) const fn lower(key: &'static str, base: &'static str, unit: &'static str) -> Field {
    number(key, base, unit, Direction::Lower)
}

/// A metric of which more is better; see [`lower`].
pub(in crate::artifact) const fn higher(key: &'static str, base: &'static str, unit: &'static str) -> Field {
    number(key, base, unit, Direction::Higher)
}

/// A metric that is good neither way; see [`lower`].
pub(in crate::artifact) const fn neutral(key: &'static str, base: &'static str, unit: &'static str) -> Field {
    number(key, base, unit, Direction::Neutral)
}

/// A number of things that the run did or made (tokens, requests, rounds): listed by `explain`, no series.
pub(in crate::artifact) const fn count(key: &'static str, base: &'static str) -> Field {
    Field { key, means: Means::Number { base, stat: "", unit: "count", direction: Direction::Neutral, count: true } }
}

/// A column of no interest: identifiers, configuration that tells nothing apart.
pub(in crate::artifact) const fn ignore(key: &'static str) -> Field {
    Field { key, means: Means::Ignore }
}

/// When it ran.
pub(in crate::artifact) const fn time(key: &'static str) -> Field {
    Field { key, means: Means::Time }
}

/// The commit that was measured.
pub(in crate::artifact) const fn commit(key: &'static str) -> Field {
    Field { key, means: Means::Commit }
}

/// The branch that was measured.
pub(in crate::artifact) const fn branch(key: &'static str) -> Field {
    Field { key, means: Means::Branch }
}

/// The machine's name.
pub(in crate::artifact) const fn host(key: &'static str) -> Field {
    Field { key, means: Means::Host }
}

/// The processor or accelerator.
pub(in crate::artifact) const fn hardware(key: &'static str) -> Field {
    Field { key, means: Means::Hardware }
}

/// Text of a failure: a row that has one holds no results.
pub(in crate::artifact) const fn error(key: &'static str) -> Field {
    Field { key, means: Means::Error }
}

/// How many things of the row's run went well: listed, and zero means that the row holds no results.
pub(in crate::artifact) const fn completed(key: &'static str) -> Field {
    Field { key, means: Means::Completed }
}

/// How many samples are behind the row's values.
pub(in crate::artifact) const fn samples(key: &'static str) -> Field {
    Field { key, means: Means::SampleCount }
}

const fn number(key: &'static str, base: &'static str, unit: &'static str, direction: Direction) -> Field {
    Field { key, means: Means::Number { base, stat: "", unit, direction, count: false } }
}

impl Field {
    /// Which statistic of the quantity: `mean`, `p99`, `p99.9`, `std`, `min`, `max`, `other` (intervals, errors of a mean), or `*` for
    /// the percentile that the key's last step spells (`p(95)`, `99.0`, `99%`).
    pub const fn stat(self, stat: &'static str) -> Self {
        match self.means {
            Means::Number { base, unit, direction, count, .. } => {
                Self { key: self.key, means: Means::Number { base, stat, unit, direction, count } }
            }
            _ => self,
        }
    }

    /// The role of the column called `name` (the key's last step as the file writes it).
    pub fn role(&self, name: &str) -> ColumnRole {
        match self.means {
            Means::Case => ColumnRole::Case,
            Means::Param("*") => {
                let start = self.key.trim_end_matches('*').rsplit('.').next().unwrap_or_default();
                let own = name.trim().get(start.len()..).unwrap_or(name);
                ColumnRole::Param(meta::param_name(&snake(own)))
            }
            Means::Param(name) => ColumnRole::Param(name.to_owned()),
            Means::Number { base, stat, unit, direction, count } => {
                let stat = if stat == "*" { stat_of(name) } else { stat_of(stat) };
                let name = quantity_name(base, stat, unit);
                let quantity = Quantity { name, direction };
                if count { ColumnRole::Count(quantity) } else { ColumnRole::Metric(quantity) }
            }
            Means::Time => ColumnRole::Time,
            Means::Commit => ColumnRole::Commit,
            Means::Branch => ColumnRole::Branch,
            Means::Host => ColumnRole::Host,
            Means::Hardware => ColumnRole::Hardware,
            Means::Error => ColumnRole::Error,
            Means::Completed => ColumnRole::Completed,
            Means::SampleCount => ColumnRole::SampleCount,
            Means::Ignore => ColumnRole::Ignore,
        }
    }
}

/// A metric's role for names and units that are only known when the file is read. `stat` and `unit` as for [`Field::stat`] and
/// [`lower`].
pub(in crate::artifact) fn metric(base: &str, stat: &str, unit: &str, direction: Direction) -> ColumnRole {
    ColumnRole::Metric(Quantity { name: quantity_name(base, stat_of(stat), unit), direction })
}

/// The role of a number of things done whose name is only known when the file is read; see [`count`].
pub(in crate::artifact) fn counted(base: &str) -> ColumnRole {
    let name = quantity_name(base, Stat::Plain, "count");
    ColumnRole::Count(Quantity { name, direction: Direction::Neutral })
}

fn quantity_name(base: &str, stat: Stat, unit: &str) -> Name {
    let unit = match unit {
        "" => None,
        "-" => Some(Unit::none()),
        text => Some(Unit::new(text)),
    };
    Name { base: base.to_owned(), unit, stat, bare: false }
}

fn stat_of(text: &str) -> Stat {
    match text {
        "" => Stat::Plain,
        "mean" | "avg" => Stat::Mean,
        "std" => Stat::Std,
        "min" => Stat::Min,
        "max" => Stat::Max,
        "other" => Stat::Other,
        "med" => Stat::Percentile("p50".to_owned()),
        rank => {
            let digits = rank.trim_matches(|c: char| !c.is_ascii_digit()).replace('.', "_");
            let word = if digits.is_empty() { rank.to_owned() } else { format!("p{digits}") };
            percentile(&word).map_or(Stat::Plain, Stat::Percentile)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric_of(field: Field, name: &str) -> String {
        match field.role(name) {
            ColumnRole::Metric(q) => format!("{} [{}]", q.name.metric(), q.name.unit.unwrap_or_default()),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn wildcards_name_their_parameter() {
        for (field, name) in [
            (param("parameter_*", "*"), "parameter_batch_size"),
            (param("parameters.*", "*"), "batch_size"),
            (param("Param: *", "*"), "Param: batchSize"),
        ] {
            assert_eq!(field.role(name), ColumnRole::Param("batch_size".to_owned()), "{name}");
        }
    }

    #[test]
    fn statistics_become_part_of_the_metric() {
        assert_eq!(metric_of(lower("mean", "time", "s"), "mean"), "time [s]");
        assert_eq!(metric_of(lower("p99.9", "latency", "ms").stat("p99.9"), "p99.9"), "latency_p99_9 [ms]");
        for spelling in ["p(95)", "95%", "95.0", "p95", "95th"] {
            assert_eq!(metric_of(lower("*", "latency", "ms").stat("*"), spelling), "latency_p95 [ms]", "{spelling}");
        }
    }
}
