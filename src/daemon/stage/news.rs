//! The mails of a landing: from the news that its verdicts made to frozen bytes, one mail a recipient.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::audience::{self, Addressee};
use super::check;
use crate::analysis::alerts::{AlertRecord, Evidence};
use crate::daemon::context::{Context, MailSettings, Settings};
use crate::daemon::{INSTANCE, context};
use crate::domain::alert::AlertKind;
use crate::domain::series::SeriesKey;
use crate::domain::verdict::VerdictKind;
use crate::insight::{AlertLine, Judged};
use crate::mail::{Draft, address, compose, message_id};
use crate::report::{self, MailBody, MailNews, Notice, NoticeKind, Onset, Posting};
use crate::store::{Channel, LandingRow, NewMail, News, NewsKind};

/// Composes the mails of a landing; none when it has no news. The same landing gives the same bytes again.
///
/// Each recipient is told of the alerts that are theirs; those who are told of the same share a body.
///
/// # Errors
/// When the index cannot be read, or a mail cannot be composed (an address that is none).
pub fn mails(context: &Context, landing: &LandingRow, at: Timestamp, report: Option<&str>) -> Result<Vec<NewMail>> {
    let settings = context.settings();
    let news = context.store.landing_news(landing.id).context("read the news")?;
    if news.is_empty() {
        return Ok(Vec::new());
    }
    let told = Told::of(context, &settings, landing, &news)?;
    let instance = context.store.meta(INSTANCE)?.unwrap_or_default();
    let post = Post { context, settings: &settings, landing: landing.id, at, instance: &instance };
    let mut parts: BTreeMap<BTreeSet<i64>, (Told, MailBody)> = BTreeMap::new();
    let mut mails = Vec::new();
    for addressee in audience::of(context, &settings, &news).context("find out who is told")? {
        let part = match parts.entry(addressee.alerts.clone()) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let part = told.part(&addressee.alerts);
                let body = post.body(&part, report)?;
                place.insert((part, body))
            }
        };
        match addressee.channel {
            Channel::Mail => mails.push(post.mail(&addressee, &part.1)?),
            Channel::Webhook => mails.push(post.hook(&addressee, &part.0, &part.1, report)?),
        }
    }
    Ok(mails)
}

/// What is to be told.
#[derive(Debug, Clone, Default)]
struct Told {
    fired: Vec<report::News>,
    notices: Vec<Notice>,
    resolved: Vec<AlertLine>,
}

impl Told {
    /// All that a landing has to tell.
    fn of(context: &Context, settings: &Settings, landing: &LandingRow, news: &[News]) -> Result<Self> {
        let alerts = context.store.alert_lines(landing.id, &settings.tree.named).context("read the alerts")?;
        let mut judged = judged(context, landing.id).context("read the verdicts")?;
        judged.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
        let fired = fired(news, &alerts, &judged);
        let notices = notices(context, news, &alerts, &fired).context("read the alerts")?;
        let resolved = alerts.iter().filter(|alert| is_resolved(news, alert.id)).cloned().collect();
        Ok(Self { fired, notices, resolved })
    }

    /// What of it is about these alerts.
    fn part(&self, alerts: &BTreeSet<i64>) -> Self {
        let own = |alert: &AlertLine| alerts.contains(&alert.id);
        Self {
            fired: self.fired.iter().filter(|news| own(&news.alert)).cloned().collect(),
            notices: self.notices.iter().filter(|notice| own(&notice.alert)).cloned().collect(),
            resolved: self.resolved.iter().filter(|alert| own(alert)).cloned().collect(),
        }
    }
}

/// What the mails of one landing have in common.
struct Post<'a> {
    context: &'a Context,
    settings: &'a Settings,
    landing: i64,
    at: Timestamp,
    instance: &'a str,
}

