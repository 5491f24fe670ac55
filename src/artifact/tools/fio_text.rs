//! fio: the report that it prints, of versions 2 and 3, one or many in a log.
//!
//! ```text
//! randread: (g=0): rw=randread, bs=4K-4K/4K-4K/4K-4K, ioengine=libaio, iodepth=16
//! fio-2.2.10
//! randread: (groupid=0, jobs=8): err= 0: pid=2197: Fri Apr  7 20:46:44 2017
//!   read : io=960520KB, bw=3999.2KB/s, iops=999, runt=240131msec
//!     clat (usec): min=802, max=252628, avg=127966.52, stdev=3489.05
//!     clat percentiles (msec):
//!      |  1.00th=[  128], 99.00th=[  131]
//!   cpu          : usr=0.13%, sys=0.31%, ctx=238697, majf=0, minf=201
//! ```
//!
//! fio 3 writes `read: IOPS=17.5k, BW=68.4MiB/s (71.7MB/s)(4096MiB/59898msec)`. The unit of times stands in parentheses and differs
//! from line to line. Latencies belong to the direction above them. A job that is defined after results begins another execution. The
//! run status of a group is the sum of its jobs, and shares of depths and latencies are no metrics.
//! Source: <https://fio.readthedocs.io/en/latest/fio_doc.html#interpreting-the-output>.

use jiff::civil::DateTime;

use super::blocks::rank;
use crate::artifact::Settings;
use crate::artifact::field::{Field, case, count, metric, neutral, param, time};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::Direction;

pub(super) struct Text;

const JOB: Field = case("job");
const TIME: Field = time("time");
const JOBS: Field = param("jobs", "numjobs");
const DEFINITION: [Field; 4] =
    [param("rw", "rw"), param("bs", "bs"), param("ioengine", "ioengine"), param("iodepth", "iodepth")];
const CPU: &[Field] = &[
    neutral("cpu usr", "cpu_usr", "percent"),
    neutral("cpu sys", "cpu_sys", "percent"),
    count("cpu ctx", "context_switches"),
    count("cpu majf", "major_faults"),
    count("cpu minf", "minor_faults"),
];

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["fio"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let head = source.head();
        source.hint != Some(ArtifactKind::Json)
            && head.contains(": (groupid=")
            && head.contains("err=")
            && (head.contains("bw=") || head.contains("BW="))
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let mut report = Report::default();
        for (number, line) in source.lines() {
            report.line(number, line.trim());
        }
        report.end_job();
        Ok(report.sheet.finish("fio"))
    }
}

#[derive(Default)]
struct Report<'s> {
    sheet: Sheet,
    record: Record,
    /// A job's report has begun.
    in_job: bool,
    /// The jobs of this execution as they were defined: name, line, definition.
    defined: Vec<(&'s str, u32, &'s str)>,
    part: u32,
    /// Which direction the latencies are of.
    direction: &'s str,
    /// Unit of the percentiles that follow, and of which latency they are.
    percentiles: Option<(&'s str, &'s str)>,
}

impl<'s> Report<'s> {
    fn line(&mut self, number: u32, line: &'s str) {
        if let Some((name, definition)) = line.split_once(": (g=") {
            if !self.defined.is_empty() && self.in_job {
                self.end_job();
                self.defined.clear();
                self.part = self.part.saturating_add(1);
            }
            self.defined.push((name, number, definition));
        } else if let Some((name, head)) = line.split_once(": (groupid=") {
            self.end_job();
            self.begin_job(number, name, head);
        } else if line.starts_with("Run status group") {
            self.percentiles = None;
        } else if self.in_job {
            self.figures(number, line);
        }
    }

    fn end_job(&mut self) {
        let record = std::mem::take(&mut self.record);
        if std::mem::take(&mut self.in_job) {
            self.sheet.push(record, Some(self.part));
        }
        self.percentiles = None;
        self.direction = "";
    }

    fn begin_job(&mut self, number: u32, name: &str, head: &str) {
        self.in_job = true;
        self.sheet.put(&mut self.record, number, &JOB, name);
        if let Some((_, jobs)) = head.split_once("jobs=") {
            let digits = jobs.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            self.sheet.put(&mut self.record, number, &JOBS, digits);
        }
        let written = head.split_once("pid=").and_then(|(_, rest)| rest.split_once(": "));
        let written = written.and_then(|(_, at)| DateTime::strptime("%a %b %e %H:%M:%S %Y", at.trim()).ok());
        if let Some(at) = written {
            self.sheet.put(&mut self.record, number, &TIME, &at.to_string());
        }
        if let Some((_, number, definition)) = self.defined.iter().find(|(known, ..)| *known == name) {
            for field in &DEFINITION {
                if let Some(value) = option(definition, field.key) {
                    self.sheet.put(&mut self.record, *number, field, value);
                }
            }
        }
    }

