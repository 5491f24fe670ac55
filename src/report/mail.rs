//! The mail about alerts: one for all that a landing broke, later news of the same alerts, and the note that closes them.
//!
//! What one landing broke in one benchmark stands together, because it may well have one cause. The text part is the Markdown itself
//! and says everything; the HTML part is made from it.

mod headline;

use std::collections::BTreeMap;

use super::prose::Look;
use super::{escape, html, prose};
use crate::domain::alert::AlertKind;
use crate::domain::zone::Zone;
use crate::insight::{AlertLine, Change, History, Judged, Ledger, Prose, about, alert_line, describe, worst_first};
use headline::Headline;

/// Regressions told one by one; the report tells the others.
const TOLD: usize = 20;
/// Sentences told of one alert that is no regression.
const SENTENCES: usize = 5;

/// A regression and the alert that fired about it.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub judged: Judged,
    pub alert: AlertLine,
}

/// An alert that is told of in sentences, because no verdict on a series says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub alert: AlertLine,
    pub kind: NoticeKind,
    /// One plain sentence each, with its numbers; may be foreign text.
    pub sentences: Vec<String>,
}

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// It fires, or more of it does.
    Fires,
    /// It opens again and again, and nothing more is told until it has stayed put for a day.
    Flaps,
}

/// What a mail tells.
#[derive(Debug, Clone, Copy)]
pub struct MailNews<'a> {
    /// What subjects begin with: `[chimera]`.
    pub prefix: &'a str,
    /// Name of the tree.
    pub tree: &'a str,
    pub fired: &'a [News],
    pub notices: &'a [Notice],
    pub resolved: &'a [AlertLine],
    /// Where the report is, as text.
    pub report_path: Option<&'a str>,
    /// What times are shown in.
    pub zone: &'a Zone,
    /// The course of the worst regression, to be drawn.
    pub history: Option<&'a History>,
}

/// A mail without its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailBody {
    /// One line, without control characters.
    pub subject: String,
    /// Markdown that reads well as plain text.
    pub text: String,
    pub html: String,
}

/// Composes the mail.
pub fn mail(news: &MailNews) -> MailBody {
    let mut fired: Vec<&News> = news.fired.iter().collect();
    fired.sort_by(|a, b| worst_first(&a.judged, &b.judged));
    let mut resolved: Vec<&AlertLine> = news.resolved.iter().collect();
    resolved.sort_by_key(|alert| alert.id);
    let mut notices: Vec<&Notice> = news.notices.iter().collect();
    notices.sort_by_key(|notice| (notice.alert.key.kind, notice.alert.id));
    let headline = Headline::new(news.tree, &fired, &notices, &resolved);
    let text = text(news, &headline, &fired, &notices, &resolved);
    MailBody { subject: headline.subject(news.prefix), html: html::fragment(&text), text }
}

