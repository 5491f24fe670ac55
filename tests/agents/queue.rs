//! Landings that wait for the agents: who comes first, how many at a time, how long, and what a stop or a crash leaves of it.

use std::time::Duration;

use harness::daemon::{Daemon, wait_for, wait_indexed, wait_status};
use harness::llm::{FakeLlm, Request, answer};
use harness::{Bench, Workspace};
use rustix::process::Signal;

use crate::talk::{HISTORY, MODEL, agents, bench, with_history};

/// Benchmarks without news.
fn others() -> [Bench; 2] {
    [Bench { latency: 31.0, ..Bench::new("reports/alpha") }, Bench { latency: 47.0, ..Bench::new("reports/beta") }]
}

/// A daemon on a workspace with history, two slower runs of it already seen, whose server keeps all questions from now on.
fn waiting(server: &FakeLlm, more: &str) -> (Workspace, Daemon) {
    let workspace = with_history();
    (HISTORY..HISTORY + 2).for_each(|n| drop(bench().land(&workspace, n, 1.3)));
    workspace.scan();
    workspace.configure(&agents(server, "ollama", more));
    let daemon = Daemon::start(&workspace);
    server.hold(0);
    (workspace, daemon)
}

/// Lands a run and waits until its landing waits for the agents.
fn land(workspace: &Workspace, bench: &Bench, n: usize, factor: f64) {
    let waiting = |workspace: &Workspace| workspace.count("SELECT count(*) FROM landing WHERE stage = 'agent'");
    let before = waiting(workspace);
    bench.land(workspace, n, factor);
    wait_for("the landing to wait for the agents", || (waiting(workspace) == before + 1).then_some(()));
}

/// What each question was about, in their order: the benchmark that its facts are of, and who asked.
fn about(questions: &[Request]) -> Vec<(&'static str, &'static str)> {
    let benchmark = |question: &Request| {
        let facts = answer::facts(&question.prompt());
        let of = |name: &&str| facts.iter().any(|fact| fact.name.contains(*name));
        let named: Vec<_> = ["reports/alpha", "reports/beta", "reports/codec"].into_iter().filter(of).collect();
        assert_eq!(named.len(), 1, "{named:?}: {facts:#?}");
        named[0]
    };
    questions.iter().map(|question| (benchmark(question), question.agent())).collect()
}

#[test]
fn a_regression_is_talked_about_before_a_routine_landing() {
    let server = FakeLlm::start(MODEL);
    let (workspace, daemon) = waiting(&server, "concurrency = 1\n");
    let [alpha, beta] = others();
    land(&workspace, &alpha, 0, 1.0);
    server.wait_for_questions(1);
    land(&workspace, &beta, 0, 1.0);
    land(&workspace, &bench(), HISTORY + 2, 1.3);
    server.release();
    wait_indexed(&workspace, 29);
    let asked = about(&server.questions());
    let expected = ["reports/alpha", "reports/codec", "reports/beta"];
    let expected: Vec<_> = expected.iter().flat_map(|name| [(*name, "collector"), (*name, "insight")]).collect();
    assert_eq!(asked, expected);
    assert_eq!(server.most_at_once(), 1);
    assert_eq!(workspace.mails().len(), 1);
    daemon.end();
}

#[test]
fn as_many_landings_are_talked_about_at_once_as_is_configured() {
    let server = FakeLlm::start(MODEL);
    let (workspace, daemon) = waiting(&server, "concurrency = 2\n");
    let [alpha, beta] = others();
    for (bench, questions) in [(&alpha, 1), (&beta, 2), (&bench(), 2)] {
        land(&workspace, bench, HISTORY + 2, 1.0);
        server.wait_for_questions(questions);
    }
    assert_eq!(server.questions().len(), 2, "the third waits");
    server.release();
    wait_indexed(&workspace, 29);
    assert_eq!((server.questions().len(), server.most_at_once()), (6, 2));
    daemon.end();
}

