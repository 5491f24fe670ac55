//! Leagues in words: which value of a recurring setting to use, for which workloads not, and what would decide the close ones.

use super::document::{Block, Cell, Prose, Section, Table};
use super::draft::{Draft, Finding, Topic, draft};
use super::errors::Errors;
use super::league::{Entry, League, Part, Value, Workload, geometric, models};
use super::ledger::Ledger;
use super::names::Names;
use super::words;
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// Leagues shown.
const SHOWN: usize = 6;
/// Leagues told as findings.
const TOLD: usize = 2;
/// Workloads that a table shows.
const ROWS: usize = 24;
/// A loss below this ratio is not worth another choice.
const CLOSE: f64 = 1.1;
/// Repetitions that a recommendation asks for.
const REPEATS: f64 = 5.0;

/// The leagues as findings: for each setting the metric that readers look for first.
pub(super) fn drafts<'a>(leagues: &'a [League], names: &'a Names, errors: &'a Errors) -> Vec<Draft<'a>> {
    let first = |i: usize, league: &League| !leagues.iter().take(i).any(|before| before.setting == league.setting);
    let firsts = leagues.iter().enumerate().filter(|(i, league)| first(*i, league)).map(|(_, league)| league);
    let weights = [720, 640];
    let told = firsts.take(TOLD).zip(weights);
    told.map(|(league, weight)| {
        draft(weight, Topic::Backend, move |ledger| tell(league, leagues, names, errors, ledger))
            .of_metric(league.priority)
    })
    .collect()
}

fn tell(league: &League, leagues: &[League], names: &Names, errors: &Errors, ledger: &mut Ledger) -> Finding {
    let n = league.workloads.len() as u64;
    let prose = match league.split() {
        Some(parts) => by_part(league, &parts, names, ledger),
        None => for_all(league, names, ledger),
    };
    let prose = failed(prose, league, errors, ledger);
    let prose = match league.choice().and_then(|choice| price(league, choice, leagues, names, ledger)) {
        Some(price) => prose.then(price),
        None => prose,
    };
    let what = format!("workloads in which {} was varied", league.setting);
    let prose = prose.text(" Seen over ").count(ledger, n, "workload", "workloads", &what);
    let prose = match models(&league.workloads.iter().collect::<Vec<_>>()) {
        Some(models) => {
            let what = format!("models among the workloads of {}", league.setting);
            prose.text(", which are ").count(ledger, models.len() as u64, "model", "models", &what)
        }
        None => prose,
    };
    let prose = prose.text(", the newest run of each; below one is better.");
    Finding { prose, advice: close_call(league, names, ledger) }
}

/// "`torch_compile` ended in an error in 3 of them".
fn failed(prose: Prose, league: &League, errors: &Errors, ledger: &mut Ledger) -> Prose {
    let mut prose = prose;
    for value in &league.values {
        let is_meant = |w: &&Workload| {
            !w.entries.contains_key(&value.name)
                && errors.of_subject(&value.name).any(|(benchmark, _)| benchmark == w.benchmark)
        };
        let (failed, ran) = (league.workloads.iter().filter(is_meant).count() as u64, value.ran);
        let missing = (league.workloads.len() as u64).saturating_sub(ran + failed);
        if failed + missing == 0 {
            continue;
        }
        prose = prose.text(" ").name(&value.name);
        if failed > 0 {
            let what = format!("workloads in which {} ended in an error", value.name);
            prose = prose.text(" ended in an error in ").count(ledger, failed, "workload", "workloads", &what);
        }
        if missing > 0 {
            let what = format!("workloads without a result of {}", value.name);
            prose = prose.text(if failed > 0 { " and has no result in " } else { " has no result in " });
            prose = prose.count(ledger, missing, "workload", "workloads", &what);
        }
        prose = prose.text(".");
    }
    prose
}

