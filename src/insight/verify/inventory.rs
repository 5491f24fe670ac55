//! What the index counts: files by kind, their sizes and times, runs, series, models. Counts answer claims about the data as a whole.

use std::collections::BTreeMap;

use super::asked::Asked;
use super::book::Known;
use super::fit;
use super::lexicon::{Stat, Thing};
use super::words;
use crate::domain::artifact::ArtifactKind;
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Role};

/// What the index has of the program's own calls of language models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Own {
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
}

/// Counts over the index, streamed in file by file. What is counted is what files brought; the calls of the program itself come on top,
/// and a claim may mean either.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub runs: u64,
    pub series: u64,
    pub measurements: u64,
    /// Not in the three above.
    pub own: Own,
    pub landings: u64,
    pub benchmarks: u64,
    /// Different models that runs and series name.
    pub models: u64,
    files: BTreeMap<ArtifactKind, Files>,
    failed: u64,
    /// Headings of all Markdown files; `None` while they have not been counted.
    pub headings: Option<u64>,
    /// Files whose path holds a name that a claim uses, by that name.
    named: BTreeMap<String, u64>,
}

/// The files of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Files {
    n: u64,
    bytes: u64,
    smallest: u64,
    largest: u64,
}

impl Files {
    fn take(&mut self, size: u64) {
        self.smallest = if self.n == 0 { size } else { self.smallest.min(size) };
        self.largest = self.largest.max(size);
        self.n += 1;
        self.bytes = self.bytes.saturating_add(size);
    }

    fn join(mut self, other: Self) -> Self {
        if other.n > 0 {
            self.smallest = if self.n == 0 { other.smallest } else { self.smallest.min(other.smallest) };
        }
        self.largest = self.largest.max(other.largest);
        self.n += other.n;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self
    }
}

/// What the counts say to a claim.
pub(super) enum Count {
    Supported(Known),
    Derived(Known, String),
    Contradicted(Known),
    Silent,
}

impl Inventory {
    /// Counts a file that is there: read, or refused.
    pub(super) fn file(&mut self, path: &str, kind: ArtifactKind, size: u64, failed: bool, names: &[String]) {
        self.files.entry(kind).or_default().take(size);
        self.failed += u64::from(failed);
        if !names.is_empty() {
            let line = words::line(path);
            for name in names.iter().filter(|name| line.contains(name.as_str())) {
                *self.named.entry(name.clone()).or_default() += 1;
            }
        }
    }

    fn all(&self, kinds: &[ArtifactKind]) -> Files {
        let counted = self.files.iter().filter(|(kind, _)| kinds.is_empty() || kinds.contains(kind));
        counted.map(|(_, files)| *files).fold(Files::default(), Files::join)
    }

    /// What the counts say to a claim that asks for one.
    pub(super) fn answer(&self, claim: &Claim, asked: &Asked) -> Count {
        let Some(thing) = asked.thing else { return Count::Silent };
        let is_share = claim.role == Role::Share || claim.unit.as_ref().is_some_and(|unit| unit.as_str() == "percent");
        if is_share {
            return self.share(claim, asked);
        }
        match thing {
            Thing::Files => self.files(claim, asked),
            Thing::Bytes => self.bytes(claim, asked),
            Thing::Formats => {
                compare(claim, count("kinds of files", self.files.values().filter(|f| f.n > 0).count() as u64))
            }
            Thing::Models => compare(claim, count("models", self.models)),
            Thing::Benchmarks => compare(claim, count("benchmarks", self.benchmarks)),
            Thing::Runs => with_own(claim, "runs", self.runs, self.own.runs),
            Thing::Series => with_own(claim, "series", self.series, self.own.series),
            Thing::Measurements => with_own(claim, "measurements", self.measurements, self.own.measurements),
            Thing::Landings => compare(claim, count("landings", self.landings)),
            Thing::Headings => {
                self.headings.map_or(Count::Silent, |n| compare(claim, count("headings of Markdown files", n)))
            }
        }
    }

