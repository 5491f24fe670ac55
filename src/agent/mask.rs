//! A mask over what must stay secret: the key, wherever a server repeats it, in whole or in part.
//!
//! Servers like to say which key it was that they refused, some with most of it starred out. Their words get into rows, reports and logs,
//! so the key is taken out where they come in. Pure, linear in the text.

use std::collections::HashSet;

use super::Key;
use super::fault::Fault;

/// What stands in place of the key.
const MASK: &str = "[key]";
/// A part of the key that is so long is no accident, characters.
const PART: usize = 8;
/// The same at the beginning or the end of a key, for a word that is nothing else,
const END: usize = 4;
/// and beside the stars of a shortened key.
const STARRED: usize = 2;

/// The text without the key and without any part of it that tells something.
pub(super) fn mask(text: &str, key: &Key) -> String {
    let Key::Secret(secret) = key else { return text.to_owned() };
    let (chars, key): (Vec<char>, Vec<char>) = (text.chars().collect(), secret.trim().chars().collect());
    if key.is_empty() {
        return text.to_owned();
    }
    let parts: HashSet<&[char]> = key.windows(PART.min(key.len())).collect();
    let mut hidden = vec![false; chars.len()];
    for (at, window) in chars.windows(PART.min(key.len())).enumerate() {
        if parts.contains(window) {
            hidden.iter_mut().skip(at).take(window.len()).for_each(|hidden| *hidden = true);
        }
    }
    let mut begin = 0;
    for word in chars.split(|c| !is_of_word(*c)) {
        // A full stop behind it is that of the sentence.
        let end = word.iter().rposition(|c| *c != '.').map_or(0, |last| last + 1);
        if tells(word, end, &key) {
            hidden.iter_mut().skip(begin).take(end).for_each(|hidden| *hidden = true);
        }
        begin += word.len() + 1;
    }
    masked(&chars, &hidden)
}

/// The text without the whole key: for answers, in which a part of it may well be an ordinary word.
pub(super) fn mask_whole(text: String, key: &Key) -> String {
    match key {
        Key::Secret(secret) if secret.trim().chars().count() >= PART => text.replace(secret.trim(), MASK),
        _ => text,
    }
}

/// What a server said, without the key.
pub(super) fn mask_fault(fault: Fault, key: &Key) -> Fault {
    Fault { said: mask(&fault.said, key), ..fault }
}

fn masked(chars: &[char], hidden: &[bool]) -> String {
    let mut out = String::with_capacity(chars.len());
    let mut before = false;
    for (c, &hides) in chars.iter().zip(hidden) {
        match (hides, before) {
            (true, false) => out.push_str(MASK),
            (true, true) => {}
            (false, _) => out.push(*c),
        }
        before = hides;
    }
    out
}

/// Whether a character can stand in a word that is a key, or a shortened one.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '…' | '+' | '/' | '~')
}

/// Whether a word, up to `end`, is the beginning or the end of the key, or a shortened form of it: `sk-abc***wxyz`, `sk-a...wxyz`.
fn tells(word: &[char], end: usize, key: &[char]) -> bool {
    let full = word.get(..end).unwrap_or_default();
    let long = key.len() >= PART + END;
    if long && full.len() >= END && (key.starts_with(full) || key.ends_with(full)) {
        return true;
    }
    let dots = |at: usize| word.get(at..at.saturating_add(3)).is_some_and(|three| three.iter().all(|c| *c == '.'));
    let marks = |at: usize, c: char| c == '*' || c == '…' || dots(at);
    let Some(first) = word.iter().enumerate().position(|(at, c)| marks(at, *c)) else { return false };
    let head = word.get(..first).unwrap_or_default();
    let last = full.iter().rposition(|c| matches!(c, '*' | '…' | '.')).map_or(end, |last| last + 1);
    let tail = full.get(last..).unwrap_or_default();
    (head.len() >= STARRED && key.starts_with(head)) || (tail.len() >= STARRED && key.ends_with(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hidden_whole_in_part_and_shortened() {
        let key = Key::Secret("sk-SUPERSECRET-12345".to_owned());
        for (said, told) in [
            ("Incorrect API key provided: Bearer sk-SUPERSECRET-12345.", "Incorrect API key provided: Bearer [key]."),
            ("Incorrect API key provided: sk-SUP********2345. Find yours at x.example", "[key]"),
            ("key=sk-SUP...2345", "key=[key]"),
            ("key \"sk-SUP…2345\"", "key \"[key]\""),
            ("it ends in ***2345", "it ends in [key]"),
            ("xxSUPERSECxx", "xx[key]xx"),
            ("cut at sk-SUPE", "cut at [key]"),
            ("ECRET-12345\" is no key", "[key]\" is no key"),
            ("sk-SUPERSECRET-12345sk-SUPERSECRET-12345", "[key]"),
            ("wait... and see; 2 ** 3", "wait... and see; 2 ** 3"),
            ("a model that is not there", "a model that is not there"),
        ] {
            let masked = mask(said, &key);
            assert!(masked == told || (told == "[key]" && masked.contains(told)), "{said}: {masked}");
            assert!(!masked.contains("SUP") && !masked.contains("2345"), "{masked}");
        }
        assert_eq!(mask("EMPTY and so on", &Key::Secret("EMPTY".to_owned())), "[key] and so on");
        assert_eq!(mask("x", &Key::None), "x");
        assert_eq!(mask("x", &Key::Secret(String::new())), "x");
        assert_eq!(mask_whole("a sk-SUPERSECRET-12345 b SUPERSECRET".to_owned(), &key), "a [key] b SUPERSECRET");
    }

    #[test]
    fn long_texts_take_no_longer_than_they_are() {
        let key = Key::Secret("ab".repeat(2000));
        let text = "ab".repeat(200_000) + &"*".repeat(400_000);
        assert!(mask(&text, &key).starts_with(MASK));
    }
}
