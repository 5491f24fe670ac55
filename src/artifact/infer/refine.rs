//! Second thoughts about a table's columns, once all of them have a role: what they say together.

use std::collections::BTreeMap;

use super::directions::Lexicon;
use super::names::{self, Stat, snake};
use super::number::canonical;
use super::roles::ColumnRole;
use super::time;
use super::vocabulary::{self, Word};
use crate::artifact::table::{Cell, Column, Origin, Row, Table};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// A statistic without a unit takes the only unit of time that its neighbours in the record have.
pub(in crate::artifact) fn share_units(table: &Table, roles: &mut [ColumnRole]) {
    let units: Vec<(Vec<String>, Unit)> = table
        .columns
        .iter()
        .zip(roles.iter())
        .filter_map(|(column, role)| match role {
            ColumnRole::Metric(q) => {
                q.name.unit.clone().filter(names::is_time).map(|unit| (column.parents.clone(), unit))
            }
            _ => None,
        })
        .collect();
    for (column, role) in table.columns.iter().zip(roles.iter_mut()) {
        let ColumnRole::Metric(q) = role else { continue };
        let lacking =
            q.name.unit.is_none() && q.name.bare && q.name.stat != Stat::Plain && q.direction == Direction::Lower;
        let Some(above) = column.parents.split_last().map(|(_, above)| above).filter(|_| lacking) else { continue };
        let mut near = units.iter().filter(|(parents, _)| parents.as_slice() == above).map(|(_, unit)| unit);
        if let Some(unit) = near.next()
            && near.all(|other| other == unit)
        {
            q.name.unit = Some(unit.clone());
        }
    }
}

/// A header of the names that announces the unit of what stands beside them, `Name (time in us)`, gives it to statistics without one.
pub(super) fn announced(table: &Table, roles: &mut [ColumnRole]) {
    let described = |role: &ColumnRole| matches!(role, ColumnRole::Case | ColumnRole::Param(_));
    let unit = table.columns.iter().zip(roles.iter()).filter(|(_, role)| described(role)).find_map(|(column, _)| {
        let (_, said) = column.name.strip_suffix(')')?.rsplit_once('(')?;
        Unit::known(said.rsplit_once("in ")?.1.trim()).filter(names::is_time)
    });
    let Some(unit) = unit else { return };
    for (column, role) in table.columns.iter().zip(roles.iter_mut()) {
        let ColumnRole::Metric(q) = role else { continue };
        if q.name.unit.is_none() && q.name.bare && column.unit.is_none() && column.declared.is_none() {
            q.name.unit = Some(unit.clone());
            q.name.base = "time".to_owned();
            q.direction = Direction::Lower;
        }
    }
}

/// A duration without a unit beside the times at which it began and ended: their difference tells the unit.
pub(super) fn timed(table: &Table, roles: &mut [ColumnRole]) {
    let times: Vec<usize> = (0..roles.len()).filter(|&i| matches!(roles.get(i), Some(ColumnRole::Time))).collect();
    let [began, ended] = times.as_slice() else { return };
    for (index, role) in roles.iter_mut().enumerate() {
        let ColumnRole::Metric(q) = role else { continue };
        if q.name.unit.is_some() || q.direction != Direction::Lower {
            continue;
        }
        let fits = |scale: f64| {
            let mut rows = 0;
            let all = table.rows.iter().take(200).all(|row| {
                let (Some(a), Some(b), Cell::Number(value)) =
                    (time::of_cell(row.cell(*began)), time::of_cell(row.cell(*ended)), row.cell(index))
                else {
                    return true;
                };
                rows += 1;
                let seconds = (b.duration_since(a)).as_secs_f64();
                (value / scale - seconds).abs() <= 0.02 * seconds.abs() + 1e-3
            });
            all && rows > 0
        };
        q.name.unit =
            [("s", 1.0), ("ms", 1e3), ("us", 1e6)].into_iter().find(|(_, s)| fits(*s)).map(|(u, _)| Unit::new(u));
    }
}