    fn files(&self, claim: &Claim, asked: &Asked) -> Count {
        if asked.failed {
            return compare(claim, count("files that could not be read", self.failed));
        }
        if asked.other && asked.kinds.is_empty() {
            return compare(claim, count("files of other kinds", self.all(&[ArtifactKind::Other]).n));
        }
        let total = count(&named(&asked.kinds, "files"), self.all(&asked.kinds).n);
        if agrees(claim, &total) {
            return if asked.kinds.len() > 1 { derived(total, "a sum of counts") } else { Count::Supported(total) };
        }
        if let Some(kind) = asked.far_kind {
            let part = count(&named(&[kind], "files"), self.all(&[kind]).n);
            if agrees(claim, &part) {
                return Count::Supported(part);
            }
        }
        // Files whose names say what the claim speaks of: a part of all files, named.
        let names = asked.owners.iter().chain(&asked.models);
        let parts: Vec<Known> = names
            .filter_map(|name| self.named.get(name).map(|n| count(&format!("files named `{}`", name.trim()), *n)))
            .collect();
        match parts.iter().find(|part| agrees(claim, part)) {
            Some(part) => derived(part.clone(), "counted by their names"),
            None => parts.into_iter().next().map_or(Count::Contradicted(total), Count::Contradicted),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "sizes far below 2^53")]
    fn bytes(&self, claim: &Claim, asked: &Asked) -> Count {
        let files = self.all(&asked.kinds);
        let bytes = |what: &str, value: f64| Known {
            name: format!("{what} of {}", named(&asked.kinds, "files")),
            unit: Unit::new("bytes"),
            ..count("", 0).with(value)
        };
        let known = match asked.stat {
            Some(Stat::Min) => bytes("smallest size", files.smallest as f64),
            Some(Stat::Max) => bytes("largest size", files.largest as f64),
            Some(Stat::Mean) if files.n > 0 => bytes("mean size", files.bytes as f64 / files.n as f64),
            _ => bytes("total size", files.bytes as f64),
        };
        match (agrees(claim, &known), asked.stat) {
            (true, Some(Stat::Mean)) => derived(known, "total size by count"),
            (true, _) => Count::Supported(known),
            (false, _) => Count::Contradicted(known),
        }
    }

    /// A part of all files, or of all bytes.
    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    fn share(&self, claim: &Claim, asked: &Asked) -> Count {
        let far: Vec<ArtifactKind> = asked.far_kind.into_iter().collect();
        let of = if asked.kinds.is_empty() { &far } else { &asked.kinds };
        let (part, whole) = (self.all(of), self.all(&[]));
        let kinds = named(of, "files");
        if of.is_empty() || whole.n == 0 {
            return Count::Silent;
        }
        let percent = |part: u64, whole: u64, of: &str| Known {
            name: format!("share of {kinds} in all {of}"),
            unit: Unit::new("percent"),
            ..count("", 0).with(100.0 * part as f64 / (whole.max(1)) as f64)
        };
        let (by_count, by_size) = (percent(part.n, whole.n, "files"), percent(part.bytes, whole.bytes, "bytes"));
        let is_ratio = claim.unit.as_ref().is_none_or(|unit| unit.as_str() != "percent");
        let fits = |known: &Known| agrees(claim, known) || is_ratio && fit::agrees(claim, known.value / 100.0);
        if fits(&by_count) {
            let how = format!("100 * {} / {}", part.n, whole.n);
            return derived(by_count, &how);
        }
        if asked.thing == Some(Thing::Bytes) && fits(&by_size) {
            let how = format!("100 * {} / {}", part.bytes, whole.bytes);
            return derived(by_size, &how);
        }
        Count::Contradicted(by_count)
    }
}

impl Known {
    fn with(self, value: f64) -> Self {
        Self { value, ..self }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn count(what: &str, n: u64) -> Known {
    Known {
        id: None,
        name: format!("number of {what}"),
        value: n as f64,
        unit: Unit::new("count"),
        path: None,
        at: None,
    }
}

fn derived(known: Known, how: &str) -> Count {
    let how = format!("{}: {how}", known.name);
    Count::Derived(known, how)
}

fn named(kinds: &[ArtifactKind], what: &str) -> String {
    let names: Vec<&str> = kinds
        .iter()
        .map(|kind| match kind {
            ArtifactKind::Csv => "CSV",
            ArtifactKind::Json => "JSON",
            ArtifactKind::Markdown => "Markdown",
            ArtifactKind::Other => "other",
        })
        .collect();
    if names.is_empty() { format!("all {what}") } else { format!("{} {what}", names.join(" and ")) }
}

fn agrees(claim: &Claim, known: &Known) -> bool {
    fit::fit(claim, known.value, &known.unit, None) == fit::Fit::Fits
}

/// A count of what files brought, or of that and of the program's own.
fn with_own(claim: &Claim, what: &str, n: u64, own: u64) -> Count {
    let all = count(what, n.saturating_add(own));
    if own > 0 && agrees(claim, &all) { Count::Supported(all) } else { compare(claim, count(what, n)) }
}

fn compare(claim: &Claim, known: Known) -> Count {
    if agrees(claim, &known) { Count::Supported(known) } else { Count::Contradicted(known) }
}
