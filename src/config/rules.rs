//! What no key can see for itself: values that contradict one another.
//!
//! A rule is skipped when one of its keys was refused already, so that one mistake gives one error.

mod agents;

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::Config;
use super::checks::is_loopback;
use super::error::{Complaint, ConfigError, Place, nearest};
use super::keys::Security;
use super::values::Values;
use crate::mail::quiet::Quiet;

/// A rule: the keys that it looks at, and what it says. The first of the keys that was written by somebody is to blame.
struct Rule {
    keys: &'static [&'static str],
    check: fn(&Config) -> Option<Complaint>,
}

const RULES: &[Rule] = &[
    Rule { keys: &["watch.max_age", "watch.settle"], check: settle_within_age },
    Rule { keys: &["watch.max_age", "watch.quiet"], check: quiet_within_age },
    Rule { keys: &["watch.roots"], check: roots_apart },
    Rule { keys: &["state.dir", "watch.roots"], check: state_outside_roots },
    Rule { keys: &["read.neutral", "read.higher", "read.lower"], check: words_go_one_way },
    Rule { keys: &["mail.to"], check: recipients },
    Rule { keys: &["mail.critical", "mail.major"], check: severities_in_order },
    Rule { keys: &["mail.quiet_hours"], check: some_time_is_left },
    Rule { keys: &["mail.smtp.security", "mail.smtp.host"], check: plain_only_on_loopback },
    Rule { keys: PASSWORDS, check: one_password },
    Rule {
        keys: &["mail.smtp.user", "mail.smtp.password_file", "mail.smtp.password_env", "mail.smtp.password_credential"],
        check: user_with_password,
    },
];

const PASSWORDS: &[&str] = &["mail.smtp.password_credential", "mail.smtp.password_env", "mail.smtp.password_file"];

/// All contradictions in `config`, which was made of `values`.
pub(super) fn contradictions(config: &Config, values: &Values) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let rules = RULES.iter().chain(agents::RULES);
    for rule in rules.filter(|rule| !rule.keys.iter().any(|key| values.is_spoilt(key))) {
        let Some(complaint) = (rule.check)(config) else { continue };
        let blamed = rule.keys.iter().find(|key| values.place(key) != Place::Default).or(rule.keys.first());
        let blamed = blamed.copied().unwrap_or_default();
        let error = complaint.about(blamed, values.place(blamed));
        // What is wrong with what the agents share is wrong with both.
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors.extend(webhooks_twice(config));
    errors.extend(webhooks_missing(config));
    errors
}

fn settle_within_age(config: &Config) -> Option<Complaint> {
    (config.watch.settle > config.watch.max_age).then(|| {
        Complaint::new("does not fit: a landing would end (`max_age`) before its files are settled (`settle`)")
            .hint("make `max_age` at least as long as `settle`")
    })
}

fn quiet_within_age(config: &Config) -> Option<Complaint> {
    (config.watch.quiet > config.watch.max_age).then(|| {
        Complaint::new("does not fit: every landing would end by age (`max_age`), none by its quiet gap (`quiet`)")
            .hint("make `max_age` at least as long as `quiet`")
    })
}

fn roots_apart(config: &Config) -> Option<Complaint> {
    let roots = &config.watch.roots;
    if roots.is_empty() {
        return Some(Complaint::new("must hold at least one directory"));
    }
    for (i, outer) in roots.iter().enumerate() {
        for (j, inner) in roots.iter().enumerate() {
            if i != j && (i < j || !is_within(outer, inner)) && is_within(inner, outer) {
                let (inner, outer) = (inner.display(), outer.display());
                return Some(
                    Complaint::new(format!(
                        "must be directories apart from one another, but \"{inner}\" lies in \"{outer}\""
                    ))
                    .hint("what is below a root is watched already"),
                );
            }
        }
    }
    None
}

fn state_outside_roots(config: &Config) -> Option<Complaint> {
    let dir = &config.state.dir;
    let visible = |root: &Path| {
        let below = plain(dir).skip(plain(root).count());
        below.into_iter().all(|part| !part.as_os_str().as_encoded_bytes().starts_with(b"."))
    };
    let root = config.watch.roots.iter().find(|root| is_within(dir, root) && visible(root))?;
    let message = format!("lies in the watched directory \"{}\", so that the index would watch itself", root.display());
    Some(Complaint::new(message).hint("choose a directory outside, or one whose name begins with a dot"))
}

fn words_go_one_way(config: &Config) -> Option<Complaint> {
    let read = &config.read;
    let plain =
        |phrase: &String| phrase.to_lowercase().split(|c: char| !c.is_alphanumeric()).collect::<Vec<_>>().join(" ");
    let lists = [("lower", &read.lower), ("higher", &read.higher), ("neutral", &read.neutral)];
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (name, phrase) in lists.iter().flat_map(|(name, list)| list.iter().map(move |phrase| (*name, phrase))) {
        let before = *known.entry(plain(phrase)).or_insert(name);
        if before != name {
            let message = format!("does not fit: \"{phrase}\" stands in `{before}` and in `{name}`");
            return Some(
                Complaint::new(message).hint("a word goes one way; a rule can say otherwise for certain files"),
            );
        }
    }
    None
}

