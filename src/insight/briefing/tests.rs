//! The whole page over many constellations of verdicts, alerts and files: whatever they are, each of its numbers holds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::artifact::ArtifactKind;
use crate::domain::call::BENCHMARK;
use crate::domain::series::Direction;
use crate::domain::verdict::VerdictKind;
use crate::insight::tests::{alert, at, baseline, file, judged, sweep};
use crate::insight::{AlertLine, Analyst, ArtifactLine, Judged, Known, Landing, Settings, check};
use crate::report;

/// What a landing brought, in numbers.
#[derive(Debug, Clone, Default)]
struct Case {
    /// Series of the files with each verdict, and of these the ones that look better where both can be.
    files: BTreeMap<VerdictKind, u64>,
    /// The same of the agents' calls.
    own: BTreeMap<VerdictKind, u64>,
    better: u64,
    /// Alerts from before, and alerts about something else than one series, new or not.
    open: u64,
    others: u64,
    fresh: bool,
    backfill: bool,
    failed: u64,
    /// Series that are not judged.
    unjudged: u64,
    with_baseline: bool,
    with_sweep: bool,
}

/// Verdicts that are told one by one.
const TOLD: [VerdictKind; 6] = [
    VerdictKind::Regression,
    VerdictKind::Candidate,
    VerdictKind::Improvement,
    VerdictKind::Drift,
    VerdictKind::Accepted,
    VerdictKind::Change,
];

impl Case {
    fn landing(&self) -> Landing {
        let series = self.files.values().sum::<u64>() + self.unjudged;
        Landing {
            id: 7,
            at: at("2026-03-04T05:06:07Z"),
            backfill: self.backfill,
            new_artifacts: 1 + self.failed,
            runs: 1,
            series,
            measurements: series,
            verdicts: self.files.clone(),
            own: self.own.clone(),
        }
    }

    fn judged(&self) -> Vec<Judged> {
        let mut all = Vec::new();
        for (own, tallies) in [(false, &self.files), (true, &self.own)] {
            for kind in TOLD {
                for n in 0..tallies.get(&kind).copied().unwrap_or(0) {
                    all.push(self.one(kind, n, own));
                }
            }
        }
        all
    }

    fn one(&self, kind: VerdictKind, n: u64, own: bool) -> Judged {
        let (direction, after) = match kind {
            VerdictKind::Regression => (Direction::Lower, 120.0 + n as f64),
            VerdictKind::Improvement => (Direction::Lower, 80.0),
            VerdictKind::Change => (Direction::Neutral, 120.0),
            _ if n < self.better => (Direction::Higher, 130.0),
            _ => (Direction::Lower, 130.0),
        };
        let mut one = judged(kind, ("latency", "ms", direction), 100.0, after);
        one.series.params.insert("n".to_owned(), format!("{kind:?}-{n}"));
        if own {
            one.series.benchmark = BENCHMARK.to_owned();
        }
        one
    }

    fn alerts(&self) -> Vec<AlertLine> {
        let before = (0..self.open).map(|n| AlertLine { fresh: false, ..alert(20 + n as i64, &format!("metric_{n}")) });
        let kinds = [AlertKind::Budget, AlertKind::Absence, AlertKind::Environment].into_iter().cycle();
        let others = kinds.zip(0..self.others).map(|(kind, n)| {
            let mut other = alert(40 + n as i64, &format!("other_{n}"));
            (other.key.kind, other.fresh, other.state) = (kind, self.fresh, AlertState::Firing);
            other
        });
        before.chain(others).collect()
    }

    fn artifacts(&self) -> Vec<ArtifactLine> {
        let broken = (0..self.failed).map(|n| ArtifactLine {
            error: Some("cut short".into()),
            ..file(&format!("reports/broken_{n}.json"), ArtifactKind::Json, 17)
        });
        std::iter::once(file("reports/tiny_sweep.csv", ArtifactKind::Csv, 420)).chain(broken).collect()
    }

    /// The report, and what of it the independent check would withhold.
    fn report(&self) -> (String, Vec<String>) {
        let landing = self.landing();
        let mut known = Known::new(&landing);
        let mut analyst = Analyst::new(landing, &Settings::default());
        let artifacts = self.artifacts();
        known.artifacts(&artifacts);
        analyst.artifacts(&artifacts);
        let benchmarks = [(self.with_baseline, baseline()), (self.with_sweep, sweep())];
        for (_, benchmark) in benchmarks.into_iter().filter(|(with, _)| *with) {
            known.benchmark(&benchmark);
            analyst.benchmark(benchmark);
        }
        let (judged, alerts) = (self.judged(), self.alerts());
        known.verdicts(&judged, &alerts);
        analyst.verdicts(judged, alerts);
        let analysis = analyst.finish();
        let markdown = report::markdown(&analysis);
        let line = |at: usize| markdown.lines().nth(at.saturating_sub(1)).unwrap_or_default();
        let wrong = check(&markdown, &analysis.ledger, &known)
            .into_iter()
            .map(|miss| format!("{:?} {} in: {}", miss.text, miss.why, line(miss.line)))
            .collect();
        (markdown, wrong)
    }
}

