//! The parts of a text: words, marks, blanks, and what stands for something: references to facts, comparisons, names out of the data.
//!
//! Each part knows where it stands; nothing is skipped, and a reference that is no proper one is a part of its own, so that a rule can
//! say so. Nothing can fail. Time is linear in the text, with a bounded search for names at the beginning of each word.

use std::collections::HashMap;

use super::clean::folded;
use super::vocabulary::is_word;
use crate::dialogue::Shown;
use crate::domain::fact::FactId;

/// Bytes of a reference in braces at most.
const REFERENCE: usize = 80;

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Letters, with apostrophes between them.
    Word,
    /// The label of a percentile: `p95`.
    Label,
    Mark(char),
    Blank,
    Value(FactId),
    Compare(FactId, FactId),
    /// A name, by its place among those that were shown.
    Name(usize),
    /// Facts in brackets: `(F1, F2)`.
    Cites(Vec<FactId>),
    /// Something in braces that is no reference, and why.
    Bad(&'static str),
}

/// A part and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub what: What,
    pub from: usize,
    pub to: usize,
}

/// Finds the parts of texts.
pub(super) struct Lexer<'a> {
    shown: &'a Shown,
    /// Names by their first character, the longest first.
    names: HashMap<char, Vec<usize>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(shown: &'a Shown) -> Self {
        let mut names: HashMap<char, Vec<usize>> = HashMap::new();
        for (at, name) in shown.names.iter().enumerate() {
            if let Some(first) = name.chars().next() {
                names.entry(first).or_default().push(at);
            }
        }
        let length = |at: &usize| std::cmp::Reverse(shown.names.get(*at).map_or(0, String::len));
        names.values_mut().for_each(|list| list.sort_by_key(length));
        Self { shown, names }
    }

    /// The parts of `text`, in order and without gaps.
    pub(super) fn parts(&self, text: &str) -> Vec<Part> {
        self.read(text, false)
    }

    /// As [`parts`](Self::parts), of a text in which names may be words: the name of a fact.
    pub(super) fn parts_with_names(&self, text: &str) -> Vec<Part> {
        self.read(text, true)
    }

    fn read(&self, text: &str, all: bool) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut from = 0;
        let mut before = ' ';
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let (what, length) = self.part(rest, before, all);
            let to = from + length.max(1);
            before = text.get(..to).and_then(|read| read.chars().next_back()).unwrap_or(' ');
            parts.push(Part { what, from, to });
            from = to;
        }
        parts
    }

    fn part(&self, rest: &str, before: char, all: bool) -> (What, usize) {
        let begins = !(before.is_alphanumeric() || before == '_');
        let c = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("{{") {
            return self.reference(rest);
        }
        if begins && let Some((at, length)) = self.name(rest, c, all) {
            return (What::Name(at), length);
        }
        if matches!(c, '(' | '[')
            && let Some((ids, length)) = cites(rest)
        {
            return (What::Cites(ids), length);
        }
        if begins && let Some(length) = label(rest) {
            return (What::Label, length);
        }
        if c.is_whitespace() {
            return (What::Blank, rest.len() - rest.trim_start().len());
        }
        if is_letter(c) {
            return (What::Word, word(rest));
        }
        (What::Mark(c), c.len_utf8())
    }

    /// The longest known name that stands here as a whole.
    fn name(&self, rest: &str, first: char, all: bool) -> Option<(usize, usize)> {
        let whole = |name: &str| {
            let behind = rest.strip_prefix(name)?;
            let mut next = behind.chars();
            let goes_on = match (next.next(), next.next()) {
                (Some(c), _) if c.is_alphanumeric() || c == '_' => true,
                (Some('.' | ':' | '/' | '-' | '=' | '@'), Some(c)) => c.is_alphanumeric(),
                _ => false,
            };
            (!goes_on).then_some(name.len())
        };
        // A name that is a word of the language could be that word.
        let counts = |name: &&String| all || !(name.chars().all(char::is_alphabetic) && is_word(&folded(name)));
        let candidates = self.names.get(&first)?;
        candidates.iter().find_map(|at| Some((*at, whole(self.shown.names.get(*at).filter(counts)?)?)))
    }

    /// What stands in double braces.
    fn reference(&self, rest: &str) -> (What, usize) {
        let near: String = rest.chars().take(REFERENCE).collect();
        let Some(end) = near.find("}}") else { return (What::Bad("a reference in braces does not end"), 2) };
        let inside = near.get(2..end).unwrap_or("").trim();
        (self.meant(inside), end + 2)
    }

    fn meant(&self, inside: &str) -> What {
        let (kind, ids) = inside.split_once(':').map_or(("", inside), |(kind, ids)| (kind.trim(), ids.trim()));
        match kind {
            "" if ids.starts_with('N') => self.named(ids),
            "" | "m" => self.fact(ids).map_or(What::Bad("it refers to a fact that it was not shown"), What::Value),
            "id" => self.named(ids),
            "cmp" => match ids.split_once(',').map(|(a, b)| (self.fact(a), self.fact(b))) {
                Some((Some(a), Some(b))) => What::Compare(a, b),
                Some(_) => What::Bad("it compares facts that it was not shown"),
                None => What::Bad("a comparison does not name two facts"),
            },
            _ => What::Bad("braces hold what is no reference to a fact, a comparison or a name"),
        }
    }

    fn named(&self, id: &str) -> What {
        let at = number(id, 'N').and_then(|n| (n as usize).checked_sub(1));
        at.filter(|at| *at < self.shown.names.len())
            .map_or(What::Bad("it refers to a name that it was not shown"), What::Name)
    }

    /// The fact with this id, when it was shown.
    pub(super) fn fact(&self, id: &str) -> Option<FactId> {
        number(id.trim(), 'F').map(FactId).filter(|id| self.shown.facts.binary_search(id).is_ok())
    }
}

