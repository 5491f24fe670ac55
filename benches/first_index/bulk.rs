//! The bulk way of the store by itself: files as the readers hand them over, committed in the batches of the index stage, with no file
//! read and nothing parsed.

use std::path::Path;

use chimera_insight::clock::Stopwatch;
use chimera_insight::domain::artifact::{ArtifactKind, ContentHash, FileStamp, RelPath};
use chimera_insight::domain::measurement::{Locator, Measurement, Spread};
use chimera_insight::domain::run::TimeSource;
use chimera_insight::domain::series::{Direction, Params, SeriesKey};
use chimera_insight::domain::units::Unit;
use chimera_insight::store::{FileResult, IndexCache, IndexTally, LandingKind, ParsedFile, ReadFile, RunRow, Store};
use jiff::{Timestamp, ToSpan as _};

/// Files of a batch, as in the index stage.
const BATCH: usize = 512;
/// Benchmarks that run each night.
const BENCHMARKS: usize = 100;
const METRICS: [&str; 4] = ["ttft", "latency_p50", "latency_p99", "load"];

/// What the store took.
pub struct Bulk {
    /// Seconds to open the landing and to claim and commit its files.
    pub seconds: f64,
    pub tally: IndexTally,
}

/// Stores this many files, four measurements each, in a fresh index at `state`.
pub fn store(state: &Path, files: usize) -> Bulk {
    let store = Store::open(state).expect("a fresh index");
    let stamp = FileStamp { dev: 1, ino: 1, size: 900, mtime_ns: 1_704_074_400_000_000_000, ctime_ns: 1 };
    let paths = (0..files).map(|number| (path(number), ArtifactKind::Json, stamp)).collect::<Vec<_>>();
    let mut cache = IndexCache::default();
    let mut bulk = Bulk { seconds: 0.0, tally: IndexTally::default() };
    let watch = Stopwatch::start();
    let landing = store.open_landing(LandingKind::Backfill, &paths, &[], Timestamp::UNIX_EPOCH).expect("a landing");
    bulk.seconds += watch.seconds();
    loop {
        let watch = Stopwatch::start();
        let items = store.items(landing, BATCH).expect("files to read");
        bulk.seconds += watch.seconds();
        if items.is_empty() {
            return bulk;
        }
        // What the readers do, on other cores, is not the store's.
        let batch: Vec<ReadFile> = items
            .iter()
            .map(|item| ReadFile {
                artifact_id: item.artifact_id,
                stamp,
                result: FileResult::Parsed(Box::new(content(&item.path))),
            })
            .collect();
        let watch = Stopwatch::start();
        bulk.tally.add(store.commit_batch(landing, &batch, &mut cache).expect("a commit"));
        bulk.seconds += watch.seconds();
    }
}

fn path(number: usize) -> RelPath {
    let (night, benchmark) = (number / BENCHMARKS, number % BENCHMARKS);
    RelPath::new(format!("reports/nightly/{night:05}/service_{benchmark:03}.json"))
}

fn content(path: &RelPath) -> ParsedFile {
    let hash = ContentHash::of(path.as_bytes());
    let benchmark = String::from_utf8_lossy(path.file_name()).replace(".json", "");
    let noise = f64::from(u16::from_le_bytes([hash.0[0], hash.0[1]])) / 6e6;
    let night: i64 = String::from_utf8_lossy(path.dir()).rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let time = Timestamp::from_second(1_704_074_400).and_then(|time| time.checked_add((night * 24).hours()));
    ParsedFile {
        hash,
        size: 900,
        file_name: path.file_name().to_vec(),
        bundle: path.as_bytes().strip_suffix(b".json").unwrap_or(path.as_bytes()).to_vec(),
        measurements: METRICS.map(|metric| (0, measurement(&benchmark, metric, 0.12 + noise))).to_vec(),
        benchmark,
        telling: Params::new(),
        format: "json".into(),
        rank: 0,
        runs: vec![RunRow {
            time: time.expect("a time"),
            source: TimeSource::Content,
            host: Some("bench-01".into()),
            commit: Some(ContentHash::of(path.dir()).to_string()),
            branch: None,
            environment: String::new(),
            subject: Params::new(),
        }],
        gaps: Vec::new(),
    }
}

fn measurement(benchmark: &str, metric: &str, value: f64) -> Measurement {
    Measurement {
        series: SeriesKey {
            benchmark: benchmark.to_owned(),
            metric: metric.to_owned(),
            unit: Unit::new("s"),
            params: Params::from([("batch".to_owned(), "8".to_owned())]),
            ..SeriesKey::default()
        },
        direction: Direction::Lower,
        value,
        samples: Vec::new(),
        n: 1,
        spread: Spread::default(),
        resolution: 0.0,
        at: Locator::json(&format!("$.results[0].{metric}_s")),
        field: format!("{metric}_s"),
    }
}
