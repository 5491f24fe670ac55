//! The mailbox of the intake: bounded, and never a place where anything is lost. What does not fit becomes one scan of everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::daemon::stage::index::Unfinished;
use crate::watch::events::Hint;

/// Messages that may wait.
const CAPACITY: usize = 65_536;
/// Messages handed out at a time, so that files are looked at and landings closed in between.
const AT_A_TIME: usize = 4_096;

/// What the intake is told.
#[derive(Debug)]
pub enum Message {
    /// Something may have happened to a file.
    Hint(Hint),
    /// Files that the index stage found incomplete.
    Unfinished(Vec<Unfinished>),
    /// Scan the whole tree now, for this reason.
    Scan(&'static str),
    /// Other settings are in force.
    Reload,
    /// End.
    Stop,
}

/// Tells the intake. Never blocks.
#[derive(Debug, Clone)]
pub struct Mailbox {
    send: SyncSender<Message>,
    overflow: Arc<AtomicBool>,
}

impl Mailbox {
    /// A mailbox and what the intake reads it by.
    pub fn new() -> (Self, Inbox) {
        let (send, receive) = sync_channel(CAPACITY);
        let overflow = Arc::new(AtomicBool::new(false));
        (Self { send, overflow: Arc::clone(&overflow) }, Inbox { receive, overflow })
    }

    /// Leaves a message.
    pub fn tell(&self, message: Message) {
        if let Err(TrySendError::Full(_)) = self.send.try_send(message) {
            self.overflow.store(true, Ordering::SeqCst);
        }
    }
}

/// The intake's end of a [`Mailbox`].
#[derive(Debug)]
pub struct Inbox {
    receive: Receiver<Message>,
    overflow: Arc<AtomicBool>,
}

impl Inbox {
    /// What has come, after waiting at most `wait` for the first of it; `None` when nobody can write any more.
    pub fn wait(&self, wait: Duration) -> Option<Vec<Message>> {
        match self.receive.recv_timeout(wait) {
            Ok(first) => Some(std::iter::once(first).chain(self.receive.try_iter().take(AT_A_TIME - 1)).collect()),
            Err(RecvTimeoutError::Timeout) => Some(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Whether messages were dropped since the last call.
    pub fn overflowed(&self) -> bool {
        self.overflow.swap(false, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_remembered_as_an_overflow() {
        let (mailbox, inbox) = Mailbox::new();
        (0..CAPACITY).for_each(|_| mailbox.tell(Message::Reload));
        assert!(!inbox.overflowed());
        mailbox.tell(Message::Stop);
        assert!(inbox.overflowed() && !inbox.overflowed());
        let mut seen = 0;
        while seen < CAPACITY {
            seen += inbox.wait(Duration::ZERO).unwrap().len();
        }
        assert_eq!((seen, inbox.wait(Duration::ZERO).unwrap().len()), (CAPACITY, 0));
    }
}
