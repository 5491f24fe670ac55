//! From the configuration to the settings of the agents, with what keys, personas and OLLAMA_HOST say.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;

use anyhow::Result;

use crate::agent::{AgentSettings, Backend, Key, Limits, Settings};
use crate::config::secrets::{self, Purpose, SecretSource};
use crate::config::{self, Asked, Config};
use crate::domain::call::Role;

/// Names the place of an Ollama, as its own programs read it.
pub const OLLAMA_HOST: &str = "OLLAMA_HOST";

/// Where Ollama is when nobody says otherwise.
const OLLAMA_PORT: u16 = 11_434;

/// Bytes of a file with a persona that are read; a good one is far shorter.
const PERSONA_BYTES: u64 = 64 << 10;

/// The settings of the agents. `host` is what [`OLLAMA_HOST`] says.
///
/// # Errors
/// When a persona cannot be read (`ConfigErrors`). A key that is not to be had is none: the agent is not asked, and says why.
pub fn agents(config: &Config, host: Option<&OsStr>) -> Result<Settings> {
    let (all, limits) = (&config.agents, &config.limits);
    Ok(Settings {
        collector: agent(config, Role::Collector, host)?,
        insight: agent(config, Role::Insight, host)?,
        concurrency: all.concurrency,
        deadline: all.deadline,
        mail_deadline: all.mail_deadline.min(all.deadline),
        limits: Limits {
            connect: limits.connect,
            first_byte: limits.first_byte,
            idle: limits.idle,
            bytes: usize::try_from(limits.bytes).unwrap_or(usize::MAX),
            failures: limits.failures,
            rest: limits.rest,
        },
    })
}

fn agent(config: &Config, role: Role, host: Option<&OsStr>) -> Result<AgentSettings> {
    let Asked { label, persona, persona_file, backend, url, model, key, options } = config.asked(role);
    // The configuration's own address is checked with it; that of the environment is known only here.
    let url = url.unwrap_or_else(|| usual(host));
    let persona = match persona_file {
        Some(file) => Some(persona_in(config, role, &file)?),
        None => persona,
    };
    Ok(AgentSettings {
        label,
        persona,
        backend: match backend {
            config::Backend::Auto => Backend::Auto,
            config::Backend::Ollama => Backend::Ollama,
            config::Backend::OpenAi => Backend::OpenAi,
            config::Backend::None => Backend::None,
        },
        key: match key {
            Some(_) if !config::is_protected(&url) => Key::Missing(unprotected(&url)),
            Some(source) => key_of(&source),
            None => Key::None,
        },
        url,
        model,
        options,
    })
}

/// Why a key is not even read.
fn unprotected(url: &str) -> String {
    format!(
        "the key would go to {url} over the network in plain text, where others can read it; use https, or a server on this machine \
         (the address is that of {OLLAMA_HOST} where the configuration has no url)"
    )
}

fn key_of(source: &SecretSource) -> Key {
    match secrets::read(source, Purpose::Key, |name: &str| std::env::var_os(name)) {
        Ok(secret) => Key::Secret(secret.expose().to_owned()),
        Err(failure) => Key::Missing(format!("{:#}", anyhow::Error::new(failure))),
    }
}

/// Whether the personas that stand in files can be read.
///
/// # Errors
/// With the place of the key of each that cannot be, and what to do about it.
pub fn personas(config: &Config) -> Result<(), config::ConfigErrors> {
    let files = [Role::Collector, Role::Insight].map(|role| (role, config.asked(role).persona_file));
    let wrong = files.iter().filter_map(|(role, file)| persona_in(config, *role, file.as_ref()?).err());
    wrong
        .reduce(|mut all, more| {
            all.0.extend(more.0);
            all
        })
        .map_or(Ok(()), Err)
}

fn persona_in(config: &Config, role: Role, file: &Path) -> Result<String, config::ConfigErrors> {
    persona_of(file).map_err(|why| {
        let next = "correct the path or the file, or leave the key out for the built-in persona";
        let words = format!("{}: {why}; {next}", file.display());
        config.wrong(&format!("agents.{}.persona_file", role.as_str()), words)
    })
}

/// The persona in a file, without the white space around it.
fn persona_of(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(PERSONA_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let persona = text.trim();
    if persona.is_empty() {
        return Err("is empty".to_owned());
    }
    config::persona(persona)?;
    Ok(persona.to_owned())
}

/// The address of Ollama: `host` as its own programs understand it (`Host` in Ollama's envconfig/config.go), or this machine. An address
/// that a server listens on everywhere (`0.0.0.0`) is this machine for a client.
fn usual(host: Option<&OsStr>) -> String {
    // What would have to be kept secret is not for an address.
    let text = host.and_then(OsStr::to_str).filter(|text| !text.contains('@')).unwrap_or_default();
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, default) = match text.split_once("://") {
        None => ("http", text, OLLAMA_PORT),
        Some(("http", rest)) => ("http", rest, 80),
        Some(("https", rest)) => ("https", rest, 443),
        Some((_, rest)) => ("http", rest, OLLAMA_PORT),
    };
    let (place, path) = rest.split_once('/').map_or((rest, ""), |(place, path)| (place, path.trim_end_matches('/')));
    let (host, port) = split(place, default);
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    let url = format!("{scheme}://{host}:{port}{path}");
    if config::is_url(&url) { url } else { format!("http://127.0.0.1:{OLLAMA_PORT}") }
}

