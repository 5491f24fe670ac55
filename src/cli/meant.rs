//! Which series somebody means who types a name, as the index has it or as a terminal shows it: with `\u{1b}` for an escape character.
//!
//! It cannot fail; of names that nobody bears no series is meant.

use super::output;
use crate::domain::series::SeriesKey;
use crate::store::SeriesSummary;

/// Whether the name of a series contains a text, in any case; the empty one is in all.
pub fn holds(series: &SeriesKey, text: &str) -> bool {
    let text = text.to_lowercase();
    Name::of(series).is(|name| name.contains(&text))
}

/// The series that is called so; else those in whose names the text stands as whole words; else those that have all of its words as whole
/// ones; else those that contain the text; else those that contain all of its words.
pub fn find(known: Vec<SeriesSummary>, wanted: &str) -> Vec<SeriesSummary> {
    let lower = wanted.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let names: Vec<Name> = known.iter().map(|one| Name::of(&one.series)).collect();
    let exact = |name: &Name| name.itself == wanted;
    let same = |name: &Name| name.is(|name| name == lower);
    let phrase = |name: &Name| name.is(|name| has_whole(name, &lower));
    let whole = |name: &Name| name.is(|name| words.iter().all(|word| has_whole(name, word)));
    let part = |name: &Name| name.is(|name| name.contains(&lower));
    let parts = |name: &Name| name.is(|name| words.iter().all(|word| name.contains(word)));
    let ways: [&dyn Fn(&Name) -> bool; 6] = [&exact, &same, &phrase, &whole, &part, &parts];
    let Some(way) = ways.into_iter().find(|way| names.iter().any(way)) else { return Vec::new() };
    known.into_iter().zip(names).filter(|(_, name)| way(name)).map(|(one, _)| one).collect()
}

/// A name as it is, in lower case, and so as it is shown.
struct Name {
    itself: String,
    lower: String,
    shown: String,
}

impl Name {
    fn of(series: &SeriesKey) -> Self {
        let itself = series.to_string();
        let (lower, shown) = (itself.to_lowercase(), output::plain(&itself).to_lowercase());
        Self { itself, lower, shown }
    }

    fn is(&self, so: impl Fn(&str) -> bool) -> bool {
        so(&self.lower) || (self.shown != self.lower && so(&self.shown))
    }
}

/// Whether a word stands in a name with no letter, digit, `_`, `.` or `-` on either side: `batch_size=1` is not in `batch_size=16`.
fn has_whole(name: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    !word.is_empty()
        && name.match_indices(word).any(|(at, found)| {
            let (before, rest) = name.split_at(at);
            !joins(before.chars().next_back())
                && !joins(rest.strip_prefix(found).and_then(|after| after.chars().next()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Direction;

    fn known(names: &[(&str, &str, &str)]) -> Vec<SeriesSummary> {
        let one = |(benchmark, case, metric): &(&str, &str, &str)| SeriesSummary {
            id: 1,
            series: SeriesKey {
                benchmark: (*benchmark).into(),
                case: (*case).into(),
                metric: (*metric).into(),
                ..Default::default()
            },
            direction: Direction::Lower,
            runs: 1,
            excluded: 0,
            latest: None,
        };
        names.iter().map(one).collect()
    }

    fn meant(all: &[(&str, &str, &str)], wanted: &str) -> Vec<String> {
        find(known(all), wanted).into_iter().map(|one| one.series.to_string()).collect()
    }

    #[test]
    fn a_name_means_itself_and_a_part_of_it_whatever_holds_it() {
        let all =
            [("reports/a", "", "ttft"), ("reports/a", "", "ttft_p95"), ("reports/b", "", "load"), ("csv/A", "", "x")];
        let meant = |wanted| meant(&all, wanted);
        assert_eq!(meant("reports/a ttft"), ["reports/a ttft"]);
        assert_eq!(meant("csv/a X"), ["csv/A x"]);
        assert_eq!(meant("load"), ["reports/b load"]);
        assert_eq!(meant("p95 reports"), ["reports/a ttft_p95"]);
        assert_eq!(meant("ttf").len(), 2);
        assert!(meant("nothing").is_empty());
    }

    #[test]
    fn whole_words_win_over_parts() {
        let all = [("r", "batch_size=1 model=gemma3", "ttft"), ("r", "batch_size=16 model=gemma3", "ttft")];
        assert_eq!(meant(&all, "gemma3 batch_size=1 ttft"), ["r [batch_size=1 model=gemma3] ttft"]);
        assert_eq!(meant(&all, "batch_size=16 ttft"), ["r [batch_size=16 model=gemma3] ttft"]);
        assert_eq!(meant(&all, "gemma3 ttft").len(), 2);
        assert_eq!(meant(&[("r", "", "ttft"), ("r", "", "ttft_p95")], "ttft"), ["r ttft"]);
    }

    #[test]
    fn a_name_that_is_shown_with_escapes_is_found_by_what_is_shown() {
        let all = [("r", "\u{1b}[31mred", "x"), ("r", "\u{202e}gnp.elif", "x"), ("r", "plain", "x")];
        for (n, shown) in [r"r [\u{1b}[31mred] x", r"r [\u{202e}gnp.elif] x"].into_iter().enumerate() {
            let found = find(known(&all), shown);
            assert_eq!(found.iter().map(|one| &*one.series.case).collect::<Vec<_>>(), [all[n].1]);
            assert!(holds(&found[0].series, shown) && holds(&found[0].series, all[n].1) && holds(&found[0].series, ""));
            assert!(!holds(&found[0].series, "plain"));
        }
    }
}
