//! The house keeps its layers: every path that the source names is read, and an arrow that points up or sideways fails.
//!
//! | layer | modules | may name |
//! | --- | --- | --- |
//! | L0 | domain, clock | nothing of ours |
//! | L1 | artifact < analysis < insight < dialogue < report | L0 and those before it; no I/O, no environment, no time |
//! | L2 | store, watch, agent, mail, hook, publish | L0 and L1, never each other |
//! | L3 | daemon | all below |
//! | L4 | config < cli | all below, but config knows no daemon |

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[path = "layers/source.rs"]
mod source;

use source::{Named, Source};

const L0: &[&str] = &["domain", "clock"];
const L1: &[&str] = &["artifact", "analysis", "insight", "dialogue", "report"];
const L2: &[&str] = &["store", "watch", "agent", "mail", "hook", "publish"];
/// What pure code must not name: I/O, the environment, the time, threads.
const IMPURE: &[&str] = &[
    "tokio",
    "rusqlite",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];
/// What starts work of its own.
const SPAWNING: &[&str] = &["tokio::spawn", "tokio::task::spawn", "tokio::task::JoinSet", "tokio::task::spawn_local"];
/// Blocking work may also be moved off the runtime by the one L2 module that writes files from async code: it awaits it there and
/// then, so no task outlives the call.
const BLOCKING: &[&str] = &["tokio::task::spawn_blocking"];
const BLOCKING_IN: &[&str] = &["src/mail/files.rs"];
const LONGEST: usize = 450;

/// What is wrong with the arrow from one module to another; `None` when it may be.
fn arrow(from: &str, to: &str) -> Option<String> {
    let place = |module: &str| match module {
        _ if L0.contains(&module) => Some(0),
        _ if L1.contains(&module) => Some(1),
        _ if L2.contains(&module) => Some(2),
        "daemon" => Some(3),
        "config" | "cli" => Some(4),
        _ => None,
    };
    let (Some(a), Some(b)) = (place(from), place(to)) else { return Some("has no layer: give it one here".to_owned()) };
    let before = |modules: &[&str]| {
        let at = |module| modules.iter().position(|known| *known == module);
        at(to) < at(from)
    };
    let may = match (a, b) {
        _ if from == to => true,
        (1, 1) => before(L1),
        (4, 4) => before(&["config", "cli"]),
        (4, 3) => from == "cli",
        _ => b < a,
    };
    (!may).then(|| format!("points {} from L{a} to L{b}", if b > a { "up" } else { "sideways" }))
}

/// All that is wrong with a source file, a line each.
fn faults(file: &str, text: &str) -> Vec<String> {
    let source = Source::read(text);
    let module = file.strip_prefix("src/").unwrap_or(file).split(['/', '.']).next().unwrap_or_default();
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: &str| faults.push(format!("{file}:{line}: {what}"));
    for named in &source.named {
        check_path(file, module, named, &mut fault);
    }
    if module != "store" {
        for (line, text) in source.literals.iter().filter(|(_, text)| is_sql(text)) {
            fault(*line, &format!("SQL belongs into src/store: {text:?}"));
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        fault(lines, &format!("{lines} lines; {LONGEST} at most"));
    }
    if !text.starts_with("//!") && !file.ends_with("tests.rs") {
        fault(1, "begins without a header that says what it is");
    }
    faults
}

fn check_path(file: &str, module: &str, named: &Named, fault: &mut impl FnMut(usize, &str)) {
    let path = named.path.join("::");
    let is = |known: &&&str| path == **known || path.starts_with(&format!("{known}::"));
    let is_test = named.in_tests || is_of_tests(file);
    if let Some(to) = named.module(file)
        && !["main", "lib"].contains(&module)
        // What the analyst says is best tested in the report that says it.
        && !(is_test && L1.contains(&module) && L1.contains(&to))
        && let Some(why) = arrow(module, to)
    {
        fault(named.line, &format!("{module} -> {to} {why}"));
    }
    if is_test {
        return;
    }
    if (L0.contains(&module) && module != "clock" || L1.contains(&module)) && IMPURE.iter().any(|known| is(&known)) {
        fault(named.line, &format!("{module} is pure and names {path}"));
    }
    if module != "daemon" && SPAWNING.iter().any(|known| is(&known)) {
        fault(named.line, &format!("only the daemon starts tasks: {path}"));
    }
    if module != "daemon" && !BLOCKING_IN.contains(&file) && BLOCKING.iter().any(|known| is(&known)) {
        fault(named.line, &format!("only the daemon moves work to other threads: {path}"));
    }
    if module != "store" && is(&&"rusqlite") {
        fault(named.line, "only the store knows SQLite");
    }
}

/// Whether a file is compiled for tests alone: by its name, or because it is a part of such a module.
fn is_of_tests(file: &str) -> bool {
    file.ends_with("tests.rs") || file.contains("/tests/")
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let starts =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "PRAGMA", "WITH", "BEGIN", "ATTACH"];
    let goes_on = ["FROM", "INTO", "SET", "TABLE", "INDEX", "AS", "IMMEDIATE", "DATABASE", "WHERE", "VALUES"];
    words.first().is_some_and(|first| starts.contains(first))
        && (words.iter().skip(1).any(|word| goes_on.contains(word)) || words.first() == Some(&"PRAGMA"))
}

