//! How well the detector does, on made-up series whose changes are known: whether it finds them, and whether it cries wolf.
//!
//! The bars are those of `docs/detection.md`, or wider where few draws decide. The draws are of a base of their own: neither the
//! published figures nor the constants of the detector rest on them.

mod generator;
