//! The two protocols: how content becomes the lines of an answer, and how errors are told.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::http::Connection;
use super::reply::{Body, Cut, Flow, PromptTokens, Reply};
use super::{Request, answer};

/// Characters of content in a piece.
const PIECE: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Ollama,
    OpenAi,
}

impl Protocol {
    /// That of a request, by its path.
    pub fn of(request: &Request) -> Self {
        if request.path.starts_with("/v1") { Self::OpenAi } else { Self::Ollama }
    }

    /// The body of an error.
    pub fn error(self, message: &str, kind: &str) -> String {
        match self {
            Self::Ollama => json!({ "error": message }),
            Self::OpenAi => json!({ "error": { "message": message, "type": kind, "param": null, "code": null } }),
        }
        .to_string()
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Ollama => "application/x-ndjson",
            Self::OpenAi => "text/event-stream",
        }
    }

    /// An object as it stands in the stream.
    fn line(self, object: &Value) -> String {
        match self {
            Self::Ollama => format!("{object}\n"),
            Self::OpenAi => format!("data: {object}\n\n"),
        }
    }

    /// A piece of content.
    fn piece(self, model: &str, content: &str) -> String {
        self.line(&match self {
            Self::Ollama => json!({
                "model": model,
                "created_at": "2026-10-01T06:00:00.123456789Z",
                "message": { "role": "assistant", "content": content },
                "done": false,
            }),
            Self::OpenAi => json!({
                "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model,
                "choices": [{ "index": 0, "delta": { "content": content }, "logprobs": null, "finish_reason": null }],
            }),
        })
    }

    /// What ends the answer.
    fn closing(self, request: &Request, reply: &Reply, content: &str) -> String {
        let model = request.json()["model"].clone();
        let tokens = tokens(content);
        let prompt_tokens = match reply.prompt_tokens {
            PromptTokens::Counted => Some(tokens_of_prompt(request)),
            PromptTokens::Of(tokens) => Some(tokens),
            PromptTokens::Untold => None,
        };
        match self {
            Self::Ollama => self.line(&ollama_closing(&model, reply, tokens, prompt_tokens)),
            Self::OpenAi => {
                let chunk = |choices: Value| json!({ "id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model, "choices": choices });
                let last = chunk(json!([{ "index": 0, "delta": {}, "finish_reason": reply.reason }]));
                let mut text = self.line(&last);
                let wanted = request.json()["stream_options"]["include_usage"] == true;
                if let (true, Some(prompt_tokens)) = (wanted, prompt_tokens) {
                    let mut usage = chunk(json!([]));
                    let total = prompt_tokens + tokens;
                    usage["usage"] =
                        json!({ "prompt_tokens": prompt_tokens, "completion_tokens": tokens, "total_tokens": total });
                    text.push_str(&self.line(&usage));
                }
                text + "data: [DONE]\n\n"
            }
        }
    }
}

fn ollama_closing(model: &Value, reply: &Reply, tokens: u64, prompt_tokens: Option<u64>) -> Value {
    let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let eval = Duration::from_secs_f64(tokens as f64 / reply.speed.tokens_per_second);
    let read = u32::try_from(prompt_tokens.unwrap_or(0)).unwrap_or(u32::MAX);
    let prompt_eval = reply.speed.prompt_eval.saturating_mul(read);
    let mut last = json!({
        "model": model,
        "created_at": "2026-10-01T06:00:01.123456789Z",
        "message": { "role": "assistant", "content": "" },
        "done": true,
        "total_duration": nanoseconds(reply.speed.load + prompt_eval + eval),
        "load_duration": nanoseconds(reply.speed.load),
        "prompt_eval_duration": nanoseconds(prompt_eval),
        "eval_count": tokens,
        "eval_duration": nanoseconds(eval),
    });
    if let Some(reason) = reply.reason {
        last["done_reason"] = reason.into();
    }
    if let Some(prompt_tokens) = prompt_tokens {
        last["prompt_eval_count"] = prompt_tokens.into();
    }
    last
}

/// Tokens of a text, by the measure of this server.
fn tokens(text: &str) -> u64 {
    u64::try_from(text.len() / 4).unwrap_or(u64::MAX).max(1)
}

/// Tokens of all that a question says.
pub fn tokens_of_prompt(request: &Request) -> u64 {
    tokens(&request.prompt())
}

/// Sends an answer; whether the connection can be used on.
pub fn answer(connection: &mut Connection, request: &Request, reply: &Reply) -> io::Result<bool> {
    let protocol = Protocol::of(request);
    let (pieces, closing) = stream(protocol, request, reply);
    if reply.flow == Flow::Silent {
        return connection.until_hung_up().map(|()| false);
    }
    let mut headers = reply.headers.clone();
    let kind = if reply.status == 200 && request.is_question() { protocol.kind() } else { "application/json" };
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
        headers.push(("Content-Type".to_owned(), kind.to_owned()));
    }
    connection.head(request, reply.status, &headers, reply.flow == Flow::Cut(Cut::Reset))?;
    let half = pieces.len() / 2;
    let (first, second) = pieces.split_at(half);
    match &reply.flow {
        Flow::Silent => Ok(false),
        Flow::Headed => connection.until_hung_up().map(|()| false),
        Flow::Bytes | Flow::Drip(_) => {
            let pause = if let Flow::Drip(pause) = reply.flow { pause } else { Duration::ZERO };
            connection.bytes(&[pieces.concat(), closing].concat(), pause)?;
            connection.end().map(|()| true)
        }
        Flow::Whole => {
            for piece in first.iter().chain(second) {
                connection.chunk(piece)?;
            }
            connection.chunk(&closing)?;
            connection.end().map(|()| true)
        }
        interrupted => {
            for piece in first {
                connection.chunk(piece)?;
            }
            interrupt(connection, protocol, request, interrupted)
        }
    }
}

/// What comes in place of the second half.
fn interrupt(connection: &mut Connection, protocol: Protocol, request: &Request, flow: &Flow) -> io::Result<bool> {
    let body = request.json();
    let model = body["model"].as_str().unwrap_or_default();
    match flow {
        Flow::Stalled => connection.until_hung_up()?,
        Flow::Cut(Cut::Clean) => connection.end()?,
        Flow::Error(message) => {
            let error: Value = serde_json::from_str(&protocol.error(message, "server_error"))?;
            connection.chunk(protocol.line(&error).as_bytes())?;
            connection.end()?;
        }
        Flow::EndlessContent(content) => connection.endless(protocol.piece(model, content).as_bytes())?,
        Flow::EndlessRaw(bytes) => connection.endless(bytes)?,
        // A connection that is closed while something of the request is unread is reset.
        _ => {}
    }
    Ok(false)
}

/// The pieces of an answer, and what ends it.
fn stream(protocol: Protocol, request: &Request, reply: &Reply) -> (Vec<Vec<u8>>, Vec<u8>) {
    let content = match &reply.body {
        Body::Raw(bytes) => return (bytes.chunks(1024).map(<[u8]>::to_vec).collect(), Vec::new()),
        Body::Content(content) => content.clone(),
        Body::Good => answer::good(request),
    };
    let body = request.json();
    let model = body["model"].as_str().unwrap_or_default();
    let characters: Vec<char> = content.chars().collect();
    let piece = |piece: &[char]| protocol.piece(model, &piece.iter().collect::<String>()).into_bytes();
    let pieces = characters.chunks(PIECE).map(piece).collect();
    (pieces, protocol.closing(request, reply, &content).into_bytes())
}
