//! Numbers in words, where they quantify something: `three file formats`, `two thirds`, `a dozen`, `half of`, `the majority`, `zero files`,
//! and the like in other languages; and words that multiply digits (`1.2 million`).
//!
//! A word alone (`one`, `second`, `both`) is no number: what follows must be a thing that is counted. Nothing can fail.

use super::claim::Role;
use super::glyphs::Glyph;

/// A number in words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worded {
    /// Just past the words, as an index of glyphs.
    pub end: usize,
    pub value: f64,
    pub role: Role,
}

const CARDINALS: &[(&str, f64)] = &[
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("hundred", 100.0),
    ("deux", 2.0),
    ("trois", 3.0),
    ("quatre", 4.0),
    ("cinq", 5.0),
    ("zwei", 2.0),
    ("drei", 3.0),
    ("vier", 4.0),
    ("fünf", 5.0),
    ("dos", 2.0),
    ("tres", 3.0),
    ("cuatro", 4.0),
    ("cinco", 5.0),
    ("dois", 2.0),
    ("duas", 2.0),
    ("três", 3.0),
    ("due", 2.0),
    ("tre", 3.0),
    ("quattro", 4.0),
    ("два", 2.0),
    ("две", 2.0),
    ("три", 3.0),
    ("четыре", 4.0),
    ("пять", 5.0),
    ("ثلاثة", 3.0),
    ("أربعة", 4.0),
    ("خمسة", 5.0),
];

/// Words of one language that are other words in another: they count only before one of that language's plurals, which this reader does not
/// know; left out in English text.
const FOREIGN_DOUBTFUL: &[&str] = &["due", "tre", "dos", "vier", "tres", "cinco"];

/// Phrases that are numbers by themselves.
const PHRASES: &[(&str, f64, Role)] = &[
    ("half of", 0.5, Role::Share),
    ("half the", 0.5, Role::Share),
    ("one half", 0.5, Role::Share),
    ("one-half", 0.5, Role::Share),
    ("one third", 1.0 / 3.0, Role::Share),
    ("one-third", 1.0 / 3.0, Role::Share),
    ("a third of", 1.0 / 3.0, Role::Share),
    ("two thirds", 2.0 / 3.0, Role::Share),
    ("two-thirds", 2.0 / 3.0, Role::Share),
    ("one quarter", 0.25, Role::Share),
    ("one-quarter", 0.25, Role::Share),
    ("a quarter of", 0.25, Role::Share),
    ("three quarters", 0.75, Role::Share),
    ("three-quarters", 0.75, Role::Share),
    ("one fifth", 0.2, Role::Share),
    ("one-fifth", 0.2, Role::Share),
    ("a fifth of", 0.2, Role::Share),
    ("one tenth", 0.1, Role::Share),
    ("a tenth of", 0.1, Role::Share),
    ("a dozen", 12.0, Role::Point),
    ("two dozen", 24.0, Role::Point),
    ("half a dozen", 6.0, Role::Point),
    ("a hundred", 100.0, Role::Point),
    ("one hundred", 100.0, Role::Point),
    ("a thousand", 1000.0, Role::Point),
    ("one thousand", 1000.0, Role::Point),
    ("a couple of", 2.0, Role::Point),
    ("the majority of", 0.5, Role::AtLeast),
    ("a majority of", 0.5, Role::AtLeast),
    ("vast majority of", 0.5, Role::AtLeast),
    ("overwhelming majority of", 0.5, Role::AtLeast),
    ("more than half", 0.5, Role::AtLeast),
    ("doubled", 2.0, Role::Ratio),
    ("tripled", 3.0, Role::Ratio),
    ("halved", 0.5, Role::Ratio),
    ("twice as", 2.0, Role::Ratio),
    ("twice the", 2.0, Role::Ratio),
    ("double the", 2.0, Role::Ratio),
    ("triple the", 3.0, Role::Ratio),
    ("twofold", 2.0, Role::Ratio),
    ("threefold", 3.0, Role::Ratio),
    ("tenfold", 10.0, Role::Ratio),
    ("la moitié", 0.5, Role::Share),
    ("la majorité des", 0.5, Role::AtLeast),
    ("un tiers", 1.0 / 3.0, Role::Share),
    ("deux tiers", 2.0 / 3.0, Role::Share),
    ("die hälfte", 0.5, Role::Share),
    ("ein drittel", 1.0 / 3.0, Role::Share),
    ("zwei drittel", 2.0 / 3.0, Role::Share),
    ("ein viertel", 0.25, Role::Share),
    ("die mehrheit der", 0.5, Role::AtLeast),
    ("la mitad", 0.5, Role::Share),
    ("la mayoría de", 0.5, Role::AtLeast),
    ("un tercio", 1.0 / 3.0, Role::Share),
    ("metade d", 0.5, Role::Share),
    ("a maioria d", 0.5, Role::AtLeast),
    ("la metà", 0.5, Role::Share),
    ("la maggior parte", 0.5, Role::AtLeast),
    ("половина", 0.5, Role::Share),
    ("треть", 1.0 / 3.0, Role::Share),
    ("большинство", 0.5, Role::AtLeast),
    ("вдвое", 2.0, Role::Ratio),
    ("一半", 0.5, Role::Share),
    ("三分之一", 1.0 / 3.0, Role::Share),
    ("三分之二", 2.0 / 3.0, Role::Share),
    ("大多数", 0.5, Role::AtLeast),
    ("半数", 0.5, Role::Share),
    ("翻倍", 2.0, Role::Ratio),
    ("نصف", 0.5, Role::Share),
    ("ثلث", 1.0 / 3.0, Role::Share),
    ("معظم", 0.5, Role::AtLeast),
];

