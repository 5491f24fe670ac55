//! JSON paths: a value and what stands at `$.a[3]["b c"]` in it.

use serde_json::Value;

use super::{Found, Lost};

/// The first value of a text; a script that assigns one (`window.DATA = {…};`) is taken for the value.
pub(super) fn parse(text: &str) -> Result<Value, Lost> {
    let begun = text.trim_start();
    let start = if begun.starts_with(['{', '[', '"']) { 0 } else { begun.find(['{', '[']).unwrap_or(0) };
    let begun = begun.get(start..).unwrap_or_default();
    read(begun)
        .or_else(|error| read(&tolerated(begun)).map_err(|_| error))
        .map_err(|error| Lost::Syntax(error.to_string()))
}

/// The value that begins a text.
pub(super) fn first(text: &str) -> Option<Value> {
    read(text).ok().or_else(|| read(&tolerated(text.lines().next()?)).ok())
}

fn read(text: &str) -> serde_json::Result<Value> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    values.next().unwrap_or_else(|| serde_json::from_str(""))
}

/// The text with `null` for what Python writes where there is no number, and for numbers that no double holds.
fn tolerated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(c) = rest.chars().next() {
        if quoted && c == '\\' {
            let end = rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end);
            let (escape, behind) = rest.split_at(end);
            out.push_str(escape);
            rest = behind;
            continue;
        }
        quoted ^= c == '"';
        if !quoted && (c.is_ascii_alphanumeric() || c == '-') {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            let is_number = word.parse::<f64>().is_ok_and(f64::is_finite);
            let known = matches!(word, "true" | "false" | "null") || is_number;
            out.push_str(if known { word } else { "null" });
            rest = behind;
            continue;
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// What stands at `path`.
pub(super) fn find(root: &Value, path: &str) -> Result<Found, Lost> {
    let absent = || Lost::Absent(path.to_owned());
    let mut rest = path.strip_prefix('$').ok_or_else(|| Lost::Place(path.to_owned()))?;
    let mut value = root;
    while !rest.is_empty() {
        let (step, behind) = step(rest).ok_or_else(|| Lost::Place(path.to_owned()))?;
        value = match step {
            Step::Key(key) => value.get(&key),
            Step::Index(index) => value.get(index),
        }
        .ok_or_else(absent)?;
        rest = behind;
    }
    match value {
        Value::Number(number) => number.as_f64().map(Found::Number).ok_or_else(absent),
        Value::String(text) => Ok(Found::Texts(vec![text.clone()])),
        Value::Array(items) => Ok(Found::List(items.iter().filter_map(Value::as_f64).collect())),
        Value::Bool(is) => Ok(Found::Number(f64::from(u8::from(*is)))),
        _ => Err(absent()),
    }
}

enum Step {
    Key(String),
    Index(usize),
}

/// The first step of a path, and what is left of it.
fn step(path: &str) -> Option<(Step, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, rest) = rest.split_at(end);
        return (!key.is_empty()).then(|| (Step::Key(key.to_owned()), rest));
    }
    let rest = path.strip_prefix('[')?;
    if !rest.starts_with('"') {
        let (index, rest) = rest.split_once(']')?;
        return Some((Step::Index(index.parse().ok()?), rest));
    }
    let mut keys = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let key = keys.next()?.ok()?;
    let rest = rest.get(keys.byte_offset()..)?.strip_prefix(']')?;
    Some((Step::Key(key), rest))
}
