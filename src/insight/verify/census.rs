//! Counts that a claim says of one file: its rows, the different values of a column, the length of a list, a count that the file states
//! itself. "param_tuning.csv holds 36 runs" is about that file, not about the index.
//!
//! A file that says nothing of what is counted leaves its claims as they are.

use std::collections::HashSet;

use serde_json::Value;

use super::asked::Asked;
use super::book::Known;
use super::decide::{Checked, Verdict, shown};
use super::fit;
use super::lexicon::Thing;
use super::words;
use crate::domain::artifact::ArtifactKind;
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Kind, Role};

/// Counts of files that claims ask for.
#[derive(Debug, Default)]
pub(super) struct Census {
    wanted: Vec<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    claim: usize,
    /// The words of what is counted.
    noun: Vec<String>,
    owners: Vec<String>,
    /// Whether it holds, and the count that says so; one that holds is kept.
    found: Option<(bool, Known)>,
}

/// Different values of a column that are counted, at most; one with more has no count.
const DIFFERENT: usize = 4096;

/// What the rows of a table are called.
const ROWS: &[&str] = &[
    "row",
    "run",
    "test",
    "sample",
    "record",
    "entry",
    "configuration",
    "config",
    "measurement",
    "request",
    "trial",
    "iteration",
    "zeile",
    "ligne",
];

/// Words that make a column or key the index or the count of a thing, beside the thing.
const BESIDE: &[&str] = &["index", "id", "name", "text", "num", "n", "number", "count", "total"];

