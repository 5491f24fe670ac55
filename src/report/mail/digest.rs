//! Mails about more than one landing: what quiet hours or the cap held back, and the week.

use jiff::Timestamp;

use super::letter::{Enclosed, Letter, Mood, Part};
use super::tell::how_far;
use super::{MailBody, body, tags};
use crate::domain::zone::Zone;
use crate::insight::{AlertLine, Ledger, about};
use crate::report::escape;
use crate::report::prose::{self, Look};

/// Lines of each list of the week; `alerts list` has the others.
const LISTED: usize = 50;
/// Subjects that the digest names at its head.
const NAMED: usize = 3;

/// Mails that were held back and come together.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub prefix: &'a str,
    /// Name of the tree.
    pub tree: &'a str,
    /// Oldest first; at least one.
    pub mails: &'a [HeldMail],
    /// Why they were held back, to follow "held back": `by quiet hours`.
    pub why: &'a str,
    pub zone: &'a Zone,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMail {
    pub subject: String,
    /// Its whole text part, which is Markdown of ours.
    pub text: String,
    /// When it would have gone.
    pub at: Timestamp,
    /// Its headers to filter on.
    pub headers: Vec<(String, String)>,
}

/// What a week brought.
#[derive(Debug, Clone, Copy)]
pub struct Week<'a> {
    pub prefix: &'a str,
    /// Name of the tree.
    pub tree: &'a str,
    pub from: Timestamp,
    pub to: Timestamp,
    pub landings: u64,
    pub artifacts: u64,
    /// Fired within the week.
    pub opened: &'a [AlertLine],
    /// Open at its end.
    pub open: &'a [AlertLine],
    /// Resolved within it.
    pub resolved: &'a [AlertLine],
    /// When each report was written, and where it is, as text.
    pub reports: &'a [(Timestamp, String)],
    pub zone: &'a Zone,
}

/// One mail that carries all that was held back, whole.
pub fn held(held: &Held) -> MailBody {
    let title = format!("{} in {}", count(held.mails.len(), "mail", "mails"), held.tree);
    let news = match worst(held.mails) {
        Some(worst) => format!(
            "{} held back, worst: {}",
            count(held.mails.len(), "mail", "mails"),
            own_subject(worst, held.prefix)
        ),
        None => format!("{title} held back"),
    };
    let subject = escape::visible(&format!("{} {news}", held.prefix)).trim().to_owned();
    let mut parts = vec![Part::Line(format!(
        "They were held back {} and come together now. Nothing of them is left out.",
        escape::prose(held.why)
    ))];
    let contents = held.mails.iter().map(|mail| escape::prose(&own_subject(mail, held.prefix)));
    parts.push(Part::List { mood: Mood::Plain, title: "In this mail".to_owned(), items: contents.collect() });
    let all = held.mails.len();
    for (i, mail) in held.mails.iter().enumerate() {
        let place = format!("Mail {} of {all}, ready {}", i.saturating_add(1), held.zone.show(mail.at));
        parts.push(Part::Enclosed(Enclosed { place, text: mail.text.clone() }));
    }
    let named: Vec<String> =
        held.mails.iter().take(NAMED).map(|mail| escape::prose(&own_subject(mail, held.prefix))).collect();
    let title = escape::prose(&format!("{title}, held back"));
    let letter = Letter { mood: Mood::Watched, title, preview: named.join("; "), parts };
    body(subject, &letter, None, tags::of_held(held.mails))
}

/// The mail with the worst news: by severity, then by the effect that its subject names; none where all tell only of what is over.
fn worst(mails: &[HeldMail]) -> Option<&HeldMail> {
    let known = mails.iter().filter_map(|mail| Some((tags::severity(&mail.headers)?, effect(&mail.subject), mail)));
    let worst = known.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    worst.map(|(_, _, mail)| mail)
}

