//! Servers that are well: what the agents are asked, with what, and what of their words is in the report.

use std::fs;

use harness::llm::{FakeLlm, Model, Reply, Request, Speaks, answer};
use serde_json::{Value, json};

use crate::talk::{MODEL, Outcome, agents, bench, html, last_said, regressed, section};

/// All that can be set, as it is written in a configuration.
const OPTIONS: &str = "num_gpu = 20\nnum_ctx = 6144\ntemperature = 0.25\ntop_p = 0.75\ntop_k = 30\nrepeat_penalty = 1.125\n\
                       num_predict = 700\nkeep_alive = \"15m\"\nseed = 7\n";

/// Both questions of a landing that went well.
#[track_caller]
fn both(server: &FakeLlm) -> (Request, Request) {
    let questions = server.questions();
    assert_eq!(questions.iter().map(Request::agent).collect::<Vec<_>>(), ["collector", "insight"]);
    (questions[0].clone(), questions[1].clone())
}

#[test]
fn both_personas_are_sent_and_the_second_reads_what_the_first_found() {
    for backend in ["ollama", "openai", "auto"] {
        let server = FakeLlm::start(MODEL);
        server.script(|request| {
            let mut said = if request.agent() == "collector" {
                answer::collector(&request.prompt())
            } else {
                return Reply::good();
            };
            let invented = json!({ "text": "Everything is 42 % snappier.", "refs": ["F1"] });
            said["observations"].as_array_mut().unwrap().push(invented);
            Reply::content(said.to_string())
        });
        let workspace = regressed();
        workspace.configure(&agents(&server, backend, ""));
        let outcome = Outcome::of(&workspace);
        let (collector, insight) = both(&server);
        assert!(collector.said_by("system").contains("You are DataCollector-9000"), "{}", collector.prompt());
        assert!(insight.said_by("system").contains("You are InsightAgent"), "{}", insight.prompt());
        let prompt = insight.prompt();
        assert!(
            prompt.contains("A figure of the landing") && !collector.prompt().contains("A figure of the landing"),
            "{prompt}"
        );
        assert!(prompt.contains("memory in use was not recorded"), "{prompt}");
        assert!(!prompt.contains("snappier"), "what the gate dropped is read: {prompt}");
        assert_eq!(outcome.ends(), ["answered", "answered"]);
        let dropped = &outcome.said["dropped"];
        assert!(dropped[0]["sentence"].as_str().unwrap().contains("snappier"), "{dropped:#}");
    }
}

#[test]
fn what_the_agents_say_stands_in_the_report_with_the_programs_numbers() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    workspace.configure(&agents(&server, "ollama", OPTIONS));
    let outcome = Outcome::of(&workspace);
    assert_eq!(outcome.said["standing"], "used", "{:#}", outcome.said);
    let report = &outcome.report;
    let (_, insight) = both(&server);
    let first = &answer::facts(&insight.prompt())[0];
    let rests = report.lines().find(|line| line.contains("The figure of the landing is")).expect("the summary");
    assert!(rests.contains(&first.value), "{rests:?} does not give {first:?}");
    for words in [
        "Repeat the runs on an idle machine",
        "Keep the model loaded between requests",
        "Record the environment of each run",
        "Other work may have shared the machine",
        "Reserve the machine while benchmarks run",
        "Repeat the benchmark under equal conditions",
        "InsightAgent",
        MODEL,
    ] {
        assert!(report.contains(words), "nothing of {words:?} in\n{report}");
    }
    assert!(!report.contains("{{") && !report.contains("}}"), "{report}");
    assert!(html(&workspace).contains("Keep the model loaded between requests"));
    assert!(outcome.scan["seconds"]["agent"].as_f64().unwrap() > 0.0, "{:#}", outcome.scan);
}

