//! Reasons as `explain` tells them.

use super::*;
use crate::artifact::{Input, Outcome, Settings, parse};
use crate::domain::artifact::RelPath;

/// `field: role name [unit] direction: why`, `?` for doubts.
fn told(name: &str, text: &str) -> Vec<String> {
    let settings = Settings { explain: true, ..Settings::default() };
    let path = RelPath::new(name.as_bytes());
    let Outcome::Parsed(parsed) = parse(&Input { path: &path, bytes: text.as_bytes() }, &settings) else {
        panic!("{text} is not read")
    };
    let line = |d: &Decision| {
        let direction = d.direction.map_or("", |direction| direction.as_str());
        let doubts = "?".repeat(d.doubts.len());
        format!("{}: {} {} [{}] {direction}{doubts}: {}", d.field, d.role, d.name, d.unit, d.why)
    };
    parsed.decisions.iter().map(line).collect()
}

#[test]
fn each_column_has_its_reason() {
    let lines = told(
        "a.csv",
        "kernel,batch,at_rate,ttft_ms,elapsed,glow,id,stddev_ms\na,1,5 MB/s,2.5,1.25,0.5,7,0.1\nb,2,6 MB/s,3.5,1.5,0.75,8,0.1\n",
    );
    assert_eq!(
        lines,
        [
            "kernel: case  [] : its name",
            "batch: parameter batch [] : its name is a setting",
            "at_rate: metric at_rate [MB/s] higher: unit in the cells; direction by its unit",
            "ttft_ms: metric ttft [ms] lower: unit in the name; direction by its words",
            "elapsed: metric elapsed [s] lower?: unit assumed; direction by its words",
            "glow: metric glow [] neutral??: no unit found; direction unknown",
            "id: ignored  [] : its name is no result",
            "stddev_ms: spread time_std [ms] neutral: unit in the name; as its metric",
        ]
    );
}

#[test]
fn metrics_that_rows_name_are_told_too() {
    let lines = told("a.csv", "metric,value,unit\nlatency,2.5,ms\nglow,0.5,\n");
    assert_eq!(
        lines[3..],
        [
            "latency: metric latency [ms] lower: named by the rows; unit beside it; direction by its words",
            "glow: metric glow [] neutral??: named by the rows; no unit found; direction unknown",
        ],
        "{lines:#?}"
    );
}

#[test]
fn tables_are_named_by_their_place() {
    assert_eq!(any_of("$.results[12]", false), "$.results[*]");
    assert_eq!(any_of("$.cases.a", true), "$.cases.*");
    assert_eq!(any_of("$.cases[\"a.b\"]", true), "$.cases.*");
    assert_eq!((any_of("$.config", false), any_of("$", true)), ("$.config".into(), "$".into()));
}
