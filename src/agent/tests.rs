//! The way to a server over a real socket of loopback.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::ask::Asker;
use super::endpoint::Endpoint;
use super::probe::{Party, Search};
use super::*;
use crate::clock::{ManualClock, Stopwatch};
use crate::dialogue::{Prompt, Shown};
use crate::domain::call::{Call, Ended, Failure, Role};

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Reply {
    /// A status line's end, headers with their CRLF, and a body; then the connection is closed.
    Whole(&'static str, String),
    /// Nothing, until the other side goes away.
    Silence,
    /// These bytes for ever.
    Flood(&'static str, &'static [u8]),
}

/// A server that answers requests in order, the last reply again and again.
pub(super) struct Server {
    pub address: String,
    /// Heads and bodies of the requests.
    pub seen: Arc<Mutex<Vec<String>>>,
    /// Somebody who was waiting went away.
    pub gone: Arc<Notify>,
}

pub(super) async fn serve(replies: impl IntoIterator<Item = Reply>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Server { address, seen: Arc::default(), gone: Arc::default() };
    let (seen, gone) = (Arc::clone(&server.seen), Arc::clone(&server.gone));
    let mut replies: VecDeque<Reply> = replies.into_iter().collect();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let text = request(&mut tcp).await;
            seen.lock().expect("no panic").push(text);
            let reply = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
            let gone = Arc::clone(&gone);
            tokio::spawn(async move { reply_with(tcp, reply.expect("a reply"), &gone).await });
        }
    });
    server
}

async fn request(tcp: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = tcp.read(&mut buffer).await.unwrap_or(0);
        text.extend_from_slice(&buffer[..n]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
            assert!(n > 0, "the request ended within its head");
            continue;
        };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if n == 0 || body.len() >= length.unwrap_or(0_usize) {
            return so_far;
        }
    }
}

async fn reply_with(mut tcp: TcpStream, reply: Reply, gone: &Notify) {
    match reply {
        Reply::Whole(head, body) => {
            let text = format!("HTTP/1.1 {head}content-length: {}\r\n\r\n{body}", body.len());
            let _ = tcp.write_all(text.as_bytes()).await;
        }
        Reply::Silence => {}
        Reply::Flood(head, bytes) => {
            let _ = tcp.write_all(format!("HTTP/1.1 {head}").as_bytes()).await;
            while tcp.write_all(bytes).await.is_ok() {}
        }
    }
    let mut rest = Vec::new();
    let _ = tcp.read_to_end(&mut rest).await;
    gone.notify_one();
}

pub(super) const NDJSON: &str = "200 OK\r\ncontent-type: application/x-ndjson\r\n";
pub(super) const SSE: &str = "200 OK\r\ncontent-type: text/event-stream\r\n";
pub(super) const JSON: &str = "200 OK\r\ncontent-type: application/json\r\n";

pub(super) fn good() -> Reply {
    let lines = concat!(
        r#"{"message":{"content":"{\"observations\":"},"done":false}"#,
        "\n",
        r#"{"message":{"content":"[],\"gaps\":[]}"},"done":false}"#,
        "\n",
        r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":6,"eval_count":20,"eval_duration":500000000}"#,
        "\n",
    );
    Reply::Whole(NDJSON, lines.to_owned())
}

pub(super) fn refusal(head: &'static str, words: &str) -> Reply {
    Reply::Whole(head, serde_json::json!({"error": {"message": words}}).to_string())
}

pub(super) fn agent(backend: Backend, url: &str) -> AgentSettings {
    AgentSettings {
        label: "InsightAgent".to_owned(),
        persona: None,
        backend,
        url: url.to_owned(),
        model: "tiny".to_owned(),
        key: Key::Secret("s3cret".to_owned()),
        options: Options { top_k: Some(40), ..Options::default() },
    }
}

pub(super) fn limits() -> Limits {
    let short = Duration::from_millis(200);
    Limits { first_byte: short, idle: short, bytes: 1 << 20, ..Limits::default() }
}

