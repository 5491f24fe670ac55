//! What the models of the earlier system really said, word by word, as the answers of this one: nothing of it makes a number.

use std::fs;
use std::path::PathBuf;

use harness::llm::{FakeLlm, Reply, answer};
use serde_json::{Value, json};

use crate::talk::{HISTORY, MODEL, agents, bench, last_said, with_history};

/// The recorded answers; nothing where there is no corpus.
fn recorded() -> Vec<String> {
    let Some(corpus) = std::env::var_os("CHIMERA_CORPUS") else {
        eprintln!("skipped: CHIMERA_CORPUS names no directory of real files");
        return Vec::new();
    };
    let path = PathBuf::from(corpus).join("llm-replay/calls.jsonl");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} cannot be read", path.display());
        return Vec::new();
    };
    let response = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        call["response"].as_str().unwrap().to_owned()
    };
    text.lines().map(response).collect()
}

/// Holds what was kept of the words of models to hold no number.
fn no_numbers(said: &Value) {
    for list in ["observations", "gaps", "summary", "recommendations", "risks"] {
        let mut open = vec![&said[list]];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(map) => {
                    if let Some(text) = map.get("text").and_then(Value::as_str) {
                        assert!(!text.chars().any(char::is_numeric), "{list}: {text:?}");
                    }
                    open.extend(map.values());
                }
                Value::Array(values) => open.extend(values),
                _ => {}
            }
        }
    }
}

/// Lands a run for each answer that `reply` makes of a recorded one.
fn all(reply: fn(&harness::llm::Request, &str) -> Reply) {
    let recorded = recorded();
    let server = FakeLlm::start(MODEL);
    let workspace = with_history();
    workspace.configure(&agents(&server, "ollama", ""));
    for (n, response) in recorded.into_iter().enumerate() {
        server.script(move |request| reply(request, &response));
        server.forget();
        bench().land(&workspace, HISTORY + n, 1.0);
        workspace.scan();
        assert!(server.questions().len() >= 2, "record {n}: {:#}", last_said(&workspace));
        no_numbers(&last_said(&workspace));
    }
    workspace.run(["report", "--check"]).code(0);
}

#[test]
fn the_recorded_answers_as_they_were() {
    all(|_, response| Reply::content(response));
}

/// Each of their lines in the place of a good sentence, with a reference that is good.
#[test]
fn the_recorded_sentences_in_the_shape_that_is_asked_for() {
    all(|request, response| {
        let refs: Vec<String> = answer::facts(&request.prompt()).into_iter().take(3).map(|fact| fact.id).collect();
        let lines = response.lines().map(str::trim).filter(|line| !line.is_empty());
        let sentences: Vec<Value> = lines.take(40).map(|line| json!({ "text": line, "refs": refs })).collect();
        let text = |n: usize| sentences.get(n).map_or("", |one| one["text"].as_str().unwrap_or_default()).to_owned();
        let advice = |aim: &str, n: usize| json!({ "aim": aim, "text": text(n), "refs": refs });
        let risk = |n: usize| json!({ "risk": text(n), "mitigation": text(n + 1), "refs": refs });
        let said = match request.agent() {
            "collector" => json!({ "observations": sentences, "gaps": sentences }),
            _ => json!({
                "summary": sentences,
                "recommendations": [advice("throughput", 2), advice("ttft", 3), advice("quality", 4)],
                "risks": [risk(5), risk(7)],
            }),
        };
        Reply::content(said.to_string())
    });
}
