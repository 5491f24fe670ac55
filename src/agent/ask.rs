//! One question: asked, asked again if that may help, and told as the call that it was.
//!
//! What passes (a busy server, a connection that was reset) is tried once more after a moment, a question with a field that the server
//! does not take without that field. The breaker is asked before and told after.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::answer::Protocol;
use super::client::Client;
use super::exchange::{Heard, chat, request};
use super::fault::{Fault, SCHEMA};
use super::probe::{Party, Search};
use super::{AgentSettings, Limits, ollama, openai};
use crate::clock::{Clock, Stopwatch, random_bytes};
use crate::dialogue::Prompt;
use crate::domain::call::{Call, Ended, Failure, Measured, Role};

/// Less time than this is none to ask in.
const LEAST: Duration = Duration::from_millis(100);
/// How long a server that is still loading its model is left alone in between.
const LOADING: Duration = Duration::from_millis(500);
/// Fields that are the same for every call.
const ALWAYS: &[&str] = &["model", "stream", "truncate", "shift"];
/// How long to ask for the context that was in force.
const AFTER: Duration = Duration::from_secs(1);

/// Everything that a question needs but its words.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub client: &'a Client,
    pub role: Role,
    pub agent: &'a AgentSettings,
    pub limits: &'a Limits,
    pub clock: &'a dyn Clock,
    /// A person asks: whether the endpoint rests does not matter.
    pub insists: bool,
}

