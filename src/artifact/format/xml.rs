//! Simple XML: elements that recur are records, their attributes and child elements are fields.
//!
//! A document becomes the same kind of tree as JSON and its tables are found in the same way: element and attribute names are keys, an element
//! that recurs below one parent is an array, `<mean unit="ms">1.5</mean>` and `<mean value="1.5" unit="ms"/>` are a value with its unit.
//! What a list of properties says describes the environment. Places in the file are given as paths of elements (`$.testcase[3].time`).
//!
//! Entities are never expanded: other than the five of XML itself they stay as written. A document that ends within an element is
//! incomplete; one that is wrong is rejected with the line. Depth and size are bounded by the settings.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use super::json_tables::Builder;
use super::{Format, Source, Stop, report};
use crate::artifact::Settings;
use crate::artifact::infer::names::{self, Stat};
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::table::Document;
use crate::domain::artifact::ArtifactKind;

/// Any XML that holds results.
pub(in crate::artifact) struct Xml;

/// Deepest element that is looked for results to recognise a file by.
const GLANCE: usize = 64;

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        let start = head.trim_start_matches('\u{feff}').trim_start();
        let element = start
            .strip_prefix('<')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '?' || c == '!'));
        let html = |tag: &str| start.get(..400.min(start.len())).is_none_or(|s| s.to_ascii_lowercase().contains(tag));
        if !element
            || matches!(source.hint, Some(ArtifactKind::Markdown))
            || html("<html")
            || html("<!doctype html")
            || html("<svg")
        {
            return false;
        }
        let mut tree = Tree::new(GLANCE, usize::MAX);
        // The head may end anywhere: what was read until then tells.
        drop(tree.read(start));
        tree.measured
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        let mut tree = Tree::new(settings.max_depth, settings.max_readings.saturating_mul(4));
        let root = tree.read(source.text)?;
        let mut builder = Builder::new(settings);
        builder.root(&root.value(&tree.repeated));
        builder.finish("xml").map_err(Stop::Rejected)
    }
}

/// An element.
#[derive(Debug, Default)]
struct Node {
    name: String,
    line: usize,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    text: String,
}

/// What is known of a document while it is read.
struct Tree {
    max_depth: usize,
    max_nodes: usize,
    nodes: usize,
    /// Names of elements that recur below one parent, with that parent's.
    repeated: BTreeSet<(String, String)>,
    /// Some value is clearly the result of a measurement.
    measured: bool,
}

impl Tree {
    fn new(max_depth: usize, max_nodes: usize) -> Self {
        Self { max_depth, max_nodes, nodes: 0, repeated: BTreeSet::new(), measured: false }
    }

