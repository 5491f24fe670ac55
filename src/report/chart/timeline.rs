//! Where runs lie from left to right: by time, or one after the other.
//!
//! By time is the default, since a gap in the measurements is news too. Where all times are equal, or most runs would fall onto a few spots
//! because others lie far away, they are set one after the other and the ticks name their days. It cannot fail; times may also be out of
//! order, they lie where they belong then.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::domain::zone::Zone;
use crate::insight::Point;

/// Room at both ends, so that the first and the last run stand free.
const INSET: f64 = 0.02;
/// The usual gap between neighbours, as a part of the gap of evenly spread runs, below which they are crowded.
const CROWDED: f64 = 0.1;
/// Room for so many dates on a phone.
const TICKS: f64 = 3.6;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps between ticks that are a fixed time: of the clock and of days.
const CLOCK: &[i64] = &[
    1,
    2,
    5,
    10,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
];
const DAYS: &[i64] = &[1, 2, 3, 5, 7, 10, 14];
const MONTHS: &[i64] = &[1, 2, 3, 6, 12, 24, 48, 60, 120, 240, 600, 1200, 6000, 12_000, 60_000];

/// The runs' places and the ticks beneath them.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    /// For each point, 0 at the left and 1 at the right.
    places: Vec<f64>,
    pub ticks: Vec<(f64, String)>,
    /// What the axis shows.
    pub caption: String,
}

impl Timeline {
    pub fn of(points: &[Point], zone: &Zone) -> Self {
        let first = points.iter().map(|point| point.at).min().unwrap_or_default();
        let last = points.iter().map(|point| point.at).max().unwrap_or_default();
        let span = last.duration_since(first).as_secs_f64();
        if span <= 0.0 && points.len() > 1 {
            let caption = format!("runs in order, all of {}", zone.show_minute(first));
            return Self { places: in_order(points.len()), ticks: Vec::new(), caption };
        }
        if is_crowded(points, span) {
            let ticks = days_of_runs(points, zone);
            let caption = format!("runs in order, dates in {}", name_of(zone, last));
            return Self { places: in_order(points.len()), ticks, caption };
        }
        let place = |at: Timestamp| match at.duration_since(first).as_secs_f64() / span {
            part if part.is_finite() => INSET + part * (1.0 - 2.0 * INSET),
            _ => 0.5,
        };
        let (labels, caption) = match points {
            [_] => (vec![(first, zone.day(first))], format!("time in {}", name_of(zone, last))),
            _ => ticks_between(first, last, zone),
        };
        let ticks = labels.into_iter().map(|(at, label)| (place(at), label)).collect();
        Self { places: points.iter().map(|point| place(point.at)).collect(), ticks, caption }
    }

    /// The place of a point; the right end for one that is not there.
    pub fn place(&self, index: usize) -> f64 {
        self.places.get(index).copied().unwrap_or(1.0)
    }

    /// The boundary before a point: half way to the one before it, but close to its own.
    pub fn before(&self, index: usize) -> f64 {
        let own = self.place(index);
        match index.checked_sub(1).map(|before| self.place(before)) {
            Some(before) => own - ((own - before) / 2.0).clamp(0.0, INSET * 0.75),
            None => own - INSET * 0.75,
        }
    }

    /// The boundary behind a point, likewise.
    pub fn behind(&self, index: usize) -> f64 {
        let own = self.place(index);
        match self.places.get(index.saturating_add(1)) {
            Some(next) => own + ((next - own) / 2.0).clamp(0.0, INSET * 0.75),
            None => own + INSET * 0.75,
        }
    }
}

fn in_order(count: usize) -> Vec<f64> {
    let gaps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|i| INSET + i as f64 / gaps * (1.0 - 2.0 * INSET)).collect()
}

fn is_crowded(points: &[Point], span: f64) -> bool {
    let mut gaps: Vec<SignedDuration> = points.windows(2).map(gap).collect();
    gaps.sort_unstable();
    let even = span / gaps.len().max(1) as f64;
    gaps.len() > 1 && gaps.get(gaps.len() / 2).is_some_and(|middle| middle.as_secs_f64() < CROWDED * even)
}

fn gap(pair: &[Point]) -> SignedDuration {
    match pair {
        [one, next] => next.at.duration_since(one.at),
        _ => SignedDuration::ZERO,
    }
}

