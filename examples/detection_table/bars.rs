//! What is asked of the detector on the compared sets.

use harness::series::score::Score;

/// A limit on one figure of some sets.
pub struct Bar {
    pub sets: &'static [&'static str],
    pub name: &'static str,
    pub figure: fn(&Score) -> f64,
    /// Whether the limit must not be exceeded, rather than reached.
    pub most: bool,
    pub limit: f64,
}

const fn most(sets: &'static [&'static str], name: &'static str, figure: fn(&Score) -> f64, limit: f64) -> Bar {
    Bar { sets, name, figure, most: true, limit }
}

const fn least(sets: &'static [&'static str], name: &'static str, figure: fn(&Score) -> f64, limit: f64) -> Bar {
    Bar { sets, name, figure, most: false, limit }
}

impl Bar {
    /// Whether a figure passes.
    pub fn holds(&self, figure: f64) -> bool {
        if self.most { figure <= self.limit } else { figure >= self.limit }
    }

    /// A figure with as many places as the bar needs.
    pub fn write(&self, figure: f64) -> String {
        if self.limit >= 1.0 { format!("{figure:.0}") } else { format!("{figure:.3}") }
    }
}

/// The delay, never reached without an alarm.
fn delay(score: &Score) -> f64 {
    score.delay().map_or(f64::INFINITY, |runs| runs as f64)
}

const NOISE: &[&str] = &["noise_gauss", "noise_lognorm", "noise_ar1", "noise_student3", "noise_hetero"];

/// All of them but the speed.
pub const ALL: &[Bar] = &[
    most(NOISE, "alarms per 1000 runs", Score::alarms_per_1000, 0.2),
    most(NOISE, "changes per 1000 runs", Score::changes_per_1000, 0.5),
    least(&["load_1000x300"], "F1", Score::f1, 0.945),
    least(&["load_1000x300"], "alarm recall", Score::alarm_recall, 0.80),
    least(&["shift_gauss_1sd"], "recall", Score::recall, 0.60),
    least(&["shift_gauss_1sd"], "precision", Score::precision, 0.90),
    least(&["shift_gauss_2sd", "shift_student3_3sd"], "recall", Score::recall, 0.97),
    least(&["shift_gauss_2sd", "shift_student3_3sd"], "precision", Score::precision, 0.97),
    least(&["shift_ar1_3sd"], "recall", Score::recall, 0.95),
    least(&["shift_ar1_3sd"], "precision", Score::precision, 0.95),
    least(&["shift_gauss_3sd"], "alarm recall", Score::alarm_recall, 0.97),
    least(&["shift_gauss_3sd"], "alarm precision", Score::alarm_precision, 0.97),
    least(&["shift_gauss_12sd"], "alarm recall", Score::alarm_recall, 0.99),
    most(&["shift_gauss_3sd"], "median delay", delay, 8.0),
    most(&["shift_gauss_5sd"], "median delay", delay, 5.0),
    most(&["shift_gauss_12sd"], "median delay", delay, 3.0),
    least(&["short_6_6sd"], "recall", Score::recall, 0.60),
    least(&["short_10_6sd"], "recall", Score::recall, 0.99),
    most(&["short_4_0sd", "short_6_0sd", "short_10_0sd"], "share of series with an alarm", Score::alarm_share, 0.01),
];
