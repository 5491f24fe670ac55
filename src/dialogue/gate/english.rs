//! Whether a sentence is plain English prose in its own voice, or something that a report has no use for: gibberish, another language,
//! chatter with the reader, a placeholder, a title, a loop.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The words that hold English sentences together. Among ten words of prose there are three to five of them.
const FUNCTION: &str = "\
the a an and or but of to in on at by for from with without as is are was were be been being it its this that these those there which \
what when where while who whose how if then than so such no not nor only also both all each every any some many few several other \
another same more less most least can could may might must should would will has have had do does did their they them one into over \
under between across among before after during through about against within because since until although though whether per via up out \
off just too very yet still again further either neither rather even well however therefore thus";

/// Words that benchmark reports are made of.
const SUBJECT: &str = "\
model models benchmark benchmarks latency throughput ttft token tokens time times run runs result results data file files measurement measurements \
metric metrics performance configuration configurations setting settings context size sizes memory gpu cpu quality accuracy error errors failure failures \
variance variability spread noise median mean average percentile percentiles tail outlier outliers sample samples regression regressions \
improvement improvements change changes difference differences comparison baseline series history trend test tests testing load warm cold start starts \
prompt prompts response responses request requests batch concurrency temperature parameter parameters telemetry coverage missing gap gaps \
risk risks mitigation limited insufficient incomplete unstable inconsistent high low slow fast evidence confidence measure measured repeat report reports compare add \
collect record monitor use review check verify investigate increase reduce improve tune optimize evaluate validate include keep hardware environment \
version versions overhead bottleneck degradation stability instability overfitting bias sensitivity dependency single-run unknown undetected \
rerun enable disable batching streaming quantization utilization throttling power clock thermal kernel network queue scheduling scheduler backend backends \
device devices precision weights prefill decode decoding compile compiled profile log logs raise lower warm-up warmup rollback roll prefer choose set limit \
upgrade downgrade restart pin fix level levels lead effect interval intervals history landing verdict steady regressed cause commit speed steps \
small large values value range statistics statistical noise workload workloads artifacts artifact csv json markdown server driver cache caching layers offload";

static FUNCTION_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FUNCTION.split_whitespace().collect());
static SUBJECT_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| SUBJECT.split_whitespace().collect());

/// Words that speak to the reader or of the speaker, or stand for what is still to be written.
const OUT_OF_PLACE: &str = "\
i i'm i'll i've i'd me my mine myself we we'll we've we're our ours you you'd you'll you're yours okay ok certainly absolutely hello hi thanks \
thank please sorry glad happy apologies tbd todo fixme tba placeholder lorem ipsum xxx xx xyz foo bar baz insert yyyy hh dd nan null undefined \
assistant chatgpt your";

/// Days, months and times of the day, and how often something happens by the calendar.
const TIMES_OF_DAY: &str = "\
today yesterday tomorrow tonight nowadays currently monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat \
january february april june july august september october november december jan feb apr jun jul aug sept oct nov dec noon noonish midnight midday dawn \
dusk sunrise sunset morning afternoon evening overnight weekend weekends weekday weekdays christmas easter hourly daily nightly weekly biweekly \
fortnightly monthly bimonthly quarterly biannually biannual yearly annually annual";

/// Seasons, which are other words too.
const SEASONS: &[&str] = &["spring", "summer", "autumn", "fall", "winter"];

const PHRASES: &[&str] = &[
    "let me know",
    "let's",
    "let us",
    "here is",
    "here are",
    "here's",
    "feel free",
    "would like",
    "hope this",
    "hope that",
    "as an ai",
    "language model i",
    "based on the provided",
    "based on your",
    "in this report",
    "this report details",
    "the provided data",
    "as requested",
    "in conclusion",
    "last week",
    "last month",
    "last year",
    "this week",
    "this month",
    "this year",
    "next week",
    "next month",
    "next year",
    "of the year",
    "to be determined",
    "fill in",
    "insert here",
    "your name",
    "system prompt",
    "previous instructions",
    "ignore all",
    "ignore the",
    "json object",
    "json schema",
    "executive summary",
    "technical report",
    "key findings",
    "recent weeks",
    "recent months",
    "recent days",
    "looking forward",
    "your response",
    "end of report",
    "end of the report",
    "end of document",
    "end of file",
    "end of summary",
    "end of analysis",
    "end of response",
    "end of answer",
    "reference only",
    "this document",
    "this plan",
    "json structure",
    "this structure",
    "this report",
    "this section",
    "the report",
    "the analysis",
    "this analysis",
];

static OUT: LazyLock<HashSet<&'static str>> = LazyLock::new(|| OUT_OF_PLACE.split_whitespace().collect());
static CALENDAR: LazyLock<HashSet<&'static str>> = LazyLock::new(|| TIMES_OF_DAY.split_whitespace().collect());

/// Words of a sentence from which on its share of function words is held against [`LEAST`].
const LONG: usize = 6;
/// Of a hundred words, so many must be function words; and so many must be those or the subject's in a short sentence.
const LEAST: usize = 18;
const LEAST_SHORT: usize = 30;
/// Words in a row after which a repetition is a loop, and how often they may stand.
const LOOP: usize = 3;
const TIMES: usize = 3;

