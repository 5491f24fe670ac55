//! The configuration: one TOML file, its drop-ins and the environment, laid over embedded defaults.
//!
//! | source, later wins key by key | named by |
//! | --- | --- |
//! | embedded defaults | the table in `keys` |
//! | the file | `--config`, else `CHIMERA_INSIGHT_CONFIG`, else `chimera-insight.toml` in the tree if there is one: [`locate`] |
//! | `conf.d/*.toml` beside the file | lexical order |
//! | `CHIMERA_INSIGHT_<SECTION>_<KEY>` | the environment |
//!
//! Tables that there can be many of (`[[rule]]`, `[[series]]`, `[[budget]]`, `[[absence]]`, `[[webhook]]`, `[[route]]`) do not replace one another: those of all
//! files hold, in this order. No variable sets them.
//!
//! Every key is optional. What is unknown, of the wrong type, out of range or contradictory is refused, all of it at once, each
//! with its place and where possible a suggestion; nothing is half applied. Paths that are relative stay so: `roots`, `dir` and
//! `files_dir` are meant below the tree, which the command line knows; files with secrets and certificates are made relative to
//! the file that names them. Only [`secrets`] reads what the configuration points to.

mod agents;
mod checks;
mod env;
mod error;
mod file;
mod keys;
mod kind;
mod quantity;
mod rules;
mod schema;
pub mod secrets;
mod show;
mod tables;
#[cfg(test)]
mod tests;
mod value;
mod values;
mod zone;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use agents::Asked;
pub use error::{ConfigError, ConfigErrors, Place};
use keys::Section;
pub use keys::{
    Absence, AgentKeys, Agents, Backend, Budget, Judge, Limits, Log, Mail, Read, Report, Route, Rule, Security, Series,
    Smtp, State, Transport, Watch, Webhook,
};
pub use schema::schema;
use tables::Written;
pub use value::After;
use values::{Mismatch, Values};

/// Begins the name of every environment variable that overrides a key.
pub const PREFIX: &str = "CHIMERA_INSIGHT_";

/// The environment variable that names the file.
pub const FILE_VARIABLE: &str = "CHIMERA_INSIGHT_CONFIG";

/// The file that is looked for in the tree when none is named.
pub const TREE_FILE: &str = "chimera-insight.toml";

/// The effective configuration, complete and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub watch: Watch,
    pub read: Read,
    pub state: State,
    pub report: Report,
    pub judge: Judge,
    pub mail: Mail,
    /// `[mail.smtp]`.
    pub smtp: Smtp,
    pub log: Log,
    /// What both agents have in common; [`Config::asked`] is one agent.
    pub agents: Agents,
    /// `[agents.collector]`, what it says for itself.
    pub collector: AgentKeys,
    /// `[agents.insight]`.
    pub insight: AgentKeys,
    /// `[agents.limits]`.
    pub limits: Limits,
    /// `[[rule]]`, those of drop-ins after those of the file.
    pub rules: Vec<Rule>,
    /// `[[series]]`, `[[budget]]` and `[[absence]]`, in the same order.
    pub series: Vec<Series>,
    pub budgets: Vec<Budget>,
    pub absences: Vec<Absence>,
    /// `[[webhook]]`.
    pub webhooks: Vec<Webhook>,
    /// `[[route]]`, in the same order: it matters.
    pub routes: Vec<Route>,
    /// The files that were read, in the order in which they were laid over the defaults; empty without a file.
    pub sources: Vec<PathBuf>,
    values: Values,
    /// The tables that there can be many of, as they were written.
    table_values: Vec<Written>,
}

/// Reads `file` (none: embedded defaults), its drop-ins and the overrides among the variables of `env`.
///
/// # Errors
/// With everything that is wrong, see the module's description. A `file` that does not exist is an error.
pub fn load(file: Option<&Path>, env: impl Iterator<Item = (OsString, OsString)>) -> Result<Config, ConfigErrors> {
    match load_what_is_good(file, env)? {
        (config, None) => Ok(config),
        (_, Some(errors)) => Err(errors),
    }
}

