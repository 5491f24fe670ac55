//! A line of our own Markdown as HTML for mails: text escaped, names as code, and nothing else.
//!
//! The Markdown is not trusted: whatever is neither text nor a code span becomes text or goes, so no element and no link of foreign
//! making can come out.

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};

/// Stands before the line, so that it can begin no list, heading or quotation.
const LEAD: &str = "x ";

/// How a name looks.
pub(super) const CODE: &str = "font-family:Consolas,Menlo,monospace;font-size:92%;color:#1c2024;background-color:#eef0f3;padding:1px 4px;\
                    word-break:break-word;overflow-wrap:anywhere";

/// What a command begins with.
const PROGRAM: &str = "chimera-insight ";

/// The line as elements that may stand in a paragraph. A command stands apart, so that one stroke marks it whole.
pub(super) fn inline(line: &str) -> String {
    read(line, |code| {
        let apart = if code.starts_with(PROGRAM) { ";display:inline-block;padding:2px 6px" } else { "" };
        format!("<code style=\"{CODE}{apart}\">{}</code>", escape(code))
    })
}

/// The line as a reader sees it, escaped for an attribute.
pub(super) fn attribute(line: &str) -> String {
    read(line, escape)
}

fn read(line: &str, code: impl Fn(&str) -> String) -> String {
    let source = format!("{LEAD}{}", line.replace(['\n', '\r'], " "));
    let mut out = String::with_capacity(line.len() * 2);
    let mut leads = true;
    for event in TextMergeStream::new(Parser::new_ext(&source, Options::empty())) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let own = if std::mem::take(&mut leads) { text.strip_prefix(LEAD).unwrap_or(&text) } else { &text };
                out.push_str(&escape(own));
            }
            Event::Code(text) => out.push_str(&code(&text)),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_text_and_code_whatever_it_holds() {
        let seen = |line: &str| inline(line).replace(&format!(" style=\"{CODE}\""), "");
        assert_eq!(seen("`a<b` of &lt;i&gt; \\*x\\* &#124;"), "<code>a&lt;b</code> of &lt;i&gt; *x* |");
        assert_eq!(seen("# no heading"), "# no heading");
        assert_eq!(seen("- no `list`"), "- no <code>list</code>");
        assert_eq!(seen("1. no list"), "1. no list");
        assert_eq!(seen("    no code"), "    no code");
        assert_eq!(seen("[a](javascript:b) <img src=x onerror=y> ![c](http://d)"), "a &lt;img src=x onerror=y&gt; c");
        assert_eq!(attribute("`a\"b` of 'c'"), "a&quot;b of &#39;c&#39;");
    }
}
