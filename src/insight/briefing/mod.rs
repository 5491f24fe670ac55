//! The page that stands when no model does: what a reader takes away, one recommendation for each aim, and the risks.
//!
//! The slots are those that the agents fill: their accepted words stand in place of these, one by one, so each slot always has
//! something to say; where nothing was measured it says what to measure. Nothing of it is new to the report: it draws on the same
//! evidence as the findings and cites the same facts.

mod advice;
mod risks;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Settings;
use super::document::{Block, Cell, Prose, Section, Table};
use super::findings::{Evidence, Told};
use super::input::Row;
use super::ledger::Ledger;
use super::words;
use crate::domain::call::Aim;

/// Titles of the sections that the slots stand in, and of what they follow from.
pub const SUMMARY: &str = "Executive summary";
pub const FINDINGS: &str = "Findings";
pub const ADVICE: &str = "Recommendations";
pub const RISKS: &str = "Risks";

/// Recommendations given at most: a longer list is not followed.
const RECOMMENDATIONS: usize = 8;

/// What a reader takes away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Briefing {
    /// The executive summary, sentence by sentence.
    pub summary: Vec<Prose>,
    /// Who wrote the summary and the risks, where it was not the built-in analyst.
    pub signed: Option<Prose>,
    /// What comes before all advice: what got worse and what is watched. No model's words stand in its place.
    pub urgent: Vec<Prose>,
    /// One for each aim, in the order of [`Aim`].
    pub recommendations: Vec<(Aim, Prose)>,
    /// Further advice.
    pub further: Vec<Prose>,
    /// Risks, each with its mitigation; two at least.
    pub risks: Vec<(Prose, Prose)>,
    /// What the waits are called: `true` where the time to a first token was measured, or nothing of the kind was.
    pub ttft: bool,
}

/// Writes the briefing.
pub(super) fn write(
    evidence: &Evidence,
    told: Told,
    settings: &Settings,
    ledger: &mut Ledger,
) -> (Briefing, Vec<Prose>) {
    let Told { findings, urgent, advice } = told;
    let (recommendations, mut further) = advice::choose(advice, evidence, settings, ledger);
    further.truncate(RECOMMENDATIONS.saturating_sub(urgent.len() + recommendations.len()));
    let briefing = Briefing {
        summary: summary::write(evidence, ledger),
        signed: None,
        urgent,
        recommendations,
        further,
        risks: risks::write(evidence, settings, ledger),
        ttft: evidence.measured.example(Aim::Ttft).is_none_or(|(priority, ..)| priority == 1),
    };
    (briefing, findings)
}

impl Briefing {
    /// The summary as it stands on the page.
    pub fn summary_section(&self) -> Section {
        let joined = self.summary.iter().enumerate().fold(Prose::default(), |all, (i, sentence)| {
            all.text(if i == 0 { "" } else { " " }).then(sentence.clone())
        });
        let signed = self.signed.iter().cloned().map(Block::Paragraph);
        Section::new(SUMMARY, std::iter::once(Block::Paragraph(joined)).chain(signed).collect())
    }

    /// All advice: what cannot wait, one for each aim, the rest.
    pub fn advice_section(&self) -> Section {
        let aimed = self.recommendations.iter().map(|(aim, prose)| {
            let aim = match aim {
                Aim::Throughput => "**Throughput.** ",
                Aim::Ttft if self.ttft => "**Time to first token.** ",
                Aim::Ttft => "**Latency.** ",
                Aim::Quality => "**Quality.** ",
            };
            Prose::new(aim).then(prose.clone())
        });
        let items = self.urgent.iter().cloned().chain(aimed).chain(self.further.iter().cloned()).collect();
        Section::new(ADVICE, vec![Block::Numbered(items)])
    }

    /// The table of risks.
    pub fn risks_section(&self) -> Section {
        let mut table = Table::new(&["risk", "mitigation"]);
        let row =
            |(risk, mitigation): &(Prose, Prose)| vec![Cell::Prose(risk.clone()), Cell::Prose(mitigation.clone())];
        table.rows = self.risks.iter().map(row).collect();
        Section::new(RISKS, vec![Block::Table(table)])
    }
}

/// The kinds of metrics that say something of an aim, by [`words::priority`], the most telling first.
fn priorities(aim: Aim) -> &'static [u8] {
    match aim {
        Aim::Throughput => &[0, 2],
        Aim::Ttft => &[1, 3, 4, 5, 6],
        Aim::Quality => &[],
    }
}

/// Which kinds of metrics arrived, with one of each as an example.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// Metric and benchmark, the first by name, by [`words::priority`].
    first: BTreeMap<u8, (String, String)>,
}

impl Measured {
    /// Takes the rows of a benchmark.
    pub(super) fn add(&mut self, rows: &[Row]) {
        for row in rows {
            let key = (row.series.metric.as_str(), row.series.benchmark.as_str());
            let known = self.first.entry(words::priority(&row.series, row.direction));
            let known = known.or_insert_with(|| (key.0.to_owned(), key.1.to_owned()));
            if key < (known.0.as_str(), known.1.as_str()) {
                *known = (key.0.to_owned(), key.1.to_owned());
            }
        }
    }

    /// The metric that says most of an aim: its priority, its name and its benchmark.
    pub(super) fn example(&self, aim: Aim) -> Option<(u8, &str, &str)> {
        let found = priorities(aim).iter().find_map(|priority| Some((*priority, self.first.get(priority)?)));
        found.map(|(priority, (metric, benchmark))| (priority, metric.as_str(), benchmark.as_str()))
    }
}
