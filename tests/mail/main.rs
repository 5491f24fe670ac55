//! Delivery from outside: each outcome over real sockets, against a server that misbehaves on request and against a real one.

mod exim;
mod letters;
mod outcomes;
mod security;
mod webhook;

use std::convert::Infallible;

use chimera_insight::mail::smtp::{Security, Settings};
use chimera_insight::mail::{Delivery, Draft, Envelope, Transport, compose, deliver};
use harness::smtp as fake;
use jiff::Timestamp;

/// A composed mail and its envelope. The text holds what the protocol could trip over.
fn mail_to(to: &str, text: &str) -> (Envelope, Vec<u8>) {
    let message_id = format!("0123456789abcdef@{}", to.replace('@', "."));
    let draft = Draft {
        from: "Chimera Insight <chimera@example.org>".to_owned(),
        to: to.to_owned(),
        subject: "[chimera] 3 regressions in gemma3: ttft +12.4 % worst".to_owned(),
        text: format!("{text}\n.\n..dots\n.\nThe end: größer als vorher"),
        html: "<p>the same</p>".to_owned(),
        chart: None,
        message_id: message_id.clone(),
        date: "2026-11-21T22:00:00Z".parse::<Timestamp>().unwrap(),
        in_reply_to: None,
        references: Vec::new(),
        list_id: Some("Benchmarks <bench.example.org>".to_owned()),
        headers: vec![("X-Chimera-Alert".to_owned(), "firing".to_owned())],
    };
    (Envelope { from: "chimera@example.org".to_owned(), to: to.to_owned(), message_id }, compose(&draft).unwrap())
}

/// Settings for a server on this machine; the deadlines are the defaults.
fn local(port: u16, security: Security) -> Settings {
    Settings { port, security, ..Settings::default() }
}

/// Delivers a mail to `to` and tells whether the moment before DATA came.
async fn attempt(settings: &Settings, to: &str) -> (Delivery, bool) {
    let (envelope, bytes) = mail_to(to, "hello");
    let mut begun = false;
    let before_data = async || {
        begun = true;
        Ok::<(), Infallible>(())
    };
    let delivery = deliver(&Transport::Smtp(settings.clone()), &envelope, &bytes, before_data).await;
    (delivery, begun)
}
