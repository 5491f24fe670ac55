//! Lines out of a stream of bytes, and the events that server-sent events make of them.
//!
//! A character may be split between two reads, so bytes are kept until their line ends and decoded as a whole; an end of line is never
//! a part of another character in UTF-8. A line has a longest length.

/// A stream that is not what the protocol says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    #[error("a line of the answer has more than {0} bytes")]
    TooLong(usize),
    #[error("the answer is not UTF-8")]
    NotText,
}

/// Cuts a stream into lines: `\n` ends one, as does `\r\n`, and a `\r` alone where the protocol says so.
#[derive(Debug)]
pub(super) struct Lines {
    pending: Vec<u8>,
    longest: usize,
    /// `\r` alone ends a line.
    lone_cr: bool,
    /// The last byte was a `\r` that ended a line: a `\n` right behind it belongs to it.
    after_cr: bool,
}

impl Lines {
    /// Lines of at most `longest` bytes, ended by `\n` or `\r\n` (NDJSON).
    pub fn new(longest: usize) -> Self {
        Self { pending: Vec::new(), longest, lone_cr: false, after_cr: false }
    }

    fn with_lone_cr(longest: usize) -> Self {
        Self { lone_cr: true, ..Self::new(longest) }
    }

    /// Takes what came and gives each line that ended with it to `take`.
    ///
    /// # Errors
    /// A line that is too long or not UTF-8, or an error of `take`; nothing more should be read then.
    pub fn push<E: From<LineError>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let lone_cr = self.lone_cr;
        for piece in bytes.split_inclusive(|&byte| byte == b'\n' || (lone_cr && byte == b'\r')) {
            let piece = match piece {
                [b'\n'] if self.after_cr => {
                    self.after_cr = false;
                    continue;
                }
                _ => piece,
            };
            let (body, ended) = match piece.split_last() {
                Some((b'\n', body)) => (body, true),
                Some((b'\r', body)) if lone_cr => (body, true),
                _ => (piece, false),
            };
            self.after_cr = lone_cr && piece.ends_with(b"\r");
            if self.pending.len().saturating_add(body.len()) > self.longest {
                return Err(LineError::TooLong(self.longest).into());
            }
            self.pending.extend_from_slice(body);
            if ended {
                self.line(&mut take)?;
            }
        }
        Ok(())
    }

    /// Gives what is left when the stream has ended without an end of line; empty if there is nothing.
    ///
    /// # Errors
    /// As [`Lines::push`].
    pub fn rest(&mut self) -> Result<String, LineError> {
        let pending = std::mem::take(&mut self.pending);
        String::from_utf8(pending).map_err(|_| LineError::NotText)
    }

    fn line<E: From<LineError>>(&mut self, take: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let text = std::str::from_utf8(&self.pending).map_err(|_| LineError::NotText)?;
        let taken = take(text.strip_suffix('\r').unwrap_or(text));
        self.pending.clear();
        taken
    }
}

/// The data of server-sent events (WHATWG HTML, "Server-sent events"): fields other than `data` and comments mean nothing here.
#[derive(Debug)]
pub(super) struct Events {
    lines: Lines,
    data: Data,
}

#[derive(Debug)]
struct Data {
    text: String,
    /// Whether there was any `data` field, which may be empty.
    any: bool,
    first_line: bool,
    longest: usize,
}

impl Events {
    /// Events whose data has at most `longest` bytes.
    pub fn new(longest: usize) -> Self {
        let data = Data { text: String::new(), any: false, first_line: true, longest };
        Self { lines: Lines::with_lone_cr(longest), data }
    }

    /// Takes what came and gives the data of each event that ended with it to `take`.
    ///
    /// # Errors
    /// As [`Lines::push`].
    pub fn push<E: From<LineError>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let data = &mut self.data;
        self.lines.push(bytes, |line| data.line(line, &mut take))
    }

    /// The data of an event that the end of the stream has left without its blank line. The standard throws it away; servers that end
    /// with their last `data` are many.
    ///
    /// # Errors
    /// As [`Lines::push`].
    pub fn rest(&mut self) -> Result<String, LineError> {
        let line = self.lines.rest()?;
        self.data.line(&line, &mut |_| Ok::<(), LineError>(()))?;
        Ok(std::mem::take(&mut self.data.text))
    }
}

