//! What the status of an answer means (RFC 9110): taken, not now, or never.
//!
//! | status | meaning |
//! | --- | --- |
//! | 2xx | taken |
//! | 301, 308 | moved for good: the address of the configuration is wrong, so refused for good |
//! | 302, 303, 307 | elsewhere for now: tried again here, since what is told goes to no other host |
//! | 408, 425 | this message not now |
//! | 429, 5xx | nothing now; `Retry-After` is respected, in seconds or as a date |
//! | any other | refused for good |

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};

use super::{Delivery, Scope};

/// No pause that a server asks for is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 3600);
/// A server's words are cut there, characters.
const LONGEST: usize = 200;

/// What became of a message that was answered like this.
pub(super) fn meaning(status: StatusCode, headers: &HeaderMap, words: &str, now: Timestamp) -> Delivery {
    let said = said(status, words);
    let deferred = |scope: Scope| Delivery::Deferred { scope, reason: said.clone(), wait: retry_after(headers, now) };
    match status.as_u16() {
        200..=299 => Delivery::Accepted { response: said },
        301 | 308 => {
            Delivery::Rejected { reason: format!("{said}; it moved for good{}: correct its url", to(headers)) }
        }
        302 | 303 | 307 => {
            let reason = format!("{said}; it points elsewhere{}, which is not followed", to(headers));
            Delivery::Deferred { scope: Scope::Address, reason, wait: retry_after(headers, now) }
        }
        408 | 425 => deferred(Scope::Message),
        429 | 500..=599 => deferred(Scope::Address),
        _ => Delivery::Rejected { reason: said },
    }
}

/// `200 OK: ok`: status, its usual name, and the server's words.
fn said(status: StatusCode, words: &str) -> String {
    let name = status.canonical_reason().map(|name| format!(" {name}")).unwrap_or_default();
    let words = one_line(words);
    let words = if words.is_empty() { words } else { format!(": {words}") };
    format!("{}{name}{words}", status.as_u16())
}

/// Where a redirect leads, by its host.
fn to(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let url = location.and_then(|location| reqwest::Url::parse(location).ok());
    url.as_ref().and_then(reqwest::Url::host_str).map(|host| format!(" (to {host})")).unwrap_or_default()
}

/// How long to wait: seconds, or the time until a date (RFC 9110, 10.2.3). What cannot be read, or is over, is nothing.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            // The dates of HTTP are those of mail, in GMT.
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Duration::try_from(at.duration_since(now)).ok()?
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Foreign text for people: printable, on one line, of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() || steers(c) { ' ' } else { c };
    let printable: String = text.chars().take(LONGEST * 8).map(plain).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

/// Whether a character is not seen, or turns the reading order (Unicode Standard Annex #9).
fn steers(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&'static str, &'static str)]) -> Delivery {
        let headers = headers.iter().map(|(name, value)| {
            let name = reqwest::header::HeaderName::from_static(name);
            (name, reqwest::header::HeaderValue::from_static(value))
        });
        let now = "2026-03-04T05:06:07Z".parse().expect("a time");
        meaning(StatusCode::from_u16(status).expect("a status"), &headers.collect(), "no\n\u{1b}[31m", now)
    }

    #[test]
    fn each_status_means_one_of_three_things() {
        for status in [200, 201, 202, 204] {
            assert!(matches!(of(status, &[]), Delivery::Accepted { .. }), "{status}");
        }
        for status in [300, 301, 304, 308, 400, 401, 403, 404, 405, 410, 413, 422] {
            assert!(matches!(of(status, &[]), Delivery::Rejected { .. }), "{status}");
        }
        for status in [408, 425] {
            assert!(matches!(of(status, &[]), Delivery::Deferred { scope: Scope::Message, .. }), "{status}");
        }
        for status in [302, 303, 307, 429, 500, 501, 502, 503, 504, 599] {
            assert!(matches!(of(status, &[]), Delivery::Deferred { scope: Scope::Address, .. }), "{status}");
        }
        assert_eq!(of(200, &[]), Delivery::Accepted { response: "200 OK: no [31m".to_owned() });
        let moved = of(308, &[("location", "https://new.example.org/services/s3cret")]);
        let reason = "308 Permanent Redirect: no [31m; it moved for good (to new.example.org): correct its url";
        assert_eq!(moved, Delivery::Rejected { reason: reason.to_owned() });
    }

    #[test]
    fn a_server_says_when_to_come_again() {
        let wait = |value: &'static str| match of(429, &[("retry-after", value)]) {
            Delivery::Deferred { wait, .. } => wait,
            other => panic!("{other:?}"),
        };
        for (value, expected) in [
            ("30", Some(30)),
            ("0", Some(0)),
            ("Wed, 04 Mar 2026 05:07:07 GMT", Some(60)),
            ("Wed, 04 Mar 2026 05:00:00 GMT", None),
            ("99999999999", Some(7200)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait(value), expected.map(Duration::from_secs), "{value}");
        }
    }
}