impl Asker<'_> {
    /// Asks, within `left`. The answer is there if and only if the call says so.
    pub async fn ask(&self, party: &Party, prompt: &Prompt, attempt: u32, left: Duration) -> (Call, Option<String>) {
        let watch = Stopwatch::start();
        let mut without = self.client.learned(&party.name(self.agent)).without(self.clock.now());
        let heard = self.with_leave(party, prompt, &mut without, left).await;
        let body = question(party, self.agent, prompt, &without);
        let heard = match heard {
            Ok(heard) => heard,
            Err(fault) => return (self.failed(party, &body, attempt, &fault, Measured::default()), None),
        };
        if let Err(fault) = &heard.outcome {
            self.learn_from(party, prompt, fault);
            return (self.failed(party, &body, attempt, fault, measured(&heard)), None);
        }
        self.answered(party, prompt, &body, attempt, heard, left.saturating_sub(watch.elapsed())).await
    }

    /// Asks if the breaker lets it, and tells it how it went.
    async fn with_leave(
        &self,
        party: &Party,
        prompt: &Prompt,
        without: &mut BTreeSet<String>,
        left: Duration,
    ) -> Result<Heard, Fault> {
        if left < LEAST {
            return Err(Fault::new(Failure::Slow, "not asked: no time was left"));
        }
        let permit = match self.client.leave(&party.name(self.agent), self.clock.now(), self.limits) {
            Err(_) if self.insists => None,
            leave => Some(leave?),
        };
        let heard = self.tries(party, prompt, without, left).await?;
        if let Some(permit) = permit {
            permit.ended(heard.outcome.as_ref().err(), self.clock.now(), self.limits);
        }
        Ok(heard)
    }

    async fn tries(
        &self,
        party: &Party,
        prompt: &Prompt,
        without: &mut BTreeSet<String>,
        left: Duration,
    ) -> Result<Heard, Fault> {
        let watch = Stopwatch::start();
        let mut again = true;
        loop {
            let body = question(party, self.agent, prompt, without);
            let mut heard = self.once(party, &body, left.saturating_sub(watch.elapsed())).await?;
            let Err(fault) = &mut heard.outcome else { return Ok(heard) };
            // Each time there is one field less, so this ends; and what was learned holds, however the question ends.
            if let Some(field) = simpler(party.protocol, fault.field, &body, without) {
                without.insert(field);
                let now = self.clock.now();
                self.client.learn(&party.name(self.agent), |learned| learned.learn_without(without.clone(), now));
                continue;
            }
            if fault.loading {
                let pause = fault.wait.unwrap_or_default().max(LOADING);
                let until = watch.elapsed().saturating_add(pause);
                if until < left.min(self.limits.first_byte) {
                    sleep(pause).await;
                    continue;
                }
                *fault = still_loading(fault, left < self.limits.first_byte);
                return Ok(heard);
            }
            let Some(pause) = pause(fault, left.saturating_sub(watch.elapsed())).filter(|_| again) else {
                return Ok(heard);
            };
            again = false;
            sleep(pause).await;
        }
    }

    async fn once(&self, party: &Party, body: &Value, left: Duration) -> Result<Heard, Fault> {
        let http = self.client.way(&party.endpoint, self.limits)?;
        let service = match party.protocol {
            Protocol::Ollama => "api/chat".to_owned(),
            Protocol::OpenAi => openai::path(&party.endpoint, "chat/completions"),
        };
        let request = request(&http, party.endpoint.service(&service), &self.agent.key, Some(body))?;
        Ok(chat(&http, request, &self.agent.key, party.protocol, self.limits, left).await)
    }

    async fn answered(
        &self,
        party: &Party,
        prompt: &Prompt,
        body: &Value,
        attempt: u32,
        heard: Heard,
        left: Duration,
    ) -> (Call, Option<String>) {
        let name = party.name(self.agent);
        let mut measured = measured(&heard);
        measured.context = self.context(party, left).await;
        let bytes = read(prompt);
        if let Some(tokens) = heard.answer.prompt_tokens {
            if self.client.learned(&name).was_cut(bytes, tokens) {
                self.client.learn(&name, |learned| learned.cut(bytes, tokens, self.clock.now()));
                let said = format!(
                    "the server read {tokens} tokens of a prompt of {bytes} bytes, so it was cut; the answer is not used"
                );
                return (self.failed(party, body, attempt, &Fault::new(Failure::Truncated, said), measured), None);
            }
            self.client.learn(&name, |learned| learned.learn(bytes, tokens));
        }
        (self.call(party, body, attempt, Ended::Answered, measured), Some(heard.answer.text))
    }

    /// The context that was in force, tokens.
    async fn context(&self, party: &Party, left: Duration) -> Option<u64> {
        let known = (party.context_told || self.agent.options.num_ctx.is_some()).then_some(party.context);
        // Ollama loads the model with what it was asked for; another may have loaded it anew since.
        if party.protocol == Protocol::OpenAi || self.agent.options.num_ctx.is_some() || left < AFTER {
            return known;
        }
        let search = Search {
            client: self.client,
            agent: self.agent,
            limits: self.limits,
            within: AFTER,
            watch: Stopwatch::start(),
        };
        search.loaded(&party.endpoint).await.or(known)
    }

    fn learn_from(&self, party: &Party, prompt: &Prompt, fault: &Fault) {
        let bytes = read(prompt);
        let is_context = fault.failure == Failure::Context;
        if !is_context && fault.context.is_none() && fault.prompt_tokens.is_none() {
            return;
        }
        let now = self.clock.now();
        self.client.learn(&party.name(self.agent), |learned| {
            let believed = party.believed(learned, self.agent, now);
            match fault.context {
                // A size that is not below what was believed does not explain it: then the tokens of the prompt were thought too few.
                Some(context) if context < believed || fault.prompt_tokens.is_some() => {
                    learned.context = Some((context, now));
                }
                _ if is_context => learned.too_long(believed, now),
                told => learned.context = told.map(|context| (context, now)).or(learned.context),
            }
            if let Some(tokens) = fault.prompt_tokens {
                learned.learn(bytes, tokens);
            }
        });
    }

    fn failed(&self, party: &Party, body: &Value, attempt: u32, fault: &Fault, measured: Measured) -> Call {
        let words = fault.words(&party.endpoint.to_string(), &self.agent.model);
        self.call(party, body, attempt, Ended::Failed { failure: fault.failure, words }, measured)
    }

    fn call(&self, party: &Party, body: &Value, attempt: u32, ended: Ended, measured: Measured) -> Call {
        Call {
            role: self.role,
            label: self.agent.label.clone(),
            attempt,
            backend: party.protocol.as_str().to_owned(),
            url: party.endpoint.to_string(),
            model: self.agent.model.clone(),
            digest: party.model.digest.clone(),
            options: options(body),
            ended,
            measured,
        }
    }
}

