//! An artifact: one file below a watched directory. A *version* of it is one content hash.
//!
//! Paths are bytes, because Linux file names are; they are escaped only when shown.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Endings of files that benchmarks write their results into, and other programs other things. A file without any ending is such a
/// one too. Whoever teaches the readers a format that comes with a new ending adds it here.
const POSSIBLE_ENDINGS: &[&[u8]] = &[
    b"txt", b"text", b"log", b"out", b"stdout", b"res", b"result", b"results", b"stats", b"summary", b"bench", b"dat",
    b"tab", b"xml", b"jtl", b"js", b"sql",
];

/// What kind of text an artifact holds, by its name; the content decides how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArtifactKind {
    /// Comma-, semicolon- or tab-separated rows.
    Csv,
    /// JSON, JSON Lines or newline-delimited JSON.
    Json,
    /// Markdown.
    Markdown,
    /// Anything else that may hold results: only reading such a file tells whether it is an artifact.
    Other,
}

impl ArtifactKind {
    /// The kinds in the order in which reports list them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Markdown, Self::Other];

    /// The kind that a file name suggests; `None` when such a file is never read (sources, pictures, archives, locks and whatever else
    /// no benchmark writes its results into). `.gz` and `.zst` behind a name change nothing.
    pub fn of_name(name: &[u8]) -> Option<Self> {
        let name = unpacked_name(name);
        let Some(ending) = ending(name) else { return Some(Self::Other) };
        match ending.to_ascii_lowercase().as_slice() {
            b"csv" | b"tsv" => Some(Self::Csv),
            b"json" | b"jsonl" | b"ndjson" => Some(Self::Json),
            b"md" | b"markdown" => Some(Self::Markdown),
            lower => POSSIBLE_ENDINGS.contains(&lower).then_some(Self::Other),
        }
    }

    /// Whether a file of this kind is an artifact whatever it holds. Of the others those are that show results.
    pub fn is_certain(self) -> bool {
        self != Self::Other
    }

    /// The word used in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Other => "other",
        }
    }

    /// The kind that [`as_str`](Self::as_str) wrote.
    pub fn from_word(word: &str) -> Self {
        match word {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "markdown" => Self::Markdown,
            _ => Self::Other,
        }
    }
}

/// The name without the ending that says how the file is written, nor that of its packing: renderings of one result share it. A name
/// that is nothing but an ending, or has one that no artifact has, stays whole.
pub fn stem(name: &[u8]) -> &[u8] {
    let unpacked = unpacked_name(name);
    if ArtifactKind::of_name(unpacked).is_none() {
        return name;
    }
    let length = ending(unpacked).map_or(0, |ending| ending.len() + 1);
    unpacked.get(..unpacked.len() - length).filter(|stem| !stem.is_empty()).unwrap_or(unpacked)
}

/// The name without the ending that says how the file is packed.
fn unpacked_name(name: &[u8]) -> &[u8] {
    let packed = |ending: &[u8]| ending.eq_ignore_ascii_case(b"gz") || ending.eq_ignore_ascii_case(b"zst");
    match ending(name) {
        Some(last) if packed(last) => name.get(..name.len() - last.len() - 1).unwrap_or(name),
        _ => name,
    }
}

/// What stands behind the last dot. Numbers there are no ending but a counter, a date or a version: `fio.1`, `iperf-3.16`.
fn ending(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    let ending = name.get(dot + 1..)?;
    let numeric = ending.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    (!numeric).then_some(ending)
}

/// Identity and state of a file as `lstat` gives it: any difference means that the file may have changed, the hash then
/// decides (mtime alone lies: a rename can bring an older one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FileStamp {
    pub dev: u64,
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since the Unix epoch; may lie before 1970.
    pub mtime_ns: i64,
    /// Nanoseconds since the Unix epoch.
    pub ctime_ns: i64,
}

impl FileStamp {
    /// A stamp from what `lstat` or `fstat` says; the two times as (seconds, nanoseconds), held at the ends of the range that
    /// 64-bit nanoseconds can tell (years 1677 to 2262).
    pub fn new(dev: u64, ino: u64, size: u64, mtime: (i64, i64), ctime: (i64, i64)) -> Self {
        let nanoseconds = |(seconds, rest): (i64, i64)| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self { dev, ino, size, mtime_ns: nanoseconds(mtime), ctime_ns: nanoseconds(ctime) }
    }
}

/// BLAKE3 of an artifact's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The first twelve hexadecimal digits: enough to name a version in a report.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// A path relative to the tree, beginning with the root's own name (`reports/gemma3/x.csv`), as bytes with `/` separators.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelPath(Vec<u8>);

impl RelPath {
    /// A path from raw bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// A path from a `Path` that is already relative to the tree.
    pub fn from_path(path: &Path) -> Self {
        Self(path.as_os_str().as_bytes().to_vec())
    }

    /// The bytes as the file system has them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or(&self.0)
    }

    /// Everything before the last component, without a trailing slash; empty for a bare name.
    pub fn dir(&self) -> &[u8] {
        self.0.iter().rposition(|&b| b == b'/').map_or(&[], |slash| &self.0[..slash])
    }

    /// For people: invalid UTF-8 and control characters escaped, never a line break.
    pub fn display(&self) -> String {
        display_bytes(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelPath({})", self.display())
    }
}

/// `bytes` as text for people: what is not printable UTF-8 becomes `\xNN` or `\u{…}`.
pub fn display_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_from_the_extension_in_any_case() {
        use ArtifactKind::{Csv, Json, Markdown, Other};
        let table: &[(Option<ArtifactKind>, &[&str])] = &[
            (Some(Csv), &["A.CSV", "x.tsv", "x.csv.gz", "x.CSV.ZST", "a.log.csv"]),
            (Some(Json), &["x.ndjson", "x.jsonl", "x.json.zst", "package.json"]),
            (Some(Markdown), &["README.markdown", "x.md", "x.md.gz"]),
            (Some(Other), &["x.log", "x.TXT", "x.xml.gz", "x.jtl", "data.js", "x.sql", "sysbench.32.res"]),
            (Some(Other), &["noext", "noext.gz", "fio.1", "run.2026-11-21", "sysbench-1.0.20", "x.log.3", "x."]),
            (None, &["model.onnx", "x.tar.gz", "x.tgz", "x.py", "x.rs", "x.sh", "x.c", "x.png", "x.html", "x.zip"]),
            (None, &["Cargo.lock", "x.pid", "x.csv.gz.gz", "x.csv.bak", "x.csv.orig", "x.7z", "index.db-wal"]),
        ];
        for (kind, names) in table {
            for name in *names {
                assert_eq!(ArtifactKind::of_name(name.as_bytes()), *kind, "{name}");
            }
        }
    }

    #[test]
    fn strange_names_are_shown_escaped() {
        assert_eq!(RelPath::new(&b"a/\xff\nb.csv"[..]).display(), "a/\\xff\\nb.csv");
    }

    #[test]
    fn directory_and_name_split_at_the_last_slash() {
        let path = RelPath::new(&b"reports/a/b.csv"[..]);
        assert_eq!((path.dir(), path.file_name()), (&b"reports/a"[..], &b"b.csv"[..]));
        assert_eq!(RelPath::new(&b"b.csv"[..]).dir(), b"");
    }
}
