//! The marks of a sentence: which signs prose has, where they may stand, and that none of them is a number.

use super::clean::{folded, is_latin};
use super::numerals;
use super::parts::{Part, What};
use super::rules::Sentence;

/// Marks that prose has.
const MARKS: &str = ".,;:()'-–—/…&%!";

impl Sentence<'_> {
    /// Numbers, signs and letters that have no place in prose.
    pub(super) fn marks(&self) -> Option<String> {
        let number = |part: &Part| {
            matches!(part.what, What::Mark(c) if c.is_numeric())
                || part.what == What::Word && numerals::looks_like_digits(self.cut(part))
        };
        if self.parts.iter().any(number) {
            return Some(
                "it writes a number itself: write a reference in braces in its place, or leave it out".to_owned(),
            );
        }
        let mut depth = 0i32;
        for (at, part) in self.parts.iter().enumerate() {
            match part.what {
                What::Mark('(') => depth += 1,
                What::Mark(')') => depth -= 1,
                What::Mark('?') => return Some("a report asks no questions".to_owned()),
                What::Mark(c) if !MARKS.contains(c) => return Some(self.strange(c)),
                What::Mark(c) if self.is_misplaced(c, at) => return Some(joined(c)),
                What::Word if !self.cut(part).chars().all(|c| is_latin(c) || c == '\'') => {
                    return Some("it is written in another script than English".to_owned());
                }
                _ => {}
            }
            if !(0..=1).contains(&depth) {
                return Some("its brackets do not match".to_owned());
            }
        }
        let title = self.parts.iter().rev().find(|part| part.what != What::Blank)?.what == What::Mark(':');
        let field =
            matches!(self.parts, [first, colon, ..] if colon.what == What::Mark(':') && is_field(self.cut(first)));
        if title || field {
            Some("it is a title and no sentence".to_owned())
        } else {
            (depth != 0).then(|| "its brackets do not match".to_owned())
        }
    }

    fn strange(&self, c: char) -> String {
        if c.is_alphabetic() {
            return "it is written in another script than English".to_owned();
        }
        "it holds markup or a sign that prose does not have".to_owned()
    }

    /// Whether a mark makes a name, an address, a formula or an entity of the words around it.
    fn is_misplaced(&self, c: char, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.parts.get(at)).map(|part| &part.what);
        let behind = self.parts.get(at + 1).map(|part| &part.what);
        let open = |what: Option<&What>| what.is_none_or(|what| matches!(what, What::Blank | What::Mark(_)));
        match c {
            '.' | ',' | ';' | ':' | '!' | '…' => !open(behind),
            '/' => before != Some(&What::Word) || behind != Some(&What::Word),
            '&' => before != Some(&What::Blank) || behind != Some(&What::Blank),
            '%' => !self.is_unit_sign(at),
            '-' | '–' | '—' => {
                let leads = [behind, self.parts.get(at + 2).map(|part| &part.what)];
                let joins = |what: Option<&What>| what.is_some_and(|what| matches!(what, What::Mark('-' | '/' | '.')));
                leads.into_iter().flatten().any(|what| matches!(what, What::Value(_))) || joins(behind)
            }
            '\'' => !open(behind) && !open(before) && !matches!(before, Some(What::Name(_))),
            _ => false,
        }
    }

    /// A percent sign right behind a number; whether it is the number's own is another rule's.
    fn is_unit_sign(&self, at: usize) -> bool {
        let before = self.parts.get(at.saturating_sub(2)..at).unwrap_or_default().iter().rev();
        before
            .map(|part| &part.what)
            .find(|what| **what != What::Blank)
            .is_some_and(|what| matches!(what, What::Value(_) | What::Compare(..)))
    }
}

/// The fields of a document that models make up around their sentences.
fn is_field(word: &str) -> bool {
    matches!(
        folded(word).as_str(),
        "content" | "description" | "title" | "summary" | "text" | "note" | "section" | "author" | "name"
    )
}

fn joined(c: char) -> String {
    if c == '%' {
        return "a percent sign stands without the number of a fact".to_owned();
    }
    "it holds a name, an address or a formula that the data does not have".to_owned()
}
