//! Mail addresses, checked before they reach a header or a server.
//!
//! Only ASCII addresses: an address beyond ASCII needs SMTPUTF8 on every server of the way, so that a mail to it may be lost
//! halfway. A domain beyond ASCII has a spelling in ASCII (`xn--…`).

use lettre::Address;
use lettre::message::Mailbox;

/// The longest path that a mail server has to accept (RFC 5321, 4.5.3.1.3, without the brackets).
const LONGEST_ADDRESS: usize = 254;
/// A display name is cut there: as many characters of two bytes still fit into one line of a header.
const LONGEST_NAME: usize = 200;

/// Why a text is not an address that we send to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a mail address: {reason}", .text.escape_debug())]
pub struct AddressError {
    pub text: String,
    pub reason: String,
}

/// The bare address in `text`, which may be `user@host` or `Display Name <user@host>`.
///
/// # Errors
/// When `text` is not an address, is not ASCII (the display name may be anything printable) or is too long.
pub fn bare(text: &str) -> Result<String, AddressError> {
    mailbox(text).map(|mailbox| mailbox.email.to_string())
}

/// `text` as a mailbox for a header.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, AddressError> {
    let wrong = |reason: String| AddressError { text: text.chars().take(LONGEST_ADDRESS).collect(), reason };
    if text.chars().any(char::is_control) {
        return Err(wrong("it holds a control character".to_owned()));
    }
    // lettre's own parser of `Name <address>` wants special characters of the name in quotes; people do not write them.
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", text.trim()),
    };
    if name.contains(['<', '>']) {
        return Err(wrong("it holds more than one address".to_owned()));
    }
    if !address.is_ascii() {
        return Err(wrong("it holds a letter beyond ASCII; write its domain in the form xn--…".to_owned()));
    }
    if address.len() > LONGEST_ADDRESS {
        return Err(wrong(format!("it is longer than {LONGEST_ADDRESS} characters")));
    }
    let email: Address = address.parse().map_err(|error: lettre::address::AddressError| wrong(error.to_string()))?;
    let name = (!name.is_empty()).then(|| name.chars().take(LONGEST_NAME).collect());
    Ok(Mailbox::new(name, email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_write() {
        assert_eq!(bare("team@localhost").as_deref(), Ok("team@localhost"));
        assert_eq!(bare(" Perf, Team (EU) <perf@example.org> ").as_deref(), Ok("perf@example.org"));
        assert_eq!(bare("\"Perf\" <perf+ci@mail.example.org>").as_deref(), Ok("perf+ci@mail.example.org"));
        assert_eq!(bare("Prüfstand <perf@example.org>").as_deref(), Ok("perf@example.org"));
        assert_eq!(bare("root@[127.0.0.1]").as_deref(), Ok("root@[127.0.0.1]"));
    }

    #[test]
    fn refuses_what_would_break_the_conversation() {
        let long = format!("a@{}.org", "x".repeat(300));
        let refused = [
            "",
            "team",
            "@example.org",
            "a@",
            "a b@example.org",
            "a@example.org> SIZE=1",
            "a@example.org,b@example.org",
            "a@example.org\r\nRCPT TO:<b@example.org>",
            "Name\n <a@example.org>",
            "a@exa\u{0}mple.org",
            "pröf@example.org",
            "a@münchen.de",
            "<<a@example.org>",
            &long,
        ];
        for text in refused {
            assert!(bare(text).is_err(), "{text:?} was taken as {:?}", bare(text));
        }
    }
}
