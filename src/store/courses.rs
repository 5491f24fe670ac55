//! Courses: the newest runs of a series with where each stands, for whoever draws it or lists it.
//!
//! Asked about a landing, a course holds what counted when that landing was judged: its own values and those that came before, without the
//! runs that were excluded then. Before the runs of a branch stand the older ones of the default branch, as the judge compared them. It fails
//! as any unit of the store does; a series that is not there has no course.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::artifacts::path;
use super::exclusions::{COUNTS, counted_in};
use super::index::locator;
use super::measurements::default_of;
use super::{Result, Store, int, time, uint};
use crate::domain::artifact::display_bytes;
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;
use crate::insight::{Course, CourseRun, Point};

impl Store {
    /// The newest runs of a series, at most `most` of them, oldest first, in the series' unit: as they counted when `landing` was judged, or
    /// as they count now. `None` when the index does not know the series.
    pub fn course(&self, landing: Option<i64>, series: &SeriesKey, most: usize) -> Result<Option<Course>> {
        self.read(|tx| {
            let own: Option<(i64, Unit)> = tx
                .prepare_cached("SELECT id, unit FROM series WHERE digest = ?1")?
                .query_row([&series.digest()[..]], |row| Ok((row.get(0)?, Unit::new(&row.get::<_, String>(1)?))))
                .optional()?;
            let Some(own) = own else { return Ok(None) };
            let default = default_of(tx, series)?;
            newest(tx, series, (own, default), landing, most).map(Some)
        })
    }
}

/// The runs of a series, and those of the default branch that stand before it.
fn newest(
    tx: &Transaction<'_>,
    series: &SeriesKey,
    (own, default): ((i64, Unit), Option<(i64, Unit)>),
    landing: Option<i64>,
    most: usize,
) -> rusqlite::Result<Course> {
    let counts = landing.map_or_else(|| COUNTS.to_owned(), |_| counted_in("?2"));
    let mut query = tx.prepare_cached(&format!(
        "WITH known AS (SELECT m.*, r.time_ns, r.commit_id FROM measurement m JOIN run r ON r.id = m.run_id
                        JOIN version v ON v.id = m.version_id
                        WHERE m.series_id IN (?1, ?3) AND v.landing_id <= ?2 AND {counts}),
              newest AS (SELECT k.*, count(*) OVER () AS total FROM known k
                         WHERE k.series_id = ?1 OR k.time_ns < (SELECT min(time_ns) FROM known WHERE series_id = ?1)
                         ORDER BY k.time_ns DESC, k.run_id DESC LIMIT ?4)
         SELECT k.total, k.series_id, k.time_ns, k.value, (SELECT text FROM text WHERE id = k.commit_id),
                d.path || f.name, l.value, k.slot, k.n, k.std
         FROM newest k JOIN version v ON v.id = k.version_id JOIN file f ON f.id = v.artifact_id
         JOIN directory d ON d.id = f.directory_id JOIN locator l ON l.id = k.locator_id
         ORDER BY k.time_ns, k.run_id"
    ))?;
    let default_id = default.as_ref().map(|(id, _)| *id);
    let units: BTreeMap<i64, Unit> = [Some(own.clone()), default].into_iter().flatten().collect();
    let bounds = params![own.0, landing.unwrap_or(i64::MAX), default_id, int(most as u64)];
    let mut rows = query.query(bounds)?;
    let (mut course, mut total) = (Course::default(), 0);
    while let Some(row) = rows.next()? {
        total = uint(row.get(0)?);
        let from = units.get(&row.get(1)?).unwrap_or(&own.1);
        course.runs.extend(run(row, from, &series.unit)?);
    }
    course.left_out = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(course.runs.len());
    Ok(course)
}

/// One run in the unit of the course; `None` when its own does not convert.
fn run(row: &Row<'_>, from: &Unit, to: &Unit) -> rusqlite::Result<Option<CourseRun>> {
    let convert = |value: f64| from.convert(value, to).filter(|value| value.is_finite());
    let Some(value) = convert(row.get(3)?) else { return Ok(None) };
    let point = Point {
        at: time(row.get(2)?),
        value,
        commit: row.get(4)?,
        path: display_bytes(&path(row, 5)?),
        cell: locator(row.get(6)?, row.get(7)?).to_string(),
    };
    Ok(Some(CourseRun { point, n: uint(row.get(8)?), std: row.get::<_, Option<f64>>(9)?.and_then(convert) }))
}

#[cfg(test)]
mod tests;
