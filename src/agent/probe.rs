//! A probe: whether a server is there, speaks the protocol, has the model, and how large the model's context is.
//!
//! Only what is certain ends a conversation before it begins: nobody there, or a model that Ollama says it does not have. A list that a
//! server does not offer, or answers with something else, leaves a question open and nothing more.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Protocol;
use super::client::Client;
use super::endpoint::Endpoint;
use super::exchange::{fetch, request};
use super::fault::Fault;
use super::memory::Learned;
use super::pace::is_short;
use super::{AgentSettings, Backend, Key, Limits, ollama, openai};
use crate::clock::{Clock, Stopwatch};
use crate::domain::call::Failure;

/// How long a list may take. It is there or it is not; the model has no part in it.
const PATIENCE: Duration = Duration::from_secs(10);
/// A list of models has at most this many bytes; that of a large hosted service has some hundred thousand.
const MOST: usize = 4 << 20;
/// The context where nobody says: what Ollama gives a small machine, and llama-server in older releases.
const CONTEXT: u64 = 4096;

/// A model that may be asked.
#[derive(Debug, Clone)]
pub(super) struct Party {
    pub protocol: Protocol,
    pub endpoint: Endpoint,
    pub model: ollama::Model,
    /// The context as far as is known, tokens.
    pub context: u64,
    /// It is the server that told, for this very model.
    pub context_told: bool,
}

/// Why a model is not asked.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub protocol: Protocol,
    /// As it may be shown.
    pub address: String,
    pub fault: Fault,
}

/// A search for an agent's model.
pub(super) struct Search<'a> {
    pub client: &'a Client,
    pub agent: &'a AgentSettings,
    pub limits: &'a Limits,
    /// How long it may take in all, from the beginning of `watch`.
    pub within: Duration,
    pub watch: Stopwatch,
}

impl Party {
    /// Under which name is remembered how this one does: where it is, and all that the configuration says of it, so that nothing that
    /// was learned of another configuration is held against this one.
    pub fn name(&self, agent: &AgentSettings) -> String {
        name(&self.endpoint, agent)
    }

    /// The context that is reckoned with, tokens: what is known, and what refusals have taught.
    pub fn believed(&self, learned: &Learned, agent: &AgentSettings, now: Timestamp) -> u64 {
        match learned.context(now) {
            Some(told) if self.context_told || agent.options.num_ctx.is_some() => self.context.min(told),
            Some(told) => told,
            None => self.context,
        }
    }
}

/// The address, and a hash of what is said of it; too short a hash to find a key by.
pub(super) fn name(endpoint: &Endpoint, agent: &AgentSettings) -> String {
    let AgentSettings { label: _, persona: _, backend, url, model, key, options } = agent;
    let key = match key {
        Key::None => "",
        Key::Secret(text) | Key::Missing(text) => text,
    };
    let said = format!("{:?}", (backend, url, model, key, options));
    let hash: String = blake3::hash(said.as_bytes()).to_hex().chars().take(8).collect();
    format!("{endpoint} {hash}")
}

