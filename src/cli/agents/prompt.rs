//! `agents prompt`: what the agents would be told of a landing, word for word. Nothing is sent, and no server is looked for.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{of, word};
use crate::agent::{AgentSettings, Backend};
use crate::cli::{ViewArgs, output, setup};
use crate::clock::SystemClock;
use crate::daemon::context::Context;
use crate::daemon::stage::analyse;
use crate::dialogue::gate::Observations;
use crate::dialogue::{Budget, CAUTIOUS, Prompt, persona, prompt};
use crate::domain::call::Role;
use crate::insight::Analysis;
use crate::store::Store;

/// What one agent would be told.
struct Told<'a> {
    role: Role,
    agent: &'a AgentSettings,
    prompt: Prompt,
    /// Size of the context, tokens; whether the configuration says so.
    context: (u32, bool),
}

/// Prints the prompts of a landing; without a number, of the newest that has a report.
pub fn prompt(view: &ViewArgs, landing: Option<i64>, roles: &[Role], context: u32) -> Result<()> {
    let settings = setup::settings(&view.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let id = match landing {
        Some(id) => id,
        None => {
            let newest = store.newest_report()?;
            newest.context("there is no report yet: nothing has landed, or it is still being judged")?.landing
        }
    };
    let row = store
        .landing(id)?
        .with_context(|| format!("there is no landing {id}; `chimera-insight report --all` lists those there are"))?;
    ensure!(row.judged.is_some(), "landing {id} is still being judged: there is nothing to tell yet");
    let said = store.said(id)?;
    let shared = Context::new(Arc::new(store), Arc::new(SystemClock), settings);
    let settings = shared.settings();
    let analysis = analyse::last(&shared, &settings, &row)?.analysis;
    // What the collector found then is of this ledger, or it is of no use.
    let said = said.filter(|said| said.ledger == analysis.ledger.hash().to_string());
    let found = said.map(|said| Observations { observations: said.observations, gaps: said.gaps }).unwrap_or_default();
    let told: Vec<Told<'_>> =
        roles.iter().map(|role| told(*role, of(&settings.agents, *role), &analysis, &found, context)).collect();
    if view.json {
        let agents: Vec<Value> = told.iter().map(as_json).collect();
        return output::json(&json!({ "landing": id, "agents": agents }));
    }
    let found = found.observations.len() + found.gaps.len();
    let pages: Vec<String> = told.iter().map(|told| for_people(told, id, found)).collect();
    output::text(&pages.join("\n"))
}

fn told<'a>(role: Role, agent: &'a AgentSettings, analysis: &Analysis, found: &Observations, context: u32) -> Told<'a> {
    let context = (agent.options.num_ctx.unwrap_or(context), agent.options.num_ctx.is_some());
    let budget = Budget { context: context.0, predict: agent.options.num_predict, bytes_per_token: CAUTIOUS };
    let persona = agent.persona.as_deref().unwrap_or_else(|| persona::built_in(role));
    let prompt = match role {
        Role::Collector => prompt::collector(analysis, persona, &budget),
        Role::Insight => prompt::insight(analysis, &found.observations, &found.gaps, persona, &budget),
    };
    Told { role, agent, prompt, context }
}

fn as_json(told: &Told<'_>) -> Value {
    let Told { role, agent, prompt, context } = told;
    json!({
        "agent": role.as_str(),
        "label": agent.label,
        "configured": word(agent.backend),
        "url": agent.url,
        "model": agent.model,
        "context": context.0,
        "tokens": prompt.tokens,
        "room": prompt.room,
        "facts": prompt.shown.facts.len(),
        "names": prompt.shown.names.len(),
        "left_out": prompt.shown.left_out,
        "system": prompt.system,
        "user": prompt.user,
        "schema": prompt.schema,
    })
}

fn for_people(told: &Told<'_>, landing: i64, found: usize) -> String {
    let Told { role, agent, prompt, context } = told;
    let asked = match agent.backend {
        Backend::None => "backend = \"none\": nobody is asked; it would be this".to_owned(),
        backend => format!("model {} at {}, backend = \"{}\"", agent.model, agent.url, word(backend)),
    };
    let size = match context {
        (tokens, true) => format!("{tokens} tokens (num_ctx)"),
        (tokens, false) => format!("{tokens} tokens (num_ctx is not set: the server's own counts; try --context)"),
    };
    let heard = match (role, found) {
        (Role::Collector, _) => String::new(),
        (Role::Insight, 0) => {
            "  collector  nothing of it is kept: this is what is told when it finds nothing\n".to_owned()
        }
        (Role::Insight, n) => format!("  collector  what it found when the landing was talked about ({n} sentences)\n"),
    };
    let shown = &prompt.shown;
    format!(
        "{} ({}), landing {landing}\n  asked      {}\n  context    {size}\n  prompt     about {} tokens, {} facts, {} names; {} facts \
         left out\n  answer     at most {} tokens\n{heard}\n----- system -----\n{}\n----- user -----\n{}\n",
        output::plain(&agent.label),
        role.as_str(),
        output::plain(&asked),
        prompt.tokens,
        shown.facts.len(),
        shown.names.len(),
        shown.left_out,
        prompt.room,
        prompt.system.trim_end(),
        prompt.user.trim_end(),
    )
}
