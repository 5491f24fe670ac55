//! From arguments and configuration to the settings of every module: the one place that knows both.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};

use super::agents::settings::OLLAMA_HOST;
use super::{ConfigAction, ConfigArgs, Place, config as command, output};
use crate::clock::{SystemClock, random_bytes};
use crate::config::secrets::Purpose;
use crate::config::{self, Config, FILE_VARIABLE};
use crate::daemon::context::{Context, MailSettings, ReportSettings, Settings, Tree};
use crate::daemon::stage::deliver;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::store::Store;
use crate::{analysis, artifact, insight, mail, watch};

/// Key of the row that says whether the tree as a whole is the root.
const WHOLE_TREE: &str = "whole_tree";

/// The tree and the configuration that `place` names, read and resolved.
///
/// # Errors
/// When the tree is not there or the configuration is bad (`ConfigErrors`, exit code 78).
pub fn settings(place: &Place) -> Result<Settings> {
    let base = base(place)?;
    resolve(&base, place, &load(place, &base)?)
}

/// The settings for a command that looks at the index or leaves a word in it. It sends nothing, so it needs no password, key or persona:
/// those may be credentials of the service, or files that only its user can read.
///
/// # Errors
/// As [`settings`].
pub fn look(place: &Place) -> Result<Settings> {
    let base = base(place)?;
    resolve(&base, place, &without_login(load(place, &base)?))
}

fn without_login(mut config: Config) -> Config {
    let smtp = &mut config.smtp;
    (smtp.user, smtp.password_file, smtp.password_env, smtp.password_credential) = (None, None, None, None);
    let agents = &mut config.agents;
    (agents.key_file, agents.key_env, agents.key_credential) = (None, None, None);
    for webhook in &mut config.webhooks {
        // Known by name, for whoever is told of something; without an address nothing is posted, least of all without its signature.
        (webhook.url, webhook.url_file, webhook.url_env, webhook.url_credential) = (None, None, None, None);
        (webhook.secret_file, webhook.secret_env, webhook.secret_credential) = (None, None, None);
    }
    for agent in [&mut config.collector, &mut config.insight] {
        (agent.key_file, agent.key_env, agent.key_credential, agent.persona_file) = (None, None, None, None);
    }
    config
}

/// The configuration alone.
///
/// # Errors
/// As [`settings`].
pub fn load(place: &Place, base: &Path) -> Result<Config> {
    Ok(config::load(file(place, base).as_deref(), std::env::vars_os())?)
}

/// The state directory, for a command that only looks: a bad configuration is told of on standard error and does not stop it, because
/// what is wrong with a daemon is to be seen especially then.
///
/// # Errors
/// When the tree is not there.
pub fn state(place: &Place) -> Result<PathBuf> {
    looking(place).map(|(state, _)| state)
}

/// The state directory and what times are shown in, as by [`state`] and [`zone`].
///
/// # Errors
/// When the tree is not there.
pub fn looking(place: &Place) -> Result<(PathBuf, Zone)> {
    let base = base(place)?;
    let config = lenient(place, &base)?;
    Ok((base.join(&config.state.dir), config.report.zone()))
}

/// What times are shown in, for a command that only looks. That a configuration is bad is told by [`state`], which such a command asks too.
///
/// # Errors
/// When the tree is not there.
pub fn zone(place: &Place) -> Result<Zone> {
    let base = base(place)?;
    let (config, _) = config::load_what_is_good(file(place, &base).as_deref(), std::env::vars_os())?;
    Ok(config.report.zone())
}

/// What is good of the configuration; what is wrong is told on standard error.
fn lenient(place: &Place, base: &Path) -> Result<Config> {
    let (config, wrong) = config::load_what_is_good(file(place, base).as_deref(), std::env::vars_os())?;
    if let Some(wrong) = wrong {
        eprintln!(
            "chimera-insight: the configuration is bad, its defaults are used for what is wrong\n{}",
            output::errors(&wrong)
        );
    }
    Ok(config)
}

/// How files are read: for a command that needs no index.
pub struct Reading {
    pub artifact: artifact::Settings,
    pub tree: Tree,
    /// Whether the tree's roots are known, rather than guessed from what is in the directory.
    pub certain: bool,
}

