//! The fake server itself: it says what the documentation of the real ones says, so that the tests that rest on it mean something.

use std::io::{Read, Write};
use std::net::TcpStream;

use harness::llm::{Body, Cut, FakeLlm, Flow, PromptTokens, Reply, Speaks, answer};
use serde_json::{Value, json};

const PROMPT: &str = "facts:\nF3 = 15.5 ms | median latency of \"tiny-1b\" | N1, N2\nF7 = 80 tok/s | median throughput\nnames:\n\
                      N1 = \"tiny-1b\"\nN2 = \"a \"quoted\" one\"\n";

/// What a plain client reads: status, and the body as far as it came.
struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// Whether the last chunk was there.
    whole: bool,
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
        let objects = lines.filter(|line| !line.is_empty() && *line != "[DONE]");
        objects.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

fn ask(server: &FakeLlm, path: &str, body: &Value) -> Heard {
    let mut tcp = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    let method = if body.is_null() { "GET" } else { "POST" };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(tcp, "{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut heard = Heard { status: 0, head: String::new(), body: Vec::new(), whole: false };
    let mut bytes = Vec::new();
    let mut more = [0; 4096];
    // A reset loses nothing of what was read before it.
    while !bytes.ends_with(b"\r\n0\r\n\r\n") {
        match tcp.read(&mut more) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&more[..count]),
            _ => break,
        }
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    heard.head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    heard.status = heard.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut rest = &bytes[(end + 4).min(bytes.len())..];
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        heard.whole = size == 0;
        let chunk = &rest[line + 2..];
        if size == 0 || chunk.len() < size + 2 {
            break;
        }
        heard.body.extend_from_slice(&chunk[..size]);
        rest = &chunk[size + 2..];
    }
    heard
}

fn question(agent: &str) -> Value {
    let wanted = if agent == "collector" { "observations" } else { "recommendations" };
    let schema = json!({ "type": "object", "properties": { wanted: { "type": "array" } } });
    json!({
        "model": "tiny",
        "messages": [{ "role": "system", "content": "persona" }, { "role": "user", "content": PROMPT }],
        "stream": true,
        "stream_options": { "include_usage": true },
        "format": schema,
        "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": schema } },
    })
}

fn content(heard: &Heard) -> String {
    let piece = |line: &Value| {
        let found = line["message"]["content"].as_str().or(line["choices"][0]["delta"]["content"].as_str());
        found.unwrap_or_default().to_owned()
    };
    heard.lines().iter().map(piece).collect()
}

#[test]
fn the_facts_and_names_of_a_prompt_are_found() {
    let facts = answer::facts(PROMPT);
    assert_eq!(facts.len(), 2);
    assert_eq!((facts[0].id.as_str(), facts[0].value.as_str()), ("F3", "15.5 ms"));
    assert_eq!(facts[0].name, "median latency of \"tiny-1b\"");
    assert_eq!((facts[0].about.as_slice(), facts[1].about.len()), (&["N1".to_owned(), "N2".to_owned()][..], 0));
    let names = answer::names(PROMPT);
    assert_eq!(
        names,
        [("N1", "tiny-1b"), ("N2", "a \"quoted\" one")].map(|(id, name)| (id.to_owned(), name.to_owned()))
    );
}

#[test]
fn a_good_answer_comes_in_either_protocol() {
    let server = FakeLlm::start("tiny");
    for path in ["/api/chat", "/v1/chat/completions"] {
        for agent in ["collector", "insight"] {
            let heard = ask(&server, path, &question(agent));
            assert_eq!((heard.status, heard.whole), (200, true), "{}", heard.head);
            let said: Value = serde_json::from_str(&content(&heard)).unwrap();
            let list = if agent == "collector" { &said["observations"] } else { &said["summary"] };
            assert_eq!(list[0]["refs"], json!(["F3"]), "{said:#}");
            assert!(list[0]["text"].as_str().unwrap().contains("{{m:F3}}"), "{said:#}");
        }
    }
    let questions = server.questions();
    assert_eq!(
        questions.iter().map(|one| one.agent()).collect::<Vec<_>>(),
        ["collector", "insight", "collector", "insight"]
    );
    assert_eq!(questions[0].said_by("system"), "persona\n");
}

