//! What each behaviour of a server means for the mail.

use std::sync::Arc;
use std::time::Duration;

use chimera_insight::mail::smtp::{Secret, Security, Settings, Timeouts};
use chimera_insight::mail::{Delivery, Scope, Transport, deliver};

use crate::fake::{Behaviour, FakeSmtp};
use crate::{attempt, local, mail_to};

const TO: &str = "team@example.org";

/// Delivers to a server that behaves so, in plain text, with short deadlines only where the server does not answer.
async fn outcome(behaviour: Behaviour) -> (Delivery, bool, FakeSmtp) {
    let server = FakeSmtp::start(behaviour);
    let (delivery, begun) = attempt(&local(server.port(), Security::None), TO).await;
    (delivery, begun, server)
}

fn short() -> Duration {
    Duration::from_millis(300)
}

fn reason(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Accepted { response } => response,
        Delivery::Deferred { reason, .. } | Delivery::Rejected { reason, .. } | Delivery::Unknown { reason } => reason,
    }
}

#[tokio::test]
async fn an_accepted_mail_arrives_byte_for_byte() {
    let (delivery, begun, server) = outcome(Behaviour::default()).await;
    assert_eq!(delivery, Delivery::Accepted { response: "taken".to_owned() });
    assert!(begun);
    let accepted = server.wait_for(1);
    assert_eq!(accepted.len(), 1);
    assert_eq!((accepted[0].from.as_str(), accepted[0].to.as_slice()), ("chimera@example.org", &[TO.to_owned()][..]));
    assert!(accepted[0].data == mail_to(TO, "hello").1, "{}", String::from_utf8_lossy(&accepted[0].data));
    assert!(server.commands().iter().any(|line| line == "QUIT"), "{:?}", server.commands());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_delivery_can_run_in_a_task_of_its_own() {
    let server = FakeSmtp::start(Behaviour::default());
    let settings = local(server.port(), Security::None);
    let task = tokio::spawn(async move {
        let (envelope, bytes) = mail_to(TO, "hello");
        deliver(&Transport::Smtp(settings), &envelope, &bytes, async || Ok::<(), String>(())).await
    });
    assert!(matches!(task.await.unwrap(), Delivery::Accepted { .. }));
}

#[tokio::test]
async fn answers_of_the_server_are_taken_at_their_word() {
    use Scope::{Mail, Server};
    type Expected = Result<Scope, u16>;
    let cases: Vec<(&str, Behaviour, Expected, bool)> = vec![
        (
            "greylisted",
            Behaviour { refuse: vec![(TO, "450 4.2.0 greylisted")], ..Behaviour::default() },
            Ok(Mail),
            false,
        ),
        (
            "no such user",
            Behaviour { refuse: vec![(TO, "550 5.1.1 no such user")], ..Behaviour::default() },
            Err(550),
            false,
        ),
        ("closing", Behaviour { refuse: vec![(TO, "421 closing")], ..Behaviour::default() }, Ok(Server), false),
        ("sender refused", Behaviour { at_mail: Some("553 not you"), ..Behaviour::default() }, Err(553), false),
        ("login wanted", Behaviour { at_mail: Some("530 log in"), ..Behaviour::default() }, Ok(Server), false),
        ("DATA refused", Behaviour { at_data: Some("554 no"), ..Behaviour::default() }, Err(554), true),
        ("DATA deferred", Behaviour { at_data: Some("451 no"), ..Behaviour::default() }, Ok(Mail), true),
        ("content deferred", Behaviour { at_end: Some("452 no space"), ..Behaviour::default() }, Ok(Mail), true),
        ("content refused", Behaviour { at_end: Some("552 too big"), ..Behaviour::default() }, Err(552), true),
        ("closed for good", Behaviour { greeting: Some("554 no service"), ..Behaviour::default() }, Ok(Server), false),
        ("busy", Behaviour { greeting: Some("421 busy"), ..Behaviour::default() }, Ok(Server), false),
        ("not SMTP", Behaviour { greeting: Some("SSH-2.0-x"), ..Behaviour::default() }, Ok(Server), false),
    ];
    for (name, behaviour, expected, expect_begun) in cases {
        let (delivery, begun, server) = outcome(behaviour).await;
        let got = match &delivery {
            Delivery::Deferred { scope, .. } => Ok(*scope),
            Delivery::Rejected { code: Some(code), .. } => Err(*code),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!((got, begun), (expected, expect_begun), "{name}: {delivery:?}");
        assert_eq!(server.accepted(), [], "{name}");
    }
}

#[tokio::test]
async fn a_reason_names_the_step_and_quotes_the_server() {
    let behaviour = Behaviour { refuse: vec![(TO, "550 5.1.1 no\tsuch user")], ..Behaviour::default() };
    let (delivery, _, _server) = outcome(behaviour).await;
    assert_eq!(reason(&delivery), "recipient: the server answered 550 5.1.1 no such user");
}

#[tokio::test]
async fn nothing_is_sent_when_it_cannot_be_recorded() {
    let server = FakeSmtp::start(Behaviour::default());
    let (envelope, bytes) = mail_to(TO, "hello");
    let transport = Transport::Smtp(local(server.port(), Security::None));
    let delivery = deliver(&transport, &envelope, &bytes, async || Err("the disk is full")).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Mail, .. }), "{delivery:?}");
    assert!(reason(&delivery).contains("the disk is full"));
    assert!(!server.commands().iter().any(|line| line == "DATA"), "{:?}", server.commands());
}

