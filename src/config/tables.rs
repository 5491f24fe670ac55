//! The tables that there can be many of, such as `[[rule]]` and `[[budget]]`: what one of them says, and how it can contradict itself.
//!
//! One mechanism for all kinds: keys by the table of keys, what must be there, and a check of its own where a kind needs one. A table
//! with any mistake is left out as a whole, so that none is half applied.

use super::error::{Complaint, ConfigError, Place};
use super::keys::{Key, Section};
use super::value::Located;
use super::values::{Entry, Mismatch, Values};
use crate::analysis::budget::Limit;
use crate::analysis::selection;

/// One table as it was written.
#[derive(Debug)]
pub(super) struct Table {
    pub section: &'static Section,
    /// Of its header.
    pub place: Place,
    pub settings: Vec<(&'static Key, Located)>,
    /// It has keys that there are none of.
    pub unknown: bool,
}

/// A table that was accepted: its keys, where it stands, and its values.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub section: &'static Section,
    pub place: Place,
    pub values: Values,
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        (self.section.path, &self.place, &self.values) == (other.section.path, &other.place, &other.values)
    }
}

impl Written {
    /// The keys that somebody wrote.
    pub fn given(&self) -> impl Iterator<Item = (&'static Key, &Entry)> {
        let keys = self.section.keys.iter();
        keys.filter_map(|key| Some((key, self.values.entry(key.path)?)))
            .filter(|(_, entry)| entry.place != Place::Default)
    }
}

/// What a kind of table needs beyond keys whose values fit.
struct Demands {
    kind: &'static str,
    /// Keys that must say something; what is said of one that does not, and an example.
    required: &'static [(&'static str, &'static str, &'static str)],
    /// Whether it must both select series and say something of them.
    selects: bool,
    check: fn(&Table) -> Vec<ConfigError>,
}

const DEMANDS: &[Demands] = &[
    Demands {
        kind: "rule",
        required: &[("files", "must say for which files the rule is", "files = \"reports/sweep-*.csv\"")],
        selects: false,
        check: |table| [table.twice(), table.no_metrics()].concat(),
    },
    Demands { kind: "series", required: &[], selects: true, check: Table::hollow },
    Demands {
        kind: "route",
        required: &[],
        selects: false,
        check: |table| [table.hollow(), table.leads_nowhere()].concat(),
    },
    Demands { kind: "absence", required: &[], selects: false, check: Table::hollow },
    Demands {
        kind: "budget",
        required: &[
            ("metric", "must say for which metrics the budget is", "metric = \"latency_p99\""),
            ("limit", "must say what the limit is", "limit = \"<= 200ms\""),
        ],
        selects: false,
        check: |table| [table.hollow(), table.uncomparable()].concat(),
    },
    Demands {
        kind: "webhook",
        required: &[("name", "must say what the webhook is called", "name = \"team-chat\"")],
        selects: false,
        check: |table| {
            [table.nowhere(), table.several(ADDRESSES, "address"), table.several(SECRETS, "secret")].concat()
        },
    },
];

/// Keys of a webhook that say where its address is, and where its secret.
const ADDRESSES: &[&str] = &["url", "url_file", "url_env", "url_credential"];
const SECRETS: &[&str] = &["secret_file", "secret_env", "secret_credential"];

fn demands(kind: &str) -> Option<&'static Demands> {
    DEMANDS.iter().find(|demands| demands.kind == kind)
}

/// The keys that a table of this kind must have.
pub(super) fn required(kind: &str) -> Vec<&'static str> {
    demands(kind).map(|demands| demands.required.iter().map(|(key, ..)| *key).collect()).unwrap_or_default()
}

/// Keys of a rule that say what a column is, in the order in which they are asked.
const ROLES: &[&str] = &["case", "parameters", "metrics", "time", "commit", "host", "ignore"];

/// Keys that say for which series a table is, and not what holds for them.
const SELECTION: &[&str] = &["benchmark", "case", "metric"];

impl Table {
    /// A table without keys.
    pub fn new(section: &'static Section, place: Place) -> Self {
        Self { section, place, settings: Vec::new(), unknown: false }
    }

