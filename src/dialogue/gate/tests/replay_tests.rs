//! What the earlier system's models really answered (60 recorded answers of gemma3, llama3.1 and qwen2.5): line by line through the gate,
//! as if it were the text of an item. Nothing of it passes with a number. The recordings are not part of the repository; without
//! `$CHIMERA_CORPUS` the test says that it was skipped.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fixture::{all, ledger, shown, stands};
use crate::dialogue::Piece;
use crate::dialogue::gate::{Advice, Unreadable, collector, insight};

#[test]
fn recorded_answers_pass_without_a_number() {
    let Ok(corpus) = std::env::var("CHIMERA_CORPUS") else {
        eprintln!("skipped: CHIMERA_CORPUS is not set");
        return;
    };
    let calls = std::fs::read_to_string(format!("{corpus}/llm-replay/calls.jsonl")).expect("the recordings");
    // Each line may lean on whatever there is: what passes then passes with less, too.
    let refs: Vec<String> = shown().facts.iter().map(ToString::to_string).collect();
    let (mut kept, mut dropped) = (Vec::new(), BTreeMap::<String, (usize, String)>::new());
    for call in calls.lines() {
        let call: Value = serde_json::from_str(call).expect("a recording");
        let response = call["response"].as_str().expect("an answer");
        let read = insight(response, 1, &shown(), &ledger());
        assert!(matches!(read, Err(Unreadable::NotJson | Unreadable::Empty | Unreadable::Shape(_))), "{response}");
        let items: Vec<Value> = response
            .lines()
            .map(|line| line.replace("**", "").trim_matches([' ', '#', '*', '|', '-']).to_owned())
            .filter(|line| !line.is_empty())
            .map(|line| json!({"text": line, "refs": refs}))
            .collect();
        for items in items.chunks(30) {
            let answer = json!({ "observations": items }).to_string();
            let gated = collector(&answer, 1, &shown(), &ledger()).expect("an answer");
            stands(&gated.kept, &Advice::default(), &ledger(), &shown());
            kept.extend(all(&gated.kept).cloned());
            for one in gated.dropped {
                let reason = dropped.entry(one.reason).or_default();
                *reason = (reason.0 + 1, one.sentence);
            }
        }
    }
    let total: usize = kept.len() + dropped.values().map(|(times, _)| times).sum::<usize>();
    for (reason, (times, example)) in &dropped {
        eprintln!("{times:5} {reason} | {}", example.chars().take(110).collect::<String>());
    }
    for statement in &kept {
        let is_bare = |piece: &Piece| match piece {
            Piece::Text(text) => !text.contains(char::is_numeric),
            Piece::Cite(_) => true,
            _ => false,
        };
        assert!(statement.0.iter().all(is_bare), "{statement:?}");
        eprintln!("kept {:?}", statement.0);
    }
    eprintln!("{} of {total} sentences pass", kept.len());
    assert!(!kept.is_empty() && kept.len() < total, "{} of {total}", kept.len());
}
