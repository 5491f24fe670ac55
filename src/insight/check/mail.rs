//! The text of a mail: it cites nothing, so each number must be one of the verdicts that it tells, or a count of what it tells.

use super::inline::Inline;
use super::{Known, Miss, statement};
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;
use crate::insight::Judged;

/// Reads the text of a mail about these verdicts, which counts up to `counted` things of one kind; gives all that does not resolve.
pub fn check_mail(text: &str, judged: &[Judged], counted: usize, known: &Known) -> Vec<Miss> {
    let mut facts: Vec<Fact> = judged.iter().flat_map(quantities).collect();
    let count = |n: usize| fact("number of what the mail tells", n as f64, Unit::new("count"));
    facts.extend((1..=counted).map(count));
    let facts: Vec<&Fact> = facts.iter().collect();
    let mut misses = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('#').trim_start();
        let inline = Inline::read(line.strip_prefix("- ").unwrap_or(line));
        let wrong = statement::alone(&inline, &facts, known);
        misses.extend(wrong.into_iter().map(|(text, why)| Miss { line: at + 1, text, why, fact: None }));
    }
    misses
}

/// The numbers of a verdict.
fn quantities(judged: &Judged) -> Vec<Fact> {
    let Some(shift) = &judged.verdict.shift else { return Vec::new() };
    let own = &judged.series.unit;
    let (scale, unit) = if shift.before == 0.0 { (1.0, own.clone()) } else { (100.0, Unit::new("percent")) };
    let mut facts = vec![
        fact("level before", shift.before, own.clone()),
        fact("level after", shift.after, own.clone()),
        fact("noise", shift.noise, own.clone()),
        fact("runs before", shift.n_before as f64, Unit::new("count")),
        fact("runs since", shift.n_after as f64, Unit::new("count")),
    ];
    let ends = [shift.effect, shift.interval.0, shift.interval.1];
    facts.extend(ends.map(|end| fact("effect", end * scale, unit.clone())));
    facts
}

fn fact(name: &str, value: f64, unit: Unit) -> Fact {
    Fact { id: FactId(0), name: name.to_owned(), value, unit, source: Source::Count { what: String::new() } }
}
