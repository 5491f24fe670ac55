//! The detector as the table asks it: values in, places out, the way that `backtest --jsonl` goes.

use chimera_insight::analysis::Tuning;
use chimera_insight::analysis::backtest::Bench;
use harness::series::score::{Alarm, Found};

/// The detector with its memory, which is used again for every series.
#[derive(Default)]
pub struct Detector(Bench);

impl Detector {
    /// What it says of a series, for the smallest effect that matters.
    pub fn ask(&mut self, values: &[f64], min_effect: f64) -> Found {
        let tuning = Tuning { min_effect, ..Tuning::default() };
        self.0.load(values, &[]);
        let alarms = self.0.as_it_went(&tuning);
        Found {
            changes: self.0.in_hindsight(&tuning).iter().map(|change| change.index).collect(),
            drifts: alarms.iter().filter(|alarm| alarm.is_drift).count(),
            alarms: alarms.iter().map(|alarm| Alarm { at: alarm.index, change: alarm.change.index }).collect(),
        }
    }
}
