//! What of a report may be published: all of it when every number resolves, else what is left without the statements that do not.
//!
//! A report is rendered, read again by [`check`], and what misses is taken out of the analysis itself, so that the rest is rendered
//! and checked anew with a notice of how much is withheld. What cannot be mended so goes out as a skeleton without numbers. There
//! is always something to publish: a landing or a mail never waits for a report.

pub mod mail;

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, Result};
use tracing::error;

use crate::daemon::context::Context;
use crate::domain::fact::{FactId, Source};
use crate::domain::verdict::VerdictKind;
use crate::insight::{Analysis, Block, Judged, Known, Ledger, Miss, Prose, Section, Table, check, same_numbers};
use crate::report;

/// The cause under which a report that did not hold stands in `status`.
const CAUSE: &str = "report check";
/// How often what misses is taken out before nothing but the skeleton is left.
const ROUNDS: usize = 3;
/// Misses that are logged one by one.
const LOGGED: usize = 20;
/// Series that a skeleton names.
const NAMED: usize = 50;
/// What the page of a skeleton is called.
const TITLE: &str = "Benchmark report";

/// How an analysis becomes text: the report's own functions, but for tests.
pub struct Renderer<'a> {
    pub markdown: &'a dyn Fn(&Analysis) -> String,
    /// The page of the same analysis; none when no page is wanted.
    pub page: Option<&'a dyn Fn(&Analysis) -> String>,
}

/// What may be published.
pub struct Publishable {
    pub markdown: String,
    pub page: Option<String>,
    /// The facts that it rests on.
    pub ledger: Ledger,
    /// All that did not resolve.
    pub misses: Vec<Miss>,
    /// Whether nothing but names could be published.
    pub is_skeleton: bool,
}

/// Renders `analysis` and takes out what does not resolve; `worse` names what regressed, for the skeleton.
pub fn publishable(analysis: &Analysis, known: &Known, worse: &[String], renderer: &Renderer) -> Publishable {
    let mut kept = analysis.clone();
    let mut misses: Vec<Miss> = Vec::new();
    let mut withheld = 0;
    for _ in 0..=ROUNDS {
        let shown = with_notice(&kept, withheld);
        let markdown = (renderer.markdown)(&shown);
        let found = check(&markdown, &shown.ledger, known);
        if found.is_empty() {
            let page = renderer.page.and_then(|page| same(&markdown, page(&shown), &mut misses));
            return Publishable { markdown, page, ledger: shown.ledger, misses, is_skeleton: false };
        }
        let taken = withhold(&mut kept, &markdown, &found);
        misses.extend(found);
        match taken {
            Some(taken) => withheld += taken,
            None => break,
        }
    }
    let markdown = skeleton(analysis, worse);
    let page = renderer.page.and_then(|_| same(&markdown, report::page_of(TITLE, &markdown), &mut misses));
    Publishable { markdown, page, ledger: analysis.ledger.clone(), misses, is_skeleton: true }
}

/// Of a report with the agents' words and the same one without: the first, if all that misses in it misses without the words as well,
/// so that no slip of the program's own text costs them. All misses are told.
pub fn rather(with: Publishable, mut without: Publishable) -> Publishable {
    let mut own: HashMap<(&str, &str, Option<FactId>), usize> = HashMap::new();
    for miss in &without.misses {
        *own.entry((&miss.text, &miss.why, miss.fact)).or_default() += 1;
    }
    let mut theirs: Vec<Miss> = Vec::new();
    for miss in &with.misses {
        match own.get_mut(&(miss.text.as_str(), miss.why.as_str(), miss.fact)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => theirs.push(miss.clone()),
        }
    }
    if theirs.is_empty() && (without.is_skeleton || !with.is_skeleton) {
        return with;
    }
    without.misses.splice(0..0, theirs);
    without
}

