//! Checks of single texts: is it a glob, an address, a host? Each says what is wrong in words that go on after the key's name.
//!
//! None touches the file system or the network: whether a directory exists or a server answers is for `doctor`.

mod agents;
mod schedule;
mod zone;

use std::net::IpAddr;

use super::error::{Complaint, nearest};
use super::kind::one_of;
use crate::analysis::budget::Limit;
use crate::analysis::selection::Selection;
use crate::artifact;
use crate::hook::{Address, AddressError};
use crate::watch::filter::Filter;

pub(super) use agents::{keep_alive, key_credential, key_variable, label, model, no_secret, optional_url, persona};
pub(super) use schedule::{alert_kind, pause, quiet, severity, weekly};
pub(super) use zone::time_zone;

type Checked = Result<(), Complaint>;

/// A directory to watch: absolute, or below the tree.
pub(super) fn root(text: &str) -> Checked {
    path(text)?;
    if text.is_empty() {
        return Err(Complaint::new("must not hold an empty path").hint("`.` is the tree itself"));
    }
    if !text.starts_with('/') && text.split('/').any(|part| part == "..") {
        return Err(
            Complaint::new(format!("must not leave the tree, as \"{text}\" does")).hint("give an absolute path")
        );
    }
    Ok(())
}

/// A directory that must be named.
pub(super) fn directory(text: &str) -> Checked {
    if text.is_empty() {
        return Err(Complaint::new("must not be empty"));
    }
    path(text)
}

/// A path, or nothing.
pub(super) fn path(text: &str) -> Checked {
    if text.contains('\0') {
        return Err(Complaint::new("must be a path, which holds no NUL"));
    }
    if text.starts_with("~/") {
        return Err(Complaint::new("must be a path as it is; `~` is not expanded").hint("give an absolute path"));
    }
    Ok(())
}

/// A pattern of paths to leave alone, in the manner of `.gitignore` without negation.
pub(super) fn glob(text: &str) -> Checked {
    if text.trim_matches('/').is_empty() {
        return Err(Complaint::new(format!("must hold patterns, and \"{text}\" names nothing")));
    }
    if text.starts_with('!') {
        return Err(Complaint::new(format!("must hold patterns without negation, which \"{text}\" has"))
            .hint("write `[!]` for a leading exclamation mark"));
    }
    // The filter's own word is law: what it refuses later must be refused here, with its place.
    match Filter::new(&[text.to_owned()]) {
        Ok(_) => Ok(()),
        Err(error) => Err(Complaint::new(format!("must hold patterns, which \"{text}\" is not: {}", error.reason))),
    }
}

/// A pattern of paths that a rule holds for.
pub(super) fn rule_glob(text: &str) -> Checked {
    if text.trim_matches('/').is_empty() {
        return Err(Complaint::new(format!("must hold patterns, and \"{text}\" names nothing")));
    }
    if text.starts_with('/') {
        return Err(Complaint::new(format!("must hold paths from the tree or from a root, which \"{text}\" is not"))
            .hint("the path of a file in a root begins with the root's name: \"reports/sweep-*.csv\""));
    }
    if text.starts_with('!') {
        return Err(Complaint::new(format!("must hold patterns without negation, which \"{text}\" has"))
            .hint("write `?` for a leading exclamation mark"));
    }
    match artifact::Rule::new(&[text]) {
        Ok(_) => Ok(()),
        Err(reason) => Err(Complaint::new(format!("must hold patterns, which \"{text}\" is not: {reason}"))),
    }
}

/// A pattern of names of benchmarks, cases or metrics.
pub(super) fn series_glob(text: &str) -> Checked {
    if text.trim().is_empty() {
        return Err(Complaint::new("must hold patterns, not an empty one"));
    }
    // What the selection refuses later must be refused here, with its place.
    match Selection::new(&[text], &[text], &[text]) {
        Ok(_) => Ok(()),
        Err(reason) => Err(Complaint::new(format!("must hold patterns, which \"{text}\" is not: {reason}"))),
    }
}

/// The limit of a budget.
pub(super) fn limit(text: &str) -> Checked {
    // That there must be one is said of the table.
    if text.trim().is_empty() {
        return Ok(());
    }
    match text.parse::<Limit>() {
        Ok(_) => Ok(()),
        Err(error) => {
            let complaint = Complaint::new(format!("must be a limit such as \"<= 200ms\", not \"{text}\": {error}"));
            Err(match error.meant() {
                Some(meant) => complaint.did_you_mean(Some(meant)),
                None => complaint,
            })
        }
    }
}

