use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::SystemTime;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

const LIMIT: u64 = 1 << 20;

struct Dir {
    _dir: tempfile::TempDir,
    root: Root,
}

impl Dir {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Root { name: b"reports".to_vec(), path: dir.path().to_owned() };
        Self { _dir: dir, root }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path.join(name)
    }

    fn look(&self, name: &str) -> Option<FileStamp> {
        look(&self.root, &rel(name)).unwrap()
    }

    fn open(&self, name: &str, expected: &FileStamp) -> Result<Stable, ReadError> {
        open_stable(&self.root, &rel(name), expected, LIMIT)
    }

    fn read(&self, name: &str, expected: &FileStamp) -> Result<Vec<u8>, ReadError> {
        let mut stable = self.open(name, expected)?;
        let (bytes, hash) = stable.stream(expected.size, all)?;
        assert_eq!(hash, ContentHash::of(&bytes));
        Ok(bytes)
    }
}

fn all(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map(|_| bytes)
}

fn rel(name: &str) -> RelPath {
    RelPath::new(format!("reports/{name}"))
}

#[test]
fn an_unchanged_file_is_read_whole() {
    let dir = Dir::new();
    for text in ["", "a,b\n1,2\n", &"x".repeat(300_000)] {
        fs::write(dir.at("x.csv"), text).unwrap();
        let stamp = dir.look("x.csv").unwrap();
        assert_eq!(dir.read("x.csv", &stamp).unwrap(), text.as_bytes());
        assert_eq!(dir.look("x.csv"), Some(stamp), "reading leaves the stamp alone");
    }
}

#[test]
fn a_file_that_is_not_as_expected_has_changed() {
    let dir = Dir::new();
    fs::write(dir.at("x.csv"), "one").unwrap();
    let stamp = dir.look("x.csv").unwrap();
    fs::write(dir.at("x.csv"), "one and more").unwrap();
    assert!(matches!(dir.read("x.csv", &stamp), Err(ReadError::Changed)));
}

#[test]
fn a_reading_during_which_the_file_changes_is_discarded() {
    let dir = Dir::new();
    let read_while = |change: &dyn Fn()| {
        fs::write(dir.at("x.csv"), "one,two\n").unwrap();
        let stamp = dir.look("x.csv").unwrap();
        let mut stable = dir.open("x.csv", &stamp).unwrap();
        stable.stream(stamp.size, |source| {
            let bytes = all(source)?;
            change();
            Ok(bytes)
        })
    };
    assert_eq!(read_while(&|| ()).unwrap().0, b"one,two\n");
    assert!(matches!(
        read_while(&|| fs::write(dir.at("x.csv"), "longer than before").unwrap()),
        Err(ReadError::Changed)
    ));
    let truncate = || fs::File::options().write(true).open(dir.at("x.csv")).unwrap().set_len(3).unwrap();
    assert!(matches!(read_while(&truncate), Err(ReadError::Changed)));
}

#[test]
fn a_replacement_of_equal_size_and_time_is_another_file() {
    let dir = Dir::new();
    let time = SystemTime::UNIX_EPOCH;
    for name in ["x.csv", "y.csv"] {
        fs::write(dir.at(name), name).unwrap();
        fs::File::options().write(true).open(dir.at(name)).unwrap().set_modified(time).unwrap();
    }
    let stamp = dir.look("x.csv").unwrap();
    fs::rename(dir.at("y.csv"), dir.at("x.csv")).unwrap();
    let now = dir.look("x.csv").unwrap();
    assert_eq!((stamp.size, stamp.mtime_ns), (now.size, now.mtime_ns));
    assert_ne!(stamp, now);
    assert!(matches!(dir.read("x.csv", &stamp), Err(ReadError::Changed)));
    assert_eq!(dir.read("x.csv", &now).unwrap(), b"y.csv");
}

#[test]
fn times_before_the_epoch_and_far_away_are_stamps_too() {
    let dir = Dir::new();
    fs::write(dir.at("x.csv"), "x").unwrap();
    let file = fs::File::options().write(true).open(dir.at("x.csv")).unwrap();
    let day = std::time::Duration::from_secs(86_400);
    for time in [SystemTime::UNIX_EPOCH - day, SystemTime::UNIX_EPOCH + day * 47_482] {
        file.set_modified(time).unwrap();
        let stamp = dir.look("x.csv").unwrap();
        assert_eq!(stamp.mtime_ns < 0, time < SystemTime::UNIX_EPOCH);
        assert_eq!(dir.read("x.csv", &stamp).unwrap(), b"x");
    }
}

#[test]
fn a_file_above_the_limit_is_refused_without_reading_it() {
    let dir = Dir::new();
    fs::File::create(dir.at("zeros.csv")).unwrap().set_len(10 << 30).unwrap();
    let stamp = dir.look("zeros.csv").unwrap();
    match dir.read("zeros.csv", &stamp) {
        Err(ReadError::TooLarge { size, limit }) => assert_eq!((size, limit), (10 << 30, LIMIT)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_hash_is_that_of_all_bytes_however_many_were_wanted_and_a_stream_begins_anew() {
    let dir = Dir::new();
    let text = "model,ms\n".repeat(40_000);
    fs::write(dir.at("x.csv"), &text).unwrap();
    let stamp = dir.look("x.csv").unwrap();
    let mut stable = dir.open("x.csv", &stamp).unwrap();
    let five = |source: &mut dyn Read| all(&mut source.take(5));
    let (bytes, hash) = stable.stream(stable.size(), five).unwrap();
    assert_eq!((bytes.as_slice(), hash), (&b"model"[..], ContentHash::of(text.as_bytes())));
    // A part, after the whole; and the whole again.
    assert_eq!(stable.hash(9).unwrap(), ContentHash::of(b"model,ms\n"));
    assert_eq!(stable.stream(9, all).unwrap().0, b"model,ms\n");
    assert_eq!(stable.hash(stamp.size).unwrap(), hash);
    assert!(matches!(stable.hash(stamp.size + 1), Err(ReadError::Changed)), "longer than it is");
    let failed = stable.stream(stamp.size, |_| Err::<(), _>(io::Error::from_raw_os_error(5)));
    assert!(matches!(failed, Err(ReadError::Io(error)) if error.raw_os_error() == Some(5)));
}

#[test]
fn what_is_gone_or_no_regular_file_is_never_opened() {
    let dir = Dir::new();
    fs::write(dir.at("real.csv"), "x").unwrap();
    let stamp = dir.look("real.csv").unwrap();
    symlink(dir.at("real.csv"), dir.at("link.csv")).unwrap();
    symlink(dir.at("."), dir.at("dir")).unwrap();
    fs::create_dir(dir.at("folder.csv")).unwrap();
    // Opening it to read would block for ever.
    mknodat(CWD, dir.at("pipe.csv"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for name in ["link.csv", "folder.csv", "pipe.csv"] {
        assert_eq!(dir.look(name), None, "{name}");
        assert!(matches!(dir.read(name, &stamp), Err(ReadError::NotRegular)), "{name}");
    }
    for name in ["gone.csv", "real.csv/x.csv", "gone/x.csv", "dir/real.csv", "../x.csv"] {
        assert_eq!(dir.look(name), None, "{name}");
        assert!(matches!(dir.read(name, &stamp), Err(ReadError::Gone)), "{name}");
    }
}
