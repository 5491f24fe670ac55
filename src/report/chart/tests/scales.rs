//! What the axes hold, in which words, and that all texts have room on a phone.

use super::super::{effects as chart_effects, history as drawn};
use super::*;

fn effect(to: &str, difference: f64, interval: Option<(f64, f64)>, certainty: Certainty) -> Effect {
    Effect { to: to.to_owned(), difference, interval, certainty }
}

#[test]
fn an_axis_of_effects_holds_their_intervals() {
    let effects = |bars| chart_effects(&effects_of(bars), "e");
    let ticks = |bars| {
        let texts = all_of(&effects(bars), "text");
        texts.into_iter().filter(|text| text.parse::<f64>().is_ok()).collect::<Vec<String>>().join(" ")
    };
    let wide = vec![effect("a", 5.3, Some((-4.0, 14.5)), Certainty::MayBeChance)];
    assert!(!effects(wide.clone()).contains('▶'));
    assert_eq!(ticks(wide), "-5 0 5 10 15");
    // One out of all proportion to the others leaves the axis to them.
    let odd = |interval| effect("c", 4.0, Some(interval), Certainty::MayBeChance);
    let usual = || (0..4).map(|i| effect(&format!("b{i}"), 5.0, Some((2.0, 8.0)), Certainty::MoreThanChance));
    let svg = effects(usual().chain([odd((-3000.0, 3000.0))]).collect());
    assert_eq!(svg.matches(['◀', '▶']).count(), 4, "{svg}");
    assert!(svg.contains("the interval goes on beyond the axis") && svg.contains("-3000 % to 3000 %"), "{svg}");
}

#[test]
fn what_is_known_of_an_effect_has_three_states() {
    let bars = vec![
        effect("a", 5.0, Some((2.0, 8.0)), Certainty::MoreThanChance),
        effect("b", 600.0, None, Certainty::PairsAgree),
        effect("c", 1.0, None, Certainty::MayBeChance),
    ];
    let svg = effects(&effects_of(bars), "e");
    assert!(svg.contains("a: +5 %, 2 % to 8 %, more than chance."), "{svg}");
    assert!(svg.contains("b: +600 %, all pairs agree, too few for an interval."), "{svg}");
    assert!(svg.contains("c: +1 %, may be chance.") && svg.contains("<circle class=\"d good\" cx="), "{svg}");
    assert!(svg.contains(">all pairs agree, too few for an interval</text>"), "{svg}");
}

#[test]
fn bars_that_stand_together_have_one_scale() {
    let together = [(17.9, Some((12.0, 31.0))), (17.4, Some((16.0, 19.0))), (-3.0, None)];
    let most = reach(together);
    let ends = |effect, interval| {
        let svg = effect_bar(effect, interval, &Unit::new("percent"), Direction::Neutral, most);
        assert!(!svg.contains("polyline"), "{svg}");
        all_of(&svg, "text")
    };
    together.iter().for_each(|(effect, interval)| assert_eq!(ends(*effect, *interval), ["-50 %", "+50 %"]));
    // What is out of all proportion does not make the others invisible, but has an arrow.
    assert_eq!(reach(together.into_iter().chain([(199_900.0, None), (f64::NAN, None)])), most);
    let far = effect_bar(199_900.0, None, &Unit::new("percent"), Direction::Neutral, most);
    assert_eq!(far.matches("<polyline").count(), 1, "{far}");
    assert_eq!(reach([]), 0.0);
}

/// Texts with their left and right ends on the narrowest page.
fn spans(svg: &str) -> Vec<(f64, f64, f64, String)> {
    let gutter: f64 = svg.split_once(" g").unwrap().1.split('"').next().unwrap().parse().unwrap();
    let value = |tag: &str, name: &str| {
        let rest = tag.split_once(&format!(" {name}=\""))?.1;
        rest.split('"').next().map(str::to_owned)
    };
    let texts = svg.split("<text").skip(1).map(|text| text.split("</text>").next().unwrap());
    let spans = texts.filter(|text| value(text, "class").unwrap() != "m k" && !text.contains("<title>")).map(|text| {
        let (tag, inner) = text.split_once('>').unwrap();
        let x = value(tag, "x").unwrap();
        let at = x.strip_suffix('%').map_or_else(
            || x.parse::<f64>().unwrap(),
            |part| part.parse::<f64>().unwrap() / 100.0 * (292.0 - 8.0 - gutter),
        );
        let shift = value(inner, "dx").map_or(0.0, |dx| dx.parse().unwrap());
        let bare: String = inner.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        let width = text::width(&bare);
        let left = at + gutter + shift
            - match value(tag, "text-anchor").as_deref() {
                Some("end") => width,
                Some("middle") => width / 2.0,
                _ => 0.0,
            };
        (value(tag, "y").unwrap().parse().unwrap(), left, left + width, bare)
    });
    spans.collect()
}

