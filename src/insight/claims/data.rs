//! Data inside of a report: JSON in a fence, read leniently; every number of it is a claim, said of its path of keys.
//!
//! Broken JSON (comments, missing commas, unclosed brackets) is read as far as its keys and values can be told apart; no nesting is too deep,
//! since the path is cut, not the stack.

use super::glyphs::{Glyph, Glyphs, raw};
use super::number::digit;
use super::scan::Reading;
use super::sink::{Place, Sink};

/// Parts of a path that are kept, the innermost.
const PARTS: usize = 12;
/// Nesting that is followed; deeper brackets keep the path of their parent.
const DEPTH: usize = 256;

/// An open bracket.
#[derive(Debug)]
enum Open {
    Object(String),
    Array(usize),
}

/// Reads `chars[from..to]`, giving its claims to `sink`.
pub(super) fn read(chars: &[char], from: usize, to: usize, place: &Place, sink: &mut Sink) {
    let mut reader =
        Reader { chars, to: to.min(chars.len()), open: Vec::new(), deeper: 0, bare: String::new(), place, sink };
    let mut at = from;
    while at < reader.to && !reader.sink.full() {
        at = reader.step(at).max(at + 1);
    }
}

struct Reader<'a, 'b, 'c> {
    chars: &'a [char],
    to: usize,
    open: Vec<Open>,
    /// Brackets open beyond [`DEPTH`].
    deeper: usize,
    /// The key of the value that comes, outside of any bracket.
    bare: String,
    place: &'a Place,
    sink: &'b mut Sink<'c>,
}

impl Reader<'_, '_, '_> {
    fn c(&self, at: usize) -> Option<char> {
        (at < self.to).then(|| self.chars.get(at).copied()).flatten()
    }

    fn step(&mut self, at: usize) -> usize {
        let Some(c) = self.c(at) else { return at + 1 };
        match c {
            '{' | '[' if self.open.len() >= DEPTH => self.deeper += 1,
            '{' => self.open.push(Open::Object(String::new())),
            '[' => self.open.push(Open::Array(0)),
            '}' | ']' if self.deeper > 0 => self.deeper -= 1,
            '}' | ']' => drop(self.open.pop()),
            ',' => {
                if let Some(Open::Array(index)) = self.open.last_mut() {
                    *index += 1;
                }
            }
            '/' if self.c(at + 1) == Some('/') => return self.line(at),
            '#' => return self.line(at),
            '"' | '“' => return self.string(at),
            _ if digit(c).is_some() || c == '-' => return self.bare(at),
            _ if c.is_alphabetic() || c == '_' => return self.word(at),
            _ => {}
        }
        at + 1
    }

    fn line(&self, at: usize) -> usize {
        (at..self.to).find(|i| self.c(*i) == Some('\n')).unwrap_or(self.to)
    }

    /// A string: a key when a colon follows, else a value, in which there may be prose.
    fn string(&mut self, at: usize) -> usize {
        let mut end = at + 1;
        while self.c(end).is_some_and(|c| c != '"' && c != '”' && c != '\n') {
            end += if self.c(end) == Some('\\') { 2 } else { 1 };
        }
        let end = end.min(self.to);
        if self.colon(end + 1) {
            self.name(self.chars.get(at + 1..end).unwrap_or_default().iter().collect());
            return end + 1;
        }
        for lines in unescaped(self.chars, at + 1, end).split(|g| g.c == '\n') {
            self.value(lines, false);
        }
        end + 1
    }

    fn colon(&self, mut at: usize) -> bool {
        while self.c(at).is_some_and(|c| c == ' ' || c == '\t') {
            at += 1;
        }
        matches!(self.c(at), Some(':' | '：'))
    }

    fn name(&mut self, key: String) {
        let key: String = key.chars().take(80).collect();
        match self.open.last_mut() {
            Some(Open::Object(name)) => *name = key,
            _ => self.bare = key,
        }
    }

    /// A key without quotes, or `true`, `null`, `NaN`.
    fn word(&mut self, at: usize) -> usize {
        let mut end = at;
        while self.c(end).is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            end += 1;
        }
        if self.colon(end) {
            self.name(self.chars.get(at..end).unwrap_or_default().iter().collect());
        }
        end
    }

    /// A number, up to the next blank, comma or bracket.
    fn bare(&mut self, at: usize) -> usize {
        let mut end = at;
        while self.c(end).is_some_and(|c| !c.is_whitespace() && !",]}".contains(c)) {
            end += 1;
        }
        let glyphs = raw(self.chars, at, end);
        self.value(&glyphs, true);
        end
    }

    fn value(&mut self, glyphs: &[Glyph], data: bool) {
        let key = self.path();
        let told = key.to_lowercase();
        // A version or an identifier is no quantity.
        if ["version", "_id", "uuid", "hash"].iter().any(|word| told.ends_with(word)) || told == "id" {
            return;
        }
        let label = key.rsplit('.').next().unwrap_or(&key).to_owned();
        let mut place = self.place.clone();
        if !label.is_empty() {
            place.labels.insert(0, label.clone());
            place.key = Some(key);
        }
        let text: String = glyphs.iter().map(|g| g.c).take(super::TEXT).collect();
        self.sink.passage(glyphs, Reading { data, ..Reading::default() }, &place, |claim| {
            if data {
                claim.text = format!("{label}: {text}");
            }
            true
        });
    }

    /// `results[3].tokens_s`.
    fn path(&self) -> String {
        let mut path = self.bare.clone();
        for open in self.open.iter().skip(self.open.len().saturating_sub(PARTS)) {
            match open {
                Open::Object(key) if path.is_empty() => path.clone_from(key),
                Open::Object(key) if !key.is_empty() => path = format!("{path}.{key}"),
                Open::Object(_) => {}
                Open::Array(index) if !path.is_empty() => path = format!("{path}[{index}]"),
                Open::Array(_) => {}
            }
        }
        path
    }
}

/// A string's characters with `\n` and the like as what they mean.
fn unescaped(chars: &[char], from: usize, to: usize) -> Glyphs {
    let mut out = Vec::new();
    let mut at = from;
    while at < to {
        let Some(c) = chars.get(at).copied() else { break };
        let next = chars.get(at + 1).copied().filter(|_| c == '\\' && at + 1 < to);
        let (c, length) = match next {
            Some('n' | 'r') => ('\n', 2),
            Some('t') => (' ', 2),
            Some(other @ ('"' | '\\' | '/')) => (other, 2),
            _ => (c, 1),
        };
        if c != '*' && c != '`' {
            out.push(Glyph { c, at, end: at + length, code: false });
        }
        at += length;
    }
    out
}
