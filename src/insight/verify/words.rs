//! Words: a text as the lower-case singular words that names are compared by, and the gist of it: quantities, statistics, things.

use super::lexicon::{self, Meaning, Stat, Thing};
use crate::domain::artifact::ArtifactKind;

/// A word and where it begins in its text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub at: usize,
}

/// The words of `text`: stretches of letters and digits, parted also where a small letter meets a capital one.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let parts = before.is_lowercase() && c.is_uppercase();
        let is_part = c.is_alphanumeric() || is_mark(c);
        if (!is_part || parts)
            && let Some((start, word)) = open.take()
        {
            found.push(Word { text: singular(&word), at: start });
        }
        if is_part && !is_mark(c) {
            let word = &mut open.get_or_insert_with(|| (at, String::new())).1;
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if let Some((start, word)) = open {
        found.push(Word { text: singular(&word), at: start });
    }
    found
}

/// Marks that belong to the letter before them: Arabic vowel signs, combining accents.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{064b}'..='\u{065f}' | '\u{0640}')
}

/// English and French plurals as singulars; other words as they are.
fn singular(word: &str) -> String {
    if !word.is_ascii() && !word.ends_with('s') || word.len() < 4 {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return if stem.len() > 1 && word != "series" { format!("{stem}y") } else { word.to_owned() };
    }
    let keeps = ["ss", "us", "is", "temps"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('s') {
        Some(stem) if !keeps => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// The words of a text with a blank around each: phrases are found in it as parts.
pub(super) fn line(text: &str) -> String {
    let mut line = String::from(" ");
    for word in words(text) {
        line.push_str(&word.text);
        line.push(' ');
    }
    line
}

/// Something a text speaks of, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found<T> {
    pub what: T,
    /// Bytes from the beginning of the text.
    pub at: usize,
}

/// What a text speaks of.
#[derive(Debug, Clone, Default)]
pub(super) struct Gist {
    pub concepts: Vec<Found<&'static str>>,
    pub stats: Vec<Found<Stat>>,
    pub things: Vec<Found<Thing>>,
    pub kinds: Vec<Found<ArtifactKind>>,
    /// Words that the lexicon does not know.
    pub others: Vec<Found<String>>,
    pub failed: bool,
    pub other: bool,
    /// Whether it speaks of a size, and whether of how many there are.
    pub size: bool,
    pub counting: bool,
}

impl Gist {
    pub(super) fn of(text: &str) -> Self {
        let words = words(text);
        let plain: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let mut gist = Self::default();
        let mut next = 0;
        while let Some(word) = words.get(next) {
            let rest = plain.get(next..).unwrap_or(&[]);
            if let Some((meaning, taken)) = lexicon::meaning(rest) {
                gist.put(meaning, word.at);
                next += taken;
                continue;
            }
            if word.text.chars().any(lexicon::is_unspaced) {
                lexicon::within(&word.text).into_iter().for_each(|meaning| gist.put(meaning, word.at));
            } else {
                gist.others.push(Found { what: word.text.clone(), at: word.at });
            }
            next += 1;
        }
        gist
    }

    fn put(&mut self, meaning: Meaning, at: usize) {
        match meaning {
            Meaning::Concept(what) => self.concepts.push(Found { what, at }),
            Meaning::Stat(what) => self.stats.push(Found { what, at }),
            Meaning::Thing(what) => self.things.push(Found { what, at }),
            Meaning::Kind(what) => self.kinds.push(Found { what, at }),
            Meaning::Failed => self.failed = true,
            Meaning::Other => self.other = true,
            Meaning::Size => self.size = true,
            Meaning::Counting => self.counting = true,
            Meaning::Idle => {}
        }
    }

    /// What a short name counts or measures of the index. Files come before what they are files of: "benchmark files".
    pub(super) fn thing(&self) -> Option<Thing> {
        let has = |thing: Thing| self.things.iter().any(|found| found.what == thing);
        if has(Thing::Bytes) {
            return Some(Thing::Bytes);
        }
        if has(Thing::Files) {
            return Some(Thing::Files);
        }
        self.things.last().map(|found| found.what)
    }

    /// The quantity of a short name; `time` gives way to one that says more.
    pub(super) fn concept(&self) -> Option<&'static str> {
        let all = || self.concepts.iter().map(|found| found.what);
        all().find(|what| *what != "time").or_else(|| all().next())
    }
}

/// Of what was found around byte `at`, the nearest before it; else the nearest behind.
pub(super) fn nearest<T: Clone>(found: &[Found<T>], at: usize) -> Option<T> {
    let before = found.iter().filter(|one| one.at < at).max_by_key(|one| one.at);
    let behind = || found.iter().filter(|one| one.at >= at).min_by_key(|one| one.at);
    before.or_else(behind).map(|one| one.what.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_spellings_are_one_quantity() {
        for (text, concept) in [
            ("tokens_per_second", "throughput"),
            ("Token Generation Rate", "throughput"),
            ("json_results[3].tokens_s", "throughput"),
            ("tokensPerSecond", "throughput"),
            ("mean_ttft_s", "ttft"),
            ("Time to First Token (TTF)", "ttft"),
            ("temps de réponse", "latency"),
            ("平均延迟", "latency"),
            ("زمن الاستجابة", "latency"),
            ("total_tokens", "token"),
            ("load time", "time"),
        ] {
            assert_eq!(Gist::of(text).concept(), Some(concept), "{text}");
        }
    }

    #[test]
    fn statistics_and_things_are_told_apart() {
        let stat = |text: &str| Gist::of(text).stats.first().map(|found| found.what);
        assert_eq!(stat("p99 Latency"), Some(Stat::Percentile(99)));
        assert_eq!(stat("95th percentile"), Some(Stat::Percentile(95)));
        assert_eq!(stat("latence médiane"), Some(Stat::Percentile(50)));
        assert_eq!(stat("latence"), None);
        assert_eq!(stat("Average latency"), Some(Stat::Mean));
        let thing = |text: &str| Gist::of(text).things.first().map(|found| found.what);
        assert_eq!(thing("عدد الملفات المُحللة"), Some(Thing::Files));
        assert_eq!(thing("Nombre Total de Fichiers"), Some(Thing::Files));
        assert_eq!(thing("文件总数"), Some(Thing::Files));
        assert_eq!(thing("total_file_size_bytes"), Some(Thing::Bytes));
    }
}
