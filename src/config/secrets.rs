//! Passwords and keys: the configuration only says where one is, this reads it when it is needed, and nothing prints it.
//!
//! A source holds the secret and nothing else; one line break at its end is not part of it. An empty source, several lines or
//! bytes that are not UTF-8 are errors, since each means that something else than the secret was put there.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Config, Smtp, Webhook};
use crate::domain::call::Role;

/// Text that never shows up in a log: `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a secret is for, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Password,
    /// Of a server of models.
    Key,
    /// Of the signature of a webhook.
    Secret,
    /// Of a webhook.
    Address,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "password",
            Self::Key => "key",
            Self::Secret => "secret",
            Self::Address => "address",
        })
    }
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    File(PathBuf),
    /// The name of an environment variable.
    Variable(String),
    /// The name of a systemd credential.
    Credential(String),
}

impl SecretSource {
    /// In words.
    fn named(&self, purpose: Purpose) -> String {
        match self {
            Self::File(path) => format!("the {purpose} file {}", path.display()),
            Self::Variable(name) => format!("the environment variable {name}"),
            Self::Credential(name) => format!("the systemd credential {name}"),
        }
    }
}

/// Why there is no secret to be had. Never says what was found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{from} cannot be read")]
    Read { from: String, source: io::Error },
    #[error("{0} is not set")]
    Unset(String),
    #[error("{0} needs a unit with LoadCredential= ($CREDENTIALS_DIRECTORY is not set)")]
    NoCredentials(String),
    #[error("{0} is empty")]
    Empty(String),
    #[error("{0} must hold the {1} alone, in one line of UTF-8")]
    NotOneLine(String, Purpose),
    #[error("{0} must hold the key in visible ASCII characters, since it becomes part of a header")]
    NotVisible(String),
}

impl Smtp {
    /// Where the password is, if one is needed. A loaded configuration never names more than one source.
    pub fn password_source(&self) -> Option<SecretSource> {
        first(self.password_file.as_ref(), self.password_env.as_ref(), self.password_credential.as_ref())
    }
}

impl Webhook {
    /// Where the address is, if it does not stand in the configuration itself.
    pub fn url_source(&self) -> Option<SecretSource> {
        first(self.url_file.as_ref(), self.url_env.as_ref(), self.url_credential.as_ref())
    }

    /// Where the secret is, if what is sent is signed.
    pub fn secret_source(&self) -> Option<SecretSource> {
        first(self.secret_file.as_ref(), self.secret_env.as_ref(), self.secret_credential.as_ref())
    }
}

/// The first of these places that is named.
pub(super) fn first(
    file: Option<&PathBuf>,
    variable: Option<&String>,
    credential: Option<&String>,
) -> Option<SecretSource> {
    let file = file.cloned().map(SecretSource::File);
    let variable = || variable.cloned().map(SecretSource::Variable);
    let credential = || credential.cloned().map(SecretSource::Credential);
    file.or_else(variable).or_else(credential)
}

/// Reads the secret at `source`; `env` looks up an environment variable (`|name| std::env::var_os(name)`).
///
/// # Errors
/// When there is none, or something that cannot be one.
pub fn read(
    source: &SecretSource,
    purpose: Purpose,
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Secret, SecretError> {
    let named = || source.named(purpose);
    let read_file = |path: &Path| fs::read(path).map_err(|error| SecretError::Read { from: named(), source: error });
    let bytes = match source {
        SecretSource::File(path) => read_file(path)?,
        SecretSource::Variable(name) => env(name).ok_or_else(|| SecretError::Unset(named()))?.into_encoded_bytes(),
        SecretSource::Credential(name) => {
            let directory = env("CREDENTIALS_DIRECTORY").ok_or_else(|| SecretError::NoCredentials(named()))?;
            read_file(&Path::new(&directory).join(name))?
        }
    };
    let text = String::from_utf8(bytes).map_err(|_| SecretError::NotOneLine(named(), purpose))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(SecretError::Empty(named()));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(SecretError::NotOneLine(named(), purpose));
    }
    if purpose == Purpose::Key && !line.chars().all(|c| c.is_ascii_graphic()) {
        return Err(SecretError::NotVisible(named()));
    }
    Ok(Secret(line.to_owned()))
}

/// Files with secrets that the configuration names and that are certainly not there, in words. Others may be readable for the service
/// alone.
pub fn missing(config: &Config) -> Vec<String> {
    let key = |role| ("the agents'".to_owned(), Purpose::Key, config.asked(role).key);
    let mut named = vec![("the mail server's".to_owned(), Purpose::Password, config.smtp.password_source())];
    named.extend([Role::Collector, Role::Insight].map(key));
    for webhook in &config.webhooks {
        let of = format!("the webhook {}'s", webhook.name);
        named.push((of.clone(), Purpose::Address, webhook.url_source()));
        named.push((of, Purpose::Secret, webhook.secret_source()));
    }
    let told = named.into_iter().filter_map(|(of, purpose, source)| match source? {
        SecretSource::File(path) if is_absent(&path) => {
            Some(format!("{of} {purpose} file {} is not there", path.display()))
        }
        _ => None,
    });
    let mut told: Vec<String> = told.collect();
    // Both agents may have one key.
    told.dedup();
    told
}

fn is_absent(path: &Path) -> bool {
    fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_env(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn a_file_is_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        let source = SecretSource::File(path.clone());
        for (content, password) in [(&b"pass word\n"[..], "pass word"), (b"x\r\n", "x"), (b" x ", " x ")] {
            fs::write(&path, content).unwrap();
            assert_eq!(read(&source, Purpose::Password, no_env).unwrap().expose(), password);
        }
        for content in [&b""[..], b"\n", b"a\nb\n", b"\xff", b"a\0"] {
            fs::write(&path, content).unwrap();
            let error = read(&source, Purpose::Password, no_env).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_missing_source_says_which() {
        let file = SecretSource::File("/nonexistent/pw".into());
        assert_eq!(
            read(&file, Purpose::Password, no_env).unwrap_err().to_string(),
            "the password file /nonexistent/pw cannot be read"
        );
        let variable = SecretSource::Variable("SMTP_PW".into());
        assert_eq!(
            read(&variable, Purpose::Password, no_env).unwrap_err().to_string(),
            "the environment variable SMTP_PW is not set"
        );
        let credential = SecretSource::Credential("smtp".into());
        assert!(matches!(read(&credential, Purpose::Password, no_env), Err(SecretError::NoCredentials(_))));
    }

    #[test]
    fn variables_and_credentials_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("smtp"), "from-systemd\n").unwrap();
        let env = |name: &str| match name {
            "API_KEY" => Some(OsString::from("from-env")),
            "CREDENTIALS_DIRECTORY" => Some(dir.path().into()),
            _ => None,
        };
        assert_eq!(read(&SecretSource::Variable("API_KEY".into()), Purpose::Key, env).unwrap().expose(), "from-env");
        assert_eq!(read(&SecretSource::Credential("smtp".into()), Purpose::Key, env).unwrap().expose(), "from-systemd");
        fs::write(dir.path().join("smtp"), "größer").unwrap();
        let error = read(&SecretSource::Credential("smtp".into()), Purpose::Key, env).unwrap_err().to_string();
        assert!(error.contains("visible ASCII") && !error.contains("gr"), "{error}");
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "Secret(…)");
    }
}
