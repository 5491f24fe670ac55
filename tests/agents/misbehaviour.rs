//! Servers that misbehave: the report is there with the built-in text and its numbers hold, it says what happened, the mail is out,
//! and the next landing does not wait for such a server again.

use std::time::Duration;

use harness::llm::{Cut, FakeLlm, Flow, PromptTokens, Reply};
use serde_json::json;

use crate::talk::{MODEL, Outcome, agents, at, bench, first_page, last_said, regressed};

/// Times that are up soon where nothing comes; an answer that is to come needs none of them, on a loaded machine either.
const HASTY: &str = "[agents.limits]\nfirst_byte = \"2s\"\nidle = \"2s\"\n";

/// What the built-in analyst says of the regression when no model is to be asked.
fn built_in() -> Vec<String> {
    first_page(&Outcome::of(&regressed()).report)
}

/// Holds a report to be complete without a model, and to say what became of it.
#[track_caller]
fn stands_alone(name: &str, outcome: &Outcome, built_in: &[String], words: &[&str]) {
    let page = first_page(&outcome.report);
    for line in built_in {
        assert!(page.contains(line), "{name}: {line:?} is missing in {page:#?}");
    }
    for word in words {
        assert!(outcome.report.contains(word), "{name}: nothing of {word:?} in\n{}", outcome.report);
    }
}

/// Whether a server that fails so is left alone by the next landing. What costs no time is asked again: it may have been mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Rests,
    IsAsked,
}

/// A misbehaviour: its name, how questions are answered, how the calls end, what the report says of it, and what follows.
struct Case {
    name: &'static str,
    reply: Reply,
    failure: &'static str,
    words: &'static [&'static str],
    then: Then,
}

fn case(name: &'static str, reply: Reply, failure: &'static str, words: &'static [&'static str]) -> Case {
    Case { name, reply, failure, words, then: Then::Rests }
}

fn asked_again(name: &'static str, reply: Reply, failure: &'static str, words: &'static [&'static str]) -> Case {
    Case { then: Then::IsAsked, ..case(name, reply, failure, words) }
}

#[track_caller]
fn all_stand(backend: &str, cases: Vec<Case>) {
    let built_in = built_in();
    for Case { name, reply, failure, words, then } in cases {
        let server = FakeLlm::start(MODEL);
        server.set(reply);
        let workspace = regressed();
        workspace.configure(&agents(&server, backend, HASTY));
        let outcome = Outcome::of(&workspace);
        let ends = outcome.ends();
        assert_eq!(ends.first().map(String::as_str), Some(failure), "{name}: {:#}", outcome.said);
        assert!(ends.iter().all(|end| end == failure || end == "resting"), "{name}: {ends:?}");
        stands_alone(name, &outcome, &built_in, words);
        stands_alone(name, &outcome, &[], &[&server.url(), MODEL]);
        assert!(server.sent() < 100_000_000, "{name}: {} bytes were taken", server.sent());
        let (questions, rests) = (server.questions().len(), then == Then::Rests);
        bench().land(&workspace, 27, 1.3);
        let scan = workspace.scan();
        assert_eq!(scan["reports"].as_array().map(Vec::len), Some(1), "{name}: {scan:#}");
        let said = last_said(&workspace);
        assert_eq!(server.questions().len() == questions, rests, "{name}: {said:#}");
        // Also a server that rests is told with what is wrong with it.
        assert!(words.iter().all(|word| said.to_string().contains(word)), "{name}: {said:#}");
        workspace.run(["report", "--check"]).code(0);
    }
}

fn flow(flow: Flow) -> Reply {
    Reply::flowing(flow)
}

/// Ways to say nothing, too little, or to end too early.
fn cut_short() -> Vec<Case> {
    vec![
        case("silent", flow(Flow::Silent), "silent", &[]),
        case("silent behind the head", flow(Flow::Headed), "silent", &[]),
        case("stalled", flow(Flow::Stalled), "slow", &[]),
        case("ended before its time", flow(Flow::Cut(Cut::Clean)), "cut", &[]),
        case("closed", flow(Flow::Cut(Cut::Fin)), "cut", &[]),
        case("reset", flow(Flow::Cut(Cut::Reset)), "cut", &[]),
        case("no reason to end", Reply { reason: None, ..Reply::good() }, "cut", &[]),
        case("nothing at all", Reply::raw(""), "cut", &[]),
        asked_again("length", Reply { reason: Some("length"), ..Reply::good() }, "length", &["num_predict"]),
        asked_again(
            "a cut prompt",
            Reply { prompt_tokens: PromptTokens::Of(40), ..Reply::good() },
            "truncated",
            &["num_ctx"],
        ),
    ]
}

