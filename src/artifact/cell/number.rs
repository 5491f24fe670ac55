//! The numbers that a text may mean.

use crate::artifact::infer::number::{Scan, scan};
use crate::domain::units::Unit;

/// Numbers of one line that are tried.
const MOST: usize = 4000;

/// Whether a number as written is `value` in `unit`.
pub(super) fn is(written: f64, value: f64, unit: &Unit) -> bool {
    let same = |a: f64| a.to_bits() == value.to_bits() || (a - value).abs() <= 1e-9 * a.abs().max(value.abs());
    let converted =
        || Unit::spellings().into_iter().any(|from| Unit::new(from).compare(written, unit).is_some_and(same));
    same(written) || converted()
}

/// What one number in a text can mean, the likeliest first: as it stands, in the unit that stands behind it, with a decimal comma, and with
/// the suffix behind it as a decimal or a binary prefix.
pub type Ways = [f64; 5];

/// What a cell can mean: the number that the parser of cells reads, with either decimal mark, and every number in it.
pub(super) fn of_cell(text: &str, unit: &Unit) -> Vec<Ways> {
    let mut found = Vec::new();
    for decimal_comma in [false, true] {
        if let Scan::Number(number) = scan(text, decimal_comma) {
            let converted = number.unit.and_then(|own| own.compare(number.value, unit)).unwrap_or(number.value);
            found.push([number.value, converted, number.value, number.value, number.value]);
            found.extend(number.plus_minus.map(|spread| [spread; 5]));
        }
    }
    found.extend(of_line(text, unit));
    found
}

/// Every number in a line.
pub(super) fn of_line(line: &str, unit: &Unit) -> Vec<Ways> {
    let mut found = Vec::new();
    for word in line.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        // `4m8.27s`, which no single number says.
        if let Scan::Number(number) = scan(word, false)
            && let Some(own) = number.unit
        {
            found.push([
                number.value,
                own.compare(number.value, unit).unwrap_or(number.value),
                number.value,
                number.value,
                number.value,
            ]);
        }
    }
    let words = found.len();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        if found.len() > MOST {
            break;
        }
        let (head, begun) = rest.split_at(start);
        let part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '\'' | ':');
        let end = begun.find(|c| !part(c)).unwrap_or(begun.len());
        let (digits, behind) = begun.split_at(end);
        let before = head.chars().next_back();
        let sign = if matches!(before, Some('-' | '−')) { "-" } else { "" };
        let digits = if before == Some('.') { format!("0.{digits}") } else { digits.to_owned() };
        let (exponent, behind) = exponent(behind);
        let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
        for (i, number) in readings(digits, exponent).into_iter().enumerate() {
            let (value, comma) = if sign.is_empty() { number } else { (-number.0, -number.1) };
            let converted = if i == 0 { in_own_unit(value, behind, unit) } else { None };
            let (decimal, binary) = multiples(behind);
            found.push([value, converted.unwrap_or(value), comma, value * decimal, value * binary]);
            // A hyphen that only joins.
            found.extend((!sign.is_empty()).then_some([-value, -value, -comma, -value * decimal, -value * binary]));
        }
        rest = behind;
    }
    // Numbers by their place first; words only repeat some of them.
    found.rotate_left(words);
    found
}

/// A number in `unit`, if it stands in a unit of that dimension itself.
fn in_own_unit(value: f64, behind: &str, unit: &Unit) -> Option<f64> {
    let word = behind.trim_start();
    let end = word.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ')' | ']' | '(')).unwrap_or(word.len());
    Unit::known(word.get(..end)?).and_then(|own| own.compare(value, unit))
}

/// The power of ten behind a number, and what follows it.
fn exponent(behind: &str) -> (&str, &str) {
    let Some(rest) = behind.strip_prefix(['e', 'E']) else { return ("", behind) };
    let signed = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let length = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
    if length == 0 {
        return ("", behind);
    }
    rest.split_at(rest.len() - signed.len() + length)
}

/// What digits with marks between them can be, each with a point and with a comma for the decimals: one number, or, where a comma or
/// colon only separates, several; `1:02.5` in seconds too.
fn readings(digits: &str, exponent: &str) -> Vec<(f64, f64)> {
    let plain = digits.replace(['_', '\''], "");
    let exponent = if exponent.is_empty() { String::new() } else { format!("e{exponent}") };
    let parse = |text: &str| format!("{text}{exponent}").parse::<f64>().ok().filter(|value| value.is_finite());
    let each = |mark: char| plain.split(mark).filter_map(|part| part.parse().ok()).map(|part: f64| (part, part));
    if plain.contains(':') {
        let parts: Option<Vec<f64>> = plain.split(':').map(|part| part.parse().ok()).collect();
        let time = parts.map(|parts| parts.iter().fold(0.0, |total, part| total * 60.0 + part));
        return time.map(|time| (time, time)).into_iter().chain(each(':')).collect();
    }
    let whole = parse(&plain.replace(',', ""));
    if !plain.contains(',') {
        return whole.map(|whole| (whole, whole)).into_iter().collect();
    }
    let comma = parse(&plain.replace('.', "").replacen(',', ".", 1));
    let last = plain.rsplit(',').next().and_then(parse);
    let whole = whole.or(comma).map(|value| (value, comma.unwrap_or(value)));
    whole.into_iter().chain(each(',')).chain(last.map(|last| (last, last))).collect()
}

/// What a suffix multiplies by, as a decimal prefix and as a binary one; 1 where it is none.
fn multiples(behind: &str) -> (f64, f64) {
    match behind.trim_start().chars().next() {
        Some('k' | 'K') => (1e3, 1024.0),
        Some('m') => (1e-3, 1e6),
        Some('M') => (1e6, 1_048_576.0),
        Some('g' | 'G') => (1e9, 1_073_741_824.0),
        Some('t' | 'T') => (1e12, 1_099_511_627_776.0),
        Some('u' | 'µ' | 'μ') => (1e-6, 1.0),
        Some('n') => (1e-9, 1.0),
        _ => (1.0, 1.0),
    }
}
