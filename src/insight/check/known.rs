//! What a report may name without a fact: identifiers, foreign sentences and times, taken from what the analyst was told.
//!
//! Collected from the input of the analyst and never from its output, so that a name which the analyst or the renderer spoils is
//! not known any more. Only what holds numeric characters is kept; the memory is that of the distinct names of a landing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use jiff::Timestamp;

use crate::domain::artifact::ArtifactKind;
use crate::domain::run::short_commit;
use crate::domain::series::{Params, SeriesKey};
use crate::insight::{AlertLine, ArtifactLine, BenchmarkRows, Judged, Landing};

/// Characters that a cut name must show at least to be taken for the beginning of one.
const LEAST_CUT: usize = 24;

/// Characters from which a text may have been cut without a sign of it.
const CUT_SILENTLY: usize = 100;

/// Names, foreign sentences and times that the analyst was told.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Paths, benchmarks, cases, `name=value`, metrics, environments, commits, commands.
    names: BTreeSet<String>,
    /// Error messages, reasons, places in files; and names that cannot stand in a code span.
    texts: BTreeSet<String>,
    /// What is told of a file, by its path: the texts of each row that may be made of it.
    told: HashMap<String, Vec<Vec<String>>>,
    seconds: HashSet<i64>,
    minutes: HashSet<i64>,
    /// The latest change of a file, for each kind of file, in nanoseconds since the Unix epoch.
    latest: Vec<(ArtifactKind, i64)>,
}

impl Known {
    /// What the landing is about.
    pub fn new(landing: &Landing) -> Self {
        let mut known = Self::default();
        known.name(&format!("landing={}", landing.id));
        known.time(landing.at);
        known
    }

    /// Takes artifacts, as the analyst does.
    pub fn artifacts(&mut self, lines: &[ArtifactLine]) {
        for line in lines {
            self.path(&line.path);
            line.copy_of.iter().for_each(|path| self.path(path));
            if let Some(error) = &line.error {
                self.tell(&line.path, &[error]);
            }
            match self.latest.iter_mut().find(|(kind, _)| *kind == line.kind) {
                Some((_, latest)) => *latest = (*latest).max(line.mtime_ns),
                None => self.latest.push((line.kind, line.mtime_ns)),
            }
        }
    }

    /// Takes a benchmark, as the analyst does.
    pub fn benchmark(&mut self, rows: &BenchmarkRows) {
        self.path(&rows.benchmark);
        for row in &rows.rows {
            self.series(&row.series);
            self.params(&row.subject);
            self.path(&row.path);
            self.name(&row.field);
        }
        for gap in &rows.gaps {
            self.path(&gap.path);
            self.name(&gap.subject);
            self.tell(&gap.path, &[&gap.kind, &gap.subject, &gap.at, &gap.detail]);
        }
    }

    /// Takes verdicts and alerts, as the analyst does. The reasons of verdicts are not taken: their numbers are facts.
    pub fn verdicts(&mut self, judged: &[Judged], alerts: &[AlertLine]) {
        for one in judged {
            self.series(&one.series);
            [&one.commit_before, &one.commit_after].into_iter().flatten().for_each(|commit| self.commit(commit));
            if let Some(shift) = &one.verdict.shift {
                [shift.change_at, shift.began.first_at, shift.began.last_at].into_iter().for_each(|at| self.time(at));
            }
        }
        for alert in alerts {
            let key = &alert.key;
            self.path(&key.benchmark);
            [&key.metric, &key.environment].into_iter().for_each(|name| self.name(name));
            [&alert.ack, &alert.silence(), &alert.accept()].into_iter().for_each(|command| self.name(command));
            let verbs = [alert.verb("ack", ""), alert.silence_verb(), alert.verb("accept", "")];
            verbs.iter().for_each(|verb| self.name(verb));
            self.name(&alert.id.to_string());
            alert.inhibited_by.iter().for_each(|id| self.name(&id.to_string()));
            if let Some(group) = &alert.group {
                self.name(&group.ack);
                self.name(&group.id.to_string());
            }
            self.time(alert.opened_at);
            alert.reopened_at.iter().for_each(|at| self.time(*at));
            alert.reasons.iter().for_each(|reason| self.text(reason));
            for (series, sentence) in &alert.in_all {
                self.series(series);
                self.text(sentence);
            }
        }
    }

    /// Texts that belong together and to a file.
    fn tell(&mut self, path: &str, texts: &[&str]) {
        texts.iter().for_each(|text| self.text(text));
        if texts.iter().any(|text| text.chars().any(char::is_numeric)) {
            let texts = texts.iter().map(|text| visible(text).trim().to_owned()).collect();
            self.told.entry(visible(path).trim().to_owned()).or_default().push(texts);
        }
    }

