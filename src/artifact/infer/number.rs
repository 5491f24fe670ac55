//! A cell's text to a number: `347.80us`, `1,742`, `50883,752164`, `**+34%**`, `99.16 ± 0.25 tok/s (warm)`.
//!
//! Fails by saying that the cell is text: a date, a version (`1.2.3`), a range (`10-15%`), an approximation (`~2 GB`) and
//! a dimension (`512x512`) are no numbers.

use crate::domain::units::Unit;

/// What a cell turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::artifact) enum Scan {
    Empty,
    Number(Number),
    /// NaN, infinite or too large to hold.
    NotANumber,
    Text,
}

/// A number as a cell wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::artifact) struct Number {
    pub value: f64,
    /// The unit that stands behind it.
    pub unit: Option<Unit>,
    /// What stands behind `±`.
    pub plus_minus: Option<f64>,
    /// See [`Reading::resolution`](crate::artifact::Reading::resolution).
    pub resolution: f64,
    /// Written without decimals or exponent.
    pub integer: bool,
}

impl Number {
    /// A number of a typed format, which has no text around it.
    pub fn typed(value: f64) -> Self {
        let resolution = if value.fract() == 0.0 { 0.0 } else { resolution(&value.to_string()) };
        Self { value, unit: None, plus_minus: None, resolution, integer: value.fract() == 0.0 }
    }
}

/// Units beyond the canonical ones that may follow a number.
const MORE_UNITS: &[&str] = &[
    "gb", "kb", "tb", "gib", "mib", "kib", "tib", "kbytes", "mbytes", "j", "mj", "kj", "w", "mw", "kw", "wh", "hz",
    "khz", "mhz", "ghz", "flops", "gflops", "tflops", "gflop/s", "tflop/s", "fps", "min", "mins", "minutes", "h",
    "hours", "°c", "v", "bit", "bits", "tokens", "points", "pp",
];

/// Reads a cell. `decimal_comma`: a single comma is the decimal mark even before three digits.
pub(in crate::artifact) fn scan(cell: &str, decimal_comma: bool) -> Scan {
    let text = bare(cell);
    let lower = text.to_lowercase();
    if matches!(lower.as_str(), "" | "-" | "--" | "—" | "–" | "n/a" | "na" | "none" | "null" | "nil" | "?" | "...")
    {
        return Scan::Empty;
    }
    if matches!(lower.trim_start_matches(['+', '-']), "nan" | "inf" | "infinity" | "∞" | "#div/0!") {
        return Scan::NotANumber;
    }
    if let Some(seconds) = compound_duration(&text) {
        return Scan::Number(seconds);
    }
    match leading_number(text.strip_prefix('±').unwrap_or(&text).trim_start(), decimal_comma) {
        Some((digits, rest)) => finish(&digits, rest, decimal_comma),
        None => Scan::Text,
    }
}

/// A cell without Markdown emphasis, code marks and trailing pictographs: what a number in it is looked for in, and no name.
fn bare(cell: &str) -> String {
    let text = cell.trim();
    if text.chars().all(|c| is_pictograph(c) || c.is_whitespace()) {
        // A sign of how it went is no value; any other one may be a name.
        return if text.chars().all(is_state) { String::new() } else { text.to_owned() };
    }
    let mut text = text;
    loop {
        let before = text;
        for mark in MARKS {
            if let Some(inner) = text.strip_prefix(mark).and_then(|t| t.strip_suffix(mark)) {
                text = inner.trim();
            }
        }
        text = text.trim_end_matches(|c: char| is_pictograph(c) || c.is_whitespace());
        if text == before {
            return text.replace("**", "").replace('`', "").trim().to_owned();
        }
    }
}

/// What Markdown puts around emphasis, code and what is struck out.
const MARKS: &[&str] = &["**", "__", "`", "*", "~~"];

