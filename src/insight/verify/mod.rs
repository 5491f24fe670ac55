//! Verification: the numeric claims of a report, whoever wrote it, against what the index and its files hold.
//!
//! A [`Verifier`] is made for the claims of one text. It is fed in streams, first the names ([`Verifier::vocabulary`]), then counts, times,
//! measurements and, if claims are still open, the cells of the files; it keeps the best candidates of each claim and nothing else, so its
//! memory is bounded by the report. Then [`Verifier::finish`] gives a verdict for each claim: name, unit and value must fit *one* fact, and
//! what is derived has parents that the claim names.
//!
//! It cannot fail. What it cannot resolve is unsupported.

mod asked;
mod book;
mod cells;
mod census;
mod dates;
mod decide;
mod direction;
mod ends;
mod fit;
mod inventory;
mod lexicon;
mod names;
mod own;
mod pairs;
mod quoted;
mod relation;
mod siblings;
mod vocabulary;
mod words;

use std::collections::HashMap;

use jiff::Timestamp;

pub use book::Known;
pub use dates::When;
pub use decide::{Checked, Verdict};
pub use inventory::{Inventory, Own};
pub use names::is_model;
pub use own::{Beside, landing_of, open, resolve as resolve_own};
pub use vocabulary::Vocabulary;

use self::asked::Asked;
use self::book::{Book, Passing};
use self::dates::Calendar;
use self::names::{Name, Step};
use self::relation::{Named, Owner, Relation};
use super::claims::{Claim, Kind};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::{Params, SeriesKey};
use crate::domain::units::Unit;

/// One value that the index holds, besides its series.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    pub value: f64,
    /// Samples behind it.
    pub n: u64,
    pub std: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Relative to the tree, escaped for people.
    pub path: &'a str,
    /// Says where in the file it stands.
    pub at: &'a dyn Fn() -> String,
}

/// What names the values that follow: their series, and what their files say of them.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    pub series: &'a SeriesKey,
    /// The field as in the file, and the pattern of the place.
    pub field: &'a str,
    pub place: &'a str,
    /// What the run was about.
    pub subject: &'a Params,
    pub kind: ArtifactKind,
}

/// Checks the claims of one text.
#[derive(Debug)]
pub struct Verifier {
    claims: Vec<Claim>,
    vocabulary: Vocabulary,
    asked: Vec<Asked>,
    /// The claims that ask the same, by the first of them: names are compared once for all of these.
    alike: Vec<Vec<usize>>,
    /// The claims that the present group concerns.
    touched: Vec<usize>,
    books: Vec<Book>,
    pairs: Vec<pairs::Pair>,
    census: census::Census,
    inventory: Inventory,
    calendar: Calendar,
    /// Claims whose digits would hardly occur by chance: their values in ascending order, with their places.
    precise: Vec<(f64, usize)>,
    /// The names that stand to at least one claim in a relation, while they pass: mean, std, min, max of the current heading.
    current: Current,
    /// How many groups have passed by.
    groups: u64,
    /// Names of columns and paths of the files read again.
    columns: HashMap<(ArtifactKind, String), Current>,
}

/// A name that passes by, and the claims that it concerns.
#[derive(Debug, Default, Clone)]
struct Current {
    name: Name,
    steps: Vec<Step>,
    concerned: Vec<(usize, Relation)>,
    /// Comparisons, and which of their two sides.
    sides: Vec<(usize, usize)>,
}

/// Names of columns that are kept, at most.
const COLUMNS: usize = 4096;

