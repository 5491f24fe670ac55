//! Moves: everything that moved in a landing, regressions first, then what is only watched, improvements and changes without a direction.
//!
//! The first of each kind are told in full, a card each with the course of the series; more of them in a sentence each, and the rest is
//! counted. It cannot fail.

use std::collections::BTreeMap;

use super::changes::{about, alert_line, describe, is_own, is_worse, short, worst_first};
use super::document::{Block, Prose, Section, Tone};
use super::figure::{Figure, History};
use super::input::{AlertLine, Judged};
use super::ledger::Ledger;
use super::together::together;
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::series::SeriesKey;
use crate::domain::verdict::VerdictKind;

/// Series of each kind that are drawn, at most: each is a history to be read.
const DRAWN: usize = 20;

/// Everything that moved, sorted for telling.
pub(super) struct Moves<'a> {
    pub judged: &'a [Judged],
    pub alerts: &'a [AlertLine],
    /// Of those that are drawn.
    pub histories: &'a BTreeMap<SeriesKey, History>,
    pub backfill: bool,
    pub limit: usize,
}

impl<'a> Moves<'a> {
    /// The series with this verdict: what looks worse first, then the largest effect.
    pub(super) fn of(&self, kind: VerdictKind) -> Vec<&'a Judged> {
        // A drift for the worse is told among what got worse.
        let is_meant =
            |judged: &&Judged| judged.verdict.kind == kind && !(kind == VerdictKind::Drift && is_worse(judged));
        let mut found: Vec<&'a Judged> = self.judged.iter().filter(is_meant).collect();
        found.sort_by(|a, b| is_worse(b).cmp(&is_worse(a)).then_with(|| worst_first(a, b)));
        found
    }

    /// Those of which the course is drawn, by kind: the worst of each that moved together.
    pub(super) fn drawn(&self) -> Vec<&'a Judged> {
        let kinds = [self.worse(), self.of(VerdictKind::Candidate), self.of(VerdictKind::Improvement)];
        let most = self.limit.min(DRAWN);
        let worst =
            |kind: Vec<&'a Judged>| together(&kind).into_iter().take(most).filter_map(|group| group.first().copied());
        kinds.into_iter().flat_map(worst).collect()
    }

    /// As [`of`](Self::of), of those that the files brought.
    pub(super) fn brought(&self, kind: VerdictKind) -> Vec<&'a Judged> {
        self.of(kind).into_iter().filter(|judged| !is_own(judged)).collect()
    }

    /// The series that got worse, at once or by and by, those of the agents' calls last, the largest effect first.
    pub(super) fn worse(&self) -> Vec<&'a Judged> {
        let is_meant = |judged: &&Judged| match judged.verdict.kind {
            VerdictKind::Regression => true,
            VerdictKind::Drift => is_worse(judged),
            _ => false,
        };
        let mut found: Vec<&'a Judged> = self.judged.iter().filter(is_meant).collect();
        found.sort_by(|a, b| is_own(a).cmp(&is_own(b)).then_with(|| worst_first(a, b)));
        found
    }

    /// The series that got worse: those that the files brought, and those of the agents' calls.
    pub(super) fn worse_apart(&self) -> (Vec<&'a Judged>, Vec<&'a Judged>) {
        self.worse().into_iter().partition(|judged| !is_own(judged))
    }

    /// The alert about a series: an open one rather than one that is only a candidate.
    pub(super) fn alert(&self, judged: &Judged) -> Option<&AlertLine> {
        let about =
            self.alerts.iter().filter(|alert| alert.covers(&judged.series) && alert.state != AlertState::Resolved);
        about.max_by_key(|alert| (alert.state.is_open(), alert.id))
    }

    /// Open alerts of which this landing holds no regression.
    pub(super) fn still_open(&self) -> Vec<&AlertLine> {
        let told = self.worse();
        let told = |alert: &AlertLine| told.iter().any(|judged| alert.covers(&judged.series));
        let mut open: Vec<&AlertLine> =
            self.alerts.iter().filter(|alert| is_open_regression(alert) && !told(alert)).collect();
        open.sort_by_key(|alert| alert.id);
        open
    }

    /// Open alerts that are about no series' own change: environments, budgets, absences.
    pub(super) fn others(&self) -> Vec<&AlertLine> {
        let is_other = |alert: &&AlertLine| alert.key.kind != AlertKind::Regression && alert.state.is_open();
        let mut others: Vec<&AlertLine> = self.alerts.iter().filter(is_other).collect();
        others.sort_by_key(|alert| (alert.key.kind, alert.id));
        others
    }

    pub(super) fn sections(&self, ledger: &mut Ledger) -> Vec<Section> {
        let sections = [
            self.regressions(ledger),
            self.other_alerts(ledger),
            self.cards((VerdictKind::Candidate, Tone::Watched), "Watching, not confirmed", ledger),
            self.cards((VerdictKind::Improvement, Tone::Better), "Improvements", ledger),
            self.list(VerdictKind::Drift, "Drifting", ledger),
            self.list(VerdictKind::Accepted, "Accepted as the new normal", ledger),
            self.list(VerdictKind::Change, "Changes of which nobody said which way is good", ledger),
        ];
        sections.into_iter().flatten().collect()
    }

    fn regressions(&self, ledger: &mut Ledger) -> Option<Section> {
        let found = self.worse();
        let open = self.still_open();
        if found.is_empty() && open.is_empty() {
            return None;
        }
        let mut blocks = Vec::new();
        if self.backfill && !found.is_empty() {
            blocks.push(Block::Paragraph(Prose::new(
                "This is history found on the first look; nobody is mailed about it.",
            )));
        }
        let groups = together(&found);
        let (told, others) = groups.split_at(groups.len().min(self.limit));
        told.iter().for_each(|group| self.card(group, true, ledger, &mut blocks));
        blocks.extend(rest(others.iter().map(Vec::len).sum(), "regressions", ledger));
        if !open.is_empty() {
            blocks.push(Block::Heading(Prose::new("Open from before")));
            blocks.push(Block::Bullets(open.iter().take(self.limit).map(|alert| open_line(alert)).collect()));
            blocks.extend(self.beyond(open.len(), "open alerts", ledger));
        }
        let title = if self.backfill { "Regressions in the recorded history" } else { "Regressions" };
        Some(Section::new(title, blocks).toned(Tone::Worse))
    }

    /// What moved together, told in full: its heading, its levels, its course, the other series, and what is to be said of it.
    fn card(&self, group: &[&Judged], with_alert: bool, ledger: &mut Ledger, blocks: &mut Vec<Block>) {
        let Some((worst, others)) = group.split_first() else { return };
        let alert = if with_alert { self.alert(worst) } else { None };
        let change = describe(ledger, worst, others, alert);
        blocks.push(Block::Heading(change.heading));
        blocks.extend(change.levels.map(Block::Levels));
        let history = self.histories.get(&worst.series);
        blocks.extend(history.map(|history| Block::Figure(Box::new(Figure::History(history.clone())))));
        let mut lines = change.lines;
        let beneath = change.others.blocks();
        // What is said of one series alone is one list.
        let apart = if beneath.is_empty() {
            lines.extend(change.alert);
            Vec::new()
        } else {
            change.alert
        };
        let bullets = |lines: Vec<Prose>| (!lines.is_empty()).then_some(Block::Bullets(lines));
        blocks.extend(bullets(lines));
        blocks.extend(beneath);
        blocks.extend(bullets(apart));
    }

    /// What moved without an alert: the first in full, some in a sentence, the rest counted.
    fn cards(&self, (kind, tone): (VerdictKind, Tone), title: &str, ledger: &mut Ledger) -> Option<Section> {
        let found = self.of(kind);
        let groups = together(&found);
        let (told, others) = groups.split_at(groups.len().min(self.limit).min(DRAWN));
        let mut blocks = Vec::new();
        told.iter().for_each(|group| self.card(group, false, ledger, &mut blocks));
        let others = others.concat();
        if !others.is_empty() {
            let room = self.limit.saturating_sub(told.len());
            let lines: Vec<Prose> = others.iter().take(room).map(|judged| short(ledger, judged)).collect();
            blocks.push(Block::Heading(Prose::new("The others in short")));
            blocks.extend((!lines.is_empty()).then_some(Block::Bullets(lines)));
            blocks.extend(rest(others.len().saturating_sub(room), "series", ledger));
        }
        (!found.is_empty()).then(|| Section::new(title, blocks).toned(tone))
    }

    fn other_alerts(&self, ledger: &mut Ledger) -> Option<Section> {
        let others = self.others();
        let mut blocks: Vec<Block> = Vec::new();
        for alert in others.iter().take(self.limit) {
            blocks.push(Block::Heading(about(alert)));
            let reasons = alert.reasons.iter().map(|reason| Prose::default().quote(reason));
            blocks.push(Block::Bullets(reasons.chain([alert_line(alert)]).collect()));
        }
        blocks.extend(self.beyond(others.len(), "alerts", ledger));
        (!others.is_empty())
            .then(|| Section::new("Environments, budgets and missing results", blocks).toned(Tone::Worse))
    }

    fn list(&self, kind: VerdictKind, title: &str, ledger: &mut Ledger) -> Option<Section> {
        let found = self.of(kind);
        let bullets: Vec<Prose> = found.iter().take(self.limit).map(|judged| short(ledger, judged)).collect();
        let mut blocks = vec![Block::Bullets(bullets)];
        blocks.extend(self.beyond(found.len(), "series", ledger));
        (!found.is_empty()).then(|| Section::new(title, blocks))
    }

    /// Those of `n` that are more than are told.
    fn beyond(&self, n: usize, what: &str, ledger: &mut Ledger) -> Option<Block> {
        rest(n.saturating_sub(self.limit), what, ledger)
    }
}

fn rest(n: usize, what: &str, ledger: &mut Ledger) -> Option<Block> {
    let id = (n > 0).then(|| ledger.count(format!("{what} that are not told one by one"), n as u64))?;
    Some(Block::Paragraph(Prose::new("Not told one by one: ").value(id).text(" further ").text(what).text(".")))
}

fn is_open_regression(alert: &AlertLine) -> bool {
    alert.key.kind == AlertKind::Regression && alert.state.is_open()
}

fn open_line(alert: &AlertLine) -> Prose {
    about(alert).text(": ").then(alert_line(alert))
}
