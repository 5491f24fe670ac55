use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Options;
use super::answer::{Answer, Protocol, Reader};
use super::fault::Fault;
use super::{ollama, openai};
use crate::dialogue::{Prompt, Shown};
use crate::domain::call::Failure;

const LIMIT: usize = 100_000;

fn read(protocol: Protocol, kind: &str, chunks: &[&[u8]]) -> (Result<(), Fault>, Answer) {
    let mut reader = Reader::new(protocol, Some(kind), LIMIT).expect("a kind");
    let pushed = chunks.iter().try_for_each(|chunk| reader.push(chunk));
    let outcome = pushed.and_then(|()| reader.end());
    (outcome, reader.answer)
}

fn ollama_says(body: &str) -> (Result<(), Fault>, Answer) {
    read(Protocol::Ollama, "application/x-ndjson", &[body.as_bytes()])
}

fn openai_says(body: &str) -> (Result<(), Fault>, Answer) {
    read(Protocol::OpenAi, "text/event-stream", &[body.as_bytes()])
}

fn failure(outcome: Result<(), Fault>) -> Option<Failure> {
    outcome.err().map(|fault| fault.failure)
}

const OLLAMA: &str = concat!(
    r#"{"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
    "\n",
    r#"{"model":"m","message":{"role":"assistant","content":"{\"a\": \"é漢"},"done":false}"#,
    "\n",
    r#"{"model":"m","message":{"role":"assistant","content":"🦙\"}"},"done":false}"#,
    "\n",
    r#"{"model":"m","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"total_duration":9,"load_duration":2000000000,"prompt_eval_count":26,"prompt_eval_duration":130000000,"eval_count":20,"eval_duration":500000000}"#,
    "\n",
);

const OPENAI: &str = concat!(
    ": waiting\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"a\\\": \\\"é漢\"},\"finish_reason\":null}]}\r\n\r\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"🦙\\\"}\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":20,\"total_tokens\":46},\"timings\":{\"prompt_ms\":130.0,\"predicted_ms\":500.0}}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn an_answer_is_the_same_however_its_bytes_are_split() {
    let cases = [(Protocol::Ollama, "application/x-ndjson", OLLAMA), (Protocol::OpenAi, "text/event-stream", OPENAI)];
    for (protocol, kind, body) in cases {
        let body = body.as_bytes();
        let (outcome, whole) = read(protocol, kind, &[body]);
        assert_eq!(outcome, Ok(()));
        assert_eq!(whole.text, "{\"a\": \"é漢🦙\"}");
        assert_eq!((whole.tokens, whole.prompt_tokens, whole.pieces), (Some(20), Some(26), 3));
        assert_eq!((whole.prompt_eval_s, whole.eval_s), (Some(0.13), Some(0.5)));
        for at in 0..=body.len() {
            assert_eq!(read(protocol, kind, &[&body[..at], &body[at..]]), (Ok(()), whole.clone()), "split at {at}");
        }
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(read(protocol, kind, &bytes), (Ok(()), whole));
    }
    assert_eq!(ollama_says(OLLAMA).1.load_s, Some(2.0));
}

#[test]
fn an_answer_that_is_cut_off_anywhere_is_none() {
    // The last line may lack its end, for then nothing of it is missing.
    for at in 0..OLLAMA.len() - 1 {
        let (outcome, _) = read(Protocol::Ollama, "application/x-ndjson", &[&OLLAMA.as_bytes()[..at]]);
        let failure = failure(outcome);
        // Within a character, it is not even text.
        assert!(matches!(failure, Some(Failure::Cut | Failure::Invalid)), "cut at {at}: {failure:?}");
    }
    let finished = OPENAI.find("data: {\"choices\":[],").expect("usage");
    for at in 0..finished - 2 {
        let (outcome, _) = read(Protocol::OpenAi, "text/event-stream", &[&OPENAI.as_bytes()[..at]]);
        let failure = failure(outcome);
        assert!(matches!(failure, Some(Failure::Cut | Failure::Invalid)), "cut at {at}: {failure:?}");
    }
    // Only the figures are missing.
    let (outcome, answer) = openai_says(&OPENAI[..finished]);
    assert_eq!((outcome, answer.tokens), (Ok(()), None));
}

