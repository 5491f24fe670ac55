//! The calls of a landing as an artifact that is no file: a JSON document which the index keeps, so that what was measured of a call
//! stands in a cell like any other number: `$.calls[0].ttft_s` of [`BENCHMARK`] in the version with this hash.
//!
//! Its measurements are series: the case is the agent's label, the parameters are its role, the back end and the model. How long a call
//! takes is first of all how long its prompt and its answer are, which follow what landed, so only what does not has a better direction:
//! the throughput, and the time to the first token among prompts of one class of length ([`CLASS`]), without the loading of the model
//! where the server tells that. Prompts of a class differ by up to a factor of two, so that less than a doubling says nothing (the series'
//! `min_effect`, see [`built_in`](crate::analysis::overrides::built_in)). A call that
//! failed measured nothing that could be compared, and neither did the repair of an answer: its prompt is another one, and it comes when a
//! model answered badly and not with the landing. Both are in the document and of no series. What a reader gets is what was written: a
//! document that cannot be read (the index is damaged) is an error.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::artifact::ContentHash;
use crate::domain::call::{BENCHMARK, Call, Ended, Measured, Role};
use crate::domain::measurement::{Locator, Measurement, Spread};
use crate::domain::series::{Direction, Params, SeriesKey};
use crate::domain::units::Unit;

/// The document of a landing's calls.
#[derive(Debug, Clone, PartialEq)]
pub struct CallsDoc {
    text: String,
    hash: ContentHash,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Content {
    /// That caused them.
    landing: i64,
    /// When they were over.
    at: Timestamp,
    calls: Vec<Entry>,
}

/// A call as the document has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    agent: Role,
    label: String,
    attempt: u32,
    backend: String,
    url: String,
    model: String,
    digest: Option<String>,
    options: BTreeMap<String, String>,
    ended: Ended,
    #[serde(flatten)]
    measured: Measured,
    /// The time to the first piece of the answer less the loading of the model, as far as the server tells that, s.
    ttft_without_load_s: Option<f64>,
}

/// The parameter that tells apart times of prompts of different length: the least power of two that is no less than the number of tokens,
/// as in `<=1024`.
pub const CLASS: &str = "prompt_tokens";

/// A quantity of a call.
struct Quantity {
    metric: &'static str,
    /// Its name in the document.
    field: &'static str,
    unit: &'static str,
    direction: Direction,
    /// Whether its series is one of prompts of a class.
    by_class: bool,
    of: fn(&Entry) -> Option<f64>,
}

/// What becomes a series. The whole and its parts have no better direction: how long a prompt or an answer is, and whether the model
/// was loaded still, moves them while the server is as fast as ever; where it is not, throughput or the time to the first token say so.
const QUANTITIES: &[Quantity] = &[
    Quantity {
        metric: "throughput",
        field: "throughput",
        unit: "tok/s",
        direction: Direction::Higher,
        by_class: false,
        of: |call| call.measured.throughput,
    },
    Quantity {
        metric: "ttft",
        field: "ttft_without_load_s",
        unit: "s",
        direction: Direction::Lower,
        by_class: true,
        of: |call| call.ttft_without_load_s,
    },
    Quantity {
        metric: "total",
        field: "total_s",
        unit: "s",
        direction: Direction::Neutral,
        by_class: false,
        of: |call| Some(call.measured.total_s),
    },
    Quantity {
        metric: "prompt_eval",
        field: "prompt_eval_s",
        unit: "s",
        direction: Direction::Neutral,
        by_class: false,
        of: |call| call.measured.prompt_eval_s,
    },
    Quantity {
        metric: "eval",
        field: "eval_s",
        unit: "s",
        direction: Direction::Neutral,
        by_class: false,
        of: |call| call.measured.eval_s,
    },
    Quantity {
        metric: "load",
        field: "load_s",
        unit: "s",
        direction: Direction::Neutral,
        by_class: false,
        of: |call| call.measured.load_s,
    },
];

impl CallsDoc {
    /// The document of the calls that `landing` caused, which were over at `at`; `None` when there were none.
    pub fn new(landing: i64, at: Timestamp, calls: &[Call]) -> Option<Self> {
        let calls: Vec<Entry> = calls.iter().map(entry).collect();
        let content = Content { landing, at, calls };
        if content.calls.is_empty() {
            return None;
        }
        // A structure of texts and numbers under texts as keys can always be written.
        let text = serde_json::to_string(&content).ok()?;
        Some(Self { hash: ContentHash::of(text.as_bytes()), text, content })
    }

