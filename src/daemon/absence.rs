//! The listener: misses benchmarks that fall silent, by the clock, where `[[absence]]` asks for it.
//!
//! It looks when runs came, when a silence becomes too long, and when the configuration changes; in between it costs one look-up a second.
//! Nothing is missed before all that lay there at the start has been read: what came while nobody was up is heard then. Time that a
//! step of the clock made, or took, is no silence. What it has to say goes to the alerts as signals; a failure is told once and tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::READY;
use super::context::{Context, Settings};
use super::stage::alerting;
use super::worker::Kit;
use super::{idle, orphans};
use crate::analysis::absence::{After, Rhythm, Silence, evaluate, is_step, reason, rhythm};
use crate::analysis::alerts::{Evidence, Gap, Says, Signal};
use crate::clock::Stopwatch;
use crate::domain::alert::AlertKind;
use crate::domain::series::{Direction, SeriesKey};
use crate::store::{Heard, Stage};

/// How often is looked whether there is anything to look at.
const LOOK: Duration = Duration::from_secs(1);
/// A rhythm is taken from so much of the past, or from so many runs if that holds fewer.
const WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);
const LEAST: usize = 21;
/// Runs that are looked at, at most: one a minute in the window.
const MOST: usize = 100_000;

/// Listens until the daemon stops.
///
/// # Errors
/// When a unit of the index panicked.
pub async fn listen(mut kit: Kit) -> Result<()> {
    let mut listener = Listener::default();
    while !*kit.stopping.borrow() {
        let context = kit.context.clone();
        let looked = spawn_blocking(move || {
            let looked = listener.look(&context);
            (listener, looked)
        });
        let looked = looked.await.context("the listener broke")?;
        listener = looked.0;
        match looked.1 {
            Ok(true) => kit.bells.of(Stage::Report).notify_one(),
            Ok(false) => {}
            Err(failure) => listener.tell(&failure),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// What a single pass has to say, all files having been read. Says whether there is news to be mailed.
///
/// # Errors
/// When the index cannot be read or written.
pub fn check(context: &Context) -> Result<bool> {
    let (settings, now) = (context.settings(), context.clock.now());
    orphans::end(context, &settings, now)?;
    Listener::default().assess(context, &settings, now)
}

/// What is remembered between looks; none of it must survive.
#[derive(Default)]
struct Listener {
    /// Since the first scan was over.
    ready: Option<Stopwatch>,
    /// The last look, by the wall and by a steady clock.
    last: Option<(Timestamp, Stopwatch)>,
    /// When time was last lost or gained.
    deaf: Option<Timestamp>,
    /// The settings and the newest run of the last look, and when the next silence becomes too long.
    settings: Option<Arc<Settings>>,
    seen: Option<i64>,
    /// The newest series when it was last looked which tables hold for nothing.
    series: Option<i64>,
    /// Since when these settings are in force: what falls silent while all is yet to be read is missed too.
    since: Option<Timestamp>,
    next: Option<Timestamp>,
    rhythms: BTreeMap<(i64, String), (u64, Option<Rhythm>)>,
    /// The failure that was told.
    told: Option<String>,
}

impl Listener {
    /// Looks, if there is reason to. Says whether there is news to be mailed.
    fn look(&mut self, context: &Context) -> Result<bool> {
        let (settings, now) = (context.settings(), context.clock.now());
        self.watch_clock(now);
        if !self.settings.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &settings)) {
            orphans::end(context, &settings, now)?;
            (self.settings, self.seen, self.since) = (Some(Arc::clone(&settings)), None, Some(now));
            self.series = None;
        }
        self.tell_idle(context, &settings, now)?;
        if settings.kept.absences.is_empty() {
            // Whoever asks again later means from then on.
            if self.seen.is_none() {
                context.store.listen(&[], now).context("forget what was listened to")?;
                self.seen = Some(0);
            }
            return Ok(false);
        }
        if !self.has_heard_all(context, &settings)? {
            return Ok(false);
        }
        let newest = context.store.newest_run()?;
        if self.seen == Some(newest) && self.next.is_none_or(|next| now <= next) {
            return Ok(false);
        }
        let news = self.assess(context, &settings, now)?;
        self.seen = Some(newest);
        self.told = None;
        Ok(news)
    }

    /// Says which tables hold for nothing, when they or the series have changed and all that has come is read.
    fn tell_idle(&mut self, context: &Context, settings: &Settings, now: Timestamp) -> Result<()> {
        let newest = context.store.newest_series()?;
        if self.series != Some(newest) && self.has_heard_all(context, settings)? {
            idle::tell(context, settings, now)?;
            self.series = Some(newest);
        }
        Ok(())
    }

    /// Notices steps of the clock.
    fn watch_clock(&mut self, now: Timestamp) {
        if let Some((at, watch)) = self.last {
            let steady = SignedDuration::try_from(watch.elapsed()).unwrap_or(SignedDuration::MAX);
            if is_step(now.duration_since(at), steady) {
                info!("the clock was stepped from {at} to {now}: silences count from now on");
                (self.deaf, self.seen) = (Some(now), None);
            }
        }
        self.last = Some((now, Stopwatch::start()));
    }

    /// Whether all that lay there when the daemon began has been read.
    fn has_heard_all(&mut self, context: &Context, settings: &Settings) -> Result<bool> {
        if self.ready.is_none() && context.store.meta(READY)?.is_some_and(|pid| pid == std::process::id().to_string()) {
            self.ready = Some(Stopwatch::start());
        }
        // What the first scan found settles and lands within that time.
        let landed = settings.watch.settle.saturating_add(settings.watch.max_age);
        Ok(self.ready.is_some_and(|ready| ready.elapsed() >= landed) && !context.store.has_unread()?)
    }

    /// Holds every benchmark that somebody would miss against the clock.
    fn assess(&mut self, context: &Context, settings: &Settings, now: Timestamp) -> Result<bool> {
        let heard = context.store.heard().context("read when benchmarks were heard of")?;
        let missed = |heard: &Heard| settings.kept.after(&heard.benchmark).is_some() && !heard.is_branch();
        let heard: Vec<Heard> = heard.into_iter().filter(missed).collect();
        let begin = self.since.unwrap_or(now);
        let since = context.store.listen(&heard, begin).context("note what is listened to")?;
        self.next = None;
        let mut signals = Vec::new();
        for one in &heard {
            let watched = since.get(&one.key()).copied().unwrap_or(begin);
            signals.extend(self.signal(context, settings, one, watched, now)?);
        }
        self.rhythms.retain(|key, _| since.contains_key(key));
        if signals.is_empty() {
            return Ok(false);
        }
        alerting::by_clock(context, &signals, now)
    }

    fn signal(
        &mut self,
        context: &Context,
        settings: &Settings,
        heard: &Heard,
        watched: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Signal>> {
        let rhythm = self.rhythm(context, heard, now)?;
        let patience = match settings.kept.after(&heard.benchmark) {
            Some(After::Fixed(after)) => after,
            Some(After::Auto) => match rhythm {
                Some(rhythm) => rhythm.patience,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let (says, reason) = match evaluate(heard.at, patience, watched, self.deaf, now) {
            Silence::Over => return Ok(None),
            Silence::Expected { until } => {
                self.next = Some(self.next.map_or(until, |next| next.min(until)));
                (Says::Good, "it has reported again".to_owned())
            }
            Silence::Missing { due } => {
                let cadence = rhythm.map_or(patience, |rhythm| rhythm.usual).as_secs_f64();
                let gap = Gap { last_run: heard.at, cadence, missing_since: due };
                (Says::Confirmed(Evidence::Absence(gap)), reason(heard.at, patience, rhythm.as_ref()))
            }
        };
        let series = SeriesKey {
            benchmark: heard.benchmark.clone(),
            environment: heard.environment.clone(),
            ..SeriesKey::default()
        };
        Ok(Some(Signal {
            kind: AlertKind::Absence,
            series,
            direction: Direction::Neutral,
            says,
            fresh: Vec::new(),
            newest: None,
            reason,
            shadow: false,
            noise: None,
        }))
    }

    /// The rhythm of a benchmark, as of its newest run.
    fn rhythm(&mut self, context: &Context, heard: &Heard, now: Timestamp) -> Result<Option<Rhythm>> {
        let key = heard.key();
        if let Some((_, rhythm)) = self.rhythms.get(&key).filter(|(runs, _)| *runs == heard.runs) {
            return Ok(*rhythm);
        }
        let times = context.store.run_times(heard, WINDOW, (LEAST, MOST), now).context("read when runs took place")?;
        let rhythm = rhythm(&times);
        debug!(benchmark = heard.benchmark, ?rhythm, "rhythm");
        self.rhythms.insert(key, (heard.runs, rhythm));
        Ok(rhythm)
    }

    /// Tells a failure, once while it lasts.
    fn tell(&mut self, failure: &anyhow::Error) {
        let failure = format!("silences cannot be looked at: {failure:#}");
        if self.told.as_ref() != Some(&failure) {
            warn!("{failure}");
            self.told = Some(failure);
        }
    }
}
