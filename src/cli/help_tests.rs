//! What `--help` prints, of every command, in a narrow and in a wide terminal.

use clap::{Command, CommandFactory as _};

use super::Cli;

/// All commands, those of commands too, by their names.
fn all(command: &Command) -> Vec<Command> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help").flat_map(all);
    std::iter::once(command.clone()).chain(below).collect()
}

fn help(command: &Command, width: usize) -> String {
    command.clone().term_width(width).render_long_help().to_string()
}

#[test]
fn every_help_fits_a_terminal() {
    for command in all(&Cli::command()) {
        for width in [80, 110] {
            // The library breaks the usage line nowhere.
            let long = help(&command, width)
                .lines()
                .find(|line| line.chars().count() > width && !line.starts_with("Usage:"))
                .map(str::to_owned);
            assert_eq!(long, None, "{} at {width}", command.get_name());
        }
    }
}

#[test]
fn what_is_laid_out_by_hand_keeps_its_layout() {
    let mut seen = 0;
    for command in all(&Cli::command()) {
        let Some(by_hand) = command.get_after_long_help().map(ToString::to_string) else { continue };
        seen += 1;
        // A first line that is indented would lose that.
        assert!(!by_hand.starts_with(' ') && by_hand.lines().all(|line| !line.ends_with(' ')), "{by_hand}");
        for width in [80, 110] {
            let said = help(&command, width);
            assert!(said.trim_end().ends_with(by_hand.trim_end()), "{} at {width}:\n{said}", command.get_name());
        }
    }
    assert!(seen >= 5, "{seen}");
}
