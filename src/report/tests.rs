//! The whole report and the whole mail of a made-up landing, and the same with hostile names.

use std::collections::BTreeSet;

use super::*;
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::insight::tests as lab;
use crate::insight::{Analyst, BenchmarkRows, Settings};

const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);

const GOLDEN: &str = r#####"<!-- chimera-insight:report landing=7 -->
# Benchmark report, 2026-03-04 05:06:07 UTC

**`ttft` of `reports/tiny_sweep` got worse (+30 %). 1 file could not be read.** [F3, F6]

Arrived: 4 artifacts with 2 runs, 16 measurements of 14 series. [F7–F10]

## Regressions

### `ttft` of `reports/tiny_sweep`, `gpu=40`

- Before 0.2 s, after 0.26 s: +30 %, likely between +28 % and +33 %; lower is better. [F1–F5]
- Since 2026-03-01 00:00:00 UTC, between commits `abc1234` and `def5678`.
- Seen in 3 runs against 24 runs before; single runs scatter by about 0.004 s. [F11–F13]
- Why: Three runs in a row stand far outside the noise.
- Alert `12`, new, open since 2026-03-04 05:06:00 UTC. Take it with `chimera-insight alerts ack 12`.

## Watching, not confirmed

- `tokens_per_second` of `reports/tiny_sweep`, `gpu=40`: 100 tok/s before, 88 tok/s now (worse, -12 %, likely between -14 % and -9 %), since 2026-03-01 00:00:00 UTC. Three runs in a row stand far outside the noise. [F14–F18]

## Findings

1. 1 file could not be read, so whatever it holds is missing from every number here. [F6]
2. The files hold 2 error rows in 1 place, which leaves fewer measurements than were planned. [F19, F20]
3. Of everything measured here, `tokens_per_second` is highest with `tiny_sweep` (`config=b ctx=1024 gpu=40`) at 100 tok/s, against `big:8b` at 40 tok/s; the two come from different benchmarks, so the work may differ too. [F21, F22]
4. In `reports/tiny_sweep`, `tokens_per_second` is highest with `ctx=1024 gpu=40`: 100 tok/s, +11.1 % or +10 tok/s against the 90 tok/s of `ctx=1024 gpu=20`; the median of all is 97.5 tok/s. [F21, F23–F26]
5. In `reports/tiny_sweep`, `ttft` is shortest with `ctx=2048 gpu=20`: 0.1 s, -80 % or -0.4 s against the 0.5 s of `ctx=1024 gpu=20`; the median of all is 0.225 s. [F27–F31]
6. Nobody can tell the tail of 1 model or benchmark: `tiny_sweep` has latencies, but no p99 and too few values for one. [F32]
7. 1 metric comes without a unit: `score of reports/big_baseline`. [F33]

## Recommendations

1. Begin with `ttft` of `reports/tiny_sweep`: the cause lies between commits `abc1234` and `def5678`. [F3]
2. Run `reports/tiny_sweep` again: 3 runs at the new level make it a regression, a run at the old one clears it. [F34]
3. Mend what could not be read, or take it out of the watched directories; the reasons stand further down. [F6]
4. Run again what ended in an error; until then those configurations count for less. [F19]
5. For throughput in `reports/tiny_sweep`, try `ctx=1024 gpu=40`, and repeat it beside the runner-up before you rely on it: it was measured a single time. [F21]
6. For a short wait in `reports/tiny_sweep`, try `ctx=2048 gpu=20`, and repeat it beside the runner-up before you rely on it: it was measured a single time. [F27]
7. Record p99, or every single latency, where only a mean or one value is kept now. [F32]
8. Put the unit into the name of the column or beside the value. [F33]

## Data inventory

Total files analyzed: 4 [F35]

| type | files | in this landing | copies | not readable | bytes | latest modified | facts |
| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |
| csv | 2 | 2 | 0 | 0 | 730 | 2026-02-02 02:40:00 UTC | F36–F40 |
| json | 1 | 1 | 0 | 1 | 17 | 2026-02-02 02:40:00 UTC | F41–F45 |
| markdown | 1 | 1 | 0 | 0 | 99 | 2026-02-02 02:40:00 UTC | F46–F50 |