/// "Use `onnx` where `device=cpu` (best in 3 of 3) and `jit` where `device=cuda` (best in 3 of 6, …)."
fn by_part(league: &League, parts: &[Part], names: &Names, ledger: &mut Ledger) -> Prose {
    let mut prose =
        Prose::new("Choose the ").name(&league.setting).text(" by workload: for ").name(&league.metric).text(", ");
    for (i, part) in parts.iter().enumerate() {
        let joint = match i {
            0 => "",
            _ if i + 1 == parts.len() => ", and ",
            _ => ", ",
        };
        prose = prose.text(joint).name(&part.choice).text(" where ").name(&part.label).text(" (");
        prose = standing(prose, league, &part.choice, &part.workloads, names, ledger);
        prose = means(prose.text("; "), league, &part.workloads, ledger).text(")");
    }
    prose.text(".")
}

fn for_all(league: &League, names: &Names, ledger: &mut Ledger) -> Prose {
    let Some(choice) = league.choice() else { return Prose::default() };
    let all: Vec<usize> = (0..league.workloads.len()).collect();
    let prose = Prose::new("For ").name(&league.metric).text(", ").name(&choice.name).text(" is the ");
    let prose = prose.name(&league.setting).text(" to start from: ");
    let prose = standing(prose, league, &choice.name, &all, names, ledger).text("; ");
    means(prose, league, &all, ledger).text(".")
}

/// "best in 3 of 6, at worst 4.6 × the best, in `mlp` where `onnx` leads".
fn standing(prose: Prose, league: &League, name: &str, group: &[usize], names: &Names, ledger: &mut Ledger) -> Prose {
    let workloads: Vec<&Workload> = group.iter().filter_map(|i| league.workloads.get(*i)).collect();
    let won = workloads.iter().filter(|w| w.winner(league.direction).is_some_and(|(winner, _)| winner == name)).count();
    let about = format!("{} by {}", league.setting, league.metric);
    let labels: Vec<&str> = workloads.iter().map(|w| w.benchmark.as_str()).collect();
    let place = labels.join(", ");
    let won_id = ledger.count(format!("workloads in which {name} is the best {about}, of {place}"), won as u64);
    let of_id = ledger.count(format!("workloads of {about}: {place}"), workloads.len() as u64);
    let prose = prose.text("best in ").value(won_id).text(" of ").value(of_id);
    let wins = workloads.iter().filter(|w| w.winner(league.direction).is_some_and(|(winner, _)| winner == name));
    let wins: Vec<&Workload> = wins.copied().collect();
    let prose = match models(&wins).and_then(|models| models.into_iter().next().filter(|_| wins.len() > 1)) {
        Some(model) if wins.iter().all(|w| w.model.as_deref() == Some(model)) => {
            prose.text(", each time with ").name(model)
        }
        _ => prose,
    };
    let lost = workloads.iter().filter_map(|w| {
        let (winner, _) = w.winner(league.direction)?;
        Some((w.ratio(name, winner, league.direction)?, *w, winner))
    });
    let Some((ratio, workload, winner)) = lost.max_by(|a, b| a.0.total_cmp(&b.0)) else { return prose };
    if ratio < CLOSE {
        return prose;
    }
    let Some(id) = cost_fact(league, workload, name, winner, ledger) else { return prose };
    let prose =
        prose.text("; not for ").name(&title(workload, names)).text(", where ").name(winner).text(" leads and ");
    let prose = prose.name(name).text(if league.direction == Direction::Lower { " takes " } else { " reaches " });
    prose.value(id).text(" as much")
}

/// How many times as much a value takes, or reaches, as another one.
fn cost_fact(league: &League, workload: &Workload, name: &str, other: &str, ledger: &mut Ledger) -> Option<FactId> {
    if league.direction == Direction::Lower {
        return ratio_fact(league, workload, name, other, ledger);
    }
    let value = workload.ratio(other, name, league.direction)?;
    value.is_finite().then_some(())?;
    let (one, two) = (level(workload, name, ledger)?, level(workload, other, ledger)?);
    let (own, best) = (workload.entries.get(name)?.level, workload.entries.get(other)?.level);
    let what = format!("{} of {name} over that of {other} in {}", league.metric, workload.benchmark);
    Some(ledger.derived(what, own / best, Unit::new("ratio"), format!("{one} / {two}"), &[one.min(two), one.max(two)]))
}

