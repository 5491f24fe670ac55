//! The blocks of a report: headings, paragraphs, list items, tables, fences; each gives its claims in its place.
//!
//! Read line by line, leniently: a fence that does not close ends with the text, a bold line alone is a heading, a line that begins with a
//! label begins a passage. Every line is looked at once.

use super::about::label_end;
use super::fences::{self, Fence};
use super::glyphs::{Glyphs, folded, visible};
use super::number::digit;
use super::scan::Reading;
use super::sink::{Place, Sink};
use super::tables::{self, Row, Table};

/// Headings and list levels that are kept.
const LEVELS: usize = 8;
const LABEL: usize = 120;

/// Lines of one passage.
#[derive(Debug, Default)]
struct Pending {
    from: usize,
    to: usize,
    lines: usize,
    /// The indentation of a list item.
    item: Option<usize>,
    indent: usize,
}

/// Reads a text block by block.
pub(super) struct Blocks<'a, 'b> {
    chars: &'a [char],
    sink: &'b mut Sink<'a>,
    headings: Vec<(usize, String)>,
    items: Vec<(usize, String)>,
    lead: Option<String>,
    pending: Option<Pending>,
    rows: Vec<Row>,
    /// How far the table is indented.
    rows_indent: usize,
    fence: Option<Fence>,
}

impl<'a, 'b> Blocks<'a, 'b> {
    pub fn new(chars: &'a [char], sink: &'b mut Sink<'a>) -> Self {
        Self {
            chars,
            sink,
            headings: Vec::new(),
            items: Vec::new(),
            lead: None,
            pending: None,
            rows: Vec::new(),
            rows_indent: 0,
            fence: None,
        }
    }

    /// Reads the whole text.
    pub fn read(&mut self) {
        let mut from = 0;
        while from < self.chars.len() && !self.sink.full() {
            let length = self.chars.get(from..).unwrap_or_default().iter().position(|c| *c == '\n');
            let to = length.map_or(self.chars.len(), |length| from + length);
            self.line(from, to);
            from = to + 1;
        }
        self.flush();
        self.close();
    }

    fn line(&mut self, from: usize, to: usize) {
        let (indent, mut at) = self.indent(from, to);
        while self.chars.get(at) == Some(&'>') && at < to {
            at += 1;
            at += self.indent(at, to).1 - at;
        }
        if let Some((marks, info)) = fences::fence(self.chars, at, to) {
            return self.fence_line(marks, &info, to);
        }
        if let Some(fence) = self.fence.as_mut().filter(|fence| !fence.prose) {
            return fence.push(from, to);
        }
        if at >= to {
            return self.flush();
        }
        if let Some(row) = tables::row(self.chars, self.marker(at, to).unwrap_or(at), to) {
            self.flush_text();
            if self.rows.is_empty() {
                self.rows_indent = indent;
            }
            return self.rows.push(row);
        }
        if !self.rows.is_empty() {
            self.flush();
        }
        let hashes = (at..to).take_while(|i| self.chars.get(*i) == Some(&'#')).count();
        if (1..=6).contains(&hashes) && self.chars.get(at + hashes).is_none_or(|c| c.is_whitespace()) {
            self.flush();
            return self.heading(hashes, at + hashes, to);
        }
        if self.is_rule(at, to) {
            return self.rule(at);
        }
        let item = self.marker(at, to);
        let preformatted = self.fence.is_some();
        if item.is_some() || self.pending.is_none() || preformatted || self.labelled(at, to) {
            self.flush();
            let start = item.unwrap_or(at);
            self.pending = Some(Pending { from: start, to, lines: 1, item: item.map(|_| indent), indent });
        } else if let Some(pending) = &mut self.pending {
            pending.to = to;
            pending.lines += 1;
        }
    }

    /// The width of the white space that a line begins with, and where it ends.
    fn indent(&self, from: usize, to: usize) -> (usize, usize) {
        let mut width = 0;
        let mut at = from;
        while at < to {
            match self.chars.get(at) {
                Some('\t') => width += 4,
                Some(c) if c.is_whitespace() => width += 1,
                _ => break,
            }
            at += 1;
        }
        (width, at)
    }