pub(super) struct Bench {
    pub client: Client,
    pub agent: AgentSettings,
    pub limits: Limits,
    pub clock: ManualClock,
}

impl Bench {
    pub fn new(backend: Backend, url: &str) -> Self {
        let clock = ManualClock::new(Timestamp::from_second(1_700_000_000).expect("a time"));
        Self { client: Client::new().expect("a client"), agent: agent(backend, url), limits: limits(), clock }
    }

    pub async fn ask(&self) -> (Call, Option<String>) {
        self.ask_within(Duration::from_secs(20)).await
    }

    pub async fn ask_within(&self, left: Duration) -> (Call, Option<String>) {
        let Self { client, agent, limits, clock } = self;
        let protocol =
            if agent.backend == Backend::OpenAi { answer::Protocol::OpenAi } else { answer::Protocol::Ollama };
        let endpoint = Endpoint::parse(&agent.url).expect("an address");
        let party = Party { protocol, endpoint, model: ollama::Model::default(), context: 4096, context_told: true };
        let asker = Asker { client, role: Role::Insight, agent, limits, clock, insists: false };
        asker.ask(&party, &prompt(), 1, left).await
    }

    pub async fn failure(&self) -> (Failure, String) {
        match self.ask().await {
            (Call { ended: Ended::Failed { failure, words }, .. }, None) => (failure, words),
            other => panic!("an answer: {other:?}"),
        }
    }
}

pub(super) fn prompt() -> Prompt {
    Prompt {
        system: "be brief".to_owned(),
        user: "what?".to_owned(),
        schema: serde_json::json!({"type": "object"}),
        shown: Shown::default(),
        tokens: 10,
        room: 77,
        unread: 0,
    }
}

