//! The tags of an XML document, one after the other: as much of XML as tools' reports need.
//!
//! Text between tags is not kept. Comments, declarations, processing instructions and CDATA sections are skipped. What is cut in the middle
//! of a tag ends there. Linear in the length of the text, whatever its nesting; nothing is expanded but the five named entities and
//! numeric ones.

/// A tag with its attributes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub name: &'t str,
    attributes: &'t str,
    pub kind: Kind,
    /// Line of its beginning, from 1.
    pub line: u32,
}

/// Which end of an element a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    /// An element without content.
    Empty,
}

impl Tag<'_> {
    /// The value of an attribute, entities replaced.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        while let Some((key, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, next) = after.get(1..)?.split_once(quote)?;
            if key.trim() == name {
                return Some(unescape(value));
            }
            rest = next;
        }
        None
    }
}

/// All tags of `text` in order.
pub(super) fn tags(text: &str) -> Tags<'_> {
    Tags { rest: text, line: 1 }
}

/// See [`tags`].
pub(super) struct Tags<'t> {
    rest: &'t str,
    line: u32,
}

impl<'t> Tags<'t> {
    /// Takes `length` bytes off, counting lines.
    fn advance(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        let lines = taken.bytes().filter(|&b| b == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        taken
    }

    /// Skips to behind `end`, or to the end of the text.
    fn skip_past(&mut self, end: &str) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.advance(length);
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let start = self.rest.find('<')?;
            self.advance(start);
            match self.rest {
                rest if rest.starts_with("<!--") => self.skip_past("-->"),
                rest if rest.starts_with("<![CDATA[") => self.skip_past("]]>"),
                rest if rest.starts_with("<?") => self.skip_past("?>"),
                rest if rest.starts_with("<!") => self.skip_past(">"),
                _ => break,
            }
        }
        let line = self.line;
        let length = end_of_tag(self.rest)?;
        let inner = self.advance(length).trim_start_matches('<').trim_end_matches('>');
        let (inner, kind) = match (inner.strip_prefix('/'), inner.strip_suffix('/')) {
            (Some(inner), _) => (inner, Kind::Close),
            (None, Some(inner)) => (inner, Kind::Empty),
            (None, None) => (inner, Kind::Open),
        };
        let (name, attributes) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        Some(Tag { name, attributes, kind, line })
    }
}

/// The length of the tag at the start of `text`: a `>` within quotes does not end it.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let entity = after.split_once(';').and_then(|(name, next)| Some((entity(name)?, next)));
        match entity {
            Some((c, next)) => {
                text.push(c);
                rest = next;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_in_order_with_their_lines() {
        let text =
            "<?xml version=\"1.0\"?>\n<!-- <no> -->\n<a x=\"1 > 0\" y='&lt;&#65;&bad;'>\n<b/><![CDATA[<c>]]></a>";
        let found: Vec<Tag<'_>> = tags(text).collect();
        let seen: Vec<(&str, Kind, u32)> = found.iter().map(|tag| (tag.name, tag.kind, tag.line)).collect();
        assert_eq!(seen, [("a", Kind::Open, 3), ("b", Kind::Empty, 4), ("a", Kind::Close, 4)]);
        assert_eq!(found[0].attribute("x").as_deref(), Some("1 > 0"));
        assert_eq!(found[0].attribute("y").as_deref(), Some("<A&bad;"));
        assert_eq!(found[0].attribute("z"), None);
        assert_eq!(tags("<cut \"").count(), 0);
    }
}