/// A name out of Markdown, or out of a text that people write like it, without the marks around the whole of it and the signs of how
/// it went behind it. Marks inside stay, and so does what is nothing but marks: different names are never made one by that.
pub(in crate::artifact) fn unmarked(text: &str) -> String {
    let mut text = text.trim();
    loop {
        let before = text;
        for mark in MARKS {
            let inner = text.strip_prefix(mark).and_then(|t| t.strip_suffix(mark)).map(str::trim);
            if let Some(inner) = inner.filter(|inner| !inner.is_empty() && !inner.contains(mark)) {
                text = inner;
            }
        }
        let rest = text.trim_end_matches(|c: char| is_state(c) || c.is_whitespace());
        if !rest.is_empty() {
            text = rest;
        }
        if text == before {
            return text.to_owned();
        }
    }
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a sign says how it went or where it stands, as reports put it behind a name or alone into a column: ticks, crosses, warnings,
/// arrows, medals, lights. It changes from run to run; a rocket or a flame belongs to the name.
fn is_state(c: char) -> bool {
    matches!(
        c,
        '\u{2190}'
            ..='\u{21ff}'
                | '★'
                | '☆'
                | '☑'
                | '⚠'
                | '✅'
                | '✓'
                | '✔'
                | '✗'
                | '✘'
                | '❌'
                | '❎'
                | '⬅'
                | '⬆'
                | '⬇'
                | '⭐'
                | '\u{fe0f}'
                | '🏅'
                | '🏆'
                | '🥇'
                | '🥈'
                | '🥉'
                | '📈'
                | '📉'
                | '🔴'
                | '🔺'
                | '🔻'
                | '🟠'
                | '🟡'
                | '🟢'
    )
}

/// The number at the start as digits for `f64::from_str`, and what follows it.
fn leading_number(text: &str, decimal_comma: bool) -> Option<(String, &str)> {
    let unsigned = text.trim_start_matches(['+', '-', '−']);
    let sign = match text.len() - unsigned.len() {
        0 => "",
        1 if text.starts_with('+') => "",
        1 => "-",
        _ if text.starts_with('−') && text.chars().nth(1) != Some('−') => "-",
        _ => return None,
    };
    let unsigned = unsigned.trim_start();
    let end =
        unsigned.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '_' | '\'')).unwrap_or(unsigned.len());
    let (mantissa, mut rest) = unsigned.split_at(end);
    let trimmed = mantissa.trim_end_matches([',', '\'', '_']);
    if trimmed.len() < mantissa.len() || !trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let mut digits = format!("{sign}{}", separators(trimmed, decimal_comma)?);
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let signed = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
        if length > 0 {
            let end = exponent.len() - signed.len() + length;
            digits.push('e');
            digits.push_str(&exponent[..end]);
            rest = &exponent[end..];
        }
    }
    digits.parse::<f64>().ok()?;
    Some((digits, rest))
}

/// Digits with thousands separators removed and the decimal mark as a point; `None` when they are no number.
fn separators(text: &str, decimal_comma: bool) -> Option<String> {
    let text = text.replace(['_', '\''], "");
    let (dots, commas) = (text.matches('.').count(), text.matches(',').count());
    let grouped = |mark: char| {
        let mut groups = text.split(mark);
        let first = groups.next().is_some_and(|g| (1..=3).contains(&g.len()));
        let rest: Vec<usize> = groups.map(|g| g.find(['.', ',']).unwrap_or(g.len())).collect();
        first && rest.last() == Some(&3) && rest.iter().all(|n| (2..=3).contains(n))
    };
    match (dots, commas) {
        (0 | 1, 0) => Some(text),
        (0, 1) if decimal_comma || !grouped(',') => Some(text.replace(',', ".")),
        (0, _) if grouped(',') => Some(text.replace(',', "")),
        (1, _) if text.rfind(',') < text.find('.') && grouped(',') => Some(text.replace(',', "")),
        (_, 1) if text.rfind('.') < text.find(',') && grouped('.') => Some(text.replace('.', "").replace(',', ".")),
        _ => None,
    }
}

