//! The cells of an artifact, read again: every number of a JSON, CSV or Markdown file with the place where it stands, whether it became a
//! measurement or not.
//!
//! A reader of its own, far simpler than those that make series: it understands nothing, it only says what is written where. What is no
//! JSON, or no table, gives no cells. Its memory is that of the file.

use serde_json::Value;

use crate::domain::artifact::ArtifactKind;

/// A number as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell<'a> {
    /// The column or dotted path without indices: what it is called.
    pub name: &'a str,
    /// `row 3, column ttft_s` or `$.results[3].ttft_s`.
    pub at: &'a dyn Place,
    pub value: f64,
    /// Words that stand beside it: the other cells of its row, the texts of its object.
    pub beside: &'a [String],
}

/// Says where a cell stands; put off, because few are asked.
pub(super) trait Place {
    fn text(&self) -> String;
}

impl std::fmt::Debug for dyn Place + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl PartialEq for dyn Place + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

struct InRow<'a>(usize, &'a str);

impl Place for InRow<'_> {
    fn text(&self) -> String {
        format!("row {}, column {}", self.0, self.1)
    }
}

impl Place for String {
    fn text(&self) -> String {
        self.clone()
    }
}

/// The texts beside a cell are cut at this many, each at so many characters: they name a row, they are not the row.
const BESIDE: (usize, usize) = (12, 80);

/// Gives every number of a file to `each`.
pub(super) fn each(kind: ArtifactKind, text: &str, each: &mut dyn FnMut(Cell<'_>)) {
    match kind {
        ArtifactKind::Json => match serde_json::from_str::<Value>(text) {
            Ok(value) => json(&value, "$", each),
            Err(_) => {
                for (at, line) in text.lines().enumerate() {
                    if let Ok(value) = serde_json::from_str::<Value>(line) {
                        json(&value, &format!("$[{at}]"), each);
                    }
                }
            }
        },
        ArtifactKind::Csv => csv(text, each),
        ArtifactKind::Markdown | ArtifactKind::Other => {}
    }
}

/// How many headings a Markdown file has: lines that begin with one to six `#` and a blank, outside fences (CommonMark 0.31, 4.2).
pub(super) fn headings(text: &str) -> u64 {
    let mut fence = false;
    let mut count = 0;
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with("```") || line.starts_with("~~~") {
            fence = !fence;
        }
        let marks = line.chars().take_while(|c| *c == '#').count();
        let is_heading =
            (1..=6).contains(&marks) && line.get(marks..).is_some_and(|rest| rest.starts_with([' ', '\t']));
        count += u64::from(is_heading && !fence);
    }
    count
}

/// Walks a JSON value with a stack of its own. Depth is what the reader of JSON lets pass (128).
fn json(value: &Value, root: &str, each: &mut dyn FnMut(Cell<'_>)) {
    let mut open: Vec<(&Value, String, String, std::rc::Rc<Vec<String>>)> =
        vec![(value, root.to_owned(), String::new(), std::rc::Rc::default())];
    while let Some((value, path, name, beside)) = open.pop() {
        match value {
            Value::Object(object) => {
                let texts = std::rc::Rc::new(texts(object));
                for (key, value) in object.iter().rev() {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    open.push((value, format!("{path}.{key}"), name, texts.clone()));
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate().rev() {
                    open.push((value, format!("{path}[{index}]"), name.clone(), beside.clone()));
                }
            }
            _ => {
                if let Some(value) = number(value) {
                    each(Cell { name: &name, at: &path, value, beside: &beside });
                }
            }
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => plain(text),
        _ => None,
    }
}

fn plain(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('%').trim_end();
    text.parse().ok().filter(|value: &f64| value.is_finite() && text.ends_with(|c: char| c.is_ascii_digit()))
}

fn texts(object: &serde_json::Map<String, Value>) -> Vec<String> {
    let texts = object.iter().filter_map(|(key, value)| Some(format!("{key} {}", value.as_str()?)));
    texts.take(BESIDE.0).map(|text| text.chars().take(BESIDE.1).collect()).collect()
}

fn csv(text: &str, each: &mut dyn FnMut(Cell<'_>)) {
    let head = text.lines().next().unwrap_or("");
    let count = |c: char| head.matches(c).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| count(char::from(*d))).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let Ok(headers) = reader.headers().cloned() else { return };
    let mut row = csv::StringRecord::new();
    let mut at = 0;
    // A row that is no text ends nothing: the next one may be.
    while let Ok(true) = reader.read_record(&mut row) {
        at += 1;
        let beside: Vec<String> = row
            .iter()
            .zip(&headers)
            .filter(|(cell, _)| plain(cell).is_none())
            .take(BESIDE.0)
            .map(|(cell, head)| format!("{head} {}", cell.chars().take(BESIDE.1).collect::<String>()))
            .collect();
        for (cell, head) in row.iter().zip(&headers) {
            if let Some(value) = plain(cell) {
                each(Cell { name: head, at: &InRow(at, head), value, beside: &beside });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kind: ArtifactKind, text: &str) -> Vec<(String, f64)> {
        let mut found = Vec::new();
        each(kind, text, &mut |cell| found.push((cell.at.text(), cell.value)));
        found
    }

    #[test]
    fn every_number_is_found_with_its_place() {
        let json = r#"{"a": {"b": [1, {"c": "2.5"}]}, "n": null, "t": "x1"}"#;
        assert_eq!(all(ArtifactKind::Json, json), [("$.a.b[0]".into(), 1.0), ("$.a.b[1].c".into(), 2.5)]);
        assert_eq!(all(ArtifactKind::Json, "{\"a\":1}\n{\"a\":2}\n").len(), 2);
        let csv = "model;ttft_s\nx;0.5\ny;\n";
        assert_eq!(all(ArtifactKind::Csv, csv), [("row 1, column ttft_s".into(), 0.5)]);
    }

    #[test]
    fn headings_are_counted_outside_of_fences() {
        assert_eq!(headings("# a\n```\n# no\n```\n#no\n### b\n####### no\n"), 2);
    }
}
