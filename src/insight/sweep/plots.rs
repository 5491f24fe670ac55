//! The effects of a sweep as figures: one for each setting and measure, with the rows of the table beside it.

use super::Sweep;
use super::effects::{Contrast, Effects, Known};
use crate::insight::figure::{self, Certainty, Effect, Figure};

/// What each setting does, to be drawn; a setting of which the table says nothing has no figure.
pub(super) fn figures(sweep: &Sweep) -> Vec<Figure> {
    sweep.effects.iter().flat_map(of_measure).map(Figure::Effects).collect()
}

/// The settings in the order of the table.
fn of_measure(effects: &Effects) -> Vec<figure::Effects> {
    let mut found: Vec<figure::Effects> = Vec::new();
    // A difference beyond the range of numbers has no place on a scale.
    for contrast in effects.told().filter(|contrast| contrast.estimate.center.is_finite()) {
        let same = |one: &&mut figure::Effects| one.setting == contrast.setting && one.reference == contrast.from;
        match found.last_mut().filter(same) {
            Some(figure) => figure.bars.push(bar(contrast)),
            None => found.push(figure::Effects {
                setting: contrast.setting.clone(),
                reference: contrast.from.clone(),
                metric: effects.measure.metric.clone(),
                unit: effects.unit(),
                direction: effects.measure.direction,
                bars: vec![bar(contrast)],
            }),
        }
    }
    found
}

fn bar(contrast: &Contrast) -> Effect {
    let finite = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite();
    Effect {
        to: contrast.to.clone(),
        difference: contrast.estimate.center,
        interval: contrast.estimate.interval.filter(finite),
        certainty: match contrast.known {
            Known::Moves | Known::Small => Certainty::MoreThanChance,
            Known::Agrees => Certainty::PairsAgree,
            Known::Nothing | Known::Likely | Known::Unclear | Known::Few => Certainty::MayBeChance,
        },
    }
}
