//! A refusal: an answer with another status than 200, and what it means.
//!
//! Servers differ in their words, so a refusal is read by its status first, then by what it says: sizes of contexts and names of
//! fields are taken from it where they are there, because they tell how to ask better.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::fault::{Fault, SCHEMA, one_line};
use super::ollama::error_text;
use crate::domain::call::Failure;

/// As much of a refusal is looked at, characters: validators repeat the whole question behind their words.
const READ: usize = 400;
/// As many complaints of a list are told.
const COMPLAINTS: usize = 8;
/// What a refusal calls a field that a server may not take and that the question can do without, and the field. The first in order is
/// meant where there are several.
const SPARE: &[(&str, &str)] = &[
    ("max_tokens", "max_tokens"),
    ("json_schema", SCHEMA),
    ("response_format", SCHEMA),
    ("repetition_penalty", "repetition_penalty"),
    ("repeat_penalty", "repeat_penalty"),
    ("stream_options", "stream_options"),
    ("temperature", "temperature"),
    ("keep_alive", "keep_alive"),
    ("truncate", "truncate"),
    ("top_p", "top_p"),
    ("top_k", "top_k"),
    ("think", "think"),
    ("shift", "shift"),
    ("seed", "seed"),
    ("format", SCHEMA),
];
/// Words that are no fields and mean one all the same, where it is the question that is refused.
const MEANT: &[(&str, &str)] = &[("grammar", SCHEMA), ("schema", SCHEMA), ("thinking", "think")];

/// Reads a refusal: its status, what `Retry-After` says in seconds, and the beginning of its body.
pub(super) fn read(status: StatusCode, retry_after: Option<Duration>, body: &str) -> Fault {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let text = json.as_ref().and_then(words).unwrap_or_else(|| plain(body));
    let text: String = text.chars().take(READ).collect();
    let said = match one_line(&text) {
        text if text.is_empty() => format!("the server answers {status}"),
        text => format!("the server answers {status}: {text}"),
    };
    let error = json.as_ref().and_then(|value| value.get("error").filter(|error| error.is_object()).or(Some(value)));
    let field = |name: &str| error.and_then(|error| error.get(name));
    let named = |name: &str| field(name).and_then(Value::as_str).unwrap_or_default();
    let kinds = [named("type"), named("code")];
    let code = status.as_u16();
    match code {
        400..=599 if is_context(&text, kinds) => sizes(field, &text, said),
        // llama-server, which listens before it can answer.
        503 if text.to_lowercase().contains("loading model") => {
            Fault { wait: retry_after, loading: true, ..Fault::new(Failure::Busy, said) }
        }
        429 | 503 | 529 => Fault { wait: retry_after, ..Fault::passing(Failure::Busy, said) },
        404 if json.is_some() && (text.to_lowercase().contains("model") || kinds.contains(&"model_not_found")) => {
            Fault::new(Failure::NoModel, said)
        }
        300..=399 => Fault::new(Failure::Refused, format!("{said}; redirects are not followed")),
        400 | 422 => Fault { field: refused(named("param"), &text), ..Fault::new(Failure::Refused, said) },
        // llama-cpp-python refuses a field so, but what goes wrong for other reasons has this status too.
        500 => Fault { field: named_in(&text), ..Fault::new(Failure::Broken, said) },
        401..=499 => Fault::new(Failure::Refused, said),
        _ => Fault::new(Failure::Broken, said),
    }
}

