//! What the `refs` of an item name: facts, names out of the data, or something that was not shown.

use super::parts::Lexer;
use crate::dialogue::Shown;
use crate::domain::fact::FactId;

/// What the `refs` of an item name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Refs {
    pub facts: Vec<FactId>,
    /// Entries that are neither a fact nor a name that was shown, as they stand.
    pub unknown: Vec<String>,
}

/// Words that stand around ids: `{{m:F1}}`, `{{cmp:F1,F2}}`, `F1 and F2`.
const AROUND: &[&str] = &["m", "cmp", "id", "and"];

/// Reads the entries. Names may stand there too; they are in the text if they are needed.
pub(super) fn read(entries: &[&str], lexer: &Lexer<'_>, shown: &Shown) -> Refs {
    let mut refs = Refs::default();
    for entry in entries {
        let bare = entry.trim().trim_matches(|c| matches!(c, '"' | '`' | '\''));
        if shown.names.iter().any(|name| name == bare) {
            continue;
        }
        let words = || bare.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let is_name = |word: &str| {
            word.strip_prefix('N').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        let is_known = |word: &str| AROUND.contains(&word) || is_name(word) || lexer.fact(word).is_some();
        if words().next().is_none() || !words().all(is_known) {
            refs.unknown.push(bare.to_owned());
        }
        for fact in words().filter_map(|word| lexer.fact(word)) {
            if !refs.facts.contains(&fact) {
                refs.facts.push(fact);
            }
        }
    }
    refs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_every_guise_and_the_rest_is_told() {
        let facts = vec![FactId(1), FactId(2), FactId(12)];
        let shown = Shown { facts, names: vec!["alpha-7b".into(), "F2-score".into()], left_out: 0 };
        let lexer = Lexer::new(&shown);
        let entries = ["F1", " {{m:F2}}", "[F1, F12]", "N3", "alpha-7b", "F2-score", "{{cmp:F1,F2}}"];
        let refs = read(&entries, &lexer, &shown);
        assert_eq!((refs.facts, refs.unknown), (vec![FactId(1), FactId(2), FactId(12)], Vec::<String>::new()));
        let refs = read(&["F99", "beta-13b", "", "F1"], &lexer, &shown);
        assert_eq!((refs.facts, refs.unknown.len()), (vec![FactId(1)], 3));
    }
}
