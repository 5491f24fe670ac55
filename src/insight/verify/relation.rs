//! How the name of a number in the index stands to what a claim asks: the same quantity, statistic and owner, or which of them differs.

use super::asked::{Asked, names_change};
use super::lexicon::Stat;
use super::names::{Name, Step};
use super::words;

/// How a name stands to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relation {
    pub name: Named,
    pub stat: Statistic,
    pub owner: Owner,
}

/// Whether the name names the quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// It ends with the exact key, but for indices.
    Key,
    Yes,
    /// The claim does not say what it is.
    Silent,
    No,
}

/// Whether the statistic is the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistic {
    /// The same, or none is asked.
    Same,
    /// The claim asks for one, and this is a single value: it may be computed from it and its like.
    Plain,
    Other,
}

/// Whether it belongs to what the claim names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The claim names somebody, and it is the one.
    Same,
    /// Nobody is named, or the index does not say whose it is.
    Open,
    Other,
}

impl Relation {
    /// Of `name` (a series, column or path) in a file at `path` to a claim.
    pub(super) fn of(name: &Name, steps: &[Step], asked: &Asked) -> Self {
        Self { name: named(name, steps, asked), stat: statistic(name, asked), owner: owner(name, asked) }
    }

    /// Whether everything but the value agrees.
    pub(super) fn is_full(self) -> bool {
        matches!(self.name, Named::Key | Named::Yes) && self.stat == Statistic::Same && self.owner != Owner::Other
    }

    /// Whether it is the named quantity of the named owner, whatever the statistic.
    pub(super) fn is_group(self) -> bool {
        matches!(self.name, Named::Key | Named::Yes) && self.owner != Owner::Other
    }
}

fn named(name: &Name, steps: &[Step], asked: &Asked) -> Named {
    if asked.thing.is_some() {
        return Named::No;
    }
    if !asked.key.is_empty() && ends_like(steps, &asked.key) {
        return Named::Key;
    }
    if asked.is_nameless() {
        return Named::Silent;
    }
    if names_change(&name.words) && !asked.is_change {
        return Named::No;
    }
    let shared = asked.words.iter().filter(|word| name.has(word)).count();
    let covers = shared * 3 >= asked.words.len() * 2;
    let is_named = match asked.concept {
        // A bare "time" is told by the words beside it.
        Some("time" | "duration") => {
            let says_time = matches!(name.concept, Some("time" | "duration"));
            let is_time = name.unit.dimension() == "time" || says_time;
            is_time && shared == asked.words.len() && (says_time || shared > 0)
        }
        Some("latency") => {
            name.concept == Some("latency") || name.concept == Some("time") && name.unit.dimension() == "time"
        }
        Some(concept) => name.concept == Some(concept),
        None => !asked.words.is_empty() && covers && shared > 0,
    };
    if is_named { Named::Yes } else { Named::No }
}

/// Whether a path ends with the steps of a key, when each index of a pattern may be any.
fn ends_like(steps: &[Step], key: &[Step]) -> bool {
    let Some(tail) = steps.len().checked_sub(key.len()).and_then(|from| steps.get(from..)) else { return false };
    tail.iter().zip(key).all(|(step, asked)| match (step, asked) {
        (Step::Index(_), Step::Index(_)) => true,
        (step, asked) => step == asked,
    })
}

fn statistic(name: &Name, asked: &Asked) -> Statistic {
    match (asked.stat, name.stat) {
        (None, _) => Statistic::Same,
        (Some(asked), Some(stat)) if asked == stat => Statistic::Same,
        // The largest of percentiles or means is still computed from them.
        (Some(Stat::Max | Stat::Min | Stat::Mean), Some(Stat::Mean)) | (Some(_), None) => Statistic::Plain,
        _ => Statistic::Other,
    }
}

fn owner(name: &Name, asked: &Asked) -> Owner {
    if name.kind.is_some_and(|kind| !asked.kinds.is_empty() && !asked.kinds.contains(&kind)) {
        return Owner::Other;
    }
    if is_other_model(name, asked) {
        return Owner::Other;
    }
    if asked.owners.is_empty() {
        return if asked.models.is_empty() || name.models.is_empty() { Owner::Open } else { Owner::Same };
    }
    if asked.owners.iter().any(|owner| name.owner.contains(owner.as_str())) { Owner::Same } else { Owner::Other }
}

/// Whether it belongs to another model than the claim names. A model that the index does not know of the number cannot be the wrong one.
pub(super) fn is_other_model(name: &Name, asked: &Asked) -> bool {
    !name.models.is_empty() && asked.models.iter().any(|word| !name.models.iter().any(|known| known == word))
}

/// The words of a path as an owner's name.
pub(super) fn path_words(path: &str) -> String {
    words::line(path)
}
