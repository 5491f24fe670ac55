//! The name of a column or key: which quantity, in which unit, which statistic of it.
//!
//! **Normalisation.** Words are lower-cased and joined with `_`; the unit (`_ms`, `(ms)`, `per_second`) is taken off and kept; the
//! words mean, avg, average are dropped, since the mean is what a plain name means too; median is the 50th percentile; percentiles
//! become a suffix (`latency_p95`). A statistic alone with a time unit (`Mean (ms)`, `p50_ms`) is of `time`, so that `mean_time_ms`
//! in JSON and `Mean (ms)` in Markdown are one metric.

mod units;

use self::units::{base_for, bracketed_unit, divided_unit, take_each, take_unit};
use crate::domain::units::Unit;

pub(in crate::artifact) use self::units::is_time;

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::artifact) struct Name {
    /// The quantity; empty when the name holds only a statistic.
    pub base: String,
    pub unit: Option<Unit>,
    pub stat: Stat,
    /// The name holds nothing but a statistic and a unit: its quantity, if any, stands in a key above.
    pub bare: bool,
}

/// Which statistic of the quantity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::artifact) enum Stat {
    /// The name says none.
    #[default]
    Plain,
    Mean,
    /// `p95`, `p99_9`.
    Percentile(String),
    Std,
    Min,
    Max,
    /// Variation, intervals, errors of the mean.
    Other,
}

impl Name {
    /// The metric's name: quantity and, where they make a series of their own, the statistic.
    pub fn metric(&self) -> String {
        let suffix = match &self.stat {
            Stat::Plain | Stat::Mean | Stat::Other => "",
            Stat::Percentile(p) => p.as_str(),
            Stat::Std => "std",
            Stat::Min => "min",
            Stat::Max => "max",
        };
        match (self.base.is_empty(), suffix.is_empty()) {
            (true, _) => suffix.to_owned(),
            (false, true) => self.base.clone(),
            (false, false) => format!("{}_{suffix}", self.base),
        }
    }
}

/// Takes a name apart.
pub(in crate::artifact) fn parse(raw: &str) -> Name {
    let (text, mut unit) = divided_unit(raw).unwrap_or_else(|| bracketed_unit(raw));
    let mut words = words(&text);
    let mut stat = take_stat(&mut words);
    unit_before_number(&mut words);
    let tail = take_each(&mut words).or_else(|| take_unit(&mut words));
    if unit.is_none() {
        unit = tail;
    }
    if stat == Stat::Plain {
        stat = take_stat(&mut words);
    }
    if unit.is_none() {
        unit = take_unit(&mut words);
    }
    without_containers(&mut words);
    let mut base = words.join("_");
    let bare = matches!(base.as_str(), "" | "value");
    if let Some(unit) = &unit {
        base = base_for(base, unit);
    }
    Name { base, unit, stat, bare }
}

/// A metric as a file would write it, taken apart as the reader does: its name in the index (empty for words that name nothing), its unit
/// if the name tells one, and whether it is but a statistic, of whichever quantity (`p99_ms`).
pub fn written(raw: &str) -> (String, Option<Unit>, bool) {
    let name = parse(raw);
    let statistic = name.bare && matches!(name.stat, Stat::Percentile(_) | Stat::Std | Stat::Min | Stat::Max);
    let stat = Name { base: String::new(), ..name.clone() };
    (if statistic { stat.metric() } else { name.metric() }, name.unit, statistic)
}

/// `infer_ms_224`: a number behind the unit tells the input; the unit is moved to the end.
fn unit_before_number(words: &mut [String]) {
    if let [.., unit, number] = words
        && matches!(unit.as_str(), "ms" | "us" | "ns")
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        std::mem::swap(unit, number);
    }
}

/// `label_score_dict` is a score: words for the shape of the data say nothing of the quantity.
fn without_containers(words: &mut Vec<String>) {
    while words.len() > 1
        && words.last().is_some_and(|w| matches!(w.as_str(), "dict" | "map" | "mapping" | "list" | "array"))
    {
        words.pop();
    }
    if words.len() > 1 && words.first().is_some_and(|w| w == "label") {
        words.remove(0);
    }
}

