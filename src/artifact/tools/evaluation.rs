//! Evaluations of language models: lm-evaluation-harness and lighteval: their JSON (the tables that they print are read
//! beside this file).
//!
//! `results` holds one object a task. lm-eval names its keys `METRIC,FILTER` (`acc,none`, `exact_match,strict-match`) and their
//! standard errors `METRIC_stderr,FILTER`; lighteval writes `METRIC` and `METRIC_stderr`, its tasks are `SUITE|TASK|SHOTS`. Both say
//! which way is good: lm-eval under `higher_is_better`, lighteval in the configuration of each task. The version of a task tells
//! results apart, since another version asks other questions. `groups` repeats what `results` holds. Sources:
//! <https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/interface.md>,
//! <https://huggingface.co/docs/lighteval/saving-and-reading-results>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::JsonTool;
use crate::artifact::field::{Field, case, metric, param, time};
use crate::artifact::format::Source;
use crate::artifact::infer::directions;
use crate::artifact::infer::names::snake;
use crate::artifact::infer::roles::ColumnRole;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) const TASK: Field = case("task");
pub(super) const MODEL: Field = param("model_name", "model");
pub(super) const VERSION: Field = param("version", "version");
pub(super) const SHOTS: Field = param("n-shot", "n_shot");
pub(super) const FILTER: Field = param("filter", "filter");
const LIMIT: Field = param("limit", "limit");
const DATE: Field = time("date");

/// Metrics of which less is better, where the file does not say.
const LOWER: &[&str] = &["perplexity", "ppl", "bits", "brier", "ece", "ter", "wer", "cer", "loss", "nll"];
/// Metrics of which more is better, where the file does not say.
const HIGHER: &[&str] =
    &["acc", "em", "qem", "pem", "pqem", "exact", "match", "f1", "mc1", "mc2", "bleu", "chrf", "mcc", "mrr", "pass"];

/// The direction that a file states, else the customary one.
fn direction(name: &str, stated: Option<bool>) -> Direction {
    let base = snake(name);
    let words: Vec<&str> = base.split('_').collect();
    match stated {
        Some(true) => Direction::Higher,
        Some(false) => Direction::Lower,
        None if words.iter().any(|word| LOWER.contains(word)) => Direction::Lower,
        None if words.iter().any(|word| HIGHER.contains(word)) => Direction::Higher,
        None => directions::lookup(&words, None).unwrap_or_default(),
    }
}

/// Shares of what was asked: between 0 and 1, or percents of it.
const SHARES: &[&str] = &["acc", "em", "qem", "pem", "pqem", "match", "f1", "mc1", "mc2", "pass"];

/// Whether a metric is a share, so that a value above 1 can only be in percent.
pub(super) fn is_share(name: &str) -> bool {
    snake(name).split('_').any(|word| SHARES.contains(&word))
}

/// A metric or, with `_stderr` behind its name, the error of it. `share`: the unit of shares in this file.
pub(super) fn role(name: &str, share: &str, stated: impl Fn(&str) -> Option<bool>) -> ColumnRole {
    let unit = |name: &str| if is_share(name) { share.to_owned() } else { "-".to_owned() };
    match name.strip_suffix("_stderr") {
        Some(of) => metric(&snake(of), "other", &unit(of), Direction::Neutral),
        None => metric(&snake(name), "", &unit(name), direction(name, stated(name))),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The tasks and their results.
fn tasks(value: &Value) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let results = value.get("results").and_then(Value::as_object).into_iter().flatten();
    results.filter_map(|(task, found)| Some((task, found.as_object()?)))
}

/// A key as a step of a JSON path.
fn step(key: &str) -> String {
    format!("[{}]", Value::String(key.to_owned()))
}

/// Collects the records of both tools.
#[derive(Default)]
struct Reader {
    sheet: Sheet,
}

impl Reader {
    fn put(&mut self, record: &mut Record, field: &Field, value: Option<&Value>) {
        if let Some(text) = value.and_then(text) {
            self.sheet.put_json(record, "", field, Cell::Text(text));
        }
    }
}

/// lm-evaluation-harness.
pub(super) struct LmEval;

impl JsonTool for LmEval {
    fn name(&self) -> &'static str {
        "lm-eval"
    }

    fn recognises(&self, value: &Value) -> bool {
        let described = ["configs", "versions", "config"].iter().any(|key| value.get(key).is_some());
        described && tasks(value).any(|(_, found)| found.iter().any(|(key, v)| key.contains(',') && v.is_number()))
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut reader = Reader::default();
        let arguments = value.pointer("/config/model_args");
        let named = arguments.and_then(Value::as_str).and_then(|text| {
            text.split(',').find_map(|part| part.strip_prefix("pretrained=").or_else(|| part.strip_prefix("model=")))
        });
        let named = named.map(|name| Value::String(name.to_owned()));
        for (task, found) in tasks(value) {
            for (filter, metrics) in by_filter(found) {
                let mut record = Record::default();
                let of_task = |key: &str| value.get(key).and_then(|of| of.get(task));
                reader.put(&mut record, &TASK, Some(&Value::String(task.clone())));
                reader.put(&mut record, &FILTER, Some(&Value::String(filter.to_owned())));
                reader.put(&mut record, &VERSION, of_task("versions"));
                reader.put(&mut record, &SHOTS, of_task("n-shot"));
                reader.put(&mut record, &MODEL, value.get("model_name").or(named.as_ref()));
                reader.put(&mut record, &LIMIT, value.pointer("/config/limit"));
                reader.put(&mut record, &DATE, value.get("date"));
                let stated = |name: &str| of_task("higher_is_better")?.get(name)?.as_bool();
                for (name, key, number) in metrics {
                    let (role, path) = (role(name, "ratio", stated), step(key));
                    reader.sheet.put_json_as(&mut record, &path, key, role, Cell::Number(number));
                }
                let at = RowAt::Json(format!("$.results{}", step(task)));
                reader.sheet.push_at(record, at, Some(1));
            }
        }
        reader.sheet.finish(self.name())
    }
}

