//! The delivery of one mail or message: claim the outbox row whose turn it is, hand its frozen bytes over, write down what was answered.
//!
//! A server that is down delays what is for it and nothing else. A try that ends in doubt (the connection was lost after the final dot)
//! leaves the row as it is: the same bytes with the same Message-ID go out again. After a definite answer the row waits as if it had never
//! been tried, and quiet hours and the cap hold it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use super::audience::{self, WEBHOOK};
use crate::clock::random_bytes;
use crate::daemon::context::Context;
use crate::daemon::hold;
use crate::hook;
use crate::mail::{self, Delivery, Envelope, FileDrop, Scope};
use crate::publish::publish;
use crate::store::{Channel, MailState, QueuedMail};

/// Begins the cause of what is wrong with the mail of one address.
const MAIL_TO: &str = "mail to ";

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Nothing was due.
    Nothing,
    /// Accepted by the server.
    Accepted { recipient: String, message_id: String },
    /// To be tried again at `due`.
    Deferred { recipient: String, reason: String, due: Timestamp },
    /// Refused for good.
    Dead { recipient: String, reason: String },
}

/// What came of handing a row over, whichever way it went.
enum Outcome {
    Accepted {
        response: String,
    },
    Rejected {
        reason: String,
    },
    /// `whole_way`: nothing else can go this way now. Not before `wait`, where the other side named a time.
    Deferred {
        whole_way: bool,
        reason: String,
        wait: Duration,
        /// Nobody answered, so that it may have been taken.
        in_doubt: bool,
    },
}

/// Delivers the mail or message whose turn it is, if one is due. `in_doubt` is true from when its content may be on the way until what
/// became of it is written down: whoever gives up meanwhile makes the other side get it twice.
///
/// # Errors
/// When the index cannot be read or written. What the other side does is never an error here.
pub async fn next(context: &Context, in_doubt: &AtomicBool) -> Result<Tried> {
    in_doubt.store(false, Ordering::SeqCst);
    let (own, store, now) = (context.clone(), Arc::clone(&context.store), context.clock.now());
    spawn_blocking(move || hold::sort_out(&own)).await.context("what is held back could not be sorted out")??;
    let Some(mail) = blocking(move || store.next_mail(now)).await? else { return Ok(Tried::Nothing) };
    let before_data = {
        let (store, id) = (Arc::clone(&context.store), mail.id);
        async move || {
            blocking(move || store.mail_data_started(id)).await?;
            in_doubt.store(true, Ordering::SeqCst);
            anyhow::Ok(())
        }
    };
    let outcome = match mail.channel {
        Channel::Mail if !audience::is_known(&context.settings(), &mail.recipient) => Outcome::Rejected {
            reason: "the configuration names this address no more; name it again, then `chimera-insight mail retry`"
                .into(),
        },
        Channel::Mail => {
            let (from, to) = (mail.sender.clone(), mail.recipient.clone());
            let envelope = Envelope { from, to, message_id: mail.message_id.clone() };
            mail::deliver(&context.settings().mail.transport, &envelope, &mail.mime, before_data).await.into()
        }
        Channel::Webhook => posted(context, &mail, before_data).await,
    };
    let tried = record(context, mail, outcome).await;
    in_doubt.store(false, Ordering::SeqCst);
    tried
}

/// Posts a message to its webhook, as that is configured now.
async fn posted<F, Fut>(context: &Context, mail: &QueuedMail, before: F) -> Outcome
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let name = mail.recipient.strip_prefix(WEBHOOK).unwrap_or(&mail.recipient);
    let settings = context.settings();
    let Some(webhook) = settings.webhooks.iter().find(|webhook| webhook.name == name) else {
        return Outcome::Rejected { reason: format!("no [[webhook]] of the configuration is called {name}") };
    };
    let message = hook::Message { id: &mail.message_id, body: &mail.mime };
    hook::deliver(webhook, message, context.clock.now(), before).await.into()
}

impl From<Delivery> for Outcome {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Accepted { response } => Self::Accepted { response },
            Delivery::Rejected { reason, .. } => Self::Rejected { reason },
            Delivery::Deferred { scope, reason } => {
                Self::Deferred { whole_way: scope == Scope::Server, reason, wait: Duration::ZERO, in_doubt: false }
            }
            Delivery::Unknown { reason } => {
                Self::Deferred { whole_way: false, reason, wait: Duration::ZERO, in_doubt: true }
            }
        }
    }
}

