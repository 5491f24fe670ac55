//! Which way is good, from the words of a metric's name and its unit: a small dictionary.
//!
//! Phrases are tried first, then single words from the last to the first (the last word is the head: `memory_bandwidth` is a
//! bandwidth), then the unit. What the dictionary does not know is neutral: a wrong direction would mail about good news.

use super::names::is_time;
use crate::domain::series::Direction::{self, Higher, Lower, Neutral};
use crate::domain::units::Unit;

/// Words that decide together.
const PHRASES: &[(&[&str], Direction)] = &[
    (&["error", "rate"], Lower),
    (&["failure", "rate"], Lower),
    (&["fail", "rate"], Lower),
    (&["miss", "rate"], Lower),
    (&["drop", "rate"], Lower),
    (&["hit", "rate"], Higher),
    (&["hit", "ratio"], Higher),
    (&["success", "rate"], Higher),
    (&["pass", "rate"], Higher),
    (&["acceptance", "rate"], Higher),
    (&["win", "rate"], Higher),
    (&["frame", "rate"], Higher),
    (&["per", "second"], Higher),
    (&["time", "per"], Lower),
    (&["memory", "per"], Lower),
    (&["fan", "speed"], Neutral),
    (&["cpu", "usage"], Neutral),
    (&["disk", "usage"], Neutral),
    (&["gpu", "usage"], Neutral),
    (&["contention", "rate"], Lower),
    (&["request", "rate"], Neutral),
    (&["compression", "ratio"], Higher),
    (&["m", "ap"], Higher),
];

#[rustfmt::skip]
const LOWER: &[&str] = &[
    "time", "times", "latency", "latencies", "ttft", "tpot", "itl", "tbt", "ttlt", "e2el", "e2e", "duration",
    "elapsed", "wall", "walltime", "runtime", "load", "eval", "delay", "lag", "overhead", "loss", "perplexity", "ppl",
    "memory", "mem", "rss", "vram", "ram", "size", "bytes", "footprint", "allocated", "allocation", "allocations",
    "allocs", "alloc", "energy", "power", "joules", "cost", "misses", "jitter", "penalty", "contention", "stall", "stalls",
    "wait", "waiting", "blocked", "mse", "rmse", "mae", "mape", "wer", "cer", "error", "err", "real", "user", "sys",
    "cycles", "instructions", "fault", "faults", "switches", "migrations", "startup", "seconds", "milliseconds", "swap", "heap",
];

#[rustfmt::skip]
const HIGHER: &[&str] = &[
    "throughput", "tps", "ips", "availability", "qps", "rps", "ops", "fps", "iops", "bandwidth", "bw", "accuracy", "acc", "speedup",
    "efficiency", "score", "scores", "f1", "bleu", "rouge", "recall", "precision", "auc", "gflops", "tflops", "flops",
    "mips", "mfu", "goodput", "quality", "hertz", "speed", "similarity", "r2", "em",
];

#[rustfmt::skip]
const NEUTRAL: &[&str] = &[
    "delta", "diff", "difference", "change", "improvement", "utilization", "utilisation", "util", "temperature",
    "clock", "frequency", "fan", "occupancy", "sent", "recv", "received", "percentage", "headroom", "saturation",
    "active", "headcount",
];

/// Words for a state of the machine: neither way is good, whatever the other words are.
const STATE: &[&str] =
    &["utilization", "utilisation", "util", "clock", "clocks", "temperature", "fan", "free", "available", "headroom"];

/// The dictionary with what the configuration adds to it; additions win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon {
    entries: Vec<(Vec<String>, Direction)>,
}

impl Lexicon {
    /// Adds a word or a phrase (`queue depth`, `queue_depth`): every metric whose name holds it has this direction.
    pub fn add(&mut self, phrase: &str, direction: Direction) {
        let words = super::names::words(phrase);
        if !words.is_empty() {
            self.entries.push((words, direction));
        }
    }

    /// As [`lookup`], the additions first, the longest of those that fit.
    pub(in crate::artifact) fn lookup(&self, words: &[&str], unit: Option<&Unit>) -> Option<Direction> {
        self.added(words).or_else(|| lookup(words, unit))
    }

