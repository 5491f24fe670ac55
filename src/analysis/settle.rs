//! False discovery control over the series of a landing (Benjamini and Hochberg 1995).
//!
//! A landing of ten thousand series asks ten thousand questions, and at one false alarm in five thousand runs each it would cry wolf twice
//! on a quiet day. So a confirmed change stands only if it would among all that were asked: the weakest of i changes must be one that
//! chance makes i × [`SHARE`] times in the landing, at most. What does not stand is a candidate, and stands later if it goes on.

use super::Opinion;
use crate::domain::verdict::VerdictKind;

/// Share of the changes called in a landing that may be false, on average.
pub const SHARE: f64 = 0.05;

/// Takes the word back from those `opinions` that are too weak among the `judged` series of their landing: they become candidates.
pub fn settle(opinions: &mut [&mut Opinion], judged: usize) {
    let mut chances: Vec<f64> = opinions.iter().filter_map(|opinion| chance(opinion)).collect();
    chances.sort_by(f64::total_cmp);
    let judged = judged.max(chances.len()) as f64;
    let stands = |(i, p): &(usize, &f64)| **p <= SHARE * (*i as f64 + 1.0) / judged;
    let Some((_, &limit)) = chances.iter().enumerate().rfind(stands) else {
        opinions.iter_mut().for_each(|opinion| doubt(opinion));
        return;
    };
    opinions.iter_mut().filter(|opinion| chance(opinion).is_some_and(|p| p > limit)).for_each(|opinion| doubt(opinion));
}

/// How often chance makes such a change, for those that wait to be confirmed.
fn chance(opinion: &Opinion) -> Option<f64> {
    opinion.pending.as_ref().map(|finding| 1.0 / finding.evidence.run_length)
}

fn doubt(opinion: &mut Opinion) {
    if opinion.pending.take().is_some() {
        opinion.verdict.kind = VerdictKind::Candidate;
        let reason = opinion.verdict.reason.trim_end_matches('.');
        opinion.verdict.reason =
            format!("{reason}, if further runs confirm it: among so many series chance makes such changes.");
    }
}
