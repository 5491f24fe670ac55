//! A drawing: SVG elements put together, numbers short, text already escaped by whoever brings it.
//!
//! It cannot fail; coordinates that are not finite become zero.

use std::fmt::Write as _;

/// A coordinate to a hundredth, without needless digits.
pub(super) fn n(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Grows by elements.
#[derive(Debug, Default)]
pub(super) struct Drawing(String);

impl Drawing {
    pub(super) fn add(&mut self, args: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.0.write_fmt(args);
    }

    pub(super) fn done(self) -> String {
        self.0
    }
}