/// A parameter told twice (by the key of a record and by a field in it) is told once, the outermost. Names that differ (a suite's and
/// its benchmark's) are not one thing told twice: together they are the case.
pub(in crate::artifact) fn shadow(table: &Table, roles: &mut [ColumnRole]) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, role) in roles.iter().enumerate() {
        if let ColumnRole::Param(name) = role {
            by_name.entry(name.clone()).or_default().push(index);
        }
    }
    let rank = |i: usize| table.columns.get(i).map(|c| (c.origin == Origin::Own, c.parents.len(), i));
    for columns in by_name.values().filter(|columns| columns.len() > 1) {
        if labels_apart(table, columns) {
            for &index in columns {
                if let Some(role) = roles.get_mut(index) {
                    *role = ColumnRole::Case;
                }
            }
            continue;
        }
        let ranked: Vec<_> = columns.iter().map(|&i| (i, rank(i), told(table, i))).collect();
        for &(index, own, rows) in &ranked {
            let better = ranked.iter().any(|&(_, rank, told)| rank < own && told >= rows);
            if better && let Some(role) = roles.get_mut(index) {
                *role = ColumnRole::Ignore;
            }
        }
    }
}

/// Whether columns are labels of things within one another, which some row calls differently.
fn labels_apart(table: &Table, columns: &[usize]) -> bool {
    let label = |c: &Column| c.parents.is_empty() && vocabulary::lookup(&c.name, &snake(&c.name)) == Some(Word::Label);
    let found: Vec<&Column> = columns.iter().filter_map(|&i| table.columns.get(i)).collect();
    let differ = |row: &Row| {
        let texts: Vec<String> = columns.iter().map(|&i| row.cell(i).text()).filter(|text| !text.is_empty()).collect();
        texts.windows(2).any(|pair| matches!(pair, [a, b] if a != b))
    };
    found.iter().all(|c| label(c))
        && found.iter().any(|c| c.origin == Origin::Inherited)
        && table.rows.iter().any(differ)
}

fn told(table: &Table, column: usize) -> usize {
    table.rows.iter().filter(|row| !row.cell(column).text().is_empty()).count()
}

/// Labels: dropped where the other parameters make them up, the case where there is none yet.
pub(in crate::artifact) fn labels(table: &Table, roles: &mut [ColumnRole]) {
    for index in 0..roles.len() {
        let Some(column) = table.columns.get(index) else { continue };
        let label = vocabulary::lookup(&column.name, &snake(&column.name)) == Some(Word::Label);
        if !label || column.declared.is_some() || !matches!(roles.get(index), Some(ColumnRole::Param(_))) {
            continue;
        }
        let others: Vec<usize> =
            (0..roles.len()).filter(|&i| i != index && matches!(roles.get(i), Some(ColumnRole::Param(_)))).collect();
        let role = if redundant(table, index, &others) {
            ColumnRole::Ignore
        } else if roles.contains(&ColumnRole::Case) {
            continue;
        } else {
            ColumnRole::Case
        };
        if let Some(slot) = roles.get_mut(index) {
            *slot = role;
        }
    }
}

/// Whether a label says only what the other parameters say: made up of their values, or one for one with texts among them. One for one
/// with numbers alone is chance: the next benchmark may have the size of this one.
fn redundant(table: &Table, label: usize, others: &[usize]) -> bool {
    if others.is_empty() {
        return false;
    }
    let mut by_params = BTreeMap::new();
    let mut labels = std::collections::BTreeSet::new();
    let words = |&i: &usize| table.rows.iter().any(|row| row.cell(i).text().starts_with(|c: char| c.is_alphabetic()));
    let (mut one_for_one, mut made_up) = (others.iter().any(words), true);
    for row in &table.rows {
        let text = row.cell(label).text();
        let values: Vec<String> = others.iter().map(|&i| canonical(&row.cell(i).text())).collect();
        made_up &= digits(&text).iter().all(|d| values.iter().any(|v| v == d)) && !digits(&text).is_empty();
        one_for_one &= *by_params.entry(values).or_insert_with(|| text.clone()) == text;
        labels.insert(text);
    }
    made_up || (one_for_one && labels.len() > 1 && labels.len() == by_params.len())
}

/// Levels of logging libraries (RFC 5424 severities and the customary short forms).
const LEVELS: &[&str] = &[
    "trace",
    "debug",
    "info",
    "information",
    "notice",
    "warn",
    "warning",
    "error",
    "err",
    "critical",
    "crit",
    "fatal",
    "alert",
    "emergency",
    "emerg",
];

