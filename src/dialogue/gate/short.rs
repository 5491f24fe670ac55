//! Short forms of names: the last part of a path (`reports/serve/bench` is called `bench`) and the key of a setting (`num_ctx=4096` is a
//! value of `num_ctx`), the way that the prompt's own sentences and its readers use them.

use std::collections::HashSet;

use crate::dialogue::Shown;

/// What was shown, with the short forms behind the names, so that each keeps its id. A form that several names share stands once: whether
/// a fact is about it is the facts' to say.
pub(super) fn with_short_names(shown: &Shown) -> Shown {
    let mut all = shown.clone();
    let mut seen: HashSet<&str> = shown.names.iter().map(String::as_str).collect();
    for name in &shown.names {
        let short = match name.split_once('=') {
            Some((key, _)) => key,
            None => name.rsplit('/').next().unwrap_or(""),
        };
        // A plain word could be any word of a sentence.
        if !short.chars().all(char::is_alphabetic) && is_plain(short) && seen.insert(short) {
            all.names.push(short.to_owned());
        }
    }
    all
}

/// Whether a short form is written with what names are written with, so that it is told from the words around it.
fn is_plain(short: &str) -> bool {
    let begins = short.starts_with(|c: char| c.is_ascii_alphabetic());
    // Without a joint it could be a label of a percentile or a unit.
    begins
        && short.contains(['_', '-', '.'])
        && short.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_settings_have_short_forms_behind_all_names() {
        let names = ["reports/serve/bench_a", "num_ctx=4096", "old/bench_a", "reports/tail", "a/12", "a/p95"];
        let shown = Shown { facts: Vec::new(), names: names.map(str::to_owned).to_vec(), left_out: 0 };
        let all = with_short_names(&shown).names;
        assert_eq!(all[..6], names.map(str::to_owned));
        assert_eq!(all[6..], ["bench_a", "num_ctx"]);
    }
}
