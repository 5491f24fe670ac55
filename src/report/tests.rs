//! The whole report and the whole mail of a made-up landing, and the same with hostile names.

use std::collections::BTreeSet;

use super::*;
use crate::domain::artifact::ArtifactKind;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::insight::tests as lab;
use crate::insight::{Analyst, BenchmarkRows, Settings};

const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);

const GOLDEN: &str = include_str!("golden.md");

#[test]
fn the_whole_report_reads_as_it_should() {
    let report = markdown(&lab::analysis(false));
    // CHIMERA_BLESS=1 takes what there is for what should be: the difference is then read in review.
    if std::env::var_os("CHIMERA_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/golden.md"), &report).unwrap();
        return;
    }
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
    let known = [
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "strong", "a", "code", "ul", "ol",
        "li", "table", "thead", "tbody", "tr", "th", "td", "span", "main",
    ];
    let drawn = ["svg", "desc", "g", "path", "line", "rect", "circle", "polyline", "polygon", "text", "tspan"];
    let own =
        ["link", "header", "nav", "section", "article", "div", "figure", "details", "summary", "time", "b", "wbr"];
    let known: BTreeSet<String> =
        known.into_iter().chain(drawn).chain(own).chain(["DOCTYPE"]).map(str::to_owned).collect();
    for page in [page_of(HOSTILE, &report), html(&hostile())] {
        let found = elements(&page);
        assert!(found.is_subset(&known), "{:?}", found.difference(&known));
    }
    let page = html(&hostile());
    let targets: Vec<&str> = page.match_indices("href=\"").map(|(at, _)| &page[at + 6..at + 8]).collect();
    assert!(
        targets.contains(&"#F") && targets.iter().all(|target| target.starts_with('#') || *target == "da"),
        "{targets:?}"
    );
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
    News {
        judged: lab::judged(VerdictKind::Regression, metric, before, after),
        alert: lab::alert(id, metric.0),
        onset: Onset::New,
    }
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
        zone: &Zone::UTC,
        history: None,
    });
    assert_eq!(mail.subject, "[chimera] 2 regressions in tiny_sweep: tokens_per_second -30 % worst");
    assert_eq!(mail.text, MAIL);
    assert!(mail.html.contains(">tokens_per_second</code> of"), "{}", mail.html);
    assert!(!mail.html.contains("<script") && !mail.html.contains("class="), "{}", mail.html);
}

const MAIL: &str = r####"2 regressions in tiny_sweep: tokens_per_second -30 % worst.

### `tokens_per_second` of `reports/tiny_sweep`, `gpu=40`

- Before 100 tok/s, after 70 tok/s: -30 %, likely between -32 % and -27 %; higher is better.
- Since 2026-03-01 00:00:00 UTC, between commits `abc1234` and `def5678`.
- Seen in 3 runs against 24 runs before; single runs scatter by about 0.004 tok/s.
- Why: Three runs in a row stand far outside the noise.
- Alert `5`, new, open since 2026-03-04 05:06:00 UTC. Take it with `chimera-insight alerts ack 5`. Write `silence 5 --for 8h` in place of `ack 5` to silence it for a while, `accept 5` to accept the new level.

### `ttft` of `reports/tiny_sweep`, `gpu=40`

- Before 0.2 s, after 0.22 s: +10 %, likely between +8 % and +13 %; lower is better.
- Since 2026-03-01 00:00:00 UTC, between commits `abc1234` and `def5678`.
- Seen in 3 runs against 24 runs before; single runs scatter by about 0.004 s.
- Why: Three runs in a row stand far outside the noise.
- Alert `4`, new, open since 2026-03-04 05:06:00 UTC. Take it with `chimera-insight alerts ack 4`. Write `silence 4 --for 8h` in place of `ack 4` to silence it for a while, `accept 4` to accept the new level.

Resolved meanwhile:

- `load` of `reports/tiny_sweep`, alert 3, was open since 2026-03-04 05:06:00 UTC

The report: `reports/insight-20260304T050607Z.md`
"####;

