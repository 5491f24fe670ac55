//! The shapes of JSON objects and lists: which are siblings of one kind, which are maps from a name to a number, which are rows of samples.
//!
//! Everything here looks and decides; nothing is read, and nothing can fail.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json_tables::{ALIKE, Object};
use super::json_text::NOT_A_NUMBER;
use crate::artifact::infer::{directions, names, vocabulary};

/// The entries of an object whose keys name what was measured (`"seconds": {"parse": 0.5, "link": 1.25, …}`) rather than quantities:
/// numbers only, most of them under names that mean nothing by themselves.
pub(super) fn scalar_map<'v>(name: &str, map: &'v Object) -> Option<Vec<(&'v String, f64)>> {
    if vocabulary::block(name).is_some()
        || matches!(names::snake(name).as_str(), "metrics" | "metric" | "stats" | "statistics" | "summary" | "values")
        || !map.values().all(|v| v.is_number() || v.is_null())
    {
        return None;
    }
    let told = |key: &str| {
        let parsed = names::parse(key);
        let words: Vec<&str> = parsed.base.split('_').collect();
        vocabulary::lookup(key, &names::snake(key)).is_some()
            || parsed.bare
            || parsed.unit.is_some()
            || directions::lookup(&words, None).is_some()
    };
    let known = map.keys().filter(|key| told(key)).count();
    let quantity = {
        let parsed = names::parse(name);
        let words: Vec<&str> = parsed.base.split('_').collect();
        parsed.unit.is_some() || directions::lookup(&words, None).is_some()
    };
    let enough = map.len() >= if quantity { 2 } else { 3 };
    let entries: Vec<(&String, f64)> =
        map.iter().filter_map(|(key, v)| Some((key, v.as_f64().filter(|x| x.is_finite())?))).collect();
    (enough && known * 3 <= map.len() && !entries.is_empty()).then_some(entries)
}

/// Whether an array holds rows of plain numbers only.
pub(super) fn is_matrix(items: &[Value]) -> bool {
    items.len() > 1
        && items.iter().all(|row| row.as_array().is_some_and(|r| r.iter().all(|v| v.is_number() || v.is_null())))
}

/// The numbers of an array that holds nothing else; nulls are skipped.
pub(super) fn numbers(items: &[Value]) -> Option<Vec<(usize, f64)>> {
    let plain = items.iter().all(|i| i.is_number() || i.is_null() || i.as_str() == Some(NOT_A_NUMBER));
    let list: Vec<(usize, f64)> =
        items.iter().enumerate().filter_map(|(i, v)| Some((i, v.as_f64().filter(|x| x.is_finite())?))).collect();
    (plain && !list.is_empty()).then_some(list)
}

/// The objects under `map` that are records of one kind, and the name of what their keys tell (empty: the case).
pub(super) fn siblings<'v>(map: &'v Object, parents: &[String]) -> Option<(String, Vec<(&'v String, &'v Object)>)> {
    if parents.last().is_some_and(|p| vocabulary::block(p).is_some()) {
        return None;
    }
    let objects: Vec<(&String, &Object, BTreeSet<&str>)> = map
        .iter()
        .filter_map(|(key, value)| Some((key, value.as_object()?)))
        .filter(|(key, object)| !object.is_empty() && vocabulary::block(key).is_none())
        .map(|(key, object)| (key, object, leaves(object)))
        .collect();
    let model = objects.iter().max_by_key(|(_, _, fields)| fields.len())?;
    let alike = |fields: &BTreeSet<&str>| {
        let shared = fields.intersection(&model.2).count();
        let all = fields.union(&model.2).count();
        #[allow(clippy::cast_precision_loss, reason = "small counts")]
        let share = shared as f64 / all.max(1) as f64;
        share >= ALIKE
    };
    let pure = map.values().all(|v| v.is_object() || v.is_null());
    let count = objects.iter().filter(|(_, _, fields)| alike(fields)).count();
    let one_name = objects.len() == 1 && pure && !objects.iter().any(|(key, _, _)| vocabulary::structural(key));
    let only_structure = objects.iter().filter(|(_, _, f)| alike(f)).all(|(key, _, _)| vocabulary::structural(key));
    if (count < 2 && !one_name) || only_structure || names_metrics(&objects, &model.2) {
        return None;
    }
    let take_all = pure && count * 2 >= objects.len();
    let entries =
        objects.iter().filter(|(_, _, f)| take_all || alike(f)).map(|(key, object, _)| (*key, *object)).collect();
    let name = parents.last().filter(|p| pure && !vocabulary::structural(p)).map(|p| singular(p)).unwrap_or_default();
    Some((name, entries))
}

/// Whether the keys name quantities (`{"ttft": {"p50": …}, "tpot": {"p50": …}}`) rather than things that were measured.
fn names_metrics(objects: &[(&String, &Object, BTreeSet<&str>)], fields: &BTreeSet<&str>) -> bool {
    let parsed: Vec<names::Name> =
        fields.iter().filter(|f| vocabulary::lookup(f, &names::snake(f)).is_none()).map(|f| names::parse(f)).collect();
    let values = fields.contains("value") && fields.len() <= 5;
    if (parsed.is_empty() && !values) || !parsed.iter().all(|name| name.bare) {
        return false;
    }
    let quantity = |key: &str| {
        let name = names::parse(key);
        let words: Vec<&str> = name.base.split('_').collect();
        name.unit.is_some() || directions::lookup(&words, None).is_some()
    };
    // Quantities inside the objects have the statistics: `{"encode": {"latency": {"value": …}}, "decode": …}`.
    let inside = |object: &Object| {
        object.iter().any(|(key, value)| value.is_object() && quantity(key))
            && !object.keys().any(|key| fields.contains(key.as_str()))
    };
    if objects.iter().all(|(key, object, _)| !quantity(key) && inside(object)) {
        return false;
    }
    let known = objects.iter().filter(|(key, _, _)| quantity(key)).count();
    parsed.iter().all(|name| name.unit.is_none()) || known * 2 >= objects.len()
}

/// Names of the scalar and list fields of an object, however deep its structure.
fn leaves(object: &Object) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<(&Object, usize)> = vec![(object, 0)];
    while let Some((object, depth)) = open.pop() {
        for (key, value) in object {
            match value {
                Value::Object(inner) if depth < 6 && vocabulary::block(key).is_none() => open.push((inner, depth + 1)),
                Value::Object(_) => {}
                _ => {
                    found.insert(key.as_str());
                }
            }
            // So many tell what kind of record it is; comparing more with every sibling would take quadratic time.
            if found.len() > 512 {
                return found;
            }
        }
    }
    found
}

fn singular(word: &str) -> String {
    let word = names::snake(word);
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    word.strip_suffix('s')
        .filter(|stem| stem.len() > 2 && !stem.ends_with('s'))
        .map_or_else(|| word.clone(), str::to_owned)
}
