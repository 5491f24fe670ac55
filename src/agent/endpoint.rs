//! An endpoint: where a server for language models is, as a person wrote it, and the addresses of its services.
//!
//! The address may hold a name and a password or a query with a key, so it is shown without them.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// A server's base address.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Endpoint(Url);

impl Endpoint {
    /// Reads an address; without a scheme it is `http`.
    ///
    /// # Errors
    /// What is wrong with it, for people, without repeating what may be secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&url).map_err(|error| format!("its url cannot be read: {error}"))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self(url)),
            _ => Err("its url is neither http nor https".to_owned()),
        }
    }

    /// The address of a service below this one. A last part of the base that the service begins with is not doubled, so that
    /// `http://host/v1` and `http://host` both lead to `/v1/models`.
    pub fn service(&self, path: &str) -> Url {
        let base = self.0.path().trim_end_matches('/');
        let (head, rest) = path.split_once('/').unwrap_or((path, ""));
        let joined = match base.rsplit('/').next() {
            Some(last) if !last.is_empty() && last == head => format!("{base}/{rest}"),
            _ => format!("{base}/{path}"),
        };
        let mut url = self.0.clone();
        url.set_path(&joined);
        url
    }

    /// Whether the base has a path of its own.
    pub fn has_path(&self) -> bool {
        !self.0.path().trim_end_matches('/').is_empty()
    }

    /// Whether the host is this machine, by its spelling.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether it is spoken to through TLS.
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether nobody on the way can read what is sent to this address.
pub(super) fn is_protected(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Without a user, a password, a query or a fragment.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse(text).expect("an address")
    }

    #[test]
    fn services_stand_below_the_base() {
        let at = |base: &str, path: &str| endpoint(base).service(path).to_string();
        assert_eq!(at("http://127.0.0.1:11434", "api/chat"), "http://127.0.0.1:11434/api/chat");
        assert_eq!(at("http://127.0.0.1:11434/", "api/chat"), "http://127.0.0.1:11434/api/chat");
        assert_eq!(at("http://127.0.0.1:11434/api/", "api/chat"), "http://127.0.0.1:11434/api/chat");
        assert_eq!(at("localhost:8080", "v1/models"), "http://localhost:8080/v1/models");
        assert_eq!(at("http://localhost:8080/v1", "v1/models"), "http://localhost:8080/v1/models");
        assert_eq!(at("https://box/llm/ollama", "api/tags"), "https://box/llm/ollama/api/tags");
    }

    #[test]
    fn nothing_secret_is_shown() {
        let secret = endpoint("https://me:s3cret@box:8443/v1/?key=s3cret#s3cret");
        assert_eq!(secret.to_string(), "https://box:8443/v1");
        assert!(!format!("{secret:?}").contains("s3cret"));
        assert!(secret.service("v1/models").as_str().contains("key=s3cret"));
        assert!(!Endpoint::parse("https://me:s3cret@bo x/").expect_err("a space").contains("s3cret"));
    }

    #[test]
    fn loopback_is_known_by_its_spelling() {
        for here in ["localhost", "LOCALHOST:11434", "http://127.0.0.1:1", "http://127.8.0.1", "http://[::1]:11434"] {
            assert!(endpoint(here).is_loopback(), "{here}");
        }
        for elsewhere in ["http://localhost.example.org", "http://10.0.0.1", "http://[::2]:11434", "gpu-box:11434"] {
            assert!(!endpoint(elsewhere).is_loopback(), "{elsewhere}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "http://", "ftp://box/", "file:///etc/passwd", "http://box:99999"] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }
}
