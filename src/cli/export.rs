//! `export [PATTERN]`: the values of series for other programs, as CSV or as JSON Lines.
//!
//! Rows are written as they are read, so an index of any size goes through. Values are written so that they read back to the very same
//! number, in the unit of their series. CSV is that of RFC 4180, with a header and CRLF. It fails (exit code 3) where there is no index and
//! where the file cannot be written, which then is as it was before.

use std::cell::Cell;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{EXIT_USAGE, Place, file, meant, moment, output, setup};
use crate::clock::{Clock, SystemClock};
use crate::daemon::context::Settings;
use crate::domain::series::{Direction, SeriesKey};
use crate::store::{ExportRow, Store};
use crate::watch::locate;

/// What stands below the options.
pub const HELP: &str = "\
Columns: benchmark, case, params (a JSON object), metric, unit, direction (lower, higher, neutral), environment, time (RFC 3339, UTC), value
(in the unit, to its last digit), n (samples behind it), commit, host, path and cell (where it stands), excluded (it has no part in histories).

  chimera-insight export ttft > ttft.csv
  chimera-insight export --since 30d --format jsonl -o values.jsonl

Text goes out as it is. A spreadsheet takes what begins with = + - or @ for a formula, also out of a file that anybody can write:
--spreadsheet sets an apostrophe before such text. Exit codes: 0 well, 2 usage, 3 failure, 78 bad configuration.";

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only series whose name, as it is or as `series` shows it, contains this, in any case
    pub pattern: Option<String>,
    /// Only runs from then on: 7d, 2026-12-01, or 2026-12-01T08:00:00+01:00 (without an offset in UTC)
    #[arg(long, value_name = "TIME", value_parser = moment::or_ago)]
    pub since: Option<moment::Since>,
    /// How to write
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// JSON Lines, as --format jsonl
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Set an apostrophe before text that a spreadsheet would take for a formula (CSV)
    #[arg(long, conflicts_with = "json")]
    pub spreadsheet: bool,
    /// Write to this file, whole or not at all, rather than to standard output; one that is there already is left as it is
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file of --output where it is there
    #[arg(long, requires = "output")]
    pub force: bool,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180)
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// Writes the values of series.
pub fn export(args: &ExportArgs) -> Result<u8> {
    if args.spreadsheet && args.is_jsonl() {
        eprintln!(
            "chimera-insight: --spreadsheet is for CSV: no spreadsheet reads JSON Lines; leave out one of the two"
        );
        return Ok(EXIT_USAGE);
    }
    let settings = setup::look(&args.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let Some(path) = args.output.as_deref().filter(|path| !file::is_stdout(path)) else {
        let mut out = BufWriter::new(io::stdout().lock());
        return match written(args, &settings, &store, &mut out)? {
            Ok(told) => {
                told.complain(args);
                Ok(0)
            }
            Err(failed) => output::forgive(Err(failed)).map(|()| 0),
        };
    };
    let whole = std::path::absolute(path).with_context(|| format!("find {}", path.display()))?;
    if locate(&settings.tree.roots, &whole).is_some() {
        bail!("{} is below a watched directory, where it would be read as results; write it elsewhere", path.display());
    }
    let told = file::write(path, args.force, |out| Ok(written(args, &settings, &store, out)??))?;
    told.complain(args);
    eprintln!("{} values in {}", told.rows, output::plain(&path.display().to_string()));
    Ok(0)
}

impl ExportArgs {
    fn is_jsonl(&self) -> bool {
        self.json || self.format == Format::Jsonl
    }
}

/// How much went out.
struct Told {
    series: u64,
    rows: u64,
}

impl Told {
    /// Says on standard error why there is nothing, where there is nothing: a header alone does not.
    fn complain(&self, args: &ExportArgs) {
        let wanted = output::plain(args.pattern.as_deref().unwrap_or(""));
        match (self.series, self.rows) {
            (0, _) if wanted.is_empty() => eprintln!("chimera-insight: the index knows no series yet"),
            (0, _) => eprintln!(
                "chimera-insight: no series has “{wanted}” in its name; `chimera-insight series` lists those there are"
            ),
            (_, 0) => eprintln!("chimera-insight: no value of these series is from then on"),
            _ => {}
        }
    }
}

/// The inner failure is that of writing.
fn written(args: &ExportArgs, settings: &Settings, store: &Store, out: impl Write) -> Result<io::Result<Told>> {
    let since = args.since.map(|since| since.before(SystemClock.now()));
    let pattern = args.pattern.as_deref().unwrap_or("");
    let known = Cell::new(0);
    let wanted = |series: &SeriesKey| {
        let is_meant = meant::holds(series, pattern);
        known.set(known.get() + u64::from(is_meant));
        is_meant
    };
    let mut writer = Writer::new(args, out);
    let mut done = writer.header();
    let rows = store.export(wanted, since, |series, direction, row| {
        let mut direction = direction;
        settings.kept.overrides.direct(series, &mut direction);
        if done.is_ok() {
            done = writer.row(series, direction, row);
        }
        done.is_ok()
    })?;
    Ok(done.and_then(|()| writer.end()).map(|()| Told { series: known.get(), rows }))
}

const COLUMNS: [&str; 15] = [
    "benchmark",
    "case",
    "params",
    "metric",
    "unit",
    "direction",
    "environment",
    "time",
    "value",
    "n",
    "commit",
    "host",
    "path",
    "cell",
    "excluded",
];

enum Writer<W: Write> {
    Csv { out: Box<csv::Writer<W>>, spreadsheet: bool },
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    fn new(args: &ExportArgs, out: W) -> Self {
        if args.is_jsonl() {
            return Self::Jsonl(out);
        }
        let out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        Self::Csv { out: Box::new(out), spreadsheet: args.spreadsheet }
    }

    fn header(&mut self) -> io::Result<()> {
        match self {
            Self::Csv { out, .. } => out.write_record(COLUMNS).map_err(as_io),
            Self::Jsonl(_) => Ok(()),
        }
    }

    fn row(&mut self, series: &SeriesKey, direction: Direction, row: &ExportRow) -> io::Result<()> {
        match self {
            Self::Csv { out, spreadsheet } => {
                let text = |text: &str| if *spreadsheet { unarmed(text) } else { text.to_owned() };
                let maybe = |text_of: &Option<String>| text_of.as_deref().map(text).unwrap_or_default();
                out.write_record([
                    text(&series.benchmark),
                    text(&series.case),
                    json!(series.params).to_string(),
                    text(&series.metric),
                    text(series.unit.as_str()),
                    direction.as_str().to_owned(),
                    text(&series.environment),
                    row.at.to_string(),
                    exact(row.value),
                    row.n.to_string(),
                    maybe(&row.commit),
                    maybe(&row.host),
                    text(&row.path),
                    text(&row.cell),
                    row.excluded.to_string(),
                ])
                .map_err(as_io)
            }
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &as_json(series, direction, row)).map_err(io::Error::from)?;
                out.write_all(b"\n")
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Csv { out, .. } => out.flush(),
            Self::Jsonl(out) => out.flush(),
        }
    }
}

