//! From `[[series]]`, `[[budget]]`, `[[absence]]`, `[[route]]` and the schedule of `[mail]` to what the daemon keeps to. It fails only on what the configuration has refused
//! already.

use anyhow::{Context as _, Result};
use jiff::SignedDuration;

use crate::analysis::absence::{Absence, After};
use crate::analysis::budget::Budget;
use crate::analysis::overrides::{Override, Overrides, Tuned};
use crate::analysis::route::{Route, Routes};
use crate::analysis::selection::Selection;
use crate::config::{self, Config};
use crate::daemon::context::{Kept, Schedule};
use crate::domain::alert::AlertKind;
use crate::domain::severity::{Severity, Thresholds};
use crate::mail::quiet::{Quiet, Weekly};

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

/// Who is told of what.
///
/// # Errors
/// With a pattern or a word that is none.
pub fn routes(config: &Config) -> Result<Routes> {
    let route = |written: &config::Route| {
        let kinds = written.kind.iter().map(|word| AlertKind::from_word(word).context("a kind of alert"));
        let severities = written.severity.iter().map(|word| Severity::from_word(word).context("a severity"));
        Ok(Route {
            selection: selection(&written.benchmark, &written.case, &written.metric)?,
            kinds: kinds.collect::<Result<_>>()?,
            severities: severities.collect::<Result<_>>()?,
            to: written.to.clone(),
            webhooks: written.webhook.clone(),
            stop: written.stop,
        })
    };
    Ok(Routes {
        routes: config.routes.iter().map(route).collect::<Result<_>>()?,
        thresholds: Thresholds { major: config.mail.major, critical: config.mail.critical },
        webhooks: config.webhooks.iter().map(|webhook| webhook.name.clone()).collect(),
    })
}

/// When mail goes out.
///
/// # Errors
/// With quiet hours or a slot of the week that are none.
pub fn schedule(config: &Config) -> Result<Schedule> {
    let mail = &config.mail;
    let weekly = mail.weekly.as_deref().map(Weekly::parse).transpose();
    Ok(Schedule {
        quiet: Quiet::parse(&mail.quiet_hours).map_err(anyhow::Error::msg).context("mail.quiet_hours")?,
        max_per_hour: mail.max_per_hour,
        weekly: weekly.map_err(anyhow::Error::msg).context("mail.weekly")?,
        update_gap: SignedDuration::try_from(mail.update_gap).context("mail.update_gap")?,
    })
}

/// Pauses between reminders.
///
/// # Errors
/// With one that is none.
pub fn pauses(written: &[String]) -> Result<Vec<SignedDuration>> {
    let pause = |text: &String| -> Result<SignedDuration> {
        let pause = config::duration(text).map_err(anyhow::Error::msg).context("mail.remind")?;
        SignedDuration::try_from(pause).context("mail.remind")
    };
    written.iter().map(pause).collect()
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
