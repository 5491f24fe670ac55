//! Bytes to text: UTF-8 with or without a byte order mark, UTF-16, else Latin-1 (Windows-1252 differs only in quotes and dashes).
//!
//! Fails for what is no text at all: control characters that no text file holds.

/// Text, and whether it had to be guessed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    /// The encoding when it is not plain UTF-8.
    pub encoding: Option<&'static str>,
}

/// Decodes `bytes`; `None` when they are binary.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded> {
    let decoded = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8_or_latin1(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes, "UTF-16LE"),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes, "UTF-16BE"),
        _ => utf8_or_latin1(bytes),
    };
    let decoded = without_interleaved_nuls(decoded);
    // Text may hold a stray form feed, escape or NUL (a tool's string that was written with its end); one in a hundred, or many NULs,
    // is no text any more.
    let sample = decoded.text.chars().take(65_536);
    let (mut all, mut odd, mut nuls) = (0usize, 0usize, 0usize);
    for c in sample {
        all += 1;
        odd += usize::from(c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}' | '\u{1a}'));
        nuls += usize::from(c == '\0');
    }
    if odd * 100 > all || nuls * 200 > all {
        return None;
    }
    if nuls == 0 {
        return Some(decoded);
    }
    Some(Decoded { text: decoded.text.replace('\0', ""), ..decoded })
}

fn utf8_or_latin1(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.to_owned(), encoding: None },
        // A character cut at the end is a file still being written, not another encoding.
        Err(error) if error.error_len().is_none() => Decoded {
            text: String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned(),
            encoding: None,
        },
        Err(_) => Decoded { text: bytes.iter().map(|&b| char::from(b)).collect(), encoding: Some("Latin-1") },
    }
}

/// UTF-16 without a byte order mark, or converted as if it were single bytes: every other character is a NUL.
fn without_interleaved_nuls(decoded: Decoded) -> Decoded {
    let nuls = decoded.text.bytes().filter(|&b| b == 0).count();
    let all = decoded.text.chars().count();
    if nuls == 0 || nuls * 3 < all || nuls * 3 > all * 2 {
        return decoded;
    }
    let text: String = decoded.text.chars().filter(|&c| c != '\0').collect();
    let text = text.trim_start_matches(['ÿ', 'þ', '\u{feff}']).to_owned();
    Decoded { text, encoding: Some("damaged UTF-16") }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, name: &'static str) -> Decoded {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Decoded { text, encoding: Some(name) }
}

/// One line of at most `max` characters, for messages.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    for (i, word) in text.split_whitespace().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 8 * max {
            break;
        }
    }
    if line.chars().count() <= max {
        return line;
    }
    let mut cut: String = line.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        assert_eq!(decode(b"\xef\xbb\xbfa").map(|d| d.text).as_deref(), Some("a"));
        assert_eq!(decode(b"\xff\xfea\0b\0").map(|d| d.text).as_deref(), Some("ab"));
        assert_eq!(decode(b"\xfe\xff\0a\0b").map(|d| d.text).as_deref(), Some("ab"));
        assert_eq!(
            decode(b"caf\xe9 au lait"),
            Some(Decoded { text: "café au lait".into(), encoding: Some("Latin-1") })
        );
        assert_eq!(decode(b"\xc3\xbf\xc3\xbea\0,\0b\0").map(|d| d.text).as_deref(), Some("a,b"));
        assert_eq!(decode(b"\x7fELF\0\0\0\x01"), None);
        assert_eq!(decode(b"abc\xc3").map(|d| d.text).as_deref(), Some("abc"));
    }

    #[test]
    fn messages_stay_on_one_line() {
        assert_eq!(one_line("a\n  b", 10), "a b");
        assert_eq!(one_line("abcdef", 4), "abc…");
    }
}
