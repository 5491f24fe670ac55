//! The environment as located values: `CHIMERA_INSIGHT_WATCH_SETTLE=200ms` is `settle` of `[watch]`.
//!
//! A list is separated by commas, or is written as in the file when it stands in brackets. A variable that no key knows is an
//! error: a misspelt override that is silently ignored is worse than none.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use toml::de::DeValue;

use super::error::{ConfigError, Place, nearest};
use super::file::{refused, scalar_of};
use super::keys::{self, Key, Section, TABLES};
use super::kind::Kind;
use super::value::{Located, Raw};
use super::{FILE_VARIABLE, PREFIX};

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    pub settings: Vec<(&'static Key, Located)>,
    /// Values that are not text.
    pub errors: Vec<ConfigError>,
    /// Variables that no key knows. One of them may still be the one that holds the password.
    pub unknown: Vec<(String, ConfigError)>,
}

/// Picks our variables out of `variables`, in the order of their names.
pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Overrides {
    let mut ours: Vec<_> = variables.filter(|(name, _)| is_ours(name)).collect();
    ours.sort();
    let mut overrides = Overrides::default();
    for (name, value) in ours {
        let name = name.to_string_lossy().into_owned();
        let place = Place::Variable(Arc::from(name.as_str()));
        match (keys::all().find(|key| key.variable() == name), value.into_string()) {
            (None, _) => {
                let error = unknown(&name, place);
                overrides.unknown.push((name, error));
            }
            (Some(key), Ok(text)) => overrides.settings.push((key, located(key.kind, &text, place))),
            (Some(key), Err(_)) => overrides.errors.push(ConfigError {
                place,
                key: Some(key.path.to_owned()),
                message: format!("`{}` must be UTF-8", key.path),
                suggestion: None,
            }),
        }
    }
    overrides
}

fn is_ours(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) && name != FILE_VARIABLE
}

fn unknown(name: &str, place: Place) -> ConfigError {
    for section in keys::sections() {
        let prefix = format!("{PREFIX}{}_", section.path.to_uppercase().replace('.', "_"));
        let path = name.strip_prefix(&prefix).map(|rest| format!("{}.{rest}", section.path));
        if let Some((why, instead)) = path.and_then(|path| refused(&path)) {
            return ConfigError { place, key: None, message: why.to_owned(), suggestion: Some(instead.to_owned()) };
        }
    }
    let begins = |table: &&Section| name.starts_with(&format!("{PREFIX}{}", table.path.to_uppercase()));
    if let Some(table) = TABLES.iter().find(begins) {
        let message = format!("[[{}]] stands in files, no variable sets it", table.path);
        return ConfigError {
            place,
            key: None,
            message,
            suggestion: Some(format!("write [[{}]] in a file", table.path)),
        };
    }
    let known: Vec<String> = keys::all().map(Key::variable).collect();
    let meant = nearest(name, known.iter().map(String::as_str).chain([FILE_VARIABLE]));
    ConfigError {
        place,
        key: None,
        message: "no key has this name".to_owned(),
        suggestion: meant.map(|meant| format!("did you mean `{meant}`?")),
    }
}

/// The text of a variable as the raw value that the same text would be in a file, as far as the kind tells.
fn located(kind: Kind, text: &str, place: Place) -> Located {
    let raw = match kind {
        Kind::Flag | Kind::Count(..) | Kind::Integer(..) | Kind::Number(..) | Kind::Fraction(..) => {
            let parsed = DeValue::parse(text.trim()).ok().map(|value| scalar_of(value.get_ref()));
            parsed
                .filter(|raw| matches!(raw, Raw::Flag(_) | Raw::Integer(_) | Raw::Number(_)))
                .unwrap_or_else(|| Raw::Text(text.to_owned()))
        }
        Kind::List(_) | Kind::Names(_) => Raw::List(list(text, &place)),
        Kind::Duration(..)
        | Kind::AutoOr(..)
        | Kind::Size(..)
        | Kind::Word(_)
        | Kind::Text(_)
        | Kind::File
        | Kind::Secret
        | Kind::Address
        | Kind::Table(_) => Raw::Text(text.to_owned()),
    };
    Located { raw, place }
}

fn list(text: &str, place: &Place) -> Vec<Located> {
    let item = |raw| Located { raw, place: place.clone() };
    if let Ok(DeValue::Array(items)) = DeValue::parse(text.trim()).map(|value| value.into_inner()) {
        return items.iter().map(|value| item(scalar_of(value.get_ref()))).collect();
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| item(Raw::Text(part.to_owned()))).collect()
}
