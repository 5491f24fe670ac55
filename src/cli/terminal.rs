//! The terminal that a command prints to: how wide it is, and whether colours are welcome there.

use std::io::{IsTerminal, stdout};

use super::output;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 110;

/// How to print for the reader at standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Columns that a line has to fit into: those of a terminal, or `COLUMNS` (POSIX.1) where somebody sets it; none in a pipe or a file,
    /// where lines are whole.
    pub fits: Option<usize>,
    /// Whether the locale says that more than ASCII can be shown.
    pub unicode: bool,
    /// Whether colours are welcome.
    pub colour: bool,
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
            fits: asked.or(told).filter(|width| *width > 0),
            unicode: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).is_some_and(|locale| is_utf8(&locale)),
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

    /// What stands for text that is cut off.
    pub fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// At most `width` columns of `text`.
    pub fn shortened(&self, text: &str, width: usize) -> String {
        output::shortened(text, width, self.ellipsis())
    }

    /// Our own words and units in the characters that can be shown; names are never spelt otherwise than they are.
    pub fn spelt(&self, text: &str) -> String {
        if self.unicode {
            text.to_owned()
        } else {
            text.replace(['µ', 'μ'], "u").replace('×', "x").replace('…', "...")
        }
    }

    /// No colours, so many columns.
    #[cfg(test)]
    pub fn plain(width: usize) -> Self {
        Self { width, fits: Some(width), unicode: true, colour: false }
    }
}

/// Whether a locale is of UTF-8 (POSIX.1, "Internationalization Variables"): `de_DE.UTF-8`, `C.utf8`.
fn is_utf8(locale: &std::ffi::OsStr) -> bool {
    let locale = locale.to_string_lossy().to_lowercase();
    ["utf-8", "utf8"].iter().any(|name| locale.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_those_who_see_them() {
        assert_eq!(Terminal::plain(80).paint(Ink::Bad, "worse"), "worse");
        let colourful = Terminal { colour: true, ..Terminal::plain(80) };
        assert_eq!(colourful.paint(Ink::Bad, "worse"), "\u{1b}[31mworse\u{1b}[0m");
        assert_eq!(colourful.paint(Ink::Bad, ""), "");
    }

    #[test]
    fn where_only_ascii_is_shown_nothing_else_is_printed() {
        let plain = Terminal { unicode: false, ..Terminal::plain(80) };
        assert_eq!(
            (plain.shortened("0123456789", 8), plain.spelt("3 µs … 2 ×")),
            ("01234...".into(), "3 us ... 2 x".into())
        );
        assert_eq!(Terminal::plain(80).shortened("0123456789", 8), "0123456…");
    }
}