/// Lower-case words of a name: `ttftMs`, `TTFT (ms)`, `ttft_ms` and `ttft.ms` are all `ttft`, `ms`.
pub(in crate::artifact) fn words(raw: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(raw.len() + 8);
    let mut previous = ' ';
    for c in raw.chars() {
        match c {
            'µ' | 'μ' => spaced.push('u'),
            '%' => spaced.push_str(" percent "),
            'Δ' | '∆' => spaced.push_str(" delta "),
            'σ' => spaced.push_str(" std "),
            '/' => spaced.push_str(" per "),
            '(' if previous == 'p' || previous == 'P' => {}
            '.' if previous.is_ascii_digit() => spaced.push('.'),
            c if c.is_alphanumeric() => {
                if c.is_uppercase()
                    && (previous.is_lowercase()
                        || (previous.is_ascii_digit()
                            && spaced.ends_with(|p: char| p.is_ascii_digit())
                            && raw.chars().any(char::is_lowercase)))
                {
                    spaced.push(' ');
                }
                spaced.extend(c.to_lowercase());
            }
            _ => spaced.push(' '),
        }
        previous = c;
    }
    spaced.split_whitespace().map(|w| w.trim_end_matches('.').replace('.', "_")).filter(|w| !w.is_empty()).collect()
}

/// A name in `snake_case`, whole.
pub(in crate::artifact) fn snake(raw: &str) -> String {
    words(raw).join("_")
}

/// The statistic at either end of the words (a percentile anywhere), taken off.
fn take_stat(words: &mut Vec<String>) -> Stat {
    if let Some(at) = words.iter().position(|w| percentile(w).is_some()) {
        let stat = Stat::Percentile(percentile(&words[at]).unwrap_or_default());
        words.remove(at);
        words.retain(|w| !matches!(w.as_str(), "percentile" | "percentiles"));
        // `99th %`: the rank of a percentile, no unit.
        if matches!(words.as_slice(), [only] if only == "percent") {
            words.clear();
        }
        return stat;
    }
    if let [number, percent] = words.as_slice()
        && percent == "percent"
        && number.starts_with(|c: char| c.is_ascii_digit())
    {
        let stat = Stat::Percentile(format!("p{number}"));
        words.clear();
        return stat;
    }
    if matches!(words.as_slice(), [only] if only == "error" || only == "err") {
        words.clear();
        return Stat::Other;
    }
    // Only times are long or short: `longest transaction`.
    if let Some(first @ ("longest" | "shortest")) = words.first().map(String::as_str) {
        let stat = if first == "longest" { Stat::Max } else { Stat::Min };
        words.remove(0);
        if !words.iter().any(|w| w == "time") {
            words.push("time".to_owned());
        }
        return stat;
    }
    for (pattern, stat) in STATS {
        let n = pattern.len();
        let matches = |part: &[String]| part.iter().zip(pattern.iter()).all(|(w, p)| w == p);
        if words.len() >= n && matches(&words[..n]) {
            words.drain(..n);
            return stat.clone();
        }
        if words.len() >= n && matches(&words[words.len() - n..]) {
            words.truncate(words.len() - n);
            return stat.clone();
        }
    }
    Stat::Plain
}

const STATS: &[(&[&str], Stat)] = &[
    (&["standard", "deviation"], Stat::Std),
    (&["std", "dev"], Stat::Std),
    (&["std", "err"], Stat::Other),
    (&["std", "error"], Stat::Other),
    (&["standard", "error"], Stat::Other),
    (&["coefficient", "of", "variation"], Stat::Other),
    (&["confidence", "interval", "95"], Stat::Other),
    (&["confidence", "interval"], Stat::Other),
    (&["lower", "value"], Stat::Other),
    (&["upper", "value"], Stat::Other),
    (&["mean"], Stat::Mean),
    (&["avg"], Stat::Mean),
    (&["average"], Stat::Mean),
    (&["std"], Stat::Std),
    (&["stdev"], Stat::Std),
    (&["stddev"], Stat::Std),
    (&["sd"], Stat::Std),
    (&["mdev"], Stat::Std),
    (&["min"], Stat::Min),
    (&["minimum"], Stat::Min),
    (&["max"], Stat::Max),
    (&["fastest"], Stat::Min),
    (&["slowest"], Stat::Max),
    (&["maximum"], Stat::Max),
    (&["cv"], Stat::Other),
    (&["variance"], Stat::Other),
    (&["stderr"], Stat::Other),
    (&["sem"], Stat::Other),
    (&["iqr"], Stat::Other),
    (&["mad"], Stat::Other),
];

