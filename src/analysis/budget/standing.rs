//! What the newest runs of a series say of its budgets, as signals for the alert.
//!
//! The state between landings is that of the alert's member; of the runs known before only as many are looked at as can matter.
//! Several budgets of one series are one subject: the worst of what they say counts, so that the tightest limit that is broken speaks.

use jiff::Timestamp;

use super::{Bound, Side};
use crate::analysis::Point;
use crate::analysis::alerts::{Breach, Evidence, Says, Signal};
use crate::analysis::reason::{counted, time};
use crate::domain::alert::AlertKind;
use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;

/// Runs known before that are looked at, at most.
pub const MEMORY: usize = 200;

/// What the fresh runs of `history` (by time, oldest first) say of the budgets of a series; empty when no fresh run is newer than those
/// known. `broken` is the limit, in the unit of the series, that was broken before them, if one was: that of the alert's member.
///
/// There is more than one signal only when fresh runs of a broken budget were both beyond it and within it; they are to be taken in
/// order. A budget that the fresh runs break and mend again says nothing.
pub fn signals(bounds: &[Bound<'_>], series: &SeriesKey, history: &[Point], broken: Option<f64>) -> Vec<Signal> {
    let is_broken = |bound: &Bound<'_>| broken.is_some_and(|limit| limit.to_bits() == bound.limit.to_bits());
    let said = bounds.iter().map(|bound| {
        let signals = Walk::along(bound, history, is_broken(bound)).map(|walk| walk.signals(series));
        (is_broken(bound), signals.unwrap_or_default())
    });
    let rank = |(was_broken, signals): &(bool, Vec<Signal>)| {
        let worst = signals.iter().map(weight).max();
        let effect = signals.iter().find_map(|signal| signal.evidence()?.effect()).unwrap_or(0.0).abs();
        (worst, *was_broken, effect)
    };
    let worst = said.max_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
    });
    worst.map(|(_, signals)| signals).unwrap_or_default()
}

fn weight(signal: &Signal) -> u8 {
    match signal.says {
        Says::Good | Says::Better(_) | Says::Held(_) => 0,
        Says::Unclear => 1,
        Says::Suspected(_) => 2,
        Says::Confirmed(_) => 3,
    }
}

/// A walk along the runs, to its end.
struct Walk<'a> {
    bound: &'a Bound<'a>,
    /// The runs that matter, oldest first.
    runs: Vec<&'a Point>,
    /// Whether it was broken before the fresh runs, and is after them.
    was_broken: bool,
    is_broken: bool,
    /// The newest run.
    side: Side,
    /// The last fresh run beyond the limit, and the last that had enough beyond it in a row.
    last_beyond: Option<usize>,
    last_confirmed: Option<usize>,
    /// Fresh runs within the limit by the margin since the last fresh one beyond it.
    within: Vec<f64>,
}

impl<'a> Walk<'a> {
    /// Walks along the runs that matter; `None` when no fresh run is newer than those known.
    fn along(bound: &'a Bound<'a>, history: &'a [Point], was_broken: bool) -> Option<Self> {
        let first_fresh = history.iter().rposition(|run| !run.fresh).map_or(0, |last| last + 1);
        let (known, fresh) = history.split_at_checked(first_fresh)?;
        let finite = |run: &&Point| run.value.is_finite();
        let known = known.iter().filter(finite);
        let mut runs: Vec<&Point> = known.clone().skip(known.count().saturating_sub(MEMORY)).collect();
        let fresh_from = runs.len();
        runs.extend(fresh.iter().filter(finite));
        let side = bound.side(runs.get(fresh_from..)?.last()?.value);
        let is_broken = was_broken;
        let mut walk = Self {
            bound,
            runs,
            was_broken,
            is_broken,
            side,
            last_beyond: None,
            last_confirmed: None,
            within: Vec::new(),
        };
        walk.walk(fresh_from);
        Some(walk)
    }

    fn walk(&mut self, fresh_from: usize) {
        let (mut beyond, mut within) = (0, 0);
        for (at, run) in self.runs.iter().enumerate() {
            let side = self.bound.side(run.value);
            beyond = if side == Side::Beyond { beyond + 1 } else { 0 };
            within = match side {
                Side::Beyond => 0,
                Side::Between => within,
                Side::Within => within + 1,
            };
            if at < fresh_from {
                continue;
            }
            let confirmed = beyond >= self.bound.budget.runs.max(1);
            self.is_broken = if self.is_broken { within < self.bound.budget.recover.max(1) } else { confirmed };
            match side {
                Side::Beyond => {
                    self.last_beyond = Some(at);
                    self.last_confirmed = if confirmed { Some(at) } else { self.last_confirmed };
                    self.within.clear();
                }
                Side::Between => {}
                Side::Within => self.within.push(run.value),
            }
        }
    }

