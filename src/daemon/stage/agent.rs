//! The agent stage: a landing is talked about with the models, and what they said is kept with it when it goes on to its report.
//!
//! The conversation is outside any transaction and has a time that ends a landing's wait whatever a server does. It never fails a
//! landing: without words of a model the report is written with the built-in ones, and says why. A process that dies in the midst
//! begins the conversation anew, in what is left of its time.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;
use tracing::{error, warn};

use super::analyse::{self, Told};
use crate::agent::{self, Backend};
use crate::clock::Stopwatch;
use crate::daemon::context::{Context, Settings};
use crate::dialogue::{Said, Standing};
use crate::domain::call::{Call, Ended, Failure, Role};
use crate::store::{LandingRow, Waiting};

/// The cause under which an endpoint that fails stands in `status`.
pub const CAUSE: &str = "agents";
/// The cause under which it stands that a landing cannot go on from here.
pub const BROKEN: &str = "agent stage";
/// The report and the mail are written in what is left of the time: a tenth of it, at most this.
const WRITING: Duration = Duration::from_secs(2);
/// A conversation that does not end by itself is cut off so much later.
const GUARD: Duration = Duration::from_millis(250);

/// The time that a landing has for its agents. It begins with the judgement, a row, and is then measured by a steady clock: a step of
/// the wall clock makes it shorter, never longer.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    seen: Stopwatch,
    left: Duration,
}

impl Time {
    /// What is left for a landing that is seen now.
    pub fn of(waiting: &Waiting, settings: &agent::Settings, now: Timestamp) -> Self {
        let whole = if waiting.has_news { settings.mail_deadline } else { settings.deadline };
        let whole = whole.saturating_sub(WRITING.min(whole / 10));
        // Judged in the future: by a clock that has been put right since.
        let waited = now.duration_since(analyse::moment(&waiting.landing));
        let waited = Duration::try_from(waited).unwrap_or_default();
        Self { seen: Stopwatch::start(), left: whole.saturating_sub(waited) }
    }

    /// What is left by now.
    pub fn left(&self) -> Duration {
        self.left.saturating_sub(self.seen.elapsed())
    }
}

/// Talks about a landing, and hands it to the reporter with what was said.
///
/// # Errors
/// When the index cannot be read or written; the landing stays with the agents then.
pub async fn run(context: &Context, landing: &LandingRow, time: Time) -> Result<Said> {
    let settings = context.settings();
    let (said, analysis) = talk(context, &settings, landing, time).await?;
    // The analysis is the report's.
    let seconds = (time.seen.seconds() - analysis).max(0.0);
    keep(context, settings, landing, said, seconds).await
}

/// Hands a landing to the reporter without a conversation: because nobody is to be asked, or its time was up before its turn came.
///
/// # Errors
/// When the index cannot be written.
pub async fn pass_on(context: &Context, landing: &LandingRow, time: Time) -> Result<Said> {
    let settings = context.settings();
    let standing = if settings.agents.is_off() {
        Standing::Off
    } else {
        let why = "the report could not wait any longer: the models were busy with other landings, or the program was stopped meanwhile";
        Standing::Unavailable(why.to_owned())
    };
    keep(context, settings, landing, Said::nothing(standing), time.seen.seconds()).await
}

/// What is said of a landing, and how long its analysis took, s.
async fn talk(context: &Context, settings: &Arc<Settings>, landing: &LandingRow, time: Time) -> Result<(Said, f64)> {
    if settings.agents.is_off() {
        return Ok((Said::nothing(Standing::Off), 0.0));
    }
    let told = analysed(context, settings, landing).await?;
    let seconds = told.seconds;
    let why = if time.left().is_zero() {
        "the report could not wait for the models: it took all of its time to read the landing"
    } else {
        // A task of its own: whatever goes wrong in it costs the words of the models and nothing else.
        let mut conversation = JoinSet::new();
        conversation.spawn(converse(context.clone(), Arc::clone(settings), told, time));
        match timeout(time.left() + GUARD, conversation.join_next()).await {
            Ok(Some(Ok(said))) => return Ok((said?, seconds)),
            Ok(Some(Err(broken))) => {
                error!(landing = landing.id, "the conversation of the agents broke: {broken}");
                "the program failed while it talked to the models, which is a fault of its own; its log says more"
            }
            Ok(None) | Err(_) => "the models did not come to an end in time",
        }
    };
    Ok((Said::nothing(Standing::Unavailable(why.to_owned())), seconds))
}

async fn converse(context: Context, settings: Arc<Settings>, told: Arc<Told>, time: Time) -> Result<Said> {
    let begun = context.clone();
    let client = spawn_blocking(move || begun.agents()).await.map_err(|broken| anyhow!("no client: {broken}"))??;
    let clock = context.clock.as_ref();
    Ok(agent::converse(&client, &settings.agents, &told.analysis, clock, time.left()).await)
}

async fn analysed(context: &Context, settings: &Arc<Settings>, landing: &LandingRow) -> Result<Arc<Told>> {
    let (context, settings, landing) = (context.clone(), Arc::clone(settings), landing.clone());
    let analysed = spawn_blocking(move || analyse::first(&context, &settings, &landing)).await;
    analysed.map_err(|broken| anyhow!("the analysis broke: {broken}"))?
}

