use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::SignedDuration;

use super::*;
use crate::clock::{Clock as _, ManualClock};
use crate::daemon::context::{MailSettings, ReportSettings, Schedule, Settings, Tree};
use crate::daemon::stage::deliver::{self, Tried, file_drop};
use crate::mail::Transport;
use crate::mail::quiet::Quiet;
use crate::store::{Channel, FinishedReport, LandingKind, MailState, NewMail, Store};

/// A daemon's outbox, with a clock that moves by hand.
struct Outbox {
    dir: tempfile::TempDir,
    context: Context,
    clock: ManualClock,
    mails: u32,
}

impl Outbox {
    /// It is Monday, 2026-03-02, 12:00 UTC.
    fn new(schedule: Schedule) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap());
        let context = Self::context(dir.path(), &clock, schedule);
        Self { dir, context, clock, mails: 0 }
    }

    fn context(dir: &std::path::Path, clock: &ManualClock, schedule: Schedule) -> Context {
        let store = Arc::new(Store::open(dir).unwrap());
        let settings = Settings {
            tree: Tree { base: dir.to_owned(), roots: Vec::new(), state: dir.to_owned(), named: String::new() },
            watch: Default::default(),
            artifact: Default::default(),
            judge: Default::default(),
            kept: Default::default(),
            insight: Default::default(),
            report: ReportSettings::default(),
            mail: MailSettings {
                to: vec!["Team <a@x>".into(), "b@x".into()],
                from: "chimera@localhost".into(),
                subject_prefix: "[c]".into(),
                list_id: Some("test".into()),
                domain: "test".into(),
                transport: Transport::Files { dir: dir.join("outbox"), write: file_drop() },
                routes: Default::default(),
                schedule,
            },
            agents: Default::default(),
            webhooks: Vec::new(),
        };
        Context::new(store, Arc::new(clock.clone()), settings)
    }

    /// The process is killed, and another one begins.
    fn restart(&mut self) {
        let schedule = self.context.settings().mail.schedule.clone();
        self.context = Self::context(self.dir.path(), &self.clock, schedule);
    }

    /// A landing decides a mail to each of these, which opens the thread of an alert of its own.
    fn decide(&mut self, recipients: &[&str]) {
        self.mails += 1;
        let n = self.mails;
        let mail = |to: &&str| NewMail {
            channel: Channel::Mail,
            recipient: (*to).to_owned(),
            message_id: format!("{n}-{to}"),
            sender: "chimera@localhost".into(),
            subject: format!("[c] Regression {n}"),
            text: format!("Series {n} is slower.\n"),
            mime: format!("Subject: Regression {n}\r\n\r\nSeries {n} is slower.\r\n").into_bytes(),
            opens: vec![i64::from(n)],
        };
        let mails: Vec<NewMail> = recipients.iter().map(mail).collect();
        let store = &self.context.store;
        let landing = store.open_landing(LandingKind::Live, &[], &[], self.clock.now()).unwrap();
        store
            .finish_landing(landing, &FinishedReport { mails: &mails, ..Default::default() }, self.clock.now())
            .unwrap();
    }

    /// Delivers whatever may go; gives what was accepted, `recipient: message id`.
    async fn deliver(&self) -> Vec<(String, String)> {
        let mut sent = Vec::new();
        while let Tried::Accepted { recipient, message_id } =
            deliver::next(&self.context, &AtomicBool::new(false)).await.unwrap()
        {
            sent.push((recipient, message_id));
        }
        sent
    }

    fn pass(&self, span: SignedDuration) {
        self.clock.advance(span.try_into().unwrap());
    }

    fn states(&self) -> Vec<(String, MailState)> {
        let mut rows: Vec<_> =
            self.context.store.outbox(1000).unwrap().into_iter().map(|row| (row.message_id, row.state)).collect();
        rows.reverse();
        rows
    }

    fn eml(&self, id: &str) -> String {
        std::fs::read_to_string(self.dir.path().join("outbox").join(format!("{id}.eml"))).unwrap()
    }
}

fn nights() -> Schedule {
    Schedule { quiet: Quiet::parse(&["22:00-07:00"]).unwrap(), ..Schedule::default() }
}

const HOURS: fn(i64) -> SignedDuration = SignedDuration::from_hours;

