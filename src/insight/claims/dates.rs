//! Dates as people write them: `2025-11-14`, `14.11.2025`, `November 14th, 2025`, `26 octobre 2025`, `2025年11月`, `16 ноября 2025 г.`, spans of
//! months, quarters, and years where the words around say that they are years.
//!
//! A date that cannot be (month 13) is not one; its digits are then read as numbers. Which of `03/04/2025` is the month is told where one
//! of them is above 12; else it is read as month first when the text is not decimal-comma.

use super::claim::Date;
use super::glyphs::Glyph;
use super::months;
use super::number::digit;

/// A date and where it stands, as indices of glyphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub from: usize,
    pub to: usize,
    pub date: Date,
}

const EMPTY: Date = Date { year: None, month: None, day: None, since: None, time: None, offset: None };

/// A time of day and where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    /// From midnight.
    seconds: u32,
    /// From UTC, to the east, where that is written.
    offset: Option<i32>,
    pub to: usize,
}

/// A whole number of digits.
#[derive(Debug, Clone, Copy)]
struct Digits {
    value: u32,
    length: usize,
    end: usize,
}

/// Reads one passage.
pub(super) struct Dates<'a> {
    pub glyphs: &'a [Glyph],
    /// Whether `03/04/2025` has the day first.
    pub day_first: bool,
}

