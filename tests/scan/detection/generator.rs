//! The generator draws what the published figures were measured on, and the score counts as they were counted.

use std::collections::HashSet;

use harness::series::score::{Alarm, Found, Score};
use harness::series::{Labelled, SCORED, histories, synth};

/// First value of the first series, last value of the last one, and the sum of the places of all changes, as the generator behind
/// the published figures wrote them.
const WRITTEN: [(&str, f64, f64, usize); 13] = [
    ("noise_gauss", 99.583_173_763_086_5, 98.526_911_858_082_81, 0),
    ("noise_lognorm", 100.602_191_133_332_7, 101.723_944_057_981_6, 0),
    ("noise_ar1", 102.162_332_417_525_68, 99.586_944_406_276_7, 0),
    ("noise_student3", 100.044_475_614_359_17, 100.406_688_811_382_03, 0),
    ("noise_hetero", 99.379_957_994_322_07, 99.109_735_407_458_47, 0),
    ("shift_gauss_0.5sd", 100.738_142_601_679_41, 99.708_067_075_958_21, 19_832),
    ("shift_gauss_3sd", 101.891_090_812_756_99, 95.713_423_569_933_95, 20_119),
    ("shift_ar1_2sd", 99.398_561_733_828_13, 102.525_091_873_025_87, 19_625),
    ("shift_student3_3sd", 98.947_453_690_624_14, 95.292_144_810_882_08, 20_106),
    ("short_4_0sd", 100.724_200_437_129_97, 100.522_329_639_812_36, 0),
    ("short_10_6sd", 100.167_386_162_952_64, 106.309_552_318_383_54, 2_500),
    ("short_30_3sd", 100.013_729_403_455_5, 105.106_445_917_086_72, 7_500),
    ("load_1000x300", 101.243_711_619_450_54, 99.162_876_528_190_58, 314_454),
];

#[test]
fn the_sets_are_those_that_others_were_measured_on() {
    let near = |drawn: f64, written: f64| (drawn - written).abs() <= 1e-12 * written;
    let mut seen = 0;
    for set in synth::sets(SCORED) {
        let Some((_, first, last, places)) = WRITTEN.iter().find(|(name, ..)| *name == set.name) else { continue };
        let (head, tail) = (&set.series[0].values, &set.series[set.series.len() - 1].values);
        assert!(
            near(head[0], *first) && near(tail[tail.len() - 1], *last),
            "{}: {} {}",
            set.name,
            head[0],
            tail[tail.len() - 1]
        );
        assert_eq!(set.series.iter().flat_map(|series| &series.changes).sum::<usize>(), *places, "{}", set.name);
        seen += 1;
    }
    assert_eq!(seen, WRITTEN.len());
}

#[test]
fn no_two_series_share_a_draw() {
    let drawn = [synth::load(5, 300, 20), synth::load(6, 300, 20), synth::noise(5, synth::NOISES[0], 20)];
    let values = drawn.iter().flat_map(|set| &set.series).flat_map(|series| &series.values);
    let distinct: HashSet<u64> = values.clone().map(|value| value.to_bits()).collect();
    assert_eq!(distinct.len(), values.count());
}

#[test]
fn histories_have_the_changes_that_they_tell() {
    for (history, _) in histories::ALL {
        for series in history.set(5, 2).series {
            assert!(
                series.changes.is_sorted() && series.values.iter().all(|value| value.is_finite()),
                "{}",
                history.name()
            );
            assert!(series.changes.last().is_none_or(|&last| last < series.values.len()), "{}", history.name());
        }
    }
}

#[test]
fn each_true_change_is_matched_once_and_the_rest_is_false() {
    let truth = Labelled { values: vec![0.0; 100], changes: vec![20, 60] };
    let alarm = |at, change| Alarm { at, change };
    let found = Found {
        changes: vec![19, 22, 66],
        alarms: vec![alarm(18, 17), alarm(23, 21), alarm(64, 60), alarm(70, 61)],
        drifts: 0,
    };
    let mut score = Score::default();
    score.add(&truth, &found);
    assert_eq!((score.recall(), score.precision(), score.f1()), (0.5, 1.0 / 3.0, 0.4));
    assert_eq!((score.alarm_recall(), score.alarm_precision()), (1.0, 0.5));
    assert_eq!((score.changes_per_1000(), score.alarms_per_1000(), score.alarm_share()), (30.0, 40.0, 1.0));
    assert_eq!(score.delay(), Some(5), "the alarm before the change itself is no alarm about it");
    score.add(&Labelled { values: vec![0.0; 100], changes: vec![] }, &Found::default());
    assert_eq!((score.alarm_share(), score.alarms_a_series(), score.is_quiet()), (0.5, 2.0, false));
}
