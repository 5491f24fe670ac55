//! A draft becomes the bytes that go over the wire and never change again.
//!
//! The bytes are pure ASCII with lines of at most 998 characters, each ended by CRLF, whatever the draft holds: every server takes
//! them unchanged, and no text out of a file can add a header. Equal drafts give equal bytes. It fails only for an address or an
//! identifier that is none; subjects and bodies are cleaned, never refused, because a regression mail must go out.

use std::fmt::Write;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, MessageBuilder, MultiPart, SinglePart};

use super::address::{self, AddressError};
use crate::report::Chart;

/// A mail to compose. The bodies are finished: the caller has rendered and escaped them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The sender, `Name <user@host>` or `user@host`.
    pub from: String,
    /// The one recipient, in the same form.
    pub to: String,
    /// Cut after 250 characters.
    pub subject: String,
    /// Must say everything by itself.
    pub text: String,
    pub html: String,
    /// The picture that the HTML shows by its Content-ID.
    pub chart: Option<Chart>,
    /// Of this mail to this recipient, `<hex>@<domain>` without angle brackets; see [`message_id`].
    pub message_id: String,
    /// Written in whole seconds; before 1970 as 1970.
    pub date: Timestamp,
    /// The Message-ID of the mail that began the thread.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, oldest first; `in_reply_to` when left empty.
    pub references: Vec<String>,
    /// What the header says: `Benchmarks <bench.example.org>`, or the identifier alone; without one there is no such header.
    pub list_id: Option<String>,
    /// More headers to filter on; their names begin with `X-`. Values are cut after 500 characters.
    pub headers: Vec<(String, String)>,
}

/// Why a draft cannot become a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("`{}` is not a Message-ID of the form name@domain", .0.escape_debug())]
    MessageId(String),
    #[error("`{}` is not a header that a draft may set: its name must be X- and then letters, digits and hyphens", .0.escape_debug())]
    HeaderName(String),
    #[error("the mail cannot be built: {0}")]
    Build(String),
}

const LONGEST_SUBJECT: usize = 250;
const LONGEST_HEADER: usize = 500;
const LONGEST_ID: usize = 250;

