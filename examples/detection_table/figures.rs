//! What others reach: figures that were published, not measured here.

/// A method and its figures; `None` where none was published.
pub struct Other {
    pub name: &'static str,
    /// Changes per 1000 runs in noise, over whole series, by kind: gauss, lognorm, ar1, student3, hetero.
    pub noise: [f64; 5],
    /// Recall and precision at one shift of 1, 2 and 3 deviations.
    pub shifts: Option<[(f64, Option<f64>); 3]>,
    pub load_f1: Option<f64>,
    pub series_a_second: Option<u32>,
}

const fn shifts(one: (f64, f64), two: (f64, f64), three: (f64, f64)) -> Option<[(f64, Option<f64>); 3]> {
    Some([(one.0, Some(one.1)), (two.0, Some(two.1)), (three.0, Some(three.1))])
}

/// Measured with the defaults of each on the same sets, base 20261121, on one thread, by the project's reference on detection.
pub const OTHERS: [Other; 8] = [
    Other {
        name: "apache/otava 0.8",
        noise: [1.06, 3.21, 16.43, 2.64, 3.63],
        shifts: shifts((0.66, 0.58), (0.98, 0.79), (1.0, 0.83)),
        load_f1: Some(0.877),
        series_a_second: Some(217),
    },
    Other {
        name: "MongoDB signal-processing 2.1.6",
        noise: [0.44, 0.32, 5.79, 0.41, 0.27],
        shifts: shifts((0.84, 0.79), (0.99, 0.93), (1.0, 0.94)),
        load_f1: Some(0.930),
        series_a_second: Some(8),
    },
    Other {
        name: "Mozilla perfherder (t > 7)",
        noise: [0.0, 0.0, 0.45, 0.0, 0.0],
        shifts: shifts((0.01, 1.0), (0.26, 1.0), (0.86, 0.98)),
        load_f1: Some(0.734),
        series_a_second: Some(39),
    },
    Other {
        name: "asv step_detect",
        noise: [0.0, 0.04, 0.0, 0.02, 0.0],
        shifts: shifts((0.33, 0.83), (0.98, 0.99), (1.0, 1.0)),
        load_f1: Some(0.840),
        series_a_second: Some(71),
    },
    Other {
        name: "Bencher t-test 0.99",
        noise: [19.4, 39.6, 19.8, 35.1, 30.5],
        shifts: shifts((0.40, 0.09), (0.90, 0.16), (1.0, 0.17)),
        load_f1: Some(0.310),
        series_a_second: Some(27),
    },
    Other {
        name: "rustc-perf IQR",
        noise: [1.47, 19.2, 1.40, 9.84, 15.8],
        shifts: shifts((0.02, 0.06), (0.04, 0.16), (0.14, 0.31)),
        load_f1: Some(0.195),
        series_a_second: Some(127),
    },
    Other {
        name: "PELT-l2, 3·ln n",
        noise: [0.02, 4.25, 2.27, 1.85, 3.11],
        shifts: shifts((0.85, 0.85), (0.99, 0.99), (1.0, 1.0)),
        load_f1: Some(0.842),
        series_a_second: Some(3718),
    },
    Other {
        name: "github-action-benchmark 200 %",
        noise: [0.0, 0.0, 0.0, 0.01, 0.0],
        shifts: Some([(0.0, None), (0.0, None), (0.0, None)]),
        load_f1: Some(0.0),
        series_a_second: None,
    },
];

/// A row about short series of 4, 6, 10, 20 and 30 runs; `None` where nothing was published.
pub struct OtherShort {
    pub name: &'static str,
    /// What happens in the middle of the series.
    pub step: &'static str,
    /// The recall, or without a step the share of series with a change.
    pub shares: [Option<f64>; 5],
}

/// As [`OTHERS`].
pub const OTHERS_SHORT: [OtherShort; 4] = [
    OtherShort { name: "apache/otava 0.8", step: "6 sd", shares: [Some(0.06), Some(0.59), Some(0.99), None, None] },
    OtherShort {
        name: "MongoDB signal-processing 2.1.6",
        step: "6 sd",
        shares: [Some(0.0), Some(0.0), Some(1.0), None, None],
    },
    OtherShort {
        name: "Mozilla perfherder (t > 7)",
        step: "6 sd",
        shares: [Some(0.0), Some(0.0), Some(0.0), None, None],
    },
    OtherShort { name: "asv step_detect", step: "none", shares: [Some(0.36), None, None, None, None] },
];