#[tokio::test]
async fn one_mail_that_was_held_goes_as_it_is() {
    let mut outbox = Outbox::new(nights());
    outbox.pass(HOURS(11));
    outbox.decide(&["a@x", "b@x"]);
    assert_eq!(outbox.deliver().await, []);
    let held: Vec<_> = outbox.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(held, [MailState::Held, MailState::Held]);
    let row = &outbox.context.store.outbox(1).unwrap()[0];
    assert_eq!(row.due, "2026-03-03T07:00:00Z".parse().unwrap(), "when it will go, for people");
    outbox.pass(HOURS(8));
    let mut sent = outbox.deliver().await;
    sent.sort();
    assert_eq!(sent, [("a@x".to_owned(), "1-a@x".to_owned()), ("b@x".to_owned(), "1-b@x".to_owned())]);
    assert!(outbox.eml("1-a@x").contains("Series 1 is slower."));
}

#[tokio::test]
async fn several_that_were_held_come_in_one_mail_that_holds_them_whole() {
    let mut outbox = Outbox::new(nights());
    outbox.decide(&["a@x"]);
    assert_eq!(outbox.deliver().await.len(), 1, "the day is not quiet");
    outbox.pass(HOURS(11));
    for _ in 0..3 {
        outbox.decide(&["a@x", "b@x"]);
        assert_eq!(outbox.deliver().await, []);
        outbox.pass(SignedDuration::from_mins(10));
    }
    outbox.restart();
    outbox.pass(HOURS(8));
    let sent = outbox.deliver().await;
    let recipients: Vec<&str> = sent.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(recipients, ["a@x", "b@x"]);
    let eml = outbox.eml(&sent[0].1);
    assert!(eml.contains("To: Team <a@x>"), "{eml}");
    for n in 2..=4 {
        assert!(eml.contains(&format!("Series {n} is slower.")), "{eml}");
    }
    assert!(!eml.contains("Series 1 "), "what went before is not told again");
    let digested = outbox.states().into_iter().filter(|(_, state)| *state == MailState::Digested).count();
    assert_eq!(digested, 6);
    assert_eq!(outbox.deliver().await, [], "and that was all");
}

#[tokio::test]
async fn a_digest_opens_the_threads_of_what_it_carries() {
    let mut outbox = Outbox::new(nights());
    outbox.pass(HOURS(11));
    (0..2).for_each(|_| outbox.decide(&["a@x"]));
    outbox.deliver().await;
    outbox.pass(HOURS(9));
    let sent = outbox.deliver().await;
    for alert in [1, 2] {
        assert_eq!(outbox.context.store.thread(&[alert], "a@x").unwrap(), [sent[0].1.clone()]);
    }
}

#[tokio::test]
async fn no_more_than_the_cap_goes_in_any_hour_and_the_rest_comes_together() {
    let mut outbox = Outbox::new(Schedule { max_per_hour: 3, ..Schedule::default() });
    (0..8).for_each(|_| outbox.decide(&["a@x"]));
    outbox.decide(&["b@x"]);
    let sent = outbox.deliver().await;
    let to = |who: &str| sent.iter().filter(|(to, _)| to == who).count();
    assert_eq!((to("a@x"), to("b@x")), (3, 1), "one recipient's cap holds up nobody else");
    outbox.pass(SignedDuration::from_mins(59));
    assert_eq!(outbox.deliver().await, []);
    outbox.pass(SignedDuration::from_mins(2));
    let sent = outbox.deliver().await;
    assert_eq!(sent.len(), 1);
    let eml = outbox.eml(&sent[0].1);
    assert!((4..=8).all(|n| eml.contains(&format!("Series {n} is slower."))), "{eml}");
    // No cap.
    let mut outbox = Outbox::new(Schedule { max_per_hour: 0, ..Schedule::default() });
    (0..30).for_each(|_| outbox.decide(&["a@x"]));
    assert_eq!(outbox.deliver().await.len(), 30);
}

#[tokio::test]
async fn a_clock_that_steps_sends_nothing_twice_and_keeps_nothing_for_ever() {
    let mut outbox = Outbox::new(nights());
    // The clock is a year ahead, in the night.
    let year = outbox.clock.now().checked_add(HOURS(365 * 24 + 11)).unwrap();
    outbox.clock = ManualClock::new(year);
    outbox.restart();
    outbox.decide(&["a@x"]);
    assert_eq!(outbox.deliver().await, []);
    // It is put right: it is noon, and nothing waits for next year.
    outbox.clock = ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap());
    outbox.restart();
    outbox.pass(HOURS(1));
    assert_eq!(outbox.deliver().await.len(), 1);
    outbox.clock = ManualClock::new(year);
    outbox.restart();
    assert_eq!(outbox.deliver().await, []);
}

