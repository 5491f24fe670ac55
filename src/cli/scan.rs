//! `scan`: one pass over a tree.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{FailOn, Place, ScanArgs, logging, output, progress::Shown, setup};
use crate::daemon::lock::StateLock;
use crate::daemon::pass::{self, Pass};
use crate::domain::alert::AlertState;
use crate::domain::artifact::ArtifactKind;
use crate::domain::call::BENCHMARK;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::insight::Judged;
use crate::store::{OutboxRow, Status, StoredAlert};

/// Scans a tree once and says what came of it.
pub fn scan(args: &ScanArgs) -> anyhow::Result<u8> {
    logging::start("warn,chimera_insight::cli::progress=info");
    let place = Place { config: args.config.clone(), root: args.dir.clone() };
    let settings = setup::settings(&place)?;
    let zone = settings.insight.zone.clone();
    let _lock = StateLock::acquire(&settings.tree.state)?;
    let context = setup::context(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pass = runtime.block_on(pass::run(&context, &Shown::default()))?;
    let status = context.store.status()?;
    if args.json {
        output::json(&as_json(&pass, &status))?;
    } else {
        output::text(&for_people(&pass, &status, &zone))?;
    }
    let is_met = match args.fail_on {
        Some(what) => found_now(what, &pass) || stands(what, &context.store.running_alerts()?),
        None => false,
    };
    Ok(u8::from(is_met))
}

/// Whether an alert of an earlier pass says what the caller asked for, and nothing has changed since. What is asked about is what files
/// brought: that a language model answers more slowly fails nobody's build.
fn stands(what: FailOn, alerts: &[StoredAlert]) -> bool {
    let is_meant = |state| state == AlertState::Firing || (what == FailOn::Candidate && state == AlertState::Candidate);
    alerts.iter().any(|alert| alert.record.key.benchmark != BENCHMARK && is_meant(alert.record.state))
}

/// Whether a verdict of this pass says so.
fn found_now(what: FailOn, pass: &Pass) -> bool {
    let mut of_files = pass.judged.verdicts.iter().filter(|judged| judged.series.benchmark != BENCHMARK);
    of_files.any(|judged| match judged.verdict.kind {
        VerdictKind::Regression => true,
        VerdictKind::Drift => is_for_the_worse(judged),
        VerdictKind::Candidate => what == FailOn::Candidate && is_for_the_worse(judged),
        _ => false,
    })
}

/// A candidate for an improvement fails nobody's build.
fn is_for_the_worse(judged: &Judged) -> bool {
    judged.verdict.shift.as_ref().is_none_or(|shift| judged.direction.is_worse(shift.before, shift.after))
}

/// What `--json` prints. A first index can hold verdicts on very many series, so these are written one by one.
#[derive(Serialize)]
struct Printed<'a> {
    artifacts: Value,
    runs: u64,
    series: u64,
    measurements: u64,
    new_artifacts: u64,
    verdicts: Verdicts<'a>,
    reports: Vec<String>,
    mails: Vec<Value>,
    seconds: Value,
    problems: Vec<&'a str>,
    /// Files that were read because they might have held results, and held none.
    unrecognised: u64,
}

struct Verdicts<'a>(&'a [Judged]);

impl Serialize for Verdicts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(verdict_json))
    }
}

fn as_json<'a>(pass: &'a Pass, status: &Status) -> Printed<'a> {
    let count = |kind| status.artifacts.get(&kind).copied().unwrap_or(0);
    let failed: Vec<Value> =
        pass.failed.iter().map(|(path, error)| json!({ "path": path.display(), "error": error })).collect();
    let mail = |mail: &OutboxRow| json!({ "message_id": mail.message_id, "subject": mail.subject, "recipients": [mail.recipient] });
    Printed {
        artifacts: json!({
            "total": status.artifacts.values().sum::<u64>(),
            "csv": count(ArtifactKind::Csv), "json": count(ArtifactKind::Json),
            "markdown": count(ArtifactKind::Markdown), "other": count(ArtifactKind::Other),
            "failed": failed,
        }),
        runs: status.runs.saturating_sub(status.own.runs),
        series: status.series.saturating_sub(status.own.series),
        measurements: status.measurements.saturating_sub(status.own.measurements),
        new_artifacts: pass.tally.versions,
        verdicts: Verdicts(&pass.judged.verdicts),
        reports: pass.reports.iter().map(|(_, path)| path.display().to_string()).collect(),
        mails: pass.mails.iter().map(mail).collect(),
        seconds: json!({
            "index": pass.seconds.index, "judge": pass.seconds.judge, "agent": pass.seconds.agent,
            "report": pass.seconds.report, "total": pass.seconds.total,
        }),
        problems: pass.problems.iter().chain(&pass.idle).map(String::as_str).collect(),
        unrecognised: pass.tally.unrecognised,
    }
}

