//! The mail about regressions: one for all that a landing broke, later news of the same alerts, and the note that closes them.
//!
//! The text part is the Markdown itself and says everything; the HTML part is made from it.

use super::{escape, html, number, prose};
use crate::domain::units::Unit;
use crate::insight::{AlertLine, Change, Judged, Ledger, describe, worst_first};

/// Regressions told one by one; the report tells the others.
const TOLD: usize = 20;
/// Characters of a subject: what a phone's list shows, and what needs no folding.
const SUBJECT: usize = 78;

/// A regression and the alert that fired about it.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub judged: Judged,
    pub alert: AlertLine,
}

/// What a mail tells.
#[derive(Debug, Clone, Copy)]
pub struct MailNews<'a> {
    /// What subjects begin with: `[chimera]`.
    pub prefix: &'a str,
    /// Name of the tree.
    pub tree: &'a str,
    pub fired: &'a [News],
    pub resolved: &'a [AlertLine],
    /// Where the report is, as text.
    pub report_path: Option<&'a str>,
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
    let headline = headline(news.tree, &fired, &resolved);
    let text = text(news, &headline, &fired, &resolved);
    MailBody { subject: subject(news.prefix, &headline), html: html::fragment(&text), text }
}

/// The news in a line: what happened, where, and the worst of it.
struct Headline {
    what: String,
    place: String,
    worst: String,
}

fn headline(tree: &str, fired: &[&News], resolved: &[&AlertLine]) -> Headline {
    let benchmarks: Vec<&str> = match fired {
        [] => resolved.iter().map(|alert| alert.key.benchmark.as_str()).collect(),
        _ => fired.iter().map(|news| news.judged.series.benchmark.as_str()).collect(),
    };
    let n = if fired.is_empty() { resolved.len() } else { fired.len() };
    let what = match (fired.is_empty(), n) {
        (false, 1) => "Regression".to_owned(),
        (false, _) => format!("{n} regressions"),
        (true, 1) => "Resolved: regression".to_owned(),
        (true, _) => format!("Resolved: {n} regressions"),
    };
    let worst = match (fired.first(), resolved.first()) {
        (Some(worst), _) => worst_of(&worst.judged, fired.len() > 1),
        (None, Some(first)) if n == 1 => format!(": {}", first.key.metric),
        _ => String::new(),
    };
    Headline { what, place: place(tree, &benchmarks), worst }
}

fn worst_of(judged: &Judged, of_many: bool) -> String {
    let effect = judged.verdict.shift.as_ref().map(|shift| {
        let unit = if shift.before == 0.0 { judged.series.unit.clone() } else { Unit::new("percent") };
        let scale = if shift.before == 0.0 { 1.0 } else { 100.0 };
        format!(" {}", number::change(shift.effect * scale, &unit))
    });
    format!(": {}{}{}", judged.series.metric, effect.unwrap_or_default(), if of_many { " worst" } else { "" })
}

/// The deepest name that all benchmarks share; the tree when they share none below it.
fn place(tree: &str, benchmarks: &[&str]) -> String {
    let mut paths = benchmarks.iter().map(|benchmark| benchmark.split('/').collect::<Vec<_>>());
    let Some(mut shared) = paths.next() else { return tree.to_owned() };
    for path in paths {
        let same = shared.iter().zip(&path).take_while(|(a, b)| a == b).count();
        shared.truncate(same);
    }
    // The watched directories themselves (`reports`) tell nothing.
    let telling =
        shared.len() > 1 || (shared.len() == 1 && benchmarks.iter().all(|benchmark| !benchmark.contains('/')));
    shared.last().filter(|_| telling).map_or_else(|| tree.to_owned(), |name| (*name).to_owned())
}

/// The subject, with the place cut short before anything else is.
fn subject(prefix: &str, headline: &Headline) -> String {
    let line = |place: &str| {
        escape::visible(&format!("{prefix} {} in {place}{}", headline.what, headline.worst)).trim().to_owned()
    };
    let whole = line(&headline.place);
    let excess = whole.chars().count().saturating_sub(SUBJECT);
    if excess == 0 {
        return whole;
    }
    let keep = headline.place.chars().count().saturating_sub(excess + 1).max(8);
    let place: String = headline.place.chars().take(keep).collect();
    let shorter = line(&format!("{place}…"));
    if shorter.chars().count() <= SUBJECT {
        return shorter;
    }
    shorter.chars().take(SUBJECT - 1).chain(std::iter::once('…')).collect()
}

fn text(news: &MailNews, headline: &Headline, fired: &[&News], resolved: &[&AlertLine]) -> String {
    let mut ledger = Ledger::new();
    let first_line = format!("{} in {}{}", headline.what, headline.place, headline.worst);
    let mut out = format!("{}.\n\n", escape::prose(&first_line));
    for item in fired.iter().take(TOLD) {
        change(&describe(&mut ledger, &item.judged, Some(&item.alert)), &ledger, &mut out);
    }
    let rest = fired.len().saturating_sub(TOLD);
    if rest > 0 {
        out.push_str(&format!("And {rest} more in the report.\n\n"));
    }
    if !resolved.is_empty() {
        out.push_str(if fired.is_empty() { "Back at the old level:\n\n" } else { "Resolved meanwhile:\n\n" });
        resolved.iter().take(TOLD).for_each(|alert| out.push_str(&resolved_line(alert)));
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

fn change(change: &Change, ledger: &Ledger, out: &mut String) {
    out.push_str(&format!("### {}\n\n", prose::plain(&change.heading, ledger)));
    for line in &change.lines {
        out.push_str(&format!("- {}\n", prose::plain(line, ledger)));
    }
    out.push('\n');
}

fn resolved_line(alert: &AlertLine) -> String {
    let key = &alert.key;
    let environment =
        if key.environment.is_empty() { String::new() } else { format!(" on {}", escape::name(&key.environment)) };
    let (metric, benchmark) = (escape::name(&key.metric), escape::name(&key.benchmark));
    format!(
        "- {metric} of {benchmark}{environment}, alert {}, was open since {}\n",
        alert.id,
        prose::time(alert.opened_at)
    )
}
