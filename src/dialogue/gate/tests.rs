//! The gate from outside: good sentences pass, bad ones are dropped for the right reason, and what passes stands in a report.

mod claims_tests;
mod fixture;
mod hostile_tests;
mod replay_tests;

use fixture::{ledger, shown, stands};
use serde_json::json;

use super::*;
use crate::dialogue::Piece;
use crate::domain::fact::FactId;

/// The reason for which a sentence is dropped; `None` when it passes.
fn reason(text: &str, refs: &[&str]) -> Option<String> {
    let answer = json!({"observations": [{"text": text, "refs": refs}], "gaps": []}).to_string();
    let gated = collector(&answer, 1, &shown(), &ledger()).unwrap();
    assert_eq!(gated.kept.observations.is_empty(), !gated.dropped.is_empty(), "{text}: {gated:?}");
    gated.dropped.into_iter().next().map(|dropped| dropped.reason)
}

#[test]
fn good_sentences_pass() {
    let mut flagged = String::new();
    for (text, refs) in [
        ("The median latency of {{id:N1}} is {{m:F1}}.", &[][..]),
        ("The median latency of gemma3:latest is {{m:F1}} and that of llama3.1:8b is {{m:F2}}.", &[]),
        ("{{id:N1}} has a higher median latency than {{id:N2}}: {{cmp:F1,F2}}.", &[]),
        ("{{id:N1}} is slower than {{id:N2}} by median latency: {{cmp:F1,F2}}.", &[]),
        ("{{id:N2}} generates tokens faster than {{id:N1}}: {{cmp:F5,F4}}.", &[]),
        ("The p95 latency of {{id:N1}} is {{m:F3}}, well above the median of {{m:F1}} for {{id:N1}}.", &[]),
        ("There are {{m:F6}} CSV artifacts in the tree.", &[]),
        ("Throughput of {{id:N2}} reaches {{m:F5}} tok/s.", &[]),
        ("{{id:N2}} has the highest throughput with {{m:F5}}.", &[]),
        ("The latency regressed, and the cause is not known.", &["F7"]),
        ("No telemetry of the GPU was recorded, so the cause of the spread is unknown.", &["F6"]),
        ("Time to first token was not measured for the larger configurations.", &["F6"]),
        ("Repeat the runs of {{id:N1}} to learn whether the change of {{m:F7}} is noise.", &[]),
        ("Use a larger batch to improve throughput, and check that the latency stays acceptable.", &["F6"]),
        ("The results may be unstable because few samples were taken.", &["F6"]),
        ("The p95 of {{id:N1}} is {{m:F3}} (F3).", &[]),
        ("The median latency went from {{m:F2}} to {{m:F1}} in the tree.", &[]),
        ("{{m:F6}} CSV artifacts arrived.", &[]),
        ("Enable continuous batching and monitor GPU memory.", &["F4"]),
        ("There are too few values to say how sure that is.", &["F6"]),
        ("Record every single latency.", &["F6"]),
        ("Warm up before the first measurement.", &["F1"]),
        ("The larger configurations may be slow, and the small ones too.", &["F6"]),
        ("Insufficient sample size for {{id:N1}}, see the GPU's telemetry.", &["F1"]),
        ("Latency and throughput differ between the models, e.g. {{m:F1}} for {{id:N1}}.", &[]),
        ("{{id:N1}}'s median latency is {{m:F1}}.", &[]),
        ("The \"{{id:N1}}\" model takes {{m:F1}} at the median!", &[]),
        (
            "Consider the trade-off between throughput and the time to the first token before any change of the configuration.",
            &["F4"],
        ),
        ("A regression of this size could go unnoticed without repeated runs.", &["F6"]),
    ] {
        if let Some(reason) = reason(text, refs) {
            flagged.push_str(&format!("\n{text}: {reason}"));
        }
    }
    assert_eq!(flagged, "");
}

