//! What a claim asks of the index: the quantity, the statistic and the owner that its words name, the nearest words first.
//!
//! Label, key, noun and table row stand nearest, then the clause, then the sentence, then the heading. What nothing names stays open, and
//! then only the value can speak.

use super::lexicon::{Stat, Thing};
use super::names::{self, Step};
use super::vocabulary::Vocabulary;
use super::words::{self, Gist, nearest};
use crate::domain::artifact::ArtifactKind;
use crate::insight::claims::{Claim, Kind, Role};

/// A claim's question.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// The exact key, as steps of a path.
    pub key: Vec<Step>,
    pub concept: Option<&'static str>,
    /// Words of the nearest name that names of the index use too, and the lexicon does not know.
    pub words: Vec<String>,
    pub stat: Option<Stat>,
    pub kinds: Vec<ArtifactKind>,
    pub thing: Option<Thing>,
    pub failed: bool,
    pub other: bool,
    /// Words of models.
    pub models: Vec<String>,
    /// Names of benchmarks, files, cases or parameters, as [`words::line`].
    pub owners: Vec<String>,
    /// Whether it speaks of a difference.
    pub is_change: bool,
    /// Enough digits that another number would hardly have the same by chance.
    pub is_precise: bool,
}

/// So many digits agree by chance too rarely to count.
const PRECISE: u32 = 5;

/// Words of names whose numbers are differences of others.
const CHANGES: &[&str] = &["delta", "difference", "diff", "penalty", "improvement", "change", "gain", "increase", "reduction", "decrease", "loss"];

impl Asked {
    /// What `claim` asks, in the vocabulary of the index.
    pub(super) fn of(claim: &Claim, vocabulary: &Vocabulary) -> Self {
        let zones = Zones::of(claim);
        let mut asked = Self { is_precise: claim.significant >= PRECISE, ..Self::default() };
        asked.take_key(claim);
        asked.name(claim, &zones);
        asked.stat = zones.stat(claim);
        asked.kinds.extend(zones.kinds());
        asked.kinds.dedup();
        asked.count(claim, &zones);
        if asked.thing.is_none() {
            asked.words = zones.words(vocabulary, asked.concept.is_some());
        }
        asked.owner(claim, &zones, vocabulary);
        asked.is_change = matches!(claim.role, Role::Change | Role::Up | Role::Down) || is_change(&claim.about.sentence);
        asked
    }

    /// Whether nothing says what the number is.
    pub(super) fn is_nameless(&self) -> bool {
        self.key.is_empty() && self.concept.is_none() && self.words.is_empty() && self.thing.is_none()
    }