fn title(workload: &Workload, names: &Names) -> String {
    names.of(&workload.benchmark).to_owned()
}

/// How the others stand against the reference over these workloads, each over those that have both.
fn means(prose: Prose, league: &League, group: &[usize], ledger: &mut Ledger) -> Prose {
    let workloads: Vec<&Workload> = group.iter().filter_map(|i| league.workloads.get(*i)).collect();
    let others = league.values.iter().filter(|value| value.name != league.reference);
    let found = others.filter_map(|value| {
        let (mean, n) = geometric(&workloads, &value.name, &league.reference, league.direction)?;
        Some((mean, n, value))
    });
    let mut found: Vec<(f64, usize, &Value)> = found.collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.2.name.cmp(&b.2.name)));
    let mut prose = prose.text("geometric means against ").name(&league.reference).text(" there: ");
    let best = found.iter().max_by_key(|(_, n, _)| *n).map(|(_, n, value)| (*n, *value));
    for (i, (mean, n, value)) in found.iter().enumerate() {
        let Some(id) = mean_fact(league, &workloads, value, *mean, ledger) else { continue };
        let what = format!("workloads that have {} and {}, of {}", value.name, league.reference, places(&workloads));
        let ran = ledger.count(what, *n as u64);
        prose = prose.text(if i == 0 { "" } else { ", " }).name(&value.name).text(" ").value(id);
        prose = prose.text(" over ").value(ran);
        // Over fewer workloads it is another mean: what the one that ran in most has over the same ones.
        let Some((_, other)) = best.filter(|(most, other)| most > n && other.name != value.name) else { continue };
        let same: Vec<&Workload> = workloads
            .iter()
            .filter(|w| w.ratio(&value.name, &league.reference, league.direction).is_some())
            .copied()
            .collect();
        let Some((theirs, m)) = geometric(&same, &other.name, &league.reference, league.direction) else { continue };
        if m == *n
            && let Some(id) = mean_fact(league, &same, other, theirs, ledger)
        {
            prose = prose.text(" (the same with ").name(&other.name).text(": ").value(id).text(")");
        }
    }
    prose
}

fn places(workloads: &[&Workload]) -> String {
    workloads.iter().map(|w| w.benchmark.as_str()).collect::<Vec<_>>().join(", ")
}

fn ran_fact(league: &League, value: &Value, ledger: &mut Ledger) -> FactId {
    let what = format!("workloads that {} ran in, of {} by {}", value.name, league.setting, league.metric);
    ledger.count(what, value.ran)
}

/// A level in one workload, as the cell that it is.
fn level(workload: &Workload, name: &str, ledger: &mut Ledger) -> Option<FactId> {
    Some(workload.entries.get(name)?.point.fact(ledger))
}

/// The ratio as a formula and its facts: above one is worse.
fn ratio(
    league: &League,
    workload: &Workload,
    name: &str,
    other: &str,
    ledger: &mut Ledger,
) -> Option<(String, [FactId; 2])> {
    workload.ratio(name, other, league.direction)?;
    let (one, two) = (level(workload, name, ledger)?, level(workload, other, ledger)?);
    let (over, under) = if league.direction == Direction::Lower { (one, two) } else { (two, one) };
    Some((format!("{over} / {under}"), [one.min(two), one.max(two)]))
}

fn ratio_fact(league: &League, workload: &Workload, name: &str, other: &str, ledger: &mut Ledger) -> Option<FactId> {
    let (formula, parents) = ratio(league, workload, name, other, ledger)?;
    let value = workload.ratio(name, other, league.direction)?;
    let what = format!("{} of {name} against {other} in {} {}", league.metric, workload.benchmark, workload.rest);
    Some(ledger.derived(what.trim_end(), value, Unit::new("ratio"), formula, &parents))
}

