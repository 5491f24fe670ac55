//! Where claims are made of the numbers of passages, and gathered.
//!
//! The number of claims is bounded: a text with more gives its first [`MOST`](super::MOST), and the caller can see that the bound was reached.

use super::about::Bounds;
use super::claim::{Claim, Kind, Role};
use super::glyphs::{Glyph, folded};
use super::number::digit;
use super::scan::{Raw, Reading, Text, scan};
use super::{MOST, TEXT, units};

/// What stands above a passage.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Innermost first.
    pub headings: Vec<String>,
    /// Labels of the list items and lines above, nearest first.
    pub labels: Vec<String>,
    /// The path of keys to a value of data.
    pub key: Option<String>,
}

/// Gathers claims.
pub(super) struct Sink<'a> {
    chars: &'a [char],
    text: &'a Text,
    pub claims: Vec<Claim>,
}

impl<'a> Sink<'a> {
    pub fn new(chars: &'a [char], text: &'a Text) -> Self {
        Self { chars, text, claims: Vec::new() }
    }

    /// Whether no more claims are taken.
    pub fn full(&self) -> bool {
        self.claims.len() >= MOST
    }

    /// Takes the claims of one passage; `finish` completes each and says whether it is one.
    pub fn passage(
        &mut self,
        glyphs: &[Glyph],
        reading: Reading,
        place: &Place,
        mut finish: impl FnMut(&mut Claim) -> bool,
    ) {
        if self.full() || !glyphs.iter().any(|g| g.c.is_alphanumeric()) {
            return;
        }
        let found = scan(glyphs, reading, self.text);
        if found.is_empty() {
            return;
        }
        let bounds = Bounds::of(glyphs);
        let mut kept: Vec<Option<usize>> = Vec::with_capacity(found.len());
        let first = self.claims.len();
        for raw in &found {
            // The second end of a range is said of what the first is said of.
            let lead = raw
                .partner
                .and_then(|partner| found.get(partner))
                .filter(|lead| lead.from < raw.from)
                .map_or(raw.from, |lead| lead.from);
            let Some(mut claim) = self.claim(glyphs, raw, lead, &bounds, place).filter(|_| !self.full()) else {
                kept.push(None);
                continue;
            };
            if finish(&mut claim) {
                kept.push(Some(self.claims.len()));
                self.claims.push(claim);
            } else {
                kept.push(None);
            }
        }
        for claim in self.claims.get_mut(first..).unwrap_or_default() {
            claim.partner = claim.partner.and_then(|partner| kept.get(partner).copied().flatten());
        }
    }

    fn claim(&self, glyphs: &[Glyph], raw: &Raw, lead: usize, bounds: &Bounds, place: &Place) -> Option<Claim> {
        let start = glyphs.get(raw.from)?.at;
        let end = glyphs.get(raw.to.checked_sub(1)?)?.end;
        let number: String = self.chars.get(start..end)?.iter().collect();
        let mut about = bounds.about(lead, raw.past, &place.labels);
        about.headings.clone_from(&place.headings);
        about.noun.clone_from(&raw.noun);
        if place.key.is_some() {
            about.key.clone_from(&place.key);
        }
        // "a 270 million parameter model": the size is part of what the model is.
        let is_size = |noun: &String| noun.to_lowercase().split_whitespace().any(|word| word.starts_with("parameter"));
        if raw.value >= 1e6 && raw.noun.as_ref().is_some_and(is_size) {
            return None;
        }
        let mut claim = Claim {
            start,
            end,
            number,
            text: if about.sentence.is_empty() { folded(glyphs, TEXT) } else { about.sentence.clone() },
            kind: raw.kind,
            value: raw.value,
            step: raw.step,
            decimals: raw.decimals,
            significant: raw.significant,
            approximate: raw.approximate,
            unit: raw.unit.clone(),
            role: raw.role,
            partner: raw.partner,
            about,
        };
        if claim.unit.is_none() && claim.kind == Kind::Quantity && claim.about.noun.is_none() {
            claim.unit = told(&claim);
        }
        Some(claim)
    }
}

/// Labels that count, whatever the unit above them.
const COUNTS: &[&str] =
    &["count", "number", "runs", "samples", "files", "total", "iterations", "errors", "tests", "requests", "n"];

/// The unit that the key or the labels tell: those above only as long as the nearer ones are bare names.
fn told(claim: &Claim) -> Option<crate::domain::units::Unit> {
    if claim.role == Role::Ratio {
        return None;
    }
    if let Some(unit) = claim.about.key.as_deref().and_then(units::of_label) {
        return Some(unit);
    }
    for (depth, label) in claim.about.label.iter().enumerate() {
        if let Some(unit) = units::of_label(label) {
            return Some(unit);
        }
        let words = label.split_whitespace().count();
        let lower = label.to_lowercase();
        let counts = lower.split(|c: char| !c.is_alphanumeric()).any(|word| COUNTS.contains(&word));
        if words > 3 || counts || depth >= 2 || label.chars().all(|c| digit(c).is_some()) {
            return None;
        }
    }
    None
}