    /// The root element.
    ///
    /// # Errors
    /// Incomplete when the text ends within an element, rejected when it is no XML or exceeds a bound.
    fn read(&mut self, text: &str) -> Result<Node, Stop> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Node> = Vec::new();
        let (mut line, mut counted) = (1usize, 0usize);
        loop {
            let event = reader.read_event();
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(text.len());
            line += text.as_bytes().get(counted..at).unwrap_or_default().iter().filter(|&&b| b == b'\n').count();
            counted = at;
            let complete = match event {
                Err(error) => return Err(stop(&error, line)),
                Ok(Event::Start(start)) => {
                    let node = self.node(&start, line)?;
                    if open.len() >= self.max_depth {
                        return Err(Stop::Rejected(format!("line {line}: nested deeper than {}", self.max_depth)));
                    }
                    open.push(node);
                    None
                }
                Ok(Event::Empty(start)) => Some(self.node(&start, line)?),
                Ok(Event::End(_)) => open.pop(),
                Ok(Event::Text(text)) => add_text(&mut open, &text),
                Ok(Event::CData(text)) => add_text(&mut open, &text),
                Ok(Event::GeneralRef(reference)) => {
                    let char = reference.resolve_char_ref().ok().flatten();
                    let name: &str = &reference;
                    let known = quick_xml::escape::resolve_predefined_entity(name).map(str::to_owned);
                    add_text(&mut open, &char.map(String::from).or(known).unwrap_or_else(|| format!("&{name};")))
                }
                Ok(Event::Eof) => return Err(unfinished(&open, line)),
                Ok(_) => None,
            };
            let Some(node) = complete else { continue };
            match open.last_mut() {
                Some(parent) => {
                    self.judge(parent, &node);
                    parent.children.push(node);
                }
                None => return Ok(node),
            }
        }
    }

    fn node(&mut self, start: &BytesStart<'_>, line: usize) -> Result<Node, Stop> {
        self.nodes += 1;
        if self.nodes > self.max_nodes {
            return Err(Stop::Rejected(format!("line {line}: more than {} elements", self.max_nodes)));
        }
        let name = local(start.name().as_ref());
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| Stop::Rejected(format!("line {line}: {error}")))?;
            let key = local(attribute.key.as_ref());
            // An unknown entity is no reason to lose the value: it stays as written.
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            attributes.push((key, value.map_or_else(|_| attribute.value.to_string(), |value| value.into_owned())));
        }
        Ok(Node { name, line, attributes, ..Node::default() })
    }

    /// Notes what a finished element tells of its kind.
    fn judge(&mut self, parent: &Node, node: &Node) {
        if parent.children.iter().rev().take(64).any(|other| other.name == node.name) {
            self.repeated.insert((parent.name.clone(), node.name.clone()));
        }
        let statistic = |key: &str| {
            let name = names::parse(key);
            name.bare && name.stat != Stat::Plain
        };
        let fields = node.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let fields = fields.chain([(node.name.as_str(), node.text.trim())]);
        let mut fields = fields.filter(|(_, value)| matches!(number::scan(value, false), Scan::Number(_)));
        self.measured |=
            fields.any(|(key, value)| report::measured(key, value, None) || statistic(key) || statistic(&node.name));
    }
}

/// A name without the prefix of its namespace.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

fn add_text(open: &mut [Node], text: &str) -> Option<Node> {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
    None
}

fn unfinished(open: &[Node], line: usize) -> Stop {
    match open.last() {
        Some(node) => {
            Stop::Incomplete(format!("line {line}: the element <{}> of line {} is not closed", node.name, node.line))
        }
        None => Stop::Rejected("no element".to_owned()),
    }
}

fn stop(error: &Error, line: usize) -> Stop {
    let cut = match error {
        Error::Syntax(syntax) => !matches!(syntax, SyntaxError::InvalidBangMarkup),
        Error::IllFormed(IllFormedError::MissingEndTag(_)) => true,
        _ => false,
    };
    let reason = format!("line {line}: {error}");
    if cut { Stop::Incomplete(reason) } else { Stop::Rejected(reason) }
}

impl Node {
    /// The element as a value. Its depth was bounded when it was read.
    fn value(&self, repeated: &BTreeSet<(String, String)>) -> Value {
        let text = self.text.trim();
        let get = |names: &[&str]| {
            self.attributes.iter().find(|(key, _)| names.contains(&key.as_str())).map(|(_, value)| value.as_str())
        };
        let unit = get(&["unit", "units", "uom"]);
        let given = get(&["value"]).filter(|_| text.is_empty()).unwrap_or(text);
        let only = self.attributes.iter().all(|(key, _)| matches!(key.as_str(), "unit" | "units" | "uom" | "value"));
        if self.children.is_empty() && only {
            return Value::String(unit.map_or_else(|| given.to_owned(), |unit| format!("{given} {unit}")));
        }
        let mut map = self.fields(repeated);
        map.values_mut().for_each(numbers);
        if !text.is_empty() && !map.contains_key("value") {
            map.insert("value".to_owned(), Value::String(text.to_owned()));
        }
        Value::Object(map)
    }

