//! A run: one execution of a benchmark, with what is known of its time, host and commit.

use jiff::Timestamp;

/// Where a run's time was taken from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeSource {
    /// The file's content says it.
    Content,
    /// The file's name holds a time stamp.
    FileName,
    /// The file's modification time, for want of anything better.
    Mtime,
}

impl TimeSource {
    /// The number stored in the database: lower is better.
    pub fn rank(self) -> u8 {
        match self {
            Self::Content => 0,
            Self::FileName => 1,
            Self::Mtime => 2,
        }
    }

    /// The source that [`rank`](Self::rank) numbered.
    pub fn from_rank(rank: i64) -> Self {
        match rank {
            0 => Self::Content,
            1 => Self::FileName,
            _ => Self::Mtime,
        }
    }
}

/// What identifies and describes a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunInfo {
    /// When the benchmark ran, in UTC; `None` until the file name or mtime supplies it.
    pub time: Option<RunTime>,
    pub host: Option<String>,
    pub commit: Option<String>,
    pub branch: Option<String>,
}

/// A commit as people are shown it: a full hash (SHA-1 or SHA-256 in hexadecimal) by its first 12 digits, any other name whole. `git` and
/// `runs exclude --commit` take it back.
pub fn short_commit(name: &str) -> &str {
    let is_hash = matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit());
    name.get(..12).filter(|_| is_hash).unwrap_or(name)
}

/// A run's time and how we know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTime {
    pub at: Timestamp,
    pub source: TimeSource,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_hashes_are_shown_by_their_first_digits_and_other_names_whole() {
        let (sha1, sha256) = ("4fb42155304c9d0e8a7b6c5d4e3f2a1b0c9d8e7f", "4fb42155304c".repeat(6));
        assert_eq!([short_commit(sha1), short_commit(&sha256[..64])], ["4fb42155304c"; 2]);
        for name in ["", "4fb42155304c9d", "v1.2.3-14-gabc1234", &sha256, &"g".repeat(40), &"é".repeat(20)] {
            assert_eq!(short_commit(name), name);
        }
    }
}
