//! What a number does in its sentence, told by the words right before and behind it: a bound, a change and its direction, a ratio, a share.
//!
//! Words are matched whole, in the languages of the lists; where none matches the number states a value. Nothing can fail.

use super::claim::Role;
use super::glyphs::Glyph;
use super::role_words::{ABOUT, AT_LEAST, AT_MOST, CHANGED, DOWN, DOWN_BEHIND, JOINS, UP, UP_BEHIND};
use crate::domain::units::Unit;

/// What the surroundings of a number say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub role: Role,
    pub approximate: bool,
}

/// The words before `from`, lower-cased, back to the clause's beginning, at most 60 scalar values.
pub(super) fn before(glyphs: &[Glyph], from: usize) -> String {
    let mut out: Vec<char> = Vec::new();
    let mut at = from;
    while let Some(glyph) = at.checked_sub(1).and_then(|i| glyphs.get(i)) {
        let sentence = glyph.c == '.' && glyphs.get(at).is_some_and(|g| g.c.is_whitespace()) && !short(&out);
        if out.len() >= 60 || ",;:|()（），；：。\n".contains(glyph.c) || sentence {
            break;
        }
        out.extend(glyph.c.to_lowercase().next());
        at -= 1;
    }
    out.iter().rev().collect::<String>().trim().to_owned()
}

/// Whether nothing but a blank stands behind the full stop yet: `approx. 5`, `ca. 5`.
fn short(out: &[char]) -> bool {
    out.iter().all(|c| c.is_whitespace())
}

/// The words behind `to`, lower-cased, up to the clause's end, at most 40 scalar values.
pub(super) fn behind(glyphs: &[Glyph], to: usize) -> String {
    let rest = glyphs.get(to..).unwrap_or_default();
    let text: String = rest.iter().map(|g| g.c).take_while(|c| !",;:|()（），；：。\n".contains(*c)).take(40).collect();
    text.trim().to_lowercase()
}

/// Whether `text` ends with `word`, as a whole word.
fn ends_with(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|rest| {
        let glued = rest.chars().next_back().is_some_and(|c| c.is_alphanumeric() && !super::units::wide(c));
        !(glued && word.starts_with(char::is_alphanumeric))
    })
}

fn strip<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let longest = words.iter().filter(|word| ends_with(text, word)).max_by_key(|word| word.len())?;
    text.strip_suffix(longest).map(str::trim_end)
}

/// Role and vagueness of the number at `from..to`, whose unit ends before `past`.
pub(super) fn tell(glyphs: &[Glyph], from: usize, past: usize, unit: Option<&Unit>) -> Told {
    let all = before(glyphs, from);
    let all = all.strip_suffix(['"', '\'', '“', '$', '€']).unwrap_or(&all);
    let mut rest = all;
    let mut approximate = false;
    while let Some(shorter) = strip(rest, ABOUT) {
        (rest, approximate) = (shorter, true);
    }
    let next = behind(glyphs, past);
    approximate |= next.starts_with("or so") || next.starts_with("左右") || next.starts_with("approximately");
    let opened = glyphs.get(past..).unwrap_or_default().iter().take(14).map(|g| g.c).collect::<String>();
    approximate |= opened.trim_start().starts_with("(approx");
    let plus = glyphs.get(past).is_some_and(|g| g.c == '+')
        || glyphs.get(past.wrapping_sub(1)).is_some_and(|g| g.c == '+' && past > from + 1);
    let measured = unit.is_some_and(|unit| !matches!(unit.as_str(), "days" | "weeks" | "months" | "years"));
    let role = if strip(rest, AT_LEAST).is_some()
        || plus
        || next.starts_with("以上")
        || next.starts_with("or more")
        || next.starts_with("at least")
    {
        Role::AtLeast
    } else if strip(rest, AT_MOST).is_some() || next.starts_with("or less") || next.starts_with("or fewer") {
        Role::AtMost
    } else if unit.is_some_and(|unit| unit.as_str() == "ratio") {
        Role::Ratio
    } else if measured {
        change(rest, &next)
    } else {
        Role::Point
    };
    Told { role, approximate: approximate || plus }
}

fn change(before: &str, behind: &str) -> Role {
    let starts = |words: &[&str]| {
        words.iter().any(|word| {
            behind
                .strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) || rest.starts_with(super::units::wide))
        })
    };
    if starts(UP_BEHIND) {
        return Role::Up;
    }
    if starts(DOWN_BEHIND) {
        return Role::Down;
    }
    let joined = strip(before, JOINS);
    let place = |stems: &[&str], text: &str| stems.iter().filter_map(|stem| stem_at(text, stem)).max();
    let near = joined.unwrap_or(before);
    // Joined, the word may stand earlier (`reduced latency by 15%`); alone it must be the last.
    let near = if joined
        .is_some_and(|_| ["by", "um", "на", "de", "了", "by a", "by an"].iter().any(|w| ends_with(before, w)))
    {
        near
    } else {
        near.rsplit(' ').next().unwrap_or(near)
    };
    let (up, down, changed) = (place(UP, near), place(DOWN, near), place(CHANGED, near));
    match [up, down, changed].into_iter().flatten().max() {
        None => Role::Point,
        last if last == up => Role::Up,
        last if last == down => Role::Down,
        _ => Role::Change,
    }
}

/// Where a word that begins with `stem` stands last.
fn stem_at(text: &str, stem: &str) -> Option<usize> {
    text.rmatch_indices(stem).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let exact = !matches!(stem, "up" | "down" | "less" | "cut") || {
            let after = text.get(at + stem.len()..).and_then(|t| t.chars().next());
            !after.is_some_and(char::is_alphanumeric)
        };
        exact && before.is_none_or(|c| !c.is_alphanumeric() || super::units::wide(c))
    })
}

/// Whether a percentage is a part of a whole: `44% of`, `44% JSON`, `(44%)`.
pub(super) fn shares(glyphs: &[Glyph], from: usize, past: usize, noun: bool) -> bool {
    let opens = from.checked_sub(1).and_then(|i| glyphs.get(i)).is_some_and(|g| g.c == '(' || g.c == '（');
    let closes = glyphs.get(past).is_some_and(|g| g.c == ')' || g.c == '）');
    let next = behind(glyphs, past);
    let of = ["of ", "der ", "des ", "de ", "del ", "dei ", "из ", "的", "من ", "d'", "von "]
        .iter()
        .any(|word| next.starts_with(word));
    let said = opens || from.checked_sub(2).is_some_and(|_| before(glyphs, from).ends_with(['-', '–', '=']));
    said && closes || of || noun
}

/// Words between a name and its number that name nothing.
const LINKS: &[&str] = &[
    "from", "between", "of", "at", "by", "to", "ranging", "is", "was", "are", "were", "de", "entre", "von", "zwischen",
    "à", "了", "为", "是",
];

/// `text` without the words at its end that only say how sure the number is (`Latency approximately` is `Latency`).
pub(super) fn vague(text: &str) -> &str {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return text;
    }
    let mut rest = lower.as_str();
    while let Some(shorter) = strip(rest, ABOUT)
        .or_else(|| strip(rest, AT_LEAST))
        .or_else(|| strip(rest, AT_MOST))
        .or_else(|| strip(rest, LINKS))
    {
        rest = shorter;
    }
    text.get(..rest.len()).unwrap_or(text).trim_end()
}
