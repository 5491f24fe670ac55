//! A server of language models on loopback that does what a test tells it to, over real sockets, in Ollama's protocol and in OpenAI's.
//!
//! `FakeLlm::start("tiny")` listens until it is dropped and answers every question well: with the answer that [`answer`] makes of the
//! facts in the prompt. [`FakeLlm::set`] and [`FakeLlm::script`] make it behave otherwise, [`FakeLlm::requests`] is all that it was
//! sent, and [`FakeLlm::hold`] keeps questions waiting, so that a test can see who waits for whom.
//!
//! What the real servers send is in the documentation of Ollama (docs/api.md), of llama.cpp (tools/server/README.md) and of vLLM.

pub mod answer;
mod http;
mod protocol;
mod reply;
mod request;

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::json;

use http::Connection;
use protocol::Protocol;
pub use reply::{Body, Cut, Flow, PromptTokens, Reply, Speed};
pub use request::Request;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    pub digest: String,
    /// The largest context that the model can have, tokens.
    pub context: u64,
    /// The context that it is loaded with, tokens; `None` while it is not loaded.
    pub loaded: Option<u64>,
}

/// Which protocols the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speaks {
    #[default]
    Both,
    Ollama,
    OpenAi,
}

type Script = Box<dyn FnMut(&Request) -> Reply + Send>;

struct State {
    speaks: Speaks,
    models: Vec<Model>,
    script: Script,
    /// In place of the true answer to everything that is no question.
    probes: Option<Reply>,
    requests: Vec<Request>,
    /// Questions that may still be answered; all when `None`.
    permits: Option<usize>,
    /// Questions whose answer has not begun: who reads its end may ask again before the sender knows that it was sent.
    under_way: usize,
    /// The most there ever were.
    most_under_way: usize,
    /// Questions whose answer was sent to its end, or as far as somebody listened.
    done: usize,
    /// Bytes of bodies that were sent.
    sent: u64,
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test thread panics while it holds the state")
    }

    fn wait(&self, what: &str, mut wanting: impl FnMut(&mut State) -> bool) -> MutexGuard<'_, State> {
        let wait = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| wanting(state));
        let (state, late) = wait.expect("no test thread panics while it holds the state");
        assert!(!late.timed_out(), "waited in vain for {what}; there were {:?}", paths(&state.requests));
        state
    }
}

/// A running server.
pub struct FakeLlm {
    port: u16,
    shared: Arc<Shared>,
}

impl FakeLlm {
    /// Listens on a free port of 127.0.0.1 and has one model, with a context of 8192 tokens.
    pub fn start(model: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let digest = "5e11".repeat(16);
        let models = vec![Model { name: model.to_owned(), digest, context: 8192, loaded: None }];
        let state = State {
            speaks: Speaks::Both,
            models,
            script: Box::new(|_| Reply::good()),
            probes: None,
            requests: Vec::new(),
            permits: None,
            under_way: 0,
            most_under_way: 0,
            done: 0,
            sent: 0,
            stopped: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                if served.lock().stopped {
                    break;
                }
                let shared = Arc::clone(&served);
                // A client that goes away in the middle is what many tests are about.
                std::thread::spawn(move || drop(serve(tcp, &shared)));
            }
        });
        Self { port, shared }
    }

    /// A port of 127.0.0.1 that was free a moment ago, and that nobody listens on.
    pub fn closed_port() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        listener.local_addr().expect("a bound socket has an address").port()
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers all questions so from the next one on.
    pub fn set(&self, reply: Reply) {
        self.script(move |_| reply.clone());
    }

    /// Answers each question as `script` says from the next one on.
    pub fn script(&self, script: impl FnMut(&Request) -> Reply + Send + 'static) {
        self.shared.lock().script = Box::new(script);
    }

    /// Answers what is no question so: lists of models, versions.
    pub fn probes(&self, reply: Reply) {
        self.shared.lock().probes = Some(reply);
    }

    /// Speaks one protocol alone, and does not find the paths of the other.
    pub fn speaks(&self, speaks: Speaks) {
        self.shared.lock().speaks = speaks;
    }

    /// Has these models.
    pub fn models(&self, models: Vec<Model>) {
        self.shared.lock().models = models;
    }

    /// Changes the first model.
    pub fn change_model(&self, change: impl FnOnce(&mut Model)) {
        change(self.shared.lock().models.first_mut().expect("there is a model"));
    }

    /// Keeps all questions waiting from now on, but for `permits` of them.
    pub fn hold(&self, permits: usize) {
        self.shared.lock().permits = Some(permits);
    }

    /// Lets this many more questions be answered.
    pub fn permit(&self, more: usize) {
        if let Some(permits) = &mut self.shared.lock().permits {
            *permits += more;
        }
        self.shared.changed.notify_all();
    }

    /// Lets all questions be answered.
    pub fn release(&self) {
        self.shared.lock().permits = None;
        self.shared.changed.notify_all();
    }

    /// All that was sent to it, in the order in which it came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// The questions among them.
    pub fn questions(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_question).collect()
    }

    /// Waits until there were at least `count` questions.
    #[track_caller]
    pub fn wait_for_questions(&self, count: usize) -> Vec<Request> {
        let questions = |state: &State| state.requests.iter().filter(|request| request.is_question()).count();
        drop(self.shared.wait(&format!("{count} questions"), |state| questions(state) < count));
        self.questions()
    }

    /// Waits until `count` questions were answered as far as they are to be.
    #[track_caller]
    pub fn wait_for_answers(&self, count: usize) {
        drop(self.shared.wait(&format!("{count} answers"), |state| state.done < count));
    }

    /// The most questions that ever waited for an answer at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().most_under_way
    }

    /// Bytes of bodies that it could send.
    pub fn sent(&self) -> u64 {
        self.shared.lock().sent
    }

    /// Forgets what came so far.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        (state.most_under_way, state.done, state.sent) = (state.under_way, 0, 0);
    }
}

