//! Long tables: the row names the metric (`Metric | Value`, `Metric | model A | model B`), the column holds a value, a statistic of
//! it, or what was measured.

use super::directions::Lexicon;
use super::names::{self, Name, Stat};
use super::number::Number;
use super::rows::Subject;
use super::vocabulary::{self, Word};
use crate::artifact::table::{Column, Layout};
use crate::artifact::{Reading, Role, SpreadKind};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Columns of a comparison that are computed from the others.
const COMPARING: &[&str] = &["delta", "difference", "change", "uncertainty", "vs", "diff", "improvement"];

/// The reading as the row names it; `None` when it is none (a comparison, or prose about no known quantity).
pub(in crate::artifact) fn named_by_row(
    mut reading: Reading,
    number: &Number,
    (column, beside): (&Column, Option<Unit>),
    subject: &Subject,
    (layout, lexicon): (Layout, &Lexicon),
) -> Option<Reading> {
    let (text, name) = subject.metric.as_ref().map(|(text, name)| (text, name.clone()))?;
    let header = names::parse(&column.name);
    if names::words(&column.name).iter().any(|w| COMPARING.contains(&w.as_str())) {
        return None;
    }
    let unit = number.unit.clone().or(beside).or_else(|| name.unit.clone()).or(header.unit);
    let time = unit.as_ref().is_some_and(names::is_time);
    let base = if !name.base.is_empty() {
        name.base
    } else if time {
        "time".to_owned()
    } else {
        "value".to_owned()
    };
    let name = Name { base, ..name };
    let words: Vec<&str> = name.base.split('_').collect();
    let direction = lexicon.lookup(&words, unit.as_ref());
    let word = vocabulary::lookup(text, &names::snake(text));
    let told = direction.is_some() || unit.is_some();
    if word == Some(Word::Count) && unit.as_ref().is_none_or(|u| u.as_str() == "count") && layout != Layout::Prose {
        text.clone_into(&mut reading.field);
        let (metric, unit) = (names::snake(text), unit.unwrap_or_else(|| Unit::new("count")));
        return Some(Reading { metric, unit, role: Role::Count, direction: Direction::Neutral, ..reading });
    }
    if vocabulary::describes_size(&names::snake(text))
        || vocabulary::describes_size(&name.base) && text.to_lowercase().contains("size")
    {
        return None;
    }
    if matches!(word, Some(Word::Ignore | Word::Param | Word::Count)) && unit.is_none()
        || layout == Layout::Prose && !told
    {
        return None;
    }
    text.clone_into(&mut reading.field);
    let mut extreme = false;
    if header.bare && header.stat != Stat::Plain {
        reading.field = format!("{text}/{}", column.name);
        let stat = if name.stat == Stat::Plain { header.stat } else { name.stat.clone() };
        let kind = spread_kind(&stat);
        extreme = matches!(kind, Some(SpreadKind::Min | SpreadKind::Max));
        reading.metric = Name { stat, ..name.clone() }.metric();
        reading.role = kind.map_or(Role::Metric, |kind| Role::Spread { kind, of: name.metric() });
    } else {
        reading.metric = name.metric();
        reading.role = Role::Metric;
        if !header.bare && vocabulary::lookup(&column.name, &names::snake(&column.name)) != Some(Word::Value) {
            let entity = column.name.trim().to_owned();
            reading.case = if reading.case.is_empty() { entity } else { format!("{}/{entity}", reading.case) };
        }
    }
    reading.unit = unit.unwrap_or_default();
    reading.direction =
        if reading.role == Role::Metric || extreme { direction.unwrap_or_default() } else { Direction::Neutral };
    Some(reading)
}

/// The kind of scatter that a statistic tells; `None` for values.
pub(in crate::artifact) fn spread_kind(stat: &Stat) -> Option<SpreadKind> {
    match stat {
        Stat::Std => Some(SpreadKind::Std),
        Stat::Min => Some(SpreadKind::Min),
        Stat::Max => Some(SpreadKind::Max),
        Stat::Other => Some(SpreadKind::Other),
        Stat::Plain | Stat::Mean | Stat::Percentile(_) => None,
    }
}
