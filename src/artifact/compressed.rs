//! Packed files, read through: gzip (RFC 1952, any number of members) and Zstandard (RFC 8878, any number of frames). The first bytes
//! decide, not the name; what is not packed passes through as it is.
//!
//! Nothing is ever unpacked into memory here: a reader gives as much as it is asked for. What it holds meanwhile is the window that the
//! format refers back to (32 KiB in gzip; Zstandard says how large, and [`Limits::window`] bounds it) and two small buffers.
//!
//! **How it fails.** As errors of reading, so that whatever reads text from here needs to know nothing of packing: a [`Fault`] inside an
//! [`io::Error`] says that the stream ends in the middle, that it is damaged, or that it unpacks to unreasonably much. Everything
//! else is an error of the source itself, passed on as it came.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// What bounds unpacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// So much may come out whatever the ratio is. Bytes.
    pub free: u64,
    /// Beyond that, so many times what went in.
    pub ratio: u64,
    /// A Zstandard frame that refers back further is refused. Bytes.
    pub window: u64,
}

/// Why a packed file cannot be read through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("the {0} stream ends in the middle")]
    Truncated(&'static str),
    #[error("the {format} stream is damaged after {unpacked} bytes of text: {reason}")]
    Damaged { format: &'static str, unpacked: u64, reason: String },
    #[error(
        "{packed} packed bytes become more than {unpacked}: over {ratio} times as many is no text that a benchmark writes"
    )]
    Bomb { packed: u64, unpacked: u64, ratio: u64 },
    #[error("the zstd stream refers back further than the {most} bytes that are kept")]
    Window { most: u64 },
}

impl Fault {
    /// The fault that an error of reading stands for; `None` when the source itself failed.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

/// A source, unpacked if it is packed.
pub(super) struct Unpacked<'a> {
    stream: Stream<'a>,
    limits: Limits,
    /// Bytes given so far.
    given: u64,
}

enum Stream<'a> {
    Plain(Packed<'a>),
    Gzip(Option<GzDecoder<Packed<'a>>>),
    Zstd(Packed<'a>, Box<FrameDecoder>, Frame),
    /// Everything was read, or it failed.
    End,
}

/// Where a Zstandard stream stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Between,
    Within,
}

/// Looks at the first bytes of `source` and unpacks what follows.
///
/// # Errors
/// When the source cannot be read.
pub(super) fn open(source: &mut dyn Read, limits: Limits) -> io::Result<Unpacked<'_>> {
    let mut packed = Packed::new(source);
    let head = packed.peek(4)?;
    let stream = match head {
        [0x1f, 0x8b, ..] => Stream::Gzip(Some(GzDecoder::new(packed))),
        // The second is a frame to be skipped, which some programs begin with.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(limits.window);
            Stream::Zstd(packed, Box::new(decoder), Frame::Between)
        }
        _ => Stream::Plain(packed),
    };
    Ok(Unpacked { stream, limits, given: 0 })
}

impl Unpacked<'_> {
    /// The name of the format, for messages about it.
    fn format(&self) -> &'static str {
        if matches!(self.stream, Stream::Zstd(..)) { "zstd" } else { "gzip" }
    }

    /// Bytes of the source that were used.
    fn used(&self) -> u64 {
        match &self.stream {
            Stream::Plain(packed) | Stream::Zstd(packed, ..) => packed.used,
            Stream::Gzip(decoder) => decoder.as_ref().map_or(0, |decoder| decoder.get_ref().used),
            Stream::End => 0,
        }
    }

    /// What an error of a decoder means: the source has failed, or has ended too early, or is damaged.
    fn fault(&mut self, error: &dyn std::error::Error) -> io::Error {
        let (format, unpacked) = (self.format(), self.given);
        let packed = match &mut self.stream {
            Stream::Plain(packed) | Stream::Zstd(packed, ..) => Some(packed),
            Stream::Gzip(decoder) => decoder.as_mut().map(GzDecoder::get_mut),
            Stream::End => None,
        };
        if let Some(packed) = packed {
            if let Some(failure) = packed.failure.take() {
                return failure;
            }
            if packed.ended {
                return io::Error::other(Fault::Truncated(format));
            }
        }
        io::Error::other(Fault::Damaged { format, unpacked, reason: innermost(error) })
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.stream {
            Stream::End => return Ok(0),
            Stream::Plain(packed) => {
                return packed.read(buffer).map_err(|error| packed.failure.take().unwrap_or(error));
            }
            Stream::Gzip(_) => self.gzip(buffer),
            Stream::Zstd(..) => self.zstd(buffer),
        };
        let read = read.and_then(|count| {
            self.given = self.given.saturating_add(count as u64);
            let (packed, ratio) = (self.used(), self.limits.ratio);
            if self.given > self.limits.free.max(packed.saturating_mul(ratio)) {
                return Err(io::Error::other(Fault::Bomb { packed, unpacked: self.given, ratio }));
            }
            Ok(count)
        });
        if !matches!(read, Ok(1..)) {
            self.stream = Stream::End;
        }
        read
    }
}

