//! Whole mails as another reader takes them apart: the structure, the picture, and the thread of firing, update and resolved.
//!
//! The reader is Python's email package; where there is no Python these tests say so and do nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use chimera_insight::domain::alert::{AlertKey, AlertKind, AlertState};
use chimera_insight::domain::series::{Direction, SeriesKey};
use chimera_insight::domain::units::Unit;
use chimera_insight::domain::verdict::{Began, Shift, Verdict, VerdictKind};
use chimera_insight::domain::zone::Zone;
use chimera_insight::insight::{AlertLine, Evidence, History, Judged, Level, Point, Turn};
use chimera_insight::mail::{Draft, compose, message_id};
use chimera_insight::report::{Held, HeldMail, MailBody, MailNews, News, Onset, held, mail};
use jiff::Timestamp;
use serde_json::Value;

/// A name that would be a header, an element and a link, if anything let it.
const HOSTILE: &str =
    "größe\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>\"><img src=x onerror=y>[a](javascript:b)\u{202e}";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn alert(benchmark: &str) -> AlertLine {
    AlertLine {
        id: 3,
        key: AlertKey {
            kind: AlertKind::Regression,
            benchmark: benchmark.to_owned(),
            metric: "ttft".to_owned(),
            environment: String::new(),
        },
        state: AlertState::Firing,
        opened_at: at("2026-11-20T10:00:00Z"),
        reopened_at: None,
        ended_at: None,
        moved: None,
        ack: "chimera-insight alerts ack 3".to_owned(),
        fresh: true,
        group: None,
        inhibited_by: None,
        reasons: Vec::new(),
        in_all: Vec::new(),
    }
}

fn judged(benchmark: &str) -> Judged {
    let change_at = at("2026-11-19T10:00:00Z");
    let shift = Shift {
        before: 0.61,
        after: 0.69,
        n_before: 20,
        n_after: 3,
        effect: 0.08 / 0.61,
        interval: (0.12, 0.14),
        noise: 0.004,
        p: None,
        run_length: None,
        change_index: 20,
        change_at,
        began: Began { first: 20, last: 20, first_at: change_at, last_at: change_at },
    };
    Judged {
        series: SeriesKey {
            benchmark: benchmark.to_owned(),
            metric: "ttft".to_owned(),
            unit: Unit::new("s"),
            ..SeriesKey::default()
        },
        direction: Direction::Lower,
        verdict: Verdict {
            kind: VerdictKind::Regression,
            n: 23,
            shift: Some(shift),
            reason: "Three runs in a row stand far outside the noise.".to_owned(),
        },
        commit_before: Some("abc1234".to_owned()),
        commit_after: Some("def5678".to_owned()),
        evidence: Evidence::default(),
    }
}

fn history(metric: &str) -> History {
    let points = (0..23u32).map(|run| Point {
        at: at("2026-11-01T10:00:00Z") + jiff::SignedDuration::from_hours(24 * i64::from(run)),
        value: if run < 20 { 0.61 } else { 0.69 } + f64::from(run % 3) / 500.0,
        commit: None,
        path: "reports/gemma3.csv".to_owned(),
        cell: format!("row {run}, column {metric}"),
    });
    let level = |from, to, level| Level { from, to, level, noise: Some(0.004) };
    History {
        title: metric.to_owned(),
        metric: metric.to_owned(),
        unit: Unit::new("s"),
        direction: Direction::Lower,
        points: points.collect(),
        left_out: 0,
        levels: vec![level(0, 20, 0.61), level(20, 23, 0.69)],
        changes: vec![Turn { index: 20, worse: Some(true) }],
    }
}

/// The body of a mail about one benchmark: with a picture when it fires.
fn body(benchmark: &str, onset: Option<Onset>) -> MailBody {
    let fired = onset.map(|onset| News { judged: judged(benchmark), alert: alert(benchmark), onset });
    let resolved: Vec<AlertLine> = onset.is_none().then(|| alert(benchmark)).into_iter().collect();
    let drawn = history("ttft");
    mail(&MailNews {
        prefix: "[chimera]",
        tree: "lab",
        fired: fired.as_slice(),
        notices: &[],
        resolved: &resolved,
        report_path: Some("reports/insight-20261121T220000Z.md"),
        zone: &Zone::UTC,
        history: onset.map(|_| &drawn),
    })
}

/// The mail with this body, the `nth` of its thread.
fn draft(body: MailBody, to: &str, nth: u8) -> Draft {
    let id = |n: u8| message_id([n; 16], "bench.example.org");
    let mut headers = vec![("X-Chimera-Landing".to_owned(), nth.to_string())];
    headers.extend(body.headers);
    Draft {
        from: "Chimera Insight <chimera@example.org>".to_owned(),
        to: to.to_owned(),
        subject: body.subject,
        text: body.plain,
        html: body.html,
        chart: body.chart,
        message_id: id(nth),
        date: at("2026-11-21T22:00:00Z"),
        in_reply_to: (nth > 1).then(|| id(1)),
        references: (1..nth).map(id).collect(),
        list_id: Some("Benchmarks <bench.example.org>".to_owned()),
        headers,
    }
}

