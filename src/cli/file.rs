//! A file that a command writes because somebody named it (`-o FILE`): whole or not at all, and never over one that is there unless that
//! is asked for (`--force`).
//!
//! What is no regular file (a pipe, `/dev/null`) is written to as it is. It fails where the file is there, and where it cannot be written,
//! which then is as it was before.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

/// Whether standard output is meant.
pub fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a file, over another one only with `force`, and gives what `fill` gives.
///
/// # Errors
/// When it is there, when it cannot be written, and with what `fill` fails with.
pub fn write<T>(path: &Path, force: bool, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    let cannot = || format!("cannot write {}", path.display());
    let there = path.symlink_metadata().is_ok();
    if path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path).with_context(cannot)?);
        let filled = fill(&mut out)?;
        out.flush().with_context(cannot)?;
        return Ok(filled);
    }
    if there && !force {
        return Err(taken(path));
    }
    let path = std::path::absolute(path).with_context(cannot)?;
    let beside = path.parent().context("it is no file").with_context(cannot)?;
    let temporary = tempfile::Builder::new().prefix(".chimera-insight-").tempfile_in(beside);
    let mut temporary = temporary.with_context(cannot)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    let filled = fill(&mut out)?;
    out.flush().with_context(cannot)?;
    drop(out);
    readable(temporary.as_file()).and_then(|()| temporary.as_file().sync_all()).with_context(cannot)?;
    let placed = if force { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
    match placed {
        Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Err(taken(&path)),
        placed => placed.map(|_| filled).map_err(|failed| failed.error).with_context(cannot),
    }
}

fn taken(path: &Path) -> anyhow::Error {
    anyhow::anyhow!("{} is there already, and is left as it is: give another name, or --force", path.display())
}

/// As open to others as files made here usually are: temporary ones are not.
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn put(path: &Path, force: bool, text: &str) -> Result<()> {
        write(path, force, |out| Ok(out.write_all(text.as_bytes())?))
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        put(&path, false, "one").unwrap();
        assert!(put(&path, false, "two").unwrap_err().to_string().contains("--force"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        put(&path, true, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        let failed: Result<()> = write(&path, true, |_| bail!("no more"));
        assert!(failed.is_err() && std::fs::read_to_string(&path).unwrap() == "two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        put(Path::new("/dev/null"), false, "gone").unwrap();
        assert!(put(&dir.path().join("no/such"), false, "x").is_err());
    }
}
