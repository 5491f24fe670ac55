//! Looking at one file, and reading it so that the bytes are those of one moment.
//!
//! A reading counts only when the file was the same (inode, size, times) before and after it, so a file that is written, truncated or
//! replaced meanwhile gives [`ReadError::Changed`] and never a mixture. Nothing but a regular file is ever opened: a FIFO would
//! block, a device could do worse.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;

use super::scan::lstat_below;
use super::{Root, stamp_of};
use crate::domain::artifact::{FileStamp, RelPath};

/// Why a file gave no bytes.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("changed while it was read")]
    Changed,
    #[error("is no longer there")]
    Gone,
    #[error("is not a regular file")]
    NotRegular,
    #[error("is larger than allowed: {size} bytes, the limit is {limit} (max_file_bytes)")]
    TooLarge { size: u64, limit: u64 },
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// The stamp of the artifact at `path`; `None` when it is gone or is not a regular file. Links are not followed.
///
/// # Errors
/// When the file system cannot tell (permission, I/O error): the file may well be there.
pub fn look(root: &Root, path: &RelPath) -> io::Result<Option<FileStamp>> {
    let Some(absolute) = root.absolute(path) else { return Ok(None) };
    let metadata = lstat_below(root, &absolute)?;
    Ok(metadata.filter(std::fs::Metadata::is_file).map(|metadata| stamp_of(&metadata)))
}

/// The bytes of the artifact at `path`, provided that it is as `expected` from the first byte to the last. At most `limit` bytes.
///
/// # Errors
/// See [`ReadError`]. After `Changed` look again and let the file settle; `Io` may pass by itself.
pub fn read_stable(root: &Root, path: &RelPath, expected: &FileStamp, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = open_regular(root, path)?;
    let bytes = while_unchanged(&file, expected, |file| {
        if expected.size > limit {
            return Err(ReadError::TooLarge { size: expected.size, limit });
        }
        let mut bytes = Vec::new();
        let no_memory = || io::Error::from(io::ErrorKind::OutOfMemory);
        let capacity = usize::try_from(expected.size).map_err(|_| no_memory())?;
        bytes.try_reserve_exact(capacity).map_err(|_| no_memory())?;
        file.take(expected.size).read_to_end(&mut bytes)?;
        Ok(bytes)
    })?;
    // Shorter with an unchanged stamp: truncated and restored within one tick of the file system's clock.
    if bytes.len() as u64 == expected.size { Ok(bytes) } else { Err(ReadError::Changed) }
}

/// What `read` returns, provided that the file is as `expected` before and after it.
fn while_unchanged<T>(
    file: &File,
    expected: &FileStamp,
    read: impl FnOnce(&File) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    check(file, expected)?;
    let result = read(file)?;
    check(file, expected)?;
    Ok(result)
}

fn open_regular(root: &Root, path: &RelPath) -> Result<File, ReadError> {
    let absolute = root.absolute(path).ok_or(ReadError::Gone)?;
    let metadata = lstat_below(root, &absolute)?.ok_or(ReadError::Gone)?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    // Something else may have taken its place since: no link is followed, no FIFO waited for. The standard library adds O_CLOEXEC.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(&absolute) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ReadError::Gone),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            Err(ReadError::NotRegular)
        }
        Err(error) => Err(error.into()),
    }
}

fn check(file: &File, expected: &FileStamp) -> Result<(), ReadError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    if stamp_of(&metadata) == *expected { Ok(()) } else { Err(ReadError::Changed) }
}

#[cfg(test)]
mod tests;
