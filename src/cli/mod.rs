//! L4: the command line. Arguments here, one file per subcommand, each a plain function that returns an exit code.
//!
//! Exit codes: 0 well, 1 the asked-for condition, 2 usage, 3 runtime failure, 78 bad configuration.

mod agents;
mod alerts;
mod asking;
mod backtest;
pub mod config;
mod demo;
mod explain;
mod export;
mod file;
mod history;
mod hooks;
mod kept;
mod logging;
mod mail;
mod meant;
mod moment;
mod next;
mod output;
mod progress;
mod report;
mod run;
mod runs;
mod scan;
mod series;
mod setup;
mod status;
mod terminal;
mod verify;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::config::ConfigErrors;
use crate::domain::alert::{AlertKind, AlertState};

/// Exit code of a command that does not say what it means.
const EXIT_USAGE: u8 = 2;

/// Exit code of a failure at run time.
const EXIT_FAILURE: u8 = 3;

/// Watches benchmark results, judges every series, reports what changed, mails what regressed.
///
/// Reads every benchmark file below reports/, csv_data/ and artifacts/ into an SQLite index, tells real changes from noise, writes a
/// report beside the files, and mails the team when something got worse. Works without any configuration: try `chimera-insight demo`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch, index, judge, report and mail until SIGTERM (SIGHUP reloads, SIGUSR1 scans now)
    Run(RunArgs),
    /// One pass over a directory: index what is new, judge it, write a report, send what is due
    Scan(ScanArgs),
    /// Replay the detector over history: what would it have said, and when
    #[command(after_long_help = backtest::HELP)]
    Backtest(backtest::BacktestArgs),
    /// Show how a file is read: format, runs, parameters, metrics, units, and where each number stands
    Explain(ExplainArgs),
    /// What the index knows, and whether the daemon is up, ready and well
    Status(ViewArgs),
    /// A landing's report, the facts that it rests on, and whether they still hold
    #[command(after_long_help = report::HELP)]
    Report(report::ReportArgs),
    /// The known series and their newest values
    Series(SeriesArgs),
    /// The runs of one series as a plot and a table, with its levels and changes
    #[command(after_long_help = history::HELP)]
    History(history::HistoryArgs),
    /// The values of series for other programs, as CSV or JSON Lines
    #[command(after_long_help = export::HELP)]
    Export(export::ExportArgs),
    /// Which numbers of a report the index bears out, whoever wrote it
    Verify(VerifyArgs),
    /// The runs that are known; leave bad ones out of their histories, and take them back
    Runs(RunsArgs),
    /// The alerts and their lives
    Alerts(AlertsArgs),
    /// The outbox: what waits, what was refused, and a test of the mail server
    Mail(MailArgs),
    /// The agents and their language models: can they be asked, and what would they be told
    #[command(after_long_help = agents::HELP)]
    Agents(agents::AgentsArgs),
    /// The configuration: check it, show what is in force, print its schema
    Config(ConfigArgs),
    /// Make a small workspace, run the real daemon on it, and show the report and the mail of a regression
    Demo(DemoArgs),
}

/// Where the tree and the configuration are.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Configuration file [default: $CHIMERA_INSIGHT_CONFIG, else chimera-insight.toml in the tree, else built-in defaults]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The tree that holds reports/, csv_data/ and artifacts/, and the state [default: the current directory]
    #[arg(long, value_name = "DIR", global = true)]
    pub root: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub place: Place,
    /// Go to the background (for systems without systemd); needs --pid-file
    #[arg(long, requires = "pid_file")]
    pub daemonize: bool,
    /// Where the background process writes its number
    #[arg(long, value_name = "FILE", requires = "daemonize")]
    pub pid_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The tree to scan [default: the current directory]; a directory with none of the configured ones is itself the root
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Configuration file [default: $CHIMERA_INSIGHT_CONFIG, else chimera-insight.toml in the tree, else built-in defaults]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 if the newest runs of files hold a regression (or also a candidate for one), newly found or still firing;
    /// the agents' own calls do not count
    #[arg(long, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,
}

