//! The name of a number in the index: the quantity and the statistic that it promises, the words beside them, and what it belongs to.
//!
//! A name is made once for all numbers that share it (a series, a column, a JSON path without its indices), because there are few names
//! and many numbers.

use super::lexicon::Stat;
use super::words::{self, Gist};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::{Params, SeriesKey};
use crate::domain::units::Unit;

/// What a number is called and what it belongs to.
#[derive(Debug, Clone, Default)]
pub(super) struct Name {
    /// For people: `ttft of reports/gemma3/x [gemma3:latest num_gpu=80]`.
    pub shown: String,
    pub concept: Option<&'static str>,
    pub stat: Option<Stat>,
    /// The words of the name that the lexicon does not know, and those of its quantities.
    pub words: Vec<String>,
    /// Everything that says whose number it is, as [`words::line`].
    pub owner: String,
    /// The words of the models that it belongs to.
    pub models: Vec<String>,
    pub unit: Unit,
    pub kind: Option<ArtifactKind>,
}

impl Name {
    /// The name of the numbers of a series, in a field of files of one kind.
    pub(super) fn of_series(key: &SeriesKey, field: &str, place: &str, subject: &Params) -> Self {
        // The path within the file says more than the name of its last key: `metrics_after.latency_ms`.
        let mut name = Self::of_words(&format!("{} {field} {}", key.metric, last_keys(place)), &key.unit);
        name.shown = key.to_string();
        let mut owner = format!("{} {} {}", key.benchmark, key.case, key.environment);
        for (param, value) in key.params.iter().chain(subject) {
            owner.push_str(&format!(" {param} {value}"));
            if is_model(param) {
                name.models.extend(model_words(value));
            }
        }
        name.owner = words::line(&owner);
        name
    }

    /// The name of a number that stands below these words: a column, a path.
    pub(super) fn of_words(text: &str, unit: &Unit) -> Self {
        let gist = Gist::of(text);
        let mut words: Vec<String> = words::words(text).into_iter().map(|word| word.text).collect();
        words.sort_unstable();
        words.dedup();
        Self {
            shown: text.to_owned(),
            concept: gist.concept(),
            stat: gist.stats.last().map(|found| found.what),
            words,
            unit: unit.clone(),
            ..Self::default()
        }
    }

    /// The same name for another statistic of the same numbers.
    pub(super) fn with_stat(&self, stat: Stat) -> Self {
        Self { stat: Some(stat), shown: format!("{} of {}", stat.word(), self.shown), ..self.clone() }
    }

    /// Whether everything that the words of `line` name belongs to it.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.binary_search_by(|known| known.as_str().cmp(word)).is_ok()
    }
}

/// Whether a parameter names a model.
pub fn is_model(param: &str) -> bool {
    let lower = param.to_lowercase();
    lower == "model" || lower.ends_with("_model") || lower.starts_with("model_") && !lower.contains("size")
}

/// The words of a model's name that tell it from others: those with a digit in them.
pub(super) fn model_words(value: &str) -> impl Iterator<Item = String> {
    words::words(value).into_iter().map(|word| word.text).filter(|word| is_telling(word))
}

/// Whether a word of a model's name tells models apart: letters and digits together (`gemma3`, `1b`, `q5`).
pub(super) fn is_telling(word: &str) -> bool {
    word.chars().any(char::is_numeric) && word.chars().any(char::is_alphabetic)
}

/// The last two keys of a JSON path or the column of a place, without indices.
fn last_keys(place: &str) -> String {
    if !place.starts_with('$') {
        return place.split_once("column ").map_or("", |(_, column)| column).to_owned();
    }
    let keys: Vec<&str> = place.split(['.', '[', ']']).filter(|key| key.chars().any(char::is_alphabetic)).collect();
    keys.get(keys.len().saturating_sub(2)..).unwrap_or(&[]).join(" ")
}

/// The unit that a column or key ends with: `ttft_s`, `Latency (ms)`, `gpu.power_w` has none that is known.
pub(super) fn unit_of(name: &str) -> Unit {
    let last = name.rsplit('.').next().unwrap_or(name);
    if Gist::of(last).concept() == Some("throughput") {
        return Unit::new("tok/s");
    }
    let parts = last.split(|c: char| !c.is_alphanumeric() && c != '%' && c != 'µ').filter(|part| !part.is_empty());
    let all: Vec<&str> = parts.collect();
    all.last().filter(|_| all.len() > 1).and_then(|word| Unit::known(word)).unwrap_or_default()
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(u32),
}

/// The steps of a JSON path or dotted key: `json_results[3].tokens_s` without its prefix, `$.results[3].tokens_s`.
pub(super) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.trim_start_matches('$').split(['.', '[']) {
        let part = part.trim().trim_matches(['`', '"', '\'', ']']);
        let part = part.trim_end_matches("\"]").trim_matches(['"', ']']);
        if part.is_empty() {
            continue;
        }
        steps.push(part.parse().map_or_else(|_| Step::Key(part.to_lowercase()), Step::Index));
    }
    steps
}

/// The steps of a place: of a JSON path its keys and indices, of a cell its column.
pub(super) fn place_steps(place: &str) -> Vec<Step> {
    if place.starts_with('$') {
        return steps(place);
    }
    match place.split_once("column ") {
        Some((_, column)) => vec![Step::Key(column.trim().to_lowercase())],
        None => Vec::new(),
    }
}

/// Whether a path ends with these steps.
pub(super) fn ends_with(path: &[Step], end: &[Step]) -> bool {
    !end.is_empty() && path.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_agree_from_their_end() {
        let path = steps("$.results[3].tokens_s");
        assert!(ends_with(&path, &steps("results[3].tokens_s")) && ends_with(&path, &steps("tokens_s")));
        assert!(!ends_with(&path, &steps("results[2].tokens_s")) && !ends_with(&path, &steps("")));
    }

    #[test]
    fn a_name_knows_its_quantity_and_statistic() {
        let name = Name::of_words("models[1].mean_ttft_s", &Unit::none());
        assert_eq!((name.concept, name.stat), (Some("ttft"), Some(Stat::Mean)));
        assert!(name.has("ttft") && !name.has("latency"));
    }
}