fn verdict_json(judged: &Judged) -> Value {
    let shift = judged.verdict.shift.as_ref();
    json!({
        "series": {
            "benchmark": judged.series.benchmark, "case": judged.series.case, "params": judged.series.params,
            "metric": judged.series.metric, "unit": judged.series.unit.as_str(), "direction": judged.direction.as_str(),
            "environment": judged.series.environment,
        },
        "verdict": judged.verdict.kind.as_str(),
        "n": judged.verdict.n,
        "change_at": shift.map(|shift| shift.change_at.to_string()),
        "before": shift.map(|shift| shift.before),
        "after": shift.map(|shift| shift.after),
        "effect": shift.map(|shift| shift.effect),
        "interval": shift.map(|shift| [shift.interval.0, shift.interval.1]),
        "difference": shift.map(|shift| { let (low, _, high) = shift.difference(); [low, high] }),
        "began": shift.map(|shift| json!({
            "first": shift.began.first_at.to_string(), "last": shift.began.last_at.to_string(),
            "runs": [shift.began.first, shift.began.last], "commits": [judged.commit_before, judged.commit_after],
        })),
        "p": shift.and_then(|shift| shift.p),
        "run_length": shift.and_then(|shift| shift.run_length),
        "reason": judged.verdict.reason,
    })
}

fn for_people(pass: &Pass, status: &Status, zone: &Zone) -> String {
    let mut out = format!(
        "{}{}, {} new; {} of {} series in {}\n",
        output::counted(status.artifacts.values().sum(), "artifact"),
        output::kinds(&status.artifacts),
        pass.tally.versions,
        output::counted(status.measurements.saturating_sub(status.own.measurements), "measurement"),
        status.series.saturating_sub(status.own.series),
        output::counted(status.runs.saturating_sub(status.own.runs), "run")
    );
    if pass.tally.unrecognised > 0 {
        let (files, verb) = match pass.tally.unrecognised {
            1 => ("file", "holds"),
            _ => ("files", "hold"),
        };
        out += &format!("{} other {files} {verb} no results (`explain` says why)\n", pass.tally.unrecognised);
    }
    for (path, error) in &pass.failed {
        out += &format!("not used: {}\n", output::plain(&format!("{}: {error}", path.display())));
    }
    for problem in &pass.problems {
        out += &format!("cannot look at {}\n", output::plain(problem));
    }
    for idle in &pass.idle {
        out += &format!("of no effect: {}\n", output::plain(idle));
    }
    let worth_a_line = [
        VerdictKind::Regression,
        VerdictKind::Candidate,
        VerdictKind::Improvement,
        VerdictKind::Change,
        VerdictKind::Drift,
        VerdictKind::Accepted,
    ];
    for judged in pass.judged.verdicts.iter().filter(|judged| worth_a_line.contains(&judged.verdict.kind)) {
        let said = output::plain(&format!("{}: {}", judged.series, zone.retold(&judged.verdict.reason)));
        out += &format!("{}: {said}\n", judged.verdict.kind.as_str());
    }
    for (_, report) in &pass.reports {
        out += &format!("report: {}\n", output::plain(&report.display().to_string()));
    }
    for mail in &pass.mails {
        out += &format!("mail to {}\n", output::plain(&format!("{}: {}", mail.recipient, mail.subject)));
    }
    if pass.reports.is_empty() {
        out += "nothing new\n";
    }
    out
}
