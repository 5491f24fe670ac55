//! A mail server, spoken to once for each mail: no pool, a deadline of ours on every step, and no guessing.
//!
//! What an answer means depends on how far we were. Before the mail itself was offered (greeting, TLS, login) every failure
//! defers, also a 5xx: a changed password or an expired certificate is mended by a person, and no mail may die of it. A 5xx to the
//! sender, the recipient or the content rejects. Up to the final dot a broken connection defers, since a server may not take a mail
//! without the dot (RFC 5321, 4.1.1.4). After it only 250 is acceptance, 4xx and 5xx mean what they say, and anything else is
//! unknown. The connection is closed at any doubt.

mod dialogue;
mod settings;
mod stream;

use std::fmt::Display;

use lettre::Address;
use lettre::transport::smtp::commands::Noop;

pub use settings::{Channel, Secret, Security, Settings, SettingsError, Timeouts};

use super::{Delivery, Envelope, Scope, address, unrecorded};
use dialogue::{Dialogue, Fault};

/// Tries once to hand a mail to the server; see [`super::deliver`].
pub(super) async fn deliver<F, Fut, E>(
    settings: &Settings,
    envelope: &Envelope,
    bytes: &[u8],
    before_data: F,
) -> Delivery
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    let (from, to) = match (parse(&envelope.from), parse(&envelope.to)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return Delivery::Rejected { code: None, reason: error },
    };
    let mut dialogue = match Dialogue::open(settings).await {
        Ok(dialogue) => dialogue,
        Err(fault) => return Delivery::Deferred { scope: Scope::Server, reason: fault.to_string() },
    };
    let outcome = transfer(&mut dialogue, from, to, bytes, before_data).await;
    if !matches!(outcome, Delivery::Unknown { .. }) {
        dialogue.quit().await;
    }
    outcome
}

async fn transfer<F, Fut, E>(
    dialogue: &mut Dialogue,
    from: Address,
    to: Address,
    bytes: &[u8],
    before_data: F,
) -> Delivery
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    if let Err(fault) = dialogue.offer(from, to).await {
        return refusal(fault);
    }
    if let Err(error) = before_data().await {
        return unrecorded(error);
    }
    if let Err(fault) = dialogue.data().await {
        return refusal(fault);
    }
    match dialogue.content(bytes).await {
        Ok(response) => Delivery::Accepted { response },
        Err((true, fault)) if fault.code.is_none() => Delivery::Unknown { reason: fault.to_string() },
        Err((_, fault)) => refusal(fault),
    }
}

/// What an answer other than the expected one to the sender, the recipient or the content means.
fn refusal(fault: Fault) -> Delivery {
    let reason = fault.to_string();
    match fault.code {
        // "Authentication required", "too weak", "invalid": it is our login that fails, not this mail.
        Some(530 | 534 | 535 | 538) | Some(421) | None => Delivery::Deferred { scope: Scope::Server, reason },
        Some(code) if code >= 500 => Delivery::Rejected { code: Some(code), reason },
        Some(_) => Delivery::Deferred { scope: Scope::Mail, reason },
    }
}

fn parse(text: &str) -> Result<Address, String> {
    address::mailbox(text).map(|mailbox| mailbox.email).map_err(|error| error.to_string())
}

/// Goes the whole way up to the login, and says how far it came: for `mail test` and `doctor`. Sends no mail.
///
/// # Errors
/// The step that failed and why, for people.
pub async fn probe(settings: &Settings) -> Result<String, String> {
    let mut dialogue = Dialogue::open(settings).await.map_err(|fault| fault.to_string())?;
    dialogue.expect("NOOP", Noop, &[250]).await.map_err(|fault| fault.to_string())?;
    let summary = dialogue.summary();
    dialogue.quit().await;
    Ok(summary)
}
