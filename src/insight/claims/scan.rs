//! The numbers of one passage: digits, dates and number words, with units and roles; ranges joined.
//!
//! One pass from left to right; what [`names`] marks is skipped, dates go before numbers. Places are indices of the passage's glyphs.
//! Nothing can fail; a number too large for a float is not a claim.

use std::collections::HashSet;

use super::claim::{Date, Kind, Role};
use super::dates::{self, Dates};
use super::glyphs::Glyph;
use super::number::{self, Number, Style, digit};
use super::{names, nouns, ranges, roles, units, words};
use crate::domain::units::Unit;

/// What is known of the whole text.
#[derive(Debug)]
pub(super) struct Text {
    pub style: Style,
    /// Names with digits glued to them, lower-cased (`gemma3`): `Gemma 3` is the same name.
    pub names: HashSet<String>,
}

/// How a passage is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// A heading: numbers of sections are none, and four digits may be a year.
    pub heading: bool,
    /// Where the passage's own words begin, past its list number.
    pub from: usize,
    /// No prose: number words are not read.
    pub data: bool,
}

/// A number in a passage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    pub from: usize,
    pub to: usize,
    /// Past the unit and a `+`.
    pub past: usize,
    pub kind: Kind,
    pub value: f64,
    pub step: f64,
    pub decimals: u32,
    pub significant: u32,
    pub approximate: bool,
    pub unit: Option<Unit>,
    pub role: Role,
    pub noun: Option<String>,
    /// Which of the passage's numbers is the other end.
    pub partner: Option<usize>,
}

/// The numbers of `glyphs`, in order.
pub(super) fn scan(glyphs: &[Glyph], reading: Reading, text: &Text) -> Vec<Raw> {
    let masked = names::mask(glyphs);
    let dates = Dates { glyphs, day_first: text.style == Style::Comma };
    let mut scan = Scan { glyphs, masked: &masked, dates, reading, text, found: Vec::new() };
    let mut at = reading.from;
    while at < glyphs.len() && scan.found.len() <= super::MOST {
        at = scan.step(at).max(at + 1);
    }
    let mut found = scan.found;
    ranges::join(glyphs, &mut found);
    found
}

struct Scan<'a> {
    glyphs: &'a [Glyph],
    masked: &'a [bool],
    dates: Dates<'a>,
    reading: Reading,
    text: &'a Text,
    found: Vec<Raw>,
}

