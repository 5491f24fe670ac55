//! `series`: what is known.

use anyhow::Result;
use serde_json::json;

use super::{SeriesArgs, output, setup};
use crate::store::Store;

/// Lists the known series, as a table or as one JSON object.
pub fn series(args: &SeriesArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let mut known = store.series(args.pattern.as_deref().unwrap_or(""))?;
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
    let rows: Vec<Vec<String>> = known
        .iter()
        .map(|s| {
            vec![
                s.series.benchmark.clone(),
                s.series.label(),
                s.series.metric.clone(),
                s.latest.map_or_else(String::new, |(value, _)| value.to_string()),
                s.series.unit.to_string(),
                s.runs.to_string(),
                s.direction.as_str().to_owned(),
            ]
        })
        .collect();
    let header = ["benchmark", "case", "metric", "latest", "unit", "runs", "better"];
    output::text(&output::table(&header, &rows)).map(|()| 0)
}
