//! How to reach the mail server, and the rule that nothing leaves the machine in plain text.
//!
//! The channel is decided from the settings alone, before anything is sent: no answer of a server, and nobody between us and it,
//! can talk us into less. Plain text goes to loopback only; and a password goes over it only where `security = none` was
//! written down.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name or address.
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Together with `password`, or neither.
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// A PEM file of certificate authorities to trust beside those of the system. Read at each connection.
    pub ca_file: Option<PathBuf>,
    /// The name to introduce ourselves by (EHLO); the machine's host name when not set.
    pub hello: Option<String>,
    pub timeouts: Timeouts,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 25,
            security: Security::Auto,
            user: None,
            password: None,
            ca_file: None,
            hello: None,
            timeouts: Timeouts::default(),
        }
    }
}

/// The deadlines of the steps of one delivery. They add up to its longest duration, about a dozen minutes by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// To find the address, and again for the TCP connection to each address that it has.
    pub connect: Duration,
    /// For each command with its answer (greeting and EHLO count as one, STARTTLS with the handshake too).
    pub command: Duration,
    /// From the first byte of the mail to the answer to the final dot. Long, because giving up early makes duplicates.
    pub data: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), command: Duration::from_secs(60), data: Duration::from_secs(300) }
    }
}

/// What the configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Plain text to a loopback host where there is nothing to protect (no user, no `ca_file`), TLS otherwise: from the first byte
    /// on port 465, by STARTTLS on any other port.
    #[default]
    Auto,
    /// STARTTLS, and nothing without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Plain text; only to a loopback host.
    None,
}

/// The channel that follows from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// To loopback addresses only, which is checked again when the name has been looked up.
    Plain,
    StartTls,
    Tls,
}

/// Settings that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("`{}` is not the name or address of a mail server", .0.escape_debug())]
    Host(String),
    #[error("port 0 is not a port")]
    Port,
    #[error("mail to {0} needs TLS: plain text is for a loopback host only")]
    PlainText(String),
    #[error("a user needs a password, and a password a user")]
    HalfLogin,
    #[error("`{}` is not a host name to introduce ourselves by", .0.escape_debug())]
    Hello(String),
    #[error("the {0} timeout is zero")]
    Timeout(&'static str),
}

impl Settings {
    /// Checks everything that can be checked without the network or the disk, and decides the channel.
    ///
    /// # Errors
    /// The first setting that cannot be meant.
    pub fn channel(&self) -> Result<Channel, SettingsError> {
        if !is_host(self.bare_host()) {
            return Err(SettingsError::Host(self.host.clone()));
        }
        if self.port == 0 {
            return Err(SettingsError::Port);
        }
        if self.user.is_some() != self.password.is_some() {
            return Err(SettingsError::HalfLogin);
        }
        if let Some(hello) = self.hello.as_ref().filter(|hello| !is_hello(hello)) {
            return Err(SettingsError::Hello(hello.clone()));
        }
        let timeouts = &self.timeouts;
        let named = [("connect", timeouts.connect), ("command", timeouts.command), ("data", timeouts.data)];
        if let Some((name, _)) = named.into_iter().find(|(_, limit)| limit.is_zero()) {
            return Err(SettingsError::Timeout(name));
        }
        let nothing_to_protect = self.is_loopback() && self.user.is_none() && self.ca_file.is_none();
        match self.security {
            Security::Tls => Ok(Channel::Tls),
            Security::StartTls => Ok(Channel::StartTls),
            Security::None if self.is_loopback() => Ok(Channel::Plain),
            Security::None => Err(SettingsError::PlainText(self.host.clone())),
            Security::Auto if self.port == 465 => Ok(Channel::Tls),
            Security::Auto if nothing_to_protect => Ok(Channel::Plain),
            Security::Auto => Ok(Channel::StartTls),
        }
    }

    /// Whether the host is this machine, by its spelling.
    pub fn is_loopback(&self) -> bool {
        let host = self.bare_host().trim_end_matches('.');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The host without the brackets that people put around an IPv6 address.
    pub(super) fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&self.host)
    }
}

