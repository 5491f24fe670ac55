//! What a composed mail looks like, and what no draft can make of it.

use jiff::Timestamp;

use super::*;

fn draft() -> Draft {
    Draft {
        from: "Chimera Insight <chimera@bench.example.org>".to_owned(),
        to: "Perf, Team <team@example.org>".to_owned(),
        subject: "[chimera] 3 regressions in gemma3: ttft +12.4 % worst".to_owned(),
        text: "ttft of gemma3 rose from 0.61 s to 0.69 s (+12.4 %)\nSince run 24.\n".to_owned(),
        html: "<p>ttft of gemma3 rose by 12.4 % ± 0.3 %</p>\n".to_owned(),
        chart: None,
        message_id: message_id([0xab; 16], "bench.example.org"),
        date: "2026-11-21T22:30:15.75Z".parse().unwrap(),
        in_reply_to: Some("first@bench.example.org".to_owned()),
        references: Vec::new(),
        list_id: Some("Benchmarks <chimera.bench.example.org>".to_owned()),
        headers: vec![
            ("X-Chimera-State".to_owned(), "firing".to_owned()),
            ("X-Chimera-Benchmark".to_owned(), "größe".to_owned()),
        ],
    }
}

fn composed(draft: &Draft) -> String {
    String::from_utf8(compose(draft).unwrap()).unwrap()
}

