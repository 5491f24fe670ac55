//! A statement: a paragraph, a list item or a heading whose every number must be one of the facts that it cites.

use std::collections::HashSet;

use super::Known;
use super::fitting::{InUnit, Printed, assign, exchanged, in_unit, words};
use super::inline::{CODE, Inline};
use super::known::{is_percentile, visible};
use super::numbers::{Token, Written, scan};
use crate::domain::fact::Fact;

/// Percentiles that our own words may name where no cited fact is one.
const PERCENTILES: &[&str] = &["p50", "p90", "p95", "p99"];

/// Significant digits that a number of a sentence has at least.
const DIGITS: i32 = 3;

/// Marks that may close a quotation, which may hold some itself.
const CLOSING: usize = 8;

/// What is wrong with a statement: the words in question and why.
pub(super) type Complaint = (String, String);

/// Reads a statement that cites `facts`; gives what is wrong with it.
pub(super) fn check(inline: &Inline, facts: &[&Fact], known: &Known) -> Vec<Complaint> {
    let (mut complaints, mut printed) = single(inline, facts, known);
    clauses(inline, &mut printed);
    for at in parts_of_wholes(&inline.text, &mut printed) {
        if let Some([part, whole]) = printed.get(at..at + 2)
            && part.written.value > whole.written.value
        {
            let part = slice(&inline.text, part.written.start, part.written.end);
            complaints.push((part, "it is more than what it is a part of".to_owned()));
        }
    }
    complaints.extend(together(&inline.text, &printed, facts));
    complaints
}

/// As [`check`], of a statement that cites nothing and may print whichever of `facts` it likes, as often as it likes.
pub(super) fn alone(inline: &Inline, facts: &[&Fact], known: &Known) -> Vec<Complaint> {
    single(inline, facts, known).0
}

/// What is wrong with single numbers and names, and the numbers that are well.
fn single(inline: &Inline, facts: &[&Fact], known: &Known) -> (Vec<Complaint>, Vec<Printed>) {
    let mut complaints = codes(inline, known);
    let tokens = scan(&inline.text);
    let text = &inline.text;
    let marked = marked(text);
    let is_marked = |number: &Written| marked.iter().any(|(from, to)| *from < number.start && number.end <= *to);
    let mut printed = Vec::new();
    let mut open: Vec<(&Token, String)> = Vec::new();
    for token in &tokens {
        let why = match token {
            Token::Time(time) if known.is_time(time.second, time.to_the_minute) => continue,
            Token::Time(_) => "no such time is known".to_owned(),
            Token::Word { start, end } if is_label(text.get(*start..*end).unwrap_or_default(), facts) => continue,
            Token::Word { .. } => "it is no number of ours and no known name".to_owned(),
            Token::Number(number) if is_marked(number) => "nothing that is known is quoted so".to_owned(),
            Token::Number(number) => {
                let fits = fitting(number, text, facts);
                if let Some((_, size)) = fits.first().copied() {
                    let fits = fits.into_iter().map(|(fact, _)| fact).collect();
                    printed.push(Printed { written: *number, words: HashSet::new(), fits, size });
                    continue;
                }
                no_fact(number, text, facts)
            }
        };
        open.push((token, why));
    }
    if !open.is_empty() {
        let quoted = quoted(text, facts, known);
        let is_quoted = |token: &Token| quoted.iter().any(|(from, to)| *from <= token.start() && token.end() <= *to);
        let left = open.into_iter().filter(|(token, _)| !is_quoted(token));
        complaints.extend(left.map(|(token, why)| (slice(text, token.start(), token.end()), why)));
    }
    (complaints, printed)
}

/// Names in code spans that are not known.
pub(super) fn codes(inline: &Inline, known: &Known) -> Vec<Complaint> {
    let unknown = inline.codes.iter().filter(|code| code.chars().any(char::is_numeric) && !known.covers(code));
    unknown.map(|code| (code.clone(), "no such name is known".to_owned())).collect()
}

/// The cited facts that a number may stand for, by value and by the unit behind it, and what is written in the own unit of each.
fn fitting(number: &Written, text: &[char], facts: &[&Fact]) -> Vec<(usize, f64)> {
    let behind = text.get(number.end..).unwrap_or_default();
    let fits = |(i, fact): (usize, &&Fact)| {
        let told = in_unit(behind, fact).filter(|told| has_value(number, behind, told))?;
        Some((i, told.size(number.value, fact)))
    };
    facts.iter().enumerate().filter_map(fits).collect()
}

