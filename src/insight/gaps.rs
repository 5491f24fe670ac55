//! Missing telemetry: what a reader would want to know and no file tells.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::best::{Best, Ranked};
use super::clashes::Clashes;
use super::document::{Block, Cell, Prose, Section, Table};
use super::draft::Draft;
use super::errors::{Errors, is_error};
use super::input::{BenchmarkRows, GapLine, Judged, Row};
use super::inventory::Failure;
use super::ledger::Ledger;
use super::subjects::are_apart;
use super::summary::Value;
use super::words;
use crate::domain::fact::{CellRange, FactId, Source};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Names that a sentence lists before it says how many more there are.
const NAMED: usize = 5;

/// Some names and how many there are of them.
#[derive(Debug, Default, Clone)]
pub(super) struct Named {
    pub first: BTreeSet<String>,
    pub n: u64,
}

impl Named {
    fn add(&mut self, name: &str) {
        self.n += 1;
        self.first.insert(name.to_owned());
        if self.first.len() > NAMED {
            self.first.pop_last();
        }
    }

    /// The names, and how many more there are.
    pub(super) fn list(&self, prose: Prose, ledger: &mut Ledger, what: &str) -> Prose {
        let rest = self.n.saturating_sub(self.first.len() as u64);
        let names: Vec<&String> = self.first.iter().collect();
        if rest == 0 {
            return prose.names(&names);
        }
        let mut prose = prose;
        for name in names {
            prose = prose.name(name).text(", ");
        }
        let rest = ledger.count(format!("{what}, not named"), rest);
        prose.text("and ").value(rest).text(" more")
    }
}

impl Ranked for GapLine {
    fn rank(&self, other: &Self) -> Ordering {
        let key =
            |gap: &Self| (Reverse(gap.count), gap.path.clone(), gap.kind.clone(), gap.subject.clone(), gap.at.clone());
        key(self)
            .cmp(&key(other))
            .then_with(|| (&self.detail, self.of, self.hash).cmp(&(&other.detail, other.of, other.hash)))
    }
}

#[derive(Debug, Default)]
struct Tails {
    timed: bool,
    p99: bool,
}

/// The gaps as they grow.
#[derive(Debug)]
pub(super) struct Gaps {
    settings: Settings,
    lines: Best<GapLine>,
    contradictions: Best<GapLine>,
    /// The first contradictions, for the first page.
    told: Clashes,
    pub errors: Errors,
    /// Count and files by kind, errors apart.
    pub kinds: BTreeMap<String, (u64, u64)>,
    tails: BTreeMap<String, Tails>,
    pub without_unit: Named,
    single: BTreeSet<String>,
    pub without_history: Named,
    pub without_p99: Named,
}