fn finish(digits: &str, rest: &str, decimal_comma: bool) -> Scan {
    let written = digits;
    let (mut rest, mut plus_minus) = (rest.trim(), None);
    if let Some(open) = rest.find('(') {
        if !rest.ends_with(')') {
            return Scan::Text;
        }
        rest = rest[..open].trim();
    }
    let (digits, rest_after) = multiplied(digits, rest);
    rest = rest_after;
    let mut unit = None;
    if let Some((before, after)) = rest.split_once('±').or_else(|| rest.split_once("+/-")) {
        let Some((spread, tail)) = leading_number(after.trim(), decimal_comma) else { return Scan::Text };
        plus_minus = spread.parse().ok().filter(|v: &f64| v.is_finite());
        let before = before.trim();
        rest = if before.is_empty() { tail.trim() } else { before };
    }
    if !rest.is_empty() {
        match unit_text(rest) {
            Some(found) => unit = Some(found),
            None => return Scan::Text,
        }
    }
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Scan::Number(Number {
            value,
            unit,
            plus_minus,
            resolution: resolution(&digits),
            integer: value.fract() == 0.0 && (!digits.contains(['.', 'e']) || &*digits != written),
        }),
        _ => Scan::NotANumber,
    }
}

/// `19.80k` is 19,800: a decimal prefix directly behind the digits, with nothing or a further unit behind a blank.
fn multiplied<'t>(digits: &'t str, rest: &'t str) -> (std::borrow::Cow<'t, str>, &'t str) {
    let power = match rest.chars().next() {
        Some('k' | 'K') => 3,
        Some('M') => 6,
        Some('G') => 9,
        Some('T') => 12,
        _ => return (digits.into(), rest),
    };
    let behind = rest.get(1..).unwrap_or_default();
    if !(behind.is_empty() || behind.starts_with([' ', '±'])) || digits.contains('e') {
        return (digits.into(), rest);
    }
    (format!("{digits}e{power}").into(), behind.trim_start())
}

/// `4m8.27s`, `1h2m3s`, `1m30s500ms` as Go and systemd write durations: seconds. One unit alone is an ordinary number with a unit.
fn compound_duration(text: &str) -> Option<Number> {
    const STEPS: [(&str, f64); 6] = [("h", 3600.0), ("ms", 1e-3), ("m", 60.0), ("s", 1.0), ("us", 1e-6), ("ns", 1e-9)];
    let (mut rest, mut total, mut parts, mut smallest) = (text, 0.0, 0, f64::INFINITY);
    if text.len() > 40 || !text.contains(['h', 'm']) {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let (digits, behind) = (rest.get(..end)?, rest.get(end..)?);
        let (name, step) = STEPS.iter().find(|(name, _)| behind.starts_with(name)).copied()?;
        if step >= smallest {
            return None;
        }
        total += digits.parse::<f64>().ok()? * step;
        (parts, smallest) = (parts + 1, step);
        rest = behind.get(name.len()..)?.trim_start();
    }
    let number = Number { value: total, unit: Some(Unit::new("s")), plus_minus: None, resolution: 0.0, integer: false };
    (parts > 1).then_some(number)
}

/// A unit that may stand behind a number or in a header's parentheses; `None` for other words.
pub(in crate::artifact) fn unit_text(text: &str) -> Option<Unit> {
    let text = text.trim().trim_end_matches('.');
    let text = &text
        .strip_suffix("/second")
        .or_else(|| text.strip_suffix("/sec"))
        .map_or_else(|| text.to_owned(), |what| format!("{what}/s"));
    if let Some(known) = Unit::known(text) {
        return Some(known);
    }
    let lower = text.to_lowercase();
    let rate = lower.contains('/')
        && lower.len() <= 24
        && lower.chars().all(|c| c.is_alphabetic() || "/%°²³·^-_ ".contains(c));
    let rate = rate && lower.split('/').all(|part| !part.trim().is_empty() && part.len() <= 14);
    (rate || MORE_UNITS.contains(&lower.as_str())).then(|| Unit::new(text))
}

/// Half a step of the last decimal place; zero when twelve or more significant digits say that nothing was rounded away.
pub(in crate::artifact) fn resolution(digits: &str) -> f64 {
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let significant = mantissa.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit).count();
    let decimals = mantissa.split_once('.').map_or(0, |(_, d)| d.len());
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if significant >= 12 {
        return 0.0;
    }
    let step = 0.5 * 10f64.powi(exponent.saturating_sub(i32::try_from(decimals).unwrap_or(i32::MAX)));
    if step.is_finite() { step } else { 0.0 }
}

