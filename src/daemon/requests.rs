//! Requests of people: retried mails, and alerts taken, silenced, accepted or ended. Whoever holds the index applies them: the
//! daemon, a pass, or the command itself. What came of a request is stored together with what it changed.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::analysis::Settings;
use crate::analysis::alerts::{self, Command, CommandError, apply};
use crate::daemon::context::Context;
use crate::daemon::exclusions;
use crate::daemon::stage::agent;
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::zone::Zone;
use crate::store::{AlertCommand, AlertRow, Answer, MailState, NewsKind, Remark, Request, StoredAlert, Word};

/// Does what was asked for, and says what came of it: in the row `id` too, if the request has one. What cannot be met changes nothing,
/// and its word says so.
///
/// # Errors
/// When the index cannot be read or written; then nothing is answered, and the request waits.
pub fn answer(context: &Context, id: Option<i64>, request: &Request) -> Result<Answer> {
    let now = context.clock.now();
    match request {
        Request::RetryMails { ids } => {
            let answer = retried(context, ids, id.is_some(), now)?;
            if let Some(id) = id {
                context.store.answered(id, &answer, now)?;
            }
            Ok(answer)
        }
        Request::Alerts { ids, group, command, who, why } => {
            let _alone = context.moving_alerts();
            let settings = context.settings();
            let person =
                Person { command: *command, who, why, now, settings: &settings.judge, zone: &settings.insight.zone };
            let (rows, answer) = person.moves(context, ids, *group).context("read the alerts")?;
            let text = answer.encode().context("write the answer")?;
            context.store.move_alerts(&rows, id.map(|id| (id, text.as_str())), now).context("store the alerts")?;
            Ok(answer)
        }
        Request::AgentsAnswer { names, all } => {
            let client = context.agents().context("take up what is known of the models")?;
            names.iter().for_each(|name| client.answers(name));
            context.remember_agents().context("keep what is known of the models")?;
            if *all {
                context.store.well_again(agent::CAUSE)?;
            }
            let answer = Answer::one(true, "the next landing asks the models again".to_owned());
            if let Some(id) = id {
                context.store.answered(id, &answer, now)?;
            }
            Ok(answer)
        }
        Request::Runs { runs, excludes, who, why } => {
            let word = Remark { excludes: *excludes, at: now, who: who.clone(), why: why.clone() };
            exclusions::say(context, id, runs, &word)
        }
    }
}

/// Makes rows of the outbox due, all that wait when none is named. Where nobody `attends` to the outbox the answer says who would.
fn retried(context: &Context, ids: &[i64], attends: bool, now: Timestamp) -> Result<Answer> {
    let next = if attends { "" } else { "; `chimera-insight run` or `chimera-insight scan` sends what is due" };
    if ids.is_empty() {
        let told = match context.store.retry_mails(now)? {
            0 => "no mail waits for another try".to_owned(),
            1 => format!("1 mail is due now{next}"),
            n => format!("{n} mails are due now{next}"),
        };
        return Ok(Answer::one(true, told));
    }
    let mut answer = Answer::default();
    for id in ids {
        let (met, told) = match context.store.retry_mail(*id, now)? {
            None => (false, format!("there is no mail {id}; `chimera-insight mail outbox` lists those there are")),
            Some(MailState::Queued | MailState::DataStarted) => (true, format!("mail {id} is due now{next}")),
            Some(MailState::Dead) => (true, format!("mail {id} is revived and due now{next}")),
            Some(state) => (false, format!("mail {id} is {} and stays so", state.as_str().replace('_', " "))),
        };
        answer.words.push(Word { met, told, alert: None, state: None });
    }
    Ok(answer)
}

/// A person's wish.
struct Person<'a> {
    command: AlertCommand,
    who: &'a str,
    why: &'a str,
    now: Timestamp,
    settings: &'a Settings,
    zone: &'a Zone,
}