/// How large the effect is that a subject names, in percent.
fn effect(subject: &str) -> f64 {
    let before = subject.rsplit_once(" %").map_or("", |(before, _)| before);
    let number = before.rsplit(' ').next().and_then(|word| word.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).map_or(0.0, f64::abs)
}

/// The subject without what all begin with.
fn own_subject(mail: &HeldMail, prefix: &str) -> String {
    mail.subject.strip_prefix(prefix).unwrap_or(&mail.subject).trim().to_owned()
}

/// The week in one mail.
pub fn weekly(week: &Week) -> MailBody {
    let (from, to) = (week.zone.day(week.from), week.zone.day(week.to));
    let counts = [(week.opened.len(), "opened"), (week.resolved.len(), "resolved"), (week.open.len(), "still open")];
    let worded: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let told = if worded.is_empty() { "nothing got worse".to_owned() } else { worded.join(", ") };
    let title = format!("The week in {}: {told}", week.tree);
    let arrived = format!(
        "From {from} to {to}: {} with {}.",
        count(week.landings, "landing", "landings"),
        count(week.artifacts, "artifact", "artifacts")
    );
    let mut parts = vec![Part::Line(arrived.clone())];
    let look = Look { ledger: &Ledger::new(), zone: week.zone };
    parts.extend(alerts("Opened this week", Mood::Bad, week.opened, look));
    parts.extend(alerts("Still open", Mood::Watched, week.open, look));
    parts.extend(alerts("Resolved this week", Mood::Good, week.resolved, look));
    if week.opened.is_empty() && week.open.is_empty() && week.resolved.is_empty() {
        parts.push(Part::Line("No alert was opened or resolved, and none is open.".to_owned()));
    }
    parts.extend(reports(week));
    let mood = match (week.open.is_empty(), week.opened.is_empty()) {
        (false, _) => Mood::Watched,
        (true, true) if week.resolved.is_empty() => Mood::Plain,
        (true, _) => Mood::Good,
    };
    let letter = Letter { mood, title: escape::prose(&title), preview: arrived, parts };
    let subject = escape::visible(&format!("{} {title}", week.prefix)).trim().to_owned();
    body(subject, &letter, None, tags::kind("weekly"))
}

fn alerts(title: &str, mood: Mood, alerts: &[AlertLine], look: Look<'_>) -> Option<Part> {
    let line = |alert: &AlertLine| {
        let about = prose::plain(&about(alert), look);
        // The others are over, whatever became of them since.
        let state = if mood == Mood::Good { String::new() } else { format!(", {}", alert.state.as_str()) };
        let effect = how_far(alert);
        format!("{about}{effect}, alert {}{state}, opened {}", alert.id, look.zone.show_minute(alert.opened_at))
    };
    let mut items: Vec<String> = alerts.iter().take(LISTED).map(line).collect();
    let rest = alerts.len().saturating_sub(LISTED);
    if rest > 0 {
        items.push(format!("and {rest} more: `chimera-insight alerts list` has them all"));
    }
    (!items.is_empty()).then(|| Part::List { mood, title: title.to_owned(), items })
}

fn reports(week: &Week) -> Option<Part> {
    // The newest are the ones that people look for.
    let mut reports: Vec<&(Timestamp, String)> = week.reports.iter().collect();
    reports.sort_by(|a, b| b.cmp(a));
    let line = |(at, path): &&(Timestamp, String)| format!("{}: {}", week.zone.show_minute(*at), escape::name(path));
    let mut items: Vec<String> = reports.iter().take(LISTED).map(line).collect();
    let rest = reports.len().saturating_sub(LISTED);
    if rest > 0 {
        items.push(format!("and {rest} more: `insight.html` has them all"));
    }
    (!items.is_empty()).then(|| Part::List { mood: Mood::Plain, title: "The reports".to_owned(), items })
}

/// A count with its noun.
fn count<N: std::fmt::Display>(n: N, one: &str, many: &str) -> String {
    let n = n.to_string();
    let noun = if n == "1" { one } else { many };
    format!("{n} {noun}")
}
