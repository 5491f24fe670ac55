//! Webhooks over real sockets: each answer, silence, endless words, redirects, TLS that proves nothing, and the signature.

use std::convert::Infallible;
use std::time::Duration;

use chimera_insight::hook::{Address, Delivery, Message, Scope, Secret, Settings, Target, deliver};
use harness::hook::{FakeHook, Posted, Reply};
use harness::smtp::{Behaviour, FakeSmtp};
use jiff::Timestamp;

const MESSAGE: Message<'static> = Message { id: "0123@bench.example.org", body: "{\"text\":\"größer\"}".as_bytes() };
const SECRET: &str = "s3cret of the team";

fn at(url: &str) -> Settings {
    let target = Target::Ready { address: Address::parse(url).unwrap(), secret: Some(Secret::new(SECRET)) };
    Settings { name: "chat".to_owned(), target, timeout: Duration::from_secs(20) }
}

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

/// One attempt; and whether it was said before that the message may be under way.
async fn attempt(settings: &Settings) -> (Delivery, bool) {
    let mut begun = false;
    let before = async || {
        begun = true;
        Ok::<(), Infallible>(())
    };
    let delivery = deliver(settings, MESSAGE, now(), before).await;
    (delivery, begun)
}

/// What is told of an attempt after which nobody knows whether the message was taken.
async fn unknown(settings: &Settings) -> String {
    match attempt(settings).await.0 {
        Delivery::Unknown { reason } => reason,
        other => panic!("{other:?}"),
    }
}

