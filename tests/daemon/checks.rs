//! Checks that trust nothing of what the program says about itself: an own walk, own hashes, SQLite alone.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use harness::{Workspace, files_below};

use crate::daemon::{same, wait_indexed};

/// The index holds exactly what is on disk, each file read once in the form that it has now, and no work is left.
#[track_caller]
pub fn index_is_true(workspace: &Workspace) {
    let index = workspace.index();
    let integrity: String = index.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    same("paths and hashes of the index", &indexed(workspace), &on_disk(workspace));
    for (what, sql) in [
        ("files left to read", "SELECT count(*) FROM landing_item"),
        ("files under way", "SELECT count(*) FROM artifact WHERE state IN ('pending', 'landed')"),
        ("landings under way", "SELECT count(*) FROM landing WHERE stage <> 'done'"),
        ("landings without artifacts", "SELECT count(*) FROM landing WHERE id NOT IN (SELECT landing_id FROM version)"),
    ] {
        assert_eq!(workspace.count(sql), 0, "{what}");
    }
}

/// No file has been indexed in more than one version.
#[track_caller]
pub fn each_file_was_indexed_once(workspace: &Workspace) {
    index_is_true(workspace);
    let twice = "SELECT group_concat(path, ', ') FROM artifact WHERE id IN (SELECT artifact_id FROM version GROUP BY 1 HAVING count(*) > 1)";
    let twice: Option<Vec<u8>> = workspace.index().query_row(twice, [], |row| row.get(0)).unwrap();
    assert_eq!(twice.map(|paths| String::from_utf8_lossy(&paths).into_owned()), None, "indexed more than once");
}

/// Lands one more file and waits until it has gone all the way: what was still to come of earlier ones has come then. `artifacts` is the
/// number of files without it.
#[track_caller]
pub fn let_everything_pass(workspace: &Workspace, artifacts: u64) {
    workspace.write("artifacts/last_one.csv", "name,mean_ms\nlast,1.25\n");
    wait_indexed(workspace, artifacts + 1);
}

/// How many versions of a file the index holds.
pub fn versions(workspace: &Workspace, path: &str) -> i64 {
    let sql = "SELECT count(*) FROM version v JOIN artifact a ON a.id = v.artifact_id WHERE a.path = ?1";
    workspace.index().query_row(sql, [path.as_bytes()], |row| row.get(0)).unwrap()
}

/// There is one report a landing, each whole, and nothing half-written anywhere.
#[track_caller]
pub fn reports_are_whole(workspace: &Workspace) {
    let mut noted: Vec<Vec<u8>> = Vec::new();
    let index = workspace.index();
    let mut query = index.prepare("SELECT report_path FROM landing WHERE stage = 'done'").unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.for_each(|path| noted.push(path.unwrap()));
    noted.sort();
    let mut found: Vec<Vec<u8>> =
        workspace.reports().iter().map(|path| path.as_os_str().as_bytes().to_owned()).collect();
    found.sort();
    let shown = |paths: &[Vec<u8>]| -> Vec<String> {
        paths.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect()
    };
    same("one report a landing", &shown(&found), &shown(&noted));
    for path in workspace.reports() {
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        is_whole(&text(&path), &text(&path.with_extension("html")));
    }
    no_temporary_files(workspace);
}

/// The Markdown and the HTML of a report end with the same words.
#[track_caller]
fn is_whole(markdown: &str, html: &str) {
    let Some(last) = markdown.strip_suffix('\n').and_then(|text| text.lines().last()) else {
        panic!("cut off: {markdown}")
    };
    let end = html.rfind("<tr>").map_or(html, |at| &html[at..]);
    assert!(html.trim_end().ends_with("</html>"), "cut off: {html}");
    let words = last.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.for_each(|word| assert!(end.contains(word), "{word:?} of the last line {last:?} is not in {end:?}"));
}

/// Nothing that was being written was left behind, in the tree or in the state.
#[track_caller]
pub fn no_temporary_files(workspace: &Workspace) {
    let names = files_below(&workspace.root());
    let left: Vec<_> = names.iter().filter(|path| path.extension() == Some(OsStr::new("tmp"))).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// Every artifact below the three directories, by an own walk, and the hash of its bytes.
fn on_disk(workspace: &Workspace) -> BTreeMap<String, String> {
    let roots = ["reports", "csv_data", "artifacts"];
    let files = roots.iter().flat_map(|root| files_below(&workspace.path(root)));
    let is_artifact = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        [".csv", ".json", ".md"].iter().any(|ending| name.ends_with(ending)) && !name.starts_with("insight-")
    };
    files
        .filter(|path| is_artifact(path))
        .map(|path| {
            let rel = path.strip_prefix(workspace.root()).unwrap().to_str().unwrap().to_owned();
            (rel, blake3::hash(&fs::read(&path).unwrap()).to_hex().to_string())
        })
        .collect()
}

/// Every artifact that the index holds as read, and the hash of the version that it holds as the present one.
fn indexed(workspace: &Workspace) -> BTreeMap<String, String> {
    let index = workspace.index();
    let sql = "SELECT a.path, v.hash FROM artifact a JOIN version v ON v.id = a.version_id WHERE a.state = 'indexed'";
    let mut query = index.prepare(sql).unwrap();
    let rows = query.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
    rows.map(|row| {
        let (path, hash) = row.unwrap();
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        (String::from_utf8(path).unwrap(), hash)
    })
    .collect()
}
