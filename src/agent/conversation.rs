//! A conversation: the collector is asked what is in the facts, the insight agent what it means, each at most twice.
//!
//! It never fails and never takes longer than it may. What goes wrong is told in the calls and in the standing, and what is missing the
//! built-in text says. Each answer goes through the gate; an answer of which too little is left is sent back once with the reasons.

use std::time::Duration;

use super::ask::Asker;
use super::client::Client;
use super::probe::{Missing, Party, Search};
use super::{AgentSettings, Backend, Settings};
use crate::clock::{Clock, Stopwatch};
use crate::dialogue::gate::{self, Advice, Gated, Observations, Unreadable};
use crate::dialogue::{Budget, Dropped, Persona, Prompt, Said, Shown, Standing, Statement, persona, prompt, repair};
use crate::domain::call::{Call, Ended, Failure, Measured, Role};
use crate::domain::fact::FactId;
use crate::insight::{Analysis, Ledger};

/// Asks both agents about a landing, within `left`. What they said is to the ledger of this analysis.
pub async fn converse(
    client: &Client,
    settings: &Settings,
    analysis: &Analysis,
    clock: &dyn Clock,
    left: Duration,
) -> Said {
    let mut talk = Talk::new(client, settings, analysis, clock, left);
    // Nobody reads what the collector finds but the insight agent.
    if settings.insight.backend != Backend::None {
        let found = talk.collector().await;
        talk.insight(&found).await;
    }
    talk.end()
}

/// A conversation under way.
struct Talk<'a> {
    client: &'a Client,
    settings: &'a Settings,
    analysis: &'a Analysis,
    clock: &'a dyn Clock,
    watch: Stopwatch,
    left: Duration,
    /// Servers that were looked for, so that two agents with the same one look once.
    looked: Vec<(AgentSettings, Result<Party, Missing>)>,
    said: Said,
}

/// The gate for the answers of one agent: the answer, its attempt, what the prompt showed.
type Gate<T> = fn(&str, u32, &Shown, &Ledger) -> Result<Gated<T>, Unreadable>;

/// What one agent is asked, apart from where.
struct Part<'t, T> {
    role: Role,
    prompt: &'t (dyn Fn(&str, &Budget) -> Prompt + Sync),
    gate: Gate<T>,
    /// Of two answers, the second the repair of the first.
    join: fn(T, T) -> T,
}

/// What came of an agent.
struct Outcome<T> {
    kept: T,
    /// All of it, and nothing was dropped.
    whole: bool,
}

impl<'a> Talk<'a> {
    fn new(
        client: &'a Client,
        settings: &'a Settings,
        analysis: &'a Analysis,
        clock: &'a dyn Clock,
        left: Duration,
    ) -> Self {
        let said = Said { ledger: analysis.ledger.hash().to_string(), ..Said::nothing(Standing::Off) };
        Self { client, settings, analysis, clock, watch: Stopwatch::start(), left, looked: Vec::new(), said }
    }

    async fn collector(&mut self) -> Observations {
        let analysis = self.analysis;
        let part = Part {
            role: Role::Collector,
            prompt: &|persona, budget| prompt::collector(analysis, persona, budget),
            gate: gate::collector,
            join: more_observations,
        };
        // The other half of the time is the insight agent's, whose words the report is about.
        let found = match self.part(&self.settings.collector, &part, self.left / 2).await {
            Ok(outcome) => outcome.kept,
            // The insight agent has the built-in findings, and says in the end what there is to say.
            Err(_) => Observations::default(),
        };
        self.said.observations.clone_from(&found.observations);
        self.said.gaps.clone_from(&found.gaps);
        found
    }

    async fn insight(&mut self, found: &Observations) {
        let analysis = self.analysis;
        let part = Part {
            role: Role::Insight,
            prompt: &|persona, budget| prompt::insight(analysis, &found.observations, &found.gaps, persona, budget),
            gate: gate::insight,
            join: more_advice,
        };
        let outcome = match self.part(&self.settings.insight, &part, self.left).await {
            Ok(outcome) => outcome,
            Err(standing) => {
                self.said.standing = standing;
                return;
            }
        };
        let Advice { summary, recommendations, risks } = outcome.kept;
        self.said.standing = match (summary.is_empty() && recommendations.is_empty() && risks.is_empty(), outcome.whole)
        {
            (true, _) => Standing::Rejected("no sentence of the answer passed the gate".to_owned()),
            (false, true) => Standing::Used,
            (false, false) => Standing::PartlyUsed,
        };
        (self.said.summary, self.said.recommendations, self.said.risks) = (summary, recommendations, risks);
    }

