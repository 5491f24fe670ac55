//! PHPBench: the XML of `phpbench run --dump-file`.
//!
//! All times are microseconds for one revolution, memory is bytes. A variant is a case with its parameters; `iteration` elements are
//! its samples, `stats` what they come to (`rstdev` in percent). A `suite` is one execution with its time and commit.
//! Source: <https://phpbench.readthedocs.io/en/latest/>, `lib/Serializer/XmlEncoder.php`.

use super::markup::{Kind, Tag, tags};
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, lower, neutral, param, samples};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};

pub(super) struct PhpBench;

const CASE: Field = case("subject");
const DATE: Field = field::time("date");
const COMMIT: Field = field::commit("version");
const COUNT: Field = samples("iterations");
const STATS: &[Field] = &[
    lower("mean", "time", "us").stat("mean"),
    lower("mode", "time_mode", "us"),
    lower("min", "time", "us").stat("min"),
    lower("max", "time", "us").stat("max"),
    neutral("stdev", "time", "us").stat("std"),
    neutral("rstdev", "time", "percent").stat("other"),
];
const ITERATION: &[Field] = &[
    lower("time-avg", "time", "us"),
    lower("mem-peak", "peak_memory", "bytes"),
    lower("mem-real", "real_memory", "bytes"),
];

impl Format for PhpBench {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["phpbench"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.trim_start().starts_with('<') && head.contains("<phpbench") && head.contains("<suite")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut reader = Reader::default();
        for tag in tags(source.text) {
            reader.tag(&tag);
        }
        Ok(reader.sheet.finish("phpbench"))
    }
}

/// Where the reader is in the tree.
#[derive(Default)]
struct Reader {
    sheet: Sheet,
    part: u32,
    date: String,
    commit: String,
    class: String,
    subject: String,
    params: Vec<(String, String)>,
    iterations: usize,
}

impl Reader {
    fn tag(&mut self, tag: &Tag<'_>) {
        let said = |name: &str| tag.attribute(name).unwrap_or_default();
        match (tag.name, tag.kind) {
            ("suite", Kind::Open) => {
                self.part += 1;
                self.date = said("date");
                self.commit.clear();
            }
            ("vcs", Kind::Open | Kind::Empty) => self.commit = said("version"),
            ("benchmark", Kind::Open) => self.class = said("class").trim_start_matches('\\').to_owned(),
            ("subject", Kind::Open) => self.subject = said("name"),
            ("variant", Kind::Open) => {
                self.params.clear();
                self.iterations = 0;
            }
            ("parameter", Kind::Empty | Kind::Open) if tag.attribute("value").is_some() => {
                self.params.push((said("name"), said("value")));
            }
            ("iteration", Kind::Empty | Kind::Open) => {
                self.iterations += 1;
                self.record(tag, ITERATION);
            }
            ("stats", Kind::Empty | Kind::Open) => self.record(tag, STATS),
            _ => {}
        }
    }

    fn record(&mut self, tag: &Tag<'_>, fields: &[Field]) {
        let mut record = Record::default();
        self.sheet.put(&mut record, tag.line, &CASE, &format!("{}::{}", self.class, self.subject));
        self.sheet.put(&mut record, tag.line, &DATE, &self.date);
        self.sheet.put(&mut record, tag.line, &COMMIT, &self.commit);
        for (name, value) in &self.params {
            self.sheet.put_as(&mut record, tag.line, name, param("*", "*").role(name), Cell::Text(value.clone()));
        }
        if tag.name == "stats" {
            self.sheet.put(&mut record, tag.line, &COUNT, &self.iterations.to_string());
        }
        for field in fields {
            if let Some(value) = tag.attribute(field.key).filter(|value| !value.is_empty()) {
                self.sheet.put(&mut record, tag.line, field, &value);
            }
        }
        self.sheet.push_at(record, RowAt::Line(tag.line), Some(self.part));
    }
}
