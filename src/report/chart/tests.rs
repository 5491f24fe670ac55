//! Charts looked at as XML: what is in them, that nothing foreign breaks them, and that they stay small.

mod scales;

use std::io::Cursor;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::insight::{Certainty, Effect, Effects, History, Level, Point, Turn};

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a\u{202e}b\u{200b}c\u{feff}\u{2066}",
    "a\r\nBcc: x\u{0}\u{1b}[31m\u{7f}",
    "]]>&amp;<!--",
    "漢字かな🚀👨‍👩‍👧",
    "javascript:alert(1)",
    "var(--ink)",
    "\u{fffe}\u{ffff}\u{fdd0}",
    "'/style><",
];

fn point(minute: i64, value: f64) -> Point {
    let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    Point {
        at: begin + SignedDuration::from_mins(minute),
        value,
        commit: Some("def5678901234567890abcdef567890123456789".to_owned()),
        path: "reports/x.csv".to_owned(),
        cell: "row 3, column ttft".to_owned(),
    }
}

/// One run a day: nine at 100, then at 130.
fn shifted(after: usize) -> History {
    let points = (0..9 + after).map(|i| point(i as i64 * 1440, if i < 9 { 100.0 } else { 130.0 } + (i % 3) as f64));
    History {
        title: "ttft of reports/gemma3".to_owned(),
        metric: "ttft".to_owned(),
        unit: Unit::new("ms"),
        direction: Direction::Lower,
        points: points.collect(),
        left_out: 0,
        levels: vec![
            Level { from: 0, to: 9, level: 101.0, noise: Some(1.5) },
            Level { from: 9, to: 9 + after, level: 131.0, noise: None },
        ],
        changes: vec![Turn { index: 9, worse: Some(true) }],
    }
}

fn effects_of(bars: Vec<Effect>) -> Effects {
    Effects {
        setting: "num_gpu".to_owned(),
        reference: "num_gpu 40".to_owned(),
        metric: "tokens_per_second".to_owned(),
        unit: Unit::new("percent"),
        direction: Direction::Higher,
        bars,
    }
}

/// All texts of a well-formed document, by the element that holds them; fails when it is not well-formed, when a coordinate is no number,
/// or when it holds what could act.
fn texts(svg: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut open, mut texts): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {svg}")) {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                assert!(KNOWN.contains(&name.as_str()), "{name}");
                tag.attributes().for_each(|attribute| checked(&attribute.unwrap().value));
                open.push(name);
                texts.push((open.last().unwrap().clone(), String::new()));
            }
            Event::Empty(tag) => {
                tag.attributes().for_each(|attribute| checked(&attribute.unwrap().value));
            }
            Event::End(_) => drop(open.pop().unwrap()),
            Event::Text(text) => texts.last_mut().unwrap().1 += &text,
            Event::GeneralRef(name) => texts.last_mut().unwrap().1 += &format!("&{};", &*name),
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(open.is_empty(), "{svg}");
    texts
}

const KNOWN: &[&str] = &["svg", "g", "title", "desc", "text", "tspan", "line", "circle", "rect", "polyline"];

fn checked(value: &str) {
    assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
}

fn all_of(svg: &str, element: &str) -> Vec<String> {
    texts(svg).into_iter().filter(|(name, _)| name == element).map(|(_, text)| text).collect()
}

#[test]
fn a_history_is_drawn_with_all_that_tells_it() {
    let mut history = shifted(1);
    history.points.drain(..7);
    history.levels = vec![
        Level { from: 0, to: 2, level: 101.0, noise: Some(1.5) },
        Level { from: 2, to: 3, level: 130.0, noise: None },
    ];
    history.changes = vec![Turn { index: 2, worse: Some(true) }];
    history.left_out = 7;
    let svg = super::history(&history, &Zone::UTC, "c1");
    texts(&svg);
    insta::assert_snapshot!(svg.replace("><", ">\n<"));
}

#[test]
fn a_small_picture_of_each_kind() {
    let bars = vec![
        Effect {
            to: "60".to_owned(),
            difference: 12.0,
            interval: Some((8.0, 15.5)),
            certainty: Certainty::MoreThanChance,
        },
        Effect { to: "80".to_owned(), difference: -3.0, interval: None, certainty: Certainty::MayBeChance },
    ];
    let all = [
        spark(&shifted(3)),
        effect_bar(12.4, Some((8.1, 16.2)), &Unit::new("percent"), Direction::Lower, 16.2),
        effects(&effects_of(bars), "e1"),
    ];
    all.iter().for_each(|svg| drop(texts(svg)));
    insta::assert_snapshot!(all.join("\n\n").replace("><", ">\n<"));
}