#[test]
fn the_metrics_of_each_call_are_in_the_report() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    workspace.configure(&agents(&server, "ollama", OPTIONS));
    let outcome = Outcome::of(&workspace);
    let report = &outcome.report;
    let (collector, insight) = both(&server);
    for request in [&collector, &insight] {
        let tokens = (request.prompt().len() / 4).to_string();
        assert!(report.contains(&tokens), "the {tokens} tokens of the prompt are not told:\n{report}");
    }
    // By the server's own clock: 50 tokens a second, and a model that was loaded within 20 ms.
    let about: String = report.lines().filter(|line| line.contains("tok/s") || line.contains("throughput")).collect();
    assert!(about.contains("50"), "{about}");
    for words in ["5e115e115e11", "num_ctx", "6144", "DataCollector-9000", "InsightAgent"] {
        assert!(report.contains(words), "nothing of {words:?} in\n{report}");
    }
    // The personas stand in an appendix as they were sent.
    assert!(report.contains("You are DataCollector-9000") && report.contains("You are InsightAgent"), "{report}");
    let seconds = report.lines().find(|line| line.contains("reading the files")).expect("a sentence on the seconds");
    for what in ["judging the series", "asking the agents", "this report"] {
        assert!(seconds.contains(what), "nothing of {what:?} in {seconds}");
    }
}

#[test]
fn options_go_to_ollama_as_they_are_configured_each_agent_with_its_own() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    let own = "[agents.collector]\nlabel = \"Quartermaster\"\npersona = \"You count the beans.\"\ntemperature = 1.5\nseed = 8\n";
    workspace.configure(&agents(&server, "ollama", &format!("{OPTIONS}{own}")));
    let outcome = Outcome::of(&workspace);
    let (collector, insight) = both(&server);
    let expected = json!({
        "num_gpu": 20, "num_ctx": 6144, "temperature": 0.25, "top_p": 0.75, "top_k": 30, "repeat_penalty": 1.125,
        "num_predict": 700, "seed": 7,
    });
    let sorted = |options: &Value| {
        let mut options: Vec<_> = options.as_object().unwrap().clone().into_iter().collect();
        options.sort_by(|a, b| a.0.cmp(&b.0));
        options
    };
    assert_eq!(sorted(&insight.json()["options"]), sorted(&expected));
    let mut of_collector = expected;
    (of_collector["temperature"], of_collector["seed"]) = (1.5.into(), 8.into());
    assert_eq!(sorted(&collector.json()["options"]), sorted(&of_collector));
    for request in [&collector, &insight] {
        let body = request.json();
        assert_eq!(
            (request.path.as_str(), &body["model"], &body["stream"]),
            ("/api/chat", &MODEL.into(), &true.into())
        );
        assert_eq!(
            (&body["truncate"], &body["shift"], &body["keep_alive"]),
            (&false.into(), &false.into(), &"15m".into())
        );
        assert_eq!(body["format"]["type"], "object");
    }
    assert!(collector.said_by("system").contains("You count the beans."), "{}", collector.prompt());
    assert!(!collector.prompt().contains("DataCollector-9000"), "the built-in persona is sent as well");
    assert!(insight.said_by("system").contains("You are InsightAgent"));
    assert!(outcome.report.contains("Quartermaster"));
}

#[test]
fn options_go_to_other_servers_in_their_words_with_the_key() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    workspace.write("key", "s3cret-k3y\n");
    workspace.configure(&agents(&server, "openai", &format!("key_file = \"key\"\n{OPTIONS}")));
    let outcome = Outcome::of(&workspace);
    let (collector, insight) = both(&server);
    for request in [&collector, &insight] {
        let body = request.json();
        assert_eq!((request.path.as_str(), &body["model"]), ("/v1/chat/completions", &MODEL.into()));
        assert_eq!(request.header("Authorization"), "Bearer s3cret-k3y");
        assert_eq!((&body["temperature"], &body["top_p"], &body["seed"]), (&0.25.into(), &0.75.into(), &7.into()));
        let most = if body["max_tokens"].is_null() { &body["max_completion_tokens"] } else { &body["max_tokens"] };
        assert_eq!((most, &body["stream"]), (&700.into(), &true.into()));
        assert_eq!(body["stream_options"]["include_usage"], true);
        assert_eq!(body["response_format"]["type"], "json_schema");
        assert!(body.get("options").is_none() && body.get("keep_alive").is_none(), "{body:#}");
    }
    let index = fs::read(workspace.state().join("chimera-insight.db")).unwrap();
    assert!(!outcome.report.contains("s3cret-k3y") && !outcome.said.to_string().contains("s3cret-k3y"));
    assert!(!index.windows(10).any(|ten| ten == b"s3cret-k3y"), "the key is in the index");
}