    fn figures(&mut self, number: u32, line: &'s str) {
        if line.starts_with('|') {
            self.percentile_row(number, line);
            return;
        }
        let Some((label, figures)) = line.split_once(':') else { return };
        let (name, unit) = match label.trim().split_once('(') {
            Some((name, unit)) => (name.trim(), unit.trim_end_matches(')').trim()),
            None => (label.trim(), ""),
        };
        match name {
            "read" | "write" | "trim" | "mixed" => {
                self.direction = name;
                self.rates(number, figures);
            }
            "clat percentiles" => self.percentiles = Some(("clat", unit)),
            "lat percentiles" => self.percentiles = Some(("lat", unit)),
            "slat percentiles" => self.percentiles = Some(("slat", unit)),
            "slat" | "clat" | "lat" if figures.contains("min=") => {
                self.stats(number, name, (name, unit, Direction::Lower), figures)
            }
            "bw" => {
                let unit: String = unit.split_whitespace().collect();
                self.stats(number, "bw", ("sampled_bw", &unit, Direction::Higher), figures);
            }
            "iops" => self.stats(number, "iops", ("sampled_iops", "ops/s", Direction::Higher), figures),
            "cpu" => {
                for (field, text) in CPU.iter().filter_map(|f| Some((f, value(figures, f.key.split(' ').nth(1)?)?))) {
                    self.sheet.put(&mut self.record, number, field, text);
                }
            }
            _ => {}
        }
    }

    /// `io=960520KB, bw=3999.2KB/s, iops=999, runt=240131msec` or `IOPS=17.5k, BW=68.4MiB/s (71.7MB/s)(…)`.
    fn rates(&mut self, number: u32, figures: &str) {
        for (key, old, new, unit) in [("iops", "iops", "IOPS", "ops/s"), ("bw", "bw", "BW", "")] {
            let Some(text) = value(figures, old).or_else(|| value(figures, new)) else { continue };
            let text = text.split('(').next().unwrap_or_default();
            self.put(number, key, (key, "", unit, Direction::Higher), text);
        }
    }

    /// `min=1, max=23035, avg=18.15, stdev=138.72`; `of` is the quantity, its unit and which way is good.
    fn stats(&mut self, number: u32, name: &str, of: (&str, &str, Direction), figures: &str) {
        for (key, stat) in [("avg", "mean"), ("min", "min"), ("max", "max"), ("stdev", "std")] {
            if let Some(text) = value(figures, key) {
                self.put(number, &format!("{name} {key}"), (of.0, stat, of.1, of.2), text);
            }
        }
    }

    /// `|  1.00th=[  128],  5.00th=[  128],`
    fn percentile_row(&mut self, number: u32, line: &str) {
        let Some((name, unit)) = self.percentiles else { return };
        for (label, text) in line.split("],").filter_map(|pair| pair.trim_matches(['|', ' ', ']']).split_once("=[")) {
            if let Some(rank) = label.trim().strip_suffix("th").and_then(rank) {
                self.put(number, &format!("{name} {}", label.trim()), (name, &rank, unit, Direction::Lower), text);
            }
        }
    }

    /// Puts a figure of the current direction; `of` is quantity, statistic, unit and which way is good.
    fn put(&mut self, line: u32, key: &str, of: (&str, &str, &str, Direction), text: &str) {
        let (base, stat, unit, good) = of;
        let direction = self.direction;
        let role = metric(&format!("{direction}_{base}"), stat, unit, good);
        self.sheet.put_as(
            &mut self.record,
            line,
            &format!("{direction} {key}"),
            role,
            Cell::Text(text.trim().to_owned()),
        );
    }
}

/// The value of `key=` in a list separated by commas.
fn value<'l>(list: &'l str, key: &str) -> Option<&'l str> {
    list.split(',').find_map(|pair| pair.trim().strip_prefix(key)?.strip_prefix('=')).map(str::trim)
}

/// The value of an option in a job's definition; that of `bs` has commas itself: `bs=(R) 4096B-4096B, (W) …, ioengine=…`.
fn option<'l>(definition: &'l str, key: &str) -> Option<&'l str> {
    let (_, behind) = definition.split_once(&format!("{key}="))?;
    let end = behind.find('=').and_then(|next| behind.get(..next)?.rfind(',')).unwrap_or(behind.len());
    behind.get(..end).map(str::trim)
}