impl Scan<'_> {
    fn c(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|g| g.c)
    }

    fn is_masked(&self, at: usize) -> bool {
        self.masked.get(at).copied().unwrap_or(false)
    }

    fn before(&self, at: usize) -> Option<char> {
        self.c(at.checked_sub(1)?)
    }

    /// Reads what stands at `at`; past it.
    fn step(&mut self, at: usize) -> usize {
        let Some(c) = self.c(at) else { return at + 1 };
        let numeric = digit(c).is_some();
        let begins = !self.before(at).is_some_and(|before| {
            let joined = before == '_' || before.is_alphanumeric() && (numeric || !units::wide(c));
            joined && (!numeric || names::glues(before) || digit(before).is_some() || before == '_')
        });
        if !begins || !(numeric || c.is_alphabetic()) {
            return at + 1;
        }
        if let Some(to) = self.date(at) {
            return to;
        }
        if self.is_masked(at) {
            return at + 1;
        }
        if !numeric {
            return self.word(at);
        }
        match self.dates.time(at) {
            Some(time) => time.to,
            None => self.number(at),
        }
    }

    fn date(&mut self, at: usize) -> Option<usize> {
        let found = self.dates.at(at).or_else(|| self.second_day(at))?;
        let edge = at.checked_sub(1).is_some_and(|i| self.is_masked(i));
        if self.is_masked(at) && (edge || self.is_masked(found.to))
            || self.is_masked(found.to.saturating_sub(1)) && self.is_masked(found.to)
        {
            return None;
        }
        self.push_date(found.from, found.to, found.date);
        Some(found.to)
    }

    /// The `18, 2025` of `October 8-18, 2025`.
    fn second_day(&self, at: usize) -> Option<dates::Found> {
        let last = self.found.last()?;
        let Kind::Date(Date { month: Some(month), day: Some(_), year: None, .. }) = last.kind else { return None };
        let between = self.glyphs.get(last.to..at)?;
        let dash = between.iter().any(|g| matches!(g.c, '-' | '–' | '—'));
        let only = between.iter().all(|g| g.c.is_whitespace() || matches!(g.c, '-' | '–' | '—'));
        (dash && only && between.len() <= 3).then(|| self.dates.day(at, month)).flatten()
    }

    fn push_date(&mut self, from: usize, to: usize, date: Date) {
        let Some(year) = date.year.or(date.month.map(|_| 0)) else { return };
        let told = roles::tell(self.glyphs, from, to, None);
        self.found.push(Raw {
            from,
            to,
            past: to,
            kind: Kind::Date(date),
            value: f64::from(year),
            step: 1.0,
            decimals: 0,
            significant: 4,
            approximate: told.approximate,
            unit: None,
            role: Role::Point,
            noun: None,
            partner: None,
        });
    }

    fn word(&mut self, at: usize) -> usize {
        let Some(worded) = words::at(self.glyphs, at).filter(|_| !self.reading.data && !self.reading.heading) else {
            return at + 1;
        };
        let unit = units::behind(self.glyphs, worded.end);
        let past = unit.as_ref().map_or(worded.end, |(_, end)| *end);
        let unit = unit.map(|(unit, _)| unit);
        let told = roles::tell(self.glyphs, at, past, unit.as_ref());
        let role = if worded.role == Role::Point { told.role } else { worded.role };
        self.found.push(Raw {
            from: at,
            to: worded.end,
            past,
            kind: Kind::Word,
            value: worded.value,
            step: if worded.value.fract() == 0.0 { 1.0 } else { 0.1 },
            decimals: 0,
            significant: 1,
            approximate: told.approximate || worded.role != Role::Point,
            noun: unit.is_none().then(|| nouns::whole(self.glyphs, worded.end)).flatten(),
            unit,
            role,
            partner: None,
        });
        past
    }

    fn number(&mut self, at: usize) -> usize {
        let Some(mut number) = number::read(self.glyphs, at, self.text.style) else { return self.skip_digits(at) };
        if number.broken || self.is_masked(number.end.saturating_sub(1)) {
            return number.end;
        }
        if self.enumerates(at, &number) || self.is_ordinal(number.end) {
            return number.end;
        }
        if let Some(date) = number.plain.then(|| self.year(at, number.end)).flatten() {
            self.push_date(at, number.end, date);
            return number.end;
        }
        let known = |name: &str| self.text.names.contains(name);
        let unit = self.unit(at, number.end);
        if unit.as_ref().is_none_or(|(_, end)| *end == number.end)
            && names::completes(self.glyphs, at, number.end, &known)
            && !self.counts(at, number.end)
        {
            return number.end;
        }
        if unit.is_none() && self.glued(number.end) {
            return self.multiplied(at, &mut number);
        }
        self.push(at, &number, number.end, unit)
    }

    /// A product's name before a count (`CSV 28 files`) is no version.
    fn counts(&self, _at: usize, to: usize) -> bool {
        nouns::counted(self.glyphs, to).is_some_and(|noun| noun.to_lowercase().ends_with("files"))
    }

    fn skip_digits(&self, mut at: usize) -> usize {
        while self.c(at).and_then(digit).is_some() {
            at += 1;
        }
        at
    }

    /// Letters or a word glued by a hyphen follow, which are no unit: `64-bit`, `1ricies`.
    fn glued(&self, end: usize) -> bool {
        match self.c(end) {
            Some('-' | '‑') => self.c(end + 1).is_some_and(|c| names::glues(c) || c == '_'),
            Some(c) => names::glues(c) || c == '_',
            None => false,
        }
    }

    /// `12k`.
    fn multiplied(&mut self, at: usize, number: &mut Number) -> usize {
        let word: String = self
            .glyphs
            .get(number.end..)
            .unwrap_or_default()
            .iter()
            .map(|g| g.c)
            .take_while(|c| c.is_alphabetic())
            .take(4)
            .collect();
        let Some(factor) = names::multiplier(&word) else { return number.end };
        number.value *= factor;
        number.step *= factor;
        let past = number.end + word.chars().count();
        let unit = units::behind(self.glyphs, past);
        self.push(at, number, past, unit)
    }

    /// The unit behind, or the sign of one before (`$15`, `%15`).
    fn unit(&self, at: usize, end: usize) -> Option<(Unit, usize)> {
        if let Some(found) = units::behind(self.glyphs, end) {
            return Some(found);
        }
        let sign = match self.before(at) {
            Some('$') => "USD",
            Some('€') => "EUR",
            Some('%' | '٪') => "percent",
            _ => return None,
        };
        Some((Unit::new(sign), end))
    }

    fn push(&mut self, at: usize, number: &Number, mut end: usize, unit: Option<(Unit, usize)>) -> usize {
        let (negative, from) = self.sign(at);
        let (mut value, mut step) = (number.value, number.step);
        let mut unit = unit;
        if unit.is_none()
            && let Some((factor, past)) = words::multiplier(self.glyphs, end)
        {
            (value, step, end) = (value * factor, step * factor, past);
            unit = units::behind(self.glyphs, end);
        }
        let plus = self.c(end) == Some('+');
        if unit.is_none() && plus {
            unit = units::behind(self.glyphs, end + 1);
        }
        let mut past = unit.as_ref().map_or(end, |(_, past)| *past).max(end);
        let mut unit = unit.map(|(unit, _)| unit);
        if unit.is_none()
            && let Some(times) = nouns::times(self.glyphs, past)
        {
            (unit, past) = (Some(Unit::new("ratio")), times);
        }
        let told = roles::tell(self.glyphs, from, past, unit.as_ref());
        let plus_minus = self.before(from) == Some('±') || self.c(from) == Some('±');
        let mut role = if plus_minus { Role::Change } else { told.role };
        if role == Role::Point && self.c(from) == Some('+') && unit.is_some() {
            role = Role::Up;
        }
        let role_before_plus = if plus { Role::AtLeast } else { role };
        let percent = unit.as_ref().is_some_and(|unit| unit.as_str() == "percent");
        let after = if plus { past.max(end + 1) } else { past };
        let noun = match unit {
            None => nouns::counted(self.glyphs, after),
            Some(_) if percent => nouns::whole(self.glyphs, after),
            Some(_) => None,
        };
        let share =
            percent && role_before_plus == Role::Point && roles::shares(self.glyphs, from, past, noun.is_some());
        if !value.is_finite() {
            return past;
        }
        self.found.push(Raw {
            from,
            to: number.end,
            past,
            kind: Kind::Quantity,
            value: if negative { -value } else { value },
            step,
            decimals: number.decimals,
            significant: number.significant,
            approximate: told.approximate || plus,
            unit,
            role: if share { Role::Share } else { role_before_plus },
            noun,
            partner: None,
        });
        past
    }

    /// Whether the number is negative, and where it begins with its sign.
    fn sign(&self, at: usize) -> (bool, usize) {
        let Some(sign) = self.before(at).filter(|c| matches!(c, '-' | '−' | '+')) else { return (false, at) };
        let free = at
            .checked_sub(2)
            .and_then(|i| self.c(i))
            .is_none_or(|c| c.is_whitespace() || "([{:=|,;/~<>≈\"'“（：±".contains(c));
        if free { (sign != '+', at - 1) } else { (false, at) }
    }

    /// `1. First`, `(2) second`: the number of an item in running text.
    fn enumerates(&self, at: usize, number: &Number) -> bool {
        if !number.plain || number.digits > 2 {
            return false;
        }
        let mark = self.c(number.end);
        let blank = self.c(number.end + 1).is_some_and(char::is_whitespace);
        let next =
            self.glyphs.get(number.end + 1..).unwrap_or_default().iter().map(|g| g.c).find(|c| !c.is_whitespace());
        let lead = self.glyphs.get(..at).unwrap_or_default().iter().rev().map(|g| g.c).find(|c| !c.is_whitespace());
        let begins =
            at == self.reading.from || lead.is_none_or(|c| ".:;!?。：；\n".contains(c)) || self.ends_with_escape(at);
        let item = matches!(mark, Some('.' | ')'))
            && blank
            && begins
            && next.is_some_and(|c| c.is_alphabetic() || "\"“'`".contains(c));
        let opened = self.before(at) == Some('(') && mark == Some(')');
        let outer = at.checked_sub(1).map_or(at, |i| i);
        let lead = self.glyphs.get(..outer).unwrap_or_default().iter().rev().map(|g| g.c).find(|c| !c.is_whitespace());
        item && self.has_next(at, number.end)
            || opened && lead.is_none_or(|c| ":;,.".contains(c)) && next.is_some_and(char::is_lowercase)
    }

    /// A `101.` that ends a sentence behind a colon (`Total: 101. The`) is a value; an item's number begins a line or follows a full stop.
    fn has_next(&self, at: usize, _end: usize) -> bool {
        let lead = self.glyphs.get(..at).unwrap_or_default().iter().rev().map(|g| g.c).find(|c| *c != ' ');
        at == self.reading.from || lead.is_none_or(|c| ".;!?。\n".contains(c)) || self.ends_with_escape(at)
    }

    /// `\n` written out, as in strings of JSON.
    fn ends_with_escape(&self, at: usize) -> bool {
        let before = |n: usize| at.checked_sub(n).and_then(|i| self.c(i));
        before(1) == Some('n') && before(2) == Some('\\')
    }

    fn is_ordinal(&self, end: usize) -> bool {
        let hyphen = usize::from(matches!(self.c(end), Some('-')));
        let word: String = self
            .glyphs
            .get(end + hyphen..)
            .unwrap_or_default()
            .iter()
            .map(|g| g.c)
            .take_while(|c| c.is_alphabetic())
            .take(5)
            .collect();
        !word.is_empty() && names::ordinal(&word)
    }

    fn year(&self, from: usize, to: usize) -> Option<Date> {
        let lone = dates::lone_year(self.glyphs, from, to);
        lone.or_else(|| self.reading.heading.then(|| dates::heading_year(self.glyphs, from, to)).flatten())
    }
}