#[tokio::test]
async fn only_354_invites_the_content_and_only_250_accepts_it() {
    let (delivery, _, server) = outcome(Behaviour { at_data: Some("250 done already"), ..Behaviour::default() }).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
    assert_eq!(server.commands().last().map(String::as_str), Some("DATA"), "the conversation ends there");

    for end in ["354 go on", "220 hello", "ok"] {
        let (delivery, _, _server) = outcome(Behaviour { at_end: Some(end), ..Behaviour::default() }).await;
        assert!(matches!(delivery, Delivery::Unknown { .. }), "{end}: {delivery:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_defers_within_our_deadline() {
    let behaviours = [
        Behaviour { silent: true, ..Behaviour::default() },
        Behaviour { drip: Some(Duration::from_millis(20)), ..Behaviour::default() },
    ];
    for behaviour in behaviours {
        let server = FakeSmtp::start(behaviour);
        let timeouts = Timeouts { command: short(), ..Timeouts::default() };
        let settings = Settings { timeouts, ..local(server.port(), Security::None) };
        let (delivery, begun) = attempt(&settings, TO).await;
        assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
        assert_eq!(reason(&delivery), format!("greeting: no answer within 0.3 s (localhost:{})", server.port()));
        assert!(!begun);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_by_its_size() {
    let (delivery, _, _server) = outcome(Behaviour { endless: true, ..Behaviour::default() }).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
    assert!(reason(&delivery).contains("more than 1048576 bytes"), "{delivery:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_defers() {
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (delivery, _) = attempt(&local(closed, Security::None), TO).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
    assert!(reason(&delivery).starts_with("connection: "), "{delivery:?}");
}

#[tokio::test]
async fn a_connection_lost_before_the_dot_defers() {
    let server = FakeSmtp::start(Behaviour { cut_in_data: true, ..Behaviour::default() });
    // More than both ends can buffer, so that the dot has not even been written.
    let (envelope, bytes) = mail_to(TO, &"a line of text\n".repeat(2 << 20));
    let transport = Transport::Smtp(local(server.port(), Security::None));
    let delivery = deliver(&transport, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
    assert_eq!(server.accepted(), []);
}

#[tokio::test]
async fn without_an_answer_to_the_dot_the_same_bytes_go_out_again() {
    let cut = Behaviour { cut_after_dot: true, ..Behaviour::default() };
    let hang = Behaviour { hang_after_dot: true, ..Behaviour::default() };
    for (behaviour, data) in [(cut, Timeouts::default().data), (hang, short())] {
        let server = FakeSmtp::start(behaviour);
        let timeouts = Timeouts { data, ..Timeouts::default() };
        let settings = Settings { timeouts, ..local(server.port(), Security::None) };
        let (delivery, begun) = attempt(&settings, TO).await;
        assert!(matches!(delivery, Delivery::Unknown { .. }), "{delivery:?}");
        assert!(begun);

        server.set(Behaviour::default());
        let (again, _) = attempt(&local(server.port(), Security::None), TO).await;
        assert!(matches!(again, Delivery::Accepted { .. }), "{again:?}");
        let accepted = server.wait_for(2);
        assert!(accepted[0] == accepted[1], "the repeat differs");
    }
}

#[tokio::test]
async fn one_bad_recipient_of_three_leaves_the_others_alone() {
    let behaviour = Behaviour { refuse: vec![("b@example.org", "550 unknown")], ..Behaviour::default() };
    let server = FakeSmtp::start(behaviour);
    let settings = local(server.port(), Security::None);
    let mut outcomes = Vec::new();
    for to in ["a@example.org", "b@example.org", "c@example.org"] {
        outcomes.push(matches!(attempt(&settings, to).await.0, Delivery::Accepted { .. }));
    }
    assert_eq!(outcomes, [true, false, true]);
    let reached: Vec<String> = server.wait_for(2).into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(reached, ["a@example.org", "c@example.org"]);
}

#[tokio::test]
async fn an_envelope_that_is_no_address_never_reaches_the_server() {
    let server = FakeSmtp::start(Behaviour::default());
    let (mut envelope, bytes) = mail_to(TO, "hello");
    envelope.to = "team@example.org>\r\nRCPT TO:<other@example.org".to_owned();
    let transport = Transport::Smtp(local(server.port(), Security::None));
    let delivery = deliver(&transport, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Rejected { code: None, .. }), "{delivery:?}");
    assert_eq!(server.commands(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_wrong_password_defers_because_a_person_can_mend_it() {
    let behaviour = Behaviour { login: Some("AHJlcG9ydGVyAHMzY3JldA=="), ..Behaviour::default() };
    let server = FakeSmtp::start(behaviour);
    let with = |password: &str| Settings {
        user: Some("reporter".to_owned()),
        password: Some(Secret::new(password)),
        ..local(server.port(), Security::None)
    };
    let (wrong, begun) = attempt(&with("guess"), TO).await;
    assert!(matches!(wrong, Delivery::Deferred { scope: Scope::Server, .. }), "{wrong:?}");
    assert_eq!(reason(&wrong), "login: the server answered 535 5.7.8 wrong password");
    assert!(!begun);
    let (right, _) = attempt(&with("s3cret"), TO).await;
    assert!(matches!(right, Delivery::Accepted { .. }), "{right:?}");
}

#[tokio::test]
async fn the_directory_transport_drops_whole_files() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("state/outbox");
    let (envelope, bytes) = mail_to(TO, "hello");
    let write = Arc::new(|dir: &std::path::Path, name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes));
    let transport = Transport::Files { dir: dir.clone(), write };
    let delivery = deliver(&transport, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Accepted { .. }), "{delivery:?}");
    assert!(std::fs::read(dir.join(format!("{}.eml", envelope.message_id))).unwrap() == bytes);

    let write = Arc::new(|_: &std::path::Path, _: &str, _: &[u8]| Err(std::io::Error::other("no space")));
    let full = Transport::Files { dir, write };
    let delivery = deliver(&full, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }), "{delivery:?}");
    assert!(reason(&delivery).contains("no space"));
}