/// The page, unless it shows other numbers than the report beside it.
fn same(markdown: &str, page: String, misses: &mut Vec<Miss>) -> Option<String> {
    let Some((report, shown)) = same_numbers(markdown, &page) else { return Some(page) };
    let why = format!("the HTML page shows {shown:?} in its place, so there is no page");
    misses.push(Miss { line: 0, text: report, why, fact: None });
    None
}

/// The analysis with a sentence of how much is withheld; as it is when nothing is.
fn with_notice(kept: &Analysis, withheld: usize) -> Analysis {
    let mut shown = kept.clone();
    if withheld > 0 {
        let id = shown.ledger.count("statements that the check withheld", withheld as u64);
        let statements = if withheld == 1 { " statement" } else { " statements" };
        let notice = Prose::new(" Before it went out this report was read again, number by number, and ")
            .value(id)
            .text(statements)
            .text(" did not agree with the facts behind it: what did not is withheld, and the log names it.");
        shown.arrived = shown.arrived.then(notice);
    }
    shown
}

/// Takes out of `kept` what misses in its rendered form. Gives how many statements went; `None` when a miss belongs to nothing
/// that can be taken out.
fn withhold(kept: &mut Analysis, markdown: &str, misses: &[Miss]) -> Option<usize> {
    let lines = places(markdown);
    let sections = lines.iter().flatten().map(|(section, _)| *section).max()?;
    // The title comes before all sections, and the table of facts after them.
    if sections != kept.sections.len() + 1 {
        return None;
    }
    strike(&mut kept.ledger, misses.iter().filter_map(|miss| miss.fact));
    let mut bad: Vec<HashSet<usize>> = vec![HashSet::new(); sections + 1];
    for miss in misses.iter().filter(|miss| miss.fact.is_none()) {
        let (section, unit) = lines.get(miss.line.checked_sub(1)?)?.as_ref().copied()?;
        if section == sections {
            return None;
        }
        bad.get_mut(section)?.insert(unit);
    }
    let mut taken = preamble(kept, bad.first()?)?;
    let Analysis { sections: own, ledger, .. } = kept;
    for (i, section) in own.iter_mut().enumerate() {
        let units = lines.iter().flatten().filter(|(section, _)| *section == i + 1).count();
        taken += shorten(section, bad.get(i + 1)?, units.saturating_sub(1), ledger);
        if section.blocks.is_empty() {
            section.blocks.push(Block::Paragraph(Prose::new("All of this section is withheld.")));
        }
    }
    (taken > 0).then_some(taken)
}

/// Of each line that is not blank its section (0 before the first one) and its place in it, from 0 for the title.
fn places(markdown: &str) -> Vec<Option<(usize, usize)>> {
    let (mut section, mut unit) = (0, 0);
    let mut places = Vec::new();
    for line in markdown.lines() {
        if line.starts_with("## ") {
            (section, unit) = (section + 1, 0);
        }
        let blank = line.trim().is_empty();
        places.push((!blank).then_some((section, unit)));
        unit += usize::from(!blank);
    }
    places
}

/// Strikes facts and all that is derived from them.
fn strike(ledger: &mut Ledger, wrong: impl Iterator<Item = FactId>) {
    wrong.for_each(|id| ledger.strike(id));
    // Parents come before what is derived from them.
    let derived: Vec<(FactId, Vec<FactId>)> = ledger
        .facts()
        .iter()
        .filter_map(|fact| match &fact.source {
            Source::Derived { parents, .. } => Some((fact.id, parents.clone())),
            _ => None,
        })
        .collect();
    for (id, parents) in derived {
        if parents.iter().any(|parent| ledger.is_struck(*parent)) {
            ledger.strike(id);
        }
    }
}

