//! What moved in series that are too young to be judged: the plain step from the run before to the newest, and no verdict.

use super::document::{Block, Cell, Prose, Section, Table};
use super::draft::{Draft, Finding, Topic, draft};
use super::errors::Errors;
use super::input::Step;
use super::ledger::Ledger;
use super::names::Names;
use super::summary::Point;
use super::words;
use crate::domain::fact::FactId;
use crate::domain::run::short_commit;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Steps shown, and named on the first page.
const SHOWN: usize = 10;
const NAMED: usize = 2;

/// The facts of a step.
struct Facts {
    before: FactId,
    after: FactId,
    /// In percent of the value before; `None` when that is not above zero.
    relative: Option<FactId>,
}

/// The step as a part of the value before; `None` when that is not above zero.
fn relative(step: &Step) -> Option<f64> {
    let (before, after) = (step.before.value, step.after.value);
    // Across a change of sign there are no percent.
    Some((after - before) / before.abs()).filter(|relative| relative.is_finite() && before > 0.0 && after >= 0.0)
}

/// Steps of series that are too young to be judged.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The largest first.
    pub told: Vec<Step>,
    /// Steps from or to a run of which every row is an error: what such a run states was not measured.
    pub ruined: u64,
}

impl Steps {
    pub(super) fn new(steps: Vec<Step>, errors: &Errors) -> Self {
        let mut told = largest(steps);
        let all = told.len();
        let is_ruined = |step: &Step| {
            [&step.before, &step.after].into_iter().any(|end| errors.ruined(&end.place.path, &step.series))
        };
        told.retain(|step| !is_ruined(step));
        Self { ruined: (all - told.len()) as u64, told }
    }
}

/// The steps that mean something, the largest first: those of series with a direction in which something moved.
fn largest(mut steps: Vec<Step>) -> Vec<Step> {
    steps.retain(|step| step.direction != Direction::Neutral && step.before.value != step.after.value);
    // Without a percentage, against the larger of the two: from nothing to something is a whole.
    let whole = |step: &Step| step.before.value.abs().max(step.after.value.abs());
    let size =
        |step: &Step| relative(step).unwrap_or_else(|| (step.after.value - step.before.value) / whole(step)).abs();
    steps.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.series.cmp(&b.series)));
    steps
}

fn facts(step: &Step, ledger: &mut Ledger) -> Facts {
    let mut end = |end: &super::input::StepEnd| {
        Point::new(&step.series, end.value, &end.place.path, end.place.hash, end.place.at.clone()).fact(ledger)
    };
    let (before, after) = (end(&step.before), end(&step.after));
    let relative = relative(step).map(|relative| {
        let formula = format!("100 * ({after} - {before}) / |{before}|");
        let name = format!("step of {}", step.series);
        let parents = [before.min(after), before.max(after)];
        ledger.derived(name, 100.0 * relative, Unit::new("percent"), formula, &parents)
    });
    Facts { before, after, relative }
}

/// The finding; `None` when nothing moved.
pub(super) fn drafts<'a>(steps: &'a [Step], backfill: bool, names: &'a Names) -> Option<Draft<'a>> {
    let first = steps.first()?;
    let weight = if backfill { 420 } else { 830 };
    Some(draft(weight, Topic::Young, move |ledger| {
        let mut prose = Prose::new("Not judged, for want of runs: since the run before ");
        for (i, step) in steps.iter().take(NAMED).enumerate() {
            let facts = facts(step, ledger);
            prose = prose.text(if i == 0 { "" } else { "; " }).name(&step.series.metric).text(" of ");
            prose = prose.name(names.of(&step.series.benchmark)).text(" went from ").value(facts.before).text(" to ");
            prose = prose.value(facts.after);
            prose = match facts.relative {
                Some(relative) => prose.text(" (").change(relative).text(")"),
                None => prose,
            };
        }
        let n = steps.len() as u64;
        let rest = n.saturating_sub(NAMED as u64);
        let prose = match rest {
            0 => prose.text("."),
            _ => {
                let what = "other young series that moved";
                prose.text("; and ").count(ledger, rest, "other moved.", "others moved.", what)
            }
        };
        let advice =
            Prose::new("Run ").name(names.of(&first.series.benchmark)).text(" again before you act on its step: ");
        let advice = advice.text("one run that differs is no evidence yet.").cite(facts(first, ledger).after);
        Finding { prose, advice: (!backfill).then_some(advice) }
    }))
}

/// The section; `None` when nothing moved.
pub(super) fn section(steps: &Steps, names: &Names, ledger: &mut Ledger) -> Option<Section> {
    let Steps { told: steps, ruined } = steps;
    let titles = [
        "metric",
        "benchmark",
        "configuration",
        "unit",
        "#before",
        "#now",
        "#step",
        "reads as",
        "commit before",
        "commit now",
    ];
    let mut table = Table::new(&titles);
    for step in steps.iter().take(SHOWN) {
        let facts = facts(step, ledger);
        let series = &step.series;
        let name = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Name(words::short(text)) };
        let worse = step.direction.is_worse(step.before.value, step.after.value);
        table.rows.push(vec![
            Cell::Name(series.metric.clone()),
            Cell::Name(names.of(&series.benchmark).to_owned()),
            name(&words::configuration(series)),
            if series.unit.is_none() { Cell::Empty } else { Cell::Quote(series.unit.as_str().to_owned()) },
            Cell::Number(facts.before),
            Cell::Number(facts.after),
            facts.relative.map_or(Cell::Empty, Cell::Change),
            Cell::Text(if worse { "worse" } else { "better" }.to_owned()),
            name(short_commit(step.before.commit.as_deref().unwrap_or_default())),
            name(short_commit(step.after.commit.as_deref().unwrap_or_default())),
        ]);
    }
    let left_out = steps.len().saturating_sub(SHOWN) as u64;
    let table = table.cut(ledger, left_out, "smaller steps", "smaller steps of young series");
    let text = "The plain difference of the newest run to the one before, where there are too few runs for a verdict. None of this is judged.";
    let mut blocks = vec![Block::Paragraph(Prose::new(text))];
    if !steps.is_empty() {
        blocks.push(Block::Table(table));
    }
    if *ruined > 0 {
        let what = "steps of runs in which every row is an error";
        let prose = Prose::new("Left out: ").count(ledger, *ruined, "step", "steps", what);
        blocks.push(Block::Paragraph(
            prose.text(" from or to a run in which every row is an error; what it states was not measured."),
        ));
    }
    (!steps.is_empty() || *ruined > 0).then(|| Section::new("Steps of series that are too young to judge", blocks))
}