/// Why these words (folded, in order) are no sentence for a report; `names` is how many names and values stand between them, `least` how
/// many words and names it must have.
pub(super) fn complaint(words: &[String], names: usize, least: usize) -> Option<String> {
    if let Some(word) = words.iter().find(|word| OUT.contains(word.as_str())) {
        return Some(format!("“{word}” speaks to the reader or holds a place; say what the facts show"));
    }
    if words.first().is_some_and(|word| word == "sure") {
        return Some("“sure” speaks to the reader; say what the facts show".to_owned());
    }
    if let Some(word) = words.iter().enumerate().find_map(|(at, word)| is_time(words, at).then_some(word)) {
        return Some(format!("“{word}” is a date or a time, which only the program writes"));
    }
    if let Some(letter) = words.iter().find(|word| word.chars().count() == 1 && *word != "a") {
        return Some(format!("“{letter}” is a letter and no word"));
    }
    let line = format!(" {} ", words.join(" "));
    if let Some(phrase) = PHRASES.iter().find(|phrase| line.contains(&format!(" {phrase} "))) {
        return Some(format!("“{phrase}” is chatter or a title; say what the facts show"));
    }
    if is_loop(words) {
        return Some("it repeats itself".to_owned());
    }
    if words.len() + names < least || words.is_empty() {
        return Some("it says nothing".to_owned());
    }
    (!is_english(words)).then(|| "it is not plain English".to_owned())
}

/// Whether a word is a day, a time of the day or a season.
fn is_time(words: &[String], at: usize) -> bool {
    let word = words.get(at).map_or("", String::as_str);
    let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at)).map_or("", String::as_str);
    let in_season = matches!(before(1), "in" | "this" | "last" | "next" | "since" | "early" | "late")
        || before(1) == "the" && matches!(before(2), "in" | "since" | "during");
    CALENDAR.contains(word) || SEASONS.contains(&word) && in_season
}

/// Whether a folded word is one of those that English reports of benchmarks are made of.
pub(super) fn is_ordinary(word: &str) -> bool {
    FUNCTION_WORDS.contains(word) || SUBJECT_WORDS.contains(word)
}

/// Whether a folded word is one of those that hold sentences together.
pub(super) fn is_function(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

fn is_english(words: &[String]) -> bool {
    let bare = |word: &String| word.trim_end_matches("'s").to_owned();
    let function = words.iter().filter(|word| FUNCTION_WORDS.contains(bare(word).as_str())).count();
    let subject = words.iter().filter(|word| SUBJECT_WORDS.contains(bare(word).as_str())).count();
    let sane = words.iter().filter(|word| is_sane(word)).count();
    // What asks for something does with few words between its terms, as long as it is about the subject.
    let terse = function > 0 && (function + subject) * 2 >= words.len();
    if words.len() >= LONG && function * 100 < words.len() * LEAST && !terse {
        return false;
    }
    sane * 10 >= words.len() * 9 && (function + subject) * 100 >= words.len() * LEAST_SHORT
}

/// Whether a word could be an English word or an abbreviation: it has a vowel or is short, and no letter stands three times in a row.
fn is_sane(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let vowel = word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let triple = letters.windows(3).any(|three| matches!(three, [a, b, c] if a == b && b == c));
    !triple && (vowel || letters.len() <= 5) && letters.len() <= 24
}

fn is_loop(words: &[String]) -> bool {
    let mut seen: HashMap<&[String], usize> = HashMap::new();
    let again = words.windows(LOOP).any(|few| {
        let times = seen.entry(few).or_default();
        *times += 1;
        *times >= TIMES
    });
    again || words.windows(3).any(|three| matches!(three, [a, b, c] if a == b && b == c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> Option<String> {
        let words: Vec<String> = text.split_whitespace().map(super::super::clean::folded).collect();
        complaint(&words, 0, 2)
    }

    #[test]
    fn prose_is_told_from_noise() {
        for text in [
            "the median latency of the model is stable across all runs",
            "insufficient sample size",
            "repeat the runs to learn how much of the spread is noise",
            "tail latency",
            "enable continuous batching and monitor gpu memory",
            "there are too few values to say how sure that is",
            "the upper end of the interval is high",
            "the fall in throughput has no known cause",
        ] {
            assert_eq!(why(text), None, "{text}");
        }
        for text in [
            "let me know if that helps",
            "we recommend the other model",
            "okay",
            "runs runs runs",
            "extrêmement bien voici un rapport structuré",
            "la latencia del modelo es muy alta en esta prueba",
            "zxcv qwrtp lkjh",
            "die latenz des modells ist nicht gut",
            "the run of the run of the run of",
            "executive summary",
            "measured on monday",
            "sure that is the result",
            "the regression began in spring on the same machine",
            "the regression began in the fall on the same machine",
            "the regression began at noon on the same machine",
            "the regression began at dawn on the same machine",
            "the regression began on the weekend on the same machine",
            "the regression began overnight on the same machine",
            "the benchmark is run weekly on the same machine",
            "the benchmark is run quarterly on the same machine",
            "this is the end of the report",
            "",
        ] {
            assert!(why(text).is_some(), "{text}");
        }
    }
}
