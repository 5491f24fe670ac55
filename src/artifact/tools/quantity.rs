//! What is measured when a tool says it by the unit alone (`ns/op`, `MB/s`) or when the benchmark's author named it (user counters,
//! custom metrics): one place, so that all micro-benchmark tools name one quantity alike.
//!
//! Cannot fail: what is not known keeps its own name and unit, and is neutral.

use crate::artifact::field;
use crate::artifact::infer::directions;
use crate::artifact::infer::names::{self, snake};
use crate::artifact::infer::roles::ColumnRole;
use crate::domain::series::Direction::{self, Higher, Lower, Neutral};
use crate::domain::units::Unit;

/// Words for one run of the measured code.
const ONCE: &[&str] = &["op", "iter", "iteration", "call", "eval", "run", "rev", "invocation"];

/// A quantity that a unit tells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub base: String,
    /// For [`field::metric`]: never empty, `-` when there is none.
    pub unit: String,
    pub direction: Direction,
}

impl Told {
    fn new(base: &str, unit: &str, direction: Direction) -> Self {
        Self { base: base.to_owned(), unit: unit.to_owned(), direction }
    }

    /// The role of a column with a statistic of this quantity; see [`field::Field::stat`].
    pub fn role(&self, stat: &str) -> ColumnRole {
        let neutral = matches!(stat, "std" | "other");
        field::metric(&self.base, stat, &self.unit, if neutral { Neutral } else { self.direction })
    }
}

/// The quantity in `unit`: a time, memory or a count for each run of the code (`ns/op`, `B/op`, `allocs/op`), or a rate (`ops/ms`).
pub(super) fn by_unit(unit: &str) -> Told {
    let unit = unit.trim();
    let (what, per) = unit.split_once('/').unwrap_or((unit, ""));
    if is_second(per) {
        return rate(what);
    }
    let known = Unit::new(what);
    if per.is_empty() || ONCE.contains(&per.to_ascii_lowercase().as_str()) {
        if names::is_time(&known) {
            return Told::new("time", known.as_str(), Lower);
        }
        match what.to_ascii_lowercase().as_str() {
            "b" | "bytes" | "byte" | "mb" => return Told::new("memory", known.as_str(), Lower),
            "kb" | "gb" => return Told::new("memory", &what.to_ascii_uppercase(), Lower),
            "kib" | "mib" | "gib" => {
                let prefix = what.get(..1).unwrap_or_default().to_ascii_uppercase();
                return Told::new("memory", &format!("{prefix}iB"), Lower);
            }
            "alloc" | "allocs" | "allocations" => return Told::new("allocations", "count", Lower),
            "ops" | "op" | "" => return Told::new("value", "-", Neutral),
            _ => {}
        }
    } else if names::is_time(&Unit::new(per)) {
        // `ops/us`: a rate whatever the time is.
        let base = if is_op(what) { "throughput" } else { "rate" };
        return Told::new(base, unit, Higher);
    }
    named(what, Some(unit))
}

fn is_second(per: &str) -> bool {
    matches!(per.to_ascii_lowercase().as_str(), "s" | "sec" | "second" | "seconds")
}

fn is_op(what: &str) -> bool {
    let what = what.to_ascii_lowercase();
    what == "ops" || ONCE.contains(&what.trim_end_matches('s'))
}

fn rate(what: &str) -> Told {
    if is_op(what) {
        return Told::new("ops_per_second", "ops/s", Higher);
    }
    let what = if what.eq_ignore_ascii_case("byte") { "bytes" } else { what };
    let unit = Unit::new(&format!("{what}/s"));
    let size = what.len() <= 3 && what.ends_with(['B', 'b']) || what.eq_ignore_ascii_case("bytes");
    let base = match unit.as_str() {
        _ if size => "throughput".to_owned(),
        "req/s" => "requests_per_second".to_owned(),
        "tok/s" => "tokens_per_second".to_owned(),
        _ => format!("{}_per_second", snake(what)),
    };
    Told::new(&base, unit.as_str(), Higher)
}

/// The quantity that an author called `name`, in `unit` where the file tells one.
pub(super) fn named(name: &str, unit: Option<&str>) -> Told {
    let parsed = names::parse(name);
    let unit = unit.map(Unit::new).or(parsed.unit.clone()).filter(|unit| !unit.is_none());
    let words: Vec<&str> = parsed.base.split('_').collect();
    let direction = directions::lookup(&words, unit.as_ref()).unwrap_or(Neutral);
    let metric = parsed.metric();
    let base = if parsed.base.is_empty() || metric.is_empty() { snake(name) } else { metric };
    Told { base, unit: unit.map_or_else(|| "-".to_owned(), |unit| unit.as_str().to_owned()), direction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_tell_quantities() {
        for (unit, expected) in [
            ("ns/op", "time [ns] lower"),
            ("ns/iter", "time [ns] lower"),
            ("µs", "time [us] lower"),
            ("s/op", "time [s] lower"),
            ("B/op", "memory [bytes] lower"),
            ("allocs/op", "allocations [count] lower"),
            ("MB/s", "throughput [MB/s] higher"),
            ("MB/sec", "throughput [MB/s] higher"),
            ("ops/s", "ops_per_second [ops/s] higher"),
            ("iter/sec", "ops_per_second [ops/s] higher"),
            ("ops/us", "throughput [ops/us] higher"),
            ("docs/s", "docs_per_second [docs/s] higher"),
            ("bytes", "memory [bytes] lower"),
            ("kb", "memory [KB] lower"),
            ("frobs/op", "frobs [frobs/op] neutral"),
        ] {
            let told = by_unit(unit);
            assert_eq!(format!("{} [{}] {}", told.base, told.unit, told.direction.as_str()), expected, "{unit}");
        }
    }

    #[test]
    fn authors_name_quantities() {
        let told = named("p99-latency-ns", None);
        assert_eq!((told.base.as_str(), told.unit.as_str(), told.direction), ("latency_p99", "ns", Lower));
        assert_eq!(named("frobs", None).direction, Neutral);
    }
}
