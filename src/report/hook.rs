//! What is posted to a webhook: JSON with the news as data, and the text of the mail as chat programs show it.
//!
//! Slack, Mattermost and their likes show `text` and ignore the rest, which is for programs: values are those of the verdicts, unscaled, and
//! times are in UTC. The text is made of the lines of a mail that was checked, so it says no number that the mail does not say. In it
//! names can mention nobody and mark nothing up. It cannot fail: long texts and long lists end early, and say so.

use std::mem::take;

use jiff::Timestamp;
use pulldown_cmark::{Event, Options, Parser, TextMergeStream};
use serde_json::{Value, json};

use super::{MailBody, MailNews, News, Notice, NoticeKind, Onset};
use crate::domain::series::SeriesKey;
use crate::insight::{AlertLine, worst_first};

/// Characters of the text: what Slack recommends at most (`chat.postMessage`, "Truncating content").
const TEXT: usize = 4000;
/// Items of each list; `more` says how many there are beyond.
const ITEMS: usize = 500;
/// Stands before a line of Markdown while it is read, so that it can begin no list, heading or quotation.
const LEAD: &str = "x ";

/// A message without its content.
#[derive(Debug, Clone, Copy)]
pub struct Posting<'a> {
    /// The outbox row's id.
    pub id: &'a str,
    /// When it was decided.
    pub at: Timestamp,
    /// Name of the tree.
    pub tree: &'a str,
    /// The landing that it is about, if it is about one.
    pub landing: Option<i64>,
}

/// The message about what a landing brought. `body` is the mail about the same `news`, checked.
pub fn hook(posting: Posting, body: &MailBody, news: &MailNews) -> Vec<u8> {
    let mut fired: Vec<&News> = news.fired.iter().collect();
    fired.sort_by(|a, b| worst_first(&a.judged, &b.judged));
    let mut notices: Vec<&Notice> = news.notices.iter().collect();
    notices.sort_by_key(|notice| (notice.alert.key.kind, notice.alert.id));
    let mut resolved: Vec<&AlertLine> = news.resolved.iter().collect();
    resolved.sort_by_key(|alert| alert.id);
    let more = [fired.len(), notices.len(), resolved.len()].map(|n| n.saturating_sub(ITEMS));
    let content = json!({
        "subject": body.subject,
        "regressions": fired.into_iter().take(ITEMS).map(regression).collect::<Vec<_>>(),
        "notices": notices.into_iter().take(ITEMS).map(notice).collect::<Vec<_>>(),
        "resolved": resolved.into_iter().take(ITEMS).map(alert).collect::<Vec<_>>(),
        "more": { "regressions": more[0], "notices": more[1], "resolved": more[2] },
        "report": news.report_path,
    });
    posting.bytes(event(news), &text(&body.subject, &body.text), content)
}

/// A message that tries out the way.
pub fn hook_test(posting: Posting) -> Vec<u8> {
    let tree = code(posting.tree);
    let text = format!("This is a test of Chimera Insight at {tree}. Nothing has happened.");
    posting.bytes("test", &text, json!({}))
}

impl Posting<'_> {
    /// `text` first, because people read it in logs; then what all messages have; then the content.
    fn bytes(self, event: &str, text: &str, content: Value) -> Vec<u8> {
        let mut message = json!({
            "text": text, "event": event, "id": self.id, "time": self.at.to_string(), "tree": self.tree,
            "landing": self.landing,
        });
        if let (Value::Object(message), Value::Object(content)) = (&mut message, content) {
            message.extend(content);
        }
        message.to_string().into_bytes()
    }
}

/// What a program decides by: the worst of what is told.
fn event(news: &MailNews) -> &'static str {
    let any = |is: fn(&NoticeKind) -> bool| news.notices.iter().any(|notice| is(&notice.kind));
    if !news.fired.is_empty() {
        "regression"
    } else if any(|kind| matches!(kind, NoticeKind::Fires | NoticeKind::Reopens | NoticeKind::Stays)) {
        "alert"
    } else if any(|kind| matches!(kind, NoticeKind::Flaps | NoticeKind::Flapped)) {
        "flapping"
    } else if any(|kind| matches!(kind, NoticeKind::Reminds { .. })) {
        "reminder"
    } else {
        "resolved"
    }
}

fn regression(news: &News) -> Value {
    let News { judged, alert, onset } = news;
    let shift = judged.verdict.shift.as_ref();
    json!({
        "alert": alert.id,
        "state": alert.state.as_str(),
        "onset": match onset {
            Onset::New => "new",
            Onset::Reopened => "reopened",
            Onset::Stayed => "stayed",
            Onset::Grew => "grew",
        },
        "series": series(&judged.series, judged.direction.as_str()),
        "verdict": judged.verdict.kind.as_str(),
        "before": shift.map(|shift| shift.before),
        "after": shift.map(|shift| shift.after),
        "effect": shift.map(|shift| shift.effect),
        "interval": shift.map(|shift| [shift.interval.0, shift.interval.1]),
        "unit": judged.series.unit.as_str(),
        "since": shift.map(|shift| shift.change_at.to_string()),
        "commit": judged.commit_after,
        "commit_before": judged.commit_before,
        "reason": judged.verdict.reason,
        "opened": alert.opened_at.to_string(),
        "take": alert.ack,
    })
}

