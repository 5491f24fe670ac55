//! Chimera Insight: watches benchmark output, judges every series, reports what changed, mails what regressed.
//!
//! The layers, arrows pointing down only (`tests/layers.rs` keeps it):
//!
//! | layer | modules | knows |
//! | --- | --- | --- |
//! | L4 | `cli`, `config` | arguments, the configuration file, the environment |
//! | L3 | `daemon` | the wiring: workers, signals, the way of the data |
//! | L2 | `store`, `watch`, `agent`, `mail`, `hook`, `publish` | one kind of I/O each, and nothing of one another |
//! | L1 | `artifact`, `analysis`, `insight`, `dialogue`, `report` | pure: bytes and numbers in, values out; `now` is an argument |
//! | L0 | `domain`, `clock` | the words, time and entropy |
//!
//! The way of the data:
//!
//! ```text
//! event or scan -> Settler::due(now) -> landing -> artifact::parse -> measurements (one transaction)
//!    -> analysis::judge -> verdicts + alert transitions + report job (one transaction)
//!    -> agent (outside any transaction; what was said is kept in one)
//!    -> report::build -> publish -> outbox rows (one transaction) -> mail
//! ```

pub mod agent;
pub mod analysis;
pub mod artifact;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod dialogue;
pub mod domain;
pub mod hook;
pub mod insight;
pub mod mail;
pub mod publish;
pub mod report;
pub mod store;
pub mod watch;
