//! A report written for people: sections of named figures, aligned tables, lines of figures; one run or several.
//!
//! Lines are taken for what they are one by one ([`keyed`], [`figures`], [`aligned`]); this reader keeps the sections (by
//! indentation, rules and headings) and gathers what it was told; [`sections`](super::sections) makes tables of it. Everything else is
//! prose, in which no number means anything. A text is recognised only when its figures are clearly measured and not lost among other lines.

use super::aligned;
use super::figures;
use super::keyed::{self, Pair, Said};
use super::room;
use super::sections::{Block, Event, Field, Mark, Told};
use super::trailing;
use super::{Format, Source, Stop};
use crate::artifact::Settings;
use crate::artifact::infer::directions;
use crate::artifact::infer::names;
use crate::artifact::infer::number::{self, Scan};
use crate::artifact::infer::vocabulary::{self, Word};
use crate::artifact::table::{Column, Document, Table};
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Any such text.
pub(in crate::artifact) struct Report;

impl Format for Report {
    fn name(&self) -> &'static str {
        "text"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        if matches!(source.hint, Some(ArtifactKind::Json | ArtifactKind::Csv)) {
            return false;
        }
        let lines: Vec<(u32, &str)> = (1..).zip(source.head().lines()).collect();
        tells_results(&lines)
    }

    fn read(&self, source: &Source<'_>, settings: &Settings) -> Result<Document, Stop> {
        // Of blank lines in a row, one parts as well as many.
        let mut blank = true;
        let kept = |(_, line): &(u32, &str)| !std::mem::replace(&mut blank, line.trim().is_empty()) || !blank;
        let lines: Vec<(u32, &str)> = source.lines().filter(kept).take(room::MOST_LINES).collect();
        if lines.len() == room::MOST_LINES {
            return Err(Stop::Rejected(format!("more than {} lines of text", room::MOST_LINES)));
        }
        let mut reader = Reader::default();
        reader.text(&lines);
        room::check(reader.weight())?;
        let document = reader.finish();
        if document.tables.iter().any(|table| table.columns.len() > settings.max_columns) {
            return Err(Stop::Rejected(format!("more than {} names in one record", settings.max_columns)));
        }
        Ok(document)
    }
}

/// Whether lines hold figures that are clearly measured, and not lost among others: no log, no source code, no dump of settings.
pub(super) fn tells_results(lines: &[(u32, &str)]) -> bool {
    let code = lines.iter().filter(|(_, line)| is_code(line)).count();
    let mut reader = Reader::default();
    reader.text(lines);
    let (measured, told) = reader.measured();
    let alone = measured == 1 && reader.other <= 3 && told <= 6;
    code * 5 < lines.len().max(1) && (measured >= 2 && measured * 20 >= reader.other && measured * 12 >= told || alone)
}

/// Whether almost every line tells something, so that the lines are no prose.
pub(super) fn is_all_figures(lines: &[(u32, &str)]) -> bool {
    let mut reader = Reader::default();
    reader.text(lines);
    reader.other * 4 <= lines.len()
}

/// A line of source code.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    line.ends_with([';', '{', '}'])
        || ["def ", "class ", "import ", "from ", "fn ", "let ", "const ", "#include", "func ", "return ", "at "]
            .iter()
            .any(|start| line.starts_with(start))
}

/// Most fields of a block: each new one is looked for among them.
const LARGEST: usize = 4096;

/// A heading and where its lines stand.
#[derive(Debug)]
struct Level {
    indent: usize,
    text: String,
    /// The indentation of the first line below it.
    child: Option<usize>,
}

/// Collects what a text tells.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The heading of a surrounding document.
    base: Vec<String>,
    levels: Vec<Level>,
    /// A line that may turn out to be a heading: its indentation and text.
    candidate: Option<(usize, String)>,
    /// The candidate stands in the line above.
    near: bool,
    told: Told,
    /// Cells and fields that were told of.
    cells: usize,
    /// The record that the line above told of may go on.
    open: bool,
    /// Lines that tell nothing.
    pub other: usize,
}

impl Reader {
    /// Begins a section of the surrounding document.
    pub fn section(&mut self, heading: &str) {
        self.base = if heading.is_empty() { Vec::new() } else { vec![heading.to_owned()] };
        self.levels.clear();
        self.candidate = None;
        self.open = false;
    }

