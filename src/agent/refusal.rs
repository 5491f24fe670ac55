//! A refusal: an answer with another status than 200, and what it means.
//!
//! Servers differ in their words, so a refusal is read by its status first, then by what it says: sizes of contexts and names of
//! fields are taken from it where they are there, because they tell how to ask better.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::fault::{Fault, one_line};
use super::ollama::error_text;
use super::openai::NO_SCHEMA;
use crate::domain::call::Failure;

/// As much of a refusal is looked at, characters: validators repeat the whole question behind their words.
const READ: usize = 400;
/// Fields that a server may not take and that the question can do without.
const SPARE: &[&str] = &[
    "repetition_penalty",
    "repeat_penalty",
    "stream_options",
    "temperature",
    "keep_alive",
    "truncate",
    "top_p",
    "top_k",
    "think",
    "shift",
    "seed",
];

/// Reads a refusal: its status, what `Retry-After` says in seconds, and the beginning of its body.
pub(super) fn read(status: StatusCode, retry_after: Option<Duration>, body: &str) -> Fault {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let error = json.as_ref().and_then(|value| value.get("error").filter(|error| error.is_object()).or(Some(value)));
    let text = json.as_ref().and_then(error_text).unwrap_or_else(|| plain(body));
    let text: String = text.chars().take(READ).collect();
    let said = match one_line(&text) {
        text if text.is_empty() => format!("the server answers {status}"),
        text => format!("the server answers {status}: {text}"),
    };
    let field = |name: &str| error.and_then(|error| error.get(name));
    let named = |name: &str| field(name).and_then(Value::as_str).unwrap_or_default();
    let kinds = [named("type"), named("code")];
    let code = status.as_u16();
    if (400..=599).contains(&code) && is_context(&text, kinds) {
        return Fault {
            context: field("n_ctx").and_then(Value::as_u64).or_else(|| {
                number_after(
                    &text,
                    &["context length is ", "context size (", "context length of ", "context window of "],
                )
            }),
            prompt_tokens: field("n_prompt_tokens")
                .and_then(Value::as_u64)
                .or_else(|| number_after(&text, &["request (", "messages resulted in "])),
            ..Fault::new(Failure::Context, said)
        };
    }
    match code {
        429 | 503 | 529 => Fault { wait: retry_after, ..Fault::passing(Failure::Busy, said) },
        404 if json.is_some() && (text.to_lowercase().contains("model") || kinds.contains(&"model_not_found")) => {
            Fault::new(Failure::NoModel, said)
        }
        300..=399 => Fault::new(Failure::Refused, format!("{said}; redirects are not followed")),
        400 | 422 | 500 => {
            let field = spare(named("param"), &text);
            let failure = if code == 500 { Failure::Broken } else { Failure::Refused };
            Fault { field, ..Fault::new(failure, said) }
        }
        401..=499 => Fault::new(Failure::Refused, said),
        _ => Fault::new(Failure::Broken, said),
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

/// The field that the server does not take, of those that it can be asked without.
fn spare(param: &str, text: &str) -> Option<&'static str> {
    let text = if param.is_empty() { text.to_lowercase() } else { param.to_lowercase() };
    if text.contains("max_tokens") {
        return Some("max_tokens");
    }
    let form = ["json_schema", "schema", "grammar", "response_format", "format"];
    if form.iter().any(|word| text.contains(word)) {
        return Some(NO_SCHEMA);
    }
    SPARE.iter().find(|field| text.contains(*field)).copied()
}

/// The number that follows one of the markers.
fn number_after(text: &str, markers: &[&str]) -> Option<u64> {
    let text = text.to_lowercase();
    let rest = markers.iter().find_map(|marker| text.split_once(marker))?.1;
    let digits = rest.chars().filter(|c| *c != ',').take_while(char::is_ascii_digit).take(12).collect::<String>();
    digits.parse().ok()
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
            (r#"{"error":{"message":"failed to parse grammar"}}"#, Some(NO_SCHEMA)),
            (r#"{"error":{"message":"response_format is not supported"}}"#, Some(NO_SCHEMA)),
            (r#"{"error":"\"gemma3\" does not support thinking, think"}"#, Some("think")),
            (r#"{"error":{"message":"no"}}"#, None),
        ];
        for (body, field) in cases {
            assert_eq!(fault(400, body).field, *field, "{body}");
        }
    }
}
