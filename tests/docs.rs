//! What the documents promise and a machine can check: the reason for each dependency, the commands, the tools that are read, the
//! configuration and the source that are shown, the files that are linked, and the installer.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chimera_insight::artifact;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chimera-insight");

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document(name: &str) -> String {
    fs::read_to_string(here().join(name)).unwrap()
}

/// The part of a document below a heading, up to the next heading.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading:?}"));
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The first word in backticks of the first cell of each row of the tables in `text`.
fn first_cells(text: &str) -> Vec<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `"));
    cells.filter_map(|row| row.split(['`', ' ']).next()).map(str::to_owned).collect()
}

/// A list as a set, with nothing twice.
fn once(names: Vec<String>, what: &str) -> BTreeSet<String> {
    let set: BTreeSet<String> = names.iter().cloned().collect();
    assert_eq!(set.len(), names.len(), "{what} has a name twice: {names:?}");
    set
}

fn program(args: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn each_dependency_has_its_reason() {
    let mut dependencies = BTreeSet::new();
    for (file, table) in [
        ("Cargo.toml", "dependencies"),
        ("Cargo.toml", "dev-dependencies"),
        ("tests/support/Cargo.toml", "dependencies"),
    ] {
        let manifest: toml::Table = document(file).parse().unwrap();
        dependencies.extend(manifest[table].as_table().unwrap().keys().cloned());
    }
    let contributing = document("CONTRIBUTING.md");
    let reasons = section(&contributing, "Why each dependency is there");
    assert_eq!(once(first_cells(reasons), "the table"), dependencies);
    for row in reasons.lines().filter(|line| line.starts_with("| `")) {
        let reason = row.trim_matches(['|', ' ']).split_once(" | ").map_or("", |(_, reason)| reason);
        assert!(reason.len() > 20, "no reason: {row}");
    }
}

#[test]
fn the_command_table_names_the_commands_that_there_are() {
    let help = printed(&program(&["--help"]));
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let commands = commands.split("\n\n").next().unwrap();
    let indented = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let there = indented.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let readme = document("README.md");
    let told = once(first_cells(section(&readme, "Commands")), "the command table");
    assert_eq!(told, there.map(str::to_owned).collect());
    for command in &told {
        printed(&program(&[command, "--help"]));
    }
}

#[test]
fn the_tools_that_the_readme_names_are_those_that_are_known() {
    let readme = document("README.md");
    let (_, rest) = readme.split_once("\n### Known tools\n").expect("a section of the known tools");
    let table = rest.split("\n### ").next().unwrap_or(rest).lines().filter(|line| line.starts_with("| "));
    let named: Vec<String> = table.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    let known: BTreeSet<String> = artifact::tools().into_iter().map(str::to_owned).collect();
    assert_eq!(once(named, "the table of tools"), known, "left: the README; right: src/artifact/tools/mod.rs");
}

#[test]
fn the_source_that_is_shown_is_in_the_file_that_is_named() {
    let contributing = document("CONTRIBUTING.md");
    let mut shown = contributing.split("```rust\n");
    let mut above = shown.next().unwrap();
    let mut examples = 0;
    for block in shown {
        let (code, below) = block.split_once("```").expect("an end of the block");
        let (_, link) = above.rsplit_once("](").expect("a link above the block");
        let file = link.split(')').next().unwrap();
        assert!(document(file).contains(code), "{file} does not contain\n{code}");
        (above, examples) = (below, examples + 1);
    }
    assert_eq!(examples, 3, "one for each way in which a tool is known");
}

#[test]
fn the_configuration_that_documents_show_is_accepted() {
    for name in ["README.md", "docs/agents.md"] {
        let text = document(name);
        let shown: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()).collect();
        assert!(!shown.is_empty(), "{name} shows no configuration");
        for block in shown {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("config.toml");
            fs::write(&file, block).unwrap();
            printed(&program(&["config", "check", file.to_str().unwrap()]));
        }
    }
}

#[test]
fn the_examples_beside_the_shipped_configuration_are_accepted() {
    let mut checked = 0;
    for entry in fs::read_dir(here().join("config")).unwrap() {
        let path = entry.unwrap().path();
        let told = printed(&program(&["config", "check", path.to_str().unwrap()]));
        assert!(told.contains(": ok ("), "{told}");
        checked += 1;
    }
    assert_eq!(checked, 4, "the configuration with every key, and the three scenarios");
}

#[test]
fn what_the_documents_link_to_is_there() {
    for name in
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "packaging/README.md", "docs/detection.md", "docs/agents.md"]
    {
        let text = document(name);
        let dir = here().join(name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.contains("://") && !link.starts_with('#') {
                let target = dir.parent().unwrap().join(link.split('#').next().unwrap());
                assert!(target.exists(), "{name} links to {link}");
            }
        }
    }
}

/// Runs the installer below `dest`.
fn install(dest: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(here().join("packaging/install.sh"));
    command.args(args).env("DESTDIR", dest).output().unwrap()
}

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let entries =
        walkdir::WalkDir::new(dir).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    entries.map(|entry| entry.path().strip_prefix(dir).unwrap().to_owned()).collect()
}

#[test]
fn the_installer_installs_keeps_the_configuration_and_goes_again() {
    let dest = tempfile::tempdir().unwrap();
    let config = dest.path().join("etc/chimera-insight/config.toml");
    printed(&install(dest.path(), &["--binary", PROGRAM]));
    let installed = [
        "etc/chimera-insight/config.toml",
        "usr/bin/chimera-insight",
        "usr/lib/systemd/system/chimera-insight.service",
        "usr/lib/sysusers.d/chimera-insight.conf",
    ];
    assert_eq!(files(dest.path()), installed.iter().map(PathBuf::from).collect());
    let mode = |path: &str| fs::metadata(dest.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(installed.map(mode), [0o644, 0o755, 0o644, 0o644]);
    let shown = printed(&program(&["config", "show", config.to_str().unwrap()]));
    assert!(shown.contains("dir = \"/var/lib/chimera-insight\""), "{shown}");

    fs::write(&config, "[judge]\nrecover_runs = 12\n").unwrap();
    printed(&install(dest.path(), &["--binary", PROGRAM]));
    assert_eq!(fs::read_to_string(&config).unwrap(), "[judge]\nrecover_runs = 12\n");

    printed(&install(dest.path(), &["--uninstall"]));
    assert_eq!(files(dest.path()), BTreeSet::from([PathBuf::from("etc/chimera-insight/config.toml")]));
}

#[test]
fn the_installer_puts_its_prefix_into_the_unit_and_refuses_what_it_does_not_know() {
    let dest = tempfile::tempdir().unwrap();
    printed(&install(dest.path(), &["--binary", PROGRAM, "--prefix", "/opt/chimera"]));
    let unit = fs::read_to_string(dest.path().join("etc/systemd/system/chimera-insight.service")).unwrap();
    assert!(unit.contains("\nExecStart=/opt/chimera/bin/chimera-insight run "), "{unit}");
    assert!(!unit.contains("/usr/bin/chimera-insight"), "{unit}");

    let code = |args: &[&str]| install(dest.path(), args).status.code();
    assert_eq!(code(&["--prefix", "relative"]), Some(2));
    assert_eq!(code(&["--colour"]), Some(2));
    assert_eq!(code(&["--binary", "/nonexistent"]), Some(3));
}
