//! The report's sections on the agents' calls: what each of them took, how it was asked, where the landing's time went, and the personas.
//!
//! Every number is a fact. What was measured of a call stands in a cell of the calls' document ([`CallsDoc`]); seconds of the stages are what
//! the index has of the landing. Without the document there are no numbers of calls, only what can be said in words. Nothing can fail.

use crate::dialogue::calls::CallsDoc;
use crate::dialogue::left_out;
use crate::dialogue::said::{Said, Standing};
use crate::domain::call::{BENCHMARK, Call, Ended, Failure};
use crate::domain::fact::{FactId, Source};
use crate::domain::units::Unit;
use crate::insight::{Block, Cell, Known, Ledger, Prose, Section, Table};

/// Characters of a persona in one row: what the renderer shows of foreign prose is bounded.
const ROW: usize = 360;

/// Characters of a model's digest that tell it from others.
const DIGEST: usize = 12;

/// Calls that are told of; no landing has more than four, but for what was tried again.
const CALLS: usize = 16;

/// Of a second: nobody measures stages more finely.
const MICROSECONDS: f64 = 1e6;

/// Where a landing's time went, s; `None` is what was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// Reading and storing the files.
    pub ingest: Option<f64>,
    /// Judging the series.
    pub judge: Option<f64>,
    /// The conversation with the models, the wait for it included.
    pub agent: Option<f64>,
    /// Analysing for the report.
    pub report: Option<f64>,
}

/// The sections on the calls of `said`, whose numbers stand in the document `at`, and on where the landing's time went.
pub fn sections(said: &Said, at: Option<&CallsDoc>, seconds: &Seconds, ledger: &mut Ledger) -> Vec<Section> {
    let mut blocks = Vec::new();
    let seconds = if said.calls.is_empty() { Seconds { agent: None, ..*seconds } } else { *seconds };
    if said.calls.is_empty() {
        blocks.push(Block::Paragraph(nobody(said)));
    } else {
        blocks.push(Block::Table(calls(said, at, ledger)));
        blocks.extend(failures(said));
        blocks.push(Block::Table(configurations(said)));
        blocks.extend(left_out::table(said, ledger).map(Block::Table));
    }
    blocks.extend(times(&seconds, ledger).map(Block::Paragraph));
    let mut sections = vec![Section::new("Calls and times", blocks)];
    sections.extend(personas(said));
    sections
}

/// Why nobody was asked.
fn nobody(said: &Said) -> Prose {
    match &said.standing {
        Standing::Off => Prose::new("No language model was asked: the settings name none."),
        Standing::Unavailable(words) | Standing::Rejected(words) => {
            Prose::new("No language model was asked: ").quote(words)
        }
        Standing::Used | Standing::PartlyUsed => Prose::new("No language model was asked."),
    }
}

/// Tells the check the names and texts that [`sections`] prints.
pub fn known(said: &Said, known: &mut Known) {
    names(said).iter().for_each(|name| known.name(name));
    texts(said).iter().for_each(|text| known.text(text));
}

/// The names that [`sections`] prints: of agents, models and servers, and the options.
pub fn names(said: &Said) -> Vec<String> {
    let of_call =
        |call: &Call| [label(call).to_owned(), call.model.clone(), call.url.clone(), digest(call), options(call)];
    let personas = said.personas.iter().map(|persona| persona.label.clone());
    said.calls.iter().flat_map(of_call).chain(personas).collect()
}

/// The foreign texts that [`sections`] prints, each as it stands in a row.
pub fn texts(said: &Said) -> Vec<String> {
    let failures = said.calls.iter().filter_map(|call| match &call.ended {
        Ended::Failed { words, .. } => Some(words.clone()),
        Ended::Answered => None,
    });
    let standing = match &said.standing {
        Standing::Unavailable(words) | Standing::Rejected(words) if said.calls.is_empty() => Some(words.clone()),
        _ => None,
    };
    failures.chain(standing).chain(said.personas.iter().flat_map(|persona| rows(&persona.prompt))).collect()
}

/// A number of a call: the title of its column, its name in the document, its unit and itself.
struct Figure {
    title: &'static str,
    /// What it is, as the fact's name begins.
    name: &'static str,
    field: &'static str,
    unit: &'static str,
    of: fn(&Call) -> Option<f64>,
}

