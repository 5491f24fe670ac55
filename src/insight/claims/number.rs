//! A number in digits: any script's digits, group marks, decimal marks, powers of ten.
//!
//! Which of `,` and `.` groups and which one marks the decimals is told by the number itself where it can be (`1.234,5`, `441,517`), else
//! by how the rest of the text writes its numbers ([`Style`]).

use super::glyphs::Glyph;

/// A number as read, its sign not included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    /// Just past it, as an index of glyphs.
    pub end: usize,
    pub value: f64,
    pub step: f64,
    pub decimals: u32,
    pub significant: u32,
    /// Digits only: no mark, no exponent.
    pub plain: bool,
    /// How many digits there are.
    pub digits: usize,
    /// Not a number but a version or a list of numbers (`1.2.3`).
    pub broken: bool,
}

/// How the text writes decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Style {
    /// Nothing tells.
    #[default]
    Open,
    /// `1,234.5`
    Dot,
    /// `1.234,5`
    Comma,
}

/// Zeros of the decimal digits of Unicode (general category Nd), but for the mathematical ones; nine more digits follow each.
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

/// The digit that `c` is, in any script.
pub(super) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|d| u8::try_from(d).ok());
    }
    let code = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    u8::try_from(code - zero).ok().filter(|d| *d < 10)
}

/// How the text writes its decimals: whichever mark stands more often before one or two last digits, or behind a single zero.
pub(super) fn style(chars: &[char]) -> Style {
    let (mut dots, mut commas) = (0usize, 0usize);
    let is_digit = |i: usize| chars.get(i).copied().is_some_and(|c| digit(c).is_some());
    let mut at = 0;
    while at < chars.len() {
        let Some(mark) = chars.get(at).copied().filter(|c| matches!(c, ',' | '.')) else {
            at += 1;
            continue;
        };
        let before = at.checked_sub(1).is_some_and(is_digit);
        let run = (1..5).take_while(|i| is_digit(at + i)).count();
        let lone_zero = before && chars.get(at - 1) == Some(&'0') && !at.checked_sub(2).is_some_and(is_digit);
        let again = chars.get(at + run + 1).is_some_and(|c| matches!(c, ',' | '.')) && is_digit(at + run + 2);
        if before && run > 0 && (run != 3 || lone_zero) && !again {
            if mark == '.' {
                dots += 1;
            } else {
                commas += 1;
            }
        }
        at += 1;
    }
    match (dots, commas) {
        (0, 0) => Style::Open,
        (d, c) if c > d => Style::Comma,
        _ => Style::Dot,
    }
}

/// The most runs of digits that one number is made of: as many as the largest float has groups.
const PARTS: usize = 110;

/// A run of digits or a mark between two of them.
struct Part {
    from: usize,
    to: usize,
}

/// Reads the number whose first digit is at `from`.
pub(super) fn read(glyphs: &[Glyph], from: usize, style: Style) -> Option<Number> {
    let (parts, marks, end) = parts(glyphs, from)?;
    let shape = Shape::of(glyphs, &parts, &marks, style);
    let mut text = String::new();
    let used = shape.used.min(parts.len());
    for (i, part) in parts.iter().take(used).enumerate() {
        if i > 0 && i == shape.whole {
            text.push('.');
        }
        for glyph in glyphs.get(part.from..part.to).unwrap_or_default() {
            text.push(char::from(b'0' + digit(glyph.c)?));
        }
    }
    let mut end = if used == parts.len() { end } else { parts.get(used.checked_sub(1)?)?.to };
    let (exponent, past) = exponent(glyphs, end).unwrap_or((0, end));
    end = past;
    let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
    let power = i64::from(exponent) - i64::try_from(decimals).unwrap_or(i64::MAX);
    let value: f64 = format!("{text}e{exponent}").parse().ok().filter(|v: &f64| v.is_finite())?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let significant = text.trim_start_matches(['0', '.']).chars().filter(char::is_ascii_digit).count().max(1);
    Some(Number {
        end,
        value,
        step: 10f64.powi(i32::try_from(power.clamp(-330, 300)).unwrap_or(0)),
        decimals: u32::try_from(decimals).unwrap_or(u32::MAX),
        significant: u32::try_from(significant).unwrap_or(u32::MAX),
        plain: used == 1 && exponent == 0,
        digits,
        broken: shape.broken,
    })
}

/// The runs of digits from `from`, each glued to the next by one mark; the marks; where they end.
fn parts(glyphs: &[Glyph], from: usize) -> Option<(Vec<Part>, Vec<char>, usize)> {
    let is_digit = |i: usize| glyphs.get(i).is_some_and(|g| digit(g.c).is_some());
    let (mut parts, mut marks, mut at) = (Vec::new(), Vec::new(), from);
    loop {
        let start = at;
        while is_digit(at) {
            at += 1;
        }
        if at == start {
            return None;
        }
        parts.push(Part { from: start, to: at });
        let mark = glyphs.get(at).map(|g| g.c);
        let Some(mark) = mark.filter(|c| ",.'’ \u{a0}\u{202f}\u{2009}٫٬．_".contains(*c) && is_digit(at + 1))
        else {
            return Some((parts, marks, at));
        };
        if mark == ' ' && !(lengths(&parts) <= 3 && (1..4).all(|i| is_digit(at + i)) && !is_digit(at + 4)) {
            return Some((parts, marks, at));
        }
        if parts.len() >= PARTS {
            return Some((parts, marks, at));
        }
        marks.push(mark);
        at += 1;
    }
}

fn lengths(parts: &[Part]) -> usize {
    parts.last().map_or(0, |p| p.to - p.from)
}

