//! What is held back: mail in quiet hours, and mail beyond the cap of what one recipient gets in an hour.
//!
//! It is sorted out before every delivery, from the rows and the clock of that moment alone: nothing is remembered about when to let go,
//! so a clock that steps, a changed configuration and a restart are all the same to it. When the time has come, one mail goes as it is
//! and several go as one digest that holds them whole. Only mails are held, and only those that nobody has begun to hand over. It
//! fails when the index cannot be read or written; a digest that cannot be made lets its mails go one by one.

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use tracing::{debug, warn};

use super::INSTANCE;
use super::context::{Context, Settings};
use super::stage::seal::{Seal, seal, stable_id};
use super::stage::{audience, check, news};
use crate::mail::address;
use crate::report::{self, Held, HeldMail};
use crate::store::HeldRow;

/// What the cap counts in.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Mails in one digest at most, and bytes of their texts; what is left comes in the next one.
const MOST: usize = 50;
const MOST_TEXT: usize = 512 * 1024;

/// Why nothing may be sent to a recipient now.
struct Closed {
    /// To follow "held back".
    why: &'static str,
    /// When that will probably end.
    until: Timestamp,
}

/// Holds back what may not go now, and lets go what may.
///
/// # Errors
/// When the index cannot be read or written.
pub fn sort_out(context: &Context) -> Result<()> {
    let (settings, now) = (context.settings(), context.clock.now());
    for waiting in context.store.mails_waiting().context("read what waits")? {
        match closed(context, &settings, &waiting.recipient, now)? {
            Some(closed) if waiting.queued > 0 => {
                debug!("mail to {} is held back {} until {}", waiting.recipient, closed.why, closed.until);
                context.store.hold_mails(&waiting.recipient, closed.why, closed.until).context("hold mail back")?;
            }
            None if waiting.held > 0 => let_go(context, &settings, &waiting.recipient, now)?,
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Whether nothing may be sent to a recipient now, and why.
fn closed(context: &Context, settings: &Settings, recipient: &str, now: Timestamp) -> Result<Option<Closed>> {
    let (schedule, zone) = (&settings.mail.schedule, settings.insight.zone.tz());
    if schedule.quiet.is_quiet(now, zone) {
        return Ok(Some(Closed { why: "by quiet hours", until: schedule.quiet.ends(now, zone) }));
    }
    let Ok(cap) = usize::try_from(schedule.max_per_hour) else { return Ok(None) };
    if cap == 0 {
        return Ok(None);
    }
    let sent = context.store.mails_sent(recipient, now.checked_sub(HOUR).unwrap_or(now), now).context("count mails")?;
    // The next may go when of the last so many the first is an hour old.
    let first = sent.len().checked_sub(cap).and_then(|place| sent.get(place));
    let until = first.map(|first| first.checked_add(HOUR).unwrap_or(Timestamp::MAX));
    Ok(until.map(|until| Closed { why: "by the cap on mails an hour", until }))
}

/// Lets go what was held back for a recipient: as it is, or several as one.
fn let_go(context: &Context, settings: &Settings, recipient: &str, now: Timestamp) -> Result<()> {
    if !audience::is_known(settings, recipient) {
        // Delivery says of each that nobody is there for it any more.
        return context.store.release_mails(recipient, now).context("let mail go");
    }
    // No mail may be composed meanwhile in the thread of one that a digest takes the place of.
    let _alone = context.moving_alerts();
    context.store.gather_mails(recipient).context("gather what goes together")?;
    let mut held = context.store.held_mails(recipient, MOST).context("read what was held back")?;
    let mut bytes = 0_usize;
    held.retain(|mail| {
        let is_first = bytes == 0;
        bytes = bytes.saturating_add(mail.text.len().max(1));
        is_first || bytes <= MOST_TEXT
    });
    if let [_, _, ..] = held.as_slice() {
        match digest(context, settings, recipient, &held, now) {
            Ok(()) => return Ok(()),
            Err(failure) => warn!("what was held back for {recipient} goes mail by mail: {failure:#}"),
        }
    }
    held.iter().try_for_each(|mail| context.store.release_mail(mail.id, now)).context("let mail go")
}

/// Puts one mail in the place of several.
fn digest(context: &Context, settings: &Settings, recipient: &str, held: &[HeldRow], now: Timestamp) -> Result<()> {
    let mails: Vec<HeldMail> = held
        .iter()
        .map(|mail| HeldMail {
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            at: mail.created,
            headers: own_headers(&mail.mime),
        })
        .collect();
    let mut reasons: Vec<&str> = held.iter().filter_map(|mail| mail.why.as_deref()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let told = Held {
        prefix: &settings.mail.subject_prefix,
        tree: &news::tree_name(&settings.tree),
        mails: &mails,
        why: &reasons.join(" and "),
        zone: &settings.insight.zone,
    };
    let body = check::mail::checked_held(context, report::held(&told), &told)?;
    let rows: Vec<(i64, i64)> = held.iter().map(|mail| (mail.id, mail.landing)).collect();
    let instance = context.store.meta(INSTANCE)?.unwrap_or_default();
    let mail = &settings.mail;
    let known = mail.routes.addresses(&mail.to);
    let to = known.into_iter().find(|to| address::bare(to).is_ok_and(|bare| bare == recipient)).unwrap_or(recipient);
    let id = stable_id(&instance, &format!("digest {rows:?}"), recipient, mail);
    let landing = rows.iter().map(|(_, landing)| *landing).max().unwrap_or_default();
    let own = Seal { to, id: &id, thread: &[], at: now, landing, alerts: &[] };
    let digest = seal(settings, &body, &own)?;
    ensure!(context.store.digest_mails(&digest, &rows, now)?, "they are held no more");
    Ok(())
}

/// The headers of a mail to filter on. One that had to be encoded is left out: it names what is no plain word.
fn own_headers(mime: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(mime);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let own = head.lines().filter(|line| line.starts_with("X-Chimera-") && !line.contains("=?"));
    own.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests;