    fn signals(&self, series: &SeriesKey) -> Vec<Signal> {
        let mut signals = Vec::new();
        let good = || self.signal(series, Says::Good, "within the budget".to_owned());
        match (self.was_broken, self.is_broken) {
            (false, false) => match self.last_beyond.filter(|_| self.side == Side::Beyond) {
                Some(at) => signals.extend(self.bad(series, at, false)),
                None => signals.push(good()),
            },
            // Those within the limit since are counted from the next landing on: first people hear of it.
            (false, true) => signals.extend(self.last_confirmed.and_then(|at| self.bad(series, at, true))),
            (true, _) => {
                let (at, confirmed) = match (self.last_confirmed, self.last_beyond) {
                    (Some(at), _) => (Some(at), true),
                    (None, at) => (at, false),
                };
                signals.extend(at.and_then(|at| self.bad(series, at, confirmed)));
                if !self.within.is_empty() {
                    signals.push(good());
                } else if signals.is_empty() {
                    signals.push(self.signal(series, Says::Unclear, "between the budget and its margin".to_owned()));
                }
            }
        }
        signals
    }

    /// The signal of the row of runs beyond the limit that ends with run `end`.
    fn bad(&self, series: &SeriesKey, end: usize, confirmed: bool) -> Option<Signal> {
        let row = Row::ending(self, end)?;
        let budget = self.bound.budget;
        let breach = Breach {
            limit: self.bound.limit,
            value: row.held,
            began: row.began,
            at: row.held_at,
            run: None,
            recover: u32::try_from(budget.recover).unwrap_or(u32::MAX),
        };
        let reason = row.reason(self.bound, &series.unit, confirmed);
        let evidence = Evidence::Budget(breach);
        Some(self.signal(series, if confirmed { Says::Confirmed(evidence) } else { Says::Suspected(evidence) }, reason))
    }

    fn signal(&self, series: &SeriesKey, says: Says, reason: String) -> Signal {
        Signal {
            kind: AlertKind::Budget,
            series: series.clone(),
            direction: self.bound.direction(),
            fresh: if matches!(says, Says::Good) { self.within.clone() } else { Vec::new() },
            says,
            newest: None,
            reason,
            shadow: false,
            noise: None,
        }
    }
}

/// Runs in a row beyond the limit.
struct Row {
    runs: usize,
    began: Timestamp,
    worst: f64,
    /// What all of the last runs that confirm reached: the mildest of them, so that a single spike does not speak for the row.
    held: f64,
    held_at: Timestamp,
}

impl Row {
    fn ending(walk: &Walk<'_>, end: usize) -> Option<Self> {
        let until = walk.runs.get(..=end)?;
        let runs = until.iter().rev().take_while(|run| walk.bound.side(run.value) == Side::Beyond).count();
        let row = until.get(until.len().checked_sub(runs)?..)?;
        let worse = |a: f64, b: f64| if walk.bound.is_worse(a, b) { a } else { b };
        let worst = row.iter().map(|run| run.value).reduce(worse)?;
        let confirming = row.iter().rev().take(walk.bound.budget.runs.max(1));
        let held = confirming.reduce(|a, b| if walk.bound.is_worse(a.value, b.value) { b } else { a })?;
        Some(Self { runs, began: row.first()?.at, worst, held: held.value, held_at: held.at })
    }

    /// "2 runs in a row since … are above the limit of 200 ms, at worst 231 ms."
    fn reason(&self, bound: &Bound<'_>, unit: &Unit, confirmed: bool) -> String {
        let (worst, beyond) = bound.beyond(self.worst, unit);
        let began = time(self.began);
        let rest = if confirmed {
            "."
        } else if bound.budget.runs.saturating_sub(self.runs) == 1 {
            "; another one in a row would break the budget."
        } else {
            "; more of them in a row would break the budget."
        };
        match self.runs {
            1 => format!("The run of {began} is at {worst}, {beyond}{rest}"),
            n => format!("{} in a row since {began} are {beyond}, at worst {worst}{rest}", counted(n)),
        }
    }
}
