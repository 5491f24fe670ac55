//! What a line of a report quotes: texts in code spans, quotation marks and cells, and foreign prose that stands there without marks.
//!
//! Texts are found by their words, so that a report of many lines may quote any of many texts. Nothing can fail.

use std::collections::HashMap;

use crate::insight::check::visible;

/// Characters of a text from which the renderer may have cut it.
const CUT: usize = 100;

/// The texts that a report may quote, by their words: a quotation is looked for where its rarest word stands.
pub(super) struct Names<'a> {
    lines: Vec<&'a str>,
    by_word: HashMap<&'a str, Vec<usize>>,
    asked: HashMap<String, bool>,
}

impl<'a> Names<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            for word in parts(line) {
                let places = by_word.entry(word).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        Self { lines, by_word, asked: HashMap::new() }
    }

    /// Whether a text stands in one of the names, from word to word.
    pub(super) fn have(&mut self, text: &str) -> bool {
        if let Some(known) = self.asked.get(text) {
            return *known;
        }
        let places: Option<Vec<&Vec<usize>>> = parts(text).map(|word| self.by_word.get(word)).collect();
        let rarest = places.and_then(|all| all.into_iter().min_by_key(|places| places.len()));
        let is_there = |at: &usize| self.lines.get(*at).is_some_and(|line| stands_in(text, line));
        let found = rarest.is_some_and(|places| places.iter().any(is_there));
        self.asked.insert(text.to_owned(), found);
        found
    }
}

pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether `text` stands in `line` without cutting a word or number of it.
pub(super) fn stands_in(text: &str, line: &str) -> bool {
    let is_cut =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    line.match_indices(text).any(|(at, _)| {
        let before = line.get(..at).and_then(|part| part.chars().next_back());
        let behind = line.get(at + text.len()..).and_then(|part| part.chars().next());
        !is_cut(before, text.chars().next()) && !is_cut(text.chars().next_back(), behind)
    })
}

/// Foreign prose that a report may quote without marks around it.
pub(super) struct Prose {
    texts: Vec<String>,
    by_word: HashMap<String, Vec<usize>>,
}

impl Prose {
    pub(super) fn of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = texts.into_iter().map(|text| visible(&text).trim().to_owned()).collect();
        texts.retain(|text| text.chars().any(char::is_alphabetic));
        texts.sort_unstable();
        texts.dedup();
        let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, text) in texts.iter().enumerate() {
            for word in parts(text).filter(|word| word.chars().any(char::is_numeric)) {
                let places = by_word.entry(word.to_owned()).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        Self { texts, by_word }
    }

    /// Whether the number at a column of a line is part of one of these texts.
    pub(super) fn around(&self, number: &str, line: &Plain, column: usize) -> bool {
        let Some(places) = parts(number).next().and_then(|word| self.by_word.get(word)) else { return false };
        let Some(place) = line.place(column) else { return false };
        places.iter().filter_map(|at| self.texts.get(*at)).any(|text| line.has(text, place))
    }
}

/// A line without the escapes of Markdown and HTML, which knows where its characters stood.
pub(super) struct Plain {
    text: String,
    /// Of each character: its column in the line and its place in the text, in bytes.
    places: Vec<(usize, usize)>,
    /// Where bars and back-ticks stand that are written as references, in bytes: names that no code span can hold have them.
    marks: Vec<usize>,
    /// Where those stand that part cells and open code spans, in bytes.
    borders: Vec<usize>,
}

impl Plain {
    pub(super) fn of(line: &str) -> Self {
        let (marks, borders) = (Vec::new(), Vec::new());
        let mut plain = Self { text: String::with_capacity(line.len()), places: Vec::new(), marks, borders };
        let (mut rest, mut column) = (line, 0);
        while let Some(c) = rest.chars().next() {
            let (c, length) = escape(rest).unwrap_or((c, c.len_utf8()));
            plain.places.push((column, plain.text.len()));
            match c {
                '|' | '`' if length == 1 => plain.borders.push(plain.text.len()),
                '|' | '`' if rest.starts_with('&') => plain.marks.push(plain.text.len()),
                _ => {}
            }
            plain.text.push(c);
            column += rest.get(..length).map_or(1, |part| part.chars().count());
            rest = rest.get(length..).unwrap_or("");
        }
        plain
    }

    /// Where a column of the line is in the text, in bytes: an escaped character is where its escape begins.
    fn place(&self, column: usize) -> Option<usize> {
        let behind = self.places.partition_point(|(at, _)| *at <= column);
        self.places.get(behind.checked_sub(1)?).map(|(_, place)| *place)
    }

