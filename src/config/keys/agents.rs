//! `[agents]`, `[agents.collector]`, `[agents.insight]` and `[agents.limits]`: which models are asked, and how long that may take.
//!
//! What both agents have in common stands in `[agents]`; each may say otherwise for itself. An option that nobody has set is not sent:
//! the server decides.

use std::path::PathBuf;
use std::time::Duration;

use super::super::checks;
use super::super::kind::Kind;
use super::super::value::Literal::{Count, Nothing, Text};
use super::super::value::words;
use super::super::values::{Mismatch, Values};
use super::{DAY, HOUR, Key, MIB, Section, TEN_MS};

words! {
    /// Which kind of server is asked.
    Backend {
        /// Ollama if it answers and has the model, else nobody.
        Auto = "auto",
        /// Ollama's own protocol.
        Ollama = "ollama",
        /// OpenAI's chat completions.
        OpenAi = "openai",
        /// Nobody.
        None = "none",
    }
}

/// Layers of the largest models are some hundreds; 999 is a common way to say "all".
const LAYERS: i64 = 10_000;
/// The longest context of a model is 10 million tokens.
const CONTEXT: u64 = 1 << 24;
/// More than any vocabulary has.
const VOCABULARY: i64 = 1_000_000;
/// Seeds have 32 bits in llama.cpp; -1 is a random one.
const SEED: i64 = u32::MAX as i64;

/// `[agents.collector]` and `[agents.insight]` have the same keys.
macro_rules! sections {
    ($($agent:tt)+) => {
        keys! {
            /// The sections of the agents, in the order of the file.
            AGENTS

            /// The two agents that explain: DataCollector-9000 says what is in the data, InsightAgent what it means. The program writes every
            /// number; what a model says of them is checked. Without a model the built-in analyst says it all.
            ["agents"] Agents {
                /// "auto": Ollama if it answers and has the model, found out anew for each landing, else nobody; "ollama"; "openai": any server
                /// with the API of OpenAI's chat completions (vLLM, llama-server, LM Studio, hosted ones); "none".
                backend: Backend = Text("auto"), Kind::Word(Backend::WORDS);
                /// Where the server is, such as `http://127.0.0.1:11434`. Empty, for Ollama: where OLLAMA_HOST says, else on this machine.
                url: Option<String> = Text(""), Kind::Text(checks::optional_url);
                /// The model's name, as the server has it. "openai" needs one that somebody wrote.
                model: String = Text("gemma3:latest"), Kind::Text(checks::model);
                /// File that holds the key for the server and nothing else, relative to the file that says so.
                key_file: Option<PathBuf> = Text(""), Kind::Secret;
                /// Environment variable that holds the key.
                key_env: Option<String> = Text(""), Kind::Text(checks::key_variable);
                /// systemd credential that holds the key (LoadCredential= in the unit).
                key_credential: Option<String> = Text(""), Kind::Text(checks::key_credential);
                /// Layers of the model on the GPU; -1: as many as fit. For Ollama only.
                num_gpu: Option<i64> = Nothing, Kind::Integer(-1, LAYERS);
                /// Size of the context, in tokens. Ollama loads the model with it; for others it says how large a prompt may be.
                num_ctx: Option<u32> = Nothing, Kind::Count(256, CONTEXT);
                /// How freely words are chosen; 0: always the likeliest.
                temperature: Option<f64> = Nothing, Kind::Number(0.0, 2.0);
                /// Words are chosen among the likeliest that make up this share; 1: all.
                top_p: Option<f64> = Nothing, Kind::Number(0.0, 1.0);
                /// Words are chosen among so many of the likeliest; 0 or -1: all.
                top_k: Option<i64> = Nothing, Kind::Integer(-1, VOCABULARY);
                /// Above 1 words that were said already become less likely.
                repeat_penalty: Option<f64> = Nothing, Kind::Number(0.1, 2.0);
                /// Tokens of an answer at most.
                num_predict: Option<u32> = Nothing, Kind::Count(16, CONTEXT);
                /// How long Ollama keeps the model loaded afterwards: "10m", seconds as in "600", "-1" for ever, "0" not at all.
                keep_alive: Option<String> = Text(""), Kind::Text(checks::keep_alive);
                /// Seed of the choice of words: with the same one, the same server says the same again; -1: a random one.
                seed: Option<i64> = Nothing, Kind::Integer(-1, SEED);
                /// Landings that are talked about at the same time.
                concurrency: usize = Count(1), Kind::Count(1, 64);
                /// How long after its judgement the report of a landing waits for the models.
                deadline: Duration = Text("10m"), Kind::Duration(TEN_MS, HOUR);
                /// The same for a landing of which somebody gets a mail; never longer than `deadline`.
                mail_deadline: Duration = Text("2m"), Kind::Duration(TEN_MS, HOUR);
            }

            /// The agent that says what is in the data and what is missing. What is not set here is as in `[agents]`.
            ["agents.collector"] AgentKeys { $($agent)+ }

            /// The agent that reads what the collector found: summary, recommendations, risks. What is not set here is as in `[agents]`.
            ["agents.insight"] { $($agent)+ }

            /// What is put up with from a server. After a failure the report goes out with the built-in text.
            ["agents.limits"] Limits {
                /// Until the server takes the connection.
                connect: Duration = Text("3s"), Kind::Duration(TEN_MS, HOUR);
                /// Until the first byte of an answer: the model may have to be loaded.
                first_byte: Duration = Text("60s"), Kind::Duration(TEN_MS, HOUR);
                /// Between two pieces of an answer.
                idle: Duration = Text("20s"), Kind::Duration(TEN_MS, HOUR);
                /// Size of an answer at most, with its envelope.
                bytes: u64 = Text("4MiB"), Kind::Size(1024, 64 * MIB);
                /// Failures in a row after which a server is left alone,
                failures: u32 = Count(2), Kind::Count(1, 100);
                /// and for how long.
                rest: Duration = Text("5m"), Kind::Duration(TEN_MS, DAY);
            }
        }
    };
}

