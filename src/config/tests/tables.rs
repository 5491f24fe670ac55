//! `[[series]]`, `[[budget]]` and `[[absence]]`: what is taken, what is refused and where.

use super::*;
use crate::domain::series::Direction;

const ALL: &str = "
[[series]]
benchmark = ['codec', 'nightly/**']
case = 'decode*'
metric = 'p99_latency_ms'
min_effect = '5%'
false_alarms = 1
direction = 'higher'
shadow = true
judge = false

[[budget]]
metric = ['p99_ms*', 'ttft']
benchmark = 'reports/serving/**'
case = '*'
limit = '<= 200ms'
runs = 1
recover = 5
margin = 0.1

[[absence]]
benchmark = 'nightly/**'
after = '36h'
";

#[test]
fn every_key_is_read_and_shown() {
    let first = load_text(ALL).unwrap();
    let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let series = Series {
        benchmark: list(&["codec", "nightly/**"]),
        case: list(&["decode*"]),
        metric: list(&["p99_latency_ms"]),
        min_effect: Some(0.05),
        false_alarms: Some(1.0),
        direction: Some(Direction::Higher),
        shadow: Some(true),
        judge: Some(false),
    };
    let budget = Budget {
        metric: list(&["p99_ms*", "ttft"]),
        benchmark: list(&["reports/serving/**"]),
        case: list(&["*"]),
        limit: "<= 200ms".into(),
        runs: 1,
        recover: 5,
        margin: 0.1,
    };
    let absence = Absence { benchmark: list(&["nightly/**"]), after: After::Fixed(Duration::from_secs(36 * 3600)) };
    assert_eq!(
        (&first.series[..], &first.budgets[..], &first.absences[..]),
        (&[series][..], &[budget][..], &[absence][..])
    );
    assert_eq!((first.keys_set(), first.tables()), (0, vec![("series", 1), ("budget", 1), ("absence", 1)]));
    let shown = first.to_toml();
    assert!(
        shown.contains("\n[[budget]]  # ") && shown.contains("config.toml:12:1\nmetric = [\"p99_ms*\", "),
        "{shown}"
    );
    let second = load_text(&shown).unwrap();
    assert_eq!((&first.series, &first.budgets, &first.absences), (&second.series, &second.budgets, &second.absences));
    let json = first.to_json();
    assert_eq!(json["config"]["series"][0]["direction"], "higher");
    assert_eq!(json["config"]["absence"], serde_json::json!([{ "benchmark": ["nightly/**"], "after": "36h" }]));
    assert!(json["set"]["budget[0]"].as_str().unwrap().ends_with("config.toml:12:1"), "{json:#}");
}

