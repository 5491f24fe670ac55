//! Publishing: our own files appear whole or not at all.
//!
//! A file is written under a hidden temporary name in its own directory, synced, renamed over its final name, and the directory is
//! synced: after a crash there is the old file or the new one, and at worst a temporary file whose name nobody but us would choose
//! (`.<name>.chimera-<16 letters or digits>.tmp`), which [`sweep`] removes. The file belongs to the user we run as; its permissions are
//! exactly the mode asked for, 0644 by default, whatever the umask: reports are to be read by the team.
//!
//! It fails when the directory is missing, not writable or full; [`PublishError`] tells these apart, because then the caller can publish
//! elsewhere.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use crate::domain::artifact::{ContentHash, FileStamp};

/// Permissions of a published file: everybody reads, the owner writes.
pub const DEFAULT_MODE: u32 = 0o644;

const TEMPORARY_MARK: &str = ".chimera-";
const TEMPORARY_END: &str = ".tmp";
const RANDOM_LETTERS: usize = 16;
/// Names tried before giving up on finding a free one.
const MOST_NAMES: u32 = 10_000;

/// A file as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub path: PathBuf,
    /// As `lstat` gives it, so that a scan can tell that the file is ours and untouched.
    pub stamp: FileStamp,
    pub hash: ContentHash,
}

/// Why a file was not published. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("{name:?} cannot be published: a plain file name is needed")]
    Name { name: String },
    #[error("cannot write {path}: its directory is not there; create it", path = path.display())]
    NoDirectory { path: PathBuf, cause: io::Error },
    #[error("cannot write {path}: {cause}; let the service's user write to the directory", path = path.display())]
    NotWritable { path: PathBuf, cause: io::Error },
    #[error("cannot write {path}: {cause}; free some space", path = path.display())]
    NoSpace { path: PathBuf, cause: io::Error },
    #[error("cannot write {path}: a file is there already", path = path.display())]
    Taken { path: PathBuf },
    #[error("cannot write {path}: {cause}", path = path.display())]
    Io { path: PathBuf, cause: io::Error },
}

impl PublishError {
    /// Whether the directory is to blame, so that another one may do.
    pub fn is_of_directory(&self) -> bool {
        matches!(self, Self::NoDirectory { .. } | Self::NotWritable { .. } | Self::NoSpace { .. })
    }

    fn new(path: PathBuf, cause: io::Error) -> Self {
        match cause.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::NoDirectory { path, cause },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NotWritable { path, cause },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoSpace { path, cause },
            ErrorKind::AlreadyExists => Self::Taken { path },
            _ => Self::Io { path, cause },
        }
    }
}

/// Writes `bytes` to `dir/name` atomically and durably, replacing what has that name. `mode` defaults to [`DEFAULT_MODE`].
///
/// # Errors
/// See [`PublishError`]; the name then still stands for what it stood for before, unless only the last sync of the directory failed.
pub fn publish(dir: &Path, name: &str, bytes: &[u8], mode: Option<u32>) -> Result<Published, PublishError> {
    put(dir, name, bytes, mode, true)
}

/// As [`publish`], but what has that name stays as it is.
///
/// # Errors
/// See [`PublishError`]; [`PublishError::Taken`] when something has that name.
pub fn publish_new(dir: &Path, name: &str, bytes: &[u8], mode: Option<u32>) -> Result<Published, PublishError> {
    put(dir, name, bytes, mode, false)
}

fn put(dir: &Path, name: &str, bytes: &[u8], mode: Option<u32>, replaces: bool) -> Result<Published, PublishError> {
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name);
    if !plain || name.contains('\0') {
        return Err(PublishError::Name { name: name.to_owned() });
    }
    let path = dir.join(name);
    match write(dir, name, &path, bytes, mode.unwrap_or(DEFAULT_MODE), replaces) {
        Ok(stamp) => Ok(Published { path, stamp, hash: ContentHash::of(bytes) }),
        Err(error) => Err(PublishError::new(path, error)),
    }
}

fn write(dir: &Path, name: &str, path: &Path, bytes: &[u8], mode: u32, replaces: bool) -> io::Result<FileStamp> {
    // Opened with O_EXCL; removed when dropped before it is persisted.
    let mut temporary = tempfile::Builder::new()
        .prefix(&format!(".{name}{TEMPORARY_MARK}"))
        .suffix(TEMPORARY_END)
        .rand_bytes(RANDOM_LETTERS)
        .tempfile_in(dir)?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(Permissions::from_mode(mode))?;
    temporary.as_file().sync_all()?;
    let put = if replaces { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    let file = put.map_err(|error| error.error)?;
    sync_dir(dir)?;
    // Taken last: a rename moves the ctime.
    Ok(stamp_of(&file.metadata()?))
}

/// What became of a file that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    Removed,
    /// There was none.
    Gone,
    /// Something else has that name now, or the content is no longer what was published: it stays.
    Changed,
}