### CSV Files (2)

- `reports/big_baseline.csv`
- `reports/tiny_sweep.csv`

### JSON Files (1)

- `csv_data/broken.json`

### Markdown Files (1)

- `reports/notes.md`

### By directory

| directory | csv | json | markdown | all | facts |
| --- | ---: | ---: | ---: | ---: | --- |
| `csv_data` |  | 1 |  | 1 | F51, F52 |
| `reports` | 2 |  | 1 | 3 | F53–F55 |

## The numbers by model and configuration

### `big:8b`

| benchmark | metric | unit | n | median | facts |
| --- | --- | --- | ---: | ---: | --- |
| `reports/big_baseline` | `tokens_per_second` | tok/s | 1 | 40 | F22, F56 |
| `reports/big_baseline` | `score` |  | 1 | 0.8125 | F56, F57 |

### `tiny_sweep`

| benchmark | configuration | metric | unit | n | median | facts |
| --- | --- | --- | --- | ---: | ---: | --- |
| `reports/tiny_sweep` | `config=a ctx=1024 gpu=20` | `tokens_per_second` | tok/s | 1 | 90 | F23, F56 |
| `reports/tiny_sweep` | `config=a ctx=1024 gpu=20` | `ttft` | s | 1 | 0.5 | F28, F56 |
| `reports/tiny_sweep` | `config=a ctx=2048 gpu=20` | `tokens_per_second` | tok/s | 1 | 96 | F56, F58 |
| `reports/tiny_sweep` | `config=a ctx=2048 gpu=20` | `ttft` | s | 1 | 0.1 | F27, F56 |
| `reports/tiny_sweep` | `config=b ctx=1024 gpu=40` | `tokens_per_second` | tok/s | 1 | 100 | F21, F56 |
| `reports/tiny_sweep` | `config=b ctx=1024 gpu=40` | `ttft` | s | 1 | 0.2 | F56, F59 |
| `reports/tiny_sweep` | `config=b ctx=2048 gpu=40` | `tokens_per_second` | tok/s | 1 | 99 | F56, F60 |
| `reports/tiny_sweep` | `config=b ctx=2048 gpu=40` | `ttft` | s | 1 | 0.25 | F56, F61 |

## Best and worst configuration of each sweep

### `reports/tiny_sweep`

Varies `ctx` and `gpu` over 4 configurations. [F62]

| metric | better | best configuration | best | worst configuration | worst | median of all | difference | change | facts |
| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | --- |
| `tokens_per_second` | higher | `ctx=1024 gpu=40` | 100 tok/s | `ctx=1024 gpu=20` | 90 tok/s | 97.5 tok/s | +10 tok/s | +11.1 % | F21, F23–F26 |
| `ttft` | lower | `ctx=2048 gpu=20` | 0.1 s | `ctx=1024 gpu=20` | 0.5 s | 0.225 s | -0.4 s | -80 % | F27–F31 |

## Percentiles as the files state them

| model | benchmark | metric | unit | p50 | p95 | p99 | facts |
| --- | --- | --- | --- | ---: | ---: | ---: | --- |
| `big:8b` | `reports/big_baseline` | `latency` | ms | 11.9 | 13 | 14 | F63–F65 |

## Means and spreads as the files state them

| model | benchmark | metric | unit | value | std | min | max | samples | facts |
| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
| `big:8b` | `reports/big_baseline` | `latency` | ms | 12 | 0.75 | 11 | 14.5 | 30 | F66–F70 |

## Missing telemetry

- 1 model or benchmark with latencies but nothing about their tail: `tiny_sweep`. [F32]
- 1 metric with a direction but no unit: `score of reports/big_baseline`. [F33]

| what | file | about | count | of | first at | detail | facts |
| --- | --- | --- | ---: | ---: | --- | --- | --- |
| error rows | `reports/tiny_sweep.csv` | `error` | 2 | 6 | row 5 | timeout &#124; &lt;b&gt; | F71, F72 |