fn series(series: &SeriesKey, direction: &str) -> Value {
    json!({
        "benchmark": series.benchmark, "case": series.case, "params": series.params, "metric": series.metric,
        "unit": series.unit.as_str(), "direction": direction, "environment": series.environment,
    })
}

fn notice(notice: &Notice) -> Value {
    let (what, next) = match notice.kind {
        NoticeKind::Fires => ("fires", None),
        NoticeKind::Reopens => ("reopens", None),
        NoticeKind::Stays => ("stays", None),
        NoticeKind::Flaps => ("flaps", None),
        NoticeKind::Flapped => ("flapped", None),
        NoticeKind::Reminds { next } => ("reminds", next),
    };
    let mut value = alert(&notice.alert);
    value["what"] = what.into();
    value["sentences"] = notice.sentences.clone().into();
    value["next_reminder"] = next.map(|next| next.to_string()).into();
    value["take"] = notice.alert.ack.clone().into();
    value
}

fn alert(alert: &AlertLine) -> Value {
    let key = &alert.key;
    json!({
        "alert": alert.id, "kind": key.kind.as_str(), "state": alert.state.as_str(), "benchmark": key.benchmark,
        "metric": key.metric, "environment": key.environment, "opened": alert.opened_at.to_string(),
    })
}

/// The lines of a mail below its subject, for a chat: titles are bold, items have a bullet, and the first line, which says the subject
/// again, is left out.
fn text(subject: &str, markdown: &str) -> String {
    let mut lines = vec![format!("*{}*", plain(subject))];
    let mut was_empty = true;
    for line in markdown.lines().skip(1) {
        let title = line.trim_start_matches('#').trim_start();
        let is_empty = line.trim().is_empty();
        if is_empty {
            // One empty line where the mail has some, none at the top.
            if !was_empty {
                lines.push(String::new());
            }
        } else if title.len() < line.len() && line.starts_with('#') {
            lines.push(format!("*{}*", shown(title)));
        } else if let Some(item) = line.strip_prefix("- ") {
            lines.push(format!("• {}", shown(item)));
        } else if line == "---" {
            lines.push("———".to_owned());
        } else {
            lines.push(shown(line));
        }
        // What follows a title stands directly below it.
        was_empty = is_empty || line.starts_with('#');
    }
    bounded(lines)
}

/// As many whole lines as fit.
fn bounded(lines: Vec<String>) -> String {
    const REST: &str = "… the rest stands in the report";
    let mut out = String::new();
    let mut room = TEXT.saturating_sub(REST.chars().count() + 1);
    for line in lines {
        let takes = line.chars().count() + 1;
        if takes > room {
            out.push_str(REST);
            return out;
        }
        room -= takes;
        out.push_str(&line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// A line of Markdown as mrkdwn (Slack, "Formatting text for app surfaces"): code stays code, everything else is plain.
fn shown(line: &str) -> String {
    let source = format!("{LEAD}{}", line.replace(['\n', '\r'], " "));
    let mut out = String::with_capacity(line.len() * 2);
    let mut leads = true;
    for event in TextMergeStream::new(Parser::new_ext(&source, Options::empty())) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let own = if take(&mut leads) { text.strip_prefix(LEAD).unwrap_or(&text) } else { &text };
                out.push_str(&plain(own));
            }
            Event::Code(text) => out.push_str(&code(&text)),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Text that is nothing but text in Slack's mrkdwn and in Mattermost's Markdown: it links nothing, mentions nobody and marks nothing up.
fn plain(text: &str) -> String {
    let text: Vec<char> = super::escape::visible(text).chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, &c) in text.iter().enumerate() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(like(c, at, &text)),
        }
    }
    out
}

/// What stands in the place of a character that would mark up: both programs have no escape for all of them, but there are likes.
fn like(c: char, at: usize, text: &[char]) -> char {
    let near = |by: isize| at.checked_add_signed(by).and_then(|at| text.get(at)).copied().unwrap_or(' ');
    match c {
        '@' => '＠',
        '*' => '∗',
        '~' => '∼',
        '`' => '\'',
        // A link or a picture goes on here; a bracket alone marks nothing.
        ']' if matches!(near(1), '(' | '[' | ':') => '］',
        '#' => '＃',
        '|' => '｜',
        '$' => '＄',
        '\\' => '＼',
        // Inside a word it is a part of that word.
        '_' if near(-1).is_alphanumeric() && near(1).is_alphanumeric() => '_',
        '_' => '＿',
        // What begins no address and no sign like `:skull:`: the end of a clause, and the parts of a time of day.
        ':' if near(1).is_whitespace() || is_of_time(&near) => ':',
        ':' => '：',
        // `www.example.org` is a link too.
        '.' if (1..=3).all(|by: isize| near(-by).eq_ignore_ascii_case(&'w')) => '．',
        c => c,
    }
}

