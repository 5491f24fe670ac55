//! What commands ask of the index: a row for the daemon that holds it, which answers within a moment, or the deed itself when there is
//! no daemon.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::{EXIT_FAILURE, output, setup};
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::daemon::context::Settings;
use crate::daemon::lock::{LockError, StateLock};
use crate::daemon::requests;
use crate::store::{Answer, Request, Store};

/// A daemon that is busy with a large landing answers within this; one that does not is left to it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often is looked for the answer.
const LOOK: Duration = Duration::from_millis(50);

/// Has `request` met and prints what came of it. The exit code is 3 when something of it was refused.
///
/// # Errors
/// When there is no index, or it cannot be used.
pub fn ask(settings: Settings, request: &Request, json: bool) -> Result<u8> {
    let state = settings.tree.state.clone();
    drop(Store::open_read_only(&state)?);
    let answer = match StateLock::acquire(&state) {
        Ok(_lock) => Some(requests::answer(&setup::context(settings)?, None, request)?),
        Err(LockError::Held { .. }) => wait(&Store::open_beside(&state)?, request)?,
        Err(failure) => return Err(failure.into()),
    };
    match answer {
        Some(answer) => tell(&answer, json),
        None => later(json),
    }
}

/// Leaves the request for the daemon and waits for its answer, for a while.
fn wait(store: &Store, request: &Request) -> Result<Option<Answer>> {
    let id = store.ask(request, SystemClock.now())?;
    let watch = Stopwatch::start();
    loop {
        let answer = store.answer_to(id)?;
        if answer.is_some() || watch.elapsed() > PATIENCE {
            return Ok(answer);
        }
        std::thread::sleep(LOOK);
    }
}

fn tell(answer: &Answer, json: bool) -> Result<u8> {
    let all_met = answer.words.iter().all(|word| word.met);
    let told = |met: bool| answer.words.iter().filter(move |word| word.met == met).map(|word| word.told.as_str());
    if json {
        let all: Vec<&str> = answer.words.iter().map(|word| word.told.as_str()).collect();
        output::json(&json!({ "ok": all_met, "answer": all.join("\n"), "words": answer.words }))?;
    } else {
        output::text(&told(true).map(|told| format!("{told}\n")).collect::<String>())?;
    }
    told(false).for_each(|told| eprintln!("chimera-insight: {told}"));
    Ok(if all_met { 0 } else { EXIT_FAILURE })
}

/// The request stands; what came of it will be seen elsewhere.
fn later(json: bool) -> Result<u8> {
    let told = "the process that holds the index (`chimera-insight status` names it) has not answered yet; it was asked, and does it \
                when it comes to it";
    if json {
        output::json(&json!({ "ok": null, "answer": null, "words": [] }))?;
    } else {
        output::text(&format!("{told}\n"))?;
    }
    Ok(0)
}

/// Who is asking: the name that the system knows.
pub fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