async fn keep(
    context: &Context,
    settings: Arc<Settings>,
    landing: &LandingRow,
    said: Said,
    seconds: f64,
) -> Result<Said> {
    let (context, landing) = (context.clone(), landing.id);
    let kept = spawn_blocking(move || {
        context.store.keep_said(landing, &said, seconds, context.clock.now()).context("keep what the agents said")?;
        context.store.well_again(BROKEN)?;
        tell_health(&context, &settings.agents, &said).context("note how the agents are")?;
        Ok(said)
    });
    kept.await.map_err(|broken| anyhow!("what the agents said was not kept: {broken}"))?
}

/// Says in `status` and once in the log that an endpoint of the configuration fails; takes it back when it works, or is not there and
/// need not be.
fn tell_health(context: &Context, settings: &agent::Settings, said: &Said) -> Result<()> {
    context.remember_agents()?;
    if let Some((failure, trouble)) = trouble(settings, said) {
        // That it is left alone says less than why it is, if that is known.
        let is_known = || Ok::<bool, anyhow::Error>(context.store.complaints()?.iter().any(|one| one.cause == CAUSE));
        if failure == Failure::Resting && is_known()? {
            return Ok(());
        }
        let message = format!("{trouble} Reports go out with the built-in text meanwhile.");
        if context.store.complain(CAUSE, &message, context.clock.now())? {
            warn!("{message}");
        }
        return Ok(());
    }
    let rests = || Ok::<bool, anyhow::Error>(!context.agents()?.memory().resting(context.clock.now()).is_empty());
    // A landing about which nobody was asked says nothing of the endpoints.
    let is_known = !said.calls.is_empty() || !said.ledger.is_empty();
    if said.standing == Standing::Off || (is_known && !rests()?) {
        context.store.well_again(CAUSE)?;
    }
    Ok(())
}

/// What is wrong with the agents, for people. That no Ollama answers where none was asked for is not.
fn trouble(settings: &agent::Settings, said: &Said) -> Option<(Failure, String)> {
    let may_be_missing = |role: Role| {
        let agent = if role == Role::Collector { &settings.collector } else { &settings.insight };
        agent.backend == Backend::Auto
    };
    let of_call = |call: &Call| match &call.ended {
        Ended::Failed { failure: Failure::Absent | Failure::NoModel | Failure::Resting, .. }
            if may_be_missing(call.role) =>
        {
            None
        }
        Ended::Failed { failure, words } => Some((*failure, words.clone())),
        Ended::Answered => None,
    };
    // The first question to each agent: the repair of an answer only asks again for what was said badly.
    said.calls.iter().filter(|call| call.attempt == 1).find_map(of_call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::AgentSettings;
    use crate::domain::call::Measured;
    use crate::store::LandingKind;
    use jiff::SignedDuration;

    fn call(role: Role, attempt: u32, failure: Option<Failure>) -> Call {
        let ended = failure.map_or(Ended::Answered, |failure| Ended::Failed { failure, words: format!("{failure:?}") });
        Call {
            role,
            label: String::new(),
            attempt,
            backend: "ollama".into(),
            url: "http://127.0.0.1:1".into(),
            model: "m".into(),
            digest: None,
            options: Vec::new(),
            ended,
            measured: Measured::default(),
        }
    }

    fn told(backend: Backend, calls: &[(Role, u32, Option<Failure>)]) -> Option<String> {
        let insight = AgentSettings { backend, ..AgentSettings::new("I") };
        let settings = agent::Settings { insight, ..agent::Settings::default() };
        let calls = calls.iter().map(|(role, attempt, failure)| call(*role, *attempt, *failure)).collect();
        trouble(&settings, &Said { calls, ..Said::nothing(Standing::Used) }).map(|(_, words)| words)
    }

    #[test]
    fn an_endpoint_that_need_not_be_there_is_no_trouble_and_one_that_fails_is() {
        let insight = |failure| [(Role::Insight, 1, Some(failure))];
        assert_eq!(told(Backend::Auto, &insight(Failure::Absent)), None);
        assert_eq!(told(Backend::Auto, &insight(Failure::NoModel)), None);
        assert_eq!(told(Backend::Auto, &insight(Failure::Slow)), Some("Slow".into()));
        assert_eq!(told(Backend::Ollama, &insight(Failure::Absent)), Some("Absent".into()));
        assert_eq!(told(Backend::OpenAi, &insight(Failure::Resting)), Some("Resting".into()));
        let repaired = [(Role::Insight, 1, None), (Role::Insight, 2, Some(Failure::Length))];
        assert_eq!(told(Backend::Ollama, &repaired), None);
        let collector = [(Role::Collector, 1, Some(Failure::Cut)), (Role::Insight, 1, None)];
        assert_eq!(told(Backend::Ollama, &collector), Some("Cut".into()));
    }

    #[test]
    fn time_runs_from_the_judgement_and_a_clock_that_steps_back_gives_no_more() {
        let judged = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1000);
        let landing = LandingRow {
            id: 1,
            kind: LandingKind::Live,
            opened: judged,
            judged: Some(judged),
            attempts: 0,
            reserved: None,
        };
        let settings = agent::Settings {
            deadline: Duration::from_secs(600),
            mail_deadline: Duration::from_secs(10),
            ..agent::Settings::default()
        };
        let left = |has_news, seconds| {
            let waiting = Waiting { landing: landing.clone(), has_news, is_due: true };
            Time::of(&waiting, &settings, judged + SignedDuration::from_secs(seconds)).left
        };
        let seconds = Duration::from_secs;
        assert_eq!((left(false, 0), left(true, 0)), (seconds(598), seconds(9)));
        assert_eq!((left(false, 98), left(true, 98)), (seconds(500), seconds(0)));
        assert_eq!((left(false, -7200), left(true, -7200)), (seconds(598), seconds(9)));
    }
}
