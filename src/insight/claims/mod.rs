//! The numeric claims of a report, whoever wrote it: every number, share, count, range and date that states something, and what it is
//! said of.
//!
//! [`read`] takes any text: Markdown, plain text, tables, lists, fenced JSON, in any language. It cannot fail: of text that is no report it
//! finds no claims. Time is linear in the text; memory too, and the number of claims is bounded by [`MOST`].

mod about;
mod blocks;
mod claim;
mod data;
mod dates;
mod fences;
mod glyphs;
#[cfg(test)]
mod hostile_tests;
mod months;
mod name_words;
mod names;
mod nouns;
mod number;
mod ranges;
mod role_words;
mod roles;
mod scan;
mod sink;
mod tables;
#[cfg(test)]
mod tests;
mod unit_words;
mod units;
mod words;

use std::collections::HashSet;

pub use claim::{About, Claim, Date, Kind, Role, TEXT};
pub use months::names_month;
pub use unit_words::{unit_spelt, unit_spelt_apart};

/// The most claims that are read of one text; a report has some hundred. A text that gives this many may hold more.
pub const MOST: usize = 50_000;

/// The claims of `text`, in the order of the text; the first [`MOST`].
pub fn read(text: &str) -> Vec<Claim> {
    let chars: Vec<char> = text.chars().collect();
    let known = scan::Text { style: number::style(&chars), names: names(&chars) };
    let mut sink = sink::Sink::new(&chars, &known);
    blocks::Blocks::new(&chars, &mut sink).read();
    sink.claims
}

/// Words of letters with a few digits glued to their end, lower-cased: `gemma3`.
fn names(chars: &[char]) -> HashSet<String> {
    let mut names = HashSet::new();
    for word in chars.split(|c| !c.is_ascii_alphanumeric()) {
        let letters = word.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let digits = word.len() - letters;
        if (3..=16).contains(&letters)
            && (1..=2).contains(&digits)
            && word.iter().skip(letters).all(char::is_ascii_digit)
        {
            names.insert(word.iter().collect::<String>().to_lowercase());
        }
    }
    names
}
