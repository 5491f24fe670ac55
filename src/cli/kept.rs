//! From `[[series]]`, `[[budget]]` and `[[absence]]` to what the daemon keeps to. It fails only on what the configuration has refused
//! already.

use anyhow::{Context as _, Result};
use jiff::SignedDuration;

use crate::analysis::absence::{Absence, After};
use crate::analysis::budget::Budget;
use crate::analysis::overrides::{Override, Overrides, Tuned};
use crate::analysis::selection::Selection;
use crate::config::{self, Config};
use crate::daemon::context::Kept;

/// What the configuration says of certain series and benchmarks.
///
/// # Errors
/// With a pattern or a limit that is none.
pub fn kept(config: &Config) -> Result<Kept> {
    let everything = ["*".to_owned()];
    let absence = |written: &config::Absence| {
        let after = match written.after {
            config::After::Auto => After::Auto,
            config::After::Fixed(after) => After::Fixed(SignedDuration::try_from(after).context("an absence")?),
        };
        Ok(Absence { selection: selection(&written.benchmark, &everything, &everything)?, after })
    };
    Ok(Kept {
        overrides: overrides(config)?,
        budgets: config.budgets.iter().map(budget).collect::<Result<_>>()?,
        absences: config.absences.iter().map(absence).collect::<Result<_>>()?,
    })
}

/// What holds for certain series.
///
/// # Errors
/// With a pattern that is none.
pub fn overrides(config: &Config) -> Result<Overrides> {
    let written = config.series.iter().map(|series| {
        let selection = selection(&series.benchmark, &series.case, &series.metric)?;
        let tuned = Tuned {
            min_effect: series.min_effect,
            false_alarms: series.false_alarms,
            direction: series.direction,
            shadow: series.shadow,
            judge: series.judge,
        };
        Ok(Override { selection, tuned })
    });
    Ok(Overrides::new(written.collect::<Result<_>>()?))
}

fn budget(written: &config::Budget) -> Result<Budget> {
    Ok(Budget {
        selection: selection(&written.benchmark, &written.case, &written.metric)?,
        limit: written.limit.parse().context("the limit of a budget")?,
        runs: written.runs,
        recover: written.recover,
        margin: written.margin,
    })
}

fn selection(benchmarks: &[String], cases: &[String], metrics: &[String]) -> Result<Selection> {
    Selection::new(benchmarks, cases, metrics).map_err(anyhow::Error::msg).context("a pattern of series")
}