impl Person<'_> {
    /// What the wish does to the alerts `ids`, and what to say of each: all of them, or nothing where one cannot be had. Of a group those
    /// are meant that the command applies to.
    fn moves(&self, context: &Context, ids: &[i64], group: bool) -> Result<(Vec<AlertRow>, Answer)> {
        let (mut steps, mut answer, mut refusals) = (Vec::new(), Answer::default(), Vec::new());
        let meant = self.meant(context, ids, group, &mut answer)?;
        let all_known = answer.words.is_empty();
        let mut already = Vec::new();
        for (alert, named) in meant {
            match self.apply(&alert) {
                Ok(step) => steps.push((alert, step)),
                // Of several that a mail names somebody may have taken one: the others are still meant.
                Err(CommandError::AlreadyAcknowledged) if ids.len() > 1 => already.push(alert),
                Err(refused) if named => {
                    let told = format!("alert {}: {refused}", alert.id);
                    refusals.push(word(alert.id, alert.record.state, false, told));
                }
                Err(_) => {}
            }
        }
        let of_those = |alert: &StoredAlert| {
            let told = format!("alert {}: {}", alert.id, CommandError::AlreadyAcknowledged);
            word(alert.id, alert.record.state, !steps.is_empty(), told)
        };
        let (mut known, none): (Vec<Word>, _) = (already.iter().map(of_those).collect(), steps.is_empty());
        if none {
            refusals.append(&mut known)
        } else {
            answer.words.append(&mut known)
        }
        if !all_known || none || !(group || refusals.is_empty()) {
            answer.words.append(&mut refusals);
            // A list with one mistyped is not what was meant.
            answer.words.extend(steps.iter().map(|(alert, _)| left(alert)));
            return Ok((Vec::new(), answer));
        }
        let mut rows = Vec::with_capacity(steps.len());
        for (alert, step) in steps {
            let state = step.record.state;
            answer.words.push(word(alert.id, state, true, self.told(&alert, state)));
            if alert.record.key.kind == AlertKind::Environment && state == AlertState::Resolved {
                rows.extend(self.released(context, alert.id)?);
            }
            rows.push(row(&alert, step));
        }
        Ok((rows, answer))
    }

    /// The alerts that are meant, each once, and whether they were named rather than being of a named one's group.
    fn meant(
        &self,
        context: &Context,
        ids: &[i64],
        group: bool,
        answer: &mut Answer,
    ) -> Result<Vec<(StoredAlert, bool)>> {
        let mut meant: Vec<(StoredAlert, bool)> = Vec::new();
        for id in ids {
            let Some((alert, _)) = context.store.alert(*id)? else {
                let told = format!("there is no alert {id}; `chimera-insight alerts list --all` shows those there are");
                answer.words.push(Word { met: false, told, alert: Some(*id), state: None });
                continue;
            };
            let others = match alert.group.filter(|_| group) {
                Some(group) => context.store.alert_group(group)?,
                None => Vec::new(),
            };
            meant.push((alert, true));
            meant.extend(others.into_iter().map(|other| (other, false)));
        }
        let mut seen = std::collections::BTreeSet::new();
        meant.sort_by_key(|(alert, named)| (alert.id, !named));
        meant.retain(|(alert, _)| seen.insert(alert.id));
        Ok(meant)
    }

    fn apply(&self, alert: &StoredAlert) -> Result<alerts::Advance, CommandError> {
        let command = match self.command {
            AlertCommand::Acknowledge => Command::Acknowledge,
            AlertCommand::Silence { until } => Command::Silence { until },
            AlertCommand::Unsilence => Command::Unsilence,
            AlertCommand::Accept => Command::Accept,
            AlertCommand::Resolve => Command::Resolve,
        };
        apply(&alert.record, command, self.who, self.why, self.now, self.settings)
    }

    /// The alerts for which the ended alert of an environment spoke: accepted with it, or speaking for themselves.
    fn released(&self, context: &Context, environment: i64) -> Result<Vec<AlertRow>> {
        let accepted = (self.command == AlertCommand::Accept).then_some((self.who, self.why));
        let inhibited = context.store.inhibited_by(environment)?;
        let released =
            |alert: &StoredAlert| Some(row(alert, alerts::release(&alert.record, accepted, self.now, self.settings)?));
        Ok(inhibited.iter().filter_map(released).collect())
    }

    fn told(&self, alert: &StoredAlert, state: AlertState) -> String {
        let about = match alert.record.key.kind {
            AlertKind::Environment => "the environment".to_owned(),
            AlertKind::Absence => format!("missing results of {}", alert.record.key.benchmark),
            _ => format!("{} of {}", alert.record.key.metric, alert.record.key.benchmark),
        };
        let is_silenced = alert.record.silence.as_ref().is_some_and(|silence| silence.until > self.now);
        match self.command {
            AlertCommand::Acknowledge if is_silenced => {
                format!("alert {} ({about}) is {} now, and its silence is over", alert.id, state.as_str())
            }
            AlertCommand::Silence { until } => {
                format!("alert {} ({about}) is silenced until {}", alert.id, self.zone.show(until))
            }
            AlertCommand::Accept => {
                let why = match alert.record.key.kind {
                    AlertKind::Absence => "this silence is expected, and only the next one is told",
                    AlertKind::Budget => {
                        "today's level is accepted, and only what lies further beyond the limit is told"
                    }
                    AlertKind::Regression | AlertKind::Environment => "today's level is the new normal",
                };
                format!("alert {} ({about}) is over: {why}", alert.id)
            }
            _ => format!("alert {} ({about}) is {} now", alert.id, state.as_str()),
        }
    }
}

/// A person who ends an alert needs no mail about it.
fn row(alert: &StoredAlert, step: alerts::Advance) -> AlertRow {
    let mut row = AlertRow::new(Some(alert.id), step);
    row.news.retain(|(kind, _)| *kind != NewsKind::Resolved);
    row
}

/// Of an alert that could have been moved, but for the others that were named with it.
fn left(alert: &StoredAlert) -> Word {
    let state = alert.record.state;
    let told = format!("alert {} stays {}: nothing is changed unless all of it can be", alert.id, state.as_str());
    word(alert.id, state, false, told)
}

fn word(alert: i64, state: AlertState, met: bool, told: String) -> Word {
    Word { met, told, alert: Some(alert), state: Some(state.as_str().to_owned()) }
}
