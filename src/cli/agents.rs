//! `agents check|prompt`: whether the models can be asked, and what they would be told.
//!
//! The one asks each agent's server a short question and ends the rest of those that answer; the other reads the index and sends nothing. Both fail (exit
//! code 3) where the tree, or the index that `prompt` needs, is not there.

mod check;
mod prompt;
pub mod settings;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use super::ViewArgs;
use crate::agent::{AgentSettings, Backend, Settings};
use crate::domain::call::Role;

/// What stands below the options.
pub const HELP: &str = "\
Examples:
  chimera-insight agents check    can they be asked? one short real question
  chimera-insight agents prompt   what they would be told of the newest landing
  chimera-insight agents prompt 12 --json
                                  the same of landing 12, with the schema of
                                  the answers

Exit codes: 0 well, 1 an agent cannot be asked or did not answer (check),
2 usage, 3 failure, 78 bad configuration.";

#[derive(Debug, Args)]
pub struct AgentsArgs {
    #[command(subcommand)]
    pub action: AgentsAction,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Subcommand)]
pub enum AgentsAction {
    /// Look for each agent's server and model, and ask one short question; exit with 1 if one cannot be asked
    Check {
        /// Only this agent
        agent: Option<Which>,
    },
    /// Print what the agents would be told of a landing; nothing is sent
    Prompt {
        /// The landing's number, as in the report's first lines and in `report --all` [default: the newest one that has a report]
        landing: Option<i64>,
        /// Only this agent
        #[arg(long)]
        agent: Option<Which>,
        /// Size of the model's context, in tokens, where `num_ctx` is not set: a server is asked for it, this command asks none
        #[arg(long, value_name = "TOKENS", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(256..))]
        context: u32,
    },
}

/// An agent, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// Says what is in the data
    Collector,
    /// Says what it means
    Insight,
}

/// Runs an agents command.
pub fn agents(args: &AgentsArgs) -> Result<u8> {
    match &args.action {
        AgentsAction::Check { agent } => check::check(&args.view, roles(*agent)),
        AgentsAction::Prompt { landing, agent, context } => {
            prompt::prompt(&args.view, *landing, roles(*agent), *context).map(|()| 0)
        }
    }
}

fn roles(which: Option<Which>) -> &'static [Role] {
    match which {
        None => &[Role::Collector, Role::Insight],
        Some(Which::Collector) => &[Role::Collector],
        Some(Which::Insight) => &[Role::Insight],
    }
}

fn of(settings: &Settings, role: Role) -> &AgentSettings {
    match role {
        Role::Collector => &settings.collector,
        Role::Insight => &settings.insight,
    }
}

/// The word of the configuration.
fn word(backend: Backend) -> &'static str {
    match backend {
        Backend::Auto => "auto",
        Backend::Ollama => "ollama",
        Backend::OpenAi => "openai",
        Backend::None => "none",
    }
}
