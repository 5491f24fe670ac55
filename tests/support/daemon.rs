//! The daemon as a process of its own, and waiting for what it does.

use std::fmt::Debug;
use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::workspace::Workspace;

/// A machine on which this is not enough is not well.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often is looked at what is waited for.
const LOOK: Duration = Duration::from_millis(10);
/// What SIGTERM promises.
const PROMISE: Duration = Duration::from_secs(10);

/// What is left of a time to wait.
struct Patience {
    begun: Instant,
    whole: Duration,
}

impl Patience {
    // The program's own clock is not known here, and nothing is decided by this one but when a test has failed.
    #[allow(clippy::disallowed_methods, reason = "waiting in tests")]
    fn of(whole: Duration) -> Self {
        Self { begun: Instant::now(), whole }
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.whole
    }
}

/// `run` on a workspace. Killed when dropped; its log is shown when the test fails.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it and waits until it is ready.
    #[track_caller]
    pub fn start(workspace: &Workspace) -> Self {
        let daemon = Self::spawn(workspace, workspace.command(["run"]));
        daemon.wait_until_ready(workspace);
        daemon
    }

    /// Starts a command that runs it.
    pub fn spawn(workspace: &Workspace, mut command: Command) -> Self {
        let log = workspace.beside("daemon.log");
        let err = OpenOptions::new().create(true).append(true).open(&log).expect("a log can be written");
        let child = command.stdout(Stdio::null()).stderr(err).spawn().expect("the program can be started");
        Self { child, log }
    }

    /// Waits until `status` calls it ready.
    #[track_caller]
    pub fn wait_until_ready(&self, workspace: &Workspace) {
        wait_for("the daemon to be ready", || {
            let status = try_status(workspace)?;
            (status["daemon"]["ready"] == true && status["daemon"]["pid"] == self.pid()).then_some(())
        });
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged on this workspace, its predecessors included.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn is_up(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process number");
        kill_process(pid, signal).expect("a child that was not waited for can be signalled");
    }

    /// SIGTERM: it must end well, within the time that is promised.
    #[track_caller]
    pub fn end(mut self) {
        self.signal(Signal::TERM);
        let status = self.wait(PROMISE);
        assert!(status.success(), "SIGTERM ended it with {status}");
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.wait(PATIENCE);
    }

    /// Waits until it has ended.
    #[track_caller]
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let patient = Patience::of(patience);
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(!patient.is_over(), "the daemon did not end within {} s", patience.as_secs());
            thread::sleep(LOOK);
        }
    }

    /// Processor time used so far, in ticks of (on Linux always) 10 ms.
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("the process is there");
        let after_name = stat.rsplit_once(')').expect("a name in parentheses").1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.is_up() {
            // A test failed, or is over; either way nothing is to be learned from how it ends.
            drop(self.child.kill());
            drop(self.child.wait());
        }
        if thread::panicking() {
            eprintln!("──── the daemon's log ────\n{}", self.log());
        }
    }
}

/// Looks until there is an answer; panics after half a minute.
#[track_caller]
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}

/// Looks until there is an answer; panics after `patience`.
#[track_caller]
pub fn wait_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patient = Patience::of(patience);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(!patient.is_over(), "waited {} s in vain for {what}", patience.as_secs());
        thread::sleep(LOOK);
    }
}

/// `status --json`; nothing while there is no index yet.
pub fn try_status(workspace: &Workspace) -> Option<Value> {
    let ended = workspace.run(["status", "--json"]);
    (ended.code == Some(0)).then(|| ended.json())
}

/// Waits until `status` fulfils a condition.
#[track_caller]
pub fn wait_status(workspace: &Workspace, what: &str, done: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let patient = Patience::of(PATIENCE);
    while !patient.is_over() {
        if let Some(status) = try_status(workspace) {
            if done(&status) {
                return status;
            }
            last = status;
        }
        thread::sleep(LOOK);
    }
    panic!("waited {} s in vain for {what}; the last status: {last:#}", PATIENCE.as_secs());
}

/// Waits until `artifacts` files are indexed and nothing is under way: no pending file, no open landing, no mail to be sent.
#[track_caller]
pub fn wait_indexed(workspace: &Workspace, artifacts: u64) -> Value {
    wait_status(workspace, &format!("{artifacts} artifacts and quiet"), |status| {
        status["artifacts"]["total"] == artifacts && is_quiet(status)
    })
}

/// Whether all work that `status` knows of is done.
pub fn is_quiet(status: &Value) -> bool {
    let waiting = |state: &str| status["mails"][state].as_u64().unwrap_or(0);
    status["pending"] == 0 && status["open_landings"] == 0 && waiting("queued") + waiting("data_started") == 0
}

/// Compares, and shows what belongs together.
#[track_caller]
pub fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) {
    assert!(found == expected, "{what}\n   found {found:#?}\nexpected {expected:#?}");
}
