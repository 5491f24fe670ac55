//! One configuration file as located values: syntax, known sections and keys. Whether the values fit is for their kinds.
//!
//! Reading goes on after an error, so that a file's errors come out together. Secrets written here by mistake are refused
//! without being repeated.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Place, nearest};
use super::keys::{self, Key, Section, TABLES};
use super::tables::Table;
use super::value::{Located, Raw};

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub settings: Vec<(&'static Key, Located)>,
    /// The tables that there can be many of; those of a kind in the order of the file.
    pub tables: Vec<Table>,
    pub errors: Vec<ConfigError>,
    /// There are syntax errors: what is missing may well have been written.
    pub broken: bool,
}

/// The file's `conf.d/*.toml` in lexical order; none when there is no such directory.
pub(super) fn drop_ins(file: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let directory = file.parent().unwrap_or(Path::new("")).join("conf.d");
    let failed = |error: io::Error| ConfigError::file(&directory, format!("cannot be read: {error}"));
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(vec![]);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads and parses the file at `path`; what is wrong, down to its absence, is in the document's errors.
pub(super) fn read(path: &Path) -> Document {
    let failed = |error| Document { errors: vec![error], ..Document::default() };
    match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => parse(path, &text),
            Err(error) => failed(not_utf8(path, &error)),
        },
        Err(error) => failed(ConfigError::file(path, format!("cannot be read: {error}"))),
    }
}

fn not_utf8(path: &Path, error: &FromUtf8Error) -> ConfigError {
    let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let position = position(&String::from_utf8_lossy(valid), valid.len());
    let place = Place::File { path: path.into(), position: Some(position) };
    ConfigError { place, key: None, message: "is not UTF-8 from here on".to_owned(), suggestion: None }
}

/// Parses `text`, the content of the file at `path`.
pub(super) fn parse(path: &Path, text: &str) -> Document {
    let (table, syntax) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path: path.into(), text, document: Document::default() };
    reader.table("", table.get_ref());
    let mut document = std::mem::take(&mut reader.document);
    let lost: Vec<Range<usize>> = syntax.iter().map(|error| lost_lines(text, offset(error, text))).collect();
    let is_lost = |place: &Place| line(place).is_some_and(|line| lost.iter().any(|lines| lines.contains(&line)));
    document.errors.retain(|error| !is_lost(&error.place));
    let keep = |(_, located): &(&Key, Located)| !located.places().into_iter().any(is_lost);
    document.settings.retain(keep);
    document.tables.iter_mut().for_each(|table| table.settings.retain(keep));
    document.tables.retain(|table| !is_lost(&table.place));
    document.broken = !syntax.is_empty();
    for error in &syntax {
        let place = reader.place(offset(error, text));
        let message = error.message().replace('\n', ", ");
        document.errors.push(ConfigError { place, key: None, message, suggestion: None });
    }
    document
}

fn offset(error: &toml::de::Error, text: &str) -> usize {
    error.span().map_or(text.len(), |span| span.start)
}

/// The lines that a syntax error at `offset` makes unintelligible: what the parser makes of them, up to the next header, says
/// nothing about what was meant.
fn lost_lines(text: &str, offset: usize) -> Range<usize> {
    let (first, _) = position(text, offset);
    let rest = text.lines().skip(first);
    first..first + 1 + rest.take_while(|line| !line.trim_start().starts_with('[')).count()
}

fn line(place: &Place) -> Option<usize> {
    match place {
        Place::File { position: Some((line, _)), .. } => Some(*line),
        _ => None,
    }
}

/// Why a key that looks at home is refused, by its path in the file.
pub(super) fn refused(path: &str) -> Option<(&'static str, &'static str)> {
    let (section, name) = path.rsplit_once('.')?;
    match (section, name.to_ascii_lowercase().replace('-', "_").as_str()) {
        ("mail" | "mail.smtp", "password") => Some((
            "holds a password, which does not belong into a configuration that is read, shown and copied",
            "use `password_file`, `password_env` or `password_credential` in [mail.smtp]",
        )),
        (
            "agents" | "agents.collector" | "agents.insight",
            "key" | "api_key" | "apikey" | "token" | "api_token" | "bearer" | "authorization" | "password" | "secret",
        ) => Some((
            "holds a key, which does not belong into a configuration that is read, shown and copied",
            "use `key_file`, `key_env` or `key_credential`",
        )),
        _ => None,
    }
}

struct Reader<'a> {
    path: Arc<Path>,
    text: &'a str,
    document: Document,
}

