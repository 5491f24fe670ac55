//! Numbers in running text: where they stand, what they say, and whether a value may be written so.
//!
//! Every numeric character of every script (Unicode Nd, Nl, No) ends up in some [`Token`]: a time, a number, or a word that is
//! neither and has to be known as a whole. Nothing is skipped.

/// A stretch of text with numeric characters, in positions of the characters that were read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Time(Time),
    Number(Written),
    /// A word with numeric characters that is no number: `v1.2`, `3x`, `p95`.
    Word {
        start: usize,
        end: usize,
    },
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub start: usize,
    pub end: usize,
    /// Seconds since the Unix epoch; of a time without seconds, those of the minute's beginning.
    pub second: i64,
    /// Whether it is written to the minute only.
    pub to_the_minute: bool,
}

/// A number as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written {
    /// With its sign.
    pub start: usize,
    pub end: usize,
    pub value: f64,
    /// `+` or `-`, as written.
    pub sign: Option<char>,
    /// Its digits without sign and point: 314 for `3.14`.
    pub digits: u128,
    /// The exponent of ten of its last digit: -2 for `3.14`.
    pub last: i32,
}

/// All stretches of `text` with numeric characters, in order.
pub(super) fn scan(text: &[char]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word = 0;
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        if c.is_whitespace() {
            word = at + 1;
        }
        if !c.is_numeric() {
            at += 1;
            continue;
        }
        let token = time(text, at)
            .map(Token::Time)
            .or_else(|| number(text, at).map(Token::Number))
            .unwrap_or_else(|| self::word(text, word, at));
        at = token.end().max(at + 1);
        tokens.push(token);
    }
    tokens
}

impl Token {
    pub fn start(&self) -> usize {
        match self {
            Self::Time(time) => time.start,
            Self::Number(number) => number.start,
            Self::Word { start, .. } => *start,
        }
    }

    pub fn end(&self) -> usize {
        match self {
            Self::Time(time) => time.end,
            Self::Number(number) => number.end,
            Self::Word { end, .. } => *end,
        }
    }
}

/// The word around `at` that begins at `start`, without the marks at its ends.
fn word(text: &[char], start: usize, at: usize) -> Token {
    let blank = text.iter().skip(at).position(|c| c.is_whitespace());
    let end = blank.map_or(text.len(), |length| at + length);
    let inner = text.get(start..end).unwrap_or_default();
    let first = inner.iter().position(|c| c.is_alphanumeric()).unwrap_or(0);
    let last = inner.iter().rposition(|c| c.is_alphanumeric()).map_or(inner.len(), |last| last + 1);
    Token::Word { start: start + first, end: start + last }
}

/// Whether a number cannot begin right behind this character, because it would be a part of a word.
fn joins_before(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '/' | '\\' | '.' | ',' | '=' | '#' | '@' | '$' | '-' | '+' | ':' | '−')
}

/// The number whose first digit stands at `at`.
fn number(text: &[char], at: usize) -> Option<Written> {
    let before = |at: usize| at.checked_sub(1).and_then(|at| text.get(at)).copied();
    let sign = before(at).filter(|c| matches!(c, '+' | '-' | '−'));
    let start = at - usize::from(sign.is_some());
    if before(start).is_some_and(joins_before) {
        return None;
    }
    let digits = |from: usize| text.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let whole = digits(at);
    let mut end = at + whole;
    if whole == 0 || (whole > 1 && text.get(at) == Some(&'0')) {
        return None;
    }
    let mut last = 0;
    if text.get(end) == Some(&'.') && digits(end + 1) > 0 {
        let decimals = digits(end + 1);
        end += 1 + decimals;
        last = -i32::try_from(decimals).ok()?;
    }
    if text.get(end) == Some(&'e') {
        let signed = usize::from(matches!(text.get(end + 1), Some('-' | '+')));
        let power = digits(end + 1 + signed);
        let exponent: String = text.get(end + 1..end + 1 + signed + power)?.iter().collect();
        last = last.checked_add(exponent.parse::<i32>().ok().filter(|_| power > 0)?)?;
        end += 1 + signed + power;
    }
    if goes_on(text, end) {
        return None;
    }
    let plain: String = text.get(at..end)?.iter().collect();
    let size: f64 = plain.parse().ok().filter(|value: &f64| value.is_finite())?;
    let sign = sign.map(|c| if c == '+' { '+' } else { '-' });
    let mantissa = plain.split('e').next().unwrap_or("");
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?;
    Some(Written { start, end, value: if sign == Some('-') { -size } else { size }, sign, digits, last })
}

/// Whether the word goes on behind a number: `3x`, `1.2.3`, `2025-10`.
fn goes_on(text: &[char], end: usize) -> bool {
    match text.get(end) {
        Some(c) if c.is_alphanumeric() || matches!(c, '_' | '%') => true,
        Some('.' | ',' | '/' | '-' | '+' | ':' | '=' | '–' | '−') => {
            text.get(end + 1).is_some_and(|c| c.is_alphanumeric())
        }
        _ => false,
    }
}

