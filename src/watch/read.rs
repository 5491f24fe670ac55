//! Looking at one file, and reading it so that the bytes are those of one moment.
//!
//! A reading counts only when the file was the same (inode, size, times) before and after it, so a file that is written, truncated or
//! replaced meanwhile gives [`ReadError::Changed`] and never a mixture. The bytes are handed on as a stream and hashed on their way: a
//! file of any size costs no memory here. Nothing but a regular file is ever opened: a FIFO would block, a device could do worse.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;

use super::scan::lstat_below;
use super::{Root, stamp_of};
use crate::domain::artifact::{ContentHash, FileStamp, RelPath};

/// Why a file gave no bytes.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("changed while it was read")]
    Changed,
    #[error("is no longer there")]
    Gone,
    #[error("is not a regular file")]
    NotRegular,
    #[error("is larger than allowed: {size} bytes, the limit is {limit} (`watch.max_file_size`)")]
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

/// An artifact that is open for reading and was as expected when it was opened.
#[derive(Debug)]
pub struct Stable {
    file: File,
    stamp: FileStamp,
}

/// Opens the artifact at `path`, provided that it is as `expected` and not larger than `limit` bytes.
///
/// # Errors
/// See [`ReadError`]. After `Changed` look again and let the file settle; `Io` may pass by itself.
pub fn open_stable(root: &Root, path: &RelPath, expected: &FileStamp, limit: u64) -> Result<Stable, ReadError> {
    let stable = Stable { file: open_regular(root, path)?, stamp: *expected };
    stable.check()?;
    if expected.size > limit {
        return Err(ReadError::TooLarge { size: expected.size, limit });
    }
    Ok(stable)
}

impl Stable {
    /// Hands the first `size` bytes to `take` as a stream, and gives what it made of them with the hash of these bytes, whether it read
    /// them all or not. Both count only if the file is as expected before and after. Can be called again: each call begins at the front.
    ///
    /// # Errors
    /// `Changed` when the file is no longer as expected, or is shorter; `Io` for what it could not give, or for the error of `take`.
    pub fn stream<T>(
        &mut self,
        size: u64,
        take: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> Result<(T, ContentHash), ReadError> {
        self.check()?;
        self.file.seek(SeekFrom::Start(0))?;
        let mut bytes = Hashed { source: (&self.file).take(size), hasher: blake3::Hasher::new(), count: 0 };
        let taken = take(&mut bytes)?;
        io::copy(&mut bytes, &mut io::sink())?;
        let (count, hash) = (bytes.count, ContentHash(*bytes.hasher.finalize().as_bytes()));
        self.check()?;
        // Shorter with an unchanged stamp: truncated and restored within one tick of the file system's clock.
        if count == size { Ok((taken, hash)) } else { Err(ReadError::Changed) }
    }

    /// The hash of the first `size` bytes.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn hash(&mut self, size: u64) -> Result<ContentHash, ReadError> {
        self.stream(size, |_| Ok(())).map(|((), hash)| hash)
    }

    /// Bytes, as expected.
    pub fn size(&self) -> u64 {
        self.stamp.size
    }

    fn check(&self) -> Result<(), ReadError> {
        let metadata = self.file.metadata()?;
        if !metadata.is_file() {
            return Err(ReadError::NotRegular);
        }
        if stamp_of(&metadata) == self.stamp { Ok(()) } else { Err(ReadError::Changed) }
    }
}

/// A reader that hashes what is read through it.
struct Hashed<R> {
    source: R,
    hasher: blake3::Hasher,
    /// Bytes.
    count: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.count = self.count.saturating_add(count as u64);
        Ok(count)
    }
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

#[cfg(test)]
mod tests;