/// The number of `F12`.
fn number(id: &str, letter: char) -> Option<u32> {
    let digits = id.strip_prefix(letter)?;
    let plain =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok())?
}

/// `(F1, F2)` or `[F1]`: facts that are cited the way the report does it.
fn cites(rest: &str) -> Option<(Vec<FactId>, usize)> {
    let close = if rest.starts_with('(') { ')' } else { ']' };
    let end = rest.char_indices().take(REFERENCE).find(|(_, c)| *c == close)?.0;
    let ids = rest.get(1..end)?.split(',').map(|id| number(id.trim(), 'F').map(FactId));
    Some((ids.collect::<Option<Vec<_>>>()?, end + 1))
}

/// The length of `p95`, `P50`, when nothing goes on behind it.
fn label(rest: &str) -> Option<usize> {
    let digits = rest.strip_prefix(['p', 'P'])?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let behind = digits.get(length..)?;
    let mut next = behind.chars();
    let goes_on = match (next.next(), next.next()) {
        (Some(c), _) if c.is_alphanumeric() || c == '_' => true,
        (Some('.' | '/' | '-' | ':' | ','), Some(c)) => c.is_alphanumeric(),
        _ => false,
    };
    (length == 2 && !goes_on).then_some(length + 1)
}

/// Some numeric characters (`Ⅷ`) are letters too.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !c.is_numeric()
}

/// The length of the word that begins here.
fn word(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inner = c == '\'' && chars.peek().is_some_and(|(_, next)| is_letter(*next));
        if !is_letter(c) && !inner {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// Where the sentences of a text begin and end among its parts.
pub(super) fn sentences(parts: &[Part], text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, part) in parts.iter().enumerate() {
        let ends = matches!(part.what, What::Mark('.' | '!' | '?' | '。' | '！' | '？' | '।' | '؟'));
        let blank = parts.get(at + 1).is_none_or(|next| next.what == What::Blank);
        let begins = match parts.get(at + 2) {
            Some(next) if next.what == What::Word => {
                text.get(next.from..).is_some_and(|rest| rest.starts_with(|c: char| !c.is_lowercase()))
            }
            Some(next) => !matches!(next.what, What::Mark(',' | ';' | ')')),
            None => true,
        };
        if ends && blank && begins {
            found.push((from, at + 1));
            from = at + 1 + usize::from(at + 1 < parts.len());
        }
    }
    if from < parts.len() {
        found.push((from, parts.len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(text: &str) -> Vec<What> {
        let shown = Shown {
            facts: vec![FactId(1), FactId(12)],
            names: vec!["a.csv".into(), "llama".into(), "a.csv-old".into()],
            left_out: 0,
        };
        Lexer::new(&shown).parts(text).into_iter().map(|part| part.what).filter(|what| *what != What::Blank).collect()
    }

    #[test]
    fn references_and_names_are_told_from_words() {
        assert_eq!(whats("{{ m: F12 }} {{F1}}"), [What::Value(FactId(12)), What::Value(FactId(1))]);
        assert_eq!(whats("{{cmp:F1, F12}}"), [What::Compare(FactId(1), FactId(12))]);
        assert_eq!(whats("a.csv-old a.csv."), [What::Name(2), What::Name(0), What::Mark('.')]);
        assert_eq!(whats("{{id:N2}} llama llamas"), [What::Name(1), What::Name(1), What::Word]);
        assert_eq!(whats("(F1, F12) p95 it's"), [What::Cites(vec![FactId(1), FactId(12)]), What::Label, What::Word]);
        for bad in ["{{m:F2}}", "{{m:F01}}", "{{id:N9}}", "{{x:F1}}", "{{cmp:F1}}", "{{m:{{m:F1}}}}", "{{m:F1"] {
            assert!(matches!(whats(bad).first(), Some(What::Bad(_))), "{bad}");
        }
        assert_eq!(whats("xa.csv").len(), 3);
        assert_eq!(whats("a.csv2")[0], What::Word);
    }

    #[test]
    fn sentences_end_at_points_and_not_inside_of_names() {
        let shown = Shown::default();
        let of = |text: &str| {
            let parts = Lexer::new(&shown).parts(text);
            let cut = |(from, to): (usize, usize)| text[parts[from].from..parts[to - 1].to].to_owned();
            sentences(&parts, text).into_iter().map(cut).collect::<Vec<_>>()
        };
        assert_eq!(
            of("One is. Two is! It was 1.5 s, and then. no. {{m:F1}} is"),
            ["One is.", "Two is!", "It was 1.5 s, and then. no.", "{{m:F1}} is"]
        );
        assert_eq!(of(""), Vec::<String>::new());
    }
}
