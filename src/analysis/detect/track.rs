//! A track: what the detector remembers of a series between runs, a few hundred bytes, so that a further run costs no pass over
//! the history.
//!
//! A run is [pushed](Track::push): that updates the [gate](super::gate) and says whether the history is worth a [look](Track::look). What
//! the look finds is a [`Finding`]; nothing is cut by it. The caller, who may have other series to weigh it against, [confirms](Track::confirm)
//! an alarm, and from then on the runs since the change are the segment. Same runs, same track: it is deterministic, and a track that is
//! lost is made again from the history.

use serde::{Deserialize, Serialize};

use super::cut;
use super::gate::Gate;
use super::look::{self, Evidence, Kind, Runs};
use super::noise::{Belief, Noise};
use super::scale::Scaled;
use super::segment::{LEAST, Work};
use super::split::Line;

/// Before a series is seen it is believed to be this correlated, for so many runs.
const BELIEF: Belief = Belief { rho: 0.3, weight: 40.0 };

/// Runs of the segment before for which its correlation still counts, at most, each counting half.
const INHERITED: usize = 100;

/// Segments this short are looked at with every run.
const EAGER: usize = 12;

/// The noise is measured anew when the segment has grown by this factor.
const GROWTH: f64 = 2.0;

/// After a look that found nothing, one run in so many of the segment passes unlooked at.
const PAUSE: usize = 40;

/// … unless the best split explains by this factor more than it did.
const LIVELIER: f64 = 1.2;

/// Runs after a step within which a drift the same way is still that step.
const RAMP: usize = 60;

/// Share by which a new measurement may differ and leave the sums as they are.
const NEAR: f64 = 0.15;

/// A segment that reached this many runs lets its first ones go: the level of long ago is no news.
const LONGEST: usize = 2000;
const KEPT: usize = 1000;

/// Runs for which the change that began a segment is news.
pub const YOUNG: usize = 8;

/// Goes before the bytes of a track; another number whenever the detector or what it remembers changes, so that tracks are made anew.
const FORMAT: u8 = 1;

/// Values kept for the cut at the end: the two last whole windows.
const RECENT: usize = 2 * cut::WINDOW;

/// State of the detector after some runs of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Runs taken in.
    runs: usize,
    /// First run of the segment, and of the one before.
    start: usize,
    previous: usize,
    log: bool,
    sigma: f64,
    rho: f64,
    belief_rho: f64,
    belief_weight: f64,
    /// Runs of the segment when its noise was measured, and when it was last looked at.
    measured: usize,
    looked: usize,
    /// The segment drifts, by so much from its first run to its last when that was told: its runs are held against the line, and it is told again
    /// only when it has gone [`AGAIN`] times as far.
    drifts: Option<f64>,
    /// How far the step went that began the segment.
    stepped: f64,
    /// How far values may leave the local median, and what a split must explain to be worth a look, both as of the last measurement; and
    /// what the best one explained at the last look.
    reach: f64,
    bar: f64,
    seen: f64,
    recent: Vec<f64>,
    gate: Gate,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            runs: 0,
            start: 0,
            previous: 0,
            log: true,
            sigma: 0.0,
            rho: 0.0,
            belief_rho: BELIEF.rho,
            belief_weight: BELIEF.weight,
            measured: 0,
            looked: 0,
            drifts: None,
            stepped: 0.0,
            reach: 0.0,
            bar: 0.0,
            seen: 0.0,
            recent: Vec::new(),
            gate: Gate::default(),
        }
    }
}

/// A drift is told once, and again when it has gone so many times as far.
const AGAIN: f64 = 16.0;

/// Whether a drift that was told to have gone so far has gone much further, or all the way back.
fn has_gone_on(gone: f64, told: f64) -> bool {
    let further = if gone * told > 0.0 { AGAIN } else { 1.0 };
    gone.abs() >= further * told.abs()
}

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In the segment: its places count from [`Track::segment_start`].
    pub evidence: Evidence,
    /// A known drift that bends, or the ramp of a step that was told: nothing to tell, but [`Track::confirm`] it.
    pub quiet: bool,
}

impl Track {
    /// Runs taken in.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The first run of the current segment, counted from 0.
    pub fn segment_start(&self) -> usize {
        self.start
    }

    /// The first run that a look or a verdict may ask for: while the segment is young, that of the segment before.
    pub fn wanted(&self) -> usize {
        if self.is_young() { self.previous } else { self.start }
    }