/// What a program logs while it serves is no result: its records have a level and a message.
pub(super) fn logged(table: &Table, roles: &mut [ColumnRole]) {
    let named = |names: &[&str]| {
        table.columns.iter().position(|c| c.parents.is_empty() && names.contains(&snake(&c.name).as_str()))
    };
    let (Some(level), Some(_)) =
        (named(&["level", "severity", "lvl", "levelname"]), named(&["msg", "message", "event"]))
    else {
        return;
    };
    let is_level = |row: &Row| LEVELS.contains(&row.cell(level).text().to_lowercase().as_str());
    if table.rows.is_empty() || !table.rows.iter().all(is_level) {
        return;
    }
    for role in roles.iter_mut().filter(|role| matches!(role, ColumnRole::Metric(_) | ColumnRole::Count(_))) {
        *role = ColumnRole::Ignore;
    }
}

/// Rows that nothing tells apart are told apart by what they were run on, when a column names that: a file, an address.
pub(super) fn identify(table: &Table, roles: &mut [ColumnRole]) {
    let held = roles.iter().any(|r| matches!(r, ColumnRole::Metric(_)));
    let inputs = ["file", "filename", "file_name", "path", "url", "uri", "input", "input_file"];
    let names_input = |i: usize| {
        let named =
            table.columns.get(i).is_some_and(|c| c.parents.is_empty() && inputs.contains(&snake(&c.name).as_str()));
        named && matches!(roles.get(i), Some(ColumnRole::Prose | ColumnRole::Ignore))
    };
    let Some(index) = (0..roles.len()).find(|&i| names_input(i)).filter(|_| held && table.rows.len() > 1) else {
        return;
    };
    let telling: Vec<usize> =
        (0..roles.len()).filter(|&i| matches!(roles.get(i), Some(ColumnRole::Param(_) | ColumnRole::Case))).collect();
    let distinct = |columns: &[usize]| {
        let key = |row: &Row| columns.iter().map(|&i| row.cell(i).text()).collect::<Vec<_>>();
        table.rows.iter().map(key).collect::<std::collections::BTreeSet<_>>().len()
    };
    let with: Vec<usize> = telling.iter().copied().chain([index]).collect();
    if distinct(&telling) < table.rows.len()
        && distinct(&with) > distinct(&telling)
        && let Some(role) = roles.get_mut(index)
    {
        *role = ColumnRole::Case;
    }
}

/// The numbers written in a label: `g999_c1024_t0.2` has 999, 1024 and 0.2.
fn digits(label: &str) -> Vec<&str> {
    label
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|d| d.trim_matches('.'))
        .filter(|d| !d.is_empty())
        .collect()
}

/// A first column of quantities (`Throughput`, `TTFT`) beside columns that name none (`Model A`, `Model B`, `mean`): the table is
/// long, and the first column names the metric.
pub(in crate::artifact) fn transposed(table: &Table, roles: &mut [ColumnRole], lexicon: &Lexicon) {
    if table.rows.len() < 2 || roles.contains(&ColumnRole::MetricName) {
        return;
    }
    let texts = |r: &ColumnRole| matches!(r, ColumnRole::Case | ColumnRole::Param(_));
    let Some(first) = roles.iter().position(texts) else { return };
    let direction = |text: &str| {
        let name = names::parse(text.trim());
        let words: Vec<&str> = name.base.split('_').collect();
        lexicon.lookup(&words, name.unit.as_ref()).filter(|_| words.len() <= 4)
    };
    let known = |text: &str| direction(text).is_some_and(|d| d != Direction::Neutral);
    let quantities = table.rows.iter().filter(|row| direction(&row.cell(first).text()).is_some()).count();
    let headers_name_none = table.columns.iter().zip(roles.iter()).all(|(column, role)| match role {
        ColumnRole::Metric(q) => q.name.bare && column.unit.is_none() || !known(&column.name),
        _ => true,
    });
    if quantities * 5 >= table.rows.len() * 4
        && headers_name_none
        && let Some(role) = roles.get_mut(first)
    {
        *role = ColumnRole::MetricName;
    }
}