    /// Reads a stretch of text.
    pub fn text(&mut self, lines: &[(u32, &str)]) {
        self.levels.clear();
        self.candidate = None;
        let mut next = 0;
        while let Some((number, line)) = lines.get(next).filter(|_| room::check(self.weight()).is_ok()) {
            next += 1;
            if line.trim().is_empty() {
                (self.open, self.near) = (false, false);
                continue;
            }
            if aligned::is_rule(line) {
                continue;
            }
            if let Some(found) = trailing::at(lines, next - 1).or_else(|| aligned::at(lines, next - 1)) {
                let unit = next.checked_sub(2).and_then(|above| lines.get(above)).and_then(|(_, line)| unit_line(line));
                self.table(found.table, indent(line), unit);
                next = found.end.max(next);
                continue;
            }
            let below = lines.get(next..).unwrap_or_default().iter().map(|(_, l)| *l).find(|l| !l.trim().is_empty());
            self.line(*number, line, below);
        }
    }

    /// How much was told; see [`room`].
    pub fn weight(&self) -> usize {
        (self.told.events.len() + self.told.marks.len()) * room::EACH / 2 + self.cells
    }

    fn line(&mut self, number: u32, line: &str, below: Option<&str>) {
        let depth = indent(line);
        if let Some((name, figures)) = figures::line(line) {
            self.commit(depth);
            let fields = figures.into_iter().map(|f| Field { key: f.name, value: f.value, line: number, unit: f.unit });
            let block = Block { path: self.path(), name, fields: fields.collect() };
            self.cells += block.fields.len();
            self.told.events.push(Event::Block(block));
            self.open = true;
            return;
        }
        match keyed::line(line) {
            Said::Opening(text) => self.heading(depth, &text),
            Said::Pairs { name, pairs } => self.pairs(number, depth, &name, pairs, below),
            Said::Other => self.maybe_heading(depth, line),
        }
    }

    fn pairs(&mut self, number: u32, depth: usize, name: &str, pairs: Vec<Pair>, below: Option<&str>) {
        let deeper = below.is_some_and(|below| indent(below) > depth && !matches!(keyed::line(below), Said::Other));
        if let ([pair], true) = (pairs.as_slice(), deeper)
            && !pair.numeric()
        {
            let key = pair.key.clone();
            self.heading(depth, &key);
            return;
        }
        self.commit(depth);
        let unit = self.levels.iter().rev().find_map(|level| heading_unit(&level.text));
        let fields =
            pairs.into_iter().map(|pair| Field { key: pair.key, value: pair.value, line: number, unit: unit.clone() });
        let fields: Vec<Field> = fields.collect();
        self.cells += fields.len();
        let path = self.path();
        if !name.is_empty() {
            self.told.events.push(Event::Block(Block { path, name: name.to_owned(), fields }));
            self.open = true;
            return;
        }
        self.fields(depth, path, fields);
    }

    /// Puts fields into the open record, or begins one with them.
    fn fields(&mut self, depth: usize, path: Vec<String>, fields: Vec<Field>) {
        let signature: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
        let mut mark = Mark::new("pair", &self.base, depth, &signature.join("|"), self.told.events.len());
        if let [field] = fields.as_slice() {
            mark.value = Some((field.key.clone(), field.value.clone()));
        }
        let goes_on = match self.told.events.last() {
            Some(Event::Block(block)) if block.name.is_empty() && block.fields.len() < LARGEST => {
                block.path == path && again(block, &fields).is_none()
            }
            Some(Event::Block(block)) => {
                self.open
                    && fields.len() > 1
                    && fields.iter().all(|f| names::parse(&f.key).bare)
                    && fields.iter().all(|f| block.fields.iter().all(|g| g.key != f.key))
            }
            _ => false,
        };
        match self.told.events.last_mut() {
            Some(Event::Block(block)) if goes_on => {
                mark.goes_on();
                self.told.marks.push(mark);
                block.fields.extend(fields);
            }
            _ => {
                self.begin_again(&path, &fields);
                mark.event = self.told.events.len();
                self.told.marks.push(mark);
                self.told.events.push(Event::Block(Block { path, name: String::new(), fields }));
            }
        }
    }