async fn deferred(settings: &Settings) -> (Scope, String, Option<Duration>) {
    match attempt(settings).await.0 {
        Delivery::Deferred { scope, reason, wait } => (scope, reason, wait),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_posted_once_signed_and_whole() {
    let server = FakeHook::start([]);
    let (delivery, begun) = attempt(&at(&server.url("/services/T0/B0/key?sig=1"))).await;
    assert_eq!(delivery, Delivery::Accepted { response: "200 OK: ok".to_owned() });
    assert!(begun);
    let [posted] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(posted.line, "POST /services/T0/B0/key?sig=1 HTTP/1.1");
    assert_eq!(posted.body, MESSAGE.body);
    assert_eq!(posted.header("content-type"), "application/json");
    assert!(posted.header("user-agent").starts_with("chimera-insight/"));
    assert_eq!((posted.header("x-chimera-delivery"), posted.header("x-chimera-timestamp")), (MESSAGE.id, "1772600767"));
    assert!(verified(posted, SECRET, 1_772_600_767), "the documented check takes it");
    assert!(!verified(posted, "another secret", 1_772_600_767));
    assert!(!verified(posted, SECRET, 1_772_600_767 + 600), "old ones are refused");
    let mut forged = posted.clone();
    forged.body.push(b' ');
    assert!(!verified(&forged, SECRET, 1_772_600_767));
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let server = FakeHook::start([Reply::status(204, "")]);
    let mut settings = at(&server.url("/"));
    settings.target = Target::Ready { address: Address::parse(&server.url("/")).unwrap(), secret: None };
    assert_eq!(attempt(&settings).await.0, Delivery::Accepted { response: "204 No Content".to_owned() });
    assert_eq!(server.requests()[0].header("x-chimera-signature"), "");
}

#[tokio::test]
async fn each_answer_means_what_it_says() {
    let server = FakeHook::start([]);
    let settings = at(&server.url("/services/T000001/keykeykey"));
    for status in [400, 401, 403, 404, 410, 413] {
        server.set([Reply::status(status, "no_service\nfor keykeykey, T000001 or s3cret of the team")]);
        let Delivery::Rejected { reason } = attempt(&settings).await.0 else { panic!("{status}") };
        assert!(reason.contains(": no_service for [address], [address] or [secret]"), "{reason}");
    }
    for (status, scope) in [
        (408, Scope::Message),
        (425, Scope::Message),
        (429, Scope::Address),
        (500, Scope::Address),
        (503, Scope::Address),
    ] {
        server.set([Reply::with(status, "Retry-After: 77")]);
        let (found, reason, wait) = deferred(&settings).await;
        assert_eq!((found, wait), (scope, Some(Duration::from_secs(77))), "{reason}");
    }
    server.set([Reply::with(429, "Retry-After: Wed, 04 Mar 2026 05:08:07 GMT")]);
    assert_eq!(deferred(&settings).await.2, Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = FakeHook::start([]);
    let location = format!("Location: {}", elsewhere.url("/s3cretplace"));
    let server =
        FakeHook::start([Reply::with(308, &location), Reply::with(302, &location), Reply::with(307, &location)]);
    let settings = at(&server.url("/"));
    let Delivery::Rejected { reason } = attempt(&settings).await.0 else { panic!("moved for good") };
    assert_eq!(reason, "308 Permanent Redirect; it moved for good (to 127.0.0.1): correct its url");
    for _ in 0..2 {
        let (scope, reason, _) = deferred(&settings).await;
        assert!(
            scope == Scope::Address && reason.ends_with("it points elsewhere (to 127.0.0.1), which is not followed"),
            "{reason}"
        );
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn who_never_answers_is_given_up() {
    let server =
        FakeHook::start([Reply::Silence, Reply::Drip(Duration::from_millis(20)), Reply::Close, Reply::Nonsense]);
    let settings = Settings { timeout: Duration::from_millis(200), ..at(&server.url("/")) };
    for reason in ["no answer within 0.2 s; it may have been taken", "no answer within 0.2 s; it may have been taken"] {
        assert_eq!(unknown(&settings).await, reason);
    }
    let settings = at(&server.url("/"));
    for _ in 0..2 {
        let reason = unknown(&settings).await;
        assert!(reason.starts_with("the connection ended without an answer"), "{reason}");
    }
    let gone = at(&FakeHook::start([]).url("/"));
    assert_eq!(server.requests().len(), 4);
    let (Delivery::Deferred { reason, .. } | Delivery::Unknown { reason }) = attempt(&gone).await.0 else {
        panic!("nobody is there")
    };
    assert!(reason.contains("refused") || reason.contains("ended"), "{reason}");
}

#[tokio::test]
async fn the_status_decides_however_much_is_said() {
    let server = FakeHook::start([Reply::Endless(200), Reply::Endless(500)]);
    let settings = at(&server.url("/"));
    let Delivery::Accepted { response } = attempt(&settings).await.0 else { panic!("200") };
    assert_eq!(response, format!("200 OK: {}", "x".repeat(200)));
    assert!(deferred(&settings).await.1.starts_with("500 Internal Server Error: xxx"));
    // What stands in the buffers of both sockets, and not the answer.
    assert!(server.sent() < 100_000_000, "{}", server.sent());
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_gets_nothing() {
    let server = FakeSmtp::start(Behaviour { tls: Some("valid"), ..Behaviour::default() });
    let (scope, reason, _) = deferred(&at(&format!("https://localhost:{}/key", server.port()))).await;
    assert!(scope == Scope::Address && reason.starts_with("no trusted connection: "), "{reason}");
    assert_eq!(server.commands(), Vec::<String>::new(), "nothing was said to it");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_sent() {
    let server = FakeHook::start([]);
    let unable = async || Err("the disk is full");
    let delivery = deliver(&at(&server.url("/")), MESSAGE, now(), unable).await;
    let Delivery::Deferred { scope: Scope::Message, reason, .. } = delivery else { panic!("{delivery:?}") };
    assert!(reason.ends_with("the disk is full"), "{reason}");
    let target = Target::Unavailable { reason: "its secret is not to be had".to_owned() };
    let (delivery, begun) = attempt(&Settings { target, ..at(&server.url("/")) }).await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Address, .. }) && !begun, "{delivery:?}");
    assert_eq!(server.requests(), []);
}

/// What the check of `docs/webhooks.md` says of a request, at this second.
fn verified(posted: &Posted, secret: &str, now: i64) -> bool {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/webhooks.md")).unwrap();
    let snippet = docs.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a snippet");
    let asks = "import sys\nok = is_genuine(sys.argv[1].encode(), sys.argv[2], sys.argv[3], sys.stdin.buffer.read(), now=int(sys.argv[4]))\n\
                sys.exit(0 if ok else 1)\n";
    let headers = [posted.header("x-chimera-timestamp"), posted.header("x-chimera-signature")];
    let mut python = Command::new("python3");
    python.arg("-c").arg(format!("{snippet}\n{asks}")).arg(secret).args(headers).arg(now.to_string());
    let mut child = python.stdin(Stdio::piped()).spawn().expect("python3 runs");
    child.stdin.take().unwrap().write_all(&posted.body).unwrap();
    match child.wait().unwrap().code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("the snippet failed: {other:?}"),
    }
}