    /// One agent's part, until `until` since the beginning.
    async fn part<T>(
        &mut self,
        agent: &'a AgentSettings,
        part: &Part<'_, T>,
        until: Duration,
    ) -> Result<Outcome<T>, Standing> {
        if agent.backend == Backend::None {
            return Err(Standing::Off);
        }
        let party = match self.find(agent, until).await {
            Ok(party) => party,
            Err(missing) => return Err(self.missing(part.role, agent, missing)),
        };
        let text = agent.persona.as_deref().unwrap_or_else(|| persona::built_in(part.role));
        let prompt = (part.prompt)(text, &self.budget(agent, &party));
        self.said.personas.push(Persona { role: part.role, label: agent.label.clone(), prompt: text.to_owned() });
        let (reasons, first) = match self.ask(agent, &party, part, &prompt, 1, until).await? {
            Ok(gated) if gated.enough => return Ok(self.outcome(gated)),
            Ok(gated) => (gated.dropped, Ok(gated.kept)),
            Err(why) => {
                let words = why.to_string();
                let dropped = Dropped { role: part.role, attempt: 1, sentence: String::new(), reason: words.clone() };
                (vec![dropped], Err(Standing::Rejected(words)))
            }
        };
        let repair = repair::repair(&prompt, &reasons, &self.budget(agent, &party));
        self.said.dropped.extend(reasons.into_iter().filter(|dropped| !dropped.sentence.is_empty()));
        let second = match self.ask(agent, &party, part, &repair, 2, until).await {
            Ok(Ok(gated)) => self.outcome(gated),
            // What the first answer had is better than nothing.
            Ok(Err(_)) | Err(_) => return first.map(|kept| Outcome { kept, whole: false }),
        };
        Ok(match first {
            Ok(first) if !second.whole => Outcome { kept: (part.join)(first, second.kept), whole: false },
            _ => second,
        })
    }

    /// What came of an answer; what the gate dropped of it is kept to be told.
    fn outcome<T>(&mut self, gated: Gated<T>) -> Outcome<T> {
        let whole = gated.enough && gated.dropped.is_empty();
        self.said.dropped.extend(gated.dropped);
        Outcome { kept: gated.kept, whole }
    }

    /// Asks and puts the answer through the gate. An error is that of the call, which is told already.
    async fn ask<T>(
        &mut self,
        agent: &AgentSettings,
        party: &Party,
        part: &Part<'_, T>,
        prompt: &Prompt,
        attempt: u32,
        until: Duration,
    ) -> Result<Result<Gated<T>, Unreadable>, Standing> {
        let asker = Asker {
            client: self.client,
            role: part.role,
            agent,
            limits: &self.settings.limits,
            clock: self.clock,
            insists: false,
        };
        let (mut call, answer) = asker.ask(party, prompt, attempt, self.rest(until)).await;
        // A question that was not put took no time.
        if part.role == Role::Insight && call.measured.total_s > 0.0 {
            (self.said.left_out, self.said.unread) = (prompt.shown.left_out, prompt.unread);
        }
        let gated = match (answer, &call.ended) {
            (Some(answer), _) => Ok((part.gate)(&answer, attempt, &prompt.shown, &self.analysis.ledger)),
            (None, Ended::Failed { words, .. }) => Err(Standing::Unavailable(words.clone())),
            (None, Ended::Answered) => Err(Standing::Unavailable("the answer was lost".to_owned())),
        };
        if let Ok(Err(why)) = &gated {
            let words = format!(
                "{}, model {}: {why}. A model that keeps to a schema does better.",
                party.endpoint, agent.model
            );
            call.ended = Ended::Failed { failure: Failure::Invalid, words };
        }
        log(&call);
        self.said.calls.push(call);
        gated
    }

    /// Looks for an agent's model, once for all agents that have the same.
    async fn find(&mut self, agent: &AgentSettings, until: Duration) -> Result<Party, Missing> {
        let same = |other: &AgentSettings| {
            (other.backend, &other.url, &other.model, &other.key)
                == (agent.backend, &agent.url, &agent.model, &agent.key)
                && other.options.num_ctx == agent.options.num_ctx
        };
        if let Some((_, known)) = self.looked.iter().find(|(other, _)| same(other)) {
            return known.clone();
        }
        let search = Search {
            client: self.client,
            agent,
            limits: &self.settings.limits,
            within: self.rest(until),
            watch: Stopwatch::start(),
        };
        let found = search.find_with_leave(self.clock).await;
        self.looked.push((agent.clone(), found.clone()));
        found
    }

    /// Tells of a model that is not there: under `auto` that is nobody's failure.
    fn missing(&mut self, role: Role, agent: &AgentSettings, missing: Missing) -> Standing {
        let words = missing.fault.words(&missing.address, &agent.model);
        if agent.backend != Backend::Auto {
            let ended = Ended::Failed { failure: missing.fault.failure, words: words.clone() };
            let call = Call {
                role,
                label: agent.label.clone(),
                attempt: 1,
                backend: missing.protocol.as_str().to_owned(),
                url: missing.address,
                model: agent.model.clone(),
                digest: None,
                options: Vec::new(),
                ended,
                measured: Measured::default(),
            };
            log(&call);
            self.said.calls.push(call);
        }
        Standing::Unavailable(words)
    }