    /// The table with its values, or all that is wrong with it. In a file with syntax errors (`broken`) what is missing may have been
    /// written, and so it may under a misspelt key.
    ///
    /// # Errors
    /// When the table of keys is wrong.
    pub fn resolve(&self, broken: bool) -> Result<Result<Written, Vec<ConfigError>>, Mismatch> {
        let mut values = Values::defaults(std::iter::once(self.section))?;
        let mut errors = Vec::new();
        for (key, located) in &self.settings {
            errors.extend(values.set(key, located).err().into_iter().flatten());
        }
        if let Some(demands) = demands(self.section.path) {
            if !broken && !self.unknown {
                errors.extend(demands.required.iter().filter_map(|required| self.missing(required, &values)));
                errors.extend(self.idle().filter(|_| demands.selects));
            }
            errors.extend((demands.check)(self));
        }
        if self.unknown || !errors.is_empty() {
            return Ok(Err(errors));
        }
        Ok(Ok(Written { section: self.section, place: self.place.clone(), values }))
    }

    /// A key that must say something and does not.
    fn missing(&self, (name, what, example): &(&str, &str, &str), values: &Values) -> Option<ConfigError> {
        let key = self.section.keys.iter().find(|key| key.name == *name)?;
        let given = self.settings.iter().find(|(key, _)| key.name == *name);
        let nothing = given.is_none_or(|(_, located)| located.names().all(|(name, _)| name.trim().is_empty()));
        let place = given.map_or(&self.place, |(_, located)| &located.place);
        let complaint = Complaint::new(*what).hint(format!("for instance {example}"));
        (nothing && !values.is_spoilt(key.path)).then(|| complaint.about(key.path, place.clone()))
    }

