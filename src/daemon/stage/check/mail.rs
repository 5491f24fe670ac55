//! What of a mail may be sent: its numbers are read again like those of a report. A line that does not hold is left out; the mail goes.

use anyhow::{Context as _, Result};
use tracing::error;

use crate::daemon::context::Context;
use crate::insight::{Judged, Known, Miss, check_mail, same_numbers};
use crate::report::{self, MailBody, MailNews};

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
    let (body, misses) = holding(body, news);
    if misses.is_empty() {
        context.store.well_again(CAUSE).context("note that the mail holds")?;
        return Ok(body);
    }
    for Miss { line, text, why, .. } in &misses {
        error!("the mail of landing {landing}, line {line}: {text:?} does not hold: {why}");
    }
    let message = format!("the mail of landing {landing} did not hold in {} places, which were left out", misses.len());
    context.store.complain(CAUSE, &message, context.clock.now()).context("complain about the mail")?;
    Ok(body)
}

/// What of the mail holds, and what does not.
fn holding(body: MailBody, news: &MailNews) -> (MailBody, Vec<Miss>) {
    let judged: Vec<Judged> = news.fired.iter().map(|news| news.judged.clone()).collect();
    let (known, counts) = (known(news, &judged), counts(news));
    let MailBody { mut subject, mut text, mut html } = body;
    let mut misses = check_mail(&subject, &judged, &counts, &known);
    misses.iter_mut().for_each(|miss| miss.line = 0);
    if !misses.is_empty() {
        subject = format!("{} News of alerts", news.prefix).trim().to_owned();
    }
    let of_text = check_mail(&text, &judged, &counts, &known);
    if !of_text.is_empty() {
        let bad = |line: usize| of_text.iter().any(|miss| miss.line == line + 1);
        let left: Vec<&str> = text.lines().enumerate().filter(|(line, _)| !bad(*line)).map(|(_, line)| line).collect();
        text = format!("{}\n\n{NOTICE}", left.join("\n"));
        html = report::fragment(&text);
        misses.extend(of_text);
    }
    if let Some((own, shown)) = same_numbers(&text, &html) {
        let why = format!("the HTML part shows {shown:?} in its place, so it is the plain text");
        misses.push(Miss { line: 0, text: own, why, fact: None });
        html = format!("<pre>{}</pre>", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    }
    (MailBody { subject, text, html }, misses)
}

/// What a mail may name without a verdict.
fn known(news: &MailNews, judged: &[Judged]) -> Known {
    let mut known = Known::default();
    let told = news.fired.iter().map(|news| &news.alert);
    let alerts = told.chain(news.notices.iter().map(|notice| &notice.alert)).chain(news.resolved);
    for alert in alerts {
        known.verdicts(judged, std::slice::from_ref(alert));
        // The headline names what they are about in plain words.
        let parts = alert.key.benchmark.split('/');
        parts.chain([alert.key.metric.as_str(), alert.key.environment.as_str()]).for_each(|part| known.text(part));
    }
    judged.iter().for_each(|one| known.text(&one.series.metric));
    news.notices.iter().flat_map(|notice| &notice.sentences).for_each(|sentence| known.text(sentence));
    [news.tree, news.prefix].into_iter().chain(news.report_path).for_each(|text| {
        known.text(text);
        known.path(text);
    });
    known
}

/// The numbers of the alerts, and whatever can be counted of what is told.
fn counts(news: &MailNews) -> Vec<u64> {
    let sentences = news.notices.iter().map(|notice| notice.sentences.len()).max().unwrap_or(0);
    let most = (news.fired.len() + news.notices.len()).max(news.resolved.len()).max(sentences);
    let ids = news.fired.iter().map(|news| news.alert.id).chain(news.notices.iter().map(|notice| notice.alert.id));
    let ids = ids.chain(news.resolved.iter().map(|alert| alert.id)).filter_map(|id| u64::try_from(id).ok());
    (1..=most as u64).chain(ids).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Direction;
    use crate::domain::verdict::VerdictKind;
    use crate::domain::zone::Zone;
    use crate::insight::tests::{alert, judged};

    #[test]
    fn a_mail_that_holds_is_left_alone_and_one_that_does_not_loses_its_line() {
        let told = judged(VerdictKind::Regression, ("ttft", "s", Direction::Lower), 0.2, 0.26);
        let fired = [report::News { judged: told, alert: alert(12, "ttft") }];
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
        let body = report::mail(&news);
        let (same, misses) = holding(body.clone(), &news);
        assert_eq!((same, misses), (body.clone(), Vec::new()));
        let spoilt = MailBody {
            subject: body.subject.replace("+30 %", "+3 %"),
            text: body.text.replace("after 0.26 s", "after 0.27 s"),
            html: body.html.clone(),
        };
        let (mended, misses) = holding(spoilt, &news);
        assert_eq!(misses.len(), 2, "{misses:#?}");
        assert_eq!(mended.subject, "[c2] News of alerts");
        assert!(!mended.text.contains("0.27") && mended.text.contains("alerts ack 12"), "{}", mended.text);
        assert!(!mended.html.contains("0.26") && mended.html.contains("left out"), "{}", mended.html);
        let spoilt = MailBody { html: body.html.replace("0.26", "0.27"), ..body };
        assert!(holding(spoilt, &news).0.html.starts_with("<pre>"));
    }
}
