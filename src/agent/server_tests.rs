//! What odd servers say: the key, figures that cannot be, refusals of each field by name, and that they are not ready yet.

use std::time::Duration;

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::tests::{Bench, NDJSON, Reply, SSE, good, refusal, serve};
use super::*;
use crate::clock::Clock;
use crate::domain::call::{Ended, Failure, Role};

const KEY: &str = "sk-SUPERSECRET-12345";

fn bench(backend: Backend, url: &str) -> Bench {
    let mut bench = Bench::new(backend, url);
    bench.agent.key = Key::Secret(KEY.to_owned());
    bench
}

fn whole() -> Reply {
    let answer =
        "data: {\"choices\":[{\"delta\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    Reply::Whole(SSE, answer.to_owned())
}

#[tokio::test]
async fn a_key_goes_to_no_other_machine_in_plain_text() {
    // Nothing of this may be looked up or sent: the name cannot be resolved, which would be another failure.
    for backend in [Backend::Ollama, Backend::OpenAi] {
        let bench = bench(backend, "http://gpu.invalid:11434");
        let (failure, words) = bench.failure().await;
        assert_eq!(failure, Failure::Refused, "{words}");
        assert!(words.contains("not asked: the key would go over the network in plain text"), "{words}");
        let checkup = check(&bench.client, Role::Insight, &bench.agent, &bench.limits, &bench.clock).await;
        assert!(checkup.missing.is_some_and(|why| why.contains("in plain text")), "{:?}", checkup.call);
        assert_eq!(bench.client.memory(), Memory::default());
    }
    let bench = Bench::new(Backend::Ollama, "http://me:secret@gpu.invalid:11434");
    assert!(bench.failure().await.1.contains("in plain text"));
}

#[tokio::test]
async fn a_key_that_the_server_repeats_is_not_told() {
    let said = format!("Incorrect API key provided: Bearer {KEY} (sk-SUP*****2345).");
    let line = serde_json::json!({"error": said}).to_string();
    let replies = [
        refusal("401 Unauthorized\r\n", &said),
        refusal("500 Internal Server Error\r\n", &said),
        Reply::Whole("403 Forbidden\r\n", said.clone()),
        Reply::Whole(NDJSON, format!("{line}\n")),
        Reply::Whole(NDJSON, said.clone()),
    ];
    for reply in replies {
        let server = serve([reply]).await;
        let bench = bench(Backend::Ollama, &server.address);
        let (failure, words) = bench.failure().await;
        assert!(words.contains("[key]") || failure == Failure::Cut, "{words}");
        let kept = format!("{words}{}", serde_json::to_string(&bench.client.memory()).expect("JSON"));
        assert!(!kept.contains("SUP") && !kept.contains("2345"), "{kept}");
    }
    let told = format!("{{\"message\":{{\"content\":\"{KEY}\"}},\"done\":true,\"done_reason\":\"stop\"}}\n");
    let server = serve([Reply::Whole(NDJSON, told)]).await;
    assert_eq!(bench(Backend::Ollama, &server.address).ask().await.1.as_deref(), Some("[key]"));
}

#[tokio::test]
async fn each_field_is_left_out_that_is_refused_and_that_is_not_forgotten() {
    let names = ["temperature", "top_p", "top_k", "seed", "stream_options", "repeat_penalty", "repetition_penalty"];
    let refused = names.map(|name| refusal("400 Bad Request\r\n", &format!("Unrecognized argument: {name}")));
    let broken = refusal("400 Bad Request\r\n", "no");
    let server = serve(refused.into_iter().chain([broken, whole()])).await;
    let mut bench = bench(Backend::OpenAi, &server.address);
    bench.agent.options = Options {
        temperature: Some(0.2),
        top_p: Some(0.9),
        top_k: Some(40),
        seed: Some(1),
        repeat_penalty: Some(1.1),
        ..Options::default()
    };
    assert_eq!(bench.failure().await.0, Failure::Refused);
    assert!(bench.ask().await.1.is_some());
    let seen = server.seen.lock().expect("no panic").clone();
    assert_eq!(seen.len(), names.len() + 2);
    assert!(names.iter().all(|name| !seen[names.len() + 1].contains(name)), "{}", seen[names.len() + 1]);
}

#[tokio::test]
async fn refusals_that_cost_no_time_make_no_server_rest() {
    let server = serve([refusal("401 Unauthorized\r\n", "no such key")]).await;
    let bench = bench(Backend::OpenAi, &server.address);
    for _ in 0..4 {
        assert_eq!(bench.failure().await.0, Failure::Refused);
    }
    assert_eq!(server.seen.lock().expect("no panic").len(), 4);
    assert_eq!(bench.client.memory(), Memory::default());
}

#[tokio::test]
async fn another_configuration_is_tried_at_once() {
    let server = serve([Reply::Silence, Reply::Silence, good()]).await;
    let mut bench = bench(Backend::Ollama, &server.address);
    assert_eq!(bench.failure().await.0, Failure::Silent);
    assert_eq!(bench.failure().await.0, Failure::Silent);
    assert_eq!(bench.failure().await.0, Failure::Resting);
    let memory = bench.client.memory();
    let until: Vec<_> = memory.resting(Clock::now(&bench.clock)).into_iter().map(|(address, _)| address).collect();
    assert_eq!(until, [server.address.as_str()], "people see the address alone");
    assert!(!serde_json::to_string(&memory).expect("JSON").contains("SUPER"));
    bench.agent.options.temperature = Some(0.5);
    assert!(bench.ask().await.1.is_some());
}

