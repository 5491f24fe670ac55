//! The two ends of a range: what one fits binds the other.
//!
//! Said to be the span of something they are the extremes of one group; else they are two values of one name. Nothing here fails.

use super::{Verifier, words};
use crate::insight::claims::Claim;

impl Verifier {
    /// The ends of a range are those of one group; each by itself would fit some group.
    pub(super) fn match_ends(&mut self) {
        for low in 0..self.books.len() {
            let Some(high) = self.claims.get(low).and_then(|claim| claim.partner).filter(|high| *high > low) else {
                continue;
            };
            let groups = |index: usize| -> Vec<u64> {
                self.books
                    .get(index)
                    .into_iter()
                    .flat_map(|book| book.derived.iter().map(|(group, ..)| *group))
                    .collect()
            };
            let (of_low, of_high) = (groups(low), groups(high));
            for index in [low, high] {
                if let Some(book) = self.books.get_mut(index) {
                    book.derived.retain(|(group, ..)| of_low.contains(group) && of_high.contains(group));
                }
            }
        }
    }

    /// Two numbers with a dash between them are but two values, unless they are said to be the span of all.
    pub(super) fn plain_ends(&mut self) {
        for low in 0..self.claims.len() {
            let high = self.claims.get(low).and_then(|claim| claim.partner).filter(|high| *high > low);
            let Some(high) = high else { continue };
            let (Some(first), Some(second)) = (self.claims.get(low), self.claims.get(high)) else { continue };
            // What falls goes from one state to another; it spans nothing.
            let falls = first.value > second.value;
            let is_telling = [first, second].iter().all(|claim| claim.significant >= 3) && !says_span(first);
            let ends = [low, high].map(|at| self.books.get(at).and_then(|book| book.end.clone()));
            let [Some(of_low), Some(of_high)] = ends else { continue };
            if !falls && !is_telling {
                continue;
            }
            for (at, known) in [(low, of_low), (high, of_high)] {
                if let Some(book) = self.books.get_mut(at).filter(|book| book.derived.is_empty()) {
                    book.fits.get_or_insert((1, known));
                }
            }
        }
    }
}

/// Whether a range is said to reach from the least to the greatest.
fn says_span(claim: &Claim) -> bool {
    const SPANS: &[&str] = &[
        "range",
        "ranging",
        "span",
        "spanning",
        "between",
        "from",
        "vary",
        "varying",
        "variability",
        "variation",
        "fluctuate",
        "fluctuating",
        "spread",
        "scatter",
        "min",
        "max",
        "minimum",
        "maximum",
    ];
    let about = &claim.about;
    let near = about.label.iter().chain([&about.clause]);
    near.flat_map(|text| words::words(text)).any(|word| SPANS.contains(&word.text.as_str()))
}
