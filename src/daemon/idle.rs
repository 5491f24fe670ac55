//! Tables of the configuration that hold for nothing: a `[[budget]]`, `[[series]]`, `[[absence]]` or `[[route]]` whose patterns match nothing in the
//! index, and a budget whose limit can be compared with none of the series that it matches.
//!
//! Each is a cause in health (`budget 2`, counted as the configuration has them) until it matches something or is written otherwise; an
//! index without series says nothing of any of them. It fails when the index cannot be read or written.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::warn;

use super::context::{Context, Settings};
use crate::analysis::budget::{Budget, Meeting};
use crate::analysis::selection::Selection;
use crate::domain::series::SeriesKey;
use crate::store::Store;

/// What the causes begin with.
const KINDS: [&str; 4] = ["budget", "series", "absence", "route"];

/// A table that holds for nothing: its cause, and what to say of it.
type Idle = (String, String);

/// Raises what holds for nothing and clears what does so no more; gives what stands, in the order of the configuration.
///
/// # Errors
/// When the index cannot be read or written.
pub fn tell(context: &Context, settings: &Settings, now: Timestamp) -> Result<Vec<String>> {
    let idle = find(&context.store, settings).context("look for tables that hold for nothing")?;
    for complaint in context.store.complaints()? {
        let (kind, number) = complaint.cause.split_once(' ').unwrap_or_default();
        let is_ours = KINDS.contains(&kind) && number.parse::<usize>().is_ok();
        if is_ours && !idle.iter().any(|(cause, _)| *cause == complaint.cause) {
            context.store.well_again(&complaint.cause)?;
        }
    }
    for (cause, message) in &idle {
        if context.store.complain(cause, message, now)? {
            warn!("{message}");
        }
    }
    Ok(idle.into_iter().map(|(_, message)| message).collect())
}

fn find(store: &Store, settings: &Settings) -> Result<Vec<Idle>> {
    let kept = &settings.kept;
    let mut idle = Vec::new();
    let routes = &settings.mail.routes.routes;
    let has_none = kept.budgets.is_empty() && kept.absences.is_empty() && routes.is_empty();
    if has_none && kept.overrides.selections().next().is_none() {
        return Ok(idle);
    }
    let known = store.series_keys()?;
    if known.is_empty() {
        return Ok(idle);
    }
    for (n, budget) in (1_usize..).zip(&kept.budgets) {
        let why = of_budget(store, budget, &known)?;
        idle.extend(why.map(|why| {
            (format!("budget {n}"), format!("[[budget]] {n} ({}, {}) {why}", budget.selection, budget.limit))
        }));
    }
    let nothing = |kind: &str, n: usize, selection: &Selection, what: &str, list: &str| {
        let message =
            format!("[[{kind}]] {n} ({selection}) matches no {what}: `chimera-insight {list}` lists those there are");
        (format!("{kind} {n}"), message)
    };
    for (n, selection) in (1_usize..).zip(kept.overrides.selections()) {
        if !known.iter().any(|(_, series)| selection.of(series).is_some()) {
            idle.push(nothing("series", n, selection, "series", "series"));
        }
    }
    for (n, absence) in (1_usize..).zip(&kept.absences) {
        if !known.iter().any(|(_, series)| absence.selection.means_benchmark(&series.benchmark)) {
            idle.push(nothing("absence", n, &absence.selection, "benchmark", "series"));
        }
    }
    for (n, route) in (1_usize..).zip(routes) {
        if !known.iter().any(|(_, series)| route.selection.of(series).is_some()) {
            idle.push(nothing("route", n, &route.selection, "series", "series"));
        }
    }
    Ok(idle)
}

/// Why a budget holds for nothing, if it does.
fn of_budget(store: &Store, budget: &Budget, known: &[(i64, SeriesKey)]) -> Result<Option<String>> {
    let mut first: Option<&SeriesKey> = None;
    let mut others = 0_usize;
    for (id, series) in known {
        match budget.meets(series, || store.value_range(*id))? {
            Meeting::Bound(_) => return Ok(None),
            Meeting::Elsewhere => {}
            Meeting::Uncomparable if first.is_none() => first = Some(series),
            Meeting::Uncomparable => others = others.saturating_add(1),
        }
    }
    let Some(series) = first else {
        return Ok(Some("matches no series: `chimera-insight series` lists those there are".to_owned()));
    };
    let is = if series.unit.is_none() { "has no unit".to_owned() } else { format!("is in {}", series.unit) };
    let more = if others == 0 { String::new() } else { format!("; neither can the {others} others that it matches") };
    let remedy = if series.unit.is_none() { "give the limit without a unit" } else { "give the limit in that unit" };
    Ok(Some(format!("holds for nothing: {series} {is} and cannot be compared with it{more}; {remedy}")))
}