/// `p95`, `95th`, `median` in one spelling.
pub(in crate::artifact) fn percentile(word: &str) -> Option<String> {
    // R's microbenchmark calls the quartiles `lq` and `uq`.
    if let Some(rank) = [("median", "p50"), ("lq", "p25"), ("uq", "p75")].iter().find(|(name, _)| *name == word) {
        return Some(rank.1.to_owned());
    }
    let digits = word.strip_prefix('p').or_else(|| word.strip_suffix("th"))?;
    let whole = digits.split('_').next().unwrap_or(digits);
    let plausible = !whole.is_empty() && whole.len() <= 4 && digits.chars().all(|c| c.is_ascii_digit() || c == '_');
    // `p0`..`p100`; `p999` and `p9999` are customary for 99.9 and 99.99.
    let value: u32 = whole.parse().ok()?;
    let digits = digits.trim_end_matches("_0");
    (plausible && (value <= 100 || whole.starts_with("99"))).then(|| format!("p{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(raw: &str) -> String {
        let name = parse(raw);
        format!("{} [{}]", name.metric(), name.unit.map(|u| u.to_string()).unwrap_or_default())
    }

    #[test]
    fn spellings_of_one_metric_meet() {
        for (raws, expected) in [
            (&["mean_time_ms", "Mean (ms)", "avg_ms", "time_ms"][..], "time [ms]"),
            (&["ttft_s", "mean_ttft_s", "Mean TTFT (s)", "ttft_s_mean", "TTFT [s]"], "ttft [s]"),
            (
                &["tokens_s", "Tokens per Second", "tokens_per_second", "Tokens/s", "mean_tokens_s", "tps"],
                "tokens_per_second [tok/s]",
            ),
            (&["p99_us", "99th percentile (us)"], "time_p99 [us]"),
            (&["latency_p95_ms", "P95 Latency (ms)", "latencyP95Ms", "latency_ms_p95"], "latency_p95 [ms]"),
            (&["median_tokens_s"], "tokens_per_second_p50 [tok/s]"),
            (&["throughput_tok_s", "Throughput (tok/s)"], "throughput [tok/s]"),
            (&["overall_mean_ms"], "overall_time [ms]"),
            (&["memory_used_gb"], "memory_used [GB]"),
            (&["model_size_bytes", "Model Size Bytes"], "model_size [bytes]"),
            (&["cpu_percent", "CPU (%)"], "cpu [percent]"),
            (&["bandwidth_gb_s", "Bandwidth (GB/s)"], "bandwidth [GB/s]"),
            (&["Mean TTFT (warm)"], "ttft_warm []"),
            (&["images_per_sec"], "images_per_second [images/s]"),
            (&["Latency/ms", "latency / ms"], "latency [ms]"),
            (&["Throughput/Mb"], "throughput [MB]"),
            (&["us_per_infer"], "time_per_infer [us]"),
            (&["ms/token", "ms_per_token"], "time_per_token [ms]"),
            (&["p(99.9)"], "p99_9 []"),
            (&["50%"], "p50 []"),
        ] {
            for raw in raws {
                assert_eq!(key(raw), expected, "{raw}");
            }
        }
    }

    #[test]
    fn a_letter_is_a_unit_behind_its_quantity_only() {
        for (raw, unit) in [("energy_j", "J"), ("energy_mj", "mJ"), ("power_w", "W")] {
            assert_eq!(parse(raw).unit, Some(Unit::new(unit)), "{raw}");
        }
        assert_eq!(parse("energy_J").base, "energy");
        assert!(["index_j", "layer_w", "j", "w"].iter().all(|raw| parse(raw).unit.is_none()));
    }

    #[test]
    fn statistics_are_told_apart() {
        assert_eq!(parse("std_time_ms").stat, Stat::Std);
        assert_eq!(parse("Std Dev").stat, Stat::Std);
        assert_eq!(parse("cv_percent").stat, Stat::Other);
        assert_eq!(
            parse("eval_s_mean"),
            Name { base: "eval".into(), unit: Some(Unit::new("s")), stat: Stat::Mean, bare: false }
        );
        assert_eq!(parse("min_time_ms").stat, Stat::Min);
    }
}