impl Unpacked<'_> {
    fn gzip(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Stream::Gzip(slot) = &mut self.stream else { return Ok(0) };
            let Some(decoder) = slot else { return Ok(0) };
            match decoder.read(buffer) {
                Ok(0) => {}
                Ok(count) => return Ok(count),
                Err(error) => return Err(self.fault(&error)),
            }
            // A member has ended. Programs pad with zeros, as `gzip` itself takes for granted.
            let Some(mut packed) = slot.take().map(GzDecoder::into_inner) else { return Ok(0) };
            packed.skip_zeros()?;
            match packed.peek(2)? {
                [] => return Ok(0),
                [0x1f, 0x8b] | [0x1f] => *slot = Some(GzDecoder::new(packed)),
                _ => {
                    let reason = "what follows its end is something else".to_owned();
                    return Err(io::Error::other(Fault::Damaged { format: "gzip", unpacked: self.given, reason }));
                }
            }
        }
    }

    fn zstd(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Stream::Zstd(packed, decoder, frame) = &mut self.stream else { return Ok(0) };
            if *frame == Frame::Between {
                if packed.peek(1)?.is_empty() {
                    return Ok(0);
                }
                match decoder.init(&mut *packed) {
                    Ok(()) => *frame = Frame::Within,
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length, ..
                    })) => {
                        self.skip_frame(u64::from(length))?;
                        continue;
                    }
                    Err(error) => return Err(self.zstd_fault(&error)),
                }
            } else if decoder.can_collect() > 0 {
                return decoder.read(buffer);
            } else if !decoder.is_finished() {
                if let Err(error) = decoder.decode_blocks(&mut *packed, BlockDecodingStrategy::UptoBlocks(1)) {
                    return Err(self.zstd_fault(&error));
                }
            } else {
                let stated = decoder.get_checksum_from_data();
                if stated.is_some() && stated != decoder.get_calculated_checksum() {
                    let reason = "its checksum does not hold".to_owned();
                    return Err(io::Error::other(Fault::Damaged { format: "zstd", unpacked: self.given, reason }));
                }
                *frame = Frame::Between;
            }
        }
    }

    fn zstd_fault(&mut self, error: &FrameDecoderError) -> io::Error {
        match error {
            FrameDecoderError::WindowSizeTooBig { max, .. } => io::Error::other(Fault::Window { most: *max }),
            error => self.fault(error),
        }
    }

    fn skip_frame(&mut self, length: u64) -> io::Result<()> {
        let Stream::Zstd(packed, ..) = &mut self.stream else { return Ok(()) };
        match io::copy(&mut packed.by_ref().take(length), &mut io::sink()) {
            Ok(skipped) if skipped == length => Ok(()),
            Ok(_) => Err(io::Error::other(Fault::Truncated("zstd"))),
            Err(error) => Err(self.fault(&error)),
        }
    }
}

/// The last cause, on one line: what wraps it only repeats that decoding failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    super::text::one_line(&error.to_string(), 120)
}

/// How much of the source is fetched at a time. Bytes.
const FETCH: usize = 64 << 10;

/// A source with a buffer in front of it, which remembers what became of the source: decoders tell little of that.
struct Packed<'a> {
    source: &'a mut dyn Read,
    buffer: Vec<u8>,
    /// The unread part of the buffer.
    from: usize,
    to: usize,
    /// Bytes handed out.
    used: u64,
    /// Somebody wanted more than there is.
    ended: bool,
    /// What the source failed with; the decoder got an error of the same kind.
    failure: Option<io::Error>,
}

impl<'a> Packed<'a> {
    fn new(source: &'a mut dyn Read) -> Self {
        Self { source, buffer: vec![0; FETCH], from: 0, to: 0, used: 0, ended: false, failure: None }
    }

    /// The next bytes, at most `count`: fewer when the source ends before. They stay unread.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.to - self.from < count && self.fetch()? > 0 {}
        let to = self.to.min(self.from.saturating_add(count));
        Ok(self.buffer.get(self.from..to).unwrap_or_default())
    }

    fn skip_zeros(&mut self) -> io::Result<()> {
        loop {
            let unread = self.peek(1)?;
            if unread != [0] {
                return Ok(());
            }
            self.consume(1);
        }
    }

    /// Fetches more behind what is unread; says how much came.
    fn fetch(&mut self) -> io::Result<usize> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        let Some(room) = self.buffer.get_mut(self.to..).filter(|room| !room.is_empty()) else { return Ok(0) };
        loop {
            match self.source.read(room) {
                Ok(count) => {
                    self.to += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl BufRead for Packed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.from == self.to {
            match self.fetch() {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => {
                    let alike = error.kind().into();
                    self.failure = Some(error);
                    return Err(alike);
                }
            }
        }
        Ok(self.buffer.get(self.from..self.to).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.to - self.from);
        self.from += count;
        self.used = self.used.saturating_add(count as u64);
    }
}

impl Read for Packed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let unread = self.fill_buf()?;
        let count = unread.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), unread.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