    /// The document that was kept.
    ///
    /// # Errors
    /// When `text` is none.
    pub fn read(text: String) -> serde_json::Result<Self> {
        let content = serde_json::from_str(&text)?;
        Ok(Self { hash: ContentHash::of(text.as_bytes()), text, content })
    }

    /// As it is kept.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Of the text.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// When the calls were over.
    pub fn at(&self) -> Timestamp {
        self.content.at
    }

    /// How many calls there were, failed ones included.
    pub fn calls(&self) -> usize {
        self.content.calls.len()
    }

    /// Where a number of the call stands: `$.calls[0].ttft_s`.
    pub fn place(call: usize, field: &str) -> String {
        format!("$.calls[{call}].{field}")
    }

    /// The measurements, each with the number of its run: of calls that differ in nothing the second is a run of its own.
    pub fn measurements(&self) -> Vec<(usize, Measurement)> {
        let mut seen: BTreeMap<(String, Params), usize> = BTreeMap::new();
        let mut found = Vec::new();
        for (i, entry) in self.content.calls.iter().enumerate().filter(|(_, entry)| entry.counts()) {
            let identity = (entry.case(), entry.params());
            let run = seen.entry(identity.clone()).and_modify(|run| *run += 1).or_default();
            found.extend(QUANTITIES.iter().filter_map(|quantity| {
                let value = (quantity.of)(entry).filter(|value| value.is_finite())?;
                Some((*run, measurement(&identity, entry.class(), i, quantity, value)))
            }));
        }
        found
    }
}

fn entry(call: &Call) -> Entry {
    let measured = finite(&call.measured);
    let load = measured.load_s.filter(|load| *load > 0.0).unwrap_or_default();
    // The loading is by the server's clock and the rest by ours: what is no more than the loading says nothing of the rest.
    let without_load = measured.ttft_s.map(|ttft| ttft - load).filter(|rest| *rest > 0.0);
    Entry {
        agent: call.role,
        label: call.label.clone(),
        attempt: call.attempt,
        backend: call.backend.clone(),
        url: call.url.clone(),
        model: call.model.clone(),
        digest: call.digest.clone(),
        options: call.options.iter().cloned().collect(),
        ended: call.ended.clone(),
        measured,
        ttft_without_load_s: without_load,
    }
}

/// JSON has no other numbers.
fn finite(measured: &Measured) -> Measured {
    let kept = |value: Option<f64>| value.filter(|value| value.is_finite());
    Measured {
        total_s: kept(Some(measured.total_s)).unwrap_or(0.0),
        ttft_s: kept(measured.ttft_s),
        throughput: kept(measured.throughput),
        prompt_eval_s: kept(measured.prompt_eval_s),
        eval_s: kept(measured.eval_s),
        load_s: kept(measured.load_s),
        ..measured.clone()
    }
}

impl Entry {
    fn case(&self) -> String {
        if self.label.trim().is_empty() { self.agent.as_str().to_owned() } else { self.label.trim().to_owned() }
    }

    fn params(&self) -> Params {
        [("agent", self.agent.as_str()), ("backend", &self.backend), ("model", &self.model)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    /// The class of its prompt's length, where the server tells it.
    fn class(&self) -> Option<String> {
        let tokens = self.measured.prompt_tokens?.max(1).checked_next_power_of_two()?;
        Some(format!("<={tokens}"))
    }

    /// Whether its measurements are of a series.
    fn counts(&self) -> bool {
        self.ended == Ended::Answered && self.attempt <= 1
    }
}

fn measurement(
    (case, params): &(String, Params),
    class: Option<String>,
    call: usize,
    quantity: &Quantity,
    value: f64,
) -> Measurement {
    let mut params = params.clone();
    let mut direction = quantity.direction;
    if quantity.by_class {
        match class {
            Some(class) => drop(params.insert(CLASS.to_owned(), class)),
            // Prompts of any length: nobody can say which way is good.
            None => direction = Direction::Neutral,
        }
    }
    Measurement {
        series: SeriesKey {
            benchmark: BENCHMARK.to_owned(),
            case: case.clone(),
            params,
            metric: quantity.metric.to_owned(),
            unit: Unit::new(quantity.unit),
            environment: String::new(),
        },
        direction,
        value,
        samples: Vec::new(),
        n: 1,
        spread: Spread::default(),
        resolution: 0.0,
        at: Locator::json(&CallsDoc::place(call, quantity.field)),
        field: quantity.field.to_owned(),
    }
}