#[test]
fn a_schema_holds_nothing_that_llama_cpp_stumbles_over() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    workspace.configure(&agents(&server, "openai", ""));
    Outcome::of(&workspace);
    let (collector, insight) = both(&server);
    let mut open = vec![collector.schema(), insight.schema()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                assert!(!map.contains_key("pattern"), "{map:?}");
                assert!(map.get("maxLength").and_then(Value::as_u64).unwrap_or(0) < 2000, "{map:?}");
                open.extend(map.into_iter().map(|(_, inner)| inner));
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
}

#[test]
fn auto_asks_an_ollama_that_has_the_model_and_nobody_else_and_decides_anew_each_time() {
    let server = FakeLlm::start("another");
    let workspace = regressed();
    workspace.configure(&agents(&server, "auto", ""));
    let outcome = Outcome::of(&workspace);
    assert_eq!(server.questions(), [], "it does not have the model");
    assert_ne!(outcome.said["standing"], "used");
    assert_eq!(workspace.status()["health"], json!([]), "nobody asked for a model");

    let model = Model { name: MODEL.to_owned(), digest: "ab".repeat(32), context: 8192, loaded: None };
    server.models(vec![model]);
    bench().land(&workspace, 27, 1.3);
    workspace.scan();
    both(&server);
    assert_eq!(last_said(&workspace)["standing"], "used");

    server.speaks(Speaks::OpenAi);
    server.forget();
    bench().land(&workspace, 28, 1.3);
    workspace.scan();
    assert_eq!(server.questions(), [], "auto is for Ollama alone");
    assert_ne!(last_said(&workspace)["standing"], "used");
}

#[test]
fn without_a_model_nobody_is_asked_anything() {
    let server = FakeLlm::start(MODEL);
    let workspace = regressed();
    workspace.configure(&agents(&server, "none", ""));
    let outcome = Outcome::of(&workspace);
    assert_eq!(server.requests(), []);
    assert_eq!(outcome.said["standing"], "off");
    // A complete report all the same.
    assert!(outcome.report.contains("2 series got worse"), "{}", outcome.report);
    assert!(!section(&outcome.report, "Recommendations").is_empty());
}

#[test]
fn an_answer_that_comes_byte_by_byte_is_the_same_answer() {
    let said = |reply: Reply| {
        let server = FakeLlm::start(MODEL);
        server.script(move |request| {
            let mut text = answer::good(request);
            text = text.replace("an idle machine", "an idle machine — größer und früher —");
            Reply { body: harness::llm::Body::Content(text), ..reply.clone() }
        });
        let workspace = regressed();
        workspace.configure(&agents(&server, "ollama", ""));
        let outcome = Outcome::of(&workspace);
        assert!(outcome.report.contains("größer und früher"), "{}", outcome.report);
        outcome.said["recommendations"].clone()
    };
    assert_eq!(said(Reply::good()), said(Reply::flowing(harness::llm::Flow::Bytes)));
}

#[test]
fn a_server_that_does_not_stream_is_understood() {
    let server = FakeLlm::start(MODEL);
    server.script(|request| {
        let body = json!({
            "id": "x", "object": "chat.completion",
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": answer::good(request) }, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": request.prompt().len() / 4, "completion_tokens": 100, "total_tokens": 100 },
        });
        Reply::raw(body.to_string()).header("Content-Type", "application/json")
    });
    let workspace = regressed();
    workspace.configure(&agents(&server, "openai", ""));
    assert_eq!(Outcome::of(&workspace).said["standing"], "used");
}
