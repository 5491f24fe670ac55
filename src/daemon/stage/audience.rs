//! Whom the news of a landing is for: who the routes say, and who was told of the same alert before.
//!
//! A thread goes on for those who are in it, whatever has become of its severity since, and its end is told to nobody else: not to those
//! whose mail was refused for good, so that they never heard of it. Whoever the configuration does not name any more gets nothing. It fails when the index cannot be read.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};

use crate::analysis::route::Audience;
use crate::daemon::context::{Context, MailSettings, Settings};
use crate::mail::address;
use crate::store::{Channel, News, NewsKind};

/// Begins the recipient of a row that is posted to a webhook.
pub const WEBHOOK: &str = "webhook:";

/// One recipient, and the alerts of which a landing has news for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    pub channel: Channel,
    /// As the configuration has it: an address with or without a name before it, or the name of a webhook.
    pub to: String,
    pub alerts: BTreeSet<i64>,
    /// Those of them that they have not been told of yet.
    pub anew: BTreeSet<i64>,
}

impl Addressee {
    /// The recipient as the rows of the outbox and of threads have it.
    ///
    /// # Errors
    /// With an address that is none.
    pub fn recipient(&self) -> Result<String> {
        match self.channel {
            Channel::Mail => address::bare(&self.to).with_context(|| format!("the recipient {}", self.to)),
            Channel::Webhook => Ok(format!("{WEBHOOK}{}", self.to)),
        }
    }
}

/// Whom this news is for, in the order of the configuration; recipients for whom there is nothing are left out.
///
/// # Errors
/// When the index cannot be read, or an address of the configuration is none.
pub fn of(context: &Context, settings: &Settings, news: &[News]) -> Result<Vec<Addressee>> {
    let mut all = everyone(&settings.mail)?;
    let alerts: BTreeSet<i64> = news.iter().map(|news| news.alert_id).collect();
    for id in alerts {
        let Some((alert, _)) = context.store.alert(id)? else { continue };
        let threads = context.store.thread_recipients(id)?;
        let has = |row: &String, refused: bool| threads.iter().any(|(told, dead)| told == row && *dead == refused);
        let is_over = news.iter().filter(|news| news.alert_id == id).all(|news| news.kind == NewsKind::Resolved);
        let routed = settings.mail.routes.audience(&alert.record, &settings.mail.to);
        // Of an end only those hear who have heard of the beginning; where they have all left, whoever is there now.
        let known = all.iter().any(|(_, _, row)| has(row, false));
        for (addressee, names, row) in &mut all {
            let by_route = !is_over || !(known || has(row, true));
            if has(row, false) || (by_route && is_routed(&routed, addressee.channel, names)) {
                addressee.alerts.insert(id);
                if !has(row, false) {
                    addressee.anew.insert(id);
                }
            }
        }
    }
    Ok(all.into_iter().map(|(addressee, ..)| addressee).filter(|addressee| !addressee.alerts.is_empty()).collect())
}

/// Whether the configuration still names the recipient of a row.
pub fn is_known(settings: &Settings, row: &str) -> bool {
    let mail = &settings.mail;
    match row.strip_prefix(WEBHOOK) {
        Some(name) => settings.webhooks.iter().any(|webhook| webhook.name == name),
        None => mail.routes.addresses(&mail.to).into_iter().any(|to| address::bare(to).is_ok_and(|bare| bare == row)),
    }
}

/// A recipient with the ways in which the configuration writes it, and its row.
type Known = (Addressee, Vec<String>, String);

/// Everyone that mail can go to, each once however often and in whatever way they are written, and every webhook.
fn everyone(mail: &MailSettings) -> Result<Vec<Known>> {
    let mut all: Vec<Known> = Vec::new();
    let one =
        |channel, to: &str| Addressee { channel, to: to.to_owned(), alerts: BTreeSet::new(), anew: BTreeSet::new() };
    for to in mail.routes.addresses(&mail.to) {
        let addressee = one(Channel::Mail, to);
        let row = addressee.recipient()?;
        match all.iter_mut().find(|(_, _, known)| *known == row) {
            Some((_, names, _)) => names.push(to.to_owned()),
            None => all.push((addressee, vec![to.to_owned()], row)),
        }
    }
    for name in &mail.routes.webhooks {
        let addressee = one(Channel::Webhook, name);
        let row = addressee.recipient()?;
        all.push((addressee, vec![name.clone()], row));
    }
    Ok(all)
}

fn is_routed(routed: &Audience<'_>, channel: Channel, names: &[String]) -> bool {
    let of = match channel {
        Channel::Mail => &routed.to,
        Channel::Webhook => &routed.webhooks,
    };
    names.iter().any(|name| of.contains(&name.as_str()))
}
