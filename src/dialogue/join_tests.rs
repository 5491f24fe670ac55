//! What the agents said, in the report of the laboratory's landing.

use super::*;
use crate::dialogue::{Dropped, Persona, Piece};
use crate::domain::call::{Call, Measured};
use crate::domain::fact::FactId;
use crate::insight::{Known, check, tests as lab};
use crate::report::markdown;

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn plain_words(words: &str) -> Statement {
    Statement(vec![text(words), Piece::Cite(FactId(3))])
}

/// All that an insight agent can say.
fn said(analysis: &Analysis) -> Said {
    let call = Call {
        role: Role::Insight,
        label: "InsightAgent-7".to_owned(),
        attempt: 1,
        backend: "ollama".to_owned(),
        url: "http://127.0.0.1:11434".to_owned(),
        model: "tiny:1b".to_owned(),
        digest: None,
        options: Vec::new(),
        ended: Ended::Answered,
        measured: Measured::default(),
    };
    let worse = Statement(vec![
        text("The wait grew to "),
        Piece::Value(FactId(2)),
        text(", "),
        Piece::Compare(FactId(2), FactId(1)),
        text(" what it was"),
    ]);
    Said {
        ledger: analysis.ledger.hash().to_string(),
        standing: Standing::Used,
        calls: vec![call],
        personas: vec![Persona {
            role: Role::Insight,
            label: "InsightAgent-7".to_owned(),
            prompt: "Be brief.".to_owned(),
        }],
        observations: vec![plain_words("The wait moved most of all.")],
        gaps: vec![plain_words("Nobody measured the tail")],
        summary: vec![worse, plain_words("Nothing else moved as much.")],
        recommendations: vec![(Aim::Ttft, plain_words("Look at the commits around the change"))],
        risks: vec![(plain_words("Users wait longer."), plain_words("Go back to the old commit."))],
        dropped: Vec::new(),
        left_out: 17,
        seconds: 1.5,
    }
}

/// What the independent check has against a report, when it is told what the agents' words quote.
fn misses(analysis: &Analysis, said: &Said) -> Vec<String> {
    let mut known = Known::new(&lab::landing());
    known.benchmark(&lab::sweep());
    known.benchmark(&lab::baseline());
    ["abc1234", "def5678"].into_iter().for_each(|commit| known.name(commit));
    for text in quoted(said) {
        known.text(&text);
        known.name(&text);
    }
    let report = markdown(analysis);
    let of_ours = |line: usize| {
        let before: Vec<&str> = report.lines().take(line).filter(|line| line.starts_with("## ")).collect();
        before.last().is_some_and(|title| [SUMMARY, ADVICE, RISKS, AGENTS].contains(&&title[3..]))
    };
    let found = check(&report, &analysis.ledger, &known);
    found.into_iter().filter(|miss| of_ours(miss.line)).map(|miss| format!("{miss:?}")).collect()
}

fn section_of<'a>(report: &'a str, title: &str) -> &'a str {
    let from = report.split(&format!("## {title}\n")).nth(1).unwrap_or_else(|| panic!("no {title}"));
    from.split("\n## ").next().unwrap().split("\nIn detail: ").next().unwrap()
}

