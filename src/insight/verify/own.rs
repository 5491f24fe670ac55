//! Our own reports: they say which landing they are of and cite the facts of its ledger, so their claims are compared with those.
//!
//! Only what stands as it was written holds: a number fits a fact that its own line cites, or it is part of a name in a code span that the
//! ledger's facts have too. Everything else is left to the index.

use super::book::Known;
use super::decide::{Checked, Verdict};
use super::fit;
use crate::domain::fact::{Fact, FactId, Source};
use crate::insight::Ledger;
use crate::insight::claims::Kind;

/// What our reports begin with, before the number of the landing.
const MARKER: &str = "<!-- chimera-insight:report landing=";

/// The landing that a text is our report of; `None` when it is none.
pub fn landing_of(text: &str) -> Option<i64> {
    let rest = text.lines().next()?.strip_prefix(MARKER)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Compares the claims of our report with the facts that their lines cite. `words` are what the index has of gaps and failures: a report
/// quotes them.
pub fn resolve(text: &str, ledger: &Ledger, words: &[String], checked: &mut [Checked]) {
    let names = format!("{}{}", names(ledger), words.join("\n"));
    let (mut before, mut next) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = before + line.chars().count();
        let from = next;
        while checked.get(next).is_some_and(|one| one.claim.start < end) {
            next += 1;
        }
        let cited: Vec<&Fact> = cited(line).into_iter().filter_map(|id| ledger.get(FactId(id))).collect();
        for one in checked.get_mut(from..next).unwrap_or(&mut []) {
            let column = one.claim.start.saturating_sub(before);
            resolve_one(one, &cited, line, column, &names);
        }
        before = end;
    }
}

fn resolve_one(one: &mut Checked, cited: &[&Fact], line: &str, column: usize, names: &str) {
    let fits = |fact: &&&Fact| {
        !matches!(one.claim.kind, Kind::Date(_)) && fit::fit(&one.claim, fact.value, &fact.unit, None) == fit::Fit::Fits
    };
    if let Some(fact) = cited.iter().find(fits) {
        one.verdict = Verdict::Supported;
        one.reason = format!("{}: {}", fact.id, fact.name);
        one.fact = Some(known(fact));
    } else if one.verdict.is_bad() && is_quoted(line, column, names) {
        one.verdict = Verdict::Supported;
        one.reason = "part of a name, place or text that the index has".to_owned();
        one.fact = None;
    } else if let Some(fact) =
        cited.first().filter(|fact| one.verdict.is_bad() && is_row_of(line, fact, &one.claim.number))
    {
        one.verdict = Verdict::Supported;
        one.reason = format!("part of where {} comes from", fact.id);
        one.fact = Some(known(fact));
    }
}

/// Whether a number stands in a code span, a quotation or a table cell whose text the index has.
fn is_quoted(line: &str, column: usize, names: &str) -> bool {
    ['`', '"', '|'].into_iter().filter_map(|mark| between(line, column, mark)).any(|part| {
        let plain = unescaped(part.trim());
        !plain.is_empty() && names.contains(&plain)
    })
}

/// Text without the escapes of Markdown and HTML.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|next| c == '\\' && next.is_ascii_punctuation());
        plain.push(escaped.unwrap_or(c));
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&#124;", "|").replace("&amp;", "&")
}

/// Whether the line is the appendix's row of a fact, and the number a part of its formula.
fn is_row_of(line: &str, fact: &Fact, number: &str) -> bool {
    let formula = match &fact.source {
        Source::Derived { formula, .. } | Source::Cells { formula, .. } => formula.as_str(),
        _ => "",
    };
    line.starts_with(&format!("| {} |", fact.id)) && formula.contains(number)
}

fn known(fact: &Fact) -> Known {
    let (path, at) = match &fact.source {
        Source::Cell { path, at, .. } => (Some(path.clone()), Some(at.clone())),
        Source::Cells { cells, .. } => {
            (cells.first().map(|range| range.path.clone()), cells.first().map(|range| range.place()))
        }
        _ => (None, None),
    };
    Known { id: Some(fact.id.0), name: fact.name.clone(), value: fact.value, unit: fact.unit.clone(), path, at }
}

/// Everything that the facts are called and where they stand, a line each.
fn names(ledger: &Ledger) -> String {
    let mut names = String::new();
    for fact in ledger.facts() {
        names.push_str(&fact.name);
        names.push('\n');
        match &fact.source {
            Source::Cell { path, at, .. } => names.push_str(&format!("{path}\n{at}\n")),
            Source::Cells { cells, .. } => {
                cells.iter().for_each(|range| names.push_str(&format!("{}\n{}\n", range.path, range.place())));
            }
            _ => {}
        }
    }
    names
}

/// The facts that a line cites: `F3`, and all of `F11–F15`. A span of more than this is none.
const SPAN: u32 = 10_000;

fn cited(line: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let mut rest = line;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        let digits: String = tail.chars().take_while(char::is_ascii_digit).take(9).collect();
        if c == 'F' && !before.is_alphanumeric() && !digits.is_empty() {
            let id: u32 = digits.parse().unwrap_or(0);
            let first = found.last().copied().filter(|first| before == '–' && *first < id && id - *first < SPAN);
            found.extend(first.map_or(id, |first| first + 1)..=id);
        }
        before = c;
        rest = tail;
    }
    found
}

/// What stands between two of these marks around a column of a line, in Unicode scalar values.
fn between(line: &str, column: usize, mark: char) -> Option<&str> {
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
    fn citations_and_spans_are_read() {
        assert_eq!(cited("a [F3, F11–F14] F7 xF9 F"), [3, 11, 12, 13, 14, 7]);
        assert_eq!(between("a `b=1` c `d`", 5, '`'), Some("b=1"));
        assert_eq!(between("a `b=1` c", 8, '`'), None);
        assert_eq!(landing_of("<!-- chimera-insight:report landing=17 -->\n# x"), Some(17));
        assert_eq!(landing_of("# x"), None);
    }
}