impl Post<'_> {
    /// What is told, with what goes with it; `tree` is the name of the tree.
    fn news<'n>(&'n self, told: &'n Told, tree: &'n str, report: Option<&'n str>) -> MailNews<'n> {
        MailNews {
            prefix: &self.settings.mail.subject_prefix,
            tree,
            fired: &told.fired,
            notices: &told.notices,
            resolved: &told.resolved,
            report_path: report,
            zone: &self.settings.insight.zone,
            history: None,
        }
    }

    /// The checked body of a mail that tells this.
    fn body(&self, told: &Told, report: Option<&str>) -> Result<MailBody> {
        let tree = tree_name(&self.settings.tree);
        let news = self.news(told, &tree, report);
        check::mail::checked(self.context, self.landing, report::mail(&news), &news)
    }

    /// The message to one webhook, with the words of the checked mail.
    fn hook(&self, addressee: &Addressee, told: &Told, body: &MailBody, report: Option<&str>) -> Result<NewMail> {
        let recipient = addressee.recipient()?;
        let id = stable_id(self.instance, self.landing, &recipient, &self.settings.mail);
        let tree = tree_name(&self.settings.tree);
        let posting = Posting { id: &id, at: self.at, tree: &tree, landing: Some(self.landing) };
        let bytes = report::hook(posting, body, &self.news(told, &tree, report));
        Ok(NewMail {
            channel: Channel::Webhook,
            recipient,
            sender: String::new(),
            subject: body.subject.clone(),
            text: body.text.clone(),
            mime: bytes,
            message_id: id,
            opens: addressee.alerts.iter().copied().collect(),
        })
    }

    /// The mail to one recipient.
    fn mail(&self, addressee: &Addressee, body: &MailBody) -> Result<NewMail> {
        let mail = &self.settings.mail;
        let Addressee { to, alerts, .. } = addressee;
        let id = stable_id(self.instance, self.landing, to, mail);
        let bare = address::bare(to).with_context(|| format!("the recipient {to}"))?;
        let alerts: Vec<i64> = alerts.iter().copied().collect();
        let thread = self.context.store.thread(&alerts, &bare).context("read the thread")?;
        let draft = draft(self.settings, to, body, &id, &thread, self.at, self.landing);
        Ok(NewMail {
            channel: Channel::Mail,
            recipient: bare,
            mime: compose(&draft).with_context(|| format!("compose a mail to {to}"))?,
            message_id: id,
            sender: address::bare(&mail.from).context("mail.from")?,
            subject: body.subject.clone(),
            text: body.text.clone(),
            opens: alerts,
        })
    }
}

/// The tree's name, for titles and subjects.
pub fn tree_name(tree: &context::Tree) -> String {
    let name = tree.base.file_name().unwrap_or(tree.base.as_os_str());
    crate::domain::artifact::display_bytes(std::os::unix::ffi::OsStrExt::as_bytes(name))
}

/// The verdicts on what is told: those of the landing, and older ones of what was withheld when they were given.
fn judged(context: &Context, landing: i64) -> Result<Vec<Judged>> {
    let mut judged = context.store.landing_verdicts(landing)?;
    let mut known: HashSet<SeriesKey> =
        judged.iter().filter(|one| is_regression(one)).map(|one| one.series.clone()).collect();
    // The newest first: of several verdicts on a series that one speaks.
    for older in context.store.verdicts_of_news(landing)?.into_iter().rev() {
        let verdicts = context.store.landing_verdicts(older)?;
        judged.extend(verdicts.into_iter().filter(|one| is_regression(one) && known.insert(one.series.clone())));
    }
    Ok(judged)
}

/// Whether it speaks of a turn for the worse, when an alert tells of its series: a step, or a trend.
fn is_regression(judged: &Judged) -> bool {
    matches!(judged.verdict.kind, VerdictKind::Regression | VerdictKind::Drift)
}

/// The regressions that are told of for the first time, each with its alert.
fn fired(news: &[News], alerts: &[AlertLine], judged: &[Judged]) -> Vec<report::News> {
    let told = |alert: &AlertLine, judged: &Judged| {
        let about = |news: &&News| news.alert_id == alert.id && fires(news.kind);
        alert.key.kind == AlertKind::Regression
            && news.iter().filter(about).any(|news| news.series.contains(&judged.series))
    };
    judged
        .iter()
        .filter(|judged| is_regression(judged))
        .filter_map(|judged| {
            let alert = alerts.iter().find(|alert| told(alert, judged))?;
            let onset = onset(news, alert.id);
            Some(report::News { judged: judged.clone(), alert: alert.clone(), onset })
        })
        .collect()
}

