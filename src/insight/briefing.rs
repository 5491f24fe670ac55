//! The page that stands when no model does: what a reader takes away, one recommendation for each aim, and the risks.
//!
//! The slots are those that the agents fill: their accepted words stand in place of these, one by one.

use super::document::Prose;
use crate::domain::call::Aim;

/// What a reader takes away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Briefing {
    /// The executive summary, sentence by sentence.
    pub summary: Vec<Prose>,
    /// What comes before all advice: what got worse and what is watched. No model's words stand in its place.
    pub urgent: Vec<Prose>,
    /// One for each aim, in the order of [`Aim`].
    pub recommendations: Vec<(Aim, Prose)>,
    /// Further advice.
    pub further: Vec<Prose>,
    /// Risks, each with its mitigation; two at least.
    pub risks: Vec<(Prose, Prose)>,
}