    /// Where a record goes through names once more that stood in the middle of the block, the block is parted there: what stands
    /// before is said once for all records.
    fn begin_again(&mut self, path: &[String], fields: &[Field]) {
        let index = self.told.events.len().saturating_sub(1);
        let Some(Event::Block(block)) = self.told.events.last_mut() else { return };
        if block.path != path || !block.name.is_empty() {
            return;
        }
        let Some(at) = again(block, fields).filter(|at| *at > 0) else { return };
        let tail = block.fields.split_off(at);
        self.told.part(index, tail.first().map_or("", |field| field.key.as_str()));
        self.told.events.push(Event::Block(Block { path: path.to_vec(), name: String::new(), fields: tail }));
    }

    fn table(&mut self, mut table: Table, depth: usize, unit: Option<Unit>) {
        let below = self.candidate.take();
        let heading = below.map(|(_, text)| text).or_else(|| self.path().last().cloned()).unwrap_or_default();
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let signature = format!("{heading}|{}", names.join("|"));
        self.told.marks.push(Mark::new("table", &self.base, depth, &signature, self.told.events.len()));
        let unit = unit.or_else(|| heading_unit(&heading));
        for column in &mut table.columns {
            if column.unit.is_none() && names::parse(&column.name).bare && !column.name.is_empty() {
                column.unit.clone_from(&unit);
            }
        }
        table.heading = heading;
        self.cells += table.rows.len() * table.columns.len();
        self.told.events.push(Event::Table(table));
        self.open = false;
    }

    fn path(&self) -> Vec<String> {
        self.base.iter().cloned().chain(self.levels.iter().map(|level| level.text.clone())).collect()
    }

    /// Makes room for a line of this indentation, below the heading that stood before it if one did.
    fn commit(&mut self, depth: usize) {
        if let Some((indent, text)) = self.candidate.take() {
            self.heading(indent, &text);
        }
        self.levels.retain(|level| level.indent <= depth && level.child.is_none_or(|child| depth >= child));
        if let Some(level) = self.levels.last_mut() {
            level.child.get_or_insert(depth);
        }
    }

    fn heading(&mut self, depth: usize, text: &str) {
        self.candidate = None;
        self.levels.retain(|level| level.indent < depth && level.child.is_none_or(|child| depth >= child));
        if let Some(level) = self.levels.last_mut() {
            level.child.get_or_insert(depth);
        }
        self.told.marks.push(Mark::new("heading", &self.base, depth, text, self.told.events.len()));
        if self.levels.len() < 8 {
            self.levels.push(Level { indent: depth, text: text.to_owned(), child: None });
        }
        self.open = false;
    }

    /// Notes a line that tells nothing: it may head what follows.
    fn maybe_heading(&mut self, depth: usize, line: &str) {
        self.other += 1;
        self.open = false;
        let text = line
            .trim()
            .trim_matches(|c: char| matches!(c, '=' | '-' | '*' | '#' | '~' | '[' | ']' | '<' | '>' | '█' | ' '));
        let decorated = text.len() + 4 <= line.trim().len();
        let words = text.split_whitespace().count();
        let (most, longest) = if decorated { (30, 250) } else { (12, 100) };
        let plausible = (1..=most).contains(&words)
            && text.len() <= longest
            && text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '$' | '('))
            && text.chars().any(char::is_alphabetic)
            && !(line.trim().starts_with('#') && text.starts_with(|c: char| c.is_ascii_digit()))
            && !keyed::is_log(text);
        // A line that lists figures tells something; it heads nothing.
        let figures = text.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).count();
        let plausible = plausible && !(figures > 2 && text.matches(", ").count() > 1);
        let sentence = text.ends_with(['.', '!', '?', ',', ';']) && !text.contains('(');
        let depth = if decorated { 0 } else { depth };
        let above = self
            .candidate
            .take()
            .filter(|(indent, above)| self.near && *indent == depth && above.len() + text.len() <= 160);
        self.near = plausible && !sentence;
        self.candidate = self.near.then(|| match above {
            // Lines that head something together.
            Some((_, above)) => (depth, format!("{above} / {}", number::unmarked(text))),
            None => (depth, number::unmarked(text)),
        });
    }

    /// How many of the told numbers are clearly measured, and how many there are.
    fn measured(&self) -> (usize, usize) {
        let (mut clear, mut told) = (0, 0);
        for event in &self.told.events {
            match event {
                Event::Block(block) => {
                    let numbers = block.fields.iter().filter(|field| keyed::is_number(&field.value));
                    told += numbers.clone().count();
                    clear += numbers.filter(|f| measured(&f.key, &f.value, f.unit.as_ref())).count();
                }
                Event::Table(table) => {
                    let (some, all) = measured_cells(table);
                    (clear, told) = (clear + some, told + all);
                }
            }
        }
        (clear, told)
    }

    /// The document that was read.
    pub fn finish(self) -> Document {
        self.told.document()
    }
}

