//! A made-up benchmark whose runs land as files, with noise that is the same in every test.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::workspace::Workspace;

/// The noise of successive runs: about a normal distribution with a deviation of 1 %, drawn once and kept.
pub const NOISE: [f64; 40] = [
    0.004, -0.011, 0.007, 0.001, -0.006, 0.013, -0.002, 0.009, -0.014, 0.003, 0.000, -0.008, 0.011, 0.005, -0.004,
    -0.017, 0.008, 0.002, -0.001, 0.015, -0.009, 0.006, -0.003, 0.010, -0.012, 0.001, 0.012, -0.007, 0.004, -0.005,
    0.018, -0.010, 0.003, 0.007, -0.002, -0.013, 0.009, 0.000, -0.006, 0.011,
];

/// How a run is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Markdown,
}

/// A benchmark: each run is a file of its own, named after its time, with a latency (lower is better) and a throughput
/// (higher is better) that move against each other.
#[derive(Debug, Clone)]
pub struct Bench {
    /// Directory below the tree, and the beginning of each file's name.
    pub stem: String,
    pub format: Format,
    /// Milliseconds of an average run.
    pub latency: f64,
    /// Tokens a second of an average run.
    pub throughput: f64,
}

impl Bench {
    /// A benchmark whose runs are JSON files `<stem>_<time>.json`: 120 ms, 80 tok/s.
    pub fn new(stem: &str) -> Self {
        Self { stem: stem.to_owned(), format: Format::Json, latency: 120.0, throughput: 80.0 }
    }

    /// The same, written in another format.
    pub fn written_as(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// When run `n` took place: hours apart, from 1 October 2026 on.
    pub fn time(&self, n: usize) -> Timestamp {
        let start: Timestamp = "2026-10-01T06:00:00Z".parse().expect("a time");
        start + SignedDuration::from_hours(i64::try_from(n).expect("few runs"))
    }

    /// The path of run `n` below the tree.
    pub fn path(&self, n: usize) -> String {
        let ending = match self.format {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Markdown => "md",
        };
        format!("{}_{}.{ending}", self.stem, self.time(n).strftime("%Y%m%d-%H%M%S"))
    }

    /// Latency (ms) and throughput (tok/s) of run `n`, when everything takes `factor` times as long as usual.
    pub fn values(&self, n: usize, factor: f64) -> (f64, f64) {
        let slower = factor * (1.0 + NOISE[n % NOISE.len()]);
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        (rounded(self.latency * slower), rounded(self.throughput / slower))
    }

    /// The content of run `n`.
    pub fn content(&self, n: usize, factor: f64) -> String {
        let (latency, throughput) = self.values(n, factor);
        match self.format {
            Format::Json => format!(
                "{{\"timestamp\": \"{}\", \"model\": \"tiny-1b\", \"results\": \
                 {{\"mean_latency_ms\": {latency}, \"tokens_per_second\": {throughput}}}}}\n",
                self.time(n)
            ),
            Format::Csv => format!("model,mean_latency_ms,tokens_per_second\ntiny-1b,{latency},{throughput}\n"),
            Format::Markdown => format!(
                "# Results\n\n| model | mean_latency_ms | tokens_per_second |\n| --- | ---: | ---: |\n\
                 | tiny-1b | {latency} | {throughput} |\n"
            ),
        }
    }

    /// Lands run `n`, `factor` times as slow as usual.
    pub fn land(&self, workspace: &Workspace, n: usize, factor: f64) -> PathBuf {
        workspace.write(self.path(n), self.content(n, factor))
    }

    /// Lands runs that are as usual.
    pub fn history(&self, workspace: &Workspace, runs: std::ops::Range<usize>) {
        for n in runs {
            self.land(workspace, n, 1.0);
        }
    }
}
