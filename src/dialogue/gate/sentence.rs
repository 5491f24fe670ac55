//! The judge of sentences: takes the items of an answer apart, passes each sentence through the rules, and notes what it drops.

use super::answer::{Answer, Item};
use crate::dialogue::{Dropped, Shown, Statement};
use crate::domain::call::{Aim, Role};
use crate::insight::Ledger;

/// Judges the sentences of one answer.
pub(super) struct Judge<'a> {
    role: Role,
    attempt: u32,
    shown: &'a Shown,
    ledger: &'a Ledger,
    dropped: Vec<Dropped>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(role: Role, attempt: u32, shown: &'a Shown, ledger: &'a Ledger) -> Self {
        Self { role, attempt, shown, ledger, dropped: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Dropped> {
        self.dropped
    }

    pub(super) fn sentences(&mut self, answer: &Answer, list: &str) -> Vec<Statement> {
        let (items, _) = answer.items(list);
        items.iter().for_each(|item| self.drop(item, "text"));
        let _ = (self.shown, self.ledger);
        Vec::new()
    }

    pub(super) fn recommendations(&mut self, answer: &Answer) -> Vec<(Aim, Statement)> {
        self.sentences(answer, "recommendations");
        Vec::new()
    }

    pub(super) fn risks(&mut self, answer: &Answer) -> Vec<(Statement, Statement)> {
        self.sentences(answer, "risks");
        Vec::new()
    }

    fn drop(&mut self, item: &Item, field: &str) {
        let _ = item.refs();
        self.dropped.push(Dropped {
            role: self.role,
            attempt: self.attempt,
            sentence: item.text(field).to_owned(),
            reason: "nothing passes yet".to_owned(),
        });
    }
}
