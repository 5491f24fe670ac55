//! A selection: for which series something holds, as globs over their benchmark, case and metric.
//!
//! A metric can be written as the index has it (`latency_p99`), with its unit (`latency_p99_ms`, `latency_p99 (ms)`), or as files have
//! it (`p99_latency_ms`): people copy what they see. A name that says a unit holds for series of the same dimension alone, and tells in
//! which unit a number beside it is meant. Benchmarks are compared letter by letter, since they are paths; the rest in any case.
//! Malformed globs are refused when the selection is made; matching cannot fail.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use crate::artifact;
use crate::domain::call::BENCHMARK;
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// A set of series, by globs.
#[derive(Debug, Clone)]
pub struct Selection {
    benchmarks: Vec<GlobMatcher>,
    cases: Vec<GlobMatcher>,
    metrics: Vec<Metric>,
    /// One of the globs writes out the directory of the benchmark that our own calls are.
    names_calls: bool,
    /// What it was made of, in one line: for people, and to tell selections apart.
    wording: String,
}

/// How a series was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The unit that the written name of the metric tells.
    pub unit: Option<Unit>,
}

/// One written metric.
#[derive(Debug, Clone)]
struct Metric {
    /// In lower case.
    text: String,
    glob: GlobMatcher,
    /// The same, read as a file's name of a metric, where that makes a difference.
    as_in_files: Option<(GlobMatcher, Option<Unit>)>,
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        self.wording == other.wording
    }
}

/// For people: `latency of reports/codec [decode]`, without what selects all.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.wording.strip_suffix(" [*]").unwrap_or(&self.wording);
        let text = text.strip_suffix(" of **").unwrap_or(text);
        f.write_str(text.strip_prefix("* of ").unwrap_or(text))
    }
}

impl Selection {
    /// The series whose benchmark, case and metric each match one of the globs.
    ///
    /// Benchmarks are paths: `*` stays within a part, `**` crosses parts, a glob without `/` is a last part anywhere, one that ends with
    /// `/` is all below. A case is compared with the series' case, and with case and parameters as `series` shows them.
    ///
    /// # Errors
    /// With what is wrong with a malformed glob.
    pub fn new<S: AsRef<str>>(benchmarks: &[S], cases: &[S], metrics: &[S]) -> Result<Self, String> {
        let join = |list: &[S]| list.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        let place = BENCHMARK.split_inclusive('/').next().unwrap_or(BENCHMARK);
        Ok(Self {
            names_calls: benchmarks.iter().any(|glob| glob.as_ref().contains(place)),
            benchmarks: benchmarks.iter().map(|glob| artifact::path_glob(glob.as_ref())).collect::<Result<_, _>>()?,
            cases: cases.iter().map(|glob| name_glob(glob.as_ref())).collect::<Result<_, _>>()?,
            metrics: metrics.iter().map(|glob| Metric::new(glob.as_ref())).collect::<Result<_, _>>()?,
            wording: format!("{} of {} [{}]", join(metrics), join(benchmarks), join(cases)),
        })
    }

    /// Whether, and how, the series is selected.
    pub fn of(&self, series: &SeriesKey) -> Option<Selected> {
        if !self.has_benchmark(&series.benchmark) {
            return None;
        }
        let selected = self.metrics.iter().find_map(|metric| metric.matches(series))?;
        let has_case = |case: &str| self.cases.iter().any(|glob| glob.is_match(case));
        (has_case(&series.case) || (!series.params.is_empty() && has_case(&series.label()))).then_some(selected)
    }

    /// Whether series of this benchmark can be selected.
    pub fn has_benchmark(&self, benchmark: &str) -> bool {
        // A benchmark may be named from the tree or from its root, as files are.
        let in_root = benchmark.split_once('/').map(|(_, rest)| rest);
        let matches = |name: &str| self.benchmarks.iter().any(|glob| glob.is_match(name));
        matches(benchmark) || in_root.is_some_and(matches)
    }

