//! Places that disagree, for the first page: which number of what stands where.
//!
//! The index keeps one rendering of each result and says of another one that it disagrees. Where the kept number is at hand, both
//! are told with their cells; where the other rendering replaced it, what the index says is quoted.

use super::document::Prose;
use super::draft::{Draft, Finding, Topic, draft};
use super::foreign::REMARK;
use super::input::{BenchmarkRows, GapLine};
use super::ledger::Ledger;
use super::summary::Point;
use super::words::{self, plural};
use crate::domain::fact::{CellRange, Source};
use crate::domain::units::Unit;

/// Contradictions told on the first page.
const TOLD: usize = 3;
/// How the index says what a rendering holds.
const SAYS: &str = "this rendering says ";

/// One contradiction.
#[derive(Debug)]
struct Clash {
    gap: GapLine,
    metric: String,
    /// The model, case and parameters; empty when nothing but the metric is known.
    what: String,
    /// The number that the index keeps, when it stands in another file; and the number of this one.
    kept: Option<Point>,
    own: Option<Point>,
}

/// The contradictions as they grow.
#[derive(Debug, Default)]
pub(super) struct Clashes {
    first: Vec<Clash>,
    count: u64,
}

impl Clashes {
    /// How many places disagree.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Takes a contradiction of a benchmark.
    pub(super) fn add(&mut self, benchmark: &BenchmarkRows, gap: &GapLine) {
        self.count = self.count.saturating_add(gap.count);
        if self.first.len() >= TOLD {
            return;
        }
        let result = words::result(&gap.path);
        let is_meant = |series: &str, path: &str| series == gap.subject && words::result(path) == result;
        let row = benchmark.rows.iter().find(|row| is_meant(&row.series.to_string(), &row.path));
        let (metric, what) = match row {
            Some(row) => {
                let model = if words::is_named(&row.series, &row.subject) {
                    words::subject(&row.series, &row.subject)
                } else {
                    ""
                };
                let what = format!("{model} {}", words::configuration(&row.series));
                (row.series.metric.clone(), what.trim().to_owned())
            }
            None => (gap.subject.clone(), String::new()),
        };
        let kept = row.filter(|row| row.path != gap.path).map(Point::of);
        let own = row.filter(|row| row.path == gap.path).map(Point::of);
        self.first.push(Clash { gap: gap.clone(), metric, what, kept, own });
    }

    /// The finding; `None` when nothing disagrees.
    pub(super) fn draft(&self) -> Option<Draft<'_>> {
        (self.count > 0).then(|| draft(880, Topic::Contradiction, |ledger| self.tell(ledger)))
    }

    fn tell(&self, ledger: &mut Ledger) -> Finding {
        let id = ledger.count("places that disagree", self.count);
        let verb = plural(self.count, " number disagrees", " numbers disagree");
        let mut prose = Prose::default().value(id).text(verb).text(" between files that tell of the same result: ");
        for (i, clash) in self.first.iter().enumerate() {
            prose = clash.tell(prose.text(if i == 0 { "" } else { "; " }), ledger);
        }
        let rest = self.count.saturating_sub(self.first.iter().fold(0, |sum, clash| sum + clash.gap.count));
        if rest > 0 {
            let rest = ledger.count("places that disagree and are not named", rest);
            prose = prose.text("; and ").value(rest).text(" more");
        }
        let advice = "Find out which of the places that disagree is right before you quote either.";
        Finding { prose: prose.text("."), advice: Some(Prose::new(advice).cite(id)) }
    }
}

impl Clash {
    /// "`tokens_per_second` of `m1` is 50 in `res.json`, and "another rendering says 80"".
    fn tell(&self, prose: Prose, ledger: &mut Ledger) -> Prose {
        let prose = prose.name(&self.metric);
        let prose = if self.what.is_empty() { prose } else { prose.text(" of ").name(&words::short(&self.what)) };
        let file = words::stem(&self.gap.path);
        match (&self.own, &self.kept) {
            (Some(own), _) => {
                let id = own.fact(ledger);
                self.quoted(prose.text(" is ").value(id).text(" in ").name(file), ledger)
            }
            (None, Some(kept)) => {
                let id = kept.fact(ledger);
                let prose = prose.text(" is ").value(id).text(" in ").name(words::stem(&kept.path)).text(" and ");
                match self.stated() {
                    Some(value) => prose.value(kept.in_another(ledger, value, &self.gap)).text(" in ").name(file),
                    None => prose.text("another number in ").name(file),
                }
            }
            (None, None) => self.quoted(prose.text(" in ").name(file), ledger),
        }
    }

    /// What the index says of it, and the fact that it says so.
    fn quoted(&self, prose: Prose, ledger: &mut Ledger) -> Prose {
        let gap = &self.gap;
        let name = format!("places of {} in {}{REMARK}{}", gap.subject, gap.path, gap.detail);
        let pattern = if gap.at.is_empty() { "whole file".to_owned() } else { format!("from {}", gap.at) };
        let cells = vec![CellRange { path: gap.path.clone(), hash: gap.hash, pattern, stretches: Vec::new() }];
        let source = Source::Cells { formula: "counted(cells)".to_owned(), cells, more: 0 };
        let id = ledger.intern(name, gap.count as f64, Unit::new("count"), source);
        prose.text(" (\"").quote(&gap.detail).text("\")").cite(id)
    }

    /// The number that this file states, as the index says it.
    fn stated(&self) -> Option<f64> {
        let text = self.gap.detail.strip_prefix(SAYS)?;
        let (own, _) = text.split_once(',')?;
        own.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::artifact::ContentHash;

    #[test]
    fn a_contradiction_names_both_cells() {
        let mut benchmark = crate::insight::tests::baseline();
        let row = benchmark.rows.iter().find(|row| row.series.metric == "tokens_per_second").unwrap().clone();
        let gap = GapLine {
            path: row.path.replace(".csv", ".json"),
            hash: ContentHash::of(b"other"),
            kind: "disagreement".into(),
            subject: row.series.to_string(),
            count: 1,
            of: 1,
            at: "$.tokens_per_second".into(),
            detail: "this rendering says 80, another rendering of the same result says 40".into(),
        };
        benchmark.gaps.push(gap.clone());
        let mut clashes = Clashes::default();
        assert!(clashes.draft().is_none());
        clashes.add(&benchmark, &gap);
        let mut ledger = Ledger::new();
        let told = clashes.tell(&mut ledger);
        let values: Vec<f64> = told.prose.refs().iter().map(|id| ledger.get(*id).unwrap().value).collect();
        assert_eq!(values, [1.0, 40.0, 80.0]);
        let cells = ledger.facts().iter().filter(|fact| matches!(fact.source, Source::Cell { .. })).count();
        assert_eq!(cells, 2, "each number has its cell");
    }
}
