//! What is no claim: names that hold digits. File names and paths, addresses, identifiers, versions, hashes, model sizes, percentile labels,
//! numbered things (`Report 108`, `Section 4`), products (`RTX 4080`).
//!
//! [`mask`] marks the characters of such names; numbers are read from what is left. A name that is missed gives a claim too many: nothing can
//! fail.

use super::glyphs::Glyph;
use super::name_words::{EXTENSIONS, NUMBERED, PRODUCTS};
use super::number::digit;
use super::units;

/// Whether `c` joins the characters of a name: letters that are glued to digits, not those of scripts without blanks or with glued words.
pub(super) fn glues(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) < 0x530
}

fn name_character(c: char) -> bool {
    glues(c) || digit(c).is_some() || "_./\\-@~%#+*&".contains(c)
}

/// Marks the glyphs that belong to names.
pub(super) fn mask(glyphs: &[Glyph]) -> Vec<bool> {
    let mut masked = vec![false; glyphs.len()];
    let mut at = 0;
    while at < glyphs.len() {
        let start = at;
        while glyphs.get(at).is_some_and(|g| !g.c.is_whitespace() && !units::wide(g.c)) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        chunk(glyphs, start, at, &mut masked);
    }
    masked
}

/// One chunk between blanks: an address as a whole, else its names.
fn chunk(glyphs: &[Glyph], from: usize, to: usize, masked: &mut [bool]) {
    let slice = glyphs.get(from..to).unwrap_or_default();
    let address = slice.windows(3).position(|w| matches!(w, [a, b, c] if a.c == ':' && b.c == '/' && c.c == '/'));
    if address.is_some_and(|at| at > 1) || text(slice.get(..4).unwrap_or_default()) == "www." {
        return fill(masked, from, to);
    }
    let drive =
        matches!(slice, [a, b, c, ..] if a.c.is_ascii_alphabetic() && b.c == ':' && (c.c == '\\' || c.c == '/'));
    if drive {
        return fill(masked, from, to);
    }
    let mut at = from;
    while at < to {
        let start = at;
        while at < to && glyphs.get(at).is_some_and(|g| name_character(g.c)) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        let mut end = at;
        while end > start && glyphs.get(end - 1).is_some_and(|g| ".-/+%*&~".contains(g.c)) {
            end -= 1;
        }
        let atom = glyphs.get(start..end).unwrap_or_default();
        if atom.iter().any(|g| digit(g.c).is_some()) && is_name(&text(atom)) {
            fill(masked, start, end);
            // The index of a path: `results[3].tokens_s`.
        }
        if glyphs.get(at).is_some_and(|g| g.c == '[') && atom.iter().any(|g| glues(g.c)) {
            index(glyphs, at, to, masked);
        }
    }
}

/// Marks the `[3]` of `results[3]`.
fn index(glyphs: &[Glyph], open: usize, to: usize, masked: &mut [bool]) {
    let mut at = open + 1;
    while at < to && glyphs.get(at).is_some_and(|g| digit(g.c).is_some()) {
        at += 1;
    }
    if at > open + 1 && glyphs.get(at).is_some_and(|g| g.c == ']') {
        fill(masked, open, at + 1);
    }
}

fn fill(masked: &mut [bool], from: usize, to: usize) {
    if let Some(part) = masked.get_mut(from..to) {
        part.fill(true);
    }
}

fn text(glyphs: &[Glyph]) -> String {
    glyphs.iter().map(|g| g.c).collect()
}

/// Whether an atom with digits is a name.
fn is_name(atom: &str) -> bool {
    let letters = atom.chars().any(glues);
    if !letters {
        return hash(atom);
    }
    file(atom) || path(atom) || hash(atom) || version(atom) || identifier(atom)
}

/// `conv_bench_v2.json`, `20251002-170837.csv`.
fn file(atom: &str) -> bool {
    let Some((stem, ending)) = atom.rsplit_once('.') else { return false };
    let known = EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str());
    let word = (1..=6).contains(&ending.len())
        && ending.chars().all(|c| c.is_ascii_alphanumeric())
        && ending.starts_with(|c: char| c.is_ascii_alphabetic());
    !stem.is_empty()
        && (known && (ending.len() > 1 || stem.contains(|c: char| glues(c))) || word && stem.starts_with(glues))
}

/// `reports/x7/y`, `./a1`, `C:\b2`; not `14.1/s`, `92/101`, `tokens/s`.
fn path(atom: &str) -> bool {
    if !atom.contains(['/', '\\']) || atom.contains('%') {
        return false;
    }
    let parts: Vec<&str> = atom.split(['/', '\\']).collect();
    let begins = atom.starts_with(['/', '\\', '~']) || atom.starts_with("./") || atom.starts_with("../");
    begins && parts.len() > 1
        || parts.first().is_some_and(|p| p.starts_with(glues) || p.contains('_'))
            && parts.iter().any(|p| p.contains(|c: char| digit(c).is_some()))
}

/// Hexadecimal of seven digits or more with letters and digits both, `0x1f`, a UUID.
fn hash(atom: &str) -> bool {
    if atom.starts_with("0x") {
        return true;
    }
    let hex = atom.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let letters = atom.chars().filter(char::is_ascii_alphabetic).count();
    let digits = atom.chars().filter(char::is_ascii_digit).count();
    let exponent = letters == 1 && atom.contains(['e', 'E']) && atom.starts_with(|c: char| c.is_ascii_digit());
    let stamp = letters == 0 && digits == 14 && atom.len() == 15 && atom.as_bytes().get(8) == Some(&b'-');
    stamp || hex && letters > 0 && digits > 0 && letters + digits >= 7 && !exponent
}