## Contradictions and errors

| file | why it could not be read |
| --- | --- |
| `csv_data/broken.json` | row 3 has 2 of 5 cells |

## How it was decided

- A series is judged from 8 runs on; below that there is not enough evidence either way. [F73]
- Shifts below 2 % are taken as too small to matter. [F74]
- A run far outside the noise is only watched; 3 of them at the new level make a regression. Intervals hold with 95 % confidence. [F34, F75]
- Medians, means and percentiles are taken over the cells that the last table names; a p95 is given from 20 values on, a p99 from 100. [F76, F77]
- Best and worst of a sweep are the extremes of the configurations' medians. Chance picks extremes too, so repeat before you rely on a narrow lead.
- Verdicts: candidate 1, regression 1. [F78, F79]

## Appendix: where the numbers come from

| fact | value | unit | name | source |
| --- | ---: | --- | --- | --- |
| F1 | 0.2 | s | `level before the change of reports/tiny_sweep [gpu=40] ttft (s)` | median(cells): `reports/tiny_history.csv` `row 1–24, column ttft` (69c8e5c5b14e) |
| F2 | 0.26 | s | `level after the change of reports/tiny_sweep [gpu=40] ttft (s)` | median(cells): `reports/tiny_history.csv` `row 25–27, column ttft` (69c8e5c5b14e) |
| F3 | 30 | percent | `effect on reports/tiny_sweep [gpu=40] ttft (s)` | 100 \* (F2 - F1) / &#124;F1&#124; [F1, F2] |
| F4 | 28 | percent | `lower end of the effect on reports/tiny_sweep [gpu=40] ttft (s)` | judge_low95(F3) [F3] |
| F5 | 33 | percent | `upper end of the effect on reports/tiny_sweep [gpu=40] ttft (s)` | judge_high95(F3) [F3] |
| F6 | 1 | count | `artifacts that could not be read` | counted over the index |
| F7 | 4 | count | `artifacts of this landing` | counted over the index |
| F8 | 2 | count | `runs of this landing` | counted over the index |
| F9 | 16 | count | `measurements of this landing` | counted over the index |
| F10 | 14 | count | `series of this landing` | counted over the index |
| F11 | 3 | count | `runs since the change of reports/tiny_sweep [gpu=40] ttft (s)` | counted over the index |
| F12 | 24 | count | `runs before the change of reports/tiny_sweep [gpu=40] ttft (s)` | counted over the index |
| F13 | 0.004 | s | `noise of reports/tiny_sweep [gpu=40] ttft (s)` | judge_noise(cells) of F1 |
| F14 | 100 | tok/s | `level before the change of reports/tiny_sweep [gpu=40] tokens_per_second (tok/s)` | median(cells): `reports/tiny_history.csv` `row 1–24, column tokens_per_second` (69c8e5c5b14e) |
| F15 | 88 | tok/s | `level after the change of reports/tiny_sweep [gpu=40] tokens_per_second (tok/s)` | median(cells): `reports/tiny_history.csv` `row 25–27, column tokens_per_second` (69c8e5c5b14e) |
| F16 | -12 | percent | `effect on reports/tiny_sweep [gpu=40] tokens_per_second (tok/s)` | 100 \* (F15 - F14) / &#124;F14&#124; [F14, F15] |
| F17 | -14 | percent | `lower end of the effect on reports/tiny_sweep [gpu=40] tokens_per_second (tok/s)` | judge_low95(F16) [F16] |
| F18 | -9 | percent | `upper end of the effect on reports/tiny_sweep [gpu=40] tokens_per_second (tok/s)` | judge_high95(F16) [F16] |
| F19 | 2 | count | `error rows` | counted over the index |
| F20 | 1 | count | `places with error rows` | counted over the index |
| F21 | 100 | tok/s | `tokens_per_second of reports/tiny_sweep [config=b ctx=1024 gpu=40 name=x y]` | `reports/tiny_sweep.csv` `row 3, column tokens_per_second` (4d87e6bdf234) |
| F22 | 40 | tok/s | `tokens_per_second of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column tokens_per_second` (a4729c239e46) |
| F23 | 90 | tok/s | `tokens_per_second of reports/tiny_sweep [config=a ctx=1024 gpu=20 name=x y]` | `reports/tiny_sweep.csv` `row 1, column tokens_per_second` (4d87e6bdf234) |
| F24 | 97.5 | tok/s | `median tokens_per_second of reports/tiny_sweep, all configurations` | median(cells): `reports/tiny_sweep.csv` `row 1–4, column tokens_per_second` (4d87e6bdf234) |
| F25 | 10 | tok/s | `difference in tokens_per_second of reports/tiny_sweep, best against worst configuration` | F21 - F23 [F21, F23] |
| F26 | 11.1111111111 | percent | `change in tokens_per_second of reports/tiny_sweep, best against worst configuration` | 100 \* (F21 - F23) / &#124;F23&#124; [F21, F23] |
| F27 | 0.1 | s | `ttft of reports/tiny_sweep [config=a ctx=2048 gpu=20 name=x y]` | `reports/tiny_sweep.csv` `row 2, column ttft` (4d87e6bdf234) |
| F28 | 0.5 | s | `ttft of reports/tiny_sweep [config=a ctx=1024 gpu=20 name=x y]` | `reports/tiny_sweep.csv` `row 1, column ttft` (4d87e6bdf234) |
| F29 | 0.225 | s | `median ttft of reports/tiny_sweep, all configurations` | median(cells): `reports/tiny_sweep.csv` `row 1–4, column ttft` (4d87e6bdf234) |
| F30 | -0.4 | s | `difference in ttft of reports/tiny_sweep, best against worst configuration` | F27 - F28 [F27, F28] |
| F31 | -80 | percent | `change in ttft of reports/tiny_sweep, best against worst configuration` | 100 \* (F27 - F28) / &#124;F28&#124; [F27, F28] |
| F32 | 1 | count | `models and benchmarks without a p99` | counted over the index |
| F33 | 1 | count | `metrics without a unit` | counted over the index |
| F34 | 3 | count | `confirm runs` | setting `confirm_runs` |
| F35 | 4 | count | `artifacts in the tree` | counted over the index |
| F36 | 2 | count | `csv artifacts` | counted over the index |
| F37 | 2 | count | `csv artifacts in this landing` | counted over the index |
| F38 | 0 | count | `copies among the csv artifacts` | counted over the index |
| F39 | 0 | count | `csv artifacts that are not readable` | counted over the index |
| F40 | 730 | count | `bytes of all csv artifacts` | counted over the index |
| F41 | 1 | count | `json artifacts` | counted over the index |
| F42 | 1 | count | `json artifacts in this landing` | counted over the index |
| F43 | 0 | count | `copies among the json artifacts` | counted over the index |
| F44 | 1 | count | `json artifacts that are not readable` | counted over the index |
| F45 | 17 | count | `bytes of all json artifacts` | counted over the index |
| F46 | 1 | count | `markdown artifacts` | counted over the index |
| F47 | 1 | count | `markdown artifacts in this landing` | counted over the index |
| F48 | 0 | count | `copies among the markdown artifacts` | counted over the index |
| F49 | 0 | count | `markdown artifacts that are not readable` | counted over the index |
| F50 | 99 | count | `bytes of all markdown artifacts` | counted over the index |
| F51 | 1 | count | `json artifacts in csv_data` | counted over the index |
| F52 | 1 | count | `artifacts in csv_data` | counted over the index |
| F53 | 2 | count | `csv artifacts in reports` | counted over the index |
| F54 | 1 | count | `markdown artifacts in reports` | counted over the index |
| F55 | 3 | count | `artifacts in reports` | counted over the index |
| F56 | 1 | count | `values behind a row with a single one` | counted over the index |
| F57 | 0.8125 |  | `score of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column score` (a4729c239e46) |
| F58 | 96 | tok/s | `tokens_per_second of reports/tiny_sweep [config=a ctx=2048 gpu=20 name=x y]` | `reports/tiny_sweep.csv` `row 2, column tokens_per_second` (4d87e6bdf234) |
| F59 | 0.2 | s | `ttft of reports/tiny_sweep [config=b ctx=1024 gpu=40 name=x y]` | `reports/tiny_sweep.csv` `row 3, column ttft` (4d87e6bdf234) |
| F60 | 99 | tok/s | `tokens_per_second of reports/tiny_sweep [config=b ctx=2048 gpu=40 name=x y]` | `reports/tiny_sweep.csv` `row 4, column tokens_per_second` (4d87e6bdf234) |
| F61 | 0.25 | s | `ttft of reports/tiny_sweep [config=b ctx=2048 gpu=40 name=x y]` | `reports/tiny_sweep.csv` `row 4, column ttft` (4d87e6bdf234) |
| F62 | 4 | count | `configurations of reports/tiny_sweep` | counted over the index |
| F63 | 11.9 | ms | `latency_p50 of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column latency_p50` (a4729c239e46) |
| F64 | 13 | ms | `latency_p95 of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column latency_p95` (a4729c239e46) |
| F65 | 14 | ms | `latency_p99 of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column latency_p99` (a4729c239e46) |
| F66 | 12 | ms | `latency of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column latency` (a4729c239e46) |
| F67 | 0.75 | ms | `standard deviation of latency of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column std` (a4729c239e46) |
| F68 | 11 | ms | `minimum of latency of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column min` (a4729c239e46) |
| F69 | 14.5 | ms | `maximum of latency of reports/big_baseline [model=big:8b]` | `reports/big_baseline.csv` `row 1, column max` (a4729c239e46) |
| F70 | 30 | count | `samples behind latency of reports/big_baseline [model=big:8b]` | samples(cells): `reports/big_baseline.csv` `row 1, column latency` (a4729c239e46) |
| F71 | 2 | count | `error rows found in reports/tiny_sweep.csv (error)` | counted(cells): `reports/tiny_sweep.csv` `from row 5` (4d87e6bdf234) |
| F72 | 6 | count | `error rows looked for in reports/tiny_sweep.csv (error)` | counted(cells) of F71 |
| F73 | 8 | count | `min runs` | setting `min_runs` |
| F74 | 2 | percent | `min effect` | setting `min_effect` |
| F75 | 95 | percent | `confidence` | setting `confidence` |
| F76 | 20 | count | `values for p95` | setting `values_for_p95` |
| F77 | 100 | count | `values for p99` | setting `values_for_p99` |
| F78 | 1 | count | `series with the verdict candidate` | counted over the index |
| F79 | 1 | count | `series with the verdict regression` | counted over the index |
"#####;

