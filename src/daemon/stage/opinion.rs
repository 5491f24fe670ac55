//! How one series is judged in a landing: by its track and its fresh values alone where these show nothing; where they might show
//! something, by the runs of its segment; and by its whole history where there is no track to go by.
//!
//! A track is no more than a short cut. It is used only if it is of the same settings, knows every run before the landing, and all that
//! is fresh is newer than what it knows; otherwise it is made anew. The same runs give the same opinion on each way, as far as the
//! detector promises that of its glance.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::analysis::detect::track::Finding;
use crate::analysis::{Opinion, Point, Subject, Track, Tuning, Work, fresh_tail, glance, judge, judge_anew};
use crate::domain::series::{Direction, SeriesKey};
use crate::store::{HistoryRun, LandingKind, LandingRow, Moment, Store, Touched, TrackRow};

/// Whoever judges the series of a landing.
pub struct Judge<'a> {
    store: &'a Store,
    landing: &'a LandingRow,
    /// A landing before this one waits still: no track knows of its runs.
    overtaking: bool,
    work: Work,
    /// How many series were judged on each way.
    pub ways: Ways,
}

/// Series by how much of their history was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ways {
    /// Nothing.
    pub at_a_glance: u64,
    /// The present segment.
    pub by_segment: u64,
    /// All of it.
    pub by_history: u64,
}

/// A judged series.
#[derive(Debug)]
pub struct Case {
    pub series_id: i64,
    pub series: SeriesKey,
    pub direction: Direction,
    pub opinion: Opinion,
    /// The values of the fresh runs that are newer than all that were known, oldest first.
    pub fresh: Vec<f64>,
    /// The time of the newest run, if there is one.
    pub newest: Option<Timestamp>,
    /// Standard deviation of a single run, relative to the level, where it is known.
    pub noise: Option<f64>,
    /// The commits of the last run surely before the shift and of the first run surely after it, where known.
    pub commits: (Option<String>, Option<String>),
    /// The track, where a finding waits to be confirmed.
    pub standing: Standing,
}

/// What is to be kept of a track.
#[derive(Debug)]
pub enum Standing {
    /// It is written as it is.
    Settled(TrackRow),
    /// What was found last may be taken back yet.
    Waiting(Box<Waiting>),
}

/// A track whose last finding waits to be confirmed.
#[derive(Debug)]
pub struct Waiting {
    track: Track,
    /// All but the state.
    row: TrackRow,
    /// Whether the state may be relied upon later.
    lasts: bool,
    /// The runs of the history from number `offset` on.
    runs: Vec<Moment>,
    offset: usize,
}

/// The end of a history, with the track that took it in.
struct Judged {
    opinion: Opinion,
    track: Track,
    runs: Vec<HistoryRun>,
    /// Number of the first of `runs` in the history.
    offset: usize,
    fresh: Vec<f64>,
}

