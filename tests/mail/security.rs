//! TLS: nothing in plain text that was not meant to be, whatever the server or somebody on the way does.

use std::path::{Path, PathBuf};

use chimera_insight::mail::smtp::{Secret, Security, Settings, probe};
use chimera_insight::mail::{Delivery, Scope};

use crate::fake::{Behaviour, FakeSmtp, ca_file};
use crate::{attempt, local};

const TO: &str = "team@example.org";
/// base64 of NUL reporter NUL s3cret
const LOGIN: &str = "AHJlcG9ydGVyAHMzY3JldA==";

fn trusting(port: u16, security: Security, ca_file: Option<PathBuf>) -> Settings {
    let login = (Some("reporter".to_owned()), Some(Secret::new("s3cret")));
    Settings { user: login.0, password: login.1, ca_file, ..local(port, security) }
}

/// The reason why `settings` lead to no delivery now; checks that the server saw nothing but a greeting in plain text.
async fn refused(server: &FakeSmtp, settings: &Settings) -> String {
    let (delivery, begun) = attempt(settings, TO).await;
    let Delivery::Deferred { scope: Scope::Server, reason } = delivery else { panic!("{delivery:?}") };
    assert!(!begun);
    assert_eq!(server.accepted(), []);
    for line in server.commands() {
        let harmless = line.starts_with("tls ") || line.starts_with("EHLO") || line == "STARTTLS" || line == "QUIT";
        assert!(harmless, "{line:?} was sent, although: {reason}");
    }
    reason
}

#[tokio::test]
async fn starttls_protects_the_login_and_the_mail() {
    let behaviour = Behaviour { starttls: Some("valid"), login: Some(LOGIN), ..Behaviour::default() };
    let server = FakeSmtp::start(behaviour);
    for security in [Security::StartTls, Security::Auto] {
        let (delivery, _) = attempt(&trusting(server.port(), security, Some(ca_file())), TO).await;
        assert!(matches!(delivery, Delivery::Accepted { .. }), "{delivery:?}");
    }
    assert!(server.wait_for(2).iter().all(|mail| mail.tls));
    let login = server.commands().into_iter().filter(|line| line.contains("AUTH"));
    assert!(login.into_iter().all(|line| line.starts_with("tls ")));
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let server = FakeSmtp::start(Behaviour { tls: Some("valid"), login: Some(LOGIN), ..Behaviour::default() });
    let (delivery, _) = attempt(&trusting(server.port(), Security::Tls, Some(ca_file())), TO).await;
    assert!(matches!(delivery, Delivery::Accepted { .. }), "{delivery:?}");
    assert!(server.wait_for(1)[0].tls);
}

#[tokio::test]
async fn stripped_starttls_is_never_answered_by_plain_text() {
    let server = FakeSmtp::start(Behaviour { login: Some(LOGIN), ..Behaviour::default() });
    for security in [Security::StartTls, Security::Auto] {
        let reason = refused(&server, &trusting(server.port(), security, None)).await;
        assert!(reason.starts_with("STARTTLS: not offered"), "{reason}");
    }
    refused(&server, &trusting(server.port(), Security::Tls, None)).await;
}

#[tokio::test]
async fn plain_text_to_another_machine_is_refused_before_connecting() {
    let settings = Settings { host: "mail.example.org".to_owned(), ..local(25, Security::None) };
    let (delivery, _) = attempt(&settings, TO).await;
    let Delivery::Deferred { reason, .. } = delivery else { panic!("{delivery:?}") };
    assert_eq!(reason, "settings: mail to mail.example.org needs TLS: plain text is for a loopback host only");
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused() {
    let cases = [
        ("expired", Some(ca_file()), "certificate expired"),
        ("valid", None, "UnknownIssuer"),
        ("other", Some(ca_file()), "not valid for name"),
    ];
    for (certificate, ca, word) in cases {
        let starttls = FakeSmtp::start(Behaviour { starttls: Some(certificate), ..Behaviour::default() });
        let reason = refused(&starttls, &trusting(starttls.port(), Security::StartTls, ca.clone())).await;
        assert!(reason.contains(word), "{certificate}: {reason}");

        let tls = FakeSmtp::start(Behaviour { tls: Some(certificate), ..Behaviour::default() });
        let reason = refused(&tls, &trusting(tls.port(), Security::Tls, ca)).await;
        assert!(reason.contains(word), "{certificate}: {reason}");
    }
}

#[tokio::test]
async fn a_login_that_the_server_does_not_offer_is_named() {
    let server = FakeSmtp::start(Behaviour { starttls: Some("valid"), ..Behaviour::default() });
    let settings =
        Settings { host: "127.0.0.1".to_owned(), ..trusting(server.port(), Security::Auto, Some(ca_file())) };
    let reason = refused(&server, &settings).await;
    assert_eq!(reason, "login: the server offers neither AUTH PLAIN nor AUTH LOGIN");
}

#[tokio::test]
async fn answers_smuggled_in_before_tls_are_not_believed() {
    let smuggled = "250-fake\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken";
    let behaviour = Behaviour { starttls: Some("valid"), smuggled: Some(smuggled), ..Behaviour::default() };
    let server = FakeSmtp::start(behaviour);
    let reason = refused(&server, &trusting(server.port(), Security::StartTls, Some(ca_file()))).await;
    assert!(reason.starts_with("STARTTLS: "), "{reason}");
}

#[tokio::test]
async fn an_authority_file_that_holds_none_is_named() {
    let server = FakeSmtp::start(Behaviour { starttls: Some("valid"), ..Behaviour::default() });
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "nothing here\n").unwrap();
    let settings = |path: &Path| trusting(server.port(), Security::StartTls, Some(path.to_owned()));
    let reason = refused(&server, &settings(&empty)).await;
    assert_eq!(
        reason,
        format!("TLS: ca_file {}: holds no PEM certificate (localhost:{})", empty.display(), server.port())
    );
    let missing = dir.path().join("missing.pem");
    let reason = refused(&server, &settings(&missing)).await;
    assert!(reason.contains("missing.pem: No such file"), "{reason}");
}

#[tokio::test]
async fn a_probe_goes_up_to_the_login_and_sends_nothing() {
    let behaviour = Behaviour { starttls: Some("valid"), login: Some(LOGIN), ..Behaviour::default() };
    let server = FakeSmtp::start(behaviour);
    let port = server.port();
    let found = probe(&trusting(port, Security::StartTls, Some(ca_file()))).await;
    assert_eq!(found, Ok(format!("localhost:{port} greets as fake, TLS, logged in as reporter")));
    let lines = server.commands();
    assert!(lines.contains(&"tls NOOP".to_owned()) && lines.contains(&"tls QUIT".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("MAIL")), "{lines:?}");

    let refused = probe(&trusting(port, Security::StartTls, None)).await;
    assert!(refused.as_ref().is_err_and(|reason| reason.contains("UnknownIssuer")), "{refused:?}");
}
