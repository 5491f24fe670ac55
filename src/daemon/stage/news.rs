//! The mails of a landing: from the news that its verdicts made to frozen bytes, one mail a recipient.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::analyse::history;
use super::audience::{self, Addressee};
use super::check;
use super::seal::{Seal, seal, stable_id};
use crate::analysis::alerts::{AlertRecord, Evidence};
use crate::analysis::route::severity;
use crate::daemon::context::{Context, Settings};
use crate::daemon::{INSTANCE, context};
use crate::domain::alert::AlertKind;
use crate::domain::artifact::display_bytes;
use crate::domain::series::SeriesKey;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::insight::{AlertLine, History, Judged, worst_first};
use crate::report::{self, MailBody, MailNews, Notice, NoticeKind, Onset, Posting};
use crate::store::{Channel, LandingRow, NewMail, News, NewsKind, can_wait};

/// The alerts that somebody is told of, and those of them that are told whole.
type Share = (BTreeSet<i64>, BTreeSet<i64>);

/// What a landing sends.
#[derive(Debug, Default)]
pub struct Outgoing {
    pub mails: Vec<NewMail>,
    /// Alerts of which it has news that waits for its turn in their threads.
    pub later: Vec<i64>,
}

/// Composes the mails of a landing; none when it has no news. The same landing gives the same bytes again, as long as nobody was told of
/// its alerts in between.
///
/// Each recipient is told of the alerts that are theirs; those who are told of the same share a body.
///
/// # Errors
/// When the index cannot be read, or a mail cannot be composed (an address that is none).
pub fn mails(context: &Context, landing: &LandingRow, at: Timestamp, report: Option<&str>) -> Result<Outgoing> {
    let settings = context.settings();
    let all = context.store.landing_news(landing.id).context("read the news")?;
    let (news, later) = in_turn(context, &settings, all).context("look at the pace of threads")?;
    let mut outgoing = Outgoing { mails: Vec::new(), later };
    if news.is_empty() {
        return Ok(outgoing);
    }
    let addressees = audience::of(context, &settings, &news).context("find out who is told")?;
    let book = Book::of(context, &settings, landing, news, &addressees)?;
    let instance = context.store.meta(INSTANCE)?.unwrap_or_default();
    let post = Post { context, settings: &settings, landing: landing.id, at, instance: &instance };
    let mut parts: BTreeMap<Share, (Told, MailBody, Option<String>)> = BTreeMap::new();
    for addressee in addressees {
        let part = match parts.entry((addressee.alerts.clone(), book.whole_for(&addressee))) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let part = book.told(context, &settings, &addressee)?.drawn(context, &settings, landing.id)?;
                // What the clock brings has no report of its own.
                let report = match report {
                    Some(path) => Some(path.to_owned()),
                    None => context.store.report_of_alerts(&addressee.alerts)?.map(|path| display_bytes(&path)),
                };
                let body = post.body(&part, report.as_deref())?;
                place.insert((part, body, report))
            }
        };
        match addressee.channel {
            Channel::Mail => outgoing.mails.push(post.mail(&addressee, &part.1)?),
            Channel::Webhook => outgoing.mails.push(post.hook(&addressee, &part.0, &part.1, part.2.as_deref())?),
        }
    }
    Ok(outgoing)
}

/// What may be told now, with what waited of the same alerts, and the alerts of which nothing may: people were told of them a short
/// while ago, and it is not the end.
fn in_turn(context: &Context, settings: &Settings, all: Vec<News>) -> Result<(Vec<News>, Vec<i64>)> {
    let (now, gap) = (context.clock.now(), settings.mail.schedule.update_gap);
    let alerts: BTreeSet<i64> = all.iter().map(|news| news.alert_id).collect();
    let (mut waited, mut later) = (Vec::new(), Vec::new());
    for alert in alerts {
        let patient = all.iter().filter(|news| news.alert_id == alert).all(|news| can_wait(news.kind));
        if patient && context.store.paced(alert)?.due(now, gap) > now {
            later.push(alert);
        } else {
            waited.extend(context.store.news_waiting_of(alert)?);
        }
    }
    let mut news: Vec<News> = all.into_iter().filter(|news| !later.contains(&news.alert_id)).collect();
    for old in waited {
        match news.iter_mut().find(|new| (new.alert_id, new.kind) == (old.alert_id, old.kind)) {
            Some(new) => new.series.extend(old.series),
            None => news.push(old),
        }
    }
    Ok((news, later))
}

/// All that a landing has to tell, and what of older times goes with it.
struct Book {
    news: Vec<News>,
    /// The alerts that go on and are new to somebody, with all their series.
    whole: BTreeMap<i64, Vec<SeriesKey>>,
    alerts: Vec<AlertLine>,
    judged: Vec<Judged>,
}

