//! What ended in an error, each failure once: a table of runs and the summary beside it, or two renderings of one result, tell of the
//! same failure twice.
//!
//! What failed is made good when a later run of the same benchmark holds results of the same subject and no error of it. When a run
//! took place is known from its measurements, or else from the time in its name; without a time nothing is made good.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::document::{Block, Cell, Prose, Table};
use super::draft::Finding;
use super::foreign::{ERRORS, OPEN_ERRORS, RESULTS};
use super::input::{BenchmarkRows, GapLine, Row};
use super::ledger::Ledger;
use super::words::{self, plural};
use crate::artifact::identity;
use crate::domain::artifact::{ContentHash, RelPath};
use crate::domain::fact::{CellRange, FactId, Source};
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// Results and subjects remembered; failures beyond are counted without looking for repeats.
const REMEMBERED: usize = 4096;
/// Results with measurements remembered, as hashes; beyond them nobody says which results hold nothing else.
const WORKED: usize = 1 << 18;
/// Words in the names of benchmarks that say that another one was run again.
const AGAIN: &[&str] = &["fixed", "rerun", "retry", "retried", "redo", "redone"];
/// Reasons named on the first page, and in the table.
const NAMED: usize = 2;
const LISTED: usize = 30;
/// Characters by which two reasons are told apart.
const REASON: usize = 120;

/// The failures of one subject in one result, from the place that tells of most.
#[derive(Debug, Clone)]
struct Failure {
    benchmark: String,
    count: u64,
    /// Out of how many; 0 when that is not known.
    of: u64,
    detail: String,
    path: String,
    hash: ContentHash,
    at: String,
    time: Option<Timestamp>,
    /// Whether it is about a part of a result that rows name, or about all of it.
    part: bool,
    good: bool,
}

/// When a subject last worked, by [`original`] benchmark and subject; the subject of all of a result is empty.
type Healed = BTreeMap<(String, String), Timestamp>;

/// The failures as they grow.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// By result (directory and stem, without what only names the rendering) and subject.
    seen: BTreeMap<(String, String), Failure>,
    beyond: u64,
    /// Results that hold measurements.
    worked: HashSet<u64>,
    /// What benchmarks say that were run again under another name.
    again: Healed,
}

/// Failures with one reason.
struct Reason<'a> {
    text: &'a str,
    failures: Vec<(&'a (String, String), &'a Failure)>,
}

impl Reason<'_> {
    fn count(&self) -> u64 {
        self.failures.iter().fold(0, |sum, (_, failure)| sum.saturating_add(failure.count))
    }

    fn open(&self) -> u64 {
        let open = self.failures.iter().filter(|(_, failure)| !failure.good);
        open.fold(0, |sum, (_, failure)| sum.saturating_add(failure.count))
    }
}

/// Whether a gap is an error and not something that is missing.
pub(super) fn is_error(kind: &str) -> bool {
    kind.contains("error") || kind.contains("fail")
}

impl Errors {
    /// Takes a benchmark; call it once for each.
    pub(super) fn add(&mut self, benchmark: &BenchmarkRows) {
        let mut last = "";
        for row in &benchmark.rows {
            if row.path != last && self.worked.len() < WORKED {
                self.worked.insert(hashed(&words::result(&row.path)));
            }
            last = &row.path;
        }
        let is_again = original(&benchmark.benchmark) != benchmark.benchmark;
        if !is_again && !benchmark.gaps.iter().any(|gap| is_error(&gap.kind)) {
            return;
        }
        let healed = healed(benchmark);
        for gap in benchmark.gaps.iter().filter(|gap| is_error(&gap.kind)) {
            self.add_gap(benchmark, gap, &healed);
        }
        if is_again && self.again.len() < REMEMBERED {
            self.again.extend(healed);
        }
    }

