use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;

use super::tests::{Bench, JSON, Reply, SSE, agent, good, limits, serve};
use super::*;
use crate::dialogue::Standing;
use crate::domain::call::{Ended, Failure, Role};
use crate::insight::{Analysis, Analyst, Landing};

fn analysis() -> Analysis {
    let landing = Landing {
        id: 1,
        at: Timestamp::from_second(1_700_000_000).expect("a time"),
        backfill: false,
        new_artifacts: 0,
        runs: 0,
        series: 0,
        measurements: 0,
        verdicts: Default::default(),
        own: Default::default(),
    };
    Analyst::new(landing, &Default::default()).finish()
}

fn settings(agent: &AgentSettings) -> Settings {
    Settings {
        collector: AgentSettings { label: "DataCollector-9000".to_owned(), ..agent.clone() },
        insight: agent.clone(),
        concurrency: 1,
        deadline: Duration::from_secs(60),
        mail_deadline: Duration::from_secs(60),
        limits: limits(),
    }
}

#[tokio::test]
async fn a_conversation_without_a_model_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("an address");
    let bench = Bench::new(Backend::Auto, &format!("http://{free}"));
    let analysis = analysis();
    let left = Duration::from_secs(20);
    let said = converse(&bench.client, &settings(&bench.agent), &analysis, &bench.clock, left).await;
    assert!(matches!(&said.standing, Standing::Unavailable(why) if why.contains("nothing answers there")), "{said:?}");
    assert_eq!((said.calls.len(), said.ledger), (0, analysis.ledger.hash().to_string()));
    let asked = AgentSettings { backend: Backend::Ollama, ..bench.agent.clone() };
    let said = converse(&bench.client, &settings(&asked), &analysis, &bench.clock, left).await;
    let failures: Vec<_> = said.calls.iter().map(|call| (call.role, &call.ended)).collect();
    assert!(
        matches!(
            failures.as_slice(),
            [
                (Role::Collector, Ended::Failed { failure: Failure::Absent, .. }),
                (Role::Insight, Ended::Failed { failure: Failure::Absent, .. })
            ]
        ),
        "{failures:?}"
    );
    let nobody = AgentSettings { backend: Backend::None, ..bench.agent.clone() };
    let said = converse(&bench.client, &settings(&nobody), &analysis, &bench.clock, left).await;
    assert_eq!((said.standing, said.calls.len()), (Standing::Off, 0));
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_sent_back_once() {
    let words = "data: {\"choices\":[{\"delta\":{\"content\":\"Sure! Let me\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let server = serve([Reply::Whole(SSE, words.to_owned())]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    let talk = settings(&bench.agent);
    let analysis = analysis();
    let said = converse(&bench.client, &talk, &analysis, &bench.clock, Duration::from_secs(20)).await;
    let attempts: Vec<_> = said.calls.iter().map(|call| (call.role, call.attempt)).collect();
    let both = |role| [(role, 1), (role, 2)];
    assert_eq!(attempts, [both(Role::Collector), both(Role::Insight)].concat());
    assert!(said.calls.iter().all(|call| matches!(call.ended, Ended::Failed { failure: Failure::Invalid, .. })));
    assert!(matches!(said.standing, Standing::Rejected(_)), "{:?}", said.standing);
    assert_eq!((said.personas.len(), said.dropped.len()), (2, 0));
}

#[tokio::test]
async fn a_checkup_tells_what_is_there_without_asking_the_breaker() {
    let server = serve([Reply::Silence, Reply::Silence, Reply::Whole(JSON, "{}".to_owned()), good()]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    bench.failure().await;
    bench.failure().await;
    assert_eq!(bench.failure().await.0, Failure::Resting);
    let checkup = check(&bench.client, Role::Collector, &bench.agent, &bench.limits, &bench.clock).await;
    assert_eq!((checkup.backend, &checkup.url), (Some("openai"), &server.address));
    assert!(checkup.missing.is_none() && checkup.call.is_some(), "{checkup:?}");
    let nobody = check(&bench.client, Role::Insight, &agent(Backend::None, "x"), &bench.limits, &bench.clock).await;
    assert_eq!((nobody.backend, nobody.call), (None, None));
}

#[test]
fn a_conversation_can_be_held_by_any_thread() {
    fn send<T: Send>(_: &T) {}
    let bench = Bench::new(Backend::None, "x");
    let (settings, analysis) = (settings(&bench.agent), analysis());
    send(&converse(&bench.client, &settings, &analysis, &bench.clock, Duration::ZERO));
    send(&check(&bench.client, Role::Insight, &bench.agent, &bench.limits, &bench.clock));
}

#[tokio::test]
async fn without_its_key_an_agent_is_not_asked() {
    let server = serve([good()]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    let agent = AgentSettings { key: Key::Missing("the key file is not there".to_owned()), ..bench.agent.clone() };
    let left = Duration::from_secs(20);
    let said = converse(&bench.client, &settings(&agent), &analysis(), &bench.clock, left).await;
    assert!(
        matches!(&said.standing, Standing::Unavailable(why) if why.contains("the key file is not there")),
        "{said:?}"
    );
    assert!(server.seen.lock().expect("no panic").is_empty());
    assert_eq!(bench.client.memory(), Memory::default());
}

#[tokio::test]
async fn a_conversation_ends_in_its_time() {
    let server = serve([Reply::Silence]).await;
    let bench = Bench::new(Backend::Ollama, &server.address);
    let talk = Settings { limits: Limits::default(), ..settings(&bench.agent) };
    let said = converse(&bench.client, &talk, &analysis(), &bench.clock, Duration::from_millis(300)).await;
    let failures = said.calls.iter().map(|call| matches!(call.ended, Ended::Failed { failure: Failure::Silent, .. }));
    assert_eq!(failures.collect::<Vec<_>>(), [true, true], "{said:?}");
}

#[tokio::test]
async fn what_had_no_room_is_told_although_the_call_failed() {
    let broken = Reply::Whole("500 Internal Server Error\r\n", "{\"error\":\"no\"}".to_owned());
    let server = serve([broken]).await;
    let bench = Bench::new(Backend::OpenAi, &server.address);
    let agent = AgentSettings { options: Options { num_ctx: Some(1024), ..Options::default() }, ..bench.agent.clone() };
    let talk = Settings { limits: Limits { failures: 10, ..limits() }, ..settings(&agent) };
    let mut analysis = analysis();
    (0..1000).for_each(|i| {
        analysis.ledger.count(format!("rows of run {i}"), i);
    });
    let left = Duration::from_secs(20);
    let said = converse(&bench.client, &talk, &analysis, &bench.clock, left).await;
    let failed = said.calls.iter().all(|call| matches!(call.ended, Ended::Failed { failure: Failure::Broken, .. }));
    assert!(failed && said.calls.len() == 2 && said.left_out > 900, "{} of {:#?}", said.left_out, said.calls);
    // Nothing is sent to a server that rests, so it was not spared anything.
    let talk = Settings { limits: Limits { failures: 1, ..limits() }, ..talk };
    bench.client.recall(Memory::default());
    let said = converse(&bench.client, &talk, &analysis, &bench.clock, left).await;
    let mut words = said.calls.iter().map(|call| match &call.ended {
        Ended::Failed { words, .. } => words.as_str(),
        Ended::Answered => "",
    });
    assert!(words.next_back().is_some_and(|words| words.contains("the server answers 500")), "{said:#?}");
    assert_eq!(said.left_out, 0);
}
