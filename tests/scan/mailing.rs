//! Mails through a server: each recipient once, later when it must be, never twice.

use harness::smtp::{Behaviour, FakeSmtp};
use harness::{Bench, Mail, Workspace};
use serde_json::json;

/// A workspace that mails two people through the server at `port`.
fn mailing(port: u16) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure(&format!(
        "[mail]\nto = [\"a@example.org\", \"Team B <b@example.org>\"]\nfrom = \"Chimera <chimera@example.org>\"\n\
         transport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntimeout = \"2s\"\n"
    ));
    workspace
}

/// Lands a regression, the last run of it unscanned.
fn regress(workspace: &Workspace) {
    let bench = Bench::new("reports/decode/decode");
    bench.history(workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench.land(workspace, n, 1.3);
    }
}

/// Makes waiting mails due now, as a person would.
fn retry(workspace: &Workspace) {
    workspace.run(["mail", "retry"]).code(0);
}

#[test]
fn every_recipient_gets_a_mail_of_its_own_and_only_one() {
    let server = FakeSmtp::start(Behaviour::default());
    let workspace = mailing(server.port());
    regress(&workspace);
    let scan = workspace.scan();
    assert_eq!(scan["mails"].as_array().unwrap().len(), 2);
    let mut taken = server.accepted();
    taken.sort_by_key(|mail| mail.to.clone());
    let to: Vec<_> = taken.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(to, [["a@example.org"], ["b@example.org"]]);
    for mail in &taken {
        assert_eq!(mail.from, "chimera@example.org");
        let mail = Mail::parse(&mail.data);
        assert!(mail.subject().contains("2 regressions"), "{}", mail.subject());
        assert!(mail.text.contains("Before ") && mail.html.contains(">Before<"), "{mail:?}");
    }
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 2 }));
    workspace.scan();
    retry(&workspace);
    workspace.scan();
    assert_eq!(server.accepted().len(), 2);
    assert!(workspace.mails().is_empty(), "nothing is written as a file");
}

#[test]
fn a_server_that_is_down_delays_the_mail_and_nothing_else() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let workspace = mailing(port);
    regress(&workspace);
    let scan = workspace.scan();
    assert_eq!(scan["reports"].as_array().unwrap().len(), 1, "the report is there");
    assert_eq!(workspace.status()["mails"], json!({ "queued": 2 }));
    let told = workspace.status()["health"].to_string();
    assert!(told.contains(&format!("(127.0.0.1:{port}); `chimera-insight mail test` tries the way")), "{told}");
    let asked = workspace.run(["mail", "retry"]).code(0).stdout;
    assert_eq!(asked, "2 mails are due now; `chimera-insight run` or `chimera-insight scan` sends what is due\n");
    let bytes = |workspace: &Workspace| -> Vec<Vec<u8>> {
        let index = workspace.index();
        let mut rows = index.prepare("SELECT mime FROM outbox ORDER BY recipient").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let frozen = bytes(&workspace);

    let server = FakeSmtp::start(Behaviour::default());
    let (before, after) = (format!("port = {port}"), format!("port = {}", server.port()));
    workspace.write("chimera-insight.toml", workspace.read("chimera-insight.toml").replace(&before, &after));
    retry(&workspace);
    workspace.scan();
    let mut taken = server.accepted();
    taken.sort_by_key(|mail| mail.to.clone());
    assert_eq!(taken.into_iter().map(|mail| mail.data).collect::<Vec<_>>(), frozen, "the bytes that were decided");
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 2 }));
    retry(&workspace);
    workspace.scan();
    assert_eq!(server.accepted().len(), 2, "never twice");
}

