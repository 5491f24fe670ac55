//! Units as people write them: behind a number, at the end of a label, in brackets, in a key's suffix, in several languages.
//!
//! The spellings here are words of languages; what they come down to is [`Unit`], which knows the rest. A word that is no unit gives `None`:
//! nothing can fail.

use super::glyphs::Glyph;
use super::unit_words::{NEVER_BEHIND, NEVER_IN_LABEL, WORDS};
use crate::domain::units::Unit;

/// The unit that `text` spells in full, in any of the languages.
pub(super) fn spelled(text: &str) -> Option<Unit> {
    let text = text.trim().trim_end_matches('.');
    let lower = text.to_lowercase();
    if lower.is_empty() || lower.chars().count() > 40 {
        return None;
    }
    let by_word = || WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(unit, _)| Unit::new(unit));
    by_word().or_else(|| Unit::known(&lower)).or_else(|| scaled(text)).or_else(|| divided(&lower))
}

/// Units that only their scale knows: `KiB/s`, `MB/s`, `ns/op`.
fn scaled(text: &str) -> Option<Unit> {
    let unit = Unit::new(text);
    (unit.dimension() != unit.as_str() && !unit.as_str().eq_ignore_ascii_case("b/s")).then_some(unit)
}

/// One thing per another: `ms/token`, `samples/s`, `MB per run`.
fn divided(lower: &str) -> Option<Unit> {
    let (over, under) = ["/", " per ", " par ", " pro ", " por "].iter().find_map(|by| lower.split_once(by))?;
    let (over, under) = (over.trim(), under.trim());
    let word = |text: &str| (1..=16).contains(&text.chars().count()) && text.chars().all(char::is_alphabetic);
    if !word(over) || !word(under) {
        return None;
    }
    let unit = |text: &str| {
        WORDS
            .iter()
            .find(|(_, words)| words.contains(&text))
            .map(|(unit, _)| Unit::new(unit))
            .or_else(|| Unit::known(text))
    };
    let rate = unit(under).filter(|u| matches!(u.as_str(), "s" | "ms" | "min" | "h" | "days"));
    match (unit(over), rate) {
        (Some(over), Some(under)) => Some(Unit::new(&format!("{over}/{under}"))),
        (Some(over), None) => Some(Unit::new(&format!("{over}/{under}"))),
        (None, Some(under)) => Some(Unit::new(&format!("{over}/{under}"))),
        (None, None) => None,
    }
}

/// The unit right behind a number that ends at `at`, and where the unit ends. The longest spelling wins.
pub(super) fn behind(glyphs: &[Glyph], at: usize) -> Option<(Unit, usize)> {
    let c = |i: usize| glyphs.get(i).map(|g| g.c);
    let blanks = (0..3).take_while(|i| c(at + i).is_some_and(|c| c == ' ' || c == '\u{a0}' || c == '\u{202f}')).count();
    let hyphen =
        usize::from(blanks == 0 && matches!(c(at), Some('-' | '‑')) && c(at + 1).is_some_and(char::is_alphabetic));
    let start = at + blanks + hyphen;
    let mut found = None;
    let mut text = String::new();
    for end in start..start + 32 {
        let Some(here) = c(end).filter(|c| unit_character(*c)) else { break };
        text.push(if here.is_whitespace() { ' ' } else { here });
        if cuts(here, c(end + 1)) && !here.is_whitespace() {
            let lower = text.to_lowercase();
            let glued = blanks == 0 && hyphen == 0;
            if refused(&lower, &text, glued) {
                continue;
            }
            if let Some(unit) = spelled(&text) {
                found = Some((unit, end + 1));
            }
        }
    }
    // `x` of `2 x 3` multiplies.
    found.filter(|(unit, end)| {
        !(unit.as_str() == "ratio" && blanks > 0 && *end == start + 1 && next_is_digit(glyphs, *end))
    })
}

fn next_is_digit(glyphs: &[Glyph], at: usize) -> bool {
    glyphs
        .get(at..)
        .unwrap_or_default()
        .iter()
        .map(|g| g.c)
        .find(|c| !c.is_whitespace())
        .is_some_and(|c| c.is_ascii_digit())
}

fn refused(lower: &str, text: &str, glued: bool) -> bool {
    if glued {
        // `7b`, `270m` and `1T` are sizes of models; `mo`, `go` and `ko` glued are sizes in French.
        return matches!(lower, "b" | "t" | "m" | "mes" | "to") || text == "D" || text == "C" || text == "V";
    }
    NEVER_BEHIND.contains(&lower) || matches!(text, "d" | "J" | "j" | "v")
}

fn unit_character(c: char) -> bool {
    c.is_alphabetic()
        || c == ' '
        || c == '\u{a0}'
        || c == '/'
        || "%％٪°µμ$€×℃'²³".contains(c)
        || ('\u{900}'..'\u{e00}').contains(&c)
}

