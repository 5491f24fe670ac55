//! Mail to a server that has its moods: nothing is lost, nothing comes twice, and nothing else waits.

use std::collections::BTreeMap;
use std::time::Duration;

use harness::smtp::{Accepted, Behaviour, FakeSmtp, ca_file};
use harness::{Bench, Mail, Workspace};
use serde_json::Value;

use crate::checks::{each_file_was_indexed_once, reports_are_whole};
use crate::daemon::{Daemon, wait_for, wait_indexed, wait_status};

/// The two who get mail.
pub const TO: [&str; 2] = ["ann@example.org", "bob@example.org"];

/// Configuration for mail to a server of this machine.
pub fn to_server(server: &FakeSmtp) -> String {
    to_port(server.port())
}

fn to_port(port: u16) -> String {
    format!(
        "[mail]\nto = [\"{}\", \"Bob <{}>\"]\nfrom = \"Bench <bench@example.org>\"\ntransport = \"smtp\"\n\
         [mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\n",
        TO[0], TO[1]
    )
}

/// A regression whose mails the server does not take for now.
pub fn greylisted(workspace: &Workspace) -> (FakeSmtp, Daemon) {
    let refuse = TO.map(|to| (to, "450 4.2.0 greylisted, come back later")).to_vec();
    let server = FakeSmtp::start(Behaviour { refuse, ..Behaviour::default() });
    workspace.configure(&to_server(&server));
    let daemon = regressed(workspace, 30);
    (server, daemon)
}

/// A daemon on a workspace in which a benchmark with 24 runs of history has just got `percent` slower, in three runs.
pub fn regressed(workspace: &Workspace, percent: u32) -> Daemon {
    let bench = Bench::new("reports/codec");
    bench.history(workspace, 0..24);
    let daemon = Daemon::start(workspace);
    wait_indexed(workspace, 24);
    for n in 24..27 {
        bench.land(workspace, n, 1.0 + f64::from(percent) / 100.0);
        wait_status(workspace, "the run", |status| status["runs"] == n + 1 && status["open_landings"] == 0);
    }
    daemon
}

/// Each recipient got the mail, and got it again at most as the same bytes.
#[track_caller]
pub fn each_recipient_got_one(accepted: &[Accepted]) {
    let mut mails: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for mail in accepted {
        assert_eq!((mail.from.as_str(), mail.to.len()), ("bench@example.org", 1), "one recipient a mail");
        let first = mails.entry(&mail.to[0]).or_insert(&mail.data);
        assert!(*first == mail.data, "{} got two different mails", mail.to[0]);
    }
    assert_eq!(mails.keys().copied().collect::<Vec<_>>(), TO);
    let mut ids: Vec<String> = mails.values().map(|data| Mail::parse(data).header("Message-ID").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "a Message-ID for each: {ids:?}");
}

/// The outbox by recipient, as `mail outbox` shows it.
pub fn outbox(workspace: &Workspace) -> BTreeMap<String, Value> {
    let listed = workspace.run(["mail", "outbox", "--json"]).code(0).json();
    let mails = listed["mails"].as_array().unwrap();
    assert_eq!(mails.len(), 2, "one for each: {mails:?}");
    mails.iter().map(|mail| (mail["recipient"].as_str().unwrap().to_owned(), mail.clone())).collect()
}

/// Asks the running daemon to try again.
fn retry(workspace: &Workspace) {
    workspace.run(["mail", "retry"]).code(0);
}

#[test]
fn a_server_that_is_down_delays_mail_and_nothing_else() {
    let server = FakeSmtp::start(Behaviour::default());
    let port = server.port();
    drop(server);
    let workspace = Workspace::new();
    workspace.configure(&to_port(port));
    let daemon = regressed(&workspace, 30);
    let status =
        wait_status(&workspace, "health to tell", |status| status["health"].to_string().contains("\"mail to "));
    assert_eq!(status["mails"]["queued"], 2);
    // Everything else goes on.
    let other = Bench::new("csv_data/other");
    other.history(&workspace, 0..3);
    wait_status(&workspace, "the other benchmark", |status| {
        status["artifacts"]["total"] == 30 && status["open_landings"] == 0
    });
    reports_are_whole(&workspace);
    each_file_was_indexed_once(&workspace);
    assert_eq!(workspace.status()["mails"]["queued"], 2);

    let server = FakeSmtp::start(Behaviour::default());
    workspace.configure(&to_server(&server));
    daemon.signal(rustix::process::Signal::HUP);
    wait_for("the configuration", || daemon.log().contains("configuration reloaded").then_some(()));
    retry(&workspace);
    let status = wait_status(&workspace, "both mails", |status| status["mails"]["accepted"] == 2);
    assert_eq!(status["mails"], serde_json::json!({ "accepted": 2 }));
    wait_status(&workspace, "health", |status| status["health"] == serde_json::json!([]));
    daemon.end();
    // Nothing is sent again, not even by a second life.
    let daemon = Daemon::start(&workspace);
    other.land(&workspace, 3, 1.0);
    wait_indexed(&workspace, 31);
    daemon.end();
    assert_eq!(server.accepted().len(), 2);
    each_recipient_got_one(&server.accepted());
}

