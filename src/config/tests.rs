//! Errors with their places, overrides, drop-ins, contradictions, and the shipped file.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::keys::{self, TABLES};
use super::*;

mod agents;
mod rules;
mod schedule;
mod tables;
mod webhooks;

const SHIPPED: &str = include_str!("../../config/chimera-insight.toml");

/// A directory with files in it.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn env(variables: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect::<Vec<_>>().into_iter()
}

fn load_all(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let dir = directory(files);
    load(Some(&dir.path().join("config.toml")), env(variables))
}

fn load_text(text: &str) -> Result<Config, ConfigErrors> {
    load_all(&[("config.toml", text)], &[])
}

/// The example of a table that there can be many of, as the shipped file has it in its comments.
fn shipped_example(kind: &str) -> String {
    let header = format!("# [[{kind}]]");
    let from = SHIPPED.lines().skip_while(|line| *line != header);
    let lines = from.take_while(|line| line.starts_with("# "));
    lines.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect()
}

/// The errors with file names instead of paths.
fn errors(files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    let dir = directory(files);
    let error = load(Some(&dir.path().join("config.toml")), env(variables)).expect_err("must be refused");
    error.to_string().replace(&format!("{}/", dir.path().display()), "")
}

fn error(text: &str) -> String {
    errors(&[("config.toml", text)], &[])
}

#[test]
fn without_a_file_everything_has_its_default() {
    let config = load(None, env(&[("HOME", "/root"), ("CHIMERA_CORPUS", "/x"), (FILE_VARIABLE, "/y")])).unwrap();
    assert_eq!(config.watch.roots, ["reports", "csv_data", "artifacts"].map(PathBuf::from));
    assert_eq!(config.watch.settle, Duration::from_secs(1));
    assert_eq!((&config.report.dir, config.watch.max_file_size), (&None, 16 << 30));
    assert_eq!(config.judge.min_effect.to_bits(), 0.02_f64.to_bits());
    assert_eq!((config.mail.transport, config.smtp.security), (Transport::Files, Security::Auto));
    assert_eq!((config.keys_set(), config.sources.len()), (0, 0));
}

