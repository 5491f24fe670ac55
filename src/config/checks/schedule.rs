//! Checks of who is told when: kinds and severities of alerts, pauses, quiet hours, and the slot of the week.

use super::Checked;
use crate::config::error::{Complaint, nearest};
use crate::config::kind::one_of;
use crate::config::quantity::parse_duration;
use crate::domain::alert::AlertKind;
use crate::domain::severity::Severity;
use crate::mail::quiet::{Quiet, Weekly};

/// Shorter pauses between reminders would be a nuisance.
const SHORTEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(60);
/// Nobody remembers what a reminder a year later is about.
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3600);

/// The kind of an alert.
pub(in crate::config) fn alert_kind(text: &str) -> Checked {
    one_word(text, &AlertKind::ALL.map(AlertKind::as_str))
}

/// How bad an alert is.
pub(in crate::config) fn severity(text: &str) -> Checked {
    one_word(text, &Severity::WORDS)
}

fn one_word(text: &str, words: &[&'static str]) -> Checked {
    if words.contains(&text) {
        return Ok(());
    }
    let complaint = Complaint::new(format!("must be {}, not \"{text}\"", one_of(words)));
    Err(complaint.did_you_mean(nearest(text, words.iter().copied())))
}

/// A pause before a reminder.
pub(in crate::config) fn pause(text: &str) -> Checked {
    let pause = parse_duration(text)?;
    if (SHORTEST_PAUSE..=LONGEST_PAUSE).contains(&pause) {
        return Ok(());
    }
    Err(Complaint::new(format!("must hold pauses from \"1m\" to \"365d\", not \"{text}\"")))
}

/// One window of the quiet hours.
pub(in crate::config) fn quiet(text: &str) -> Checked {
    let hint = "windows are \"22:00-07:00\", \"sat\" or \"mon-fri 18:00-08:00\"";
    Quiet::parse(&[text])
        .map(drop)
        .map_err(|why| Complaint::new(format!("must hold windows of time: {why}")).hint(hint))
}

/// A slot of the week, or nothing.
pub(in crate::config) fn weekly(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    Weekly::parse(text).map(drop).map_err(|why| {
        let complaint = Complaint::new(format!("must be a day and a time such as \"mon 08:00\": {why}"));
        complaint.hint("a day has three letters and a time four digits")
    })
}
