//! How what the agents said joins the report: slot by slot in place of the built-in words, and marked as a model's.
//!
//! What the program counted stays first on the page, and no words of a model stand in its place: behind it a model may be wrong in plain
//! sight. A slot for which nothing passed the gate keeps the built-in words, and so does one whose statement this ledger cannot render.
//! Nothing of another ledger is used. It cannot fail.

use std::collections::HashSet;

use super::left_out;
use super::metrics;
use super::said::{Said, Standing};
use super::statement::Statement;
use crate::domain::call::{Aim, Call, Ended, Role};
use crate::domain::fact::FactId;
use crate::insight::{ADVICE, Analysis, Block, Briefing, Ledger, Prose, RISKS, SUMMARY, Section, Span, settle};

/// Sentences of a model that make a summary, so that of the built-in one only what it counts is left.
const SENTENCES: usize = 2;
/// Rows of the table of risks: at least, and of a model at most.
const LEAST_RISKS: usize = 2;
const MOST_RISKS: usize = 5;

/// The title of the section on what was said beside the slots.
pub const AGENTS: &str = "What the agents said";

/// The analysis with what was said of it.
pub fn join(mut analysis: Analysis, said: &Said) -> Analysis {
    if said.standing == Standing::Off {
        return analysis;
    }
    let is_of_this = said.ledger == analysis.ledger.hash().to_string();
    let mut briefing = analysis.briefing.clone();
    let (mut own, mut note) = (Vec::new(), None);
    if is_of_this {
        own = rendered(&said.summary, &mut analysis.ledger);
        take_advice(&mut briefing, said, &mut analysis.ledger);
        take_risks(&mut briefing, said, &mut analysis.ledger);
        briefing.signed = Some(signed(said, !own.is_empty()));
        if own.len() >= SENTENCES {
            // The first one says what can be judged and how much of it got worse.
            briefing.summary.truncate(1);
        }
        note = left_out::note(said, &mut analysis.ledger);
    } else if said.has_words() {
        let prose = Prose::new("What the agents said was said of other facts than these, and nothing of it is used.");
        briefing.signed = Some(prose);
    } else {
        briefing.signed = Some(signed(said, false));
    }
    for section in &mut analysis.sections {
        match section.title.as_str() {
            SUMMARY => {
                *section = briefing.summary_section();
                // One by one, as they were tried: sentences of two answers were never tried in one paragraph.
                let own = std::mem::take(&mut own);
                section.blocks.extend((!own.is_empty()).then_some(Block::Bullets(own)));
                section.blocks.extend(note.take().map(Block::Paragraph));
            }
            ADVICE => *section = briefing.advice_section(),
            RISKS => *section = briefing.risks_section(),
            _ => {}
        }
    }
    if is_of_this {
        analysis.sections.extend(section(said, &mut analysis.ledger));
    }
    settle(&mut analysis.sections, &mut analysis.ledger);
    analysis.briefing = briefing;
    analysis
}

/// What the report quotes of `said` without a fact behind it: names of agents and models, and words about calls. The check and
/// `verify` have to know them.
pub fn quoted(said: &Said) -> Vec<String> {
    let words = match &said.standing {
        Standing::Rejected(words) => Some(plain(words).to_owned()),
        Standing::Unavailable(_) | Standing::Off | Standing::Used | Standing::PartlyUsed => None,
    };
    let names = [Role::Collector, Role::Insight].into_iter().flat_map(|role| [label(said, role), model(said, role)]);
    names.flatten().map(str::to_owned).chain(words).collect()
}

/// The statements that this ledger can render, as sentences.
fn rendered(statements: &[Statement], ledger: &mut Ledger) -> Vec<Prose> {
    statements.iter().filter_map(|statement| sentence(statement, ledger)).collect()
}

fn sentence(statement: &Statement, ledger: &mut Ledger) -> Option<Prose> {
    let prose = statement.prose(ledger)?;
    let shown = prose.0.iter().rev().find(|span| !matches!(span, Span::Cite(_)))?;
    let is_ended = matches!(shown, Span::Text(text) if text.trim_end().ends_with(['.', '!', '?']));
    Some(if is_ended { prose } else { prose.text(".") })
}

fn take_advice(briefing: &mut Briefing, said: &Said, ledger: &mut Ledger) {
    for (aim, statement) in &said.recommendations {
        let slot = briefing.recommendations.iter_mut().find(|(own, _)| own == aim);
        if let (Some((_, slot)), Some(prose)) = (slot, sentence(statement, ledger)) {
            *slot = marked(prose, said);
        }
    }
    if said.recommendations.iter().any(|(aim, _)| *aim == Aim::Ttft) {
        // The agent was asked for it under this name.
        briefing.ttft = true;
    }
}