#[test]
fn the_whole_report_reads_as_it_should() {
    let report = markdown(&lab::analysis(false));
    for (i, (line, expected)) in report.lines().zip(GOLDEN.lines()).enumerate() {
        assert_eq!(line, expected, "line {}", i + 1);
    }
    assert_eq!(report, GOLDEN);
}

#[test]
fn equal_landings_give_equal_bytes() {
    assert_eq!(markdown(&lab::analysis(false)), markdown(&lab::analysis(true)));
}

#[test]
fn every_citation_has_its_line_in_the_appendix() {
    let report = markdown(&lab::analysis(false));
    let (text, appendix) = report.split_once("## Appendix").unwrap();
    let listed: BTreeSet<u32> =
        appendix.lines().filter_map(|line| line.strip_prefix("| F")?.split(' ').next()?.parse().ok()).collect();
    let cited: BTreeSet<u32> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| word.strip_prefix('F')?.parse().ok())
        .collect();
    assert!(cited.len() > 20 && cited.is_subset(&listed), "{cited:?} {listed:?}");
    assert_eq!(listed, (1..=listed.len() as u32).collect());
}

const HOSTILE: &str = "<script>alert(1)</script>|a`b [x](javascript:alert(2)) ![p](http://e/p.png)\r\n# h \u{202e}\\";

