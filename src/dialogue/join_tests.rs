//! What the agents said, in the report of the laboratory's landing.

use super::*;
use crate::dialogue::{Dropped, Persona, Piece, Seconds};
use crate::domain::call::{Failure, Measured};
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
        unread: 1,
        seconds: 1.5,
    }
}

/// What the independent check has against a report, when it is told what the agents' words quote.
fn misses(analysis: &Analysis, said: &Said) -> Vec<String> {
    let mut known = Known::new(&lab::landing());
    known.benchmark(&lab::sweep());
    known.benchmark(&lab::baseline());
    ["abc1234", "def5678"].into_iter().for_each(|commit| known.name(commit));
    metrics::known(said, &mut known);
    for text in quoted(said) {
        known.text(&text);
        known.name(&text);
    }
    let report = markdown(analysis);
    let of_ours = |line: usize| {
        let before: Vec<&str> = report.lines().take(line).filter(|line| line.starts_with("## ")).collect();
        before.last().is_some_and(|title| [SUMMARY, ADVICE, RISKS, AGENTS, "Calls and times"].contains(&&title[3..]))
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
        summary.contains("\n- The wait grew to 0.26 s, 30 % above what it was. [F")
            && summary.contains("\n- Nothing else moved as much. ["),
        "{summary}"
    );
    let counted = section_of(&markdown(&analysis), SUMMARY).trim().split(". ").next().unwrap().to_owned();
    let own = "`InsightAgent-7` (`tiny:1b`), a language model, says in its own words, with the program's numbers:\n\n- The wait";
    assert!(summary.trim().starts_with(&counted) && summary.contains(own), "{counted} in {summary}");
    assert!(!summary.contains("Left out"), "nothing was dropped: {summary}");
    let advice = section_of(&report, ADVICE);
    assert!(advice.contains("3. **Throughput.** For throughput in"), "{advice}");
    assert!(
        advice.contains("**Time to first token.** Look at the commits around the change. (`tiny:1b`) [F3]"),
        "{advice}"
    );
    assert!(advice.contains("1. Begin with `ttft`"), "what regressed is never covered: {advice}");
    let risks = section_of(&report, RISKS);
    let row = "| Users wait longer. (`tiny:1b`) | Go back to the old commit. (`tiny:1b`) | F3 |";
    assert!(risks.contains(row), "{risks}");
    assert_eq!(risks.matches("\n| ").count(), 4, "one of the model, one built in: {risks}");
    let agents = section_of(&report, AGENTS);
    assert!(agents.contains("- Nobody measured the tail. [F3]") && agents.contains("17 facts had no room"), "{agents}");
    let unread = "`InsightAgent-7` did not read all that was found for it: 1 sentence had no room";
    assert!(
        agents.contains("`collector`, a language model, found in the facts:") && agents.contains(unread),
        "{agents}"
    );
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
    let signed = "Written by the built-in analyst: `InsightAgent-7` (`tiny:1b`) answered, and nothing of it could be used: no sentence of the answer passed the gate.";
    assert!(report.contains(signed), "{report}");
    // A single sentence is no summary, and is not lost.
    said.standing = Standing::PartlyUsed;
    said.summary = vec![plain_words("The wait is the thing.")];
    let report = markdown(&join(analysis, &said));
    let summary = section_of(&report, SUMMARY);
    assert!(
        summary.starts_with(section_of(&built_in, SUMMARY).trim_end())
            && summary.contains("numbers:\n\n- The wait is the thing."),
        "{summary}"
    );
}

#[test]
fn what_the_program_counted_comes_before_a_model_that_denies_it() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    said.summary = vec![plain_words("No regression was found."), plain_words("The alert is a false alarm.")];
    let report = markdown(&join(analysis, &said));
    let summary = section_of(&report, SUMMARY);
    let (counted, denied) = (summary.find("of these got worse").unwrap(), summary.find("No regression").unwrap());
    assert!(counted < summary.find("`InsightAgent-7`").unwrap() && counted < denied, "{summary}");
    assert!(!summary[..denied].lines().last().unwrap().contains("got worse"), "in a paragraph of its own: {summary}");
}