#[test]
fn texts_fit_on_a_phone_and_stand_apart() {
    let kathmandu = Zone::new(jiff::tz::TimeZone::get("Asia/Kathmandu").unwrap());
    let mut charts = Vec::new();
    for (scale, offset) in [(1.0, 0.0), (1e-15, 0.0), (1.0, 1_000_000.0)] {
        for gap in [0, 570_000] {
            let mut history = shifted(31);
            for (i, point) in history.points.iter_mut().enumerate() {
                *point = super::point(i as i64 * 720 + if i < 30 { 0 } else { gap }, point.value * scale + offset);
            }
            history.points[4].value = 9e9;
            history.left_out = 1000;
            history.levels.iter_mut().for_each(|level| level.level = level.level * scale + offset);
            history.changes = [13, 19, 25].map(|index| Turn { index, worse: Some(true) }).to_vec();
            charts.push(drawn(&history, &kathmandu, "c"));
        }
    }
    for svg in charts {
        let spans = spans(&svg);
        assert!(spans.iter().any(|span| span.3.contains("beyond the axis")), "{svg}");
        for (i, (y, left, right, text)) in spans.iter().enumerate() {
            assert!(*left > -1.0 && *right < 293.0, "{text:?} from {left} to {right}");
            let beside = spans.iter().skip(i + 1).filter(|other| (other.0 - y).abs() < 9.0);
            for other in beside {
                assert!(other.1 > right - 1.0 || other.2 < left + 1.0, "{text:?} and {:?}: {svg}", other.3);
            }
        }
    }
}

#[test]
fn ordinary_runs_beside_an_outlier_keep_their_place() {
    let mut history = shifted(0);
    (history.levels, history.changes) = (Vec::new(), Vec::new());
    history.points = (0..40).map(|i| point(i * 1440, 100.0 + (i * 7 % 11) as f64 / 10.0)).collect();
    history.points[5].value = 100_000.0;
    // The two next to the middle of all others.
    (history.points[8].value, history.points[9].value) = (99.6, 101.5);
    let svg = drawn(&history, &Zone::UTC, "c");
    assert!(svg.contains(">1 run beyond the axis, set at its edge<"), "{svg}");
    assert_eq!(svg.matches("▲<title>").count() + svg.matches("▼<title>").count(), 1, "{svg}");
}

#[test]
fn levels_are_told_in_the_unit_of_the_axis() {
    let mut history = shifted(3);
    history.unit = Unit::new("bytes");
    history.points.iter_mut().for_each(|point| point.value *= 18_251_971_615.0);
    history.levels[0] = Level { from: 0, to: 9, level: 1_825_197_161_598.0, noise: Some(14_515_017_763.0) };
    history.levels[1].level = 2_300_000_000_000.0;
    let svg = drawn(&history, &Zone::UTC, "c");
    assert_eq!(svg.matches("Level 1.825 TB ± 0.01452 TB over 9 runs").count(), 2, "{svg}");
    assert!(svg.contains("<title>1825197161500 bytes (1.825 TB) · "), "{svg}");
    assert!(!svg.contains("1825197161598"), "{svg}");
}

#[test]
fn an_axis_in_a_zone_names_its_offset() {
    let zone = |name: &str| Zone::new(jiff::tz::TimeZone::get(name).unwrap());
    let caption = |zone: &Zone| {
        let mut history = shifted(30);
        history.changes.clear();
        all_of(&drawn(&history, zone, "c"), "text").into_iter().find(|text| text.contains(" in ")).unwrap()
    };
    assert_eq!(caption(&zone("Asia/Kathmandu")), "time in Asia/Kathmandu, UTC+05:45");
    // That of the newest run, in summer.
    assert_eq!(caption(&zone("Europe/Berlin")), "time in Europe/Berlin, UTC+02:00");
    assert_eq!(caption(&Zone::UTC), "time in UTC");
}
