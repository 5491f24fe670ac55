//! The headline of a mail: what happened, where, and the worst of it, in a line that is the subject too.

use super::{News, Notice, NoticeKind, Onset};
use crate::domain::alert::AlertKind;
use crate::domain::call::BENCHMARK;
use crate::domain::units::Unit;
use crate::insight::{AlertLine, Judged};
use crate::report::{escape, number};

/// Characters of a subject: what a phone's list shows, and what needs no folding.
const SUBJECT: usize = 78;

/// Characters that a name keeps when it is cut.
const KEPT: usize = 8;

/// The news in a line.
pub(super) struct Headline {
    what: String,
    place: String,
    worst: Worst,
}

/// What the worst of the news is.
#[derive(Debug, Clone, Default)]
struct Worst {
    /// The metric, or the environment; empty where nothing is named.
    metric: String,
    /// `+12.4 %`, where there is one.
    effect: String,
    is_of_many: bool,
    /// What of the news is of the agents' own calls.
    own: String,
}

impl Worst {
    fn line(&self, metric: &str, is_of_many: bool) -> String {
        let joint = if metric.is_empty() { "" } else { ": " };
        let effect = if self.effect.is_empty() { String::new() } else { format!(" {}", self.effect) };
        format!("{joint}{metric}{effect}{}{}", if is_of_many { " worst" } else { "" }, self.own)
    }
}

impl Headline {
    /// Of regressions with the worst first, of what else is told, and of what is over. What is of the agents' own calls is told apart from
    /// what files brought, and after it.
    pub fn new(tree: &str, fired: &[&News], notices: &[&Notice], resolved: &[&AlertLine]) -> Self {
        let (own, files): (Vec<&News>, Vec<&News>) =
            fired.iter().copied().partition(|news| news.judged.series.benchmark == BENCHMARK);
        if own.is_empty() || (files.is_empty() && notices.is_empty()) {
            return Self::of(tree, fired, notices, resolved);
        }
        let mut headline = Self::of(tree, &files, notices, resolved);
        headline.worst.own = format!(", and {} of the agents' calls", own.len());
        headline
    }

    fn of(tree: &str, fired: &[&News], notices: &[&Notice], resolved: &[&AlertLine]) -> Self {
        let told = fired.iter().map(|news| news.judged.series.benchmark.as_str());
        let noticed = notices.iter().map(|notice| notice.alert.key.benchmark.as_str());
        let over = resolved.iter().map(|alert| alert.key.benchmark.as_str());
        let is_over = fired.is_empty() && notices.is_empty();
        let benchmarks: Vec<&str> = if is_over { over.collect() } else { told.chain(noticed).collect() };
        let worst = match (fired, notices, resolved) {
            ([worst, rest @ ..], _, _) => worst_of(&worst.judged, !rest.is_empty()),
            ([], [one], _) => metric_of(&one.alert),
            ([], [], [one]) => metric_of(one),
            _ => Worst::default(),
        };
        let what = if is_over { over_line(resolved) } else { news_line(fired, notices) };
        Self { what, place: place(tree, &benchmarks), worst }
    }

    /// Without what a subject begins with.
    pub fn line(&self) -> String {
        format!("{} in {}{}", self.what, self.place, self.worst.line(&self.worst.metric, self.worst.is_of_many))
    }

    /// The subject. Where it is too long the place is cut, then the word that it is the worst, then the metric; the effect stays.
    pub fn subject(&self, prefix: &str) -> String {
        let line = |place: &str, metric: &str, is_of_many: bool| {
            let line = format!("{prefix} {} in {place}{}", self.what, self.worst.line(metric, is_of_many));
            escape::visible(&line).trim().to_owned()
        };
        let excess = |line: &str| line.chars().count().saturating_sub(SUBJECT);
        let Worst { metric, is_of_many, .. } = &self.worst;
        let whole = line(&self.place, metric, *is_of_many);
        let place = cut(&self.place, excess(&whole));
        let shorter = line(&place, metric, *is_of_many);
        let plain = if excess(&shorter) == 0 { shorter } else { line(&place, metric, false) };
        if excess(&plain) == 0 {
            return plain;
        }
        let least = line(&place, &cut(metric, excess(&plain)), false);
        if excess(&least) == 0 {
            return least;
        }
        least.chars().take(SUBJECT - 1).chain(std::iter::once('…')).collect()
    }
}

/// A name with so many characters less, unless too little would be left of it.
fn cut(name: &str, excess: usize) -> String {
    let length = name.chars().count();
    let keep = length.saturating_sub(excess.saturating_add(1)).max(KEPT);
    if excess == 0 || keep.saturating_add(1) >= length {
        return name.to_owned();
    }
    name.chars().take(keep).chain(std::iter::once('…')).collect()
}

