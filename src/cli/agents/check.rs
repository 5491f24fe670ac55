//! `agents check`: what answers, with which model, and how fast.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{of, word};
use crate::agent::{self, AgentSettings, Backend, Checkup, Client, Memory};
use crate::cli::terminal::Terminal;
use crate::cli::{ViewArgs, asking, output, setup};
use crate::clock::SystemClock;
use crate::daemon::context::{MEMORY, Settings};
use crate::daemon::stage::agent::CAUSE;
use crate::domain::call::{Call, Ended, Role};
use crate::store::{Request, Store};

/// Characters of an answer that are shown.
const SHOWN: usize = 200;

/// Characters of a model's digest that tell it from others, as Ollama itself shows it.
const DIGEST: usize = 12;

/// Checks agents one after the other, as they would be asked. The exit code is 1 when one that is to be asked cannot be.
pub fn check(view: &ViewArgs, roles: &[Role]) -> Result<u8> {
    let all = setup::settings(&view.place)?;
    let settings = &all.agents;
    let client = Client::new().context("prepare for HTTP")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut checked = Vec::new();
    for role in roles {
        let agent = of(settings, *role);
        let checkup = runtime.block_on(agent::check(&client, *role, agent, &settings.limits, &SystemClock));
        if !view.json {
            // One at a time: a model that has to be loaded takes a while.
            output::text(&for_people(*role, agent, &checkup))?;
        }
        checked.push((*role, agent, checkup));
    }
    let ended = end_rests(&all, &checked);
    if view.json {
        let agents: Vec<Value> = checked.iter().map(|(role, agent, checkup)| as_json(*role, agent, checkup)).collect();
        output::json(&json!({ "agents": agents, "asked_again": ended }))?;
    } else if ended {
        output::text("The next landing asks them again.\n")?;
    }
    let fails =
        |(_, agent, checkup): &(Role, &AgentSettings, Checkup)| agent.backend != Backend::None && !is_well(checkup);
    Ok(u8::from(checked.iter().any(fails)))
}