#[test]
fn errors_of_one_key_name_place_and_remedy() {
    let table: &[(&str, &str)] = &[
        ("[watch]\nsetle = '1s'", "2:1: unknown key `watch.setle`; did you mean `settle`?"),
        ("[wacth]\nsettle = '1s'", "1:2: unknown section `wacth`; did you mean `watch`?"),
        ("[mail.stmp]\nhost = 'x'", "1:7: unknown section `mail.stmp`; did you mean `smtp`?"),
        ("[mail]\nhost = 'x'", "2:1: unknown key `mail.host`; `host` belongs to [mail.smtp]"),
        ("settle = '1s'", "1:1: unknown key `settle`; `settle` belongs to [watch]"),
        ("[watch]\nxyzzy = 1", "2:1: unknown key `watch.xyzzy`"),
        ("watch = 3", "1:1: `watch` is a section; write [watch]"),
        ("[[watch]]", "1:3: `watch` is a section; write [watch]"),
        (
            "[watch]\nsettle = 200",
            "2:10: `watch.settle` must be a duration such as \"200ms\", \"1s\" or \"5m\", not the integer 200; \
             add a unit: \"200ms\", \"200s\" or \"200m\"",
        ),
        ("watch.settle = '5ms'", "1:16: `watch.settle` must be at least \"10ms\", not \"5ms\""),
        ("[watch]\nsettle = '2h'", "2:10: `watch.settle` must be at most \"1h\", not \"2h\""),
        ("[watch]\npoll = 'yes'", "2:8: `watch.poll` must be true or false, not a string; did you mean `true`?"),
        (
            "[watch]\nmax_file_size = 64",
            "2:17: `watch.max_file_size` must be a size such as \"64MiB\", not the integer 64; \
             add a unit: \"64B\", \"64KiB\" or \"64MiB\"",
        ),
        ("[watch]\nroots = 'a'", "2:9: `watch.roots` must be a list of strings, not a string; did you mean `[\"a\"]`?"),
        ("[watch]\nroots = ['a', 1]", "2:15: `watch.roots` must be a list of strings; an item is the integer 1"),
        (
            "[watch]\nroots = ['a', '../b']",
            "2:15: `watch.roots` must not leave the tree, as \"../b\" does; give an absolute path",
        ),
        ("[judge]\nrecover_runs = 0", "2:16: `judge.recover_runs` must lie between 1 and 100, not be 0"),
        ("[judge]\nrecover_runs = -9", "2:16: `judge.recover_runs` must lie between 1 and 100, not be -9"),
        ("[judge]\nrecover_runs = 8.0", "2:16: `judge.recover_runs` must be an integer, not the number 8"),
        (
            "[judge]\nrecover_runs = '9'",
            "2:16: `judge.recover_runs` must be an integer, not a string; write it without quotes",
        ),
        (
            "[judge]\nrecover_runs = 99999999999999999999",
            "2:16: `judge.recover_runs` must be an integer, not an integer beyond 64 bits",
        ),
        (
            "[judge]\nmin_effect = 2",
            "2:14: `judge.min_effect` must lie between 0 and 1, not be 2; did you mean `\"2%\"`?",
        ),
        ("[judge]\nfalse_alarms = nan", "2:16: `judge.false_alarms` must lie between 0.001 and 100, not be NaN"),
        ("[judge]\nmin_runs = 8", "2:1: unknown key `judge.min_runs`"),
        (
            "[mail]\ntransport = 'smpt'",
            "2:13: `mail.transport` must be \"files\" or \"smtp\", not \"smpt\"; did you mean `smtp`?",
        ),
        (
            "[mail]\nto = [ 'a@b', 'c' ]",
            "2:15: `mail.to` must be a mail address such as \"team@example.org\", not \"c\"",
        ),
        ("[mail.smtp]\nport = 70000", "2:8: `mail.smtp.port` must lie between 1 and 65535, not be 70000"),
        (
            "[mail.smtp]\nhost = 'mx:25'",
            "2:8: `mail.smtp.host` must be a host name or an IP address, not \"mx:25\"; write host = \"mx\" and port = 25",
        ),
        (
            "[log]\nlevel = 'inof'",
            "2:9: `log.level` must be off, error, warn, info, debug, trace, not \"inof\"; did you mean `info`?",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
}

#[test]
fn columns_count_characters() {
    assert_eq!(
        error("[mail]\nsubject_prefix = \"größer\" # ü\n[report]\r\nhtml = { \"ä\" = 1 }"),
        "config.toml:4:8: `report.html` must be true or false, not a table"
    );
    assert_eq!(
        error("mail = { subject_prefix = \"ää\", fron = \"\" }"),
        "config.toml:1:33: unknown key `mail.fron`; did you mean `from`?"
    );
}

#[test]
fn all_errors_of_all_sources_come_at_once_and_in_order() {
    let files = [
        (
            "config.toml",
            "[watch]\nquiet = 2\nsetle = '1s'\n[judge]\nrecover_runs = 'x'\n[state]\ndir = 'reports/state'\n",
        ),
        ("conf.d/20-b.toml", "[mail]\nto = []\n"),
        ("conf.d/10-a.toml", "[mail]\nfrm = 'x'\n"),
    ];
    let variables = [("CHIMERA_INSIGHT_WATCH_POLL", "maybe"), ("CHIMERA_INSIGHT_MAIL_FORM", "x")];
    let text = errors(&files, &variables);
    let places: Vec<&str> = text.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "config.toml:2:9",
            "config.toml:3:1",
            "config.toml:5:16",
            "config.toml:7:7",
            "conf.d/10-a.toml:2:1",
            "conf.d/20-b.toml:2:6",
            "CHIMERA_INSIGHT_WATCH_POLL",
            "CHIMERA_INSIGHT_MAIL_FORM",
        ],
        "{text}"
    );
}

