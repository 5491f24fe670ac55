//! An answer as the model gave it: a JSON object with lists of items, each a text with references. What is shaped otherwise is told
//! apart here: the whole answer as [`Unreadable`], a single item by being without what it should have.

use serde_json::{Map, Value};

use super::Unreadable;

/// Items that are read of a list; no report has room for more.
const ITEMS: usize = 40;

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
    let text = unfenced(answer.trim().trim_start_matches('\u{feff}').trim());
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    // The parser of serde_json bounds the depth by itself.
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) if fields.iter().any(|field| matches!(map.get(*field), Some(Value::Array(_)))) => {
            Ok(Answer(map))
        }
        Ok(_) => Err(Unreadable::Shape(wanted)),
        Err(_) => Err(Unreadable::NotJson),
    }
}

/// Without the fence of Markdown that many models put around JSON.
fn unfenced(text: &str) -> &str {
    let inside = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let inside = inside.map(|inside| inside.strip_prefix("json").unwrap_or(inside).trim());
    inside.filter(|inside| inside.starts_with('{')).unwrap_or(text)
}

impl Answer {
    /// The items of a list, and how many there are beyond what is read.
    pub(super) fn items(&self, list: &str) -> (Vec<Item>, usize) {
        let Some(Value::Array(all)) = self.0.get(list) else { return (Vec::new(), 0) };
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

    /// The ids in `refs`, as they stand.
    pub(super) fn refs(&self) -> Vec<&str> {
        let Some(Value::Array(refs)) = self.fields.get("refs") else { return Vec::new() };
        refs.iter().take(ITEMS).map(|id| id.as_str().unwrap_or("")).collect()
    }
}