#[test]
fn each_way_to_end_badly_is_told_apart() {
    let ollama = |body: &str| failure(ollama_says(body).0);
    let said = r#"{"message":{"content":"{"},"done":false}"#;
    assert_eq!(ollama(""), Some(Failure::Cut));
    assert_eq!(ollama(&format!("{said}\n{{\"error\":\"an error was encountered\"}}\n")), Some(Failure::Broken));
    assert_eq!(
        ollama(&format!("{said}\n{{\"message\":{{}},\"done\":true,\"done_reason\":\"length\"}}\n")),
        Some(Failure::Length)
    );
    assert_eq!(
        ollama(&format!("{said}\n{{\"message\":{{}},\"done\":true,\"done_reason\":\"load\"}}\n")),
        Some(Failure::Cut)
    );
    assert_eq!(ollama(&format!("{said}\n{{\"done\":true}}\n")), Some(Failure::Cut));
    assert_eq!(ollama("{\"done\":true,\"done_reason\":\"stop\"}\n"), Some(Failure::Invalid), "an empty answer");
    assert_eq!(ollama("hello\n"), Some(Failure::Invalid));
    assert_eq!(ollama("{\"choices\":[]}\n"), Some(Failure::Invalid));
    assert_eq!(ollama(&"[".repeat(LIMIT - 1)), Some(Failure::Cut), "no recursion on the depth of the input");
    let openai = |body: &str| failure(openai_says(body).0);
    let said = "data: {\"choices\":[{\"delta\":{\"content\":\"{\"}}]}\n\n";
    assert_eq!(openai(&format!("{said}data: [DONE]\n\n")), Some(Failure::Cut));
    assert_eq!(openai(&format!("{said}data: {{\"error\":{{\"message\":\"no\"}}}}\n\n")), Some(Failure::Broken));
    assert_eq!(
        openai(&format!("{said}data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"length\"}}]}}\n\n")),
        Some(Failure::Length)
    );
    assert_eq!(
        openai(&format!("{said}data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"tool_calls\"}}]}}\n\n")),
        Some(Failure::Cut)
    );
    assert_eq!(openai("data: hello\n\n"), Some(Failure::Invalid));
    assert_eq!(openai("data: {\"message\":{},\"done\":true}\n\n"), Some(Failure::Invalid));
    let page = Reader::new(Protocol::OpenAi, Some("text/html; charset=utf-8"), LIMIT).err();
    assert_eq!(page.map(|fault| fault.failure), Some(Failure::Invalid));
}

#[test]
fn an_empty_stream_makes_one_think_of_the_context() {
    for (outcome, _) in [openai_says(""), ollama_says("")] {
        let fault = outcome.expect_err("no answer");
        assert!(fault.failure == Failure::Cut && fault.said.contains("does not fit the context"), "{fault:?}");
    }
    let fault = openai_says("data: {\"choices\":[{\"delta\":{\"content\":\"{\"}}]}\n\n").0.expect_err("no answer");
    assert!(fault.failure == Failure::Cut && !fault.said.contains("context"), "{fault:?}");
}

