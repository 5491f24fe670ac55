//! The effective configuration for people (TOML, with where each value came from) and for scripts (JSON).
//!
//! No key holds a secret, so none can be shown: passwords are in files, variables and credentials that are only named here. The one
//! exception, the address of a webhook, is shown by its host alone.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::Config;
use super::error::Place;
use super::keys::{TABLES, sections};
use super::schema::insert;

impl Config {
    /// As a TOML file that would load to the same values, but for the addresses of webhooks; what is not a default has its place in a comment.
    pub fn to_toml(&self) -> String {
        let mut out = String::from("# The effective configuration: ");
        match self.sources.as_slice() {
            [] => out.push_str("embedded defaults.\n"),
            sources => {
                let names: Vec<String> = sources.iter().map(|source| source.display().to_string()).collect();
                let _ = writeln!(out, "{}.", names.join(", "));
            }
        }
        for section in sections() {
            let _ = writeln!(out, "\n[{}]", section.path);
            for (key, entry) in self.values.iter().filter(|(key, _)| key.section == section.path) {
                let _ = match &entry.place {
                    Place::Default => writeln!(out, "{} = {}", key.name, entry.value.to_toml()),
                    place => writeln!(out, "{} = {}  # {place}", key.name, entry.value.to_toml()),
                };
            }
        }
        for written in TABLES.iter().flat_map(|section| self.written(section)) {
            let _ = writeln!(out, "\n[[{}]]  # {}", written.section.path, written.place);
            for (key, entry) in written.given() {
                let _ = writeln!(out, "{} = {}", key.name, key.kind.shown(&entry.value).to_toml());
            }
        }
        out
    }

    /// As one JSON object: `sources`, `config` (shaped like the file) and `set` (key to place, for what is not a default).
    pub fn to_json(&self) -> serde_json::Value {
        let mut config = Map::new();
        let mut set = Map::new();
        for (key, entry) in self.values.iter() {
            insert(&mut config, key.path, entry.value.to_json());
            if entry.place != Place::Default {
                set.insert(key.path.to_owned(), entry.place.to_string().into());
            }
        }
        for section in TABLES {
            let mut tables = Vec::new();
            for written in self.written(section) {
                set.insert(format!("{}[{}]", section.path, tables.len()), written.place.to_string().into());
                let given =
                    written.given().map(|(key, entry)| (key.name.to_owned(), key.kind.shown(&entry.value).to_json()));
                tables.push(given.collect::<Map<_, _>>());
            }
            config.insert(section.path.to_owned(), tables.into());
        }
        let sources: Vec<String> = self.sources.iter().map(|source| source.display().to_string()).collect();
        json!({ "sources": sources, "config": config, "set": set })
    }
}