/// The days of a few runs; the times of the first and the last where days do not tell them apart.
fn days_of_runs(points: &[Point], zone: &Zone) -> Vec<(f64, String)> {
    let places = in_order(points.len());
    let last = points.len().saturating_sub(1);
    let labels = |parts: usize, format: &str| -> Vec<(f64, String)> {
        let chosen = (0..=parts).map(|k| last * k / parts);
        let runs = chosen.filter_map(|i| Some((*places.get(i)?, points.get(i)?.at)));
        let mut labels: Vec<(f64, String)> =
            runs.map(|(place, at)| (place, at.to_zoned(zone.tz().clone()).strftime(format).to_string())).collect();
        labels.dedup_by(|next, one| next.0 <= one.0);
        labels
    };
    let are_told_apart = |labels: &[(f64, String)]| !labels.windows(2).any(|pair| matches!(pair, [a, b] if a.1 == b.1));
    let days = labels(3, "%Y-%m-%d");
    if are_told_apart(&days) { days } else { labels(1, "%Y-%m-%d %H:%M") }
}

/// Round times from `first` to `last` with their labels, and what the axis shows.
fn ticks_between(first: Timestamp, last: Timestamp, zone: &Zone) -> (Vec<(Timestamp, String)>, String) {
    let span = last.duration_since(first).as_secs_f64();
    let fits = |step: i64| span / step as f64 <= TICKS;
    let start = first.to_zoned(zone.tz().clone());
    let same_day = zone.day(first) == zone.day(last);
    if let Some(&step) = CLOCK.iter().find(|step| fits(**step)) {
        let format = match step {
            ..MINUTE => "%H:%M:%S",
            _ if same_day => "%H:%M",
            _ => "%m-%d %H:%M",
        };
        let what = if same_day { zone.day(first) } else { "time".to_owned() };
        return (of_clock(&start, last, step, format), format!("{what} in {}", name_of(zone, last)));
    }
    let caption = format!("time in {}", name_of(zone, last));
    if let Some(&days) = DAYS.iter().find(|days| fits(**days * DAY)) {
        return (of_calendar(&start, (first, last), Span::new().days(days), "%Y-%m-%d"), caption);
    }
    let months = MONTHS.iter().copied().find(|months| fits(months.saturating_mul(30 * DAY))).unwrap_or(120_000);
    let format = if months % 12 == 0 { "%Y" } else { "%Y-%m" };
    let ticks = start_of_months(&start, months)
        .map(|start| of_calendar(&start, (first, last), Span::new().months(months), format));
    (ticks.unwrap_or_default(), caption)
}

fn of_clock(start: &Zoned, last: Timestamp, step: i64, format: &str) -> Vec<(Timestamp, String)> {
    let first = start.timestamp();
    let Ok(day) = start.start_of_day() else { return Vec::new() };
    let passed = first.duration_since(day.timestamp()).as_secs().max(0);
    let begin = passed.div_euclid(step);
    let at = |k: i64| day.timestamp().checked_add(SignedDuration::from_secs((begin + k) * step)).ok();
    let label = |at: Timestamp| (at, at.to_zoned(start.time_zone().clone()).strftime(format).to_string());
    (0..12).map_while(at).filter(|at| *at >= first && *at <= last).map(label).collect()
}

fn of_calendar(
    start: &Zoned,
    (first, last): (Timestamp, Timestamp),
    step: Span,
    format: &str,
) -> Vec<(Timestamp, String)> {
    let begin = start.start_of_day().ok();
    let days = std::iter::successors(begin, |at| at.checked_add(step).ok());
    // The first day, month or year mostly begins before the first run.
    let seen = days.take(12).filter(|at| at.timestamp() >= first && at.timestamp() <= last);
    seen.map(|at| (at.timestamp(), at.strftime(format).to_string())).collect()
}

/// The first day of the stretch of so many months that a time lies in, counted from the year zero.
fn start_of_months(at: &Zoned, months: i64) -> Option<Zoned> {
    let month = i64::from(at.year()) * 12 + i64::from(at.month()) - 1;
    let floor = month.div_euclid(months) * months;
    let year = i16::try_from(floor.div_euclid(12)).ok()?;
    let date = Date::new(year, i8::try_from(floor.rem_euclid(12) + 1).ok()?, 1).ok()?;
    date.to_zoned(at.time_zone().clone()).ok()
}

/// The zone's name for people, with how far it was from UTC at a time.
fn name_of(zone: &Zone, at: Timestamp) -> String {
    match zone.tz().iana_name() {
        Some(name) if *zone == Zone::UTC => name.to_owned(),
        name => format!("{}, UTC{}", name.unwrap_or("local time"), at.to_zoned(zone.tz().clone()).strftime("%:z")),
    }
}