/// Removes a file that was published, if it is still what was published then.
///
/// # Errors
/// When the file can be neither read nor removed. Its directory being gone is no error.
pub fn withdraw(path: &Path, hash: &ContentHash, size: u64) -> io::Result<Withdrawn> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Withdrawn::Gone);
        }
        found => found?,
    };
    if !metadata.is_file() || metadata.len() != size || ContentHash::of(&fs::read(path)?) != *hash {
        return Ok(Withdrawn::Changed);
    }
    fs::remove_file(path)?;
    // Forgetting the file must not come to last longer than its removal.
    path.parent().map_or(Ok(()), sync_dir)?;
    Ok(Withdrawn::Removed)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    match File::open(dir)?.sync_all() {
        // Some network and FUSE file systems know no such thing.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

fn stamp_of(metadata: &Metadata) -> FileStamp {
    FileStamp::new(
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        (metadata.mtime(), metadata.mtime_nsec()),
        (metadata.ctime(), metadata.ctime_nsec()),
    )
}

/// The first of `stem`, `stem-2`, `stem-3` … for which `dir` holds a file with none of the `extensions` (without dots).
///
/// # Errors
/// When the directory cannot be looked into, or ten thousand names are taken.
pub fn free_name(dir: &Path, stem: &str, extensions: &[&str]) -> io::Result<String> {
    for n in 1..=MOST_NAMES {
        let name = if n == 1 { stem.to_owned() } else { format!("{stem}-{n}") };
        let mut taken = false;
        for extension in extensions {
            taken |= is_taken(&dir.join(format!("{name}.{extension}")))?;
        }
        if !taken {
            return Ok(name);
        }
    }
    let message = format!("{MOST_NAMES} files named {stem}-… in {}", dir.display());
    Err(io::Error::new(ErrorKind::AlreadyExists, message))
}

fn is_taken(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the temporary files that a crash left in `dir` and returns their paths, sorted. To be called only while nobody publishes there:
/// at the start, under the lock of the state directory.
///
/// # Errors
/// When the directory cannot be read or a leftover cannot be removed.
pub fn sweep(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if is_leftover(&entry.file_name()) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
            removed.push(entry.path());
        }
    }
    removed.sort_unstable();
    Ok(removed)
}