/// The verdict and what arrived; `None` when it is the title that misses.
fn preamble(kept: &mut Analysis, bad: &HashSet<usize>) -> Option<usize> {
    // The marker and the title are the first two lines.
    let is_bad =
        |prose: &Prose, unit: usize, ledger: &Ledger| bad.contains(&unit) || rests_on_struck(&prose.refs(), ledger);
    let mut taken = 0;
    if is_bad(&kept.verdict, 2, &kept.ledger) {
        kept.verdict =
            Prose::new("What this landing means in one line did not hold when it was checked, and is withheld.");
        taken += 1;
    }
    if is_bad(&kept.arrived, 3, &kept.ledger) {
        kept.arrived = Prose::new("How much arrived is withheld.");
        taken += 1;
    }
    bad.iter().all(|unit| matches!(unit, 2 | 3)).then_some(taken)
}

fn rests_on_struck(refs: &[FactId], ledger: &Ledger) -> bool {
    refs.iter().any(|id| ledger.is_struck(*id))
}

/// Takes the bad ones out of the `units` lines of a section, and all that rests on a struck fact; gives how many statements went.
fn shorten(section: &mut Section, bad: &HashSet<usize>, units: usize, ledger: &Ledger) -> usize {
    let own: usize = section.blocks.iter().map(lines).sum();
    // Behind the blocks there may stand what leads to the next section.
    if units < own || bad.iter().any(|unit| *unit == 0 || *unit > own) {
        // The lines cannot be told apart: then all of them go.
        let all = if bad.is_empty() && !section_rests_on_struck(section, ledger) { return 0 } else { own.max(1) };
        section.blocks.clear();
        return all;
    }
    let (mut at, mut taken) = (1, 0);
    let mut headless = false;
    let mut blocks = Vec::new();
    for block in std::mem::take(&mut section.blocks) {
        let length = lines(&block);
        if let Block::Heading(heading) = &block {
            // What stands beneath a heading is told of what it names.
            headless = bad.contains(&at) || rests_on_struck(&heading.refs(), ledger);
        }
        if headless {
            taken += length;
        } else {
            let (left, went) = without(block, |unit, refs| bad.contains(&(at + unit)) || rests_on_struck(refs, ledger));
            taken += went;
            blocks.extend(left);
        }
        at += length;
    }
    section.blocks = blocks;
    taken
}

fn section_rests_on_struck(section: &Section, ledger: &Ledger) -> bool {
    let struck = |prose: &Prose| rests_on_struck(&prose.refs(), ledger);
    section.blocks.iter().any(|block| match block {
        Block::Heading(prose) | Block::Paragraph(prose) => struck(prose),
        Block::Bullets(items) | Block::Numbered(items) => items.iter().any(struck),
        Block::Table(table) => {
            table.left_out.iter().any(struck) || table.rows.iter().any(|row| rests_on_struck(&Table::refs(row), ledger))
        }
        Block::Levels(levels) => struck(&levels.told),
        Block::Figure(_) => false,
    })
}

/// Lines of a block that are not blank.
fn lines(block: &Block) -> usize {
    match block {
        Block::Heading(_) | Block::Paragraph(_) => 1,
        Block::Bullets(items) | Block::Numbered(items) => items.len(),
        Block::Table(table) => 2 + table.rows.len() + usize::from(table.left_out.is_some()),
        Block::Levels(_) => 1,
        Block::Figure(figure) => usize::from(figure.is_told()),
    }
}

/// The block without its bad lines, and how many went.
fn without(block: Block, is_bad: impl Fn(usize, &[FactId]) -> bool) -> (Option<Block>, usize) {
    let list = |items: Vec<Prose>, make: fn(Vec<Prose>) -> Block| {
        let all = items.len();
        let left: Vec<Prose> =
            items.into_iter().enumerate().filter(|(i, item)| !is_bad(*i, &item.refs())).map(|(_, item)| item).collect();
        let went = all - left.len();
        ((!left.is_empty()).then(|| make(left)), went)
    };
    match block {
        Block::Heading(prose) => (Some(Block::Heading(prose)), 0),
        Block::Paragraph(prose) if is_bad(0, &prose.refs()) => (None, 1),
        Block::Paragraph(prose) => (Some(Block::Paragraph(prose)), 0),
        Block::Bullets(items) => list(items, Block::Bullets),
        Block::Numbered(items) => list(items, Block::Numbered),
        Block::Table(table) => rows(table, is_bad),
        Block::Levels(levels) if is_bad(0, &levels.told.refs()) => (None, 1),
        Block::Levels(levels) => (Some(Block::Levels(levels)), 0),
        // It states nothing that its words do not, and goes with their heading.
        Block::Figure(figure) => (Some(Block::Figure(figure)), 0),
    }
}

