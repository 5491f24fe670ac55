//! The table of keys as a JSON Schema (draft 2020-12), for editors that check and complete TOML.

use serde_json::{Map, Value, json};

use super::keys::{Key, Section, TABLES, sections};
use super::kind::Kind;
use super::quantity::{format_duration, format_size};
use super::tables::required;
use super::value::AUTO;

/// What a duration looks like.
const DURATION: &str = r"^\s*([0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*)+$";

/// The schema of a configuration file.
pub fn schema() -> Value {
    let mut root = Map::new();
    for section in sections() {
        insert(&mut root, &section.path.replace('.', ".properties."), table(section));
    }
    for one in TABLES {
        let mut items = table(one);
        items["required"] = json!(required(one.path));
        root.insert(one.path.to_owned(), json!({ "description": text(one.doc), "type": "array", "items": items }));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Chimera Insight configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": root,
    })
}

/// Puts `value` at the dotted `path` of nested objects, making those that are missing.
pub(super) fn insert(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = object.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn table(section: &Section) -> Value {
    let properties: Map<String, Value> = section.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({
        "description": text(section.doc),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn property(key: &Key) -> Value {
    let mut object = Map::new();
    let mut description = text(key.doc);
    if let Some(bounds) = bounds(key.kind) {
        description.push_str(&format!(" {bounds}"));
    }
    object.insert("description".to_owned(), description.into());
    let default = key.default.to_json();
    if !default.is_null() {
        object.insert("default".to_owned(), default);
    }
    if let Value::Object(constraints) = constraints(key.kind) {
        object.extend(constraints);
    }
    Value::Object(object)
}

/// The bounds that JSON Schema cannot express, in words.
fn bounds(kind: Kind) -> Option<String> {
    match kind {
        Kind::Duration(least, most) | Kind::AutoOr(least, most) => {
            Some(format!("From {} to {}.", format_duration(least), format_duration(most)))
        }
        Kind::Size(least, most) => Some(format!("From {} to {}.", format_size(least), format_size(most))),
        _ => None,
    }
}

fn constraints(kind: Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Fraction(least, most) => json!({ "anyOf": [
            { "type": "number", "minimum": least, "maximum": most },
            { "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$" },
        ] }),
        Kind::Duration(..) => json!({ "type": "string", "pattern": DURATION }),
        Kind::AutoOr(..) => json!({ "anyOf": [
            { "const": AUTO },
            { "type": "string", "pattern": DURATION },
        ] }),
        Kind::Size(..) => {
            json!({ "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtT][iI]?)?[bB]\s*$" })
        }
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Text(_) | Kind::File | Kind::Secret | Kind::Address => json!({ "type": "string" }),
        Kind::List(_) => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Names(_) => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ] }),
        Kind::Table(_) => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    }
}

/// Lines of documentation as one paragraph.
fn text(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
