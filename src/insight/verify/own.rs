//! Our own reports: they say which landing they are of and cite the facts of its ledger, so their claims are compared with those.
//!
//! Only what stands as it was written holds: a number fits a fact that its own line cites, or it is part of a name in a code span that the
//! ledger's facts have too, of foreign prose that the report quotes, or the number of an alert. Everything else is left to the index.

use std::collections::HashSet;

use super::book::Known;
use super::decide::{Checked, Verdict};
use super::fit;
use super::quoted::{Names, Plain, Prose, between, parts, stands_in, unescaped};
use crate::domain::alert::AlertKey;
use crate::domain::fact::{Fact, FactId, Source};
use crate::insight::Ledger;
use crate::insight::check::visible;
use crate::insight::claims::{Claim, Kind};

/// What our reports begin with, before the number of the landing.
const MARKER: &str = "<!-- chimera-insight:report landing=";

/// The landing that a text is our report of; `None` when it is none.
pub fn landing_of(text: &str) -> Option<i64> {
    let rest = text.lines().next()?.strip_prefix(MARKER)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// What a report of ours says besides the facts of its ledger.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Names and words that stand in a code span, in quotation marks or in a cell of their own.
    pub names: Vec<String>,
    /// Foreign prose, which stands among our words.
    pub texts: Vec<String>,
    /// The alerts by their numbers.
    pub alerts: Vec<(i64, AlertKey)>,
}

/// What the facts that its line cites say to each claim of our report; `None` where they say nothing and the index has to.
pub fn resolve(text: &str, ledger: &Ledger, beside: &Beside, claims: &[Claim]) -> Vec<Option<Checked>> {
    let mut all = names(ledger);
    beside.names.iter().for_each(|name| spell(name, &mut all));
    let mut report = Report {
        names: Names::of(&all),
        prose: Prose::of(beside.texts.iter().cloned()),
        alerts: &beside.alerts,
        counts: None,
        ledger,
    };
    let mut found = Vec::with_capacity(claims.len());
    let (mut before, mut next) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = before + line.chars().count();
        let mut here: Option<Line<'_>> = None;
        while let Some(claim) = claims.get(next).filter(|claim| claim.start < end) {
            let line = here.get_or_insert_with(|| Line::of(line, ledger));
            let column = claim.start.saturating_sub(before);
            let one = resolve_one(claim, line, column, &mut report.names);
            let one = one.or_else(|| report.beside(claim, line, column));
            found.push(one.or_else(|| uncited(claim, &line.cited)));
            next += 1;
        }
        before = end;
    }
    found.resize(claims.len(), None);
    found
}

/// A line with claims.
struct Line<'a> {
    text: &'a str,
    cited: Vec<&'a Fact>,
    plain: Plain,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, ledger: &'a Ledger) -> Self {
        let cited = cited(text).into_iter().filter_map(|id| ledger.get(FactId(id))).collect();
        Self { text, cited, plain: Plain::of(text) }
    }
}

/// What a report may say.
struct Report<'a> {
    names: Names<'a>,
    prose: Prose,
    alerts: &'a [(i64, AlertKey)],
    /// What was counted, with the words of its name; once a heading asks for it.
    counts: Option<Vec<(&'a Fact, HashSet<String>)>>,
    ledger: &'a Ledger,
}

impl<'a> Report<'a> {
    /// What is known of a number that no cited fact bears out.
    fn beside(&mut self, claim: &Claim, line: &Line<'_>, column: usize) -> Option<Checked> {
        let supported = |fact: Option<Known>, reason: String| Checked {
            claim: claim.clone(),
            verdict: Verdict::Supported,
            fact,
            reason,
        };
        if self.prose.around(&claim.number, &line.plain, column) {
            return Some(supported(None, "part of a text that the index has".to_owned()));
        }
        if let Some(id) = self.alert(claim, line.text, column) {
            return Some(supported(None, format!("alert {id} is about this")));
        }
        let fact = self.heading(claim, line.text)?;
        Some(supported(Some(known(fact)), format!("{}: {}", fact.id, fact.name)))
    }

    /// The alert whose number this is, if its line and headings name what it is about.
    fn alert(&self, claim: &Claim, line: &str, column: usize) -> Option<i64> {
        let id: i64 = between(line, column, '`')?.parse().ok()?;
        let before: String = line.chars().take(column.checked_sub(1)?).collect();
        let (_, key) = self.alerts.iter().find(|(number, _)| *number == id && before.ends_with("Alert "))?;
        let said = format!("{}\n{}", unescaped(line), unescaped(&claim.about.headings.join("\n")));
        let words: HashSet<&str> = parts(&said).collect();
        let is_named = |name: &str| parts(name).all(|word| words.contains(word));
        (is_named(&key.benchmark) && is_named(&key.metric)).then_some(id)
    }

    /// The count that a heading tells. Headings cite nothing: it is the one that is named most like them, as of the landing.
    fn heading(&mut self, claim: &Claim, line: &str) -> Option<&'a Fact> {
        if !line.starts_with('#') || claim.kind != Kind::Quantity {
            return None;
        }
        let words = lower(line);
        let ledger = self.ledger;
        let counts = self.counts.get_or_insert_with(|| {
            let counted = ledger.facts().iter().filter(|fact| matches!(fact.source, Source::Count { .. }));
            counted.map(|fact| (fact, lower(&fact.name))).collect()
        });
        let (mut best, mut most) = (None, 0.0);
        for (fact, own) in counts.iter() {
            let shared = words.intersection(own).count() as f64;
            let likeness = shared / ((words.len() + own.len()) as f64 - shared).max(1.0);
            if likeness > most {
                (best, most) = (Some(*fact), likeness);
            }
        }
        best.filter(|fact| rounds(claim, fact.value, fact))
    }
}

