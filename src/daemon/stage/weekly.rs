//! The digest of a week: when a slot of the calendar has passed, a landing of the clock, and the mails that it becomes.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::check;
use super::news::tree_name;
use super::seal::{Seal, seal, stable_id};
use crate::daemon::INSTANCE;
use crate::daemon::context::Context;
use crate::report::{self, Week};
use crate::store::{LandingRow, NewMail};

/// Opens the landing of the last slot of the week, unless it was told already. Says whether there is one to be mailed.
///
/// # Errors
/// When the index cannot be read or written.
pub fn due(context: &Context) -> Result<bool> {
    let settings = context.settings();
    // Who only tries it out hears nothing.
    let Some(weekly) = settings.mail.schedule.weekly.filter(|_| !settings.judge.shadow) else { return Ok(false) };
    let (now, zone) = (context.clock.now(), settings.insight.zone.tz());
    let slot = weekly.last(now, zone);
    if context.store.week_told()? == Some(slot) {
        return Ok(false);
    }
    context.store.open_week(weekly.before(slot, zone), slot, now).context("open the digest of the week")
}

/// The mails of a week, one to each recipient of `[mail] to`.
///
/// # Errors
/// When the index cannot be read, or a mail cannot be composed (an address that is none).
pub fn mails(context: &Context, landing: &LandingRow, span: (Timestamp, Timestamp)) -> Result<Vec<NewMail>> {
    let settings = context.settings();
    let rows = context.store.week(landing.id, span, &settings.tree.named).context("read the week")?;
    let week = Week {
        prefix: &settings.mail.subject_prefix,
        tree: &tree_name(&settings.tree),
        from: span.0,
        to: span.1,
        landings: rows.landings,
        artifacts: rows.artifacts,
        opened: &rows.opened,
        open: &rows.open,
        resolved: &rows.resolved,
        reports: &rows.reports,
        zone: &settings.insight.zone,
    };
    let body = check::mail::checked_week(context, report::weekly(&week), &week)?;
    let instance = context.store.meta(INSTANCE)?.unwrap_or_default();
    let mut mails = Vec::new();
    for to in &settings.mail.to {
        let id = stable_id(&instance, &format!("week {}", landing.id), to, &settings.mail);
        let own = Seal { to, id: &id, thread: &[], at: landing.opened, landing: landing.id, alerts: &[] };
        mails.push(seal(&settings, &body, &own)?);
    }
    Ok(mails)
}