/// Errors by their status, or under that of success.
fn errors() -> Vec<Case> {
    let busy = "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}";
    let page = "<html><body>Bad Gateway</body></html>";
    let oom = "CUDA error: out of memory".to_owned();
    vec![
        case("an error under 200", flow(Flow::Error(oom)), "broken", &["out of memory"]),
        case(
            "500",
            Reply::status(500, "{\"error\":\"llama runner has terminated\"}"),
            "broken",
            &["runner has terminated"],
        ),
        case("502 and a page", Reply::status(502, page).header("Content-Type", "text/html"), "broken", &["502"]),
        case("503", Reply::status(503, busy), "busy", &["server busy"]),
        case("429", Reply::status(429, busy), "busy", &["server busy"]),
        case("429 for an hour", Reply::status(429, busy).header("Retry-After", "3600"), "busy", &["server busy"]),
        asked_again(
            "401",
            Reply::status(401, "{\"error\":{\"message\":\"Incorrect API key provided\"}}"),
            "refused",
            &["API key"],
        ),
        asked_again("a redirect", Reply::status(307, "").header("Location", "/elsewhere"), "refused", &["307"]),
    ]
}

/// What is not of the protocol, or has no end.
fn nonsense(page_under_its_type: &'static str) -> Vec<Case> {
    let page = "<html><body>It works!</body></html>";
    let endless = |text: &str| flow(Flow::EndlessRaw(text.as_bytes().to_vec()));
    vec![
        case("a page under 200", Reply::raw(page).header("Content-Type", "text/html"), "invalid", &["web page"]),
        case("a page that claims to be an answer", Reply::raw(page.to_owned() + "\n\n"), page_under_its_type, &[]),
        case("no end to it", flow(Flow::EndlessContent("word ".repeat(50))), "endless", &[]),
        case("white space", flow(Flow::EndlessContent("\n \t ".to_owned())), "endless", &["white space"]),
        case("empty lines", endless("\n"), "endless", &[]),
        case("a line without end", endless("data: {\"message\":{\"content\":\""), "endless", &[]),
    ]
}

#[test]
fn ollama_cut_short() {
    all_stand("ollama", cut_short());
}

#[test]
fn openai_cut_short() {
    all_stand("openai", cut_short());
}

#[test]
fn ollama_errors() {
    all_stand("ollama", errors());
}

#[test]
fn openai_errors() {
    all_stand("openai", errors());
}

#[test]
fn ollama_nonsense() {
    all_stand("ollama", nonsense("invalid"));
}

#[test]
fn openai_nonsense() {
    // Lines that are no field of an event are passed over: there was nothing before the end.
    all_stand("openai", nonsense("cut"));
}

#[test]
fn a_context_that_is_too_small_is_told_in_the_words_of_each_server() {
    let ollama = "{\"error\":\"the input length exceeds the context length\"}";
    let llama = json!({ "error": {
        "code": 400, "message": "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
        "type": "exceed_context_size_error", "n_prompt_tokens": 9412, "n_ctx": 8192,
    } });
    let text = "This model's maximum context length is 512 tokens. However, you requested 900 tokens (600 in the messages, 300 in \
                the completion). Please reduce the length of the messages or completion.";
    let old = json!({ "object": "error", "message": text, "type": "BadRequestError", "param": null, "code": 400 });
    let new = json!({ "error": { "message": text, "type": "BadRequestError", "param": null, "code": 400 } });
    let context = |name, body: &str| asked_again(name, Reply::status(400, body), "context", &["num_ctx"]);
    all_stand("ollama", vec![context("Ollama", ollama)]);
    let openai = [("llama-server", llama), ("an older vLLM", old), ("vLLM", new)];
    all_stand("openai", openai.map(|(name, body)| context(name, &body.to_string())).into());
}