fn is_host(host: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    host.parse::<IpAddr>().is_ok() || (!host.is_empty() && host.len() <= 253 && host.chars().all(letter))
}

/// A domain, or an address in brackets.
fn is_hello(hello: &str) -> bool {
    let inner = hello.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(address) => address.strip_prefix("IPv6:").unwrap_or(address).parse::<IpAddr>().is_ok(),
        None => is_host(hello) && hello.parse::<IpAddr>().is_err(),
    }
}

/// A password: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself, to hand to the server.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, security: Security) -> Settings {
        Settings { host: host.to_owned(), port: 587, security, ..Settings::default() }
    }

    fn with_login(settings: Settings) -> Settings {
        Settings { user: Some("reporter".to_owned()), password: Some(Secret::new("s3cret")), ..settings }
    }

    #[test]
    fn plain_text_is_for_loopback_only() {
        for host in ["mail.example.org", "10.0.0.1", "localhost.example.org", "128.0.0.1", "0.0.0.0", "::2"] {
            let refused = at(host, Security::None).channel();
            assert_eq!(refused, Err(SettingsError::PlainText(host.to_owned())));
            assert_eq!(at(host, Security::Auto).channel(), Ok(Channel::StartTls), "{host}");
        }
        for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert_eq!(at(host, Security::None).channel(), Ok(Channel::Plain), "{host}");
            assert_eq!(at(host, Security::Auto).channel(), Ok(Channel::Plain), "{host}");
        }
    }

    #[test]
    fn a_password_asks_for_tls_even_on_loopback_unless_plain_text_was_written_down() {
        assert_eq!(with_login(at("localhost", Security::Auto)).channel(), Ok(Channel::StartTls));
        assert_eq!(with_login(at("localhost", Security::None)).channel(), Ok(Channel::Plain));
        let own_ca = Settings { ca_file: Some("ca.pem".into()), ..at("localhost", Security::Auto) };
        assert_eq!(own_ca.channel(), Ok(Channel::StartTls));
    }

    #[test]
    fn port_465_speaks_tls_from_the_first_byte() {
        let settings = Settings { port: 465, ..at("mail.example.org", Security::Auto) };
        assert_eq!(settings.channel(), Ok(Channel::Tls));
        assert_eq!(at("mail.example.org", Security::Tls).channel(), Ok(Channel::Tls));
    }

    #[test]
    fn settings_that_cannot_be_meant_are_named() {
        for host in ["", "mail example", "a\r\nQUIT", "user@host", "mail:25"] {
            assert_eq!(at(host, Security::Auto).channel(), Err(SettingsError::Host(host.to_owned())));
        }
        let half = Settings { user: Some("reporter".to_owned()), ..Settings::default() };
        assert_eq!(half.channel(), Err(SettingsError::HalfLogin));
        for hello in ["", "a b", "x\r\nMAIL FROM:<>", "127.0.0.1", "[not]"] {
            let settings = Settings { hello: Some(hello.to_owned()), ..Settings::default() };
            assert_eq!(settings.channel(), Err(SettingsError::Hello(hello.to_owned())));
        }
        for hello in ["bench.example.org", "bench_3", "[127.0.0.1]", "[IPv6:::1]"] {
            let settings = Settings { hello: Some(hello.to_owned()), ..Settings::default() };
            assert_eq!(settings.channel(), Ok(Channel::Plain));
        }
        let hasty = Timeouts { data: Duration::ZERO, ..Timeouts::default() };
        assert_eq!(Settings { timeouts: hasty, ..Settings::default() }.channel(), Err(SettingsError::Timeout("data")));
        assert_eq!(Settings { port: 0, ..Settings::default() }.channel(), Err(SettingsError::Port));
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = format!("{:?}", with_login(Settings::default()));
        assert!(shown.contains("reporter") && !shown.contains("s3cret"), "{shown}");
    }
}
