//! The text of a mail: it cites nothing, so each number must be one of the verdicts or alerts that it tells, or a count of what it tells.

use super::inline::Inline;
use super::{Known, Miss, statement};
use crate::domain::fact::{Fact, FactId, Source};
use crate::domain::units::Unit;
use crate::insight::{Judged, Moved};

/// Reads the text of a mail about these verdicts, which may name these counts and numbers of alerts; gives all that does not
/// resolve.
pub fn check_mail(text: &str, (judged, moved): (&[Judged], &[Moved]), counts: &[u64], known: &Known) -> Vec<Miss> {
    let mut facts: Vec<Fact> = judged.iter().flat_map(quantities).chain(moved.iter().flat_map(levels)).collect();
    facts.extend(counts.iter().map(|n| fact("count", *n as f64, Unit::new("count"))));
    let facts: Vec<&Fact> = facts.iter().collect();
    let mut misses = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('#').trim_start();
        let inline = Inline::read(line.strip_prefix("- ").unwrap_or(line));
        let wrong = statement::alone(&inline, &facts, known);
        misses.extend(wrong.into_iter().map(|(text, why)| Miss { line: at + 1, text, why, fact: None }));
    }
    misses
}

/// The numbers of a verdict.
fn quantities(judged: &Judged) -> Vec<Fact> {
    let Some(shift) = &judged.verdict.shift else { return Vec::new() };
    let own = &judged.series.unit;
    let (scale, unit) = if shift.before == 0.0 { (1.0, own.clone()) } else { (100.0, Unit::new("percent")) };
    let mut facts = vec![
        fact("level before", shift.before, own.clone()),
        fact("level after", shift.after, own.clone()),
        fact("noise", shift.noise, own.clone()),
        fact("runs before", shift.n_before as f64, Unit::new("count")),
        fact("runs since", shift.n_after as f64, Unit::new("count")),
    ];
    let ends = [shift.effect, shift.interval.0, shift.interval.1];
    facts.extend(ends.map(|end| fact("effect", end * scale, unit.clone())));
    facts
}

/// The numbers of an alert's record.
fn levels(moved: &Moved) -> [Fact; 3] {
    let (effect, unit) = moved.effect();
    [
        fact("level before", moved.before, moved.unit.clone()),
        fact("level after", moved.after, moved.unit.clone()),
        fact("effect", effect, unit),
    ]
}

fn fact(name: &str, value: f64, unit: Unit) -> Fact {
    Fact { id: FactId(0), name: name.to_owned(), value, unit, source: Source::Count { what: String::new() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Direction;
    use crate::domain::verdict::VerdictKind;
    use crate::insight::tests::{alert, judged};

    #[test]
    fn a_mail_tells_no_number_that_is_none_of_its_verdicts() {
        let verdicts = [judged(VerdictKind::Regression, ("ttft", "s", Direction::Lower), 0.2, 0.26)];
        let mut known = Known::default();
        known.verdicts(&verdicts, &[alert(12, "ttft")]);
        let text = "2 regressions in reports: ttft +30 % worst.\n\n- Before 0.2 s, after 0.26 s: +30 %, likely between +28 % and +33 %.\n\
                    - Since 2026-03-01 00:00:00 UTC, after commit `abc1234`.\n- Seen in 3 runs against 24 runs before.\n\
                    - Take it with `chimera-insight alerts ack 12`.\n- alert 12, was open since 2026-03-04 05:06:00 UTC\n";
        assert_eq!(check_mail(text, (&verdicts, &[]), &[2, 12], &known), []);
        for (line, from, to) in [
            (1, "+30 %", "+31 %"),
            (1, "2 regressions", "4 regressions"),
            (3, "0.26 s", "0.26 ms"),
            (3, "+28 %", "-28 %"),
            (4, "00:00:00", "00:00:01"),
            (4, "abc1234", "abc1235"),
            (5, "3 runs", "5 runs"),
            (6, "ack 12", "ack 13"),
        ] {
            let found = check_mail(&text.replacen(from, to, 1), (&verdicts, &[]), &[2, 12], &known);
            assert_eq!(found.iter().map(|miss| miss.line).collect::<Vec<_>>(), [line], "{from} -> {to}: {found:#?}");
        }
    }
}
