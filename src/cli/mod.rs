//! L4: one file per subcommand, as plain functions that write where they are told and return an exit code.

pub mod config;
