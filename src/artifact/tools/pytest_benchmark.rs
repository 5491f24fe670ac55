//! pytest-benchmark: `--benchmark-json` and what `--benchmark-save` stores.
//!
//! All times of `stats` are seconds for one call; `ops` is its inverse. `rounds` are the samples behind them, `iterations` the calls
//! within each. `data` holds the rounds where they were saved. Outliers are counts of rounds.
//! Source: <https://pytest-benchmark.readthedocs.io/en/latest/usage.html>, `pytest_benchmark/stats.py`.

use crate::artifact::field::{Field, case, count, higher, ignore, lower, neutral, param};
use crate::artifact::schema::{Rest, Rows, Schema};

const FIELDS: &[Field] = &[
    case("fullname"),
    ignore("name"),
    param("group", "group"),
    param("params.*", "*"),
    // What `params` says, as text.
    ignore("param"),
    ignore("options.*"),
    lower("stats.mean", "time", "s").stat("mean"),
    lower("stats.min", "time", "s").stat("min"),
    lower("stats.max", "time", "s").stat("max"),
    lower("stats.median", "time", "s").stat("p50"),
    neutral("stats.stddev", "time", "s").stat("std"),
    neutral("stats.iqr", "time", "s").stat("other"),
    lower("stats.q1", "time", "s").stat("p25"),
    lower("stats.q3", "time", "s").stat("p75"),
    neutral("stats.ld15iqr", "time", "s").stat("other"),
    neutral("stats.hd15iqr", "time", "s").stat("other"),
    lower("stats.data", "time", "s"),
    higher("stats.ops", "ops_per_second", "ops/s"),
    // The sum over as many rounds as there was time for.
    neutral("stats.total", "time", "s").stat("other"),
    count("stats.rounds", "rounds"),
    count("stats.iqr_outliers", "iqr_outliers"),
    count("stats.stddev_outliers", "stddev_outliers"),
    ignore("stats.outliers"),
    ignore("stats.iterations"),
];

pub(super) const SCHEMAS: &[Schema] = &[Schema {
    tool: "pytest-benchmark",
    requires: &["fullname", "stats.mean", "stats.rounds", "stats.stddev"],
    fields: FIELDS,
    rest: Rest::Infer,
    rows: Rows::OneRun,
}];
