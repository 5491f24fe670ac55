//! What moved together: the series of one metric, benchmark and environment, which are what one alert is about.
//!
//! The worst of them speaks for all and is told in full; the others stand beneath it in a row each, so that a reader meets as many
//! cards as there are alerts. Very many are counted. It cannot fail.

use std::collections::HashMap;

use jiff::Timestamp;

use super::changes::{self, Footing};
use super::document::{Block, Cell, Levels, Prose, Table};
use super::input::{AlertLine, Judged};
use super::ledger::Ledger;
use crate::domain::fact::FactId;
use crate::domain::run::short_commit;

/// Others that are told in a row each.
const ROWS: usize = 20;

/// Series by what one alert is about, in the order of the first of each; those that look better apart from those that look worse.
pub fn together<'a>(found: &[&'a Judged]) -> Vec<Vec<&'a Judged>> {
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut groups: Vec<Vec<&'a Judged>> = Vec::new();
    for &judged in found {
        let series = &judged.series;
        let key = (&series.benchmark, &series.metric, &series.environment, changes::looks(judged));
        let next = groups.len();
        match groups.get_mut(*places.entry(key).or_insert(next)) {
            Some(group) => group.push(judged),
            None => groups.push(vec![judged]),
        }
    }
    groups
}

/// The series that moved with the worst one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Others {
    /// The first of them.
    pub members: Vec<Member>,
    /// How many more there are, if there are.
    pub rest: Option<FactId>,
    /// What is to be said of single ones beyond their figures.
    pub notes: Vec<Prose>,
    /// How many there are in all, the worst one included; `None` where it is alone.
    n: Option<FactId>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Case and configuration; empty where it has neither.
    pub name: String,
    pub levels: Option<Levels>,
    /// Since when and since which commit, where that is not the same for all.
    pub since: Option<(Timestamp, Option<String>)>,
    /// The runs before and since, where they are not as many for all.
    pub runs: Option<(FactId, FactId)>,
}

impl Others {
    pub(super) fn new(ledger: &mut Ledger, worst: &Judged, others: &[&Judged], alert: Option<&AlertLine>) -> Self {
        if others.is_empty() {
            return Self::default();
        }
        let told = others.get(..ROWS).unwrap_or(others);
        let (begun, seen) = (began(worst), runs(worst));
        let says_since = told.iter().any(|other| began(other) != begun);
        let says_runs = told.iter().any(|other| runs(other) != seen);
        let member = |other: &&Judged| Member {
            name: other.series.label(),
            levels: other.verdict.shift.as_ref().map(|shift| changes::levels(ledger, other, shift)),
            since: began(other).filter(|_| says_since),
            runs: other.verdict.shift.as_ref().filter(|_| says_runs).map(|shift| {
                let Footing { since, before, .. } = changes::footing(ledger, other, shift);
                (before, since)
            }),
        };
        let members = told.iter().map(member).collect();
        let notes = told.iter().flat_map(|other| notes(ledger, worst, other, alert)).collect();
        let rest = others.len().saturating_sub(ROWS) as u64;
        let rest = (rest > 0).then(|| ledger.count(format!("further {}", what(worst)), rest));
        Self { members, rest, notes, n: Some(count(ledger, worst, others)) }
    }

    /// All that they print in sentences or rows.
    pub(super) fn told(&self) -> impl Iterator<Item = &Prose> {
        self.members.iter().filter_map(|member| member.levels.as_ref()).map(|levels| &levels.told).chain(&self.notes)
    }

    /// As part of a card: a line above them, a table, and what is said of single ones.
    pub(super) fn blocks(self) -> Vec<Block> {
        if self.members.is_empty() {
            return Vec::new();
        }
        let above = self.n.into_iter().fold(Prose::new("The others, the largest effect first:"), Prose::cite);
        let titles = [
            "configuration",
            "#before",
            "#after",
            "#effect",
            "#low",
            "#high",
            "#runs before",
            "#runs since",
            "since",
            "commit",
        ];
        let mut table = Table::new(&titles);
        table.rows = self.members.iter().map(row).collect();
        table.left_out = self.rest.map(|id| Prose::new("Not shown: ").value(id).text(" further series."));
        let notes = (!self.notes.is_empty()).then_some(Block::Bullets(self.notes));
        [Block::Paragraph(above), Block::Table(table)].into_iter().chain(notes).collect()
    }
}