    /// Past the marker of a list item.
    fn marker(&self, at: usize, to: usize) -> Option<usize> {
        let c = |i: usize| (i < to).then(|| self.chars.get(i).copied()).flatten();
        let blank = |i: usize| c(i).is_some_and(char::is_whitespace);
        match c(at)? {
            '*' | '-' | '+' | '•' | '·' | '–' | '—' | '●' | '○' | '▪' | '◦' | '‣' if blank(at + 1) => {
                Some(at + 2)
            }
            '(' => {
                let digits = (1..4).take_while(|i| c(at + i).and_then(digit).is_some()).count();
                (digits > 0 && c(at + digits + 1) == Some(')') && blank(at + digits + 2)).then_some(at + digits + 3)
            }
            first if digit(first).is_some() => {
                let digits = (0..4).take_while(|i| c(at + i).and_then(digit).is_some()).count();
                (matches!(c(at + digits), Some('.' | ')' | '、'))
                    && (blank(at + digits + 1) || c(at + digits + 1) == Some('*') || c(at + digits) == Some('、')))
                .then_some(at + digits + 1)
            }
            first if first.is_ascii_alphabetic() && c(at + 1) == Some(')') && blank(at + 2) => Some(at + 3),
            _ => None,
        }
    }

    fn is_rule(&self, at: usize, to: usize) -> bool {
        let line = self.chars.get(at..to).unwrap_or_default();
        let marks = line.iter().filter(|c| !c.is_whitespace()).count();
        marks >= 3 && line.iter().all(|c| c.is_whitespace() || "-*_=~+".contains(*c))
    }

    /// A rule below a single line makes a heading of it.
    fn rule(&mut self, at: usize) {
        let level = match self.chars.get(at) {
            Some('=') => 1,
            Some('-') => 2,
            _ => 0,
        };
        match self.pending.take_if(|pending| level > 0 && pending.lines == 1 && pending.item.is_none()) {
            Some(pending) => self.heading(level, pending.from, pending.to),
            None => self.flush(),
        }
    }

    /// Whether a line begins with a label, so that it is not the line before that goes on: `**Date:** …`, `Total files: 101`.
    fn labelled(&self, at: usize, to: usize) -> bool {
        let line = self.chars.get(at..to).unwrap_or_default();
        let colon = line.iter().take(60).position(|c| matches!(c, ':' | '：' | '='));
        let words = |end: usize| line.get(..end).unwrap_or_default().iter().filter(|c| **c == ' ').count();
        let broken = self.pending.as_ref().is_some_and(|p| self.breaks(p.to) || p.item.is_none() && self.bold(p));
        broken || line.starts_with(&['*', '*']) || colon.is_some_and(|end| words(end) <= 6)
    }

    /// Whether the line that ends at `to` ends with a hard break.
    fn breaks(&self, to: usize) -> bool {
        let last = |n: usize| to.checked_sub(n).and_then(|i| self.chars.get(i)).copied();
        last(1) == Some('\\')
            || last(1) == Some(' ') && last(2) == Some(' ')
            || last(1) == Some('>') && last(2) == Some('r')
    }

    fn fence_line(&mut self, marks: usize, info: &str, to: usize) {
        self.flush();
        if self.fence.as_ref().is_some_and(|fence| info.is_empty() || !fence.prose || marks >= fence.marks) {
            self.close();
            if info.is_empty() {
                return;
            }
        }
        self.fence = Some(Fence::open(self.chars, marks, info, to));
    }

    /// Reads what a fence held.
    fn close(&mut self) {
        let Some(fence) = self.fence.take() else { return };
        let place = self.place(0);
        fence.claims(self.chars, &place, self.sink);
    }

    fn place(&self, indent: usize) -> Place {
        let items =
            self.items.iter().rev().filter(|(at, _)| *at < indent || indent == 0).map(|(_, label)| label.clone());
        Place {
            headings: self.headings.iter().rev().map(|(_, text)| text.clone()).collect(),
            labels: items.chain(self.lead.clone()).filter(|label| !label.is_empty()).collect(),
            key: None,
        }
    }

