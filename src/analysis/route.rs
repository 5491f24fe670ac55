//! Routes: who is told of which alerts, by globs on what they are about, by their kind and by their severity.
//!
//! Every route that matches adds its recipients, in the order of the configuration, until one says `stop`; what no route matches is for
//! those who get everything else. An alert is told whole: a route that matches one of its series has the alert. Matching cannot fail.

use super::alerts::{AlertRecord, Evidence, Member};
use super::selection::Selection;
use crate::domain::alert::AlertKind;
use crate::domain::series::SeriesKey;
use crate::domain::severity::{Severity, Thresholds};

/// One route.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    pub selection: Selection,
    /// Of which kinds; all of them when empty.
    pub kinds: Vec<AlertKind>,
    /// Of which severities; all of them when empty.
    pub severities: Vec<Severity>,
    /// Mail addresses, as the configuration has them.
    pub to: Vec<String>,
    /// Names of webhooks.
    pub webhooks: Vec<String>,
    /// What it matches goes no further.
    pub stop: bool,
}

/// Who is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Routes {
    pub routes: Vec<Route>,
    /// From which effects on something is major or critical.
    pub thresholds: Thresholds,
    /// All webhooks that there are.
    pub webhooks: Vec<String>,
}

/// Whom an alert is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience<'a> {
    /// Mail addresses as the configuration has them.
    pub to: Vec<&'a str>,
    /// Names of webhooks.
    pub webhooks: Vec<&'a str>,
}

impl Routes {
    /// Whom an alert is for. `everybody` get the mail of what no route matches; a webhook that no route names gets everything.
    pub fn audience<'a>(&'a self, alert: &AlertRecord, everybody: &'a [String]) -> Audience<'a> {
        let severity = severity(alert, &self.thresholds);
        let mut audience = Audience::default();
        let mut matched = false;
        for route in self.routes.iter().filter(|route| route.matches(alert, severity)) {
            matched = true;
            add(&mut audience.to, &route.to);
            add(&mut audience.webhooks, &route.webhooks);
            if route.stop {
                break;
            }
        }
        if !matched {
            add(&mut audience.to, everybody);
        }
        let is_named = |name: &String| self.routes.iter().any(|route| route.webhooks.contains(name));
        let unnamed: Vec<&str> = self.webhooks.iter().filter(|name| !is_named(name)).map(String::as_str).collect();
        audience.webhooks.extend(unnamed);
        audience
    }

    /// Every address that mail can go to, each once: those of `everybody` first.
    pub fn addresses<'a>(&'a self, everybody: &'a [String]) -> Vec<&'a str> {
        let mut all = Vec::new();
        add(&mut all, everybody);
        self.routes.iter().for_each(|route| add(&mut all, &route.to));
        all
    }
}

fn add<'a>(known: &mut Vec<&'a str>, more: &'a [String]) {
    for one in more {
        if !known.contains(&one.as_str()) {
            known.push(one);
        }
    }
}

impl Route {
    fn matches(&self, alert: &AlertRecord, severity: Severity) -> bool {
        let kind = alert.key.kind;
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.severities.is_empty() || self.severities.contains(&severity))
            && self.selects(alert)
    }

    fn selects(&self, alert: &AlertRecord) -> bool {
        // A benchmark that is silent has no case and no metric: who asks for a certain one does not ask for that.
        told(alert).any(|series| self.selection.of(series).is_some())
            || (alert.members.is_empty() && self.has_key(alert))
    }

    /// Whether it selects what the alert is about in general.
    fn has_key(&self, alert: &AlertRecord) -> bool {
        let (benchmark, metric) = (alert.key.benchmark.clone(), alert.key.metric.clone());
        self.selection.of(&SeriesKey { benchmark, metric, ..SeriesKey::default() }).is_some()
    }
}

/// The series that an alert is about, those that moved with an environment too.
fn told(alert: &AlertRecord) -> impl Iterator<Item = &SeriesKey> {
    alert.members.iter().flat_map(|member| {
        let swept: &[(SeriesKey, Option<f64>)] = match &member.evidence {
            Evidence::Environment(sweep) => &sweep.series,
            Evidence::Shift(_) | Evidence::Budget(_) | Evidence::Absence(_) => &[],
        };
        std::iter::once(&member.series).chain(swept.iter().map(|(series, _)| series))
    })
}

/// How bad an alert is: the worst of its confirmed series, or of all where none is confirmed.
///
/// A regression is as bad as its effect is large. Where the level before was zero there is no relative effect, and it is major. A limit that
/// people have set is theirs to keep, so breaking it is never minor. Results that stay away are major. That nearly all of an environment
/// moved is critical: no number of it can be trusted until somebody has looked.
pub fn severity(alert: &AlertRecord, thresholds: &Thresholds) -> Severity {
    let of = |member: &Member| match (&member.evidence, member.evidence.effect()) {
        (Evidence::Environment(_), _) => Severity::Critical,
        (Evidence::Budget(_), Some(effect)) => thresholds.of(effect).max(Severity::Major),
        (Evidence::Shift(_), Some(effect)) => thresholds.of(effect),
        (Evidence::Absence(_), _) | (_, None) => Severity::Major,
    };
    let confirmed = alert.members.iter().filter(|member| member.confirmed).map(of).max();
    let any = || alert.members.iter().map(of).max();
    confirmed.or_else(any).unwrap_or(match alert.key.kind {
        AlertKind::Environment => Severity::Critical,
        AlertKind::Regression | AlertKind::Budget | AlertKind::Absence => Severity::Major,
    })
}

#[cfg(test)]
mod tests;
