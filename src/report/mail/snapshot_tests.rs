//! Whole mails as they go out, and the same with hostile names.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::{Held, HeldMail, MailBody, MailNews, News, Notice, NoticeKind, Onset, Week, held, mail, weekly};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::insight::tests as lab;
use crate::insight::{AlertLine, GroupLine, History, Level, Point, Turn};

const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);
const HOSTILE: &str = "<script>alert(1)</script>|a`b\"><img src=x onerror=y> [x](javascript:alert(2)) ![p](http://e/p.png)\r\nBcc: e@e\n# h \u{202e}\\&amp;";

fn berlin() -> Zone {
    Zone::new(TimeZone::fixed(Offset::constant(1)))
}

/// The course that the mails' worst regression took: 24 runs at one level, 3 at the other.
fn history(metric: (&str, &str, Direction), before: f64, after: f64) -> History {
    let value = |i: u32| if i < 24 { before } else { after } * (1.0 + f64::from(i * 7 % 5) / 400.0);
    let points = (0..27u32).map(|i| Point {
        at: lab::at("2026-02-02T00:00:00Z") + jiff::SignedDuration::from_hours(27 * i64::from(i)),
        value: value(i),
        commit: Some(if i < 24 { "abc1234" } else { "def5678" }.to_owned()),
        path: "reports/tiny_sweep.csv".to_owned(),
        cell: format!("row {}, column {}", i + 1, metric.0),
    });
    let level = |from, to, level: f64| Level { from, to, level, noise: Some(level / 200.0) };
    History {
        title: format!("{} of reports/tiny_sweep, gpu=40", metric.0),
        metric: metric.0.to_owned(),
        unit: Unit::new(metric.1),
        direction: metric.2,
        points: points.collect(),
        left_out: 0,
        levels: vec![level(0, 24, before), level(24, 27, after)],
        changes: vec![Turn { index: 24, worse: Some(true) }],
    }
}

fn news(metric: (&str, &str, Direction), before: f64, after: f64, id: i64, onset: Onset) -> News {
    let mut alert = lab::alert(id, metric.0);
    alert.group = Some(GroupLine { id: 4, ack: "chimera-insight alerts ack 4 --group".to_owned() });
    News { judged: lab::judged(VerdictKind::Regression, metric, before, after), alert, onset }
}

fn environment(id: i64) -> AlertLine {
    let mut alert = lab::alert(id, "");
    (alert.key.kind, alert.key.benchmark, alert.key.environment) =
        (AlertKind::Environment, String::new(), "host-a".into());
    alert
}

fn composed(fired: &[News], notices: &[Notice], resolved: &[AlertLine], history: Option<&History>) -> MailBody {
    mail(&MailNews {
        prefix: "[chimera]",
        tree: "lab",
        fired,
        notices,
        resolved,
        report_path: Some("reports/insight-20260304T050607Z.md"),
        zone: &berlin(),
        history,
    })
}

/// All that a mail can hold at once.
fn landing() -> MailBody {
    let fired = [news(TTFT, 0.2, 0.22, 4, Onset::Grew), news(TOKENS, 100.0, 70.0, 5, Onset::New)];
    let sentences = vec!["41 of 42 series moved.".to_owned(), "ttft of reports/tiny_sweep: +9.1 %.".to_owned()];
    let notice = Notice { alert: environment(7), kind: NoticeKind::Fires, sentences };
    composed(&fired, &[notice], &[lab::alert(3, "load")], Some(&history(TOKENS, 100.0, 70.0)))
}

fn reminder() -> MailBody {
    let mut alert = lab::alert(4, "ttft");
    alert.fresh = false;
    let next = Some(lab::at("2026-03-12T05:06:07Z"));
    let notice = Notice {
        alert,
        kind: NoticeKind::Reminds { next },
        sentences: vec!["3 runs lie at 0.26 s after 24 at 0.2 s: +30 %.".to_owned()],
    };
    composed(&[], &[notice], &[], Some(&history(TTFT, 0.2, 0.26)))
}

fn digest() -> MailBody {
    let first = composed(&[news(TTFT, 0.2, 0.26, 4, Onset::Reopened)], &[], &[], None);
    let second = composed(&[], &[], &[lab::alert(4, "ttft")], None);
    let mails = [(first, "2026-03-04T22:06:07Z"), (second, "2026-03-05T03:06:07Z")].map(|(mail, at)| HeldMail {
        subject: mail.subject,
        text: mail.text,
        at: lab::at(at),
        headers: mail.headers,
    });
    held(&Held { prefix: "[chimera]", tree: "lab", mails: &mails, why: "by quiet hours", zone: &berlin() })
}

fn week() -> MailBody {
    let mut acknowledged = lab::alert(2, "load");
    acknowledged.state = AlertState::Acknowledged;
    let report = |at: &str| -> (Timestamp, String) { (lab::at(at), format!("reports/insight-{at}.md")) };
    weekly(&Week {
        prefix: "[chimera]",
        tree: "lab",
        from: lab::at("2026-03-02T07:00:00Z"),
        to: lab::at("2026-03-09T07:00:00Z"),
        landings: 41,
        artifacts: 318,
        opened: &[lab::alert(4, "ttft"), lab::alert(5, "tokens_per_second")],
        open: &[acknowledged, lab::alert(5, "tokens_per_second")],
        resolved: &[lab::alert(4, "ttft")],
        reports: &[report("2026-03-03T05:00:00Z"), report("2026-03-08T05:00:00Z")],
        zone: &berlin(),
    })
}