/// How files are read in the tree that `place` names. A bad configuration is treated as by [`state`].
///
/// # Errors
/// When the tree is not there.
pub fn reading(place: &Place) -> Result<Reading> {
    let base = base(place)?;
    let config = lenient(place, &base)?;
    let state = base.join(&config.state.dir);
    let certain = place.root.is_some() || decided_before(&state).is_some();
    let roots = roots(&base, &state, &config);
    Ok(Reading {
        artifact: reading_settings(&config)?,
        tree: Tree { roots, base, state, named: String::new() },
        certain,
    })
}

/// What the reader is told: bounds, the dictionary's additions, and rules.
fn reading_settings(config: &Config) -> Result<artifact::Settings> {
    Ok(artifact::Settings {
        max_bytes: config.watch.max_text_size,
        lexicon: lexicon(&config.read),
        rules: config.rules.iter().map(rule).collect::<Result<_>>()?,
        ..Default::default()
    })
}

fn lexicon(read: &config::Read) -> artifact::Lexicon {
    let mut lexicon = artifact::Lexicon::default();
    let lists =
        [(Direction::Lower, &read.lower), (Direction::Higher, &read.higher), (Direction::Neutral, &read.neutral)];
    for (direction, words) in lists {
        words.iter().for_each(|phrase| lexicon.add(phrase, direction));
    }
    lexicon
}

/// A rule of the configuration as the reader takes it.
fn rule(written: &config::Rule) -> Result<artifact::Rule> {
    // Its globs were checked with the rest of the configuration.
    let mut rule = artifact::Rule::new(&written.files).map_err(anyhow::Error::msg).context("the globs of a rule")?;
    rule.format.clone_from(&written.format);
    rule.benchmark.clone_from(&written.benchmark);
    rule.case.clone_from(&written.case);
    rule.parameters.clone_from(&written.parameters);
    rule.metrics.clone_from(&written.metrics);
    rule.time.clone_from(&written.time);
    rule.commit.clone_from(&written.commit);
    rule.host.clone_from(&written.host);
    rule.ignore.clone_from(&written.ignore);
    rule.units = written.units.iter().map(|(name, unit)| (name.clone(), Unit::new(unit))).collect();
    let direction = |(name, word): (&String, &String)| (name.clone(), Direction::from_word(word));
    rule.directions = written.directions.iter().map(direction).collect();
    Ok(rule)
}

/// The configuration's file, if there is one.
fn file(place: &Place, base: &Path) -> Option<PathBuf> {
    config::locate(place.config.as_deref(), std::env::var_os(FILE_VARIABLE).as_deref(), base)
}

/// The tree's directory, absolute.
///
/// # Errors
/// When it is not there, or is no directory.
pub fn base(place: &Place) -> Result<PathBuf> {
    let dir = place.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let base = dir.canonicalize().with_context(|| format!("cannot use {} as the tree", dir.display()))?;
    ensure!(base.is_dir(), "cannot use {} as the tree: it is no directory", dir.display());
    Ok(base)
}

/// Opens the index of `settings` for writing, with the system's clock. The caller holds the lock.
///
/// # Errors
/// When the index cannot be opened, or the system has no entropy for the instance's name.
pub fn context(settings: Settings) -> Result<Context> {
    let store = Store::open(&settings.tree.state)?;
    if store.meta(crate::daemon::INSTANCE)?.is_none() {
        let id: String = random_bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        store.set_meta(crate::daemon::INSTANCE, &id)?;
    }
    if store.meta(WHOLE_TREE)?.is_none() {
        let whole = settings.tree.roots.iter().any(|root| root.path == settings.tree.base);
        store.set_meta(WHOLE_TREE, if whole { "yes" } else { "no" })?;
    }
    Ok(Context::new(Arc::new(store), Arc::new(SystemClock), settings))
}

/// `config check|show|schema`.
///
/// # Errors
/// When the output cannot be written.
pub fn config(args: &ConfigArgs) -> Result<u8> {
    let located = |file: &Option<PathBuf>| {
        config::locate(file.as_deref(), std::env::var_os(FILE_VARIABLE).as_deref(), Path::new("."))
    };
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let written = match &args.action {
        ConfigAction::Check { file } => {
            command::check(located(file).as_deref(), std::env::vars_os(), &mut out, &mut err)
        }
        ConfigAction::Show { file, json } => {
            command::show(located(file).as_deref(), std::env::vars_os(), *json, &mut out, &mut err)
        }
        ConfigAction::Schema => command::schema(&mut out),
    };
    match written {
        // A reader that goes away (`| head`) has seen what it wanted.
        Err(gone) if gone.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        written => Ok(written?),
    }
}