    /// Whether a benchmark is meant by what is asked of benchmarks: our own calls are not by a pattern that only happens to match them,
    /// such as `**`, but by one that writes out where they stand.
    pub fn means_benchmark(&self, benchmark: &str) -> bool {
        self.has_benchmark(benchmark) && (benchmark != BENCHMARK || self.names_calls)
    }
}

impl Metric {
    fn new(text: &str) -> Result<Self, String> {
        // `Mean [ms]` is a good glob that means something else: it is compared as a name first.
        let lower = text.trim().to_lowercase();
        Ok(Self { glob: name_glob(&lower)?, as_in_files: as_in_files(text.trim())?, text: lower })
    }

    fn matches(&self, series: &SeriesKey) -> Option<Selected> {
        let metric = series.metric.to_lowercase();
        let is = |name: &str| name == self.text || self.glob.is_match(name);
        if is(&metric) {
            return Some(Selected { unit: None });
        }
        let unit = series.unit.as_str().to_lowercase();
        let with_unit = [format!("{metric}_{unit}"), format!("{metric} ({unit})"), format!("{metric} [{unit}]")];
        if !unit.is_empty() && with_unit.iter().any(|name| is(name)) {
            return Some(Selected { unit: Some(series.unit.clone()) });
        }
        let (glob, unit) = self.as_in_files.as_ref()?;
        let fits = unit.as_ref().is_none_or(|unit| unit.dimension() == series.unit.dimension());
        (fits && glob.is_match(&metric)).then(|| Selected { unit: unit.clone() })
    }
}

/// A glob as a file's name of a metric: what stands between stars at its ends is read as the reader reads a column's name. A mere
/// statistic is that of any quantity. `None` where this makes no difference, or the middle is no name.
fn as_in_files(text: &str) -> Result<Option<(GlobMatcher, Option<Unit>)>, String> {
    let core = text.trim_matches('*');
    if core.is_empty() || core.contains(['*', '?', '{', '}']) {
        return Ok(None);
    }
    let (metric, unit, statistic) = artifact::written(core);
    if metric.is_empty() || (metric == text.to_lowercase() && !statistic) {
        return Ok(None);
    }
    let star = |is: bool| if is { "*" } else { "" };
    let (before, after) = (text.starts_with('*'), text.ends_with('*'));
    let name = globset::escape(&metric);
    let mut globs = vec![format!("{}{name}{}", star(before), star(after))];
    if statistic {
        globs.push(format!("*_{name}{}", star(after)));
    }
    let either = name_glob(&format!("{{{}}}", globs.join(",")))?;
    Ok(Some((either, unit)))
}

/// The unit that the written name of a metric tells: `ms` of `p99_latency_ms*`.
pub fn written_unit(text: &str) -> Option<Unit> {
    let core = text.trim().trim_matches('*');
    let is_plain = !core.is_empty() && !core.contains(['*', '?', '[', '{', '}']);
    artifact::written(core).1.filter(|_| is_plain)
}

