//! Markdown that somebody else has written, as HTML: for skeletons, digests, a line of the index, and fragments.
//!
//! The Markdown is not trusted: raw HTML becomes text, pictures become their description (no network), and a link keeps its
//! target only when its scheme is known to be harmless.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::escaped;
use crate::report::REPORT_MARKER;
use crate::report::markdown::anchor;

/// The body of a page: citations link to their facts, and headings have the names that contents link to.
pub(super) fn body(markdown: &str) -> String {
    let mut body = String::with_capacity(markdown.len() * 2);
    let events = TextMergeStream::new(safe(body_of(markdown)));
    pulldown_cmark::html::push_html(&mut body, anchored(link_facts(events)).into_iter());
    body
}

/// One line of Markdown as what stands inside a paragraph.
pub(super) fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    let events = safe(line).filter(|event| {
        matches!(event, Event::Text(_) | Event::Code(_) | Event::Start(Tag::Strong) | Event::End(TagEnd::Strong))
    });
    pulldown_cmark::html::push_html(&mut out, events);
    out
}

/// The body alone, for a mail: styles on the elements, since mail programs drop style sheets.
pub fn fragment(markdown: &str) -> String {
    let mut body = String::with_capacity(markdown.len() * 2);
    pulldown_cmark::html::push_html(&mut body, safe(body_of(markdown)));
    // A "<" in the text is "&lt;" by now, so these are tags of ours.
    let cell = "border:1px solid #c8cdd3;padding:3px 7px;text-align:left;vertical-align:top";
    body.replace("<table>", "<table style=\"border-collapse:collapse\">")
        .replace("<td style=\"", &format!("<td style=\"{cell};"))
        .replace("<th style=\"", &format!("<th style=\"{cell};"))
        .replace("<td>", &format!("<td style=\"{cell}\">"))
        .replace("<th>", &format!("<th style=\"{cell}\">"))
}

/// The text of our own marker comment in the first line.
pub(super) fn marker_of(markdown: &str) -> Option<&str> {
    let first = markdown.lines().next()?;
    let inner = first.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    // "--" would end the comment of the page early.
    (inner.starts_with(REPORT_MARKER) && !inner.contains("--")).then_some(inner)
}

fn body_of(markdown: &str) -> &str {
    match marker_of(markdown) {
        Some(_) => markdown.split_once('\n').map_or("", |(_, body)| body),
        None => markdown,
    }
}

/// The events of `markdown` without anything that could act.
fn safe(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let mut links: Vec<bool> = Vec::new();
    Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(move |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let kept = is_harmless(dest_url);
            links.push(kept);
            kept.then_some(event)
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or(false).then_some(event),
        other => Some(other),
    })
}

/// Whether a link may stay: http, https, mailto, or relative within the same place.
fn is_harmless(url: &str) -> bool {
    // Browsers ignore control characters and blanks inside a scheme, so they must not hide one.
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) || url.starts_with("//") || url.contains('\\') {
        return false;
    }
    let before_path = url.split(['/', '?', '#']).next().unwrap_or(url);
    match before_path.split_once(':') {
        None => true,
        Some((scheme, _)) => ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known)),
    }
}

/// Makes `F12` a target where it begins a row, and a link where it is cited.
fn link_facts<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    let events: Vec<Event> = events.collect();
    let mut targets: HashMap<usize, ()> = HashMap::new();
    let mut known: HashMap<String, ()> = HashMap::new();
    let mut first_cell = false;
    for (i, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::TableRow) => first_cell = true,
            Event::End(TagEnd::TableCell) => first_cell = false,
            Event::Text(text) if first_cell && is_fact(text) && known.insert(text.to_string(), ()).is_none() => {
                targets.insert(i, ());
            }
            _ => {}
        }
    }
    let mut in_code = false;
    let mut out = Vec::with_capacity(events.len());
    for (i, event) in events.into_iter().enumerate() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            _ => {}
        }
        out.push(match event {
            Event::Text(text) if targets.contains_key(&i) => {
                Event::Html(format!("<span id=\"{text}\">{text}</span>").into())
            }
            Event::Text(text) if !in_code => linked(text, &known),
            other => other,
        });
    }
    out
}