/// Settings of every module.
fn resolve(base: &Path, place: &Place, config: &Config) -> Result<Settings> {
    let host = host();
    let state = base.join(&config.state.dir);
    Ok(Settings {
        watch: watching(config),
        artifact: reading_settings(config)?,
        judge: analysis::Settings {
            tuning: analysis::Tuning { min_effect: config.judge.min_effect, false_alarms: config.judge.false_alarms },
            recover_runs: u32::try_from(config.judge.recover_runs).unwrap_or(u32::MAX),
            reopen_hours: i64::try_from(config.judge.reopen_hours).unwrap_or(i64::MAX),
            environment_share: config.judge.environment_share,
            shadow: config.judge.shadow,
            remind: super::kept::pauses(&config.mail.remind)?,
        },
        kept: super::kept::kept(config)?,
        insight: insight::Settings {
            judged_by: insight::JudgedBy {
                min_runs: analysis::LEAST_RUNS,
                confirm_runs: 3,
                min_effect: config.judge.min_effect,
                ..Default::default()
            },
            zone: config.report.zone(),
            ..Default::default()
        },
        report: reporting(base, &config.report),
        mail: mailing(base, &state, &host, config)?,
        agents: super::agents::settings::agents(config, std::env::var_os(OLLAMA_HOST).as_deref())?,
        webhooks: super::hooks::webhooks(config, |name: &str| std::env::var_os(name)),
        tree: Tree { roots: roots(base, &state, config), base: base.to_owned(), state, named: named(base, place) },
    })
}

fn reporting(base: &Path, report: &config::Report) -> ReportSettings {
    ReportSettings {
        dir: report.dir.as_ref().map(|dir| base.join(dir)),
        html: report.html,
        index: report.index,
        keep_count: Some(report.keep_count as u64).filter(|count| *count > 0),
        keep_age: Some(report.keep_age).filter(|age| !age.is_zero()),
    }
}

