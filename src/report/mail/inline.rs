//! A line of our own Markdown as HTML for mails: text escaped, names as code, and nothing else.
//!
//! The Markdown is not trusted: whatever is neither text nor a code span becomes text or goes, so no element and no link of foreign
//! making can come out.

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};

/// Stands before the line, so that it can begin no list, heading or quotation.
const LEAD: &str = "x ";

/// How a name looks.
const CODE: &str = "font-family:Consolas,Menlo,monospace;font-size:93%;word-break:break-word;overflow-wrap:anywhere";

/// How a command looks: it stands apart, so that one stroke marks it whole.
const COMMAND: &str = "display:block;margin:2px 0 6px 0;padding:4px 8px;background-color:#ffffff;color:#1c2024;border:1px solid #d0d5db;\
                       font-family:Consolas,Menlo,monospace;font-size:93%;word-break:break-word;overflow-wrap:anywhere";

/// What a command begins with.
const PROGRAM: &str = "chimera-insight ";

/// The line as elements that may stand in a paragraph.
pub(super) fn inline(line: &str) -> String {
    read(line, |code| {
        let style = if code.starts_with(PROGRAM) { COMMAND } else { CODE };
        // A bare number is a number and no name.
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { escape(code) } else { format!("<code style=\"{style}\">{}</code>", escape(code)) }
    })
}

/// The line as a reader sees it, escaped for an attribute.
pub(super) fn attribute(line: &str) -> String {
    read(line, escape)
}

fn read(line: &str, code: impl Fn(&str) -> String) -> String {
    let source = format!("{LEAD}{}", line.replace(['\n', '\r'], " "));
    let mut out = String::with_capacity(line.len() * 2);
    let (mut leads, mut behind_command) = (true, false);
    for event in TextMergeStream::new(Parser::new_ext(&source, Options::empty())) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let own = if std::mem::take(&mut leads) { text.strip_prefix(LEAD).unwrap_or(&text) } else { &text };
                if std::mem::take(&mut behind_command) {
                    // What ends or parts a sentence would stand alone beneath a command.
                    out.push(' ');
                    out.push_str(&escape(own.trim_start_matches(['.', ',', ';', ' '])));
                } else {
                    out.push_str(&escape(own));
                }
            }
            Event::Code(text) => {
                out.push_str(&code(&text));
                behind_command = text.starts_with(PROGRAM);
            }
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
        let seen = |line: &str| {
            inline(line).replace(&format!(" style=\"{CODE}\""), "").replace(&format!(" style=\"{COMMAND}\""), " class")
        };
        assert_eq!(seen("`a<b` of &lt;i&gt; \\*x\\* &#124;"), "<code>a&lt;b</code> of &lt;i&gt; *x* |");
        assert_eq!(seen("# no heading"), "# no heading");
        assert_eq!(seen("- no `list`"), "- no <code>list</code>");
        assert_eq!(seen("1. no list"), "1. no list");
        assert_eq!(seen("    no code"), "    no code");
        assert_eq!(seen("[a](javascript:b) <img src=x onerror=y> ![c](http://d)"), "a &lt;img src=x onerror=y&gt; c");
        assert_eq!(
            seen("`12`: `chimera-insight a 1`, or `x`."),
            "12: <code class>chimera-insight a 1</code> or <code>x</code>."
        );
        assert_eq!(attribute("`a\"b` of 'c'"), "a&quot;b of &#39;c&#39;");
    }
}