impl Drop for FakeLlm {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        // Wakes the listener; if it is gone already, so much the better.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn paths(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

/// Serves a connection until the client has no more to ask.
fn serve(tcp: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut connection = Connection::new(tcp)?;
    while let Some(request) = connection.request()? {
        let is_question = request.is_question();
        let mut state = shared.lock();
        state.requests.push(request.clone());
        state.under_way += usize::from(is_question);
        state.most_under_way = state.most_under_way.max(state.under_way);
        drop(state);
        shared.changed.notify_all();
        let ended = if is_question {
            question(&mut connection, &request, shared)
        } else {
            probe(&mut connection, &request, shared)
        };
        shared.lock().sent += std::mem::take(&mut connection.sent);
        if !ended? {
            break;
        }
    }
    Ok(())
}

/// Answers a question when it may be; whether the connection can be used on.
fn question(connection: &mut Connection, request: &Request, shared: &Shared) -> io::Result<bool> {
    let mut state = shared.lock();
    while !state.stopped && state.permits == Some(0) {
        state = shared.changed.wait(state).expect("no test thread panics while it holds the state");
    }
    if let Some(permits) = &mut state.permits {
        *permits = permits.saturating_sub(1);
    }
    let reply = if let Some(reply) = not_there(&state, request) { reply } else { (state.script)(request) };
    if let Some(model) = state.models.iter_mut().find(|model| model.name == request.json()["model"]) {
        let asked = request.json()["options"]["num_ctx"].as_u64();
        model.loaded = asked.or(model.loaded).or(Some(model.context));
    }
    state.under_way -= 1;
    drop(state);
    let ended = protocol::answer(connection, request, &reply);
    let mut state = shared.lock();
    state.done += 1;
    drop(state);
    shared.changed.notify_all();
    ended
}

/// The refusal of what this server does not speak or have.
fn not_there(state: &State, request: &Request) -> Option<Reply> {
    let protocol = Protocol::of(request);
    let spoken = match state.speaks {
        Speaks::Both => true,
        Speaks::Ollama => protocol == Protocol::Ollama,
        Speaks::OpenAi => protocol == Protocol::OpenAi,
    };
    if !spoken {
        return Some(Reply::status(404, "404 page not found"));
    }
    let body = request.json();
    let asked = body["model"].as_str()?;
    let known = state.models.iter().any(|model| model.name == asked);
    (!known).then(|| Reply::status(404, &protocol.error(&format!("model '{asked}' not found"), "not_found_error")))
}

/// Answers what is no question.
fn probe(connection: &mut Connection, request: &Request, shared: &Shared) -> io::Result<bool> {
    let state = shared.lock();
    let reply = state.probes.clone().or_else(|| not_there(&state, request)).unwrap_or_else(|| truth(&state, request));
    drop(state);
    protocol::answer(connection, request, &reply)
}

/// What a server says of itself.
fn truth(state: &State, request: &Request) -> Reply {
    let details = json!({ "family": "fake", "parameter_size": "1B", "quantization_level": "Q4_0" });
    let known = |model: &Model| json!({ "name": model.name, "model": model.name, "size": 1, "digest": model.digest, "details": details });
    let body = match request.path.as_str() {
        "/api/version" => json!({ "version": "0.12.11" }),
        "/api/tags" => json!({ "models": state.models.iter().map(known).collect::<Vec<_>>() }),
        "/api/ps" => {
            let loaded = state.models.iter().filter_map(|model| Some((model, model.loaded?)));
            let listed = loaded.map(|(model, context)| {
                let mut entry = known(model);
                entry["context_length"] = context.into();
                entry
            });
            json!({ "models": listed.collect::<Vec<_>>() })
        }
        "/api/show" => match state.models.iter().find(|model| model.name == request.json()["model"]) {
            Some(model) => json!({
                "details": details,
                "capabilities": ["completion"],
                "model_info": { "general.architecture": "fake", "fake.context_length": model.context },
            }),
            None => return Reply::status(404, "{\"error\":\"model not found\"}"),
        },
        "/v1/models" => {
            let listed = state.models.iter().map(|model| {
                json!({ "id": model.name, "object": "model", "owned_by": "fake", "max_model_len": model.context })
            });
            json!({ "object": "list", "data": listed.collect::<Vec<_>>() })
        }
        _ => return Reply::status(404, "404 page not found"),
    };
    Reply::status(200, &body.to_string())
}