/// A landing in which every foreign text is hostile.
fn hostile() -> crate::insight::Analysis {
    let mut file = lab::file(&format!("reports/{HOSTILE}.csv"), ArtifactKind::Csv, 5);
    file.error = Some(HOSTILE.to_owned());
    let mut benchmark: BenchmarkRows = lab::sweep();
    benchmark.benchmark = HOSTILE.to_owned();
    for row in &mut benchmark.rows {
        row.series.benchmark = HOSTILE.to_owned();
        row.series.case = HOSTILE.to_owned();
        row.series.environment = HOSTILE.to_owned();
        row.series.unit = Unit::new(HOSTILE);
        row.path = HOSTILE.to_owned();
        row.subject.insert("model".to_owned(), HOSTILE.to_owned());
    }
    for gap in &mut benchmark.gaps {
        gap.kind = HOSTILE.to_owned();
        gap.detail = HOSTILE.to_owned();
        gap.at = HOSTILE.to_owned();
    }
    let mut judged = lab::judged(VerdictKind::Regression, TTFT, 0.2, 0.26);
    judged.series.benchmark = HOSTILE.to_owned();
    judged.verdict.reason = HOSTILE.to_owned();
    judged.commit_after = Some(HOSTILE.to_owned());
    let mut analyst = Analyst::new(lab::landing(), &Settings::default());
    analyst.artifacts(&[file]);
    analyst.benchmark(benchmark);
    analyst.verdicts(vec![judged], Vec::new());
    analyst.finish()
}