#[test]
fn the_source_keeps_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    assert!(files.len() > 50, "the source is somewhere else");
    let mut wrong = String::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("source is UTF-8");
        let file = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        for fault in faults(&file, &text) {
            writeln!(wrong, "{fault}").expect("a String takes everything");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn collect(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// The faults of a made-up file with a header, without the place.
fn said(file: &str, text: &str) -> Vec<String> {
    let begin = format!("{file}:");
    let what = |fault: String| fault.strip_prefix(&begin).map(str::to_owned).unwrap_or(fault);
    faults(file, &format!("//! A header.\n{text}")).into_iter().map(what).collect()
}

#[test]
fn an_arrow_up_or_sideways_is_found_however_it_is_written() {
    let up = ["2: mail -> daemon points up from L2 to L3"];
    assert_eq!(said("src/mail/mod.rs", "use crate::daemon::Context;"), up);
    assert_eq!(said("src/mail/mod.rs", "fn f() { crate::daemon::go() }"), up);
    assert_eq!(said("src/mail/mod.rs", "use crate::{domain::X, daemon};"), up);
    assert_eq!(said("src/mail/mod.rs", "use super::daemon::Context;"), up);
    assert_eq!(said("src/mail/smtp/x.rs", "use super::super::super::daemon;"), up);
    assert_eq!(said("src/mail/x.rs", "#[cfg(test)]\nmod tests { use super::super::super::daemon; }").len(), 1);
    let nested = "use crate::{\n    domain::{a, b::{self, C}},\n    store::{Store, x::Y},\n};";
    assert_eq!(said("src/mail/mod.rs", nested), ["4: mail -> store points sideways from L2 to L2"; 2]);
    assert_eq!(
        said("src/artifact/csv.rs", "use crate::insight::X;"),
        ["2: artifact -> insight points sideways from L1 to L1"]
    );
    assert_eq!(
        said("src/config/mod.rs", "use crate::daemon::X;"),
        ["2: config -> daemon points sideways from L4 to L3"]
    );
    assert_eq!(
        said("src/spare/mod.rs", "use crate::domain::X;"),
        ["2: spare -> domain has no layer: give it one here"]
    );
}

#[test]
fn what_may_be_is_not_found() {
    let clean: &[(&str, &str)] = &[
        ("src/report/mod.rs", "use crate::insight::X;\nuse crate::domain::{a, b};"),
        ("src/store/x.rs", "use super::Store;\nuse crate::analysis::X;"),
        ("src/mail/x.rs", "use super::super::mail::X;"),
        ("src/cli/run.rs", "use crate::daemon::X;\nuse crate::config;"),
        (
            "src/mail/x.rs",
            "// crate::daemon::X\n/* use crate::daemon; /* nested */ crate::cli */\n/// [`crate::daemon`]",
        ),
        ("src/mail/x.rs", "fn f() -> &'static str { \"crate::daemon::X\" }"),
        (
            "src/mail/x.rs",
            "const C: char = '\"'; const D: &str = r#\"use crate::daemon::\"\"#; fn f<'a>(_: &'a str) {}",
        ),
        ("src/mail/x.rs", "#[cfg(test)]\nmod tests { use super::super::x::Y; }"),
        ("src/insight/tests.rs", "use crate::report;"),
        ("src/insight/check/tests/fixture.rs", "use crate::report;"),
        ("src/artifact/x.rs", "#[cfg(test)]\nmod tests { fn f() { std::fs::read(\"x\"); } }"),
    ];
    for (file, text) in clean {
        assert_eq!(said(file, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn other_faults_are_found() {
    assert_eq!(said("src/insight/x.rs", "use std::{fmt, fs};"), ["2: insight is pure and names std::fs"]);
    assert_eq!(said("src/domain/x.rs", "use std::time::Instant;"), ["2: domain is pure and names std::time::Instant"]);
    assert_eq!(
        said("src/watch/x.rs", "use tokio::task::JoinSet;"),
        ["2: only the daemon starts tasks: tokio::task::JoinSet"]
    );
    assert_eq!(
        said("src/cli/x.rs", "fn f() { tokio::spawn(g()); }"),
        ["2: only the daemon starts tasks: tokio::spawn"]
    );
    assert_eq!(said("src/watch/x.rs", "use tokio::task::spawn_blocking;").len(), 1);
    assert_eq!(said("src/mail/files.rs", "use tokio::task::spawn_blocking;").len(), 0);
    assert_eq!(said("src/daemon/x.rs", "use rusqlite::Connection;"), ["2: only the store knows SQLite"]);
    assert_eq!(said("src/daemon/x.rs", "const S: &str = \"SELECT x FROM y\";").len(), 1);
    assert_eq!(said("src/daemon/x.rs", "const S: &str = \"UPDATE your settings\";").len(), 0);
    assert_eq!(said("src/store/x.rs", "const S: &str = \"SELECT x FROM y\";").len(), 0);
    assert_eq!(said("src/mail/x.rs", &"\n".repeat(LONGEST)), [format!("451: 451 lines; {LONGEST} at most")]);
    assert_eq!(faults("src/mail/x.rs", "fn f() {}"), ["src/mail/x.rs:1: begins without a header that says what it is"]);
}
