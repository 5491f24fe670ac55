//! Foreign text made harmless in Markdown, readable still when nobody renders it.

/// Characters shown of one piece of foreign prose; names are shown whole, because people look for them.
const PROSE: usize = 400;

/// Foreign prose: nothing in it is markup any more, it stays on one line, and it is cut at a sensible length.
pub(super) fn prose(text: &str) -> String {
    cut(text, PROSE)
}

/// The same of our own words with foreign names in them, which are never cut: a formula without its end says nothing.
pub(super) fn whole(text: &str) -> String {
    cut(text, usize::MAX)
}

/// Foreign prose as it is shown, before any format escapes it: on one line, and cut at a sensible length.
pub(super) fn quoted(text: &str) -> String {
    shown(text, PROSE)
}

fn shown(text: &str, most: usize) -> String {
    let mut visible = visible(text);
    if let Some((end, _)) = visible.char_indices().nth(most) {
        visible.truncate(end);
        visible.push('…');
    }
    visible
}

fn cut(text: &str, most: usize) -> String {
    let shown = shown(text, most);
    let mut out = String::with_capacity(shown.len());
    let mut before = ' ';
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        match c {
            '|' => out.push_str("&#124;"),
            '&' if after == '#' || after.is_ascii_alphabetic() => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// Stands for a name of blanks alone.
pub(super) const NAMELESS: &str = "(no name)";

/// A name out of the data, as code; where code cannot hold it in a table (`|`, `` ` ``), as escaped text.
pub(super) fn name(text: &str) -> String {
    let visible = visible(text);
    if visible.trim().is_empty() {
        return NAMELESS.to_owned();
    }
    if visible.contains(['|', '`']) {
        return visible.chars().map(entity).collect();
    }
    // Code spans lose a blank at both ends.
    let pad = if visible.starts_with(' ') || visible.ends_with(' ') { " " } else { "" };
    format!("`{pad}{visible}{pad}`")
}

fn entity(c: char) -> String {
    match c {
        c if c.is_ascii_punctuation() && !matches!(c, '/' | '.' | ',' | ':' | '=' | '-') => {
            format!("&#{};", u32::from(c))
        }
        c => c.to_string(),
    }
}

/// One line without characters that steer a terminal or turn the reading order: those become `\u{…}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            // How a pictograph is drawn is seen.
            '\u{fe0e}' | '\u{fe0f}' if is_drawn(before) => out.push(c),
            c if steers(c) || hides(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Characters that show nothing, or nothing of their own: two names that differ by one look the same (Unicode's
/// `Default_Ignorable_Code_Point`, the blank Braille pattern, stand-ins, private use and non-characters).
fn hides(c: char) -> bool {
    matches!(
        u32::from(c),
        0x34f | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x2800 | 0x3164 | 0xe000..=0xf8ff | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xffa0 | 0xfff0..=0xfff8 | 0xfffc | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0080..=0x10_ffff
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Symbols that have a form as text and one as a picture.
fn is_drawn(c: char) -> bool {
    matches!(c, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2190}'..='\u{2bff}' | '〰' | '〽' | '㊗' | '㊙' | '\u{1f000}'..='\u{1faff}')
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_unless_a_table_would_break_them() {
        assert_eq!(name("reports/a.csv"), "`reports/a.csv`");
        assert_eq!(name("<script>x</script>"), "`<script>x</script>`");
        assert_eq!(name("a|b`c"), "a&#124;b&#96;c");
        assert_eq!(name("a\\|b"), "a&#92;&#124;b");
        assert_eq!(name(""), "(no name)");
    }

    #[test]
    fn prose_loses_its_markup_and_its_line_breaks() {
        assert_eq!(prose("a | *b* _c_ d_e <i>\n# f"), "a &#124; \\*b\\* \\_c\\_ d_e &lt;i&gt; # f");
        assert_eq!(prose("[x](javascript:y) & co &amp; &#60;"), "\\[x\\](javascript:y) & co &amp;amp; &amp;#60;");
        assert_eq!(prose("a\u{202e}b\u{1b}[0m"), "a\\\\u{202e}b\\\\u{1b}\\[0m");
        for hidden in ['\u{3164}', '\u{2800}', '\u{34f}', '\u{e0101}', '\u{fffc}', '\u{e001}', '\u{fe0f}', '\u{1ffff}']
        {
            assert_eq!(name(&format!("a{hidden}b")), format!("`a\\u{{{:x}}}b`", u32::from(hidden)));
        }
        assert_eq!(name("❤\u{fe0f} ä 名 e\u{301}"), "`❤\u{fe0f} ä 名 e\u{301}`");
        assert_eq!(prose(&"x".repeat(1000)).chars().count(), PROSE + 1);
    }
}