    fn take_key(&mut self, claim: &Claim) {
        let Some(key) = claim.about.key.as_deref() else { return };
        self.key = names::steps(key);
        let Some(Step::Key(first)) = self.key.first_mut() else { return };
        for (prefix, kind) in
            [("json_", ArtifactKind::Json), ("csv_", ArtifactKind::Csv), ("markdown_", ArtifactKind::Markdown)]
        {
            if let Some(rest) = first.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
                *first = rest.to_owned();
                self.kinds = vec![kind];
                return;
            }
        }
    }

    /// The quantity: of the nearest words that name one. A unit that only one quantity has speaks before the sentence does.
    fn name(&mut self, claim: &Claim, zones: &Zones) {
        let rate = claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "tok/s").then_some("throughput");
        // A bare "time" gives way to a farther word that says which.
        let telling = |gist: &Gist| gist.concept().filter(|concept| *concept != "time");
        let near = zones.near.iter().find_map(telling).or_else(|| zones.near.iter().find_map(Gist::concept));
        let noun = zones.noun.concept().filter(|_| zones.noun.things.is_empty());
        let tokens = noun == Some("token") && near.is_some();
        self.concept = noun
            .filter(|_| !tokens)
            .or(near)
            .or(rate)
            .or_else(|| zones.clause.as_ref().and_then(|(gist, at)| nearest(&gist.concepts, *at)))
            .or_else(|| zones.sentence.as_ref().and_then(|(gist, at)| nearest(&gist.concepts, *at)))
            .or_else(|| zones.headings.iter().find_map(Gist::concept).filter(|_| claim.unit.is_some()));
    }

    /// Whether it counts something that the index counts too, or says how much of it is of a kind.
    fn count(&mut self, claim: &Claim, zones: &Zones) {
        let is_data = claim.unit.as_ref().is_some_and(|unit| unit.dimension() == "data");
        let is_share = claim.role == Role::Share || claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "percent");
        let is_plain = claim.unit.as_ref().is_none_or(|unit| unit.is_none() || unit.as_str() == "count");
        let is_whole = claim.value.fract() == 0.0;
        let near_concept = zones.near.iter().find_map(Gist::concept).or(zones.noun.concept());
        let found = zones.thing(claim);
        self.failed = zones.near.iter().chain([&zones.noun]).any(|gist| gist.failed);
        self.other = zones.near.iter().any(|gist| gist.other);
        // What is said beside the name of a kind counts its files: "file types: JSON (44)".
        let found = found.map(|thing| if thing == Thing::Formats && !self.kinds.is_empty() { Thing::Files } else { thing });
        self.thing = match found {
            Some(Thing::Bytes) if near_concept.is_none() && (is_data || is_plain) => Some(Thing::Bytes),
            Some(thing) if near_concept.is_none() && (is_plain && is_whole || is_share) => Some(thing),
            Some(_) if is_data && near_concept.is_none() => Some(Thing::Bytes),
            None if !self.kinds.is_empty() && near_concept.is_none() && (is_plain && is_whole || is_share) => {
                Some(Thing::Files)
            }
            _ => None,
        };
        if self.thing == Some(Thing::Files) && self.kinds.is_empty() && is_share {
            self.thing = None;
        }
        if self.thing.is_some() {
            self.concept = None;
        }
    }

    /// Whose number it is said to be: the names in label and row, else the nearest of the clause.
    fn owner(&mut self, claim: &Claim, zones: &Zones, vocabulary: &Vocabulary) {
        let near = zones.near_text.as_str();
        let line = words::line(near);
        let clause = words::line(&claim.about.clause);
        self.owners = vocabulary.owners_in(&format!("{line}|{clause}"));
        let told = |text: &str| -> Vec<String> {
            let all = words::words(text).into_iter().map(|word| word.text);
            all.filter(|word| vocabulary.is_model(word)).collect()
        };
        self.models = told(near);
        if self.models.is_empty()
            && let Some((_, at)) = &zones.clause
        {
            self.models = nearest_model(&claim.about.clause, *at, vocabulary);
        }
    }
}

fn is_change(text: &str) -> bool {
    words::words(text).iter().any(|word| CHANGES.contains(&word.text.as_str()))
}

/// Whether a number of this name is a difference of others.
pub(super) fn names_change(words: &[String]) -> bool {
    words.iter().any(|word| CHANGES.contains(&word.as_str()))
}

/// The words of the model that stands nearest before a place, else behind it.
fn nearest_model(text: &str, at: usize, vocabulary: &Vocabulary) -> Vec<String> {
    let all = words::words(text);
    let is_model = |word: &words::Word| vocabulary.is_model(&word.text);
    let before = all.iter().rposition(|word| word.at < at && is_model(word));
    let Some(found) = before.or_else(|| all.iter().position(is_model)) else { return Vec::new() };
    // Words of one name stand side by side: `gemma3:1b-it-qat` has two that tell.
    let from = found.saturating_sub(3);
    let close = all.iter().enumerate().skip(from).take(found - from + if before.is_some() { 1 } else { 3 });
    close.filter(|(_, word)| is_model(word)).map(|(_, word)| word.text.clone()).collect()
}

/// The words around a claim, by how near they stand.
struct Zones {
    noun: Gist,
    /// Key, label and row, the nearest first.
    near: Vec<Gist>,
    near_text: String,
    /// With the place of the number in it.
    clause: Option<(Gist, usize)>,
    sentence: Option<(Gist, usize)>,
    headings: Vec<Gist>,
}

