//! An answer as the model gave it: a JSON object with lists of items, each a text with references. What is shaped otherwise is told
//! apart here: the whole answer as [`Unreadable`], a single item by being without what it should have.

use serde_json::{Map, Value};

use super::{Unreadable, cut};

/// Items that are read of a list; no report has room for more.
const ITEMS: usize = 40;
/// Objects and lists around the answer that are looked through.
const WRAPPERS: usize = 4;

/// An answer with at least one of the wanted lists.
#[derive(Debug)]
pub(super) struct Answer(Map<String, Value>);

/// An entry of a list.
#[derive(Debug, Default)]
pub(super) struct Item {
    fields: Map<String, Value>,
    /// What it is when it is no object: the sentence itself.
    plain: Option<String>,
}

/// Reads an answer; `fields` are those of which it must have one, and `wanted` says so to the model.
pub(super) fn read(answer: &str, wanted: &'static str, fields: &[&str]) -> Result<Answer, Unreadable> {
    let text = answer.trim().trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    // The parser of serde_json bounds the depth by itself.
    let whole = serde_json::from_str::<Value>(text).ok();
    let is_json = whole.is_some();
    if let Some(map) = whole.and_then(|value| fitting(value, fields)) {
        return Ok(Answer(map));
    }
    let mut has_object = is_json;
    // What a model thinks aloud comes first, and so do its drafts: the last object that fits is the answer.
    let mut last = None;
    for object in cut::objects(cut::without_thoughts(text)) {
        let Some(value) = parsed(object) else { continue };
        has_object = true;
        last = fitting(value, fields).or(last);
    }
    match last {
        Some(map) => Ok(Answer(map)),
        None if has_object => Err(Unreadable::Shape(wanted)),
        None => Err(Unreadable::NotJson),
    }
}

/// The value of an object as it stands, or else with its slips mended.
fn parsed(object: &str) -> Option<Value> {
    serde_json::from_str(object).or_else(|_| serde_json::from_str(&cut::mended(object))).ok()
}

/// The object with one of the wanted lists: the value itself, or what a few others are wrapped around.
fn fitting(value: Value, fields: &[&str]) -> Option<Map<String, Value>> {
    let mut value = value;
    for _ in 0..WRAPPERS {
        let is_wanted = |map: &Map<String, Value>| {
            fields.iter().any(|field| matches!(map.get(*field), Some(Value::Array(_) | Value::Object(_))))
        };
        value = match value {
            Value::Object(map) if is_wanted(&map) => return Some(map),
            Value::Object(map) => map.into_iter().map(|(_, inner)| inner).find(Value::is_object)?,
            Value::Array(list) => list.into_iter().find(Value::is_object)?,
            _ => return None,
        };
    }
    None
}

impl Answer {
    /// The items of a list, and how many there are beyond what is read.
    pub(super) fn items(&self, list: &str) -> (Vec<Item>, usize) {
        let all = match self.0.get(list) {
            Some(Value::Array(all)) => all,
            // A single item needs no list.
            Some(item @ Value::Object(_)) => return (vec![Item::of(item)], 0),
            _ => return (Vec::new(), 0),
        };
        let items = all.iter().take(ITEMS).map(Item::of).collect();
        (items, all.len().saturating_sub(ITEMS))
    }
}

impl Item {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(fields) => Self { fields: fields.clone(), plain: None },
            Value::String(text) => Self { fields: Map::new(), plain: Some(text.clone()) },
            _ => Self::default(),
        }
    }

    /// A text; a plain string is the item's `text`.
    pub(super) fn text(&self, field: &str) -> &str {
        match (self.fields.get(field), &self.plain) {
            (Some(Value::String(text)), _) => text,
            (_, Some(text)) if field == "text" => text,
            _ => "",
        }
    }

    /// The entries of `refs`, as they stand; ids in one text are parted.
    pub(super) fn refs(&self) -> Vec<&str> {
        match self.fields.get("refs") {
            Some(Value::Array(refs)) => refs.iter().take(ITEMS).map(|id| id.as_str().unwrap_or("")).collect(),
            Some(Value::String(refs)) => {
                refs.split([',', ';']).filter(|id| !id.trim().is_empty()).take(ITEMS).collect()
            }
            _ => Vec::new(),
        }
    }
}