#[test]
fn a_server_that_does_not_stream_is_understood() {
    let body = r#"{"choices":[{"message":{"content":"{}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let kind = "application/json; charset=utf-8";
    let (outcome, answer) = read(Protocol::OpenAi, kind, &[&body.as_bytes()[..9], &body.as_bytes()[9..]]);
    assert_eq!((outcome, answer.text.as_str(), answer.tokens), (Ok(()), "{}", Some(2)));
    let (outcome, _) = read(Protocol::OpenAi, kind, &[&body.as_bytes()[..40]]);
    assert_eq!(failure(outcome), Some(Failure::Cut));
    let (outcome, _) = read(Protocol::OpenAi, kind, &[br#"{"error":{"message":"no"}}"#]);
    assert_eq!(failure(outcome), Some(Failure::Broken));
}

#[test]
fn what_has_no_end_is_ended() {
    let blank = json!({"message": {"content": " \n\t"}, "done": false}).to_string() + "\n";
    assert_eq!(failure(ollama_says(&blank.repeat(171)).0), Some(Failure::Endless));
    let broken_up = json!({"message": {"content": format!("{}x", " ".repeat(400))}, "done": false}).to_string() + "\n";
    assert_eq!(failure(ollama_says(&broken_up.repeat(20)).0), Some(Failure::Cut), "an indented answer is not endless");
    let word = json!({"message": {"content": "and "}, "done": false}).to_string() + "\n";
    assert_eq!(failure(ollama_says(&word.repeat(LIMIT / word.len() + 1)).0), Some(Failure::Endless));
    assert_eq!(failure(openai_says(&": ping\n".repeat(LIMIT)).0), Some(Failure::Endless));
}

fn prompt() -> Prompt {
    Prompt {
        system: "be brief".to_owned(),
        user: "what is it?".to_owned(),
        schema: json!({"type": "object"}),
        shown: Shown::default(),
        tokens: 10,
        room: 77,
        unread: 0,
    }
}

fn options() -> Options {
    Options {
        num_gpu: Some(80),
        num_ctx: Some(512),
        temperature: Some(0.6),
        top_p: Some(0.9),
        top_k: Some(40),
        repeat_penalty: Some(1.1),
        num_predict: Some(999),
        keep_alive: Some("10m".to_owned()),
        seed: Some(7),
    }
}

#[test]
fn options_become_ollamas() {
    let none = BTreeSet::new();
    let body = ollama::question("gemma3", &prompt(), &options(), true, &none);
    let messages = json!([{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is it?"}]);
    let expected = json!({
        "model": "gemma3", "messages": messages, "stream": true, "truncate": false, "shift": false, "think": false,
        "keep_alive": "10m",
        "options": {
            "num_gpu": 80, "num_ctx": 512, "temperature": 0.6, "top_p": 0.9, "top_k": 40, "repeat_penalty": 1.1,
            "num_predict": 77, "seed": 7
        },
        "format": {"type": "object"}
    });
    assert_eq!(body, expected);
    let bare =
        ollama::question("gemma3", &prompt(), &Options::default(), false, &BTreeSet::from(["format".to_owned()]));
    let expected = json!({
        "model": "gemma3", "messages": messages, "stream": true, "truncate": false, "shift": false,
        "options": {"num_predict": 77}
    });
    assert_eq!(bare, expected);
    let forever = Options { keep_alive: Some("-1".to_owned()), ..Options::default() };
    assert_eq!(ollama::question("m", &prompt(), &forever, false, &none)["keep_alive"], json!(-1));
}

#[test]
fn options_become_openais() {
    let body = openai::question("x", &prompt(), &options(), &BTreeSet::new());
    let expected = json!({
        "model": "x",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is it?"}],
        "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 77, "temperature": 0.6, "top_p": 0.9,
        "seed": 7, "top_k": 40, "repeat_penalty": 1.1, "repetition_penalty": 1.1,
        "response_format": {
            "type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": {"type": "object"}}
        }
    });
    assert_eq!(body, expected);
    let mut without: BTreeSet<String> = ["max_tokens", "json_schema", "top_k"].map(str::to_owned).into();
    let body = openai::question("", &prompt(), &options(), &without);
    assert_eq!(body["max_completion_tokens"], json!(77));
    assert_eq!(body["response_format"], json!({"type": "json_object", "schema": {"type": "object"}}));
    without.insert(openai::SHAPES[1].to_owned());
    let body = openai::question("", &prompt(), &options(), &without);
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    without.insert(openai::SHAPES[2].to_owned());
    assert_eq!(openai::question("", &prompt(), &options(), &without).get("response_format"), None);
    for gone in ["model", "max_tokens", "top_k"] {
        assert_eq!(body.get(gone), None, "{gone}");
    }
}

#[test]
fn ollamas_lists_are_read_leniently() {
    let tags =
        json!({"models": [{"name": "Gemma3:latest", "digest": "abc"}, {"model": "hf.co/a/b:Q4", "digest": "x y"}]});
    let digest = |model: &str| ollama::listed(&tags, model).map(ollama::digest);
    assert_eq!(digest("gemma3"), Some(Some("abc".to_owned())));
    assert_eq!(digest("gemma3:1b"), None);
    assert_eq!(digest("hf.co/a/b:q4"), Some(None), "no digest");
    assert_eq!(ollama::loaded_context(&json!({"context_length": 4096})), Some(4096));
    let show = json!({
        "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 131_072},
        "capabilities": ["completion", "thinking"]
    });
    let model = ollama::shown(&show);
    assert_eq!((model.most_context, model.thinks), (Some(131_072), true));
    for odd in [json!(null), json!([]), json!({"model_info": 7, "capabilities": "thinking"}), json!({"models": {}})] {
        assert_eq!(ollama::shown(&odd), ollama::Model::default());
        assert!(ollama::listed(&odd, "m").is_none());
    }
}

#[test]
fn the_context_is_found_where_servers_tell_it() {
    let of = |entry: Value| openai::context(&json!({"data": [{"id": "other"}, entry]}), "m");
    assert_eq!(of(json!({"id": "m", "max_model_len": 4096})), Some(4096));
    assert_eq!(of(json!({"id": "m", "context_length": 200_000})), Some(200_000));
    assert_eq!(of(json!({"id": "m", "meta": {"n_ctx": 512, "n_ctx_train": 8192}})), Some(512));
    assert_eq!(of(json!({"id": "m", "meta": {"n_ctx_train": 8192}})), None);
    assert_eq!(of(json!({"id": "n", "max_model_len": 4096})), None);
    assert_eq!(openai::context(&json!({"data": [{"id": "file.gguf", "max_model_len": 512}]}), "m"), Some(512));
}