impl Data {
    fn line<E: From<LineError>>(&mut self, line: &str, take: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let line = if std::mem::take(&mut self.first_line) { line.trim_start_matches('\u{feff}') } else { line };
        if line.is_empty() {
            if std::mem::take(&mut self.any) {
                let text = std::mem::take(&mut self.text);
                return take(&text);
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            if self.text.len().saturating_add(value.len()) >= self.longest {
                return Err(LineError::TooLong(self.longest).into());
            }
            if self.any {
                self.text.push('\n');
            }
            self.text.push_str(value);
            self.any = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines of `chunks`, and the rest.
    fn lines(chunks: &[&[u8]]) -> (Vec<String>, String) {
        let mut lines = Lines::new(1000);
        let mut found = Vec::new();
        for chunk in chunks {
            lines
                .push(chunk, |line| {
                    found.push(line.to_owned());
                    Ok::<(), LineError>(())
                })
                .expect("lines");
        }
        (found, lines.rest().expect("text"))
    }

    fn events(chunks: &[&[u8]]) -> (Vec<String>, String) {
        let mut events = Events::new(1000);
        let mut found = Vec::new();
        for chunk in chunks {
            events
                .push(chunk, |data| {
                    found.push(data.to_owned());
                    Ok::<(), LineError>(())
                })
                .expect("events");
        }
        (found, events.rest().expect("text"))
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_are_split() {
        let text = "{\"a\":\"é漢🦙\"}\r\n\n{\"b\":1}\nlast ü".as_bytes();
        let whole = lines(&[text]);
        assert_eq!(whole.0, ["{\"a\":\"é漢🦙\"}", "", "{\"b\":1}"]);
        assert_eq!(whole.1, "last ü");
        for at in 0..=text.len() {
            assert_eq!(lines(&[&text[..at], &text[at..]]), whole, "split at {at}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(lines(&bytes), whole);
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_split() {
        let text = "\u{feff}: hello\ndata: {\"a\":\"é\"}\r\n\r\nevent: x\rid: 1\rdata:two\rdata: lines 🦙\r\r\ndata\n\n\n\ndata: [DONE]";
        let text = text.as_bytes();
        let whole = events(&[text]);
        assert_eq!(whole.0, ["{\"a\":\"é\"}", "two\nlines 🦙", ""]);
        assert_eq!(whole.1, "[DONE]");
        for at in 0..=text.len() {
            assert_eq!(events(&[&text[..at], &text[at..]]), whole, "split at {at}");
            for next in at..=text.len() {
                assert_eq!(events(&[&text[..at], &text[at..next], &text[next..]]), whole, "split at {at} and {next}");
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(events(&bytes), whole);
    }

    #[test]
    fn a_line_without_end_is_an_error_and_not_memory() {
        let mut lines = Lines::new(10);
        let ok = |_: &str| Ok::<(), LineError>(());
        assert_eq!(lines.push(b"12345", ok), Ok(()));
        assert_eq!(lines.push(b"678901", ok), Err(LineError::TooLong(10)));
        let mut events = Events::new(10);
        let filled = (0..10).try_for_each(|_| events.push(b"data: 12\n", ok));
        assert_eq!(filled, Err(LineError::TooLong(10)));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let mut lines = Lines::new(10);
        assert_eq!(lines.push(b"\xff\xfe\n", |_| Ok(())), Err(LineError::NotText));
        let mut lines = Lines::new(10);
        assert_eq!(lines.push(b"\xe2\x82", |_| Ok::<(), LineError>(())), Ok(()));
        assert_eq!(lines.rest(), Err(LineError::NotText));
    }
}