/// What makes `scan --fail-on` exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A confirmed regression
    Regression,
    /// A confirmed regression or a candidate that further runs have yet to confirm
    Candidate,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The file to read; nothing is stored
    pub file: PathBuf,
    /// Print every column, run and measurement, and nothing shortened
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Args)]
pub struct ViewArgs {
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct SeriesArgs {
    /// Only series whose name contains this, in any case
    pub pattern: Option<String>,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The report to check, Markdown or plain text; `-`: standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    pub action: Option<RunsAction>,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Subcommand)]
pub enum RunsAction {
    /// Runs, the newest first, with those marked that are excluded (the default)
    List(ListRuns),
    /// Leave runs out of the histories of their series, which are judged anew
    Exclude {
        #[command(flatten)]
        which: WhichRuns,
        /// Why, for those who read it later
        #[arg(long, value_name = "TEXT", value_parser = runs::reason)]
        why: String,
    },
    /// Have excluded runs count again
    Include {
        #[command(flatten)]
        which: WhichRuns,
        /// Why, for those who read it later
        #[arg(long, value_name = "TEXT", default_value = "", value_parser = asking::word)]
        why: String,
    },
}

#[derive(Debug, Default, Args)]
pub struct ListRuns {
    /// Only runs whose benchmark, artifact, host, commit, branch or environment contains this, in any case
    pub pattern: Option<String>,
    /// Only runs of benchmarks that this pattern means as a whole: `*decode*`
    #[arg(long, value_name = "GLOB")]
    pub benchmark: Option<String>,
    /// Only those that are excluded
    #[arg(long)]
    pub excluded: bool,
    /// At most so many; 0: all [default: 50, and all with --json]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Runs by their numbers, or by what they have in common.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct WhichRuns {
    /// Numbers of runs, as `runs list` shows them
    #[arg(value_name = "RUN", conflicts_with_all = ["file", "commit", "host"])]
    pub runs: Vec<i64>,
    /// All runs of this artifact
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// All runs of this commit, or of those that begin so
    #[arg(long, value_name = "COMMIT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub commit: Option<String>,
    /// All runs on this host
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Of those on the host: not before this date or time, in UTC
    #[arg(long, value_name = "TIME", requires = "host", value_parser = runs::time)]
    pub since: Option<Timestamp>,
    /// Of those on the host: before this date or time, in UTC
    #[arg(long, value_name = "TIME", requires = "host", value_parser = runs::time)]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub struct AlertsArgs {
    #[command(subcommand)]
    pub action: Option<AlertsAction>,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Subcommand)]
pub enum AlertsAction {
    /// The alerts that are open or suspected, the newest first (the default)
    List(AlertListArgs),
    /// One alert with its members and its whole life
    Show {
        /// The alert's number, as in reports, mails and `alerts list`
        id: i64,
    },
    /// Take alerts: everybody sees that they are in hand; new members and the end are still mailed; ends a silence
    Ack(AlertCommandArgs),
    /// No mail about alerts for a while; what happens meanwhile and still holds then is mailed at the end
    Silence(AlertSilenceArgs),
    /// End a silence now
    Unsilence(AlertCommandArgs),
    /// Make today's level the new normal: the alerts are over, and only what gets worse than this is a new one
    Accept(AlertCommandArgs),
    /// End alerts; one that fires again within a day goes on in the same thread
    Resolve(AlertCommandArgs),
}

#[derive(Debug, Default, Args)]
pub struct AlertListArgs {
    /// Those that are over too
    #[arg(long)]
    pub all: bool,
    /// Only those in this state (`resolved` needs no --all)
    #[arg(long, value_name = "STATE", value_parser = AlertState::ALL.map(AlertState::as_str))]
    pub state: Option<String>,
    /// Only those of this kind
    #[arg(long, value_name = "KIND", value_parser = AlertKind::ALL.map(AlertKind::as_str))]
    pub kind: Option<String>,
}