#[test]
fn what_is_not_said_has_its_default() {
    let config =
        load_text("[[budget]]\nmetric = 'x'\nlimit = '> 0'\n[[absence]]\n[[series]]\nmetric = 'x'\nshadow = true")
            .unwrap();
    let [budget] = &config.budgets[..] else { panic!("{:?}", config.budgets) };
    assert_eq!((&budget.benchmark[..], &budget.case[..]), (&["**".to_owned()][..], &["*".to_owned()][..]));
    assert_eq!((budget.runs, budget.recover, budget.margin.to_bits()), (2, 3, 0.0_f64.to_bits()));
    assert_eq!((config.absences[0].after, &config.absences[0].benchmark[..]), (After::Auto, &["**".to_owned()][..]));
    let series = &config.series[0];
    assert_eq!((series.min_effect, series.false_alarms, series.direction), (None, None, None));
    assert_eq!((series.shadow, series.judge), (Some(true), None));
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    let table: &[(&str, &str)] = &[
        (
            "[[budget]]\nlimit = '<= 1'",
            "1:1: `budget.metric` must say for which metrics the budget is; for instance metric = \"latency_p99\"",
        ),
        (
            "[[budget]]\nmetric = 'x'",
            "1:1: `budget.limit` must say what the limit is; for instance limit = \"<= 200ms\"",
        ),
        (
            "[[budget]]\nmetric = 'x'\nlimit = ' '",
            "3:9: `budget.limit` must say what the limit is; for instance limit = \"<= 200ms\"",
        ),
        (
            "[[budget]]\nmetric = 'x'\nlimit = '200ms'",
            "3:9: `budget.limit` must be a limit such as \"<= 200ms\", not \"200ms\": it begins with none of <=, >=, < and >; \
             did you mean `<= 200ms`?",
        ),
        (
            "[[budget]]\nmetric = 'x'\nlimit = '<= fast'",
            "3:9: `budget.limit` must be a limit such as \"<= 200ms\", not \"<= fast\": \"fast\" is no number",
        ),
        (
            "[[budget]]\nmetric = 'x'\nlimit = '<= 200 mz'",
            "3:9: `budget.limit` must be a limit such as \"<= 200ms\", not \"<= 200 mz\": no unit is spelt \"mz\"; \
             without one the limit is in the unit of the series, and these are known: s, ms, us, ns, tok/s, req/s, ops/s, bytes, MB, GB/s, percent, \
             ratio, count, min, h, kb, gb, tb, kib, mib, gib, tib, bytes/s, b/s, kb/s, mb/s, tb/s, kib/s, mib/s, gib/s, tib/s, \
             bit/s, kbit/s, mbit/s, gbit/s, ops/ms, ops/us, mops/s, ops/ns, gops/s, ns/op, us/op, ms/op, s/op, mj, j, kj",
        ),
        ("[[budget]]\nmetric = 'x'\nlimit = 200", "3:9: `budget.limit` must be a string, not the integer 200"),
        (
            "[[budget]]\nmetric = 'x'\nlimit = '<= 1'\nruns = 0",
            "4:8: `budget.runs` must lie between 1 and 100, not be 0",
        ),
        (
            "[[budget]]\nmetric = '['\nlimit = '<= 1'",
            "2:10: `budget.metric` must hold patterns, which \"[\" is not: unclosed character class; missing ']'",
        ),
        (
            "[[budget]]\nmetric = ['x', '']\nlimit = '<= 1'",
            "2:16: `budget.metric` must hold patterns, not an empty one",
        ),
        ("[[budget]]\nmetrics = 'x'\nlimit = '<= 1'", "2:1: unknown key `budget.metrics`; did you mean `metric`?"),
        ("[budget]\nmetric = 'x'", "1:2: `budget` can be there many times; write [[budget]]"),
        ("[[budgets]]\nmetric = 'x'", "1:3: unknown key `budgets`; did you mean `[[budget]]`?"),
        (
            "[[absence]]\nafter = 'soon'",
            "2:9: `absence.after` must be \"auto\" or a duration such as \"36h\" or \"2d\", not \"soon\"",
        ),
        (
            "[[absence]]\nafter = 2",
            "2:9: `absence.after` must be \"auto\" or a duration such as \"36h\" or \"2d\", not the integer 2; \
             add a unit: \"2h\" or \"2d\"",
        ),
        ("[[absence]]\nafter = '10ms'", "2:9: `absence.after` must be at least \"1s\", not \"10ms\""),
        (
            "[[series]]\nmetric = 'x'",
            "1:1: `series` says nothing about the series that it is for; set min_effect, false_alarms, direction, shadow, judge",
        ),
        (
            "[[series]]\nshadow = true",
            "1:1: `series` must say for which series it is; give `benchmark`, `case` or `metric`; what holds for all series stands in [judge]",
        ),
        (
            "[[series]]\nmetric = []\njudge = false",
            "2:10: `series.metric` must hold at least one pattern, since an empty list matches nothing; leave it out to match all",
        ),
        (
            "[[absence]]\nbenchmark = []",
            "2:13: `absence.benchmark` must hold at least one pattern, since an empty list matches nothing; leave it out to match all",
        ),
        (
            "[[budget]]\nmetric = []\nlimit = '<= 1'",
            "2:10: `budget.metric` must say for which metrics the budget is; for instance metric = \"latency_p99\"",
        ),
        (
            "[[budget]]\nmetric = ['x', 'p99_latency_ms*']\nlimit = '<= 200MB'",
            "3:9: `budget.limit` is in MB, but \"p99_latency_ms*\" is in ms: they can never be compared; \
             give the limit in ms, or without a unit",
        ),
        (
            "[[series]]\nmetric = 'x'\ndirection = 'lowr'",
            "3:13: `series.direction` must be \"lower\", \"higher\" or \"neutral\", not \"lowr\"; did you mean `lower`?",
        ),
        (
            "[[series]]\nmetric = 'x'\nmin_effect = 5",
            "3:14: `series.min_effect` must lie between 0 and 1, not be 5; did you mean `\"5%\"`?",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
    let variable = errors(&[("config.toml", "")], &[("CHIMERA_INSIGHT_BUDGET_LIMIT", "<= 1")]);
    assert_eq!(
        variable,
        "CHIMERA_INSIGHT_BUDGET_LIMIT: [[budget]] stands in files, no variable sets it; write [[budget]] in a file"
    );
}

#[test]
fn a_limit_in_a_unit_like_that_of_the_name_is_good() {
    for (metric, limit) in [
        ("p99_latency_ms", "<= 0.2s"),
        ("memory_mb", "<= 1 GiB"),
        ("cpu_percent", "<= 80%"),
        ("tokens_per_second", ">= 900 tok/s"),
        ("hit_ratio", ">= 90%"),
        ("accuracy", ">= 99%"),
        ("*", "<= 1 h"),
    ] {
        let text = format!("[[budget]]\nmetric = '{metric}'\nlimit = '{limit}'");
        assert!(load_text(&text).is_ok(), "{text}");
    }
}

#[test]
fn of_what_is_wrong_nothing_is_applied_and_the_rest_is() {
    let text =
        "[[budget]]\nmetric = 'a'\nlimit = '1'\n[[budget]]\nmetric = 'b'\nlimit = '<= 1'\n[[absence]]\nafter = 1\n";
    let dir = directory(&[("config.toml", text)]);
    let (config, wrong) = load_what_is_good(Some(&dir.path().join("config.toml")), env(&[])).unwrap();
    assert_eq!((wrong.unwrap().0.len(), config.absences.len()), (2, 0));
    let metrics: Vec<&str> = config.budgets.iter().flat_map(|budget| &budget.metric).map(String::as_str).collect();
    assert_eq!(metrics, ["b"]);
}

#[test]
fn the_schema_and_the_shipped_file_know_every_key() {
    let schema = schema();
    for table in TABLES {
        let items = &schema["properties"][table.path]["items"];
        assert_eq!(items["properties"].as_object().unwrap().len(), table.keys.len(), "{}", table.path);
        for key in table.keys {
            let default = items["properties"][key.name].get("default").cloned().unwrap_or_default();
            assert_eq!(default, key.default.to_json(), "{}", key.path);
        }
        // The example there, taken out of its comments, is good and has them all.
        let example = shipped_example(table.path);
        let config = load_text(&example).unwrap_or_else(|wrong| panic!("{wrong}\n{example}"));
        assert_eq!(config.tables(), [(table.path, 1)]);
        for key in table.keys {
            assert!(example.lines().any(|line| line.starts_with(&format!("{} = ", key.name))), "{}", key.path);
        }
    }
    assert_eq!(schema["properties"]["budget"]["items"]["required"], serde_json::json!(["metric", "limit"]));
}