/// Host, in brackets where it needs them, and port.
fn split(place: &str, default: u16) -> (String, u16) {
    let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
    // Without brackets, several colons are an IPv6 address alone.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (bare(host), port.parse().unwrap_or(default))
        }
        _ => (bare(place), default),
    };
    match host.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() && address.is_ipv6() => ("[::1]".to_owned(), port),
        Ok(address) if address.is_unspecified() => ("127.0.0.1".to_owned(), port),
        Ok(IpAddr::V6(address)) => (format!("[{address}]"), port),
        Ok(IpAddr::V4(address)) => (address.to_string(), port),
        Err(_) if host.is_empty() => ("127.0.0.1".to_owned(), port),
        Err(_) => (host, port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_is_where_its_own_programs_look_for_it() {
        for (host, expected) in [
            ("", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("gpu", "http://gpu:11434"),
            ("gpu:8080", "http://gpu:8080"),
            (" \"gpu:8080\" ", "http://gpu:8080"),
            ("http://gpu", "http://gpu:80"),
            ("https://gpu.example.org", "https://gpu.example.org:443"),
            ("https://gpu.example.org/ollama/", "https://gpu.example.org:443/ollama"),
            ("http://0.0.0.0:11434/", "http://127.0.0.1:11434"),
            ("[::]:8080", "http://[::1]:8080"),
            ("fe80::1", "http://[fe80::1]:11434"),
            ("[fe80::1]", "http://[fe80::1]:11434"),
            ("gpu:70000", "http://gpu:11434"),
            ("me:secret@gpu", "http://127.0.0.1:11434"),
            ("not a host", "http://127.0.0.1:11434"),
        ] {
            assert_eq!(usual(Some(OsStr::new(host))), expected, "{host:?}");
        }
        assert_eq!(usual(None), "http://127.0.0.1:11434");
    }

    fn load(text: &str, files: &[(&str, &[u8])]) -> (tempfile::TempDir, Config) {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let file = dir.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        let config = config::load(Some(&file), std::iter::empty()).unwrap_or_else(|wrong| panic!("{wrong}"));
        (dir, config)
    }

    #[test]
    fn a_key_that_is_not_to_be_had_stops_nothing() {
        let text = "[agents]\nurl = 'https://a.example'\nkey_file = 'key'\n[agents.insight]\nkey_file = 'none'\n";
        let (_dir, config) = load(text, &[("key", b"k-123\n")]);
        let settings = agents(&config, None).unwrap();
        assert_eq!(settings.collector.key, Key::Secret("k-123".into()));
        let Key::Missing(why) = &settings.insight.key else { panic!("{:?}", settings.insight.key) };
        assert!(why.contains("the key file") && why.contains("none cannot be read: No such file"), "{why}");
        assert!(!format!("{settings:?}").contains("k-123"));
    }

    #[test]
    fn a_key_does_not_go_in_plain_text_to_wherever_the_environment_says() {
        let text = "[agents]\nbackend = 'ollama'\nkey_file = 'key'\n";
        let (_dir, config) = load(text, &[("key", b"k-123\n")]);
        let settings = agents(&config, Some(OsStr::new("http://gpu.example.org:11434"))).unwrap();
        for agent in [settings.collector, settings.insight] {
            let Key::Missing(why) = &agent.key else { panic!("{:?}", agent.key) };
            assert!(why.contains("http://gpu.example.org:11434") && why.contains("OLLAMA_HOST"), "{why}");
        }
        for host in [None, Some("https://gpu.example.org"), Some("[::1]:8080")] {
            let settings = agents(&config, host.map(OsStr::new)).unwrap();
            assert_eq!(settings.insight.key, Key::Secret("k-123".into()), "{host:?}");
        }
    }

    #[test]
    fn a_persona_that_cannot_be_read_is_a_bad_configuration() {
        let text = "[agents.insight]\npersona_file = 'persona.txt'\n";
        let (_dir, config) = load(text, &[("persona.txt", b"\n  You are brief.\n\n")]);
        assert_eq!(agents(&config, None).unwrap().insight.persona.as_deref(), Some("You are brief."));
        for (bytes, why) in [(&b" \n"[..], "is empty"), (b"\xff", "is not UTF-8"), (b"a\x1b[31m", "control characters")]
        {
            let (dir, config) = load(text, &[("persona.txt", bytes)]);
            let failure = agents(&config, None).unwrap_err();
            let told = failure.downcast_ref::<config::ConfigErrors>().expect("a bad configuration").to_string();
            assert!(
                told.starts_with(&format!("{}/config.toml:2:16: `agents.insight.persona_file`", dir.path().display())),
                "{told}"
            );
            assert!(told.contains(why), "{told}");
        }
        let (_dir, config) = load(text, &[]);
        assert!(agents(&config, None).unwrap_err().to_string().contains("persona.txt: cannot be read: No such file"));
    }

    #[test]
    fn without_a_configuration_the_settings_are_those_of_the_agents_themselves() {
        let config = config::load(None, std::iter::empty()).unwrap();
        assert_eq!(agents(&config, None).unwrap(), Settings::default());
        let elsewhere = agents(&config, Some(OsStr::new("gpu"))).unwrap();
        assert_eq!(
            (elsewhere.collector.url, elsewhere.insight.url),
            ("http://gpu:11434".into(), "http://gpu:11434".into())
        );
    }

    #[test]
    fn a_mail_waits_no_longer_than_a_report() {
        let (_dir, config) = load("[agents]\ndeadline = '30s'\n", &[]);
        let settings = agents(&config, None).unwrap();
        assert_eq!((settings.deadline.as_secs(), settings.mail_deadline.as_secs()), (30, 30));
    }
}