#[test]
fn subjects_stay_short_and_on_one_line() {
    let mut one = news(TTFT, 0.2, 0.25, 4);
    one.judged.series.benchmark = format!("reports/{}\r\nBcc: x@y", "long-name-".repeat(12));
    let compose = |fired: &[News]| {
        mail(&MailNews {
            prefix: "[chimera]",
            tree: "lab",
            fired,
            notices: &[],
            resolved: &[],
            report_path: None,
            zone: &Zone::UTC,
            history: None,
        })
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
    let news = MailNews {
        prefix: "[x]",
        tree: "lab",
        fired: &[a, b],
        notices: &[],
        resolved: &[],
        report_path: None,
        zone: &Zone::UTC,
        history: None,
    };
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
        zone: &Zone::UTC,
        history: None,
    });
    assert_eq!(mail.text.matches("### ").count(), 20);
    assert!(mail.text.contains("Further alerts:") && mail.text.contains("The report: `r.md`"), "{}", mail.text);
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
        zone: &Zone::UTC,
        history: None,
    });
    assert_eq!(mail.subject, "[x] Resolved: regression in tiny_sweep: load");
    assert!(
        mail.text.starts_with("Resolved: regression in tiny_sweep: load.\n\nBack at the old level:\n"),
        "{}",
        mail.text
    );
}

#[test]
fn sizes_that_are_hard_to_read_are_told_in_a_step_of_their_unit_and_still_hold() {
    let mut benchmark = lab::sweep();
    for row in &mut benchmark.rows {
        if row.series.metric == "ttft" {
            (row.series.unit, row.value) = (Unit::new("ns"), row.value * 1e8 + 123.0);
        }
    }
    let mut baseline = lab::baseline();
    for row in baseline.rows.iter_mut().filter(|row| row.series.metric.starts_with("latency")) {
        (row.series.unit, row.value) = (Unit::new("us"), row.value * 1e4);
        let spread = &mut row.spread;
        [&mut spread.std, &mut spread.min, &mut spread.max].into_iter().flatten().for_each(|one| one.value *= 1e4);
    }
    let metric = ("ttft", "ns", Direction::Lower);
    let mut judged = lab::judged(VerdictKind::Regression, metric, 20_000_000.0, 26_000_000.0);
    judged.verdict.shift.as_mut().unwrap().noise = 400_123.0;
    let mut known = crate::insight::Known::new(&lab::landing());
    [&benchmark, &baseline].into_iter().for_each(|rows| known.benchmark(rows));
    known.verdicts(std::slice::from_ref(&judged), &[lab::alert(12, "ttft")]);
    let mut analyst = Analyst::new(lab::landing(), &Settings::default());
    [baseline, benchmark].into_iter().for_each(|rows| analyst.benchmark(rows));
    analyst.verdicts(vec![judged], vec![lab::alert(12, "ttft")]);
    let analysis = analyst.finish();
    let report = markdown(&analysis);
    for told in [
        "Before 20 ms, after 26 ms: +30 %",
        "scatter by about 0.4 ms.",
        "`ttft` | ms | 1 | 50 |",
        "| 10 ms | `ctx=1024 gpu=20` | 50 ms | 22.5 ms | -40 ms | -80 % |",
        "| `latency` | ms | 119 | 130 | 140 |",
        "| 20000000 | ns | `level before the change",
    ] {
        assert!(report.contains(told), "{told} is not in\n{report}");
    }
    assert_eq!(crate::insight::check(&report, &analysis.ledger, &known), []);
    for (from, to) in [
        ("after 26 ms", "after 26 µs"),
        ("after 26 ms", "after 26.1 ms"),
        ("after 26 ms", "after 26 ns"),
        ("about 0.4 ms", "about 0.401 ms"),
        ("| ms | 119 | 130 |", "| µs | 119 | 130 |"),
        ("| 10 ms | `ctx=1024", "| 10 s | `ctx=1024"),
    ] {
        let spoilt = report.replacen(from, to, 1);
        assert_ne!(spoilt, report, "{from}");
        assert_ne!(crate::insight::check(&spoilt, &analysis.ledger, &known), [], "{from} -> {to}");
    }
}