#[test]
fn syntax_errors_do_not_hide_the_others() {
    let text = error("[watch]\nsettle = '1s\npoll = maybe\nquite = 1\n[mail]\nto = ['a']\n[judge]\nrecover_rums = 1\n");
    assert_eq!(
        text,
        "config.toml:2:13: invalid literal string, expected `'`\n\
         config.toml:3:8: string values must be quoted, expected literal string\n\
         config.toml:6:7: `mail.to` must be a mail address such as \"team@example.org\", not \"a\"\n\
         config.toml:8:1: unknown key `judge.recover_rums`; did you mean `recover_runs`?",
        "but nothing about what the parser made of the rest of [watch]"
    );
    let header = error("[mail.smtp\nuser = 'u'\n");
    assert_eq!(header, "config.toml:1:11: unclosed table, expected `]`");
    let twice = error("[watch]\npoll = true\npoll = false\n");
    assert_eq!(twice, "config.toml:3:1: duplicate key");
}

#[test]
fn unreadable_files_are_errors_with_their_path() {
    let dir = directory(&[]);
    fs::write(dir.path().join("binary.toml"), b"[log]\n# \xff").unwrap();
    fs::create_dir(dir.path().join("directory.toml")).unwrap();
    for (name, expected) in [
        ("absent.toml", ": cannot be read: No such file"),
        ("directory.toml", ": cannot be read: Is a directory"),
        ("binary.toml", ":2:3: is not UTF-8 from here on"),
    ] {
        let path = dir.path().join(name);
        let text = load(Some(&path), env(&[])).unwrap_err().to_string();
        assert!(text.starts_with(&format!("{}{expected}", path.display())), "{text}");
    }
}

#[test]
fn variables_override_the_file() {
    let files = [("config.toml", "[watch]\nsettle = '3s'\nquiet = '4s'\n")];
    let variables = [
        ("CHIMERA_INSIGHT_WATCH_SETTLE", "200ms"),
        ("CHIMERA_INSIGHT_WATCH_POLL", "true"),
        ("CHIMERA_INSIGHT_WATCH_IGNORE", "[\"{a,b}.csv\"]"),
        ("CHIMERA_INSIGHT_MAIL_TO", "a@x, b@y"),
        ("CHIMERA_INSIGHT_MAIL_SMTP_PORT", "2525"),
        ("CHIMERA_INSIGHT_JUDGE_MIN_EFFECT", "5%"),
        ("CHIMERA_INSIGHT_JUDGE_FALSE_ALARMS", "5"),
        ("CHIMERA_INSIGHT_REPORT_DIR", "/srv/out"),
    ];
    let config = load_all(&files, &variables).unwrap();
    assert_eq!((config.watch.settle, config.watch.quiet), (Duration::from_millis(200), Duration::from_secs(4)));
    assert!(config.watch.poll);
    assert_eq!(config.watch.ignore, ["{a,b}.csv"]);
    assert_eq!(config.mail.to, ["a@x", "b@y"]);
    assert_eq!((config.smtp.port, config.judge.min_effect, config.judge.false_alarms), (2525, 0.05, 5.0));
    assert_eq!(config.report.dir.as_deref(), Some(Path::new("/srv/out")));
    assert_eq!(config.place("watch.settle").to_string(), "CHIMERA_INSIGHT_WATCH_SETTLE");
    assert_eq!(config.keys_set(), 9);
}