/// A number in its shortest form: `40.00` is `40`, and single precision written in full (`0.800000011920929`) is `0.8`.
pub(in crate::artifact) fn shortest(value: f64) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "compared afterwards")]
    let single = value as f32;
    if single.is_finite() && f64::from(single).to_bits() == value.to_bits() {
        single.to_string()
    } else {
        value.to_string()
    }
}

/// A parameter's value: numbers in their shortest form, other text as it stands.
pub(in crate::artifact) fn canonical(text: &str) -> String {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && text.len() <= 24 && !text.starts_with('+') => {
            let short = shortest(value);
            if short.len() <= 24 { short } else { text.to_owned() }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(cell: &str) -> (f64, String) {
        match scan(cell, false) {
            Scan::Number(n) => (n.value, n.unit.map(|u| u.to_string()).unwrap_or_default()),
            other => panic!("{cell}: {other:?}"),
        }
    }

    #[test]
    fn numbers_come_with_units_and_separators() {
        assert_eq!(number("347.80us"), (347.8, "us".into()));
        assert_eq!(number("**303.9 tok/s**"), (303.9, "tok/s".into()));
        assert_eq!(number("1,742"), (1742.0, String::new()));
        assert_eq!(number("2,14,74,83,647"), (2_147_483_647.0, String::new()));
        assert_eq!(number("50883,752164"), (50_883.752_164, String::new()));
        assert_eq!(number("1.234,5"), (1234.5, String::new()));
        assert_eq!(number("+2.18 tok/s (+2.2%)"), (2.18, "tok/s".into()));
        assert_eq!(number("1.598x"), (1.598, "ratio".into()));
        assert_eq!(number("**449 ms** ✅"), (449.0, "ms".into()));
        assert_eq!(number("-1.5e-3"), (-0.0015, String::new()));
        assert_eq!(number("19.80k"), (19_800.0, String::new()));
        assert_eq!(number("1.2M req/s"), (1_200_000.0, "req/s".into()));
        assert_eq!(number("4m8.5s"), (248.5, "s".into()));
        assert_eq!(number("1h2m3s"), (3723.0, "s".into()));
        assert_eq!(number("338ms"), (338.0, "ms".into()));
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for cell in
            ["2025-10-08", "1.2.3", "~10-15%", "512x512x512", "4-bit", "3/5 runs", "100% GPU", "< 8GB", "q4_0", "7, 8"]
        {
            assert_eq!(scan(cell, false), Scan::Text, "{cell}");
        }
        assert_eq!(scan("NaN", false), Scan::NotANumber);
        assert_eq!(scan("1e400", false), Scan::NotANumber);
        assert_eq!(scan(" - ", false), Scan::Empty);
    }

    #[test]
    fn resolution_is_half_the_last_place_and_parameters_are_short() {
        assert!((resolution("0.154") - 0.0005).abs() < 1e-12);
        assert_eq!(resolution("0.15366000006906688").to_bits(), 0f64.to_bits());
        assert_eq!(canonical("40.00"), "40");
        assert_eq!(canonical("0.800000011920929"), "0.8");
        assert_eq!(canonical(" eager "), "eager");
    }

    #[test]
    fn different_names_stay_different() {
        for name in ["🚀", "🔥", "✅", "`a`b", "`a", "a**b", "``", "**", "**a** or **b**", "a 🚀", "🚀 ❤\u{fe0f}🔥"]
        {
            assert_eq!((unmarked(name), canonical(name)), (name.to_owned(), name.to_owned()));
        }
        assert_eq!(canonical("`a`"), "`a`");
        for (marked, name) in
            [("**`a`** ✅", "a"), ("***a***", "a"), (" __a b__ ", "a b"), ("~~a~~ ⚠\u{fe0f}", "a"), ("`✅`", "✅")]
        {
            assert_eq!(unmarked(marked), name);
        }
        assert_eq!((scan("✅", false), scan("🚀", false)), (Scan::Empty, Scan::Text));
    }
}