    /// Whether texts that are each known for themselves are told together of the file that is named beside them, if one is.
    pub(super) fn belong(&self, names: &[String], texts: &[String]) -> bool {
        let mut files = names.iter().filter_map(|name| self.told.get(name)).peekable();
        if texts.is_empty() || files.peek().is_none() {
            return true;
        }
        let is_of = |text: &String, row: &[String]| {
            let begin = text.strip_suffix('…');
            row.iter().any(|own| own == text || own.starts_with(begin.unwrap_or(text)))
        };
        let subject = |row: &[String]| names.iter().find(|name| row.get(1) == Some(*name)).is_some();
        let about_one = |rows: &&Vec<Vec<String>>| rows.iter().any(|row| subject(row));
        files.any(|rows| {
            let about = about_one(&rows);
            rows.iter().any(|row| (!about || subject(row)) && texts.iter().all(|text| is_of(text, row)))
        })
    }

    /// Whether `text` is the first place of something that is told of the file `path`.
    pub(super) fn is_place(&self, path: &str, text: &str) -> bool {
        self.told.get(path).is_some_and(|rows| rows.iter().any(|row| row.get(2).is_some_and(|at| at == text)))
    }

    /// One more sentence that may be quoted word for word.
    pub fn text(&mut self, text: &str) {
        keep(&mut self.texts, &visible(text));
    }

    /// One more name.
    pub fn name(&mut self, name: &str) {
        let name = visible(name);
        if name.contains(['|', '`']) {
            keep(&mut self.texts, &name);
        }
        keep(&mut self.names, &name);
    }

    /// One more commit, whole and as people are shown it.
    pub fn commit(&mut self, name: &str) {
        self.name(name);
        self.name(short_commit(name));
    }

    /// One more time.
    pub fn time(&mut self, at: Timestamp) {
        self.seconds.insert(at.as_second());
        self.minutes.insert(at.as_second().div_euclid(60));
    }

    /// A path and the directories above it.
    pub fn path(&mut self, path: &str) {
        let path = visible(path);
        for (at, _) in path.match_indices('/') {
            self.name(path.get(..at).unwrap_or(""));
        }
        self.name(path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(""));
        self.name(&path);
    }

    fn params(&mut self, params: &Params) {
        for (name, value) in params {
            self.name(name);
            self.name(value);
            self.name(&format!("{name}={value}"));
        }
    }

    fn series(&mut self, key: &SeriesKey) {
        self.path(&key.benchmark);
        self.params(&key.params);
        [&key.case, &key.environment].into_iter().for_each(|name| self.name(name));
        self.name(&format!("@{}", key.environment));
        self.name(key.unit.as_str());
        self.metric(&key.metric);
    }

    /// A metric, and what is left of it when a percentile's label is told in a column of its own.
    fn metric(&mut self, metric: &str) {
        self.name(metric);
        let parts: Vec<&str> = metric.split(|c: char| !c.is_alphanumeric()).collect();
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| is_percentile(part)) {
            let fraction =
                parts.get(at + 1).filter(|next| !next.is_empty() && next.bytes().all(|b| b.is_ascii_digit()));
            let behind = at + 1 + usize::from(fraction.is_some());
            let rest: Vec<&str> = parts.iter().take(at).chain(parts.iter().skip(behind)).copied().collect();
            self.name(&rest.join("_"));
            self.name(part);
        }
    }

    pub(super) fn is_time(&self, second: i64, to_the_minute: bool) -> bool {
        if to_the_minute {
            return self.minutes.contains(&second.div_euclid(60));
        }
        let is_latest = |(_, ns): &(ArtifactKind, i64)| ns.div_euclid(1_000_000_000) == second;
        self.seconds.contains(&second) || self.latest.iter().any(is_latest)
    }

    /// Whether `text` as a whole is a sentence or place that is known, or the beginning of one that was cut.
    pub(super) fn is_text(&self, text: &str) -> bool {
        let text = text.trim();
        // A leading or trailing blank of foreign text is not visible in a table.
        let is_long = text.chars().count() >= CUT_SILENTLY;
        self.texts.contains(text)
            || is_cut(&self.texts, text)
            || self.names.contains(text)
            || (is_long && self.begins(text))
    }

    /// Whether a known sentence begins so, when it is quoted in part.
    pub(super) fn begins(&self, text: &str) -> bool {
        let next = self.texts.range::<str, _>((Bound::Included(text), Bound::Unbounded)).next();
        text.chars().any(char::is_alphabetic) && next.is_some_and(|next| next.starts_with(text))
    }

    /// Where the longest known sentence ends that begins `text`, which may have been cut.
    pub(super) fn sentence(&self, text: &str) -> Option<usize> {
        if let Some(found) = prefixes(&self.texts, text).find(|found| ends(text, found.len())) {
            return Some(found.len());
        }
        let cut = text.find('…')?;
        is_cut(&self.texts, text.get(..cut + '…'.len_utf8())?).then_some(cut + '…'.len_utf8())
    }

    /// Whether every numeric character of a code span belongs to a known name.
    pub(super) fn covers(&self, code: &str) -> bool {
        let mut rest = code.trim();
        while !rest.is_empty() {
            let whole = prefixes(&self.names, rest).map(str::len).find(|length| ends(rest, *length));
            let cut = || is_cut(&self.names, rest).then_some(rest.len());
            let word = rest.find(' ').unwrap_or(rest.len());
            let free = || !rest.get(..word).unwrap_or(rest).chars().any(char::is_numeric);
            match whole.or_else(cut).or_else(|| free().then_some(word)) {
                Some(length) => rest = rest.get(length..).unwrap_or("").trim_start_matches([' ', ',', ';']),
                None => return false,
            }
        }
        true
    }
}

