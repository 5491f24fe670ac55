//! JUnit XML: the time of each test case, in seconds.
//!
//! Many tools write it; what all agree on is `testsuite` with a name, and `testcase` with `name`, `classname` and `time`. A case that
//! failed, erred or was skipped has no time to believe. The sums on suites repeat their cases.
//! Source: <https://github.com/testmoapp/junitxml>.

use super::markup::{Kind, Tag, tags};
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, error, lower};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Document, RowAt};

pub(super) struct Junit;

const SUITE: Field = case("testsuite");
const CLASS: Field = case("classname");
const NAME: Field = case("name");
const TIME: Field = lower("time", "time", "s");
const FAILURE: Field = error("failure");
const STARTED: Field = field::time("timestamp");

impl Format for Junit {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["junit"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.trim_start().starts_with('<') && head.contains("<testsuite") && head.contains("<testcase ")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let (mut suite, mut started, mut line) = (String::new(), String::new(), 1);
        for tag in tags(source.text) {
            match (tag.name, tag.kind) {
                ("testsuite", Kind::Open) => {
                    suite = tag.attribute("name").unwrap_or_default();
                    started = tag.attribute("timestamp").unwrap_or_default();
                }
                ("testcase", Kind::Open | Kind::Empty) => {
                    line = tag.line;
                    record = begin(&mut sheet, &tag, &suite, &started);
                    if tag.kind == Kind::Empty {
                        sheet.push_at(std::mem::take(&mut record), RowAt::Line(line), Some(1));
                    }
                }
                ("testcase", Kind::Close) => sheet.push_at(std::mem::take(&mut record), RowAt::Line(line), Some(1)),
                ("failure" | "error" | "skipped", Kind::Open | Kind::Empty) => {
                    let message = tag.attribute("message").filter(|message| !message.trim().is_empty());
                    sheet.put(&mut record, tag.line, &FAILURE, &message.unwrap_or_else(|| tag.name.to_owned()));
                }
                _ => {}
            }
        }
        Ok(sheet.finish("junit"))
    }
}

fn begin(sheet: &mut Sheet, tag: &Tag<'_>, suite: &str, started: &str) -> Record {
    let mut record = Record::default();
    let class = tag.attribute("classname").unwrap_or_default();
    // Most tools repeat the suite's name in the class.
    sheet.put(&mut record, tag.line, &SUITE, if class.starts_with(suite) { "" } else { suite });
    sheet.put(&mut record, tag.line, &CLASS, &class);
    sheet.put(&mut record, tag.line, &NAME, &tag.attribute("name").unwrap_or_default());
    sheet.put(&mut record, tag.line, &STARTED, started);
    if let Some(time) = tag.attribute("time") {
        sheet.put(&mut record, tag.line, &TIME, &time.replace(',', ""));
    }
    record
}
