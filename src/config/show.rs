//! The effective configuration for people (TOML, with where each value came from) and for scripts (JSON).
//!
//! No key holds a secret, so none can be shown: passwords are in files, variables and credentials that are only named here.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::Config;
use super::error::Place;
use super::keys::{RULES, SECTIONS};
use super::schema::insert;

impl Config {
    /// As a TOML file that would load to the same values; what is not a default has its place in a comment.
    pub fn to_toml(&self) -> String {
        let mut out = String::from("# The effective configuration: ");
        match self.sources.as_slice() {
            [] => out.push_str("embedded defaults.\n"),
            sources => {
                let names: Vec<String> = sources.iter().map(|source| source.display().to_string()).collect();
                let _ = writeln!(out, "{}.", names.join(", "));
            }
        }
        for section in SECTIONS {
            let _ = writeln!(out, "\n[{}]", section.path);
            for (key, entry) in self.values.iter().filter(|(key, _)| key.section == section.path) {
                let _ = match &entry.place {
                    Place::Default => writeln!(out, "{} = {}", key.name, entry.value.to_toml()),
                    place => writeln!(out, "{} = {}  # {place}", key.name, entry.value.to_toml()),
                };
            }
        }
        for (place, values) in &self.rule_values {
            let _ = writeln!(out, "\n[[rule]]  # {place}");
            for (key, entry) in values.of(RULES).filter(|(_, entry)| entry.place != Place::Default) {
                let _ = writeln!(out, "{} = {}", key.name, entry.value.to_toml());
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
        let mut rules = Vec::new();
        for (place, values) in &self.rule_values {
            set.insert(format!("rule[{}]", rules.len()), place.to_string().into());
            let given = values.of(RULES).filter(|(_, entry)| entry.place != Place::Default);
            rules.push(given.map(|(key, entry)| (key.name.to_owned(), entry.value.to_json())).collect::<Map<_, _>>());
        }
        config.insert("rule".to_owned(), rules.into());
        let sources: Vec<String> = self.sources.iter().map(|source| source.display().to_string()).collect();
        json!({ "sources": sources, "config": config, "set": set })
    }
}