    fn heading(&mut self, level: usize, from: usize, to: usize) {
        let glyphs = visible(self.chars, from, to);
        self.items.clear();
        self.lead = None;
        self.headings.retain(|(above, _)| *above < level);
        let place = self.place(0);
        let start = numbered(&glyphs, true);
        self.sink.passage(&glyphs, Reading { heading: true, from: start, data: false }, &place, |_| true);
        let text = folded(glyphs.get(start..).unwrap_or_default(), LABEL);
        let text = text.trim_end_matches([':', '：', '#', ' ']).to_owned();
        self.headings.push((level, text));
        if self.headings.len() > LEVELS {
            self.headings.remove(0);
        }
    }

    /// Reads the rows and the passage that wait.
    fn flush(&mut self) {
        self.flush_text();
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            if self.rows_indent == 0 {
                self.items.clear();
            }
            let place = self.place(0);
            Table::new(self.chars, &rows).claims(&place, self.sink);
        }
    }

    fn flush_text(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let glyphs = visible(self.chars, pending.from, pending.to);
        match pending.item {
            Some(indent) => self.item(indent, &glyphs),
            None if self.bold(&pending) => self.heading(7, pending.from, pending.to),
            None => self.paragraph(pending.indent, &glyphs),
        }
    }

    /// Whether a passage is one bold line.
    fn bold(&self, pending: &Pending) -> bool {
        if pending.lines != 1 {
            return false;
        }
        let line: String = self.chars.get(pending.from..pending.to).unwrap_or_default().iter().collect();
        let line = line.trim().trim_end_matches([':', '：']);
        let inner = line.strip_prefix("**").and_then(|rest| rest.strip_suffix("**"));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains("**"))
    }

    fn item(&mut self, indent: usize, glyphs: &Glyphs) {
        self.items.retain(|(above, _)| *above < indent);
        let place = self.place(0);
        let from = numbered(glyphs, false);
        self.sink.passage(glyphs, Reading { heading: false, from, data: false }, &place, |_| true);
        let text = glyphs.get(from..).unwrap_or_default();
        let colon = label_end(text);
        let label = folded(text.get(..colon.unwrap_or(text.len())).unwrap_or_default(), LABEL);
        self.items.push((indent, label));
        if self.items.len() > LEVELS {
            self.items.remove(0);
        }
    }

    fn paragraph(&mut self, indent: usize, glyphs: &Glyphs) {
        if indent == 0 {
            self.items.clear();
        }
        let from = numbered(glyphs, false);
        let place =
            Place { labels: self.items.iter().rev().map(|(_, label)| label.clone()).collect(), ..self.place(0) };
        self.sink.passage(glyphs, Reading { heading: false, from, data: false }, &place, |_| true);
        let text = folded(glyphs, LABEL);
        self.lead = text.strip_suffix([':', '：']).map(str::to_owned);
    }
}

/// Past the number that a heading or an item begins with: `3. Findings`, `2.1 Input`, `四、`.
fn numbered(glyphs: &Glyphs, heading: bool) -> usize {
    let c = |i: usize| glyphs.get(i).map(|g| g.c);
    let start = glyphs.iter().position(|g| !g.c.is_whitespace()).unwrap_or(0);
    let (mut at, mut dots, mut digits) = (start, 0, 0);
    while let Some(here) = c(at).filter(|c| digit(*c).is_some() || *c == '.') {
        if here == '.' {
            dots += 1;
        } else {
            digits += 1;
        }
        at += 1;
    }
    let closed = matches!(c(at), Some(')' | ':' | '、' | '：'));
    let ends = closed || c(at).is_some_and(char::is_whitespace);
    let last_dot = at.checked_sub(1).and_then(c) == Some('.');
    let short = digits > 0 && digits <= 2 + 2 * dots && digits <= 6;
    let word = glyphs
        .get(at + 1..)
        .unwrap_or_default()
        .iter()
        .map(|g| g.c)
        .find(|c| !c.is_whitespace() && !"\"“'‘".contains(*c));
    let capital = word.is_some_and(|c| c.is_uppercase() || c.is_alphabetic() && !c.is_lowercase());
    let section = heading && (closed || last_dot || dots > 0 || capital);
    if short
        && ends
        && (last_dot || closed || section)
        && (heading || last_dot && dots < 4 && digits < 4 || c(at) == Some(')'))
    {
        at
    } else {
        0
    }
}
