//! Alerts that a changed configuration has left behind: of budgets and absences that hold no more, and of series that are not to be judged
//! any more. No run would ever end them, so they end here, without a mail: whoever changed the line knows. It fails when the index cannot be read or written; the next look tries again.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::info;

use super::context::{Context, Kept, Settings};
use crate::analysis::alerts::{AlertRecord, Command, apply};
use crate::domain::alert::{AlertKind, AlertState};
use crate::store::{AlertRow, StoredAlert};

/// Who ends them.
const WHO: &str = "configuration";

/// Ends the alerts of which nothing will be heard any more.
///
/// # Errors
/// When the index cannot be read or written.
pub fn end(context: &Context, settings: &Settings, now: Timestamp) -> Result<()> {
    let _alone = context.moving_alerts();
    let is_orphan =
        |alert: &StoredAlert| alert.record.state != AlertState::Resolved && !is_covered(&alert.record, &settings.kept);
    let mut rows = Vec::new();
    for alert in context.store.alerts().context("read the alerts")?.into_iter().filter(is_orphan) {
        let why = match alert.record.key.kind {
            AlertKind::Environment | AlertKind::Regression => "its series are not judged any more".to_owned(),
            kind => format!("no [[{}]] holds for it any more", kind.as_str()),
        };
        let step = apply(&alert.record, Command::Resolve, WHO, &why, now, &settings.judge)?;
        info!("alert {} is over: {why}", alert.id);
        rows.push(AlertRow { news: Vec::new(), shadowed: Vec::new(), ..AlertRow::new(Some(alert.id), step) });
    }
    if !rows.is_empty() {
        context.store.move_alerts(&rows, None, now).context("end alerts that nothing holds for")?;
    }
    Ok(())
}

/// Whether the configuration still speaks of what the alert is about.
fn is_covered(record: &AlertRecord, kept: &Kept) -> bool {
    match record.key.kind {
        AlertKind::Environment => true,
        AlertKind::Regression => {
            let is_judged = |series| kept.overrides.of(series).is_judged();
            record.members.iter().any(|member| is_judged(&member.series))
        }
        AlertKind::Budget => {
            let has_budget = |series| kept.budgets.iter().any(|budget| budget.may_hold(series));
            record.members.iter().any(|member| has_budget(&member.series))
        }
        AlertKind::Absence => kept.after(&record.key.benchmark).is_some(),
    }
}