/// What the body says: in either protocol's form, as a `message` at its top (older vLLM), or as `detail` (FastAPI), which is a text or a
/// list of complaints, each with the place that it is about.
fn words(body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    error_text(body).or_else(|| text("message")).or_else(|| text("detail")).or_else(|| {
        let complaints = body.get("detail")?.as_array()?.iter().filter_map(complaint).take(COMPLAINTS);
        Some(complaints.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
    })
}

/// A complaint of FastAPI (`HTTPValidationError` in its OpenAPI schema): what is wrong, and where.
fn complaint(complaint: &Value) -> Option<String> {
    let message = complaint.get("msg")?.as_str()?;
    let place = complaint.get("loc").and_then(Value::as_array).into_iter().flatten().map(|part| match part {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let place = place.collect::<Vec<_>>().join(".");
    Some(if place.is_empty() { message.to_owned() } else { format!("{place}: {message}") })
}

/// A refusal for its context, with the sizes that it tells in fields or in words.
fn sizes<'a>(field: impl Fn(&str) -> Option<&'a Value>, text: &str, said: String) -> Fault {
    let told = |name: &str| field(name).and_then(Value::as_u64);
    let context = ["context length is ", "context size (", "context length of ", "context window of "];
    let prompt = ["request (", "messages resulted in "];
    Fault {
        context: told("n_ctx").or_else(|| number_after(text, &context)),
        prompt_tokens: told("n_prompt_tokens")
            .or_else(|| number_after(text, &prompt))
            .or_else(|| number_before(text, " in the messages")),
        ..Fault::new(Failure::Context, said)
    }
}

/// A body that is no JSON: its text, unless it is a page for browsers.
fn plain(body: &str) -> String {
    if body.trim_start().starts_with('<') { String::new() } else { body.chars().take(READ).collect() }
}

/// Whether a refusal is about the size of the context.
fn is_context(text: &str, kinds: [&str; 2]) -> bool {
    if kinds.iter().any(|kind| ["exceed_context_size_error", "context_length_exceeded"].contains(kind)) {
        return true;
    }
    let text = text.to_lowercase();
    let size = ["context length", "context size", "context window", "num_ctx"];
    let over = ["exceed", "maximum", "too long", "too large", "larger than", "longer than", "does not fit"];
    size.iter().any(|words| text.contains(words)) && over.iter().any(|words| text.contains(words))
}

/// The field that is refused, of those that the question can do without: by its name where there is one, else by the words.
fn refused(param: &str, text: &str) -> Option<&'static str> {
    let spare = |text: &str, names: &[(&'static str, &'static str)]| {
        names.iter().find(|(name, _)| places(text, name).next().is_some()).map(|(_, field)| *field)
    };
    let (param, text) = (param.to_ascii_lowercase(), &text.to_ascii_lowercase());
    if !param.is_empty() {
        return spare(&param, SPARE);
    }
    // In a sentence it may be any format.
    let (format, fields) = SPARE.split_last()?;
    spare(text, fields).or_else(|| spare(text, MEANT)).or_else(|| is_named(text, format.0).then_some(format.1))
}

/// The field that the words name as one beyond doubt.
fn named_in(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    SPARE.iter().find(|(name, _)| is_named(&text, name)).map(|(_, field)| *field)
}

/// Whether a name stands in the text as that of a field: in quotes, behind a dot, or of a form that no other word has.
fn is_named(text: &str, name: &str) -> bool {
    let marks = |c: char| ['"', '\'', '`', '.'].contains(&c);
    places(text, name).any(|before| name.contains('_') || before.is_some_and(marks))
}

/// Where a name stands in the text as a word of its own: the character before it.
fn places(text: &str, name: &str) -> impl Iterator<Item = Option<char>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).filter_map(move |(at, found)| {
        let (before, rest) = text.split_at(at);
        let (before, after) = (before.chars().next_back(), rest.get(found.len()..)?.chars().next());
        (!before.is_some_and(is_part) && !after.is_some_and(is_part)).then_some(before)
    })
}

/// The number that follows one of the markers.
fn number_after(text: &str, markers: &[&str]) -> Option<u64> {
    let text = text.to_lowercase();
    let rest = markers.iter().find_map(|marker| text.split_once(marker))?.1;
    let digits = rest.chars().filter(|c| *c != ',').take_while(char::is_ascii_digit).take(12).collect::<String>();
    digits.parse().ok()
}

