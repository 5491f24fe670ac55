//! A checkup of one agent, for a person who asks whether it works: what answers, with which model, and how fast.

use std::time::Duration;

use serde_json::json;

use super::answer::Protocol;
use super::ask::Asker;
use super::client::Client;
use super::probe::{Party, Search};
use super::{AgentSettings, Backend, Limits};
use crate::clock::{Clock, Stopwatch};
use crate::dialogue::{Prompt, Shown};
use crate::domain::call::{Call, Role};

/// How long the search may take, and the one question when its answer has begun.
const PATIENCE: Duration = Duration::from_secs(120);
/// Tokens that the answer may have where the configuration does not say: a model that thinks first takes some.
const ROOM: u32 = 256;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkup {
    /// `ollama` or `openai`; `None` when nobody is to be asked.
    pub backend: Option<&'static str>,
    /// The name by which the memory has it, for [`Client::answers`]; empty when nobody was found.
    pub name: String,
    /// Without anything secret.
    pub url: String,
    pub model: String,
    /// Why the model cannot be asked; for people, with the next step.
    pub missing: Option<String>,
    /// As Ollama says it.
    pub version: Option<String>,
    /// Of the model's content, as the server names it.
    pub digest: Option<String>,
    /// The context that a conversation would reckon with, tokens.
    pub context: Option<u64>,
    /// The question that was asked, with how it ended and what was measured.
    pub call: Option<Call>,
    /// What it answered.
    pub answer: Option<String>,
    /// What a person should know beside.
    pub notes: Vec<String>,
}

/// Looks for an agent's model and asks it a short question, whether or not the endpoint is to be left alone.
pub async fn check(client: &Client, role: Role, agent: &AgentSettings, limits: &Limits, clock: &dyn Clock) -> Checkup {
    let mut checkup = Checkup { model: agent.model.clone(), ..Checkup::default() };
    if agent.backend == Backend::None {
        return checkup;
    }
    let search = Search { client, agent, limits, within: PATIENCE, watch: Stopwatch::start() };
    let party = match search.find().await {
        Ok(party) => party,
        Err(missing) => {
            checkup.backend = Some(missing.protocol.as_str());
            checkup.missing = Some(missing.fault.words(&missing.address, &agent.model));
            checkup.url = missing.address;
            return checkup;
        }
    };
    checkup.backend = Some(party.protocol.as_str());
    checkup.name = party.name(agent);
    checkup.url = party.endpoint.to_string();
    checkup.digest.clone_from(&party.model.digest);
    checkup.context = Some(party.context);
    checkup.notes = notes(agent, &party);
    if party.protocol == Protocol::Ollama {
        checkup.version = search.version(&party.endpoint).await;
    }
    let asker = Asker { client, role, agent, limits, clock, insists: true };
    let room = agent.options.num_predict.unwrap_or(ROOM);
    let (call, answer) = asker.ask(&party, &question(room), 1, limits.first_byte.saturating_add(PATIENCE)).await;
    (checkup.call, checkup.answer) = (Some(call), answer);
    checkup
}

fn notes(agent: &AgentSettings, party: &Party) -> Vec<String> {
    let mut notes = Vec::new();
    if !party.context_told && agent.options.num_ctx.is_none() {
        notes.push("the server does not say how large its context is: set num_ctx if it is larger".to_owned());
    }
    notes
}

fn question(room: u32) -> Prompt {
    let schema = json!({
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": false,
    });
    Prompt {
        system: "You answer with one JSON object and nothing else.".to_owned(),
        user:
            "Are you ready to explain the results of benchmarks? Answer with {\"ready\": true} or {\"ready\": false}."
                .to_owned(),
        schema,
        shown: Shown::default(),
        tokens: 0,
        room,
        unread: 0,
    }
}