fn mean_fact(
    league: &League,
    workloads: &[&Workload],
    value: &Value,
    mean: f64,
    ledger: &mut Ledger,
) -> Option<FactId> {
    let mut terms = Vec::new();
    let mut parents = Vec::new();
    for workload in workloads {
        if let Some((term, facts)) = ratio(league, workload, &value.name, &league.reference, ledger) {
            terms.push(term);
            parents.extend(facts);
        }
    }
    parents.sort_unstable();
    parents.dedup();
    let what = format!("geometric mean of {} of {} against {}", league.metric, value.name, league.reference);
    (!terms.is_empty())
        .then(|| ledger.derived(what, mean, Unit::new("ratio"), format!("geomean({})", terms.join(", ")), &parents))
}

/// What the choice costs in another metric of the same setting: its median there, and that of the dearest value.
fn price(league: &League, choice: &Value, leagues: &[League], names: &Names, ledger: &mut Ledger) -> Option<Prose> {
    let is_price = |other: &&League| {
        other.setting == league.setting && other.metric != league.metric && other.direction == Direction::Lower
    };
    let other = leagues.iter().find(is_price)?;
    let medians = other.values.iter().map(|value| value.name.as_str()).filter_map(|name| {
        let levels: Vec<f64> = other.workloads.iter().filter_map(|w| Some(w.entries.get(name)?.level)).collect();
        Some((name, crate::domain::stats::median(&levels)?))
    });
    let medians: Vec<(&str, f64)> = medians.collect();
    let own = medians.iter().find(|(name, _)| *name == choice.name)?;
    let dearest = medians.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(name, _)| *name != choice.name)?;
    let mut fact = |(name, value): &(&str, f64)| {
        let cells: Vec<FactId> = other.workloads.iter().filter_map(|w| level(w, name, ledger)).collect();
        let ids: Vec<String> = cells.iter().map(FactId::to_string).collect();
        let mut parents = cells;
        parents.sort_unstable();
        parents.dedup();
        let what = format!("median {} of {name} over its workloads", other.metric);
        ledger.derived(what, *value, other.unit.clone(), format!("median({})", ids.join(", ")), &parents)
    };
    let (own_id, dearest_id) = (fact(own), fact(dearest));
    let prose = Prose::new(" The price in ").name(&other.metric).text(": a median of ").value(own_id).text(" for ");
    let prose = prose.name(own.0).text(" and of ").value(dearest_id).text(" for ").name(dearest.0);
    let entries = other.workloads.iter().filter_map(|w| Some((w, w.entries.get(dearest.0)?)));
    let most = entries.max_by(|a, b| a.1.level.total_cmp(&b.1.level));
    Some(match most {
        Some((workload, entry)) if entry.level > dearest.1 => {
            let prose = prose.text(", there ").value(entry.point.fact(ledger)).text(" at most, in ");
            prose.name(&title(workload, names)).text(".")
        }
        _ => prose.text("."),
    })
}

/// The workload in which the best two are closest: the one that repetitions would decide.
fn close_call(league: &League, names: &Names, ledger: &mut Ledger) -> Option<Prose> {
    let seconds = league.workloads.iter().filter_map(|workload| {
        let (winner, _) = workload.winner(league.direction)?;
        let others = workload.entries.keys().filter(|name| *name != winner);
        let ratios = others.filter_map(|name| Some((workload.ratio(name, winner, league.direction)?, name)));
        let (ratio, second) = ratios.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))?;
        Some((ratio, workload, winner, second))
    });
    let (gap, workload, winner, second) = seconds.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let (best, next) = (workload.entries.get(winner)?, workload.entries.get(second)?);
    let repeats = ledger.setting("repeats_that_decide", REPEATS, Unit::new("count"));
    let prose =
        Prose::new("Run ").name(&title(workload, names)).text(" ").value(repeats).text(" more times each with ");
    let prose = prose.name(winner).text(" and ").name(second).text(": ").name(&league.metric).text(" is ");
    let prose = scattered(prose, best, ledger).text(" and ");
    let prose = scattered(prose, next, ledger).text(" there, ");
    Some(prose.text(match (&best.std, &next.std) {
        (Some(one), Some(two)) if (best.level - next.level).abs() <= one.value.max(two.value) => {
            "closer than the standard deviations that the file states. If the p50 keeps that order, prefer the first."
        }
        (Some(_), Some(_)) => "the closest call of all, but further apart than the standard deviations that the file states. If the p50 keeps that order, the first is the choice.",
        _ if gap < CLOSE => "too close for single runs. If the p50 keeps that order, prefer the first.",
        _ => "the closest call of all. If the p50 keeps that order, no choice changes.",
    }))
}

