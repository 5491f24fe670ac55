//! Plots as they are seen, and of data that is hard to draw.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::series::Direction;
use crate::insight::{Level, Point, Turn};

fn history(values: &[f64], changes: &[(usize, Option<bool>)], unit: &str) -> History {
    let at = |i: usize| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * i as i64);
    let starts = std::iter::once(0).chain(changes.iter().map(|(index, _)| *index));
    let ends = changes.iter().map(|(index, _)| *index).chain([values.len()]);
    let level = |(from, to): (usize, usize)| {
        let level = crate::domain::stats::median(values.get(from..to)?)?;
        Some(Level { from, to, level, noise: Some(level.abs() * 0.02) })
    };
    History {
        title: "ttft of a".into(),
        metric: "ttft".into(),
        unit: Unit::new(unit),
        direction: Direction::Lower,
        points: values
            .iter()
            .enumerate()
            .map(|(i, value)| Point { at: at(i), value: *value, commit: None, path: "a".into(), cell: "b".into() })
            .collect(),
        left_out: 0,
        levels: starts.zip(ends).filter_map(level).collect(),
        changes: changes.iter().map(|(index, worse)| Turn { index: *index, worse: *worse }).collect(),
    }
}

fn seen(history: &History, shape: Shape) -> String {
    let lines = plot(history, shape).lines;
    let line = |pieces: &Vec<(Mark, String)>| pieces.iter().map(|(_, text)| text.as_str()).collect::<String>();
    lines.iter().map(line).map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn a_step_is_seen_with_its_levels_its_noise_and_its_change() {
    let mut values: Vec<f64> = (0..30).map(|i| 0.000_2 + f64::from(i % 3) * 0.000_004).collect();
    values.extend((0..10).map(|i| 0.000_26 + f64::from(i % 2) * 0.000_004));
    let history = history(&values, &[(30, Some(true))], "s");
    let shape = Shape { width: 40, height: 8, ascii: true };
    let plotted = plot(&history, shape);
    assert_eq!(plotted.unit.as_str(), "us");
    let expected = [
        "260 |                              **********",
        "    |                              |.........",
        "    |                              |",
        "240 |                              |",
        "    |                              |",
        "220 |                              |",
        "    |..*..*..*..*..*..*..*..*..*..*|",
        "200 |**-**-**-**-**-**-**-**-**-**-|",
        "    +------------------------------^---------",
    ];
    assert_eq!(seen(&history, shape).lines().collect::<Vec<_>>(), expected);
    let braille = seen(&history, Shape { ascii: false, ..shape });
    let dots: u32 = braille
        .chars()
        .filter_map(|c| u32::from(c).checked_sub(0x2800))
        .filter(|bits| *bits < 256)
        .map(u32::count_ones)
        .sum();
    assert_eq!((dots, braille.matches('▲').count()), (40, 1), "a dot a run:\n{braille}");
    let bottom = plotted.lines.last().unwrap();
    assert!(bottom.iter().any(|(mark, text)| *mark == Mark::Worse && text == "^"), "{bottom:?}");
}

#[test]
fn whatever_the_data_the_plot_keeps_its_shape() {
    let shape = Shape { width: 30, height: 6, ascii: false };
    let many: Vec<f64> = (0..100_000).map(f64::from).collect();
    let cases: [&[f64]; 9] = [
        &[1.0],
        &[3.0; 5],
        &[0.0; 3],
        &[1e300, -1e300, f64::MAX, f64::MIN],
        &[f64::NAN, 1.0, f64::INFINITY],
        &[1e-320, 2e-320],
        &[-5.0, 5.0],
        &[1e15, 1e15 + 2.0],
        &many,
    ];
    for values in cases {
        let drawn = plot(&history(values, &[(values.len() / 2, None), (values.len() + 7, None)], "bytes"), shape);
        assert_eq!(drawn.lines.len(), shape.height + 1, "{:?}", values.first());
        let wide = |line: &Vec<(Mark, String)>| line.iter().map(|(_, text)| text.chars().count()).sum::<usize>();
        let first = wide(&drawn.lines[0]);
        assert!(drawn.lines.iter().all(|line| wide(line) == first) && first <= shape.width + 22, "{first}");
    }
    assert!(plot(&history(&[], &[], "s"), shape).lines.is_empty());
    assert!(plot(&history(&[f64::NAN], &[], "s"), shape).lines.is_empty());
    assert!(!plot(&history(&[1.0, 2.0], &[], "s"), Shape { width: 0, height: 0, ascii: true }).lines.is_empty());
}

#[test]
fn the_scale_has_round_marks() {
    let ticks = |low, high| -> Vec<String> {
        Scale::of([low, high].into_iter(), 20).unwrap().ticks().into_iter().map(|(_, text)| text).collect()
    };
    assert_eq!(ticks(0.19, 0.27), ["0.20", "0.22", "0.24", "0.26"]);
    assert_eq!(ticks(0.0, 100.0), ["0", "50", "100"]);
    assert_eq!(ticks(-1.0, 1.0), ["-1", "0", "1"]);
    assert_eq!(ticks(0.41, 0.4899), ["0.42", "0.44", "0.46", "0.48"], "more than one");
    assert_eq!(ticks(0.49, 0.49).len(), 5);
    assert_eq!(ticks(0.0, 0.0), ["0.0", "0.5", "1.0"]);
    assert_eq!(ticks(999_999.999_5, 1_000_000.000_5), ["999999.9995", "1000000.0000", "1000000.0005"]);
    assert_eq!(ticks(1e297, 2e297), ["1.0e297", "1.5e297", "2.0e297"]);
    assert_eq!(ticks(0.0, 4e-9), ["0", "2e-9", "4e-9"]);
    assert_eq!(ticks(1e9, 3e9).first().map(String::as_str), Some("1000000000"));
}