/// The number that stands right before the marker.
fn number_before(text: &str, marker: &str) -> Option<u64> {
    let before = text.split_once(marker)?.0;
    let digits: String = before.chars().rev().filter(|c| *c != ',').take_while(char::is_ascii_digit).take(12).collect();
    digits.chars().rev().collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: u16, body: &str) -> Fault {
        read(StatusCode::from_u16(code).expect("a status"), None, body)
    }

    #[test]
    fn each_refusal_is_what_its_server_means() {
        let cases: &[(u16, &str, Failure)] = &[
            (404, r#"{"error":"model 'gemma3:latest' not found"}"#, Failure::NoModel),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","code":404}}"#,
                Failure::NoModel,
            ),
            (404, "404 page not found", Failure::Refused),
            (
                400,
                r#"{"error":{"code":400,"type":"exceed_context_size_error","message":"m","n_prompt_tokens":9412,"n_ctx":8192}}"#,
                Failure::Context,
            ),
            (400, r#"{"error":"the input length exceeds the context length"}"#, Failure::Context),
            (500, r#"{"error":"prompt too long; exceeded max context length by 12 tokens"}"#, Failure::Context),
            (400, r#"{"error":{"message":"bad","type":"invalid_request_error"}}"#, Failure::Refused),
            (401, r#"{"error":{"message":"Incorrect API key"}}"#, Failure::Refused),
            (403, "", Failure::Refused),
            (301, "", Failure::Refused),
            (429, r#"{"error":"busy"}"#, Failure::Busy),
            (503, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, Failure::Busy),
            (500, r#"{"error":"model requires more system memory"}"#, Failure::Broken),
            (502, "<html>bad gateway</html>", Failure::Broken),
        ];
        for (code, body, failure) in cases {
            assert_eq!(fault(*code, body).failure, *failure, "{code} {body}");
        }
        let loading = fault(503, r#"{"error":{"code":503,"message":"Loading model"}}"#);
        assert!(loading.loading && !loading.passing && !fault(503, "").loading);
        assert!(fault(503, "").passing && fault(429, "").passing && !fault(500, "").passing);
        assert_eq!(fault(502, "<html>bad gateway</html>").said, "the server answers 502 Bad Gateway");
    }

    #[test]
    fn sizes_are_learned_where_they_are_told() {
        let llama = fault(
            400,
            r#"{"error":{"code":400,"message":"request (13392 tokens) exceeds the available context size (8192 tokens), try increasing it","type":"exceed_context_size_error"}}"#,
        );
        assert_eq!((llama.context, llama.prompt_tokens), (Some(8192), Some(13392)));
        let vllm = fault(
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4,096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion), reduce max_tokens.","type":"BadRequestError","param":null,"code":400}"#,
        );
        assert_eq!((vllm.failure, vllm.context, vllm.field), (Failure::Context, Some(4096), None));
        assert_eq!(vllm.prompt_tokens, Some(4000));
        assert_eq!(
            fault(400, r#"{"error":"context size (99999999999999999999999) exceeded"}"#).context,
            Some(999_999_999_999)
        );
    }

    #[test]
    fn a_field_that_is_not_taken_is_named() {
        let cases: &[(&str, Option<&str>)] = &[
            (r#"{"error":{"message":"Unrecognized request argument supplied: top_k","param":null}}"#, Some("top_k")),
            (
                r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#,
                Some("max_tokens"),
            ),
            (
                r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2","param":"temperature"}}"#,
                Some("temperature"),
            ),
            (r#"{"error":{"message":"failed to parse grammar"}}"#, Some(SCHEMA)),
            (r#"{"error":{"message":"response_format is not supported"}}"#, Some(SCHEMA)),
            (r#"{"error":"\"gemma3\" does not support thinking, think"}"#, Some("think")),
            (r#"{"error":"\"gemma3\" does not support thinking"}"#, Some("think")),
            (
                r#"{"error":"json: cannot unmarshal object into Go struct field ChatRequest.format of type string"}"#,
                Some(SCHEMA),
            ),
            (
                r#"{"error":{"message":"Automatic parser generation failed: JSON schema error at #: unrecognized type"}}"#,
                Some(SCHEMA),
            ),
            (r#"{"error":{"message":"the prompt has a format that this model was not made for"}}"#, None),
            (r#"{"error":{"message":"the shifted window is unseeded"}}"#, None),
            (r#"{"error":{"message":"no"}}"#, None),
        ];
        for (body, field) in cases {
            assert_eq!(fault(400, body).field, *field, "{body}");
        }
    }

    #[test]
    fn a_server_that_fails_names_a_field_or_says_nothing_of_one() {
        let cases: &[(&str, Option<&str>)] = &[
            // llama.cpp, when the model wrote what is no UTF-8.
            (
                r#"{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format","type":"server_error"}}"#,
                None,
            ),
            // llama-cpp-python, which does not know json_schema.
            (
                r#"{"error":{"message":"[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]","type":"internal_server_error"}}"#,
                Some(SCHEMA),
            ),
            (r#"{"error":{"message":"1 validation error: 'loc': ('body', 'seed')"}}"#, Some("seed")),
            (r#"{"error":"failed to allocate the grammar"}"#, None),
            (r#"{"error":"a bad seed"}"#, None),
        ];
        for (body, field) in cases {
            let fault = fault(500, body);
            assert_eq!((fault.failure, fault.field), (Failure::Broken, *field), "{body}");
        }
    }

    #[test]
    fn a_detail_is_told() {
        let said = fault(401, r#"{"detail":"Invalid API key"}"#).said;
        assert_eq!(said, "the server answers 401 Unauthorized: Invalid API key");
        let list = r#"{"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted","input":40}]}"#;
        let fault422 = fault(422, list);
        assert!(fault422.said.ends_with(": body.top_k: Extra inputs are not permitted"), "{}", fault422.said);
        assert_eq!(fault422.field, Some("top_k"));
        let older = r#"{"object":"error","message":"The model `x` is not there","type":"BadRequestError","param":null,"code":400}"#;
        assert_eq!(fault(400, older).said, "the server answers 400 Bad Request: The model 'x' is not there");
    }
}
