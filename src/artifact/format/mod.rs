//! Which format a file is in: by its content, with the name as a hint.
//!
//! A format recognises its content and turns it into a [`Document`] of tables. Texts of known tools are asked first
//! ([`tools::TEXT`]), then the general syntaxes ([`FORMATS`]), the specific before the general; a rule of the configuration can force one
//! of the latter. What no format recognises is rejected, as is what is no text at all; [`Stop`] says why a recognised file is not read.

mod aligned;
mod csv;
mod delimited;
mod figures;
mod html;
mod json;
mod json_shapes;
pub(in crate::artifact) mod json_tables;
pub(in crate::artifact) mod json_text;
mod keyed;
mod markdown;
mod records;
mod report;
mod room;
mod sections;
mod spans;
mod trailing;
mod xml;

use self::csv::Delimited;
pub(in crate::artifact) use self::csv::Lines;
use self::json::Json;
pub(in crate::artifact) use self::json_tables::scalar_cell;
pub(in crate::artifact) use self::markdown::Markdown;
use self::report::Report;
use self::xml::Xml;
use crate::artifact::table::Document;
use crate::artifact::{Input, Outcome, Settings, infer, rule, schema, text, tools};
use crate::domain::artifact::{ArtifactKind, RelPath};

/// A family of files that share a syntax.
pub(in crate::artifact) trait Format: Sync {
    /// For `explain`.
    fn name(&self) -> &'static str;

    /// The tools whose output this is, when it is not a general format.
    fn tools(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether this content is in this format. Cheap: looks at the beginning only.
    fn recognises(&self, source: &Source<'_>) -> bool;

    /// Reads the tables.
    ///
    /// # Errors
    /// Why there are none: incomplete or rejected.
    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop>;
}

/// Why a file is not read, with the line where known.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::artifact) enum Stop {
    /// Cut in the middle: more may come.
    Incomplete(String),
    /// Never a result.
    Rejected(String),
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Incomplete(reason) => Self::Incomplete { reason },
            Stop::Rejected(reason) => Self::Rejected { reason },
        }
    }
}

/// A file's text and what its name suggests.
pub(in crate::artifact) struct Source<'a> {
    pub text: &'a str,
    /// A hint: some tools write what they measured into the path alone.
    pub path: &'a RelPath,
    pub hint: Option<ArtifactKind>,
}

/// In the order in which they are asked.
const FORMATS: &[&dyn Format] = &[&Json, &Xml, &Markdown, &Delimited, &Report];

/// The names of the general formats.
pub(super) fn names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name()).collect()
}

/// What the name says of the format: nothing, where any program writes such files.
fn hint(path: &RelPath) -> Option<ArtifactKind> {
    ArtifactKind::of_name(path.file_name()).filter(|kind| kind.is_certain())
}

/// Reads one artifact.
pub(in crate::artifact) fn parse(input: &Input<'_>, settings: &Settings) -> Outcome {
    let size = u64::try_from(input.bytes.len()).unwrap_or(u64::MAX);
    if size > settings.max_bytes {
        return Outcome::Rejected { reason: format!("{size} bytes, more than the {} allowed", settings.max_bytes) };
    }
    if input.bytes.iter().all(u8::is_ascii_whitespace) {
        return Outcome::Incomplete { reason: "empty".to_owned() };
    }
    let Some(decoded) = text::decode(input.bytes) else {
        return Outcome::Rejected { reason: "binary, not text".to_owned() };
    };
    let source = Source::of(&decoded.text, input.path);
    let rules = rule::of(input.path, &settings.rules);
    let Some(format) = recognised(&source, settings) else {
        return Outcome::Rejected { reason: "in no known format".to_owned() };
    };
    let mut document = match read(format, &source, settings) {
        Ok(document) => document,
        Err(stop) => return stop.into(),
    };
    document.warnings.extend(decoded.encoding.map(|encoding| format!("read as {encoding}")));
    match infer::read(&document, &rules, settings) {
        Ok(parsed) => Outcome::Parsed(parsed),
        Err(reason) => Outcome::Rejected { reason },
    }
}

/// The format of a text: the one that a rule forces, or the first that recognises it.
fn recognised(source: &Source<'_>, settings: &Settings) -> Option<&'static dyn Format> {
    let rules = rule::of(source.path, &settings.rules);
    let forced = rules.iter().rev().find_map(|rule| rule.format.as_deref());
    let mut known = tools::TEXT.iter().chain(FORMATS);
    let found = match forced {
        Some(name) => FORMATS.iter().find(|format| format.name() == name),
        None => known.find(|format| format.recognises(source)),
    };
    found.copied()
}

/// The tables of a text, and what schemas and rules declare of them.
fn read(format: &dyn Format, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
    let mut document = format.read(source, settings)?;
    if document.format.is_empty() {
        document.format = format.name();
    }
    schema::apply(&mut document, tools::SCHEMAS);
    rule::apply(&mut document, &rule::of(source.path, &settings.rules));
    Ok(document)
}

/// A syntax that can be read in pieces, since every line (outside quotes) stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::artifact) enum Syntax {
    Delimited,
    JsonLines,
}

/// The syntax of a text by its beginning, when it can be read in pieces.
pub(in crate::artifact) fn in_pieces(source: &Source<'_>, settings: &Settings) -> Option<Syntax> {
    match recognised(source, settings)?.name() {
        name if name == Delimited.name() => Some(Syntax::Delimited),
        name if name == Json.name() => json::is_lines(source.text).then_some(Syntax::JsonLines),
        _ => None,
    }
}

/// The tables of one piece.
///
/// # Errors
/// Why there are none.
pub(in crate::artifact) fn document(
    source: &Source<'_>,
    syntax: Syntax,
    settings: &Settings,
) -> Result<Document, Stop> {
    match syntax {
        Syntax::Delimited => read(&Delimited, source, settings),
        Syntax::JsonLines => read(&json::Lines, source, settings),
    }
}

/// How much of a file is looked at to recognise its format. Characters.
const HEAD: usize = 65_536;

impl<'a> Source<'a> {
    /// The text of the file at `path`.
    pub fn of(text: &'a str, path: &'a RelPath) -> Self {
        Self { text, path, hint: hint(path) }
    }

    /// The beginning of the text, enough to recognise it by.
    pub fn head(&self) -> &'a str {
        let mut end = HEAD.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.get(..end).unwrap_or_default()
    }

    /// The lines with their numbers from 1, without line ends of any kind.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &'a str)> {
        (1..).zip(self.text.lines())
    }
}
