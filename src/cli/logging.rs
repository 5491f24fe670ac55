//! Log lines on standard error: plain, coloured only on a terminal and without `NO_COLOR`; no time stamps under systemd, whose journal
//! has its own.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// Starts logging. `level` is a level or a list of `tracing` filter directives.
pub fn start(level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let format =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(colour).with_target(false);
    // A second start in one process keeps the first; only tests do that.
    let _ =
        if std::env::var_os("JOURNAL_STREAM").is_some() { format.without_time().try_init() } else { format.try_init() };
}
