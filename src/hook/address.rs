//! The address of a webhook: https, or http on this machine; known by its host, because the rest of it is often a key.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Parts of an address that are shorter are no keys, bytes.
const KEY: usize = 6;
/// What stands in place of a part of the address in a server's words.
const MASK: &str = "[address]";

/// Where a webhook is. Shown by its host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address of a webhook. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("must be an address such as \"https://hooks.example.org/services/…\"")]
    Unreadable,
    #[error("must begin with https:// (http:// is for this machine itself)")]
    Scheme,
    #[error("is http to \"{0}\", where others can read along")]
    PlainText(String),
    #[error("must be an address without a user and a password in it")]
    Login,
    #[error("must be an address without a part after `#`, which is never sent")]
    Fragment,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, in words that go on after a name.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::Unreadable)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme);
        }
        // `Url` mends `https:host` and `https:///host`, which are more likely mistakes than meant.
        let host = url.host_str().filter(|_| text.contains("://")).ok_or(AddressError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Login);
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        if url.scheme() == "http" && !is_loopback(host) {
            return Err(AddressError::PlainText(host.to_owned()));
        }
        Ok(Self(url))
    }

    /// Whether the host is this machine, by its spelling.
    pub fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(is_loopback)
    }

    /// Whether it is spoken to through TLS.
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The whole of it, for the one call that needs it.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// What a server said, without what may be a key in the address.
    pub(super) fn mask(&self, said: &str) -> String {
        let whole = [self.0.path(), self.0.query().unwrap_or_default()];
        let segments = self.0.path().split('/').chain(self.0.query().unwrap_or_default().split(['&', '=']));
        let parts = whole.into_iter().chain(segments).filter(|part| part.len() >= KEY);
        parts.fold(said.to_owned(), |said, part| said.replace(part, MASK))
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `https://hooks.example.org/…`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        let is_bare = matches!(self.0.path(), "" | "/") && self.0.query().is_none();
        f.write_str(if is_bare { "/" } else { "/…" })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_is_shown() {
        let address = Address::parse("https://hooks.example.org:8443/services/T0001/B0002/s3cretkey?sig=s3cretsig");
        let address = address.expect("an address");
        assert_eq!(address.to_string(), "https://hooks.example.org:8443/…");
        assert_eq!(format!("{address:?}"), "Address(https://hooks.example.org:8443/…)");
        let said = address.mask("no /services/T0001/B0002/s3cretkey, B0002 or s3cretsig here");
        assert!(!said.contains("s3cret"), "{said}");
        assert_eq!(Address::parse("http://localhost:1/").expect("an address").to_string(), "http://localhost:1/");
    }

    #[test]
    fn nothing_goes_over_the_network_in_plain_text() {
        for good in
            ["https://example.org", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x", "https://a/?k=v"]
        {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        use AddressError::{Fragment, Login, PlainText, Scheme, Unreadable};
        for (bad, why) in [
            ("http://example.org/x", PlainText("example.org".to_owned())),
            ("http://localhost.example.org/", PlainText("localhost.example.org".to_owned())),
            ("http://10.0.0.1/", PlainText("10.0.0.1".to_owned())),
            ("https://me:s3cret@example.org/", Login),
            ("https://me@example.org/", Login),
            ("https://example.org/#x", Fragment),
            ("ftp://example.org/", Scheme),
            ("localhost:8080", Scheme),
            ("example.org/x", Unreadable),
            ("https://", Unreadable),
            ("https:example.org", Unreadable),
            ("", Unreadable),
        ] {
            let error = Address::parse(bad).expect_err(bad);
            assert_eq!(error, why, "{bad}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }
}
