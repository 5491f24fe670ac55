//! How it was decided: the settings behind the verdicts, and what the figures mean.

use std::collections::BTreeMap;

use super::Settings;
use super::document::{Block, Prose, Section};
use super::input::Landing;
use super::ledger::Ledger;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;

/// The section, with how many of the series that the landing brought got which verdict.
pub(super) fn section(settings: &Settings, landing: &Landing, ledger: &mut Ledger) -> Section {
    let by = &settings.judged_by;
    let count = Unit::new("count");
    let min_runs = ledger.setting("min_runs", by.min_runs as f64, count.clone());
    let min_effect = ledger.setting("min_effect", by.min_effect * 100.0, Unit::new("percent"));
    let confirm = ledger.setting("confirm_runs", by.confirm_runs as f64, count.clone());
    let confidence = ledger.setting("confidence", by.confidence * 100.0, Unit::new("percent"));
    let p95 = ledger.setting("values_for_p95", settings.p95_values as f64, count.clone());
    let p99 = ledger.setting("values_for_p99", settings.p99_values as f64, count);
    let mut bullets = vec![
        Prose::new("A series is judged from ")
            .value(min_runs)
            .text(" runs on; below that there is not enough evidence either way."),
        Prose::new("Shifts below ").value(min_effect).text(" are taken as too small to matter."),
        Prose::new("A run far outside the noise is only watched; ")
            .value(confirm)
            .text(" of them at the new level make a regression. Intervals hold with ")
            .value(confidence)
            .text(" confidence."),
        Prose::new(
            "Medians, means and percentiles are taken over the cells that the last table names; a p95 is given from ",
        )
        .value(p95)
        .text(" values on, a p99 from ")
        .value(p99)
        .text("."),
        Prose::new(
            "Best and worst of a sweep are the extremes of the configurations' medians. Chance picks extremes too, so repeat before you rely on a narrow lead.",
        ),
    ];
    bullets.extend(tally("Verdicts: ", "series", &landing.verdicts, ledger));
    bullets.extend(tally("Verdicts on the agents' own calls: ", "series of the agents' calls", &landing.own, ledger));
    Section::new("How it was decided", vec![Block::Bullets(bullets)])
}

/// How many series got which verdict.
fn tally(title: &str, series: &str, verdicts: &BTreeMap<VerdictKind, u64>, ledger: &mut Ledger) -> Option<Prose> {
    let mut prose = Prose::new(title);
    let mut first = true;
    for kind in VerdictKind::ALL {
        let n = verdicts.get(&kind).copied().unwrap_or(0);
        if n > 0 {
            let word = kind.as_str().replace('_', " ");
            let id = ledger.count(format!("{series} with the verdict {word}"), n);
            prose = prose.text(if first { "" } else { ", " }).text(&word).text(" ").value(id);
            first = false;
        }
    }
    (!first).then(|| prose.text("."))
}
