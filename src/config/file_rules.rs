//! A `[[rule]]`: what one table of that name says, and how it can contradict itself.
//!
//! A rule with any mistake is left out as a whole, so that none is half applied.

use super::error::{Complaint, ConfigError, Place};
use super::keys::{Key, RULES, Rule};
use super::value::Located;
use super::values::{Mismatch, Values};

/// One table as it was written.
#[derive(Debug)]
pub(super) struct RuleTable {
    /// Of its header.
    pub place: Place,
    pub settings: Vec<(&'static Key, Located)>,
    /// It has keys that there are none of.
    pub unknown: bool,
}

/// Keys that say what a column is, in the order in which they are asked.
const ROLES: &[&str] = &["case", "parameters", "metrics", "time", "commit", "host", "ignore"];

type Resolved = Result<(Rule, Place, Values), Vec<ConfigError>>;

impl RuleTable {
    /// The rule with its place and values, or all that is wrong with it. In a file with syntax errors (`broken`) what is missing may have
    /// been written, and so it may under a misspelt key.
    ///
    /// # Errors
    /// When the table of keys is wrong.
    pub fn resolve(&self, broken: bool) -> Result<Resolved, Mismatch> {
        let mut values = Values::defaults(RULES)?;
        let mut errors = Vec::new();
        for (key, located) in &self.settings {
            errors.extend(values.set(key, located).err().into_iter().flatten());
        }
        if !broken && !self.unknown {
            errors.extend(self.without_files(&values));
        }
        errors.extend(self.twice());
        errors.extend(self.no_metrics());
        if self.unknown || !errors.is_empty() {
            return Ok(Err(errors));
        }
        Ok(Ok((Rule::from_values(&values)?, self.place.clone(), values)))
    }

    fn without_files(&self, values: &Values) -> Option<ConfigError> {
        let given = self.settings.iter().find(|(key, _)| key.name == "files");
        let nothing = given.is_none_or(|(_, located)| located.names().next().is_none());
        let place = given.map_or(&self.place, |(_, located)| &located.place);
        let complaint =
            Complaint::new("must say for which files the rule is").hint("for instance files = \"reports/sweep-*.csv\"");
        (nothing && !values.is_spoilt("rule.files")).then(|| complaint.about("rule.files", place.clone()))
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
}

/// In the order of the file.
fn ordered<'t>(mut names: Vec<(&'static Key, &'t str, &'t Place)>) -> Vec<(&'static Key, &'t str, &'t Place)> {
    names.sort_by_key(|(_, _, place)| match place {
        Place::File { position, .. } => position.unwrap_or_default(),
        Place::Variable(_) | Place::Default => (0, 0),
    });
    names
}
