//! From `[[webhook]]` to the webhooks of the daemon: addresses and secrets are read where the configuration says that they are. One that is
//! not to be had makes the messages of its webhook wait, and nothing else.

use std::ffi::OsString;

use crate::config::secrets::{self, Purpose, SecretError, SecretSource};
use crate::config::{self, Config};
use crate::hook::{Address, Secret, Settings, Target};

/// The webhooks of a configuration; `env` looks up an environment variable.
pub fn webhooks(config: &Config, env: impl Fn(&str) -> Option<OsString>) -> Vec<Settings> {
    let settings = |webhook: &config::Webhook| Settings {
        name: webhook.name.clone(),
        target: target(webhook, &env).unwrap_or_else(|reason| Target::Unavailable { reason }),
        timeout: webhook.timeout,
    };
    config.webhooks.iter().map(settings).collect()
}

fn target(webhook: &config::Webhook, env: &impl Fn(&str) -> Option<OsString>) -> Result<Target, String> {
    let read =
        |source: &SecretSource, purpose| secrets::read(source, purpose, env).map_err(|error| why(purpose, error));
    let address = match (&webhook.url, webhook.url_source()) {
        (Some(url), _) => url.clone(),
        (None, Some(source)) => read(&source, Purpose::Address)?.expose().to_owned(),
        (None, None) => return Err("its configuration says no address".to_owned()),
    };
    let address = Address::parse(&address).map_err(|error| format!("its address {error}"))?;
    let secret = webhook.secret_source().map(|source| read(&source, Purpose::Secret)).transpose()?;
    Ok(Target::Ready { address, secret: secret.map(|secret| Secret::new(secret.expose())) })
}

fn why(purpose: Purpose, error: SecretError) -> String {
    format!("its {purpose} is not to be had: {:#}", anyhow::Error::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(text: &str, env: &[(&'static str, &'static str)]) -> Vec<Settings> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        std::fs::write(dir.path().join("secret"), "s3cret\n").unwrap();
        let config = config::load(Some(&file), std::iter::empty()).unwrap();
        webhooks(&config, |name| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn what_is_not_to_be_had_makes_one_webhook_wait() {
        let text = "[[webhook]]\nname = 'a'\nurl = 'https://hooks.example.org/key'\nsecret_file = 'secret'\n\
                    [[webhook]]\nname = 'b'\nurl_env = 'HOOK_URL'\n\
                    [[webhook]]\nname = 'c'\nurl = 'https://x/'\nsecret_file = 'missing'\n";
        let [a, b, c] = &ready(text, &[("HOOK_URL", "https://b.example.org/k")])[..] else { panic!("three webhooks") };
        let Target::Ready { address, secret } = &a.target else { panic!("{a:?}") };
        assert_eq!(
            (address.to_string().as_str(), secret),
            ("https://hooks.example.org/…", &Some(Secret::new("s3cret")))
        );
        assert!(
            matches!(&b.target, Target::Ready { address, secret: None } if address.to_string() == "https://b.example.org/…")
        );
        let Target::Unavailable { reason } = &c.target else { panic!("{c:?}") };
        assert!(reason.starts_with("its secret is not to be had: the secret file /"), "{reason}");
        let plain = &ready(text, &[("HOOK_URL", "http://b.example.org/s3cretkey")])[1];
        let Target::Unavailable { reason } = &plain.target else { panic!("{plain:?}") };
        assert_eq!(reason, "its address is http to \"b.example.org\", where others can read along");
    }
}
