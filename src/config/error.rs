//! What is wrong with a configuration and where: one line an error, with the place to look at and, where we can guess it,
//! what was meant.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a setting was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a configuration file. Line and column count from 1, columns in Unicode scalar values; `None` is the file as a whole.
    File { path: Arc<Path>, position: Option<(usize, usize)> },
    /// In the environment variable of this name.
    Variable(Arc<str>),
    /// Nowhere: an embedded default.
    Default,
}

impl Place {
    /// The directory against which a relative path that stands here is meant: that of the configuration file.
    pub(super) fn directory(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => path.parent(),
            Self::Variable(_) | Self::Default => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, position: Some((line, column)) } => write!(f, "{}:{line}:{column}", path.display()),
            Self::File { path, position: None } => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub place: Place,
    /// The key in question with its section, `watch.settle`; `None` for an error of the file as a whole or of its syntax.
    pub key: Option<String>,
    /// What is wrong. Never holds the value of a key that could be a secret.
    pub message: String,
    /// What to do about it: ``did you mean `settle`?``.
    pub suggestion: Option<String>,
}

impl ConfigError {
    /// An error of a file as a whole.
    pub(super) fn file(path: &Path, message: String) -> Self {
        Self { place: Place::File { path: path.into(), position: None }, key: None, message, suggestion: None }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// All errors of a configuration: file by file from top to bottom, then the environment. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// Puts `errors` into the order of `sources`.
    pub(super) fn sorted(mut errors: Vec<ConfigError>, sources: &[PathBuf]) -> Self {
        errors.sort_by_key(|error| match &error.place {
            Place::File { path, position } => {
                let source = sources.iter().position(|source| source == path.as_ref()).unwrap_or(sources.len());
                (source, position.unwrap_or_default())
            }
            Place::Variable(_) | Place::Default => (usize::MAX, (0, 0)),
        });
        Self(errors)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// What a check has against a value, without its place and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Goes on after the name of the key: `must be …`.
    pub message: String,
    pub suggestion: Option<String>,
}

impl Complaint {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), suggestion: None }
    }

    /// With what to do about it.
    pub fn hint(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }

    /// As an error about the key `path` at `place`.
    pub fn about(self, path: &str, place: Place) -> ConfigError {
        let message = format!("`{path}` {}", self.message);
        ConfigError { place, key: Some(path.to_owned()), message, suggestion: self.suggestion }
    }

    /// With ``did you mean `word`?`` if there is a word.
    pub fn did_you_mean(self, word: Option<impl fmt::Display>) -> Self {
        Self { suggestion: word.map(|word| format!("did you mean `{word}`?")), ..self }
    }
}

/// The candidate that `word` is most likely a misspelling or an abbreviation of, if any is near enough.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let farthest = (lower.chars().count() / 3).clamp(1, 4);
    let short = lower.strip_suffix('s').unwrap_or(&lower);
    let begins = |candidate: &str| short.len() >= 3 && candidate.starts_with(short);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= farthest || begins(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        assert_eq!(nearest("setle", ["quiet", "settle"]), Some("settle"));
        assert_eq!(nearest("Setlte", ["quiet", "settle"]), Some("settle"));
        assert_eq!(nearest("warning", ["warn", "error"]), None, "three edits of seven letters are too many");
        assert_eq!(nearest("xy", ["to"]), None);
        assert_eq!(nearest("params", ["metrics", "parameters"]), Some("parameters"));
        assert_eq!(nearest("pa", ["parameters"]), None);
    }
}
