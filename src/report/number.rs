//! Numbers for people: four significant digits, plain notation for ordinary magnitudes, the unit beside them.

use crate::domain::units::Unit;

/// Below this, 2^53, every whole number has a binary one of its own.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// `0.1432`, `291.2`, `12346`; whole numbers in full, powers of ten only where plain digits would be unreadable.
pub(super) fn number(value: f64) -> String {
    rounded(value, 4)
}

/// To so many significant digits.
fn rounded(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{value:.0}");
    }
    if !(1e-6..1e15).contains(&size) {
        let decimals = usize::try_from(digits - 1).unwrap_or(0);
        return format!("{value:.decimals$e}");
    }
    let decimals = (digits - 1 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The number as it stands, to the last digit.
pub(super) fn exact(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-6..1e15).contains(&size) { format!("{value:e}") } else { format!("{value}") }
}

/// A computed number to twelve significant digits: what lies beyond is the arithmetic's and not the measurement's. Large ones stand
/// to the unit, as long as a binary number holds every whole one.
pub(super) fn computed(value: f64) -> String {
    if (1e11..WHOLE).contains(&value.abs()) {
        return exact(value.round());
    }
    exact(format!("{value:.11e}").parse().unwrap_or(value))
}

/// A number with its unit: `0.1432 s`, `12.4 %`, `3`.
pub(super) fn quantity(value: f64, unit: &Unit) -> String {
    with_unit(number(value), unit)
}

/// The same in a sentence: three digits are what a reader keeps.
pub(super) fn brief(value: f64, unit: &Unit) -> String {
    if unit.as_str() == "percent" { with_unit(percent(value, 3), unit) } else { with_unit(rounded(value, 3), unit) }
}

/// The change in a sentence.
pub(super) fn brief_change(value: f64, unit: &Unit) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    let text = if unit.as_str() == "percent" { percent(value, 3) } else { rounded(value, 3) };
    with_unit(format!("{sign}{text}"), unit)
}

/// A change with its sign: `+12.4 %`, `-0.02 s`.
pub(super) fn change(value: f64, unit: &Unit) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    // A tenth of a percent is as fine as a change is known.
    let text = if unit.as_str() == "percent" { percent(value, 4) } else { number(value) };
    with_unit(format!("{sign}{text}"), unit)
}

/// To a tenth, and finer only near zero.
fn percent(value: f64, digits: i32) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return number(value);
    }
    if value.abs() < 0.1 {
        return rounded(value, digits);
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A value of one unit told in another, with four significant digits: what stands beside a plot or in a line of a terminal.
pub fn told(value: f64, own: &Unit, unit: &Unit) -> String {
    match own.convert(value, unit) {
        Some(value) => quantity(value, unit),
        None => quantity(value, own),
    }
}

/// Numbers of one column, with as many decimals each as give the middle one five significant digits, so that their points stand beneath
/// one another; whole numbers without any. What that many decimals would blot out is told by itself.
pub fn columns(values: &[f64]) -> Vec<String> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).filter(|v| v.is_finite() && *v > 0.0).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let (Some(&least), Some(&middle), Some(&most)) = (sizes.first(), sizes.get(sizes.len() / 2), sizes.last()) else {
        return values.iter().map(|value| number(*value)).collect();
    };
    let decimals = (4 - middle.log10().floor() as i32).max(0);
    if most >= 1e15 || least < 10f64.powi(-decimals) {
        return values.iter().map(|value| number(*value)).collect();
    }
    let decimals = if values.iter().all(|value| value.fract() == 0.0) { 0 } else { decimals as usize };
    let fixed: Vec<String> = values.iter().map(|value| format!("{value:.decimals$}")).collect();
    // Zeros that end all of them say nothing.
    let zeros = |text: &String| text.len() - text.trim_end_matches('0').len();
    let spare = if decimals == 0 { 0 } else { fixed.iter().map(zeros).min().unwrap_or(0).min(decimals) };
    let keep = |text: String| {
        let kept: String = text.chars().take(text.chars().count() - spare).collect();
        kept.trim_end_matches('.').to_owned()
    };
    fixed.into_iter().map(keep).collect()
}

fn with_unit(number: String, unit: &Unit) -> String {
    match unit.as_str() {
        "" | "count" => number,
        "percent" => format!("{number} %"),
        "ratio" => format!("{number} ×"),
        _ => format!("{number} {}", unit.symbol()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_and_no_powers_of_ten_for_ordinary_numbers() {
        let cases = [
            (0.14323, "0.1432"),
            (291.2345, "291.2"),
            (12345.6, "12346"),
            (77.3, "77.3"),
            (9.99996, "10"),
            (0.000012345, "0.00001234"),
            (5e-9, "5.000e-9"),
            (1_500_000.0, "1500000"),
            (-0.5, "-0.5"),
            (0.0, "0"),
            (-0.0, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::INFINITY), "not a number");
    }

    #[test]
    fn numbers_of_a_column_have_their_points_beneath_one_another() {
        assert_eq!(columns(&[0.2, 0.26, 1.5]), ["0.20", "0.26", "1.50"]);
        assert_eq!(columns(&[0.123_456_7, 12.0]), ["0.123", "12.000"]);
        assert_eq!(columns(&[3.0, 200.0]), ["3", "200"]);
        assert_eq!(columns(&[1e-9, 200.5]), ["1.000e-9", "200.5"]);
        assert_eq!(columns(&[0.0, f64::INFINITY]), ["0", "not a number"]);
        assert!(columns(&[]).is_empty());
    }

    #[test]
    fn changes_carry_their_sign_and_quantities_their_unit() {
        assert_eq!(change(12.44, &Unit::new("%")), "+12.4 %");
        assert_eq!(change(-3.0, &Unit::new("%")), "-3 %");
        assert_eq!(change(0.0, &Unit::new("s")), "0 s");
        assert_eq!(quantity(2.0, &Unit::new("count")), "2");
        assert_eq!(quantity(1.5, &Unit::new("x")), "1.5 ×");
        assert_eq!(told(12_345_678.0, &Unit::new("ns"), &Unit::new("ms")), "12.35 ms");
        assert_eq!(told(3.0, &Unit::new("us"), &Unit::new("us")), "3 µs");
        assert_eq!(computed(0.1 + 0.2), "0.3");
        assert_eq!(computed(1_825_197_161_598.0), "1825197161598");
        assert_eq!(computed(1_500_266_396_716.5), "1500266396717");
        assert_eq!(computed(-9_007_199_254_740_991.0), "-9.007199254740991e15");
        assert_eq!(exact(0.1 + 0.2), "0.30000000000000004");
    }
}