/// "24.5 % below" tells of a fall in words, and has no sign then.
fn has_value(number: &Written, behind: &[char], fact: &InUnit) -> bool {
    let is_percent = fact.unit.as_str() == "percent";
    let clause: String = behind.iter().take(40).take_while(|c| !matches!(c, ',' | ';' | '(')).collect();
    let below = clause.split_whitespace().take(3).any(|word| word == "below");
    match (below && fact.value < 0.0, number.sign) {
        (true, Some(_)) => false,
        (true, None) => number.fits(-fact.value, DIGITS, is_percent),
        (false, _) => number.fits(fact.value, DIGITS, is_percent),
    }
}

fn no_fact(number: &Written, text: &[char], facts: &[&Fact]) -> String {
    if facts.is_empty() {
        return "nothing is cited for it".to_owned();
    }
    let behind = text.get(number.end..).unwrap_or_default();
    match facts.iter().find(|fact| has_value(number, behind, &InUnit::own(fact))) {
        Some(fact) => format!("{} has this value, but its unit is {:?}", fact.id, fact.unit.as_str()),
        None => "no fact that is cited has this value".to_owned(),
    }
}

/// Whether a word is a percentile's label: one that a cited fact names, or one of the usual ones where none does.
fn is_label(word: &[char], facts: &[&Fact]) -> bool {
    let word: String = word.iter().collect::<String>().to_lowercase();
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let labels = |fact: &&Fact| -> Vec<String> {
        let parts = fact.name.split(|c: char| !c.is_alphanumeric()).filter(|part| is_percentile(part));
        parts.map(str::to_lowercase).collect()
    };
    let named: Vec<String> = facts.iter().flat_map(labels).collect();
    if named.is_empty() { PERCENTILES.contains(&word) } else { named.iter().any(|label| label == word) }
}

