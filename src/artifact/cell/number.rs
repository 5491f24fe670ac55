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

/// What a cell can mean: the number that the parser of cells reads, with either decimal mark, and every number in it.
pub(super) fn of_cell(text: &str) -> Vec<f64> {
    let mut found = Vec::new();
    for decimal_comma in [false, true] {
        if let Scan::Number(number) = scan(text, decimal_comma) {
            found.push(number.value);
            found.extend(number.plus_minus);
        }
    }
    found.extend(of_line(text));
    found
}

/// Every number in a line, in every way that it can be read.
pub(super) fn of_line(line: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        if found.len() > MOST {
            break;
        }
        let head = rest.get(..start).unwrap_or_default();
        let begun = rest.get(start..).unwrap_or_default();
        let part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '\'' | ':');
        let end = begun.find(|c| !part(c)).unwrap_or(begun.len());
        let (digits, behind) = begun.split_at(end);
        let before = head.chars().next_back();
        let negative = matches!(before, Some('-' | '−'));
        let digits = if before == Some('.') { format!("0.{digits}") } else { digits.to_owned() };
        let (exponent, behind) = exponent(behind);
        for value in readings(digits.trim_end_matches(|c: char| !c.is_ascii_digit()), exponent) {
            let signs: &[f64] = if negative { &[1.0, -1.0] } else { &[1.0] };
            for sign in signs {
                found.push(sign * value);
                found.extend(multiples(behind).map(|multiple| sign * value * multiple));
            }
        }
        rest = behind;
    }
    found.extend(line.split_whitespace().filter_map(|word| match scan(word, false) {
        Scan::Number(number) => Some(number.value),
        _ => None,
    }));
    found
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

/// What digits with marks between them can be: a point or a comma for the decimals, the other for thousands; `1:02.5` in seconds.
fn readings(digits: &str, exponent: &str) -> Vec<f64> {
    let plain = digits.replace(['_', '\''], "");
    let exponent = if exponent.is_empty() { String::new() } else { format!("e{exponent}") };
    let parse = |text: String| format!("{text}{exponent}").parse::<f64>().ok().filter(|value| value.is_finite());
    let mut found: Vec<f64> = Vec::new();
    if plain.contains(':') {
        let parts: Option<Vec<f64>> = plain.split(':').map(|part| part.parse().ok()).collect();
        found.extend(parts.map(|parts| parts.iter().fold(0.0, |total, part| total * 60.0 + part)));
        found.extend(plain.split(':').filter_map(|part| part.parse::<f64>().ok()));
        return found;
    }
    found.extend(parse(plain.replace(',', "")));
    if plain.contains(',') {
        found.extend(parse(plain.replace('.', "").replacen(',', ".", 1)));
        found.extend(plain.split(',').filter_map(|part| part.parse::<f64>().ok()));
    }
    found
}

/// What a suffix multiplies by: decimal prefixes, and binary ones.
fn multiples(behind: &str) -> impl Iterator<Item = f64> {
    let step = match behind.trim_start().chars().next() {
        Some('k' | 'K') => 1,
        Some('m' | 'M') => 2,
        Some('g' | 'G') => 3,
        Some('t' | 'T') => 4,
        _ => 0,
    };
    [1000f64, 1024.0].into_iter().filter(move |_| step > 0).map(move |base| base.powi(step))
}
