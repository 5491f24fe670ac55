//! Two numbers that are the ends of one range: `13.8 - 183.8`, `from 0.070 seconds to 0.138 seconds`, `between A and B`, `24-72+ hours`.
//!
//! What one end is said to be holds for both: the unit, what is counted, vagueness. Numbers that nothing joins stay alone.

use super::claim::{Date, Kind, Role};
use super::glyphs::Glyph;
use super::roles;
use super::scan::Raw;

const DASHES: &[&str] = &["-", "–", "—", "−", "~", "～", "〜", "..", "...", "…", "‑", "→", "->"];
const WORDS: &[&str] = &[
    "to", "through", "thru", "until", "till", "bis", "à", "a", "至", "到", "до", "إلى", "al", "hasta", "até", "naar",
    "do", "から",
];
const ANDS: &[&str] = &["and", "et", "und", "y", "e", "и", "和", "与", "و"];
const BETWEEN: &[&str] = &["between", "entre", "zwischen", "между", "بين", "介于", "在", "tra", "fra"];

/// Joins the ends of ranges among `found`.
pub(super) fn join(glyphs: &[Glyph], found: &mut [Raw]) {
    for second in 1..found.len() {
        let (before, rest) = found.split_at_mut(second);
        let (Some(low), Some(high)) = (before.last_mut(), rest.first_mut()) else { continue };
        if low.partner.is_some() || !joined(glyphs, low, high) {
            continue;
        }
        low.partner = Some(second);
        high.partner = Some(second - 1);
        share(low, high);
    }
}

fn joined(glyphs: &[Glyph], low: &Raw, high: &Raw) -> bool {
    let dates = matches!((low.kind, high.kind), (Kind::Date(_), Kind::Date(_)));
    let both = low.kind == Kind::Quantity && high.kind == Kind::Quantity;
    if !dates && !both || high.from < low.past || high.from - low.past > 12 {
        return false;
    }
    let between: String = glyphs.get(low.past..high.from).unwrap_or_default().iter().map(|g| g.c).collect();
    let text = between.trim().trim_start_matches([',', '，', '+']).trim().to_lowercase();
    let text = text.trim_end_matches(['~', '≈', '$', '<', '>']).trim();
    let lead = roles::before(glyphs, low.from);
    let after_between = lead.split_whitespace().rev().take(4).any(|word| BETWEEN.contains(&word))
        || BETWEEN.iter().any(|w| !w.is_ascii() && lead.contains(w));
    if WORDS.contains(&text) {
        return dates || low.value <= high.value || lead.contains("from") || between.contains('→');
    }
    // `mem=0 - 40: …` lists a name behind a value.
    let at = |i: Option<usize>| i.and_then(|i| glyphs.get(i)).map(|g| g.c);
    if at(low.from.checked_sub(1)) == Some('=') && at(Some(high.past)) == Some(':') {
        return false;
    }
    if ANDS.contains(&text) {
        return after_between;
    }
    // A dash with a blank on one side only is a sign or punctuation.
    let even = between.starts_with(char::is_whitespace) == between.ends_with(char::is_whitespace);
    let ordered = dates || low.value <= high.value;
    let alike = low.unit.is_none() || high.unit.is_some();
    DASHES.contains(&text) && even && (ordered && alike || text.contains('→') || text == "->")
}

fn share(low: &mut Raw, high: &mut Raw) {
    if let (Kind::Date(mut first), Kind::Date(second)) = (low.kind, high.kind) {
        let second: Date = second;
        if first.year.is_none() {
            first.year = second.year;
            low.value = high.value;
        }
        low.kind = Kind::Date(first);
    }
    match (&low.unit, &high.unit) {
        (None, Some(unit)) => low.unit = Some(unit.clone()),
        (Some(unit), None) if high.noun.is_none() => high.unit = Some(unit.clone()),
        _ => {}
    }
    if low.noun.is_none() || low.unit.is_some() {
        low.noun.clone_from(&high.noun);
    }
    high.approximate |= low.approximate;
    (low.role, high.role) = (Role::Low, Role::High);
}