#[test]
fn wrong_variables_are_refused_by_name() {
    let table: &[(&str, &str, &str)] = &[
        ("WATCH_SETLE", "1s", ": no key has this name; did you mean `CHIMERA_INSIGHT_WATCH_SETTLE`?"),
        ("CONFG", "x", ": no key has this name; did you mean `CHIMERA_INSIGHT_CONFIG`?"),
        ("FROBNICATE", "x", ": no key has this name"),
        ("WATCH_POLL", "1", ": `watch.poll` must be true or false, not the integer 1; did you mean `true`?"),
        ("JUDGE_RECOVER_RUNS", "", ": `judge.recover_runs` must be an integer, not a string"),
        (
            "WATCH_SETTLE",
            "200",
            ": `watch.settle` must be a duration such as \"200ms\", \"1s\" or \"5m\", not \"200\"; \
             add a unit: \"200ms\", \"200s\" or \"200m\"",
        ),
        ("MAIL_TO", "a@x,b", ": `mail.to` must be a mail address such as \"team@example.org\", not \"b\""),
    ];
    for (name, value, expected) in table {
        let name = format!("{PREFIX}{name}");
        let text = load(None, env(&[(&name, value)])).unwrap_err().to_string();
        assert_eq!(text, format!("{name}{expected}"));
    }
}

#[test]
fn a_password_in_the_wrong_place_is_refused_and_not_repeated() {
    let text = error("[mail.smtp]\npassword = 'hunter2'\n[mail]\nto = ['a@b']\n");
    assert!(text.starts_with("config.toml:2:1: `mail.smtp.password` holds a password"), "{text}");
    assert!(text.ends_with("use `password_file`, `password_env` or `password_credential` in [mail.smtp]"), "{text}");
    let variable = errors(&[("config.toml", "")], &[("CHIMERA_INSIGHT_MAIL_SMTP_PASSWORD", "hunter2")]);
    assert!(variable.starts_with("CHIMERA_INSIGHT_MAIL_SMTP_PASSWORD: holds a password"), "{variable}");
    assert!(!format!("{text}{variable}").contains("hunter2"));
}

#[test]
fn the_variable_that_holds_the_password_may_have_our_prefix() {
    let text = "[mail.smtp]\nuser = 'u'\npassword_env = 'CHIMERA_INSIGHT_SMTP_SECRET'\n";
    let config = load_all(&[("config.toml", text)], &[("CHIMERA_INSIGHT_SMTP_SECRET", "x")]).unwrap();
    let source = config.smtp.password_source();
    assert_eq!(source, Some(secrets::SecretSource::Variable("CHIMERA_INSIGHT_SMTP_SECRET".into())));
}

#[test]
fn contradictions_blame_what_was_written() {
    let table: &[(&str, &str, &str)] = &[
        ("[watch]\nquiet = '10m'", "2:9: `watch.quiet` does not fit", "make `max_age` at least as long as `quiet`"),
        ("[watch]\nmax_age = '500ms'\nquiet = '10ms'", "2:11: `watch.max_age` does not fit", "as long as `settle`"),
        ("[watch]\nroots = []", "2:9: `watch.roots` must hold at least one directory", ""),
        ("[watch]\nroots = ['a', 'b', './a/c']", "2:9: `watch.roots`", "\"./a/c\" lies in \"a\""),
        ("[watch]\nroots = ['a', 'a/']", "2:9: `watch.roots`", "\"a/\" lies in \"a\""),
        (
            "[state]\ndir = 'reports/state'",
            "2:7: `state.dir` lies in the watched directory \"reports\"",
            "begins with a dot",
        ),
        ("[state]\ndir = ''", "2:7: `state.dir` must not be empty", ""),
        ("[mail]\nto = []", "2:6: `mail.to` must hold at least one recipient", ""),
        ("[mail]\nto = ['a@b', 'A <a@b>']", "2:6: `mail.to` must name each recipient once, but has a@b twice", ""),
        (
            "[mail.smtp]\nhost = 'mx.example.org'\nsecurity = 'none'",
            "3:12: `mail.smtp.security` must not be \"none\" for \"mx.example.org\"",
            "starttls",
        ),
        (
            "[mail.smtp]\nuser = 'u'\npassword_file = 'p'\npassword_env = 'E'",
            "4:16: `mail.smtp.password_env` must be the only source of the password",
            "password_env, password_file",
        ),
        ("[mail.smtp]\nuser = 'u'", "2:8: `mail.smtp.user` needs a password", "set `password_file`"),
        ("[mail.smtp]\npassword_file = 'p'", "2:17: `mail.smtp.password_file` needs a `user`", ""),
    ];
    for (text, start, part) in table {
        let error = error(text);
        assert!(error.starts_with(&format!("config.toml:{start}")) && error.contains(part), "{text}:\n{error}");
        assert_eq!(error.lines().count(), 1, "{text}:\n{error}");
    }
}