fn name_glob(glob: &str) -> Result<GlobMatcher, String> {
    let built = GlobBuilder::new(glob).case_insensitive(true).literal_separator(false).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(benchmark: &str, metric: &str, unit: &str) -> SeriesKey {
        SeriesKey { benchmark: benchmark.into(), metric: metric.into(), unit: Unit::new(unit), ..SeriesKey::default() }
    }

    fn metric(glob: &str, metric: &str, unit: &str) -> Option<String> {
        let selection = Selection::new(&["**"], &["*"], &[glob]).unwrap();
        let selected = selection.of(&series("reports/codec", metric, unit))?;
        Some(selected.unit.map_or_else(String::new, |unit| unit.as_str().to_owned()))
    }

    #[test]
    fn a_metric_is_named_as_the_index_or_as_a_file_has_it() {
        // Glob, metric, unit, and the unit that the name tells when it matches.
        let table: &[(&str, &str, &str, Option<&str>)] = &[
            ("latency_p99", "latency_p99", "ms", Some("")),
            ("LATENCY*", "latency_p99", "ms", Some("")),
            ("latency_p99_ms", "latency_p99", "ms", Some("ms")),
            ("latency_p99_ms", "latency_p99", "us", Some("ms")),
            ("latency_p99_ms", "latency_p99", "MB", None),
            ("p99_latency_ms", "latency_p99", "ms", Some("ms")),
            ("P99 Latency (ms)", "latency_p99", "ms", Some("ms")),
            ("Latency [ms]", "latency", "ms", Some("ms")),
            ("mean_latency_ms", "latency", "ms", Some("ms")),
            ("p99_ms", "time_p99", "ms", Some("ms")),
            ("p99_ms", "latency_p99", "s", Some("ms")),
            ("p99_ms", "latency_p999", "ms", None),
            ("p99_ms*", "ttft_p99", "ms", Some("ms")),
            ("p99", "ttft_p99", "ms", Some("")),
            ("p99", "ttft_p95", "ms", None),
            ("*_p9?", "ttft_p95", "ms", Some("")),
            ("*(ms)", "ttft", "ms", Some("ms")),
            ("*", "anything", "", Some("")),
            ("tokens_per_second", "tokens_per_second", "tok/s", Some("")),
            ("ttft", "ttft_p95", "ms", None),
        ];
        for (glob, name, unit, expected) in table {
            assert_eq!(metric(glob, name, unit).as_deref(), *expected, "{glob} for {name} in {unit:?}");
        }
    }

    #[test]
    fn a_benchmark_is_a_path_and_a_case_any_text() {
        let holds = |glob: &str, name: &str| Selection::new(&[glob], &["*"], &["*"]).unwrap().has_benchmark(name);
        for glob in ["**", "codec", "co*", "reports/*", "reports/", "reports/codec", "./codec", "codec/**"] {
            assert_eq!(holds(glob, "reports/codec"), glob != "codec/**", "{glob}");
        }
        assert!(holds("nightly/**", "reports/nightly/a/b") && !holds("nightly/*", "reports/nightly/a/b"));
        assert!(!holds("CODEC", "reports/codec"));

        let mut decode = series("b", "time", "ms");
        (decode.case, decode.params) = ("decode".into(), [("batch".to_owned(), "8".to_owned())].into());
        for (glob, expected) in [("decode", true), ("Dec*", true), ("*batch=8*", true), ("encode", false), ("", false)]
        {
            let selection = Selection::new(&["**"], &[glob], &["*"]).unwrap();
            assert_eq!(selection.of(&decode).is_some(), expected, "{glob}");
        }
    }

    #[test]
    fn our_own_calls_are_meant_by_their_name_alone() {
        let means = |glob: &str, name: &str| Selection::new(&[glob], &["*"], &["*"]).unwrap().means_benchmark(name);
        for (glob, expected) in [("**", false), ("agents", false), ("*/*", false), (BENCHMARK, true)] {
            assert_eq!(means(glob, BENCHMARK), expected, "{glob}");
        }
        assert!(means("chimera-insight/*", BENCHMARK) && means("chimera-insight/**", BENCHMARK));
        assert!(means("**", "reports/agents") && means("agents", "reports/agents"));
        assert!(!means("chimera-insight/*", "reports/agents"));
        assert!(Selection::new(&["**"], &["*"], &["*"]).unwrap().has_benchmark(BENCHMARK));
    }

    #[test]
    fn malformed_globs_are_refused() {
        for glob in ["[", "{a", "a{b,c"] {
            assert!(Selection::new(&[glob], &[], &[]).is_err(), "{glob}");
            assert!(Selection::new(&[], &[glob], &[]).is_err(), "{glob}");
            assert!(Selection::new(&[], &[], &[glob]).is_err(), "{glob}");
        }
    }
}
