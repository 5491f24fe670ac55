//! What a document says once: when, where and of which commit it ran, and the constants that its readings share.

use super::names::snake;
use super::number::canonical;
use super::time;
use super::vocabulary::{self, Block, Word};
use crate::artifact::table::{Cell, Document};
use crate::domain::run::{RunInfo, RunTime, TimeSource};
use crate::domain::series::{self, Params};

/// A document's own description.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Meta {
    pub run: RunInfo,
    pub hardware: Option<String>,
    pub constants: Params,
}

/// Keys of a configuration block that say what the file is about, however deep it is.
const SUBJECTS: &[&str] = &["model", "device", "dtype", "precision", "quantization", "backend", "engine", "dataset"];

/// Collects the description from a document's constants.
pub(in crate::artifact) fn of(document: &Document) -> Meta {
    let mut meta = Meta::default();
    let mut times: Vec<(usize, jiff::Timestamp)> = Vec::new();
    for (path, cell) in &document.constants {
        let Some((name, parents)) = path.split_last() else { continue };
        let name_snake = snake(name);
        match vocabulary::lookup(name, &name_snake) {
            Some(Word::Time) => times.extend(time::of_cell(cell).map(|t| (parents.len(), t))),
            Some(Word::Host) if text(cell).is_some_and(is_host) => set(&mut meta.run.host, cell),
            Some(Word::Branch) => set(&mut meta.run.branch, cell),
            Some(Word::Hardware) => set(&mut meta.hardware, cell),
            Some(Word::Commit) => set(&mut meta.run.commit, cell),
            _ if is_commit(parents, &name_snake) => set(&mut meta.run.commit, cell),
            word => constant(&mut meta.constants, &name_snake, parents, word, cell),
        }
    }
    for (name, cell) in &document.subject {
        let value = canonical(&cell.text());
        if !value.is_empty() {
            meta.constants.entry(name.clone()).or_insert(value);
        }
    }
    let shallowest = times.iter().min_by_key(|(depth, _)| *depth);
    meta.run.time = shallowest.map(|(_, at)| RunTime { at: *at, source: TimeSource::Content });
    meta
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text.trim()).filter(|t| !t.is_empty() && t.len() <= 120),
        _ => None,
    }
}

fn set(slot: &mut Option<String>, cell: &Cell) {
    if slot.is_none() {
        *slot = text(cell).map(str::to_owned);
    }
}

/// Whether a text names a machine: an address of the machine itself and a URL do not.
pub(in crate::artifact) fn is_host(name: &str) -> bool {
    !matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "") && !name.contains("://") && !name.contains(' ')
}

fn constant(constants: &mut Params, name: &str, parents: &[String], word: Option<Word>, cell: &Cell) {
    let value = match cell {
        Cell::Text(text) if text.trim().len() <= 120 && !text.trim().is_empty() => canonical(text),
        Cell::Number(_) => cell.text(),
        _ => return,
    };
    if let Some(key) = constant_name(name, parents, word) {
        constants.entry(key).or_insert(value);
    }
}

/// The parameter that a key says for all results of its file.
fn constant_name(name: &str, parents: &[String], word: Option<Word>) -> Option<String> {
    let name = param_name(name);
    match parents {
        [] if matches!(word, Some(Word::Param | Word::Case | Word::Label)) => Some(name),
        [parent] if vocabulary::block(parent) == Some(Block::Config) && SUBJECTS.contains(&name.as_str()) => Some(name),
        [parent] if snake(parent) == "model" && name == "name" => Some("model".to_owned()),
        _ => None,
    }
}

/// Whether a key is the commit's identifier.
fn is_commit(parents: &[String], name: &str) -> bool {
    let parent = parents.last().map(|parent| snake(parent)).unwrap_or_default();
    matches!(parent.as_str(), "git" | "commit" | "commit_info") && matches!(name, "id" | "hash")
}

/// What a key that is no column of results says of the whole file: its role, and the parameter's name.
pub(super) fn said(document: &Document, parents: &[String], name: &str) -> Option<(&'static str, String)> {
    let held = |path: &[String], cell: &Cell| {
        path.split_last().is_some_and(|(last, above)| last == name && above == parents)
            && matches!(cell, Cell::Text(_) | Cell::Number(_))
    };
    document.constants.iter().find(|(path, cell)| held(path, cell))?;
    let snake = snake(name);
    if is_commit(parents, &snake) {
        return Some(("commit", String::new()));
    }
    constant_name(&snake, parents, vocabulary::lookup(name, &snake)).map(|name| ("parameter", name))
}

/// One name for parameters that tools spell in several ways.
pub(in crate::artifact) fn param_name(name: &str) -> String {
    match name {
        "model_name" | "model_id" => "model",
        "temp" => "temperature",
        "data_type" => "dtype",
        "quant" | "quant_type" => "quantization",
        "ctx" | "n_ctx" | "context_size" | "context_length" => "num_ctx",
        "n_threads" | "num_threads" => "threads",
        other => other,
    }
    .to_owned()
}

/// A series' environment: the host, or the hardware when no host is named, and a branch other than the default.
pub(in crate::artifact) fn environment(host: Option<&str>, hardware: Option<&str>, branch: Option<&str>) -> String {
    let branch = branch
        .filter(|b| !matches!(*b, "main" | "master" | "trunk" | "default" | "HEAD" | "origin/main" | "origin/master"));
    series::environment(host.or(hardware).unwrap_or_default(), branch)
}
