//! A mail that the server does not take now goes out later. In a file of its own, because it waits half a minute beside the others.

use std::time::Duration;

use harness::Workspace;
use harness::smtp::Behaviour;

use crate::daemon::{wait_for, wait_status, wait_within};
use crate::smtp::{TO, each_recipient_got_one, greylisted, outbox};

/// More than the first pause, which is half a minute and up to a fifth.
const PAUSE: Duration = Duration::from_secs(75);

#[test]
fn a_mail_that_is_put_off_is_tried_again_by_itself() {
    let workspace = Workspace::new();
    let (server, daemon) = greylisted(&workspace);
    wait_for("a refusal of each", || {
        let outbox = outbox(&workspace);
        outbox
            .values()
            .all(|mail| mail["response"].as_str().is_some_and(|said| said.contains("greylisted")))
            .then_some(())
    });
    server.set(Behaviour::default());
    let greeted = || server.commands().iter().filter(|line| line.starts_with("RCPT")).count();
    wait_within(PAUSE, "the second try", || (greeted() > TO.len()).then_some(()));
    wait_status(&workspace, "both", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    assert_eq!(server.accepted().len(), 2);
    each_recipient_got_one(&server.accepted());
    daemon.end();
}
