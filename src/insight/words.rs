//! What names mean to a reader: which metrics come first, which parameter names the subject, which ones tell workloads apart.

use super::document::Prose;
use super::role::{Role, role};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::{Direction, Params, SeriesKey};

/// Parameters that name what was measured.
const SUBJECT_NAMES: &[&str] = &["model", "model_name", "model_id", "model_tag"];

/// Whether a parameter names the model.
pub(super) fn names_subject(param: &str) -> bool {
    SUBJECT_NAMES.contains(&param.to_ascii_lowercase().as_str())
}

/// Whether a parameter is one to be ranked: neither a repetition nor a piece or an amount of work.
pub(super) fn is_ranked(param: &str) -> bool {
    role(param) == Role::Setting
}

/// Whether a parameter's value looks like a setting: a number or a short identifier.
pub(super) fn is_setting(value: &str) -> bool {
    value.len() <= 40 && !value.chars().any(char::is_whitespace)
}

/// The model, or for want of one the last part of the benchmark's name.
pub(super) fn subject<'a>(key: &'a SeriesKey, run: &'a Params) -> &'a str {
    model(key, run).unwrap_or_else(|| stem(&key.benchmark))
}

/// Whether a model is named.
pub(super) fn is_named(key: &SeriesKey, run: &Params) -> bool {
    model(key, run).is_some()
}

fn model<'a>(key: &'a SeriesKey, run: &'a Params) -> Option<&'a str> {
    let model =
        |params: &'a Params| params.iter().find(|(name, _)| names_subject(name)).map(|(_, value)| value.as_str());
    model(&key.params).or_else(|| model(run)).filter(|name| !name.trim().is_empty())
}

/// The last part of a path.
pub(super) fn stem(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path)
}

/// Case and parameters without the subject: `eager batch=4`; empty when there are none.
pub(super) fn configuration(key: &SeriesKey) -> String {
    join(key, &key.case, |_, _| true)
}

/// As [`configuration`], without what only tells repetitions apart: prompts, indices, seeds.
pub(super) fn pooled(key: &SeriesKey) -> String {
    let case = if is_setting(&key.case) { key.case.as_str() } else { "" };
    join(key, case, |name, value| role(name) != Role::Repeat && is_setting(value))
}

/// The settings that can be ranked: no case, no repetition, no piece or amount of work.
pub(super) fn ranked(key: &SeriesKey) -> String {
    join(key, "", |name, value| is_ranked(name) && is_setting(value))
}

fn join(key: &SeriesKey, case: &str, keep: impl Fn(&str, &str) -> bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !case.is_empty() {
        parts.push(case.to_owned());
    }
    let params = key.params.iter().filter(|(name, value)| !names_subject(name) && keep(name, value));
    parts.extend(params.map(|(name, value)| format!("{name}={value}")));
    if !key.environment.is_empty() {
        parts.push(format!("@{}", key.environment));
    }
    parts.join(" ")
}

/// What a reader looks for first: 0 throughput in tokens, 1 time to the first one, 2 to 4 the phases, then what has a direction.
pub(super) fn priority(key: &SeriesKey, direction: Direction) -> u8 {
    let metric = key.metric.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| metric.contains(word));
    match direction {
        Direction::Neutral => 9,
        _ if key.unit.as_str() == "tok/s" => 0,
        _ if has(&["ttft", "time_to_first", "first_token"]) => 1,
        _ if has(&["throughput"]) || key.unit.as_str().ends_with("/s") => 2,
        _ if has(&["latency", "response", "duration", "elapsed"]) || metric == "time" || metric == "mean_time" => 3,
        _ if has(&["load"]) => 4,
        _ if has(&["prompt_eval", "prefill"]) => 5,
        _ if has(&["eval", "decode", "generation"]) => 6,
        _ => 7,
    }
}

/// Whether lower values of this are better because it is a time or a latency: what percentiles are wanted of.
pub(super) fn is_latency(key: &SeriesKey, direction: Direction) -> bool {
    direction == Direction::Lower && matches!(key.unit.as_str(), "s" | "ms" | "us" | "ns")
}

