//! The text that a reader would see: compatibility forms resolved (NFKC), invisible characters gone, blanks folded.
//!
//! Numeric characters that the normal form would turn into letters (`Ⅷ` into `VIII`) stay as they are, so that they are seen as what they
//! are. Nothing can fail.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Marks that models put around names and words, and that mean nothing in a report that sets names itself.
const QUOTES: &[char] = &['`', '"', '“', '”', '„', '‟', '«', '»'];

/// Abbreviations whose points end no sentence, and what they stand for.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("e.g.", "for example"),
    ("E.g.", "For example"),
    ("i.e.", "that is"),
    ("I.e.", "That is"),
    ("vs.", "versus"),
    ("approx.", "about"),
    ("etc.,", "and the like,"),
    ("etc.)", "and the like)"),
    ("etc.", "and the like."),
];

/// `text` as a reader sees it, on one line.
pub(super) fn clean(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c) && !QUOTES.contains(c));
    let mut normal = String::with_capacity(text.len());
    for c in visible {
        if c.is_numeric() {
            normal.push(c);
        } else {
            normal.extend(std::iter::once(c).nfkc());
        }
    }
    let mut out = String::with_capacity(normal.len());
    for c in normal.nfc().filter(|c| !is_invisible(*c)) {
        match c {
            c if c.is_whitespace() || c.is_control() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            '’' | '‘' | '\u{2bc}' => out.push('\''),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            'μ' => out.push('u'),
            c => out.push(c),
        }
    }
    let out = out.trim_end().trim_start_matches(['-', '•', '–', '*', ' ']);
    ABBREVIATIONS.iter().fold(
        out.to_owned(),
        |text, (short, long)| {
            if text.contains(short) { text.replace(short, long) } else { text }
        },
    )
}

/// Characters that show nothing, or only change how others are shown or read.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a letter is one of those that English text and the names in it are written with.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || (matches!(c, 'À'..='ſ') && !matches!(c, '×' | '÷'))
}

/// A word in lower case without accents, to be looked up.
pub(super) fn folded(word: &str) -> String {
    let plain = word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let mut out = String::with_capacity(word.len());
    for c in plain {
        match c {
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            'đ' | 'ð' => out.push('d'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_gone_and_what_can_is_normal() {
        assert_eq!(clean("t\u{200b}w\u{2060}o \u{202e}ｍｓ\n\tx\u{301}"), "two ms x\u{301}");
        assert_eq!(clean("- “a” `b`"), "a b");
        assert_eq!(clean("Ⅷ ① e.g. it’s"), "Ⅷ ① for example it's");
        assert_eq!(clean("｛｛m:F1｝｝"), "{{m:F1}}");
    }

    #[test]
    fn words_are_folded_to_be_looked_up() {
        assert_eq!(
            (folded("FÜNF"), folded("dreißig"), folded("trés")),
            ("funf".into(), "dreissig".into(), "tres".into())
        );
    }
}
