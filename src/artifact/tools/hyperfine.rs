//! hyperfine: `--export-json`, `--export-csv` and `--export-markdown`.
//!
//! All times are wall-clock seconds in JSON and CSV; `user` and `system` are processor time. The Markdown table names its unit in
//! the header and a ratio to the fastest command, which is computed from the others and therefore no metric.
//! Source: <https://github.com/sharkdp/hyperfine#export-results>.

use crate::artifact::field::{case, ignore, lower, param};
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
            param("parameters.*", "*"),
            param("parameter_*", "*"),
        ],
        rest: Rest::Infer,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "hyperfine",
        requires: &[
            "Command",
            "Mean [ms]|Mean [s]|Mean [µs]|Mean [us]|Mean [min]",
            // Called `Ratio` in some releases; before them the extremes shared a column.
            "Relative|Ratio|Min…Max [ms]|Min…Max [s]",
        ],
        fields: &[
            case("Command"),
            lower("Mean [min]", "time", "min"),
            lower("Mean [s]", "time", "s"),
            lower("Mean [ms]", "time", "ms"),
            lower("Mean [µs]", "time", "us"),
            lower("Mean [us]", "time", "us"),
            lower("Min [min]", "time", "min").stat("min"),
            lower("Min [s]", "time", "s").stat("min"),
            lower("Min [ms]", "time", "ms").stat("min"),
            lower("Min [µs]", "time", "us").stat("min"),
            lower("Min [us]", "time", "us").stat("min"),
            lower("Max [min]", "time", "min").stat("max"),
            lower("Max [s]", "time", "s").stat("max"),
            lower("Max [ms]", "time", "ms").stat("max"),
            lower("Max [µs]", "time", "us").stat("max"),
            lower("Max [us]", "time", "us").stat("max"),
            ignore("Relative"),
            ignore("Ratio"),
            ignore("Min…Max [ms]"),
            ignore("Min…Max [s]"),
        ],
        rest: Rest::Infer,
        rows: Rows::OneRun,
    },
];
