//! What a number of a passage is said of: the words before it that name it, the clause, the sentence, an exact key.
//!
//! The passage is cut into sentences and clauses once; each number then looks its own up. Words are cut off at [`TEXT`](super::TEXT).

use super::claim::{About, TEXT};
use super::glyphs::{Glyph, folded};
use super::number::digit;
use super::roles;

/// The longest label that stands before a colon.
const LABEL: usize = 120;
/// Labels kept for one number.
const LABELS: usize = 6;

/// The boundaries of a passage, as indices of its glyphs.
pub(super) struct Bounds<'a> {
    glyphs: &'a [Glyph],
    /// Where sentences begin.
    sentences: Vec<usize>,
    /// Marks that end clauses.
    clauses: Vec<usize>,
}

/// Shortened words whose full stop ends no sentence.
const SHORT: &[&str] = &[
    "e.g", "i.e", "approx", "vs", "ca", "cf", "etc", "fig", "no", "min", "max", "avg", "std", "dev", "ref", "resp",
    "z.b", "bzw", "ex", "p.ex", "т.е", "г",
];

impl<'a> Bounds<'a> {
    pub fn of(glyphs: &'a [Glyph]) -> Self {
        let mut bounds = Self { glyphs, sentences: vec![0], clauses: Vec::new() };
        for at in 0..glyphs.len() {
            bounds.mark(at);
        }
        bounds
    }