fn rows(mut table: Table, is_bad: impl Fn(usize, &[FactId]) -> bool) -> (Option<Block>, usize) {
    let all = table.rows.len();
    if is_bad(0, &[]) || is_bad(1, &[]) {
        return (None, all);
    }
    let mut went = 0;
    if table.left_out.as_ref().is_some_and(|prose| is_bad(2 + all, &prose.refs())) {
        table.left_out = None;
        went += 1;
    }
    let kept = std::mem::take(&mut table.rows).into_iter().enumerate();
    table.rows = kept.filter(|(i, row)| !is_bad(2 + i, &Table::refs(row))).map(|(_, row)| row).collect();
    went += all - table.rows.len();
    ((!table.rows.is_empty()).then_some(Block::Table(table)), went)
}

/// A report of names alone: what regressed, that the check failed, and where the facts are. It asks nothing of the renderer.
fn skeleton(analysis: &Analysis, worse: &[String]) -> String {
    let landing = analysis.header.landing;
    let mut out = format!("<!-- {} landing={landing} -->\n# Benchmark report\n\n", report::REPORT_MARKER);
    out.push_str(
        "**The check of this report failed, so it goes out without its numbers.** The log says what did not hold.\n\n",
    );
    if worse.is_empty() {
        out.push_str("No series of this landing is known to have got worse.\n\n");
    } else {
        out.push_str("These got worse:\n\n");
        worse.iter().take(NAMED).for_each(|name| out.push_str(&format!("- `{}`\n", plain(name))));
        out.push_str(if worse.len() > NAMED { "- and more\n\n" } else { "\n" });
    }
    out.push_str(&format!("The facts behind it: `chimera-insight report {landing} --facts`.\n"));
    out
}

/// A name that a code span can hold.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '`' | '|') { ' ' } else { c }).collect()
}

/// What got worse, by name, for a skeleton.
pub fn worse(judged: &[Judged]) -> Vec<String> {
    let is_worse = |one: &&Judged| {
        let shift = one.verdict.shift.as_ref();
        matches!(one.verdict.kind, VerdictKind::Regression | VerdictKind::Drift)
            && shift.is_some_and(|shift| one.direction.is_worse(shift.before, shift.after))
    };
    judged.iter().filter(is_worse).map(|one| one.series.to_string()).collect()
}

/// Says in the log and in `status` what did not hold; takes the complaint back when all did.
///
/// # Errors
/// When the index cannot be written.
pub fn tell(context: &Context, landing: i64, done: &Publishable) -> Result<()> {
    if done.misses.is_empty() {
        context.store.well_again(CAUSE).context("note that the report holds")?;
        return Ok(());
    }
    for Miss { line, text, why, .. } in done.misses.iter().take(LOGGED) {
        error!("the report of landing {landing}, line {line}: {text:?} does not hold: {why}");
    }
    let what = if done.is_skeleton { "it went out without numbers" } else { "what did not hold was withheld" };
    let first = done.misses.first().map(|miss| format!("{:?}: {}", miss.text, miss.why)).unwrap_or_default();
    let message = format!(
        "the report of landing {landing} did not hold in {} places, and {what}; the first: {first}",
        done.misses.len()
    );
    context.store.complain(CAUSE, &message, context.clock.now()).context("complain about the report")?;
    Ok(())
}

#[cfg(test)]
mod tests;
