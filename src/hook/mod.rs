//! A webhook: an address that takes frozen JSON by POST, signed, one message an outbox row.
//!
//! | header | what it holds |
//! | --- | --- |
//! | `Content-Type` | `application/json` |
//! | `X-Chimera-Delivery` | the row's id, the same at every try: whoever saw it before has seen the message before |
//! | `X-Chimera-Timestamp` | when this try was signed, seconds since 1970 |
//! | `X-Chimera-Signature` | `sha256=` and the HMAC of the timestamp, a point and the body; only with a secret |
//!
//! How it fails: [`deliver`] never returns an error, because each outcome is something to write into the row. An answer of 2xx is the
//! only one that counts as accepted. Until it comes nobody can know whether the message was taken, so that the same bytes with the same id
//! may reach the address twice. No redirect is followed: what is told goes to the host of the configuration and nowhere else. An address
//! may hold a key (those of chat services do), so only its host is ever shown; and what a server says is shown without it.

mod address;
mod answer;
mod sign;

use std::error::Error as _;
use std::fmt::Display;
use std::io::ErrorKind;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Request, Response};
use tokio::time::timeout;

pub use address::{Address, AddressError};
pub use sign::{Secret, signature};

/// Names the message, the same at every try.
pub const DELIVERY: &str = "X-Chimera-Delivery";
/// When a try was signed.
pub const TIMESTAMP: &str = "X-Chimera-Timestamp";
/// The signature of a try.
pub const SIGNATURE: &str = "X-Chimera-Signature";

/// Bytes of an answer that are read: its first words are told to people, and nothing else in it matters.
const READ: usize = 4 << 10;
/// How long the rest of an answer is waited for whose status is known.
const WORDS: Duration = Duration::from_secs(2);

/// A webhook as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What people call it; outbox rows are for `webhook:NAME`.
    pub name: String,
    pub target: Target,
    /// How long the connection may take, and the answer after it.
    pub timeout: Duration,
}

/// Where the messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To an address, signed where there is a secret.
    Ready { address: Address, secret: Option<Secret> },
    /// Nowhere yet: every message waits.
    Unavailable { reason: String },
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// 2xx: done, for ever. The status and the first words of the answer.
    Accepted { response: String },
    /// Not taken: the same bytes have to go out again, not before `wait` where the server named a time.
    Deferred { scope: Scope, reason: String, wait: Option<Duration> },
    /// Sent, wholly or in part, and no answer came: the same bytes have to go out again, and nothing else to this address before.
    Unknown { reason: String },
    /// Refused for good: a dead letter until a person revives it.
    Rejected { reason: String },
}

/// How far a deferral reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The address cannot be used now: what else is for it need not be tried.
    Address,
    /// This message is not taken now; others may be.
    Message,
}

/// A frozen message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// The outbox row's id.
    pub id: &'a str,
    /// JSON, in UTF-8.
    pub body: &'a [u8],
}

/// Tries once to hand `message` over, signed as of `now`. Takes about twice the timeout of the settings at the longest.
///
/// `before` runs when there is a way to the address and nothing of the message has been sent; it is the place to record that the message
/// may be under way. If it fails nothing is sent.
pub async fn deliver<F, Fut, E>(settings: &Settings, message: Message<'_>, now: Timestamp, before: F) -> Delivery
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    let (address, secret) = match &settings.target {
        Target::Ready { address, secret } => (address, secret.as_ref()),
        Target::Unavailable { reason } => return put_off(reason.clone()),
    };
    let prepared = client(address, settings.timeout).and_then(|client| {
        let request = request(&client, address, secret, message, now)?;
        Ok((client, request))
    });
    let (client, request) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return put_off(format!("the request cannot be made: {}", cause(&error))),
    };
    if let Err(error) = before().await {
        let reason = format!("not sent, because that could not be recorded: {error}");
        return Delivery::Deferred { scope: Scope::Message, reason, wait: None };
    }
    match timeout(settings.timeout.saturating_mul(2), client.execute(request)).await {
        Ok(Ok(mut response)) => {
            let words = words(&mut response).await;
            // Masked before it is cut, so that no half of a key is left.
            let words = sign::mask(&address.mask(&words), secret);
            answer::meaning(response.status(), response.headers(), &words, now)
        }
        Ok(Err(error)) if error.is_connect() => put_off(broken(&error, address)),
        Ok(Err(error)) => Delivery::Unknown { reason: broken(&error, address) },
        Err(_) => {
            let reason = format!("no answer within {} s; it may have been taken", settings.timeout.as_secs_f64());
            Delivery::Unknown { reason }
        }
    }
}

fn put_off(reason: String) -> Delivery {
    Delivery::Deferred { scope: Scope::Address, reason, wait: None }
}

/// A way out of its own for each try: there are few, and none shares a connection with another.
fn client(address: &Address, connect: Duration) -> reqwest::Result<reqwest::Client> {
    // reqwest takes the process's provider of cryptography; where one stands already, that one is kept.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("chimera-insight/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(connect)
        .http1_only();
    if address.is_loopback() {
        builder = builder.no_proxy();
    }
    if !address.is_tls() {
        // The system's authorities are read for nothing otherwise, and a machine without any could not even tell itself.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

fn request(
    client: &reqwest::Client,
    address: &Address,
    secret: Option<&Secret>,
    message: Message<'_>,
    now: Timestamp,
) -> reqwest::Result<Request> {
    let timestamp = now.as_second();
    let mut request = client
        .post(address.url().clone())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(DELIVERY, message.id)
        .header(TIMESTAMP, timestamp);
    if let Some(secret) = secret {
        request = request.header(SIGNATURE, signature(secret, timestamp, message.body));
    }
    request.body(message.body.to_vec()).build()
}

/// The first words of an answer whose status is known. Those that do not come are none.
async fn words(response: &mut Response) -> String {
    let mut words = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            words.extend(chunk.iter().take(READ.saturating_sub(words.len())));
            if words.len() >= READ {
                break;
            }
        }
    };
    let _ = timeout(WORDS, reading).await;
    String::from_utf8_lossy(&words).into_owned()
}

/// What a request without an answer means.
fn broken(error: &reqwest::Error, address: &Address) -> String {
    let (tls, kind) = sources(error);
    match kind {
        _ if tls => format!("no trusted connection: {}", cause(error)),
        Some(ErrorKind::ConnectionRefused) => format!("nothing answers at {address} (connection refused)"),
        _ if error.is_connect() && error.is_timeout() => format!("no connection to {address} within the timeout"),
        _ if error.is_connect() => format!("no connection to {address}: {}", cause(error)),
        _ => format!("the connection ended without an answer: {}; it may have been taken", cause(error)),
    }
}

/// Whether TLS is behind an error, and which kind of failed I/O.
fn sources(error: &reqwest::Error) -> (bool, Option<ErrorKind>) {
    let (mut tls, mut kind) = (false, None);
    let mut next = error.source();
    while let Some(source) = next {
        tls |= source.is::<rustls::Error>();
        let io = source.downcast_ref::<std::io::Error>();
        kind = kind.or(io.map(std::io::Error::kind));
        // What an I/O error wraps is not its source: that is the source of the wrapped one.
        next = match io.and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => source.source(),
        };
    }
    (tls, kind)
}

/// The innermost reason: the outer ones repeat the address.
fn cause(error: &reqwest::Error) -> String {
    let mut reason = None;
    let mut next = error.source();
    while let Some(source) = next {
        reason = Some(source.to_string());
        next = source.source();
    }
    answer::one_line(&reason.unwrap_or_else(|| "for no reason that is known".to_owned()))
}
