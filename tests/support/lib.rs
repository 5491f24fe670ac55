//! The harness of the tests from outside: the real binary, on real directories, in an environment that nothing leaks into.
//!
//! A library of its own, because each test binary uses a part of it. Everything here panics on trouble, which fails the test.

mod bench;
pub mod daemon;
pub mod hook;
pub mod llm;
mod mail;
pub mod series;
pub mod smtp;
mod workspace;

pub use bench::{Bench, Format, NOISE};
pub use mail::Mail;
pub use workspace::{Ended, Workspace, copy_tree, files_below};
