//! What contradicts itself in the settings of the agents, as they are in force for each.

use reqwest::Url;

use super::{Complaint, Config, Place, Rule, is_loopback};
use crate::config::Backend;
use crate::domain::call::Role;

/// Tokens that a prompt takes at the least, whatever there is to say.
const PROMPT: f64 = 128.0;

/// The share of a context that prompt and answer may fill together.
const FILLED: f64 = 0.85;

/// A rule for each agent. The keys are those of the agent, then those that it shares.
macro_rules! for_each_agent {
    ($($check:ident: $($key:literal)+ $(, $shared:literal)*;)+) => {
        &[
            $(
                Rule {
                    keys: &[$(concat!("agents.collector.", $key),)+ $($shared,)*],
                    check: |config| $check(config, Role::Collector),
                },
                Rule {
                    keys: &[$(concat!("agents.insight.", $key),)+ $($shared,)*],
                    check: |config| $check(config, Role::Insight),
                },
            )+
            Rule { keys: &["agents.key_credential", "agents.key_env", "agents.key_file"], check: one_shared_key },
            Rule { keys: &["agents.mail_deadline", "agents.deadline"], check: mail_within_deadline },
            Rule { keys: &["agents.insight.label", "agents.collector.label"], check: labels_apart },
        ]
    };
}

pub(super) const RULES: &[Rule] = for_each_agent! {
    one_persona: "persona_file" "persona";
    one_key: "key_credential" "key_env" "key_file";
    where_it_is: "backend" "url", "agents.backend", "agents.url";
    which_model: "backend" "model", "agents.backend", "agents.model";
    key_is_protected: "url" "key_credential" "key_env" "key_file",
        "agents.url", "agents.key_credential", "agents.key_env", "agents.key_file";
    room_for_a_prompt: "num_predict" "num_ctx", "agents.num_predict", "agents.num_ctx";
};

fn one_persona(config: &Config, role: Role) -> Option<Complaint> {
    let own = config.own(role);
    (own.persona.is_some() && own.persona_file.is_some()).then(|| {
        Complaint::new("must be the only persona, but `persona` and `persona_file` are set")
            .hint("set one of them to \"\"")
    })
}

fn one_key(config: &Config, role: Role) -> Option<Complaint> {
    let own = config.own(role);
    one_of([own.key_credential.is_some(), own.key_env.is_some(), own.key_file.is_some()])
}

fn one_shared_key(config: &Config) -> Option<Complaint> {
    let all = &config.agents;
    one_of([all.key_credential.is_some(), all.key_env.is_some(), all.key_file.is_some()])
}

fn one_of(set: [bool; 3]) -> Option<Complaint> {
    let names = ["key_credential", "key_env", "key_file"].into_iter().zip(set);
    let names: Vec<&str> = names.filter(|(_, set)| *set).map(|(name, _)| name).collect();
    (names.len() > 1).then(|| {
        Complaint::new(format!("must be the only source of the key, but these are set: {}", names.join(", ")))
            .hint("set the others to \"\"")
    })
}

/// Ollama has a usual place, other servers have none.
fn where_it_is(config: &Config, role: Role) -> Option<Complaint> {
    let asked = config.asked(role);
    (asked.backend == Backend::OpenAi && asked.url.is_none()).then(|| {
        Complaint::new("is \"openai\", which needs a `url`").hint("for instance url = \"http://127.0.0.1:8000/v1\"")
    })
}

/// The default is a name that Ollama knows.
fn which_model(config: &Config, role: Role) -> Option<Complaint> {
    let named = config.own(role).model.is_some() || config.place("agents.model") != Place::Default;
    (config.asked(role).backend == Backend::OpenAi && !named).then(|| {
        Complaint::new("is \"openai\", which needs a `model`").hint("GET /v1/models of the server lists those it has")
    })
}

fn key_is_protected(config: &Config, role: Role) -> Option<Complaint> {
    let asked = config.asked(role);
    let url = asked.url.filter(|_| asked.key.is_some()).and_then(|url| Url::parse(&url).ok())?;
    let host = url.host_str()?;
    (url.scheme() == "http" && !is_loopback(host)).then(|| {
        Complaint::new(format!("sends the key to \"{host}\" in plain text, where others can read it"))
            .hint("use https, or a server on this machine")
    })
}

fn room_for_a_prompt(config: &Config, role: Role) -> Option<Complaint> {
    let options = config.asked(role).options;
    let (context, predict) = (options.num_ctx?, options.num_predict?);
    (f64::from(context) * FILLED - f64::from(predict) < PROMPT).then(|| {
        Complaint::new(format!(
            "leaves no room for a prompt: answers of {predict} tokens (`num_predict`) in a context of {context} (`num_ctx`)"
        ))
        .hint("make `num_ctx` larger or `num_predict` smaller")
    })
}

/// A default is shortened with `deadline`; what somebody wrote is not.
fn mail_within_deadline(config: &Config) -> Option<Complaint> {
    let all = &config.agents;
    (config.place("agents.mail_deadline") != Place::Default && all.mail_deadline > all.deadline).then(|| {
        Complaint::new("does not fit: a landing with mail would wait for its agents longer than any may (`deadline`)")
            .hint("make `mail_deadline` at most as long as `deadline`")
    })
}

fn labels_apart(config: &Config) -> Option<Complaint> {
    let label = config.asked(Role::Insight).label;
    (config.asked(Role::Collector).label == label).then(|| {
        Complaint::new(format!("is \"{label}\" for both agents, which reports and tables tell apart by it"))
            .hint("give each a name of its own")
    })
}