fn tallies(counts: &[(VerdictKind, u64)]) -> BTreeMap<VerdictKind, u64> {
    counts.iter().copied().filter(|(_, n)| *n > 0).collect()
}

fn page(case: &Case) -> String {
    let (markdown, wrong) = case.report();
    assert!(wrong.is_empty(), "{case:?}\n{wrong:#?}");
    markdown
}

#[test]
fn young_series_beside_judged_ones_take_nothing_from_the_page() {
    // Every small number beside every other: equal ones are where a number is easily taken for another.
    for steady in [0, 1, 2, 4, 20] {
        for young in [0, 1, 2, 4, 20] {
            for worse in [0, 1, 2, 4] {
                let counts =
                    [(VerdictKind::Steady, steady), (VerdictKind::New, young), (VerdictKind::Regression, worse)];
                for own in [0, 4] {
                    let case = Case {
                        files: tallies(&counts),
                        own: tallies(&[(VerdictKind::New, 20), (VerdictKind::Regression, own)]),
                        with_sweep: young > 2,
                        ..Case::default()
                    };
                    page(&case);
                }
            }
        }
    }
}

#[test]
fn the_summary_counts_no_more_than_it_must() {
    let said = |counts: &[(VerdictKind, u64)], unjudged: u64| {
        let markdown = page(&Case { files: tallies(counts), unjudged, ..Case::default() });
        let summary = markdown.split_once("## Executive summary\n\n").map_or("", |(_, rest)| rest).to_owned();
        summary.split_inclusive(". ").take(2).collect::<String>()
    };
    use VerdictKind::{New, Regression, Steady};
    let nothing = "Nothing can be compared side by side";
    for (counts, unjudged, expected) in [
        (&[(Steady, 3)][..], 0, "All 3 series have enough history for a verdict, and none of these regressed. "),
        (&[(Steady, 3)], 1, "3 of 3 series have enough history for a verdict, and none of these regressed. "),
        (&[(Steady, 1), (Regression, 1)], 0, "Both series have enough history for a verdict; 1 of these got worse. "),
        (
            &[(New, 2), (Regression, 3)],
            0,
            "3 of 5 series have enough history for a verdict, and all of these got worse. ",
        ),
        (&[(New, 3)], 0, "None of 3 series has enough history for a verdict. "),
        (&[(New, 1)], 0, "The only series has not enough history for a verdict. "),
        (&[], 0, "No series of this landing was judged. "),
    ] {
        let summary = said(counts, unjudged);
        assert!(summary.starts_with(&format!("{expected}{nothing}")), "{counts:?}: {summary}");
    }
}

#[test]
fn series_of_the_agents_calls_are_told_apart() {
    let files = tallies(&[(VerdictKind::Steady, 1), (VerdictKind::New, 1)]);
    let quiet = Case { files, own: tallies(&[(VerdictKind::New, 20)]), ..Case::default() };
    let said = page(&quiet);
    assert!(said.contains("measurements of 2 series"), "{said}");
    assert!(said.contains("1 of 2 series has enough history for a verdict, and it did not regress."), "{said}");
    assert!(said.contains("Nothing would give the alarm if 1 series got worse"), "{said}");
    assert!(said.contains("- Verdicts: new 1, steady 1."), "{said}");
    assert!(said.contains("- Verdicts on the agents' own calls: new 20."), "{said}");
    assert!(!said.contains("agents' calls got"), "{said}");
    let watched = page(&Case { own: tallies(&[(VerdictKind::Candidate, 2)]), ..quiet.clone() });
    assert!(watched.contains("but 2 series of the agents' calls look worse; another run will tell."), "{watched}");
    assert!(!watched.contains("again: 3 runs"), "nobody can run them again: {watched}");
    let slower = Case { own: tallies(&[(VerdictKind::Regression, 2)]), ..quiet.clone() };
    let said = page(&slower);
    assert!(said.contains("**2 series of the agents' calls got worse, most of all `latency` of"), "{said}");
    assert!(said.contains("and it did not regress."), "{said}");
    let both = page(&Case { files: tallies(&[(VerdictKind::Regression, 1)]), ..slower });
    assert!(both.contains("**`latency` of `reports/tiny_sweep` got worse (+20 %)."), "{both}");
    assert!(both.contains(" 2 series of the agents' calls got worse too.**"), "{both}");
    assert!(both.contains("The only series has enough history for a verdict, and it got worse."), "{both}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_withheld(
        files in prop::collection::vec(prop_oneof![3 => 0u64..6, 1 => 20u64..24], VerdictKind::ALL.len()),
        own in prop::collection::vec(0u64..4, VerdictKind::ALL.len()),
        (has_own, backfill, fresh, with_baseline, with_sweep) in any::<(bool, bool, bool, bool, bool)>(),
        (better, open, others, failed, unjudged) in (0u64..3, 0u64..6, 0u64..4, 0u64..4, 0u64..3),
    ) {
        let counts = |counts: Vec<u64>| tallies(&VerdictKind::ALL.into_iter().zip(counts).collect::<Vec<_>>());
        let case = Case {
            files: counts(files),
            own: if has_own { counts(own) } else { BTreeMap::new() },
            better, open, others, fresh, backfill, failed, unjudged, with_baseline, with_sweep,
        };
        let (_, wrong) = case.report();
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