    /// Whether the segment began with a change that is still news.
    pub fn is_young(&self) -> bool {
        self.start > 0 && self.runs - self.start < YOUNG
    }

    /// The change that a look found is not confirmed: the next run is looked at again, whatever it is.
    pub fn linger(&mut self) {
        self.looked = 0;
        self.seen = 0.0;
    }

    /// A scale of the noise that this value leaves the last ones by: how many standard deviations, as far as is known without the history.
    pub fn stray(&self, value: f64) -> f64 {
        let newest = self.recent.len().saturating_sub(cut::WINDOW);
        match Scaled::at(self.log, value) {
            Some(y) if self.measured > 0 && self.sigma > 0.0 => {
                (y - cut::median_of_five(&self.recent, newest)).abs() / self.sigma
            }
            Some(y) if self.measured > 0 && self.recent.iter().all(|&before| before == y) => 0.0,
            _ => f64::INFINITY,
        }
    }

    /// The track as bytes for the store.
    ///
    /// # Errors
    /// Never for a track that came about by pushing runs.
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut bytes = vec![FORMAT];
        bytes.extend(postcard::to_allocvec(self)?);
        Ok(bytes)
    }

    /// The track of these bytes; `None` when they are of another version of the detector, or damaged: the history makes it anew.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&FORMAT, rest) = bytes.split_first()? else { return None };
        postcard::from_bytes(rest)
            .ok()
            .filter(|track: &Self| track.start <= track.runs && track.previous <= track.start)
    }

    /// The standard deviation of a run on the scale worked on, when last measured, and whether that scale is logarithmic.
    pub fn noise(&self) -> (Noise, bool) {
        (Noise { sigma: self.sigma, rho: self.rho }, self.log)
    }

    /// Takes in the next run; true when the segment should be [looked](Self::look) at before the next one. Not finite values are
    /// the caller's to keep out.
    pub fn push(&mut self, value: f64) -> bool {
        match Scaled::at(self.log, value) {
            Some(y) => self.push_scaled(y),
            None => {
                // No logarithm: from here on the segment is worked on as it is.
                self.runs += 1;
                self.measured = 0;
                self.log = false;
                self.runs - self.start >= 2 * LEAST
            }
        }
    }

    /// Whether the track works on logarithms.
    pub fn is_log(&self) -> bool {
        self.log
    }

    /// As [`push`](Self::push), for a value that is on the scale worked on already.
    pub fn push_scaled(&mut self, y: f64) -> bool {
        self.runs += 1;
        let n = self.runs - self.start;
        if self.recent.len() < RECENT {
            self.recent.push(y);
        } else {
            self.recent.copy_within(1.., 0);
            if let Some(newest) = self.recent.last_mut() {
                *newest = y;
            }
        }
        if n < 2 * LEAST {
            return false;
        }
        if n <= EAGER || self.measured == 0 || n as f64 >= GROWTH * self.measured as f64 {
            return true;
        }
        let tail = self.gather();
        let paused = n < self.looked + 1 + n / PAUSE;
        if self.drifts.is_some() {
            return !paused;
        }
        let bar = if paused { self.bar.max(self.seen * LIVELIER) } else { self.bar };
        match self.gate.gain(&tail, bar) {
            Some(gain) => {
                self.seen = gain;
                true
            }
            None => false,
        }
    }

    /// The value in the middle of the last window will not change any more: into the gate with it. Those after it are given, cut
    /// as far as is known.
    fn gather(&mut self) -> [f64; cut::HALF] {
        let Some(last) = self.recent.len().checked_sub(cut::WINDOW) else {
            return [self.recent.last().copied().unwrap_or(0.0); cut::HALF];
        };
        let middle = cut::median_of_five(&self.recent, last);
        let (low, high) =
            cut::edge(middle, cut::median_of_five(&self.recent, last.saturating_sub(cut::WINDOW)), self.reach);
        let Some(&[value, a, b]) = self.recent.last_chunk() else { return [middle; cut::HALF] };
        let within = |value: f64, low: f64, high: f64| cut::lesser(cut::greater(value, low), high);
        self.gate.push(within(value, middle - self.reach, middle + self.reach));
        [within(a, low, high), within(b, low, high)]
    }

    /// Looks at the segment: all its runs, on the scale worked on, which is logarithmic if `log`.
    pub fn look(&mut self, segment: Runs<'_>, log: bool, rate: f64, work: &mut Work) -> Option<Finding> {
        let n = segment.y.len();
        let straight: Vec<f64>;
        let segment =
            match self.drifts.filter(|told| !has_gone_on(Line::through(segment.y).slope * (n - 1) as f64, *told)) {
                None => segment,
                Some(_) => {
                    let line = Line::through(segment.y);
                    straight = segment.y.iter().enumerate().map(|(i, v)| v - line.at(i) + line.middle).collect();
                    Runs { y: &straight, ..segment }
                }
            };
        // A constant series has no noise to go by until it has moved: then what rounds it tells.
        let measures =
            self.measured == 0 || n <= EAGER || n as f64 >= GROWTH * self.measured as f64 || self.sigma < segment.floor;
        let cut_by = self.reach;
        if measures {
            let noise = Noise::of_differences(segment.y, segment.floor, &mut work.spare);
            (self.sigma, self.rho) = (noise.sigma, noise.rho);
        }
        (self.looked, self.log) = (n, log);
        let belief = Belief { rho: self.belief_rho, weight: self.belief_weight };
        let noise = Noise { sigma: self.sigma, rho: self.rho };
        let evidence = look::look(segment, noise, belief, rate, work);
        if measures {
            self.measure(segment.y, cut_by, rate, work);
        }
        let evidence = evidence?;
        let gap = evidence.after - evidence.before;
        match (evidence.kind, self.drifts) {
            (Kind::Drift, Some(told)) if !has_gone_on(gap, told) => None,
            // What does not come at once only bends the drift, and that is no news.
            (Kind::Step, drifts) => Some(Finding { quiet: drifts.is_some() && !evidence.at_once, evidence }),
            // A ramp begins as a step: that has been told.
            (Kind::Drift, drifts) => {
                let told = drifts.is_none() && n < RAMP && gap * self.stepped > 0.0;
                Some(Finding { quiet: told, evidence })
            }
        }
    }

    /// What the next runs are held against: the noise as measured just now, and the sums of the values as they were cut.
    fn measure(&mut self, y: &[f64], cut_by: f64, rate: f64, work: &Work) {
        let n = y.len();
        let is_filled = self.measured >= EAGER;
        self.measured = n;
        self.reach = cut::reach(self.sigma, self.rho);
        self.bar = (look::glance(n, rate) * self.sigma).powi(2);
        self.recent.clear();
        self.recent.extend(y.iter().skip(n.saturating_sub(RECENT)));
        // Sums of values that were cut hardly otherwise will do.
        let is_near = is_filled && (self.reach / cut_by - 1.0).abs() < NEAR;
        if n >= EAGER && !(is_near && self.drifts.is_none()) {
            self.gate.fill(&work.sums, n - cut::HALF);
        }
    }

    /// Cuts the history where `finding` says: what follows is the segment now. A drift cuts nothing; it is known from now on.
    pub fn confirm(&mut self, finding: &Finding) {
        let n = self.runs - self.start;
        let evidence = &finding.evidence;
        self.belief_rho = evidence.noise.rho;
        self.belief_weight = BELIEF.weight + n.min(INHERITED) as f64 / 2.0;
        match evidence.kind {
            Kind::Drift => self.drifts = Some(evidence.after - evidence.before),
            Kind::Step => {
                // A step out of a drift, or a bend of it, does not end it.
                let drifts = self.drifts;
                self.cut_at(self.start + evidence.index);
                self.drifts = drifts;
                self.stepped = evidence.after - evidence.before;
            }
        }
    }

    /// Lets the first runs of an overlong segment go. True when it did: the next push asks for a look.
    pub fn trim(&mut self) -> bool {
        let overlong = self.runs - self.start > LONGEST;
        if overlong {
            let drifts = self.drifts;
            self.cut_at(self.runs - KEPT);
            self.drifts = drifts;
        }
        overlong
    }

    /// Run `start` is the first of the segment from now on.
    pub fn cut_at(&mut self, start: usize) {
        self.previous = self.start;
        self.start = start.min(self.runs);
        self.drifts = None;
        self.stepped = 0.0;
        self.log = true;
        self.measured = 0;
        self.looked = 0;
        // What was seen before was another segment.
        self.seen = 0.0;
    }
}