/// The time that begins at `at`: `2025-10-02 21:08:57 UTC` or `2025-10-02 23:08:57 +02:00`, with or without seconds. What is written
/// without its distance from UTC is no time.
fn time(text: &[char], at: usize) -> Option<Time> {
    if at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|c| joins_before(*c)) {
        return None;
    }
    let full = shape(text, at, "0000-00-00 00:00:00 ");
    let (end, offset) = offset(text, full.or_else(|| shape(text, at, "0000-00-00 00:00 "))?)?;
    let field = |from: usize, length: usize| digits(text, at + from, length);
    let (year, month, day) = (field(0, 4)?, field(5, 2)?, field(8, 2)?);
    let (hour, minute) = (field(11, 2)?, field(14, 2)?);
    let second = if full.is_some() { field(17, 2)? } else { 0 };
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let second = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    in_range.then_some(Time { start: at, end, second, to_the_minute: full.is_none() })
}

/// Where the text ends that looks like `pattern` from `at`: a digit for each `0`, all else as it is.
fn shape(text: &[char], at: usize, pattern: &str) -> Option<usize> {
    let fits = |(c, p): (&char, char)| if p == '0' { c.is_ascii_digit() } else { *c == p };
    let end = at + pattern.len();
    text.get(at..end)?.iter().zip(pattern.chars()).all(fits).then_some(end)
}

/// The number that these digits are.
fn digits(text: &[char], from: usize, length: usize) -> Option<i64> {
    text.get(from..from + length)?.iter().collect::<String>().parse().ok()
}

/// The distance from UTC that is written at `at`, and where it ends: `UTC`, `+02:00`, `-03:30`, and with seconds, which old local times had.
fn offset(text: &[char], at: usize) -> Option<(usize, i64)> {
    let ends = |end: &usize| {
        let digit = |at: usize| text.get(at).is_some_and(|c| c.is_numeric());
        let goes_on = |c: &char| c.is_alphanumeric() || *c == ':' && digit(end + 1);
        !text.get(*end).is_some_and(goes_on)
    };
    if let Some(end) = shape(text, at, "UTC").filter(ends) {
        return Some((end, 0));
    }
    let side = match text.get(at) {
        Some('+') => 1,
        Some('-') => -1,
        _ => return None,
    };
    let full = shape(text, at + 1, "00:00:00").filter(ends);
    let end = full.or_else(|| shape(text, at + 1, "00:00").filter(ends))?;
    let (hour, minute) = (digits(text, at + 1, 2)?, digits(text, at + 4, 2)?);
    let second = if full.is_some() { digits(text, at + 7, 2)? } else { 0 };
    // Beyond what any zone has had, it is no distance from UTC.
    (hour < 26 && minute < 60 && second < 60).then_some((end, side * (hour * 3600 + minute * 60 + second)))
}

/// Days since 1970-01-01 in the Gregorian calendar (the usual count of days from a March-based year).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Written {
    /// Whether `value` may be written so: whole numbers in full, others to at least so many significant `digits`, to the unit
    /// where that is finer; in percent a tenth is enough where the place allows it. What is written with more digits must hold
    /// to the last of them.
    pub fn fits(&self, value: f64, digits: i32, to_a_tenth: bool) -> bool {
        if !value.is_finite() || (value == 0.0 && self.sign.is_some()) {
            return false;
        }
        let signs_agree = match self.sign {
            Some('+') => value > 0.0,
            Some(_) => value < 0.0,
            None => value >= 0.0,
        };
        if !signs_agree {
            return false;
        }
        let size = value.abs();
        if value.fract() == 0.0 && size < 1e15 {
            return self.value == value;
        }
        let step = if to_a_tenth && size >= 0.1 { -1 } else { step(size, digits) };
        let step = step.min(self.last.max(step - 17));
        match (steps(size, step), self.steps(step)) {
            (Some(exact), Some(own)) => exact == own,
            // Powers of ten that no integer holds: half a step either way.
            _ => (self.value - value).abs() <= 0.5 * 10f64.powi(step) * (1.0 + 1e-6),
        }
    }

    /// How many steps of `10^step` are written; `None` when that is no number of steps that fits.
    fn steps(&self, step: i32) -> Option<u128> {
        self.digits.checked_mul(10u128.checked_pow(u32::try_from(self.last.checked_sub(step)?).ok()?)?)
    }
}

/// The number of steps of `10^step` that is nearest to `size`, ties to the even one, by the exact value of the binary number:
/// `None` where the integers are too large.
fn steps(size: f64, step: i32) -> Option<u128> {
    let bits = size.to_bits();
    let exponent = i32::try_from(bits >> 52).ok()? - 1075;
    let mantissa = u128::from(bits & ((1 << 52) - 1)) | 1 << 52;
    let scaled = mantissa.checked_mul(10u128.checked_pow(u32::try_from(-step).ok()?)?)?;
    if exponent >= 0 {
        return scaled.checked_mul(1u128.checked_shl(u32::try_from(exponent).ok()?)?);
    }
    let halves = u32::try_from(-exponent).ok().filter(|halves| *halves < 126)?;
    let (below, rest, half) = (scaled >> halves, scaled & ((1 << halves) - 1), 1 << (halves - 1));
    Some(if rest > half || (rest == half && below % 2 == 1) { below + 1 } else { below })
}

