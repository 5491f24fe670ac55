//! A report: an analysis as Markdown, that Markdown as a page or as part of a mail, and the mail about regressions.
//!
//! Pure text work that cannot fail. The danger lies in the text itself, since names and cells come from files that anybody can
//! write: all foreign text is escaped on the way into Markdown, and raw HTML and unknown link schemes are dropped on the way
//! out of it, so that neither step has to trust the other.

pub mod chart;
mod digest;
mod escape;
mod hook;
mod html;
mod index;
mod mail;
mod markdown;
#[cfg(test)]
mod metrics_tests;
mod number;
mod plain;
pub mod plot;
mod prose;
mod sparkline;
mod tables;
#[cfg(test)]
mod tests;

pub use digest::{Digest, DigestAlert, DigestReport, Improved, answer, digest};
pub use hook::{Posting, hook, hook_test};
pub use html::{fragment, html, page_of};
pub use index::{IndexRow, index};
pub use mail::{
    Chart, Held, HeldMail, MailBody, MailNews, News, Notice, NoticeKind, Onset, Week, held, levels_again, mail,
    mail_html, weekly,
};
pub use markdown::markdown;
pub use number::{columns, finely, told};
pub use plain::plain;
pub use sparkline::sparkline;

/// Stands in the first comment of every report of ours, so that reports are never read as results.
pub const REPORT_MARKER: &str = "chimera-insight:report";
