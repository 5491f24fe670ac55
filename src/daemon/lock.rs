//! The lock of a state directory: one process writes an index.
//!
//! An advisory lock of the kernel (`flock`) on `<state>/lock`. It goes with the process however that ends, so a stale file never
//! blocks anybody and no pid is ever trusted for more than a message.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How long is waited for those that only look, and how often.
const MOMENT: Duration = Duration::from_millis(5);
const MOST_LOOKS: u32 = 400;

/// The state directory is in use, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("{} is in use by process {}: stop it first, or let it do the work", dir.display(), pid_text(*pid))]
    Held { dir: PathBuf, pid: Option<u32> },
    /// The directory or its lock file cannot be made.
    #[error("cannot lock {}: {cause}; check that the directory is writable", dir.display())]
    Io { dir: PathBuf, cause: io::Error },
}

fn pid_text(pid: Option<u32>) -> String {
    pid.map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string())
}

/// Holds a state directory until it is dropped.
#[derive(Debug)]
pub struct StateLock {
    file: File,
}

impl StateLock {
    /// Takes the lock, making the directory (mode as the umask says) if need be.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let failed = |cause| LockError::Io { dir: dir.to_owned(), cause };
        fs::create_dir_all(dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join("lock"))
            .map_err(failed)?;
        if !take(&file).map_err(failed)? {
            return Err(LockError::Held { dir: dir.to_owned(), pid: read_pid(&mut file) });
        }
        let mut lock = Self { file };
        lock.write_pid().map_err(failed)?;
        Ok(lock)
    }

    /// Writes this process's number into the lock; once more after a fork.
    pub fn write_pid(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", std::process::id())
    }

    /// The process that holds a state directory, if any does.
    pub fn holder(dir: &Path) -> Option<u32> {
        let mut file = File::open(dir.join("lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read_pid(&mut file),
            _ => None,
        }
    }
}

/// Takes the lock for good; says whether it was free. Whoever asks for the holder has it shared for a moment and must not be taken for one.
fn take(file: &File) -> io::Result<bool> {
    for _ in 0..MOST_LOOKS {
        if is_free(file.try_lock())? {
            return Ok(true);
        }
        if !is_free(file.try_lock_shared())? {
            return Ok(false);
        }
        file.unlock()?;
        thread::sleep(MOMENT);
    }
    Ok(false)
}

fn is_free(tried: Result<(), TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let first = StateLock::acquire(&state).unwrap();
        assert_eq!(StateLock::holder(&state), Some(std::process::id()));
        let refused = StateLock::acquire(&state).unwrap_err();
        assert!(matches!(refused, LockError::Held { pid: Some(pid), .. } if pid == std::process::id()));
        drop(first);
        assert_eq!(StateLock::holder(&state), None);
        let looker = File::open(state.join("lock")).unwrap();
        looker.try_lock_shared().unwrap();
        let looked = thread::spawn(move || {
            thread::sleep(MOMENT * 4);
            drop(looker);
        });
        StateLock::acquire(&state).unwrap();
        looked.join().unwrap();
    }
}