/// The arguments by which a command finds the tree from anywhere.
fn named(base: &Path, place: &Place) -> String {
    let config = place.config.as_ref().and_then(|file| std::path::absolute(file).ok());
    let config = config.map(|file| format!(" --config {}", quoted(&file))).unwrap_or_default();
    format!(" --root {}{config}", quoted(base))
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(is_plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn watching(config: &Config) -> watch::Settings {
    let watch = &config.watch;
    watch::Settings {
        settle: watch.settle,
        quiet: watch.quiet,
        max_age: watch.max_age,
        rescan: if watch.poll { watch.poll_interval } else { watch.rescan },
        ignore: watch.ignore.clone(),
        max_file_bytes: watch.max_file_size,
        poll_only: watch.poll,
        ..Default::default()
    }
}

/// The roots below `base`. A directory that has none of the default ones is itself the root, unless it is the state directory
/// (a service that was installed and not told yet what to watch): nobody's results are in there, and the roots are waited for.
/// What was decided when the index was made holds, because paths and series are named after the roots.
fn roots(base: &Path, state: &Path, config: &Config) -> Vec<watch::Root> {
    let configured = &config.watch.roots;
    let none_there = || configured.iter().all(|root| !root.is_absolute() && !base.join(root).is_dir());
    let by_default = config.place("watch.roots") == config::Place::Default;
    let decided = if by_default { decided_before(state) } else { None };
    let paths = if decided.unwrap_or_else(|| none_there() && !is_same(base, state)) {
        vec![base.to_owned()]
    } else {
        configured.iter().map(|root| base.join(root)).collect()
    };
    let mut taken = BTreeSet::new();
    paths
        .into_iter()
        .map(|path| {
            let mut name = root_name(&path);
            // Two directories of one name are told apart by their place in the configuration.
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = [root_name(&path), format!("-{number}").into_bytes()].concat();
                number += 1;
            }
            watch::Root { name, path }
        })
        .collect()
}

/// Whether the tree as a whole is the root, according to the index; `None` before there is one.
fn decided_before(state: &Path) -> Option<bool> {
    let store = Store::open_read_only(state).ok()?;
    store.meta(WHOLE_TREE).ok().flatten().map(|whole| whole == "yes")
}

/// Whether both are one directory; `base` is canonical already. A state directory that is not there yet is elsewhere.
fn is_same(base: &Path, state: &Path) -> bool {
    state.canonicalize().is_ok_and(|state| state == base)
}

fn root_name(path: &Path) -> Vec<u8> {
    let mut names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    names.next_back().unwrap_or(OsStr::new("root")).as_bytes().to_vec()
}

fn mailing(base: &Path, state: &Path, host: &str, config: &Config) -> Result<MailSettings> {
    let transport = match config.mail.transport {
        config::Transport::Files => {
            let dir = config.mail.files_dir.as_ref().map_or(state.join("outbox"), |dir| base.join(dir));
            mail::Transport::Files { dir, write: deliver::file_drop() }
        }
        config::Transport::Smtp => smtp(config)?,
    };
    Ok(MailSettings {
        to: config.mail.to.clone(),
        from: config.mail.from.clone().unwrap_or_else(|| format!("Chimera Insight <chimera-insight@{host}>")),
        subject_prefix: config.mail.subject_prefix.clone(),
        list_id: match config.mail.list_id.as_str() {
            "" => None,
            "auto" => Some(format!("chimera-insight.{host}")),
            own => Some(own.to_owned()),
        },
        domain: host.to_owned(),
        transport,
        routes: super::kept::routes(config)?,
        schedule: super::kept::schedule(config)?,
    })
}

/// The mail server. A password that is not to be had makes mail wait, and nothing else.
fn smtp(config: &Config) -> Result<mail::Transport> {
    let smtp = &config.smtp;
    let password = smtp
        .password_source()
        .map(|source| config::secrets::read(&source, Purpose::Password, |name: &str| std::env::var_os(name)))
        .transpose();
    let password = match password {
        Ok(password) => password,
        Err(failure) => {
            let reason = format!("the password of the mail server: {:#}", anyhow::Error::new(failure));
            return Ok(mail::Transport::Unavailable { reason });
        }
    };
    let settings = mail::smtp::Settings {
        host: smtp.host.clone(),
        port: smtp.port,
        security: match smtp.security {
            config::Security::Auto => mail::smtp::Security::Auto,
            config::Security::StartTls => mail::smtp::Security::StartTls,
            config::Security::Tls => mail::smtp::Security::Tls,
            config::Security::None => mail::smtp::Security::None,
        },
        user: smtp.user.clone(),
        password: password.map(|secret| mail::smtp::Secret::new(secret.expose())),
        ca_file: smtp.ca_file.clone(),
        hello: None,
        timeouts: mail::smtp::Timeouts { command: smtp.timeout, ..Default::default() },
    };
    settings.channel().context("[mail.smtp]")?;
    Ok(mail::Transport::Smtp(settings))
}

/// This machine's name, for the sender's address and Message-IDs.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    if plain.is_empty() { "localhost".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_none_of_the_roots_is_the_root_but_the_state_directory_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let config = config::load(None, std::iter::empty()).unwrap();
        let names =
            |state: &Path| -> Vec<PathBuf> { roots(&base, state, &config).into_iter().map(|root| root.path).collect() };
        let below = ["reports", "csv_data", "artifacts"].map(|name| base.join(name));
        assert_eq!(names(&base.join(".chimera-insight")), std::slice::from_ref(&base));
        assert_eq!(names(&base), below);
        std::fs::create_dir(base.join("csv_data")).unwrap();
        assert_eq!(names(&base.join(".chimera-insight")), below);
    }

    #[test]
    fn what_was_decided_of_the_roots_holds_when_directories_come_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { config: None, root: Some(dir.path().to_owned()) };
        let roots =
            || -> Vec<PathBuf> { settings(&place).unwrap().tree.roots.into_iter().map(|root| root.path).collect() };
        let whole = [dir.path().canonicalize().unwrap()];
        let decided = settings(&place).unwrap();
        std::fs::create_dir(&decided.tree.state).unwrap();
        drop(context(decided).unwrap());
        std::fs::create_dir(dir.path().join("reports")).unwrap();
        assert_eq!(roots(), whole, "the tree stays the root when one of the usual directories appears");
    }
}
