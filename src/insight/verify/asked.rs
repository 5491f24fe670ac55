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
    /// The only kind of files that the sentence names, where nothing nearer does: "28 of 101 files are CSV".
    pub far_kind: Option<ArtifactKind>,
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
const CHANGES: &[&str] = &[
    "delta",
    "difference",
    "diff",
    "penalty",
    "improvement",
    "change",
    "gain",
    "increase",
    "reduction",
    "decrease",
    "loss",
];

impl Asked {
    /// What `claim` asks, in the vocabulary of the index.
    pub(super) fn of(claim: &Claim, vocabulary: &Vocabulary) -> Self {
        let zones = Zones::of(claim);
        let mut asked = Self { is_precise: claim.significant >= PRECISE, ..Self::default() };
        asked.take_key(claim);
        asked.kinds.extend(zones.kinds());
        asked.kinds.dedup();
        asked.name(claim, &zones);
        asked.stat = zones.stat(claim);
        asked.count(claim, &zones);
        if asked.thing.is_none() {
            asked.words = zones.words(vocabulary, asked.concept.is_some());
        }
        asked.owner(claim, &zones, vocabulary);
        asked.is_change =
            matches!(claim.role, Role::Change | Role::Up | Role::Down) || is_change(&claim.about.sentence);
        asked
    }

    /// Whether nothing says what the number is.
    pub(super) fn is_nameless(&self) -> bool {
        self.key.is_empty() && self.concept.is_none() && self.words.is_empty() && self.thing.is_none()
    }

    fn take_key(&mut self, claim: &Claim) {
        let Some(key) = claim.about.key.as_deref() else { return };
        // A key may hold blanks, as a column's head does: then the label says all of it.
        let longer = claim.about.label.iter().chain(&claim.about.row).find(|text| {
            text.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(' ') && rest.trim().starts_with(char::is_alphabetic))
        });
        self.key = names::steps(longer.map_or(key, String::as_str));
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

    /// The quantity, or what is counted: whichever the nearest words name.
    fn name(&mut self, claim: &Claim, zones: &Zones) {
        let form = Form::of(claim);
        match zones.says(&form) {
            Some(Says::Thing(thing)) => self.thing = Some(thing),
            Some(Says::Concept(concept)) => self.concept = Some(concept),
            None => {}
        }
        if self.thing == Some(Thing::Formats) && !self.kinds.is_empty() && zones.noun.thing() != Some(Thing::Formats) {
            // What is said beside the name of a kind counts its files: "file types: JSON (44)".
            self.thing = Some(Thing::Files);
        }
        if self.thing.is_none() && self.concept.is_none() {
            self.concept = zones.far_concept(claim);
        }
        self.failed = zones.named().any(|gist| gist.failed);
        self.other = zones.named().any(|gist| gist.other);
    }

