//! XML as a tree of names: `$.suite[0].mean` is an attribute or an element `mean` of the first `suite` below the root, and
//! `$.suite[0]["latency avg"]` the attribute `avg` of an element `latency` there.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements of one file that are looked at.
const MOST: usize = 1_000_000;

/// Whether a text is XML.
pub(super) fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// What stands at `path`: the values that have this path. An element can have its value in an attribute of that name.
pub(super) fn at(text: &str, path: &str) -> Option<Vec<String>> {
    let valued = format!("{path}.value");
    let is = |at: &str| matches(at, path) || matches(at, &valued);
    let found: Vec<String> = leaves(text).into_iter().filter(|(at, _)| is(at)).map(|(_, value)| value).collect();
    (!found.is_empty()).then_some(found)
}

/// Whether a path with an index at every step is this one, which has them only where names recur.
fn matches(full: &str, path: &str) -> bool {
    full == path || full.replace("[0]", "") == path.replace("[0]", "")
}

/// Every attribute and every text with its path, in which each element has its index among those of its name.
fn leaves(text: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, Vec<(String, usize)>)> = Vec::new();
    let mut found = Vec::new();
    while found.len() < MOST {
        let Ok(event) = reader.read_event() else { break };
        match event {
            Event::Start(start) => {
                let path = enter(&mut open, &start);
                attributes(&path, &start, &mut found);
                open.push((path, Vec::new()));
            }
            Event::Empty(start) => {
                let path = enter(&mut open, &start);
                attributes(&path, &start, &mut found);
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) => {
                if let Some((path, _)) = open.last() {
                    let text: &str = &text;
                    found.extend(Some((path.clone(), text.trim().to_owned())).filter(|(_, text)| !text.is_empty()));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found
}

/// The path of an element that begins.
fn enter(open: &mut [(String, Vec<(String, usize)>)], start: &BytesStart<'_>) -> String {
    let name = start.name();
    let name: &str = name.as_ref();
    let Some((parent, seen)) = open.last_mut() else { return "$".to_owned() };
    let index = match seen.iter_mut().find(|(known, _)| known == name) {
        Some((_, next)) => {
            *next += 1;
            *next
        }
        None => {
            seen.push((name.to_owned(), 0));
            0
        }
    };
    format!("{parent}.{name}[{index}]")
}

fn attributes(path: &str, start: &BytesStart<'_>, found: &mut Vec<(String, String)>) {
    for attribute in start.attributes().filter_map(Result::ok) {
        let key: &str = attribute.key.as_ref();
        let value: &str = &attribute.value;
        found.push((format!("{path}.{key}"), value.to_owned()));
        if let Some((parent, _)) = path.rsplit_once('.') {
            let name = start.name();
            let name: &str = name.as_ref();
            found.push((format!("{parent}[\"{name} {key}\"]"), value.to_owned()));
        }
    }
}
