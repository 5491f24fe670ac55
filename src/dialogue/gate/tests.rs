//! The gate from outside.