    /// Kinds of files that the number is said of, and whether that makes it a count of files or a share.
    fn count(&mut self, claim: &Claim, zones: &Zones) {
        let form = Form::of(claim);
        let is_named = self.concept.is_some_and(|concept| zones.named().any(|gist| gist.concept() == Some(concept)));
        let is_count = form.is_plain && form.is_whole;
        if self.thing.is_none() && !is_named && (is_count || form.is_share) {
            if zones.is_kind_alone() {
                self.thing = Some(Thing::Files);
            } else if let Some(kinds) = zones.files_in_sentence(form.is_share) {
                self.thing = Some(Thing::Files);
                self.kinds = kinds;
            }
        }
        if self.thing == Some(Thing::Files) && zones.noun.kinds.is_empty() && zones.is_whole() {
            self.kinds.clear();
        }
        if self.thing == Some(Thing::Files) && self.kinds.is_empty() && !zones.is_whole() {
            self.far_kind = zones.only_kind();
        }
        if self.thing == Some(Thing::Files) && form.is_share && self.kinds.is_empty() && self.far_kind.is_none() {
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
        if let Some((_, at)) = zones.clause.as_ref().filter(|_| self.models.is_empty()) {
            self.models = nearest_model(&claim.about.clause, *at, vocabulary);
        }
        if let Some((_, at)) = zones.sentence.as_ref().filter(|_| self.models.is_empty()) {
            self.models = nearest_model(&claim.about.sentence, *at, vocabulary);
        }
        // A heading names a family as often as a model: only a name of several telling words is one.
        if self.models.is_empty() {
            let heading = claim.about.headings.first().map(|heading| told(heading));
            self.models = heading.filter(|words| words.len() > 1).unwrap_or_default();
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
    /// How many of these name the number itself; the others stand above its table.
    named: usize,
    near_text: String,
    /// The sentence up to the number.
    before: String,
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
        // A label that holds the key and more says more: `csv_Tokens per Second`.
        let all = || about.label.iter().chain(&about.row);
        let key = about.key.as_deref().filter(|key| !all().any(|label| label.contains(key)));
        let near: Vec<&str> = if in_table {
            let head = about.label.last().map(String::as_str);
            let above = labels.take(about.label.len().saturating_sub(1));
            key.into_iter().chain(head).chain(row).chain(above).collect()
        } else {
            key.into_iter().chain(labels).collect()
        };
        let above = if in_table { about.label.len().saturating_sub(1) } else { 0 };
        let named = near.len().saturating_sub(above);
        let placed = |text: &str| text.find(&claim.number).map(|at| (Gist::of(text), at));
        Self {
            named,
            noun: Gist::of(about.noun.as_deref().unwrap_or("")),
            before: about.sentence.split(&claim.number).next().unwrap_or("").to_owned(),
            near_text: near.get(..named).unwrap_or(&near).join(" | "),
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
            // But for what follows the unit at once: "76.6 tok/s mean".
            let past = at.saturating_add(claim.number.len());
            let next = || gist.stats.iter().find(|found| found.at > *at && found.at <= past.saturating_add(UNIT));
            let found = nearest(&before, *at).or_else(|| next().map(|found| found.what));
            found.filter(|_| !matches!(claim.kind, Kind::Date(_)))
        })
    }

    fn kinds(&self) -> Vec<ArtifactKind> {
        let of = |gist: &Gist| gist.kinds.iter().map(|found| found.what).collect::<Vec<_>>();
        let noun = of(&self.noun);
        if !noun.is_empty() {
            return noun;
        }
        for gist in self.near.iter().take(self.named) {
            let kinds = of(gist);
            let is_total = gist.stats.iter().any(|found| found.what == Stat::Total) && !gist.things.is_empty();
            if !kinds.is_empty() || is_total {
                return kinds;
            }
        }
        Vec::new()
    }

    /// Noun, key, label and row: what names the number itself.
    fn named(&self) -> impl Iterator<Item = &Gist> {
        [&self.noun].into_iter().chain(self.near.iter().take(self.named))
    }

    /// What the nearest words name.
    fn says(&self, form: &Form) -> Option<Says> {
        if form.is_data {
            let is_size = |gist: &Gist| gist.size || matches!(gist.thing(), Some(Thing::Bytes | Thing::Files));
            let is_other = self.named().any(|gist| gist.concept().is_some());
            let mut all = self.named().chain(self.clause.as_ref().map(|(gist, _)| gist));
            return (!is_other && all.any(is_size)).then_some(Says::Thing(Thing::Bytes));
        }
        let counts = form.is_plain && form.is_whole || form.is_share;
        let mut bare = None;
        for (place, gist) in self.named().enumerate() {
            let concept = gist.concept();
            let thing = gist.thing().filter(|thing| counts && (place == 0 || is_counted(gist, *thing)));
            // What is counted is the noun; in a label the quantity is the head: "tokens per file".
            match (thing, concept) {
                (Some(thing), None) => return Some(Says::Thing(thing)),
                (Some(thing), Some(_)) if place == 0 => return Some(Says::Thing(thing)),
                (_, Some("token"))
                    if place == 0 && self.near.iter().take(self.named).any(|near| near.concept().is_some()) => {}
                // A bare "time" gives way to a farther word that says which.
                // A parameter has no unit of time or rate: "temperature=0.4 reaches 78 tok/s".
                (_, Some("temperature")) if form.is_measured => {}
                (_, Some("time")) => bare = bare.or(Some("time")),
                (_, Some(concept)) => return Some(Says::Concept(concept)),
                (None, None) => {}
            }
        }
        bare.map(Says::Concept)
    }

    /// The quantity that the unit has, or that clause, sentence or heading name.
    fn far_concept(&self, claim: &Claim) -> Option<&'static str> {
        let rate = claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "tok/s").then_some("throughput");
        rate.or_else(|| self.clause.as_ref().and_then(|(gist, at)| nearest(&gist.concepts, *at)))
            .or_else(|| self.sentence.as_ref().and_then(|(gist, at)| nearest(&gist.concepts, *at)))
            .or_else(|| self.headings.iter().find_map(Gist::concept).filter(|_| claim.unit.is_some()))
    }

    /// The kinds of the files that the clause, else the sentence, counts: "benchmark files, 101 in total". A share needs a kind.
    fn files_in_sentence(&self, is_share: bool) -> Option<Vec<ArtifactKind>> {
        let places = [self.clause.as_ref(), self.sentence.as_ref()];
        places.into_iter().flatten().find_map(|(gist, at)| {
            let kind = nearest(&gist.kinds, *at);
            let is_files = gist.thing() == Some(Thing::Files) && gist.concepts.is_empty();
            let is_told = if is_share { kind.is_some() } else { is_files };
            (is_told && gist.concepts.is_empty()).then(|| kind.into_iter().collect())
        })
    }

    /// The one kind of files that the sentence speaks of.
    fn only_kind(&self) -> Option<ArtifactKind> {
        let (gist, _) = self.sentence.as_ref()?;
        let first = gist.kinds.first()?.what;
        gist.kinds.iter().all(|found| found.what == first).then_some(first)
    }

    /// Whether the number is the whole that something is a part of: "44 out of the 101 files", "44/101".
    fn is_whole(&self) -> bool {
        let line = words::line(&self.before);
        self.before.trim_end().ends_with('/')
            || ["of", "of the", "of all", "out of", "sur", "von", "von den"]
                .iter()
                .any(|end| line.ends_with(&format!(" {end} ")))
    }

    /// Whether the nearest words are but the name of a kind of files: then a plain number beside it counts them.
    fn is_kind_alone(&self) -> bool {
        let gist =
            [&self.noun].into_iter().chain(self.near.iter().take(self.named)).find(|gist| !gist.kinds.is_empty());
        gist.is_some_and(|gist| gist.others.len() < 3 && !self.near_text.contains(['[', '_']))
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

/// What the nearest words name.
enum Says {
    Concept(&'static str),
    Thing(Thing),
}

/// What a claim's number looks like.
struct Form {
    is_data: bool,
    is_share: bool,
    is_plain: bool,
    /// In a unit of time or of tokens in time.
    is_measured: bool,
    is_whole: bool,
}

impl Form {
    fn of(claim: &Claim) -> Self {
        let unit = claim.unit.as_ref().filter(|unit| !unit.is_none());
        Self {
            is_data: unit.is_some_and(|unit| unit.dimension() == "data"),
            is_share: claim.role == Role::Share || unit.is_some_and(|unit| unit.as_str() == "percent"),
            is_plain: unit.is_none_or(|unit| unit.as_str() == "count"),
            is_measured: unit.is_some_and(|unit| unit.dimension() == "time" || unit.as_str() == "tok/s"),
            is_whole: claim.value.fract() == 0.0,
        }
    }
}

/// Of what is not files, only a count that says so is one: "model: 64" is no number of models.
fn is_counted(gist: &Gist, thing: Thing) -> bool {
    let says_so = gist.counting || gist.stats.iter().any(|found| found.what == Stat::Total);
    says_so || matches!(thing, Thing::Files | Thing::Bytes | Thing::Headings | Thing::Formats)
}

/// The longest unit that a statistic may follow (`tokens/s`), with the blanks around it, in bytes.
const UNIT: usize = 10;

/// A cell of more words than this describes; it does not name.
const NAME: usize = 8;

/// Whether a table cell is words rather than a number, and few enough to be a name.
fn is_name(cell: &str) -> bool {
    cell.chars().filter(|c| c.is_alphabetic()).count() > 1 && words::words(cell).len() <= NAME
}
