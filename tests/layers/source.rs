//! Just enough of Rust's grammar to list the paths and the string literals that a file names.

/// A path, with `use` trees taken apart: `use a::{b, c::d};` names `a::b` and `a::c::d`.
pub struct Named {
    pub path: Vec<String>,
    pub line: usize,
    /// Whether it stands in a `#[cfg(test)] mod`, which must come last in a file.
    pub in_tests: bool,
}

impl Named {
    /// The module of the crate that the path leads to, when it leaves its own file by `crate::` or by enough `super::`.
    pub fn module(&self, file: &str) -> Option<&str> {
        let supers = self.path.iter().take_while(|segment| *segment == "super").count();
        let skip = match self.path.first()?.as_str() {
            "crate" => 1,
            "super" if supers == depth(file) + usize::from(self.in_tests) => supers,
            _ => return None,
        };
        self.path.get(skip).map(String::as_str)
    }
}

/// How many `super::` lead from a file's module to the crate.
fn depth(file: &str) -> usize {
    let below = file.strip_prefix("src/").unwrap_or(file);
    let own_directory = ["/mod.rs", "lib.rs", "main.rs"].iter().any(|end| below.ends_with(end));
    below.split('/').count() - usize::from(own_directory)
}

/// What a file names.
pub struct Source {
    pub named: Vec<Named>,
    /// String literals with the lines that they begin on.
    pub literals: Vec<Placed<String>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// `::`
    Sep,
    Other(char),
}

/// Something and the line that it stands on.
type Placed<T> = (usize, T);

impl Source {
    pub fn read(text: &str) -> Self {
        let (tokens, literals) = tokens(text);
        let tests = text.find("#[cfg(test)]\nmod ").map_or(usize::MAX, |at| text[..at].lines().count());
        let mut named = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let after_path = matches!(at.checked_sub(1).and_then(|i| tokens.get(i)), Some((_, Token::Sep)));
            match &tokens[at] {
                (_, Token::Word(_)) if !after_path => at = tree(&tokens, at, &[], &mut named),
                _ => at += 1,
            }
        }
        named.retain(|named: &Named| named.path.len() > 1);
        named.iter_mut().for_each(|named| named.in_tests = named.line > tests);
        Self { named, literals }
    }
}

/// Reads a path or a `use` tree from `at` on; returns where it ends.
fn tree(tokens: &[Placed<Token>], mut at: usize, prefix: &[String], named: &mut Vec<Named>) -> usize {
    let mut path = prefix.to_vec();
    let mut line = tokens.get(at).map_or(0, |(line, _)| *line);
    while let Some((here, Token::Word(word))) = tokens.get(at) {
        line = *here;
        path.push(word.clone());
        at += 1;
        if !matches!(tokens.get(at), Some((_, Token::Sep))) {
            break;
        }
        at += 1;
        if let Some((_, Token::Other('{'))) = tokens.get(at) {
            return group(tokens, at + 1, &path, named);
        }
    }
    named.push(Named { path, line, in_tests: false });
    at
}

fn group(tokens: &[Placed<Token>], mut at: usize, prefix: &[String], named: &mut Vec<Named>) -> usize {
    while let Some((_, token)) = tokens.get(at) {
        match token {
            Token::Other('}') => return at + 1,
            Token::Word(word) if word == "as" => at += 2,
            Token::Word(_) => at = tree(tokens, at, prefix, named),
            _ => at += 1,
        }
    }
    at
}

/// Words and signs with their lines, without comments and literals; and the string literals.
fn tokens(text: &str) -> (Vec<Placed<Token>>, Vec<Placed<String>>) {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut literals) = (Vec::new(), Vec::new());
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let begin = line;
        let len = if rest.starts_with(&['/', '/']) {
            rest.iter().position(|&c| c == '\n').unwrap_or(rest.len())
        } else if rest.starts_with(&['/', '*']) {
            comment(rest)
        } else if let Some((len, literal)) = string(rest) {
            literals.push((begin, literal));
            len
        } else if rest[0] == '\'' {
            quote(rest)
        } else if rest[0].is_alphanumeric() || rest[0] == '_' {
            let len = rest.iter().position(|&c| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            tokens.push((begin, Token::Word(rest[..len].iter().collect())));
            len
        } else if rest.starts_with(&[':', ':']) {
            tokens.push((begin, Token::Sep));
            2
        } else {
            if !rest[0].is_whitespace() {
                tokens.push((begin, Token::Other(rest[0])));
            }
            1
        };
        line += rest[..len].iter().filter(|&&c| c == '\n').count();
        at += len;
    }
    (tokens, literals)
}

/// Length of a block comment, which may hold others.
fn comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length and content of a string literal, plain, of bytes or raw.
fn string(rest: &[char]) -> Option<(usize, String)> {
    let prefix = rest.iter().take_while(|c| ['b', 'c', 'r'].contains(c)).take(2).count();
    let raw = rest[..prefix].contains(&'r');
    let hashes = if raw { rest[prefix..].iter().take_while(|&&c| c == '#').count() } else { 0 };
    let start = prefix + hashes + 1;
    if rest.get(start - 1) != Some(&'"') {
        return None;
    }
    let mut at = start;
    while at < rest.len() {
        let closes = rest[at] == '"' && rest[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
        if closes {
            break;
        }
        at += if rest[at] == '\\' && !raw { 2 } else { 1 };
    }
    let end = at.min(rest.len());
    Some(((end + 1 + hashes).min(rest.len()), rest[start.min(end)..end].iter().collect()))
}

/// Length of a character literal, or of the quote of a lifetime.
fn quote(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => rest.iter().skip(3).position(|&c| c == '\'').map_or(1, |at| at + 4),
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}
