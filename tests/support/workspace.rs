//! A tree of benchmark results in a temporary directory, and the program run on it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::mail::Mail;

/// Settings that make the program quick enough for tests; everything else has its default.
const QUICK: &str = "[watch]\nsettle = \"20ms\"\nquiet = \"60ms\"\nmax_age = \"2s\"\n";

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::new(command.output().expect("the program can be started"))
    }

    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The one JSON object on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in the output of {self:#?}"))
    }

    /// The same, when the exit code was this.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

/// A tree with `reports/`, `csv_data/` and `artifacts/`, named `bench`, and a home beside it; gone when dropped.
pub struct Workspace {
    dir: TempDir,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    /// The three directories and a configuration with short times.
    pub fn new() -> Self {
        let workspace = Self::bare();
        for dir in ["reports", "csv_data", "artifacts"] {
            fs::create_dir(workspace.path(dir)).expect("a directory can be made");
        }
        workspace.configure("");
        workspace
    }

    /// A tree without directories and without configuration.
    pub fn bare() -> Self {
        let dir = TempDir::new().expect("a temporary directory can be made");
        for sub in ["bench", "home"] {
            fs::create_dir(dir.path().join(sub)).expect("a directory can be made");
        }
        Self { dir }
    }

    /// Writes `chimera-insight.toml`: the short times and `more` (which begins with a section of its own, if with any).
    pub fn configure(&self, more: &str) {
        self.write("chimera-insight.toml", format!("{QUICK}{more}"));
    }

    /// The tree.
    pub fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("it is there").join("bench")
    }

    /// A path of the tree.
    pub fn path(&self, rel: impl AsRef<Path>) -> PathBuf {
        self.root().join(rel)
    }

    /// A path beside the tree, which the program does not look at.
    pub fn beside(&self, rel: impl AsRef<Path>) -> PathBuf {
        self.root().with_file_name("home").join(rel)
    }

    /// The state directory of the defaults.
    pub fn state(&self) -> PathBuf {
        self.path(".chimera-insight")
    }

    /// Writes a file, making the directories above it.
    pub fn write(&self, rel: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(rel);
        fs::create_dir_all(path.parent().expect("a path below the tree")).expect("directories can be made");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }

    /// Removes a file.
    pub fn remove(&self, rel: impl AsRef<Path>) {
        let path = self.path(rel);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Reads a file as text.
    pub fn read(&self, rel: impl AsRef<Path>) -> String {
        let path = self.path(rel);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The program with these arguments, in the tree, with nothing of this process's environment but PATH.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("chimera-insight"));
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.beside(""))
            // Nobody's Ollama is to be asked by accident; nothing listens at the port of "discard".
            .env("OLLAMA_HOST", "127.0.0.1:9")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ended {
        Ended::of(&mut self.command(args))
    }

    /// `scan --json`, which must end well.
    #[track_caller]
    pub fn scan(&self) -> Value {
        self.run(["scan", "--json"]).code(0).json()
    }

    /// `status --json`, which must end well.
    #[track_caller]
    pub fn status(&self) -> Value {
        self.run(["status", "--json"]).code(0).json()
    }

    /// `explain FILE --json`, which must end well.
    #[track_caller]
    pub fn explain(&self, rel: impl AsRef<Path>) -> Value {
        let path = self.path(rel);
        self.run([OsStr::new("explain"), path.as_os_str(), OsStr::new("--json")]).code(0).json()
    }

    /// All series of the index, as `series --json` lists them.
    #[track_caller]
    pub fn series(&self) -> Vec<Value> {
        let listed = self.run(["series", "--json"]).code(0).json();
        listed["series"].as_array().expect("a list of series").clone()
    }

    /// The index, read-only, by SQLite alone.
    pub fn index(&self) -> rusqlite::Connection {
        let path = self.state().join("chimera-insight.db");
        rusqlite::Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// One number out of the index.
    #[track_caller]
    pub fn count(&self, sql: &str) -> i64 {
        self.index().query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The Markdown reports below the tree, wherever they stand, in the order in which they were written.
    pub fn reports(&self) -> Vec<PathBuf> {
        let is_report = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.starts_with("insight-") && name.ends_with(".md")
        };
        let mut reports: Vec<PathBuf> = files_below(&self.root()).into_iter().filter(is_report).collect();
        // Names of one second tell no order across directories.
        reports.sort_by_key(|path| fs::metadata(path).and_then(|of| of.modified()).expect("a report is there"));
        reports
    }

    /// The newest report's text.
    #[track_caller]
    pub fn last_report(&self) -> String {
        let path = self.reports().pop().expect("a report");
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The mails in the file outbox, by subject and recipient.
    pub fn mails(&self) -> Vec<Mail> {
        let mut mails: Vec<Mail> = files_below(&self.state().join("outbox"))
            .iter()
            .map(|path| Mail::parse(&fs::read(path).expect("a mail can be read")))
            .collect();
        mails.sort_by_key(|mail| (mail.subject().to_owned(), mail.header("To").to_owned()));
        mails
    }
}

/// All files below a directory, in lexical order; none when it is not there.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return files };
    for entry in entries {
        let entry = entry.expect("a directory can be read");
        match entry.file_type().expect("an entry has a type") {
            kind if kind.is_dir() => files.extend(files_below(&entry.path())),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files.sort();
    files
}

/// Copies a tree with all in it, writable, whatever the original is.
pub fn copy_tree(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("it lies below"));
        fs::create_dir_all(target.parent().expect("it has a directory")).expect("directories can be made");
        fs::write(&target, fs::read(&file).expect("a file can be read")).expect("a file can be written");
    }
}