/// The name of a syntax that a rule can force, or nothing.
pub(super) fn format(text: &str) -> Checked {
    let known = artifact::formats();
    if text.is_empty() || known.contains(&text) {
        return Ok(());
    }
    let complaint = Complaint::new(format!("must be {}, not \"{text}\"", one_of(&known)));
    Err(complaint.did_you_mean(nearest(text, known)))
}

/// Which way is good.
pub(super) fn direction(text: &str) -> Checked {
    const WORDS: [&str; 3] = ["lower", "higher", "neutral"];
    if WORDS.contains(&text) {
        return Ok(());
    }
    Err(Complaint::new(format!("must be {}, not \"{text}\"", one_of(&WORDS))).did_you_mean(nearest(text, WORDS)))
}

/// The name of a column, a key or a metric.
pub(super) fn column(text: &str) -> Checked {
    if text.trim().is_empty() {
        return Err(Complaint::new("must hold names, not an empty one"));
    }
    header(text)
}

/// A word or a phrase in the name of a metric.
pub(super) fn phrase(text: &str) -> Checked {
    if text.chars().any(char::is_alphanumeric) {
        return header(text);
    }
    Err(Complaint::new(format!("must hold words such as \"stalls\" or \"queue depth\", not \"{text}\"")))
}

/// A mail address, with or without a name before it.
pub(super) fn address(text: &str) -> Checked {
    match text.parse::<lettre::message::Mailbox>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Complaint::new(format!("must be a mail address such as \"team@example.org\", not \"{text}\""))),
    }
}

/// A mail address, or nothing.
pub(super) fn optional_address(text: &str) -> Checked {
    if text.is_empty() { Ok(()) } else { address(text) }
}

/// Text that stands in one line of a mail's header.
pub(super) fn header(text: &str) -> Checked {
    if text.chars().any(char::is_control) {
        return Err(Complaint::new("must be one line without control characters"));
    }
    Ok(())
}

/// What a List-Id says: an identifier, with or without angle brackets, which words may precede (RFC 2919); or nothing.
pub(super) fn list_id(text: &str) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_id = |id: &str| !id.is_empty() && id.chars().all(plain) && !id.starts_with('.') && !id.ends_with('.');
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let in_brackets = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    let well = in_brackets.map_or(is_id(text), |(words, id)| words.chars().all(is_word) && is_id(id));
    if text.is_empty() || well {
        return Ok(());
    }
    let inner = text.trim_start_matches(|c| c != '<').trim_start_matches('<').trim_end_matches('>');
    let complaint = Complaint::new("must be letters, digits, `.`, `-` and `_`, as in \"benchmarks.example.org\"");
    Err(complaint.did_you_mean(Some(inner).filter(|inner| !inner.is_empty() && inner.chars().all(plain))))
}

/// A host name or an IP address.
pub(super) fn host(text: &str) -> Checked {
    if bare_host(text).parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    if text.contains("://") || text.contains('@') {
        // Not repeated: a password can be in there.
        return Err(Complaint::new("must be a host name or an IP address, not a URL")
            .hint("give the name alone, and `port`, `security` and `user` in their own keys"));
    }
    let wrong = Complaint::new(format!("must be a host name or an IP address, not \"{text}\""));
    if let Some((host, port)) = text.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()) {
        return Err(wrong.hint(format!("write host = \"{host}\" and port = {port}")));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > 253 || !text.chars().all(plain) { Err(wrong) } else { Ok(()) }
}

/// Whether `host` is this machine for certain, so that nobody on the network can read along.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = bare_host(host).trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Without the brackets that people put around an IPv6 address.
fn bare_host(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

/// What a webhook is called: it stands in rows, in commands and in the keys of routes.
pub(super) fn hook_name(text: &str) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    // That there must be one is said of the table.
    if text.chars().all(plain) && text.len() <= 64 {
        return Ok(());
    }
    Err(Complaint::new("must be at most 64 letters, digits, `.`, `-` and `_`, as in \"team-chat\""))
}

/// The address of a webhook, or nothing. It is not repeated: a key can be in it.
pub(super) fn hook_url(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    match Address::parse(text) {
        Ok(_) => Ok(()),
        Err(error @ AddressError::PlainText(_)) => Err(Complaint::new(error.to_string()).hint("use https")),
        Err(error @ AddressError::Login) => {
            Err(Complaint::new(error.to_string()).hint("what is sent can be signed: `secret_file`"))
        }
        Err(error) => Err(Complaint::new(error.to_string())),
    }
}

