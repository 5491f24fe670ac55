//! The unit in a name: behind a solidus (`Latency/ms`), in brackets (`TTFT (s)`), or its last words (`ttft_ms`, `tokens_per_second`).
//!
//! Each function takes the unit off and leaves the words of the quantity; a rate keeps what is counted. A name that holds no unit stays as
//! it is: nothing can fail here.

use super::{STATS, percentile, words};
use crate::artifact::infer::directions;
use crate::artifact::infer::number::unit_text;
use crate::domain::series::Direction;
use crate::domain::units::Unit;

const TIME_UNITS: &[&str] = &["s", "ms", "us", "ns"];
const SECOND: &[&str] = &["s", "sec", "secs", "second", "seconds"];

/// Whether `unit` measures time.
pub(in crate::artifact) fn is_time(unit: &Unit) -> bool {
    TIME_UNITS.contains(&unit.as_str()) || matches!(unit.as_str(), "min" | "mins" | "minutes" | "h" | "hours")
}

/// A quantity's name when only a statistic and a unit, or words such as `overall`, were given.
pub(super) fn base_for(base: String, unit: &Unit) -> String {
    let vague = matches!(base.as_str(), "" | "overall" | "total");
    if !vague {
        return base;
    }
    let quantity = match unit.as_str() {
        "tok/s" => "tokens_per_second",
        "req/s" => "requests_per_second",
        "ops/s" => "ops_per_second",
        "bytes" | "MB" | "GB" => "size",
        "bytes/s" | "KB/s" | "KiB/s" | "MB/s" | "MiB/s" | "GB/s" | "GiB/s" => "throughput",
        _ if is_time(unit) => "time",
        _ => return base,
    };
    if base.is_empty() { quantity.to_owned() } else { format!("{base}_{quantity}") }
}

/// Quantities that have a unit of their own, so that what they are divided by is that unit.
const DIMENSIONAL: &[&str] = &[
    "throughput",
    "bandwidth",
    "latency",
    "time",
    "duration",
    "memory",
    "size",
    "speed",
    "ttft",
    "tpot",
    "energy",
    "power",
];

/// `Latency/ms` as axes are labelled (ISO 80000-1: the quantity divided by its unit): latency in milliseconds.
pub(super) fn divided_unit(raw: &str) -> Option<(String, Option<Unit>)> {
    let (quantity, unit) = raw.trim().rsplit_once('/')?;
    let quantity = quantity.trim_end();
    let last = words(quantity).pop()?;
    let unit = unit.trim();
    let told = DIMENSIONAL.contains(&last.as_str()) && !unit.contains(' ');
    let is_time_of_rate = matches!(last.as_str(), "throughput" | "bandwidth" | "speed") && SECOND.contains(&unit);
    unit_text(unit).filter(|_| told && !is_time_of_rate).map(|unit| (quantity.to_owned(), Some(unit)))
}

/// `TTFT (s)` to `TTFT` and seconds; parentheses that hold no unit stay words of the name.
pub(super) fn bracketed_unit(raw: &str) -> (String, Option<Unit>) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        let Some(start) = raw.find(open) else { continue };
        let Some(length) = raw[start..].find(close) else { continue };
        let inner = &raw[start + 1..start + length];
        let inner = inner.strip_prefix("in ").unwrap_or(inner);
        if inner == "s" && is_plural(&raw[..start]) {
            return (format!("{}s{}", &raw[..start], &raw[start + length + close.len_utf8()..]), None);
        }
        if let Some(unit) = header_unit(inner) {
            return (format!("{} {}", &raw[..start], &raw[start + length + close.len_utf8()..]), Some(unit));
        }
    }
    (raw.to_owned(), None)
}

/// Whether `(s)` behind this text makes a plural (`CPU(s)`) rather than seconds (`time(s)`): it is glued to a thing that is no time.
fn is_plural(before: &str) -> bool {
    let glued = before.ends_with(|c: char| c.is_alphanumeric());
    let words = words(before);
    let Some(last) = words.last().filter(|_| glued) else { return false };
    let statistic = percentile(last).is_some() || STATS.iter().any(|(pattern, _)| pattern == &[last.as_str()]);
    !statistic && directions::lookup(&[last], None) != Some(Direction::Lower)
}

fn header_unit(text: &str) -> Option<Unit> {
    let compound = text.contains("/s") && text.len() <= 24;
    unit_text(text).or_else(|| compound.then(|| Unit::new(text)))
}

