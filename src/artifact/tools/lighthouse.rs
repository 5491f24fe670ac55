//! Lighthouse: the JSON report of one page, also within an answer of PageSpeed Insights.
//!
//! Categories are scores from 0 to 1. Of the audits only those that measure are read: their `numericValue` is in the unit that
//! `numericUnit` names (milliseconds, bytes, elements; none for the layout shift). Audits that pass or fail are no measurements.
//! Source: <https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md>.

use serde_json::Value;

use super::JsonTool;
use crate::artifact::field::{self, Field, case, param};
use crate::artifact::format::{Source, scalar_cell};
use crate::artifact::infer::names::snake;
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Lighthouse;

const URL: Field = case("requestedUrl");
const FORM: Field = param("formFactor", "form_factor");
/// Audits that measure, and the unit of those whose report names none (before version 7).
const AUDITS: &[(&str, &str)] = &[
    ("first-contentful-paint", "ms"),
    ("largest-contentful-paint", "ms"),
    ("first-meaningful-paint", "ms"),
    ("speed-index", "ms"),
    ("total-blocking-time", "ms"),
    ("max-potential-fid", "ms"),
    ("interaction-to-next-paint", "ms"),
    ("interactive", "ms"),
    ("cumulative-layout-shift", "-"),
    ("server-response-time", "ms"),
    ("mainthread-work-breakdown", "ms"),
    ("bootup-time", "ms"),
    ("total-byte-weight", "bytes"),
    ("dom-size", "count"),
];

impl JsonTool for Lighthouse {
    fn name(&self) -> &'static str {
        "lighthouse"
    }

    fn recognises(&self, value: &Value) -> bool {
        let report = value.get("lighthouseResult").unwrap_or(value);
        report.get("lighthouseVersion").is_some()
            && report.get("audits").is_some_and(Value::is_object)
            && report.get("categories").is_some_and(Value::is_object)
    }

    fn read(&self, value: &Value, _source: &Source<'_>) -> Document {
        let (report, at) = match value.get("lighthouseResult") {
            Some(report) => (report, "$.lighthouseResult"),
            None => (value, "$"),
        };
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let url = report.get("requestedUrl").or_else(|| report.get("finalUrl")).map(scalar_cell).unwrap_or_default();
        sheet.put_json(&mut record, ".requestedUrl", &URL, url);
        let form = report.pointer("/configSettings/formFactor").map(scalar_cell).unwrap_or_default();
        sheet.put_json(&mut record, ".configSettings.formFactor", &FORM, form);
        for (id, category) in report.get("categories").and_then(Value::as_object).into_iter().flatten() {
            if let Some(score) = category.get("score").filter(|score| score.is_number()) {
                let key = format!("categories.{id}.score");
                let role = field::metric(&format!("{}_score", snake(id)), "", "-", Direction::Higher);
                sheet.put_json_as(&mut record, &format!(".{key}"), &key, role, scalar_cell(score));
            }
        }
        for (id, unit) in AUDITS {
            let Some(audit) = report.pointer(&format!("/audits/{id}")) else { continue };
            if let Some(number) = audit.get("numericValue").filter(|number| number.is_number()) {
                let unit = match audit.get("numericUnit").and_then(Value::as_str) {
                    Some("millisecond") => "ms",
                    Some("byte") => "bytes",
                    Some("element") => "count",
                    _ => unit,
                };
                let role = field::metric(&snake(id), "", unit, Direction::Lower);
                let path = format!(".audits[\"{id}\"].numericValue");
                sheet.put_json_as(&mut record, &path, id, role, scalar_cell(number));
            }
        }
        sheet.push_at(record, RowAt::Json(at.to_owned()), Some(1));
        let mut document = sheet.finish(self.name());
        let time = report.get("fetchTime").or_else(|| report.get("generatedTime"));
        document.constants.extend(time.map(|time| (vec!["started_at".to_owned()], scalar_cell(time))));
        document
    }
}