impl Reader<'_> {
    /// Walks the table of the section `section` (empty: the file's top level).
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let path =
                if section.is_empty() { name.get_ref().to_string() } else { format!("{section}.{}", name.get_ref()) };
            if let Some(key) = keys::all().find(|key| key.path == path) {
                let located = self.located(value);
                self.document.settings.push((key, located));
            } else if let Some(one) = TABLES.iter().find(|table| table.path == path) {
                self.tables(one, name, value);
            } else if keys::sections().any(|section| section.path == path) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.table(&path, inner),
                    _ => self.error(name, &path, format!("`{path}` is a section"), Some(format!("write [{path}]"))),
                }
            } else {
                self.unknown(section, name, &path, matches!(value.get_ref(), DeValue::Table(_)));
            }
        }
    }

    /// The tables of one kind.
    fn tables(&mut self, of: &'static Section, name: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) {
        let path = of.path;
        let tables = match value.get_ref() {
            DeValue::Array(tables) if tables.iter().all(|table| matches!(table.get_ref(), DeValue::Table(_))) => tables,
            _ => {
                let message = format!("`{path}` can be there many times");
                self.error(name, path, message, Some(format!("write [[{path}]]")));
                return;
            }
        };
        for table in tables {
            let DeValue::Table(keys) = table.get_ref() else { continue };
            let mut read = Table::new(of, self.place(table.span().start));
            for (name, value) in keys {
                match of.keys.iter().find(|key| key.name == name.get_ref()) {
                    Some(key) => read.settings.push((key, self.located(value))),
                    None => {
                        let path = format!("{path}.{}", name.get_ref());
                        let meant = nearest(name.get_ref(), of.keys.iter().map(|key| key.name));
                        let suggestion = meant.map(|meant| format!("did you mean `{meant}`?"));
                        self.error(name, &path, format!("unknown key `{path}`"), suggestion);
                        read.unknown = true;
                    }
                }
            }
            self.document.tables.push(read);
        }
    }

    /// A key or a section that does not exist.
    fn unknown(&mut self, section: &str, name: &Spanned<impl AsRef<str>>, path: &str, is_table: bool) {
        let word = name.get_ref().as_ref();
        if let Some((why, instead)) = refused(path) {
            self.error(name, path, format!("`{path}` {why}"), Some(instead.to_owned()));
            return;
        }
        let what = if is_table { "section" } else { "key" };
        let inner = |parent: &'static str| parent.strip_prefix(section).unwrap_or(parent).trim_start_matches('.');
        let sections = keys::sections().map(|known| inner(known.path)).filter(|known| !known.is_empty());
        let siblings = keys::all().filter(|key| key.section == section).map(|key| key.name);
        let meant = if is_table { nearest(word, sections) } else { nearest(word, siblings) };
        let one = TABLES.iter().find(|table| section.is_empty() && nearest(word, [table.path]).is_some());
        let suggestion = match meant {
            _ if one.is_some() => one.map(|table| format!("did you mean `[[{}]]`?", table.path)),
            Some(meant) => Some(format!("did you mean `{meant}`?")),
            None => {
                keys::all().find(|key| key.name == word).map(|key| format!("`{word}` belongs to [{}]", key.section))
            }
        };
        self.error(name, path, format!("unknown {what} `{path}`"), suggestion);
    }

    fn error<T>(&mut self, at: &Spanned<T>, path: &str, message: String, suggestion: Option<String>) {
        let place = self.place(at.span().start);
        self.document.errors.push(ConfigError { place, key: Some(path.to_owned()), message, suggestion });
    }

    fn located(&self, value: &Spanned<DeValue<'_>>) -> Located {
        let raw = match value.get_ref() {
            DeValue::Array(items) => Raw::List(items.iter().map(|item| self.located(item)).collect()),
            DeValue::Table(entries) => Raw::Table(entries.iter().map(|(key, value)| self.entry(key, value)).collect()),
            scalar => scalar_of(scalar),
        };
        Located { raw, place: self.place(value.span().start) }
    }

    fn entry(&self, key: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) -> (Located, Located) {
        let name = Raw::Text(key.get_ref().as_ref().to_owned());
        (Located { raw: name, place: self.place(key.span().start) }, self.located(value))
    }

    fn place(&self, offset: usize) -> Place {
        Place::File { path: Arc::clone(&self.path), position: Some(position(self.text, offset)) }
    }
}

/// Anything but an array as a raw value.
pub(super) fn scalar_of(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Raw::Other("an integer beyond 64 bits"), Raw::Integer),
        DeValue::Float(number) => number.as_str().parse().map_or(Raw::Other("a strange number"), Raw::Number),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Array(_) => Raw::Other("a list"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

/// Line and column of a byte offset, from 1, columns in Unicode scalar values.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).map_or(0, |line| line.chars().count());
    (before.matches('\n').count() + 1, column + 1)
}
