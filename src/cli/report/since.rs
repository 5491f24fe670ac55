//! `report --since`: a digest of all that happened from a time until now.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ReportArgs, stored};
use crate::cli::moment::Since;
use crate::cli::{output, setup};
use crate::clock::{Clock, SystemClock};
use crate::domain::artifact::display_bytes;
use crate::report::{self, Digest, DigestAlert, DigestReport};
use crate::store::{Listed, Store, StoredAlert};

/// Prints the digest: Markdown, a page, or one object.
pub fn digest(store: &Store, since: Since, args: &ReportArgs) -> Result<()> {
    let now = SystemClock.now();
    let from = since.before(now);
    let digest = gathered(store, from, now)?;
    if args.view.json {
        return output::json(&as_json(&digest));
    }
    let markdown = report::digest(&digest, &setup::zone(&args.view.place)?);
    let text = if args.form.html { report::page_of("Benchmark digest", &markdown) } else { markdown };
    stored::print(&text, args.to(), args.form.html)
}

fn gathered(store: &Store, from: Timestamp, to: Timestamp) -> Result<Digest> {
    let past = store.past(from).context("look back")?;
    let reports = store.listed_reports().context("read which reports there are")?;
    let alerts = |alerts: &[StoredAlert]| alerts.iter().map(alert).collect();
    Ok(Digest {
        from,
        to,
        landings: past.landings.0,
        under_way: past.landings.1,
        artifacts: past.artifacts,
        fired: alerts(&past.fired),
        resolved: alerts(&past.resolved),
        open: alerts(&past.open),
        reports: reports.into_iter().filter(|report| report.at >= from).map(reported).collect(),
        improved: past.improved,
    })
}

fn alert(alert: &StoredAlert) -> DigestAlert {
    DigestAlert {
        id: alert.id,
        key: alert.record.key.clone(),
        state: alert.record.state,
        since: alert.record.since,
        series: alert.record.members.len() as u64,
    }
}

fn reported(listed: Listed) -> DigestReport {
    let is_there = Path::new(OsStr::from_bytes(&listed.path)).is_file();
    DigestReport {
        landing: listed.landing,
        at: listed.at,
        artifacts: listed.artifacts,
        verdict: listed.gist.verdict,
        path: Some(listed.path).filter(|_| is_there),
    }
}

fn as_json(digest: &Digest) -> Value {
    let alerts = |alerts: &[DigestAlert]| -> Vec<Value> {
        let one = |alert: &DigestAlert| {
            let key = &alert.key;
            json!({
                "alert": alert.id, "kind": key.kind.as_str(), "benchmark": key.benchmark, "metric": key.metric,
                "environment": key.environment, "state": alert.state.as_str(), "since": alert.since.to_string(), "series": alert.series,
            })
        };
        alerts.iter().map(one).collect()
    };
    let reports = digest.reports.iter().map(|report| {
        json!({
            "landing": report.landing, "at": report.at.to_string(), "artifacts": report.artifacts, "verdict": report.verdict,
            "report": report.path.as_deref().map(display_bytes),
        })
    });
    let improved = digest.improved.iter().map(
        |improved| json!({ "benchmark": improved.benchmark, "metric": improved.metric, "series": improved.series }),
    );
    json!({
        "from": digest.from.to_string(),
        "to": digest.to.to_string(),
        "landings": digest.landings,
        "under_way": digest.under_way,
        "artifacts": digest.artifacts,
        "fired": alerts(&digest.fired),
        "resolved": alerts(&digest.resolved),
        "open": alerts(&digest.open),
        "improved": improved.collect::<Vec<_>>(),
        "reports": reports.collect::<Vec<_>>(),
    })
}
