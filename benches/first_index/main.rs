//! The first index of a large tree: makes a tree of small artifacts with a fixed seed, scans it once with the real binary, and prints
//! what it took: time by stage, the most memory the process ever held, and what the database costs beside the tree. Then the same
//! number of files is given to the store alone.
//!
//! ```sh
//! cargo bench --bench first_index                  # 10,000 artifacts
//! cargo bench --bench first_index -- 100000        # as many as named
//! cargo bench --bench first_index -- 100000 DIR    # below DIR, which must not exist yet; the tree and its index stay
//! ```
//!
//! It fails when the promise of the project is broken: 250 MB of memory, and a database no larger than the tree.

mod bulk;
mod measure;
mod shapes;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

/// The most memory that a scan of 100,000 artifacts may hold, in bytes.
const MOST_MEMORY: u64 = 250_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let artifacts: u64 = arguments.first().map_or(10_000, |count| count.parse().expect("a number of artifacts"));
    match arguments.get(1) {
        Some(kept) => {
            fs::create_dir(kept).expect("a directory that does not exist yet");
            bench(&PathBuf::from(kept), artifacts);
        }
        None => bench(tempfile::tempdir().expect("a temporary directory").path(), artifacts),
    }
}

fn bench(root: &Path, artifacts: u64) {
    let tree = tree::make(root, artifacts).expect("a tree");
    println!("artifacts           {} of {} nights", tree.artifacts, tree.nights);
    println!("tree                {:.1} MB, median artifact {} bytes", mega(tree.bytes), tree.median);
    let scan = measure::scan(root);
    let count = |name: &str| scan.report[name].as_u64().unwrap_or_default();
    assert_eq!(scan.report["artifacts"]["total"], tree.artifacts, "every artifact is indexed");
    println!("measurements        {} of {} series in {} runs", count("measurements"), count("series"), count("runs"));
    for stage in ["index", "judge", "report", "total"] {
        let seconds = scan.report["seconds"][stage].as_f64().unwrap_or(f64::NAN);
        println!("{stage:<19} {seconds:.1} s, {:.0} artifacts/s", tree.artifacts as f64 / seconds);
    }
    println!("peak memory         {:.0} MB", mega(scan.peak_bytes));
    println!("database            {:.1} MB", mega(scan.database_bytes));
    println!("database : tree     {:.2}", scan.database_bytes as f64 / tree.bytes as f64);
    println!("bytes a measurement {:.0}", scan.database_bytes as f64 / count("measurements") as f64);
    let alone = tempfile::tempdir().expect("a temporary directory");
    let bulk = bulk::store(alone.path(), artifacts as usize);
    println!("store alone         {:.1} s, {:.0} artifacts/s", bulk.seconds, artifacts as f64 / bulk.seconds);
    println!("                    {:.0} measurements/s", bulk.tally.measurements as f64 / bulk.seconds);
    assert!(tree.artifacts > 100_000 || scan.peak_bytes <= MOST_MEMORY, "more memory than promised");
    assert!(tree.artifacts < 1000 || scan.database_bytes <= tree.bytes, "a database larger than its tree");
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