sections! {
    /// Name in reports and of the series of its calls. Empty: DataCollector-9000 for the collector, InsightAgent for the other.
    label: Option<String> = Text(""), Kind::Text(checks::label);
    /// What the agent is told about itself, in place of the built-in persona.
    persona: Option<String> = Text(""), Kind::Text(checks::persona);
    /// File that holds the persona, relative to the file that says so.
    persona_file: Option<PathBuf> = Text(""), Kind::File;
    /// Kind of server, "auto", "ollama", "openai" or "none".
    backend: Option<Backend> = Nothing, Kind::Word(Backend::WORDS);
    /// Where the server is. The key of `[agents]` is sent only where the `url` of `[agents]` leads.
    url: Option<String> = Text(""), Kind::Text(checks::optional_url);
    /// The model's name.
    model: Option<String> = Text(""), Kind::Text(checks::header);
    /// File that holds the key for the server and nothing else, relative to the file that says so.
    key_file: Option<PathBuf> = Text(""), Kind::Secret;
    /// Environment variable that holds the key.
    key_env: Option<String> = Text(""), Kind::Text(checks::key_variable);
    /// systemd credential that holds the key.
    key_credential: Option<String> = Text(""), Kind::Text(checks::key_credential);
    /// Layers of the model on the GPU; -1: as many as fit. For Ollama only.
    num_gpu: Option<i64> = Nothing, Kind::Integer(-1, LAYERS);
    /// Size of the context, in tokens.
    num_ctx: Option<u32> = Nothing, Kind::Count(256, CONTEXT);
    /// How freely words are chosen.
    temperature: Option<f64> = Nothing, Kind::Number(0.0, 2.0);
    /// Words are chosen among the likeliest that make up this share.
    top_p: Option<f64> = Nothing, Kind::Number(0.0, 1.0);
    /// Words are chosen among so many of the likeliest.
    top_k: Option<i64> = Nothing, Kind::Integer(-1, VOCABULARY);
    /// Above 1 words that were said already become less likely.
    repeat_penalty: Option<f64> = Nothing, Kind::Number(0.1, 2.0);
    /// Tokens of an answer at most.
    num_predict: Option<u32> = Nothing, Kind::Count(16, CONTEXT);
    /// How long Ollama keeps the model loaded afterwards.
    keep_alive: Option<String> = Text(""), Kind::Text(checks::keep_alive);
    /// Seed of the choice of words.
    seed: Option<i64> = Nothing, Kind::Integer(-1, SEED);
}