impl Book {
    fn of(
        context: &Context,
        settings: &Settings,
        landing: &LandingRow,
        news: Vec<News>,
        addressees: &[Addressee],
    ) -> Result<Self> {
        let alerts = context.store.alert_lines(landing.id, &settings.tree.named).context("read the alerts")?;
        let mut whole = BTreeMap::new();
        for id in addressees.iter().flat_map(|addressee| &addressee.anew) {
            let has = |fits: fn(NewsKind) -> bool| news.iter().any(|news| news.alert_id == *id && fits(news.kind));
            if has(goes_on) && !has(|kind| kind == NewsKind::Fired) {
                let Some((alert, _)) = context.store.alert(*id).context("read an alert")? else { continue };
                let now = alert.record.members.into_iter().filter(|member| member.confirmed && !member.recovered);
                whole.insert(*id, now.map(|member| member.series).collect());
            }
        }
        let series: Vec<&SeriesKey> =
            news.iter().flat_map(|news| &news.series).chain(whole.values().flatten()).collect();
        let mut judged = judged(context, landing.id, &series).context("read the verdicts")?;
        judged.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
        Ok(Self { news, whole, alerts, judged })
    }

    /// The alerts that go on, but are told whole to this one, who has not heard of them.
    fn whole_for(&self, addressee: &Addressee) -> BTreeSet<i64> {
        addressee.anew.iter().copied().filter(|id| self.whole.contains_key(id)).collect()
    }

    /// What is told to one recipient.
    fn told(&self, context: &Context, settings: &Settings, addressee: &Addressee) -> Result<Told> {
        let anew = self.whole_for(addressee);
        let mut news: Vec<News> = Vec::new();
        for one in self.news.iter().filter(|news| addressee.alerts.contains(&news.alert_id)) {
            let id = one.alert_id;
            match self.whole.get(&id).filter(|_| anew.contains(&id) && goes_on(one.kind)) {
                None => news.push(one.clone()),
                Some(_) if news.iter().any(|news| (news.alert_id, news.kind) == (id, NewsKind::Fired)) => {}
                Some(series) => news.push(News { alert_id: id, kind: NewsKind::Fired, series: series.clone() }),
            }
        }
        let mut fired = fired(&news, &self.alerts, &self.judged);
        let notices = notices(context, &news, (&self.alerts, &self.judged), &fired).context("read the alerts")?;
        let resolved = self.alerts.iter().filter(|alert| is_resolved(&news, alert.id)).cloned().collect();
        name_groups(&mut fired, &settings.tree.named);
        Ok(Told { fired, notices, resolved, history: None })
    }
}

/// Whether it tells more of what some have been told of.
fn goes_on(kind: NewsKind) -> bool {
    matches!(kind, NewsKind::Grew | NewsKind::Reopened | NewsKind::Reminded)
}

/// Has the command of each group name the alerts of this mail: a group may have others, which its reader knows nothing of.
fn name_groups(fired: &mut [report::News], place: &str) {
    let mut groups: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for news in fired.iter() {
        if let Some(group) = &news.alert.group {
            groups.entry(group.id).or_default().insert(news.alert.id);
        }
    }
    for group in fired.iter_mut().filter_map(|news| news.alert.group.as_mut()) {
        let ids = groups.get(&group.id).into_iter().flatten();
        let ids: String = ids.map(|id| format!(" {id}")).collect();
        group.ack = format!("chimera-insight alerts ack{ids}{place}");
    }
}

/// What is to be told.
#[derive(Debug, Clone, Default)]
struct Told {
    fired: Vec<report::News>,
    notices: Vec<Notice>,
    resolved: Vec<AlertLine>,
    /// The course of the worst of what fired, once it is looked up.
    history: Option<History>,
}

impl Told {
    /// Looks up the course of the worst of what fired.
    fn drawn(mut self, context: &Context, settings: &Settings, landing: i64) -> Result<Self> {
        let worst = self.fired.iter().map(|news| &news.judged).min_by(|a, b| worst_first(a, b));
        self.history = worst.map(|worst| history(context, settings, landing, worst)).transpose()?.flatten();
        Ok(self)
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
            history: told.history.as_ref(),
        }
    }

    /// The checked body of a mail that tells this, with the course of the worst of it.
    fn body(&self, told: &Told, report: Option<&str>) -> Result<MailBody> {
        let tree = tree_name(&self.settings.tree);
        let news = self.news(told, &tree, report);
        let mut body = check::mail::checked(self.context, self.landing, report::mail(&news), &news)?;
        body.headers.extend(self.severity(told).context("find out how bad it is")?);
        Ok(body)
    }

    /// A header of how bad the worst of it is; none when all of it is over.
    fn severity(&self, told: &Told) -> Result<Option<(String, String)>> {
        let noticed = told.notices.iter().map(|notice| notice.alert.id);
        let ids: BTreeSet<i64> = told.fired.iter().map(|news| news.alert.id).chain(noticed).collect();
        let mut worst = None;
        for id in ids {
            let Some((stored, _)) = self.context.store.alert(id)? else { continue };
            worst = worst.max(Some(severity(&stored.record, &self.settings.mail.routes.thresholds)));
        }
        Ok(worst.map(|severity| ("X-Chimera-Severity".to_owned(), severity.as_str().to_owned())))
    }

    /// The message to one webhook, with the words of the checked mail.
    fn hook(&self, addressee: &Addressee, told: &Told, body: &MailBody, report: Option<&str>) -> Result<NewMail> {
        let recipient = addressee.recipient()?;
        let id = stable_id(self.instance, &self.landing.to_string(), &recipient, &self.settings.mail);
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
        let Addressee { to, alerts, .. } = addressee;
        let id = stable_id(self.instance, &self.landing.to_string(), to, &self.settings.mail);
        let alerts: Vec<i64> = alerts.iter().copied().collect();
        let thread = self.context.store.thread(&alerts, &addressee.recipient()?).context("read the thread")?;
        let own = Seal { to, id: &id, thread: &thread, at: self.at, landing: self.landing, alerts: &alerts };
        seal(self.settings, body, &own)
    }
}

