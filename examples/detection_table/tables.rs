//! The tables, as Markdown.

use std::fmt::Write as _;

use harness::series::score::Score;
use harness::series::synth::{NOISES, SHORT};

use crate::bars;
use crate::figures::{OTHERS, OTHERS_SHORT, Other};
use crate::measure::Figures;

const OURS_WHOLE: &str = "**this one, whole series**";
const OURS_APPENDED: &str = "**this one, append by append**";

/// All of them, each below its heading.
pub fn all(figures: &Figures) -> String {
    let tables = [
        ("Beside the others", compared(figures)),
        ("Short series", short(figures)),
        ("One shift", shifts(figures)),
        ("What was asked for", asked(figures)),
        ("Other histories", histories(figures)),
    ];
    let mut text = format!("Draws of base {}.\n", figures.base);
    for (heading, table) in tables {
        writeln!(text, "\n### {heading}\n\n{table}").expect("a String takes everything");
    }
    text
}

/// A Markdown table; the first column is text, the others are figures.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule: Vec<String> = (0..head.len()).map(|at| if at == 0 { "---" } else { "---:" }.to_owned()).collect();
    let rows = rows.into_iter().map(|row| line(&row));
    [line(&head), line(&rule)].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

/// `.97` for a share; `1.00` stays.
fn share(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

fn fine(value: f64) -> String {
    let text = format!("{value:.3}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

fn rate(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.2}") }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn compared(figures: &Figures) -> String {
    let head = [
        "method",
        "gauss",
        "lognormal",
        "AR(1) 0.5",
        "Student-3",
        "5 % bad host",
        "1 sd R/P",
        "2 sd R/P",
        "3 sd R/P",
        "F1 on load",
        "series/s/core",
    ];
    let ours = [
        ours(figures, OURS_WHOLE, Score::changes_per_1000, Score::recall, Score::precision, true),
        ours(figures, OURS_APPENDED, Score::alarms_per_1000, Score::alarm_recall, Score::alarm_precision, false),
    ];
    table(&head, OTHERS.iter().map(other).chain(ours))
}

fn other(other: &Other) -> Vec<String> {
    let shifts = match other.shifts {
        Some(shifts) => shifts.map(|(recall, precision)| match precision {
            Some(precision) => format!("{}/{}", share(recall), share(precision)),
            None => format!("{}/–", share(recall)),
        }),
        None => ["–"; 3].map(str::to_owned),
    };
    let mut cells = vec![other.name.to_owned()];
    cells.extend(other.noise.map(rate));
    cells.extend(shifts);
    cells.push(or_dash(other.load_f1.map(fine)));
    cells.push(or_dash(other.series_a_second.map(|count| count.to_string())));
    cells
}

fn ours(
    figures: &Figures,
    name: &str,
    per_1000: fn(&Score) -> f64,
    recall: fn(&Score) -> f64,
    precision: fn(&Score) -> f64,
    whole: bool,
) -> Vec<String> {
    let mut cells = vec![name.to_owned()];
    cells.extend(NOISES.map(|noise| rate(per_1000(figures.of(&format!("noise_{}", noise.name()))))));
    cells.extend([1, 2, 3].map(|size| {
        let score = figures.of(&format!("shift_gauss_{size}sd"));
        format!("{}/{}", share(recall(score)), share(precision(score)))
    }));
    let load = figures.of("load_1000x300");
    let (recall, precision) = (recall(load), precision(load));
    cells.push(fine(2.0 * recall * precision / (recall + precision).max(f64::MIN_POSITIVE)));
    // One figure for both: a series is segmented as a whole and replayed.
    cells.push(if whole { format!("{:.0}", figures.series_a_second) } else { "(both)".to_owned() });
    cells
}

fn short(figures: &Figures) -> String {
    let head = ["method", "step", "n = 4", "n = 6", "n = 10", "n = 20", "n = 30"];
    let others = OTHERS_SHORT.iter().map(|other| {
        let shares = other.shares.iter().map(|share_of| or_dash(share_of.map(share)));
        [other.name, other.step].map(str::to_owned).into_iter().chain(shares).collect()
    });
    let ours = |name: &str, size: u32, of: fn(&Score) -> f64| {
        let cells = SHORT.map(|n| share(of(figures.of(&format!("short_{n}_{size}sd")))));
        [name.to_owned(), if size == 0 { "none".to_owned() } else { format!("{size} sd") }]
            .into_iter()
            .chain(cells)
            .collect::<Vec<String>>()
    };
    let rows = others.chain([
        ours(OURS_WHOLE, 6, Score::recall),
        ours(OURS_WHOLE, 3, Score::recall),
        ours(OURS_APPENDED, 6, Score::alarm_recall),
        ours(OURS_APPENDED, 3, Score::alarm_recall),
        ours("**this one, share of unchanged series with an alarm**", 0, Score::alarm_share),
    ]);
    table(&head, rows)
}

fn shifts(figures: &Figures) -> String {
    let head = ["noise", "size", "R", "P", "alarm R", "alarm P", "median delay"];
    let kinds =
        [("gauss", vec!["0.5", "1", "2", "3", "5", "12"]), ("ar1", vec!["2", "3"]), ("student3", vec!["2", "3"])];
    let rows = kinds.iter().flat_map(|(kind, sizes)| sizes.iter().map(move |size| (kind, size))).map(|(kind, size)| {
        let score = figures.of(&format!("shift_{kind}_{size}sd"));
        let shares =
            [Score::recall, Score::precision, Score::alarm_recall, Score::alarm_precision].map(|of| share(of(score)));
        let delay = or_dash(score.delay().map(|runs| runs.to_string()));
        [(*kind).to_owned(), format!("{size} sd")].into_iter().chain(shares).chain([delay]).collect()
    });
    table(&head, rows)
}

/// Every bar beside what was reached; what misses its bar is in bold.
fn asked(figures: &Figures) -> String {
    let rows = bars::ALL.iter().flat_map(|bar| bar.sets.iter().map(move |set| (bar, set))).map(|(bar, set)| {
        let reached = (bar.figure)(figures.of(set));
        let sign = if bar.most { "≤" } else { "≥" };
        let text = bar.write(reached);
        let text = if bar.holds(reached) { text } else { format!("**{text}**") };
        vec![format!("`{set}`"), bar.name.to_owned(), format!("{sign} {}", bar.write(bar.limit)), text]
    });
    let speed = vec![
        "`load_1000x300`".to_owned(),
        "series/s/core".to_owned(),
        "≥ 10000".to_owned(),
        format!("{:.0}", figures.series_a_second),
    ];
    table(&["set", "figure", "asked", "reached"], rows.chain([speed]))
}

fn histories(figures: &Figures) -> String {
    let head = [
        "history",
        "changes per 1000",
        "R",
        "P",
        "alarms per 1000",
        "alarm R",
        "alarm P",
        "median delay",
        "drifts told",
    ];
    let rows = figures.histories.iter().map(|(name, score)| {
        let found = |of: fn(&Score) -> f64| if score.is_quiet() { "–".to_owned() } else { share(of(score)) };
        vec![
            name.clone(),
            rate(score.changes_per_1000()),
            found(Score::recall),
            found(Score::precision),
            rate(score.alarms_per_1000()),
            found(Score::alarm_recall),
            found(Score::alarm_precision),
            or_dash(score.delay().map(|runs| runs.to_string())),
            rate(score.drifts_a_series()),
        ]
    });
    table(&head, rows)
}
