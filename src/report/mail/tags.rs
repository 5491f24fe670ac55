//! Headers that people filter mails on: what kind of alerts a mail tells of, whose they are, and what became of them.

use std::collections::BTreeSet;

use super::{HeldMail, News, Notice, NoticeKind, Onset};
use crate::domain::severity::Severity;
use crate::insight::AlertLine;
use crate::report::escape;

/// Values that one header names; a list of all that a broad landing broke is of no use to a filter.
const NAMED: usize = 8;

/// The headers of a mail about these alerts.
pub(super) fn of(fired: &[&News], notices: &[&Notice], resolved: &[&AlertLine]) -> Vec<(String, String)> {
    let noticed = notices.iter().map(|notice| &notice.alert);
    let alerts: Vec<&AlertLine> =
        fired.iter().map(|news| &news.alert).chain(noticed).chain(resolved.iter().copied()).collect();
    let states = fired.iter().map(|news| match news.onset {
        Onset::New | Onset::Stayed | Onset::Grew => "firing",
        Onset::Reopened => "reopened",
    });
    let states = states.chain(notices.iter().map(|notice| match notice.kind {
        NoticeKind::Fires | NoticeKind::Stays => "firing",
        NoticeKind::Reopens => "reopened",
        NoticeKind::Flaps | NoticeKind::Flapped => "flapping",
        NoticeKind::Reminds { .. } => "reminder",
    }));
    let states = states.chain(resolved.iter().map(|_| "resolved"));
    let headers = [
        ("Kind", list(alerts.iter().map(|alert| alert.key.kind.as_str()))),
        ("Benchmark", list(alerts.iter().map(|alert| alert.key.benchmark.as_str()))),
        ("Metric", list(alerts.iter().map(|alert| alert.key.metric.as_str()))),
        ("State", list(states)),
    ];
    let named = headers.into_iter().filter(|(_, value)| !value.is_empty());
    named.map(|(name, value)| (format!("X-Chimera-{name}"), value)).collect()
}

/// The header of a digest: `digest` or `weekly`.
pub(super) fn kind(kind: &str) -> Vec<(String, String)> {
    vec![("X-Chimera-Kind".to_owned(), kind.to_owned())]
}

/// Distinct values in order, parted by commas.
fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: BTreeSet<&str> = values.filter(|value| !value.is_empty()).collect();
    let mut named: Vec<String> = values.iter().take(NAMED).map(|value| escape::visible(value)).collect();
    if values.len() > NAMED {
        named.push("…".to_owned());
    }
    named.join(", ")
}

/// How bad what these headers are of is.
pub(super) fn severity(headers: &[(String, String)]) -> Option<Severity> {
    let value = headers.iter().find(|(name, _)| name == "X-Chimera-Severity").map(|(_, value)| value)?;
    Severity::from_word(value)
}

/// The headers of a digest of these mails: whatever one of them had, and the worst severity.
pub(super) fn of_held(mails: &[HeldMail]) -> Vec<(String, String)> {
    let mut headers = kind("digest");
    for name in ["X-Chimera-Benchmark", "X-Chimera-Metric", "X-Chimera-State"] {
        let all = mails.iter().flat_map(|mail| &mail.headers).filter(|(own, _)| own == name);
        let value = list(all.flat_map(|(_, value)| value.split(", ")));
        headers.extend((!value.is_empty()).then(|| (name.to_owned(), value)));
    }
    let worst = mails.iter().filter_map(|mail| severity(&mail.headers)).max();
    headers.extend(worst.map(|worst| ("X-Chimera-Severity".to_owned(), worst.as_str().to_owned())));
    headers
}