#[test]
fn the_last_line_says_what_was_measured() {
    let server = FakeLlm::start("tiny");
    let last = ask(&server, "/api/chat", &question("insight")).lines().pop().unwrap();
    assert_eq!((&last["done"], &last["done_reason"]), (&true.into(), &"stop".into()));
    let (count, duration) = (last["eval_count"].as_f64().unwrap(), last["eval_duration"].as_f64().unwrap());
    assert!((count / duration * 1e9 - 50.0).abs() < 1e-6, "{last}");
    assert!(last["prompt_eval_count"].as_u64().unwrap() > 10, "{last}");
    let heard = ask(&server, "/v1/chat/completions", &question("insight"));
    let usage = heard.lines().pop().unwrap();
    assert_eq!((&usage["choices"], usage["usage"]["total_tokens"].is_u64()), (&json!([]), true), "{usage}");
    assert!(heard.text().ends_with("data: [DONE]\n\n"));

    server.set(Reply { reason: None, prompt_tokens: PromptTokens::Untold, ..Reply::good() });
    let last = ask(&server, "/api/chat", &question("insight")).lines().pop().unwrap();
    assert!(last.get("done_reason").is_none() && last.get("prompt_eval_count").is_none(), "{last}");
}

#[test]
fn what_the_server_has_is_told_and_what_it_has_not_is_not_found() {
    let server = FakeLlm::start("tiny");
    let get = |path: &str| ask(&server, path, &Value::Null).lines().pop().unwrap();
    assert_eq!(get("/api/tags")["models"][0]["name"], "tiny");
    assert_eq!(get("/api/ps")["models"], json!([]));
    assert_eq!(get("/v1/models")["data"][0]["id"], "tiny");
    let shown = ask(&server, "/api/show", &json!({ "model": "tiny" })).lines().pop().unwrap();
    assert_eq!(shown["model_info"]["fake.context_length"], 8192);
    let mut other = question("insight");
    other["model"] = "big".into();
    let heard = ask(&server, "/api/chat", &other);
    assert_eq!((heard.status, heard.text().as_str()), (404, "{\"error\":\"model 'big' not found\"}"));
    server.speaks(Speaks::OpenAi);
    assert_eq!(ask(&server, "/api/tags", &Value::Null).status, 404);
    assert_eq!(ask(&server, "/v1/models", &Value::Null).status, 200);
}

#[test]
fn an_answer_can_end_before_its_time_and_come_in_single_bytes() {
    let server = FakeLlm::start("tiny");
    for (cut, whole) in [(Cut::Clean, true), (Cut::Fin, false), (Cut::Reset, false)] {
        server.set(Reply::flowing(Flow::Cut(cut)));
        let heard = ask(&server, "/api/chat", &question("insight"));
        assert_eq!(heard.whole, whole, "{cut:?}");
        assert!(!heard.text().contains("\"done\":true"), "{cut:?}");
    }
    server.set(Reply::flowing(Flow::Error("out of memory".to_owned())));
    let last = ask(&server, "/api/chat", &question("insight")).lines().pop().unwrap();
    assert_eq!(last, json!({ "error": "out of memory" }));

    let text = "größer 速い ａ";
    server.set(Reply { flow: Flow::Bytes, body: Body::Content(text.to_owned()), ..Reply::good() });
    assert_eq!(content(&ask(&server, "/api/chat", &question("insight"))), text);
}

#[test]
fn a_question_waits_while_it_is_held() {
    let server = FakeLlm::start("tiny");
    server.hold(0);
    std::thread::scope(|scope| {
        let asked: Vec<_> =
            (0..2).map(|_| scope.spawn(|| ask(&server, "/api/chat", &question("insight")).status)).collect();
        server.wait_for_questions(2);
        server.permit(1);
        server.wait_for_answers(1);
        server.release();
        assert_eq!(asked.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>(), [200, 200]);
    });
    assert_eq!(server.most_at_once(), 2);
}