fn keep(set: &mut BTreeSet<String>, text: &str) {
    let text = text.trim();
    if text.chars().any(char::is_numeric) && !set.contains(text) {
        set.insert(text.to_owned());
    }
}

/// Whether a name may end after `length` bytes of `text`.
fn ends(text: &str, length: usize) -> bool {
    text.get(length..).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The members of `set` that begin `text`, the longest first.
fn prefixes<'a>(set: &'a BTreeSet<String>, text: &'a str) -> impl Iterator<Item = &'a str> {
    let mut bound = text;
    std::iter::from_fn(move || {
        loop {
            let found = set.range::<str, _>((Bound::Unbounded, Bound::Included(bound))).next_back()?;
            let shared = shared(found, bound);
            // The next one can share no more than this, and must be shorter than what was found.
            let next = if shared == found.len() { shared.checked_sub(1)? } else { shared };
            bound = bound.get(..floor(bound, next)).unwrap_or("");
            if shared == found.len() {
                return Some(found.as_str());
            }
            if bound.is_empty() {
                return None;
            }
        }
    })
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// How many bytes two texts share at their beginnings.
fn shared(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// Whether `text` is the beginning of a member, cut with `…`.
fn is_cut(set: &BTreeSet<String>, text: &str) -> bool {
    let Some(begin) = text.strip_suffix('…') else { return false };
    let next = set.range::<str, _>((Bound::Included(begin), Bound::Unbounded)).next();
    next.is_some_and(|next| next.starts_with(begin) && !begin.is_empty())
        && (begin.chars().count() >= LEAST_CUT || begin.contains('='))
}

/// Whether a word is a percentile's label: `p95`.
pub(super) fn is_percentile(word: &str) -> bool {
    let digits = word.strip_prefix(['p', 'P']).unwrap_or("");
    (2..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Foreign text as a reader sees it: on one line, with what steers a terminal or turns the reading order spelt out.
pub(in crate::insight) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pictured = false;
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{fe0e}' | '\u{fe0f}' if pictured => out.push(c),
            c if is_hidden(code) || c.is_control() => out.push_str(&format!("\\u{{{code:x}}}")),
            c => out.push(c),
        }
        pictured = matches!(
            code,
            0xa9 | 0xae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0x1f000..=0x1faff
        );
    }
    out
}

/// Whether a character shows nothing, or turns the reading order.
fn is_hidden(code: u32) -> bool {
    let ignored = matches!(
        code,
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e
            | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffc | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a
    );
    let is_none = code % 0x1_0000 >= 0xfffe || matches!(code, 0xfdd0..=0xfdef);
    ignored || is_none || matches!(code, 0xe000..=0xf8ff | 0xe0000..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str], texts: &[&str]) -> Known {
        let mut known = Known::default();
        names.iter().for_each(|name| known.name(name));
        texts.iter().for_each(|text| known.text(text));
        known
    }

    #[test]
    fn code_is_covered_by_whole_names() {
        let known =
            known(&["num_ctx=4096", "num_ctx=40", "temperature=0.8", "Rust Benchmark 2", "@RTX 4080 Laptop GPU"], &[]);
        for code in
            ["num_ctx=4096 temperature=0.8", "eager num_ctx=40 @RTX 4080 Laptop GPU", "Rust Benchmark 2", "plain words"]
        {
            assert!(known.covers(code), "{code}");
        }
        for code in ["num_ctx=409", "num_ctx=40960", "num_ctx=4096 temperature=0.9", "4096", "Rust Benchmark 3"] {
            assert!(!known.covers(code), "{code}");
        }
    }

    #[test]
    fn cut_names_are_beginnings_of_known_ones() {
        let known = known(&["agent_b_temperature=0.8"], &["Cannot reach 127.0.0.1 on port 8080 after 3 tries"]);
        assert!(!known.covers("agent_b_temperature=1…"));
        assert!(known.covers("agent_b_temperature=0…"));
        assert!(known.is_text("Cannot reach 127.0.0.1 on port…"));
        assert!(!known.is_text("Cannot reach 127.0.0.2 on port…"));
        assert!(!known.is_text("Cannot…"));
    }

    #[test]
    fn sentences_are_found_at_their_beginning() {
        let known = known(&[], &["a 1", "a 1 b 2", "a 1 c"]);
        assert_eq!(known.sentence("a 1 b 2; d"), Some(7));
        assert_eq!(known.sentence("a 1 d"), Some(3));
        assert_eq!(known.sentence("a 12"), None);
        assert_eq!(known.sentence("b"), None);
    }

    #[test]
    fn metrics_are_known_without_their_percentile() {
        let mut known = Known::default();
        known.metric("ttft2_p95");
        known.metric("x1_p99_9");
        assert!(known.covers("ttft2") && known.covers("ttft2_p95") && known.covers("x1"));
        assert!(!known.covers("ttft3"));
    }
}
