//! Locust: the files of `--csv`.
//!
//! `_stats.csv` has a row for each request and the row `Aggregated` (`Total` before 1.0) of all, which is a case of its own: it has
//! the same name in every run. `_stats_history.csv` has a row a second: percentiles and rates of the last seconds are samples of one
//! run, the totals in it repeat the other file. `_failures.csv` and `_exceptions.csv` hold what went wrong, and no results. Times are
//! milliseconds; percentile columns can be chosen.
//! Source: <https://docs.locust.io/en/stable/retrieving-stats.html>.

use crate::artifact::field::{Field, case, count, higher, ignore, lower, neutral, param, time};
use crate::artifact::schema::{Rest, Rows, Schema};

const STATS: &[Field] = &[
    param("Type", "type"),
    param("Method", "type"),
    case("Name"),
    count("Request Count", "requests"),
    count("# requests", "requests"),
    lower("Failure Count", "failures", "count"),
    lower("# failures", "failures", "count"),
    lower("Median Response Time", "median_response_time", "ms"),
    lower("Average Response Time", "response_time", "ms"),
    lower("Min Response Time", "response_time", "ms").stat("min"),
    lower("Max Response Time", "response_time", "ms").stat("max"),
    neutral("Average Content Size", "content_size", "bytes"),
    higher("Requests/s", "requests_per_second", "req/s"),
    lower("Failures/s", "failures_per_second", "req/s"),
    lower("Requests Failed/s", "failures_per_second", "req/s"),
    percentile("25%"),
    percentile("50%"),
    percentile("60%"),
    percentile("66%"),
    percentile("70%"),
    percentile("75%"),
    percentile("80%"),
    percentile("85%"),
    percentile("90%"),
    percentile("95%"),
    percentile("97%"),
    percentile("98%"),
    percentile("99%"),
    percentile("99.5%"),
    percentile("99.9%"),
    percentile("99.95%"),
    percentile("99.99%"),
    percentile("99.999%"),
    percentile("100%"),
    time("Timestamp"),
    ignore("User Count"),
];

const fn percentile(key: &'static str) -> Field {
    lower(key, "response_time", "ms").stat("*")
}

pub(super) const SCHEMAS: &[Schema] = &[
    Schema {
        tool: "locust",
        requires: &["Type|Method", "Name", "Request Count|# requests", "Average Response Time", "Requests/s"],
        fields: STATS,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "locust",
        requires: &["Timestamp", "User Count", "Name", "Requests/s", "Total Request Count"],
        fields: STATS,
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "locust",
        requires: &["Method", "Name", "Error", "Occurrences"],
        fields: &[],
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
    Schema {
        tool: "locust",
        requires: &["Count", "Message", "Traceback", "Nodes"],
        fields: &[],
        rest: Rest::Ignore,
        rows: Rows::OneRun,
    },
];