/// A mail that fires, with its picture.
pub fn firing(to: &str) -> Draft {
    draft(body("reports/gemma3", Some(Onset::New)), to, 1)
}

/// What Python makes of these files; `None` where there is no Python.
pub fn read_by_python(files: &[PathBuf]) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/mime.py");
    let Ok(output) = Command::new("python3").arg(script).args(files).output() else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn read(drafts: &[Draft]) -> Option<Vec<Value>> {
    let dir = tempfile::tempdir().unwrap();
    let write = |(i, draft): (usize, &Draft)| {
        let path = dir.path().join(format!("{i}.eml"));
        std::fs::write(&path, compose(draft).unwrap()).unwrap();
        path
    };
    let files: Vec<PathBuf> = drafts.iter().enumerate().map(write).collect();
    read_by_python(&files)
}

/// The types of the parts, as a tree.
fn tree(part: &Value) -> String {
    let inner: Vec<String> = part["parts"].as_array().into_iter().flatten().map(tree).collect();
    let kind = part["type"].as_str().unwrap();
    if inner.is_empty() { kind.to_owned() } else { format!("{kind}({})", inner.join(", ")) }
}

#[test]
fn a_picture_stands_beside_the_html_that_shows_it() {
    let sent = firing("team@example.org");
    let Some(mails) = read(std::slice::from_ref(&sent)) else { return };
    let mail = &mails[0];
    assert_eq!(mail["faults"], serde_json::json!([]));
    assert_eq!(tree(&mail["body"]), "multipart/alternative(text/plain, multipart/related(text/html, image/png))");
    let [text, related] = mail["body"]["parts"].as_array().unwrap().as_slice() else { panic!("{mail}") };
    let [html, picture] = related["parts"].as_array().unwrap().as_slice() else { panic!("{related}") };
    let chart = sent.chart.as_ref().unwrap();
    assert_eq!(picture["Content-ID"], format!("<{}>", chart.cid));
    assert!(picture["Content-Disposition"].as_str().unwrap().starts_with("inline"), "{picture}");
    assert_eq!((&picture["starts"], &picture["bytes"]), (&"89504e470d0a1a0a".into(), &chart.png.len().into()));
    assert_eq!(html["text"].as_str().unwrap().matches(&format!("src=\"cid:{}\"", chart.cid)).count(), 1);
    assert_eq!(html["text"].as_str().unwrap().trim_end(), sent.html.trim_end());
    assert_eq!(text["text"].as_str().unwrap().trim_end(), sent.text.trim_end());
}

#[test]
fn the_news_of_an_alert_are_one_thread() {
    let to = "team@example.org";
    let bodies = [Some(Onset::New), Some(Onset::Grew), None].map(|onset| body("reports/gemma3", onset));
    let drafts: Vec<Draft> = bodies.into_iter().zip(1..).map(|(body, nth)| draft(body, to, nth)).collect();
    let Some(mails) = read(&drafts) else { return };
    let told: Vec<String> = mails.iter().map(|mail| serde_json::to_string_pretty(&mail["headers"]).unwrap()).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(mails.iter().all(|mail| mail["faults"] == serde_json::json!([])), "{mails:#?}");
    assert_eq!(tree(&mails[2]["body"]), "multipart/alternative(text/plain, text/html)");
}

#[test]
fn a_digest_holds_the_mails_whole() {
    let carried = [Some(Onset::New), None].map(|onset| body("reports/gemma3", onset));
    let mails = carried.map(|body| HeldMail {
        subject: body.subject,
        text: body.text,
        at: at("2026-11-21T23:00:00Z"),
        headers: body.headers,
    });
    let digest =
        held(&Held { prefix: "[chimera]", tree: "lab", mails: &mails, why: "by quiet hours", zone: &Zone::UTC });
    let Some(read) = read(&[draft(digest, "team@example.org", 1)]) else { return };
    let text = read[0]["body"]["parts"][0]["text"].as_str().unwrap();
    assert!(mails.iter().all(|mail| text.contains(mail.text.trim_end())), "{text}");
    assert_eq!(read[0]["headers"]["X-Chimera-Kind"], "digest");
}

#[test]
fn hostile_names_stay_in_their_place() {
    let Some(mails) = read(&[draft(body(HOSTILE, Some(Onset::New)), "team@example.org", 1)]) else { return };
    let mail = &mails[0];
    assert_eq!(mail["faults"], serde_json::json!([]));
    assert_eq!(tree(&mail["body"]), "multipart/alternative(text/plain, multipart/related(text/html, image/png))");
    assert!(
        mail["headers"]["X-Chimera-Benchmark"].as_str().unwrap().starts_with("größe Bcc: evil@example.org"),
        "{mail}"
    );
    let html = mail["body"]["parts"][1]["parts"][0]["text"].as_str().unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("onerror=y>"), "{html}");
}