#[tokio::test]
async fn an_answer_comes_with_its_measurements() {
    let server = serve([good()]).await;
    let bench = Bench::new(Backend::Ollama, &server.address);
    let (call, answer) = bench.ask().await;
    assert_eq!(answer.as_deref(), Some("{\"observations\":[],\"gaps\":[]}"));
    assert_eq!((call.ended, call.backend.as_str(), &call.url), (Ended::Answered, "ollama", &server.address));
    assert_eq!((call.measured.tokens, call.measured.prompt_tokens), (Some(20), Some(6)));
    assert_eq!(call.measured.throughput, Some(40.0));
    assert!(call.measured.ttft_s.is_some_and(|seconds| seconds <= call.measured.total_s));
    assert!(call.options.contains(&("num_predict".to_owned(), "77".to_owned())), "{:?}", call.options);
    let seen = server.seen.lock().expect("no panic").clone();
    assert!(seen[0].starts_with("POST /api/chat HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].to_lowercase().contains("authorization: bearer s3cret\r\n"));
    assert!(!seen[0].to_lowercase().contains("accept-encoding"), "nothing packed is asked for");
    assert!(!format!("{:?}{:?}", bench.client, bench.agent).contains("s3cret"));
}

#[tokio::test]
async fn where_nobody_listens_it_is_absent_and_costs_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address");
    let bench = Bench::new(Backend::OpenAi, &format!("http://localhost:{}", free.port()));
    for _ in 0..5 {
        let (failure, words) = bench.failure().await;
        assert_eq!(failure, Failure::Absent, "{words}");
        assert!(words.contains("http://localhost:") && words.contains("tiny") && !words.contains("s3cret"), "{words}");
    }
    assert_eq!(bench.client.memory(), Memory::default());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let thief = serve([good()]).await;
    let head: &'static str = format!("307 Temporary Redirect\r\nlocation: {}/api/chat\r\n", thief.address).leak();
    let server = serve([Reply::Whole(head, String::new())]).await;
    let (failure, words) = Bench::new(Backend::Ollama, &server.address).failure().await;
    assert_eq!(failure, Failure::Refused, "{words}");
    assert!(thief.seen.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_silent_server_is_left_alone_and_tried_again() {
    let server = serve([Reply::Silence, Reply::Silence, good()]).await;
    let bench = Bench::new(Backend::Ollama, &server.address);
    assert_eq!(bench.failure().await.0, Failure::Silent);
    assert_eq!(bench.failure().await.0, Failure::Silent);
    let (failure, words) = bench.failure().await;
    assert_eq!(failure, Failure::Resting, "{words}");
    assert!(words.contains("nothing came within 0.2 s. See whether the server is well"), "the cause is told: {words}");
    assert_eq!(server.seen.lock().expect("no panic").len(), 2, "a resting server is not asked");
    let kept = serde_json::to_string(&bench.client.memory()).expect("JSON");
    let next = Bench { client: Client::new().expect("a client"), ..Bench::new(Backend::Ollama, &server.address) };
    next.client.recall(serde_json::from_str(&kept).expect("a memory"));
    let (failure, words) = next.failure().await;
    assert_eq!(failure, Failure::Resting, "also after a new start");
    assert!(words.contains("nothing came within 0.2 s"), "{words}");
    next.clock.advance(next.limits.rest);
    assert!(next.ask().await.1.is_some());
    assert!(next.ask().await.1.is_some());
}

#[tokio::test]
async fn a_flood_is_dammed() {
    let lines = b"{\"message\":{\"content\":\"and so on \"},\"done\":false}\n";
    let server = serve([Reply::Flood("200 OK\r\n\r\n", lines)]).await;
    let bench = Bench::new(Backend::Ollama, &server.address);
    let (call, answer) = bench.ask().await;
    assert!(matches!(call.ended, Ended::Failed { failure: Failure::Endless, .. }), "{call:?}");
    assert_eq!(answer, None);
    server.gone.notified().await;
    let heads = serve([Reply::Flood("200 OK\r\n", b"x-more: and so on\r\n")]).await;
    let bench = Bench { limits: Limits::default(), ..Bench::new(Backend::Ollama, &heads.address) };
    assert_eq!(bench.failure().await.0, Failure::Broken);
    let refusing = serve([Reply::Flood("500 Internal Server Error\r\n\r\n", b"no and no ")]).await;
    let bench = Bench { limits: Limits::default(), ..Bench::new(Backend::Ollama, &refusing.address) };
    assert_eq!(bench.failure().await.0, Failure::Broken);
}

#[tokio::test]
async fn a_busy_server_is_asked_once_more() {
    let busy = || refusal("503 Service Unavailable\r\n", "server busy");
    let server = serve([busy(), good()]).await;
    assert!(Bench::new(Backend::Ollama, &server.address).ask().await.1.is_some());
    let server = serve([busy()]).await;
    let (failure, words) = Bench::new(Backend::Ollama, &server.address).failure().await;
    assert_eq!(failure, Failure::Busy, "{words}");
    assert_eq!(server.seen.lock().expect("no panic").len(), 2);
}

#[tokio::test]
async fn a_field_that_is_not_taken_is_left_out_and_remembered() {
    let refused = refusal("400 Bad Request\r\n", "Unrecognized request argument supplied: top_k");
    let answer =
        "data: {\"choices\":[{\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let server = serve([refused, Reply::Whole(SSE, answer.to_owned())]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    let (call, answer) = bench.ask().await;
    assert_eq!(answer.as_deref(), Some("{}"));
    assert!(call.options.iter().all(|(name, _)| name != "top_k"), "{:?}", call.options);
    assert!(bench.ask().await.1.is_some());
    let seen = server.seen.lock().expect("no panic").clone();
    assert!(seen[0].starts_with("POST /v1/chat/completions "), "{}", seen[0]);
    assert_eq!(seen.iter().map(|request| request.contains("top_k")).collect::<Vec<_>>(), [true, false, false]);
}

#[tokio::test]
async fn a_schema_is_asked_for_in_the_way_that_the_server_knows() {
    let refused = || {
        refusal(
            "500 Internal Server Error\r\n",
            "[{'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]",
        )
    };
    let answer =
        "data: {\"choices\":[{\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let server = serve([refused(), refused(), refused(), Reply::Whole(SSE, answer.to_owned())]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    assert_eq!(bench.ask().await.1.as_deref(), Some("{}"));
    let forms = [
        r#""response_format":{"type":"json_schema","#,
        r#""response_format":{"type":"json_object","schema":{"type":"object"}}"#,
        r#""response_format":{"type":"json_object"}"#,
    ];
    let seen = server.seen.lock().expect("no panic").clone();
    for (request, form) in seen.iter().zip(forms) {
        assert!(request.contains(form), "{form} in {request}");
    }
    assert!(seen.len() == 4 && !seen[3].contains("response_format"), "{seen:#?}");
}

#[tokio::test]
async fn a_deadline_of_ours_makes_no_server_rest() {
    let server = serve([Reply::Silence]).await;
    let bench = Bench { limits: Limits::default(), ..Bench::new(Backend::Ollama, &server.address) };
    for _ in 0..3 {
        let (call, _) = bench.ask_within(Duration::from_millis(150)).await;
        assert!(matches!(call.ended, Ended::Failed { failure: Failure::Silent, .. }), "{call:?}");
    }
    assert_eq!(bench.client.memory(), Memory::default());
}

#[tokio::test]
async fn a_prompt_that_the_server_cut_has_no_answer() {
    let Reply::Whole(head, lines) = good() else { unreachable!("it is whole") };
    let server = serve([Reply::Whole(head, lines.replace("\"prompt_eval_count\":6", "\"prompt_eval_count\":1"))]).await;
    let bench = Bench::new(Backend::Ollama, &server.address);
    let (failure, words) = bench.failure().await;
    assert_eq!(failure, Failure::Truncated, "{words}");
}

#[tokio::test]
async fn a_question_that_is_dropped_leaves_nothing_behind() {
    let server = serve([Reply::Silence]).await;
    let limits = Limits { first_byte: Duration::from_secs(600), ..Limits::default() };
    let bench = Bench { limits, ..Bench::new(Backend::Ollama, &server.address) };
    let gone = Arc::clone(&server.gone);
    tokio::select! {
        _ = bench.ask() => panic!("the server is silent"),
        () = async { while server.seen.lock().expect("no panic").is_empty() { tokio::task::yield_now().await } } => {}
    }
    gone.notified().await;
    assert_eq!(bench.client.memory(), Memory::default());
}

#[tokio::test]
async fn a_model_is_looked_for_before_it_is_asked() {
    let tags = || Reply::Whole(JSON, r#"{"models":[{"name":"tiny:latest","digest":"d1"}]}"#.to_owned());
    let show = Reply::Whole(JSON, r#"{"model_info":{"general.architecture":"t","t.context_length":512}}"#.to_owned());
    let nothing = || Reply::Whole(JSON, "{}".to_owned());
    let server = serve([tags(), show, nothing()]).await;
    let bench = Bench::new(Backend::Auto, &server.address);
    let Bench { client, agent, limits, .. } = &bench;
    let search = Search { client, agent, limits, within: Duration::from_secs(20), watch: Stopwatch::start() };
    let party = search.find().await.expect("a party");
    assert_eq!((party.model.digest.as_deref(), party.context), (Some("d1"), 512));
    let server = serve([tags(), refusal("404 Not Found\r\n", "model 'big' not found")]).await;
    let agent = AgentSettings { model: "big".to_owned(), url: server.address, ..agent.clone() };
    let missing = Search { agent: &agent, ..search }.find().await.expect_err("no such model");
    assert_eq!(missing.fault.failure, Failure::NoModel);
    let server = serve([nothing()]).await;
    let agent = AgentSettings { url: server.address, ..agent };
    let missing = Search { client, agent: &agent, limits, within: Duration::from_secs(20), watch: Stopwatch::start() }
        .find()
        .await;
    assert_eq!(missing.expect_err("not Ollama").fault.failure, Failure::Invalid);
}

#[tokio::test]
async fn what_does_not_speak_tls_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = tcp.read_to_end(&mut Vec::new()).await;
        }
    });
    let (failure, words) = Bench::new(Backend::OpenAi, &address).failure().await;
    assert_eq!(failure, Failure::Broken, "{words}");
}