fn take_risks(briefing: &mut Briefing, said: &Said, ledger: &mut Ledger) {
    let pairs = said.risks.iter().filter_map(|(risk, mitigation)| {
        Some((marked(sentence(risk, ledger)?, said), marked(sentence(mitigation, ledger)?, said)))
    });
    let mut risks: Vec<(Prose, Prose)> = pairs.take(MOST_RISKS).collect();
    if risks.is_empty() {
        return;
    }
    let taken: HashSet<FactId> = risks.iter().flat_map(facts).collect();
    // A row on a fact that has one says it twice; it still is better than a table of one row.
    let (again, others): (Vec<_>, Vec<_>) =
        briefing.risks.iter().partition(|row| facts(row).iter().any(|id| taken.contains(id)));
    let missing = LEAST_RISKS.saturating_sub(risks.len());
    risks.extend(others.into_iter().chain(again).take(missing).cloned());
    briefing.risks = risks;
}

fn facts((risk, mitigation): &(Prose, Prose)) -> Vec<FactId> {
    [risk.refs(), mitigation.refs()].concat()
}

/// A model's words, with its name behind them.
fn marked(prose: Prose, said: &Said) -> Prose {
    match model(said, Role::Insight) {
        Some(model) => prose.text(" (").name(model).text(")"),
        None => prose,
    }
}

/// An agent with its model.
fn writer(said: &Said, role: Role) -> Prose {
    let prose = Prose::default().name(label(said, role).unwrap_or(role.as_str()));
    match model(said, role) {
        Some(model) => prose.text(" (").name(model).text(")"),
        None => prose,
    }
}

/// What the insight agent has to say of the landing, as its own words; or why it has nothing.
fn signed(said: &Said, has_summary: bool) -> Prose {
    let insight = || writer(said, Role::Insight);
    match &said.standing {
        Standing::Unavailable(_) => return unanswered(said),
        Standing::Rejected(words) => {
            return Prose::new("Written by the built-in analyst: ")
                .then(insight())
                .text(" answered, and nothing of it could be used: ")
                .quote(plain(words))
                .text(".");
        }
        Standing::Off | Standing::Used | Standing::PartlyUsed => {}
    }
    if has_summary {
        return insight().text(", a language model, says in its own words, with the program's numbers:");
    }
    Prose::new("This summary is the built-in analyst's; what bears the name of its model below is in the words of ")
        .then(insight())
        .text(", a language model.")
}

/// That no model had a part in the page: nobody's fault where none was asked for by name, else with how its call ended.
fn unanswered(said: &Said) -> Prose {
    let is_answered = |call: &Call| call.ended == Ended::Answered;
    let failed = said.calls.iter().rev().find(|call| call.role == Role::Insight && !is_answered(call));
    match failed {
        Some(call) => Prose::new("Written by the built-in analyst; ")
            .then(writer(said, Role::Insight))
            .text(" did not answer (")
            .text(metrics::ended(call))
            .text(")."),
        None if said.calls.iter().any(is_answered) => {
            Prose::new("Written by the built-in analyst; ").then(writer(said, Role::Insight)).text(" was not asked.")
        }
        None => Prose::new("Written by the built-in analyst; no language model answered."),
    }
}

/// What else was said, and what the insight agent could not see.
fn section(said: &Said, ledger: &mut Ledger) -> Option<Section> {
    let mut blocks = Vec::new();
    let lists = [(&said.observations, " found in the facts:"), (&said.gaps, " found missing:")];
    for (statements, what) in lists {
        let items = rendered(statements, ledger);
        if !items.is_empty() {
            let title = writer(said, Role::Collector).text(", a language model,").text(what);
            blocks.extend([Block::Paragraph(title), Block::Bullets(items)]);
        }
    }
    if said.left_out > 0 && said.calls.iter().any(|call| call.role == Role::Insight) {
        let what = "facts that had no room in what the insight agent was told";
        let prose = Prose::default().name(label(said, Role::Insight).unwrap_or(Role::Insight.as_str()));
        let prose = prose.text(" did not see all: ").count(ledger, said.left_out, "fact", "facts", what);
        blocks.push(Block::Paragraph(prose.text(" had no room in what it was told.")));
    }
    if said.unread > 0 {
        let what = "sentences of the collector that had no room in what the insight agent was told";
        let prose = Prose::default().name(label(said, Role::Insight).unwrap_or(Role::Insight.as_str()));
        let prose = if said.unread < (said.observations.len() + said.gaps.len()) as u64 {
            prose.text(" did not read all that was found for it: ")
        } else {
            prose.text(" could read nothing of what was found for it: ")
        };
        let prose = prose.count(ledger, said.unread, "sentence had", "sentences had", what);
        blocks.push(Block::Paragraph(prose.text(" no room in its context.")));
    }
    (!blocks.is_empty()).then(|| Section::new(AGENTS, blocks))
}

/// What an agent is called.
pub(super) fn label(said: &Said, role: Role) -> Option<&str> {
    let persona = said.personas.iter().find(|persona| persona.role == role).map(|persona| persona.label.as_str());
    persona.or_else(|| said.calls.iter().find(|call| call.role == role).map(|call| call.label.as_str()))
}

/// The model that answered last for an agent, or was asked last.
fn model(said: &Said, role: Role) -> Option<&str> {
    let calls = || said.calls.iter().rev().filter(|call| call.role == role);
    let call = calls().find(|call| call.ended == Ended::Answered).or_else(|| calls().next())?;
    Some(call.model.as_str())
}

/// Words about a call without the full stop that our sentence sets.
fn plain(words: &str) -> &str {
    words.trim().trim_end_matches('.')
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
