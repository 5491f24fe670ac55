//! The detector: says where the level of a series moved, from its numbers alone.
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