#[test]
fn what_only_looks_contradictory_is_taken() {
    for text in [
        "[watch]\nroots = ['.']",
        "[watch]\nroots = ['a', 'ab', '/a']",
        "[state]\ndir = 'reports/.state'",
        "[state]\ndir = '/var/lib/chimera-insight'",
        "[mail.smtp]\nsecurity = 'none'\nhost = '::1'",
        "[watch]\nmax_age = '2s'",
    ] {
        assert!(load_text(text).is_ok(), "{text}");
    }
}

#[test]
fn drop_ins_win_in_lexical_order_key_by_key() {
    let files = [
        ("config.toml", "[watch]\nsettle = '2s'\nquiet = '3s'\n[mail.smtp]\nuser = 'u'\npassword_file = 'pw'\n"),
        ("conf.d/20-late.toml", "[watch]\nsettle = '5s'\n"),
        ("conf.d/10-early.toml", "[watch]\nsettle = '4s'\nrescan = '1m'\n[mail.smtp]\nca_file = 'ca.pem'\n"),
        ("conf.d/.hidden.toml", "nonsense"),
        ("conf.d/README", "nonsense"),
    ];
    let dir = directory(&files);
    let config = load(Some(&dir.path().join("config.toml")), env(&[])).unwrap();
    let seconds = [config.watch.settle, config.watch.quiet, config.watch.rescan].map(|duration| duration.as_secs());
    assert_eq!(seconds, [5, 3, 60]);
    let names = ["config.toml", "conf.d/10-early.toml", "conf.d/20-late.toml"];
    assert_eq!(config.sources, names.map(|name| dir.path().join(name)));
    assert_eq!(config.smtp.password_file, Some(dir.path().join("pw")), "relative to the file that says so");
    assert_eq!(config.smtp.ca_file, Some(dir.path().join("conf.d/ca.pem")));
}

#[test]
fn a_drop_in_can_take_a_value_back() {
    let files = [
        ("config.toml", "[mail.smtp]\nuser = 'u'\npassword_file = '/etc/pw'\n"),
        ("conf.d/a.toml", "[mail.smtp]\npassword_file = ''\npassword_credential = 'smtp'\n"),
    ];
    let config = load_all(&files, &[]).unwrap();
    assert_eq!(config.smtp.password_source(), Some(secrets::SecretSource::Credential("smtp".into())));
}

#[test]
fn the_file_is_the_given_one_then_the_variables_then_the_trees() {
    let dir = directory(&[(TREE_FILE, "")]);
    let given = Path::new("given.toml");
    assert_eq!(locate(Some(given), Some("var.toml".as_ref()), dir.path()).as_deref(), Some(given));
    assert_eq!(locate(None, Some("var.toml".as_ref()), dir.path()), Some("var.toml".into()));
    assert_eq!(locate(None, Some("".as_ref()), dir.path()), Some(dir.path().join(TREE_FILE)));
    assert_eq!(locate(None, None, &dir.path().join("elsewhere")), None);
}

#[test]
fn the_shipped_file_sets_nothing_as_it_is() {
    assert_eq!(load_text(SHIPPED).unwrap().keys_set(), 0);
}

