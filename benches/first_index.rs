//! The first index of a large tree: makes a tree of small artifacts with a fixed seed, scans it once with the real binary, and prints
//! what it took, as ratios that say something on another machine.
//!
//! ```sh
//! cargo bench --bench first_index            # 10,000 artifacts
//! cargo bench --bench first_index -- 100000  # as many as named
//! ```

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Artifacts in one directory; each is one CSV or JSON with four measurements.
const PER_DIRECTORY: u64 = 1000;

fn main() {
    let artifacts: u64 = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(10_000);
    let tree = tempfile::tempdir().expect("a temporary directory");
    let bytes = make(tree.path(), artifacts);
    println!("{artifacts} artifacts, {bytes} bytes");
    let output = scan(tree.path());
    let report: serde_json::Value = serde_json::from_slice(&output).expect("scan prints one JSON object");
    let database = fs::metadata(tree.path().join(".chimera-insight/chimera-insight.db")).expect("an index").len();
    let seconds = report["seconds"]["index"].as_f64().unwrap_or(f64::NAN);
    println!("measurements        {}", report["measurements"]);
    println!("artifacts/s         {:.0} (index stage alone)", artifacts as f64 / seconds);
    println!("index : total time  {:.2}", seconds / report["seconds"]["total"].as_f64().unwrap_or(f64::NAN));
    println!("database : tree     {:.2} (bytes)", database as f64 / bytes as f64);
}

/// Writes the tree; gives its size in bytes.
fn make(tree: &Path, artifacts: u64) -> u64 {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    let mut bytes = 0;
    for number in 0..artifacts {
        let dir = tree.join(format!("reports/suite_{}", number / PER_DIRECTORY));
        fs::create_dir_all(&dir).expect("a directory");
        let series = number % 20;
        let stamp = format!("2026{:02}{:02}-{:06}", 1 + number / 2800 % 12, 1 + number / 100 % 28, number % 240_000);
        let mut value = |scale: f64| scale * (1.0 + random.next() * 0.02);
        let (name, text) = if number % 2 == 0 {
            let rows: String = [1024, 2048]
                .iter()
                .map(|ctx| format!("m{series},{ctx},{:.4},{:.3}\n", value(0.12), value(76.0)))
                .collect();
            (format!("chat_{series}_{stamp}.csv"), format!("model,num_ctx,ttft_s,tokens_per_second\n{rows}"))
        } else {
            let rows: Vec<String> = ["encode", "decode"]
                .iter()
                .map(|case| {
                    format!("{{\"name\": \"{case}\", \"mean_ms\": {:.4}, \"p99_ms\": {:.4}}}", value(8.0), value(12.0))
                })
                .collect();
            (format!("codec_{series}_{stamp}.json"), format!("{{\"results\": [{}]}}\n", rows.join(", ")))
        };
        bytes += text.len() as u64;
        fs::write(dir.join(name), text).expect("a file");
    }
    bytes
}

fn scan(tree: &Path) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chimera-insight"));
    command.args(["scan", "--json"]).arg(tree).stderr(Stdio::inherit()).env_clear().arg0("chimera-insight");
    let output = command.output().expect("the binary runs");
    assert!(output.status.success(), "scan ended with {}", output.status);
    output.stdout
}

/// Marsaglia's xorshift64: the same tree everywhere.
struct Xorshift(u64);

impl Xorshift {
    /// Uniform in -1..1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
