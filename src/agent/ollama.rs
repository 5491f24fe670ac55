//! Ollama's own protocol (docs/api.md of ollama/ollama): how a question is written, and what its lines and lists mean.
//!
//! A stream is one JSON object a line, the last with `done: true`. An error in the midst of it is a line too, under the status 200.
//! Durations are nanoseconds; a figure that is not there is 0 by the documentation, which is no measurement.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Options;
use super::answer::{Answer, Finish, not_json};
use super::fault::Fault;
use crate::dialogue::Prompt;
use crate::domain::call::Failure;

/// What a server tells of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub digest: Option<String>,
    /// The largest context that the model was made for, tokens.
    pub most_context: Option<u64>,
    /// It thinks before it answers unless told not to.
    pub thinks: bool,
}

/// The body of a question to `/api/chat`. Fields in `without` are left out: the server does not take them.
pub(super) fn question(
    model: &str,
    prompt: &Prompt,
    options: &Options,
    thinks: bool,
    without: &BTreeSet<String>,
) -> Value {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| {
        if !without.contains(name) {
            body.insert(name.to_owned(), value);
        }
    };
    set("model", json!(model));
    set("messages", messages(prompt));
    set("stream", json!(true));
    // An error instead of a prompt that is cut in silence, and instead of a context that is shifted away while it answers.
    set("truncate", json!(false));
    set("shift", json!(false));
    if thinks {
        set("think", json!(false));
    }
    if let Some(keep) = &options.keep_alive {
        // A number is seconds; as text it would need a unit.
        set("keep_alive", keep.trim().parse::<i64>().map_or_else(|_| json!(keep), |seconds| json!(seconds)));
    }
    set("options", settings(prompt.room, options));
    set("format", prompt.schema.clone());
    Value::Object(body)
}

/// System and user, as both protocols have them.
pub(super) fn messages(prompt: &Prompt) -> Value {
    json!([{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}])
}

fn settings(room: u32, options: &Options) -> Value {
    let Options { num_gpu, num_ctx, temperature, top_p, top_k, repeat_penalty, num_predict: _, keep_alive: _, seed } =
        options;
    let named = [
        ("num_gpu", num_gpu.map(Value::from)),
        ("num_ctx", num_ctx.map(Value::from)),
        ("temperature", temperature.map(Value::from)),
        ("top_p", top_p.map(Value::from)),
        ("top_k", top_k.map(Value::from)),
        ("repeat_penalty", repeat_penalty.map(Value::from)),
        // Always: a model without a limit may never end.
        ("num_predict", Some(Value::from(room))),
        ("seed", seed.map(Value::from)),
    ];
    let set = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(set.collect())
}

/// Takes a line of an answer.
///
/// # Errors
/// An error line, or one that is not of this protocol.
pub(super) fn hear(answer: &mut Answer, line: &str) -> Result<(), Fault> {
    if line.trim().is_empty() || answer.over {
        return Ok(());
    }
    let value: Value = serde_json::from_str(line).map_err(|error| not_json(line, &error))?;
    if let Some(error) = error_text(&value) {
        return Err(Fault::new(Failure::Broken, format!("the server broke off its answer: {error}")));
    }
    let Some(done) = value.get("done").and_then(Value::as_bool) else {
        return Err(Fault::new(Failure::Invalid, format!("what it answers is not Ollama's protocol: \"{line}\"")));
    };
    let message = value.get("message");
    let text = |field: &str| message.and_then(|message| message.get(field)).and_then(Value::as_str).unwrap_or_default();
    answer.think(text("thinking"));
    answer.say(text("content"))?;
    if done {
        finish(answer, &value);
    }
    Ok(())
}

fn finish(answer: &mut Answer, value: &Value) {
    let count = |field: &str| value.get(field).and_then(Value::as_u64).filter(|&n| n > 0);
    let duration = |field: &str| count(field).map(|nanoseconds| nanoseconds as f64 / 1e9);
    answer.over = true;
    answer.finish = Some(match value.get("done_reason").and_then(Value::as_str) {
        Some("stop") => Finish::Stop,
        Some("length") => Finish::Length,
        Some(other) => Finish::Other(other.to_owned()),
        None => Finish::Other("none is given".to_owned()),
    });
    answer.tokens = count("eval_count");
    answer.prompt_tokens = count("prompt_eval_count");
    answer.prompt_eval_s = duration("prompt_eval_duration");
    answer.eval_s = duration("eval_duration");
    answer.load_s = duration("load_duration");
}

/// The text of an error in either protocol's form: `{"error": "..."}` or `{"error": {"message": "..."}}`; in older releases of vLLM it is
/// `{"object": "error", "message": "..."}`.
pub(super) fn error_text(value: &Value) -> Option<String> {
    if value.get("object").and_then(Value::as_str) == Some("error") {
        return value.get("message").and_then(Value::as_str).map(str::to_owned);
    }
    match value.get("error")? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Object(error) => match error.get("message").and_then(Value::as_str) {
            Some(message) => Some(message.to_owned()),
            None => Some(Value::Object(error.clone()).to_string()),
        },
        other => Some(other.to_string()),
    }
}

/// Whether two names are of the same model: without a tag it is `latest`, and Ollama takes capitals for small letters.
pub(super) fn same_model(one: &str, other: &str) -> bool {
    let full = |name: &str| {
        let name = name.trim().to_lowercase();
        let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
        if tagged { name } else { format!("{name}:latest") }
    };
    full(one) == full(other)
}

/// The entry of a model in a list of `/api/tags` or `/api/ps`.
pub(super) fn listed<'a>(list: &'a Value, model: &str) -> Option<&'a Value> {
    let models = list.get("models")?.as_array()?;
    let named = |entry: &Value| {
        let names = ["model", "name"].map(|field| entry.get(field).and_then(Value::as_str));
        names.into_iter().flatten().any(|name| same_model(name, model))
    };
    models.iter().find(|entry| named(entry))
}

/// The digest in an entry of `/api/tags`.
pub(super) fn digest(entry: &Value) -> Option<String> {
    let digest = entry.get("digest")?.as_str()?;
    let plain =
        !digest.is_empty() && digest.len() <= 100 && digest.chars().all(|c| c.is_ascii_alphanumeric() || c == ':');
    plain.then(|| digest.to_owned())
}

/// The context that a loaded model has now, in an entry of `/api/ps`; older servers do not say.
pub(super) fn loaded_context(entry: &Value) -> Option<u64> {
    entry.get("context_length").and_then(Value::as_u64).filter(|&tokens| tokens > 0)
}

/// Reads the answer of `/api/show`.
pub(super) fn shown(show: &Value) -> Model {
    let info = show.get("model_info");
    let architecture = info.and_then(|info| info.get("general.architecture")).and_then(Value::as_str);
    let most_context = architecture
        .and_then(|name| info?.get(format!("{name}.context_length"))?.as_u64())
        .filter(|&tokens| tokens > 0);
    let capabilities = show.get("capabilities").and_then(Value::as_array);
    let thinks = capabilities.is_some_and(|all| all.iter().any(|one| one.as_str() == Some("thinking")));
    Model { digest: None, most_context, thinks }
}