    fn add_gap(&mut self, benchmark: &BenchmarkRows, gap: &GapLine, healed: &Healed) {
        let key = (words::result(&gap.path), gap.subject.clone());
        if self.seen.len() >= REMEMBERED && !self.seen.contains_key(&key) {
            self.beyond = self.beyond.saturating_add(gap.count);
            return;
        }
        let of_run = benchmark.rows.iter().find(|row| row.path == gap.path).map(|row| row.run_time);
        let mut failure = Failure {
            benchmark: benchmark.benchmark.clone(),
            count: gap.count,
            of: gap.of,
            detail: cut(&gap.detail),
            path: gap.path.clone(),
            hash: gap.hash,
            at: gap.at.clone(),
            time: of_run.or_else(|| identity::time_in_name(&RelPath::new(gap.path.as_bytes()))),
            // A column that says what went wrong is no part of what was measured.
            part: !gap.subject.is_empty() && !gap.at.ends_with(&format!("column {}", gap.subject)),
            good: false,
        };
        failure.good = failure.is_healed(&gap.subject, healed);
        let known = self.seen.entry(key).or_insert_with(|| failure.clone());
        // Data tell of a failure better than prose; of two that tell as much, the first by path.
        let rank = |one: &Failure| (u64::MAX - one.count, words::is_prose(&one.path), one.path.clone());
        if rank(&failure) < rank(known) {
            *known = failure;
        }
    }

    /// Whether every row of this file failed, or every row of the series' model or case in it.
    pub(super) fn ruined(&self, path: &str, series: &SeriesKey) -> bool {
        let result = words::result(path);
        let failed = |subject: &str| {
            let failure = self.seen.get(&(result.clone(), subject.to_owned()));
            failure.is_some_and(|failure| failure.of > 0 && failure.count >= failure.of)
        };
        failed("") || failed(&series.case) || series.params.values().any(|value| failed(value))
    }

    /// Settles what only all benchmarks tell: which failures a run under another name made good.
    pub(super) fn settle(&mut self) {
        for ((_, subject), failure) in &mut self.seen {
            failure.good |= failure.is_healed(subject, &self.again);
        }
    }

    /// How many failures there are, each once.
    pub(super) fn total(&self) -> u64 {
        self.seen.values().fold(self.beyond, |sum, failure| sum.saturating_add(failure.count))
    }

    /// How many of them no later run made good.
    pub(super) fn open(&self) -> u64 {
        let open = self.seen.values().filter(|failure| !failure.good);
        open.fold(self.beyond, |sum, failure| sum.saturating_add(failure.count))
    }

    /// How much the finding weighs: it leads as long as most of what failed is open, and comes last when nothing is.
    pub(super) fn weight(&self) -> u32 {
        match self.open() {
            0 => 460,
            open if open.saturating_mul(2) < self.total() => 660,
            _ => 850,
        }
    }

