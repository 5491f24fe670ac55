//! Verdicts: what the judge said in a landing, written in one transaction with the alerts that they move.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::alerts::{self, AlertRow};
use super::artifacts::path;
use super::exclusions;
use super::index::locator;
use super::landings::content_hash;
use super::measurements::{default_of, series_key};
use super::tracks::{self, TrackRow};
use super::{Result, Store, damaged, from_json, nanos, time, to_json};
use crate::domain::artifact::display_bytes;
use crate::domain::call::BENCHMARK;
use crate::domain::series::{Direction, SeriesKey};
use crate::domain::verdict::{Began, Shift, Verdict, VerdictKind};
use crate::insight::{Evidence, Judged, Place};

/// All that the judge has to say of one landing.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Verdicts worth keeping: candidates and changes.
    pub verdicts: Vec<JudgedSeries>,
    /// How many series got which verdict, all of them.
    pub tallies: Tallies,
    /// Alerts that moved.
    pub alerts: Vec<AlertRow>,
    /// Where the detector stands with the series now.
    pub tracks: Vec<TrackRow>,
    /// How long it took, s.
    pub seconds: f64,
}

/// How many series got which verdict: those that files brought, and apart from them those of the agents' calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies<K: Ord = String> {
    pub files: BTreeMap<K, u64>,
    pub own: BTreeMap<K, u64>,
}

impl<K: Ord> Tallies<K> {
    /// Of the series of this benchmark.
    pub fn of(&mut self, benchmark: &str) -> &mut BTreeMap<K, u64> {
        if benchmark == BENCHMARK { &mut self.own } else { &mut self.files }
    }
}

/// A verdict and its series.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedSeries {
    pub series_id: i64,
    pub verdict: Verdict,
    /// The commits of the last run before and the first run after the change, where known.
    pub commits: (Option<String>, Option<String>),
}

/// What a mail would be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NewsKind {
    Fired,
    Reopened,
    Stayed,
    Grew,
    Flapping,
    Flapped,
    Reminded,
    Resolved,
}

impl NewsKind {
    const ALL: [Self; 8] = [
        Self::Fired,
        Self::Reopened,
        Self::Stayed,
        Self::Grew,
        Self::Flapping,
        Self::Flapped,
        Self::Reminded,
        Self::Resolved,
    ];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Reopened => "reopened",
            Self::Stayed => "stayed",
            Self::Grew => "grew",
            Self::Flapping => "flapping",
            Self::Flapped => "flapped",
            Self::Reminded => "reminded",
            Self::Resolved => "resolved",
        }
    }

    fn from_word(word: &str) -> rusqlite::Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| damaged(format!("news {word:?}")))
    }
}

/// A piece of news of a landing.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub alert_id: i64,
    pub kind: NewsKind,
    /// The series that the news is about.
    pub series: Vec<SeriesKey>,
}

/// Kept verdicts, as [`judged_row`] reads them.
const KEPT: &str = "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment, s.direction, v.kind, v.n, v.reason,
    v.commit_before, v.commit_after, v.before, v.after, v.n_before, v.n_after, v.effect, v.low, v.high, v.noise, v.p, v.change_index,
    v.change_ns, v.series_id, v.run_length, v.began_first, v.began_last, v.began_first_ns, v.began_last_ns
    FROM verdict v JOIN series s ON s.id = v.series_id JOIN benchmark b ON b.id = s.benchmark_id";