/// Whether a file name is one that [`publish`] gives to its temporary files, and nothing else would have.
fn is_leftover(name: &OsStr) -> bool {
    let inside = |name: &[u8]| -> Option<bool> {
        let rest = name.strip_prefix(b".")?.strip_suffix(TEMPORARY_END.as_bytes())?;
        let (rest, random) = rest.split_at_checked(rest.len().checked_sub(RANDOM_LETTERS)?)?;
        let published = rest.strip_suffix(TEMPORARY_MARK.as_bytes())?;
        Some(!published.is_empty() && random.iter().all(u8::is_ascii_alphanumeric))
    };
    inside(OsString::from(name).as_bytes()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_published_file_is_whole_readable_and_known() {
        let dir = tempfile::tempdir().unwrap();
        let published = publish(dir.path(), "insight-1.md", b"# Report\n", None).unwrap();
        assert_eq!(published.path, dir.path().join("insight-1.md"));
        assert_eq!(fs::read(&published.path).unwrap(), b"# Report\n");
        assert_eq!(published.hash, ContentHash::of(b"# Report\n"));
        let metadata = fs::symlink_metadata(&published.path).unwrap();
        assert_eq!(published.stamp, stamp_of(&metadata));
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o644);
        assert_eq!(names(dir.path()), ["insight-1.md"]);
    }

    #[test]
    fn publishing_again_replaces_the_file_and_not_what_a_link_points_to() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("precious"), "kept").unwrap();
        std::os::unix::fs::symlink("precious", dir.path().join("x.html")).unwrap();
        publish(dir.path(), "x.html", b"one", Some(0o600)).unwrap();
        let published = publish(dir.path(), "x.html", b"two", Some(0o600)).unwrap();
        assert_eq!(fs::read(&published.path).unwrap(), b"two");
        assert_eq!(fs::symlink_metadata(&published.path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(fs::read(dir.path().join("precious")).unwrap(), b"kept");
        assert_eq!(names(dir.path()), ["precious", "x.html"]);
    }

    #[test]
    fn what_has_the_name_stays_where_that_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        publish_new(dir.path(), "x.md", b"one", None).unwrap();
        let refused = publish_new(dir.path(), "x.md", b"two", None).unwrap_err();
        assert!(matches!(refused, PublishError::Taken { .. }) && !refused.is_of_directory(), "{refused:?}");
        assert_eq!(
            (fs::read(dir.path().join("x.md")).unwrap(), names(dir.path())),
            (b"one".to_vec(), vec!["x.md".into()])
        );
    }

    #[test]
    fn only_what_is_still_ours_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let published = publish(dir.path(), "x.md", b"text", None).unwrap();
        let remove = |path: &Path| withdraw(path, &published.hash, published.stamp.size).unwrap();
        fs::write(dir.path().join("other"), "text of somebody else").unwrap();
        fs::write(dir.path().join("alike"), "tixt").unwrap();
        std::os::unix::fs::symlink("x.md", dir.path().join("link")).unwrap();
        for kept in ["other", "alike", "link"] {
            assert_eq!(remove(&dir.path().join(kept)), Withdrawn::Changed, "{kept}");
        }
        assert_eq!(remove(&published.path), Withdrawn::Removed);
        assert_eq!(
            (remove(&published.path), remove(&dir.path().join("none/x.md"))),
            (Withdrawn::Gone, Withdrawn::Gone)
        );
        assert_eq!(names(dir.path()), ["alike", "link", "other"]);
    }

    #[test]
    fn only_plain_names_are_published() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["", ".", "..", "a/b.md", "../x.md", "/x.md", "x.md/", "./x.md", "a\0b"] {
            assert!(matches!(publish(dir.path(), name, b"", None), Err(PublishError::Name { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_failure_leaves_nothing_behind_and_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let missing = publish(&dir.path().join("missing"), "x.md", b"", None).unwrap_err();
        assert!(missing.is_of_directory(), "{missing:?}");
        assert!(missing.to_string().ends_with("missing/x.md: its directory is not there; create it"), "{missing}");

        fs::create_dir(dir.path().join("x.md")).unwrap();
        let error = publish(dir.path(), "x.md", b"text", None).unwrap_err();
        assert!(matches!(error, PublishError::Io { .. }), "{error:?}");
        assert_eq!(names(dir.path()), ["x.md"]);

        let too_long = "x".repeat(300);
        assert!(publish(dir.path(), &too_long, b"text", None).is_err());
        assert_eq!(names(dir.path()), ["x.md"]);
    }

    #[test]
    fn errors_of_the_directory_ask_for_another_one() {
        let kinds = [
            (ErrorKind::PermissionDenied, true),
            (ErrorKind::ReadOnlyFilesystem, true),
            (ErrorKind::StorageFull, true),
        ];
        for (kind, expected) in kinds.into_iter().chain([(ErrorKind::Interrupted, false)]) {
            assert_eq!(PublishError::new("x.md".into(), kind.into()).is_of_directory(), expected, "{kind}");
        }
    }

    #[test]
    fn a_free_name_has_none_of_its_extensions_taken() {
        let dir = tempfile::tempdir().unwrap();
        let free = || free_name(dir.path(), "insight-20250102", &["md", "html"]).unwrap();
        assert_eq!(free(), "insight-20250102");
        fs::write(dir.path().join("insight-20250102.html"), "").unwrap();
        assert_eq!(free(), "insight-20250102-2");
        std::os::unix::fs::symlink("nowhere", dir.path().join("insight-20250102-2.md")).unwrap();
        assert_eq!(free(), "insight-20250102-3");
        fs::write(dir.path().join("insight-20250102.txt"), "").unwrap();
        assert_eq!(free(), "insight-20250102-3");
    }

    #[test]
    fn sweeping_removes_our_leftovers_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let kept = [
            ".chimera-0123456789abcdef.tmp",
            ".x.md.0123456789abcdef.tmp",
            ".x.md.chimera-0123456789abcde.tmp",
            ".x.md.chimera-0123456789abcd_f.tmp",
            ".x.md.chimera-0123456789abcdef",
            "x.md.chimera-0123456789abcdef.tmp",
        ];
        for name in kept {
            fs::write(dir.path().join(name), "").unwrap();
        }
        // Exactly as `write` makes them, and left behind as by a crash.
        let leftover = tempfile::Builder::new()
            .prefix(&format!(".x.md{TEMPORARY_MARK}"))
            .suffix(TEMPORARY_END)
            .rand_bytes(RANDOM_LETTERS)
            .tempfile_in(dir.path())
            .unwrap();
        let (_, leftover) = leftover.keep().unwrap();
        fs::create_dir(dir.path().join(".y.md.chimera-0123456789abcdef.tmp")).unwrap();
        assert_eq!(sweep(dir.path()).unwrap(), [leftover]);
        assert_eq!(names(dir.path()).len(), kept.len() + 1);
        assert!(sweep(dir.path()).unwrap().is_empty());
    }
}
