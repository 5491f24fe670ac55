//! Passwords: the configuration only says where one is, this reads it when it is needed, and nothing prints it.
//!
//! A source holds the password and nothing else; one line break at its end is not part of it. An empty source, several lines or
//! bytes that are not UTF-8 are errors, since each means that something else than the password was put there.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Smtp;

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

/// Where a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    File(PathBuf),
    /// The name of an environment variable.
    Variable(String),
    /// The name of a systemd credential.
    Credential(String),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the password file {}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Credential(name) => write!(f, "the systemd credential {name}"),
        }
    }
}

/// Why there is no password to be had. Never says what was found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{from} cannot be read")]
    Read { from: SecretSource, source: io::Error },
    #[error("{0} is not set")]
    Unset(SecretSource),
    #[error("{0} needs a unit with LoadCredential= ($CREDENTIALS_DIRECTORY is not set)")]
    NoCredentials(SecretSource),
    #[error("{0} is empty")]
    Empty(SecretSource),
    #[error("{0} must hold the password alone, in one line of UTF-8")]
    NotOneLine(SecretSource),
}

impl Smtp {
    /// Where the password is, if one is needed. A loaded configuration never names more than one source.
    pub fn password_source(&self) -> Option<SecretSource> {
        let file = self.password_file.clone().map(SecretSource::File);
        let variable = || self.password_env.clone().map(SecretSource::Variable);
        let credential = || self.password_credential.clone().map(SecretSource::Credential);
        file.or_else(variable).or_else(credential)
    }
}

/// Reads the password at `source`; `env` looks up an environment variable (`|name| std::env::var_os(name)`).
///
/// # Errors
/// When there is none, or something that cannot be one.
pub fn read(source: &SecretSource, env: impl Fn(&str) -> Option<OsString>) -> Result<Secret, SecretError> {
    let read_file =
        |path: &Path| fs::read(path).map_err(|error| SecretError::Read { from: source.clone(), source: error });
    let bytes = match source {
        SecretSource::File(path) => read_file(path)?,
        SecretSource::Variable(name) => {
            env(name).ok_or_else(|| SecretError::Unset(source.clone()))?.into_encoded_bytes()
        }
        SecretSource::Credential(name) => {
            let directory = env("CREDENTIALS_DIRECTORY").ok_or_else(|| SecretError::NoCredentials(source.clone()))?;
            read_file(&Path::new(&directory).join(name))?
        }
    };
    let text = String::from_utf8(bytes).map_err(|_| SecretError::NotOneLine(source.clone()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(SecretError::Empty(source.clone()));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(SecretError::NotOneLine(source.clone()));
    }
    Ok(Secret(line.to_owned()))
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
            assert_eq!(read(&source, no_env).unwrap().expose(), password);
        }
        for content in [&b""[..], b"\n", b"a\nb\n", b"\xff", b"a\0"] {
            fs::write(&path, content).unwrap();
            let error = read(&source, no_env).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_missing_source_says_which() {
        let file = SecretSource::File("/nonexistent/pw".into());
        assert_eq!(read(&file, no_env).unwrap_err().to_string(), "the password file /nonexistent/pw cannot be read");
        let variable = SecretSource::Variable("SMTP_PW".into());
        assert_eq!(read(&variable, no_env).unwrap_err().to_string(), "the environment variable SMTP_PW is not set");
        let credential = SecretSource::Credential("smtp".into());
        assert!(matches!(read(&credential, no_env), Err(SecretError::NoCredentials(_))));
    }

    #[test]
    fn variables_and_credentials_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("smtp"), "from systemd\n").unwrap();
        let env = |name: &str| match name {
            "SMTP_PW" => Some(OsString::from("from env")),
            "CREDENTIALS_DIRECTORY" => Some(dir.path().into()),
            _ => None,
        };
        assert_eq!(read(&SecretSource::Variable("SMTP_PW".into()), env).unwrap().expose(), "from env");
        assert_eq!(read(&SecretSource::Credential("smtp".into()), env).unwrap().expose(), "from systemd");
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "Secret(…)");
    }
}
