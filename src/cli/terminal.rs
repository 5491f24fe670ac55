//! The terminal that a command prints to: how wide it is, and whether colours are welcome there.

use std::io::{IsTerminal, stdout};

/// Columns where there is no terminal to ask.
const WIDTH: usize = 110;

/// How to print for the reader at standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    colour: bool,
}

/// What a text is, for those who see colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Heading,
    Faint,
    Bad,
    Good,
    Doubtful,
    Plain,
}

impl Terminal {
    /// Standard output: in colours only on a terminal, and not where `NO_COLOR` (<https://no-color.org>) is set or the terminal is dumb.
    pub fn of_stdout() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let is_terminal = stdout().is_terminal();
        let told = set("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
        let asked = terminal_size::terminal_size_of(stdout()).map(|(width, _)| usize::from(width.0));
        let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
        Self {
            width: asked.or(told).filter(|width| *width > 0).unwrap_or(WIDTH),
            colour: is_terminal && set("NO_COLOR").is_none() && !is_dumb,
        }
    }

    /// `text` in the colour of `ink`, or as it is.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Heading => "1",
            Ink::Faint => "2",
            Ink::Bad => "31",
            Ink::Good => "32",
            Ink::Doubtful => "33",
            Ink::Plain => return text.to_owned(),
        };
        if self.colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// No colours, so many columns.
    #[cfg(test)]
    pub fn plain(width: usize) -> Self {
        Self { width, colour: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_those_who_see_them() {
        assert_eq!(Terminal::plain(80).paint(Ink::Bad, "worse"), "worse");
        let colourful = Terminal { width: 80, colour: true };
        assert_eq!(colourful.paint(Ink::Bad, "worse"), "\u{1b}[31mworse\u{1b}[0m");
        assert_eq!(colourful.paint(Ink::Bad, ""), "");
    }
}
