use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::analysis::alerts::{AlertRecord, Breach, Evidence, Known, Occasion, Says, Signal, advance};
use crate::clock::{Clock as _, ManualClock};
use crate::daemon::context::{MailSettings, ReportSettings, Schedule, Settings, Tree};
use crate::daemon::stage::{deliver, report};
use crate::domain::alert::AlertKind;
use crate::domain::series::{Direction, SeriesKey};
use crate::mail::Transport;
use crate::mail::quiet::Weekly;
use crate::store::{FinishedReport, OutboxRow, Purpose, Store};

/// A daemon without files, whose clock moves by hand. It is Monday, 2026-03-02, 12:00 UTC.
struct Desk {
    dir: tempfile::TempDir,
    context: Context,
    clock: ManualClock,
}

impl Desk {
    fn new(schedule: Schedule) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap());
        let settings = Settings {
            tree: Tree {
                base: dir.path().to_owned(),
                roots: Vec::new(),
                state: dir.path().to_owned(),
                named: String::new(),
            },
            watch: Default::default(),
            artifact: Default::default(),
            judge: Default::default(),
            kept: Default::default(),
            insight: Default::default(),
            report: ReportSettings::default(),
            mail: MailSettings {
                to: vec!["a@x".into(), "b@x".into()],
                from: "chimera@localhost".into(),
                subject_prefix: "[c]".into(),
                list_id: Some("test".into()),
                domain: "test".into(),
                transport: Transport::Files { dir: dir.path().join("outbox"), write: deliver::file_drop() },
                routes: Default::default(),
                schedule,
            },
            agents: Default::default(),
            webhooks: Vec::new(),
        };
        let store = Arc::new(Store::open(dir.path()).unwrap());
        let context = Context::new(store, Arc::new(clock.clone()), settings);
        Self { dir, context, clock }
    }

    /// What a budget says of these cases: broken, or kept again.
    fn says(&self, cases: &[&str], broken: bool) {
        let now = self.clock.now();
        let signal = |case: &&str| {
            let series =
                SeriesKey { benchmark: "b".into(), case: (*case).into(), metric: "t".into(), ..SeriesKey::default() };
            let breach = Breach { limit: 1.0, value: 2.0, began: now, at: now, run: None, recover: 1 };
            let says = if broken { Says::Confirmed(Evidence::Budget(breach)) } else { Says::Good };
            Signal {
                kind: AlertKind::Budget,
                series,
                direction: Direction::Lower,
                says,
                fresh: vec![1.0],
                newest: None,
                reason: format!("It is beyond the limit in {case}."),
                shadow: false,
                noise: None,
            }
        };
        let signals: Vec<Signal> = cases.iter().map(signal).collect();
        let signals: Vec<&Signal> = signals.iter().collect();
        let known = self.context.store.alerts().unwrap().into_iter().next();
        let known = known.map(|alert| Known { id: alert.id, record: alert.record });
        let settings = self.context.settings();
        let occasion = Occasion { now, backfill: false, settings: &settings.judge };
        let record: Option<&AlertRecord> = known.as_ref().map(|known| &known.record);
        let step = advance(&signals[0].key(), record, &signals, &occasion).unwrap();
        let row = AlertRow::new(known.map(|known| known.id), step);
        self.context.store.move_alerts(&[row], None, now).unwrap();
    }

    /// Composes and sends what there is; gives the mails that went to `a@x`, oldest first, of those after the first `known`.
    async fn mailed(&self, known: usize) -> Vec<OutboxRow> {
        while let Some(landing) = self.context.store.next_landing(Stage::Report, self.clock.now()).unwrap() {
            report::run(&self.context, &landing).unwrap();
        }
        while deliver::next(&self.context, &AtomicBool::new(false)).await.unwrap() != deliver::Tried::Nothing {}
        let mut rows = self.context.store.outbox(100).unwrap();
        rows.retain(|row| row.recipient == "a@x");
        rows.reverse();
        rows.split_off(known)
    }

    fn pass(&self, span: SignedDuration) {
        self.clock.advance(span.try_into().unwrap());
    }

    fn eml(&self, row: &OutboxRow) -> String {
        std::fs::read_to_string(self.dir.path().join("outbox").join(format!("{}.eml", row.message_id))).unwrap()
    }
}

const MINUTES: fn(i64) -> SignedDuration = SignedDuration::from_mins;