/// The failure of the writer beneath, as what it is: a reader that has gone away must be known as one.
fn as_io(failed: csv::Error) -> io::Error {
    if !failed.is_io_error() {
        return io::Error::other(failed);
    }
    match failed.into_kind() {
        csv::ErrorKind::Io(failed) => failed,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn as_json(series: &SeriesKey, direction: Direction, row: &ExportRow) -> serde_json::Value {
    // JSON has no number for what is not finite.
    let value = if row.value.is_finite() { json!(row.value) } else { json!(exact(row.value)) };
    json!({
        "benchmark": series.benchmark, "case": series.case, "params": series.params, "metric": series.metric,
        "unit": series.unit.as_str(), "direction": direction.as_str(), "environment": series.environment,
        "time": row.at.to_string(), "value": value, "n": row.n, "commit": row.commit, "host": row.host,
        "path": row.path, "cell": row.cell, "excluded": row.excluded,
    })
}

/// The shortest digits that read back to the same number.
fn exact(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Text that no spreadsheet takes for a formula (OWASP, CSV injection).
fn unarmed(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_back_to_the_same_number() {
        for value in [0.1 + 0.2, 1.0, -3.0, 1e300, 5e-324, 123_456_789.123_456_79, 1e16, f64::MAX, -0.0] {
            assert_eq!(exact(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{}", exact(value));
        }
        assert_eq!((exact(3.0), exact(1e300), exact(f64::INFINITY)), ("3".into(), "1e300".into(), "inf".into()));
    }

    #[test]
    fn a_reader_that_has_gone_is_known_as_one() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let out = csv::WriterBuilder::new().buffer_capacity(8).from_writer(Gone);
        let mut writer = Writer::Csv { out: Box::new(out), spreadsheet: false };
        assert_eq!(writer.header().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(
            as_io(csv::Error::from(io::Error::from(io::ErrorKind::BrokenPipe))).kind(),
            io::ErrorKind::BrokenPipe
        );
    }

    #[test]
    fn only_what_would_be_a_formula_is_unarmed() {
        assert_eq!((unarmed("=1+1"), unarmed("a=1")), ("'=1+1".to_owned(), "a=1".to_owned()));
    }
}
