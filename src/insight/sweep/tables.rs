//! The sweeps in the long part of the report: the ranking, the effect of each setting, and the front, each as a small table.

use super::Sweep;
use super::effects::{Effects, Known};
use super::pareto::Front;
use super::ranking::{Contest, Told, about};
use super::{plots, tell, tell_cold};
use crate::insight::document::{Block, Cell, Prose, Section, Table};
use crate::insight::ledger::Ledger;
use crate::insight::words;

/// Metrics of a sweep whose ranking is shown.
const RANKED: usize = 2;

/// The section; `None` when nothing was swept.
pub(in crate::insight) fn section(sweeps: &[Sweep], left_out: u64, ledger: &mut Ledger) -> Option<Section> {
    let mut sweeps: Vec<&Sweep> = sweeps.iter().collect();
    sweeps.sort_by_key(|sweep| (sweep.name(), &sweep.settings));
    let mut blocks = Vec::new();
    for sweep in &sweeps {
        blocks.push(Block::Heading(sweep.title()));
        blocks.push(Block::Paragraph(varies(sweep, ledger)));
        blocks.push(Block::Table(overview(sweep, ledger)));
        blocks.extend(ranking(sweep, ledger).map(Block::Table));
        let notes = notes(sweep, ledger);
        blocks.extend(effects(sweep, ledger).map(Block::Table));
        blocks.extend(plots::figures(sweep).into_iter().map(|figure| Block::Figure(Box::new(figure))));
        if !notes.is_empty() {
            blocks.push(Block::Bullets(notes));
        }
        blocks.extend(sweep.front.as_ref().and_then(|found| front(sweep, found, ledger)).map(Block::Table));
    }
    if left_out > 0 {
        let id = ledger.count("sweeps that are not shown", left_out);
        blocks.push(Block::Paragraph(
            Prose::new("Not shown: ")
                .value(id)
                .text(" further sweeps, less telling ones or ones that repeat those above."),
        ));
    }
    (!sweeps.is_empty()).then(|| Section::new("Sweeps: configurations and what each setting does", blocks))
}

fn varies(sweep: &Sweep, ledger: &mut Ledger) -> Prose {
    let what = format!("configurations of {}", sweep.name());
    let prose = Prose::new("Varies ").names(&sweep.settings).text(" over ");
    let prose = prose.count(ledger, sweep.configurations(), "configuration", "configurations", &what);
    let prose = match sweep.works {
        0 | 1 => prose.text("."),
        works => {
            let all = ledger.count(format!("different pieces of work in {}", sweep.name()), works);
            prose.text(", each compared by the same work, of which there are ").value(all).text(" kinds and sizes.")
        }
    };
    match tell::holes(sweep, ledger) {
        Some(holes) => prose.text(" ").then(holes),
        None => prose,
    }
}

/// Best and worst of each metric.
fn overview(sweep: &Sweep, ledger: &mut Ledger) -> Table {
    let mut table = Table::new(&[
        "metric",
        "better",
        "best configuration",
        "#best",
        "worst configuration",
        "#worst",
        "#median of all",
        "#difference",
        "#change",
        "cold starts",
    ]);
    let worked = sweep.contests.iter().any(|contest| !contest.work.is_empty());
    if worked {
        table.add_column("work");
    }
    for contest in &sweep.contests {
        let facts = contest.facts(sweep, ledger);
        let mut row = vec![
            Cell::Name(contest.metric.clone()),
            Cell::Text(contest.direction.as_str().to_owned()),
            Cell::Name(words::short(&contest.best.configuration)),
            Cell::Value(facts.best),
            Cell::Name(words::short(&contest.worst.configuration)),
            Cell::Value(facts.worst),
            Cell::Value(facts.median),
            Cell::Change(facts.difference),
            facts.relative.map_or(Cell::Empty, Cell::Change),
            if contest.warm { Cell::Text("left out".to_owned()) } else { Cell::Empty },
        ];
        row.extend(worked.then(|| work(contest)));
        table.rows.push(row);
    }
    let what = format!("metrics of {} that are not shown", sweep.name());
    table.cut(ledger, sweep.metrics_left_out, "metrics", &what)
}

/// What the configurations of a contest did.
fn work(contest: &Contest) -> Cell {
    if contest.work.is_empty() { Cell::Empty } else { Cell::Name(words::short(&contest.work)) }
}

