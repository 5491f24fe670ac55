//! What a mail tells of groups, and of alerts that are no regression of a series.

use super::{Held, HeldMail, MailNews, News, Notice, NoticeKind, Onset, mail};
use crate::domain::alert::AlertKind;
use crate::domain::call::BENCHMARK;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::verdict::VerdictKind;
use crate::domain::zone::Zone;
use crate::insight::tests as lab;
use crate::insight::{GroupLine, Moved};

const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);
const TOKENS: (&str, &str, Direction) = ("tokens_per_second", "tok/s", Direction::Higher);

fn news(metric: (&str, &str, Direction), before: f64, after: f64, id: i64) -> News {
    let judged = lab::judged(VerdictKind::Regression, metric, before, after);
    News { judged, alert: lab::alert(id, metric.0), onset: Onset::New }
}

#[test]
fn what_one_landing_broke_stands_together_with_one_command_for_all() {
    let in_group = |mut news: News, group: i64| {
        news.alert.group = Some(GroupLine { id: group, ack: format!("chimera-insight alerts ack {group} --group") });
        news
    };
    let mut elsewhere = news(TTFT, 0.2, 0.24, 9);
    elsewhere.judged.series.benchmark = "reports/other".to_owned();
    elsewhere.alert.key.benchmark = "reports/other".to_owned();
    let fired =
        [in_group(news(TTFT, 0.2, 0.22, 4), 4), in_group(news(TOKENS, 100.0, 70.0, 5), 4), in_group(elsewhere, 9)];
    let text = mail(&MailNews {
        prefix: "",
        tree: "lab",
        fired: &fired,
        notices: &[],
        resolved: &[],
        report_path: None,
        zone: &Zone::UTC,
        history: None,
    })
    .text;
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    let expected = [
        "## `reports/tiny_sweep`: 2 alerts together",
        "### `tokens_per_second` of `reports/tiny_sweep`, `gpu=40`",
        "### `ttft` of `reports/tiny_sweep`, `gpu=40`",
        "### `ttft` of `reports/other`, `gpu=40`",
    ];
    assert_eq!(headings, expected, "the worst first, but in their groups");
    assert_eq!(text.matches("--group`").count(), 1, "{text}");
}

