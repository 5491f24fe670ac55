//! `agents check|prompt` and `[agents]`, from outside.

use std::io::ErrorKind;
use std::net::TcpListener;

use harness::{Bench, Workspace};

/// A workspace with these settings beside the short times.
fn workspace(more: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure(more);
    workspace
}

/// A port that was free a moment ago, and that nobody listens on.
fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_server_that_is_not_there_is_told_with_what_to_do() {
    let workspace = workspace(&format!("[agents]\nbackend = \"ollama\"\nurl = \"http://127.0.0.1:{}\"\n", closed()));
    let told = workspace.run(["agents", "check"]).code(1).stdout;
    assert!(
        told.starts_with("DataCollector-9000 (collector)\n") && told.contains("\nInsightAgent (insight)\n"),
        "{told}"
    );
    assert!(told.contains("model    gemma3:latest") && told.contains("  asked    no: http://127.0.0.1:"), "{told}");
    assert!(told.contains("Start the server"), "{told}");
    let json = workspace.run(["agents", "check", "insight", "--json"]).code(1).json();
    let [agent] = json["agents"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!((&agent["agent"], &agent["ok"], &agent["call"]), (&"insight".into(), &false.into(), &().into()));
}

#[test]
fn nobody_is_asked_where_nobody_is_to_be_asked() {
    let workspace = workspace("[agents]\nbackend = \"none\"\n");
    let told = workspace.run(["agents", "check"]).code(0).stdout;
    assert_eq!(told.matches("backend = \"none\"").count(), 2, "{told}");
}

#[test]
fn a_key_that_cannot_be_read_costs_the_words_of_the_model_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let workspace = workspace(&format!(
        "[agents]\nbackend = \"openai\"\nurl = \"http://{address}/v1\"\nmodel = \"m\"\nkey_file = \"llm-key\"\n"
    ));
    Bench::new("reports/decode/decode").history(&workspace, 0..3);
    let scan = workspace.scan();
    assert_eq!(scan["reports"].as_array().unwrap().len(), 1, "{scan}");
    let told = workspace.run(["agents", "check"]).code(1).stdout;
    assert!(told.contains("the key file") && told.contains("llm-key cannot be read"), "{told}");
    // What only looks at the index needs no key.
    workspace.run(["status"]).code(0);
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nothing was sent without the key");
}

#[test]
fn a_persona_that_is_not_there_is_a_bad_configuration() {
    let workspace = workspace("[agents.insight]\npersona_file = \"persona.txt\"\n");
    let refused = workspace.run(["scan"]).code(78).stderr;
    assert!(
        refused.contains("`agents.insight.persona_file`") && refused.contains("persona.txt: cannot be read"),
        "{refused}"
    );
    let refused = workspace.run(["config", "check"]).code(78).stderr;
    assert!(refused.contains("persona.txt: cannot be read"), "{refused}");
}

#[test]
fn what_would_be_sent_is_printed_and_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let workspace = workspace("[agents]\nbackend = \"none\"\n");
    let none = workspace.run(["agents", "prompt"]).code(3).stderr;
    assert!(none.contains("no index") || none.contains("cannot"), "{none}");
    Bench::new("reports/decode/decode").history(&workspace, 0..3);
    workspace.scan();
    let address = listener.local_addr().unwrap();
    workspace.configure(&format!(
        "[agents]\nbackend = \"ollama\"\nurl = \"http://{address}\"\nnum_ctx = 8192\n[agents.collector]\npersona = \"You are a heron.\"\n"
    ));
    let told = workspace.run(["agents", "prompt"]).code(0).stdout;
    assert_eq!(told.matches("----- system -----").count(), 2, "{told}");
    assert!(told.contains("You are a heron.") && told.contains("8192 tokens (num_ctx)"), "{told}");
    let json = workspace.run(["agents", "prompt", "1", "--json", "--agent", "insight"]).code(0).json();
    let [agent] = json["agents"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!((&json["landing"], &agent["agent"]), (&1.into(), &"insight".into()));
    assert!(agent["facts"].as_u64().unwrap() > 0 && agent["user"].as_str().unwrap().contains("F1 = "), "{agent:#}");
    assert!(agent["schema"]["properties"]["recommendations"].is_object(), "{agent:#}");
    assert!(agent["tokens"].as_u64().unwrap() <= 8192 * 85 / 100);
    let missing = workspace.run(["agents", "prompt", "99"]).code(3).stderr;
    assert!(missing.contains("there is no landing 99") && missing.contains("report --all"), "{missing}");
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "something was sent");
}