/// Gives the headings of sections the names that the contents link to.
fn anchored(mut events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut open: Option<usize> = None;
    let mut title = String::new();
    let mut names: Vec<(usize, String)> = Vec::new();
    for (i, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => open = Some(i),
            Event::Text(text) | Event::Code(text) if open.is_some() => title.push_str(text),
            Event::End(TagEnd::Heading(_)) => {
                names.extend(open.take().map(|at| (at, anchor(&std::mem::take(&mut title)))))
            }
            _ => {}
        }
    }
    for (at, name) in names {
        if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at) {
            *id = Some(name.into());
        }
    }
    events
}

fn linked<'a>(text: CowStr<'a>, known: &HashMap<String, ()>) -> Event<'a> {
    let mut out = String::new();
    let mut any = false;
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let fact = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_fact(fact) && known.contains_key(fact) {
            any = true;
            let tail = word.get(fact.len()..).unwrap_or("");
            out.push_str(&format!("<a href=\"#{fact}\">{fact}</a>{}", escaped(tail)));
        } else {
            out.push_str(&escaped(word));
        }
    }
    if any { Event::Html(out.into()) } else { Event::Text(text) }
}

fn is_fact(word: &str) -> bool {
    word.strip_prefix('F').is_some_and(|digits| {
        (1..=9).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::page_of as html;
    use super::*;

    #[test]
    fn raw_html_and_pictures_become_text() {
        let page = html("t", "a <script>alert(1)</script>\n\n<div onclick=x>\n\n![alt](http://x/p.png)\n");
        assert!(!page.contains("<script") && !page.contains("<div") && !page.contains("<img"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("alt"), "{page}");
    }

    #[test]
    fn only_harmless_links_stay_links() {
        let links = "[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](https://ok/x) [e](x/y.md) \
                     [f](mailto:a@b) [g](//evil/x) <javascript:x> [h](java&#9;script:x) [i](vbscript:x) [j](<java\tscript:x>)";
        let page = fragment(links);
        let kept: Vec<&str> =
            page.match_indices("href=\"").map(|(at, _)| page[at + 6..].split('"').next().unwrap()).collect();
        assert_eq!(kept, ["https://ok/x", "x/y.md", "mailto:a@b"]);
    }

    #[test]
    fn titles_are_escaped_and_the_marker_is_kept() {
        let page = html("a</title><b>", "<!-- chimera-insight:report landing=7 -->\n# x\n");
        assert!(page.starts_with("<!DOCTYPE html>\n<!-- chimera-insight:report landing=7 -->\n"), "{page}");
        assert!(page.contains("<title>a&lt;/title&gt;&lt;b&gt;</title>"), "{page}");
        assert!(!page.contains("&lt;!--"), "{page}");
    }

    #[test]
    fn citations_lead_to_their_facts() {
        let page = html("t", "so it is [F1–F3] and F9\n\n| fact | value |\n| --- | --- |\n| F1 | 2 |\n| F3 | 4 |\n");
        assert!(page.contains("[<a href=\"#F1\">F1</a>–<a href=\"#F3\">F3</a>] and F9"), "{page}");
        assert!(page.contains("<td><span id=\"F1\">F1</span></td><td>2</td>"), "{page}");
    }

    #[test]
    fn a_fragment_carries_its_style_on_the_elements() {
        let mail = fragment("| a | b |\n| --- | ---: |\n| 1 | 2 |\n");
        assert!(mail.contains("<table style=\"border-collapse:collapse\">"), "{mail}");
        assert!(mail.contains("vertical-align:top;text-align: right\">2</td>"), "{mail}");
        assert!(!mail.contains("<td>"), "{mail}");
    }
}
