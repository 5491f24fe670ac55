//! Short names for benchmarks: the last part of the path where no other benchmark ends in the same one.

use std::collections::BTreeMap;

use super::words;
use crate::domain::call::BENCHMARK;

/// The names of all benchmarks of the landing.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: BTreeMap<String, u32>,
}

impl Names {
    /// Takes the name of a benchmark, once.
    pub(super) fn add(&mut self, benchmark: &str) {
        *self.seen.entry(words::stem(benchmark).to_owned()).or_default() += 1;
    }

    /// The shortest name that says which one is meant.
    pub(super) fn of<'a>(&self, benchmark: &'a str) -> &'a str {
        let stem = words::stem(benchmark);
        // The end of our own calls' name is anybody's word.
        if benchmark == BENCHMARK {
            return benchmark;
        }
        if self.seen.get(stem).is_some_and(|n| *n > 1) { benchmark } else { stem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_only_where_its_end_is_its_own() {
        let mut names = Names::default();
        ["reports/a/bench", "reports/b/bench", "reports/b/other"].into_iter().for_each(|name| names.add(name));
        assert_eq!(names.of("reports/a/bench"), "reports/a/bench");
        assert_eq!(names.of("reports/b/other"), "other");
    }
}
