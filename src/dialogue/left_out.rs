//! What of the agents' answers was left out: how many sentences, and why. Their words are not repeated.
//!
//! Only the last answer of an agent counts: what its repair mended was not left out. Of a risk that was lost with its mitigation, one
//! sentence is counted. Reasons hold no numeric character, whoever gave them. It cannot fail.

use std::collections::BTreeMap;

use super::join::label;
use super::said::{Dropped, Said};
use crate::domain::call::{Ended, Role};
use crate::insight::{Cell, Ledger, Prose, Table};

/// Reasons listed.
const REASONS: usize = 20;
/// Reasons for the half of a pair whose other half was dropped with a reason of its own.
const WITH_ANOTHER: [&str; 2] = ["its mitigation did not pass", "its risk did not pass"];

/// One line on what the insight agent's answer lost.
pub(super) fn note(said: &Said, ledger: &mut Ledger) -> Option<Prose> {
    if !said.has_words() {
        return None;
    }
    let lost = of(said, Role::Insight).count() as u64;
    let agent = label(said, Role::Insight).unwrap_or(Role::Insight.as_str());
    let what = "sentences of the insight agent's last answer that did not hold";
    (lost > 0).then(|| {
        let prose = Prose::new("Left out: ").count(ledger, lost, "sentence", "sentences", what);
        prose.text(" of ").name(agent).text(" that did not hold, told of under “Calls and times”.")
    })
}

/// How many sentences were left out, by agent and reason.
pub(super) fn table(said: &Said, ledger: &mut Ledger) -> Option<Table> {
    let mut counts: BTreeMap<(Role, String), u64> = BTreeMap::new();
    for role in [Role::Collector, Role::Insight] {
        for dropped in of(said, role) {
            *counts.entry((role, for_people(&dropped.reason))).or_default() += 1;
        }
    }
    let all = counts.len();
    let mut table = Table::new(&["agent", "left out of its last answer, because", "#sentences"]);
    for ((role, reason), n) in counts.into_iter().take(REASONS) {
        let agent = label(said, role).unwrap_or(role.as_str());
        let id = ledger.count(format!("sentences of the {} that were left out: {reason}", role.as_str()), n);
        table.rows.push(vec![Cell::Name(agent.to_owned()), Cell::Quote(reason), Cell::Number(id)]);
    }
    let rest = all.saturating_sub(REASONS) as u64;
    (!table.rows.is_empty())
        .then(|| table.cut(ledger, rest, "reasons", "reasons for leaving sentences out that are not listed"))
}

/// What an agent's last answer lost.
fn of(said: &Said, role: Role) -> impl Iterator<Item = &Dropped> {
    let calls = said.calls.iter().filter(move |call| call.role == role && call.ended == Ended::Answered);
    let last = calls.map(|call| call.attempt).max();
    let own = said.dropped.iter().filter(move |one| one.role == role && last.is_none_or(|last| one.attempt == last));
    own.filter(|one| !WITH_ANOTHER.contains(&one.reason.as_str()))
}

/// A reason without the advice that follows it, which is the model's, and without what could pass for a number.
fn for_people(reason: &str) -> String {
    let told = reason.split([';', ':']).next().unwrap_or(reason).trim_end();
    told.chars().map(|c| if c.is_numeric() { '…' } else { c }).collect()
}
