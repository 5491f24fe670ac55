//! Divan: the tree that it prints.
//!
//! ```text
//! Timer precision: 20 ns
//! codec              fastest       │ slowest       │ median        │ mean          │ samples │ iters
//! ├─ encode                        │               │               │               │         │
//! │  ├─ 64           2.966 ns      │ 2.985 ns      │ 2.977 ns      │ 2.978 ns      │ 100     │ 51200
//! │  │               21.57 GB/s    │ 21.43 GB/s    │ 21.49 GB/s    │ 21.48 GB/s    │         │
//! │  ╰─ t=4          12.1 ns       │ 15.0 ns       │ 12.5 ns       │ 12.6 ns       │ 100     │ 400
//! ╰─ decode (ignored)
//! ```
//!
//! The case is the path of names in the tree. Lines without a name belong to the case above: counters (rates, more is better), and below
//! `alloc:`, `dealloc:` and the like what the allocator did. Source: <https://docs.rs/divan>.

use super::quantity;
use crate::artifact::Settings;
use crate::artifact::field::{self, Field, case, count};
use crate::artifact::format::{Format, Source, Stop};
use crate::artifact::sheet::{Record, Sheet};
use crate::artifact::table::{Cell, Document, RowAt};
use crate::domain::series::Direction;

pub(super) struct Divan;

const NAME: Field = case("benchmark");
const SAMPLES: Field = count("samples", "samples");
const COLUMNS: &[(&str, &str)] = &[("fastest", "min"), ("slowest", "max"), ("median", "p50"), ("mean", "mean")];
/// Columns that one level of the tree is indented.
const INDENT: usize = 3;

impl Format for Divan {
    fn name(&self) -> &'static str {
        "text"
    }

    fn tools(&self) -> Vec<&'static str> {
        vec!["divan"]
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.head().lines().any(|line| header(line).is_some())
    }

    fn read(&self, source: &Source<'_>, _settings: &Settings) -> Result<Document, Stop> {
        let several = source.lines().filter(|(_, line)| header(line).is_some()).count() > 1;
        let mut reader = Reader { several, ..Reader::default() };
        for (number, line) in source.lines() {
            reader.line(number, line);
        }
        Ok(reader.sheet.finish("divan"))
    }
}

/// Where the figures begin, in characters, when the line is a header.
fn header(line: &str) -> Option<usize> {
    let names: Vec<&str> = line.split('│').map(str::trim).collect();
    let known = matches!(names.as_slice(), [first, "slowest", "median", "mean", "samples", "iters"] if first.ends_with("fastest"));
    let start = line.find("fastest")?;
    known.then(|| line.get(..start).unwrap_or_default().chars().count())
}

#[derive(Default)]
struct Reader {
    sheet: Sheet,
    /// There are trees of several crates, which their names tell apart.
    several: bool,
    /// Where the figures begin, below a header.
    start: Option<usize>,
    /// Names down to the last line of the tree, by depth.
    path: Vec<String>,
    /// What the allocator figures below it are of.
    allocator: String,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) {
        if let Some(start) = header(line) {
            self.start = Some(start);
            let crate_name: String = line.chars().take(start).collect();
            self.path = vec![crate_name.trim().to_owned()];
            return;
        }
        let Some(start) = self.start else { return };
        if !line.starts_with(['├', '╰', '│', ' ']) {
            if !line.trim().is_empty() {
                self.start = None;
            }
            return;
        }
        let place = line.char_indices().nth(start).map_or(line.len(), |(at, _)| at);
        let (tree, figures) = line.split_at(place);
        let name = tree.trim_matches(|c: char| c.is_whitespace() || matches!(c, '├' | '─' | '╰' | '│'));
        if let Some(branch) = tree.chars().position(|c| matches!(c, '├' | '╰')) {
            self.path.truncate(branch / INDENT + 1);
            self.path.push(name.to_owned());
            self.allocator.clear();
        }
        let cells: Vec<&str> = figures.split('│').map(str::trim).collect();
        if let Some(word) = cells.first().and_then(|cell| cell.strip_suffix(':')) {
            word.clone_into(&mut self.allocator);
        } else if cells.len() >= COLUMNS.len() && cells.iter().any(|cell| !cell.is_empty()) {
            self.figures(number, &cells);
        }
    }

    fn figures(&mut self, number: u32, cells: &[&str]) {
        let mut record = Record::default();
        let case = self.path.get(usize::from(!self.several)..).unwrap_or_default().join("/");
        self.sheet.put(&mut record, number, &NAME, &case);
        for ((name, stat), text) in COLUMNS.iter().zip(cells) {
            let Some((value, unit)) =
                text.split_once(' ').or(Some((text, ""))).filter(|(v, _)| v.parse::<f64>().is_ok())
            else {
                continue;
            };
            let role = if self.allocator.is_empty() {
                let told = quantity::by_unit(unit.trim());
                // The fastest time is the least, the fastest rate the greatest.
                let stat = match (*stat, told.direction) {
                    ("min", Direction::Higher) => "max",
                    ("max", Direction::Higher) => "min",
                    (stat, _) => stat,
                };
                told.role(stat)
            } else {
                let base = format!("{}_{}", self.allocator, if unit.is_empty() { "count" } else { "size" });
                field::metric(&base, stat, if unit.is_empty() { "count" } else { unit.trim() }, Direction::Lower)
            };
            self.sheet.put_as(&mut record, number, name, role, Cell::Text(value.to_owned()));
        }
        if let Some(samples) = cells.get(COLUMNS.len()).filter(|cell| !cell.is_empty()) {
            self.sheet.put(&mut record, number, &SAMPLES, samples);
        }
        self.sheet.push_at(record, RowAt::Line(number), Some(1));
    }
}
