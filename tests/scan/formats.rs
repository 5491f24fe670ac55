//! Every format has a file of its own below `tests/fixtures/formats/TOOL/`, written for this project, and beside it what `explain`
//! says of it (`NAME.explain.txt`). After a change that is meant, `CHIMERA_BLESS=1 cargo test --test scan formats` writes the latter
//! anew; the difference is then reviewed like any other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chimera_insight::artifact;
use harness::{Workspace, files_below};

const SAID: &str = ".explain.txt";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

/// The fixture's path below the directory of all.
fn name(file: &Path) -> String {
    file.strip_prefix(fixtures()).unwrap_or(file).display().to_string()
}

#[test]
fn what_explain_says_of_every_format_is_as_recorded() {
    let bless = std::env::var_os("CHIMERA_BLESS").is_some();
    let workspace = Workspace::new();
    let mut wrong = Vec::new();
    let files: Vec<PathBuf> =
        files_below(&fixtures()).into_iter().filter(|f| !f.to_string_lossy().ends_with(SAID)).collect();
    assert!(!files.is_empty(), "no fixtures");
    for file in files {
        let copy = format!("reports/{}", name(&file));
        workspace.write(&copy, fs::read(&file).unwrap());
        let said = workspace.run(["explain", &copy, "--all"]).code(0).stdout;
        let mut beside = file.clone().into_os_string();
        beside.push(SAID);
        if bless {
            fs::write(&beside, &said).unwrap();
        } else if fs::read_to_string(&beside).ok().as_deref() != Some(said.as_str()) {
            wrong.push(format!("{}:\n{said}", name(&file)));
        }
    }
    assert!(wrong.is_empty(), "explain says something else now of\n{}", wrong.join("\n"));
}

#[test]
fn every_known_tool_has_a_fixture() {
    let mut shown = BTreeSet::new();
    for file in files_below(&fixtures()).into_iter().filter(|file| file.to_string_lossy().ends_with(SAID)) {
        let said = fs::read_to_string(&file).unwrap();
        let format = said.lines().find_map(|line| line.strip_prefix("format ")).unwrap_or_default().trim().to_owned();
        shown.extend(format.rsplit_once(" (").map(|(tool, _)| tool.to_owned()));
    }
    let known: BTreeSet<String> = artifact::tools().into_iter().map(str::to_owned).collect();
    assert!(known.len() > 50, "only {known:?} are known");
    assert_eq!(shown, known, "left: tools that fixtures show; right: tools that are known");
}
