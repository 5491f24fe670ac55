//! Runs that people exclude or take back: what they say is stored, the tracks of the series that have a part in it are to be had anew,
//! and alerts are held against the histories as they are now. An alert whose regression went with an excluded run ends, with that
//! reason; one that comes back with an included run goes on as it was, and nobody is told of it twice.
//!
//! It fails when the index cannot be read or written, or does not know a run; nothing is changed then.

use anyhow::{Context as _, Result};

use crate::analysis::alerts::{Cause, Evidence, Member, Reworded, reconsider};
use crate::analysis::follow::{self, History};
use crate::analysis::{Point, Work};
use crate::daemon::context::{Context, Settings};
use crate::domain::alert::AlertState;
use crate::store::{AlertRow, Answer, HistoryRun, Remark, Store, StoredAlert, Word};

/// Stores a word on `runs` (in ascending order) and says what came of it, in the row of the request too, if there is one.
///
/// # Errors
/// When the index cannot be read or written; then nothing is answered, and the request waits.
pub fn say(context: &Context, request: Option<i64>, runs: &[i64], word: &Remark) -> Result<Answer> {
    let (store, settings) = (&context.store, context.settings());
    let _alone = context.moving_alerts();
    let mut answer = Answer::default();
    for unknown in store.missing_runs(runs).context("look the runs up")? {
        let told = format!("there is no run {unknown}; `chimera-insight runs list` shows those there are");
        answer.words.push(Word { met: false, told, alert: None, state: None });
    }
    // What is refused in part is refused as a whole: a list of runs with one mistyped is not what was meant.
    let news = match answer.words.is_empty() {
        true => store.otherwise(runs, word.excludes).context("look the runs up")?,
        false => Vec::new(),
    };
    let alerts = alerts(store, &news, word, &settings)?;
    if answer.words.is_empty() {
        answer = told(runs, &news, word, &alerts);
    }
    let text = answer.encode().context("write the answer")?;
    let answered = request.map(|id| (id, text.as_str()));
    store.say_of_runs(&news, word, &alerts, answered).context("store the exclusion")?;
    Ok(answer)
}

/// What came of it: the runs, and each alert that moved.
fn told(runs: &[i64], news: &[i64], word: &Remark, alerts: &[AlertRow]) -> Answer {
    let told = match (news.is_empty(), word.excludes) {
        (true, true) => format!("{} excluded already; nothing is changed", named(runs, "is", "are")),
        (true, false) => format!("{} not excluded; nothing is changed", named(runs, "is", "are")),
        (false, true) => format!("{} excluded; the series are judged anew", named(news, "is", "are")),
        (false, false) => format!("{} included again; the series are judged anew", named(news, "is", "are")),
    };
    let mut answer = Answer::one(true, told);
    answer.words.extend(alerts.iter().map(|row| {
        let (state, key) = (row.record.state.as_str(), &row.record.key);
        let id = row.id.unwrap_or_default();
        let told = format!("alert {id} ({} of {}) is {state} now", key.metric, key.benchmark);
        Word { met: true, told, alert: row.id, state: Some(state.to_owned()) }
    }));
    answer
}

/// The steps that a word takes of alerts: of each key its newest.
fn alerts(store: &Store, runs: &[i64], word: &Remark, settings: &Settings) -> Result<Vec<AlertRow>> {
    let state = if word.excludes { "excluded" } else { "included again" };
    let why = format!("{} {state} by {}", named(runs, "was", "were"), word.who);
    let why = if word.why.is_empty() { why } else { format!("{why}: {}", word.why) };
    let mut rows = Vec::new();
    if runs.is_empty() {
        return Ok(rows);
    }
    for alert in store.alerts().context("read the alerts")? {
        if alert.record.state == AlertState::Resolved && !is_last_withdrawn(store, &alert)? {
            continue;
        }
        let mut causes = Vec::new();
        for member in alert.record.members.iter().chain(&alert.record.withdrawn) {
            causes.push((&member.series, cause(store, member, runs, word, settings)?));
        }
        let known = |member: &Member| {
            causes.iter().find(|(series, _)| **series == member.series).map_or(Cause::Untouched, |(_, cause)| *cause)
        };
        if let Some(step) = reconsider(&alert.record, known, (&word.who, &why), word.at, &settings.judge) {
            rows.push(AlertRow::new(Some(alert.id), step));
        }
    }
    Ok(rows)
}

/// Whether an alert that is over may come back: it has members that went with runs, and no later alert took its place.
fn is_last_withdrawn(store: &Store, alert: &StoredAlert) -> Result<bool> {
    if alert.record.withdrawn.is_empty() {
        return Ok(false);
    }
    let newest = store.alerts_of(&[&alert.record.key]).context("read an alert")?;
    Ok(newest.into_iter().flatten().all(|newest| newest.id == alert.id))
}

/// What the word makes of a member's cause.
fn cause(store: &Store, member: &Member, runs: &[i64], word: &Remark, settings: &Settings) -> Result<Cause> {
    if let Evidence::Budget(breach) = &member.evidence {
        let is_meant = breach.run.is_some_and(|run| runs.binary_search(&run).is_ok());
        return Ok(match (is_meant, word.excludes) {
            (false, _) => Cause::Untouched,
            (true, true) => Cause::Gone,
            (true, false) => Cause::Stands,
        });
    }
    let Some(reworded) = store.reworded(&member.series, runs, word.excludes).context("read a history")? else {
        return Ok(Cause::Untouched);
    };
    let history: Vec<Point> = reworded.history.iter().map(point).collect();
    let tuning = settings.kept.overrides.of(&member.series).tuning(settings.judge.tuning);
    let (track, _) = follow::replay(&History::of_points(&history), &tuning, &mut Work::default());
    let segment_start = track.segment_start();
    let now = Reworded { history: &history, segment_start, meant: &reworded.meant, excluded: &reworded.excluded };
    Ok(member.cause(&now, &settings.judge))
}

fn point(run: &HistoryRun) -> Point {
    Point { at: run.moment.at, value: run.value, std: run.std, n: run.n, fresh: run.fresh }
}

/// Runs by their numbers, a few by name: `run 5 is`, `runs 5, 7 and 9 are`.
fn named(runs: &[i64], one: &str, many: &str) -> String {
    const NAMED: usize = 5;
    let list = |runs: &[i64]| runs.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    match runs {
        [run] => format!("run {run} {one}"),
        [some @ .., last] if some.len() < NAMED => format!("runs {} and {last} {many}", list(some)),
        all => format!("{} runs ({}, ...) {many}", all.len(), list(all.get(..NAMED).unwrap_or(all))),
    }
}
