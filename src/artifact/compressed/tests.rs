use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

const TEXT: &[u8] = b"model,latency_ms\ntiny,10.5\nlarge,20.25\n";
const LIMITS: Limits = Limits { free: 1 << 20, ratio: 100, window: 8 << 20 };

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn unpack(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open(&mut bytes, LIMITS)?.read_to_end(&mut text)?;
    Ok(text)
}

#[track_caller]
fn fault(bytes: &[u8]) -> Fault {
    let error = unpack(bytes).unwrap_err();
    Fault::of(&error).unwrap_or_else(|| panic!("{error}")).clone()
}

/// Gives a few bytes at a time, as pipes do.
struct Dribble<'a>(&'a [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(3);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn what_is_packed_is_read_through_and_what_is_not_stays_as_it_is() {
    for bytes in [TEXT, b"", b"\x1f", b"(\xb5/", b"plain"] {
        assert_eq!(unpack(bytes).unwrap(), bytes);
    }
    let long: Vec<u8> = TEXT.iter().copied().cycle().take(300_000).collect();
    for text in [TEXT, b"", b"a", &long] {
        assert_eq!(unpack(&gzip(text)).unwrap(), text);
        assert_eq!(unpack(&zstd(text)).unwrap(), text);
    }
}

#[test]
fn members_and_frames_follow_each_other_with_padding_between() {
    let both = [TEXT, TEXT].concat();
    assert_eq!(unpack(&[gzip(TEXT), gzip(TEXT)].concat()).unwrap(), both);
    assert_eq!(unpack(&[gzip(TEXT), vec![0; 513], gzip(TEXT), vec![0; 3]].concat()).unwrap(), both);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    assert_eq!(unpack(&[zstd(TEXT), skipped.clone(), zstd(TEXT)].concat()).unwrap(), both);
    assert_eq!(unpack(&[skipped, zstd(TEXT)].concat()).unwrap(), TEXT);
}

#[test]
fn a_source_may_give_little_at_a_time() {
    for packed in [[gzip(TEXT), gzip(TEXT)].concat(), [zstd(TEXT), zstd(TEXT)].concat()] {
        let mut text = Vec::new();
        open(&mut Dribble(&packed), LIMITS).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, [TEXT, TEXT].concat());
    }
}

#[test]
fn a_stream_cut_anywhere_ends_in_the_middle() {
    for (format, packed) in [("gzip", gzip(TEXT)), ("zstd", zstd(TEXT))] {
        for length in 4..packed.len() {
            assert_eq!(fault(&packed[..length]), Fault::Truncated(format), "{length}");
        }
        // Behind the first member as well.
        let two = [packed.as_slice(), &packed[..packed.len() / 2]].concat();
        assert_eq!(fault(&two), Fault::Truncated(format));
    }
}

#[test]
fn damage_is_told_from_an_early_end() {
    let mut packed = gzip(TEXT);
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    let Fault::Damaged { format: "gzip", reason, .. } = fault(&packed) else { panic!("{:?}", fault(&packed)) };
    assert!(reason.contains("checksum"), "{reason}");
    let behind = fault(&[gzip(TEXT), b"and more".to_vec()].concat());
    assert!(matches!(&behind, Fault::Damaged { unpacked, .. } if *unpacked == TEXT.len() as u64), "{behind:?}");
    let mut packed = zstd(TEXT);
    // The type of the first block, behind magic, descriptor and window: 3 is reserved.
    packed[6] |= 6;
    assert!(matches!(fault(&packed), Fault::Damaged { format: "zstd", .. }), "{:?}", fault(&packed));
    let behind = fault(&[zstd(TEXT), b"and more".to_vec()].concat());
    assert!(matches!(behind, Fault::Damaged { format: "zstd", .. }), "{behind:?}");
}

#[test]
fn no_byte_that_is_wrong_breaks_the_decoders() {
    for packed in [gzip(TEXT), zstd(TEXT)] {
        for at in 0..packed.len() {
            for bit in 0..8 {
                let mut packed = packed.clone();
                packed[at] ^= 1 << bit;
                let _ = unpack(&packed);
            }
        }
    }
}

#[test]
fn a_bomb_is_refused_as_soon_as_it_shows() {
    let zeros = vec![0; 8 << 20];
    for packed in [gzip(&zeros), zstd(&zeros)] {
        let Fault::Bomb { packed: used, unpacked, ratio: 100 } = fault(&packed) else { panic!("no bomb") };
        assert!(unpacked > LIMITS.free && unpacked <= 2 * LIMITS.free, "{used} become {unpacked}");
    }
    // As much in a file that is worth it.
    let zeros = vec![0; LIMITS.free as usize];
    assert_eq!(unpack(&gzip(&zeros)).unwrap().len(), zeros.len());
}

#[test]
fn a_frame_that_asks_for_much_memory_gets_none() {
    // Magic, no single segment, a window of 2^(10 + 21) bytes.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0];
    assert_eq!(fault(&frame), Fault::Window { most: LIMITS.window });
}

#[test]
fn what_the_source_fails_with_is_passed_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    for packed in [gzip(TEXT), zstd(TEXT), b"plain text".to_vec()] {
        let mut source = packed[..packed.len() - 4].chain(Broken);
        let error = open(&mut source, LIMITS).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5), "{error}");
    }
}
