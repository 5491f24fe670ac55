//! The directory transport: each mail becomes `<message-id>.eml`, the default when no server is configured.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Delivery, Envelope, Scope, unrecorded};

/// Writes the bytes to the named file of the directory: afterwards the file is whole and on disk, or not there at all.
///
/// A parameter, because atomic publication is another module's business. It runs where blocking is allowed.
pub type FileDrop = Arc<dyn Fn(&Path, &str, &[u8]) -> io::Result<()> + Send + Sync>;

const LONGEST_STEM: usize = 200;

/// The name of a mail's file: its Message-ID and `.eml`, with anything that a file name should not hold replaced.
pub fn file_name(message_id: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "@-_.+".contains(c) { c } else { '-' };
    let stem: String = message_id.trim_start_matches('.').chars().map(safe).take(LONGEST_STEM).collect();
    format!("{}.eml", if stem.is_empty() { "mail" } else { &stem })
}

/// Writes the mail; an error of the disk is a reason to try again.
pub(super) async fn deliver<F, Fut, E>(
    dir: &Path,
    write: &FileDrop,
    envelope: &Envelope,
    bytes: &[u8],
    before_data: F,
) -> Delivery
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    if let Err(error) = before_data().await {
        return unrecorded(error);
    }
    let name = file_name(&envelope.message_id);
    let path = dir.join(&name);
    let (dir, write, bytes) = (dir.to_owned(), Arc::clone(write), bytes.to_vec());
    let written = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&dir)?;
        write(&dir, &name, &bytes)
    });
    match written.await.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
        Ok(()) => Delivery::Accepted { response: format!("written to {}", path.display()) },
        Err(error) => {
            Delivery::Deferred { scope: Scope::Server, reason: format!("cannot write {}: {error}", path.display()) }
        }
    }
}