/// `v1.2`, `1.2.3-beta`, `2.0rc1`.
fn version(atom: &str) -> bool {
    atom.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Digits glued to letters that are no unit: `gemma3`, `p99`, `1b`, `270m_baseline`, `i7-12700K`, `q4_0`.
fn identifier(atom: &str) -> bool {
    let chars: Vec<char> = atom.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let Some(first) = (at..chars.len()).find(|i| chars.get(*i).is_some_and(|c| digit(*c).is_some())) else {
            return false;
        };
        let before = first.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let earlier = first.checked_sub(2).and_then(|i| chars.get(i)).copied();
        if before.is_some_and(|c| glues(c) || c == '_') {
            return !exponent(&chars, first);
        }
        // `TR-108`, `results.3`, `sha/12`: the mark joins a word and digits.
        if before.is_some_and(|c| "-./\\@".contains(c)) && earlier.is_some_and(|c| glues(c) || c == '_') {
            return true;
        }
        let mut end = first;
        while chars.get(end).is_some_and(|c| digit(*c).is_some() || ".,".contains(*c)) {
            end += 1;
        }
        let tail: String = chars.get(end..).unwrap_or_default().iter().take(40).collect();
        if tail.starts_with('_') || tail.starts_with(glues) && !follows(&tail) {
            return true;
        }
        if !tail.is_empty() && !tail.starts_with(['-', '/', '~']) {
            return false;
        }
        at = end.max(first + 1);
    }
    false
}

/// `1.2e-3`: the digits of an exponent.
fn exponent(chars: &[char], at: usize) -> bool {
    let e = at.checked_sub(1).and_then(|i| chars.get(i)).is_some_and(|c| matches!(c, 'e' | 'E'));
    e && at.checked_sub(2).and_then(|i| chars.get(i)).is_some_and(|c| digit(*c).is_some())
}

/// Whether the letters behind digits are a unit, a multiplier, an ordinal or an exponent rather than part of a name.
fn follows(tail: &str) -> bool {
    let word: String = tail.chars().take_while(|c| c.is_alphabetic() || *c == '/' || *c == '%').collect();
    let rest = tail.get(word.len()..).unwrap_or_default();
    if word.eq_ignore_ascii_case("e") {
        return rest.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    }
    // `10s-20s` is a range, `7b-instruct` a name.
    let ends = rest.is_empty()
        || rest.starts_with(['-', '~', '+', '.', '/']) && !rest.trim_start_matches(['-', '+', '.']).starts_with(glues);
    let glyphs = super::glyphs::raw(&word.chars().collect::<Vec<_>>(), 0, word.len());
    let unit = units::behind(&glyphs, 0).is_some_and(|(_, end)| end == word.chars().count());
    ends && (unit || multiplier(&word).is_some() || ordinal(&word))
}

/// `12k`: thousands; other letters name sizes of models.
pub(super) fn multiplier(word: &str) -> Option<f64> {
    match word {
        "k" | "K" => Some(1000.0),
        _ => None,
    }
}

/// `1st`, `2nd`, `95th`.
pub(super) fn ordinal(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "st" | "nd" | "rd" | "th" | "er" | "re" | "e" | "ème" | "eme" | "ste" | "te" | "й" | "го" | "я"
    )
}

/// Labels of versions.
const VERSIONS: &[&str] = &["version", "версия", "versión", "versão", "versione", "build", "revision"];

/// The last word before a number, and whether a colon, an equals sign or quotes stand between.
fn last_word(before: &[Glyph]) -> (String, bool) {
    let mark = |c: char| matches!(c, ':' | '=' | '"' | '：' | '“');
    let skipped = before.iter().rev().map(|g| g.c).take_while(|c| !glues(*c)).take(8).any(mark);
    let rest = before.iter().rev().map(|g| g.c).skip_while(|c| c.is_whitespace() || mark(*c) || matches!(c, '#' | '.'));
    let word: String = rest.take_while(|c| glues(*c)).take(24).collect();
    (word.chars().rev().collect(), skipped)
}

/// Whether the number at `from..to` completes a name: `Technical Report 108`, `Gemma 3`, `# 4`, `№ 7`.
pub(super) fn completes(glyphs: &[Glyph], from: usize, to: usize, known: &dyn Fn(&str) -> bool) -> bool {
    let before = glyphs.get(..from).unwrap_or_default();
    let mark = before.last().map(|g| g.c);
    if matches!(mark, Some('#' | '№' | '§' | '@')) {
        return true;
    }
    let blank = mark.is_some_and(char::is_whitespace);
    let (word, skipped) = last_word(before);
    let lower = word.to_lowercase();
    if skipped {
        // `Version: 1.0`, `"templateVersion": "1.0"`.
        return VERSIONS.iter().any(|name| lower.ends_with(name));
    }
    if !blank || word.is_empty() {
        return false;
    }
    let capital = word.starts_with(char::is_uppercase);
    let decimal = glyphs.get(from..to).unwrap_or_default().iter().any(|g| matches!(g.c, '.' | ','));
    let numbered = NUMBERED.contains(&lower.as_str())
        && (capital
            || matches!(
                lower.as_str(),
                "version"
                    | "section"
                    | "table"
                    | "figure"
                    | "step"
                    | "phase"
                    | "line"
                    | "page"
                    | "level"
                    | "chapter"
                    | "seed"
                    | "port"
            ));
    let number: String = text(glyphs.get(from..to).unwrap_or_default());
    numbered && !(decimal && lower == "level")
        || PRODUCTS.contains(&lower.as_str()) && (capital || lower.len() > 4)
        || known(&format!("{lower}{number}"))
}
