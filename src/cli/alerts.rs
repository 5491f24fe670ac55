//! `alerts list|show|ack|silence|unsilence|accept|resolve`: the alerts, their lives, and what people do to them.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{AlertCommandArgs, AlertListArgs, AlertSilenceArgs, AlertsAction, AlertsArgs, asking, output, setup};
use crate::analysis::alerts::{AlertRecord, Evidence, Member};
use crate::clock::{Clock, SystemClock};
use crate::config;
use crate::domain::alert::{AlertKind, AlertState, Transition};
use crate::domain::series::SeriesKey;
use crate::domain::zone::Zone;
use crate::report::columns;
use crate::store::{AlertCommand, Request, Store, StoredAlert};

/// Runs an alert command.
pub fn alerts(args: &AlertsArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let zone = &settings.insight.zone;
    let json = args.view.json;
    let store = || Store::open_read_only(&settings.tree.state);
    let (to, command) = match &args.action {
        None => return list(&store()?, &AlertListArgs::default(), zone, json),
        Some(AlertsAction::List(wanted)) => return list(&store()?, wanted, zone, json),
        Some(AlertsAction::Show { id }) => match store()?.alert(*id)? {
            Some((alert, life)) => return show(&store()?, &alert, &life, zone, json),
            None => bail!("there is no alert {id}; `chimera-insight alerts list --all` shows those there are"),
        },
        Some(AlertsAction::Ack(to)) => (to, AlertCommand::Acknowledge),
        Some(AlertsAction::Silence(to)) => (&to.alerts, AlertCommand::Silence { until: end(to)? }),
        Some(AlertsAction::Unsilence(to)) => (to, AlertCommand::Unsilence),
        Some(AlertsAction::Accept(to)) => (to, AlertCommand::Accept),
        Some(AlertsAction::Resolve(to)) => (to, AlertCommand::Resolve),
    };
    let AlertCommandArgs { ids, group, why } = to;
    let request = Request::Alerts { ids: ids.clone(), group: *group, command, who: asking::who(), why: why.clone() };
    asking::ask(settings, &request, json)
}

/// When a silence ends.
fn end(to: &AlertSilenceArgs) -> Result<Timestamp> {
    if let Some(until) = to.until {
        return Ok(until);
    }
    let span = SignedDuration::try_from(to.span.unwrap_or_default()).context("--for")?;
    SystemClock.now().checked_add(span).context("--for reaches beyond the end of time")
}

/// A duration on the command line.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    config::duration(text).map_err(|_| "must be a duration such as 90m, 8h or 3d".to_owned())
}

/// A moment on the command line: with its offset, or in UTC.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let in_utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let as_day = || text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0));
    let found = text.parse::<Timestamp>().ok();
    found.or_else(|| text.parse::<DateTime>().ok().or_else(as_day).and_then(in_utc)).ok_or_else(|| {
        "must be a time such as 2026-12-01, 2026-12-01T08:00 (both in UTC) or 2026-12-01T08:00:00+01:00".to_owned()
    })
}

fn list(store: &Store, wanted: &AlertListArgs, zone: &Zone, json: bool) -> Result<u8> {
    let shown = |alert: &StoredAlert| {
        let (state, kind) = (alert.record.state, alert.record.key.kind);
        let in_state = match &wanted.state {
            Some(word) => word == state.as_str(),
            None => wanted.all || state != AlertState::Resolved,
        };
        in_state && wanted.kind.as_ref().is_none_or(|word| word == kind.as_str())
    };
    let all = store.alerts()?;
    let alerts: Vec<&StoredAlert> = all.iter().filter(|alert| shown(alert)).collect();
    if json {
        output::json(&json!({ "alerts": alerts.iter().map(|alert| as_json(alert)).collect::<Vec<_>>() }))?;
    } else if alerts.is_empty() {
        let over = all.iter().filter(|alert| alert.record.state == AlertState::Resolved).count();
        let is_all = wanted.state.is_none() && wanted.kind.is_none();
        let hides = over > 0 && !wanted.all && wanted.state.is_none();
        let more = if hides { format!("; {over} over (`alerts list --all`)") } else { String::new() };
        output::text(&format!("{}{more}\n", if is_all { "no alerts" } else { "no such alerts" }))?;
    } else {
        let header =
            ["id", "group", "kind", "state", "benchmark", "metric", "environment", "worst", "series", "bad since"];
        let rows: Vec<Vec<String>> = alerts.iter().map(|alert| row(alert, zone)).collect();
        output::text(&output::table(&header, &rows))?;
    }
    Ok(0)
}

