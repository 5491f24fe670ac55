//! How what the agents said joins the report: slot by slot in place of the built-in words, and marked as a model's.
//!
//! A slot for which nothing passed the gate keeps the built-in words, and so does one whose statement this ledger cannot render. Nothing
//! of another ledger is used. It cannot fail; the numbers of dropped sentences are counted here and nothing of them is printed.

use std::collections::BTreeMap;

use super::said::{Said, Standing};
use super::statement::Statement;
use crate::domain::call::{Aim, Ended, Role};
use crate::insight::{ADVICE, Analysis, Block, Briefing, Cell, Ledger, Prose, RISKS, SUMMARY, Section, Span, Table};

/// Sentences of a summary that stand in place of the built-in one.
const SENTENCES: usize = 2;
/// Rows of the table of risks: at least, and of a model at most.
const LEAST_RISKS: usize = 2;
const MOST_RISKS: usize = 5;
/// Reasons listed.
const REASONS: usize = 20;

/// The title of the section on what was said beside the slots.
pub const AGENTS: &str = "What the agents said";

/// The analysis with what was said of it.
pub fn join(mut analysis: Analysis, said: &Said) -> Analysis {
    if said.standing == Standing::Off {
        return analysis;
    }
    let is_of_this = said.ledger == analysis.ledger.hash().to_string();
    let mut briefing = analysis.briefing.clone();
    if is_of_this {
        let summary = rendered(&said.summary, &mut analysis.ledger);
        let adds = take_summary(&mut briefing, summary);
        take_advice(&mut briefing, said, &mut analysis.ledger);
        take_risks(&mut briefing, said, &mut analysis.ledger);
        briefing.signed = Some(signed(said, briefing.summary != analysis.briefing.summary, adds));
    } else if said.is_something() {
        let prose = Prose::new("What the agents said was said of other facts than these, and nothing of it is used.");
        briefing.signed = Some(prose);
    } else {
        briefing.signed = Some(signed(said, false, None));
    }
    for section in &mut analysis.sections {
        match section.title.as_str() {
            SUMMARY => *section = briefing.summary_section(),
            ADVICE => *section = briefing.advice_section(),
            RISKS => *section = briefing.risks_section(),
            _ => {}
        }
    }
    if is_of_this {
        analysis.sections.extend(section(said, &mut analysis.ledger));
    }
    analysis.briefing = briefing;
    analysis
}

/// What the report quotes of `said` without a fact behind it: names of agents and models, and words about calls. The check and
/// `verify` have to know them.
pub fn quoted(said: &Said) -> Vec<String> {
    let words = match &said.standing {
        Standing::Unavailable(words) => Some(in_brief(words).to_owned()),
        Standing::Rejected(words) => Some(plain(words).to_owned()),
        Standing::Off | Standing::Used | Standing::PartlyUsed => None,
    };
    let names = [Role::Collector, Role::Insight].into_iter().flat_map(|role| [label(said, role), model(said, role)]);
    names.flatten().map(str::to_owned).chain(words).collect()
}