#[test]
fn every_point_says_its_value_its_run_and_its_cell() {
    let titles = all_of(&super::history(&shifted(3), &Zone::UTC, "c"), "title");
    let last =
        "132 ms · 2026-03-12 00:00 UTC · def5678901234567890abcdef567890123456789 · reports/x.csv row 3, column ttft";
    assert!(titles.iter().any(|title| title == last), "{titles:?}");
    assert_eq!(titles.iter().filter(|title| title.contains("reports/x.csv row 3")).count(), 12);
    assert!(titles.contains(&"Worse since 2026-03-10, def567890123".to_owned()), "{titles:?}");
}

#[test]
fn colour_is_not_the_only_sign_of_better_and_worse() {
    let drawn = |direction, worse| {
        let mut history = shifted(3);
        (history.direction, history.changes[0].worse) = (direction, worse);
        all_of(&super::history(&history, &Zone::UTC, "c"), "tspan").concat()
            + &all_of(&spark(&history), "text").concat()
    };
    assert!(drawn(Direction::Lower, Some(true)).contains("▲ since 2026-03-10, def5678"));
    let bar = |effect, direction| {
        all_of(&effect_bar(effect, None, &Unit::new("percent"), direction, reach([(effect, None)])), "text")
    };
    assert_eq!(bar(12.0, Direction::Lower), ["-20 % better", "worse +20 %"]);
    assert_eq!(bar(-3.0, Direction::Higher), ["-5 % worse", "better +5 %"]);
    assert_eq!(bar(0.0, Direction::Neutral), ["-1 %", "+1 %"]);
}

#[test]
fn runs_out_of_all_proportion_are_set_at_the_edge_and_said() {
    let mut history = shifted(3);
    history.points[4].value = 9000.0;
    let svg = super::history(&history, &Zone::UTC, "c");
    assert!(svg.contains(">1 run beyond the axis, set at its edge<") && svg.contains("▲<title>9000 ms"), "{svg}");
    // The newest run is news: the axis reaches to it.
    history.points[4].value = 100.0;
    history.points[11].value = 9000.0;
    assert!(!super::history(&history, &Zone::UTC, "c").contains("beyond"));
}

#[test]
fn times_that_say_nothing_give_way_to_the_order_of_the_runs() {
    let caption = |minutes: &[i64]| {
        let mut history = shifted(0);
        history.changes.clear();
        history.points = minutes.iter().map(|minute| point(*minute, 1.0)).collect();
        let texts = all_of(&super::history(&history, &Zone::UTC, "c"), "text");
        texts.into_iter().find(|text| text.contains(" in ")).unwrap()
    };
    assert_eq!(caption(&[0, 1440, 2880, 7200]), "time in UTC");
    assert_eq!(caption(&[5, 5, 5]), "runs in order, all of 2026-03-01 00:05 UTC");
    assert_eq!(caption(&[-600_000, 0, 1, 2, 3, 4]), "runs in order, dates in UTC");
    assert_eq!(caption(&[0, 30, 65]), "2026-03-01 in UTC");
}

#[test]
fn a_hundred_thousand_points_make_a_small_chart_that_keeps_the_extremes() {
    let mut history = shifted(0);
    history.points = (0..100_000).map(|i| point(i, 100.0 + (i % 7) as f64)).collect();
    history.points[77_777].value = 112.0;
    history.points[33_333].value = 95.0;
    history.changes = (1..90_000).map(|index| Turn { index, worse: None }).collect();
    history.levels = (0..90_000).map(|from| Level { from, to: from + 1, level: 100.0, noise: Some(1.0) }).collect();
    let svg = super::history(&history, &Zone::UTC, "c");
    assert!(svg.len() < 120_000 && spark(&history).len() < 20_000, "{}", svg.len());
    assert!(svg.contains("<title>112 ms ·") && svg.contains("<title>95 ms ·"));
    assert!(png(&history, &Zone::UTC).is_some_and(|png| png.len() < 60_000));
}

#[test]
fn nothing_to_draw_is_nothing() {
    let mut history = shifted(1);
    history.points.clear();
    assert_eq!((super::history(&history, &Zone::UTC, "c"), spark(&history)), (String::new(), String::new()));
    assert_eq!(png(&history, &Zone::UTC), None);
    assert_eq!(effects(&effects_of(Vec::new()), "e"), "");
    assert_eq!(effect_bar(f64::NAN, None, &Unit::none(), Direction::Lower, 1.0), "");
}

#[test]
fn a_picture_is_twice_as_dense_on_white_and_small() {
    let mut history = shifted(111);
    history.points.iter_mut().enumerate().for_each(|(i, point)| point.value += (i * 7 % 11) as f64);
    let file = png(&history, &Zone::UTC).unwrap();
    assert!(file.len() < 60_000, "{}", file.len());
    let mut decoder = ::png::Decoder::new(Cursor::new(&file));
    decoder.set_transformations(::png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.width, 1200);
    assert!((500..600).contains(&info.height), "{}", info.height);
    assert_eq!(pixels[..3], [255, 255, 255]);
    // Vermilion of the change, in the coarser colours of the palette: it is drawn, and in colour.
    let is_vermilion = |rgb: &&[u8]| rgb[0] > 170 && rgb[1] < 100 && rgb[2] < 60;
    let vermilion = pixels.chunks_exact(3).filter(is_vermilion).count();
    assert!(vermilion > 500, "{vermilion}");
    assert_eq!(png(&history, &Zone::UTC).unwrap(), file);
}