    fn budget(&self, agent: &AgentSettings, party: &Party) -> Budget {
        let learned = self.client.learned(&party.name(agent));
        let context = party.believed(&learned, agent, self.clock.now());
        Budget {
            context: u32::try_from(context).unwrap_or(u32::MAX),
            predict: agent.options.num_predict,
            bytes_per_token: learned.bytes_per_token(),
        }
    }

    fn rest(&self, until: Duration) -> Duration {
        until.saturating_sub(self.watch.elapsed())
    }

    fn end(mut self) -> Said {
        self.said.seconds = super::ask::microseconds(self.watch.seconds());
        self.said
    }
}

/// That a configured endpoint fails is warned of once, with the health of the whole; each call is told of as what happens.
fn log(call: &Call) {
    let role = call.role.as_str();
    match &call.ended {
        Ended::Answered => {
            let (seconds, tokens) = (call.measured.total_s, call.measured.tokens);
            tracing::info!(role, label = call.label, model = call.model, seconds, tokens, "agent answered");
        }
        Ended::Failed { failure: Failure::Resting, words } => {
            tracing::debug!(role, label = call.label, "agent gave no answer: {words}");
        }
        Ended::Failed { failure, words } => {
            tracing::info!(role, label = call.label, ?failure, "agent gave no answer: {words}");
        }
    }
}

/// What held of both answers: the second mends the first. Of two statements that rest on the same facts the later one stands.
fn more_observations(first: Observations, second: Observations) -> Observations {
    Observations {
        observations: both(first.observations, second.observations, |one| about([one])),
        gaps: both(first.gaps, second.gaps, |one| about([one])),
    }
}

/// As [`more_observations`], slot by slot; of two recommendations with one aim the later one.
fn more_advice(first: Advice, second: Advice) -> Advice {
    let mut recommendations = both(first.recommendations, second.recommendations, |(aim, _)| Some(*aim));
    recommendations.sort_by_key(|(aim, _)| *aim);
    Advice {
        summary: both(first.summary, second.summary, |one| about([one])),
        recommendations,
        risks: both(first.risks, second.risks, |(risk, mitigation)| about([risk, mitigation])),
    }
}

/// The facts that statements rest on; `None` where there are none, since words alone can say anything.
fn about<const N: usize>(statements: [&Statement; N]) -> Option<Vec<FactId>> {
    let mut facts: Vec<FactId> = statements.into_iter().flat_map(Statement::facts).collect();
    facts.sort_unstable();
    facts.dedup();
    (!facts.is_empty()).then_some(facts)
}

/// The entries of both lists, those of the first in front, but for those which the second has again.
fn both<T: PartialEq, K: PartialEq>(first: Vec<T>, second: Vec<T>, key: fn(&T) -> Option<K>) -> Vec<T> {
    let is_again =
        |one: &T| second.iter().any(|other| one == other || key(one).is_some_and(|own| key(other) == Some(own)));
    let mut all: Vec<T> = first.into_iter().filter(|one| !is_again(one)).collect();
    all.extend(second);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Piece;
    use crate::domain::call::Aim;

    fn say(words: &str, facts: &[u32]) -> Statement {
        let cites = facts.iter().map(|id| Piece::Cite(FactId(*id)));
        Statement(std::iter::once(Piece::Text(words.to_owned())).chain(cites).collect())
    }

    #[test]
    fn what_held_of_an_answer_stays_beside_what_its_repair_mends() {
        let first = Advice {
            summary: vec![say("kept", &[1]), say("rough", &[2, 3]), say("bare", &[])],
            recommendations: vec![(Aim::Quality, say("old", &[1])), (Aim::Throughput, say("kept", &[1]))],
            risks: vec![(say("risk", &[1]), say("kept", &[2]))],
        };
        let second = Advice {
            summary: vec![say("smooth", &[3, 2]), say("bare", &[]), say("other", &[])],
            recommendations: vec![(Aim::Quality, say("new", &[9]))],
            risks: vec![(say("risk", &[4]), say("new", &[]))],
        };
        let both = more_advice(first, second);
        let summary = [say("kept", &[1]), say("smooth", &[3, 2]), say("bare", &[]), say("other", &[])];
        assert_eq!(both.summary, summary);
        assert_eq!(both.recommendations, [(Aim::Throughput, say("kept", &[1])), (Aim::Quality, say("new", &[9]))]);
        assert_eq!(both.risks.len(), 2);
    }
}