#[test]
fn the_shipped_file_documents_every_key_with_its_default() {
    let is_key = |line: &str| line.starts_with('#') && line[1..].starts_with(|c: char| c.is_ascii_lowercase());
    let lines: Vec<&str> = SHIPPED.lines().collect();
    for (line, next) in lines.iter().zip(&lines[1..]) {
        assert!(!is_key(next) || line.starts_with("# "), "no comment above {next}");
    }
    let names: Vec<String> = lines
        .iter()
        .filter(|line| is_key(line) || line.starts_with('['))
        .map(|line| line.trim_start_matches('#').split(" =").next().unwrap().to_owned())
        .collect();
    // What both agents can set for themselves stands once, where it is set for both.
    let shared = |key: &keys::Key| {
        matches!(key.section, "agents.collector" | "agents.insight")
            && keys::all().any(|other| other.section == "agents" && other.name == key.name)
    };
    let expected: Vec<String> = keys::sections()
        .flat_map(|section| {
            let keys = section.keys.iter().filter(|key| !shared(key)).map(|key| key.name.to_owned());
            std::iter::once(format!("[{}]", section.path)).chain(keys)
        })
        .collect();
    assert_eq!(names, expected, "the order of the table is the order of the file");
    let text: Vec<&str> = lines.iter().map(|line| if is_key(line) { &line[1..] } else { line }).collect();
    let written = load_text(&text.join("\n")).unwrap();
    let defaults = Values::defaults(keys::sections()).unwrap();
    assert_eq!(written.keys_set(), keys::all().filter(|key| !shared(key)).count());
    for (key, default) in defaults.iter() {
        assert_eq!(written.values.entry(key.path).unwrap().value, default.value, "{}", key.path);
    }
}

#[test]
fn names_of_keys_and_variables_are_unique_and_documented() {
    let mut variables: Vec<String> = keys::all().map(keys::Key::variable).collect();
    assert!(keys::all().all(|key| key.doc.iter().all(|line| !line.trim().is_empty())));
    assert!(!variables.iter().any(|variable| variable == FILE_VARIABLE));
    variables.sort();
    let count = variables.len();
    variables.dedup();
    assert_eq!(variables.len(), count);
}

#[test]
fn what_is_shown_loads_to_the_same_values() {
    let text = "[watch]\nroots = ['a\"b', 'ü']\nsettle = '90s'\nmax_age = '1h30m'\nmax_file_size = '5MB'\n\
                [judge]\nmin_effect = '2.5%'\n[mail.smtp]\nuser = 'u'\npassword_file = '/p'\n";
    let first = load_text(text).unwrap();
    let shown = first.to_toml();
    assert!(shown.contains("max_age = \"90m\"  # ") && shown.contains("config.toml:4:11\n"), "{shown}");
    let second = load_text(&shown).unwrap();
    assert_eq!(
        (&first.watch, &first.judge, &first.mail, &first.smtp),
        (&second.watch, &second.judge, &second.mail, &second.smtp)
    );
    let json = first.to_json();
    assert_eq!(json["config"]["mail"]["smtp"]["port"], 587);
    assert_eq!(json["config"]["watch"]["max_file_size"], "5MB");
    assert_eq!(json["set"].as_object().unwrap().len(), 7);
}

#[test]
fn the_schema_has_every_key_with_its_default() {
    let schema = schema();
    for key in keys::all() {
        let pointer = format!("/properties/{}", key.path.replace('.', "/properties/"));
        let property = schema.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}"));
        let default = property.get("default").cloned().unwrap_or_default();
        assert_eq!(default, key.default.to_json(), "{pointer}");
        assert!(property["description"].as_str().unwrap().len() > 10);
        assert!(["type", "enum", "anyOf"].iter().any(|word| property.get(word).is_some()), "{pointer}");
    }
    assert_eq!(schema["properties"]["mail"]["properties"]["smtp"]["additionalProperties"], false);
}