/// What a notice is called.
pub(super) fn what(notice: &Notice) -> &'static str {
    match (notice.kind, notice.alert.key.kind) {
        (NoticeKind::Flaps | NoticeKind::Flapped, _) => "Flapping",
        (NoticeKind::Reminds { .. }, _) => "Still open",
        (NoticeKind::Reopens, _) => "Reopened",
        (NoticeKind::Stays, _) => "No longer flapping",
        (NoticeKind::Fires, AlertKind::Environment) => "Environment worse",
        (NoticeKind::Fires, AlertKind::Regression) => "Regression",
        (NoticeKind::Fires, AlertKind::Budget) => "Budget broken",
        (NoticeKind::Fires, AlertKind::Absence) => "Results missing",
    }
}

/// "Environment worse, 2 regressions": what is wider comes first.
fn news_line(fired: &[&News], notices: &[&Notice]) -> String {
    let all = |onset| !fired.is_empty() && fired.iter().all(|news| news.onset == onset);
    let again = [(Onset::Reopened, "Reopened"), (Onset::Stayed, "No longer flapping"), (Onset::Grew, "More of")];
    let again = again.into_iter().find(|(onset, _)| all(*onset)).map(|(_, word)| word);
    let fired = fired.len();
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for word in [
        "Environment worse",
        "Regression",
        "Reopened",
        "No longer flapping",
        "Budget broken",
        "Results missing",
        "Flapping",
        "Still open",
    ] {
        let regressions = if word == "Regression" { fired } else { 0 };
        let n = regressions + notices.iter().filter(|notice| what(notice) == word).count();
        if n > 0 {
            parts.push((word, n));
        }
    }
    let worded: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(i, (word, n))| match (*word, *n) {
            ("Regression", n) if n > 1 => format!("{n} regressions"),
            (word, n) if n > 1 => format!("{word} ({n})"),
            (word, _) if i > 0 => word.to_lowercase(),
            (word, _) => word.to_owned(),
        })
        .collect();
    let line = worded.join(", ");
    match (again.filter(|_| parts.len() == 1), fired) {
        (Some("More of"), 1) => "Further regression".to_owned(),
        (Some("More of"), _) => line.replacen(" regressions", " further regressions", 1),
        (Some(word), 1) => format!("{word}: regression"),
        (Some(word), _) => format!("{word}: {line}"),
        (None, _) => line,
    }
}

fn over_line(resolved: &[&AlertLine]) -> String {
    let of = |kind| resolved.iter().filter(|alert| alert.key.kind == kind).count();
    let n = resolved.len();
    let noun = match (of(AlertKind::Regression) == n, n) {
        (true, 1) => "regression".to_owned(),
        (true, _) => format!("{n} regressions"),
        (false, 1) if of(AlertKind::Environment) == 1 => "environment".to_owned(),
        (false, 1) if of(AlertKind::Budget) == 1 => "budget".to_owned(),
        (false, 1) => "missing results".to_owned(),
        (false, _) => format!("{n} alerts"),
    };
    format!("Resolved: {noun}")
}

/// The metric, or the environment.
fn metric_of(alert: &AlertLine) -> Worst {
    let name = if alert.key.metric.is_empty() { &alert.key.environment } else { &alert.key.metric };
    Worst { metric: name.clone(), ..Worst::default() }
}

fn worst_of(judged: &Judged, is_of_many: bool) -> Worst {
    let effect = effect(judged).unwrap_or_default();
    Worst { metric: judged.series.metric.clone(), effect, is_of_many, own: String::new() }
}

/// How far it moved: `+12.4 %`.
pub(super) fn effect(judged: &Judged) -> Option<String> {
    judged.verdict.shift.as_ref().map(|shift| {
        let unit = if shift.before == 0.0 { judged.series.unit.clone() } else { Unit::new("percent") };
        let scale = if shift.before == 0.0 { 1.0 } else { 100.0 };
        number::change(shift.effect * scale, &unit)
    })
}

/// The deepest name that all benchmarks share; the tree when they share none below it.
fn place(tree: &str, benchmarks: &[&str]) -> String {
    // The end of our own calls' name is anybody's word.
    if !benchmarks.is_empty() && benchmarks.iter().all(|benchmark| *benchmark == BENCHMARK) {
        return BENCHMARK.to_owned();
    }
    let mut paths = benchmarks.iter().map(|benchmark| benchmark.split('/').collect::<Vec<_>>());
    let Some(mut shared) = paths.next() else { return tree.to_owned() };
    for path in paths {
        let same = shared.iter().zip(&path).take_while(|(a, b)| a == b).count();
        shared.truncate(same);
    }
    // The watched directories themselves (`reports`) tell nothing, and neither does an environment, which has no benchmark.
    let telling =
        shared.len() > 1 || (shared.len() == 1 && benchmarks.iter().all(|benchmark| !benchmark.contains('/')));
    shared.last().filter(|name| telling && !name.is_empty()).map_or_else(|| tree.to_owned(), |name| (*name).to_owned())
}