#[test]
fn a_risk_of_a_fact_that_a_model_told_is_not_told_again() {
    let analysis = lab::analysis(false);
    let first = analysis.briefing.risks[0].clone();
    let mut said = said(&analysis);
    let cites = facts(&first).into_iter().map(Piece::Cite);
    said.risks = vec![(Statement(std::iter::once(text("It may pass.")).chain(cites).collect()), plain_words("Wait."))];
    let taken: Vec<FactId> = facts(&first).into_iter().chain([FactId(3)]).collect();
    let others = analysis.briefing.risks.iter().filter(|row| facts(row).iter().all(|id| !taken.contains(id)));
    let other = others.clone().next().expect("a risk of another fact").clone();
    let joined = join(analysis, &said);
    assert_eq!(joined.briefing.risks.len(), LEAST_RISKS);
    assert_eq!(joined.briefing.risks[1], other);
}

#[test]
fn two_agents_with_two_models_are_told_apart() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    let insight = said.calls[0].clone();
    said.calls.insert(0, Call { role: Role::Collector, label: "A".into(), model: "small:270m".into(), ..insight });
    let joined = join(analysis, &said);
    let report = markdown(&joined);
    let agents = section_of(&report, AGENTS);
    assert!(agents.contains("`A` (`small:270m`), a language model, found missing:"), "{agents}");
    assert!(section_of(&report, SUMMARY).contains("`InsightAgent-7` (`tiny:1b`), a language model"), "{report}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
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
    let joined = with_calls(join(analysis.clone(), &said), &said);
    let report = markdown(&joined);
    let quiet = "\n\nWritten by the built-in analyst; no language model answered.\n";
    assert!(section_of(&report, SUMMARY).contains(quiet), "{report}");
    assert_eq!(report.matches("tried 2 times").count(), 1, "{report}");
    let asked = section_of(&report, "Calls and times");
    assert!(asked.contains("asked: nothing answers at http://127.0.0.1:11434, tried 2 times. Start the server there, or correct its url.\n"), "{asked}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
    said.standing = Standing::Off;
    assert_eq!(join(analysis.clone(), &said), analysis);
}

#[test]
fn a_configured_model_that_failed_is_named_in_a_line() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    let words = "http://127.0.0.1:11434, model tiny:1b: nothing came for 30 s. Look at it.".to_owned();
    said.calls[0].ended = Ended::Failed { failure: Failure::Silent, words: words.clone() };
    (said.summary, said.recommendations, said.risks) = (Vec::new(), Vec::new(), Vec::new());
    said.standing = Standing::Unavailable(words);
    let joined = join(analysis, &said);
    let report = markdown(&joined);
    let line = "\nWritten by the built-in analyst; `InsightAgent-7` (`tiny:1b`) did not answer (silent).\n";
    assert!(report.contains(line) && !report.contains("nothing came"), "{report}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
}

#[test]
fn what_was_dropped_of_the_last_answer_is_counted_by_its_reason_and_not_repeated() {
    let analysis = lab::analysis(false);
    let mut said = said(&analysis);
    let dropped = |attempt: u32, reason: &str| Dropped {
        role: Role::Insight,
        attempt,
        sentence: "It takes 4711 ms.".to_owned(),
        reason: reason.to_owned(),
    };
    let number = "it holds a number: write a reference";
    let of =
        |attempt| [number, number, "it names 42 | x", "its mitigation did not pass"].map(|why| dropped(attempt, why));
    said.dropped = [of(1), of(2)].concat();
    said.calls.push(Call { attempt: 2, ..said.calls[0].clone() });
    said.standing = Standing::PartlyUsed;
    let joined = with_calls(join(analysis.clone(), &said), &said);
    let report = markdown(&joined);
    let summary = section_of(&report, SUMMARY);
    assert!(summary.contains("\n\nLeft out: 3 sentences of `InsightAgent-7` that did not hold"), "{summary}");
    let calls = section_of(&report, "Calls and times");
    assert!(calls.contains("| `InsightAgent-7` | it holds a number | 2 | F"), "{calls}");
    assert!(!report.contains("4711") && !calls.contains("it names 42"), "{calls}");
    assert_eq!(misses(&joined, &said), Vec::<String>::new());
    // What the repair mended was not left out.
    said.dropped = of(1).to_vec();
    let report = markdown(&with_calls(join(analysis, &said), &said));
    assert!(!report.contains("eft out"), "{report}");
}

/// With what the report tells of the calls.
fn with_calls(mut joined: Analysis, said: &Said) -> Analysis {
    let sections = metrics::sections(said, None, &Seconds::default(), &mut joined.ledger);
    joined.sections.extend(sections);
    joined
}
