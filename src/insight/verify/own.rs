//! Our own reports: they say which landing they are of and cite the facts of its ledger, so their claims are compared with those.
//!
//! Only what stands as it was written holds: a number fits a fact that its own line cites, or it is part of a name in a code span that the
//! ledger's facts have too. Everything else is left to the index.

use std::collections::HashMap;

use super::book::Known;
use super::decide::{Checked, Verdict};
use super::fit;
use crate::domain::fact::{Fact, FactId, Source};
use crate::insight::Ledger;
use crate::insight::claims::{Claim, Kind};

/// What our reports begin with, before the number of the landing.
const MARKER: &str = "<!-- chimera-insight:report landing=";

/// The landing that a text is our report of; `None` when it is none.
pub fn landing_of(text: &str) -> Option<i64> {
    let rest = text.lines().next()?.strip_prefix(MARKER)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// What the facts that its line cites say to each claim of our report; `None` where they say nothing and the index has to. `words` are what
/// the index has of gaps and failures: a report quotes them.
pub fn resolve(text: &str, ledger: &Ledger, words: &[String], claims: &[Claim]) -> Vec<Option<Checked>> {
    let all = format!("{}{}", names(ledger), words.join("\n"));
    let mut names = Names::of(&all);
    let mut found = Vec::with_capacity(claims.len());
    let (mut before, mut next) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = before + line.chars().count();
        let mut cited_here: Option<Vec<&Fact>> = None;
        while let Some(claim) = claims.get(next).filter(|claim| claim.start < end) {
            let cited = cited_here
                .get_or_insert_with(|| cited(line).into_iter().filter_map(|id| ledger.get(FactId(id))).collect());
            let one = resolve_one(claim, cited, line, claim.start.saturating_sub(before), &mut names);
            found.push(one.or_else(|| uncited(claim, cited)));
            next += 1;
        }
        before = end;
    }
    found.resize(claims.len(), None);
    found
}

/// A number beside citations that none of the cited facts has: the index is not asked, where some number would fit.
fn uncited(claim: &Claim, cited: &[&Fact]) -> Option<Checked> {
    let is_quantity = claim.kind == Kind::Quantity && !cited.is_empty();
    is_quantity.then(|| Checked {
        claim: claim.clone(),
        verdict: Verdict::Unsupported,
        fact: None,
        reason: "none of the facts that its line cites says so".to_owned(),
    })
}

fn resolve_one(claim: &Claim, cited: &[&Fact], line: &str, column: usize, names: &mut Names<'_>) -> Option<Checked> {
    let supported = |fact: Option<&Fact>, reason: String| Checked {
        claim: claim.clone(),
        verdict: Verdict::Supported,
        fact: fact.map(known),
        reason,
    };
    if claim.kind == Kind::Word {
        return Some(supported(None, "our reports write what they measure in digits".to_owned()));
    }
    // The direction of a percentage may stand in words: "24 % below".
    let is_percent = claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "percent");
    let agrees = |value: f64, fact: &Fact| rounds(claim, value, fact);
    let fits = |fact: &&&Fact| {
        !matches!(claim.kind, Kind::Date(_))
            && (agrees(fact.value, fact) || is_percent && agrees(fact.value.abs(), fact))
    };
    if let Some(fact) = cited.iter().find(fits) {
        return Some(supported(Some(fact), format!("{}: {}", fact.id, fact.name)));
    }
    // A row of the appendix is of one fact: only its own name and places stand there.
    if let Some(fact) = cited.first().filter(|fact| line.starts_with(&format!("| {} |", fact.id))) {
        let is_its_own = is_row_of(line, fact, &claim.number) || is_place_of(line, column, fact);
        return is_its_own.then(|| supported(Some(fact), format!("part of the name or place of {}", fact.id)));
    }
    if between(line, column, '`').is_some_and(|span| span.starts_with("chimera-insight ")) {
        return Some(supported(None, "part of a command: it names something and measures nothing".to_owned()));
    }
    if is_quoted(line, column, names) || is_composed(line, column, cited) {
        return Some(supported(None, "part of a name, place or text that the index has".to_owned()));
    }
    let named = cited.iter().take(COMPOSED).find(|fact| stands_in(&claim.number, &fact.name))?;
    Some(supported(Some(named), format!("part of the name of {}", named.id)))
}