const fn figure(
    title: &'static str,
    name: &'static str,
    field: &'static str,
    unit: &'static str,
    of: fn(&Call) -> Option<f64>,
) -> Figure {
    Figure { title, name, field, unit, of }
}

#[allow(clippy::cast_precision_loss, reason = "tokens, far below 2^53")]
const FIGURES: &[Figure] = &[
    figure("#throughput (tok/s)", "throughput", "throughput", "tok/s", |call| call.measured.throughput),
    figure("#TTFT (s)", "ttft", "ttft_s", "s", |call| call.measured.ttft_s),
    figure("#total (s)", "total", "total_s", "s", |call| Some(call.measured.total_s)),
    figure("#tokens", "tokens", "tokens", "count", |call| call.measured.tokens.map(|n| n as f64)),
    figure("#prompt eval (s)", "prompt eval", "prompt_eval_s", "s", |call| call.measured.prompt_eval_s),
    figure("#eval (s)", "eval", "eval_s", "s", |call| call.measured.eval_s),
    figure("#load (s)", "load", "load_s", "s", |call| call.measured.load_s),
    figure("#prompt tokens", "prompt tokens", "prompt_tokens", "count", |call| {
        call.measured.prompt_tokens.map(|n| n as f64)
    }),
    figure("#context", "context", "context", "count", |call| call.measured.context.map(|n| n as f64)),
];

/// What each call took.
fn calls(said: &Said, at: Option<&CallsDoc>, ledger: &mut Ledger) -> Table {
    let mut table = Table::new(&["agent", "call", "ended"]);
    FIGURES.iter().for_each(|figure| table.add_column(figure.title));
    table.add_column("#context used");
    for (i, call) in said.calls.iter().enumerate().take(CALLS) {
        let asked = if call.attempt > 1 { "repair" } else { "question" };
        let mut row =
            vec![Cell::Name(label(call).to_owned()), Cell::Text(asked.to_owned()), Cell::Text(ended(call).to_owned())];
        let mut facts: Vec<Option<FactId>> = Vec::new();
        for figure in FIGURES {
            let value = at.zip((figure.of)(call).filter(|value| value.is_finite()));
            facts.push(value.map(|(at, value)| {
                let name = format!("{} of the {asked} of {}", figure.name, label(call));
                let place = CallsDoc::place(i, figure.field);
                ledger.cell(name, value, Unit::new(figure.unit), BENCHMARK, at.hash(), place)
            }));
        }
        let used = context_used(&facts, &format!("the {asked} of {}", label(call)), ledger);
        row.extend(facts.into_iter().map(Cell::maybe));
        row.push(used.map_or(Cell::Empty, Cell::Value));
        table.rows.push(row);
    }
    let left = said.calls.len().saturating_sub(CALLS) as u64;
    table.cut(ledger, left, "calls", "further calls of the agents")
}

/// How much of the context prompt and answer took: of the facts in the order of [`FIGURES`].
fn context_used(facts: &[Option<FactId>], of: &str, ledger: &mut Ledger) -> Option<FactId> {
    let fact = |name: &str| {
        let at = FIGURES.iter().position(|figure| figure.name == name)?;
        facts.get(at).copied().flatten()
    };
    let value = |id: FactId, ledger: &Ledger| ledger.get(id).map(|fact| fact.value);
    let (prompt, context) = (fact("prompt tokens")?, fact("context")?);
    let (read, size) = (value(prompt, ledger)?, value(context, ledger).filter(|size| *size > 0.0)?);
    let name = format!("context used by {of}");
    Some(match fact("tokens").and_then(|tokens| Some((tokens, value(tokens, ledger)?))) {
        Some((tokens, written)) => {
            let formula = format!("100 * ({prompt} + {tokens}) / {context}");
            let used = 100.0 * (read + written) / size;
            ledger.derived(name, used, Unit::new("percent"), formula, &[prompt, tokens, context])
        }
        None => {
            let formula = format!("100 * {prompt} / {context}");
            ledger.derived(name, 100.0 * read / size, Unit::new("percent"), formula, &[prompt, context])
        }
    })
}