#[derive(Debug, Args)]
pub struct AlertCommandArgs {
    /// The alerts' numbers, as in reports, mails and `alerts list`
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<i64>,
    /// Also those that were opened with them: same benchmark, same landing
    #[arg(long)]
    pub group: bool,
    /// Why, for those who read their lives later
    #[arg(long, default_value = "", value_name = "TEXT", value_parser = asking::word)]
    pub why: String,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("end").required(true))]
pub struct AlertSilenceArgs {
    /// For how long: 90m, 8h, 3d
    #[arg(long = "for", value_name = "DURATION", group = "end", value_parser = alerts::duration)]
    pub span: Option<std::time::Duration>,
    /// Until when: 2026-12-01, 2026-12-01T08:00 (both in UTC) or 2026-12-01T08:00:00+01:00
    #[arg(long, value_name = "TIME", group = "end", value_parser = alerts::moment)]
    pub until: Option<Timestamp>,
    #[command(flatten)]
    pub alerts: AlertCommandArgs,
}

#[derive(Debug, Args)]
pub struct MailArgs {
    #[command(subcommand)]
    pub action: MailAction,
    #[command(flatten)]
    pub view: ViewArgs,
}

#[derive(Debug, Subcommand)]
pub enum MailAction {
    /// Connect to the mail server, negotiate TLS, log in, send nothing; and post a test message to each webhook
    Test(MailTestArgs),
    /// The newest mails and messages to webhooks, and where they are
    Outbox,
    /// Make waiting mails and messages due now and revive refused ones
    Retry {
        /// Only these, by their numbers in `mail outbox`
        #[arg(value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Args)]
pub struct MailTestArgs {
    /// Send a real mail to this address instead, the way that regressions go
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Check a file, its drop-ins and the environment
    Check {
        /// The file [default: the one that `run` would use]
        file: Option<PathBuf>,
    },
    /// Show what is in force and where each value came from
    Show {
        /// The file [default: the one that `run` would use]
        file: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the file, for editors
    Schema,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where to make the workspace [default: a new temporary directory]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// What the process needs before anything else: the cryptography that TLS uses.
pub fn prepare() {
    // It fails only when a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Runs a command.
///
/// # Errors
/// With what went wrong; [`exit_code`] says how the process should end.
pub fn dispatch(command: Command) -> Result<u8> {
    let place = next::place(&command);
    perform(command).map_err(|failure| next::told(failure, place.as_ref()))
}

fn perform(command: Command) -> Result<u8> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Scan(args) => scan::scan(&args),
        Command::Backtest(args) => backtest::backtest(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Status(args) => status::status(&args),
        Command::Report(args) => report::report(&args),
        Command::Series(args) => series::series(&args),
        Command::History(args) => history::history(&args),
        Command::Export(args) => export::export(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Runs(args) => runs::runs(&args),
        Command::Alerts(args) => alerts::alerts(&args),
        Command::Mail(args) => mail::mail(&args),
        Command::Agents(args) => agents::agents(&args),
        Command::Config(args) => setup::config(&args),
        Command::Demo(args) => demo::demo(&args),
    }
}

/// The exit code of a failure: 78 for a bad configuration, 3 for everything else.
pub fn exit_code(failure: &anyhow::Error) -> u8 {
    if failure.downcast_ref::<ConfigErrors>().is_some() { config::EXIT_CONFIG } else { EXIT_FAILURE }
}

/// The error chain on as few lines as it takes.
pub fn chain(failure: &anyhow::Error) -> String {
    match failure.downcast_ref::<ConfigErrors>() {
        Some(errors) => format!("bad configuration\n{}", output::errors(errors)),
        None => output::lines(&format!("{failure:#}")),
    }
}