/// Whether two digits stand on either side of a colon, and no more.
fn is_of_time(near: &impl Fn(isize) -> char) -> bool {
    [-2, -1, 1, 2].iter().all(|by| near(*by).is_ascii_digit()) && ![-3, 3].iter().any(|by| near(*by).is_ascii_digit())
}

/// A name or a command, which is to be copied as it is: in code nothing is marked up or mentioned.
fn code(text: &str) -> String {
    let visible = super::escape::visible(text).replace('`', "'");
    let escaped = visible.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.trim().is_empty() { "(no name)".to_owned() } else { format!("`{escaped}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::series::Direction;
    use crate::domain::verdict::VerdictKind;
    use crate::domain::zone::Zone;
    use crate::insight::tests as lab;
    use crate::report::mail;

    const TTFT: (&str, &str, Direction) = ("ttft", "s", Direction::Lower);

    const UTC: &Zone = &Zone::UTC;

    fn posting() -> Posting<'static> {
        Posting { id: "one@test", at: lab::at("2026-03-04T05:06:07Z"), tree: "lab", landing: Some(7) }
    }

    fn news<'a>(fired: &'a [News], notices: &'a [Notice], resolved: &'a [AlertLine]) -> MailNews<'a> {
        MailNews {
            prefix: "[chimera]",
            tree: "lab",
            fired,
            notices,
            resolved,
            report_path: Some("/srv/lab/insight.md"),
            zone: UTC,
            history: None,
        }
    }

    fn fired(after: f64) -> News {
        let judged = lab::judged(VerdictKind::Regression, TTFT, 0.2, after);
        News { judged, alert: lab::alert(12, "ttft"), onset: Onset::New }
    }

    fn posted(news: &MailNews) -> Value {
        serde_json::from_slice(&hook(posting(), &mail(news), news)).unwrap()
    }

    #[test]
    fn a_regression_is_told_as_text_and_as_data() {
        let fired = [fired(0.26)];
        let posted = posted(&news(&fired, &[], &[lab::alert(7, "load")]));
        let text = posted["text"].as_str().unwrap();
        assert!(
            text.starts_with("*[chimera] Regression in tiny_sweep: ttft +30 %*\n*`ttft` of `reports/tiny_sweep`"),
            "{text}"
        );
        assert!(text.contains("\n• Before 0.2 s, after 0.26 s: +30 %"), "{text}");
        assert!(text.contains("alerts ack 12") && text.ends_with("The report: `/srv/lab/insight.md`"), "{text}");
        assert_eq!(
            (&posted["event"], &posted["id"], &posted["landing"]),
            (&json!("regression"), &json!("one@test"), &json!(7))
        );
        assert_eq!((&posted["time"], &posted["tree"]), (&json!("2026-03-04T05:06:07Z"), &json!("lab")));
        let told = &posted["regressions"][0];
        assert_eq!((&told["before"], &told["after"], &told["unit"]), (&json!(0.2), &json!(0.26), &json!("s")));
        assert_eq!((&told["alert"], &told["since"]), (&json!(12), &json!("2026-03-01T00:00:00Z")));
        assert_eq!(told["series"]["direction"], "lower");
        assert_eq!((&posted["resolved"][0]["alert"], &posted["resolved"][0]["metric"]), (&json!(7), &json!("load")));
        assert_eq!(posted["report"], "/srv/lab/insight.md");
        let again = hook(posting(), &mail(&news(&fired, &[], &[])), &news(&fired, &[], &[]));
        assert_eq!(again, hook(posting(), &mail(&news(&fired, &[], &[])), &news(&fired, &[], &[])), "the same bytes");
    }

    #[test]
    fn the_event_is_the_worst_of_what_is_told() {
        let notice = |kind| Notice { alert: lab::alert(3, "p99"), kind, sentences: vec!["It lies at 5.".to_owned()] };
        let event = |fired: &[News], notices: &[Notice], resolved: &[AlertLine]| {
            posted(&news(fired, notices, resolved))["event"].as_str().unwrap().to_owned()
        };
        let reminder = notice(NoticeKind::Reminds { next: Some(lab::at("2026-03-05T05:06:07Z")) });
        assert_eq!(event(&[fired(0.3)], std::slice::from_ref(&reminder), &[]), "regression");
        assert_eq!(event(&[], &[reminder.clone(), notice(NoticeKind::Fires)], &[]), "alert");
        assert_eq!(event(&[], &[reminder.clone(), notice(NoticeKind::Flapped)], &[]), "flapping");
        assert_eq!(event(&[], std::slice::from_ref(&reminder), &[]), "reminder");
        assert_eq!(event(&[], &[], &[lab::alert(3, "p99")]), "resolved");
        let told = &posted(&news(&[], &[reminder], &[]))["notices"][0];
        assert_eq!((&told["what"], &told["next_reminder"]), (&json!("reminds"), &json!("2026-03-05T05:06:07Z")));
        assert_eq!(told["sentences"], json!(["It lies at 5."]));
    }

    #[test]
    fn names_mention_nobody_and_mark_nothing_up() {
        for hostile in [
            "<!channel>",
            "<!here|x>",
            "<@U123>",
            "@channel",
            "@everyone",
            "<https://evil.example|click>",
            "*bold*",
            "a`b",
            "&lt;!channel&gt;",
            "x\n@here",
            "\u{202e}evil",
            "[x](javascript:y)",
            "<script>alert(1)</script>",
        ] {
            let mut fired = fired(0.3);
            fired.judged.series.case = hostile.to_owned();
            fired.judged.verdict.reason = format!("It says {hostile} here.");
            fired.alert.key.benchmark = hostile.to_owned();
            fired.judged.series.benchmark = hostile.to_owned();
            let notice =
                Notice { alert: lab::alert(3, hostile), kind: NoticeKind::Fires, sentences: vec![hostile.to_owned()] };
            let posted = posted(&news(&[fired], &[notice], &[]));
            let text = posted["text"].as_str().unwrap();
            assert!(!text.contains(['<', '\r', '\u{202e}']), "{hostile}: {text}");
            assert!(!text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").contains('&'), "{text}");
            for line in text.lines() {
                assert_eq!(line.matches('`').count() % 2, 0, "{hostile}: {line}");
                // Outside of code there is nobody to mention.
                let outside: String = line.split('`').step_by(2).collect();
                assert!(!outside.contains('@'), "{hostile}: {line}");
            }
            assert_eq!(posted["regressions"][0]["series"]["case"], hostile, "data stays as it is");
        }
    }

    #[test]
    fn none_of_the_marks_of_chats_is_left_in_text() {
        for (hostile, shown) in [
            ("_x_ p99_latency __x__", "＿x＿ p99_latency ＿＿x＿＿"),
            ("[x](http://evil.example)", "[x］(http：//evil.example)"),
            ("![i](https://evil.example/i.png)", "![i］(https：//evil.example/i.png)"),
            (":skull: :100: 1:100: :+1:", "：skull: ：100: 1：100: ：+1:"),
            ("# a #b $x$ a|b \\*", "＃ a ＃b ＄x＄ a｜b ＼∗"),
            ("WWW.evil.example", "WWW．evil.example"),
            ("since 2026-03-01 05:06:07 UTC: well", "since 2026-03-01 05:06:07 UTC: well"),
        ] {
            assert_eq!(plain(hostile), shown);
        }
    }

    #[test]
    fn long_news_end_early_and_say_so() {
        let many: Vec<News> = (0..600)
            .map(|i| {
                let mut one = fired(0.3);
                one.judged.series.case = format!("{}{i}", "x".repeat(300));
                one
            })
            .collect();
        let posted = posted(&news(&many, &[], &[]));
        let text = posted["text"].as_str().unwrap();
        assert!(text.chars().count() <= TEXT && text.ends_with("… the rest stands in the report"), "{text}");
        assert_eq!(posted["regressions"].as_array().unwrap().len(), ITEMS);
        assert_eq!(posted["more"]["regressions"], 100);
    }

    #[test]
    fn a_test_says_that_nothing_has_happened() {
        let posted: Value =
            serde_json::from_slice(&hook_test(Posting { landing: None, tree: "a<b", ..posting() })).unwrap();
        assert_eq!((&posted["event"], &posted["landing"]), (&json!("test"), &Value::Null));
        assert_eq!(posted["text"], "This is a test of Chimera Insight at `a&lt;b`. Nothing has happened.");
    }

    #[test]
    fn the_lines_of_a_mail_become_those_of_a_chat() {
        let mail = "The news.\n\n## `a`: 2 alerts\n\nTake them.\n\n### Also worse: `x|y`\n\n- It got *worse* & <b>, 1. and\n- 2. more\n\n\nEnd\n";
        let expected = "*The ∗news∗*\n*`a`: 2 alerts*\nTake them.\n\n*Also worse: `x|y`*\n• It got worse &amp; &lt;b&gt;, 1. and\n• 2. more\n\nEnd";
        assert_eq!(text("The *news*", mail), expected);
    }
}
