//! A table: rows whose every number is one of the facts in their last column, and fits its column and the row's name.

use std::collections::HashSet;

use super::Known;
use super::fitting::{InUnit, Printed, assign, exchanged, in_unit, words};
use super::inline::{CODE, Inline, citations, fact_id};
use super::known::{is_percentile, visible};
use super::numbers::{Token, Written, scan};
use super::statement::{Complaint, codes};
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;

/// Significant digits that a number of a table has at least.
const DIGITS: i32 = 4;

/// Columns of sentences, and the one that cites their facts.
const PROSE: &[&str] = &["risk", "mitigation", "facts"];

/// A row of sentences as one statement.
pub(super) fn prose(line: &str) -> String {
    let row = cells(line);
    let cites = row.last().filter(|cell| citations(cell).is_some());
    let said = row.len() - usize::from(cites.is_some());
    let cites = cites.map(|cites| format!(" [{cites}]")).unwrap_or_default();
    format!("{}{cites}", row.get(..said).unwrap_or_default().join(" "))
}

/// The columns of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    titles: Vec<String>,
}

/// The cells of a line, without the bars at its ends.
pub(super) fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_start_matches('|');
    let mut cells = Vec::new();
    let (mut begin, mut escaped) = (0, false);
    for (at, c) in inner.char_indices() {
        if c == '|' && !escaped {
            cells.push(inner.get(begin..at).unwrap_or("").trim());
            begin = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    let last = inner.get(begin..).unwrap_or("").trim();
    if !last.is_empty() {
        cells.push(last);
    }
    cells
}

/// The facts that a row cites in its last cell.
pub(super) fn cited(columns: &Columns, row: &[&str]) -> Vec<FactId> {
    let at = columns.at("facts");
    at.and_then(|at| row.get(at)).and_then(|cell| citations(cell)).unwrap_or_default()
}

impl Columns {
    pub fn read(line: &str) -> Self {
        Self { titles: cells(line).iter().map(|title| Inline::read(title).whole()).collect() }
    }

    pub fn at(&self, title: &str) -> Option<usize> {
        self.titles.iter().position(|own| own == title)
    }

    /// Whether the cells hold sentences: risks and what reduces them.
    pub fn is_prose(&self) -> bool {
        self.titles.iter().all(|title| PROSE.contains(&title.as_str()))
    }

    fn title(&self, at: usize) -> &str {
        self.titles.get(at).map_or("", String::as_str)
    }

    /// Titles with numeric characters that are no percentile's label and no known name.
    pub fn complaints(&self, known: &Known) -> Vec<Complaint> {
        let bad = |title: &&String| {
            title.chars().any(char::is_numeric) && !is_label(title) && !known.covers(title) && !known.is_text(title)
        };
        self.titles.iter().filter(bad).map(|title| (title.clone(), "no such column is known".to_owned())).collect()
    }
}

/// `p95`, `p99.9`.
fn is_label(title: &str) -> bool {
    let (first, fraction) = title.split_once('.').unwrap_or((title, "9"));
    is_percentile(first) && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// A row on its way through the check.
struct Row<'a> {
    columns: &'a Columns,
    cells: Vec<Inline>,
    facts: &'a [&'a Fact],
    /// What the row's `unit` column says.
    unit: Option<String>,
    numbers: Vec<Printed>,
    /// The column of each number.
    places: Vec<usize>,
    /// The columns of known texts.
    texts: Vec<usize>,
    complaints: Vec<Complaint>,
}

/// Reads a row that cites `facts`; gives what is wrong with it.
pub(super) fn check(columns: &Columns, row: &[&str], facts: &[&Fact], known: &Known) -> Vec<Complaint> {
    let cells: Vec<Inline> = row.iter().map(|cell| Inline::read(cell)).collect();
    let unit = columns.at("unit").and_then(|at| cells.get(at)).map(Inline::whole);
    let (numbers, places) = (Vec::new(), Vec::new());
    let (texts, complaints) = (Vec::new(), Vec::new());
    let mut row = Row { columns, cells, facts, unit, numbers, places, texts, complaints };
    let cites = columns.at("facts");
    for at in (0..row.cells.len()).filter(|at| Some(*at) != cites) {
        row.cell(at, known);
    }
    row.together();
    row.names();
    row.belong(known);
    row.complaints
}

