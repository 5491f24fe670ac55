//! The program: parse arguments, run a command, print the error chain, exit code.

use std::process::ExitCode;

use chimera_insight::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    cli::prepare();
    let cli = Cli::parse();
    match cli::dispatch(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("chimera-insight: {}", cli::chain(&failure));
            ExitCode::from(cli::exit_code(&failure))
        }
    }
}
