//! The tables that there can be many of, each with its keys: what holds for certain series, benchmarks and files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::super::checks;
use super::super::kind::Kind;
use super::super::value::After;
use super::super::value::Literal::{Count, Flag, List, Nothing, Number, Table, Text};
use super::super::values::{Mismatch, Values};
use super::{Key, SECOND, Section};
use crate::domain::series::Direction;

/// No webhook is waited for longer: mail and other webhooks wait with it.
const MINUTES: Duration = Duration::from_secs(120);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

keys! {
    /// The tables that there can be many of, in the order of the file.
    TABLES

    /// What holds for certain series in place of `[judge]` and of what their files say. Of several for one series the later wins, key by
    /// key, and those of drop-ins come after those of the file.
    ["series"] Series {
        /// Which benchmarks: names such as `reports/codec` or `reports/nightly/**`, a last part anywhere when there is no `/` in it.
        /// One pattern or a list, as everywhere below.
        benchmark: Vec<String> = List(&["**"]), Kind::Names(checks::series_glob);
        /// Which cases, by case or by case and parameters: `decode`, `*batch=8*`.
        case: Vec<String> = List(&["*"]), Kind::Names(checks::series_glob);
        /// Which metrics, as `series` lists them or as the files have them: `latency_p99`, `p99_latency_ms`, `*_p9?`.
        metric: Vec<String> = List(&["*"]), Kind::Names(checks::series_glob);
        /// Smaller changes are never reported: a fraction of the level.
        min_effect: Option<f64> = Nothing, Kind::Fraction(0.0, 1.0);
        /// How many false alarms in 1000 runs are bearable.
        false_alarms: Option<f64> = Nothing, Kind::Number(0.001, 100.0);
        /// Which way is good, "lower", "higher" or "neutral", whatever the name of the metric says.
        direction: Option<Direction> = Nothing, Kind::Word(Direction::WORDS);
        /// Judge and report, but mail nobody.
        shadow: Option<bool> = Nothing, Kind::Flag;
        /// False: do not judge them at all; they are kept, shown and held to their budgets.
        judge: Option<bool> = Nothing, Kind::Flag;
    }

    /// A limit that certain series have to keep, whatever their history. It fires and ends by itself, beside the detection of changes, and
    /// for neutral series too. Every budget that holds for a series counts.
    ["budget"] Budget {
        /// Which metrics, as `series` lists them or as the files have them: `latency_p99`, `p99_latency_ms`, `*_p9?`.
        metric: Vec<String> = List(&[]), Kind::Names(checks::series_glob);
        /// Which benchmarks: names such as `reports/codec` or `reports/nightly/**`, a last part anywhere when there is no `/` in it.
        benchmark: Vec<String> = List(&["**"]), Kind::Names(checks::series_glob);
        /// Which cases, by case or by case and parameters: `decode`, `*batch=8*`.
        case: Vec<String> = List(&["*"]), Kind::Names(checks::series_glob);
        /// "<= 200ms", ">= 50", ">= 99%"; without a unit it is in that of the metric's name, or else of the series. A limit in percent
        /// holds for ratios too, and for series without a unit whose values all lie within 0 and 1.
        limit: String = Text(""), Kind::Text(checks::limit);
        /// Runs in a row beyond the limit that make it fire; fewer are a candidate, which mails nobody.
        runs: usize = Count(2), Kind::Count(1, 100);
        /// Runs in a row within the limit, by the margin, that end it.
        recover: usize = Count(3), Kind::Count(1, 100);
        /// How far within the limit a run must lie to count as recovered: a fraction of the limit.
        margin: f64 = Number(0.0), Kind::Fraction(0.0, 1.0);
    }

    /// Tells when a benchmark that used to report falls silent.
    ["absence"] Absence {
        /// Which benchmarks: names such as `reports/codec` or `reports/nightly/**`, a last part anywhere when there is no `/` in it.
        benchmark: Vec<String> = List(&["**"]), Kind::Names(checks::series_glob);
        /// How long a silence is too long: a duration, or "auto" for what the benchmark's own rhythm says, weekends included.
        after: After = Text("auto"), Kind::AutoOr(SECOND, YEAR);
    }

    /// An address that is told of news by a POST of JSON, with text that Slack and its likes show.
    ["webhook"] Webhook {
        /// What routes, `mail outbox` and `status` call it.
        name: String = Text(""), Kind::Text(checks::hook_name);
        /// Its address: https, or http on this machine. It is shown by its host alone, because the rest is often a key; one of the three
        /// keys below can say where it is instead.
        url: Option<String> = Text(""), Kind::Address;
        /// File that holds the address and nothing else, relative to the file that says so.
        url_file: Option<PathBuf> = Text(""), Kind::File;
        /// Environment variable that holds the address.
        url_env: Option<String> = Text(""), Kind::Text(checks::variable);
        /// systemd credential that holds the address (LoadCredential= in the unit).
        url_credential: Option<String> = Text(""), Kind::Text(checks::credential);
        /// File that holds the secret of the signature and nothing else; none: what is sent is not signed.
        secret_file: Option<PathBuf> = Text(""), Kind::Secret;
        /// Environment variable that holds the secret.
        secret_env: Option<String> = Text(""), Kind::Text(checks::key_variable);
        /// systemd credential that holds the secret.
        secret_credential: Option<String> = Text(""), Kind::Text(checks::key_credential);
        /// How long the connection may take, and the answer after it, before the message waits for its next try.
        timeout: Duration = Text("10s"), Kind::Duration(SECOND, MINUTES);
    }

    /// Who is told of certain alerts, in place of `[mail] to`. Every route that matches adds its recipients, one after the other; what no
    /// route matches goes to `[mail] to`. A webhook that no route names is told of everything.
    ["route"] Route {
        /// Which benchmarks: names such as `reports/codec` or `reports/nightly/**`, a last part anywhere when there is no `/` in it.
        /// One pattern or a list, as everywhere below.
        benchmark: Vec<String> = List(&["**"]), Kind::Names(checks::series_glob);
        /// Which cases, by case or by case and parameters: `decode`, `*batch=8*`.
        case: Vec<String> = List(&["*"]), Kind::Names(checks::series_glob);
        /// Which metrics, as `series` lists them or as the files have them. A silent benchmark has none, and an alert is told whole.
        metric: Vec<String> = List(&["*"]), Kind::Names(checks::series_glob);
        /// Which kinds of alerts, "regression", "environment", "budget" or "absence"; all if not given.
        kind: Vec<String> = List(&[]), Kind::Names(checks::alert_kind);
        /// How bad: "minor", "major" or "critical", by `[mail] major` and `critical`; all if not given. Environments are critical,
        /// absences major, a broken budget at least major.
        severity: Vec<String> = List(&[]), Kind::Names(checks::severity);
        /// Who gets a mail. Nobody, if it is empty and said so.
        to: Vec<String> = List(&[]), Kind::Names(checks::address);
        /// Which webhooks are called, by name.
        webhook: Vec<String> = List(&[]), Kind::Names(checks::header);
        /// What it matches goes no further: later routes are not looked at.
        stop: bool = Flag(false), Kind::Flag;
    }

    /// What certain files mean, where their content does not tell; `explain FILE` prints a rule to begin with. Of several rules for
    /// one file the later wins, and those of drop-ins come after those of the file.
    ["rule"] Rule {
        /// Which files: paths from the tree or from a root such as `reports/**/sweep-*.csv`, `reports/old/` for all that is below,
        /// or a file name anywhere when there is no `/` in it. One pattern or a list.
        files: Vec<String> = List(&[]), Kind::Names(checks::rule_glob);
        /// Read them in this syntax, whatever the content looks like.
        format: Option<String> = Text(""), Kind::Text(checks::format);
        /// Name of the benchmark, in place of the one that directory and file name give.
        benchmark: Option<String> = Text(""), Kind::Text(checks::header);
        /// Columns that say what was measured. One name or a list, as everywhere below; keys within a record are joined by
        /// points: `latency.p99`.
        case: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns that are parameters.
        parameters: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns that are metrics.
        metrics: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns that say when it was measured.
        time: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns that say which commit was measured.
        commit: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns that say on which host.
        host: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Columns, or metrics of a long table, that are nothing of interest.
        ignore: Vec<String> = List(&[]), Kind::Names(checks::column);
        /// Units by column or metric: `{ duration = "s" }`; the empty unit is none.
        units: BTreeMap<String, String> = Table, Kind::Table(checks::header);
        /// Directions by column or metric: `{ score = "lower" }`; or "higher", or "neutral", which never alerts.
        directions: BTreeMap<String, String> = Table, Kind::Table(checks::direction);
    }
}
