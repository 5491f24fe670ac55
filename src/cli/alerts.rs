//! `alerts list|show|ack|accept|resolve`: the alerts, their lives, and what people do to them.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{AlertCommandArgs, AlertsAction, AlertsArgs, asking, output, setup};
use crate::domain::alert::Transition;
use crate::store::{AlertCommand, Request, Store, StoredAlert};

/// Runs an alert command.
pub fn alerts(args: &AlertsArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let json = args.view.json;
    let ask = |to: &AlertCommandArgs, command| {
        // A daemon answers later and elsewhere, so what it would refuse anyway is refused here.
        if Store::open_read_only(&settings.tree.state)?.alert(to.id)?.is_none() {
            return no_such_alert(to.id);
        }
        let request = Request::Alert { id: to.id, command, who: asking::who(), why: to.why.clone() };
        asking::ask(&settings, &request, json)
    };
    match &args.action {
        None | Some(AlertsAction::List) => list(&Store::open_read_only(&settings.tree.state)?.alerts()?, json)?,
        Some(AlertsAction::Show { id }) => match Store::open_read_only(&settings.tree.state)?.alert(*id)? {
            Some((alert, life)) => show(&alert, &life, json)?,
            None => return no_such_alert(*id),
        },
        Some(AlertsAction::Ack(to)) => return ask(to, AlertCommand::Acknowledge),
        Some(AlertsAction::Accept(to)) => return ask(to, AlertCommand::Accept),
        Some(AlertsAction::Resolve(to)) => return ask(to, AlertCommand::Resolve),
    }
    Ok(0)
}

fn no_such_alert(id: i64) -> Result<u8> {
    bail!("there is no alert {id}; `chimera-insight alerts list` shows those there are")
}

fn list(alerts: &[StoredAlert], json: bool) -> Result<()> {
    if json {
        return output::json(&json!({ "alerts": alerts.iter().map(as_json).collect::<Vec<_>>() }));
    }
    if alerts.is_empty() {
        return output::text("no alerts\n");
    }
    let rows: Vec<Vec<String>> = alerts
        .iter()
        .map(|alert| {
            let record = &alert.record;
            vec![
                alert.id.to_string(),
                record.state.as_str().to_owned(),
                record.key.benchmark.clone(),
                record.key.metric.clone(),
                worst(alert),
                record.members.len().to_string(),
                format!("{:.0}", record.since),
            ]
        })
        .collect();
    let header = ["id", "state", "benchmark", "metric", "worst", "series", "since"];
    output::text(&output::table(&header, &rows))
}

/// The largest effect among the members, in percent.
fn worst(alert: &StoredAlert) -> String {
    let effects = alert.record.members.iter().filter_map(|member| member.evidence.effect());
    effects
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .map_or_else(String::new, |effect| format!("{:+.1} %", effect * 100.0))
}

fn show(alert: &StoredAlert, life: &[Transition], json: bool) -> Result<()> {
    if json {
        let mut value = as_json(alert);
        value["life"] = life
            .iter()
            .map(|step| {
                json!({ "from": step.from.map(|state| state.as_str()), "to": step.to.as_str(), "at": step.at.to_string(),
                        "who": step.who, "why": step.why })
            })
            .collect();
        return output::json(&value);
    }
    let record = &alert.record;
    let mut out =
        format!("alert {}: {} of {}, {}\n\n", alert.id, record.key.metric, record.key.benchmark, record.state.as_str());
    let rows: Vec<Vec<String>> = record
        .members
        .iter()
        .map(|member| {
            let (evidence, number) = (&member.evidence, |value: f64| format!("{value:.4}"));
            vec![
                member.series.label(),
                evidence.good_level().map_or_else(String::new, number),
                evidence.level().map_or_else(String::new, number),
                member.series.unit.to_string(),
                evidence.effect().map_or_else(String::new, |effect| format!("{:+.1} %", effect * 100.0)),
                format!("{:.0}", evidence.began()),
            ]
        })
        .collect();
    out += &output::table(&["series", "before", "after", "unit", "effect", "since"], &rows);
    out.push('\n');
    for step in life {
        let from = step.from.map_or("new", |state| state.as_str());
        out += &format!("{:.0}  {from} → {} by {}: {}\n", step.at, step.to.as_str(), step.who, step.why);
    }
    output::text(&out)
}

fn as_json(alert: &StoredAlert) -> Value {
    let record = &alert.record;
    let members: Vec<Value> = record
        .members
        .iter()
        .map(|member| {
            json!({
                "series": { "benchmark": member.series.benchmark, "case": member.series.case, "params": member.series.params,
                            "metric": member.series.metric, "unit": member.series.unit.as_str(),
                            "direction": member.direction.as_str() },
                "before": member.evidence.good_level(), "after": member.evidence.level(),
                "effect": member.evidence.effect(),
                "interval": member.evidence.shift().map(|shift| [shift.interval.0, shift.interval.1]),
                "change_at": member.evidence.began().to_string(), "confirmed": member.confirmed,
                "reason": member.reason,
            })
        })
        .collect();
    json!({
        "id": alert.id, "kind": record.key.kind.as_str(), "state": record.state.as_str(), "benchmark": record.key.benchmark, "metric": record.key.metric,
        "environment": record.key.environment, "since": record.since.to_string(),
        "opened_at": record.opened_at.to_string(), "updated_at": alert.updated.to_string(), "members": members,
    })
}
