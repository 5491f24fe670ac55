//! Room: how much a text may tell that is held in memory whole. Delimited text and JSON Lines are read in pieces instead, of any length.
//!
//! What is told costs many times the bytes that tell it (names, places, what a row is about), so the length of a file says too little.
//! Fails when there is no room left.

use super::Stop;

/// Cells, or what costs as much, of one text: about 150 MB.
const ROOM: usize = 400_000;

/// What a table, a record or a named figure costs beside its cells.
pub(super) const EACH: usize = 4;

/// Lines of one text.
pub(super) const MOST_LINES: usize = 4_000_000;

/// Whether a text that told so much tells too much.
///
/// # Errors
/// Then, the reason.
pub(super) fn check(told: usize) -> Result<(), Stop> {
    if told <= ROOM {
        return Ok(());
    }
    let reason = "a text is held in memory whole; JSON Lines and CSV are read piece by piece";
    Err(Stop::Rejected(format!("more than {ROOM} figures: {reason}")))
}
