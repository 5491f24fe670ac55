//! The mails: one for all that a landing broke, later news of the same alerts, the note that closes them, and the digests.
//!
//! What one landing broke in one benchmark stands together, because it may well have one cause. A mail is first a [`Letter`]: lines of
//! Markdown in order. Its text part is those lines and says everything; its HTML part is the same lines in tables that every mail program
//! renders, with the course of the worst regression as a picture inside the mail. It cannot fail: a course that cannot be drawn is
//! told in characters alone.

mod digest;
mod headline;
mod html;
mod inline;
mod letter;
mod tags;
mod tell;
mod text;

use jiff::Timestamp;

use crate::domain::zone::Zone;
use crate::insight::{AlertLine, History, Judged, worst_first};
pub use digest::{Held, HeldMail, Week, held, weekly};
use headline::Headline;
use letter::Letter;
pub use tell::levels_again;

/// A regression and the alert that fired about it.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub judged: Judged,
    pub alert: AlertLine,
    pub onset: Onset,
}

/// How a regression came to be news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Onset {
    /// It fires for the first time.
    #[default]
    New,
    /// It fires again soon after it was resolved, in the same thread.
    Reopened,
    /// It flapped, and has stayed bad for a day.
    Stayed,
    /// The alert fired before, and more of it is worse now.
    Grew,
}

/// An alert that is told of in sentences, because no verdict on a series says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub alert: AlertLine,
    pub kind: NoticeKind,
    /// One plain sentence each, with its numbers; may be foreign text.
    pub sentences: Vec<String>,
}

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// It fires, or more of it does.
    Fires,
    /// It fires again soon after it was resolved.
    Reopens,
    /// It flapped, and has stayed bad for a day.
    Stays,
    /// It opens again and again: from now on there is a digest a day.
    Flaps,
    /// It still fires and nobody has taken it; when it is said again, if it is.
    Reminds { next: Option<Timestamp> },
    /// What one that flaps did within a day.
    Flapped,
}

/// What a mail tells.
#[derive(Debug, Clone, Copy)]
pub struct MailNews<'a> {
    /// What subjects begin with: `[chimera]`.
    pub prefix: &'a str,
    /// Name of the tree.
    pub tree: &'a str,
    pub fired: &'a [News],
    pub notices: &'a [Notice],
    pub resolved: &'a [AlertLine],
    /// Where the report is, as text.
    pub report_path: Option<&'a str>,
    /// What times are shown in.
    pub zone: &'a Zone,
    /// The course of the worst of `fired` (of the first notice when nothing fired), to be drawn.
    pub history: Option<&'a History>,
}

/// A mail without its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailBody {
    /// One line, without control characters.
    pub subject: String,
    /// A line of Markdown that lists of mails show behind the subject; it stands first in the HTML, unseen.
    pub preview: String,
    /// Markdown: what the other forms are made of, and checked against.
    pub text: String,
    /// The same as the plain text that goes out.
    pub plain: String,
    pub html: String,
    /// The picture that the HTML shows.
    pub chart: Option<Chart>,
    /// Headers to filter on, of which names and values are ours or escaped: `X-Chimera-Kind` and so on.
    pub headers: Vec<(String, String)>,
}

/// A picture inside a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Its Content-ID without angle brackets: `<name>@<domain>`.
    pub cid: String,
    pub png: Vec<u8>,
    /// A line of Markdown: what stands where the picture cannot be shown.
    pub alt: String,
}

/// Alerts told in full at most; each of the others has a line.
const TOLD: usize = 20;
/// Bytes of HTML: Gmail shows the first 102 kB of a mail.
const MOST: usize = 100_000;

/// Composes the mail about what a landing brought. Where it would be longer than mail programs show, fewer alerts are told in full.
pub fn mail(news: &MailNews) -> MailBody {
    let mut fired: Vec<&News> = news.fired.iter().collect();
    fired.sort_by(|a, b| worst_first(&a.judged, &b.judged));
    let mut resolved: Vec<&AlertLine> = news.resolved.iter().collect();
    resolved.sort_by_key(|alert| alert.id);
    let mut notices: Vec<&Notice> = news.notices.iter().collect();
    notices.sort_by_key(|notice| (notice.alert.key.kind, notice.alert.id));
    let headline = Headline::new(news.tree, &fired, &notices, &resolved);
    let chart = tell::chart(news);
    let headers = tags::of(&fired, &notices, &resolved);
    let mut told = TOLD;
    loop {
        let letter = tell::letter(news, &headline, chart.as_ref(), (&fired, &notices, &resolved), told);
        let body = body(headline.subject(news.prefix), &letter, chart.clone(), headers.clone());
        if body.html.len() <= MOST || told <= 1 {
            return body;
        }
        told /= 2;
    }
}

fn body(subject: String, letter: &Letter, chart: Option<Chart>, headers: Vec<(String, String)>) -> MailBody {
    let text = text::text(letter);
    MailBody {
        html: html::html(&subject, letter),
        plain: super::plain::plain(&text),
        text,
        preview: letter.preview.clone(),
        subject,
        chart,
        headers,
    }
}

/// HTML of a text that was cut after it was composed: plain, and of nothing but that text.
pub fn mail_html(subject: &str, preview: &str, text: &str) -> String {
    html::of_text(subject, preview, text)
}

#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod tests;