/// Whether a unit may end between `here` and `next`: not inside of a word; languages without blanks end anywhere.
fn cuts(here: char, next: Option<char>) -> bool {
    let Some(next) = next else { return true };
    let script = |c: char| if wide(c) { 1 } else { 0 };
    !(next.is_alphanumeric() || next == '_') || !here.is_alphanumeric() || wide(here) || script(here) != script(next)
}

/// Han, kana, Hangul: written without blanks between words, or with endings glued to them.
pub(super) fn wide(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
}

/// The unit that a label tells: in its last brackets (`Latency (ms)`), behind a comma or `in` (`Latency, ms`), as its last words (`Tokens per
/// Second`), as the suffix of a key (`ttft_ms`).
pub(super) fn of_label(label: &str) -> Option<Unit> {
    let label: String = label.trim().trim_end_matches([':', '：', '=']).trim().chars().take(200).collect();
    let mut outside = String::new();
    let mut inside = String::new();
    let mut bracketed = None;
    let mut depth = 0usize;
    for c in label.chars() {
        match c {
            '(' | '[' | '（' | '［' | '【' => {
                depth += 1;
                inside.clear();
            }
            ')' | ']' | '）' | '］' | '】' => {
                depth = depth.saturating_sub(1);
                let plural = inside == "s" && outside.ends_with(char::is_alphabetic) && !timed(&outside);
                bracketed = bracket(&inside).filter(|_| !plural).or(bracketed);
            }
            _ if depth > 0 => inside.push(c),
            _ => outside.push(c),
        }
    }
    bracketed.or_else(|| of_words(outside.trim()))
}

/// Whether a label's last word names a time, so that `(s)` glued to it means seconds and no plural.
fn timed(label: &str) -> bool {
    let last = words(label).pop().unwrap_or_default();
    let times = [
        "time", "times", "latency", "duration", "ttft", "tpot", "delay", "elapsed", "temps", "zeit", "durée", "tiempo",
        "runtime", "wait",
    ];
    times.contains(&last.as_str()) || last.chars().next_back().is_some_and(wide)
}

fn bracket(text: &str) -> Option<Unit> {
    let text = text.trim();
    let text = text.strip_prefix("in ").or_else(|| text.strip_prefix("en ")).unwrap_or(text);
    if text.eq_ignore_ascii_case("x") || text.eq_ignore_ascii_case("b") {
        return Unit::known(text);
    }
    spelled(text)
}

/// The unit that the last words of a label or key spell, longest first.
fn of_words(text: &str) -> Option<Unit> {
    let last = text.rsplit_once([',', '，']).map(|(_, last)| last).filter(|last| last.trim().chars().count() <= 20);
    if let Some(unit) = last.and_then(spelled) {
        return Some(unit);
    }
    let words = words(text);
    if words.len() == 1 && text.chars().count() <= 2 {
        return None;
    }
    for count in (1..=3).rev() {
        let Some(tail) = words.len().checked_sub(count).and_then(|from| words.get(from..)) else { continue };
        let tail = tail.join(" ");
        if NEVER_IN_LABEL.contains(&tail.as_str()) || count == 1 && words.len() == 1 && !rate_word(&tail) {
            continue;
        }
        if let Some(unit) = rate(&tail).or_else(|| spelled(&tail)) {
            return Some(unit);
        }
    }
    None
}

/// Single words that name a rate by themselves.
fn rate_word(word: &str) -> bool {
    word.contains('/')
        || matches!(
            word,
            "tps" | "rps" | "qps" | "fps" | "percent" | "percentage" | "bytes" | "seconds" | "milliseconds"
        )
}

/// `tokens s` and `tokens per s` of keys; `percentage`.
fn rate(tail: &str) -> Option<Unit> {
    match tail {
        "percentage" => Some(Unit::new("percent")),
        "tokens s" | "token s" | "tok s" | "toks s" | "tokens sec" | "tokens per s" | "tok per s" | "t per s" => {
            Some(Unit::new("tok/s"))
        }
        "req s" | "requests s" | "requests per s" => Some(Unit::new("req/s")),
        "ops s" | "ops per s" => Some(Unit::new("ops/s")),
        "gb s" => Some(Unit::new("GB/s")),
        "mb s" => Some(Unit::new("MB/s")),
        _ => None,
    }
}

/// The words of a label or key, lower-cased: `memory_usage_mb`, `latencyMs`, `Total File Size`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in text.chars() {
        let breaks = !(c.is_alphanumeric() || c == '/' || c == '%' || c == '°' || c == 'µ' || c == '\'' || c == '’');
        if breaks || c.is_uppercase() && lower_before {
            words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty()));
        }
        if !breaks {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    words.extend(Some(word).filter(|w| !w.is_empty()));
    words
}