#[tokio::test]
async fn a_digest_is_written_whole_or_not_at_all() {
    let mut outbox = Outbox::new(nights());
    outbox.pass(HOURS(11));
    (0..2).for_each(|_| outbox.decide(&["a@x"]));
    outbox.deliver().await;
    outbox.pass(HOURS(9));
    // Killed after the commit and before delivery.
    sort_out(&outbox.context).unwrap();
    outbox.restart();
    sort_out(&outbox.context).unwrap();
    let queued: Vec<_> =
        outbox.states().into_iter().filter(|(_, state)| *state == MailState::Queued).map(|(id, _)| id).collect();
    assert_eq!(queued.len(), 1);
    assert_eq!(outbox.deliver().await, [("a@x".to_owned(), queued[0].clone())]);
    // A row that is held no more is in no digest.
    let store = &outbox.context.store;
    let digest = NewMail {
        channel: Channel::Mail,
        recipient: "a@x".into(),
        message_id: "late@test".into(),
        sender: "chimera@localhost".into(),
        subject: String::new(),
        text: String::new(),
        mime: Vec::new(),
        opens: Vec::new(),
    };
    assert!(!store.digest_mails(&digest, &[(1, 1), (2, 2)], outbox.clock.now()).unwrap());
    assert!(outbox.states().iter().all(|(id, _)| id != "late@test"));
}

#[tokio::test]
async fn asking_for_another_try_lets_nothing_go_that_is_held() {
    let mut outbox = Outbox::new(nights());
    outbox.pass(HOURS(11));
    outbox.decide(&["a@x"]);
    assert_eq!(outbox.deliver().await, []);
    outbox.context.store.retry_mails(outbox.clock.now()).unwrap();
    assert_eq!(outbox.deliver().await, []);
    outbox.pass(HOURS(9));
    assert_eq!(outbox.deliver().await.len(), 1);
}

#[tokio::test]
async fn what_is_held_for_somebody_whom_the_configuration_names_no_more_does_not_go() {
    let mut outbox = Outbox::new(nights());
    outbox.pass(HOURS(11));
    (0..2).for_each(|_| outbox.decide(&["gone@x", "a@x"]));
    assert_eq!(outbox.deliver().await, []);
    outbox.pass(HOURS(9));
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.extend(outbox.deliver().await.into_iter().map(|(to, _)| to));
    }
    assert_eq!(sent, ["a@x"]);
    let rows = outbox.context.store.outbox(100).unwrap();
    let gone: Vec<_> = rows.iter().filter(|row| row.recipient == "gone@x").map(|row| row.state).collect();
    assert_eq!(gone, [MailState::Dead, MailState::Dead], "it is kept for another try, if they are named again");
}

#[tokio::test]
async fn a_mail_that_arrives_does_not_hide_another_that_was_refused() {
    let mut outbox = Outbox::new(Schedule::default());
    let (context, now) = (outbox.context.clone(), outbox.clock.now());
    let complaints = || {
        let all = context.store.complaints().unwrap();
        all.into_iter().map(|one| one.message).collect::<Vec<_>>()
    };
    outbox.decide(&["a@x"]);
    let first = context.store.next_mail(now).unwrap().unwrap();
    context.store.mail_dead(first.id, "550 no such user", now).unwrap();
    outbox.decide(&["a@x"]);
    let tried = deliver::next(&context, &AtomicBool::new(false)).await.unwrap();
    assert!(matches!(tried, Tried::Accepted { .. }), "{tried:?}");
    deliver::tell_health(&context, &tried).await.unwrap();
    let message = "mail to a@x was refused for good: 550 no such user; mend it, then `chimera-insight mail retry`";
    assert_eq!(complaints(), [message]);
    context.store.retry_mails(now).unwrap();
    let tried = deliver::next(&context, &AtomicBool::new(false)).await.unwrap();
    deliver::tell_health(&context, &tried).await.unwrap();
    assert_eq!(complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_with_somebody_who_is_named_no_more_is_forgotten() {
    let outbox = Outbox::new(Schedule::default());
    let store = &outbox.context.store;
    for cause in ["mail to a@x", "mail to gone@x", "webhook:gone", "place"] {
        store.complain(cause, "it is broken", outbox.clock.now()).unwrap();
    }
    deliver::forget_strangers(&outbox.context).unwrap();
    let mut left: Vec<_> = store.complaints().unwrap().into_iter().map(|one| one.cause).collect();
    left.sort();
    assert_eq!(left, ["mail to a@x", "place"]);
}