impl<'a> Judge<'a> {
    /// The judge of a landing.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn new(store: &'a Store, landing: &'a LandingRow) -> Result<Self> {
        let overtaking = store.is_overtaking(landing.id).context("look for earlier landings")?;
        Ok(Self { store, landing, overtaking, work: Work::default(), ways: Ways::default() })
    }

    /// Judges one series.
    ///
    /// # Errors
    /// When its history cannot be read.
    pub fn series(&mut self, touched: Touched, tuning: Tuning) -> Result<Case> {
        let settings = fingerprint(&tuning);
        let unit = touched.fresh.series.unit.clone();
        let backfill = self.landing.kind == LandingKind::Backfill;
        let subject = Subject { direction: touched.fresh.direction, unit: &unit, tuning, backfill };
        let known = self.usable(&touched, settings);
        if let Some((track, row)) = &known
            && let Some(case) = self.at_a_glance(&touched, track, row)
        {
            self.ways.at_a_glance += 1;
            return Ok(case);
        }
        let judged = match known {
            Some((track, row)) => self.by_segment(&touched, track, &row, &subject)?,
            None => None,
        };
        let judged = match judged {
            Some(judged) => {
                self.ways.by_segment += 1;
                judged
            }
            None => {
                self.ways.by_history += 1;
                self.by_history(&touched, &subject)?
            }
        };
        self.case(touched, judged, settings)
    }

    /// The track of a series, if it can be relied upon.
    fn usable(&self, touched: &Touched, settings: i64) -> Option<(Track, TrackRow)> {
        let row = touched.track.as_ref()?;
        let is_of_branch = touched.fresh.series.on_default_branch().is_some();
        let knows_all = !self.overtaking && row.landing < self.landing.id && row.settings == settings;
        let is_newer = touched.fresh.runs.iter().all(|run| run.moment > row.newest);
        if is_of_branch || !knows_all || !is_newer {
            return None;
        }
        let track = Track::decode(&row.state).filter(|track| track.runs() as u64 == row.runs)?;
        Some((track, row.clone()))
    }

    /// The opinion where nothing but the fresh values is needed for it.
    fn at_a_glance(&self, touched: &Touched, track: &Track, row: &TrackRow) -> Option<Case> {
        let fresh: Vec<f64> = touched.fresh.runs.iter().map(|run| run.value).collect();
        let mut after = track.clone();
        let verdict = glance(&mut after, &fresh)?;
        // Where the segment begins stands in the row, and is not known of any other run.
        let newest = touched.fresh.runs.last().filter(|_| after.wanted() == track.wanted())?.moment;
        let state = after.encode().ok()?;
        let row = TrackRow { landing: self.landing.id, runs: after.runs() as u64, newest, state, ..row.clone() };
        let noise = relative_noise(&after, &fresh);
        Some(Case {
            noise,
            series_id: touched.fresh.series_id,
            series: touched.fresh.series.clone(),
            direction: touched.fresh.direction,
            opinion: Opinion { verdict, pending: None },
            fresh,
            newest: Some(newest.at),
            commits: (None, None),
            standing: Standing::Settled(row),
        })
    }

    /// The opinion by the runs of the segment; `None` if these are not what the track took in.
    fn by_segment(
        &mut self,
        touched: &Touched,
        mut track: Track,
        row: &TrackRow,
        subject: &Subject<'_>,
    ) -> Result<Option<Judged>> {
        let offset = track.wanted();
        let runs = self.store.segment(row, &touched.fresh.runs, self.landing.id).context("read a segment")?;
        if runs.len() != track.runs() - offset + touched.fresh.runs.len() {
            tracing::debug!(series = %touched.fresh.series, "the track does not fit its history, and is made anew");
            return Ok(None);
        }
        let points: Vec<Point> = runs.iter().map(point).collect();
        let opinion = judge(&mut track, &points, offset, subject, &mut self.work);
        let fresh = fresh_tail(&points);
        Ok(Some(Judged { opinion, track, runs, offset, fresh }))
    }

    /// The opinion by the whole history.
    fn by_history(&mut self, touched: &Touched, subject: &Subject<'_>) -> Result<Judged> {
        // A track that this landing wrote, or a later one, says nothing of the time before it.
        let earlier = touched.track.as_ref().filter(|track| track.landing < self.landing.id);
        let known = earlier.map(|track| track.newest);
        let mut runs = self.store.history(&touched.fresh, self.landing.id, known).context("read a history")?;
        // A value of another branch may be too large for this one's unit.
        runs.retain(|run| run.value.is_finite());
        let points: Vec<Point> = runs.iter().map(point).collect();
        let (track, opinion) = judge_anew(&points, subject, &mut self.work);
        let fresh = fresh_tail(&points);
        Ok(Judged { opinion, track, runs, offset: 0, fresh })
    }

    fn case(&self, touched: Touched, judged: Judged, settings: i64) -> Result<Case> {
        let Judged { opinion, track, runs, offset, fresh } = judged;
        let moments: Vec<Moment> = runs.iter().map(|run| run.moment).collect();
        let row = self.row(&touched, &track, &moments, offset, settings);
        // A later landing that was judged before this one did not know its runs; and a branch is compared with what is not its own.
        let lasts = row.landing == self.landing.id && touched.fresh.series.on_default_branch().is_none();
        let noise = relative_noise(&track, &fresh);
        let waiting = Waiting { track, row, lasts, runs: moments, offset };
        Ok(Case {
            series_id: touched.fresh.series_id,
            series: touched.fresh.series,
            direction: touched.fresh.direction,
            fresh,
            newest: runs.last().map(|run| run.moment.at),
            noise,
            commits: commits(&opinion, &runs, offset),
            standing: match opinion.pending {
                Some(_) => Standing::Waiting(Box::new(waiting)),
                None => Standing::Settled(waiting.settled(None)?),
            },
            opinion,
        })
    }

    fn row(&self, touched: &Touched, track: &Track, runs: &[Moment], offset: usize, settings: i64) -> TrackRow {
        let nothing = Moment { at: Timestamp::MIN, run: i64::MIN };
        let newest = runs.last().copied().unwrap_or(nothing);
        let known = touched.track.as_ref();
        let row = TrackRow {
            series_id: touched.fresh.series_id,
            landing: known.map_or(self.landing.id, |known| known.landing.max(self.landing.id)),
            settings,
            runs: track.runs() as u64,
            newest: known.map_or(newest, |known| known.newest.max(newest)),
            segment: nothing,
            segment_least: nothing.run,
            state: Vec::new(),
        };
        beginning(row, runs, track.wanted().saturating_sub(offset))
    }
}

