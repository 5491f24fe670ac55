//! Text without its marks: the characters that a reader sees, each with its place in the original.
//!
//! Markdown emphasis, code ticks, escapes, link targets, HTML tags and entities are taken out, here and nowhere else; what is left keeps
//! its offsets, in Unicode scalar values. Marks that do not close are characters: nothing can fail.

/// A visible character and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub c: char,
    /// Where it begins in the text, in scalar values.
    pub at: usize,
    /// Just past it.
    pub end: usize,
    /// Inside of code ticks.
    pub code: bool,
}

/// A string of them.
pub(super) type Glyphs = Vec<Glyph>;

/// How far a link target, a tag or an entity may reach.
const TARGET: usize = 2000;
const TAG: usize = 300;

/// The visible characters of `chars[from..to]`.
pub(super) fn visible(chars: &[char], from: usize, to: usize) -> Glyphs {
    let to = to.min(chars.len());
    let mut reader = Reader { chars, to, at: from, code: 0, unclosed: 0, out: Vec::new() };
    while reader.at < to {
        reader.step();
    }
    reader.out
}

/// Characters as they are, without reading marks: for data.
pub(super) fn raw(chars: &[char], from: usize, to: usize) -> Glyphs {
    let slice = chars.get(from..to.min(chars.len())).unwrap_or_default();
    slice.iter().enumerate().map(|(i, c)| Glyph { c: *c, at: from + i, end: from + i + 1, code: false }).collect()
}

/// The text of `glyphs`, white space folded, trimmed, at most `most` scalar values.
pub(super) fn folded(glyphs: &[Glyph], most: usize) -> String {
    let mut out = String::new();
    let (mut count, mut blank) = (0, false);
    for glyph in glyphs {
        if glyph.c.is_whitespace() {
            blank = count > 0;
            continue;
        }
        if count + usize::from(blank) >= most {
            break;
        }
        if blank {
            out.push(' ');
            count += 1;
        }
        blank = false;
        out.push(glyph.c);
        count += 1;
    }
    out
}