#[test]
fn a_model_that_is_not_there_is_named_with_what_to_do() {
    let built_in = built_in();
    for (backend, words) in [("ollama", "ollama pull fable:3b"), ("openai", "fable:3b")] {
        let server = FakeLlm::start("another");
        let workspace = regressed();
        workspace.configure(&agents(&server, backend, ""));
        let outcome = Outcome::of(&workspace);
        assert!(outcome.ends().iter().all(|end| end == "no_model"), "{backend}: {:#}", outcome.said);
        stands_alone(backend, &outcome, &built_in, &[&server.url(), words]);
    }
}

#[test]
fn nobody_at_the_address() {
    let built_in = built_in();
    for backend in ["ollama", "openai"] {
        let url = format!("http://127.0.0.1:{}", FakeLlm::closed_port());
        let workspace = regressed();
        workspace.configure(&at(&url, backend, ""));
        let outcome = Outcome::of(&workspace);
        assert!(outcome.ends().iter().all(|end| end == "absent" || end == "resting"), "{backend}: {:#}", outcome.said);
        stands_alone(backend, &outcome, &built_in, &[&url]);
    }
}

#[test]
fn one_byte_at_a_time_is_too_slow() {
    let built_in = built_in();
    for backend in ["ollama", "openai"] {
        let server = FakeLlm::start(MODEL);
        server.set(flow(Flow::Drip(Duration::from_secs(1))));
        let workspace = regressed();
        // There is always a byte in time, so that nothing but the whole ends it.
        workspace.configure(&agents(&server, backend, "mail_deadline = \"5s\"\n"));
        let outcome = Outcome::of(&workspace);
        assert!(outcome.ends().iter().all(|end| end == "slow" || end == "resting"), "{backend}: {:#}", outcome.said);
        stands_alone(backend, &outcome, &built_in, &[&server.url(), MODEL]);
    }
}

#[test]
fn a_head_without_end_is_not_read() {
    let built_in = built_in();
    for backend in ["ollama", "openai"] {
        let server = FakeLlm::start(MODEL);
        server.set(Reply::good().header("X-Long", "x".repeat(4 << 20)));
        let workspace = regressed();
        workspace.configure(&agents(&server, backend, HASTY));
        let outcome = Outcome::of(&workspace);
        assert!(!outcome.ends().contains(&"answered".to_owned()), "{backend}: {:#}", outcome.said);
        stands_alone(backend, &outcome, &built_in, &[&server.url(), MODEL]);
    }
}

#[test]
fn a_redirect_takes_no_key_elsewhere() {
    let (server, elsewhere) = (FakeLlm::start(MODEL), FakeLlm::start(MODEL));
    server.set(Reply::status(307, "").header("Location", elsewhere.url() + "/v1/chat/completions"));
    server.probes(Reply::status(302, "").header("Location", elsewhere.url() + "/v1/models"));
    let workspace = regressed();
    workspace.write("key", "s3cret\n");
    workspace.configure(&agents(&server, "openai", "key_file = \"key\"\n"));
    Outcome::of(&workspace);
    assert!(!server.questions().is_empty());
    assert_eq!(elsewhere.requests(), []);
}

#[test]
fn probes_that_misbehave_cost_the_report_nothing() {
    let built_in = built_in();
    let probes = [
        ("silent", flow(Flow::Silent)),
        ("500", Reply::status(500, "")),
        ("no JSON", Reply::raw("hello")),
        ("other JSON", Reply::raw("[1, 2]")),
        ("no end to it", flow(Flow::EndlessRaw(b"{\"models\":[".to_vec()))),
        ("deep", Reply::raw("[".repeat(100_000))),
    ];
    for (name, reply) in probes {
        for backend in ["auto", "ollama", "openai"] {
            let server = FakeLlm::start(MODEL);
            server.probes(reply.clone());
            let workspace = regressed();
            workspace.configure(&agents(&server, backend, HASTY));
            let outcome = Outcome::of(&workspace);
            if !outcome.ends().contains(&"answered".to_owned()) {
                stands_alone(name, &outcome, &built_in, &[]);
            }
            assert!(server.sent() < 100_000_000, "{name}: {} bytes were taken", server.sent());
        }
    }
}

#[test]
fn a_server_that_is_busy_for_a_moment_is_asked_once_more() {
    for status in [429, 503] {
        let server = FakeLlm::start(MODEL);
        let mut asked = 0;
        server.script(move |_| {
            asked += 1;
            if asked == 1 {
                Reply::status(status, "{\"error\":\"busy\"}").header("Retry-After", "1")
            } else {
                Reply::good()
            }
        });
        let workspace = regressed();
        workspace.configure(&agents(&server, "ollama", ""));
        let outcome = Outcome::of(&workspace);
        assert_eq!(outcome.said["standing"], "used", "{:#}", outcome.said);
        assert_eq!(server.questions().len(), 3, "the collector twice, and the insight agent");
    }
}

