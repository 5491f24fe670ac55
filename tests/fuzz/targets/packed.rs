//! Packed files: a whole stream gives what its text gives; a damaged one, or what only begins like one, gives a reason.
#![no_main]

use std::io::Write;

use chimera_insight::artifact::read;
use chimera_insight_fuzz::{Outcome, RelPath, Settings, invariants, settings};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory takes it all")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

fn outcome(path: &RelPath, mut bytes: &[u8], settings: &Settings) -> Outcome {
    read(path, &mut bytes, settings).expect("bytes in memory can be read")
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The last three bytes say how to pack what stands before them, and where to cut or damage it.
    let Some((text, [how, at, flip])) = data.split_last_chunk::<3>() else { return };
    let settings = Settings { max_bytes: 1 << 20, ..settings() };
    let half = text.len() / 2;
    let (first, second) = (&text[..half], &text[half..]);
    let (mut packed, name) = match how % 6 {
        0 => (gzip(text), "a.csv.gz"),
        1 => (zstd(text), "a.json.zst"),
        2 => ([gzip(first), gzip(second)].concat(), "a.md.gz"),
        3 => ([zstd(first), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(second)].concat(), "a.csv.zst"),
        4 => ([b"\x1f\x8b\x08", text].concat(), "a.csv.gz"),
        _ => ([b"\x28\xb5\x2f\xfd", text].concat(), "a.csv.zst"),
    };
    let path = RelPath::new(format!("reports/{name}"));
    let whole = how % 6 < 4;
    if whole && flip % 2 == 0 && !text.starts_with(b"\x1f\x8b") {
        assert_eq!(outcome(&path, &packed, &settings), outcome(&path, text, &settings), "packed, not the same");
        return;
    }
    let place = usize::from(*at) * packed.len() / 256;
    match how / 6 % 3 {
        0 => packed.truncate(place),
        1 => packed[place] ^= flip,
        _ => packed.insert(place, *flip),
    }
    match outcome(&path, &packed, &settings) {
        Outcome::Parsed(parsed) => invariants::sound(&parsed, &settings),
        Outcome::Incomplete { reason } | Outcome::Rejected { reason } | Outcome::Unrecognised { reason } => {
            assert!(!reason.is_empty());
        }
    }
});
