//! kill -9 at every step of the way, then a restart: nothing is lost, and nothing is mailed twice.
//!
//! A library preloaded into the daemon (`kill.c`) kills it at the N-th call that makes something durable, and strace at the N-th rename
//! of each thread, for N from 1 on until a life passes without being killed. By default every few N are tried; `CHIMERA_ALL_KILLS=1`
//! tries all of them, and each single write to the database.

use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use harness::smtp::{Behaviour, FakeSmtp};
use harness::{Bench, Workspace, files_below};
use serde_json::{Value, json};

use crate::checks::{each_file_was_indexed_once, reports_are_whole};
use crate::daemon::{Daemon, is_quiet, same, try_status, wait_for, wait_status};
use crate::smtp::{each_recipient_got_one, to_server};

/// The quiet time leaves room for a test that has to wait for its turn between two files of a landing.
const QUICK: &str = "[watch]\nsettle = \"20ms\"\nquiet = \"250ms\"\n";
const TO: &str = "[mail]\nto = [\"ann@example.org\", \"Bob <bob@example.org>\"]\n";
/// Lives at the same time: they wait more than they work.
const AT_A_TIME: usize = 3;
/// After so many lives in a row that nobody ended there is no later call to be killed at.
const SURVIVED: usize = 3;

#[test]
fn killed_at_a_sync_or_a_deletion() {
    sweep(4, 6, |n| slower_runs(&|workspace| preloaded(workspace, n, false)));
}

#[test]
fn killed_at_any_write() {
    sweep(29, 6, |n| slower_runs(&|workspace| preloaded(workspace, n, true)));
}

#[test]
fn killed_while_mail_is_sent() {
    sweep(4, 5, |n| slower_runs_by_smtp(&|workspace| preloaded(workspace, n, false)));
}

#[test]
fn killed_in_the_first_index() {
    sweep(19, 4, |n| first_index(&|workspace| preloaded(workspace, n, true)));
}

#[test]
fn killed_at_a_rename() {
    if can_trace() {
        sweep(1, 2, |n| slower_runs(&|workspace| traced(workspace, n)));
    } else {
        eprintln!("skipped: strace is missing or may not trace here");
    }
}

/// Lives that are ended at the N-th call, for every `step`-th N; `life` says whether it was. At least `least` must be.
fn sweep(step: usize, least: usize, life: impl Fn(usize) -> bool + Sync) {
    let step = if env::var_os("CHIMERA_ALL_KILLS").is_some() { 1 } else { step };
    // The next N, how many lives were ended, and how many in a row were not.
    let progress = Mutex::new((1, 0, 0));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(n) = next(&progress, step) {
                    let killed = catch_unwind(AssertUnwindSafe(|| life(n)))
                        .unwrap_or_else(|_| panic!("what went wrong follows from a death at call {n}"));
                    let mut progress = progress.lock().unwrap();
                    progress.1 += usize::from(killed);
                    progress.2 = if killed { 0 } else { progress.2 + 1 };
                }
            });
        }
    });
    let (next, killed, _) = progress.into_inner().unwrap();
    eprintln!("killed {killed} times, at every {step}. call up to {next}");
    assert!(killed >= least, "only {killed} lives were ended: what is tested here?");
}

fn next(progress: &Mutex<(usize, usize, usize)>, step: usize) -> Option<usize> {
    let mut progress = progress.lock().unwrap();
    if progress.2 >= SURVIVED {
        return None;
    }
    progress.0 += step;
    Some(progress.0 - step)
}

/// Three slower runs land after 24 runs of history; the mails become files.
fn slower_runs(daemon: &dyn Fn(&Workspace) -> Command) -> bool {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.write("chimera-insight.toml", format!("{QUICK}{TO}"));
    bench.history(&workspace, 0..24);
    workspace.scan();
    let killed = two_lives(&workspace, daemon, || land_at_once(&workspace, &bench), has_mailed);
    nothing_was_lost_or_doubled(&workspace, 2);
    one_file_for_each(&workspace);
    killed
}

/// The same, with a mail server.
fn slower_runs_by_smtp(daemon: &dyn Fn(&Workspace) -> Command) -> bool {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    let server = FakeSmtp::start(Behaviour::default());
    workspace.write("chimera-insight.toml", format!("{QUICK}{}", to_server(&server)));
    bench.history(&workspace, 0..24);
    workspace.scan();
    let killed = two_lives(&workspace, daemon, || land_at_once(&workspace, &bench), has_mailed);
    nothing_was_lost_or_doubled(&workspace, 2);
    each_recipient_got_one(&server.accepted());
    // Only a mail that was under way when the process died goes out again.
    assert!(server.accepted().len() <= 3, "{} mails", server.accepted().len());
    killed
}

