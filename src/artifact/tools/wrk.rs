//! wrk: its summary, one or many in a file.
//!
//! ```text
//! Running 30s test @ http://127.0.0.1:8080/
//!   12 threads and 400 connections
//!   Thread Stats   Avg      Stdev     Max   +/- Stdev
//!     Latency   635.91us    0.89ms  12.92ms   93.69%
//!     Req/Sec    56.20k     8.07k   62.00k    86.54%
//!   22464657 requests in 30.00s, 17.76GB read
//! Requests/sec: 748868.53
//! Transfer/sec:    606.33MB
//! ```
//!
//! Every number names its unit. Source: <https://github.com/wg/wrk#basic-usage>.

use crate::artifact::Settings;
use crate::artifact::field::{Field, case, higher, lower, metric, param};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::series::Direction;

pub(super) struct Wrk;

const URL: Field = case("url");
const THREADS: Field = param("threads", "threads");
const CONNECTIONS: Field = param("connections", "connections");
const LATENCY: &[Field] = &[
    lower("Latency Avg", "latency", ""),
    lower("Latency Stdev", "latency", "").stat("std"),
    lower("Latency Max", "latency", "").stat("max"),
];
const REQUESTS: Field = higher("Requests/sec", "requests_per_second", "req/s");
const TRANSFER: Field = higher("Transfer/sec", "transfer", "");

impl Format for Wrk {
    fn name(&self) -> &'static str {
        "text"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        head.contains("Thread Stats") && head.contains("Running ") && head.contains(" test @ ")
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut sheet = Sheet::default();
        let mut record = Record::default();
        let mut part = 0;
        for (number, line) in source.lines() {
            if let Some((_, url)) = line.trim().strip_prefix("Running ").and_then(|l| l.split_once(" test @ ")) {
                sheet.push(std::mem::take(&mut record), Some(part));
                part += 1;
                sheet.put(&mut record, number, &URL, url.trim());
            } else {
                read_line(&mut sheet, &mut record, number, line.trim());
            }
        }
        sheet.push(record, Some(part));
        Ok(sheet.finish("wrk"))
    }
}

fn read_line(sheet: &mut Sheet, record: &mut Record, number: u32, line: &str) {
    if let Some((threads, connections)) = line.strip_suffix(" connections").and_then(|l| l.split_once(" threads and "))
    {
        sheet.put(record, number, &THREADS, threads);
        sheet.put(record, number, &CONNECTIONS, connections);
    } else if let Some(figures) = line.strip_prefix("Latency ").filter(|rest| !rest.contains("Distribution")) {
        for (field, text) in LATENCY.iter().zip(figures.split_whitespace()) {
            sheet.put(record, number, field, text);
        }
    } else if let Some(rate) = line.strip_prefix("Requests/sec:") {
        sheet.put(record, number, &REQUESTS, rate.trim());
    } else if let Some(rate) = line.strip_prefix("Transfer/sec:") {
        sheet.put(record, number, &TRANSFER, &format!("{}/s", rate.trim()));
    } else if let Some((rank, text)) = line.split_once('%').filter(|(rank, _)| rank.parse::<f64>().is_ok()) {
        let role = metric("latency", rank, "", Direction::Lower);
        sheet.put_as(record, number, &format!("{rank}%"), role, Cell::Text(text.trim().to_owned()));
    }
}