struct Reader<'a> {
    chars: &'a [char],
    to: usize,
    at: usize,
    /// Ticks of the open code span; 0 outside.
    code: usize,
    /// No bracket closes a link's target before here.
    unclosed: usize,
    out: Glyphs,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        let at = self.at.checked_add(ahead).filter(|at| *at < self.to)?;
        self.chars.get(at).copied()
    }

    fn push(&mut self, c: char, length: usize) {
        self.out.push(Glyph { c, at: self.at, end: self.at + length, code: self.code > 0 });
        self.at += length;
    }

    fn run(&self, c: char) -> usize {
        let mut length = 0;
        while self.peek(length) == Some(c) {
            length += 1;
        }
        length
    }

    fn step(&mut self) {
        let Some(c) = self.peek(0) else { return self.at += 1 };
        match c {
            '`' => {
                let ticks = self.run('`');
                self.code = if self.code == 0 {
                    ticks
                } else if self.code == ticks {
                    0
                } else {
                    self.code
                };
                self.at += ticks;
            }
            _ if self.code > 0 => self.push(c, 1),
            '\\' if self.peek(1).is_some_and(|next| next.is_ascii_punctuation()) => {
                let next = self.peek(1).unwrap_or(c);
                self.at += 1;
                self.push(next, 1);
            }
            '*' => self.star(),
            '~' if self.peek(1) == Some('~') => self.at += 2,
            '_' => self.underscore(),
            '[' if self.footnote() => {}
            '!' if self.peek(1) == Some('[') => self.at += 1,
            ']' if self.peek(1) == Some('(') => self.target(),
            '<' => self.tag(),
            '&' => self.entity(),
            _ => self.push(c, 1),
        }
    }

    /// Stars are marks, but for one between numbers or blanks, which multiplies.
    fn star(&mut self) {
        let stars = self.run('*');
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied();
        let after = self.peek(stars);
        let alone = |c: Option<char>| c.is_some_and(|c| c == ' ' || c.is_ascii_digit());
        if stars == 1 && alone(before) && alone(after) && !self.out.is_empty() {
            return self.push('*', 1);
        }
        self.at += stars;
    }

    /// Underscores are marks at the edge of a word, and characters inside.
    fn underscore(&mut self) {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let length = self.run('_');
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied().filter(|_| !self.out.is_empty());
        if word(before) && word(self.peek(length)) || length > 3 {
            for _ in 0..length {
                self.push('_', 1);
            }
            return;
        }
        self.at += length;
    }

    /// `[3]`, `[^note]`, `[F12]`, `[12, 13]`: notes, not numbers. An index (`results[3]`) is glued to its word and stays.
    fn footnote(&mut self) -> bool {
        let glued =
            self.out.last().is_some_and(|last| last.end == self.at && (last.c.is_alphanumeric() || last.c == '_'));
        if glued || self.peek(1).is_none_or(|c| !(c == '^' || c == 'F' || c.is_ascii_digit())) {
            return false;
        }
        let mut length = 1;
        while let Some(c) = self.peek(length) {
            if c == ']' {
                let list = self.peek(1) != Some('^') && self.array(length);
                if !list && self.peek(length + 1) != Some('(') {
                    self.at += length + 1;
                    return true;
                }
                return false;
            }
            if length > 24 || !(c.is_ascii_alphanumeric() || "^, -".contains(c)) {
                return false;
            }
            length += 1;
        }
        false
    }

    /// Whether the brackets hold an array or an interval rather than a note: they follow a colon, a comma or an equals sign, or hold more
    /// digits than a note's number has.
    fn array(&self, length: usize) -> bool {
        let opens = self.out.iter().rev().map(|g| g.c).find(|c| !c.is_whitespace()).is_none_or(|c| ":=,(".contains(c));
        let digits = (1..length).filter(|i| self.peek(*i).is_some_and(|c| c.is_ascii_digit())).count();
        let parts = (1..length).filter(|i| self.peek(*i) == Some(',')).count() + 1;
        let letters = (1..length).any(|i| self.peek(i).is_some_and(char::is_alphabetic));
        !letters && (opens || digits > 3 * parts)
    }

    /// The target of a link.
    fn target(&mut self) {
        let from = self.unclosed.saturating_sub(self.at).max(2);
        let inside = |i: &usize| self.peek(*i).is_some_and(|c| c != '\n');
        let close = (from..TARGET).take_while(inside).find(|i| self.peek(*i) == Some(')'));
        if close.is_none() {
            self.unclosed = self.at + TARGET;
        }
        let blank = close.is_some_and(|close| (2..close).any(|i| self.peek(i) == Some(' ')));
        match close.filter(|_| !blank) {
            Some(length) => self.at += length + 1,
            None => self.push(']', 1),
        }
    }

    /// An HTML tag gives a blank; other `<` are characters.
    fn tag(&mut self) {
        let opens = self.peek(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let close =
            (1..TAG).take_while(|i| self.peek(*i).is_some_and(|c| c != '<')).find(|i| self.peek(*i) == Some('>'));
        match close.filter(|_| opens) {
            Some(length) => self.push(' ', length + 1),
            None => self.push('<', 1),
        }
    }

    /// A character reference (HTML 13.5); unknown ones are characters.
    fn entity(&mut self) {
        let close = (1..12).take_while(|i| self.peek(*i).is_some()).find(|i| self.peek(*i) == Some(';'));
        let Some(length) = close else { return self.push('&', 1) };
        let name: String = (1..length).filter_map(|i| self.peek(i)).collect();
        match named(&name) {
            Some(c) => self.push(c, length + 1),
            None => self.push('&', 1),
        }
    }
}

fn named(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let parsed = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => code.parse().ok(),
        };
        return parsed.and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "thinsp" | "ensp" | "emsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "minus" => '−',
        "plusmn" => '±',
        "times" => '×',
        "micro" => 'µ',
        "asymp" | "approx" => '≈',
        "le" => '≤',
        "ge" => '≥',
        "deg" => '°',
        "frac12" => '½',
        _ => return None,
    })
}