/// The first index of a tree whose newest runs are slower: history, and no mail about it.
fn first_index(daemon: &dyn Fn(&Workspace) -> Command) -> bool {
    let (workspace, bench) = (Workspace::new(), Bench::new("reports/codec"));
    workspace.write("chimera-insight.toml", format!("{QUICK}{TO}"));
    bench.history(&workspace, 0..24);
    (24..27).for_each(|n| drop(bench.land(&workspace, n, 1.3)));
    let killed = two_lives(&workspace, daemon, || (), |_| true);
    nothing_was_lost_or_doubled(&workspace, 1);
    assert_eq!(workspace.status()["mails"], json!({}));
    assert!(files_below(&workspace.state().join("outbox")).is_empty());
    killed
}

/// Runs the daemon until it is killed or has done everything, and then a second one that nobody kills. Says whether the first was killed.
fn two_lives(
    workspace: &Workspace,
    daemon: &dyn Fn(&Workspace) -> Command,
    land: impl Fn(),
    done: impl Fn(&Value) -> bool,
) -> bool {
    let done = |status: &Value| status["runs"] == 27 && is_quiet(status) && done(status);
    let mut first = Daemon::spawn(workspace, daemon(workspace));
    wait_for("the daemon to be ready or dead", || {
        (!first.is_up() || try_status(workspace).is_some_and(|status| status["daemon"]["ready"] == true)).then_some(())
    });
    land();
    wait_for("the daemon to be done or dead", || {
        (!first.is_up() || try_status(workspace).is_some_and(|status| done(&status))).then_some(())
    });
    if first.is_up() {
        first.signal(rustix::process::Signal::TERM);
    }
    let ended = first.wait(Duration::from_secs(10));
    assert!(ended.success() || ended.signal() == Some(9), "{ended}");
    let second = Daemon::start(workspace);
    wait_status(workspace, "everything to be done in the second life", done);
    second.end();
    !ended.success()
}

fn has_mailed(status: &Value) -> bool {
    status["mails"]["accepted"] == 2
}

/// The daemon with the library that kills it at the `n`-th call.
fn preloaded(workspace: &Workspace, n: usize, writes: bool) -> Command {
    let mut command = workspace.command(["run"]);
    command.env("LD_PRELOAD", library()).env("KILL_AT", n.to_string());
    if writes {
        command.env("KILL_WRITES", "1");
    }
    command
}

/// The library, built by the compiler that links Rust programs too.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (fresh, path) = (dir.join(format!("kill-{}.so", std::process::id())), dir.join("kill.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/daemon/kill.c");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&fresh, &source]).status();
        assert!(built.expect("a C compiler is there").success(), "the library cannot be built");
        fs::rename(fresh, &path).unwrap();
        path
    })
}

fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// The daemon under strace, which stands beside it and not above it: the child is the daemon itself.
fn traced(workspace: &Workspace, n: usize) -> Command {
    let run = workspace.command(["run"]);
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2"]);
    command.args(["-e", &format!("inject=rename,renameat,renameat2:signal=KILL:when={n}"), "--"]);
    command.arg(run.get_program()).args(run.get_args()).current_dir(workspace.root()).stdin(Stdio::null());
    command.env_clear();
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn land_at_once(workspace: &Workspace, bench: &Bench) {
    for n in 24..27 {
        fs::write(workspace.beside(n.to_string()), bench.content(n, 1.3)).unwrap();
    }
    for n in 24..27 {
        fs::rename(workspace.beside(n.to_string()), workspace.path(bench.path(n))).unwrap();
    }
}

/// Everything is in the index once, and everything that follows from it was done once.
fn nothing_was_lost_or_doubled(workspace: &Workspace, landings: u64) {
    each_file_was_indexed_once(workspace);
    reports_are_whole(workspace);
    let status = workspace.status();
    let counts = ["runs", "series", "measurements", "landings", "pending", "failed"].map(|key| status[key].clone());
    same("what the index holds", &counts, &[27, 2, 54, landings, 0, 0].map(Value::from));
    same("health", &status["health"], &json!([]));
    if landings == 2 {
        same("alerts", &status["alerts"], &json!({ "firing": 2 }));
        same("mails", &status["mails"], &json!({ "accepted": 2 }));
    }
}

fn one_file_for_each(workspace: &Workspace) {
    let mails = workspace.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.header("To")).collect();
    same("mails by recipient", &to, &vec!["Bob <bob@example.org>", "ann@example.org"]);
    let index = workspace.index();
    let mut query = index.prepare("SELECT message_id || '.eml' FROM outbox ORDER BY 1").unwrap();
    let decided: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let written: Vec<String> = files_below(&workspace.state().join("outbox"))
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    same("mails as files", &written, &decided);
}