impl Search<'_> {
    /// Looks for the agent's model if the breaker lets it. That it is there says nothing of how it answers, so a server that keeps
    /// failing does not recover by being found.
    pub(super) async fn find_with_leave(&self, clock: &dyn Clock) -> Result<Party, Missing> {
        let endpoint = self.endpoint().map_err(|fault| self.missing(None, fault))?;
        let permit = match self.client.leave(&name(&endpoint, self.agent), clock.now(), self.limits) {
            Ok(permit) => permit,
            Err(fault) => return Err(self.missing(Some(endpoint.to_string()), fault)),
        };
        let found = self.find().await;
        if let Err(missing) = &found {
            permit.ended(Some(&missing.fault), clock.now(), self.limits);
        }
        found
    }

    fn protocol(&self) -> Protocol {
        match self.agent.backend {
            Backend::OpenAi => Protocol::OpenAi,
            Backend::Auto | Backend::Ollama | Backend::None => Protocol::Ollama,
        }
    }

    fn endpoint(&self) -> Result<Endpoint, Fault> {
        Endpoint::parse(&self.agent.url).map_err(Fault::not_asked)
    }

    fn missing(&self, address: Option<String>, fault: Fault) -> Missing {
        let address = address.unwrap_or_else(|| "the agent's server".to_owned());
        Missing { protocol: self.protocol(), address, fault }
    }

    /// Looks for the agent's model.
    pub(super) async fn find(&self) -> Result<Party, Missing> {
        let endpoint = self.endpoint().map_err(|fault| self.missing(None, fault))?;
        let found = match self.protocol() {
            Protocol::Ollama => self.ollama(&endpoint).await,
            Protocol::OpenAi => self.openai(&endpoint).await,
        };
        match found {
            Ok((model, told)) => Ok(self.party(endpoint, model, told)),
            Err(fault) => Err(self.missing(Some(endpoint.to_string()), fault)),
        }
    }

    fn party(&self, endpoint: Endpoint, model: ollama::Model, told: Option<u64>) -> Party {
        let protocol = self.protocol();
        let wanted = self.agent.options.num_ctx.map(u64::from).filter(|&tokens| tokens > 0);
        let context = match protocol {
            // What is asked for is given, by loading the model anew, up to what it was made for.
            Protocol::Ollama => wanted.or(told).unwrap_or(CONTEXT),
            Protocol::OpenAi => match (wanted, told) {
                (Some(wanted), Some(told)) => wanted.min(told),
                (one, other) => one.or(other).unwrap_or(CONTEXT),
            },
        };
        let context = context.min(model.most_context.unwrap_or(u64::MAX));
        Party { protocol, endpoint, model, context, context_told: told.is_some() }
    }

    async fn get(&self, endpoint: &Endpoint, path: &str, body: Option<&Value>) -> Result<Value, Fault> {
        let http = self.client.way(endpoint, self.limits)?;
        let request = request(&http, endpoint.service(path), &self.agent.key, body)?;
        let left = self.within.saturating_sub(self.watch.elapsed());
        let patience = PATIENCE.min(self.limits.first_byte);
        let answer = fetch(&http, request, &self.agent.key, self.limits, patience.min(left), MOST).await;
        let hurried = |fault: &Fault| fault.failure == Failure::Silent && is_short(left, patience);
        answer.map_err(|fault| Fault { hurried: hurried(&fault), ..fault })
    }

    async fn ollama(&self, endpoint: &Endpoint) -> Result<(ollama::Model, Option<u64>), Fault> {
        let tags = self.get(endpoint, "api/tags", None).await;
        let tags = match (tags, self.agent.backend) {
            (Ok(tags), Backend::Auto) if tags.get("models").is_none_or(|models| !models.is_array()) => {
                return Err(Fault::new(Failure::Invalid, "what answers there is not Ollama"));
            }
            (Ok(tags), _) => Some(tags),
            (Err(fault), Backend::Auto) => return Err(fault),
            (Err(fault), _) if is_final(&fault) => return Err(fault),
            (Err(_), _) => None,
        };
        let entry = tags.as_ref().and_then(|tags| ollama::listed(tags, &self.agent.model));
        let show = self.get(endpoint, "api/show", Some(&json!({"model": self.agent.model}))).await;
        let mut model = match show {
            Ok(show) => ollama::shown(&show),
            Err(fault)
                if entry.is_none() && (fault.failure == Failure::NoModel || self.agent.backend == Backend::Auto) =>
            {
                let said = format!("it does not have the model ({})", fault.said);
                return Err(Fault::new(Failure::NoModel, said));
            }
            Err(fault) if is_final(&fault) => return Err(fault),
            Err(_) => ollama::Model::default(),
        };
        model.digest = entry.and_then(ollama::digest);
        Ok((model, self.loaded(endpoint).await))
    }

    /// The context that Ollama has given the model, when it is loaded.
    pub(super) async fn loaded(&self, endpoint: &Endpoint) -> Option<u64> {
        let list = self.get(endpoint, "api/ps", None).await.ok()?;
        ollama::listed(&list, &self.agent.model).and_then(ollama::loaded_context)
    }

    async fn openai(&self, endpoint: &Endpoint) -> Result<(ollama::Model, Option<u64>), Fault> {
        match self.get(endpoint, &openai::path(endpoint, "models"), None).await {
            Ok(list) => Ok((ollama::Model::default(), openai::context(&list, &self.agent.model))),
            Err(fault) if is_final(&fault) => Err(fault),
            Err(_) => Ok((ollama::Model::default(), None)),
        }
    }

    /// The version that Ollama says it is.
    pub(super) async fn version(&self, endpoint: &Endpoint) -> Option<String> {
        let version = self.get(endpoint, "api/version", None).await.ok()?;
        Some(super::fault::one_line(version.get("version")?.as_str()?))
    }
}

/// Whether a question would only wait, or not even be put.
fn is_final(fault: &Fault) -> bool {
    fault.instant || matches!(fault.failure, Failure::Absent | Failure::Silent)
}
