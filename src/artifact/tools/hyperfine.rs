//! hyperfine: `--export-json`, `--export-csv` and `--export-markdown`.
//!
//! All times are wall-clock seconds in JSON and CSV; `user` and `system` are processor time. The Markdown table names its unit in
//! the header and a ratio to the fastest command, which is computed from the others and therefore no metric.
//! Source: <https://github.com/sharkdp/hyperfine#export-results>.

use crate::artifact::field::{case, ignore, lower};
use crate::artifact::schema::{Rest, Rows, Schema};

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        tool: "hyperfine",
        requires: &["command", "mean", "stddev", "median", "user", "system", "min", "max"],
        fields: &[
            case("command"),
            lower("mean", "time", "s"),
            lower("stddev", "time", "s").stat("std"),
            lower("median", "time", "s").stat("p50"),
            lower("user", "user_time", "s"),
            lower("system", "system_time", "s"),
            lower("min", "time", "s").stat("min"),
            lower("max", "time", "s").stat("max"),
            lower("times", "time", "s"),
            lower("memory_usage_byte", "memory_usage", "bytes"),
            ignore("exit_codes"),
        ],
        rest: Rest::Infer,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "hyperfine",
        requires: &["Command", "Mean [ms]|Mean [s]|Mean [us]|Mean [µs]|Mean [min]", "Relative"],
        fields: &[
            case("Command"),
            lower("Mean [s]", "time", "s"),
            lower("Mean [ms]", "time", "ms"),
            lower("Min [s]", "time", "s").stat("min"),
            lower("Min [ms]", "time", "ms").stat("min"),
            lower("Max [s]", "time", "s").stat("max"),
            lower("Max [ms]", "time", "ms").stat("max"),
            ignore("Relative"),
        ],
        rest: Rest::Infer,
        rows: Rows::OneRun,
    },
];