#[test]
fn regressions_of_the_agents_calls_are_counted_apart_and_named() {
    let of_calls = |mut news: News| {
        news.judged.series.benchmark = BENCHMARK.to_owned();
        news.alert.key.benchmark = BENCHMARK.to_owned();
        news
    };
    let subject = |fired: &[News]| {
        mail(&MailNews {
            prefix: "",
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
    let own = || [of_calls(news(TTFT, 0.2, 0.6, 4)), of_calls(news(TOKENS, 100.0, 50.0, 5))];
    assert_eq!(subject(&own()), "2 regressions in chimera-insight/agents: ttft +200 % worst");
    let [first, second] = own();
    let both = [first, second, news(TTFT, 0.2, 0.22, 6)];
    assert_eq!(subject(&both), "Regression in tiny_sweep: ttft +10 %, and 2 of the agents' calls");
}

#[test]
fn what_is_no_regression_of_a_series_is_told_in_sentences() {
    let notice = |id: i64, kind: AlertKind, what: NoticeKind, sentence: &str| {
        let mut alert = lab::alert(id, "p99");
        alert.key.kind = kind;
        if kind == AlertKind::Environment {
            (alert.key.benchmark, alert.key.metric, alert.key.environment) =
                (String::new(), String::new(), "host-a".into());
        }
        Notice { alert, kind: what, sentences: vec![sentence.to_owned()] }
    };
    let environment = notice(7, AlertKind::Environment, NoticeKind::Fires, "41 of 42 series moved.");
    let budget = notice(8, AlertKind::Budget, NoticeKind::Fires, "It lies at 231 ms | <b>limit</b> 200 ms.");
    let flapping = notice(9, AlertKind::Regression, NoticeKind::Flaps, "It lies at 130.");
    let compose = |fired: &[News], notices: &[Notice]| {
        mail(&MailNews {
            prefix: "[x]",
            tree: "lab",
            fired,
            notices,
            resolved: &[],
            report_path: None,
            zone: &Zone::UTC,
            history: None,
        })
    };
    let subject = |notices: &[Notice]| compose(&[], notices).subject;
    assert_eq!(subject(std::slice::from_ref(&environment)), "[x] Environment worse in lab: host-a");
    assert_eq!(subject(std::slice::from_ref(&budget)), "[x] Budget broken in tiny_sweep: p99");
    assert_eq!(subject(std::slice::from_ref(&flapping)), "[x] Flapping in tiny_sweep: p99");
    let all = compose(&[news(TTFT, 0.2, 0.22, 4)], &[flapping, budget, environment]);
    assert_eq!(all.subject, "[x] Environment worse, regression, budget broken, flapping in lab: ttft +10 %");
    let headings: Vec<&str> = all.text.lines().filter(|line| line.starts_with("### ")).collect();
    let expected = [
        "### Environment worse: nearly everything on `host-a`",
        "### Budget broken: `p99` of `reports/tiny_sweep`",
        "### `ttft` of `reports/tiny_sweep`, `gpu=40`",
        "### Flapping: `p99` of `reports/tiny_sweep`",
    ];
    assert_eq!(headings, expected);
    assert!(all.text.contains("- 41 of 42 series moved.\n- Alert `7`, new"), "{}", all.text);
    assert!(
        all.text.contains("231 ms &#124; &lt;b&gt;limit")
            && all.text.contains("from now on there is one mail about it a day, until"),
        "{}",
        all.text
    );
}

#[test]
fn a_closing_note_says_what_the_end_means() {
    use AlertKind::{Absence, Budget, Regression};
    let text = |kinds: &[AlertKind]| {
        let alert = |kind: &AlertKind| {
            let mut alert = lab::alert(3, "load");
            alert.key.kind = *kind;
            alert
        };
        let resolved: Vec<_> = kinds.iter().map(alert).collect();
        let none = MailNews {
            prefix: "[x]",
            tree: "lab",
            fired: &[],
            notices: &[],
            resolved: &resolved,
            report_path: None,
            zone: &Zone::UTC,
            history: None,
        };
        mail(&none).text
    };
    for (kinds, expected) in [
        (&[Budget][..], "\nWithin the limit again:\n"),
        (&[Absence, Absence], "\nResults come again:\n"),
        (&[Budget, Regression], "\nWell again:\n"),
    ] {
        assert!(text(kinds).contains(expected), "{}", text(kinds));
    }
}

/// As many series of one alert.
fn of_one_alert(n: u32, id: i64) -> Vec<News> {
    let one = |i: u32| {
        let mut one = news(TTFT, 0.2, 0.26 - f64::from(i) / 1e4, id);
        one.judged.series.case = format!("batch {i}");
        one.judged.series.benchmark = format!("reports/bench {id}");
        one.alert.key.benchmark = one.judged.series.benchmark.clone();
        one.alert.ack = format!("chimera-insight alerts ack {id} --root /srv/lab");
        one
    };
    (0..n).map(one).collect()
}

fn composed(fired: &[News]) -> super::MailBody {
    mail(&MailNews {
        prefix: "",
        tree: "lab",
        fired,
        notices: &[],
        resolved: &[],
        report_path: None,
        zone: &Zone::UTC,
        history: None,
    })
}

#[test]
fn what_one_alert_covers_is_one_card_with_its_command_once() {
    let mut fired = of_one_alert(3, 4);
    fired[1].judged.verdict.shift.as_mut().unwrap().change_at = lab::at("2026-02-27T00:00:00Z");
    let mail = composed(&fired);
    assert!(mail.subject.starts_with("3 regressions"), "{}", mail.subject);
    let headings: Vec<&str> = mail.text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings, ["### `ttft` of `reports/bench 4`: 3 series, most of all `batch 0 gpu=40`"]);
    let rows = "The others, the largest effect first:\n\n\
        - `batch 1 gpu=40`: 0.2 s → 0.26 s, +30 %, likely +28 % to +33 %, since 2026-02-27 00:00:00 UTC, commit `def5678`\n\
        - `batch 2 gpu=40`: 0.2 s → 0.26 s, +29.9 %, likely +27.9 % to +32.9 %, since 2026-03-01 00:00:00 UTC, commit `def5678`\n\n\
        - Alert `4`, new,";
    assert!(mail.text.contains(rows), "{}", mail.text);
    assert_eq!((mail.text.matches("/srv/lab").count(), mail.html.matches("/srv/lab").count()), (1, 1), "{}", mail.text);
    assert!(mail.text.contains("`silence 4 --for 8h`") && mail.text.contains("`accept 4`"), "{}", mail.text);
    assert_eq!(crate::insight::same_numbers(&format!("{}\n\n{}", mail.preview, mail.text), &mail.html), None);
    assert_eq!(mail.html.matches("<th ").count(), 5, "{}", mail.html);
}

#[test]
fn very_many_series_of_many_alerts_are_counted_and_fit_a_mail() {
    let fired: Vec<News> = (1..=20).flat_map(|id| of_one_alert(25, id)).collect();
    let mail = composed(&fired);
    // Gmail shows the first 102 kB.
    assert!(mail.html.len() < 100_000, "{}", mail.html.len());
    assert_eq!(mail.text.matches("\n### ").count(), 20);
    let told = mail.text.matches(" → ").count();
    let rest: usize = mail
        .text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("- And ")?.strip_suffix(" further series of it in the report.")?.parse::<usize>().ok()
        })
        .sum();
    assert_eq!(told + rest + 20, fired.len(), "{}", mail.text);
}

