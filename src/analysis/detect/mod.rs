//! The detector: where the level of a series moved, from its numbers alone.
//!
//! | file | noun |
//! | --- | --- |
//! | [`scale`] | the scale worked on, and the noise that rounding alone makes |
//! | [`noise`] | width and autocorrelation of the noise, from differences and from residuals |
//! | [`cut`] | values with their spikes cut (a bounded loss) |
//! | [`split`] | a stretch in two: Student's statistic, one without a shape, the jump, the line |
//! | [`place`] | how sure a change is of its place |
//! | [`thresholds`] | what a statistic must reach, by length and autocorrelation |
//! | [`segment`] | a whole series, cut into levels |
//! | [`look`] | the runs since the last change, looked at once more |
//! | [`gate`] | whether that is worth it |
//! | [`track`] | what is remembered between runs |
//!
//! Everything is in runs and in the scale worked on; nothing knows units, directions or times. Nothing fails: what cannot be told is not told.
//! The reasoning and the measurements stand in `docs/detection.md`.

pub mod cut;
pub mod gate;
pub mod look;
pub mod noise;
pub mod place;
pub mod scale;
pub mod segment;
pub mod split;
pub mod thresholds;
pub mod track;