    fn c(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|g| g.c)
    }

    fn mark(&mut self, at: usize) {
        let Some(c) = self.c(at) else { return };
        let blank = self.c(at + 1).is_none_or(char::is_whitespace);
        let numeric = |at: Option<usize>| at.and_then(|at| self.c(at)).is_some_and(|c| digit(c).is_some());
        let inside = numeric(at.checked_sub(1)) && numeric(Some(at + 1)) || c == ',' && self.before_year(at);
        let ends = match c {
            '.' | '!' | '?' => blank && !self.shortened(at),
            '。' | '！' | '？' | '।' | '؟' => true,
            _ => false,
        };
        if ends {
            self.sentences.push(at + 1);
            self.clauses.push(at);
        }
        let dash = matches!(c, '–' | '—' | '-')
            && blank
            && at.checked_sub(1).and_then(|i| self.c(i)).is_some_and(char::is_whitespace);
        let spaced_number = dash && self.between_numbers(at);
        if matches!(c, ',' | ';' | '(' | ')' | '（' | '）' | '，' | '；' | '、' | '،' | '؛' | '|' | '{' | '}')
            && !inside
            || dash && !spaced_number
        {
            self.clauses.push(at);
        }
        if matches!(c, ':' | '=' | '：') && !inside {
            self.clauses.push(at);
        }
    }

    /// Whether a comma stands between a day and its year: `October 8, 2025`.
    fn before_year(&self, at: usize) -> bool {
        let year: String = self.glyphs.get(at + 1..).unwrap_or_default().iter().map(|g| g.c).take(6).collect();
        let digits = year.trim_start().chars().take_while(char::is_ascii_digit).count();
        let day = at
            .checked_sub(1)
            .and_then(|i| self.c(i))
            .is_some_and(|c| digit(c).is_some() || matches!(c, 'h' | 't' | 'd'));
        day && digits == 4 && (year.trim_start().starts_with("20") || year.trim_start().starts_with("19"))
    }

    /// Whether a dash stands between two numbers: a range.
    fn between_numbers(&self, at: usize) -> bool {
        let before = (1..14).filter_map(|n| self.c(at.checked_sub(n)?)).any(|c| digit(c).is_some());
        let after = self.glyphs.get(at + 1..).unwrap_or_default().iter().map(|g| g.c).find(|c| !c.is_whitespace());
        before && after.is_some_and(|c| digit(c).is_some() || c == '~')
    }

    fn shortened(&self, at: usize) -> bool {
        let slice = self.glyphs.get(at.saturating_sub(7)..at).unwrap_or_default();
        let word: String = slice.iter().rev().map(|g| g.c).take_while(|c| c.is_alphabetic() || *c == '.').collect();
        let word: String = word.chars().rev().collect::<String>().to_lowercase();
        let next = self.glyphs.get(at + 1..).unwrap_or_default().iter().map(|g| g.c).find(|c| !c.is_whitespace());
        let goes_on = next.is_some_and(|c| c.is_lowercase() || digit(c).is_some() || matches!(c, ',' | ')'));
        SHORT.contains(&word.trim_start_matches('.')) && (goes_on || word.contains('.'))
    }

    /// The sentence around `at`.
    fn sentence(&self, at: usize) -> (usize, usize) {
        let next = self.sentences.partition_point(|start| *start <= at);
        let start = next.checked_sub(1).and_then(|i| self.sentences.get(i)).copied().unwrap_or(0);
        (start, self.sentences.get(next).copied().unwrap_or(self.glyphs.len()))
    }

    /// The last of `marks` before `at`.
    fn last(marks: &[usize], at: usize) -> Option<usize> {
        marks.partition_point(|mark| *mark < at).checked_sub(1).and_then(|i| marks.get(i)).copied()
    }

    /// The clause around `from..past`.
    fn clause(&self, from: usize, past: usize) -> (usize, usize) {
        let (start, end) = self.sentence(from);
        let first = Self::last(&self.clauses, from).map_or(start, |mark| mark + 1).max(start);
        let next = self.clauses.partition_point(|mark| *mark < past);
        (first, self.clauses.get(next).copied().unwrap_or(end).min(end).max(past))
    }

    /// What is said of the number at `from..past`; `outer` are the labels that stand above the passage, nearest first.
    pub fn about(&self, from: usize, past: usize, outer: &[String]) -> About {
        let (start, end) = self.sentence(from);
        let (first, last) = self.clause(from, past);
        let mut label = self.labels(start, first, from);
        if let Some(lead) = self.lead(from) {
            push(&mut label, lead);
        }
        for text in outer {
            push(&mut label, text.clone());
        }
        label.truncate(LABELS);
        About {
            key: label.iter().take(3).find_map(|text| key(text)),
            label,
            clause: folded(self.window(first, last, from), TEXT),
            sentence: self.text(start, end, from),
            ..About::default()
        }
    }

    /// The sentence, or as much around the number as fits.
    fn text(&self, start: usize, end: usize, from: usize) -> String {
        folded(self.window(start, end, from), TEXT)
    }

    fn window(&self, start: usize, end: usize, from: usize) -> &[Glyph] {
        let start = if end - start > TEXT { start.max(from.saturating_sub(TEXT / 2)) } else { start };
        self.glyphs.get(start..end.min(start + 2 * TEXT)).unwrap_or_default()
    }

    /// The names before the number, nearest first: the words of its clause, what stands before the bracket or colon that opens it.
    fn labels(&self, start: usize, first: usize, from: usize) -> Vec<String> {
        let mut labels = Vec::new();
        let (mut first, mut from) = (first, from);
        for _ in 0..3 {
            push(&mut labels, name(self.window(first.max(from.saturating_sub(LABEL)), from, from)));
            let Some(mark) = first.checked_sub(1).filter(|mark| *mark >= start) else { break };
            match self.c(mark) {
                Some(':' | '=' | '：') => {
                    let from = self.opened(mark, start);
                    push(&mut labels, name(self.glyphs.get(from..mark).unwrap_or_default()));
                    break;
                }
                Some('(' | '（') => {
                    from = mark;
                    first = Self::last(&self.clauses, mark).map_or(start, |m| m + 1).max(start);
                }
                // Nothing names it in its own clause: the one before may.
                Some(',' | '，' | ';' | '；' | '、' | '،') if labels.is_empty() => {
                    from = mark;
                    first = Self::last(&self.clauses, mark).map_or(start, |m| m + 1).max(start);
                }
                // Behind a comma inside of brackets the bracket's name still holds.
                Some(',' | '，' | '、') => match self.bracket(mark, start) {
                    Some(open) => {
                        from = open;
                        first = Self::last(&self.clauses, open).map_or(start, |m| m + 1).max(start);
                    }
                    None => break,
                },
                _ => break,
            }
        }
        labels
    }

    /// Where the label before the colon at `mark` begins: brackets are part of it.
    fn opened(&self, mark: usize, start: usize) -> usize {
        let mut depth = 0usize;
        let least = start.max(mark.saturating_sub(LABEL));
        let mut at = mark;
        while at > least {
            match self.c(at - 1) {
                Some(')' | '）' | ']') => depth += 1,
                Some('(' | '（' | '[') if depth > 0 => depth -= 1,
                Some('(' | '（' | ',' | ';' | '，' | '；' | '{' | ':' | '：' | '=') if depth == 0 => return at,
                _ => {}
            }
            at -= 1;
        }
        at
    }

    /// The bracket that is open at `mark`.
    fn bracket(&self, mark: usize, start: usize) -> Option<usize> {
        let least = start.max(mark.saturating_sub(LABEL));
        (least..mark)
            .rev()
            .find(|at| matches!(self.c(*at), Some('(' | '（' | ')' | '）')))
            .filter(|at| matches!(self.c(*at), Some('(' | '（')))
    }

    /// The label that the passage begins with, up to its first colon.
    fn lead(&self, from: usize) -> Option<String> {
        let colon = label_end(self.glyphs).filter(|colon| *colon < from)?;
        Some(name(self.glyphs.get(..colon).unwrap_or_default()))
    }
}

