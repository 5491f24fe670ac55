//! What a fact is about: whether a name out of the data belongs to it.

use crate::domain::fact::{Fact, Source};
use crate::insight::Ledger;

/// Parents and ranges of cells that are looked at.
const LOOKED_AT: usize = 64;

/// Whether `fact` is about what `name` names: by its own name, by the files that it comes from, or by the facts that it is derived from.
pub(super) fn is_about(fact: &Fact, name: &str, ledger: &Ledger) -> bool {
    if has_name(&fact.name, name) {
        return true;
    }
    match &fact.source {
        Source::Cell { path, .. } => has_name(path, name),
        Source::Cells { cells, .. } => cells.iter().take(LOOKED_AT).any(|range| has_name(&range.path, name)),
        Source::Derived { parents, .. } => {
            let parent = |id: &_| ledger.get(*id).is_some_and(|parent| has_name(&parent.name, name));
            parents.iter().take(LOOKED_AT).any(parent)
        }
        Source::Count { what } => has_name(what, name),
        Source::Setting { key } => has_name(key, name),
    }
}

/// Whether `name` stands in `text` as a whole.
pub(super) fn has_name(text: &str, name: &str) -> bool {
    let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let behind = text.get(at + name.len()..).and_then(|behind| behind.chars().next());
            !inner(before) && !inner(behind)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_as_a_whole() {
        assert!(has_name("median ttft of gemma3:latest, x=1", "gemma3:latest"));
        assert!(has_name("p95 of reports/a1 [x]", "a1"));
        assert!(!has_name("median of gemma34", "gemma3"));
        assert!(!has_name("a", ""));
    }
}