/// The body of a question, by protocol.
fn question(party: &Party, agent: &AgentSettings, prompt: &Prompt, without: &BTreeSet<String>) -> Value {
    match party.protocol {
        Protocol::Ollama => ollama::question(&agent.model, prompt, &agent.options, party.model.thinks, without),
        Protocol::OpenAi => openai::question(&agent.model, prompt, &agent.options, without),
    }
}

/// The field to leave out so that the server may take the question.
fn simpler(
    protocol: Protocol,
    field: Option<&'static str>,
    body: &Value,
    without: &BTreeSet<String>,
) -> Option<String> {
    let left = |name: &&&str| !without.contains(**name);
    match (protocol, field?) {
        (Protocol::Ollama, SCHEMA) => ["format"].iter().find(left).map(|name| (*name).to_owned()),
        (Protocol::OpenAi, SCHEMA) => openai::SHAPES.iter().find(left).map(|name| (*name).to_owned()),
        (_, field) => body.get(field).is_some().then(|| field.to_owned()),
    }
}

/// A server that did not get ready in the time that it has for a first byte; `hurried` if that was cut short.
fn still_loading(fault: &Fault, hurried: bool) -> Fault {
    let said = format!("the server was still loading its model when the time was up ({})", fault.said);
    Fault { hurried, ..Fault::new(Failure::Silent, said) }
}

/// Bytes of a prompt that the model reads. The schema is none of them: servers make a grammar of it, and it costs no tokens.
fn read(prompt: &Prompt) -> usize {
    prompt.system.len().saturating_add(prompt.user.len())
}

/// How long to wait before the question is asked once more, if that is worth it.
fn pause(fault: &Fault, left: Duration) -> Option<Duration> {
    if !fault.passing {
        return None;
    }
    // Without entropy everybody comes back at the same time, which is no reason not to come back.
    let [byte] = random_bytes::<1>().unwrap_or([128]);
    let jitter = Duration::from_millis(300).saturating_add(Duration::from_millis(u64::from(byte) * 2));
    let pause = fault.wait.unwrap_or_default().max(jitter.min(left / 8));
    (pause < left / 2).then_some(pause)
}

/// What a question asked for beside its words, as it was sent.
fn options(body: &Value) -> Vec<(String, String)> {
    let told = |(name, value): (&String, &Value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return None,
        };
        (!ALWAYS.contains(&name.as_str())).then(|| (name.clone(), text))
    };
    let nested = body.get("options").and_then(Value::as_object).into_iter().flatten();
    body.as_object().into_iter().flatten().chain(nested).filter_map(told).collect()
}

fn measured(heard: &Heard) -> Measured {
    let answer = &heard.answer;
    let by_server = answer.tokens.zip(answer.eval_s).map(|(tokens, seconds)| tokens as f64 / seconds);
    let by_us = || {
        let (tokens, between) = (answer.tokens?, heard.pace.generation()?);
        // The first token opens the time and is not made within it.
        Some(tokens.checked_sub(1)? as f64 / between.as_secs_f64())
    };
    let told = |seconds: Option<f64>| seconds.map(microseconds).filter(|seconds| *seconds > 0.0);
    Measured {
        total_s: microseconds(heard.took.as_secs_f64()),
        ttft_s: heard.pace.first_piece().map(|at| microseconds(at.as_secs_f64())),
        throughput: by_server.or_else(by_us).filter(|rate| rate.is_finite() && *rate > 0.0).map(significant),
        tokens: answer.tokens,
        prompt_tokens: answer.prompt_tokens,
        prompt_eval_s: told(answer.prompt_eval_s),
        eval_s: told(answer.eval_s),
        load_s: told(answer.load_s),
        context: None,
        bytes: heard.bytes,
    }
}

/// Seconds to the microsecond: no clock of a conversation over a network says more.
pub(super) fn microseconds(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// What is computed from measurements, to five significant digits, which is more than they have.
fn significant(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}