    /// The benchmarks in which this subject failed, each with the reason.
    pub(super) fn of_subject<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let failed = self.seen.iter().filter(move |((_, one), _)| one == subject);
        failed.map(|(_, failure)| (failure.benchmark.as_str(), failure.detail.as_str()))
    }

    fn results(&self) -> BTreeSet<&String> {
        self.seen.keys().map(|(result, _)| result).collect()
    }

    /// Results without a single measurement; none when there are too many results to know.
    fn lost(&self) -> BTreeSet<&String> {
        let known = self.worked.len() < WORKED;
        self.results().into_iter().filter(|result| known && !self.worked.contains(&hashed(result))).collect()
    }

    /// What is open first, then by how often it happened.
    fn reasons(&self) -> Vec<Reason<'_>> {
        let mut by: BTreeMap<&str, Reason> = BTreeMap::new();
        for (key, failure) in &self.seen {
            let text = failure.detail.as_str();
            let reason = by.entry(text).or_insert_with(|| Reason { text, failures: Vec::new() });
            reason.failures.push((key, failure));
        }
        let mut reasons: Vec<Reason> = by.into_values().collect();
        let rank = |reason: &Reason| (Reverse(reason.open()), Reverse(reason.count()));
        reasons.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.text.cmp(b.text)));
        reasons
    }

    /// The finding; call it only when there is a failure.
    pub(super) fn tell(&self, ledger: &mut Ledger) -> Finding {
        let (total, open) = (self.total(), self.open());
        let what = "measurements that ended in an error, each once";
        let id = ledger.count(what, total);
        let prose = Prose::default().value(id).text(plural(total, " measurement", " measurements"));
        let results = self.results().len() as u64;
        let prose =
            prose.text(" ended in an error, in ").count(ledger, results, "result", "results", "results with errors");
        let mut prose = lost(prose, results, self.lost().len() as u64, ledger).text(".");
        if open < total {
            let good = ledger.count("errors that a later run made good", total - open);
            let verb = plural(total - open, " of them was", " of them were");
            prose = prose.text(" ").value(good).text(verb).text(" made good by a later run of the same benchmark");
            let still = ledger.count("errors that no later run made good", open);
            prose = match open {
                0 => prose.text("; none is open."),
                _ => prose.text("; ").value(still).text(plural(open, " is open.", " are open.")),
            };
        }
        let reasons = self.reasons();
        let named = reasons.iter().filter(|reason| reason.open() > 0 && !reason.text.is_empty());
        let named: Vec<&Reason> = named.take(NAMED).collect();
        for (i, reason) in named.iter().enumerate() {
            let n = ledger.count(format!("{OPEN_ERRORS}{}", reason.text), reason.open());
            let begin = if open < total { " Open most often: \"" } else { " Most often: \"" };
            let prose_with = prose.text(if i == 0 { begin } else { "; \"" }).quote(clause(reason.text));
            prose = prose_with.text("\" (").value(n).text(")");
        }
        if !named.is_empty() {
            prose = prose.text(".");
        }
        let advice = (open > 0).then(|| self.advice(&reasons).cite(id));
        Finding { prose, advice }
    }

    fn advice(&self, reasons: &[Reason]) -> Prose {
        let open = reasons.first().and_then(|reason| reason.failures.iter().find(|(_, failure)| !failure.good));
        let advice = Prose::new("Mend what fails most often and is still open, and run it again");
        let advice = match open {
            Some((_, failure)) => advice.text(", beginning with ").name(words::stem(&failure.benchmark)),
            None => advice,
        };
        advice.text("; until then what is said of it rests on the runs that worked.")
    }

    /// The failures by reason; `None` when there are none.
    pub(super) fn blocks(&self, ledger: &mut Ledger) -> Option<[Block; 2]> {
        let reasons = self.reasons();
        let mut table = Table::new(&["reason", "#errors", "#open", "#results", "subjects", "first file"]);
        for reason in reasons.iter().take(LISTED) {
            let count = reason_fact(reason, ledger);
            let results: BTreeSet<&String> = reason.failures.iter().map(|((result, _), _)| result).collect();
            let results = ledger.count(format!("{RESULTS}{}", reason.text), results.len() as u64);
            let open = ledger.count(format!("{OPEN_ERRORS}{}", reason.text), reason.open());
            let subjects: BTreeSet<&String> =
                reason.failures.iter().map(|((_, subject), _)| subject).filter(|subject| !subject.is_empty()).collect();
            let subjects = subjects.into_iter().take(NAMED * 2).cloned().collect::<Vec<_>>().join(", ");
            let Some((_, first)) = reason.failures.first() else { continue };
            table.rows.push(vec![
                if reason.text.is_empty() {
                    Cell::Text("none given".into())
                } else {
                    Cell::Quote(reason.text.to_owned())
                },
                Cell::Number(count),
                Cell::Number(open),
                Cell::Number(results),
                if subjects.is_empty() { Cell::Empty } else { Cell::Name(subjects) },
                Cell::Name(first.path.clone()),
            ]);
        }
        let left_out = reasons.len().saturating_sub(LISTED) as u64;
        let table = table.cut(ledger, left_out, "reasons", "reasons of errors that are not listed");
        (!reasons.is_empty()).then(|| [Block::Heading(Prose::new("Errors by reason")), Block::Table(table)])
    }
}

