//! A mail: MIME bytes that were frozen when it was decided, on their way to one recipient.
//!
//! This module composes the bytes ([`compose`]) and hands them to a server or to a directory ([`deliver`]). What has to be
//! sent, and what became of it, are rows of the outbox; whoever owns those rows calls [`deliver`], acts on the
//! [`Delivery`] and waits for [`backoff`] before the next attempt.
//!
//! How it fails: [`deliver`] never returns an error, because each outcome is something to write into the row. Only an answer of
//! 250 after the final dot counts as accepted. Between the final dot and that answer nobody can know whether the server took the
//! mail ([`Delivery::Unknown`]): then, and only then, the same bytes with the same Message-ID may reach it twice.

pub mod address;
mod backoff;
mod compose;
mod files;
pub mod quiet;
pub mod smtp;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::path::PathBuf;

pub use backoff::backoff;
pub use compose::{ComposeError, Draft, compose, message_id};
pub use files::{FileDrop, file_name};

/// Where mails go.
#[derive(Clone)]
pub enum Transport {
    /// A mail server.
    Smtp(smtp::Settings),
    /// A directory of `.eml` files, one a mail. `write` stores a file so that it is either whole or not there.
    Files { dir: PathBuf, write: FileDrop },
    /// A mail server that cannot be used as configured: every mail waits.
    Unavailable { reason: String },
}

/// Whom a frozen mail is from and for. One recipient: a bad address must not hold up the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The sender's bare address: bounces go there.
    pub from: String,
    /// The recipient's bare address.
    pub to: String,
    /// Without angle brackets; names the file of the directory transport.
    pub message_id: String,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server answered 250 to the whole mail: done, for ever.
    Accepted { response: String },
    /// Not taken, for a reason that may pass: try again later.
    Deferred { scope: Scope, reason: String },
    /// Refused for good: a dead letter until a person revives it. `code` is the server's (5xx), or `None` when the envelope
    /// holds something that is no address.
    Rejected { code: Option<u16>, reason: String },
    /// The whole mail was handed over and no answer came: the same bytes have to go out again.
    Unknown { reason: String },
}

/// How far a deferral reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The server cannot be used now (unreachable, untrusted, refuses our login): other mails need not be tried.
    Server,
    /// The server does not take this mail now; it may take others.
    Mail,
}

/// Tries once to hand `bytes` over. Takes no longer than the deadlines of the transport's settings.
///
/// `before_data` runs when the recipient has been accepted and nothing of the mail has been sent; it is the place to record that
/// the mail may be under way. If it fails nothing is sent.
pub async fn deliver<F, Fut, E>(transport: &Transport, envelope: &Envelope, bytes: &[u8], before_data: F) -> Delivery
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    match transport {
        Transport::Smtp(settings) => smtp::deliver(settings, envelope, bytes, before_data).await,
        Transport::Files { dir, write } => files::deliver(dir, write, envelope, bytes, before_data).await,
        Transport::Unavailable { reason } => Delivery::Deferred { scope: Scope::Server, reason: reason.clone() },
    }
}

/// The outcome when the caller could not record that a mail is about to be sent.
fn unrecorded(error: impl Display) -> Delivery {
    Delivery::Deferred { scope: Scope::Mail, reason: format!("not sent, because that could not be recorded: {error}") }
}