/// Has whoever holds the index ask the agents again that rested and have answered now; says whether that was needed and was done. It is no
/// part of the check: without an index there is nothing to end.
fn end_rests(settings: &Settings, checked: &[(Role, &AgentSettings, Checkup)]) -> bool {
    let well = |role: &Role| checked.iter().any(|(other, _, checkup)| other == role && is_well(checkup));
    let names: Vec<String> =
        checked.iter().filter(|(_, _, checkup)| is_well(checkup)).map(|(_, _, checkup)| checkup.name.clone()).collect();
    let all = [Role::Collector, Role::Insight]
        .iter()
        .all(|role| well(role) || of(&settings.agents, *role).backend == Backend::None);
    let Ok(store) = Store::open_read_only(&settings.tree.state) else { return false };
    let needed = || -> Result<bool> {
        let memory: Option<Memory> = store.meta(MEMORY)?.and_then(|text| serde_json::from_str(&text).ok());
        let failed = memory.is_some_and(|memory| names.iter().any(|name| memory.failed(name)));
        Ok(failed || (all && store.complaints()?.iter().any(|complaint| complaint.cause == CAUSE)))
    };
    let done = match needed() {
        Ok(false) => return false,
        Ok(true) => {
            drop(store);
            asking::met(settings.clone(), &Request::AgentsAnswer { names, all })
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok(Some(_)) => true,
        Ok(None) => {
            eprintln!("chimera-insight: the process that holds the index has not answered; the request stands");
            false
        }
        Err(failure) => {
            eprintln!("chimera-insight: the models are not asked again before their rest is over: {failure:#}");
            false
        }
    }
}

/// Whether the question was answered.
fn is_well(checkup: &Checkup) -> bool {
    checkup.missing.is_none() && checkup.call.as_ref().is_some_and(|call| call.ended == Ended::Answered)
}

fn as_json(role: Role, agent: &AgentSettings, checkup: &Checkup) -> Value {
    json!({
        "agent": role.as_str(),
        "label": agent.label,
        "configured": word(agent.backend),
        "ok": is_well(checkup),
        "backend": checkup.backend,
        "url": checkup.url,
        "model": checkup.model,
        "missing": checkup.missing,
        "version": checkup.version,
        "digest": checkup.digest,
        "context": checkup.context,
        "call": checkup.call,
        "answer": checkup.answer,
        "notes": checkup.notes,
    })
}

fn for_people(role: Role, agent: &AgentSettings, checkup: &Checkup) -> String {
    let mut out = format!("{} ({})\n", output::plain(&agent.label), role.as_str());
    let mut row = |name: &str, text: &str| out += &format!("  {name:<9}{}\n", output::plain(text));
    if agent.backend == Backend::None {
        row("asked", "no: backend = \"none\"; the built-in analyst says it all");
        return out;
    }
    let version = checkup.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let backend = checkup.backend.unwrap_or_else(|| word(agent.backend));
    row("server", &format!("{}, {backend}{version}", checkup.url));
    let digest: Option<String> = checkup.digest.as_ref().map(|digest| digest.chars().take(DIGEST).collect());
    let digest = digest.map(|digest| format!(", digest {digest}"));
    row("model", &format!("{}{}", checkup.model, digest.unwrap_or_default()));
    if let Some(why) = &checkup.missing {
        row("asked", &format!("no: {why}"));
        if agent.backend == Backend::Auto {
            row("instead", "the built-in analyst says it all; it is looked for anew with each landing");
        }
        return out;
    }
    if let Some(context) = checkup.context {
        row("context", &format!("{context} tokens"));
    }
    if let Some(call) = &checkup.call {
        let options: Vec<String> = call.options.iter().map(|(name, value)| format!("{name} {value}")).collect();
        if !options.is_empty() {
            row("options", &options.join(", "));
        }
        match &call.ended {
            Ended::Answered => row("answered", &measured(call)),
            Ended::Failed { words, .. } => row("failed", words),
        }
    }
    if let Some(answer) = checkup.answer.as_deref().filter(|_| is_well(checkup)) {
        row("answer", &Terminal::of_stdout().shortened(&output::one_line(answer), SHOWN));
    }
    checkup.notes.iter().for_each(|note| row("note", note));
    out
}

/// What was measured of a call, as far as it is known.
fn measured(call: &Call) -> String {
    let measured = &call.measured;
    let parts = [
        Some(format!("in {}", time(measured.total_s))),
        measured.ttft_s.map(|s| format!("first token after {}", time(s))),
        measured.load_s.map(|s| format!("loading {} of it", time(s))),
        measured.throughput.map(|rate| format!("{rate:.1} tok/s")),
        measured.tokens.map(|n| format!("{n} tokens")),
        measured.prompt_tokens.map(|n| format!("{n} tokens of prompt")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::{Failure, Measured};

    fn checkup(ended: Ended) -> Checkup {
        let call = Call {
            role: Role::Insight,
            label: "InsightAgent".into(),
            attempt: 1,
            backend: "ollama".into(),
            url: "http://127.0.0.1:11434".into(),
            model: "m".into(),
            digest: None,
            options: vec![("num_ctx".into(), "8192".into())],
            ended,
            measured: Measured { total_s: 1.234, ttft_s: Some(0.5), tokens: Some(12), ..Measured::default() },
        };
        Checkup {
            backend: Some("ollama"),
            name: String::new(),
            url: call.url.clone(),
            model: "m".into(),
            missing: None,
            version: Some("0.11".into()),
            digest: Some("a2af6cc3eb7fa8be".into()),
            context: Some(8192),
            call: Some(call),
            answer: Some("{\n \"ready\": \u{1b}true}".into()),
            notes: vec!["a note".into()],
        }
    }

    #[test]
    fn an_agent_that_answers_is_told_with_what_was_measured() {
        let agent = AgentSettings::new("InsightAgent");
        let told = for_people(Role::Insight, &agent, &checkup(Ended::Answered));
        assert_eq!(
            told,
            "InsightAgent (insight)\n  server   http://127.0.0.1:11434, ollama 0.11\n  model    m, digest a2af6cc3eb7f\n  context  8192 tokens\n  \
             options  num_ctx 8192\n  answered in 1.23 s, first token after 500 ms, 12 tokens\n  \
             answer   { \"ready\": true}\n  note     a note\n"
        );
    }

    #[test]
    fn one_that_does_not_is_told_why_and_what_happens_instead() {
        let agent = AgentSettings::new("InsightAgent");
        let words = "no answer".to_owned();
        let failed = checkup(Ended::Failed { failure: Failure::Silent, words });
        assert!(!is_well(&failed));
        let told = for_people(Role::Insight, &agent, &failed);
        assert!(told.contains("  failed   no answer\n") && !told.contains("answer   {"), "{told}");
        let missing = Checkup { missing: Some("nothing answers".into()), call: None, ..checkup(Ended::Answered) };
        assert!(!is_well(&missing));
        let told = for_people(Role::Insight, &agent, &missing);
        assert!(told.contains("  asked    no: nothing answers\n  instead  the built-in analyst"), "{told}");
        let off = AgentSettings { backend: Backend::None, ..agent };
        assert!(for_people(Role::Insight, &off, &missing).contains("backend = \"none\""));
    }
}