impl Row<'_> {
    fn complain(&mut self, at: usize, why: &str) {
        let text = self.cells.get(at).map(Inline::whole).unwrap_or_default();
        self.complaints.push((text, format!("{why} (column {:?})", self.columns.title(at))));
    }

    fn cell(&mut self, at: usize, known: &Known) {
        let Some(cell) = self.cells.get(at).cloned() else { return };
        self.complaints.extend(codes(&cell, known));
        let tokens = scan(&cell.text);
        let whole = |token: &Token| token.start() == 0;
        let fits = match tokens.as_slice() {
            [] => return,
            [Token::Time(time)] if whole(&tokens[0]) && time.end == cell.text.len() => {
                if !known.is_time(time.second, time.to_the_minute) {
                    self.complain(at, "no such time is known");
                }
                return;
            }
            [Token::Number(number), ..] if number.start == 0 => self.fitting(number, &cell.text, at),
            _ => Vec::new(),
        };
        match (tokens.first(), fits.first().copied()) {
            (Some(Token::Number(number)), Some((_, size))) => {
                let words = self.words(at);
                let fits = fits.into_iter().map(|(fact, _)| fact).collect();
                self.numbers.push(Printed { written: *number, words, fits, size });
                self.places.push(at);
            }
            _ if known.is_text(&cell.whole()) => self.texts.push(at),
            // Names that no code span can hold in a table stand there as text.
            _ if cell.whole().contains(['|', '`']) && known.covers(&cell.whole()) => {}
            _ => self.complain(at, "it is no fact of its row and no known text"),
        }
    }

    /// A fact in the unit that a cell has it in: behind its number, in the row's column of units, or in its title.
    fn in_unit(&self, fact: &Fact, behind: &[char], title: &str) -> Option<InUnit> {
        let of_row =
            self.unit.as_deref().and_then(|unit| named(unit, fact)).filter(|told| self.is_borne_out(told, fact));
        if !behind.is_empty() {
            let told = in_unit(behind, fact)?;
            let length = behind.len() - usize::from(behind.first() == Some(&' '));
            let is_all = spelt(&told.unit).iter().any(|unit| unit.chars().count() == length);
            // What has the unit of its row does not say it again; a change is percent of something, whatever the row's unit is.
            return Some(told).filter(|_| is_all && (of_row.is_none() || is_change(fact)));
        }
        let is_plain = match (&self.unit, fact.unit.as_str()) {
            (_, "count") if counts(fact) => true,
            (Some(_), _) => return of_row,
            (None, own) => own.is_empty() || own == "count" || title.contains(own),
        };
        is_plain.then(|| InUnit::own(fact))
    }

    /// Nothing is nothing in every unit: of another than its own it is only where something else of the row is told in that.
    fn is_borne_out(&self, told: &InUnit, fact: &Fact) -> bool {
        let others = || self.facts.iter().any(|other| other.unit == fact.unit && other.value != 0.0);
        fact.value != 0.0 || told.unit == fact.unit || others()
    }

    /// The facts that a cell may stand for, and what is written in the own unit of each: by value, by unit, by the percentile that its
    /// column is of.
    fn fitting(&self, number: &Written, text: &[char], at: usize) -> Vec<(usize, f64)> {
        let behind = text.get(number.end..).unwrap_or_default();
        let title = self.columns.title(at);
        let of_column =
            |fact: &Fact| !is_label(title) || holds(&visible(&fact.name), title) || (title == "p50" && is_single(fact));
        let fits = |(i, fact): (usize, &&Fact)| {
            let is_change = fact.unit.as_str() == "percent" && number.sign.is_some();
            let told = self.in_unit(fact, behind, title).filter(|_| of_column(fact))?;
            number.fits(told.value, DIGITS, is_change).then(|| (i, told.size(number.value, fact)))
        };
        self.facts.iter().enumerate().filter_map(fits).collect()
    }

    /// The words of a column, and of the name before it that the column may belong to ("best configuration", "best").
    fn words(&self, at: usize) -> HashSet<String> {
        let before = at.checked_sub(1).and_then(|before| self.cells.get(before)).filter(|cell| cell.text == [CODE]);
        let name = before.map(Inline::whole).unwrap_or_default();
        let title = self.columns.title(at);
        let follows = at.checked_sub(1).map(|before| self.columns.title(before));
        let end = match (title, follows) {
            ("interval from", _) => "low",
            ("to", Some("interval from")) => "high",
            _ => "",
        };
        words(&format!("{title} {end} {name}"))
    }

    /// Each number its own fact, each fact its number, none in another's place.
    fn together(&mut self) {
        let given = assign(&self.numbers, self.facts);
        let used: HashSet<usize> = given.iter().flatten().copied().collect();
        let idle = self.facts.iter().enumerate().find(|(i, _)| !used.contains(i)).map(|(_, fact)| fact.id);
        let doubled = given.iter().position(Option::is_none).and_then(|number| self.places.get(number)).copied();
        match (idle, doubled) {
            (Some(id), Some(at)) => self.complain(at, &format!("it stands twice, and {id} is cited and not printed")),
            (Some(id), None) => self.complaints.push((id.to_string(), "it is cited and not printed".to_owned())),
            (None, _) => {}
        }
        if let Some((one, other)) = exchanged(&self.numbers, &given, self.facts) {
            let at = self.places.get(one).copied().unwrap_or(0);
            let with = self.places.get(other).map_or("", |at| self.columns.title(*at)).to_owned();
            self.complain(at, &format!("it stands in the place of the column {with:?}"));
        }
        self.bases(&given);
        let of = |title: &str| {
            let number = self.places.iter().position(|at| self.columns.title(*at) == title)?;
            self.numbers.get(number).map(|number| number.size)
        };
        let pairs = [("min", "max"), ("low", "high"), ("interval from", "to"), ("count", "of")];
        let wrong = pairs.map(|(low, high)| (of(low), of(high)));
        for (low, _) in wrong.into_iter().filter_map(|(low, high)| Some((low?, high?))).filter(|(low, high)| low > high)
        {
            self.complaints.push((low.to_string(), "it is more than what it cannot be more than".to_owned()));
        }
    }

    /// Whether the known texts of the row are told of the file that the row names.
    fn belong(&mut self, known: &Known) {
        let texts: Vec<String> =
            self.texts.iter().filter_map(|at| self.cells.get(*at)).map(|cell| cell.whole().trim().to_owned()).collect();
        let names: Vec<String> = self.cells.iter().flat_map(|cell| cell.codes.iter().cloned()).collect();
        if let (Some(&at), false) = (self.texts.first(), known.belong(&names, &texts)) {
            self.complain(at, "it is not told of the file of its row");
        }
        let elsewhere = texts
            .iter()
            .position(|text| names.iter().any(|name| known.is_place(name, text) && !self.begins(name, text)));
        if let Some(at) = elsewhere.and_then(|text| self.texts.get(text)).copied() {
            self.complain(at, "what the row cites begins elsewhere");
        }
    }

    /// Whether what the row cites counts from this place of the file on, or counts nothing in that file.
    fn begins(&self, path: &str, at: &str) -> bool {
        let ranges = self.facts.iter().flat_map(|fact| match &fact.source {
            Source::Cells { cells, .. } => cells.as_slice(),
            _ => &[],
        });
        let mut here = ranges.filter(|range| visible(&range.path) == path).map(|range| visible(&range.place()));
        here.next().is_none_or(|place| place.trim() == at || place.strip_prefix("from ") == Some(at))
    }

    /// A change is told against what stood before, or against the worst: the formula says which of the two that is.
    fn bases(&mut self, given: &[Option<usize>]) {
        let title = |id: FactId| {
            let fact = self.facts.iter().position(|fact| fact.id == id)?;
            let number = given.iter().position(|own| *own == Some(fact))?;
            self.places.get(number).map(|at| (*at, self.columns.title(*at)))
        };
        let changes = self.facts.iter().filter_map(|fact| match &fact.source {
            Source::Derived { formula, .. } => change(formula),
            _ => None,
        });
        let wrong = changes.flat_map(|(new, base)| {
            let new = title(new).filter(|(_, title)| BASES.contains(title));
            [new, title(base).filter(|(_, title)| NEWS.contains(title))]
        });
        let wrong: Vec<usize> = wrong.flatten().map(|(at, _)| at).collect();
        wrong.into_iter().for_each(|at| self.complain(at, "the change in its row is taken the other way round"));
    }

    /// Whether the facts are about the benchmark and the metric that the row names.
    fn names(&mut self) {
        // A table may set two metrics beside each other.
        let columns = |title: &str| -> Vec<String> {
            let named = self.columns.titles.iter().zip(&self.cells).filter(|(own, _)| *own == title);
            named.map(|(_, cell)| cell.whole()).collect()
        };
        let (benchmarks, metrics) = (columns("benchmark"), columns("metric"));
        // The row shows foreign names with what steers the reading spelt out, so they are compared as they are shown.
        let one_of = |fact: &Fact, names: &[String]| {
            let own = visible(&fact.name);
            names.is_empty() || names.iter().any(|name| holds(&own, name))
        };
        let about = |fact: &Fact| one_of(fact, &benchmarks) && one_of(fact, &metrics);
        let strangers = self.facts.iter().filter(|fact| !matches!(fact.source, Source::Count { .. }) && !about(fact));
        let strangers: Vec<Complaint> = strangers
            .map(|fact| (fact.id.to_string(), format!("it is {:?}, which the row is not about", fact.name)))
            .collect();
        self.complaints.extend(strangers);
    }
}