impl Store {
    /// Records a judgement and hands the landing to the agents, in one transaction. `now` becomes the report's time.
    pub fn record_judgement(&self, landing: i64, judgement: &Judgement, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            judgement.verdicts.iter().try_for_each(|judged| insert(tx, landing, judged))?;
            tracks::write(tx, &judgement.tracks)?;
            alerts::write(tx, Some(landing), &judgement.alerts, now)?;
            tx.execute(
                "UPDATE landing SET stage = 'agent', judged_ns = ?2, tallies = ?3, judge_s = ?4, attempts = 0, retry_ns = 0, last_error = NULL,
                     exclusion_id = (SELECT max(id) FROM exclusion)
                 WHERE id = ?1",
                params![landing, nanos(now), to_json(&judgement.tallies)?, judgement.seconds],
            )
            .map(drop)
        })
    }

    /// The kept verdicts of a landing, in the order of series identity.
    pub fn landing_verdicts(&self, landing: i64) -> Result<Vec<Judged>> {
        self.read(|tx| {
            let mut query = tx.prepare_cached(&format!("{KEPT} WHERE v.landing_id = ?1"))?;
            let mut rows = query.query([landing])?;
            let mut judged = Vec::new();
            while let Some(row) = rows.next()? {
                let mut one = judged_row(row)?;
                if let Some(shift) = &one.verdict.shift {
                    let default = default_of(tx, &one.series)?.map(|(id, _)| id);
                    one.evidence = evidence(tx, (row.get(23)?, default), landing, (one.verdict.kind, shift))?;
                }
                judged.push(one);
            }
            judged.sort_by(|a: &Judged, b| a.series.cmp(&b.series));
            Ok(judged)
        })
    }

    /// The verdict about a series that was kept last, if there is one.
    pub fn newest_verdict(&self, series: &SeriesKey) -> Result<Option<Verdict>> {
        self.read(|tx| {
            tx.prepare_cached(&format!("{KEPT} WHERE s.digest = ?1 ORDER BY v.landing_id DESC LIMIT 1"))?
                .query_row([&series.digest()[..]], judged_row)
                .optional()
                .map(|judged| judged.map(|judged| judged.verdict))
        })
    }

    /// How many series got which verdict in a landing.
    pub fn landing_tallies(&self, landing: i64) -> Result<Tallies<VerdictKind>> {
        self.read(|tx| {
            let text: Option<String> =
                tx.query_row("SELECT tallies FROM landing WHERE id = ?1", [landing], |row| row.get(0))?;
            let words: Tallies = text.map_or_else(|| Ok(Tallies::default()), |text| from_json(&text))?;
            let kinds = |words: BTreeMap<String, u64>| {
                words.into_iter().filter_map(|(word, n)| Some((VerdictKind::from_word(&word)?, n))).collect()
            };
            Ok(Tallies { files: kinds(words.files), own: kinds(words.own) })
        })
    }

    /// What a landing has to say by mail.
    pub fn landing_news(&self, landing: i64) -> Result<Vec<News>> {
        self.read(|tx| {
            let own = "SELECT alert_id, kind, series FROM news
                       WHERE landing_id = ?1 AND NOT shadow AND told_in IS NULL ORDER BY alert_id, kind";
            read_news(tx, own, landing)
        })
    }
}

/// Reads news by a query for alert, kind and digests of series.
pub(super) fn read_news(tx: &Transaction<'_>, sql: &str, bound: i64) -> rusqlite::Result<Vec<News>> {
    let mut keys = tx.prepare_cached(
        "SELECT b.name, s.case_name, s.params, s.metric, s.unit, s.environment
         FROM series s JOIN benchmark b ON b.id = s.benchmark_id WHERE s.digest = unhex(?1)",
    )?;
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query([bound])?;
    let mut news = Vec::new();
    while let Some(row) = rows.next()? {
        let digests: Vec<Option<String>> = from_json(&row.get::<_, String>(2)?)?;
        let series = digests
            .iter()
            .flatten()
            // An environment, or a benchmark of which nothing came, is no series of the index.
            .filter_map(|digest| keys.query_row([digest], |row| series_key(row, 0)).optional().transpose())
            .collect::<rusqlite::Result<_>>()?;
        let kind = NewsKind::from_word(&row.get::<_, String>(1)?)?;
        news.push(News { alert_id: row.get(0)?, kind, series });
    }
    Ok(news)
}

fn insert(tx: &Transaction<'_>, landing: i64, judged: &JudgedSeries) -> rusqlite::Result<()> {
    let verdict = &judged.verdict;
    let shift = verdict.shift.as_ref();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO verdict (landing_id, series_id, kind, n, reason, commit_before, commit_after, before, after,
             n_before, n_after, effect, low, high, noise, p, change_index, change_ns, run_length, began_first, began_last, began_first_ns,
             began_last_ns)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21, ?22, ?23)",
    )?
    .execute(params![
        landing,
        judged.series_id,
        verdict.kind.as_str(),
        verdict.n as i64,
        verdict.reason,
        judged.commits.0,
        judged.commits.1,
        shift.map(|s| s.before),
        shift.map(|s| s.after),
        shift.map(|s| s.n_before as i64),
        shift.map(|s| s.n_after as i64),
        shift.map(|s| s.effect),
        shift.map(|s| s.interval.0),
        shift.map(|s| s.interval.1),
        shift.map(|s| s.noise),
        shift.and_then(|s| s.p),
        shift.map(|s| s.change_index as i64),
        shift.map(|s| nanos(s.change_at)),
        shift.and_then(|s| s.run_length),
        shift.map(|s| s.began.first as i64),
        shift.map(|s| s.began.last as i64),
        shift.map(|s| nanos(s.began.first_at)),
        shift.map(|s| nanos(s.began.last_at)),
    ])
    .map(drop)
}

