//! When mail may go out, by the calendar: the quiet hours in which nothing is sent, and the slot of the week at which its digest is due.
//!
//! Both are written in the local time of a zone, and follow its changes of the clocks: a window that begins in an hour that is left out
//! begins with the next one. They fail only when they are read: [`Quiet::parse`] and [`Weekly::parse`] say what is wrong.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// The days of a week as the configuration has them.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Minutes of a day, and of a week.
const DAY: u16 = 24 * 60;
const WEEK: usize = 7 * DAY as usize;

/// When nothing is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quiet(Vec<Window>);

/// One part of the quiet hours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    /// The days on which it begins, Monday first.
    days: [bool; 7],
    /// Minutes since midnight; an end that is not later than the beginning is on the next day.
    from: u16,
    to: u16,
}

impl Quiet {
    /// Reads windows such as `22:00-07:00` (every day), `sat` (the whole day), `mon-fri 18:00-08:00` (beginning on these days).
    ///
    /// # Errors
    /// With what is wrong with one of them, or when together they leave no minute of the week.
    pub fn parse<S: AsRef<str>>(windows: &[S]) -> Result<Self, String> {
        let quiet = Self(windows.iter().map(|text| window(text.as_ref())).collect::<Result<_, _>>()?);
        let leaves =
            |at: usize| !quiet.covers(at / usize::from(DAY), u16::try_from(at % usize::from(DAY)).unwrap_or(0));
        if (0..WEEK).any(leaves) {
            Ok(quiet)
        } else {
            Err("they leave no time at all in which mail may go out".to_owned())
        }
    }

    /// Whether nothing is sent at this time.
    pub fn is_quiet(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let local = at.to_zoned(zone.clone());
        self.covers(day_of(&local), minute_of(&local))
    }

    /// When the quiet time ends that this is a moment of: the first minute that is not quiet. `at` itself where it is not.
    pub fn ends(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let mut next = at;
        // Some minute of every week is not quiet, and a change of the clocks shifts it by hours only.
        for _ in 0..2 * WEEK {
            if !self.is_quiet(next, zone) {
                break;
            }
            let into = SignedDuration::from_secs(next.as_second().rem_euclid(60));
            let whole = next.checked_sub(into).unwrap_or(next);
            next = whole.checked_add(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
        }
        next
    }

    /// `day`: Monday is 0.
    fn covers(&self, day: usize, minute: u16) -> bool {
        let begins = |window: &Window, day: usize| window.days.get(day % 7).copied().unwrap_or(false);
        self.0.iter().any(|window| {
            if window.from < window.to {
                return begins(window, day) && (window.from..window.to).contains(&minute);
            }
            (begins(window, day) && minute >= window.from) || (begins(window, day + 6) && minute < window.to)
        })
    }
}

/// The slot of the week at which the week's digest is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekly {
    day: Weekday,
    minute: u16,
}

impl Weekly {
    /// Reads a slot such as `mon 08:00`.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a day and a time such as \"mon 08:00\"");
        let (name, time) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (_, day) = DAYS.get(day(name)?).copied().ok_or_else(wrong)?;
        let minute = time_of(time).filter(|minute| *minute < DAY).ok_or_else(wrong)?;
        Ok(Self { day, minute })
    }

    /// The last slot that is not after `at`.
    pub fn last(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let today = at.to_zoned(zone.clone()).date();
        let (hour, minute) = (i8::try_from(self.minute / 60).unwrap_or(0), i8::try_from(self.minute % 60).unwrap_or(0));
        let slot = |back: i64| {
            let date = today.checked_sub(back.days()).ok().filter(|date| date.weekday() == self.day)?;
            let slot = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?.timestamp();
            (slot <= at).then_some(slot)
        };
        (0..=7).find_map(slot).unwrap_or(Timestamp::MIN)
    }

    /// The slot before that one.
    pub fn before(&self, slot: Timestamp, zone: &TimeZone) -> Timestamp {
        self.last(slot.checked_sub(SignedDuration::from_secs(1)).unwrap_or(slot), zone)
    }
}

fn day_of(local: &Zoned) -> usize {
    usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)
}

fn minute_of(local: &Zoned) -> u16 {
    u16::try_from(i16::from(local.hour()) * 60 + i16::from(local.minute())).unwrap_or(0)
}

fn window(text: &str) -> Result<Window, String> {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        return Err(format!("\"{text}\" is more than days and a time"));
    }
    let of_time = first.starts_with(|c: char| c.is_ascii_digit());
    let (days, time) = match (of_time, second) {
        (true, None) => ([true; 7], Some(first)),
        (false, time) => (days(first)?, time),
        (true, Some(_)) => return Err(format!("\"{text}\" has its days after the time: write \"sat 12:00-18:00\"")),
    };
    let Some(time) = time else { return Ok(Window { days, from: 0, to: DAY }) };
    let wrong = || format!("\"{time}\" is not a time of the day such as \"22:00-07:00\"");
    let (from, to) = time.split_once('-').ok_or_else(wrong)?;
    let (from, to) = (time_of(from).filter(|from| *from < DAY).ok_or_else(wrong)?, time_of(to).ok_or_else(wrong)?);
    if from == to {
        return Err(format!("\"{time}\" ends when it begins: a whole day is written \"00:00-24:00\""));
    }
    Ok(Window { days, from, to })
}

