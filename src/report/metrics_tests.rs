//! The sections on the agents' calls, rendered and read again by the independent check.

use jiff::Timestamp;

use super::markdown;
use crate::dialogue::{CallsDoc, Persona, Said, Seconds, Standing, metrics};
use crate::domain::call::{Call, Ended, Failure, Measured, Role};
use crate::insight::{Known, check, tests::analysis};

fn call(role: Role, attempt: u32, ended: Ended) -> Call {
    Call {
        role,
        label: if role == Role::Collector { "DataCollector-9000" } else { "Insight | `Agent` 2" }.to_owned(),
        attempt,
        backend: "ollama".to_owned(),
        url: "http://127.0.0.1:11434".to_owned(),
        model: "llama3.1:8b".to_owned(),
        digest: Some("sha256:46e0c10c039e0191".to_owned()),
        options: vec![("num_ctx".to_owned(), "4096".to_owned()), ("temperature".to_owned(), "0.2".to_owned())],
        ended,
        measured: Measured {
            total_s: 12.345678901,
            ttft_s: Some(1.25),
            throughput: Some(43.21098),
            tokens: Some(210),
            prompt_tokens: Some(2048),
            prompt_eval_s: Some(1.125),
            eval_s: Some(4.860060),
            load_s: None,
            context: Some(4096),
            bytes: 1000,
        },
    }
}

fn said() -> Said {
    let words =
        "http://127.0.0.1:11434 has no model llama3.1:8b; `ollama pull llama3.1:8b` fetches it (404)".to_owned();
    let failed = Call {
        measured: Measured { total_s: 0.5, ..Measured::default() },
        ..call(Role::Insight, 2, Ended::Failed { failure: Failure::NoModel, words })
    };
    let persona = "# You are No. 9000.\n- Answer in < 250 words | no `code`.\n1. Never 2 lists.\n".repeat(30);
    Said {
        calls: vec![call(Role::Collector, 1, Ended::Answered), call(Role::Insight, 1, Ended::Answered), failed],
        personas: vec![Persona { role: Role::Collector, label: "DataCollector-9000".to_owned(), prompt: persona }],
        ..Said::nothing(Standing::PartlyUsed)
    }
}

/// The report of the tests with the sections, and what the check misses in it.
fn read(said: &Said, spoil: impl Fn(&str) -> String) -> (String, Vec<String>) {
    let mut analysis = analysis(false);
    let document = CallsDoc::new(7, Timestamp::UNIX_EPOCH, &said.calls);
    let seconds = Seconds { ingest: Some(1.2345), judge: Some(0.25), agent: Some(20.0), report: Some(0.0625) };
    let sections = metrics::sections(said, document.as_ref(), &seconds, &mut analysis.ledger);
    // What the report of the tests says otherwise is another test's.
    (analysis.sections, analysis.front) = (sections, 0);
    let mut known = Known::default();
    known.name(&format!("landing={}", analysis.header.landing));
    known.time(analysis.header.at);
    metrics::known(said, &mut known);
    let text = spoil(&markdown(&analysis));
    let from = text.lines().position(|line| line.starts_with("## ")).unwrap();
    let to = text.lines().position(|line| line.starts_with("## Appendix: where")).unwrap();
    let misses = check(&text, &analysis.ledger, &known);
    let of_ours = misses.into_iter().filter(|miss| miss.line > from && miss.line <= to);
    (text.clone(), of_ours.map(|miss| format!("{}: {}", miss.text, miss.why)).collect())
}

#[test]
fn every_number_of_the_calls_resolves() {
    let (text, misses) = read(&said(), str::to_owned);
    assert_eq!(misses, [] as [String; 0], "{text}");
    for expected in [
        "| `DataCollector-9000` | question | answered | 43.21 | 1.25 | 12.35 | 210 | 1.125 | 4.86 | 2048 | 4096 | 55.13 % |",
        "| repair | no such model |",
        "`llama3.1:8b` | `46e0c10c039e` | `ollama` | `http://127.0.0.1:11434` | `num_ctx=4096 temperature=0.2` |",
        "reading the files: 1.23 s; on judging the series: 0.25 s; on asking the agents: 20 s; and on analysing",
        "ollama pull llama3.1:8b",
        "# You are No. 9000. - Answer in &lt; 250 words",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(!text.lines().any(|line| line.starts_with("# You")), "{text}");
}

#[test]
fn another_number_in_a_row_is_found() {
    let spoilt = [("| 43.21 |", "| 43.31 |"), ("55.13 %", "55.23 %"), ("0.25 s", "0.35 s"), ("| 210 |", "| 211 |")];
    for (from, to) in spoilt {
        let (text, misses) = read(&said(), |text| text.replacen(from, to, 1));
        assert!(text.contains(to) && !misses.is_empty(), "{from}");
    }
}

#[test]
fn without_calls_there_is_the_time_alone() {
    let (text, misses) = read(&Said { calls: Vec::new(), personas: Vec::new(), ..said() }, str::to_owned);
    assert_eq!(misses, [] as [String; 0]);
    assert!(text.contains("No language model was asked.") && !text.contains("personas"), "{text}");
    assert!(text.contains("judging the series: 0.25 s") && !text.contains("asking the agents"), "{text}");
}

#[test]
fn why_nobody_was_asked_is_said() {
    let silent = |standing| Said { calls: Vec::new(), personas: Vec::new(), standing, ..said() };
    let (text, misses) = read(&silent(Standing::Off), str::to_owned);
    assert_eq!(misses, [] as [String; 0]);
    assert!(text.contains("No language model was asked: the settings name none."), "{text}");
    let words =
        "http://127.0.0.1:11434, model gemma3: nothing answers there. Start the server there, or correct its url.";
    let (text, misses) = read(&silent(Standing::Unavailable(words.to_owned())), str::to_owned);
    assert_eq!(misses, [] as [String; 0]);
    assert!(text.contains(&format!("No language model was asked: {words}\n")), "{text}");
}

#[test]
fn what_went_wrong_for_two_agents_alike_is_told_once() {
    let mut said = said();
    let words = "http://127.0.0.1:11434, model x: not asked: it failed too often before.";
    for call in &mut said.calls {
        call.ended = Ended::Failed { failure: Failure::Resting, words: words.to_owned() };
    }
    let (text, misses) = read(&said, str::to_owned);
    assert_eq!(misses, [] as [String; 0], "{text}");
    assert_eq!(text.matches(words).count(), 1, "{text}");
}
