//! `status`: what the index knows, and whether the daemon is up, ready and well. Works beside a daemon and without one.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ViewArgs, output, setup};
use crate::agent::Memory;
use crate::clock::{Clock, SystemClock};
use crate::daemon::{READY, context::MEMORY, lock::StateLock};
use crate::dialogue::Standing;
use crate::domain::artifact::ArtifactKind;
use crate::domain::call::BENCHMARK;
use crate::domain::zone::Zone;
use crate::store::{Complaint, Status, Store};

/// With less than this free, in bytes, SQLite soon cannot write.
const ENOUGH_SPACE: u64 = 4 << 20;

/// The process that holds the state, and whether it has finished starting.
struct Daemon {
    pid: u32,
    ready: bool,
}

/// Prints the status for people or as one JSON object.
pub fn status(args: &ViewArgs) -> Result<u8> {
    let (state, zone) = setup::looking(&args.place)?;
    let store = Store::open_read_only(&state)?;
    let ready = store.meta(READY)?;
    let daemon =
        StateLock::holder(&state).map(|pid| Daemon { pid, ready: ready.is_some_and(|ready| ready == pid.to_string()) });
    let mut status = store.status()?;
    status.health.extend(little_space(&state));
    let agents = Agents::read(&store)?;
    if args.json {
        let mut json = as_json(&status, daemon.as_ref());
        json["agents"] = agents.as_json();
        output::json(&json)?;
    } else {
        output::text(&for_people(&status, daemon.as_ref(), &agents, &zone))?;
    }
    Ok(0)
}

/// What the agents do.
struct Agents {
    /// The newest landing that they are through with, and what came of it.
    last: Option<(i64, Standing)>,
    /// Landings that wait for them, those included that they talk about now.
    waiting: usize,
    /// Endpoints that are left alone, each with the time until which it is.
    resting: Vec<(String, Timestamp)>,
}

impl Agents {
    fn read(store: &Store) -> Result<Self> {
        let now = SystemClock.now();
        let memory: Option<Memory> = store.meta(MEMORY)?.and_then(|text| serde_json::from_str(&text).ok());
        let memory = memory.unwrap_or_default();
        Ok(Self {
            last: store.last_said()?.map(|(landing, said)| (landing, said.standing)),
            waiting: store.waiting(now)?.len(),
            resting: memory.resting(now).into_iter().map(|(endpoint, until)| (endpoint.to_owned(), until)).collect(),
        })
    }

    fn as_json(&self) -> Value {
        let resting =
            |(endpoint, until): &(String, Timestamp)| json!({ "endpoint": endpoint, "until": until.to_string() });
        json!({
            "last": self.last.as_ref().map(|(landing, standing)| {
                let (word, why) = told(standing);
                json!({ "landing": landing, "standing": word, "why": why })
            }),
            "waiting": self.waiting,
            "resting": self.resting.iter().map(resting).collect::<Vec<_>>(),
        })
    }

    fn for_people(&self, zone: &Zone) -> String {
        let last =
            self.last.as_ref().map_or("were not asked yet".to_owned(), |(landing, standing)| match told(standing) {
                (word, Some(why)) => format!("{} in landing {landing}: {why}", word.replace('_', " ")),
                (word, None) => format!("{} in landing {landing}", word.replace('_', " ")),
            });
        let mut out = format!("agents        {}", output::plain(&last));
        if self.waiting > 0 {
            let landings = if self.waiting == 1 { "landing" } else { "landings" };
            out += &format!("; {} {landings} with them or waiting", self.waiting);
        }
        out += "\n";
        for (endpoint, until) in &self.resting {
            out += &format!("left alone    {} until {}\n", output::plain(endpoint), zone.show(*until));
        }
        out
    }
}

/// The word for what came of the agents' words, and why it came so.
fn told(standing: &Standing) -> (&'static str, Option<&str>) {
    match standing {
        Standing::Off => ("off", None),
        Standing::Unavailable(why) => ("unavailable", Some(why)),
        Standing::Used => ("used", None),
        Standing::PartlyUsed => ("partly_used", None),
        Standing::Rejected(why) => ("rejected", Some(why)),
    }
}