    /// What the additions say.
    pub(super) fn added(&self, words: &[&str]) -> Option<Direction> {
        let fits =
            |phrase: &[String]| words.windows(phrase.len()).any(|part| part.iter().zip(phrase).all(|(w, p)| w == p));
        let own = self.entries.iter().filter(|(phrase, _)| fits(phrase)).max_by_key(|(phrase, _)| phrase.len());
        own.map(|(_, direction)| *direction)
    }
}

/// The direction of a metric, or `None` when nothing is known of its name and unit: then it may be no metric at all.
pub(in crate::artifact) fn lookup(words: &[&str], unit: Option<&Unit>) -> Option<Direction> {
    if words.iter().any(|w| matches!(*w, "delta" | "diff" | "difference" | "change" | "improvement")) {
        return Some(Neutral);
    }
    // A clock that is read in seconds measured a time.
    if words.iter().any(|w| STATE.contains(w)) && !unit.is_some_and(is_time) {
        return Some(Neutral);
    }
    for (phrase, direction) in PHRASES {
        if words.windows(phrase.len()).any(|window| window == *phrase) {
            return Some(*direction);
        }
    }
    // A rate or a bandwidth whatever the words: `output_throughput` in tok/s, `read` in MB/s.
    let by_unit = unit.and_then(of_unit);
    let by_word = words.iter().rev().filter(|word| !STATE.contains(word)).find_map(|word| of_word(word));
    match (by_word, by_unit) {
        (Some(Lower), Some(Higher)) => Some(Higher),
        (Some(word), _) => Some(word),
        (None, unit) => unit,
    }
}

fn of_word(word: &str) -> Option<Direction> {
    let list = |list: &[&str], direction| list.contains(&word).then_some(direction);
    list(NEUTRAL, Neutral)
        .or_else(|| list(LOWER, Lower))
        .or_else(|| list(HIGHER, Higher))
        .or_else(|| word.ends_with("_per_second").then_some(Higher))
}

fn of_unit(unit: &Unit) -> Option<Direction> {
    let text = unit.as_str();
    match text {
        "bytes" | "MB" | "KB" | "GB" | "KiB" | "MiB" | "GiB" | "J" | "W" => Some(Lower),
        _ if text.ends_with("/s") || text.ends_with("/sec") => Some(Higher),
        _ if text.contains("/s per ") => Some(Higher),
        _ if is_time(unit) => Some(Lower),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(base: &str, unit: &str) -> Option<Direction> {
        let words: Vec<&str> = base.split('_').collect();
        lookup(&words, (!unit.is_empty()).then(|| Unit::new(unit)).as_ref())
    }

    #[test]
    fn the_configuration_adds_words_and_phrases() {
        let mut lexicon = Lexicon::default();
        lexicon.add("frobs", Higher);
        lexicon.add("Queue depth", Lower);
        lexicon.add("load", Neutral);
        assert_eq!(lexicon.lookup(&["frobs", "total"], None), Some(Higher));
        assert_eq!(lexicon.lookup(&["max", "queue", "depth"], None), Some(Lower));
        assert_eq!(lexicon.lookup(&["load"], None), Some(Neutral));
        assert_eq!(lexicon.lookup(&["latency"], None), Some(Lower));
        assert_eq!(lexicon.lookup(&["depth"], None), None);
    }

    #[test]
    fn the_head_word_decides_and_the_unit_helps() {
        assert_eq!(of("ttft", "s"), Some(Lower));
        assert_eq!(of("tokens_per_second", "tok/s"), Some(Higher));
        assert_eq!(of("memory_bandwidth", "GB/s"), Some(Higher));
        assert_eq!(of("cache_hit_rate", "percent"), Some(Higher));
        assert_eq!(of("error_rate", ""), Some(Lower));
        assert_eq!(of("compile", "s"), Some(Lower));
        assert_eq!(of("ttft_delta", "ms"), Some(Neutral));
        assert_eq!(of("gpu_utilization", "percent"), Some(Neutral));
        assert_eq!(of("model_size", "bytes"), Some(Lower));
        assert_eq!(of("frobs", ""), None);
    }
}