    /// What stands around a column up to the nearest bar or back-tick of a name that no code span can hold, before it and behind it: a part of
    /// such a name, if the column is in one. The word at the column is there whole.
    pub(super) fn without_code(&self, column: usize) -> Vec<&str> {
        let Some(place) = self.place(column).filter(|_| !self.marks.is_empty()) else { return Vec::new() };
        let next = self.marks.partition_point(|mark| *mark <= place);
        let nearest = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|at| self.marks.get(at));
        let (from, to) = self.word(place);
        let stretch = nearest.filter_map(|mark| {
            let (from, to) = (from.min(*mark), to.max(mark + 1));
            let inside = self.borders.partition_point(|border| *border < from);
            let is_one = self.borders.get(inside).is_none_or(|border| *border >= to);
            self.text.get(from..to).filter(|_| is_one)
        });
        stretch.collect()
    }

    /// Where the word around a place begins and ends, blank to blank, without the punctuation at its ends.
    fn word(&self, place: usize) -> (usize, usize) {
        let (before, behind) = self.text.split_at_checked(place).unwrap_or_default();
        let parts = |c: char| c.is_whitespace();
        let from = before.char_indices().rev().find(|(_, c)| parts(*c)).map_or(0, |(at, c)| at + c.len_utf8());
        let to = place + behind.find(parts).unwrap_or(behind.len());
        let word = self.text.get(from..to).unwrap_or_default();
        let begin = word.len() - word.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
        let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        (from + begin, from + end.max(begin))
    }

    /// Whether `text` stands around a place, whole or cut with `…`, and no word is cut.
    fn has(&self, text: &str, place: usize) -> bool {
        let head = text.char_indices().nth(CUT).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
        self.text.match_indices(head).any(|(at, _)| {
            let here = self.text.get(at..).unwrap_or("");
            let shared = shared(here, text);
            let is_whole = shared == text.len() || here.get(shared..).is_some_and(|rest| rest.starts_with('…'));
            let end = at + shared;
            let is_cut = |a: &str, b: &str| {
                a.chars().next_back().is_some_and(char::is_alphanumeric) && b.starts_with(char::is_alphanumeric)
            };
            let cuts = |at: usize| self.text.split_at_checked(at).is_some_and(|(a, b)| is_cut(a, b));
            is_whole && (at..end).contains(&place) && !cuts(at) && !cuts(end)
        })
    }
}

/// How many bytes two texts share at their beginnings, up to the end of a character.
fn shared(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// The character that an escape at the beginning of a text stands for, and the length of the escape in bytes.
fn escape(text: &str) -> Option<(char, usize)> {
    if let Some(escaped) = text.strip_prefix('\\') {
        return escaped.chars().next().filter(char::is_ascii_punctuation).map(|c| (c, 2));
    }
    let entities = [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&amp;", '&')];
    let named = entities.into_iter().find(|(entity, _)| text.starts_with(entity)).map(|(entity, c)| (c, entity.len()));
    named.or_else(|| {
        let digits = text.strip_prefix("&#")?;
        let length = digits.bytes().take(CODE).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = digits.split_at_checked(length)?;
        let c = rest.starts_with(';').then(|| digits.parse().ok().and_then(char::from_u32)).flatten()?;
        Some((c, length + "&#;".len()))
    })
}

/// Digits that the number of a character has at most.
const CODE: usize = 7;

/// Text without the escapes of Markdown and HTML.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (c, length) = escape(rest).unwrap_or((first, first.len_utf8()));
        plain.push(c);
        rest = rest.get(length..).unwrap_or("");
    }
    plain
}

/// What stands between two of these marks around a column of a line, in Unicode scalar values.
pub(super) fn between(line: &str, column: usize, mark: char) -> Option<&str> {
    let mut at = 0;
    for (number, part) in line.split(mark).enumerate() {
        let end = at + part.chars().count();
        // Of marks that open and close alike, every second part is outside; cells have one mark between them.
        if (number % 2 == 1 || mark == '|') && (at..end).contains(&column) {
            return Some(part);
        }
        at = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_found_behind_its_escapes_whole_or_cut() {
        let long = format!("the server said 17 {} and 18", "of *them* | ".repeat(20));
        let texts = Prose::of(["answers 401 <no_key>, try 2 of [them]\nand 3".to_owned(), long.clone()]);
        let line = "- `a 401`: answers 401 &lt;no_key&gt;, try 2 of \\[them\\] and 3. Then 4";
        let plain = Plain::of(line);
        let column = |what: &str| line.find(what).unwrap();
        assert!(texts.around("401", &plain, column("401 &lt;")));
        assert!(texts.around("2", &plain, column("2 of")) && texts.around("3", &plain, column("3.")));
        assert!(!texts.around("401", &plain, column("401`")) && !texts.around("4", &plain, column("Then 4") + 5));
        let other = Plain::of(&line.replace("try 2", "try 5"));
        assert!(!texts.around("401", &other, column("401 &lt;")) && !texts.around("5", &other, column("2 of")));
        let cut: String = long.chars().take(150).collect();
        let shown = Plain::of(&format!("{}…", cut.replace('*', "\\*").replace('|', "&#124;")));
        assert!(texts.around("17", &shown, 16), "{}", shown.text);
        assert!(!texts.around("17", &Plain::of(&cut), 16), "cut without a sign of it");
    }

    #[test]
    fn what_stands_between_marks_is_found() {
        assert_eq!(between("a `b=1` c `d`", 5, '`'), Some("b=1"));
        assert_eq!(between("a `b=1` c", 8, '`'), None);
    }

    #[test]
    fn names_without_a_code_span_are_read_up_to_their_marks() {
        let line = "Before 12 ms of a&#124;b 24&#40;c&#41;, then x&#96;7: 3 | 5 |";
        let plain = Plain::of(line);
        let at = |what: &str| plain.without_code(line.find(what).unwrap());
        assert_eq!(at("24&"), ["|b 24(c", "24(c), then x`"]);
        assert_eq!(at("7:"), ["x`7"]);
        assert_eq!(at("12"), ["12 ms of a|"]);
        assert_eq!((at("3 |"), at("5 |")), (vec!["`7: 3"], vec![]));
        assert_eq!(unescaped("&#40;1&#41; &amp;#49; &#xyz; &#1114112; \\[\\]"), "(1) &#49; &#xyz; &#1114112; []");
    }
}
