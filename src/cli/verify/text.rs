//! The annotated view: the report with a mark behind each number, then what does not hold, then the sum.

use std::collections::BTreeMap;

use crate::cli::output;
use crate::cli::terminal::{Ink, Terminal};
use crate::insight::verify::{Checked, Verdict};

/// The sign behind a number, and its colour.
fn mark(verdict: Verdict) -> (&'static str, Ink) {
    match verdict {
        Verdict::Supported => ("✓", Ink::Good),
        Verdict::Derived => ("≈", Ink::Good),
        Verdict::Contradicted => ("✗", Ink::Bad),
        Verdict::Unsupported => ("?", Ink::Doubtful),
    }
}

/// The whole view.
pub fn of(name: &str, text: &str, checked: &[Checked], terminal: &Terminal) -> String {
    let mut out = annotated(text, checked, terminal);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    let bad: Vec<&Checked> = checked.iter().filter(|one| one.verdict.is_bad()).collect();
    if !bad.is_empty() {
        out.push_str(&format!("\n{}\n", terminal.paint(Ink::Heading, "What does not hold")));
        let places = places(text, bad.iter().map(|one| one.claim.start));
        bad.iter().for_each(|one| out.push_str(&complaint(name, one, &places, terminal)));
    }
    out.push_str(&format!("\n{}\n", summary(name, checked)));
    out
}

/// The text with a mark behind each claim.
fn annotated(text: &str, checked: &[Checked], terminal: &Terminal) -> String {
    let mut marks = checked.iter().map(|one| (one.claim.start, one.claim.end, one.verdict)).peekable();
    let mut out = String::with_capacity(text.len() + checked.len() * 8);
    let (mut plain, mut number) = (String::new(), String::new());
    for (at, c) in text.chars().enumerate() {
        while let Some((_, _, verdict)) = marks.next_if(|(_, end, _)| *end <= at) {
            close(&mut out, &mut number, verdict, terminal);
        }
        let is_inside = marks.peek().is_some_and(|(start, ..)| *start <= at);
        if is_inside {
            out.push_str(&output::lines(&std::mem::take(&mut plain)));
            number.push(c);
        } else {
            plain.push(c);
        }
    }
    out.push_str(&output::lines(&plain));
    for (_, _, verdict) in marks {
        close(&mut out, &mut number, verdict, terminal);
    }
    out
}

fn close(out: &mut String, number: &mut String, verdict: Verdict, terminal: &Terminal) {
    if number.is_empty() {
        return;
    }
    let (sign, ink) = mark(verdict);
    let marked = format!("{}{sign}", output::lines(&std::mem::take(number)));
    out.push_str(&terminal.paint(ink, &marked));
}

/// Line and column, from 1, of each of these offsets, which ascend.
fn places(text: &str, offsets: impl Iterator<Item = usize>) -> BTreeMap<usize, (usize, usize)> {
    let mut wanted = offsets.peekable();
    let mut found = BTreeMap::new();
    let (mut line, mut column) = (1, 1);
    for (at, c) in text.chars().enumerate() {
        while let Some(offset) = wanted.next_if(|offset| *offset <= at) {
            found.insert(offset, (line, column));
        }
        if c == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    found
}

fn complaint(name: &str, one: &Checked, places: &BTreeMap<usize, (usize, usize)>, terminal: &Terminal) -> String {
    let (line, column) = places.get(&one.claim.start).copied().unwrap_or((0, 0));
    let (sign, ink) = mark(one.verdict);
    let number = output::plain(&one.claim.number);
    let head = format!("{}:{line}:{column}: {sign} {number} {}", output::plain(name), one.verdict.as_str());
    let mut out = format!("{}: {}\n", terminal.paint(ink, &head), output::plain(&one.reason));
    let said = terminal.shortened(&output::plain(&one.claim.text), terminal.width.saturating_sub(6));
    out.push_str(&format!("    {}\n", terminal.paint(Ink::Faint, &said)));
    if let Some(path) = one.fact.as_ref().and_then(|fact| fact.path.as_deref()).filter(|path| !path.is_empty()) {
        let at = one.fact.as_ref().and_then(|fact| fact.at.as_deref()).unwrap_or("");
        let comma = if at.is_empty() { "" } else { ", " };
        out.push_str(&format!("    {}\n", terminal.paint(Ink::Faint, &output::plain(&format!("{path}{comma}{at}")))));
    }
    out
}

fn summary(name: &str, checked: &[Checked]) -> String {
    let count = |verdict: Verdict| checked.iter().filter(|one| one.verdict == verdict).count();
    let words = [Verdict::Supported, Verdict::Derived, Verdict::Contradicted, Verdict::Unsupported];
    let counts: Vec<String> = words.iter().map(|verdict| format!("{} {}", count(*verdict), verdict.as_str())).collect();
    let claims = if checked.len() == 1 { "claim" } else { "claims" };
    format!("{}: {} {claims}: {}", output::plain(name), checked.len(), counts.join(", "))
}