    /// Attributes and child elements by their keys.
    fn fields(&self, repeated: &BTreeSet<(String, String)>) -> Map<String, Value> {
        let mut map = Map::new();
        // The name of an element that holds records is what they have in common, and no record's own.
        let record = |child: &Self| !child.attributes.is_empty() || !child.children.is_empty();
        let recurs = |child: &Self| repeated.contains(&(self.name.clone(), child.name.clone()));
        let holds = self.children.iter().any(|child| record(child) && recurs(child));
        for (key, value) in &self.attributes {
            let key = if holds && key == "name" { "group" } else { key };
            map.insert(key.to_owned(), Value::String(self.with_unit(key, value)));
        }
        for child in &self.children {
            if child.name == "properties" {
                map.insert("environment".to_owned(), child.properties());
                continue;
            }
            let single = !recurs(child);
            if single && child.is_bare() {
                let fields = child.attributes.iter();
                map.extend(fields.map(|(key, value)| (format!("{} {key}", child.name), Value::String(value.clone()))));
                continue;
            }
            let value = child.value(repeated);
            let key = if self.attributes.iter().any(|(key, _)| *key == child.name) {
                format!("{}_", child.name)
            } else {
                child.name.clone()
            };
            if !single {
                if let Value::Array(items) = map.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
                    items.push(value);
                }
            } else {
                map.insert(key, value);
            }
        }
        map
    }

    /// An attribute's value, with the unit that JUnit's schema says and its files do not: times of tests are in seconds
    /// (<https://github.com/testmoapp/junitxml>).
    fn with_unit(&self, key: &str, value: &str) -> String {
        let junit = matches!(self.name.as_str(), "testcase" | "testsuite" | "testsuites") && key == "time";
        if junit && value.parse::<f64>().is_ok() { format!("{value} s") } else { value.to_owned() }
    }

    /// Whether it holds attributes only: `<latency avg="1.5" p99="2.5"/>`.
    fn is_bare(&self) -> bool {
        self.children.is_empty()
            && self.text.trim().is_empty()
            && self.attributes.len() > 1
            && !self.attributes.iter().any(|(key, _)| matches!(key.as_str(), "unit" | "units" | "uom" | "name"))
    }

    /// `<property name="os" value="Linux"/>` below this element.
    fn properties(&self) -> Value {
        let get = |node: &Node, name: &str| {
            node.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let pairs =
            self.children.iter().filter_map(|node| Some((get(node, "name")?, Value::String(get(node, "value")?))));
        Value::Object(pairs.collect())
    }
}

/// Elements of nothing but numbers are samples.
fn numbers(value: &mut Value) {
    let Value::Array(items) = value else { return };
    let all: Option<Vec<f64>> = items.iter().map(|item| item.as_str()?.parse().ok()).collect();
    if let Some(all) = all {
        *items = all.into_iter().map(|n| serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Stop> {
        let mut tree = Tree::new(20, 1000);
        let root = tree.read(text)?;
        Ok(root.value(&tree.repeated).to_string())
    }

    #[test]
    fn elements_become_records_and_values_keep_their_units() {
        let text = r#"<r host="a"><b name="x"><mean unit="ms">1.5</mean><s>1</s><s>2.5</s></b><b name="y"><rate value="2" unit="MB/s"/></b></r>"#;
        assert_eq!(
            read(text).as_deref(),
            Ok(r#"{"host":"a","b":[{"name":"x","mean":"1.5 ms","s":[1.0,2.5]},{"name":"y","rate":"2 MB/s"}]}"#)
        );
    }

    #[test]
    fn entities_stay_as_written_and_bad_documents_are_told_apart() {
        let bomb = r#"<!DOCTYPE r [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;">]><r k="&b;">&b; &lt; &#65;</r>"#;
        assert_eq!(read(bomb).as_deref(), Ok(r#"{"k":"&b;","value":"&b; < A"}"#));
        assert_eq!(
            read("<r>\n<b>\n1"),
            Err(Stop::Incomplete("line 3: the element <b> of line 2 is not closed".to_owned()))
        );
        assert!(matches!(read("<r>\n<b"), Err(Stop::Incomplete(_))));
        assert!(matches!(read("<r>\n</b></r>"), Err(Stop::Rejected(reason)) if reason.starts_with("line 2:")));
        assert!(matches!(read(&"<a>".repeat(30)), Err(Stop::Rejected(reason)) if reason.contains("deeper")));
    }
}