/// What went wrong, in the words for people; what went wrong for several agents alike is told once.
fn failures(said: &Said) -> Option<Block> {
    let mut failed: Vec<(&str, Vec<&str>)> = Vec::new();
    for call in said.calls.iter().take(CALLS) {
        let Ended::Failed { words, .. } = &call.ended else { continue };
        match failed.iter_mut().find(|(known, _)| known == words) {
            Some((_, agents)) if agents.contains(&label(call)) => {}
            Some((_, agents)) => agents.push(label(call)),
            None => failed.push((words, vec![label(call)])),
        }
    }
    let bullet = |(words, agents): &(&str, Vec<&str>)| Prose::default().names(agents).text(": ").quote(words);
    let bullets: Vec<Prose> = failed.iter().map(bullet).collect();
    (!bullets.is_empty()).then_some(Block::Bullets(bullets))
}

/// How the agents were asked: once for each that was asked otherwise.
fn configurations(said: &Said) -> Table {
    let mut table = Table::new(&["agent", "model", "digest", "back end", "address", "options"]);
    for call in said.calls.iter().take(CALLS) {
        let name = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Name(text.to_owned()) };
        let row = vec![
            name(label(call)),
            name(&call.model),
            name(&digest(call)),
            name(&call.backend),
            name(&call.url),
            name(&options(call)),
        ];
        if !table.rows.contains(&row) {
            table.rows.push(row);
        }
    }
    table
}

/// Where the landing's time went.
fn times(seconds: &Seconds, ledger: &mut Ledger) -> Option<Prose> {
    let parts = [
        ("reading the files", seconds.ingest),
        ("judging the series", seconds.judge),
        ("asking the agents", seconds.agent),
        ("analysing for this report", seconds.report),
    ];
    let parts: Vec<(&str, f64)> =
        parts.into_iter().filter_map(|(what, took)| Some((what, took.filter(|took| took.is_finite())?))).collect();
    let mut prose = Prose::new("Time spent on ");
    for (i, (what, took)) in parts.iter().enumerate() {
        let name = format!("seconds spent on {what}");
        let took = (took * MICROSECONDS).round() / MICROSECONDS;
        let id = ledger.intern(name.clone(), took, Unit::new("s"), Source::Count { what: name });
        let joint = match i {
            0 => "",
            _ if i + 1 == parts.len() => "; and on ",
            _ => "; on ",
        };
        prose = prose.text(joint).text(what).text(": ").value(id);
    }
    (!parts.is_empty()).then(|| prose.text("."))
}

/// The personas as they were sent, a few sentences a row.
fn personas(said: &Said) -> Option<Section> {
    let mut table = Table::new(&["agent", "persona"]);
    for persona in &said.personas {
        for (i, row) in rows(&persona.prompt).into_iter().enumerate() {
            let agent = if i == 0 { Cell::Name(persona.label.clone()) } else { Cell::Empty };
            table.rows.push(vec![agent, Cell::Quote(row)]);
        }
    }
    (!table.rows.is_empty()).then(|| Section::new("Appendix: the agents' personas", vec![Block::Table(table)]))
}

/// A long text in pieces that end with a word.
fn rows(text: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut length = 0;
    for word in text.split_whitespace().flat_map(pieces) {
        let more = word.chars().count() + 1;
        match rows.last_mut().filter(|_| length + more <= ROW) {
            Some(row) => {
                row.push(' ');
                row.push_str(&word);
                length += more;
            }
            None => {
                rows.push(word);
                length = more;
            }
        }
    }
    rows
}

/// A word that is longer than a row, in parts.
fn pieces(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(ROW - 1).map(|part| part.iter().collect()).collect()
}

fn label(call: &Call) -> &str {
    if call.label.trim().is_empty() { call.role.as_str() } else { &call.label }
}

fn digest(call: &Call) -> String {
    let digest = call.digest.as_deref().unwrap_or_default();
    digest.rsplit(':').next().unwrap_or_default().chars().take(DIGEST).collect()
}

fn options(call: &Call) -> String {
    let options: Vec<String> = call.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    options.join(" ")
}

/// How a call ended, in a few words.
pub(super) fn ended(call: &Call) -> &'static str {
    let Ended::Failed { failure, .. } = &call.ended else { return "answered" };
    match failure {
        Failure::Absent => "nothing answered",
        Failure::NoModel => "no such model",
        Failure::Context => "prompt too long",
        Failure::Busy => "busy",
        Failure::Refused => "refused",
        Failure::Broken => "the server failed",
        Failure::Silent => "silent",
        Failure::Slow => "too slow",
        Failure::Cut => "cut off",
        Failure::Invalid => "unreadable",
        Failure::Endless => "endless",
        Failure::Length => "out of tokens",
        Failure::Truncated => "prompt was cut",
        Failure::Resting => "not tried",
    }
}
