//! The signature of a message: HMAC-SHA-256 (RFC 2104, FIPS 180-4) over the time of the try, a point and the body.
//!
//! The time is signed with the body, so that who records a request cannot send it again later: the receiver refuses old ones.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What stands in place of the secret in a server's words.
const MASK: &str = "[secret]";

/// A shared secret: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `sha256=` and 64 lower-case hexadecimal digits; `timestamp` in seconds since 1970.
pub fn signature(secret: &Secret, timestamp: i64, body: &[u8]) -> String {
    // A key of any length is taken: HMAC hashes longer ones and pads shorter ones.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()) else { return String::new() };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

/// What a server said, without the secret.
pub(super) fn mask(said: &str, secret: Option<&Secret>) -> String {
    match secret {
        Some(secret) if !secret.0.is_empty() => said.replace(&secret.0, MASK),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_other_implementations() {
        // printf '1767225600.{"a":1}' | openssl dgst -sha256 -hmac "s3cret"
        let signed = signature(&Secret::new("s3cret"), 1_767_225_600, b"{\"a\":1}");
        assert_eq!(signed, "sha256=7d4120fcebf444efab10ba7cd6c651bf463cefb039db5fad37ff9f7231ac8a4a");
        assert_ne!(signature(&Secret::new("s3cret"), 1_767_225_601, b"{\"a\":1}"), signed);
        assert_ne!(signature(&Secret::new("s3cres"), 1_767_225_600, b"{\"a\":1}"), signed);
        assert_eq!(signature(&Secret::new("x".repeat(1000)), 0, b"").len(), 7 + 64);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("s3cret");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(mask("no s3cret here", Some(&secret)), "no [secret] here");
        assert_eq!(mask("nothing", None), "nothing");
    }
}