fn row(alert: &StoredAlert, zone: &Zone) -> Vec<String> {
    let record = &alert.record;
    vec![
        alert.id.to_string(),
        alert.group.map_or_else(String::new, |group| group.to_string()),
        record.key.kind.as_str().to_owned(),
        state(alert),
        record.key.benchmark.clone(),
        record.key.metric.clone(),
        record.key.environment.clone(),
        worst(record),
        series(record).to_string(),
        zone.show_minute(record.since),
    ]
}

/// The state with what else keeps it quiet.
fn state(alert: &StoredAlert) -> String {
    let mut state = alert.record.state.as_str().to_owned();
    if alert.record.flapping {
        state.push_str(", flapping");
    }
    if let Some(by) = alert.inhibited_by {
        state.push_str(&format!(", told by {by}"));
    }
    state
}

/// How many series it is about.
fn series(record: &AlertRecord) -> usize {
    let of = |member: &Member| match &member.evidence {
        Evidence::Environment(sweep) => sweep.moved,
        Evidence::Shift(_) | Evidence::Budget(_) | Evidence::Absence(_) => 1,
    };
    record.members.iter().map(of).sum()
}

/// The largest effect among the members, in percent.
fn worst(record: &AlertRecord) -> String {
    let effects = record.members.iter().filter_map(Member::total);
    effects.max_by(|a, b| a.abs().total_cmp(&b.abs())).map_or_else(String::new, percent)
}

fn percent(effect: f64) -> String {
    format!("{:+.1} %", effect * 100.0)
}

fn show(store: &Store, alert: &StoredAlert, life: &[Transition], zone: &Zone, json: bool) -> Result<u8> {
    if json {
        let mut value = as_json(alert);
        value["life"] = life.iter().map(step_json).collect();
        output::json(&value)?;
        return Ok(0);
    }
    let mut out = format!("alert {}: {}, {}\n", alert.id, output::plain(&title(&alert.record)), state(alert));
    out += &circumstances(alert, &together(store, alert)?, zone);
    out.push('\n');
    out += &members(&alert.record, zone);
    out.push('\n');
    for step in life {
        let from = step.from.map_or("new", |state| state.as_str());
        let said = output::plain(&format!("{}: {}", step.who, step.why));
        out += &format!("{}  {from} → {} by {said}\n", zone.show(step.at), step.to.as_str());
    }
    output::text(&out)?;
    Ok(0)
}

/// What it is about, in words.
fn title(record: &AlertRecord) -> String {
    let key = &record.key;
    let place = if key.environment.is_empty() { String::new() } else { format!(" on {}", key.environment) };
    match key.kind {
        AlertKind::Regression => format!("regression of {} of {}{place}", key.metric, key.benchmark),
        AlertKind::Budget => format!("broken budget of {} of {}{place}", key.metric, key.benchmark),
        AlertKind::Absence if key.metric.is_empty() => format!("absence of {}{place}", key.benchmark),
        AlertKind::Absence => format!("absence of {} of {}{place}", key.metric, key.benchmark),
        AlertKind::Environment if key.environment.is_empty() => "nearly everything moved".to_owned(),
        AlertKind::Environment => format!("nearly everything moved{place}"),
    }
}

/// The alerts that were opened with it and are not over.
fn together(store: &Store, alert: &StoredAlert) -> Result<Vec<String>> {
    let group = alert.group.map(|group| store.alert_group(group)).transpose()?.unwrap_or_default();
    Ok(group.into_iter().filter(|other| other.id != alert.id).map(|other| other.id.to_string()).collect())
}

/// A line for whatever bears on who is told of it.
fn circumstances(alert: &StoredAlert, others: &[String], zone: &Zone) -> String {
    let record = &alert.record;
    let mut out = String::new();
    if !others.is_empty() {
        out += &format!("opened together with {}; `--group` means them all\n", others.join(", "));
    }
    if let Some(silence) = &record.silence {
        let why = if silence.why.is_empty() { String::new() } else { format!(": {}", silence.why) };
        let who = output::plain(&format!("{}{why}", silence.who));
        out += &format!("silenced until {} by {who}\n", zone.show_minute(silence.until));
    }
    if record.flapping {
        out += "flapping: its news is withheld until it has stayed as it is for a day\n";
    }
    if let Some(by) = alert.inhibited_by {
        out +=
            &format!("alert {by} of its environment speaks for it; it speaks for itself again when that one is over\n");
    }
    out
}

