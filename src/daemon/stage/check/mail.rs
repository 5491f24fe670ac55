//! What of a mail may be sent: its numbers are read again like those of a report. A line that does not hold is left out; the mail goes.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use tracing::error;

use crate::daemon::context::Context;
use crate::insight::{AlertLine, Judged, Known, Miss, Moved, check_mail, same_numbers, same_words};
use crate::report::{self, Held, MailBody, MailNews, NoticeKind, Week};

/// The cause under which a mail that did not hold stands in `status`.
const CAUSE: &str = "mail check";

/// Said where lines are left out.
const NOTICE: &str =
    "Some of this mail did not hold when it was checked, and is left out: see the report and the log.\n";

/// Checks the mail about `news`, which tells of these verdicts; says in the log and in `status` what does not hold.
///
/// # Errors
/// When the index cannot be written.
pub fn checked(context: &Context, landing: i64, body: MailBody, news: &MailNews) -> Result<MailBody> {
    told(context, &format!("the mail of landing {landing}"), holding(body, &Grounds::news(news)))
}

/// Checks the mail that carries what was held back. What it carries was checked when it was composed and must stand in it whole.
///
/// # Errors
/// When the index cannot be written.
pub fn checked_held(context: &Context, body: MailBody, held: &Held) -> Result<MailBody> {
    let missing = held.mails.iter().find(|mail| !body.text.contains(mail.text.trim_end()));
    let (body, mut misses) = holding(body, &Grounds::held(held));
    misses.extend(missing.map(|mail| Miss {
        line: 0,
        text: mail.subject.clone(),
        why: "the digest does not hold it whole".to_owned(),
        fact: None,
    }));
    told(context, "the mail of what was held back", (body, misses))
}

/// Checks the mail about a week.
///
/// # Errors
/// When the index cannot be written.
pub fn checked_week(context: &Context, body: MailBody, week: &Week) -> Result<MailBody> {
    told(context, "the weekly mail", holding(body, &Grounds::week(week)))
}

fn told(context: &Context, what: &str, (body, misses): (MailBody, Vec<Miss>)) -> Result<MailBody> {
    if misses.is_empty() {
        context.store.well_again(CAUSE).context("note that the mail holds")?;
        return Ok(body);
    }
    for Miss { line, text, why, .. } in &misses {
        error!("{what}, line {line}: {text:?} does not hold: {why}");
    }
    let message = format!("{what} did not hold in {} places, which were left out", misses.len());
    context.store.complain(CAUSE, &message, context.clock.now()).context("complain about the mail")?;
    Ok(body)
}

/// What a mail may say.
struct Grounds<'a> {
    prefix: &'a str,
    judged: Vec<Judged>,
    /// How far the alerts went.
    moved: Vec<Moved>,
    /// The numbers of the alerts, and whatever can be counted of what is told.
    counts: Vec<u64>,
    known: Known,
    /// Lines that were checked before.
    held: HashSet<&'a str>,
}

impl<'a> Grounds<'a> {
    fn new(prefix: &'a str, tree: &str) -> Self {
        let mut known = Known::default();
        known.text(prefix);
        known.text(tree);
        known.path(tree);
        Self { prefix, judged: Vec::new(), moved: Vec::new(), counts: Vec::new(), known, held: HashSet::new() }
    }

    fn news(news: &MailNews<'a>) -> Self {
        let mut grounds = Self::new(news.prefix, news.tree);
        grounds.judged = news.fired.iter().map(|news| news.judged.clone()).collect();
        let told = news.fired.iter().map(|news| &news.alert);
        told.chain(news.notices.iter().map(|notice| &notice.alert))
            .chain(news.resolved)
            .for_each(|alert| grounds.alert(alert));
        grounds.judged.iter().for_each(|one| {
            grounds.known.text(&one.series.metric);
            grounds.known.text(one.series.unit.as_str());
        });
        for notice in news.notices {
            notice.sentences.iter().for_each(|sentence| grounds.known.text(sentence));
            if let NoticeKind::Reminds { next: Some(next) } = notice.kind {
                grounds.known.time(next);
            }
        }
        if let Some(text) = news.report_path {
            grounds.known.text(text);
            grounds.known.path(text);
        }
        let sentences = news.notices.iter().map(|notice| notice.sentences.len()).max().unwrap_or(0);
        grounds.count_to((news.fired.len() + news.notices.len()).max(news.resolved.len()).max(sentences));
        grounds
    }

    fn held(held: &Held<'a>) -> Self {
        let mut grounds = Self::new(held.prefix, held.tree);
        grounds.known.text(held.why);
        for mail in held.mails {
            let subject = mail.subject.strip_prefix(held.prefix).unwrap_or(&mail.subject);
            grounds.known.text(subject.trim());
            grounds.known.time(mail.at);
            grounds.held.extend(mail.text.lines());
        }
        grounds.count_to(held.mails.len());
        grounds
    }