impl Failure {
    /// Whether what failed here worked later.
    fn is_healed(&self, subject: &str, healed: &Healed) -> bool {
        let subject = if self.part { subject } else { "" };
        let last = healed.get(&(original(&self.benchmark), subject.to_owned()));
        self.time.is_some_and(|time| last.is_some_and(|last| time < *last))
    }
}

/// When each subject of a benchmark last worked: what its rows name, in results without an error of it.
fn healed(benchmark: &BenchmarkRows) -> Healed {
    let failed = benchmark.gaps.iter().filter(|gap| is_error(&gap.kind));
    let failed: HashSet<(String, &str)> = failed.map(|gap| (words::result(&gap.path), gap.subject.as_str())).collect();
    let spoilt: HashSet<&String> = failed.iter().map(|(result, _)| result).collect();
    let name = original(&benchmark.benchmark);
    let mut healed = Healed::new();
    for row in benchmark.rows.iter().filter(|row| !words::is_prose(&row.path)) {
        let result = words::result(&row.path);
        let all = (!spoilt.contains(&result)).then_some("");
        let parts = subjects(row).filter(|subject| !failed.contains(&(result.clone(), *subject)));
        for subject in parts.chain(all) {
            let key = (name.clone(), subject.to_owned());
            if healed.len() < REMEMBERED || healed.contains_key(&key) {
                let last = healed.entry(key).or_insert(row.run_time);
                *last = row.run_time.max(*last);
            }
        }
    }
    healed
}

/// What a row names: its case, its parameters and what is constant over the run.
fn subjects(row: &Row) -> impl Iterator<Item = &str> {
    let values = row.series.params.values().chain(row.subject.values()).map(String::as_str);
    values.chain([row.series.case.as_str()]).filter(|text| !text.is_empty())
}

/// The name of the benchmark without the words that say that it was run again.
fn original(benchmark: &str) -> String {
    let (dir, stem) = benchmark.rsplit_once('/').unwrap_or(("", benchmark));
    let is_again = |word: &&str| AGAIN.contains(&word.to_ascii_lowercase().as_str());
    if !stem.split(['_', '-']).any(|word| is_again(&word)) {
        return benchmark.to_owned();
    }
    let kept: Vec<&str> = stem.split(['_', '-']).filter(|word| !is_again(word)).collect();
    if dir.is_empty() { kept.join("_") } else { format!("{dir}/{}", kept.join("_")) }
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// How many of the results hold nothing but errors.
fn lost(prose: Prose, results: u64, lost: u64, ledger: &mut Ledger) -> Prose {
    let what = "results that hold nothing but errors";
    match lost {
        0 => prose,
        1 if results == 1 => prose.text(" that holds nothing else"),
        _ => prose.text(", of which ").count(ledger, lost, "holds nothing else", "hold nothing else", what),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= REASON { text.to_owned() } else { text.chars().take(REASON).chain(['…']).collect() }
}

/// The first clause of an error message; the whole of it where a number stands in that, so that it can be looked up as it is.
fn clause(text: &str) -> &str {
    let clause = text.split(". ").next().unwrap_or(text).trim_end_matches('.');
    if clause.chars().any(char::is_numeric) { text } else { clause }
}

fn reason_fact(reason: &Reason, ledger: &mut Ledger) -> FactId {
    let cells = reason.failures.iter().map(|(_, failure)| CellRange {
        path: failure.path.clone(),
        hash: failure.hash,
        pattern: if failure.at.is_empty() { "whole file".to_owned() } else { format!("from {}", failure.at) },
        stretches: Vec::new(),
    });
    let source = Source::Cells { formula: "counted(cells)".to_owned(), cells: cells.collect(), more: 0 };
    ledger.intern(format!("{ERRORS}{}", reason.text), reason.count() as f64, Unit::new("count"), source)
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
