//! What systemd is told (`sd_notify(3)`). Without `NOTIFY_SOCKET` every call does nothing; a socket that fails is logged and
//! otherwise left alone, because the work matters more than the word about it.

use sd_notify::NotifyState;
use tracing::debug;

/// Watches are set and the first scan is under way.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(at) => send(&[NotifyState::Reloading, at]),
        Err(error) => debug!("the monotonic clock cannot be read: {error}"),
    }
}

/// The daemon is ending.
pub fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, states) {
        debug!("systemd was not told: {error}");
    }
}