/// The percentile that a metric's name states, as (the name without it, the percentile's label): `latency_p95` is of `latency`,
/// `time_p99_9` and `time_p99.9` are p99.9.
pub(super) fn percentile(metric: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = metric.split(['_', '.', '-', ' ', '/']).collect();
    let at = parts.iter().position(|part| is_percentile(part))?;
    let label = parts.get(at)?.to_ascii_lowercase();
    // Only of two digits can more follow: p999 is p99.9 already.
    let is_fraction = |part: &&&str| label.len() == 3 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fraction = parts.get(at + 1).filter(is_fraction);
    let behind = at + 1 + usize::from(fraction.is_some());
    let rest: Vec<&str> = parts.iter().take(at).chain(parts.iter().skip(behind)).copied().collect();
    Some((rest.join("_"), fraction.map_or_else(|| label.clone(), |fraction| format!("{label}.{fraction}"))))
}

fn is_percentile(word: &str) -> bool {
    let digits = word.strip_prefix(['p', 'P']).unwrap_or("");
    (2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a file tells results over again for people: what stands in data files goes first.
pub(super) fn is_prose(path: &str) -> bool {
    ArtifactKind::of_name(path.as_bytes()) == Some(ArtifactKind::Markdown)
}

/// Words at the end of a file's name that say which rendering of a result it is.
const RENDERINGS: &[&str] = &["summary", "runs", "raw", "data", "results", "report", "details", "full"];

/// The result that a file is a rendering of: its directory and stem, without the words that only tell renderings apart.
pub(super) fn result(path: &str) -> String {
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    let mut stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    while let Some((rest, word)) = stem.rsplit_once(['_', '-'])
        && RENDERINGS.contains(&word.to_ascii_lowercase().as_str())
    {
        stem = rest;
    }
    format!("{dir}/{stem}")
}

/// A label cut to what a table's cell can hold.
pub(super) fn short(label: &str) -> String {
    const WIDTH: usize = 120;
    if label.chars().count() <= WIDTH {
        label.to_owned()
    } else {
        label.chars().take(WIDTH - 1).chain(['…']).collect()
    }
}

/// A configuration in a sentence: its settings, and where several hosts took part, on which one it ran.
pub(super) fn configured(prose: Prose, configuration: &str) -> Prose {
    match configuration.rsplit_once(" @").filter(|(settings, _)| !settings.is_empty()) {
        Some((settings, host)) => prose.name(&short(settings)).text(" on ").name(host),
        None => prose.name(&short(configuration)),
    }
}

/// "regression" or "regressions".
pub(super) fn plural<'a>(n: u64, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_told_from_other_words() {
        assert_eq!(percentile("latency_p95"), Some(("latency".into(), "p95".into())));
        assert_eq!(percentile("p99"), Some((String::new(), "p99".into())));
        assert_eq!(percentile("time_p99_9"), Some(("time".into(), "p99.9".into())));
        assert_eq!(percentile("time_p99.99_ms"), Some(("time_ms".into(), "p99.99".into())));
        assert_eq!(percentile("time_p999_9"), Some(("time_9".into(), "p999".into())));
        assert_eq!(percentile("p"), None);
        assert_eq!(percentile("prompt_eval"), None);
        assert_eq!(percentile("p5"), None);
    }

    #[test]
    fn repetitions_are_pooled_work_is_kept_apart_and_settings_are_ranked() {
        assert!(!is_ranked("prompt_index") && !is_ranked("seed") && !is_ranked("Test"));
        assert!(is_ranked("num_ctx") && is_ranked("batch_size") && !is_ranked("prompt_tokens"));
        let params = [("prompt_index", "3"), ("test", "sort"), ("gpu", "20"), ("note", "a b")];
        let key = SeriesKey {
            case: "Give a quote.".into(),
            params: params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ..Default::default()
        };
        assert_eq!(pooled(&key), "gpu=20 test=sort");
        assert_eq!(configuration(&key), "Give a quote. gpu=20 note=a b prompt_index=3 test=sort");
    }

    #[test]
    fn the_host_of_a_configuration_is_none_of_its_settings() {
        let said = |configuration: &str| configured(Prose::new("set "), configuration);
        assert_eq!(said("batch=4 ctx=9 @b3"), Prose::new("set ").name("batch=4 ctx=9").text(" on ").name("b3"));
        assert_eq!(said("batch=4"), Prose::new("set ").name("batch=4"));
    }

    #[test]
    fn the_subject_is_the_model_or_the_benchmarks_last_name() {
        let mut key = SeriesKey { benchmark: "reports/a/bench".into(), ..Default::default() };
        let run = Params::from([("Model".to_owned(), "gemma3:1b".to_owned())]);
        assert_eq!(subject(&key, &Params::new()), "bench");
        assert_eq!(subject(&key, &run), "gemma3:1b");
        key.params.insert("model".into(), "llama3.1:8b".into());
        assert_eq!(subject(&key, &run), "llama3.1:8b");
    }
}
