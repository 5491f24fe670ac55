//! Text in a chart: foreign names cleaned, cut and escaped for XML, numbers short.
//!
//! It cannot fail: whatever XML forbids or a reader cannot see is left out.

use crate::domain::run::short_commit;
use crate::domain::units::Unit;
use crate::report::number;

/// At most `most` characters, with an ellipsis when something is cut; nothing invisible, nothing that turns the direction of the text,
/// and blanks as single spaces; not yet escaped.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut clean = String::new();
    let mut blank = false;
    for c in text.chars().filter(|&c| !is_hidden(c)) {
        if c.is_whitespace() {
            blank = !clean.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            clean.push(' ');
        }
        clean.push(c);
        if clean.chars().count() > most {
            let kept: String = clean.chars().take(most.saturating_sub(1)).collect();
            return format!("{}…", kept.trim_end());
        }
    }
    clean
}

/// The same, fit for text and attributes of XML and HTML.
pub(super) fn label(text: &str, most: usize) -> String {
    escape(&cut(text, most))
}

/// Fit for text and attributes of XML and HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A unit as people write it; foreign ones cut short, not escaped.
pub(super) fn unit_symbol(unit: &Unit) -> String {
    match unit.as_str() {
        "count" => String::new(),
        "percent" => "%".to_owned(),
        "ratio" => "×".to_owned(),
        _ => cut(unit.symbol(), 12),
    }
}

/// A value to the last digit, with its unit, not escaped.
pub(super) fn exact(value: f64, unit: &Unit) -> String {
    format!("{} {}", number::exact(value), unit_symbol(unit)).trim_end().to_owned()
}

/// A value to four digits with its unit, not escaped.
pub(super) fn rounded(value: f64, unit: &Unit) -> String {
    format!("{} {}", number::number(value), unit_symbol(unit)).trim_end().to_owned()
}

/// A commit: its first digits, or the name, cut; not escaped.
pub(super) fn commit(name: &str) -> String {
    cut(short_commit(name), 12)
}

/// A commit for whoever asks for it: whole, unless its name is longer than any hash; not escaped.
pub(super) fn whole_commit(name: &str) -> String {
    cut(name, 64)
}

/// About how wide a text is in CSS pixels at the size of charts, in a wide font.
pub(super) fn width(text: &str) -> f64 {
    let wide = |c: char| match c {
        ' ' | ',' | '.' | ':' | ';' | '/' | '-' | '|' | '(' | ')' | 'i' | 'j' | 'l' | 'f' | 't' | 'I' => 4.1,
        'm' | 'w' | 'M' | 'W' => 10.7,
        'A'..='Z' | '+' | '=' => 8.0,
        c if c.is_ascii() => 7.0,
        _ => 11.0,
    };
    text.chars().map(wide).sum()
}

/// The words of a text in lines of at most so many CSS pixels, as far as words allow it.
pub(super) fn lines(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + width(" ") + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Controls, characters without width, those that turn the direction of text, and what is no character at all.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}