/// How the alert came to be news.
fn onset(news: &[News], alert: i64) -> Onset {
    let is = |kind| news.iter().any(|news| news.alert_id == alert && news.kind == kind);
    match (is(NewsKind::Fired), is(NewsKind::Reopened)) {
        (true, _) => Onset::New,
        (false, true) => Onset::Reopened,
        (false, false) => Onset::Grew,
    }
}

fn fires(kind: NewsKind) -> bool {
    match kind {
        NewsKind::Fired | NewsKind::Reopened | NewsKind::Grew => true,
        NewsKind::Flapping | NewsKind::Resolved => false,
    }
}

/// The alerts that are told of in sentences: those of other kinds, those that flap, and those of which no verdict is kept.
fn notices(context: &Context, news: &[News], alerts: &[AlertLine], fired: &[report::News]) -> Result<Vec<Notice>> {
    let mut notices = Vec::new();
    for news in news.iter().filter(|news| news.kind != NewsKind::Resolved) {
        let is_told = fires(news.kind) && fired.iter().any(|told| told.alert.id == news.alert_id);
        let Some(alert) = alerts.iter().find(|alert| alert.id == news.alert_id).filter(|_| !is_told) else { continue };
        let Some((stored, _)) = context.store.alert(alert.id)? else { continue };
        let kind = match news.kind {
            NewsKind::Reopened => NoticeKind::Reopens,
            kind if fires(kind) => NoticeKind::Fires,
            _ => NoticeKind::Flaps,
        };
        notices.push(Notice { alert: alert.clone(), kind, sentences: sentences(&stored.record) });
    }
    Ok(notices)
}

/// What the members of an alert rest on; of an environment also the worst that moved.
fn sentences(record: &AlertRecord) -> Vec<String> {
    let mut sentences = Vec::new();
    for member in record.members.iter().filter(|member| member.confirmed) {
        let label = member.series.label();
        let of = if label.is_empty() { String::new() } else { format!("{label}: ") };
        sentences.push(format!("{of}{}", member.reason));
        if let Evidence::Environment(sweep) = &member.evidence {
            sentences.extend(sweep.series.iter().map(|(series, effect)| {
                let label = series.label();
                let case = if label.is_empty() { String::new() } else { format!(", {label}") };
                let moved = effect.map_or_else(|| "worse".to_owned(), |effect| format!("{:+.1} %", effect * 100.0));
                format!("{} of {}{case}: {moved}.", series.metric, series.benchmark)
            }));
        }
    }
    sentences
}

fn is_resolved(news: &[News], alert: i64) -> bool {
    news.iter().any(|news| news.alert_id == alert && news.kind == NewsKind::Resolved)
}

/// A Message-ID that the same landing and recipient get again after a restart, and nobody else gets.
fn stable_id(instance: &str, landing: i64, recipient: &str, mail: &MailSettings) -> String {
    let hash = blake3::hash(format!("{instance}\n{landing}\n{recipient}").as_bytes());
    let mut entropy = [0; 16];
    entropy.copy_from_slice(&hash.as_bytes()[..16]);
    message_id(entropy, &mail.domain)
}

fn draft(
    settings: &Settings,
    recipient: &str,
    body: &MailBody,
    id: &str,
    thread: &[String],
    at: Timestamp,
    landing: i64,
) -> Draft {
    let mut headers = vec![("X-Chimera-Landing".to_owned(), landing.to_string())];
    headers.extend(body.headers.iter().cloned());
    Draft {
        from: settings.mail.from.clone(),
        to: recipient.to_owned(),
        subject: body.subject.clone(),
        text: body.text.clone(),
        html: body.html.clone(),
        chart: body.chart.clone(),
        message_id: id.to_owned(),
        date: at,
        in_reply_to: thread.first().cloned(),
        references: thread.to_vec(),
        list_id: settings.mail.list_id.clone(),
        headers,
    }
}
