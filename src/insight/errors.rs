//! What ended in an error, each failure once: a table of runs and the summary beside it, or two renderings of one result, tell of the
//! same failure twice.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Block, Cell, Prose, Table};
use super::draft::Finding;
use super::input::GapLine;
use super::ledger::Ledger;
use super::words::{self, plural};
use crate::domain::artifact::ContentHash;
use crate::domain::fact::{CellRange, FactId, Source};
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// Results and subjects remembered; failures beyond are counted without looking for repeats.
const REMEMBERED: usize = 4096;
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
    of: u64,
    detail: String,
    path: String,
    hash: ContentHash,
    at: String,
}

/// The failures as they grow.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// By result (directory and stem, without what only names the rendering) and subject.
    seen: BTreeMap<(String, String), Failure>,
    beyond: u64,
}

/// Failures with one reason.
struct Reason<'a> {
    text: &'a str,
    failures: Vec<(&'a (String, String), &'a Failure)>,
}

impl Reason<'_> {
    fn count(&self) -> u64 {
        self.failures.iter().map(|(_, failure)| failure.count).sum()
    }
}

/// Whether a gap is an error and not something that is missing.
pub(super) fn is_error(kind: &str) -> bool {
    kind.contains("error") || kind.contains("fail")
}

impl Errors {
    /// Takes a gap of a benchmark that [`is_error`].
    pub(super) fn add(&mut self, benchmark: &str, gap: &GapLine) {
        let key = (words::result(&gap.path), gap.subject.clone());
        if self.seen.len() >= REMEMBERED && !self.seen.contains_key(&key) {
            self.beyond = self.beyond.saturating_add(gap.count);
            return;
        }
        let failure = Failure {
            benchmark: benchmark.to_owned(),
            count: gap.count,
            of: gap.of,
            detail: cut(&gap.detail),
            path: gap.path.clone(),
            hash: gap.hash,
            at: gap.at.clone(),
        };
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

    /// How many failures there are, each once.
    pub(super) fn total(&self) -> u64 {
        self.seen.values().fold(self.beyond, |sum, failure| sum.saturating_add(failure.count))
    }

    fn results(&self) -> BTreeSet<&String> {
        self.seen.keys().map(|(result, _)| result).collect()
    }

    /// Results in which nothing worked.
    fn lost(&self) -> BTreeSet<&String> {
        let worked = self.seen.iter().filter(|(_, failure)| failure.of == 0 || failure.count < failure.of);
        let worked: BTreeSet<&String> = worked.map(|((result, _), _)| result).collect();
        self.results().into_iter().filter(|result| !worked.contains(result)).collect()
    }

    /// The most frequent reason first.
    fn reasons(&self) -> Vec<Reason<'_>> {
        let mut by: BTreeMap<&str, Reason> = BTreeMap::new();
        for (key, failure) in &self.seen {
            let text = failure.detail.as_str();
            let reason = by.entry(text).or_insert_with(|| Reason { text, failures: Vec::new() });
            reason.failures.push((key, failure));
        }
        let mut reasons: Vec<Reason> = by.into_values().collect();
        reasons.sort_by(|a, b| b.count().cmp(&a.count()).then_with(|| a.text.cmp(b.text)));
        reasons
    }

    /// The finding; call it only when there is a failure.
    pub(super) fn tell(&self, ledger: &mut Ledger) -> Finding {
        let total = self.total();
        let what = "measurements that ended in an error, each once";
        let id = ledger.count(what, total);
        let prose = Prose::default().value(id).text(plural(total, " measurement", " measurements"));
        let results = self.results().len() as u64;
        let prose =
            prose.text(" ended in an error, in ").count(ledger, results, "result", "results", "results with errors");
        let lost = self.lost().len() as u64;
        let prose = match lost {
            0 => prose,
            _ => prose.text(", of which ").count(
                ledger,
                lost,
                "holds nothing else",
                "hold nothing else",
                "results that hold nothing but errors",
            ),
        };
        let mut prose = prose.text(".");
        let reasons = self.reasons();
        for (i, reason) in reasons.iter().filter(|reason| !reason.text.is_empty()).take(NAMED).enumerate() {
            let n = ledger.count(format!("errors with the reason {}", reason.text), reason.count());
            prose = prose
                .text(if i == 0 { " Most often: \"" } else { "; \"" })
                .quote(clause(reason.text))
                .text("\" (")
                .value(n)
                .text(")");
        }
        if reasons.iter().any(|reason| !reason.text.is_empty()) {
            prose = prose.text(".");
        }
        let first = reasons.first().and_then(|reason| reason.failures.first());
        let advice = Prose::new("Mend what failed most often first, and run it again");
        let advice = match first {
            Some((_, failure)) => advice.text(", beginning with ").name(words::stem(&failure.benchmark)),
            None => advice,
        };
        let advice = advice.text("; until then what is said of it rests on the runs that worked.").cite(id);
        Finding { prose, advice: Some(advice) }
    }

    /// The failures by reason; `None` when there are none.
    pub(super) fn blocks(&self, ledger: &mut Ledger) -> Option<[Block; 2]> {
        let reasons = self.reasons();
        let mut table = Table::new(&["reason", "#errors", "#results", "subjects", "first file"]);
        for reason in reasons.iter().take(LISTED) {
            let count = reason_fact(reason, ledger);
            let results: BTreeSet<&String> = reason.failures.iter().map(|((result, _), _)| result).collect();
            let results = ledger.count(format!("results with the error {}", reason.text), results.len() as u64);
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
    ledger.intern(format!("errors because of {}", reason.text), reason.count() as f64, Unit::new("count"), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(path: &str, subject: &str, count: u64, of: u64, detail: &str) -> GapLine {
        GapLine {
            path: path.into(),
            hash: ContentHash::of(path.as_bytes()),
            kind: "error_rows".into(),
            subject: subject.into(),
            count,
            of,
            at: "row 1".into(),
            detail: detail.into(),
        }
    }

    #[test]
    fn a_failure_that_two_files_tell_of_counts_once() {
        let mut errors = Errors::default();
        // A table of runs with its summary, and two renderings of one result.
        errors.add("reports/any", &gap("reports/a/suite_runs.csv", "m:1b", 5, 5, "refused"));
        errors.add("reports/any", &gap("reports/a/suite_summary.json", "m:1b", 1, 1, "completed = 0"));
        errors.add("reports/any", &gap("reports/a/suite_runs.csv", "m:8b", 2, 5, "refused"));
        errors.add("reports/any", &gap("reports/conv_bench.json", "fast", 1, 1, "no compiler"));
        errors.add("reports/any", &gap("reports/conv_bench.md", "fast", 1, 1, "error=no compiler"));
        // Another result beside it failed by itself.
        errors.add("reports/any", &gap("reports/mlp_bench.json", "fast", 1, 1, "no compiler"));
        assert_eq!(errors.total(), 9);
        assert_eq!((errors.results().len(), errors.lost().len()), (3, 2));
        let reasons = errors.reasons();
        assert_eq!(
            reasons.iter().map(|reason| (reason.text, reason.count())).collect::<Vec<_>>(),
            [("refused", 7), ("no compiler", 2)]
        );
    }
}
