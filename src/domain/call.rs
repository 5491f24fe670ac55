//! A call: one question to a language model, how it ended, and what was measured on the way.
//!
//! What a call measured is a benchmark result like any other and becomes a series of its own, so each number says its unit, and one
//! that the server did not tell is missing rather than zero.

use serde::{Deserialize, Serialize};

/// The benchmark that the calls' measurements are series of. It is also the path of the artifact that they stand in, which is no file:
/// the index alone holds it.
pub const BENCHMARK: &str = "chimera-insight/agents";

/// Which of the two agents asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads the facts and says what is in them and what is missing: DataCollector-9000.
    Collector,
    /// Reads what the collector found and says what it means: InsightAgent.
    Insight,
}

impl Role {
    /// The word in the configuration and in the index.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Insight => "insight",
        }
    }
}

/// What a recommendation is to improve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// Work done in the same time.
    Throughput,
    /// The time to the first token, or to the first result.
    Ttft,
    /// The quality of results and of what is known of them.
    Quality,
}

/// One question and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub role: Role,
    /// The name of the agent in the configuration.
    pub label: String,
    /// 1 for the question, 2 for the repair of its answer.
    pub attempt: u32,
    /// `ollama` or `openai`.
    pub backend: String,
    /// Without anything secret.
    pub url: String,
    pub model: String,
    /// Of the model's content, as the server names it.
    pub digest: Option<String>,
    /// As they were sent: name and value.
    pub options: Vec<(String, String)>,
    pub ended: Ended,
    pub measured: Measured,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// With a finished answer.
    Answered,
    /// Without one that can be used; the words are for people.
    Failed { failure: Failure, words: String },
}

/// Why there is no answer that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nothing answers at the address.
    Absent,
    /// The server does not have the model.
    NoModel,
    /// The prompt does not fit the model's context.
    Context,
    /// The server is busy (429, 503).
    Busy,
    /// The server refused for another reason, such as a key that it does not know.
    Refused,
    /// The server failed: another status, or an error in the midst of the answer.
    Broken,
    /// Nothing came within the time for the first byte.
    Silent,
    /// What came, came too slowly, or the time was up.
    Slow,
    /// The answer ended before it said that it was finished.
    Cut,
    /// What came is not what the protocol says, or not the JSON that was asked for.
    Invalid,
    /// More bytes, or more white space, than any answer has.
    Endless,
    /// The model was cut off at its limit of tokens.
    Length,
    /// The server read less of the prompt than was sent.
    Truncated,
    /// It was not tried: the endpoint failed too often before.
    Resting,
}

/// What was measured of a call. Seconds and tokens; `None` is what could not be known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// From the request to the end of the answer, s.
    pub total_s: f64,
    /// From the request to the first piece of the answer, s: with the wait in the server's queue and the loading of the model.
    pub ttft_s: Option<f64>,
    /// Tokens of the answer a second while it was generated: by the server's own clock where it tells, else by ours from the first
    /// piece to the last.
    pub throughput: Option<f64>,
    /// Tokens of the answer.
    pub tokens: Option<u64>,
    /// Tokens of the prompt, as the server counted them.
    pub prompt_tokens: Option<u64>,
    /// The evaluation of the prompt, s.
    pub prompt_eval_s: Option<f64>,
    /// The generation of the answer, s.
    pub eval_s: Option<f64>,
    /// The loading of the model, s.
    pub load_s: Option<f64>,
    /// The size of the context that was in force, tokens.
    pub context: Option<u64>,
    /// Bytes of the answer's body.
    pub bytes: u64,
}