/// The names of all elements in a page.
fn elements(page: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    page.split('<').skip(1).map(|rest| name(rest.trim_start_matches('/'))).filter(|name| !name.is_empty()).collect()
}

#[test]
fn hostile_names_stay_text() {
    let report = markdown(&hostile());
    assert!(!report.contains('\r') && !report.contains('\u{202e}'));
    let page = html(HOSTILE, &report);
    let known = [
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "strong", "a", "code", "ul", "ol",
        "li", "table", "thead", "tbody", "tr", "th", "td", "span",
    ];
    let known: BTreeSet<String> = known.into_iter().map(str::to_owned).chain(["doctype".to_owned()]).collect();
    let found = elements(&page);
    assert!(found.is_subset(&known), "{:?}", found.difference(&known));
    let targets: Vec<&str> = page.match_indices("href=\"").map(|(at, _)| &page[at + 6..at + 8]).collect();
    assert!(targets.contains(&"#F") && targets.iter().all(|target| target.starts_with('#')), "{targets:?}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn hostile_names_do_not_break_tables() {
    let report = markdown(&hostile());
    let mut width = None;
    for line in report.lines() {
        if !line.starts_with("| ") {
            width = None;
            continue;
        }
        let pipes = line.matches('|').count();
        assert_eq!(*width.get_or_insert(pipes), pipes, "{line}");
    }
}

fn news(metric: (&str, &str, Direction), before: f64, after: f64, id: i64) -> News {
    News { judged: lab::judged(VerdictKind::Regression, metric, before, after), alert: lab::alert(id, metric.0) }
}

#[test]
fn a_mail_says_everything_in_its_text() {
    let fired = [news(TTFT, 0.2, 0.22, 4), news(TOKENS, 100.0, 70.0, 5)];
    let mail = mail(&MailNews {
        prefix: "[chimera]",
        tree: "lab",
        fired: &fired,
        notices: &[],
        resolved: &[lab::alert(3, "load")],
        report_path: Some("reports/insight-20260304T050607Z.md"),
    });
    assert_eq!(mail.subject, "[chimera] 2 regressions in tiny_sweep: tokens_per_second -30 % worst");
    assert_eq!(mail.text, MAIL);
    assert!(mail.html.contains("<h3><code>tokens_per_second</code> of"), "{}", mail.html);
    assert!(!mail.html.contains("<script") && !mail.html.contains("class="), "{}", mail.html);
}

const MAIL: &str = r####"2 regressions in tiny_sweep: tokens_per_second -30 % worst.

### `tokens_per_second` of `reports/tiny_sweep`, `gpu=40`

- Before 100 tok/s, after 70 tok/s: -30 %, likely between -32 % and -27 %; higher is better.
- Since 2026-03-01 00:00:00 UTC, between commits `abc1234` and `def5678`.
- Seen in 3 runs against 24 runs before; single runs scatter by about 0.004 tok/s.
- Why: Three runs in a row stand far outside the noise.
- Alert `5`, new, open since 2026-03-04 05:06:00 UTC. Take it with `chimera-insight alerts ack 5`.

### `ttft` of `reports/tiny_sweep`, `gpu=40`

- Before 0.2 s, after 0.22 s: +10 %, likely between +8 % and +13 %; lower is better.
- Since 2026-03-01 00:00:00 UTC, between commits `abc1234` and `def5678`.
- Seen in 3 runs against 24 runs before; single runs scatter by about 0.004 s.
- Why: Three runs in a row stand far outside the noise.
- Alert `4`, new, open since 2026-03-04 05:06:00 UTC. Take it with `chimera-insight alerts ack 4`.

Resolved meanwhile:

- `load` of `reports/tiny_sweep`, alert 3, was open since 2026-03-04 05:06:00 UTC

The report: `reports/insight-20260304T050607Z.md`
"####;

#[test]
fn subjects_stay_short_and_on_one_line() {
    let mut one = news(TTFT, 0.2, 0.25, 4);
    one.judged.series.benchmark = format!("reports/{}\r\nBcc: x@y", "long-name-".repeat(12));
    let compose = |fired: &[News]| {
        mail(&MailNews { prefix: "[chimera]", tree: "lab", fired, notices: &[], resolved: &[], report_path: None })
            .subject
    };
    let subject = compose(std::slice::from_ref(&one));
    assert_eq!(subject, "[chimera] Regression in long-name-long-name-long-name-long-name-l…: ttft +25 %");
    one.judged.series.metric = "m".repeat(200);
    let subject = compose(&[one]);
    assert!(subject.chars().count() <= 78 && !subject.contains(['\r', '\n']), "{subject}");
}

#[test]
fn benchmarks_without_a_shared_name_are_those_of_the_tree() {
    let (a, mut b) = (news(TTFT, 0.2, 0.22, 4), news(TTFT, 0.2, 0.3, 5));
    b.judged.series.benchmark = "reports/other".to_owned();
    let news = MailNews { prefix: "[x]", tree: "lab", fired: &[a, b], notices: &[], resolved: &[], report_path: None };
    assert_eq!(mail(&news).subject, "[x] 2 regressions in lab: ttft +50 % worst");
}

#[test]
fn many_regressions_are_cut_with_a_word() {
    let fired: Vec<News> = (0..25).map(|i| news(TTFT, 0.2, 0.25 + f64::from(i) / 100.0, i64::from(i))).collect();
    let mail = mail(&MailNews {
        prefix: "[x]",
        tree: "lab",
        fired: &fired,
        notices: &[],
        resolved: &[],
        report_path: Some("r.md"),
    });
    assert_eq!(mail.text.matches("### ").count(), 20);
    assert!(
        mail.text.contains("And 5 more in the report.") && mail.text.contains("The report: `r.md`"),
        "{}",
        mail.text
    );
}

#[test]
fn a_closing_note_names_what_is_over() {
    let resolved = [lab::alert(3, "load")];
    let mail = mail(&MailNews {
        prefix: "[x]",
        tree: "lab",
        fired: &[],
        notices: &[],
        resolved: &resolved,
        report_path: None,
    });
    assert_eq!(mail.subject, "[x] Resolved: regression in tiny_sweep: load");
    assert!(
        mail.text.starts_with("Resolved: regression in tiny_sweep: load.\n\nBack at the old level:\n"),
        "{}",
        mail.text
    );
}