fn row(member: &Member) -> Vec<Cell> {
    let name = if member.name.is_empty() { Cell::Text("(none)".to_owned()) } else { Cell::Name(member.name.clone()) };
    let levels = member.levels.as_ref();
    let value = |id: Option<FactId>| id.map_or(Cell::Empty, Cell::Value);
    let change = |id: Option<FactId>| id.map_or(Cell::Empty, Cell::Change);
    let (low, high) = levels.and_then(|levels| levels.interval).unzip();
    let (before, since) = member.runs.unzip();
    let (at, commit) = member.since.clone().unzip();
    vec![
        name,
        value(levels.map(|levels| levels.before)),
        value(levels.map(|levels| levels.after)),
        change(levels.map(|levels| levels.effect)),
        change(low),
        change(high),
        Cell::maybe(before),
        Cell::maybe(since),
        at.map_or(Cell::Empty, Cell::Time),
        commit.flatten().map_or(Cell::Empty, Cell::Name),
    ]
}

/// The series' own name, or that of all with how many they are and which of them is the worst.
pub(super) fn heading(ledger: &mut Ledger, worst: &Judged, others: &[&Judged]) -> Prose {
    if others.is_empty() {
        return changes::series_name(worst);
    }
    let all = changes::on_environment(changes::metric_of(worst), worst);
    let prose = all.text(": ").value(count(ledger, worst, others)).text(" series");
    let label = worst.series.label();
    if label.is_empty() { prose } else { prose.text(", most of all ").name(&label) }
}

fn count(ledger: &mut Ledger, worst: &Judged, others: &[&Judged]) -> FactId {
    ledger.count(what(worst), (others.len() as u64).saturating_add(1))
}

/// What is counted, in the words of the heading.
fn what(worst: &Judged) -> String {
    let series = &worst.series;
    let on = if series.environment.is_empty() { String::new() } else { format!(" on {}", series.environment) };
    format!("series of {} of {}{on}, most of all {}", series.metric, series.benchmark, series.label())
        .trim_end()
        .to_owned()
}

fn began(judged: &Judged) -> Option<(Timestamp, Option<String>)> {
    let commit = judged.commit_after.as_deref().map(|name| short_commit(name).to_owned());
    judged.verdict.shift.as_ref().map(|shift| (shift.change_at, commit))
}

fn runs(judged: &Judged) -> Option<(usize, usize)> {
    judged.verdict.shift.as_ref().map(|shift| (shift.n_before, shift.n_after))
}

/// Why it is told of, unless the worst one has said that, and how far it moved in all.
fn notes(ledger: &mut Ledger, worst: &Judged, other: &Judged, alert: Option<&AlertLine>) -> Vec<Prose> {
    let lead = || Prose::default().name(&other.series.label()).text(": ");
    let own = changes::further(other);
    let mut notes = Vec::new();
    if !own.is_empty() && own != changes::further(worst) {
        notes.push(changes::reason(lead(), ledger, other));
    }
    notes.extend(changes::in_all(other, alert).map(|sentence| lead().quote(sentence)));
    notes
}

#[cfg(test)]
mod tests {
    use super::super::tests::{alert, history, judged, landing};
    use super::super::{Analyst, Known, Settings, check};
    use super::*;
    use crate::domain::series::Direction;
    use crate::domain::verdict::VerdictKind;

    const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
    const HASH: &str = "4fb42155304c9d0e8a7b6c5d4e3f2a1b0c9d8e7f";

    /// As many series of one alert, each a little worse than the next, with commits in full.
    fn moved(kind: VerdictKind, n: u32) -> Vec<Judged> {
        let one = |i: u32| {
            let mut one = judged(kind, TTFT, 0.2, 0.26 - f64::from(i) / 1e4);
            one.series.case = format!("batch {i}");
            one.commit_after = Some(HASH.to_owned());
            one
        };
        (0..n).map(one).collect()
    }