#[tokio::test]
async fn updates_of_a_thread_wait_for_their_turn_and_come_together() {
    let desk = Desk::new(Schedule::default());
    desk.says(&["one"], true);
    let first = desk.mailed(0).await;
    assert_eq!(first.len(), 1);
    for case in ["two", "three"] {
        desk.pass(MINUTES(1));
        desk.says(&[case], true);
        assert!(!tick(&desk.context).unwrap());
        assert_eq!(desk.mailed(1).await, [], "people were told a moment ago");
    }
    desk.pass(MINUTES(2));
    assert!(!tick(&desk.context).unwrap());
    desk.pass(MINUTES(1));
    assert!(tick(&desk.context).unwrap());
    let update = desk.mailed(1).await;
    assert_eq!(update.len(), 1, "one mail for both");
    let eml = desk.eml(&update[0]);
    assert!(eml.contains("limit in two") && eml.contains("limit in three"), "{eml}");
    assert!(eml.contains(&format!("In-Reply-To: <{}>", first[0].message_id)), "{eml}");
    assert!(!tick(&desk.context).unwrap(), "it is told once");
}

#[tokio::test]
async fn the_end_does_not_wait_and_takes_along_what_waits() {
    let desk = Desk::new(Schedule::default());
    desk.says(&["one"], true);
    desk.mailed(0).await;
    desk.says(&["two"], true);
    assert_eq!(desk.mailed(1).await, []);
    desk.pass(MINUTES(1));
    desk.says(&["one", "two"], false);
    let end = desk.mailed(1).await;
    assert_eq!(end.len(), 1);
    let eml = desk.eml(&end[0]);
    assert!(eml.contains("limit in two") && eml.contains("esolved"), "{eml}");
    desk.pass(MINUTES(30));
    assert!(!tick(&desk.context).unwrap(), "nothing waits any more");
}

#[tokio::test]
async fn what_nobody_takes_is_mailed_again_in_its_thread() {
    let desk = Desk::new(Schedule::default());
    desk.says(&["one"], true);
    let first = desk.mailed(0).await;
    // The report of the landing that told of it first.
    let path = Some(b"/srv/lab/insight.md".as_slice());
    let done = FinishedReport { path, own: &[], mails: &[], purpose: Purpose::News, later: &[], facts: None };
    desk.context.store.finish_landing(first[0].landing, &done, desk.clock.now()).unwrap();
    desk.pass(SignedDuration::from_hours(24));
    assert!(tick(&desk.context).unwrap());
    let again = desk.mailed(1).await;
    assert_eq!(again.len(), 1);
    assert!(desk.eml(&again[0]).contains("The report: `/srv/lab/insight.md`"), "{}", desk.eml(&again[0]));
    assert!(desk.eml(&again[0]).contains(&format!("In-Reply-To: <{}>", first[0].message_id)));
    assert!(!tick(&desk.context).unwrap());
    desk.pass(SignedDuration::from_hours(6 * 24));
    assert!(!tick(&desk.context).unwrap());
    desk.pass(SignedDuration::from_hours(24));
    assert!(tick(&desk.context).unwrap());
    assert_eq!(desk.mailed(2).await.len(), 1);
}

#[tokio::test]
async fn the_week_is_told_once_at_its_slot_and_not_about_the_past() {
    let weekly = Some(Weekly::parse("mon 08:00").unwrap());
    let mut desk = Desk::new(Schedule { weekly, ..Schedule::default() });
    desk.says(&["one"], true);
    assert_eq!(desk.mailed(0).await.len(), 1);
    assert!(!tick(&desk.context).unwrap(), "the slot of today was over when it began");
    desk.pass(SignedDuration::from_hours(6 * 24));
    tick(&desk.context).unwrap();
    let known = 1 + desk.mailed(1).await.len();
    desk.pass(SignedDuration::from_hours(21));
    assert!(tick(&desk.context).unwrap());
    let week = desk.mailed(known).await;
    assert_eq!(week.len(), 1);
    assert!(week[0].subject.contains("week"), "{}", week[0].subject);
    assert_eq!(desk.context.store.outbox(100).unwrap().iter().filter(|row| row.recipient == "b@x").count(), known + 1);
    assert!(!tick(&desk.context).unwrap());
    // A clock that steps back and forth tells nothing again.
    let now = desk.clock.now();
    for at in ["2026-03-08T12:00:00Z".parse::<Timestamp>().unwrap(), now] {
        desk.clock = ManualClock::new(at);
        let settings = (*desk.context.settings()).clone();
        desk.context = Context::new(Arc::clone(&desk.context.store), Arc::new(desk.clock.clone()), settings);
        assert!(!weekly::due(&desk.context).unwrap(), "{at}");
    }
}