/// Columns of what a change is told against, and of what it is told of.
const BASES: &[&str] = &["before", "worst"];
const NEWS: &[&str] = &["after", "best", "now"];

/// The facts of `100 * (F3 - F2) / |F2|` or `F3 - F2`: what is told, and against what.
fn change(formula: &str) -> Option<(FactId, FactId)> {
    let inner = formula.split_once('(').map_or(formula, |(_, rest)| rest.split(')').next().unwrap_or(""));
    let (new, base) = inner.split_once(" - ")?;
    Some((fact_id(new.trim())?, fact_id(base.trim())?))
}

/// A fact that is a change in percent of another fact, rather than a level or a difference that is measured in percent.
fn is_change(fact: &Fact) -> bool {
    let formula = match &fact.source {
        Source::Derived { formula, .. } => formula,
        _ => return false,
    };
    fact.unit.as_str() == "percent" && formula.starts_with("100 * ") && change(formula).is_some()
}

/// A fact that counts what is behind a row rather than measuring: it has no unit of its own there.
fn counts(fact: &Fact) -> bool {
    matches!(fact.source, Source::Count { .. })
        || ["values ", "samples ", "runs "].iter().any(|begin| fact.name.starts_with(begin))
}

/// Whether a fact is one value of which nothing says that it is a percentile: it is its own median, or one of its samples.
fn is_single(fact: &Fact) -> bool {
    let parts = fact.name.split(|c: char| !c.is_alphanumeric());
    let is_value = match &fact.source {
        Source::Cell { .. } => true,
        Source::Cells { formula, .. } => formula.starts_with("median("),
        _ => false,
    };
    is_value && !parts.into_iter().any(is_percentile)
}