#[tokio::test]
async fn a_server_that_loads_its_model_is_waited_for() {
    let loading = || refusal("503 Service Unavailable\r\n", "Loading model");
    let server = serve([loading(), loading(), loading(), whole()]).await;
    let mut bench = bench(Backend::OpenAi, &server.address);
    bench.limits.first_byte = Duration::from_secs(20);
    let (call, answer) = bench.ask().await;
    assert!(answer.is_some(), "{call:?}");
    let server = serve([loading()]).await;
    let mut bench = Bench::new(Backend::OpenAi, &server.address);
    bench.limits.first_byte = Duration::from_millis(700);
    let (failure, words) = bench.failure().await;
    assert_eq!(failure, Failure::Silent, "{words}");
    assert!(words.contains("still loading its model") && words.contains("allow more time (first_byte"), "{words}");
}

#[tokio::test]
async fn an_answer_that_comes_at_once_has_no_throughput_of_ours() {
    let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".repeat(50);
    let end =
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"completion_tokens\":50}}\n\n";
    let server = serve([Reply::Whole(SSE, format!("{piece}{end}data: [DONE]\n\n"))]).await;
    let (call, answer) = bench(Backend::OpenAi, &server.address).ask().await;
    assert!(answer.is_some(), "{call:?}");
    assert_eq!((call.measured.tokens, call.measured.throughput), (Some(50), None));
}

#[tokio::test]
async fn measurements_have_no_more_digits_than_a_clock() {
    let Reply::Whole(head, lines) = good() else { unreachable!("it is whole") };
    let lines =
        lines.replace("\"eval_duration\":500000000", "\"eval_duration\":1601030021,\"load_duration\":120000123");
    let server = serve([Reply::Whole(head, lines)]).await;
    let (call, _) = bench(Backend::Ollama, &server.address).ask().await;
    let measured = &call.measured;
    assert_eq!((measured.eval_s, measured.load_s), (Some(1.60103), Some(0.12)));
    assert_eq!(measured.throughput, Some(12.492));
    for seconds in [Some(measured.total_s), measured.ttft_s].into_iter().flatten() {
        assert!(seconds.to_string().len() <= "10.123456".len(), "{seconds}");
    }
}

#[tokio::test]
async fn the_context_of_a_call_is_the_one_that_was_asked_for() {
    let server =
        serve([good(), Reply::Whole(NDJSON, "{\"models\":[{\"name\":\"tiny\",\"context_length\":8192}]}".to_owned())])
            .await;
    let mut bench = bench(Backend::Ollama, &server.address);
    bench.agent.options.num_ctx = Some(4096);
    assert_eq!(bench.ask().await.0.measured.context, Some(4096));
    assert_eq!(server.seen.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn a_refusal_without_sizes_halves_the_context_that_is_believed() {
    let server = serve([refusal("400 Bad Request\r\n", "the input length exceeds the context length")]).await;
    let bench = bench(Backend::Ollama, &server.address);
    let name =
        Endpoint::parse(&server.address).map(|endpoint| probe::name(&endpoint, &bench.agent)).expect("an address");
    let mut sizes = Vec::new();
    for _ in 0..4 {
        assert_eq!(bench.failure().await.0, Failure::Context);
        sizes.extend(bench.client.learned(&name).context(Timestamp::from_second(1_700_000_000).expect("a time")));
    }
    assert_eq!(sizes, [2048, 1024, 512, 512]);
}

#[tokio::test]
async fn a_checkup_keeps_to_the_limits_and_options_of_the_configuration() {
    let nothing = || Reply::Whole(NDJSON, "{\"models\":[]}".to_owned());
    let server = serve([nothing(), nothing(), nothing(), nothing(), Reply::Silence]).await;
    let mut bench = bench(Backend::Ollama, &server.address);
    bench.agent.options.num_predict = Some(768);
    let checkup = check(&bench.client, Role::Collector, &bench.agent, &bench.limits, &bench.clock).await;
    let call = checkup.call.unwrap_or_else(|| panic!("{:?}", checkup.missing));
    assert_eq!(call.role, Role::Collector);
    assert!(call.options.contains(&("num_predict".to_owned(), "768".to_owned())), "{:?}", call.options);
    let Ended::Failed { failure: Failure::Silent, words } = call.ended else { panic!("{:?}", call.ended) };
    assert!(words.contains("nothing came within 0.2 s"), "{words}");
}

#[tokio::test]
async fn a_server_that_answered_a_person_rests_no_longer() {
    let nothing = || Reply::Whole(NDJSON, "{\"models\":[]}".to_owned());
    // The question of a checkup is a little longer than those of the bench.
    let Reply::Whole(head, lines) = good() else { unreachable!("a whole answer") };
    let well = Reply::Whole(head, lines.replace("\"prompt_eval_count\":6", "\"prompt_eval_count\":60"));
    let server = serve([Reply::Silence, Reply::Silence, nothing(), nothing(), nothing(), nothing(), well]).await;
    let bench = bench(Backend::Ollama, &server.address);
    bench.failure().await;
    bench.failure().await;
    assert_eq!(bench.failure().await.0, Failure::Resting);
    let other = Client::new().expect("a client");
    let checkup = check(&other, Role::Insight, &bench.agent, &bench.limits, &bench.clock).await;
    assert_eq!(checkup.call.map(|call| call.ended), Some(Ended::Answered));
    assert!(bench.client.memory().failed(&checkup.name));
    bench.client.answers(&checkup.name);
    assert!(!bench.client.memory().failed(&checkup.name));
    assert!(bench.ask().await.1.is_some());
}