/// `sat`, or `mon-fri`.
fn days(text: &str) -> Result<[bool; 7], String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    let mut days = [false; 7];
    let until = if last < first { last + 7 } else { last };
    for day in first..=until {
        if let Some(place) = days.get_mut(day % 7) {
            *place = true;
        }
    }
    Ok(days)
}

/// Its number, Monday is 0.
fn day(text: &str) -> Result<usize, String> {
    let lower = text.to_lowercase();
    DAYS.iter()
        .position(|(name, _)| *name == lower)
        .ok_or_else(|| format!("\"{text}\" is no day of the week: mon, tue, wed, thu, fri, sat or sun"))
}

/// Minutes since midnight; `24:00` is the end of the day.
fn time_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let plain = |text: &str| text.len() <= 2 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(hour) || minute.len() != 2 || !plain(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn nights_and_weekends_are_quiet_in_the_zone() {
        let quiet = Quiet::parse(&["22:00-07:00", "sat", "sun"]).unwrap();
        // 2026-03-02 is a Monday; Berlin is an hour ahead of UTC then.
        for (time, expected) in [
            ("2026-03-02T20:59:59Z", false),
            ("2026-03-02T21:00:00Z", true),
            ("2026-03-03T05:59:59Z", true),
            ("2026-03-03T06:00:00Z", false),
            ("2026-03-06T22:59:00Z", true),
            ("2026-03-07T12:00:00Z", true),
            ("2026-03-08T22:59:00Z", true),
        ] {
            assert_eq!(quiet.is_quiet(at(time), &berlin()), expected, "{time}");
        }
        assert_eq!(quiet.ends(at("2026-03-06T21:10:30Z"), &berlin()), at("2026-03-09T06:00:00Z"));
        assert_eq!(quiet.ends(at("2026-03-02T12:00:30Z"), &berlin()), at("2026-03-02T12:00:30Z"));
        assert!(!Quiet::default().is_quiet(at("2026-03-07T12:00:00Z"), &berlin()));
    }

    #[test]
    fn a_window_of_a_day_lasts_into_the_next_and_a_range_goes_round_the_week() {
        let quiet = Quiet::parse(&["fri 18:00-06:00"]).unwrap();
        for (time, expected) in
            [("2026-03-06T18:00:00Z", true), ("2026-03-07T05:00:00Z", true), ("2026-03-07T19:00:00Z", false)]
        {
            assert_eq!(quiet.is_quiet(at(time), &TimeZone::UTC), expected, "{time}");
        }
        let quiet = Quiet::parse(&["Sat-Mon"]).unwrap();
        for (time, expected) in
            [("2026-03-09T23:59:00Z", true), ("2026-03-10T00:00:00Z", false), ("2026-03-06T23:59:00Z", false)]
        {
            assert_eq!(quiet.is_quiet(at(time), &TimeZone::UTC), expected, "{time}");
        }
    }

    #[test]
    fn quiet_hours_follow_the_changes_of_the_clocks() {
        let quiet = Quiet::parse(&["22:00-07:00"]).unwrap();
        // Summer time begins in the night to 2026-03-29: the night is an hour shorter.
        assert_eq!(quiet.ends(at("2026-03-28T21:30:00Z"), &berlin()), at("2026-03-29T05:00:00Z"));
        assert_eq!(quiet.ends(at("2026-10-24T21:30:00Z"), &berlin()), at("2026-10-25T06:00:00Z"));
    }

    #[test]
    fn what_is_no_window_is_refused_and_so_is_a_week_without_time() {
        for text in [
            "",
            "night",
            "22-7",
            "22:00",
            "22:00-22:00",
            "25:00-07:00",
            "22:60-07:00",
            "22:00-07:00 sat",
            "sat sun",
            "mon-fri 8:00-25:00",
            "-1:00-07:00",
            "+1:00-07:00",
        ] {
            assert!(Quiet::parse(&[text]).is_err(), "{text}");
        }
        assert!(Quiet::parse(&["mon-sun"]).is_err());
        assert!(Quiet::parse(&["07:00-22:00", "22:00-07:00"]).is_err());
        assert!(Quiet::parse(&["mon-sat", "sun 00:00-23:59"]).is_ok());
    }

    #[test]
    fn the_slot_of_the_week_is_found_from_any_moment() {
        let weekly = Weekly::parse("mon 08:00").unwrap();
        for (now, slot) in [
            ("2026-03-02T06:59:59Z", "2026-02-23T07:00:00Z"),
            ("2026-03-02T07:00:00Z", "2026-03-02T07:00:00Z"),
            ("2026-03-08T23:00:00Z", "2026-03-02T07:00:00Z"),
            // Summer time since the 29th.
            ("2026-03-30T06:00:00Z", "2026-03-30T06:00:00Z"),
        ] {
            assert_eq!(weekly.last(at(now), &berlin()), at(slot), "{now}");
        }
        assert_eq!(weekly.before(at("2026-03-30T06:00:00Z"), &berlin()), at("2026-03-23T07:00:00Z"));
        for text in ["", "mon", "08:00", "mon 8", "moon 08:00", "mon 24:00", "mon 08:00 pm"] {
            assert!(Weekly::parse(text).is_err(), "{text}");
        }
    }
}