/// The name of an environment variable, or nothing. The text is not repeated: it may be a password in the wrong place.
pub(super) fn variable(text: &str) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.chars().all(plain) && !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(Complaint::new("must be the name of an environment variable").hint("the secret itself never stands here"))
}

/// The name of a systemd credential, or nothing. The text is not repeated: it may be a password in the wrong place.
pub(super) fn credential(text: &str) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.chars().all(plain) && !text.starts_with('.') {
        return Ok(());
    }
    Err(Complaint::new("must be the name of a systemd credential").hint("the name before the colon in LoadCredential="))
}

/// A level, or directives as `tracing` has them (`info,chimera_insight::watch=debug`).
pub(super) fn log_filter(text: &str) -> Checked {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for directive in text.split(',').map(str::trim) {
        // The library would take a misspelt level for a module's name and then log everything of that module, that is nothing.
        let bare = directive.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-'));
        if bare && !LEVELS.contains(&directive.to_lowercase().as_str()) {
            let complaint = Complaint::new(format!("must be {}, not \"{directive}\"", LEVELS.join(", ")));
            let level =
                nearest(directive, LEVELS).or(Some("warn").filter(|_| directive.eq_ignore_ascii_case("warning")));
            return Err(complaint.did_you_mean(level));
        }
    }
    match tracing_subscriber::filter::EnvFilter::builder().parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Complaint::new(format!("must be a level or `module=level` directives: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_takes_what_is_usual_and_refuses_what_is_not() {
        type Row = (fn(&str) -> Checked, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (root, &["reports", ".", "a/b", "/srv/x/../y", "a..b"], &["", "../x", "a/../b", "~/x", "a\0"]),
            (glob, &["*.tmp", "**/old/*", "{a,b}.csv", "[ab]*", "old/", "/a/**"], &["", "[", "{a", "/", "!x"]),
            (
                address,
                &["team@localhost", "Perf Team <perf@example.org>"],
                &["", "team", "a@b, c@d", "a@b\r\nBcc: x@y"],
            ),
            (optional_address, &["", "a@b.org"], &["a"]),
            (header, &["", "[chimera]", "größer"], &["a\nb"]),
            (
                list_id,
                &["", "auto", "benchmarks.example.org", "<a.b>", "Our runs <a.b>"],
                &["a b", ".a", "x <a", "<>", "a\n<b>"],
            ),
            (
                host,
                &["localhost", "mx-1.example.org", "127.0.0.1", "::1", "[::1]"],
                &["", "a b", "a:25", "smtp://a", "mäil"],
            ),
            (
                rule_glob,
                &["*.csv", "reports/**/sweep-*.csv", "old/", "{a,b}.json", "./x.csv"],
                &["", "/", "/srv/x.csv", "!x", "[", "{a"],
            ),
            (format, &["", "csv", "json", "markdown"], &["tsv", "CSV"]),
            (direction, &["lower", "higher", "neutral"], &["", "up", "Lower"]),
            (column, &["a", "Mean [ms]", "a.b"], &["", " ", "a\nb"]),
            (phrase, &["frobs", "queue depth", "µ"], &["", "-", "a\tb"]),
            (hook_name, &["", "chat", "team-chat_2.x"], &["a b", "a/b", "größer", "a\nb", "webhook:x"]),
            (
                hook_url,
                &["", "https://hooks.example.org/services/T/B/key", "http://127.0.0.1:9/x?k=v"],
                &["hooks.example.org", "http://hooks.example.org/", "https://me:pw@h/", "https://h/#x", "ftp://h/"],
            ),
            (variable, &["", "SMTP_PASSWORD"], &["1A", "hunter 2", "a-b"]),
            (credential, &["", "smtp-password"], &["../x", "a/b", ".."]),
            (
                log_filter,
                &["info", "WARN", "info,chimera_insight::watch=debug", "off"],
                &["inof", "warning", "a=b=c", ""],
            ),
        ];
        for (check, good, bad) in table {
            for text in *good {
                assert_eq!(check(text), Ok(()), "{text}");
            }
            for text in *bad {
                assert!(check(text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn loopback_is_only_what_certainly_is() {
        assert!(
            ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost."]
                .into_iter()
                .all(is_loopback)
        );
        assert!(!["localhost.example.org", "mail", "10.0.0.1", "::2", ""].into_iter().any(is_loopback));
    }

    #[test]
    fn a_password_in_the_wrong_place_is_not_repeated() {
        for check in [variable, credential, host, hook_url] {
            let complaint = check("smtp://me:hunter 2@mx").unwrap_err();
            assert!(!format!("{complaint:?}").contains("hunter"));
        }
    }
}