fn text(news: &MailNews, headline: &Headline, fired: &[&News], notices: &[&Notice], resolved: &[&AlertLine]) -> String {
    let mut ledger = Ledger::new();
    let mut out = format!("{}.\n\n", escape::prose(&headline.line()));
    for notice in notices.iter().take(TOLD) {
        self::notice(notice, Look { ledger: &ledger, zone: news.zone }, &mut out);
    }
    let told = &fired[..fired.len().min(TOLD)];
    for (group, items) in grouped(told) {
        if let Some(group) = group {
            group_line(group, &items, Look { ledger: &ledger, zone: news.zone }, &mut out);
        }
        for item in items {
            let change = describe(&mut ledger, &item.judged, Some(&item.alert));
            self::change(&change, Look { ledger: &ledger, zone: news.zone }, &mut out);
        }
    }
    let rest = (fired.len() - told.len()) + notices.len().saturating_sub(TOLD);
    if rest > 0 {
        out.push_str(&format!("And {rest} more in the report.\n\n"));
    }
    if !resolved.is_empty() {
        let alone = fired.is_empty() && notices.is_empty();
        out.push_str(&format!("{}:\n\n", if alone { back(resolved) } else { "Resolved meanwhile" }));
        resolved.iter().take(TOLD).for_each(|alert| out.push_str(&resolved_line(alert, news.zone)));
        let rest = resolved.len().saturating_sub(TOLD);
        if rest > 0 {
            out.push_str(&format!("- and {rest} more in the report\n"));
        }
        out.push('\n');
    }
    if let Some(path) = news.report_path {
        out.push_str(&format!("The report: {}\n\n", escape::name(path)));
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn change(change: &Change, look: Look<'_>, out: &mut String) {
    out.push_str(&format!("### {}\n\n", prose::plain(&change.heading, look)));
    let levels = change.levels.iter().map(|levels| &levels.told);
    for line in levels.chain(&change.lines) {
        out.push_str(&format!("- {}\n", prose::plain(line, look)));
    }
    out.push('\n');
}

/// The regressions by group, in the order of the worst of each; with the group where several of its alerts are told. What has no group
/// stands alone.
fn grouped<'a>(fired: &[&'a News]) -> Vec<(Option<&'a AlertLine>, Vec<&'a News>)> {
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&News>> = Vec::new();
    for &news in fired {
        let next = groups.len();
        let place = match &news.alert.group {
            Some(group) => *places.entry(group.id).or_insert(next),
            None => next,
        };
        match groups.get_mut(place) {
            Some(group) => group.push(news),
            None => groups.push(vec![news]),
        }
    }
    let several = |group: &[&'a News]| {
        let (first, rest) = group.split_first()?;
        rest.iter().any(|other| other.alert.id != first.alert.id).then_some(&first.alert)
    };
    groups.into_iter().map(|group| (several(&group), group)).collect()
}

/// What stands above the regressions of a group.
fn group_line(alert: &AlertLine, items: &[&News], look: Look<'_>, out: &mut String) {
    let Some(group) = &alert.group else { return };
    let alerts: std::collections::BTreeSet<i64> = items.iter().map(|item| item.alert.id).collect();
    let benchmark = Prose::default().name(&alert.key.benchmark);
    out.push_str(&format!("## {}: {} alerts together\n\n", prose::plain(&benchmark, look), alerts.len()));
    let take =
        Prose::new("One landing opened them, so they may well have one cause. Take them all with ").name(&group.ack);
    out.push_str(&format!("{}.\n\n", prose::plain(&take, look)));
}

fn notice(notice: &Notice, look: Look<'_>, out: &mut String) {
    let about = prose::plain(&about(&notice.alert), look);
    out.push_str(&format!("### {}: {about}\n\n", headline::what(notice)));
    for sentence in notice.sentences.iter().take(SENTENCES) {
        out.push_str(&format!("- {}\n", escape::prose(sentence)));
    }
    let rest = notice.sentences.len().saturating_sub(SENTENCES);
    if rest > 0 {
        out.push_str(&format!("- And {rest} more: `chimera-insight alerts show {}` has them all.\n", notice.alert.id));
    }
    if notice.kind == NoticeKind::Flaps {
        out.push_str(
            "- It opened again and again within a day: no more mail until it has stayed as it is for a day.\n",
        );
    }
    out.push_str(&format!("- {}\n\n", prose::plain(&alert_line(&notice.alert), look)));
}

/// What it means that these alerts are over.
fn back(resolved: &[&AlertLine]) -> &'static str {
    let all = |kinds: &[AlertKind]| resolved.iter().all(|alert| kinds.contains(&alert.key.kind));
    if all(&[AlertKind::Regression, AlertKind::Environment]) {
        "Back at the old level"
    } else if all(&[AlertKind::Budget]) {
        "Within the limit again"
    } else if all(&[AlertKind::Absence]) {
        "Results come again"
    } else {
        "Well again"
    }
}

fn resolved_line(alert: &AlertLine, zone: &Zone) -> String {
    let about = prose::plain(&about(alert), Look { ledger: &Ledger::new(), zone });
    format!("- {about}, alert {}, was open since {}\n", alert.id, zone.show(alert.opened_at))
}

#[cfg(test)]
mod tests;