/// Whether a fact's value, rounded as our reports round, is what was written.
fn rounds(claim: &Claim, value: f64, fact: &Fact) -> bool {
    let converted = match claim.unit.as_ref().filter(|unit| !unit.is_none()) {
        Some(unit) if !fact.unit.is_none() => fact.unit.compare(value, unit).unwrap_or(value),
        _ => value,
    };
    // A number written in full has no half steps to be lost in the arithmetic.
    let lost = if claim.significant < 16 { value.abs() * f64::EPSILON } else { 0.0 };
    (converted - claim.value).abs() <= claim.step / 2.0 * (1.0 + 1e-9) + lost
        && fit::fit(claim, value, &fact.unit, None) == fit::Fit::Fits
}

/// Whether the code span around a column is the name of a fact, or one of its paths or places.
fn is_place_of(line: &str, column: usize, fact: &Fact) -> bool {
    let Some(part) = between(line, column, '`') else { return false };
    let plain = unescaped(part.trim());
    let mut own = String::new();
    names_of(fact, &mut own);
    !plain.is_empty() && own.lines().any(|line| stands_in(&plain, line))
}

/// The claims that are open still, the ends of their ranges found anew.
pub fn open(claims: &[Claim], settled: &[Option<Checked>]) -> Vec<Claim> {
    let is_open = |at: usize| settled.get(at).is_none_or(Option::is_none);
    let mut places = vec![None; claims.len()];
    let open: Vec<usize> = (0..claims.len()).filter(|at| is_open(*at)).collect();
    for (new, old) in open.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = Some(new);
        }
    }
    let moved = |claim: &Claim| Claim {
        partner: claim.partner.and_then(|at| places.get(at).copied().flatten()),
        ..claim.clone()
    };
    open.iter().filter_map(|at| claims.get(*at)).map(moved).collect()
}

/// The texts that a report may quote, by their words: a quotation is looked for where its rarest word stands.
struct Names<'a> {
    lines: Vec<&'a str>,
    by_word: HashMap<&'a str, Vec<usize>>,
    asked: HashMap<String, bool>,
}

impl<'a> Names<'a> {
    fn of(text: &'a str) -> Self {
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
    fn have(&mut self, text: &str) -> bool {
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

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether `text` stands in `line` without cutting a word or number of it.
fn stands_in(text: &str, line: &str) -> bool {
    let is_cut =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    line.match_indices(text).any(|(at, _)| {
        let before = line.get(..at).and_then(|part| part.chars().next_back());
        let behind = line.get(at + text.len()..).and_then(|part| part.chars().next());
        !is_cut(before, text.chars().next()) && !is_cut(text.chars().next_back(), behind)
    })
}

/// Whether a number stands in a code span, a quotation or a table cell of words whose text the index has.
fn is_quoted(line: &str, column: usize, names: &mut Names<'_>) -> bool {
    ['`', '"', '|'].into_iter().filter_map(|mark| Some((mark, between(line, column, mark)?))).any(|(mark, part)| {
        let plain = unescaped(part.trim());
        (mark != '|' || plain.chars().any(char::is_alphabetic)) && names.have(&plain)
    })
}

/// Whether a number stands in a code span all of whose words one of the cited facts has: a case without the parameter that is compared.
fn is_composed(line: &str, column: usize, cited: &[&Fact]) -> bool {
    let Some(part) = between(line, column, '`') else { return false };
    let plain = unescaped(part);
    let is_of = |fact: &&&Fact| plain.split_whitespace().all(|word| stands_in(word, &fact.name));
    !plain.trim().is_empty() && cited.iter().take(COMPOSED).any(|fact| is_of(&fact))
}

/// Of so many cited facts the names are looked at, at most.
const COMPOSED: usize = 256;

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
    let left_out = match &fact.source {
        Source::Cells { cells, .. } => cells.len().checked_sub(line.matches("; `").count() + 1),
        _ => None,
    };
    let is_rest = line.contains(&format!("; {number} more ")) && left_out.is_some_and(|n| n.to_string() == number);
    line.starts_with(&format!("| {} |", fact.id)) && (stands_in(number, formula) || is_rest)
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
        names_of(fact, &mut names);
    }
    names
}

fn names_of(fact: &Fact, names: &mut String) {
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