/// Standard deviation of a single run, relative to the level that the newest runs show.
fn relative_noise(track: &Track, fresh: &[f64]) -> Option<f64> {
    let (noise, log) = track.noise();
    let level = if log { 1.0 } else { fresh.last()?.abs() };
    Some(noise.sigma / level).filter(|noise| noise.is_finite() && *noise > 0.0)
}

/// What is kept of the track of a series that is not judged: how far it has come. Its state must not be relied upon any more, should the
/// series be judged again.
pub fn passed_over(touched: &Touched, landing: i64) -> Option<TrackRow> {
    let known = touched.track.as_ref();
    let newest = touched.fresh.runs.last()?.moment;
    Some(TrackRow {
        series_id: touched.fresh.series_id,
        landing: known.map_or(landing, |known| known.landing.max(landing)),
        newest: known.map_or(newest, |known| known.newest.max(newest)),
        ..TrackRow::default()
    })
}

impl Waiting {
    /// The row of the track, now that it is certain what is confirmed.
    ///
    /// # Errors
    /// Never for a track that came about by judging.
    pub fn settled(mut self, confirmed: Option<&Finding>) -> Result<TrackRow> {
        if let Some(finding) = confirmed {
            self.track.confirm(finding);
            self.row = beginning(self.row, &self.runs, self.track.wanted().saturating_sub(self.offset));
        }
        if self.lasts {
            self.row.state = self.track.encode().context("encode a track")?;
        }
        Ok(self.row)
    }
}

/// The row of a track that wants the runs from index `at` on.
fn beginning(row: TrackRow, runs: &[Moment], at: usize) -> TrackRow {
    let wanted = runs.get(at..).unwrap_or_default();
    let least = wanted.iter().map(|moment| moment.run).min();
    let (segment, segment_least) = wanted.first().copied().zip(least).unwrap_or((row.segment, row.segment_least));
    TrackRow { segment, segment_least, ..row }
}

/// A hash of what a track goes by.
fn fingerprint(tuning: &Tuning) -> i64 {
    let Tuning { min_effect, false_alarms } = tuning;
    let hash = blake3::hash(&[min_effect.to_le_bytes(), false_alarms.to_le_bytes()].concat());
    let mut first = [0; 8];
    first.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
    i64::from_le_bytes(first)
}

/// A run as the judge takes it.
pub fn point(run: &HistoryRun) -> Point {
    Point { at: run.moment.at, value: run.value, std: run.std, n: run.n, fresh: run.fresh }
}

/// The commits of the last run that is surely from before the shift and of the first that is surely from after it, where the files
/// name them. The first of `runs` is number `offset`.
fn commits(opinion: &Opinion, runs: &[HistoryRun], offset: usize) -> (Option<String>, Option<String>) {
    let Some(shift) = &opinion.verdict.shift else { return (None, None) };
    let commit = |run: Option<usize>| runs.get(run?.checked_sub(offset)?)?.commit.clone();
    (commit(shift.began.first.checked_sub(1)), commit(Some(shift.began.last)))
}

#[cfg(test)]
mod tests;