/// The words of a text, small, without those that are numbers.
fn lower(text: &str) -> HashSet<String> {
    parts(text).filter(|word| !word.chars().all(char::is_numeric)).map(str::to_lowercase).collect()
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

fn resolve_one(claim: &Claim, at: &Line<'_>, column: usize, names: &mut Names<'_>) -> Option<Checked> {
    let (cited, line) = (&at.cited, at.text);
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
        let is_its_own =
            is_row_of(line, fact, &claim.number) || is_place_of(at, column, fact) || is_hash_of(line, column, fact);
        return is_its_own.then(|| supported(Some(fact), format!("part of the name or place of {}", fact.id)));
    }
    if between(line, column, '`').is_some_and(|span| span.starts_with("chimera-insight ")) {
        return Some(supported(None, "part of a command: it names something and measures nothing".to_owned()));
    }
    if is_quoted(at, column, names) || is_composed(line, column, cited) {
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

/// Whether the code span around a column is the name of a fact, or one of its paths or places; or what stands there without one.
fn is_place_of(line: &Line<'_>, column: usize, fact: &Fact) -> bool {
    let mut own = String::new();
    names_of(fact, &mut own);
    let is_own = |text: &str| !text.is_empty() && own.lines().any(|line| stands_in(text, line));
    match between(line.text, column, '`') {
        Some(part) => is_own(part.trim()) || is_own(unescaped(part.trim()).as_str()),
        None => line.plain.without_code(column).iter().any(|part| is_own(part)),
    }
}

/// Whether the brackets around a column hold the beginning of the hash of one of the fact's files, which may be all digits.
fn is_hash_of(line: &str, column: usize, fact: &Fact) -> bool {
    let before: String = line.chars().take(column).collect();
    let rest: String = line.chars().skip(column).take_while(|c| c.is_ascii_hexdigit()).collect();
    let begin: String = before.chars().rev().take_while(char::is_ascii_hexdigit).collect();
    let shown: String = begin.chars().rev().chain(rest.chars()).collect();
    let is_bracketed =
        before.chars().nth_back(begin.len()) == Some('(') && line.chars().nth(column + rest.len()) == Some(')');
    is_bracketed
        && match &fact.source {
            Source::Cell { hash, .. } => hash.short() == shown,
            Source::Cells { cells, .. } => cells.iter().any(|range| range.hash.short() == shown),
            _ => false,
        }
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

/// Whether a number stands in a code span, a quotation or a table cell of words whose text the index has, or in such a name that no code
/// span can hold.
fn is_quoted(line: &Line<'_>, column: usize, names: &mut Names<'_>) -> bool {
    let marks = ['`', '"', '|'].into_iter();
    let marked = marks.filter_map(|mark| Some((mark, between(line.text, column, mark)?))).any(|(mark, part)| {
        let is_name = |text: &str| mark != '|' || text.chars().any(char::is_alphabetic);
        let plain = unescaped(part.trim());
        // In a code span an escape is none, but what is shown.
        is_name(&plain) && (names.have(&plain) || mark == '`' && names.have(part.trim()))
    });
    marked || line.plain.without_code(column).iter().any(|part| names.have(part))
}

/// Whether a number stands in a code span all of whose words one of the cited facts has: a case without the parameter that is compared.
fn is_composed(line: &str, column: usize, cited: &[&Fact]) -> bool {
    let Some(part) = between(line, column, '`') else { return false };
    let plain = unescaped(part);
    let words = |text: &str, name: &str| text.split_whitespace().all(|word| stands_in(word, name));
    let is_of = |fact: &&&Fact| {
        let name = visible(&fact.name);
        words(&plain, &name) || words(part, &name)
    };
    !plain.trim().is_empty() && cited.iter().take(COMPOSED).any(|fact| is_of(&fact))
}

/// Of so many cited facts the names are looked at, at most.
const COMPOSED: usize = 256;

/// Whether the line is the appendix's row of a fact, and the number a part of its formula.
fn is_row_of(line: &str, fact: &Fact, number: &str) -> bool {
    let formula = match &fact.source {
        Source::Derived { formula, .. } | Source::Cells { formula, .. } => formula.as_str(),
        _ => "",
    };
    let is_rest = || line.contains(&format!("; {number} more ")) && left_out(line, fact).to_string() == number;
    line.starts_with(&format!("| {} |", fact.id)) && (stands_in(number, formula) || is_rest())
}

/// How many of the ranges of a fact are not listed in its row: each that is has the hash of its file behind it.
fn left_out(line: &str, fact: &Fact) -> usize {
    let Source::Cells { cells, .. } = &fact.source else { return 0 };
    let hashes: HashSet<String> = cells.iter().map(|range| range.hash.short()).collect();
    let listed = |part: &&str| part.split_once(')').is_some_and(|(inside, _)| hashes.contains(inside));
    cells.len().saturating_sub(line.split(" (").skip(1).filter(listed).count())
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
    spell(&fact.name, names);
    match &fact.source {
        Source::Cell { path, at, .. } => [path, at].into_iter().for_each(|name| spell(name, names)),
        Source::Cells { cells, .. } => cells.iter().for_each(|range| {
            spell(&range.path, names);
            spell(&range.place(), names);
        }),
        _ => {}
    }
}

/// A name as it is shown, on a line of its own.
fn spell(name: &str, names: &mut String) {
    names.push_str(&visible(name));
    names.push('\n');
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

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