impl Dates<'_> {
    fn c(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|g| g.c)
    }

    fn digits(&self, from: usize) -> Option<Digits> {
        let mut value = 0u32;
        let mut end = from;
        while let Some(d) = self.c(end).and_then(digit) {
            if end >= from + 5 {
                return None;
            }
            value = value * 10 + u32::from(d);
            end += 1;
        }
        (end > from).then_some(Digits { value, length: end - from, end })
    }

    fn blanks(&self, mut at: usize) -> usize {
        let start = at;
        while at < start + 4 && self.c(at).is_some_and(char::is_whitespace) {
            at += 1;
        }
        at
    }

    /// The date that begins at `at`, where a word or a run of digits begins.
    pub fn at(&self, at: usize) -> Option<Found> {
        let first = self.c(at)?;
        if digit(first).is_some() {
            let digits = self.digits(at)?;
            return self.han(at, digits).or_else(|| self.numeric(at, digits)).or_else(|| self.day_month(at, digits));
        }
        if (first == 'Q' || first == 'H') && matches!(self.c(at + 1), Some('1'..='4')) {
            return self.quarter(at);
        }
        first.is_alphabetic().then(|| self.month_first(at)).flatten()
    }

    /// `2025年11月14日`, `11月14日`, `2025년 11월`.
    fn han(&self, at: usize, first: Digits) -> Option<Found> {
        let mark = |i: usize, marks: [char; 2]| self.c(i).is_some_and(|c| marks.contains(&c));
        let mut date = EMPTY;
        let mut end = first.end;
        let mut month = first;
        if mark(self.blanks(first.end), ['年', '년']) {
            date.year = year(first)?.into();
            end = self.blanks(first.end) + 1;
            match self.digits(self.blanks(end)).filter(|d| mark(self.blanks(d.end), ['月', '월'])) {
                Some(next) => month = next,
                None => return Some(Found { from: at, to: end, date }),
            }
        }
        if !mark(self.blanks(month.end), ['月', '월']) || self.c(end) == Some('个') {
            return None;
        }
        date.month = Some(month_number(month)?);
        end = self.blanks(month.end) + 1;
        if let Some(day) = self.digits(self.blanks(end)).filter(|d| self.c(d.end).is_some_and(|c| "日号일".contains(c)))
        {
            date.day = Some(day_number(day)?);
            end = day.end + 1;
        } else if date.year.is_none() {
            return None;
        }
        Some(self.timed(Found { from: at, to: end, date }))
    }

    /// `2025-11-14`, `2025-11`, `14.11.2025`, `11/14/2025`.
    fn numeric(&self, at: usize, first: Digits) -> Option<Found> {
        let mark = self.c(first.end).filter(|c| "-/.‑–".contains(*c))?;
        let second = self.digits(first.end + 1).filter(|d| d.length <= 2)?;
        let third = self.digits(second.end + 1).filter(|_| self.c(second.end) == Some(mark));
        if first.length == 4 {
            let year = year(first)?;
            let month = month_number(second)?;
            if let Some(third) = third {
                let date = Date { year: Some(year), month: Some(month), day: Some(day_number(third)?), ..EMPTY };
                return Some(self.timed(Found { from: at, to: third.end, date })).filter(|f| self.ends(f.to));
            }
            let whole = second.length == 2 && matches!(mark, '-' | '‑' | '/') && self.ends(second.end);
            let date = Date { year: Some(year), month: Some(month), ..EMPTY };
            return whole.then_some(Found { from: at, to: second.end, date });
        }
        let third = third.filter(|d| d.length == 4 && first.length <= 2 && mark != '–')?;
        let day_first = mark == '.' || first.value > 12 || self.day_first && second.value <= 12;
        let (day, month) = if day_first { (first, second) } else { (second, first) };
        let date =
            Date { year: Some(year(third)?), month: Some(month_number(month)?), day: Some(day_number(day)?), ..EMPTY };
        Some(self.timed(Found { from: at, to: third.end, date })).filter(|f| self.ends(f.to))
    }

    fn ends(&self, at: usize) -> bool {
        let glued = |c: char| c == '_' || c.is_ascii_alphabetic() || digit(c).is_some();
        !(self.c(at).is_some_and(glued) || self.c(at) == Some('-') && self.c(at + 1).is_some_and(glued))
    }

    /// `26 Octobre 2025`, `1st of November`, `16 ноября 2025 г.`, `26.–28. Oktober 2025` (the second).
    fn day_month(&self, at: usize, first: Digits) -> Option<Found> {
        let day = day_number(first)?;
        let mut i = self.ordinal(first.end);
        i = self.blanks(i + usize::from(self.c(i) == Some('.')));
        for filler in ["of ", "de ", "ng "] {
            if filler.chars().enumerate().all(|(n, c)| self.c(i + n) == Some(c)) {
                i = self.blanks(i + filler.chars().count());
            }
        }
        i += usize::from(self.c(i) == Some('-'));
        let (month, end) = months::at(self.glyphs, i)?;
        let (year, end) = self.year_behind(end).map_or((None, end), |(year, end)| (Some(year), end));
        if year.is_none() && !months::certain(self.glyphs, i) {
            return None;
        }
        let date = Date { year, month: Some(month), day: Some(day), ..EMPTY };
        Some(self.timed(Found { from: at, to: end, date }))
    }

    /// A day with its year, of a month that was told before.
    pub fn day(&self, at: usize, month: u8) -> Option<Found> {
        let digits = self.digits(at)?;
        let day = day_number(digits)?;
        let (year, to) = self.year_behind(self.ordinal(digits.end))?;
        Some(Found { from: at, to, date: Date { year: Some(year), month: Some(month), day: Some(day), ..EMPTY } })
    }

    /// Past `st`, `nd`, `rd`, `th`, `er`, `º`, `-го` behind a day.
    fn ordinal(&self, at: usize) -> usize {
        for ending in ["st", "nd", "rd", "th", "er", "re", "º", "°", "-го", "-е"] {
            let length = ending.chars().count();
            let fits = ending.chars().enumerate().all(|(n, c)| self.c(at + n) == Some(c));
            if fits && !self.c(at + length).is_some_and(char::is_alphanumeric) {
                return at + length;
            }
        }
        at
    }

    /// A year behind a day or month: ` 2025`, `, 2025`, ` de 2025`, ` 2025 г.`
    fn year_behind(&self, at: usize) -> Option<(i32, usize)> {
        let mut i = at + usize::from(matches!(self.c(at), Some('.')));
        i = self.blanks(i);
        i = self.blanks(i + usize::from(matches!(self.c(i), Some(',' | '،' | '-' | '/' | '\''))));
        for filler in ["de ", "del ", "of ", "عام "] {
            if filler.chars().enumerate().all(|(n, c)| self.c(i + n) == Some(c)) {
                i = self.blanks(i + filler.chars().count());
            }
        }
        let digits = self.digits(i).filter(|d| d.length == 4)?;
        let year = year(digits)?;
        (i > at && !self.c(digits.end).is_some_and(|c| c == '_' || c.is_ascii_alphabetic()))
            .then_some((year, digits.end))
    }

    /// `November 14th, 2025`, `November 2025`, `October – November 2025`, `November 14`.
    fn month_first(&self, at: usize) -> Option<Found> {
        let (month, end) = months::at(self.glyphs, at)?;
        if let Some((year, to)) = self.year_behind(end) {
            return Some(Found { from: at, to, date: Date { year: Some(year), month: Some(month), ..EMPTY } });
        }
        let i = self.blanks(end + usize::from(self.c(end) == Some('.')));
        if let Some(day) = self.digits(i).filter(|d| i > end && d.length <= 2) {
            let (to, number) = (self.ordinal(day.end), day_number(day)?);
            let (year, to) = self.year_behind(to).map_or((None, to), |(year, to)| (Some(year), to));
            let more = self.c(to).is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '%');
            let fraction = matches!(self.c(to), Some('.' | ',' | ':')) && self.c(to + 1).and_then(digit).is_some();
            let named = months::certain(self.glyphs, at);
            let found = Found { from: at, to, date: Date { year, month: Some(month), day: Some(number), ..EMPTY } };
            return (!more && !fraction && (named || year.is_some())).then(|| self.timed(found));
        }
        self.months_span(at, month, end)
    }

    /// A month that another month with a year follows.
    fn months_span(&self, at: usize, since: u8, end: usize) -> Option<Found> {
        let mut i = self.blanks(end);
        let start = i;
        while i < start + 12 && self.c(i).is_some_and(|c| c.is_alphabetic() || "-–—/&".contains(c)) {
            if let Some((month, end)) = months::at(self.glyphs, i) {
                let (year, to) = self.year_behind(end)?;
                let date = Date { year: Some(year), month: Some(month), since: Some(since), ..EMPTY };
                return Some(Found { from: at, to, date });
            }
            i += 1;
            if self.c(i).is_some_and(char::is_whitespace) {
                return self.second_month(at, since, self.blanks(i));
            }
        }
        None
    }

    /// The month behind the joining word or dash; `late`, `early` and the like may stand between.
    fn second_month(&self, at: usize, since: u8, mut i: usize) -> Option<Found> {
        for _ in 0..3 {
            if let Some((month, end)) = months::at(self.glyphs, i) {
                let (year, to) = self.year_behind(end)?;
                let date = Date { year: Some(year), month: Some(month), since: Some(since), ..EMPTY };
                return Some(Found { from: at, to, date });
            }
            let start = i;
            while i < start + 10 && self.c(i).is_some_and(|c| c.is_alphabetic() || c == '-') {
                i += 1;
            }
            if i == start || i == self.blanks(i) {
                return None;
            }
            i = self.blanks(i);
        }
        None
    }

    /// `Q3 2025`, `H1 2025`.
    fn quarter(&self, at: usize) -> Option<Found> {
        let (year, to) = self.year_behind(at + 2)?;
        Some(Found { from: at, to, date: Date { year: Some(year), ..EMPTY } })
    }

    /// The found date with the time of day behind it.
    fn timed(&self, mut found: Found) -> Found {
        let mut i = found.to;
        if self.c(i) == Some('T') && self.c(i + 1).and_then(digit).is_some() {
            i += 1;
        } else {
            i = self.blanks(i + usize::from(self.c(i) == Some(',')));
            if self.c(i) == Some('a') && self.c(i + 1) == Some('t') {
                i = self.blanks(i + 2);
            }
        }
        if let Some(time) = self.time(i).filter(|_| i > found.to) {
            (found.date.time, found.date.offset) = (Some(time.seconds), time.offset);
            found.to = time.to;
        }
        found
    }

    /// `14:32`, `14:32:00.123Z`, `2:30 PM`, `14:32 UTC+02:00`, `14:32 +02:00`.
    pub fn time(&self, at: usize) -> Option<TimeOfDay> {
        let hour = self.digits(at).filter(|d| d.length <= 2 && d.value < 25 && self.c(d.end) == Some(':'))?;
        let minute = self.digits(hour.end + 1).filter(|d| d.length == 2 && d.value < 60)?;
        let (mut second, mut end) = (0, minute.end);
        if let Some(found) = self.digits(end + 1).filter(|d| d.length == 2 && d.value < 61 && self.c(end) == Some(':'))
        {
            (second, end) = (found.value, found.end);
            if matches!(self.c(end), Some('.' | ',')) && self.c(end + 1).and_then(digit).is_some() {
                end += 1;
                while self.c(end).and_then(digit).is_some() {
                    end += 1;
                }
            }
        }
        let half = self.blanks(end);
        let pm = matches!((self.c(half), self.c(half + 1)), (Some('P' | 'p'), Some('M' | 'm')));
        if pm || matches!((self.c(half), self.c(half + 1)), (Some('A' | 'a'), Some('M' | 'm'))) {
            end = half + 2;
        }
        let hours = if pm && hour.value < 12 { hour.value + 12 } else { hour.value };
        let (offset, to) = self.zone(end);
        Some(TimeOfDay { seconds: hours * 3600 + minute.value * 60 + second, offset, to })
    }

    /// How far from UTC the time is that ends at `at`, s, and where that is said.
    fn zone(&self, at: usize) -> (Option<i32>, usize) {
        if self.c(at) == Some('Z') {
            return (Some(0), at + 1);
        }
        let mut i = self.blanks(at);
        let utc = ["UTC", "GMT"].iter().any(|name| name.chars().enumerate().all(|(n, c)| self.c(i + n) == Some(c)));
        let said = utc.then_some(0);
        i = if utc { i + 3 } else { i };
        let side = match self.c(i) {
            Some('+') => 1,
            Some('-' | '−') => -1,
            _ => return (said, if utc { i } else { at }),
        };
        let none = (said, if utc { i } else { at });
        let Some(hours) = self.digits(i + 1).filter(|d| matches!(d.length, 1 | 2 | 4)) else { return none };
        let minutes = self.digits(hours.end + 1).filter(|d| d.length == 2 && self.c(hours.end) == Some(':'));
        // Behind a blank a number with a sign may be one of its own.
        if !utc && i > at && (minutes.is_none() || hours.length != 2) {
            return none;
        }
        let (hour, minute) = if hours.length == 4 { (hours.value / 100, hours.value % 100) } else { (hours.value, 0) };
        let minute = minutes.map_or(minute, |d| d.value);
        let offset = i32::try_from(hour * 3600 + minute * 60).ok().filter(|_| hour < 26 && minute < 60);
        (offset.map(|offset| side * offset), minutes.map_or(hours.end, |d| d.end))
    }
}