impl Gaps {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            lines: Best::new(settings.table_rows),
            contradictions: Best::new(settings.table_rows),
            told: Clashes::default(),
            errors: Errors::default(),
            kinds: BTreeMap::new(),
            tails: BTreeMap::new(),
            without_unit: Named::default(),
            single: BTreeSet::new(),
            without_history: Named::default(),
            without_p99: Named::default(),
        }
    }

    /// Takes one benchmark.
    pub(super) fn add(&mut self, benchmark: &BenchmarkRows) {
        let mut timed: BTreeMap<(&str, String, &str), u64> = BTreeMap::new();
        let mut unitless: BTreeSet<&str> = BTreeSet::new();
        // As the tables of numbers have them.
        let apart = are_apart(&benchmark.rows, &self.settings);
        for row in benchmark.rows.iter().filter(|row| !words::is_prose(&row.path)) {
            let subject = words::subject(&row.series, &row.subject);
            self.tail(row, subject);
            if words::is_latency(&row.series, row.direction) {
                let values = Value::each(row).len() as u64;
                let configuration = if apart { words::pooled(&row.series) } else { String::new() };
                *timed.entry((subject, configuration, &row.series.metric)).or_default() += values;
            }
            if row.series.unit.is_none() && row.direction != Direction::Neutral && !needs_none(&row.series.metric) {
                unitless.insert(&row.series.metric);
            }
        }
        for ((subject, ..), n) in timed {
            let carried = n >= self.settings.p99_values as u64;
            self.tails.entry(subject.to_owned()).or_default().p99 |= carried;
        }
        for metric in unitless {
            self.without_unit.add(&format!("{metric} of {}", benchmark.benchmark));
        }
        let data = benchmark.rows.iter().filter(|row| !words::is_prose(&row.path));
        let runs: BTreeSet<_> = data.map(|row| row.run_time).collect();
        if runs.len() == 1 {
            self.single.insert(benchmark.benchmark.clone());
        }
        self.errors.add(benchmark);
        for gap in &benchmark.gaps {
            if is_error(&gap.kind) {
                continue;
            }
            let (count, files) = self.kinds.entry(gap.kind.clone()).or_default();
            *count = count.saturating_add(gap.count);
            *files += 1;
            let is_clash = is_contradiction(&gap.kind);
            if is_clash {
                self.told.add(benchmark, gap);
            }
            let list = if is_clash { &mut self.contradictions } else { &mut self.lines };
            list.push(gap.clone());
        }
    }

    fn tail(&mut self, row: &Row, subject: &str) {
        let stated = words::percentile(&row.series.metric).is_some_and(|(_, label)| label.starts_with("p99"));
        let timed = words::is_latency(&row.series, row.direction);
        if stated || timed {
            let tails = self.tails.entry(subject.to_owned()).or_default();
            tails.timed |= timed;
            tails.p99 |= stated;
        }
    }

    /// Settles what only the whole landing tells. A benchmark of one run has no history unless the judge knew earlier runs;
    /// outside a backfill only the judge can say.
    pub(super) fn settle(&mut self, judged: &[Judged], backfill: bool) {
        self.errors.settle();
        let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
        for one in judged {
            let known = runs.entry(&one.series.benchmark).or_default();
            *known = one.verdict.n.max(*known);
        }
        for benchmark in &self.single {
            if runs.get(benchmark.as_str()).map_or(backfill, |n| *n <= 1) {
                self.without_history.add(benchmark);
            }
        }
        for (subject, tails) in &self.tails {
            if tails.timed && !tails.p99 {
                self.without_p99.add(subject);
            }
        }
    }

    /// How many places disagree.
    pub(super) fn disagreeing(&self) -> u64 {
        self.told.count()
    }

    /// The finding about places that disagree.
    pub(super) fn contradictions(&self) -> Option<Draft<'_>> {
        self.told.draft()
    }

    /// The sections on what is missing and on what does not agree or could not be read.
    pub(super) fn sections(self, failures: Best<Failure>, ledger: &mut Ledger) -> Vec<Section> {
        let missing = missing_section(&self.without_p99, &self.without_history, &self.without_unit, self.lines, ledger);
        let errors = error_section(self.contradictions, failures, &self.errors, ledger);
        [missing, errors].into_iter().flatten().collect()
    }
}

/// Words in the names of metrics that are shares, scores or ratios: such a number has no unit.
const SHARES: &[&str] = &[
    "accuracy",
    "acc",
    "auc",
    "bleu",
    "coefficient",
    "correlation",
    "efficiency",
    "f1",
    "factor",
    "fraction",
    "gain",
    "hit",
    "loss",
    "perplexity",
    "ppl",
    "precision",
    "probability",
    "ratio",
    "recall",
    "rouge",
    "score",
    "share",
    "similarity",
    "speedup",
    "success",
    "utilisation",
    "utilization",
    "mcc",
    "em",
    "rating",
];

/// Words that end the names of counts: such a number is one of things.
const COUNTS: &[&str] = &[
    "allocations",
    "allocs",
    "calls",
    "count",
    "counts",
    "crashes",
    "cycles",
    "errors",
    "failures",
    "faults",
    "instructions",
    "iterations",
    "misses",
    "retries",
    "switches",
    "timeouts",
];

/// Whether a metric needs no unit, by its name: a share, a score, a ratio, a count.
fn needs_none(metric: &str) -> bool {
    let lower = metric.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.clone().any(|word| SHARES.contains(&word)) || words.next_back().is_some_and(|word| COUNTS.contains(&word))
}

/// Whether a gap says that two places disagree rather than that one is empty.
pub(super) fn is_contradiction(kind: &str) -> bool {
    ["disagree", "contradict", "mismatch", "conflict"].iter().any(|word| kind.contains(word))
}