#[test]
fn one_bad_address_does_not_hold_up_the_other() {
    let server = FakeSmtp::start(Behaviour {
        refuse: vec![("a@example.org", "550 5.1.1 no such user")],
        ..Behaviour::default()
    });
    let workspace = mailing(server.port());
    regress(&workspace);
    workspace.scan();
    let taken = server.accepted();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].to, ["b@example.org"]);
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "dead": 1 }));
    let outbox = workspace.run(["mail", "outbox"]).code(0).stdout;
    assert!(outbox.contains("no such user"), "{outbox}");
    let health = workspace.status()["health"].to_string();
    assert!(health.contains("a@example.org"), "{health}");
    // Somebody makes the mailbox, and asks for the mail.
    server.set(Behaviour::default());
    retry(&workspace);
    workspace.scan();
    assert_eq!(server.accepted().len(), 2);
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 2 }));
    assert_eq!(workspace.status()["health"], json!([]));
}

#[test]
fn after_a_lost_answer_the_same_bytes_go_out_again() {
    let server = FakeSmtp::start(Behaviour { cut_after_dot: true, ..Behaviour::default() });
    let workspace = mailing(server.port());
    workspace.write("chimera-insight.toml", workspace.read("chimera-insight.toml").replace("\"a@example.org\", ", ""));
    regress(&workspace);
    workspace.scan();
    assert_eq!(workspace.status()["mails"]["accepted"], json!(null), "nobody said 250");
    server.set(Behaviour::default());
    retry(&workspace);
    workspace.scan();
    let taken = server.accepted();
    assert!(taken.len() > 1 && taken.iter().all(|mail| mail.data == taken[0].data), "{}", taken.len());
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1 }));
}

#[test]
fn a_password_never_stands_on_the_command_line_or_in_what_is_shown() {
    let server = FakeSmtp::start(Behaviour { login: Some("AHJlcG9ydGVyAHMzY3IzdA=="), ..Behaviour::default() });
    let workspace = mailing(server.port());
    workspace.write(
        "chimera-insight.toml",
        format!(
            "{}user = \"reporter\"\npassword_file = \"secret\"\nsecurity = \"none\"\n",
            workspace.read("chimera-insight.toml")
        ),
    );
    workspace.write("secret", "s3cr3t\n");
    regress(&workspace);
    workspace.scan();
    assert_eq!(server.accepted().len(), 2);
    let shown = workspace.run(["config", "show"]).code(0).stdout;
    assert!(shown.contains("secret") && !shown.contains("s3cr3t"), "{shown}");
    let tested = workspace.run(["mail", "test"]).code(0).stdout;
    assert!(tested.contains("reporter") && !tested.contains("s3cr3t"), "{tested}");
}

#[test]
fn mail_test_says_what_is_wrong_with_the_server() {
    let server = FakeSmtp::start(Behaviour { greeting: Some("554 5.7.1 go away"), ..Behaviour::default() });
    let workspace = mailing(server.port());
    let refused = workspace.run(["mail", "test"]).code(3);
    assert!(refused.stderr.contains("go away"), "{}", refused.stderr);
    assert!(server.accepted().is_empty());
}

#[test]
fn a_password_that_is_missing_delays_the_mail_and_nothing_else() {
    let server = FakeSmtp::start(Behaviour { starttls: Some("valid"), ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&format!(
        "[mail]\nto = [\"a@example.org\"]\nfrom = \"chimera@example.org\"\ntransport = \"smtp\"\n[mail.smtp]\n\
         host = \"localhost\"\nport = {}\nuser = \"chimera\"\npassword_file = \"password\"\nca_file = \"{}\"\n",
        server.port(),
        harness::smtp::ca_file().display()
    ));
    regress(&workspace);
    let scan = workspace.scan();
    assert_eq!((scan["reports"].as_array().unwrap().len(), scan["mails"].as_array().unwrap().len()), (1, 1));
    let status = workspace.status();
    assert_eq!(status["mails"], json!({ "queued": 1 }));
    let health = status["health"].to_string();
    assert!(health.contains("the password file") && health.contains("mail waits"), "{health}");
    let refused = workspace.run(["mail", "test"]).code(3);
    assert!(refused.stderr.contains("the password file"), "{}", refused.stderr);
}
