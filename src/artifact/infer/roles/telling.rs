//! What tells a column that says what a row is about from one that says what came of it: its place, its cells and its neighbours.

use super::Decider;
use crate::artifact::infer::names::{self, snake};
use crate::artifact::infer::profile::profile;
use crate::artifact::infer::vocabulary::{self, Word};
use crate::artifact::table::{Layout, Origin};

impl Decider<'_> {
    /// Whether this is one of the columns that tell a table's rows apart: several values, left of the first metric.
    pub(super) fn varies_before_results(&self) -> bool {
        let first = self.table.rows.first().map(|row| row.cell(self.index).text());
        self.table.layout != Layout::Root
            && !self.metric_seen
            && self.column.parents.is_empty()
            && self.table.rows.iter().any(|row| Some(row.cell(self.index).text()) != first)
    }

    /// Whether a number of things says how much work there was rather than what came of it.
    pub(super) fn asked_for(&self, name: &str) -> bool {
        let work = ["record", "operation", "message", "packet", "image", "event", "item", "cell", "request", "row"];
        let last = name.strip_suffix("_count").unwrap_or(name).rsplit('_').next().unwrap_or_default();
        let came_of_it = |word: &str| word.ends_with("ed") || word == "total" || vocabulary::TROUBLE.contains(&word);
        work.contains(&last.strip_suffix('s').unwrap_or(last))
            && !name.split('_').any(came_of_it)
            && self.varies_before_results()
    }

    /// Whether this is a setting that was tried at several values: `resolution`, `target_qps`.
    pub(super) fn swept(&self, name: &str) -> bool {
        vocabulary::is_tunable(name) && self.profile.lists == 0 && self.varies_before_results()
    }

    /// Whether an identifier says in words what was measured: `prompt_id` of `short`, `long`; those that programs make have digits.
    pub(super) fn is_labelled(&self, name: &str) -> bool {
        let words = |text: &str| !text.is_empty() && !text.bytes().any(|b| b.is_ascii_digit());
        name.ends_with("_id")
            && self.profile.longest <= 60
            && self.varies_before_results()
            && self.table.rows.iter().take(2000).all(|row| words(&row.cell(self.index).text()))
    }

    /// Whether keys with letters tell the records apart, not places in a list.
    pub(super) fn keyed_by_words(&self) -> bool {
        let key = self.table.columns.iter().position(|column| column.origin == Origin::Key);
        let words = |index: usize| {
            self.table.rows.iter().take(20).all(|row| row.cell(index).text().chars().any(char::is_alphabetic))
        };
        key.is_some_and(words)
    }

    /// Whether another column numbers what went well.
    pub(super) fn beside_successes(&self) -> bool {
        self.table.columns.iter().enumerate().any(|(index, column)| {
            let well = matches!(snake(&column.name).as_str(), "ok" | "success" | "successful" | "succeeded" | "passed");
            well && index != self.index && profile(self.table, index, false).numbers > 0
        })
    }

    /// Whether some other column may hold the values of metrics that the rows name: not if all of them name quantities themselves.
    pub(super) fn others_are_values(&self) -> bool {
        self.table.columns.iter().any(|column| {
            let name = names::parse(&column.name);
            let words: Vec<&str> = name.base.split('_').collect();
            let worded = vocabulary::lookup(&column.name, &snake(&column.name));
            worded == Some(Word::Value)
                || worded.is_none()
                    && column.origin == Origin::Own
                    && (name.bare || self.lexicon.lookup(&words, name.unit.as_ref()).is_none())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::artifact::{Input, Outcome, Parsed, Settings, parse};
    use crate::domain::artifact::RelPath;

    fn parsed(path: &str, text: &str) -> Parsed {
        match parse(&Input { path: &RelPath::new(path.as_bytes()), bytes: text.as_bytes() }, &Settings::default()) {
            Outcome::Parsed(parsed) => parsed,
            other => panic!("{path}: {other:?}"),
        }
    }

    /// `case name=value … | metric` of every reading.
    fn told(path: &str, text: &str) -> Vec<String> {
        let told = |r: &crate::artifact::Reading| {
            let params: Vec<String> = r.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {} | {}", r.case, params.join(" "), r.metric)
        };
        parsed(path, text).readings.iter().map(told).collect()
    }

    #[test]
    fn what_was_asked_for_tells_rows_apart() {
        let rows = "op,Record Count,took_s\ninsert,10,0.25\ninsert,1000,1.5\n";
        assert_eq!(told("a.csv", rows), ["insert record_count=10 | took", "insert record_count=1000 | took"]);
        let rows = "resolution,blur_ms\n512x512,1.5\n1024x1024,6.5\n";
        assert_eq!(told("a.csv", rows), [" resolution=512x512 | blur", " resolution=1024x1024 | blur"]);
    }

    #[test]
    fn identifiers_in_words_are_labels_and_those_with_digits_are_none() {
        let rows = "prompt_id,ttft_s\nshort,0.5\nlong,1.5\n";
        assert_eq!(told("a.csv", rows), [" prompt_id=short | ttft", " prompt_id=long | ttft"]);
        let rows = "request_id,ttft_s\na1f,0.5\nb2e,1.5\n";
        assert_eq!(told("a.csv", rows), ["  | ttft", "  | ttft"]);
    }

    #[test]
    fn errors_beside_successes_are_a_number_and_no_failure() {
        let with = parsed("a.json", r#"[{"test": "get", "ok": 90, "err": 10, "p50_ms": 1.5}]"#);
        assert!(with.readings.iter().any(|r| r.field == "p50_ms"), "{:?}", with.readings);
        let without = parsed("a.json", r#"[{"test": "get", "err": 10, "p50_ms": 1.5}]"#);
        assert!(without.readings.iter().all(|r| r.field != "p50_ms"), "{:?}", without.readings);
    }

    #[test]
    fn precision_is_a_score_where_it_has_decimals() {
        let scores = "model,recall,precision\nknn,0.25,0.875\ntree,0.5,0.75\n";
        assert!(told("a.csv", scores).contains(&" model=knn | precision".to_owned()));
        let bits = "model,precision,took_s\nnet,16,0.5\nnet,32,0.75\n";
        assert_eq!(told("a.csv", bits), [" model=net precision=16 | took", " model=net precision=32 | took"]);
    }

    #[test]
    fn lists_under_keys_are_samples_of_what_the_keys_name() {
        let text = r#"{"encode": {"fast": [0.5, 0.25], "slow": [1.5, 1.25]}, "decode": {"fast": [0.75, 0.5], "slow": [2.5, 2.25]}}"#;
        let found = told("a.json", text);
        assert!(
            found.contains(&"encode  | fast".to_owned()) && found.contains(&"decode  | slow".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn keys_of_two_levels_are_both_kept() {
        let text = r#"{"operations": {"open": {"libraries": {"a": {"time": 0.5}, "b": {"time": 1.5}}},
            "text": {"libraries": {"a": {"time": 2.5}, "b": {"time": 3.5}}}}}"#;
        let found: std::collections::BTreeSet<String> = told("a.json", text).into_iter().collect();
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn a_log_of_a_service_holds_no_results() {
        let log = "{\"level\":\"info\",\"msg\":\"request\",\"duration_ms\":12.5}\n{\"level\":\"warn\",\"msg\":\"slow\",\"duration_ms\":801.5}\n";
        assert!(parsed("a.jsonl", log).readings.is_empty());
        let results = "{\"level\":\"3\",\"msg\":\"zstd\",\"duration_ms\":12.5}\n{\"level\":\"9\",\"msg\":\"zstd\",\"duration_ms\":80.5}\n";
        assert!(!parsed("a.jsonl", results).readings.is_empty());
    }

    #[test]
    fn a_number_behind_the_unit_belongs_to_the_name() {
        let found = parsed("a.json", r#"[{"engine": "x", "infer_ms_224": 1.5}, {"engine": "y", "infer_ms_224": 2.5}]"#);
        assert_eq!(found.readings.first().map(|r| r.unit.to_string()), Some("ms".to_owned()));
    }
}