/// The first and the last places; `None` of a sweep that the overview tells in full.
fn ranking(sweep: &Sweep, ledger: &mut Ledger) -> Option<Table> {
    let mut table = Table::new(&[
        "ranking by",
        "configuration",
        "#level",
        "#against the best",
        "#change",
        "#interval from",
        "#to",
        "told from the best",
    ]);
    let worked = sweep.contests.iter().any(|contest| !contest.work.is_empty());
    if worked {
        table.add_column("work");
    }
    let name = sweep.name();
    for contest in sweep.contests.iter().take(RANKED).filter(|contest| contest.configurations > 2) {
        let best = contest.best_fact(&name, ledger);
        let metric = || Cell::Name(contest.metric.clone());
        let label = |configuration: &str| Cell::Name(words::short(configuration));
        let mut row = vec![metric(), label(&contest.best.configuration), Cell::Value(best)];
        row.resize(table.columns.len() - usize::from(worked), Cell::Empty);
        row.extend(worked.then(|| work(contest)));
        table.rows.push(row);
        for place in &contest.places {
            let facts = contest.place_facts(&name, place, ledger);
            let (low, high) = facts
                .interval
                .map_or((Cell::Empty, Cell::Empty), |(low, high)| (Cell::Change(low), Cell::Change(high)));
            let mut row = vec![
                metric(),
                label(&place.level.configuration),
                Cell::Value(facts.level),
                Cell::Change(facts.difference),
                facts.relative.map_or(Cell::Empty, Cell::Change),
                low,
                high,
                Cell::Text(word(place.told, contest).to_owned()),
            ];
            row.extend(worked.then(|| work(contest)));
            table.rows.push(row);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn word(told: Told, contest: &Contest) -> &'static str {
    match told {
        Told::Apart => "yes",
        Told::Alike => "no",
        Told::Unknown if contest.all.samples == contest.configurations => "measured a single time",
        Told::Unknown => "too few repetitions",
    }
}

/// What each setting does.
fn effects(sweep: &Sweep, ledger: &mut Ledger) -> Option<Table> {
    let mut table = Table::new(&[
        "effect on",
        "setting",
        "from",
        "to",
        "#pairs",
        "#effect",
        "#interval from",
        "#to",
        "#absolute",
        "which means",
    ]);
    let name = sweep.name();
    let mut left_out = 0;
    for effects in &sweep.effects {
        left_out += effects.left_out;
        for contrast in effects.told() {
            let facts = effects.facts(&name, contrast, &sweep.pool, ledger);
            let what = format!(
                "pairs of {name} that differ in {} alone, {} against {}",
                contrast.setting, contrast.to, contrast.from
            );
            let pairs = ledger.count(what, contrast.total);
            let (low, high) = facts
                .interval
                .map_or((Cell::Empty, Cell::Empty), |(low, high)| (Cell::Change(low), Cell::Change(high)));
            table.rows.push(vec![
                Cell::Name(effects.measure.metric.clone()),
                Cell::Name(contrast.setting.clone()),
                Cell::Name(contrast.from.clone()),
                Cell::Name(contrast.to.clone()),
                Cell::Number(pairs),
                Cell::Change(facts.center),
                low,
                high,
                facts.absolute.map_or(Cell::Empty, Cell::Change),
                Cell::Text(meaning(contrast.known).to_owned()),
            ]);
        }
    }
    let what = format!("values of settings of {name} that were not held against the reference");
    (!table.rows.is_empty()).then(|| table.cut(ledger, left_out, "values of settings", &what))
}

fn meaning(known: Known) -> &'static str {
    match known {
        Known::Moves => "it matters",
        Known::Small => "more than chance, too little to matter",
        Known::Nothing => "makes no difference",
        Known::Likely => "it seems to, but so many comparisons show as much by chance",
        Known::Unclear => "cannot be told from nothing",
        Known::Agrees => "all pairs agree, too few for an interval",
        Known::Few => "too few pairs for an interval",
    }
}

/// What the tables cannot say: how much single measurements scatter, what turns an effect around, which records were cold.
fn notes(sweep: &Sweep, ledger: &mut Ledger) -> Vec<Prose> {
    let mut notes = Vec::new();
    for effects in &sweep.effects {
        notes.extend(scatter(sweep, effects, ledger));
        for contrast in &effects.contrasts {
            let Some((value, _)) = &contrast.reversed else { continue };
            let Some(turned) = effects.reversed_fact(&sweep.name(), contrast, &sweep.pool, ledger) else { continue };
            notes.push(
                Prose::new("With ")
                    .name(value)
                    .text(" it goes the other way: from ")
                    .name(&contrast.from)
                    .text(" to ")
                    .name(&contrast.to)
                    .text(" in ")
                    .name(&contrast.setting)
                    .text(" changes ")
                    .name(&effects.measure.metric)
                    .text(" by ")
                    .change(turned)
                    .text("."),
            );
        }
    }
    notes.extend(sweep.cold.as_ref().map(|cold| tell_cold::cold_start(sweep, cold, ledger)));
    notes
}

fn scatter(sweep: &Sweep, effects: &Effects, ledger: &mut Ledger) -> Option<Prose> {
    let noise = effects.noise_fact(&sweep.name(), &sweep.pool, ledger)?;
    let of = if effects.warm { " of warm runs" } else { "" };
    Some(
        Prose::new("Beyond what the settings do, two single measurements of ")
            .name(&effects.measure.metric)
            .text(of)
            .text(" differ with a standard deviation of ")
            .value(noise)
            .text("."),
    )
}

fn front(sweep: &Sweep, front: &Front, ledger: &mut Ledger) -> Option<Table> {
    let (one, two) = &front.measures;
    let mut table = Table::new(&["beaten by none in both", "metric", "#level"]);
    for (a, b) in &front.first {
        let level = |level: &super::ranking::Level, metric: &str| {
            format!("{metric} of {} [{}]", about(&sweep.name(), &front.work), level.configuration)
        };
        let first = a.summary.level(ledger, &level(a, &one.metric), &one.unit);
        let second = b.summary.level(ledger, &level(b, &two.metric), &two.unit);
        for (metric, value) in [(&one.metric, first), (&two.metric, second)] {
            table.rows.push(vec![
                Cell::Name(words::short(&a.configuration)),
                Cell::Name(metric.clone()),
                Cell::Value(value),
            ]);
        }
    }
    let what = format!("configurations on the front of {} that are not shown", sweep.name());
    let more = front.size.saturating_sub(front.first.len() as u64);
    (!table.rows.is_empty()).then(|| table.cut(ledger, more, "configurations", &what))
}
