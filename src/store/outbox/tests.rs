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
    store.mail_deferred(first.id, "451", false, later(60)).unwrap();
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
    store.mail_deferred(first.id, "451", false, later(60)).unwrap();
    assert_eq!(next(&store, NOON), None);
    assert_eq!(accept_all(&store, later(60)), ["digest", "resolved-2-a@x"]);
}

#[test]
fn who_never_hears_the_beginning_is_not_told_the_end() {
    let (_dir, store) = store();
    decide(&store, 1, &["fired"], &["a@x", "b@x"]);
    decide(&store, 1, &["resolved"], &["a@x", "b@x"]);
    let first = next(&store, NOON).unwrap();
    store.mail_dead(first.id, "550", NOON).unwrap();
    assert_eq!(accept_all(&store, NOON), ["fired-1-b@x", "resolved-1-b@x"]);
    let dead = ["fired-1-a@x", "resolved-1-a@x"].map(|id| (id.to_owned(), MailState::Dead));
    assert!(dead.iter().all(|row| states(&store).contains(row)), "{:?}", states(&store));
    assert_eq!(store.thread_recipients(1).unwrap(), [("a@x".to_owned(), true), ("b@x".to_owned(), false)]);
    assert!(store.thread(&[1], "a@x").unwrap().is_empty(), "no mail answers one that never came");
    store.retry_mails(NOON).unwrap();
    assert_eq!(accept_all(&store, NOON), ["fired-1-a@x", "resolved-1-a@x"], "another try brings both, in order");
}

#[test]
fn what_tells_more_than_the_end_outlives_a_refusal_and_opens_the_thread_anew() {
    let (_dir, store) = store();
    decide(&store, 1, &["fired"], &["a@x"]);
    let first = next(&store, NOON).unwrap();
    store.mail_dead(first.id, "550", NOON).unwrap();
    decide(&store, 1, &["grew"], &["a@x"]);
    decide(&store, 1, &["resolved"], &["a@x"]);
    assert_eq!(accept_all(&store, NOON), ["grew-1-a@x", "resolved-1-a@x"]);
    assert_eq!(store.thread(&[1], "a@x").unwrap(), ["grew-1-a@x"]);
}

#[test]
fn only_doubt_keeps_a_mail_from_being_held() {
    let (_dir, store) = store();
    decide(&store, 1, &["fired"], &["a@x"]);
    let mail = next(&store, NOON).unwrap();
    store.mail_data_started(mail.id).unwrap();
    store.mail_deferred(mail.id, "451 after the dot", false, NOON).unwrap();
    assert_eq!(states(&store)[0].1, MailState::Queued);
    store.mail_data_started(mail.id).unwrap();
    store.mail_deferred(mail.id, "no answer", true, NOON).unwrap();
    assert_eq!(states(&store)[0].1, MailState::DataStarted);
    assert!(next(&store, NOON).unwrap().in_doubt);
    store.hold_mails("a@x", "by quiet hours", later(60)).unwrap();
    assert_eq!(states(&store)[0].1, MailState::DataStarted);
    store.mail_deferred(mail.id, "450", false, NOON).unwrap();
    store.hold_mails("a@x", "by quiet hours", later(60)).unwrap();
    assert_eq!(states(&store)[0].1, MailState::Held);
}