/// A full disk cannot be written down, so it is looked at here.
fn little_space(state: &Path) -> Option<Complaint> {
    let disk = rustix::fs::statvfs(state).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    (free < ENOUGH_SPACE).then(|| Complaint {
        cause: "disk".to_owned(),
        message: format!(
            "{} has only {free} bytes free; nothing is lost, but work waits until there are more",
            state.display()
        ),
        since: SystemClock.now(),
    })
}

fn as_json(status: &Status, daemon: Option<&Daemon>) -> Value {
    let count = |kind| status.artifacts.get(&kind).copied().unwrap_or(0);
    json!({
        "daemon": daemon.map(|daemon| json!({ "pid": daemon.pid, "ready": daemon.ready })),
        "artifacts": {
            "total": status.artifacts.values().sum::<u64>(),
            "csv": count(ArtifactKind::Csv), "json": count(ArtifactKind::Json),
            "markdown": count(ArtifactKind::Markdown), "other": count(ArtifactKind::Other),
        },
        "pending": status.pending,
        "failed": status.failed.len(),
        "failures": status.failed.iter().map(|(path, error)| json!({ "path": path, "error": error })).collect::<Vec<_>>(),
        "unrecognised": status.unrecognised,
        "runs": status.runs,
        "series": status.series,
        "measurements": status.measurements,
        "calls": { "runs": status.own.runs, "series": status.own.series, "measurements": status.own.measurements },
        "landings": status.landings,
        "open_landings": status.open_landings,
        "last_landing": status.last_landing.as_ref().map(|last| json!({
            "time": last.time.to_string(), "artifacts": last.artifacts, "report": last.report,
        })),
        "alerts": status.alerts,
        "mails": status.mails,
        "held_until": status.held_until.map(|until| until.to_string()),
        "health": status.health.iter().map(|complaint| json!({
            "cause": complaint.cause, "message": complaint.message, "since": complaint.since.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn for_people(status: &Status, daemon: Option<&Daemon>, agents: &Agents, zone: &Zone) -> String {
    let mut out = match daemon {
        Some(Daemon { pid, ready: true }) => format!("daemon        up and ready (process {pid})\n"),
        Some(Daemon { pid, ready: false }) => {
            format!("daemon        starting, or a scan is under way (process {pid})\n")
        }
        None => "daemon        not running\n".to_owned(),
    };
    let total: u64 = status.artifacts.values().sum();
    out += &format!(
        "artifacts     {total}{}, {} pending, {} refused\n",
        output::kinds(&status.artifacts),
        status.pending,
        status.failed.len()
    );
    if status.unrecognised > 0 {
        let files = output::counted(status.unrecognised, "file");
        out += &format!("no artifacts  {files} in which no results were recognised\n");
    }
    out += &format!(
        "index         {} of {} series in {}\n",
        output::counted(status.measurements, "measurement"),
        status.series,
        output::counted(status.runs, "run")
    );
    if status.own.runs > 0 {
        out += &format!(
            "of calls      {} of these measurements and {} of these series are of the agents' own calls ({BENCHMARK})\n",
            status.own.measurements, status.own.series
        );
    }
    out += &format!("landings      {}, {} under way\n", status.landings, status.open_landings);
    if let Some(last) = &status.last_landing {
        let report = output::plain(last.report.as_deref().unwrap_or("none"));
        let artifacts = output::counted(last.artifacts, "artifact");
        out += &format!("last landing  {}, {artifacts}, report {report}\n", zone.show(last.time));
    }
    out += &agents.for_people(zone);
    out += &format!("alerts        {}\n", words(&status.alerts));
    let until = status.held_until.map(|until| format!(", until {}", zone.show(until))).unwrap_or_default();
    out += &format!("mails         {}\n", words(&status.mails).replace(" held", &format!(" held{until}")));
    for (path, error) in &status.failed {
        out += &format!("refused       {}\n", output::plain(&format!("{path}: {error}")));
    }
    match status.health.as_slice() {
        [] => out += "health        well\n",
        complaints => {
            for complaint in complaints {
                let message = output::plain(complaint.message.trim_end_matches('.'));
                out += &format!("health        {message}, since {}\n", zone.show(complaint.since));
            }
        }
    }
    out
}

fn words(counts: &std::collections::BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(state, count)| format!("{count} {}", state.replace('_', " "))).collect::<Vec<_>>().join(", ")
}