/// Where known sentences stand in the text.
fn quoted(text: &[char], facts: &[&Fact], known: &Known) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    let whole: String = text.iter().collect();
    let offsets: Vec<usize> = whole.char_indices().map(|(offset, _)| offset).collect();
    while at < text.len() {
        let begins =
            at == 0 || text.get(at - 1).is_some_and(|c| c.is_whitespace() || matches!(c, '(' | '"' | '\'' | '“'));
        let rest = offsets.get(at).and_then(|offset| whole.get(*offset..)).unwrap_or("");
        let opens = at > 0 && text.get(at - 1).is_some_and(|c| matches!(c, '“' | '"'));
        let in_part = || in_part(rest, facts, known).filter(|_| opens);
        match known.sentence(rest).filter(|length| begins && !opens && *length > 0).or_else(in_part) {
            Some(length) => {
                let end = at + rest.get(..length).unwrap_or("").chars().count();
                found.push((at, end));
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

/// What stands between quotation marks: foreign words, whose numbers are none of ours.
fn marked(text: &[char]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begin = None;
    for (at, c) in text.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let opens = before.is_none_or(|c| c.is_whitespace() || *c == '(');
        match (c, begin) {
            ('“' | '"', None) if opens => begin = Some(at),
            ('”' | '"', Some(from)) if !opens => {
                found.push((from, at));
                begin = None;
            }
            _ => {}
        }
    }
    found
}

/// Where a quotation ends of which a known sentence is the whole or begins so, and which a cited fact names.
fn in_part(text: &str, facts: &[&Fact], known: &Known) -> Option<usize> {
    let is_named = |inner: &str| facts.iter().any(|fact| visible(&fact.name).contains(inner));
    let ends = text.match_indices(['”', '"']).map(|(end, _)| end).take(CLOSING);
    let fits = |end: &usize| text.get(..*end).is_some_and(|inner| known.begins(inner) && is_named(inner));
    ends.filter(fits).last()
}

fn slice(text: &[char], start: usize, end: usize) -> String {
    text.get(start..end).unwrap_or_default().iter().filter(|c| **c != CODE).collect()
}

/// The words of each number's clause: what stands between the marks and the words that part one number's clause from the next.
fn clauses(inline: &Inline, printed: &mut [Printed]) {
    let text = &inline.text;
    let ends: Vec<usize> = printed.iter().map(|number| number.written.end).collect();
    let starts: Vec<usize> = printed.iter().map(|number| number.written.start).collect();
    for (i, number) in printed.iter_mut().enumerate() {
        let from = i.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        let to = starts.get(i + 1).copied().unwrap_or(text.len());
        let before = slice_with_codes(inline, from, number.written.start);
        let behind = slice_with_codes(inline, number.written.end, to);
        let before = last_clause(&before);
        // "2581 measurements of 2541 series": what is counted first stands between the two.
        let before = match before.rsplit_once(" of ") {
            Some((counted, last)) if i > 0 && counted.split_whitespace().count() < 3 => last,
            _ => before,
        };
        let behind = first_clause(&behind);
        number.words = words(&format!("{before} {behind}"));
    }
}

/// Code spans keep their words; their commas and brackets part no clauses.
fn slice_with_codes(inline: &Inline, from: usize, to: usize) -> String {
    let mut code = inline.text.iter().take(from).filter(|c| **c == CODE).count();
    let mut out = String::new();
    for &c in inline.text.get(from..to).unwrap_or_default() {
        if c != CODE {
            out.push(c);
            continue;
        }
        let content = inline.codes.get(code).map_or("", String::as_str);
        out.extend(content.chars().map(|c| if matches!(c, ',' | ';' | '(' | ')') { ' ' } else { c }));
        code += 1;
    }
    out
}

const PARTS: &[&str] = &[", ", "; ", "(", ")", ". ", " against ", " and ", " or "];

fn last_clause(text: &str) -> &str {
    let cut = PARTS.iter().filter_map(|part| text.rfind(part).map(|at| at + part.len())).max();
    // "before (39960 ns" belongs to what stands before the bracket.
    match text.strip_suffix('(') {
        Some(outside) => last_clause_of(outside),
        None => cut.and_then(|at| text.get(at..)).unwrap_or(text),
    }
}

fn last_clause_of(text: &str) -> &str {
    let cut = PARTS.iter().filter_map(|part| text.rfind(part).map(|at| at + part.len())).max();
    cut.and_then(|at| text.get(at..)).unwrap_or(text)
}

fn first_clause(text: &str) -> &str {
    let cut = PARTS.iter().filter_map(|part| text.find(part)).min();
    cut.and_then(|at| text.get(..at)).unwrap_or(text)
}

/// "6 of 24", "31 of the other 33": the part, then the whole, of which the same words speak.
fn parts_of_wholes(text: &[char], printed: &mut [Printed]) -> Vec<usize> {
    let mut parts = Vec::new();
    for at in 1..printed.len() {
        let Some([part, whole]) = printed.get_mut(at - 1..=at) else { continue };
        let inside = slice(text, part.written.end, whole.written.start);
        if matches!(inside.as_str(), " of " | " of the " | " of the other ") {
            let words: HashSet<String> = part.words.union(&whole.words).cloned().collect();
            part.words.clone_from(&words);
            whole.words = words;
            parts.push(at - 1);
        }
    }
    parts
}

/// What can only be told of all numbers together: one fact for two of them, an exchange, the ends of an interval.
fn together(text: &[char], printed: &[Printed], facts: &[&Fact]) -> Vec<Complaint> {
    let given = assign(printed, facts);
    let mut complaints = Vec::new();
    let shown = |number: &Printed| slice(text, number.written.start, number.written.end);
    let used: HashSet<usize> = given.iter().flatten().copied().collect();
    for (number, _) in printed.iter().zip(&given).filter(|(_, fact)| fact.is_none()) {
        let unit = number.fits.first().and_then(|fact| facts.get(*fact)).map(|fact| &fact.unit);
        let idle = facts.iter().enumerate().find(|(i, fact)| !used.contains(i) && Some(&fact.unit) == unit);
        if let Some((_, idle)) = idle {
            complaints
                .push((shown(number), format!("it stands twice, and {} of the same unit is not printed", idle.id)));
        }
    }
    if let Some((one, other)) = exchanged(printed, &given, facts) {
        let both: Vec<String> = [one, other].into_iter().filter_map(|i| printed.get(i)).map(shown).collect();
        complaints.push((both.join(" and "), "by the words around them they stand in each other's place".to_owned()));
    }
    for pair in printed.windows(2) {
        if let [low, high] = pair
            && is_interval(text, low, high)
            && low.size > high.size
        {
            complaints.push((shown(low), "an interval begins above its end".to_owned()));
        }
    }
    complaints
}

/// "between -28.7 % and -20.1 %".
fn is_interval(text: &[char], low: &Printed, high: &Printed) -> bool {
    let before = slice(text, low.written.start.saturating_sub("between ".len()), low.written.start);
    let inside = slice(text, low.written.end, high.written.start);
    before == "between " && inside.ends_with(" and ") && inside.split_whitespace().count() <= 3
}
