//! From a checked body to a row of the outbox: the mail to one recipient, with an identity that it gets again after a restart.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::daemon::context::{MailSettings, Settings};
use crate::mail::{Draft, address, compose, message_id};
use crate::report::MailBody;
use crate::store::{Channel, NewMail};

/// What is not in the body.
#[derive(Debug, Clone, Copy)]
pub struct Seal<'a> {
    /// As the configuration has it.
    pub to: &'a str,
    pub id: &'a str,
    /// Message-IDs of the mails that opened the threads that it continues, oldest first.
    pub thread: &'a [String],
    pub at: Timestamp,
    pub landing: i64,
    /// Alerts whose thread it opens, or continues.
    pub alerts: &'a [i64],
}

/// The mail, frozen.
///
/// # Errors
/// With an address that is none.
pub fn seal(settings: &Settings, body: &MailBody, seal: &Seal<'_>) -> Result<NewMail> {
    let mail = &settings.mail;
    let mut headers = vec![("X-Chimera-Landing".to_owned(), seal.landing.to_string())];
    headers.extend(body.headers.iter().cloned());
    let draft = Draft {
        from: mail.from.clone(),
        to: seal.to.to_owned(),
        subject: body.subject.clone(),
        text: body.plain.clone(),
        html: body.html.clone(),
        chart: body.chart.clone(),
        message_id: seal.id.to_owned(),
        date: seal.at,
        in_reply_to: seal.thread.first().cloned(),
        references: seal.thread.to_vec(),
        list_id: mail.list_id.clone(),
        headers,
    };
    Ok(NewMail {
        channel: Channel::Mail,
        recipient: address::bare(seal.to).with_context(|| format!("the recipient {}", seal.to))?,
        mime: compose(&draft).with_context(|| format!("compose a mail to {}", seal.to))?,
        message_id: seal.id.to_owned(),
        sender: address::bare(&mail.from).context("mail.from")?,
        subject: body.subject.clone(),
        text: body.text.clone(),
        opens: seal.alerts.to_vec(),
    })
}

/// A Message-ID that the same mail gets again after a restart, and no other gets: `what` tells it from all others of this index.
pub fn stable_id(instance: &str, what: &str, recipient: &str, mail: &MailSettings) -> String {
    let hash = blake3::hash(format!("{instance}\n{what}\n{recipient}").as_bytes());
    let mut entropy = [0; 16];
    entropy.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
    message_id(entropy, &mail.domain)
}
