//! What commands ask of the index: a row for the daemon that holds it, or the deed itself when there is none.

use anyhow::Result;
use serde_json::json;

use super::output;
use crate::clock::{Clock, SystemClock};
use crate::daemon::context::Settings;
use crate::daemon::lock::{LockError, StateLock};
use crate::daemon::requests;
use crate::store::{Request, Store};

/// Has `request` met and prints what came of it.
///
/// # Errors
/// When there is no index, or the request cannot be met.
pub fn ask(settings: &Settings, request: &Request, json: bool) -> Result<u8> {
    let state = &settings.tree.state;
    let now = SystemClock.now();
    drop(Store::open_read_only(state)?);
    let told = match StateLock::acquire(state) {
        Ok(_lock) => requests::answer(&Store::open(state)?, request, &settings.judge, now)?,
        Err(LockError::Held { .. }) => {
            Store::open_beside(state)?.ask(request, now)?;
            "the daemon was asked and does it within seconds".to_owned()
        }
        Err(failure) => return Err(failure.into()),
    };
    if json {
        output::json(&json!({ "answer": told }))?
    } else {
        output::text(&format!("{told}\n"))?
    }
    Ok(0)
}

/// Who is asking: the name that the system knows.
pub fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