    fn week(week: &Week<'a>) -> Self {
        let mut grounds = Self::new(week.prefix, week.tree);
        week.opened.iter().chain(week.open).chain(week.resolved).for_each(|alert| grounds.alert(alert));
        for (at, path) in week.reports {
            grounds.known.time(*at);
            grounds.known.path(path);
        }
        [week.from, week.to].into_iter().for_each(|day| grounds.known.text(&week.zone.day(day)));
        grounds.counts.extend([week.landings, week.artifacts]);
        let lists = [week.opened.len(), week.open.len(), week.resolved.len(), week.reports.len()];
        grounds.count_to(lists.into_iter().max().unwrap_or(0));
        grounds
    }

    /// What may be said of an alert.
    fn alert(&mut self, alert: &AlertLine) {
        self.known.verdicts(&self.judged, std::slice::from_ref(alert));
        // The headline names what it is about in plain words.
        let parts = alert.key.benchmark.split('/');
        parts.chain([alert.key.metric.as_str(), alert.key.environment.as_str()]).for_each(|part| self.known.text(part));
        self.counts.extend(u64::try_from(alert.id).ok());
        self.counts.extend(alert.lasted().and_then(|(n, _)| u64::try_from(n).ok()));
        self.moved.extend(alert.moved.clone());
    }

    fn count_to(&mut self, most: usize) {
        self.counts.extend(0..=most as u64);
    }

    /// What of these lines does not hold.
    fn misses(&self, text: &str) -> Vec<Miss> {
        check_mail(text, (&self.judged, &self.moved), &self.counts, &self.known)
    }

    /// The same without the lines that were checked before.
    fn new_misses(&self, text: &str) -> Vec<Miss> {
        let is_new = |line: &&str| !self.held.contains(line);
        let new: Vec<&str> = text.lines().map(|line| Some(line).filter(is_new).unwrap_or_default()).collect();
        self.misses(&new.join("\n"))
    }
}

