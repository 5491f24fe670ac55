//! The values of all keys while files and variables are laid over the defaults, and where each came from.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{ConfigError, Place};
use super::keys::{Key, Section, sections};
use super::value::{Located, Typed, Value};

/// A key whose table row says another type than its field: a mistake in the program, not in a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the table of keys is wrong about `{0}`")]
pub(super) struct Mismatch(pub &'static str);

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub value: Value,
    pub place: Place,
}

/// The value of every key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    entries: BTreeMap<&'static str, Entry>,
    /// Keys whose newest value was refused: what stands in `entries` is older and proves nothing.
    spoilt: BTreeSet<&'static str>,
}

impl Values {
    /// The embedded defaults of these sections.
    pub fn defaults(sections: impl Iterator<Item = &'static Section>) -> Result<Self, Mismatch> {
        let mut entries = BTreeMap::new();
        for key in sections.flat_map(|section| section.keys) {
            let Some(default) = key.default.located() else { continue };
            let value = key.kind.read(&default).map_err(|_| Mismatch(key.path))?;
            entries.insert(key.path, Entry { value, place: Place::Default });
        }
        Ok(Self { entries, spoilt: BTreeSet::new() })
    }

    /// Lays one written value over what is there; refuses it with errors when it does not fit.
    pub fn set(&mut self, key: &'static Key, located: &Located) -> Result<(), Vec<ConfigError>> {
        match key.kind.read(located) {
            Ok(value) => {
                self.entries.insert(key.path, Entry { value, place: located.place.clone() });
                self.spoilt.remove(key.path);
                Ok(())
            }
            Err(misfits) => {
                self.spoilt.insert(key.path);
                Err(misfits.into_iter().map(|(place, complaint)| complaint.about(key.path, place)).collect())
            }
        }
    }

    /// The value of the key `name` of a section, as the type of its field.
    pub fn typed<T: Typed>(&self, section: &str, name: &'static str) -> Result<T, Mismatch> {
        let entry = self.entries.get(format!("{section}.{name}").as_str());
        entry.map_or_else(T::unset, |entry| T::typed(&entry.value)).ok_or(Mismatch(name))
    }

    /// The value of `path` and where it came from; `None` for a key without a default that nobody has set.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Whether the newest value of `path` was refused.
    pub fn is_spoilt(&self, path: &str) -> bool {
        self.spoilt.contains(path)
    }

    /// Where the value of `path` came from.
    pub fn place(&self, path: &str) -> Place {
        self.entries.get(path).map_or(Place::Default, |entry| entry.place.clone())
    }

    /// Every key of the sections, of which there is one each, that has a value, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Key, &Entry)> {
        let keys = sections().flat_map(|section| section.keys);
        keys.filter_map(|key| self.entries.get(key.path).map(|entry| (key, entry)))
    }
}