#[test]
fn subjects_and_cards_tell_news_apart() {
    let told = |onset, n: usize| {
        let fired: Vec<News> = (0..n as i64).map(|id| News { onset, ..news(TTFT, 0.2, 0.26, id + 1) }).collect();
        composed(&fired)
    };
    let subject = |onset, n| told(onset, n).subject;
    assert_eq!(subject(Onset::Grew, 1), "Further regression in tiny_sweep: ttft +30 %");
    assert_eq!(subject(Onset::Grew, 2), "2 further regressions in tiny_sweep: ttft +30 % worst");
    assert_eq!(subject(Onset::Reopened, 1), "Reopened: regression in tiny_sweep: ttft +30 %");
    assert_eq!(subject(Onset::Stayed, 1), "No longer flapping: regression in tiny_sweep: ttft +30 %");
    let stayed = told(Onset::Stayed, 1).text;
    assert!(stayed.contains("### No longer flapping: `ttft`") && stayed.contains("it stays bad"), "{stayed}");
    assert!(!stayed.contains("resolved"), "{stayed}");
}

#[test]
fn every_alert_of_a_mail_has_a_line_and_the_mail_is_shown_whole() {
    let fired: Vec<News> = (1..=300).flat_map(|id| of_one_alert(1, id)).collect();
    let mail = composed(&fired);
    assert!(mail.html.len() <= 100_000, "{}", mail.html.len());
    for id in 1..=300 {
        let (card, line) =
            (format!("- Alert `{id}`, new"), format!("`ttft` of `reports/bench {id}`: +30 %, alert {id}\n"));
        assert!(mail.text.contains(&card) || mail.text.contains(&line), "{id}: {}", mail.text);
    }
    assert_eq!(crate::insight::same_numbers(&format!("{}\n\n{}", mail.preview, mail.text), &mail.html), None);
    let very_many: Vec<News> = (1..=2000).flat_map(|id| of_one_alert(1, id)).collect();
    let mail = composed(&very_many);
    assert!(
        mail.html.len() <= 100_000 && mail.text.contains("more: `chimera-insight alerts list`"),
        "{}",
        mail.html.len()
    );
}

#[test]
fn an_alert_that_was_opened_again_says_since_when() {
    let mut one = news(TTFT, 0.2, 0.26, 4);
    (one.onset, one.alert.fresh) = (Onset::Reopened, false);
    one.alert.reopened_at = Some(lab::at("2026-03-07T08:09:10Z"));
    let both = "reopened 2026-03-07 08:09:10 UTC, first open since 2026-03-04 05:06:00 UTC.";
    let text = composed(&[one]).text;
    assert!(text.contains(both), "{text}");
}

#[test]
fn levels_are_said_again_in_the_digits_of_the_mail_that_told_them() {
    let one = news(TTFT, 0.200_041, 0.260_093, 4);
    let again = super::levels_again(&one.judged, &Zone::UTC).unwrap();
    let sentence = again.split(" So by").next().unwrap();
    assert!(composed(&[one]).text.contains(&format!("- {sentence}\n")), "{again}");
    assert!(again.ends_with("So by the last verdict on it, since 2026-03-01 00:00:00 UTC."), "{again}");
}

#[test]
fn what_is_over_says_where_it_is_back_and_after_how_long() {
    let mut over = lab::alert(7, "ttft");
    over.moved = Some(Moved { before: 100.0, after: 119.0, unit: Unit::new("ms") });
    over.ended_at = Some(lab::at("2026-03-07T06:06:00Z"));
    let told = mail(&MailNews {
        prefix: "",
        tree: "lab",
        fired: &[],
        notices: &[],
        resolved: std::slice::from_ref(&over),
        report_path: None,
        zone: &Zone::UTC,
        history: None,
    });
    let line = "`ttft` of `reports/tiny_sweep`: back at 100 ms from 119 ms, after 3 days, alert 7, was open since";
    assert!(told.text.contains(line), "{}", told.text);
    assert_eq!(super::tell::how_far(&over), ": +19 %");
}

#[test]
fn a_digest_names_the_worst_of_its_mails_and_can_be_filtered() {
    let held = |subject: &str, severity: Option<&str>, benchmark: &str| {
        let own = [
            ("X-Chimera-Severity", severity),
            ("X-Chimera-Benchmark", Some(benchmark)),
            ("X-Chimera-State", Some("firing")),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let text = "News.\n\n- Take it with `chimera-insight alerts ack 4`, or silence it.\n".to_owned();
        HeldMail {
            subject: format!("[x] {subject}"),
            text,
            at: lab::at("2026-03-04T22:06:07Z"),
            headers: own.collect(),
        }
    };
    let mails = [
        held("Regression in alpha: ttft +12.4 %", Some("major"), "alpha"),
        held("Regression in beta: ttft +31 %", Some("major"), "beta"),
        held("Resolved: regression in beta: ttft", None, "beta"),
    ];
    let mail =
        super::held(&Held { prefix: "[x]", tree: "lab", mails: &mails, why: "by quiet hours", zone: &Zone::UTC });
    assert_eq!(mail.subject, "[x] 3 mails held back, worst: Regression in beta: ttft +31 %");
    for (name, value) in [("Kind", "digest"), ("Severity", "major"), ("State", "firing"), ("Benchmark", "alpha, beta")]
    {
        assert!(mail.headers.contains(&(format!("X-Chimera-{name}"), value.to_owned())), "{name}: {:?}", mail.headers);
    }
    assert_eq!(mail.html.matches("display:block;margin:2px").count(), 3, "{}", mail.html);
}
