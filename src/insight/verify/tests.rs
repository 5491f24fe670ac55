//! Verdicts on small texts against a small index.
