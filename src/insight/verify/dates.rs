//! Dates: the days on which the index knows that something happened, and what a claim about a date says of them.
//!
//! A day is that of the time in UTC. A date with a time of day that says how far it is from UTC is of the day that it was in UTC then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use super::book::Known;
use super::words;
use crate::domain::units::Unit;
use crate::insight::claims::{Claim, Date};

/// What a time is the time of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// A run, by its content or its file's name.
    Run,
    /// A file was changed.
    Changed,
    /// A landing, or the report about one.
    Landed,
}

impl When {
    fn words(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Changed => "a file's last change",
            Self::Landed => "a landing",
        }
    }
}

/// Which days are asked about, and which of them something is known of. Bounded by the days there are: a few thousand.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    days: BTreeMap<(When, civil::Date), Option<String>>,
}

impl Calendar {
    /// Takes a time in; `path` is of the file it was read from.
    pub(super) fn take(&mut self, when: When, at: Timestamp, path: Option<&str>) {
        let day = at.to_zoned(TimeZone::UTC).date();
        self.days.entry((when, day)).or_insert_with(|| path.map(str::to_owned));
    }

    /// The answer to a claim about a date: the time that bears it out, or else the nearest one there is.
    /// A file that is `named` beside it has a date of its own.
    pub(super) fn answer(&self, claim: &Claim, date: &Date, named: bool) -> Result<Known, Option<Known>> {
        let is_own = !named && says_own_date(claim);
        let sorts: &[When] = if is_own { &[When::Landed] } else { &[When::Run, When::Changed, When::Landed] };
        let days = || self.days.iter().filter(|((when, _), _)| sorts.contains(when));
        let told = |((when, day), path): (&(When, civil::Date), &Option<String>)| Known {
            id: None,
            name: format!("date of {}: {day}", when.words()),
            value: f64::from(day.year()),
            unit: Unit::none(),
            path: path.clone(),
            at: None,
        };
        if let Some(found) = days().find(|((_, day), _)| is_on(date, *day)) {
            return Ok(told(found));
        }
        Err(days().max_by_key(|((_, day), _)| *day).map(told))
    }
}

/// Whether the date is that of the report itself.
fn says_own_date(claim: &Claim) -> bool {
    let label: Vec<String> = claim
        .about
        .label
        .iter()
        .chain(&claim.about.key)
        .flat_map(|text| words::words(text))
        .map(|word| word.text)
        .collect();
    let others =
        ["since", "modified", "modification", "change", "changed", "period", "range", "run", "start", "end", "modify"];
    let own = [
        "date",
        "prepared",
        "generated",
        "published",
        "issued",
        "report",
        "datum",
        "fecha",
        "data",
        "التاريخ",
        "日期",
        "дата",
    ];
    !label.iter().any(|word| others.contains(&word.as_str())) && label.iter().any(|word| own.contains(&word.as_str()))
}

fn is_on(date: &Date, day: civil::Date) -> bool {
    if let Some(utc) = in_utc(date) {
        return utc == day;
    }
    let year = date.year.is_none_or(|year| year == i32::from(day.year()));
    let month = date.month.is_none_or(|month| {
        let month = i8::try_from(month).unwrap_or(0);
        let since = date.since.and_then(|since| i8::try_from(since).ok()).unwrap_or(month);
        (since..=month).contains(&day.month()) || since > month && (day.month() >= since || day.month() <= month)
    });
    let of_month = date.day.is_none_or(|asked| i8::try_from(asked).is_ok_and(|asked| asked == day.day()));
    year && month && of_month
}

/// The day in UTC of a date with a time of day and its distance from UTC; `None` of any other, and of one that cannot be.
fn in_utc(date: &Date) -> Option<civil::Date> {
    let (year, month, day) = (date.year?, date.month?, date.day?);
    let of_day =
        civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let away = i64::from(date.time?) - i64::from(date.offset?);
    let moved = of_day.at(0, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(away)).ok()?;
    Some(moved.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_of_the_day_that_it_was_in_utc() {
        let day = |day| civil::date(2026, 7, day);
        let date = |time, offset| Date { year: Some(2026), month: Some(7), day: Some(2), since: None, time, offset };
        let midnight = Some(30 * 60);
        assert!(is_on(&date(midnight, Some(7200)), day(1)) && !is_on(&date(midnight, Some(7200)), day(2)));
        assert!(is_on(&date(midnight, Some(0)), day(2)) && is_on(&date(Some(85_000), Some(-7200)), day(3)));
        // Without a time, or without its distance, the day is taken as it is written.
        assert!(is_on(&date(midnight, None), day(2)) && is_on(&date(None, None), day(2)));
    }
}