    /// The report, once it has passed the check.
    fn told(verdicts: Vec<Judged>, mut alerts: Vec<AlertLine>) -> String {
        let mut known = Known::new(&landing());
        alerts.iter_mut().for_each(|alert| alert.ack += " --root /srv/lab");
        known.verdicts(&verdicts, &alerts);
        let mut analyst = Analyst::new(landing(), &Settings::default());
        analyst.verdicts(verdicts, alerts);
        let histories = analyst.drawn().into_iter().map(|judged| (judged.series.clone(), history(judged))).collect();
        analyst.histories(histories);
        let analysis = analyst.finish();
        let markdown = crate::report::markdown(&analysis);
        let misses = check(&markdown, &analysis.ledger, &known);
        assert_eq!(misses, [], "{markdown}");
        let html = crate::report::html(&analysis);
        assert_eq!(crate::insight::same_numbers(&markdown, &html), None);
        let section = markdown.split("\n## ").nth(1).unwrap();
        section.to_owned()
    }

    #[test]
    fn what_one_alert_covers_is_one_card() {
        let mut verdicts = moved(VerdictKind::Regression, 3);
        verdicts.reverse();
        let said = told(verdicts, vec![alert(12, "ttft")]);
        let headings: Vec<&str> = said.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(headings, ["### `ttft` of `reports/tiny_sweep`: 3 series, most of all `batch 0 gpu=40`"]);
        assert_eq!(said.matches("alerts ack 12").count(), 1, "{said}");
        assert_eq!(said.matches('│').count(), 1, "one course: {said}");
        let rows: Vec<&str> = said.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4, "{said}");
        assert!(rows[0].starts_with("| configuration | before | after | effect | low | high | facts"), "{said}");
        assert!(rows[2].starts_with("| `batch 1 gpu=40` | 0.2 s | 0.2599 s | +30 % | +28 % | +33 % |"), "{said}");
        assert!(said.contains("and `4fb42155304c`.") && !said.contains(HASH), "{said}");
    }

    #[test]
    fn a_member_says_what_differs() {
        let mut verdicts = moved(VerdictKind::Regression, 3);
        let shift = verdicts[2].verdict.shift.as_mut().unwrap();
        (shift.change_at, shift.n_after) = ("2026-02-27T00:00:00Z".parse().unwrap(), 5);
        verdicts[2].verdict.reason = "It is a drift.".to_owned();
        let said = told(verdicts, vec![alert(12, "ttft")]);
        assert!(said.contains("| high | runs before | runs since | since | commit |"), "{said}");
        assert!(said.contains("| 24 | 5 | 2026-02-27 00:00:00 UTC | `4fb42155304c` |"), "{said}");
        assert!(said.contains("| 24 | 3 | 2026-03-01 00:00:00 UTC | `4fb42155304c` |"), "{said}");
        assert!(said.contains("- `batch 2 gpu=40`: It is a drift."), "{said}");
    }

    #[test]
    fn very_many_are_counted_and_small_ones_share_the_unit() {
        let mut verdicts = moved(VerdictKind::Regression, 30);
        let shift = verdicts[5].verdict.shift.as_mut().unwrap();
        (shift.before, shift.after) = (0.002, 0.002 * (1.0 + shift.effect));
        let said = told(verdicts, vec![alert(12, "ttft")]);
        assert!(said.contains(": 30 series, most of all"), "{said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("| `batch")).count(), 20, "{said}");
        assert!(said.contains("Not shown: 9 further series."), "{said}");
        assert!(!said.contains(" s |") || !said.contains(" ms |"), "{said}");
    }

    #[test]
    fn what_has_no_alert_is_told_together_by_the_way_it_looks() {
        let mut verdicts = moved(VerdictKind::Candidate, 2);
        let mut better = judged(VerdictKind::Candidate, TTFT, 0.2, 0.1);
        better.series.case = "other".to_owned();
        verdicts.push(better);
        let said = told(verdicts, Vec::new());
        let headings: Vec<&str> = said.lines().filter(|line| line.starts_with('#')).collect();
        let expected = [
            "### `ttft` of `reports/tiny_sweep`: 2 series, most of all `batch 0 gpu=40`",
            "### `ttft` of `reports/tiny_sweep`, `other gpu=40`",
        ];
        assert_eq!(headings, expected);
    }
}