#[test]
fn a_connection_that_is_lost_is_made_once_more() {
    let server = FakeLlm::start(MODEL);
    let mut asked = 0;
    server.script(move |_| {
        asked += 1;
        if asked == 1 { flow(Flow::Cut(Cut::Reset)) } else { Reply::good() }
    });
    let workspace = regressed();
    workspace.configure(&agents(&server, "ollama", ""));
    let outcome = Outcome::of(&workspace);
    assert_eq!(outcome.said["standing"], "used", "{:#}", outcome.said);
}

#[test]
fn the_insight_agent_is_asked_although_the_collector_failed() {
    let server = FakeLlm::start(MODEL);
    let of_collector = |request: &harness::llm::Request| request.agent() == "collector";
    server.script(move |request| if of_collector(request) { flow(Flow::Cut(Cut::Clean)) } else { Reply::good() });
    let workspace = regressed();
    workspace.configure(&agents(&server, "ollama", ""));
    let outcome = Outcome::of(&workspace);
    assert_eq!(outcome.ends(), ["cut", "answered"]);
    assert!(outcome.report.contains("The figure of the landing is"), "{}", outcome.report);
}

#[test]
fn a_server_that_is_well_again_is_used_when_its_rest_is_over() {
    let server = FakeLlm::start(MODEL);
    server.set(flow(Flow::Cut(Cut::Clean)));
    let workspace = regressed();
    let rest =
        |rest: &str| workspace.configure(&agents(&server, "ollama", &format!("[agents.limits]\nrest = \"{rest}\"\n")));
    rest("1h");
    Outcome::of(&workspace);
    server.set(Reply::good());
    server.forget();
    bench().land(&workspace, 27, 1.3);
    workspace.scan();
    assert_eq!(server.questions().len(), 0);
    assert_eq!(workspace.status()["health"][0]["cause"], "agents", "{:#}", workspace.status());
    // A shorter rest is over by now.
    rest("10ms");
    bench().land(&workspace, 28, 1.3);
    workspace.scan();
    assert_eq!(last_said(&workspace)["standing"], "used", "{:#}", last_said(&workspace));
    assert_eq!(workspace.status()["health"], json!([]));
}

#[test]
fn a_server_that_answers_a_check_rests_no_longer() {
    let server = FakeLlm::start(MODEL);
    server.set(Reply::flowing(Flow::Silent));
    let workspace = regressed();
    workspace.configure(&agents(&server, "ollama", HASTY));
    Outcome::of(&workspace);
    let resting = || workspace.status()["agents"]["resting"].as_array().map_or(0, Vec::len);
    let complains = || workspace.status()["health"].to_string().contains("nothing came within");
    assert!(resting() == 1 && complains(), "{:#}", workspace.status());
    workspace.run(["agents", "check"]).code(1);
    assert!(resting() == 1 && complains(), "{:#}", workspace.status());
    server.set(Reply::good());
    workspace.run(["agents", "check"]).code(0);
    assert!(resting() == 0 && !complains(), "{:#}", workspace.status());
    let questions = server.questions().len();
    bench().land(&workspace, 27, 1.3);
    workspace.scan();
    assert!(server.questions().len() > questions, "the next landing asks it");
}

#[test]
fn a_key_that_a_server_repeats_is_found_nowhere() {
    let server = FakeLlm::start(MODEL);
    let said = "{\"error\":{\"message\":\"Incorrect API key provided: Bearer sk-SUPERSECRET-12345 (sk-SUP**2345).\"}}";
    server.set(Reply::status(401, said));
    let workspace = regressed();
    std::fs::write(workspace.path("llm-key"), "sk-SUPERSECRET-12345\n").unwrap();
    workspace.configure(&agents(&server, "openai", "key_file = \"llm-key\"\n"));
    let outcome = Outcome::of(&workspace);
    assert!(outcome.report.contains("Incorrect API key provided"), "{}", outcome.report);
    let told = format!("{}{}{}{}", outcome.report, outcome.said, workspace.status(), crate::talk::html(&workspace));
    assert!(!told.contains("SUP") && !told.contains("2345"), "{told}");
}