/// As [`load`], with the defaults in place of what is wrong, and all that is wrong: for commands that only look.
///
/// # Errors
/// When this program contradicts itself.
pub fn load_what_is_good(
    file: Option<&Path>,
    env: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(Config, Option<ConfigErrors>), ConfigErrors> {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    let mut values = Values::defaults(keys::sections()).map_err(|mismatch| internal(&mismatch))?;
    if let Some(file) = file {
        sources.push(file.to_owned());
        match file::drop_ins(file) {
            Ok(files) => sources.extend(files),
            Err(error) => errors.push(error),
        }
    }
    let (mut settings, mut tables) = (Vec::new(), Vec::new());
    let mut broken = false;
    for source in &sources {
        let document = file::read(source);
        settings.extend(document.settings);
        tables.extend(document.tables);
        errors.extend(document.errors);
        broken |= document.broken;
    }
    let overrides = env::read(env);
    settings.extend(overrides.settings);
    errors.extend(overrides.errors);
    for (key, located) in &settings {
        errors.extend(values.set(key, located).err().into_iter().flatten());
    }
    let mut config = Config::from_values(values, sources).map_err(|mismatch| internal(&mismatch))?;
    for table in &tables {
        match table.resolve(broken).map_err(|mismatch| internal(&mismatch))? {
            Ok(written) => config.take(written).map_err(|mismatch| internal(&mismatch))?,
            Err(wrong) => errors.extend(wrong),
        }
    }
    // A variable that holds a secret may well begin with our prefix.
    let holding =
        [&config.smtp.password_env, &config.agents.key_env, &config.collector.key_env, &config.insight.key_env];
    let of_webhooks = config.webhooks.iter().flat_map(|webhook| [&webhook.url_env, &webhook.secret_env]);
    let holding: Vec<&Option<String>> = holding.into_iter().chain(of_webhooks).collect();
    let holds_secret = |name: &str| holding.iter().any(|variable| variable.as_deref() == Some(name));
    errors.extend(overrides.unknown.into_iter().filter(|(name, _)| !holds_secret(name)).map(|(_, error)| error));
    if !broken {
        errors.extend(rules::contradictions(&config, &config.values));
    }
    let wrong = (!errors.is_empty()).then(|| ConfigErrors::sorted(errors, &config.sources));
    Ok((config, wrong))
}

fn internal(mismatch: &Mismatch) -> ConfigErrors {
    let message = format!("internal error: {mismatch}");
    ConfigErrors(vec![ConfigError { place: Place::Default, key: None, message, suggestion: None }])
}

/// Reads a duration as the configuration writes it, for the command line: `90m`, `3d`.
///
/// # Errors
/// With what is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    quantity::parse_duration(text).map_err(|complaint| complaint.message)
}

/// Whether text from elsewhere, such as a file, can be an agent's persona.
///
/// # Errors
/// With what is wrong with it.
pub fn persona(text: &str) -> Result<(), String> {
    checks::persona(text).map_err(|complaint| complaint.message)
}

/// Whether text from elsewhere, such as the environment, is the address of a server.
pub fn is_url(text: &str) -> bool {
    !text.is_empty() && checks::optional_url(text).is_ok()
}

/// Whether nobody on the way can read what is sent to this address: it is https, or certainly this machine.
pub fn is_protected(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| url.scheme() == "https" || url.host_str().is_some_and(checks::is_loopback))
}

/// The file to load: `given` on the command line, else what [`FILE_VARIABLE`] names (`variable`; empty counts as unset), else
/// [`TREE_FILE`] in `tree` if there is one. `None` means embedded defaults.
pub fn locate(given: Option<&Path>, variable: Option<&OsStr>, tree: &Path) -> Option<PathBuf> {
    if let Some(path) = given {
        return Some(path.to_owned());
    }
    if let Some(path) = variable.filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let path = tree.join(TREE_FILE);
    // Anything but its certain absence is for `load` to complain about.
    let absent = path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    (!absent).then_some(path)
}

impl Config {
    fn from_values(values: Values, sources: Vec<PathBuf>) -> Result<Self, Mismatch> {
        Ok(Self {
            watch: Watch::from_values(&values)?,
            read: Read::from_values(&values)?,
            state: State::from_values(&values)?,
            report: Report::from_values(&values)?,
            judge: Judge::from_values(&values)?,
            mail: Mail::from_values(&values)?,
            smtp: Smtp::from_values(&values)?,
            log: Log::from_values(&values)?,
            agents: Agents::from_values(&values)?,
            collector: AgentKeys::from_values(&values)?,
            insight: AgentKeys::of_section("agents.insight", &values)?,
            limits: Limits::from_values(&values)?,
            rules: Vec::new(),
            series: Vec::new(),
            budgets: Vec::new(),
            absences: Vec::new(),
            webhooks: Vec::new(),
            routes: Vec::new(),
            sources,
            values,
            table_values: Vec::new(),
        })
    }

    /// Adds a table that there can be many of.
    fn take(&mut self, written: Written) -> Result<(), Mismatch> {
        let values = &written.values;
        match written.section.path {
            "rule" => self.rules.push(Rule::from_values(values)?),
            "series" => self.series.push(Series::from_values(values)?),
            "budget" => self.budgets.push(Budget::from_values(values)?),
            "absence" => self.absences.push(Absence::from_values(values)?),
            "webhook" => self.webhooks.push(Webhook::from_values(values)?),
            "route" => self.routes.push(Route::from_values(values)?),
            other => return Err(Mismatch(other)),
        }
        self.table_values.push(written);
        Ok(())
    }

    /// How many tables of each kind there are, for those of which there is one: `("rule", 2)`.
    pub fn tables(&self) -> Vec<(&'static str, usize)> {
        let counted = keys::TABLES.iter().map(|table| (table.path, self.written(table).count()));
        counted.filter(|(_, n)| *n > 0).collect()
    }

    /// The tables of a kind, in the order of the configuration.
    fn written(&self, section: &Section) -> impl Iterator<Item = &Written> {
        self.table_values.iter().filter(move |written| written.section.path == section.path)
    }

    /// How many keys were set by a file or a variable.
    pub fn keys_set(&self) -> usize {
        self.values.iter().filter(|(_, entry)| entry.place != Place::Default).count()
    }

    /// That what `key` points to is not as it should be.
    pub fn wrong(&self, key: &str, message: String) -> ConfigErrors {
        ConfigErrors(vec![error::Complaint::new(message).about(key, self.place(key))])
    }

    /// Where the value of `key` (`watch.settle`) came from.
    pub fn place(&self, key: &str) -> Place {
        self.values.place(key)
    }
}