/// The mail as a reader gets it, for a snapshot.
fn shown(mail: &MailBody) -> String {
    let headers: String = mail.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let chart = mail.chart.as_ref().map_or("none", |chart| chart.alt.as_str());
    format!("Subject: {}\n{headers}Preview: {}\nChart: {chart}\n\n{}", mail.subject, mail.preview, mail.text)
}

/// The HTML, with the picture's name taken out of it, which is a hash of what the picture shows.
fn html(mail: &MailBody) -> String {
    mail.chart.as_ref().map_or_else(|| mail.html.clone(), |chart| mail.html.replace(&chart.cid, "CHART"))
}

#[test]
fn whole_mails() {
    for (name, mail) in [("landing", landing()), ("reminder", reminder()), ("digest", digest()), ("week", week())] {
        insta::assert_snapshot!(format!("{name}_text"), shown(&mail));
        insta::assert_snapshot!(format!("{name}_html"), html(&mail));
        // For a look at them in a browser.
        if let Some(dir) = std::env::var_os("CHIMERA_MAILS") {
            let dir = std::path::Path::new(&dir);
            let page = mail.chart.as_ref().map_or_else(String::new, |chart| format!("cid:{}", chart.cid));
            let page =
                if page.is_empty() { mail.html.clone() } else { mail.html.replace(&page, &format!("{name}.png")) };
            std::fs::write(dir.join(format!("{name}.html")), page).unwrap();
            mail.chart.iter().for_each(|chart| std::fs::write(dir.join(format!("{name}.png")), &chart.png).unwrap());
        }
    }
}

#[test]
fn the_picture_is_in_the_mail_and_named_by_it() {
    let mail = landing();
    let chart = mail.chart.unwrap();
    assert!(chart.png.starts_with(b"\x89PNG") && chart.png.len() < 60_000, "{}", chart.png.len());
    assert_eq!(mail.html.matches(&format!("src=\"cid:{}\"", chart.cid)).count(), 1);
    assert_eq!(mail.html.matches("<img").count(), 1);
    assert!(mail.text.contains("- Run by run: "), "{}", mail.text);
}

#[test]
fn a_mail_of_many_regressions_is_not_clipped() {
    let fired: Vec<News> =
        (0..25).map(|i| news(TTFT, 0.2, 0.25 + f64::from(i) / 100.0, i.into(), Onset::New)).collect();
    let mail = composed(&fired, &[], &[], Some(&history(TTFT, 0.2, 0.49)));
    // Gmail shows the first 102 kB.
    assert!(mail.html.len() < 100_000, "{}", mail.html.len());
}

#[test]
fn hostile_names_make_no_element_and_no_header() {
    let mut fired = news((HOSTILE, HOSTILE, Direction::Lower), 0.2, 0.26, 4, Onset::Reopened);
    fired.judged.series.benchmark = HOSTILE.to_owned();
    fired.judged.series.case = HOSTILE.to_owned();
    fired.judged.verdict.reason = HOSTILE.to_owned();
    fired.judged.commit_after = Some(HOSTILE.to_owned());
    fired.alert.ack = HOSTILE.to_owned();
    let mut alert = environment(7);
    alert.key.environment = HOSTILE.to_owned();
    let notice = Notice { alert: alert.clone(), kind: NoticeKind::Flapped, sentences: vec![HOSTILE.to_owned()] };
    let news = MailNews {
        prefix: HOSTILE,
        tree: HOSTILE,
        fired: &[fired],
        notices: &[notice],
        resolved: std::slice::from_ref(&alert),
        report_path: Some(HOSTILE),
        zone: &Zone::UTC,
        history: Some(&History {
            title: HOSTILE.into(),
            metric: HOSTILE.into(),
            ..history((HOSTILE, HOSTILE, Direction::Lower), 1.0, 2.0)
        }),
    };
    let first = mail(&news);
    let carried = HeldMail {
        subject: first.subject.clone(),
        text: first.text.clone(),
        at: lab::at("2026-03-04T05:06:07Z"),
        headers: Vec::new(),
    };
    let digest = held(&Held { prefix: HOSTILE, tree: HOSTILE, mails: &[carried], why: HOSTILE, zone: &Zone::UTC });
    let week = weekly(&Week {
        prefix: HOSTILE,
        tree: HOSTILE,
        from: Timestamp::MIN,
        to: Timestamp::MAX,
        landings: 1,
        artifacts: 0,
        opened: &[alert],
        open: &[],
        resolved: &[],
        reports: &[(Timestamp::UNIX_EPOCH, HOSTILE.to_owned())],
        zone: &berlin(),
    });
    for mail in [first, digest, week] {
        let one_line = |text: &str| !text.chars().any(|c| c.is_control() || c == '\u{202e}');
        assert!(one_line(&mail.subject) && one_line(&mail.preview), "{:?} {:?}", mail.subject, mail.preview);
        assert!(mail.headers.iter().all(|(name, value)| one_line(name) && one_line(value)), "{:?}", mail.headers);
        assert!(!mail.text.contains(['\r', '\u{202e}']) && !mail.html.contains('\u{202e}'), "{}", mail.text);
        let known = [
            "doctype", "html", "head", "meta", "title", "body", "div", "table", "tbody", "tr", "td", "h1", "h2", "h3",
            "p", "span", "br", "code", "img", "ul", "li",
        ];
        let elements = mail.html.replace("<!--", "").replace("<![endif]", "");
        for element in elements.split('<').skip(1) {
            let name: String =
                element.trim_start_matches(['/', '!']).chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(known.contains(&name.as_str()), "{name:?} in {}", mail.html);
        }
        let sources: Vec<&str> = mail.html.match_indices("src=\"").map(|(at, _)| &mail.html[at + 5..at + 9]).collect();
        assert!(sources.iter().all(|source| *source == "cid:"), "{sources:?}");
    }
}