fn spelt(unit: &Unit) -> Vec<&str> {
    match unit.as_str() {
        "percent" => vec!["%", "percent"],
        "ratio" => vec!["×", "ratio"],
        own => vec![own, unit.symbol()],
    }
}

/// The fact in the unit that a column of units names, if that is its own or another step of it.
fn named(name: &str, fact: &Fact) -> Option<InUnit> {
    let own = fact.unit.as_str();
    if name == own || name == visible(own) || name == fact.unit.symbol() {
        return Some(InUnit::own(fact));
    }
    fact.unit.steps().find(|step| name == step.symbol()).and_then(|step| InUnit::of(fact, step))
}

/// Whether a fact's name holds all the words of `subject`, however they are joined: `latency` and `p95` are in `latency_p95`.
fn holds(name: &str, subject: &str) -> bool {
    let parts = |text: &str| -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    if name.contains(subject) {
        return true;
    }
    let name = parts(name);
    parts(subject.trim_end_matches('…')).iter().all(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_part_cells_unless_escaped() {
        assert_eq!(cells("| a | b \\| c |  | `d` |"), ["a", "b \\| c", "", "`d`"]);
        assert_eq!(cells("| --- | ---: |"), ["---", "---:"]);
    }

    #[test]
    fn names_hold_their_words_however_joined() {
        assert!(holds("latency_p95 of csv_data/x [a=1]", "latency") && holds("latency_p95 of x", "p95"));
        assert!(!holds("latency_p95 of x", "p99") && !holds("latency of x", "ttft"));
        assert!(is_label("p95") && is_label("p99.9") && !is_label("p") && !is_label("v95") && !is_label("p99.x"));
    }
}
