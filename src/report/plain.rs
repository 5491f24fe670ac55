//! Our own Markdown as plain text that nobody renders: names as they are, in back-ticks where they are code, no escapes.
//!
//! What steers a terminal or turns the reading order has been spelt out before, and stays so. It cannot fail: what is no escape and no
//! reference of ours stays as it stands.

/// The text without the escapes that only a renderer takes out, line by line.
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        self::line(line, &mut out);
        out.push('\n');
    }
    out
}

fn line(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '`', '&']) {
        let (before, marked) = rest.split_at(at);
        out.push_str(before);
        let (shown, behind) =
            escaped(marked).or_else(|| code(marked)).or_else(|| reference(marked)).unwrap_or_else(|| {
                let end = marked.chars().next().map_or(0, char::len_utf8);
                let (one, behind) = marked.split_at(end);
                (one.to_owned(), behind)
            });
        out.push_str(&shown);
        rest = behind;
    }
    out.push_str(rest);
}

/// A character behind a backslash.
fn escaped(text: &str) -> Option<(String, &str)> {
    let behind = text.strip_prefix('\\')?;
    let next = behind.chars().next().filter(char::is_ascii_punctuation)?;
    Some((next.to_string(), behind.get(next.len_utf8()..)?))
}

/// A code span, with its marks: in it nothing is escaped.
fn code(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('`')?;
    let end = inner.find('`')?.checked_add(2)?;
    Some((text.get(..end)?.to_owned(), text.get(end..)?))
}

/// A character reference of those that we write.
fn reference(text: &str) -> Option<(String, &str)> {
    let end = text.char_indices().take(6).find(|(_, c)| *c == ';').map(|(at, _)| at)?;
    let (name, behind) = (text.get(1..end)?, text.get(end.checked_add(1)?..)?);
    let shown = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        name => {
            let code = name
                .strip_prefix('#')
                .filter(|digits| digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()))?;
            code.parse().ok().and_then(char::from_u32).filter(char::is_ascii_punctuation)?
        }
    };
    Some((shown.to_string(), behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::same_words;
    use crate::report::escape;

    #[test]
    fn names_and_prose_read_as_they_are() {
        for (foreign, shown) in [
            ("BM_Sort<std::vector<int>>", "BM_Sort<std::vector<int>>"),
            ("a|b", "a|b"),
            ("x_y & co &amp; &#60;", "x_y & co &amp; &#60;"),
            ("[x](y) *b* \\ #1", "[x](y) *b* \\ #1"),
            ("a\u{202e}b\u{1b}[0m", "a\\u{202e}b\\u{1b}[0m"),
        ] {
            assert_eq!(plain(&escape::prose(foreign)), format!("{shown}\n"));
            let name = escape::name(foreign);
            assert_eq!(plain(&name).trim_end().trim_matches('`'), shown, "{name}");
        }
        assert_eq!(plain("`a&lt;b` & `c\\|` x\\q &nope; &#9999;"), "`a&lt;b` & `c\\|` x\\q &nope; &#9999;\n");
    }

    #[test]
    fn it_says_the_words_of_the_markdown() {
        for foreign in ["a|b`c", "<i>&amp;#60;</i>", "\\*_x_*", "p99 `12` 3", "&#124;|"] {
            let markdown = format!("- {} of {}: 3\n", escape::name(foreign), escape::prose(foreign));
            assert_eq!(same_words(&markdown, &plain(&markdown)), None, "{markdown}");
        }
        assert!(same_words("a 3 &lt; b", "a 4 < b").is_some());
        assert!(same_words("a 3", "a 3\nb").is_some());
    }
}