/// Where the runs stand that a verdict compared, as of the landing in which it was given: what came later, and what was excluded
/// later, changes nothing. With the series comes the one of the default branch whose older runs stand before it, if it is a branch's.
fn evidence(
    tx: &Transaction<'_>,
    (series, default): (i64, Option<i64>),
    landing: i64,
    (kind, shift): (VerdictKind, &Shift),
) -> rusqlite::Result<Evidence> {
    let counts = exclusions::counted_in("?2");
    let runs: Vec<Place> = tx
        .prepare_cached(&format!(
            "WITH judged AS (SELECT m.*, r.time_ns FROM measurement m JOIN run r ON r.id = m.run_id
                             JOIN version v ON v.id = m.version_id
                             WHERE m.series_id IN (?1, ?3) AND v.landing_id <= ?2 AND {counts})
             SELECT d.path || f.name, v.hash, l.value, j.slot FROM judged j
             JOIN version v ON v.id = j.version_id JOIN file f ON f.id = v.artifact_id
             JOIN directory d ON d.id = f.directory_id JOIN locator l ON l.id = j.locator_id
             WHERE j.series_id = ?1 OR j.time_ns < (SELECT min(time_ns) FROM judged WHERE series_id = ?1)
             ORDER BY j.time_ns, j.run_id"
        ))?
        .query_map(params![series, landing, default], |row| {
            Ok(Place {
                path: display_bytes(&path(row, 0)?),
                hash: content_hash(row.get(1)?)?,
                at: locator(row.get(2)?, row.get(3)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let change = shift.change_index.min(runs.len());
    if kind == VerdictKind::Drift {
        // The first runs of the drift against the last ones.
        let (_, drifting) = runs.split_at(change);
        let last = drifting.len().saturating_sub(shift.n_after);
        return Ok(Evidence {
            before: drifting[..shift.n_before.min(drifting.len())].to_vec(),
            after: drifting[last..].to_vec(),
        });
    }
    let (before, after) = runs.split_at(change);
    Ok(Evidence {
        before: before[before.len().saturating_sub(shift.n_before)..].to_vec(),
        after: after[..shift.n_after.min(after.len())].to_vec(),
    })
}

fn judged_row(row: &Row<'_>) -> rusqlite::Result<Judged> {
    let word: String = row.get(7)?;
    let kind = VerdictKind::from_word(&word).ok_or_else(|| damaged(format!("verdict {word:?}")))?;
    let shift = match row.get::<_, Option<f64>>(12)? {
        None => None,
        Some(before) => Some(Shift {
            before,
            after: row.get(13)?,
            n_before: row.get::<_, i64>(14)? as usize,
            n_after: row.get::<_, i64>(15)? as usize,
            effect: row.get(16)?,
            interval: (row.get(17)?, row.get(18)?),
            noise: row.get(19)?,
            p: row.get(20)?,
            change_index: row.get::<_, i64>(21)? as usize,
            change_at: time(row.get(22)?),
            run_length: row.get(24)?,
            began: Began {
                first: row.get::<_, i64>(25)? as usize,
                last: row.get::<_, i64>(26)? as usize,
                first_at: time(row.get(27)?),
                last_at: time(row.get(28)?),
            },
        }),
    };
    Ok(Judged {
        series: series_key(row, 0)?,
        direction: Direction::from_word(&row.get::<_, String>(6)?),
        verdict: Verdict { kind, n: row.get::<_, i64>(8)? as usize, shift, reason: row.get(9)? },
        commit_before: row.get(10)?,
        commit_after: row.get(11)?,
        evidence: Evidence::default(),
    })
}
