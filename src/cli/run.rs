//! `run`: the service, in the foreground unless told otherwise.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{RunArgs, logging, progress::Shown, setup};
use crate::daemon::{self, lock::StateLock};

/// The runtime's threads get this long to end after the workers have; a system call that hangs does not hold the process.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// Runs the daemon until it is told to stop.
pub fn run(args: &RunArgs) -> Result<u8> {
    let base = setup::base(&args.place)?;
    logging::start(&setup::load(&args.place, &base)?.log.level);
    let settings = setup::settings(&args.place)?;
    let mut lock = StateLock::acquire(&settings.tree.state)?;
    if let (true, Some(pid_file)) = (args.daemonize, &args.pid_file) {
        // What would end the child is found out while somebody still looks.
        drop(setup::context(settings.clone())?);
        // Before any thread exists: a fork keeps only the one that forks.
        go_to_background(&settings.tree.state, pid_file)?;
        lock.write_pid().context("write the process number into the lock")?;
    }
    let context = setup::context(settings)?;
    // A relative --root means the directory in which the daemon was started, also when it reads its configuration again.
    let place = super::Place { root: Some(base), ..args.place.clone() };
    let reload = Arc::new(move || setup::settings(&place));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(daemon::run(context, reload, Arc::new(Shown::default())));
    runtime.shutdown_timeout(LAST_GRACE);
    if let Some(pid_file) = &args.pid_file {
        // Our own and no longer true; when it cannot be removed, the lock still tells that nobody runs.
        let _ = std::fs::remove_file(pid_file);
    }
    drop(lock);
    ended.map(|()| 0)
}

/// Forks into the background: output goes to `daemon.log` in the state directory, the number into `pid_file`.
fn go_to_background(state: &Path, pid_file: &Path) -> Result<()> {
    let log = state.join("daemon.log");
    let open = || OpenOptions::new().create(true).append(true).open(&log);
    let (out, err) = (open(), open());
    let told = || format!("cannot write {}", log.display());
    daemonize::Daemonize::new()
        .pid_file(std::path::absolute(pid_file)?)
        .working_directory(std::env::current_dir()?)
        .stdout(out.with_context(told)?)
        .stderr(err.with_context(told)?)
        .start()
        .context("cannot go to the background")
}