#[test]
fn a_mail_does_not_wait_for_a_model_that_is_busy_with_something_else() {
    let server = FakeLlm::start(MODEL);
    let (workspace, daemon) =
        waiting(&server, "concurrency = 1\nmail_deadline = \"1s\"\n[agents.limits]\nfirst_byte = \"10m\"\n");
    let [alpha, _] = others();
    land(&workspace, &alpha, 0, 1.0);
    server.wait_for_questions(1);
    bench().land(&workspace, HISTORY + 2, 1.3);
    wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1);
    assert_eq!(about(&server.questions()), [("reports/alpha", "collector")], "nobody was asked about the regression");
    assert_eq!(workspace.mails().len(), 1);
    workspace.run(["report", "--check"]).code(0);
    server.release();
    wait_indexed(&workspace, 28);
    assert_eq!(server.questions().len(), 2);
    daemon.end();
}

#[test]
fn a_model_that_hangs_keeps_a_mail_no_longer_than_its_deadline() {
    let server = FakeLlm::start(MODEL);
    let (workspace, daemon) = waiting(&server, "mail_deadline = \"1s\"\n[agents.limits]\nfirst_byte = \"10m\"\n");
    bench().land(&workspace, HISTORY + 2, 1.3);
    // Nothing ever lets the server answer.
    wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1);
    wait_indexed(&workspace, 27);
    assert_eq!(about(&server.questions())[0], ("reports/codec", "collector"));
    workspace.run(["report", "--check"]).code(0);
    daemon.end();
}

#[test]
fn a_conversation_that_is_cut_off_is_held_again_by_the_next_start() {
    for signal in [Signal::TERM, Signal::KILL] {
        let server = FakeLlm::start(MODEL);
        let (workspace, mut daemon) = waiting(&server, "");
        bench().land(&workspace, HISTORY + 2, 1.3);
        server.wait_for_questions(1);
        daemon.signal(signal);
        let ended = daemon.wait(Duration::from_secs(10));
        assert_eq!(ended.success(), signal == Signal::TERM, "{ended}");
        assert_eq!((workspace.reports().len(), workspace.mails().len()), (2, 0));
        server.release();
        server.forget();
        let daemon = Daemon::start(&workspace);
        wait_status(&workspace, "the mail", |status| status["mails"]["accepted"] == 1);
        wait_indexed(&workspace, 27);
        assert_eq!(about(&server.questions()), [("reports/codec", "collector"), ("reports/codec", "insight")]);
        assert_eq!((workspace.reports().len(), workspace.mails().len()), (3, 1));
        workspace.run(["report", "--check"]).code(0);
        daemon.end();
    }
}

#[test]
fn a_new_configuration_holds_for_the_next_landing() {
    let server = FakeLlm::start(MODEL);
    let (workspace, daemon) = waiting(&server, "");
    server.release();
    let models = ["fable:3b", "saga:7b"].map(|name| harness::llm::Model {
        name: name.to_owned(),
        digest: "aa".repeat(32),
        context: 8192,
        loaded: None,
    });
    server.models(models.to_vec());
    let [alpha, beta] = others();
    alpha.land(&workspace, 0, 1.0);
    wait_indexed(&workspace, 27);
    workspace.configure(&agents(&server, "ollama", "temperature = 0.5\n").replace(MODEL, "saga:7b"));
    daemon.signal(Signal::HUP);
    wait_for("the configuration", || daemon.log().contains("configuration reloaded").then_some(()));
    beta.land(&workspace, 0, 1.0);
    wait_indexed(&workspace, 28);
    let asked: Vec<String> = server.questions().iter().map(|one| one.json()["model"].to_string()).collect();
    assert_eq!(asked, ["\"fable:3b\"", "\"fable:3b\"", "\"saga:7b\"", "\"saga:7b\""]);
    daemon.end();
}
