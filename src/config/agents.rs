//! One agent as it is in force: what it says for itself, else what `[agents]` says for both.
//!
//! A key goes where its address goes: that of `[agents]` is not sent to a server that an agent names for itself.

use std::path::PathBuf;

use reqwest::Url;

use super::Config;
use super::keys::{AgentKeys, Backend};
use super::secrets::{SecretSource, first};
use crate::agent::Options;
use crate::domain::call::Role;

/// One agent, complete but for what the environment and files say.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub label: String,
    /// In place of the built-in one,
    pub persona: Option<String>,
    /// or where it stands.
    pub persona_file: Option<PathBuf>,
    pub backend: Backend,
    /// `None`: where Ollama usually is.
    pub url: Option<String>,
    pub model: String,
    pub key: Option<SecretSource>,
    pub options: Options,
}

impl Config {
    /// What an agent says for itself.
    pub(super) fn own(&self, role: Role) -> &AgentKeys {
        match role {
            Role::Collector => &self.collector,
            Role::Insight => &self.insight,
        }
    }

    /// The agent as it is in force.
    pub fn asked(&self, role: Role) -> Asked {
        let (own, all) = (self.own(role), &self.agents);
        let own_key = first(own.key_file.as_ref(), own.key_env.as_ref(), own.key_credential.as_ref());
        let shared_key = first(all.key_file.as_ref(), all.key_env.as_ref(), all.key_credential.as_ref());
        let built_in = match role {
            Role::Collector => "DataCollector-9000",
            Role::Insight => "InsightAgent",
        };
        Asked {
            label: own.label.clone().unwrap_or_else(|| built_in.to_owned()),
            persona: own.persona.clone(),
            persona_file: own.persona_file.clone(),
            backend: own.backend.unwrap_or(all.backend),
            url: own.url.clone().or_else(|| all.url.clone()),
            model: own.model.clone().unwrap_or_else(|| all.model.clone()),
            key: own_key.or_else(|| shared_key.filter(|_| same_server(own.url.as_deref(), all.url.as_deref()))),
            options: Options {
                num_gpu: own.num_gpu.or(all.num_gpu),
                num_ctx: own.num_ctx.or(all.num_ctx),
                temperature: own.temperature.or(all.temperature),
                top_p: own.top_p.or(all.top_p),
                top_k: own.top_k.or(all.top_k),
                repeat_penalty: own.repeat_penalty.or(all.repeat_penalty),
                num_predict: own.num_predict.or(all.num_predict),
                keep_alive: own.keep_alive.clone().or_else(|| all.keep_alive.clone()),
                seed: own.seed.or(all.seed),
            },
        }
    }
}

/// Whether the address that an agent names for itself, if it does, leads to the server of the shared one.
fn same_server(own: Option<&str>, shared: Option<&str>) -> bool {
    let origin = |url: &str| Url::parse(url).map(|url| url.origin()).ok();
    match (own, shared) {
        (None, _) => true,
        (Some(own), Some(shared)) => origin(own).is_some_and(|own| Some(own) == origin(shared)),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_where_its_address_goes() {
        assert!(same_server(None, None) && same_server(None, Some("https://a.example")));
        assert!(same_server(Some("https://a.example/v1"), Some("https://a.example:443")));
        for other in ["http://a.example", "https://b.example", "https://a.example:8443", "https://a.example.org"] {
            assert!(!same_server(Some(other), Some("https://a.example")), "{other}");
        }
        assert!(!same_server(Some("https://a.example"), None));
    }
}
