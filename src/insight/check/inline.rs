//! One line of Markdown as a reader sees it: escapes and character references resolved, code spans and citations taken out.
//!
//! Written for checking alone: where Markdown is richer than our reports (links, pictures, nested emphasis) the characters are
//! taken as they stand, so that a number inside them is looked at rather than lost. It cannot fail.

use std::collections::HashSet;

use crate::domain::fact::FactId;

/// Stands in the text where a code span was; foreign text never keeps it.
pub(super) const CODE: char = '\u{fffc}';

/// Facts that one citation may name; a stretch beyond that is no citation of ours.
const LONGEST_STRETCH: u32 = 100_000;

/// A line without its markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Inline {
    /// The visible characters, with one [`CODE`] for each code span.
    pub text: Vec<char>,
    /// The contents of the code spans, in order.
    pub codes: Vec<String>,
    /// The facts that are cited, ascending and each once.
    pub cited: Vec<FactId>,
    /// All that is visible: the text with its code spans and citations in place.
    pub shown: String,
}

impl Inline {
    /// Reads `raw`, a line without its line break.
    pub fn read(raw: &str) -> Self {
        let chars: Vec<char> = raw.chars().collect();
        let mut out = Self::default();
        let mut unclosed: HashSet<usize> = HashSet::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            let rest = chars.get(at..).unwrap_or_default();
            let taken = match c {
                '\\' => out.escaped(rest),
                '`' => out.code(rest, &mut unclosed),
                '&' => out.reference(rest),
                '[' => out.citation(rest),
                '*' => 1,
                _ => out.plain(c, 1),
            };
            at += taken.max(1);
        }
        out.cited.sort_unstable();
        out.cited.dedup();
        out
    }

    /// The visible text with its code spans in place.
    pub fn whole(&self) -> String {
        let mut codes = self.codes.iter();
        let mut out = String::new();
        for &c in &self.text {
            match c {
                CODE => out.push_str(codes.next().map_or("", String::as_str)),
                c => out.push(c),
            }
        }
        out
    }

    fn plain(&mut self, c: char, taken: usize) -> usize {
        self.text.push(if c == CODE { '\u{fffd}' } else { c });
        self.shown.push(c);
        taken
    }

    fn escaped(&mut self, rest: &[char]) -> usize {
        match rest.get(1) {
            Some(&next) if next.is_ascii_punctuation() => self.plain(next, 2),
            _ => self.plain('\\', 1),
        }
    }

    fn code(&mut self, rest: &[char], unclosed: &mut HashSet<usize>) -> usize {
        let fence = rest.iter().take_while(|c| **c == '`').count();
        let closed = (!unclosed.contains(&fence)).then(|| closing(rest, fence)).flatten();
        let Some(end) = closed else {
            unclosed.insert(fence);
            self.text.extend(std::iter::repeat_n('`', fence));
            self.shown.extend(std::iter::repeat_n('`', fence));
            return fence;
        };
        let inside: String = rest.get(fence..end).unwrap_or_default().iter().collect();
        let padded = inside.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
        let inside = padded.filter(|inner| !inner.trim().is_empty()).unwrap_or(&inside).to_owned();
        self.shown.push_str(&inside);
        self.codes.push(inside);
        self.text.push(CODE);
        end + fence
    }

    fn reference(&mut self, rest: &[char]) -> usize {
        let name: String = rest.iter().skip(1).take(10).take_while(|c| **c != ';').collect();
        let ends = rest.get(name.chars().count() + 1) == Some(&';');
        let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let found = match name.as_str() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            name => name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(hex) => code(hex, 16),
                None => code(digits, 10),
            }),
        };
        match found.filter(|_| ends) {
            Some(c) => self.plain(c, name.chars().count() + 2),
            None => self.plain('&', 1),
        }
    }

    fn citation(&mut self, rest: &[char]) -> usize {
        let inside: String = rest.iter().skip(1).take_while(|c| is_of_citation(**c)).collect();
        let length = inside.chars().count();
        if rest.get(length + 1) == Some(&']')
            && let Some(ids) = citations(&inside)
        {
            self.cited.extend(ids);
            self.shown.push_str(&format!("[{inside}]"));
            return length + 2;
        }
        self.plain('[', 1)
    }
}

/// Where the code span that begins here ends: the next run of as many back-ticks.
fn closing(rest: &[char], fence: usize) -> Option<usize> {
    let mut at = fence;
    while at < rest.len() {
        let run = rest.get(at..)?.iter().take_while(|c| **c == '`').count();
        if run == fence {
            return Some(at);
        }
        at += run.max(1);
    }
    None
}

fn is_of_citation(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, 'F' | ',' | ' ' | '–')
}

/// The ids of `F1, F3–F7`; `None` when it is anything else.
pub(super) fn citations(text: &str) -> Option<Vec<FactId>> {
    let mut ids = Vec::new();
    for part in text.split(", ") {
        match part.split_once('–') {
            None => ids.push(fact_id(part)?),
            Some((first, last)) => {
                let (first, last) = (fact_id(first)?, fact_id(last)?);
                if first >= last || last.0 - first.0 > LONGEST_STRETCH {
                    return None;
                }
                ids.extend((first.0..=last.0).map(FactId));
            }
        }
    }
    Some(ids)
}

/// The id of `F12`.
pub(super) fn fact_id(text: &str) -> Option<FactId> {
    let digits = text.strip_prefix('F')?;
    let plain =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok().map(FactId) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        Inline::read(raw).text.into_iter().collect()
    }

    #[test]
    fn escapes_and_references_are_what_a_reader_sees() {
        assert_eq!(text(r"\$.results\[0\] a\\b"), "$.results[0] a\\b");
        assert_eq!(text("a&#124;b &amp;#49; &lt;i&gt; &nope; & &#xzz;"), "a|b &#49; <i> &nope; & &#xzz;");
        assert_eq!(text("**Nothing regressed.** x"), "Nothing regressed. x");
    }

    #[test]
    fn code_and_citations_are_taken_out() {
        let inline = Inline::read("`a=1` of ` b ` is 3 s. [F1, F3–F5, F9]");
        assert_eq!(inline.codes, ["a=1", "b"]);
        assert_eq!(inline.text.iter().collect::<String>(), format!("{CODE} of {CODE} is 3 s. "));
        assert_eq!(inline.cited, [1, 3, 4, 5, 9].map(FactId));
        assert_eq!(inline.whole(), "a=1 of b is 3 s. ");
        assert_eq!(Inline::read("``a`b`` `c").codes, ["a`b"]);
    }

    #[test]
    fn what_only_looks_like_a_citation_is_text() {
        for raw in ["[F0]", "[F1", "[F5–F3]", "[F1,F2]", "[1]", "[F1–F999999999]"] {
            assert_eq!((text(raw), Inline::read(raw).cited), (raw.to_owned(), Vec::new()));
        }
    }
}
