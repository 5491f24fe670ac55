//! One `scan` of the real binary, watched from outside.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How often the process is asked for the most memory that it ever held. The kernel keeps that mark, so only growth within the
/// last of these moments can be missed.
const LOOK: Duration = Duration::from_millis(2);

/// What a scan said and took.
pub struct Scan {
    /// What it printed.
    pub report: Value,
    /// The most resident memory that it ever had.
    pub peak_bytes: u64,
    /// The database and what stands beside it (write-ahead log).
    pub database_bytes: u64,
}

/// Scans the tree at `root`.
pub fn scan(root: &Path) -> Scan {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chimera-insight"));
    command.args(["scan", "--json"]).arg(root).env_clear().arg0("chimera-insight");
    let mut child = command.stderr(Stdio::inherit()).stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut pipe = child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut output = Vec::new();
        pipe.read_to_end(&mut output).map(|_| output)
    });
    let peak_bytes = watch(&mut child);
    let output = reader.join().expect("the reader ends").expect("the output of scan");
    Scan {
        report: serde_json::from_slice(&output).expect("scan prints one JSON object"),
        peak_bytes,
        database_bytes: database_bytes(&root.join(".chimera-insight")),
    }
}

/// Waits for the process to end; gives the most memory that it held.
fn watch(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // A process that has ended has no such line.
        let marked = fs::read_to_string(&status).ok().and_then(|text| high_water(&text));
        peak = peak.max(marked.unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("the state of the process") {
            assert!(ended.success(), "scan ended with {ended}");
            return peak;
        }
        thread::sleep(LOOK);
    }
}

/// The high-water mark of resident memory in `/proc/PID/status`, in bytes.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok().map(|kibibytes: u64| kibibytes * 1024)
}

fn database_bytes(state: &Path) -> u64 {
    let size = |name: &str| fs::metadata(state.join(name)).map_or(0, |metadata| metadata.len());
    size("chimera-insight.db") + size("chimera-insight.db-wal")
}