fn recipients(config: &Config) -> Option<Complaint> {
    let to = &config.mail.to;
    if to.is_empty() {
        let complaint = Complaint::new("must hold at least one recipient, or a regression would be told to nobody");
        return Some(complaint.hint("with transport = \"files\" no mail leaves this machine"));
    }
    let address = |text: &String| text.parse::<lettre::message::Mailbox>().map(|mailbox| mailbox.email).ok();
    let addresses: Vec<_> = to.iter().map(address).collect();
    let twice =
        addresses.iter().enumerate().find(|(i, address)| addresses.iter().skip(i + 1).any(|other| other == *address));
    let (_, address) = twice?;
    Some(Complaint::new(format!("must name each recipient once, but has {} twice", address.as_ref()?)))
}

fn severities_in_order(config: &Config) -> Option<Complaint> {
    (config.mail.major > config.mail.critical).then(|| {
        Complaint::new("does not fit: an alert would be critical before it is major")
            .hint("make `critical` at least as large as `major`")
    })
}

fn some_time_is_left(config: &Config) -> Option<Complaint> {
    let why = Quiet::parse(&config.mail.quiet_hours).err()?;
    Some(Complaint::new(format!("must leave time for mail: {why}")).hint("mail that is held back must go some time"))
}

fn plain_only_on_loopback(config: &Config) -> Option<Complaint> {
    (config.smtp.security == Security::None && !is_loopback(&config.smtp.host)).then(|| {
        let message =
            format!("must not be \"none\" for \"{}\": without TLS only a loopback host is allowed", config.smtp.host);
        Complaint::new(message).hint("use \"starttls\" or \"tls\", and `ca_file` for an own authority")
    })
}

/// Names of the password keys that are set.
fn password_keys(config: &Config) -> Vec<&'static str> {
    let smtp = &config.smtp;
    let set = [smtp.password_credential.is_some(), smtp.password_env.is_some(), smtp.password_file.is_some()];
    let names = PASSWORDS.iter().map(|path| path.rsplit('.').next().unwrap_or(path));
    names.zip(set).filter(|(_, set)| *set).map(|(name, _)| name).collect()
}

fn one_password(config: &Config) -> Option<Complaint> {
    let names = password_keys(config);
    (names.len() > 1).then(|| {
        Complaint::new(format!("must be the only source of the password, but these are set: {}", names.join(", ")))
            .hint("set the others to \"\"")
    })
}

fn user_with_password(config: &Config) -> Option<Complaint> {
    match (&config.smtp.user, password_keys(config).is_empty()) {
        (Some(_), true) => Some(
            Complaint::new("needs a password")
                .hint("set `password_file`, `password_env` or `password_credential` in [mail.smtp]"),
        ),
        (None, false) => Some(Complaint::new("needs a `user` to log in as").hint("set `user` in [mail.smtp]")),
        _ => None,
    }
}

/// A webhook whose name another has already: rows and routes could not tell them apart.
fn webhooks_twice(config: &Config) -> Option<ConfigError> {
    let names: Vec<&str> = config.webhooks.iter().map(|webhook| webhook.name.as_str()).collect();
    let (at, name) = names.iter().enumerate().find(|(i, name)| names.iter().take(*i).any(|other| other == *name))?;
    let written = config.table_values.iter().filter(|written| written.section.path == "webhook").nth(at)?;
    let complaint = Complaint::new(format!("must be one for each webhook, but two are called \"{name}\""));
    Some(complaint.about("webhook.name", written.values.place("webhook.name")))
}

/// A route to a webhook that there is not: what it matches would be told to nobody.
fn webhooks_missing(config: &Config) -> Option<ConfigError> {
    let names: Vec<&str> = config.webhooks.iter().map(|webhook| webhook.name.as_str()).collect();
    let routes = config.table_values.iter().filter(|written| written.section.path == "route").zip(&config.routes);
    let (written, name) = routes
        .flat_map(|(written, route)| route.webhook.iter().map(move |name| (written, name)))
        .find(|(_, name)| !names.contains(&name.as_str()))?;
    let complaint = Complaint::new(format!("names \"{name}\", and no [[webhook]] is called so"));
    let complaint = complaint.did_you_mean(nearest(name, names));
    Some(complaint.about("route.webhook", written.values.place("route.webhook")))
}

/// Whether `inner` is `outer` or below it, both relative to the tree or both absolute.
fn is_within(inner: &Path, outer: &Path) -> bool {
    let mut inner_parts = plain(inner);
    inner.is_absolute() == outer.is_absolute() && plain(outer).all(|part| inner_parts.next() == Some(part))
}

/// The components without `.`.
fn plain(path: &Path) -> impl Iterator<Item = Component<'_>> {
    path.components().filter(|part| *part != Component::CurDir)
}
