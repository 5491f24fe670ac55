//! The protocol of OpenAI's chat completions, as vLLM, llama-server, LM Studio and hosted services speak it.
//!
//! A stream is server-sent events of chunks; a chunk with a `finish_reason` ends the answer, one with `usage` may follow, and `[DONE]`
//! ends the stream. A stream without a `finish_reason` is not an answer, however it ended. The durations that llama-server adds
//! (`timings`) are taken where they are.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Options;
use super::answer::{Answer, Finish, not_json};
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::ollama::{error_text, messages};
use crate::dialogue::Prompt;
use crate::domain::call::Failure;

/// Ways to ask for an answer of a shape, the best first; of those that the server does not take, the names are in `without`.
pub(super) const SHAPES: &[&str] = &[JSON_SCHEMA, JSON_OBJECT_SCHEMA, RESPONSE_FORMAT];
/// As the protocol has it.
const JSON_SCHEMA: &str = "json_schema";
/// The schema beside the older word for any JSON, as llama-cpp-python takes it; without this one, it is any JSON.
const JSON_OBJECT_SCHEMA: &str = "json_object.schema";
/// The field itself: without it, the prompt alone asks for JSON.
const RESPONSE_FORMAT: &str = "response_format";

/// The body of a question to `/v1/chat/completions`. Fields in `without` are left out, or said in the older way: the server does not
/// take them.
pub(super) fn question(model: &str, prompt: &Prompt, options: &Options, without: &BTreeSet<String>) -> Value {
    let mut body = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| !without.contains(name)) {
            body.insert(name.to_owned(), value);
        }
    };
    // An empty name is that of the only model of a server that has one.
    set("model", Some(json!(model)).filter(|_| !model.is_empty()));
    set("messages", Some(messages(prompt)));
    set("stream", Some(json!(true)));
    set("stream_options", Some(json!({"include_usage": true})));
    set("max_tokens", Some(json!(prompt.room)));
    if without.contains("max_tokens") {
        set("max_completion_tokens", Some(json!(prompt.room)));
    }
    set("temperature", options.temperature.map(Value::from));
    set("top_p", options.top_p.map(Value::from));
    set("seed", options.seed.map(Value::from));
    set("top_k", options.top_k.map(Value::from));
    // llama-server and LM Studio have the one name, vLLM and the hosted ones the other.
    set("repeat_penalty", options.repeat_penalty.map(Value::from));
    set("repetition_penalty", options.repeat_penalty.map(Value::from));
    set(RESPONSE_FORMAT, Some(shape(&prompt.schema, without)));
    Value::Object(body)
}

fn shape(schema: &Value, without: &BTreeSet<String>) -> Value {
    if !without.contains(JSON_SCHEMA) {
        json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}})
    } else if !without.contains(JSON_OBJECT_SCHEMA) {
        json!({"type": "json_object", "schema": schema})
    } else {
        json!({"type": "json_object"})
    }
}

/// The path of a service. A base with a path of its own is taken as it is: `/v1`, `/api/v1`, `/v1beta/openai`.
pub(super) fn path(endpoint: &Endpoint, service: &str) -> String {
    if endpoint.has_path() { service.to_owned() } else { format!("v1/{service}") }
}

/// Takes the data of an event.
///
/// # Errors
/// An error in the stream, or something that is not of this protocol.
pub(super) fn hear(answer: &mut Answer, data: &str) -> Result<(), Fault> {
    let data = data.trim();
    if data.is_empty() || answer.over {
        return Ok(());
    }
    if data == "[DONE]" {
        answer.over = true;
        return Ok(());
    }
    let value: Value = serde_json::from_str(data).map_err(|error| not_json(data, &error))?;
    take(answer, &value, "delta")
}

/// Takes the body of a server that does not stream.
///
/// # Errors
/// As [`hear`].
pub(super) fn hear_whole(answer: &mut Answer, body: &str) -> Result<(), Fault> {
    let value: Value = serde_json::from_str(body).map_err(|error| not_json(body, &error))?;
    answer.over = true;
    take(answer, &value, "message")
}

fn take(answer: &mut Answer, value: &Value, field: &str) -> Result<(), Fault> {
    if let Some(error) = error_text(value) {
        return Err(Fault::new(Failure::Broken, format!("the server broke off its answer: {error}")));
    }
    let choices = value.get("choices").and_then(Value::as_array);
    let measured = ["usage", "timings"].iter().any(|field| value.get(field).is_some_and(Value::is_object));
    if choices.is_none() && !measured {
        let start: String = value.to_string().chars().take(80).collect();
        return Err(Fault::new(Failure::Invalid, format!("what it answers is not OpenAI's protocol: \"{start}\"")));
    }
    if let Some(choice) = choices.and_then(|choices| choices.first()) {
        let said = choice.get(field);
        let text = |name: &str| said.and_then(|said| said.get(name)).and_then(Value::as_str).unwrap_or_default();
        answer.think(text("reasoning_content"));
        answer.think(text("reasoning"));
        answer.say(text("content"))?;
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            answer.finish = Some(match reason {
                // The second is that of text-generation-inference.
                "stop" | "eos_token" => Finish::Stop,
                "length" => Finish::Length,
                other => Finish::Other(other.to_owned()),
            });
        }
    }
    measure(answer, value);
    Ok(())
}

/// `usage`, which is cumulative where it comes more than once, and `timings` of llama-server, in milliseconds.
fn measure(answer: &mut Answer, value: &Value) {
    let count = |table: &str, field: &str| value.get(table)?.get(field)?.as_u64().filter(|&n| n > 0);
    let duration = |field: &str| {
        let milliseconds = value.get("timings")?.get(field)?.as_f64()?;
        (milliseconds.is_finite() && milliseconds > 0.0).then_some(milliseconds / 1e3)
    };
    answer.tokens = count("usage", "completion_tokens").or(answer.tokens);
    answer.prompt_tokens = count("usage", "prompt_tokens").or(answer.prompt_tokens);
    answer.prompt_eval_s = duration("prompt_ms").or(answer.prompt_eval_s);
    answer.eval_s = duration("predicted_ms").or(answer.eval_s);
}

/// The context that a list of `/v1/models` tells of a model: vLLM says `max_model_len`, LM Studio `loaded_context_length` or
/// `max_context_length`, hosted services `context_length` or `context_window`, llama-server `meta.n_ctx`. What a model was trained
/// with (`n_ctx_train`) is a bound only, and is not taken.
pub(super) fn context(list: &Value, model: &str) -> Option<u64> {
    let models = list.get("data")?.as_array()?;
    let named = |entry: &&Value| entry.get("id").and_then(Value::as_str) == Some(model);
    let entry = models.iter().find(named).or(match models.as_slice() {
        [only] => Some(only),
        _ => None,
    })?;
    let fields = ["max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length"];
    let told = fields.iter().find_map(|field| entry.get(field)?.as_u64());
    told.or_else(|| entry.get("meta")?.get("n_ctx")?.as_u64()).filter(|&tokens| tokens > 0)
}
