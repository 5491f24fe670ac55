//! L2: the agents' way to their models. One question after the other over HTTP, each with deadlines, bounds on what comes back, and a
//! breaker for an endpoint that keeps failing.
//!
//! What an answer may say is decided in [`dialogue`](crate::dialogue). A call that fails never fails a landing: it is told as what it
//! was, and the report goes out with the built-in text.

mod answer;
mod ask;
mod breaker;
mod checkup;
mod client;
mod conversation;
mod endpoint;
mod exchange;
mod fault;
mod lines;
mod mask;
mod memory;
mod ollama;
mod openai;
mod pace;
mod probe;
mod refusal;

#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod talk_tests;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use checkup::{Checkup, check};
pub use client::{Client, ClientError};
pub use conversation::converse;
pub use memory::Memory;

/// Which kind of server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// Ollama if it answers and has the model, else nobody; found out anew for each landing.
    #[default]
    Auto,
    /// Ollama's own protocol.
    Ollama,
    /// The protocol of OpenAI's chat completions: vLLM, llama-server, LM Studio, hosted ones.
    OpenAi,
    /// Nobody: the built-in analyst alone.
    None,
}

/// How the agents are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub collector: AgentSettings,
    pub insight: AgentSettings,
    /// Landings that are talked about at the same time.
    pub concurrency: usize,
    /// How long after its judgement the report of a landing may wait for the models.
    pub deadline: Duration,
    /// The same for a landing of which somebody gets a mail.
    pub mail_deadline: Duration,
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            collector: AgentSettings::new("DataCollector-9000"),
            insight: AgentSettings::new("InsightAgent"),
            concurrency: 1,
            deadline: Duration::from_secs(600),
            mail_deadline: Duration::from_secs(120),
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Whether no model is ever to be asked: nobody but the insight agent reads what the collector finds.
    pub fn is_off(&self) -> bool {
        self.insight.backend == Backend::None
    }
}

impl AgentSettings {
    /// An agent with this label, all else by default: an Ollama on this machine, if there is one.
    pub fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            persona: None,
            backend: Backend::Auto,
            url: "http://127.0.0.1:11434".to_owned(),
            model: "gemma3:latest".to_owned(),
            key: Key::None,
            options: Options::default(),
        }
    }
}

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSettings {
    /// DataCollector-9000, InsightAgent.
    pub label: String,
    /// In place of the built-in persona.
    pub persona: Option<String>,
    pub backend: Backend,
    /// Where the server is: `http://127.0.0.1:11434`, or for OpenAI's protocol with or without `/v1`.
    pub url: String,
    pub model: String,
    /// For the Authorization header.
    pub key: Key,
    pub options: Options,
}

/// What the Authorization header says.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Key {
    /// There is none to be sent.
    #[default]
    None,
    Secret(String),
    /// There should be one, and it is not to be had: the agent is not asked. Says why.
    Missing(String),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Secret(_) => f.write_str("Secret(…)"),
            Self::Missing(why) => f.debug_tuple("Missing").field(why).finish(),
        }
    }
}

/// What is asked of the model; what is `None` is left to the server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Layers on the GPU.
    pub num_gpu: Option<i64>,
    /// Size of the context, tokens.
    pub num_ctx: Option<u32>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<i64>,
    pub repeat_penalty: Option<f64>,
    /// Tokens of an answer at most.
    pub num_predict: Option<u32>,
    /// How long the model stays loaded, in Ollama's words: `10m`, `-1`.
    pub keep_alive: Option<String>,
    pub seed: Option<i64>,
}

/// How long a server may take, and how much it may send.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub connect: Duration,
    /// Until the first byte of an answer: the model may have to be loaded.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// Bytes of an answer's body.
    pub bytes: usize,
    /// Failures in a row after which an endpoint is left alone,
    pub failures: u32,
    /// and for how long.
    pub rest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(20),
            bytes: 4 << 20,
            failures: 2,
            rest: Duration::from_secs(300),
        }
    }
}