/// Where in the block a record begins that the fields begin once more; a name that only stands twice in a row does not.
fn again(block: &Block, fields: &[Field]) -> Option<usize> {
    let first = fields.first()?;
    let at = block.fields.iter().position(|field| field.key == first.key)?;
    let twice = block.fields.last().is_some_and(|last| last.key == first.key);
    (!twice || at == 0 && block.fields.len() == 1).then_some(at)
}

/// How many cells of a table are clearly measured, and how many numbers it holds. Listings of processes and file systems hold none.
fn measured_cells(table: &Table) -> (usize, usize) {
    let listing = |column: &Column| {
        names::words(&column.name)
            .iter()
            .any(|word| matches!(word.as_str(), "pid" | "tty" | "filesystem" | "mounted" | "inode"))
    };
    let titled = titled(&table.heading) || table.columns.iter().any(|column| titled(&column.name));
    let listing = table.columns.iter().any(listing) && !titled;
    let (mut clear, mut told) = (0, 0);
    for (column, cell) in table.rows.iter().take(20).flat_map(|row| table.columns.iter().zip(&row.cells)) {
        let text = cell.text();
        let number = keyed::is_number(&text);
        let counts = measured(&column.name, &text, column.unit.as_ref()) || titled && text.contains('.') && number;
        told += usize::from(number);
        clear += usize::from(counts && !listing);
    }
    (clear, told)
}

/// Whether a title says that results follow.
fn titled(text: &str) -> bool {
    names::words(text).iter().any(|word| {
        matches!(
            word.as_str(),
            "benchmark" | "benchmarks" | "bench" | "result" | "results" | "score" | "scores" | "performance"
        )
    })
}

/// Blanks before a line; a tab counts as four.
/// `Unit: microseconds` above a table.
fn unit_line(line: &str) -> Option<Unit> {
    let (name, unit) = line.trim_start_matches(['#', '>', ' ']).split_once(':')?;
    let named = ["unit", "units", "time unit"].iter().any(|known| name.trim().eq_ignore_ascii_case(known));
    names::parse(&format!("value {}", unit.trim())).unit.filter(|_| named)
}

/// The unit that a heading gives the numbers below it: `Latency (us)`, but not `Block size: 64 KB`, which tells a quantity.
fn heading_unit(heading: &str) -> Option<Unit> {
    let before = heading.trim_end_matches([')', ']']).split_whitespace().rev().nth(1).unwrap_or_default();
    let valued = before.trim_start_matches(['(', '[', '=', ':']).starts_with(|c: char| c.is_ascii_digit());
    names::parse(heading).unit.filter(|_| !valued)
}

fn indent(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// Whether a number is clearly the result of a measurement: a time, a rate, or a quantity with decimals of which it is known which way is
/// good. Sizes and shares are not clear: machines and files have them without being measured.
pub(super) fn measured(key: &str, value: &str, unit: Option<&Unit>) -> bool {
    let Scan::Number(number) = number::scan(value, false) else { return false };
    let name = names::parse(key);
    let unit = number.unit.as_ref().or(name.unit.as_ref()).or(unit);
    let timed = unit.is_some_and(|unit| names::is_time(unit) || unit.as_str().contains('/'));
    let snake = names::snake(key);
    let clear = match vocabulary::lookup(key, &snake) {
        None => true,
        Some(Word::Ignore | Word::Count) => timed && !vocabulary::is_setting(&snake),
        Some(_) => false,
    };
    let words: Vec<&str> = name.base.split('_').collect();
    let known = || directions::lookup(&words, None).is_some_and(|direction| direction != Direction::Neutral);
    clear && (timed || unit.is_none() && !number.integer && known())
}
