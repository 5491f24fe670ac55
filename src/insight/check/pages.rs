//! A page must show the very same numbers as the report beside it, in the same order.
//!
//! What is drawn is no text: a chart states nothing of its own, and its axes are scales.

use super::inline::Inline;
use super::numbered;

/// The first word with numeric characters in which the page `html` differs from the report `markdown`, as (report, page). The marks
/// that end a clause are no part of its words: a page may set apart what a sentence strings together.
pub fn same_numbers(markdown: &str, html: &str) -> Option<(String, String)> {
    let (report, page) = (words_of_report(markdown), words_of_page(html));
    let (mut report, mut page) = (report.split_whitespace(), page.split_whitespace());
    // A page may set what a sentence says apart, without the marks between.
    let bare = |word: &str| word.trim_end_matches(['.', ',', ';', ':']).to_owned();
    let next = |words: &mut std::str::SplitWhitespace| words.find(|word| word.chars().any(char::is_numeric)).map(bare);
    loop {
        match (next(&mut report), next(&mut page)) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => return Some((one.unwrap_or_default(), other.unwrap_or_default())),
        }
    }
}

/// The first line in which plain text differs from what a reader sees of the Markdown that it was made of, as (Markdown, plain text).
/// Marks of code and emphasis, and blanks, are no words.
pub fn same_words(markdown: &str, plain: &str) -> Option<(String, String)> {
    let bare = |text: &str| text.chars().filter(|c| !matches!(c, '`' | '*') && !c.is_whitespace()).collect::<String>();
    let (mut lines, mut shown) = (markdown.lines(), plain.lines());
    loop {
        match (lines.next(), shown.next()) {
            (None, None) => return None,
            (Some(line), Some(text)) if bare(&Inline::read(line).shown) == bare(text) => {}
            (line, text) => return Some((line.unwrap_or_default().to_owned(), text.unwrap_or_default().to_owned())),
        }
    }
}

/// The visible text of a report: comments and the numbers of lists are not shown as text by a page.
fn words_of_report(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for line in markdown.lines().map(str::trim).filter(|line| !line.starts_with("<!--")) {
        let text = numbered(line).map_or(line, |(_, text)| text);
        if text.starts_with('|') {
            super::table::cells(text).into_iter().for_each(|cell| {
                out.push_str(&Inline::read(cell).shown);
                out.push(' ');
            });
        } else {
            out.push_str(&Inline::read(text).shown);
        }
        out.push('\n');
    }
    out
}

/// The visible text of a page: elements that part words part them here too.
fn words_of_page(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    // Drawings may stand in drawings.
    let mut drawings = 0_usize;
    while let Some((text, behind)) = rest.split_once('<') {
        if drawings == 0 {
            out.push_str(&unescape(text));
        }
        let comment = behind.strip_prefix("!--").and_then(|inner| inner.split_once("-->"));
        if let Some((_, behind)) = comment {
            rest = behind;
            continue;
        }
        let (tag, behind) = behind.split_once('>').unwrap_or((behind, ""));
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        if !matches!(name, "a" | "b" | "code" | "em" | "span" | "strong" | "time" | "wbr") {
            out.push(' ');
        }
        match name {
            "svg" if tag.starts_with('/') => drawings = drawings.saturating_sub(1),
            "svg" if !tag.ends_with('/') => drawings += 1,
            _ => {}
        }
        // What stands in the head of a page is not its text.
        let hidden = ["style", "title"].into_iter().find(|hidden| name == *hidden && !tag.starts_with('/'));
        rest = match hidden.and_then(|name| behind.split_once(&format!("</{name}>"))) {
            Some((_, behind)) => behind,
            None => behind,
        };
    }
    out.push_str(&unescape(rest));
    out
}

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&#x27;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_only_number_by_number() {
        let report = "<!-- x landing=1 -->\n# At 3\n\n1. `a=1` &amp; **2.5 ms** [F1, F2]\n\n| n 1 | b |\n| --- | --- |\n| 4 &lt; 5 | `6` |\n";
        let page = "<!doctype html><!-- x landing=1 --><html><style>h1{font:16px}</style><title>7</title><h1>At 3</h1><ol><li><code>a=1</code> \
                    &amp; <strong>2.5 ms</strong> [<a href=\"#F1\">F1</a>, F2]</li></ol><table style=\"width:9\"><tr><th>n 1</th>\
                    <th>b</th></tr><tr><td>4 &lt; 5</td><td><code>6</code></td></tr></table></html>";
        assert_eq!(same_numbers(report, page), None);
        let drawn =
            page.replace("</h1>", "</h1><svg role=\"img\"><title id=\"c\">9</title><svg><text>8</text></svg> 7</svg>");
        assert_eq!(same_numbers(report, &drawn), None);
        assert_eq!(same_numbers(report, &page.replace("2.5 ms", "2.5 ms, 8")), Some(("[F1".into(), "8".into())));
        assert_eq!(same_numbers(report, &page.replace("2.5 ms", "2.5, ms.")), None);
        assert_eq!(same_numbers(report, &page.replace("2.5", "2.6")), Some(("2.5".into(), "2.6".into())));
        assert_eq!(same_numbers(report, &page.replace("<code>6</code>", "")), Some(("6".into(), String::new())));
    }
}