impl Verifier {
    /// For the claims of a text.
    pub fn new(claims: Vec<Claim>) -> Self {
        let vocabulary = Vocabulary::of(&claims);
        let books = vec![Book::default(); claims.len()];
        let mut precise: Vec<(f64, usize)> = claims
            .iter()
            .enumerate()
            .filter(|(_, claim)| claim.significant >= 5 && matches!(claim.kind, Kind::Quantity))
            .map(|(at, claim)| (claim.value, at))
            .collect();
        precise.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            claims,
            vocabulary,
            asked: Vec::new(),
            alike: Vec::new(),
            touched: Vec::new(),
            books,
            pairs: Vec::new(),
            census: census::Census::default(),
            inventory: Inventory::default(),
            calendar: Calendar::default(),
            precise,
            current: Current::default(),
            groups: 0,
            columns: HashMap::new(),
        }
    }

    /// The words and names that the index is to be asked for, before anything else.
    pub fn vocabulary(&mut self) -> &mut Vocabulary {
        &mut self.vocabulary
    }

    /// Ends the first part: all names are known.
    pub fn resolve(&mut self, inventory: Inventory) {
        self.asked = self.claims.iter().map(|claim| Asked::of(claim, &self.vocabulary)).collect();
        self.census = census::Census::of(&self.claims, &self.asked);
        self.pairs = pairs::of(&self.claims, &self.vocabulary);
        self.inventory = inventory;
        self.gather();
        self.parameters();
    }

    /// Finds the claims that ask the same.
    fn gather(&mut self) {
        let mut by_question: HashMap<String, usize> = HashMap::new();
        self.alike.clear();
        for (at, asked) in self.asked.iter().enumerate() {
            let place = *by_question.entry(format!("{asked:?}")).or_insert(self.alike.len());
            match self.alike.get_mut(place) {
                Some(group) => group.push(at),
                None => self.alike.push(vec![at]),
            }
        }
    }

    /// The values of parameters are numbers too: "with num_gpu 80".
    fn parameters(&mut self) {
        let parameters: Vec<(String, f64)> =
            self.vocabulary.parameters().map(|(name, value)| (name.to_owned(), value)).collect();
        for (parameter, value) in parameters {
            let name = Name { shown: format!("parameter {parameter}"), ..Name::of_words(&parameter, &Unit::none()) };
            let current = self.concerned(name, vec![Step::Key(parameter.to_lowercase())]);
            self.pass(&current, " ", value, "", &|| parameter.clone());
        }
    }

    /// A file that is there.
    pub fn file(&mut self, path: &str, kind: ArtifactKind, size: u64, failed: bool) {
        let mut names: Vec<String> = self
            .asked
            .iter()
            .filter(|asked| asked.thing.is_some())
            .flat_map(|asked| asked.owners.iter().chain(&asked.models).cloned())
            .collect();
        names.sort_unstable();
        names.dedup();
        self.inventory.file(path, kind, size, failed, &names);
    }

    /// Something happened at a time; `path` is of the file that says so.
    pub fn time(&mut self, when: When, at: Timestamp, path: Option<&str>) {
        self.calendar.take(when, at, path);
    }

    /// Begins the values of a name.
    pub fn heading(&mut self, heading: &Heading<'_>) {
        let mut name = Name::of_series(heading.series, heading.field, heading.place, heading.subject);
        name.kind = Some(heading.kind);
        let steps = names::place_steps(&heading.place.replace(crate::domain::measurement::SLOT, "0"));
        self.current = self.concerned(name, steps);
    }

    fn concerned(&self, name: Name, steps: Vec<Step>) -> Current {
        let mut concerned = Vec::new();
        for group in &self.alike {
            let Some(asked) = group.first().and_then(|first| self.asked.get(*first)) else { continue };
            let relation = Relation::of(&name, &steps, asked);
            if relation.name != Named::No {
                concerned.extend(group.iter().map(|at| (*at, relation)));
            }
        }
        let sides = pairs::sides(&self.pairs, &name, &steps);
        Current { name, steps, concerned, sides }
    }

    /// A value of the present heading.
    pub fn value(&mut self, value: &Value<'_>) {
        let current = std::mem::take(&mut self.current);
        let path = relation::path_words(value.path);
        self.pass(&current, &path, value.value, value.path, value.at);
        if value.std.is_some() || value.min.is_some() || value.max.is_some() {
            self.spread(&current, &path, value);
        }
        self.current = current;
    }

    /// What the file says of the scatter: numbers of the same name and another statistic.
    fn spread(&mut self, current: &Current, path: &str, value: &Value<'_>) {
        use lexicon::Stat;
        for (stat, number) in [(Stat::Std, value.std), (Stat::Min, value.min), (Stat::Max, value.max)] {
            if let Some(number) = number {
                let of_stat = self.concerned(current.name.with_stat(stat), current.steps.clone());
                self.pass(&of_stat, path, number, value.path, value.at);
            }
        }
    }

    fn pass(&mut self, current: &Current, path_line: &str, value: f64, path: &str, at: &dyn Fn() -> String) {
        let Current { name, concerned, .. } = current;
        let known = || Known {
            id: None,
            name: name.shown.clone(),
            value,
            unit: name.unit.clone(),
            path: Some(path.to_owned()),
            at: Some(at()),
        };
        let passing = Passing { value, unit: &name.unit, concept: name.concept, known: &known };
        for &(index, relation) in concerned {
            let (Some(claim), Some(asked), Some(book)) =
                (self.claims.get(index), self.asked.get(index), self.books.get_mut(index))
            else {
                continue;
            };
            let is_file = || asked.owners.iter().any(|owner| path_line.contains(owner.as_str()));
            let is_model_known = name.models.is_empty();
            let mut relation = relation;
            let is_ours = || kinds_agree(name, asked) && !relation::is_other_model(name, asked);
            if relation.owner == Owner::Other && !asked.owners.is_empty() && is_file() && is_ours() {
                relation.owner = Owner::Same;
            }
            // Where the series does not say the model, the path may.
            if is_model_known
                && relation.owner != Owner::Other
                && asked.models.iter().any(|word| names_model(path_line, word, self.vocabulary.models()))
            {
                relation.owner = Owner::Other;
            }
            let key = relation.name == Named::Key && names::ends_with(&names::place_steps(&at()), &asked.key);
            let before = book.group.n;
            book.take(claim, asked, relation, &passing, key);
            if before == 0 && book.group.n > 0 {
                self.touched.push(index);
            }
        }
        for &(at, side) in &current.sides {
            if let Some(pair) = self.pairs.get_mut(at) {
                pair.take(side, &name.owner, path_line, &passing);
            }
        }
        self.elsewhere(value, &passing);
    }

    /// Notes a value for precise claims of whatever name.
    fn elsewhere(&mut self, value: f64, passing: &Passing<'_>) {
        let room = value.abs() * 1e-3;
        let from = self.precise.partition_point(|(claimed, _)| *claimed < value - room);
        for &(claimed, index) in self.precise.get(from..).unwrap_or(&[]) {
            if claimed > value + room {
                break;
            }
            if let (Some(claim), Some(book)) = (self.claims.get(index), self.books.get_mut(index))
                && fit::agrees(claim, value)
            {
                book.is_elsewhere(passing);
            }
        }
    }

    /// Ends a group of values: those of one metric of one benchmark.
    pub fn end_group(&mut self) {
        self.groups += 1;
        self.pairs.iter_mut().for_each(|pair| pair.end_group(&self.claims));
        for index in std::mem::take(&mut self.touched) {
            if let (Some(claim), Some(asked), Some(book)) =
                (self.claims.get(index), self.asked.get(index), self.books.get_mut(index))
                && book.group.n > 0
            {
                book.end_group(claim, asked, self.groups);
            }
        }
    }

    /// Whether claims are left that the cells of files could settle.
    pub fn is_open(&self) -> bool {
        if !self.census.is_empty() {
            return true;
        }
        let counts_headings = |asked: &Asked| asked.thing == Some(lexicon::Thing::Headings);
        self.asked.iter().zip(&self.books).zip(&self.claims).any(|((asked, book), claim)| {
            let is_settled = asked.thing.is_some() || book.fits.is_some() || !book.derived.is_empty();
            counts_headings(asked) || !is_settled && !matches!(claim.kind, Kind::Date(_))
        })
    }

    /// The names that an artifact's cells have.
    pub fn learn(&mut self, kind: ArtifactKind, text: &str) {
        let vocabulary = &mut self.vocabulary;
        cells::each(kind, text, &mut |cell| vocabulary.metric(cell.name));
    }

    /// Ends the names of the artifacts: claims that nothing bears out yet are resolved anew.
    pub fn resolve_again(&mut self) {
        for ((claim, asked), book) in self.claims.iter().zip(&mut self.asked).zip(&mut self.books) {
            let is_settled = book.fits.is_some() || !book.derived.is_empty();
            if asked.is_nameless() && !is_settled {
                *asked = Asked::of(claim, &self.vocabulary);
            }
        }
        self.gather();
    }

    /// The text of an artifact that is read again.
    pub fn artifact(&mut self, path: &str, kind: ArtifactKind, text: &str) {
        if kind == ArtifactKind::Markdown {
            let headings = self.inventory.headings.unwrap_or(0).saturating_add(cells::headings(text));
            self.inventory.headings = Some(headings);
        }
        let path_line = relation::path_words(path);
        self.census.artifact(&self.claims, path, &path_line, kind, text);
        cells::each(kind, text, &mut |cell| self.cell(kind, path, &path_line, &cell));
        self.end_group();
    }

    fn cell(&mut self, kind: ArtifactKind, path: &str, path_line: &str, cell: &cells::Cell<'_>) {
        let key = (kind, cell.name.to_owned());
        let column = match self.columns.remove(&key) {
            Some(column) => column,
            None => self.column(kind, cell),
        };
        let relevant = !column.concerned.is_empty();
        if relevant && !cell.beside.is_empty() {
            let owned = self.owned(&column, cell.beside);
            self.pass(&owned, path_line, cell.value, path, &|| cell.at.text());
        } else {
            self.pass(&column, path_line, cell.value, path, &|| cell.at.text());
        }
        if self.columns.len() < COLUMNS {
            self.columns.insert(key, column);
        }
    }

    fn column(&self, kind: ArtifactKind, cell: &cells::Cell<'_>) -> Current {
        let unit = names::unit_of(cell.name);
        let mut name = Name::of_words(cell.name, &unit);
        name.kind = Some(kind);
        let steps = names::place_steps(&cell.at.text());
        self.concerned(name, steps)
    }

    /// The same column, of the row or object that these words belong to.
    fn owned(&self, column: &Current, beside: &[String]) -> Current {
        let mut name = column.name.clone();
        name.owner = words::line(&beside.join(" "));
        for text in beside {
            let (key, value) = text.split_once(' ').unwrap_or((text, ""));
            if names::is_model(key) {
                name.models.extend(names::model_words(value));
            }
        }
        let of = |(index, _): &(usize, Relation)| {
            Some((*index, Relation::of(&name, &column.steps, self.asked.get(*index)?)))
        };
        let concerned = column.concerned.iter().filter_map(of).collect();
        let sides = pairs::sides(&self.pairs, &name, &column.steps);
        Current { name, steps: column.steps.clone(), concerned, sides }
    }

    /// The verdicts, a claim each, in the order of the text.
    pub fn finish(mut self) -> Vec<Checked> {
        self.derive_over_all();
        self.match_ends();
        self.plain_ends();
        let mut checked: Vec<Checked> = self
            .claims
            .iter()
            .zip(&self.asked)
            .zip(self.books)
            .map(|((claim, asked), book)| decide::decide(claim, asked, book, &self.inventory, &self.calendar))
            .collect();
        self.census.settle(&mut checked);
        self.pairs.into_iter().for_each(|pair| pair.settle(&mut checked));
        siblings::derive(&self.claims, &mut checked);
        checked
    }
}

impl Verifier {
    /// The statistics over everything that a claim names, which is group 0.
    fn derive_over_all(&mut self) {
        for ((claim, asked), book) in self.claims.iter().zip(&self.asked).zip(&mut self.books) {
            if let Some((known, how)) = book.all.derive(claim, asked) {
                book.derived.insert(0, (0, known, how));
            }
        }
    }
}

fn kinds_agree(name: &Name, asked: &Asked) -> bool {
    asked.kinds.is_empty() || name.kind.is_none_or(|kind| asked.kinds.contains(&kind))
}

/// Whether a path names models, and this one is not among them.
fn names_model(path_line: &str, word: &str, models: &std::collections::HashSet<String>) -> bool {
    let mut named = path_line.split(' ').filter(|part| models.contains(*part)).peekable();
    named.peek().is_some() && !named.any(|part| part == word)
}
