//! What commands ask of the index: a row for the process that holds it, which a daemon answers within a moment and a scan when it is done,
//! or the deed itself when nobody holds it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::{EXIT_FAILURE, output, setup};
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::daemon::context::Settings;
use crate::daemon::lock::{LockError, StateLock};
use crate::daemon::{desk, requests};
use crate::store::{Answer, Request, Store};

/// A daemon that is busy with a large landing answers within this; who does not is left to it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often is looked for the answer.
const LOOK: Duration = Duration::from_millis(50);

/// Has `request` met and prints what came of it. The exit code is 3 when something of it was refused, and when nobody came to it.
///
/// # Errors
/// When there is no index, or it cannot be used.
pub fn ask(settings: Settings, request: &Request, json: bool) -> Result<u8> {
    let state = settings.tree.state.clone();
    match met(settings, request)? {
        Some(answer) => tell(&answer, json),
        None => later(&state, json),
    }
}

/// Has `request` met; `None` when nobody came to it within a while.
///
/// # Errors
/// When there is no index, or it cannot be used.
pub fn met(settings: Settings, request: &Request) -> Result<Option<Answer>> {
    let state = settings.tree.state.clone();
    drop(Store::open_read_only(&state)?);
    match StateLock::acquire(&state) {
        Ok(_lock) => {
            let context = setup::context(settings)?;
            // Others asked before, and nobody was there for them.
            desk::answer(&context)?;
            Ok(Some(requests::answer(&context, None, request)?))
        }
        Err(LockError::Held { .. }) => wait(settings, request),
        Err(failure) => Err(failure.into()),
    }
}

/// Leaves the request for whoever holds the index and waits for the answer, for a while; when the index becomes free, this process
/// answers what is waiting.
fn wait(settings: Settings, request: &Request) -> Result<Option<Answer>> {
    let state = settings.tree.state.clone();
    let store = Store::open_beside(&state)?;
    let id = store.ask(request, SystemClock.now())?;
    let watch = Stopwatch::start();
    loop {
        if let Some(answer) = store.answer_to(id)? {
            return Ok(Some(answer));
        }
        match StateLock::acquire(&state) {
            Ok(_lock) => {
                desk::answer(&setup::context(settings)?)?;
                return Ok(store.answer_to(id)?);
            }
            Err(LockError::Held { .. }) if watch.elapsed() > PATIENCE => return Ok(store.answer_to(id)?),
            Err(LockError::Held { .. }) => std::thread::sleep(LOOK),
            Err(failure) => return Err(failure.into()),
        }
    }
}

fn tell(answer: &Answer, json: bool) -> Result<u8> {
    let all_met = answer.words.iter().all(|word| word.met);
    let told = |met: bool| answer.words.iter().filter(move |word| word.met == met).map(|word| word.told.as_str());
    if json {
        let all: Vec<&str> = answer.words.iter().map(|word| word.told.as_str()).collect();
        output::json(&json!({ "ok": all_met, "answer": all.join("\n"), "words": answer.words }))?;
    } else {
        output::text(&told(true).map(|told| format!("{}\n", output::plain(told))).collect::<String>())?;
    }
    told(false).for_each(|told| eprintln!("chimera-insight: {}", output::plain(told)));
    Ok(if all_met { 0 } else { EXIT_FAILURE })
}

/// The request stands; what came of it will be seen elsewhere.
fn later(state: &Path, json: bool) -> Result<u8> {
    let holder = StateLock::holder(state).map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
    if json {
        output::json(&json!({ "ok": null, "answer": null, "words": [] }))?;
    }
    eprintln!(
        "chimera-insight: nothing is changed yet: {holder} holds the index and has not answered within {} s. The request stands: that \
         process meets it, or the next one that holds the index does. Do not repeat it, but look later whether it was met \
         (`chimera-insight alerts show ID`, `runs list`, `mail outbox`)",
        PATIENCE.as_secs()
    );
    Ok(EXIT_FAILURE)
}

/// Who is asking: the name that the system knows.
pub fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let named = named.map(|name| output::one_line(&name)).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| {
        let uid = rustix::process::getuid().as_raw();
        let users = std::fs::read("/etc/passwd").unwrap_or_default();
        name_of(uid, &String::from_utf8_lossy(&users)).unwrap_or_else(|| format!("user {uid}"))
    })
}

/// The name of a user in the text of `/etc/passwd` (passwd(5)). Directory services are not asked.
fn name_of(uid: u32, users: &str) -> Option<String> {
    let mut names = users.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| output::one_line(name))
    });
    names.find(|name| !name.is_empty())
}

/// What people say, on one line: line ends and other control characters are spaces.
pub fn word(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(output::one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_name_or_a_number() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken\n:x:7::\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n";
        let names = [0, 1000, 7, 2].map(|uid| name_of(uid, users));
        assert_eq!(names, [Some("root".to_owned()), Some("ann".to_owned()), None, None]);
    }
}