/// The levels of each member, then what the judge says of them, then what moved with an environment, which has no level of its own.
fn members(record: &AlertRecord, zone: &Zone) -> String {
    let with_level = |member: &&Member| !matches!(member.evidence, Evidence::Environment(_));
    let rows: Vec<Vec<String>> = record
        .members
        .iter()
        .filter(with_level)
        .map(|member| {
            let evidence = &member.evidence;
            let good = member.good.map(|good| good.level).or_else(|| evidence.good_level());
            let bad = evidence.level();
            let own = &member.series.unit;
            let unit = own.readable([good, bad].into_iter().flatten());
            let told = |value: f64| own.convert(value, &unit).unwrap_or(value);
            // Both with the digits in which they differ.
            let mut both = columns(&[good, bad].into_iter().flatten().map(told).collect::<Vec<_>>()).into_iter();
            let mut number = |value: Option<f64>| value.and_then(|_| both.next()).unwrap_or_default();
            vec![
                member.series.label(),
                number(good),
                number(bad),
                unit.symbol().to_owned(),
                member.total().map_or_else(String::new, percent),
                zone.show_minute(member.since),
                if member.confirmed { String::new() } else { "suspected".to_owned() },
            ]
        })
        .collect();
    let header = ["series", "good", "bad", "unit", "effect", "bad since", ""];
    let mut out = if rows.is_empty() { String::new() } else { output::table(&header, &rows) };
    let told = |sentence: &str| format!("{}\n", output::plain(&zone.retold(sentence)));
    for member in record.members.iter().filter(|member| !member.reason.is_empty()) {
        let of = if record.members.len() > 1 { format!("{}: ", member.series.label()) } else { String::new() };
        out += &told(&(of + &member.reason));
        out.extend(member.in_all().map(|sentence| told(&sentence)));
    }
    record.members.iter().for_each(|member| out += &moved(&member.evidence));
    out
}

/// All that moved with an environment.
fn moved(evidence: &Evidence) -> String {
    let Evidence::Environment(sweep) = evidence else { return String::new() };
    let row = |(series, effect): &(SeriesKey, Option<f64>)| {
        vec![series.benchmark.clone(), series.label(), series.metric.clone(), effect.map_or_else(String::new, percent)]
    };
    let rows: Vec<Vec<String>> = sweep.series.iter().map(row).collect();
    format!("\nwhat moved:\n{}", output::table(&["benchmark", "series", "metric", "effect"], &rows))
}

fn step_json(step: &Transition) -> Value {
    json!({ "from": step.from.map(|state| state.as_str()), "to": step.to.as_str(), "at": step.at.to_string(),
            "who": step.who, "why": step.why })
}

fn as_json(alert: &StoredAlert) -> Value {
    let record = &alert.record;
    json!({
        "id": alert.id, "kind": record.key.kind.as_str(), "state": record.state.as_str(),
        "benchmark": record.key.benchmark, "metric": record.key.metric, "environment": record.key.environment,
        "group": alert.group, "inhibited_by": alert.inhibited_by, "flapping": record.flapping,
        "acknowledged": record.acknowledged, "reopened": record.reopened,
        "silenced": record.silence.as_ref().map(|silence| json!({
            "until": silence.until.to_string(), "who": silence.who, "why": silence.why,
        })),
        "since": record.since.to_string(), "opened_at": record.opened_at.to_string(),
        "updated_at": alert.updated.to_string(), "members": record.members.iter().map(member_json).collect::<Vec<_>>(),
    })
}

fn member_json(member: &Member) -> Value {
    let (series, evidence) = (&member.series, &member.evidence);
    let mut value = json!({
        "series": { "benchmark": series.benchmark, "case": series.case, "params": series.params, "metric": series.metric,
                    "unit": series.unit.as_str(), "direction": member.direction.as_str() },
        "before": evidence.good_level(), "after": evidence.level(), "effect": evidence.effect(),
        "interval": evidence.shift().map(|shift| [shift.interval.0, shift.interval.1]),
        "change_at": evidence.began().to_string(), "confirmed": member.confirmed, "reason": member.reason,
        "good": member.good.map(|good| good.level), "total_effect": member.total(), "since": member.since.to_string(),
        "good_runs": member.good_runs,
    });
    match evidence {
        Evidence::Shift(_) => {}
        Evidence::Budget(breach) => {
            value["limit"] = json!(breach.limit);
            value["value"] = json!(breach.value);
            value["at"] = json!(breach.at.to_string());
        }
        Evidence::Absence(gap) => {
            value["last_run"] = json!(gap.last_run.to_string());
            value["cadence_seconds"] = json!(gap.cadence);
        }
        Evidence::Environment(sweep) => {
            value["moved"] = json!(sweep.moved);
            value["judged"] = json!(sweep.judged);
            value["benchmarks"] = json!(sweep.benchmarks);
            value["series_moved"] = sweep.series.iter().map(moved_json).collect();
        }
    }
    value
}

fn moved_json((series, effect): &(SeriesKey, Option<f64>)) -> Value {
    json!({ "benchmark": series.benchmark, "case": series.case, "params": series.params, "metric": series.metric,
            "effect": effect })
}
