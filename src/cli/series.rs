//! `series`: what is known.

use anyhow::Result;
use serde_json::json;

use super::terminal::Terminal;
use super::{SeriesArgs, meant, output, setup};
use crate::domain::units::Unit;
use crate::store::{SeriesSummary, Store};

/// The column that gives way where a terminal is too narrow.
const CASE: usize = 1;

/// Lists the known series, as a table or as one JSON object.
pub fn series(args: &SeriesArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let mut known = store.series(|series| meant::holds(series, args.pattern.as_deref().unwrap_or("")))?;
    known.iter_mut().for_each(|one| settings.kept.overrides.direct(&one.series, &mut one.direction));
    if args.view.json {
        let series: Vec<_> = known
            .iter()
            .map(|s| {
                json!({
                    "benchmark": s.series.benchmark, "case": s.series.case, "params": s.series.params,
                    "metric": s.series.metric, "unit": s.series.unit.as_str(), "environment": s.series.environment,
                    "direction": s.direction.as_str(), "runs": s.runs, "excluded": s.excluded,
                    "latest": s.latest.map(|(value, _)| value), "latest_at": s.latest.map(|(_, at)| at.to_string()),
                })
            })
            .collect();
        return output::json(&json!({ "series": series })).map(|()| 0);
    }
    let terminal = Terminal::of_stdout();
    let rows: Vec<Vec<String>> = known
        .iter()
        .map(|s| {
            let (latest, unit) = told(s);
            vec![
                s.series.benchmark.clone(),
                s.series.label(),
                s.series.metric.clone(),
                latest.map_or_else(String::new, shown),
                terminal.spelt(unit.symbol()),
                s.runs.to_string(),
                s.direction.as_str().to_owned(),
            ]
        })
        .collect();
    let header = ["benchmark", "case", "metric", "latest", "unit", "runs", "better"];
    output::text(&output::table_within(&header, &rows, CASE, terminal)).map(|()| 0)
}

/// The newest value in the unit in which it is short to read, and that unit.
fn told(one: &SeriesSummary) -> (Option<f64>, Unit) {
    let own = &one.series.unit;
    let Some((value, _)) = one.latest else { return (None, own.clone()) };
    let unit = own.readable([value]);
    match own.convert(value, &unit) {
        Some(value) => (Some(value), unit),
        None => (Some(value), own.clone()),
    }
}

/// A value for people: whole numbers as they are, others to six significant digits, of which none before the point is lost; with a power of
/// ten where plain digits would be unreadable. The exact one is in the JSON.
fn shown(value: f64) -> String {
    const DIGITS: i32 = 6;
    let size = value.abs();
    let trimmed = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    if value != 0.0 && value.is_finite() && !(1e-6..1e15).contains(&size) {
        let text = format!("{value:.5e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", trimmed(digits));
    }
    if value.fract() == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = usize::try_from(DIGITS - 1 - size.log10().floor() as i32).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { trimmed(&text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn values_are_as_long_as_people_read_them() {
        let table = [
            (1_262_065.728_890_523_8, "1262066"),
            (1.388_894_410_999_999_9, "1.38889"),
            (0.097_190_001, "0.09719"),
            (-12.5, "-12.5"),
            (123_456.7, "123457"),
            (1e9, "1000000000"),
            (0.0, "0"),
            (0.1, "0.1"),
            (1.503_217_020_138_043_7e297, "1.50322e297"),
            (-2e15, "-2e15"),
            (1e-9, "1e-9"),
        ];
        for (value, expected) in table {
            assert_eq!(shown(value), expected);
        }
    }
}