#[test]
fn one_bad_recipient_does_not_hold_up_the_other_and_can_be_revived() {
    let refuse = vec![(TO[0], "550 5.1.1 no such user")];
    let server = FakeSmtp::start(Behaviour { refuse, ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&to_server(&server));
    let daemon = regressed(&workspace, 30);
    let status = wait_status(&workspace, "both to be decided", |status| {
        status["mails"] == serde_json::json!({ "accepted": 1, "dead": 1 })
    });
    let health = status["health"].to_string();
    assert!(health.contains(TO[0]) && health.contains("no such user"), "a dead letter is told of: {health}");
    assert_eq!(server.accepted().iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), [TO[1]]);
    let dead = outbox(&workspace).remove(TO[0]).unwrap();
    assert_eq!((&dead["state"], &dead["attempts"]), (&"dead".into(), &1.into()));
    assert!(dead["response"].as_str().unwrap().contains("answered 550 5.1.1"), "{dead}");

    server.set(Behaviour::default());
    retry(&workspace);
    wait_status(&workspace, "the revived mail", |status| {
        status["mails"] == serde_json::json!({ "accepted": 2 }) && status["health"] == serde_json::json!([])
    });
    assert_eq!(server.accepted().len(), 2);
    each_recipient_got_one(&server.accepted());
    daemon.end();
}

#[test]
fn a_recipient_at_whom_the_server_breaks_off_does_not_starve_the_other() {
    let refuse = vec![(TO[0], "421 4.3.2 come back later")];
    let server = FakeSmtp::start(Behaviour { refuse, ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&to_server(&server));
    let daemon = regressed(&workspace, 30);
    wait_for("the first try", || outbox(&workspace)[TO[0]]["attempts"].as_u64().filter(|&n| n > 0));
    // Instead of waiting for the next due time, at which both are due.
    retry(&workspace);
    wait_status(&workspace, "the other mail", |status| status["mails"]["accepted"] == 1);
    assert_eq!(server.accepted()[0].to, [TO[1]]);
    daemon.end();
}

#[test]
fn a_connection_lost_after_the_final_dot_means_the_same_mail_again() {
    let server = FakeSmtp::start(Behaviour { cut_after_dot: true, ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&to_server(&server));
    let daemon = regressed(&workspace, 30);
    server.wait_for(2);
    let outbox = wait_for("both to be noted", || {
        let outbox = outbox(&workspace);
        outbox.values().all(|mail| mail["attempts"].as_u64() > Some(0)).then_some(outbox)
    });
    assert!(outbox.values().all(|mail| mail["state"] == "data_started"), "{outbox:?}");
    server.set(Behaviour::default());
    retry(&workspace);
    wait_status(&workspace, "both mails", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    // The repetition has the same bytes, so the same Message-ID; and there is only one.
    assert_eq!(server.accepted().len(), 4);
    each_recipient_got_one(&server.accepted());
    daemon.end();
}

#[test]
fn a_server_that_has_the_mail_when_the_daemon_stops_is_heard_out() {
    let late_answer = Some(Duration::from_secs(2));
    let server = FakeSmtp::start(Behaviour { late_answer, ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&to_server(&server));
    let daemon = regressed(&workspace, 30);
    server.wait_for(1);
    daemon.end();
    assert_eq!(workspace.status()["mails"], serde_json::json!({ "accepted": 1, "queued": 1 }));
    server.set(Behaviour::default());
    let daemon = Daemon::start(&workspace);
    wait_status(&workspace, "both mails", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    daemon.end();
    assert_eq!(server.accepted().len(), 2);
    each_recipient_got_one(&server.accepted());
}

/// The clock was far ahead when a try failed, and was put right: nobody waits for that year.
#[test]
fn a_mail_put_off_by_a_clock_that_ran_ahead_goes_out() {
    let workspace = Workspace::new();
    let (server, daemon) = greylisted(&workspace);
    wait_for("a refusal of each", || {
        outbox(&workspace).values().all(|mail| mail["attempts"].as_u64() > Some(0)).then_some(())
    });
    daemon.end();
    let index = rusqlite::Connection::open(workspace.state().join("chimera-insight.db")).unwrap();
    index.execute("UPDATE outbox SET due_ns = due_ns + 1000000000 * 86400 * 365 * 70", []).unwrap();
    drop(index);
    server.set(Behaviour::default());
    let daemon = Daemon::start(&workspace);
    wait_status(&workspace, "both mails", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    daemon.end();
}

#[test]
fn a_login_is_never_sent_in_plain_text_and_an_own_authority_is_trusted() {
    let server = FakeSmtp::start(Behaviour {
        starttls: Some("valid"),
        login: Some("AGJlbmNoAHNlY3JldA=="),
        ..Behaviour::default()
    });
    let workspace = Workspace::new();
    workspace.write("password", "secret\n");
    let login = format!("user = \"bench\"\npassword_file = \"password\"\nca_file = \"{}\"\n", ca_file().display());
    workspace.configure(&(to_server(&server) + &login));
    let daemon = regressed(&workspace, 30);
    wait_status(&workspace, "both mails", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    assert!(server.accepted().iter().all(|mail| mail.tls));
    let open: Vec<String> = server.commands().into_iter().filter(|line| !line.starts_with("tls ")).collect();
    assert!(open.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "in plain text: {open:?}");
    each_recipient_got_one(&server.accepted());
    assert!(!daemon.log().contains("secret"));
    daemon.end();
}