/// What of the mail holds, and what does not.
fn holding(body: MailBody, grounds: &Grounds) -> (MailBody, Vec<Miss>) {
    let MailBody { mut subject, mut preview, mut text, mut plain, mut html, mut chart, headers } = body;
    let mut misses = grounds.misses(&subject);
    if !misses.is_empty() {
        subject = format!("{} News of alerts", grounds.prefix).trim().to_owned();
    }
    let of_preview = grounds.misses(&preview);
    let of_chart = chart.iter().flat_map(|chart| grounds.misses(&chart.alt)).collect::<Vec<_>>();
    let of_text = grounds.new_misses(&text);
    let is_whole = misses.is_empty() && of_preview.is_empty() && of_chart.is_empty() && of_text.is_empty();
    if !is_whole {
        let bad = |line: usize| of_text.iter().any(|miss| miss.line == line + 1);
        let left: Vec<&str> = text.lines().enumerate().filter(|(line, _)| !bad(*line)).map(|(_, line)| line).collect();
        text = format!("{}\n\n{NOTICE}", left.join("\n"));
        plain = report::plain(&text);
        (preview, chart) = (String::new(), None);
        html = report::mail_html(&subject, "", &text);
    }
    misses.extend(of_preview.into_iter().chain(of_chart));
    misses.iter_mut().for_each(|miss| miss.line = 0);
    misses.extend(of_text);
    if let Some((own, shown)) = same_numbers(&format!("{preview}\n\n{text}"), &html) {
        let why = format!("the HTML part shows {shown:?} in its place, so it is the plain text");
        misses.push(Miss { line: 0, text: own, why, fact: None });
        (preview, chart) = (String::new(), None);
        html = format!("<pre>{}</pre>", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    }
    if let Some((own, shown)) = same_words(&text, &plain) {
        let why = format!("the plain text shows {shown:?} in its place, so it is the Markdown");
        misses.push(Miss { line: 0, text: own, why, fact: None });
        plain.clone_from(&text);
    }
    (MailBody { subject, preview, text, plain, html, chart, headers }, misses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Direction;
    use crate::domain::verdict::VerdictKind;
    use crate::domain::zone::Zone;
    use crate::insight::tests::{alert, judged};
    use crate::report::Onset;

    #[test]
    fn a_mail_that_holds_is_left_alone_and_one_that_does_not_loses_its_line() {
        let told = judged(VerdictKind::Regression, ("ttft", "s", Direction::Lower), 0.2, 0.26);
        let fired = [report::News { judged: told, alert: alert(12, "ttft"), onset: Onset::New }];
        let resolved = [alert(7, "load_2")];
        let news = MailNews {
            prefix: "[c2]",
            tree: "lab3",
            fired: &fired,
            notices: &[],
            resolved: &resolved,
            report_path: Some("/srv/lab3/insight-20260304T050607Z.md"),
            zone: &Zone::UTC,
            history: None,
        };
        let grounds = Grounds::news(&news);
        let body = report::mail(&news);
        let (same, misses) = holding(body.clone(), &grounds);
        assert_eq!((same, misses), (body.clone(), Vec::new()));
        let spoilt = MailBody {
            subject: body.subject.replace("+30 %", "+3 %"),
            text: body.text.replace("after 0.26 s", "after 0.27 s"),
            ..body.clone()
        };
        let (mended, misses) = holding(spoilt, &grounds);
        assert_eq!(misses.len(), 2, "{misses:#?}");
        assert_eq!(mended.subject, "[c2] News of alerts");
        assert!(!mended.text.contains("0.27") && mended.text.contains("alerts ack 12"), "{}", mended.text);
        assert!(!mended.html.contains("0.26") && mended.html.contains("left out"), "{}", mended.html);
        let spoilt = MailBody { plain: body.plain.replace("0.26", "0.27"), ..body.clone() };
        let (mended, misses) = holding(spoilt, &grounds);
        assert_eq!((mended.plain.as_str(), misses.len()), (body.text.as_str(), 1), "{misses:#?}");
        let spoilt = MailBody { html: body.html.replace("0.26", "0.27"), ..body };
        assert!(holding(spoilt, &grounds).0.html.starts_with("<pre>"));
    }

    /// An alert that has gone back.
    fn over(id: i64, metric: &str) -> AlertLine {
        let moved = Moved { before: 133.0, after: 178.0, unit: crate::domain::units::Unit::new("ms") };
        let ended_at = Some("2026-03-07T05:06:00Z".parse().unwrap());
        AlertLine { moved: Some(moved), ended_at, ..alert(id, metric) }
    }

    /// A mail of each kind, with what it may say.
    fn each(see: impl Fn(MailBody, &Grounds)) {
        let zone = Zone::new(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(2)));
        let told = judged(VerdictKind::Regression, ("ttft_2", "m3", Direction::Lower), 0.2, 0.26);
        let mut other = told.clone();
        other.series.params.insert("ctx".to_owned(), "2048".to_owned());
        let shift = other.verdict.shift.as_mut().unwrap();
        (shift.after, shift.change_at) = (0.25, "2026-02-27T00:00:00Z".parse().unwrap());
        other.commit_after = Some("4fb42155304c9d0e8a7b6c5d4e3f2a1b0c9d8e7f".to_owned());
        let fired =
            [told, other].map(|judged| report::News { judged, alert: alert(12, "ttft_2"), onset: Onset::Reopened });
        let next = Some("2026-03-11T05:06:00Z".parse().unwrap());
        let kind = NoticeKind::Reminds { next };
        let notices = [report::Notice { alert: alert(9, "p99"), kind, sentences: vec!["It lies at 131.".to_owned()] }];
        let news = MailNews {
            prefix: "[c2]",
            tree: "lab3",
            fired: &fired,
            notices: &notices,
            resolved: &[over(7, "load_2")],
            report_path: Some("/srv/lab3/insight-20260304T050607Z.md"),
            zone: &zone,
            history: None,
        };
        let body = report::mail(&news);
        see(body.clone(), &Grounds::news(&news));
        let at = "2026-03-04T22:06:07Z".parse().unwrap();
        let mails = vec![report::HeldMail { subject: body.subject, text: body.text, at, headers: Vec::new() }; 3];
        let held = Held { prefix: "[c2]", tree: "lab3", mails: &mails, why: "by quiet hours 22:00-07:00", zone: &zone };
        see(report::held(&held), &Grounds::held(&held));
        let week = Week {
            prefix: "[c2]",
            tree: "lab3",
            from: "2026-03-02T23:30:00Z".parse().unwrap(),
            to: "2026-03-09T23:30:00Z".parse().unwrap(),
            landings: 41,
            artifacts: 318,
            opened: &[over(12, "ttft_2"), alert(9, "p99")],
            open: &[alert(9, "p99")],
            resolved: &[],
            reports: &[(at, "reports/insight-20260304T220607Z.md".to_owned())],
            zone: &zone,
        };
        see(report::weekly(&week), &Grounds::week(&week));
    }

    #[test]
    fn every_kind_of_mail_holds_as_it_is_composed() {
        each(|body, grounds| assert_eq!(holding(body.clone(), grounds), (body, Vec::new())));
    }

    #[test]
    fn another_digit_anywhere_is_found() {
        each(|body, grounds| {
            let own: Vec<usize> = body.text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
            for at in own {
                let digit = body.text.as_bytes()[at];
                let mut text = body.text.clone();
                text.replace_range(at..=at, if digit == b'4' { "6" } else { "4" });
                let plain = report::plain(&text);
                let (left, misses) = holding(MailBody { text: text.clone(), plain, ..body.clone() }, grounds);
                // Either the line does not hold, or the HTML tells otherwise.
                assert!(!misses.is_empty(), "{text}");
                assert_eq!(same_numbers(&left.text, &left.html), None);
            }
        });
    }
}