impl Said {
    /// Whether any statement passed the gate.
    fn is_something(&self) -> bool {
        let lists = [&self.observations, &self.gaps, &self.summary];
        lists.iter().any(|list| !list.is_empty()) || !self.recommendations.is_empty() || !self.risks.is_empty()
    }
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

/// Takes a summary that is one; gives a single sentence back.
fn take_summary(briefing: &mut Briefing, mut summary: Vec<Prose>) -> Option<Prose> {
    if summary.len() < SENTENCES {
        return summary.pop();
    }
    briefing.summary = summary;
    None
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
    let pairs = said
        .risks
        .iter()
        .filter_map(|(risk, mitigation)| Some((sentence(risk, ledger)?, marked(sentence(mitigation, ledger)?, said))));
    let mut risks: Vec<(Prose, Prose)> = pairs.take(MOST_RISKS).collect();
    let missing = LEAST_RISKS.saturating_sub(risks.len());
    if risks.is_empty() {
        return;
    }
    risks.extend(briefing.risks.iter().take(missing).cloned());
    briefing.risks = risks;
}

/// A model's words, with its name behind them.
fn marked(prose: Prose, said: &Said) -> Prose {
    match model(said, Role::Insight) {
        Some(model) => prose.text(" (").name(model).text(")"),
        None => prose,
    }
}

/// Who wrote the summary, and what became of the models' words.
fn signed(said: &Said, is_used: bool, adds: Option<Prose>) -> Prose {
    let writer = || {
        let prose = Prose::default().name(label(said, Role::Insight).unwrap_or("InsightAgent"));
        match model(said, Role::Insight) {
            Some(model) => prose.text(" (").name(model).text(")"),
            None => prose,
        }
    };
    let prose = match &said.standing {
        Standing::Unavailable(words) => {
            // What to do about it stands further down: whoever reads a landing on a phone has come for the landing.
            return Prose::new("No language model had a part in this page: ").quote(in_brief(words)).text(".");
        }
        Standing::Rejected(words) => {
            return writer()
                .text(" answered, and nothing of it could be used: ")
                .quote(plain(words))
                .text(". What stands here is the built-in analyst's.");
        }
        _ if is_used => Prose::new("This summary is in the words of ").then(writer()).text(
            ", a language model, as is what bears its name below; the numbers in it are the program's, the sense is the model's.",
        ),
        _ => Prose::new("This summary is the built-in analyst's; what bears the name of ").then(writer()).text(
            " below is in the words of a language model, with the program's numbers.",
        ),
    };
    let prose = match (&said.standing, adds) {
        (_, Some(adds)) => prose.text(" It adds: ").then(adds),
        _ => prose,
    };
    match said.standing {
        Standing::PartlyUsed => prose.text(" Not all that it wrote held, and the rest is left out."),
        _ => prose,
    }
}

/// What else was said, what was dropped, and what the agent could not see.
fn section(said: &Said, ledger: &mut Ledger) -> Option<Section> {
    let mut blocks = Vec::new();
    let lists = [(&said.observations, "What the collector found"), (&said.gaps, "What the collector found missing")];
    for (statements, title) in lists {
        let items = rendered(statements, ledger);
        if !items.is_empty() {
            blocks.extend([Block::Heading(Prose::new(title)), Block::Bullets(items)]);
        }
    }
    if said.left_out > 0 && said.calls.iter().any(|call| call.role == Role::Insight) {
        let what = "facts that had no room in what the insight agent was told";
        let prose =
            Prose::new("The insight agent did not see all: ").count(ledger, said.left_out, "fact", "facts", what);
        blocks.push(Block::Paragraph(prose.text(" had no room in what it was told.")));
    }
    if let Some(table) = dropped(said, ledger) {
        let prose = Prose::new("Sentences that did not hold were dropped. Here is why; their words are not repeated.");
        blocks.extend([Block::Heading(Prose::new("What was left out")), Block::Paragraph(prose), Block::Table(table)]);
    }
    let intro = Prose::new("In the words of language models, with the program's numbers.");
    (!blocks.is_empty()).then(|| {
        blocks.insert(0, Block::Paragraph(intro));
        Section::new(AGENTS, blocks)
    })
}

/// How many sentences were dropped, by agent and reason.
fn dropped(said: &Said, ledger: &mut Ledger) -> Option<Table> {
    let mut counts: BTreeMap<(Role, String), u64> = BTreeMap::new();
    for dropped in &said.dropped {
        // The gate's reasons hold no number; whatever else comes here must not either.
        let reason = dropped.reason.chars().map(|c| if c.is_numeric() { '…' } else { c }).collect();
        *counts.entry((dropped.role, reason)).or_default() += 1;
    }
    let all = counts.len();
    let mut table = Table::new(&["agent", "why it was dropped", "#sentences"]);
    for ((role, reason), n) in counts.into_iter().take(REASONS) {
        let (agent, word) = match role {
            Role::Collector => (label(said, role).unwrap_or("collector"), "collector"),
            Role::Insight => (label(said, role).unwrap_or("insight"), "insight agent"),
        };
        let id = ledger.count(format!("sentences of the {word} that were dropped: {reason}"), n);
        table.rows.push(vec![Cell::Name(agent.to_owned()), Cell::Quote(reason), Cell::Number(id)]);
    }
    let rest = all.saturating_sub(REASONS) as u64;
    (!table.rows.is_empty())
        .then(|| table.cut(ledger, rest, "reasons", "reasons for dropping sentences that are not listed"))
}

/// What an agent is called.
fn label(said: &Said, role: Role) -> Option<&str> {
    let persona = said.personas.iter().find(|persona| persona.role == role).map(|persona| persona.label.as_str());
    persona.or_else(|| said.calls.iter().find(|call| call.role == role).map(|call| call.label.as_str()))
}

/// The model that answered last for an agent, or was asked last.
fn model(said: &Said, role: Role) -> Option<&str> {
    let calls = || said.calls.iter().rev().filter(|call| call.role == role);
    let call = calls().find(|call| call.ended == Ended::Answered).or_else(|| calls().next())?;
    Some(call.model.as_str())
}

/// What happened, the first sentence of the words about it.
fn in_brief(words: &str) -> &str {
    plain(words.split_once(". ").map_or(words, |(first, _)| first))
}

/// Words about a call without the full stop that our sentence sets.
fn plain(words: &str) -> &str {
    words.trim().trim_end_matches('.')
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