/// The numbers of a task with name and key, by the filter behind the comma.
fn by_filter(found: &Map<String, Value>) -> BTreeMap<&str, Vec<(&str, &str, f64)>> {
    let mut filters: BTreeMap<&str, Vec<(&str, &str, f64)>> = BTreeMap::new();
    for (key, value) in found {
        if let (Some((name, filter)), Some(number)) = (key.split_once(','), value.as_f64()) {
            filters.entry(filter).or_default().push((name, key, number));
        }
    }
    filters
}

/// lighteval.
pub(super) struct LightEval;

impl JsonTool for LightEval {
    fn name(&self) -> &'static str {
        "lighteval"
    }

    fn recognises(&self, value: &Value) -> bool {
        let known = ["config_general", "config_tasks"].iter().all(|key| value.get(key).is_some());
        known && value.get("results").is_some_and(Value::is_object)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let mut reader = Reader::default();
        let stated = stated_directions(value);
        let model = ["/config_general/model_name", "/config_general/model_config/model_name"];
        let model = model.iter().find_map(|pointer| value.pointer(pointer));
        for (task, found) in tasks(value) {
            let mut record = Record::default();
            reader.put(&mut record, &TASK, Some(&Value::String(task.clone())));
            reader.put(&mut record, &VERSION, value.get("versions").and_then(|of| of.get(task)));
            reader.put(&mut record, &MODEL, model);
            for (key, number) in found {
                let Some(number) = number.as_f64() else { continue };
                let role = role(key, "ratio", |name| stated.get(name).copied());
                reader.sheet.put_json_as(&mut record, &step(key), key, role, Cell::Number(number));
            }
            let at = RowAt::Json(format!("$.results{}", step(task)));
            reader.sheet.push_at(record, at, Some(1));
        }
        reader.sheet.finish(self.name())
    }
}

/// What the tasks' configurations say of their metrics: a metric has one name or, when it gives several numbers, a list of them, and
/// a flag or a flag for each.
fn stated_directions(value: &Value) -> BTreeMap<&str, bool> {
    let mut stated = BTreeMap::new();
    let tasks = value.get("config_tasks").and_then(Value::as_object).into_iter().flatten();
    let lists = tasks.flat_map(|(_, task)| ["metric", "metrics"].into_iter().filter_map(|key| task.get(key)));
    for entry in lists.filter_map(Value::as_array).flatten() {
        let Some(higher) = entry.get("higher_is_better") else { continue };
        match (entry.get("metric_name").and_then(Value::as_str), higher) {
            (Some(name), Value::Bool(higher)) => {
                stated.insert(name, *higher);
            }
            (_, Value::Object(each)) => {
                stated.extend(each.iter().filter_map(|(name, higher)| Some((name.as_str(), higher.as_bool()?))));
            }
            _ => {}
        }
    }
    stated
}