/// `us_per_infer`, `ms/token`, `ns/op`, `B/op`: the time or memory that each takes.
pub(super) fn take_each(words: &mut Vec<String>) -> Option<Unit> {
    let at = words.iter().position(|w| w == "per").filter(|at| *at > 0)?;
    let each = words.get(at + 1..).filter(|each| !each.is_empty())?.join("_");
    let unit = match words.get(at - 1)?.as_str() {
        "ns" | "nanos" | "nanoseconds" => "ns",
        "us" | "micros" | "microseconds" => "us",
        "ms" | "millis" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "seconds" => "s",
        "b" | "bytes" => "bytes",
        "kb" => "KB",
        "mb" => "MB",
        _ => return None,
    };
    if SECOND.contains(&each.as_str()) || matches!(each.as_str(), "ms" | "us" | "ns" | "min" | "minute" | "hour") {
        return None;
    }
    words.truncate(at - 1);
    words.push(format!("{}_per_{each}", if unit.to_lowercase().contains('b') { "memory" } else { "time" }));
    Some(Unit::new(unit))
}

/// The unit at the end of the words, taken off; rates keep what is counted as part of the quantity.
pub(super) fn take_unit(words: &mut Vec<String>) -> Option<Unit> {
    if let Some(unit) = take_rate(words) {
        return Some(unit);
    }
    let last = words.last()?.clone();
    if words.len() > 1 && words.get(words.len() - 2).is_some_and(|w| w == "per") {
        return None;
    }
    let unit = match last.as_str() {
        "s" | "sec" | "secs" | "seconds" | "second" => "s",
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "millisecond" => "ms",
        "us" | "usec" | "usecs" | "micros" | "microseconds" | "microsecond" => "us",
        "ns" | "nsec" | "nanos" | "nanoseconds" | "nanosecond" => "ns",
        "bytes" => "bytes",
        "kb" => "KB",
        "kib" => "KiB",
        "mb" => "MB",
        "mib" => "MiB",
        "gb" => "GB",
        "gib" => "GiB",
        "percent" | "pct" | "percentage" => "percent",
        // One letter says enough only behind its quantity.
        "j" if measures(words, "energy") => "J",
        "mj" if measures(words, "energy") => "mJ",
        "kj" if measures(words, "energy") => "kJ",
        "w" if measures(words, "power") => "W",
        "joules" | "joule" => "J",
        "watts" | "watt" => "W",
        "gibs" => "GiB/s",
        "gbs" => "GB/s",
        "mibs" => "MiB/s",
        "mbs" => "MB/s",
        "mbps" => "Mbit/s",
        "gbps" => "Gbit/s",
        "tps" => return replace_last(words, "tokens_per_second", "tok/s"),
        "rps" | "qps" => return replace_last(words, "requests_per_second", "req/s"),
        _ => return None,
    };
    words.pop();
    Some(Unit::new(unit))
}

/// Whether the word before the last one is this quantity.
fn measures(words: &[String], quantity: &str) -> bool {
    words.iter().rev().nth(1).is_some_and(|word| word == quantity)
}

fn replace_last(words: &mut Vec<String>, with: &str, unit: &str) -> Option<Unit> {
    words.pop();
    words.push(with.to_owned());
    Some(Unit::new(unit))
}

/// `tokens_s`, `tokens_per_second`, `mb_per_s`, `images_per_sec`.
fn take_rate(words: &mut Vec<String>) -> Option<Unit> {
    let [rest @ .., last] = words.as_slice() else { return None };
    if !SECOND.contains(&last.as_str()) {
        return None;
    }
    let per = rest.last().is_some_and(|w| w == "per" || w == "p");
    let what = if per { &rest[..rest.len() - 1] } else { rest };
    let counted = what.last()?.clone();
    let (quantity, unit): (&str, &str) = match counted.as_str() {
        "tokens" | "token" | "tok" | "toks" => ("tokens_per_second", "tok/s"),
        "t" if per => ("tokens_per_second", "tok/s"),
        "requests" | "request" | "req" | "reqs" | "queries" | "query" => ("requests_per_second", "req/s"),
        "ops" | "op" | "operations" | "iterations" | "iteration" | "iter" | "its" | "it" => ("ops_per_second", "ops/s"),
        "kb" => ("", "KB/s"),
        "mb" => ("", "MB/s"),
        "mib" => ("", "MiB/s"),
        "gb" => ("", "GB/s"),
        "gib" => ("", "GiB/s"),
        "bytes" if per => ("", "bytes/s"),
        _ if per => ("*", ""),
        _ => return None,
    };
    let keep = what.len() - 1;
    words.truncate(keep);
    match quantity {
        "*" => {
            words.push(format!("{counted}_per_second"));
            Some(Unit::new(&format!("{counted}/s")))
        }
        // `throughput_tok_s` names the quantity already.
        _ if words.iter().any(|w| matches!(w.as_str(), "throughput" | "rate" | "speed" | "bandwidth")) => {
            Some(Unit::new(unit))
        }
        "" => Some(Unit::new(unit)),
        _ => {
            words.push(quantity.to_owned());
            Some(Unit::new(unit))
        }
    }
}
