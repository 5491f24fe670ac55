//! How well the detector does, on made-up series whose changes are known: whether it finds them, and whether it cries wolf.
//!
//! The bars are those of `docs/detection.md`, or a little wider where few draws decide. The draws are of a base of their own:
//! neither the published figures nor the constants of the detector rest on them.

use std::fmt::Debug;

mod accuracy;
mod detector;
mod generator;
mod life;
mod shapes;
mod table;

/// The base of the draws.
const BASE: u64 = 1859;

#[track_caller]
fn at_most(bar: f64, figure: f64, what: &str, of: impl Debug) {
    assert!(figure <= bar, "{of:?}: {what} {figure:.3}, at most {bar}");
}

#[track_caller]
fn at_least(bar: f64, figure: f64, what: &str, of: impl Debug) {
    assert!(figure >= bar, "{of:?}: {what} {figure:.3}, at least {bar}");
}
