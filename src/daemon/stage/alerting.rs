//! The alerts of a landing: what its signals, of whatever kind, mean for the alerts that there are.
//!
//! The stage that judges calls [`steps`] once, with the signals of all benchmarks, while it holds `Context::moving_alerts`, and writes
//! what it gets in the transaction of its verdicts.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::analysis::alerts::{self, Signal};
use crate::daemon::context::Context;
use crate::domain::alert::AlertKey;
use crate::store::{AlertRow, LandingKind, LandingRow};

/// The steps that the signals of a landing take, in the order of the alerts' keys. Nothing is written.
///
/// # Errors
/// When the index cannot be read.
pub fn steps(context: &Context, landing: &LandingRow, signals: &[Signal], now: Timestamp) -> Result<Vec<AlertRow>> {
    let settings = context.settings();
    let backfill = landing.kind == LandingKind::Backfill;
    let groups = alerts::group(signals);
    let keys: Vec<&AlertKey> = groups.keys().collect();
    let stored = context.store.alerts_of(&keys).context("read the alerts")?;
    let mut rows = Vec::new();
    for ((key, group), stored) in groups.iter().zip(stored) {
        let current = stored.as_ref().map(|stored| &stored.record);
        if let Some(step) = alerts::advance(key, current, group, backfill, now, &settings.judge) {
            rows.push(AlertRow::new(stored.map(|stored| stored.id), step));
        }
    }
    Ok(rows)
}