/// What the marks of a number mean.
struct Shape {
    /// Parts before the decimals.
    whole: usize,
    /// Parts that belong to this number.
    used: usize,
    broken: bool,
}

impl Shape {
    fn of(glyphs: &[Glyph], parts: &[Part], marks: &[char], style: Style) -> Self {
        let all = parts.len();
        let same = |from: usize| marks.get(from..).unwrap_or_default().windows(2).all(|w| w.first() == w.last());
        let grouped = |upto: usize| groups(glyphs, parts.get(..upto).unwrap_or_default());
        let (Some(first), Some(last)) = (marks.first().copied(), marks.last().copied()) else {
            return Self { whole: 1, used: 1, broken: false };
        };
        // `1.234,5`, `1 234,5`: the last mark differs.
        if marks.len() > 1 && last != first && grouped(all - 1) && ",.٫．".contains(last) {
            return Self { whole: all - 1, used: all, broken: false };
        }
        if same(0) && grouped(all) && (marks.len() > 1 || alone_groups(glyphs, parts, first, style)) {
            return Self { whole: all, used: all, broken: false };
        }
        let decimal = match first {
            '.' | '٫' | '．' => true,
            ',' => marks.len() == 1 && (style != Style::Dot || is_measured(glyphs, parts)),
            _ => false,
        };
        match marks.len() {
            1 if decimal => Self { whole: 1, used: 2, broken: false },
            // `12.5,13.5`: two of a list.
            2.. if first == '.' && marks.get(1) == Some(&',') => Self { whole: 1, used: 2, broken: false },
            2.. if first == '.' => Self { whole: 1, used: all, broken: true },
            _ => Self { whole: 1, used: 1, broken: false },
        }
    }
}

/// Whether one or two digits behind a comma are decimals although the rest of the text writes points: a word that could be a unit stands
/// behind them (`63,2 ms`), not one that goes on with a list (`1,2 and 3`).
fn is_measured(glyphs: &[Glyph], parts: &[Part]) -> bool {
    let Some(last) = parts.last().filter(|last| last.to - last.from < 3) else { return false };
    let is_blank = |at: usize| glyphs.get(at).is_some_and(|g| g.c.is_whitespace());
    let from = last.to + usize::from(is_blank(last.to));
    let word: String =
        glyphs.get(from..).unwrap_or_default().iter().map(|g| g.c).take_while(|c| c.is_alphabetic()).take(9).collect();
    let is_percent = glyphs.get(from).is_some_and(|g| g.c == '%');
    is_percent || !word.is_empty() && !["and", "or", "und", "oder", "et", "ou", "y", "e"].contains(&word.as_str())
}

/// Whether the single mark of a number groups: `441,517`; `1.234` only where decimals are written with commas.
fn alone_groups(glyphs: &[Glyph], parts: &[Part], mark: char, style: Style) -> bool {
    let zero = parts.first().is_some_and(|p| glyphs.get(p.from).is_some_and(|g| digit(g.c) == Some(0)));
    match mark {
        '.' | '．' | '٫' => style == Style::Comma && !zero,
        ',' => style != Style::Comma && !zero,
        _ => !zero,
    }
}

/// Whether the parts are groups: at most three digits, then threes (or twos before the last three, as in India).
fn groups(glyphs: &[Glyph], parts: &[Part]) -> bool {
    let length = |p: &Part| p.to - p.from;
    let [first, middle @ .., last] = parts else { return parts.iter().all(|p| glyphs.get(p.from).is_some()) };
    length(first) <= 3
        && length(last) == 3
        && (middle.iter().all(|p| length(p) == 3) || length(first) <= 2 && middle.iter().all(|p| length(p) == 2))
}

/// `e-3`, `E6`, ` × 10^-3`, `x10⁶` behind the digits.
fn exponent(glyphs: &[Glyph], at: usize) -> Option<(i32, usize)> {
    let c = |i: usize| glyphs.get(i).map(|g| g.c);
    if matches!(c(at), Some('e' | 'E')) {
        let sign = usize::from(matches!(c(at + 1), Some('+' | '-' | '−')));
        let (value, end) = small(glyphs, at + 1 + sign)?;
        let behind = c(end);
        if behind.is_some_and(|c| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        return Some((if matches!(c(at + 1), Some('-' | '−')) { -value } else { value }, end));
    }
    let mut i = at + usize::from(c(at) == Some(' '));
    if !matches!(c(i), Some('×' | 'x' | '·' | '*')) {
        return None;
    }
    i += 1 + usize::from(c(i + 1) == Some(' '));
    if (c(i), c(i + 1)) != (Some('1'), Some('0')) {
        return None;
    }
    i += 2;
    if c(i) == Some('^') {
        let sign = usize::from(matches!(c(i + 1), Some('+' | '-' | '−')));
        let (value, end) = small(glyphs, i + 1 + sign)?;
        return Some((if matches!(c(i + 1), Some('-' | '−')) { -value } else { value }, end));
    }
    let negative = c(i) == Some('⁻');
    i += usize::from(negative);
    let start = i;
    let mut value = 0i32;
    while let Some(d) = c(i).and_then(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|s| s == c)).filter(|_| i < start + 3)
    {
        value = value * 10 + i32::try_from(d).unwrap_or(0);
        i += 1;
    }
    (i > start).then_some((if negative { -value } else { value }, i))
}

/// A whole number of at most three digits.
fn small(glyphs: &[Glyph], from: usize) -> Option<(i32, usize)> {
    let mut value = 0i32;
    let mut at = from;
    while let Some(d) = glyphs.get(at).and_then(|g| digit(g.c)) {
        if at >= from + 3 {
            return None;
        }
        value = value * 10 + i32::from(d);
        at += 1;
    }
    (at > from).then_some((value, at))
}