/// A Message-ID without angle brackets, from 16 fresh random bytes and the domain of the sender.
///
/// A host name that is no domain (`bench_3.lan`) is made into one, so that the result is always valid.
pub fn message_id(entropy: [u8; 16], domain: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let domain: String = domain.chars().map(safe).take(LONGEST_ID - 33).collect();
    let labels: Vec<&str> = domain.split('.').filter(|label| !label.is_empty()).collect();
    let domain = if labels.is_empty() { "localhost".to_owned() } else { labels.join(".") };
    let mut id = String::with_capacity(33 + domain.len());
    for byte in entropy {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id + "@" + &domain
}

/// The bytes of `draft`: multipart/alternative, the text first; the HTML alone, or with its picture as multipart/related.
///
/// # Errors
/// When an address, a Message-ID or the name of an extra header is not one.
pub fn compose(draft: &Draft) -> Result<Vec<u8>, ComposeError> {
    let mut mail = Message::builder()
        .from(address::mailbox(&draft.from)?)
        .to(address::mailbox(&draft.to)?)
        .subject(header_text(&draft.subject, LONGEST_SUBJECT))
        .date(SystemTime::from(draft.date.max(Timestamp::UNIX_EPOCH)))
        .message_id(Some(bracketed(&draft.message_id)?));
    mail = thread_headers(mail, draft)?;
    if let Some(list) = &draft.list_id {
        mail = mail.raw_header(header("List-Id", &list_id(list))?);
    }
    mail = mail.raw_header(header("Auto-Submitted", "auto-generated")?);
    for (name, value) in &draft.headers {
        mail = mail.raw_header(extra_header(name, value)?);
    }
    let body = MultiPart::alternative()
        .boundary(boundary("", &draft.message_id))
        .singlepart(SinglePart::plain(body_text(&draft.text)));
    let html = SinglePart::html(body_text(&draft.html));
    let body = match &draft.chart {
        Some(chart) => body.multipart(related(&draft.message_id)?.singlepart(html).singlepart(picture(chart)?)),
        None => body.singlepart(html),
    };
    mail.multipart(body).map(|message| message.formatted()).map_err(|error| ComposeError::Build(error.to_string()))
}

/// What holds the HTML and what it shows; RFC 2387 wants the type of its root named.
fn related(message_id: &str) -> Result<MultiPart, ComposeError> {
    let kind = format!("multipart/related; type=\"text/html\"; boundary=\"{}\"", boundary("related", message_id));
    let kind = ContentType::parse(&kind).map_err(|error| ComposeError::Build(error.to_string()))?;
    Ok(MultiPart::builder().header(kind).build())
}

/// The picture, for the HTML alone: a mail program has no reason to list it among the attachments.
fn picture(chart: &Chart) -> Result<SinglePart, ComposeError> {
    // Checks the identifier, which is ours.
    let id = bracketed(&chart.cid)?;
    let kind = ContentType::parse("image/png").map_err(|error| ComposeError::Build(error.to_string()))?;
    let bytes = Body::new_with_encoding(chart.png.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| ComposeError::Build("the picture cannot be encoded".to_owned()))?;
    let id = id.trim_matches(['<', '>']).to_owned();
    Ok(Attachment::new_inline_with_name(id, "course.png".to_owned()).body(bytes, kind))
}

fn thread_headers(mut mail: MessageBuilder, draft: &Draft) -> Result<MessageBuilder, ComposeError> {
    if let Some(first) = &draft.in_reply_to {
        mail = mail.in_reply_to(bracketed(first)?);
    }
    let thread = if draft.references.is_empty() { draft.in_reply_to.as_slice() } else { draft.references.as_slice() };
    if thread.is_empty() {
        return Ok(mail);
    }
    let ids: Vec<String> = thread.iter().map(|id| bracketed(id)).collect::<Result<_, _>>()?;
    Ok(mail.references(ids.join(" ")))
}

/// Derived from the Message-ID instead of lettre's random one, so that equal drafts give equal bytes. Nobody who writes a body
/// can know it, because the Message-ID is random.
fn boundary(of: &str, message_id: &str) -> String {
    let hash = blake3::hash(format!("{of}{message_id}").as_bytes()).to_hex();
    format!("chimera-{}", hash.get(..32).unwrap_or(&hash))
}

fn bracketed(id: &str) -> Result<String, ComposeError> {
    let allowed = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c);
    match id.split_once('@') {
        Some((name, domain))
            if id.len() <= LONGEST_ID
                && !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && id.chars().all(allowed) =>
        {
            Ok(format!("<{id}>"))
        }
        _ => Err(ComposeError::MessageId(id.chars().take(LONGEST_ID).collect())),
    }
}

/// The identifier of a list stands in angle brackets (RFC 2919, section 3).
fn list_id(text: &str) -> String {
    let text = text.trim();
    if text.contains('<') && text.ends_with('>') { text.to_owned() } else { format!("<{text}>") }
}

/// Only `X-` headers, so that a draft can neither replace nor double one of those set above.
fn extra_header(name: &str, value: &str) -> Result<HeaderValue, ComposeError> {
    let is_extra = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    if !is_extra || name.len() < 3 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(ComposeError::HeaderName(name.to_owned()));
    }
    header(name, value)
}

fn header(name: &str, value: &str) -> Result<HeaderValue, ComposeError> {
    let wrong = |_| ComposeError::HeaderName(name.to_owned());
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(wrong)?;
    Ok(HeaderValue::new(name, header_text(value, LONGEST_HEADER)))
}

/// One line of printable text. `=?` would let a text of a file pose as an encoded word, which mail readers decode.
/// The limit keeps a word that cannot be folded within a line of 998 characters.
fn header_text(text: &str, limit: usize) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    let printable = words.join(" ").replace("=?", "= ?");
    if printable.chars().count() <= limit {
        return printable;
    }
    let mut cut: String = printable.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Lines ended by CRLF (lettre would see to that too, in quadratic time), and no control character that a server could stumble
/// over.
fn body_text(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut body = String::with_capacity(lines.len() + lines.len() / 32);
    for c in lines.chars() {
        match c {
            '\n' => body.push_str("\r\n"),
            '\t' => body.push(c),
            c if c.is_control() => body.push('\u{fffd}'),
            c => body.push(c),
        }
    }
    body
}