impl From<hook::Delivery> for Outcome {
    fn from(delivery: hook::Delivery) -> Self {
        match delivery {
            hook::Delivery::Accepted { response } => Self::Accepted { response },
            hook::Delivery::Rejected { reason } => Self::Rejected { reason },
            hook::Delivery::Deferred { scope, reason, wait } => Self::Deferred {
                whole_way: scope == hook::Scope::Address,
                reason,
                wait: wait.unwrap_or_default(),
                in_doubt: false,
            },
            hook::Delivery::Unknown { reason } => {
                Self::Deferred { whole_way: true, reason, wait: Duration::ZERO, in_doubt: true }
            }
        }
    }
}

impl Tried {
    /// Who it was about; `None` when nothing was tried.
    fn recipient(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Accepted { recipient, .. } | Self::Deferred { recipient, .. } | Self::Dead { recipient, .. } => {
                Some(recipient)
            }
        }
    }
}

/// Raises or clears what is wrong with the mail of one recipient: another's success says nothing about it, and neither does that of another
/// mail as long as one waits or lies refused. The answer is the complaint when it is news.
///
/// # Errors
/// When the index cannot be read or written.
pub async fn tell_health(context: &Context, tried: &Tried) -> Result<Option<String>> {
    let Some(recipient) = tried.recipient().map(str::to_owned) else { return Ok(None) };
    let (store, now, cause) = (Arc::clone(&context.store), context.clock.now(), named(&recipient));
    let known = audience::is_known(&context.settings(), &recipient);
    blocking(move || {
        // Whoever was taken out of the configuration is no trouble any more.
        let Some((state, reason)) = store.undelivered(&recipient)?.filter(|_| known) else {
            return store.well_again(&cause).map(|_| None);
        };
        let message = match state {
            MailState::Dead => {
                format!("{cause} was refused for good: {reason}; mend it, then `chimera-insight mail retry`")
            }
            _ => format!("{cause} waits: {reason}; `chimera-insight mail test` tries the way"),
        };
        Ok(store.complain(&cause, &message, now)?.then_some(message))
    })
    .await
}

/// Clears what is wrong with the mail of those whom the configuration names no more.
///
/// # Errors
/// When the index cannot be read or written.
pub fn forget_strangers(context: &Context) -> crate::store::Result<()> {
    let settings = context.settings();
    for complaint in context.store.complaints()? {
        let recipient = complaint.cause.strip_prefix(MAIL_TO).unwrap_or(&complaint.cause);
        let is_ours = complaint.cause.starts_with(MAIL_TO) || complaint.cause.starts_with(WEBHOOK);
        if is_ours && !audience::is_known(&settings, recipient) {
            context.store.well_again(&complaint.cause)?;
        }
    }
    Ok(())
}

/// A row for people: `mail to team@example.org`, `webhook:chat`.
pub fn named(recipient: &str) -> String {
    if recipient.starts_with(WEBHOOK) { recipient.to_owned() } else { format!("{MAIL_TO}{recipient}") }
}

/// Writes mails into the file outbox, each whole or not at all.
pub fn file_drop() -> FileDrop {
    Arc::new(|dir: &Path, name: &str, bytes: &[u8]| publish(dir, name, bytes, None).map(drop).map_err(io::Error::other))
}

async fn record(context: &Context, mail: QueuedMail, outcome: Outcome) -> Result<Tried> {
    let (store, now) = (Arc::clone(&context.store), context.clock.now());
    blocking(move || {
        let recipient = mail.recipient.clone();
        match outcome {
            Outcome::Accepted { response } => {
                store.mail_accepted(&mail, &response, now)?;
                Ok(Tried::Accepted { recipient, message_id: mail.message_id })
            }
            Outcome::Rejected { reason } => {
                store.mail_dead(mail.id, &reason, now)?;
                Ok(Tried::Dead { recipient, reason })
            }
            Outcome::Deferred { whole_way, reason, wait, in_doubt } => {
                let due = later(now, mail::backoff(mail.attempts + 1, jitter()).max(wait));
                // Who cannot be reached has not said what became of an earlier try.
                let in_doubt = in_doubt || (mail.in_doubt && whole_way);
                store.mail_deferred(mail.id, &reason, in_doubt, due)?;
                if whole_way {
                    store.mails_put_off(&mail, due)?;
                }
                Ok(Tried::Deferred { recipient, reason, due })
            }
        }
    })
    .await
}