    /// Names with their place and the key in which they stand, of the keys `keys`.
    fn names<'t>(&'t self, keys: &'t [&str]) -> impl Iterator<Item = (&'static Key, &'t str, &'t Place)> {
        let settings = self.settings.iter().filter(|(key, _)| keys.contains(&key.name));
        settings.flat_map(|(key, located)| located.names().map(|(name, place)| (*key, name, place)))
    }

    /// A column is one thing.
    fn twice(&self) -> Vec<ConfigError> {
        let mut seen: Vec<(&Key, &str)> = Vec::new();
        let mut errors = Vec::new();
        for (key, name, place) in ordered(self.names(ROLES).collect()) {
            match seen.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)) {
                Some((first, _)) => {
                    let complaint = Complaint::new(format!("has \"{name}\", which `{}` has already", first.name));
                    errors.push(complaint.hint("a column has one role").about(key.path, place.clone()));
                }
                None => seen.push((key, name)),
            }
        }
        errors
    }

    /// Only metrics have a unit and a direction.
    fn no_metrics(&self) -> Vec<ConfigError> {
        let others: Vec<&str> = ROLES.iter().copied().filter(|role| *role != "metrics").collect();
        let mut errors = Vec::new();
        for (key, name, place) in self.names(&["units", "directions"]) {
            if let Some((role, ..)) = self.names(&others).find(|(_, other, _)| other.eq_ignore_ascii_case(name)) {
                let complaint = Complaint::new(format!("has \"{name}\", which is no metric: `{}` has it", role.name));
                errors.push(complaint.hint("only metrics have a unit and a direction").about(key.path, place.clone()));
            }
        }
        errors
    }

    /// An empty list selects nothing, so that the table would hold for nothing.
    fn hollow(&self) -> Vec<ConfigError> {
        // Of a key that must say something that is said already.
        let required = required(self.section.path);
        let selects = |key: &Key| SELECTION.contains(&key.name) && !required.contains(&key.name);
        let empty = self.settings.iter().filter(|(key, located)| selects(key) && located.is_empty_list());
        let complaint = || Complaint::new("must hold at least one pattern, since an empty list matches nothing");
        empty
            .map(|(key, located)| complaint().hint("leave it out to match all").about(key.path, located.place.clone()))
            .collect()
    }

    /// A route without recipients keeps quiet about what it matches, which must have been meant: `to = []`, or with `stop`.
    fn leads_nowhere(&self) -> Vec<ConfigError> {
        let says = |name: &str| self.settings.iter().any(|(key, _)| key.name == name);
        if self.unknown || says("to") || says("webhook") {
            return Vec::new();
        }
        let complaint = Complaint::new("must say who is told: `to` or `webhook`").hint("to = [] is nobody");
        vec![complaint.about(self.section.path, self.place.clone())]
    }

    /// A limit in a unit that measures something else than the unit in the metric's name never holds.
    fn uncomparable(&self) -> Vec<ConfigError> {
        let Some((key, written, place)) = self.names(&["limit"]).next() else { return Vec::new() };
        let Ok(limit) = written.parse::<Limit>() else { return Vec::new() };
        let wrong = self.names(&["metric"]).find_map(|(_, name, _)| {
            let named = selection::written_unit(name)?;
            Some((name, limit.contradicts(&named)?.clone(), named))
        });
        let told = wrong.map(|(name, unit, named)| {
            Complaint::new(format!("is in {unit}, but \"{name}\" is in {named}: they can never be compared"))
                .hint(format!("give the limit in {named}, or without a unit"))
                .about(key.path, place.clone())
        });
        told.into_iter().collect()
    }

    /// Of these keys, those that say something.
    fn said<'t>(&'t self, keys: &'t [&str]) -> impl Iterator<Item = &'t (&'static Key, Located)> {
        let says = |(_, located): &&(&Key, Located)| located.names().any(|(text, _)| !text.trim().is_empty());
        self.settings.iter().filter(|(key, _)| keys.contains(&key.name)).filter(says)
    }

    /// A webhook without an address.
    fn nowhere(&self) -> Vec<ConfigError> {
        let written = self.settings.iter().any(|(key, located)| key.name == "url" && located.names().next().is_none());
        // Of a table with unknown keys, or an address that is no text, something else is said.
        if self.unknown || written || self.said(ADDRESSES).next().is_some() {
            return Vec::new();
        }
        let complaint = Complaint::new("must say where the webhook is").hint("give `url`, or `url_file` and its likes");
        vec![complaint.about("webhook.url", self.place.clone())]
    }

    /// Of these keys only one may say something.
    fn several(&self, keys: &[&str], what: &str) -> Vec<ConfigError> {
        let said: Vec<_> = self.said(keys).collect();
        let [(first, _), (second, located), ..] = &said[..] else { return Vec::new() };
        let complaint =
            Complaint::new(format!("must be the only source of the {what}, but `{}` is set too", first.name));
        vec![complaint.hint("set one of them to \"\"").about(second.path, located.place.clone())]
    }

    /// A table that selects nothing would hold for everything, which a section does; one that says nothing of what it selects is a mistake.
    fn idle(&self) -> Option<ConfigError> {
        let (chosen, said): (Vec<_>, Vec<_>) = self.settings.iter().partition(|(key, _)| SELECTION.contains(&key.name));
        let complaint = if said.is_empty() {
            let keys = self.section.keys.iter().map(|key| key.name).filter(|name| !SELECTION.contains(name));
            let keys: Vec<&str> = keys.collect();
            Complaint::new("says nothing about the series that it is for").hint(format!("set {}", keys.join(", ")))
        } else if chosen.is_empty() {
            Complaint::new("must say for which series it is")
                .hint("give `benchmark`, `case` or `metric`; what holds for all series stands in [judge]")
        } else {
            return None;
        };
        Some(complaint.about(self.section.path, self.place.clone()))
    }
}

/// In the order of the file.
fn ordered<'t>(mut names: Vec<(&'static Key, &'t str, &'t Place)>) -> Vec<(&'static Key, &'t str, &'t Place)> {
    names.sort_by_key(|(_, _, place)| match place {
        Place::File { position, .. } => position.unwrap_or_default(),
        Place::Variable(_) | Place::Default => (0, 0),
    });
    names
}