impl Census {
    pub(super) fn of(claims: &[Claim], asked: &[Asked]) -> Self {
        let wanted = claims.iter().zip(asked).enumerate().filter_map(|(claim, (one, asked))| {
            let is_plain = one.unit.as_ref().is_none_or(|unit| unit.is_none() || unit.as_str() == "count");
            let is_count = is_plain
                && one.value.fract() == 0.0
                && matches!(one.role, Role::Point | Role::AtLeast | Role::AtMost)
                && !matches!(one.kind, Kind::Date(_));
            let is_of_index =
                matches!(asked.thing, Some(Thing::Files | Thing::Bytes | Thing::Formats | Thing::Headings));
            let noun = one.about.noun.as_deref().filter(|_| is_count && !is_of_index && !asked.owners.is_empty())?;
            let noun: Vec<String> = words::words(noun).into_iter().map(|word| word.text).collect();
            let owners = asked.owners.clone();
            (!noun.is_empty()).then_some(Wanted { claim, noun, owners, found: None })
        });
        Self { wanted: wanted.collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Counts in a file that claims name.
    pub(super) fn artifact(&mut self, claims: &[Claim], path: &str, path_line: &str, kind: ArtifactKind, text: &str) {
        let is_named = |one: &Wanted| one.owners.iter().any(|owner| path_line.contains(owner.as_str()));
        if !self.wanted.iter().any(is_named) {
            return;
        }
        let counts = match kind {
            ArtifactKind::Csv => of_table(text),
            ArtifactKind::Json => serde_json::from_str(text).map(|value| of_value(&value)).unwrap_or_default(),
            ArtifactKind::Markdown | ArtifactKind::Other => Vec::new(),
        };
        for one in self.wanted.iter_mut().filter(|one| is_named(one)) {
            let Some(claim) = claims.get(one.claim) else { continue };
            for count in counts.iter().filter(|count| count.is_of(&one.noun)) {
                let holds = fit::agrees(claim, count.n);
                if one.found.as_ref().is_none_or(|(before, _)| holds && !before) {
                    one.found = Some((holds, count.known(path)));
                }
            }
        }
    }

    /// Decides the claims whose files say how many there are.
    pub(super) fn settle(self, checked: &mut [Checked]) {
        for one in self.wanted {
            let (Some((holds, known)), Some(checked)) = (one.found, checked.get_mut(one.claim)) else { continue };
            checked.verdict = if holds { Verdict::Supported } else { Verdict::Contradicted };
            checked.reason = format!("the {} is {}", known.name, shown(&known));
            checked.fact = Some(known);
        }
    }
}

/// A count of a file.
struct Count {
    /// The words of what is counted; of the rows none.
    of: Vec<String>,
    what: String,
    at: String,
    n: f64,
}

impl Count {
    fn is_of(&self, noun: &[String]) -> bool {
        if self.of.is_empty() {
            return noun.last().is_some_and(|last| ROWS.contains(&last.as_str()));
        }
        let rest = self.of.iter().filter(|word| !noun.contains(word));
        noun.iter().all(|word| self.of.contains(word)) && rest.count() == self.beside(noun)
    }

    fn beside(&self, noun: &[String]) -> usize {
        self.of.iter().filter(|word| !noun.contains(word) && BESIDE.contains(&word.as_str())).count()
    }

    fn known(&self, path: &str) -> Known {
        Known {
            id: None,
            name: format!("{} of {path}", self.what),
            value: self.n,
            unit: Unit::new("count"),
            path: Some(path.to_owned()),
            at: Some(self.at.clone()).filter(|at| !at.is_empty()),
        }
    }
}

fn plain_words(text: &str) -> Vec<String> {
    words::words(text).into_iter().map(|word| word.text).collect()
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn of_table(text: &str) -> Vec<Count> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let Ok(head) = reader.headers().cloned() else { return Vec::new() };
    let mut different: Vec<HashSet<String>> = vec![HashSet::new(); head.len()];
    let (mut rows, mut row) = (0u64, csv::StringRecord::new());
    while let Ok(true) = reader.read_record(&mut row) {
        rows += 1;
        for (cell, seen) in row.iter().zip(&mut different) {
            if seen.len() <= DIFFERENT && !seen.contains(cell) {
                seen.insert(cell.to_owned());
            }
        }
    }
    let mut counts = vec![Count { of: Vec::new(), what: "number of rows".into(), at: String::new(), n: rows as f64 }];
    let columns = head.iter().zip(&different).filter(|(_, seen)| seen.len() <= DIFFERENT);
    counts.extend(columns.map(|(name, seen)| Count {
        of: plain_words(name),
        what: format!("number of different values of `{name}`"),
        at: format!("column {name}"),
        n: seen.len() as f64,
    }));
    // A column without a name is not what the rows are.
    let mut first = true;
    counts.retain(|count| std::mem::take(&mut first) || !count.of.is_empty());
    counts
}

/// The whole numbers of an object and the lengths of its lists and objects, by their keys. Depth is what the reader of JSON lets pass (128).
#[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn of_value(value: &Value) -> Vec<Count> {
    let mut counts = Vec::new();
    let mut open = vec![(value, "$".to_owned())];
    while let Some((value, path)) = open.pop() {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let path = format!("{path}.{key}");
                    let (what, n) = match value {
                        Value::Array(list) => ("length", Some(list.len() as f64)),
                        Value::Object(object) => ("length", Some(object.len() as f64)),
                        value => ("value", value.as_u64().map(|n| n as f64)),
                    };
                    let of = plain_words(key);
                    if let Some(n) = n.filter(|_| !of.is_empty()) {
                        counts.push(Count { of, what: format!("{what} of `{key}`"), at: path.clone(), n });
                    }
                    open.push((value, path));
                }
            }
            Value::Array(list) => {
                open.extend(list.iter().enumerate().map(|(at, value)| (value, format!("{path}[{at}]"))));
            }
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(counts: &[Count], noun: &str) -> Vec<f64> {
        counts.iter().filter(|count| count.is_of(&plain_words(noun))).map(|count| count.n).collect()
    }

    #[test]
    fn a_table_counts_its_rows_and_what_its_columns_tell_apart() {
        let table = of_table("model,prompt_index,prompt_eval_s\na,1,0.5\na,2,0.6\nb,1,0.7\n");
        assert_eq!(counted(&table, "runs"), [3.0]);
        assert_eq!((counted(&table, "models"), counted(&table, "prompts")), (vec![2.0], vec![2.0]));
        assert_eq!(counted(&table, "backends"), Vec::<f64>::new());
    }

    #[test]
    fn a_document_states_counts_and_has_lengths() {
        let value =
            serde_json::json!({"settings": {"runs": 10, "warmup_runs": 3}, "backends": {"eager": {}, "jit": {}}});
        let counts = of_value(&value);
        assert_eq!((counted(&counts, "runs"), counted(&counts, "warmup runs")), (vec![10.0], vec![3.0]));
        assert_eq!(counted(&counts, "backends"), [2.0]);
    }
}