fn missing_section(
    p99: &Named,
    history: &Named,
    units: &Named,
    lines: Best<GapLine>,
    ledger: &mut Ledger,
) -> Option<Section> {
    let mut bullets = Vec::new();
    let mut say = |named: &Named, one: &str, many: &str, what: &str, ledger: &mut Ledger| {
        if named.n > 0 {
            let prose = Prose::default().count(ledger, named.n, one, many, what).text(": ");
            bullets.push(named.list(prose, ledger, what).text("."));
        }
    };
    let (one, many) = (
        "model or benchmark with latencies but nothing about their tail",
        "models and benchmarks with latencies but nothing about their tail",
    );
    say(p99, one, many, "models and benchmarks without a p99", ledger);
    let (one, many) = (
        "benchmark that ran only once, so nothing can be said about change",
        "benchmarks that ran only once, so nothing can be said about change",
    );
    say(history, one, many, "benchmarks with a single run", ledger);
    let (one, many) = ("metric with a direction but no unit", "metrics with a direction but no unit");
    say(units, one, many, "metrics without a unit", ledger);
    let mut blocks = if bullets.is_empty() { Vec::new() } else { vec![Block::Bullets(bullets)] };
    blocks.extend(gap_table(lines, ledger).map(Block::Table));
    (!blocks.is_empty()).then(|| Section::new("Missing telemetry", blocks))
}

fn error_section(
    contradictions: Best<GapLine>,
    failures: Best<Failure>,
    errors: &Errors,
    ledger: &mut Ledger,
) -> Option<Section> {
    let mut blocks = Vec::new();
    let (failed, left_out) = failures.finish();
    if !failed.is_empty() {
        let mut table = Table::new(&["file", "why it could not be read"]);
        table.rows =
            failed.into_iter().map(|failure| vec![Cell::Name(failure.path), Cell::Quote(failure.error)]).collect();
        blocks.push(Block::Table(table.cut(ledger, left_out, "files", "unreadable files that are not listed")));
    }
    blocks.extend(errors.blocks(ledger).into_iter().flatten());
    if let Some(table) = gap_table(contradictions, ledger) {
        blocks.push(Block::Heading(Prose::new("Places that disagree")));
        blocks.push(Block::Table(table));
    }
    (!blocks.is_empty()).then(|| Section::new("Contradictions and errors", blocks))
}

fn gap_table(lines: Best<GapLine>, ledger: &mut Ledger) -> Option<Table> {
    let (lines, left_out) = lines.finish();
    let mut table = Table::new(&["what", "file", "about", "#count", "#of", "first at", "detail"]);
    for gap in &lines {
        let count = gap_fact(gap, "found", gap.count, ledger);
        let of = (gap.of > 0).then(|| gap_fact(gap, "looked for", gap.of, ledger));
        let text = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Quote(text.to_owned()) };
        let name = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Name(text.to_owned()) };
        table.rows.push(vec![
            Cell::Quote(gap.kind.replace('_', " ")),
            Cell::Name(gap.path.clone()),
            name(&gap.subject),
            Cell::Number(count),
            Cell::maybe(of),
            text(&gap.at),
            text(&gap.detail),
        ]);
    }
    (!lines.is_empty()).then(|| table.cut(ledger, left_out, "lines", "gaps that are not listed"))
}

fn gap_fact(gap: &GapLine, word: &str, n: u64, ledger: &mut Ledger) -> FactId {
    let kind = gap.kind.replace('_', " ");
    let about = if gap.subject.is_empty() { String::new() } else { format!(" ({})", gap.subject) };
    let place = if gap.at.is_empty() { "whole file".to_owned() } else { format!("from {}", gap.at) };
    let cells = vec![CellRange { path: gap.path.clone(), hash: gap.hash, pattern: place, stretches: Vec::new() }];
    let source = Source::Cells { formula: "counted(cells)".to_owned(), cells, more: 0 };
    ledger.intern(format!("{kind} {word} in {}{about}", gap.path), n as f64, Unit::new("count"), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_scores_and_counts_need_no_unit() {
        for metric in ["accuracy", "learning_efficiency", "f1_macro", "success_rate", "eval.loss", "alloc_count"] {
            assert!(needs_none(metric), "{metric}");
        }
        for metric in ["power_draw", "memory", "time", "data_rate", "count_time"] {
            assert!(!needs_none(metric), "{metric}");
        }
    }
}
