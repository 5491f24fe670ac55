//! L0: the words of the design as types, with no I/O and no opinion about storage.
//!
//! Every other module speaks in these nouns: an [`artifact`] holds [`run`]s, a run gives [`measurement`]s of [`series`],
//! a landing's measurements get [`verdict`]s, verdicts move [`alert`]s, and whatever a report prints is a [`fact`].
//! A question to a language model is a [`call`].

pub mod alert;
pub mod artifact;
pub mod call;
pub mod fact;
pub mod measurement;
pub mod run;
pub mod scale;
pub mod series;
pub mod severity;
pub mod stats;
pub mod units;
pub mod verdict;
pub mod zone;