/// The exponent of ten to which a value of this size must be written at least.
fn step(size: f64, digits: i32) -> i32 {
    let last = size.log10().floor() as i32 - (digits - 1);
    if (1e-6..1e15).contains(&size) { last.min(0) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Token> {
        scan(&text.chars().collect::<Vec<_>>())
    }

    fn one(text: &str) -> Written {
        match read(text).as_slice() {
            [Token::Number(number)] => *number,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn numbers_are_read_with_sign_decimals_and_exponent() {
        for (text, value, last) in [
            ("at 3 runs", 3.0, 0),
            ("(+42.9 %)", 42.9, -1),
            ("-0.05296 s.", -0.05296, -5),
            ("−7.5", -7.5, -1),
            ("5.000e-9 s", 5e-9, -12),
            ("1.2e20", 1.2e20, 19),
        ] {
            let number = one(text);
            assert_eq!((number.value, number.last), (value, last), "{text}");
        }
        assert_eq!(one("+3").sign, Some('+'));
        assert_eq!(one("− 3").sign, None);
    }

    #[test]
    fn every_numeric_character_is_in_a_token() {
        for text in [
            "p95",
            "v1.2.3",
            "3x",
            "45%",
            "2025-10-02",
            "٣",
            "Ⅷ",
            "x²",
            "½",
            "１２",
            "1,000",
            "007",
            "a-1",
            "1e",
            "1e5x",
        ] {
            assert!(matches!(read(text).as_slice(), [Token::Word { start: 0, .. }]), "{text}: {:?}", read(text));
        }
        assert!(read("no digits at all").is_empty());
    }

    #[test]
    fn times_are_seconds_since_the_epoch() {
        let Some(Token::Time(time)) = read("since 2025-08-24 05:00:39 UTC.").first().cloned() else { panic!() };
        assert_eq!((time.second, time.to_the_minute), (1_756_011_639, false));
        let Some(Token::Time(time)) = read("1970-01-01 00:01 UTC").first().cloned() else { panic!() };
        assert_eq!((time.second, time.to_the_minute), (60, true));
        assert!(!matches!(read("2025-13-24 05:00:39 UTC")[0], Token::Time(_)));
        assert!(!matches!(read("2025-11-24 05:00:39 CET")[0], Token::Time(_)));
    }

    #[test]
    fn times_of_a_zone_are_as_far_from_utc_as_they_say() {
        for (text, second, end) in [
            ("2025-08-24 07:00:39 +02:00.", 1_756_011_639, 26),
            ("2025-08-23 19:30 -09:30, and", 1_756_011_600, 23),
            ("1970-01-01 00:53:28 +00:53:28", 0, 29),
        ] {
            let Some(Token::Time(time)) = read(text).first().cloned() else { panic!("{text}: {:?}", read(text)) };
            assert_eq!((time.second, time.end), (second, end), "{text}");
        }
        for text in [
            "2025-08-24 07:00:39",
            "2025-08-24 07:00:39 +2:00",
            "2025-08-24 07:00:39 +0200",
            "2025-08-24 07:00:39 +02:00:7",
            "2025-08-24 07:00:39 +99:00",
            "2025-08-24 07:00:39 02:00",
        ] {
            assert!(!matches!(read(text)[0], Token::Time(_)), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn a_value_fits_only_as_our_reports_write_it() {
        for (text, value) in [
            ("0.1432", 0.14323),
            ("295", 294.96),
            ("12346", 12345.6),
            ("10", 9.99996),
            ("5.000e-9", 5e-9),
            ("0", 0.0),
            ("12346", 12345.5),
        ] {
            assert!(one(text).fits(value, 4, false), "{text} {value}");
        }
        for (text, value) in [
            ("0.143", 0.14323),
            ("303", 303.4),
            ("12345", 12345.6),
            ("-3", 3.0),
            ("+3", -3.0),
            ("-0", 0.0),
            ("3", 3.0006),
            ("0", 0.0001),
            ("3", f64::INFINITY),
            ("294.97", 294.96),
            ("9.609", 9.6085),
            ("12345", 12345.5),
            ("12347", 12346.5),
        ] {
            assert!(!one(text).fits(value, 4, false), "{text} {value}");
        }
        assert!(
            one("+12.4").fits(12.44, 4, true) && !one("+12").fits(12.44, 4, true) && !one("12.4").fits(12.44, 4, false)
        );
        assert!(
            one("0.143").fits(0.14323, 3, false)
                && one("304").fits(303.9, 3, false)
                && !one("303").fits(303.9, 3, false)
        );
        assert!(one("-3").fits(-3.04, 4, true) && one("+0.05123").fits(0.051232, 4, true));
    }
}
