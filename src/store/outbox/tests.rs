use rusqlite::params;

use super::*;
use crate::store::tests::store;
use crate::store::{FinishedReport, LandingKind};

const NOON: Timestamp = Timestamp::UNIX_EPOCH;

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A landing with news of these kinds of an alert, which mails it to each.
fn decide(store: &Store, alert: i64, kinds: &[&str], recipients: &[&str]) {
    let landing = store.open_landing(LandingKind::Live, &[], &[], NOON).unwrap();
    store
        .write(|tx| {
            for kind in kinds {
                tx.execute(
                    "INSERT INTO news (landing_id, alert_id, kind, series, shadow) VALUES (?1, ?2, ?3, '[]', 0)",
                    params![landing, alert, kind],
                )?;
            }
            Ok(())
        })
        .unwrap();
    let mail = |to: &&str| NewMail {
        channel: Channel::Mail,
        recipient: (*to).to_owned(),
        message_id: format!("{}-{alert}-{to}", kinds.join("+")),
        sender: String::new(),
        subject: String::new(),
        text: String::new(),
        mime: Vec::new(),
        opens: vec![alert],
    };
    let mails: Vec<NewMail> = recipients.iter().map(mail).collect();
    store.finish_landing(landing, &FinishedReport { mails: &mails, ..Default::default() }, NOON).unwrap();
}

fn next(store: &Store, now: Timestamp) -> Option<QueuedMail> {
    store.next_mail(now).unwrap()
}

/// Has everything that is due accepted; gives the Message-IDs in their order.
fn accept_all(store: &Store, now: Timestamp) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(mail) = next(store, now) {
        store.mail_accepted(&mail, "250", now).unwrap();
        ids.push(mail.message_id);
    }
    ids
}

fn states(store: &Store) -> Vec<(String, MailState)> {
    store.outbox(100).unwrap().into_iter().rev().map(|row| (row.message_id, row.state)).collect()
}

#[test]
fn nothing_overtakes_what_one_recipient_is_told_of_the_same_alert() {
    let (_dir, store) = store();
    decide(&store, 1, &["fired"], &["a@x", "b@x"]);
    let first = next(&store, NOON).unwrap();
    assert_eq!(first.recipient, "a@x");
    store.mail_deferred(first.id, "451", later(60)).unwrap();
    decide(&store, 1, &["resolved"], &["a@x", "b@x"]);
    decide(&store, 2, &["fired"], &["a@x"]);
    assert_eq!(
        accept_all(&store, NOON),
        ["fired-1-b@x", "resolved-1-b@x", "fired-2-a@x"],
        "others and other alerts pass by"
    );
    assert_eq!(store.next_mail_due().unwrap(), Some(later(60)), "nobody wakes for what is held up");
    assert_eq!(accept_all(&store, later(60)), ["fired-1-a@x", "resolved-1-a@x"]);
}

#[test]
fn what_a_digest_carries_is_not_overtaken_either() {
    let (_dir, store) = store();
    decide(&store, 1, &["fired"], &["a@x"]);
    decide(&store, 2, &["fired"], &["a@x"]);
    store.hold_mails("a@x", "by quiet hours", later(60)).unwrap();
    let held: Vec<_> = store.held_mails("a@x", 9).unwrap().iter().map(|row| (row.id, row.landing)).collect();
    let digest = NewMail {
        channel: Channel::Mail,
        recipient: "a@x".into(),
        message_id: "digest".into(),
        sender: String::new(),
        subject: String::new(),
        text: String::new(),
        mime: Vec::new(),
        opens: Vec::new(),
    };
    assert!(store.digest_mails(&digest, &held, NOON).unwrap());
    decide(&store, 2, &["resolved"], &["a@x"]);
    let first = next(&store, NOON).unwrap();
    assert_eq!(first.message_id, "digest");
    store.mail_deferred(first.id, "451", later(60)).unwrap();
    assert_eq!(next(&store, NOON), None);
    assert_eq!(accept_all(&store, later(60)), ["digest", "resolved-2-a@x"]);
}