/// Words that never are what is counted.
const STOP: &[&str] = &[
    "of", "or", "and", "to", "the", "in", "on", "at", "is", "are", "was", "were", "by", "for", "with", "from", "that",
    "which", "who", "as", "than", "be", "can", "may", "should", "must", "has", "have", "had", "will", "would", "it",
    "its", "this", "these", "those", "more", "less", "another", "if", "when", "while", "but", "not", "no", "a", "an",
    "per", "out", "over", "under", "into", "about", "only", "also", "each", "other", "time",
];

/// The number in words that begins at `at`, the beginning of a word.
pub(super) fn at(glyphs: &[Glyph], at: usize) -> Option<Worded> {
    let lower: Vec<char> =
        glyphs.get(at..)?.iter().take(64).map(|g| g.c.to_lowercase().next().unwrap_or(g.c)).collect();
    let wide = lower.first().copied().is_some_and(super::units::wide);
    let ends = |length: usize| wide || !lower.get(length).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let fits = |phrase: &str| {
        let length = phrase.chars().count();
        let same = phrase
            .chars()
            .enumerate()
            .all(|(i, c)| lower.get(i) == Some(&c) || c == ' ' && lower.get(i).is_some_and(|c| c.is_whitespace()));
        (same && (ends(length) || phrase.ends_with(" d"))).then_some(length)
    };
    let phrase = PHRASES.iter().filter_map(|p| fits(p.0).map(|length| (length, p))).max_by_key(|(length, _)| *length);
    if let Some((length, (words, value, role))) = phrase {
        // `half of` quantifies with its `of`, which is not part of the number.
        let trailing = [" of", " the", " d", " des", " der", " de", " as"].iter().find_map(|t| words.strip_suffix(t));
        let length = trailing.map_or(length, |words| words.chars().count());
        return Some(Worded { end: at + length, value: *value, role: *role });
    }
    let (length, value) = cardinal(&lower, &ends)?;
    counted(lower.get(length..)?, value).then_some(Worded { end: at + length, value, role: Role::Point })
}

/// `three`, `twenty-one`, `two hundred`.
fn cardinal(lower: &[char], ends: &dyn Fn(usize) -> bool) -> Option<(usize, f64)> {
    let word = |from: usize| -> (String, usize) {
        let word: String = lower.get(from..).unwrap_or_default().iter().take_while(|c| c.is_alphabetic()).collect();
        let length = word.chars().count();
        (word, from + length)
    };
    let of = |word: &str| CARDINALS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    let (first, end) = word(0);
    let value = of(&first).filter(|_| !FOREIGN_DOUBTFUL.contains(&first.as_str()))?;
    if first == "hundred" || !ends(end) {
        return None;
    }
    let joined = lower.get(end).is_some_and(|c| *c == '-' || *c == ' ');
    let (second, past) = word(end + 1);
    match of(&second).filter(|_| joined && ends(past)) {
        Some(unit) if (20.0..100.0).contains(&value) && unit < 10.0 => Some((past, value + unit)),
        Some(100.0) if value < 10.0 => Some((past, value * 100.0)),
        _ => Some((end, value)),
    }
}

/// Whether a thing that is counted follows: a word that is no particle and, for English, somewhere a plural; of one, a plain noun is not
/// enough.
fn counted(behind: &[char], value: f64) -> bool {
    let text: String = behind.iter().collect();
    let Some(rest) = text.strip_prefix([' ', '\u{a0}', '\n']) else { return false };
    for (words, word) in rest.split(' ').take(4).enumerate() {
        let bare: String = word.chars().take_while(|c| c.is_alphabetic() || *c == '-').collect();
        if bare.is_empty() || STOP.contains(&bare.as_str()) {
            return words > 0 && !rest.is_ascii();
        }
        let plural = bare.len() > 3 && bare.ends_with('s') && !bare.ends_with("ss") && !bare.ends_with("us");
        if plural || !bare.is_ascii() {
            return value.to_bits() != 1f64.to_bits();
        }
        if bare.len() != word.len() {
            return false;
        }
    }
    false
}

/// The factor of a word behind digits (`1.2 million`, `1.5万`, `3 Mio.`), and where it ends.
pub(super) fn multiplier(glyphs: &[Glyph], at: usize) -> Option<(f64, usize)> {
    let blank = usize::from(glyphs.get(at).is_some_and(|g| g.c == ' ' || g.c == '\u{a0}'));
    let first = glyphs.get(at + blank)?.c;
    let wide = match first {
        '千' => Some(1e3),
        '万' | '萬' | '만' => Some(1e4),
        '亿' | '億' | '억' => Some(1e8),
        _ => None,
    };
    if let Some(factor) = wide {
        return Some((factor, at + blank + 1));
    }
    let word: String =
        glyphs.get(at + blank..)?.iter().map(|g| g.c).take_while(|c| c.is_alphabetic()).take(12).collect();
    let factor = match word.to_lowercase().as_str() {
        "thousand" | "tausend" | "mille" | "mil" | "тыс" | "тысяч" | "ألف" => 1e3,
        "million" | "millions" | "mio" | "millionen" | "millones" | "milhões" | "млн" | "миллионов" | "مليون" => {
            1e6
        }
        "billion" | "billions" | "mrd" | "milliarden" | "milliards" | "млрд" | "مليار" => 1e9,
        _ => return None,
    };
    (blank > 0).then(|| (factor, at + blank + word.chars().count()))
}