/// Where the label ends that a passage begins with: at the first colon outside of brackets.
pub(super) fn label_end(glyphs: &[Glyph]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, glyph) in glyphs.iter().enumerate().take(LABEL) {
        match glyph.c {
            '(' | '[' | '（' => depth += 1,
            ')' | ']' | '）' => depth = depth.saturating_sub(1),
            ':' | '：' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

fn push(labels: &mut Vec<String>, text: String) {
    if !text.is_empty() && !labels.contains(&text) {
        labels.push(text);
    }
}

/// Words as a name: no quotes, bullets or vague words at the edges.
fn name(glyphs: &[Glyph]) -> String {
    let text = folded(glyphs, LABEL);
    let text = text.trim_matches(|c: char| c.is_whitespace() || "\"“”‘’'`:：=•*-–—.,{}[$€~≈<>≤≥±+".contains(c));
    let text = roles::vague(text);
    let words = text.split_whitespace().count();
    let empty =
        words <= 2 && text.split_whitespace().all(|word| EMPTY.contains(&word.to_lowercase().trim_end_matches('.')));
    if empty || !text.chars().any(char::is_alphabetic) {
        String::new()
    } else {
        text.strip_prefix("and ").unwrap_or(text).to_owned()
    }
}

/// Words that name nothing by themselves.
const EMPTY: &[&str] = &[
    "e.g",
    "i.e",
    "and",
    "or",
    "ranging",
    "ranges",
    "range",
    "varying",
    "with",
    "which",
    "reaching",
    "bis",
    "et",
    "und",
    "z.b",
    "the",
    "a",
    "an",
    "observed",
    "values",
    "value",
    "total",
    "only",
    "just",
    "is",
    "are",
    "was",
    "were",
    "von",
    "de",
    "at",
    "comprising",
    "resulting",
    "including",
];

/// The last word of `text` that is an exact key or path: `json_results[3].tokens_s`, `latency_ms`.
pub(super) fn key(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| c.is_whitespace() || "\"'`“”‘’,;(){}|".contains(c));
    let exact = |word: &&str| {
        let word = word.trim_end_matches(['.', ':']);
        let inner = word.contains('_') || word.contains("].") || dotted(word);
        inner
            && word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]-/%".contains(c))
    };
    let found = words.rfind(exact)?.trim_end_matches(['.', ':']);
    let found = if found.contains('[') { found } else { found.trim_end_matches(']') };
    Some(found.to_owned())
}

/// `summary.mean`: words joined by full stops, none of them a short form.
fn dotted(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() > 1 && parts.iter().all(|part| part.len() > 1 && part.starts_with(|c: char| c.is_ascii_alphabetic()))
}