#[test]
fn hostile_names_are_text_and_nothing_else() {
    for name in HOSTILE.iter().map(|name| (*name).to_owned()).chain([HOSTILE.concat().repeat(50)]) {
        let mut history = shifted(3);
        (history.title, history.metric, history.unit) = (name.clone(), name.clone(), Unit::new(&name));
        for point in &mut history.points {
            (point.commit, point.path, point.cell) = (Some(name.clone()), name.clone(), name.clone());
        }
        let bar = Effect { to: name.clone(), difference: 3.0, interval: None, certainty: Certainty::MoreThanChance };
        let mut drawn = effects_of(vec![bar]);
        (drawn.setting, drawn.reference, drawn.metric) = (name.clone(), name.clone(), name.clone());
        let charts = [super::history(&history, &Zone::UTC, "c"), effects(&drawn, "e"), spark(&history)];
        for svg in charts {
            texts(&svg);
            assert!(!svg.contains("<script") && !svg.contains("<img") && !svg.contains(" onerror=alert(1)>"), "{svg}");
            let hidden =
                ['\u{202e}', '\u{200b}', '\u{feff}', '\u{2066}', '\u{0}', '\u{1b}', '\u{7f}', '\r', '\n', '\u{ffff}'];
            assert!(!svg.contains(hidden), "{svg}");
            assert!(svg.len() < 20_000, "{}", svg.len());
        }
        if name.len() > 500 {
            assert!(png(&history, &Zone::UTC).is_some_and(|png| png.len() < 60_000), "{name}");
        }
    }
}

fn any_history() -> impl Strategy<Value = History> {
    let value = prop_oneof![any::<f64>(), -1.0..1.0, Just(0.0), Just(1e300), Just(f64::MIN), Just(5e-324)];
    let text = prop_oneof![any::<String>(), prop::sample::select(HOSTILE).prop_map(str::to_owned)];
    let moment = prop_oneof![-100_000_000_000i64..200_000_000_000, 0i64..100, Just(0)];
    let points = prop::collection::vec((moment, value.clone(), text.clone()), 0..30);
    let level = (0usize..40, 0usize..40, value.clone(), prop::option::of(value));
    let turn = (0usize..40, any::<Option<bool>>());
    let direction = prop::sample::select(vec![Direction::Lower, Direction::Higher, Direction::Neutral]);
    let unit = prop::sample::select(vec!["s", "ns", "bytes", "percent", "", "frob", "count"]);
    let lists = (prop::collection::vec(level, 0..5), prop::collection::vec(turn, 0..6));
    (text, points, lists, direction, unit).prop_map(|(title, points, (levels, changes), direction, unit)| History {
        metric: title.clone(),
        title,
        unit: Unit::new(unit),
        direction,
        points: points
            .into_iter()
            .map(|(second, value, text)| Point {
                at: Timestamp::from_second(second).unwrap(),
                value,
                commit: Some(text.clone()),
                path: text.clone(),
                cell: text,
            })
            .collect(),
        left_out: changes.len(),
        levels: levels.into_iter().map(|(from, to, level, noise)| Level { from, to, level, noise }).collect(),
        changes: changes.into_iter().map(|(index, worse)| Turn { index, worse }).collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_drawn_is_well_formed(history in any_history()) {
        let berlin = Zone::new(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        for svg in [super::history(&history, &berlin, "c"), spark(&history)] {
            texts(&svg);
            prop_assert!(svg.len() < 60_000, "{}", svg.len());
        }
    }

    #[test]
    fn whatever_effects_are_drawn_are_well_formed(
        rows in prop::collection::vec((any::<String>(), any::<f64>(), any::<Option<(f64, f64)>>(), 0..3usize), 0..60)
    ) {
        for (_, effect, interval, _) in &rows {
            let most = reach(rows.iter().map(|(_, effect, interval, _)| (*effect, *interval)));
            texts(&effect_bar(*effect, *interval, &Unit::new("s"), Direction::Higher, most));
        }
        let bars = rows.into_iter().map(|(to, difference, interval, known)| Effect {
            to,
            difference,
            interval,
            certainty: [Certainty::MoreThanChance, Certainty::PairsAgree, Certainty::MayBeChance][known],
        });
        let svg = effects(&effects_of(bars.collect()), "e");
        texts(&svg);
        prop_assert!(svg.len() < 60_000, "{}", svg.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn whatever_is_pictured_gives_a_picture_or_none(history in any_history()) {
        let has_values = history.points.iter().any(|point| point.value.is_finite());
        let picture = png(&history, &Zone::UTC);
        prop_assert!(picture.is_none_or(|png| has_values && png.len() < 80_000));
    }
}