#[test]
fn a_whole_mail() {
    let mail = composed(&draft());
    assert!(!mail.replace("\r\n", "").contains(['\r', '\n']));
    insta::assert_snapshot!(mail.replace("\r\n", "\n"), @r#"
    From: "Chimera Insight" <chimera@bench.example.org>
    To: =?utf-8?b?UGVyZiwgVGVhbQ==?= <team@example.org>
    Subject: [chimera] 3 regressions in gemma3: ttft +12.4 % worst
    Date: Sat, 21 Nov 2026 22:30:15 +0000
    Message-ID: <abababababababababababababababab@bench.example.org>
    In-Reply-To: <first@bench.example.org>
    References: <first@bench.example.org>
    List-Id: Benchmarks <chimera.bench.example.org>
    Auto-Submitted: auto-generated
    X-Chimera-State: firing
    X-Chimera-Benchmark: =?utf-8?b?Z3LDtsOfZQ==?=
    MIME-Version: 1.0
    Content-Type: multipart/alternative;
     boundary="chimera-056ead070048e7e284d23614292d3e6c"

    --chimera-056ead070048e7e284d23614292d3e6c
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    ttft of gemma3 rose from 0.61 s to 0.69 s (+12.4 %)
    Since run 24.

    --chimera-056ead070048e7e284d23614292d3e6c
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <p>ttft of gemma3 rose by 12.4 % =C2=B1 0.3 %</p>

    --chimera-056ead070048e7e284d23614292d3e6c--
    "#);
}

/// Header names in order, and the length of the longest line; fails unless the mail is clean on the wire.
fn wire_check(draft: &Draft) -> Vec<String> {
    let bytes = compose(draft).unwrap();
    assert!(bytes.iter().all(|&b| b == b'\r' || b == b'\n' || b == b'\t' || (b' '..=b'~').contains(&b)));
    let mail = String::from_utf8(bytes).unwrap();
    assert!(mail.ends_with("\r\n") && !mail.replace("\r\n", "").contains(['\r', '\n']), "a bare CR or LF");
    assert!(mail.split("\r\n").all(|line| line.len() <= 998));
    let head = mail.split("\r\n\r\n").next().unwrap();
    assert!(head.split("\r\n").all(|line| !line.trim().is_empty()));
    let fields = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    fields.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn no_field_can_add_a_header_or_break_a_line() {
    let expected = wire_check(&draft());
    let long = "x".repeat(100_000);
    let wide = "größer ".repeat(10_000);
    let spaces = " \t ".repeat(5_000);
    let evils = [
        "a\r\nBcc: evil@example.org\r\n\r\nbody",
        "a\nX-Evil: 1",
        "a\rX-Evil: 1",
        "\r\n.\r\nQUIT\r\n",
        "\u{0}\u{7}\u{1b}[31m\u{7f}",
        "a\u{2028}b\u{85}c",
        ".",
        "From me",
        "",
        "=?utf-8?q?=0D=0ABcc:_evil@example.org?=",
        &long,
        &wide,
        &spaces,
    ];
    for evil in evils {
        let mut draft = draft();
        draft.subject = evil.to_owned();
        draft.text = evil.to_owned();
        draft.html = evil.to_owned();
        draft.list_id = Some(evil.to_owned());
        for (_, value) in &mut draft.headers {
            value.replace_range(.., evil);
        }
        assert_eq!(wire_check(&draft), expected, "{:?}", evil.chars().take(40).collect::<String>());
    }
}

#[test]
fn a_list_is_named_in_angle_brackets_or_not_at_all() {
    let header = |list: Option<&str>| {
        let mail = composed(&Draft { list_id: list.map(str::to_owned), ..draft() });
        mail.lines().find(|line| line.starts_with("List-Id:")).map(|line| line.trim_end().to_owned())
    };
    assert_eq!(header(Some("chimera-insight.host")).as_deref(), Some("List-Id: <chimera-insight.host>"));
    assert_eq!(header(Some("Our runs <a.b>")).as_deref(), Some("List-Id: Our runs <a.b>"));
    assert_eq!(header(None), None);
}

#[test]
fn a_text_cannot_pose_as_an_encoded_word() {
    let subject = "=?utf-8?q?all_is_well?=".to_owned();
    let mail = composed(&Draft { subject, ..draft() });
    assert!(mail.contains("Subject: = ?utf-8?q?all_is_well?="), "{mail}");
}

#[test]
fn what_is_no_address_or_identifier_is_refused() {
    let evil = "a@b>\r\nBcc: <c@d";
    let refused = [
        Draft { from: evil.to_owned(), ..draft() },
        Draft { to: evil.to_owned(), ..draft() },
        Draft { message_id: evil.to_owned(), ..draft() },
        Draft { in_reply_to: Some(evil.to_owned()), ..draft() },
        Draft { references: vec!["a@b".to_owned(), evil.to_owned()], ..draft() },
        Draft { headers: vec![(format!("X-A: {evil}"), String::new())], ..draft() },
        Draft { headers: vec![("Bcc".to_owned(), "c@d".to_owned())], ..draft() },
        Draft { headers: vec![("X-".to_owned(), String::new())], ..draft() },
        Draft { headers: vec![("Xé".to_owned(), String::new())], ..draft() },
    ];
    for draft in refused {
        let error = compose(&draft).unwrap_err();
        assert!(!error.to_string().contains(['\r', '\n']), "{error}");
    }
}

#[test]
fn equal_drafts_give_equal_bytes_and_other_identifiers_other_boundaries() {
    assert!(compose(&draft()).unwrap() == compose(&draft()).unwrap());
    let other = Draft { message_id: message_id([0xac; 16], "bench.example.org"), ..draft() };
    let boundary = |draft: &Draft| composed(draft).split("boundary=").nth(1).unwrap()[..42].to_owned();
    assert_ne!(boundary(&draft()), boundary(&other));
}

#[test]
fn a_thread_is_named_oldest_first() {
    let references: Vec<String> = (0..20).map(|i| format!("{i:032}@bench.example.org")).collect();
    let mail = composed(&Draft { references: references.clone(), ..draft() });
    let value = mail.split("References: ").nth(1).unwrap().split("\r\nList-Id").next().unwrap();
    let found: Vec<&str> = value.split_whitespace().collect();
    assert_eq!(found, references.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>());
    let alone = composed(&Draft { in_reply_to: None, ..draft() });
    assert!(!alone.contains("References") && !alone.contains("In-Reply-To"));
}

#[test]
fn a_clock_before_1970_still_gives_a_date() {
    let mail = composed(&Draft { date: Timestamp::MIN, ..draft() });
    assert!(mail.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), "{mail}");
    let mail = composed(&Draft { date: Timestamp::MAX, ..draft() });
    assert!(mail.contains("Date: Thu, 30 Dec 9999 22:00:00 +0000\r\n"), "{mail}");
}

#[test]
fn a_message_id_is_valid_for_any_host_name() {
    let long = "a.".repeat(300);
    for host in ["bench.example.org", "bench_3.lan", "", "...", "größe\r\n", &long] {
        let message_id = message_id([1; 16], host);
        assert!(compose(&Draft { message_id: message_id.clone(), ..draft() }).is_ok(), "{message_id}");
    }
    assert_eq!(message_id([0xff; 16], "bench_3.lan"), "ffffffffffffffffffffffffffffffff@bench-3.lan");
}

#[test]
fn a_file_name_stays_in_its_directory() {
    assert_eq!(file_name("00ff@bench.example.org"), "00ff@bench.example.org.eml");
    assert_eq!(file_name("../../etc/passwd"), "-..-etc-passwd.eml");
    assert_eq!(file_name("a/b\0\n"), "a-b--.eml");
    assert_eq!(file_name(""), "mail.eml");
}