impl Zones {
    fn of(claim: &Claim) -> Self {
        let about = &claim.about;
        let row: Vec<&str> = about.row.iter().map(String::as_str).filter(|cell| is_name(cell)).collect();
        let in_table = !about.row.is_empty();
        let labels = about.label.iter().map(String::as_str);
        // In a table the head of the column stands nearest, and what stands above the table farthest.
        let near: Vec<&str> = if in_table {
            let head = about.label.last().map(String::as_str);
            let above = labels.take(about.label.len().saturating_sub(1));
            about.key.as_deref().into_iter().chain(head).chain(row).chain(above).collect()
        } else {
            about.key.as_deref().into_iter().chain(labels).collect()
        };
        let placed = |text: &str| text.find(&claim.number).map(|at| (Gist::of(text), at));
        Self {
            noun: Gist::of(about.noun.as_deref().unwrap_or("")),
            near_text: near.join(" | "),
            near: near.into_iter().map(Gist::of).collect(),
            clause: placed(&about.clause).filter(|_| !in_table),
            sentence: placed(&about.sentence).filter(|_| !in_table),
            headings: about.headings.iter().take(2).map(|heading| Gist::of(heading)).collect(),
        }
    }

    fn stat(&self, claim: &Claim) -> Option<Stat> {
        // "Maximum p99" is a p99: the percentile says more.
        let of = |gist: &Gist| {
            let all = || gist.stats.iter().map(|found| found.what);
            all().find(|stat| matches!(stat, Stat::Percentile(_))).or_else(|| all().next())
        };
        let near = self.near.iter().chain([&self.noun]).find_map(of);
        near.or_else(|| {
            let (gist, at) = self.clause.as_ref()?;
            // Only what stands before the number says which one it is; behind it begins the talk about it.
            let before: Vec<_> = gist.stats.iter().filter(|found| found.at < *at).cloned().collect();
            nearest(&before, *at).filter(|_| !matches!(claim.kind, Kind::Date(_)))
        })
    }

    fn kinds(&self) -> Vec<ArtifactKind> {
        let of = |gist: &Gist| gist.kinds.iter().map(|found| found.what).collect::<Vec<_>>();
        let noun = of(&self.noun);
        if !noun.is_empty() {
            return noun;
        }
        if let Some(kinds) = self.near.iter().map(of).find(|kinds| !kinds.is_empty()) {
            return kinds;
        }
        Vec::new()
    }

    fn thing(&self, claim: &Claim) -> Option<Thing> {
        let of = |gist: &Gist| gist.things.first().map(|found| found.what);
        if claim.unit.as_ref().is_some_and(|unit| unit.dimension() == "data") {
            let all = || self.near.iter().chain([&self.noun]).chain(self.clause.as_ref().map(|(gist, _)| gist));
            let is_size = |gist: &Gist| gist.things.iter().any(|one| matches!(one.what, Thing::Bytes | Thing::Files));
            return all().any(is_size).then_some(Thing::Bytes);
        }
        let counted = of(&self.noun).or_else(|| self.near.iter().find_map(of));
        let in_clause = || {
            let (gist, at) = self.clause.as_ref()?;
            // "The number of files is 101", "analysed files: 101".
            let thing = nearest(&gist.things, *at)?;
            (thing == Thing::Files && gist.concepts.is_empty()).then_some(thing)
        };
        let told = claim.about.noun.as_deref().is_some_and(|noun| !noun.trim().is_empty());
        counted.or_else(|| if told { None } else { in_clause() })
    }

    /// The words of the nearest name that the index knows from its own names. With a quantity known only the label qualifies it.
    fn words(&self, vocabulary: &Vocabulary, has_concept: bool) -> Vec<String> {
        let known = |gist: &Gist| -> Vec<String> {
            let all = gist.others.iter().map(|found| found.what.clone());
            all.filter(|word| vocabulary.is_metric(word)).collect()
        };
        if has_concept {
            return self.near.iter().take(2).flat_map(known).collect();
        }
        let near = self.near.iter().map(known).find(|words| !words.is_empty());
        near.or_else(|| Some(known(&self.noun)).filter(|words| !words.is_empty()))
            .or_else(|| self.clause.as_ref().map(|(gist, _)| known(gist)))
            .unwrap_or_default()
    }
}

/// Whether a table cell is words rather than a number.
fn is_name(cell: &str) -> bool {
    cell.chars().filter(|c| c.is_alphabetic()).count() > 1
}
