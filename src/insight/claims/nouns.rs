//! What a number counts: the words right behind it, as far as they name a thing.
//!
//! Without a grammar of every language the words end at a particle, a mark, or, in English, at the last plural of the first words. Nothing
//! can fail: what is not recognised is not named.

use super::glyphs::Glyph;
use super::units;

/// Words that end a name, or cannot begin one.
const PARTICLES: &[&str] = &[
    "of",
    "in",
    "with",
    "that",
    "which",
    "who",
    "were",
    "was",
    "are",
    "is",
    "and",
    "or",
    "to",
    "for",
    "from",
    "on",
    "at",
    "by",
    "as",
    "than",
    "across",
    "over",
    "under",
    "into",
    "but",
    "when",
    "while",
    "where",
    "related",
    "focused",
    "the",
    "a",
    "an",
    "be",
    "has",
    "have",
    "had",
    "this",
    "these",
    "indicate",
    "indicates",
    "indicating",
    "suggest",
    "suggests",
    "suggesting",
    "per",
    "between",
    "within",
    "during",
    "using",
    "after",
    "before",
    "around",
    "about",
    "up",
    "down",
    "it",
    "its",
    "not",
    "no",
    "out",
    "if",
    "vs",
    "versus",
    "primarily",
    "respectively",
    "due",
    "since",
    "can",
    "will",
    "et",
    "ou",
    "de",
    "des",
    "du",
    "dans",
    "sur",
    "avec",
    "pour",
    "par",
    "le",
    "la",
    "les",
    "un",
    "une",
    "en",
    "à",
    "und",
    "oder",
    "der",
    "die",
    "das",
    "von",
    "mit",
    "für",
    "auf",
    "im",
    "ist",
    "sind",
    "y",
    "o",
    "del",
    "con",
    "para",
    "por",
    "el",
    "los",
    "las",
    "e",
    "do",
    "da",
    "dos",
    "das",
    "em",
    "com",
    "il",
    "di",
    "и",
    "в",
    "на",
    "с",
    "из",
    "для",
    "от",
    "по",
    "не",
    "что",
    "который",
    "которые",
    "من",
    "في",
    "على",
    "إلى",
    "مع",
    "و",
    "هي",
    "faster",
    "slower",
    "higher",
    "lower",
    "more",
    "less",
    "fewer",
    "greater",
    "better",
    "worse",
    "larger",
    "smaller",
    "longer",
    "shorter",
    "increase",
    "decrease",
    "improvement",
    "reduction",
    "times",
    "dominate",
    "distributed",
    "consists",
    "comprise",
    "comprises",
    "so",
];
/// Words behind a plural that go on with what was done, not with what is counted.
const WORDS: usize = 4;

/// The name of what is counted by a number that ends at `end`: up to four words.
pub(super) fn counted(glyphs: &[Glyph], end: usize) -> Option<String> {
    let c = |i: usize| glyphs.get(i).map(|g| g.c);
    let mut at = end;
    if c(at).is_some_and(units::wide) || c(at) == Some(' ') && c(at + 1).is_some_and(units::wide) {
        return classified(glyphs, at + usize::from(c(at) == Some(' ')));
    }
    let mut names: Vec<String> = Vec::new();
    while names.len() < WORDS {
        let blank = (0..3).take_while(|i| c(at + i).is_some_and(char::is_whitespace)).count();
        let hyphen = usize::from(names.is_empty() && blank == 0 && c(at) == Some('-'));
        if blank + hyphen == 0 {
            break;
        }
        let start = at + blank + hyphen;
        let inside = |c: char| c.is_alphanumeric() || "-_/'’&".contains(c) || ('\u{900}'..='\u{d7f}').contains(&c);
        let word: String = glyphs.get(start..)?.iter().map(|g| g.c).take_while(|c| inside(*c)).take(32).collect();
        // A key with its own value is not what is counted: `latency_ms=2.0 tokens_s=3`.
        let key = word.contains('_') || c(start + word.chars().count()) == Some('=');
        let begins = word.starts_with(char::is_alphabetic) && !key;
        if !begins || PARTICLES.contains(&word.to_lowercase().as_str()) {
            break;
        }
        at = start + word.chars().count();
        names.push(word);
        if !c(at).is_some_and(char::is_whitespace) {
            break;
        }
    }
    let plural = names.iter().position(|name| {
        let lower = name.to_lowercase();
        lower.len() > 3
            && lower.ends_with('s')
            && !lower.ends_with("ss")
            && !lower.ends_with("us")
            && !lower.ends_with("is")
    });
    names.truncate(plural.map_or(names.len().min(2), |at| at + 1));
    (!names.is_empty()).then(|| names.join(" "))
}

/// What a share is of: `files` of `75% of the files`; else what is counted behind.
pub(super) fn whole(glyphs: &[Glyph], end: usize) -> Option<String> {
    let text: String = glyphs.get(end..)?.iter().map(|g| g.c).take(12).collect();
    let text = text.to_lowercase();
    let joined = [" of all ", " of the ", " of ", " der ", " des ", " de los ", " de las ", " de ", " dei ", " из "];
    match joined.iter().find(|word| text.starts_with(**word)) {
        Some(word) => counted(glyphs, end + word.chars().count() - 1),
        None => counted(glyphs, end),
    }
}

/// `个文件`, `個のファイル`: what stands behind the counting word.
fn classified(glyphs: &[Glyph], from: usize) -> Option<String> {
    let text: Vec<char> = glyphs.get(from..)?.iter().map(|g| g.c).take(12).collect();
    let skip = usize::from(text.first().is_some_and(|c| "个個份条次种項项件名台组개건의".contains(*c)));
    let ends =
        |c: &char| !(units::wide(*c) || c.is_ascii_alphanumeric()) || "的是为和与及在了（），。：、".contains(*c);
    let name: String = text.iter().skip(skip).take_while(|c| !ends(c)).take(8).collect();
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}

/// Past `times` of `3 times faster`, `2 times as many`: a ratio; `3 times` alone counts.
pub(super) fn times(glyphs: &[Glyph], end: usize) -> Option<usize> {
    let text: String = glyphs.get(end..)?.iter().map(|g| g.c).take(32).collect();
    let text = text.to_lowercase();
    let (word, rest) = [" times ", " fois ", " mal ", " veces ", " vezes ", " раза ", " раз ", "-times "]
        .iter()
        .find_map(|w| text.strip_prefix(w).map(|r| (w, r)))?;
    let compared = [
        "faster",
        "slower",
        "higher",
        "lower",
        "more",
        "less",
        "as ",
        "greater",
        "larger",
        "smaller",
        "longer",
        "better",
        "the ",
        "plus",
        "moins",
        "schneller",
        "langsamer",
        "mehr",
        "so ",
        "más",
        "menos",
        "mais",
        "быстрее",
        "медленнее",
        "больше",
        "меньше",
        "выше",
        "ниже",
    ];
    compared.iter().any(|c| rest.starts_with(c)).then(|| end + word.trim_end().chars().count())
}