/// "0.796 ms (± 0.0318 ms)".
fn scattered(prose: Prose, entry: &Entry, ledger: &mut Ledger) -> Prose {
    let prose = prose.value(entry.point.fact(ledger));
    match &entry.std {
        Some(std) => {
            let id = entry.point.beside(ledger, "standard deviation", std.value, &std.at);
            prose.text(" (standard deviation ").value(id).text(")")
        }
        None => prose,
    }
}

/// The section; `None` when no setting recurs.
pub(super) fn section(leagues: &[League], names: &Names, ledger: &mut Ledger) -> Option<Section> {
    let mut blocks = Vec::new();
    for league in leagues.iter().take(SHOWN) {
        let heading = Prose::default().name(&league.setting).text(" by ").name(&league.metric);
        blocks.push(Block::Heading(heading));
        blocks.push(Block::Table(values_table(league, names, ledger)));
        blocks.push(Block::Table(workload_table(league, names, ledger)));
    }
    (!blocks.is_empty()).then(|| {
        let text = "Ratios are geometric means over the workloads that have both values, and below one is better. The worst case is against the best value there.";
        blocks.insert(0, Block::Paragraph(Prose::new(text)));
        Section::new("Settings that recur over several workloads", blocks)
    })
}

fn values_table(league: &League, names: &Names, ledger: &mut Ledger) -> Table {
    let mut table = Table::new(&["value", "#ran in", "#best in", "against", "#ratio", "#at worst", "there"]);
    for value in &league.values {
        let ran = ran_fact(league, value, ledger);
        let what = format!("workloads in which {} is the best {} by {}", value.name, league.setting, league.metric);
        let won = ledger.count(what, value.won);
        let all: Vec<&Workload> = league.workloads.iter().collect();
        let mean = value.mean.filter(|_| value.name != league.reference);
        let mean = mean.and_then(|mean| mean_fact(league, &all, value, mean, ledger));
        let worst = value.worst.and_then(|(at, _)| {
            let workload = league.workloads.get(at)?;
            let (winner, _) = workload.winner(league.direction)?;
            (*winner != value.name).then_some(())?;
            Some((ratio_fact(league, workload, &value.name, winner, ledger)?, title(workload, names)))
        });
        table.rows.push(vec![
            Cell::Name(value.name.clone()),
            Cell::Number(ran),
            Cell::Number(won),
            if mean.is_some() { Cell::Name(league.reference.clone()) } else { Cell::Empty },
            mean.map_or(Cell::Empty, Cell::Value),
            worst.as_ref().map_or(Cell::Empty, |(id, _)| Cell::Value(*id)),
            worst.map_or(Cell::Empty, |(_, place)| Cell::Name(place)),
        ]);
    }
    table
}

fn workload_table(league: &League, names: &Names, ledger: &mut Ledger) -> Table {
    let values: Vec<&String> = league.values.iter().map(|value| &value.name).collect();
    let mut table = Table::new(&["workload", "under", "best", "unit"]);
    values.iter().for_each(|value| table.add_column(&format!("#{value}")));
    for workload in league.workloads.iter().take(ROWS) {
        let winner = workload.winner(league.direction).map(|(name, _)| name.clone());
        let mut row = vec![
            Cell::Name(title(workload, names)),
            if workload.rest.is_empty() { Cell::Empty } else { Cell::Name(words::short(&workload.rest)) },
            winner.map_or(Cell::Empty, Cell::Name),
            if league.unit.is_none() { Cell::Empty } else { Cell::Quote(league.unit.as_str().to_owned()) },
        ];
        row.extend(values.iter().map(|value| Cell::maybe(level(workload, value, ledger))));
        table.rows.push(row);
    }
    let left_out = league.workloads.len().saturating_sub(ROWS) as u64;
    let what = format!("workloads of {} by {} that are not shown", league.setting, league.metric);
    table.cut(ledger, left_out, "workloads", &what)
}
