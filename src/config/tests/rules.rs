//! `[[rule]]` and `[read]`: what is taken, what is refused and where.

use super::*;

const ALL: &str = "
[[rule]]
files = ['a.csv', 'reports/**/b-*.json']
format = 'csv'
benchmark = 'sweep'
case = 'kernel'
parameters = ['batch', 'config.dtype']
metrics = 'duration'
time = 'when'
commit = ['sha']
host = 'machine'
ignore = ['worker']
units = { duration = 's', 'Mean [x]' = '' }
[rule.directions]
score = 'lower'
'a.b' = \"neutral\"
";

#[test]
fn every_key_of_a_rule_is_read() {
    let config = load_text(ALL).unwrap();
    let [rule] = config.rules.as_slice() else { panic!("{:?}", config.rules) };
    let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let table = |entries: &[(&str, &str)]| {
        entries
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let expected = Rule {
        files: list(&["a.csv", "reports/**/b-*.json"]),
        format: Some("csv".into()),
        benchmark: Some("sweep".into()),
        case: list(&["kernel"]),
        parameters: list(&["batch", "config.dtype"]),
        metrics: list(&["duration"]),
        time: list(&["when"]),
        commit: list(&["sha"]),
        host: list(&["machine"]),
        ignore: list(&["worker"]),
        units: table(&[("duration", "s"), ("Mean [x]", "")]),
        directions: table(&[("score", "lower"), ("a.b", "neutral")]),
    };
    assert_eq!(rule, &expected);
    assert_eq!(config.keys_set(), 0, "rules are counted by themselves");
}

#[test]
fn mistakes_in_rules_are_told_with_place_and_remedy() {
    let table: &[(&str, &str)] = &[
        ("params = 'x'", "3:1: unknown key `rule.params`; did you mean `parameters`?"),
        ("metric = 'x'", "3:1: unknown key `rule.metric`; did you mean `metrics`?"),
        ("xyzzy = 1", "3:1: unknown key `rule.xyzzy`"),
        ("metrics = 3", "3:11: `rule.metrics` must be a string or a list of strings, not the integer 3"),
        ("metrics = ['a', 3]", "3:17: `rule.metrics` must be a list of strings; an item is the integer 3"),
        ("metrics = ' '", "3:11: `rule.metrics` must hold names, not an empty one"),
        ("benchmark = \"a\\nb\"", "3:13: `rule.benchmark` must be one line without control characters"),
        ("units = 's'", "3:9: `rule.units` must be a table such as { name = \"value\" }, not a string"),
        ("units = { a = 1 }", "3:15: `rule.units` must hold strings; that of `a` is the integer 1"),
        (
            "directions = { a = 'down' }",
            "3:20: `rule.directions` must be \"lower\", \"higher\" or \"neutral\", not \"down\"",
        ),
        (
            "[rule.directions]\nb = 'lowr'",
            "4:5: `rule.directions` must be \"lower\", \"higher\" or \"neutral\", not \"lowr\"; did you mean `lower`?",
        ),
        (
            "metrics = ['a', 'b']\nignore = ['c', 'B']",
            "4:16: `rule.ignore` has \"B\", which `metrics` has already; a column has one role",
        ),
        ("time = ['a', 'a']", "3:14: `rule.time` has \"a\", which `time` has already; a column has one role"),
        (
            "ignore = 'a'\nunits = { a = 's' }",
            "4:11: `rule.units` has \"a\", which is no metric: `ignore` has it; only metrics have a unit and a direction",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(&format!("[[rule]]\nfiles = '*.csv'\n{text}")), format!("config.toml:{expected}"), "{text}");
    }
}

#[test]
fn a_rule_can_force_the_formats_that_there_are() {
    let format = |name: &str| format!("[[rule]]\nfiles = '*.csv'\nformat = '{name}'");
    let wrong = error(&format("jsno"));
    assert!(
        wrong.starts_with("config.toml:3:10: `rule.format` must be \"") && wrong.ends_with("did you mean `json`?"),
        "{wrong}"
    );
    for name in crate::artifact::formats() {
        assert!(wrong.contains(&format!("\"{name}\"")), "{name}: {wrong}");
        assert_eq!(load_text(&format(name)).unwrap().rules[0].format.as_deref(), Some(name));
    }
}

#[test]
fn a_rule_says_for_which_files_it_is() {
    let table: &[(&str, &str)] = &[
        (
            "[[rule]]\nmetrics = 'x'",
            "1:1: `rule.files` must say for which files the rule is; for instance files = \"reports/sweep-*.csv\"",
        ),
        (
            "[[rule]]\nfiles = []",
            "2:9: `rule.files` must say for which files the rule is; for instance files = \"reports/sweep-*.csv\"",
        ),
        ("[[rule]]\nfile = 'x'", "2:1: unknown key `rule.file`; did you mean `files`?"),
        (
            "[[rule]]\nfiles = ['a', '[']",
            "2:15: `rule.files` must hold patterns, which \"[\" is not: unclosed character class; missing ']'",
        ),
        (
            "[[rule]]\nfiles = '/srv/a.csv'",
            "2:9: `rule.files` must hold paths from the tree or from a root, which \"/srv/a.csv\" is not; \
             the path of a file in a root begins with the root's name: \"reports/sweep-*.csv\"",
        ),
        ("[rule]\nfiles = 'x'", "1:2: `rule` can be there many times; write [[rule]]"),
        ("rule = 3", "1:1: `rule` can be there many times; write [[rule]]"),
        ("[[rules]]\nfiles = 'x'", "1:3: unknown key `rules`; did you mean `[[rule]]`?"),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
}

#[test]
fn words_of_the_dictionary_go_one_way() {
    let config = load_text("[read]\nlower = ['queue depth']\nhigher = ['frobs', 'depth']\n").unwrap();
    assert_eq!((config.read.lower.len(), config.read.higher.len(), config.read.neutral.len()), (1, 2, 0));
    assert_eq!(
        error("[read]\nlower = ['queue depth']\nneutral = ['x', 'Queue_Depth']"),
        "config.toml:3:11: `read.neutral` does not fit: \"Queue_Depth\" stands in `lower` and in `neutral`; \
         a word goes one way; a rule can say otherwise for certain files"
    );
    assert_eq!(
        error("[read]\nlower = ['-']"),
        "config.toml:2:10: `read.lower` must hold words such as \"stalls\" or \"queue depth\", not \"-\""
    );
}

#[test]
fn rules_of_drop_ins_come_after_those_of_the_file() {
    let rule = |name: &str| format!("[[rule]]\nfiles = '{name}'\n");
    let main = rule("one") + &rule("two");
    let (late, early) = (rule("four"), rule("three"));
    let files = [("conf.d/20-b.toml", late.as_str()), ("config.toml", &main), ("conf.d/10-a.toml", &early)];
    let config = load_all(&files, &[]).unwrap();
    let names: Vec<&str> = config.rules.iter().flat_map(|rule| &rule.files).map(String::as_str).collect();
    assert_eq!(names, ["one", "two", "three", "four"]);
}

#[test]
fn no_variable_sets_a_rule() {
    let text = load(None, env(&[("CHIMERA_INSIGHT_RULE_FILES", "x")])).unwrap_err().to_string();
    assert_eq!(
        text,
        "CHIMERA_INSIGHT_RULE_FILES: [[rule]] stands in files, no variable sets it; write [[rule]] in a file"
    );
    let config = load(None, env(&[("CHIMERA_INSIGHT_READ_HIGHER", "frobs, mips")])).unwrap();
    assert_eq!(config.read.higher, ["frobs", "mips"]);
}

#[test]
fn of_what_is_wrong_nothing_is_applied() {
    let dir =
        directory(&[("config.toml", "[[rule]]\nfiles = 'a'\nmetrics = 'x'\nformat = 'y'\n[[rule]]\nfiles = 'b'\n")]);
    let (config, wrong) = load_what_is_good(Some(&dir.path().join("config.toml")), env(&[])).unwrap();
    assert_eq!(wrong.unwrap().0.len(), 1);
    assert_eq!(config.rules.len(), 1, "the good one stays");
    assert_eq!(config.rules[0].files, ["b"]);
    let broken = error("[[rule]]\nfiles = 'a\nmetrics = 'x'\n[[rule]]\nfiles = 'b'\nformat = 'x'\n");
    let lines: Vec<&str> = broken.lines().collect();
    assert!(
        lines.len() == 2 && lines[0].starts_with("config.toml:2:") && lines[1].starts_with("config.toml:6:"),
        "{broken}"
    );
}

#[test]
fn rules_that_are_shown_load_to_the_same() {
    let first = load_text(&format!("{ALL}\n[[rule]]\nfiles = 'z'\n[read]\nlower = ['w']\n")).unwrap();
    let shown = first.to_toml();
    assert!(shown.contains("\n[[rule]]  # ") && shown.contains("config.toml:2:1\nfiles = [\"a.csv\", "), "{shown}");
    let second = load_text(&shown).unwrap();
    assert_eq!((&first.rules, &first.read), (&second.rules, &second.read));
    let json = first.to_json();
    assert_eq!(json["config"]["rule"][0]["units"]["duration"], "s");
    assert_eq!(json["config"]["rule"][1], serde_json::json!({ "files": ["z"] }));
    assert!(json["set"]["rule[1]"].as_str().unwrap().ends_with("config.toml:18:1"), "{json:#}");
}

#[test]
fn the_schema_and_the_shipped_file_know_every_key_of_a_rule() {
    let schema = schema();
    let rule = &schema["properties"]["rule"]["items"];
    assert_eq!((&rule["additionalProperties"], &rule["required"]), (&false.into(), &serde_json::json!(["files"])));
    let keys = TABLES.iter().find(|table| table.path == "rule").expect("rules").keys;
    assert_eq!(rule["properties"].as_object().unwrap().len(), keys.len());
    // The example there, taken out of its comments, is good and has them all.
    let example = shipped_example("rule");
    let config = load_text(&example).unwrap_or_else(|wrong| panic!("{wrong}\n{example}"));
    assert_eq!(config.rules.len(), 1);
    for key in keys {
        assert!(example.lines().any(|line| line.starts_with(&format!("{} = ", key.name))), "{}", key.name);
    }
}