#[test]
fn accepted_words_take_the_slots_and_bear_their_mark() {
    let analysis = lab::analysis(false);
    let said = said(&analysis);
    let joined = join(analysis.clone(), &said);
    let report = markdown(&joined);
    let summary = section_of(&report, SUMMARY);
    assert!(
        summary.contains("The wait grew to 0.26 s, 30 % above what it was. Nothing else moved as much."),
        "{summary}"
    );
    assert!(summary.contains("in the words of `InsightAgent-7` (`tiny:1b`), a language model"), "{summary}");
    let advice = section_of(&report, ADVICE);
    assert!(advice.contains("3. **Throughput.** For throughput in"), "{advice}");
    assert!(
        advice.contains("**Time to first token.** Look at the commits around the change. (`tiny:1b`) [F3]"),
        "{advice}"
    );
    assert!(advice.contains("1. Begin with `ttft`"), "what regressed is never covered: {advice}");
    let risks = section_of(&report, RISKS);
    assert!(risks.contains("| Users wait longer. | Go back to the old commit. (`tiny:1b`) | F3 |"), "{risks}");
    assert_eq!(risks.matches("\n| ").count(), 4, "one of the model, one built in: {risks}");
    let agents = section_of(&report, AGENTS);
    assert!(agents.contains("- Nobody measured the tail. [F3]") && agents.contains("17 facts had no room"), "{agents}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
}

#[test]
fn every_slot_that_is_not_filled_keeps_the_built_in_words() {
    let analysis = lab::analysis(false);
    let built_in = markdown(&analysis);
    let mut said = said(&analysis);
    (said.summary, said.recommendations, said.risks) = (Vec::new(), Vec::new(), Vec::new());
    said.standing = Standing::Rejected("no sentence of the answer passed the gate".to_owned());
    let joined = join(analysis.clone(), &said);
    let report = markdown(&joined);
    for title in [ADVICE, RISKS] {
        assert_eq!(section_of(&report, title), section_of(&built_in, title));
    }
    assert!(section_of(&report, SUMMARY).starts_with(section_of(&built_in, SUMMARY)));
    assert!(
        report.contains("nothing of it could be used: no sentence of the answer passed the gate. What"),
        "{report}"
    );
    // A single sentence is no summary, and is not lost.
    said.standing = Standing::PartlyUsed;
    said.summary = vec![plain_words("The wait is the thing.")];
    let report = markdown(&join(analysis, &said));
    let summary = section_of(&report, SUMMARY);
    assert!(
        summary.starts_with(section_of(&built_in, SUMMARY)) && summary.contains("It adds: The wait is the thing."),
        "{summary}"
    );
    assert!(summary.contains("Not all that it wrote held"), "{summary}");
}

#[test]
fn words_about_other_facts_are_not_used() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    said.ledger = "00".repeat(32);
    let joined = join(analysis.clone(), &said);
    assert_eq!(joined.ledger, analysis.ledger);
    assert_eq!(
        (&joined.briefing.summary, &joined.briefing.risks),
        (&analysis.briefing.summary, &analysis.briefing.risks)
    );
    let report = markdown(&joined);
    assert!(report.contains("was said of other facts than these") && !report.contains("Users wait longer"), "{report}");
}

#[test]
fn a_statement_that_cannot_be_rendered_is_passed_over() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    said.recommendations = vec![(Aim::Quality, Statement(vec![text("It takes "), Piece::Value(FactId(99_999))]))];
    let report = markdown(&join(analysis.clone(), &said));
    assert_eq!(section_of(&report, ADVICE), section_of(&markdown(&analysis), ADVICE));
}

#[test]
fn why_no_model_was_asked_is_said_and_checked() {
    let analysis = lab::analysis(false);
    let words = "nothing answers at http://127.0.0.1:11434, tried 2 times. Start the server there, or correct its url.";
    let mut said = said(&analysis);
    (said.calls, said.personas, said.ledger) = (Vec::new(), Vec::new(), String::new());
    (said.summary, said.recommendations, said.risks) = (Vec::new(), Vec::new(), Vec::new());
    (said.observations, said.gaps) = (Vec::new(), Vec::new());
    said.standing = Standing::Unavailable(words.to_owned());
    let joined = join(analysis.clone(), &said);
    let report = markdown(&joined);
    assert!(
        report.contains(
            "No language model had a part in this page: nothing answers at http://127.0.0.1:11434, tried 2 times.\n"
        ),
        "{report}"
    );
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
    said.standing = Standing::Off;
    assert_eq!(join(analysis.clone(), &said), analysis);
}

#[test]
fn what_was_dropped_is_counted_by_its_reason_and_not_repeated() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    let dropped = |reason: &str| Dropped {
        role: Role::Insight,
        attempt: 1,
        sentence: "It takes 4711 ms.".to_owned(),
        reason: reason.to_owned(),
    };
    said.dropped = vec![dropped("it holds a number"), dropped("it holds a number"), dropped("it names 42 | x")];
    let joined = join(analysis, &said);
    let report = markdown(&joined);
    let agents = section_of(&report, AGENTS);
    assert!(agents.contains("| `InsightAgent-7` | it holds a number | 2 | F"), "{agents}");
    assert!(!report.contains("4711") && !agents.contains("42"), "{agents}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
}