/// A share of the back-off between 0 and 1, so that many hosts do not come back at the same moment.
fn jitter() -> f64 {
    random_bytes::<1>().map_or(0.5, |[byte]| f64::from(byte) / 255.0)
}

/// `now` and a while, held at the end of time.
pub fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}

/// Runs one unit of the store on a thread that may block.
async fn blocking<T: Send + 'static>(unit: impl FnOnce() -> crate::store::Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(unit).await.context("a unit of the index broke")?.map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::daemon::context::{MailSettings, ReportSettings, Settings, Tree};
    use crate::store::{Channel, FinishedReport, LandingKind, NewMail, Store};

    /// A context whose only mail is written into `outbox` below `dir`; the directory's parent may be a file, which fails.
    fn context(dir: &Path, outbox: &str, clock: &ManualClock) -> Context {
        let store = Arc::new(Store::open(dir).unwrap());
        let landing = store.open_landing(LandingKind::Live, &[], &[], clock.now()).unwrap();
        let mail = NewMail {
            channel: Channel::Mail,
            recipient: "team@localhost".into(),
            message_id: "one@test".into(),
            sender: "chimera@localhost".into(),
            subject: "A regression".into(),
            text: "It is slower.\n".into(),
            mime: b"Subject: A regression\r\n\r\nIt is slower.\r\n".to_vec(),
            opens: Vec::new(),
        };
        let done = FinishedReport {
            path: Some(b"report.md"),
            own: &[],
            mails: &[mail],
            purpose: Default::default(),
            later: &[],
            facts: None,
        };
        store.finish_landing(landing, &done, clock.now()).unwrap();
        let transport = mail::Transport::Files { dir: dir.join(outbox), write: file_drop() };
        let settings = Settings {
            tree: Tree { base: dir.to_owned(), roots: Vec::new(), state: dir.to_owned(), named: String::new() },
            watch: Default::default(),
            artifact: Default::default(),
            judge: Default::default(),
            kept: Default::default(),
            insight: Default::default(),
            report: ReportSettings::default(),
            mail: MailSettings {
                to: vec!["team@localhost".into()],
                from: "chimera@localhost".into(),
                subject_prefix: String::new(),
                list_id: Some("test".into()),
                domain: "test".into(),
                transport,
                routes: Default::default(),
                schedule: Default::default(),
            },
            agents: Default::default(),
            webhooks: Vec::new(),
        };
        Context::new(store, Arc::new(clock.clone()), settings)
    }

    #[tokio::test]
    async fn a_mail_goes_out_once() {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let context = context(dir.path(), "outbox", &clock);
        let sent = next(&context, &AtomicBool::new(false)).await.unwrap();
        assert!(matches!(sent, Tried::Accepted { .. }), "{sent:?}");
        assert!(dir.path().join("outbox/one@test.eml").exists());
        assert_eq!(next(&context, &AtomicBool::new(false)).await.unwrap(), Tried::Nothing);
    }

    #[tokio::test]
    async fn what_cannot_be_delivered_waits_for_its_time() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let context = context(dir.path(), "file/outbox", &clock);
        let Tried::Deferred { due, .. } = next(&context, &AtomicBool::new(false)).await.unwrap() else {
            panic!("a file is no directory")
        };
        let wait = due.duration_since(clock.now());
        assert!(wait >= SignedDuration::from_secs(24), "the first wait is 30 s, give or take a fifth: {wait}");
        assert_eq!(
            next(&context, &AtomicBool::new(false)).await.unwrap(),
            Tried::Nothing,
            "it is not tried before its time"
        );
        std::fs::remove_file(dir.path().join("file")).unwrap();
        clock.advance(wait.try_into().unwrap());
        let sent = next(&context, &AtomicBool::new(false)).await.unwrap();
        assert!(matches!(sent, Tried::Accepted { .. }), "{sent:?}");
    }
}
