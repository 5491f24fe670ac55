//! The alerts of a landing: what its signals, of whatever kind, mean for the alerts that there are.
//!
//! The stage that judges calls [`steps`] once, with the signals of all benchmarks, while it holds `Context::moving_alerts`, and writes
//! what it gets in the transaction of its verdicts. What has to be said without a landing (results that stay away) goes through
//! [`by_clock`], which does both.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::analysis::alerts::{self, Known, Occasion, Signal, environment_key};
use crate::daemon::context::Context;
use crate::domain::alert::{AlertKey, AlertKind};
use crate::domain::series::SeriesKey;
use crate::store::{AlertRow, LandingKind, LandingRow, StoredAlert};

/// The steps that the signals of a landing take, environments first, and the series of whose regressions a person has accepted what the
/// landing shows. Nothing is written.
///
/// # Errors
/// When the index cannot be read.
pub fn steps<'a>(
    context: &Context,
    landing: &LandingRow,
    signals: impl IntoIterator<Item = &'a Signal>,
    now: Timestamp,
) -> Result<(Vec<AlertRow>, BTreeSet<SeriesKey>)> {
    let signals: Vec<&Signal> = signals.into_iter().collect();
    taken(context, &signals, landing.kind == LandingKind::Backfill, now)
}

/// Takes the steps of signals that no landing brought and writes them with their news, which are mailed. The answer says whether there
/// are any.
///
/// # Errors
/// When the index cannot be read or written.
pub fn by_clock<'a>(context: &Context, signals: impl IntoIterator<Item = &'a Signal>, now: Timestamp) -> Result<bool> {
    let signals: Vec<&Signal> = signals.into_iter().collect();
    let _alone = context.moving_alerts();
    let (rows, _) = taken(context, &signals, false, now)?;
    context.store.move_alerts(&rows, None, now).context("record alerts")
}

fn taken(
    context: &Context,
    signals: &[&Signal],
    backfill: bool,
    now: Timestamp,
) -> Result<(Vec<AlertRow>, BTreeSet<SeriesKey>)> {
    let settings = context.settings();
    let known = known(context, signals).context("read the alerts")?;
    let steps = alerts::landing(signals, &known, &Occasion { now, backfill, settings: &settings.judge });
    let accepted = alerts::accepted(signals, &known, &settings.judge).into_iter().cloned().collect();
    Ok((steps.into_iter().map(|step| AlertRow::new(step.id, step.advance)).collect(), accepted))
}

/// The alerts that the signals may move: all that are not over, the last ones of what is bad and of the environments, and those for which
/// an environment speaks.
fn known(context: &Context, signals: &[&Signal]) -> Result<BTreeMap<AlertKey, Known>> {
    let environments: BTreeSet<&str> = signals.iter().map(|signal| signal.series.environment.as_str()).collect();
    let bad = signals.iter().filter(|signal| signal.is_bad()).map(|signal| signal.key());
    let keys: BTreeSet<AlertKey> = bad.chain(environments.into_iter().map(environment_key)).collect();
    let newest: Vec<StoredAlert> =
        context.store.alerts_of(&keys.iter().collect::<Vec<_>>())?.into_iter().flatten().collect();
    let speaks = |alert: &&StoredAlert| alert.record.key.kind == AlertKind::Environment && alert.record.state.is_open();
    let mut all = Vec::new();
    for environment in newest.iter().filter(speaks) {
        all.extend(context.store.inhibited_by(environment.id)?);
    }
    all.extend(context.store.running_alerts()?);
    // The newest of a key comes last and so is the one that stays.
    all.extend(newest);
    let known = |alert: StoredAlert| (alert.record.key.clone(), Known { id: alert.id, record: alert.record });
    Ok(all.into_iter().map(known).collect())
}