/// The tree's name, for titles and subjects.
pub fn tree_name(tree: &context::Tree) -> String {
    let name = tree.base.file_name().unwrap_or(tree.base.as_os_str());
    display_bytes(std::os::unix::ffi::OsStrExt::as_bytes(name))
}

/// The verdicts on what is told: those of the landing, and older ones of what was withheld when they were given.
fn judged(context: &Context, landing: i64, told: &[&SeriesKey]) -> Result<Vec<Judged>> {
    let mut judged = context.store.landing_verdicts(landing)?;
    let mut known: HashSet<SeriesKey> =
        judged.iter().filter(|one| is_regression(one)).map(|one| one.series.clone()).collect();
    // The newest first: of several verdicts on a series that one speaks.
    for older in context.store.last_regressions(landing, told)?.into_iter().rev() {
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
    let onsets =
        [(NewsKind::Fired, Onset::New), (NewsKind::Reopened, Onset::Reopened), (NewsKind::Stayed, Onset::Stayed)];
    onsets.into_iter().find(|(kind, _)| is(*kind)).map_or(Onset::Grew, |(_, onset)| onset)
}

fn fires(kind: NewsKind) -> bool {
    match kind {
        NewsKind::Fired | NewsKind::Reopened | NewsKind::Stayed | NewsKind::Grew => true,
        NewsKind::Flapping | NewsKind::Flapped | NewsKind::Reminded | NewsKind::Resolved => false,
    }
}

/// The alerts that are told of in sentences: those of other kinds, those that flap, and those of which no verdict is kept.
fn notices(
    context: &Context,
    news: &[News],
    (alerts, judged): (&[AlertLine], &[Judged]),
    fired: &[report::News],
) -> Result<Vec<Notice>> {
    let settings = context.settings();
    let zone = &settings.insight.zone;
    let mut notices = Vec::new();
    for news in news.iter().filter(|news| news.kind != NewsKind::Resolved) {
        let is_told = fires(news.kind) && fired.iter().any(|told| told.alert.id == news.alert_id);
        let Some(alert) = alerts.iter().find(|alert| alert.id == news.alert_id).filter(|_| !is_told) else { continue };
        let Some((stored, _)) = context.store.alert(alert.id)? else { continue };
        let mut sentences = sentences(&stored.record);
        let kind = match news.kind {
            NewsKind::Reopened => NoticeKind::Reopens,
            NewsKind::Stayed => NoticeKind::Stays,
            NewsKind::Fired | NewsKind::Grew => NoticeKind::Fires,
            NewsKind::Reminded => {
                sentences = reminded(&stored.record, &news.series, judged, zone);
                NoticeKind::Reminds { next: stored.record.remind_at }
            }
            NewsKind::Flapped => {
                sentences.insert(0, openings(&stored.record));
                NoticeKind::Flapped
            }
            NewsKind::Flapping | NewsKind::Resolved => NoticeKind::Flaps,
        };
        notices.push(Notice { alert: alert.clone(), kind, sentences });
    }
    Ok(notices)
}

/// What a reminder says: of a regression what the last verdict on it says, else what it rested on when it fired.
fn reminded(record: &AlertRecord, series: &[SeriesKey], judged: &[Judged], zone: &Zone) -> Vec<String> {
    if record.key.kind != AlertKind::Regression {
        return sentences(record);
    }
    let members = record.members.iter().filter(|member| member.confirmed && series.contains(&member.series));
    members
        .map(|member| {
            let label = member.series.label();
            let of = if label.is_empty() { String::new() } else { format!("{label}: ") };
            let verdict = judged.iter().find(|one| is_regression(one) && one.series == member.series);
            let again = verdict.and_then(|verdict| report::levels_again(verdict, zone));
            format!("{of}{}", again.unwrap_or_else(|| format!("When it fired: {}", member.reason)))
        })
        .collect()
}

/// How often an alert that flaps opened within the day of its digest.
fn openings(record: &AlertRecord) -> String {
    match record.openings.len() {
        0 => "It did not open again within the last day.".to_owned(),
        1 => "It opened once within the last day.".to_owned(),
        n => format!("It opened {n} times within the last day."),
    }
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
