//! Numbers that follow from others of the same sentence or row: differences, ratios, changes in percent, sums. Only what the claim's own
//! sentence states, and the index bears out, is a parent; pairs from elsewhere would bear out anything.

use super::book::Known;
use super::decide::{Checked, Verdict, shown};
use super::direction::{self, Difference, Match, Way};
use super::fit;
use super::pairs;
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Kind, Role};

/// So many numbers of one sentence are tried as parents, at most.
const PARENTS: usize = 8;

/// Gives claims that nothing bears out, but that follow from their neighbours, the verdict that they are derived.
pub(super) fn derive(claims: &[Claim], checked: &mut [Checked]) {
    for index in 0..checked.len() {
        let Some(one) = checked.get(index) else { continue };
        if !one.verdict.is_bad() || matches!(one.claim.kind, Kind::Date(_)) {
            continue;
        }
        if let Some(decided) = compared(claims, checked, index) {
            if let Some(one) = checked.get_mut(index) {
                (one.verdict, one.fact, one.reason) = decided;
            }
            continue;
        }
        let parents = parents(claims, checked, index);
        let Some(claim) = claims.get(index) else { continue };
        let Some((known, how)) = follow(claim, &parents) else { continue };
        if let Some(one) = checked.get_mut(index) {
            (one.verdict, one.fact, one.reason) = (Verdict::Derived, Some(known), how);
        }
    }
}

/// "A (76.6 tok/s) is 64 % slower than B (46.6 tok/s)": the number before it is said to be so much slower than the number behind it, and
/// the word binds. Nothing where there are not both.
fn compared(claims: &[Claim], checked: &[Checked], index: usize) -> Option<(Verdict, Option<Known>, String)> {
    let claim = claims.get(index).filter(|claim| direction::is_compared(claim))?;
    let way = Some(Way::of_claim(claim)?);
    let is_parent = |one: &&Checked| {
        let is_other = one.claim.unit.as_ref().is_none_or(|unit| unit.as_str() != "percent");
        one.claim.text == claim.text && !one.verdict.is_bad() && matches!(one.claim.kind, Kind::Quantity) && is_other
    };
    let before = checked.get(index.saturating_sub(PARENTS)..index)?.iter().rev().find(is_parent)?;
    let behind = checked.iter().skip(index + 1).take(PARENTS).find(is_parent)?;
    let (one, other) = (before.fact.as_ref()?, behind.fact.as_ref()?);
    let reference = other.unit.convert(other.value, &one.unit)?;
    let difference = Difference { subject: one.value, reference, unit: &one.unit, way };
    let (result, formula) = pairs::compare(claim, &difference);
    let name = format!("{} against {}", one.name, other.name);
    let unit = claim.unit.clone().unwrap_or_default();
    let known =
        |value: f64| Some(Known { id: None, name: name.clone(), value, unit: unit.clone(), path: None, at: None });
    match result {
        Match::Yes(value) => {
            Some((Verdict::Derived, known(value), format!("{formula}, of {} and {}", shown(one), shown(other))))
        }
        Match::Reversed(value) => {
            let why = format!("the size is right and the direction is not: {} against {}", shown(one), shown(other));
            Some((Verdict::Contradicted, known(value), why))
        }
        Match::No => None,
    }
}

/// The facts of the numbers around a claim, in its sentence or row.
fn parents(claims: &[Claim], checked: &[Checked], index: usize) -> Vec<Known> {
    let Some(text) = claims.get(index).map(|claim| claim.text.as_str()) else { return Vec::new() };
    let from = index.saturating_sub(PARENTS);
    let near = checked.iter().skip(from).take(2 * PARENTS + 1);
    let same =
        near.filter(|one| one.claim.text == text && !one.verdict.is_bad() && matches!(one.claim.kind, Kind::Quantity));
    same.filter_map(|one| one.fact.clone()).take(PARENTS).collect()
}

/// How a claim follows from two of these facts, if it does.
fn follow(claim: &Claim, parents: &[Known]) -> Option<(Known, String)> {
    let percent = claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "percent");
    let is_change = matches!(claim.role, Role::Change | Role::Up | Role::Down) || direction::is_spread(claim);
    for (at, one) in parents.iter().enumerate() {
        for other in parents.iter().skip(at + 1) {
            let Some(second) = other.unit.convert(other.value, &one.unit) else { continue };
            for (a, b) in [(one.value, second), (second, one.value)] {
                let found = if percent {
                    [(100.0 * (b - a) / a.abs(), "100 * ({b} - {a}) / |{a}|"), (100.0 * a / b, "100 * {a} / {b}")]
                        .into_iter()
                        .take(if claim.role == Role::Share { 2 } else { 1 })
                        .find(|(value, _)| value.is_finite() && unsigned(claim, *value))
                } else if claim.role == Role::Ratio {
                    Some((b / a, "{b} / {a}")).filter(|(value, _)| value.is_finite() && unsigned(claim, *value))
                } else if is_change {
                    Some((b - a, "{b} - {a}")).filter(|(value, _)| in_unit(claim, *value, &one.unit))
                } else {
                    None
                };
                if let Some((value, formula)) = found {
                    let how = formula.replace("{a}", &a.to_string()).replace("{b}", &b.to_string());
                    let unit = if percent { Unit::new("percent") } else { claim.unit.clone().unwrap_or_default() };
                    let name = format!("{} against {}", one.name, other.name);
                    let known = Known { id: None, name, value, unit, path: None, at: None };
                    let reason = format!("{how}, of {} and {}", shown(one), shown(other));
                    return Some((known, reason));
                }
            }
        }
    }
    None
}

/// The direction stands in words: "dropped by 15 %".
fn unsigned(claim: &Claim, value: f64) -> bool {
    fit::agrees(claim, value) || fit::agrees(claim, value.abs()) || fit::agrees(claim, -value)
}

fn in_unit(claim: &Claim, value: f64, unit: &Unit) -> bool {
    let converted = claim.unit.as_ref().map_or(Some(value), |claimed| unit.compare(value, claimed));
    converted.is_some_and(|value| unsigned(claim, value))
}