#[test]
fn bad_sentences_are_dropped_for_their_reason() {
    let mut wrong = String::new();
    for (text, refs, why) in [
        ("The median latency of {{id:N1}} is 15.5 ms.", &["F1"][..], "number itself"),
        ("The median latency of {{id:N1}} is ①⑤ ms.", &["F1"], "number itself"),
        ("The median latency of {{id:N1}} is Ⅷ ms.", &["F1"], "number itself"),
        ("The median latency of {{id:N1}} is ¹⁵ ms.", &["F1"], "number itself"),
        ("The median latency of {{id:N1}} is ١٥ ms.", &["F1"], "number itself"),
        ("The median latency of {{id:N1}} is 三 ms.", &["F1"], "script"),
        ("There are t\u{200b}welve artifacts in the tree.", &["F6"], "twelve"),
        ("There are tw\u{435}lve artifacts in the tree.", &["F6"], "script"),
        ("There are twе\u{301}lve artifacts in the tree.", &["F6"], "script"),
        ("There are a dozen artifacts in the tree.", &["F6"], "dozen"),
        ("The latency doubled in the last runs of the model.", &["F7"], "doubled"),
        ("Most of the runs are slow in this set of results.", &[], "most"),
        ("There are siebenundvierzig artifacts in the tree.", &["F6"], "siebenundvierzig"),
        ("The latency of {{id:N1}} is &#49;&#53; ms.", &["F1"], "number itself"),
        ("The latency of {{id:N1}} is &half; of the other.", &["F1"], ""),
        ("The latency of {{id:N1}} is %31 of the rest.", &["F1"], "number itself"),
        ("The latency of {{id:N1}} is `fast`[^a] and *good*.", &["F1"], "markup"),
        ("See [the results](http://example.org) of the runs.", &[], "markup"),
        ("See www.example.org for the results of the runs.", &[], "address"),
        ("The file results_final.csv holds the runs of the model.", &[], ""),
        ("The file results.csv holds the runs of the model.", &[], "address"),
        ("Mistral is the model with the best results of all.", &["F1"], "mistral"),
        ("TurboBench measured the latency of the model.", &["F1"], "TurboBench"),
        ("{{id:N1}} is a good model for this kind of work.", &[], "no fact about it"),
        ("{{id:N1}} is faster than {{id:N2}} by median latency: {{cmp:F1,F2}}.", &[], "contradicts"),
        ("{{id:N1}} is {{cmp:F1,F2}} slower than {{id:N2}} by median latency.", &[], "whole clause"),
        ("{{id:N2}} is slower than {{id:N1}} in all of the runs.", &["F1", "F2"], "no comparison"),
        ("The other models demonstrate lower latency in the runs.", &["F1"], "no comparison"),
        ("A significant portion of the data is repeated in the runs.", &[], "portion"),
        ("Throughput has improved since the change of the driver.", &["F4"], "no comparison"),
        ("{{id:N1}} has the highest throughput with {{m:F4}}.", &[], "same kind"),
        ("The median latency of {{id:N2}} is {{m:F1}}.", &["F2"], "does not belong"),
        ("The latency of {{id:N1}} is {{m:F1}} seconds in the runs.", &[], "unit"),
        ("The latency of {{id:N1}} is more than {{m:F1}} in the runs.", &[], "more"),
        ("The latency of {{id:N1}} is up to {{m:F1}} in the runs.", &[], "up to"),
        ("The latency of {{id:N1}} is -{{m:F1}} in the runs.", &[], ""),
        ("The latency of {{id:N1}} is {{m:F1}}{{m:F2}} in the runs.", &[], "glued"),
        ("The latency of {{id:N1}} is {{m:F1}} {{m:F3}} in the runs.", &[], "side by side"),
        ("The latency of {{id:N1}} is {{m:F99}} in the runs.", &[], "not shown"),
        ("The latency of {{id:N1}} is {{m:{{m:F1}}}} in the runs.", &[], ""),
        ("The latency of {{id:N1}} is {{m:F1 in the runs.", &[], "does not end"),
        ("The latency of the model is measured in kilobytes.", &["F1"], "kilobytes"),
        ("The latency takes milliseconds on all of the runs.", &["F1"], "milliseconds"),
        ("The runs were made in November on the same machine.", &["F1"], "November"),
        ("Let me know if you would like to see the rest.", &[], ""),
        ("Here is a summary of the results that were found:", &[], ""),
        ("[Insert the summary of the results in this place].", &[], "markup"),
        ("The model model model is a model of the model.", &["F1"], "repeats"),
        ("La latencia del modelo es muy alta en estas pruebas.", &["F1"], "English"),
        ("模型的延迟很高。", &["F1"], "script"),
        ("Is the latency of the model a problem for the team?", &["F1"], "questions"),
        ("The latency of the model is stable in all of the runs.", &["F77"], "not shown"),
        ("The p99 of {{id:N1}} is {{m:F3}} in all of the runs.", &[], "percentile"),
        ("The difference between the two is {{cmp:F1,F4}} in the runs.", &[], ""),
        ("The latency of the runs is not the same: {{cmp:F1,F4}}.", &["F1"], "compared"),
        ("There are {{m:F6}} million artifacts in the tree.", &[], "million"),
        ("There are {{m:F6}} k artifacts in the tree.", &[], "letter"),
        ("Performance Analysis", &[], "says nothing"),
        ("Set up monitoring with tools such as Prometheus and Grafana.", &[], "Prometheus"),
        ("content: The model is stable in all of the runs.", &[], "title"),
        ("The cost of {{m:F6}} % of the artifacts is not known.", &[], "unit"),
        ("The latency is x times that of the other model.", &["F1"], ""),
        ("The results of the models are in the data.", &[], "no fact"),
        ("The results of the models are in the data.", &["F1"], "says nothing"),
        ("The cause of the change is not known.", &[], "no fact"),
        ("The latency of {{id:N1}} is {{m:F1}} multiplied by {{m:F6}}.", &[], "multiplied"),
        ("The latency of {{id:N1}} is not {{m:F1}} in the runs.", &[], "“not”"),
        ("The latency of {{id:N1}} is far from {{m:F1}} in the runs.", &[], "far from"),
        ("The latency of {{id:N1}} is within {{m:F1}} in the runs.", &[], "within"),
        ("The latency of {{id:N1}} never goes beyond the {{m:F1}} in the runs.", &[], "beyond"),
        ("The latency of {{id:N1}} is {{m:F1}} and a bit more in the runs.", &[], ""),
        ("The latency of {{id:N1}} is {{m:F1}} ms too high in the runs.", &[], "too"),
        ("The latency of {{id:N1}} is {{m:F1}} kB in the runs.", &[], "the unit “KB” is"),
        ("The cost of the model is {{m:F6}} grand in the runs.", &[], "grand"),
        ("The latency of {{id:N1}} is over {{m:F6}} runs of the tree.", &[], "“over”"),
        ("The runs were made a day after the change.", &["F1"], "day"),
        ("The benchmark is run weekly on the same machine.", &["F1"], "weekly"),
        ("The latency of the model is SOO of the other in the runs.", &["F1"], "number itself"),
        ("The latency of the model is IOO ms in the runs.", &["F1"], "number itself"),
    ] {
        match reason(text, refs) {
            Some(reason) if reason.contains(why) && !reason.contains(char::is_numeric) => {}
            other => wrong.push_str(&format!("\n{text}: {other:?}, not {why:?}")),
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn a_text_is_taken_apart_and_what_passes_is_kept() {
    let text = "The median latency of {{id:N1}} is {{m:F1}}. It is 15 ms. The median latency of {{id:N1}} is {{m:F1}}.";
    let answer = json!({"observations": [{"text": text, "refs": ["F1"]}, {"text": "x", "refs": 3}, 7]}).to_string();
    let gated = collector(&answer, 2, &shown(), &ledger()).unwrap();
    let pieces = vec![
        Piece::Text("The median latency of ".into()),
        Piece::Name("gemma3:latest".into()),
        Piece::Text(" is ".into()),
        Piece::Value(FactId(1)),
        Piece::Text(".".into()),
    ];
    assert_eq!(gated.kept.observations, [Statement(pieces)]);
    let reasons: Vec<&str> = gated.dropped.iter().map(|dropped| dropped.reason.as_str()).collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(reasons[0].contains("number") && reasons[1].contains("said before"), "{reasons:?}");
    assert_eq!((gated.dropped[0].sentence.as_str(), gated.dropped[0].attempt), ("It is 15 ms.", 2));
    assert!(!gated.enough);
}

fn advice() -> serde_json::Value {
    json!({
        "summary": [
            {"text": "The median latency of {{id:N1}} is {{m:F1}}.", "refs": ["F1"]},
            {"text": "{{id:N2}} generates tokens faster than {{id:N1}}: {{cmp:F5,F4}}.", "refs": ["F5", "F4"]},
        ],
        "recommendations": [
            {"aim": "throughput", "text": "Run {{id:N2}} where throughput matters.", "refs": ["F5"]},
            {"aim": "TTFT", "text": "Measure the time to first token of each model. It was not recorded.", "refs": ["F6"]},
            {"aim": "quality", "text": "Repeat the runs so that the spread is known.", "refs": ["F6"]},
        ],
        "risks": [
            {"risk": "The latency of {{id:N1}} regressed without a known cause.", "mitigation": "Compare the drivers of both runs.", "refs": ["F1", "F7"]},
            {"risk": "Few samples were taken.", "mitigation": "Repeat the runs.", "refs": ["F6"]},
        ],
    })
}

#[test]
fn advice_is_enough_when_all_that_was_asked_for_is_there() {
    let gated = insight(&advice().to_string(), 1, &shown(), &ledger()).unwrap();
    assert_eq!(gated.dropped, []);
    assert!(gated.enough);
    assert_eq!((gated.kept.summary.len(), gated.kept.recommendations.len(), gated.kept.risks.len()), (2, 3, 2));
    assert_eq!(gated.kept.recommendations.iter().map(|(aim, _)| *aim).collect::<Vec<_>>(), AIMS);
    stands(&Observations::default(), &gated.kept, &ledger(), &shown());
    let mut less = advice();
    less["risks"][0]["mitigation"] = json!("Wait 3 days.");
    less["recommendations"][1]["aim"] = json!("throughput");
    less["recommendations"][2]["aim"] = json!("fame");
    let gated = insight(&less.to_string(), 1, &shown(), &ledger()).unwrap();
    let reasons: Vec<&str> = gated.dropped.iter().map(|dropped| dropped.reason.as_str()).collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert!(!gated.enough && gated.kept.risks.len() == 1 && gated.kept.recommendations.len() == 1);
}

#[test]
fn answers_that_are_not_what_was_asked_for_are_told() {
    let read = |answer: &str| collector(answer, 1, &shown(), &ledger()).map(|gated| gated.dropped.len());
    assert_eq!(read(" \n"), Err(Unreadable::Empty));
    for answer in ["{", "Sure!", "<think>{\"observations\": []}</think>", &"[".repeat(100_000), &"{".repeat(100_000)] {
        assert_eq!(read(answer), Err(Unreadable::NotJson), "{}", &answer[..answer.len().min(40)]);
    }
    for answer in ["[]", "7", "{}", "Sure! {}", "{\"observations\": 7}", "{\"summary\": []}"] {
        assert!(matches!(read(answer), Err(Unreadable::Shape(_))), "{answer}");
    }
    assert_eq!(read("```json\n{\"observations\": []}\n```"), Ok(0));
    assert_eq!(read("\u{feff}{\"gaps\": [null]}"), Ok(1));
    for answer in [
        "Sure! {\"gaps\": [null]}",
        "{\"gaps\": [null]} and more",
        "Here is the JSON:\n\n```JSON\n{\"gaps\": [null]}\n```\nLet me know!",
        "<think>{\"gaps\": []} with {{m:F1}}?</think>\n{\"gaps\": [null]}",
        "I use {{m:F1}}: {\"gaps\": []}, no, {\"gaps\": [null]}",
        "{\"gaps\": [null,],}",
        "{\"response\": {\"gaps\": [null]}}",
        "[{\"gaps\": [null]}]",
        "{\"gaps\": {\"text\": null}}",
    ] {
        assert_eq!(read(answer), Ok(1), "{answer}");
    }
}

#[test]
fn references_that_lead_nowhere_cost_a_sentence_only_when_nothing_else_holds() {
    let text = "The median latency of {{id:N1}} is {{m:F1}}.";
    for (text, refs, kept) in [
        (text, json!(["F1", "F99"]), true),
        (text, json!(["F99", "gemma3:latest"]), true),
        ("The latency regressed, and the cause is not known.", json!(["F7", "nonsense"]), true),
        ("The latency regressed, and the cause is not known.", json!("F99, F7"), true),
        ("The latency regressed, and the cause is not known.", json!(["F99"]), false),
    ] {
        let answer = json!({"observations": [{"text": text, "refs": refs}]}).to_string();
        let gated = collector(&answer, 1, &shown(), &ledger()).unwrap();
        assert_eq!((gated.kept.observations.len(), gated.dropped.len()), (usize::from(kept), 1), "{refs}: {gated:?}");
    }
    let answer = json!({"gaps": [{"text": "The memory in use was not recorded.", "refs": ""}]}).to_string();
    assert_eq!(collector(&answer, 1, &shown(), &ledger()).unwrap().dropped, []);
    let answer = json!({"observations": [{"text": text, "refs": ["gemma3:latest", "N1"]}]}).to_string();
    assert_eq!(collector(&answer, 1, &shown(), &ledger()).unwrap().dropped, []);
}

#[test]
fn advice_that_says_nothing_is_dropped_and_says_so() {
    let mut vague = advice();
    vague["recommendations"][0] = json!({"aim": "throughput", "text": "Improve the throughput.", "refs": ["F4"]});
    vague["recommendations"][1] = json!({"aim": "ttft", "text": "Keep the model loaded.", "refs": []});
    vague["risks"][0] = json!({"risk": "There is risk.", "mitigation": "Reduce the risk.", "refs": ["F1"]});
    let gated = insight(&vague.to_string(), 1, &shown(), &ledger()).unwrap();
    assert_eq!((gated.kept.recommendations.len(), gated.kept.risks.len()), (1, 1));
    let reasons: Vec<&str> = gated.dropped.iter().map(|dropped| dropped.reason.as_str()).collect();
    assert_eq!(reasons[..2], ["it says nothing about its facts", "it refers to no fact"]);
    assert!(reasons[2].starts_with("“risk” says what none of its facts says"), "{reasons:?}");
}

#[test]
fn aims_have_other_words_and_a_measure_may_stand_against_several_risks() {
    let mut other = advice();
    for (at, aim) in ["Tokens per second", "TTFT (time to first token)", "accuracy"].iter().enumerate() {
        other["recommendations"][at]["aim"] = json!(aim);
    }
    other["risks"][0]["mitigation"] = json!("Repeat the runs.");
    let gated = insight(&other.to_string(), 1, &shown(), &ledger()).unwrap();
    assert_eq!(gated.dropped, []);
    assert!(gated.enough);
    other["recommendations"][0]["aim"] = json!("throughput|ttft|quality");
    assert_eq!(insight(&other.to_string(), 1, &shown(), &ledger()).unwrap().dropped.len(), 1);
}