fn year(digits: Digits) -> Option<i32> {
    (digits.length == 4 && (1900..2200).contains(&digits.value))
        .then_some(digits.value)
        .and_then(|y| i32::try_from(y).ok())
}

fn month_number(digits: Digits) -> Option<u8> {
    u8::try_from(digits.value).ok().filter(|m| (1..=12).contains(m) && digits.length <= 2)
}

fn day_number(digits: Digits) -> Option<u8> {
    u8::try_from(digits.value).ok().filter(|d| (1..=31).contains(d) && digits.length <= 2)
}

/// Words before a lone year, and between a label and it, that say that it is one.
const BEFORE_YEARS: &[&str] = &[
    "in",
    "since",
    "during",
    "year",
    "until",
    "till",
    "before",
    "after",
    "by",
    "early",
    "late",
    "mid",
    "from",
    "en",
    "année",
    "depuis",
    "im",
    "jahr",
    "seit",
    "anno",
    "nel",
    "año",
    "desde",
    "em",
    "ano",
    "в",
    "год",
    "года",
    "с",
    "copyright",
    "©",
    "عام",
    "سنة",
    "rok",
    "yıl",
    "w",
    "of",
    "fy",
];

/// Whether the four digits at `from..to` are a year: the word before or behind says so, or they stand alone in brackets.
pub(super) fn lone_year(glyphs: &[Glyph], from: usize, to: usize) -> Option<Date> {
    if to.checked_sub(from) != Some(4) {
        return None;
    }
    let mut value = 0i32;
    for glyph in glyphs.get(from..to)? {
        value = value * 10 + i32::from(digit(glyph.c)?);
    }
    if !(1970..2100).contains(&value) {
        return None;
    }
    let before: String =
        glyphs.get(..from)?.iter().rev().map(|g| g.c).skip_while(|c| c.is_whitespace()).take(12).collect();
    let word: String =
        before.chars().take_while(|c| c.is_alphabetic() || *c == '©').collect::<Vec<_>>().iter().rev().collect();
    let behind: String = glyphs.get(to..)?.iter().map(|g| g.c).skip_while(|c| c.is_whitespace()).take(4).collect();
    let next = behind.chars().next();
    let ends = next.is_none_or(|c| ".,;:!?)-–—]，。；：）".contains(c));
    let bracketed = before.starts_with(['(', '（']) && behind.starts_with([')', '）']);
    let told = BEFORE_YEARS.contains(&word.to_lowercase().as_str()) && (ends || word.eq_ignore_ascii_case("year"));
    let said = behind.starts_with(['年', '년']) || behind.starts_with("г.") || behind.starts_with("год");
    (told || bracketed || said).then_some(Date { year: Some(value), ..EMPTY })
}

/// Four digits of a heading that are a year in this century, with no word behind that they could count.
pub(super) fn heading_year(glyphs: &[Glyph], from: usize, to: usize) -> Option<Date> {
    let year: String = glyphs.get(from..to)?.iter().map(|g| g.c).collect();
    let year = year.parse::<i32>().ok().filter(|y| (2000..2100).contains(y))?;
    let behind = glyphs.get(to..)?.iter().map(|g| g.c).find(|c| !c.is_whitespace());
    (to - from == 4 && behind.is_none_or(|c| ")]:,-–—|".contains(c))).then_some(Date { year: Some(year), ..EMPTY })
}
